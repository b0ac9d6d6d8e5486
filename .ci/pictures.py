"""Draw README's pictures: the course's own application, a widget at work, and for each chapter what it is about, small."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from html import escape
from typing import Any

from badges import ROOT

sys.path.insert(0, str(ROOT))  # the package of this checkout, whatever is installed
import k8snotes as kn
from k8snotes.course.chapters import chapter, chapters

FOLDER = ROOT / "notebooks" / "pictures"
SCALING = {
    "en": "kn.scaler at work: three frontend Pods become five, step by step",
    "zh": "kn.scaler：三个 frontend Pod 一步一步变成五个",
}
SECONDS = 2.0  # that each step of the widget is shown
LETTERS = 110  # of the words over it
LANGUAGES = {"en": FOLDER, "zh": FOLDER.parent / "zh" / "pictures"}
BAR = 34  # pixels: the line over the picture, with the step and its number


def scaling_at_work(title: str) -> str:
    """Return what `kn.scaler` plays when three frontend Pods become five, as one SVG that moves by itself.

    Args:
        title: what it shows, in words.
    """
    scaler = kn.scaler(kn.load("guestbook"), "deploy/frontend")
    scaler.replicas = 5
    scaler.first()
    frames: list[tuple[str, str]] = []
    while True:
        before = scaler.at
        frames.append((_words(scaler, len(frames)), scaler.figure.svg))
        scaler.step()
        if scaler.at == before:
            break
    scaler.close()
    return animated(frames, title)


def _words(scaler: Any, number: int) -> str:
    """Return the line over a step: the command at first, then what the first component did."""
    if not number:
        return f"$ {scaler.facts.command}"
    said = scaler.words.splitlines()[0]
    for level in scaler.facts.levels[1:]:
        said = said.replace(f"{level.name}-", "…-")
    return f"{number}  {said}" if len(said) <= LETTERS else f"{number}  {said[:LETTERS].rpartition(' ')[0]} …"


def animated(frames: Sequence[tuple[str, str]], title: str) -> str:
    """Return an SVG that shows frames one after the other, each with a line of words; the last one stays where nothing moves.

    Args:
        frames: the words and the SVG of each.
        title: what is shown, in words.
    """
    sizes = [re.search(r'width="(\d+)" height="(\d+)"', svg) for _words, svg in frames]
    wide = max(int(size[1]) for size in sizes if size)
    high = max(int(size[2]) for size in sizes if size) + BAR
    whole = SECONDS * (len(frames) + 2)
    parts = []
    for at, (words, svg) in enumerate(frames):
        begin, end = at * SECONDS / whole, (at + 1) * SECONDS / whole
        last = at == len(frames) - 1
        times = f"0;{begin:.4f};{1 if last else end:.4f}" if at else f"0;{end:.4f}"
        shown = "hidden;visible;visible" if last else "hidden;visible;hidden" if at else "visible;hidden"
        still = "visible" if last else "hidden"
        inner = re.sub(r"<title>.*?</title>|<desc>.*?</desc>", "", svg, flags=re.DOTALL)
        inner = re.sub(r'id="([^"]+)"', rf'id="f{at}-\1"', inner)
        inner = re.sub(r"url\(#([^)]+)\)", rf"url(#f{at}-\1)", inner)
        done = wide * (at + 1) // len(frames)
        parts.append(
            f'<g visibility="{still}"><animate attributeName="visibility" values="{shown}" keyTimes="{times}" '
            f'dur="{whole:g}s" calcMode="discrete" repeatCount="indefinite"/>'
            f'<text x="8" y="18" font-size="13" font-weight="700" fill="#1b1f24">{escape(words)}</text>'
            f'<rect x="0" y="26" width="{done}" height="3" fill="#005a8c"/>'
            f'<svg x="0" y="{BAR}" {inner.removeprefix("<svg ")}</g>'
        )
    fonts = "Arial, 'Liberation Sans', Helvetica, 'DejaVu Sans', sans-serif"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide}" height="{high}" viewBox="0 0 {wide} {high}" '
        f'font-family="{fonts}"><title>{escape(title)}</title>'
        f'<rect width="{wide}" height="{high}" fill="#fff"/>{"".join(parts)}</svg>\n'
    )


def main() -> int:
    """Write the pictures as SVG, in each language in a folder of its own."""
    for code, folder in LANGUAGES.items():
        kn.language(code)
        folder.mkdir(parents=True, exist_ok=True)
        cluster = kn.load("guestbook")
        cluster.service_map().save(folder / "service-map.svg")
        cluster.three_ips().save(folder / "three-ips.svg")
        title = SCALING[code]
        (folder / "scaler.svg").write_text(scaling_at_work(title), encoding="utf-8", newline="\n")
        for name in chapters():
            chapter(name).module.picture().save(folder / f"chapter-{name[:2]}.svg")
    return 0


if __name__ == "__main__":
    sys.exit(main())
