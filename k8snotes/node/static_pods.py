"""Static Pods: files in a Node's manifest folder, which its kubelet runs without asking the API server."""

from __future__ import annotations

import hashlib
import json
from typing import NamedTuple

from k8snotes.api.base import Manifest, mapping, mappings, text
from k8snotes.api.kinds.node import Node
from k8snotes.api.kinds.pod import Pod
from k8snotes.catalogue import _
from k8snotes.control_plane.etcd import clone
from k8snotes.errors import ClusterError

__all__ = ["MIRROR", "StaticPod", "StaticPods", "is_mirror"]

MIRROR = "kubernetes.io/config.mirror"


def is_mirror(pod: Pod) -> bool:
    """Whether a Pod only mirrors a static Pod: it may be looked at, and changing it changes nothing."""
    return MIRROR in pod.annotations


class StaticPod(NamedTuple):
    """One file of a manifest folder, and how the Pod that it describes is (None: not started yet)."""

    manifest: Manifest
    status: Manifest | None = None


class StaticPods:
    """The manifest folders of all Nodes (/etc/kubernetes/manifests on each).

    >>> folders = StaticPods()
    >>> folders.put("node-1", {"kind": "Pod", "metadata": {"name": "web"}, "spec": {"containers": []}})
    >>> list(folders.on("node-1")), folders.nodes()
    (['web'], {'node-1'})

    Source of the rule: https://kubernetes.io/docs/tasks/configure-pod-container/static-pod/
    """

    def __init__(self) -> None:
        self._files: dict[tuple[str, str], StaticPod] = {}

    def put(self, node: str, manifest: Manifest) -> None:
        """Put a file into a Node's folder; one for the same Pod is replaced. Raises ClusterError."""
        metadata = mapping(manifest.get("metadata"))
        name = text(metadata.get("name"))
        if manifest.get("kind") != "Pod" or not name:
            raise ClusterError(
                _("The file of a static Pod must have one manifest of kind Pod, with a metadata.name.")
            )
        self._files[node, name] = StaticPod(clone(manifest))

    def remove(self, node: str, name: str) -> StaticPod | None:
        """Take a file out of a Node's folder; returns what it was, None if there is none."""
        return self._files.pop((node, name), None)

    def on(self, node: str) -> dict[str, StaticPod]:
        """Return the static Pods of a Node by name."""
        return {name: self._files[there, name] for there, name in sorted(self._files) if there == node}

    def of(self, pod: Pod) -> StaticPod | None:
        """Return the static Pod that a Pod mirrors, or None."""
        suffix = f"-{pod.node_name}"
        if not is_mirror(pod) or not pod.name.endswith(suffix):
            return None
        return self._files.get((pod.node_name, pod.name[: -len(suffix)]))

    def nodes(self) -> set[str]:
        """Return the Nodes that have files in their folder."""
        return {node for node, _name in self._files}

    def remember(self, pod: Pod, status: Manifest) -> None:
        """Keep how a static Pod is: its containers outlive the mirror.

        Args:
            pod: The mirror.
            status: What the kubelet has just written to the mirror's `status`.
        """
        key = pod.node_name, pod.name[: -len(pod.node_name) - 1]
        if key in self._files:
            self._files[key] = self._files[key]._replace(status=status)

    def copy(self) -> StaticPods:
        """Return independent folders with the same files."""
        other = StaticPods()
        other._files = self._files.copy()
        return other


def mirror_of(static: StaticPod, node: Node) -> Manifest:
    """Return the manifest of the Pod by which the API server shows a static Pod.

    Its name ends in that of the Node, which owns it, and it tolerates every NoExecute taint.

    Source of the rule: `applyDefaults` of Kubernetes' pkg/kubelet/config, and
    https://kubernetes.io/docs/tasks/configure-pod-container/static-pod/#static-pod-creation
    """
    manifest: Manifest = clone(static.manifest)
    digest = hashlib.md5(
        json.dumps(static.manifest, sort_keys=True).encode(), usedforsecurity=False
    ).hexdigest()
    metadata = mapping(manifest.get("metadata"))
    metadata["name"] = f"{text(metadata.get('name'))}-{node.name}"
    metadata["annotations"] = {
        **mapping(metadata.get("annotations")),
        "kubernetes.io/config.hash": digest,
        MIRROR: digest,
        "kubernetes.io/config.source": "file",
    }
    metadata["ownerReferences"] = [
        {"apiVersion": "v1", "kind": "Node", "name": node.name, "uid": node.uid, "controller": True}
    ]
    spec = mapping(manifest.get("spec"))
    spec["nodeName"] = node.name
    spec["tolerations"] = [*mappings(spec.get("tolerations")), {"effect": "NoExecute", "operator": "Exists"}]
    manifest["spec"] = spec
    manifest.pop("status", None)
    return manifest
