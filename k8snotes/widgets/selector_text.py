"""The selector in the field, changed by a click: the rest stays as it was typed."""

from __future__ import annotations

from dataclasses import dataclass, replace

from k8snotes.api.requirement import Requirement
from k8snotes.api.selector import Selector
from k8snotes.errors import SelectorSyntaxError

__all__ = ["ask_presence", "replace_requirement", "toggle_value"]

_POSITIVE = frozenset({"=", "==", "in"})
_NEGATIVE = frozenset({"!=", "notin"})


@dataclass(frozen=True, slots=True)
class _Part:
    """One requirement, and how it was typed."""

    requirement: Requirement
    typed: str

    def with_values(self, values: list[str], symbol: str, word: str) -> _Part:
        """Return the part with other values: `symbol` is before one value, `word` before several."""
        key = self.requirement.key
        between = ", " if ", " in self.typed.strip() else ","
        body = f"{key}{symbol}{values[0]}" if len(values) == 1 else f"{key} {word} ({between.join(values)})"
        lead = self.typed[: len(self.typed) - len(self.typed.lstrip())]
        tail = self.typed[len(self.typed.rstrip()) :] if self.typed.strip() else ""
        return replace(self, typed=lead + body + tail)

    @property
    def values(self) -> list[str]:
        """The values in the order in which they were typed."""
        if "(" not in self.typed:
            return list(self.requirement.values)
        inner = self.typed[self.typed.index("(") + 1 : self.typed.rindex(")")]
        typed = [value.strip(" \t\r\n") for value in inner.split(",")]
        return (
            list(dict.fromkeys(typed))
            if set(typed) == set(self.requirement.values)
            else list(self.requirement.values)
        )


def toggle_value(text: str, key: str, value: str) -> str:
    """Return a selector with one value more asked for, or without it if it is asked for already.

    A part that excludes the value (tier!=db, !tier) is changed or taken out.

    Args:
        text: the selector as it was typed.
        key: the label key.
        value: its value.

    Raises:
        SelectorSyntaxError: the text is no selector.

    >>> toggle_value("app=web, !canary", "tier", "db")
    'app=web, !canary, tier=db'
    >>> toggle_value("tier=db,app=web", "tier", "cache")
    'tier in (db,cache),app=web'
    >>> toggle_value("tier in (db, cache), app=web", "tier", "db")
    'tier=cache, app=web'
    """
    parts = _parts(text)
    mine = [part.requirement for part in parts if part.requirement.key == key]
    positive = any(part.operator in _POSITIVE for part in mine)
    if positive and all(part.accepts(value) for part in mine):
        return _joined([_without(part, value) if part.requirement.key == key else part for part in parts])
    changed: list[_Part | None] = []
    placed = positive
    for part in parts:
        requirement = part.requirement
        if requirement.key != key:
            changed.append(part)
        elif requirement.operator in _POSITIVE:
            more = part.values if requirement.accepts(value) else [*part.values, value]
            changed.append(part.with_values(more, "=", "in"))
        elif requirement.accepts(value) and requirement.operator != "exists":
            changed.append(part)
        else:
            kept = _allowing(part, value)
            if kept is None and not placed:
                kept, placed = part.with_values([value], "=", "in"), True
            changed.append(kept)
    if not placed:
        changed.append(_Part(Requirement(key, "=", (value,)), _after(parts) + f"{key}={value}"))
    return _joined(changed)


def ask_presence(text: str, key: str, presence: str) -> str:
    """Return a selector that asks something else of one key.

    Args:
        text: the selector as it was typed.
        key: the label key.
        presence: "exists", "does not exist", or "any" to ask nothing of it.

    Raises:
        SelectorSyntaxError: the text is no selector.

    >>> ask_presence("app=web, tier in (a, b), env=prod", "tier", "exists")
    'app=web, tier, env=prod'
    >>> ask_presence("app=web, tier", "tier", "any")
    'app=web'
    """
    wanted = {"exists": key, "does not exist": f"!{key}"}.get(presence)
    parts = _parts(text)
    changed: list[_Part | None] = []
    for part in parts:
        if part.requirement.key != key:
            changed.append(part)
        elif wanted is None:
            changed.append(None)
        else:
            lead = part.typed[: len(part.typed) - len(part.typed.lstrip())]
            changed.append(replace(part, typed=lead + wanted))
            wanted = None
    if wanted is not None:
        changed.append(_Part(Requirement(key, "exists"), _after(parts) + wanted))
    return _joined(changed)


def replace_requirement(text: str, old: Requirement, new: Requirement) -> str:
    """Return a selector with one requirement written anew.

    Args:
        text: the selector as it was typed.
        old: one of its requirements.
        new: what stands in its place.

    Raises:
        SelectorSyntaxError: the text is no selector.

    >>> replace_requirement("app=web, tier = frontnd", Requirement("tier", "=", ("frontnd",)), Requirement("tier", "exists"))
    'app=web, tier'
    """
    changed: list[_Part | None] = []
    for part in _parts(text):
        if part.requirement == old:
            lead = part.typed[: len(part.typed) - len(part.typed.lstrip())]
            changed.append(_Part(new, lead + str(new)))
        else:
            changed.append(part)
    return _joined(changed)


def _parts(text: str) -> list[_Part]:
    """Return the requirements of a selector, each with the text between its commas."""
    selector = Selector(text)
    pieces = [""]
    depth = 0
    for char in text:
        depth += (char == "(") - (char == ")")
        if char == "," and not depth:
            pieces.append("")
        else:
            pieces[-1] += char
    if not selector.requirements:
        return []
    try:
        read = [Selector(piece).requirements for piece in pieces]
    except SelectorSyntaxError:
        read = []
    single = [requirements[0] for requirements in read if len(requirements) == 1]
    if len(single) == len(pieces) and sorted(map(str, single)) == sorted(map(str, selector.requirements)):
        return [_Part(requirement, piece) for requirement, piece in zip(single, pieces, strict=True)]
    # Kubernetes ends a selector at a NUL: then only the canonical form says where its parts are
    return [_Part(requirement, str(requirement)) for requirement in selector.requirements]


def _without(part: _Part, value: str) -> _Part | None:
    if part.requirement.operator not in _POSITIVE:
        return part
    rest = [other for other in part.values if other != value]
    return part.with_values(rest, "=", "in") if rest else None


def _allowing(part: _Part, value: str) -> _Part | None:
    if part.requirement.operator not in _NEGATIVE:
        return None
    rest = [other for other in part.values if other != value]
    return part.with_values(rest, "!=", "notin") if rest else None


def _after(parts: list[_Part]) -> str:
    # the space after the comma, where the reader writes one
    return " " if any(part.typed.startswith(" ") for part in parts[1:]) else ""


def _joined(parts: list[_Part | None]) -> str:
    typed = [part.typed for part in parts if part is not None]
    if typed and parts[0] is None:
        typed[0] = typed[0].lstrip()
    return ",".join(typed)
