"""Access: what a user, a group or a ServiceAccount may do, by which bindings; and the nearest rule for a refusal.

Source of the rules: https://kubernetes.io/docs/reference/access-authn-authz/rbac/
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from k8snotes.api.furniture import BOOTSTRAPPING
from k8snotes.api.kind import Kind
from k8snotes.api.kinds.role import GROUP, Role
from k8snotes.api.kinds.rolebinding import RoleBinding, Subject
from k8snotes.api.policy_rule import ANY, PolicyRule, Request, compacted
from k8snotes.api.ref import parse_ref
from k8snotes.api.registry import find_resource
from k8snotes.catalogue import Text, _, named
from k8snotes.control_plane.apiserver import ApiServer
from k8snotes.control_plane.authorizer import (
    AUTHENTICATED,
    Grant,
    User,
    forbidden_text,
    user_named,
)
from k8snotes.errors import ClusterError, brief

__all__ = ["Access", "Allowed", "Answer", "Given", "Near", "Subjected", "access", "question", "subject_of"]

_ACCOUNT = "system:serviceaccount:"
_SUBRESOURCES = frozenset(
    (
        *("approval", "attach", "binding", "ephemeralcontainers", "eviction", "exec", "finalize", "log"),
        *("portforward", "proxy", "resize", "scale", "status", "token"),
    )
)
_WITHOUT_KIND = ("users", "groups", ANY)
_EVERYBODY = (
    "system:basic-user",
    "system:discovery",
    "system:public-info-viewer",
    "system:service-account-issuer-discovery",
)
_ANYONE = "anyone"  # a user name for a question about a group alone
_VERBS = ("get", "list", "watch", "create", "update", "patch", "delete", "deletecollection")
_CLOSE = 0.75  # how alike two names are, from 0 to 1, if one is probably meant as the other


class Subjected(NamedTuple):
    """Whom a question is about.

    Args:
        kind: "User", "Group" or "ServiceAccount".
        name: the name.
        namespace: the Namespace of a ServiceAccount, "" for the others.
        user: the user as whom the API server knows it; for a group a user called "anyone".
        missing: whether it is a ServiceAccount that does not exist.
    """

    kind: str
    name: str
    namespace: str
    user: User
    missing: bool = False


class Allowed(NamedTuple):
    """What a role allows, put together by its verbs.

    Args:
        verbs: the verbs: ("get", "list", "watch").
        targets: the resources with their groups ("pods", "deployments.apps/scale"), or URLs.
        names: the only objects that it is about; () for all.
    """

    verbs: tuple[str, ...]
    targets: tuple[str, ...]
    names: tuple[str, ...] = ()


class Given(NamedTuple):
    """A binding that applies, and the role that it gives.

    Args:
        binding: the reference of the binding: "rolebinding/readers".
        kind: "RoleBinding" or "ClusterRoleBinding".
        name: its name.
        namespace: where it applies; "" for the whole cluster.
        through: by what it applies: "ServiceAccount", "User", or the group as 'Group "dev"'.
        role: the reference of the role: "role/reader".
        role_kind: "Role" or "ClusterRole".
        role_name: its name.
        exists: whether there is a role of this name.
        allows: what the role allows.
        everybody: whether every cluster gives it to everybody who is authenticated.
    """

    binding: str
    kind: str
    name: str
    namespace: str
    through: str
    role: str
    role_kind: str
    role_name: str
    exists: bool
    allows: tuple[Allowed, ...]
    everybody: bool


class Near(NamedTuple):
    """A rule that would have allowed what was refused, if one point were different.

    Args:
        differs: the point: "namespace", "name", "verb", "subresource", "group", "resource", "url", "role", "binding"
            or "subject".
        binding: the reference of the binding, "" where no binding gives the role.
        role: the reference of the role, "" where it does not exist.
        words: why it does not allow it, in a sentence.
    """

    differs: str
    binding: str
    role: str
    words: Text


class Answer(NamedTuple):
    """The answer to a question.

    Args:
        request: what was asked.
        allowed: whether it is allowed.
        reason: the API server's reason, "" where it gives none.
        binding: the reference of the binding that allows it, "" for a refusal.
        near: the nearest rule that would have allowed it; None where it is allowed, or where none is near.
        refusal: what the API server answers to such a request, "" if it is allowed.
        command: the line of kubectl that asks the same.
        verbs: those of the usual verbs that are allowed for the same; () for a URL.
    """

    request: Request
    allowed: bool
    reason: str
    binding: str
    near: Near | None
    refusal: str
    command: str
    verbs: tuple[str, ...] = ()


class Access(NamedTuple):
    """What somebody may do.

    Args:
        subject: who.
        given: the bindings that apply, those of the whole cluster first.
        answer: the answer to the question, None if none was asked.
    """

    subject: Subjected
    given: tuple[Given, ...]
    answer: Answer | None

    @property
    def own(self) -> tuple[Given, ...]:
        """The bindings that are not everybody's."""
        return tuple(item for item in self.given if not item.everybody)


def subject_of(api: ApiServer, ref: str) -> Subjected:
    """Return whom a reference names.

    Args:
        api: the API server, which knows whether a ServiceAccount exists.
        ref: "user/tom", "group/dev", "sa/reader", "shop/sa/reader".

    Raises:
        RefError: it is no reference.
        ClusterError: it names neither a user nor a group nor a ServiceAccount.
    """
    head, _slash, name = ref.partition("/") if isinstance(ref, str) else ("", "", "")
    if name and head.lower() in ("user", "users"):
        user = user_named(name)
        if user.account is None:
            return Subjected("User", name, "", user)
        namespace, name = user.account
    elif name and head.lower() in ("group", "groups"):
        groups = (name,) if name.startswith("system:") else (name, AUTHENTICATED)
        return Subjected("Group", name, "", User(_ANYONE, groups))
    else:
        place = parse_ref(ref)
        if place.resource != "serviceaccount":
            raise ClusterError(
                _(
                    "{ref} sends no requests to the API server. Name a user, a group or a ServiceAccount, as in "
                    "user/tom, group/dev, sa/reader.",
                    ref=brief(ref),
                )
            )
        namespace, name = place.namespace or "default", place.name
    missing = api.store.get(("serviceaccounts", namespace, name)) is None
    return Subjected("ServiceAccount", name, namespace, user_named(f"{_ACCOUNT}{namespace}:{name}"), missing)


def question(can: str, namespace: str, find: Callable[[str], Kind]) -> Request:
    """Read a question as kubectl auth can-i has it.

    Args:
        can: a verb, and a resource or a URL: "delete pods", "get deploy/web", "get pods/log", "get /healthz"; -A at the
            end asks for all Namespaces.
        namespace: the Namespace that it is about, if the resource is in one.
        find: returns the kind that a word names.

    Raises:
        ClusterError: it is no question.
        NotFoundError: there is no such resource.
    """
    words = can.split() if isinstance(can, str) else []
    everywhere = words[-1:] in (["-A"], ["--all-namespaces"])
    words = words[:-1] if everywhere else words
    if len(words) != 2:
        raise ClusterError(
            _(
                'can={given} is not a question. Write a verb and a resource, as in "delete pods" or "get deploy/web".',
                given=brief(can),
            )
        )
    verb, what = words
    if what.startswith("/"):
        return Request(verb, path=what)
    word, _slash, rest = what.partition("/")
    name, _slash, subresource = rest.partition("/")
    if name in _SUBRESOURCES and not subresource:
        name, subresource = "", name
    if word in _WITHOUT_KIND:
        return Request(verb, word, "", subresource, name, "" if everywhere else namespace)
    kind = find(word)
    home = namespace if kind.namespaced and not everywhere else ""
    return Request(verb, kind.plural, kind.group, subresource, name, home)


def access(api: ApiServer, subject: Subjected, asked: Request | None = None) -> Access:
    """Say what somebody may do, and whether they may do one thing.

    Args:
        api: the API server.
        subject: who.
        asked: the question, None for none.
    """
    grants = list(api.authorizer.everywhere(subject.user))
    given = tuple(_given(grant, subject) for grant in grants)
    return Access(subject, given, _answer(api, subject, asked, grants) if asked is not None else None)


def _given(grant: Grant, subject: Subjected) -> Given:
    binding, role = grant.binding, grant.role
    through = str(grant.subject) if grant.subject.kind == "Group" else grant.subject.kind
    if grant.subject.kind == subject.kind == "Group" and grant.subject.name == subject.name:
        through = "Group"
    return Given(
        binding.ref,
        binding.kind,
        binding.name,
        binding.namespace,
        through,
        role.ref if role is not None else _role_ref(binding),
        binding.role_kind,
        binding.role_name,
        role is not None,
        tuple(_allowed(role.rules)) if role is not None else (),
        _is_everybodys(binding),
    )


def _is_everybodys(binding: RoleBinding) -> bool:
    return binding.name in _EVERYBODY and binding.kind == "ClusterRoleBinding"


def _role_ref(binding: RoleBinding) -> str:
    home = binding.namespace if binding.role_kind == "Role" else ""
    return (
        f"{f'{home}/' if home not in ('', 'default') else ''}{binding.role_kind.lower()}/{binding.role_name}"
    )


def _allowed(rules: Iterable[PolicyRule]) -> Iterator[Allowed]:
    """Yield what rules allow together: the resources that have the same verbs in one line."""
    together: dict[tuple[frozenset[str], tuple[str, ...], bool], tuple[tuple[str, ...], list[str]]] = {}
    for rule in compacted(part for item in rules for part in item.broken_down()):
        verbs = tuple(sorted(dict.fromkeys(rule.verbs), key=_place))
        target = rule.urls[0] if rule.urls else _target(rule)
        key = frozenset(verbs), rule.names, bool(rule.urls)
        known = together.setdefault(key, (verbs, []))[1]
        if target not in known:
            known.append(target)
    for (_verbs, names, _urls), (verbs, targets) in together.items():
        yield Allowed(verbs, tuple(targets), names)


def _place(verb: str) -> int:
    return _VERBS.index(verb) if verb in _VERBS else len(_VERBS)


def _target(rule: PolicyRule) -> str:
    head, slash, rest = rule.resources[0].partition("/")
    group = f".{rule.groups[0]}" if rule.groups[0] else ""
    return f"{head}{group}{slash}{rest}"


# ---- the answer


def _answer(api: ApiServer, subject: Subjected, asked: Request, grants: list[Grant]) -> Answer:
    decision = api.authorizer.review(subject.user, asked)
    near = None if decision.allowed else _nearest(api, subject, asked, grants)
    return Answer(
        asked,
        decision.allowed,
        decision.reason,
        decision.grant.binding.ref if decision.grant is not None else "",
        near,
        "" if decision.allowed else forbidden_text(subject.user, asked, decision.reason),
        _command(subject, asked),
        tuple(
            verb
            for verb in _VERBS
            if not asked.path and api.authorizer.review(subject.user, asked._replace(verb=verb)).allowed
        ),
    )


def _command(subject: Subjected, asked: Request) -> str:
    resource = f"{asked.resource}.{asked.group}" if asked.group else asked.resource
    words = [
        "kubectl auth can-i",
        asked.verb,
        asked.path or resource + (f"/{asked.name}" if asked.name else ""),
    ]
    if asked.subresource:
        words.append(f"--subresource={asked.subresource}")
    if asked.namespace not in ("", "default"):
        words.append(f"-n {asked.namespace}")
    kind = find_resource(resource)
    if not asked.namespace and kind is not None and kind.namespaced:
        words.append("-A")
    if subject.kind == "Group":
        words.append(f"--as {_ANYONE} --as-group {subject.name}")
    else:
        words.append(f"--as {subject.user.name}")
    return " ".join(words)


def _nearest(api: ApiServer, subject: Subjected, asked: Request, grants: list[Grant]) -> Near | None:
    """Return the rule that would have allowed a request if one point were different, the likeliest first."""
    found: list[tuple[int, Near]] = []
    for grant in grants:
        if _is_everybodys(grant.binding):
            continue
        if grant.role is None:
            if _applies(grant, asked):
                found.append((6, _no_role(grant)))
            continue
        for rule in grant.role.rules:
            near = _by_one_point(grant, rule, asked)
            if near is not None:
                found.append(near)
    if not found:
        found += _of_others(api, subject, asked)
    return min(found, key=lambda item: item[0])[1] if found else None


def _applies(grant: Grant, asked: Request) -> bool:
    """Whether a binding is about the Namespace of a request."""
    return grant.binding.namespace in ("", asked.namespace)


def _by_one_point(grant: Grant, rule: PolicyRule, asked: Request) -> tuple[int, Near] | None:
    """Return how a rule differs from what was asked if it does in one point, with a number: the smaller, the nearer."""
    if asked.path:
        wrong = [
            point
            for point, right in (("verb", rule.has_verb(asked.verb)), ("url", rule.has_url(asked.path)))
            if not right or not rule.urls
        ]
    else:
        resource = rule.has_resource(asked.resource, asked.subresource)
        wrong = [
            point
            for point, right in (
                ("namespace", _applies(grant, asked)),
                ("name", rule.has_name(asked.name)),
                ("verb", rule.has_verb(asked.verb)),
                ("group", rule.has_group(asked.group)),
                ("resource", resource),
            )
            if not right
        ]
        if rule.urls:
            return None
    if len(wrong) != 1:
        return None
    differs = wrong[0]
    if differs == "resource" and asked.subresource and rule.has_resource(asked.resource):
        differs = "subresource"
    close = differs == "resource" and any(_alike(asked.target, item) for item in rule.resources)
    order = ("namespace", "name", "verb", "subresource", "group", "resource", "url")
    rank = 0 if close else order.index(differs)
    return rank, Near(differs, grant.binding.ref, _ref(grant), _words(differs, grant, rule, asked))


def _alike(one: str, other: str) -> bool:
    return difflib.SequenceMatcher(None, one.lower(), other.lower()).ratio() >= _CLOSE


def _ref(grant: Grant) -> str:
    return grant.role.ref if grant.role is not None else ""


def _words(differs: str, grant: Grant, rule: PolicyRule, asked: Request) -> Text:
    """Say in a sentence why a rule does not allow a request."""
    role = f"{grant.binding.role_kind} {grant.binding.role_name}"
    parts = {
        "role": role,
        "verbs": ", ".join(rule.verbs),
        "verb": asked.verb,
        "resources": ", ".join(rule.resources or rule.urls),
        "resource": asked.path or asked.target,
    }
    match differs:
        case "namespace" if asked.namespace:
            return _(
                "{binding} gives {role} only in namespace {there}, and not in namespace {namespace}.",
                binding=f"RoleBinding {grant.binding.name}",
                role=role,
                there=grant.binding.namespace,
                namespace=asked.namespace,
            )
        case "namespace":
            return _(
                "{binding} gives {role} only in namespace {there}, and not in the whole cluster.",
                binding=f"RoleBinding {grant.binding.name}",
                role=role,
                there=grant.binding.namespace,
            )
        case "name" if asked.name:
            return _(
                "{role} allows {verb} on {resource} only for the names {names}, and not for {name}.",
                **parts,
                names=named(rule.names),
                name=asked.name,
            )
        case "name":
            return _(
                "{role} allows {verb} on {resource} only for the names {names}, and this request names no object.",
                **parts,
                names=named(rule.names),
            )
        case "verb":
            return _("{role} allows {verbs} on {resource}. The verb {verb} is missing.", **parts)
        case "subresource":
            return _(
                "{role} allows {verb} on {whole}, but {resource} is a resource of its own.",
                **parts,
                whole=asked.resource,
            )
        case "group":
            return _(
                '{role} names {resource} in the API group "{groups}", but the API group of {resource} is "{group}".',
                **parts,
                groups='", "'.join(rule.groups),
                group=asked.group,
            )
    return _("{role} allows {verb} on {resources}, and not on {resource}.", **parts)


def _no_role(grant: Grant) -> Near:
    binding = grant.binding
    words = _(
        "{binding} gives {role}, but there is no such role.",
        binding=f"{binding.kind} {binding.name}",
        role=f"{binding.role_kind} {binding.role_name}",
    )
    return Near("role", binding.ref, "", words)


def _of_others(api: ApiServer, subject: Subjected, asked: Request) -> Iterator[tuple[int, Near]]:
    """Yield what would allow a request if somebody else were asking: a binding to others, a role without a binding."""
    for binding in _bindings(api):
        other = next((item for item in binding.subjects if _mistaken(item, subject)), None)
        role = _role_of(api, binding)
        allows = role is None or any(rule.allows(asked) for rule in role.rules)
        if other is None or not allows or binding.namespace not in ("", asked.namespace):
            continue
        words = _(
            "{binding} gives {role} to {other}, and not to {subject}.",
            binding=f"{binding.kind} {binding.name}",
            role=f"{binding.role_kind} {binding.role_name}",
            other=_named(other.kind, other.name, other.namespace),
            subject=_named(subject.kind, subject.name, subject.namespace),
        )
        yield 7, Near("subject", binding.ref, role.ref if role is not None else "", words)
    for plural in ("roles", "clusterroles"):
        for obj in api.store.list(f"{plural}.{GROUP}", asked.namespace if plural == "roles" else None):
            if not isinstance(obj, Role) or not any(rule.allows(asked) for rule in obj.rules):
                continue
            words = _(
                "{role} would allow it, but no binding gives it to {subject}.",
                role=f"{obj.kind} {obj.name}",
                subject=_named(subject.kind, subject.name, subject.namespace),
            )
            system = BOOTSTRAPPING in obj.labels
            rank = _RANKS.get(obj.name, 20) if system else 8
            yield rank, Near("binding", "", obj.ref, words)


def _mistaken(item: Subject, subject: Subjected) -> bool:
    """Whether a binding probably means a subject, and names another: a letter or the Namespace is different."""
    if item.kind != subject.kind or (item.name, item.namespace) == (subject.name, subject.namespace):
        return False
    return _alike(item.name, subject.name)


def _named(kind: str, name: str, namespace: str) -> str:
    return f"{kind} {namespace}/{name}" if namespace else f"{kind} {name}"


def _role_of(api: ApiServer, binding: RoleBinding) -> Role | None:
    plural = "roles" if binding.role_kind == "Role" else "clusterroles"
    home = binding.namespace if plural == "roles" else ""
    role = api.store.get((f"{plural}.{GROUP}", home, binding.role_name))
    return role if isinstance(role, Role) else None


_RANKS = {"view": 9, "edit": 10, "admin": 11, "cluster-admin": 12}  # the fewer rights, the better


def _bindings(api: ApiServer) -> list[RoleBinding]:
    names = "clusterrolebindings", "rolebindings"
    return [
        obj for name in names for obj in api.store.list(f"{name}.{GROUP}") if isinstance(obj, RoleBinding)
    ]
