"""Asks the API server's own rules: an examined object is sent to one, and nothing else decides what is refused."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable

from k8snotes.api.base import KubeObject, Manifest, mapping, mappings, text
from k8snotes.api.kind import Kind
from k8snotes.catalogue import _
from k8snotes.control_plane.apiserver import NAMESPACES, ApiServer
from k8snotes.control_plane.decoding import resource_of
from k8snotes.errors import ApiError, ApiWarning, Cause

__all__ = ["FOLLOWS_NO_NAME", "Rehearsal", "Server", "accepts", "is_read_from_a_cluster"]

# the rule of a cause that only follows from the name of a Service, which has a cause of its own
FOLLOWS_NO_NAME = "cluster-ip-unnamed"
_MOST_PODS = 60
_FAMILIES = ("ipFamilyPolicy", "ipFamilies")


def is_read_from_a_cluster(manifest: Manifest) -> bool:
    """Whether an object has the uid and the time that only a cluster can have given it.

    >>> is_read_from_a_cluster({"metadata": {"uid": "7b1c", "creationTimestamp": "2026-01-01T00:00:00Z"}})
    True
    >>> is_read_from_a_cluster({"metadata": {"name": "web"}})
    False
    """
    metadata = mapping(manifest.get("metadata"))
    return all(isinstance(metadata.get(key), str) and metadata[key] for key in ("uid", "creationTimestamp"))


class Server:
    """An API server with nothing in it but what every cluster has; it takes the documents of a source in turn.

    `.assumed` holds the Namespaces that documents name and that no document has made so far.
    """

    def __init__(self) -> None:
        self.api = ApiServer()
        self.api.granted = self.api.granted.with_kind("ServiceAccount")  # it may be in another source
        for name in NAMESPACES:
            self._register_namespace(name)
        self.assumed: set[str] = set()
        self._files: dict[tuple[str, str, str], str] = {}

    def struct_of(self, kind: Kind) -> str:
        """Return the struct of a custom kind whose definition is in the source, "" for any other."""
        definition = None if kind.builtin else self.api.definition_of(kind)
        return definition.struct if definition is not None else ""

    def defines(self, kind: Kind) -> bool:
        """Say whether a cluster has a kind by itself, or a definition of it is in the source."""
        return kind.builtin or self.api.definition_of(kind) is not None

    def learn(self, definitions: list[Manifest]) -> None:
        """Take CustomResourceDefinitions of the source for known, wherever in it they are."""
        self.api.definitions += definitions

    def create(self, manifest: Manifest, file: str = "") -> tuple[KubeObject, list[ApiWarning]]:
        """Store a new object; an object of the same name in another file is replaced, for a folder may hold variants.

        Args:
            manifest: the object; its Namespace is made if it is not there.
            file: the name of its file.

        Returns:
            The object as it is stored, and the warnings; the one of a variant has the rule "variant".

        Raises:
            ApiError: the refusal; nothing has changed then.
        """
        kind = resource_of(manifest)
        name = mapping(manifest.get("metadata")).get("namespace")
        if kind.namespaced and isinstance(name, str) and name:
            self._assume(name)
        if kind.kind == "Namespace" and kind.builtin:
            made = text(mapping(manifest.get("metadata")).get("name"))
            if made in self.assumed:
                self.api.store.delete(("namespaces", "", made))
        before = len(self.api.warnings)
        variant = []
        try:
            stored = self.api.create(manifest, yaml=True)
        except ApiError as error:
            if error.causes and all(cause.rule == "dual-stack" for cause in error.causes):
                return self._with_one_family(manifest, file, error)
            there = self._same_name(manifest) if error.code == 409 else None
            if there is None or self._files.get(there.key, "") == file:
                raise
            other = self._files.get(there.key, "")
            self.remove(there)
            stored = self.api.create(manifest, yaml=True)
            said = _(
                "{file} also has a {kind} of this name. The last one that is sent replaces the others.",
                file=other,
                kind=there.kind,
            )
            variant = [ApiWarning(said, "metadata.name", rule="variant")]
        self._files[stored.key] = file
        return stored, [*variant, *self.api.warnings[before:]]

    def _with_one_family(
        self, manifest: Manifest, file: str, error: ApiError
    ) -> tuple[KubeObject, list[ApiWarning]]:
        """Store a Service that asks for two address families with one; what a cluster has is not known here."""
        spec = {k: v for k, v in mapping(manifest.get("spec")).items() if k not in _FAMILIES}
        stored, warnings = self.create({**manifest, "spec": spec}, file)
        first = error.causes[0]
        return stored, [ApiWarning(first.detail, first.field, rule="dual-stack"), *warnings]

    def _same_name(self, manifest: Manifest) -> KubeObject | None:
        metadata = mapping(manifest.get("metadata"))
        kind = resource_of(manifest)
        namespace = (text(metadata.get("namespace")) or "default") if kind.namespaced else ""
        return self.api.store.get((kind.qualified, namespace, text(metadata.get("name"))))

    def remove(self, obj: KubeObject) -> None:
        """Take an object out again, with the addresses that it had."""
        self.api.remove(obj, by="doctor")

    def all_causes(self, manifest: Manifest, error: ApiError) -> tuple[Cause, ...]:
        """Return the causes of a refusal, of every stage of the way in: a create stops at the first that refuses.

        Args:
            manifest: the object that was refused.
            error: the refusal; its own causes come first.
        """
        if error.causes and resource_of(manifest).kind != "Service":
            return (
                error.causes
            )  # they are of the check, which finds all at once, and comes after any other stage
        try:
            causes = self.api.prepare(manifest, every_cause=True, yaml=True).causes or error.causes
        except ApiError:
            return error.causes
        return tuple(cause for cause in causes if cause.rule != FOLLOWS_NO_NAME) or causes

    def holder_of_node_port(self, port: int) -> str:
        """Return the name of the Service that has a node port, "" if none has."""
        for obj in self.api.list("services"):
            for item in mappings(obj.spec.get("ports")):
                if item.get("nodePort") == port:
                    return obj.name
        return ""

    def _assume(self, name: str) -> None:
        if self.api.store.get(("namespaces", "", name)) is not None:
            return
        self.assumed.add(name)
        self._register_namespace(name)

    def _register_namespace(self, name: str) -> None:
        labels = {"kubernetes.io/metadata.name": name}
        manifest = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}
        self.api.register(manifest, by="doctor")


class Rehearsal:
    """An API server with nothing in it but the ResourceQuotas and LimitRanges of one Namespace: Pods are tried there.

    Args:
        namespace: the Namespace.
        rules: the manifests of its ResourceQuotas and LimitRanges.
    """

    def __init__(self, namespace: str, rules: Iterable[Manifest]) -> None:
        self._server, self._namespace = Server(), namespace
        for manifest in rules:
            with contextlib.suppress(ApiError):
                self._server.create(manifest)

    def create(self, pod: Manifest, number: int) -> tuple[KubeObject | None, ApiError | None, int]:
        """Create equal Pods, as a controller does, until one is refused.

        Args:
            pod: the Pod as the template has it.
            number: how many there are to be; of very many, some are enough.

        Returns:
            The first Pod as it was stored (None if it was refused), the refusal (None if there was none), and how
            many Pods were created.
        """
        first: KubeObject | None = None
        metadata = {
            **{key: value for key, value in mapping(pod.get("metadata")).items() if key != "name"},
            "generateName": "pod-",
            "namespace": self._namespace,
        }
        for count in range(min(number, _MOST_PODS)):
            try:
                stored, _warnings = self._server.create({**pod, "metadata": metadata})
            except ApiError as error:
                return first, error, count
            first = first or stored
        return first, None, number


def accepts(manifest: Manifest) -> bool:
    """Whether an API server with nothing in it would accept an object.

    >>> accepts({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"}, "spec": {"ports": [{"port": 0}]}})
    False
    """
    try:
        Server().create(manifest)
    except ApiError:
        return False
    return True
