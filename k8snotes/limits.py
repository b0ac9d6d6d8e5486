"""What this cluster does not do: a table with a row for each kind and each field that has no effect here.

Whatever shows such an object asks the table for the words, so that nothing is shown as if it worked. A row leaves the
table when the simulation learns what it says.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from typing import NamedTuple

from k8snotes.api.base import KubeObject, Manifest, mapping, mappings, text
from k8snotes.api.kind import Kind
from k8snotes.api.registry import find_resource
from k8snotes.catalogue import Text, _, ngettext
from k8snotes.control_plane.apiserver import ApiServer
from k8snotes.control_plane.scheduling.claims import Needed, is_granted
from k8snotes.screen import printable

__all__ = ["LIMITS", "Limit", "Limits", "Note", "Notes", "needed_by", "policies"]

_MOST_NAMED = 3


class Note(NamedTuple):
    """What is not done for some objects.

    Args:
        code: the row of the table: "cronjobs".
        words: what is not done, and for which objects, in a sentence.
        objects: the references of the objects: ("cronjob/tick",).
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


class _Held(NamedTuple):
    """What a cluster holds, as far as rows ask for it: its objects, and what was taken for granted in it."""

    api: ApiServer
    granted: frozenset[Needed]

    def get(self, resource: str, namespace: str, name: str) -> KubeObject | None:
        """Return the object of a name, None if there is none."""
        return self.api.store.get((resource, namespace, name))


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
    """

    code: str
    words: Callable[[str], Text]
    concerns: Callable[[_Held, KubeObject], bool] = lambda _held, _obj: True
    kinds: tuple[str, ...] = ()
    custom: bool = False
    shown: frozenset[str] = frozenset({"apply", "get", "describe"})
    in_snapshot: bool = False

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


def _has_field(*names: str) -> Callable[[_Held, KubeObject], bool]:
    """Return what says whether a container of an object's Pods has one of these fields."""

    def concerns(_held: _Held, obj: KubeObject) -> bool:
        return any(item.get(name) for item in _containers(_spec(obj)) for name in names)

    return concerns


def _runs_to_end_first(_held: _Held, obj: KubeObject) -> bool:
    inits = mappings(_spec(obj).get("initContainers"))
    return any(item.get("restartPolicy") != "Always" for item in inits)


def _granted(held: _Held, obj: KubeObject) -> bool:
    return obj.status.get("phase") != "Bound" and is_granted(held.granted, _claim(obj))


def _claim(obj: KubeObject) -> Needed:
    return "PersistentVolumeClaim", obj.namespace, obj.name


def _of_gateways(_held: _Held, obj: KubeObject) -> bool:
    return obj.resource.group == "gateway.networking.k8s.io"


def _of_no_gateway(_held: _Held, obj: KubeObject) -> bool:
    return obj.resource.group != "gateway.networking.k8s.io"


def _a_reader_s(_held: _Held, obj: KubeObject) -> bool:
    """Whether a user made an object: Kubernetes labels the roles that every cluster has."""
    return "kubernetes.io/bootstrapping" not in obj.labels and not obj.name.startswith("system:")


def _lacks_account(held: _Held, obj: KubeObject) -> bool:
    name = text(_spec(obj).get("serviceAccountName"))
    needed = "ServiceAccount", obj.namespace, name
    return bool(name) and name != "default" and _is_missing(held, needed)


def _lacks_values(held: _Held, obj: KubeObject) -> bool:
    """Whether a container needs a ConfigMap, a Secret or a key of one that does not exist."""
    for kind, name, key in _values_needed(_spec(obj)):
        needed = kind, obj.namespace, name
        if _is_missing(held, needed):
            return True
        there = held.get(_RESOURCES[kind], obj.namespace, name) if key else None
        if there is not None and not any(
            key in mapping(there.raw.get(field)) for field in ("data", "binaryData", "stringData")
        ):
            return True
    return False


_RESOURCES = {
    "ConfigMap": "configmaps",
    "Secret": "secrets",
    "ServiceAccount": "serviceaccounts",
    "PersistentVolumeClaim": "persistentvolumeclaims",
}


def _is_missing(held: _Held, needed: Needed) -> bool:
    kind, namespace, name = needed
    return not is_granted(held.granted, needed) and held.get(_RESOURCES[kind], namespace, name) is None


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
        "autoscaling",
        lambda objects: _(
            "HorizontalPodAutoscalers do not change the number of Pods in this cluster: {objects}.",
            objects=objects,
        ),
        kinds=("horizontalpodautoscalers.autoscaling",),
        shown=_AT_ONCE,
    ),
    Limit(
        "schedules",
        lambda objects: _(
            "The schedules of CronJobs start no Jobs in this cluster: {objects}.", objects=objects
        ),
        kinds=("cronjobs.batch",),
        shown=_AT_ONCE,
    ),
    Limit(
        "network-policies",
        lambda objects: _("NetworkPolicies block no connection in this cluster: {objects}.", objects=objects),
        kinds=(_POLICIES,),
        shown=frozenset({"apply", "get", "describe", "map"}),
        in_snapshot=True,
    ),
    Limit(
        "ingresses",
        lambda objects: _(
            "No Ingress controller runs in this cluster, so these Ingresses lead no request to a Service: {objects}.",
            objects=objects,
        ),
        kinds=("ingresses.networking.k8s.io",),
        shown=_AT_ONCE | {"map"},
    ),
    Limit(
        "gateways",
        lambda objects: _(
            "No Gateway controller runs in this cluster, so these objects lead no request to a Service: {objects}.",
            objects=objects,
        ),
        _of_gateways,
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
            "Every request is allowed in this cluster, whatever these roles and bindings say: {objects}.",
            objects=objects,
        ),
        _a_reader_s,
        tuple(
            f"{plural}.{_RBAC}" for plural in ("roles", "rolebindings", "clusterroles", "clusterrolebindings")
        ),
    ),
    Limit(
        "accounts",
        lambda objects: _(
            "Kubernetes refuses Pods whose ServiceAccount does not exist, but this cluster accepts them: {objects}.",
            objects=objects,
        ),
        _lacks_account,
    ),
    Limit(
        "configuration",
        lambda objects: _(
            "In Kubernetes, a container does not start while a ConfigMap, a Secret or a key that it needs is missing. "
            "In this cluster it starts: {objects}.",
            objects=objects,
        ),
        _lacks_values,
    ),
    Limit(
        "probes",
        lambda objects: _(
            "Probes are never made in this cluster, so every container that runs is ready unless "
            "c.set_ready() says otherwise: {objects}.",
            objects=objects,
        ),
        _has_field("readinessProbe", "startupProbe", "livenessProbe"),
    ),
    Limit(
        "hooks",
        lambda objects: _("Lifecycle hooks are never run in this cluster: {objects}.", objects=objects),
        _has_field("lifecycle"),
        shown=frozenset({"apply", "describe", "drain"}),
    ),
    Limit(
        "init-containers",
        lambda objects: _(
            "No program runs in this cluster, so init containers end at once with success: {objects}.",
            objects=objects,
        ),
        _runs_to_end_first,
        shown=frozenset({"apply", "describe"}),
    ),
    Limit(
        "readiness-gates",
        lambda objects: _(
            "Readiness gates do not count in this cluster, so a Pod is ready as soon as its containers are: {objects}.",
            objects=objects,
        ),
        lambda _held, obj: bool(mappings(_spec(obj).get("readinessGates"))),
    ),
)
"""The table."""


def policies(namespaces: Collection[str]) -> Text:
    """Say of a connection that NetworkPolicies of the Namespaces at its ends may forbid it.

    >>> policies(["shop"])
    'Namespace shop has NetworkPolicies. They are not simulated here, and may forbid this connection.'
    """
    return ngettext(
        "Namespace {namespaces} has NetworkPolicies. They are not simulated here, and may forbid this connection.",
        "Namespaces {namespaces} have NetworkPolicies. They are not simulated here, and may forbid this connection.",
        len(namespaces),
        namespaces=", ".join(namespaces),
    )


class Limits:
    """The table, asked about the objects of one cluster.

    Args:
        api: the API server of the cluster.
        granted: what Pods need and what was taken for granted when they were loaded.
        snapshot: whether the cluster is a dump.

    >>> import k8snotes as kn
    >>> c = kn.Cluster(nodes=1)
    >>> _created = c.kubectl("create cronjob tick --image=busybox --schedule='* * * * *'")
    >>> [note.words for note in Limits(c.api).all()]
    ['The schedules of CronJobs start no Jobs in this cluster: cronjob/tick.']
    """

    def __init__(
        self, api: ApiServer, granted: frozenset[Needed] = frozenset(), *, snapshot: bool = False
    ) -> None:
        self._held = _Held(api, granted)
        self._rows = [row for row in LIMITS if row.in_snapshot or not snapshot]

    def all(self, where: str = "") -> list[Note]:
        """Return what is not done for any object of the cluster; Pods are told by what has made them.

        Args:
            where: only the rows that are shown there, "" for all rows.
        """
        rows = [row for row in self._rows if not where or where in row.shown]
        store = self._held.api.store
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
        for obj in self._held.api.store.list(resource):
            if not (made and obj.metadata.get("ownerReferences")):
                yield obj

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
                alike[key] = [row for row in about[kind] if row.concerns(self._held, obj)]
            for row in alike[key]:
                found.setdefault(row.code, {})[obj.ref] = None
        return [
            Note(row.code, row.words(_named(tuple(found[row.code]))), tuple(found[row.code]))
            for row in rows
            if row.code in found
        ]


def _named(refs: tuple[str, ...]) -> str:
    """Return the first references of a list, and how many more there are."""
    names = ", ".join(refs[:_MOST_NAMED])
    if len(refs) <= _MOST_NAMED:
        return names
    return ngettext("{items} and {n} more", "{items} and {n} more", len(refs) - _MOST_NAMED, items=names)


# ---- what Pods need


def needed_by(obj: KubeObject) -> Iterator[Needed]:
    """Yield what the Pods of an object need beside it: kind, Namespace and name.

    >>> pod = {"kind": "Pod", "metadata": {"name": "web"}, "spec": {"serviceAccountName": "robot"}}
    >>> list(needed_by(KubeObject({"apiVersion": "v1", **pod})))
    [('ServiceAccount', 'default', 'robot')]
    """
    spec = _spec(obj)
    account = text(spec.get("serviceAccountName"))
    if account:
        yield "ServiceAccount", obj.namespace, account
    for volume in mappings(spec.get("volumes")):
        for field, kind, key in _VOLUMES:
            source = mapping(volume.get(field))
            if source.get(key) and source.get("optional") is not True:
                yield kind, obj.namespace, text(source[key])
    for kind, name, _key in _values_of_environment(spec):
        yield kind, obj.namespace, name
    if obj.kind == "StatefulSet":
        for claim in mappings(obj.spec.get("volumeClaimTemplates")):
            name = text(mapping(claim.get("metadata")).get("name"))
            yield "PersistentVolumeClaim", obj.namespace, f"{name}-{obj.name}-*"


def _values_needed(spec: Manifest) -> Iterator[tuple[str, str, str]]:
    """Yield kind, name and key ("" for all) of the ConfigMaps and Secrets that containers need."""
    yield from _values_of_environment(spec)
    for volume in mappings(spec.get("volumes")):
        for field, kind, place in _VOLUMES[1:]:
            source = mapping(volume.get(field))
            if source.get(place) and source.get("optional") is not True:
                keys = [text(item.get("key")) for item in mappings(source.get("items"))]
                for key in keys or [""]:
                    yield kind, text(source[place]), key


def _values_of_environment(spec: Manifest) -> Iterator[tuple[str, str, str]]:
    for container in _containers(spec):
        values = [mapping(item.get("valueFrom")) for item in mappings(container.get("env"))]
        for source in (*values, *mappings(container.get("envFrom"))):
            for field, kind in _ENVIRONMENT:
                named = mapping(source.get(field))
                if named.get("name") and named.get("optional") is not True:
                    yield kind, text(named["name"]), text(named.get("key"))


_VOLUMES = (
    ("persistentVolumeClaim", "PersistentVolumeClaim", "claimName"),
    ("configMap", "ConfigMap", "name"),
    ("secret", "Secret", "secretName"),
)
_ENVIRONMENT = (
    ("configMapKeyRef", "ConfigMap"),
    ("secretKeyRef", "Secret"),
    ("configMapRef", "ConfigMap"),
    ("secretRef", "Secret"),
)
