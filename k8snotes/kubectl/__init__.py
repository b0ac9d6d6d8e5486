"""kubectl in a cell: the same verbs, as one types them, on a simulated cluster."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from k8snotes.kubectl.output import Output
    from k8snotes.simulation import Simulation

__all__ = ["kubectl"]


def kubectl(
    simulation: Simulation, line: str | Sequence[str], *, stdin: str = "", folder: str | Path = "."
) -> Output:
    """Run one command on a cluster, and return what kubectl would print; never raises.

    `stdin` is what `-f -` reads, `folder` where files are looked for.
    """
    from k8snotes.kubectl.running import run  # noqa: PLC0415  # the verbs are loaded when one is typed

    return run(simulation, line, stdin=stdin, folder=Path(folder))
