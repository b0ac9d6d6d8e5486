"""`kubectl annotate`: sets and removes annotations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from k8snotes.catalogue import _
from k8snotes.kubectl.flags import Parsed
from k8snotes.kubectl.session import Session
from k8snotes.kubectl.verb import KINDS, Verb
from k8snotes.kubectl.verbs.label import FLAGS, MetadataMap, change_metadata


def annotate(session: Session, parsed: Parsed) -> None:
    """Set and remove annotations: `kubectl annotate pod db note='hello'`.

    Annotations are found by no selector, so that nothing else changes with them.

    Source of the rule: https://kubernetes.io/docs/reference/kubectl/generated/kubectl_annotate/
    """
    change_metadata(session, parsed, _ANNOTATIONS)


def _any_value(_value: str) -> list[str]:
    return []


def _taken(taken: Sequence[tuple[str, str]]) -> str:
    listed = "; ".join(f"'{key}' already has a value ({value})" for key, value in taken)
    return f"--overwrite is false but found the following declared annotation(s): {listed}"


def _word(_old: Mapping[str, str], _new: Mapping[str, str]) -> str:
    return "annotated"


def _both(keys: Sequence[str]) -> str:
    return (
        f"can not both modify and remove the following annotation(s) in the same command: {', '.join(keys)}"
    )


_ANNOTATIONS = MetadataMap(
    "annotations",
    "annotate",
    "annotation",
    False,
    _both,
    _any_value,
    _taken,
    _word,
)

VERB = Verb(
    annotate,
    _("Set and remove annotations of objects."),
    FLAGS,
    "kubectl annotate pod web note='hello'",
    takes=KINDS,
)
