"""kubectl config: contexts, and the namespace in which later commands work."""

from __future__ import annotations

import pytest

import k8snotes as kn


@pytest.fixture
def c():
    cluster = kn.Cluster(nodes=1)
    cluster.kubectl("create ns shop")
    cluster.kubectl("run web --image=web:1 -n shop")
    return cluster


def test_a_namespace_of_the_context_is_that_of_later_commands(c):
    """`set-context --current --namespace` changes where commands look, until it is changed again; -n comes first."""
    assert c.kubectl("get pods -o name").stdout == ""
    assert c.kubectl("config set-context --current --namespace=shop").stdout == (
        'Context "kubernetes-admin@kubernetes" modified.\n'
    )
    assert c.kubectl("get pods -o name").stdout == "pod/web\n"
    assert c.kubectl("get pods -n default").stderr == "No resources found in default namespace.\n"
    c.kubectl("create cm here")
    assert c.object("ConfigMap", "here", namespace="shop").namespace == "shop"
    c.kubectl("config set-context --current --namespace=")
    assert c.kubectl("get pods").stderr == "No resources found in default namespace.\n"


def test_a_copy_has_contexts_of_its_own(c):
    """What is changed in a copy stays there, and another cluster knows nothing of it."""
    c.kubectl("config set-context --current --namespace=shop")
    other = c.copy()
    other.kubectl("config set-context --current --namespace=default")
    assert c.kubectl("get pods -o name").stdout == "pod/web\n"
    assert other.kubectl("get pods -o name").stdout == ""
    assert (
        kn.Cluster(nodes=0).kubectl("config get-contexts -o name").stdout == "kubernetes-admin@kubernetes\n"
    )


def test_a_line_may_name_its_context(c):
    """--context works in another context for one line; one that there is not is refused."""
    c.kubectl("config set-context there --namespace=shop --cluster=kubernetes --user=kubernetes-admin")
    assert c.kubectl("get pods -o name --context=there").stdout == "pod/web\n"
    assert c.kubectl("get pods -o name").stdout == ""
    for line, message in (
        ("get pods --context=x", 'error: context "x" does not exist\n'),
        ("get pods --cluster=x", 'error: cluster "x" does not exist\n'),
        ("get pods --user=x", 'error: auth info "x" does not exist\n'),
    ):
        assert (c.kubectl(line).stderr, c.kubectl(line).exit) == (message, 1)


def test_contexts_are_used_renamed_and_deleted(c):
    """A context that is used has the star; its new name is known, and its end is warned about."""
    c.kubectl("config set-context there --namespace=shop --cluster=kubernetes")
    assert c.kubectl("config use-context there").stdout == 'Switched to context "there".\n'
    assert c.kubectl("config get-contexts").stdout == (
        "CURRENT   NAME                          CLUSTER      AUTHINFO           NAMESPACE\n"
        "          kubernetes-admin@kubernetes   kubernetes   kubernetes-admin   \n"
        "*         there                         kubernetes                      shop\n"
    )
    assert c.kubectl("config rename-context there here").stdout == 'Context "there" renamed to "here".\n'
    assert c.kubectl("config current-context").stdout == "here\n"
    assert c.kubectl("config view --minify -o jsonpath='{..namespace}'").stdout == "shop"
    gone = c.kubectl("config delete-context here")
    assert gone.stderr.startswith("warning: this removed your active context")
    assert c.kubectl("config view --minify").stderr == "error: cannot locate context here\n"
    assert c.kubectl("get pods").stderr == "No resources found in default namespace.\n"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("set-context", "you must specify a non-empty context name or --current"),
        ("set-context --current x", "you cannot specify both a context name and --current"),
        ("set-context a b", "Unexpected args: [a b]"),
        ("use-context x", 'no context exists with the name: "x"'),
        ("use-context", "Unexpected args: []"),
        ("get-contexts x", "context x not found"),
        ("delete-context x", "cannot delete context x, not in ~/.kube/config"),
        ("rename-context x y", 'cannot rename the context "x", it\'s not in ~/.kube/config'),
        (
            "get-contexts -o wide",
            "--output wide is not available in kubectl config get-contexts; resetting to default output format",
        ),
    ],
)
def test_what_cannot_be_is_refused_in_kubectls_words(c, line, message):
    """Each refusal is that of kubectl."""
    done = c.kubectl(f"config {line}")
    assert (done.stderr, done.exit) == (f"error: {message}\n", 1)


def test_the_settings_show_no_key(c):
    """`config view` prints the kubeconfig, without what proves who one is."""
    shown = c.kubectl("config view").stdout
    assert "client-key-data: DATA+OMITTED" in shown
    assert "server: https://192.168.0.10:6443" in shown
    assert c.kubectl("config get-clusters").stdout == "NAME\nkubernetes\n"
    assert c.kubectl("config get-users").stdout == "NAME\nkubernetes-admin\n"
    assert "--current --namespace=NAME" in c.kubectl("config set-cluster x").stderr
