"""`kubectl get`: tables, and everything that -o can make of objects."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cmp_to_key
from itertools import groupby
from typing import Any

from k8snotes.api.base import KubeObject
from k8snotes.api.kind import Kind
from k8snotes.api.quantity import Quantity
from k8snotes.errors import QuantityError
from k8snotes.facts.pod_status import last_restart
from k8snotes.facts.rows import age, columns, row
from k8snotes.kubectl.asked import display, find, lookup
from k8snotes.kubectl.files import FILES, from_files
from k8snotes.kubectl.flags import Parsed, flag
from k8snotes.kubectl.jsonpath import JsonPathError, Template, relaxed
from k8snotes.kubectl.printing import OUTPUT, check_format, is_table, print_objects
from k8snotes.kubectl.session import Session
from k8snotes.kubectl.tabs import table
from k8snotes.kubectl.trouble import Stopped, Undone, error_text

__all__ = ["FLAGS", "get"]

FLAGS = (
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
_NO_TYPE = (
    'You must specify the type of resource to get. Use "kubectl api-resources" for a complete list of supported '
    "resources.\n\n"
)
_NOT_SPECIFIED = (
    "Required resource not specified.\n"
    'Use "kubectl explain <resource>" for a detailed description of that resource (e.g. kubectl explain pods).\n'
    "See 'kubectl get -h' for help and examples"
)


def get(session: Session, parsed: Parsed) -> None:
    """Print objects: `kubectl get pods -o wide`."""
    form = check_format(parsed)
    if parsed.has("raw") or parsed["subresource"]:
        raise Undone("--raw and --subresource", "-o yaml shows all that is stored of an object.")
    if parsed["show-labels"] and not is_table(parsed):
        raise Stopped(error_text(f"--show-labels option cannot be used with {form} printer"))
    if not parsed.words and not parsed["filename"]:
        session.err(_NO_TYPE)
        raise Stopped(error_text(_NOT_SPECIFIED))
    key = _sort_key(parsed.text("sort-by"))
    everywhere = parsed["all-namespaces"]
    objects, one = _objects(session, parsed, everywhere=everywhere)
    if key is not None:
        objects = _sorted(objects, key, tables=is_table(parsed))
    if parsed["watch"] or parsed["watch-only"]:
        session.err("k8snotes prints what is there now; c.play() and c.timeline() show what happens next.\n")
    if is_table(parsed):
        _print_tables(session, parsed, objects, everywhere=everywhere)
        return
    if objects or not one:
        print_objects(session, parsed, objects, one=one)


def _objects(session: Session, parsed: Parsed, *, everywhere: bool) -> tuple[list[KubeObject], bool]:
    """Return what is asked for, and whether that is a single object by its name."""
    if parsed["filename"]:
        found = []
        documents = list(from_files(session, parsed))
        for document in documents:
            with session.trying():
                home = document.namespace(session, parsed)
                found.append(session.api.get(document.resource, home, document.name))
        return found, len(documents) == 1
    asked = lookup(session, parsed.words)
    before = len(session.pieces)
    found = find(session, parsed, asked, everywhere=everywhere)
    if parsed["ignore-not-found"] and session.failed:
        session.failed = False
        session.pieces[before:] = [piece for piece in session.pieces[before:] if "NotFound" not in piece[1]]
    if session.failed and asked.named:
        # kubectl prints first what it has found, and then what it has not
        errors = [piece for piece in session.pieces[before:] if piece[0] == "err" and "NotFound" in piece[1]]
        session.pieces[before:] = [piece for piece in session.pieces[before:] if piece not in errors]
        session.later += errors
    return found, len(asked.named) == 1


# ---- tables


def _print_tables(
    session: Session, parsed: Parsed, objects: Sequence[KubeObject], *, everywhere: bool
) -> None:
    if not objects:
        if not session.failed and not parsed["ignore-not-found"]:
            where = "" if everywhere else f" in {session.namespace(parsed)} namespace."
            if _cluster_scoped(session, parsed):
                where = ""
            session.err(f"No resources found{where}\n")
        return
    several = _several_kinds(session, parsed, objects) or parsed["show-kind"]
    first = True
    for resource, group in groupby(objects, key=lambda obj: obj.resource):
        if not first:
            session.out("\n")
        first = False
        named = everywhere and resource.namespaced
        session.out(table(_rows(session, parsed, resource, list(group), kind=several, namespaced=named)))


def _several_kinds(session: Session, parsed: Parsed, objects: Sequence[KubeObject]) -> bool:
    """Whether the answer is about more than one kind: then the names in the tables say which.

    A kind that is listed counts even if there is nothing of it, a kind of a name only if it is found.
    """
    listed = () if parsed["filename"] else lookup(session, parsed.words).lists
    return len({*listed, *(obj.resource for obj in objects)}) > 1


def _cluster_scoped(session: Session, parsed: Parsed) -> bool:
    if parsed["filename"]:
        return False
    asked = lookup(session, parsed.words)
    return not all(resource.namespaced for resource in asked.resources)


def _rows(
    session: Session,
    parsed: Parsed,
    resource: Kind,
    objects: Sequence[KubeObject],
    *,
    kind: bool,
    namespaced: bool,
) -> list[list[Any]]:
    wide = parsed.text("output") == "wide"
    names = columns(resource, wide=wide)
    labels = parsed["label-columns"]
    head: list[Any] = ["NAMESPACE"] if namespaced else []
    head += [*names, *(label.rpartition("/")[2].upper() for label in labels)]
    head += ["LABELS"] if parsed["show-labels"] else []
    lines = [] if parsed["no-headers"] else [head]
    for obj in objects:
        cells = row(obj, session.api.timestamp, wide=wide)
        since = last_restart(obj) if resource.plural == "pods" and cells.get("RESTARTS") else ""
        if since:
            cells["RESTARTS"] = f"{cells['RESTARTS']} ({age(since, session.api.timestamp)} ago)"
        if kind and "NAME" in cells:
            cells["NAME"] = display(obj)
        line: list[Any] = [obj.namespace] if namespaced else []
        line += [cells[name] for name in names]
        line += [obj.labels.get(label, "") for label in labels]
        if parsed["show-labels"]:
            line.append(",".join(f"{key}={value}" for key, value in sorted(obj.labels.items())) or "<none>")
        lines.append(line)
    return lines


# ---- order


def _sort_key(expression: str) -> Template | None:
    try:
        return Template(relaxed(expression)) if expression else None
    except JsonPathError as error:
        raise Stopped(error_text(f"error parsing jsonpath {expression}, {error}")) from None


def _sorted(objects: list[KubeObject], key: Template, *, tables: bool) -> list[KubeObject]:
    """Return objects by what a JSONPath finds in them; those that have nothing there come first.

    A key that no object has is an error; where tables are printed, kubectl then has found nothing.
    Source of the rule: `RuntimeSort` and `TableSorter` of k8s.io/kubectl/pkg/cmd/get.
    """
    try:
        found = [(key.values(obj.raw), obj) for obj in objects]
    except JsonPathError as error:
        raise Stopped(error_text(str(error))) from None
    if objects and not any(values for values, _ in found):
        if tables:
            return []
        raise Stopped(
            error_text(f"couldn't find any field with path {quoted_path(key)} in the list of objects")
        )
    # kubectl turns those around that have nothing to be sorted by
    without = [obj for values, obj in reversed(found) if not values]
    rest = [item for item in found if item[0]]
    order = cmp_to_key(_compared)
    ordered = sorted(rest, key=lambda item: order(item[0][0]))
    return [*without, *(obj for _, obj in ordered)]


def quoted_path(key: Template) -> str:
    """Return a sort key as messages show it."""
    return f'"{key.text}"'


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
    """Compare texts so that web-9 comes before web-10."""
    for left, right in zip(_CHUNKS.findall(one), _CHUNKS.findall(other), strict=False):
        if left.isdigit() and right.isdigit() and int(left) != int(right):
            return -1 if int(left) < int(right) else 1
        if left != right:
            return -1 if left < right else 1
    return (len(one) > len(other)) - (len(one) < len(other))
