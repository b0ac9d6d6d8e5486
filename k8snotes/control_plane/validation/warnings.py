"""What the API server accepts but warns of: what is ignored, doubled, deprecated or surprising."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from k8snotes.api.go_text import quoted
from k8snotes.api.names import dns1123_label
from k8snotes.control_plane.validation.cluster_ips import is_headless
from k8snotes.control_plane.validation.pod import is_fractional
from k8snotes.control_plane.validation.wording import Path
from k8snotes.errors import ApiWarning

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    Manifest = Mapping[str, Any]

__all__ = ["warnings_for"]

_TEMPLATES = frozenset(
    {"ReplicationController", "ReplicaSet", "Deployment", "StatefulSet", "DaemonSet", "Job"}
)
_NAMES_PODS = frozenset({"ReplicationController", "ReplicaSet", "Deployment", "Job"})
_OLD_LABELS = {
    "beta.kubernetes.io/arch": 'deprecated since v1.14; use "kubernetes.io/arch" instead',
    "beta.kubernetes.io/os": 'deprecated since v1.14; use "kubernetes.io/os" instead',
    "failure-domain.beta.kubernetes.io/region": 'deprecated since v1.17; use "topology.kubernetes.io/region" instead',
    "failure-domain.beta.kubernetes.io/zone": 'deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
    "beta.kubernetes.io/instance-type": 'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead',
}
_OLD_VOLUMES = {
    "photonPersistentDisk": "deprecated in v1.11, non-functional in v1.16+",
    "gitRepo": "deprecated in v1.11, and disabled by default in v1.33+",
    "scaleIO": "deprecated in v1.16, non-functional in v1.22+",
    "flocker": "deprecated in v1.22, non-functional in v1.25+",
    "storageos": "deprecated in v1.22, non-functional in v1.25+",
    "quobyte": "deprecated in v1.22, non-functional in v1.25+",
    "glusterfs": "deprecated in v1.25, non-functional in v1.26+",
    "cephfs": "deprecated in v1.28, non-functional in v1.31+",
    "rbd": "deprecated in v1.28, non-functional in v1.31+",
}
_OLD_ANNOTATIONS = {
    "scheduler.alpha.kubernetes.io/critical-pod": 'non-functional in v1.16+; use the "priorityClassName" field instead',
    "security.alpha.kubernetes.io/sysctls": 'non-functional in v1.11+; use the "sysctls" field instead',
    "security.alpha.kubernetes.io/unsafe-sysctls": 'non-functional in v1.11+; use the "sysctls" field instead',
}
_SURPRISE = "which can result in surprising behavior; a DNS label is recommended"
_NULL_SELECTOR = "a null labelSelector results in matching no pod"


def warnings_for(manifest: Manifest, old: Manifest | None = None) -> list[ApiWarning]:
    """Return the warnings that the API server gives with an accepted object; `old` is what it replaces.

    >>> warnings_for({"kind": "Pod", "metadata": {"name": "my.web"}, "spec": {}})
    ["metadata.name: this is used in the Pod's hostname, which can result in surprising behavior; \
a DNS label is recommended: [must not contain dots]"]
    """
    kind, name = manifest.get("kind"), manifest.get("metadata", {}).get("name", "")
    spec = manifest.get("spec") or {}
    if kind == "Service":
        return list(_service(manifest))
    if kind == "Endpoints":
        return [ApiWarning("v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice")]
    found: list[ApiWarning] = []
    if kind == "Pod" and old is None:
        if wrong := dns1123_label(name):
            detail = f"this is used in the Pod's hostname, {_SURPRISE}: [{' '.join(wrong)}]"
            found.append(ApiWarning(detail, "metadata.name"))
        found += _pod(spec, manifest["metadata"], Path())
    elif kind in _TEMPLATES and spec.get("template"):
        if old is None and kind in _NAMES_PODS and (wrong := dns1123_label(name)):
            detail = f"this is used in Pod names and hostnames, {_SURPRISE}: [{' '.join(wrong)}]"
            found.append(ApiWarning(detail, "metadata.name"))
        if old is None or old.get("spec") != spec:
            template = spec["template"]
            found += _pod(template.get("spec") or {}, template.get("metadata") or {}, Path("spec.template"))
    return found


def _service(manifest: Manifest) -> Iterator[ApiWarning]:
    spec, annotations = manifest["spec"], manifest["metadata"].get("annotations") or {}
    hints = "service.kubernetes.io/topology-aware-hints"
    if hints in annotations:
        detail = f"annotation {hints} is deprecated, please use service.kubernetes.io/topology-mode instead"
        yield ApiWarning(detail)
    external, headless = spec.get("externalIPs"), is_headless(spec) and spec.get("type") == "ClusterIP"
    if headless:
        if spec.get("loadBalancerIP"):
            yield ApiWarning("spec.loadBalancerIP is ignored for headless services")
        if external:
            yield ApiWarning("spec.externalIPs is ignored for headless services")
        if spec.get("sessionAffinity") != "None":
            yield ApiWarning("spec.SessionAffinity is ignored for headless services")
    is_name = spec.get("type") == "ExternalName"
    if external and not headless and not is_name:
        yield ApiWarning("spec.externalIPs is deprecated and may no longer be implemented in some clusters")
    if is_name and external:
        yield ApiWarning('spec.externalIPs is ignored when spec.type is "ExternalName"')
    if not is_name and spec.get("externalName"):
        yield ApiWarning('spec.externalName is ignored when spec.type is not "ExternalName"')
    if spec.get("trafficDistribution") == "PreferClose":
        yield ApiWarning('"PreferClose" is deprecated; use "PreferSameZone"', "spec.trafficDistribution")


def _pod(spec: Manifest, meta: Manifest, path: Path) -> list[ApiWarning]:
    # warningsForPodSpecAndMeta
    found = list(_old_names(spec, meta, path))
    found += _volumes(spec, path / "spec" / "volumes")
    found += _repeated(spec, path / "spec")
    for container, here in _containers(spec, path / "spec"):
        found += _container(container, here)
    found += _ports(spec, path / "spec")
    grace = spec.get("terminationGracePeriodSeconds")
    if grace is not None and grace < 0:
        place = path / "spec" / "terminationGracePeriodSeconds"
        found.append(ApiWarning("must be >= 0; negative values are invalid and will be treated as 1", place))
    return found + list(_null_selectors(spec, path / "spec" / "affinity"))


def _containers(spec: Manifest, path: Path) -> Iterator[tuple[Manifest, Path]]:
    for kind in ("initContainers", "containers", "ephemeralContainers"):
        for i, container in enumerate(spec.get(kind) or ()):
            yield container, path / kind @ i


def _old_names(spec: Manifest, meta: Manifest, path: Path) -> Iterator[ApiWarning]:
    for key in sorted(spec.get("nodeSelector") or ()):
        if key in _OLD_LABELS:
            yield ApiWarning(_OLD_LABELS[key], (path / "spec" / "nodeSelector").key(key))
    node = (spec.get("affinity") or {}).get("nodeAffinity") or {}
    here = path / "spec" / "affinity" / "nodeAffinity"
    required = node.get("requiredDuringSchedulingIgnoredDuringExecution") or {}
    place = here / "requiredDuringSchedulingIgnoredDuringExecution" / "nodeSelectorTerms"
    for i, term in enumerate(required.get("nodeSelectorTerms") or ()):
        yield from _old_keys(term, place @ i)
    place = here / "preferredDuringSchedulingIgnoredDuringExecution"
    for i, term in enumerate(node.get("preferredDuringSchedulingIgnoredDuringExecution") or ()):
        yield from _old_keys(term.get("preference") or {}, place @ i / "preference")
    for i, constraint in enumerate(spec.get("topologySpreadConstraints") or ()):
        place, key = path / "spec" / "topologySpreadConstraints" @ i, constraint.get("topologyKey", "")
        if key in _OLD_LABELS:
            yield ApiWarning(f"{key} is {_OLD_LABELS[key]}", place / "topologyKey")
        if constraint.get("labelSelector") is None:
            yield ApiWarning(_NULL_SELECTOR, place / "labelSelector")
    for key, message in _OLD_ANNOTATIONS.items():
        if key in (meta.get("annotations") or {}):
            yield ApiWarning(message, (path / "metadata" / "annotations").key(key))


def _old_keys(term: Manifest, path: Path) -> Iterator[ApiWarning]:
    for i, expression in enumerate(term.get("matchExpressions") or ()):
        key = expression.get("key", "")
        if key in _OLD_LABELS:
            yield ApiWarning(f"{key} is {_OLD_LABELS[key]}", path / "matchExpressions" @ i / "key")


def _volumes(spec: Manifest, path: Path) -> Iterator[ApiWarning]:
    for i, volume in enumerate(spec.get("volumes") or ()):
        for kind in volume:
            if kind in _OLD_VOLUMES:
                yield ApiWarning(_OLD_VOLUMES[kind], path @ i / kind)


def _repeated(spec: Manifest, path: Path) -> Iterator[ApiWarning]:
    for field, key in (("hostAliases", "ip"), ("imagePullSecrets", "name")):
        values = [item.get(key, "") for item in spec.get(field) or ()]
        for i, value in enumerate(values):
            if value in values[:i]:
                yield ApiWarning(f"duplicate {key} {quoted(value)}", path / field @ i / key)
        if field == "imagePullSecrets":
            for i, value in enumerate(values):
                if not value:
                    yield ApiWarning('invalid empty name ""', path / field @ i / key)
    for name in ("memory", "ephemeral-storage"):
        amount = (spec.get("overhead") or {}).get(name)
        if amount is not None and is_fractional(amount):
            yield _fraction((path / "overhead").key(name), amount)


def _fraction(path: Path, amount: str) -> ApiWarning:
    detail = f"fractional byte value {quoted(amount)} is invalid, must be an integer"
    return ApiWarning(detail, path, rule="fractional-bytes")


def _container(container: Manifest, path: Path) -> Iterator[ApiWarning]:
    resources = container.get("resources") or {}
    for name in ("memory", "ephemeral-storage"):
        for field in ("limits", "requests"):
            amount = (resources.get(field) or {}).get(name)
            if amount is not None and is_fractional(amount):
                yield _fraction((path / "resources" / field).key(name), amount)
    seen: set[str] = set()
    for i, variable in enumerate(container.get("env") or ()):
        name, value = variable.get("name", ""), variable.get("value", "")
        own = f"$({name})"
        # X=$(X)123 builds on the earlier value; everything else hides it
        hides = variable.get("valueFrom") is not None or value == own or own not in value
        if name in seen and hides:
            what = f"hides previous definition of {quoted(name)}, which may be dropped when using apply"
            yield ApiWarning(what, path / "env" @ i)
        seen.add(name)


def _ports(spec: Manifest, path: Path) -> list[ApiWarning]:
    found: list[ApiWarning] = []
    seen: dict[tuple[int, str], list[tuple[Path, str, int]]] = {}
    for container, place in _containers(spec, path):
        for i, port in enumerate(container.get("ports") or ()):
            here = place / "ports" @ i
            ip, number = port.get("hostIP", ""), port.get("hostPort", 0)
            if ip and not number:
                found.append(ApiWarning(f"hostIP set without hostPort: {_go_port(port)}", here))
            others = seen.setdefault((port.get("containerPort", 0), port.get("protocol", "")), [])
            found += _overlaps(here, ip, number, others)
            others.append((here, ip, number))
    return found


def _overlaps(
    here: Path, ip: str, number: int, others: Sequence[tuple[Path, str, int]]
) -> Iterator[ApiWarning]:
    for other, other_ip, other_number in others:
        if (ip, number) == (other_ip, other_number):
            yield ApiWarning(f"duplicate port definition with {other}", here)
        elif not number or not other_number:
            yield ApiWarning(f"overlapping port definition with {other}", here)
        elif number == other_number and bool(ip) != bool(other_ip):
            yield ApiWarning(f"dangerously ambiguous port definition with {other}", here)


def _go_port(port: Manifest) -> str:
    # Go's %+v of a ContainerPort
    return (
        f"{{Name:{port.get('name', '')} HostPort:{port.get('hostPort', 0)} "
        f"ContainerPort:{port.get('containerPort', 0)} Protocol:{port.get('protocol', '')} "
        f"HostIP:{port.get('hostIP', '')}}}"
    )


def _null_selectors(spec: Manifest, path: Path) -> Iterator[ApiWarning]:
    for kind in ("podAffinity", "podAntiAffinity"):
        found = (spec.get("affinity") or {}).get(kind) or {}
        required = "requiredDuringSchedulingIgnoredDuringExecution"
        for i, term in enumerate(found.get(required) or ()):
            if term.get("labelSelector") is None:
                yield ApiWarning(_NULL_SELECTOR, path / kind / required @ i / "labelSelector")
        preferred = "preferredDuringSchedulingIgnoredDuringExecution"
        for i, term in enumerate(found.get(preferred) or ()):
            if (term.get("podAffinityTerm") or {}).get("labelSelector") is None:
                yield ApiWarning(
                    _NULL_SELECTOR, path / kind / preferred @ i / "podAffinityTerm" / "labelSelector"
                )
