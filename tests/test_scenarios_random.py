"""Random scenarios of a real cluster (v1.36.2), played step by step: the same state after every step."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from test_scenarios import Player, nameless

HERE = Path(__file__).resolve().parent
FILE = HERE / "golden" / "random-scenarios.json"
RECORDED = json.loads(FILE.read_text(encoding="utf-8")) if FILE.exists() else {}
COUNTS = {
    "DaemonSet": (
        "desiredNumberScheduled",
        "currentNumberScheduled",
        "numberReady",
        "numberMisscheduled",
        "updatedNumberScheduled",
        "numberAvailable",
        "numberUnavailable",
    ),
    "StatefulSet": ("replicas", "readyReplicas", "currentReplicas", "updatedReplicas", "availableReplicas"),
    "Job": ("active", "ready", "succeeded", "failed"),
}


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
    """A player that stops after each step, and tells more: DaemonSets, StatefulSets, Jobs, and who runs where."""

    def __init__(self, scenario):
        super().__init__(scenario)
        self.cluster.settle()

    def next(self, number):
        """Do one step and return the state after it."""
        ((verb, what),) = self.steps[number].items()
        getattr(self, verb)(number, what)
        self.cluster.settle()
        self.watch_events()
        return json.loads(json.dumps(self.state()))

    def finish(self, _, what):
        for ref in self.targets(what["target"]):
            self.cluster.crash(ref, exit_code=what.get("exit", 0))

    def remove(self, _, what):
        self.cluster.delete(f"{what['kind'].lower()}/{what['name']}")

    def state(self):
        pods = [pod for pod in self.cluster.objects("pods") if pod.owner and not pod.terminating]
        by_node = Counter(
            (pod.namespace, pod.labels.get("app"), pod.owner["kind"], pod.owner["name"], pod.node_name)
            for pod in pods
        )
        return {
            **super().state(),
            "dsnodes": sorted(
                f"{namespace}:{name}@{node or None}"
                for (namespace, _, kind, name, node), count in by_node.items()
                if kind == "DaemonSet"
            ),
            "nodes": {
                node.name: {
                    "unsched": bool(node.spec.get("unschedulable")),
                    "taints": sorted(
                        f"{taint['key']}={taint.get('value', '')}:{taint['effect']}" for taint in node.taints
                    ),
                }
                for node in self.cluster.objects("nodes")
            },
            "limits": {
                f"{item.namespace}/{item.name}": item.spec for item in self.cluster.objects("limitranges")
            },
        }

    def pod(self, pod):
        found = super().pod(pod)
        for label in ("controller-uid", "batch.kubernetes.io/controller-uid"):
            if label in found["labels"]:
                found["labels"][label] = "<uid>"
        if "controller-revision-hash" in found["labels"]:
            found["labels"]["controller-revision-hash"] = "<rev>"
        return found

    def workloads(self):
        yield from super().workloads()
        for kind, counts in COUNTS.items():
            for obj in self.cluster.objects(kind):
                found = {count: obj.status.get(count, 0) for count in counts}
                if kind == "StatefulSet":
                    found["desired"] = obj.replicas
                    found["pods"] = sorted(
                        pod.name
                        for pod in self.cluster.objects("pods", namespace=obj.namespace)
                        if pod.owner and pod.owner["name"] == obj.name
                    )
                if kind == "Job":
                    found["conditions"] = sorted(
                        f"{item['type']}={item['status']}:{item.get('reason', '')}"
                        for item in obj.status.get("conditions", [])
                    )
                    found["done"] = bool(obj.status.get("completionTime"))
                    found["idx"] = obj.status.get("completedIndexes")
                yield f"{obj.namespace}:{kind}/{obj.name}", found
