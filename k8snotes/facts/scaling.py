"""What scaling a workload does: the Pods that it gets or loses, where they run, and why some do not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from k8snotes.api.base import mapping, text
from k8snotes.api.kinds.pod import Pod
from k8snotes.api.reader import nodes_of, pods_of
from k8snotes.api.workload import Workload
from k8snotes.catalogue import Text, _, ngettext, sentences
from k8snotes.control_plane.apiserver import ApiServer, Change
from k8snotes.facts.pending import why_pending
from k8snotes.facts.pending_workload import why_lacking
from k8snotes.facts.play import says_nothing
from k8snotes.facts.states import node_state, state_of
from k8snotes.facts.timeline import Entry, timeline
from k8snotes.facts.workloads import workload_kinds
from k8snotes.screen import printable

__all__ = ["Level", "ScaledNode", "ScaledPod", "Scaling", "scaling", "silent"]


class ScaledPod(NamedTuple):
    """A Pod of the workload.

    Args:
        ref: its reference: "pod/web-1".
        name: its name.
        node: its Node, "" while it has none.
        state: how it is, in a word or two.
        new: whether scaling has made it.
    """

    ref: str
    name: str
    node: str
    state: str
    new: bool


class ScaledNode(NamedTuple):
    """A Node, and the Pods of the workload that are bound to it.

    Args:
        name: its name.
        state: how it is: "Ready", "NotReady", "Ready, cordoned".
        pods: the Pods of the workload on it.
    """

    name: str
    state: str
    pods: tuple[ScaledPod, ...]


class Level(NamedTuple):
    """The workload, or a ReplicaSet that it owns.

    Args:
        kind: its kind.
        name: its name.
        wants: how many Pods it wants.
        has: how many Pods it has.
    """

    kind: str
    name: str
    wants: int
    has: int


@dataclass(frozen=True, slots=True)
class Scaling:
    """A workload at one moment after it was scaled.

    Args:
        ref: its reference: "deployment/web".
        before: how many Pods it wanted before.
        wants: how many it wants now.
        levels: the workload, and the ReplicaSets that it owns and that want or have Pods.
        nodes: the Nodes, each with its Pods of the workload.
        waiting: its Pods that have no Node.
        asked: how many it was told to want.
        created: the Pods that scaling has made.
        deleted: the Pods that were there before and are gone, or are terminating.
        lacks: why it has fewer Pods than it wants, "" if it has them, or nothing is known of that.
        owner: the object that owns it and decides how many Pods it wants, "" if none does.
        unplaced: why Pods have no Node, "" if all have one, or the scheduler has not looked yet.
        acts: what was done in the last step.
    """

    ref: str
    before: int
    wants: int
    levels: tuple[Level, ...]
    nodes: tuple[ScaledNode, ...]
    waiting: tuple[ScaledPod, ...]
    asked: int
    created: tuple[str, ...] = ()
    deleted: tuple[str, ...] = ()
    lacks: str = ""
    unplaced: str = ""
    owner: str = ""
    acts: tuple[Entry, ...] = ()

    @property
    def pods(self) -> tuple[ScaledPod, ...]:
        """All Pods of the workload: those of the Nodes in order, then those without a Node."""
        return (*(pod for node in self.nodes for pod in node.pods), *self.waiting)

    @property
    def ready(self) -> int:
        """How many of its Pods are ready."""
        return sum(pod.state == "ready" for pod in self.pods)

    @property
    def answer(self) -> Text:
        """How many of the Pods that it wants are ready."""
        return _("{n} of {wanted} ready", n=self.ready, wanted=self.wants)

    @property
    def change(self) -> Text:
        """How many Pods were created and deleted, as a sentence."""
        made, gone = len(self.created), len(self.deleted)
        if made and gone:
            return _(
                "{created}, and {deleted}.",
                created=ngettext("{n} Pod was created", "{n} Pods were created", made),
                deleted=ngettext("{n} Pod was deleted", "{n} Pods were deleted", gone),
            )
        if made:
            return ngettext(
                "{n} Pod was created, none was deleted.", "{n} Pods were created, none was deleted.", made
            )
        if gone:
            return ngettext(
                "{n} Pod was deleted, none was created.", "{n} Pods were deleted, none was created.", gone
            )
        return _("No Pod was created or deleted.")

    @property
    def problem(self) -> Text | None:
        """Why it does not have what was asked for, or not all of its Pods run; None if nothing is known of that."""
        if self.owner and self.wants != self.asked:
            return _("{owner} owns it, and has set replicas to {n}.", owner=self.owner, n=self.wants)
        if self.lacks:
            missing = self.wants - sum(pod.state != "terminating" for pod in self.pods)
            return ngettext(
                "{n} Pod is missing: {reason}", "{n} Pods are missing: {reason}", missing, reason=self.lacks
            )
        if self.unplaced:
            return ngettext(
                "{n} Pod has no Node: {reason}",
                "{n} Pods have no Node: {reason}",
                len(self.waiting),
                reason=self.unplaced,
            )
        return None

    @property
    def command(self) -> str:
        """The kubectl command that does the same."""
        parts = self.ref.split("/")
        where = f" -n {parts[0]}" if len(parts) == 3 else ""
        return f"kubectl scale {parts[-2]} {parts[-1]} --replicas={self.asked}{where}"

    @printable
    def __str__(self) -> str:
        return str(sentences(_("{sentence}.", sentence=self.answer), self.change, self.problem or ""))


def scaling(
    reader: ApiServer,
    workload: Workload,
    *,
    before: int,
    there: Sequence[str],
    asked: int | None = None,
    changes: Sequence[Change] = (),
) -> Scaling:
    """Read how a workload is while it is scaled.

    Args:
        reader: the cluster.
        workload: the workload as it is now.
        before: how many Pods it wanted before it was scaled.
        there: the references of the Pods that it had before.
        asked: how many it was told to want; None for as many as it wants.
        changes: what was done in the last step.

    >>> import k8snotes as kn
    >>> c = kn.load("guestbook")
    >>> facts = scaling(c.api, c["deploy/cache"], before=2, there=[])
    >>> facts.answer, [(level.kind, level.wants, level.has) for level in facts.levels]
    ('2 of 2 ready', [('Deployment', 2, 2), ('ReplicaSet', 2, 2)])

    Source of the rule: https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#scaling-a-deployment
    """
    owners: dict[str, Workload] = {workload.uid: workload}
    for kind in workload_kinds():
        if kind.kind == workload.resource.makes:
            for item in reader.list(kind.qualified, workload.namespace):
                if text(mapping(item.owner).get("uid")) == workload.uid and isinstance(item, Workload):
                    owners[item.uid] = item
    own: dict[str, list[Pod]] = {uid: [] for uid in owners}
    for pod in pods_of(reader, workload.namespace):
        uid = text(mapping(pod.owner).get("uid"))
        if uid in own and not pod.ended:
            own[uid].append(pod)
    old, pods = set(there), [pod for group in own.values() for pod in group]
    on: dict[str, list[ScaledPod]] = {}
    for pod in pods:
        shown = ScaledPod(pod.ref, pod.name, pod.node_name, state_of(pod), pod.ref not in old)
        on.setdefault(pod.node_name, []).append(shown)
    alive = {pod.ref for pod in pods if not pod.terminating}
    waits = next((pod for pod in pods if not pod.node_name and pod.condition("PodScheduled")), None)
    lacking = why_lacking(reader, workload) if len(alive) < workload.replicas else None
    return Scaling(
        ref=workload.ref,
        before=before,
        wants=workload.replicas,
        levels=_levels(workload, owners, own),
        nodes=tuple(
            ScaledNode(node.name, node_state(node), tuple(on.get(node.name, ()))) for node in nodes_of(reader)
        ),
        waiting=tuple(on.get("", ())),
        asked=workload.replicas if asked is None else asked,
        created=tuple(pod.ref for pod in pods if pod.ref not in old),
        deleted=tuple(ref for ref in there if ref not in alive),
        lacks=lacking.note if lacking is not None else "",
        unplaced=why_pending(reader, waits).message if waits is not None else "",
        owner=_owner(workload),
        acts=timeline(changes, reader).entries,
    )


def silent(before: Scaling, after: Scaling) -> bool:
    """Whether in a step components have only reported a status, and nothing that a reader sees has changed.

    Args:
        before: the workload before the step.
        after: the workload after it; its `acts` are the changes of the step.
    """
    seen = [
        (item.wants, item.levels, item.nodes, item.waiting, item.lacks, item.unplaced)
        for item in (before, after)
    ]
    return seen[0] == seen[1] and all(map(says_nothing, after.acts))


def _levels(
    workload: Workload, owners: Mapping[str, Workload], own: Mapping[str, Sequence[Pod]]
) -> tuple[Level, ...]:
    """Return the workload and its ReplicaSets; of those without Pods only the newest, if there is no other."""
    sets = [
        Level(item.kind, item.name, item.replicas, len(own[uid]))
        for uid, item in owners.items()
        if uid != workload.uid
    ]
    kept = [level for level in sets if level.wants or level.has] or sets[-1:]
    has = sum(len(pods) for pods in own.values())
    return (Level(workload.kind, workload.name, workload.replicas, has), *kept)


def _owner(workload: Workload) -> str:
    owner = mapping(workload.owner)
    return f"{text(owner.get('kind'))} {text(owner.get('name'))}" if owner else ""
