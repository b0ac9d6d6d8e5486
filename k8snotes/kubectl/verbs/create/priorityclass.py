"""`kubectl create priorityclass high --value=1000`."""

from __future__ import annotations

from k8snotes.api.base import Manifest
from k8snotes.catalogue import _
from k8snotes.kubectl.flags import Parsed, flag
from k8snotes.kubectl.session import Session
from k8snotes.kubectl.verbs.create import creator, new_object


def build(_session: Session, parsed: Parsed, name: str) -> Manifest:
    """Create a PriorityClass.

    The scheduler prefers Pods of a class with a higher value, and may preempt others for them unless
    --preemption-policy is Never.

    Source of the rule:
    https://kubernetes.io/docs/reference/kubectl/generated/kubectl_create/kubectl_create_priorityclass/
    """
    made = new_object("scheduling.k8s.io/v1", "PriorityClass", name, value=parsed["value"])
    made["preemptionPolicy"] = parsed.text("preemption-policy") or "PreemptLowerPriority"
    if parsed["global-default"]:
        made["globalDefault"] = True
    if parsed.text("description"):
        made["description"] = parsed["description"]
    return made


VERB = creator(
    build,
    _("Create a PriorityClass."),
    (
        flag("value", "int32", 0),
        flag("global-default", "bool"),
        flag("description"),
        flag("preemption-policy"),
    ),
    example="kubectl create priorityclass high --value=1000",
    aliases=("pc",),
    failing="priorityclass: ",
)
