"""YAML and JSON text to plain values, as Kubernetes reads it, and back; every error knows its place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from k8snotes.api.document import MAX_DEPTH, Document, json_documents
from k8snotes.api.objects import KubeObject, Manifest
from k8snotes.api.yaml_hints import hint_for
from k8snotes.errors import Problem

__all__ = ["Document", "documents", "dump", "dump_as_kubectl", "scalar_value"]

# The aliases of a document may stand for this many nodes before it is refused.
MAX_ALIASED = 100_000

_PLAIN = "?"  # the tag of a scalar written without quotes and without a tag of its own
_TAG = "tag:yaml.org,2002:"
_NULLS = {"", "~", "null", "Null", "NULL"}
_TRUE = {"y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"}
_FALSE = {"n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"}
_SPECIAL_FIRST = frozenset("yYnNtTfFoO~+-.0123456789<")
_INTEGER = re.compile(r"[-+]?(?:0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO]?[0-7]*|[1-9][0-9]*)\Z")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z")
_INFINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)\Z|\.(?:nan|NaN|NAN)\Z")


class _RefusedError(Exception):
    """A document is not acceptable; `node` is the place."""

    def __init__(self, message: str, node: Node, hint: str = "") -> None:
        super().__init__(message)
        self.message, self.node, self.hint = message, node, hint


class _Resolver:
    """Leaves unquoted scalars to `scalar_value`: Kubernetes reads them otherwise than PyYAML does."""

    def resolve(self, kind: type[Node], value: str | None, implicit: Any) -> str:  # noqa: ARG002
        if kind is ScalarNode:
            return _PLAIN if implicit[0] else _TAG + "str"
        return _TAG + ("map" if kind is MappingNode else "seq")


_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_Resolver, _Base):  # type: ignore[misc]  # the C loader where PyYAML has it
    pass


def scalar_value(text: str) -> Any:
    """Return what Kubernetes takes an unquoted scalar for: YAML 1.1 booleans, Go's numbers, else text.

    `12:30` and `2024-01-01` stay text; `0120` is octal; `1e3` is a number.
    Source of the rule: sigs.k8s.io/yaml, which reads every manifest.

    >>> [scalar_value(t) for t in ("yes", "12:30", "0120", "1e3", "1.10", "~")]
    [True, '12:30', 80, 1000.0, 1.1, None]
    """
    if text and text[0] not in _SPECIAL_FIRST:
        return text
    if text in _NULLS:
        return None
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    if text[0] in "+-.0123456789":
        plain = text.replace("_", "") if text[0] != "." else text
        if len(plain) > 400:
            return text
        if _INTEGER.match(plain):
            return _integer(plain)
        if _FLOAT.match(plain):
            return float(plain)
        if _INFINITE.match(plain):
            return float(plain.replace(".", ""))
    return text


def _integer(plain: str) -> int | float:
    digits = plain.lstrip("+-").lower()
    base = {"0x": 16, "0b": 2, "0o": 8}.get(digits[:2], 8 if len(digits) > 1 and digits[0] == "0" else 10)
    number = int(digits.removeprefix("0x").removeprefix("0b").removeprefix("0o") or "0", base)
    number = -number if plain[0] == "-" else number
    return number if -(2**63) <= number < 2**64 else float(number)


class _Builder:
    """Makes plain values of the nodes of one document."""

    def __init__(self, *, doubles: bool = False) -> None:
        self.doubles = doubles
        self.count = 0
        self.aliased = 0
        self._done: dict[int, tuple[Any, int]] = {}
        self._open: set[int] = set()

    def build(self, node: Node, depth: int = 0) -> Any:
        if node.__class__ is ScalarNode:
            if node.tag == _PLAIN:
                return scalar_value(node.value)
            return node.value if node.tag == _TAG + "str" else self._tagged(node)
        known = self._done.get(id(node))
        if known is not None:
            value, size = known
            self.count += size
            self.aliased += size
            if self.aliased > MAX_ALIASED:
                message = f"excessive aliasing: its aliases stand for more than {MAX_ALIASED:,} nodes"
                raise _RefusedError(message, node, "Write the values out, or split the document.")
            return value
        if id(node) in self._open:
            raise _RefusedError("an alias stands inside the node that it names", node, "Write the value out.")
        if depth >= MAX_DEPTH:
            raise _RefusedError(f"nested deeper than {MAX_DEPTH} levels", node)
        if node.tag not in (_TAG + "map", _TAG + "seq"):
            raise _RefusedError(f"the tag {node.tag} means nothing to Kubernetes", node, "Leave the tag out.")
        self._open.add(id(node))
        before = self.count
        self.count += len(node.value) + 1
        value = self._mapping(node, depth) if isinstance(node, MappingNode) else self._list(node, depth)
        self._open.discard(id(node))
        self._done[id(node)] = (value, self.count - before)
        return value

    def _list(self, node: Node, depth: int) -> list[Any]:
        build = self.build
        return [build(item, depth + 1) for item in node.value]

    def _mapping(self, node: Node, depth: int) -> dict[str, Any]:
        result: dict[str, Any] = {}
        merged: list[dict[str, Any]] = []
        for key_node, value_node in node.value:
            if key_node.tag == _PLAIN and key_node.value == "<<":
                merged += self._merged(value_node, depth)
                continue
            key = self._key(key_node)
            if key in result and not self.doubles:
                raise _RefusedError(
                    f'key "{key}" already set in map',
                    key_node,
                    "Each key may stand once in a mapping: remove one, or put both values under one.",
                )
            result[key] = self.build(value_node, depth + 1)
        for extra in merged:
            result = {**extra, **result}
        return result

    def _merged(self, node: Node, depth: int) -> list[dict[str, Any]]:
        value = self.build(node, depth + 1)
        values = value if isinstance(value, list) else [value]
        if not all(isinstance(item, dict) for item in values):
            raise _RefusedError("map merge (<<) requires a map or a list of maps as the value", node)
        return values

    def _key(self, node: Node) -> str:
        if not isinstance(node, ScalarNode):
            raise _RefusedError("a key must be a single word, not a list or a mapping", node)
        key = self.build(node)
        if isinstance(key, str):
            return key
        if key is None:
            raise _RefusedError("a key is missing before the colon", node)
        if isinstance(key, bool):
            return "true" if key else "false"
        return f"{key:g}" if isinstance(key, float) else str(key)

    def _tagged(self, node: ScalarNode) -> Any:
        kind = node.tag.removeprefix(_TAG)
        if kind in ("binary", "timestamp"):
            return node.value
        value = scalar_value(node.value)
        kinds: dict[str, tuple[type, ...]] = {
            "int": (int,),
            "float": (int, float),
            "bool": (bool,),
            "null": (type(None),),
        }
        fits = kinds.get(kind)
        if fits is None:
            raise _RefusedError(f"the tag {node.tag} means nothing to Kubernetes", node, "Leave the tag out.")
        if not isinstance(value, fits):
            raise _RefusedError(f'cannot decode "{node.value[:40]}" as a !!{kind}', node)
        return value


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


def _yaml_documents(text: str, file: str, *, doubles: bool) -> Iterator[Document]:
    """Split at the lines that begin with `---`, as kubectl does, so that each document fails alone."""
    text = text.replace("\r\n", "\n")
    starts = [0, *(match.start() for match in _SEPARATOR.finditer(text)), len(text)]
    index = next_line = 0
    begin = starts[0]
    for end in starts[1:]:
        chunk = text[begin:end]
        if _ONLY_DIRECTIVES.match(chunk) and end < len(text):
            continue  # %YAML 1.1 belongs to the document that follows
        # counted on, so that many documents cost no more than one
        first_line = next_line
        next_line += chunk.count("\n")
        begin = end
        for document in _chunk(chunk, first_line, file, index, doubles=doubles):
            index = document.index + 1
            yield document


def _chunk(chunk: str, first_line: int, file: str, index: int, *, doubles: bool) -> Iterator[Document]:
    try:
        if chunk.count("[") + chunk.count("{") > MAX_DEPTH or _MANY_DEEP.search(chunk):
            _check_depth(chunk)  # the C parser recurses, and would end the process
        loader = _Loader(chunk)
        try:
            while loader.check_node():
                node = loader.get_node()
                document = _document(node, first_line, file, index, doubles=doubles)
                if document.value is not None or document.problem:
                    yield document
                    index += 1
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line, mark.column) if mark else (0, 0)
        message = error.problem or error.context or "this is not YAML"
        if "nesting depth" in message:  # newer YAML parsers count themselves
            message = f"nested deeper than {MAX_DEPTH} levels"
        hint = hint_for(message, chunk.split("\n"), line, column)
        problem = Problem(
            f"this is not YAML: {message}", file, index, first_line + line + 1, column + 1, hint
        )
        yield Document(index, first_line + line + 1, problem=problem)
    except yaml.reader.ReaderError as error:
        at = error.position if isinstance(error.position, int) else 0
        line = chunk.count("\n", 0, at)
        problem = Problem(
            f"this is not YAML: a character that text may not hold (#x{_code(error):04x})",
            file,
            index,
            first_line + line + 1,
            at - chunk.rfind("\n", 0, at),
            "Remove the character; it is often invisible.",
        )
        yield Document(index, first_line + line + 1, problem=problem)
    except yaml.YAMLError as error:
        yield Document(index, first_line + 1, problem=Problem(str(error), file, index, first_line + 1, 1))


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
        value = _Builder(doubles=doubles).build(node)
    except _RefusedError as error:
        mark = error.node.start_mark
        at = first_line + mark.line + 1
        problem = Problem(error.message, file, index, at, mark.column + 1, error.hint)
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
        implied = dumper.resolve(ScalarNode, value, (True, False)) != _TAG + "str"
        if style is None and (implied or scalar_value(value) != value):
            style = quote
        node: ScalarNode = dumper.represent_scalar(_TAG + "str", value, style=style)
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

    >>> from k8snotes.api.objects import view
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
