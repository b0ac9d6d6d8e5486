"""Nobody gives away more than they have: what the API server checks when a role or a binding is written.

Source of the rules: https://kubernetes.io/docs/reference/access-authn-authz/rbac/#privilege-escalation-prevention-and-bootstrapping,
k8s.io/kubernetes/pkg/registry/rbac and its `ConfirmNoEscalation`
"""

from __future__ import annotations

from collections.abc import Sequence

from k8snotes.api.base import KubeObject, Manifest, view
from k8snotes.api.go_text import quoted
from k8snotes.api.kinds.clusterrole import ClusterRole
from k8snotes.api.kinds.role import GROUP, Role
from k8snotes.api.kinds.rolebinding import RoleBinding
from k8snotes.api.policy_rule import ANY, PolicyRule, Request, compacted, covers
from k8snotes.control_plane.authorizer import MASTERS, Authorizer, User, joined
from k8snotes.control_plane.etcd import Store
from k8snotes.control_plane.validation.wording import forbidden
from k8snotes.errors import ApiError

__all__ = ["confirm_no_escalation"]

_EVERYTHING = (
    PolicyRule((ANY,), (ANY,), (ANY,)),
    PolicyRule((ANY,), urls=(ANY,)),
)
_BY_COLLECTOR = ("ownerReferences", "finalizers")  # what the garbage collector may write of any object


def confirm_no_escalation(
    authorizer: Authorizer, store: Store, user: User, manifest: Manifest, old: KubeObject | None
) -> None:
    """Refuse a role with rights that its author does not have, and a binding to such a role.

    It is allowed to members of system:masters, to whoever may `escalate` roles or `bind` the role, and for a change
    that only the garbage collector needs.

    Args:
        authorizer: answers what the author may do.
        store: etcd, which has the role that a binding names.
        user: the author.
        manifest: what is written, completed; other kinds than roles and bindings are passed over.
        old: what it replaces, None for a new object.

    Raises:
        ApiError: 403 for an escalation, 404 for a binding to a role that does not exist.
    """
    new = view(manifest)
    if MASTERS in user.groups or not isinstance(new, (Role, RoleBinding)):
        return
    if old is not None and _without_collector(new) == _without_collector(old):
        return
    if isinstance(new, Role):
        _confirm_role(authorizer, user, new, old)
    else:
        _confirm_binding(authorizer, store, user, new)


def _confirm_role(authorizer: Authorizer, user: User, role: Role, old: KubeObject | None) -> None:
    name = old.name if old is not None else ""  # a POST does not name what it creates in its URL
    kind = role.resource
    asked = Request("escalate", kind.plural, GROUP, name=name, namespace=role.namespace)
    if authorizer.review(user, asked).allowed:
        return
    before = old.gathers if isinstance(old, ClusterRole) else None
    gathers = isinstance(role, ClusterRole) and (role.gathers is not None or before is not None)
    if gathers and isinstance(role, ClusterRole) and (old is None or role.gathers != before):
        held, _missing = authorizer.rules_for(user, "")
        if covers(held, _EVERYTHING):
            raise forbidden(
                kind,
                role.name,
                "must have cluster-admin privileges to use the aggregationRule",
                rule="escalation",
            )
    _confirm(authorizer, user, role, role.namespace, role.rules)


def _confirm_binding(authorizer: Authorizer, store: Store, user: User, binding: RoleBinding) -> None:
    plural = "roles" if binding.role_kind == "Role" else "clusterroles"
    home = binding.namespace
    asked = Request("bind", plural, GROUP, name=binding.role_name, namespace=home)
    if authorizer.review(user, asked).allowed:
        return
    role = store.get((f"{plural}.{GROUP}", home if plural == "roles" else "", binding.role_name))
    if not isinstance(role, Role):
        kind = binding.role_kind.lower()
        raise ApiError(404, "NotFound", f"{kind}.{GROUP} {quoted(binding.role_name)} not found")
    _confirm(authorizer, user, binding, home, role.rules)


def _confirm(
    authorizer: Authorizer, user: User, obj: KubeObject, namespace: str, rules: Sequence[PolicyRule]
) -> None:
    """Refuse an object if its author does not have all of some rules in a Namespace ("": in the cluster)."""
    held, missing = authorizer.rules_for(user, namespace)
    beyond = covers(held, rules)
    if not beyond:
        return
    groups = " ".join(map(quoted, user.groups))
    lines = "\n".join(sorted({str(rule) for rule in compacted(beyond)}))
    detail = (
        f"user {quoted(user.name)} (groups=[{groups}]) is attempting to grant RBAC permissions not currently held:"
        f"\n{lines}"
    )
    if missing:
        detail += f"; resolution errors: [{joined(missing)}]"
    raise forbidden(obj.resource, obj.name, detail, rule="escalation")


def _without_collector(obj: KubeObject) -> Manifest:
    metadata = {
        key: value for key, value in obj.metadata.items() if key not in (*_BY_COLLECTOR, "resourceVersion")
    }
    return {**obj.raw, "metadata": metadata}
