"""The face: what is offered, what is answered to a wrong name or call, and an example for each helper."""

from __future__ import annotations

import inspect
import pydoc
import re
import subprocess
import sys
from functools import cached_property
from importlib import import_module

import pytest

import k8snotes as kn
from k8snotes import catalogue, guide
from k8snotes.api import registry
from k8snotes.api.base import KubeObject
from k8snotes.face import example_of
from k8snotes.figures.figure import Figure


@pytest.fixture(scope="module")
def cluster():
    return kn.load("guestbook")


def test_the_package_offers_what_a_reader_calls():
    """dir(kn) has the helpers and `errors`; the errors are on kn, and kn.errors offers them."""
    offered = set(dir(kn))
    assert {"Cluster", "load", "check", "examine", "Selector", "errors"} <= offered
    assert offered - {"errors"} <= set(kn.__all__)
    errors = set(dir(kn.errors))
    assert not offered & errors
    assert {*kn.__all__} == (offered - {"errors"}) | errors | {"Finding", "Findings"} - {"Cause"}
    assert all(getattr(kn, name) is getattr(kn.errors, name) for name in errors)


def test_modules_are_attributes():
    """`import k8snotes.x` and `from k8snotes import x` work, and so does kn.x."""
    code = "import k8snotes as kn; from k8snotes import tables; import k8snotes.api.names; print(kn.facts, kn.api.names.label_key('a b'))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "k8snotes.facts" in done.stdout


@pytest.mark.parametrize(
    ("thing", "name", "meant"),
    [
        ("c", "servicemap", "service_map"),
        ("c", "endpoint", "endpoints"),
        ("kn", "cluter", "Cluster"),
        ("kn", "exmine", "examine"),
        ("figure", "txt", "text"),
        ("trace", "outcomes", "outcome"),
        ("endpoints", "redy", "ready"),
        ("output", "stdot", "stdout"),
        ("findings", "eror", "errors"),
        ("result", "hnt", "hint"),
        ("changes", "not", "note"),
    ],
)
def test_a_misspelt_name_is_answered_with_the_right_one(cluster, thing, name, meant):
    """The message itself has the name, so every version of Python and every notebook shows it, and shows it once."""
    things = {
        "c": lambda: cluster,
        "kn": lambda: kn,
        "figure": cluster.service_map,
        "trace": lambda: cluster.trace("http://cache:6379", source="pod/client"),
        "endpoints": lambda: cluster.endpoints("svc/cache"),
        "output": lambda: cluster.kubectl("get pods"),
        "findings": lambda: kn.examine("kind: Pod"),
        "result": lambda: kn.check("01-service/2", 1),
        "changes": cluster.settle,
    }
    with pytest.raises(AttributeError, match=f'Did you mean "{meant}"') as caught:
        getattr(things[thing](), name)
    assert caught.value.name == name
    assert getattr(caught.value, "obj", None) is None  # Python would add its own suggestion


def test_the_tools_of_python_are_told_the_usual_way(cluster):
    """hasattr, copy and notebooks ask for names that begin with "_"; a property that fails says why itself."""
    import copy

    assert not hasattr(cluster, "_repr_png_")
    assert copy.copy(cluster)._told == cluster._told

    class Broken(type(cluster.service_map())):
        @property
        def half(self):
            return self.facts.nothing_of_this_name

    figure = cluster.service_map()
    figure.__class__ = Broken
    with pytest.raises(AttributeError, match="nothing_of_this_name"):
        _ = figure.half


def test_a_helper_of_a_cluster_is_not_looked_for_on_the_package():
    """kn.trace and kn.kubectl are helpers of a cluster, and the message shows the call."""
    with pytest.raises(AttributeError, match=r'c = kn\.load\("guestbook"\): c\.trace\("http'):
        _ = kn.trace
    with pytest.raises(TypeError, match=r'c\.kubectl\("get pods"\)'):
        kn.kubectl("get pods")


def _helpers():
    for name in dir(kn):
        value = getattr(kn, name)
        if inspect.isfunction(value):
            yield name, value
    for name, value in vars(kn.Cluster).items():
        if inspect.isfunction(value) and not name.startswith("_"):
            yield f"Cluster.{name}", value


@pytest.mark.parametrize(("name", "helper"), [pytest.param(*item, id=item[0]) for item in _helpers()])
def test_a_wrong_call_names_the_helper_and_shows_one_that_works(name, helper):
    """Missing and unknown arguments of every helper are told with its public name and its example."""
    shown = name if "." in name else f"kn.{name}"
    owner = [None] if "." in name else []
    with pytest.raises(kn.CallError) as caught:
        helper(*owner, no_such_argument=1)
    assert str(caught.value).startswith(f"{shown}() ")
    needed = [
        item
        for item in [*inspect.signature(helper).parameters.values()][len(owner) :]
        if item.default is item.empty and item.kind is item.POSITIONAL_OR_KEYWORD
    ]
    if needed:
        with pytest.raises(TypeError, match=r"missing \d required") as caught:
            helper(*owner)
        assert "\nFor example: " in str(caught.value)
        assert name.rpartition(".")[2] + "(" in caught.value.example


def test_a_keyword_that_is_misspelt_is_named(cluster):
    """The argument that was probably meant is in the message."""
    with pytest.raises(TypeError, match='Did you mean "replicas"'):
        cluster.scale("deploy/cache", replica=3)
    with pytest.raises(TypeError, match=r'kn\.Cluster\(\) got .*Did you mean "nodes"'):
        kn.Cluster(node=3)


def test_an_error_within_a_call_stays_what_it_is(cluster):
    """A TypeError that comes from inside is not taken for a wrong call."""

    class Odd:
        def __iter__(self):
            raise TypeError("odd")

    with pytest.raises(TypeError) as caught:
        kn.LabelIndex(Odd())
    assert not isinstance(caught.value, kn.CallError)
    with pytest.raises(kn.ClusterError):
        cluster.cordon(3)


# ---- examples


def test_every_helper_has_an_example_of_itself():
    """Each function of kn and each method of a cluster shows a call of itself, and doctest runs it."""
    without = [name for name, helper in _helpers() if not example_of(helper)]
    assert not without


# ---- the page


def test_the_page_comes_first_and_speaks_the_language_in_force():
    """help(kn) begins with the page of twelve helpers, and kn.__doc__ is it."""
    assert kn.__doc__ == guide.page()
    assert "c.three_ips()" in "\n".join(pydoc.render_doc(kn).splitlines()[:40])
    assert len(kn.__doc__.splitlines()) <= 30


def test_the_calls_of_the_page_work(cluster, monkeypatch, tmp_path):
    """Each of the twelve helpers answers as it stands on the page."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "web.yaml").write_text("kind: Pod")
    names = {"kn": kn, "c": cluster.copy()}
    for call, words in guide._HELPERS:
        assert isinstance(words, catalogue.Text)
        exec(call, names)  # noqa: S102  # our own page
        names["c"] = cluster.copy()
    assert len(guide._HELPERS) == 12


def test_help_is_shorter_by_the_errors():
    """help(kn) describes what a reader calls, and not every error."""
    described = pydoc.render_doc(kn, renderer=pydoc.plaintext)
    assert "class NotFoundError" not in described
    assert "class Cluster" in described


def _kinds_of_objects(cls):
    yield cls
    for below in cls.__subclasses__():
        yield from _kinds_of_objects(below)


def _held():
    """The classes of what a reader holds."""
    registry.all_kinds()
    for module in ("trace", "rules", "timeline", "reach", "endpoints"):
        import_module(f"k8snotes.figures.{module}")
    named = (
        "figures.endpoints.EndpointsView",
        "api.explanation.Explanation",
        "control_plane.changes.Changes",
        "kubectl.output.Output",
        "course.result.CheckResult",
        "course.progress.Progress",
        "course.glossary.Glossary",
    )
    yield from (kn.Cluster, kn.Selector, kn.Quantity, kn.LabelIndex, kn.Finding, kn.Findings)
    yield from (
        getattr(import_module(f"k8snotes.{name.rpartition('.')[0]}"), name.rpartition(".")[2])
        for name in named
    )
    for cls in (*_kinds_of_objects(Figure), *_kinds_of_objects(KubeObject)):
        if cls.__module__.startswith("k8snotes."):
            yield cls


@pytest.mark.parametrize("cls", [pytest.param(cls, id=cls.__name__) for cls in dict.fromkeys(_held())])
def test_everything_that_a_reader_holds_is_shown_in_an_example(cls):
    """A property is in an example of its own or of its class, and a method has one of its own; doctest runs them."""
    inner = getattr(cls.__dir__, "inner", ())
    shown = "\n".join(
        line
        for each in cls.__mro__
        for line in (each.__doc__ or "").splitlines()
        if line.strip().startswith((">>>", "..."))
    )
    without = []
    for name, value in vars(cls).items():
        if name.startswith("_") or name in inner:
            continue
        member = value.__func__ if isinstance(value, (classmethod, staticmethod)) else value
        if not callable(member) and not isinstance(
            member, (property, cached_property, catalogue.by_language)
        ):
            continue
        if ">>>" not in (member.__doc__ or "") and not re.search(rf"\.{name}\b", shown):
            without.append(name)
    assert not without


# ---- references and kinds

_MORE = {
    "answer": ("/ready",),
    "label": ("a=b",),
    "listen": (80,),
    "returns": ("true",),
    "scale": (3,),
    "use": (),
    "write_log": ("x",),
}
_BARE = [
    *(
        ("mysql-0", "pod/mysql-0", helper)
        for helper in ("crash", "evict", "inside", "life", "policies", "set_ready")
    ),
    *(
        ("client", "pod/client", helper)
        for helper in ("answer", "diagnose", "exits", "listen", "returns", "stops", "use")
    ),
    *(
        ("client", "pod/client", helper)
        for helper in ("delete", "events", "label", "timeline", "why_pending", "write_log")
    ),
    ("clinet", "pod/client", "inside"),
    ("frontend", "deploy/frontend", "scale"),
    ("frontend", "svc/frontend", "way_in"),
    ("builder", "sa/builder", "access"),
]


@pytest.mark.parametrize(("typed", "meant", "helper"), _BARE)
def test_a_bare_name_is_answered_with_the_reference(cluster, typed, meant, helper):
    """Every helper that takes a reference says which one was meant: one of the kinds that it takes."""
    c = cluster.copy()
    c.kubectl("create serviceaccount builder")
    with pytest.raises(kn.RefError, match=f'Did you mean "{meant}"') as caught:
        getattr(c, helper)(typed, *_MORE.get(helper, ()))
    assert caught.value.near == meant
    assert c[meant]


def test_a_bare_name_in_brackets_has_all_its_references(cluster):
    """c["frontend"] may be the Service or the Deployment."""
    with pytest.raises(kn.RefError, match='Did you mean "svc/frontend" or "deploy/frontend"'):
        cluster["frontend"]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("pdo", '"po" or "pods"'), ("serivce", '"services"'), ("deplyo", '"deploy" or "deployments"')],
)
def test_a_misspelt_kind_is_answered_with_its_names(cluster, typed, meant):
    """In a reference and as a kind, for all that ask for one."""
    for ask in (lambda: cluster[f"{typed}/x"], lambda: cluster.get(typed), lambda: cluster.objects(typed)):
        with pytest.raises(kn.NotFoundError, match=f"Did you mean {meant}"):
            ask()


def test_a_namespace_that_is_not_there_is_no_empty_table(cluster):
    """A misspelt namespace is an error, for tables and for lists."""
    for ask in (cluster.get, cluster.objects):
        with pytest.raises(kn.NotFoundError, match='Did you mean "default"'):
            ask("pods", namespace="defualt")
    assert cluster.get("nodes", namespace="default").shape[0] == 3


def test_an_empty_value_in_a_selector_is_told():
    """tier== is a selector, and asks for an empty value: if nothing has one, a warning says so."""
    c = kn.load("guestbook")
    with pytest.warns(kn.SelectorWarning, match=r"Values of tier are: batch, cache") as caught:
        assert c.get("pods", selector="tier==").empty
    assert caught[0].filename == __file__
    with pytest.warns(kn.SelectorWarning, match="No object of this kind has the label"):
        assert c.objects("pods", "colour=") == []
    c.label("pod/client", "colour=")
    assert len(c.get("pods", selector="colour==")) == 1


def test_label_without_a_label_says_what_to_write(cluster):
    """Nothing to change is no change."""
    with pytest.raises(kn.ClusterError, match=r'c\.label\("pod/mysql-0", "app=web"\)'):
        cluster.label("pod/mysql-0")
