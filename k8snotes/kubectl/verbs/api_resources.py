"""`kubectl api-resources`: prints the kinds that the cluster knows."""

from __future__ import annotations

from collections.abc import Sequence

from k8snotes.api.kind import Kind
from k8snotes.catalogue import _
from k8snotes.kubectl.failure import Stopped
from k8snotes.kubectl.flags import Parsed, flag
from k8snotes.kubectl.output.tabs import table
from k8snotes.kubectl.resources import known_kinds
from k8snotes.kubectl.session import Session
from k8snotes.kubectl.verb import Verb

_FLAGS = (
    flag("output/o"),
    flag("namespaced", "bool", default=True),
    flag("api-group"),
    flag("no-headers", "bool"),
    flag("verbs", "list"),
    flag("categories", "list"),
    flag("sort-by"),
    flag("cached", "bool"),
)
_VERBS = ("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch")
_ONLY_CREATED = (  # questions to the API server, which are not stored
    "bindings",
    "localsubjectaccessreviews",
    "selfsubjectaccessreviews",
    "selfsubjectreviews",
    "selfsubjectrulesreviews",
    "subjectaccessreviews",
    "tokenreviews",
)


def api_resources(session: Session, parsed: Parsed) -> None:
    """Print the kinds that the cluster knows: `kubectl api-resources`.

    A kind that is not built in is known as long as the cluster holds an object of it.

    Source of the rule: https://kubernetes.io/docs/reference/kubectl/generated/kubectl_api-resources/
    """
    if parsed.words:
        raise Stopped(
            f"unexpected arguments: [{' '.join(parsed.words)}]\nSee 'kubectl api-resources -h' for help and examples"
        )
    form, key = parsed.text("output"), parsed.text("sort-by")
    if form not in ("", "wide", "name"):
        raise Stopped(f"--output {form} is not available")
    kinds = sorted(known_kinds(session), key=lambda kind: (kind.group, kind.plural))
    if parsed.has("namespaced"):
        kinds = [kind for kind in kinds if kind.namespaced == parsed["namespaced"]]
    if parsed.has("api-group"):
        kinds = [kind for kind in kinds if kind.group == parsed["api-group"]]
    if parsed["verbs"]:
        kinds = [kind for kind in kinds if set(parsed["verbs"]) <= set(_verbs(kind))]
    if parsed["categories"]:
        kinds = [kind for kind in kinds if kind.in_all and "all" in parsed["categories"]]
    if key not in ("", "name", "kind"):
        raise Stopped("--sort-by accepts only name or kind")
    if key:
        kinds.sort(key=lambda kind: kind.plural if key == "name" else kind.kind)
    if form == "name":
        session.out("".join(f"{kind.qualified}\n" for kind in kinds))
        return
    wide = form == "wide"
    head = [
        "NAME",
        "SHORTNAMES",
        "APIVERSION",
        "NAMESPACED",
        "KIND",
        *(["VERBS", "CATEGORIES"] if wide else []),
    ]
    rows = [] if parsed["no-headers"] else [head]
    for kind in kinds:
        row = [kind.plural, ",".join(kind.short), kind.api_version, str(kind.namespaced).lower(), kind.kind]
        rows.append([*row, ",".join(_verbs(kind)), "all" if kind.in_all else ""] if wide else row)
    session.out(table(rows))


def _verbs(kind: Kind) -> Sequence[str]:
    """Return what the API server does with a kind."""
    if kind.plural in _ONLY_CREATED:
        return ("create",)
    if kind.qualified == "componentstatuses":
        return ("get", "list")
    # a Namespace is deleted by itself, never in a row
    return [verb for verb in _VERBS if verb != "deletecollection" or kind.qualified != "namespaces"]


VERB = Verb(api_resources, _("List the kinds that the cluster knows."), _FLAGS, "kubectl api-resources")
