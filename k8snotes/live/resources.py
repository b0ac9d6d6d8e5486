"""Which kinds an API server has, as it says itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from k8snotes.api.base import Manifest, mapping, mappings, sequence, text
from k8snotes.api.kind import split_api_version
from k8snotes.api.registry import find_kind
from k8snotes.live.answers import Refused, Server

__all__ = ["Resource", "resources"]

_ALL_AT_ONCE = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json"
# what is stored nowhere, or is another form of what is listed already
_LEFT_OUT = ("metrics.k8s.io", "custom.metrics.k8s.io", "external.metrics.k8s.io", "events.k8s.io")
_NOT_STORED = ("componentstatuses",)


class Resource(NamedTuple):
    """A kind that an API server lists.

    Args:
        path: where it begins: "/apis/apps/v1".
        plural: its name in the path: "deployments".
        kind: the `kind` of its objects.
        api_version: their `apiVersion`.
        namespaced: whether they are in Namespaces.
        watched: whether it can be watched.

    >>> pods = Resource("/api/v1", "pods", "Pod", "v1", True, True)
    >>> pods.at("shop"), pods.at(""), pods.name
    ('/api/v1/namespaces/shop/pods', '/api/v1/pods', 'pods')
    """

    path: str
    plural: str
    kind: str
    api_version: str
    namespaced: bool
    watched: bool

    def at(self, namespace: str) -> str:
        """Return the path of its list in a Namespace; "" for all Namespaces, and for kinds without."""
        return (
            f"{self.path}/namespaces/{namespace}/{self.plural}" if namespace else f"{self.path}/{self.plural}"
        )

    @property
    def name(self) -> str:
        """The plural with its group: "deployments.apps"."""
        group, _version = split_api_version(self.api_version)
        return f"{self.plural}.{group}" if group else self.plural


class _Version(NamedTuple):
    """One version of one group, with its resources as (plural, kind, namespaced, verbs)."""

    api_version: str
    resources: tuple[tuple[str, str, bool, tuple[str, ...]], ...]


def resources(server: Server) -> tuple[tuple[Resource, ...], tuple[str, ...]]:
    """Return the kinds that a server lists, each in one version, and the groups of which it does not know them itself.

    A kind that k8snotes knows is read in a version that it knows, if the server has one; else the preferred one.

    Source of the rule: https://kubernetes.io/docs/concepts/overview/kubernetes-api/#discovery-api
    """
    found: dict[tuple[str, str], Resource] = {}
    silent: list[str] = []
    for versions in _groups(server, silent):
        for version in versions:
            for plural, kind, namespaced, verbs in version.resources:
                group, _version = split_api_version(version.api_version)
                if group in _LEFT_OUT or plural in _NOT_STORED or "/" in plural or "list" not in verbs:
                    continue
                path = f"/apis/{version.api_version}" if group else f"/api/{version.api_version}"
                resource = Resource(path, plural, kind, version.api_version, namespaced, "watch" in verbs)
                there = found.get((group, plural))
                if there is None or (not _known(there) and _known(resource)):
                    found[group, plural] = resource
    return tuple(found.values()), tuple(dict.fromkeys(silent))


def _known(resource: Resource) -> bool:
    return find_kind(resource.api_version, resource.kind) is not None


def _groups(server: Server, silent: list[str]) -> Iterator[list[_Version]]:
    """Yield the versions of each group, the preferred first."""
    for root in ("/api", "/apis"):
        answer = mapping(server.get(root, {}, _ALL_AT_ONCE))
        if answer.get("kind") == "APIGroupDiscoveryList":
            for group in mappings(answer.get("items")):
                yield list(_told(group, silent))
        elif root == "/api":
            names = [text(name) for name in sequence(answer.get("versions"))]
            yield list(_asked(server, ((f"/api/{name}", name) for name in names), silent))
        else:
            for group in mappings(answer.get("groups")):
                preferred = text(mapping(group.get("preferredVersion")).get("groupVersion"))
                others = [text(item.get("groupVersion")) for item in mappings(group.get("versions"))]
                names = list(dict.fromkeys(name for name in (preferred, *others) if name))
                yield list(_asked(server, ((f"/apis/{name}", name) for name in names), silent))


def _told(group: Manifest, silent: list[str]) -> Iterator[_Version]:
    """Yield the versions of a group of a list that has them all."""
    name = text(mapping(group.get("metadata")).get("name"))
    for version in mappings(group.get("versions")):
        number = text(version.get("version"))
        api_version = f"{name}/{number}" if name else number
        if version.get("freshness") == "Stale":
            silent.append(api_version)
        rows = [
            (
                text(item.get("resource")),
                text(mapping(item.get("responseKind")).get("kind")),
                item.get("scope") == "Namespaced",
                _verbs(item),
            )
            for item in mappings(version.get("resources"))
        ]
        yield _Version(api_version, tuple(rows))


def _asked(server: Server, places: Iterable[tuple[str, str]], silent: list[str]) -> Iterator[_Version]:
    """Ask for the versions of a group, one by one."""
    for path, api_version in places:
        try:
            answer = mapping(server.get(path))
        except Refused:
            silent.append(api_version)
            continue
        rows = [
            (text(item.get("name")), text(item.get("kind")), item.get("namespaced") is True, _verbs(item))
            for item in mappings(answer.get("resources"))
        ]
        yield _Version(api_version, tuple(rows))


def _verbs(item: Manifest) -> tuple[str, ...]:
    return tuple(map(text, sequence(item.get("verbs"))))
