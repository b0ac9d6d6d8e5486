"""`kubectl set resources`: changes what containers request, and their limits."""

from __future__ import annotations

from k8snotes.api.base import KubeObject, Manifest, mapping
from k8snotes.api.quantity import Quantity
from k8snotes.catalogue import _
from k8snotes.errors import QuantityError
from k8snotes.kubectl.failure import Stopped
from k8snotes.kubectl.flags import Parsed, flag
from k8snotes.kubectl.output.formats import check_format
from k8snotes.kubectl.pod_templates import (
    SET_FLAGS,
    Setting,
    change_templates,
    containers_of,
    setting_targets,
    where_to_set,
)
from k8snotes.kubectl.session import Session
from k8snotes.kubectl.verb import KINDS, Verb

_FLAGS = (
    *SET_FLAGS,
    flag("selector/l"),
    flag("containers/c", default="*"),
    flag("limits"),
    flag("requests"),
)


def resources(session: Session, parsed: Parsed) -> None:
    """Change requests and limits: `kubectl set resources deploy/web --limits=cpu=200m,memory=512Mi`.

    What is not named stays as it is. A Deployment begins a rollout.

    Source of the rule:
    https://kubernetes.io/docs/reference/kubectl/generated/kubectl_set/kubectl_set_resources/
    """
    how = where_to_set(session, parsed)
    check_format(parsed, tables=False)
    objects = setting_targets(session, parsed, parsed.words, how)
    if parsed["all"] and parsed.text("selector"):
        raise Stopped("cannot set --all and --selector at the same time")
    if not parsed.text("limits") and not parsed.text("requests"):
        raise Stopped("you must specify an update to requests or limits (in the form of --requests/--limits)")
    amounts = {part: _amounts(parsed.text(part)) for part in ("limits", "requests")}

    def edit(_obj: KubeObject, spec: Manifest) -> None:
        containers = containers_of(spec, parsed.text("containers"))
        if not containers:
            raise Stopped(f"unable to find container named {parsed['containers']}")
        for container in containers:
            for part, new in amounts.items():
                if new:
                    own = container.setdefault("resources", {})
                    own[part] = {**mapping(own.get(part)), **new}

    setting = Setting(
        edit, "resource requirements updated", "failed to patch resources update to pod template"
    )
    change_templates(session, parsed, objects, setting, how)


def _amounts(given: str) -> dict[str, str]:
    """Return amounts as the flags have them: "cpu=200m,memory=512Mi".

    Source of the rule: `populateResourceListV1` of k8s.io/kubectl/pkg/generate/versioned
    """
    amounts = {}
    for part in given.split(",") if given else ():
        name, *values = part.split("=")
        if len(values) != 1:
            raise Stopped(f"Invalid argument syntax {part}, expected <resource>=<value>")
        try:
            amounts[name] = str(Quantity(values[0]))
        except QuantityError as error:
            raise Stopped(error.message) from None
    return amounts


VERB = Verb(
    resources,
    _("Change the requests and limits of containers in a Pod template."),
    _FLAGS,
    "kubectl set resources deploy/web --requests=cpu=100m --limits=memory=256Mi",
    takes=KINDS,
)
