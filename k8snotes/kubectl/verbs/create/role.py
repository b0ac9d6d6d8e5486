"""`kubectl create role reader --verb=get,list --resource=pods`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from k8snotes.api.base import Manifest
from k8snotes.api.go_text import quoted
from k8snotes.api.kinds.role import GROUP
from k8snotes.api.registry import find_resource
from k8snotes.catalogue import _
from k8snotes.kubectl.failure import Stopped
from k8snotes.kubectl.flags import Parsed, flag
from k8snotes.kubectl.resources import known_kinds
from k8snotes.kubectl.session import Session
from k8snotes.kubectl.verbs.create import creator, new_object

__all__ = ["FLAGS", "VERB", "VERSION", "checked_resources", "rules_of", "unique", "verbs_of", "warn_of_verbs"]

FLAGS = (flag("verb", "list"), flag("resource", "list"), flag("resource-name", "texts"))
VERSION = f"{GROUP}/v1"
_VERBS = (
    *("*", "get", "delete", "list", "create", "update", "patch", "watch", "proxy", "deletecollection", "use"),
    *("bind", "escalate", "impersonate"),
)
_ROLES = frozenset(((GROUP, "roles"), (GROUP, "clusterroles")))
_SPECIAL = {
    "use": frozenset((("policy", "podsecuritypolicies"), ("extensions", "podsecuritypolicies"))),
    "bind": _ROLES,
    "escalate": _ROLES,
    "impersonate": frozenset(
        (("", "users"), ("", "serviceaccounts"), ("", "groups"), ("authentication.k8s.io", "userextras"))
    ),
}


class _Asked(NamedTuple):
    """A resource as --resource names it: "deployments.apps/scale"."""

    resource: str
    group: str
    subresource: str


def build(session: Session, parsed: Parsed, name: str) -> Manifest:
    """Create a Role with a rule for each API group of the resources.

    Source of the rule: https://kubernetes.io/docs/reference/kubectl/generated/kubectl_create/kubectl_create_role/
    """
    verbs, resources = verbs_of(parsed), _asked(parsed["resource"])
    if not verbs:
        raise Stopped("at least one verb must be specified")
    warn_of_verbs(session, verbs)
    if not resources:
        raise Stopped("at least one resource must be specified")
    return new_object(VERSION, "Role", name, rules=rules_of(session, parsed, verbs))


def verbs_of(parsed: Parsed) -> list[str]:
    """Return the verbs of --verb, each once; "*" stands for all."""
    return ["*"] if "*" in parsed["verb"] else unique(parsed["verb"])


def unique(items: Iterable[str]) -> list[str]:
    """Return texts in their order, each once."""
    return list(dict.fromkeys(items))


def warn_of_verbs(session: Session, verbs: Iterable[str]) -> None:
    """Warn of verbs that resources do not have by themselves."""
    for verb in verbs:
        if verb not in _VERBS:
            session.err(f"Warning: '{verb}' is not a standard resource verb\n")


def rules_of(session: Session, parsed: Parsed, verbs: list[str]) -> list[Manifest]:
    """Return the rules for --resource, one for each API group.

    Args:
        session: the command at work.
        parsed: its flags.
        verbs: the verbs that they allow.

    Raises:
        Stopped: a resource does not exist, or does not have such a verb.

    Source of the rule: `validateResource` and `generateResourcePolicyRules` of k8s.io/kubectl/pkg/cmd/create
    """
    groups: dict[str, list[str]] = {}
    resources = _asked(parsed["resource"])
    checked_resources(session, resources, verbs)
    for item in resources:
        group, resource = _found(session, item) or (item.group, item.resource)
        target = f"{resource}/{item.subresource}" if item.subresource else resource
        known = groups.setdefault(group, [])
        if target not in known:
            known.append(target)
    names = unique(parsed["resource-name"])
    return [
        {
            "apiGroups": [group],
            **({"resourceNames": names} if names else {}),
            "resources": groups[group],
            "verbs": verbs,
        }
        for group in sorted(groups)
    ]


def checked_resources(session: Session, resources: Iterable[_Asked], verbs: Iterable[str]) -> None:
    """Raise Stopped for a resource that does not exist, or that a special verb is not for."""
    for item in resources:
        if not item.resource:
            raise Stopped("resource must be specified if apiGroup/subresource specified")
        if item.resource == "*":
            return
        found = _found(session, item)
        group, resource = found or (item.group, item.resource)
        special = [verb for verb in verbs if verb in _SPECIAL]
        for verb in special:
            if (group, resource) not in _SPECIAL[verb]:
                raise Stopped(f"can not perform '{verb}' on '{resource}' in group '{group}'")
        if found is None and not special:
            in_group = f" in group {quoted(item.group)}" if item.group else ""
            raise Stopped(
                f"the server doesn't have a resource type {quoted(item.resource)}{in_group}", head=""
            )


def _asked(words: Iterable[str]) -> list[_Asked]:
    asked = []
    for word in words:
        target, _slash, subresource = word.partition("/")
        resource, _dot, group = target.partition(".")
        item = _Asked(resource, group, subresource)
        if word == "*":
            return [item]
        asked.append(item)
    return asked


def _found(session: Session, item: _Asked) -> tuple[str, str] | None:
    """Return the API group and the plural of a resource that the API server has, by any of its names."""
    word = f"{item.resource}.{item.group}" if item.group else item.resource
    kind = find_resource(word) or next(
        (kind for kind in known_kinds(session) if word in (*kind.names, kind.qualified)), None
    )
    return (kind.group, kind.plural) if kind is not None else None


VERB = creator(
    build,
    _("Create a Role."),
    FLAGS,
    example="kubectl create role reader --verb=get,list --resource=pods",
)
