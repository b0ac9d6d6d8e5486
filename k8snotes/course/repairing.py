"""Answers that are manifests: sent to a cluster of their own, and judged by what becomes of them there."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from k8snotes.course.answers import UnreadableAnswerError

if TYPE_CHECKING:
    from k8snotes.cluster import Cluster

__all__ = ["Repair", "broken"]

_MOST_LETTERS = 20_000
_MOST_PODS = 60

Facts = tuple[tuple[str, Any], ...]


def broken(number: int) -> str:
    """Return the text of one of the manifests in data/repairs that are to be mended.

    >>> broken(5).splitlines()[0].startswith("# The menu")
    True
    """
    from k8snotes import datasets  # noqa: PLC0415  # the checker itself costs nothing to import

    path = datasets.find(f"repairs/{number}")
    return path.read_text(encoding="utf-8") if path is not None else ""


@dataclass(frozen=True)
class Repair:
    """Manifest text, or the path of a file with it; what counts is what a cluster with two Nodes makes of it.

    `sees` returns the facts by which a repair is judged: what is said of each, and how it is.
    """

    sees: Callable[[Cluster], Mapping[str, Any]]

    def read(self, answer: Any) -> Facts:
        """Return the facts, or the refusals; raises UnreadableAnswerError."""
        from k8snotes.cluster import Cluster  # noqa: PLC0415  # as above
        from k8snotes.errors import ApiError, K8sNotesError  # noqa: PLC0415

        text = self._text(answer)
        cluster = Cluster(nodes=2)
        try:
            cluster.apply(text)
        except ApiError as error:
            said = [one.message.split("\n")[0][:200] for one in error.errors[:3]]
            return (("refused", " / ".join(said)),)
        except K8sNotesError as error:
            raise UnreadableAnswerError(f"this is no manifest text: {str(error)[:160]}") from None
        wanted = sum(
            int(obj.spec.get("replicas") or 0)
            for kind in ("deployments", "replicasets", "replicationcontrollers", "statefulsets")
            for obj in cluster.objects(kind)
        )
        if wanted > _MOST_PODS:
            raise UnreadableAnswerError(f"{wanted} Pods are more than this exercise needs")
        cluster.settle()
        return tuple(sorted(self.sees(cluster).items()))

    def fits(self, value: Facts, wrong: Facts) -> bool:
        """Say whether both come to the same."""
        return value == wrong

    def compare(self, value: Facts, right: Facts) -> str:
        """Say what was refused, or which facts are not yet as they are wanted; not how to get there."""
        there = dict(value)
        if "refused" in there:
            return f"the API server refuses it: {there['refused']}"
        return ", ".join(f"{'✓' if there.get(name) == wanted else '✗'} {name}" for name, wanted in right)

    def _text(self, answer: Any) -> str:
        if hasattr(answer, "fixed") and hasattr(answer, "pages"):
            raise UnreadableAnswerError("the text is asked for here: of findings, .fixed")
        if isinstance(answer, (str, os.PathLike)):
            text = os.fspath(answer)
            if isinstance(text, str) and "\n" not in text and text.strip().endswith((".yaml", ".yml")):
                try:
                    with open(text.strip(), encoding="utf-8") as file:  # noqa: PTH123  # of any sort of path
                        text = file.read(_MOST_LETTERS + 1)
                except (OSError, UnicodeDecodeError):
                    raise UnreadableAnswerError(f"there is no text file {text.strip()[:80]}") from None
            if isinstance(text, str) and ":" in text and len(text) <= _MOST_LETTERS:
                return text
        raise UnreadableAnswerError("the text of a whole manifest is asked for here, of all its documents")
