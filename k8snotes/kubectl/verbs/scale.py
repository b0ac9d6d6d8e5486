"""`kubectl scale`: changes how many Pods a workload wants."""

from __future__ import annotations

from k8snotes import actions
from k8snotes.api.base import KubeObject, text
from k8snotes.catalogue import _
from k8snotes.control_plane.etcd import clone
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
    if expected < -1:
        raise Stopped("The --current-replicas must specify an integer of -1 or greater")
    objects = targets(session, parsed, parsed.words)
    if parsed.text("resource-version") and len(objects) > 1:
        raise Stopped("cannot use --resource-version with multiple resources")
    if not objects and not session.failures:
        raise Stopped("no objects passed to scale")
    for obj in objects:
        _scale(session, parsed, obj, how)


def _scale(session: Session, parsed: Parsed, obj: KubeObject, how: str) -> None:
    present, version = obj.spec.get("replicas", 1), text(obj.metadata.get("resourceVersion"))
    replicas, expected, wanted = (
        parsed["replicas"],
        parsed["current-replicas"],
        parsed.text("resource-version"),
    )
    if not obj.resource.scales:
        raise Stopped(
            "Error from server (NotFound): the server could not find the requested resource", head=""
        )
    if how != "client":
        if expected not in (-1, present):
            raise Stopped(f"Expected replicas to be {expected}, was {present}")
        if wanted not in ("", version):
            raise Stopped(f"Expected resource version to be {wanted}, was {version}")
        with session.asking():
            changed(session, how, lambda api: actions.scale(api, obj, replicas))
    # kubectl shows the object that it has read, with the new number in it
    new = clone(obj.raw)
    new["spec"]["replicas"] = replicas
    answer(session, parsed, KubeObject(new), "scaled", how)


VERB = Verb(
    scale,
    _("Change how many Pods a workload wants."),
    _FLAGS,
    "kubectl scale deploy/web --replicas=5",
    takes=KINDS,
)
