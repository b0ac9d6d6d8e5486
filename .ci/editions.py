"""Write the chapters of other languages, each from its English chapter and a file of units that people translate.

A unit is the text of one cell, or one comment in a cell of code. `notebooks/zh/units/05-quota.po` has the units of a
chapter in the usual format of translators: `msgctxt` is the id of the cell, `msgid` the English text, `msgstr` the
Chinese one. `notebooks/zh/05-quota.ipynb` is made from both: its code is that of the English chapter, but for the line
`kn.language("zh")` and the comments. What tools write into a chapter (minutes, questions, the table of chapters) is in
no unit: it is said in the language.

When an English text changes, its unit keeps the old translation, is marked as fuzzy, and `make test` names it.
`common.po` has what all chapters say.
"""

from __future__ import annotations

import copy
import json
import re
import sys
from collections.abc import Iterable
from io import BytesIO
from itertools import zip_longest
from pathlib import Path
from typing import Any, NamedTuple

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po
from badges import BLOCK as _BADGES
from badges import ROOT, badges, notebook_text, rewrite
from chapters import (
    CHECK,
    MINUTES,
    NOTEBOOKS,
    START_TABLE,
    question,
    readme_rows,
    start_rows,
    times,
)
from lessons import SAID_MINUTES
from words import PAGE_HEAD

from k8snotes.course.chapters import Exercise, chapters, exercises
from k8snotes.course.glossary import glossary
from k8snotes.languages import language

LANGUAGES = {"zh": "中文"}  # how each calls itself
COMMON = "common"
_EDITIONS = re.compile(r"\n\n\[[^\]\n]+\]\((?:\.\./|\w\w/)[\w-]+\.ipynb\)$")  # the link to the other edition
_COMMENT = re.compile(r"(?:(?<=\s)|^)# (?!<--$).*$", re.MULTILINE)
# the table of chapters: the first one of the page with an empty head
_TABLE = re.compile(
    r"(^\| [^|\n]+ \|(?: [^|\n]* ?\|)+\n\|[-|]+\n)(?:\| \[.*\n|\{chapters\}\n)+", re.MULTILINE
)
_IMPORT = "import k8snotes as kn\n"


class Unit(NamedTuple):
    """What a translator translates at once.

    Args:
        context: the id of its cell.
        english: the English text.
    """

    context: str
    english: str


class Told(NamedTuple):
    """A cell of an English chapter.

    Args:
        cell: the cell.
        english: its text; what tools write into it is a name in braces.
        asked: the exercise whose question stands in it, None for most cells.
    """

    cell: dict[str, Any]
    english: str
    asked: Exercise | None


# ---- what there is to translate


def told(name: str, book: dict[str, Any]) -> list[Told]:
    """Return the cells of an English chapter."""
    found = []
    for cell, following in zip_longest(book["cells"], book["cells"][1:]):
        text, exercise = "".join(cell["source"]), None
        if cell["cell_type"] == "markdown":
            text = START_TABLE.sub(r"\1{chapters}\n", MINUTES.sub("*{minutes}*", _EDITIONS.sub("", text)))
            asked = CHECK.search("".join(following["source"])) if following else None
            if asked and "exercise" in following["metadata"].get("tags", []):
                there = exercises(name)[asked[1]]
                if question(there) in text:
                    text, exercise = text.replace(question(there), "{question}"), there
        found.append(Told(cell, text, exercise))
    return found


def units(cells: Iterable[Told]) -> list[Unit]:
    """Return the units of a chapter in their order: of each text cell its text, of each code cell its comments."""
    found: dict[Unit, None] = {}
    for cell, english, _asked in cells:
        if _is_common(cell):
            continue
        if cell["cell_type"] == "code":
            found |= dict.fromkeys(Unit(cell["id"], comment) for comment in _COMMENT.findall(english))
        elif english.strip() not in ("", "{question}"):
            found[Unit(cell["id"], english)] = None
    return [*found]


def common_units(cells: Iterable[Told]) -> list[Unit]:
    """Return the units of what all chapters say: the line of minutes, what Google Colab needs, the head of the glossary."""
    found = [Unit("minutes", SAID_MINUTES), Unit("glossary", PAGE_HEAD)]
    for cell, english, _asked in cells:
        if _is_common(cell):
            texts = [english] if cell["cell_type"] == "markdown" else _COMMENT.findall(english)
            found += [Unit(cell["id"], text) for text in texts]
    return found


def _is_common(cell: dict[str, Any]) -> bool:
    return "colab" in cell["metadata"].get("tags", [])


# ---- the files of units


def path_of(code: str, name: str) -> Path:
    """Return the file of a chapter's units in a language."""
    return NOTEBOOKS / code / "units" / f"{name}.po"


def merged(code: str, name: str, wanted: list[Unit]) -> Catalog:
    """Return the units as they are today, with the translations that there are.

    A unit whose English text has changed keeps its translation, is marked as fuzzy, and tells the old text.
    """
    path = path_of(code, name)
    old = read_po(BytesIO(path.read_bytes())) if path.is_file() else Catalog()
    known = {(message.context, message.id): message for message in old if message.id}
    of_cell = {message.context: message for message in known.values() if not str(message.id).startswith("# ")}
    new = Catalog(locale=code, fuzzy=False, charset="utf-8")
    new.header_comment = f"# The texts of {name}. CONTRIBUTING says how to change them."
    for unit in wanted:
        there = known.get((unit.context, unit.english))
        before = of_cell.get(unit.context) if not unit.english.startswith("# ") else None
        message = there or before
        flags = set(message.flags) if message else set()
        previous = list(message.previous_id) if message else []
        if message is not None and message is not there:
            flags.add("fuzzy")
            previous = previous or [str(message.id)]
        text = message.string if message else ""
        new.add(unit.english, text, context=unit.context, flags=flags, previous_id=previous)
    return new


def written(catalog: Catalog, code: str) -> str:
    """Return a file of units; its head says nothing that differs from machine to machine or from day to day."""
    raw = BytesIO()
    write_po(raw, catalog, width=0, omit_header=True)
    head = f'{catalog.header_comment}\nmsgid ""\nmsgstr ""\n"Language: {code}\\n"\n"Content-Type: text/plain; charset=utf-8\\n"\n\n'
    return head + raw.getvalue().decode()


def translations(catalog: Catalog) -> dict[Unit, str]:
    """Return what is translated."""
    return {
        Unit(str(message.context), str(message.id)): str(message.string)
        for message in catalog
        if message.id and message.string
    }


def lacking(catalog: Catalog) -> list[str]:
    """Return the cells whose texts have no translation, or one of an older text."""
    return [
        f"{message.context}: {'its text has changed' if message.fuzzy else 'not translated'}"
        for message in catalog
        if message.id and (message.fuzzy or not message.string)
    ]


# ---- the chapters


def edition(
    code: str, name: str, cells: Iterable[Told], said: dict[Unit, str], before: dict[str, Any]
) -> dict[str, Any]:
    """Return a chapter in the language in force.

    Args:
        code: this language.
        name: the chapter.
        cells: the cells of the English chapter.
        said: the translations of its units, and of those that all chapters have.
        before: the chapter as it was: a cell that has not changed keeps its outputs.
    """
    old = {cell["id"]: cell for cell in before.get("cells", [])}
    made = []
    for number, each in enumerate(cells):
        cell = copy.deepcopy(each.cell)
        if cell["cell_type"] == "code":
            text = _code(code, each, said)
            there = old.get(cell["id"], {})
            same = "".join(there.get("source", ())) == text
            cell["outputs"] = there["outputs"] if same else []
        else:
            text = _text(name, each, said)
            if not number:
                text = f"{text}\n\n[English](../{name}.ipynb)"
        cell["source"] = text.splitlines(keepends=True)
        made.append(cell)
    return {"cells": made}


def _code(code: str, each: Told, said: dict[Unit, str]) -> str:
    source = _COMMENT.sub(lambda found: _translated(said, Unit(each.cell["id"], found[0])), each.english)
    return source.replace(_IMPORT, f'{_IMPORT}\nkn.language("{code}")', 1)


def _text(name: str, each: Told, said: dict[Unit, str]) -> str:
    text = _translated(said, Unit(each.cell["id"], each.english))
    if each.asked is not None:
        text = text.replace("{question}", question(each.asked))
    if "{minutes}" in text:
        line = _translated(said, Unit("minutes", SAID_MINUTES)).format(**times(name))
        text = text.replace("*{minutes}*", line)
    return text.replace("{chapters}", start_rows().rstrip("\n"))


def _translated(said: dict[Unit, str], unit: Unit) -> str:
    """Return a unit in the other language, or in English where it is not translated."""
    return said.get(unit, unit.english)


def linked(name: str, book: dict[str, Any]) -> str:
    """Return the text of an English chapter with the links to its other editions."""
    links = " · ".join(
        f"[{called}]({code}/{name}.ipynb)"
        for code, called in LANGUAGES.items()
        if path_of(code, name).is_file()
    )
    first = book["cells"][0]
    text = _EDITIONS.sub("", "".join(first["source"]))
    first["source"] = f"{text}\n\n{links}".rstrip().splitlines(keepends=True)
    return notebook_text(book)


def glossary_page(said: dict[Unit, str]) -> str:
    """Return the words of the course in the language in force, with links to its chapters."""
    files = {name[:2]: f"{name}.ipynb" for name in chapters()}
    rows = [
        f"| {term.chinese} | {term.english} | {term.meaning} | "
        f"{', '.join(f'[{number}]({files[number]})' for number in term.chapters)} |\n"
        for term in glossary().terms
    ]
    return _translated(said, Unit("glossary", PAGE_HEAD)) + "".join(rows)


def first_page(code: str, text: str) -> str:
    """Return README in the language in force, with the table of its chapters and the badge that opens the first one."""
    folder = NOTEBOOKS / code
    rows = readme_rows(folder, LANGUAGES[code])
    text = _TABLE.sub(lambda match: match[1] + rows, text)
    start = badges((folder / f"{chapters()[0]}.ipynb").relative_to(ROOT).as_posix(), LANGUAGES[code])
    return _BADGES.sub(lambda match: match[1] + start + match[2], text)


def wanted() -> dict[Path, str]:
    """Return the files that there are to be: units, chapters and glossaries of all languages, and the English chapters."""
    files: dict[Path, str] = {}
    books = {
        name: json.loads((NOTEBOOKS / f"{name}.ipynb").read_text(encoding="utf-8")) for name in chapters()
    }
    cells = {name: told(name, book) for name, book in books.items()}
    for code in LANGUAGES:
        shared = merged(code, COMMON, common_units(next(iter(cells.values()))))
        files[path_of(code, COMMON)] = written(shared, code)
        language(code)
        for name, book in books.items():
            if not path_of(code, name).is_file():
                continue
            own = merged(code, name, units(cells[name]))
            files[path_of(code, name)] = written(own, code)
            path = NOTEBOOKS / code / f"{name}.ipynb"
            before = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
            made = edition(code, name, cells[name], translations(shared) | translations(own), before)
            files[path] = notebook_text({**book, **made})
        files[NOTEBOOKS / code / "glossary.md"] = glossary_page(translations(shared))
        readme = ROOT / f"README.{code}.md"
        if readme.is_file():
            files[readme] = first_page(code, readme.read_text(encoding="utf-8"))
        language("en")
    for name, book in books.items():
        files[NOTEBOOKS / f"{name}.ipynb"] = linked(name, book)
    return files


def main(arguments: list[str]) -> int:
    """Write the units and the chapters of all languages; with --check, only say whether they are as they should be."""
    return rewrite(wanted(), check="--check" in arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
