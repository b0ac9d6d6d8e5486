"""The command line: words and flags, read and refused as kubectl reads and refuses them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from k8snotes.api.go_text import quoted
from k8snotes.kubectl.trouble import Stopped, error_text

__all__ = ["GLOBAL", "Flag", "Parsed", "flag", "parse"]


@dataclass(frozen=True, slots=True)
class Flag:
    """One flag: `kind` is "bool", "int", "text", "texts" (may stand again), "list" (commas) or "duration".

    `bare` is what the flag means when it stands without a value (`--dry-run`), None if it needs one.
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
        """Return the value that a text stands for. Raises ValueError with Go's words."""
        match self.kind:
            case "bool":
                return _bool(text)
            case "int":
                return _int(text)
            case "duration":
                return _duration(text)
            case "list":
                return text.split(",") if text else []
            case "texts":
                return [text]
            case _:
                return text


def flag(spec: str, kind: str = "text", default: Any = None, *, bare: str | None = None) -> Flag:
    """Return a flag from its short notation: "namespace/n".

    >>> flag("namespace/n").shown
    '-n, --namespace'
    """
    name, _, short = spec.partition("/")
    if kind == "bool":
        default, bare = bool(default), "true"
    elif kind in ("list", "texts") and default is None:
        default = []
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
    flag("v/v"),
    flag("warnings-as-errors", "bool"),
)


@dataclass(slots=True)
class Parsed:
    """A command line taken apart: `words` are what is no flag, `after` what follows a lone `--`."""

    words: list[str] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)
    given: set[str] = field(default_factory=set)
    dashed: int | None = None  # how many of the words stand before --

    def __getitem__(self, name: str) -> Any:
        return self.values[name]

    def text(self, name: str) -> str:
        """Return the value of a flag as text, "" where it is not given."""
        return str(self.values.get(name) or "")

    def has(self, name: str) -> bool:
        """Whether a flag was given on the line."""
        return name in self.given


def parse(words: Iterable[str], flags: Iterable[Flag], command: str) -> Parsed:
    """Read the words of a command by its flags; raises Stopped with what kubectl says of a wrong one.

    Source of the rule: github.com/spf13/pflag, which reads kubectl's command lines.

    >>> done = parse(["pods", "-n", "shop", "-owide", "--", "ls"], [*GLOBAL, flag("output/o")], "get")
    >>> done.words, done["namespace"], done["output"], done.dashed
    (['pods', 'ls'], 'shop', 'wide', 1)
    """
    known = {item.name: item for item in flags}
    short = {item.short: item for item in known.values() if item.short}
    done = Parsed(values={item.name: _fresh(item) for item in known.values()})
    rest = list(words)
    while rest:
        word = rest.pop(0)
        if word == "--":
            done.dashed = len(done.words)
            done.words += rest
            break
        if word.startswith("--"):
            _long(word, rest, known, done, command)
        elif word.startswith("-") and word != "-":
            _short(word, rest, short, done, command)
        else:
            done.words.append(word)
    return done


def _fresh(item: Flag) -> Any:
    return list(item.default) if isinstance(item.default, list) else item.default


def _long(word: str, rest: list[str], known: Mapping[str, Flag], done: Parsed, command: str) -> None:
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
    _set(item, value, done, command)


def _short(word: str, rest: list[str], short: Mapping[str, Flag], done: Parsed, command: str) -> None:
    letters = word[1:]
    while letters:
        letter, letters = letters[0], letters[1:]
        item = short.get(letter)
        if item is None:
            raise _refused(f"unknown shorthand flag: {_go_char(letter)} in {word}", command)
        if letters.startswith("="):
            return _set(item, letters[1:], done, command)
        if item.bare is not None:
            _set(item, item.bare, done, command)
            continue
        if letters:
            return _set(item, letters, done, command)
        if not rest:
            raise _refused(f"flag needs an argument: {_go_char(letter)} in {word}", command)
        return _set(item, rest.pop(0), done, command)
    return None


def _go_char(letter: str) -> str:
    return "'" + letter.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _set(item: Flag, value: str, done: Parsed, command: str) -> None:
    try:
        read = item.read(value)
    except ValueError as error:
        raise _refused(
            f"invalid argument {quoted(value)} for {quoted(item.shown)} flag: {error}", command
        ) from None
    if item.kind in ("list", "texts"):
        read = (done.values[item.name] if item.name in done.given else []) + read
    done.values[item.name] = read
    done.given.add(item.name)


def _refused(message: str, command: str) -> Stopped:
    whole = f"kubectl {command}".rstrip()
    return Stopped(error_text(f"{message}\nSee '{whole} --help' for usage."))


def _bool(text: str) -> bool:
    if text in ("1", "t", "T", "true", "TRUE", "True"):
        return True
    if text in ("0", "f", "F", "false", "FALSE", "False"):
        return False
    raise ValueError(f"strconv.ParseBool: parsing {quoted(text)}: invalid syntax")


def _int(text: str) -> int:
    if not re.fullmatch(r"[+-]?\d+", text, re.ASCII) or len(text) > 40:
        raise ValueError(f"strconv.ParseInt: parsing {quoted(text)}: invalid syntax")
    number = int(text)
    if not -(2**63) <= number < 2**63:
        raise ValueError(f"strconv.ParseInt: parsing {quoted(text)}: value out of range")
    return number


_UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001, "us": 1e-6, "ns": 1e-9}
_DURATION = re.compile(r"([0-9]*\.?[0-9]+)(h|ms|m|s|us|ns)", re.ASCII)


def _duration(text: str) -> float:
    parts = _DURATION.findall(text)
    if text in ("0", "+0", "-0"):
        return 0.0
    if not parts or "".join(number + unit for number, unit in parts) != text.lstrip("+-"):
        if text.lstrip("+-").isdigit():
            raise ValueError(f"time: missing unit in duration {quoted(text)}")
        raise ValueError(f"time: invalid duration {quoted(text)}")
    seconds = sum(float(number) * _UNITS[unit] for number, unit in parts)
    return -seconds if text.startswith("-") else seconds
