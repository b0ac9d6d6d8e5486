"""`kubectl rollout status`: prints the progress of a rollout until it ends."""

from __future__ import annotations

import math
from collections.abc import Callable

from k8snotes.api.base import KubeObject, mapping, text
from k8snotes.api.go_text import quoted
from k8snotes.catalogue import _
from k8snotes.kubectl.flags import Parsed
from k8snotes.kubectl.session import Session
from k8snotes.kubectl.verb import KINDS, Verb
from k8snotes.kubectl.verbs.rollout import FLAGS, workloads


def status(session: Session, parsed: Parsed) -> None:
    """Print the progress of a rollout until it ends.

    The components act while it prints, one line for each change, until the rollout ends, its deadline has passed,
    the time of --timeout is over, or no component has any work left.

    Source of the rule:
    https://kubernetes.io/docs/reference/kubectl/generated/kubectl_rollout/kubectl_rollout_status/
    """
    for obj in workloads(session, parsed):
        viewer = _VIEWERS.get(obj.kind) if obj.resource.rolls_out else None
        if viewer is None:
            session.fail(f"no status viewer has been implemented for {obj.kind}")
        else:
            _follow(session, parsed, obj, viewer)


_LONGEST = 3_600  # seconds of the cluster's time: so long is followed what has no deadline
_NEVER = 2**31 - 1


def _follow(session: Session, parsed: Parsed, obj: KubeObject, viewer: _Viewer) -> None:
    deadline = obj.spec.get("progressDeadlineSeconds")
    longest = max(_LONGEST, deadline + _LONGEST if isinstance(deadline, int) and deadline < _NEVER else 0)
    before, end = "", session.api.now + (math.ceil(parsed["timeout"]) or longest)
    session.wrote = True  # what it does not wait for happens before the next command
    while True:
        try:
            line, finished = viewer(session.simulation.api.get(obj.resource, obj.namespace, obj.name))
        except _FailedError as error:
            session.fail(str(error))
            return
        if line != before:
            session.out(line)
            before = line
        if finished or not parsed["watch"]:
            return
        if session.api.now >= end or not session.simulation.go_on(end):
            _give_up(session, parsed)
            return


def _give_up(session: Session, parsed: Parsed) -> None:
    """Report that the rollout does not end in time: kubectl says so only if it has a time limit."""
    if parsed["timeout"]:
        session.fail("timed out waiting for the condition")
        return
    session.failures += 1
    session.say(
        _("kubectl would wait on, but for {time} nothing has brought the rollout to its end.", time="1h")
        if session.simulation.has_work
        else _("kubectl would wait without end, because no component of this cluster has any work left.")
    )


class _FailedError(Exception):
    """A rollout that will not finish."""


def _deployment_status(obj: KubeObject) -> tuple[str, bool]:
    name, status = quoted(obj.name), obj.status
    if int(obj.metadata.get("generation") or 0) > int(status.get("observedGeneration") or 0):
        return "Waiting for deployment spec update to be observed...\n", False
    progressing = mapping(obj.condition("Progressing"))
    if progressing.get("reason") == "ProgressDeadlineExceeded":
        raise _FailedError(f"deployment {name} exceeded its progress deadline")
    wanted = int(obj.spec.get("replicas", 1))
    updated, all_ = int(status.get("updatedReplicas") or 0), int(status.get("replicas") or 0)
    available = int(status.get("availableReplicas") or 0)
    waiting = f"Waiting for deployment {name} rollout to finish:"
    if updated < wanted:
        return f"{waiting} {updated} out of {wanted} new replicas have been updated...\n", False
    if all_ > updated:
        return f"{waiting} {all_ - updated} old replicas are pending termination...\n", False
    if available < updated:
        return f"{waiting} {available} of {updated} updated replicas are available...\n", False
    return f"deployment {name} successfully rolled out\n", True


def _daemon_status(obj: KubeObject) -> tuple[str, bool]:
    name, status = quoted(obj.name), obj.status
    if mapping(obj.spec.get("updateStrategy")).get("type") != "RollingUpdate":
        raise _FailedError("rollout status is only available for RollingUpdate strategy type")
    wanted, updated = (
        int(status.get("desiredNumberScheduled") or 0),
        int(status.get("updatedNumberScheduled") or 0),
    )
    available = int(status.get("numberAvailable") or 0)
    waiting = f"Waiting for daemon set {name} rollout to finish:"
    if updated < wanted:
        return f"{waiting} {updated} out of {wanted} new pods have been updated...\n", False
    if available < wanted:
        return f"{waiting} {available} of {wanted} updated pods are available...\n", False
    return f"daemon set {name} successfully rolled out\n", True


def _stateful_status(obj: KubeObject) -> tuple[str, bool]:
    status = obj.status
    if mapping(obj.spec.get("updateStrategy")).get("type") != "RollingUpdate":
        raise _FailedError("rollout status is only available for RollingUpdate strategy type")
    wanted, ready = int(obj.spec.get("replicas", 1)), int(status.get("readyReplicas") or 0)
    updated = int(status.get("updatedReplicas") or 0)
    if ready < wanted:
        return f"Waiting for {wanted - ready} pods to be ready...\n", False
    rolling = mapping(mapping(obj.spec.get("updateStrategy")).get("rollingUpdate"))
    if rolling:
        # the API server sets the partition, to 0
        partition = int(rolling.get("partition") or 0)
        if updated < wanted - partition:
            progress = f"{updated} out of {wanted - partition} new pods have been updated..."
            return f"Waiting for partitioned roll out to finish: {progress}\n", False
        return f"partitioned roll out complete: {updated} new pods have been updated...\n", True
    if status.get("updateRevision") != status.get("currentRevision"):
        progress = f"waiting for statefulset rolling update to complete {updated} pods at revision"
        return f"{progress} {text(status.get('updateRevision'))}...\n", False
    current = f"{status.get('currentReplicas') or 0} pods at revision {text(status.get('currentRevision'))}"
    return f"statefulset rolling update complete {current}...\n", True


_Viewer = Callable[
    [KubeObject], tuple[str, bool]
]  # returns the line to print, and whether the rollout has ended
# Source of the rules: `StatusViewerFor` of k8s.io/kubectl/pkg/polymorphichelpers
_VIEWERS: dict[str, _Viewer] = {
    "Deployment": _deployment_status,
    "DaemonSet": _daemon_status,
    "StatefulSet": _stateful_status,
}

VERB = Verb(
    status,
    _("Print the progress of a rollout until it ends."),
    FLAGS,
    "kubectl rollout status deploy/web",
    takes=KINDS,
    follows=True,
)
