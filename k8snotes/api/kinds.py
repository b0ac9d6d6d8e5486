"""The kinds that a cluster knows by itself, their short names, and references such as "svc/web"."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from k8snotes.errors import RefError, did_you_mean

__all__ = [
    "RESOURCES",
    "Ref",
    "Resource",
    "builtin_group",
    "find_kind",
    "find_resource",
    "parse_ref",
    "qualified",
]


@dataclass(frozen=True, slots=True)
class Resource:
    """One row of `kubectl api-resources`: how a kind is called, and where it lives."""

    kind: str
    plural: str
    group: str = ""
    version: str = "v1"
    namespaced: bool = True
    short: tuple[str, ...] = ()

    @property
    def builtin(self) -> bool:
        """Whether Kubernetes itself has this kind, in this group."""
        return (self.group, self.kind) in _BY_GROUP_KIND

    @property
    def singular(self) -> str:
        """The name in references and messages: "pod", "service"."""
        return self.kind.lower()

    @property
    def api_version(self) -> str:
        """The `apiVersion` of a manifest: "v1", "apps/v1"."""
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def qualified(self) -> str:
        """The plural with its group, as messages have it: "pods", "deployments.apps"."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    @property
    def qualified_kind(self) -> str:
        """The kind with its group, as messages have it: "Pod", "Deployment.apps"."""
        return f"{self.kind}.{self.group}" if self.group else self.kind


def _table() -> tuple[Resource, ...]:
    # kubectl api-resources of v1.36: kind, plural, short names ("-" for none); "*" means cluster-scoped
    rows = {
        ("", "v1"): """
            Binding bindings -
            ConfigMap configmaps cm
            Endpoints endpoints ep
            Event events ev
            LimitRange limitranges limits
            *Namespace namespaces ns
            *Node nodes no
            PersistentVolumeClaim persistentvolumeclaims pvc
            *PersistentVolume persistentvolumes pv
            Pod pods po
            PodTemplate podtemplates -
            ReplicationController replicationcontrollers rc
            ResourceQuota resourcequotas quota
            Secret secrets -
            ServiceAccount serviceaccounts sa
            Service services svc""",
        ("admissionregistration.k8s.io", "v1"): """
            *MutatingWebhookConfiguration mutatingwebhookconfigurations -
            *ValidatingAdmissionPolicy validatingadmissionpolicies -
            *ValidatingAdmissionPolicyBinding validatingadmissionpolicybindings -
            *ValidatingWebhookConfiguration validatingwebhookconfigurations -""",
        ("apiextensions.k8s.io", "v1"): """
            *CustomResourceDefinition customresourcedefinitions crd,crds""",
        ("apiregistration.k8s.io", "v1"): """
            *APIService apiservices -""",
        ("apps", "v1"): """
            ControllerRevision controllerrevisions -
            DaemonSet daemonsets ds
            Deployment deployments deploy
            ReplicaSet replicasets rs
            StatefulSet statefulsets sts""",
        ("authentication.k8s.io", "v1"): """
            *SelfSubjectReview selfsubjectreviews -
            *TokenReview tokenreviews -""",
        ("authorization.k8s.io", "v1"): """
            LocalSubjectAccessReview localsubjectaccessreviews -
            *SelfSubjectAccessReview selfsubjectaccessreviews -
            *SelfSubjectRulesReview selfsubjectrulesreviews -
            *SubjectAccessReview subjectaccessreviews -""",
        ("autoscaling", "v2"): """
            HorizontalPodAutoscaler horizontalpodautoscalers hpa""",
        ("batch", "v1"): """
            CronJob cronjobs cj
            Job jobs -""",
        ("certificates.k8s.io", "v1"): """
            *CertificateSigningRequest certificatesigningrequests csr""",
        ("coordination.k8s.io", "v1"): """
            Lease leases -""",
        ("discovery.k8s.io", "v1"): """
            EndpointSlice endpointslices -""",
        ("flowcontrol.apiserver.k8s.io", "v1"): """
            *FlowSchema flowschemas -
            *PriorityLevelConfiguration prioritylevelconfigurations -""",
        ("networking.k8s.io", "v1"): """
            *IngressClass ingressclasses -
            Ingress ingresses ing
            *IPAddress ipaddresses ip
            NetworkPolicy networkpolicies netpol
            *ServiceCIDR servicecidrs -""",
        ("node.k8s.io", "v1"): """
            *RuntimeClass runtimeclasses -""",
        ("policy", "v1"): """
            PodDisruptionBudget poddisruptionbudgets pdb""",
        ("rbac.authorization.k8s.io", "v1"): """
            *ClusterRoleBinding clusterrolebindings -
            *ClusterRole clusterroles -
            RoleBinding rolebindings -
            Role roles -""",
        ("resource.k8s.io", "v1"): """
            *DeviceClass deviceclasses -
            ResourceClaim resourceclaims -
            ResourceClaimTemplate resourceclaimtemplates -
            *ResourceSlice resourceslices -""",
        ("scheduling.k8s.io", "v1"): """
            *PriorityClass priorityclasses pc""",
        ("storage.k8s.io", "v1"): """
            *CSIDriver csidrivers -
            *CSINode csinodes -
            CSIStorageCapacity csistoragecapacities -
            *StorageClass storageclasses sc
            *VolumeAttachment volumeattachments -
            *VolumeAttributesClass volumeattributesclasses vac""",
        ("events.k8s.io", "v1"): """
            Event events -""",
    }
    found = []
    for (group, version), text in rows.items():
        for line in text.split("\n")[1:]:
            kind, plural, short = line.split()
            found.append(
                Resource(
                    kind.lstrip("*"),
                    plural,
                    group,
                    version,
                    namespaced=not kind.startswith("*"),
                    short=() if short == "-" else tuple(short.split(",")),
                )
            )
    return tuple(found)


RESOURCES = _table()
_OTHER_VERSIONS = {"autoscaling": ("v1",)}
_BY_GROUP_KIND = {(r.group, r.kind): r for r in RESOURCES}
_BY_NAME: dict[str, Resource] = {}
for _resource in RESOURCES:
    for _name in (_resource.plural, _resource.singular, *_resource.short, _resource.qualified):
        _BY_NAME.setdefault(_name, _resource)


def split_api_version(api_version: str) -> tuple[str, str]:
    """Split "apps/v1" into ("apps", "v1") and "v1" into ("", "v1")."""
    group, _, version = api_version.rpartition("/")
    return group, version


def builtin_group(group: str) -> bool:
    """Say whether Kubernetes itself owns this API group ("", "apps", anything of k8s.io's own).

    >>> builtin_group("apps"), builtin_group("serving.knative.dev")
    (True, False)
    """
    return any(r.group == group for r in RESOURCES)


@lru_cache(maxsize=1024)
def find_kind(api_version: str, kind: str) -> Resource | None:
    """Return the built-in resource of this apiVersion and kind, or None.

    >>> find_kind("apps/v1", "Deployment").plural
    'deployments'
    >>> find_kind("serving.knative.dev/v1", "Service") is None
    True
    """
    group, version = split_api_version(api_version)
    found = _BY_GROUP_KIND.get((group, kind))
    if found and (version == found.version or version in _OTHER_VERSIONS.get(group, ())):
        return found
    return None


_QUALIFIED = {resource.plural: resource.qualified for resource in reversed(RESOURCES)}


def qualified(plural: str) -> str:
    """Return a built-in plural with its group; any other name as it is.

    >>> qualified("deployments"), qualified("pods"), qualified("deployments.apps")
    ('deployments.apps', 'pods', 'deployments.apps')
    """
    return _QUALIFIED.get(plural, plural)


def kinds_named(kind: str) -> list[Resource]:
    """Return the built-in resources whose kind is spelled so, in any group and any case."""
    return [r for r in RESOURCES if r.kind.lower() == kind.lower()]


@lru_cache(maxsize=1024)
def find_resource(name: str) -> Resource | None:
    """Return the resource that kubectl would take `name` for: "po", "pods", "Pod", "deployments.apps".

    >>> find_resource("deploy").kind
    'Deployment'
    """
    found = _BY_NAME.get(name.lower())
    if found is None and "." in name:
        # kubectl also takes KIND.GROUP and KIND.VERSION.GROUP
        head, _, group = name.partition(".")
        without_version = group.partition(".")[2] if "." in group else group
        for candidate in (group, without_version):
            for resource in RESOURCES:
                names = (resource.plural, resource.singular, *resource.short)
                if resource.group == candidate and head.lower() in names:
                    return resource
    return found


@dataclass(frozen=True, slots=True)
class Ref:
    """Which object is meant: a resource name as typed, a namespace ("" if cluster-scoped), a name."""

    resource: str
    namespace: str
    name: str

    def __str__(self) -> str:
        head = f"{self.namespace}/" if self.namespace and self.namespace != "default" else ""
        return f"{head}{self.resource}/{self.name}"


def parse_ref(ref: str, kind: str | None = None) -> Ref:
    """Read "kind/name" (namespace `default`) or "namespace/kind/name".

    With `kind`, a bare "name" or "namespace/name" is also taken. `.resource` of the answer is the
    singular of a built-in kind, else the kind as typed. Raises RefError.

    >>> parse_ref("svc/web")
    Ref(resource='service', namespace='default', name='web')
    >>> str(parse_ref("shop/deploy/web"))
    'shop/deployment/web'
    """
    if not isinstance(ref, str):
        msg = f'A reference is text such as "pod/web-1"; this is a {type(ref).__name__}.'
        raise RefError(msg)
    parts = ref.strip().split("/")
    known = find_resource(parts[-2]) if len(parts) > 1 else None
    if kind is not None and (len(parts) == 1 or (len(parts) == 2 and known is None)):
        parts = [*parts[:-1], kind, parts[-1]]
    if len(parts) not in (2, 3) or not all(parts):
        hint = did_you_mean(parts[0], _BY_NAME) if len(parts) == 1 else ""
        msg = (
            f'"{ref}" is not a reference. Write kind/name, as in "pod/web-1" or "svc/web" '
            f'(namespace default), or namespace/kind/name, as in "shop/svc/web".{hint}'
        )
        raise RefError(msg)
    namespace = parts[0] if len(parts) == 3 else "default"
    resource = find_resource(parts[-2])
    if resource and not resource.namespaced:
        namespace = ""
    return Ref(resource.singular if resource else parts[-2], namespace, parts[-1])
