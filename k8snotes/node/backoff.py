"""Back-off: the pause before a container is started again, twice as long after each time it ends."""

from __future__ import annotations

__all__ = ["Backoff"]

_FIRST, _LONGEST = 10, 300


class Backoff:
    """The pauses of containers in seconds: none before the first restart, then 10, 20, 40, up to 300.

    A container that has run for ten minutes begins anew.
    Source of the rule: https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#restart-policy
    """

    def __init__(self) -> None:
        self._pauses: dict[tuple[str, str], tuple[int, int]] = {}

    def pause(self, uid: str, container: str, ended: int) -> int:
        """Return how many seconds after its end (at `ended`) a container is started again."""
        pause, last = self._pauses.get((uid, container), (0, 0))
        return 0 if ended - last > 2 * _LONGEST else pause

    def restarted(self, uid: str, container: str, now: int) -> None:
        """Note that a container was started again: the next pause is longer."""
        pause, last = self._pauses.get((uid, container), (0, 0))
        longer = _FIRST if not pause or now - last > 2 * _LONGEST else min(2 * pause, _LONGEST)
        self._pauses[uid, container] = longer, now

    def forget(self, uid: str) -> None:
        """Forget a Pod that is gone."""
        for key in [key for key in self._pauses if key[0] == uid]:
            del self._pauses[key]

    def copy(self) -> Backoff:
        """Return an independent record in the same state."""
        other = Backoff()
        other._pauses = self._pauses.copy()
        return other
