"""Write k8snotes/control_plane/schema.json anew: `python tests/schema_from_lightkube.py`.

The field names and their rough types come from lightkube's models (the OpenAPI of Kubernetes).
What OpenAPI does not say, and Kubernetes' Go types do, is listed below: the width of integers,
the names of string types, what the values of maps are, and which fields are pointers (a pointer keeps an
empty value, such as `replicas: 0` or `emptyDir: {}`; other fields with empty values are not stored).

Two structs of one name, in two groups or versions, are told apart by their module: the one that is met first
keeps the plain name, and the other is called "autoscaling_v1/HorizontalPodAutoscalerSpec".
"""

from __future__ import annotations

import importlib
import json
import re
from pathlib import Path

from k8snotes.api.kind import Kind
from k8snotes.api.registry import all_kinds

SCHEMA = Path(__file__).resolve().parents[1] / "k8snotes" / "control_plane" / "schema.json"

# kinds whose structs keep their plain names come first: those of the core and of the older groups
GROUPS = ("", "apps", "batch", "discovery.k8s.io", "networking.k8s.io", "policy", "autoscaling")


def _module(group: str, version: str) -> str:
    """Return lightkube's module of a group: "core_v1", "discovery_v1"."""
    return f"{group.partition('.')[0] or 'core'}_{version}"


def _tabled() -> list[tuple[str, str, str]]:
    """Return every served version of every kind: its module, its kind, its apiVersion."""
    kinds = sorted(all_kinds(), key=lambda kind: GROUPS.index(kind.group) if kind.group in GROUPS else 99)
    return [
        (_module(kind.group, version), kind.kind, _api_version(kind, version))
        for kind in kinds
        for version in (kind.version, *kind.other_versions)
    ]


def _api_version(kind: Kind, version: str) -> str:
    return f"{kind.group}/{version}" if kind.group else version


TABLED = _tabled()
ROOTS = {(module, kind) for module, kind, _ in TABLED}


INT64 = {
    "ExactDeviceRequest.count",
    "DeviceSubRequest.count",
    "activeDeadlineSeconds",
    "averageValue",
    "capacity",
    "deletionGracePeriodSeconds",
    "expirationSeconds",
    "fsGroup",
    "gid",
    "generation",
    "maxItems",
    "maxLength",
    "maxProperties",
    "minItems",
    "minLength",
    "minProperties",
    "nodeAllocatableUpdatePeriodSeconds",
    "observedGeneration",
    "resourceSliceCount",
    "revision",
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
INT32 = {"CertificateSigningRequestSpec.expirationSeconds"}
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
    "PriorityClass.globalDefault",
    "APIServiceSpec.insecureSkipTLSVerify",
    "CustomResourceDefinitionSpec.preserveUnknownFields",
    "CustomResourceDefinitionVersion.deprecated",
    "CustomResourceColumnDefinition.priority",
    "ExactDeviceRequest.count",
    "DeviceSubRequest.count",
    "Device.allNodes",
    "JSONSchemaProps.exclusiveMaximum",
    "JSONSchemaProps.exclusiveMinimum",
    "JSONSchemaProps.nullable",
    "JSONSchemaProps.uniqueItems",
    "JSONSchemaProps.x-kubernetes-embedded-resource",
    "JSONSchemaProps.x-kubernetes-int-or-string",
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
    "AzureFilePersistentVolumeSource.secretNamespace",
    "CSIDriverSpec.fsGroupPolicy",
    "CustomResourceDefinitionVersion.deprecationWarning",
    "CustomResourceSubresourceScale.labelSelectorPath",
    "ISCSIPersistentVolumeSource.initiatorName",
    "ISCSIVolumeSource.initiatorName",
    "IngressClassParametersReference.apiGroup",
    "IngressClassParametersReference.namespace",
    "IngressClassParametersReference.scope",
    "JSONSchemaProps.x-kubernetes-list-type",
    "JSONSchemaProps.x-kubernetes-map-type",
    "LeaseSpec.holderIdentity",
    "LeaseSpec.preferredHolder",
    "LeaseSpec.strategy",
    "LocalVolumeSource.fsType",
    "MatchResources.matchPolicy",
    "MutatingWebhook.failurePolicy",
    "MutatingWebhook.matchPolicy",
    "MutatingWebhook.reinvocationPolicy",
    "MutatingWebhook.sideEffects",
    "NamedRuleWithOperations.scope",
    "ParamRef.parameterNotFoundAction",
    "PersistentVolumeClaimStatus.currentVolumeAttributesClassName",
    "PersistentVolumeSpec.volumeAttributesClassName",
    "PersistentVolumeSpec.volumeMode",
    "PriorityClass.preemptionPolicy",
    "RuleWithOperations.scope",
    "ServiceReference.path",
    "StorageClass.reclaimPolicy",
    "StorageClass.volumeBindingMode",
    "ValidatingAdmissionPolicySpec.failurePolicy",
    "ValidatingWebhook.failurePolicy",
    "ValidatingWebhook.matchPolicy",
    "ValidatingWebhook.sideEffects",
    "Validation.reason",
    "ValidationRule.reason",
    "VolumeAttachmentSource.persistentVolumeName",
    "WebhookClientConfig.url",
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
    "PodTemplate.template",
    "PersistentVolumeClaimTemplate.spec",
    "ResourceClaimTemplateSpec.spec",
}
# Scalars that are written even where OpenAPI says that they need not be given.
WRITTEN = {"PriorityClass.value"}
NEEDED_POINTERS = {"HTTPIngressPath.pathType"}
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
    "podFixed",
    "resources",
    "consumedCapacity",
}
# What the values of other maps are.
MAPS = {
    "Device.attributes": "any",
    "Device.capacity": "any",
    "Device.nodeAllocatableResourceMappings": "any",
    "CounterSet.counters": "any",
    "DeviceCounterConsumption.counters": "any",
    "JSONSchemaProps.definitions": "JSONSchemaProps",
    "JSONSchemaProps.dependencies": "any",
    "JSONSchemaProps.patternProperties": "JSONSchemaProps",
    "JSONSchemaProps.properties": "JSONSchemaProps",
    "PodDisruptionBudgetStatus.disruptedPods": "Time",
    "extra": "any",
}
BYTES_MAPS = {"ConfigMap.binaryData", "Secret.data"}
# How Go calls a string type in "cannot unmarshal ... of type v1.Protocol".
STRING_TYPES = {
    "AppArmorProfile.type": "AppArmorProfileType",
    "AzureDiskVolumeSource.cachingMode": "AzureDataDiskCachingMode",
    "AzureDiskVolumeSource.kind": "AzureDataDiskKind",
    "CSIDriverSpec.fsGroupPolicy": "FSGroupPolicy",
    "Capabilities.add": "Capability",
    "Capabilities.drop": "Capability",
    "Container.restartPolicy": "ContainerRestartPolicy",
    "ContainerResizePolicy.resourceName": "ResourceName",
    "ContainerResizePolicy.restartPolicy": "ResourceResizeRestartPolicy",
    "ContainerResourceMetricSource.name": "ResourceName",
    "CronJobSpec.concurrencyPolicy": "ConcurrencyPolicy",
    "CustomResourceConversion.strategy": "ConversionStrategyType",
    "CustomResourceDefinitionSpec.scope": "ResourceScope",
    "DaemonSetUpdateStrategy.type": "DaemonSetUpdateStrategyType",
    "DeploymentStrategy.type": "DeploymentStrategyType",
    "EmptyDirVolumeSource.medium": "StorageMedium",
    "EphemeralContainer.restartPolicy": "ContainerRestartPolicy",
    "HPAScalingPolicy.type": "HPAScalingPolicyType",
    "HPAScalingRules.selectPolicy": "ScalingPolicySelect",
    "HTTPIngressPath.pathType": "PathType",
    "HostPathVolumeSource.type": "HostPathType",
    "JobSpec.completionMode": "CompletionMode",
    "JobSpec.podReplacementPolicy": "PodReplacementPolicy",
    "LabelSelectorRequirement.operator": "LabelSelectorOperator",
    "LeaseSpec.strategy": "CoordinatedLeaseStrategy",
    "Lifecycle.stopSignal": "Signal",
    "LimitRangeItem.type": "LimitType",
    "MetricSpec.type": "MetricSourceType",
    "MetricTarget.type": "MetricTargetType",
    "NamespaceSpec.finalizers": "FinalizerName",
    "NetworkPolicySpec.policyTypes": "PolicyType",
    "NodeSelectorRequirement.operator": "NodeSelectorOperator",
    "ObjectMeta.uid": "UID",
    "OwnerReference.uid": "UID",
    "PersistentVolumeSpec.persistentVolumeReclaimPolicy": "PersistentVolumeReclaimPolicy",
    "PodDisruptionBudgetSpec.unhealthyPodEvictionPolicy": "UnhealthyPodEvictionPolicyType",
    "PodFailurePolicyOnExitCodesRequirement.operator": "PodFailurePolicyOnExitCodesOperator",
    "PodFailurePolicyOnPodConditionsPattern.status": "ConditionStatus",
    "PodFailurePolicyOnPodConditionsPattern.type": "PodConditionType",
    "PodFailurePolicyRule.action": "PodFailurePolicyAction",
    "PodOS.name": "OSName",
    "PodReadinessGate.conditionType": "PodConditionType",
    "PodSecurityContext.fsGroupChangePolicy": "PodFSGroupChangePolicy",
    "PodSecurityContext.seLinuxChangePolicy": "PodSELinuxChangePolicy",
    "PodSecurityContext.supplementalGroupsPolicy": "SupplementalGroupsPolicy",
    "PodSpec.dnsPolicy": "DNSPolicy",
    "PodSpec.preemptionPolicy": "PreemptionPolicy",
    "PodSpec.restartPolicy": "RestartPolicy",
    "PriorityClass.preemptionPolicy": "PreemptionPolicy",
    "ResourceMetricSource.name": "ResourceName",
    "ResourceQuotaSpec.scopes": "ResourceQuotaScope",
    "ScopedResourceSelectorRequirement.operator": "ScopeSelectorOperator",
    "ScopedResourceSelectorRequirement.scopeName": "ResourceQuotaScope",
    "SeccompProfile.type": "SeccompProfileType",
    "Secret.type": "SecretType",
    "SecurityContext.procMount": "ProcMountType",
    "ServiceSpec.externalTrafficPolicy": "ServiceExternalTrafficPolicy",
    "ServiceSpec.internalTrafficPolicy": "ServiceInternalTrafficPolicy",
    "ServiceSpec.ipFamilies": "IPFamily",
    "ServiceSpec.ipFamilyPolicy": "IPFamilyPolicy",
    "ServiceSpec.sessionAffinity": "ServiceAffinity",
    "ServiceSpec.type": "ServiceType",
    "StatefulSetPersistentVolumeClaimRetentionPolicy.whenDeleted": "PersistentVolumeClaimRetentionPolicyType",
    "StatefulSetPersistentVolumeClaimRetentionPolicy.whenScaled": "PersistentVolumeClaimRetentionPolicyType",
    "StatefulSetUpdateStrategy.type": "StatefulSetUpdateStrategyType",
    "StorageClass.reclaimPolicy": "PersistentVolumeReclaimPolicy",
    "StorageClass.volumeBindingMode": "VolumeBindingMode",
    "Toleration.operator": "TolerationOperator",
    "TopologySpreadConstraint.nodeAffinityPolicy": "NodeInclusionPolicy",
    "TopologySpreadConstraint.nodeTaintsPolicy": "NodeInclusionPolicy",
    "TopologySpreadConstraint.whenUnsatisfiable": "UnsatisfiableConstraintAction",
    "VolumeMount.mountPropagation": "MountPropagationMode",
    "VolumeMount.recursiveReadOnly": "RecursiveReadOnlyMode",
    "accessModes": "PersistentVolumeAccessMode",
    "addressType": "AddressType",
    "effect": "TaintEffect",
    "failurePolicy": "FailurePolicyType",
    "imagePullPolicy": "PullPolicy",
    "matchPolicy": "MatchPolicyType",
    "operations": "OperationType",
    "podManagementPolicy": "PodManagementPolicyType",
    "protocol": "Protocol",
    "reinvocationPolicy": "ReinvocationPolicyType",
    "scheme": "URIScheme",
    "sideEffects": "SideEffectClass",
    "terminationMessagePolicy": "TerminationMessagePolicy",
    "volumeMode": "PersistentVolumeMode",
}
_NAMED = re.compile(r"(?:(\w+)\.)?([A-Z]\w+)")
_BASIC = {"str": "string", "bool": "bool", "float": "float64"}


def _type(module: str, struct: str, field: str, hint: str, names: _Names) -> str:
    where = f"{struct}.{field}"
    if hint.startswith("Optional["):
        hint = hint[9:-1]
    if hint.startswith("List["):
        return "[]" + _type(module, struct, field, hint[5:-1], names)
    if hint == "dict":
        if where in BYTES_MAPS:
            return "{}bytes"
        values = MAPS.get(where) or MAPS.get(field)
        return "{}" + (values or ("Quantity" if field in QUANTITY_MAPS else "string"))
    if hint == "int":
        return "int64" if (field in INT64 or where in INT64) and where not in INT32 else "int32"
    if hint == "str":
        name = STRING_TYPES.get(where) or STRING_TYPES.get(field)
        return f"string:{name}" if name else "string"
    if hint in _BASIC:
        return _BASIC[hint]
    match = _NAMED.fullmatch(hint)
    if match is None:
        return "any"
    name = match[2]
    if name in ("Time", "MicroTime", "IntOrString", "Quantity"):
        return name
    owner = match[1] or module
    if hasattr(getattr(importlib.import_module(f"lightkube.models.{owner}"), name), "__struct_fields__"):
        return names.of(owner, name)
    return "any"


class _Names:
    """What structs are called in the table, and which of them are still to be written."""

    def __init__(self) -> None:
        self.owners = {"EndpointPort": "core_v1", "ResourceClaim": "core_v1"}
        self.todo: list[tuple[str, str]] = []

    def of(self, module: str, struct: str) -> str:
        """Return the name of a struct, and have it written."""
        owner = self.owners.setdefault(struct, module)
        if (module, struct) not in self.todo:
            self.todo.append((module, struct))
        return struct if owner == module else f"{module}/{struct}"


def _is_pointer(module: str, struct: str, field: str, type_: str) -> bool:
    where = f"{struct}.{field}"
    if type_.startswith(("[]", "{}")) or type_ in ("Time", "MicroTime", "any"):
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
        field in ("metadata", "status")
        or where in VALUE_STRUCTS
        or (field == "spec" and (module, struct) in ROOTS)
    )


def schema() -> dict[str, object]:
    """Return what schema.json holds: for each struct its fields, "name:type" each, "!" if always written."""
    names = _Names()
    kinds = {f"{version} {kind}": names.of(module, kind) for module, kind, version in TABLED}
    structs: dict[str, str] = {}
    for module, name in names.todo:
        cls = getattr(importlib.import_module(f"lightkube.models.{module}"), name)
        fields = []
        wire = dict(zip(cls.__struct_fields__, cls.__struct_encode_fields__, strict=True))
        for attribute, hint in cls.__annotations__.items():
            field = wire.get(attribute, attribute)
            type_ = _type(module, name, field, hint, names)
            # what has to be there may be a pointer all the same: then nothing is written for it
            needed = f"{name}.{field}" in NEEDED_POINTERS
            written = f"{name}.{field}" in WRITTEN
            always = "" if (hint.startswith("Optional[") and not written) or needed else "!"
            # a required selector is a pointer all the same: without it there is none, not an empty one
            pointer = (
                "*" if (not always or field == "selector") and _is_pointer(module, name, field, type_) else ""
            )
            fields.append(f"{field}{always} {pointer}{type_}")
        structs[names.of(module, name)] = "|".join(fields)
    versions = {
        names.of(module, name): module.rpartition("_")[2]
        for module, name in names.todo
        if not module.endswith("_v1")
    }
    return {
        "kinds": kinds,
        "structs": dict(sorted(structs.items())),
        "versions": dict(sorted(versions.items())),
    }


def text() -> str:
    """Return the text of schema.json."""
    return json.dumps(schema(), indent=0) + "\n"


if __name__ == "__main__":
    SCHEMA.write_text(text(), encoding="utf-8")
