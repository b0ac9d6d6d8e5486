"""The profiles of `kubectl debug`: what a container for debugging may do, and what a Pod around it looks like.

Source of the rules: profiles.go of k8s.io/kubectl/pkg/cmd/debug,
    https://kubernetes.io/docs/tasks/debug/debug-application/debug-running-pod/#debugging-profiles
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Literal

from k8snotes.api.base import Manifest, mapping, mappings, sequence

__all__ = ["PROFILES", "Style", "apply_profile"]

Style = Literal["node", "copy", "ephemeral"]
_LISTS = ("initContainers", "containers", "ephemeralContainers")
_PROBES = ("livenessProbe", "readinessProbe", "startupProbe")
_ROOT = "host-root"


def apply_profile(profile: str, pod: Manifest, container: str, style: Style, keep: Collection[str]) -> None:
    """Change a Pod, in place, as a profile says.

    Args:
        profile: one of `PROFILES`.
        pod: the Pod that is to run the container.
        container: the name of the container for debugging.
        style: "node" for a Pod that debugs a Node, "copy" for the copy of a Pod, "ephemeral" for a Pod that gets one
            more container.
        keep: what a copy keeps of its Pod: "labels", "annotations", "livenessProbe", "readinessProbe",
            "startupProbe", "initContainers".

    >>> pod = {"metadata": {}, "spec": {"ephemeralContainers": [{"name": "debugger"}]}}
    >>> apply_profile("general", pod, "debugger", "ephemeral", ())
    >>> pod["spec"]["ephemeralContainers"]
    [{'name': 'debugger', 'securityContext': {'capabilities': {'add': ['SYS_PTRACE']}}}]
    """
    spec = pod["spec"]
    item = next(
        (item for name in _LISTS for item in mappings(spec.get(name)) if item.get("name") == container), {}
    )
    PROFILES[profile](spec, item, style)
    if style != "copy":
        return
    if profile == "legacy":
        pod["metadata"].pop("labels", None)
        return
    spec.setdefault("shareProcessNamespace", True)
    for field in ("labels", "annotations"):
        if field not in keep:
            pod["metadata"].pop(field, None)
    for other in mappings(spec.get("containers")):
        for field in _PROBES:
            if field not in keep:
                other.pop(field, None)
    if "initContainers" not in keep:
        spec.pop("initContainers", None)


def _legacy(spec: Manifest, container: Manifest, style: Style) -> None:
    if style == "node":
        _mount_root(spec, container)
        _use_host(spec)


def _general(spec: Manifest, container: Manifest, style: Style) -> None:
    if style != "node":
        _add_capabilities(container, "SYS_PTRACE")
        return
    _mount_root(spec, container)
    container.pop("securityContext", None)
    _use_host(spec)


def _baseline(_spec: Manifest, container: Manifest, _style: Style) -> None:
    container.pop("securityContext", None)


def _restricted(_spec: Manifest, container: Manifest, _style: Style) -> None:
    container["securityContext"] = {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "runAsNonRoot": True,
        "seccompProfile": {"type": "RuntimeDefault"},
    }


def _netadmin(spec: Manifest, container: Manifest, style: Style) -> None:
    _add_capabilities(container, "NET_ADMIN", "NET_RAW")
    if style == "node":
        _use_host(spec)


def _sysadmin(spec: Manifest, container: Manifest, style: Style) -> None:
    container["securityContext"] = {**mapping(container.get("securityContext")), "privileged": True}
    if style == "node":
        _use_host(spec)
        _mount_root(spec, container)


PROFILES: dict[str, Callable[[Manifest, Manifest, Style], None]] = {
    "legacy": _legacy,
    "general": _general,
    "baseline": _baseline,
    "restricted": _restricted,
    "netadmin": _netadmin,
    "sysadmin": _sysadmin,
}


def _mount_root(spec: Manifest, container: Manifest) -> None:
    """Let the container see the Node's files, at /host."""
    spec["volumes"] = [*mappings(spec.get("volumes")), {"name": _ROOT, "hostPath": {"path": "/"}}]
    mounts = mappings(container.get("volumeMounts"))
    container["volumeMounts"] = [*mounts, {"mountPath": "/host", "name": _ROOT}]


def _use_host(spec: Manifest) -> None:
    """Let the Pod use the Node's network, processes and messages."""
    spec |= {"hostNetwork": True, "hostPID": True, "hostIPC": True}


def _add_capabilities(container: Manifest, *names: str) -> None:
    context = mapping(container.get("securityContext"))
    capabilities = mapping(context.get("capabilities"))
    added = {**capabilities, "add": [*sequence(capabilities.get("add")), *names]}
    container["securityContext"] = {**context, "capabilities": added}
