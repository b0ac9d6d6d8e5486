"""The authorizer of the API server: who may do what, by roles and bindings (RBAC).

Source of the rules: https://kubernetes.io/docs/reference/access-authn-authz/rbac/,
k8s.io/kubernetes/plugin/pkg/auth/authorizer/rbac and k8s.io/kubernetes/pkg/registry/rbac/validation/rule.go
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from k8snotes.api.go_text import quoted
from k8snotes.api.kinds.role import GROUP, Role
from k8snotes.api.kinds.rolebinding import RoleBinding, Subject
from k8snotes.api.policy_rule import PolicyRule, Request
from k8snotes.control_plane import caches
from k8snotes.control_plane.etcd import Store

__all__ = [
    "ADMIN",
    "ANONYMOUS",
    "AUTHENTICATED",
    "MASTERS",
    "Authorizer",
    "Decision",
    "Grant",
    "User",
    "forbidden_text",
    "joined",
    "user_named",
]

MASTERS = "system:masters"
AUTHENTICATED, UNAUTHENTICATED = "system:authenticated", "system:unauthenticated"
ANONYMOUS = "system:anonymous"
_ACCOUNT, _ACCOUNTS = "system:serviceaccount:", "system:serviceaccounts"
_ROLES, _CLUSTER_ROLES = f"roles.{GROUP}", f"clusterroles.{GROUP}"
_BINDINGS, _CLUSTER_BINDINGS = f"rolebindings.{GROUP}", f"clusterrolebindings.{GROUP}"


class User(NamedTuple):
    """Who sends a request.

    Args:
        name: the user name; "system:serviceaccount:NAMESPACE:NAME" for a ServiceAccount.
        groups: the groups.
    """

    name: str
    groups: tuple[str, ...] = ()

    @property
    def account(self) -> tuple[str, str] | None:
        """The Namespace and the name of the ServiceAccount that this is; None for other users.

        >>> user_named("system:serviceaccount:shop:robot").account
        ('shop', 'robot')
        """
        if not self.name.startswith(_ACCOUNT):
            return None
        namespace, colon, name = self.name.removeprefix(_ACCOUNT).partition(":")
        return (namespace, name) if namespace and colon and name and ":" not in name else None

    @property
    def subjects(self) -> tuple[Subject, ...]:
        """What a binding may call this user: by the name, as a ServiceAccount, by each group."""
        own = [Subject("User", self.name)]
        if self.account:
            namespace, name = self.account
            own.append(Subject("ServiceAccount", name, namespace))
        return (*own, *(Subject("Group", group) for group in self.groups))


ADMIN = User("kubernetes-admin", (MASTERS, AUTHENTICATED))
"""Who sends what a reader does, as long as the reader names nobody else."""


def user_named(name: str, groups: Iterable[str] = ()) -> User:
    """Return the user that a client acts as (`--as`), with the groups that belong to the name.

    Args:
        name: the user name.
        groups: groups that are given besides (`--as-group`).

    >>> user_named("tom").groups
    ('system:authenticated',)
    >>> user_named("system:serviceaccount:shop:robot").groups
    ('system:serviceaccounts', 'system:serviceaccounts:shop', 'system:authenticated')

    Source of the rule: `WithImpersonation` of k8s.io/apiserver/pkg/endpoints/filters
    """
    given = list(groups)
    account = User(name).account
    if account and not given:
        given = [_ACCOUNTS, f"{_ACCOUNTS}:{account[0]}"]
    added = UNAUTHENTICATED if name == ANONYMOUS else AUTHENTICATED
    if added not in given and UNAUTHENTICATED not in given:
        given.append(added)
    return User(name, tuple(given))


class Decision(NamedTuple):
    """What the API server answers to a question of access.

    Args:
        allowed: whether the request is allowed.
        reason: Kubernetes' words for it, "" where it says none.
        grant: the rule that allows it, None for a refusal and for members of system:masters.
    """

    allowed: bool
    reason: str = ""
    grant: Grant | None = None


class Grant(NamedTuple):
    """A binding that applies to a user, and the role that it gives.

    Args:
        binding: the RoleBinding or ClusterRoleBinding.
        subject: the first of its subjects that is the user.
        role: the role; None where there is none of this name.
        rule: one rule of the role; None where a grant is about all of them.
    """

    binding: RoleBinding
    subject: Subject
    role: Role | None
    rule: PolicyRule | None = None

    @property
    def missing(self) -> str:
        """What is said of a role that does not exist, "" if it does."""
        if self.role is not None:
            return ""
        kind, name = self.binding.role_kind, self.binding.role_name
        return f"{kind.lower()}.{GROUP} {quoted(name)} not found"

    def __str__(self) -> str:
        """Return it as reasons have it: RoleBinding "read/shop" of Role "reader" to User "tom"."""
        binding = self.binding
        home = f"/{binding.namespace}" if binding.namespace else ""
        role = f"{binding.role_kind} {quoted(binding.role_name)}"
        return f"{binding.kind} {quoted(binding.name + home)} of {role} to {self.subject}"


class Authorizer:
    """Answers whether a user may do something, by the roles and bindings in a store.

    Args:
        store: etcd.

    >>> import k8snotes as kn
    >>> authorizer = kn.Cluster(nodes=1).api.authorizer
    >>> authorizer.review(user_named("tom"), Request("get", path="/healthz")).allowed
    True
    >>> authorizer.review(user_named("tom"), Request("list", "pods", namespace="default")).allowed
    False
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._seen: tuple[int, ...] = ()
        self._by_subject: dict[tuple[str, Subject], list[tuple[int, int, RoleBinding]]] = {}
        self._rules: dict[tuple[str, str, str], tuple[Role | None, tuple[PolicyRule, ...]]] = {}

    def review(self, user: User, request: Request) -> Decision:
        """Decide whether a user may do something.

        A request is allowed by the first rule that allows it: of ClusterRoleBindings, then of the RoleBindings of its
        Namespace. There are no rules that forbid.

        Args:
            user: who.
            request: what.
        """
        if MASTERS in user.groups:
            return Decision(allowed=True)
        missing: list[str] = []
        for grant in self.grants(user, request.namespace):
            if grant.role is None:
                missing.append(grant.missing)
                continue
            for rule in self._rules_of(grant):
                if rule.allows(request):
                    grant = grant._replace(rule=rule)  # noqa: PLW2901  # the loop ends
                    return Decision(allowed=True, reason=f"RBAC: allowed by {grant}", grant=grant)
        return Decision(allowed=False, reason=f"RBAC: {joined(missing)}" if missing else "")

    def grants(self, user: User, namespace: str) -> Iterator[Grant]:
        """Yield the bindings that apply to a user: those of the whole cluster, then those of a Namespace, by name.

        Args:
            user: who.
            namespace: the Namespace, "" for requests that are in none.
        """
        for scope in ("", namespace) if namespace else ("",):
            for binding, index in self._applying(user, scope):
                yield Grant(binding, binding.subjects[index], self._role_of(binding)[0])

    def everywhere(self, user: User) -> Iterator[Grant]:
        """Yield the bindings that apply to a user: those of the whole cluster, then those of each Namespace.

        Args:
            user: who.
        """
        homes = sorted({obj.namespace for obj in self._store.list(_BINDINGS)})
        for scope in ("", *homes):
            for binding, index in self._applying(user, scope):
                yield Grant(binding, binding.subjects[index], self._role_of(binding)[0])

    def rules_for(self, user: User, namespace: str) -> tuple[list[PolicyRule], list[str]]:
        """Return all rules that apply to a user, and what is said of roles that do not exist.

        Args:
            user: who.
            namespace: the Namespace, "" for requests that are in none.

        Source of the rule: `RulesFor` of k8s.io/kubernetes/pkg/registry/rbac/validation
        """
        rules: list[PolicyRule] = []
        missing: list[str] = []
        for grant in self.grants(user, namespace):
            if grant.role is None:
                missing.append(grant.missing)
            rules += self._rules_of(grant)
        return rules, missing

    def _applying(self, user: User, scope: str) -> list[tuple[RoleBinding, int]]:
        """Return the bindings of a Namespace ("": of the cluster) that name a user, with the subject that does."""
        if not caches.enabled():
            named = set(user.subjects)
            return [
                (binding, index)
                for binding in self._bindings(scope)
                if (index := next((i for i, item in enumerate(binding.subjects) if item in named), -1)) >= 0
            ]
        self._refresh()
        found: dict[int, tuple[int, RoleBinding]] = {}
        for subject in user.subjects:
            for place, index, binding in self._by_subject.get((scope, subject), ()):
                if place not in found or index < found[place][0]:
                    found[place] = index, binding
        return [
            (binding, index) for _place, (index, binding) in sorted(found.items(), key=lambda item: item[0])
        ]

    def _bindings(self, scope: str) -> Iterator[RoleBinding]:
        listed = self._store.list(_BINDINGS, scope) if scope else self._store.list(_CLUSTER_BINDINGS)
        return (obj for obj in listed if isinstance(obj, RoleBinding))

    def _refresh(self) -> None:
        """Read the bindings again, by subject, if any has changed."""
        tables = (_CLUSTER_BINDINGS, _BINDINGS, _CLUSTER_ROLES, _ROLES)
        seen = *map(self._store.changed, tables), *map(self._store.count, tables)
        if seen == self._seen:
            return
        self._by_subject, self._rules = {}, {}
        for table in tables[:2]:
            for place, obj in enumerate(self._store.list(table)):
                if not isinstance(obj, RoleBinding):
                    continue
                scope = obj.namespace
                for index, subject in enumerate(obj.subjects):
                    self._by_subject.setdefault((scope, subject), []).append((place, index, obj))
        self._seen = seen

    def _rules_of(self, grant: Grant) -> tuple[PolicyRule, ...]:
        return self._role_of(grant.binding)[1]

    def _role_of(self, binding: RoleBinding) -> tuple[Role | None, tuple[PolicyRule, ...]]:
        """Return the role that a binding gives, and its rules; they are read once for each change of a role."""
        key = _CLUSTER_ROLES, "", binding.role_name
        if binding.role_kind == "Role":
            key = _ROLES, binding.namespace, binding.role_name
        known = self._rules.get(key) if caches.enabled() else None
        if known is None:
            role = self._store.get(key)
            known = (role, role.rules) if isinstance(role, Role) else (None, ())
            self._rules[key] = known
        return known


def joined(messages: Iterable[str]) -> str:
    """Return several errors as Go's aggregate of errors has them: each once, in brackets if there are several.

    >>> joined(["a", "b", "a"]), joined(["a", "a"])
    ('[a, b]', 'a')
    """
    unique = list(dict.fromkeys(messages))
    return unique[0] if len(unique) == 1 else f"[{', '.join(unique)}]"


def forbidden_text(user: User, request: Request, reason: str = "") -> str:
    """Return what the API server answers to a request that is not allowed.

    >>> print(forbidden_text(user_named("tom"), Request("list", "pods", namespace="default")))
    pods is forbidden: User "tom" cannot list resource "pods" in API group "" in the namespace "default"

    Source of the rule: `Forbidden` of k8s.io/apiserver/pkg/endpoints/handlers/responsewriters
    """
    who = f"User {quoted(user.name)} cannot {request.verb}"
    if request.path:
        head, what = "forbidden", f"{who} path {quoted(request.path)}"
    else:
        resource = f"{request.resource}.{request.group}" if request.group else request.resource
        head = (
            f"{resource} {quoted(request.name)} is forbidden" if request.name else f"{resource} is forbidden"
        )
        place = (
            f"in the namespace {quoted(request.namespace)}" if request.namespace else "at the cluster scope"
        )
        what = f"{who} resource {quoted(request.target)} in API group {quoted(request.group)} {place}"
    for sign, escaped in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        what = what.replace(sign, escaped)
    return f"{head}: {what}: {reason}" if reason else f"{head}: {what}"
