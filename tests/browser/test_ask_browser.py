"""Exercises in a real JupyterLab: clicked, typed, judged, heard, and nothing below them moves."""

from __future__ import annotations

import json

import pytest
from accessibility import assert_axe_clean

import k8snotes as kn

pytestmark = pytest.mark.browser

SETUP = "import k8snotes as kn\nkn.ask({!r})"


@pytest.fixture
def expect():
    """Playwright's expect: it waits until what is said comes true."""
    return pytest.importorskip("playwright.sync_api").expect


def test_a_reader_clicks_an_answer(notebook, expect):
    """A wrong answer gets its hint and marks no choice, the right one its reason; the cell below stays where it is."""
    page = notebook(SETUP.format("01-service/1"), "'below'")
    box = page.locator(".k8snotes-ask").first
    verdict, below = box.get_by_role("status"), page.locator(".jp-CodeCell").nth(1)
    expect(verdict).to_have_text("○ No answer yet.")
    place = below.bounding_box()["y"]
    choices = box.get_by_role("checkbox").all()
    assert len(choices) == 3
    for choice in choices:
        choice.check()
    looks = [
        choice.evaluate("part => getComputedStyle(part.parentElement).backgroundColor") for choice in choices
    ]
    box.get_by_role("button", name="Check").click()
    expect(verdict).to_contain_text("✗ Not yet")
    expect(verdict).to_contain_text("What did the API server answer?")
    assert len(set(looks)) == 1
    assert looks == [
        choice.evaluate("part => getComputedStyle(part.parentElement).backgroundColor") for choice in choices
    ]
    assert below.bounding_box()["y"] == place
    box.get_by_role("checkbox", name="a · another Service cache").uncheck()
    box.get_by_role("button", name="Check").click()
    expect(verdict).to_contain_text("✓ Right")
    expect(verdict).to_contain_text('2 tries · next: kn.ask("01-service/2")')
    assert below.bounding_box()["y"] == place


def test_the_keyboard_alone_answers(notebook, expect):
    """Tab and Space choose, Enter in a field checks what was typed, however fast, and each time counts once."""
    page = notebook(SETUP.format("01/4"), "kn.ask('01/2')")
    choice, field = page.locator(".k8snotes-ask").all()
    radios = choice.get_by_role("radio").all()
    radios[0].focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(radios[1]).to_be_checked()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Space")
    expect(radios[1]).not_to_be_checked()
    for _ in range(3):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(choice.get_by_role("status")).to_contain_text("✓ Right")

    written, verdict = field.get_by_role("textbox", name="Answer"), field.get_by_role("status")
    expect(written).to_have_attribute("placeholder", "a whole number, such as 7")
    written.focus()
    page.keyboard.type("8080")
    page.keyboard.press("Enter")
    expect(verdict).to_contain_text("✗ Not yet")
    expect(verdict).to_contain_text("You gave the port on which the chosen Pod listens")
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("80")
    page.keyboard.press("Enter")
    expect(verdict).to_contain_text("✓ Right")
    expect(verdict).to_contain_text("2 tries")
    page.keyboard.press("Enter")
    expect(verdict).to_contain_text("3 tries")


def test_a_hint_is_asked_for(notebook, expect):
    """The hint of the exercise comes without an answer, and asked again, nothing is counted."""
    page = notebook(SETUP.format("04/3"))
    box = page.locator(".k8snotes-ask").first
    verdict = box.get_by_role("status")
    box.get_by_role("button", name="Hint").press("Enter")
    expect(verdict).to_contain_text("No answer yet")
    expect(verdict).to_contain_text("Hint")
    box.get_by_role("textbox", name="belong to the Deployment").fill("3")
    box.get_by_role("button", name="Check").press("Space")
    expect(verdict).to_contain_text("There is no answer yet for these keys: answer for the Service.")


@pytest.mark.parametrize(
    "exercise", ["01-service/1", "01-service/4", "01-service/9", "14-your-own-cluster/5"]
)
def test_it_is_clean_and_fits(notebook, exercise):
    """axe finds nothing in either theme, and at 800 pixels no control leaves the card."""
    page = notebook(SETUP.format(exercise))
    box = page.locator(".k8snotes-ask").first
    box.get_by_role("button", name="Check").click()
    assert_axe_clean(page, ".k8snotes-ask")
    page.set_viewport_size({"width": 800, "height": 600})
    right = box.bounding_box()
    for part in box.locator("input, select, textarea, button, .say").all():
        place = part.bounding_box()
        assert place["x"] + place["width"] <= right["x"] + right["width"]


def test_the_preview_survives_a_notebook_that_is_not_trusted(notebook, tmp_path, expect):
    """A saved notebook that is opened for the first time shows the question and its choices."""
    bundle = kn.ask("01-service/4")._repr_mimebundle_()
    data = {kind: bundle[kind] for kind in ("text/html", "text/plain")}
    output = {"output_type": "execute_result", "execution_count": 1, "metadata": {}, "data": data}
    cell = {"cell_type": "code", "id": "a", "metadata": {}, "source": "kn.ask('01/4')", "execution_count": 1}
    saved = {"cells": [cell | {"outputs": [output]}], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    path = tmp_path / "saved.ipynb"
    path.write_text(json.dumps(saved), encoding="utf-8")
    page = notebook(path=path, run=False)
    shown = page.locator(".jp-OutputArea-output")
    expect(shown).to_contain_text("Which of these can be the selector of a Service")
    expect(shown.locator("li")).to_have_count(3)
    expect(shown).to_contain_text("Run this cell to answer.")
