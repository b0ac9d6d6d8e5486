r"""Go templates as kubectl has them: `{{range .items}}{{.metadata.name}}{{"\n"}}{{end}}`, and Go's own errors.

Python has no library that reads Go's templates with Go's types, and a learner meets Go's errors at once.
Source of the rules: the package text/template of Go, and `GoTemplatePrinter` of k8s.io/cli-runtime/pkg/printers
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple, NoReturn

from k8snotes.api.go_text import quoted
from k8snotes.kubectl.output.go import go_value
from k8snotes.kubectl.output.go_format import Int, type_name
from k8snotes.kubectl.output.go_functions import FUNCTIONS, CallError, truth
from k8snotes.kubectl.output.go_template_nodes import (
    Action,
    Chain,
    Command,
    Constant,
    Control,
    Dot,
    Field,
    Identifier,
    Invoke,
    Jump,
    Nil,
    Node,
    Pipe,
    Text,
    Variable,
)
from k8snotes.kubectl.output.go_template_parser import GoTemplateError, parsed

__all__ = ["GoTemplate", "GoTemplateError"]

_NAME = "output"  # what kubectl calls the template
_DEEPEST = 100  # templates that call templates; Go goes on to 100,000
_MOST_WRITTEN = 10_000_000  # characters


class _Value(NamedTuple):
    """A value at work, as Go's reflection sees it.

    Args:
        value: the value itself.
        inner: whether it was read out of a map or a list, whose elements have the type "interface {}".
        there: False for what was not found: Go's invalid value.
    """

    value: Any = None
    inner: bool = False
    there: bool = True

    @property
    def type(self) -> str:
        """The name of its type."""
        return "interface {}" if self.inner else type_name(self.value)

    def bare(self) -> _Value:
        """Return it without the interface around it; a nil interface is not there."""
        if not self.inner:
            return self
        return _NOTHING if self.value is None else _Value(self.value)


_NOTHING = _Value(there=False)


class _Break(Exception):  # noqa: N818  # {{break}}, {{continue}}: no error
    def __init__(self, word: str) -> None:
        super().__init__(word)
        self.word = word


class GoTemplate:
    r"""A Go template, read.

    Args:
        text: the template, as it is written after `-o go-template=`.
        missing_keys: whether a field that there is not is "<no value>"; else it is an error.

    Raises:
        GoTemplateError: it cannot be read; the message is Go's.

    >>> pods = {"items": [{"metadata": {"name": "a"}}, {"metadata": {"name": "b"}}]}
    >>> "".join(GoTemplate('{{range .items}}{{.metadata.name}}{{"\\n"}}{{end}}').written(pods))
    'a\nb\n'
    """

    def __init__(self, text: str, *, missing_keys: bool = True) -> None:
        self.text = text
        self._missing_keys = missing_keys
        self._root, self._templates = parsed(text, _NAME)

    def written(self, data: Any) -> Iterator[str]:
        """Yield what the template writes, piece by piece.

        Args:
            data: what the dot means at the beginning.

        Raises:
            GoTemplateError: the template does not fit the data; the message is Go's, and what was written before
                stays written.
        """
        yield from _Run(self.text, self._templates, missing_keys=self._missing_keys).run(self._root, data)


class _Run:
    """One execution of a template."""

    def __init__(
        self,
        text: str,
        templates: dict[str, tuple[Node, ...]],
        *,
        missing_keys: bool,
        name: str = _NAME,
        depth: int = 0,
    ) -> None:
        self.text = text
        self.templates = templates
        self.missing_keys = missing_keys
        self.name = name
        self.depth = depth
        self.node: Node = Dot(0)  # the one at work, for errors
        self.variables: list[tuple[str, _Value]] = []
        self.written = 0

    def run(self, root: Sequence[Node], data: Any) -> Iterator[str]:
        dot = data if isinstance(data, _Value) else _Value(data)
        self.variables = [("$", dot)]
        yield from self._walk(dot, root)

    def _fail(self, message: str) -> NoReturn:
        before = self.text[: self.node.at]
        line, newline = 1 + before.count("\n"), before.rfind("\n")
        column = len(before.encode()) if newline < 0 else len(before[newline + 1 :].encode())
        place = f"template: {_NAME}:{line}:{column}: executing {quoted(self.name)} at <{self.node}>"
        raise GoTemplateError(f"{place}: {message}")

    # ---- nodes

    def _walk(self, dot: _Value, nodes: Sequence[Node]) -> Iterator[str]:
        for node in nodes:
            self.node = node
            if isinstance(node, Text):
                yield self._bounded(node.text)
            elif isinstance(node, Action):
                value = self._pipeline(dot, node.pipe)
                if not node.pipe.declared:
                    self.node = node
                    yield self._bounded(go_value(value.value) if value.there else "<no value>")
            elif isinstance(node, Control):
                yield from self._range(dot, node) if node.word == "range" else self._branch(dot, node)
            elif isinstance(node, Invoke):
                yield from self._invoke(dot, node)
            elif isinstance(node, Jump):
                raise _Break(node.word)

    def _bounded(self, text: str) -> str:
        self.written += len(text)
        if self.written > _MOST_WRITTEN:
            self._fail("the template writes too much")
        return text

    def _branch(self, dot: _Value, node: Control) -> Iterator[str]:
        mark = len(self.variables)
        value = self._pipeline(dot, node.pipe)
        if truth(value.value if value.there else None):
            yield from self._walk(value if node.word == "with" else dot, node.body)
        else:
            yield from self._walk(dot, node.otherwise)
        del self.variables[mark:]

    def _range(self, dot: _Value, node: Control) -> Iterator[str]:
        outer = len(self.variables)
        value = self._pipeline(dot, node.pipe)
        items = self._items(value, node)
        if not items:
            yield from self._walk(dot, node.otherwise)
        mark, names = len(self.variables), node.pipe.declared
        for key, item in items:
            if names:
                self._set(mark - 1, names[-1].names[0], item)
            if len(names) > 1:
                self._set(mark - 2, names[0].names[0], key)
            try:
                yield from self._walk(item, node.body)
            except _Break as jump:
                if jump.word == "break":
                    break
            finally:
                del self.variables[mark:]
        del self.variables[outer:]

    def _set(self, at: int, name: str, value: _Value) -> None:
        self.variables[at] = (name, value)

    def _items(self, value: _Value, node: Control) -> list[tuple[_Value, _Value]]:
        """Return the keys or the numbers of what a range goes over, and the elements."""
        found = value.value if value.there else None
        if isinstance(found, list):
            return [(_Value(Int(at)), _Value(item, inner=True)) for at, item in enumerate(found)]
        if isinstance(found, dict):
            return [(_Value(key), _Value(found[key], inner=True)) for key in sorted(found)]
        if found is None:
            return []
        if isinstance(found, bool) or not isinstance(found, int):
            self._fail(f"range can't iterate over {go_value(found)}")
        if len(node.pipe.declared) > 1:
            self._fail(f"can't use {found} to iterate over more than one variable")
        if found > _MOST_WRITTEN:
            self._fail("the template writes too much")
        return [(_NOTHING, _Value(type(found)(number))) for number in range(found)]

    def _invoke(self, dot: _Value, node: Invoke) -> Iterator[str]:
        root = self.templates.get(node.name)
        if root is None:
            self._fail(f"template {quoted(node.name)} not defined")
        if self.depth >= _DEEPEST:
            self._fail(f"exceeded maximum template depth ({_DEEPEST})")
        value = self._pipeline(dot, node.pipe) if node.pipe else _NOTHING
        inner = _Run(
            self.text, self.templates, missing_keys=self.missing_keys, name=node.name, depth=self.depth + 1
        )
        for piece in inner.run(root, value):
            yield self._bounded(piece)

    # ---- values

    def _pipeline(self, dot: _Value, pipe: Pipe) -> _Value:
        self.node = pipe
        value: _Value | None = None
        for command in pipe.commands:
            value = self._command(dot, command, value).bare()
        result = value or _NOTHING
        for variable in pipe.declared:
            if pipe.assigns:
                self._assign(variable.names[0], result)
            else:
                self.variables.append((variable.names[0], result))
        return result

    def _assign(self, name: str, value: _Value) -> None:
        for at in range(len(self.variables) - 1, -1, -1):
            if self.variables[at][0] == name:
                self._set(at, name, value)
                return
        self._fail(f"undefined variable: {name}")

    def _command(self, dot: _Value, command: Command, final: _Value | None) -> _Value:
        first, more = command.words[0], command.words[1:]
        match first:
            case Field():
                self.node = first
                return self._fields(dot, first.names, has_words=bool(more) or final is not None)
            case Chain():
                self.node = first
                found = self._argument(dot, first.node)
                return self._fields(found, first.names, has_words=bool(more) or final is not None)
            case Variable():
                return self._variable(first, has_words=bool(more) or final is not None)
            case Identifier():
                return self._call(dot, first, command, more, final)
            case Pipe():
                self._takes_no_words(first, more, final)
                return self._pipeline(dot, first)
        self.node = first
        self._takes_no_words(first, more, final)
        if not isinstance(first, Dot | Constant):
            self._fail("nil is not a command")
        return dot if isinstance(first, Dot) else _Value(first.value)

    def _takes_no_words(self, first: Node, more: Sequence[Node], final: _Value | None) -> None:
        if more or final is not None:
            shown = f"({first})" if isinstance(first, Pipe) else first
            self._fail(f"can't give argument to non-function {shown}")

    def _variable(self, node: Variable, *, has_words: bool = False) -> _Value:
        self.node = node
        known = [value for name, value in self.variables if name == node.names[0]]
        if not known:
            self._fail(f"undefined variable: {node.names[0]}")
        value = known[-1]
        if len(node.names) == 1:
            if has_words:
                self._fail(f"can't give argument to non-function {node}")
            return value
        return self._fields(value, node.names[1:], has_words=has_words)

    def _fields(self, value: _Value, names: Sequence[str], *, has_words: bool = False) -> _Value:
        for at, name in enumerate(names):
            value = self._field(value, name, has_words=has_words and at == len(names) - 1)
        return value

    def _field(self, value: _Value, name: str, *, has_words: bool) -> _Value:
        if not value.there:
            if not self.missing_keys:
                self._fail(f"nil data; no entry for key {quoted(name)}")
            return _NOTHING
        if value.inner and value.value is None:
            self._fail(f"nil pointer evaluating {value.type}.{name}")
        if not isinstance(value.value, dict):
            self._fail(f"can't evaluate field {name} in type {value.type}")
        if has_words:
            self._fail(f"{name} is not a method but has arguments")
        if name in value.value:
            return _Value(value.value[name], inner=True)
        if not self.missing_keys:
            self._fail(f"map has no entry for key {quoted(name)}")
        return _NOTHING

    def _argument(self, dot: _Value, node: Node) -> _Value:
        self.node = node
        match node:
            case Dot():
                return dot
            case Nil():
                return _NOTHING
            case Field():
                return self._fields(dot, node.names)
            case Variable():
                return self._variable(node)
            case Pipe():
                return self._pipeline(dot, node)
            case Identifier():
                return self._call(dot, node, node, (), None)
            case Chain():
                found = self._argument(dot, node.node)
                return self._fields(found, node.names)
        if not isinstance(node, Constant):
            self._fail(f"can't handle {node} for arg of type interface {{}}")
        return _Value(node.value)

    def _call(
        self, dot: _Value, node: Identifier, whole: Node, words: Sequence[Node], final: _Value | None
    ) -> _Value:
        self.node = node
        function = FUNCTIONS[node.name]
        count = len(words) + (final is not None)
        if function.any_more and count < function.least:
            self._fail(
                f"wrong number of args for {node.name}: want at least {function.least} got {len(words)}"
            )
        if not function.any_more and count != function.least:
            self._fail(f"wrong number of args for {node.name}: want {function.least} got {count}")
        if node.name in ("and", "or"):
            return self._logic(dot, node.name, words, final)
        values = [self._checked(dot, word, function.types, at) for at, word in enumerate(words)]
        if final is not None:
            self._check(final, function.types, len(words))
            values.append(final.value if final.there else None)
        try:
            result = self._result(function.run, node.name, values, [*map(str, words)])
        except CallError as error:
            self.node = whole
            self._fail(f"error calling {node.name}: {error}")
        return _Value(result, inner=function.finds)

    def _result(self, run: Callable[..., Any], name: str, values: Sequence[Any], words: Sequence[str]) -> Any:
        if name == "call":
            shown = type_name(values[0])
            if values[0] is None:
                raise CallError(f"call of nil{f' ({words[0]})' if words else ''}")
            raise CallError(f"non-function {words[0] if words else ''} of type {shown}")
        return run(*values)

    def _logic(self, dot: _Value, name: str, words: Sequence[Node], final: _Value | None) -> _Value:
        """Return the first argument that decides; the ones after it are not looked at."""
        value = _NOTHING
        for word in words:
            value = self._argument(dot, word)
            if truth(value.value if value.there else None) == (name == "or"):
                return value
        return value if final is None else final

    def _checked(self, dot: _Value, word: Node, types: Sequence[str], at: int) -> Any:
        """Return the value of an argument; raises an error if a function asks for another type."""
        wanted = types[at] if at < len(types) else ""
        if wanted == "string" and isinstance(word, Constant) and not isinstance(word.value, str):
            self.node = word
            self._fail(f"expected string; found {word}")
        if wanted == "string" and isinstance(word, Nil):
            self.node = word
            self._fail("cannot assign nil to string")
        value = self._argument(dot, word)
        self._check(value, types, at)
        return value.value if value.there else None

    def _check(self, value: _Value, types: Sequence[str], at: int) -> None:
        wanted = types[at] if at < len(types) else ""
        if not wanted:
            return
        if not value.there:
            self._fail(f"invalid value; expected {wanted}")
        if type_name(value.value) != wanted:
            found = type_name(value.value) if value.value is not None else "interface {}"
            self._fail(f"wrong type for value; expected {wanted}; got {found}")
