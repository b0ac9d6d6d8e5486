"""What one keystroke in kn.explore costs on a long table, in a real kernel. Run it as a script."""

from __future__ import annotations

# ruff: noqa: T201
import argparse
import gc
import os
import random
import statistics
import subprocess
import sys
import time
from pathlib import Path

LIMIT = 50.0  # milliseconds
TYPED = "app=app7, tier in (frontend,backend),!canary"
CLICKS = (("tier", "frontend"), ("tier", "db"), ("env", "prod"), ("zone", "zone-3"))


def table(rows: int):
    """Return a table of `rows` Pods with five label keys and a name, the same ones every time."""
    import pandas as pd

    rng = random.Random(7)  # noqa: S311 - no secret
    apps = [f"app{i}" for i in range(2000)]
    labels = []
    for number in range(rows):
        one = {
            "app": rng.choice(apps),
            "tier": rng.choice(["frontend", "backend", "cache", "db"]),
            "env": rng.choice(["prod", "test", "dev"]),
            "zone": f"zone-{rng.randrange(12)}",
            "statefulset.kubernetes.io/pod-name": f"pod-{number}",
        }
        if rng.random() < 0.3:
            one["canary"] = "true"
        labels.append(one)
    names = [f"pod-{i}" for i in range(rows)]
    return pd.DataFrame({"NAME": names, "READY": "1/1", "STATUS": "Running", "RESTARTS": 0, "labels": labels})


def measure(rows: int) -> dict[str, list[float]]:
    """Return for each thing that a reader does its times in milliseconds; runs inside a kernel."""
    import k8snotes as kn

    pods = table(rows)
    # the first full collection after making so many dicts takes Python about 60 ms, wherever it falls
    gc.collect()
    times: dict[str, list[float]] = {}

    def timed(name, work):
        start = time.perf_counter()
        result = work()
        times.setdefault(name, []).append((time.perf_counter() - start) * 1e3)
        return result

    explorer = timed("open", lambda: kn.explore(pods))
    for _ in range(3):
        for end in range(len(TYPED) + 1):
            timed("keystroke", lambda end=end: setattr(explorer, "selector", TYPED[:end]))
        for text in ("", "env!=prod", "tier notin (db)", "canary", "!canary", "app in (app1,app2,app3)"):
            timed("keystroke", lambda text=text: setattr(explorer, "selector", text))
        explorer._unmatched.value = True
        for text in ("app=app7", "app=app7,tier=frontend", "env!=prod", "tier=fronted"):
            timed("keystroke, left-out rows shown", lambda text=text: setattr(explorer, "selector", text))
        explorer._unmatched.value = False
        explorer.selector = ""
        for key, value in CLICKS:
            timed("click on a facet", lambda key=key, value=value: explorer._value_clicked(key, value))
        timed("keys of controllers", lambda: explorer._fold_keys(None))
        timed("undo", explorer.undo)
    return times


def in_kernel(rows: int) -> dict[str, list[float]]:
    """Start a kernel, measure in it, and stop it: its widgets send their messages for real."""
    from jupyter_client.manager import start_new_kernel

    here = Path(__file__).resolve()
    path = os.pathsep.join([str(here.parents[2]), str(here.parent), os.environ.get("PYTHONPATH", "")])
    manager, client = start_new_kernel(env=dict(os.environ, PYTHONPATH=path), stderr=subprocess.DEVNULL)
    try:
        code = f"import json, bench_explore\nprint(json.dumps(bench_explore.measure({rows})))"
        printed: list[str] = []

        def keep(message):
            if message["msg_type"] == "stream" and message["content"]["name"] == "stdout":
                printed.append(message["content"]["text"])

        reply = client.execute_interactive(code, timeout=300, output_hook=keep)
        if reply["content"]["status"] != "ok":
            raise SystemExit("\n".join(reply["content"]["traceback"]))
        import json

        return json.loads("".join(printed))
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def main() -> int:
    """Print the times; return 1 if a keystroke costs more than the limit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    rows = parser.parse_args().rows
    times = in_kernel(rows)
    print(f"kn.explore on {rows:,} rows, in a kernel, messages to the browser included")
    for name, found in times.items():
        middle, worst = statistics.median(found), max(found)
        print(f"{name:32} median {middle:7.1f} ms   worst of {len(found):3} {worst:7.1f} ms")
    worst = max(max(times[name]) for name in times if name.startswith("keystroke"))
    print(
        f"one keystroke: {worst:.1f} ms at most; {'within' if worst <= LIMIT else 'MORE THAN'} {LIMIT:.0f} ms"
    )
    return worst > LIMIT


if __name__ == "__main__":
    sys.exit(main())
