"""What this cluster does not do: a table with a row for each kind and each field that has no effect here.

Whatever shows such an object asks the table for the words, so that nothing is shown as if it worked. A row leaves the
table when the simulation learns what it says.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import NamedTuple

from k8snotes.api.base import KubeObject, Manifest, mappings, text
from k8snotes.api.furniture import BOOTSTRAPPING
from k8snotes.api.gateway_api import GATEWAYS, GROUP
from k8snotes.api.kind import Kind
from k8snotes.api.kinds.pod import Container
from k8snotes.api.references import Named, references
from k8snotes.api.registry import find_resource
from k8snotes.catalogue import Text, _, named, ngettext
from k8snotes.control_plane.apiserver import ApiServer
from k8snotes.control_plane.ingress_rules import CLASSES as INGRESS_CLASSES
from k8snotes.control_plane.ingress_rules import INGRESSES, WebController, served_by
from k8snotes.screen import printable

__all__ = ["LIMITS", "Limit", "Limits", "Note", "Notes", "policies"]

_MOST_NAMED = 3


class Note(NamedTuple):
    """What is not done for some objects.

    Args:
        code: the row of the table: "ingresses".
        words: what is not done, and for which objects, in a sentence.
        objects: the references of the objects: ("ingress/gate",).
    """

    code: str
    words: Text
    objects: tuple[str, ...]


class Notes(tuple[str, ...]):
    """What a cluster does not do for what it holds: a tuple of sentences, shown one a line.

    >>> Notes()
    nothing to note
    """

    __slots__ = ()

    @printable
    def __repr__(self) -> str:
        return "\n".join(str(note) for note in self) or _("nothing to note")

    __str__ = __repr__


class Choices(NamedTuple):
    """What decides whether a row holds for a cluster.

    Args:
        snapshot: whether the cluster is a dump.
        network_policies: whether its network plugin enforces NetworkPolicies.
        enforcement_known: whether that is known.
    """

    snapshot: bool = False
    network_policies: bool = True
    enforcement_known: bool = True


class Limit(NamedTuple):
    """A row of the table: something that Kubernetes does, and this cluster does not.

    Args:
        code: its name: "network-policies".
        words: makes the sentence from the references of the objects that it is about.
        concerns: whether it is about an object; asked only for objects of its kinds.
        kinds: the kinds that it is about, as plural with the group; () for all kinds that are Pods or make Pods.
        custom: whether it is about kinds that Kubernetes does not have by itself.
        shown: where it is said beside `print(c)` and `c.notes`: "apply", "get", "describe", "settle", "drain", "map".
        in_snapshot: whether it is true of a dump, too, in which nothing is done at all.
        served: whether a controller that a reader has provided acts on an object; then nothing is to be said of it.
        holds: whether the row holds for a cluster at all, from what its maker has chosen and whether it is a dump.
    """

    code: str
    words: Callable[[str], Text]
    concerns: Callable[[ApiServer, KubeObject], bool] = lambda _api, _obj: True
    kinds: tuple[str, ...] = ()
    custom: bool = False
    shown: frozenset[str] = frozenset({"apply", "get", "describe"})
    in_snapshot: bool = False
    served: Callable[[ApiServer, KubeObject, Sequence[WebController]], bool] | None = None
    holds: Callable[[Choices], bool] = lambda _choices: True

    def is_about(self, kind: Kind) -> bool:
        """Whether objects of a kind may be concerned."""
        if self.custom:
            return not kind.builtin
        return kind.qualified in self.kinds if self.kinds else bool(kind.pod_spec)


# ---- what the rows look for


def _containers(spec: Manifest) -> list[Manifest]:
    return [*mappings(spec.get("containers")), *mappings(spec.get("initContainers"))]


def _spec(obj: KubeObject) -> Manifest:
    """Return the specification of the Pods that an object is or makes."""
    return obj.resource.pod_spec_of(obj.raw) or {}


def _asks_undeclared_port(_api: ApiServer, obj: KubeObject) -> bool:
    """Whether a probe asks a port that no container of the Pod declares, though its own container declares some."""
    containers = [Container(item) for item in _containers(_spec(obj))]
    declared = {port.port for container in containers for port in container.ports}
    return any(
        container.ports and port not in declared
        for container in containers
        for port in container.probed_ports
    )


def _asks_other_metrics(_api: ApiServer, obj: KubeObject) -> bool:
    """Whether an autoscaler has a metric that an adapter would have to serve."""
    resources = ("Resource", "ContainerResource")
    return any(metric.get("type") not in resources for metric in mappings(obj.spec.get("metrics")))


def _granted(api: ApiServer, obj: KubeObject) -> bool:
    return _waits(obj) and _is_granted(api, obj)


def _waits(claim: KubeObject) -> bool:
    return claim.status.get("phase") != "Bound"


def _is_granted(api: ApiServer, obj: KubeObject) -> bool:
    return (obj.kind, obj.namespace, obj.name) in api.granted


def _ingress_is_served(api: ApiServer, obj: KubeObject, running: Sequence[WebController]) -> bool:
    """Whether a controller acts on an Ingress."""
    return served_by(obj, api.list(INGRESS_CLASSES), running).controller is not None


def _of_gateways(_api: ApiServer, obj: KubeObject) -> bool:
    return obj.resource.group == GROUP and obj.kind not in _WITHOUT_EFFECT


def _gateway_is_served(api: ApiServer, obj: KubeObject, running: Sequence[WebController]) -> bool:
    """Whether a controller acts on an object of the Gateway API."""
    from k8snotes.control_plane.gateway_rules import controller_of, parents_of  # noqa: PLC0415  # few clusters have one

    names = {item.name for item in running if item.kind == "gateway"}
    match obj.kind:
        case "GatewayClass":
            return text(obj.spec.get("controllerName")) in names
        case "Gateway":
            return controller_of(api, obj) in names
        case _:
            parents = parents_of(obj, api.list(GATEWAYS))
            return any(controller_of(api, gateway) in names for _ref, gateway in parents)


def _of_filters(_api: ApiServer, obj: KubeObject) -> bool:
    """Whether an object says something that the Gateway controller of this simulation passes over."""
    if obj.resource.group != GROUP:
        return False
    if obj.kind in _WITHOUT_EFFECT:
        return True
    rules = mappings(obj.spec.get("rules")) if obj.kind == "HTTPRoute" else []
    return any(
        rule.get("filters") or any(ref.get("filters") for ref in mappings(rule.get("backendRefs")))
        for rule in rules
    )


_WITHOUT_EFFECT = ("GRPCRoute", "ReferenceGrant")


def _of_no_gateway(_api: ApiServer, obj: KubeObject) -> bool:
    return obj.resource.group != GROUP


def _a_reader_s(_api: ApiServer, obj: KubeObject) -> bool:
    """Whether a user made an object: Kubernetes labels the roles that every cluster has."""
    return BOOTSTRAPPING not in obj.labels and not obj.name.startswith("system:")


def _lacks_account(api: ApiServer, obj: KubeObject) -> bool:
    """Whether Pods run with a ServiceAccount that was taken for granted and does not exist."""
    return any(
        item.kind == "ServiceAccount" and item.is_needed and _exists_by_grant(api, obj, item)
        for item in references(obj)
    )


def _exists_by_grant(api: ApiServer, obj: KubeObject, item: Named) -> bool:
    return (item.kind, obj.namespace, item.name) in api.granted and _there(api, obj, item) is None


def _there(api: ApiServer, obj: KubeObject, item: Named) -> KubeObject | None:
    """Return the object that an object of the same Namespace names, None if it does not exist."""
    return api.store.get((_RESOURCES[item.kind], obj.namespace, item.name))


_RESOURCES = {"ConfigMap": "configmaps", "Secret": "secrets", "ServiceAccount": "serviceaccounts"}


# ---- the table


_POLICIES = "networkpolicies.networking.k8s.io"
_RBAC = "rbac.authorization.k8s.io"
_HOOKS = "admissionregistration.k8s.io"
_AT_ONCE = frozenset({"apply", "get", "describe", "settle"})

LIMITS = (
    Limit(
        "claims-taken-for-granted",
        lambda objects: _(
            "kn.load takes storage for granted, so Pods run although no volume is bound to these "
            "PersistentVolumeClaims: {objects}.",
            objects=objects,
        ),
        _granted,
        ("persistentvolumeclaims",),
    ),
    Limit(
        "attached-volumes",
        lambda objects: _(
            "The scheduler counts neither attached volumes nor free storage in this cluster, whatever these objects "
            "say: {objects}.",
            objects=objects,
        ),
        kinds=("csinodes.storage.k8s.io", "csistoragecapacities.storage.k8s.io"),
    ),
    Limit(
        "recycling",
        lambda objects: _(
            "Kubernetes empties a recycled volume with a Pod. In this cluster it is free again at once: {objects}.",
            objects=objects,
        ),
        lambda _held, obj: obj.spec.get("persistentVolumeReclaimPolicy") == "Recycle",
        ("persistentvolumes",),
    ),
    Limit(
        "other-metrics",
        lambda objects: _(
            "Only CPU and memory are measured in this cluster, so the other metrics of these HorizontalPodAutoscalers "
            "fail: {objects}.",
            objects=objects,
        ),
        _asks_other_metrics,
        ("horizontalpodautoscalers.autoscaling",),
    ),
    Limit(
        "network-policies",
        lambda objects: _(
            "The network plugin of this cluster ignores NetworkPolicies, so they block no connection: {objects}.",
            objects=objects,
        ),
        kinds=(_POLICIES,),
        shown=frozenset({"apply", "get", "describe", "map"}),
        in_snapshot=True,
        holds=lambda choices: not choices.network_policies,
    ),
    Limit(
        "network-policies",
        lambda objects: _(
            "A dump does not tell whether the network plugin enforces NetworkPolicies. Traces assume that it does: {objects}.",
            objects=objects,
        ),
        kinds=(_POLICIES,),
        shown=frozenset({"apply", "get", "describe", "map"}),
        in_snapshot=True,
        holds=lambda choices: choices.network_policies and not choices.enforcement_known,
    ),
    Limit(
        "ingresses",
        lambda objects: _(
            "No Ingress controller acts on these Ingresses, so they lead no request to a Service: {objects}. "
            "c.provide_ingress() adds a controller, and c.routes() says what each Ingress needs.",
            objects=objects,
        ),
        kinds=(INGRESSES,),
        shown=_AT_ONCE | {"map"},
        served=_ingress_is_served,
    ),
    Limit(
        "gateways",
        lambda objects: _(
            "No Gateway controller acts on these objects, so they lead no request to a Service: {objects}. "
            "c.provide_gateway() adds a controller, and c.routes() says what each Gateway needs.",
            objects=objects,
        ),
        _of_gateways,
        custom=True,
        shown=_AT_ONCE | {"map"},
        served=_gateway_is_served,
    ),
    Limit(
        "gateway-filters",
        lambda objects: _(
            "Filters, grants and routes other than HTTPRoutes have no effect in this cluster: {objects}.",
            objects=objects,
        ),
        _of_filters,
        custom=True,
        shown=_AT_ONCE | {"map"},
    ),
    Limit(
        "custom-resources",
        lambda objects: _("No controller acts on these custom resources: {objects}.", objects=objects),
        _of_no_gateway,
        custom=True,
        shown=_AT_ONCE,
    ),
    Limit(
        "admission",
        lambda objects: _(
            "The API server asks no admission webhook and no admission policy in this cluster: {objects}.",
            objects=objects,
        ),
        kinds=tuple(
            f"{plural}.{_HOOKS}"
            for plural in (
                "mutatingwebhookconfigurations",
                "validatingwebhookconfigurations",
                "validatingadmissionpolicies",
                "validatingadmissionpolicybindings",
            )
        ),
    ),
    Limit(
        "access",
        lambda objects: _(
            "Helpers, components, and kubectl without --as act as cluster-admin in this cluster. Only kubectl --as USER, "
            "kubectl auth can-i and c.access() follow these roles and bindings: {objects}.",
            objects=objects,
        ),
        _a_reader_s,
        tuple(
            f"{plural}.{_RBAC}" for plural in ("roles", "rolebindings", "clusterroles", "clusterrolebindings")
        ),
        shown=frozenset({"apply"}),
    ),
    Limit(
        "accounts-taken-for-granted",
        lambda objects: _(
            "kn.load takes ServiceAccounts for granted, so Pods are created although their ServiceAccount does not "
            "exist: {objects}.",
            objects=objects,
        ),
        _lacks_account,
    ),
    Limit(
        "undeclared-ports",
        lambda objects: _(
            "A program is assumed to listen on the ports that its container declares, but a probe asks another port, "
            "so it fails: {objects}. c.listen() says on which ports a program listens.",
            objects=objects,
        ),
        _asks_undeclared_port,
    ),
)
"""The table."""


def policies(namespaces: Collection[str], *, enforced: bool) -> Text:
    """Say of a connection what is not certain about the NetworkPolicies of the Namespaces at its ends.

    Args:
        namespaces: the Namespaces.
        enforced: whether the connection was held against them, as in a dump, which does not tell whether they are enforced;
            false where the network plugin ignores them.

    >>> policies(["shop"], enforced=False)
    'Namespace shop has NetworkPolicies, but the network plugin of this cluster ignores them.'
    """
    names = named(namespaces)
    if enforced:
        return ngettext(
            "Namespace {namespaces} has NetworkPolicies. A dump does not tell whether the network plugin enforces them. "
            "Here they are assumed to be enforced.",
            "Namespaces {namespaces} have NetworkPolicies. A dump does not tell whether the network plugin enforces them. "
            "Here they are assumed to be enforced.",
            len(namespaces),
            namespaces=names,
        )
    return ngettext(
        "Namespace {namespaces} has NetworkPolicies, but the network plugin of this cluster ignores them.",
        "Namespaces {namespaces} have NetworkPolicies, but the network plugin of this cluster ignores them.",
        len(namespaces),
        namespaces=names,
    )


class Limits:
    """The table, asked about the objects of one cluster.

    Args:
        api: the API server of the cluster.
        snapshot: whether the cluster is a dump.
        controllers: the controllers of Ingresses and Gateways that run in it.
        network_policies: whether its network plugin enforces NetworkPolicies.
        enforcement_known: whether that is known.

    >>> import k8snotes as kn
    >>> c = kn.Cluster(nodes=1)
    >>> till = "{apiVersion: shop.example/v1, kind: Till, metadata: {name: one}}"
    >>> _created = c.apply(till)
    >>> [note.words for note in Limits(c.api).all()]
    ['No controller acts on these custom resources: till/one.']
    """

    def __init__(
        self,
        api: ApiServer,
        *,
        snapshot: bool = False,
        network_policies: bool = True,
        enforcement_known: bool = True,
        controllers: Sequence[WebController] = (),
    ) -> None:
        self._api, self._controllers = api, controllers
        choices = Choices(snapshot, network_policies, enforcement_known)
        self._rows = [row for row in LIMITS if (row.in_snapshot or not snapshot) and row.holds(choices)]

    def all(self, where: str = "") -> list[Note]:
        """Return what is not done for any object of the cluster; Pods are told by what has made them.

        Args:
            where: only the rows that are shown there, "" for all rows.
        """
        rows = [row for row in self._rows if not where or where in row.shown]
        store = self._api.store
        return self._notes(rows, (obj for name in store.resources() for obj in self._first_made(rows, name)))

    def of(self, objects: Iterable[KubeObject], where: str) -> list[Note]:
        """Return what is not done for some objects, as far as it is said in a place.

        Args:
            objects: the objects that are shown.
            where: the place: "apply", "get", "describe", "settle", "drain", "map".
        """
        return self._notes([row for row in self._rows if where in row.shown], objects)

    def _first_made(self, rows: list[Limit], resource: str) -> Iterator[KubeObject]:
        """Yield the objects of a kind that no controller has made from another, if a row is about the kind."""
        kind = find_resource(resource)
        if kind is not None and not any(row.is_about(kind) for row in rows):
            return
        made = kind is not None and bool(kind.pod_spec)
        for obj in self._api.store.list(resource):
            if not (made and obj.metadata.get("ownerReferences")):
                yield obj

    def _served(self, row: Limit, obj: KubeObject) -> bool:
        return row.served is not None and row.served(self._api, obj, self._controllers)

    def _notes(self, rows: list[Limit], objects: Iterable[KubeObject]) -> list[Note]:
        found: dict[str, dict[str, None]] = {}
        about: dict[Kind, list[Limit]] = {}
        alike: dict[tuple[str, int], list[Limit]] = {}
        for obj in objects:
            kind = obj.resource
            if kind not in about:
                about[kind] = [row for row in rows if row.is_about(kind)]
            if not about[kind]:
                continue
            # Pods that were made together share their containers: a thousand of them are looked at once
            key = obj.namespace, id(obj.spec.get("containers") if kind.kind == "Pod" else obj)
            if key not in alike:
                alike[key] = [
                    row for row in about[kind] if row.concerns(self._api, obj) and not self._served(row, obj)
                ]
            for row in alike[key]:
                found.setdefault(row.code, {})[obj.ref] = None
        return [
            Note(row.code, row.words(_named(tuple(found[row.code]))), tuple(found[row.code]))
            for row in rows
            if row.code in found
        ]


def _named(refs: tuple[str, ...]) -> str:
    """Return the first references of a list, and how many more there are."""
    names = named(refs[:_MOST_NAMED])
    if len(refs) <= _MOST_NAMED:
        return names
    return ngettext("{items} and {n} more", "{items} and {n} more", len(refs) - _MOST_NAMED, items=names)
