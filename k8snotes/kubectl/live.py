"""`%kubectl --live`: hands the line to the real kubectl and its cluster; it may look, and change nothing."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence

from k8snotes.kubectl.failure import Stopped
from k8snotes.kubectl.flags import GLOBAL, plain_words
from k8snotes.kubectl.output import Output

__all__ = ["live"]

_SECONDS = 60
_READING = (
    *("get", "describe", "explain", "logs", "events", "top", "api-resources", "api-versions", "version"),
    *("cluster-info", "wait", "options", "help"),
)
_READING_PAIRS = {
    "rollout": ("status", "history"),
    "config": ("current-context", "get-contexts", "get-clusters", "get-users"),
    "auth": ("can-i", "whoami"),
}
_VALUED = {
    f"-{name}" for item in GLOBAL if item.bare is None for name in (f"-{item.name}", item.short) if name
}
_SEEN = ("", "wide", "name")


def live(words: Sequence[str], *, write: bool = False, stdin: str = "") -> Output:
    """Run the real kubectl with its own settings (KUBECONFIG, ~/.kube/config), and return what it printed.

    Args:
        words: the command without its "kubectl".
        write: whether it may change something; without it, only what changes nothing is handed on.
        stdin: what `-f -` reads.

    Returns:
        What kubectl printed, or why the line is not handed on: the values of Secrets are never asked for, and
        neither is what does not end.
    """
    why = _refused(words, write=write)
    if why:
        return Output([("err", Stopped(why).text)], 1)
    program = shutil.which("kubectl")
    if program is None:
        message = (
            "there is no kubectl on the PATH, and --live hands the line to it. Without --live the line goes to "
            "the simulated cluster of this notebook."
        )
        return Output([("err", Stopped(message).text)], 1)
    try:
        process = subprocess.run(  # noqa: S603  # the reader's own command, without a shell
            [program, *words],
            input=stdin,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        message = f"kubectl has not answered within {_SECONDS} seconds: is its cluster within reach?"
        return Output([("err", Stopped(message).text)], 1)
    return Output([("out", process.stdout), ("err", process.stderr)], process.returncode)


def _refused(words: Sequence[str], *, write: bool) -> str:
    """Say why a line is not handed on, "" if it is.

    With `write` only the values of Secrets and what never ends are kept back.
    """
    plain = plain_words(words)
    verb = plain[0] if plain else ""
    inner = plain[1] if len(plain) > 1 else ""
    reads = verb in _READING or inner in _READING_PAIRS.get(verb, ()) or not verb
    if verb == "cluster-info" and inner == "dump":
        reads = False
    if not write and _begins_with_an_unknown_flag(words):
        # it may take the next word for its value, and what then stands next may be another verb
        return f"--live only looks, and cannot tell the verb after {words[0]}: write the verb first, or {words[0]}=VALUE."
    if not reads and not write:
        return (
            f"kubectl {' '.join(plain[:2])} may change the cluster, and --live only looks. "
            "Write %kubectl --live --write ... if it is meant."
        )
    if verb == "get" and _shows_secrets(words, plain):
        return (
            "the values of Secrets would be written into the notebook. "
            "Ask with -o wide or -o name, or kubectl describe secret; a terminal is the place for the values."
        )
    watches = {"-w", "--watch", "--watch=true", "--watch-only", "-f", "--follow"}
    if (verb in ("get", "events") and watches - {"-f"} & set(words)) or (
        verb == "logs" and watches & set(words)
    ):
        return f"kubectl {verb} would go on for ever, and a cell waits for its end. Leave the flag out."
    return ""


def _begins_with_an_unknown_flag(words: Sequence[str]) -> bool:
    at = 0
    while at < len(words) and words[at].startswith("-"):
        if words[at] not in _VALUED and "=" not in words[at] and words[at] not in ("-h", "--help"):
            return True
        at += 2 if words[at] in _VALUED else 1
    return False


def _shows_secrets(words: Sequence[str], plain: Sequence[str]) -> bool:
    kinds = {
        kind.partition(".")[0].lower() for word in plain[1:] for kind in word.partition("/")[0].split(",")
    }
    if "--raw" in words or any(word.startswith("--raw=") for word in words):
        return any("secrets" in word for word in words)
    if not kinds & {"secret", "secrets"}:
        return False
    return any(form.partition("=")[0] not in _SEEN for form in _formats(words))


def _formats(words: Sequence[str]) -> list[str]:
    formats = []
    for at, word in enumerate(words):
        if word in ("-o", "--output"):
            formats.append(words[at + 1] if at + 1 < len(words) else "")
        elif word.startswith("--output="):
            formats.append(word.partition("=")[2])
        elif word.startswith("-o"):
            formats.append(word[2:].removeprefix("="))
        elif word.startswith(("--template", "-t")):
            formats.append("template")
    return formats
