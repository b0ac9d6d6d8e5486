"""What all questions about a cluster read once: its Pods by the workload that makes them, and its objects by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from k8snotes.api.base import KubeObject, Manifest, mapping, mappings
from k8snotes.api.kinds.pod import Pod
from k8snotes.api.kinds.service import Service
from k8snotes.api.label_index import LabelIndex
from k8snotes.api.reader import services_of
from k8snotes.api.selector import Selector
from k8snotes.api.workload import Workload
from k8snotes.control_plane.apiserver import ApiServer
from k8snotes.control_plane.granted import NOTHING, Granted
from k8snotes.facts.top import TopContainer
from k8snotes.facts.workloads import Workloads, workload_kinds
from k8snotes.network.endpoints import EndpointIndex

__all__ = ["Group", "Reading"]


@dataclass(slots=True)
class Group:
    """Pods of one sort: those that a workload makes, or one that nothing makes.

    Args:
        namespace: their Namespace.
        kind: the kind of what makes them ("Deployment"); "Pod" for one by itself.
        name: its name.
        maker: the object itself, None where the dump does not have it.
        pods: the Pods that are there.
    """

    namespace: str
    kind: str
    name: str
    maker: KubeObject | None
    pods: list[Pod] = field(default_factory=list)

    @property
    def object(self) -> KubeObject:
        """The object to which things are said: the maker, else its first Pod."""
        return self.maker if self.maker is not None else self.pods[0]

    @property
    def bare(self) -> bool:
        """Whether nothing makes the Pod again once it is gone."""
        return self.kind == "Pod"

    @property
    def spec(self) -> Manifest:
        """The specification of the Pods: that of the template, else that of the first Pod."""
        maker = self.maker
        found = maker.resource.pod_spec_of(maker.raw) if maker is not None else None
        return mapping(found) or (mapping(self.pods[0].spec) if self.pods else {})

    @property
    def containers(self) -> list[Manifest]:
        """The containers of each Pod, without init containers."""
        return mappings(self.spec.get("containers"))

    @property
    def labels(self) -> Mapping[str, str]:
        """The labels of the Pods."""
        if isinstance(self.maker, Workload):
            return self.maker.template_labels
        return self.pods[0].labels if self.pods else {}

    @property
    def ref(self) -> str:
        """The reference of what makes the Pods."""
        if self.maker is not None:
            return self.maker.ref
        head = f"{self.namespace}/" if self.namespace not in ("", "default") else ""
        return f"{head}{self.kind.lower()}/{self.name}"

    @property
    def runs_to_end(self) -> bool:
        """Whether the Pods end when their work is done."""
        return self.kind in ("Job", "CronJob")


class Reading:
    """A cluster as it is read for an examination: everything is read once, and Pods are found by labels.

    Args:
        api: the API server.
        snapshot: whether it is a dump or a live cluster, of which only what was read is known.
        granted: what is taken for granted, because only the application was loaded.
        usage: what containers use, () where nothing is measured.
    """

    def __init__(
        self,
        api: ApiServer,
        *,
        snapshot: bool = False,
        granted: Granted = NOTHING,
        usage: tuple[TopContainer, ...] = (),
    ) -> None:
        self.api = api
        self.snapshot = snapshot
        self.granted = granted
        self.usage = usage
        self.index = EndpointIndex(api, found=snapshot)
        self.pods = self.index.pods
        self.workloads = Workloads(api)
        self._labels: dict[str, tuple[list[Pod], LabelIndex]] = {}
        self._named: dict[tuple[str, str], dict[str, KubeObject]] = {}
        self._known: dict[str, bool] = {}

    @cached_property
    def groups(self) -> list[Group]:
        """The Pods by what makes them; workloads that have no Pods are there, too."""
        found: dict[tuple[str, str], Group] = {}
        for kind in workload_kinds():
            for obj in self.api.list(kind.qualified):
                if obj.owner is None:
                    key = obj.namespace, f"{obj.kind}/{obj.name}"
                    found[key] = Group(obj.namespace, obj.kind, obj.name, obj)
        for pod in self.pods:
            maker = self.workloads.of(pod)
            key = pod.namespace, maker or f"Pod/{pod.name}"
            group = found.get(key)
            if group is None:
                made_by, _slash, name = key[1].partition("/")
                group = found[key] = Group(pod.namespace, made_by, name, None if maker else pod)
            group.pods.append(pod)
        return [*found.values()]

    @cached_property
    def group_of(self) -> dict[int, Group]:
        """The group of each Pod, by the identity of the Pod."""
        return {id(pod): group for group in self.groups for pod in group.pods}

    @cached_property
    def services(self) -> list[Service]:
        """The Services that a user made."""
        return services_of(self.api)

    def pods_in(self, namespace: str) -> list[Pod]:
        """Return the Pods of a Namespace."""
        return self._of(namespace)[0]

    def select(self, namespace: str, selector: Selector) -> list[Pod]:
        """Return the Pods of a Namespace that a selector finds."""
        pods, index = self._of(namespace)
        return [pods[int(at)] for at in index.select(selector)] if pods else []

    def named(self, resource: str, namespace: str | None = "") -> dict[str, KubeObject]:
        """Return the objects of a kind in a Namespace by name.

        Args:
            resource: the plural, with the group where there is one ("configmaps").
            namespace: "" for kinds that are in none.
        """
        key = resource, namespace or ""
        if key not in self._named:
            for obj in self.api.list(resource):
                home = obj.namespace if obj.resource.namespaced else ""
                self._named.setdefault((resource, home), {})[obj.name] = obj
            self._named.setdefault(key, {})
        return self._named[key]

    def knows(self, resource: str) -> bool:
        """Whether what is not there is missing: a dump may simply not have the kind."""
        if resource not in self._known:
            self._known[resource] = not self.snapshot or bool(self.api.list(resource))
        return self._known[resource]

    @cached_property
    def namespaces(self) -> dict[str, Mapping[str, str]]:
        """The labels of each Namespace, by name."""
        found: dict[str, Mapping[str, str]] = {obj.name: obj.labels for obj in self.api.list("namespaces")}
        for pod in self.pods:
            name = pod.namespace
            found.setdefault(name, {"kubernetes.io/metadata.name": name})
        return found

    def _of(self, namespace: str) -> tuple[list[Pod], LabelIndex]:
        if not self._labels:
            by_home: dict[str, list[Pod]] = {}
            for pod in self.pods:
                by_home.setdefault(pod.namespace, []).append(pod)
            self._labels = {
                home: (pods, LabelIndex(pod.labels for pod in pods)) for home, pods in by_home.items()
            }
        return self._labels.get(namespace) or ([], LabelIndex(()))


def owned(namespace: str) -> bool:
    """Whether a Namespace belongs to the cluster itself: what is only noted is left out there.

    >>> owned("kube-system"), owned("shop")
    (True, False)
    """
    return namespace.startswith("kube-")
