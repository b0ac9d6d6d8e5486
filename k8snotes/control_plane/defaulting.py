"""The defaults that several kinds share: of Pods, of templates, of replicas."""

from __future__ import annotations

import re
from typing import Any

from k8snotes.api.base import Manifest, mapping, sequence
from k8snotes.api.quantity import Quantity

__all__ = ["complete_pod_spec", "complete_replicas", "complete_template", "set_missing"]

_FILE_MODE = 0o644
_VOLUME_SOURCES_WITH_MODE = ("secret", "configMap", "downwardAPI", "projected")


def set_missing(target: Manifest, **values: Any) -> None:
    """Set fields that are missing or empty, in place; those that say 0 or false on purpose stay.

    >>> port = {"port": 80, "protocol": ""}
    >>> set_missing(port, protocol="TCP", port=8080)
    >>> port
    {'port': 80, 'protocol': 'TCP'}
    """
    for field, value in values.items():
        if target.get(field) in (None, ""):
            target[field] = value


def complete_pod_spec(spec: Manifest) -> None:
    """Fill in, in place, the defaults that hold for the specification of a Pod and of a template alike.

    Source of the rule: `SetDefaults_PodSpec` in k8s.io/kubernetes/pkg/apis/core/v1
    """
    set_missing(spec, dnsPolicy="ClusterFirst", restartPolicy="Always", schedulerName="default-scheduler")
    if spec.get("securityContext") is None:
        spec["securityContext"] = {}
    if spec.get("terminationGracePeriodSeconds") is None:
        spec["terminationGracePeriodSeconds"] = 30
    # the old name of the field follows the new one
    account = spec.get("serviceAccountName") or spec.get("serviceAccount")
    if account:
        spec["serviceAccountName"] = spec["serviceAccount"] = account
    for volume in sequence(spec.get("volumes")):
        _volume(volume)
    for kind in ("initContainers", "containers", "ephemeralContainers"):
        for container in sequence(spec.get(kind)):
            _container(container)
    for name in mapping(spec.get("overhead")):
        spec["overhead"][name] = _whole_millis(spec["overhead"][name])


def _container(container: Manifest) -> None:
    """Fill in the defaults of a container.

    Source of the rule: `SetDefaults_Container` in k8s.io/kubernetes/pkg/apis/core/v1
    """
    set_missing(
        container,
        imagePullPolicy="Always" if _is_latest(container.get("image", "")) else "IfNotPresent",
        terminationMessagePath="/dev/termination-log",
        terminationMessagePolicy="File",
    )
    if container.get("resources") is None:
        container["resources"] = {}
    for port in sequence(container.get("ports")):
        set_missing(port, protocol="TCP")
    for amounts in (container["resources"].get("limits"), container["resources"].get("requests")):
        for name in amounts or ():
            amounts[name] = _whole_millis(amounts[name])
    for variable in sequence(container.get("env")):
        ref = mapping(variable.get("valueFrom")).get("fieldRef")
        if ref is not None:
            set_missing(ref, apiVersion="v1")
    for probe in ("livenessProbe", "readinessProbe", "startupProbe"):
        if container.get(probe) is not None:
            _probe(container[probe])
    for hook in mapping(container.get("lifecycle")).values():
        if isinstance(hook, dict) and hook.get("httpGet") is not None:
            set_missing(hook["httpGet"], path="/", scheme="HTTP")


# registry/path:tag@digest, as container runtimes read it
_IMAGE = re.compile(
    r"(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::[0-9]+)?/)?"
    r"[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*)*"
    r"(?::(?P<tag>[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}))?(?P<digest>@[A-Za-z0-9+._-]+:[0-9a-fA-F]{32,})?",
    re.ASCII,
)


# what could be the identifier of an image is no name
_IDENTIFIER = re.compile(r"[a-f0-9]{64}")


def _is_latest(image: str) -> bool:
    """Whether an image is :latest, by its tag or because it has none: such an image is pulled every time.

    Source of the rule: https://kubernetes.io/docs/concepts/containers/images/#imagepullpolicy-defaulting
    """
    # neither tag nor digest means :latest; what is no image name at all is not looked at further
    match = _IMAGE.fullmatch(image) if len(image) <= 4096 and not _IDENTIFIER.fullmatch(image) else None
    return match is not None and (match["tag"] == "latest" or not (match["tag"] or match["digest"]))


def _whole_millis(amount: str) -> str:
    """Return an amount rounded up to thousandths: Kubernetes counts nothing finer."""
    quantity = Quantity(amount)
    # amounts finer than a thousandth are rounded up to it
    return amount if Quantity(f"{quantity.milli}m") == quantity else str(Quantity(f"{quantity.milli}m"))


def _probe(probe: Manifest) -> None:
    """Fill in the defaults of a probe.

    Source of the rule: `SetDefaults_Probe` in k8s.io/kubernetes/pkg/apis/core/v1
    """
    for field, value in (
        ("timeoutSeconds", 1),
        ("periodSeconds", 10),
        ("successThreshold", 1),
        ("failureThreshold", 3),
    ):
        if not probe.get(field):
            probe[field] = value
    if probe.get("httpGet") is not None:
        set_missing(probe["httpGet"], path="/", scheme="HTTP")
    if probe.get("grpc") is not None and probe["grpc"].get("service") is None:
        probe["grpc"]["service"] = ""


def _volume(volume: Manifest) -> None:
    """Fill in the defaults of a volume; one without a source is an emptyDir.

    Source of the rule: `SetDefaults_Volume` in k8s.io/kubernetes/pkg/apis/core/v1
    """
    if not any(value is not None for kind, value in volume.items() if kind != "name"):
        volume["emptyDir"] = {}
    for kind in _VOLUME_SOURCES_WITH_MODE:
        source = volume.get(kind)
        if source is not None and source.get("defaultMode") is None:
            source["defaultMode"] = _FILE_MODE
    claim = mapping(volume.get("ephemeral")).get("volumeClaimTemplate")
    if claim is not None:
        set_missing(claim.setdefault("spec", {}), volumeMode="Filesystem")
    if volume.get("hostPath") is not None and volume["hostPath"].get("type") is None:
        volume["hostPath"]["type"] = ""
    items = list(sequence(mapping(volume.get("downwardAPI")).get("items")))
    for source in sequence(mapping(volume.get("projected")).get("sources")):
        items += sequence(mapping(source.get("downwardAPI")).get("items"))
        token = source.get("serviceAccountToken")
        if token is not None and token.get("expirationSeconds") is None:
            token["expirationSeconds"] = 3600
    for item in items:
        if item.get("fieldRef") is not None:
            set_missing(item["fieldRef"], apiVersion="v1")


def complete_template(manifest: Manifest) -> Manifest:
    """Fill in, in place, the defaults of the template of a workload; returns the template, {} without one."""
    template: Manifest | None = manifest["spec"].get("template")
    if template is None:
        return {}
    complete_pod_spec(template.setdefault("spec", {}))
    return template


def complete_replicas(spec: Manifest) -> None:
    """Want one Pod where the specification of a workload says nothing."""
    if spec.get("replicas") is None:
        spec["replicas"] = 1
