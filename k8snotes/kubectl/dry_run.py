"""`--dry-run`: what would happen, tried on a copy or only said; and what a command prints of its answer."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from k8snotes.api.base import KubeObject, Manifest, mapping, view
from k8snotes.api.kinds.secret import without_values
from k8snotes.control_plane.apiserver import ApiServer
from k8snotes.errors import ApiError
from k8snotes.kubectl.failure import Stopped
from k8snotes.kubectl.flags import Flag, Parsed, flag
from k8snotes.kubectl.output.formats import check_format, print_objects
from k8snotes.kubectl.resources import display
from k8snotes.kubectl.session import Session

__all__ = [
    "DRY_RUN",
    "answer",
    "answer_with",
    "changed",
    "created",
    "dry_run",
    "edited",
    "rewritten",
    "suffix",
]

_PRINTER_FOR_EACH = (
    "label",
    "patch",
    "rollout",
    "taint",
    "wait",
)  # verbs that make a printer for each object
DRY_RUN: tuple[Flag, ...] = (
    flag("dry-run", default="none", bare="unchanged"),
    flag("field-manager"),
)


def dry_run(session: Session, parsed: Parsed) -> str:
    """Return "client", "server", or "" where the command is meant.

    Raises:
        Stopped: the flag says anything else.
        SnapshotError: the command is meant, and the cluster is only looked at.
    """
    value = parsed.text("dry-run")
    match value:
        case "none" | "":
            session.simulation.may_change()
            return ""
        case "client" | "server":
            return value
        case "unchanged":
            session.err("W: --dry-run is deprecated and can be replaced with --dry-run=client.\n")
            return "client"
    raise Stopped(f'Invalid dry-run value ({value}). Must be "none", "server", or "client".')


def suffix(how: str) -> str:
    """Return what messages end with in a dry run.

    >>> suffix("client"), suffix("server"), suffix("")
    (' (dry run)', ' (server dry run)', '')
    """
    return {"client": " (dry run)", "server": " (server dry run)"}.get(how, "")


def changed(session: Session, how: str, write: Callable[[ApiServer], KubeObject]) -> KubeObject:
    """Let the API server do something; in a dry run, on a copy that is thrown away.

    Args:
        session: the command at work.
        how: what `dry_run` has returned.
        write: what is done, such as one of `k8snotes.actions`.

    Returns:
        What `write` returns: the object as it is stored then.

    Raises:
        ApiError: the API server refuses it.
    """
    if not how:
        session.wrote = True
        return write(session.api)
    copy = session.api.copy()
    before = len(copy.warnings)
    obj = write(copy)
    for warning in copy.warnings[before:] if how == "server" else ():
        session.warn(warning)
    return obj


def edited(
    session: Session,
    how: str,
    obj: KubeObject,
    edit: Callable[[Manifest], None],
    *,
    verb: str = "patch",
    why: str = "",
) -> KubeObject:
    """Read an object, edit it, and write it; see `changed`.

    Args:
        session: the command at work.
        how: what `dry_run` has returned.
        obj: the object.
        edit: changes the copy of its manifest that it is given.
        verb: what the log calls the change.
        why: the reason that the log notes.
    """
    return changed(session, how, lambda api: api.change(obj, edit, by="kubectl", verb=verb, why=why))


def rewritten(session: Session, how: str, obj: KubeObject, new: Manifest) -> KubeObject:
    """Put a whole new manifest in the place of an object's; see `changed`."""

    def edit(manifest: Manifest) -> None:
        manifest.clear()
        manifest.update(new)

    return edited(session, how, obj, edit)


def created(
    session: Session, how: str, manifest: Manifest, namespace: str, *, save: bool = False
) -> KubeObject:
    """Store a new object; see `changed`.

    Args:
        session: the command at work.
        how: what `dry_run` has returned.
        manifest: the object.
        namespace: the Namespace that it goes to where it names none; "" for `default`.
        save: whether the manifest is kept in an annotation, for a later `kubectl apply`.
    """
    home = namespace or "default"
    if how == "client":  # kubectl sends nothing, so nothing refuses it
        with suppress(ApiError):
            return changed(session, how, lambda api: _stored(api, manifest, home, save=save))
        metadata = {**mapping(manifest.get("metadata")), **({"namespace": home} if namespace else {})}
        return view({**without_values(manifest), "metadata": metadata})
    return changed(session, how, lambda api: _stored(api, manifest, home, save=save))


def _stored(api: ApiServer, manifest: Manifest, home: str, *, save: bool) -> KubeObject:
    if save:
        return api.apply(manifest, namespace=home)[0]
    return api.create(manifest, namespace=home, yaml=True)


def answer(session: Session, parsed: Parsed, obj: KubeObject, word: str, how: str = "") -> None:
    """Print what was done to an object, or the object itself where -o asks for it.

    Args:
        session: the command at work.
        parsed: its flags.
        obj: the object as it is now.
        word: what was done: "created", "scaled".
        how: what `dry_run` has returned.
    """
    if check_format(parsed, tables=False):
        answer_with(session, parsed, obj)
        return
    session.out(f"{display(obj)} {word}{suffix(how)}\n")


def answer_with(session: Session, parsed: Parsed, obj: KubeObject) -> None:
    """Print an object as the answer of a change; several YAML documents of one printer stand apart.

    Source of the rule: `YAMLPrinter` of k8s.io/cli-runtime/pkg/printers
    """
    if parsed.text("output") == "yaml" and session.verb.split()[0] not in _PRINTER_FOR_EACH:
        if session.documents:
            session.out("---\n")
        session.documents += 1
    print_objects(session, parsed, [obj], one=True)
