"""The cluster that a reader works with: actions on it, questions to it, and pictures of the answers.

It holds a `Simulation` and adds nothing of its own: actions are in `actions`, answers in `facts`, pictures in
`figures`. Views are loaded when one is asked for.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

from k8snotes import actions, datasets, loading
from k8snotes.api.base import KubeObject, Manifest, Objects
from k8snotes.api.furniture import counts
from k8snotes.api.kind import Kind
from k8snotes.api.kinds.node import Node
from k8snotes.api.kinds.pod import Pod
from k8snotes.api.kinds.service import Service
from k8snotes.api.ref import parse_ref
from k8snotes.api.selector import Selector
from k8snotes.api.sources import read
from k8snotes.api.workload import Workload
from k8snotes.catalogue import _, named, ngettext
from k8snotes.control_plane import eviction
from k8snotes.control_plane.apiserver import ApiServer
from k8snotes.control_plane.autoscaling.records import PERIOD, Round
from k8snotes.control_plane.changes import Changes, Why
from k8snotes.control_plane.ingress_controller import WebComponent
from k8snotes.errors import (
    ApiWarnings,
    ClusterError,
    ManifestWarning,
    NotFoundError,
    SelectorWarning,
    brief,
    did_you_mean,
)
from k8snotes.face import calls, offered, unknown_name, with_calls
from k8snotes.limits import Notes
from k8snotes.node.programs import Exit, Opening, Reply, Stop, words_of
from k8snotes.screen import printable, printed
from k8snotes.simulation import Simulation

if TYPE_CHECKING:
    # views, and what only they need: they are imported by the methods that show something
    import pandas as pd

    from k8snotes.facts.architecture import Architecture
    from k8snotes.facts.card import Asked, Card
    from k8snotes.facts.diagnosis import Diagnosis
    from k8snotes.facts.health.issue import Issue
    from k8snotes.facts.node_rules import NodeRules
    from k8snotes.facts.pending import WhyPending
    from k8snotes.facts.waiting import Waiting, Waits
    from k8snotes.figures.comparison import ComparisonFigure
    from k8snotes.figures.endpoints import EndpointsView
    from k8snotes.figures.figure import Figure
    from k8snotes.figures.reach import ReachFigure
    from k8snotes.figures.rules import RulesFigure
    from k8snotes.figures.timeline import TimelineFigure
    from k8snotes.figures.trace import TraceFigure
    from k8snotes.kubectl.output import Output
    from k8snotes.network.trace import Trace
    from k8snotes.widgets.player import Player
    from k8snotes.widgets.walker import Walker

__all__ = ["Cluster", "compare", "load"]

_DETAILS = ("plain", "full")  # of a picture
_MOST_VALUES = 5  # of a label, in a warning
_MOST_CARDS = 12  # objects of a list of which a cell says more than that they are there


@calls
def load(
    source: Any,
    *,
    nodes: int | Sequence[Manifest | KubeObject] | None = None,
    cpu: str | float = "4",
    memory: str | float = "8Gi",
    pods: int = 110,
    proxy: str = "iptables",
    namespace: str = "default",
    network_policies: bool = True,
) -> Cluster:
    """Return a new, settled cluster with an application in it.

    A Namespace that does not exist but is named by an object is created, and `.assumed` of the cluster says so.
    Documents that the API server refuses are in `.refused`, and a ManifestWarning lists them. A dump
    (`kubectl get -o yaml` or `json`) becomes a snapshot: it is shown as it was found.

    Args:
        source: a name in data/ ("guestbook"), a path (a file, or a folder with everything below it), manifest
            text, manifests, or a dump: also the folder of `kubectl cluster-info dump`, several files, and files
            packed by gzip, zip or tar. A folder with a Helm chart or a kustomization is built by `helm template` or
            `kubectl kustomize`, if they are installed.
        nodes: a number of Nodes, or Node manifests. By default the Nodes of the source, or three Nodes if the source
            has none.
        cpu: the CPU of each numbered Node ("4").
        memory: the memory of each numbered Node ("8Gi").
        pods: how many Pods each numbered Node can hold.
        proxy: the mode of kube-proxy on all Nodes: "iptables" or "nftables".
        namespace: the Namespace for objects whose manifest names no Namespace.
        network_policies: whether the network plugin enforces NetworkPolicies; some plugins ignore them.

    Raises:
        ManifestError: the source cannot be read.
        ClusterError: no Node can be made from the number, a size or a manifest.

    >>> load("tomcat-service", nodes=2)
    <Cluster: 2 Nodes, 2 Pods, 2 Services>
    >>> load("till-dump").snapshot
    True
    """
    loaded = loading.load(
        source, nodes=nodes, cpu=cpu, memory=memory, pods=pods, proxy=proxy, namespace=namespace
    )
    cluster = Cluster._of(loaded.simulation)  # noqa: SLF001  # made by its own module
    cluster.simulation.network_policies = network_policies
    cluster.refused, cluster.assumed = [*loaded.refused], [*loaded.assumed]
    cluster._news()  # noqa: SLF001  # the cluster itself tells what is loaded
    if loaded.refused:
        lines = [f"  {item}" for item in loaded.refused]
        head = ngettext(
            "The API server refused {n} document. The other documents are loaded. See .refused:",
            "The API server refused {n} documents. The other documents are loaded. See .refused:",
            len(lines),
        )
        warnings.warn(printed("\n".join([str(head), *lines])), ManifestWarning, stacklevel=3)
    if loaded.simulation.unrest:
        warnings.warn(printed(loaded.simulation.unrest), ManifestWarning, stacklevel=3)
    return cluster


@calls
def compare(before: Any, after: Any, *, namespace: str = "default", unfold: bool = False) -> ComparisonFigure:
    """Draw what differs between two clusters, or what `kubectl apply` of manifests would change in one.

    If `after` is a cluster or a dump, the two are compared object by object; Pods with generated names are counted by
    workload. If it is manifests, they are applied to a copy by the API server's own rules: three-way merge with what was
    applied before, defaults, and refusals in the API server's words. Nothing is changed. What a reader would notice is
    first: Services that lose their Pods or select others, quotas, images, Pods that are replaced, removed ports.

    Args:
        before: a cluster, or what `load` takes: usually a dump.
        after: a cluster, a dump, or the manifests: a path, text, or a name in data/.
        namespace: the Namespace for manifests that name none.
        unfold: whether to show each object, even if many are alike.

    Returns a Figure, whose `.facts` have `.notices`, `.added`, `.removed`, `.changed`, `.refused` and `.left_alone`, and
    `.table` all as a table.

    Raises:
        ManifestError: a source cannot be read.

    >>> c = load("guestbook")
    >>> figure = compare(c, '''{apiVersion: v1, kind: Service, metadata: {name: cache}, spec:
    ...   {selector: {app: guestbook, tier: cash}, ports: [{port: 6379}]}}''')
    >>> print(figure.facts.notices[0])
    service/cache has no endpoints any more: it selected the Pods of deployment/cache, and now selects none.

    Source of the rule: https://kubernetes.io/docs/tasks/manage-kubernetes-objects/declarative-config/
    """
    from k8snotes.facts.comparison import compare_applied, compare_states
    from k8snotes.figures.comparison import comparison_figure

    old = before if isinstance(before, Cluster) else load(before)
    if isinstance(after, Cluster):
        return comparison_figure(compare_states(old.api, after.api), unfold=unfold)
    objects = read(after, datasets.find).checked().objects
    if loading.is_dump(objects):
        return comparison_figure(compare_states(old.api, load(objects).api), unfold=unfold)
    facts = compare_applied(old.api, objects, namespace=namespace, snapshot=old.snapshot)
    return comparison_figure(facts, unfold=unfold)


def _plainly(detail: str) -> bool:
    """Say whether a picture is to be plain; raises ClusterError for another detail than "plain" and "full"."""
    if detail not in _DETAILS:
        raise ClusterError(
            _(
                'A picture has no detail "{detail}". Write detail="plain" or detail="full".{suggestion}',
                detail=detail,
                suggestion=did_you_mean(str(detail), _DETAILS),
            )
        )
    return detail == "plain"


@with_calls
class Cluster:
    """A simulated cluster: no container runs, and every answer follows Kubernetes' rules.

    Args:
        nodes: a number of Nodes (0 to 5,000), or a list of Node manifests ([] for no Node). Pods get addresses of
            10.244.0.0/16, and beyond 255 Nodes of 10.224.0.0/11, which contains it: a /24 on each Node.
        cpu: the CPU of each numbered Node, as a quantity ("4", "500m", 2).
        memory: the memory of each numbered Node, as a quantity ("8Gi").
        pods: how many Pods each numbered Node can hold.
        proxy: the mode of kube-proxy on all Nodes: "iptables" or "nftables".
        network_policies: whether the network plugin enforces NetworkPolicies; some plugins ignore them.

    Raises:
        ClusterError: no Node can be made from a number or a manifest, or kube-proxy has no such mode.

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
        proxy: str = "iptables",
        network_policies: bool = True,
    ) -> None:
        self.simulation = Simulation(
            nodes, cpu=cpu, memory=memory, pods=pods, proxy=proxy, network_policies=network_policies
        )
        self.refused: list[loading.Refused] = []
        self.assumed: list[str] = []
        self._told: set[tuple[str, str]] = set()  # notes that settling has told, with the object

    @classmethod
    def _of(cls, simulation: Simulation) -> Cluster:
        cluster = object.__new__(cls)
        cluster.simulation = simulation
        cluster.refused, cluster.assumed, cluster._told = [], [], set()
        return cluster

    __dir__ = offered("api", "simulation")
    __getattr__ = unknown_name

    # ---- reading

    @property
    def snapshot(self) -> bool:
        """Whether this cluster is a dump of another cluster, which cannot be changed.

        >>> c = load("till-dump")
        >>> c.snapshot
        True
        """
        return self.simulation.snapshot

    @property
    def api(self) -> ApiServer:
        """The API server.

        >>> c = Cluster(nodes=1)
        >>> c.api.timestamp
        '2026-01-01T00:00:00Z'
        """
        return self.simulation.api

    @property
    def warnings(self) -> ApiWarnings:
        """The warnings of the API server, in order.

        >>> c = Cluster(nodes=1)
        >>> _ = c.apply("{apiVersion: v1, kind: Endpoints, metadata: {name: web}}")
        >>> print(c.warnings[0])
        v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice
        """
        return ApiWarnings(self.api.warnings)

    @property
    def notes(self) -> Notes:
        """What this cluster does not do for what it holds, a sentence each: a real cluster would do it.

        >>> c = Cluster(nodes=1)
        >>> till = "{apiVersion: shop.example/v1, kind: Till, metadata: {name: one}}"
        >>> _ = c.apply(till)
        >>> c.notes
        No controller acts on these custom resources: till/one.
        """
        return Notes(note.words for note in self.simulation.limits.all())

    def __getitem__(self, ref: str) -> KubeObject:
        """Return the object that a reference names: c["svc/web"], c["shop/pod/web-1"]. A cell shows it as a card.

        >>> import k8snotes as kn
        >>> print(kn.load("tomcat-service")["node/node-1"])
        NAME     STATUS   ROLES    AGE   VERSION
        node-1   Ready    <none>   17s   v1.36.2
        Try:
          c.capacity("node-1")
          c.rules("node-1")
          c["node/node-1"].manifest
          c.kubectl("describe node node-1")
        """
        return self.simulation.lookup.at(ref).facing(self._object_face)

    def _ipython_key_completions_(self) -> list[str]:
        return self.simulation.lookup.references()

    def object(self, kind: str, name: str, namespace: str = "default") -> KubeObject:
        """Return one object by its kind, name and namespace. Raises NotFoundError, which says which objects there are.

        >>> import k8snotes as kn
        >>> kn.load("guestbook").object("Pod", "client")
        <Pod default/client>
        """
        return self.simulation.lookup.object(kind, name, namespace).facing(self._object_face)

    def objects(
        self, kind: str, selector: str | Selector | None = None, namespace: str | None = None
    ) -> list[KubeObject]:
        """Return the objects of a kind ("pods", "svc") that a selector finds, in all namespaces or in one.

        Raises NotFoundError if the kind or the Namespace does not exist, and SelectorSyntaxError if the selector cannot be read.

        >>> import k8snotes as kn
        >>> kn.load("guestbook").objects("svc", "tier=cache")
        [<Service default/cache>]
        """
        found = self.simulation.lookup.objects(kind, selector, namespace)
        self._doubt(kind, selector, namespace, found)
        return self._objects(found)

    def get(
        self,
        kind: str,
        selector: str | Selector | None = None,
        namespace: str | None = None,
        *,
        wide: bool = False,
    ) -> pd.DataFrame:
        """Return a table as `kubectl get` prints it, with a column `labels`; with `wide`, as `-o wide` prints it.

        The table shows all namespaces, with a column NAMESPACE. If you name a namespace, it shows only that one,
        without this column. Raises NotFoundError if the kind or the Namespace does not exist.

        >>> import k8snotes as kn
        >>> c = kn.load("guestbook")
        >>> list(c.get("services", namespace="default").columns)[:5]
        ['NAME', 'TYPE', 'CLUSTER-IP', 'EXTERNAL-IP', 'PORT(S)']
        """
        from k8snotes.tables import objects_table

        lookup = self.simulation.lookup
        resource = lookup.kind(kind)
        wanted = Selector(selector) if isinstance(selector, str) else selector
        objects = lookup.objects(kind, wanted, namespace)
        self._doubt(kind, selector, namespace, objects)
        return objects_table(
            objects,
            resource,
            self.api.timestamp,
            wide=wide,
            namespace=namespace,
            selector="" if wanted is None else str(wanted),
            empty="" if objects else self._absence(resource, wanted, namespace),
        )

    def _absence(self, kind: Kind, selector: Selector | None, namespace: str | None) -> str:
        from k8snotes.facts.absence import absence

        no_namespace = ""
        try:
            self.simulation.lookup.namespace(namespace if kind.namespaced else None)
        except NotFoundError as error:
            no_namespace = error.args[0]  # the message, which says itself anew
        return absence(kind, selector, namespace, self.objects(kind.qualified), no_namespace)

    def events(self, ref: str = "", *, owned: bool = True) -> pd.DataFrame:
        """Return Events as a table, in the order of time: about an object and what it owns, or all of them.

        An Event is kept for an hour. `kubectl events --for deploy/web` shows those of the Deployment alone; this
        shows those of its ReplicaSets and Pods, too.

        Args:
            ref: the object: "deploy/web"; "" for all Events.
            owned: whether Events about the objects that it owns are shown, too.

        Raises:
            NotFoundError: there is no such object.

        >>> import k8snotes as kn
        >>> c = kn.Cluster(nodes=1)
        >>> _ = c.kubectl("create deployment web --image=web:1")
        >>> _ = c.settle()
        >>> list(c.events("deploy/web")["REASON"])
        ['ScalingReplicaSet', 'SuccessfulCreate', 'Scheduled', 'Pulled', 'Created', 'Started']
        """
        from k8snotes.facts.events import events_about
        from k8snotes.facts.timeline import several
        from k8snotes.tables import events_table

        events = events_about(self.api, self._named(ref, "events") if ref else None, owned=owned)
        empty = _("There are no {kinds}.", kinds=several("Event"))
        return events_table(events, self.simulation.lookup.kind("events"), self.api.timestamp, empty)

    # ---- writing, as the API server answers it

    def apply(self, source: Any, namespace: str = "default") -> list[KubeObject]:
        """Create or update every document of `source` (text, path, manifests), as `kubectl apply` does.

        Objects whose manifest names no namespace go to `namespace`. If the API server refuses some documents, the
        others are applied, and the ApiError of the first refusal is raised, with all refusals in `.errors`.

        >>> c = Cluster(nodes=1)
        >>> c.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}})
        [<Namespace shop>]
        """
        return self._send(source, lambda m, _yaml: self.api.apply(m, namespace=namespace)[0])

    def create(self, source: Any, namespace: str = "default") -> list[KubeObject]:
        """Create every document of `source` (POST). Raises ApiError as `apply` does.

        Text is sent as YAML. A manifest that is a value is sent as JSON, in its own order and with its numbers as they are.

        >>> c = Cluster(nodes=1)
        >>> c.create("{apiVersion: v1, kind: Namespace, metadata: {name: shop}}")
        [<Namespace shop>]
        """
        return self._send(source, lambda m, yaml: self.api.create(m, namespace=namespace, yaml=yaml))

    def replace(self, source: Any, namespace: str = "default") -> list[KubeObject]:
        """Replace the object of each document of `source` by this document (PUT). Raises ApiError as `apply` does.

        >>> c = Cluster(nodes=1)
        >>> _ = c.create("{apiVersion: v1, kind: Namespace, metadata: {name: shop, labels: {old: 'yes'}}}")
        >>> c.replace("{apiVersion: v1, kind: Namespace, metadata: {name: shop, labels: {new: 'yes'}}}")[0].labels["new"]
        'yes'
        """
        return self._send(source, lambda m, yaml: self.api.replace(m, namespace=namespace, yaml=yaml))

    def delete(
        self,
        ref: str,
        cascade: str = "background",
        *,
        grace_period: int | None = None,
        force: bool = False,
    ) -> None:
        """Delete an object. "background" also deletes the objects that it owns, and "orphan" keeps them.

        With "foreground", the objects that it owns are deleted first, and it is Terminating until they are gone.
        `grace_period` is the number of seconds that a Pod has to stop, instead of its
        `terminationGracePeriodSeconds`. With `force` (or a grace period of 0), a Pod is gone at once, and nobody
        waits for its kubelet.

        Raises NotFoundError if there is no such object, and ClusterError for any other word or number.

        >>> import k8snotes as kn
        >>> c = kn.load("guestbook")
        >>> c.delete("deploy/cache", cascade="orphan")
        >>> _ = c.settle()
        >>> len(c.objects("pods", "tier=cache"))
        2

        Source of the rule: https://kubernetes.io/docs/concepts/architecture/garbage-collection/
        """
        self.simulation.may_change()
        if cascade not in ("background", "foreground", "orphan"):
            raise ClusterError(
                _('cascade must be "background", "foreground" or "orphan", not "{value}".', value=cascade)
            )
        grace = 0 if force and grace_period is None else grace_period
        if grace is not None and (isinstance(grace, bool) or not isinstance(grace, int) or grace < 0):
            raise ClusterError(
                _(
                    "grace_period must be a whole number of seconds, 0 or more, not {value}.",
                    value=brief(grace),
                )
            )
        if force and grace:
            raise ClusterError(
                _("force=True means a grace period of 0, so grace_period cannot be {value}.", value=grace)
            )
        self.api.delete(self._named(ref, "delete"), cascade=cascade, grace=grace)

    def scale(self, ref: str, replicas: int) -> KubeObject:
        """Change how many Pods a workload wants, and return the workload. Its controller acts on `settle()`.

        Raises NotFoundError if there is no such object, and ClusterError if the object cannot be scaled or
        `replicas` is not a number of Pods.

        >>> import k8snotes as kn
        >>> c = kn.load("guestbook")
        >>> c.scale("deploy/cache", 3).spec["replicas"]
        3
        """
        self.simulation.may_change()
        obj = self._named(ref, "scale")
        if "replicas" not in obj.spec and not obj.resource.scales:
            raise ClusterError(
                _(
                    "{object} has no replicas, because a {kind} cannot be scaled.",
                    object=obj.ref,
                    kind=obj.kind,
                )
            )
        if isinstance(replicas, bool) or not isinstance(replicas, int) or replicas < 0:
            raise ClusterError(
                _("replicas must be a whole number, 0 or more, not {value}.", value=brief(replicas))
            )
        return actions.scale(self.api, obj, replicas).facing(self._object_face)

    def label(self, ref: str, *changes: str) -> Figure:
        """Set labels ("app=web") and remove labels ("old-"). A label that exists already is overwritten.

        Returns a Figure that shows which selectors found the object before, and which selectors find it now. Its
        `.facts` have the same as plain values, and `.facts.object` is the object. Raises NotFoundError if there is
        no such object, and ClusterError for text that does not change a label.

        >>> import k8snotes as kn
        >>> c = kn.load("guestbook")
        >>> c.label("pod/client", "role=guest", "old-").facts.object.labels
        {'role': 'guest'}

        Source of the rule: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/
        """
        from k8snotes.facts.label_change import label_change
        from k8snotes.figures.label_change import label_change_figure

        self.simulation.may_change()
        obj = self._named(ref, "label")
        if not changes:
            raise ClusterError(
                _(
                    'c.label() needs a label to set or to remove, as in c.label("{object}", "app=web") '
                    'or c.label("{object}", "app-").',
                    object=obj.ref,
                )
            )
        wanted = [actions.label_change(change) for change in changes]
        labelled = actions.edit_metadata(
            self.api, obj, "labels", dict(wanted), verb="label", why=" ".join(changes)
        )
        return label_change_figure(label_change(self.api, obj, labelled, wanted))

    def kubectl(self, line: str | Sequence[str], *, stdin: str = "") -> Output:
        """Run a kubectl command as you type it: c.kubectl("get pods -o wide"). It never raises an error.

        Returns an Output with `.stdout`, `.stderr` and `.exit`, which shows itself as kubectl prints it. `-f -`
        reads `stdin`. Before the next command, the cluster settles, as a real cluster does while you type. It does not
        settle if you change it or call `step()` in between.

        >>> c = Cluster(nodes=1)
        >>> c.kubectl("get pods")
        No resources found in default namespace.
        """
        from k8snotes.kubectl.cli import kubectl

        return kubectl(self.simulation, line, stdin=stdin)

    # ---- time

    def step(self) -> Changes:
        """Let the next component that has work act once, and return its changes, in order.

        >>> import k8snotes as kn
        >>> c = kn.load("guestbook")
        >>> c.step()
        nothing to do
        """
        return self.simulation.step()

    def settle(self) -> Changes:
        """Let the components act until none of them has any work left, and return all changes, in order.

        If something new in the cluster has no effect here, `.limits` of the changes says so; see `c.notes`. What
        waits for time to pass is in `.waits`; see `c.waiting`. Autoscalers evaluate their metrics as time passes:
        `c.wait("15s")`.

        >>> import k8snotes as kn
        >>> c = kn.load("guestbook")
        >>> _ = c.scale("deploy/cache", 3)
        >>> print(c.settle()[0])
        deployment-controller: scale replicaset/cache-6d6db877f4 (it goes from 2 to 3, because
          deployment/cache wants 3 Pods)
        """
        changes = self.simulation.settle()
        changes.limits, changes.waits = self._news(), self._first_waits()
        return changes

    def wait(self, duration: str | float) -> Changes:
        """Let time pass ("90s", "10m", "2h", or seconds) and the components act, and return all changes, in order.

        `c.settle()` stops where the cluster has come to rest, or where containers fail again and again. This goes on
        for as long as you say. Raises ClusterError for what is not a length of time.

        >>> import k8snotes as kn
        >>> c = kn.Cluster(nodes=1)
        >>> began = c.api.now
        >>> c.wait("90s")
        nothing to do
        >>> c.api.now - began
        90
        """
        self.simulation.may_change()
        changes = self.simulation.wait(actions.whole_seconds("duration", duration))
        changes.limits, changes.waits = self._news(), self._first_waits()
        return changes

    @property
    def waiting(self) -> Waits:
        """What happens next by itself if time passes, the next first: `c.settle()` has not waited for it.

        Each item has `.when` (seconds of the cluster's clock), `.ref`, `.component`, `.code` and `.words`.

        >>> c = Cluster(nodes=1)
        >>> _ = c.kubectl("create cronjob tick --image=busybox --schedule='@hourly'")
        >>> _ = c.settle()
        >>> c.waiting
        cronjob/tick makes its next Job in 60m
        >>> c.wait("1h")[0].ref
        'job/tick-29453820'
        """
        from k8snotes.facts.waiting import waiting

        return waiting(self.api, self.simulation.components)

    def copy(self) -> Cluster:
        """Return an independent cluster in the same state, so that you can compare before and after.

        >>> c = Cluster(nodes=1)
        >>> before = c.copy()
        >>> c.cordon("node-1")
        >>> before["node/node-1"].spec.get("unschedulable", False)
        False
        """
        other = Cluster._of(self.simulation.copy())
        other.refused, other.assumed = self.refused.copy(), self.assumed.copy()
        other._told = self._told.copy()  # noqa: SLF001  # made here
        return other

    def _repr_mimebundle_(self, **_kinds: Any) -> dict[str, str]:
        from k8snotes.facts.cluster_card import cluster_card
        from k8snotes.figures.card import card_html

        card = cluster_card(self._asked(), self._notes())
        return {"text/plain": repr(self), "text/html": card_html(card)}

    @printable
    def __repr__(self) -> str:
        parts = {
            "nodes": ngettext("{n} Node", "{n} Nodes", len(self.api.list("nodes"))),
            "pods": ngettext("{n} Pod", "{n} Pods", len(self.api.list("pods"))),
            "services": ngettext("{n} Service", "{n} Services", len(self.api.list("services"))),
        }
        first = (
            _("<Snapshot of a cluster: {nodes}, {pods}, {services}>", **parts)
            if self.snapshot
            else _("<Cluster: {nodes}, {pods}, {services}>", **parts)
        )
        return "\n".join([str(first), *(f"  {line}" for line in self._notes())])

    @printable
    def __str__(self) -> str:
        """Return what it holds, and as whom commands and helpers act in it: what `print(c)` shows."""
        if self.snapshot or any(note.code == "access" for note in self.simulation.limits.all()):
            return repr(self)  # a note says it where there are roles
        words = _(
            "Every command and every helper acts as cluster-admin here. kubectl --as USER acts as another user, "
            "and c.access() shows what a user may do."
        )
        return f"{self!r}\n  {words}"

    # ---- Services and addresses

    def endpoints(self, ref: str) -> EndpointsView:
        """Say which Pods are endpoints of a Service: `.ready`, `.not_ready` and `.left_out`, each with reasons.

        Each of these is a tuple of items with `.pod` (None for an address made by hand), `.address`, `.ports` and
        `.reason`. `.note` describes the state of the Service in one line, and `.table` has everything as a pandas
        table. Raises NotFoundError if there is no such Service, and ClusterError for an object of another kind.

        >>> import k8snotes as kn
        >>> c = kn.load("guestbook")
        >>> c.endpoints("svc/cache").note
        'selects 2 Pods, 2 ready'
        >>> list(c.endpoints("svc/cache").table["state"])[:3]
        ['ready', 'ready', 'left out']

        Source of the rule: https://kubernetes.io/docs/concepts/services-networking/endpoint-slices/
        """
        service = (
            self.object("Service", ref)
            if isinstance(ref, str) and "/" not in ref
            else self._named(ref, "endpoints")
        )
        if not isinstance(service, Service):
            raise ClusterError(
                _(
                    "{object} is of kind {kind}, but only a Service has endpoints.",
                    object=service.ref,
                    kind=service.kind,
                )
            )
        from k8snotes.figures.endpoints import endpoints_view
        from k8snotes.network.endpoints import endpoints

        return endpoints_view(endpoints(self.api, service, found=self.snapshot))

    def overview(self, ref: str = "") -> Figure:
        """Draw a cluster of any size: its Namespaces with their Services, and its Nodes, by what needs attention.

        Args:
            ref: what is shown of it: a Namespace ("ns/shop"), a workload ("deploy/web"), a Service ("svc/web") or a Node
                ("node/node-1"); "" for the whole cluster. `kn.browse(c)` goes from one to the next.

        Returns:
            A Figure. Its `facts` count the Pods of each Namespace, Service, workload and Node by state.

        Raises:
            NotFoundError: there is no such object.
            ClusterError: the object is of a kind that has no overview.

        >>> import k8snotes as kn
        >>> kn.load("guestbook").overview()
        <Figure overview: 3 Nodes, 9 Pods, 1 Namespace>
        >>> kn.load("guestbook").overview("deploy/frontend")
        <Figure overview of Deployment frontend: 3 Nodes, 3 Pods>
        """
        from k8snotes.facts.overview import overview
        from k8snotes.figures.overview import overview_figure

        subject = self._named(ref, "overview") if ref else None
        if subject is not None and not self.simulation.lookup.takes("overview", subject):
            raise ClusterError(
                _(
                    "An overview shows a Namespace, a workload, a Service or a Node, but {object} is of kind {kind}.",
                    object=subject.ref,
                    kind=subject.kind,
                )
            )
        usage = self.simulation.kubelets.usage
        return overview_figure(overview(self.api, subject, usage, found=self.snapshot))

    def selection(
        self,
        selector: str | Selector,
        kind: str = "pods",
        namespace: str | None = None,
        *,
        unfold: bool = False,
    ) -> Figure:
        """Draw which objects a selector finds, and why it does not find the others.

        Raises NotFoundError if the kind does not exist, and SelectorSyntaxError if the selector cannot be read.

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

    def service_map(
        self,
        namespace: str | None = None,
        *,
        unfold: bool = False,
        uses: bool = False,
        detail: str = "full",
    ) -> Figure:
        """Draw the Services, the Pods behind them, and the reason for every Pod that is left out.

        Ingresses and HTTPRoutes that lead requests to a Service are drawn before it, if a controller acts on them.
        With `uses`, the box of a Pod says what it uses: ConfigMaps, Secrets, claims, and its ServiceAccount. `detail` is
        "full", or "plain": only names, arrows, and which Pods are ready.

        Raises NotFoundError if there is no such Namespace, and ClusterError for another `detail`.

        >>> import k8snotes as kn
        >>> c = kn.load("guestbook")
        >>> c.service_map()
        <Figure service map: 4 Services, 9 Pods>
        """
        from k8snotes.facts.routes import routes, ways_in
        from k8snotes.facts.service_map import service_map
        from k8snotes.facts.troubles import troubles
        from k8snotes.figures.service_map import service_map_figure

        plainly = _plainly(detail)
        name = self.simulation.lookup.namespace(namespace)
        notes = [note.words for note in self.simulation.limits.all("map")]
        notes += [trouble.words for trouble in troubles(self.api, name)]
        policies = self.api.list("networkpolicies.networking.k8s.io", name)
        if policies and self.simulation.network_policies and self.simulation.enforcement_known:
            notes.append(
                _("The map does not show NetworkPolicies, which may drop packets. c.reach() shows them.")
            )
        facts = service_map(self.api, name, found=self.snapshot, uses=uses)._replace(notes=tuple(notes))
        if self.simulation.network.state.web.fronts:
            facts = facts._replace(ways_in=ways_in(routes(self.simulation.network.state, name)))
        return service_map_figure(facts, unfold=unfold, plainly=plainly)

    def three_ips(self, namespace: str | None = None, *, unfold: bool = False) -> Figure:
        """Draw the networks of Nodes, Pods and Services: who has which address, and which addresses are virtual.

        Raises NotFoundError if there is no such Namespace.

        >>> import k8snotes as kn
        >>> c = kn.load("guestbook")
        >>> c.three_ips()
        <Figure three IPs: 3 Nodes, 9 Pods, 4 Services>
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

    def trace(
        self,
        url: str,
        source: str = "outside",
        protocol: str = "TCP",
        times: int = 1,
        *,
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
        detail: str = "full",
    ) -> TraceFigure:
        """Follow one packet to `url`, hop by hop: its place, its addresses, the rule that changed it, and the outcome.

        `url` is text such as "http://web:8080", "web.shop:80" or "10.96.0.20:80". `source` is a Pod ("pod/client"),
        a Node ("node/node-1"), "outside", or an address. `protocol` is TCP, UDP or SCTP. With `times`, the request
        is sent that many times, and `.spread` says how many requests each Pod answered. Where the controller of an
        Ingress or a Gateway reads the request, the path of `url`, `method` and `headers` ({"version": "v2"}) count,
        and `.status` is the status of HTTP that the sender gets. `detail` is "full", or "plain": only names and
        addresses, without bridges, veth pairs, chains of rules and conntrack.

        Returns a Figure with `.outcome` ("connected", "refused", "timeout", "unresolved", "leaves"), `.hops`,
        `.reason`, `.hint`, `.server` (the Pod that answered), `.server_ip`, `.client_seen`, `.spread` and `.table`.
        Raises AddressError if `url` cannot be read, NotFoundError if a name or the source does not exist, and
        ClusterError for another `detail`.

        >>> import k8snotes as kn
        >>> c = kn.load("guestbook")
        >>> print(c.trace("http://cache:6379", source="pod/mysql-0").outcome)
        connected

        Source of the rule: https://kubernetes.io/docs/reference/networking/virtual-ips/
        """
        from k8snotes.network.targets import target_of

        plainly = _plainly(detail)
        facts = self.simulation.network.trace(
            target_of(url, protocol),
            source,
            times,
            method=method,
            headers=headers,
            plainly=plainly,
        )
        return self._figure(facts, plainly=plainly)

    def ping(self, host: str, source: str = "outside") -> TraceFigure:
        """Send a ping (ICMP echo): `.outcome` is "reply" or "no reply". A Cluster IP never answers a ping.

        >>> import k8snotes as kn
        >>> c = kn.load("guestbook")
        >>> print(c.ping(c["svc/cache"].cluster_ip, source="pod/mysql-0").outcome)
        no reply
        """
        return self._figure(self.simulation.network.ping(host, source))

    def walk(self, url: str, source: str = "outside", protocol: str = "TCP") -> Walker:
        """Return the walker, a widget that follows one packet hop by hop, forward and back.

        In the widget you can change the URL, the sender and the protocol. `url`, `source` and `protocol` are those
        of `trace`, and the protocol "ICMP" sends a ping. The walker asks this cluster whenever you change what is
        sent. Raises the errors of `trace`.

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
        """Show kube-proxy's rules on a Node: as a picture, as a table, and as `iptables-save` or `nft` prints them.

        `node` is "node-1" or "node/node-1". With `service` ("svc/web"), the picture shows only this Service, with
        its rules below. `unfold` draws every Service and every endpoint. Returns a Figure: `.table` has one row for
        each rule, `.iptables_save` (in nftables mode `.nft_ruleset`) has the whole text, `.lines` has the rules that are shown, and `.facts` has all
        rules by Service. Raises NotFoundError if there is no such Node or Service.

        >>> import k8snotes as kn
        >>> c = kn.load("guestbook")
        >>> c.rules("node-1", "svc/cache").facts.ports[0].choosers[0].chosen[0].chance
        0.5

        Source of the rules: https://kubernetes.io/docs/reference/networking/virtual-ips/#proxy-mode-iptables
        """
        from k8snotes.figures.rules import rules_figure

        return rules_figure(self._rules(node, service), unfold=unfold)

    def listen(
        self,
        ref: str,
        port: int | None,
        protocol: str = "TCP",
        *,
        address: str = "",
        after: str | float = 0,
        container: str = "",
    ) -> None:
        """Set on which ports a program listens: `port`, and the ports of earlier calls. None means no port at all.

        `ref` names a Pod, a workload ("deploy/web": each of its Pods) or an image ("image/web:1.6"). `address` is
        the only address on which it listens ("127.0.0.1": only the containers of the Pod reach it). `after` is
        how long after its start it opens the port (seconds, or "40s").

        Without this call, a Pod is assumed to listen on the ports that its containers declare; afterwards, the
        declared ports no longer count. In a real cluster, the program in the container opens a port, and a
        declaration opens nothing. You can use this on a snapshot too, because it changes no object. Raises
        NotFoundError if there is no such object, AddressError for a port or protocol that does not exist, and
        ClusterError if the object has no containers.

        >>> import k8snotes as kn
        >>> c = kn.load("guestbook")
        >>> c.listen("pod/client", 9000)
        >>> c.trace(f"{c['pod/client'].status['podIP']}:9000", source="pod/backup").outcome
        'connected'
        """
        from k8snotes.network.targets import protocol_named, whole_number

        about = actions.about(self.simulation, ref, container)
        number = None if port is None else whole_number(port)
        opening = Opening(address, actions.whole_seconds("after", after))
        self.simulation.programs.open(about, number, protocol_named(protocol), opening, container)
        actions.told(self.simulation)

    def answer(
        self,
        ref: str,
        path: str,
        status: int = 200,
        *,
        port: int | None = None,
        takes: str | float = 0,
        container: str = "",
    ) -> None:
        """Set what a path answers over HTTP; every path answers 200 until you say otherwise.

        The kubelet's probes (`httpGet`) ask it. `ref` names a Pod, a workload or an image, `port` the only port
        that is meant, and `takes` says how long the answer takes (seconds, or "3s"). Raises NotFoundError and
        ClusterError.

        >>> import k8snotes as kn
        >>> c = kn.Cluster(nodes=1)
        >>> probe = {"httpGet": {"path": "/ready", "port": 80}}
        >>> app = {"name": "app", "image": "web:1", "readinessProbe": probe}
        >>> _ = c.apply({"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "web"}, "spec": {"containers": [app]}})
        >>> c.answer("pod/web", "/ready", 503)
        >>> _ = c.settle()
        >>> c["pod/web"].ready
        False

        Source of the rule: https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/
        """
        self.simulation.may_change()
        about = actions.about(self.simulation, ref, container)
        reply = Reply(actions.status_code(status), takes=actions.whole_seconds("takes", takes))
        self.simulation.programs.answer(about, str(path), reply, port=port, container=container)
        actions.told(self.simulation)

    def returns(
        self,
        ref: str,
        command: str | Sequence[str],
        exit_code: int = 0,
        *,
        output: str = "",
        takes: str | float = 0,
        container: str = "",
    ) -> None:
        """Set what a command returns in a container; every command returns 0 until you say otherwise.

        The kubelet's probes and hooks (`exec`) run it. `ref` names a Pod, a workload or an image, `command` is a
        line or its words, `output` is what it prints, and `takes` says how long it runs (seconds, or "3s"). Raises
        NotFoundError and ClusterError.

        >>> import k8snotes as kn
        >>> c = kn.load("guestbook")
        >>> c.returns("deploy/frontend", "cat /tmp/healthy", 1, output="cat: can't open '/tmp/healthy'")

        Source of the rule: https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/
        """
        self.simulation.may_change()
        about = actions.about(self.simulation, ref, container)
        try:
            words = words_of(command)
        except ValueError as error:
            raise ClusterError(
                _(
                    "command={command} cannot be split into words: {error}.",
                    command=brief(command),
                    error=str(error),
                )
            ) from None
        reply = Reply(actions.exit_code_of(exit_code), str(output), actions.whole_seconds("takes", takes))
        self.simulation.programs.give_back(about, words, reply, container=container)
        actions.told(self.simulation)

    def exits(
        self, ref: str, exit_code: int | None = 1, *, after: str | float = 0, container: str = ""
    ) -> None:
        """Let a program end by itself whenever it runs: `after` so long (seconds, or "5s"). None lets it run on.

        `ref` names a Pod, a workload or an image. A container that ends again and again is restarted after longer
        and longer pauses (CrashLoopBackOff): `c.settle()` waits for two of its ends, and `c.wait()` goes on. Use
        `c.crash()` to let a container end once. Raises NotFoundError and ClusterError.

        >>> import k8snotes as kn
        >>> c = kn.load("guestbook")
        >>> c.exits("deploy/frontend", 1)
        >>> _ = c.settle()
        >>> c.kubectl("get pods -l tier=frontend --no-headers").stdout.split()[2]
        'CrashLoopBackOff'

        Source of the rule: https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#restart-policy
        """
        self.simulation.may_change()
        about = actions.about(self.simulation, ref, container)
        wait = actions.whole_seconds("after", after)
        ending = None if exit_code is None else Exit(actions.exit_code_of(exit_code), wait)
        self.simulation.programs.end(about, ending, container=container)
        actions.told(self.simulation)

    def stops(
        self, ref: str, takes: str | float | None = 0, *, exit_code: int = 143, container: str = ""
    ) -> None:
        """Set how long a program takes to stop after SIGTERM (seconds, or "20s"). None: it ignores the signal.

        `ref` names a Pod, a workload or an image. What still runs at the end of the grace period
        (`terminationGracePeriodSeconds`, 30 by default) is killed. Raises NotFoundError and ClusterError.

        >>> import k8snotes as kn
        >>> c = kn.load("guestbook")
        >>> c.stops("pod/client", "20s")
        >>> c.delete("pod/client")
        >>> began = c.api.now
        >>> _ = c.settle()
        >>> c.api.now - began >= 20
        True

        Source of the rule: https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-termination
        """
        self.simulation.may_change()
        about = actions.about(self.simulation, ref, container)
        seconds = None if takes is None else actions.whole_seconds("takes", takes)
        stop = Stop(seconds, actions.exit_code_of(exit_code))
        self.simulation.programs.stop(about, stop, container=container)

    def write_log(self, ref: str, text: str, container: str = "") -> None:
        """Let a program that runs now write to its log, which `kubectl logs` prints. Each line of `text` is one line.

        `ref` names a Pod, a workload (each of its Pods) or an image. Without `container`, the first container of
        each Pod writes. Values of Secrets are written as `<hidden>`. Raises NotFoundError, and ClusterError if no
        container runs.

        >>> import k8snotes as kn
        >>> c = kn.load("guestbook")
        >>> c.write_log("pod/client", "asked 3 times")
        >>> print(c.kubectl("logs client --tail=1").stdout, end="")
        asked 3 times

        Source of the rule: https://kubernetes.io/docs/concepts/cluster-administration/logging/
        """
        self.simulation.may_change()
        actions.write_log(self.simulation, ref, str(text), container)

    def set_pullable(self, image: str, value: bool = True) -> None:
        """Set whether a registry has an image; every image can be pulled until you say otherwise.

        A container whose image cannot be pulled waits: `ErrImagePull`, then `ImagePullBackOff`.

        >>> import k8snotes as kn
        >>> c = kn.Cluster(nodes=1)
        >>> c.set_pullable("web:1.7", False)
        >>> _ = c.kubectl("run web --image=web:1.7"), c.settle()
        >>> c.kubectl("get pods --no-headers").stdout.split()[2]
        'ImagePullBackOff'

        Source of the rule: https://kubernetes.io/docs/concepts/containers/images/#imagepullbackoff
        """
        self.simulation.may_change()
        name = str(image).removeprefix("image/")
        if value:
            self.simulation.programs.unpullable.discard(name)
        else:
            self.simulation.programs.unpullable.add(name)
        actions.told(self.simulation)

    def provide_load_balancers(self, cidr: str = "198.51.100.0/24", ip_mode: str = "Proxy") -> None:
        """Add a provider of load balancers, such as a cloud or MetalLB.

        On `settle()`, each Service of type LoadBalancer then gets a load balancer. `cidr` is the range of their
        addresses. `ip_mode` is the `ipMode` in their status: with "Proxy", a load balancer sends packets to a node
        port, and with "VIP", it passes them to a Node unchanged. Without a provider, such a Service stays
        `<pending>`, but its Cluster IP and its node port work.

        >>> import k8snotes as kn
        >>> c = kn.Cluster(nodes=1)
        >>> c.provide_load_balancers(cidr="198.51.100.0/24")
        >>> _ = c.kubectl("create service loadbalancer web --tcp=80"), c.settle()
        >>> c["svc/web"].load_balancer_ips
        ('198.51.100.17',)

        Source of the rule: https://kubernetes.io/docs/concepts/services-networking/service/#loadbalancer
        """
        self.simulation.may_change()
        actions.provide_load_balancers(self.simulation, cidr, ip_mode)

    def provide_storage(
        self,
        name: str = "standard",
        *,
        provisioner: str = "disk.csi.example.com",
        binding: str = "WaitForFirstConsumer",
        reclaim: str = "Delete",
        expansion: bool = True,
        default: bool = True,
        local: bool = False,
    ) -> None:
        """Add a storage driver, as a cloud has one, and a StorageClass whose volumes it makes.

        On `settle()`, each PersistentVolumeClaim of this class then gets a PersistentVolume named `pvc-UID`. Without
        a driver, such a claim stays Pending until a volume that fits is created by hand.

        Args:
            name: the name of the StorageClass. If it exists with this provisioner, only the driver is added.
            provisioner: the name of the driver, which the class names.
            binding: "WaitForFirstConsumer" makes the volume when a Pod that uses the claim gets a Node, and
                "Immediate" makes it at once.
            reclaim: "Delete" deletes a volume when its claim is deleted, and "Retain" keeps it.
            expansion: whether a claim may ask for more storage later.
            default: whether claims that name no class get this class.
            local: whether a volume is a directory on one Node, so that its Pods can only run there.

        Raises ClusterError for any other word, or if this driver is there already.

        >>> import k8snotes as kn
        >>> c = kn.Cluster(nodes=1)
        >>> c.provide_storage(binding="Immediate")
        >>> _ = c.apply('''{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: films},
        ...   spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 5Gi}}}}''')
        >>> _ = c.settle()
        >>> c["pvc/films"].status["phase"], c["pvc/films"].spec["storageClassName"]
        ('Bound', 'standard')

        Source of the rule: https://kubernetes.io/docs/concepts/storage/dynamic-provisioning/
        """
        self.simulation.may_change()
        actions.provide_storage(
            self.simulation,
            name,
            provisioner=provisioner,
            binding=binding,
            reclaim=reclaim,
            expansion=expansion,
            default=default,
            local=local,
        )

    def provide_ingress(
        self,
        name: str = "nginx",
        *,
        controller: str = "k8s.io/ingress-nginx",
        default: bool = True,
    ) -> None:
        """Add an Ingress controller, which leads HTTP requests as ingress-nginx does.

        It brings an IngressClass, and in Namespace `ingress-NAME` a Deployment and a Service of type LoadBalancer. Its
        Pod stands for the program that reads the requests. If the cluster has no provider of load balancers, one is
        added, too. On `settle()`, each Ingress of its class gets the address of this Service in its status, and
        `c.trace` follows requests through the controller. The DNS outside is assumed to know the hosts of Ingresses.

        Args:
            name: the name of the IngressClass.
            controller: the name of the controller, which classes name.
            default: whether new Ingresses that name no class get this class.

        Raises ClusterError if this controller is there already, or if the class belongs to another one.

        >>> import k8snotes as kn
        >>> c = kn.load("guestbook")
        >>> c.provide_ingress()
        >>> _ = c.apply('''{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: shop}, spec: {rules: [
        ...   {host: shop.example.com, http: {paths: [{path: /, pathType: Prefix,
        ...    backend: {service: {name: frontend, port: {number: 80}}}}]}}]}}''')
        >>> _ = c.settle()
        >>> trace = c.trace("http://shop.example.com/cart")
        >>> trace.status, trace.server.labels["tier"]
        (200, 'frontend')

        Source of the rule: https://kubernetes.io/docs/concepts/services-networking/ingress-controllers/
        """
        self.simulation.may_change()
        actions.provide_ingress(self.simulation, name, controller=controller, default=default)

    def provide_gateway(
        self, name: str = "example-class", *, controller: str = "example.com/gateway-controller"
    ) -> None:
        """Add the kinds of the Gateway API, and a controller that leads requests by them.

        It brings the CustomResourceDefinitions and a GatewayClass. On `settle()`, each Gateway of this class gets a
        Deployment and a Service of type LoadBalancer, named after the Gateway and its class, and the statuses say which
        routes are accepted. If the cluster has no provider of load balancers, one is added, too. Filters and
        ReferenceGrants have no effect.

        Args:
            name: the name of the GatewayClass.
            controller: the name of the controller, which classes name.

        Raises ClusterError if this controller is there already.

        >>> import k8snotes as kn
        >>> c = kn.Cluster(nodes=1)
        >>> c.provide_gateway()
        >>> _ = c.settle()
        >>> print(c.kubectl("get gatewayclasses").stdout, end="")
        NAME            CONTROLLER                       ACCEPTED   AGE
        example-class   example.com/gateway-controller   True       1s

        Source of the rule: https://kubernetes.io/docs/concepts/services-networking/gateway/
        """
        self.simulation.may_change()
        actions.provide_gateway(self.simulation, name, controller=controller)

    def way_in(self, service: str, port: int | None = None, *, unfold: bool = False) -> Figure:
        """Show how a Service is reached from outside: its load balancer, its port on every Node, the Pods behind them.

        `service` is text such as "svc/web", and `port` is one of its ports (by default the first). `unfold` draws
        each Node and each Pod. The answer for a Node comes from kube-proxy's rules on this Node. Returns a Figure,
        whose `.facts` have the same as plain values. Raises NotFoundError if there is no such Service or port.

        >>> import k8snotes as kn
        >>> c = kn.load("tomcat-service")
        >>> [(door.node, door.outcome, len(door.behind)) for door in c.way_in("svc/tomcat-service").facts.doors]
        [('node-1', 'open', 2), ('node-2', 'open', 2), ('node-3', 'open', 2)]

        Source of the rule: https://kubernetes.io/docs/concepts/services-networking/service/#publishing-services-service-types
        """
        from k8snotes.facts.way_in import way_in
        from k8snotes.facts.workloads import Workloads
        from k8snotes.figures.way_in import way_in_figure

        shown = self._named(service, "way_in")
        if not isinstance(shown, Service):
            raise ClusterError(
                _(
                    'c.way_in() takes a Service such as "svc/web", but {object} is of kind {kind}.',
                    object=shown.ref,
                    kind=shown.kind,
                )
            )
        made_by = Workloads(self.simulation.api).of
        facts = way_in(self.simulation.network.state, shown, port, made_by=made_by)
        return way_in_figure(facts, unfold=unfold)

    # ---- Nodes, and what runs on them

    def cordon(self, ref: str) -> None:
        """Keep new Pods away from a Node ("node-1" or "node/node-1"). Pods that run there continue to run.

        >>> import k8snotes as kn
        >>> c = kn.Cluster(nodes=1)
        >>> c.cordon("node-1")
        >>> c["node/node-1"].spec["unschedulable"]
        True
        """
        self.simulation.may_change()
        actions.cordon(self.api, self._node(ref))

    def uncordon(self, ref: str) -> None:
        """Allow new Pods on a Node again.

        >>> import k8snotes as kn
        >>> c = kn.Cluster(nodes=1)
        >>> c.cordon("node-1")
        >>> c.uncordon("node-1")
        >>> c["node/node-1"].unschedulable
        False
        """
        self.simulation.may_change()
        actions.cordon(self.api, self._node(ref), wanted=False)

    def drain(self, ref: str, *, force: bool = False) -> list[KubeObject]:
        """Cordon a Node and evict its Pods, as `kubectl drain --ignore-daemonsets` does. Returns these Pods.

        Pods of DaemonSets and mirror Pods stay. Without `force`, it raises ClusterError if a Pod has no controller
        that would create a replacement. If a PodDisruptionBudget refuses an eviction, it tries again when the other
        Pods have been replaced, and raises ApiError (429) if the budget still refuses.

        >>> import k8snotes as kn
        >>> c = kn.Cluster(nodes=2)
        >>> _ = c.kubectl("create deployment web --image=nginx --replicas=2"), c.settle()
        >>> len(c.drain("node-1")), c["node/node-1"].unschedulable
        (1, True)

        Source of the rule: https://kubernetes.io/docs/tasks/administer-cluster/safely-drain-node/
        """
        self.cordon(ref)
        node = self._node(ref)
        plan = actions.drain_of(self.api, node)
        if plan.bare and not force:
            bare = named(f"{pod.namespace}/{pod.name}" for pod in plan.bare)
            raise ClusterError(
                _(
                    "cannot delete Pods that declare no controller (use force=True to override): {pods}. "
                    "No controller would create replacements on another Node. "
                    "{node} stays cordoned, and these Pods continue to run.",
                    pods=bare,
                    node=node.ref,
                )
            )
        going = [pod for pod in plan.going if not pod.terminating]
        refused = actions.evict(
            self.simulation, going, why=Why(_("evicted, because {node} is drained", node=node.ref), node)
        )
        if refused:
            raise refused[0][1]
        return self._objects(going)

    def evict(self, ref: str) -> None:
        """Evict a Pod, as a drain does: the Pod is deleted unless a PodDisruptionBudget refuses.

        Raises ApiError (429) in Kubernetes' words if a budget refuses, and its `.causes` say which budget and why.
        Raises NotFoundError if there is no such object, and ClusterError if the object is not a Pod.

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
        """Let a Node fail, as after a power failure: its kubelet no longer renews the Node's Lease.

        >>> import k8snotes as kn
        >>> c = kn.Cluster(nodes=2)
        >>> c.lose("node-1")
        >>> _ = c.settle()
        >>> c["node/node-1"].ready
        False
        """
        self.simulation.may_change()
        actions.lose(self.simulation, self._node(ref))

    def recover(self, ref: str) -> None:
        """Let a lost Node come back: its kubelet reports that the Node is ready, and manages its Pods again.

        >>> import k8snotes as kn
        >>> c = kn.Cluster(nodes=2)
        >>> c.lose("node-1")
        >>> _ = c.settle()
        >>> c.recover("node-1")
        >>> c["node/node-1"].ready
        True
        """
        self.simulation.may_change()
        actions.recover(self.simulation, self._node(ref))

    def set_ready(self, ref: str, value: bool = True) -> None:  # reads as a sentence
        """Set whether a Pod is ready, as its readiness probe would. The kubelet reports the change on `settle()`.

        If the Pod has a readiness probe, True lets the probe decide again.

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
        """Let a container of a Pod end by itself: the first one, if none is named. An `exit_code` of 0 means success.

        Afterwards the kubelet restarts the container or not, depending on the Pod's `restartPolicy`.

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
        """Put a Pod's file into a Node's manifest folder. The kubelet runs the Pod without asking the API server.

        >>> import k8snotes as kn
        >>> c = kn.Cluster(nodes=1)
        >>> c.static_pod("node-1", "{apiVersion: v1, kind: Pod, metadata: {name: web}, spec: {containers: [{name: a, image: b}]}}")
        >>> _ = c.settle()
        >>> c.objects("pods")
        [<Pod default/web-node-1>]
        """
        self.simulation.may_change()
        place = self._node(node)
        actions.put_static_pods(self.simulation, place, read(source, datasets.find).checked().objects)

    def remove_static_pod(self, node: str, name: str) -> None:
        """Remove the file of a static Pod, by the name in its manifest, from a Node's manifest folder.

        >>> import k8snotes as kn
        >>> c = kn.Cluster(nodes=1)
        >>> c.static_pod("node-1", "{apiVersion: v1, kind: Pod, metadata: {name: web}, spec: {containers: [{name: a, image: b}]}}")
        >>> c.remove_static_pod("node-1", "web")
        >>> _ = c.settle()
        >>> c.objects("pods")
        []
        """
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
        shared: bool = False,
    ) -> None:
        """Set how much CPU, memory, or both a container tries to use: the first container, if none is named.

        `ref` is a Pod, or a workload such as "deploy/web": then each of its Pods uses so much, those to come too. With
        `shared`, the amount is the load of all its Pods together: the ready Pods divide it, and divide it anew when
        their number changes. `cpu` is in CPUs ("250m", 2), and `memory` is in bytes ("300Mi"). A value that you leave
        out does not change. On `settle()`, the limits take effect: a container gets no more CPU than its limit (see
        `c.top()`), and it is killed if it uses more memory than its limit. A restarted container begins with no usage,
        unless its workload has one. The first call starts a metrics-server: it serves what the containers use at the
        moment, which HorizontalPodAutoscalers and `kubectl top` read. Raises NotFoundError, ClusterError and
        QuantityError.

        >>> import k8snotes as kn
        >>> c = kn.Cluster(nodes=1)
        >>> _ = c.kubectl("create deployment web --image=nginx --replicas=3")
        >>> _ = c.settle()
        >>> c.use("deploy/web", cpu="900m", shared=True)
        >>> print(c.top()["CPU(cores)"].tolist())
        ['300m', '300m', '300m']

        Source of the rule: https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/
        """
        self.simulation.may_change()
        about = self._named(ref, "use")
        if not isinstance(about, Pod | Workload):
            raise ClusterError(
                _(
                    "c.use() works for a Pod, or for a workload that makes Pods, but {object} is of kind {kind}.",
                    object=about.ref,
                    kind=about.kind,
                )
            )
        if cpu is None and memory is None:
            raise ClusterError(
                _(
                    'c.use() needs the amount that {pod} uses, as in c.use("{pod}", cpu="250m"), '
                    'or memory="300Mi", or both.',
                    pod=about.ref,
                )
            )
        if isinstance(about, Workload):
            actions.load(self.simulation, about, container or "", cpu=cpu, memory=memory, shared=shared)
            return
        if shared:
            raise ClusterError(
                _(
                    "shared=True divides a load over the Pods of a workload, but {object} is a Pod. "
                    'Name the workload, as in c.use("deploy/web", cpu="900m", shared=True).',
                    object=about.ref,
                )
            )
        actions.use(self.simulation, about, container or "", cpu=cpu, memory=memory)

    def top(self, kind: str = "pods", namespace: str | None = None) -> pd.DataFrame:
        """Return a table of CPU and memory usage, as `kubectl top` prints it: of "pods" (each container) or "nodes".

        The column `note` says which containers get less CPU than they want: a container is throttled by its limit,
        or its Node is full. Raises ClusterError for any other kind, and NotFoundError if there is no such Namespace.

        >>> import k8snotes as kn
        >>> c = kn.load("guestbook", nodes=1)
        >>> c.use("pod/client", cpu="250m")
        >>> c.top("nodes")["CPU(cores)"].tolist()
        ['250m']

        Source of the rule: https://kubernetes.io/docs/reference/kubectl/generated/kubectl_top/
        """
        from k8snotes.facts.top import top_containers, top_nodes
        from k8snotes.tables import top_nodes_table, top_pods_table

        resource = self.simulation.lookup.kind(kind)
        if resource.plural == "nodes":
            return top_nodes_table(top_nodes(self.api, self.simulation.kubelets.usage))
        if resource.plural != "pods":
            raise ClusterError(
                _('c.top() shows the usage of "pods" or "nodes", not of {kind}.', kind=resource.plural)
            )
        containers = top_containers(
            self.api, self.simulation.kubelets.usage, self.simulation.lookup.namespace(namespace)
        )
        return top_pods_table(containers, namespace)

    def autoscale_plan(self, ref: str, *, since: Cluster | int | None = None) -> Figure:
        """Draw what a HorizontalPodAutoscaler computes, what holds it back, what it has done, and what it will do.

        Over time it shows the load, the number of Pods, and what each Pod uses: the past as it was measured in each
        round, every 15 seconds, and the future as it will be if the load stays as it is. With `since`, the past begins
        at an earlier copy of this cluster (`before = c.copy()`), or at a moment of its clock in seconds. Raises
        NotFoundError if there is no such object, and ClusterError if the object is not a HorizontalPodAutoscaler.

        >>> import k8snotes as kn
        >>> c = kn.Cluster(nodes=1)
        >>> _ = c.apply('''{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {selector:
        ...   {matchLabels: {app: web}}, template: {metadata: {labels: {app: web}}, spec: {containers: [
        ...   {name: a, image: b, resources: {requests: {cpu: 100m}}}]}}}}''')
        >>> _ = c.kubectl("autoscale deploy/web --max=6 --cpu=50%")
        >>> c.use("deploy/web", cpu="180m", shared=True)
        >>> _ = c.wait("1m")
        >>> c.autoscale_plan("hpa/web")
        <Figure autoscaling of deployment/web: 4 Pods, nothing changes>

        Source of the rule: https://kubernetes.io/docs/concepts/workloads/autoscaling/horizontal-pod-autoscale/
        """
        from k8snotes.api.kinds.horizontalpodautoscaler import HorizontalPodAutoscaler
        from k8snotes.facts.autoscaling import autoscale_plan, horizon
        from k8snotes.figures.autoscaling import autoscale_figure

        autoscaler = self._named(ref, "autoscale_plan")
        if not isinstance(autoscaler, HorizontalPodAutoscaler):
            raise ClusterError(
                _(
                    "c.autoscale_plan() shows a HorizontalPodAutoscaler, but {object} is of kind {kind}. "
                    'c.get("hpa") lists them.',
                    object=autoscaler.ref,
                    kind=autoscaler.kind,
                )
            )
        begins = since.api.now if isinstance(since, Cluster) else since
        if begins is not None and (not isinstance(begins, int) or isinstance(begins, bool)):
            raise ClusterError(
                _(
                    "`since` must be an earlier copy of the cluster, or a moment of the clock in seconds such as 12, "
                    "not a value of type {type}. "
                    "Write before = c.copy(), change c, and use since=before.",
                    type=type(since).__name__,
                )
            )
        simulation = self.simulation
        moments = [when for item in simulation.components if (when := item.due(autoscaler.key)) is not None]
        due = None if simulation.snapshot else min(moments, default=self.api.now + PERIOD)
        coming: Sequence[Round] = ()
        if due is not None:
            future = simulation.copy()  # time passes there, and nothing else changes
            future.wait(horizon(self.api, autoscaler))
            rounds = future.api.autoscaling.of(autoscaler.uid).rounds
            coming = [item for item in rounds if item.time >= due]
        found = self.snapshot
        facts = autoscale_plan(self.api, autoscaler, due=due, coming=coming, since=begins, found=found)
        return autoscale_figure(facts)

    def capacity(self, node: str | None = None, *, unfold: bool = False) -> Figure:
        """Draw the resources of all Nodes, or of one ("node-1"): what is requested, limited, used and left.

        A next Pod can request what is left. Raises NotFoundError if there is no such object, and ClusterError if the
        object is not a Node.

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
        """Draw what a Namespace may use and what it uses: its quotas, its limit ranges, and which Pods are refused.

        Raises NotFoundError if there is no such Namespace.

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

    def policies(self, ref: str) -> Figure:
        """Draw the NetworkPolicies of a Pod: who may reach it, whom it may reach, and which rule decides.

        Returns a Figure, whose `.facts` have the same as plain values. Raises NotFoundError for a Pod that is not there.

        >>> import k8snotes as kn
        >>> c = kn.load("guestbook")
        >>> c.policies("pod/mysql-0").facts.ingress.isolated
        False

        Source of the rule: https://kubernetes.io/docs/concepts/services-networking/network-policies/
        """
        from k8snotes.facts.pod_policies import pod_policies
        from k8snotes.figures.pod_policies import pod_policies_figure

        return pod_policies_figure(pod_policies(self.api, self.simulation.network.state, self._pod(ref)))

    def reach(self, namespace: str | None = None) -> ReachFigure:
        """Draw who may reach whom, per port, as a matrix of workloads, and what decides: the NetworkPolicies of both ends.

        With `namespace`, it shows the Pods of this Namespace. Returns a Figure; `.facts` have every pair, and `.table` has
        them as a pandas table. Raises NotFoundError if there is no such Namespace.

        >>> import k8snotes as kn
        >>> kn.load("guestbook").reach().facts.counted
        (32, 32)

        Source of the rule: https://kubernetes.io/docs/concepts/services-networking/network-policies/
        """
        from k8snotes.facts.reach import reach
        from k8snotes.figures.reach import reach_figure

        name = self.simulation.lookup.namespace(namespace)
        return reach_figure(reach(self.api, self.simulation.network.state, name))

    def storage(self, namespace: str | None = None, *, unfold: bool = False, detail: str = "full") -> Figure:
        """Draw the claims and their volumes: who mounts what, where a volume is, and why a claim waits for one.

        With `namespace`, it shows the claims of this Namespace. `unfold` draws each claim where many alike would make
        a stack. `detail` is "full", or "plain": without classes, access modes and policies. Returns a Figure, whose
        `.facts` have the same as plain values. Raises NotFoundError if there is no such Namespace, and ClusterError for
        another `detail`.

        >>> import k8snotes as kn
        >>> c = kn.Cluster(nodes=1)
        >>> _ = c.apply('''{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: films},
        ...   spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 5Gi}}}}''')
        >>> _ = c.settle()
        >>> c.storage()
        <Figure storage: 1 claim, 1 of them without a volume>
        >>> c.storage().facts.claim("films").waiting.code
        'no-volume'

        Source of the rule: https://kubernetes.io/docs/concepts/storage/persistent-volumes/
        """
        from k8snotes.facts.storage import storage
        from k8snotes.figures.storage import storage_figure

        plainly = _plainly(detail)
        simulation = self.simulation
        facts = storage(
            self.api,
            simulation.lookup.namespace(namespace),
            drivers=simulation.drivers,
            granted=self.api.granted,
        )
        return storage_figure(facts, unfold=unfold, plainly=plainly)

    def routes(self, namespace: str | None = None, *, unfold: bool = False) -> Figure:
        """Draw where requests of HTTP go: from host and path to Service to Pods, by Ingresses and Gateways.

        It shows which rule takes the requests of another, and what leads nowhere, and why. With `namespace`, it shows
        the Ingresses and routes of this Namespace. `unfold` draws each Pod where many alike would make a stack. Returns
        a Figure, whose `.facts` have the same as plain values. Raises NotFoundError if there is no such Namespace.

        >>> import k8snotes as kn
        >>> c = kn.load("guestbook")
        >>> _ = c.apply('''{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: shop}, spec: {rules: [
        ...   {host: shop.example.com, http: {paths: [{path: /, pathType: Prefix,
        ...    backend: {service: {name: frontend, port: {number: 80}}}}]}}]}}''')
        >>> print(c.routes().facts.unserved[0].words)
        ingress/shop names no ingressClassName, so no controller acts on it. c.provide_ingress() adds an Ingress \
controller and its class.

        Source of the rule: https://kubernetes.io/docs/concepts/services-networking/ingress/
        """
        from k8snotes.facts.routes import routes
        from k8snotes.figures.routes import routes_figure

        namespace = self.simulation.lookup.namespace(namespace)
        return routes_figure(routes(self.simulation.network.state, namespace), unfold=unfold)

    def access(
        self, subject: str, can: str | None = None, resource: str = "", *, namespace: str | None = None
    ) -> Figure:
        """Draw what somebody may do: the subject, its bindings, and what their roles allow.

        With a question, the answer is there too: the binding that allows it, or the nearest rule that would have
        allowed it, and the point in which that differs.

        Args:
            subject: "sa/reader", "shop/sa/reader", "user/tom" or "group/dev".
            can: a question as kubectl auth can-i has it: "delete pods", "get deploy/web", "get pods/log",
                "get /healthz"; -A at the end asks for all namespaces.
            resource: the resource, if `can` is only the verb: c.access("sa/reader", "delete", "pods").
            namespace: the namespace that the question is about; by default that of the ServiceAccount, or `default`.

        Returns:
            A Figure; `.facts.given` has the bindings, `.facts.answer` the answer.

        Raises:
            RefError: the subject is no reference.
            ClusterError: it names nobody who could send a request, the question cannot be read, or the cluster is a
                dump without ClusterRoles.
            NotFoundError: there is no such resource or namespace.

        >>> c = Cluster(nodes=0)
        >>> _ = c.kubectl("create role reader --verb=get,list --resource=pods")
        >>> _ = c.kubectl("create rolebinding readers --role=reader --user=tom")
        >>> c.access("user/tom", can="list pods").facts.answer.binding
        'rolebinding/readers'
        >>> c.access("user/tom", can="delete pods").facts.answer.near.words
        'Role reader allows get, list on pods. The verb delete is missing.'

        Source of the rule: https://kubernetes.io/docs/reference/access-authn-authz/rbac/
        """
        from k8snotes.facts.access import access, question, subject_of
        from k8snotes.figures.access import access_figure

        lookup = self.simulation.lookup
        if isinstance(subject, str) and "/" not in subject:
            lookup.ref(subject, "access")  # it says which ServiceAccount may be meant
        if self.snapshot and not self.api.list("clusterroles"):
            raise ClusterError(
                _(
                    "This dump has no ClusterRoles, so it does not tell what a user may do. A dump of "
                    "kubectl get clusterroles,clusterrolebindings,roles,rolebindings,sa -A -o yaml does."
                )
            )
        who = subject_of(self.api, subject)
        if can is None:
            return access_figure(access(self.api, who))
        home = lookup.namespace(namespace) or who.namespace or "default"
        asked = f"{can} {resource}" if resource else can
        return access_figure(access(self.api, who, question(asked, home, lookup.kind)))

    def why_pending(self, ref: str) -> Figure:
        """Draw why a Pod has no Node: what the Pod requests, and for each Node what is left, with the numbers.

        Of a workload, it shows the first Pod that waits, or why Pods do not exist: the API server refuses them, a
        DaemonSet creates none for a Node, or a Job is over, suspended, or waits after a failure. Raises NotFoundError if there is no such object, and ClusterError if the
        object is not a Pod and lacks none.

        >>> import k8snotes as kn
        >>> c = kn.load("guestbook", nodes=0)
        >>> c.why_pending("pod/client")
        <Figure why pod/client is Pending: there is no Node>
        """
        from k8snotes.facts.pending_workload import first_waiting, why_lacking
        from k8snotes.figures.pending import pending_figure

        pod = self._named(ref, "why_pending")
        if isinstance(pod, Workload):
            waiting = first_waiting(self.api, pod)
            if waiting is None and (lacking := why_lacking(self.api, pod, self.waiting)):
                return pending_figure(lacking)
            pod = waiting or pod
        if not isinstance(pod, Pod):
            wrong = _(
                "Only a Pod waits for a Node, but {object} is of kind {kind}.", object=pod.ref, kind=pod.kind
            )
            raise ClusterError(
                _(
                    '{wrong} c.quota("{namespace}") shows which Pods are refused.',
                    wrong=wrong,
                    namespace=pod.namespace,
                )
                if pod.namespace
                else wrong
            )
        return pending_figure(self._pending(pod))

    def diagnose(self, target: str, source: str = "", protocol: str = "TCP") -> Figure:
        """Draw the flow chart of troubleshooting, computed: each question with its answer, up to the first fault.

        Each question has the line of kubectl that asks the same on a real cluster. In a dump, what it does not tell is
        "not known here".

        Args:
            target: a Service ("svc/web"), a Pod ("pod/web-1"), or what `trace` takes ("http://web:8080").
            source: who calls it, as `trace` takes it. By default a URL is called from "outside", and a Service or a Pod
                by another Pod of its Namespace that NetworkPolicies let through, or by a Node if there is no Pod.
            protocol: TCP, UDP or SCTP, for a URL.

        Returns a Figure, whose `.facts` have `.steps`, `.fault` (the first of them that fails) and `.ok`. Raises
        ClusterError for an object of another kind, AddressError if a URL cannot be read, and NotFoundError if the source
        does not exist.

        >>> import k8snotes as kn
        >>> c = kn.load("guestbook-broken")
        >>> c.diagnose("svc/cache")
        <Figure service/cache: question 7 of 13 finds the fault>
        >>> c.diagnose("svc/frontend").facts.fault.hint
        'Write tier=frontend in spec.selector of service/frontend, as pod/frontend-bc8688f9c-skjx8 has it, or change the labels of the Pods.'

        Source of the rule: https://kubernetes.io/docs/tasks/debug/debug-application/debug-service/
        """
        from k8snotes.figures.diagnosis import diagnosis_figure

        return diagnosis_figure(self._diagnosis(target, source, protocol))

    # ---- who did what

    def timeline(
        self,
        ref: str | None = None,
        since: Cluster | int | None = None,
        *,
        unfold: bool = False,
        detail: str = "full",
    ) -> TimelineFigure:
        """Draw which component did what, in order, with a lane for each component. `.table` has the same as a table.

        With `ref` ("pod/web-1"), it shows one object: the changes of the object, and the changes made because of it.
        With `since`, it shows only what came later than an earlier copy of this cluster (`before = c.copy()`), or
        than a moment of its clock in seconds. `detail` is "full", or "plain": without the rows in which a component
        only reports a status. The picture draws at most the last 40 rows; the text and the table have all rows.
        Raises ClusterError, RefError and NotFoundError.

        >>> import k8snotes as kn
        >>> c = kn.Cluster(nodes=1)
        >>> _ = c.apply("{apiVersion: v1, kind: Pod, metadata: {name: web}, spec: {containers: [{name: a, image: b}]}}")
        >>> _ = c.settle()
        >>> print(c.timeline("pod/web").text)
        timeline of pod/web: 4 changes in 4 steps
             0 s  kubectl (you) creates pod/web
             0 s  kube-scheduler binds pod/web: 1 of 1 Node fits, and node-1 is best
             1 s  kubelet on node-1 starts pod/web: the pause container runs and holds the Pod IP
             2 s  kubelet on node-1 starts pod/web: its container a runs
        """
        from k8snotes.facts.timeline import timeline
        from k8snotes.figures.timeline import timeline_figure

        log = self.api.log
        about = "" if ref is None else str(self.simulation.lookup.ref(ref))
        skip = self._since(since) if isinstance(since, Cluster) else 0
        begins = since if isinstance(since, int) else None
        if since is not None and not isinstance(since, Cluster | int):
            raise ClusterError(
                _(
                    "`since` must be an earlier copy of the cluster, or a moment of the clock in seconds such as 12, "
                    "not a value of type {type}. "
                    "Write before = c.copy(), change c, and use since=before.",
                    type=type(since).__name__,
                )
            )
        plainly = _plainly(detail)
        facts = timeline(log, self.api, ref=about, skip=skip, since=begins)
        facts = facts.without_reports() if plainly else facts
        if about and not any(change.ref == about for change in log):
            _object = self[str(ref)]  # it was never written; NotFoundError if it does not exist either
        return timeline_figure(facts, unfold=unfold)

    def architecture(self, *, unfold: bool = False, detail: str = "full") -> Figure:
        """Draw the Master (today: control plane) with its programs, and each Node with its programs and its Pods.

        `detail` is "full", or "plain": the outline counts controllers and stored objects. Raises ClusterError for another
        `detail`.

        >>> import k8snotes as kn
        >>> c = kn.load("guestbook")
        >>> c.architecture()
        <Figure Master and Nodes: 3 Nodes, 9 Pods>

        Source of the rule: https://kubernetes.io/docs/concepts/architecture/
        """
        from k8snotes.figures.architecture import architecture_figure

        return architecture_figure(self._architecture(), unfold=unfold, plainly=_plainly(detail))

    def inside(self, ref: str, *, since: Cluster | None = None, detail: str = "full") -> Figure:
        """Draw the inside of one Pod: pause container, network, containers, ports, probes, volumes, restarts.

        With an earlier copy of the cluster (`before = c.copy()`) as `since`, the Pod is drawn twice, side by side: as
        it was, and as it is now. `detail` is "full", or "plain": without the restart policy, the QoS class and the
        labels of the Pod. Raises NotFoundError if there is no such object, and ClusterError if the object is not a
        Pod, and for another `detail`.

        >>> import k8snotes as kn
        >>> c = kn.load("guestbook")
        >>> c.inside("pod/client")
        <Figure inside pod/client: pause and 1 container, ready>
        """
        from k8snotes.facts.inside import inside
        from k8snotes.figures.inside import inside_change_figure, inside_figure

        plainly = _plainly(detail)
        sides = []
        for cluster in (self, since) if since is not None else (self,):
            pod = cluster._named(ref, "inside")  # noqa: SLF001  # its own kind
            if not isinstance(pod, Pod):
                raise ClusterError(
                    _(
                        'c.inside() shows a Pod, but {object} is of kind {kind}. c.get("pods") lists the Pods.',
                        object=pod.ref,
                        kind=pod.kind,
                    )
                )
            probes = None if cluster.simulation.snapshot else cluster.simulation.kubelets.runtime.probes
            sides.append(inside(cluster.api, pod, probes))
        return (
            inside_figure(sides[0], plainly=plainly)
            if since is None
            else inside_change_figure(sides[1], sides[0])
        )

    def life(self, ref: str) -> Figure:
        """Draw the life of one Pod on a time line: what happened when, its states, and when a client reached it.

        It works for a Pod that is gone, too, until 200 others are gone. Raises NotFoundError if no such Pod is known,
        and ClusterError if the object is not a Pod.

        >>> import k8snotes as kn
        >>> c = kn.load("guestbook")
        >>> c.life("pod/client")
        <Figure life of pod/client: ready after 17 s; now ready>

        Source of the rule: https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/
        """
        from k8snotes.facts.life import life
        from k8snotes.figures.life import life_figure

        lookup, lives = self.simulation.lookup, self.api.lives
        place = lookup.ref(ref, "life")
        key = (lookup.kind(place.resource).qualified, place.namespace or "default", place.name)
        known = lives.of_gone(key) if key[0] == "pods" and self.api.store.get(key) is None else None
        if known is None:
            pod = self._named(ref, "life")
            if not isinstance(pod, Pod):
                raise ClusterError(
                    _(
                        'c.life() shows a Pod, but {object} is of kind {kind}. c.get("pods") lists the Pods.',
                        object=pod.ref,
                        kind=pod.kind,
                    )
                )
            known = lives.of(pod)
        return life_figure(life(self.api, known, self.api.now, found=self.snapshot))

    def diff(self, since: Cluster, *, unfold: bool = False) -> Figure:
        """Draw what changed since an earlier copy (`before = c.copy()`), with the desired and the actual state.

        Raises ClusterError if `since` is not a cluster.

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
            raise ClusterError(
                _(
                    "`since` must be an earlier copy of the cluster, not a value of type {type}. "
                    "Write before = c.copy(), change c, and use since=before.",
                    type=type(since).__name__,
                )
            )
        return diff_figure(diff(since.api, self.api), unfold=unfold)

    def play(self) -> Player:
        """Return the player, a widget that shows the picture of Master and Nodes after each step.

        You can step, go back, jump to any step, and play. Steps in which components only report a status are passed
        over. The player works on a copy, which it has played to its end before the first step is shown, so this
        cluster does not change. Change something first and do not settle, so that there are steps to see.

        >>> import k8snotes as kn
        >>> c = kn.Cluster(nodes=1)
        >>> _ = c.apply("{apiVersion: v1, kind: Pod, metadata: {name: web}, spec: {containers: [{name: a, image: b}]}}")
        >>> player = c.play()
        >>> player.step()
        >>> print(player.words)
        kube-scheduler binds Pod web to node-1: 1 of 1 Node fits, and node-1 is best
        """
        from k8snotes.widgets.player import Player

        return Player(self.copy(), lambda cluster, changes: cluster._architecture(changes))  # noqa: SLF001  # its own copy

    # ---- inner

    def _notes(self) -> list[str]:
        """Return what there is to say of it beside what it holds, a line each."""
        notes = [_("✗ refused: {document}", document=refused) for refused in self.refused]
        notes += [_("assumed: {note}", note=note) for note in self.assumed]
        notes += [_("note: {note}", note=note) for note in self.notes]
        # what a kubelet only looks at again, such as a probe that fails, is nothing that is about to happen
        happens = (item.words for item in self._waits() if item.code != "look")
        notes += [_("next: {what}", what=words) for words in islice(happens, 1)]
        return [*map(str, notes), *str(self.simulation.unrest).splitlines()]

    def _asked(self, ref: str = "") -> Asked:
        """Return that something is asked of this cluster; cards call it as the reader does."""
        from k8snotes.facts.card import Asked

        mine = [
            name for name, value in vars(sys.modules["__main__"]).items() if value is self and name[0] != "_"
        ]
        return Asked(self.api, "c" if "c" in mine or not mine else mine[0], ref, self.snapshot)

    def _card(self, obj: KubeObject) -> Card:
        from k8snotes.facts.object_card import object_card, short_ref

        return object_card(obj, self._asked(short_ref(obj)))

    def _object_face(self, obj: KubeObject) -> dict[str, str]:
        from k8snotes.figures.card import card_html, card_text

        card = self._card(obj)
        return {"text/plain": card_text(card), "text/html": card_html(card)}

    def _objects(self, objects: Sequence[KubeObject]) -> Objects:
        found = Objects(obj.facing(self._object_face) for obj in objects)
        found.face = self._objects_face
        return found

    def _objects_face(self, objects: Sequence[KubeObject]) -> dict[str, str]:
        from k8snotes.figures.card import objects_html

        shown = [self._card(obj) for obj in objects[:_MOST_CARDS]]
        return {
            "text/plain": repr(objects),
            "text/html": objects_html(shown, len(objects) - len(shown)),
        }

    def _waits(self) -> tuple[Waiting, ...]:
        """Return what waits for time to pass; nothing is loaded where nothing does."""
        return self.waiting if any(item.deadlines for item in self.simulation.components) else ()

    def _first_waits(self) -> tuple[str, ...]:
        """Return what waits for time to pass, as settling says it."""
        return self.waiting.first_lines if self._waits() else ()

    def _news(self) -> tuple[str, ...]:
        """Return the notes on objects that settling has not told of before, and remember that they are told."""
        notes = self.simulation.limits.all("settle")
        fresh = [note for note in notes if any((note.code, ref) not in self._told for ref in note.objects)]
        self._told |= {(note.code, ref) for note in fresh for ref in note.objects}
        return tuple(note.words for note in fresh)

    def _send(self, source: Any, put: Callable[[Manifest, bool], KubeObject]) -> list[KubeObject]:
        return self._objects(actions.send(self.simulation, source, datasets.find, put))

    def _doubt(
        self, kind: str, selector: str | Selector | None, namespace: str | None, found: Sequence[KubeObject]
    ) -> None:
        """Warn of a selector such as "tier==", which asks for an empty value, if it finds nothing."""
        if selector is None or found:
            return
        wanted = selector if isinstance(selector, Selector) else Selector(selector)
        key = next((part.key for part in wanted.requirements if tuple(part.values) == ("",)), "")
        if not key:
            return
        objects = self.simulation.lookup.objects(kind, None, namespace)
        values = sorted({obj.labels[key] for obj in objects if obj.labels.get(key)})
        parts = {"selector": str(selector), "key": key, "values": ", ".join(values[:_MOST_VALUES])}
        said = (
            _(
                'The selector "{selector}" asks for an empty value of the label {key}, and finds nothing. '
                "Values of {key} are: {values}.",
                **parts,
            )
            if values
            else _(
                'The selector "{selector}" asks for an empty value of the label {key}, and finds nothing. '
                "No object of this kind has the label.",
                **parts,
            )
        )
        warnings.warn(printed(said), SelectorWarning, stacklevel=4)

    def _named(self, ref: str, helper: str) -> KubeObject:
        """Return the object that a reference names; what is wrong with it is said for this helper."""
        return self.simulation.lookup.at(ref, helper)

    def _node(self, ref: str) -> Node:
        if not isinstance(ref, str):
            raise ClusterError(
                _(
                    'The name of a Node is text such as "node-1", not a value of type {type}.',
                    type=type(ref).__name__,
                )
            )
        obj = self[ref] if "/" in ref else self.object("Node", ref)
        if not isinstance(obj, Node):
            raise ClusterError(
                _(
                    "This works only for a Node, but {object} is of kind {kind}.",
                    object=obj.ref,
                    kind=obj.kind,
                )
            )
        return obj

    def _pod(self, ref: str) -> Pod:
        obj = self._named(ref, "inside")
        if not isinstance(obj, Pod):
            raise ClusterError(
                _("This works only for a Pod, but {object} is of kind {kind}.", object=obj.ref, kind=obj.kind)
            )
        return obj

    def _pending(self, pod: Pod) -> WhyPending:
        from k8snotes.facts.pending import why_pending
        from k8snotes.facts.pending_found import as_found, with_claims
        from k8snotes.facts.pending_workload import with_rollout

        facts = why_pending(self.api, pod, self.api.granted)
        if self.snapshot:
            return as_found(facts, self.api, pod)
        facts = with_claims(facts, self.api, pod, self.api.granted, self.simulation.drivers)
        return with_rollout(facts, self.api, pod)

    def _health(self) -> tuple[Issue, ...]:
        """Return what is wrong with what runs here, the worst first; `kn.examine` shows it."""
        from k8snotes.facts.health.health import health
        from k8snotes.facts.health.reading import Reading
        from k8snotes.facts.top import top_containers

        simulation = self.simulation
        usage = () if self.snapshot else top_containers(self.api, simulation.kubelets.usage)
        reading = Reading(self.api, snapshot=self.snapshot, granted=self.api.granted, usage=usage)
        return health(reading, simulation.drivers)

    def _diagnosis(self, target: str, source: str, protocol: str) -> Diagnosis:
        from k8snotes.facts.diagnosis import Case
        from k8snotes.facts.diagnosis_pod import diagnose_pod
        from k8snotes.facts.diagnosis_service import diagnose_service
        from k8snotes.facts.diagnosis_url import diagnose_missing, diagnose_url
        from k8snotes.network.targets import target_of

        simulation = self.simulation
        probes = None if self.snapshot else simulation.kubelets.runtime.probes
        case = Case(self.api, simulation.network, self._pending, probes, self.snapshot)
        if not isinstance(target, str) or "://" in target or ":" in target:
            sender = simulation.network.sender(source or "outside")
            return diagnose_url(case, target, target_of(target, protocol), sender)
        sender_named = simulation.network.sender(source) if source else None
        try:
            asked = self._named(target, "diagnose")
        except NotFoundError as error:
            place = parse_ref(target)
            kind = simulation.lookup.kind(place.resource).kind
            if kind not in ("Service", "Pod"):
                raise
            return diagnose_missing(kind, place.name, place.namespace or "default", error.args[0])
        if isinstance(asked, Service):
            return diagnose_service(case, asked, sender_named)
        if isinstance(asked, Pod):
            return diagnose_pod(case, asked, sender_named)
        raise ClusterError(
            _(
                'c.diagnose() asks about a Service ("svc/web"), a Pod ("pod/web-1") or a URL ("http://web:8080"), but '
                "{object} is of kind {kind}.",
                object=asked.ref,
                kind=asked.kind,
            )
        )

    def _rules(self, node: str, service: str) -> NodeRules:
        from k8snotes.facts.nft_rules import nft_rules
        from k8snotes.facts.node_rules import node_rules
        from k8snotes.node.nftables import Ruleset

        rules, state = self.simulation.network.rules(node), self.simulation.network.state
        shown = self._named(service, "way_in") if service else None
        if shown is not None and not isinstance(shown, Service):
            raise ClusterError(
                _(
                    '`service` must be a Service such as "svc/web", but {object} is of kind {kind}.',
                    object=shown.ref,
                    kind=shown.kind,
                )
            )

        def whose(ip: str) -> tuple[str, str]:
            pod = state.pod_at.get(ip)
            return (pod.ref, pod.node_name) if pod else (state.whose(ip), "")

        about = f"{shown.namespace}/{shown.name}" if shown else ""
        services, pods, why = state.services, state.pod_range, state.standing
        if isinstance(rules, Ruleset):
            return nft_rules(rules, services, service=about, pod_range=pods, whose=whose, why=why)
        return node_rules(rules, services, service=about, pod_range=pods, whose=whose, why=why)

    def _figure(self, facts: Trace, *, plainly: bool = False) -> TraceFigure:
        from k8snotes.figures.trace import trace_figure

        return trace_figure(facts, whose=self.simulation.network.state.whose, plainly=plainly)

    def _architecture(self, changes: Changes | Sequence[Any] = ()) -> Architecture:
        from k8snotes.facts.architecture import architecture

        store = self.api.store
        return architecture(
            self.api,
            controllers=[
                item.name
                for item in self.simulation.components
                if item.name not in _OF_THEIR_OWN and not isinstance(item, WebComponent)
            ],
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
                _(
                    "`since` is not an earlier copy of this cluster, because its history is different. "
                    "Write before = c.copy(), change c, and call c.timeline(since=before)."
                )
            )
        return max(0, before)


# besides the controllers in their box; what furnishes Namespaces does so without a word
_OF_THEIR_OWN = (
    "kube-scheduler",
    "kubelet",
    "cloud-controller-manager",
    "serviceaccount-controller",
    "pvc-protection-controller",
    "clusterrole-aggregation-controller",
)
