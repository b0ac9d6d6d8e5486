"""The player: step, back, play, and what is then shown."""

from __future__ import annotations

import asyncio
import logging
import re
import time

import pytest
from ipywidgets.widgets.widget import _instances
from test_figures_pictures import said
from test_timeline import POD, RC

import k8snotes as kn
from k8snotes.facts.play import says_nothing
from k8snotes.widgets import playback
from k8snotes.widgets import player as module
from k8snotes.widgets.player import Player


def waiting(pods: int = 3) -> kn.Cluster:
    c = kn.Cluster(nodes=3)
    c.apply(RC % pods)
    return c


@pytest.fixture
def player():
    made = waiting().play()
    yield made
    made.close()


def test_a_step_lets_one_component_act(player):
    """The first step is the controller's: it creates three Pods, and they have no Node yet."""
    player.step()
    assert player.facts.acting == ("replication-controller",)
    assert len(player.facts.waiting) == 3
    assert "replication-controller creates Pods web-" in player.words
    assert "wants 3 Pods and has 0" in player.words


def test_n_steps_back_show_what_was_there_before_them(player):
    """After N steps and N steps back the facts equal those before, at every moment; and forth again."""
    seen, pictures = [player.facts], [player._picture.value]
    while not player.at_rest:
        player.step()
        seen.append(player.facts)
        pictures.append(player._picture.value)
    for number, facts in reversed(list(enumerate(seen))):
        player.back(player.at - number)
        assert player.facts == facts
        assert player._picture.value == pictures[number]
    for facts in seen[1:]:
        player.step()
        assert player.facts == facts


def test_steps_are_those_of_the_cluster_itself_that_say_something(player):
    """What the player tells is what c.step() does, in the same order, without steps that only report a status."""
    c, reports = waiting(), 0
    while done := c.step():
        facts = c._architecture(done)
        if player.facts.pods == facts.pods and all(map(says_nothing, facts.acts)):
            reports += 1
            continue
        player.step()
        assert [entry.ref for entry in player.facts.acts] == [change.ref for change in done]
    assert player.at_rest
    assert player.facts.pods == c.architecture().facts.pods
    assert reports
    assert player.cluster.step() == []


def test_a_report_with_a_reason_is_a_step():
    """That no Node fits is only reported, and a reader wants to know it."""
    c = kn.Cluster(nodes=1)
    c.apply(POD.replace("spec: {", 'spec: {nodeSelector: {disk: "ssd"}, ') % "web")
    player = c.play()
    player.step()
    assert "kube-scheduler reports on Pod web: 0/1 nodes are available" in player.words
    player.close()


def test_all_steps_are_known_before_the_first():
    """The track has the whole length at once, and says where on it the player stands."""
    player = waiting().play()
    last = player._track.slider.max
    assert player._track.place_words == f"step 0 of {last}"
    player._track.slider.value = last
    assert player.at_rest
    assert f"step {last} of {last}" in player._track.place.value
    player.close()


def test_of_a_long_play_the_first_steps_are_known(monkeypatch):
    """Where there is no time to play to the end, the track says that there is more, and stepping goes on."""
    monkeypatch.setattr(module, "_FIRST", 0.0)
    monkeypatch.setattr(module, "_ANYWAY", 0)
    player = waiting().play()
    assert player._track.place_words == "step 0 of at least 0"
    player.step()
    player.step()
    assert player._track.place_words == "step 2 of at least 2"
    player.play()
    assert player._track.place_words == f"step {player.at} of {player.at}"
    player.close()


def test_in_a_kernel_a_long_play_is_looked_through_meanwhile(monkeypatch):
    """With an event loop the rest is played between two questions, and the track gets its length."""

    async def looking():
        monkeypatch.setattr(module, "_FIRST", 0.0)
        monkeypatch.setattr(module, "_ANYWAY", 0)
        player = waiting().play()
        assert not player._played.ended
        for _ in range(200):
            await asyncio.sleep(0.01)
            if player._played.ended:
                break
        assert player.at == 0
        assert player._track.place_words == f"step 0 of {player._track.slider.max}"
        player.close()

    asyncio.run(looking())


def test_nothing_moves_from_picture_to_picture():
    """Every picture has the same size, every Pod the same place, and the frame of those without a Node is there."""
    c = kn.load("guestbook")
    c.delete(c.objects("pods", "tier=cache")[0].ref)
    player = c.play()
    sizes, places = set(), {}
    while True:
        svg = player.figure.svg
        sizes.add(re.search(r'width="\d+" height="\d+"', svg).group())
        assert "no Node yet" in said(player.figure)
        on = {pod.ref: pod.node for pod in player.facts.pods}
        for ref, x, y in re.findall(
            r'data-ref="(pod/[^"]+)">.*?<rect x="([\d.]+)" y="([\d.]+)"', svg, re.DOTALL
        ):
            places.setdefault((ref, on[ref]), set()).add((float(x), float(y)))
        if player.at_rest:
            break
        player.step()
    assert len(sizes) == 1
    for where in places.values():  # a thick frame begins a little further inside
        assert all(max(ends) - min(ends) < 1 for ends in zip(*where, strict=True))
    player.close()


def test_the_readers_cluster_is_not_changed():
    """It plays on a copy, and says so."""
    c = waiting()
    player = c.play()
    player.play()
    assert c.objects("pods") == []
    assert len(player.facts.pods) == 3
    assert "This plays on a copy: your cluster is unchanged." in player._note.value
    player.close()


def test_the_cluster_of_a_moment_is_a_copy_to_go_on_with(player):
    """player.cluster is the cluster at the moment that is shown, and changing it leaves the player alone."""
    player.step()
    c = player.cluster
    c.settle()
    assert all(pod.ready for pod in c.objects("pods"))
    assert len(player.facts.waiting) == 3
    player.back()
    assert player.cluster.objects("pods") == []


def test_it_stops_at_rest():
    """Where nothing is left to do it says so, and Step and Play are off; going back turns them on."""
    c = waiting()
    c.settle()
    player = c.play()
    player.play()
    assert player.at_rest
    assert player.at == 0
    assert "there is nothing left to do" in player._line.value
    assert player._track.buttons["step"].disabled
    assert player._track.buttons["play"].disabled
    player.close()
    player = waiting().play()
    player.play()
    player.back()
    assert not player._track.buttons["step"].disabled
    assert "nothing left to do" not in player._note.value
    player.close()


def test_in_a_script_play_goes_to_the_end(player):
    """Where no event loop runs, play() goes on at once until nothing is left to do."""
    player.play()
    assert player.at_rest
    assert all(item.state == "ready" for item in player.facts.pods)


def test_in_a_kernel_play_goes_on_by_itself():
    """With an event loop it takes a step after each pause, can be stopped, and stops at rest."""

    async def playing():
        player = waiting().play()
        player._track.speed.options = (("at once", 0.01),)
        player.play()
        assert player.playing
        assert player._track.buttons["play"].description == "Pause"
        await asyncio.sleep(0.03)
        player._track.buttons["play"].click()
        assert not player.playing
        stopped = player.at
        assert stopped >= 1
        await asyncio.sleep(0.05)
        assert player.at == stopped
        player._track.buttons["play"].click()
        for _ in range(200):
            await asyncio.sleep(0.01)
            if player.at_rest:
                break
        assert player.at_rest
        assert not player.playing
        assert player._track.buttons["play"].description == "Play ▸"
        player.play()
        player.close()

    asyncio.run(playing())


def test_the_slider_goes_to_any_moment(player):
    """Its ends are the moments that are kept; its value is the one that is shown."""
    player.play()
    last = player.at
    assert (player._track.slider.min, player._track.slider.max, player._track.slider.value) == (0, last, last)
    player._track.slider.value = 1
    assert player.at == 1
    assert player.facts.acting == ("replication-controller",)


def test_the_history_is_bounded(monkeypatch):
    """Only so many moments are kept; the steps are counted on, and going back ends at the oldest kept."""
    monkeypatch.setattr(playback, "MOST_FRAMES", 4)
    player = waiting().play()
    while not player.at_rest:
        player.step()
    last = player.at
    assert len(player._played.frames) == 4
    assert (player._track.slider.min, player._track.slider.max) == (last - 3, last)
    player.back(100)
    assert player.at == last - 3
    player._track.slider.value = last - 1
    assert player.at == last - 1
    player.close()


def test_every_control_says_what_it_is(player):
    """Buttons, slider and speed have descriptions, so that a screen reader reads them and Tab reaches them."""
    row = player._track.row.children
    assert [control.description for control in row] == [
        *("« First", "‹ Back", "Step ›", "Play ▸", "step", "", "speed"),
    ]
    assert "step 0 of " in row[5].value


def test_play_at_the_end_starts_again():
    """After the last step, Play shows all of it once more."""

    async def playing():
        player = waiting().play()
        player._track.speed.options = (("at once", 0.01),)
        player._track.slider.value = player._track.slider.max
        assert player.at_rest
        player.play()
        assert player.at == 0
        assert player.playing
        for _ in range(200):
            await asyncio.sleep(0.01)
            if player.at_rest:
                break
        assert player.at_rest
        player.close()

    asyncio.run(playing())


def test_who_acts_is_said_above_the_picture():
    """The line has who acts, what it did and why; alike changes are one sentence, and many names are cut."""
    player = waiting(12).play()
    player.step()
    assert re.search(
        "<b>▶ replication-controller</b> creates Pods web-[a-z0-9]+, web-[a-z0-9]+, web-[a-z0-9]+ and 9 more: "
        "replicationcontroller/web wants 12 Pods and has 0",
        player._line.value,
    )
    assert "second 0" in player._line.value
    assert "▶ replication" in said(player.figure)
    player.close()


def test_a_picture_takes_50_ms_at_most():
    """From a click to the new picture, in the kernel, with the Pods of a whole application."""
    c = kn.load("guestbook")
    c.scale("deploy/frontend", 6)
    player = c.play()
    took = []
    while not player.at_rest:
        start = time.perf_counter()
        player.step()
        took.append(time.perf_counter() - start)
    assert sorted(took)[len(took) // 2] < 0.05
    player.close()


def test_an_error_is_shown(player, monkeypatch, caplog):
    """What goes wrong in a callback stands in the widget, and is raised; the next step takes it away."""

    def fail(_acts, _on):
        raise ValueError("<b>no</b>")

    with monkeypatch.context() as patch, caplog.at_level(logging.CRITICAL):
        patch.setattr(module, "clauses_of", fail)
        with pytest.raises(ValueError, match="no"):
            player.step()
    assert "&lt;b&gt;no&lt;/b&gt;" in player._message.value
    assert player._message.layout.display is None
    player.step()
    assert player._message.layout.display == "none"
    assert player.at == 2


def test_the_preview_is_static(player):
    """The bundle has HTML and text that need no kernel: the line, the picture with alt, the outline."""
    player.step()
    bundle = player._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in bundle
    page = bundle["text/html"]
    assert re.search(r'<img alt="[^"]+Master', page)
    assert "run this cell" in page
    assert "replication-controller creates" in page
    assert "<script" not in page
    assert bundle["text/plain"].startswith("<Player at step 1: 3 Pods>")
    assert repr(player) == "<Player at step 1: 3 Pods>"


def test_markup_in_a_manifest_stays_text():
    """A reason that quotes a manifest is escaped in the line."""
    c = kn.Cluster(nodes=1)
    pod = POD % "web"
    c.apply(pod.replace("spec: {", 'spec: {nodeSelector: {disk: "ssd"}, '))
    player = c.play()
    player.step()
    assert "kube-scheduler" in player._line.value
    assert "<script" not in player._line.value
    player.close()


def test_no_widget_is_made_by_playing():
    """Stepping changes the controls in place; closing takes all of them away."""
    before = set(_instances)
    player = waiting().play()
    opened = len(_instances)
    player.play()
    player.back(3)
    player.step()
    assert len(_instances) == opened
    player.close()
    assert set(_instances) == before


def test_a_player_is_what_play_returns(player):
    """c.play() returns the widget itself, to be shown by the cell."""
    assert isinstance(player, Player)
    assert player.layout.width == "100%"
