"""Which objects a label selector finds, and why not the others."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from k8snotes.api.base import KubeObject
from k8snotes.api.explanation import Explanation
from k8snotes.api.kinds.pod import Pod
from k8snotes.api.selector import Selector
from k8snotes.facts.reading import Workloads, state_of

__all__ = ["Selected", "Selection", "selection"]


@dataclass(frozen=True, slots=True)
class Selected:
    """One object that was asked, with the answer of each requirement.

    `workload` is "Deployment/web" for a Pod that one made, else ""; `state` how a Pod is, else "".
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


@dataclass(frozen=True, slots=True)
class Selection:
    """The answer to "whom does this selector find?": every object that was asked, in order."""

    selector: Selector
    resource: str
    items: tuple[Selected, ...]

    @property
    def matched(self) -> tuple[Selected, ...]:
        """Those that the selector finds."""
        return tuple(item for item in self.items if item.matches)

    @property
    def left_out(self) -> tuple[Selected, ...]:
        """Those that it does not find; `.explanation` says which requirement failed and why."""
        return tuple(item for item in self.items if not item.matches)


def selection(
    objects: Iterable[KubeObject], selector: Selector, resource: str, workloads: Workloads
) -> Selection:
    """Ask the selector about each object."""
    return Selection(
        selector,
        resource,
        tuple(
            Selected(
                obj.ref,
                obj.kind,
                obj.namespace,
                obj.name,
                obj.labels,
                selector.explain(obj.labels),
                workloads.of(obj),
                state_of(obj) if isinstance(obj, Pod) else "",
            )
            for obj in objects
        ),
    )
