"""How a command ends badly: the words that kubectl prints for it, and the exit code."""

from __future__ import annotations

from k8snotes.errors import ApiError, Problem

__all__ = ["Stopped", "Undone", "api_trouble", "error_text", "problem_text"]


class Stopped(Exception):  # noqa: N818  # the command stops; what is wrong stands in its words
    """The command ends here: `.text` is what it says on the standard error, "" if all is said."""

    def __init__(self, text: str = "", exit_code: int = 1) -> None:
        super().__init__(text)
        self.text = text
        self.exit_code = exit_code


class Undone(Stopped):
    """The command asks for something that kubectl does and this one does not; says what there is instead."""

    def __init__(self, what: str, instead: str) -> None:
        super().__init__(error_text(f"k8snotes does not do {what}. {instead}"))


def error_text(message: str) -> str:
    r"""Return a message as kubectl prints it when it gives up.

    >>> error_text("at least one label update is required")
    'error: at least one label update is required\n'
    """
    text = message if message.startswith("error: ") else f"error: {message}"
    return text if text.endswith("\n") else text + "\n"


def api_trouble(error: ApiError, doing: str = "") -> str:
    """Return what kubectl prints for a refusal of the API server.

    `doing` is what was done to a file, as in 'error when creating "web.yaml": '.
    Source of the rule: `checkErr` of k8s.io/kubectl/pkg/cmd/util.
    """
    if error.reason == "Invalid":
        return _invalid(error)
    reason = f" ({error.reason})" if error.reason else ""
    return f"Error from server{reason}: {doing}{error.message.split(chr(10))[0]}\n"


def _invalid(error: ApiError) -> str:
    # the kind stands without its group here, unlike in the API server's own message
    head = error.message.partition(" is invalid")[0]
    kind, _, name = head.partition(" ")
    said = list(dict.fromkeys(_cause(cause.field, cause.message) for cause in error.causes))
    title = f"The {kind.partition('.')[0]} {name} is invalid"
    if not said:
        return f"{title}\n"
    if len(said) == 1:
        return f"{title}: {said[0]}\n"
    return "\n".join([f"{title}: ", *(f"* {text}" for text in said), ""])


def _cause(field: str, message: str) -> str:
    return f"{field}: {message}" if field else message


def problem_text(problem: Problem, name: str, line: int) -> str:
    """Return what kubectl prints for a document that cannot be read.

    `name` is that of its file, `line` the line of the document.

    Source of the rule: `YAMLOrJSONDecoder` of k8s.io/apimachinery, as kubectl's visitors wrap its errors.
    """
    message = problem.message
    if message.startswith("this is not YAML: "):
        said = message.removeprefix("this is not YAML: ")
        return f"error parsing {name}: error converting YAML to JSON: yaml: line {line}: {said}"
    hint = f" {problem.hint}" if problem.hint else ""
    return f"error parsing {name}: {message} (line {problem.line}).{hint}"
