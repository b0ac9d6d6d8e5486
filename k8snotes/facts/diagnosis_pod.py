"""The questions about one Pod: its Node, its images, whether its containers start and keep running, whether it is ready."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from k8snotes.api.base import KubeObject, mapping, mappings, text
from k8snotes.api.kinds.pod import ON_THE_WAY, Pod
from k8snotes.catalogue import Text, _, clauses, named, ngettext, sentences
from k8snotes.facts.diagnosis import Answer, Case, Chart, Diagnosis, command
from k8snotes.facts.diagnosis_way import (
    Ways,
    ask_about_way,
    ask_for_answer,
    asks_whether_it_listens,
    clients_of,
    first_let_through,
    listening,
)
from k8snotes.facts.inside import Asked, inside
from k8snotes.network.sender import Sender
from k8snotes.network.targets import Target
from k8snotes.node.addresses import is_ipv4

__all__ = ["ask_about_pod", "diagnose_pod"]

_IMAGE = (
    "ErrImagePull",
    "ImagePullBackOff",
    "InvalidImageName",
    "ErrImageNeverPull",
    "ImageInspectError",
    "RegistryUnavailable",
    "SignatureValidationFailed",
)
"""The reasons of a container to wait for its image. Source of the rule: k8s.io/kubernetes/pkg/kubelet/images/types.go."""

Status = dict[str, Any]

_CRASHED = "CrashLoopBackOff"


def diagnose_pod(case: Case, pod: Pod, source: Sender | None = None) -> Diagnosis:
    """Ask all questions about a Pod: why it is not ready, and whether its ports answer.

    Args:
        case: the cluster.
        pod: the Pod.
        source: who calls its ports; None for another Pod of its Namespace, else for a Node.
    """
    chart = Chart()
    home = pod.namespace
    chart.ask(
        "pod",
        _("Is there a Pod {name} in namespace {namespace}?", name=pod.name, namespace=home),
        command(f"get pod {pod.name}", home),
        lambda: Answer(True, _("yes: {what}", what=pod.phase)),
    )
    ask_about_pod(chart, case, pod)
    ports = [(port.port, port.protocol) for port in pod.ports] if not pod.ended and is_ipv4(pod.ip) else []
    if not ports:
        return Diagnosis(pod.ref, "", tuple(chart.steps))

    def ways(sender: Sender) -> Ways:
        return Ways.of(case, sender, [Target(pod.ip, port, protocol) for port, protocol in ports])

    called = [(pod, port, protocol) for port, protocol in ports]
    chart.ask(
        "listen",
        _("Do its programs listen on the ports that they declare, on the address of the Pod?"),
        asks_whether_it_listens(called),
        lambda: listening(case, called),
    )
    client = source or first_let_through(case, clients_of(case, home, {pod.uid}), ways)
    there = ways(client) if client is not None and not chart.stopped else Ways(())
    ask_about_way(chart, case, there, client, command(f"get pod {pod.name} -o wide", home))
    ask_for_answer(chart, there, client)
    return Diagnosis(pod.ref, client.ref if client is not None else "", tuple(chart.steps), there.notes)


def ask_about_pod(chart: Chart, case: Case, pod: Pod, *, waits: str = "") -> None:
    """Ask why a Pod is not ready, from its Node to its readiness probe.

    Args:
        chart: gets the questions.
        case: the cluster.
        pod: the Pod.
        waits: why a Service sends it no traffic although it is ready by itself, "" if that is not so.

    Source of the rule: https://kubernetes.io/docs/tasks/debug/debug-application/debug-pods/
    """
    describe = command(f"describe pod {pod.name}", pod.namespace)
    chart.ask("scheduled", _("Does {pod} have a Node?", pod=pod.ref), describe, lambda: _scheduled(case, pod))
    events = command(f"events --for pod/{pod.name}", pod.namespace)
    chart.ask("image", _("Can the images of {pod} be pulled?", pod=pod.ref), events, lambda: _image(pod))
    chart.ask(
        "started", _("Do the containers of {pod} start?", pod=pod.ref), describe, lambda: _started(case, pod)
    )
    chart.ask(
        "running",
        _("Do the containers of {pod} keep running?", pod=pod.ref),
        command(f"get pod {pod.name}", pod.namespace),
        lambda: _running(pod),
    )
    chart.ask(
        "ready",
        _("Is {pod} ready?", pod=pod.ref),
        describe,
        lambda: _ready(case, pod, waits),
    )


def _scheduled(case: Case, pod: Pod) -> Answer:
    if pod.node_name:
        return Answer(True, _("yes: {what}", what=pod.node_name))
    if pod.ended:
        return Answer(None, _("it has ended, and has no Node"))
    why = case.pending(pod)
    whys = [
        _("{node}: {why}", node=item.node, why=detail) for item in why.verdicts for detail in item.details[:1]
    ]
    several = clauses(*whys[:3])
    return Answer(False, _("no: {why}", why=why.note), why.advice or several or _change_of(case, pod))


def _change_of(case: Case, pod: Pod) -> str:
    """Say where to look on, if nothing more exact is known."""
    return (
        _('c.why_pending("{pod}") shows the reason for each Node.', pod=pod.ref) if not case.snapshot else ""
    )


def _image(pod: Pod) -> Answer:
    for status, waiting in _waiting(pod):
        reason = text(waiting.get("reason"))
        if reason in _IMAGE:
            return Answer(
                False,
                _(
                    "no: container {container} waits: {reason} ({image})",
                    container=text(status.get("name")),
                    reason=reason,
                    image=_image_of(pod, text(status.get("name"))),
                ),
                sentences(
                    _("Correct the image in the template, or give the Nodes access to its registry."),
                    _said(text(waiting.get("message"))),
                ),
            )
    if not pod.container_statuses and not pod.ended:
        return Answer(None, _("not known here: the kubelet has reported no container yet"))
    return Answer(True, _("yes: {what}", what=named(dict.fromkeys(c.image for c in pod.containers))))


def _started(case: Case, pod: Pod) -> Answer:
    for status, waiting in _waiting(pod):
        reason, name = text(waiting.get("reason")), text(status.get("name"))
        if reason in ON_THE_WAY or reason == _CRASHED or reason in _IMAGE:
            continue
        return Answer(
            False,
            _("no: container {container} waits: {reason}", container=name, reason=reason),
            sentences(_missing(reason), _said(text(waiting.get("message")))),
        )
    waits = [text(status.get("name")) for status, waiting in _waiting(pod) if _on_the_way(waiting)]
    if waits and not _crashed(pod) and not pod.ready:
        event = _last_warning(case, pod)
        words = _("no: container {container} has not been started yet", container=waits[0])
        return Answer(False, words, _said(event) if event else _init_of(pod) or _SOON)
    if not pod.container_statuses and pod.phase == "Pending":
        event = _last_warning(case, pod)
        return Answer(False, _("no: no container has been started yet"), _said(event) if event else _SOON)
    return Answer(True, _("yes"))


_SOON = _("c.settle() lets the kubelet start them.")


def _missing(reason: str) -> str:
    if reason == "CreateContainerConfigError":
        return _("Create the ConfigMap, the Secret or the key that it names, or correct the name.")
    return ""


def _init_of(pod: Pod) -> str:
    """Say that an init container has not ended, "" if none runs."""
    for status in mappings(pod.status.get("initContainerStatuses")):
        if mapping(status.get("state")).get("running") and not _is_sidecar(pod, text(status.get("name"))):
            return _(
                "Init container {container} still runs, and the other containers start after its end.",
                container=text(status.get("name")),
            )
    return ""


def _is_sidecar(pod: Pod, name: str) -> bool:
    return any(item.name == name and item.is_sidecar for item in pod.init_containers)


def _running(pod: Pod) -> Answer:
    for status in _statuses(pod):
        name = text(status.get("name"))
        state = mapping(status.get("state"))
        waiting, ended = mapping(state.get("waiting")), mapping(state.get("terminated"))
        before = mapping(mapping(status.get("lastState")).get("terminated"))
        if waiting.get("reason") == _CRASHED or (ended and ended.get("exitCode") != 0):
            end = ended or before
            count = status.get("restartCount")
            parts = {"container": name, "end": _end(end)}
            number = count if isinstance(count, int) else 0
            words = (
                ngettext(
                    "no: container {container} waits: CrashLoopBackOff. It ended with {end}, and was restarted {n} time",
                    "no: container {container} waits: CrashLoopBackOff. It ended with {end}, and was restarted {n} times",
                    number,
                    **parts,
                )
                if waiting
                else ngettext(
                    "no: container {container} ended with {end}, and was restarted {n} time",
                    "no: container {container} ended with {end}, and was restarted {n} times",
                    number,
                    **parts,
                )
            )
            previous = " --previous" if before and not ended else ""
            line = command(f"logs {pod.name} -c {name}{previous}", pod.namespace)
            if _is_stopped_by_probe(pod, name, end):
                return Answer(
                    False, words, _BY_A_PROBE, command(f"events --for pod/{pod.name}", pod.namespace)
                )
            return Answer(False, words, _why_ended(end), line)
    if pod.phase == "Failed":
        said = _said(text(pod.status.get("message")))
        reason = text(pod.status.get("reason")) or "Failed"
        return Answer(False, _("no: the Pod has ended: {reason}", reason=reason), said)
    if pod.phase == "Succeeded":
        return Answer(True, _("they have ended with success"))
    return Answer(True, _("yes"))


def _end(end: Status) -> Text:
    """Say how a container has ended."""
    code, reason = text(end.get("exitCode")), text(end.get("reason"))
    if reason in ("", "Error"):
        return _("exit code {code}", code=code)
    return _("exit code {code} ({reason})", code=code, reason=reason)


_BY_A_PROBE = _(
    "A signal has ended it. The kubelet sends one when a liveness or startup probe fails; its Events tell."
)


def _is_stopped_by_probe(pod: Pod, name: str, end: Status) -> bool:
    """Whether a signal has ended a container that a probe may have stopped."""
    container = next((item for item in (*pod.init_containers, *pod.containers) if item.name == name), None)
    asked = container is not None and ("livenessProbe" in container.raw or "startupProbe" in container.raw)
    return asked and end.get("reason") != "OOMKilled" and end.get("exitCode") in (137, 143)


def _why_ended(end: Status) -> str:
    if end.get("reason") == "OOMKilled":
        return _("It used more memory than its limit. Raise resources.limits.memory, or let it use less.")
    if end.get("exitCode") == 0:
        return _("The program ends by itself with success. A server has to go on running in the foreground.")
    return _("The last lines of its log say why the program ends.")


def _ready(case: Case, pod: Pod, waits: str) -> Answer:
    if pod.terminating:
        return Answer(
            False, _("no: it is being deleted"), _("A new Pod takes its place if a controller made it.")
        )
    if pod.phase == "Succeeded":
        if waits:
            return Answer(False, _("no: {why}", why=waits), _("Select Pods that go on running."))
        return Answer(True, _("it has ended with success, so nothing is expected of it"))
    if pod.ready:
        return Answer(False, _("no: {why}", why=waits)) if waits else Answer(True, _("yes"))
    gates = [
        text(item.get("conditionType"))
        for item in mappings(pod.spec.get("readinessGates"))
        if not pod.holds(text(item.get("conditionType")))
    ]
    if gates:
        return Answer(
            False,
            _("no: its readiness gate {gate} is not True", gate=named(gates)),
            _("A controller of its own has to set this condition."),
        )
    failing = next(iter(_failing(case, pod)), None)
    if failing is None:
        words = _("no: its condition Ready is not True")
        said = _last_warning(case, pod) or text(mapping(pod.condition("Ready")).get("message"))
        if said:
            return Answer(False, words, _said(said))
        unsaid = _("The dump does not say why. kubectl describe shows the Events of the Pod.")
        return Answer(False, words, unsaid if case.snapshot else "")
    name, probe = failing
    if probe.well is None:
        return Answer(
            False,
            _("no: its {kind} probe ({how}) has not succeeded", kind=probe.kind, how=probe.how),
            sentences(_correct_probe(pod, name, probe), _said(_last_warning(case, pod))),
        )
    return Answer(
        False,
        _("no: its {kind} probe ({how}) fails: {why}", kind=probe.kind, how=probe.how, why=probe.words),
        _correct_probe(pod, name, probe),
    )


def _failing(case: Case, pod: Pod) -> Iterator[tuple[str, Asked]]:
    """Yield the probes that keep a Pod from being ready, each with its container: those that are known to fail first."""
    asked = [
        (item.name, probe)
        for item in inside(case.api, pod, case.probes).containers
        if not item.ready
        for probe in item.probes
        if probe.kind in ("startup", "readiness") and probe.well is not True
    ]
    yield from sorted(asked, key=lambda item: item[1].well is None)


def _correct_probe(pod: Pod, container: str, probe: Asked) -> str:
    declared = named(str(port.port) for port in pod.ports if port.container == container)
    if declared:
        return _(
            "Let the {kind} probe ask what the program answers: container {container} declares port {ports}.",
            kind=probe.kind,
            container=container,
            ports=declared,
        )
    return _("Let the {kind} probe ask what the program answers.", kind=probe.kind)


# ---- what a Pod says itself


def _statuses(pod: Pod) -> list[Status]:
    return [
        *mappings(pod.status.get("initContainerStatuses")),
        *mappings(pod.status.get("containerStatuses")),
    ]


def _waiting(pod: Pod) -> Iterator[tuple[Status, Status]]:
    """Yield the containers that wait: their status, and what it says of that."""
    for status in _statuses(pod):
        state = mapping(status.get("state"))
        if "waiting" in state:
            yield status, mapping(state.get("waiting"))


def _on_the_way(waiting: Status) -> bool:
    return text(waiting.get("reason")) in ON_THE_WAY


def _crashed(pod: Pod) -> bool:
    """Whether a container has crashed: then others may wait for it."""
    return any(waiting.get("reason") == _CRASHED for _status, waiting in _waiting(pod)) or any(
        text(mapping(mapping(status.get("state")).get("terminated")).get("exitCode")) not in ("", "0")
        for status in _statuses(pod)
    )


def _image_of(pod: Pod, name: str) -> str:
    return next((item.image for item in (*pod.init_containers, *pod.containers) if item.name == name), "")


def _said(message: str) -> str:
    """Return a message of Kubernetes as a sentence, "" for none."""
    return _("Kubernetes says: {message}", message=message) if message else ""


def _last_warning(case: Case, pod: Pod) -> str:
    """Return the message of the latest Event that warns about a Pod, "" if there is none."""
    events = [
        event
        for event in case.api.list("events", pod.namespace)
        if event.raw.get("type") == "Warning" and _is_about(event, pod)
    ]
    events.sort(key=lambda event: text(event.raw.get("lastTimestamp") or event.raw.get("eventTime")))
    return text(events[-1].raw.get("message")) if events else ""


def _is_about(event: KubeObject, pod: Pod) -> bool:
    about = mapping(event.raw.get("involvedObject"))
    return about.get("kind") == "Pod" and about.get("name") == pod.name
