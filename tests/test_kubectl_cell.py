"""kubectl in a notebook: the magic, which cluster it means, and the Tab key."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from IPython.core.completer import provisionalcompleter
from IPython.core.interactiveshell import InteractiveShell

import k8snotes as kn
from k8snotes.kubectl.completion import completions
from k8snotes.kubectl.output import Output

POD = "{apiVersion: v1, kind: Pod, metadata: {name: web, labels: {app: web}}, spec: {containers: [{name: a, image: b}]}}"


@pytest.fixture
def shell():
    shell = InteractiveShell()
    kn.load_ipython_extension(shell)
    return shell


@pytest.fixture
def cluster():
    cluster = kn.Cluster(nodes=1)
    cluster.apply(POD)
    cluster.settle()
    return cluster


# ---- what a cell shows


def test_output_shows_itself_as_text_and_as_escaped_html():
    """A cell shows what a terminal would; what came from a manifest is escaped."""
    done = Output([("out", "NAME\n<b>\n"), ("err", "error: <no>\n")], 1)
    bundle = done._repr_mimebundle_()
    assert bundle["text/plain"] == "NAME\n<b>\nerror: <no>"
    assert "&lt;b&gt;" in bundle["text/html"]
    assert "<b>" not in bundle["text/html"]
    assert bundle["text/html"].startswith("<pre")


def test_nothing_printed_shows_nothing(cluster):
    """A command that prints nothing leaves the cell empty."""
    assert str(cluster.kubectl("get pods -l app=nope -o name")) == ""


# ---- the magic


def test_the_extension_is_loaded_by_its_name(cluster):
    """%load_ext k8snotes registers %kubectl and %%kubectl."""
    shell = InteractiveShell()
    shell.run_line_magic("load_ext", "k8snotes")
    shell.user_ns["c"] = cluster
    assert "web" in shell.run_line_magic("kubectl", "get pods").stdout


def test_importing_in_a_notebook_is_enough():
    """`import k8snotes` inside IPython offers %kubectl, and loads neither pandas nor the verbs."""
    code = (
        "from IPython.core.interactiveshell import InteractiveShell\n"
        "shell = InteractiveShell.instance()\n"
        "shell.run_cell('import k8snotes as kn')\n"
        "import sys\n"
        "print('kubectl' in shell.magics_manager.magics['line'], 'k8snotes.kubectl.verbs' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "False"]


def test_a_magic_of_that_name_is_left_alone():
    """Where %kubectl is something else already, importing the package does not take its place."""
    from k8snotes.kubectl.magic import offer

    shell = InteractiveShell()
    shell.register_magic_function(lambda _: "mine", magic_name="kubectl")
    offer(shell)
    assert shell.run_line_magic("kubectl", "get pods") == "mine"


def test_the_magic_takes_the_cluster_made_last_and_says_so(shell):
    """Of several clusters the one made last answers, a copy never, and the answer names it."""
    shell.user_ns["old"] = kn.Cluster(nodes=1)
    shell.user_ns["new"] = kn.Cluster(nodes=2)
    shell.user_ns["before"] = shell.user_ns["new"].copy()
    done = shell.run_line_magic("kubectl", "get nodes -o name")
    assert done.stdout == "node/node-1\nnode/node-2\n"
    assert str(done).splitlines()[0] == "# new, the cluster made last"
    named = shell.run_line_magic("kubectl", "--cluster old get nodes -o name")
    assert str(named) == "node/node-1"
    for line in ("get nodes -o name --cluster=old", "get --cluster old nodes -o name"):
        assert str(shell.run_line_magic("kubectl", line)) == "node/node-1"


def test_the_magic_says_what_to_do_without_a_cluster(shell):
    """Without a cluster, or with a name that is none, it says what there is and how to make one."""
    done = shell.run_line_magic("kubectl", "get pods")
    assert done.exit == 1
    assert "kn.load" in done.stderr
    shell.user_ns["c"], shell.user_ns["x"] = kn.Cluster(nodes=1), 5
    assert (
        "clusters of this notebook are: c" in shell.run_line_magic("kubectl", "--cluster d get pods").stderr
    )
    assert '"x" is of type int' in shell.run_line_magic("kubectl", "--cluster x get pods").stderr


def test_a_cell_is_what_is_read(shell, cluster):
    """%%kubectl apply -f - reads the rest of the cell; %%kubectl alone runs each of its lines."""
    shell.user_ns["c"] = cluster
    done = shell.run_cell_magic("kubectl", "apply -f -", POD.replace("name: web", "name: second"))
    assert done.stdout == "pod/second created\n"
    done = shell.run_cell_magic("kubectl", "", "# two\nget pod web -o name\nget pod second -o name\n")
    assert done.stdout == "pod/web\npod/second\n"


def test_variables_and_jsonpath_live_side_by_side(shell, cluster):
    """{name} is the reader's variable, and JSONPath in braces is left as it is."""
    shell.user_ns.update(c=cluster, name="web", range="no")
    done = shell.run_line_magic("kubectl", "get pod {name} -o jsonpath='{.metadata.name}'")
    assert done.stdout == "web"
    path = "'{range .items[*]}{.metadata.name}{\"\\n\"}{end}'"
    assert shell.run_line_magic("kubectl", f"get pods -o jsonpath={path}").stdout == "web\n"


# ---- the Tab key


@pytest.mark.parametrize(
    ("words", "typed", "offered"),
    [
        ([], "des", ["describe"]),
        ([], "co", ["config", "cordon"]),
        (["get"], "po", ["pods", "podtemplates", "poddisruptionbudgets"]),
        (["get", "pods"], "w", ["web"]),
        (["get"], "pod/", ["pod/web"]),
        (["describe", "node"], "", ["node-1"]),
        (["cordon"], "", ["node-1"]),
        (["exec"], "w", ["web"]),
        (["get", "pods", "-o"], "j", ["json", "jsonpath="]),
        (["get", "pods", "-n"], "kube-s", ["kube-system"]),
        (["rollout"], "un", ["undo"]),
        (["create"], "dep", ["deployment"]),
        (["get", "pods"], "--show-l", ["--show-labels"]),
        (["get", "-n", "kube-system", "pods"], "", []),
        (["version"], "x", []),
    ],
)
def test_completion(cluster, words, typed, offered):
    """Verbs, kinds, names, flags and their values are offered where they may stand."""
    assert completions(words, typed, cluster) == offered


def test_completion_in_a_cell(shell, cluster):
    """The Tab key asks through IPython's own hook, on the cluster that the line speaks of."""
    shell.user_ns["c"] = cluster
    for line, word in (
        ("%kubectl get pods w", "web"),
        ("x = 1\n%kubectl --cluster c de", "delete"),
        ("%%kubectl get pod/w", "pod/web"),
    ):
        with provisionalcompleter():
            found = [item.text for item in shell.Completer.completions(line, len(line))]
        assert word in found, line


def test_only_kubectls_words_are_offered_in_its_lines(shell, cluster):
    """In a kubectl line the Tab key offers no word of Python; elsewhere Python's words are as they were."""
    shell.user_ns["c"] = cluster
    with provisionalcompleter():
        for line in ("%kubectl get pods -", "%kubectl get pods -o ", "%kubectl get pods --"):
            found = [item.text for item in shell.Completer.completions(line, len(line))]
            assert found
            assert not {"and", "-abs", "--abs", "abs"} & set(found), line
        python = [item.text for item in shell.Completer.completions("impo", 4)]
    assert any("import" in word for word in python)


def test_the_magic_needs_no_more_than_a_shell():
    """Whatever has IPython's three methods can have the magic."""
    from k8snotes.kubectl.magic import register

    seen = {}
    fake = SimpleNamespace(
        user_ns={},
        register_magic_function=lambda function, **_: seen.update(function=function),
        set_hook=lambda *_, **__: None,
    )
    register(fake)
    assert seen["function"]("get pods").exit == 1
    assert Path(kn.__file__).is_file()
