"""Who asks for an object by its labels, and what each selector answers before and after they changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from k8snotes.api.base import KubeObject, mapping, text
from k8snotes.api.kinds.daemonset import DaemonSet
from k8snotes.api.kinds.node import Node
from k8snotes.api.kinds.pod import Pod
from k8snotes.api.selector import Selector
from k8snotes.api.workload import Workload
from k8snotes.control_plane.scheduling.node_affinity import wants
from k8snotes.errors import LabelSelectorError
from k8snotes.facts.label_effects import (
    daemon_effect,
    owns,
    placing_effect,
    service_effect,
    why_not_taken,
    workload_effect,
)
from k8snotes.facts.reading import Reader, Workloads, pods_of, services_of

__all__ = ["Answers", "Asker", "ask_all"]

# who finds Pods by their labels and makes them its own; a Deployment does so through its ReplicaSets
_CONTROLLERS = ("replicasets", "replicationcontrollers", "statefulsets", "daemonsets", "jobs", "deployments")
# who finds Pods by their labels and applies rules to them
_RULES = (("networkpolicies", "podSelector"), ("poddisruptionbudgets", "selector"))


@dataclass(frozen=True, slots=True)
class Asker:
    """Somebody whose selector finds objects by labels, and whether it found this one before and does now.

    `selector` is its selector as text, `why` the requirement that decides, `then` what follows ("" if
    nothing does). `workload` is who made it: the Deployment of a ReplicaSet, the maker of a Pod.
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


@dataclass(frozen=True, slots=True)
class Answers:
    """All askers, and whose the object is: `owner` its controller before, `keeper` that one if it stays.

    `takers` are those who take it in on settle(). All are references, "" or () for nobody.
    """

    askers: tuple[Asker, ...]
    owner: str
    keeper: str
    takers: tuple[str, ...]


def ask_all(reader: Reader, old: KubeObject, new: KubeObject) -> Answers:
    """Ask every selector of a cluster about an object with its old labels, and with its new ones."""
    look = _Look(reader, old, new)
    askers = tuple(sorted(look.askers(), key=lambda item: item.before == item.after))
    return Answers(askers, look.owner, look.keeper, tuple(look.takers))


class _Look:
    """One object with its old and its new labels, and the cluster whose selectors ask for them."""

    def __init__(self, reader: Reader, old: KubeObject, new: KubeObject) -> None:
        self.reader = reader
        self.old, self.new = old, new
        self.before, self.after = old.labels, new.labels
        self.workloads = Workloads(reader)
        reference = new.owner
        self.owner = f"{text(reference['kind']).lower()}/{text(reference['name'])}" if reference else ""
        self.keeper = self.owner
        self.takers: list[str] = []

    def askers(self) -> Iterator[Asker]:
        """Yield all who found the object before, or find it now."""
        if isinstance(self.new, Pod):
            yield from self._of_services(self.new)
            yield from self._of_controllers(self.new)
            yield from self._of_rules()
        elif isinstance(self.new, Node):
            yield from self._of_node(self.new)
        elif self.new.kind == "ReplicaSet":
            yield from self._of_deployments()

    # a Pod

    def _of_services(self, pod: Pod) -> Iterator[Asker]:
        for service in services_of(self.reader, pod.namespace):
            if service.selector and service.type != "ExternalName":
                selector = Selector.from_stored_map(service.selector)
                before, after = self._answers(selector)
                if before or after:
                    then = service_effect(self.reader, service, pod, before=before, after=after)
                    yield self._found(service, selector, then)

    def _of_controllers(self, pod: Pod) -> Iterator[Asker]:
        found: list[tuple[Workload, Selector]] = []
        for resource in _CONTROLLERS:
            for obj in self.reader.list(resource, pod.namespace):
                selector = _selector(obj.label_selector) if isinstance(obj, Workload) else None
                if not isinstance(obj, Workload) or selector is None:
                    continue
                if owns(obj, pod):
                    self.owner = obj.ref
                    self.keeper = obj.ref if selector.matches(self.after) else ""
                    found.append((obj, selector))
                elif any(self._answers(selector)):
                    found.append((obj, selector))
        for obj, selector in found:
            after = selector.matches(self.after)
            if after and not owns(obj, pod) and not why_not_taken(obj, pod, self.keeper):
                self.takers.append(obj.ref)
            then = workload_effect(self.reader, obj, pod, after=after, keeper=self.keeper)
            yield self._found(obj, selector, then)

    def _of_rules(self) -> Iterator[Asker]:
        for resource, field in _RULES:
            for obj in self.reader.list(resource, self.new.namespace):
                selector = _selector(obj.spec.get(field))
                if selector and any(self._answers(selector)):
                    after = selector.matches(self.after)
                    yield self._found(obj, selector, f"its rules {'hold' if after else 'do not hold'} for it")

    # a ReplicaSet

    def _of_deployments(self) -> Iterator[Asker]:
        for obj in self.reader.list("deployments", self.new.namespace):
            selector = _selector(obj.label_selector) if isinstance(obj, Workload) else None
            if not selector or not any(self._answers(selector)):
                continue
            after = selector.matches(self.after)
            if owns(obj, self.new):
                self.keeper = obj.ref if after else ""
                then = "it owns it, as before" if after else "it loses it, and makes another on settle()"
            elif after and not self.owner:
                self.takers.append(obj.ref)
                then = "it takes it in on settle()"
            else:
                then = f"{self.owner} owns it" if self.owner else ""
            yield self._found(obj, selector, then)

    # a Node

    def _of_node(self, node: Node) -> Iterator[Asker]:
        for obj in self.reader.list("daemonsets"):
            spec = mapping(obj.template.get("spec")) if isinstance(obj, DaemonSet) else {}
            before, after = self._wants(spec)
            if isinstance(obj, DaemonSet) and (before or after):
                then = daemon_effect(self.reader, obj, node, before=before, after=after)
                yield self._placed(obj, spec, then)
        for pod in pods_of(self.reader):
            before, after = self._wants(pod.spec)
            made = pod.owner
            if (made and made.get("kind") == "DaemonSet") or not (before or after):
                continue
            if before != after or pod.node_name == node.name:
                then = placing_effect(pod, node, before=before, after=after)
                yield self._placed(pod, pod.spec, then)

    def _wants(self, spec: Mapping[str, Any]) -> tuple[bool, bool]:
        """Say whether a specification that asks for labels of a Node fits the old ones, and the new ones."""
        asks = mapping(spec.get("nodeSelector")) or mapping(mapping(spec.get("affinity")).get("nodeAffinity"))
        if not asks or not isinstance(self.old, Node) or not isinstance(self.new, Node):
            return False, False
        return wants(dict(spec), self.old), wants(dict(spec), self.new)

    def _placed(self, obj: KubeObject, spec: Mapping[str, Any], then: str) -> Asker:
        chosen = {text(key): text(value) for key, value in mapping(spec.get("nodeSelector")).items()}
        selector = Selector.from_stored_map(chosen)
        answers = self._wants(spec)
        # the map alone would have answered otherwise, or has nothing to say
        decided_elsewhere = not chosen or self._answers(selector) != answers
        why = "its node affinity decides" if decided_elsewhere else self._why(selector, *answers)
        return self._asker(obj, str(selector) or "(node affinity)", answers, why, then)

    # any object

    def _answers(self, selector: Selector) -> tuple[bool, bool]:
        return selector.matches(self.before), selector.matches(self.after)

    def _found(self, obj: KubeObject, selector: Selector, then: str) -> Asker:
        answers = self._answers(selector)
        why = self._why(selector, *answers)
        return self._asker(obj, str(selector) or "(empty: everything)", answers, why, then)

    def _asker(
        self, obj: KubeObject, selector: str, answers: tuple[bool, bool], why: str, then: str
    ) -> Asker:
        made_by = self.workloads.of(obj)
        return Asker(obj.ref, obj.kind, obj.namespace, obj.name, selector, *answers, why, then, made_by)

    def _why(self, selector: Selector, before: bool, after: bool) -> str:
        """Say which requirement made the answer another, or why it is the same."""
        if not after:
            return selector.explain(self.after).why_not
        now = selector.explain(self.after).parts
        if not before:
            then = selector.explain(self.before).parts
            return "; ".join(part.why for part, was in zip(now, then, strict=True) if not was.ok)
        changed = {key for key in {*self.before, *self.after} if self.before.get(key) != self.after.get(key)}
        asked = [part.why for part in now if part.requirement.key in changed]
        if asked or not changed:
            return "; ".join(asked)
        return f"it does not ask for {', '.join(sorted(changed))}"


def _selector(written: Any) -> Selector | None:
    """Read a LabelSelector; None for one that finds nothing, or cannot be read."""
    try:
        return Selector.from_label_selector(written) if isinstance(written, dict) else None
    except LabelSelectorError:
        return None
