"""JSONPath as kubectl has it: a template with `{range .items[*]}{.metadata.name}{end}`, filters and quotes.

Python's libraries for JSONPath know neither templates nor kubectl's way to print what was found.
Source of the rules: https://kubernetes.io/docs/reference/kubectl/jsonpath/
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from k8snotes.kubectl.output.go import compact_json, go_value

__all__ = ["JsonPathError", "Template", "relaxed"]


class JsonPathError(Exception):
    """A template that cannot be read, or that does not fit the object; the text is kubectl's."""


Step = Callable[[list[Any]], list[Any]]  # from what was found so far to what lies one step further


class _Text(NamedTuple):
    text: str


class _Path(NamedTuple):
    steps: tuple[Step, ...]

    def values(self, value: Any) -> list[Any]:
        reached = [value]
        for step in self.steps:
            reached = step(reached)
        return reached


class _Range(NamedTuple):
    over: _Path
    body: tuple[Any, ...]


class Template:
    r"""A template, read.

    Args:
        text: the template, as it is written after `-o jsonpath=`.
        missing_keys: whether nothing is found where a field is missing; else it is an error.

    Raises:
        JsonPathError: it cannot be read.

    >>> pods = {"items": [{"metadata": {"name": "a"}}, {"metadata": {"name": "b"}}]}
    >>> Template('{range .items[*]}{.metadata.name}{"\\n"}{end}').render(pods)
    'a\nb\n'
    >>> Template("{.items[?(@.metadata.name=='b')].metadata}").render(pods)
    '{"name":"b"}'
    """

    def __init__(self, text: str, *, missing_keys: bool = True) -> None:
        self.text = text
        self._nodes = tuple(_Parser(text, missing_keys=missing_keys).nodes())

    def render(self, value: Any) -> str:
        """Return the text of the template with what its paths find in `value`.

        Raises:
            JsonPathError: the template does not fit the value, such as an index behind the end of a list.
        """
        return "".join(_rendered(self._nodes, value))

    def values(self, value: Any) -> list[Any]:
        """Return what the paths of the template find in `value`."""
        return [item for node in self._nodes if isinstance(node, _Path) for item in node.values(value)]


def relaxed(expression: str) -> str:
    """Return the template that a column or a sort key means: x.y, .x.y, {x.y} and {.x.y} are the same.

    Source of the rule: `RelaxedJSONPathExpression` of k8s.io/kubectl/pkg/cmd/get.

    >>> relaxed("metadata.name")
    '{.metadata.name}'
    """
    if not expression:
        return expression
    match = re.fullmatch(r"\{\.?([^{}]+)\}|\.?([^{}]+)", expression)
    if match is None:
        raise JsonPathError(
            "unexpected path string, expected a 'name1.name2' or '.name1.name2' or "
            "'{name1.name2}' or '{.name1.name2}'"
        )
    return "{." + (match[1] or match[2]) + "}"


def _rendered(nodes: Sequence[Any], value: Any) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, _Text):
            yield node.text
        elif isinstance(node, _Range):
            for item in node.over.values(value):
                yield from _rendered(node.body, item)
        else:
            yield " ".join(map(_shown, node.values(value)))


def _shown(value: Any) -> str:
    if isinstance(value, (dict, list)):
        return compact_json(value)
    return go_value(value)


# ---- reading

_QUOTED = re.compile(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'", re.DOTALL)
_WORD = re.compile(r"[A-Za-z_]\w*")
_NAME = re.compile(r"(?:\\.|[^\s.\[\]'\"{}()|,=<>!@$\\*?]|\\)+")
_INDEX = re.compile(r"\s*+(-?\d*+)\s*+(?:(:)\s*+(-?\d*+)\s*+(?:(:)\s*+(-?\d*+)\s*+)?)?\Z")
_OPERATOR = re.compile(r"==|!=|<=|>=|<|>")


def _later(message: str) -> _Path:
    """Return a path that fails when it is followed: kubectl, too, finds some mistakes only then."""

    def fail(_: list[Any]) -> list[Any]:
        raise JsonPathError(message)

    return _Path((fail,))


_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?")
_END = object()


def _grouped(tokens: list[Any]) -> list[Any]:
    """Take nodes from the tokens up to the end of this range; one without {end} goes on to the last."""
    nodes = []
    while tokens and tokens[0] is not _END:
        token = tokens.pop(0)
        if isinstance(token, _Range):
            token = _Range(token.over, tuple(_grouped(tokens)))
            if tokens:
                tokens.pop(0)
        nodes.append(token)
    return nodes


class _Parser:
    def __init__(self, text: str, *, missing_keys: bool = True) -> None:
        self.text = text
        self.at = 0
        self.missing_keys = missing_keys

    def nodes(self) -> list[Any]:
        """Return what the template is made of."""
        tokens = list(self._tokens())
        nodes = _grouped(tokens)
        if tokens:
            nodes.append(_later("not in range, nothing to end"))
        return nodes

    def _tokens(self) -> Iterator[Any]:
        """Yield texts, paths, and where a range begins and ends."""
        while self.at < len(self.text):
            begin = self.text.find("{", self.at)
            end = len(self.text) if begin < 0 else begin
            if end > self.at:
                yield _Text(self.text[self.at : end])
            if begin < 0:
                return
            self.at = begin + 1
            yield from self._action()

    def _action(self) -> Iterator[Any]:
        """Yield the parts between two braces."""
        while True:
            self._spaces()
            char = self.text[self.at : self.at + 1]
            if not char:
                raise JsonPathError("unclosed action")
            if char == "}":
                self.at += 1
                return
            if char in "\"'":
                yield _Text(self._string())
            elif char in ".$@[":
                yield _Path(tuple(self._path()))
            elif number := _NUMBER.match(self.text, self.at):
                self.at = number.end()
                yield _Text(number[0])
            else:
                yield self._word(char)

    def _word(self, char: str) -> Any:
        word = _WORD.match(self.text, self.at)
        if word is None:
            raise self._strange(char)
        self.at = word.end()
        match word[0]:
            case "range":
                self._spaces()
                return _Range(_Path(tuple(self._path())), ())
            case "end":
                return _END
            case "true" | "false":
                return _Text(word[0])
            case other:
                return _later(f"unrecognized identifier {other}")

    def _path(self) -> Iterator[Step]:
        while self.at < len(self.text):
            char = self.text[self.at]
            if char in "$@":
                self.at += 1
            elif self.text.startswith("..", self.at):
                self.at += 2
                yield everything_below
                if self.text[self.at : self.at + 1] not in ("[", ""):
                    yield self._field()
            elif char == ".":
                self.at += 1
                if self.text[self.at : self.at + 1] not in ("[", "}", "", " ", ")"):
                    yield self._field()
            elif char == "[":
                yield self._bracket()
            elif char in "} )" or char in ",=<>!|" or char.isspace():
                return
            else:
                raise self._strange(char)

    def _field(self) -> Step:
        if self.text[self.at] == "*":
            self.at += 1
            return wildcard
        name = _NAME.match(self.text, self.at)
        if name is None:
            raise self._strange(self.text[self.at])
        self.at = name.end()
        return field(re.sub(r"\\(.)", r"\1", name[0]), missing_keys=self.missing_keys)

    def _bracket(self) -> Step:
        inner = self._inside()
        if inner.startswith("?("):
            if not inner.endswith(")"):
                raise JsonPathError("unterminated filter")
            return _filter(inner[2:-1])
        parts = _split(inner)
        if len(parts) > 1:
            steps = [_element(part) for part in parts]
            return lambda values: [item for step in steps for item in step(values)]
        return _element(inner)

    def _inside(self) -> str:
        """Return the text between this bracket and the one that closes it."""
        begin, depth = self.at + 1, 0
        while self.at < len(self.text):
            char = self.text[self.at]
            if char in "\"'":
                quoted = _QUOTED.match(self.text, self.at)
                if quoted is None:
                    raise JsonPathError("unterminated quoted string")
                self.at = quoted.end()
                continue
            depth += (char == "[") - (char == "]")
            self.at += 1
            if depth == 0:
                return self.text[begin : self.at - 1].strip()
        raise JsonPathError("unterminated array")

    def _string(self) -> str:
        quoted = _QUOTED.match(self.text, self.at)
        if quoted is None:
            raise JsonPathError("unterminated quoted string")
        self.at = quoted.end()
        return _unquoted(quoted[0])

    def _spaces(self) -> None:
        while self.text[self.at : self.at + 1].isspace():
            self.at += 1

    def _strange(self, char: str) -> JsonPathError:
        return JsonPathError(f"unrecognized character in action: U+{ord(char):04X} '{char}'")


_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", '"': '"', "'": "'", "a": "\a", "b": "\b", "0": "\0"}


def _unquoted(text: str) -> str:
    return re.sub(r"\\(.)", lambda match: _ESCAPED.get(match[1], match[0]), text[1:-1], flags=re.DOTALL)


def _split(inner: str) -> list[str]:
    parts, at, begin = [], 0, 0
    while at < len(inner):
        quoted = _QUOTED.match(inner, at) if inner[at] in "\"'" else None
        if quoted:
            at = quoted.end()
            continue
        if inner[at] == ",":
            parts.append(inner[begin:at].strip())
            begin = at + 1
        at += 1
    return [*parts, inner[begin:].strip()]


# ---- steps


def field(name: str, *, missing_keys: bool = True) -> Step:
    """Return the step to a field; where it is missing, nothing is found, or that is an error.

    >>> field("name")([{"name": "web"}, {"other": 1}])
    ['web']
    """

    def step(values: list[Any]) -> list[Any]:
        found = [value[name] for value in values if isinstance(value, dict) and name in value]
        if values and not found and not missing_keys:
            raise JsonPathError(f"{name} is not found")
        return found

    return step


def wildcard(values: list[Any]) -> list[Any]:
    """Step to all that is one below: `[*]`, `.*`.

    >>> wildcard([{"b": 1, "a": 2}, [3]])
    [2, 1, 3]
    """
    return [child for value in values for child in _children(value)]


def _children(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [value[key] for key in sorted(value)]
    return list(value) if isinstance(value, list) else []


def everything_below(values: list[Any]) -> list[Any]:
    """Step to everything, however deep: `..`.

    >>> everything_below([{"a": {"b": 1}}])
    [{'a': {'b': 1}}, {'b': 1}]
    """
    below = []
    for value in values:
        below.append(value)
        below += everything_below([child for child in _children(value) if isinstance(child, (dict, list))])
    return below


def slice_(first: int | None, last: int | None, step: int | None, *, single: bool) -> Step:
    """Return the step to items of a list: one (`single`), or those from `first` to before `last`.

    Args:
        first: the index to begin at; below 0 it counts from the end.
        last: the index to end before; None for the end of the list.
        step: how far apart they are.
        single: whether only the first is meant, as in `[0]`.
    """

    def apply(values: list[Any]) -> list[Any]:
        items = []
        for value in values:
            if value is None:
                continue
            if not isinstance(value, list):
                raise JsonPathError(f"{go_value(value)} is not array or slice")
            length = len(value)
            begin = first or 0
            begin += length if begin < 0 else 0
            if single:
                end = begin + 1
            else:
                end = length if last is None else last
                end += length if end < 0 else 0
            if begin == end:
                continue
            if not 0 <= begin < length:
                raise JsonPathError(f"array index out of bounds: index {begin}, length {length}")
            if not 0 <= end <= length:
                raise JsonPathError(f"array index out of bounds: index {end - 1}, length {length}")
            if begin > end:
                raise JsonPathError(f"starting index {begin} is greater than ending index {end}")
            if step is not None and step <= 0:
                raise JsonPathError("step must be > 0")
            items += value[begin : end : step or 1]
        return items

    return apply


def holds(left: Any, operator: str, right: Any) -> bool:
    """Say whether a comparison holds; values of different types cannot be compared.

    >>> holds(2, ">", 1), holds("a", "==", "b")
    (True, False)
    """
    if _kind(left) != _kind(right):
        raise JsonPathError("incompatible types for comparison")
    match operator:
        case "==":
            return bool(left == right)
        case "!=":
            return bool(left != right)
        case "<":
            return bool(left < right)
        case "<=":
            return bool(left <= right)
        case ">":
            return bool(left > right)
        case _:
            return bool(left >= right)


def _kind(value: Any) -> str:
    if isinstance(value, (dict, list)) or value is None:
        raise JsonPathError("invalid type for comparison")
    return type(value).__name__


def _element(inner: str) -> Step:
    if inner == "*":
        return wildcard
    if inner[:1] in ("'", '"') and _QUOTED.fullmatch(inner):
        return field(_unquoted(inner))
    match = _INDEX.match(inner)
    if match is None or not inner:
        raise JsonPathError(f"invalid array index {inner}")
    first, colon, last, _, step = match.groups()
    return slice_(
        int(first) if first.strip("-") else None,
        int(last) if last and last.strip("-") else None,
        int(step) if step and step.strip("-") else None,
        single=not colon,
    )


def _filter(text: str) -> Step:
    left, operator, right = _comparison(text)

    def apply(values: list[Any]) -> list[Any]:
        kept = []
        for value in values:
            if not isinstance(value, list):
                raise JsonPathError(f"{go_value(value)} is not array or slice and cannot be filtered")
            for item in value:
                lefts = left(item)
                if operator == "exists":
                    kept += [item] if lefts else []
                    continue
                rights = right(item)
                if len(lefts) > 1 or len(rights) > 1:
                    raise JsonPathError("can only compare one element at a time")
                if lefts and rights and holds(lefts[0], operator, rights[0]):
                    kept.append(item)
        return kept

    return apply


Side = Callable[[Any], list[Any]]


def _comparison(text: str) -> tuple[Side, str, Side]:
    at = 0
    while at < len(text):
        quoted = _QUOTED.match(text, at) if text[at] in "\"'" else None
        if quoted:
            at = quoted.end()
            continue
        operator = _OPERATOR.match(text, at)
        if operator:
            return _side(text[:at]), operator[0], _side(text[operator.end() :])
        at += 1
    return _side(text), "exists", _side("''")


def _side(text: str) -> Side:
    text = text.strip()
    if text[:1] in ("'", '"'):
        if not _QUOTED.fullmatch(text):
            raise JsonPathError("unterminated quoted string")
        literal: Any = _unquoted(text)
    elif re.fullmatch(r"[+-]?\d+", text):
        literal = int(text)
    elif re.fullmatch(r"[+-]?\d*\.\d+", text):
        literal = float(text)
    elif text in ("true", "false"):
        literal = text == "true"
    elif text[:1] in ("@", ".", "$"):
        parser = _Parser(text)
        path = _Path(tuple(parser._path()))  # noqa: SLF001  # a parser of its own
        if text[parser.at :].strip():
            raise JsonPathError(
                f"unrecognized character in action: U+{ord(text[parser.at]):04X} '{text[parser.at]}'"
            )
        return path.values
    else:
        return _later(f"unrecognized identifier {text}").values
    return lambda _: [literal]
