"""What is remembered of each autoscaler: what it has recommended and done, for its windows, and each of its rounds."""

from __future__ import annotations

from typing import NamedTuple

from k8snotes.api.kinds.pod import Pod
from k8snotes.control_plane.etcd import Key

__all__ = ["PERIOD", "Autoscaling", "Recommendation", "Record", "Round", "ScaleEvent", "Wish"]

PERIOD = 15
"""Seconds between two rounds (`--horizontal-pod-autoscaler-sync-period` of kube-controller-manager)."""
_ROUNDS = 600  # rounds of one autoscaler that are kept: two and a half hours


class Recommendation(NamedTuple):
    """How many Pods the metrics have asked for, before windows and limits; `time` in seconds of the cluster's clock."""

    replicas: int
    time: int


class ScaleEvent(NamedTuple):
    """A change of the number of Pods: by how many, and when; `outdated` once no rule asks for it any more."""

    change: int
    time: int
    outdated: bool = False


class Wish(NamedTuple):
    """What one metric has asked for in a round.

    Args:
        name: what is measured: "cpu".
        current: the average that was measured, in percent of the requests, or in thousandths; None if it failed.
        target: what it is to be, in the same unit.
        percent: whether both are in percent of the requests.
        replicas: how many Pods it asks for; None if it failed.
        total: what all Pods that counted use together, in thousandths (of a CPU, of a byte).
        pods: how many Pods these are.
    """

    name: str
    current: int | None
    target: int
    percent: bool
    replicas: int | None
    total: int = 0
    pods: int = 0


class Round(NamedTuple):
    """One round of an autoscaler.

    Args:
        time: when, in seconds of the cluster's clock.
        replicas: how many Pods the target wanted before.
        ready: how many of its Pods were ready.
        wishes: what each metric asked for; () where the metrics were not asked.
        wanted: how many Pods the metrics asked for together; None where they were not asked, or failed.
        held: the same after windows and limits; None if the round has ended in an error.
        limit: the reason of what held it back: "ScaleDownStabilized", "TooManyReplicas", ...; "" if nothing did.
    """

    time: int
    replicas: int
    ready: int
    wishes: tuple[Wish, ...]
    wanted: int | None
    held: int | None
    limit: str = ""


class Record:
    """What is remembered of one autoscaler.

    Attributes:
        recommendations: the latest, in the order in which they were made or replaced an old one.
        ups: when it has added Pods.
        downs: when it has removed Pods.
        rounds: the latest, in order.
        seen: how many Pods the target wanted when the autoscaler had last done its work.
        selects: whether it has ever looked for the Pods of its target: from then on it may be in another's way.
    """

    __slots__ = ("downs", "recommendations", "rounds", "seen", "selects", "ups")

    def __init__(self) -> None:
        self.recommendations: list[Recommendation] = []
        self.ups: list[ScaleEvent] = []
        self.downs: list[ScaleEvent] = []
        self.rounds: list[Round] = []
        self.seen: int | None = None
        self.selects = False

    def copy(self) -> Record:
        """Return an independent record in the same state."""
        other = Record()
        other.recommendations = self.recommendations.copy()
        other.ups, other.downs = self.ups.copy(), self.downs.copy()
        other.rounds, other.seen, other.selects = self.rounds.copy(), self.seen, self.selects
        return other


class Autoscaling:
    """What is remembered of the autoscalers of a cluster, by their uids.

    kube-controller-manager keeps this in its memory. Here it lies beside the store, so that a copy of a cluster
    goes on as the cluster would.

    Attributes:
        delays: how long the CPU of a new Pod does not count (see `Delays`); None: as long as by default.
        seen_pods: by Namespace, the last change of Pods that was seen, and the Pods by their labels; it only saves time.

    >>> memory = Autoscaling()
    >>> memory.of("1").recommendations
    []
    """

    def __init__(self) -> None:
        self._records: dict[str, Record] = {}
        self._keys: dict[Key, str] = {}
        self.delays: tuple[int, int] | None = None
        self.seen_pods: dict[str, tuple[int, list[tuple[dict[str, str], list[Pod]]]]] = {}

    def __repr__(self) -> str:
        return f"<Autoscaling: {len(self._records)} remembered>"

    def of(self, uid: str) -> Record:
        """Return a copy of what is remembered of an autoscaler, to be changed and kept."""
        record = self._records.get(uid)
        return Record() if record is None else record.copy()

    def selects(self, uid: str) -> bool:
        """Return whether an autoscaler has ever looked for the Pods of its target."""
        record = self._records.get(uid)
        return record is not None and record.selects

    def seen(self, uid: str) -> int | None:
        """Return how many Pods an autoscaler has left its target with, None before its first round."""
        record = self._records.get(uid)
        return None if record is None else record.seen

    def keep(self, key: Key, uid: str, record: Record) -> None:
        """Remember what an autoscaler has done, and forget rounds that were long ago."""
        del record.rounds[:-_ROUNDS]
        self._records[uid] = record
        self._keys[key] = uid

    def forget(self, key: Key) -> None:
        """Forget an autoscaler that is gone."""
        uid = self._keys.pop(key, None)
        if uid is not None:
            self._records.pop(uid, None)

    def copy(self) -> Autoscaling:
        """Return an independent one in the same state."""
        other = Autoscaling()
        other._records = {uid: record.copy() for uid, record in self._records.items()}
        other._keys = self._keys.copy()
        other.delays = self.delays
        return other
