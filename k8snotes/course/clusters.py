"""The clusters that exercises ask for the right answer, and names as a reader may write them."""

from __future__ import annotations

from functools import cache

from k8snotes.api.reader import pods_of
from k8snotes.cluster import Cluster, load
from k8snotes.facts.workloads import Workloads

__all__ = ["application", "found_by", "pod_names", "shared", "with_cache_controller"]


@cache
def shared(name: str = "guestbook") -> Cluster:
    """Return an application of data/, loaded once: to be asked, never changed."""
    return load(name)


def application(name: str = "guestbook") -> Cluster:
    """Return an application of data/ in a cluster of its own: to be changed."""
    return shared(name).copy()


@cache
def _with_cache_controller() -> Cluster:
    """Return the guestbook of chapter 04, made once."""
    cluster = application()
    cluster.delete("deploy/cache")
    cluster.apply("cache-controller")
    cluster.settle()
    return cluster


def with_cache_controller() -> Cluster:
    """Return the guestbook whose cache a ReplicationController keeps, in a cluster of its own: to be changed.

    >>> with_cache_controller()["rc/cache"].spec["replicas"]
    2
    """
    return _with_cache_controller().copy()


def found_by(selector: str) -> int:
    """Return how many Pods of the guestbook a selector finds.

    >>> found_by("tier=frontend")
    4
    """
    return len(shared().objects("pods", selector))


def pod_names(name: str = "guestbook") -> dict[str, str]:
    """Return, for each name that a Pod goes by, the one that counts.

    A Pod that a workload made goes by its own name and by the workload's, and the latter counts: no reader
    has to copy "backup-j8zsn".
    """
    api = shared(name).api
    workloads = Workloads(api)
    names: dict[str, str] = {}
    for pod in pods_of(api):
        counts = workloads.of(pod).rpartition("/")[2] or pod.name
        names[pod.name] = names[counts] = counts
    return names
