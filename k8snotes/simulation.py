"""A simulated cluster: its state and its time. It connects Master, Nodes and network, and shows nothing itself."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from itertools import count as counter
from typing import TYPE_CHECKING, Self

from k8snotes.api.base import KubeObject, Manifest
from k8snotes.bootstrap import (
    kubernetes_endpoints,
    kubernetes_service,
    nodes_of,
    system_namespaces,
    system_priority_classes,
)
from k8snotes.catalogue import _
from k8snotes.control_plane.addresses import NodeIPs, PodIPs, pod_network
from k8snotes.control_plane.apiserver import NAMESPACES, ApiServer
from k8snotes.control_plane.bootstrap_policy import bootstrap_policy
from k8snotes.control_plane.bounds import Unrest
from k8snotes.control_plane.changes import Changes
from k8snotes.control_plane.component import Component
from k8snotes.control_plane.controller_manager import controllers
from k8snotes.control_plane.controllers.furnishing import furniture_of
from k8snotes.control_plane.etcd import clone
from k8snotes.control_plane.events import expire
from k8snotes.control_plane.ingress_controller import WebComponent
from k8snotes.control_plane.ingress_rules import WebController
from k8snotes.control_plane.scheduler import Scheduler
from k8snotes.control_plane.storage_driver import StorageDriver
from k8snotes.errors import ClusterError, SnapshotError, did_you_mean
from k8snotes.heap import unswept
from k8snotes.limits import Limits
from k8snotes.lookup import Lookup
from k8snotes.node.decision import MODES
from k8snotes.node.kubelet import Kubelets
from k8snotes.node.metrics_server import MetricsServer
from k8snotes.node.programs import Programs
from k8snotes.progress_bar import Bar
from k8snotes.screen import printable

if TYPE_CHECKING:
    from k8snotes.network.network import Network  # loaded when a packet is sent

__all__ = ["Simulation"]

_MADE = counter(1)
_KEPT = 2_500  # changes of the log
_MANY = 2_000  # changes of one settling, after which it is shown how far it has come
_MAKERS = ("deployments.apps", "replicasets.apps", "replicationcontrollers", "statefulsets.apps")
_KEPT_MEANWHILE = 20_000  # changes of the history while a large cluster settles


class Simulation:
    """An API server, the components that watch it, and a logical clock.

    No container runs, and every answer follows Kubernetes' rules. kubectl and the reader's `Cluster` use it.

    Args:
        nodes: a number of Nodes, or Node manifests; [] for none.
        cpu: CPU of each numbered Node, as a quantity ("4", "500m", 2).
        memory: memory of each numbered Node, as a quantity ("8Gi").
        pods: how many Pods each numbered Node can hold.
        proxy: the mode of kube-proxy on all Nodes: "iptables" or "nftables".
        network_policies: whether the network plugin enforces NetworkPolicies; some plugins ignore them.

    Raises:
        ClusterError: no Node can be made from a number or a manifest, or kube-proxy has no such mode.

    >>> simulation = Simulation(nodes=2)
    >>> [node.name for node in simulation.api.list("nodes")]
    ['node-1', 'node-2']
    """

    _network: Network | None = None

    def __init__(
        self,
        nodes: int | Sequence[Manifest | KubeObject] = 3,
        *,
        cpu: str | float = "4",
        memory: str | float = "8Gi",
        pods: int = 110,
        proxy: str = "iptables",
        network_policies: bool = True,
    ) -> None:
        self.proxy = _mode(proxy)
        self.api = ApiServer()
        self.network_policies = network_policies
        self.enforcement_known = True  # whether that is known; a dump does not tell
        self.serial = next(_MADE)  # the later made, the greater; a copy has 0
        self.typed_at = (
            -1
        )  # the revision that a kubectl command has left behind, while nothing else has written
        self.kubeconfig: Manifest = {}  # what `kubectl config` has made of it; {} as it was at first
        number = nodes if isinstance(nodes, int) else len(nodes) if isinstance(nodes, Sequence) else 0
        self.pod_ips, self.node_ips = PodIPs(pod_network(number)), NodeIPs()
        self.programs = Programs(self.api)
        self.kubelets = Kubelets(self.pod_ips, self.programs)
        self.api.resource_metrics = MetricsServer(self.api, self.kubelets.usage)
        self.components: tuple[Component, ...] = (*controllers(), Scheduler(), self.kubelets)
        self.snapshot = False
        self.unrest = ""  # which component keeps writing what, if the last settling had to be stopped
        for manifest in system_namespaces():
            self.api.register(manifest, by="kube-apiserver")
        self.api.create(kubernetes_service(), by="kube-apiserver")
        for manifest in kubernetes_endpoints():
            self.api.register(manifest, by="kube-apiserver")
        for manifest in nodes_of(nodes, self.pod_ips, self.node_ips, cpu=cpu, memory=memory, pods=pods):
            self.api.register(manifest, by="kubelet")
        for manifest in system_priority_classes():
            self.api.furnish(manifest)
        for name in NAMESPACES:
            for manifest in furniture_of(name):
                self.api.furnish(manifest)
        self.api.store.adopt(bootstrap_policy())
        self.api.log.clear()

    @printable
    def __repr__(self) -> str:
        return f"<Simulation, revision {self.api.store.revision}>"

    @classmethod
    def of_dump(cls, objects: Sequence[KubeObject]) -> Self:
        """Return a snapshot: a cluster that holds the objects of a dump, and in which no component acts."""
        from k8snotes.control_plane import dump  # noqa: PLC0415  # loaded for a dump

        simulation = cls(nodes=0)
        store = simulation.api.store
        for resource in store.resources():
            for obj in store.list(resource):
                store.delete(obj.key)
        for obj in objects:
            store.take(obj)
        simulation.api.now = dump.latest_moment(objects)
        simulation.snapshot, simulation.enforcement_known = True, False
        simulation.api.log.clear()
        return simulation

    @property
    def lookup(self) -> Lookup:
        """Finds objects by kind, name and reference."""
        return Lookup(self.api, snapshot=self.snapshot)

    @property
    def limits(self) -> Limits:
        """What is not done here, for the objects of this cluster."""
        return Limits(
            self.api,
            snapshot=self.snapshot,
            network_policies=self.network_policies,
            enforcement_known=self.enforcement_known,
            controllers=self.web_controllers,
        )

    @property
    def drivers(self) -> frozenset[str] | None:
        """The names of the storage drivers that run here; None in a snapshot, where that is not known."""
        if self.snapshot:
            return None
        return frozenset(item.name for item in self.components if isinstance(item, StorageDriver))

    @property
    def web_controllers(self) -> tuple[WebController, ...]:
        """The controllers of Ingresses and Gateways that run here."""
        return tuple(item.controller for item in self.components if isinstance(item, WebComponent))

    @property
    def network(self) -> Network:
        """The network, which sends packets and looks names up."""
        from k8snotes.network.network import Network  # noqa: PLC0415  # loaded when a packet is sent

        if self._network is None:
            known = not self.snapshot
            self._network = Network(
                self.api,
                find=self.lookup.at,
                programs=self.programs,
                silent=self.kubelets.stopped,
                pod_range=str(self.pod_ips.network) if known else "",
                service_range=str(self.api.service_ips.network) if known else "",
                proxy=self.proxy,
                from_dump=self.snapshot,
                controllers=lambda: self.web_controllers,
                network_policies=self.network_policies,
                enforcement_known=self.enforcement_known,
            )
        return self._network

    def may_change(self) -> None:
        """Raise SnapshotError if the cluster is a snapshot."""
        if self.snapshot:
            raise SnapshotError(
                _(
                    "This cluster is a snapshot of another cluster, so it cannot be changed. "
                    "kn.Cluster() makes a cluster that you can change."
                )
            )

    # ---- time

    def step(self) -> Changes:
        """Let the next component that has work act once; returns its changes, in order.

        If every component only waits, the clock moves forward to the next moment at which one of them acts.
        """
        if self.snapshot:
            return Changes()
        changes = self._act()
        while not changes and (alarm := self._next_alarm()) is not None:
            self._put_forward(min([alarm, *self._stops()]))
            changes = self._act()
        return changes

    def _stops(self) -> list[int]:
        """Return the deadlines over which the clock does not jump: what is done then is done once for each of them."""
        return [when for item in self.components if item.punctual for when in item.deadlines.values()]

    @property
    def has_work(self) -> bool:
        """Whether something happens by itself if time passes."""
        return self._next_alarm() is not None or self._next_deadline() is not None

    def let_time_pass(self) -> bool:
        """Put the clock forward to the next deadline, which settling does not wait for. Returns whether there is one."""
        deadline = self._next_deadline()
        if deadline is None or self.snapshot:
            return False
        self._put_forward(deadline)
        return True

    def go_on(self, end: int) -> bool:
        """Let the next component act that has work by a moment; returns whether one has, else the clock stands there.

        Args:
            end: the moment, in seconds of the cluster's clock.

        >>> simulation = Simulation(nodes=1)
        >>> simulation.go_on(90), simulation.api.now
        (False, 90)
        """
        while not self.snapshot:
            if self._act():
                return True
            moments = [when for when in (self._next_alarm(), self._next_deadline()) if when is not None]
            if not moments or max(min(moments), self.api.now) > end:
                self._put_forward(end)
                break
            self._put_forward(min(moments))
        return False

    @unswept()
    def wait(self, seconds: int) -> Changes:
        """Let time pass, and the components act meanwhile; returns all changes, in order.

        Unlike settling, it goes on while containers fail again and again, and it ends when the time is over.

        Args:
            seconds: how long, at least 0.

        >>> simulation = Simulation(nodes=1)
        >>> _ = simulation.wait(90)
        >>> simulation.api.now
        90
        """
        changes = Changes()
        if self.snapshot:
            return changes
        end, unrest = self.api.now + seconds, Unrest(self.api.store, spare=seconds)
        aged = 0
        while not changes.note:
            step = self._act()
            if step:
                changes += step
                changes.note = unrest.note(step)
                if len(changes) > aged + _KEPT:
                    aged = len(changes)
                    self._age(aged)
                continue
            moments = [when for when in (self._next_alarm(), self._next_deadline()) if when is not None]
            if not moments or min(moments) > end:
                break
            self._put_forward(min(moments))
        self._put_forward(end)
        self.unrest = changes.note
        self._age(len(changes))
        return changes

    def _put_forward(self, moment: int) -> None:
        """Put the clock forward, unless it is later already, and let what waited for less be looked at."""
        self.api.now = max(self.api.now, moment)
        for component in self.components:
            component.miss_deadlines(self.api.now)

    @unswept()
    def settle(self) -> Changes:
        """Let the components act until none of them has any work left; returns all changes, in order.

        If they would never stop, it stops them, and `.note` of the answer says which component keeps writing what.
        """
        changes, unrest = Changes(), Unrest(self.api.store)
        with ExitStack() as stack:
            bar: Bar | None = None
            while not changes.note and (step := self.step()):
                changes += step
                changes.note = unrest.note(step)
                self._forget_meanwhile()
                if bar is None and len(changes) > _MANY:
                    bar = stack.enter_context(Bar(_("The cluster settles"), self._to_come()))
                    shown = len(changes)
                if bar is not None:
                    bar.at(len(changes) - shown)
        self.unrest = changes.note
        self._age(len(changes))
        return changes

    def _to_come(self) -> int:
        """Return about how many changes are to come: each Pod is created, bound, and started in two steps."""
        pods, wanted = self.api.store.list("pods"), 0
        for item in (item for resource in _MAKERS for item in self.api.store.list(resource)):
            replicas = item.spec.get("replicas")
            wanted += replicas if isinstance(replicas, int) and item.owner is None else 0
        missing = max(0, wanted - sum(pod.owner is not None for pod in pods))
        waiting = sum(pod.status.get("phase") == "Pending" for pod in pods)
        return int(4 * missing + 3 * waiting)

    def _forget_meanwhile(self) -> None:
        """Forget the history of a large cluster while it settles, as soon as every component has seen it."""
        store = self.api.store
        if store.revision - store.compacted > 2 * _KEPT_MEANWHILE:
            for item in self.components:
                item.catch_up(self.api)
            store.compact(min(item.seen for item in self.components), _KEPT_MEANWHILE)

    def _age(self, latest: int) -> None:
        """Forget old Events, history and log entries, so that a cluster that lives long does not grow.

        Args:
            latest: how many changes the last settling has made: all of them are kept.
        """
        expire(self.api)
        self.api.store.compact(min(item.seen for item in self.components))
        self.api.log.age(max(_KEPT, latest))

    def _next_alarm(self) -> int | None:
        return min(
            (when for item in self.components if (when := item.next_alarm()) is not None), default=None
        )

    def _next_deadline(self) -> int | None:
        return min((when for item in self.components for when in item.deadlines.values()), default=None)

    def _act(self) -> Changes:
        for component in self.components:
            before = len(self.api.log)
            component.run(self.api)
            changes = Changes(self.api.log[before:])
            if changes:
                self.api.now += 1
                return changes
        return Changes()

    def copy(self) -> Simulation:
        """Return an independent cluster in the same state."""
        other = object.__new__(Simulation)
        other.api = self.api.copy()
        other.pod_ips, other.node_ips = self.pod_ips.copy(), self.node_ips.copy()
        other.programs = self.programs.copy(other.api)
        other.kubelets = self.kubelets.copy_with(other.pod_ips, other.programs)
        other.api.resource_metrics = MetricsServer(other.api, other.kubelets.usage)
        others = (item.copy() for item in self.components if item is not self.kubelets)
        other.components = (*others, other.kubelets)
        other.snapshot, other.unrest, other.proxy = self.snapshot, self.unrest, self.proxy
        other.network_policies, other.enforcement_known = self.network_policies, self.enforcement_known
        other.serial, other.typed_at = 0, self.typed_at
        other.kubeconfig = clone(self.kubeconfig)
        return other


def _mode(proxy: str) -> str:
    """Return a mode of kube-proxy. Raises ClusterError for what is none."""
    if proxy in MODES:
        return proxy
    raise ClusterError(
        _(
            'kube-proxy has no mode "{mode}" here. Write proxy="iptables" or proxy="nftables".{suggestion}',
            mode=proxy,
            suggestion=did_you_mean(str(proxy), MODES),
        )
    )
