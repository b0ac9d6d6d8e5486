"""`%kubectl --live`: asks the real kubectl and its cluster; it only reads, and changes nothing.

kubectl reads its line by its own rules, and a guess at them can be wrong. So only what is listed here is passed on, and
not in the form that was typed: the words come first, then each flag as `--name=value`, which every version of kubectl
reads in the same way.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

from k8snotes.api.document import Document
from k8snotes.api.go_text import quoted
from k8snotes.api.kinds.secret import HIDDEN, without_values
from k8snotes.api.manifest import documents, dump_as_kubectl
from k8snotes.api.registry import all_kinds
from k8snotes.catalogue import _
from k8snotes.kubectl.failure import Stopped
from k8snotes.kubectl.flags import Flag, flag
from k8snotes.kubectl.output import Output
from k8snotes.kubectl.output.go import indented_json

__all__ = ["live"]

_SECONDS = 60  # for the whole answer
_REQUEST = "--request-timeout=30s"
# kubectl reads defaults of its flags and other names of its commands from ~/.kube/kuberc
_WITHOUT_KUBERC = {"KUBERC": "off", "KUBECTL_KUBERC": "false"}
_BATCH = (".bat", ".cmd")

_WORD = re.compile(r"[A-Za-z0-9/*][A-Za-z0-9._:/,@*-]*")
_VALUE = re.compile(r"[ -~]+")
_SECRET = re.compile(r"""kind["']?\s*:\s*["']?Secret""")
_COLOUR = re.compile("\x1b\\[[0-9;]*m")  # cluster-info writes its words in colours, terminal or not
_ENDLESS = ("-w", "--watch", "--watch-only", "--follow")


class _Look(NamedTuple):
    """What one verb may be asked: its flags, its formats of -o, how many words follow it, and what is added."""

    flags: tuple[Flag, ...] = ()
    formats: tuple[str, ...] = ()  # a format that takes a value ends with "="
    most: int = 99
    added: tuple[str, ...] = ()

    @property
    def known(self) -> dict[str, Flag]:
        """Every spelling of a flag, and the flag."""
        flags = [*_EVERYWHERE, *self.flags, *([_OUTPUT] if self.formats else [])]
        return {
            spelling: item
            for item in flags
            for spelling in (f"--{item.name}", f"-{item.short}" if item.short else "")
            if spelling
        }


def _flags(valued: str = "", switches: str = "") -> tuple[Flag, ...]:
    return (*map(flag, valued.split()), *(flag(name, "bool") for name in switches.split()))


# Not among them: what chooses another server, another user or another file with settings (--server, --token, --as,
# --kubeconfig, ...): those may name a program to run, or a place to send a password to. KUBECONFIG says it.
_EVERYWHERE = _flags("namespace/n context")
_OUTPUT = flag("output/o")
_TABLES = ("", "wide", "name")
_LOOKS = {
    "get": _Look(
        _flags(
            "selector/l field-selector label-columns/L sort-by",
            "all-namespaces/A no-headers show-labels show-kind ignore-not-found",
        ),
        ("wide", "name", "yaml", "json", "jsonpath=", "custom-columns="),
        added=("--watch=false", "--watch-only=false"),
    ),
    "describe": _Look(_flags("selector/l", "all-namespaces/A show-events")),
    "logs": _Look(
        _flags(
            "container/c selector/l since since-time tail limit-bytes",
            "previous/p timestamps all-containers prefix",
        ),
        added=("--follow=false",),
    ),
    "events": _Look(
        _flags("for types", "all-namespaces/A no-headers"),
        ("name", "yaml", "json"),
        0,
        ("--watch=false",),
    ),
    "explain": _Look(_flags("api-version", "recursive")),
    "top pod": _Look(
        _flags("selector/l field-selector sort-by", "all-namespaces/A containers no-headers sum")
    ),
    "top node": _Look(_flags("selector/l sort-by", "no-headers show-capacity")),
    "rollout status": _Look(_flags("selector/l revision"), added=("--watch=false",)),
    "rollout history": _Look(_flags("selector/l revision")),
    "auth can-i": _Look(_flags("subresource", "all-namespaces/A list quiet/q no-headers")),
    "auth whoami": _Look(most=0),
    "api-resources": _Look(_flags("api-group verbs sort-by", "namespaced no-headers"), ("name", "wide"), 0),
    "api-versions": _Look(most=0),
    "version": _Look(_flags("", "client"), ("yaml", "json"), 0),
    "cluster-info": _Look(most=0),
    "config get-contexts": _Look(_flags("", "no-headers"), ("name",)),
    "config current-context": _Look(most=0),
}
_ALIASES = {
    "top pods": "top pod",
    "top po": "top pod",
    "top nodes": "top node",
    "top no": "top node",
}


def live(words: Sequence[str]) -> Output:
    """Ask the real kubectl with its own settings (KUBECONFIG, ~/.kube/config), and return what it printed.

    Args:
        words: the command without its "kubectl", its verb first.

    Returns:
        What kubectl printed, with the values of Secrets hidden. Or the reason why the line is not passed on: it is
        not known to be read-only, it may show the values of Secrets, or it would not end.
    """
    try:
        command = looking(words)
        process = _run(_program(), command)
        whole = any(word.startswith("--output=") for word in command)
        shown = _without_values(process.stdout) if whole else process.stdout
    except Stopped as stopped:
        return Output([("err", stopped.text)], stopped.exit_code)
    pieces = [(stream, _COLOUR.sub("", text)) for stream, text in (("out", shown), ("err", process.stderr))]
    return Output(pieces, process.returncode)


def looking(words: Sequence[str]) -> list[str]:
    """Return the command that is passed on for a line.

    Raises:
        Stopped: the line may do more than read.

    >>> looking(["get", "pods", "-n", "shop"])[:3]
    ['get', 'pods', '--namespace=shop']
    """
    verb, rest = _verb(words)
    look = _LOOKS[verb]
    plain, values = _read(verb, look, rest)
    if len(plain) > look.most:
        raise Stopped(
            _(
                "--live only reads, and kubectl {verb} {word} is not known to be read-only. Leave the word out.",
                verb=verb,
                word=quoted(plain[look.most]),
            )
        )
    if "output" in values and not _is_format(values["output"], look.formats):
        formats = ", ".join(name + ("..." if name.endswith("=") else "") for name in look.formats)
        raise Stopped(
            _(
                "--live does not support -o {format} for kubectl {verb}. Use one of these formats: {formats}.",
                format=quoted(values["output"]),
                verb=verb,
                formats=formats,
            )
        )
    _keep_secrets(verb, plain, values)
    flags = [f"--{name}={value}" for name, value in values.items()]
    return [*verb.split(), *plain, *flags, *look.added, _REQUEST]


def _verb(words: Sequence[str]) -> tuple[str, list[str]]:
    """Return the verb, its second word included where it has one, and what follows."""
    first = words[0] if words else ""
    begins = ", ".join(dict.fromkeys(name.split()[0] for name in _LOOKS))
    if not first or first.startswith("-"):
        raise Stopped(
            _(
                "--live only reads, and its line begins with a verb. Write one of these verbs first: {verbs}.",
                verbs=begins,
            )
        )
    if first in _LOOKS and " " not in first:
        return first, list(words[1:])
    pair = _ALIASES.get(" ".join(words[:2]), " ".join(words[:2]))
    if pair in _LOOKS and len(words) > 1 and " " not in first:
        return pair, list(words[2:])
    inner = [name for name in _LOOKS if name.split()[0] == first]
    raise Stopped(
        _(
            "--live only reads, and kubectl {command} is not known to be read-only. "
            "--live runs these commands: {names}. Use a terminal to change a cluster.",
            command=quoted(pair)[1:-1],
            names=", ".join(inner) or begins,
        )
    )


def _read(verb: str, look: _Look, rest: Iterable[str]) -> tuple[list[str], dict[str, str]]:
    """Return the words after the verb that are no flags, and the values of the flags."""
    known = look.known
    plain: list[str] = []
    values: dict[str, str] = {}
    left = list(rest)
    while left:
        word = left.pop(0)
        if not word.startswith("-"):
            if not _WORD.fullmatch(word):
                raise Stopped(
                    _(
                        "{word} is neither a flag nor a name, so --live does not pass it to kubectl.",
                        word=quoted(word),
                    )
                )
            plain.append(word)
            continue
        name, equals, value = word.partition("=")
        item = known.get(name)
        if item is None:
            raise Stopped(_unlisted(verb, word, known))
        if item.name in values:
            raise Stopped(
                _(
                    "{flag} is given twice, and kubectl would use only one of the two values. Write it once.",
                    flag=item.shown,
                )
            )
        if not equals:
            value = item.bare if item.bare is not None else (left.pop(0) if left else "")
            if value.startswith("-"):
                raise Stopped(
                    _(
                        "{flag} needs a value. If {value} is its value, write --{name}={value}.",
                        flag=name,
                        name=item.name,
                        value=quoted(value)[1:-1],
                    )
                )
        if not value:
            raise Stopped(_("{flag} needs a value, as in --{name}=VALUE.", flag=name, name=item.name))
        if not _VALUE.fullmatch(value) or (item.bare is not None and value not in ("true", "false")):
            raise Stopped(
                _(
                    "{value} is not a value of {flag} that --live passes to kubectl.",
                    value=quoted(value),
                    flag=item.shown,
                )
            )
        values[item.name] = value
    return plain, values


def _unlisted(verb: str, word: str, known: Mapping[str, Flag]) -> str:
    name = word.partition("=")[0]
    if name in _ENDLESS or (verb == "logs" and name == "-f"):
        return _(
            "kubectl {verb} {flag} never ends, but a cell waits for the end of the command. Leave the flag out.",
            verb=verb,
            flag=name,
        )
    short = known.get(name[:2])
    if short is not None and not name.startswith("--"):
        parts = {"flag": name[:2], "rest": quoted(word[2:])[1:-1]}
        if short.bare is None:
            return _("Write {flag} and its value as two words: {flag} {rest}.", **parts)
        return _("Write each flag as a separate word: {flag} -{rest}.", **parts)
    return _(
        "--live only reads, and the flag {flag} of kubectl {verb} is not known to be read-only. "
        "--live passes on these flags: {known}.",
        flag=quoted(name),
        verb=verb,
        known=", ".join(dict.fromkeys(item.shown for item in known.values())),
    )


def _is_format(output: str, formats: Iterable[str]) -> bool:
    return any(output.startswith(name) if name.endswith("=") else output == name for name in formats)


# ---- Secrets


def _keep_secrets(verb: str, plain: Sequence[str], values: Mapping[str, str]) -> None:
    """Raise Stopped if the values of Secrets may be shown.

    Only the cluster knows which kind a word means, so formats that show whole objects are allowed only for words
    whose kind is known here. `kubectl describe` prints the token in a Secret of a ServiceAccount.
    """
    if verb not in ("get", "describe"):
        return
    types = [name.lower() for name in _types(plain)]
    named = any("secret" in name for name in types)
    whole = values.get("output", "") not in _TABLES
    if named and (verb == "describe" or whole or "sort-by" in values):
        raise Stopped(
            _(
                "this command would write the values of Secrets into the notebook, or facts about them. "
                "Use kubectl get, also with -o wide or -o name. Use a terminal to see the values."
            )
        )
    unknown = [name for name in types if name not in _known_types()]
    if whole and unknown:
        raise Stopped(
            _(
                "--live prints whole objects only of Kubernetes' built-in kinds, because other objects may hold "
                "Secrets, and {kind} is not a built-in kind. Use the table, -o wide, or kubectl describe.",
                kind=quoted(unknown[0]),
            )
        )


def _types(plain: Sequence[str]) -> Iterator[str]:
    """Yield whatever kubectl may read as the name of a kind; raises Stopped for a word that is ambiguous."""
    for at, word in enumerate(plain):
        if "/" in word and ("," in word or word.count("/") > 1):
            raise Stopped(
                _(
                    "{word} is neither a list of kinds (pods,services) nor an object (pods/web).",
                    word=quoted(word),
                )
            )
        if at == 0 or "/" in word:
            yield from word.partition("/")[0].split(",")


@cache
def _known_types() -> frozenset[str]:
    kinds = [kind for kind in all_kinds() if kind.kind != "Secret"]
    return frozenset(name.lower() for kind in kinds for name in (*kind.names, kind.qualified))


def _without_values(text: str) -> str:
    """Return what kubectl printed, with the values of any Secrets in its YAML or JSON hidden."""
    if not _SECRET.search(text):
        return text
    read: list[Document] = list(documents(text))
    if any(document.problem for document in read):
        raise Stopped(
            _(
                "the output of kubectl is not shown, because it cannot be read and may hold the values of Secrets"
            )
        )
    values = [_masked(document.value) for document in read]
    if text.lstrip()[:1] in ("{", "["):
        return "".join(f"{indented_json(value)}\n" for value in values)
    return "---\n".join(map(dump_as_kubectl, values))


def _masked(value: Any, *, secret: bool = False) -> Any:
    """Return a value with the values of each Secret in it hidden; `secret` says that it is a Secret."""
    if isinstance(value, list):
        return [_masked(item, secret=secret) for item in value]
    if not isinstance(value, dict):
        return HIDDEN if secret else value
    kind = value.get("kind")
    if kind == "SecretList":
        items = value.get("items")
        return {**value, "items": _masked(items, secret=True)}
    if secret or kind == "Secret":
        hidden = without_values({**value, "kind": "Secret"})
        return {key: item for key, item in hidden.items() if key != "kind" or key in value}
    return {key: _masked(item) for key, item in value.items()}


# ---- the program


def _program() -> str:
    program = shutil.which("kubectl")
    if program is None:
        raise Stopped(
            _(
                "--live needs kubectl, but there is no kubectl on the PATH. "
                "Without --live, the command runs on the simulated cluster of this notebook."
            )
        )
    if program.lower().endswith(_BATCH):
        raise Stopped(
            _(
                "{program} is a script for a shell, but --live runs kubectl without a shell.",
                program=program,
            )
        )
    return program


def _run(program: str, command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(  # noqa: S603  # a command of listed words, without a shell
            [program, *command],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=_SECONDS,
            env={**os.environ, **_WITHOUT_KUBERC},
            start_new_session=True,  # no terminal for it to ask questions at
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise Stopped(
            _(
                "kubectl did not answer within {seconds} seconds. Check that its cluster can be reached.",
                seconds=_SECONDS,
            )
        ) from None
    except OSError as error:
        raise Stopped(
            _(
                "kubectl cannot be run: {why}. Check that it runs in a terminal.",
                why=error.strerror or error,
            )
        ) from None
