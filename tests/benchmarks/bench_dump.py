"""What loading a dump of a large cluster costs beside `json.load` of the same file, and the first views. Run it as a script."""

from __future__ import annotations

# ruff: noqa: T201
import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import large_dump

RATIO = 2.0  # of the CPU time of json.load
MEGABYTES = 1_500
FIRST = 3.0  # seconds of CPU
TRACES = 1_000  # a second, after the first
SIZES = ((15_000, 500), (150_000, 5_000))  # Pods, Nodes


def peak() -> float:
    """Return the most memory that this process has had, in megabytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)


def with_json(path: Path) -> dict[str, float]:
    """Return what json.load of a file costs."""
    began = time.process_time()
    with path.open(encoding="utf-8") as file:
        held = json.load(file)
    return {"load": time.process_time() - began, "MB": peak(), "items": len(held["items"])}


def with_k8snotes(path: Path) -> dict[str, float]:
    """Return what loading a file costs, and then each first view: seconds of CPU."""
    import k8snotes as kn

    kn.Cluster(nodes=1).settle()  # the modules are there
    times: dict[str, float] = {}

    def timed(name, ask):
        began = time.process_time()
        answer = ask()
        times[name] = time.process_time() - began
        return answer

    cluster = timed("load", lambda: kn.load(path))
    times["MB"] = peak()
    pods = cluster.objects("pods", namespace="team-1")
    service = cluster.objects("services", namespace="team-1")[0]
    url = f"http://{service.name}.team-1"
    timed("first trace", lambda: cluster.trace(url, source=pods[0].ref))
    sources = [pod.ref for pod in pods[:200]]
    timed("200 traces", lambda: [cluster.trace(url, source=source).outcome for source in sources])
    timed("why_pending", lambda: cluster.why_pending(pods[0].ref))
    timed("service map", lambda: cluster.service_map().svg)
    timed("explore", lambda: kn.explore(cluster))
    return times


def measured(name: str, path: Path) -> dict[str, float]:
    """Measure in a process of its own, whose memory is that of the measurement."""
    command = [sys.executable, __file__, "--one", name, str(path)]
    return json.loads(subprocess.run(command, check=True, capture_output=True).stdout)


def main() -> None:
    """Print a row for each size and each reader, then the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="leave out the largest size")
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        name, path = given.one
        print(json.dumps({"json": with_json, "k8snotes": with_k8snotes}[name](Path(path))))
        return
    for pods, nodes in SIZES[:-1] if given.quick else SIZES:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "dump.json")
            large_dump.write(path, pods, nodes)
            size = path.stat().st_size / 1e6
            peer, ours = measured("json", path), measured("k8snotes", path)
        print(f"{pods:,} Pods on {nodes:,} Nodes, {size:,.0f} MB of JSON; seconds of CPU")
        print(f"  json.load     {peer['load']:7.2f}  {peer['MB']:6,.0f} MB")
        ratio = ours["load"] / peer["load"]
        print(
            f"  kn.load       {ours['load']:7.2f}  {ours['MB']:6,.0f} MB  {ratio:.2f} times (at most {RATIO}), at most {MEGABYTES:,} MB"
        )
        for name, seconds in ours.items():
            if name not in {"load", "MB", "200 traces"}:
                print(f"  {name:<13} {seconds:7.2f}  at most {FIRST} s")
        print(f"  traces a second after the first: {200 / ours['200 traces']:,.0f} (at least {TRACES:,})")


if __name__ == "__main__":
    main()
