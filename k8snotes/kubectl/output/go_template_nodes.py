"""The parts of a Go template: what its parser makes, and how Go's errors show them."""

from __future__ import annotations

from typing import Any, NamedTuple

__all__ = [
    "Action",
    "Chain",
    "Command",
    "Constant",
    "Control",
    "Dot",
    "Field",
    "Identifier",
    "Invoke",
    "Jump",
    "Nil",
    "Node",
    "Pipe",
    "Text",
    "Variable",
]


class Text(NamedTuple):
    """Text outside of the braces."""

    at: int
    text: str

    def __str__(self) -> str:
        return self.text


class Dot(NamedTuple):
    """`.`: the value at hand."""

    at: int

    def __str__(self) -> str:
        return "."


class Nil(NamedTuple):
    """`nil`."""

    at: int

    def __str__(self) -> str:
        return "nil"


class Constant(NamedTuple):
    """A number, a text or a truth value, as it is written and what it means."""

    at: int
    text: str
    value: Any

    def __str__(self) -> str:
        return self.text


class Identifier(NamedTuple):
    """The name of a function."""

    at: int
    name: str

    def __str__(self) -> str:
        return self.name


class Field(NamedTuple):
    """`.metadata.name`: fields of the dot."""

    at: int
    names: tuple[str, ...]

    def __str__(self) -> str:
        return "".join(f".{name}" for name in self.names)


class Variable(NamedTuple):
    """`$pod.metadata`: a variable, and fields of its value."""

    at: int
    names: tuple[str, ...]

    def __str__(self) -> str:
        return ".".join(self.names)


class Command(NamedTuple):
    """`index .items 0`: a function or a value, and what it is given."""

    at: int
    words: tuple[Node, ...]

    def __str__(self) -> str:
        return " ".join(f"({word})" if isinstance(word, Pipe) else str(word) for word in self.words)


class Pipe(NamedTuple):
    """Commands that hand their values on; `$x :=` may stand before them."""

    at: int
    declared: tuple[Variable, ...]
    assigns: bool
    commands: tuple[Command, ...]

    def __str__(self) -> str:
        names = ", ".join(map(str, self.declared))
        sign = f"{names} {'=' if self.assigns else ':='} " if names else ""
        return sign + " | ".join(map(str, self.commands))


class Chain(NamedTuple):
    """`(index .items 0).metadata`: fields of what stands in parentheses."""

    at: int
    node: Node
    names: tuple[str, ...]

    def __str__(self) -> str:
        inner = f"({self.node})" if isinstance(self.node, Pipe) else str(self.node)
        return inner + "".join(f".{name}" for name in self.names)


class Action(NamedTuple):
    """`{{.metadata.name}}`."""

    at: int
    pipe: Pipe

    def __str__(self) -> str:
        return f"{{{{{self.pipe}}}}}"


class Control(NamedTuple):
    """`{{range .items}}...{{else}}...{{end}}`; the word is "range", "if" or "with"."""

    at: int
    word: str
    pipe: Pipe
    body: tuple[Node, ...]
    otherwise: tuple[Node, ...]

    def __str__(self) -> str:
        body = "".join(map(str, self.body))
        other = "{{else}}" + "".join(map(str, self.otherwise)) if self.otherwise else ""
        return f"{{{{{self.word} {self.pipe}}}}}{body}{other}{{{{end}}}}"


class Invoke(NamedTuple):
    """`{{template "row" .}}`."""

    at: int
    name: str
    shown: str
    pipe: Pipe | None

    def __str__(self) -> str:
        return f"{{{{template {self.shown}{f' {self.pipe}' if self.pipe else ''}}}}}"


class Jump(NamedTuple):
    """`{{break}}` and `{{continue}}`."""

    at: int
    word: str

    def __str__(self) -> str:
        return f"{{{{{self.word}}}}}"


Node = (
    Text
    | Dot
    | Nil
    | Constant
    | Identifier
    | Field
    | Variable
    | Command
    | Pipe
    | Chain
    | Action
    | Control
    | Invoke
    | Jump
)
