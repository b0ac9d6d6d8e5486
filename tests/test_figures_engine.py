"""The layout engine: found, run with a time limit, and passed over when it fails."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

import k8snotes as kn
from k8snotes.figures import engine

DOT = 'digraph { graph [fontname="Verdana"] node [fontname="Verdana"] a [label="web"] }'


def parse(svg: str) -> ET.Element:
    return ET.fromstring(svg)


needs_posix = pytest.mark.skipif(os.name == "nt", reason="the engines made here are shell scripts")


@pytest.fixture
def engines(monkeypatch: pytest.MonkeyPatch):
    """Let a test say which engines there are."""

    def have(embedded: str | None = None, on_path: str | None = None) -> None:
        monkeypatch.setattr(engine, "embedded", lambda: embedded)
        monkeypatch.setattr(engine, "on_path", lambda: on_path)

    return have


@pytest.fixture
def script(tmp_path: Path):
    """Make an engine out of a shell script."""

    def make(body: str, name: str = "engine") -> str:
        path = tmp_path / name
        path.write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        return str(path)

    return make


def test_the_embedded_engine_draws() -> None:
    """The engine that is installed with the package turns DOT into SVG that an XML parser reads."""
    drawing = engine.draw(DOT)
    assert drawing.problem == ""
    assert parse(drawing.svg).tag.endswith("svg")


def test_the_svg_names_fonts_that_viewers_have() -> None:
    """Laid out with one font, it is shown with the first of several that are as wide or narrower."""
    svg = engine.draw(DOT).svg
    assert 'font-family="Verdana, DejaVu Sans, Arial, sans-serif"' in svg
    assert 'font-family="Verdana"' not in svg


def test_the_svg_has_no_noise() -> None:
    """No doctype that points to the net, no comments, no tooltips with names of our own."""
    svg = engine.draw(DOT).svg
    assert svg.startswith("<svg")
    assert "<!" not in svg
    assert "<title>" not in svg


def test_without_an_engine_there_is_a_hint(engines) -> None:
    """Nothing is raised; the problem says how to get an engine."""
    engines()
    drawing = engine.draw(DOT)
    assert drawing.svg == ""
    assert "pip install graphviz-pure" in drawing.problem
    assert "PATH" in drawing.problem


def test_an_engine_that_cannot_be_started_is_passed_over(engines) -> None:
    """A path to nothing is a problem in words, not an OSError."""
    engines(embedded="/no/such/engine")
    assert "graphviz-pure:" in engine.draw(DOT).problem


@needs_posix
@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("echo 'bad mood' >&2; exit 3", "ended with code 3 and said: bad mood"),
        ("kill -SEGV $$", "ended with code -11"),
        ("echo hello", "not SVG"),
        ("true", "not SVG"),
        ("echo '<svg'", "not SVG"),
        ("echo '<p>hello</p>'", "not a picture"),
        ("echo '<svg xmlns=\"http://www.w3.org/2000/svg\"/>'", "not a picture with text"),
    ],
)
def test_an_engine_that_fails_is_told_about(engines, script, body: str, says: str) -> None:
    """Whatever an engine does wrong ends in words that say what."""
    engines(embedded=script(body))
    drawing = engine.draw(DOT)
    assert drawing.svg == ""
    assert says in drawing.problem


@needs_posix
def test_an_engine_that_hangs_is_stopped(engines, script, monkeypatch: pytest.MonkeyPatch) -> None:
    """After the time limit the cell goes on, with the reason."""
    monkeypatch.setattr(engine, "TIMEOUT", 0.2)
    engines(embedded=script("exec sleep 30"))
    assert "did not answer within 0.2 seconds" in engine.draw(DOT).problem


@needs_posix
def test_the_next_engine_is_tried(engines, script) -> None:
    """Where the embedded engine fails, `dot` on PATH draws."""
    good = "echo '<svg xmlns=\"http://www.w3.org/2000/svg\"><text>web</text></svg>'"
    engines(embedded=script("exit 1", "bad"), on_path=script(good, "good"))
    assert engine.draw(DOT).svg.strip() == '<svg xmlns="http://www.w3.org/2000/svg"><text>web</text></svg>'


@needs_posix
def test_all_that_failed_is_named(engines, script) -> None:
    """The reader learns of both engines, so that one of them can be mended."""
    engines(embedded=script("exit 1", "one"), on_path=script("exit 2", "two"))
    problem = engine.draw(DOT).problem
    assert "graphviz-pure: it ended with code 1" in problem
    assert "dot: it ended with code 2" in problem


def test_a_lone_surrogate_does_not_stop_the_engine() -> None:
    """Half a character that cannot be encoded is replaced on the way."""
    assert engine.draw('digraph { a [label="\ud800"] }').problem == ""


def test_importing_the_figures_loads_no_engine_and_no_graphviz() -> None:
    """What is not drawn costs nothing."""
    import subprocess

    code = (
        "import sys, k8snotes.figures.service_map, k8snotes.figures.three_ips, k8snotes.figures.selection;"
        "print([m for m in ('graphviz', 'pandas', 'ipywidgets', 'yaml') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_picture_is_laid_out_once(monkeypatch):
    """However much of a figure is asked for (its SVG, its problem, its page), the layout engine runs a single time."""
    runs = []
    real = engine.subprocess.run
    monkeypatch.setattr(
        engine.subprocess, "run", lambda *args, **options: runs.append(args) or real(*args, **options)
    )
    figure = kn.load("guestbook").service_map()
    assert figure.svg.startswith("<svg")
    assert not figure.problem
    assert figure.html
    assert figure._repr_mimebundle_()
    assert len(runs) == 1
