"""A teacher's own chapters: in a folder `exercises/` beside the notebook, made like those of the course.

A chapter is a pair of files: `canteen-01.toml` has the words, `canteen_01.py` computes what is right. The folders are
`exercises/` of the current folder, which is the notebook's, and those that K8SNOTES_EXERCISES names, parted as in PATH.
The module is a teacher's program: like a cell of the notebook, it is run. That happens when one of its exercises is asked
or judged; a table of progress and the Tab key only read the words. Files are read anew each time, and one that has
changed counts at once.
"""

from __future__ import annotations

import os
import re
import sys
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

from k8snotes.catalogue import _
from k8snotes.course.chapters import FOLDER, Belief, Chapter, Exercise, Solution, chapters
from k8snotes.course.form import (
    Fault,
    FaultyFileError,
    line_of,
    module_faults,
    solution_faults,
    words_faults,
)

__all__ = ["OwnChapter", "OwnExercise", "chapter", "faults", "files", "folders", "names"]

_BESIDE = "exercises"  # the folder beside a notebook
_FOLDERS = "K8SNOTES_EXERCISES"
_NAME = re.compile(r"(?=.*[a-z])[a-z0-9]+(?:-[a-z0-9]+)*")
# what tells a file of words from other files that are TOML
_OURS = re.compile(r"^\s*\[+\s*exercise\b", re.MULTILINE)
_MOST_BYTES = 1_000_000
_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True)
class OwnExercise(Exercise):
    """An exercise of a teacher's own; whatever its program does wrong becomes a fault of its file.

    Args:
        home: its chapter.
    """

    home: OwnChapter | None = None

    @property
    def _home(self) -> OwnChapter:
        assert self.home is not None  # noqa: S101  # it is made with one
        return self.home

    @property
    def solution(self) -> Solution:
        """How an answer is judged, from the chapter's module; raises FaultyFileError."""
        solution: Solution = self._home.module.SOLUTIONS[self.id.partition("/")[2]]
        return solution

    def begins(self) -> str:
        """Return the text that a reader has to change; raises FaultyFileError."""
        return self._tried(lambda: Exercise.begins(self))

    def right(self) -> Any:
        """Return the right answer; raises FaultyFileError."""
        return self._tried(lambda: Exercise.right(self))

    def wrong(self, belief: Belief) -> Any:
        """Return the answer that a belief leads to; raises FaultyFileError."""
        return self._tried(lambda: Exercise.wrong(self, belief))

    def examined(self) -> OwnExercise:
        """Return this exercise, whose answers can be computed and read; raises FaultyFileError."""
        if self.solution and self.id not in self._home.sound:
            found = self._tried(lambda: solution_faults(self, shown(self._home.program)))
            if found:
                raise FaultyFileError(*found)
            self._home.sound.add(self.id)
        return self

    def _tried(self, compute: Callable[[], _Value]) -> _Value:
        try:
            return compute()
        except FaultyFileError:
            raise
        except (Exception, SystemExit) as error:
            raise FaultyFileError(_python_fault(error, self._home.program, self.id)) from error


@dataclass(frozen=True, slots=True)
class OwnChapter(Chapter):
    """A chapter of a teacher's own.

    Args:
        path: its file of words.
        loaded: the program as it was last read, and the module or the faults that it made; empty before.
        sound: the ids of the exercises whose answers were computed by this module.
    """

    path: Path
    loaded: dict[bytes, ModuleType | FaultyFileError]
    sound: set[str]

    @property
    def program(self) -> Path:
        """The file of its module: of `canteen-01` it is `canteen_01.py`, of `21-canteen` also `canteen.py`."""
        short = re.sub(r"^\d+-", "", self.name)
        stems = (self.name.replace("-", "_"), self.name, short.replace("-", "_"))
        there = (self.path.with_name(f"{stem}.py") for stem in stems)
        return next((path for path in there if path.is_file()), self.path.with_name(f"{stems[0]}.py"))

    @property
    def module(self) -> ModuleType:
        """The module that computes, run anew if its file has changed; raises FaultyFileError."""
        source = _source(self.program)
        if source not in self.loaded:
            self.loaded.clear()
            self.sound.clear()
            try:
                self.loaded[source] = self._run(source)
            except FaultyFileError as error:
                self.loaded[source] = error
        module = self.loaded[source]
        if isinstance(module, FaultyFileError):
            del self.loaded[source]  # what it needs may be there the next time
            raise FaultyFileError(*module.faults)
        return module

    def _run(self, source: bytes) -> ModuleType:
        """Run the program; raises FaultyFileError."""
        module = ModuleType(f"own_exercises.{self.name}")
        module.__file__ = str(self.program)
        vars(module)["__chapter__"] = self  # `vocabulary` asks for it
        sys.modules[module.__name__] = module  # dataclasses look there for what an annotation names
        try:
            exec(compile(source, str(self.program), "exec"), vars(module))  # noqa: S102  # as a cell of the notebook is
        except (Exception, SystemExit) as error:
            raise FaultyFileError(_python_fault(error, self.program)) from error
        solutions = getattr(module, "SOLUTIONS", None)
        found = module_faults(solutions, self.exercises, shown(self.program), shown(self.path))
        if found:
            raise FaultyFileError(*found)
        return module


_kept: dict[Path, tuple[bytes, OwnChapter | FaultyFileError]] = {}


def folders() -> list[Path]:
    """Return the folders in which own chapters are looked for: that of the notebook first."""
    named = [Path(part) for part in os.environ.get(_FOLDERS, "").split(os.pathsep) if part.strip()]
    found: dict[Path, None] = {}
    for folder in (Path(_BESIDE), *named):
        try:
            found[folder.expanduser().resolve()] = None
        except (OSError, RuntimeError):
            continue  # the current folder is gone, or there is no such home
    found.pop(FOLDER.resolve(), None)
    return [folder for folder in found if folder.is_dir()]


def files() -> dict[str, Path]:
    """Return the files of words by the name of their chapter; of two files with one name, the first counts."""
    return {path.stem: path for path in reversed(_files()) if _NAME.fullmatch(path.stem)}


def _files() -> list[Path]:
    """Return every file that seems to have exercises, as the folders have them."""
    found = []
    for folder in folders():
        try:
            paths = sorted(path for path in folder.iterdir() if path.suffix == ".toml")
        except OSError:
            continue
        found += [path for path in paths if _is_ours(path)]
    return found


def _is_ours(path: Path) -> bool:
    """Whether a file has exercises, or nobody can say, because it cannot be read."""
    try:
        return bool(_OURS.search(_source(path).decode("utf-8", "replace")))
    except FaultyFileError:
        return path.is_file()


def names() -> tuple[str, ...]:
    """Return the own chapters whose words are whole, in the order of the folders and of their files."""
    course, there = chapters(), files()
    found = dict.fromkeys(path.stem for path in _files() if path.stem in there)
    return tuple(name for name in found if name not in course and not _faults_of(name))


def faults() -> tuple[Fault, ...]:
    """Return what is wrong with the files of words, and with their names; no program is run."""
    there, course, found = files(), chapters(), list[Fault]()
    for path in _files():
        file = shown(path)
        if not _NAME.fullmatch(path.stem):
            said = _(
                "{file}: the name has to consist of small letters, digits and dashes, such as canteen-01.toml.",
                file=file,
            )
            found.append(Fault(file, said))
        elif path.stem in course:
            said = _(
                "{file}: {name} is a chapter of the course. Give your file another name, such as canteen-01.toml.",
                file=file,
                name=path.stem,
            )
            found.append(Fault(file, said))
        elif there[path.stem] != path:
            said = _(
                "{file}: there is a chapter of this name already, in {other}.",
                file=file,
                other=shown(there[path.stem]),
            )
            found.append(Fault(file, said))
        else:
            found += _faults_of(path.stem)
    return tuple(found)


def _faults_of(name: str) -> tuple[Fault, ...]:
    try:
        chapter(name)
    except FaultyFileError as error:
        return error.faults
    return ()


def chapter(name: str) -> OwnChapter:
    """Return an own chapter; it is the same as before, unless its words have changed.

    Raises:
        KeyError: there is no such file.
        FaultyFileError: the words are not whole.
    """
    path = files()[name]
    source = _source(path)
    if path not in _kept or _kept[path][0] != source:
        try:
            _kept[path] = source, _made(path, source)
        except FaultyFileError as error:
            _kept[path] = source, error
    made = _kept[path][1]
    if isinstance(made, FaultyFileError):
        raise FaultyFileError(*made.faults)
    return made


def _made(path: Path, source: bytes) -> OwnChapter:
    """Return a chapter from the text of its file; raises FaultyFileError."""
    file = shown(path)
    try:
        table = tomllib.loads(source.decode("utf-8-sig").replace("\r\n", "\n"))
    except UnicodeDecodeError:
        raise FaultyFileError(Fault(file, _("{file} is no text in UTF-8.", file=file))) from None
    except tomllib.TOMLDecodeError as error:
        said = _("{file} is not TOML: {error}.", file=file, error=str(error))
        raise FaultyFileError(Fault(file, said)) from None
    found = words_faults(table, path.stem, file)
    if found:
        raise FaultyFileError(*found)
    exercises: dict[str, Exercise] = {}
    made = OwnChapter(
        name=path.stem,
        table={"understand": table["title"], "say": table["title"], **table},
        vocabularies=table.get("vocabulary", {}),
        exercises=exercises,
        path=path,
        loaded={},
        sound=set(),
    )
    for item in table["exercise"]:
        beliefs = tuple(Belief(key, words) for key, words in item.get("beliefs", {}).items())
        exercises[item["id"]] = OwnExercise(id=item["id"], table=item, beliefs=beliefs, home=made)
    return made


def _source(path: Path) -> bytes:
    """Return what stands in a file; raises FaultyFileError."""
    file = shown(path)
    try:
        if path.stat().st_size > _MOST_BYTES:
            said = _("{file} is larger than 1 MB.", file=file)
            raise FaultyFileError(Fault(file, said))
        return path.read_bytes()
    except FileNotFoundError:
        said = _("{file} is missing. It says which answers are right.", file=file)
    except OSError as error:
        said = _("{file} cannot be read: {error}.", file=file, error=error.strerror or type(error).__name__)
    raise FaultyFileError(Fault(file, said))


def _python_fault(error: BaseException, path: Path, exercise: str = "") -> Fault:
    line, words = line_of(error, str(path))
    file = shown(path)
    where = f"{file}, {exercise}" if exercise else file
    if line:
        return Fault(file, _("{where}, line {line}: {error}.", where=where, line=line, error=words))
    return Fault(file, _("{where}: {error}.", where=where, error=words))


def shown(path: Path) -> str:
    """Return a path as a teacher knows it: from the current folder, where it is inside of it."""
    try:
        return path.relative_to(Path.cwd().resolve()).as_posix()
    except (OSError, ValueError):
        return str(path)
