"""What follows when a selector finds an object no longer, or finds it now: who loses it, who takes it in."""

from __future__ import annotations

from k8snotes.api.base import KubeObject, text
from k8snotes.api.kinds.daemonset import DaemonSet
from k8snotes.api.kinds.job import Job
from k8snotes.api.kinds.node import Node
from k8snotes.api.kinds.pod import Pod
from k8snotes.api.kinds.service import Service
from k8snotes.api.kinds.statefulset import StatefulSet
from k8snotes.api.workload import Workload
from k8snotes.control_plane.endpoint_rules import judge
from k8snotes.facts.reading import Reader, pods_of
from k8snotes.network.endpoints import EndpointIndex

__all__ = ["daemon_effect", "owns", "placing_effect", "service_effect", "why_not_taken", "workload_effect"]


def service_effect(reader: Reader, service: Service, pod: Pod, *, before: bool, after: bool) -> str:
    """Say what a Service does with a Pod that it finds now, or finds no more."""
    if before == after:
        return ""
    answering = len(EndpointIndex(reader).of(service).ready)
    if after:
        verdict = judge(service, pod)
        if verdict.state != "ready":
            return f"it sends this Pod nothing yet: {verdict.reason}"
        return f"it sends this Pod its share of the traffic: {_answer(answering)} now"
    left = f"{answering} other{_answers(answering)}" if answering else "nobody answers for it now"
    return f"it sends this Pod nothing from now on; {left}"


def workload_effect(reader: Reader, workload: Workload, pod: Pod, *, after: bool, keeper: str) -> str:
    """Say what a controller does, on settle(), with a Pod that it finds now, or finds no more.

    `keeper` is who owns the Pod and keeps it, "" if nobody does.
    Source of the rule: `PodControllerRefManager.ClaimPods` in k8s.io/kubernetes/pkg/controller.
    """
    mine = [item for item in pods_of(reader, pod.namespace) if owns(workload, item) and item.name != pod.name]
    counted = sum(not item.terminating and not item.ended for item in mine)
    if owns(workload, pod):
        return "it owns it, as before" if after else _losing(workload, pod, counted)
    if not after:
        return ""
    return why_not_taken(workload, pod, keeper) or _taking(workload, pod, mine, counted + 1)


def owns(owner: KubeObject, obj: KubeObject) -> bool:
    """Whether `owner` is the controller of an object, as its owner reference says."""
    reference = obj.owner
    if reference is None or obj.namespace != owner.namespace:
        return False
    said = (text(reference.get("kind")), text(reference.get("name")))
    return said == (owner.kind, owner.name) and text(reference.get("uid")) in ("", owner.uid)


def placing_effect(pod: Pod, node: Node, *, before: bool, after: bool) -> str:
    """Say what becomes of a Pod that asks for a label of a Node, when the Node has it now, or no more."""
    if pod.ended or pod.terminating:
        return "it has ended, and goes to no Node any more"
    if not pod.node_name:
        if not after:
            return "it waits for a Node, and this one is out"
        cordoned = "; but this Node is cordoned" if node.unschedulable else ""
        return f"it waits for a Node, and may be bound to this one on settle(){cordoned}"
    if pod.node_name != node.name:
        return f"it runs on {pod.node_name}, and stays there"
    if before and not after:
        return "it runs on here: labels are asked when a Node is chosen, and not afterwards"
    return "it runs here"


def daemon_effect(reader: Reader, workload: DaemonSet, node: Node, *, before: bool, after: bool) -> str:
    """Say what a DaemonSet does, on settle(), on a Node that it may run on now, or no more."""
    here = any(owns(workload, pod) and pod.node_name == node.name for pod in pods_of(reader))
    if before and not after:
        return "it takes its Pod away from here on settle()" if here else "it wants no Pod here"
    return "it has its Pod here" if here else "it makes a Pod here on settle()"


def _losing(workload: Workload, pod: Pod, left: int) -> str:
    wanted = workload.replicas
    if isinstance(workload, DaemonSet):
        return f"it loses it, and makes another on {pod.node_name or 'its Node'} on settle()"
    if isinstance(workload, Job):
        return "it loses it, and makes another on settle() if its work is not done"
    if isinstance(workload, StatefulSet):
        return f"it loses it, and cannot make another {pod.name} as long as this one has the name"
    if left < wanted:
        return f"it loses it and, with {left} of {wanted} left, makes another on settle()"
    return f"it loses it; {left} are left, and it wants {wanted}"


def _taking(workload: Workload, pod: Pod, mine: list[Pod], counted: int) -> str:
    if isinstance(workload, DaemonSet):
        two = any(item.node_name == pod.node_name for item in mine)
        return "it takes it in on settle()" + (f", and deletes one of two on {pod.node_name}" if two else "")
    if isinstance(workload, (Job, StatefulSet)):
        return "it takes it in on settle()"
    too_many = counted - workload.replicas
    if too_many > 0:
        return f"it takes it in on settle(), has {counted} and wants {workload.replicas}, so it deletes {too_many}"
    return f"it takes it in on settle(): {counted} of {workload.replicas}"


def why_not_taken(workload: Workload, pod: Pod, keeper: str) -> str:
    """Say why a controller does not take in a Pod that its selector finds; "" if it does.

    `keeper` is who owns the Pod and keeps it, "" if nobody does.
    """
    if workload.kind == "Deployment":
        return "it makes ReplicaSets, and takes in no Pod by itself"
    if keeper:
        return f"it cannot take it in: {keeper} owns it"
    if pod.ended or pod.terminating:
        return "it takes in no Pod that has ended"
    if workload.terminating:
        return "it is being deleted itself"
    if isinstance(workload, StatefulSet):
        head, _, number = pod.name.rpartition("-")
        if head != workload.name or not number.isdigit():
            return f"it takes in only Pods that are called {workload.name}-0, {workload.name}-1, ..."
    return ""


def _answer(number: int) -> str:
    return f"{number} Pod{_answers(number)}"


def _answers(number: int) -> str:
    return " answers" if number == 1 else "s answer"
