"""The kinds of the Gateway API: no cluster has them by itself, and each has them alike once their definitions are there."""

from __future__ import annotations

from functools import cache

from k8snotes.api.kind import Kind

__all__ = ["CLASSES", "GATEWAYS", "GROUP", "KINDS", "ROUTES", "gateway_kind"]

GROUP = "gateway.networking.k8s.io"
GATEWAYS, ROUTES, CLASSES = f"gateways.{GROUP}", f"httproutes.{GROUP}", f"gatewayclasses.{GROUP}"

KINDS = (
    Kind(
        "GatewayClass",
        "gatewayclasses",
        GROUP,
        namespaced=False,
        short=("gc",),
        other_versions=("v1beta1",),
        status=True,
        counts_generation=True,
        builtin=False,
    ),
    Kind(
        "Gateway",
        "gateways",
        GROUP,
        short=("gtw",),
        other_versions=("v1beta1",),
        status=True,
        counts_generation=True,
        builtin=False,
    ),
    Kind(
        "HTTPRoute",
        "httproutes",
        GROUP,
        other_versions=("v1beta1",),
        status=True,
        counts_generation=True,
        builtin=False,
    ),
    Kind("GRPCRoute", "grpcroutes", GROUP, status=True, counts_generation=True, builtin=False),
    Kind(
        "ReferenceGrant",
        "referencegrants",
        GROUP,
        short=("refgrant",),
        other_versions=("v1beta1",),
        counts_generation=True,
        builtin=False,
    ),
)
"""The kinds of its standard channel that are known here."""


@cache
def gateway_kind(kind: str) -> Kind | None:
    """Return the kind of the Gateway API with this name, None if it has none.

    >>> gateway_kind("GatewayClass").namespaced, gateway_kind("Pod")
    (False, None)

    Source of the rule: https://gateway-api.sigs.k8s.io/reference/spec/
    """
    return next((item for item in KINDS if item.kind == kind), None)
