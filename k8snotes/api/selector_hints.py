"""What to type instead of a label selector that Kubernetes refuses: quotes, colons, &&, missing commas."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from k8snotes.api.names import label_key, label_value
from k8snotes.api.selector_syntax import parse_requirements
from k8snotes.errors import SelectorSyntaxError

__all__ = ["selector_hint"]

# Longer texts are no slips of the hand; they get the rule, not a rewritten selector.
_LONGEST = 300
_MOST_BYTES = 63  # of a label value


class _Habit(NamedTuple):
    """A way of writing that people bring along, and what a selector has instead."""

    says: str
    rewrite: Callable[[str], str]


def _sub(pattern: str, by: str | Callable[[re.Match[str]], str]) -> Callable[[str], str]:
    compiled = re.compile(pattern, re.IGNORECASE)
    return lambda text: compiled.sub(by, text)


def _next_number(match: re.Match[str]) -> str:
    sign, number = match.group(1), int(match.group(2))
    return (
        f">{number - 1}" if sign == ">" and number > 0 else f"<{number + 1}" if sign == "<" else match.group()
    )


def _one_of(text: str) -> str:
    # a=x || a=y says "a in (x,y)", but only when both ask for the same key
    parts = [
        re.fullmatch(r"\s*([^\s=]+)\s*==?\s*([^\s=]+)\s*", p)
        for p in re.split(r"\|\|?|\bor\b", text, flags=re.IGNORECASE)
    ]
    pairs = [match.groups() for match in parts if match]
    if len(parts) < 2 or len(pairs) != len(parts) or len({key for key, _ in pairs}) != 1:
        return text
    return f"{pairs[0][0]} in ({','.join(value for _, value in pairs)})"


_MISSING_COMMA = "A comma stands between two requirements."


def _with_commas(text: str) -> str:
    # a=x b=y c=z: a comma at each place where Kubernetes would have taken one
    for _ in range(8):
        try:
            parse_requirements(text)
        except SelectorSyntaxError as error:
            if error.code != "comma":
                return text
            text = text[: error.position].rstrip() + "," + text[error.position :]
        else:
            return text
    return text


_HABITS = (
    _Habit("-l belongs to the kubectl command, not to the selector.", _sub(r"^\s*(?:-l|--selector)[\s=]+", "")),
    _Habit("A selector has no quotes.", _sub(r"[\"'`“”‘’]", "")),
    _Habit("matchLabels belongs in a manifest.", _sub(r"^\s*(?:selector:)?\s*(?:matchLabels|selector):\s*", "")),
    _Habit("A selector has no braces.", _sub(r"^\s*\{(.*)\}\s*$", r"\1")),
    _Habit("A colon belongs in YAML; a selector has = between key and value.", _sub(r"\s*:\s*", "=")),
    _Habit("The values of in and notin stand in round parentheses.", _sub(r"\b(in|notin)\s*[\[{]([^\]}]*)[\]}]", r"\1 (\2)")),
    _Habit("Commas part the values in parentheses.", _sub(r"(?<=[(,\s])([\w.-]+)\s*[;|\s]\s*(?=[\w.-]+[^()]*\))", r"\1,")),
    _Habit("A comma means and.", _sub(r"\s*(?:&&?|;|\band\b)\s*", ",")),
    _Habit("There is no or between requirements; several values of one key are a list.", _one_of),
    _Habit("The word is notin, in one piece and in small letters.", _sub(r"\bnot\s+in\b|\bnotin\b|!\s*in\b", "notin")),
    _Habit("The word is in, in small letters.", _sub(r"(?<=\s)in(?=\s*\()", "in")),
    _Habit("A space stands between the key and the word.", _sub(r"(?<=[\w.-])(notin|in)(?=\s*\()", r" \1 ")),
    _Habit("Not equal is written !=.", _sub(r"<>|=!|!\s+=|!==|(?<=\w)!(?=\w)", "!=")),
    _Habit("Equal is written = or ==.", _sub(r"===+|=\s+=", "=")),
    _Habit("There is no >= and no <=, but these are whole numbers.", _sub(r"([<>])\s*=\s*(\d{1,18})", _next_number)),
    _Habit("That a key is absent is written !key.", _sub(r"\bnot\s+(?=[\w./-]+\s*(?:,|$))|!\s*!\s*!|\bdoes\s?not\s?exist\s+", "!")),
    _Habit("That a key is there is written by the key alone.", _sub(r"!\s*!|\bexists\s*\(\s*([^\s()]+)\s*\)|(?<=\S)\s+exists\b", r"\1")),
    _Habit("Parentheses stand around the values of in and notin only.", _sub(r"^\s*\((.*)\)\s*$|(?<==)\s*\(([^(),]*)\)", r"\1\2")),
    _Habit("in and notin want their values in parentheses.", _sub(r"(?<=\s)(in|notin)\s+([^\s(),]+(?:,[^\s(),=!]+)*)\)?\s*$", r"\1 (\2)")),
    _Habit("A parenthesis is not closed.", _sub(r"(\([^()]*)$", r"\1)")),
    _Habit("A comma stands between two requirements only.", _sub(r"^[\s,]+|[\s,]+$|(?<=,)\s*,", "")),
    _Habit("The prefix of a key has small letters only.", _sub(r"(?<![^\s,!])[\w.-]+/", lambda match: match.group().lower())),
    _Habit(_MISSING_COMMA, _with_commas),
)  # fmt: skip

_OBJECT = "A LabelSelector object is read with Selector.from_label_selector({...}); here write app=web,tier in (a,b)."
_GENERAL = (
    (r"= *\S*\*|in *\([^)]*\*", "There are no wildcards: list the values, as in app in (web,db), or write the key alone to take any value."),
    (r"\||\bor\b", "There is no or between requirements; several values of one key are written app in (web,db)."),
)  # fmt: skip

_RULES = {
    "value": "A label value has letters, digits, - _ and ., begins and ends with a letter or digit, and may be empty.",
    "name": "A label key is a name of letters, digits, - _ and ., optionally after a prefix: app.kubernetes.io/name.",
    "prefix": "The prefix of a label key is a DNS name in small letters, as in app.kubernetes.io/name.",
    "slashes": "A label key has at most one slash: prefix/name.",
    "length": "A label value has at most 63 characters.",
    "": "A selector is written app=web, app!=web, tier in (a,b), tier notin (a,b), canary or !canary; commas between them mean and.",
}  # fmt: skip


def selector_hint(error: SelectorSyntaxError) -> str:
    """Return what a beginner should type instead of the selector of this error.

    A selector is only suggested if Kubernetes would take it.

    >>> bad = SelectorSyntaxError("found 'tier', expected: ','", selector="app=web tier=db", position=8)
    >>> selector_hint(bad)
    'A comma stands between two requirements. Write: app=web,tier=db'
    """
    text = error.selector
    if "matchExpressions" in text[:_LONGEST]:
        return _OBJECT
    if len(text) <= _LONGEST:
        for habit in _HABITS:
            alone = habit.rewrite(text)
            if alone != text and _reads(alone):
                return f"{habit.says} Write: {alone.strip()}"
        said, now = [], text
        for habit in _HABITS:
            before, now = now, habit.rewrite(now)
            if now != before:
                said.append(habit.says)
                if _reads(now):
                    return f"{' '.join(said)} Write: {now.strip()}"
    return _rule(error)


def _rule(error: SelectorSyntaxError) -> str:
    near, place = error.selector[:_LONGEST], error.position
    if error.selector[max(0, place - _LONGEST) : place].rstrip().endswith((">", "<")):
        if error.selector[place : place + 1] in {"-", "+"}:
            return "A label value cannot begin with a sign, so > and < take whole numbers from 0 up."
        return "> and < take one whole number, as in weight>5."
    for pattern, says in _GENERAL:
        if re.search(pattern, near):
            return says
    return _RULES[_broken_rule(error)]


def _broken_rule(error: SelectorSyntaxError) -> str:
    """Return which of `_RULES` a key or a value breaks, "" for any other error."""
    word = error.word
    if error.code == "value":
        too_long = len(word.encode("utf-8", "surrogatepass")) > _MOST_BYTES
        return "value" if len(label_value(word)) > too_long else "length"
    if error.code == "key":
        prefix, slash, name = word.partition("/")
        if "/" in name:
            return "slashes"
        return "name" if label_key(name if slash else prefix) else "prefix"
    return ""


def _reads(text: str) -> bool:
    if not text.strip():
        return False
    try:
        parse_requirements(text)
    except SelectorSyntaxError:
        return False
    return True
