"""A rule of a role: which verbs it allows on which resources, or on which URLs of the API server.

Source of the rules: https://kubernetes.io/docs/reference/access-authn-authz/rbac/ and
k8s.io/kubernetes/pkg/apis/rbac/v1/evaluation_helpers.go
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from k8snotes.api.base import Manifest, mappings, sequence, text
from k8snotes.api.go_text import quoted

__all__ = ["ANY", "PolicyRule", "Request", "compacted", "covers", "policy_rules"]

ANY = "*"


class Request(NamedTuple):
    """What somebody wants to do: a verb, and the resource or the URL that it is for.

    Args:
        verb: "get", "list", "create", "deletecollection", ...
        resource: the plural without the group: "pods"; "" for a request that is for a URL.
        group: the API group of the resource, "" for the core group.
        subresource: "log", "scale", "exec", ...; "" for the resource itself.
        name: the name of the object, "" for all objects or where it is not known.
        namespace: the Namespace, "" for all of them and for resources that are in none.
        path: the URL: "/healthz"; "" for a request that is for a resource.

    >>> Request("get", "pods", subresource="log").target
    'pods/log'
    """

    verb: str
    resource: str = ""
    group: str = ""
    subresource: str = ""
    name: str = ""
    namespace: str = ""
    path: str = ""

    @property
    def target(self) -> str:
        """The resource with its subresource: "pods/log"."""
        return f"{self.resource}/{self.subresource}" if self.subresource else self.resource


class PolicyRule(NamedTuple):
    """One rule of a role.

    Args:
        verbs: the verbs that it allows; "*" for all.
        groups: the API groups; "*" for all.
        resources: plurals, with a subresource after a slash: "pods", "pods/log", "*/scale"; "*" for everything.
        names: the only objects that it allows; () for all objects.
        urls: the URLs that it allows; a "*" at the end stands for every continuation.

    >>> rule = PolicyRule(("get",), ("",), ("pods", "*/scale"))
    >>> rule.allows(Request("get", "pods")), rule.allows(Request("get", "pods", subresource="log"))
    (True, False)
    """

    verbs: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    urls: tuple[str, ...] = ()

    def allows(self, request: Request) -> bool:
        """Whether the rule allows a request."""
        if request.path:
            return self.has_verb(request.verb) and self.has_url(request.path)
        return (
            self.has_verb(request.verb)
            and self.has_group(request.group)
            and self.has_resource(request.resource, request.subresource)
            and self.has_name(request.name)
        )

    def has_verb(self, verb: str) -> bool:
        """Whether it allows a verb on something."""
        return ANY in self.verbs or verb in self.verbs

    def has_group(self, group: str) -> bool:
        """Whether it is about an API group."""
        return ANY in self.groups or group in self.groups

    def has_resource(self, resource: str, subresource: str = "") -> bool:
        """Whether it is about a resource, or about a subresource of one."""
        if ANY in self.resources:
            return True
        if not subresource:
            return resource in self.resources
        return f"{resource}/{subresource}" in self.resources or f"*/{subresource}" in self.resources

    def has_name(self, name: str) -> bool:
        """Whether it is about an object of this name; a rule without names is about all objects."""
        return not self.names or name in self.names

    def has_url(self, path: str) -> bool:
        """Whether it is about a URL."""
        return any(_continues(url, path) for url in self.urls)

    def broken_down(self) -> Iterator[PolicyRule]:
        """Yield rules that together allow the same, each with one verb and one resource or URL.

        Source of the rule: `BreakdownRule` of k8s.io/component-helpers/auth/rbac/validation
        """
        for group in self.groups:
            for resource in self.resources:
                for verb in self.verbs:
                    for name in self.names or ("",):
                        names = (name,) if self.names else ()
                        yield PolicyRule((verb,), (group,), (resource,), names)
        for url in self.urls:
            for verb in self.verbs:
                yield PolicyRule((verb,), urls=(url,))

    def __str__(self) -> str:
        """Return the rule as messages of the API server have it: {APIGroups:[""], Resources:["pods"], Verbs:["get"]}."""
        parts = (
            ("APIGroups", self.groups),
            ("Resources", self.resources),
            ("NonResourceURLs", self.urls),
            ("ResourceNames", self.names),
            ("Verbs", self.verbs),
        )
        shown = (f"{name}:[{' '.join(map(quoted, items))}]" for name, items in parts if items)
        return f"{{{', '.join(shown)}}}"


def policy_rules(rules: object) -> tuple[PolicyRule, ...]:
    """Return the rules of a role out of its manifest.

    >>> policy_rules([{"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list"]}])
    (PolicyRule(verbs=('get', 'list'), groups=('',), resources=('pods',), names=(), urls=()),)
    """
    return tuple(map(_rule, mappings(rules)))


def _rule(rule: Manifest) -> PolicyRule:
    fields = ("verbs", "apiGroups", "resources", "resourceNames", "nonResourceURLs")
    return PolicyRule(*(tuple(map(text, sequence(rule.get(field)))) for field in fields))


def _continues(url: str, path: str) -> bool:
    return url in (ANY, path) or (url.endswith(ANY) and path.startswith(url.rstrip(ANY)))


def covers(held: Sequence[PolicyRule], wanted: Iterable[PolicyRule]) -> list[PolicyRule]:
    """Return what rules would allow beyond others that somebody has, broken down; [] if nothing.

    Args:
        held: the rules that somebody has.
        wanted: the rules that they want to give.

    >>> read = PolicyRule(("get", "list"), ("",), ("pods",))
    >>> [str(rule) for rule in covers([read], [PolicyRule(("get", "delete"), ("",), ("pods",))])]
    ['{APIGroups:[""], Resources:["pods"], Verbs:["delete"]}']

    Source of the rule: `Covers` of k8s.io/component-helpers/auth/rbac/validation
    """
    parts = [part for rule in wanted for part in rule.broken_down()]
    return [part for part in parts if not any(_covers(rule, part) for rule in held)]


def _covers(held: PolicyRule, part: PolicyRule) -> bool:
    """Whether a rule allows all of a rule that has been broken down."""
    if ANY not in held.verbs and not set(part.verbs) <= set(held.verbs):
        return False
    if ANY not in held.groups and not set(part.groups) <= set(held.groups):
        return False
    if not all(
        ANY in held.resources
        or item in held.resources
        or ("/" in item and f"*/{item.partition('/')[2]}" in held.resources)
        for item in part.resources
    ):
        return False
    if held.names and not (part.names and set(part.names) <= set(held.names)):
        return False
    return all(
        any(url == own or (own.endswith(ANY) and url.startswith(own.rstrip(ANY))) for own in held.urls)
        for url in part.urls
    )


def compacted(rules: Iterable[PolicyRule]) -> list[PolicyRule]:
    """Return rules with those put together that are about one resource each and differ by their verbs.

    >>> parts = PolicyRule(("get", "list"), ("",), ("pods",)).broken_down()
    >>> [rule.verbs for rule in compacted(parts)]
    [('get', 'list')]

    Source of the rule: `CompactRules` of k8s.io/kubectl/pkg/util/rbac
    """
    others: list[PolicyRule] = []
    simple: dict[tuple[str, str, tuple[str, ...]], PolicyRule] = {}
    for rule in rules:
        if rule.urls or len(rule.names) > 1 or len(rule.groups) != 1 or len(rule.resources) != 1:
            others.append(rule)
            continue
        key = rule.groups[0], rule.resources[0], rule.names
        known = simple.get(key)
        simple[key] = rule if known is None else known._replace(verbs=(*known.verbs, *rule.verbs))
    return [*others, *simple.values()]
