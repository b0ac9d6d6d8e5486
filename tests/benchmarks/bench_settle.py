"""How many Pods a second the components bring to Running, beside a peer and a real control plane. Run it as a script."""

from __future__ import annotations

# ruff: noqa: T201
import argparse
import resource
import subprocess
import sys
import time

import k8snotes as kn

# A peer simulator in JavaScript and a real control plane, measured on a machine of this size: Pods, seconds.
PEER = (100, 2.3)
REAL = (1000, 5.7)
SIZES = ((500, 100), (5_000, 100), (50_000, 250))  # Pods, Nodes
# as large as Kubernetes supports, beside a small cluster of the same shape: Deployments of 500 Pods, 30 on each Node
SHAPES = ((1_000, 34), (150_000, 5_000))
EACH = 500
MOST_CPU, MOST_MEMORY, MOST_RATIO = 60, 1.5 * 1024, 1.5  # what is aimed at: seconds, MiB, time a Pod


def deployment(replicas: int, name: str = "web") -> dict:
    """Return a Deployment of so many replicas."""
    labels = {"app": name}
    container = {
        "name": "app",
        "image": "nginx:1.27",
        "resources": {"requests": {"cpu": "10m", "memory": "16Mi"}},
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name},
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


def run_shape(pods: int, nodes: int) -> None:
    """Bring many Deployments to Running, and print the CPU seconds and the most memory (MiB) of this process."""
    began = time.process_time()
    cluster = kn.Cluster(nodes=nodes, cpu=16, memory="64Gi")
    for number in range(pods // EACH):
        cluster.create(deployment(EACH, f"web-{number}"))
    cluster.settle()
    seconds = time.process_time() - began
    running = sum(pod.phase == "Running" for pod in cluster.api.list("pods"))
    if running != pods:
        raise SystemExit(f"only {running} of {pods} Pods are Running")
    print(seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def measured(pods: int, nodes: int) -> tuple[float, float]:
    """Return CPU seconds and MiB of a process of its own that runs a shape."""
    command = [sys.executable, __file__, "--shape", str(pods), str(nodes)]
    shown = subprocess.run(command, check=True, capture_output=True, text=True).stdout  # our own
    seconds, memory = map(float, shown.split())
    return seconds, memory


def print_shapes() -> None:
    """Print CPU, memory and the time a Pod of each shape, a process each, beside the small one's."""
    print(f"\n{'Pods':>7} {'Nodes':>6} {'CPU s':>8} {'us a Pod':>8} {'MiB':>7}")
    a_pod = []
    for pods, nodes in SHAPES:
        seconds, memory = measured(pods, nodes)
        a_pod.append(seconds / pods)
        print(f"{pods:>7,} {nodes:>6,} {seconds:>8.2f} {a_pod[-1] * 1e6:>8.0f} {memory:>7,.0f}")
    print(
        f"aimed at: {MOST_CPU} s, {MOST_MEMORY:,.0f} MiB, {MOST_RATIO} times the time a Pod of the small one"
    )
    print(f"time a Pod: {a_pod[-1] / a_pod[0]:.2f} times that at {SHAPES[0][0]:,}")
    per_pod = PEER[1] / PEER[0]
    print(f"the peer simulator takes {per_pod / a_pod[-1]:,.0f} times as long a Pod, at {PEER[0]} Pods")


def main() -> None:
    """Print a row for each size, then the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="leave out the largest size")
    parser.add_argument("--shape", nargs=2, type=int, help="measure only this: Pods and Nodes")
    asked = parser.parse_args()
    if asked.shape:
        run_shape(*asked.shape)
        return
    sizes = SIZES[:-1] if asked.quick else SIZES
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
    if not asked.quick:
        print_shapes()


if __name__ == "__main__":
    main()
