"""`kubectl scale`: changes how many Pods a workload wants."""

from __future__ import annotations

from k8snotes import actions
from k8snotes.catalogue import _
from k8snotes.kubectl.dry_run import DRY_RUN, answer, changed, dry_run
from k8snotes.kubectl.failure import Stopped
from k8snotes.kubectl.files import FILES
from k8snotes.kubectl.flags import Parsed, flag
from k8snotes.kubectl.output.formats import OUTPUT
from k8snotes.kubectl.resources import targets
from k8snotes.kubectl.session import Session
from k8snotes.kubectl.verb import KINDS, Verb

_FLAGS = (
    *DRY_RUN,
    *OUTPUT,
    *FILES,
    flag("selector/l"),
    flag("all", "bool"),
    flag("replicas", "int"),
    flag("current-replicas", "int", -1),
    flag("timeout", "duration", 0.0),
    flag("resource-version"),
)


def scale(session: Session, parsed: Parsed) -> None:
    """Change how many Pods a workload wants: `kubectl scale rc/web --replicas=5`.

    Kinds with the subresource `scale` can be scaled (`Kind.scales`). The controller makes or deletes
    the Pods afterwards. With --current-replicas nothing is done where another number is wanted now.

    Source of the rule: https://kubernetes.io/docs/reference/kubectl/generated/kubectl_scale/
    """
    parsed.require("replicas")
    how = dry_run(session, parsed)
    replicas, expected = parsed["replicas"], parsed["current-replicas"]
    if replicas < 0:
        raise Stopped("The --replicas=COUNT flag is required, and COUNT must be greater than or equal to 0")
    for obj in targets(session, parsed, parsed.words):
        present = obj.spec.get("replicas", 1)
        if not obj.resource.scales:
            session.fail(
                "Error from server (NotFound): the server could not find the requested resource", head=""
            )
        elif expected not in (-1, present):
            session.fail(f"Expected replicas to be {expected}, was {present}")
        else:
            with session.trying():
                stored = changed(session, how, lambda api, obj=obj: actions.scale(api, obj, replicas))  # type: ignore[misc]
                answer(session, parsed, stored, "scaled", how)


VERB = Verb(
    scale,
    _("Change how many Pods a workload wants."),
    _FLAGS,
    "kubectl scale deploy/web --replicas=5",
    takes=KINDS,
)
