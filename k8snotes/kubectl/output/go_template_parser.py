"""Reads a Go template: first its tokens, then its parts; what cannot be read is told in Go's words.

Source of the rules: the package text/template/parse of Go
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple, NoReturn

from k8snotes.api.go_text import quoted
from k8snotes.kubectl.output.go_format import Int
from k8snotes.kubectl.output.go_functions import FUNCTIONS
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

__all__ = ["GoTemplateError", "parsed"]


class GoTemplateError(Exception):
    """A template that cannot be read, or that does not fit the object; the text is Go's."""


def parsed(text: str, name: str) -> tuple[tuple[Node, ...], dict[str, tuple[Node, ...]]]:
    """Return the parts of a template, and the templates that it defines, by name.

    Args:
        text: the template.
        name: what errors call it.

    Raises:
        GoTemplateError: it cannot be read.

    >>> parsed("{{.kind}}!", "output")[0][0].pipe.commands[0].words[0]
    Field(at=2, names=('kind',))
    """
    parser = _Parser(text, name)
    root = parser.whole()
    return root, parser.templates


# ---- tokens


class _Token(NamedTuple):
    kind: str
    text: str
    at: int
    line: int

    def __str__(self) -> str:
        if self.kind == "eof":
            return "EOF"
        if self.kind == "error":
            return self.text
        if self.kind in ("keyword", "dot"):
            return f"<{self.text}>"
        return f"{quoted(self.text[:10])}..." if len(self.text) > 10 else quoted(self.text)


_KEYWORDS = (
    *("block", "break", "continue", "define", "else"),
    *("end", "if", "range", "nil", "template", "with"),
)
_SPACE = " \t\r\n"
_STRING = re.compile(r'"(?:[^"\\\n]|\\[^\n])*"')
_RAW = re.compile(r"`[^`]*`")
_CHAR = re.compile(r"'(?:[^'\\\n]|\\[^\n])*'")
_NUMBER = re.compile(
    r"[+-]?(?:0[xX][0-9a-fA-F_]*|0[oO][0-7_]*|0[bB][01_]*|[0-9_]*)(?:\.[0-9a-fA-F_]*)?(?:[eE][+-]?[0-9_]*)?i?"
)
_WORD = re.compile(r"\w+")


def _code(char: str) -> str:
    """Return a character as Go's `%#U` prints it."""
    return f"U+{ord(char):04X} '{char}'" if char.isprintable() else f"U+{ord(char):04X}"


class _Lexer:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.parens = 0

    def tokens(self) -> Iterator[_Token]:
        """Yield the tokens; the last one is "eof" or "error"."""
        trim = False
        while True:
            begin = self.text.find("{{", self.at)
            words = self.text[self.at : begin] if begin >= 0 else self.text[self.at :]
            start = self.at
            if trim:
                start += len(words) - len(words.lstrip(_SPACE))
                words = words.lstrip(_SPACE)
            trims_left = begin >= 0 and self._trims(begin + 2)
            shown = words.rstrip(_SPACE) if trims_left else words
            if shown:
                yield self._token("text", shown, start)
            if begin < 0:
                yield self._token("eof", "", len(self.text))
                return
            self.at = begin + 2
            skip = 2 if trims_left else 0
            if self.text.startswith("/*", self.at + skip):
                self.at += skip
                trim, error = self._comment()
                if error:
                    yield error
                    return
                continue
            yield self._token("left", "{{", begin)
            self.at += skip
            self.parens = 0
            for token in self._action():
                yield token
                if token.kind == "error":
                    return
            trim = self.text[self.at - 3 : self.at] == "-}}" and self.text[
                self.at - 4 : self.at - 3
            ] in tuple(_SPACE)

    def _trims(self, at: int) -> bool:
        return self.text[at : at + 1] == "-" and self.text[at + 1 : at + 2] in tuple(_SPACE)

    def _token(self, kind: str, text: str, at: int) -> _Token:
        return _Token(kind, text, at, 1 + self.text.count("\n", 0, at))

    def _error(self, message: str) -> _Token:
        return self._token("error", message, min(self.at, len(self.text)))

    def _comment(self) -> tuple[bool, _Token | None]:
        """Skip a comment; returns whether the space after it goes, and an error."""
        end = self.text.find("*/", self.at + 2)
        if end < 0:
            return False, self._error("unclosed comment")
        end += 2
        trims = self.text[end : end + 2] in tuple(f"{space}-" for space in _SPACE)
        end += 2 if trims else 0
        if not self.text.startswith("}}", end):
            return False, self._error("comment ends before closing delimiter")
        self.at = end + 2
        return trims, None

    def _action(self) -> Iterator[_Token]:
        while True:
            trims = self.text[self.at : self.at + 4] in tuple(f"{space}-}}}}" for space in _SPACE)
            if trims or self.text.startswith("}}", self.at):
                if self.parens:
                    yield self._error("unclosed left paren")
                    return
                self.at += 2 if trims else 0
                self.at += 2
                yield self._token("right", "}}", self.at - 2)
                return
            token = self._next()
            yield token
            if token.kind == "error":
                return

    def _next(self) -> _Token:
        begin, char = self.at, self.text[self.at : self.at + 1]
        if not char:
            return self._error("unclosed action")
        if char in _SPACE:
            return self._spaces()
        for sign, pattern, kind, name in (
            ('"', _STRING, "string", "quoted string"),
            ("`", _RAW, "string", "raw quoted string"),
            ("'", _CHAR, "number", "character constant"),
        ):
            if char == sign:
                found = pattern.match(self.text, begin)
                return self._took(kind, found[0]) if found else self._error(f"unterminated {name}")
        if char == ":":
            if self.text[begin + 1 : begin + 2] != "=":
                return self._error("expected :=")
            return self._took("declare", ":=")
        if char in "=|,":
            return self._took({"=": "assign", "|": "pipe", ",": "char"}[char], char)
        if char == "(":
            self.parens += 1
            return self._took("(", char)
        if char == ")":
            self.parens -= 1
            return self._took(")", char) if self.parens >= 0 else self._error("unexpected right paren")
        following = self.text[begin + 1 : begin + 2]
        if char == "$" or (char == "." and not ("0" <= following <= "9")):
            return self._named(char)
        if char in "+-." or char.isdigit():
            return self._number()
        if char.isalpha() or char == "_":
            return self._word()
        if char.isascii() and char.isprintable():
            return self._took("char", char)
        return self._error(f"unrecognized character in action: {_code(char)}")

    def _took(self, kind: str, text: str) -> _Token:
        begin = self.at
        self.at += len(text)
        return self._token(kind, text, begin)

    def _spaces(self) -> _Token:
        end = self.at
        while self.text[end : end + 1] in tuple(_SPACE) and self.text[end : end + 1]:
            if self.text[end + 1 : end + 4] == "-}}" and end > self.at:
                break
            end += 1
        return self._took("space", self.text[self.at : end])

    def _ends(self, at: int) -> bool:
        char = self.text[at : at + 1]
        return not char or char in _SPACE or char in ".,|:()" or self.text.startswith("}}", at)

    def _bad(self, at: int) -> _Token:
        return self._error(f"bad character {_code(self.text[at])}")

    def _named(self, sign: str) -> _Token:
        """Return a field or a variable."""
        word = _WORD.match(self.text, self.at + 1)
        text = sign + (word[0] if word else "")
        if not self._ends(self.at + len(text)):
            return self._bad(self.at + len(text))
        if sign == "$":
            return self._took("variable", text)
        return self._took("field" if word else "dot", text)

    def _word(self) -> _Token:
        word = _WORD.match(self.text, self.at)
        text = word[0] if word else ""
        if not self._ends(self.at + len(text)):
            return self._bad(self.at + len(text))
        if text in _KEYWORDS:
            return self._took("keyword", text)
        return self._took("bool" if text in ("true", "false") else "identifier", text)

    def _number(self) -> _Token:
        number = _NUMBER.match(self.text, self.at)
        text = number[0] if number else ""
        following = self.text[self.at + len(text) : self.at + len(text) + 1]
        if following and (following == "_" or following.isalnum()):
            return self._error(f"bad number syntax: {quoted(text + following)}")
        if following in ("+", "-"):  # Go's complex numbers mean nothing here
            more = _NUMBER.match(self.text, self.at + len(text))
            return self._error(f"bad number syntax: {quoted(text + (more[0] if more else following))}")
        return self._took("number", text)


# ---- parts


class _End(NamedTuple):
    """`{{end}}` and `{{else}}`, which close a list of parts; after `{{else}}`, another word may follow."""

    word: str
    also: str = ""

    def __str__(self) -> str:
        return f"{{{{{self.word}}}}}"


class _Parser:
    def __init__(self, text: str, name: str) -> None:
        self.name = name
        self.templates: dict[str, tuple[Node, ...]] = {}
        self._tokens = _Lexer(text).tokens()
        self._back: list[_Token] = []
        self._variables = ["$"]
        self._ranges = 0
        self._now = _Token("eof", "", 0, 1)

    # ---- tokens

    def _next(self) -> _Token:
        self._now = self._back.pop() if self._back else next(self._tokens, None) or self._now
        return self._now

    def _peek(self) -> _Token:
        token = self._next()
        self._back.append(token)
        return token

    def _solid(self) -> _Token:
        """Return the next token that is no space."""
        token = self._next()
        while token.kind == "space":
            token = self._next()
        return token

    def _peek_solid(self) -> _Token:
        token = self._solid()
        self._back.append(token)
        return token

    def _fail(self, message: str) -> NoReturn:
        raise GoTemplateError(f"template: {self.name}:{self._now.line}: {message}")

    def _unexpected(self, token: _Token, context: str) -> NoReturn:
        if token.kind == "error":
            self._fail(token.text)
        self._fail(f"unexpected {token} in {context}")

    def _close(self, context: str) -> None:
        token = self._solid()
        if token.kind != "right":
            self._unexpected(token, context)

    # ---- lists of parts

    def whole(self) -> tuple[Node, ...]:
        nodes: list[Node] = []
        while True:
            token = self._next()
            if token.kind == "eof":
                return tuple(nodes)
            if token.kind == "left" and self._peek_solid().text == "define":
                self._solid()
                self._define()
                continue
            self._back.append(token)
            node = self._part()
            if isinstance(node, _End):
                self._fail(f"unexpected {node}")
            nodes.append(node)

    def _define(self) -> None:
        token = self._solid()
        if token.kind != "string":
            self._unexpected(token, "define clause")
        name = self._unquoted(token)
        self._close("define clause")
        self._defined(name, "define clause")

    def _defined(self, name: str, context: str) -> None:
        """Read the parts of a template that is defined in this one, up to its end."""
        variables, ranges = self._variables, self._ranges
        self._variables, self._ranges = ["$"], 0
        nodes, end = self._list()
        if end.word != "end":
            self._fail(f"unexpected {end} in {context}")
        self._variables, self._ranges = variables, ranges
        self.templates[name] = nodes

    def _list(self) -> tuple[tuple[Node, ...], _End]:
        nodes: list[Node] = []
        while True:
            if self._peek_solid().kind == "eof":
                self._fail("unexpected EOF")
            node = self._part()
            if isinstance(node, _End):
                return tuple(nodes), node
            nodes.append(node)

    def _part(self) -> Node | _End:
        token = self._solid()
        if token.kind == "text":
            return Text(token.at, token.text)
        if token.kind != "left":
            self._unexpected(token, "input")
        return self._action()

    def _action(self) -> Node | _End:
        token = self._solid()
        if token.kind == "keyword":
            match token.text:
                case "if" | "range" | "with":
                    return self._control(token.text)
                case "else":
                    return self._else()
                case "end":
                    self._close("end")
                    return _End("end")
                case "template" | "block":
                    return self._template(token.text)
                case "break" | "continue":
                    return self._jump(token)
        self._back.append(token)
        pipe = self._pipeline("command", "right")
        return Action(token.at, pipe)

    def _jump(self, token: _Token) -> Jump:
        after = self._solid()
        if after.kind != "right":
            self._unexpected(after, f"{{{{{token.text}}}}}")
        if not self._ranges:
            self._fail(f"{{{{{token.text}}}}} outside {{{{range}}}}")
        return Jump(token.at, token.text)

    def _else(self) -> _End:
        after = self._peek_solid()
        if after.text in ("if", "with") and after.kind == "keyword":
            return _End("else", after.text)
        self._close("else")
        return _End("else")

    def _control(self, word: str) -> Control:
        mark = len(self._variables)
        begin = self._peek_solid().at
        pipe = self._pipeline(word, "right")
        self._ranges += word == "range"
        body, end = self._list()
        self._ranges -= word == "range"
        otherwise: tuple[Node, ...] = ()
        if end.word == "else" and end.also:
            self._solid()
            if end.also != word or word == "range":
                self._fail(f"unexpected <{end.also}> in input")
            otherwise = (self._control(word),)
        elif end.word == "else":
            otherwise, end = self._list()
            if end.word != "end":
                self._fail(f"expected end; found {end}")
        del self._variables[mark:]
        return Control(begin, word, pipe, body, otherwise)

    def _template(self, word: str) -> Invoke:
        context = f"{word} clause"
        token = self._solid()
        if token.kind != "string":
            self._unexpected(token, context)
        name = self._unquoted(token)
        pipe = None
        if word == "block" or self._peek_solid().kind != "right":
            pipe = self._pipeline(context, "right")
        else:
            self._solid()
        if word == "block":
            self._defined(name, context)
        return Invoke(token.at, name, quoted(name), pipe)

    # ---- pipelines

    def _pipeline(self, context: str, end: str) -> Pipe:
        begin = self._peek_solid().at
        declared, assigns = self._declared(context)
        commands: list[Command] = []
        while True:
            token = self._solid()
            if token.kind == end:
                return Pipe(begin, declared, assigns, self._checked(commands, context))
            if token.kind in ("right", ")") or (token.kind not in _OPERANDS and token.text != "nil"):
                self._unexpected(token, context)
            self._back.append(token)
            commands.append(self._command())

    def _declared(self, context: str) -> tuple[tuple[Variable, ...], bool]:
        found: list[Variable] = []
        while self._peek_solid().kind == "variable":
            token = self._solid()
            after = self._next()
            following = self._peek_solid() if after.kind == "space" else after
            comma = following.kind == "char" and following.text == ","
            if following.kind not in ("declare", "assign") and not comma:
                self._back += [after, token]
                break
            if after.kind == "space":
                self._solid()
            found.append(Variable(token.at, (token.text,)))
            self._variables.append(token.text)
            if not comma:
                return tuple(found), following.kind == "assign"
            if context != "range" or len(found) > 1:
                self._fail(f"too many declarations in {context}")
            if self._peek_solid().kind not in ("variable", "right", ")"):
                self._fail("range can only initialize variables")
        return tuple(found), False

    def _checked(self, commands: list[Command], context: str) -> tuple[Command, ...]:
        if not commands:
            self._fail(f"missing value for {context}")
        for number, command in enumerate(commands[1:], start=2):
            if isinstance(command.words[0], Constant | Dot | Nil):
                self._fail(f"non executable command in pipeline stage {number}")
        return tuple(commands)

    def _command(self) -> Command:
        begin = self._peek_solid().at
        words: list[Node] = []
        while True:
            self._peek_solid()
            word = self._operand()
            if word is not None:
                words.append(word)
            token = self._next()
            if token.kind == "space":
                continue
            if token.kind in ("right", ")"):
                self._back.append(token)
            elif token.kind != "pipe":
                self._unexpected(token, "operand")
            break
        if not words:
            self._fail("empty command")
        return Command(begin, tuple(words))

    def _operand(self) -> Node | None:
        node = self._term()
        if node is None or self._peek().kind != "field":
            return node
        begin = self._peek().at
        names: list[str] = []
        while self._peek().kind == "field":
            names.append(self._next().text[1:])
        match node:
            case Field():
                return Field(begin, (*node.names, *names))
            case Variable():
                return Variable(begin, (*node.names, *names))
            case Constant() | Nil() | Dot():
                self._fail(f"unexpected . after term {quoted(str(node))}")
        return Chain(begin, node, tuple(names))

    def _term(self) -> Node | None:
        token = self._solid()
        match token.kind:
            case "error":
                self._fail(token.text)
            case "identifier":
                if token.text not in FUNCTIONS:
                    self._fail(f"function {quoted(token.text)} not defined")
                return Identifier(token.at, token.text)
            case "dot":
                return Dot(token.at)
            case "variable":
                if token.text not in self._variables:
                    self._fail(f"undefined variable {quoted(token.text)}")
                return Variable(token.at, (token.text,))
            case "field":
                return Field(token.at, (token.text[1:],))
            case "bool":
                return Constant(token.at, token.text, token.text == "true")
            case "number":
                return Constant(token.at, token.text, self._number(token))
            case "string":
                return Constant(token.at, token.text, self._unquoted(token))
            case "(":
                return self._pipeline("parenthesized pipeline", ")")
        if token.text == "nil" and token.kind == "keyword":
            return Nil(token.at)
        self._back.append(token)
        return None

    def _number(self, token: _Token) -> Any:
        text = token.text
        if text.startswith("'"):
            inner = _unescaped(text[1:-1])
            if inner is None or len(inner) != 1:
                self._fail(f"malformed character constant: {text}")
            return Int(ord(inner))
        try:
            return Int(int(text, 0))
        except ValueError:
            pass
        if re.fullmatch(r"[+-]?0[0-7]+", text):
            return Int(int(text, 8))
        try:
            number = float(text)
        except ValueError:
            self._fail(f"illegal number syntax: {quoted(text)}")
        if not set(text) & set(".eEpP"):
            self._fail(f"integer overflow: {quoted(text)}")
        return number

    def _unquoted(self, token: _Token) -> str:
        if token.text.startswith("`"):
            return token.text[1:-1].replace("\r", "")
        inner = _unescaped(token.text[1:-1])
        if inner is None:
            self._fail("invalid syntax")
        return inner


_OPERANDS = ("bool", "number", "dot", "field", "identifier", "string", "variable", "(")
_ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3})|(.))", re.DOTALL)
_LETTERS = {
    "a": "\a",
    "b": "\b",
    "f": "\f",
    "n": "\n",
    "r": "\r",
    "t": "\t",
    "v": "\v",
    "\\": "\\",
    "'": "'",
    '"': '"',
}


def _unescaped(text: str) -> str | None:
    """Return what a text in Go's quotes means; None if an escape is wrong."""
    wrong = False

    def replaced(match: re.Match[str]) -> str:
        nonlocal wrong
        number = match[1] or match[2] or match[3]
        value = int(number, 16) if number else int(match[4], 8) if match[4] else -1
        if value > 0x10FFFF or (value < 0 and match[5] not in _LETTERS):
            wrong = True
            return ""
        return chr(value) if value >= 0 else _LETTERS[match[5]]

    result = _ESCAPE.sub(replaced, text)
    return None if wrong else result
