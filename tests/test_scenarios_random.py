"""Random scenarios of a real cluster (v1.36.2), played step by step: the same state after every step."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml
from test_scenarios import Player, nameless

HERE = Path(__file__).resolve().parent
WHOLE = HERE.parents[1] / "shared" / "golden2"
FILE = HERE / "golden" / "random-scenarios.json"
RECORDED = json.loads(FILE.read_text(encoding="utf-8")) if FILE.exists() else {}


@pytest.mark.parametrize("name", RECORDED)
def test_random_scenario(name):
    """Whatever a reader does in which order, the cluster is afterwards as the real one was."""
    scenario, states = RECORDED[name]["scenario"], RECORDED[name]["states"]
    player = RandomPlayer(scenario)
    for number, recorded in enumerate(states):
        state = player.next(number)
        for part, value in recorded.items():  # a part that is not there is as it was
            assert nameless(state[part]) == nameless(value), f"{name}, step {number}: {part}"


class RandomPlayer(Player):
    """A player that stops after each step."""

    def __init__(self, scenario):
        super().__init__(scenario)
        self.rest()

    def next(self, number):
        """Do one step and return the state after it."""
        ((verb, what),) = self.steps[number].items()
        getattr(self, verb)(number, what)
        self.rest()
        return json.loads(json.dumps(self.state()))


# what is otherwise in the recordings, and why: it is chance there, or the recorder's
OTHERWISE = {
    "42": "a Job's status was not yet written",
    "60": "the scheduler was quicker than the ReplicaSet's controller",
    "75": "the ReplicaSet's controller acted between two turns of the Deployment's",
    "84": "a controller that was refused waited longer than the recording",
    "99": "Events of another scenario are among these",
    "105": "Events of another scenario are among these",
    "108": "the Deployment's status was refused once as out of date",
    "123": "the recorder's kubelet does not start a container again whose image changes",
    "159": "the scheduler tried between the ends of two Pods",
    "ds-self-affinity": "which of two equal Nodes it was",
    "svc-53-udp-tcp-reapplied": "the repair loop came between an address and its IPAddress",
}


def whole():
    """Yield each recorded scenario beside the repository, as its name, its player, and its states by step or checkpoint."""
    for line in (WHOLE / "random-scenarios.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        yield str(row["seed"]), row["scenario"], row["states"]
    for path in sorted((WHOLE / "minimal").glob("*.yaml")):
        recorded = json.loads(path.with_suffix(".expected.json").read_text(encoding="utf-8"))
        yield path.stem, yaml.safe_load(path.read_text(encoding="utf-8")), recorded["checkpoints"]


def fact(part):
    """Return a part of a state without what is no fact: the numbers of steps, groups of kinds, which equal Node it was."""
    told = re.sub(r'"step": \d+, ', "", json.dumps(nameless(part)))
    told = re.sub(r'"(?:The )?[A-Za-z0-9.]+ \\"[^"]*\\" is invalid: ', '"is invalid: ', told)
    return json.loads(re.sub(r"(Successfully assigned \S+ to) [^\s\"]+", r"\1 <node>", told))


def played(scenario, recorded):
    """Yield what was recorded and what we have, part by part."""
    if isinstance(recorded, dict):
        ours = Player(scenario).play()
        pairs = [(state, ours[name]) for name, state in recorded.items()]
    else:
        player = RandomPlayer(scenario)
        pairs = ((state, player.next(number)) for number, state in enumerate(recorded))
    for theirs, own in pairs:
        for part, value in theirs.items():
            yield fact(value), fact(own[part])


@pytest.mark.skipif(not WHOLE.exists(), reason="the recordings beside the repository are not here")
def test_all_recorded_scenarios_agree_but_for_chance():
    """Of 86 scenarios, 75 agree in everything that was recorded; of the others it is known why not."""
    otherwise = {
        name
        for name, scenario, recorded in whole()
        if any(theirs != own for theirs, own in played(scenario, recorded))
    }
    assert otherwise == set(OTHERWISE)
