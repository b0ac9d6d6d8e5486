"""The formats of `-o`: yaml, json, name, jsonpath, custom-columns; a table where none is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from k8snotes.api.base import KubeObject, Manifest
from k8snotes.api.files import printable
from k8snotes.api.go_text import quoted
from k8snotes.api.manifest import dump_as_kubectl
from k8snotes.catalogue import _
from k8snotes.kubectl.failure import NotDone, Stopped
from k8snotes.kubectl.files import content
from k8snotes.kubectl.flags import Flag, Parsed, flag
from k8snotes.kubectl.output.go import go_syntax, go_value, indented_json
from k8snotes.kubectl.output.jsonpath import JsonPathError, Template, relaxed
from k8snotes.kubectl.output.tabs import table
from k8snotes.kubectl.resources import display
from k8snotes.kubectl.session import Session

__all__ = ["OUTPUT", "as_listed", "check_format", "print_objects", "shown_manifest"]

OUTPUT: tuple[Flag, ...] = (
    flag("output/o"),
    flag("template"),
    flag("show-managed-fields", "bool"),
    flag("allow-missing-template-keys", "bool", default=True),
)
_TABLES = ("", "wide")
_FORMATS = (
    *("custom-columns", "custom-columns-file", "go-template", "go-template-file", "json", "jsonpath"),
    *("jsonpath-as-json", "jsonpath-file", "name", "template", "templatefile", "wide", "yaml"),
)
_OF_ANSWERS = tuple(name for name in _FORMATS if not name.startswith(("custom-columns", "wide")))
_GO_TEMPLATES = ("go-template", "go-template-file", "template", "templatefile")


def check_format(parsed: Parsed, *, tables: bool = True) -> str:
    """Return the name of the format that was asked for; raises Stopped for one that there is not.

    Args:
        parsed: the flags of the command.
        tables: whether formats that print tables make sense: for `kubectl get`, not for the answer of a change.

    Raises:
        Stopped: there is no such format.
        NotDone: the format is not simulated, such as a Go template.
    """
    given = parsed.text("output")
    name = given.partition("=")[0]
    allowed = _FORMATS if tables else _OF_ANSWERS
    if name in ("", *allowed):
        if name in _GO_TEMPLATES or (not name and parsed.get("template")):
            raise NotDone(
                _("Go templates"), _("Use jsonpath or custom-columns, as in -o jsonpath='{.metadata.name}'.")
            )
        return name
    formats = ",".join(allowed)
    message = (
        f"unable to match a printer suitable for the output format {quoted(given)}, allowed formats are: "
    )
    raise Stopped(message + formats)


def shown_manifest(obj: KubeObject) -> Manifest:
    """Return an object as `-o yaml` shows it; the values of Secrets are hidden."""
    return obj.manifest


def as_listed(objects: Sequence[KubeObject]) -> Manifest:
    """Return several objects as the List that kubectl makes of them."""
    return {
        "apiVersion": "v1",
        "items": [shown_manifest(obj) for obj in objects],
        "kind": "List",
        "metadata": {"resourceVersion": ""},
    }


def print_objects(session: Session, parsed: Parsed, objects: Sequence[KubeObject], *, one: bool) -> None:
    """Print objects in a format that is no table; `one` says that exactly one was asked for.

    Args:
        session: the command at work.
        parsed: its flags; -o says which format.
        objects: the objects, in order.
        one: whether exactly one was asked for: it is printed by itself, and not as the item of a List.

    Raises:
        Stopped: a template that cannot be read or does not fit, in kubectl's words.
    """
    kind, equals, rest = parsed.text("output").partition("=")
    if kind == "name":
        session.out("".join(f"{display(obj)}\n" for obj in objects))
        return
    if kind.startswith("custom-columns"):
        spec = _file(session, rest) if kind.endswith("-file") else rest
        try:
            session.out(custom_columns(spec, objects, headers=not parsed.get("no-headers")))
        except _BrokenColumnsError as broken:
            session.out(broken.printed)
            raise
        return
    value = shown_manifest(objects[0]) if one and objects else as_listed(objects)
    if kind == "yaml":
        session.out(dump_as_kubectl(value))
    elif kind == "json":
        session.out(indented_json(value) + "\n")
    else:
        _print_jsonpath(session, kind, rest if equals else parsed.text("template"), value)


def _print_jsonpath(session: Session, kind: str, text: str, value: Any) -> None:
    if not text:
        raise Stopped("template format specified but no template given")
    text = _file(session, text) if kind == "jsonpath-file" else text
    try:
        template = Template(text)
    except JsonPathError as error:
        raise Stopped(f"error parsing jsonpath {text}, {error}") from None
    try:
        if kind == "jsonpath-as-json":
            session.out(indented_json(template.values(value)) + "\n")
        else:
            session.out(template.render(value))
    except JsonPathError as error:
        message = (
            f"error executing jsonpath {quoted(text)}: Error executing template: {error}. "
            "Printing more information for debugging the template:\n"
            f"\ttemplate was:\n\t\t{text}\n\tobject given to jsonpath engine was:\n\t\t{go_syntax(value)}\n\n"
        )
        raise Stopped(message) from None


def custom_columns(spec: str, objects: Sequence[KubeObject], *, headers: bool = True) -> str:
    """Return the table that a specification such as "NAME:.metadata.name,IP:.status.podIP" describes.

    Source of the rule: https://kubernetes.io/docs/reference/kubectl/#custom-columns
    """
    if not spec:
        raise Stopped("custom-columns format specified but no custom columns given")
    columns = []
    for part in spec.split(","):
        header, colon, path = part.partition(":")
        if not colon or ":" in path:
            message = f"unexpected custom-columns spec: {part}, expected <header>:<json-path-expr>"
            raise Stopped(message)
        try:
            columns.append((header, Template(relaxed(path))))
        except JsonPathError as error:
            raise Stopped(str(error)) from None
    rows: list[list[str]] = [[header for header, _template in columns]] if headers else []
    for obj in objects:
        manifest = shown_manifest(obj)
        try:
            rows.append([_cell(template.values(manifest)) for _header, template in columns])
        except JsonPathError as error:
            raise _BrokenColumnsError(table(rows), str(error)) from None
    return table(rows)


class _BrokenColumnsError(Stopped):
    """A column that cannot be computed: `.printed` is the table above it."""

    def __init__(self, printed: str, message: str) -> None:
        super().__init__(message)
        self.printed = printed


def _cell(values: Sequence[Any]) -> str:
    return ",".join("<none>" if value is None else go_value(value) for value in values) or "<none>"


def is_table(parsed: Parsed) -> bool:
    """Whether a table is asked for."""
    return parsed.text("output") in _TABLES


def _file(session: Session, name: str) -> str:
    doing = f"error reading --template {printable(name)}, open"
    return content(session.folder / name, name, doing).strip("\n")
