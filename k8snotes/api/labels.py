"""Label selectors: which objects are meant by app=web, by tier in (a,b), or by a Service's map."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from k8snotes.api.explain import Explanation, RequirementResult, explain
from k8snotes.api.label_selector import (
    label_selector_object,
    label_selector_requirements,
    map_requirements,
    validate_label_selector,
)
from k8snotes.api.requirement import Requirement
from k8snotes.api.selector_hints import selector_hint
from k8snotes.api.selector_syntax import parse_requirements
from k8snotes.errors import LabelSelectorError, SelectorSyntaxError

__all__ = [
    "Explanation",
    "Requirement",
    "RequirementResult",
    "Selector",
    "format_label_selector",
    "validate_label_selector",
]


@dataclass(frozen=True, slots=True, init=False, repr=False)
class Selector:
    """A label selector, in the syntax of `kubectl get -l`; labels match if they meet every requirement.

    `text` is the selector (an empty one matches everything); another Selector is taken as it is.
    `.requirements` are sorted by key; `.matches_nothing` marks the selector of an object that has
    none, which matches nothing. Raises SelectorSyntaxError with Kubernetes' message, the place and a hint.
    Source of the rule: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/

    >>> s = Selector("tier in (frontend, backend), !canary")
    >>> s.matches({"tier": "frontend"}), s.matches({"tier": "frontend", "canary": "true"})
    (True, False)
    >>> print(s)
    !canary,tier in (backend,frontend)
    """

    requirements: tuple[Requirement, ...]
    matches_nothing: bool

    def __init__(self, text: str | Selector) -> None:
        if isinstance(text, Selector):
            self._set(text.requirements, matches_nothing=text.matches_nothing)
            return
        if not isinstance(text, str):
            raise SelectorSyntaxError(
                f'a selector is text such as "app=web"; this is of type {type(text).__name__}',
                hint="A Service's map is read with Selector.from_map, a Deployment's selector with "
                "Selector.from_label_selector.",
            )
        try:
            self._set(parse_requirements(text))
        except SelectorSyntaxError as error:
            error.hint = selector_hint(error)
            raise

    def _set(self, requirements: Iterable[Requirement], *, matches_nothing: bool = False) -> None:
        # the dataclass is frozen, so its own constructor has to go round the door
        object.__setattr__(self, "requirements", tuple(requirements))
        object.__setattr__(self, "matches_nothing", matches_nothing)

    @classmethod
    def _of(cls, requirements: Iterable[Requirement], *, matches_nothing: bool = False) -> Selector:
        selector = cls.__new__(cls)
        selector._set(requirements, matches_nothing=matches_nothing)  # noqa: SLF001 - its own class
        return selector

    @classmethod
    def from_map(cls, labels: Mapping[str, str] | None) -> Selector:
        """Return the selector of a map of labels, as a Service or a ReplicationController has it.

        An empty map, or none, matches everything here, as in Kubernetes' library; that a Service
        without a selector gets no endpoints is a rule about Services. Raises LabelSelectorError.

        >>> Selector.from_map({"tier": "db", "app": "web"})
        Selector('app=web,tier=db')
        """
        return cls._of(map_requirements(labels))

    @classmethod
    def from_stored_map(cls, labels: Mapping[str, str]) -> Selector:
        """Return the selector of a map that a cluster has stored: it was checked then, and is taken as it is.

        Source of the rule: `Set.AsSelectorPreValidated` of k8s.io/apimachinery/pkg/labels.

        >>> Selector.from_stored_map({"app": "web"}) == Selector.from_map({"app": "web"})
        True
        """
        return cls._of(Requirement(key, "=", (labels[key],)) for key in sorted(labels))

    @classmethod
    def from_label_selector(cls, obj: Mapping[str, Any] | None) -> Selector:
        """Return the selector of a LabelSelector object, as a Deployment or a ReplicaSet has it.

        None matches nothing, {} matches everything. Raises LabelSelectorError with Kubernetes' message.
        Source of the rule: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/label-selector/

        >>> Selector.from_label_selector({"matchLabels": {"app": "web"}})
        Selector('app=web')
        >>> Selector.from_label_selector(None).matches({"app": "web"})
        False
        """
        if obj is None:
            return cls._of((), matches_nothing=True)
        return cls._of(label_selector_requirements(obj))

    def to_label_selector(self) -> dict[str, Any] | None:
        """Return the same selector as matchLabels and matchExpressions; None if it matches nothing.

        Raises LabelSelectorError for `>` and `<`, which a LabelSelector object does not have.

        >>> Selector("app=web,tier!=db").to_label_selector()["matchExpressions"]
        [{'key': 'tier', 'operator': 'NotIn', 'values': ['db']}]
        """
        return None if self.matches_nothing else label_selector_object(self.requirements)

    def matches(self, labels: Mapping[str, Any] | None) -> bool:
        """Say whether these labels meet every requirement; None is the same as no labels.

        >>> Selector("weight>5").matches({"weight": "7"})
        True
        """
        labels = _labels(labels)
        return not self.matches_nothing and all(r.matches(labels) for r in self.requirements)

    def explain(self, labels: Mapping[str, Any] | None) -> Explanation:
        """Return, requirement by requirement, why these labels match or do not, and what was nearly right.

        >>> print(Selector("tier=frontend").explain({"tier": "frontnd"}))
        ✗ tier=frontend: tier is frontnd, the selector wants frontend (frontnd is one letter off frontend)
        """
        return explain(self, _labels(labels))

    def __str__(self) -> str:
        return ",".join(map(str, self.requirements))

    def __repr__(self) -> str:
        return "Selector.from_label_selector(None)" if self.matches_nothing else f"Selector({str(self)!r})"


def format_label_selector(obj: Mapping[str, Any] | None) -> str:
    """Return a LabelSelector object as `kubectl describe` prints it: "<none>" if it is empty.

    A selector that Kubernetes refuses gives "<error>".
    Source of the rule: `FormatLabelSelector` of k8s.io/apimachinery/pkg/apis/meta/v1.

    >>> format_label_selector({"matchLabels": {"app": "web"}}), format_label_selector({})
    ('app=web', '<none>')
    """
    try:
        return str(Selector.from_label_selector(obj)) or "<none>"
    except LabelSelectorError:
        return "<error>"


def _labels(labels: Mapping[str, Any] | None) -> Mapping[str, Any]:
    if labels is None:
        return {}
    if not isinstance(labels, Mapping):
        raise LabelSelectorError(
            f'labels are a mapping such as {{"app": "web"}}; this is of type {type(labels).__name__}. '
            "For a whole object, hand over its labels."
        )
    return labels
