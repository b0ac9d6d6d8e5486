"""Changes to objects that are there: label, annotate, scale, patch, set image."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from k8snotes.api.base import KubeObject, Manifest, mapping, mappings, text
from k8snotes.api.go_text import quoted
from k8snotes.api.manifest import documents
from k8snotes.api.names import label_key, label_value
from k8snotes.control_plane.etcd import clone
from k8snotes.control_plane.merge import json_merge, strategic_merge
from k8snotes.errors import ApiError
from k8snotes.kubectl.asked import display, find, lookup
from k8snotes.kubectl.dry_run import DRY_RUN, answer, changed, dry_run, edited, required, suffix
from k8snotes.kubectl.files import FILES, from_files
from k8snotes.kubectl.flags import Parsed, flag
from k8snotes.kubectl.formats import compact_json
from k8snotes.kubectl.json_patch import PatchError, json_patch
from k8snotes.kubectl.printing import OUTPUT, check_format, print_objects
from k8snotes.kubectl.session import Session
from k8snotes.kubectl.trouble import Stopped, api_trouble, error_text

__all__ = [
    "METADATA_FLAGS",
    "PATCH_FLAGS",
    "SCALE_FLAGS",
    "SET_FLAGS",
    "annotate",
    "label",
    "patch",
    "scale",
    "set_",
]

_COMMON = (*DRY_RUN, *OUTPUT, *FILES, flag("selector/l"), flag("all", "bool"))
METADATA_FLAGS = (
    *_COMMON,
    flag("overwrite", "bool"),
    flag("list", "bool"),
    flag("all-namespaces/A", "bool"),
    flag("field-selector"),
    flag("resource-version"),
    flag("local", "bool"),
)
SCALE_FLAGS = (
    *_COMMON,
    flag("replicas", "int"),
    flag("current-replicas", "int", -1),
    flag("timeout", "duration", 0.0),
    flag("resource-version"),
)
PATCH_FLAGS = (
    *DRY_RUN,
    *OUTPUT,
    *FILES,
    flag("patch/p"),
    flag("patch-file"),
    flag("type", default="strategic"),
    flag("subresource"),
    flag("local", "bool"),
)
SET_FLAGS = (*_COMMON, flag("local", "bool"))
_PROVIDE = (
    "You must provide one or more resources by argument or filename.\nExample resource specifications include:\n"
    "   '-f rsrc.yaml'\n   '--filename=rsrc.json'\n   '<resource> <name>'\n   '<resource>'"
)


def meant(session: Session, parsed: Parsed, words: Sequence[str]) -> list[KubeObject]:
    """Return the objects that a changing command means: by name, by file, by selector, or all of a kind."""
    found: list[KubeObject] = []
    if parsed.values.get("filename"):
        for document in from_files(session, parsed):
            with session.trying():
                home = document.namespace(session, parsed)
                found.append(session.api.get(document.resource, home, document.name))
        return found
    asked = lookup(session, words)
    if not asked.resources:
        raise Stopped(error_text(_PROVIDE))
    everything = parsed.values.get("all") or parsed.text("selector") or parsed.text("field-selector")
    if asked.lists and not everything:
        raise Stopped(error_text("resource(s) were provided, but no name was specified"))
    return find(session, parsed, asked, everywhere=bool(parsed.values.get("all-namespaces")))


# ---- labels and annotations


def label(session: Session, parsed: Parsed) -> None:
    """Set and remove labels: `kubectl label pod db tier=back old-`."""
    _metadata(session, parsed, "labels", "label")


def annotate(session: Session, parsed: Parsed) -> None:
    """Set and remove annotations: `kubectl annotate pod db note='hello'`."""
    _metadata(session, parsed, "annotations", "annotation")


def _metadata(session: Session, parsed: Parsed, field: str, word: str) -> None:
    how = dry_run(session, parsed)
    form = check_format(parsed, tables=False)
    words = [item for item in parsed.words if not _is_change(item)]
    changes = [item for item in parsed.words if _is_change(item)]
    if not words and not parsed["filename"]:
        message = "one or more resources must be specified as <resource> <name> or <resource>/<name>"
        raise Stopped(error_text(message))
    if not changes and not parsed["list"]:
        raise Stopped(error_text(f"at least one {word} update is required"))
    wanted, gone = _read_changes(changes, word)
    for obj in meant(session, parsed, words):
        if parsed["list"]:
            for key, value in sorted(mapping(obj.metadata.get(field)).items()):
                session.out(f"{key}={text(value)}\n")
            continue
        _change(session, parsed, obj, _Change(field, wanted, tuple(gone)), how=how, form=form)


def _is_change(item: str) -> bool:
    # what stands before the first change names objects; pods/db is no change, a-b is none either
    return ("=" in item and not item.startswith("=")) or (item.endswith("-") and len(item) > 1)


def _read_changes(changes: Sequence[str], word: str) -> tuple[dict[str, str], list[str]]:
    wanted: dict[str, str] = {}
    gone: list[str] = []
    for change in changes:
        if "=" not in change:
            gone.append(change[:-1])
            continue
        key, _, value = change.partition("=")
        wrong = label_value(value) if word == "label" else []
        if wrong:
            raise Stopped(error_text(f"invalid label value: {quoted(change)}: {';'.join(wrong)}"))
        wanted[key] = value
    both = [key for key in gone if key in wanted]
    if both:
        article = "a label" if word == "label" else "an annotation"
        raise Stopped(error_text(f"can not both modify and remove {article} in the same command"))
    return wanted, gone


@dataclass(frozen=True, slots=True)
class _Change:
    """What is to become of a map: `field` is "labels" or "annotations"."""

    field: str
    wanted: Mapping[str, str]
    gone: tuple[str, ...]

    def __str__(self) -> str:
        return " ".join(
            [*(f"{key}={value}" for key, value in self.wanted.items()), *(f"{key}-" for key in self.gone)]
        )


def _change(
    session: Session, parsed: Parsed, obj: KubeObject, change: _Change, *, how: str, form: str
) -> None:
    field, wanted, gone = change.field, change.wanted, change.gone
    old = {key: text(value) for key, value in mapping(obj.metadata.get(field)).items()}
    taken = [(key, old[key]) for key, value in wanted.items() if key in old and old[key] != value]
    if taken and not parsed["overwrite"]:
        raise Stopped(error_text(_taken(taken, field)))
    if field == "labels":
        for key in gone:
            if key not in old and not form:
                session.out(f"label {quoted(key)} not found.\n")
        for key in wanted:
            wrong = label_key(key)
            if wrong:
                said = f"metadata.labels: Invalid value: {quoted(key)}: {wrong[0]}"
                session.fail(f"The {obj.kind} {quoted(obj.name)} is invalid: {said}\n")
                return
    new = {key: value for key, value in {**old, **wanted}.items() if key not in gone}

    def edit(manifest: Manifest) -> None:
        manifest["metadata"].pop(field, None)
        if new:
            manifest["metadata"][field] = new

    why = str(change)
    verb = "label" if field == "labels" else "annotate"
    with session.trying():
        done = edited(session, how, obj, edit, verb=verb, why=why)
        if form:
            print_objects(session, parsed, [done], one=True)
        else:
            session.out(f"{display(obj)} {_done(old, new, field, parsed['overwrite'])}{suffix(how)}\n")


def _taken(taken: Sequence[tuple[str, str]], field: str) -> str:
    said = [f"'{key}' already has a value ({value})" for key, value in taken]
    if field == "labels":
        return f"{said[0]}, and --overwrite is false"
    return f"--overwrite is false but found the following declared annotation(s): {'; '.join(said)}"


def _done(old: dict[str, str], new: dict[str, str], field: str, overwrite: bool) -> str:
    if field == "annotations":
        return "annotated"
    if old == new:
        return "not labeled"
    # kubectl compares how long both are when they are written out
    shorter = len(compact_json(new) if new else "") < len(compact_json(old))
    return "unlabeled" if shorter and not overwrite else "labeled"


# ---- scale

_SCALES = ("deployments.apps", "replicasets.apps", "statefulsets.apps", "replicationcontrollers")


def scale(session: Session, parsed: Parsed) -> None:
    """Change how many Pods a workload wants: `kubectl scale rc/web --replicas=5`."""
    required(parsed, "replicas")
    how = dry_run(session, parsed)
    replicas = parsed["replicas"]
    if replicas < 0:
        message = "The --replicas=COUNT flag is required, and COUNT must be greater than or equal to 0"
        raise Stopped(error_text(message))
    for obj in meant(session, parsed, parsed.words):
        if obj.resource.qualified not in _SCALES:
            session.fail("Error from server (NotFound): the server could not find the requested resource\n")
            continue
        wanted, present = parsed["current-replicas"], obj.spec.get("replicas", 1)
        if wanted not in (-1, present):
            session.fail(error_text(f"Expected replicas to be {wanted}, was {present}"))
            continue
        _scale(session, parsed, obj, replicas, how)


def _scale(session: Session, parsed: Parsed, obj: KubeObject, replicas: int, how: str) -> None:
    def edit(manifest: Manifest) -> None:
        manifest["spec"]["replicas"] = replicas

    with session.trying():
        done = edited(session, how, obj, edit, verb="scale", why=f"to {replicas}")
        answer(session, parsed, done, "scaled", how)


# ---- patch


def patch(session: Session, parsed: Parsed) -> None:
    """Change fields of objects: `kubectl patch svc web -p '{"spec":{"type":"NodePort"}}'`."""
    how = dry_run(session, parsed)
    kinds = ("json", "merge", "strategic")
    if parsed["type"] not in kinds:
        raise Stopped(error_text(f"--type must be one of [{' '.join(kinds)}], not {quoted(parsed['type'])}"))
    given = parsed["patch"]
    if parsed.text("patch-file"):
        try:
            given = (session.folder / parsed["patch-file"]).read_text(encoding="utf-8")
        except (OSError, ValueError):
            name = parsed["patch-file"]
            message = f"unable to read patch file: open {name}: no such file or directory"
            raise Stopped(error_text(message)) from None
    if not given:
        raise Stopped(error_text("must specify --patch or --patch-file containing the contents of the patch"))
    found = list(documents(given, doubles=True))
    if len(found) != 1 or found[0].problem:
        raise Stopped(error_text(f"unable to parse {quoted(given)}: it is neither JSON nor YAML"))
    value = found[0].value
    for obj in meant(session, parsed, parsed.words):
        new = _patched(session, obj, value, parsed["type"])
        if new is None:
            continue
        with session.trying():
            done = changed(session, how, lambda api, obj=obj, new=new: _replaced(api, obj, new))  # type: ignore[misc]
            answer(session, parsed, done, "patched" if done.raw != obj.raw else "patched (no change)", how)


def _replaced(api: Any, obj: KubeObject, new: Manifest) -> KubeObject:
    def edit(manifest: Manifest) -> None:
        manifest.clear()
        manifest.update(new)

    done: KubeObject = api.change(obj, edit, by="kubectl")
    return done


def _patched(session: Session, obj: KubeObject, value: Any, kind: str) -> Manifest | None:
    old = clone(obj.raw)
    try:
        if kind == "json":
            done: Any = json_patch(old, value)
        else:
            done = _merged(value, old, kind)
    except PatchError as error:
        session.fail(f"The request is invalid: {error}\n")
        return None
    if not isinstance(done, dict):
        session.fail("The request is invalid: the patch leaves no object\n")
        return None
    return done


def _merged(value: Any, old: Manifest, kind: str) -> Any:
    if not isinstance(value, dict):
        raise PatchError("the patch is not an object (fields with values)")
    return strategic_merge(value, old) if kind == "strategic" else json_merge(value, old)


# ---- set image


def set_(session: Session, parsed: Parsed) -> None:
    """Change a field of workloads: of all that `kubectl set` can do, the image of a container."""
    how = dry_run(session, parsed)
    check_format(parsed, tables=False)
    images = dict(item.partition("=")[::2] for item in parsed.words if "=" in item)
    words = [item for item in parsed.words if "=" not in item]
    if not words and not parsed["filename"]:
        raise Stopped(error_text(_PROVIDE))
    if words:
        lookup(session, words)
    if not images:
        raise Stopped(error_text("at least one image update is required"))
    for obj in meant(session, parsed, words):
        _set_images(session, parsed, obj, images, how)


def _set_images(session: Session, parsed: Parsed, obj: KubeObject, images: dict[str, str], how: str) -> None:
    new = clone(obj.raw)
    spec = pod_spec(new)
    if spec is None:
        kind = f"*v1.{obj.kind}"
        message = f"{obj.resource.plural}/{obj.name} the object is not a pod or does not have a pod template: {kind}"
        session.fail(error_text(message))
        return
    containers = [*mappings(spec.get("initContainers")), *mappings(spec.get("containers"))]
    for name, image in images.items():
        fitting = [item for item in containers if name in ("*", item.get("name"))]
        if not fitting:
            session.fail(error_text(f"unable to find container named {quoted(name)}"))
        for item in fitting:
            item["image"] = image
    if new == obj.raw:
        return
    try:
        with session.trying():
            done = changed(session, how, lambda api: _replaced(api, obj, new))
            answer(session, parsed, done, "image updated", how)
    except ApiError as error:  # pragma: no cover  # told by `trying`
        session.fail(api_trouble(error))


def pod_spec(manifest: Manifest) -> dict[str, Any] | None:
    """Return the Pod specification inside a manifest, None for a kind that has none."""
    spec = mapping(manifest.get("spec"))
    if manifest.get("kind") == "Pod":
        return spec
    if manifest.get("kind") == "CronJob":
        spec = mapping(mapping(spec.get("jobTemplate")).get("spec"))
    template = spec.get("template")
    return mapping(mapping(template).get("spec")) if isinstance(template, dict) else None
