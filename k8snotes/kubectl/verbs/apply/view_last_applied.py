"""`kubectl apply view-last-applied`: prints what `kubectl apply` was last given for an object."""

from __future__ import annotations

import json

from k8snotes.api.base import LAST_APPLIED, KubeObject
from k8snotes.api.kinds.secret import without_values
from k8snotes.api.manifest import dump_as_kubectl
from k8snotes.api.masking import HIDDEN
from k8snotes.catalogue import _
from k8snotes.kubectl.failure import Stopped
from k8snotes.kubectl.files import FILES
from k8snotes.kubectl.flags import Parsed, flag
from k8snotes.kubectl.resources import targets
from k8snotes.kubectl.session import Session
from k8snotes.kubectl.verb import KINDS, Verb

_FLAGS = (*FILES, flag("output/o", default="yaml"), flag("selector/l"), flag("all", "bool"))


def view_last_applied(session: Session, parsed: Parsed) -> None:
    """Print what `kubectl apply` was last given for objects; values of Secrets are hidden.

    Source of the rule:
    https://kubernetes.io/docs/reference/kubectl/generated/kubectl_apply/kubectl_apply_view-last-applied/
    """
    if parsed["output"] not in ("yaml", "json"):
        usage = f"See 'kubectl {session.verb} -h' for help and examples"
        raise Stopped(
            f"Unexpected -o output mode: {parsed['output']}, the flag 'output' must be one of yaml|json\n{usage}"
        )
    for obj in targets(session, parsed, parsed.words):
        session.out(_shown(obj, parsed["output"]))


def _shown(obj: KubeObject, form: str) -> str:
    given = obj.annotations.get(LAST_APPLIED, "")
    if not given:
        raise Stopped(f"no last-applied-configuration annotation found on resource: {obj.name}")
    if obj.kind == "Secret" and given.strip() == HIDDEN:
        return f"{HIDDEN}\n"
    try:
        manifest = json.loads(given)
    except ValueError:
        raise Stopped(_("the annotation of {name} is not JSON", name=obj.name)) from None
    if obj.kind == "Secret":
        manifest = without_values(manifest)
    if form == "yaml":
        return dump_as_kubectl(manifest)
    return json.dumps(manifest, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


VERB = Verb(
    view_last_applied,
    _("Print what kubectl apply was last given for objects."),
    _FLAGS,
    "kubectl apply view-last-applied deploy/web",
    takes=KINDS,
)
