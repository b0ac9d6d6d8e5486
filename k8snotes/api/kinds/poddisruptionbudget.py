"""PodDisruptionBudget: how many of the Pods that it selects may be unavailable at the same time."""

from __future__ import annotations

from typing import Any

from k8snotes.api.base import KubeObject, mapping
from k8snotes.api.kind import Kind


class PodDisruptionBudget(KubeObject):
    """A PodDisruptionBudget: how many Pods voluntary disruptions (a drain, an eviction) must leave available.

    >>> import k8snotes as kn
    >>> c = kn.load("guestbook")
    >>> _ = c.kubectl("create pdb cache --selector=tier=cache --min-available=1"), c.settle()
    >>> budget = c["pdb/cache"]
    >>> budget.min_available, budget.max_unavailable, budget.label_selector
    (1, None, {'matchLabels': {'tier': 'cache'}})
    >>> budget.allowed, budget.healthy, budget.desired_healthy, budget.expected
    (1, 2, 1, 2)
    >>> budget.evicts_unhealthy, budget.disrupted
    (False, {})
    """

    __slots__ = ()

    @property
    def min_available(self) -> int | str | None:
        """`spec.minAvailable`: a number of Pods, or a share such as "50%"; None where it is not set."""
        return self._amount("minAvailable")

    @property
    def max_unavailable(self) -> int | str | None:
        """`spec.maxUnavailable`: a number of Pods, or a share such as "50%"; None where it is not set."""
        return self._amount("maxUnavailable")

    @property
    def label_selector(self) -> dict[str, Any] | None:
        """Its selector as a LabelSelector object; None, which selects no Pod, where it is left out."""
        selector = self.spec.get("selector")
        return selector if isinstance(selector, dict) else None

    @property
    def allowed(self) -> int:
        """`status.disruptionsAllowed`: how many Pods may be evicted now."""
        return self._counted("disruptionsAllowed")

    @property
    def healthy(self) -> int:
        """`status.currentHealthy`: how many of its Pods are ready."""
        return self._counted("currentHealthy")

    @property
    def desired_healthy(self) -> int:
        """`status.desiredHealthy`: how many of its Pods have to be ready at least."""
        return self._counted("desiredHealthy")

    @property
    def expected(self) -> int:
        """`status.expectedPods`: how many Pods it counts on, by the workloads that make them."""
        return self._counted("expectedPods")

    @property
    def evicts_unhealthy(self) -> bool:
        """Whether a Pod that is not ready may always be evicted (`unhealthyPodEvictionPolicy: AlwaysAllow`)."""
        return self.spec.get("unhealthyPodEvictionPolicy") == "AlwaysAllow"

    @property
    def disrupted(self) -> dict[str, Any]:
        """`status.disruptedPods`: Pods whose eviction was allowed and has not been seen yet, with the time."""
        return mapping(self.status.get("disruptedPods"))

    def _amount(self, field: str) -> int | str | None:
        value = self.spec.get(field)
        return value if isinstance(value, (int, str)) and not isinstance(value, bool) else None

    def _counted(self, field: str) -> int:
        value = self.status.get(field)
        return value if isinstance(value, int) else 0


KIND = Kind(
    "PodDisruptionBudget",
    "poddisruptionbudgets",
    "policy",
    short=("pdb",),
    removed=(("policy/v1beta1", "1.25"),),
    selector=("spec", "selector"),
    status=True,
    counts_generation=True,
    view=PodDisruptionBudget,
)
