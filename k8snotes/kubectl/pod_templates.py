"""Changes of Pod templates, as the subcommands of `kubectl set` make them: on stored objects, or on files alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from k8snotes.api.base import KubeObject, Manifest, mappings, text
from k8snotes.control_plane.etcd import clone
from k8snotes.errors import ApiError
from k8snotes.kubectl.dry_run import DRY_RUN, answer, dry_run, rewritten, suffix
from k8snotes.kubectl.failure import Stopped
from k8snotes.kubectl.files import FILES, from_files
from k8snotes.kubectl.flags import Flag, Parsed, flag
from k8snotes.kubectl.output.formats import OUTPUT
from k8snotes.kubectl.output.typed import typed
from k8snotes.kubectl.resources import display, targets
from k8snotes.kubectl.session import Session

__all__ = [
    "SET_FLAGS",
    "Setting",
    "change_templates",
    "conflict",
    "containers_of",
    "local_objects",
    "matching",
    "said_locally",
    "setting_targets",
    "template_of",
    "where_to_set",
]

SET_FLAGS: tuple[Flag, ...] = (
    *DRY_RUN,
    *OUTPUT,
    *FILES,
    flag("all", "bool"),
    flag("local", "bool"),
    flag("record", "bool"),
)
_ONLY_FILES = (
    "you must specify resources by --filename when --local is set.\nExample resource specifications include:\n"
    "   '-f rsrc.yaml'\n   '--filename=rsrc.json'"
)


class Setting(NamedTuple):
    """What a subcommand of `kubectl set` does.

    Args:
        edit: changes the specification of the Pods, in place; it may raise Stopped.
        word: what is said when it is done: "image updated".
        failing: what a refusal of the API server begins with.
        always: whether it is sent although nothing changes.
    """

    edit: Callable[[KubeObject, Manifest], None]
    word: str
    failing: str
    always: bool = False


def where_to_set(session: Session, parsed: Parsed) -> str:
    """Return what `dry_run` returns, or "local" where only files are read.

    Raises:
        Stopped: flags that make no sense together.
    """
    if not parsed["local"]:
        return dry_run(session, parsed)
    if parsed.text("dry-run") == "server":
        raise Stopped("cannot specify --local and --dry-run=server - did you mean --dry-run=client?")
    return "local"


def setting_targets(session: Session, parsed: Parsed, words: Sequence[str], how: str) -> list[KubeObject]:
    """Return the objects that a subcommand of `kubectl set` changes: stored ones, or those of files."""
    if how != "local":
        objects = targets(session, parsed, words)
        if session.failures:  # kubectl then changes none of them
            raise Stopped
        return objects
    if words:
        raise Stopped(_ONLY_FILES)
    return local_objects(session, parsed)


def local_objects(session: Session, parsed: Parsed) -> list[KubeObject]:
    """Return the objects of files, without a look at the cluster."""
    return [document.view() for document in from_files(session, parsed)]


def change_templates(
    session: Session, parsed: Parsed, objects: Sequence[KubeObject], setting: Setting, how: str
) -> None:
    """Change the Pod templates of objects, and print what became of them.

    Args:
        session: the command at work.
        parsed: its flags.
        objects: the objects.
        setting: what is done to them.
        how: what `where_to_set` has returned.

    Source of the rule: `CalculatePatches` of k8s.io/kubectl/pkg/cmd/set
    """
    for obj in objects:
        new = clone(obj.raw)
        try:
            setting.edit(obj, template_of(obj, new, how))
        except Stopped as stopped:
            session.fail(f"error: {stopped.message}", head="")
            continue
        if new != obj.raw or setting.always:
            _store(session, parsed, obj, new, setting=setting, how=how)


def _store(
    session: Session, parsed: Parsed, obj: KubeObject, new: Manifest, *, setting: Setting, how: str
) -> None:
    """Store a changed object, or only print it; a refusal is told in the words of the subcommand."""
    if how == "local":
        answer(
            session, parsed, typed(KubeObject(new)), setting.word, "client" if said_locally(parsed) else ""
        )
        return
    if how == "client":  # kubectl then asks nobody
        answer(session, parsed, KubeObject(new), setting.word, how)
        return
    try:
        with session.warnings():
            stored = rewritten(session, how, obj, new)
    except ApiError as error:
        session.fail(f"{setting.failing} {error.message}")
        return
    answer(session, parsed, stored, setting.word, how)


def said_locally(parsed: Parsed) -> str:
    """Return what the message of a change of files alone ends with."""
    return suffix("client") if parsed.text("dry-run") in ("client", "unchanged") else ""


def conflict(obj: KubeObject) -> str:
    """Return what is printed if --resource-version names another version than the present one."""
    return (
        f'Error from server (Conflict): Operation cannot be fulfilled on {obj.resource.qualified} "{obj.name}": the object '
        "has been modified; please apply your changes to the latest version and try again"
    )


def template_of(obj: KubeObject, manifest: Manifest, how: str = "") -> Manifest:
    """Return the specification of the Pods in a manifest of an object. Raises Stopped if it has none."""
    spec = obj.resource.pod_spec_of(manifest)
    if spec is None:
        # kubectl names an object by its kind where it has not asked a server, with a line end if it has a group
        name = f"{obj.resource.plural}/{obj.name}"
        if how == "local":
            name = display(obj) + ("\n" if obj.resource.group else "")
        kind = f"*{obj.resource.version}.{obj.kind}"
        raise Stopped(f"{name} the object is not a pod or does not have a pod template: {kind}\n")
    return spec


def containers_of(spec: Manifest, pattern: str) -> list[Manifest]:
    """Return the containers whose name fits, and after them the init containers.

    Args:
        spec: the specification of a Pod.
        pattern: a name, in which `*` stands for anything.
    """
    every = [*mappings(spec.get("containers")), *mappings(spec.get("initContainers"))]
    return [item for item in every if matching(text(item.get("name")), pattern)]


def matching(name: str, pattern: str) -> bool:
    """Whether a name fits a pattern, in which `*` stands for anything.

    Source of the rule: `selectString` of k8s.io/kubectl/pkg/cmd/set

    >>> matching("web", "w*"), matching("web", "*"), matching("web", "we")
    (True, True, False)
    """
    if pattern == "*" or "*" not in pattern:
        return pattern in ("*", name)
    at, parts = 0, pattern.split("*")
    for number, part in enumerate(parts):
        if not part:
            continue
        found = name[at:].find(part)
        if (
            found < at
            or (number == 0 and at != 0)
            or (number == len(parts) - 1 and len(name) != len(part) + found)
        ):
            return False
        at = found
    return True
