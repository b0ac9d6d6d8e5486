"""What the API server accepts in a Pod or a template but warns of: ignored, doubled, deprecated, surprising."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from k8snotes.api.base import Manifest, mapping, sequence
from k8snotes.api.go_text import quoted
from k8snotes.api.names import dns1123_label
from k8snotes.control_plane.validation.pod_spec import is_fractional
from k8snotes.control_plane.validation.wording import Path
from k8snotes.errors import ApiWarning

__all__ = [
    "OLD_VOLUMES",
    "claim_warnings",
    "node_term_warnings",
    "old_label_warnings",
    "pod_name_warning",
    "pod_warnings",
    "template_warnings",
]

_OLD_LABELS = {
    "beta.kubernetes.io/arch": 'deprecated since v1.14; use "kubernetes.io/arch" instead',
    "beta.kubernetes.io/os": 'deprecated since v1.14; use "kubernetes.io/os" instead',
    "failure-domain.beta.kubernetes.io/region": 'deprecated since v1.17; use "topology.kubernetes.io/region" instead',
    "failure-domain.beta.kubernetes.io/zone": 'deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
    "beta.kubernetes.io/instance-type": 'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead',
}
OLD_VOLUMES = {
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
"""Sorts of volumes that no cluster can mount any more, and what is said of them."""
_OLD_ANNOTATIONS = {
    "scheduler.alpha.kubernetes.io/critical-pod": 'non-functional in v1.16+; use the "priorityClassName" field instead',
    "security.alpha.kubernetes.io/sysctls": 'non-functional in v1.11+; use the "sysctls" field instead',
    "security.alpha.kubernetes.io/unsafe-sysctls": 'non-functional in v1.11+; use the "sysctls" field instead',
}
_SURPRISE = "which can result in surprising behavior; a DNS label is recommended"
_NULL_SELECTOR = "a null labelSelector results in matching no pod"


def pod_name_warning(name: str, where: str) -> list[ApiWarning]:
    """Warn of a name that makes bad host names; `where` says what it is used in."""
    wrong = dns1123_label(name)
    detail = f"this is used in {where}, {_SURPRISE}: [{' '.join(wrong)}]"
    return [ApiWarning(detail, "metadata.name")] if wrong else []


def old_label_warnings(keys: Iterable[str], path: Path) -> list[ApiWarning]:
    """Warn of labels of Nodes that have other names today; `path` is the path to a key.

    >>> old_label_warnings(["beta.kubernetes.io/os"], Path("nodeSelector"))[0].detail
    'beta.kubernetes.io/os is deprecated since v1.14; use "kubernetes.io/os" instead'
    """
    return [ApiWarning(f"{key} is {_OLD_LABELS[key]}", path) for key in keys if key in _OLD_LABELS]


def template_warnings(manifest: Manifest, old: Manifest | None, *, names_pods: bool) -> list[ApiWarning]:
    """Return the warnings for a workload with a template.

    Args:
        manifest: the workload.
        old: what it replaces, None for a new one.
        names_pods: whether its Pods are called by it, and a random end.
    """
    spec = mapping(manifest.get("spec"))
    if not spec.get("template"):
        return []
    warnings: list[ApiWarning] = []
    if old is None and names_pods:
        warnings += pod_name_warning(manifest["metadata"].get("name", ""), "Pod names and hostnames")
    if old is None or old.get("spec") != spec:
        template = spec["template"]
        path = Path("spec.template")
        warnings += pod_warnings(mapping(template.get("spec")), mapping(template.get("metadata")), path)
    return warnings


def pod_warnings(spec: Manifest, meta: Manifest, path: Path) -> list[ApiWarning]:
    """Return the warnings for a Pod, or for a template at `path` (warningsForPodSpecAndMeta)."""
    warnings = list(_old_names(spec, meta, path))
    warnings += _volumes(spec, path / "spec" / "volumes")
    warnings += _repeated(spec, path / "spec")
    for container, here in _containers(spec, path / "spec"):
        warnings += _container(container, here)
    warnings += _ports(spec, path / "spec")
    grace = spec.get("terminationGracePeriodSeconds")
    if grace is not None and grace < 0:
        place = path / "spec" / "terminationGracePeriodSeconds"
        warnings.append(
            ApiWarning("must be >= 0; negative values are invalid and will be treated as 1", place)
        )
    return warnings + list(_null_selectors(spec, path / "spec" / "affinity"))


def _containers(spec: Manifest, path: Path) -> Iterator[tuple[Manifest, Path]]:
    """Yield the containers of every sort, with their places."""
    for kind in ("initContainers", "containers", "ephemeralContainers"):
        for i, container in enumerate(sequence(spec.get(kind))):
            yield container, path / kind @ i


def _old_names(spec: Manifest, meta: Manifest, path: Path) -> Iterator[ApiWarning]:
    """Warn of labels and annotations that have other names today."""
    for key in sorted(mapping(spec.get("nodeSelector"))):
        if key in _OLD_LABELS:
            yield ApiWarning(_OLD_LABELS[key], (path / "spec" / "nodeSelector").key(key))
    node = mapping(mapping(spec.get("affinity")).get("nodeAffinity"))
    here = path / "spec" / "affinity" / "nodeAffinity"
    required = mapping(node.get("requiredDuringSchedulingIgnoredDuringExecution"))
    place = here / "requiredDuringSchedulingIgnoredDuringExecution" / "nodeSelectorTerms"
    for i, term in enumerate(sequence(required.get("nodeSelectorTerms"))):
        yield from node_term_warnings(term, place @ i)
    place = here / "preferredDuringSchedulingIgnoredDuringExecution"
    for i, term in enumerate(sequence(node.get("preferredDuringSchedulingIgnoredDuringExecution"))):
        yield from node_term_warnings(mapping(term.get("preference")), place @ i / "preference")
    for i, constraint in enumerate(sequence(spec.get("topologySpreadConstraints"))):
        place, key = path / "spec" / "topologySpreadConstraints" @ i, constraint.get("topologyKey", "")
        if key in _OLD_LABELS:
            yield ApiWarning(f"{key} is {_OLD_LABELS[key]}", place / "topologyKey")
        if constraint.get("labelSelector") is None:
            yield ApiWarning(_NULL_SELECTOR, place / "labelSelector")
    for key, message in _OLD_ANNOTATIONS.items():
        if key in mapping(meta.get("annotations")):
            yield ApiWarning(message, (path / "metadata" / "annotations").key(key))


def node_term_warnings(term: Manifest, path: Path) -> Iterator[ApiWarning]:
    """Warn of old labels in a node selector term, whose path is `path`."""
    for i, expression in enumerate(sequence(term.get("matchExpressions"))):
        yield from old_label_warnings([expression.get("key", "")], path / "matchExpressions" @ i / "key")


def _volumes(spec: Manifest, path: Path) -> Iterator[ApiWarning]:
    """Warn of volume plugins that are gone, and of sources that are none."""
    for i, volume in enumerate(sequence(spec.get("volumes"))):
        for kind in volume:
            if kind in OLD_VOLUMES:
                yield ApiWarning(OLD_VOLUMES[kind], path @ i / kind)
        for source in sequence(mapping(volume.get("projected")).get("sources")):
            if not any(value is not None for value in source.values()):
                yield ApiWarning(
                    f"volume {quoted(volume.get('name', ''))} (Projected) has no sources provided"
                )


def _repeated(spec: Manifest, path: Path) -> Iterator[ApiWarning]:
    """Warn of what occurs twice in lists that may have it once, and of fractions of a byte."""
    for field, key in (("hostAliases", "ip"), ("imagePullSecrets", "name")):
        values = [item.get(key, "") for item in sequence(spec.get(field))]
        for i, value in enumerate(values):
            if value in values[:i]:
                yield ApiWarning(f"duplicate {key} {quoted(value)}", path / field @ i / key)
        if field == "imagePullSecrets":
            for i, value in enumerate(values):
                if not value:
                    yield ApiWarning('invalid empty name ""', path / field @ i / key)
    for name in ("memory", "ephemeral-storage"):
        amount = mapping(spec.get("overhead")).get(name)
        if amount is not None and is_fractional(amount):
            yield _fraction((path / "overhead").key(name), amount)


def _fraction(path: Path, amount: str) -> ApiWarning:
    """Warn of an amount of memory that is no whole number of bytes."""
    detail = f"fractional byte value {quoted(amount)} is invalid, must be an integer"
    return ApiWarning(detail, path, rule="fractional-bytes")


def claim_warnings(spec: Manifest, path: Path) -> Iterator[ApiWarning]:
    """Warn of a size that is no whole number of bytes (warningsForPersistentVolumeClaimSpec).

    Args:
        spec: what a claim asks for.
        path: its path in the manifest.

    >>> [str(text) for text in claim_warnings({"resources": {"requests": {"storage": "1500m"}}}, Path("spec"))]
    ['spec.resources.requests[storage]: fractional byte value "1500m" is invalid, must be an integer']
    """
    for field in ("requests", "limits"):
        amount = mapping(mapping(spec.get("resources")).get(field)).get("storage")
        if amount is not None and is_fractional(amount):
            yield _fraction((path / "resources" / field).key("storage"), amount)


def _container(container: Manifest, path: Path) -> Iterator[ApiWarning]:
    """Warn of fractions of a byte, and of variables that hide earlier ones."""
    resources = mapping(container.get("resources"))
    for name in ("memory", "ephemeral-storage"):
        for field in ("limits", "requests"):
            amount = mapping(resources.get(field)).get(name)
            if amount is not None and is_fractional(amount):
                yield _fraction((path / "resources" / field).key(name), amount)
    seen: set[str] = set()
    for i, variable in enumerate(sequence(container.get("env"))):
        name, value = variable.get("name", ""), variable.get("value", "")
        own = f"$({name})"
        # X=$(X)123 builds on the earlier value; everything else hides it
        hides = variable.get("valueFrom") is not None or value == own or own not in value
        if name in seen and hides:
            what = f"hides previous definition of {quoted(name)}, which may be dropped when using apply"
            yield ApiWarning(what, path / "env" @ i, rule="duplicate-variable")
        seen.add(name)


def _ports(spec: Manifest, path: Path) -> list[ApiWarning]:
    """Warn of ports that are declared twice, or half."""
    warnings: list[ApiWarning] = []
    seen: dict[tuple[int, str], list[tuple[Path, str, int]]] = {}
    for container, place in _containers(spec, path):
        for i, port in enumerate(sequence(container.get("ports"))):
            here = place / "ports" @ i
            ip, number = port.get("hostIP", ""), port.get("hostPort", 0)
            if ip and not number:
                warnings.append(ApiWarning(f"hostIP set without hostPort: {_go_port(port)}", here))
            others = seen.setdefault((port.get("containerPort", 0), port.get("protocol", "")), [])
            warnings += _overlaps(here, ip, number, others)
            others.append((here, ip, number))
    return warnings


def _overlaps(
    here: Path, ip: str, number: int, others: Sequence[tuple[Path, str, int]]
) -> Iterator[ApiWarning]:
    """Warn of a port that says the same as an earlier one, or nearly."""
    for other, other_ip, other_number in others:
        if (ip, number) == (other_ip, other_number):
            yield ApiWarning(f"duplicate port definition with {other}", here, rule="duplicate-port")
        elif not number or not other_number:
            yield ApiWarning(f"overlapping port definition with {other}", here)
        elif number == other_number and bool(ip) != bool(other_ip):
            yield ApiWarning(f"dangerously ambiguous port definition with {other}", here)


def _go_port(port: Manifest) -> str:
    """Return a port as Go's %+v shows it."""
    return (
        f"{{Name:{port.get('name', '')} HostPort:{port.get('hostPort', 0)} "
        f"ContainerPort:{port.get('containerPort', 0)} Protocol:{port.get('protocol', '')} "
        f"HostIP:{port.get('hostIP', '')}}}"
    )


def _null_selectors(spec: Manifest, path: Path) -> Iterator[ApiWarning]:
    """Warn of affinity terms that match no Pod, as they have no selector."""
    for kind in ("podAffinity", "podAntiAffinity"):
        terms = mapping(mapping(spec.get("affinity")).get(kind))
        required = "requiredDuringSchedulingIgnoredDuringExecution"
        for i, term in enumerate(sequence(terms.get(required))):
            if term.get("labelSelector") is None:
                yield ApiWarning(_NULL_SELECTOR, path / kind / required @ i / "labelSelector")
        preferred = "preferredDuringSchedulingIgnoredDuringExecution"
        for i, term in enumerate(sequence(terms.get(preferred))):
            if mapping(term.get("podAffinityTerm")).get("labelSelector") is None:
                yield ApiWarning(
                    _NULL_SELECTOR, path / kind / preferred @ i / "podAffinityTerm" / "labelSelector"
                )
