"""Answers that are label selectors: what counts is what one finds, not how it is written."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from k8snotes.api.manifest import documents
from k8snotes.api.selector import Selector
from k8snotes.catalogue import _
from k8snotes.course.answers import Row, UnreadableAnswerError
from k8snotes.course.clusters import pod_names, shared
from k8snotes.errors import K8sNotesError, SelectorSyntaxError

__all__ = ["Finds", "as_in_a_manifest", "workloads_found"]

_MOST_LETTERS = 2000
_IN_A_LINE = re.compile(
    r"^\s*[$>]?\s*[%!]{0,2}kubectl\s.*?(?:\s-l|\s--selector)[ =]?(?:(?P<quote>['\"])(?P<quoted>.+?)(?P=quote)|(?P<plain>\S+))"
)


@dataclass(frozen=True)
class Finds:
    """A label selector; what counts is what it finds, not how it is written.

    Args:
        selector: makes the selector of an answer; or returns, as a text, the name of a form that is wrong here and that
            a belief leads to.
        found: returns the names of what a selector finds.
        form: what such a selector looks like, without the names that are asked for.
    """

    selector: Callable[[Any], Selector | str]
    found: Callable[[Selector], Collection[str]]
    form: str = "key=value,key=value"

    @property
    def lines(self) -> int:
        """How many lines a field for it has: twice those of its form, where it is written as in a manifest."""
        rows = self.form.count("\n") + 1
        return rows if rows == 1 else 2 * rows

    def read(self, answer: Any) -> frozenset[str] | str:
        """Return the names of what the selector finds, or that of its wrong form; raises UnreadableAnswerError."""
        try:
            selector = self.selector(_of_a_line(answer))
        except SelectorSyntaxError as error:
            raise UnreadableAnswerError("selector", error=error.message, hint=error.hint) from None
        except K8sNotesError as error:
            raise UnreadableAnswerError("selector", error=error) from None
        return selector if isinstance(selector, str) else frozenset(self.found(selector))

    def fits(self, value: Any, wrong: Any) -> bool:
        """Say whether both find the same."""
        return bool(value == wrong)

    def compare(self, value: Any, right: Any, facts: Mapping[str, str]) -> str:
        """Say what the selector finds."""
        del right
        if isinstance(value, str):
            return ""
        if not value:
            return _("Your selector finds no Pod at all.")
        return _("Your selector finds {names}.", names=Row(facts.get(name, name) for name in sorted(value)))


def _of_a_line(answer: Any) -> Any:
    """Return the selector in a line of kubectl; any other answer as it is.

    >>> _of_a_line("kubectl get pods -l 'tier,tier!=frontend'"), _of_a_line("tier=cache")
    ('tier,tier!=frontend', 'tier=cache')
    """
    found = _IN_A_LINE.search(answer) if isinstance(answer, str) and len(answer) <= _MOST_LETTERS else None
    return found["quoted"] or found["plain"] if found else answer


def as_in_a_manifest(answer: Any) -> Any:
    """Return the map of an answer that is written as in a manifest: a map, its YAML or JSON, under `selector:` or not.

    Args:
        answer: what a reader gave; a text that is no YAML map, such as "app=web", is returned as it is.

    >>> as_in_a_manifest("selector: {track: stable}"), as_in_a_manifest("app: web, track: stable")
    ({'track': 'stable'}, {'app': 'web', 'track': 'stable'})
    >>> as_in_a_manifest("app=web")
    'app=web'
    """
    found = answer
    if isinstance(answer, str) and ":" in answer and len(answer) <= _MOST_LETTERS:
        found = _yaml_map(answer.strip().strip("`"))
    for name in ("spec", "selector"):
        if isinstance(found, Mapping) and list(found) == [name] and isinstance(found[name], Mapping):
            found = found[name]
    return answer if found is None else found


def _yaml_map(text: str) -> Mapping[str, Any] | None:
    """Return the map that a text of YAML or JSON is, also without its braces; None if it is none."""
    for attempt in (text, f"{{{text}}}"):
        values = [document.value for document in documents(attempt) if document.problem is None]
        if len(values) == 1 and isinstance(values[0], Mapping):
            return values[0]
    return None


def workloads_found(selector: Selector) -> set[str]:
    """Return the workloads of the guestbook that have a Pod which a selector finds; a bare Pod is its own."""
    names = pod_names()
    return {names[pod.name] for pod in shared().objects("pods", selector)}
