"""The doctor's listing in a real JupyterLab: what a reader sees in a notebook that he opens for the first time."""

from __future__ import annotations

from pathlib import Path

import pytest

pytestmark = pytest.mark.browser
CHAPTER = Path(__file__).resolve().parents[2] / "notebooks" / "14-your-own-cluster.ipynb"


@pytest.fixture
def expect():
    """Playwright's expect: it waits until what is said comes true."""
    return pytest.importorskip("playwright.sync_api").expect


def test_the_listing_can_be_read_in_a_notebook_that_is_not_trusted(notebook, expect, tmp_path):
    """Unrun and untrusted, the listing has its lines, its notes, its fixes and its colours."""
    page = notebook(path=CHAPTER, run=False)
    head = page.get_by_text("4 errors, 1 warning. The text in .fixed has every certain fix.")
    head.scroll_into_view_if_needed()
    expect(head).to_be_visible()
    note = page.get_by_text("The colon needs a space after it.")
    note.scroll_into_view_if_needed()
    expect(note).to_be_visible()
    expect(page.get_by_text("→ write this (it is certain, and .fixed has it):").first).to_be_visible()
    painted = head.evaluate("node => getComputedStyle(node.parentElement).backgroundColor")
    assert painted not in ("rgba(0, 0, 0, 0)", "rgb(255, 255, 255)")
    expect(page.get_by_text("what kubectl would have said").first).to_be_visible()
    page.screenshot(path=str(tmp_path / "listing.png"))
