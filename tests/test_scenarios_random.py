"""Random scenarios of a real cluster (v1.36.2), played step by step: the same state after every step."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from test_scenarios import Player, nameless

HERE = Path(__file__).resolve().parent
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
