"""Facts keep messages: traces, endpoints and the log say themselves anew when another language has come into force."""

from __future__ import annotations

import copy
import pickle
import re

import pytest

import k8snotes as kn
from k8snotes import catalogue
from k8snotes.catalogue import _, clauses, sentences
from k8snotes.control_plane.changes import Why
from k8snotes.figures.trace import hop_words

# names and codes of the cluster below, which no language translates
NAMES = {"web", "app", "nobody", "client"}
MANIFEST = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: app, image: nginx, ports: [{containerPort: 80}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {type: NodePort, selector: {app: web}, ports: [{port: 80, nodePort: 30080}]}
---
apiVersion: v1
kind: Service
metadata: {name: nobody}
spec: {ports: [{port: 80}]}
---
apiVersion: v1
kind: Pod
metadata: {name: client}
spec: {containers: [{name: app, image: nginx}]}
"""


class Dots:
    """A language in which each letter of a message is a dot, and the places are as they were."""

    def gettext(self, message: str) -> str:
        return re.sub(r"(\{\w+\})|[A-Za-z]", lambda found: found[1] or "·", message)

    def ngettext(self, one: str, several: str, n: int) -> str:
        return self.gettext(one if n == 1 else several)


@pytest.fixture(scope="module")
def c():
    made = kn.Cluster(nodes=2)
    made.apply(MANIFEST)
    made.settle()
    return made


def in_dots(monkeypatch):
    """Put the language of dots in force."""
    monkeypatch.setattr(catalogue._State, "name", "dots")
    monkeypatch.setattr(catalogue._State, "translations", Dots())


def words(text: str) -> list[str]:
    """The words that are left of a text, apart from rules, names and whatever has a digit, a slash or a dot in it."""
    bare = re.sub(r"(nat|filter): -A .*|\S*[/\d]\S*|\w+\.\w\S*", " ", text)
    return [word for word in re.findall(r"\b[a-z]{2,}", bare) if word not in NAMES]


ASKED = {
    "a Pod to a Service": ("http://web", "pod/client"),
    "outside to a node port": ("node-1:30080", "outside"),
    "a Service without endpoints": ("http://nobody", "pod/client"),
    "a port that the Cluster IP has not": ("http://web:81", "pod/client"),
    "a Node's own program": ("node-2:10250", "node/node-1"),
}


@pytest.mark.parametrize("way", ASKED)
def test_a_trace_and_its_figure_say_themselves_anew(c, way, monkeypatch):
    """Hops, reason, hint, answer, outline and alternative text of a trace that was made in English."""
    url, source = ASKED[way]
    figure = c.trace(url, source=source, times=3)
    assert words(figure.alt)
    in_dots(monkeypatch)
    facts = figure.facts
    said = [*map(str, facts.hops), str(facts.reason), str(facts.hint), str(facts.answer), str(facts.source)]
    said += [figure.text, figure.alt, figure.title, figure.caption]
    said += [hop_words(facts, at, whose=c.simulation.network.whose) for at in range(1, len(facts.hops) + 1)]
    assert [word for text in said for word in words(text)] == []


@pytest.mark.parametrize("service", ["web", "nobody", "kubernetes"])
def test_the_reasons_of_endpoints_say_themselves_anew(c, service, monkeypatch):
    """The note on a Service and the reason of each endpoint, as they were found in English."""
    found = c.endpoints(service)
    in_dots(monkeypatch)
    assert words(str(found.note)) == []
    assert [word for item in (*found.ready, *found.not_ready) for word in words(str(item))] == []


def test_the_reasons_in_the_log_say_themselves_anew(c, monkeypatch):
    """What controllers, scheduler and kubelets have noted: the reason, and still because of which objects."""
    log = [change for change in c.api.log if change.why]
    assert {change.component.split()[0] for change in log} >= {
        "replicaset-controller",
        "kube-scheduler",
        "kubelet",
    }
    in_dots(monkeypatch)
    assert [word for change in log for word in words(f"{change.why}")] == []
    assert any(change.about for change in log)


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, lambda why: pickle.loads(pickle.dumps(why))])  # noqa: S301
def test_a_copy_of_a_reason_can_still_change_its_language(again, monkeypatch):
    """A cluster is copied with its log: the reason keeps its message, and the objects that it names."""
    why = again(Why(_("{pod} is evicted", pod="pod/web"), "pod/web"))
    assert (why, why.about) == ("pod/web is evicted", ("pod/web",))
    in_dots(monkeypatch)
    assert (str(why), f"{why:>20}") == ("pod/web ·· ·······", "  pod/web ·· ·······")


def test_rows_of_sentences_say_themselves_anew(monkeypatch):
    """Empty ones are left out; a single one stays what it was; what is no message stays as it is."""
    first, second = _("The Pod waits."), _("The Node is ready.")
    row, clause = sentences("", first, "", second), clauses(first, "as it is")
    assert (row, clause) == ("The Pod waits. The Node is ready.", "The Pod waits.; as it is")
    assert (sentences(), clauses(""), sentences(first)) == ("", "", first)
    in_dots(monkeypatch)
    assert (str(row), str(clause)) == ("··· ··· ·····. ··· ···· ·· ·····.", "··· ··· ·····.; as it is")
