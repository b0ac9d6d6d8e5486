"""Tracebacks: a reader's own mistake ends at the reader's line; a bug, and whoever asks, gets all frames."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from IPython.core.interactiveshell import InteractiveShell

import k8snotes as kn

MISTAKE = """
import k8snotes as kn
def mine():
    return kn.Cluster(nodes=1)["svc/kubernets"]
mine()
"""


def run(code, **environment):
    """What Python writes to its standard error."""
    env = {**os.environ, "K8SNOTES_TRACEBACK": "0", **environment}
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, env=env
    ).stderr


def test_a_mistake_shows_only_the_frames_of_the_reader():
    """The traceback has the reader's functions and the message, and no file of the package."""
    told = run(MISTAKE)
    assert told.count('File "<string>"') == 2
    assert "lookup.py" not in told
    assert told.splitlines()[-1].startswith('k8snotes.errors.NotFoundError: services "kubernets" not found')


def test_all_frames_are_shown_on_request():
    """With K8SNOTES_TRACEBACK=1 the frames of the package are there."""
    assert "lookup.py" in run(MISTAKE, K8SNOTES_TRACEBACK="1")


def test_a_bug_shows_all_frames():
    """What is no error of the package keeps the frames inside of it."""
    bug = "import k8snotes as kn\nc = kn.Cluster(nodes=1)\nc.simulation = None\nc['pod/web']"
    told = run(bug)
    assert "cluster.py" in told
    assert "AttributeError" in told


def test_the_error_keeps_its_frames():
    """Another hook for exceptions is still asked, and the error itself has all frames afterwards."""
    code = """
import sys
def debugger(kind, error, frames):
    print("seen", frames.tb_next is None, file=sys.stderr)
sys.excepthook = debugger
import k8snotes as kn
try:
    kn.Cluster(nodes=1)["svc/kubernets"]
except kn.K8sNotesError as error:
    sys.excepthook(type(error), error, error.__traceback__)
    print("kept", error.__traceback__.tb_next is not None, error.__suppress_context__, file=sys.stderr)
"""
    assert run(code) == "seen True\nkept True False\n"


def test_a_notebook_shows_the_message_alone_and_wraps_it(monkeypatch):
    """No line of an error is longer than 100 letters there, no word is broken, and all frames come on request."""
    with pytest.raises(kn.K8sNotesError) as caught:
        kn.load("guestbook")["svc/frontnd"]
    told = "\n".join(caught.value._render_traceback_())
    assert told.startswith("✗ NotFoundError: services")
    assert max(map(len, told.splitlines())) <= 100
    assert " ".join(told.split()) == f"✗ NotFoundError: {caught.value}"
    monkeypatch.setenv("K8SNOTES_TRACEBACK", "1")
    assert "lookup.py" in "\n".join(caught.value._render_traceback_())


def test_a_figure_at_the_prompt_of_python_is_its_outline():
    """Where a reader types at the prompt, its repr is the outline; elsewhere it is one line."""
    code = "import k8snotes as kn\nkn.load('guestbook').selection('tier=cache')\n"
    typed = subprocess.run(
        [sys.executable, "-i", "-q"], input=code, capture_output=True, text=True, check=True
    ).stdout
    assert "selection tier=cache: 2 of 9 Pods\n" in typed
    assert "left out (7)" in typed
    assert repr(kn.load("guestbook").selection("tier=cache")) == "<Figure selection tier=cache: 2 of 9 Pods>"


@pytest.fixture
def shell():
    """An IPython shell that has imported the package."""
    from k8snotes.figures import offered

    shell = InteractiveShell.instance()
    offered.offer(shell)
    yield shell
    InteractiveShell.clear_instance()


SHOWN = {
    "c.settle()": "scheduler",
    "c.step()": "Nothing to do",
    "c.notes": "custom resources",
    "c.warnings": "",
    "c.waiting": "next Job",
    "kn.Selector('a=b').explain({'a': 'c'})": "does not match",
    "kn.Quantity('1536Mi')": "1,610,612,736",
    "c.service_map().facts": ".services",
    "c.trace('http://10.96.0.1').facts": ".hops",
    "c.capacity().facts": ".nodes",
    "c.access('user/tom').facts": ".given",
    "c.kubectl('get nodes')": "node-1",
}


@pytest.mark.parametrize("code", SHOWN)
def test_answers_that_are_no_picture_show_themselves(shell, code):
    """A notebook shows them in HTML; their text is the same as everywhere."""
    c = kn.Cluster(nodes=1)
    c.apply("{apiVersion: shop.example/v1, kind: Till, metadata: {name: one}}")
    c.kubectl("create cronjob tick --image=busybox --schedule='@hourly'")
    if "settle" in code:
        c.kubectl("create deployment web --image=web:1")
    else:
        c.settle()
    value = eval(code, {"c": c, "kn": kn})  # noqa: S307
    data, _ = shell.display_formatter.format(value)
    assert SHOWN[code] in data["text/html"]


def test_the_facts_of_every_figure_are_known_to_the_notebook(shell):
    """No sort of facts is forgotten in the table of views."""
    c = kn.load("guestbook")
    figures = [
        c.service_map(),
        c.three_ips(),
        c.selection("app"),
        c.capacity(),
        c.quota(),
        c.reach(),
        c.storage(),
    ]
    figures += [
        c.routes(),
        c.timeline(),
        c.architecture(),
        c.diff(c.copy()),
        c.inside("pod/mysql-0"),
        c.life("pod/mysql-0"),
    ]
    figures += [c.access("user/tom"), c.diagnose("svc/cache"), c.way_in("svc/frontend"), c.rules("node-1")]
    figures += [c.policies("pod/mysql-0"), c.label("pod/client", "a=b"), c.why_pending("pod/client")]
    for figure in figures:
        data, _ = shell.display_formatter.format(figure.facts)
        assert "<table" in data["text/html"], type(figure.facts)
