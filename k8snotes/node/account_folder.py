"""The folder of a ServiceAccount in a container: its token, the certificate of the API server, and the Namespace.

In Kubernetes, admission writes this volume into each Pod. Here a Pod stays as its author wrote it, and its containers
see the folder all the same.
"""

from __future__ import annotations

from k8snotes.api.base import KubeObject, Manifest, mappings, text
from k8snotes.api.furniture import ROOT_CA
from k8snotes.api.kinds.pod import Container, Pod
from k8snotes.node.static_pods import is_mirror

__all__ = ["FOLDER", "account_of", "account_volume", "with_account"]

FOLDER = "/var/run/secrets/kubernetes.io/serviceaccount"
"""Where the folder is."""

_NAME = "kube-api-access"


def account_of(pod: Pod) -> str:
    """Return the name of the ServiceAccount that a Pod runs as, "" for a static Pod, which has none.

    >>> account_of(Pod({"spec": {}})), account_of(Pod({"spec": {"serviceAccountName": "robot"}}))
    ('default', 'robot')
    """
    return text(pod.spec.get("serviceAccountName")) or ("" if is_mirror(pod) else "default")


def account_volume(pod: Pod, account: KubeObject | None) -> Manifest | None:
    """Return the volume that admission would write into a Pod, None if it writes none.

    Args:
        pod: the Pod.
        account: its ServiceAccount, None if that does not exist.

    Source of the rule: the admission plugin ServiceAccount, and
    https://kubernetes.io/docs/concepts/security/service-accounts/

    >>> robot = KubeObject({"kind": "ServiceAccount", "automountServiceAccountToken": False})
    >>> account_volume(Pod({"spec": {}}), robot)
    >>> account_volume(Pod({"spec": {"automountServiceAccountToken": True}}), robot)["name"]
    'kube-api-access'
    """
    automount = pod.spec.get("automountServiceAccountToken")
    if automount is None and account is not None:
        automount = account.raw.get("automountServiceAccountToken")
    if automount is False or not account_of(pod):
        return None
    namespace = {"path": "namespace", "fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"}}
    return {
        "name": _NAME,
        "projected": {
            "defaultMode": 0o644,
            "sources": [
                {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}},
                {"configMap": {"name": ROOT_CA, "items": [{"key": "ca.crt", "path": "ca.crt"}]}},
                {"downwardAPI": {"items": [namespace]}},
            ],
        },
    }


def with_account(container: Container) -> Container:
    """Return a container with the folder mounted, unless something else is mounted there.

    >>> with_account(Container({"name": "web"})).raw["volumeMounts"][0]["mountPath"]
    '/var/run/secrets/kubernetes.io/serviceaccount'
    """
    mounts = mappings(container.raw.get("volumeMounts"))
    if any(mount.get("mountPath") == FOLDER for mount in mounts):
        return container
    own = {"name": _NAME, "mountPath": FOLDER, "readOnly": True}
    return Container({**container.raw, "volumeMounts": [*mounts, own]})
