"""Sources of manifests: text, a file, a folder, a dump of a cluster; and the check that they hold manifests."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from k8snotes.api import registry
from k8snotes.api.base import KubeObject, Source, sequence, text, view
from k8snotes.api.document import Document
from k8snotes.api.files import Unreadable, decoded, files_below, path_of, printable, read_open, read_text
from k8snotes.api.foreign import NAMES, foreign, is_template
from k8snotes.api.kind import split_api_version
from k8snotes.api.manifest import documents
from k8snotes.api.masking import shown_kind
from k8snotes.api.values import unfit
from k8snotes.catalogue import _, ngettext
from k8snotes.errors import ManifestError, Problem, nearest, question, suggestion

__all__ = ["MOST_NESTED", "Loaded", "is_text", "parse", "read", "text_of", "texts"]

_SUFFIXES = {".yaml", ".yml", ".json"}
_KEY = re.compile(r"\A\s*[\w\"'.-]+:(\s|\Z)")
_MOST_NAMES = 2_000
MOST_NESTED = 20
"""How deep lists of sources may be nested: a list that contains itself has no end."""

_KUSTOMIZE = {"kustomization.yaml", "kustomization.yml", "kustomization"}


class Loaded:
    """What a source holds.

    Attributes:
        objects: its objects, in the order of the source.
        problems: what is wrong with the documents that hold no object.
        notes: sentences about what was skipped.
        kinds_known: whether a kind must be one that the cluster knows, in the group that it names.
    """

    __slots__ = ("kinds_known", "notes", "objects", "problems")

    def __init__(self, *, kinds_known: bool = True) -> None:
        self.objects: list[KubeObject] = []
        self.problems: list[Problem] = []
        self.notes: list[str] = []
        self.kinds_known = kinds_known

    @property
    def size(self) -> int:
        """How many objects, problems and notes there are together."""
        return len(self.objects) + len(self.problems) + len(self.notes)

    def checked(self) -> Loaded:
        """Return itself.

        Raises:
            ManifestError: there are problems; the objects are in its `.objects`.
        """
        if self.problems:
            raise ManifestError(self.problems, self.objects)
        return self


def is_text(source: str) -> bool:
    """Say whether a string is manifest text: it has a newline, a brace, or begins with "key:".

    >>> is_text("kind: Pod"), is_text("guestbook"), is_text("/srv/shop.yaml")
    (True, False, False)
    """
    start = source.lstrip()[:2]
    return "\n" in source or start[:1] in ("{", "[") or start == "- " or bool(_KEY.match(source))


def read(
    source: Any,
    find: Callable[[str], Path | None] | None = None,
    *,
    kinds_known: bool = True,
    depth: int = 0,
) -> Loaded:
    r"""Read the objects of a source. Problems are collected, not raised.

    Args:
        source: text, a path (a file, or a folder with all below it), an open file, a manifest, an object, or
            several of these.
        find: turns a bare name ("guestbook") into a path, or into None where it knows none.
        kinds_known: whether a kind must be one that the cluster knows. Without it, kinds and apiVersions are
            taken as they are written, and the API server says what is wrong with them.
        depth: how many lists the source is nested in.

    Raises:
        ManifestError: there is no source at all: a missing file, a folder without manifests.

    >>> read("apiVersion: v1\nkind: Pod\nmetadata: {name: web-1}").objects
    [<Pod default/web-1>]
    """
    loaded = Loaded(kinds_known=kinds_known)
    if isinstance(source, (KubeObject, dict)):
        why = unfit(source.raw if isinstance(source, KubeObject) else source)
        if why:
            hint = _("A manifest consists of mappings, lists, text, numbers and booleans.")
            message = _("this is not a manifest: {why}", why=why)
            loaded.problems.append(Problem(message, document=None, hint=hint))
        elif isinstance(source, KubeObject):
            loaded.objects.append(source)
        else:
            _check([Document(0, 1, source)], "", loaded)
            for obj in loaded.objects:
                obj.source = Source()  # it was never text
    elif isinstance(source, str) and is_text(source):
        _parse(source, "", loaded)
    elif isinstance(source, (str, os.PathLike)):
        _path(source, find, loaded)
    elif isinstance(source, bytes):
        _take_text(text_of(lambda: decoded(source)), "", loaded)
    elif hasattr(source, "read"):
        _take_text(text_of(lambda: read_open(source)), "", loaded)
    elif isinstance(source, Iterable) and depth < MOST_NESTED:
        for item in source:
            part = read(item, find, kinds_known=kinds_known, depth=depth + 1)
            loaded.objects += part.objects
            loaded.problems += part.problems
            loaded.notes += part.notes
    else:
        message = _("nothing can be read from a value of type {type}", type=type(source).__name__)
        hint = _("Give a name in data/, a path, manifest text, a manifest as a dict, or a list of these.")
        raise ManifestError([Problem(message, document=None, hint=hint)])
    return loaded


def _begins() -> str:
    return _("A manifest is a mapping that begins with apiVersion: and kind:.")


def parse(content: str, file: str = "") -> Loaded:
    """Read the objects of manifest text. Problems are collected, not raised.

    Args:
        content: YAML or JSON.
        file: the name of the file, for the problems.

    >>> print(parse("kind: Pod").problems[0].message)
    Object 'apiVersion' is missing
    """
    loaded = Loaded()
    _parse(content, file, loaded)
    return loaded


def _parse(content: str, file: str, loaded: Loaded) -> None:
    before = loaded.size
    _check(documents(content, file), file, loaded)
    if loaded.size == before:
        message = _("there is no manifest in this text")
        loaded.problems.append(Problem(message, file, 0, 1, 1, _begins(), "empty"))


def _unreadable(error: Unreadable, file: str) -> Problem:
    """Return the problem of a source that cannot be read."""
    document = 0 if error.code == "encoding" else None
    return Problem(error.message, file, document, error.line, error.column, error.hint)


def text_of(read_it: Callable[[], str], file: str = "") -> str | Problem:
    """Return the text that a reading gives, or the problem where it cannot be read.

    Args:
        read_it: reads it, by one of the functions of `api.files`.
        file: the name of the file, for the problem.
    """
    try:
        return read_it()
    except Unreadable as error:
        return _unreadable(error, file)


def _take_text(content: str | Problem, file: str, loaded: Loaded) -> None:
    if isinstance(content, Problem):
        loaded.problems.append(content)
    else:
        _parse(content, file, loaded)


def texts(
    source: str | os.PathLike[str], find: Callable[[str], Path | None] | None = None
) -> list[tuple[str, str | Problem]]:
    """Return the texts at a path: of a file one, of a folder all below it.

    Args:
        source: the path, or a bare name.
        find: turns a bare name into a path, as in `read`.

    Returns:
        For each file its name and its text; where it cannot be read, a Problem in place of the text.

    Raises:
        ManifestError: there is no such path, or it is a folder without manifests.
    """
    path = _found(source, find)
    if not path.is_dir():
        name = os.fspath(source)
        shown = name if name == str(path) else path.name
        return [(shown, _content(path, shown))]
    files = [file for file in _files(path) if file.name.lower() not in _KUSTOMIZE]
    if not files:
        raise ManifestError([_no_manifests(path, 0)])
    names = [file.relative_to(path).as_posix() for file in files]
    return [(name, _content(file, name)) for name, file in zip(names, files, strict=True)]


def _path(source: str | os.PathLike[str], find: Callable[[str], Path | None] | None, loaded: Loaded) -> None:
    path = _found(source, find)
    if path.is_dir():
        _folder(path, loaded)
    else:
        name = os.fspath(source)
        _file(path, name if name == str(path) else path.name, loaded)


def _found(source: str | os.PathLike[str], find: Callable[[str], Path | None] | None) -> Path:
    name = os.fspath(source)
    if not name:
        hint = _("Give a name in data/, a path, or manifest text.")
        raise ManifestError([Problem(_("there is nothing to read, because the text is empty"), hint=hint)])
    try:
        return path_of(name)
    except Unreadable as error:
        if error.code != "missing":
            raise ManifestError([_unreadable(error, printable(name))]) from None
    known = find(name) if find is not None else None
    if known is None:
        raise ManifestError([_missing(name)])
    return known


def _missing(name: str) -> Problem:
    near = ""
    with contextlib.suppress(OSError, ValueError, RuntimeError):
        path = Path(name).expanduser()
        near = nearest(path.name, [entry.name for entry in islice(path.parent.iterdir(), _MOST_NAMES)])
    hint = _(
        "Give the path of a file or a folder, or manifest text (with its line breaks).{did_you_mean}",
        did_you_mean=suggestion(near),
    )
    message = _("there is no such file or folder")
    return Problem(message, printable(name), None, hint=hint, code="no-file", near=near)


def _content(path: Path, name: str) -> str | Problem:
    return text_of(lambda: read_text(path), name)


def _file(path: Path, shown: str, loaded: Loaded) -> None:
    if path.name.lower() in _KUSTOMIZE and path.is_file():
        loaded.notes.append(_skipped(shown, "kustomization"))
        return
    _take_text(_content(path, shown), shown, loaded)


def _skipped(name: str, sort: str) -> str:
    """Say that a file or a document was passed over, because it is something else."""
    return _("{file} was skipped, because it is {what}", file=name, what=NAMES[sort])


def _files(path: Path) -> list[Path]:
    """Return the files below a folder that may hold manifests, in their order."""
    try:
        return files_below(path, _SUFFIXES, deep=True, hidden=False)
    except Unreadable as error:
        raise ManifestError([_unreadable(error, printable(str(path)))]) from None


def _no_manifests(path: Path, files: int) -> Problem:
    message = (
        ngettext(
            "the {n} YAML or JSON file of this folder holds no manifest",
            "none of the {n} YAML or JSON files of this folder holds a manifest",
            files,
        )
        if files
        else _("this folder has no .yaml, .yml or .json file")
    )
    hint = _("Give a folder that holds manifests, directly or in a folder below it.")
    return Problem(message, str(path), None, hint=hint)


def _folder(path: Path, loaded: Loaded) -> None:
    files = _files(path)
    for file in files:
        shown = file.relative_to(path).as_posix()
        part = Loaded(kinds_known=loaded.kinds_known)
        _file(file, shown, part)
        # values.yaml, docker-compose.yml and the like are beside manifests, but are not manifests
        codes = {problem.code for problem in part.problems}
        if codes == {"empty"}:
            loaded.notes.append(_("{file} was skipped, because it is empty", file=shown))
            continue
        beside = _beside(file, codes) if codes and not part.objects else ""
        if beside:
            loaded.notes.append(_skipped(shown, beside))
            continue
        if codes == {"not-a-manifest"} and not part.objects:
            note = _("{file} was skipped, because it has neither apiVersion nor kind", file=shown)
            loaded.notes.append(note)
            continue
        loaded.objects += part.objects
        loaded.problems += part.problems
        loaded.notes += part.notes
    if not loaded.objects and not loaded.problems:
        raise ManifestError([_no_manifests(path, len(files))])


def _beside(file: Path, codes: set[str]) -> str:
    """Return what a file without a single object is, if it is a template or data that lie beside manifests, else ""."""
    content = _content(file, "")
    if isinstance(content, str) and is_template(content):
        return "template"
    return "data" if codes == {"no-mapping"} else ""


def _check(incoming: Iterable[Document], file: str, loaded: Loaded) -> None:
    for document in incoming:
        if document.problem:
            loaded.problems.append(document.problem)
        else:
            _take(document, file, loaded)


def _take(document: Document, file: str, loaded: Loaded, inside: str = "") -> None:
    value = document.value
    start = document.places.get("", (document.line, 1))
    if sort := foreign(value):
        loaded.notes.append(_skipped(file or _("document {number}", number=document.index), sort))
        return
    if not isinstance(value, dict):
        what = _shown(value)
        hint = (
            _begins()
            if inside
            else _(
                "A manifest is a mapping that begins with apiVersion: and kind:. "
                "For several objects, put --- between them, or use kind: List with items."
            )
        )
        message = (
            _("{item} is {what}, not a manifest", item=inside, what=what)
            if inside
            else _("the document is {what}, not a manifest", what=what)
        )
        loaded.problems.append(Problem(message, file, document.index, *start, hint, "no-mapping"))
        return
    items = value.get("items")
    kind = value.get("kind")
    if isinstance(kind, str) and kind.endswith("List") and ("items" in value or kind == "List"):
        if items is not None and not isinstance(items, list):
            message = _("items of a {kind} must be a list, not {what}", kind=kind, what=_shown(items))
            loaded.problems.append(Problem(message, file, document.index, *_place(document, "items")))
            return
        _list(value, kind, document, file, loaded)
        return
    problem = _kind_problem(value, document, file, known=loaded.kinds_known)
    if problem:
        loaded.problems.append(problem)
        return
    loaded.objects.append(view(value, Source(file, document.index, start[0])))


def _list(value: dict[str, Any], kind: str, document: Document, file: str, loaded: Loaded) -> None:
    """Take the items of a List; in a typed list (PodList) they may leave out kind and apiVersion."""
    given = {} if kind == "List" else {"apiVersion": value.get("apiVersion"), "kind": kind[:-4]}
    lines: Sequence[int] = document.item_lines
    for number, item in enumerate(sequence(value.get("items"))):
        line = lines[number] if number < len(lines) else document.line
        if isinstance(item, dict):
            item = {**{k: v for k, v in given.items() if k not in item}, **item}  # noqa: PLW2901
        inner = Document(document.index, line, item, places={"": (line, 1)})
        _take(inner, file, loaded, _("item {number} of the {kind}", number=number, kind=kind))


def _kind_problem(value: dict[str, Any], document: Document, file: str, *, known: bool) -> Problem | None:
    def problem(code: str, key: str, message: str, hint: str, near: str = "") -> Problem:
        return Problem(message, file, document.index, *_place(document, key), hint, code, near=near)

    message: str
    hint: str
    kind, version = value.get("kind"), value.get("apiVersion")
    if kind is None and version is None:
        message = _("apiVersion and kind are missing")
        hint = _("A manifest begins with apiVersion: and kind:, without indentation.")
        return problem("not-a-manifest", "", message, hint)
    if not isinstance(kind, str) or not kind:
        message = (
            "Object 'Kind' is missing"
            if kind is None
            else _("kind must be a word, not {what}", what=_shown(kind))
        )
        return problem("kind", "kind", message, _("Name the kind of the object, as in kind: Pod."))
    if not known:
        return None
    same = registry.kinds_named(kind)
    if not isinstance(version, str) or not version:
        hint = (
            _("Write apiVersion: {version} for a {kind}.", version=same[0].api_version, kind=same[0].kind)
            if same
            else _("Write the version of the API, as in apiVersion: v1.")
        )
        message = (
            "Object 'apiVersion' is missing"
            if version is None
            else _("apiVersion must be a word, not {what}", what=_shown(version))
        )
        return problem("api-version", "apiVersion", message, hint)
    group = split_api_version(version)[0]
    if group.count("/") or version.startswith("/") or version.endswith("/"):
        message = f'unexpected GroupVersion string: "{version[:60]}"'
        hint = _("Write VERSION or GROUP/VERSION, as in v1 or apps/v1.")
        return problem("api-version", "apiVersion", message, hint)
    kinds = registry.all_kinds()
    if not registry.builtin_group(group) or any(each.group == group and each.kind == kind for each in kinds):
        return None
    message = f'no matches for kind "{shown_kind(kind)[:80]}" in version "{version[:80]}"'
    if same:
        near = same[0].kind
        hint = _(
            'Did you mean "apiVersion: {version}" with "kind: {kind}"?',
            version=same[0].api_version,
            kind=near,
        )
    else:
        of_group = [each.kind for each in kinds if each.group == group]
        near = nearest(kind, of_group) or nearest(kind, [each.kind for each in kinds])
        hint = question(near) or _("kubectl api-resources lists the kinds.")
    return problem("no-such-kind", "kind", message, hint, near)


def _place(document: Document, key: str) -> tuple[int, int]:
    return document.places.get(key) or document.places.get("") or (document.line, 1)


def _shown(value: Any) -> str:
    if value is None:
        return _("nothing")
    if isinstance(value, dict):
        return _("a mapping")
    if isinstance(value, list):
        return _("a list")
    # the text after a colon may be the value of a Secret in which the space is missing
    begin, colon, _rest = text(value)[:40].partition(":")
    shown = f"{begin}{'…' if colon else ''}"
    if isinstance(value, bool):
        return _("a boolean ({value})", value=shown)
    if isinstance(value, int | float):
        return _("a number ({value})", value=shown)
    return _("text ({value})", value=shown)
