"""How Sphinx makes the pages of both languages: the sources are generated, and the builder says which language they have.

    sphinx-build -W -c notebooks/site -D language=zh_CN -D edition=0.1.0-1a2b3c4d SOURCES OUT

`edition` is the folder of the edition that runs. The words below are those of the page around a text.
"""

# ruff: noqa: INP001  # Sphinx reads this file by its path

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from sphinx.search.zh import SearchChinese

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.config import Config

project = "k8snotes"
author = "k8snotes"
html_title = "k8snotes"
extensions = ["myst_nb", "k8snotes.site.described"]
exclude_patterns = ["_extra", "_static"]
templates_path = ["_templates"]

nb_execution_mode = "off"
myst_heading_anchors = 3
myst_links_external_new_tab = False

html_theme = "furo"
html_static_path = ["_static"]
html_css_files = ["theme.css", "k8snotes.css"]
html_js_files = [("k8snotes.js", {"defer": "defer"})]
html_favicon = "_static/favicon.svg"
html_copy_source = False
html_show_sourcelink = False
html_use_index = False
html_theme_options: dict[str, Any] = {"top_of_page_buttons": []}
html_sidebars = {
    "**": [
        "sidebar/scroll-start.html",
        "sidebar/brand.html",
        "sidebar/search.html",
        "doors.html",
        "sidebar/navigation.html",
        "sidebar/scroll-end.html",
    ]
}
pygments_style = "a11y-high-contrast-light"
pygments_dark_style = "a11y-high-contrast-dark"

WORDS = {
    "en": {
        "copy": "Copy",
        "copied": "Copied ✓",
        "scrolls": "Scrolls sideways",
        "run": "Run the course here",
        "other": "中文",
        "other_code": "zh",
        "navigation": "Pages",
        "licence": "The text is under CC BY 4.0, the programs under BSD-3-Clause.",
        "On this page": "On this page",
    },
    "zh": {
        "copy": "复制",
        "copied": "已复制 ✓",
        "scrolls": "可以左右滚动",
        "run": "在这里运行课程",
        "other": "English",
        "other_code": "en",
        "navigation": "页面",
        "licence": "文字采用 CC BY 4.0 许可，程序采用 BSD-3-Clause 许可。",
        # words of the theme
        "Toggle Light / Dark / Auto color theme": "切换浅色、深色或自动主题",
        "Toggle site navigation sidebar": "打开或关闭导航",
        "Toggle table of contents sidebar": "打开或关闭本页目录",
        "Skip to content": "跳到正文",
        "Back to top": "回到顶部",
        "On this page": "本页内容",
    },
}


class Chinese(SearchChinese):
    """The search of Chinese pages: jieba cuts their words for the index, and the browser cuts those of a question."""

    language_name = "English"  # whose stemmer it has; Sphinx 9.0 names it after the language (sphinx-doc/sphinx#14229)
    js_splitter_code = r"""
function splitQuery(query) {
  const words = query.split(/[^\p{L}\p{N}_]+/u).filter(Boolean);
  if (!Intl.Segmenter) return words;
  const cutter = new Intl.Segmenter("zh", { granularity: "word" });
  return words.flatMap((word) => {
    const parts = [...cutter.segment(word)].map((part) => part.segment).filter((part) => part.length > 1);
    return parts.length ? parts : [word];
  });
}
"""


def _beside_the_sources(app: Sphinx, config: Config) -> None:
    """Take the files that were generated with the pages, too."""
    sources = Path(app.srcdir)
    if (sources / "_extra").is_dir():
        config.html_extra_path.append(str(sources / "_extra"))
    if (sources / "_static").is_dir():
        config.html_static_path.append(str(sources / "_static"))


def _around(app: Sphinx, page: str, _template: str, context: dict[str, Any], _doctree: object) -> None:
    """Say where the same page is in the other language, and where the course runs."""
    context["body"] = context.get("body", "").replace(
        '<th class="head"><p></p></th>', '<td class="head"></td>'
    )
    chinese = app.config.language.startswith("zh")
    up = "../" * page.count("/")
    context["words"] = WORDS["zh" if chinese else "en"]
    context["other_page"] = f"{up}../{page}.html" if chinese else f"{up}zh/{page}.html"
    root, start = (f"{up}../", "zh/00-start-here.ipynb") if chinese else (up, "00-start-here.ipynb")
    context["run"] = f"{root}run/{app.config.edition}/lab/index.html?path={start}"


def setup(app: Sphinx) -> None:
    """Join the parts."""
    app.add_config_value("edition", "latest", "html")
    app.add_search_language(Chinese)
    app.connect("config-inited", _beside_the_sources)
    app.connect("html-page-context", _around)
