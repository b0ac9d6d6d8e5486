"""`kubectl top`: prints what Pods and Nodes use, each by a subcommand of its own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from k8snotes.api.kind import Kind
from k8snotes.catalogue import _
from k8snotes.kubectl.failure import Stopped
from k8snotes.kubectl.flags import Parsed, flag
from k8snotes.kubectl.output.tabs import aligned
from k8snotes.kubectl.session import Session
from k8snotes.kubectl.verb import Verb, Verbs, run_subcommands

__all__ = ["COMMON", "Used", "amounts", "ask", "by_use", "check", "laid_out"]

_VERBS = Verbs(__name__, __path__)
_MI = 1024**2
COMMON = (
    flag("selector/l"),
    flag("sort-by"),
    flag("no-headers", "bool"),
    flag("use-protocol-buffers", "bool"),
    flag("show-swap", "bool"),
)
"""The flags of both subcommands."""


class Used(NamedTuple):
    """What something uses: its name with its Namespace, millicores and bytes."""

    namespace: str
    name: str
    cpu: int
    memory: int


def check(session: Session, parsed: Parsed) -> None:
    """Refuse what kubectl refuses: a wrong --sort-by, and a cluster in which nobody measures.

    Raises:
        Stopped: in kubectl's words.
    """
    if parsed.text("sort-by") not in ("", "cpu", "memory", "swap"):
        raise Stopped("--sort-by accepts only cpu, memory or swap")
    if not session.simulation.kubelets.usage.told:
        raise Stopped("Metrics API not available")


def ask(session: Session, kind: Kind, namespace: str, name: str = "") -> None:
    """Ask the Metrics API, not the one of Pods and Nodes, whether the user may read what is measured.

    Raises:
        Stopped: the user may not, in Kubernetes' words.
    """
    with session.asking():
        session.api.permit("get" if name else "list", kind, namespace, name)


def by_use(parsed: Parsed, items: Iterable[Used]) -> list[Used]:
    """Return the items by name, or by --sort-by: then what uses most comes first."""
    key = parsed.text("sort-by")
    in_order = sorted(items, key=lambda item: (item.namespace, item.name))
    if key in ("cpu", "memory"):
        in_order.sort(key=lambda item: -getattr(item, key))
    return in_order


def amounts(cpu: int, memory: int) -> tuple[str, str]:
    """Return millicores and bytes as kubectl prints them.

    >>> amounts(250, 300 * 1024**2)
    ('250m', '300Mi')
    """
    return f"{cpu}m", f"{memory // _MI}Mi"


def laid_out(rows: Sequence[Sequence[str]]) -> str:
    """Return rows in columns; unlike those of `kubectl get`, the last one is filled up, too."""
    return aligned("".join("".join(f"{cell}\t" for cell in row) + "\n" for row in rows), padding=3, minimum=6)


def top(session: Session, parsed: Parsed) -> None:
    """Print what Pods or Nodes use; without a subcommand, list the subcommands.

    What is used is what `c.use()` has said; what a Node uses is what its Pods use.

    Source of the rule: https://kubernetes.io/docs/reference/kubectl/generated/kubectl_top/
    """
    run_subcommands(session, parsed, _VERBS, session.out)


VERB = Verb(
    top,
    _("Print the CPU and memory that Pods or Nodes use."),
    example="kubectl top pods",
    subcommands=_VERBS,
)
