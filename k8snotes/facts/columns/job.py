"""Job: what `kubectl get jobs` prints."""

from __future__ import annotations

from k8snotes.api.base import text
from k8snotes.api.kinds.job import Job
from k8snotes.facts.columns.cells import Row, age
from k8snotes.facts.columns.workload import TEMPLATE, row

__all__ = ["NAMES", "WIDE", "row_at"]


NAMES = ("NAME", "STATUS", "COMPLETIONS", "DURATION", "AGE")
WIDE = (*NAMES, *TEMPLATE)


def row_at(job: Job, now: str) -> Row:
    """Return the cells of a Job; DURATION goes on until it is complete.

    Source of the rule: `printJob` of k8s.io/kubernetes/pkg/printers/internalversion.
    """
    status, completions = job.status, job.spec.get("completions")
    state = "Suspended" if job.holds("Suspended") else "Running"
    for condition in ("FailureTarget", "SuccessCriteriaMet", "Failed", "Complete"):
        state = condition if job.holds(condition) else state
    wanted = str(job.spec.get("completions", 1))
    if completions is None and job.replicas > 1:
        wanted = f"1 of {job.replicas}"
    begin, end = text(status.get("startTime")), text(status.get("completionTime"))
    return {
        **row(job),
        "STATUS": state,
        "COMPLETIONS": f"{int(status.get('succeeded') or 0)}/{wanted}",
        "DURATION": age(begin, end or now) if begin else "",
    }
