"""A kind says by its traits how it is treated; the traits fit each other."""

from __future__ import annotations

import pytest

from k8snotes.api.kind import LAST, Kind
from k8snotes.api.registry import all_kinds
from k8snotes.control_plane.apiserver import ApiServer
from k8snotes.control_plane.schema import fields_of, struct_for, struct_of
from k8snotes.errors import ApiError

KINDS = {kind.qualified_kind: kind for kind in all_kinds()}


@pytest.mark.parametrize("name", KINDS)
def test_a_workload_says_what_it_makes(name):
    """What has a template in its `spec` makes a kind that is known, and what has none makes nothing."""
    kind = KINDS[name]
    assert bool(kind.makes) == kind.is_workload
    if kind.makes:
        made = next(other for other in KINDS.values() if other.kind == kind.makes)
        assert made.kind == "Pod" or made.is_workload


@pytest.mark.parametrize("name", KINDS)
def test_how_pods_are_counted_is_said_of_workloads_alone(name):
    """Pods for each Node, Pods with numbers and Pods that end are three things, each of workloads."""
    kind = KINDS[name]
    ways = [kind.per_node, kind.numbered, kind.runs_to_end]
    assert sum(ways) <= 1
    assert kind.is_workload or not any(ways)
    assert not (kind.scales and (kind.per_node or kind.runs_to_end))


def test_ranks_are_given_once():
    """No two kinds claim one place in a list."""
    ranks = [kind.rank for kind in KINDS.values() if kind.rank != LAST]
    assert sorted(ranks) == list(range(1, len(ranks) + 1))


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_has_its_fields(name):
    """In each version that is served, and all the structs in them: none is taken as it stands."""
    kind = KINDS[name]
    for version in (kind.version, *kind.other_versions):
        api_version = f"{kind.group}/{version}" if kind.group else version
        assert struct_for(api_version, kind.kind)
        assert {"apiVersion", "kind", "metadata"} <= set(fields_of(api_version, kind.kind))
    seen, todo = set(), [struct_for(kind.api_version, kind.kind)]
    while todo:
        struct = todo.pop()
        inner = {type_.name for type_ in struct_of(struct).values() if type_.is_struct}
        todo += inner - seen
        seen |= inner


@pytest.mark.parametrize("name", KINDS)
def test_a_misspelt_field_is_found_in_every_kind(name):
    """`rule:` for `rules:` does not pass, in no kind."""
    kind = KINDS[name]
    manifest = {
        "apiVersion": kind.api_version,
        "kind": kind.kind,
        "metadata": {"name": "web"},
        "nosuchfield": 1,
    }
    api = ApiServer()
    for home in ("default", "kube-system"):
        api.register({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": home}}, by="test")
    with pytest.raises(ApiError, match='unknown field "nosuchfield"'):
        api.create(manifest)


# what `kubectl api-resources` and the API reference say of the kinds of v1.36
CLUSTER_WIDE = (
    "Namespace Node PersistentVolume MutatingWebhookConfiguration ValidatingAdmissionPolicy "
    "ValidatingAdmissionPolicyBinding ValidatingWebhookConfiguration CustomResourceDefinition APIService "
    "SelfSubjectReview TokenReview SelfSubjectAccessReview SelfSubjectRulesReview SubjectAccessReview "
    "CertificateSigningRequest FlowSchema PriorityLevelConfiguration IngressClass IPAddress ServiceCIDR RuntimeClass "
    "ClusterRoleBinding ClusterRole DeviceClass ResourceSlice PriorityClass CSIDriver CSINode StorageClass "
    "VolumeAttachment VolumeAttributesClass ComponentStatus"
)
TRAITS = {
    # category "all"
    "in_all": (
        "Pod ReplicationController Service DaemonSet Deployment ReplicaSet StatefulSet HorizontalPodAutoscaler "
        "CronJob Job"
    ),
    # the subresource scale
    "scales": "ReplicationController Deployment ReplicaSet StatefulSet",
    # `kubectl rollout status` (pkg/polymorphichelpers/rollout_status.go)
    "rolls_out": "DaemonSet Deployment StatefulSet",
    "per_node": "DaemonSet",
    "numbered": "StatefulSet",
    "runs_to_end": "CronJob Job",
    "only_reports": "Event Lease",
    # spec.selector is a map[string]string
    "selector_is_map": "ReplicationController Service",
    # the subresource status
    "status": (
        "Namespace Node PersistentVolumeClaim PersistentVolume Pod ReplicationController ResourceQuota Service "
        "DaemonSet Deployment ReplicaSet StatefulSet HorizontalPodAutoscaler CronJob Job Ingress PodDisruptionBudget"
    ),
    # https://kubernetes.io/docs/concepts/policy/resource-quotas/: "pods", "services", ... without "count/"
    "quota_piece": "ConfigMap PersistentVolumeClaim Pod ReplicationController ResourceQuota Secret Service",
    "is_workload": "ReplicationController DaemonSet Deployment ReplicaSet StatefulSet CronJob Job",
    # PrepareForCreate sets Generation = 1
    "counts_generation": (
        "Pod PodTemplate ReplicationController DaemonSet Deployment ReplicaSet StatefulSet CronJob Job EndpointSlice "
        "IngressClass Ingress NetworkPolicy PodDisruptionBudget PriorityClass"
    ),
    "recounted": (
        "ConfigMap PersistentVolumeClaim Pod ReplicationController Secret Service Deployment ReplicaSet StatefulSet Job"
    ),
}


@pytest.mark.parametrize("trait", TRAITS)
def test_which_kinds_have_a_trait(trait):
    """Each trait belongs to the kinds of Kubernetes that have it, and to no others."""
    assert {kind.kind for kind in KINDS.values() if getattr(kind, trait)} == set(TRAITS[trait].split())


def test_which_kinds_live_in_no_namespace():
    """`kubectl api-resources --namespaced=false`."""
    assert {kind.kind for kind in KINDS.values() if not kind.namespaced} == set(CLUSTER_WIDE.split())


def test_every_kind_is_kubernetes_own():
    """Only the kinds of custom resources are not; a kind that says nothing of itself has no trait."""
    assert all(kind.builtin for kind in KINDS.values())
    bare = Kind("Odd", "odds")
    assert bare.namespaced
    assert not [trait for trait in TRAITS if getattr(bare, trait)]
    assert bare.rank == LAST


PLACES = {
    "Pod": ("spec",),
    "PodTemplate": ("template", "spec"),
    "CronJob": ("spec", "jobTemplate", "spec", "template", "spec"),
}


@pytest.mark.parametrize("name", KINDS)
def test_where_the_pods_of_a_kind_are_specified(name):
    """A Pod is its own, a workload has a template, a CronJob one within its Job's; others make none."""
    kind = KINDS[name]
    workload = ("spec", "template", "spec") if kind.is_workload else ()
    assert kind.pod_spec == PLACES.get(kind.kind, workload)


FIRST = "Pod Service Node Deployment ReplicaSet ReplicationController Namespace"


def test_what_a_reader_looks_at_first():
    """Kinds with a rank come in this order, before the others."""
    ranked = sorted((kind for kind in KINDS.values() if kind.rank != LAST), key=lambda kind: kind.rank)
    assert " ".join(kind.kind for kind in ranked) == FIRST
