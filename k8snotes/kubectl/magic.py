"""`%kubectl get pods` and `%%kubectl apply -f -`: kubectl lines in the cells of a notebook."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from k8snotes.kubectl.output import Output
    from k8snotes.simulation import Simulation

__all__ = ["offer", "register"]

_NAME = "kubectl"
_LINE = re.compile(rf"\s*%%?{_NAME}\s")
_MATCHER = "k8snotes.kubectl"
_VARIABLE = re.compile(r"\{([A-Za-z_]\w*)\}")
_CLUSTER = re.compile(r"(?<!\S)--cluster(?:=|\s+)([A-Za-z_]\w*)(?!\S)")
_LIVE = re.compile(r"(?<!\S)--live(?!\S)")
_WRITE = re.compile(r"(?<!\S)--write(?!\S)")
_NO_CLUSTER = (
    'There is no cluster in this notebook yet. c = kn.load("guestbook") makes one with an application in it, '
    "c = kn.Cluster() an empty one; %kubectl then speaks to it."
)


def offer(shell: Any) -> None:
    """Register the magic, unless another one of this name is there."""
    if _NAME not in shell.magics_manager.magics["line"]:
        register(shell)


def register(shell: Any) -> None:
    """Register `%kubectl` and `%%kubectl`, and what the Tab key offers there, with an IPython shell."""

    def kubectl(line: str, cell: str | None = None) -> Output | None:
        """Run a kubectl command on a cluster of this notebook.

        %kubectl get pods                      on the cluster made last
        %kubectl --cluster c get pods          on the cluster c
        %%kubectl apply -f -                   the rest of the cell is what -f - reads
        %kubectl --live get pods               the real kubectl, with its own cluster; it only looks
        %kubectl --live --write apply -f x     ... and changes what it is told to
        {name} is replaced by the variable of that name.
        """
        return _run(shell, line, cell)

    kubectl.no_var_expand = True  # type: ignore[attr-defined]  # IPython would read JSONPath as Python
    shell.register_magic_function(kubectl, magic_kind="line_cell", magic_name=_NAME)

    _offer_completion(shell)


def _offer_completion(shell: Any) -> None:
    """Let the Tab key offer kubectl's words, and in its lines nothing else."""
    matchers = getattr(getattr(shell, "Completer", None), "custom_matchers", None)
    if matchers is None:  # an IPython before 8.6, such as Colab's: there Python's words stand beside ours

        def complete(_: Any, event: Any) -> list[str]:
            return _complete(shell, event.text_until_cursor, event.symbol)[1]

        for key in (f"%{_NAME}", f"%%{_NAME}"):
            shell.set_hook("complete_command", complete, str_key=key)
        return

    from IPython.core.completer import SimpleCompletion, context_matcher  # noqa: PLC0415

    @context_matcher(identifier=_MATCHER)  # type: ignore[untyped-decorator]  # IPython has no types
    def match(context: Any) -> dict[str, Any]:
        line = context.text_until_cursor
        if not _LINE.match(line):
            return {"completions": []}
        typed, found = _complete(shell, line, context.token)
        offered = [SimpleCompletion(text=text, type="kubectl") for text in found]
        return {"completions": offered, "matched_fragment": typed, "suppress": True}

    others = [item for item in matchers if getattr(item, "matcher_identifier", "") != _MATCHER]
    matchers[:] = [*others, match]


def _run(shell: Any, line: str, cell: str | None) -> Output | None:
    from k8snotes.kubectl.output import Output  # noqa: PLC0415  # loaded when a line is typed
    from k8snotes.kubectl.running import run_lines  # noqa: PLC0415

    name, live, write, rest = _options(line)
    namespace = shell.user_ns
    rest = _VARIABLE.sub(lambda found: _value(namespace, found), rest)
    if live:
        from k8snotes.kubectl.live import live as hand_over  # noqa: PLC0415
        from k8snotes.kubectl.running import words_of  # noqa: PLC0415

        words = words_of(rest)
        if isinstance(words, Output):
            return words
        return hand_over(words, write=write, stdin=cell or "")
    chosen = _cluster(namespace, name)
    if isinstance(chosen, str):
        return Output([("err", f"error: {chosen}\n")], 1)
    shown, cluster, certain = chosen
    done = run_lines(cluster, rest, cell)
    done.note = "" if certain else f"# {shown}, the cluster made last"
    return done


def _options(line: str) -> tuple[str, bool, bool, str]:
    """Take the magic's own options out of a line; what stands after a lone -- is not looked at."""
    own, dashes, rest = line.strip().partition(" -- ")
    named = _CLUSTER.search(own)
    own = _CLUSTER.sub("", own)
    live = _LIVE.search(own) is not None
    own = _LIVE.sub("", own)
    write = live and _WRITE.search(own) is not None
    own = _WRITE.sub("", own) if live else own
    return named[1] if named else "", live, write, own.strip() + dashes + rest


def _value(namespace: dict[str, Any], found: re.Match[str]) -> str:
    value = namespace.get(found[1])
    known = isinstance(value, str | int | float) and not isinstance(value, bool)
    return str(value) if known and found[1] not in ("range", "end") else found[0]


def _cluster(namespace: dict[str, Any], name: str) -> tuple[str, Simulation, bool] | str:
    """Return the cluster that is meant, how it is called, and whether it was named; or what is wrong."""
    from k8snotes.errors import did_you_mean  # noqa: PLC0415

    found = [(key, held) for key, value in namespace.items() if (held := _held(value)) is not None]
    if name:
        value = namespace.get(name)
        held = _held(value)
        if held is not None:
            return name, held, True
        names = [key for key, _ in found if not key.startswith("_")]
        what = (
            f'"{name}" is a {type(value).__name__}' if name in namespace else f'there is no variable "{name}"'
        )
        there = (
            f" Clusters here: {', '.join(names)}.{did_you_mean(name, names)}" if names else f" {_NO_CLUSTER}"
        )
        return f"{what}, and --cluster names a cluster.{there}"
    if not found:
        return _NO_CLUSTER
    # a name of the reader's own before IPython's _ and _3; a copy only where there is nothing else
    key, value = max(found, key=lambda item: (item[1].serial, not item[0].startswith("_")))
    return key, value, False


def _held(value: object) -> Simulation | None:
    """Return the simulation that a variable of the notebook holds, if it is a cluster."""
    from k8snotes.simulation import Simulation  # noqa: PLC0415  # only where kubectl is typed

    held = getattr(value, "simulation", None)
    return held if isinstance(held, Simulation) else None


def _complete(shell: Any, line: str, typed: str) -> tuple[str, list[str]]:
    """Return what has been typed of the last word, and what may stand in its place."""
    from k8snotes.kubectl.completion import completions  # noqa: PLC0415

    rest = line.lstrip().lstrip("%").removeprefix(_NAME).lstrip()
    begun = bool(rest) and not rest[-1].isspace()
    name, live, _, rest = _options(rest)
    words = rest.split()
    typed = typed if begun else ""
    if words and begun:
        last = words.pop()
        typed = last if last.endswith(typed) else typed
    chosen = None if live else _cluster(shell.user_ns, name)
    cluster = chosen[1] if isinstance(chosen, tuple) else None
    found = completions(words, typed, cluster)
    own = [option for option in ("--cluster", "--live") if not words and option.startswith(typed) and typed]
    return typed, [*found, *own]
