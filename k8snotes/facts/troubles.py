"""Troubles: workloads whose conditions say that they have a problem, beside the Events that say it only once."""

from __future__ import annotations

from typing import NamedTuple

from k8snotes.api.base import KubeObject, text
from k8snotes.api.reader import Reader
from k8snotes.catalogue import Text, _

__all__ = ["Trouble", "troubles"]

# by the kind, the conditions that are bad, and with which status
_BAD = {
    "deployments.apps": (("ReplicaFailure", "True"), ("Progressing", "False")),
    "replicasets.apps": (("ReplicaFailure", "True"),),
    "replicationcontrollers": (("ReplicaFailure", "True"),),
    "jobs.batch": (("Failed", "True"),),
}


class Trouble(NamedTuple):
    """A condition of a workload that says that it has a problem.

    Args:
        ref: the workload: "deployment/web".
        condition: the type of the condition: "ReplicaFailure", "Progressing", "Failed".
        status: its status: "True" or "False".
        reason: its reason: "FailedCreate", "ProgressDeadlineExceeded".
        message: what it says, in Kubernetes' words.
    """

    ref: str
    condition: str
    status: str
    reason: str
    message: str

    @property
    def words(self) -> Text:
        """The condition in a sentence."""
        return _(
            "{object} has the condition {condition}={status} ({reason}): {message}",
            object=self.ref,
            condition=self.condition,
            status=self.status,
            reason=self.reason,
            message=self.message,
        )


def troubles(reader: Reader, namespace: str | None = None) -> tuple[Trouble, ...]:
    """Return the bad conditions of workloads; of a ReplicaSet that a Deployment owns, the Deployment tells.

    Args:
        reader: the cluster.
        namespace: only those of one Namespace; None means all of them.

    >>> import k8snotes as kn
    >>> c = kn.Cluster(nodes=1)
    >>> _ = c.kubectl("create quota few --hard=pods=0")
    >>> _ = c.kubectl("create deployment web --image=web:1")
    >>> _ = c.settle()
    >>> [(item.ref, item.condition, item.reason) for item in troubles(c.api)]
    [('deployment/web', 'ReplicaFailure', 'FailedCreate')]

    Source of the rule: https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#failed-deployment
    """
    return tuple(
        Trouble(obj.ref, kind, status, text(condition.get("reason")), text(condition.get("message")))
        for resource, bad in _BAD.items()
        for obj in reader.list(resource, namespace)
        if not _is_told_above(obj)
        for kind, status in bad
        if (condition := obj.condition(kind)) is not None and condition.get("status") == status
    )


def _is_told_above(obj: KubeObject) -> bool:
    return obj.owner is not None and obj.kind == "ReplicaSet"
