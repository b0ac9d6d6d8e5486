"""The Pods that selectors find: looked at by their labels, which Pods of one template share."""

from __future__ import annotations

from k8snotes.api.kinds.pod import Pod
from k8snotes.api.selector import Selector
from k8snotes.control_plane import caches
from k8snotes.control_plane.apiserver import ApiServer

__all__ = ["pods_by_labels", "selected"]

Groups = list[tuple[dict[str, str], list[Pod]]]


def selected(groups: Groups, selector: Selector) -> tuple[Pod, ...]:
    """Return the Pods that a selector finds, by name.

    Args:
        groups: the Pods of a Namespace, by their labels.
        selector: the selector.
    """
    found = [pod for labels, pods in groups if selector.matches(labels) for pod in pods]
    return tuple(sorted(found, key=lambda pod: pod.name))


def pods_by_labels(api: ApiServer, namespace: str) -> Groups:
    """Return the Pods of a Namespace, those with the same labels together.

    Args:
        api: the API server.
        namespace: the Namespace.
    """
    memory = api.autoscaling.seen_pods
    changed = api.store.changed("pods")
    known = memory.get(namespace)
    if known is None or known[0] != changed or not caches.enabled():
        groups: dict[tuple[tuple[str, str], ...], tuple[dict[str, str], list[Pod]]] = {}
        for pod in api.list("pods", namespace):
            if isinstance(pod, Pod):
                labels = pod.labels
                groups.setdefault(tuple(sorted(labels.items())), (labels, []))[1].append(pod)
        known = memory[namespace] = changed, list(groups.values())
    return known[1]
