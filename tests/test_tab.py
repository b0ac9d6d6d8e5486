"""The Tab key: names of objects in `c["..."]` and in arguments, and the names after a dot."""

from __future__ import annotations

import inspect
import subprocess
import sys

import pytest
from IPython.core.completer import provisionalcompleter
from IPython.core.interactiveshell import InteractiveShell

import k8snotes as kn
from k8snotes.tab.call import typed_in
from k8snotes.tab.offers import offer
from k8snotes.takes import TAKES

SHOP = "{apiVersion: v1, kind: Service, metadata: {name: web, namespace: shop}, spec: {ports: [{port: 80}]}}"


@pytest.fixture(scope="module")
def cluster():
    made = kn.load("guestbook")
    made.apply("{apiVersion: v1, kind: Namespace, metadata: {name: shop}}")
    made.apply(SHOP)
    made.settle()
    return made


@pytest.fixture(params=[True, False], ids=["jedi", "no jedi"])
def complete(request, cluster):
    """What IPython offers at the end of a piece of code."""
    shell = InteractiveShell()
    kn.load_ipython_extension(shell)
    shell.push(
        {"c": cluster, "kn": kn, "load": kn.load, "s": cluster["svc/frontend"], "f": cluster.service_map()}
    )
    shell.Completer.use_jedi = request.param

    def offered(code):
        with provisionalcompleter():
            return [item.text.lstrip(".") for item in shell.Completer.completions(code, len(code))]

    return offered


@pytest.mark.parametrize(
    ("code", "fits"),
    [
        ('c["svc/f', ["svc/frontend"]),
        ('c["service/f', ["service/frontend"]),
        ('c["shop/s', ["shop/svc/web"]),
        ("c['sts/", ["sts/mysql"]),
        ('c.scale("deploy/f', ["deploy/frontend", "deploy/frontend-canary"]),
        ('c.scale(ref="sts', ["sts/mysql"]),
        ('c.cordon("', ["node-1", "node-2", "node-3"]),
        ('c.cordon("node/node-1', ["node/node-1"]),
        ('c.set_ready("pod/cl', ["pod/client"]),
        ('c.set_ready("svc', []),
        ('c.trace("http://c', ["http://cache:6379"]),
        ('c.trace("http://w', ["http://web.shop"]),
        ('c.trace("http://web.shop", source="o', ["outside"]),
        ('c.trace("http://web.shop",\n    "node/node-2', ["node/node-2"]),
        ("x = [c.trace(f\"http://{c['svc/f", ["svc/frontend"]),
        ('c.crash("pod/client", container="', ["toolbox"]),
        ('c.get("pods", "tier=f', ["tier=frontend"]),
        ('c.label("pod/client", "role=x", "tier=d', ["tier=database"]),
        ('c.quota("sh', ["shop"]),
        ('c.kubectl("get svc my', ["mysql", "mysql-server"]),
        ('kn.check("03-master-and-node/2', ["03-master-and-node/2"]),
        ('kn.load("guestbook-', ["guestbook-broken", "guestbook-quota", "guestbook-test"]),
        ('load("guestbook-', ["guestbook-broken", "guestbook-quota", "guestbook-test"]),
        ('kn.language("', ["en", "zh"]),
    ],
)
def test_what_fits_an_argument_is_offered(complete, code, fits):
    """Only what makes sense there is offered, whichever completer the notebook uses."""
    found = [text for text in complete(code) if not text.startswith("%")]
    assert found == fits


def test_keys_are_offered_without_our_matcher(cluster):
    """Other tools ask a cluster itself for its keys."""
    keys = cluster._ipython_key_completions_()
    assert {"svc/frontend", "pod/mysql-0", "shop/svc/web"} <= set(keys)
    assert all(cluster[key] for key in keys)


def test_every_reference_that_is_offered_is_taken(cluster):
    """No helper is offered an object of a kind that it refuses."""
    for helper in ("inside", "policies", "life", "endpoints", "way_in", "why_pending", "autoscale_plan"):
        for ref in offer({"c": cluster}, f'c.{helper}("').texts:
            if helper != "why_pending" or ref.startswith("pod/"):
                getattr(cluster, helper)(ref)


def test_each_helper_with_a_reference_has_its_kinds():
    """The table of what a helper takes has a row for each helper of a cluster with a reference."""
    with_reference = {
        name
        for name, method in vars(kn.Cluster).items()
        if not name.startswith("_") and callable(method) and "ref" in inspect.signature(method).parameters
    }
    assert with_reference <= set(TAKES)
    assert set(TAKES) <= set(vars(kn.Cluster))


@pytest.mark.parametrize(
    "code",
    [
        "c.scale(",
        'print("c.scale(',
        '# c.scale("',
        "c.scale('deploy/web')",
        '{"a": c}["',
        'kn.load("x").scale("',
        "",
    ],
)
def test_elsewhere_nothing_is_offered(cluster, code):
    """In other code, and after an expression that would have to be run, other completions stand."""
    assert offer({"c": cluster}, code) is None


def test_code_that_is_not_python_is_read():
    """Quotes that were never closed, magics and brackets without a partner do no harm."""
    assert typed_in("!echo don't\nc.scale(\"dep").text == "dep"
    assert typed_in("))) c['svc/").text == "svc/"
    assert typed_in('c.apply("""\nkind: Pod\n').callee == "c.apply"


def test_after_a_dot_stands_the_face_alone(complete, cluster):
    """With Jedi and without, `c.` and `kn.` show what dir() has: names for readers."""
    assert complete("c.") == dir(cluster)
    assert sorted(complete("kn.")) == dir(kn)
    assert sorted(complete("s.")) == dir(cluster["svc/frontend"])
    assert sorted(complete("f.")) == dir(cluster.service_map())
    assert "NotFoundError" in complete("kn.errors.")
    assert "join" in complete("''.")


def test_nothing_is_loaded_before_the_tab_key():
    """In a notebook the import registers, and loads nothing that a Tab needs."""
    code = (
        "from IPython.core.interactiveshell import InteractiveShell\n"
        "shell = InteractiveShell.instance(); import sys, k8snotes\n"
        "print([name for name in ('k8snotes.tab.offers', 'k8snotes.cluster', 'pandas') if name in sys.modules])\n"
        "print(any(getattr(m, 'matcher_identifier', '') == 'k8snotes.tab' for m in shell.Completer.custom_matchers))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[:2] == ["[]", "True"]
