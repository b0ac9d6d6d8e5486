"""Issue: one thing that is wrong with what runs in a cluster, as plain values; and all sorts of issues, worst first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from k8snotes.api.base import KubeObject

__all__ = ["ERROR", "NOTE", "SEVERITIES", "WARNING", "Issue", "Look", "issue"]

ERROR, WARNING, NOTE = "error", "warning", "note"
_OUTSIDE = ("", "default")

# Every sort of issue with its severity. An error is felt now: a request gets no answer, or a Pod does not run. A
# warning is felt with the next change, load or failure. A note is worth knowing. Within a severity, what hurts the
# users of an application most comes first.
SEVERITIES: dict[str, str] = {
    "service-selects-none": ERROR,
    "service-none-ready": ERROR,
    "service-without-endpoints": ERROR,
    "service-port-nowhere": ERROR,
    "ingress-no-service": ERROR,
    "ingress-no-port": ERROR,
    "ingress-port-error": ERROR,
    "route-backend": ERROR,
    "node-not-ready": ERROR,
    "node-without-network": ERROR,
    "pods-image": ERROR,
    "pods-crash": ERROR,
    "pods-not-configured": ERROR,
    "pods-waiting": ERROR,
    "pods-pending": ERROR,
    "pods-none-ready": ERROR,
    "pods-unknown": ERROR,
    "workload-trouble": ERROR,
    "workload-without-pods": ERROR,
    "object-missing": ERROR,
    "key-missing": ERROR,
    "claim-pending": ERROR,
    "claim-lost": ERROR,
    "several-budgets": ERROR,
    "service-scaled-to-zero": WARNING,
    "service-port-in-part": WARNING,
    "service-two-workloads": WARNING,
    "service-no-load-balancer": WARNING,
    "ingress-no-class": WARNING,
    "route-no-gateway": WARNING,
    "workload-lacks-pods": WARNING,
    "pods-not-ready": WARNING,
    "pods-failed": WARNING,
    "pods-restart": WARNING,
    "pods-terminating": WARNING,
    "memory-near-limit": WARNING,
    "cpu-throttled": WARNING,
    "quota-full": WARNING,
    "quota-exceeded": WARNING,
    "node-pressure": WARNING,
    "node-condition-unknown": WARNING,
    "node-cordoned": WARNING,
    "namespace-terminating": WARNING,
    "scaler-no-target": WARNING,
    "scaler-without-metrics": WARNING,
    "scaler-at-most": WARNING,
    "scaler-beyond-nodes": WARNING,
    "scalers-beyond-nodes": WARNING,
    "budget-never-allows": WARNING,
    "budget-blocked": WARNING,
    "budget-selects-none": WARNING,
    "policy-selects-none": WARNING,
    "policy-peer-none": WARNING,
    "policy-namespace-none": WARNING,
    "binding-without-role": WARNING,
    "binding-without-account": WARNING,
    "volume-failed": WARNING,
    "bare-pod": WARNING,
    "no-requests": WARNING,
    "no-readiness-probe": WARNING,
    "image-without-tag": WARNING,
    "image-latest": WARNING,
    "service-one-endpoint": NOTE,
    "service-port-undeclared": NOTE,
    "no-memory-limit": NOTE,
    "no-liveness-probe": NOTE,
    "workload-without-budget": NOTE,
    "workload-at-zero": NOTE,
    "cronjob-suspended": NOTE,
    "pull-secret-missing": NOTE,
    "may-run-as-root": NOTE,
    "default-account": NOTE,
    "token-mounted": NOTE,
    "policy-denies-all": NOTE,
    "policy-allows-all": NOTE,
    "pods-without-policy": NOTE,
    "taint-tolerated-by-none": NOTE,
    "one-control-plane": NOTE,
    "volume-free": NOTE,
    "claim-waits-for-pod": NOTE,
    "unused": NOTE,
    "not-in-the-dump": NOTE,
}
_PLACES = {code: place for place, code in enumerate(SEVERITIES)}


class Look(NamedTuple):
    """The picture to look at: a helper of the cluster and its arguments. As text it is the call.

    >>> print(Look("diagnose", ("svc/web",)))
    c.diagnose("svc/web")
    """

    helper: str
    args: tuple[str, ...] = ()

    def __str__(self) -> str:
        args = ", ".join(f'"{arg}"' for arg in self.args)
        return f"c.{self.helper}({args})"


@dataclass(frozen=True, slots=True)
class Issue:
    """One thing that is wrong with what runs, or worth a look.

    Args:
        code: what was found, one of `SEVERITIES`.
        ref: the object: "service/web", "shop/deployment/cart".
        parts: the values that its sentences are made with.
        look: the picture to look at, None if there is none.
        kubectl: the line of kubectl that shows the same on a real cluster.
        pods: how many Pods it is about.

    >>> found = Issue("bare-pod", "pod/web", kubectl="kubectl get pod web")
    >>> found.severity
    'warning'
    """

    code: str
    ref: str
    parts: Mapping[str, Any] = field(default_factory=dict, hash=False)
    look: Look | None = None
    kubectl: str = ""
    pods: int = 0

    @property
    def severity(self) -> str:
        """How bad it is for the users of what runs: "error", "warning" or "note"."""
        return SEVERITIES[self.code]

    @property
    def order(self) -> tuple[int, int, str]:
        """Its place among others: what hurts users most is first, then what is about more Pods."""
        return _PLACES[self.code], -self.pods, self.ref


def issue(  # the parts of an issue, with the object itself
    code: str,
    obj: KubeObject,
    look: tuple[str, ...] = (),
    kubectl: str = "",
    *,
    count: int = 0,
    **parts: Any,
) -> Issue:
    """Return an issue of an object.

    Args:
        code: what was found.
        obj: the object.
        look: the helper that draws it, and its arguments.
        kubectl: what stands behind "kubectl"; by default, "describe" with the object.
        count: how many Pods it is about.
        parts: the values that its sentences are made with.
    """
    home = obj.namespace if obj.resource.namespaced else ""
    line = kubectl or f"describe {obj.kind.lower()} {obj.name}"
    picture = Look(look[0], look[1:]) if look else None
    return Issue(code, obj.ref, {"object": obj.ref, **parts}, picture, with_namespace(line, home), count)


def with_namespace(line: str, namespace: str) -> str:
    """Return a line of kubectl; the Namespace is named unless it is `default`.

    >>> with_namespace("get pods", "shop"), with_namespace("get nodes", "")
    ('kubectl get pods -n shop', 'kubectl get nodes')
    """
    return f"kubectl {line}" + ("" if namespace in _OUTSIDE else f" -n {namespace}")
