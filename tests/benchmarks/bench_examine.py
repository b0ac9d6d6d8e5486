"""What examining a manifest costs, beside parsing its YAML alone. Run it as a script."""

from __future__ import annotations

# ruff: noqa: T201
import statistics
import time

import yaml

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


def main() -> None:
    """Print the times and the ratios."""
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
