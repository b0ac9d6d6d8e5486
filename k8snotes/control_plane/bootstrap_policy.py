"""The roles and bindings that every cluster begins with: cluster-admin, admin, edit, view and those of the system.

The roles of the single controllers (system:controller:...) are left out: nobody asks for their rights here.

Source of the rule: k8s.io/kubernetes/plugin/pkg/auth/authorizer/rbac/bootstrappolicy, and
https://kubernetes.io/docs/reference/access-authn-authz/rbac/#default-roles-and-role-bindings
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from k8snotes.api.base import KubeObject, view
from k8snotes.control_plane import naming

__all__ = ["bootstrap_policy"]

_FILE = Path(__file__).with_name("bootstrap_policy.json")
_FIRST_UID = (1 << 44) + (1 << 30)  # beside the uids of what else every cluster has


@cache
def bootstrap_policy() -> tuple[KubeObject, ...]:
    """Return the roles and bindings as they are stored in a new cluster; all clusters share them.

    >>> {obj.name: len(obj.rules) for obj in bootstrap_policy() if obj.name in ("view", "edit", "admin", "cluster-admin")
    ...  and obj.kind == "ClusterRole"}
    {'admin': 27, 'cluster-admin': 2, 'edit': 25, 'view': 11}
    """
    objects = []
    for number, manifest in enumerate(json.loads(_FILE.read_text(encoding="utf-8"))):
        own = {
            "uid": naming.uid(_FIRST_UID + number),
            "creationTimestamp": naming.timestamp(0),
            "resourceVersion": "1",
        }
        objects.append(view({**manifest, "metadata": {**manifest["metadata"], **own}}))
    return tuple(objects)
