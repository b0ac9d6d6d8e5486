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
from k8snotes.control_plane.endpoint_rules import judge
from k8snotes.control_plane.scheduling.node_affinity import wants
from k8snotes.errors import LabelSelectorError
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
        """What happened to it: "added", "changed", "removed" or "as it was"."""
        if self.before == self.after:
            return "as it was"
        if self.before is None:
            return "added"
        return "removed" if self.after is None else "changed"

    @printable
    def __str__(self) -> str:
        values = ("absent" if value is None else value or "empty" for value in (self.before, self.after))
        return f"{self.key}: {' → '.join(values)} ({self.word})"


class Asker(NamedTuple):
    """An object with a selector, and whether the selector found the labelled object before and finds it now.

    Args:
        ref: the reference of the object that asks: "service/web".
        kind: its kind: "Service".
        namespace: its Namespace, "" for kinds without one.
        name: its name.
        selector: its selector as text.
        before: whether it found the object with the old labels.
        after: whether it finds the object with the new labels.
        why: the requirement that decides.
        then: what follows, "" if nothing does.
        workload: the workload that made it: the Deployment of a ReplicaSet, the maker of a Pod; "" for others.
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
        return f"{self.ref} {self.verdict}" + (f": {self.why}" if self.why else "")

    @property
    def verdict(self) -> str:
        """The answer in a few words."""
        if self.before:
            return "found it and still does" if self.after else "found it and no longer does"
        return "did not find it and now does" if self.after else "did not find it and does not"


class LabelChange(NamedTuple):
    """The labels of an object before and after, and what that did to every selector that it concerns.

    Args:
        object: the object as it stands now.
        before: its labels before.
        after: its labels now.
        edits: the labels that were to change, in order.
        askers: the objects that found it before or find it now; those that answer otherwise now come first.
        owner: the reference of its controller before, "" if it had none.
        outcome: a sentence on what becomes of it.
    """

    object: KubeObject
    before: dict[str, str]
    after: dict[str, str]
    edits: tuple[LabelEdit, ...]
    askers: tuple[Asker, ...]
    owner: str
    outcome: str

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
        """Those that found it and no longer do."""
        return tuple(item for item in self.askers if item.before and not item.after)

    @property
    def gained(self) -> tuple[Asker, ...]:
        """Those that did not find it and now do."""
        return tuple(item for item in self.askers if item.after and not item.before)

    @property
    def kept(self) -> tuple[Asker, ...]:
        """Those that found it and still do."""
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
    keys = dict.fromkeys(key for key, _ in changes)
    edits = tuple(LabelEdit(key, old.labels.get(key), new.labels.get(key)) for key in keys)
    question = _Question(reader, old, new)
    askers = tuple(sorted(question.askers(), key=lambda item: item.before == item.after))
    return LabelChange(new, old.labels, new.labels, edits, askers, question.owner, question.outcome(askers))


class _Question:
    """One object with its old and its new labels, put to every selector of a cluster.

    After `askers()`, `keeper` is the controller that owns the object and keeps it ("" if none does), and
    `takers` are those that take it in on settle(); all are references.
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
        """Yield everything that found the object before, or finds it now."""
        if isinstance(self.new, Pod):
            yield from self._services(self.new)
            yield from self._controllers(self.new)
            yield from self._policies()
        elif isinstance(self.new, Node):
            yield from self._placed_by(self.new)
        else:
            yield from self._makers()

    def outcome(self, askers: tuple[Asker, ...]) -> str:
        """Say in a sentence which controller owns the object now, and what to expect."""
        if isinstance(self.new, Node):
            if not askers:
                return "No Pod asks for these labels of this Node."
            leaving = [item.kind for item in askers if item.kind in _per_node_kinds() and not item.after]
            unless = f", unless a {leaving[0]} takes it away" if leaving else ""
            return f"Labels of a Node are asked when a Pod gets its Node. A Pod that has one stays there{unless}."
        if self.takers:
            several = len(self.takers) > 1
            taker = f"one of {', '.join(self.takers)}" if several else self.takers[0]
            return f"On settle(), {taker} makes it its own."
        if self.keeper:
            return f"It belongs to {self.keeper}, as before."
        pod = isinstance(self.new, Pod)
        if self.owner:
            stays = "it runs on, and if it goes, nobody makes another" if pod else "it stays"
            return f"It is nobody's now: {stays}."
        if pod:
            return "It belongs to nobody, as before."
        none = f"No object of this cluster selects objects of kind {self.new.kind}."
        if isinstance(self.new, Workload) and self.new.template:
            return f"{none} Its Pods have the labels of its template, and keep them."
        return none

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
        """Yield what applies rules to Pods of its choice, such as a NetworkPolicy."""
        for kind in all_kinds():
            if not kind.selector or kind.is_workload or kind.kind == "Service":
                continue
            for obj in self.reader.list(kind.qualified, self.new.namespace):
                selector = _selector_of(obj)
                if selector and any(self._answers(selector)):
                    hold = "hold" if selector.matches(self.after) else "do not hold"
                    yield self._by_selector(obj, selector, f"its rules {hold} for it")

    # ---- an object that is made from a template, as a ReplicaSet is

    def _makers(self) -> Iterator[Asker]:
        for kind in all_kinds():
            if kind.makes != self.new.kind or not kind.selector:
                continue
            for obj in self.reader.list(kind.qualified, self.new.namespace):
                selector = _selector_of(obj)
                if not selector or not any(self._answers(selector)):
                    continue
                after = selector.matches(self.after)
                if _owns(obj, self.new):
                    self.keeper = obj.ref if after else ""
                    then = "it owns it, as before" if after else "it loses it, and makes another on settle()"
                elif after and not self.owner:
                    self.takers.append(obj.ref)
                    then = "it takes it in on settle()"
                else:
                    then = f"{self.owner} owns it" if self.owner else ""
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
        # the map alone would have answered otherwise, or has nothing to say
        decided_elsewhere = not chosen or self._answers(selector) != answers
        why = "its node affinity decides" if decided_elsewhere else self._why(selector, *answers)
        return self._asker(obj, str(selector) or "(node affinity)", answers, why, then)

    # ---- any object

    def _answers(self, selector: Selector) -> tuple[bool, bool]:
        return selector.matches(self.before), selector.matches(self.after)

    def _by_selector(self, obj: KubeObject, selector: Selector, then: str) -> Asker:
        answers = self._answers(selector)
        why = self._why(selector, *answers)
        return self._asker(obj, str(selector) or "(empty: everything)", answers, why, then)

    def _asker(
        self, obj: KubeObject, selector: str, answers: tuple[bool, bool], why: str, then: str
    ) -> Asker:
        workload = self.workloads.of(obj)
        return Asker(obj.ref, obj.kind, obj.namespace, obj.name, selector, *answers, why, then, workload)

    def _why(self, selector: Selector, before: bool, after: bool) -> str:
        """Say which requirement made the answer another, or why it is the same."""
        if not after:
            return selector.explain(self.after).why_not
        now = selector.explain(self.after).parts
        if not before:
            then = selector.explain(self.before).parts
            return "; ".join(part.why for part, was in zip(now, then, strict=True) if not was.ok)
        changed = {key for key in {*self.before, *self.after} if self.before.get(key) != self.after.get(key)}
        concerned = [part.why for part in now if part.requirement.key in changed]
        if concerned or not changed:
            return "; ".join(concerned)
        return f"it does not ask for {', '.join(sorted(changed))}"


def _controllers_of_pods() -> list[Kind]:
    """Return the kinds that find Pods by their labels and own them; those that do so through others come last."""
    kinds = [kind for kind in workload_kinds() if kind.selector]
    return sorted(kinds, key=lambda kind: kind.makes != "Pod")


def _per_node_kinds() -> list[str]:
    return [kind.kind for kind in all_kinds() if kind.per_node]


def _selector_of(obj: KubeObject) -> Selector | None:
    """Read the selector of an object; None for one that finds nothing, or cannot be read."""
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


def _service_then(reader: Reader, service: Service, pod: Pod, *, before: bool, after: bool) -> str:
    """Say what a Service does with a Pod that it finds now, or finds no more."""
    if before == after:
        return ""
    ready = len(EndpointIndex(reader).of(service).ready)
    answer = " answers" if ready == 1 else "s answer"
    if after:
        verdict = judge(service, pod)
        if verdict.state != "ready":
            return f"it sends this Pod nothing yet: {verdict.reason}"
        return f"it sends this Pod its share of the traffic: {ready} Pod{answer} now"
    left = f"{ready} other{answer}" if ready else "nobody answers for it now"
    return f"it sends this Pod nothing from now on; {left}"


def _controller_then(reader: Reader, workload: Workload, pod: Pod, *, after: bool, keeper: str) -> str:
    """Say what a controller does, on settle(), with a Pod that it finds now, or finds no more.

    Source of the rule: `PodControllerRefManager.ClaimPods` in k8s.io/kubernetes/pkg/controller.
    """
    own = [item for item in pods_of(reader, pod.namespace) if _owns(workload, item) and item.name != pod.name]
    alive = sum(not item.terminating and not item.ended for item in own)
    if _owns(workload, pod):
        return "it owns it, as before" if after else _losing(workload, pod, alive)
    if not after:
        return ""
    return _why_not_taken(workload, pod, keeper) or _taking(workload, pod, own, alive + 1)


def _losing(workload: Workload, pod: Pod, left: int) -> str:
    wanted, kind = workload.replicas, workload.resource
    if kind.per_node:
        return f"it loses it, and makes another on {pod.node_name or 'its Node'} on settle()"
    if kind.runs_to_end:
        return "it loses it, and makes another on settle() if its work is not done"
    if kind.numbered:
        return f"it loses it, and cannot make another {pod.name} as long as this one has the name"
    if left < wanted:
        return f"it loses it and, with {left} of {wanted} left, makes another on settle()"
    return f"it loses it; {left} are left, and it wants {wanted}"


def _taking(workload: Workload, pod: Pod, own: list[Pod], alive: int) -> str:
    kind = workload.resource
    if kind.per_node:
        two = any(item.node_name == pod.node_name for item in own)
        return "it takes it in on settle()" + (f", and deletes one of two on {pod.node_name}" if two else "")
    if kind.runs_to_end or kind.numbered:
        return "it takes it in on settle()"
    too_many = alive - workload.replicas
    if too_many > 0:
        return (
            f"it takes it in on settle(), has {alive} and wants {workload.replicas}, so it deletes {too_many}"
        )
    return f"it takes it in on settle(): {alive} of {workload.replicas}"


def _why_not_taken(workload: Workload, pod: Pod, keeper: str) -> str:
    """Say why a controller does not take in a Pod that its selector finds; "" if it does."""
    kind = workload.resource
    if kind.makes != "Pod":
        return f"it makes {kind.makes}s, and takes in no Pod by itself"
    if keeper:
        return f"it cannot take it in: {keeper} owns it"
    if pod.ended or pod.terminating:
        return "it takes in no Pod that has ended"
    if workload.terminating:
        return "it is being deleted itself"
    if kind.numbered:
        head, _, number = pod.name.rpartition("-")
        if head != workload.name or not number.isdigit():
            return f"it takes in only Pods that are called {workload.name}-0, {workload.name}-1, ..."
    return ""


def _per_node_then(reader: Reader, workload: KubeObject, node: Node, *, before: bool, after: bool) -> str:
    """Say what a DaemonSet does, on settle(), on a Node that it may run on now, or no more."""
    here = any(_owns(workload, pod) and pod.node_name == node.name for pod in pods_of(reader))
    if before and not after:
        return "it takes its Pod away from here on settle()" if here else "it wants no Pod here"
    return "it has its Pod here" if here else "it makes a Pod here on settle()"


def _placing_then(pod: Pod, node: Node, *, before: bool, after: bool) -> str:
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
