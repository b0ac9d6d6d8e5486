"""`kubectl options`: lists the flags that every command takes."""

from __future__ import annotations

from k8snotes.catalogue import _
from k8snotes.kubectl.flags import GLOBAL, Parsed
from k8snotes.kubectl.session import Session
from k8snotes.kubectl.verb import Verb


def options(session: Session, _parsed: Parsed) -> None:
    """List the flags that every command takes.

    Those that only say how to reach a cluster are read here, and have no effect.

    Source of the rule: https://kubernetes.io/docs/reference/kubectl/generated/kubectl_options/
    """
    session.out("The following options can be passed to any command:\n\n")
    for item in sorted(GLOBAL, key=lambda item: item.name):
        if item.name != "help":
            before = "" if item.short else "    "
            session.out(f"{before}{item.shown}\n")


VERB = Verb(options, _("List the options that every command takes."), (), "kubectl options")
