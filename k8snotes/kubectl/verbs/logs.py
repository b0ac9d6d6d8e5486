"""`kubectl logs POD`: what a container has written, as far as the simulation knows it."""

from __future__ import annotations

import math
from datetime import datetime
from typing import NamedTuple

from k8snotes.api.base import KubeObject, mappings, text
from k8snotes.api.go_text import quoted
from k8snotes.api.kinds.pod import Container, Pod
from k8snotes.api.registry import find_resource
from k8snotes.catalogue import _
from k8snotes.control_plane.decoding import time_fault
from k8snotes.errors import ApiError
from k8snotes.kubectl.failure import Stopped, refusal
from k8snotes.kubectl.flags import Parsed, flag
from k8snotes.kubectl.pods_of import logged_first, selector_of
from k8snotes.kubectl.resources import listed, lookup
from k8snotes.kubectl.session import Session
from k8snotes.kubectl.verb import Verb
from k8snotes.node.logs import LogOptions, run_of

_FLAGS = (
    flag("container/c"),
    flag("all-containers", "bool"),
    flag("all-pods", "bool"),
    flag("follow/f", "bool"),
    flag("previous/p", "bool"),
    flag("selector/l"),
    flag("tail", "int", -1),
    flag("since", "duration", 0.0),
    flag("since-time"),
    flag("timestamps", "bool"),
    flag("prefix", "bool"),
    flag("limit-bytes", "int", 0),
    flag("max-log-requests", "int", 5),
    flag("ignore-errors", "bool"),
    flag("insecure-skip-tls-verify-backend", "bool"),
    flag("pod-running-timeout", "duration", 20.0),
)
_SEE = "\nSee 'kubectl logs -h' for help and examples"
_USAGE = (
    "expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.\n"
    "POD or TYPE/NAME is a required argument for the logs command"
)
_RFC3339 = "2006-01-02T15:04:05Z07:00"
_DEFAULT_CONTAINER = "kubectl.kubernetes.io/default-container"
_OF_SELECTOR = 10  # lines of each container, where the Pods are found by a selector


class _Stream(NamedTuple):
    """The log of one container."""

    pod: Pod
    container: Container


def logs(session: Session, parsed: Parsed) -> None:
    """Print what containers have written: `kubectl logs web`, `kubectl logs deploy/web -c app --previous`.

    A workload or a Service stands for one of its Pods, and --selector for all Pods that it finds. --follow prints
    what is there, because nothing happens while a cell runs.

    Source of the rule: https://kubernetes.io/docs/reference/kubectl/generated/kubectl_logs/
    """
    words, selector = parsed.words, parsed.text("selector")
    if len(words) > 2 or not (words or selector):
        raise Stopped(_USAGE + _SEE)
    if len(words) == 1 and selector:
        raise Stopped("only a selector (-l) or a POD name is allowed" + _SEE)
    if words and selector:
        raise Stopped("name cannot be provided when a selector is specified")
    options = _options(parsed)
    found = _found(session, parsed)
    container = words[1] if len(words) > 1 else parsed.text("container")
    _check(parsed, options, container)
    streams = _streams(session, parsed, found, container)
    most = parsed["max-log-requests"]
    if options.follow and 1 < len(streams) > most:
        raise Stopped(
            f"you are attempting to follow {len(streams)} log streams, but maximum allowed concurrency is {most}, "
            "use --max-log-requests to increase the limit"
        )
    if options.follow:
        session.remark(
            _("kubectl logs -f prints what is there and ends, because nothing happens while a cell runs.")
        )
    for stream in streams:
        _print(session, parsed, stream, options)


# ---- what is asked for


def _options(parsed: Parsed) -> LogOptions:
    since, bytes_ = parsed["since"], parsed["limit-bytes"]
    tail: int | None = None if parsed["tail"] == -1 else parsed["tail"]
    if parsed.text("selector") and not parsed.has("tail"):
        tail = _OF_SELECTOR
    return LogOptions(
        previous=parsed["previous"],
        timestamps=parsed["timestamps"],
        tail=tail,
        since_seconds=math.floor(abs(since) + 0.5) * (-1 if since < 0 else 1) if since else None,
        since_time=_moment(parsed.text("since-time")) if parsed.text("since-time") else None,
        limit_bytes=bytes_ or None,
        follow=parsed["follow"],
    )


def _moment(written: str) -> datetime:
    """Return the time that --since-time means. Raises Stopped with Go's words."""
    fault = time_fault(written)
    if not fault:
        try:
            return datetime.fromisoformat(written)
        except ValueError:
            fault = "day out of range"
    layout = f" as {quoted(_RFC3339)}" if fault.startswith("cannot") else ""
    raise Stopped(f"parsing time {quoted(written)}{layout}: {fault}")


def _check(parsed: Parsed, options: LogOptions, container: str) -> None:
    """Raise Stopped for flags that make no sense, or not together.

    Source of the rule: `Validate` of k8s.io/kubectl/pkg/cmd/logs
    """
    if options.since_time is not None and parsed["since"]:
        raise Stopped("at most one of `sinceTime` or `sinceSeconds` may be specified")
    if parsed["all-containers"] and container:
        raise Stopped(f"--all-containers=true should not be specified with container name {container}")
    if parsed.has("container") and len(parsed.words) > 1:
        raise Stopped("only one of -c or an inline [CONTAINER] arg is allowed")
    if options.limit_bytes is not None and options.limit_bytes < 0:
        raise Stopped("--limit-bytes must be greater than 0")
    if options.since_seconds is not None and options.since_seconds < 0:
        raise Stopped("--since must be greater than 0")
    if options.tail is not None and options.tail < -1:
        raise Stopped("--tail must be greater than or equal to -1")


# ---- whose log


def _found(session: Session, parsed: Parsed) -> KubeObject | list[Pod]:
    """Return the object that is named, or the Pods that the selector finds."""
    namespace = session.namespace(parsed)
    if not parsed.words:
        pods = _pods(session, namespace, parsed.text("selector"))
        if not pods:
            session.err(f"No resources found in {namespace} namespace.\n")
        return pods
    word = parsed.words[0]
    kind, name = lookup(session, [word if "/" in word else f"pods/{word}"]).named[0]
    try:
        return session.api.get(kind, namespace, name)
    except ApiError as error:
        if error.code != 404:
            raise Stopped(refusal(error), head="") from None
        raise Stopped(
            f"error from server (NotFound): {error.message} in namespace {quoted(namespace)}"
        ) from None


def _pods(session: Session, namespace: str, selector: str) -> list[Pod]:
    kind = find_resource("pods")
    found = listed(session, kind, namespace, selector) if kind is not None else []
    return [pod for pod in found if isinstance(pod, Pod)]


def _streams(
    session: Session, parsed: Parsed, found: KubeObject | list[Pod], container: str
) -> list[_Stream]:
    """Return the containers whose logs are printed.

    Source of the rule: `logsForObjectWithClient` of k8s.io/kubectl/pkg/polymorphichelpers
    """
    if isinstance(found, list):
        return [stream for pod in found for stream in _of_pod(session, parsed, pod, container)]
    if isinstance(found, Pod):
        return _of_pod(session, parsed, found, container)
    pods = logged_first(_pods(session, found.namespace, selector_of(found, "get the logs from")))
    if not pods:
        raise Stopped("timed out waiting for the condition")
    if parsed["all-pods"]:
        return [stream for pod in pods for stream in _of_pod(session, parsed, pod, container)]
    if len(pods) > 1:
        session.err(f"Found {len(pods)} pods, using pod/{pods[0].name}\n")
    return _of_pod(session, parsed, pods[0], container)


def _of_pod(session: Session, parsed: Parsed, pod: Pod, name: str) -> list[_Stream]:
    ephemeral = [Container(item) for item in mappings(pod.spec.get("ephemeralContainers"))]
    if parsed["all-containers"]:
        return [_Stream(pod, item) for item in (*pod.init_containers, *pod.containers, *ephemeral)]
    there = {item.name: item for item in (*ephemeral, *pod.init_containers, *pod.containers)}
    names = ", ".join(
        [
            *(item.name for item in pod.containers),
            *(f"{item.name} (ephem)" for item in ephemeral),
            *(f"{item.name} (init)" for item in pod.init_containers),
        ]
    )
    wanted = text(pod.annotations.get(_DEFAULT_CONTAINER))
    if not name and wanted and wanted not in there:
        session.err(f"Default container name {quoted(wanted)} not found in pod {pod.name}\n")
    elif not name:
        name = wanted
    if not name and pod.containers:
        name = pod.containers[0].name
        if len(there) > 1 and not parsed["all-pods"]:
            session.err(f"Defaulted container {quoted(name)} out of: {names}\n")
    if name not in there:
        raise Stopped(f"container {name} is not valid for pod {pod.name} out of: {names}")
    return [_Stream(pod, there[name])]


# ---- printing


def _print(session: Session, parsed: Parsed, stream: _Stream, options: LogOptions) -> None:
    try:
        written = _read(session, stream, options)
    except ApiError as error:
        if not parsed["ignore-errors"]:
            raise Stopped(refusal(error), head="") from None
        session.out(f"error: {error.message}\n")
        return
    if parsed["prefix"] or parsed["all-pods"]:
        prefix = f"[pod/{stream.pod.name}/{stream.container.name}] "
        written = "".join(f"{prefix}{line}" for line in written.splitlines(keepends=True))
    session.out(written)


def _read(session: Session, stream: _Stream, options: LogOptions) -> str:
    """Return what the API server answers. Raises ApiError for a log that there is not."""
    pod, container = stream
    session.api.permit("get", pod.resource, pod.namespace, pod.name, "log")
    if options.since_seconds == 0:
        what = "sinceSeconds: Invalid value: 0: must be greater than 0"
        raise Stopped(f"The PodLogOptions {quoted(pod.name)} is invalid: {what}", head="")
    if not pod.node_name:
        session.remark(_("{pod} is not on a Node yet, so it has no log.", pod=pod.ref))
        return ""
    if session.simulation.snapshot:
        run_of(pod, container.name, previous=options.previous)
        raise Stopped(_("logs are not part of a dump, so this snapshot has none"))
    written = session.simulation.kubelets.log(session.api, pod, container, options)
    session.remark(
        _(
            "No program really runs here. These lines are what the simulation knows of the programs, "
            "and what c.write_log() has written."
        )
    )
    return written


VERB = Verb(
    logs,
    _("Print what the container of a Pod has written to its log, as far as the simulation knows it."),
    _FLAGS,
    "kubectl logs web --previous",
    takes="pods",
)
