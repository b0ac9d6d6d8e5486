"""What each Namespace is furnished with: its ServiceAccount `default`, and the certificate of the API server.

In Kubernetes two controllers do this, the serviceaccount-controller and the root-ca-certificate-publisher.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from k8snotes.api.base import KubeObject, Manifest
from k8snotes.api.furniture import ROOT_CA, is_furniture
from k8snotes.control_plane.apiserver import ApiServer
from k8snotes.control_plane.component import Component
from k8snotes.control_plane.etcd import Key, WatchEvent

__all__ = ["FurnishingController", "furniture_of"]

_ABOUT_CA = (
    "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as "
    "the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of "
    "Kubernetes clusters."
)
_CERTIFICATE = "-----BEGIN CERTIFICATE-----\nc2ltdWxhdGVk\n-----END CERTIFICATE-----\n"


def furniture_of(namespace: str) -> Iterator[Manifest]:
    """Yield the objects that a Namespace is furnished with.

    >>> [item["metadata"]["name"] for item in furniture_of("shop")]
    ['default', 'kube-root-ca.crt']

    Source of the rule: https://kubernetes.io/docs/concepts/security/service-accounts/#default-service-accounts and
    `k8s.io/kubernetes/pkg/controller/certificates/rootcacertpublisher`
    """
    yield {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": {"name": "default", "namespace": namespace},
    }
    yield {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {
            "name": ROOT_CA,
            "namespace": namespace,
            "annotations": {"kubernetes.io/description": _ABOUT_CA},
        },
        "data": {"ca.crt": _CERTIFICATE},
    }


class FurnishingController(Component):
    """Furnishes each new Namespace, and puts back what was deleted there."""

    name = "serviceaccount-controller"
    turn = 5
    watches = ("namespaces", "serviceaccounts", "configmaps")

    def concerned(self, api: ApiServer, event: WatchEvent) -> Iterable[Key]:  # noqa: ARG002
        """Yield the Namespace that is new, or in which some of its furniture is gone."""
        if event.key[0] == "namespaces":
            return (event.key,) if event.type == "ADDED" else ()
        if event.type == "DELETED" and is_furniture(event.object):
            return (("namespaces", "", event.key[1]),)
        return ()

    def reconcile(self, api: ApiServer, obj: KubeObject) -> None:
        """Put there what is missing."""
        if obj.terminating:
            return
        for manifest in furniture_of(obj.name):
            api.furnish(manifest)
