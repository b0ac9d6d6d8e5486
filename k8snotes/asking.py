"""What a reader may ask of a cluster: objects, tables, endpoints, pictures."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from k8snotes.api.kinds import Resource, find_resource, parse_ref
from k8snotes.api.labels import Selector
from k8snotes.api.objects import KubeObject, Service
from k8snotes.control_plane.apiserver import ApiServer
from k8snotes.errors import ClusterError, NotFoundError, SnapshotError, did_you_mean
from k8snotes.facts.reading import Workloads
from k8snotes.facts.selection import selection
from k8snotes.facts.service_map import service_map
from k8snotes.facts.three_ips import three_ips
from k8snotes.network.addresses import PodIPs
from k8snotes.network.endpoints import ServiceEndpoints, endpoints

if TYPE_CHECKING:
    import pandas as pd

    from k8snotes.figures.endpoints import EndpointsView
    from k8snotes.figures.figure import Figure

__all__ = ["Asking"]


class Asking:
    """The half of a cluster that answers; nothing here changes anything."""

    api: ApiServer
    pod_ips: PodIPs
    snapshot: bool

    @property
    def warnings(self) -> list[str]:
        """The warnings that the API server gave, in order."""
        return self.api.warnings

    def __getitem__(self, ref: str) -> KubeObject:
        """Return the object of a reference: c["svc/web"], c["shop/pod/web-1"]."""
        found = parse_ref(ref)
        return self.object(found.resource, found.name, found.namespace or "default")

    def object(self, kind: str, name: str, namespace: str = "default") -> KubeObject:
        """Return one object by kind, name and namespace. Raises NotFoundError with what there is instead.

        >>> import k8snotes as kn
        >>> kn.load("guestbook").object("Pod", "client")
        <Pod default/client>
        """
        resource = self._resource(kind)
        place = namespace if resource.namespaced else ""
        found = self.api.store.get((resource.qualified, place, name))
        if found is None:
            raise NotFoundError(self._instead(resource, place, name))
        return found

    def objects(
        self, kind: str, selector: str | Selector | None = None, namespace: str | None = None
    ) -> list[KubeObject]:
        """Return the objects of a kind ("pods", "svc"), of all namespaces or one, that a selector finds.

        Raises NotFoundError for a kind that is not there, SelectorSyntaxError.

        >>> import k8snotes as kn
        >>> kn.load("guestbook").objects("svc", "tier=cache")
        [<Service default/cache>]
        """
        found = self.api.list(self._resource(kind).qualified, namespace)
        if selector is None:
            return found
        wanted = selector if isinstance(selector, Selector) else Selector(selector)
        return [obj for obj in found if wanted.matches(obj.labels)]

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
        from k8snotes.tables import objects_table  # noqa: PLC0415  # pandas only where a table is asked for

        resource = self._resource(kind)
        objects = self.objects(kind, selector, namespace)
        return objects_table(
            objects,
            resource.plural,
            self.api.timestamp,
            wide=wide,
            namespaced=resource.namespaced and namespace is None,
        )

    # ---- answers

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
        from k8snotes.figures.endpoints import endpoints_view  # noqa: PLC0415  # views come last

        def tables(told: ServiceEndpoints) -> pd.DataFrame:
            from k8snotes.tables import endpoints_table  # noqa: PLC0415  # pandas only for a table

            return endpoints_table(told)

        return endpoints_view(endpoints(self.api, service), tables)

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
        from k8snotes.figures.selection import selection_figure  # noqa: PLC0415  # views come last

        wanted = selector if isinstance(selector, Selector) else Selector(selector)
        resource = self._resource(kind)
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
        from k8snotes.figures.service_map import service_map_figure  # noqa: PLC0415  # views come last

        return service_map_figure(service_map(self.api, self._namespace(namespace)), unfold=unfold)

    def three_ips(self, namespace: str | None = None, *, unfold: bool = False) -> Figure:
        """Draw the Node, Pod and Cluster networks: which address is whose, and which are real.

        Raises NotFoundError for a Namespace that is not there.

        >>> import k8snotes as kn
        >>> c = kn.load("guestbook")
        >>> c.three_ips()
        <Figure three IPs: 3 Nodes, 9 Pods, 3 Services>
        """
        from k8snotes.figures.three_ips import three_ips_figure  # noqa: PLC0415  # views come last

        known = not self.snapshot
        facts = three_ips(
            self.api,
            node_range="192.168.0.0/16" if known else "",
            pod_range=str(self.pod_ips.network) if known else "",
            service_range=str(self.api.service_ips.network) if known else "",
            namespace=self._namespace(namespace),
        )
        return three_ips_figure(facts, unfold=unfold)

    # ---- inner

    def _may_change(self) -> None:
        if self.snapshot:
            raise SnapshotError(
                "This cluster is a snapshot of another one: it is shown as it was found, and cannot be "
                "changed. kn.Cluster() makes one that can."
            )

    def _resource(self, kind: str) -> Resource:
        if not isinstance(kind, str):
            raise NotFoundError(f'A kind is text such as "pods" or "svc"; this is a {type(kind).__name__}.')
        found = find_resource(kind)
        if found is not None:
            return found
        stored = self._stored()
        for resource in stored.values():
            if kind.lower() in (resource.plural, resource.singular, resource.qualified):
                return resource
        names = [resource.plural for resource in stored.values()]
        near = did_you_mean(kind, [*names, *_COMMON])
        raise NotFoundError(
            f'There is no resource type "{kind}".{near} This cluster has: {", ".join(sorted(names))}.'
        )

    def _stored(self) -> dict[str, Resource]:
        store = self.api.store
        return {name: store.list(name)[0].resource for name in store.resources()}

    def _everything(self) -> Iterable[KubeObject]:
        return (obj for kind in self.api.store.resources() for obj in self.api.list(kind))

    def _namespace(self, name: str | None) -> str | None:
        if name is not None and not isinstance(name, str):
            raise NotFoundError(f"A Namespace is named by text; this is a {type(name).__name__}.")
        if name is not None and self.api.store.get(("namespaces", "", name)) is None:
            known = sorted(obj.name for obj in self.api.list("namespaces"))
            if self.snapshot:  # `kubectl get all` leaves the Namespaces themselves out
                known = sorted({*known, *(obj.namespace for obj in self._everything() if obj.namespace)})
                if name in known:
                    return name
            raise NotFoundError(
                f'There is no Namespace "{name}".{did_you_mean(name, known)} There are: {", ".join(known)}.'
            )
        return name

    def _instead(self, resource: Resource, namespace: str, name: str) -> str:
        there = self.api.list(resource.qualified, namespace if resource.namespaced else None)
        elsewhere = [obj.ref for obj in self.api.list(resource.qualified) if obj.name == name]
        place = f" in namespace {namespace}" if resource.namespaced else ""
        lines = f'{resource.qualified} "{name}" not found{place}.'
        if elsewhere:
            return f"{lines} There is {_some(elsewhere)}."
        names = [obj.name for obj in there]
        if not names:
            others = sorted({obj.namespace for obj in self.api.list(resource.qualified)})
            hint = f" There are some in: {', '.join(others)}." if others else ""
            return f"{lines} There are no {resource.plural}{place}.{hint}"
        return f"{lines}{did_you_mean(name, names)} There are: {_some(names)}."


_COMMON = ("pods", "services", "deployments", "replicasets", "replicationcontrollers", "nodes", "namespaces")


def _some(names: Iterable[str]) -> str:
    listed = list(names)
    return ", ".join(listed[:12]) + (f" and {len(listed) - 12} more" if len(listed) > 12 else "")
