"""`kubectl set serviceaccount`: changes the ServiceAccount of Pods."""

from __future__ import annotations

from k8snotes.api.base import KubeObject, Manifest
from k8snotes.catalogue import _
from k8snotes.kubectl.failure import Stopped
from k8snotes.kubectl.flags import Parsed
from k8snotes.kubectl.output.formats import check_format
from k8snotes.kubectl.pod_templates import SET_FLAGS, Setting, change_templates, setting_targets, where_to_set
from k8snotes.kubectl.session import Session
from k8snotes.kubectl.verb import KINDS, Verb


def serviceaccount(session: Session, parsed: Parsed) -> None:
    """Change the ServiceAccount of a Pod template: `kubectl set serviceaccount deploy/web robot`.

    The last word is the ServiceAccount. A Deployment begins a rollout.

    Source of the rule:
    https://kubernetes.io/docs/reference/kubectl/generated/kubectl_set/kubectl_set_serviceaccount/
    """
    how = where_to_set(session, parsed)
    check_format(parsed, tables=False)
    if not parsed.words:
        raise Stopped("serviceaccount is required")
    *words, name = parsed.words

    def edit(_obj: KubeObject, spec: Manifest) -> None:
        if spec.get("serviceAccount") not in (None, name):
            spec["serviceAccount"] = name  # the old name of the field, which follows the new one
        spec["serviceAccountName"] = name

    setting = Setting(edit, "serviceaccount updated", "failed to patch ServiceAccountName", always=True)
    change_templates(session, parsed, setting_targets(session, parsed, words, how), setting, how)


VERB = Verb(
    serviceaccount,
    _("Change the ServiceAccount of a Pod template."),
    SET_FLAGS,
    "kubectl set serviceaccount deploy/web robot",
    takes=KINDS,
    aliases=("sa",),
)
