"""Every figure of clusters of five sizes: it fits what a reader sees, and all of its text can be read."""

from __future__ import annotations

import re

import pytest
from measures import crosses, faults
from pictures import SIZES, figures

import k8snotes as kn


@pytest.mark.parametrize("size", SIZES)
def test_every_figure_fits_and_can_be_read(size: str) -> None:
    """At most 826 by 640 pixels, no type under 12, nothing cut off, no text or line over another text."""
    wrong = {name: found for name, make in figures(size) if (found := faults(make().svg))}
    assert not wrong


@pytest.mark.parametrize("size", ["3 Pods", "20 Pods"])
def test_every_figure_fits_in_chinese(size: str) -> None:
    """The same in the other language, whose letters are as wide as they are high."""
    kn.language("zh")
    try:
        wrong = {name: found for name, make in figures(size) if (found := faults(make().svg))}
    finally:
        kn.language("en")
    assert not wrong


def test_every_headline_begins_as_a_sentence_and_says_nothing_twice() -> None:
    """The first line over a picture begins with a sign, a number or a capital letter, or with a name of Kubernetes."""
    for name, make in figures("3 Pods"):
        caption = re.search(r"<figcaption><b>(.*?)</b>(.*)</figcaption>", make().html)
        assert caption, name
        head, rest = caption.groups()
        assert not head[0].islower() or head.startswith("kube"), (name, head)
        assert not rest or re.sub("<[^>]+>|·", "", rest).strip().lower() not in head.lower(), (
            name,
            head,
            rest,
        )


def test_the_measure_finds_what_is_wrong() -> None:
    """A drawing with each fault has each of them found."""
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" width="900" height="700">'
        '<rect x="0" y="0" width="50" height="20" stroke-width="1"/>'
        '<text x="4" y="14" textLength="60">too long</text><text x="8" y="15" font-size="9">over it</text>'
        '<polyline points="0,10 100,10"/></svg>'
    )
    found = " ".join(faults(svg))
    for words in (
        "900 pixels wide",
        "700 pixels high",
        "is 9.0 pixels",
        "leaves its frame",
        "lies over",
        "goes through",
    ):
        assert words in found


def test_a_line_beside_a_text_does_not_go_through_it() -> None:
    """A line that ends before it, one above it and one that passes its corner."""
    text = (10.0, 10.0, 50.0, 20.0)
    assert crosses((0, 15), (60, 15), text)
    assert crosses((0, 0), (60, 30), text)
    assert not crosses((0, 15), (9, 15), text)
    assert not crosses((0, 5), (60, 5), text)
    assert not crosses((0, 25), (12, 40), text)
