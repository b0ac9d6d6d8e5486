"""What a change of labels did: which selectors found the object before, which find it now, and what follows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from k8snotes.api.base import KubeObject, mapping, text
from k8snotes.api.kind import Kind
from k8snotes.api.kinds.node import Node
from k8snotes.api.kinds.pod import Pod
from k8snotes.api.kinds.service import Service
from k8snotes.api.reader import Reader, pods_of, services_of
from k8snotes.api.registry import all_kinds
from k8snotes.api.selector import Selector
from k8snotes.api.workload import Workload
from k8snotes.catalogue import Text, _, clauses, named, ngettext
from k8snotes.control_plane.endpoint_rules import judge
from k8snotes.control_plane.scheduling.node_affinity import wants
from k8snotes.errors import LabelSelectorError
from k8snotes.facts.timeline import several
from k8snotes.facts.workloads import Workloads, workload_kinds
from k8snotes.network.endpoints import EndpointIndex
from k8snotes.screen import printable

__all__ = ["Asker", "LabelChange", "LabelEdit", "label_change"]


class LabelEdit(NamedTuple):
    """One label that was to change: its values before and after, None where it is absent.

    >>> print(LabelEdit("tier", "frontend", "cache"))
    tier: frontend → cache (changed)
    """

    key: str
    before: str | None
    after: str | None

    @property
    def word(self) -> str:
        """What happened to it, as a code: "added", "changed", "removed" or "as it was"."""
        if self.before == self.after:
            return "as it was"
        if self.before is None:
            return "added"
        return "removed" if self.after is None else "changed"

    @property
    def said(self) -> Text:
        """What happened to it, in words."""
        return _WORDS[self.word]

    @printable
    def __str__(self) -> str:
        before, after = (
            _("absent") if value is None else value or _("empty") for value in (self.before, self.after)
        )
        edit = _("{words} ({note})", words=f"{before} → {after}", note=self.said)
        return str(_("{head}: {text}", head=self.key, text=edit))


class Asker(NamedTuple):
    """An object with a selector, and whether the selector matched the labelled object before and matches it now.

    Args:
        ref: the reference of the object with the selector: "service/web".
        kind: its kind: "Service".
        namespace: its Namespace, "" for kinds without one.
        name: its name.
        selector: its selector as text.
        before: whether the selector matches the old labels.
        after: whether the selector matches the new labels.
        why: the requirement that decides.
        then: what follows, "" if nothing does.
        workload: the workload that made it, such as the Deployment of a ReplicaSet; "" if none did.
    """

    ref: str
    kind: str
    namespace: str
    name: str
    selector: str
    before: bool
    after: bool
    why: str
    then: str = ""
    workload: str = ""

    @property
    def words(self) -> str:
        """The answer in a sentence."""
        return self.says(self.ref)

    @property
    def verdict(self) -> Text:
        """The answer in a few words."""
        if self.before and self.after:
            return _("its selector matched before and still does")
        if self.before:
            return _("its selector matched before and no longer does")
        if self.after:
            return _("its selector did not match before and does now")
        return _("its selector did not match before and still does not")

    def says(self, called: str) -> Text:
        """Return the answer in a sentence.

        Args:
            called: the name of the object with the selector.
        """
        if self.why:
            return _("{name}: {verdict} ({why})", name=called, verdict=self.verdict, why=self.why)
        return _("{name}: {verdict}", name=called, verdict=self.verdict)


class LabelChange(NamedTuple):
    """The labels of an object before and after, and the answers of every selector that they concern.

    Args:
        object: the object as it is now.
        before: its labels before.
        after: its labels now.
        edits: the labels that were to change, in order.
        askers: the objects whose selectors match it, before or now; those with another answer than before come first.
        owner: the reference of its controller before, "" if it had none.
        outcome: a sentence on the object's owner and its future.
        fate: the same as a code: "adopted" (on settle()), "kept" (by its owner), "orphaned" (it had an owner),
            "free" (it still has no owner), "node" for a Node, "unselected" for kinds that no object owns by labels.
    """

    object: KubeObject
    before: dict[str, str]
    after: dict[str, str]
    edits: tuple[LabelEdit, ...]
    askers: tuple[Asker, ...]
    owner: str
    outcome: str
    fate: str = ""

    @property
    def ref(self) -> str:
        """The reference of the object: "pod/web-1"."""
        return self.object.ref

    @property
    def added(self) -> dict[str, str]:
        """The labels that are new."""
        return {key: value for key, value in self.after.items() if key not in self.before}

    @property
    def changed(self) -> dict[str, tuple[str, str]]:
        """The labels with another value: the one before, and the one after."""
        both = ((key, value, self.before.get(key, value)) for key, value in self.after.items())
        return {key: (old, new) for key, new, old in both if old != new}

    @property
    def removed(self) -> dict[str, str]:
        """The labels that are gone, with the value that they had."""
        return {key: value for key, value in self.before.items() if key not in self.after}

    @property
    def lost(self) -> tuple[Asker, ...]:
        """Those whose selector matched before and no longer does."""
        return tuple(item for item in self.askers if item.before and not item.after)

    @property
    def gained(self) -> tuple[Asker, ...]:
        """Those whose selector did not match before and does now."""
        return tuple(item for item in self.askers if item.after and not item.before)

    @property
    def kept(self) -> tuple[Asker, ...]:
        """Those whose selector matched before and still does."""
        return tuple(item for item in self.askers if item.before and item.after)


def label_change(
    reader: Reader, old: KubeObject, new: KubeObject, changes: Iterable[tuple[str, str | None]]
) -> LabelChange:
    """Compare an object before and after its labels were changed, as the selectors of its cluster see it.

    Args:
        reader: the cluster after the change.
        old: the object with its old labels.
        new: the same object with its new labels.
        changes: the labels that were to be set, or removed (None), in order.

    Source of the rule: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/
    """
    keys = dict.fromkeys(key for key, _value in changes)
    edits = tuple(LabelEdit(key, old.labels.get(key), new.labels.get(key)) for key in keys)
    question = _Question(reader, old, new)
    askers = tuple(sorted(question.askers(), key=lambda item: item.before == item.after))
    fate, outcome = question.outcome(askers)
    return LabelChange(new, old.labels, new.labels, edits, askers, question.owner, outcome, fate)


class _Question:
    """One object with its old and its new labels, and every selector of a cluster.

    After `askers()`, `keeper` is the controller that owns the object and keeps it ("" if none does), and
    `takers` are those that adopt it on settle(); all are references.
    """

    def __init__(self, reader: Reader, old: KubeObject, new: KubeObject) -> None:
        self.reader = reader
        self.old, self.new = old, new
        self.before, self.after = old.labels, new.labels
        self.workloads = Workloads(reader)
        owner = new.owner
        self.owner = f"{text(owner['kind']).lower()}/{text(owner['name'])}" if owner else ""
        self.keeper = self.owner
        self.takers: list[str] = []

    def askers(self) -> Iterator[Asker]:
        """Yield every object whose selector matched before, or matches now."""
        if isinstance(self.new, Pod):
            yield from self._services(self.new)
            yield from self._controllers(self.new)
            yield from self._policies()
        elif isinstance(self.new, Node):
            yield from self._placed_by(self.new)
        else:
            yield from self._makers()

    def outcome(self, askers: tuple[Asker, ...]) -> tuple[str, Text]:
        """Say which controller owns the object now, and what to expect: as a code, and in words."""
        if isinstance(self.new, Node):
            return "node", _node_outcome(askers)
        if len(self.takers) > 1:
            return "adopted", _("On settle(), one of these adopts it: {names}.", names=named(self.takers))
        if self.takers:
            return "adopted", _("On settle(), {name} adopts it.", name=self.takers[0])
        if self.keeper:
            return "kept", _("Its owner is still {owner}.", owner=self.keeper)
        if self.owner and isinstance(self.new, Pod):
            return "orphaned", _(
                "It has no owner now. It keeps running, but no controller replaces it if it is deleted."
            )
        if self.owner:
            return "orphaned", _("It has no owner now, and stays as it is.")
        if isinstance(self.new, Pod):
            return "free", _("It still has no owner.")
        kind = self.new.kind
        if isinstance(self.new, Workload) and self.new.template:
            return "unselected", _(
                "No object of this cluster selects objects of kind {kind}. "
                "The Pods of this object have the labels of its template, and keep them.",
                kind=kind,
            )
        return "unselected", _("No object of this cluster selects objects of kind {kind}.", kind=kind)

    # ---- a Pod

    def _services(self, pod: Pod) -> Iterator[Asker]:
        for service in services_of(self.reader, pod.namespace):
            if service.selector and service.type != "ExternalName":
                selector = Selector.from_stored_map(service.selector)
                before, after = self._answers(selector)
                if before or after:
                    then = _service_then(self.reader, service, pod, before=before, after=after)
                    yield self._by_selector(service, selector, then)

    def _controllers(self, pod: Pod) -> Iterator[Asker]:
        asking: list[tuple[Workload, Selector]] = []
        for kind in _controllers_of_pods():
            for obj in self.reader.list(kind.qualified, pod.namespace):
                selector = _selector_of(obj)
                if not isinstance(obj, Workload) or selector is None:
                    continue
                if _owns(obj, pod):
                    self.owner = obj.ref
                    self.keeper = obj.ref if selector.matches(self.after) else ""
                    asking.append((obj, selector))
                elif any(self._answers(selector)):
                    asking.append((obj, selector))
        for obj, selector in asking:
            after = selector.matches(self.after)
            if after and not _owns(obj, pod) and not _why_not_taken(obj, pod, self.keeper):
                self.takers.append(obj.ref)
            then = _controller_then(self.reader, obj, pod, after=after, keeper=self.keeper)
            yield self._by_selector(obj, selector, then)

    def _policies(self) -> Iterator[Asker]:
        """Yield the objects that apply rules to the Pods they select, such as a NetworkPolicy."""
        for kind in all_kinds():
            if not kind.selector or kind.is_workload or kind.kind == "Service":
                continue
            for obj in self.reader.list(kind.qualified, self.new.namespace):
                selector = _selector_of(obj)
                if selector and any(self._answers(selector)):
                    applies = selector.matches(self.after)
                    then = (
                        _("its rules apply to this Pod")
                        if applies
                        else _("its rules do not apply to this Pod")
                    )
                    yield self._by_selector(obj, selector, then)

    # ---- an object that is made from a template, such as a ReplicaSet

    def _makers(self) -> Iterator[Asker]:
        for kind in all_kinds():
            if kind.makes != self.new.kind or not kind.selector:
                continue
            for obj in self.reader.list(kind.qualified, self.new.namespace):
                selector = _selector_of(obj)
                if not selector or not any(self._answers(selector)):
                    continue
                after = selector.matches(self.after)
                then: str = ""
                if _owns(obj, self.new):
                    self.keeper = obj.ref if after else ""
                    then = (
                        _("it still owns this object")
                        if after
                        else _("it no longer owns this object, and creates another on settle()")
                    )
                elif after and not self.owner:
                    self.takers.append(obj.ref)
                    then = _("it adopts this object on settle()")
                elif self.owner:
                    then = _("{owner} owns this object", owner=self.owner)
                yield self._by_selector(obj, selector, then)

    # ---- a Node

    def _placed_by(self, node: Node) -> Iterator[Asker]:
        for kind in all_kinds():
            for obj in self.reader.list(kind.qualified) if kind.per_node else ():
                spec = mapping(kind.pod_spec_of(obj.raw))
                before, after = self._fits(spec)
                if before or after:
                    then = _per_node_then(self.reader, obj, node, before=before, after=after)
                    yield self._by_node_labels(obj, spec, then)
        for pod in pods_of(self.reader):
            before, after = self._fits(pod.spec)
            if mapping(pod.owner).get("kind") in _per_node_kinds() or not (before or after):
                continue
            if before != after or pod.node_name == node.name:
                then = _placing_then(pod, node, before=before, after=after)
                yield self._by_node_labels(pod, pod.spec, then)

    def _fits(self, spec: Mapping[str, Any]) -> tuple[bool, bool]:
        """Say whether a Pod specification that asks for labels of a Node fits the old ones, and the new ones."""
        asks = mapping(spec.get("nodeSelector")) or mapping(mapping(spec.get("affinity")).get("nodeAffinity"))
        if not asks or not isinstance(self.old, Node) or not isinstance(self.new, Node):
            return False, False
        return wants(dict(spec), self.old), wants(dict(spec), self.new)

    def _by_node_labels(self, obj: KubeObject, spec: Mapping[str, Any], then: str) -> Asker:
        chosen = {text(key): text(value) for key, value in mapping(spec.get("nodeSelector")).items()}
        selector = Selector.from_stored_map(chosen)
        answers = self._fits(spec)
        # the map alone would have answered otherwise, or is empty
        decided_elsewhere = not chosen or self._answers(selector) != answers
        why = _("its node affinity decides") if decided_elsewhere else self._why(selector, *answers)
        return self._asker(obj, str(selector) or _("(node affinity)"), answers, why, then)

    # ---- any object

    def _answers(self, selector: Selector) -> tuple[bool, bool]:
        return selector.matches(self.before), selector.matches(self.after)

    def _by_selector(self, obj: KubeObject, selector: Selector, then: str) -> Asker:
        answers = self._answers(selector)
        why = self._why(selector, *answers)
        return self._asker(obj, str(selector) or _("(empty: matches everything)"), answers, why, then)

    def _asker(
        self, obj: KubeObject, selector: str, answers: tuple[bool, bool], why: str, then: str
    ) -> Asker:
        workload = self.workloads.of(obj)
        return Asker(obj.ref, obj.kind, obj.namespace, obj.name, selector, *answers, why, then, workload)

    def _why(self, selector: Selector, before: bool, after: bool) -> str:
        """Say which requirement changed the answer, or why it is the same."""
        if not after:
            return selector.explain(self.after).why_not
        now = selector.explain(self.after).parts
        if not before:
            then = selector.explain(self.before).parts
            return clauses(*(part.why for part, was in zip(now, then, strict=True) if not was.ok))
        changed = {key for key in {*self.before, *self.after} if self.before.get(key) != self.after.get(key)}
        concerned = [part.why for part in now if part.requirement.key in changed]
        if concerned or not changed:
            return clauses(*concerned)
        return _("it does not ask for {keys}", keys=named(sorted(changed)))


def _controllers_of_pods() -> list[Kind]:
    """Return the kinds that select Pods by their labels and own them; those that do so through others come last."""
    kinds = [kind for kind in workload_kinds() if kind.selector]
    return sorted(kinds, key=lambda kind: kind.makes != "Pod")


def _per_node_kinds() -> list[str]:
    return [kind.kind for kind in all_kinds() if kind.per_node]


def _selector_of(obj: KubeObject) -> Selector | None:
    """Read the selector of an object; None for one that matches nothing, or cannot be read."""
    written = obj.label_selector if isinstance(obj, Workload) else obj.resource.selector_of(obj.raw)
    try:
        return None if written is None else Selector.from_label_selector(written)
    except LabelSelectorError:
        return None


def _owns(owner: KubeObject, obj: KubeObject) -> bool:
    """Whether `owner` is the controller of an object, as its owner reference says."""
    reference = obj.owner
    if reference is None or obj.namespace != owner.namespace:
        return False
    named = (text(reference.get("kind")), text(reference.get("name")))
    return named == (owner.kind, owner.name) and text(reference.get("uid")) in ("", owner.uid)


# ---- what follows, in words


def _node_outcome(askers: tuple[Asker, ...]) -> Text:
    """Say what the labels of a Node mean for Pods."""
    if not askers:
        return _("No Pod selects Nodes by these labels.")
    leaving = [item.kind for item in askers if item.kind in _per_node_kinds() and not item.after]
    if leaving:
        return _(
            "The scheduler checks the labels of a Node when it binds a Pod. "
            "A Pod that has a Node stays there, unless a {kind} deletes it.",
            kind=leaving[0],
        )
    return _(
        "The scheduler checks the labels of a Node when it binds a Pod. A Pod that has a Node stays there."
    )


def _service_then(reader: Reader, service: Service, pod: Pod, *, before: bool, after: bool) -> str:
    """Say what a Service does with a Pod that it selects now, or no longer."""
    if before == after:
        return ""
    ready = len(EndpointIndex(reader).of(service).ready)
    if after:
        verdict = judge(service, pod)
        if verdict.state != "ready":
            return _("it sends no traffic to this Pod yet: {reason}", reason=verdict.reason)
        return ngettext(
            "it sends traffic to this Pod from now on, and has {n} ready Pod",
            "it sends traffic to this Pod from now on, and has {n} ready Pods",
            ready,
        )
    if not ready:
        return _("it sends no traffic to this Pod from now on, and has no other ready Pod")
    return ngettext(
        "it sends no traffic to this Pod from now on, and has {n} other ready Pod",
        "it sends no traffic to this Pod from now on, and has {n} other ready Pods",
        ready,
    )


def _controller_then(reader: Reader, workload: Workload, pod: Pod, *, after: bool, keeper: str) -> str:
    """Say what a controller does, on settle(), with a Pod that it selects now, or no longer.

    Source of the rule: `PodControllerRefManager.ClaimPods` in k8s.io/kubernetes/pkg/controller.
    """
    own = [item for item in pods_of(reader, pod.namespace) if _owns(workload, item) and item.name != pod.name]
    alive = sum(not item.terminating and not item.ended for item in own)
    if _owns(workload, pod):
        return _("it still owns this Pod") if after else _losing(workload, pod, alive)
    if not after:
        return ""
    return _why_not_taken(workload, pod, keeper) or _taking(workload, pod, own, alive + 1)


def _losing(workload: Workload, pod: Pod, left: int) -> Text:
    wanted, kind = workload.replicas, workload.resource
    if kind.per_node and pod.node_name:
        return _(
            "it no longer owns this Pod, and creates another on {node} on settle()",
            node=pod.node_name,
        )
    if kind.per_node:
        return _("it no longer owns this Pod, and creates another for the same Node on settle()")
    if kind.runs_to_end:
        return _("it no longer owns this Pod, and creates another on settle() if its work is not done")
    if kind.numbered:
        return _(
            "it no longer owns this Pod, and cannot create another {name} while this Pod has the name",
            name=pod.name,
        )
    if left < wanted:
        return ngettext(
            "it no longer owns this Pod, has {left} of {n} desired Pod, and creates another on settle()",
            "it no longer owns this Pod, has {left} of {n} desired Pods, and creates another on settle()",
            wanted,
            left=left,
        )
    return ngettext(
        "it no longer owns this Pod, and still has {n} Pod ({wanted} desired)",
        "it no longer owns this Pod, and still has {n} Pods ({wanted} desired)",
        left,
        wanted=wanted,
    )


def _taking(workload: Workload, pod: Pod, own: list[Pod], alive: int) -> Text:
    kind = workload.resource
    if kind.per_node and any(item.node_name == pod.node_name for item in own):
        return _(
            "it adopts this Pod on settle(), and deletes one of its two Pods on {node}",
            node=pod.node_name,
        )
    if kind.per_node or kind.runs_to_end or kind.numbered:
        return _("it adopts this Pod on settle()")
    wanted = workload.replicas
    if alive > wanted:
        return ngettext(
            "it adopts this Pod on settle(), has {n} Pod ({wanted} desired), and deletes {number}",
            "it adopts this Pod on settle(), has {n} Pods ({wanted} desired), and deletes {number}",
            alive,
            wanted=wanted,
            number=alive - wanted,
        )
    return ngettext(
        "it adopts this Pod on settle(), and has {alive} of {n} desired Pod",
        "it adopts this Pod on settle(), and has {alive} of {n} desired Pods",
        wanted,
        alive=alive,
    )


def _why_not_taken(workload: Workload, pod: Pod, keeper: str) -> str:
    """Say why a controller does not adopt a Pod that its selector matches; "" if it does."""
    kind = workload.resource
    if kind.makes != "Pod":
        return _("it creates {kinds}, and adopts no Pods itself", kinds=several(kind.makes))
    if keeper:
        return _("it cannot adopt this Pod, because {owner} owns it", owner=keeper)
    if pod.ended or pod.terminating:
        return _("it adopts no Pod that has ended")
    if workload.terminating:
        return _("it adopts no Pods, because it is being deleted")
    if kind.numbered:
        head, _dash, number = pod.name.rpartition("-")
        if head != workload.name or not number.isdigit():
            return _("it adopts only Pods with the names {name}-0, {name}-1, ...", name=workload.name)
    return ""


def _per_node_then(reader: Reader, workload: KubeObject, node: Node, *, before: bool, after: bool) -> Text:
    """Say what a DaemonSet does, on settle(), on a Node whose labels match now, or no longer."""
    here = any(_owns(workload, pod) and pod.node_name == node.name for pod in pods_of(reader))
    if before and not after:
        return _("it deletes its Pod on this Node on settle()") if here else _("it needs no Pod on this Node")
    return _("it has a Pod on this Node") if here else _("it creates a Pod on this Node on settle()")


def _placing_then(pod: Pod, node: Node, *, before: bool, after: bool) -> Text:
    """Say what becomes of a Pod that selects Nodes by a label, when the Node has it now, or no longer."""
    if pod.ended or pod.terminating:
        return _("it has ended, so the scheduler does not look at it")
    if not pod.node_name:
        if not after:
            return _("it waits for a Node, and cannot be bound to this one")
        if node.unschedulable:
            return _("it waits for a Node, and this one matches, but it is cordoned")
        return _("it waits for a Node, and may be bound to this one on settle()")
    if pod.node_name != node.name:
        return _("it runs on {node}, and stays there", node=pod.node_name)
    if before and not after:
        return _("it keeps running here, because labels are only checked when the scheduler binds a Pod")
    return _("it runs here")


_WORDS = {
    "added": _("added"),
    "changed": _("changed"),
    "removed": _("removed"),
    "as it was": _("as it was"),
}
