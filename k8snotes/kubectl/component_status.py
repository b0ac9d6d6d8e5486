"""ComponentStatuses: how the scheduler, the controller manager and etcd are, which the API server asks them itself.

No object of this kind is stored. The kind is deprecated: `/readyz` of each component says more.

Source of the rule: `componentStatusStorage` in k8s.io/kubernetes/pkg/registry/core/rest
"""

from __future__ import annotations

from k8snotes.api.base import KubeObject, view
from k8snotes.errors import ApiError

__all__ = ["COMPONENT_STATUSES", "DEPRECATED", "component_status", "component_statuses"]

COMPONENT_STATUSES = "componentstatuses"
DEPRECATED = "v1 ComponentStatus is deprecated in v1.19+"
_NAMES = ("controller-manager", "scheduler", "etcd-0")


def component_statuses() -> list[KubeObject]:
    """Return the state of the components: in this cluster all of them run.

    >>> [obj.name for obj in component_statuses()]
    ['controller-manager', 'scheduler', 'etcd-0']
    """
    healthy = {"type": "Healthy", "status": "True", "message": "ok"}
    return [
        view(
            {
                "apiVersion": "v1",
                "kind": "ComponentStatus",
                "metadata": {"name": name},
                "conditions": [healthy],
            }
        )
        for name in _NAMES
    ]


def component_status(name: str) -> KubeObject:
    """Return the state of one component.

    Raises:
        ApiError: there is no such component.
    """
    for obj in component_statuses():
        if obj.name == name:
            return obj
    raise ApiError(404, "NotFound", f'componentstatuses "{name}" not found')
