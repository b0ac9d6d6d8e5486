"""Kubernetes' internal form of a specification, as the messages about a forbidden change show it."""

from __future__ import annotations

import copy
import json
from typing import Any

from k8snotes.api.base import Manifest, mapping
from k8snotes.control_plane.decoded import as_sent
from k8snotes.control_plane.schema import struct_of
from k8snotes.control_plane.validation.wording import GoStruct

__all__ = ["internal_struct", "internal_template", "pod_spec_diff", "spec_diff"]

# The fields of Kubernetes' own structs in their order (pkg/apis/core/types.go). Structs that are not
# listed come in the order of the schema.
_REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
_PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"
_ORDER = {
    "PodSpec": """volumes initContainers containers ephemeralContainers restartPolicy
        terminationGracePeriodSeconds activeDeadlineSeconds dnsPolicy nodeSelector serviceAccountName
        automountServiceAccountToken nodeName securityContext imagePullSecrets hostname subdomain
        setHostnameAsFQDN affinity schedulerName tolerations hostAliases priorityClassName priority
        preemptionPolicy dnsConfig readinessGates runtimeClassName overhead enableServiceLinks
        topologySpreadConstraints os schedulingGates resourceClaims resources hostnameOverride schedulingGroup""",
    "Container": """name image command args workingDir ports envFrom env resources resizePolicy restartPolicy
        restartPolicyRules volumeMounts volumeDevices livenessProbe readinessProbe startupProbe lifecycle
        terminationMessagePath terminationMessagePolicy imagePullPolicy securityContext stdin stdinOnce tty""",
    "EphemeralContainer": """name image command args workingDir ports envFrom env resources resizePolicy restartPolicy
        restartPolicyRules volumeMounts volumeDevices livenessProbe readinessProbe startupProbe lifecycle
        terminationMessagePath terminationMessagePolicy imagePullPolicy securityContext stdin stdinOnce tty
        targetContainerName""",
    "ContainerPort": "name hostPort containerPort protocol hostIP",
    "EnvVar": "name value valueFrom",
    "EnvVarSource": "fieldRef resourceFieldRef configMapKeyRef secretKeyRef fileKeyRef",
    "ResourceRequirements": "limits requests claims",
    "VolumeMount": "name readOnly recursiveReadOnly mountPath subPath mountPropagation subPathExpr",
    "Probe": """exec httpGet tcpSocket grpc initialDelaySeconds timeoutSeconds periodSeconds successThreshold
        failureThreshold terminationGracePeriodSeconds""",
    "HTTPGetAction": "path port host scheme httpHeaders",
    "TCPSocketAction": "port host",
    "Toleration": "key operator value effect tolerationSeconds",
    "Volume": """name hostPath emptyDir gcePersistentDisk awsElasticBlockStore gitRepo secret nfs iscsi glusterfs
        persistentVolumeClaim rbd quobyte flexVolume cinder cephfs flocker downwardAPI fc azureFile configMap
        vsphereVolume azureDisk photonPersistentDisk projected portworxVolume scaleIO storageos csi ephemeral
        image""",
    "PodSecurityContext": """hostNetwork hostPID hostIPC shareProcessNamespace hostUsers seLinuxOptions
        windowsOptions runAsUser runAsGroup runAsNonRoot supplementalGroups supplementalGroupsPolicy fsGroup
        fsGroupChangePolicy sysctls seccompProfile appArmorProfile seLinuxChangePolicy""",
    "SecurityContext": """capabilities privileged seLinuxOptions windowsOptions runAsUser runAsGroup runAsNonRoot
        readOnlyRootFilesystem allowPrivilegeEscalation procMount seccompProfile appArmorProfile""",
    "LifecycleHandler": "exec httpGet tcpSocket sleep",
    "Affinity": "nodeAffinity podAffinity podAntiAffinity",
    "NodeAffinity": f"{_REQUIRED} {_PREFERRED}",
    "PodAffinity": f"{_REQUIRED} {_PREFERRED}",
    "PodAntiAffinity": f"{_REQUIRED} {_PREFERRED}",
    "PodAffinityTerm": "labelSelector namespaces topologyKey namespaceSelector matchLabelKeys mismatchLabelKeys",
    "PreferredSchedulingTerm": "weight preference",
    "WeightedPodAffinityTerm": "weight podAffinityTerm",
    "TopologySpreadConstraint": """maxSkew topologyKey whenUnsatisfiable labelSelector minDomains nodeAffinityPolicy
        nodeTaintsPolicy matchLabelKeys""",
    "PersistentVolumeClaimSpec": """accessModes selector resources volumeName storageClassName volumeMode dataSource
        dataSourceRef volumeAttributesClassName""",
    "PersistentVolumeSpec": """gcePersistentDisk awsElasticBlockStore hostPath glusterfs nfs rbd quobyte iscsi
        flexVolume cinder cephfs fc flocker azureFile vsphereVolume azureDisk photonPersistentDisk portworxVolume
        scaleIO local storageos csi""",
    "SuccessPolicy": "rules",
    "SuccessPolicyRule": "succeededIndexes succeededCount",
}
# These belong to the API's own machinery: they have no internal form, and are written as in a manifest.
_AS_WRITTEN = {
    "LabelSelector": ("matchLabels", "matchExpressions"),
    "LabelSelectorRequirement": ("key", "operator", "values"),
}
# Kubernetes keeps these of a PodSpec in its security context.
_MOVED = ("hostNetwork", "hostPID", "hostIPC", "shareProcessNamespace", "hostUsers")
_POINTERS_MOVED = ("shareProcessNamespace", "hostUsers")
_INITIALS = {
    "dns": "DNS",
    "http": "HTTP",
    "tcp": "TCP",
    "tty": "TTY",
    "se": "SE",
    "os": "OS",
    "ip": "IP",
    "pid": "PID",
    "uid": "UID",
    "grpc": "GRPC",
    "fs": "FS",
    "nfs": "NFS",
    "rbd": "RBD",
    "iscsi": "ISCSI",
    "csi": "CSI",
    "fc": "FC",
    "gce": "GCE",
    "aws": "AWS",
    "cephfs": "CephFS",
    "storageos": "StorageOS",
}


def _go_name(field: str) -> str:
    """Return the name that a field has in Go: "hostIPC" is "HostIPC", "dnsPolicy" is "DNSPolicy"."""
    head = field
    for i, char in enumerate(field):
        if char.isupper():
            head = field[:i]
            break
    return _INITIALS.get(head, head[:1].upper() + head[1:]) + field[len(head) :]


def _internal(struct: str, value: Manifest) -> dict[str, Any]:
    """Return an object with Go's names, in Go's order, with the zeros of what is not there."""
    types = struct_of(struct)
    if struct in _AS_WRITTEN:
        return {
            name: _as_written(types[name], value[name]) for name in _AS_WRITTEN[struct] if value.get(name)
        }
    names = _ORDER.get(struct, " ".join(types)).split()
    shown = {}
    for name in names:
        type_ = types.get(name)
        if type_ is None:
            # moved from the PodSpec: pointers may be null, the rest is false
            shown[_go_name(name)] = value.get(name, None if name in _POINTERS_MOVED else False)
            continue
        found = as_sent(value, name)
        if type_.container == "[]" and found is not None:
            is_struct = type_.is_struct
            shown[_go_name(name)] = [_internal(type_.name, item) if is_struct else item for item in found]
        elif type_.container or (found is None and type_.pointer):
            shown[_go_name(name)] = None if found is None else dict(sorted(found.items()))
        elif type_.is_struct:
            shown[_go_name(name)] = _internal(type_.name, {} if found is None else found)
        else:
            shown[_go_name(name)] = type_.zero if found is None else found
    return shown


def _as_written(type_: Any, found: Any) -> Any:
    """Return a value of a type that is shown as in a manifest."""
    if type_.container == "{}":
        return dict(sorted(found.items()))
    return [_internal(type_.name, item) for item in found] if type_.is_struct else found


def _whole(spec: Manifest) -> dict[str, Any]:
    """Return a PodSpec in Go's form, with what Kubernetes keeps in its security context there."""
    moved = {name: spec[name] for name in _MOVED if name in spec}
    context = copy.copy(mapping(spec.get("securityContext")))
    context.update(moved)
    whole = copy.copy(spec)
    whole["securityContext"] = context
    return _internal("PodSpec", whole)


def internal_struct(struct: str, value: Manifest) -> GoStruct:
    """Return an object as messages show it: with Go's names, in Go's order, with the zeros of what is not there.

    >>> internal_struct("SuccessPolicyRule", {"succeededCount": 1})
    {'SucceededIndexes': None, 'SucceededCount': 1}
    """
    return _go_structs(_internal(struct, value))


def internal_template(template: Manifest) -> GoStruct:
    """Return a template of Pods as messages show it.

    >>> list(internal_template({"metadata": {"labels": {"app": "web"}}}))
    ['labels', 'Spec']
    """
    written = {name: value for name, value in mapping(template.get("metadata")).items() if value}
    return _go_structs({**written, "Spec": _whole(mapping(template.get("spec")))})


def _go_structs(value: dict[str, Any]) -> GoStruct:
    return GoStruct({name: _shown(item) for name, item in value.items()})


def _shown(value: Any) -> Any:
    if isinstance(value, dict):
        return _go_structs(value)
    return [_shown(item) for item in value] if isinstance(value, list) else value


def _lines(value: dict[str, Any]) -> list[str]:
    return [line + "\n" for line in json.dumps(value, indent=1, ensure_ascii=False).split("\n")]


def pod_spec_diff(old: Manifest, new: Manifest) -> str:
    """Return the difference of two PodSpecs, as a unified diff of their internal JSON.

    >>> print(pod_spec_diff({"nodeName": "node-1"}, {"nodeName": "node-2"}).splitlines()[4])
    - "NodeName": "node-1",
    """
    return _diff(_whole(old), _whole(new))


def spec_diff(struct: str, first: Manifest, second: Manifest) -> str:
    """Return the difference of two objects of one struct, as a unified diff of their internal JSON.

    Args:
        struct: the name of the struct in the table.
        first: the object that lines with `-` are of.
        second: the object that lines with `+` are of.

    >>> print(spec_diff("PersistentVolumeClaimSpec", {"volumeName": "a"}, {"volumeName": "b"}).splitlines()[4])
    - "VolumeName": "a",
    """
    return _diff(_internal(struct, first), _internal(struct, second))


def _diff(first: dict[str, Any], second: dict[str, Any]) -> str:
    import difflib  # noqa: PLC0415  # only where something was changed in a way that is not allowed

    return "".join(list(difflib.unified_diff(_lines(first), _lines(second), n=3))[2:])
