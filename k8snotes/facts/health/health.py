"""All questions about the health of a cluster, and their answers in order: what hurts users most comes first."""

from __future__ import annotations

from collections.abc import Collection

from k8snotes.facts.health.elastic import budget_issues, scaler_issues
from k8snotes.facts.health.issue import Issue
from k8snotes.facts.health.pods import pod_issues
from k8snotes.facts.health.reading import Reading
from k8snotes.facts.health.services import service_issues
from k8snotes.facts.health.surroundings import namespace_issues, node_issues, right_issues, storage_issues
from k8snotes.facts.health.ways import policy_issues, web_issues
from k8snotes.facts.health.workloads import configuration_issues, template_issues, workload_issues

__all__ = ["health"]


def health(reading: Reading, drivers: Collection[str] | None = None) -> tuple[Issue, ...]:
    """Return everything that is wrong with what runs, the worst first.

    Args:
        reading: the cluster.
        drivers: the names of the storage drivers that run there, None if that is not known.

    >>> import k8snotes as kn
    >>> c = kn.load("guestbook-broken")
    >>> [(item.code, item.ref) for item in health(Reading(c.api, granted=c.api.granted))][:2]
    [('service-selects-none', 'service/frontend'), ('service-selects-none', 'service/mysql-server')]
    """
    found = [
        *service_issues(reading),
        *web_issues(reading),
        *pod_issues(reading),
        *workload_issues(reading),
        *configuration_issues(reading),
        *node_issues(reading),
        *namespace_issues(reading),
        *storage_issues(reading, drivers),
        *scaler_issues(reading),
        *budget_issues(reading),
        *policy_issues(reading),
        *right_issues(reading),
        *template_issues(reading),
    ]
    return tuple(sorted(found, key=lambda item: item.order))
