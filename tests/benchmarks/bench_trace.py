"""The service map beside the double loop that most tools write, its picture, and traces a second. Run it as a script.

10,000 Pods on 100 Nodes, 1,000 Services of ten Pods each. The peer asks every Service about every Pod,
with the same rule for who becomes an endpoint. The peer of the picture is the layout engine alone: it draws the same
picture from the Figure's `.dot`, in which every box is a table with its texts.
"""

from __future__ import annotations

# ruff: noqa: T201
import os
import statistics
import time

import k8snotes as kn
from k8snotes.control_plane.endpoint_rules import judge
from k8snotes.facts.service_map import service_map
from k8snotes.figures import engine

PODS, SERVICES, NODES = 10_000, 1_000, 100
ROUNDS = 5


def big_cluster() -> kn.Cluster:
    """Return the cluster: for each Service a ReplicationController of ten Pods."""
    c = kn.Cluster(nodes=NODES, cpu=64, memory="256Gi", pods=250)
    each = PODS // SERVICES
    for at in range(SERVICES):
        labels = {"app": f"app-{at}", "tier": f"tier-{at % 5}"}
        service = {"selector": {"app": f"app-{at}"}, "ports": [{"port": 80, "targetPort": 8080}]}
        if at % 10 == 0:
            service |= {"type": "NodePort"}
        container = {"name": "app", "image": "nginx", "ports": [{"containerPort": 8080}]}
        template = {"metadata": {"labels": labels}, "spec": {"containers": [container]}}
        c.create(
            [
                {"apiVersion": "v1", "kind": "Service", "metadata": {"name": f"app-{at}"}, "spec": service},
                {
                    "apiVersion": "v1",
                    "kind": "ReplicationController",
                    "metadata": {"name": f"app-{at}"},
                    "spec": {"replicas": each, "selector": {"app": f"app-{at}"}, "template": template},
                },
            ]
        )
    c.settle()
    return c


def naive(c: kn.Cluster) -> int:
    """Ask every Service about every Pod; returns how many endpoints there are."""
    found = 0
    pods = [(pod, pod.namespace, pod.labels) for pod in c.objects("pods")]  # read once, as one would
    for service in c.objects("services"):
        selector, namespace = service.selector, service.namespace
        for pod, home, labels in pods:
            if home == namespace and selector and all(labels.get(k) == v for k, v in selector.items()):
                found += judge(service, pod).state == "ready"
    return found


def seconds(work, rounds: int = ROUNDS) -> float:
    """Return the median time of some rounds."""
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return statistics.median(times)


def first_trace(c: kn.Cluster) -> None:
    """Send a packet where nothing is known of the network yet."""
    c.simulation.network.trace("http://app-7", c.objects("pods")[31].ref)


def cpu(work) -> float:
    """Return the seconds of CPU that a piece of work takes, those of the layout engine counted."""
    before = os.times()
    work()
    after = os.times()
    return sum(after[:4]) - sum(before[:4])


def picture(c: kn.Cluster) -> None:
    """Print what the picture of the service map takes, facts and layout counted, beside the engine's own drawing."""
    source = c.service_map().dot
    ours, theirs = [], []
    for _ in range(ROUNDS):  # in turn, so that both meet the same machine
        ours.append(cpu(lambda: c.service_map().svg))
        theirs.append(cpu(lambda: engine.draw(source)))
    own, peer = statistics.median(ours), statistics.median(theirs)
    print(
        f"picture of the service map of {SERVICES:,} Services: {own:.2f} s of CPU; "
        f"the engine alone with the same picture as tables: {peer:.2f} s; ratio {own / peer:.2f}"
    )


def main() -> None:
    """Print both figures."""
    c = big_cluster()
    print(c)
    ours = seconds(lambda: service_map(c.api))
    links = len(service_map(c.api).links)
    found: list[int] = []
    theirs = seconds(lambda: found.append(naive(c)), 3)
    if found[0] != links:
        raise SystemExit(f"{found[0]} endpoints there, {links} links here")
    print(f"service map facts: {ours:.3f} s; naive double loop: {theirs:.2f} s; ratio 1/{theirs / ours:.0f}")

    pods = c.objects("pods")
    print(f"first trace on {PODS:,} Pods: {cpu(lambda: first_trace(c)):.2f} s of CPU")
    picture(c)
    asked = [(f"http://app-{at * 7 % SERVICES}", pods[at * 31 % PODS].ref) for at in range(2_000)]
    asked += [(f"{c.objects('nodes')[at % NODES].ip}:30000", "outside") for at in range(200)]
    began = time.perf_counter()
    facts = [c.simulation.network.trace(url, source) for url, source in asked]  # the facts alone
    took = time.perf_counter() - began
    connected = sum(item.outcome == "connected" for item in facts)
    began = time.perf_counter()
    for url, source in asked:
        c.simulation.network.trace(url, source)
    again = time.perf_counter() - began
    print(
        f"traces: {len(asked) / again:,.0f} a second once the rules stand; {len(asked) / took:,.0f} a second, the first one included ({connected} connected)"
    )
    began = time.perf_counter()
    for url, source in asked:
        c.trace(url, source=source)
    took = time.perf_counter() - began
    print(f"traces as Figures: {len(asked) / took:,.0f} a second")


if __name__ == "__main__":
    main()
