"""What controllers remember about Pods that the API server refused, and when to try again."""

from __future__ import annotations

from collections.abc import Iterator

from k8snotes.api.base import KubeObject, mapping
from k8snotes.api.quantity import Quantity
from k8snotes.control_plane.etcd import Key, WatchEvent
from k8snotes.errors import QuantityError

__all__ = ["ADMISSION", "Refusals"]

ADMISSION = (
    "resourcequotas",
    "limitranges",
    "serviceaccounts",
    "priorityclasses.scheduling.k8s.io",
    "runtimeclasses.node.k8s.io",
)
"""What admission reads before it takes a Pod: a change of one of these may let in what was refused."""


class Refusals:
    """The workloads whose Pods were refused, with the API server's message.

    Kubernetes tries again after pauses that grow. Here a controller tries again when something has
    changed that may help: the workload itself, what admission reads, or a Pod that is gone.
    """

    def __init__(self) -> None:
        self._messages: dict[Key, str] = {}

    def of(self, key: Key) -> str:
        """Return the message of the last refusal, "" if there was none."""
        return self._messages.get(key, "")

    def note(self, key: Key, message: str) -> None:
        """Remember that a Pod of this workload was refused."""
        self._messages[key] = message

    def forget(self, key: Key) -> None:
        """Try again the next time."""
        self._messages.pop(key, None)

    def worth_another_try(self, event: WatchEvent) -> Iterator[Key]:
        """Yield the workloads for which this change may have made room, and forget their refusals."""
        if not self._messages or not _may_help(event):
            return
        for key in [key for key in self._messages if event.key[1] in (key[1], "")]:
            yield key
            self._messages.pop(key, None)  # once it is queued, not before

    def copy(self) -> Refusals:
        """Return an independent record in the same state."""
        other = Refusals()
        other._messages = self._messages.copy()
        return other


def _may_help(event: WatchEvent) -> bool:
    """Whether after this change a Pod that was refused may be taken: a Pod is gone, or admission reads something else."""
    if event.key[0] == "pods":
        return event.type == "DELETED"
    if event.old is None or event.type == "DELETED" or event.old.spec != event.object.spec:
        return True
    return _uses_less(event.old, event.object)


def _uses_less(before: KubeObject, after: KubeObject) -> bool:
    """Whether a quota reports that less of something is used than before."""
    used = mapping(after.status.get("used"))
    try:
        return any(
            Quantity(used.get(name, "0")) < Quantity(amount)
            for name, amount in mapping(before.status.get("used")).items()
        )
    except QuantityError:
        return True
