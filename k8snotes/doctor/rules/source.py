"""All objects of a source, and the Pods that they are or make: what the rules between objects ask."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from k8snotes.api.base import KubeObject, Manifest, mapping, text, view
from k8snotes.api.kind import split_api_version
from k8snotes.api.kinds.pod import Pod
from k8snotes.api.selector import Selector
from k8snotes.doctor.rules.within_object import pod_spec_path
from k8snotes.doctor.text.paths import Steps, value_at
from k8snotes.errors import LabelSelectorError, nearest

__all__ = ["Placed", "PodGroup", "Source", "is_slip", "near_name", "selector_at"]

_ANY, _NUMBER = re.compile(r".+", re.DOTALL), re.compile(r"[0-9]+")
_SLIPS = ("swapped", "letter")  # near misses of a selector that are slips of the hand
_SURELY_NEAR, _WORD_NEAR = 0.75, 0.6


@dataclass(frozen=True, slots=True)
class Placed:
    """An object with its node in the text.

    Args:
        obj: the object.
        node: its node.
        origin: whatever tells the caller where it is; it comes back with each fault.
    """

    obj: KubeObject
    node: Any
    origin: Any


@dataclass(frozen=True)
class PodGroup:
    """Pods of one sort: one that is written out, or those that a template makes.

    Args:
        pod: the Pod, as its controller would make it.
        maker: the object that it is or that makes it.
        item: the same, with its node.
        path: where its specification is in that object.
        added: the labels that controllers add to each Pod, with what their values look like.
    """

    pod: Pod
    maker: KubeObject
    item: Placed
    path: Steps
    added: Mapping[str, re.Pattern[str]] = field(default_factory=dict)

    @property
    def parts(self) -> dict[str, Any]:
        """What a sentence needs to name them: the kind and name of a Pod, or of what makes them."""
        return {"kind": self.maker.kind, "name": self.maker.name}

    @property
    def replicas(self) -> int | None:
        """How many there are; None where that depends on the Nodes or on time."""
        kind = self.maker.resource
        if kind.per_node or kind.makes == "Job":
            return None
        if not kind.scales:
            return 1
        number = self.maker.spec.get("replicas", 1)
        return number if isinstance(number, int) and not isinstance(number, bool) else 1

    @cached_property
    def declared(self) -> frozenset[tuple[int, str]]:
        """Number and protocol of every port that its containers declare."""
        return frozenset((port.port, port.protocol) for port in self.pod.ports)

    def fits(self, selector: Selector) -> bool:
        """Whether a selector finds these Pods, or one of them: labels that controllers add count.

        Args:
            selector: the selector.
        """
        return selector.matches(self.labels_for(selector))

    def labels_for(self, selector: Selector) -> dict[str, str]:
        """Return the labels of those Pods that a selector most probably means.

        Args:
            selector: it may ask for labels that only the controllers know, such as the name of a single Pod.
        """
        labels = self.pod.labels
        for asked in selector.requirements:
            pattern = self.added.get(asked.key)
            if pattern is not None:
                there = [value for value in asked.values if pattern.fullmatch(value)]
                labels = {**labels, asked.key: there[0] if there else ""}
        return labels


class Source:
    """The objects of a source, in their order, by kind and by Namespace."""

    def __init__(self, objects: Sequence[Placed]) -> None:
        self.objects = objects
        self._named: dict[tuple[str, str], dict[str, Placed]] = {}
        self._groups: dict[str, list[PodGroup]] = {}
        for item in objects:
            obj = item.obj
            self._named.setdefault((obj.kind, obj.namespace), {}).setdefault(obj.name, item)
            for group in _groups(item):
                self._groups.setdefault(obj.namespace, []).append(group)

    def named(self, kind: str, namespace: str = "") -> dict[str, Placed]:
        """Return the objects of a kind in a Namespace by name, "" for kinds that are in none."""
        return self._named.get((kind, namespace), {})

    def homes(self, kind: str, name: str) -> list[str]:
        """Return the Namespaces that have an object of a kind and a name."""
        return sorted(home for (one, home), items in self._named.items() if one == kind and name in items)

    def pods(self, namespace: str) -> list[PodGroup]:
        """Return the Pods of a Namespace."""
        return self._groups.get(namespace, [])

    def everywhere(self) -> Iterator[PodGroup]:
        """Yield the Pods of all Namespaces."""
        for groups in self._groups.values():
            yield from groups

    def operated(self, namespace: str) -> list[KubeObject]:
        """Return the custom resources of a Namespace: their operators may make Pods that no manifest has."""
        return [
            item.obj
            for (_kind, home), items in self._named.items()
            if home == namespace
            for item in items.values()
            if not item.obj.resource.builtin
            and "." in split_api_version(text(item.obj.raw.get("apiVersion")))[0]
        ]

    def with_changed(self, item: Placed, manifest: Manifest) -> Source:
        """Return the source with another manifest in the place of one.

        Args:
            item: the object.
            manifest: what comes in its place.
        """
        other = Placed(view(manifest), item.node, item.origin)
        return Source([other if one is item else one for one in self.objects])


def _groups(item: Placed) -> Iterator[PodGroup]:
    """Yield the Pods that an object is or makes: one that is written out, or one as its controller would make it."""
    obj = item.obj
    if isinstance(obj, Pod):
        yield PodGroup(obj, obj, item, ("spec",))
        return
    path = pod_spec_path(obj.raw)
    if not path:
        return
    template = mapping(value_at(obj.raw, path[:-1]))
    metadata = {**mapping(template.get("metadata")), "name": obj.name, "namespace": obj.namespace}
    pod = view(
        {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": mapping(template.get("spec"))}
    )
    if isinstance(pod, Pod):
        yield PodGroup(pod, obj, item, path, _added_labels(obj))


def _added_labels(obj: KubeObject) -> dict[str, re.Pattern[str]]:
    """Return the labels that the controllers of an object add to its Pods.

    Source of the rule: https://kubernetes.io/docs/reference/labels-annotations-taints/
    """
    kind, name = obj.resource, re.escape(obj.name)
    added: dict[str, re.Pattern[str]] = {}
    if kind.makes == "ReplicaSet":
        added["pod-template-hash"] = _ANY
    if kind.per_node:
        added |= {"controller-revision-hash": _ANY, "pod-template-generation": _NUMBER}
    if kind.numbered:
        added |= {"controller-revision-hash": _ANY, "apps.kubernetes.io/pod-index": _NUMBER}
        added["statefulset.kubernetes.io/pod-name"] = re.compile(rf"{name}-[0-9]+")
    if kind.runs_to_end or kind.makes == "Job":
        jobs = re.compile(rf"{name}-[0-9]+" if kind.makes == "Job" else name)
        added |= dict.fromkeys(("job-name", "batch.kubernetes.io/job-name"), jobs)
        added |= dict.fromkeys(("controller-uid", "batch.kubernetes.io/controller-uid"), _ANY)
        added["batch.kubernetes.io/job-completion-index"] = _NUMBER
    return added


def selector_at(obj: KubeObject, path: Steps) -> Selector | None:
    """Return the selector at a place of an object; None where there is none, or one that is refused.

    Args:
        obj: the object.
        path: where a LabelSelector object is in it.
    """
    value = value_at(obj.raw, path)
    if not isinstance(value, dict):
        return None
    try:
        return Selector.from_label_selector(value)
    except LabelSelectorError:
        return None


def near_name(name: str, names: Sequence[str]) -> str:
    """Return the name that was probably meant, "" if none is near enough to say so.

    Names of objects are made of words, and many differ by one of these alone: that is no slip.

    >>> near_name("filmz", ["films"]), near_name("mysql-pv-claim", ["wp-pv-claim"]), near_name("web-1", ["web-2"])
    ('films', '', '')
    """
    near = nearest(name, names, _SURELY_NEAR)
    ours, theirs = re.split(r"[-.]", name.lower()), re.split(r"[-.]", near.lower())
    if len(ours) != len(theirs):
        return near
    for one, other in zip(ours, theirs, strict=True):
        if one != other and (
            re.sub(r"[0-9]", "", one) == re.sub(r"[0-9]", "", other) or not _alike(one, other)
        ):
            return ""
    return near


def _alike(word: str, other: str) -> bool:
    return bool(nearest(word, [other], _WORD_NEAR))


def is_slip(selector: Selector, labels: Mapping[str, str]) -> bool:
    """Whether a selector misses labels by a slip of the hand: a letter, or two that have changed places."""
    return any(part.miss in _SLIPS for part in selector.explain(labels).parts if not part.ok)
