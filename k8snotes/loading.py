"""Loads an application into a new cluster, forgiving where a folder leaves something to its surroundings."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from typing import Any

from k8snotes import datasets
from k8snotes.api.base import KubeObject, Manifest, mapping, mappings, text
from k8snotes.api.kinds.node import Node
from k8snotes.api.sources import read
from k8snotes.building import Refused, is_dump, without_server_fields
from k8snotes.cluster import Cluster
from k8snotes.errors import ApiError, ManifestError, ManifestWarning, Problem, did_you_mean

__all__ = ["load"]


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

    `source` is a name in data/ ("guestbook"), a path (a file, or a folder with all below it), manifest
    text, manifests, or a dump (`kubectl get -o yaml` or `json`), which is shown as it was found.
    `nodes`, `cpu`, `memory`, `pods` are those of Cluster; without `nodes`, the Nodes that the source
    has, else three.

    Namespaces that are only named are created, and the answer's `.assumed` says so. Documents that the
    API server refuses are in `.refused`, and a ManifestWarning tells of them. Raises ManifestError for
    what cannot be read.

    >>> load("guestbook", nodes=2)
    <Cluster: 2 Nodes, 9 Pods, 4 Services>
    >>> load("till-dump").snapshot
    True
    """
    loaded = _read(source).checked()
    if is_dump(loaded.objects):
        return _snapshot(loaded.objects, loaded.notes)
    machines = [obj for obj in loaded.objects if isinstance(obj, Node)]
    if nodes is None:
        nodes = [without_server_fields(obj)[0] for obj in machines] if machines else 3
    cluster = Cluster(nodes, cpu=cpu, memory=memory, pods=pods)
    cluster.assumed += loaded.notes
    given = {obj.name for obj in cluster.objects("nodes")}
    ordered = sorted(loaded.objects, key=lambda obj: obj.kind != "Namespace")
    for obj in ordered:
        if isinstance(obj, Node) and obj.name in given:
            continue
        _take(cluster, obj, namespace)
    cluster.assumed += _taken_for_granted(cluster)
    cluster.refused.sort(key=lambda item: (item.file, item.document))
    cluster.settle()
    if cluster.refused:
        lines = [f"  {item}" for item in cluster.refused]
        count = len(lines)
        what = "1 document was refused" if count == 1 else f"{count} documents were refused"
        message = "\n".join([f"{what} by the API server; the rest is loaded (see .refused):", *lines])
        warnings.warn(message, ManifestWarning, stacklevel=2)
    return cluster


def _read(source: Any) -> Any:
    try:
        return read(source, datasets.find)
    except ManifestError as error:
        if not isinstance(source, str) or error.problems[0].document is not None:
            raise
        names = datasets.names()
        near = did_you_mean(source, names)
        hint = f"{error.hint} Names in data/: {', '.join(names)}.{near}"
        first = error.problems[0]
        raise ManifestError([Problem(first.message, first.file, None, hint=hint)]) from None


def _take(cluster: Cluster, obj: KubeObject, namespace: str) -> None:
    manifest, gone = without_server_fields(obj)
    if gone:
        cluster.assumed.append(f"{obj.ref}: new, so without its {', '.join(gone)} of another cluster")
    home = obj.metadata.get("namespace") or namespace
    if obj.resource.namespaced and isinstance(home, str):
        known = cluster.api.store.get(("namespaces", "", home)) is not None
        if not known:
            new = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": home}}
            try:
                cluster.api.create(new, by="kn.load")
                cluster.assumed.append(f"Namespace {home}: created, {obj.ref} names it")
            except ApiError:
                pass  # the object itself is refused below, for the same name
    try:
        cluster.api.apply(manifest, namespace=namespace)
    except ApiError as error:
        error.document, error.file = obj.source.document, obj.source.file
        cluster.refused.append(Refused(error.file, error.document, obj.ref, error))


def _taken_for_granted(cluster: Cluster) -> list[str]:
    """Name what Pods need and nobody made: a real cluster would not start them without it."""
    needed: dict[str, str] = {}
    there = {
        (obj.kind, obj.namespace, obj.name)
        for kind in ("serviceaccounts", "persistentvolumeclaims", "configmaps", "secrets")
        for obj in cluster.objects(kind)
    }
    for resource in ("pods", *_WORKLOADS):
        for obj in cluster.objects(resource):
            spec = obj.spec if resource == "pods" else mapping(mapping(obj.spec.get("template")).get("spec"))
            for kind, name in _needs(spec):
                if (kind, obj.namespace, name) not in there and (kind, name) != ("ServiceAccount", "default"):
                    place = "" if obj.namespace == "default" else f"{obj.namespace}/"
                    needed.setdefault(f"{kind} {place}{name}", obj.ref)
    return [f"{what}: taken for granted, {by} needs it" for what, by in needed.items()]


_WORKLOADS = ("replicationcontrollers", "deployments", "replicasets", "statefulsets", "daemonsets", "jobs")


def _needs(spec: Manifest) -> Iterator[tuple[str, str]]:
    """Yield kind and name of what a Pod's specification cannot do without."""
    account = spec.get("serviceAccountName")
    if account:
        yield "ServiceAccount", text(account)
    for volume in mappings(spec.get("volumes")):
        for field, kind, key in _VOLUMES:
            source = mapping(volume.get(field))
            if source.get(key) and source.get("optional") is not True:
                yield kind, text(source[key])
    for container in [*mappings(spec.get("initContainers")), *mappings(spec.get("containers"))]:
        values = [mapping(item.get("valueFrom")) for item in mappings(container.get("env"))]
        for source in (*values, *mappings(container.get("envFrom"))):
            for field, kind in _ENVIRONMENT:
                named = mapping(source.get(field))
                if named.get("name") and named.get("optional") is not True:
                    yield kind, text(named["name"])


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


def _snapshot(objects: Sequence[KubeObject], notes: list[str]) -> Cluster:
    cluster = Cluster(nodes=0)
    store = cluster.api.store
    for resource in store.resources():
        for obj in store.list(resource):
            store.delete(obj.key)
    for obj in objects:
        store.take(obj)
    for name in sorted({obj.namespace for obj in objects if obj.namespace}):
        if store.get(("namespaces", "", name)) is None:
            note = f"Namespace {name}: not in the dump, but its objects are"
            cluster.assumed.append(note)
    cluster.assumed += notes
    cluster.snapshot = True
    cluster.api.log.clear()
    return cluster
