"""How a command fails: what kubectl prints for it, and the exit code."""

from __future__ import annotations

from k8snotes.api.go_text import quoted
from k8snotes.catalogue import _
from k8snotes.errors import ApiError

__all__ = ["ERROR", "NotDone", "Stopped", "refusal"]

ERROR = "error: "


class Stopped(Exception):  # noqa: N818  # the command stops; the message says what is wrong
    r"""The command ends here, with a message on the standard error.

    Args:
        message: what is wrong; "" if everything is printed already.
        exit_code: the exit code of the command.
        head: the text before the message; "" for messages that do not begin with "error: ".

    >>> Stopped("at least one label update is required").text
    'error: at least one label update is required\n'
    """

    def __init__(self, message: str = "", exit_code: int = 1, *, head: str = ERROR) -> None:
        super().__init__(message)
        self.message = message
        self.exit_code = exit_code
        self.head = head if message else ""

    @property
    def text(self) -> str:
        """The whole of what is printed, its end of line included."""
        return self.head + ended(self.message)


class NotDone(Stopped):
    """The real kubectl can do this, but the simulated kubectl cannot; the message says what to use instead.

    Args:
        what: what was asked for: "kubectl edit", "--server-side".
        instead: one sentence that says what to use instead.
    """

    def __init__(self, what: str, instead: str) -> None:
        super().__init__(_("k8snotes does not simulate {what}. {instead}", what=what, instead=instead))


def ended(message: str) -> str:
    """Return a message with a line end, unless it has one already; "" stays empty."""
    return message if not message or message.endswith("\n") else f"{message}\n"


def refusal(error: ApiError, doing: str = "", *, alone: bool = True) -> str:
    r"""Return what kubectl prints for a refusal of the API server.

    Args:
        error: the refusal.
        doing: what was done to a file, as in 'error when creating "web.yaml": '.
        alone: whether it is the only error of the command; only then its causes stand in lines of their own.

    Source of the rule: `checkErr` of k8s.io/kubectl/pkg/cmd/util.

    >>> refusal(ApiError(404, "NotFound", 'pods "web" not found'))
    'Error from server (NotFound): pods "web" not found\n'
    """
    if error.reason == "Invalid" and alone:
        return _invalid(error)
    if error.reason == "Invalid":
        return f"Error from server (Invalid): {doing}{error.message}\n"
    reason = f" ({error.reason})" if error.reason else ""
    lines = str(error.message).split("\n")
    shown = lines if error.rule == "escalation" else lines[:1]  # the rights that are missing have a line each
    return f"Error from server{reason}: {doing}{chr(10).join(shown)}\n"


def _invalid(error: ApiError) -> str:
    # here the kind is named without its group, unlike in the API server's own message
    title = f"The {error.parts['kind']} {quoted(error.parts['name'])} is invalid"
    if not error.parts["kind"]:
        title = "The request is invalid"
    causes = list(
        dict.fromkeys(
            f"{item.field}: {item.message}" if item.field else item.message for item in error.causes
        )
    )
    if not causes:
        return f"{title}\n"
    if len(causes) == 1:
        return f"{title}: {causes[0]}\n"
    return "\n".join([f"{title}: ", *(f"* {cause}" for cause in causes), ""])
