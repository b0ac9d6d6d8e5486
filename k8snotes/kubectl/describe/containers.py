"""Containers: what each is to run and how it is, its environment, its probes and its mounts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from k8snotes.api.base import mapping, mappings, sequence, text
from k8snotes.api.go_text import quoted
from k8snotes.api.label_selector import format_label_selector
from k8snotes.api.quantity import Quantity
from k8snotes.errors import QuantityError
from k8snotes.kubectl.describe.page import Page, moment, or_none, true_false
from k8snotes.kubectl.output.go import go_value

__all__ = ["containers", "resources", "seccomp_profile", "spread"]

Resolver = Callable[[str], str]
Container = Mapping[str, Any]


def containers(
    page: Page,
    title: str,
    items: Sequence[Container],
    statuses: Sequence[Container],
    *,
    resolve: Resolver | None = None,
    space: str = "",
) -> None:
    """Write containers: what each is to run, and how it is, where that is known.

    Args:
        page: the page.
        title: the text above them: "Init Containers", "Containers".
        items: the containers of a Pod or of a template.
        statuses: `containerStatuses` of the Pod; () for a template.
        resolve: returns what a field of the Pod holds, for variables that take it (`fieldRef`); None for a template.
        space: how far a template is indented.

    Source of the rule: `describeContainers` of k8s.io/kubectl/pkg/describe.
    """
    known = {text(status.get("name")): status for status in statuses}
    page.write(0, f"{space}{title}:{'' if items else ' <none>'}\n")
    for item in items:
        status = known.get(text(item.get("name")))
        _basics(page, item, status, space)
        for field, name in (("command", "Command"), ("args", "Args")):
            words = sequence(item.get(field))
            if words:
                page.write(2, f"{name}:\n")
                for part in "\n".join(map(text, words)).split("\n"):
                    page.write(3, f"{part}\n")
        if status is not None:
            _state(page, "State", mapping(status.get("state")))
            if "terminated" in mapping(status.get("lastState")):
                _state(page, "Last State", mapping(status.get("lastState")))
            page.line("Ready", true_false(status.get("ready")), 2)
            page.line("Restart Count", status.get("restartCount") or 0, 2)
        resources(page, mapping(item.get("resources")), 2)
        for field, name in (
            ("livenessProbe", "Liveness"),
            ("readinessProbe", "Readiness"),
            ("startupProbe", "Startup"),
        ):
            if item.get(field):
                page.line(name, _probe(mapping(item[field])), 2)
        _environment(page, item, resolve)
        _mounts(page, item)


def _basics(page: Page, item: Container, status: Container | None, space: str) -> None:
    page.write(1, f"{' ' if space else ''}{text(item.get('name'))}:\n")
    if status is not None:
        page.line("Container ID", text(status.get("containerID")), 2)
    page.line("Image", text(item.get("image")), 2)
    if status is not None:
        page.line("Image ID", text(status.get("imageID")), 2)
    for name, field in (("Port", "containerPort"), ("Host Port", "hostPort")):
        ports = ", ".join(_port(port, field) for port in mappings(item.get("ports")))
        page.line(f"{name}s" if "," in ports else name, or_none(ports), 2)
    seccomp_profile(page, mapping(item.get("securityContext")), (2, 3))


def seccomp_profile(page: Page, context: Mapping[str, Any], levels: tuple[int, int]) -> None:
    """Write which system calls are allowed, where a `securityContext` says it; its file, if it has one, at the second level."""
    profile = mapping(context.get("seccompProfile"))
    if profile:
        page.line("SeccompProfile", text(profile.get("type")), levels[0])
        if profile.get("type") == "Localhost":
            page.line("LocalhostProfile", text(profile.get("localhostProfile")), levels[1])


def _port(port: Container, field: str) -> str:
    name = text(port.get("name"))
    number = f"{port.get(field) or 0}/{text(port.get('protocol')) or 'TCP'}"
    return f"{number} ({name})" if name else number


def _state(page: Page, title: str, state: Mapping[str, Any]) -> None:
    if "running" in state:
        page.line(title, "Running", 2)
        page.line("Started", moment(mapping(state["running"]).get("startedAt")), 3)
    elif "terminated" in state:
        ended = mapping(state["terminated"])
        page.line(title, "Terminated", 2)
        for name, field in (("Reason", "reason"), ("Message", "message")):
            if ended.get(field):
                page.line(name, text(ended[field]), 3)
        page.line("Exit Code", ended.get("exitCode") or 0, 3)
        if ended.get("signal"):
            page.line("Signal", ended["signal"], 3)
        page.line("Started", moment(ended.get("startedAt")), 3)
        page.line("Finished", moment(ended.get("finishedAt")), 3)
    else:
        page.line(title, "Waiting", 2)
        reason = mapping(state.get("waiting")).get("reason")
        if reason:
            page.line("Reason", text(reason), 3)


def resources(page: Page, requirements: Mapping[str, Any], level: int) -> None:
    """Write limits and requests.

    A resource that has neither is left out.
    """
    for title, field in (("Limits", "limits"), ("Requests", "requests")):
        amounts = mapping(requirements.get(field))
        if amounts:
            page.write(level, f"{title}:\n")
        for name in sorted(amounts):
            page.line(name, text(amounts[name]), level + 1)


def _probe(probe: Mapping[str, Any]) -> str:
    times = (
        f"delay={probe.get('initialDelaySeconds') or 0}s timeout={probe.get('timeoutSeconds') or 0}s "
        f"period={probe.get('periodSeconds') or 0}s #success={probe.get('successThreshold') or 0} "
        f"#failure={probe.get('failureThreshold') or 0}"
    )
    if "exec" in probe:
        return f"exec {go_value(sequence(mapping(probe['exec']).get('command')))} {times}"
    if "httpGet" in probe:
        action = mapping(probe["httpGet"])
        path = text(action.get("path"))
        slash = "" if not path or path.startswith("/") else "/"
        place = f"{text(action.get('host'))}:{text(action.get('port'))}"
        return f"http-get {(text(action.get('scheme')) or 'HTTP').lower()}://{place}{slash}{path} {times}"
    if "tcpSocket" in probe:
        action = mapping(probe["tcpSocket"])
        return f"tcp-socket {text(action.get('host'))}:{text(action.get('port'))} {times}"
    if "grpc" in probe:
        action = mapping(probe["grpc"])
        return f"grpc <pod>:{action.get('port')} {text(action.get('service'))} {times}"
    return f"unknown {times}"


# ---- the environment


def _environment(page: Page, item: Container, resolve: Resolver | None) -> None:
    sources = mappings(item.get("envFrom"))
    if sources:
        page.write(2, "Environment Variables from:\n")
    for source in sources:
        kind = "ConfigMap" if "configMapRef" in source else "Secret" if "secretRef" in source else ""
        named = mapping(source.get("configMapRef") or source.get("secretRef"))
        prefix = f" with prefix '{text(source['prefix'])}'" if source.get("prefix") else ""
        page.write(
            3, f"{text(named.get('name'))}\t{kind}{prefix}\tOptional: {_flag(named.get('optional'))}\n"
        )
    variables = mappings(item.get("env"))
    page.write(2, "Environment:\n" if variables else "Environment:\t<none>\n")
    for variable in variables:
        _variable(page, variable, item, resolve)


def _variable(page: Page, variable: Container, item: Container, resolve: Resolver | None) -> None:
    name = text(variable.get("name"))
    source = mapping(variable.get("valueFrom"))
    if not source:
        first, *more = text(variable.get("value")).split("\n")
        page.write(3, f"{name}:\t{first}\n")
        for part in more:
            page.write(3, f"\t{part}\n")
    elif "fieldRef" in source:
        reference = mapping(source["fieldRef"])
        path = text(reference.get("fieldPath"))
        value = resolve(path) if resolve else ""
        page.write(3, f"{name}:\t{value} ({text(reference.get('apiVersion')) or 'v1'}:{path})\n")
    elif "resourceFieldRef" in source:
        reference = mapping(source["resourceFieldRef"])
        page.write(3, f"{name}:\t{_amount(reference, item)} ({text(reference.get('resource'))})\n")
    else:
        kind, place = (
            ("secretKeyRef", "in secret")
            if "secretKeyRef" in source
            else ("configMapKeyRef", "of config map")
        )
        reference = mapping(source.get(kind))
        source_text = (
            f"<set to the key '{text(reference.get('key'))}' {place} '{text(reference.get('name'))}'>"
        )
        page.write(3, f"{name}:\t{source_text}\tOptional: {_flag(reference.get('optional'))}\n")


def _amount(reference: Mapping[str, Any], item: Container) -> str:
    """Return a request or limit of a container as its variable has it."""
    group, _, name = text(reference.get("resource")).partition(".")
    amount = mapping(mapping(item.get("resources")).get(group)).get(name)
    if amount is None:
        return "node allocatable" if group == "limits" and name in ("cpu", "memory") else "0"
    try:
        divisor = Quantity(text(reference.get("divisor")) or "1")
        wanted = Quantity(text(amount))
        each = divisor.milli or 1000
        return str(-(-wanted.milli // each))
    except QuantityError:
        return ""


def _flag(value: Any) -> str:
    return "true" if value is True else "false"


def _mounts(page: Page, item: Container) -> None:
    mounts = sorted(mappings(item.get("volumeMounts")), key=lambda mount: text(mount.get("mountPath")))
    page.write(2, "Mounts:\n" if mounts else "Mounts:\t<none>\n")
    for mount in mounts:
        how = ["ro" if mount.get("readOnly") is True else "rw"]
        if mount.get("subPath"):
            how.append(f"path={quoted(text(mount['subPath']))}")
        page.write(3, f"{text(mount.get('mountPath'))} from {text(mount.get('name'))} ({','.join(how)})\n")
    devices = sorted(mappings(item.get("volumeDevices")), key=lambda device: text(device.get("devicePath")))
    if devices:
        page.write(2, "Devices:\n" if mounts else "Devices:\t<none>\n")
    for device in devices:
        page.write(3, f"{text(device.get('devicePath'))} from {text(device.get('name'))}\n")


def spread(page: Page, constraints: Sequence[Mapping[str, Any]], space: str = "") -> None:
    """Write how Pods are to be spread.

    Args:
        page: the page.
        constraints: `topologySpreadConstraints`.
        space: how far a template is indented.
    """
    lines = []
    for item in sorted(constraints, key=lambda entry: text(entry.get("topologyKey"))):
        line = (
            f"{text(item.get('topologyKey'))}:{text(item.get('whenUnsatisfiable'))} "
            f"when max skew {item.get('maxSkew')} is exceeded"
        )
        selector = item.get("labelSelector")
        lines.append(
            line + (f" for selector {format_label_selector(selector)}" if selector is not None else "")
        )
    if lines:
        page.lines("Topology Spread Constraints", lines, space)
