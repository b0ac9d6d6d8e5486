"""`kubectl api-versions`: prints the API groups and their versions."""

from __future__ import annotations

from k8snotes.catalogue import _
from k8snotes.kubectl.failure import Stopped
from k8snotes.kubectl.flags import Parsed
from k8snotes.kubectl.resources import known_kinds
from k8snotes.kubectl.session import Session
from k8snotes.kubectl.verb import Verb


def api_versions(session: Session, parsed: Parsed) -> None:
    """Print the API groups and their versions.

    Source of the rule: https://kubernetes.io/docs/reference/kubectl/generated/kubectl_api-versions/
    """
    if parsed.words:
        raise Stopped(
            f"unexpected arguments: [{' '.join(parsed.words)}]\nSee 'kubectl api-versions -h' for help and examples"
        )
    kinds = known_kinds(session)
    others = {f"{kind.group}/{version}" for kind in kinds for version in kind.other_versions}
    versions = sorted({kind.api_version for kind in kinds} | others)
    session.out("".join(f"{version}\n" for version in versions))


VERB = Verb(api_versions, _("List the API groups and their versions."), (), "kubectl api-versions")
