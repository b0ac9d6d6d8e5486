"""How many Pods a second the components bring to Running, beside a peer and a real control plane. Run it as a script."""

from __future__ import annotations

# ruff: noqa: T201
import argparse
import resource
import time

import k8snotes as kn

# A peer simulator in JavaScript and a real control plane, measured on a machine of this size: Pods, seconds.
PEER = (100, 2.3)
REAL = (1000, 5.7)
SIZES = ((500, 100), (5_000, 100), (50_000, 250))  # Pods, Nodes


def deployment(replicas: int) -> dict:
    """Return a Deployment of so many replicas."""
    labels = {"app": "web"}
    container = {
        "name": "app",
        "image": "nginx:1.27",
        "resources": {"requests": {"cpu": "10m", "memory": "16Mi"}},
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web"},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
        },
    }


def seconds_to_running(replicas: int, nodes: int, repeats: int) -> float:
    """Return the best time of some runs from the Deployment's creation until all its Pods are ready."""
    best = float("inf")
    for _ in range(repeats):
        cluster = kn.Cluster(nodes=nodes, cpu=16, memory="64Gi", pods=250)
        began = time.perf_counter()
        cluster.create(deployment(replicas))
        cluster.settle()
        best = min(best, time.perf_counter() - began)
        ready = cluster["deploy/web"].status["readyReplicas"]
        if ready != replicas:
            raise SystemExit(f"only {ready} of {replicas} Pods are ready")
    return best


def main() -> None:
    """Print a row for each size, then the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="leave out the largest size")
    sizes = SIZES[:-1] if parser.parse_args().quick else SIZES
    rates = {}
    print(f"{'Pods':>7} {'Nodes':>6} {'seconds':>8} {'Pods/s':>8}")
    for pods, nodes in sizes:
        seconds = seconds_to_running(pods, nodes, repeats=1 if pods > 10_000 else 3)
        rates[pods] = pods / seconds
        print(f"{pods:>7,} {nodes:>6} {seconds:>8.2f} {rates[pods]:>8,.0f}")
    for name, (pods, seconds) in (("peer simulator", PEER), ("real control plane", REAL)):
        print(
            f"{rates[5_000] / (pods / seconds):,.0f} times the rate of the {name} ({pods / seconds:,.0f} Pods/s)"
        )
    largest = max(rates)
    print(f"time a Pod at {largest:,} is {rates[500] / rates[largest]:.2f} times that at 500 (1: linear)")
    print(f"most memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MiB")


if __name__ == "__main__":
    main()
