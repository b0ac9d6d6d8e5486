"""`kubectl auth reconcile`: adds to roles and bindings what files have and they lack."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from k8snotes.api.base import KubeObject, Manifest, mapping, mappings, sequence, text, view
from k8snotes.api.kinds.role import Role
from k8snotes.api.kinds.rolebinding import RoleBinding
from k8snotes.api.policy_rule import PolicyRule, covers
from k8snotes.catalogue import _
from k8snotes.control_plane.etcd import clone
from k8snotes.errors import ApiError
from k8snotes.kubectl.dry_run import DRY_RUN, changed, dry_run, suffix
from k8snotes.kubectl.failure import Stopped
from k8snotes.kubectl.files import FILES, Document, from_files
from k8snotes.kubectl.flags import Parsed, flag
from k8snotes.kubectl.output.formats import OUTPUT, check_format, print_objects
from k8snotes.kubectl.output.go import go_value
from k8snotes.kubectl.resources import display
from k8snotes.kubectl.session import Session
from k8snotes.kubectl.verb import Verb

__all__ = ["VERB"]

_FLAGS = (
    *DRY_RUN,
    *OUTPUT,
    *FILES,
    flag("remove-extra-permissions", "bool"),
    flag("remove-extra-subjects", "bool"),
)
_PROTECTED = "rbac.authorization.kubernetes.io/autoupdate"
_NOT_FOUND = 404
_RULE = ("verbs", "apiGroups", "resources", "resourceNames", "nonResourceURLs")


class _Plan(NamedTuple):
    """What has to be done to an object.

    Args:
        operation: "create", "update", "recreate" or "" for nothing.
        manifest: the object as it is to be.
        protected: whether it must not be touched.
        lists: the headings of what is added and removed, each with its lines.
    """

    operation: str
    manifest: Manifest
    protected: bool
    lists: tuple[tuple[str, tuple[str, ...]], ...]


def reconcile(session: Session, parsed: Parsed) -> None:
    """Create the roles and bindings of files, or add to those there what they lack; others are passed over.

    --remove-extra-permissions and --remove-extra-subjects also remove what the files do not have.

    Source of the rule: https://kubernetes.io/docs/reference/kubectl/generated/kubectl_auth/kubectl_auth_reconcile/ and
    k8s.io/component-helpers/auth/rbac/reconciliation
    """
    if not parsed["filename"] and not parsed["kustomize"]:
        raise Stopped("must specify one of -f and -k")
    how = dry_run(session, parsed)
    form = check_format(parsed, tables=False)
    for document in from_files(session, parsed):
        wanted = _wanted(session, parsed, document)
        if not isinstance(wanted, (Role, RoleBinding)):
            continue
        with session.asking():
            plan = _plan(session, parsed, wanted)
            obj = view(plan.manifest)
            if not how and plan.operation and not plan.protected:
                obj = _written(session, wanted, plan)
        if form:
            print_objects(session, parsed, [obj], one=True)
        else:
            session.out(f"{display(obj)} reconciled{suffix(how)}\n")
        if plan.operation:
            caveat = f", but object opted out ({_PROTECTED}: false)" if plan.protected else ""
            session.err(f"\treconciliation required {plan.operation}{caveat}\n")
            for head, lines in plan.lists:
                session.err("".join([f"\t{head}:\n", *(f"\t\t{line}\n" for line in lines)]) if lines else "")


def _wanted(session: Session, parsed: Parsed, document: Document) -> KubeObject:
    """Return what a file has, with its Namespace."""
    manifest = clone(document.manifest)
    home = document.namespace(session, parsed)
    if home:
        manifest["metadata"]["namespace"] = home
    return view(manifest)


def _plan(session: Session, parsed: Parsed, wanted: Role | RoleBinding) -> _Plan:
    try:
        there = session.named(wanted.resource, wanted.namespace, wanted.name)
    except ApiError as error:
        if error.code != _NOT_FOUND:
            raise
        lines = _rules(wanted.rules) if isinstance(wanted, Role) else _subjects(wanted.raw)
        head = "missing rules added" if isinstance(wanted, Role) else "missing subjects added"
        return _Plan("create", wanted.raw, protected=False, lists=((head, lines),))
    new = clone(there.raw)
    changes = False
    for field in ("labels", "annotations"):
        own, given = mapping(there.metadata.get(field)), mapping(wanted.metadata.get(field))
        if {**own, **given} != own:
            new["metadata"][field] = {**own, **given}
            changes = True
    protected = there.annotations.get(_PROTECTED) == "false"
    if isinstance(wanted, Role) and isinstance(there, Role):
        return _plan_role(
            new,
            wanted,
            there,
            changes=changes,
            protected=protected,
            remove=parsed["remove-extra-permissions"],
        )
    return _plan_binding(
        new, wanted, there, changes=changes, protected=protected, remove=parsed["remove-extra-subjects"]
    )


def _plan_role(
    new: Manifest, wanted: Role, there: Role, *, changes: bool, protected: bool, remove: bool
) -> _Plan:
    missing, extra = covers(there.rules, wanted.rules), covers(wanted.rules, there.rules)
    if missing or (remove and extra):
        changes = True
        new["rules"] = (
            clone(sequence(wanted.raw.get("rules")))
            if remove
            else [*sequence(new.get("rules")), *map(_manifest_of, missing)]
        )
    lists = (
        ("missing rules added", _rules(missing)),
        ("extra rules removed", _rules(extra) if remove else ()),
    )
    return _Plan("update" if changes else "", new, protected, lists)


def _plan_binding(
    new: Manifest, wanted: KubeObject, there: KubeObject, *, changes: bool, protected: bool, remove: bool
) -> _Plan:
    own, given = mappings(there.raw.get("subjects")), mappings(wanted.raw.get("subjects"))
    missing, extra = [item for item in given if item not in own], [item for item in own if item not in given]
    if mapping(wanted.raw.get("roleRef")) != mapping(there.raw.get("roleRef")):
        new = clone(wanted.raw)
        if not remove:
            new["subjects"] = [*given, *extra]
        return _Plan("recreate", new, protected, ())
    if missing or (remove and extra):
        changes = True
        new["subjects"] = clone(given) if remove else [*own, *missing]
    lists = (
        ("missing subjects added", _subjects({"subjects": missing})),
        ("extra subjects removed", _subjects({"subjects": extra}) if remove else ()),
    )
    return _Plan("update" if changes else "", new, protected, lists)


def _written(session: Session, wanted: KubeObject, plan: _Plan) -> KubeObject:
    """Send what has to be done."""
    api = session.api
    if plan.operation == "update":
        return changed(
            session, "", lambda api: api.replace(plan.manifest, namespace=wanted.namespace, yaml=True)
        )
    if plan.operation == "recreate":
        api.delete(session.named(wanted.resource, wanted.namespace, wanted.name, "delete"))
    return changed(session, "", lambda api: api.create(plan.manifest, namespace=wanted.namespace, yaml=True))


def _manifest_of(rule: PolicyRule) -> dict[str, Any]:
    return {field: list(items) for field, items in zip(_RULE, rule, strict=True) if items}


def _rules(rules: Iterable[PolicyRule]) -> tuple[str, ...]:
    """Return rules as Go prints them with `%+v`."""
    names = ("Verbs", "APIGroups", "Resources", "ResourceNames", "NonResourceURLs")
    return tuple(_struct(names, [go_value(list(items)) for items in rule]) for rule in rules)


def _subjects(manifest: Manifest) -> tuple[str, ...]:
    names, fields = ("Kind", "APIGroup", "Name", "Namespace"), ("kind", "apiGroup", "name", "namespace")
    return tuple(
        _struct(names, [text(item.get(field)) for field in fields])
        for item in mappings(manifest.get("subjects"))
    )


def _struct(names: Sequence[str], values: Sequence[str]) -> str:
    return f"{{{' '.join(f'{name}:{value}' for name, value in zip(names, values, strict=True))}}}"


VERB = Verb(
    reconcile,
    _("Add to roles and bindings what files have and they lack."),
    _FLAGS,
    "kubectl auth reconcile -f roles.yaml",
)
