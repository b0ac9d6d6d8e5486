"""YAML and JSON text to plain values, as Kubernetes reads it, and back; every error knows its place.

In this order: text to documents, a part of YAML text to nodes, nodes to values, the parser's errors to problems with
a code and a hint, and values to text again. No other module of this package knows PyYAML.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from math import isfinite
from typing import Any, Self

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from k8snotes.api.base import KubeObject, Manifest
from k8snotes.api.document import MAX_DEPTH, Document, json_documents, too_deep
from k8snotes.api.kinds.secret import without_values
from k8snotes.api.masking import mask_lines, may_be_secret
from k8snotes.api.scalars import scalar_value
from k8snotes.catalogue import _
from k8snotes.errors import Problem
from k8snotes.screen import shown

__all__ = [
    "CODES",
    "Reading",
    "RefusedError",
    "chunks",
    "compose",
    "documents",
    "dump",
    "dump_as_kubectl",
    "key_text",
    "parser_words",
    "plain",
]

# A document is refused if its aliases come to more nodes than this.
MAX_ALIASED = 100_000

_TOO_DEEP = "exceeded maximum nesting depth"  # as libyaml says it of its own limit

PLAIN = "?"  # the tag of a scalar written without quotes and without a tag of its own
TAG = "tag:yaml.org,2002:"


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
    r"""Read the documents of YAML or JSON text, one after the other; a bad one does not hide the others.

    Args:
        text: the text of a file, YAML or JSON. Empty documents are skipped.
        file: its name, for the problems.
        doubles: whether a key may appear twice in a mapping. The API server refuses such a mapping; for kubectl
            the last one counts.

    Returns:
        Each document with its value, or with the problem that keeps it from having one. Lines and columns count
        from 1.

    >>> for document in documents("kind: Pod\n---\nkind: [Service\n"):
    ...     print(document.index, document.value, document.problem and document.problem.code)
    0 {'kind': 'Pod'} None
    1 None open-bracket
    """
    text = text.removeprefix("\ufeff")
    start = text.lstrip()[:2]
    # {{ begins the template of a manifest, and no JSON
    if start[:1] == "{" and start != "{{" and not _HALF.search(text):
        as_json = list(json_documents(text, file, doubles=doubles))
        if not any(document.problem for document in as_json):
            yield from as_json
            return
        as_yaml = list(_yaml_documents(text, file, doubles=doubles))
        # text that begins with a brace and is neither is most probably meant as JSON
        yield from as_json if any(document.problem for document in as_yaml) else as_yaml
        return
    yield from _yaml_documents(text, file, doubles=doubles)


_SEPARATOR = re.compile(r"^---(?=\s|$)", re.MULTILINE)
_HALF = re.compile("[\ud800-\udfff]")  # half a character: no encoding can write it
_NO_TEXT = "[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"  # slow to compile: done where a text is refused
_MANY_DEEP = re.compile(r"(?:[-?:][ \t]){200}")


def chunks(text: str) -> Iterator[tuple[int, str]]:
    r"""Split YAML text at the lines that begin with `---`, as kubectl does.

    Returns:
        For each part the number of lines before it, and its text.

    Source of the rule: `NewYAMLReader` of k8s.io/apimachinery/pkg/util/yaml.

    >>> list(chunks("a: 1\n---\nb: 2\n"))
    [(0, 'a: 1\n'), (1, '---\nb: 2\n')]
    """
    text = text.replace("\r\n", "\n")
    starts = [0, *(match.start() for match in _SEPARATOR.finditer(text)), len(text)]
    next_line = 0
    begin = starts[0]
    for end in starts[1:]:
        chunk = text[begin:end]
        if "%" in chunk and end < len(text) and _is_only_directives(chunk):
            continue  # %YAML 1.1 belongs to the document that follows
        # counting continues, so that many documents cost no more than one
        first_line = next_line
        next_line += chunk.count("\n")
        begin = end
        yield first_line, chunk


def _is_only_directives(chunk: str) -> bool:
    # line by line, with no pattern over several: blank lines must not cost more than they are
    lines = [bare for line in chunk.split("\n") if (bare := line.strip())]
    return all(line[0] in "%#" for line in lines) and any(line[0] == "%" for line in lines)


def _yaml_documents(text: str, file: str, *, doubles: bool) -> Iterator[Document]:
    """Read each part by itself, so that a bad document does not affect the others."""
    index = 0
    for first_line, chunk in chunks(text):
        for document in _chunk(chunk, first_line, file, index, doubles=doubles):
            index = document.index + 1
            yield document


def _chunk(chunk: str, first_line: int, file: str, index: int, *, doubles: bool) -> Iterator[Document]:
    try:
        for node in _nodes(chunk):
            document = _document(node, first_line, file, index, doubles=doubles)
            if document.problem:
                document.problem = _unquoted(document.problem, chunk)
            if document.value is not None or document.problem:
                yield document
                index += 1
    except yaml.YAMLError as error:
        problem = _unquoted(_problem(error, chunk, first_line, file, index), chunk)
        yield Document(index, problem.line or 1, problem=problem)


def _unquoted(problem: Problem, chunk: str) -> Problem:
    """Hide the words of a text in the messages about it, if the text may be a Secret."""
    if not may_be_secret(chunk):
        return problem
    hide = mask_lines(chunk.split("\n")).hide
    return problem._replace(
        message=_Concealed(problem.message, hide),
        hint=_Concealed(problem.hint, hide),
        detail=_Concealed(problem.detail, hide),
    )


class _Concealed(str):
    """A message from which the values of a Secret are taken whenever it is said, in whatever language."""

    __slots__ = ("_hide", "_message")
    _message: str
    _hide: Callable[[str], str]

    def __new__(cls, message: str, hide: Callable[[str], str] = str) -> Self:
        concealed = super().__new__(cls, hide(str(message)))
        concealed._message, concealed._hide = message, hide
        return concealed

    def __str__(self) -> str:
        return self._hide(str(self._message))

    def __reduce__(self) -> tuple[Any, ...]:
        return str, (str(self),)


def _nodes(chunk: str) -> Iterator[Node]:
    try:
        if chunk.count("[") + chunk.count("{") > MAX_DEPTH or _MANY_DEEP.search(chunk):
            _check_depth(chunk)  # the C parser recurses, and would end the process
        loader = _Loader(chunk)
    except UnicodeEncodeError as error:  # half a character, which the C parser cannot take
        raise yaml.reader.ReaderError("", error.start, ord(chunk[error.start]), "unicode", "") from None
    try:
        while loader.check_node():
            yield loader.get_node()
    finally:
        loader.dispose()


class Reading:
    """How far a part of YAML text can be read.

    Attributes:
        nodes: the nodes, each with its marks.
        problem: what ended the reading, None if nothing did.
        opened: the 0-based line on which the quotes or brackets begin that do not end, None without such.
        parser_line: the line that kubectl names, None where it names none.
    """

    __slots__ = ("nodes", "opened", "parser_line", "problem")

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.problem: Problem | None = None
        self.opened: int | None = None
        self.parser_line: int | None = None


def compose(chunk: str) -> Reading:
    """Read the nodes of a part of YAML text (see `chunks`) as far as it can be read.

    >>> reading = compose("a: [1, 2")
    >>> reading.nodes, reading.opened, reading.problem.code
    ([], 0, 'open-bracket')
    """
    reading = Reading()
    try:
        for node in _nodes(chunk):
            reading.nodes.append(node)
    except yaml.YAMLError as error:
        reading.problem = _problem(error, chunk, 0, "", 0, own=False)
        if isinstance(error, yaml.MarkedYAMLError):
            if error.context_mark and _is_open(error.context or ""):
                reading.opened = error.context_mark.line
            marks = [mark.line for mark in (error.context_mark, error.problem_mark) if mark and mark.line]
            # Go's parser counts an error of grammar one line less than one of its scanner
            reading.parser_line = marks[0] + isinstance(error, yaml.scanner.ScannerError) if marks else None
    return reading


def plain(node: Any) -> tuple[Any, list[RefusedError]]:
    """Return the value of a node, and what of it Kubernetes refuses; what is refused is left out of the value.

    Args:
        node: a node of a `Reading`.

    >>> value, refused = plain(compose("{a: 1, a: 2}").nodes[0])
    >>> value, [error.code for error in refused]
    ({'a': 1}, ['doubled-key'])
    """
    builder = _Builder(patient=True)
    try:
        value = builder.build(node)
    except RefusedError as error:
        return None, [error]
    return value, builder.refused


def key_text(node: Any) -> str:
    """Return the name that the node of a key means: `n:` and `1:` are read as "false" and "1".

    >>> key_text(compose("on: 1").nodes[0].value[0][0])
    'true'
    """
    return _Builder(patient=True).key(node) or ""


def _check_depth(chunk: str) -> None:
    depth = 0
    for event in yaml.parse(chunk, Loader=_Base):
        if isinstance(event, (yaml.SequenceStartEvent, yaml.MappingStartEvent)):
            depth += 1
            if depth > MAX_DEPTH:
                mark: Any = event.start_mark  # the C parser has marks of its own, which serve as well
                raise yaml.MarkedYAMLError(problem=_TOO_DEEP, problem_mark=mark)
        elif isinstance(event, (yaml.SequenceEndEvent, yaml.MappingEndEvent)):
            depth -= 1


def _document(node: Node, first_line: int, file: str, index: int, *, doubles: bool) -> Document:
    line = first_line + node.start_mark.line + 1
    try:
        value = _Builder(doubles=doubles).build(node)
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


class RefusedError(Exception):
    """A value that Kubernetes refuses although the text is YAML.

    `.message` says why, `.node` is the place, `.hint` the next step; `.code` is "doubled-key", or "" for anything else.
    """

    def __init__(self, message: str, node: Node, hint: str = "", code: str = "") -> None:
        super().__init__(message)
        self.message, self.node, self.hint, self.code = message, node, hint, code


class _Builder:
    """Makes plain values of the nodes of one document, as Kubernetes understands them."""

    def __init__(self, *, patient: bool = False, doubles: bool = False) -> None:
        self.doubles = doubles
        self.count = 0
        self.patient = patient  # goes on after what is refused, and keeps it in `refused`
        self.refused: list[RefusedError] = []
        self.aliased = 0
        self._done: dict[int, tuple[Any, int]] = {}
        self._open: set[int] = set()

    def build(self, node: Node, depth: int = 0) -> Any:
        """Return the value of a node; what is refused is raised, or kept where the builder is patient."""
        if isinstance(node, ScalarNode):
            if node.tag == PLAIN:
                value = scalar_value(node.value)
                if value.__class__ is float and not isfinite(value):
                    message = f"json: unsupported value: {node.value}"
                    self._refuse(message, node, _("JSON has only finite numbers."))
                    return None
                return value
            return node.value if node.tag == TAG + "str" else self._tagged(node)
        known = self._done.get(id(node))
        if known is not None:
            value, size = known
            self.count += size
            self.aliased += size
            if self.aliased > MAX_ALIASED:
                message = _(
                    "excessive aliasing: the aliases of the document stand for more than {most} nodes",
                    most=f"{MAX_ALIASED:,}",
                )
                raise RefusedError(message, node, _("Write the values out, or split the document."))
            return value
        if id(node) in self._open:
            message = _("an alias is used inside the node that it refers to")
            self._refuse(message, node, _("Write the value out."))
            return None
        if depth >= MAX_DEPTH:
            self._refuse(too_deep(), node)
            return None
        if node.tag not in (TAG + "map", TAG + "seq"):
            self._refuse(*_unknown_tag(node))
        self._open.add(id(node))
        before = self.count
        self.count += len(node.value) + 1
        value = self._mapping(node, depth) if isinstance(node, MappingNode) else self._list(node, depth)
        self._open.discard(id(node))
        self._done[id(node)] = (value, self.count - before)
        return value

    def _refuse(self, message: str, node: Node, hint: str = "", code: str = "") -> None:
        error = RefusedError(message, node, hint, code)
        if not self.patient:
            raise error
        self.refused.append(error)

    def _list(self, node: Node, depth: int) -> list[Any]:
        build = self.build
        return [build(item, depth + 1) for item in node.value]

    def _mapping(self, node: Node, depth: int) -> dict[str, Any]:
        result: dict[str, Any] = {}
        merged: list[dict[str, Any]] = []
        for key_node, value_node in node.value:
            if key_node.tag == PLAIN and key_node.value == "<<":
                merged += self._merged(value_node, depth)
                continue
            key = self.key(key_node)
            if key is None:
                continue
            if key in result and not self.doubles:
                hint = _(
                    "A key may appear only once in a mapping. "
                    "Remove one of the two keys, or put both values under one key."
                )
                self._refuse(f'key "{key}" already set in map', key_node, hint, "doubled-key")
                continue
            result[key] = self.build(value_node, depth + 1)
        if not merged:
            return result
        # one mapping for all of them: many merge keys cost no more than what they merge
        whole: dict[str, Any] = {}
        for extra in reversed(merged):
            whole.update(extra)
        whole.update(result)
        return whole

    def _merged(self, node: Node, depth: int) -> list[dict[str, Any]]:
        value = self.build(node, depth + 1)
        values = value if isinstance(value, list) else [value]
        if not all(isinstance(item, dict) for item in values):
            self._refuse("map merge (<<) requires a map or a list of maps as the value", node)
        return [item for item in values if isinstance(item, dict)]

    def key(self, node: Node) -> str | None:
        """Return the name that a key means, None if it is not a key."""
        if not isinstance(node, ScalarNode):
            self._refuse(_("a key must be a single word, not a list or a mapping"), node)
            return None
        key = self.build(node)
        if isinstance(key, str):
            return key
        if key is None:
            self._refuse(_("a key is missing before the colon"), node)
            return None
        if isinstance(key, bool):
            return "true" if key else "false"
        return f"{key:g}" if isinstance(key, float) else str(key)

    def _tagged(self, node: Node) -> Any:
        kind = node.tag.removeprefix(TAG)
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
            self._refuse(*_unknown_tag(node))
        elif not isinstance(value, fits):
            self._refuse(f'cannot decode "{node.value[:40]}" as a !!{kind}', node)
        return value


def _unknown_tag(node: Node) -> tuple[str, Node, str]:
    message = _("Kubernetes does not know the tag {tag}", tag=node.tag)
    return message, node, _("Leave the tag out.")


# The errors of PyYAML and libyaml differ only in their sentences. Here is a part of each sentence, and the code for it
# in the rest of this package. The first part that fits counts.
_SENTENCES = (
    ("maximum nesting depth", "depth"),
    ("cannot start any token", "character"),
    ("mapping values are not allowed", "colon"),
    ("did not find expected key", "indentation"),
    ("did not find expected '-'", "indentation"),
    ("could not find expected ':'", "no-colon"),
    ("unexpected end of stream", "open-quote"),
    ("quoted scalar", "open-quote"),
    ("expected ','", "open-bracket"),
    ("node content", "no-value"),
    ("alphabetic or numeric character", "anchor"),
    ("undefined alias", "no-anchor"),
    ("escape", "escape"),
)
# The same of its contexts: the parser was inside quotes or brackets.
_OPEN = ("quoted scalar", "flow")

CODES = (*dict.fromkeys(code for _words, code in _SENTENCES), "not-yaml", "not-json", "unreadable")
"""The codes of the problems of text that is neither YAML nor JSON (`Problem.code`)."""

_TEMPLATE = _(
    "{{ ... }} belongs to a template. Render the template first, as in helm template CHART > manifests.yaml, "
    "and read the result."
)
_NOT_CLOSED = _("A bracket or brace is not closed, a comma is missing, or the file was cut off.")
_HINTS = {
    "colon": _(
        "This line has a colon in a wrong place. Either the line is indented deeper than the line above, "
        "or a value that contains a colon needs quotes."
    ),
    "indentation": _(
        "The indentation does not fit the lines above. All keys of one mapping start in the same column."
    ),
    "open-quote": _("The text ends inside quotes. A closing quote is missing, or the file was cut off."),
    "open-bracket": _NOT_CLOSED,
    "no-value": _NOT_CLOSED,
    "anchor": _("A value cannot begin with * or &. Put the value in quotes."),
    "no-anchor": _("An alias (*name) needs its anchor (&name) earlier in the same document."),
}


def _code_of(sentence: str) -> str:
    # the one place that reads a sentence of the parser
    return next((code for words, code in _SENTENCES if words in sentence), "not-yaml")


def _is_open(context: str) -> bool:
    # whether the parser was inside quotes or brackets
    return any(words in context for words in _OPEN)


def _hint(code: str, lines: list[str], line: int, column: int) -> str:
    """Return the next step for an error at a place (line and column from 0), "" if none is known."""
    text = lines[line] if 0 <= line < len(lines) else ""
    before = lines[line - 1] if 0 < line <= len(lines) else ""
    if "{{" in text or ("{{" in before and not text.strip()):
        return _TEMPLATE
    if "\t" in text[: column + 1] or (code == "character" and "\t" in text):
        return _("YAML is indented with spaces. Replace the tab with two spaces for each level.")
    if code == "character":
        character = text[column : column + 1]
        return _(
            'A value cannot begin with {character}. Put the value in quotes, as in "{begin}...".',
            character=repr(character),
            begin=character,
        )
    if code == "no-colon":
        return _('A colon is missing after "{line}".', line=(before or text).strip()[:40])
    return _HINTS.get(code, "")


def _own_place(lines: list[str], line: int, column: int) -> tuple[int, int]:
    """Return a place (line and column from 0) that a reader sees: the end of the text is the end of its last words."""
    if line < len(lines) and any(text.strip() for text in lines[line:]):
        return line, column
    last = next((number for number in range(len(lines) - 1, 0, -1) if lines[number].strip()), 0)
    return last, len(lines[last].rstrip())


def _problem(
    error: yaml.YAMLError, chunk: str, first_line: int, file: str, index: int, *, own: bool = True
) -> Problem:
    """Return what is wrong; with `own` at the place that a reader sees, otherwise at the place where the parser stopped."""
    if isinstance(error, yaml.MarkedYAMLError):
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line, mark.column) if mark else (0, 0)
        said = error.problem or error.context or ""
        code = _code_of(said)
        # newer parsers have a limit of depth of their own
        detail = too_deep() if code == "depth" else said or _("the parser gives no reason")
        lines = chunk.split("\n")
        hint = _hint(code, lines, line, column)
        message = _("this is not YAML: {detail}", detail=detail)
        parser_line = first_line + line + 1
        if own and code == "no-colon" and error.context_mark:
            # the parser notices the missing colon only after the key, maybe on a line that does not exist
            line, column = error.context_mark.line, error.context_mark.column
        if own:
            line, column = _own_place(lines, line, column)
        place = first_line + line + 1, column + 1
        return Problem(message, file, index, *place, hint, code, detail, parser_line=parser_line)
    if isinstance(error, yaml.reader.ReaderError):
        # the C parser counts in bytes, so its place is of no use
        odd = re.search(_NO_TEXT, chunk)
        at, number = (odd.start(), ord(odd[0])) if odd else (0, 0)
        line = chunk.count("\n", 0, at)
        detail = _("a character that YAML does not allow (#x{code})", code=f"{number:04x}")
        column = at - chunk.rfind("\n", 0, at)
        hint = _("Remove the character. It is often invisible.")
        message = _("this is not YAML: {detail}", detail=detail)
        return Problem(message, file, index, first_line + line + 1, column, hint, "unreadable", detail)
    return Problem(str(error), file, index, first_line + 1, 1, "", "not-yaml", str(error))


# what YAML 1.1 takes for a number of base 60: not read as one here or there, and yet written in quotes by kubectl
_SIXTIES = re.compile(r"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?\Z")


def parser_words(problem: Problem, line: int) -> str:
    """Return what Kubernetes' reader of YAML says of a problem: the line, and what is there.

    Of a character that is not allowed it says neither which nor where.

    Args:
        problem: what is wrong with a document.
        line: the line within the document, from 1; 0 where the reader names none.

    Source of the rule: `fail` and `yaml_parser_update_buffer` of go.yaml.in/yaml/v2
    """
    if problem.code == "unreadable":
        return "control characters are not allowed"
    return f"line {line}: {problem.detail}" if line else problem.detail


class _Dumper(getattr(yaml, "CSafeDumper", yaml.SafeDumper)):  # type: ignore[misc]
    """Quotes whatever Kubernetes or another YAML reader would not read as text."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002
        return True


def _writer(quote: str) -> Any:
    """Return how text is written: over several lines, in quotes where it could be read otherwise, or plain."""

    def write(dumper: Any, value: str) -> ScalarNode:
        style = "|" if "\n" in value else None
        tag = dumper.resolve(ScalarNode, value, (True, False))
        # PyYAML has a tag of its own for a lone "*", "&" or "!"
        implied = tag not in (TAG + "str", TAG + "yaml") or _SIXTIES.match(value)
        if style is None and (implied or scalar_value(value) != value):
            style = quote
        if shown(value) != value:
            style = '"'  # there the escapes of `shown` mean the same
        node: ScalarNode = dumper.represent_scalar(TAG + "str", value, style=style)
        return node

    return write


class _KubectlDumper(_Dumper):
    """Writes as kubectl does: keys sorted, and double quotes."""


_Dumper.add_representer(str, _writer("'"))
_KubectlDumper.add_representer(str, _writer('"'))


def dump_as_kubectl(value: Any) -> str:
    """Write a value as `kubectl get -o yaml` writes it: with sorted keys, and quotes where text needs them.

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
    return shown(yaml.dump(value, Dumper=_KubectlDumper, **options))


def dump(objects: Iterable[KubeObject | Manifest] | KubeObject | Manifest, *, secrets: bool = False) -> str:
    """Write objects as YAML, one document each; reading it again gives equal manifests.

    Args:
        objects: one or more objects, as views or as manifests.
        secrets: whether the values of Secrets are written too; without it they read "<hidden>".

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
        manifest if secrets else without_values(manifest)
        for manifest in (obj.raw if isinstance(obj, KubeObject) else obj for obj in objects)
    ]
    return shown(
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
