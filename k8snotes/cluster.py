"""The cluster that a reader holds: what may be done to it, what may be asked of it, and the pictures of the answers.

It holds a `Simulation` and adds nothing of its own: actions are in `actions`, answers in `facts`, pictures in
`figures`. Views are loaded when one is asked for.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from k8snotes import actions, datasets, loading
from k8snotes.api.base import KubeObject, Manifest
from k8snotes.api.furniture import counts
from k8snotes.api.kinds.node import Node
from k8snotes.api.kinds.pod import Pod
from k8snotes.api.kinds.service import Service
from k8snotes.api.plural import count
from k8snotes.api.ref import parse_ref
from k8snotes.api.selector import Selector
from k8snotes.api.sources import read
from k8snotes.control_plane import eviction
from k8snotes.control_plane.apiserver import ApiServer
from k8snotes.control_plane.changes import Changes, Why
from k8snotes.errors import ApiWarning, ClusterError, ManifestWarning
from k8snotes.screen import printable, printed
from k8snotes.simulation import Simulation

if TYPE_CHECKING:
    # views, and what only they need: they are imported by the methods that show something
    import pandas as pd

    from k8snotes.facts.architecture import Architecture
    from k8snotes.facts.node_rules import NodeRules
    from k8snotes.figures.endpoints import EndpointsView
    from k8snotes.figures.figure import Figure
    from k8snotes.figures.rules import RulesFigure
    from k8snotes.figures.timeline import TimelineFigure
    from k8snotes.figures.trace import TraceFigure
    from k8snotes.kubectl.output import Output
    from k8snotes.network.trace import Trace
    from k8snotes.widgets.player import Player
    from k8snotes.widgets.walker import Walker

__all__ = ["Cluster", "load"]


def load(
    source: Any,
    *,
    nodes: int | Sequence[Manifest | KubeObject] | None = None,
    cpu: str | float = "4",
    memory: str | float = "8Gi",
    pods: int = 110,
    namespace: str = "default",
) -> Cluster:
    """Return a new cluster with an application in it, settled.

    Namespaces that are only named are created, and `.assumed` of the cluster says so. Documents that the
    API server refuses are in `.refused`, and a ManifestWarning tells of them. A dump (`kubectl get -o yaml` or
    `json`) is shown as it was found: it makes a snapshot.

    Args:
        source: a name in data/ ("guestbook"), a path (a file, or a folder with all below it), manifest text,
            manifests, or a dump.
        nodes: a number of Nodes or Node manifests; without it the Nodes that the source has, else three.
        cpu: CPU of each numbered Node ("4").
        memory: memory of each numbered Node ("8Gi").
        pods: how many Pods each numbered Node takes.
        namespace: where documents go that name no Namespace.

    Raises:
        ManifestError: the source cannot be read.
        ClusterError: the Nodes make no sense.

    >>> load("guestbook", nodes=2)
    <Cluster: 2 Nodes, 9 Pods, 4 Services>
    >>> load("till-dump").snapshot
    True
    """
    loaded = loading.load(source, nodes=nodes, cpu=cpu, memory=memory, pods=pods, namespace=namespace)
    cluster = Cluster._of(loaded.simulation)  # noqa: SLF001  # made by its own module
    cluster.refused, cluster.assumed = [*loaded.refused], [*loaded.assumed]
    if loaded.refused:
        lines = [f"  {item}" for item in loaded.refused]
        number = len(lines)
        what = "1 document was refused" if number == 1 else f"{number} documents were refused"
        message = "\n".join([f"{what} by the API server; the rest is loaded (see .refused):", *lines])
        warnings.warn(printed(message), ManifestWarning, stacklevel=2)
    if loaded.simulation.unrest:
        warnings.warn(printed(loaded.simulation.unrest), ManifestWarning, stacklevel=2)
    return cluster


class Cluster:
    """A simulated cluster; nothing runs, and everything answers by Kubernetes' rules.

    Args:
        nodes: a number of Nodes, or a list of Node manifests ([]: none).
        cpu: CPU of each numbered Node, a quantity ("4", "500m", 2).
        memory: memory of each numbered Node, a quantity ("8Gi").
        pods: how many Pods each numbered Node takes.

    Raises:
        ClusterError: a number or a manifest that makes no Node.

    >>> c = Cluster(nodes=2)
    >>> c
    <Cluster: 2 Nodes, 0 Pods, 1 Service>
    """

    def __init__(
        self,
        nodes: int | Sequence[Manifest | KubeObject] = 3,
        *,
        cpu: str | float = "4",
        memory: str | float = "8Gi",
        pods: int = 110,
    ) -> None:
        self.simulation = Simulation(nodes, cpu=cpu, memory=memory, pods=pods)
        self.refused: list[loading.Refused] = []
        self.assumed: list[str] = []

    @classmethod
    def _of(cls, simulation: Simulation) -> Cluster:
        cluster = object.__new__(cls)
        cluster.simulation = simulation
        cluster.refused, cluster.assumed = [], []
        return cluster

    def __dir__(self) -> list[str]:
        names = {*vars(Cluster), "refused", "assumed"} - {"api"}  # what a reader is promised
        return sorted(name for name in names if not name.startswith("_"))

    # ---- reading

    @property
    def snapshot(self) -> bool:
        """Whether this is another cluster's dump: shown as it was found, and not to be changed."""
        return self.simulation.snapshot

    @property
    def api(self) -> ApiServer:
        """The API server."""
        return self.simulation.api

    @property
    def warnings(self) -> list[ApiWarning]:
        """The warnings that the API server gave, in order."""
        return self.api.warnings

    def __getitem__(self, ref: str) -> KubeObject:
        """Return the object of a reference: c["svc/web"], c["shop/pod/web-1"]."""
        return self.simulation.lookup.at(ref)

    def object(self, kind: str, name: str, namespace: str = "default") -> KubeObject:
        """Return one object by kind, name and namespace. Raises NotFoundError with what there is instead.

        >>> import k8snotes as kn
        >>> kn.load("guestbook").object("Pod", "client")
        <Pod default/client>
        """
        return self.simulation.lookup.object(kind, name, namespace)

    def objects(
        self, kind: str, selector: str | Selector | None = None, namespace: str | None = None
    ) -> list[KubeObject]:
        """Return the objects of a kind ("pods", "svc"), of all namespaces or one, that a selector finds.

        Raises NotFoundError for a kind that is not there, SelectorSyntaxError.

        >>> import k8snotes as kn
        >>> kn.load("guestbook").objects("svc", "tier=cache")
        [<Service default/cache>]
        """
        return self.simulation.lookup.objects(kind, selector, namespace)

    def get(
        self,
        kind: str,
        selector: str | Selector | None = None,
        namespace: str | None = None,
        *,
        wide: bool = False,
    ) -> pd.DataFrame:
        """Return a table as `kubectl get` prints it, plus a column `labels`; with `wide`, as `-o wide`.

        It looks in every namespace unless told one; only then there is no column NAMESPACE.

        >>> import k8snotes as kn
        >>> c = kn.load("guestbook")
        >>> list(c.get("services", namespace="default").columns)[:5]
        ['NAME', 'TYPE', 'CLUSTER-IP', 'EXTERNAL-IP', 'PORT(S)']
        """
        from k8snotes.tables import objects_table

        resource = self.simulation.lookup.kind(kind)
        objects = self.objects(kind, selector, namespace)
        return objects_table(
            objects,
            resource,
            self.api.timestamp,
            wide=wide,
            namespaced=resource.namespaced and namespace is None,
        )

    # ---- writing, as the API server answers it

    def apply(self, source: Any, namespace: str = "default") -> list[KubeObject]:
        """Create or update every document of `source` (text, path, manifests), as `kubectl apply` does.

        Documents that name no namespace go to `namespace`. Good documents are kept. If some are refused,
        ApiError is raised for the first, with all of them in `.errors`.

        >>> Cluster(nodes=1).apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}})
        [<Namespace shop>]
        """
        return self._send(source, lambda m: self.api.apply(m, namespace=namespace)[0])

    def create(self, source: Any, namespace: str = "default") -> list[KubeObject]:
        """Create every document of `source` (POST). Raises ApiError as `apply` does."""
        return self._send(source, lambda m: self.api.create(m, namespace=namespace))

    def replace(self, source: Any, namespace: str = "default") -> list[KubeObject]:
        """Put every document of `source` in place of the object of its name (PUT). Raises ApiError."""
        return self._send(source, lambda m: self.api.replace(m, namespace=namespace))

    def delete(self, ref: str, cascade: str = "background") -> None:
        """Delete an object; "background" deletes what it owns too, "orphan" leaves that alone.

        Raises NotFoundError, and ClusterError for another word.

        >>> import k8snotes as kn
        >>> c = kn.load("guestbook")
        >>> c.delete("rc/cache", cascade="orphan")
        >>> len(c.objects("pods", "tier=cache"))
        2

        Source of the rule: https://kubernetes.io/docs/concepts/architecture/garbage-collection/
        """
        self.simulation.may_change()
        if cascade not in ("background", "orphan"):
            raise ClusterError(f'cascade is "background" or "orphan", not "{cascade}".')
        self.api.delete(self[ref], cascade=cascade)

    def scale(self, ref: str, replicas: int) -> KubeObject:
        """Change how many Pods a workload wants; `settle()` then brings them. Returns the workload.

        Raises NotFoundError, and ClusterError for what has no replicas, or a number that is none.

        >>> import k8snotes as kn
        >>> c = kn.load("guestbook")
        >>> c.scale("rc/cache", 3).spec["replicas"]
        3
        """
        self.simulation.may_change()
        obj = self[ref]
        if "replicas" not in obj.spec and not obj.resource.scales:
            raise ClusterError(f"{obj.ref} has no replicas: a {obj.kind} cannot be scaled.")
        if isinstance(replicas, bool) or not isinstance(replicas, int) or replicas < 0:
            raise ClusterError(f"replicas is a whole number, 0 or more, not {replicas!r}.")
        return actions.scale(self.api, obj, replicas)

    def label(self, ref: str, *changes: str) -> Figure:
        """Set labels ("app=web") and remove them ("old-"); a label that is there is overwritten.

        Returns a Figure of which selectors found the object before and which find it now; its `.facts` say
        the same in plain values, and `.facts.object` is the object. Raises NotFoundError, ClusterError.

        >>> import k8snotes as kn
        >>> c = kn.load("guestbook")
        >>> c.label("pod/client", "role=guest", "old-").facts.object.labels
        {'role': 'guest'}

        Source of the rule: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/
        """
        from k8snotes.facts.label_change import label_change
        from k8snotes.figures.label_change import label_change_figure

        self.simulation.may_change()
        obj = self[ref]
        wanted = [actions.label_change(change) for change in changes]
        labelled = actions.edit_metadata(
            self.api, obj, "labels", dict(wanted), verb="label", why=" ".join(changes)
        )
        return label_change_figure(label_change(self.api, obj, labelled, wanted))

    def kubectl(self, line: str | Sequence[str], *, stdin: str = "") -> Output:
        """Run a command as one types it: c.kubectl("get pods -o wide"); never raises.

        Returns `.stdout`, `.stderr` and `.exit`, and shows itself as kubectl prints. `stdin` is what `-f -`
        reads. What a command sets going happens before the next one, as it does while one types, unless
        you take steps of your own in between.

        >>> Cluster(nodes=1).kubectl("get pods")
        No resources found in default namespace.
        """
        from k8snotes.kubectl.cli import kubectl

        return kubectl(self.simulation, line, stdin=stdin)

    # ---- time

    def step(self) -> Changes:
        """Let the next component that has something to do act once; returns what it did, in order.

        >>> import k8snotes as kn
        >>> c = kn.load("guestbook")
        >>> c.step()
        nothing to do
        """
        return self.simulation.step()

    def settle(self) -> Changes:
        """Let the components act until none has anything left to do; returns what each did, in order.

        >>> import k8snotes as kn
        >>> c = kn.load("guestbook")
        >>> _ = c.scale("rc/cache", 3)
        >>> str(c.settle()).splitlines()[0]
        'replication-controller: create pod/cache-rhkhg (replicationcontroller/cache wants 3, there are 2)'
        """
        return self.simulation.settle()

    def copy(self) -> Cluster:
        """Return an independent cluster in the same state: for before and after.

        >>> c = Cluster(nodes=1)
        >>> before = c.copy()
        >>> c.cordon("node-1")
        >>> before["node/node-1"].spec.get("unschedulable", False)
        False
        """
        other = Cluster._of(self.simulation.copy())
        other.refused, other.assumed = self.refused.copy(), self.assumed.copy()
        return other

    @printable
    def __repr__(self) -> str:
        counts = (("nodes", "Node"), ("pods", "Pod"), ("services", "Service"))
        parts = [count(len(self.api.list(plural)), word) for plural, word in counts]
        first = f"<{'Snapshot of a cluster' if self.snapshot else 'Cluster'}: {', '.join(parts)}>"
        notes = [f"  ✗ refused: {refused}" for refused in self.refused]
        notes += [f"  assumed: {note}" for note in self.assumed]
        notes += [f"  {line}" for line in self.simulation.unrest.splitlines()]
        return "\n".join([first, *notes])

    # ---- Services and addresses

    def endpoints(self, ref: str) -> EndpointsView:
        """Say which Pods answer for a Service: `.ready`, `.not_ready`, `.left_out`, each with reasons.

        Each is a tuple of items with `.pod` (None for an address made by hand), `.address`, `.ports`,
        `.reason`; `.note` says in a line how the Service stands, `.table` has all of it as a pandas table.
        Raises NotFoundError for a Service that is not there, ClusterError for another kind.

        >>> import k8snotes as kn
        >>> c = kn.load("guestbook")
        >>> c.endpoints("svc/cache").note
        'selects 2 Pods, 2 ready'
        >>> list(c.endpoints("svc/cache").table["state"])[:3]
        ['ready', 'ready', 'left out']

        Source of the rule: https://kubernetes.io/docs/concepts/services-networking/endpoint-slices/
        """
        service = self.object("Service", ref) if isinstance(ref, str) and "/" not in ref else self[ref]
        if not isinstance(service, Service):
            raise ClusterError(f"{service.ref} is a {service.kind}; only a Service has endpoints.")
        from k8snotes.figures.endpoints import endpoints_view
        from k8snotes.network.endpoints import endpoints

        return endpoints_view(endpoints(self.api, service))

    def selection(
        self,
        selector: str | Selector,
        kind: str = "pods",
        namespace: str | None = None,
        *,
        unfold: bool = False,
    ) -> Figure:
        """Draw which objects a selector finds, and why not the others. Raises NotFoundError, SelectorSyntaxError.

        >>> import k8snotes as kn
        >>> c = kn.load("guestbook")
        >>> c.selection("tier=cache")
        <Figure selection tier=cache: 2 of 9 Pods>

        Source of the rule: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/
        """
        from k8snotes.facts.selection import selection
        from k8snotes.facts.workloads import Workloads
        from k8snotes.figures.selection import selection_figure

        wanted = selector if isinstance(selector, Selector) else Selector(selector)
        resource = self.simulation.lookup.kind(kind)
        objects = self.objects(kind, namespace=namespace)
        facts = selection(objects, wanted, resource.plural, Workloads(self.api))
        return selection_figure(facts, unfold=unfold)

    def service_map(self, namespace: str | None = None, *, unfold: bool = False) -> Figure:
        """Draw the Services, the Pods behind them, and the reason for every Pod that is left out.

        Raises NotFoundError for a Namespace that is not there.

        >>> import k8snotes as kn
        >>> c = kn.load("guestbook")
        >>> c.service_map()
        <Figure service map: 3 Services, 9 Pods>
        """
        from k8snotes.facts.service_map import service_map
        from k8snotes.figures.service_map import service_map_figure

        return service_map_figure(
            service_map(self.api, self.simulation.lookup.namespace(namespace)), unfold=unfold
        )

    def three_ips(self, namespace: str | None = None, *, unfold: bool = False) -> Figure:
        """Draw the Node, Pod and Cluster networks: which address is whose, and which are real.

        Raises NotFoundError for a Namespace that is not there.

        >>> import k8snotes as kn
        >>> c = kn.load("guestbook")
        >>> c.three_ips()
        <Figure three IPs: 3 Nodes, 9 Pods, 3 Services>
        """
        from k8snotes.facts.three_ips import three_ips
        from k8snotes.figures.three_ips import three_ips_figure

        known = not self.snapshot
        facts = three_ips(
            self.api,
            node_range="192.168.0.0/16" if known else "",
            pod_range=str(self.simulation.pod_ips.network) if known else "",
            service_range=str(self.api.service_ips.network) if known else "",
            namespace=self.simulation.lookup.namespace(namespace),
        )
        return three_ips_figure(facts, unfold=unfold)

    # ---- packets

    def trace(self, url: str, source: str = "outside", protocol: str = "TCP", times: int = 1) -> TraceFigure:
        """Follow one packet to `url`, hop by hop: where it is, its addresses, which rule acted, and how it ends.

        `url` is "http://web:8080", "web.shop:80" or "10.96.0.20:80"; `source` a Pod ("pod/client"), a Node
        ("node/node-1"), "outside", or an address. `protocol` is TCP, UDP or SCTP. With `times` the request is
        made so often, and `.spread` tells who answered how many. Returns a Figure: `.outcome` ("connected",
        "refused", "timeout", "unresolved", "leaves"), `.hops`, `.reason`, `.hint`, `.server` (the Pod that
        answered), `.server_ip`, `.client_seen`, `.spread`, `.table`. Raises AddressError for what is no URL,
        NotFoundError for a name or a source that is not there.

        >>> import k8snotes as kn
        >>> c = kn.load("guestbook")
        >>> print(c.trace("http://cache:6379", source="pod/mysql-0").outcome)
        connected

        Source of the rule: https://kubernetes.io/docs/reference/networking/virtual-ips/
        """
        from k8snotes.network.targets import target_of

        return self._figure(self.simulation.network.trace(target_of(url, protocol), source, times))

    def ping(self, host: str, source: str = "outside") -> TraceFigure:
        """Send a ping (ICMP echo): `.outcome` is "reply" or "no reply". A Cluster IP answers none.

        >>> import k8snotes as kn
        >>> c = kn.load("guestbook")
        >>> print(c.ping(c["svc/cache"].cluster_ip, source="pod/mysql-0").outcome)
        no reply
        """
        return self._figure(self.simulation.network.ping(host, source))

    def walk(self, url: str, source: str = "outside", protocol: str = "TCP") -> Walker:
        """Return the walker: one packet's way, hop by hop, back and forth; URL, sender and protocol can be changed.

        `url`, `source` and `protocol` are those of `trace`; protocol "ICMP" is a ping. It asks this cluster
        each time that something else is to be sent. Raises what `trace` raises.

        >>> import k8snotes as kn
        >>> walker = kn.load("guestbook").walk("http://cache:6379", source="pod/mysql-0")
        >>> walker.next()
        >>> walker.at, walker.hop.place
        (2, 'pod/mysql-0')
        """
        from k8snotes.widgets.walker import Walker, sent

        first = sent(self, url, source, protocol)
        return Walker(self, first, asked=(url, source, protocol), whose=self.simulation.network.whose)

    def rules(self, node: str, service: str = "", *, unfold: bool = False) -> RulesFigure:
        """Show kube-proxy's rules on a Node: as a picture, as a table, and as `iptables-save` would print them.

        `node` is "node-1" or "node/node-1"; `service` ("svc/web") shows one Service alone, with its rules
        under the picture; `unfold` draws every Service and endpoint. Returns a Figure: `.table` has one row
        a rule, `.iptables_save` the whole text, `.lines` the rules that are shown, `.facts` all of it by
        Service. Raises NotFoundError for a Node or a Service that is not there.

        >>> import k8snotes as kn
        >>> c = kn.load("guestbook")
        >>> c.rules("node-1", "svc/cache").facts.ports[0].choosers[0].chosen[0].chance
        0.5

        Source of the rules: https://kubernetes.io/docs/reference/networking/virtual-ips/#proxy-mode-iptables
        """
        from k8snotes.figures.rules import rules_figure

        return rules_figure(self._rules(node, service), unfold=unfold)

    def listen(self, ref: str, port: int | None, protocol: str = "TCP") -> None:
        """Say what a Pod listens on: `port` and what was said before, no more what it declares; None: nothing.

        Without this a Pod is taken to listen on the ports that its containers declare; in a real cluster
        a declaration opens nothing, the program in the container does. A snapshot can be told as well: nothing
        that was found in it changes. Raises NotFoundError, AddressError, ClusterError.

        >>> import k8snotes as kn
        >>> c = kn.load("guestbook")
        >>> c.listen("pod/client", 9000)
        >>> c.trace(f"{c['pod/client'].status['podIP']}:9000", source="pod/backup").outcome
        'connected'
        """
        from k8snotes.network.targets import protocol_named, whole_number

        pod = self[ref]
        if not isinstance(pod, Pod):
            raise ClusterError(f"A Pod listens; {pod.ref} is a {pod.kind}.")
        number = None if port is None else whole_number(port)
        self.simulation.listeners.open(pod, number, protocol_named(protocol))

    def provide_load_balancers(self, cidr: str = "198.51.100.0/24", ip_mode: str = "Proxy") -> None:
        """Let somebody (a cloud, MetalLB) provide load balancers: `settle()` then gives each Service that asks one.

        `cidr` is the range of their addresses. `ip_mode` is `ipMode` of their status: with "Proxy" a balancer
        sends what comes to a node port, with "VIP" it hands it to a Node as it is. Without a provider such a
        Service waits (`<pending>`), and works all the same by its Cluster IP and its node port.

        Source of the rule: https://kubernetes.io/docs/concepts/services-networking/service/#loadbalancer
        """
        self.simulation.may_change()
        actions.provide_load_balancers(self.simulation, cidr, ip_mode)

    def way_in(self, service: str, port: int | None = None, *, unfold: bool = False) -> Figure:
        """Show how a Service is reached from outside: its load balancer, every Node's door, the Pods behind them.

        `service` is one such as "svc/web", `port` one of its ports (by default its first); `unfold` draws each
        Node and each Pod. Every Node's own rules are asked where it leads. Returns a Figure, whose `.facts`
        have it in plain values. Raises NotFoundError for a Service or a port that is not there.

        >>> import k8snotes as kn
        >>> c = kn.load("tomcat-service")
        >>> [(door.node, door.outcome, len(door.behind)) for door in c.way_in("svc/tomcat-service").facts.doors]
        [('node-1', 'open', 2), ('node-2', 'open', 2), ('node-3', 'open', 2)]

        Source of the rule: https://kubernetes.io/docs/concepts/services-networking/service/#publishing-services-service-types
        """
        from k8snotes.facts.way_in import way_in
        from k8snotes.facts.workloads import Workloads
        from k8snotes.figures.way_in import way_in_figure

        shown = self[service]
        if not isinstance(shown, Service):
            raise ClusterError(
                f'The way in leads to a Service such as "svc/web"; {shown.ref} is a {shown.kind}.'
            )
        made_by = Workloads(self.simulation.api).of
        facts = way_in(self.simulation.network.state, shown, port, made_by=made_by)
        return way_in_figure(facts, unfold=unfold)

    # ---- Nodes, and what runs on them

    def cordon(self, ref: str) -> None:
        """Keep new Pods away from a Node ("node-1" or "node/node-1"); those that run there run on.

        >>> import k8snotes as kn
        >>> c = kn.Cluster(nodes=1)
        >>> c.cordon("node-1")
        >>> c["node/node-1"].spec["unschedulable"]
        True
        """
        self.simulation.may_change()
        actions.cordon(self.api, self._node(ref))

    def uncordon(self, ref: str) -> None:
        """Let new Pods come to a Node again."""
        self.simulation.may_change()
        actions.cordon(self.api, self._node(ref), wanted=False)

    def drain(self, ref: str, *, force: bool = False) -> list[KubeObject]:
        """Cordon a Node and evict its Pods, as `kubectl drain --ignore-daemonsets` does; returns those Pods.

        Pods of DaemonSets and mirror Pods stay. Raises ClusterError where a Pod has no controller that
        would make it anew on another Node, unless `force`. A Pod that a PodDisruptionBudget keeps is asked for
        again when the others have been replaced; ApiError (429) is raised where it stays all the same.
        """
        self.cordon(ref)
        node = self._node(ref)
        plan = actions.drain_of(self.api, node)
        if plan.bare and not force:
            bare = ", ".join(f"{pod.namespace}/{pod.name}" for pod in plan.bare)
            raise ClusterError(
                f"cannot delete Pods that declare no controller (use force=True to override): {bare}. "
                f"Nobody would make them anew on another Node. {node.ref} is cordoned, and they run on."
            )
        going = [pod for pod in plan.going if not pod.terminating]
        refused = actions.evict(self.simulation, going, why=Why(f"evicted: {node.ref} is drained", node))
        if refused:
            raise refused[0][1]
        return [*going]

    def evict(self, ref: str) -> None:
        """Ask for a Pod to go, as a drain does: it is deleted unless a PodDisruptionBudget refuses.

        Raises ApiError (429, in Kubernetes' words; `.causes` say which budget and why), NotFoundError, and
        ClusterError for what is no Pod.

        >>> import k8snotes as kn
        >>> c = kn.load("guestbook")
        >>> pod = c.objects("pods", "tier=cache")[0]
        >>> c.evict(pod.ref)
        >>> c[pod.ref].terminating
        True

        Source of the rule: https://kubernetes.io/docs/concepts/scheduling-eviction/api-eviction/
        """
        self.simulation.may_change()
        eviction.evict(self.api, self._pod(ref))

    def lose(self, ref: str) -> None:
        """Let a Node fall silent, as when its power fails: its kubelet renews its Lease no more."""
        self.simulation.may_change()
        actions.lose(self.simulation, self._node(ref))

    def recover(self, ref: str) -> None:
        """Let a lost Node come back: its kubelet says that it is ready, and looks at its Pods again."""
        self.simulation.may_change()
        actions.recover(self.simulation, self._node(ref))

    def set_ready(self, ref: str, value: bool = True) -> None:  # reads as a sentence
        """Say whether a Pod is ready, as its readiness probe would; the kubelet reports it on `settle()`.

        >>> import k8snotes as kn
        >>> c = kn.load("guestbook")
        >>> c.set_ready("pod/mysql-0", False)
        >>> _ = c.settle()
        >>> c.endpoints("svc/mysql-server").note
        'selects 1 Pod, 0 ready'
        """
        self.simulation.may_change()
        self.simulation.kubelets.set_ready(self._pod(ref), ready=bool(value))

    def crash(self, ref: str, container: str = "", *, exit_code: int = 1) -> None:
        """Let a container of a Pod end by itself (the first, if none is named); `exit_code` 0 is success.

        What happens then is for the kubelet to do, by the Pod's `restartPolicy`.

        >>> import k8snotes as kn
        >>> c = kn.load("guestbook")
        >>> c.crash("pod/client")
        >>> _ = c.settle()
        >>> c["pod/client"].status["containerStatuses"][0]["restartCount"]
        1

        Source of the rule: https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#restart-policy
        """
        self.simulation.may_change()
        actions.crash(self.simulation, self._pod(ref), container, exit_code)

    def static_pod(self, node: str, source: Any) -> None:
        """Put the file of a Pod into a Node's manifest folder; the Node's kubelet runs it, asking nobody."""
        self.simulation.may_change()
        place = self._node(node)
        actions.put_static_pods(self.simulation, place, read(source, datasets.find).checked().objects)

    def remove_static_pod(self, node: str, name: str) -> None:
        """Take the file of a static Pod (by the name in its manifest) out of a Node's manifest folder."""
        self.simulation.may_change()
        actions.take_static_pod(self.simulation, self._node(node), name)

    # ---- how much

    def use(
        self,
        ref: str,
        *,
        cpu: str | float | None = None,
        memory: str | float | None = None,
        container: str | None = None,
    ) -> None:
        """Say what a container of a Pod (the first, if none is named) would like to use: CPU, memory, or both.

        `cpu` is in CPUs ("250m", 2), `memory` in bytes ("300Mi"); what is left out stays as it is. On
        `settle()` the Node holds it to its limits: of CPU it gets no more (`c.top()`), for too much memory
        it is killed. What starts again begins at nothing. Raises ClusterError, QuantityError.
        Source of the rule: https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/
        """
        self.simulation.may_change()
        pod = self._pod(ref)
        if cpu is None and memory is None:
            raise ClusterError(
                f'Say how much {pod.ref} uses: c.use("{pod.ref}", cpu="250m"), or memory="300Mi", or both.'
            )
        actions.use(self.simulation, pod, container or "", cpu=cpu, memory=memory)

    def top(self, kind: str = "pods", namespace: str | None = None) -> pd.DataFrame:
        """Return a table of what is used, as `kubectl top` prints it: of "pods" (each container), or of "nodes".

        A column `note` says who is held back: throttled by its limit, or waiting for a full Node.
        Raises ClusterError, NotFoundError.
        Source of the rule: https://kubernetes.io/docs/reference/kubectl/generated/kubectl_top/
        """
        from k8snotes.facts.top import top_containers, top_nodes
        from k8snotes.tables import top_nodes_table, top_pods_table

        resource = self.simulation.lookup.kind(kind)
        if resource.plural == "nodes":
            return top_nodes_table(top_nodes(self.api, self.simulation.kubelets.usage))
        if resource.plural != "pods":
            raise ClusterError(
                f'c.top() measures "pods" or "nodes"; nothing is measured of {resource.plural}.'
            )
        containers = top_containers(
            self.api, self.simulation.kubelets.usage, self.simulation.lookup.namespace(namespace)
        )
        return top_pods_table(containers, namespaced=namespace is None)

    def capacity(self, node: str | None = None, *, unfold: bool = False) -> Figure:
        """Draw what the Nodes (or one: "node-1") have: what is requested, the limits, the use, and what is left.

        What is left of the requests is what the next Pod can have. Raises NotFoundError, ClusterError.

        >>> import k8snotes as kn
        >>> c = kn.Cluster(nodes=1, cpu="2", memory="1Gi")
        >>> c.capacity().facts.nodes[0].left
        {'cpu': 2000, 'memory': 1073741824, 'pods': 110, 'ephemeral-storage': 107374182400}
        """
        from k8snotes.facts.capacity import capacity
        from k8snotes.figures.capacity import capacity_figure

        only = None if node is None else self._node(node).name
        return capacity_figure(capacity(self.api, self.simulation.kubelets.usage, only), unfold=unfold)

    def quota(self, namespace: str = "default") -> Figure:
        """Draw what a Namespace may use and what it uses: its quotas, its limit ranges, and whose Pods are refused.

        Raises NotFoundError.

        >>> import k8snotes as kn
        >>> c = kn.Cluster(nodes=1)
        >>> c.quota()
        <Figure Namespace default: 0 quotas>

        Source of the rule: https://kubernetes.io/docs/concepts/policy/resource-quotas/
        """
        from k8snotes.facts.quota import as_reported, namespace_quota
        from k8snotes.figures.quota import quota_figure

        name = self.simulation.lookup.namespace(namespace) or "default"
        used = as_reported if self.snapshot else self.api.ledger.used
        return quota_figure(namespace_quota(self.api, name, used))

    def why_pending(self, ref: str) -> Figure:
        """Draw why a Pod has no Node: what it asks for, and Node by Node what is left, with the numbers.

        Raises NotFoundError, and ClusterError for what is no Pod.

        >>> import k8snotes as kn
        >>> c = kn.load("guestbook", nodes=0)
        >>> c.why_pending("pod/client")
        <Figure why pod/client is Pending: there is no Node at all>
        """
        from k8snotes.facts.pending import why_pending
        from k8snotes.figures.pending import pending_figure

        pod = self[ref]
        if not isinstance(pod, Pod):
            more = f' c.quota("{pod.namespace}") shows whose Pods are refused.' if pod.namespace else ""
            raise ClusterError(f"Only a Pod waits for a Node; {pod.ref} is a {pod.kind}.{more}")
        return pending_figure(why_pending(self.api, pod))

    # ---- who did what

    def timeline(
        self, ref: str | None = None, since: Cluster | int | None = None, *, unfold: bool = False
    ) -> TimelineFigure:
        """Draw who did what, in order, a lane for each component; `.table` has the same as a pandas table.

        With `ref` ("pod/web-1") it tells of one object: what was done to it, and because of it. `since` is
        an earlier copy of this cluster (`before = c.copy()`) or a moment of its clock in seconds; then only
        what came after is told. Of a long history the last 40 rows are drawn; the words and the table have
        all. Raises ClusterError, RefError, NotFoundError.

        >>> import k8snotes as kn
        >>> c = kn.Cluster(nodes=1)
        >>> _ = c.apply("{apiVersion: v1, kind: Pod, metadata: {name: web}, spec: {containers: [{name: a, image: b}]}}")
        >>> _ = c.settle()
        >>> print(c.timeline("pod/web").text)
        timeline of pod/web: 4 changes in 4 steps
             0 s  kubectl (you) creates pod/web
             0 s  kube-scheduler binds pod/web: 1 of 1 Nodes fit, node-1 is best
             1 s  kubelet on node-1 starts pod/web: the pause container runs and holds the Pod IP
             2 s  kubelet on node-1 starts pod/web: its containers run: a
        """
        from k8snotes.facts.timeline import timeline
        from k8snotes.figures.timeline import timeline_figure

        log = self.api.log
        about = "" if ref is None else str(parse_ref(ref))
        skip = self._since(since) if isinstance(since, Cluster) else 0
        begins = since if isinstance(since, int) else None
        if since is not None and not isinstance(since, Cluster | int):
            raise ClusterError(_wrong_since(since, ", or a moment of the clock in seconds, such as 12"))
        facts = timeline(log, self.api, ref=about, skip=skip, since=begins)
        if about and not any(change.ref == about for change in log):
            _ = self[str(ref)]  # it was never written; NotFoundError, where it is not there either
        return timeline_figure(facts, unfold=unfold)

    def architecture(self, *, unfold: bool = False) -> Figure:
        """Draw the Master (today: control plane) with its programs, and each Node with its own and its Pods.

        >>> import k8snotes as kn
        >>> c = kn.load("guestbook")
        >>> c.architecture()
        <Figure Master and Nodes: 3 Nodes, 9 Pods>

        Source of the rule: https://kubernetes.io/docs/concepts/architecture/
        """
        from k8snotes.figures.architecture import architecture_figure

        return architecture_figure(self._architecture(), unfold=unfold)

    def inside(self, ref: str) -> Figure:
        """Draw one Pod from within: pause container, network, containers, ports, volumes, restarts.

        Raises NotFoundError, and ClusterError for what is no Pod.

        >>> import k8snotes as kn
        >>> c = kn.load("guestbook")
        >>> c.inside("pod/client")
        <Figure inside pod/client: pause and 1 container, ready>
        """
        from k8snotes.facts.inside import inside
        from k8snotes.figures.inside import inside_figure

        pod = self[ref]
        if not isinstance(pod, Pod):
            raise ClusterError(
                f'Only a Pod can be looked into; {pod.ref} is a {pod.kind}. c.get("pods") lists the Pods.'
            )
        return inside_figure(inside(self.api, pod))

    def diff(self, since: Cluster, *, unfold: bool = False) -> Figure:
        """Draw what changed since an earlier copy (`before = c.copy()`), and what is wanted and what is there.

        Raises ClusterError if `since` is no cluster.

        >>> import k8snotes as kn
        >>> c = kn.Cluster(nodes=1)
        >>> before = c.copy()
        >>> c.cordon("node-1")
        >>> c.diff(since=before)
        <Figure what changed: 1 changed>
        """
        from k8snotes.facts.diff import diff
        from k8snotes.figures.diff import diff_figure

        if not isinstance(since, Cluster):
            raise ClusterError(_wrong_since(since))
        return diff_figure(diff(since.api, self.api), unfold=unfold)

    def play(self) -> Player:
        """Return the player: step, back and play, with the picture of Master and Nodes after each step.

        It plays on a copy: this cluster stays as it is. Change something first, and do not settle: then
        there is something to be seen.

        >>> import k8snotes as kn
        >>> c = kn.Cluster(nodes=1)
        >>> _ = c.apply("{apiVersion: v1, kind: Pod, metadata: {name: web}, spec: {containers: [{name: a, image: b}]}}")
        >>> player = c.play()
        >>> player.step()
        >>> print(player.words)
        kube-scheduler binds pod/web: 1 of 1 Nodes fit, node-1 is best
        """
        from k8snotes.widgets.player import Player

        return Player(self.copy(), lambda cluster, changes: cluster._architecture(changes))  # noqa: SLF001  # a copy of its own

    # ---- inner

    def _send(self, source: Any, put: Callable[[Manifest], KubeObject]) -> list[KubeObject]:
        return actions.send(self.simulation, source, datasets.find, put)

    def _node(self, ref: str) -> Node:
        if not isinstance(ref, str):
            raise ClusterError(f'A Node is named by text such as "node-1"; this is a {type(ref).__name__}.')
        obj = self[ref] if "/" in ref else self.object("Node", ref)
        if not isinstance(obj, Node):
            raise ClusterError(f"This is done to a Node; {obj.ref} is a {obj.kind}.")
        return obj

    def _pod(self, ref: str) -> Pod:
        obj = self[ref]
        if not isinstance(obj, Pod):
            raise ClusterError(f"This is done to a Pod; {obj.ref} is a {obj.kind}.")
        return obj

    def _rules(self, node: str, service: str) -> NodeRules:
        from k8snotes.facts.node_rules import node_rules

        rules, state = self.simulation.network.rules(node), self.simulation.network.state
        shown = self[service] if service else None
        if shown is not None and not isinstance(shown, Service):
            raise ClusterError(f'service is one such as "svc/web"; {shown.ref} is a {shown.kind}.')

        def whose(ip: str) -> tuple[str, str]:
            pod = state.pod_at.get(ip)
            return (pod.ref, pod.node_name) if pod else (state.whose(ip), "")

        return node_rules(
            rules,
            state.services,
            service=f"{shown.namespace}/{shown.name}" if shown else "",
            pod_range=state.pod_range,
            whose=whose,
            why=state.standing,
        )

    def _figure(self, facts: Trace) -> TraceFigure:
        from k8snotes.figures.trace import trace_figure

        return trace_figure(facts, whose=self.simulation.network.state.whose)

    def _architecture(self, changes: Changes | Sequence[Any] = ()) -> Architecture:
        from k8snotes.facts.architecture import architecture

        store = self.api.store
        return architecture(
            self.api,
            controllers=[item.name for item in self.simulation.components if item.name not in _OF_THEIR_OWN],
            counts={name: sum(map(counts, store.list(name))) for name in store.resources()},
            changes=changes,
        )

    def _since(self, earlier: Cluster) -> int:
        """Return how long the log was in an earlier copy."""
        log, now = earlier.api.log, self.api.log
        before = log.forgotten + len(log) - now.forgotten  # changes of `now` that `earlier` has too
        both = log[len(log) - before :] if 0 < before < len(log) else log
        if now.forgotten < log.forgotten or (before > 0 and now[:before][-len(both) :] != both):
            raise ClusterError(
                "`since` is no earlier copy of this cluster: its history is another one. "
                "Write before = c.copy(), change c, and ask c.timeline(since=before)."
            )
        return max(0, before)


def _wrong_since(since: object, more: str = "") -> str:
    return (
        f"`since` is an earlier copy of the cluster{more}, and this is of type {type(since).__name__}. "
        "Write before = c.copy(), change c, and ask with since=before."
    )


# besides the controllers in their box; what furnishes Namespaces does so without a word
_OF_THEIR_OWN = ("kube-scheduler", "kubelet", "cloud-controller-manager", "serviceaccount-controller")
