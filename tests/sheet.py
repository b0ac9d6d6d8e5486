"""Writes sheets of all figures as thumbnails: `make sheet`, or `make sheet BEFORE=v0.1.0` to compare with another state.

They stand in build/sheet: pages to look at, and a PNG of each, taken by Chromium. Without BEFORE there is one sheet for
each size of cluster and theme. With it there is one for each theme and size of window, with the pictures that are used
most, as that state of the repository draws them and as this one does.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from html import escape
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
PAGE = """<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{title}</title><style>
body{{margin:16px;background:{paper};color:{ink};font:13px/20px system-ui,Arial,sans-serif}}
h1{{font-size:18px}}h2{{font-size:16px;margin:0 0 8px}}
.sheet{{display:grid;grid-template-columns:repeat({columns},{thumb}px);gap:16px}}
.cell{{width:{thumb}px;height:{high}px;overflow:hidden;border:1px solid #8b949e}}
.cell>div{{width:{wide}px;transform:scale(.5);transform-origin:0 0;padding:8px;box-sizing:border-box}}
</style></head><body data-jp-theme-light="{light}"><h1>{title}</h1><div class="sheet">{cells}</div></body></html>"""
THEMES = {"light": ("true", "#fff", "#1b1f24"), "dark": ("false", "#111", "#e9ecef")}
WINDOWS = {"1280x800": 844, "800x600": 516}  # pixels: how wide a cell's output is, with its margins
BROWSER = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
]
USED_MOST = """
import json, sys
import k8snotes as kn

c, broken = kn.load("guestbook"), kn.load("guestbook-broken")
before = c.copy()
later = c.copy()
later.scale("deploy/frontend", 5)
later.settle()
pictures = {
    "service map": lambda: c.service_map(),
    "service map with faults": lambda: broken.service_map(),
    "three IPs": lambda: c.three_ips(),
    "trace": lambda: c.trace("http://frontend", source="pod/client"),
    "trace, plain": lambda: c.trace("http://frontend", source="pod/client", detail="plain"),
    "selection": lambda: c.selection("tier=frontend"),
    "diagnosis": lambda: broken.diagnose("svc/frontend"),
    "Master and Nodes": lambda: c.architecture(),
    "labels changed": lambda: c.copy().label(c.objects("pods", "tier=frontend")[0].ref, "tier=x"),
    "capacity": lambda: c.capacity(),
    "inside a Pod": lambda: c.inside("pod/mysql-0"),
    "difference": lambda: later.diff(since=before),
    "explorer": lambda: kn.explore(c),
    "player": lambda: c.play(),
    "walker": lambda: c.walk("http://frontend", source="pod/client"),
    "sizes": lambda: kn.size(),
    "exercise": lambda: kn.ask("01-service/1"),
}
made = {}
for name, make in pictures.items():
    try:
        made[name] = make()._repr_mimebundle_()["text/html"]
    except AttributeError:
        made[name] = "<p>not there</p>"
json.dump(made, open(sys.argv[1], "w", encoding="utf-8"))
"""


def photograph(tab: Page, page: Path, title: str, cells: str, theme: str, **places: object) -> None:
    """Write a sheet as a page and as a PNG."""
    light, paper, ink = THEMES[theme]
    text = PAGE.format(title=title, cells=cells, light=light, paper=paper, ink=ink, **places)
    page.write_text(text, encoding="utf-8")
    tab.goto(page.resolve().as_uri())
    tab.wait_for_timeout(300)
    tab.screenshot(path=str(page.with_suffix(".png")), full_page=True)
    print(page.with_suffix(".png"))


def cell(name: str, html: str) -> str:
    """Return a thumbnail."""
    return f'<div class="cell"><div><h2>{escape(name)}</h2>{html}</div></div>'


def sizes(tab: Page, folder: Path) -> None:
    """Write a sheet of all figures for each size of cluster and theme."""
    from pictures import SIZES, figures

    for size in SIZES:
        cells = "".join(cell(name, make().html) for name, make in figures(size))
        for theme in THEMES:
            name = f"{size.replace(',', '').replace(' ', '-').lower()}-{theme}"
            photograph(
                tab, folder, name, f"{size}, {theme}", cells, theme, columns=4, thumb=430, wide=850, high=400
            )


def drawn_by(tree: Path) -> dict[str, str]:
    """Return the pictures that are used most, and the previews of widgets, as a checkout makes them."""
    with tempfile.TemporaryDirectory() as place:
        out = Path(place) / "made.json"
        subprocess.run(
            [sys.executable, "-c", USED_MOST, str(out)],
            cwd=place,
            env={**os.environ, "PYTHONPATH": str(tree)},
            check=True,
        )
        return json.loads(out.read_text(encoding="utf-8"))


def compare(tab: Page, folder: Path, revision: str) -> None:
    """Write the sheets that show each picture as another state of the repository draws it, and as this one does."""
    with tempfile.TemporaryDirectory() as place:
        tree = Path(place) / "before"
        subprocess.run(
            ["git", "worktree", "add", "--quiet", "--detach", str(tree), revision], cwd=ROOT, check=True
        )
        try:
            before = drawn_by(tree)
        finally:
            subprocess.run(["git", "worktree", "remove", "--force", str(tree)], cwd=ROOT, check=True)
    after = drawn_by(ROOT)
    cells = "".join(
        cell(f"{name}: before", before[name]) + cell(f"{name}: now", after[name]) for name in after
    )
    for theme in THEMES:
        for window, wide in WINDOWS.items():
            title = f"{revision} and now, {theme}, {window}"
            places = {"columns": 4, "thumb": wide // 2, "wide": wide, "high": 500}
            photograph(tab, folder / f"before-{theme}-{window}.html", title, cells, theme, **places)


def main() -> None:
    """Write the sheets that are asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT / "build/sheet", help="where to")
    parser.add_argument("--before", default="", help="a commit to compare with")
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=BROWSER)
        tab = browser.new_page(viewport={"width": 1810, "height": 900})
        if asked.before:
            compare(tab, asked.folder, asked.before)
        else:
            sizes(tab, asked.folder)
        browser.close()


if __name__ == "__main__":
    main()
