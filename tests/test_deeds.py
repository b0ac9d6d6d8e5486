"""Answers that do something: read as people type them, done to a cluster, judged by what the cluster then does."""

import pytest

import k8snotes as kn
from k8snotes.course.answers import UnreadableAnswerError
from k8snotes.course.clusters import application, shared
from k8snotes.course.deeds import Deed, Outcome, Prints


def seen(cluster):
    return {
        "caches": len(cluster.objects("pods", "tier=cache")),
        "client": bool(cluster.objects("pods", "role=client")),
    }


SCALED = Deed(application, seen)
FOUND = Prints(shared)
DEPLOYMENT = """
apiVersion: apps/v1
kind: Deployment
metadata:
  name: cache
spec:
  replicas: {}
  selector:
    matchLabels:
      app: guestbook
      tier: cache
  template:
    metadata:
      labels:
        app: guestbook
        tier: cache
    spec:
      containers:
      - name: redis
        image: redis
"""


@pytest.mark.parametrize(
    "answer",
    [
        "kubectl scale deploy/cache --replicas=4",
        "  $ kubectl scale deployment cache --replicas 4\n",
        "%kubectl scale deploy cache --replicas=4",
        'c.kubectl("scale deploy cache --replicas=4")',
        "!kubectl scale deploy cache --replicas=4",
        "```kubectl scale deploy cache --replicas=4```",
        "# more caches\nkubectl scale deploy cache --replicas=3\nkubectl scale deploy cache --replicas=4",
        "kubectl scale deploy cache \\\n  --replicas=4",
        ["kubectl scale deploy cache --replicas=4"],
        'kubectl patch deploy cache -p \'\n{"spec": {"replicas": 4}}\'',
        DEPLOYMENT.format(4),
        "%%kubectl --cluster lab apply -f -" + DEPLOYMENT.format(4),
        "kubectl apply -f - <<EOF" + DEPLOYMENT.format(4) + "EOF\n",
    ],
)
def test_a_deed_is_judged_by_what_the_cluster_does(answer):
    """Lines of kubectl as they are typed anywhere, and a manifest, come to the same."""
    assert SCALED.read(answer) == Outcome({"caches": 4, "client": True})


def test_a_cluster_is_a_deed():
    """A cluster that the reader has changed is looked at as a copy, after everything in it has acted."""
    mine = application()
    with pytest.raises(UnreadableAnswerError, match="Nothing has changed yet") as caught:
        SCALED.read(mine)
    assert caught.value.code == "unchanged"
    mine.scale("deploy/cache", 4)
    assert SCALED.read(mine) == Outcome({"caches": 4, "client": True})
    assert len(mine.objects("pods", "tier=cache")) == 2


def test_a_deed_does_not_change_the_next_one():
    """Each answer is done to a cluster of its own."""
    assert SCALED.read("kubectl delete pod client").facts == {"caches": 2, "client": False}
    assert SCALED.read("kubectl scale deploy cache --replicas=4").facts == {"caches": 4, "client": True}


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("kubectl delete pod clint", 'pods "clint" not found'),
        ("kubectl scale deploy cache", '"replicas" not set'),
        (DEPLOYMENT.format("many"), "replicas"),
        ("a:\n- [b", "line 2"),
    ],
)
def test_what_the_cluster_refuses_is_told_in_its_words(answer, words):
    """A line that fails, and a manifest that is refused, are told as the cluster tells them."""
    value = SCALED.read(answer)
    assert value.refused
    assert value.facts == {}
    said = str(SCALED.compare(value, Outcome({"caches": 4, "client": True}), {"caches": "four caches"}))
    assert "The cluster refuses this" in said
    assert words in said


def test_what_is_gone_is_no_failure_of_the_check():
    """Where the facts are about an object that the answer has deleted, none of them is met."""
    deed = Deed(application, lambda c: {"port": c["svc/cache"].ports[0].port})
    value = deed.read("kubectl delete service cache")
    assert value == Outcome({})
    assert (
        str(deed.compare(value, Outcome({"port": 6379}), {"port": "the port is 6379"}))
        == "✗ the port is 6379."
    )


def test_all_causes_of_a_refusal_are_told():
    """Where the API server names several causes, they are told with the line that says what is invalid."""
    value = SCALED.read("""kubectl patch service cache -p '{"spec": {"ports": [{"port": 31379}]}}'""")
    assert "spec.ports" in str(value.messages[0])


def test_facts_are_told_one_by_one():
    """What is as it is wanted has ✓, what is not has ✗, and not how to get there."""
    value = SCALED.read("kubectl scale deploy cache --replicas=3")
    right = Outcome({"caches": 4, "client": True})
    said = SCALED.compare(value, right, {"caches": "there are four caches", "client": "the client is there"})
    assert str(said) == "✗ there are four caches, ✓ the client is there."


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ("scale the cache", "deed"),
        ("run report --image=report:1.0", "deed"),
        (4, "deed"),
        ([1, 2], "deed"),
        ("kubectl get pods\nls", "deed"),
        ("kubectl get pods\n" * 50, "deed"),
        ("x" * 50_000, "deed"),
        ("kubectl scale deploy cache --replicas=1000", "too many Pods"),
        (DEPLOYMENT.format(1000), "too many Pods"),
    ],
)
def test_what_is_no_deed_is_refused(answer, code):
    """Prose, other commands and very large numbers are told which form is asked for."""
    with pytest.raises(UnreadableAnswerError) as caught:
        SCALED.read(answer)
    assert caught.value.code == code
    assert str(caught.value)


@pytest.mark.parametrize(
    "answer",
    [
        "kubectl get pods -l tier=cache",
        "kubectl get po --selector tier=cache -o wide",
        "kubectl get pods -l tier=cache -o name",
        "kubectl get pods -l tier=cache --no-headers",
        "kubectl get pods -A -l tier=cache",
        "$ kubectl get pods -l 'tier in (cache)' --show-labels",
    ],
)
def test_what_a_line_finds_counts(answer):
    """Columns and forms of output do not matter, the names do."""
    assert FOUND.read(answer) == {f"pods/{pod.name}" for pod in shared().objects("pods", "tier=cache")}
    assert FOUND.read("kubectl get endpoints") != FOUND.read("kubectl get services")


def test_what_a_line_prints_counts_where_that_is_asked():
    """Of logs and programs everything that is printed counts."""
    whole = Prints(application, whole=True)
    assert whole.read("kubectl exec client -- nslookup cache") != whole.read(
        "kubectl exec client -- nslookup frontend"
    )
    assert whole.compare(frozenset("a"), frozenset("b"), {}) == ""


def test_what_a_line_finds_is_told():
    """A line that finds others is told what it finds, and one that finds nothing that it finds nothing."""
    assert (
        str(FOUND.compare(FOUND.read("kubectl get pods -l tier=tea"), frozenset("a"), {}))
        == "Your line finds nothing."
    )
    many = str(FOUND.compare(FOUND.read("kubectl get pods -A"), frozenset("a"), {}))
    assert "mysql-0" in many


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ("get pods", "kubectl"),
        ("kubectl get pods\nkubectl get svc", "kubectl"),
        (3, "kubectl"),
        ("kubectl get podz", "kubectl error"),
        ("kubectl describe pods", "get"),
        ("kubectl delete pod client", "get"),
        ("kubectl get pods -o jsonpath='{.items[*].metadata.name}'", "table"),
        ("kubectl get pods -oyaml", "table"),
        ("kubectl get pods client mysql-0", "named"),
        ("kubectl get pod/client", "named"),
    ],
)
def test_one_line_of_kubectl_is_asked_for(answer, code):
    """Anything but one line of kubectl is told so, and a line that fails is told kubectl's own words."""
    with pytest.raises(UnreadableAnswerError) as caught:
        FOUND.read(answer)
    assert caught.value.code == code
    assert str(caught.value)


def test_looking_changes_nothing():
    """A line that changes a cluster changes only that of its own answer."""
    before = len(shared().objects("pods"))
    Prints(shared, whole=True).read("kubectl delete pod client")
    assert len(shared().objects("pods")) == before
    assert kn.check("00-start-here/6", "kubectl get pods -l tier=cache")


@pytest.mark.parametrize(
    "line", ["kubectl get pods -l 'track=stable'", "$ kubectl get po --selector=track=stable -o wide"]
)
def test_a_selector_in_a_line_of_kubectl_is_read(line):
    """Who is asked for a selector may give the line that uses it."""
    assert kn.check("01-service/3", line)


@pytest.mark.parametrize("call", ["kubectl {}", 'lab.kubectl("""{}""")'])
def test_a_patch_may_be_yaml_over_several_lines(call):
    """A quotation keeps its lines, as in a shell, and in a cell with three quotation marks."""
    deed = Deed(application, lambda c: {"replicas": c["deploy/cache"].spec["replicas"]})
    patch = "patch deploy cache -p '\nspec:\n  # one more\n  replicas: 3\n'"
    assert deed.read(call.format(patch)).facts == {"replicas": 3}
