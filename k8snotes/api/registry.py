"""The kinds that a cluster knows by itself, found by apiVersion and kind or by any of kubectl's names.

They are declared in `k8snotes/api/kinds/`, a file each; the folder is read when a kind is first asked for.
"""

from __future__ import annotations

from functools import cache, lru_cache
from importlib import import_module
from pkgutil import iter_modules

from k8snotes.api import gateway_api, kinds
from k8snotes.api.kind import Kind, split_api_version

__all__ = [
    "all_kinds",
    "builtin_group",
    "custom_kind",
    "find_kind",
    "find_resource",
    "kind_names",
    "kinds_named",
    "qualified",
]


@cache
def all_kinds() -> tuple[Kind, ...]:
    """Return every built-in kind, the core group first, then by group and plural as `kubectl api-resources` has them.

    >>> [kind.plural for kind in all_kinds()][:3]
    ['bindings', 'componentstatuses', 'configmaps']
    """
    declared: list[Kind] = []
    for item in iter_modules(kinds.__path__):
        module = import_module(f"{kinds.__name__}.{item.name}")
        declared += getattr(module, "KINDS", None) or [module.KIND]
    return tuple(sorted(declared, key=lambda kind: (kind.group, kind.plural)))


@cache
def _by_group_kind() -> dict[tuple[str, str], Kind]:
    return {(kind.group, kind.kind): kind for kind in all_kinds()}


@cache
def _by_name() -> dict[str, Kind]:
    names: dict[str, Kind] = {}
    for kind in all_kinds():
        for name in (*kind.names, kind.qualified):
            names.setdefault(name, kind)
    return names


@cache
def _qualified() -> dict[str, str]:
    return {kind.plural: kind.qualified for kind in reversed(all_kinds())}


def kind_names() -> tuple[str, ...]:
    """Return every name by which kubectl knows a built-in kind, for "did you mean".

    >>> kind_names()[:5]
    ('bindings', 'binding', 'componentstatuses', 'componentstatus', 'cs')
    """
    return tuple(_by_name())


@cache
def builtin_group(group: str) -> bool:
    """Say whether Kubernetes itself owns this API group ("", "apps", anything of k8s.io's own).

    >>> builtin_group("apps"), builtin_group("serving.knative.dev")
    (True, False)
    """
    return any(kind.group == group for kind in all_kinds())


@lru_cache(maxsize=1024)
def find_kind(api_version: str, kind: str) -> Kind | None:
    """Return the built-in kind of this apiVersion and kind, or None.

    >>> find_kind("apps/v1", "Deployment").plural
    'deployments'
    >>> find_kind("serving.knative.dev/v1", "Service") is None
    True
    """
    group, version = split_api_version(api_version)
    known = _by_group_kind().get((group, kind))
    return known if known and version in (known.version, *known.other_versions) else None


@lru_cache(maxsize=1024)
def custom_kind(api_version: str, kind: str) -> Kind:
    """Return the most probable names of a kind that is not built in; only its definition has its plural.

    >>> custom_kind("serving.knative.dev/v1", "Service").qualified
    'services.serving.knative.dev'
    """
    group, version = split_api_version(api_version)
    known = gateway_api.gateway_kind(kind) if group == gateway_api.GROUP else None
    if known is not None:
        return known._replace(version=version)
    kind = kind or "object"
    plural = kind.lower() + ("es" if kind.endswith(("s", "x", "ch")) else "s")
    return Kind(kind, plural, group, version, builtin=(group, kind) in _by_group_kind())


def qualified(plural: str) -> str:
    """Return a built-in plural with its group; any other name as it is.

    >>> qualified("deployments"), qualified("pods"), qualified("deployments.apps")
    ('deployments.apps', 'pods', 'deployments.apps')
    """
    return _qualified().get(plural, plural)


def kinds_named(kind: str) -> list[Kind]:
    """Return the built-in kinds that are spelled so, in any group and any case.

    >>> [kind.api_version for kind in kinds_named("event")]
    ['v1', 'events.k8s.io/v1']
    """
    return [known for known in all_kinds() if known.singular == kind.lower()]


@lru_cache(maxsize=1024)
def find_resource(name: str) -> Kind | None:
    """Return the built-in kind that kubectl would take a name for, None if there is none.

    Args:
        name: plural, singular, kind or short name ("po", "pods", "Pod"), with or without group and version
            ("deployments.apps", "deployment.v1.apps").

    >>> find_resource("deploy").kind, find_resource("deployment.v1.apps").kind, find_resource("frogs")
    ('Deployment', 'Deployment', None)
    """
    known = _by_name().get(name.lower())
    if known is None and "." in name:
        # kubectl also takes KIND.GROUP and KIND.VERSION.GROUP
        head, _, group = name.partition(".")
        groups = (group, group.partition(".")[2]) if "." in group else (group,)
        for candidate in groups:
            for kind in all_kinds():
                if kind.group == candidate and head.lower() in kind.names:
                    return kind
    return known
