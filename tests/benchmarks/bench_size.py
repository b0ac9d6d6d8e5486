"""What one move of a slider of kn.size costs, at 20 Nodes and 400 Pods, in a real kernel. Run it as a script."""

from __future__ import annotations

# ruff: noqa: T201
import gc
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

LIMIT = 100.0  # milliseconds
PLACES = (
    ("cpu", (100, 150, 200, 250, 900)),
    ("cpu_limit", (1000, 2000, 0)),
    ("memory", (64, 256, 512)),
    ("nodes", (19, 18, 20)),
    ("quota_cpu", (30000, 20000, 0)),
    ("replicas", (399, 380, 400)),
)


def busy() -> float:
    """Return the seconds that the processors have worked for this process and the layout engine."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def measure() -> dict[str, list[float]]:
    """Return for each slider its times in milliseconds, from the move to the picture; runs inside a kernel.

    "processor" has what the processors worked for one move on the average: on a busy machine that is less.
    """
    import k8snotes as kn

    sizer = kn.size(400, cpu="150m", memory="128Mi", nodes=20)
    sizer._debounce.ask = sizer._moved  # the wait for the reader's hand is not measured
    gc.collect()
    times: dict[str, list[float]] = {}
    before = busy()
    for _ in range(4):
        for name, values in PLACES:
            for value in values:
                start = time.perf_counter()
                sizer._sliders[name].value = value
                times.setdefault(name, []).append((time.perf_counter() - start) * 1e3)
    times["processor"] = [(busy() - before) * 1e3 / sum(map(len, times.values()))]
    return times


def in_kernel() -> dict[str, list[float]]:
    """Start a kernel, measure in it, and stop it: its widgets send their messages for real."""
    from jupyter_client.manager import start_new_kernel

    here = Path(__file__).resolve()
    path = os.pathsep.join([str(here.parents[2]), str(here.parent), os.environ.get("PYTHONPATH", "")])
    manager, client = start_new_kernel(env=dict(os.environ, PYTHONPATH=path), stderr=subprocess.DEVNULL)
    try:
        printed: list[str] = []

        def keep(message):
            if message["msg_type"] == "stream" and message["content"]["name"] == "stdout":
                printed.append(message["content"]["text"])

        code = "import json, bench_size\nprint(json.dumps(bench_size.measure()))"
        reply = client.execute_interactive(code, timeout=300, output_hook=keep)
        if reply["content"]["status"] != "ok":
            raise SystemExit("\n".join(reply["content"]["traceback"]))
        return json.loads("".join(printed))
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def main() -> int:
    """Print the times; return 1 if a move costs more than the limit."""
    times = in_kernel()
    processor = times.pop("processor")[0]
    print("kn.size at 20 Nodes and 400 Pods, in a kernel, from a slider to the picture")
    for name, found in times.items():
        middle, worst = statistics.median(found), max(found)
        print(f"{name:14} median {middle:6.1f} ms   worst of {len(found):3} {worst:6.1f} ms")
    print(f"processor time of a move, layout engine included: {processor:.1f} ms")
    worst = max(map(max, times.values()))
    print(f"one move: {worst:.1f} ms at most; {'within' if worst <= LIMIT else 'MORE THAN'} {LIMIT:.0f} ms")
    return worst > LIMIT


if __name__ == "__main__":
    sys.exit(main())
