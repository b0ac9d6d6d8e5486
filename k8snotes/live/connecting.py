"""kn.connect: a live cluster as a snapshot, which can be refreshed and followed, and never changed."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from importlib import import_module
from typing import Any

from k8snotes import actions
from k8snotes.api.base import KubeObject
from k8snotes.api.kind import Kind
from k8snotes.api.selector import Selector
from k8snotes.catalogue import Text, _, ngettext, sentences
from k8snotes.cluster import Cluster
from k8snotes.control_plane.apiserver import ApiServer
from k8snotes.control_plane.naming import seconds_of
from k8snotes.errors import ConnectError, SnapshotError
from k8snotes.face import calls, offered, with_calls
from k8snotes.facts.cluster_card import cluster_card
from k8snotes.facts.health.issue import Issue
from k8snotes.figures.card import card_html
from k8snotes.limits import Limits, Note, Notes
from k8snotes.live.answers import Server
from k8snotes.live.doubts import stands
from k8snotes.live.kubeconfig import Entry, entry
from k8snotes.live.reading import Reading, Unread
from k8snotes.live.surroundings import Surroundings, surroundings
from k8snotes.live.watching import SeenChanges, compared, watch
from k8snotes.lookup import Lookup
from k8snotes.network.network import Network
from k8snotes.screen import printable
from k8snotes.simulation import Simulation

__all__ = ["LiveCluster", "connect"]

_EXTRA = 'pip install "k8snotes[live]"'
_OF_TRACES = ("pods", "services", "endpointslices.discovery.k8s.io")
_LONGEST = 3_600  # seconds


@calls
def connect(
    context: str | None = None,
    namespace: str | Sequence[str] | None = None,
    *,
    kubeconfig: str | os.PathLike[str] | None = None,
    kinds: Sequence[str] = (),
    timeout: float = 10,
) -> LiveCluster:
    """Return a live cluster as it is now: a snapshot that can be refreshed and followed, and never changed.

    Only GET is ever sent. Of Secrets only names and keys are kept. What you may not read is said, and the rest is shown.
    It needs lightkube: `pip install "k8snotes[live]"`.

    Args:
        context: a context of the kubeconfig ("kind-shop"); None for the current one.
        namespace: the Namespace to read, or several; None for all that you may read.
        kubeconfig: the path of a kubeconfig file; None for those that KUBECONFIG names, else ~/.kube/config.
        kinds: the kinds to read, as kubectl names them (["pods", "svc"]); () for all that the server has.
        timeout: how many seconds an answer of the server may take.

    Raises:
        ConnectError: the cluster cannot be reached, or nothing of it may be read; `.code` says why.

    >>> try:
    ...     live = connect("shop", kubeconfig="shop.kubeconfig")
    ... except ConnectError as error:
    ...     print(error)
    There is no kubeconfig file shop.kubeconfig. `kubectl config view` shows which file kubectl uses.
    """
    chosen = entry(context, kubeconfig)
    spaces = (namespace,) if isinstance(namespace, str) else tuple(namespace or ())
    wanted = (kinds,) if isinstance(kinds, str) else tuple(kinds)
    server = _client(chosen, timeout)
    try:
        return LiveCluster._connected(  # noqa: SLF001  # made here
            chosen, server, Reading(server, spaces, chosen.namespace, wanted)
        )
    except BaseException:
        server.close()
        raise


def _client(chosen: Entry, timeout: float) -> Server:
    try:
        client: Any = import_module("k8snotes.live.client")
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in ("lightkube", "httpx2", "msgspec"):
            raise
        raise ConnectError(
            _(
                "kn.connect() needs a package that is not installed: lightkube. Install it with {command}, and restart the kernel.",
                command=_EXTRA,
            ),
            code="no-client",
        ) from None
    made: Server = client.Client(chosen, timeout)
    return made


class _LiveLookup(Lookup):
    """Finds objects of a live cluster; where one is not found, it says what could not be read."""

    def __init__(self, api: ApiServer, unread: Unread) -> None:
        super().__init__(api, snapshot=True)
        self._unread = unread

    def _instead(self, kind: Kind, namespace: str, name: str) -> str:
        return sentences(
            super()._instead(kind, namespace, name), self._unread.doubt(kind.qualified, namespace)
        )


class _LiveLimits(Limits):
    """What is not done here for a live cluster, after what could not be read of it."""

    unread: Unread

    def _unknown(self) -> list[Note]:
        return [Note(f"unread-{number}", words, ()) for number, words in enumerate(self.unread.words)]

    def all(self, where: str = "") -> list[Note]:
        """Return what could not be read where it matters, and what is not done."""
        return [*(self._unknown() if where in ("", "map") else ()), *super().all(where)]

    def of(self, objects: Iterable[KubeObject], where: str) -> list[Note]:
        """Return what is not done for some objects; where there are none, what could not be read."""
        given = list(objects)
        return super().of(given, where) if given else self._unknown()


class _LiveSimulation(Simulation):
    """The objects of a live cluster; nothing acts in it, and it says why it cannot be changed."""

    unread: Unread

    @property
    def lookup(self) -> Lookup:
        """Finds objects by kind, name and reference."""
        return _LiveLookup(self.api, self.unread)

    @property
    def network(self) -> Network:
        """The network; traces say where Pods, Services or their endpoints could not all be read."""
        network = super().network
        words = _("Not everything that a packet may meet could be read: see .notes.")
        doubted = any(self.unread.doubt(kind, None) for kind in _OF_TRACES)
        if doubted and words not in network.state.notes:
            network.state.notes += (words,)
        return network

    @property
    def limits(self) -> Limits:
        """What is not done here for the objects of this cluster, and what could not be read of it."""
        limits = _LiveLimits(
            self.api,
            snapshot=True,
            network_policies=self.network_policies,
            enforcement_known=self.enforcement_known,
        )
        limits.unread = self.unread
        return limits

    def copy(self) -> Simulation:
        """Return the cluster as it is now, which stays so."""
        other = object.__new__(_LiveSimulation)
        vars(other).update(vars(super().copy()))
        other.unread = self.unread
        return other

    def may_change(self) -> None:
        """Raise SnapshotError."""
        raise SnapshotError(
            _(
                "This was read from a live cluster, which k8snotes only reads, so it cannot be changed here. Use kubectl in a terminal, "
                "and live.refresh() after it. kn.Cluster() makes a cluster that you can change."
            )
        )


@with_calls
class LiveCluster(Cluster):
    """A live cluster, as it was when it was read last: what `kn.connect` returns.

    Every figure, table and question of a cluster works on it. `live.refresh()` reads it anew, `live.follow()` watches it
    for some time, and `live.copy()` is a snapshot that stays as it is.
    """

    _server: Server
    _reading: Reading
    _entry: Entry
    _around: Surroundings

    def __init__(self) -> None:
        raise ConnectError(_("kn.connect() makes a live cluster."), code="closed")

    __dir__ = offered("api", "simulation")
    simulation: _LiveSimulation

    @classmethod
    def _connected(cls, chosen: Entry, server: Server, reading: Reading) -> LiveCluster:
        live = object.__new__(cls)
        live._entry, live._server, live._reading = chosen, server, reading
        live.refused, live.assumed, live._told = [], [], set()
        reading.read()
        live._around = live._asked_around(reading)
        live._settle_down()
        return live

    # ---- what is known of it

    @property
    def context(self) -> str:
        """The context of the kubeconfig; "" in a Pod, which has none."""
        return self._entry.context

    @property
    def version(self) -> str:
        """The version of Kubernetes: "v1.31.2"; "" where the server does not say."""
        return self._around.version

    @property
    def read_at(self) -> str:
        """When it was read last, by the server's clock: "2026-01-01T00:00:00Z"."""
        return self._server.moment

    @property
    def found(self) -> Notes:
        """What was asked besides its objects (version, mode of kube-proxy, network plugin), or is assumed: a sentence each."""
        return Notes(map(str, self._found()))

    @property
    def unread(self) -> Notes:
        """What could not be read, and why: a sentence each."""
        return Notes(self._reading.words())

    # ---- time

    def refresh(self) -> SeenChanges:
        """Read everything anew, and return what is different, by kind and name.

        Raises ConnectError if the cluster can no longer be read; then it stays as it was.
        """
        old, reading = self._reading, self._reading
        fresh = Reading(self._server, reading.asked, reading.home, reading.kinds)
        fresh.read()
        self._around, self._reading = self._asked_around(fresh), fresh
        self._settle_down()
        return SeenChanges(compared(old.objects, fresh.objects))

    def follow(
        self,
        seconds: float | str = 30,
        *,
        changes: int | None = None,
        kinds: Sequence[str] = (),
    ) -> SeenChanges:
        """Watch the cluster for some time, keep it up to date, and return what has changed, in order.

        Everything that was read is watched, but for Events and Leases, which come and go by themselves. An interrupt ends it
        early; what was seen until then counts.

        Args:
            seconds: how long: a number of seconds, or a duration such as "2m"; at most an hour.
            changes: after how many changes it ends before that; None for no number.
            kinds: the kinds to watch, as `kubectl get` prints them ("pods", "deployments.apps", "Pod"); () for all.

        Raises:
            ConnectError: the connection was closed.
            ClusterError: this is no length of time.
        """
        bound = min(actions.whole_seconds("seconds", seconds), _LONGEST)
        wanted = {kind.lower() for kind in ((kinds,) if isinstance(kinds, str) else kinds)}
        places = [
            place
            for place in self._reading.places
            if place.resource.watched
            and place.resource.kind not in ("Event", "Lease")
            and (
                not wanted
                or wanted & {place.resource.kind.lower(), place.resource.plural, place.resource.name}
            )
        ]
        seen = SeenChanges()
        try:
            watch(self._server, places, bound, changes, seen)
        finally:
            self._settle_down()
        return seen

    def close(self) -> None:
        """End the connection; what was read stays."""
        self._server.close()

    # ---- inner

    def _asked_around(self, reading: Reading) -> Surroundings:
        daemonsets = any(
            place.resource.name == "daemonsets.apps" and place.namespace in ("", "kube-system")
            for place in reading.places
        )
        return surroundings(self._server, reading.objects, daemonsets=daemonsets)

    def _settle_down(self) -> None:
        """Make the snapshot of what is known now."""
        reading = self._reading
        simulation = _LiveSimulation.of_dump(reading.objects)
        simulation.api.now = max(seconds_of(self._server.moment), 0) or simulation.api.now
        simulation.proxy = self._around.computed_mode
        simulation.network_policies = self._around.enforces is not False
        simulation.enforcement_known = self._around.enforces is not None
        simulation.unread = reading.unread
        self.simulation = simulation
        self.assumed = [note for place in reading.places for note in place.notes]

    def _found(self) -> tuple[Text, ...]:
        if not self._entry.cluster.get("insecure-skip-tls-verify"):
            return self._around.words()
        unchecked = _(
            "The kubeconfig says insecure-skip-tls-verify: whoever is between you and the server can read your token."
        )
        return (*self._around.words(), unchecked)

    def _absence(self, kind: Kind, selector: Selector | None, namespace: str | None) -> str:
        doubt = self.simulation.unread.doubt(kind.qualified, namespace)
        return sentences(super()._absence(kind, selector, namespace), doubt)

    def _health(self) -> tuple[Issue, ...]:
        return tuple(issue for issue in super()._health() if stands(issue, self.simulation.unread))

    def _notes(self) -> list[str]:
        return [*(str(_("found: {what}", what=words)) for words in self._found()), *super()._notes()]

    def _repr_mimebundle_(self, **_kinds: Any) -> dict[str, str]:
        card = cluster_card(self._asked(), self._notes())
        about = [self._around.version and _("Kubernetes {version}", version=self._around.version)]
        about += [
            _("read at {moment}", moment=self.read_at.replace("T", " ").replace("Z", " UTC")),
            _("only read, never changed"),
        ]
        title = _("Live cluster {context}", context=self.context)
        card = card._replace(title=title, about=tuple(item for item in about if item))
        return {"text/plain": repr(self), "text/html": card_html(card)}

    @printable
    def __repr__(self) -> str:
        parts = {
            "context": self.context,
            "nodes": ngettext("{n} Node", "{n} Nodes", len(self.api.list("nodes"))),
            "pods": ngettext("{n} Pod", "{n} Pods", len(self.api.list("pods"))),
            "services": ngettext("{n} Service", "{n} Services", len(self.api.list("services"))),
        }
        first = _("<Live cluster {context}: {nodes}, {pods}, {services}>", **parts)
        return "\n".join([str(first), *(f"  {line}" for line in self._notes())])
