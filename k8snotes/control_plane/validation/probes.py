"""Rules for probes and lifecycle hooks of containers."""

from __future__ import annotations

import re

from k8snotes.api.base import Manifest, mapping, sequence
from k8snotes.control_plane.validation.ip import port_number_or_name
from k8snotes.control_plane.validation.wording import (
    Path,
    forbidden_field,
    invalid_value,
    not_negative,
    one_of,
    required,
)
from k8snotes.errors import Cause

__all__ = ["lifecycle_and_probes"]

_SCHEMES = ("HTTP", "HTTPS")
_PROBE_HANDLERS = ("exec", "httpGet", "tcpSocket", "grpc")
_HOOK_HANDLERS = ("exec", "httpGet", "tcpSocket", "sleep")
_COUNTS = ("initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold")
_HEADER = re.compile(r"[-A-Za-z0-9]+", re.ASCII)
_HEADER_DETAIL = (
    "a valid HTTP header must consist of alphanumeric characters or '-' "
    "(e.g. 'X-Header-Name', regex used for validation is '[-A-Za-z0-9]+')"
)


def lifecycle_and_probes(container: Manifest, path: Path, grace_period: int | None) -> list[Cause]:
    """Check the hooks and the three probes of a container.

    Source of the rule: https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/
    """
    causes: list[Cause] = []
    hooks = mapping(container.get("lifecycle"))
    for name in ("postStart", "preStop"):
        if hooks.get(name) is not None:
            causes += _handler(hooks[name], path / "lifecycle" / name, _HOOK_HANDLERS, grace_period)
    for name in ("livenessProbe", "readinessProbe", "startupProbe"):
        if container.get(name) is not None:
            causes += _probe(container[name], path / name, readiness=name == "readinessProbe")
    return causes


def _probe(probe: Manifest, path: Path, *, readiness: bool) -> list[Cause]:
    """Check one probe: its handler, its times, its thresholds (validateProbe)."""
    causes = _handler(probe, path, _PROBE_HANDLERS, None)
    for name in _COUNTS:
        causes += not_negative(path / name, probe.get(name, 0))
    seconds = probe.get("terminationGracePeriodSeconds")
    if seconds is not None and seconds <= 0:
        causes.append(
            invalid_value(path / "terminationGracePeriodSeconds", seconds, "must be greater than 0")
        )
    if readiness and seconds is not None:
        detail = "must not be set for readinessProbes"
        causes.append(invalid_value(path / "terminationGracePeriodSeconds", seconds, detail))
    if not readiness and probe.get("successThreshold", 0) != 1:
        causes.append(invalid_value(path / "successThreshold", probe.get("successThreshold", 0), "must be 1"))
    return causes


def _handler(
    action: Manifest, path: Path, handlers: tuple[str, ...], grace_period: int | None
) -> list[Cause]:
    """Check that there is exactly one handler, and that one (validateHandler)."""
    causes: list[Cause] = []
    given = [name for name in handlers if action.get(name) is not None]
    if not given:
        return [required(path, "must specify a handler type")]
    first = action[given[0]]
    here = path / given[0]
    match given[0]:
        case "exec":
            causes += [] if first.get("command") else [required(here / "command")]
        case "httpGet":
            causes += _http_get(first, here)
        case "tcpSocket" | "grpc":
            causes += port_number_or_name(first.get("port", 0), here / "port")
        case _:
            causes += _sleep(first.get("seconds", 0), here, grace_period)
    detail = "may not specify more than 1 handler type"
    return causes + [forbidden_field(path / name, detail) for name in given[1:]]


def _http_get(action: Manifest, path: Path) -> list[Cause]:
    """Check an HTTP request (validateHTTPGetAction)."""
    causes = [] if action.get("path") else [required(path / "path")]
    causes += port_number_or_name(action.get("port", 0), path / "port")
    scheme = action.get("scheme", "")
    causes += one_of(scheme, path / "scheme", _SCHEMES)
    for header in sequence(action.get("httpHeaders")):
        name = header.get("name", "")
        if not _HEADER.fullmatch(name):
            causes.append(invalid_value(path / "httpHeaders", name, _HEADER_DETAIL))
    return causes


def _sleep(seconds: int, path: Path, grace_period: int | None) -> list[Cause]:
    """Check a pause: no longer than the Pod's grace period (validateSleepAction)."""
    if grace_period is None or 0 <= seconds <= grace_period:
        return []
    detail = f"must be non-negative and less than terminationGracePeriodSeconds ({grace_period})"
    return [invalid_value(path, seconds, detail)]
