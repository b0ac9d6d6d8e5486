"""The player in a real JupyterLab: buttons, slider and speed from the keyboard, and the picture that follows."""

from __future__ import annotations

import json
import re

import pytest

import k8snotes as kn

pytestmark = pytest.mark.browser

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


def test_a_reader_steps_back_and_plays(notebook, expect):
    """Step, Back and Play work from the keyboard; the line and the picture follow; it stops at rest."""
    page = notebook(SETUP)
    page.set_viewport_size({"width": 1280, "height": 1400})
    box = page.locator(".k8snotes-player")
    line, picture = (box.locator(f".k8snotes-player-{name}") for name in ("line", "picture"))
    expect(line).to_contain_text("Before the first step")

    step = box.get_by_role("button", name="Step →")
    step.focus()
    step.press("Enter")
    expect(line).to_contain_text("Step 1, at second 0")
    expect(line).to_contain_text("replication-controller creates pod/web-")
    image = picture.locator("img")
    created = re.compile("^Master and Nodes: 2 Nodes, 2 Pods.* replication-controller creates pod/web-")
    expect(image).to_have_attribute("alt", created)
    step.press("Enter")
    expect(line).to_contain_text("Step 2")
    expect(image).not_to_have_attribute("alt", created)

    back = box.get_by_role("button", name="← Back")
    back.press("Enter")
    expect(line).to_contain_text("Step 1, at second 0")
    expect(image).to_have_attribute("alt", created)

    box.get_by_label("speed").select_option(label="fast, 0.3 s a step")
    play = box.get_by_role("button", name="Play")
    play.press("Enter")
    expect(line).to_contain_text("At rest. There is nothing left to do.")
    expect(play).to_be_disabled()

    handle = box.get_by_role("slider")
    handle.focus()
    handle.press("Home")
    expect(line).to_contain_text("Before the first step")
    wide = image.evaluate("image => [image.getBoundingClientRect().right, image.naturalWidth]")
    assert wide[1] > 0
    assert wide[0] <= 1280


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
    expect(shown).to_contain_text("kube-scheduler binds pod/web")
    expect(shown).to_contain_text("run this cell")
    assert shown.locator("img").evaluate("image => image.naturalWidth") > 0
