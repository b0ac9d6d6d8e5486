"""Which findings about a cluster rest on what is absent: if that could not be read, they are none."""

from __future__ import annotations

from collections.abc import Iterator

from k8snotes.api.kind import Kind
from k8snotes.api.registry import find_resource
from k8snotes.facts.health.issue import Issue
from k8snotes.live.reading import Unread

__all__ = ["stands"]

_PODS, _SLICES, _SERVICES = "pods", "endpointslices.discovery.k8s.io", "services"
_POLICIES, _BUDGETS = "networkpolicies.networking.k8s.io", "poddisruptionbudgets.policy"
# by the sort of the finding: the kinds of which something is said to be missing
_MISSING: dict[str, tuple[str, ...]] = {
    "service-selects-none": (_PODS,),
    "service-none-ready": (_PODS, _SLICES),
    "service-without-endpoints": (_PODS, _SLICES),
    "service-port-nowhere": (_PODS, _SLICES),
    "service-port-in-part": (_PODS, _SLICES),
    "service-one-endpoint": (_PODS, _SLICES),
    "service-scaled-to-zero": (_PODS,),
    "workload-without-pods": (_PODS,),
    "workload-lacks-pods": (_PODS,),
    "budget-selects-none": (_PODS,),
    "policy-selects-none": (_PODS,),
    "policy-peer-none": (_PODS,),
    "policy-namespace-none": ("namespaces",),
    "ingress-no-service": (_SERVICES,),
    "ingress-no-port": (_SERVICES,),
    "ingress-no-class": ("ingressclasses.networking.k8s.io",),
    "workload-without-budget": (_BUDGETS,),
    "pods-without-policy": (_POLICIES,),
    "pull-secret-missing": ("secrets",),
    "binding-without-account": ("serviceaccounts",),
    "binding-without-role": ("roles.rbac.authorization.k8s.io", "clusterroles.rbac.authorization.k8s.io"),
    "one-control-plane": ("nodes",),
    "unused": (_PODS,),
}
_NAMED = ("object-missing", "key-missing")  # these name the kind in their parts


def stands(issue: Issue, unread: Unread) -> bool:
    """Say whether a finding stands, though not all of a cluster could be read.

    >>> closed = Unread((), frozenset({"pods"}), frozenset({("pods", "shop")}))
    >>> stands(Issue("workload-without-pods", "vault/deployment/safe"), closed)
    False
    >>> stands(Issue("workload-without-pods", "shop/deployment/cart"), closed)
    True
    """
    place = issue.ref.split("/")
    home = place[0] if len(place) == 3 else "default"  # "shop/pod/cart-1", or "pod/web-1"
    for name in _kinds(issue):
        kind = find_resource(name)
        if kind is not None and unread.doubt(kind.qualified, _place(kind, home)):
            return False
    return True


def _place(kind: Kind, home: str) -> str:
    return home if kind.namespaced else ""


def _kinds(issue: Issue) -> Iterator[str]:
    yield from _MISSING.get(issue.code, ())
    if issue.code in _NAMED:
        yield str(issue.parts.get("kind", ""))
