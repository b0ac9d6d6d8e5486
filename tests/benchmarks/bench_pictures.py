"""Every picture of a large cluster: CPU seconds, size of the picture, and of its words. Run it as a script.

It takes a number of Pods, 5,000 without one; 150,000 is Kubernetes' own limit, on 5,000 Nodes. The cluster is a snapshot
made of objects, so that only the pictures are measured. Nothing is remembered from one picture to the next except what the
package itself remembers.
"""

from __future__ import annotations

# ruff: noqa: T201
import re
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import large
from test_figures_large import pictures

SLOW = ("rules",)  # all rules of a Node for all Services: four lines for each Pod
SIZE = re.compile(r'width="(\d+)" height="(\d+)"')


def main() -> None:
    """Print a line for each picture."""
    pods = int(sys.argv[1]) if len(sys.argv) > 1 else 5_000
    c = large.cluster(pods)
    print(f"{pods:,} Pods on {len(c.objects('nodes')):,} Nodes, {len(c.objects('services')):,} Services")
    print(f"{'picture':30} {'CPU s':>6} {'size':>10} {'SVG kB':>7} {'words kB':>8}")
    for name, make in pictures(c).items():
        if pods > 20_000 and name in SLOW:
            continue
        start = time.process_time()
        figure = make()
        svg, text = figure.svg, figure.text
        spent = time.process_time() - start
        found = SIZE.search(svg)
        size = "x".join(found.groups()) if found else "?"
        print(f"{name:30} {spent:6.2f} {size:>10} {len(svg) / 1000:7.0f} {len(text) / 1000:8.0f}")


if __name__ == "__main__":
    main()
