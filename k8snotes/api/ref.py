"""References such as "svc/web", which name an object."""

from __future__ import annotations

from typing import NamedTuple

from k8snotes.api.registry import find_resource, kind_names
from k8snotes.catalogue import _
from k8snotes.errors import RefError, nearest, suggestion

__all__ = ["Ref", "parse_ref"]


class Ref(NamedTuple):
    """The object that a reference names. As text it is the reference again.

    Args:
        resource: the singular of a built-in kind ("service"), else the kind as typed.
        namespace: where it is; "" if its kind is cluster-scoped.
        name: the name of the object.
    """

    resource: str
    namespace: str
    name: str

    def __str__(self) -> str:
        head = f"{self.namespace}/" if self.namespace and self.namespace != "default" else ""
        return f"{head}{self.resource}/{self.name}"


def parse_ref(ref: str, kind: str | None = None) -> Ref:
    """Read "kind/name" (namespace `default`) or "namespace/kind/name".

    Args:
        ref: the reference; kubectl's short names are taken.
        kind: with it, a bare "name" or "namespace/name" is also taken.

    Raises:
        RefError: the text is not a reference; `.near` is the kind that was probably meant.

    >>> parse_ref("svc/web")
    Ref(resource='service', namespace='default', name='web')
    >>> str(parse_ref("shop/deploy/web"))
    'shop/deployment/web'
    """
    if not isinstance(ref, str):
        raise RefError(
            _(
                'A reference is text such as "pod/web-1", not a value of type {type}.',
                type=type(ref).__name__,
            )
        )
    parts = ref.strip().split("/")
    known = find_resource(parts[-2]) if len(parts) > 1 else None
    if kind is not None and (len(parts) == 1 or (len(parts) == 2 and known is None)):
        parts = [*parts[:-1], kind, parts[-1]]
    if len(parts) not in (2, 3) or not all(parts):
        near = nearest(parts[0], kind_names()) if len(parts) == 1 else ""
        raise RefError(
            _(
                '"{ref}" is not a reference. Write kind/name, as in "pod/web-1" or "svc/web" '
                '(for the namespace default), or namespace/kind/name, as in "shop/svc/web".{did_you_mean}',
                ref=ref,
                did_you_mean=suggestion(near),
            ),
            near=near,
        )
    namespace = parts[0] if len(parts) == 3 else "default"
    resource = find_resource(parts[-2])
    if resource and not resource.namespaced:
        namespace = ""
    return Ref(resource.singular if resource else parts[-2], namespace, parts[-1])
