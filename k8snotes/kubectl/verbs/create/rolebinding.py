"""`kubectl create rolebinding readers --role=reader --user=tom`."""

from __future__ import annotations

from k8snotes.api.base import Manifest
from k8snotes.api.kinds.role import GROUP
from k8snotes.catalogue import _
from k8snotes.kubectl.failure import Stopped
from k8snotes.kubectl.flags import Parsed, flag
from k8snotes.kubectl.session import Session
from k8snotes.kubectl.verbs.create import creator, new_object
from k8snotes.kubectl.verbs.create.role import VERSION

__all__ = ["SUBJECTS", "VERB", "binding"]

# they are never split at commas
SUBJECTS = (flag("user", "texts"), flag("group", "texts"), flag("serviceaccount", "texts"))


def build(_session: Session, parsed: Parsed, name: str) -> Manifest:
    """Create a RoleBinding, which gives a Role or a ClusterRole to users, groups and ServiceAccounts.

    Source of the rule:
    https://kubernetes.io/docs/reference/kubectl/generated/kubectl_create/kubectl_create_rolebinding/
    """
    role, cluster_role = parsed.text("role"), parsed.text("clusterrole")
    if bool(role) == bool(cluster_role):
        raise Stopped("exactly one of clusterrole or role must be specified")
    return binding("RoleBinding", name, "Role" if role else "ClusterRole", role or cluster_role, parsed)


def binding(kind: str, name: str, role_kind: str, role: str, parsed: Parsed) -> Manifest:
    """Return a binding to the subjects of the flags.

    Args:
        kind: "RoleBinding" or "ClusterRoleBinding".
        name: its name.
        role_kind: "Role" or "ClusterRole".
        role: the name of the role.
        parsed: the flags.

    Raises:
        Stopped: a ServiceAccount is not written as NAMESPACE:NAME.
    """
    subjects = [
        {"apiGroup": GROUP, "kind": subject, "name": given}
        for subject, given_names in (("User", parsed["user"]), ("Group", parsed["group"]))
        for given in given_names
    ]
    for account in parsed["serviceaccount"]:
        parts = account.split(":")
        if len(parts) != 2 or not all(parts):
            raise Stopped("serviceaccount must be <namespace>:<name>")
        subjects.append({"kind": "ServiceAccount", "name": parts[1], "namespace": parts[0]})
    ref = {"apiGroup": GROUP, "kind": role_kind, "name": role}
    return new_object(VERSION, kind, name, roleRef=ref, **({"subjects": subjects} if subjects else {}))


VERB = creator(
    build,
    _("Create a RoleBinding."),
    (flag("clusterrole"), flag("role"), *SUBJECTS),
    example="kubectl create rolebinding readers --role=reader --user=tom",
    failing="rolebinding: ",
)
