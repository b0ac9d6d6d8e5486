"""Event: what a component noted about an object, in the Namespace of that object.

Source of the rules: https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/ and
`ValidateEventCreate` in k8s.io/kubernetes/pkg/apis/core/validation
"""

from __future__ import annotations

from k8snotes.api.base import Manifest, mapping
from k8snotes.api.names import label_key
from k8snotes.control_plane.kinds.rules import Rules
from k8snotes.control_plane.validation.metadata import metadata, path_segment
from k8snotes.control_plane.validation.wording import invalid_value, invalid_values, required
from k8snotes.errors import Cause

__all__ = ["RULES"]

_MOST_NOTE = 1024


def _check(manifest: Manifest) -> list[Cause]:
    """Check an Event: it lies in the namespace of what it is about (legacyValidateEvent).

    Its metadata is looked at only where the rest is right, and its name needs only fit into a URL.
    """
    about = mapping(manifest.get("involvedObject")).get("namespace", "")
    own = manifest["metadata"].get("namespace", "")
    causes: list[Cause] = []
    if manifest.get("eventTime"):
        homes, causes = ("default", "kube-system"), _reported(manifest)
        elsewhere = not about and own not in homes
    else:
        elsewhere = about != own and not (about == "" and own == "default")
    if elsewhere:
        wrong = invalid_value("involvedObject.namespace", about, "does not match event.namespace")
        causes.insert(0, wrong)
    return causes or metadata(manifest["metadata"], path_segment, namespaced=True)


def _reported(manifest: Manifest) -> list[Cause]:
    # what an Event of the newer sort, with an eventTime, has to say
    controller = manifest.get("reportingComponent", "")
    causes = [] if controller else [required("reportingComponent")]
    causes += invalid_values("reportingComponent", controller, label_key(controller))
    for name, most in (("reportingInstance", 128), ("action", 128), ("reason", 128)):
        value = manifest.get(name, "")
        if not value:
            causes.append(required(name))
        elif len(value.encode()) > most:
            causes.append(invalid_value(name, "", f"can have at most {most} characters"))
    if len(manifest.get("message", "").encode()) > _MOST_NOTE:
        causes.append(invalid_value("message", "", f"can have at most {_MOST_NOTE} characters"))
    return causes


RULES = Rules(check=_check)
