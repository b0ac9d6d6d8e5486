"""`kubectl version`: prints the version that is simulated here."""

from __future__ import annotations

from k8snotes.api.manifest import dump_as_kubectl
from k8snotes.bootstrap import VERSION
from k8snotes.catalogue import _
from k8snotes.kubectl.failure import Stopped
from k8snotes.kubectl.flags import Parsed, flag
from k8snotes.kubectl.output.go import indented_json
from k8snotes.kubectl.session import Session
from k8snotes.kubectl.verb import Verb

_FLAGS = (flag("output/o"), flag("client", "bool"), flag("short", "bool"))
_KUSTOMIZE = "v5.8.1"  # the kustomize in kubectl v1.36


def version(session: Session, parsed: Parsed) -> None:
    """Print the simulated version of Kubernetes.

    Client and server are the same here: the release that the simulation answers like.

    Source of the rule: https://kubernetes.io/docs/reference/kubectl/generated/kubectl_version/
    """
    form = parsed.text("output")
    if form not in ("", "yaml", "json"):
        raise Stopped("--output must be 'yaml' or 'json'")
    major, minor, _patch = VERSION.removeprefix("v").split(".")
    number = {"gitVersion": VERSION, "major": major, "minor": minor}
    versions: dict[str, object] = {"clientVersion": number, "kustomizeVersion": _KUSTOMIZE}
    if not parsed["client"]:
        versions["serverVersion"] = number
    if form:
        shown = dump_as_kubectl(versions) if form == "yaml" else indented_json(versions)
        session.out(shown.rstrip("\n") + "\n")
        return
    session.out(f"Client Version: {VERSION}\nKustomize Version: {_KUSTOMIZE}\n")
    if not parsed["client"]:
        session.out(f"Server Version: {VERSION}\n")


VERB = Verb(version, _("Print the simulated version of Kubernetes."), _FLAGS, "kubectl version")
