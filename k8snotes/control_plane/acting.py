"""Acting as somebody: the API server, asked by a user who may not do everything.

This is the one place that says which API verbs the commands of a client need.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from k8snotes.api.base import KubeObject, Manifest, mapping, text, view
from k8snotes.api.kind import Kind
from k8snotes.api.kinds.pod import Pod
from k8snotes.api.policy_rule import Request
from k8snotes.api.registry import find_resource, qualified
from k8snotes.control_plane.apiserver import ApiServer, Prepared
from k8snotes.control_plane.authorizer import User, forbidden_text
from k8snotes.control_plane.decoding import resource_of
from k8snotes.control_plane.escalation import confirm_no_escalation
from k8snotes.control_plane.etcd import Key
from k8snotes.errors import ApiError

__all__ = ["ActingFor", "Looking"]

# what kubectl sends for a change that the log calls so: the API verb and the subresource; for any other it is a patch
_SENT = {
    "scale": ("patch", "scale"),
    "debug": ("patch", "ephemeralcontainers"),
    "replace": ("update", ""),
    "evict": ("create", "eviction"),
}


class ActingFor(ApiServer):
    """The API server as a client sees it that acts as a user: it refuses what roles and bindings do not allow.

    It shares everything with the API server that it is made of. Controllers keep asking that one.

    Args:
        api: the API server.
        user: who asks.

    >>> import k8snotes as kn
    >>> from k8snotes.control_plane.authorizer import user_named
    >>> ActingFor(kn.Cluster(nodes=1).api, user_named("tom")).list("pods", "default")
    Traceback (most recent call last):
    ...
    k8snotes.errors.ApiError: pods is forbidden: User "tom" cannot list resource "pods" in API group "" \
in the namespace "default"
    """

    __slots__ = ("user",)

    def __init__(self, api: ApiServer, user: User) -> None:
        self.__dict__ = api.__dict__
        self.user = user

    def permit(
        self, verb: str, resource: Kind, namespace: str = "", name: str = "", subresource: str = ""
    ) -> None:
        """Refuse what the user may not do. Raises ApiError (403) in Kubernetes' words."""
        # a Namespace is asked for in itself
        home = name if resource.qualified == "namespaces" else namespace if resource.namespaced else ""
        request = Request(verb, resource.plural, resource.group, subresource, name, home)
        decision = self.authorizer.review(self.user, request)
        if not decision.allowed:
            raise ApiError(
                403, "Forbidden", forbidden_text(self.user, request, decision.reason), rule="access"
            )

    def permit_path(self, path: str) -> None:
        """Refuse a path that is no object's and that the user may not get. Raises ApiError (403)."""
        request = Request("get", path=path)
        decision = self.authorizer.review(self.user, request)
        if not decision.allowed:
            raise ApiError(
                403, "Forbidden", forbidden_text(self.user, request, decision.reason), rule="access"
            )

    def may(self, verb: str, resource: str, namespace: str | None = None) -> bool:
        """Whether the user may do something with all objects of a resource."""
        kind = find_resource(qualified(resource))
        if kind is None:
            return False
        request = Request(verb, kind.plural, kind.group, namespace=namespace or "")
        return self.authorizer.review(self.user, request).allowed

    # ---- the requests of a client

    def get(self, resource: Kind, namespace: str, name: str) -> KubeObject:
        """Return an object, if the user may `get` it."""
        self.permit("get", resource, namespace, name)
        return super().get(resource, namespace, name)

    def list(self, resource: str, namespace: str | None = None) -> list[KubeObject]:
        """Return the objects of a resource, if the user may `list` them."""
        objects = super().list(resource, namespace)
        kind = find_resource(qualified(resource)) or (objects[0].resource if objects else None)
        if kind is not None:
            self.permit("list", kind, namespace or "")
        return objects

    def create(self, manifest: Manifest, *, namespace: str = "default", **how: Any) -> KubeObject:
        """Store a new object, if the user may `create` it."""
        resource = how.get("resource") or resource_of(manifest)
        self.permit("create", resource, _home(manifest, resource, namespace))
        return super().create(manifest, namespace=namespace, **how)

    def replace(self, manifest: Manifest, *, namespace: str = "default", **how: Any) -> KubeObject:
        """Store a manifest in place of the object of its name, if the user may `update` it."""
        resource = how.get("resource") or resource_of(manifest)
        name = text(mapping(manifest.get("metadata")).get("name"))
        self.permit("update", resource, _home(manifest, resource, namespace), name)
        return super().replace(manifest, namespace=namespace, **how)

    def apply(self, manifest: Manifest, *, namespace: str = "default", **how: Any) -> tuple[KubeObject, str]:
        """Create or change an object, if the user may `get` it, and `create` or `patch` it."""
        resource = resource_of(manifest)
        name = text(mapping(manifest.get("metadata")).get("name"))
        self.permit("get", resource, _home(manifest, resource, namespace), name)
        return super().apply(manifest, namespace=namespace, **how)

    def change(
        self, obj: KubeObject, edit: Callable[[Manifest], None], *, verb: str = "patch", **how: Any
    ) -> KubeObject:
        """Change an object, if the user may do what kubectl sends for it."""
        self._permit_change(obj, verb)
        return super().change(obj, edit, verb=verb, **how)

    def patch(self, obj: KubeObject, patch: Manifest, **how: Any) -> KubeObject:
        """Change what a patch names, if the user may `patch` the object."""
        self._permit_change(obj, "patch")
        return super().patch(obj, patch, **how)

    def update_ephemeral_containers(self, pod: Pod, items: Sequence[Manifest], **how: Any) -> KubeObject:
        """Write the ephemeral containers of a Pod, if the user may patch this part of it."""
        self._permit_change(pod, "debug")
        return super().update_ephemeral_containers(pod, items, **how)

    def update_status(self, obj: KubeObject, status: Manifest, *, by: str, **how: Any) -> KubeObject:
        """Write the status of an object, if the user may patch this part of it."""
        if by == "kubectl":
            self.permit("patch", obj.resource, obj.namespace, obj.name, "status")
        return super().update_status(obj, status, by=by, **how)

    def delete(self, obj: KubeObject, **how: Any) -> None:
        """Delete an object, if the user may `delete` it."""
        self.permit("delete", obj.resource, obj.namespace, obj.name)
        super().delete(obj, **how)

    def copy(self) -> ApiServer:
        """Return an independent API server in the same state, asked by the same user."""
        return ActingFor(super().copy(), self.user)

    # ---- the way in

    def _permit_change(self, obj: KubeObject, verb: str) -> None:
        sent, subresource = _SENT.get(verb, ("patch", ""))
        self.permit(sent, obj.resource, obj.namespace, obj.name, subresource)

    def _permit(self, request: Prepared) -> None:
        confirm_no_escalation(self.authorizer, self.store, self.user, request.manifest, request.old)

    def _write(self, new: Manifest, key: Key, by: str, verb: str, why: str) -> KubeObject:
        if verb == "apply":  # kubectl compares first, and sends no patch for what is unchanged
            self._permit_change(view(new), verb)
        return super()._write(new, key, by, verb, why)


class Looking(ActingFor):
    """The same for a page that tells what else it finds: what the user may not list is not there.

    Source of the rule: the describers of k8s.io/kubectl/pkg/describe, which pass over such errors
    """

    __slots__ = ()

    def list(self, resource: str, namespace: str | None = None) -> list[KubeObject]:
        """Return the objects of a resource that the user may `list`, where they are."""
        if self.may("list", resource, namespace):
            return super().list(resource, namespace)
        if namespace is not None:
            return []
        objects = self.store.list(qualified(resource))
        homes = {obj.namespace for obj in objects}
        known = {home for home in homes if home and self.may("list", resource, home)}
        return [obj for obj in objects if obj.namespace in known]


def _home(manifest: Manifest, resource: Kind, namespace: str) -> str:
    own = text(mapping(manifest.get("metadata")).get("namespace"))
    return (own or namespace) if resource.namespaced else ""
