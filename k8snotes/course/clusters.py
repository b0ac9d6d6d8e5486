"""The clusters that exercises ask for the right answer, and names as a reader may write them."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from k8snotes.cluster import Cluster

__all__ = ["application", "found_by", "pod_names", "shared"]


@cache
def shared(name: str = "guestbook") -> Cluster:
    """Return an application of data/, loaded once: to be asked, never changed."""
    from k8snotes.cluster import load  # noqa: PLC0415  # the checker itself costs nothing to import

    return load(name)


def application(name: str = "guestbook") -> Cluster:
    """Return an application of data/ in a cluster of its own: to be changed."""
    return shared(name).copy()


def found_by(selector: str) -> int:
    """Return how many Pods of the guestbook a selector finds."""
    return len(shared().objects("pods", selector))


def pod_names(name: str = "guestbook") -> dict[str, str]:
    """Return, for each name that a Pod goes by, the one that counts.

    A Pod that a workload made goes by its own name and by the workload's, and the latter counts: nobody
    has to copy "backup-j8zsn".
    """
    from k8snotes.api.reader import pods_of  # noqa: PLC0415  # as above
    from k8snotes.facts.workloads import Workloads  # noqa: PLC0415  # as above

    api = shared(name).api
    workloads = Workloads(api)
    names: dict[str, str] = {}
    for pod in pods_of(api):
        counts = workloads.of(pod).rpartition("/")[2] or pod.name
        names[pod.name] = names[counts] = counts
    return names
