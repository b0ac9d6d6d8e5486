"""In a language of the tests' own no English is left: in no figure, table, widget, result, hint or error.

Each thing is made twice: in English before the language changes, so that the facts are old, and after it has changed.
"""

from __future__ import annotations

import json
import re
from html import unescape

import pytest
from pseudo import left_in, speaking
from views import shown, views

import k8snotes as kn
from k8snotes.api.registry import all_kinds
from k8snotes.course.chapters import chapters, exercises

# Words of Kubernetes, of kubectl and of programs, which stay as they are, and parts of addresses and units.
THEIRS = {
    *("Node", "Pod", "Pods", "Service", "Services", "Namespace", "Deployment", "ReplicaSet", "StatefulSet"),
    *(
        "DaemonSet",
        "Job",
        "CronJob",
        "ConfigMap",
        "Secret",
        "ReplicationController",
        "Endpoints",
        "EndpointSlice",
    ),
    *("ResourceQuota", "LimitRange", "Event", "Events", "Ingress", "NetworkPolicy", "EndpointSlices"),
    *(
        "ClusterIP",
        "NodePort",
        "LoadBalancer",
        "ExternalName",
        "TCP",
        "UDP",
        "SCTP",
        "HTTP",
        "DNS",
        "IP",
        "CPU",
    ),
    *(
        "MiB",
        "GiB",
        "Mi",
        "Gi",
        "Ki",
        "kube-scheduler",
        "kubelet",
        "kube-proxy",
        "etcd",
        "kubectl",
        "iptables",
    ),
    *(
        "Running",
        "Pending",
        "Succeeded",
        "Failed",
        "Ready",
        "NotReady",
        "Unknown",
        "Completed",
        "Terminating",
    ),
    *("RWO", "RWX", "ROX", "RWOP", "pod-garbage-collector"),
    *("ContainerCreating", "CrashLoopBackOff", "OOMKilled", "Guaranteed", "Burstable", "BestEffort"),
    *("cpu", "memory", "pods", "pause", "svc", "local", "garbage-collector", "get"),
    *("NAME", "NAMESPACE", "STATUS", "READY", "RESTARTS", "AGE"),
    *(f"{kind.kind}s" for kind in all_kinds()),
}
_SAID_BY_A_PROGRAM = re.compile(r"\w+(?:-\w+)*-controller|\S*…\S*")
SKIPPED = ("get ", "get(", "describe ", "object", "events", "custom", "sorted", "repr", "top(", "logs(")
PAGES = ("text/title", "text/text", "text/alt", "text/html")


def names_in(cluster) -> set[str]:
    """All words of the cluster's own: of its manifests, its Events and its names."""
    text = json.dumps([obj.manifest for kind in all_kinds() for obj in cluster.objects(kind.plural)])
    text += " ".join(change.ref for change in cluster.api.log)  # what is gone, too
    return set(re.findall(r"[A-Za-z][A-Za-z'’-]*[A-Za-z]", text))


@pytest.fixture(scope="module")
def cluster():
    """The guestbook, with something that waits and something that was changed."""
    c = kn.load("guestbook")
    c.scale("deploy/frontend", 3)
    c.settle()
    return c


def seen(view) -> str:
    """What a reader sees of a view, without the names of controllers, and names that are cut."""
    pages = shown(view)
    text = "\n".join(pages.get(page, "") for page in PAGES)
    return _SAID_BY_A_PROGRAM.sub(
        " ", unescape(re.sub(r"<style.*?</style>|<[^<>]*>", " ", text, flags=re.DOTALL))
    )


def one_of_each(cluster):
    """The views, one for each thing that can be asked."""
    kinds = set()
    for name, view in views(cluster):
        kind = re.sub(r"[( ].*", "", name)
        if not name.startswith(SKIPPED) and kind not in kinds:
            kinds.add(kind)
            yield name, view


def of_the_programs(view) -> set[str]:
    """The words that iptables has in a view of its rules."""
    return set(re.findall(r"[A-Za-z][A-Za-z'’-]*[A-Za-z]", getattr(view, "iptables_save", "")))


def test_no_english_is_left_in_a_figure_or_a_widget(cluster, tmp_path):
    """What is made before the change is said anew, and what is made after it is said in the new language."""
    known = names_in(cluster) | THEIRS
    known |= {name.upper() for name in known}  # label keys as the heads of columns, as in `kubectl -L`
    asked = list(one_of_each(cluster))
    before = [(name, view()) for name, view in asked]
    left = {}
    with speaking(tmp_path):
        for name, view in [*before, *((f"{name}, made anew", view()) for name, view in asked)]:
            text = seen(view)
            assert "⟦" in text, name
            if words := left_in(text, known | of_the_programs(view)):
                left[name] = sorted(set(words))
    assert not left, left


@pytest.mark.parametrize("chapter", chapters())
def test_no_english_is_left_in_an_exercise(chapter, tmp_path):
    """Question, hint, explanation and beliefs, whenever the exercise was read."""
    before = list(exercises(chapter).values())
    with speaking(tmp_path):
        for exercise in before:
            for text in (exercise.markdown, exercise.because, exercise.hint):
                assert not text or str(text).startswith("⟦"), (exercise.id, text)
            for belief in exercise.beliefs:
                assert str(belief.belief).startswith("⟦"), belief
                assert str(belief.hint).startswith("⟦"), belief


@pytest.mark.parametrize(
    "provoke",
    [
        lambda c: c["pod/nowhere"],
        lambda c: c["podd/nowhere"],
        lambda c: c.scale("svc/frontend", 2),
        lambda c: c.trace("http://frontend", source="pod/nowhere"),
        lambda c: c.label("pod/nowhere", "a=b"),
        lambda c: c.selection("a in"),
        lambda _: kn.load("guestbok"),
        lambda _: kn.load("kind: [Pod"),
        lambda _: kn.Cluster(nodes=-1),
        lambda c: c.service_map().save("map.doc"),
        lambda _: kn.examine("data/repairs/none.yaml"),
        lambda c: kn.select(c.get("services"), "app=web") if False else kn.select([1], "app=web"),
    ],
)
def test_an_error_of_our_own_speaks_the_language(cluster, provoke, tmp_path):
    """Raised in English and shown in another language, it has brackets around its words."""
    with pytest.raises(kn.K8sNotesError) as caught:
        provoke(cluster)
    with speaking(tmp_path):
        assert "⟦" in str(caught.value), str(caught.value)
