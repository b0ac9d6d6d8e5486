"""The command line: words and flags, read and refused as kubectl reads and refuses them."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from k8snotes.api.duration import seconds
from k8snotes.api.go_text import quoted
from k8snotes.kubectl.failure import Stopped

__all__ = ["GLOBAL", "Flag", "Parsed", "first_plain", "flag", "parse", "plain_words"]


class Flag(NamedTuple):
    """One flag of a command.

    Args:
        name: the name after the two dashes.
        short: the letter after one dash, "" if it has none.
        kind: "bool", "int", "int32", "text", "texts" (may be repeated), "list" (commas), "pairs" (a=b,c=d; may be repeated),
            "map" (the same, with other words for what is none) or "duration" (seconds).
        default: its value where it is not given.
        bare: its value if the flag has none (`--dry-run`); None if the flag needs a value.
    """

    name: str
    short: str = ""
    kind: str = "text"
    default: Any = None
    bare: str | None = None

    @property
    def shown(self) -> str:
        """The flag as messages name it: "-A, --all-namespaces"."""
        return f"-{self.short}, --{self.name}" if self.short else f"--{self.name}"

    def read(self, text: str) -> Any:
        """Return the value that a text means. Raises ValueError with Go's words."""
        match self.kind:
            case "bool":
                return _bool(text)
            case "int" | "int32":
                return _int(text, 32 if self.kind == "int32" else 64)
            case "duration":
                return seconds(text)
            case "list":
                return text.split(",") if text else []
            case "texts":
                return [text]
            case "pairs":
                return _pairs(text)
            case "map":
                return _pairs(text, "malformed pair, expect string=string")
            case _:
                return text


def flag(spec: str, kind: str = "text", default: Any = None, *, bare: str | None = None) -> Flag:
    """Return a flag from its short notation.

    Args:
        spec: its name, and its letter after a slash: "namespace/n".
        kind: how its value is read; see `Flag`.
        default: its value where it is not given; a "bool" is False then, a "list" and "pairs" are empty.
        bare: what it means without a value.

    >>> flag("namespace/n").shown
    '-n, --namespace'
    """
    name, _, short = spec.partition("/")
    if kind == "bool":
        default, bare = bool(default), "true"
    elif kind in ("list", "texts") and default is None:
        default = []
    elif kind in ("pairs", "map") and default is None:
        default = {}
    return Flag(name, short, kind, default, bare)


# what every command takes; those that only say how to reach a cluster mean nothing here
GLOBAL = (
    flag("namespace/n", default=""),
    flag("help/h", "bool"),
    flag("context"),
    flag("cluster"),
    flag("kubeconfig"),
    flag("user"),
    flag("server/s"),
    flag("request-timeout"),
    flag("as"),
    flag("as-group", "texts"),
    flag("as-uid"),
    flag("as-user-extra", "texts"),
    flag("cache-dir"),
    flag("certificate-authority"),
    flag("client-certificate"),
    flag("client-key"),
    flag("disable-compression", "bool"),
    flag("insecure-skip-tls-verify", "bool"),
    flag("kuberc"),
    flag("log-flush-frequency"),
    flag("match-server-version", "bool"),
    flag("password"),
    flag("profile"),
    flag("profile-output"),
    flag("tls-server-name"),
    flag("token"),
    flag("username"),
    flag("v/v"),
    flag("vmodule"),
    flag("warnings-as-errors", "bool"),
)


@dataclass(slots=True)
class Parsed:
    """A command line taken apart.

    Args:
        words: what is no flag, before and after a lone `--`.
        values: the value of each flag of the command, by name.
        given: the names of the flags on the line.
        dashed: how many words come before `--`; None if there is no `--`.
    """

    words: list[str] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)
    given: set[str] = field(default_factory=set)
    dashed: int | None = None

    def __getitem__(self, name: str) -> Any:
        return self.values[name]

    @property
    def before(self) -> list[str]:
        """The words before a lone `--`, all of them where there is none."""
        return self.words[: self.dashed]

    @property
    def after(self) -> list[str]:
        """The words after a lone `--`: the command for a container."""
        return [] if self.dashed is None else self.words[self.dashed :]

    def get(self, name: str, default: Any = None) -> Any:
        """Return the value of a flag, or `default` where the command does not have this flag."""
        return self.values.get(name, default)

    def text(self, name: str) -> str:
        """Return the value of a flag as text, "" where it is not given."""
        return str(self.values.get(name) or "")

    def require(self, *names: str) -> None:
        """Raise Stopped for flags that a command cannot do without."""
        missing = [quoted(name) for name in names if name not in self.given]
        if missing:
            raise Stopped(f"required flag(s) {', '.join(missing)} not set")

    def has(self, name: str) -> bool:
        """Whether a flag was given on the line."""
        return name in self.given


def parse(words: Iterable[str], flags: Iterable[Flag], command: str) -> Parsed:
    """Read the words of a command by its flags.

    Args:
        words: the command line without its verb.
        flags: the flags that the command takes.
        command: its name, as messages have it: "rollout undo".

    Raises:
        Stopped: a flag that there is not, or a value that it cannot have, in kubectl's words.

    Source of the rule: github.com/spf13/pflag, which reads kubectl's command lines.

    >>> line = parse(["pods", "-n", "shop", "-owide", "--", "ls"], [*GLOBAL, flag("output/o")], "get")
    >>> line.before, line.after, line["namespace"], line["output"]
    (['pods'], ['ls'], 'shop', 'wide')
    """
    known = {item.name: item for item in flags}
    short = {item.short: item for item in known.values() if item.short}
    parsed = Parsed(values={item.name: _fresh(item) for item in known.values()})
    rest = list(words)
    while rest:
        word = rest.pop(0)
        if word == "--":
            parsed.dashed = len(parsed.words)
            parsed.words += rest
            break
        if word.startswith("--"):
            _long(word, rest, known, parsed, command)
        elif word.startswith("-") and word != "-":
            _short(word, rest, short, parsed, command)
        else:
            parsed.words.append(word)
    return parsed


def first_plain(words: Sequence[str], flags: Iterable[Flag] = GLOBAL) -> int | None:
    """Return the position of the first word that is neither a flag nor the value of a flag; None if there is none.

    >>> first_plain(["-n", "shop", "get", "pods"])
    2
    """
    return next(iter(_plain(words, flags)), None)


def plain_words(words: Sequence[str], flags: Iterable[Flag] = GLOBAL) -> list[str]:
    """Return the words before a lone `--` that are neither flags nor the values of those.

    Args:
        words: a command line.
        flags: the known flags; any other flag is assumed to have no value.

    >>> plain_words(["get", "-n", "shop", "pods", "--", "x"])
    ['get', 'pods']
    """
    return [words[at] for at in _plain(words, flags)]


def _plain(words: Sequence[str], flags: Iterable[Flag]) -> Iterator[int]:
    valued = set()
    for item in flags:
        if item.bare is None:
            valued |= {f"--{item.name}", f"-{item.short}"}
    skip = False
    for at, word in enumerate(words):
        if skip:
            skip = False
        elif word == "--":
            return
        elif word.startswith("-") and len(word) > 1:
            skip = word in valued
        else:
            yield at


def _fresh(item: Flag) -> Any:
    return copy.copy(item.default)


def _long(word: str, rest: list[str], known: Mapping[str, Flag], parsed: Parsed, command: str) -> None:
    name, equals, value = word[2:].partition("=")
    if not name or name.startswith("-"):
        raise _refused(f"bad flag syntax: {word}", command)
    item = known.get(name)
    if item is None:
        raise _refused(f"unknown flag: --{name}", command)
    if not equals:
        if item.bare is not None:
            value = item.bare
        elif rest:
            value = rest.pop(0)
        else:
            raise _refused(f"flag needs an argument: --{name}", command)
    _set(item, value, parsed, command)


def _short(word: str, rest: list[str], short: Mapping[str, Flag], parsed: Parsed, command: str) -> None:
    letters = word[1:]
    while letters:
        letter, letters = letters[0], letters[1:]
        item = short.get(letter)
        if item is None:
            raise _refused(f"unknown shorthand flag: {_go_char(letter)} in {word}", command)
        if letters.startswith("="):
            return _set(item, letters[1:], parsed, command)
        if item.bare is not None:
            _set(item, item.bare, parsed, command)
            continue
        if letters:
            return _set(item, letters, parsed, command)
        if not rest:
            raise _refused(f"flag needs an argument: {_go_char(letter)} in {word}", command)
        return _set(item, rest.pop(0), parsed, command)
    return None


def _go_char(letter: str) -> str:
    return "'" + letter.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _set(item: Flag, value: str, parsed: Parsed, command: str) -> None:
    try:
        read = item.read(value)
    except ValueError as error:
        raise _refused(
            f"invalid argument {quoted(value)} for {quoted(item.shown)} flag: {error}", command
        ) from None
    if item.kind in ("list", "texts"):
        read = (parsed.values[item.name] if item.name in parsed.given else []) + read
    elif item.kind in ("pairs", "map"):
        read = parsed.values[item.name] | read
    parsed.values[item.name] = read
    parsed.given.add(item.name)


def _refused(message: str, command: str) -> Stopped:
    whole = f"kubectl {command}".rstrip()
    return Stopped(f"{message}\nSee '{whole} --help' for usage.")


def _bool(text: str) -> bool:
    if text in ("1", "t", "T", "true", "TRUE", "True"):
        return True
    if text in ("0", "f", "F", "false", "FALSE", "False"):
        return False
    raise ValueError(f"strconv.ParseBool: parsing {quoted(text)}: invalid syntax")


def _pairs(text: str, fault: str = "") -> dict[str, str]:
    pairs = {}
    for item in text.split(","):
        key, equals, value = item.partition("=")
        if not equals:
            raise ValueError(fault or f"{item} must be formatted as key=value")
        pairs[key] = value
    return pairs


def _int(text: str, bits: int) -> int:
    if not re.fullmatch(r"[+-]?\d+", text, re.ASCII) or len(text) > 40:
        raise ValueError(f"strconv.ParseInt: parsing {quoted(text)}: invalid syntax")
    number = int(text)
    if not -(2 ** (bits - 1)) <= number < 2 ** (bits - 1):
        raise ValueError(f"strconv.ParseInt: parsing {quoted(text)}: value out of range")
    return number
