"""Strings that want to become markup, in a real browser: one page with all that is shown of them, and nothing runs."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

pytest.importorskip("html5lib")
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import injection

pytestmark = pytest.mark.browser
OURS = sorted(injection.OURS)
SIZE = 25  # strings in a cluster
PAGE = 100  # outputs on a page
EVERY = 5  # one cluster in so many is drawn here: html5lib has been given all
PICTURE = re.compile(r'src="data:image/svg\+xml;base64,[^"]*"')  # it is on the page as an SVG as well
ALIVE = """ours => {
  const lively = [...document.querySelectorAll("script, iframe, object, embed, foreignObject")].map(e => e.tagName);
  for (const element of document.querySelectorAll("*"))
    for (const {name, value} of element.attributes)
      if (ours.includes(value)) continue;
      else if (name.startsWith("on") || value.trim().toLowerCase().startsWith("javascript:")) lively.push(name + "=" + value);
  return lively;
}"""


@pytest.fixture
def page(context):
    """A page that takes note of every dialog."""
    page = context.new_page()
    page.dialogs = []
    page.on("dialog", lambda dialog: (page.dialogs.append(dialog.message), dialog.dismiss()))
    yield page
    page.close()


def test_raw_strings_are_alive(page):
    """Written raw, such a string runs: so the page of the next test would show it."""
    page.set_content(f"<!DOCTYPE html><body><p>{injection.STRINGS[0]}</p></body>")
    assert page.evaluate("window.pwned") == 1
    assert page.evaluate(ALIVE, OURS) == ["SCRIPT"]


def test_nothing_runs(page):
    """No output of a cluster that has the strings in every place sets a variable, opens a dialog or asks for a page."""
    pages: dict[str, None] = {}
    for number, batch in enumerate(injection.batches(injection.STRINGS, SIZE)):
        shown = injection.outputs(batch, drawn=number % EVERY == 0)
        pages |= dict.fromkeys(PICTURE.sub('src=""', text) for _, text in shown)
    assert len(pages) > 500
    texts = list(pages)
    # each output brings its style sheet, which the browser asks about everything on the page: so a page holds some of them
    for first in range(0, len(texts), PAGE):
        part = texts[first : first + PAGE]
        page.set_content(f"<!DOCTYPE html><body>{''.join(f'<div>{text}</div>' for text in part)}</body>")
        assert page.evaluate(ALIVE, OURS) == []
        page.wait_for_timeout(500)
        assert page.evaluate("window.pwned === undefined")
        assert page.dialogs == []
        assert page.evaluate("document.querySelectorAll('body > div').length") == len(part)
