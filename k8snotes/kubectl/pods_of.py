"""The Pod that kubectl takes for a Deployment, a Service and other objects that stand for Pods."""

from __future__ import annotations

from collections.abc import Sequence

from k8snotes.api.base import KubeObject, mappings, text
from k8snotes.api.kinds.pod import Pod
from k8snotes.api.selector import Selector
from k8snotes.kubectl.failure import Stopped
from k8snotes.kubectl.session import Session

__all__ = ["best_first", "logged_first", "pods_selected", "selector_of"]

_SELECTING = (
    "DaemonSet",
    "Deployment",
    "Job",
    "ReplicaSet",
    "ReplicationController",
    "Service",
    "StatefulSet",
)
_PHASES = {"Pending": 2, "Unknown": 1, "Running": 0}


def selector_of(obj: KubeObject, doing: str) -> str:
    """Return the selector with which a workload or a Service finds its Pods.

    Args:
        obj: the object.
        doing: what kubectl could not do otherwise: "attach to", "get the logs from".

    Raises:
        Stopped: it stands for no Pods.

    Source of the rule: `SelectorsForObject` of k8s.io/kubectl/pkg/polymorphichelpers
    """
    kind, selector = obj.resource, obj.spec.get("selector")
    type_ = f"*{kind.version}.{obj.kind}" if kind.builtin else "*unstructured.Unstructured"
    if kind.builtin and obj.kind == "Service" and not selector:
        why = f"invalid service '{obj.name}': Service is defined without a selector"
        raise Stopped(f"cannot {doing} {type_}: {why}")
    if not kind.builtin or obj.kind not in _SELECTING:
        raise Stopped(f"cannot {doing} {type_}: selector for {type_} not implemented")
    if obj.kind in ("Service", "ReplicationController"):
        return ",".join(f"{key}={value}" for key, value in (selector or {}).items())
    return str(Selector.from_label_selector(selector))


def pods_selected(session: Session, obj: KubeObject, doing: str) -> list[Pod]:
    """Return the Pods that an object selects, in the order in which kubectl would take one; see `best_first`."""
    selector = Selector(selector_of(obj, doing))
    pods = [pod for pod in session.api.list("pods", obj.namespace) if isinstance(pod, Pod)]
    return best_first([pod for pod in pods if selector.matches(pod.labels)])


def best_first(pods: Sequence[Pod]) -> list[Pod]:
    """Return Pods in the order in which kubectl takes one for an object: one that runs and has long been ready comes first.

    Source of the rule: `ActivePods` of k8s.io/kubectl/pkg/util/podutils
    """
    return sorted(pods, key=lambda pod: _place(pod, ended=3, sign=1))


def logged_first(pods: Sequence[Pod]) -> list[Pod]:
    """Return Pods in the order in which kubectl takes one of a workload to print its log.

    Source of the rule: `ByLogging` of k8s.io/kubectl/pkg/util/podutils
    """
    return sorted(pods, key=lambda pod: _place(pod, ended=0, sign=-1))


def _place(pod: Pod, *, ended: int, sign: int) -> tuple[bool, int, bool, str, int, str]:
    """Return where a Pod stands among others.

    Args:
        pod: the Pod.
        ended: the place of the phases in which it has ended; Running has 0, Pending 2.
        sign: 1 if the Pod with the fewest restarts comes first, -1 if the one with the most.
    """
    ready = next((item for item in mappings(pod.status.get("conditions")) if item.get("type") == "Ready"), {})
    restarts = max(
        (int(item.get("restartCount") or 0) for item in mappings(pod.status.get("containerStatuses"))),
        default=0,
    )
    since = text(ready.get("lastTransitionTime")) if pod.ready else ""
    created = text(pod.metadata.get("creationTimestamp"))
    return not pod.node_name, _PHASES.get(pod.phase, ended), not pod.ready, since, sign * restarts, created
