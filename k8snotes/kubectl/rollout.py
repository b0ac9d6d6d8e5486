"""`kubectl rollout`: how a new version of a workload takes over, and the way back."""

from __future__ import annotations

from typing import Any

from k8snotes.api.base import KubeObject, Manifest, mapping, text
from k8snotes.api.go_text import quoted
from k8snotes.api.kinds.deployment import Deployment
from k8snotes.api.kinds.replicaset import ReplicaSet
from k8snotes.control_plane.controllers.controller_revisions import template_of
from k8snotes.control_plane.controllers.revisions import HASH, revision_of
from k8snotes.control_plane.etcd import clone
from k8snotes.kubectl.asked import display, find, lookup
from k8snotes.kubectl.describe.containers import pod_template
from k8snotes.kubectl.describe.page import Page
from k8snotes.kubectl.dry_run import DRY_RUN, answer, dry_run, edited
from k8snotes.kubectl.files import FILES, from_files
from k8snotes.kubectl.flags import Parsed, flag
from k8snotes.kubectl.printing import OUTPUT
from k8snotes.kubectl.session import Session
from k8snotes.kubectl.tabs import described
from k8snotes.kubectl.trouble import Stopped, error_text

__all__ = ["FLAGS", "ROLLOUTS", "history", "pause", "restart", "resume", "status", "undo"]

FLAGS = (
    *DRY_RUN,
    *OUTPUT,
    *FILES,
    flag("selector/l"),
    flag("revision", "int", 0),
    flag("to-revision", "int", 0),
    flag("watch/w", "bool", default=True),
    flag("timeout", "duration", 0.0),
)
_CAUSE = "kubernetes.io/change-cause"
_RESTARTED = "kubectl.kubernetes.io/restartedAt"
_KINDS = ("Deployment", "DaemonSet", "StatefulSet")


def _meant(session: Session, parsed: Parsed) -> list[KubeObject]:
    if parsed["filename"]:
        return [
            session.api.get(item.resource, item.namespace(session, parsed), item.name)
            for item in from_files(session, parsed)
        ]
    if not parsed.words:
        raise Stopped(error_text("required resource not specified"))
    return find(session, parsed, lookup(session, parsed.words))


# ---- history

Revisions = dict[int, tuple[Manifest, dict[str, str]]]  # number: the template, and the annotations with it


def _revisions(session: Session, obj: KubeObject) -> Revisions:
    """Return the templates that a workload has had, by number."""
    api = session.api
    found: Revisions = {}
    if isinstance(obj, Deployment):
        for item in api.store.controlled_by(obj.uid, "replicasets.apps", obj.namespace):
            if isinstance(item, ReplicaSet):
                found[revision_of(item)] = item.template, item.annotations
    else:
        for item in api.store.controlled_by(obj.uid, "controllerrevisions.apps", obj.namespace):
            found[int(item.raw.get("revision") or 0)] = template_of(item), item.annotations
    return dict(sorted(found.items()))


def history(session: Session, parsed: Parsed) -> None:
    """Print the revisions of a workload, or one of them."""
    for obj in _meant(session, parsed):
        if obj.kind not in _KINDS:
            session.fail(error_text(f"no history viewer has been implemented for {quoted(obj.kind)}"))
            continue
        revisions = _revisions(session, obj)
        number = parsed["revision"]
        if number:
            if number not in revisions:
                session.fail(error_text("unable to find the specified revision"))
                continue
            page = Page(session.api)
            template, annotations = revisions[number]
            if annotations.get(_CAUSE):
                shown = clone(template)
                shown.setdefault("metadata", {})["annotations"] = {_CAUSE: annotations[_CAUSE]}
                template = shown
            pod_template(page, template)
            session.out(f"{display(obj)} with revision #{number}\n{page.raw()}\n")
            continue
        rows = [
            f"{item}\t{annotations.get(_CAUSE) or '<none>'}" for item, (_, annotations) in revisions.items()
        ]
        table = described("\n".join(["REVISION\tCHANGE-CAUSE", *rows]) + "\n")
        session.out(f"{display(obj)} \n{table}\n")


# ---- status


def status(session: Session, parsed: Parsed) -> None:
    """Say how far a rollout is, and wait for its end."""
    for obj in _meant(session, parsed):
        if obj.kind not in _KINDS:
            session.fail(error_text(f"no status viewer has been implemented for {obj.kind}"))
            continue
        _follow(session, parsed, obj)


def _follow(session: Session, parsed: Parsed, obj: KubeObject) -> None:
    said = ""
    session.wrote = True  # what it does not wait for happens before the next command
    while True:
        now = session.api.get(obj.resource, obj.namespace, obj.name)
        try:
            text_, done = _STATUS[obj.kind](now)
        except _FailedError as error:
            session.fail(error_text(str(error)))
            return
        if text_ != said:
            session.out(text_)
            said = text_
        if done or not parsed["watch"]:
            return
        if not session.simulation.step():
            message = "timed out waiting for the condition: nothing moves any more in this cluster"
            session.fail(error_text(message))
            return


class _FailedError(Exception):
    """A rollout that will not come to its end."""


def _deployment_status(obj: KubeObject) -> tuple[str, bool]:
    name, status_ = quoted(obj.name), obj.status
    if int(obj.metadata.get("generation") or 0) > int(status_.get("observedGeneration") or 0):
        return "Waiting for deployment spec update to be observed...\n", False
    progressing = obj.condition("Progressing") or {}
    if progressing.get("reason") == "ProgressDeadlineExceeded":
        raise _FailedError(f"deployment {name} exceeded its progress deadline")
    wanted = int(obj.spec.get("replicas", 1))
    updated, all_ = int(status_.get("updatedReplicas") or 0), int(status_.get("replicas") or 0)
    available = int(status_.get("availableReplicas") or 0)
    waiting = f"Waiting for deployment {name} rollout to finish:"
    if updated < wanted:
        return f"{waiting} {updated} out of {wanted} new replicas have been updated...\n", False
    if all_ > updated:
        return f"{waiting} {all_ - updated} old replicas are pending termination...\n", False
    if available < updated:
        return f"{waiting} {available} of {updated} updated replicas are available...\n", False
    return f"deployment {name} successfully rolled out\n", True


def _daemon_status(obj: KubeObject) -> tuple[str, bool]:
    name, status_ = quoted(obj.name), obj.status
    if mapping(obj.spec.get("updateStrategy")).get("type") != "RollingUpdate":
        raise _FailedError("rollout status is only available for RollingUpdate strategy type")
    wanted, updated = (
        int(status_.get("desiredNumberScheduled") or 0),
        int(status_.get("updatedNumberScheduled") or 0),
    )
    available = int(status_.get("numberAvailable") or 0)
    waiting = f"Waiting for daemon set {name} rollout to finish:"
    if updated < wanted:
        return f"{waiting} {updated} out of {wanted} new pods have been updated...\n", False
    if available < wanted:
        return f"{waiting} {available} of {wanted} updated pods are available...\n", False
    return f"daemon set {name} successfully rolled out\n", True


def _stateful_status(obj: KubeObject) -> tuple[str, bool]:
    status_ = obj.status
    if mapping(obj.spec.get("updateStrategy")).get("type") != "RollingUpdate":
        raise _FailedError("rollout status is only available for RollingUpdate strategy type")
    wanted, ready = int(obj.spec.get("replicas", 1)), int(status_.get("readyReplicas") or 0)
    updated = int(status_.get("updatedReplicas") or 0)
    if ready < wanted:
        return f"Waiting for {wanted - ready} pods to be ready...\n", False
    partition = int(
        mapping(mapping(obj.spec.get("updateStrategy")).get("rollingUpdate")).get("partition") or 0
    )
    if partition:
        if updated < wanted - partition:
            said = f"{updated} out of {wanted - partition} new pods have been updated..."
            return f"Waiting for partitioned roll out to finish: {said}\n", False
        return f"partitioned roll out complete: {updated} new pods have been updated...\n", True
    if status_.get("updateRevision") != status_.get("currentRevision"):
        said = f"waiting for statefulset rolling update to complete {updated} pods at revision"
        return f"{said} {text(status_.get('updateRevision'))}...\n", False
    current = f"{status_.get('currentReplicas') or 0} pods at revision {text(status_.get('currentRevision'))}"
    return f"statefulset rolling update complete {current}...\n", True


_STATUS: dict[str, Any] = {
    "Deployment": _deployment_status,
    "DaemonSet": _daemon_status,
    "StatefulSet": _stateful_status,
}


# ---- undo, restart, pause, resume


def undo(session: Session, parsed: Parsed) -> None:
    """Go back to the template of an earlier revision."""
    how = dry_run(session, parsed)
    for obj in _meant(session, parsed):
        if obj.kind not in _KINDS:
            session.fail(error_text(f"no rollbacker has been implemented for {quoted(obj.kind)}"))
            continue
        if obj.spec.get("paused") is True:
            message = "you cannot rollback a paused deployment; resume it first with 'kubectl rollout resume' and try again"
            session.fail(error_text(message))
            continue
        _undo(session, parsed, obj, how)


def _undo(session: Session, parsed: Parsed, obj: KubeObject, how: str) -> None:
    revisions = _revisions(session, obj)
    number = parsed["to-revision"]
    if number < 0:
        session.fail(error_text(f"revision must be a positive integer: {number}"))
        return
    if number and number not in revisions:
        session.fail(error_text(f"unable to find specified revision {number} in history"))
        return
    if not number:
        if len(revisions) < 2:
            session.fail(
                error_text(f"no rollout history found for {obj.resource.singular} {quoted(obj.name)}")
            )
            return
        number = sorted(revisions)[-2]
    template = clone(revisions[number][0])
    labels = mapping(mapping(template.get("metadata")).get("labels"))
    labels.pop(HASH, None)
    if template == obj.spec.get("template"):
        done = f"skipped rollback (current template already matches revision {number})"
        session.out(f"{display(obj)} {done}\n")
        return

    def edit(manifest: Manifest) -> None:
        manifest["spec"]["template"] = template

    with session.trying():
        why = f"back to revision {number}"
        done_obj = edited(session, how, obj, edit, verb="rollback", why=why)
        answer(session, parsed, done_obj, "rolled back", how)


def restart(session: Session, parsed: Parsed) -> None:
    """Let new Pods take over from the old ones, with the same template but for a note."""
    how = dry_run(session, parsed)
    for obj in _meant(session, parsed):
        name = f"{obj.resource.qualified} {quoted(obj.name)}"
        if obj.kind not in _KINDS:
            session.fail(error_text(f"{name} restarting is not supported"))
            continue
        if obj.spec.get("paused") is True:
            session.fail(error_text(f"{name} can't restart paused deployment (run rollout resume first)"))
            continue
        stamp = session.api.timestamp

        def edit(manifest: Manifest, stamp: str = stamp) -> None:
            metadata = manifest["spec"]["template"].setdefault("metadata", {})
            metadata.setdefault("annotations", {})[_RESTARTED] = stamp

        with session.trying():
            done = edited(session, how, obj, edit, verb="restart")
            if done.spec.get("template") == obj.spec.get("template") and not how:
                message = f"failed to create patch for {obj.name}: if restart has already been triggered within the past second, please wait before attempting to trigger another"
                session.fail(error_text(message))
                continue
            answer(session, parsed, done, "restarted", how)


def pause(session: Session, parsed: Parsed) -> None:
    """Let a Deployment rest: changes of its template begin no rollout."""
    _pause(session, parsed, wanted=True)


def resume(session: Session, parsed: Parsed) -> None:
    """Let a Deployment roll out again."""
    _pause(session, parsed, wanted=False)


def _pause(session: Session, parsed: Parsed, *, wanted: bool) -> None:
    how = dry_run(session, parsed)
    for obj in _meant(session, parsed):
        name = f"{obj.resource.qualified} {quoted(obj.name)}"
        if obj.kind != "Deployment":
            session.fail(error_text(f"{name} {'pausing' if wanted else 'resuming'} is not supported"))
            continue
        if (obj.spec.get("paused") is True) == wanted:
            session.fail(error_text(f"{name} is {'already' if wanted else 'not'} paused"))
            continue

        def edit(manifest: Manifest) -> None:
            manifest["spec"].pop("paused", None)
            if wanted:
                manifest["spec"]["paused"] = True

        with session.trying():
            done = edited(session, how, obj, edit)
            answer(session, parsed, done, "paused" if wanted else "resumed", how)


ROLLOUTS = {
    "history": history,
    "pause": pause,
    "restart": restart,
    "resume": resume,
    "status": status,
    "undo": undo,
}
