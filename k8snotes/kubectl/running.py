"""One command line from its first word to what it prints: finds the verb, lets time pass, catches errors."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from k8snotes.api.go_text import quoted
from k8snotes.errors import K8sNotesError, did_you_mean
from k8snotes.kubectl.creating import create_kind, creates
from k8snotes.kubectl.flags import GLOBAL, Flag, Parsed, parse
from k8snotes.kubectl.output import Output
from k8snotes.kubectl.session import Session
from k8snotes.kubectl.suggestions import near_commands
from k8snotes.kubectl.trouble import Stopped, Undone, error_text
from k8snotes.kubectl.verbs import ELSEWHERE, ORDER, ROLLOUT, VERBS, Verb

if TYPE_CHECKING:
    from k8snotes.simulation import Simulation

__all__ = ["run", "run_lines", "words_of"]

OWN_FAULT = "k8snotes itself has failed over this line, which is a mistake of its authors"
_SHELL = ("|", "||", "&", "&&", ";", ">", ">>", "<", "<<", "2>", "2>&1")
_VALUED = {item.name for item in GLOBAL if item.bare is None} | {
    item.short for item in GLOBAL if item.bare is None
}


def run(simulation: Simulation, line: str | Sequence[str], *, stdin: str, folder: Path) -> Output:
    """Run one command; see `k8snotes.kubectl.kubectl`."""
    session = Session(simulation, stdin, folder)
    code = 0
    try:
        words = _words(line)
        if words[:2] != ["rollout", "status"]:  # which tells of it as it happens
            _let_time_pass(simulation)
        _run(session, words)
    except Stopped as stop:
        session.err(stop.text)
        code = stop.exit_code
    except K8sNotesError as error:
        session.err(error_text(str(error)))
        code = 1
    except RecursionError:
        session.err(error_text("this goes too deep: write it more simply"))
        code = 1
    except Exception as error:  # noqa: BLE001  # a cell goes on, whatever is wrong in here
        session.err(error_text(f"{OWN_FAULT} ({type(error).__name__}: {error})"))
        code = 1
    session.finish()
    if session.wrote:
        simulation.typed_at = simulation.api.store.revision
    return Output(session.pieces, code or (1 if session.failed else 0))


def run_lines(simulation: Simulation, line: str, cell: str | None) -> Output:
    """Run a line, with the rest of its cell as standard input; without a line, each line of the cell."""
    if line or cell is None:
        return run(simulation, line, stdin=cell or "", folder=Path())
    pieces: list[tuple[str, str]] = []
    code = 0
    for command in cell.replace("\\\n", " ").splitlines():
        if not command.strip() or command.lstrip().startswith("#"):
            continue
        done = run(simulation, command, stdin="", folder=Path())
        pieces += [("out", done.stdout), ("err", done.stderr)]
        code = code or done.exit
    return Output(pieces, code)


def words_of(line: str) -> list[str] | Output:
    """Return the words of a line, or what is wrong with it."""
    try:
        return _words(line)
    except Stopped as stop:
        return Output([("err", stop.text)], stop.exit_code)


def _let_time_pass(simulation: Simulation) -> None:
    """Let what the last command set going happen, as it does while one types the next.

    A reader who has taken steps of his own since then drives the clock himself.
    """
    if simulation.typed_at == simulation.api.store.revision and not simulation.snapshot:
        simulation.settle()
    simulation.typed_at = -1


def _words(line: str | Sequence[str]) -> list[str]:
    if not isinstance(line, str):
        words = [str(word) for word in line]
    else:
        try:
            words = shlex.split(line.replace("\\\n", " "), comments=False)
        except ValueError as error:
            why = "a quotation mark is never closed" if "quotation" in str(error) else str(error)
            raise Stopped(error_text(f"the command line cannot be read: {why}")) from None
        for word in words:
            if word in _SHELL:
                instead = "one kubectl command is read at a time, and no shell. Python works on: c.kubectl(...).stdout"
                raise Undone(f"{word} (a sign of the shell)", instead[0].upper() + instead[1:] + ".")
    return words[1:] if words[:1] == ["kubectl"] else words


def _run(session: Session, words: list[str]) -> None:
    at = _verb_at(words)
    if at is None:
        if any(word in ("-h", "--help") for word in words) or not words:
            session.out(_overview())
            return
        parse(words, GLOBAL, "")
        session.out(_overview())
        return
    name, rest = words[at], words[:at] + words[at + 1 :]
    if name == "help":
        _help(session, rest)
        return
    if name in ELSEWHERE:
        raise Undone(f"kubectl {name}", ELSEWHERE[name] or f"It does: {', '.join(VERBS)}.")
    verb = VERBS.get(name)
    if verb is None:
        raise Stopped(error_text(_unknown(name)))
    if name == "create" and (kind := _first_word(rest)) is not None and creates(kind):
        rest.remove(kind)
        if _asks_help(rest):
            _show_help(session, f"create {kind}", verb, ())
            return
        create_kind(session, [kind, *rest], GLOBAL)
        return
    if name in ("rollout", "set") and _first_word(rest) is None and _asks_help(rest):
        _show_help(session, name, verb, verb.flags)
        return
    if name == "rollout":
        name, verb, rest = _rollout(session, rest)
    if name == "set":
        rest = _set(rest)
    if _asks_help(rest):
        _show_help(session, name, verb, verb.flags)
        return
    parsed = parse(rest, (*GLOBAL, *verb.flags), name)
    _check_globals(parsed)
    if name == "create" and parsed.words and not parsed["filename"]:
        message = (
            f"Unexpected args: [{' '.join(parsed.words)}]\nSee 'kubectl create -h' for help and examples"
        )
        raise Stopped(error_text(message))
    session.verb = name
    verb.run(session, parsed)


def _verb_at(words: Sequence[str]) -> int | None:
    """Return where the verb stands: the first word that is neither a flag nor the value of one."""
    skip = False
    for at, word in enumerate(words):
        if skip:
            skip = False
        elif word.startswith("-") and len(word) > 1:
            skip = word.lstrip("-") in _VALUED
        else:
            return at
    return None


def _first_word(words: Sequence[str]) -> str | None:
    at = _verb_at(words)
    return None if at is None else words[at]


def _rollout(session: Session, rest: list[str]) -> tuple[str, Verb, list[str]]:
    inner = _first_word(rest)
    if inner is None:
        session.out(_list_of("kubectl rollout", ROLLOUT))
        raise Stopped
    if inner not in ROLLOUT:
        said = " ".join(word for word in rest if not word.startswith("-"))
        raise Stopped(
            error_text(f"unknown command {quoted(said)}\nSee 'kubectl rollout -h' for help and examples")
        )
    rest.remove(inner)
    return f"rollout {inner}", ROLLOUT[inner], rest


def _set(rest: list[str]) -> list[str]:
    inner = _first_word(rest)
    known = ("env", "image", "resources", "selector", "serviceaccount", "subject")
    if inner == "image":
        rest.remove(inner)
        return rest
    if inner in known:
        raise Undone(f"kubectl set {inner}", "kubectl set image is there; kubectl patch changes any field.")
    if inner is None:
        raise Stopped("Available Commands:\n  image         Update the image of a pod template\n")
    raise Stopped(error_text(f"unknown command {quoted(inner)}\nSee 'kubectl set -h' for help and examples"))


def _check_globals(parsed: Parsed) -> None:
    for name in ("context", "cluster", "user"):
        if parsed.has(name):
            shown = {"user": "auth info"}.get(name, name)
            raise Stopped(error_text(f"{shown} {quoted(parsed[name])} does not exist"))


def _unknown(name: str) -> str:
    near = near_commands(name, ORDER)
    said = f'unknown command {quoted(name)} for "kubectl"'
    return "\n".join([said, "", "Did you mean this?", *(f"\t{word}" for word in near)]) if near else said


# ---- help


def _asks_help(words: Sequence[str]) -> bool:
    for word in words:
        if word == "--":
            return False
        if word in ("-h", "--help"):
            return True
    return False


def _help(session: Session, words: Sequence[str]) -> None:
    name = _first_word(words)
    verb = VERBS.get(name or "")
    if verb is None:
        near = did_you_mean(name, list(VERBS)) if name else ""
        session.out(_overview())
        if name:
            session.err(f"There is no verb {quoted(name)} here.{near}\n")
        return
    _show_help(session, name or "", verb, verb.flags)


def _show_help(session: Session, name: str, verb: Verb, flags: Sequence[Flag]) -> None:
    lines = [verb.summary, "", "Example:", f"  {verb.example}"]
    if flags:
        lines += [
            "",
            "Options that are done here:",
            *(f"  {item.shown}" for item in sorted(flags, key=lambda f: f.name)),
        ]
    lines += ["", f"Usage:\n  kubectl {name} ... [-n NAMESPACE]"]
    session.out("\n".join(lines) + "\n")


def _list_of(command: str, verbs: dict[str, Verb]) -> str:
    width = max(map(len, verbs)) + 2
    lines = [f"  {name.ljust(width)}{verb.summary}" for name, verb in verbs.items()]
    return "\n".join(["Available Commands:", *lines, "", f"Usage:\n  {command} SUBCOMMAND [options]"]) + "\n"


def _overview() -> str:
    text = _list_of("kubectl", VERBS).replace("SUBCOMMAND", "VERB")
    left_out = ", ".join(sorted(ELSEWHERE))
    return f"kubectl, simulated: it speaks to the cluster of this notebook.\n\n{text}\nNot done here: {left_out}.\n"
