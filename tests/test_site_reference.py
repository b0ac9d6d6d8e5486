"""The pages of the helpers: each helper has one, with an example that ran, in both languages."""

from __future__ import annotations

import json
import re
from html import unescape
from urllib.parse import parse_qs, urlparse
from xml.etree import ElementTree as ET

import nbformat
import pytest

import k8snotes as kn
from k8snotes.catalogue import speaking
from k8snotes.site import examples, reference
from k8snotes.site.helpers import chapters, helper, helpers, more, results
from k8snotes.site.links import LANGUAGES, Links

ALL = [*helpers(), *more(), *results()]


@pytest.fixture(scope="module")
def pages():
    """All files of each language."""
    return {language: reference.pages(language, Links(language, "0.1.0-a")) for language in LANGUAGES}


def test_every_helper_is_in_one_group():
    """A reader finds each helper at one place of the list, and no other name is there."""
    named = [name for _title, names in reference.GROUPS for name in names]
    assert sorted(named) == sorted(each.name for each in ALL)


def test_everything_that_tab_offers_has_a_page(pages):
    """What `kn.` and `c.` complete to is in the reference: a function, or a property of a cluster."""
    cluster = kn.Cluster(nodes=0)
    offered = {f"kn.{name}" for name in dir(kn) if callable(getattr(kn, name))}
    offered |= {f"c.{name}" for name in dir(cluster) if hasattr(kn.Cluster, name)}
    assert offered <= {each.name for each in ALL}
    assert {f"helpers/{each.page}.md" for each in ALL} <= set(pages["en"])


def test_no_two_pages_have_names_that_differ_only_by_capital_letters(pages):
    """A folder of Windows or macOS holds all of them."""
    folded = [name.lower() for name in pages["en"]]
    assert len(folded) == len(set(folded))


@pytest.mark.parametrize("each", ALL, ids=lambda each: each.name)
def test_an_example_shows_something(each):
    """The cells of an example run one after the other, use the helper, and one of them shows what came of it."""
    cells = examples.cells_of(each)
    last = each.name.removeprefix("kn.").removeprefix("c.").replace("[ref]", "[")
    assert each in results() or last in "\n".join(cells[1:])
    steps = examples.run(cells)
    shown = [step for step in steps if step.printed or step.value is not None]
    assert shown or each.name == "c.returns"  # it says what a program will do, and nothing asks it
    assert len(steps) <= 5


def test_a_helper_that_draws_has_its_picture_on_the_page(pages):
    """The picture is a file beside the page: with its size, loaded late, and with the words for those who cannot see it."""
    drawn = [each for each in helpers() if examples._annotation(each).endswith("Figure")]
    assert len(drawn) > 20
    for each in drawn:
        for language in LANGUAGES:
            page, picture = (
                pages[language][f"helpers/{each.page}.md"],
                pages[language][f"helpers/{each.page}.svg"],
            )
            assert ET.fromstring(picture).get("width")
            found = re.search(
                rf"```{{image}} {re.escape(each.page)}\.svg\n:alt: (.+)\n:width: \d+px\n:height: \d+px\n:loading: lazy",
                page,
            )
            assert found, each.name
            assert len(found[1]) > 20, each.name


def test_the_pictures_of_the_chinese_pages_speak_chinese(pages):
    """They are drawn in the language of their page, which is then no longer in force."""
    chinese = str(pages["zh"]["helpers/Cluster.service_map.svg"])
    assert "就绪" in chinese
    assert "就绪" not in str(pages["en"]["helpers/Cluster.service_map.svg"])
    assert kn.language() == "en"


def test_the_frame_of_a_chinese_page_is_chinese(pages):
    """Headings, groups and sentences are translated; the description stays English, and the page says so."""
    for each in ALL:
        page = str(pages["zh"][f"helpers/{each.page}.md"])
        headings = re.findall(r"^## (.+)$", page, re.MULTILINE)
        assert all(re.search(r"[\u4e00-\u9fff]", heading) for heading in headings), each.name
        assert re.search(r"[\u4e00-\u9fff]", page.split("\n")[2]), each.name
        assert "help()" in page


def test_every_way_out_of_a_page_leads_somewhere(pages):
    """Links lead to pages of the reference and to chapters; the notebook that a page opens is there."""
    for language in LANGUAGES:
        there = {f"../chapters/{file}" for file in chapters(language)}
        there |= {name.removeprefix("helpers/") for name in pages[language]}
        books = reference.notebooks(language)
        for name, page in pages[language].items():
            if not name.endswith(".md"):
                continue
            assert set(re.findall(r"\]\(([^)]+)\)", _words(str(page)))) <= there, name
            for run in re.findall(r'class="kn-run" href="([^"]+)"', str(page)):
                path = parse_qs(urlparse(unescape(run)).query)["path"][0]
                assert path.removeprefix("zh/") in books


def _words(page):
    """A page without its code and what cells have shown."""
    return re.sub(r"^(`{3,}).*?^\1$", "", page, flags=re.MULTILINE | re.DOTALL)


def test_pages_ask_no_other_host_for_anything(pages):
    """No picture, script or sheet is fetched from an address with a host."""
    for name, page in pages["en"].items():
        assert not re.search(r"""(src|srcset)=["']https?:|url\(['"]?https?:|@import""", str(page)), name


def test_notebooks_are_notebooks_and_hold_what_their_cells_show():
    """Jupyter's own rules find nothing wrong, and opening one shows the picture before anything has run."""
    for language in LANGUAGES:
        for name, text in reference.notebooks(language).items():
            nbformat.validate(json.loads(text))
            book = json.loads(text)
            assert "import k8snotes as kn" in "".join(book["cells"][1]["source"]), name
    trace = json.loads(reference.notebooks("en")["helpers/Cluster.trace.ipynb"])
    assert "<figure" in trace["cells"][2]["outputs"][0]["data"]["text/html"]


def test_pages_are_the_same_when_they_are_made_again(pages):
    """Nothing of the machine, of the moment or of an earlier run is in a page."""
    reference._steps.cache_clear()
    again = reference.pages("en", Links("en", "0.1.0-a"))
    assert [name for name in again if again[name] != pages["en"][name]] == []


def test_a_picture_has_the_colours_of_a_dark_page_too():
    """Each colour that a drawing uses for a role has the dark one of the same role, and its paper is dark as well."""
    svg = examples.themed(kn.load("guestbook").service_map().svg)
    sheet = svg.split("<style>")[1].split("</style>")[0]
    used = set(re.findall(r'(?:fill|stroke)="(#[0-9a-f]{6})"', svg))
    assert len(used) > 5
    assert {color for color in used if f'"{color}"' not in sheet} == set()
    ET.fromstring(svg)


def test_an_example_is_run_in_a_folder_of_its_own(tmp_path, monkeypatch):
    """An answer that is checked is not noted in the folder where the site is made."""
    monkeypatch.chdir(tmp_path)
    examples.run(examples.cells_of(helper("kn.check")))
    assert list(tmp_path.iterdir()) == []


def test_a_line_of_a_docstring_becomes_what_a_reader_writes():
    """Names of the face get their `kn.`, other names stay, and only the last line of a cell may be kept quiet."""
    assert examples._as_readers_write("load(x, Cluster(nodes=2))") == "kn.load(x, kn.Cluster(nodes=2))"
    assert examples._as_readers_write("load = 3") == "load = 3"
    assert examples._without_unused("_ = c.settle()\nc") == "c.settle()\nc"


def test_an_example_leaves_the_language_as_it_was():
    """kn.language has an example that puts English in force; the page goes on in its own language."""
    with speaking("zh"):
        examples.run(examples.cells_of(helper("kn.language")))
        assert kn.language() == "zh"
