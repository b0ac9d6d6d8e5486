"""`kubectl create quota most --hard=pods=2`."""

from __future__ import annotations

from collections.abc import Iterable

from k8snotes.api.base import Manifest
from k8snotes.api.quantity import Quantity
from k8snotes.catalogue import _
from k8snotes.errors import QuantityError
from k8snotes.kubectl.failure import Stopped
from k8snotes.kubectl.flags import Parsed, flag
from k8snotes.kubectl.session import Session
from k8snotes.kubectl.verbs.create import creator, new_object


def build(_session: Session, parsed: Parsed, name: str) -> Manifest:
    """Create a ResourceQuota.

    --hard gives amounts as RESOURCE=AMOUNT, --scopes narrows which Pods are counted.

    Source of the rule:
    https://kubernetes.io/docs/reference/kubectl/generated/kubectl_create/kubectl_create_quota/
    """
    spec: Manifest = {}
    hard = _amounts(parsed["hard"])
    if hard:
        spec["hard"] = hard
    scopes = [scope for scope in parsed["scopes"] if scope]
    if scopes:
        spec["scopes"] = scopes
    return new_object("v1", "ResourceQuota", name, spec=spec, status={})


def _amounts(pairs: Iterable[str]) -> dict[str, str]:
    amounts = {}
    for pair in pairs:
        name, *values = pair.split("=")
        if len(values) != 1:
            raise Stopped(f"Invalid argument syntax {pair}, expected <resource>=<value>")
        try:
            amounts[name] = str(Quantity(values[0]))
        except QuantityError as error:
            raise Stopped(error.message) from None
    return amounts


VERB = creator(
    build,
    _("Create a ResourceQuota."),
    (flag("hard", "list"), flag("scopes", "list")),
    example="kubectl create quota most --hard=pods=2",
    aliases=("resourcequota",),
    failing="quota: ",
)
