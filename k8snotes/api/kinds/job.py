"""Job: Pods that run to their end."""

from __future__ import annotations

from k8snotes.api.kind import Kind
from k8snotes.api.workload import Workload


class Job(Workload):
    """A Job: Pods that run to their end."""

    __slots__ = ()

    @property
    def replicas(self) -> int:
        """How many Pods may run at once: `spec.parallelism`, 1 where it says nothing."""
        value = self.spec.get("parallelism", 1)
        return int(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else 1


KIND = Kind(
    "Job",
    "jobs",
    "batch",
    in_all=True,
    pod_spec=("spec", "template", "spec"),
    makes="Pod",
    runs_to_end=True,
    selector=("spec", "selector"),
    status=True,
    counts_generation=True,
    recounted=True,
    selectable_fields=("status.successful",),
    view=Job,
)
