"""Sources of manifests: text, a file, a folder, a dump of a cluster; and the check that they hold manifests."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Callable, Iterable, Sequence
from io import BufferedReader, BytesIO
from itertools import islice
from pathlib import Path
from typing import Any

from k8snotes.api import registry
from k8snotes.api.base import KubeObject, Source, sequence, text, view
from k8snotes.api.document import Document
from k8snotes.api.files import (
    MOST_BYTES,
    Unreadable,
    decoded,
    files_below,
    path_of,
    printable,
    read_open,
    read_text,
)
from k8snotes.api.foreign import NAMES, foreign, is_template
from k8snotes.api.kind import split_api_version
from k8snotes.api.manifest import documents
from k8snotes.api.masking import shown_kind
from k8snotes.api.packing import packing
from k8snotes.api.values import unfit
from k8snotes.catalogue import _, ngettext
from k8snotes.errors import ManifestError, Problem, nearest, question, suggestion
from k8snotes.heap import unswept
from k8snotes.progress_bar import Bar, Watched

__all__ = ["MOST_NESTED", "Loaded", "is_text", "parse", "read", "text_of", "texts"]

_SUFFIXES = {".yaml", ".yml", ".json", ".gz", ".tgz", ".zip", ".tar"}
_KEY = re.compile(r"\A\s*[\w\"'.-]+:(\s|\Z)")
_LOGS = re.compile(
    r"^==== START logs for container [^\n]*\n.*?(?:^==== END logs for container [^\n]*\n?|\Z)",
    re.MULTILINE | re.DOTALL,
)
_LONG = 4_000_000  # a file of more bytes is first tried as a list whose items are read one by one
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
    building: bool = False,
) -> Loaded:
    r"""Read the objects of a source. Problems are collected, not raised.

    Args:
        source: text, a path (a file, or a folder with all below it), an open file, a manifest, an object, or
            several of these.
        find: turns a bare name ("guestbook") into a path, or into None where it knows none.
        kinds_known: whether a kind must be one that the cluster knows. Without it, kinds and apiVersions are
            taken as they are written, and the API server says what is wrong with them.
        depth: how many lists the source is nested in.
        building: whether `helm template` and `kubectl kustomize` are asked for what a folder with a chart or a
            kustomization comes to.

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
        _path(source, find, loaded, building=building)
    elif isinstance(source, bytes):
        _take_text(text_of(lambda: decoded(source)), "", loaded)
    elif hasattr(source, "read"):
        _take_text(text_of(lambda: read_open(source)), "", loaded)
    elif isinstance(source, Iterable) and depth < MOST_NESTED:
        for item in source:
            part = read(item, find, kinds_known=kinds_known, depth=depth + 1, building=building)
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
    if "==== START logs for container " in content:
        content = _LOGS.sub("", content)  # `kubectl cluster-info dump` prints them between the lists
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


def _path(
    source: str | os.PathLike[str],
    find: Callable[[str], Path | None] | None,
    loaded: Loaded,
    *,
    building: bool,
) -> None:
    path = _found(source, find)
    if path.is_dir():
        if not (building and _built(path, loaded)):
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
    if packed := packing(path):
        _archive(path, shown, loaded, packed)
    elif path.is_file() and (size := path.stat().st_size) >= _LONG:
        with path.open("rb") as file:
            if not _streamed(file, size, shown, loaded):
                _take_text(_content(path, shown), shown, loaded)
    else:
        _take_text(_content(path, shown), shown, loaded)


def _archive(path: Path, shown: str, loaded: Loaded, packed: str) -> None:
    """Read the files of an archive where they lie: what is beside manifests in it is passed over, as in a folder."""
    from k8snotes.api import archives  # noqa: PLC0415  # loaded for an archive

    single = packed == "gzip"
    number = 0
    try:
        for member in archives.members(path, packed):
            number += 1
            inside = shown if single else f"{shown}: {printable(member.name)}"
            part = Loaded(kinds_known=loaded.kinds_known)
            if Path(member.name).name.lower() in _KUSTOMIZE:
                part.notes.append(_skipped(inside, "kustomization"))
                content: str | Problem = ""
            else:
                content = _member(member.file, member.size or path.stat().st_size, inside, part)
            _gather(part, inside, loaded, content, alone=single)
    except Unreadable as error:
        loaded.problems.append(_unreadable(error, shown))
        return
    if not number:
        message = _("this archive has no .yaml, .yml or .json file")
        hint = _("Give an archive that holds manifests.")
        loaded.problems.append(Problem(message, shown, None, hint=hint))


def _member(file: Any, size: int, shown: str, part: Loaded) -> str | Problem:
    """Take what an open file of an archive holds; returns its text, "" if it was a list of objects."""
    start = file.peek(64)[:64] if isinstance(file, BufferedReader) else b""
    if start.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"{" and file.seekable() is False:
        held = _Held(file)
        if _streamed(held, size, shown, part):
            return ""
        file = held.again()
    content = text_of(lambda: read_open(file), shown)
    _take_text(content, shown, part)
    return content


class _Held:
    """An open file whose beginning is kept until it is clear that it is a list of objects."""

    def __init__(self, file: Any) -> None:
        self._file = file
        self._start: list[bytes] = []
        self._length = 0

    def read(self, size: int) -> bytes:
        """Return the next bytes."""
        content: bytes = self._file.read(size)
        if self._length <= MOST_BYTES:
            self._start.append(content)
            self._length += len(content)
        return content

    def again(self) -> Any:
        """Return the file from its beginning, as far as it may be read as text."""
        rest = self._file.read(MOST_BYTES + 1 - self._length) if self._length <= MOST_BYTES else b""
        return BytesIO(b"".join(self._start) + rest)


def _streamed(file: Any, size: int, shown: str, loaded: Loaded) -> bool:
    """Take the objects of a List in JSON, one after the other; returns whether it was one."""
    from k8snotes.api import stream  # noqa: PLC0415  # loaded for a long file

    head: dict[str, Any] = {}
    part = Loaded(kinds_known=loaded.kinds_known)
    taken: set[tuple[Any, Any]] = set()
    bare: list[tuple[int, Any]] = []  # of a typed list, whose kind may come after its items
    with unswept(), Bar(_("Loading {file}", file=shown), size) as bar:
        try:
            for line, item in stream.items_of(Watched(file, bar), head):
                pair = (item.get("apiVersion"), item.get("kind")) if isinstance(item, dict) else None
                if pair in taken:
                    part.objects.append(view(item, Source(shown, 0, line)))
                elif pair is None or None in pair:
                    bare.append((line, item))
                else:
                    before = len(part.objects)
                    _take_item(item, line, shown, part)
                    if len(part.objects) == before + 1:
                        taken.add(pair)
        except stream.BrokenListError as error:
            message = _("this is not JSON: {detail}", detail=error.detail)
            hint = _(
                "A value, a comma or a bracket is missing here or just before this place. Perhaps the program that "
                "wrote the file was stopped."
            )
            problem = Problem(message, shown, 0, error.line, error.column, hint, "not-json", error.detail)
            loaded.problems.append(problem)
            return True
        except (stream.NoListError, UnicodeDecodeError):
            return False
    kind = text(head.get("kind"))
    if not kind.endswith("List"):
        return False
    given = {} if kind == "List" else {"apiVersion": head.get("apiVersion"), "kind": kind[:-4]}
    for line, item in bare:
        whole = (
            {**{k: v for k, v in given.items() if k not in item}, **item} if isinstance(item, dict) else item
        )
        _take_item(whole, line, shown, part)
    loaded.objects += part.objects
    loaded.problems += part.problems
    loaded.notes += part.notes
    return True


def _take_item(item: Any, line: int, shown: str, part: Loaded) -> None:
    inside = _("item {number} of the {kind}", number=len(part.objects), kind="List")
    _take(Document(0, line, item, places={"": (line, 1)}), shown, part, inside)


def _built(folder: Path, loaded: Loaded) -> bool:
    """Take what a chart or a kustomization comes to; returns False where the files of the folder are read instead."""
    from k8snotes.api import rendering  # noqa: PLC0415  # loaded for a chart or a kustomization

    recipe = rendering.recipe_of(folder)
    if not recipe:
        return False
    name = printable(str(folder))
    command = " ".join(rendering.command_of(recipe, name))
    try:
        content = rendering.rendered(folder)
    except rendering.RenderingError as error:
        if recipe == "chart":
            message = _("this folder is a Helm chart, and {why}", why=error.message)
            hint = _(
                "Run `{command} > manifests.yaml` where Helm is installed, and load that file.",
                command=command,
            )
            if not _beside_a_chart(folder):
                raise ManifestError([Problem(message, name, None, hint=hint, code="chart")]) from None
            loaded.notes.append(f"{name}: {message}. {hint}")
            return False
        loaded.notes.append(
            _(
                "{folder} is a kustomization, and {why}. Its files were read as they are. "
                "`{command} > manifests.yaml` writes what it comes to",
                folder=name,
                why=error.message,
                command=command,
            )
        )
        return False
    loaded.notes.append(_("{folder} was built by `{command}`", folder=name, command=command))
    _take_text(content, f"{folder.name}", loaded)
    return True


_OF_CHARTS = ("templates", "charts", "crds")


def _beside_a_chart(folder: Path) -> bool:
    """Whether a folder with a chart has files that are no part of it, and so may be manifests."""
    paths = (path.relative_to(folder) for path in sorted(folder.rglob("*.y*ml")))
    return any(
        path.parts[0] not in _OF_CHARTS and not path.name.startswith(("Chart.", "values")) for path in paths
    )


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
        _gather(part, shown, loaded, file)
    if not loaded.objects and not loaded.problems:
        raise ManifestError([_no_manifests(path, len(files))])


def _gather(
    part: Loaded, shown: str, loaded: Loaded, content: str | Problem | Path, *, alone: bool = False
) -> None:
    """Add what one file of a folder or of an archive holds, or a note where it is no manifest.

    Args:
        part: what it holds.
        shown: its name.
        loaded: takes it.
        content: its text, or the file that has it.
        alone: whether it is the only file, so that nothing is passed over.
    """
    # values.yaml, docker-compose.yml and the like are beside manifests, but are not manifests
    codes = {problem.code for problem in part.problems}
    if not alone and codes and not part.objects:
        if isinstance(content, Path):
            content = _content(content, "")
        if codes == {"empty"}:
            if not _is_empty_list(content):  # a cluster has none of a kind: nothing to speak of
                loaded.notes.append(_("{file} was skipped, because it is empty", file=shown))
            return
        if beside := _beside(content, codes):
            loaded.notes.append(_skipped(shown, beside))
            return
        if codes == {"not-a-manifest"}:
            note = _("{file} was skipped, because it has neither apiVersion nor kind", file=shown)
            loaded.notes.append(note)
            return
    loaded.objects += part.objects
    loaded.problems += part.problems
    loaded.notes += part.notes


def _is_empty_list(content: str | Problem) -> bool:
    """Whether a file of a folder is a List without items, as `kubectl cluster-info dump` writes for what there is none of."""
    if not isinstance(content, str) or not content.lstrip().startswith("{"):
        return False
    first = next(iter(documents(content)), None)
    value = first.value if first is not None else None
    return isinstance(value, dict) and text(value.get("kind")).endswith("List") and not value.get("items")


def _beside(content: str | Problem, codes: set[str]) -> str:
    """Return what a file without a single object is, if it is a template or data that lie beside manifests, else ""."""
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
