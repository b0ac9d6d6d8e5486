"""Asks the API server's own rules: an examined object is sent to one, and nothing else decides what is refused."""

from __future__ import annotations

from typing import Any

from k8snotes.api.base import KubeObject, mapping, text
from k8snotes.control_plane.apiserver import NAMESPACES, ApiServer
from k8snotes.control_plane.decoding import resource_of
from k8snotes.control_plane.etcd import clone
from k8snotes.errors import ApiError, Cause

__all__ = ["Server", "is_read_from_a_cluster"]

_SERVER_FIELDS = ("uid", "resourceVersion", "creationTimestamp", "generation", "managedFields", "selfLink")


def is_read_from_a_cluster(manifest: dict[str, Any]) -> bool:
    """Whether an object has the uid and the time that only a cluster can have given it."""
    metadata = mapping(manifest.get("metadata"))
    return all(isinstance(metadata.get(key), str) and metadata[key] for key in ("uid", "creationTimestamp"))


class Server:
    """An API server with nothing in it but what every cluster has; takes the documents of a source in turn."""

    def __init__(self) -> None:
        self.api = ApiServer()
        for name in NAMESPACES:
            self._register_namespace(name)
        self.assumed: set[str] = set()  # Namespaces that documents name and nobody has made so far
        self._files: dict[tuple[str, str, str], str] = {}

    def create(self, manifest: dict[str, Any], file: str = "") -> tuple[KubeObject, list[str]]:
        """Store a new object; returns it and the warnings. Raises ApiError, and then nothing has changed.

        An object of the same name in another file is replaced, with a warning: a folder may hold variants.
        """
        resource = resource_of(manifest)
        name = mapping(manifest.get("metadata")).get("namespace")
        if resource.namespaced and isinstance(name, str) and name:
            self._assume(name)
        if resource.kind == "Namespace" and resource.builtin:
            made = text(mapping(manifest.get("metadata")).get("name"))
            if made in self.assumed:
                self.api.store.delete(("namespaces", "", made))
        before = len(self.api.warnings)
        variant = []
        try:
            stored = self.api.create(manifest)
        except ApiError as error:
            there = self._same_name(manifest) if error.code == 409 else None
            if there is None or self._files.get(there.key, "") == file:
                raise
            other = self._files.get(there.key, "")
            self.remove(there)
            stored = self.api.create(manifest)
            variant = [f"metadata.name: {other} has a {there.kind} of this name too: the last one sent wins"]
        self._files[stored.key] = file
        return stored, [*variant, *self.api.warnings[before:]]

    def _same_name(self, manifest: dict[str, Any]) -> KubeObject | None:
        metadata = mapping(manifest.get("metadata"))
        resource = resource_of(manifest)
        namespace = (text(metadata.get("namespace")) or "default") if resource.namespaced else ""
        return self.api.store.get((resource.qualified, namespace, text(metadata.get("name"))))

    def remove(self, obj: KubeObject) -> None:
        """Take an object out again, with the addresses that it had."""
        self.api.remove(obj, by="doctor")

    def all_causes(self, manifest: dict[str, Any], error: ApiError) -> tuple[Cause, ...]:
        """Return the causes of a refusal, and those that the API server did not come to see."""
        resource = resource_of(manifest)
        if error.code != 422 or resource.kind != "Service":
            return error.causes
        return self.api.prepare(manifest, every_cause=True).causes

    def holder_of_node_port(self, port: int) -> str:
        """Return the name of the Service that has a node port, "" if none has."""
        for obj in self.api.list("services"):
            for item in obj.spec.get("ports") or ():
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
        self.api.register(clone(manifest), by="doctor")
