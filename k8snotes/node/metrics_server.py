"""metrics-server: asks the kubelets what containers use, and serves it as the resource metrics API."""

from __future__ import annotations

from collections.abc import Sequence

from k8snotes.api.base import mapping, mappings, text
from k8snotes.api.kinds.pod import Pod
from k8snotes.api.reader import Reader, nodes_of, pods_of
from k8snotes.control_plane import caches
from k8snotes.control_plane.apiserver import ApiServer
from k8snotes.control_plane.autoscaling.resource_metrics import PodMetrics
from k8snotes.node.usage import Usage, Use, granted

__all__ = ["MetricsServer", "measured"]

_THOUSAND = 1000


class MetricsServer:
    """Serves what containers use, once a reader has said of any what it uses; before that, a cluster has none.

    A container of which nothing was said uses 0. It says what is used at the moment in which it is asked: a real
    metrics-server measures every 15 seconds, and knows a new Pod some seconds later.

    Args:
        api: the API server.
        usage: what the containers would use if nothing held them back.

    Source of the rule: https://kubernetes.io/docs/tasks/debug/debug-cluster/resource-metrics-pipeline/
    """

    def __init__(self, api: ApiServer, usage: Usage) -> None:
        self._api, self._usage = api, usage
        self._measured: tuple[tuple[int, int, int], dict[str, dict[str, Use]]] | None = None

    def __repr__(self) -> str:
        return "<metrics-server>"

    def pods(self, pods: Sequence[Pod]) -> dict[str, PodMetrics] | None:
        """Return what Pods use that run, by name; None while there is no metrics-server."""
        if not self._usage.told:
            return None
        uses, now = self._measure(), self._api.now
        found = {}
        for pod in pods:
            running = _running(pod)
            own = {
                name: {"cpu": use.cpu, "memory": use.memory * _THOUSAND}
                for name, use in uses.get(pod.uid, {}).items()
                if name in running
            }
            if own:
                found[pod.name] = PodMetrics(own, now)
        return found

    def _measure(self) -> dict[str, dict[str, Use]]:
        """Return what containers get; as long as nothing has changed, what was measured before."""
        store = self._api.store
        state = store.changed("pods"), store.changed("nodes"), self._usage.version
        if self._measured is None or self._measured[0] != state or not caches.enabled():
            self._measured = state, measured(self._api, self._usage)
        return self._measured[1]


def measured(reader: Reader, usage: Usage) -> dict[str, dict[str, Use]]:
    """Return what each container gets of what it would use, by the uid of its Pod and its name.

    Args:
        reader: the cluster.
        usage: what the containers would use if nothing held them back.
    """
    running = [pod for pod in pods_of(reader) if pod.phase == "Running"]
    on_node: dict[str, list[Pod]] = {}
    for pod in running:
        on_node.setdefault(pod.node_name, []).append(pod)
    cpu: dict[tuple[str, str], int] = {}
    if usage:
        for node in nodes_of(reader):
            cpu |= granted(node, on_node.get(node.name, ()), usage)
    return {
        pod.uid: {
            item.name: Use(cpu.get((pod.uid, item.name), 0), usage.of(pod, item.name).memory)
            for item in pod.containers
        }
        for pod in running
    }


def _running(pod: Pod) -> set[str]:
    """Return the names of the containers that run."""
    return {
        text(item.get("name"))
        for item in mappings(pod.status.get("containerStatuses"))
        if "running" in mapping(item.get("state"))
    }
