"""Writes a sheet of all figures as thumbnails, in both themes: `make sheet`.

It stands in build/sheet: a page to look at, and a PNG of each theme and size of cluster, taken by Chromium.
"""

from __future__ import annotations

import sys
from html import escape
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from pictures import SIZES, figures
from playwright.sync_api import sync_playwright

PAGE = """<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{title}</title><style>
body{{margin:16px;background:{paper};color:{ink};font:13px/20px system-ui,Arial,sans-serif}}
h1{{font-size:18px}}h2{{font-size:13px;margin:0 0 4px}}
.sheet{{display:grid;grid-template-columns:repeat(4,430px);gap:16px}}
.cell{{width:430px;height:{high}px;overflow:hidden;border:1px solid #8b949e}}
.cell>div{{width:850px;transform:scale(.5);transform-origin:0 0;padding:8px}}
</style></head><body data-jp-theme-light="{light}"><h1>{title}</h1><div class="sheet">{cells}</div></body></html>"""
BROWSER = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
]


def main(folder: Path) -> None:
    """Write the sheets into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=BROWSER)
        tab = browser.new_page(viewport={"width": 1810, "height": 900})
        for size in SIZES:
            made = [(name, make().html) for name, make in figures(size)]
            cells = "".join(
                f'<div class="cell"><div><h2>{escape(name)}</h2>{html}</div></div>' for name, html in made
            )
            for theme, light, paper, ink in (
                ("light", "true", "#fff", "#1b1f24"),
                ("dark", "false", "#111", "#e9ecef"),
            ):
                name = f"{size.replace(',', '').replace(' ', '-').lower()}-{theme}"
                page = folder / f"{name}.html"
                title = f"{size}, {theme}"
                page.write_text(
                    PAGE.format(title=title, cells=cells, light=light, paper=paper, ink=ink, high=400),
                    encoding="utf-8",
                )
                tab.goto(page.resolve().as_uri())
                tab.screenshot(path=str(folder / f"{name}.png"), full_page=True)
                print(folder / f"{name}.png")
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "build/sheet"))
