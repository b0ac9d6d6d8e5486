"""Write k8snotes/control_plane/schema.json anew: `python tests/schema_from_lightkube.py`.

The field names and their rough types come from lightkube's models (the OpenAPI of Kubernetes).
What OpenAPI does not say, and Kubernetes' Go types do, is listed below: the width of integers,
the names of string types, and which fields are pointers (a pointer keeps an empty value, such as
`replicas: 0` or `emptyDir: {}`; other fields with empty values are not stored).
"""

from __future__ import annotations

import importlib
import json
import re
from pathlib import Path

from k8snotes.api.kind import Kind
from k8snotes.api.kinds import others
from k8snotes.api.registry import all_kinds

SCHEMA = Path(__file__).resolve().parents[1] / "k8snotes" / "control_plane" / "schema.json"

# every kind with a file of its own has a table: by lightkube's module ("apps_v1") the kinds of it
TABLED = [kind for kind in all_kinds() if kind not in others.KINDS]


def _module_of(kind: Kind) -> str:
    """Return lightkube's module of a kind: "core_v1", "discovery_v1"."""
    return f"{kind.group.partition('.')[0] or 'core'}_{kind.version}"


INT64 = {
    "activeDeadlineSeconds",
    "averageValue",
    "capacity",
    "deletionGracePeriodSeconds",
    "expirationSeconds",
    "fsGroup",
    "gid",
    "generation",
    "observedGeneration",
    "runAsGroup",
    "runAsUser",
    "seconds",
    "sizeBytes",
    "startingDeadlineSeconds",
    "supplementalGroups",
    "terminationGracePeriodSeconds",
    "tolerationSeconds",
    "uid",
}
# Scalars that are no pointers in Go: a zero in them is the same as nothing.
PLAIN = {
    "ObjectMeta.generation",
    "Probe.failureThreshold",
    "Probe.initialDelaySeconds",
    "Probe.periodSeconds",
    "Probe.successThreshold",
    "Probe.timeoutSeconds",
    "ContainerPort.hostPort",
    "AWSElasticBlockStoreVolumeSource.partition",
    "GCEPersistentDiskVolumeSource.partition",
    "PodStatus.observedGeneration",
    "PodCondition.observedGeneration",
    "ContainerStateTerminated.signal",
    "ServiceSpec.healthCheckNodePort",
    "ServicePort.nodePort",
    "Condition.observedGeneration",
    "ContainerImage.sizeBytes",
    "ReplicationControllerSpec.minReadySeconds",
    "Event.count",
    "EventSeries.count",
    "ReplicaSetSpec.minReadySeconds",
    "DeploymentSpec.minReadySeconds",
    "StatefulSetSpec.minReadySeconds",
    "StatefulSetOrdinals.start",
    "DaemonSetSpec.minReadySeconds",
    "JobStatus.active",
    "JobStatus.failed",
    "JobStatus.succeeded",
    "ServiceBackendPort.number",
    "PodSpec.hostIPC",
    "PodSpec.hostNetwork",
    "PodSpec.hostPID",
    "Container.stdin",
    "Container.stdinOnce",
    "Container.tty",
    "EphemeralContainer.stdin",
    "EphemeralContainer.stdinOnce",
    "EphemeralContainer.tty",
    "VolumeMount.readOnly",
    "VolumeMountStatus.readOnly",
    "ServiceSpec.publishNotReadyAddresses",
    "NodeSpec.unschedulable",
    "DeploymentSpec.paused",
}
# Status counters are no pointers, but for these.
STATUS_POINTERS = {"collisionCount", "terminatingReplicas", "ready", "terminating", "started"}
# Strings that are pointers.
STRING_POINTERS = {
    "PodSpec.preemptionPolicy",
    "PodSpec.runtimeClassName",
    "PodSpec.hostnameOverride",
    "Container.restartPolicy",
    "EphemeralContainer.restartPolicy",
    "VolumeMount.mountPropagation",
    "VolumeMount.recursiveReadOnly",
    "SecurityContext.procMount",
    "AppArmorProfile.localhostProfile",
    "SeccompProfile.localhostProfile",
    "WindowsSecurityContextOptions.gmsaCredentialSpec",
    "WindowsSecurityContextOptions.gmsaCredentialSpecName",
    "WindowsSecurityContextOptions.runAsUserName",
    "PodSecurityContext.fsGroupChangePolicy",
    "PodSecurityContext.seLinuxChangePolicy",
    "PodSecurityContext.supplementalGroupsPolicy",
    "TopologySpreadConstraint.nodeAffinityPolicy",
    "TopologySpreadConstraint.nodeTaintsPolicy",
    "HostPathVolumeSource.type",
    "PodDNSConfigOption.value",
    "GRPCAction.service",
    "Lifecycle.stopSignal",
    "PersistentVolumeClaimSpec.storageClassName",
    "PersistentVolumeClaimSpec.volumeMode",
    "PersistentVolumeClaimSpec.volumeAttributesClassName",
    "TypedLocalObjectReference.apiGroup",
    "TypedObjectReference.apiGroup",
    "TypedObjectReference.namespace",
    "ServiceSpec.internalTrafficPolicy",
    "ServiceSpec.ipFamilyPolicy",
    "ServiceSpec.loadBalancerClass",
    "ServiceSpec.trafficDistribution",
    "ServicePort.appProtocol",
    "EndpointPort.appProtocol",
    "EndpointPort.name",
    "EndpointPort.protocol",
    "Endpoint.hostname",
    "Endpoint.nodeName",
    "Endpoint.zone",
    "EndpointAddress.nodeName",
    "PodResourceClaim.resourceClaimName",
    "PodResourceClaim.resourceClaimTemplateName",
    "AzureDiskVolumeSource.cachingMode",
    "AzureDiskVolumeSource.fsType",
    "AzureDiskVolumeSource.kind",
    "CSIVolumeSource.fsType",
    "JobSpec.completionMode",
    "JobSpec.podReplacementPolicy",
    "JobSpec.managedBy",
    "CronJobSpec.timeZone",
    "IngressSpec.ingressClassName",
    "HTTPIngressPath.pathType",
    "NetworkPolicyPort.protocol",
    "PodDisruptionBudgetSpec.unhealthyPodEvictionPolicy",
    "HPAScalingRules.selectPolicy",
    "PodFailurePolicyOnExitCodesRequirement.containerName",
    "SuccessPolicyRule.succeededIndexes",
}
# Structs that are no pointers in Go: they are always there, if only as {}.
VALUE_STRUCTS = {
    "Container.resources",
    "EphemeralContainer.resources",
    "PersistentVolumeClaimSpec.resources",
    "PodTemplateSpec.spec",
    "ServiceStatus.loadBalancer",
    "NodeStatus.daemonEndpoints",
    "NodeDaemonEndpoints.kubeletEndpoint",
    "NodeStatus.nodeInfo",
    "DeploymentSpec.strategy",
    "StatefulSetSpec.updateStrategy",
    "DaemonSetSpec.updateStrategy",
    "ReplicaSetSpec.template",
    "ContainerStatus.state",
    "ContainerStatus.lastState",
    "Event.source",
    "Endpoint.conditions",
    "IngressStatus.loadBalancer",
    "IngressServiceBackend.port",
    "NetworkPolicySpec.podSelector",
    "JobTemplateSpec.spec",
}
QUANTITY_MAPS = {
    "overhead",
    "limits",
    "requests",
    "allocatedResources",
    "allocatable",
    "capacity",
    "hard",
    "used",
    "default",
    "defaultRequest",
    "max",
    "maxLimitRequestRatio",
    "min",
    "resources",
}
BYTES_MAPS = {"ConfigMap.binaryData", "Secret.data"}
# How Go calls a string type in "cannot unmarshal ... of type v1.Protocol".
STRING_TYPES = {
    "protocol": "Protocol",
    "imagePullPolicy": "PullPolicy",
    "PodSpec.restartPolicy": "RestartPolicy",
    "PodSpec.dnsPolicy": "DNSPolicy",
    "terminationMessagePolicy": "TerminationMessagePolicy",
    "ServiceSpec.type": "ServiceType",
    "ServiceSpec.sessionAffinity": "ServiceAffinity",
    "ServiceSpec.externalTrafficPolicy": "ServiceExternalTrafficPolicy",
    "ServiceSpec.internalTrafficPolicy": "ServiceInternalTrafficPolicy",
    "ServiceSpec.ipFamilyPolicy": "IPFamilyPolicy",
    "effect": "TaintEffect",
    "Toleration.operator": "TolerationOperator",
    "NodeSelectorRequirement.operator": "NodeSelectorOperator",
    "LabelSelectorRequirement.operator": "LabelSelectorOperator",
    "LimitRangeItem.type": "LimitType",
    "DeploymentStrategy.type": "DeploymentStrategyType",
    "StatefulSetUpdateStrategy.type": "StatefulSetUpdateStrategyType",
    "DaemonSetUpdateStrategy.type": "DaemonSetUpdateStrategyType",
    "podManagementPolicy": "PodManagementPolicyType",
    "scheme": "URIScheme",
    "addressType": "AddressType",
    "ObjectMeta.uid": "UID",
    "OwnerReference.uid": "UID",
}
_NAMED = re.compile(r"(?:(\w+)\.)?([A-Z]\w+)")
_BASIC = {"str": "string", "bool": "bool", "float": "float64"}


def _type(module: str, struct: str, field: str, hint: str, found: list[tuple[str, str]]) -> str:
    where = f"{struct}.{field}"
    if hint.startswith("Optional["):
        hint = hint[9:-1]
    if hint.startswith("List["):
        return "[]" + _type(module, struct, field, hint[5:-1], found)
    if hint == "dict":
        if where in BYTES_MAPS:
            return "{}bytes"
        return "{}Quantity" if field in QUANTITY_MAPS else "{}string"
    if hint == "int":
        return "int64" if field in INT64 else "int32"
    if hint == "str":
        name = STRING_TYPES.get(where) or STRING_TYPES.get(field)
        return f"string:{name}" if name else "string"
    if hint in _BASIC:
        return _BASIC[hint]
    match = _NAMED.fullmatch(hint)
    if match is None:
        return "any"
    name = match[2]
    if name in ("Time", "MicroTime"):
        return "Time"
    if name in ("IntOrString", "Quantity"):
        return name
    owner = match[1] or module
    if hasattr(getattr(importlib.import_module(f"lightkube.models.{owner}"), name), "__struct_fields__"):
        found.append((owner, name))
        return _key(owner, name)
    return "any"


def _key(module: str, struct: str) -> str:
    # two structs of one name: the Endpoints' EndpointPort and the EndpointSlice's
    return "SliceEndpointPort" if (module, struct) == ("discovery_v1", "EndpointPort") else struct


def _is_pointer(module: str, struct: str, field: str, type_: str) -> bool:
    where = f"{struct}.{field}"
    if type_.startswith(("[]", "{}")) or type_ in ("Time", "any"):
        return False
    if type_ == "Quantity":
        return where != "ResourceFieldSelector.divisor"
    if type_ == "IntOrString":
        return where != "ServicePort.targetPort"
    if type_.startswith("string"):
        return where in STRING_POINTERS and (
            struct != "EndpointPort" or field == "appProtocol" or module != "core_v1"
        )
    if type_ in ("int32", "int64", "bool", "float64"):
        if where in PLAIN or (type_ == "bool" and struct.endswith("VolumeSource") and field != "optional"):
            return False
        return not struct.endswith("Status") or field in STATUS_POINTERS
    return not (
        field in ("metadata", "status") or where in VALUE_STRUCTS or _is_root_spec(module, struct, field)
    )


def _is_root_spec(module: str, struct: str, field: str) -> bool:
    return field == "spec" and any((_module_of(kind), kind.kind) == (module, struct) for kind in TABLED)


def schema() -> dict[str, object]:
    """Return what schema.json holds: for each struct its fields, "name:type" each, "!" if always written."""
    kinds: dict[str, str] = {}
    todo: list[tuple[str, str]] = []
    for kind in TABLED:
        kinds[f"{kind.api_version} {kind.kind}"] = kind.kind
        todo.append((_module_of(kind), kind.kind))
    structs: dict[str, str] = {}
    while todo:
        module, name = todo.pop(0)
        if _key(module, name) in structs:
            continue
        cls = getattr(importlib.import_module(f"lightkube.models.{module}"), name)
        fields = []
        wire = dict(zip(cls.__struct_fields__, cls.__struct_encode_fields__, strict=True))
        for attribute, hint in cls.__annotations__.items():
            field = wire.get(attribute, attribute)
            type_ = _type(module, name, field, hint, todo)
            always = "" if hint.startswith("Optional[") else "!"
            # a required selector is a pointer all the same: without it there is none, not an empty one
            pointer = (
                "*" if (not always or field == "selector") and _is_pointer(module, name, field, type_) else ""
            )
            fields.append(f"{field}{always} {pointer}{type_}")
        structs[_key(module, name)] = "|".join(fields)
    return {"kinds": kinds, "structs": dict(sorted(structs.items()))}


def text() -> str:
    """Return the text of schema.json."""
    return json.dumps(schema(), indent=0) + "\n"


if __name__ == "__main__":
    SCHEMA.write_text(text(), encoding="utf-8")
