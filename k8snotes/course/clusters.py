"""The clusters that exercises ask for the right answer, and names as a reader may write them."""

from __future__ import annotations

from functools import cache

from k8snotes.api.reader import pods_of
from k8snotes.cluster import Cluster, load
from k8snotes.facts.workloads import Workloads

__all__ = ["application", "found_by", "pod_names", "shared", "sketch", "with_cache_controller"]

# what the small pictures of the chapters are drawn from
_SKETCH = """
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}
---
apiVersion: v1
kind: ReplicationController
metadata: {name: web}
spec:
  replicas: 2
  selector: {app: web}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: web, ports: [{containerPort: 8080}]}]}
"""


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


def sketch(nodes: int = 2, *changes: tuple[str, str], cpu: str = "4", memory: str = "8Gi") -> Cluster:
    """Return a Service with two Pods in a cluster of its own, small enough for the picture of a chapter.

    Args:
        nodes: how many Nodes.
        changes: texts of the manifests and what comes in their place.
        cpu: how much CPU each Node has, as a quantity ("1", "500m").
        memory: how much memory each Node has, as a quantity ("1Gi").
    """
    manifests = _SKETCH
    for old, new in changes:
        manifests = manifests.replace(old, new)
    cluster = Cluster(nodes=nodes, cpu=cpu, memory=memory)
    cluster.apply(manifests)
    cluster.settle()
    return cluster


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
