"""`--dry-run`: what would happen, tried on a copy or only said; and what a command prints of its answer."""

from __future__ import annotations

from collections.abc import Callable

from k8snotes.api.base import KubeObject, Manifest
from k8snotes.api.go_text import quoted
from k8snotes.control_plane.apiserver import ApiServer
from k8snotes.kubectl.asked import display
from k8snotes.kubectl.flags import Flag, Parsed, flag
from k8snotes.kubectl.printing import check_format, print_objects
from k8snotes.kubectl.session import Session
from k8snotes.kubectl.trouble import Stopped, error_text

__all__ = ["DRY_RUN", "answer", "changed", "created", "dry_run", "edited", "required", "suffix"]

DRY_RUN: tuple[Flag, ...] = (
    flag("dry-run", default="none", bare="unchanged"),
    flag("field-manager"),
)
_SAID = {"client": " (dry run)", "server": " (server dry run)"}


def dry_run(session: Session, parsed: Parsed) -> str:
    """Return "client", "server", or "" where the command is meant; raises Stopped for anything else."""
    value = parsed.text("dry-run")
    match value:
        case "none" | "":
            session.may_change()
            return ""
        case "client" | "server":
            return value
        case "unchanged":
            session.err("W: --dry-run is deprecated and can be replaced with --dry-run=client.\n")
            return "client"
    message = f'Invalid dry-run value ({value}). Must be "none", "server", or "client".'
    raise Stopped(error_text(message))


def suffix(how: str) -> str:
    """Return what messages end with in a dry run."""
    return _SAID.get(how, "")


def changed(session: Session, how: str, write: Callable[[ApiServer], KubeObject]) -> KubeObject:
    """Let the API server do something; in a dry run, on a copy that is thrown away."""
    if not how:
        session.wrote = True
        return write(session.api)
    copy = session.api.copy()
    before = len(copy.warnings)
    done = write(copy)
    for warning in copy.warnings[before:] if how == "server" else ():
        session.warn(warning)
    return done


def edited(
    session: Session,
    how: str,
    obj: KubeObject,
    edit: Callable[[Manifest], None],
    *,
    verb: str = "patch",
    why: str = "",
) -> KubeObject:
    """Read an object, edit it, and write it; see `changed`."""
    return changed(session, how, lambda api: api.change(obj, edit, by="kubectl", verb=verb, why=why))


def created(session: Session, how: str, manifest: Manifest, namespace: str) -> KubeObject:
    """Store a new object; see `changed`."""
    return changed(session, how, lambda api: api.create(manifest, namespace=namespace or "default"))


def answer(session: Session, parsed: Parsed, obj: KubeObject, done: str, how: str = "") -> None:
    """Print what was done to an object ("created"), or the object itself where -o asks for it."""
    form = check_format(parsed, tables=False)
    if form:
        print_objects(session, parsed, [obj], one=True)
        return
    session.out(f"{display(obj)} {done}{suffix(how)}\n")


def required(parsed: Parsed, *names: str) -> None:
    """Raise Stopped for flags that a command cannot do without."""
    missing = [quoted(name) for name in names if not parsed.has(name)]
    if missing:
        raise Stopped(error_text(f"required flag(s) {', '.join(missing)} not set"))
