"""`kubectl api-versions`: prints the API groups and their versions."""

from __future__ import annotations

from k8snotes.catalogue import _
from k8snotes.kubectl.flags import Parsed
from k8snotes.kubectl.resources import known_kinds
from k8snotes.kubectl.session import Session
from k8snotes.kubectl.verb import Verb


def api_versions(session: Session, _parsed: Parsed) -> None:
    """Print the API groups and their versions.

    Only the version that is stored is printed of each group, not those that are served beside it.

    Source of the rule: https://kubernetes.io/docs/reference/kubectl/generated/kubectl_api-versions/
    """
    versions = sorted({kind.api_version for kind in known_kinds(session)})
    session.out("".join(f"{version}\n" for version in versions))


VERB = Verb(api_versions, _("List the API groups and their versions."), (), "kubectl api-versions")
