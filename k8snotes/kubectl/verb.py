"""A verb of kubectl, and the folder where verbs are found: one file a verb, loaded when it is typed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib import import_module
from pkgutil import iter_modules
from types import MappingProxyType
from typing import NamedTuple

from k8snotes.api.go_text import quoted
from k8snotes.catalogue import _
from k8snotes.kubectl.failure import Stopped
from k8snotes.kubectl.flags import Flag, Parsed
from k8snotes.kubectl.session import Session

__all__ = ["KINDS", "Verb", "Verbs", "listing", "run_subcommands", "subcommand"]

KINDS = "kinds"  # `takes`: a kind, and then names of its objects


class Verb(NamedTuple):
    """One verb, or a subcommand of one; its file declares it as `VERB`, and its name is that of the file.

    Args:
        run: does the work, with a session and the words that were read by its flags.
        about: one sentence that says what it does, for `kubectl help`.
        flags: what it takes besides the flags of every command.
        example: a line that can be typed.
        takes: what the Tab key offers after it: KINDS, the plural of one kind (its names are offered), or "".
        aliases: other names of it.
        subcommands: what may follow it, by name.
        not_done: subcommands that only the real kubectl has, each with a sentence that says what to use instead.
        trouble: the exit code of a line that cannot be read; 1, unless 1 means something else.
        follows: whether it shows the effects of the last command while they happen; before any other verb, the
            cluster settles.
    """

    run: Callable[[Session, Parsed], None]
    about: str
    flags: tuple[Flag, ...] = ()
    example: str = ""
    takes: str = ""
    aliases: tuple[str, ...] = ()
    subcommands: Mapping[str, Verb] = MappingProxyType({})
    not_done: Mapping[str, str] = MappingProxyType({})
    follows: bool = False
    trouble: int = 1


class Verbs(Mapping[str, Verb]):
    """The verbs of a folder by name: listed by its files, each loaded when it is asked for.

    `api_resources.py` is the verb `api-resources`; a folder is a verb with subcommands in files of their own.

    Args:
        package: the name of the folder's package.
        path: where its files are: the package's `__path__`.
    """

    def __init__(self, package: str, path: Iterable[str]) -> None:
        self._package = package
        self._modules = {item.name.replace("_", "-"): item.name for item in iter_modules(path)}

    def __getitem__(self, name: str) -> Verb:
        verb: Verb = import_module(f"{self._package}.{self._modules[name]}").VERB
        return verb

    def __iter__(self) -> Iterator[str]:
        return iter(self._modules)

    def __len__(self) -> int:
        return len(self._modules)

    def __contains__(self, name: object) -> bool:
        return name in self._modules


def subcommand(verbs: Mapping[str, Verb], word: str) -> str:
    """Return the name of the verb that a word means, by its name or an alias; "" if there is none.

    The others are loaded, for their aliases, only where no verb has the word as its name.
    """
    if word in verbs:
        return word
    return next((name for name, verb in verbs.items() if word in verb.aliases), "")


def listing(verbs: Mapping[str, Verb]) -> list[str]:
    """Return lines that name verbs with their summaries; this loads them all."""
    width = max(map(len, verbs)) + 2
    lines = [f"  {name.ljust(width)}{verb.about}" for name, verb in verbs.items()]
    return [str(_("Available Commands:")), *lines, ""]


def run_subcommands(
    session: Session, parsed: Parsed, verbs: Mapping[str, Verb], show: Callable[[str], None]
) -> None:
    """Handle a verb that needs a subcommand but has none: list the subcommands, or refuse a wrong one.

    Args:
        session: the command at work.
        parsed: its words.
        verbs: the subcommands of the verb.
        show: where they are listed: `session.out` or `session.err`.

    Raises:
        Stopped: always; the command ends with exit code 1.

    Source of the rule: `DefaultSubCommandRun` of k8s.io/kubectl/pkg/cmd/util.
    """
    if parsed.words:
        words = quoted(" ".join(parsed.words))
        raise Stopped(f"unknown command {words}\nSee 'kubectl {session.verb} -h' for help and examples")
    usage = [str(_("Usage:")), f"  kubectl {session.verb} SUBCOMMAND [options]"]
    show("\n".join([*listing(verbs), *usage]) + "\n")
    raise Stopped
