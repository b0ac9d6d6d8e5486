"""`kubectl get`: tables, and everything that -o can make of objects."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cmp_to_key
from itertools import groupby
from typing import Any

from k8snotes.api.base import KubeObject
from k8snotes.api.go_text import quoted
from k8snotes.api.kind import Kind
from k8snotes.api.quantity import Quantity
from k8snotes.catalogue import _
from k8snotes.errors import ApiError, QuantityError, SelectorSyntaxError
from k8snotes.facts.pod_status import last_restart
from k8snotes.facts.rows import age, columns, row
from k8snotes.kubectl.failure import NotDone, Stopped
from k8snotes.kubectl.field_selector import field_selector
from k8snotes.kubectl.files import FILES, from_files
from k8snotes.kubectl.flags import Parsed, flag
from k8snotes.kubectl.output.formats import OUTPUT, check_format, is_table, print_objects
from k8snotes.kubectl.output.jsonpath import JsonPathError, Template, relaxed
from k8snotes.kubectl.output.tabs import table
from k8snotes.kubectl.resources import Resources, check_sources, display, lookup, search
from k8snotes.kubectl.session import Session
from k8snotes.kubectl.verb import KINDS, Verb

_FLAGS = (
    *OUTPUT,
    *FILES,
    flag("selector/l"),
    flag("field-selector"),
    flag("all-namespaces/A", "bool"),
    flag("show-labels", "bool"),
    flag("label-columns/L", "list"),
    flag("no-headers", "bool"),
    flag("sort-by"),
    flag("show-kind", "bool"),
    flag("ignore-not-found", "bool"),
    flag("watch/w", "bool"),
    flag("watch-only", "bool"),
    flag("output-watch-events", "bool"),
    flag("chunk-size", "int", 500),
    flag("raw"),
    flag("subresource"),
    flag("server-print", "bool", default=True),
)
_SUBRESOURCES = ("status", "scale", "resize")
_NOT_FOUND = 404
_NO_TYPE = (
    'You must specify the type of resource to get. Use "kubectl api-resources" for a complete list of supported '
    "resources.\n\n"
)
_HELP = "See 'kubectl get -h' for help and examples"
_NOT_SPECIFIED = (
    "Required resource not specified.\n"
    'Use "kubectl explain <resource>" for a detailed description of that resource (e.g. kubectl explain pods).\n'
    f"{_HELP}"
)


def get(session: Session, parsed: Parsed) -> None:
    """Print objects: `kubectl get pods -o wide`.

    Each kind has its table, with the columns of the API server's own printers; -o prints the stored objects in any
    other format. Missing objects are reported last. A watch prints only the present state, because nothing changes
    while a cell runs.

    Source of the rule: https://kubernetes.io/docs/reference/kubectl/generated/kubectl_get/
    """
    form = parsed.text("output")
    if parsed.has("raw"):
        _print_raw(session, parsed)
        return
    if parsed["show-labels"] and not is_table(parsed):
        raise Stopped(f"--show-labels option cannot be used with {form} printer")
    check_format(parsed)
    watches = parsed["watch"] or parsed["watch-only"]
    if parsed["output-watch-events"] and not watches:
        raise Stopped("--output-watch-events option can only be used with --watch or --watch-only")
    if not parsed.words and not parsed["filename"]:
        session.err(_NO_TYPE)
        raise Stopped(_NOT_SPECIFIED)
    _check_subresource(parsed.text("subresource"), session, parsed)
    objects, one = _objects(session, parsed)
    if parsed.text("sort-by"):
        objects = _sorted_objects(session, parsed, objects)
    if watches:
        note = _(
            "k8snotes prints only the present state, because nothing changes while a cell runs. "
            "Use c.play() or c.timeline() to see changes."
        )
        session.err(f"{note}\n")
    if is_table(parsed):
        _print_tables(session, parsed, objects)
    elif objects or not one:
        print_objects(session, parsed, objects, one=one)


def _print_raw(session: Session, parsed: Parsed) -> None:
    """Print what the API server answers at a path.

    Source of the rule: `GetOptions.Validate` and `RawGet` of k8s.io/kubectl
    """
    path = parsed.text("raw")
    if parsed["watch"] or parsed["watch-only"] or parsed.text("selector"):
        raise Stopped(
            "--raw may not be specified with other flags that filter the server request or alter the output"
        )
    if parsed.text("output"):
        raise Stopped(f"--raw and --output are mutually exclusive\n{_HELP}")
    if not path.startswith(("/", "http://", "https://")):
        why = f"parse {quoted(path)}: invalid URI for request"
        raise Stopped(f"--raw must be a valid URL path: {why}\n{_HELP}")
    if parsed.words:
        raise Stopped("arguments may not be passed when --raw is specified")
    from k8snotes.kubectl.raw import answer  # noqa: PLC0415  # seldom asked for

    with session.asking():
        session.out(answer(session, path))


def _check_subresource(name: str, session: Session, parsed: Parsed) -> None:
    if not name:
        return
    if name not in _SUBRESOURCES:
        raise Stopped(
            f"invalid subresource value: {quoted(name)}. Must be one of [{' '.join(_SUBRESOURCES)}]"
        )
    if not parsed["filename"] and lookup(session, parsed.words).lists:
        raise Stopped("subresource cannot be used when bulk resources are specified")
    if name != "status":
        raise NotDone(
            f"--subresource={name}", _("Use -o yaml to see everything that is stored of an object.")
        )


def _objects(session: Session, parsed: Parsed) -> tuple[list[KubeObject], bool]:
    """Return what is asked for, and whether that is a single object by its name."""
    if parsed["filename"]:
        check_sources(session, parsed, parsed.words)
        documents = list(from_files(session, parsed))
        objects = []
        for document in documents:
            with session.trying():
                objects.append(document.stored(session, parsed))
        return objects, len(documents) == 1
    resources = lookup(session, parsed.words)
    objects, missing = search(session, parsed, resources, everywhere=parsed["all-namespaces"])
    for error in missing:
        if not parsed["ignore-not-found"] or error.code != _NOT_FOUND:
            session.refused(error)  # kubectl prints first what it has found
    return objects, len(resources.named) == 1


# ---- tables


def _print_tables(session: Session, parsed: Parsed, objects: Sequence[KubeObject]) -> None:
    everywhere = parsed["all-namespaces"]
    resources = Resources() if parsed["filename"] else lookup(session, parsed.words)
    if not objects:
        if not session.failures and not parsed["ignore-not-found"]:
            in_one = not everywhere and all(kind.namespaced for kind in resources.kinds)
            where = f" in {session.namespace(parsed)} namespace." if in_one else ""
            session.err(f"No resources found{where}\n")
        session.show((), "get")  # of a live cluster, perhaps because they may not be read
        return
    # a kind that may be listed counts even if there is nothing of it, a kind of a name only if it is found
    home = None if everywhere else session.namespace(parsed)
    listed = [kind for kind in resources.lists if session.may_list(kind, home) and _has_fields(parsed, kind)]
    several = len({*listed, *(obj.resource for obj in objects)}) > 1
    for number, (kind, group) in enumerate(groupby(objects, key=lambda obj: obj.resource)):
        rows = _rows(
            session,
            parsed,
            kind,
            list(group),
            with_kind=several or parsed["show-kind"],
            with_namespace=everywhere and kind.namespaced,
        )
        session.out(("\n" if number and not parsed["no-headers"] else "") + table(rows))
    session.show(objects, "get")


def _has_fields(parsed: Parsed, kind: Kind) -> bool:
    """Return whether a kind has the fields that --field-selector asks for."""
    fields = parsed.text("field-selector")
    try:
        return not fields or field_selector(fields, kind) is not None
    except (ApiError, SelectorSyntaxError):
        return False


def _rows(
    session: Session,
    parsed: Parsed,
    kind: Kind,
    objects: Sequence[KubeObject],
    *,
    with_kind: bool,
    with_namespace: bool,
) -> list[list[Any]]:
    wide = parsed.text("output") == "wide"
    names = columns(kind, wide=wide)
    labels = parsed["label-columns"]
    head: list[Any] = ["NAMESPACE"] if with_namespace else []
    head += [*names, *(label.rpartition("/")[2].upper() for label in labels)]
    head += ["LABELS"] if parsed["show-labels"] else []
    rows = [] if parsed["no-headers"] else [head]
    for obj in objects:
        cells = row(obj, session.api.timestamp, wide=wide)
        since = last_restart(obj) if kind.plural == "pods" and cells.get("RESTARTS") else ""
        if since:
            cells["RESTARTS"] = f"{cells['RESTARTS']} ({age(since, session.api.timestamp)} ago)"
        if with_kind and "NAME" in cells:
            cells["NAME"] = display(obj)
        line: list[Any] = [obj.namespace] if with_namespace else []
        line += [cells[name] for name in names]
        line += [obj.labels.get(label, "") for label in labels]
        if parsed["show-labels"]:
            line.append(",".join(f"{key}={value}" for key, value in sorted(obj.labels.items())) or "<none>")
        rows.append(line)
    return rows


# ---- order


def _sorted_objects(session: Session, parsed: Parsed, objects: list[KubeObject]) -> list[KubeObject]:
    """Return objects by what --sort-by finds in them.

    A table of one row is printed as it is, a table that cannot be sorted is not printed, and several tables cannot be
    sorted at all; in other formats, a key that cannot be read, or that no object has, is an error.

    Source of the rule: `RuntimeSorter` and `SortingPrinter` of k8s.io/kubectl/pkg/cmd/get
    """
    expression, tables = parsed.text("sort-by"), is_table(parsed)
    try:
        shown = relaxed(expression)
    except JsonPathError as error:
        if not tables:
            raise Stopped(str(error)) from None
        shown = expression
    if tables:
        found = Resources() if parsed["filename"] else lookup(session, parsed.words)
        if len(found.lists) + len({obj.key for obj in objects if not found.lists}) > 1:
            raise Stopped(_NO_FIELD.format(path=shown))
        if len(objects) <= 1:
            return objects
    try:
        return _sorted(objects, Template(shown), tables=tables)
    except JsonPathError as error:
        if tables:
            return []
        raise Stopped(str(error)) from None


_NO_FIELD = 'couldn\'t find any field with path "{path}" in the list of objects'


def _sorted(objects: list[KubeObject], key: Template, *, tables: bool) -> list[KubeObject]:
    """Return objects by what a JSONPath finds in them; those that have nothing there come first.

    Source of the rule: `RuntimeSort` and `TableSorter` of k8s.io/kubectl/pkg/cmd/get.
    """
    keyed = [(key.values(obj.raw), obj) for obj in objects]
    if objects and not any(values for values, _obj in keyed):
        if tables:
            return []
        raise Stopped(_NO_FIELD.format(path=key.text))
    # kubectl turns those around that have nothing to be sorted by
    without = [obj for values, obj in reversed(keyed) if not values]
    order = cmp_to_key(_compared)
    ordered = sorted((item for item in keyed if item[0]), key=lambda item: order(item[0][0]))
    return [*without, *(obj for _values, obj in ordered)]


def _compared(one: Any, other: Any) -> int:
    if isinstance(one, str) and isinstance(other, str):
        try:
            amounts = Quantity(one), Quantity(other)
        except QuantityError:
            return _natural(one, other)
        return (amounts[0] > amounts[1]) - (amounts[0] < amounts[1])
    if isinstance(one, (int, float)) and isinstance(other, (int, float)):
        return (one > other) - (one < other)
    return 0


_CHUNKS = re.compile(r"\d+|\D+")


def _natural(one: str, other: str) -> int:
    """Compare texts so that web-9 comes before web-10.

    >>> _natural("web-9", "web-10"), _natural("b", "a")
    (-1, 1)
    """
    for left, right in zip(_CHUNKS.findall(one), _CHUNKS.findall(other), strict=False):
        if left.isdigit() and right.isdigit() and int(left) != int(right):
            return -1 if int(left) < int(right) else 1
        if left != right:
            return -1 if left < right else 1
    return (len(one) > len(other)) - (len(one) < len(other))


VERB = Verb(
    get,
    _("Print one or more objects, as a table or in another format."),
    _FLAGS,
    "kubectl get pods -o wide",
    takes=KINDS,
)
