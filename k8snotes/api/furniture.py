"""What every cluster has without anybody having made it: a reader's maps and comparisons leave it out."""

from __future__ import annotations

from k8snotes.api.base import KubeObject, mapping

__all__ = ["BOOTSTRAPPING", "CRITICAL", "ROOT_CA", "counts", "is_furniture"]

ROOT_CA = "kube-root-ca.crt"
CRITICAL = {"system-cluster-critical": 2_000_000_000, "system-node-critical": 2_000_001_000}
BOOTSTRAPPING = "kubernetes.io/bootstrapping"
"""The label of the roles and bindings that every cluster has."""
_IN_EACH_NAMESPACE = {("ServiceAccount", "default"), ("ConfigMap", ROOT_CA)}


def is_furniture(obj: KubeObject) -> bool:
    """Whether an object is one that a cluster makes itself, and makes again when it is deleted.

    These are the Service `default/kubernetes`, the PriorityClasses of the system, the ClusterRoles and
    ClusterRoleBindings that every cluster has, and in each Namespace the ServiceAccount `default` and the ConfigMap
    `kube-root-ca.crt`.

    >>> from k8snotes.api.base import view
    >>> is_furniture(view({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default"}}))
    True

    Source of the rule: https://kubernetes.io/docs/concepts/security/service-accounts/#default-service-accounts and
    https://kubernetes.io/docs/concepts/scheduling-eviction/pod-priority-preemption/#priorityclass and
    https://kubernetes.io/docs/reference/access-authn-authz/rbac/#default-roles-and-role-bindings
    """
    kind, name = obj.kind, obj.name
    return (
        (kind, name) in _IN_EACH_NAMESPACE
        or (kind, obj.namespace, name) == ("Service", "default", "kubernetes")
        or (kind == "PriorityClass" and name in CRITICAL)
        or (kind.startswith("ClusterRole") and BOOTSTRAPPING in mapping(obj.metadata.get("labels")))
    )


def counts(obj: KubeObject) -> bool:
    """Whether an object counts where kinds are counted: the Service `kubernetes` does, as Services are a subject."""
    return obj.kind == "Service" or not is_furniture(obj)
