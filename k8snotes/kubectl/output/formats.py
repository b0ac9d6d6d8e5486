"""The formats of `-o`: yaml, json, name, jsonpath, go-template, custom-columns; a table where none is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from k8snotes.api.base import KubeObject, Manifest, mapping, mappings
from k8snotes.api.files import printable
from k8snotes.api.go_text import quoted
from k8snotes.api.manifest import dump_as_kubectl
from k8snotes.kubectl.failure import Stopped
from k8snotes.kubectl.files import content
from k8snotes.kubectl.flags import Flag, Parsed, flag
from k8snotes.kubectl.output.go import compact_json, go_syntax, go_value, indented_json
from k8snotes.kubectl.output.go_template import GoTemplate, GoTemplateError
from k8snotes.kubectl.output.jsonpath import JsonPathError, Template, relaxed
from k8snotes.kubectl.output.tabs import table
from k8snotes.kubectl.resources import display
from k8snotes.kubectl.session import Session

__all__ = ["OUTPUT", "as_listed", "check_format", "print_objects", "print_value", "shown_manifest"]

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
_FILES = ("go-template-file", "templatefile", "jsonpath-file")
_TEMPLATES = (*_GO_TEMPLATES, "jsonpath", "jsonpath-as-json", "jsonpath-file")
_WITH_VALUES = (*_TEMPLATES, "custom-columns", "custom-columns-file")
_COLUMNS_IN_FILE = (
    "Expected format is one line of space separated headers, one line of space separated column specs."
)
_NO_TEMPLATE = "template format specified but no template given"


def check_format(parsed: Parsed, *, tables: bool = True) -> str:
    """Return the name of the format that was asked for; raises Stopped for one that there is not.

    Args:
        parsed: the flags of the command.
        tables: whether formats that print tables make sense: for `kubectl get`, not for the answer of a change.

    Raises:
        Stopped: there is no such format, or its template cannot be read.

    Source of the rule: `PrintFlags.ToPrinter` of k8s.io/cli-runtime/pkg/genericclioptions
    """
    given = parsed.text("output")
    name, equals, template = given.partition("=")
    allowed = _FORMATS if tables else _OF_ANSWERS
    if parsed.text("template"):
        if not name:
            name = "go-template"
        elif name in _TEMPLATES and equals:
            name = given  # kubectl finds no printer if the template is given twice
    elif equals and name not in _WITH_VALUES:
        name = given
    if name not in ("", *allowed):
        formats = ",".join(allowed)
        raise Stopped(
            f"unable to match a printer suitable for the output format {quoted(given)}, allowed formats are: {formats}"
        )
    if name in _TEMPLATES:
        _check_template(name, parsed.text("template") or template)
    return name


def _check_template(name: str, text: str) -> None:
    """Raise Stopped for a template that cannot be read; one in a file is read when it is used."""
    if not text:
        raise Stopped(_NO_TEMPLATE)
    if name in _FILES:
        return
    if name in _GO_TEMPLATES:
        _go_template(text)
    else:
        _jsonpath(text)


def _go_template(text: str, *, missing_keys: bool = True) -> GoTemplate:
    try:
        return GoTemplate(text, missing_keys=missing_keys)
    except GoTemplateError as error:
        raise Stopped(f"error parsing template {text}, {error}") from None


def _jsonpath(text: str, *, missing_keys: bool = True) -> Template:
    try:
        return Template(text, missing_keys=missing_keys)
    except JsonPathError as error:
        raise Stopped(f"error parsing jsonpath {text}, {error}") from None


def shown_manifest(obj: KubeObject) -> Manifest:
    """Return an object as `-o yaml` shows it; the values of Secrets are hidden."""
    manifest = obj.manifest
    if obj.resource.qualified == "pods":
        for condition in mappings(mapping(manifest.get("status")).get("conditions")):
            condition.setdefault("lastProbeTime", None)  # Kubernetes writes this moment though there is none
    return manifest


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
    kind, _equals, rest = parsed.text("output").partition("=")
    kind = kind or "go-template"
    if kind == "name":
        session.out("".join(f"{display(obj)}\n" for obj in objects))
        return
    if kind.startswith("custom-columns"):
        spec = _columns_in_file(session, rest) if kind.endswith("-file") else _columns_of(rest)
        try:
            session.out(custom_columns(spec, objects, headers=not parsed.get("no-headers")))
        except _BrokenColumnsError as broken:
            session.out(broken.printed)
            raise
        return
    value = shown_manifest(objects[0]) if one and objects else as_listed(objects)
    print_value(session, parsed, kind, value)


def print_value(session: Session, parsed: Parsed, kind: str, value: Any) -> None:
    """Print a value in a format that prints whole objects.

    Args:
        session: the command at work.
        parsed: its flags, with the template if the format needs one.
        kind: the format: "yaml", "json", "jsonpath", "go-template", ...
        value: the value.

    Raises:
        Stopped: a template that cannot be read or does not fit, in kubectl's words.
    """
    if kind == "yaml":
        session.out(dump_as_kubectl(value))
    elif kind == "json":
        session.out(indented_json(value) + "\n")
    else:
        _print_template(
            session, parsed, kind, parsed.text("template") or parsed.text("output").partition("=")[2], value
        )


def _print_template(session: Session, parsed: Parsed, kind: str, text: str, value: Any) -> None:
    if not text:
        raise Stopped(_NO_TEMPLATE)
    if kind in _FILES:
        text = _file(session, text)
    missing = bool(parsed.get("allow-missing-template-keys", True))
    if kind in _GO_TEMPLATES:
        _print_go_template(session, _go_template(text, missing_keys=missing), value)
    else:
        _print_jsonpath(session, kind, _jsonpath(text, missing_keys=missing), value)


def _print_go_template(session: Session, template: GoTemplate, value: Any) -> None:
    """Write what a Go template makes of a value; if it does not fit, kubectl shows both beside the error."""
    try:
        for piece in template.written(value):
            session.out(piece)
    except GoTemplateError as error:
        session.out(
            f"Error executing template: {error}. Printing more information for debugging the template:\n"
            f"\ttemplate was:\n\t\t{template.text}\n\traw data was:\n\t\t{compact_json(value)}\n"
            f"\tobject given to template engine was:\n\t\t{go_value(value)}\n\n"
        )
        raise Stopped(f"error executing template {quoted(template.text)}: {error}") from None


def _print_jsonpath(session: Session, kind: str, template: Template, value: Any) -> None:
    text = template.text
    try:
        if kind == "jsonpath-as-json":
            session.out(indented_json(template.values(value)) + "\n")
        else:
            session.out(template.render(value))
    except JsonPathError as error:
        message = (
            f"error executing jsonpath {quoted(text)}: Error executing template: {error}. "
            "Printing more information for debugging the template:\n"
            f"\ttemplate was:\n\t\t{text}\n\tobject given to jsonpath engine was:\n\t\t{go_syntax(value)}\n\n\n"
        )
        raise Stopped(message) from None


def _columns_of(spec: str) -> list[tuple[str, str]]:
    """Return the headers and the paths of a specification such as "NAME:.metadata.name,IP:.status.podIP"."""
    if not spec:
        raise Stopped("custom-columns format specified but no custom columns given")
    columns = []
    for part in spec.split(","):
        header, colon, path = part.partition(":")
        if not colon or ":" in path:
            raise Stopped(f"unexpected custom-columns spec: {part}, expected <header>:<json-path-expr>")
        columns.append((header, path))
    return columns


def _columns_in_file(session: Session, name: str) -> list[tuple[str, str]]:
    """Return the headers and the paths of a file: the first line has the headers, the second one the paths."""
    if not name:
        raise Stopped("custom-columns format specified but no custom columns given")
    lines = content(
        session.folder / name, name, f"error reading template {printable(name)}, open"
    ).splitlines()
    headers, paths = ([*(line.split() for line in lines[:2]), [], []])[:2]
    if not headers or not paths:
        missing = "spec" if headers else "header"
        raise Stopped(f"invalid template, missing {missing} line. {_COLUMNS_IN_FILE}")
    if len(headers) != len(paths):
        raise Stopped(
            f"number of headers ({len(headers)}) and field specifications ({len(paths)}) don't match"
        )
    return list(zip(headers, paths, strict=True))


def custom_columns(
    spec: Sequence[tuple[str, str]], objects: Sequence[KubeObject], *, headers: bool = True
) -> str:
    """Return the table that headers and paths describe.

    Source of the rule: https://kubernetes.io/docs/reference/kubectl/#custom-columns
    """
    columns = []
    for header, path in spec:
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
    return parsed.text("output") in _TABLES and not parsed.text("template")


def _file(session: Session, name: str) -> str:
    doing = f"error reading --template {printable(name)}, open"
    return content(session.folder / name, name, doing)
