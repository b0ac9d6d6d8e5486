"""The player in a real JupyterLab: buttons, slider and speed from the keyboard, and the picture that follows."""

from __future__ import annotations

import json
import re

import pytest
from accessibility import assert_axe_clean
from pages import WHITE

import k8snotes as kn

pytestmark = pytest.mark.browser

SLIDER = ("aria-input-field-name",)
"""ipywidgets gives the handle of a slider no name; the buttons beside it have one, and do the same."""

SETUP = '''
import k8snotes as kn
c = kn.Cluster(nodes=2)
c.apply("""
apiVersion: v1
kind: ReplicationController
metadata: {name: web}
spec:
  replicas: 2
  selector: {app: web}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: app, image: nginx}]}
""")
c.play()
'''


@pytest.fixture
def expect():
    """Playwright's expect: it waits until what is said comes true."""
    return pytest.importorskip("playwright.sync_api").expect


def test_a_reader_steps_back_and_plays(notebook, theme, expect):
    """All of it is in view; buttons and slider work from the keyboard; nothing moves; dark has no white bars."""
    page = notebook(SETUP)
    page.set_viewport_size({"width": 1280, "height": 800})
    box = page.locator(".k8snotes-player")
    line, picture, place = (box.locator(f".k8snotes-player-{name}") for name in ("line", "picture", "place"))
    expect(line).to_contain_text("Before the first step")
    expect(place).to_contain_text("step 0 of ")
    total = int(place.inner_text().split()[-1])
    assert box.bounding_box()["height"] <= 680
    assert box.evaluate("box => box.scrollWidth <= box.clientWidth + 1")

    boxes = set()
    step = box.get_by_role("button", name="Step ›")
    step.focus()
    for number in range(1, total + 1):
        step.press("Enter")
        expect(place).to_contain_text(f"step {number} of {total}")
        boxes.add(tuple(picture.bounding_box().items()))
        if number == 1:
            expect(line).to_contain_text("▶ replication-controller creates Pods web-")
            created = re.compile(
                "^Master and Nodes: 2 Nodes, 2 Pods.* replication-controller creates pod/web-"
            )
            expect(picture.locator("svg > desc")).to_have_text(created)
            expect(picture.locator("svg.knp")).to_contain_text("▶")
    assert len(boxes) == 1
    expect(step).to_be_disabled()
    expect(box.locator(".k8snotes-player-note")).to_contain_text("At rest: there is nothing left to do.")

    box.get_by_role("button", name="‹ Back").press("Enter")
    expect(place).to_contain_text(f"step {total - 1} of {total}")
    handle = box.get_by_role("slider")
    handle.focus()
    handle.press("Home")
    expect(line).to_contain_text("Before the first step")
    handle.press("ArrowRight")
    handle.press("ArrowRight")
    expect(place).to_contain_text(f"step 2 of {total}")
    box.get_by_role("button", name="« First").press("Enter")
    expect(place).to_contain_text(f"step 0 of {total}")

    box.get_by_label("speed").select_option(label="0.3 s a step")
    play = box.get_by_role("button", name=re.compile("Play|Pause"))
    play.press("Enter")
    expect(play).to_have_text("Pause")
    expect(place).to_contain_text(f"step {total} of {total}")
    expect(play).to_have_text("Play ▸")
    play.press("Enter")  # once more, from the first
    expect(place).to_contain_text("step 1 of ")
    play.press("Enter")

    assert_axe_clean(page, ".k8snotes-player", known=SLIDER)
    theme(page, "JupyterLab Dark")
    assert box.evaluate(WHITE) == []
    page.set_viewport_size({"width": 800, "height": 600})
    assert box.evaluate("box => box.scrollWidth <= box.clientWidth + 1")


def test_the_preview_survives_a_notebook_that_is_not_trusted(notebook, tmp_path, expect):
    """A saved notebook that is opened for the first time shows the line and the picture."""
    c = kn.Cluster(nodes=1)
    c.apply("{apiVersion: v1, kind: Pod, metadata: {name: web}, spec: {containers: [{name: a, image: b}]}}")
    player = c.play()
    player.step()
    bundle = player._repr_mimebundle_()
    data = {kind: bundle[kind] for kind in ("text/html", "text/plain")}
    output = {"output_type": "execute_result", "execution_count": 1, "metadata": {}, "data": data}
    cell = {"cell_type": "code", "id": "a", "metadata": {}, "source": "c.play()", "execution_count": 1}
    saved = {"cells": [cell | {"outputs": [output]}], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    path = tmp_path / "saved.ipynb"
    path.write_text(json.dumps(saved), encoding="utf-8")
    page = notebook(path=path, run=False)
    shown = page.locator(".jp-OutputArea-output")
    expect(shown).to_contain_text("kube-scheduler binds Pod web to node-1")
    expect(shown).to_contain_text("run this cell")
    assert shown.locator("img").evaluate("image => image.naturalWidth") > 0
