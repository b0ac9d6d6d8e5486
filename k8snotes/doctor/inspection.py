"""The examination of what runs: the issues of a cluster as findings, in the words and the view of the doctor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from k8snotes.doctor.findings import Finding
from k8snotes.doctor.report import Findings
from k8snotes.facts.health.issue import Issue

__all__ = ["inspection"]


def inspection(issues: Sequence[Issue], cluster: Any) -> Findings:
    """Return the issues of a cluster as findings, each with the picture to look at and the line of kubectl.

    Args:
        issues: what is wrong with it, the worst first.
        cluster: the cluster, which is asked for the pictures.

    >>> found = inspection([Issue("bare-pod", "pod/web", {"object": "pod/web"}, kubectl="kubectl get pod web")], None)
    >>> found[0].what, found[0].head
    ('No workload makes pod/web again.', 'warning, pod/web')
    """
    return Findings(tuple(_finding(issue, cluster) for issue in issues), (), cluster=cluster)


def _finding(issue: Issue, cluster: Any) -> Finding:
    return Finding(
        issue.severity,
        0,
        0,
        "",
        issue.code,
        issue.code,
        issue.parts,
        ref=issue.ref,
        look=issue.look,
        kubectl=issue.kubectl,
        cluster=cluster,
    )
