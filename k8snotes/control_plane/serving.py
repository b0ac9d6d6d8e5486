"""Which resource a manifest speaks of: what the API server serves, and the nearest thing to what it does not."""

from __future__ import annotations

from k8snotes.api.base import KubeObject, Manifest, text
from k8snotes.api.kind import Kind, split_api_version
from k8snotes.api.registry import all_kinds, builtin_group, find_kind, kinds_named
from k8snotes.errors import ApiError, nearest

__all__ = ["resource_of"]

_NOTHING_NEAR = "No such kind is served; what runs is a Pod, or something that makes Pods."


def resource_of(manifest: Manifest) -> Kind:
    """Return how the kind of a manifest is called.

    A manifest of a built-in kind without (or with a wrong) apiVersion is taken for that kind, as when it is
    sent to the kind's own path; decoding it then refuses the wrong one. Any kind of a group that is not
    Kubernetes' own is a custom resource. Raises ApiError where nobody serves such a kind.
    """
    kind, version = text(manifest.get("kind")), text(manifest.get("apiVersion"))
    found = find_kind(version, kind)
    if found:
        return found
    named = [resource for resource in kinds_named(kind) if resource.kind == kind]
    group = split_api_version(version)[0]
    if named and (builtin_group(group) or "." not in group):
        return named[0]
    if not kind or not version or builtin_group(group) or "." not in group:
        near = nearest(kind, [resource.kind for resource in all_kinds()])
        hint = f'Did you mean "{near}"?' if near else _NOTHING_NEAR
        message = f'no matches for kind "{kind}" in version "{version}". {hint}'
        parts = {"kind": kind, "version": version, "near": near}
        raise ApiError(400, "BadRequest", message, rule="no-such-kind", hint=hint, parts=parts)
    return KubeObject(manifest).resource
