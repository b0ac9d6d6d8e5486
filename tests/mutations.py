"""Manifests as an accident leaves them: lines cut, doubled, shuffled, moved; words and types exchanged."""

from __future__ import annotations

import random
from typing import Any

import yaml

WORDS = (
    *(
        "yes",
        "on",
        "0120",
        "12:30",
        "null",
        "~",
        "[]",
        "{}",
        "[1, 2]",
        "{a: 1}",
        "-1",
        "1e3",
        '"80"',
        "''",
        "|",
        "128m",
    ),
    *(
        "*x",
        "&x",
        "@x",
        "{{ .Values.x }}",
        "\u201cweb\u201d",
        "\t",
        "\u00a0",
        "- a",
        "x: y",
        "!!int 3",
        "1.5",
        "%",
    ),
    *("9" * 20, '"\\d"', "'a", '"b', "[", "}"),
)
SIGNS = "xaZ:-\"'{}[]#&*!|>%@`,\\ \x00\x85\ufeff\uff1a\u00e9"
VALUES = (1, True, None, "x", [], {}, [1], {"a": {"b": [1]}}, "80", -5, 3.7, [{}], 10**25)


def mutated(text: str, random_: random.Random) -> str:
    """Return a text with one to five accidents in it."""
    lines = text.split("\n")
    for _ in range(random_.choice((1, 1, 1, 2, 3, 5))):
        lines = random_.choice(ACCIDENTS)(lines or [""], random_)
    return "\n".join(lines)


def _cut(lines, random_):
    return lines[: random_.randrange(len(lines)) + 1]


def _doubled_line(lines, random_):
    at = random_.randrange(len(lines))
    return [*lines[:at], random_.choice(lines), *lines[at:]]


def _doubled_part(lines, random_):
    start = random_.randrange(len(lines))
    end = min(len(lines), start + random_.randrange(1, 8))
    return [*lines[:end], *lines[start:end], *lines[end:]]


def _shuffled(lines, random_):
    start, end = sorted(random_.randrange(len(lines) + 1) for _ in range(2))
    part = lines[start:end]
    random_.shuffle(part)
    return [*lines[:start], *part, *lines[end:]]


def _gone(lines, random_):
    start = random_.randrange(len(lines))
    return [*lines[:start], *lines[start + random_.randrange(1, 4) :]]


def _on_a_line(change):
    def accident(lines, random_):
        at = random_.randrange(len(lines))
        return [*lines[:at], change(lines[at], random_), *lines[at + 1 :]]

    return accident


def _sign(line, random_):
    at = random_.randrange(len(line) + 1)
    return line[:at] + random_.choice(SIGNS) + line[at:]


def _less(line, random_):
    at = random_.randrange(len(line) + 1)
    return line[:at] + line[at + 1 :]


def _retyped(lines, random_):
    """Give a field a value of another type."""
    try:
        values: list[Any] = list(yaml.safe_load_all("\n".join(lines)))
        places: list[tuple[Any, Any]] = []
        waiting = [value for value in values if isinstance(value, (dict, list))]
        while waiting:
            item = waiting.pop()
            for key in item if isinstance(item, dict) else range(len(item)):
                places.append((item, key))
                if isinstance(item[key], (dict, list)):
                    waiting.append(item[key])
        if places:
            item, key = random_.choice(places)
            item[key] = random_.choice(VALUES)
        return yaml.safe_dump_all(values, sort_keys=random_.random() < 0.5).split("\n")
    except (yaml.YAMLError, ValueError, TypeError, RecursionError):
        return lines


ACCIDENTS = (
    _cut,
    _doubled_line,
    _doubled_part,
    _shuffled,
    _gone,
    _retyped,
    _retyped,
    _on_a_line(lambda line, random_: f"{line.split(':')[0]}: {random_.choice(WORDS)}"),
    _on_a_line(lambda line, random_: " " * random_.randrange(6) + line),
    _on_a_line(lambda line, random_: line[random_.randrange(4) :]),
    _on_a_line(lambda line, _: line.replace("  ", "\t")),
    _on_a_line(lambda line, _: line.replace(": ", ":")),
    _on_a_line(lambda line, _: line.replace("- ", "-")),
    _on_a_line(lambda line, _: line.replace(":", "", 1)),
    _on_a_line(_sign),
    _on_a_line(_less),
)
