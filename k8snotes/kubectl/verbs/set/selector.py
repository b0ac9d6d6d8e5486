"""`kubectl set selector`: changes which Pods a Service selects."""

from __future__ import annotations

from typing import Any

from k8snotes.api.base import KubeObject, mapping, mappings, sequence, text
from k8snotes.api.selector import Selector
from k8snotes.catalogue import _
from k8snotes.control_plane.etcd import clone
from k8snotes.errors import ApiError, SelectorSyntaxError
from k8snotes.kubectl.dry_run import answer, rewritten
from k8snotes.kubectl.failure import Stopped
from k8snotes.kubectl.flags import Parsed, flag
from k8snotes.kubectl.output.formats import check_format
from k8snotes.kubectl.output.typed import typed
from k8snotes.kubectl.pod_templates import SET_FLAGS, conflict, local_objects, said_locally, where_to_set
from k8snotes.kubectl.resources import PROVIDE, targets
from k8snotes.kubectl.session import Session
from k8snotes.kubectl.verb import KINDS, Verb

_FLAGS = (*SET_FLAGS, flag("resource-version"))


def selector(session: Session, parsed: Parsed) -> None:
    """Change the selector of a Service: `kubectl set selector svc web app=web,track=stable`.

    The last word is the whole new selector: what it does not name is gone. Only Services can be changed in this way.

    Source of the rule:
    https://kubernetes.io/docs/reference/kubectl/generated/kubectl_set/kubectl_set_selector/
    """
    how = where_to_set(session, parsed)
    check_format(parsed, tables=False)
    if not parsed.words:
        raise Stopped("one selector is required")
    *words, given = parsed.words
    wanted = _label_selector(given)
    if not words and not parsed["filename"]:
        raise Stopped(PROVIDE)
    objects = local_objects(session, parsed) if how == "local" else targets(session, parsed, words)
    for obj in objects:
        _set_selector(session, parsed, obj, wanted, how)


def _set_selector(
    session: Session, parsed: Parsed, obj: KubeObject, wanted: dict[str, Any], how: str
) -> None:
    if obj.resource.qualified != "services":
        raise Stopped("setting a selector is only supported for Services")
    if wanted.get("matchExpressions"):
        shown = " ".join(
            f"{{{text(item.get('key'))} {text(item.get('operator'))} [{' '.join(map(text, sequence(item.get('values'))))}]}}"
            for item in mappings(wanted["matchExpressions"])
        )
        raise Stopped(f"match expression [{shown}] not supported on this object")
    new = clone(obj.raw)
    new.setdefault("spec", {})["selector"] = dict(mapping(wanted.get("matchLabels")))
    if how == "local":
        said = "client" if said_locally(parsed) else ""
        answer(session, parsed, typed(KubeObject(new)), "selector updated", said)
        return
    if how == "client":  # kubectl then asks nobody
        answer(session, parsed, KubeObject(new), "selector updated", how)
        return
    version = parsed.text("resource-version")
    if version and version != obj.metadata.get("resourceVersion"):
        raise Stopped(conflict(obj), head="")
    with session.asking():
        answer(session, parsed, rewritten(session, how, obj, new), "selector updated", how)


def _label_selector(given: str) -> dict[str, Any]:
    try:
        return Selector(given).to_label_selector() or {}
    except (SelectorSyntaxError, ApiError) as error:
        raise Stopped(f'couldn\'t parse the selector string "{given}": {error.message}') from None


VERB = Verb(
    selector,
    _("Change which Pods a Service selects."),
    _FLAGS,
    "kubectl set selector svc web app=web,track=stable",
    takes=KINDS,
)
