"""`kubectl rollout`: how a new version of a workload takes over, and the way back; each subcommand is a file."""

from __future__ import annotations

from k8snotes.api.base import KubeObject
from k8snotes.api.go_text import quoted
from k8snotes.catalogue import _
from k8snotes.kubectl.failure import Stopped
from k8snotes.kubectl.files import FILES
from k8snotes.kubectl.flags import Parsed, flag
from k8snotes.kubectl.output.formats import OUTPUT
from k8snotes.kubectl.resources import check_sources, find, in_files, lookup
from k8snotes.kubectl.session import Session
from k8snotes.kubectl.verb import Verb, Verbs, run_subcommands

__all__ = ["CHANGING", "COMMON", "FLAGS", "VERB", "not_versioned", "workloads"]

COMMON = (*FILES, flag("selector/l"))
"""The flags of every subcommand."""
CHANGING = (*OUTPUT, *COMMON, flag("field-manager"))
"""Those of a subcommand that changes workloads."""
FLAGS = (
    *COMMON,
    flag("revision", "int", 0),
    flag("watch/w", "bool", default=True),
    flag("timeout", "duration", 0.0),
)
"""Those of `kubectl rollout status`."""
_RUNS_PODS = (
    "cronjobs.batch",
    "jobs.batch",
    "pods",
    "replicasets.apps",
    "replicationcontrollers",
)  # kinds that kubectl knows, and that have no revisions
_VERBS = Verbs(__name__, __path__)


def rollout(session: Session, parsed: Parsed) -> None:
    """Follow, restart or undo the rollout of a workload.

    Without a subcommand it lists the subcommands. Deployments, StatefulSets and DaemonSets roll out
    (`Kind.rolls_out`).

    Source of the rule: https://kubernetes.io/docs/reference/kubectl/generated/kubectl_rollout/
    """
    run_subcommands(session, parsed, _VERBS, session.out)


def workloads(session: Session, parsed: Parsed) -> list[KubeObject]:
    """Return the objects that a rollout command means. Raises Stopped where none is named."""
    if parsed["filename"]:
        check_sources(session, parsed, parsed.words)
        return in_files(session, parsed)
    if not parsed.words:
        raise Stopped("required resource not specified")
    return find(session, parsed, lookup(session, parsed.words))


def not_versioned(obj: KubeObject, what: str, helper: str) -> str:
    """Return why the history of an object without revisions cannot be worked on.

    Args:
        obj: the object.
        what: what is asked for: history or rollbacker.
        helper: what kubectl calls the part of it that would answer.

    Source of the rule: `HistoryViewerFor` and `RollbackerFor` of k8s.io/kubectl/pkg/polymorphichelpers
    """
    kind = obj.resource
    name = quoted(f"{obj.kind}.{kind.group}" if kind.group else obj.kind)
    if kind.qualified in _RUNS_PODS:
        return f"no {helper} has been implemented for {name}"
    return f"error retrieving {what} for {name}, no visitor method exists for {{{kind.group} {obj.kind}}}"


VERB = Verb(
    rollout,
    _("Follow, restart or undo the rollout of a workload."),
    example="kubectl rollout status deploy/web",
    subcommands=_VERBS,
)
