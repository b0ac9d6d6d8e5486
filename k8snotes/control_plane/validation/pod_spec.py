"""Rules for the specification of Pods: of a Pod itself, and of the templates that Pods are made from."""

from __future__ import annotations

from k8snotes.api.base import Manifest, mapping, sequence
from k8snotes.api.names import underscored_subdomain
from k8snotes.api.quantity import Quantity
from k8snotes.control_plane.validation import containers, scheduling, security
from k8snotes.control_plane.validation.ip import ip
from k8snotes.control_plane.validation.metadata import (
    annotation_keys,
    dns_label,
    dns_subdomain,
    labels,
    qualified_name,
)
from k8snotes.control_plane.validation.quantities import (
    container_resource_name,
    pod_resource_name,
    requirements,
    resource_amount,
)
from k8snotes.control_plane.validation.volumes import volumes
from k8snotes.control_plane.validation.wording import (
    Path,
    duplicate,
    forbidden_field,
    invalid_value,
    invalid_values,
    not_supported,
    one_of,
    required,
    unique,
)
from k8snotes.errors import Cause

__all__ = ["MIRROR", "is_fractional", "pod_annotations", "pod_spec", "template"]

MIRROR = "kubernetes.io/config.mirror"
_DELETION_COST = "controller.kubernetes.io/pod-deletion-cost"
_RESTART_POLICIES = ("Always", "OnFailure", "Never")
_DNS_POLICIES = ("ClusterFirstWithHostNet", "ClusterFirst", "Default", "None")
_PREEMPTION_POLICIES = ("PreemptLowerPriority", "Never")
_SYSTEMS = ("linux", "windows")
_LARGEST = 2**31 - 1


def template(manifest: Manifest, path: Path) -> list[Cause]:
    """Check the template of a workload (ValidatePodTemplateSpec).

    Args:
        manifest: the template, decoded and completed.
        path: its path in the manifest: "spec.template".
    """
    meta, spec = mapping(manifest.get("metadata")), mapping(manifest.get("spec"))
    # Kubernetes leaves "metadata" out of these two paths
    causes = labels(meta.get("labels"), path / "labels")
    causes += annotation_keys(meta.get("annotations"), path / "annotations")
    causes += pod_annotations(meta, spec, path / "annotations")
    causes += pod_spec(spec, path / "spec", is_pod=False)
    if spec.get("ephemeralContainers"):
        detail = "ephemeral containers not allowed in pod template"
        causes.append(forbidden_field(path / "spec" / "ephemeralContainers", detail))
    return causes


def pod_annotations(meta: Manifest, spec: Manifest, path: Path) -> list[Cause]:
    """Check the annotations that mean something for Pods; `path` is the path of the annotations."""
    annotations = mapping(meta.get("annotations"))
    causes: list[Cause] = []
    if MIRROR in annotations and not spec.get("nodeName"):
        detail = "must set spec.nodeName if mirror pod annotation is set"
        causes.append(invalid_value(path.key(MIRROR), annotations[MIRROR], detail))
    cost = annotations.get(_DELETION_COST)
    if cost is not None and not _is_int32(cost):
        causes.append(invalid_value(path.key(_DELETION_COST), cost, "must be a 32bit integer"))
    return causes


def _is_int32(text: str) -> bool:
    """Whether a text is a whole number of 32 bits, as Go writes it."""
    digits = text[1:] if text[:1] == "-" else text
    if (
        not (digits.isascii() and digits.isdigit())
        or len(digits) > 10
        or (len(digits) > 1 and digits[0] == "0")
    ):
        return False
    return -(2**31) <= int(text) < 2**31 and text != "-0"


def pod_spec(spec: Manifest, path: Path, *, is_pod: bool) -> list[Cause]:
    """Check a PodSpec (ValidatePodSpec).

    Args:
        spec: the specification, decoded and completed.
        path: its path in the manifest: "spec", "spec.template.spec".
        is_pod: whether it is that of a Pod; that of a template may say less.

    Source of the rule: https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#PodSpec
    """
    causes: list[Cause] = []
    if spec.get("terminationGracePeriodSeconds") is None:
        causes.append(required(path / "terminationGracePeriodSeconds"))
    known, wrong = volumes(sequence(spec.get("volumes")), path / "volumes")
    claims = {claim["name"] for claim in sequence(spec.get("resourceClaims")) if claim.get("name")}
    facts = containers.PodFacts(
        volumes=known,
        claims=claims,
        grace_period=spec.get("terminationGracePeriodSeconds"),
        restart_policy=spec.get("restartPolicy", ""),
        host_users=spec.get("hostUsers") is not False,
    )
    main, init = sequence(spec.get("containers")), sequence(spec.get("initContainers"))
    causes += wrong
    causes += _resource_claims(spec, path / "resourceClaims")
    causes += containers.containers(main, path / "containers", facts)
    causes += containers.init_containers(init, main, path / "initContainers", facts)
    causes += containers.ephemeral_containers(
        sequence(spec.get("ephemeralContainers")), [*main, *init], path / "ephemeralContainers", facts
    )
    if spec.get("resources"):
        causes += requirements(spec["resources"], path / "resources", pod_resource_name, claims)
    if spec.get("hostNetwork"):
        causes += _host_network_ports(spec, path, is_pod=is_pod)
    causes += one_of(spec.get("restartPolicy"), path / "restartPolicy", _RESTART_POLICIES, needed=True)
    causes += one_of(spec.get("dnsPolicy"), path / "dnsPolicy", _DNS_POLICIES, needed=True)
    causes += labels(spec.get("nodeSelector"), path / "nodeSelector")
    causes += security.pod_security(spec, path)
    causes += scheduling.affinity(spec.get("affinity"), path / "affinity")
    causes += _dns_config(spec, path / "dnsConfig")
    causes += _gates(spec, path)
    causes += scheduling.spread_constraints(
        sequence(spec.get("topologySpreadConstraints")), path / "topologySpreadConstraints"
    )
    causes += security.host_users(spec, path)
    return causes + _simple_fields(spec, path)


def _simple_fields(spec: Manifest, path: Path) -> list[Cause]:
    """Check the fields that need no more than a name, a number or one of a few words."""
    causes: list[Cause] = []
    for name in ("serviceAccountName", "nodeName"):
        if spec.get(name):
            causes += dns_subdomain(spec[name], path / name)
    seconds = spec.get("activeDeadlineSeconds")
    if seconds is not None and not 1 <= seconds <= _LARGEST:
        detail = f"must be between 1 and {_LARGEST}, inclusive"
        causes.append(invalid_value(path / "activeDeadlineSeconds", seconds, detail))
    for name in ("hostname", "subdomain"):
        if spec.get(name):
            causes += dns_label(spec[name], path / name)
    causes += scheduling.tolerations(sequence(spec.get("tolerations")), path / "tolerations")
    for i, alias in enumerate(sequence(spec.get("hostAliases"))):
        here = path / "hostAliases" @ i
        causes += ip(alias.get("ip", ""), here / "ip")
        for j, name in enumerate(sequence(alias.get("hostnames"))):
            causes += dns_subdomain(name, here / "hostnames" @ j)
    if spec.get("priorityClassName"):
        causes += dns_subdomain(spec["priorityClassName"], path / "priorityClassName")
    if spec.get("runtimeClassName") is not None:
        causes += dns_subdomain(spec["runtimeClassName"], path / "runtimeClassName")
    if spec.get("preemptionPolicy") is not None:
        causes += one_of(
            spec.get("preemptionPolicy"), path / "preemptionPolicy", _PREEMPTION_POLICIES, needed=True
        )
    for name, amount in sorted(mapping(spec.get("overhead")).items()):
        here = (path / "overhead").key(name)
        causes += container_resource_name(name, here) + resource_amount(name, amount, here)
    system = spec.get("os")
    if system is not None and not system.get("name"):
        causes.append(required(path / "os" / "name"))
    elif system is not None and system["name"] not in _SYSTEMS:
        causes.append(not_supported(path / "os", system["name"], _SYSTEMS))
    return causes


def _host_network_ports(spec: Manifest, path: Path, *, is_pod: bool) -> list[Cause]:
    """Check that containers on the Node's network open the port that they listen on (validateHostNetwork)."""
    causes: list[Cause] = []
    for i, container in enumerate(sequence(spec.get("containers"))):
        for j, port in enumerate(sequence(container.get("ports"))):
            number = port.get("hostPort", 0)
            if (is_pod or number) and number != port.get("containerPort", 0):
                detail = "must match `containerPort` when `hostNetwork` is true"
                here = path / "containers" @ i / "ports" @ j / "hostPort"
                causes.append(invalid_value(here, number, detail))
    return causes


def _resource_claims(spec: Manifest, path: Path) -> list[Cause]:
    """Check the names of the claims to devices (validatePodResourceClaims)."""
    causes: list[Cause] = []
    seen: set[str] = set()
    for i, claim in enumerate(sequence(spec.get("resourceClaims"))):
        name = claim.get("name", "")
        if not name:
            causes.append(required(path @ i / "name"))
        elif name in seen:
            causes.append(duplicate(path @ i / "name", name))
        else:
            causes += dns_label(name, path @ i / "name")
        seen.add(name)
    return causes


def _dns_config(spec: Manifest, path: Path) -> list[Cause]:
    """Check how the Pod looks up names (validatePodDNSConfig).

    Source of the rule: https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/#pod-dns-config
    """
    config = spec.get("dnsConfig")
    if spec.get("dnsPolicy") == "None":
        if config is None:
            return [required(path, "must provide `dnsConfig` when `dnsPolicy` is None")]
        if not config.get("nameservers"):
            detail = "must provide at least one DNS nameserver when `dnsPolicy` is None"
            return [required(path / "nameservers", detail)]
    causes: list[Cause] = []
    servers = sequence((config or {}).get("nameservers"))
    searches = sequence((config or {}).get("searches"))
    if len(servers) > 3:
        causes.append(invalid_value(path / "nameservers", servers, "must not have more than 3 nameservers"))
    for i, server in enumerate(servers):
        causes += ip(server, path / "nameservers" @ i)
    if len(searches) > 32:
        causes.append(invalid_value(path / "searches", searches, "must not have more than 32 search paths"))
    if len(" ".join(searches)) > 2048:
        detail = "must not have more than 2048 characters (including spaces) in the search list"
        causes.append(invalid_value(path / "searches", searches, detail))
    for i, search in enumerate(searches):
        # underscores are fine here; the last dot says that the name is complete
        name = search.removesuffix(".")
        if search != ".":
            causes += invalid_values(path / "searches" @ i, name, underscored_subdomain(name))
    for i, option in enumerate(sequence((config or {}).get("options"))):
        if not option.get("name"):
            causes.append(required(path / "options" @ i, "must not be empty"))
    return causes


def _gates(spec: Manifest, path: Path) -> list[Cause]:
    """Check readiness gates and scheduling gates."""
    causes: list[Cause] = []
    for i, gate in enumerate(sequence(spec.get("readinessGates"))):
        causes += qualified_name(gate.get("conditionType", ""), path / "readinessGates" @ i / "conditionType")
    seen: set[str] = set()
    for i, gate in enumerate(sequence(spec.get("schedulingGates"))):
        name, here = gate.get("name", ""), path / "schedulingGates" @ i
        causes += qualified_name(name, here)
        causes += unique(name, here, seen)
    return causes


def is_fractional(amount: str) -> bool:
    """Whether an amount of bytes is none that can be had: 128m is 0.128 bytes."""
    return Quantity(amount).milli % 1000 != 0
