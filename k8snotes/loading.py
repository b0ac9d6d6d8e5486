"""Loads an application into a new cluster; what the application expects from its surroundings is assumed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from k8snotes import actions, datasets
from k8snotes.api.base import KubeObject, Manifest, mapping, mappings, text
from k8snotes.api.kinds.node import Node
from k8snotes.api.kinds.pod import Pod
from k8snotes.api.references import Needed, needed_by
from k8snotes.api.registry import all_kinds
from k8snotes.api.sources import read
from k8snotes.catalogue import _, named, ngettext
from k8snotes.control_plane.apiserver import ApiServer, too_large_to_note
from k8snotes.control_plane.dump import Parts, fitted
from k8snotes.control_plane.etcd import clone
from k8snotes.control_plane.granted import Granted
from k8snotes.errors import ApiError, ManifestError, Problem, did_you_mean
from k8snotes.heap import unswept
from k8snotes.screen import printable
from k8snotes.simulation import Simulation

__all__ = ["Loaded", "Refused", "is_dump", "load", "without_server_fields"]

_MOST_NOTES = 100


class Refused(NamedTuple):
    """A document that the API server refused while an application was loaded: its place, and the reason."""

    file: str
    document: int
    name: str
    error: ApiError

    @property
    def reason(self) -> str:
        """The reason, in the API server's words."""
        return self.error.message

    @printable
    def __str__(self) -> str:
        place = (
            _("{place}, document {number}", place=self.file, number=self.document)
            if self.file
            else _("document {number}", number=self.document)
        )
        first, *more = str(self.reason).split("\n")  # the API server adds a comparison of whole Pods
        reason = f"{first} …" if more else first
        return f"{self.name} ({place}): {reason}"


class Loaded(NamedTuple):
    """A cluster with an application in it, and what was refused and assumed while loading."""

    simulation: Simulation
    refused: tuple[Refused, ...] = ()
    assumed: tuple[str, ...] = ()


def load(
    source: Any,
    *,
    nodes: int | Sequence[Manifest | KubeObject] | None = None,
    cpu: str | float = "4",
    memory: str | float = "8Gi",
    pods: int = 110,
    proxy: str = "iptables",
    namespace: str = "default",
) -> Loaded:
    """Load an application into a new cluster and let it settle; see `k8snotes.load`.

    Raises:
        ManifestError: the source cannot be read.

    >>> load("guestbook", nodes=2).simulation.snapshot
    False
    """
    found = _read(source).checked()
    if is_dump(found.objects):
        return _snapshot(found.objects, found.notes)
    machines = [obj for obj in found.objects if isinstance(obj, Node)]
    if nodes is None:
        nodes = [without_server_fields(obj)[0] for obj in machines] if machines else 3
    loader = _Loader(Simulation(nodes, cpu=cpu, memory=memory, pods=pods, proxy=proxy), namespace)
    loader.assumed += found.notes
    loader.api.granted = Granted().with_kind("ServiceAccount")  # their order in the source does not matter
    given = {obj.name for obj in loader.api.list("nodes")}
    for obj in sorted(found.objects, key=lambda obj: obj.kind != "Namespace"):
        if not (isinstance(obj, Node) and obj.name in given):
            loader.take(obj)
    loader.assumed += _with_storage(loader.simulation)
    loader.assumed += _taken_for_granted(loader.simulation)
    loader.simulation.settle()
    refused = sorted(loader.refused, key=lambda item: (item.file, item.document))
    return Loaded(loader.simulation, tuple(refused), tuple(loader.assumed))


def _read(source: Any) -> Any:
    try:
        return read(source, datasets.find, building=True)
    except ManifestError as error:
        if not isinstance(source, str) or error.problems[0].document is not None:
            raise
        names = datasets.names()
        hint = _(
            "{hint} The names in data/ are: {names}.{did_you_mean}",
            hint=error.hint,
            names=named(names),
            did_you_mean=did_you_mean(source, names),
        )
        first = error.problems[0]
        raise ManifestError([Problem(first.message, first.file, None, hint=hint)]) from None


class _Loader:
    """Takes documents into a new cluster, one by one, and notes what it had to assume."""

    def __init__(self, simulation: Simulation, namespace: str) -> None:
        self.simulation, self.api = simulation, simulation.api
        self.namespace = namespace
        self.refused: list[Refused] = []
        self.assumed: list[str] = []

    def take(self, obj: KubeObject) -> None:
        """Send a document as `kubectl apply` does; a refusal is noted, and loading continues."""
        manifest, gone = without_server_fields(obj)
        if gone:
            self.assumed.append(
                _(
                    "{object} is a new object here, so these fields from another cluster were removed: {fields}",
                    object=obj.ref,
                    fields=named(gone),
                )
            )
        home = obj.metadata.get("namespace") or self.namespace
        if obj.resource.namespaced and isinstance(home, str):
            self._make_namespace(home, obj)
        try:
            large = too_large_to_note(manifest, text(home) if obj.resource.namespaced else "")
            self.api.apply(manifest, namespace=self.namespace, server_side=large)
            if large:
                self.assumed.append(
                    _(
                        "{object} is too large for kubectl apply, so it was applied as with --server-side",
                        object=obj.ref,
                    )
                )
        except ApiError as error:
            error.document, error.file = obj.source.document, obj.source.file
            self.refused.append(Refused(error.file, error.document, obj.ref, error))

    def _make_namespace(self, name: str, obj: KubeObject) -> None:
        if self.api.store.get(("namespaces", "", name)) is not None:
            return
        try:
            self.api.create(
                {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}, by="kn.load"
            )
        except ApiError:
            return  # the object itself is refused, for the same name
        self.assumed.append(
            _("the Namespace {name} was created, because {object} names it", name=name, object=obj.ref)
        )


def _with_storage(simulation: Simulation) -> list[str]:
    """Provide storage as most clusters do, if claims leave it to their surroundings; says so if it was done."""
    api = simulation.api
    asks = next((by for _claim, by in _left_to_their_surroundings(api)), "")
    if not asks or api.list("storageclasses.storage.k8s.io") or api.list("persistentvolumes"):
        return []
    actions.provide_storage_as_usual(simulation)
    return [
        _(
            "storage is provided by a driver and the StorageClass standard, because {object} needs it",
            object=asks,
        )
    ]


def _left_to_their_surroundings(api: ApiServer) -> Iterator[tuple[Needed, str]]:
    """Yield the claims that get what is usual in their cluster, each with the reference of what asks for it."""
    for claim in api.list("persistentvolumeclaims"):
        if _is_left_to_its_surroundings(claim.spec):
            yield (claim.kind, claim.namespace, claim.name), claim.ref
    for owner in api.list("statefulsets.apps"):
        for item in mappings(owner.spec.get("volumeClaimTemplates")):
            if _is_left_to_its_surroundings(mapping(item.get("spec"))):
                name = text(mapping(item.get("metadata")).get("name"))
                yield ("PersistentVolumeClaim", owner.namespace, f"{name}-{owner.name}-*"), owner.ref


def _is_left_to_its_surroundings(claim: Manifest) -> bool:
    """Whether a claim names no class and no volume, so that it gets what is usual in its cluster."""
    return not any(
        claim.get(field) for field in ("volumeName", "selector", "dataSource", "dataSourceRef")
    ) and (claim.get("storageClassName") in (None, "standard"))


def _taken_for_granted(simulation: Simulation) -> list[str]:
    """Grant what Pods need, and name what of it is missing: a real cluster would not start the Pods without it."""
    api = simulation.api
    needed: dict[Needed, str] = {}
    for kind in (item.qualified for item in all_kinds() if item.pod_spec):
        for obj in api.list(kind):
            for item in needed_by(obj):
                needed.setdefault(item, obj.ref)
    there = {
        (obj.kind, obj.namespace, obj.name)
        for kind in ("serviceaccounts", "persistentvolumeclaims", "configmaps", "secrets")
        for obj in api.list(kind)
    }
    # what is there is not granted: if it is deleted, the next Pods lack it; only claims may stay without a volume
    provided = {claim for claim, _by in _left_to_their_surroundings(api)} if simulation.drivers else set()
    api.granted = Granted().with_all(
        item
        for item in needed
        if item not in provided and (item not in there or item[0] == "PersistentVolumeClaim")
    )
    return [
        _(
            "the {kind} {name} is assumed to exist, because {object} needs it",
            kind=kind,
            name=name if namespace == "default" else f"{namespace}/{name}",
            object=by,
        )
        for (kind, namespace, name), by in needed.items()
        if (kind, namespace, name) not in there
        and (kind, name) != ("ServiceAccount", "default")
        and not name.endswith("*")  # a StatefulSet makes these claims itself
    ]


@unswept()
def _snapshot(objects: Sequence[KubeObject], notes: Sequence[str]) -> Loaded:
    known: Parts = {}
    pairs = [fitted(obj, known) for obj in objects]
    objects = [obj for obj, _notes in pairs]
    said = [note for _object, some in pairs for note in some]
    if (more := len(said) - _MOST_NOTES) > 0:
        rest = ngettext(
            "... and {n} more value has the wrong type", "... and {n} more values have the wrong type", more
        )
        said = [*said[:_MOST_NOTES], rest]
    simulation = Simulation.of_dump(objects)
    homes = sorted({obj.namespace for obj in objects if obj.namespace})
    missing = [name for name in homes if simulation.api.store.get(("namespaces", "", name)) is None]
    assumed = [
        _("the Namespace {name} is not in the dump, but objects of it are", name=name) for name in missing
    ]
    return Loaded(simulation, assumed=(*assumed, *said, *notes))


def is_dump(objects: Sequence[KubeObject]) -> bool:
    """Say whether objects were read from a cluster: each has a uid and a creation time, which only a cluster gives."""
    return bool(objects) and all(obj.uid and obj.metadata.get("creationTimestamp") for obj in objects)


def without_server_fields(obj: KubeObject) -> tuple[Manifest, list[str]]:
    """Return a manifest without the fields that a cluster wrote into it, and the names of those fields."""
    manifest = clone(obj.raw)
    metadata = mapping(manifest.get("metadata"))
    gone = [
        name
        for name in ("uid", "resourceVersion", "creationTimestamp", "generation", "managedFields", "selfLink")
        if metadata.pop(name, None) is not None
    ]
    # `kubectl create --dry-run -o yaml` writes creationTimestamp: null, which carries no information
    if isinstance(obj, Pod):
        manifest.pop("status", None)
    return manifest, gone
