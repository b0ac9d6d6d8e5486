"""Errors: the near word as data, and causes and problems that are compared by what they say."""

from __future__ import annotations

import copy
import subprocess
import sys

import pytest
from pseudo import Brackets

import k8snotes as kn
from k8snotes import catalogue
from k8snotes.api.ref import parse_ref
from k8snotes.api.sources import parse
from k8snotes.errors import ApiWarning, Cause, Problem, RefError, did_you_mean, nearest, question, suggestion


def test_the_nearest_word_is_found_whatever_its_case():
    """Upper and lower case are the same for a near word; the word comes back as it is written where it is."""
    assert nearest("deploymnt", ["Deployment", "DaemonSet"]) == "Deployment"
    assert nearest("zebra", ["Deployment"]) == nearest("zebra", []) == ""


def test_the_cutoff_says_how_near_is_near():
    """With a cutoff of 1 only the word itself is near."""
    assert nearest("webb", ["web"], cutoff=0.6) == "web"
    assert nearest("webb", ["web"], cutoff=1) == ""


def test_the_sentence_is_made_of_the_near_word():
    """`did_you_mean` says what `nearest` finds."""
    options = ["pods", "podtemplates", "services"]
    assert did_you_mean("pod", options) == suggestion(nearest("pod", options)) == ' Did you mean "pods"?'
    assert did_you_mean("zebra", options) == suggestion("") == question("") == ""
    assert suggestion("a", "b") == f" {question('a', 'b')}" == ' Did you mean "a" or "b"?'
    assert question("a", "b", "c") == 'Did you mean one of these: "a", "b", "c"?'


def test_a_reference_without_a_kind_has_the_near_kind_beside_it():
    """The kind that was probably meant is data, not only a word of the message."""
    with pytest.raises(RefError) as caught:
        parse_ref("servce")
    assert caught.value.near == "service"
    assert str(caught.value).endswith('Did you mean "service"?')


@pytest.mark.parametrize(
    ("text", "code", "near"),
    [
        ("apiVersion: apps/v1\nkind: Deploymnt", "no-such-kind", "Deployment"),
        ("apiVersion: v1\nkind: Deployment", "no-such-kind", "Deployment"),
        ("kind: Pod", "api-version", ""),
        ("apiVersion: v1", "kind", ""),
        ("name: web", "not-a-manifest", ""),
        ("a: 1\na: 2", "doubled-key", ""),
        ("a: b: c", "colon", ""),
        ('{"a": [}', "not-json", ""),
    ],
)
def test_a_problem_says_by_a_code_which_it_is(text, code, near):
    """What is wrong with a manifest can be told without its sentence."""
    problem = parse(text).problems[0]
    assert (problem.code, problem.near) == (code, near)


def test_causes_are_equal_that_say_the_same():
    """The refused value may be anything, also what cannot be compared or looked up."""
    cause = Cause("spec.ports", "FieldValueInvalid", "Invalid value", "", "", [{"port": 0}])
    assert cause == Cause("spec.ports", "FieldValueInvalid", "Invalid value")
    assert cause != Cause("spec.port", "FieldValueInvalid", "Invalid value")
    assert len({cause, Cause("spec.ports", "FieldValueInvalid", "Invalid value")}) == 1
    assert copy.copy(cause) == cause


def test_a_problem_names_its_place():
    """Documents count from 0, lines and columns from 1; what is not known is left out."""
    assert Problem("no", "web.yaml", 1, 4, 2).where == "web.yaml, document 1, line 4, column 2"
    assert Problem("no", document=None).where == "text"


def test_looking_for_near_words_is_loaded_when_something_is_wrong():
    """Neither `errors` nor a right selector or manifest needs difflib."""
    code = "import sys, k8snotes.api.selector, k8snotes.api.sources; print('difflib' in sys.modules)"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout == "False\n"


def refusals():
    """Errors of many kinds, and what k8snotes adds to them."""
    cluster = kn.load("guestbook", nodes=1)
    text = "kind: Secret\ndata:\n  password: s3cret\n  password: s3cret"
    for refused in (
        lambda: cluster["svc/cahce"],
        lambda: cluster["shop/pod/x"],
        lambda: cluster.cordon("svc/cache"),
        lambda: cluster.use("pod/client", memory="1m"),
        lambda: kn.load("guestbok"),
        lambda: kn.load("kind: Pod\n---\na: b: c"),
        lambda: kn.load(text),
        lambda: cluster.apply("a: 1\n---\nb: 2"),
        lambda: kn.Cluster([{"kind": "Node", "x": {1}}]),
        lambda: kn.load("till-dump").cordon("node-1"),
    ):
        with pytest.raises(kn.K8sNotesError) as caught:
            refused()
        yield caught.value
    yield kn.LockedError("14-your-own-cluster/1")
    yield ApiWarning(catalogue._("two files have it"), "metadata.name")
    yield suggestion("cache")


def test_an_error_speaks_the_language_in_force(monkeypatch):
    """An error that was raised before another language came into force says the same as one that is raised after it."""
    before = list(refusals())
    english = [str(error) for error in before]
    monkeypatch.setattr(catalogue._State, "name", "brackets")
    monkeypatch.setattr(catalogue._State, "translations", Brackets())
    said = [str(error) for error in before]
    assert said == [str(error) for error in refusals()]
    for plain, bracketed in zip(english, said, strict=True):
        assert "⟦" in bracketed
        assert bracketed.translate({ord("⟦"): None, ord("⟧"): None}) == plain
    assert not any("s3cret" in text for text in said)
