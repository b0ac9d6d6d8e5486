"""The roles and bindings that every cluster begins with: cluster-admin, admin, edit, view and those of the system.

The roles of the single controllers (system:controller:...) are left out: nobody asks for their rights here.

Source of the rule: k8s.io/kubernetes/plugin/pkg/auth/authorizer/rbac/bootstrappolicy, and
https://kubernetes.io/docs/reference/access-authn-authz/rbac/#default-roles-and-role-bindings
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from k8snotes.api.base import view
from k8snotes.control_plane import naming
from k8snotes.control_plane.etcd import Store

__all__ = ["bootstrap_policy"]

_FILE = Path(__file__).with_name("bootstrap_policy.json")
_FIRST_UID = (1 << 44) + (1 << 30)  # beside the uids of what else every cluster has


@cache
def bootstrap_policy() -> Store:
    """Return a store with the roles and bindings that a new cluster begins with; all clusters share the objects.

    >>> roles = bootstrap_policy().list("clusterroles.rbac.authorization.k8s.io")
    >>> {role.name: len(role.rules) for role in roles if ":" not in role.name}
    {'admin': 27, 'cluster-admin': 2, 'edit': 25, 'view': 11}
    """
    store = Store()
    for number, manifest in enumerate(json.loads(_FILE.read_text(encoding="utf-8"))):
        own = {
            "uid": naming.uid(_FIRST_UID + number),
            "creationTimestamp": naming.timestamp(0),
            "resourceVersion": "1",
        }
        store.take(view({**manifest, "metadata": {**manifest["metadata"], **own}}))
    return store
