"""The cluster that a reader holds: Master, Nodes and network wired together, and what he may ask of them."""

from __future__ import annotations

import gc
from collections.abc import Sequence
from itertools import count as counter
from typing import TYPE_CHECKING, Any

from k8snotes import datasets
from k8snotes.api.names import label_key, label_value
from k8snotes.api.objects import KubeObject, Manifest
from k8snotes.api.sources import read
from k8snotes.api.wording import count
from k8snotes.building import (
    Refused,
    kubernetes_endpoints,
    kubernetes_service,
    nodes_of,
    system_namespaces,
)
from k8snotes.control_plane.apiserver import ApiServer
from k8snotes.control_plane.changes import Changes
from k8snotes.control_plane.component import Component
from k8snotes.control_plane.controller_manager import controllers
from k8snotes.control_plane.scheduler import Scheduler
from k8snotes.errors import (
    ApiError,
    BadManifestError,
    ClusterError,
)
from k8snotes.facts.label_change import label_change
from k8snotes.measuring import Measuring
from k8snotes.network.addresses import NodeIPs, PodIPs
from k8snotes.network.listeners import Listeners
from k8snotes.node.kubelet import Kubelets
from k8snotes.sending import Sending
from k8snotes.watching import Watching

if TYPE_CHECKING:
    from k8snotes.figures.figure import Figure
    from k8snotes.kubectl.output import Output

__all__ = ["Cluster"]

_MOST_STEPS = 10_000
_MADE = counter(1)


class Cluster(Measuring, Watching, Sending):
    """A simulated cluster; nothing runs, and everything answers by Kubernetes' rules.

    `nodes` is a number of Nodes or a list of Node manifests ([]: none); `cpu`, `memory` and `pods` say
    how much each numbered Node has. Raises ClusterError.

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
        self.api = ApiServer()
        self.serial = next(_MADE)  # the later made, the greater; a copy has 0
        self.typed_at = -1  # the revision that a kubectl command has left behind, while nobody else has moved
        self.pod_ips, self.node_ips = PodIPs(), NodeIPs()
        self.kubelets, self.ears = Kubelets(self.pod_ips), Listeners()
        self.components: tuple[Component, ...] = _components(self.kubelets)
        self.refused: list[Refused] = []
        self.assumed: list[str] = []
        self.snapshot = False
        for manifest in system_namespaces():
            self.api.register(manifest, by="kube-apiserver")
        self.api.create(kubernetes_service(), by="kube-apiserver")
        for manifest in kubernetes_endpoints():
            self.api.register(manifest, by="kube-apiserver")
        for manifest in nodes_of(nodes, self.pod_ips, self.node_ips, cpu=cpu, memory=memory, pods=pods):
            self.api.register(manifest, by="kubelet")
        self.api.log.clear()

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
        self._may_change()
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
        self._may_change()
        obj = self[ref]
        if "replicas" not in obj.spec and obj.kind not in ("ReplicationController", *_SCALABLE):
            raise ClusterError(f"{obj.ref} has no replicas: a {obj.kind} cannot be scaled.")
        if isinstance(replicas, bool) or not isinstance(replicas, int) or replicas < 0:
            raise ClusterError(f"replicas is a whole number, 0 or more, not {replicas!r}.")

        def edit(manifest: Manifest) -> None:
            manifest["spec"]["replicas"] = replicas

        return self.api.change(obj, edit, by="kubectl", verb="scale", why=f"to {replicas}")

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
        from k8snotes.figures.label_change import label_change_figure  # noqa: PLC0415  # views come last

        self._may_change()
        obj = self[ref]
        wanted = [_label_change(change) for change in changes]

        def edit(manifest: Manifest) -> None:
            labels = manifest["metadata"].setdefault("labels", {})
            for key, value in wanted:
                if value is None:
                    labels.pop(key, None)
                else:
                    labels[key] = value
            if not labels:
                del manifest["metadata"]["labels"]

        labelled = self.api.change(obj, edit, by="kubectl", verb="label", why=" ".join(changes))
        return label_change_figure(label_change(self.api, obj, labelled, wanted))

    def kubectl(self, line: str | Sequence[str], *, stdin: str = "") -> Output:
        """Run a command as one types it: c.kubectl("get pods -o wide"); never raises.

        Returns `.stdout`, `.stderr` and `.exit`, and shows itself as kubectl prints. `stdin` is what `-f -`
        reads. What a command sets going happens before the next one, as it does while one types, unless
        you take steps of your own in between.

        >>> Cluster(nodes=1).kubectl("get pods")
        No resources found in default namespace.
        """
        from k8snotes.kubectl import kubectl  # noqa: PLC0415  # its verbs stand on top of a cluster

        return kubectl(self, line, stdin=stdin)

    # ---- time

    def step(self) -> Changes:
        """Let the next component that has something to do act once; returns what it did, in order.

        >>> import k8snotes as kn
        >>> c = kn.load("guestbook")
        >>> c.step()
        nothing to do
        """
        if self.snapshot:
            return Changes()
        done = self._act()
        while not done and (
            alarms := [when for item in self.components if (when := item.next_alarm()) is not None]
        ):
            # nobody has anything to do but wait: the clock is put forward to what comes next
            self.api.now = max(self.api.now, min(alarms))
            done = self._act()
        return done

    def settle(self) -> Changes:
        """Let the components act until none has anything left to do; returns what each did, in order.

        >>> import k8snotes as kn
        >>> c = kn.load("guestbook")
        >>> _ = c.scale("rc/cache", 3)
        >>> str(c.settle()).splitlines()[0]
        'replication-controller: create pod/cache-rhkhg (replicationcontroller/cache wants 3, there are 2)'
        """
        done = Changes()
        collects = gc.isenabled()
        gc.disable()  # nothing made here is garbage: to look for some takes a third of the time
        try:
            for _ in range(_MOST_STEPS):
                did = self.step()
                if not did:
                    return done
                done += did
        finally:
            if collects:
                gc.enable()
        raise ClusterError(f"The cluster did not come to rest in {_MOST_STEPS:,} steps.")

    def copy(self) -> Cluster:
        """Return an independent cluster in the same state: for before and after.

        >>> c = Cluster(nodes=1)
        >>> before = c.copy()
        >>> c.cordon("node-1")
        >>> before["node/node-1"].spec.get("unschedulable", False)
        False
        """
        other = object.__new__(Cluster)
        other.api = self.api.copy()
        other.pod_ips, other.node_ips = self.pod_ips.copy(), self.node_ips.copy()
        other.kubelets, other.ears = self.kubelets.copy_with(other.pod_ips), self.ears.copy()
        copied = (item.copy() for item in self.components if item is not self.kubelets)
        other.components = (*copied, other.kubelets)
        other.refused, other.assumed = self.refused.copy(), self.assumed.copy()
        other.snapshot = self.snapshot
        other.serial, other.typed_at = 0, self.typed_at
        return other

    def __repr__(self) -> str:
        counts = (("nodes", "Node"), ("pods", "Pod"), ("services", "Service"))
        parts = [count(len(self.api.list(plural)), word) for plural, word in counts]
        first = f"<{'Snapshot of a cluster' if self.snapshot else 'Cluster'}: {', '.join(parts)}>"
        notes = [f"  ✗ refused: {refused}" for refused in self.refused]
        return "\n".join([first, *notes, *(f"  assumed: {note}" for note in self.assumed)])

    # ---- inner

    def _act(self) -> Changes:
        for component in self.components:
            before = len(self.api.log)
            component.run(self.api)
            done = Changes(self.api.log[before:])
            if done:
                self.api.now += 1
                return done
        return Changes()

    def _send(self, source: Any, put: Any) -> list[KubeObject]:
        self._may_change()
        loaded = read(source, datasets.find, kinds_known=False)
        errors: list[ApiError] = [BadManifestError(problem) for problem in loaded.problems]
        done: list[KubeObject] = []
        for number, obj in enumerate(loaded.objects):
            try:
                done.append(put(obj.raw))
            except ApiError as error:
                error.document = obj.source.document if obj.source.line else number
                error.file = obj.source.file
                errors.append(error)
        if errors:
            errors.sort(key=lambda error: (error.file, error.document))
            first = errors[0]
            first.errors = errors
            raise first
        return done


def _components(kubelets: Kubelets) -> tuple[Component, ...]:
    return (*controllers(), Scheduler(), kubelets)


_SCALABLE = ("ReplicaSet", "Deployment", "StatefulSet")


def _label_change(change: str) -> tuple[str, str | None]:
    if not isinstance(change, str):
        raise ClusterError(f'A change of labels is text such as "app=web" or "old-", not {change!r}.')
    key, equals, value = change.partition("=")
    if not equals:
        if not change.endswith("-"):
            raise ClusterError(
                f'"{change}" changes no label: write "key=value" to set one, "key-" to remove it.'
            )
        return change[:-1], None
    wrong = label_key(key) or label_value(value)
    if wrong:
        raise ClusterError(f'invalid label "{change}": {"; ".join(wrong)}')
    return key, value
