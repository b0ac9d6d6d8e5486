"""`kubectl rollout history`: the revisions of a workload."""

from __future__ import annotations

from typing import NamedTuple

from k8snotes.api.base import KubeObject, Manifest
from k8snotes.api.kinds.deployment import Deployment
from k8snotes.api.kinds.replicaset import ReplicaSet
from k8snotes.catalogue import _
from k8snotes.control_plane.apiserver import ApiServer
from k8snotes.control_plane.controllers.controller_revisions import template_of
from k8snotes.control_plane.controllers.revisions import revision_of
from k8snotes.control_plane.etcd import clone
from k8snotes.kubectl.describe.page import Page
from k8snotes.kubectl.describe.template import pod_template
from k8snotes.kubectl.flags import Parsed, flag
from k8snotes.kubectl.output.formats import OUTPUT, check_format
from k8snotes.kubectl.output.tabs import described
from k8snotes.kubectl.resources import display
from k8snotes.kubectl.session import Session
from k8snotes.kubectl.verb import KINDS, Verb
from k8snotes.kubectl.verbs.rollout import COMMON, not_versioned, workloads

__all__ = ["VERB", "Revision", "described_template", "revisions"]

_CAUSE = "kubernetes.io/change-cause"


class Revision(NamedTuple):
    """One template that a workload has had, and the annotations that came with it."""

    template: Manifest
    annotations: dict[str, str]


def revisions(api: ApiServer, obj: KubeObject) -> dict[int, Revision]:
    """Return the templates that a workload has had, by the number of the revision, in order.

    Those of a Deployment are in its ReplicaSets, those of a StatefulSet or DaemonSet in ControllerRevisions.
    """
    known: dict[int, Revision] = {}
    if isinstance(obj, Deployment):
        for item in api.store.controlled_by(obj.uid, "replicasets.apps", obj.namespace):
            if isinstance(item, ReplicaSet):
                known[revision_of(item)] = Revision(item.template, item.annotations)
    else:
        for item in api.store.controlled_by(obj.uid, "controllerrevisions.apps", obj.namespace):
            known[int(item.raw.get("revision") or 0)] = Revision(template_of(item), item.annotations)
    return dict(sorted(known.items()))


def history(session: Session, parsed: Parsed) -> None:
    """Print the revisions of a workload, or one of them.

    With --revision the template of one of them is printed as `kubectl describe` would. The cause of a
    change is what the annotation kubernetes.io/change-cause said.

    Source of the rule:
    https://kubernetes.io/docs/reference/kubectl/generated/kubectl_rollout/kubectl_rollout_history/
    """
    check_format(parsed, tables=False)
    for obj in workloads(session, parsed):
        if not obj.resource.rolls_out:
            session.fail(not_versioned(obj, "history", "history viewer"))
            continue
        known = revisions(session.api, obj)
        number = parsed["revision"]
        if not number:
            _print_all(session, obj, known)
        elif number in known:
            _print_one(session, obj, number, known[number])
        else:
            session.fail("unable to find the specified revision")


def _print_all(session: Session, obj: KubeObject, known: dict[int, Revision]) -> None:
    rows = [f"{number}\t{item.annotations.get(_CAUSE) or '<none>'}" for number, item in known.items()]
    table = described("\n".join(["REVISION\tCHANGE-CAUSE", *rows]) + "\n")
    session.out(f"{display(obj)} \n{table}\n")


def _print_one(session: Session, obj: KubeObject, number: int, revision: Revision) -> None:
    session.out(f"{display(obj)} with revision #{number}\n{described_template(session, revision)}\n")


def described_template(session: Session, revision: Revision) -> str:
    """Return a template as kubectl shows it, with the cause of the change among its annotations."""
    template = clone(revision.template)
    if revision.annotations.get(_CAUSE):
        template.setdefault("metadata", {})["annotations"] = {_CAUSE: revision.annotations[_CAUSE]}
    page = Page(session.api)
    pod_template(page, template)
    return page.raw()


VERB = Verb(
    history,
    _("Print the revisions of a workload, or one of them."),
    (*OUTPUT, *COMMON, flag("revision", "int", 0)),
    "kubectl rollout history deploy/web",
    takes=KINDS,
)
