"""The only place where files are read: each bound, each sort of file that is none, each encoding."""

from __future__ import annotations

import io
import os

import pytest

from k8snotes.api import files
from k8snotes.api.files import Unreadable, decoded, files_below, path_of, printable, read_open, read_text


def code(act):
    """Return the code of what is wrong, "" if nothing is."""
    try:
        act()
    except Unreadable as error:
        return error.code
    return ""


@pytest.mark.parametrize(
    ("size", "fine"), [(0, True), (9, True), (10, True), (11, False), (12, False), (100, False)]
)
def test_a_file_has_an_end(size, fine, tmp_path, monkeypatch):
    """What is as long as a file may be is read whole; one byte more is refused, from a path and from an open file."""
    monkeypatch.setattr(files, "MOST_BYTES", 10)
    path = tmp_path / "a.yaml"
    path.write_bytes(b"x" * size)
    ways = (
        lambda: read_text(path),
        lambda: read_open(io.BytesIO(b"x" * size)),
        lambda: read_open(io.StringIO("x" * size)),
    )
    for way in ways:
        assert code(way) == ("" if fine else "size")
        if fine:
            assert way() == "x" * size
    assert files.MOST_BYTES == 10


def test_how_long_a_file_may_be():
    """A hundred megabytes."""
    assert files.MOST_BYTES == 100_000_000


@pytest.mark.parametrize(("count", "fine"), [(4, True), (5, True), (6, False)])
def test_a_folder_has_an_end(count, fine, tmp_path, monkeypatch):
    """Files and folders together are counted, whatever they are called."""
    monkeypatch.setattr(files, "_MOST_ENTRIES", 5)
    (tmp_path / "inner").mkdir()
    for number in range(count - 1):
        (tmp_path / f"{number}.txt").write_text("")
    assert code(lambda: files_below(tmp_path, {".yaml"}, deep=True, hidden=False)) == ("" if fine else "size")


@pytest.mark.parametrize(
    ("deep", "hidden", "found"),
    [
        (False, False, "a.yaml b.YML"),
        (True, False, "a.yaml b.YML in/c.yaml"),
        (False, True, ".h.yaml a.yaml b.YML"),
        (True, True, ".d/e.yaml .h.yaml a.yaml b.YML in/c.yaml"),
    ],
)
def test_which_files_of_a_folder_are_meant(deep, hidden, found, tmp_path):
    """By their suffix in any case; with or without folders in it, and names that begin with a dot."""
    for name in (".h.yaml", "a.yaml", "b.YML", "c.txt", "in/c.yaml", "in/d.json", ".d/e.yaml", "f.yaml/x"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("")
    paths = files_below(tmp_path, {".yaml", ".yml"}, deep=deep, hidden=hidden)
    assert [path.relative_to(tmp_path).as_posix() for path in paths] == found.split()
    assert code(lambda: files_below(tmp_path / "nowhere", set(), deep=deep, hidden=hidden)) == "denied"


def test_what_is_no_file(tmp_path):
    """A folder, a pipe, nothing, and a name that no file can have."""
    assert code(lambda: read_text(tmp_path)) == "folder"
    assert code(lambda: read_text(tmp_path / "a")) == "missing"
    assert code(lambda: read_text(tmp_path / "a\0b")) == "missing"
    assert code(lambda: path_of("a\0b")) == "missing"
    assert code(lambda: path_of("nowhere", tmp_path)) == "missing"
    os.mkfifo(tmp_path / "pipe")
    assert code(lambda: read_text(tmp_path / "pipe")) == "no-end"
    (tmp_path / "a").write_text("x")
    assert path_of("a", tmp_path) == tmp_path / "a"
    assert path_of(str(tmp_path / "a")) == tmp_path / "a"


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"a\xc3\xa4", "a\u00e4"),
        (b"\xef\xbb\xbfa", "a"),
        (b"\xff\xfea\x00", "a"),
        (b"\xfe\xff\x00a", "a"),
        (b"", ""),
    ],
)
def test_encodings(content, text):
    """UTF-8, with its mark or without it, and UTF-16 by its mark."""
    assert decoded(content) == text


@pytest.mark.parametrize(
    ("content", "place"),
    [(b"\xe4", (1, 1)), (b"ab\xe4", (1, 3)), (b"a\nb\xe4", (2, 2)), (b"a\n\n\xe4x", (3, 1))],
)
def test_what_is_not_text_says_where(content, place):
    """Line and column, both from 1, of the first byte that is none."""
    with pytest.raises(Unreadable) as caught:
        decoded(content)
    assert (caught.value.code, (caught.value.line, caught.value.column)) == ("encoding", place)


def test_open_files_of_every_sort():
    """Closed ones, such that read no size, and such that give neither text nor bytes."""

    class Odd:
        def __init__(self, answer):
            self.answer = answer

        def read(self):
            if isinstance(self.answer, Exception):
                raise self.answer
            return self.answer

    closed = io.StringIO("a")
    closed.close()
    assert code(lambda: read_open(closed)) == "closed"
    assert read_open(Odd("a")) == read_open(Odd(b"a")) == read_open(Odd(bytearray(b"a"))) == "a"
    assert code(lambda: read_open(Odd(3))) == "content"
    assert code(lambda: read_open(Odd(OSError("no")))) == "denied"
    assert code(lambda: read_open(Odd(RuntimeError("no")))) == "denied"


def test_a_name_fits_into_a_message():
    """Two hundred signs at most, none of which a terminal would act on."""
    assert printable("a" * 300) == "a" * 200
    assert printable("a\nb\x1b") == "a\\nb\\x1b"
