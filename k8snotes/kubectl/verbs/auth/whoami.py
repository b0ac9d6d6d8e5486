"""`kubectl auth whoami`: as whom the API server knows you."""

from __future__ import annotations

from k8snotes.api.base import mapping
from k8snotes.catalogue import _
from k8snotes.errors import ApiError
from k8snotes.kubectl.failure import Stopped
from k8snotes.kubectl.flags import Parsed
from k8snotes.kubectl.output.formats import OUTPUT, check_format, print_objects
from k8snotes.kubectl.output.go import go_value
from k8snotes.kubectl.output.tabs import table
from k8snotes.kubectl.session import Session
from k8snotes.kubectl.verb import Verb

__all__ = ["VERB"]

_FORBIDDEN = (
    "the selfsubjectreviews API is not enabled in the cluster or you do not have permission to call it"
)


def whoami(session: Session, parsed: Parsed) -> None:
    """Print the user name and the groups: those of the administrator, or of the user that --as names.

    Source of the rule: https://kubernetes.io/docs/reference/kubectl/generated/kubectl_auth/kubectl_auth_whoami/
    """
    form = check_format(parsed, tables=False)
    try:
        answer = session.api.create({"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"})
    except ApiError:
        raise Stopped(_FORBIDDEN) from None
    if form:
        print_objects(session, parsed, [answer], one=True)
        return
    user = mapping(answer.status.get("userInfo"))
    rows = [("ATTRIBUTE", "VALUE"), ("Username", user["username"]), ("Groups", go_value(user["groups"]))]
    session.out(table(rows))


VERB = Verb(whoami, _("Print as whom the API server knows you."), OUTPUT, "kubectl auth whoami --as tom")
