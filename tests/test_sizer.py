"""The sliders of kn.size: they say what kn.fit says, work from the keyboard, and lose no error."""

from __future__ import annotations

import asyncio
import logging

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ipywidgets.widgets.widget import _instances

import k8snotes as kn
from k8snotes.widgets import sizer as module


@pytest.fixture
def sizer():
    made = kn.size()
    yield made
    made.close()


def test_it_shows_what_fit_says(sizer):
    """The widget's facts and picture are those of the plain function."""
    sizer.set(replicas=10, cpu="1500m", nodes=2, quota={"requests.cpu": "9"})
    figure = kn.fit(10, cpu="1500m", memory="512Mi", nodes=2, quota={"requests.cpu": "9"})
    assert sizer.facts == figure.facts
    assert sizer.figure.text == figure.text
    assert sizer._picture.value == figure.live
    assert repr(sizer) == "<Sizer: 10 Pods: 4 running, 2 waiting for a Node, 4 refused>"


sliders = st.fixed_dictionaries(
    {},
    optional={
        "replicas": st.integers(0, 40),
        "cpu": st.integers(0, 80).map(lambda n: 50 * n),
        "cpu_limit": st.integers(0, 80).map(lambda n: 50 * n),
        "memory": st.integers(0, 40).map(lambda n: 64 * n),
        "memory_limit": st.integers(0, 40).map(lambda n: 64 * n),
        "nodes": st.integers(0, 8),
        "node_cpu": st.integers(0, 16),
        "node_memory": st.integers(0, 16),
        "quota_cpu": st.integers(0, 100).map(lambda n: 100 * n),
        "quota_memory": st.integers(0, 20),
    },
)


@settings(max_examples=12, deadline=None)
@given(sliders)
def test_any_place_of_the_sliders_has_an_answer(places):
    """Wherever the sliders stand, the Pods are shared out among run, wait and refused, as kn.fit says."""
    made = kn.size()
    try:
        for name, value in places.items():
            made._sliders[name].value = value
        facts, size = made.facts, made.size
        assert facts.running + facts.waiting + facts.refused == size.replicas
        figure = kn.fit(
            size.replicas,
            cpu=size.cpu,
            memory=size.memory,
            cpu_limit=size.cpu_limit,
            memory_limit=size.memory_limit,
            nodes=size.nodes,
            node_cpu=size.node_cpu,
            node_memory=size.node_memory,
            quota=size.quota,
        )
        assert (figure.facts.running, figure.facts.waiting) == (facts.running, facts.waiting)
        assert made._message.layout.display == "none"
    finally:
        made.close()


def test_every_control_says_what_it_is(sizer):
    """Each field has a description with its unit, and each slider and field a class to be found by."""
    words = [field.description for field in sizer._fields.values()]
    assert len(set(words)) == len(words) == 10
    assert all(words)
    assert "k8snotes-size-cpu-limit" in sizer._sliders["cpu_limit"]._dom_classes
    assert "k8snotes-size-cpu-limit-number" in sizer._fields["cpu_limit"]._dom_classes
    assert all(not control.disabled for control in (*sizer._sliders.values(), *sizer._fields.values()))


@pytest.mark.parametrize("name", [row[0] for row in module._SLIDERS])
def test_a_field_and_its_slider_hold_one_value(sizer, name):
    """A number that is typed moves the slider, and a slider that is moved writes the number, within the same bounds."""
    field, slider = sizer._fields[name], sizer._sliders[name]
    assert (field.min, field.max, field.step) == (slider.min, slider.max, slider.step)
    field.value = 3
    assert slider.value == 3
    slider.value = slider.step
    assert field.value == slider.step
    field.value = slider.max + 1
    assert field.value == slider.value == slider.max


def test_what_is_typed_is_what_is_asked(sizer):
    """A number in a field is in the size and in the picture, also between two stops of the slider."""
    sizer._fields["cpu"].value = 333
    sizer._fields["quota_cpu"].value = 1000
    assert (sizer.size.cpu, sizer.size.quota) == ("333m", {"requests.cpu": "1"})
    assert (sizer.facts.running, sizer.facts.refused) == (3, 5)


def test_a_slider_is_as_long_as_it_has_to_be(sizer):
    """What the reader asks for at first can be more than the sliders usually go to."""
    sizer.set(replicas=400, nodes=40, cpu="25m")
    assert (sizer.size.replicas, sizer.size.nodes, sizer.size.cpu) == (400, 40, "25m")
    assert [sizer._fields[name].value for name in ("replicas", "nodes", "cpu")] == [400, 40, 25]


def test_moving_is_debounced():
    """In a kernel many moves within a moment are one answer."""
    asked = []

    async def moving(sizer):
        show = sizer._show
        sizer._show = lambda size: (asked.append(size), show(size))
        for value in range(100, 1100, 50):
            sizer._sliders["cpu"].value = value
        assert not asked
        await asyncio.sleep(0.2)
        assert [size.cpu for size in asked] == ["1050m"]
        sizer._sliders["cpu"].value = 200
        assert sizer.facts.size.cpu == "200m"  # who asks, does not wait

    sizer = kn.size()
    asyncio.run(moving(sizer))
    sizer.close()


def test_an_error_is_shown(sizer, monkeypatch, caplog):
    """What goes wrong in a callback is said in the widget and logged; the next good answer hides it."""
    good = module.sizing

    def fail(_):
        raise RuntimeError("no <answer>")

    monkeypatch.setattr(module, "sizing", fail)
    with caplog.at_level(logging.ERROR), pytest.raises(RuntimeError):
        sizer._sliders["cpu"].value = 250
    assert "no &lt;answer&gt;" in sizer._message.value
    assert sizer._message.layout.display is None
    assert "kn.size failed" in caplog.text
    monkeypatch.setattr(module, "sizing", good)
    sizer._sliders["cpu"].value = 300
    assert sizer._message.layout.display == "none"


def test_the_preview_is_static(sizer):
    """Beside the live view there is HTML with the picture, and text, for GitHub and first opens."""
    bundle = sizer._repr_mimebundle_()
    assert "8 Pods: 8 running" in bundle["text/html"]
    assert "data:image/svg+xml;base64," in bundle["text/html"]
    assert "run this cell" in bundle["text/html"]
    assert bundle["text/plain"].startswith("<Sizer: 8 Pods: 8 running")


def test_no_widget_is_made_by_moving(sizer):
    """Moving a slider makes no new widget, and closing leaves none."""
    before = len(_instances)
    for value in (100, 200, 300):
        sizer._sliders["memory"].value = value * 64
    assert len(_instances) == before
    other = kn.size()
    other.close()
    assert len(_instances) == before


@pytest.mark.parametrize(
    ("changes", "error", "words"),
    [
        ({"cpus": 1}, kn.ClusterError, 'There is no slider "cpus"'),
        ({"cpu": "x"}, kn.QuantityError, "cpu='x'"),
        ({"memory": "100M"}, kn.ClusterError, "cannot have the value 100M"),
        ({"quota": {"requests.cpu": 0}}, kn.ClusterError, "0 means that there is no quota"),
        ({"quota": {"pods": 3}}, kn.ClusterError, 'not for "pods"'),
        ({"replicas": -1}, kn.ClusterError, "replicas must be a whole number"),
    ],
)
def test_wrong_places_are_told_and_change_nothing(sizer, changes, error, words):
    """What a slider cannot say is refused, and all stand as before."""
    before = sizer.size
    with pytest.raises(error, match=words):
        sizer.set(**changes)
    assert sizer.size == before
    with pytest.raises((error, TypeError)):
        kn.size(**changes)
