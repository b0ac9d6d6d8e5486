"""What examining a manifest costs, beside parsing its YAML alone. Run it as a script."""

from __future__ import annotations

# ruff: noqa: T201
import base64
import statistics
import time

import yaml

from k8snotes import load
from k8snotes.doctor import examine

LIMIT = 50.0  # milliseconds, for 200 lines
LINES = 200
REPEATS = 30
ONE = """apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  selector:
    app: web
  ports:
  - port: 80
    targetPort: http
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  labels: {app: web}
spec:
  replicas: 2
  selector:
    matchLabels:
      app: web
  template:
    metadata:
      labels:
        app: web
    spec:
      containers:
      - name: web
        image: nginx:1.27
        env:
        - name: COLOUR
          value: blue
        resources:
          requests: {cpu: 100m, memory: 64Mi}
        ports:
        - name: http
          containerPort: 8080
"""
SECRET_BYTES = 500_000
MOST_TIMES_LOAD = 10.0  # that examining a dump with Secrets may take, beside loading it
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def manifest() -> str:
    """Return 200 lines of good manifests: Services, and the Deployments behind them."""
    text = ""
    number = 0
    while text.count("\n") < LINES - 1:
        number += 1
        text += ("---\n" if text else "") + ONE.replace("web", f"web{number}")
    return text


def broken(text: str) -> str:
    """Return the same with a tab, a typo, a missing blank and a field at the wrong depth in every document."""
    return (
        text.replace("metadata:\n  name", "metadata:\n\tname")
        .replace("image:", "imgae:")
        .replace("- port: ", "-port: ")
    )


def milliseconds(act, text: str) -> float:
    """Return the median time of some runs."""
    times = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        act(text)
        times.append((time.perf_counter() - began) * 1000)
    return statistics.median(times)


def secrets(size: int, *, dumped: bool) -> str:
    """Return a List of Secrets and Services of so many bytes, as a cluster or as an author wrote it."""
    items: list[str] = []
    written = number = 0
    while written < size:
        number += 1
        given = f"    uid: UID-{number}\n    creationTimestamp: '2026-01-01T00:00:00Z'\n" if dumped else ""
        data = "".join(
            f"    key{key}: {base64.b64encode(f'value {number} {key}'.encode()).decode()}\n"
            for key in range(8)
        )
        secret = (
            f"- apiVersion: v1\n  kind: Secret\n  metadata:\n    name: db{number}\n{given}  data:\n{data}"
        )
        service = (
            f"- apiVersion: v1\n  kind: Service\n  metadata:\n    name: web{number}\n{given}"
            f"  spec:\n    selector: {{app: web{number}}}\n    ports: [{{port: 80}}]\n"
        )
        items += [secret.replace("UID", "s"), service.replace("UID", "v")]
        written += len(secret) + len(service)
    return "apiVersion: v1\nkind: List\nitems:\n" + "".join(items)


def once(act, text: str) -> float:
    """Return the CPU time of one run, in milliseconds."""
    began = time.process_time()
    act(text)
    return (time.process_time() - began) * 1000


def beside_load() -> None:
    """Print what examining a large file with Secrets costs, beside loading it."""
    for name, dumped in (("a dump", True), ("new objects", False)):
        text = secrets(SECRET_BYTES, dumped=dumped)
        loaded = once(load, text)
        examined = once(examine, text)
        print(
            f"{len(text):,} bytes of Secrets and Services, {name}: load {loaded:.0f} ms, examine {examined:.0f} ms, "
            f"{examined / loaded:.1f} times of {MOST_TIMES_LOAD:.0f} that it may take"
        )


def main() -> None:
    """Print the times and the ratios."""
    beside_load()
    good = manifest()
    bare = milliseconds(lambda text: list(yaml.load_all(text, Loader=LOADER)), good)
    pure = milliseconds(lambda text: list(yaml.safe_load_all(text)), good)
    print(f"{len(good.splitlines())} lines; milliseconds, median of {REPEATS}")
    print(f"bare parsing, C loader       {bare:7.2f}")
    print(f"bare parsing, Python loader  {pure:7.2f}")
    for name, text in (("good", good), ("broken", broken(good))):
        found = examine(text)
        taken = milliseconds(examine, text)
        print(
            f"examine, {name + ' manifest':<20}{taken:7.2f}  {taken / bare:.1f} times the C loader, "
            f"{taken / pure:.2f} times the Python one; {found.summary}"
        )
        if name == "good":
            print(f"{taken:.1f} of the {LIMIT:.0f} ms that it may take")


if __name__ == "__main__":
    main()
