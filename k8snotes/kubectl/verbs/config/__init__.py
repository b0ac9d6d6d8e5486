"""`kubectl config`: shows and changes the contexts, each by a subcommand of its own."""

from __future__ import annotations

from k8snotes.catalogue import _
from k8snotes.kubectl.flags import Parsed
from k8snotes.kubectl.session import Session
from k8snotes.kubectl.verb import Verb, Verbs, run_subcommands

_VERBS = Verbs(__name__, __path__)
_ONE = _(
    "There is only one cluster here, and it needs no credentials. Use kubectl config set-context --current "
    "--namespace=NAME to choose the namespace of the commands that follow."
)


def config(session: Session, parsed: Parsed) -> None:
    """Show and change the contexts of kubectl.

    Each cluster here keeps contexts of its own, in the place of a file. What a context changes is the namespace in
    which later commands work.

    Source of the rule: https://kubernetes.io/docs/reference/kubectl/generated/kubectl_config/
    """
    run_subcommands(session, parsed, _VERBS, session.out)


VERB = Verb(
    config,
    _("Show and change the contexts of kubectl, such as the namespace of later commands."),
    example="kubectl config set-context --current --namespace=shop",
    subcommands=_VERBS,
    not_done=dict.fromkeys(
        ("delete-cluster", "delete-user", "set", "set-cluster", "set-credentials", "unset"), _ONE
    ),
)
