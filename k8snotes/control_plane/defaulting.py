"""What the API server fills in where a manifest says nothing: the defaults of fields."""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING, Any

from k8snotes.api.quantity import Quantity
from k8snotes.control_plane.pod_resources import of_containers

if TYPE_CHECKING:
    from collections.abc import Callable

    Manifest = dict[str, Any]

__all__ = ["default"]

_AFFINITY_SECONDS = 10800
_FILE_MODE = 0o644
_VOLUME_SOURCES_WITH_MODE = ("secret", "configMap", "downwardAPI", "projected")


def default(manifest: Manifest) -> Manifest:
    """Fill in the defaults of a decoded manifest, in place, and return it.

    >>> default({"kind": "Service", "metadata": {}, "spec": {"ports": [{"port": 80}]}})["spec"]["ports"]
    [{'port': 80, 'protocol': 'TCP', 'targetPort': 80}]

    Rules: the fields' descriptions in https://kubernetes.io/docs/reference/kubernetes-api/
    """
    rule = _DEFAULTS.get(manifest.get("kind", ""))
    if rule is not None:
        rule(manifest)
    return manifest


def _set(target: Manifest, **values: Any) -> None:
    # a default is for fields that are missing or empty, not for those that say 0 or false on purpose
    for field, value in values.items():
        if target.get(field) in (None, ""):
            target[field] = value


def _service(manifest: Manifest) -> None:
    spec = manifest["spec"]
    _set(spec, sessionAffinity="None", type="ClusterIP")
    if spec["sessionAffinity"] == "None":
        spec.pop("sessionAffinityConfig", None)
    if spec["sessionAffinity"] == "ClientIP":
        client = (spec.get("sessionAffinityConfig") or {}).get("clientIP") or {}
        if client.get("timeoutSeconds") is None:
            spec["sessionAffinityConfig"] = {"clientIP": {"timeoutSeconds": _AFFINITY_SECONDS}}
    for port in spec.get("ports") or ():
        _set(port, protocol="TCP")
        if port.get("targetPort") in (None, 0, ""):
            port["targetPort"] = port.get("port", 0)
    type_ = spec["type"]
    if type_ in ("NodePort", "LoadBalancer") or (type_ == "ClusterIP" and spec.get("externalIPs")):
        _set(spec, externalTrafficPolicy="Cluster")
    if type_ in ("ClusterIP", "NodePort", "LoadBalancer"):
        _set(spec, internalTrafficPolicy="Cluster")
    if type_ == "LoadBalancer" and spec.get("allocateLoadBalancerNodePorts") is None:
        spec["allocateLoadBalancerNodePorts"] = True


def _pod(manifest: Manifest) -> None:
    spec = manifest["spec"]
    _pod_spec(spec)
    for container in (*(spec.get("containers") or ()), *(spec.get("initContainers") or ())):
        resources = container.get("resources") or {}
        if resources.get("limits"):
            # who sets a limit and no request asks for the limit
            resources["requests"] = resources["limits"] | (resources.get("requests") or {})
            container["resources"] = resources
    _whole_pod(spec)
    if spec.get("enableServiceLinks") is None:
        spec["enableServiceLinks"] = True
    if spec.get("hostNetwork"):
        for container in (*(spec.get("containers") or ()), *(spec.get("initContainers") or ())):
            for port in container.get("ports") or ():
                if not port.get("hostPort"):
                    port["hostPort"] = port.get("containerPort", 0)


def _whole_pod(spec: Manifest) -> None:
    # a Pod that has limits of its own asks for what its containers ask for, or else for these limits
    own = spec.get("resources") or {}
    if not own.get("limits"):
        return
    asked = {
        name: str(amount)
        for name, amount in of_containers(spec, "requests").items()
        if name in ("cpu", "memory")
    }
    own["requests"] = own["limits"] | asked | (own.get("requests") or {})


def _pod_spec(spec: Manifest) -> None:
    _set(spec, dnsPolicy="ClusterFirst", restartPolicy="Always", schedulerName="default-scheduler")
    if spec.get("securityContext") is None:
        spec["securityContext"] = {}
    if spec.get("terminationGracePeriodSeconds") is None:
        spec["terminationGracePeriodSeconds"] = 30
    # the old name of the field follows the new one
    account = spec.get("serviceAccountName") or spec.get("serviceAccount")
    if account:
        spec["serviceAccountName"] = spec["serviceAccount"] = account
    for volume in spec.get("volumes") or ():
        _volume(volume)
    for kind in ("initContainers", "containers", "ephemeralContainers"):
        for container in spec.get(kind) or ():
            _container(container)
    for name in spec.get("overhead") or {}:
        spec["overhead"][name] = _whole_millis(spec["overhead"][name])


def _container(container: Manifest) -> None:
    _set(
        container,
        imagePullPolicy="Always" if _is_latest(container.get("image", "")) else "IfNotPresent",
        terminationMessagePath="/dev/termination-log",
        terminationMessagePolicy="File",
    )
    if container.get("resources") is None:
        container["resources"] = {}
    for port in container.get("ports") or ():
        _set(port, protocol="TCP")
    for amounts in (container["resources"].get("limits"), container["resources"].get("requests")):
        for name in amounts or ():
            amounts[name] = _whole_millis(amounts[name])
    for variable in container.get("env") or ():
        ref = (variable.get("valueFrom") or {}).get("fieldRef")
        if ref is not None:
            _set(ref, apiVersion="v1")
    for probe in ("livenessProbe", "readinessProbe", "startupProbe"):
        if container.get(probe) is not None:
            _probe(container[probe])
    for hook in (container.get("lifecycle") or {}).values():
        if isinstance(hook, dict) and hook.get("httpGet") is not None:
            _set(hook["httpGet"], path="/", scheme="HTTP")


# registry/path:tag@digest, as container runtimes read it
_IMAGE = re.compile(
    r"(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::[0-9]+)?/)?"
    r"[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*)*"
    r"(?::(?P<tag>[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}))?(?P<digest>@[A-Za-z0-9+._-]+:[0-9a-fA-F]{32,})?",
    re.ASCII,
)


def _is_latest(image: str) -> bool:
    # neither tag nor digest means :latest; what is no image name at all is not looked at further
    found = _IMAGE.fullmatch(image) if len(image) <= 4096 else None
    return found is not None and (found["tag"] == "latest" or not (found["tag"] or found["digest"]))


def _whole_millis(amount: str) -> str:
    quantity = Quantity(amount)
    # amounts finer than a thousandth are rounded up to it
    return amount if Quantity(f"{quantity.milli}m") == quantity else str(Quantity(f"{quantity.milli}m"))


def _probe(probe: Manifest) -> None:
    for field, value in (
        ("timeoutSeconds", 1),
        ("periodSeconds", 10),
        ("successThreshold", 1),
        ("failureThreshold", 3),
    ):
        if not probe.get(field):
            probe[field] = value
    if probe.get("httpGet") is not None:
        _set(probe["httpGet"], path="/", scheme="HTTP")
    if probe.get("grpc") is not None and probe["grpc"].get("service") is None:
        probe["grpc"]["service"] = ""


def _volume(volume: Manifest) -> None:
    if not any(value is not None for kind, value in volume.items() if kind != "name"):
        volume["emptyDir"] = {}
    for kind in _VOLUME_SOURCES_WITH_MODE:
        source = volume.get(kind)
        if source is not None and source.get("defaultMode") is None:
            source["defaultMode"] = _FILE_MODE
    if volume.get("hostPath") is not None and volume["hostPath"].get("type") is None:
        volume["hostPath"]["type"] = ""
    items = list((volume.get("downwardAPI") or {}).get("items") or ())
    for source in (volume.get("projected") or {}).get("sources") or ():
        items += (source.get("downwardAPI") or {}).get("items") or ()
        token = source.get("serviceAccountToken")
        if token is not None and token.get("expirationSeconds") is None:
            token["expirationSeconds"] = 3600
    for item in items:
        if item.get("fieldRef") is not None:
            _set(item["fieldRef"], apiVersion="v1")


def _template(manifest: Manifest) -> Manifest:
    template: Manifest | None = manifest["spec"].get("template")
    if template is None:
        return {}
    _pod_spec(template.setdefault("spec", {}))
    return template


def _replication_controller(manifest: Manifest) -> None:
    spec, labels = manifest["spec"], (_template(manifest).get("metadata") or {}).get("labels")
    if labels:
        if not spec.get("selector"):
            spec["selector"] = dict(labels)
        if not manifest["metadata"].get("labels"):
            manifest["metadata"]["labels"] = dict(labels)
    if spec.get("replicas") is None:
        spec["replicas"] = 1


def _replica_set(manifest: Manifest) -> None:
    _template(manifest)
    if manifest["spec"].get("replicas") is None:
        manifest["spec"]["replicas"] = 1


def _deployment(manifest: Manifest) -> None:
    _replica_set(manifest)
    spec = manifest["spec"]
    strategy = spec.setdefault("strategy", {})
    _set(strategy, type="RollingUpdate")
    if strategy["type"] == "RollingUpdate":
        rolling = strategy.setdefault("rollingUpdate", {})
        for field in ("maxUnavailable", "maxSurge"):
            if rolling.get(field) is None:
                rolling[field] = "25%"
    for field, value in (("revisionHistoryLimit", 10), ("progressDeadlineSeconds", 600)):
        if spec.get(field) is None:
            spec[field] = value


def _stateful_set(manifest: Manifest) -> None:
    _replica_set(manifest)
    spec = manifest["spec"]
    _set(spec, podManagementPolicy="OrderedReady")
    strategy = spec.setdefault("updateStrategy", {})
    _set(strategy, type="RollingUpdate")
    if strategy["type"] == "RollingUpdate":
        rolling = strategy.setdefault("rollingUpdate", {})
        if rolling.get("partition") is None:
            rolling["partition"] = 0
    retention = spec.setdefault("persistentVolumeClaimRetentionPolicy", {})
    _set(retention, whenDeleted="Retain", whenScaled="Retain")
    if spec.get("revisionHistoryLimit") is None:
        spec["revisionHistoryLimit"] = 10
    for claim in spec.get("volumeClaimTemplates") or ():
        _set(claim, apiVersion="v1", kind="PersistentVolumeClaim")
        _set(claim.setdefault("spec", {}), volumeMode="Filesystem")
        _set(claim.setdefault("status", {}), phase="Pending")


def _daemon_set(manifest: Manifest) -> None:
    _template(manifest)
    spec = manifest["spec"]
    strategy = spec.setdefault("updateStrategy", {})
    _set(strategy, type="RollingUpdate")
    if strategy["type"] == "RollingUpdate":
        rolling = strategy.setdefault("rollingUpdate", {})
        for field, value in (("maxUnavailable", 1), ("maxSurge", 0)):
            if rolling.get(field) is None:
                rolling[field] = value
    if spec.get("revisionHistoryLimit") is None:
        spec["revisionHistoryLimit"] = 10


def _job_spec(spec: Manifest) -> None:
    _template({"spec": spec})
    if spec.get("completions") is None and spec.get("parallelism") is None:
        spec["completions"] = 1
    for field, value in (("parallelism", 1), ("completionMode", "NonIndexed"), ("suspend", False)):
        if spec.get(field) is None:
            spec[field] = value
    if spec.get("backoffLimit") is None:
        spec["backoffLimit"] = 6 if spec.get("backoffLimitPerIndex") is None else 2**31 - 1
    if spec.get("podReplacementPolicy") is None:
        failed = spec.get("podFailurePolicy") is not None
        spec["podReplacementPolicy"] = "Failed" if failed else "TerminatingOrFailed"


def _job(manifest: Manifest) -> None:
    _job_spec(manifest["spec"])


def _cron_job(manifest: Manifest) -> None:
    spec = manifest["spec"]
    _set(spec, concurrencyPolicy="Allow")
    for field, value in (
        ("suspend", False),
        ("successfulJobsHistoryLimit", 3),
        ("failedJobsHistoryLimit", 1),
    ):
        if spec.get(field) is None:
            spec[field] = value
    # a template of Jobs gets the defaults of its Pods; those of the Job come when it is made
    _template({"spec": (spec.setdefault("jobTemplate", {})).setdefault("spec", {})})


def _namespace(manifest: Manifest) -> None:
    name = manifest["metadata"].get("name")
    if name:
        labels = manifest["metadata"].setdefault("labels", {})
        labels["kubernetes.io/metadata.name"] = name
    _set(manifest.setdefault("status", {}), phase="Active")


def _node(manifest: Manifest) -> None:
    spec = manifest.get("spec") or {}
    if spec.get("podCIDR") and spec["podCIDR"] not in (spec.get("podCIDRs") or ())[:1]:
        # the older field wins where the two differ
        spec["podCIDRs"] = [spec["podCIDR"]]
    elif spec.get("podCIDRs"):
        spec["podCIDR"] = spec["podCIDRs"][0]
    status = manifest.setdefault("status", {})
    if status.get("capacity") and not status.get("allocatable"):
        status["allocatable"] = dict(status["capacity"])


def _limit_range(manifest: Manifest) -> None:
    for limit in manifest["spec"].get("limits") or ():
        if limit.get("type") != "Container":
            continue
        defaults = (limit.get("max") or {}) | (limit.get("default") or {})
        requests = (limit.get("min") or {}) | defaults | (limit.get("defaultRequest") or {})
        for field, amounts in (("default", defaults), ("defaultRequest", requests)):
            if amounts:
                limit[field] = amounts


def _endpoints(manifest: Manifest) -> None:
    for subset in manifest.get("subsets") or ():
        for port in subset.get("ports") or ():
            _set(port, protocol="TCP")


def _endpoint_slice(manifest: Manifest) -> None:
    for port in manifest.get("ports") or ():
        if port.get("name") is None:
            port["name"] = ""
        _set(port, protocol="TCP")


def _secret(manifest: Manifest) -> None:
    _set(manifest, type="Opaque")
    written = manifest.pop("stringData", None)  # write-only: what is stored is `data`, in base64
    if written:
        encoded = {key: base64.b64encode(str(value).encode()).decode() for key, value in written.items()}
        manifest["data"] = {**(manifest.get("data") or {}), **encoded}


def _claim(manifest: Manifest) -> None:
    _set(manifest.setdefault("spec", {}), volumeMode="Filesystem")
    _set(manifest.setdefault("status", {}), phase="Pending")


_DEFAULTS: dict[str, Callable[[Manifest], None]] = {
    "Service": _service,
    "Pod": _pod,
    "ReplicationController": _replication_controller,
    "ReplicaSet": _replica_set,
    "Deployment": _deployment,
    "StatefulSet": _stateful_set,
    "DaemonSet": _daemon_set,
    "Job": _job,
    "CronJob": _cron_job,
    "Namespace": _namespace,
    "Node": _node,
    "LimitRange": _limit_range,
    "Endpoints": _endpoints,
    "EndpointSlice": _endpoint_slice,
    "Secret": _secret,
    "PersistentVolumeClaim": _claim,
}
