"""`kubectl label`: sets and removes labels. `kubectl annotate` is the same for annotations."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from k8snotes import actions
from k8snotes.api.base import KubeObject, mapping, text
from k8snotes.api.go_text import quoted
from k8snotes.api.names import label_key, label_value
from k8snotes.catalogue import _
from k8snotes.control_plane.etcd import clone
from k8snotes.control_plane.validation.wording import invalid_value
from k8snotes.errors import ApiError
from k8snotes.kubectl.dry_run import DRY_RUN, answer_with, changed, suffix
from k8snotes.kubectl.failure import Stopped
from k8snotes.kubectl.files import FILES
from k8snotes.kubectl.flags import Parsed, flag
from k8snotes.kubectl.output.formats import OUTPUT, check_format
from k8snotes.kubectl.pod_templates import conflict, local_objects, said_locally, where_to_set
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


_ONLY_LOCAL = "can only use local files by -f pod.yaml or --filename=pod.json when --local=true is set"


class MetadataMap(NamedTuple):
    """One of the two maps in `metadata`, and kubectl's words for it.

    Args:
        field: "labels" or "annotations".
        verb: what the log calls a change: "label", "annotate".
        noun: one entry, as messages name it: "label", "annotation".
        plain: whether a value has no "=" in it.
        both: returns what is said of keys that are set and removed at once.
        values: returns what is wrong with a value.
        taken: returns what is said of keys that have another value already, as (key, value).
        word: returns what is said when it is done, from the map before and after.
    """

    field: str
    verb: str
    noun: str
    plain: bool
    both: Callable[[Sequence[str]], str]
    values: Callable[[str], list[str]]
    taken: Callable[[Sequence[tuple[str, str]]], str]
    word: Callable[[Mapping[str, str], Mapping[str, str]], str]


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
    how = where_to_set(session, parsed)
    words = [word for word in parsed.words if not _is_change(word)]
    changes = [word for word in parsed.words if _is_change(word)]
    if parsed["list"] and parsed.text("output"):
        raise Stopped("--list and --output may not be specified together")
    for option in ("selector", "field-selector"):
        if parsed["all"] and parsed.text(option):
            raise Stopped(f"cannot set --all and --{option} at the same time")
    values = _read(changes, kind)
    if how == "local":
        if words:
            raise Stopped(_ONLY_LOCAL)
        if not parsed["filename"]:
            raise Stopped("one or more files must be specified as -f pod.yaml or --filename=pod.json")
    elif not words and not parsed["filename"]:
        raise Stopped("one or more resources must be specified as <resource> <name> or <resource>/<name>")
    if not changes and not parsed["list"]:
        raise Stopped(f"at least one {kind.noun} update is required")
    check_format(parsed, tables=False)
    objects = local_objects(session, parsed) if how == "local" else targets(session, parsed, words)
    if parsed.text("resource-version") and len(objects) != 1:
        raise Stopped("--resource-version may only be used with a single resource")
    one = len(objects) == 1 and not parsed["all"] and not parsed.text("selector")
    for obj in objects:
        if parsed["list"]:
            _list(session, obj, kind, values, alone=one, overwrite=parsed["overwrite"])
        else:
            _change(session, parsed, obj, kind, values, how=how)


def _list(
    session: Session,
    obj: KubeObject,
    kind: MetadataMap,
    values: Mapping[str, str | None],
    *,
    alone: bool,
    overwrite: bool,
) -> None:
    """Print the entries of an object, as they would be after the changes; nothing is changed."""
    old = _entries(obj, kind)
    _check_free(kind, old, values, overwrite=overwrite)
    new = {key: value for key, value in {**old, **values}.items() if value is not None}
    if not alone:
        session.out(f"Listing {kind.field} for {obj.kind}.{obj.resource.group}/{obj.name}:\n")
    for key, value in sorted(new.items()):
        session.out(f"{'' if alone else ' '}{key}={value}\n")


def _entries(obj: KubeObject, kind: MetadataMap) -> dict[str, str]:
    return {key: text(value) for key, value in mapping(obj.metadata.get(kind.field)).items()}


def _check_free(
    kind: MetadataMap, old: Mapping[str, str], values: Mapping[str, str | None], *, overwrite: bool
) -> None:
    """Raise Stopped if a key has another value already, unless that may be overwritten."""
    taken = [
        (key, old[key]) for key, value in values.items() if value is not None and old.get(key, value) != value
    ]
    if taken and not overwrite:
        raise Stopped(kind.taken(taken))


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
        if "=" in value and kind.plain:
            raise Stopped(f"invalid {kind.noun} spec: {change}")
        wrong = kind.values(value)
        if wrong:
            raise Stopped(f"invalid label value: {quoted(change)}: {';'.join(wrong)}")
        values[key] = value
    gone = [change[:-1] for change in changes if "=" not in change]
    both = [key for key in gone if key in values]
    if both:
        raise Stopped(kind.both(both))
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
    old = _entries(obj, kind)
    _check_free(kind, old, values, overwrite=parsed["overwrite"])
    if kind is _LABELS and not _keys_are_right(session, parsed, obj, values, old):
        return
    new = {key: value for key, value in {**old, **values}.items() if value is not None}
    if how == "local":
        made = clone(obj.raw)
        made.setdefault("metadata", {})[kind.field] = new
        _answer(session, parsed, KubeObject(made), kind.word(old, new), said_locally(parsed))
        return
    version = parsed.text("resource-version")
    if version and version != obj.metadata.get("resourceVersion"):
        raise Stopped(conflict(obj), head="")
    why = " ".join(f"{key}-" if value is None else f"{key}={value}" for key, value in values.items())
    with session.trying():
        stored = changed(
            session,
            how,
            lambda api: actions.edit_metadata(api, obj, kind.field, values, verb=kind.verb, why=why),
        )
        _answer(session, parsed, stored, kind.word(old, new), suffix(how))


def _answer(session: Session, parsed: Parsed, obj: KubeObject, word: str, end: str) -> None:
    if check_format(parsed, tables=False):
        answer_with(session, parsed, obj)
    else:
        session.out(f"{display(obj)} {word}{end}\n")


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
            cause = invalid_value("metadata.labels", key, wrong[0])
            message = (
                f"{obj.resource.qualified_kind} {quoted(obj.name)} is invalid: {cause.field}: {cause.message}"
            )
            parts = {"kind": obj.kind, "name": obj.name}
            session.refused(ApiError(422, "Invalid", message, [cause], parts=parts))
            return False
    return True


def _taken(taken: Sequence[tuple[str, str]]) -> str:
    key, value = taken[0]
    return f"'{key}' already has a value ({value}), and --overwrite is false"


def _word(old: Mapping[str, str], new: Mapping[str, str]) -> str:
    gone = bool(old.keys() - new.keys())
    if any(old.get(key) != value for key, value in new.items()):
        return "modified" if gone else "labeled"
    return "unlabeled" if gone else "not labeled"


def _both(_keys: Sequence[str]) -> str:
    return "can not both modify and remove a label in the same command"


_LABELS = MetadataMap("labels", "label", "label", True, _both, label_value, _taken, _word)

VERB = Verb(
    label, _("Set and remove labels of objects."), FLAGS, "kubectl label pod web tier=front old-", takes=KINDS
)
