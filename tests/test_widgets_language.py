"""A widget that is shown or used after the language has changed speaks the new language, in every word."""

from __future__ import annotations

import re
from html import unescape
from string import Formatter

import pandas as pd
import pytest
from ipywidgets import HTML

import k8snotes as kn
from k8snotes import catalogue
from k8snotes.widgets.explorer import Explorer
from k8snotes.widgets.widget import Widget, models_of

FAR = {ord(letter): ord(letter) + 0xFEE0 for letter in "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"}
# names that no language translates: those of Kubernetes, of kubectl and of Python, and of the parts of this package
NAMES = """
Pod Pods Node Nodes Service Namespace Deployment ReplicaSet CPU memory cpu Mi Gi m kubectl get l kubelet kube-apiserver
kube-scheduler kube-controller-manager kube-proxy etcd API QoS YAML Python labels URL TCP UDP SCTP ping ICMP pause Sizer
nodes pods s Ready requests.cpu Services Namespaces Deployments ReplicaSets EndpointSlices Events
tier in frontend backend canary web
"""


FIELDS = "containerPort program port connected refused timeout kn.check kn.ask a b c matchLabels"  # of answers and Python


class Far:
    """A language that writes each message in wide letters, and leaves its places as they are."""

    def gettext(self, message):
        """Return a message in wide letters."""
        if "{" not in message:
            return message.translate(FAR)
        return "".join(
            text.translate(FAR).replace("{", "{{").replace("}", "}}")
            + ("" if place is None else f"{{{place}}}")
            for text, place, _spec, _conversion in Formatter().parse(message)
        )

    def ngettext(self, one, several, n):
        """Return the form for a number in wide letters."""
        return self.gettext(one if n == 1 else several)


@pytest.fixture
def far(monkeypatch):
    """Return what puts the far language in force."""

    def put():
        monkeypatch.setattr(catalogue._State, "name", "far")
        monkeypatch.setattr(catalogue._State, "translations", Far())

    return put


def spoken(widget: Widget) -> list[str]:
    """Return every text of a widget that a reader sees or hears: its preview, and the words of its controls."""
    bundle = widget._repr_mimebundle_()
    texts = [bundle["text/plain"], bundle["text/html"]]
    for control in dict.fromkeys(models_of(widget)):
        texts += [getattr(control, trait, None) or "" for trait in ("description", "tooltip", "placeholder")]
        if type(control).__name__ == "HTML":
            texts.append(control.value)
        if type(control).__name__ == "Dropdown":
            texts += [option if isinstance(option, str) else option[0] for option in control.options]
    return texts


def words_of(*texts: object) -> set[str]:
    """Return the words in plain letters; of HTML those that are seen, but for what is code."""
    words = set()
    for text in texts:
        bare = re.sub(r"<(code|pre|style)[ >].*?</\1>|<[^>]*>", " ", unescape(str(text)), flags=re.DOTALL)
        words |= {word.rstrip(".:") for word in re.findall(r"[A-Za-z][\w./:=%-]*", bare)}
    return words


def explorer() -> Explorer:
    """Return an explorer with rows that are left out, more keys than it shows, and a key with many values."""
    labels = [f"app=db,n=v{at},k{at}=x" for at in range(12)]
    table = pd.DataFrame(
        {"NAME": [f"web-{at}" for at in range(14)], "labels": ["app=web,canary=true", "", *labels]}
    )
    made = kn.explore(table, "app=web")
    made._unmatched.value = True
    return made


def guestbook() -> kn.Cluster:
    return kn.load("guestbook")


def cut(*names: str) -> list[str]:
    """Return the beginnings and the ends of names, which a picture cuts where there is no room."""
    return [part for name in names for at in range(1, len(name)) for part in (name[:at], name[at:])]


def asked(exercise: str) -> Widget:
    """Return an exercise with a wrong answer."""
    made = kn.ask(exercise)
    for control in (part for controls in made._controls for part in controls):
        control.value = {"Checkbox": True, "Text": "7", "RadioButtons": "b", "Dropdown": "refused"}[
            type(control).__name__
        ]
    made.check()
    return made


def keys_of(made: Explorer) -> list[str]:
    """Return the label keys of a table, and the heads of their columns."""
    return [head for key in made._source.labels.keys for head in (key, key.upper())]


# how each is made, and what its facts say: their words are asked elsewhere
MAKERS = {
    **{
        f"ask {exercise}": (
            lambda exercise=exercise: asked(exercise),
            lambda made: [made.question.id, FIELDS],
        )
        for exercise in ("01-service/1", "01-service/2", "01-service/4", "01-service/9")
    },
    "explorer": (
        explorer,
        lambda made: [made.table, made.facts.typed, *made.facts.rows, *keys_of(made)],
    ),
    "explorer of a cluster": (
        lambda: kn.explore(guestbook()),
        lambda made: [
            made.table.reset_index().to_string(),
            *made._kind.options,
            *made.facts.facets,
            *keys_of(made),
        ],
    ),
    "player": (
        lambda: guestbook().play(),
        lambda made: [made.facts, *cut(*made.facts.controllers, *(pod.name for pod in made.facts.pods))],
    ),
    "scaler": (
        lambda: kn.scaler(guestbook(), "deploy/frontend"),
        lambda made: [made.facts, *cut(*(pod.name for pod in made.facts.pods))],
    ),
    "sizer": (
        lambda: kn.size(10, cpu="1500m", nodes=2, quota={"requests.cpu": "9"}),
        lambda made: [made.facts.refusal, made.facts.message, made.facts.qos],
    ),
    "walker": (
        lambda: guestbook().walk("http://cache:6379", source="pod/client"),
        lambda made: [made.words, made.figure.text, made.figure.caption, *made.trace.hops],
    ),
}
every = pytest.mark.parametrize("name", MAKERS)


@every
def test_shown_again_it_speaks_the_new_language(far, name):
    """A widget that was made in English says the same, word by word, as one that is made after the change."""
    make = MAKERS[name][0]
    before = make()
    english = spoken(before)
    far()
    assert spoken(before) == spoken(make())
    assert spoken(before) != english


@every
def test_no_word_of_it_is_outside_the_catalogue(far, name):
    """In another language there is no English left in a control or in the preview, but for names."""
    make, facts = MAKERS[name]
    made = make()
    far()
    left = words_of(*spoken(made)) - words_of(*facts(made)) - set(NAMES.split())
    assert not {word for word in left if not re.search(r"[\d=/]", word)}


@every
def test_it_is_the_same_widget(far, name):
    """The change of language changes words alone: values and the moment that is shown stay."""
    made = MAKERS[name][0]()
    controls = [
        control for control in models_of(made) if hasattr(control, "value") and not isinstance(control, HTML)
    ]
    values = [control.value for control in controls]
    far()
    made._repr_mimebundle_()
    assert [control.value for control in controls] == values


def test_a_step_speaks_the_new_language(far):
    """A widget that is used before it is shown again has all its words changed."""
    player = guestbook().play()
    far()
    player.step()
    buttons = player._track.buttons
    assert buttons["back"].description == "‹ Back".translate(FAR)
    assert not words_of(buttons["step"].tooltip, player._line.value) & {"show", "next", "moment", "second"}


def test_an_error_speaks_the_new_language(far):
    """What cannot be sent, and a text that is no selector, are told anew."""
    walker, table = guestbook().walk("http://cache:6379", source="pod/client"), explorer()
    walker.url = "http://cahce"
    table._field.value = "app in"
    far()
    for made in (walker, table):
        made._repr_mimebundle_()
        assert made._message.layout.display is None
        assert not words_of(made._message.value) & {"This", "cannot", "picture", "Not", "table", "still"}


def test_an_error_in_a_callback_stays(far, monkeypatch):
    """The message about an error is there in the new language, too."""
    player = guestbook().play()

    def fail(_cluster):
        raise RuntimeError("broken")

    monkeypatch.setattr(player._played, "ended", False)
    monkeypatch.setattr(type(player.cluster), "step", fail)
    with pytest.raises(RuntimeError, match="broken"):
        player.step()
    far()
    player._repr_mimebundle_()
    assert "RuntimeError:</b> broken" in player._message.value
    assert player._message.layout.display is None


def test_closed_and_shown_again_it_speaks_the_new_language(far):
    """Controls that are opened again have the words of the language in force."""
    made = kn.size()
    made.close()
    far()
    made._repr_mimebundle_()
    assert made._fields["cpu"].comm is not None
    assert made._fields["cpu"].description == "CPU request, m".translate(FAR)


def test_a_log_speaks_the_language_in_force(far):
    """What the log says of a failure is a message, too."""
    far()
    assert str(Widget._failure) == "the widget failed".translate(FAR)
