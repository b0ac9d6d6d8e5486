"""Write the catalogue: collect all messages, merge them into each language, compile what is read.

`k8snotes/locale/k8snotes.pot` is the template: every message that k8snotes says, with the files that say it. Each
language has a `k8snotes.po`, which people write, and a `k8snotes.mo` beside it, which is read. A message that is no
longer said stays at the end of the `.po`, marked by `#~`, until its translator deletes it.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from importlib import import_module
from io import BytesIO
from itertools import chain
from pathlib import Path

from babel import Locale
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
PACKAGE = ROOT / "k8snotes"
LOCALE = PACKAGE / "locale"
TEMPLATE = LOCALE / "k8snotes.pot"
MARKS = {"_": 1, "ngettext": 2}  # how many of their arguments are forms of the message


def said_in_code() -> Iterator[tuple[str, str | tuple[str, ...]]]:
    """Yield each message of the modules: file, message (or one and several).

    The syntax tree is asked, as Babel's own reader of Python passes over what stands inside an f-string.
    """
    for path in sorted(PACKAGE.rglob("*.py")):
        calls = [
            node
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.Call)
        ]
        for call in sorted(calls, key=lambda node: (node.lineno, node.col_offset)):
            marked = MARKS.get(call.func.id, 0) if isinstance(call.func, ast.Name) else 0
            forms = [form.value for form in call.args[:marked] if isinstance(form, ast.Constant)]
            if marked and len(forms) == marked:
                yield path.relative_to(ROOT).as_posix(), forms[0] if marked == 1 else tuple(forms)


def said_in_files() -> Iterator[tuple[str, str]]:
    """Yield each message of the chapters' files, of the glossary, and of the helpers: file, message."""
    chapters = import_module("k8snotes.course.chapters")  # of this checkout, whatever is installed
    glossary = import_module("k8snotes.course.glossary")  # the package has a function of this name
    for path in sorted(chapters.FOLDER.glob("*.toml")):
        for _, message in chapters.messages(path):
            yield path.relative_to(ROOT).as_posix(), message
    for _, message in glossary.messages():
        yield "k8snotes/course/words.json", message
    for message in import_module("k8snotes.site.reference").sentences():
        yield "k8snotes/site/reference.py", message


class Messages(Catalog):
    """A catalogue whose head says nothing that differs from machine to machine or from day to day."""

    def __init__(self, whose: str, locale: str | None = None) -> None:
        super().__init__(locale=locale, project="k8snotes", charset="utf-8", fuzzy=False)
        self.header_comment = f"# Whatever k8snotes says, {whose}. CONTRIBUTING says how to change it."

    @property
    def mime_headers(self) -> list[tuple[str, str]]:
        """The lines of the head."""
        kept = ("Language", "Plural-Forms", "MIME-Version", "Content-Type", "Content-Transfer-Encoding")
        return [pair for pair in super().mime_headers if pair[0] in kept]


def template() -> Messages:
    """Return all messages, in the order of the files that say them."""
    catalog = Messages("in English; `make words` writes it")
    for file, message in chain(said_in_code(), said_in_files()):
        catalog.add(message, locations=[(file, 0)])
    return catalog


def merged(path: Path, messages: Catalog) -> Messages:
    """Return a language with exactly these messages; what is no longer said becomes obsolete."""
    name = path.parent.parent.name
    with path.open("rb") as file:
        before = read_po(file, locale=name)
    language = Messages(f"in {Locale.parse(name).english_name}", name)
    for message in messages:
        if message.id:
            known = before.get(message.id)
            words = known.string if known is not None else ""
            language.add(message.id, words, locations=message.locations, flags=known.flags if known else ())
    for message in chain(before, before.obsolete.values()):
        if message.id and messages.get(message.id) is None:
            language.obsolete[message.id] = message
    return language


def as_po(catalog: Catalog) -> bytes:
    """Return a catalogue as gettext writes it; lines of the code are left out, so that little changes."""
    file = BytesIO()
    write_po(file, catalog, width=110, include_lineno=False, sort_output=False)
    return file.getvalue()


def as_mo(catalog: Catalog) -> bytes:
    """Return a catalogue as gettext reads it."""
    file = BytesIO()
    write_mo(file, catalog)
    return file.getvalue()


def files() -> dict[Path, bytes]:
    """Return all files of the catalogue, with what belongs into them."""
    messages = template()
    found = {TEMPLATE: as_po(messages)}
    for path in sorted(LOCALE.glob("*/LC_MESSAGES/k8snotes.po")):
        language = merged(path, messages)
        found[path] = as_po(language)
        found[path.with_suffix(".mo")] = as_mo(language)
    return found


def main(arguments: list[str]) -> int:
    """Write the files; with --check, say which are not as they should be."""
    stale = {path: data for path, data in files().items() if not path.exists() or path.read_bytes() != data}
    for path, data in stale.items():
        print(
            f"{path.relative_to(ROOT)} {'is not up to date: make words' if '--check' in arguments else 'written'}"
        )
        if "--check" not in arguments:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
    return int(bool(stale) and "--check" in arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
