"""One command line, from its first word to what it prints: time passes, the verb is found, its flags are read."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

from k8snotes.api.go_text import quoted
from k8snotes.catalogue import _
from k8snotes.control_plane.authorizer import ADMIN, user_named
from k8snotes.errors import ApiError, K8sNotesError, did_you_mean
from k8snotes.kubectl.commands import COMMANDS, near_commands
from k8snotes.kubectl.failure import NotDone, Stopped, refusal
from k8snotes.kubectl.flags import GLOBAL, Parsed, first_plain, parse
from k8snotes.kubectl.kubeconfig import context_of
from k8snotes.kubectl.output import Output
from k8snotes.kubectl.session import Session
from k8snotes.kubectl.verb import Verb, listing, subcommand
from k8snotes.kubectl.verbs import VERBS
from k8snotes.simulation import Simulation

__all__ = ["kubectl", "words_of"]

_ROLES = "clusterroles.rbac.authorization.k8s.io"
OWN_FAULT = _("k8snotes failed while it ran this line, which is a bug in k8snotes")
_SHELL = ("|", "||", "&", "&&", ";", ">", ">>", "<", "<<", "2>", "2>&1")


def kubectl(
    simulation: Simulation, line: str | Sequence[str], *, stdin: str = "", folder: str | Path = "."
) -> Output:
    """Run one command on a cluster, and return what kubectl would print; it never raises an error.

    Args:
        simulation: the cluster.
        line: the command, as text or as words; a "kubectl" at its beginning is ignored.
        stdin: what `-f -` reads.
        folder: the folder from which paths of files count.

    >>> kubectl(Simulation(nodes=1), "get nodes -o name")
    node/node-1
    """
    session = Session(simulation, stdin, Path(folder))
    code = 0
    try:
        _run(session, words_of(line))
    except Stopped as stopped:
        session.stop(stopped)
        code = stopped.exit_code
    except ApiError as error:
        session.stop(Stopped(refusal(error), head=""))
        code = 1
    except K8sNotesError as error:
        session.stop(Stopped(str(error)))
        code = 1
    except RecursionError:
        session.stop(Stopped(_("the line is nested too deep, so write it in a simpler way")))
        code = 1
    except Exception as error:  # noqa: BLE001  # the cell must go on, whatever fails in here
        session.stop(Stopped(f"{OWN_FAULT} ({type(error).__name__}: {error})"))
        code = 1
    if session.wrote:
        simulation.typed_at = simulation.api.store.revision
    return Output(session.printed(), code or (1 if session.failures else 0), session.note)


def words_of(line: str | Sequence[str]) -> list[str]:
    """Return the words of a line, as a shell would split it.

    Raises:
        Stopped: the line cannot be split, or it needs a shell.

    >>> words_of("kubectl get pods -l 'app in (a, b)'")
    ['get', 'pods', '-l', 'app in (a, b)']
    """
    words = _split(line) if isinstance(line, str) else [str(word) for word in line]
    return words[1:] if words[:1] == ["kubectl"] else words


def _split(line: str) -> list[str]:
    lexer = shlex.shlex(line.replace("\\\n", " "), posix=True)
    lexer.whitespace_split = True
    lexer.commenters = ""
    try:
        words = list(lexer)
    except ValueError:
        open_quote = lexer.state in lexer.quotes  # type: ignore[attr-defined]  # a part of it that typeshed leaves out
        raise Stopped(
            _("the command line cannot be read, because a quotation mark is not closed")
            if open_quote
            else _("the command line cannot be read, because no character follows the last backslash")
        ) from None
    for word in words:
        if word in _SHELL:
            raise NotDone(
                _("{sign} (a sign of the shell)", sign=word),
                _(
                    "A line is one kubectl command, without a shell. "
                    "Use Python to go on with its output: c.kubectl(...).stdout."
                ),
            )
    return words


def _let_time_pass(simulation: Simulation) -> None:
    """Let the cluster settle after the last command, as a real cluster does while you type the next one.

    If the reader has taken steps since then, the cluster does not settle by itself.
    """
    if simulation.typed_at == simulation.api.store.revision and not simulation.snapshot:
        simulation.settle()
    simulation.typed_at = -1


def _run(session: Session, words: list[str]) -> None:
    at = first_plain(words)
    if at is None:
        if not _asks_help(words):
            parse(words, GLOBAL, "")
        session.out(_overview())
        return
    name, rest = words[at], words[:at] + words[at + 1 :]
    if name == "help":
        _help(session, rest)
        return
    name, verb, rest = _found(name, rest)
    if not verb.follows:
        _let_time_pass(session.simulation)
    if _asks_help(rest):
        session.out(_page(name, verb))
        return
    parsed = _parsed(rest, name, verb)
    if not name.startswith("config "):
        context_of(session.simulation, parsed)
    _act_as(session, parsed)
    session.verb = name
    verb.run(session, parsed)


def _parsed(words: list[str], name: str, verb: Verb) -> Parsed:
    try:
        return parse(words, (*GLOBAL, *verb.flags), name)
    except Stopped as stopped:
        if verb.trouble == 1:
            raise
        first = stopped.message.split("\n")[0]
        raise Stopped(f"{first}\nSee 'kubectl {name} -h' for help and examples", verb.trouble) from None


def _found(word: str, rest: list[str]) -> tuple[str, Verb, list[str]]:
    """Return the verb of a line, its subcommand if one follows, and the remaining words.

    Raises:
        NotDone: kubectl has this command or subcommand, but it is not simulated here.
        Stopped: there is no such command.
    """
    name = word
    if name not in VERBS:
        if name in COMMANDS:
            instead = COMMANDS[name] or _("It simulates these commands: {names}.", names=", ".join(VERBS))
            raise NotDone(f"kubectl {name}", instead)
        raise Stopped(_unknown(name))
    verb = VERBS[name]
    while (verb.subcommands or verb.not_done) and (at := first_plain(rest)) is not None:
        if rest[at] in verb.not_done:
            raise NotDone(f"kubectl {name} {rest[at]}", verb.not_done[rest[at]])
        inner = subcommand(verb.subcommands, rest[at])
        if not inner:
            break
        name, verb, rest = f"{name} {inner}", verb.subcommands[inner], rest[:at] + rest[at + 1 :]
    return name, verb, rest


def _act_as(session: Session, parsed: Parsed) -> None:
    """Let a command act as the user that --as names, with the groups of --as-group.

    Source of the rule: https://kubernetes.io/docs/reference/access-authn-authz/authentication/#user-impersonation
    """
    if parsed.text("as"):
        if session.simulation.snapshot and not session.api.store.count(_ROLES):
            raise Stopped(_("this dump has no ClusterRoles, so it does not tell what a user may do"))
        session.user = user_named(parsed["as"], parsed["as-group"])
    elif any(parsed[name] for name in ("as-group", "as-uid", "as-user-extra")):
        raise Stopped(f"requesting uid, groups or user-extra for {ADMIN.name} without impersonating a user")


def _unknown(name: str) -> str:
    message = f'unknown command {quoted(name)} for "kubectl"'
    near = "".join(f"\n\t{command}" for command in near_commands(name))
    return f"{message}\n\nDid you mean this?{near}" if near else message


# ---- help


def _asks_help(words: Sequence[str]) -> bool:
    before = words[: words.index("--")] if "--" in words else words
    return "-h" in before or "--help" in before


def _help(session: Session, words: Sequence[str]) -> None:
    at = first_plain(words)
    if at is None:
        session.out(_overview())
    elif words[at] in VERBS:
        session.out(_page(words[at], VERBS[words[at]]))
    else:
        session.out(_overview())
        missing = _(
            "The simulated kubectl has no verb {verb}.{did_you_mean}",
            verb=quoted(words[at]),
            did_you_mean=did_you_mean(words[at], VERBS),
        )
        session.err(f"{missing}\n")


def _page(name: str, verb: Verb) -> str:
    lines = [str(verb.about), "", str(_("Example:")), f"  {verb.example}", ""]
    if verb.subcommands:
        lines += listing(verb.subcommands)
    if verb.flags:
        flags = sorted(verb.flags, key=lambda item: item.name)
        lines += [str(_("Options that k8snotes supports:")), *(f"  {item.shown}" for item in flags), ""]
    return "\n".join([*lines, str(_("Usage:")), f"  kubectl {name} ... [-n NAMESPACE]"]) + "\n"


def _overview() -> str:
    verbs = {name: VERBS[name] for name in COMMANDS if name in VERBS}
    left_out = ", ".join(sorted(name for name in COMMANDS if name not in VERBS))
    lines = [
        str(_("This kubectl is simulated. It talks to the cluster of this notebook.")),
        "",
        *listing(verbs),
        str(_("Usage:")),
        "  kubectl VERB [options]",
        "",
        str(_("k8snotes does not simulate these commands: {names}.", names=left_out)),
    ]
    return "\n".join(lines) + "\n"
