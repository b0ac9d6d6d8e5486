"""`kubectl create poddisruptionbudget web --selector=app=web --min-available=1`."""

from __future__ import annotations

import re

from k8snotes.api.base import Manifest
from k8snotes.api.selector import Selector
from k8snotes.catalogue import _
from k8snotes.errors import SelectorSyntaxError
from k8snotes.kubectl.failure import Stopped
from k8snotes.kubectl.flags import Parsed, flag
from k8snotes.kubectl.session import Session
from k8snotes.kubectl.verbs.create import creator, new_object

_FIELDS = {"min-available": "minAvailable", "max-unavailable": "maxUnavailable"}
_COUNTS = ("currentHealthy", "desiredHealthy", "disruptionsAllowed", "expectedPods")


def build(_session: Session, parsed: Parsed, name: str) -> Manifest:
    """Create a PodDisruptionBudget.

    Either so many Pods must stay available, or so many may be missing: a number, or a share such as
    50%.

    Source of the rule:
    https://kubernetes.io/docs/reference/kubectl/generated/kubectl_create/kubectl_create_poddisruptionbudget/
    """
    if not parsed.text("selector"):
        raise Stopped("a selector must be specified")
    given = [option for option in _FIELDS if parsed.text(option)]
    if not given:
        raise Stopped("one of min-available or max-unavailable must be specified")
    if len(given) > 1:
        raise Stopped("min-available and max-unavailable cannot be both specified")
    value = parsed[given[0]]
    if not re.fullmatch(r"[0-9]+%?", value, re.ASCII):
        raise Stopped(f"invalid format specified for {given[0]}")
    try:
        selector = Selector(parsed["selector"]).to_label_selector()
    except SelectorSyntaxError as error:
        raise Stopped(error.message) from None
    spec = {_FIELDS[given[0]]: int(value) if value.isdigit() else value, "selector": selector}
    return new_object("policy/v1", "PodDisruptionBudget", name, spec=spec, status=dict.fromkeys(_COUNTS, 0))


VERB = creator(
    build,
    _("Create a PodDisruptionBudget."),
    (flag("selector"), flag("min-available"), flag("max-unavailable")),
    example="kubectl create poddisruptionbudget web --selector=app=web --min-available=1",
    aliases=("pdb",),
    failing="poddisruptionbudgets: ",
)
