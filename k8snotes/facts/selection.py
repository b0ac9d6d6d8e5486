"""Which objects a label selector finds, and why not the others."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from k8snotes.api.base import KubeObject
from k8snotes.api.explanation import Explanation
from k8snotes.api.kinds.pod import Pod
from k8snotes.api.selector import Selector
from k8snotes.facts.states import state_of
from k8snotes.facts.workloads import Workloads
from k8snotes.heap import unswept

__all__ = ["Selected", "Selection", "selection"]


class Selected(NamedTuple):
    """One object beside a selector, with the answer of each requirement.

    Args:
        ref: its reference: "pod/web-1".
        kind: its kind: "Pod".
        namespace: its Namespace, "" for kinds without one.
        name: its name.
        labels: its labels.
        explanation: why the selector finds it, or why not.
        workload: the workload that made it ("Deployment/web"), "" if none did.
        state: how a Pod is, in a word or two; "" for other kinds.
    """

    ref: str
    kind: str
    namespace: str
    name: str
    labels: dict[str, str]
    explanation: Explanation
    workload: str = ""
    state: str = ""

    @property
    def matches(self) -> bool:
        """Whether the selector finds it."""
        return bool(self.explanation)


class Selection(NamedTuple):
    """The answer to "what does this selector find?".

    Args:
        selector: the selector.
        resource: the plural of the kind that was looked at: "pods".
        items: every object of that kind, in order.
    """

    selector: Selector
    resource: str
    items: tuple[Selected, ...]

    @property
    def matched(self) -> tuple[Selected, ...]:
        """Those that the selector finds."""
        return tuple(item for item in self.items if item.matches)

    @property
    def left_out(self) -> tuple[Selected, ...]:
        """Those that it does not find; the `.explanation` of each says which requirement failed, and why."""
        return tuple(item for item in self.items if not item.matches)


@unswept()
def selection(
    objects: Iterable[KubeObject], selector: Selector, resource: str, workloads: Workloads
) -> Selection:
    """Ask a selector about each object.

    Args:
        objects: the objects, in the order in which they are shown.
        selector: the selector.
        resource: the plural of their kind.
        workloads: knows the workload that made a Pod.

    Source of the rule: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors
    """
    # most Pods of a workload have the same labels
    explained: dict[tuple[tuple[str, str], ...], Explanation] = {}
    items = []
    for obj in objects:
        labels = obj.labels
        key = tuple(labels.items())
        explanation = explained.get(key)
        if explanation is None:
            explanation = explained[key] = selector.explain(labels)
        items.append(
            Selected(
                ref=obj.ref,
                kind=obj.kind,
                namespace=obj.namespace,
                name=obj.name,
                labels=labels,
                explanation=explanation,
                workload=workloads.of(obj),
                state=state_of(obj) if isinstance(obj, Pod) else "",
            )
        )
    return Selection(selector, resource, tuple(items))
