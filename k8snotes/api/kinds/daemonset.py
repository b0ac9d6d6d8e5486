"""DaemonSet: one Pod on each Node that fits."""

from __future__ import annotations

from k8snotes.api.kind import Kind
from k8snotes.api.workload import Workload


class DaemonSet(Workload):
    """A DaemonSet: one Pod on each Node that fits."""

    __slots__ = ()

    @property
    def replicas(self) -> int:
        """How many Pods it wants: one on each Node that fits, as its controller has counted them; 0 before."""
        wanted = self.status.get("desiredNumberScheduled")
        return wanted if isinstance(wanted, int) else 0


KIND = Kind(
    "DaemonSet",
    "daemonsets",
    "apps",
    short=("ds",),
    removed=(("extensions/v1beta1", "1.16"), ("apps/v1beta2", "1.16")),
    in_all=True,
    rolls_out=True,
    pod_spec=("spec", "template", "spec"),
    makes="Pod",
    per_node=True,
    selector=("spec", "selector"),
    status=True,
    counts_generation=True,
    view=DaemonSet,
)
