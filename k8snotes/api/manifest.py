"""YAML and JSON text to plain values, as Kubernetes reads it, and back; every error knows its place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from k8snotes.api.base import KubeObject, Manifest
from k8snotes.api.document import MAX_DEPTH, Document, json_documents
from k8snotes.api.scalars import scalar_value
from k8snotes.api.yaml_hints import code_of, hint_for
from k8snotes.api.yaml_values import PLAIN, TAG, Builder, RefusedError
from k8snotes.errors import Problem

__all__ = [
    "Document",
    "Reading",
    "chunks",
    "compose",
    "documents",
    "dump",
    "dump_as_kubectl",
    "key_text",
    "plain",
    "scalar_value",
]


class _Resolver:
    """Leaves unquoted scalars to `scalar_value`: Kubernetes reads them otherwise than PyYAML does."""

    def resolve(self, kind: type[Node], value: str | None, implicit: Any) -> str:  # noqa: ARG002
        if kind is ScalarNode:
            return PLAIN if implicit[0] else TAG + "str"
        return TAG + ("map" if kind is MappingNode else "seq")


_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_Resolver, _Base):  # type: ignore[misc]  # the C loader where PyYAML has it
    pass


def documents(text: str, file: str = "", *, doubles: bool = False) -> Iterator[Document]:
    """Read the documents of YAML or JSON text; a bad one does not keep the others from being read.

    Empty documents are passed over. Lines and columns count from 1. A key that stands twice in a mapping
    is refused, as the API server refuses it; with `doubles` the last one counts, as for kubectl.
    """
    text = text.removeprefix("\ufeff")
    start = text.lstrip()[:2]
    # {{ begins the template of a manifest, and no JSON
    if start[:1] == "{" and start != "{{":
        found = list(json_documents(text, file, doubles=doubles))
        if not any(document.problem for document in found):
            yield from found
            return
        as_yaml = list(_yaml_documents(text, file, doubles=doubles))
        # what begins with a brace and is neither is most probably meant as JSON
        yield from found if any(document.problem for document in as_yaml) else as_yaml
        return
    yield from _yaml_documents(text, file, doubles=doubles)


_SEPARATOR = re.compile(r"^---(?=\s|$)", re.MULTILINE)
_ONLY_DIRECTIVES = re.compile(r"(?:\s*(?:[%#].*)?\n)*\s*%.*\n(?:\s*(?:[%#].*)?\n)*\Z")
_MANY_DEEP = re.compile(r"(?:[-?:][ \t]){200}")


def chunks(text: str) -> Iterator[tuple[int, str]]:
    """Split YAML text at the lines that begin with `---`, as kubectl does: each part, and the lines before it."""
    text = text.replace("\r\n", "\n")
    starts = [0, *(match.start() for match in _SEPARATOR.finditer(text)), len(text)]
    next_line = 0
    begin = starts[0]
    for end in starts[1:]:
        chunk = text[begin:end]
        if _ONLY_DIRECTIVES.match(chunk) and end < len(text):
            continue  # %YAML 1.1 belongs to the document that follows
        # counted on, so that many documents cost no more than one
        first_line = next_line
        next_line += chunk.count("\n")
        begin = end
        yield first_line, chunk


def _yaml_documents(text: str, file: str, *, doubles: bool) -> Iterator[Document]:
    """Read each part for itself, so that each document fails alone."""
    index = 0
    for first_line, chunk in chunks(text):
        for document in _chunk(chunk, first_line, file, index, doubles=doubles):
            index = document.index + 1
            yield document


def _chunk(chunk: str, first_line: int, file: str, index: int, *, doubles: bool) -> Iterator[Document]:
    try:
        for node in _nodes(chunk):
            document = _document(node, first_line, file, index, doubles=doubles)
            if document.value is not None or document.problem:
                yield document
                index += 1
    except yaml.YAMLError as error:
        problem = _problem(error, chunk, first_line, file, index)
        yield Document(index, problem.line or 1, problem=problem)


def _nodes(chunk: str) -> Iterator[Node]:
    if chunk.count("[") + chunk.count("{") > MAX_DEPTH or _MANY_DEEP.search(chunk):
        _check_depth(chunk)  # the C parser recurses, and would end the process
    loader = _Loader(chunk)
    try:
        while loader.check_node():
            yield loader.get_node()
    finally:
        loader.dispose()


@dataclass(slots=True)
class Reading:
    """The nodes of a part, each with its marks, and the problem at which reading ended, if it did.

    `opened` is the line (from 0) on which the quotes or brackets begin that do not end; `parser_line` is the
    line that kubectl names, None where it names none.
    """

    nodes: list[Any] = field(default_factory=list)
    problem: Problem | None = None
    opened: int | None = None
    parser_line: int | None = None


def compose(chunk: str) -> Reading:
    """Read the nodes of a part as far as it can be read."""
    found = Reading()
    try:
        for node in _nodes(chunk):
            found.nodes.append(node)
    except yaml.YAMLError as error:
        found.problem = _problem(error, chunk, 0, "", 0)
        if isinstance(error, yaml.MarkedYAMLError):
            context = error.context or ""
            if error.context_mark and ("quoted scalar" in context or "flow" in context):
                found.opened = error.context_mark.line
            marks = [mark.line for mark in (error.context_mark, error.problem_mark) if mark and mark.line]
            # Go's parser counts an error of grammar one line less than one of its scanner
            found.parser_line = marks[0] + isinstance(error, yaml.scanner.ScannerError) if marks else None
    return found


def plain(node: Any) -> tuple[Any, list[RefusedError]]:
    """Return the value of a node, and what of it is refused, each with its node. What is refused is left out."""
    builder = Builder(patient=True)
    try:
        value = builder.build(node)
    except RefusedError as error:
        return None, [error]
    return value, builder.refused


def key_text(node: Any) -> str:
    """Return the name that a key stands for: `n:` and `1:` are read as "false" and "1".

    >>> key_text(compose("on: 1").nodes[0].value[0][0])
    'true'
    """
    key: str | None = Builder(patient=True)._key(node)  # noqa: SLF001
    return key or ""


def _problem(error: yaml.YAMLError, chunk: str, first_line: int, file: str, index: int) -> Problem:
    if isinstance(error, yaml.MarkedYAMLError):
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line, mark.column) if mark else (0, 0)
        detail = error.problem or error.context or "this is not YAML"
        code = code_of(detail)
        if code == "depth":  # newer parsers have a limit of their own
            detail = f"nested deeper than {MAX_DEPTH} levels"
        hint = hint_for(code, chunk.split("\n"), line, column)
        message = f"this is not YAML: {detail}"
        return Problem(message, file, index, first_line + line + 1, column + 1, hint, code, detail)
    if isinstance(error, yaml.reader.ReaderError):
        at = error.position if isinstance(error.position, int) else 0
        line = chunk.count("\n", 0, at)
        detail = f"a character that text may not hold (#x{_code(error):04x})"
        column = at - chunk.rfind("\n", 0, at)
        hint = "Remove the character; it is often invisible."
        message = f"this is not YAML: {detail}"
        return Problem(message, file, index, first_line + line + 1, column, hint, "unreadable", detail)
    return Problem(str(error), file, index, first_line + 1, 1, "", "not-yaml", str(error))


def _code(error: Any) -> int:
    character = error.character
    return ord(character) if isinstance(character, (str, bytes)) and character else int(character or 0)


def _check_depth(chunk: str) -> None:
    depth = 0
    for event in yaml.parse(chunk, Loader=_Base):
        if isinstance(event, (yaml.SequenceStartEvent, yaml.MappingStartEvent)):
            depth += 1
            if depth > MAX_DEPTH:
                message = f"nested deeper than {MAX_DEPTH} levels"
                raise yaml.MarkedYAMLError(problem=message, problem_mark=_mark(event))
        elif isinstance(event, (yaml.SequenceEndEvent, yaml.MappingEndEvent)):
            depth -= 1


def _mark(event: Any) -> Any:
    return event.start_mark  # the C parser has marks of its own, which serve as well


def _document(node: Node, first_line: int, file: str, index: int, *, doubles: bool) -> Document:
    line = first_line + node.start_mark.line + 1
    try:
        value = Builder(doubles=doubles).build(node)
    except RefusedError as error:
        mark = error.node.start_mark
        at = first_line + mark.line + 1
        problem = Problem(error.message, file, index, at, mark.column + 1, error.hint, error.code)
        return Document(index, line, problem=problem)
    places: dict[str, tuple[int, int]] = {}
    items: tuple[int, ...] = ()
    if isinstance(node, MappingNode):
        for key, child in node.value:
            mark = key.start_mark
            places[str(key.value)] = (first_line + mark.line + 1, mark.column + 1)
            if key.value == "items" and isinstance(child, SequenceNode):
                items = tuple(first_line + item.start_mark.line + 1 for item in child.value)
    places.setdefault("", (line, node.start_mark.column + 1))
    return Document(index, line, value, places=places, item_lines=items)


class _Dumper(getattr(yaml, "CSafeDumper", yaml.SafeDumper)):  # type: ignore[misc]
    """Quotes whatever Kubernetes or another YAML reader would take for something else than text."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002
        return True


def _writer(quote: str) -> Any:
    """Return how text is written: over several lines, in quotes where it could be read otherwise, or plain."""

    def write(dumper: Any, value: str) -> ScalarNode:
        style = "|" if "\n" in value else None
        implied = dumper.resolve(ScalarNode, value, (True, False)) != TAG + "str"
        if style is None and (implied or scalar_value(value) != value):
            style = quote
        node: ScalarNode = dumper.represent_scalar(TAG + "str", value, style=style)
        return node

    return write


class _KubectlDumper(_Dumper):
    """Writes as kubectl does: keys sorted, and double quotes."""


_Dumper.add_representer(str, _writer("'"))
_KubectlDumper.add_representer(str, _writer('"'))


def dump_as_kubectl(value: Any) -> str:
    """Write a value as `kubectl get -o yaml` writes it.

    Source of the rule: sigs.k8s.io/yaml, which writes all YAML of kubectl.

    >>> print(dump_as_kubectl({"spec": {"b": "80", "a": ["x"]}}), end="")
    spec:
      a:
      - x
      b: "80"
    """
    options: dict[str, Any] = {
        "sort_keys": True,
        "default_flow_style": False,
        "allow_unicode": True,
        "width": 80,
    }
    return str(yaml.dump(value, Dumper=_KubectlDumper, **options))


def dump(objects: Iterable[KubeObject | Manifest] | KubeObject | Manifest, *, secrets: bool = False) -> str:
    """Write objects as YAML, one document each; reading it again gives equal manifests.

    The values of Secrets read "<hidden>", unless `secrets` asks for them.

    >>> from k8snotes.api.base import view
    >>> print(dump(view({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "no"}})), end="")
    apiVersion: v1
    kind: Namespace
    metadata:
      name: 'no'
    """
    if isinstance(objects, (KubeObject, dict)):
        objects = [objects]
    values = [
        (obj.raw if secrets else obj.manifest) if isinstance(obj, KubeObject) else obj for obj in objects
    ]
    return str(
        yaml.dump_all(
            values,
            Dumper=_Dumper,
            sort_keys=False,
            default_flow_style=False,
            allow_unicode=True,
            width=100_000,
            explicit_start=len(values) > 1,
        )
    )
