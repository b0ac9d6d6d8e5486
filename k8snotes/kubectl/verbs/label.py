"""`kubectl label`: sets and removes labels. `kubectl annotate` is the same for annotations."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from k8snotes import actions
from k8snotes.api.base import KubeObject, mapping, text
from k8snotes.api.go_text import quoted
from k8snotes.api.names import label_key, label_value
from k8snotes.catalogue import _
from k8snotes.kubectl.dry_run import DRY_RUN, changed, dry_run, suffix
from k8snotes.kubectl.failure import Stopped
from k8snotes.kubectl.files import FILES
from k8snotes.kubectl.flags import Parsed, flag
from k8snotes.kubectl.output.formats import OUTPUT, check_format, print_objects
from k8snotes.kubectl.output.go import compact_json
from k8snotes.kubectl.resources import display, targets
from k8snotes.kubectl.session import Session
from k8snotes.kubectl.verb import KINDS, Verb

__all__ = ["FLAGS", "VERB", "MetadataMap", "change_metadata"]

FLAGS = (
    *DRY_RUN,
    *OUTPUT,
    *FILES,
    flag("selector/l"),
    flag("all", "bool"),
    flag("overwrite", "bool"),
    flag("list", "bool"),
    flag("all-namespaces/A", "bool"),
    flag("field-selector"),
    flag("resource-version"),
    flag("local", "bool"),
)


class MetadataMap(NamedTuple):
    """One of the two maps in `metadata`, and kubectl's words for it.

    Args:
        field: "labels" or "annotations".
        verb: what the log calls a change: "label", "annotate".
        noun: one entry, as messages name it: "label", "annotation".
        article: the noun with its article.
        values: returns what is wrong with a value.
        taken: returns what is said of keys that have another value already, as (key, value).
        word: returns what is said when it is done, from the map before and after, and --overwrite.
    """

    field: str
    verb: str
    noun: str
    article: str
    values: Callable[[str], list[str]]
    taken: Callable[[Sequence[tuple[str, str]]], str]
    word: Callable[[Mapping[str, str], Mapping[str, str], bool], str]


def label(session: Session, parsed: Parsed) -> None:
    """Set and remove labels: `kubectl label pod db tier=back old-`.

    A label that has another value is refused unless --overwrite allows it. Where labels change,
    selectors find other Pods: Services and controllers follow at once.

    Source of the rule: https://kubernetes.io/docs/reference/kubectl/generated/kubectl_label/
    """
    change_metadata(session, parsed, _LABELS)


def change_metadata(session: Session, parsed: Parsed, kind: MetadataMap) -> None:
    """Do what `kubectl label` and `kubectl annotate` do.

    Args:
        session: the command at work.
        parsed: its words; those with "=" or a "-" at their end are changes, the others name objects.
        kind: the map that is changed.
    """
    how = dry_run(session, parsed)
    check_format(parsed, tables=False)
    words = [word for word in parsed.words if not _is_change(word)]
    changes = [word for word in parsed.words if _is_change(word)]
    if not words and not parsed["filename"]:
        raise Stopped("one or more resources must be specified as <resource> <name> or <resource>/<name>")
    if not changes and not parsed["list"]:
        raise Stopped(f"at least one {kind.noun} update is required")
    values = _read(changes, kind)
    for obj in targets(session, parsed, words):
        if parsed["list"]:
            for key, value in sorted(mapping(obj.metadata.get(kind.field)).items()):
                session.out(f"{key}={text(value)}\n")
        else:
            _change(session, parsed, obj, kind, values, how=how)


def _is_change(word: str) -> bool:
    # the words before the first change name objects; pods/db is not a change, nor is a-b
    return ("=" in word and not word.startswith("=")) or (word.endswith("-") and len(word) > 1)


def _read(changes: Sequence[str], kind: MetadataMap) -> dict[str, str | None]:
    """Return the new value of each key, None where it is to be removed."""
    values: dict[str, str | None] = {}
    for change in changes:
        key, equals, value = change.partition("=")
        if not equals:
            continue
        wrong = kind.values(value)
        if wrong:
            raise Stopped(f"invalid label value: {quoted(change)}: {';'.join(wrong)}")
        values[key] = value
    gone = [change[:-1] for change in changes if "=" not in change]
    if any(key in values for key in gone):
        raise Stopped(f"can not both modify and remove {kind.article} in the same command")
    return {**values, **dict.fromkeys(gone)}


def _change(
    session: Session,
    parsed: Parsed,
    obj: KubeObject,
    kind: MetadataMap,
    values: Mapping[str, str | None],
    *,
    how: str,
) -> None:
    old = {key: text(value) for key, value in mapping(obj.metadata.get(kind.field)).items()}
    taken = [
        (key, old[key]) for key, value in values.items() if value is not None and old.get(key, value) != value
    ]
    if taken and not parsed["overwrite"]:
        raise Stopped(kind.taken(taken))
    if kind is _LABELS and not _keys_are_right(session, parsed, obj, values, old):
        return
    new = {key: value for key, value in {**old, **values}.items() if value is not None}
    why = " ".join(f"{key}-" if value is None else f"{key}={value}" for key, value in values.items())
    with session.trying():
        stored = changed(
            session,
            how,
            lambda api: actions.edit_metadata(api, obj, kind.field, values, verb=kind.verb, why=why),
        )
        if parsed.text("output"):
            print_objects(session, parsed, [stored], one=True)
        else:
            session.out(f"{display(obj)} {kind.word(old, new, parsed['overwrite'])}{suffix(how)}\n")


def _keys_are_right(
    session: Session,
    parsed: Parsed,
    obj: KubeObject,
    values: Mapping[str, str | None],
    old: Mapping[str, str],
) -> bool:
    """Report labels that cannot be removed because they do not exist, and invalid keys; False for invalid keys."""
    for key, value in values.items():
        if value is None and key not in old and not parsed.text("output"):
            session.out(f"label {quoted(key)} not found.\n")
    for key, value in values.items():
        wrong = label_key(key) if value is not None else []
        if wrong:
            cause = f"metadata.labels: Invalid value: {quoted(key)}: {wrong[0]}"
            session.fail(f"The {obj.kind} {quoted(obj.name)} is invalid: {cause}", head="")
            return False
    return True


def _taken(taken: Sequence[tuple[str, str]]) -> str:
    key, value = taken[0]
    return f"'{key}' already has a value ({value}), and --overwrite is false"


def _word(old: Mapping[str, str], new: Mapping[str, str], overwrite: bool) -> str:
    if old == new:
        return "not labeled"
    # kubectl compares how long both are when they are written out
    shorter = len(compact_json(new) if new else "") < len(compact_json(old))
    return "unlabeled" if shorter and not overwrite else "labeled"


_LABELS = MetadataMap("labels", "label", "label", "a label", label_value, _taken, _word)

VERB = Verb(
    label, _("Set and remove labels of objects."), FLAGS, "kubectl label pod web tier=front old-", takes=KINDS
)
