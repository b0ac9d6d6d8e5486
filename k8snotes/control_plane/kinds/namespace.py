"""Namespace: a space for names; its own becomes part of DNS names.

Source of the rules: https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/ and
`ValidateNamespace` in k8s.io/kubernetes/pkg/apis/core/validation
"""

from __future__ import annotations

from k8snotes.api.base import Manifest, mapping, sequence
from k8snotes.api.names import dns1123_label, label_key
from k8snotes.control_plane.defaulting import set_missing
from k8snotes.control_plane.etcd import clone
from k8snotes.control_plane.kinds.rules import Rules
from k8snotes.control_plane.validation.metadata import kube_finalizer, metadata, metadata_update
from k8snotes.control_plane.validation.wording import Path, invalid_values
from k8snotes.errors import Cause

__all__ = ["RULES"]


def _complete(manifest: Manifest) -> None:
    """Label the Namespace with its own name, so that selectors can name it.

    Source of the rule: https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/#automatic-labelling
    """
    name = manifest["metadata"].get("name")
    if name:
        labels = manifest["metadata"].setdefault("labels", {})
        labels["kubernetes.io/metadata.name"] = name
    set_missing(manifest.setdefault("status", {}), phase="Active")


def _prepare(manifest: Manifest) -> None:
    """Begin as Active, with the finalizer that keeps the Namespace until it is empty."""
    meta, finalizers = manifest["metadata"], sequence(mapping(manifest.get("spec")).get("finalizers"))
    if "kubernetes" not in finalizers:
        finalizers = [*finalizers, "kubernetes"]
    manifest["spec"], manifest["status"] = {"finalizers": finalizers}, {"phase": "Active"}
    if meta.get("name"):
        # also where the name was generated, and so not known when the defaults were filled in
        meta["labels"] = mapping(meta.get("labels")) | {"kubernetes.io/metadata.name": meta["name"]}


def _prepare_update(new: Manifest, old: Manifest) -> None:
    """Keep the finalizers: they change by a request of their own."""
    new["spec"] = clone(old.get("spec", {}))


def _check(manifest: Manifest) -> list[Cause]:
    """Check a Namespace, whose name becomes part of DNS names."""
    causes = metadata(manifest["metadata"], dns1123_label, namespaced=False)
    path = Path("spec.finalizers")
    for name in sequence(mapping(manifest.get("spec")).get("finalizers")):
        causes += invalid_values(path, name, label_key(name)) + kube_finalizer(name, path)
    return causes


def _check_update(new: Manifest, old: Manifest) -> list[Cause]:
    """Check a Namespace that replaces another."""
    return metadata_update(new["metadata"], old["metadata"])


RULES = Rules(
    complete=_complete,
    prepare=_prepare,
    prepare_update=_prepare_update,
    check=_check,
    check_update=_check_update,
)
