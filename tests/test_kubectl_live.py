"""`%kubectl --live`: what is handed to the real kubectl, and what is not, whatever stands on the line."""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from IPython.core.interactiveshell import InteractiveShell

import k8snotes as kn
from k8snotes.kubectl import cell
from k8snotes.kubectl.cli import words_of
from k8snotes.kubectl.failure import Stopped
from k8snotes.kubectl.live import live
from k8snotes.kubectl.output import Output

posix = pytest.mark.skipif(sys.platform == "win32", reason="the stand-in is a script with a #! line")

# It records its words, whether anything is to be read, and its settings; then it answers with a file's text.
STAND_IN = """#!{python} -IS
import json, os, sys
record = [sys.argv[1:], sys.stdin.read(), os.environ.get("KUBERC"), os.isatty(0)]
with open({record!r}, "a", encoding="utf-8") as file:
    file.write(json.dumps(record) + "\\n")
try:
    with open({answer!r}, encoding="utf-8") as file:
        sys.stdout.write(file.read())
except FileNotFoundError:
    sys.stdout.write("asked: " + " ".join(sys.argv[1:]) + "\\n")
sys.stderr.write("warned\\n")
sys.exit(3)
"""


class StandIn:
    """A program that answers to the name of kubectl, and records what it was asked."""

    def __init__(self, folder: Path) -> None:
        self.record, self.answer = folder / "record", folder / "answer"
        program = folder / "kubectl"
        text = STAND_IN.format(python=sys.executable, record=str(self.record), answer=str(self.answer))
        program.write_text(text, encoding="utf-8")
        program.chmod(0o755)

    def asked(self) -> list[list[object]]:
        """Return what was recorded since the last call."""
        lines = self.record.read_text(encoding="utf-8").splitlines() if self.record.exists() else []
        self.record.unlink(missing_ok=True)
        return [json.loads(line) for line in lines]


@pytest.fixture
def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StandIn:
    program = StandIn(tmp_path)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    return program


@pytest.fixture
def shell() -> InteractiveShell:
    shell = InteractiveShell()
    kn.load_ipython_extension(shell)
    return shell


# ---- the oracle: what may pass, written by hand and without a look at the program


NAME = r"[A-Za-z0-9/*][A-Za-z0-9._:/,@*-]*"
# verb -> flags with a value, flags without, formats of -o, whether words may follow
MAY_PASS: dict[str, tuple[str, str, str, bool]] = {
    "get": (
        "-l --selector --field-selector -L --label-columns --sort-by",
        "-A --all-namespaces --no-headers --show-labels --show-kind --ignore-not-found",
        "wide|name|yaml|json|jsonpath=[ -~]*|custom-columns=[ -~]*",
        True,
    ),
    "describe": ("-l --selector", "-A --all-namespaces --show-events", "", True),
    "logs": (
        "-c --container -l --selector --since --since-time --tail --limit-bytes",
        "-p --previous --timestamps --all-containers --prefix",
        "",
        True,
    ),
    "events": ("--for --types", "-A --all-namespaces --no-headers", "name|yaml|json", False),
    "explain": ("--api-version", "--recursive", "", True),
    "top pods?|top po": (
        "-l --selector --field-selector --sort-by",
        "-A --all-namespaces --containers --no-headers --sum",
        "",
        True,
    ),
    "top nodes?|top no": ("-l --selector --sort-by", "--no-headers --show-capacity", "", True),
    "rollout status": ("-l --selector --revision", "", "", True),
    "rollout history": ("-l --selector --revision", "", "", True),
    "auth can-i": ("--subresource", "-A --all-namespaces --list -q --quiet --no-headers", "", True),
    "auth whoami": ("", "", "", False),
    "api-resources": ("--api-group --verbs --sort-by", "--namespaced --no-headers", "wide|name", False),
    "api-versions": ("", "", "", False),
    "version": ("", "--client", "yaml|json", False),
    "cluster-info": ("", "", "", False),
    "config get-contexts": ("", "--no-headers", "name", True),
    "config current-context": ("", "", "", False),
}
LONG = {
    "-n": "--namespace",
    "-l": "--selector",
    "-o": "--output",
    "-L": "--label-columns",
    "-A": "--all-namespaces",
    "-c": "--container",
    "-p": "--previous",
    "-q": "--quiet",
}
SAFE_KINDS = {
    *(
        "pods",
        "pod",
        "po",
        "services",
        "service",
        "svc",
        "deployments",
        "deployment",
        "deploy",
        "deployments.apps",
    ),
    *("configmaps", "configmap", "cm", "nodes", "node", "no", "events", "ev", "namespaces", "ns"),
}


def patterns() -> Iterator[tuple[re.Pattern[str], re.Pattern[str]]]:
    """The whole line of each verb, its words ended by NUL; and one piece of it."""
    for verb, (valued, switches, formats, words) in MAY_PASS.items():
        takes = "|".join([*valued.split(), "-n", "--namespace", "--context"])
        piece = [rf"(?P<flag>{takes})(?:=|\0(?!-))(?P<value>[ -~]+)\0"]
        if switches:
            piece.append(rf"(?P<switch>{'|'.join(switches.split())})(?:=(?P<bool>true|false))?\0")
        if formats:
            piece.append(rf"(?P<out>-o|--output)[=\0](?P<format>{formats})\0")
        if words:
            piece.append(rf"(?P<word>{NAME})\0")
        any_piece = "|".join(piece)
        head = verb.replace(" ", "\0")
        bare = re.sub(r"\?P<\w+>", "?:", any_piece)
        yield re.compile(rf"(?P<verb>{head})\0(?P<rest>(?:{bare})*)"), re.compile(any_piece)


PATTERNS = list(patterns())


def oracle(words: list[str]) -> list[str] | None:
    """Return the words and flags that may be handed on, sorted; None where the line may not pass."""
    if any("\0" in word for word in words):
        return None
    line = "".join(f"{word}\0" for word in words)
    for whole, piece in PATTERNS:
        found = whole.fullmatch(line)
        if found is None:
            continue
        plain: list[str] = []
        flags: list[tuple[str, str]] = []
        for part in piece.finditer(found["rest"]):
            given = part.groupdict()
            if given.get("word"):
                plain.append(given["word"])
                continue
            name = given["flag"] or given.get("switch") or given.get("out") or ""
            value = given["value"] or given.get("format") or given.get("bool") or "true"
            flags.append((LONG.get(name, name), value))
        names = [name for name, _ in flags]
        if len(set(names)) < len(names) or _tells_secrets(found["verb"], plain, dict(flags)):
            return None
        verb = re.sub("\0po(d|ds)?$", "\0pod", re.sub("\0no(de|des)?$", "\0node", found["verb"]))
        return [*verb.split("\0"), *plain, *sorted(f"{name}={value}" for name, value in flags)]
    return None


def _tells_secrets(verb: str, plain: list[str], flags: dict[str, str]) -> bool:
    if verb not in ("get", "describe"):
        return False
    if any(re.search("/.*[/,]|,.*/", word) for word in plain):
        return True
    kinds = [plain[0].split("/")[0], *(word.split("/")[0] for word in plain if "/" in word)] if plain else []
    kinds = [kind.lower() for many in kinds for kind in many.split(",")]
    secret = any("secret" in kind for kind in kinds)
    if verb == "describe":
        return secret
    whole = flags.get("--output", "wide") not in ("wide", "name")
    return (secret and "--sort-by" in flags) or (whole and not set(kinds) <= SAFE_KINDS)


# ---- the lines


VERBS = [
    *(
        ["get"],
        ["get"],
        ["get"],
        ["describe"],
        ["logs"],
        ["events"],
        ["explain"],
        ["top", "pods"],
        ["top", "node"],
    ),
    *(
        ["rollout", "status"],
        ["rollout", "history"],
        ["auth", "can-i"],
        ["auth", "whoami"],
        ["api-resources"],
    ),
    *(
        ["api-versions"],
        ["version"],
        ["cluster-info"],
        ["config", "get-contexts"],
        ["config", "current-context"],
    ),
]
CHANGING = [
    *(
        ["delete"],
        ["apply"],
        ["rollout", "restart"],
        ["rollout", "undo"],
        ["config", "delete-context"],
        ["edit"],
    ),
    *(
        ["config", "view"],
        ["cluster-info", "dump"],
        ["auth", "reconcile"],
        ["exec"],
        ["cp"],
        ["proxy"],
        ["wait"],
    ),
    *(
        ["get "],
        ["GET"],
        [" get"],
        [""],
        ["ge"],
        ["get\n"],
        ["top"],
        ["rollout"],
        ["rollout status"],
        ["kubectl"],
    ),
    *(
        ["\uff47et"],
        ["KUBECONFIG=x", "get"],
        ["--", "get"],
        ["-n", "get", "delete"],
        ["--token", "get", "delete"],
    ),
    *(
        ["config", "--token", "get-contexts", "delete-context"],
        ["rollout", "--field-manager", "status", "restart"],
    ),
    *(
        ["-l", "status", "rollout", "restart"],
        ["auth", "--token", "can-i", "reconcile"],
        ["debug"],
        ["plugin"],
    ),
]
WORDS = [
    *(
        "pods",
        "po",
        "web-1",
        "deploy/web",
        "svc,pods",
        "cm",
        "deployments.apps",
        "all",
        "widgets",
        "create",
        "*",
    ),
    *(
        "secret",
        "secrets",
        "Secrets",
        "secret/db",
        "secrets.v1.",
        "secrets.v1.core",
        "pods,secrets",
        "SECRET/db",
    ),
    *("pods/web", "svc/a,secret/b", "pods/a/secrets", "/healthz", "sealedsecrets", "po,Secret.v1."),
]
FLAGS = [
    *(["-n", "shop"], ["--namespace=shop"], ["--namespace", "shop"], ["-A"], ["--all-namespaces=false"]),
    *(["-l", "app in (a, b)"], ["--selector=app=web"], ["-o", "wide"], ["-o=name"], ["--output", "yaml"]),
    *(["-o", "json"], ["-o", "jsonpath={.items[*].data}"], ["-o=custom-columns=A:.data"], ["--show-labels"]),
    *(["--sort-by=.data.password"], ["--no-headers"], ["--context", "prod"], ["-c", "main"], ["--tail=-1"]),
    *(
        ["--previous"],
        ["--since", "5m"],
        ["--recursive"],
        ["--client"],
        ["--list"],
        ["--revision=2"],
        ["--sum"],
    ),
]
TRICKS = [
    *(
        ["-w"],
        ["-w=true"],
        ["--watch"],
        ["--watch=true"],
        ["--watch=false"],
        ["-f"],
        ["-f=true"],
        ["--follow"],
    ),
    *(
        ["--raw", "/api/v1/secrets"],
        ["--raw=/api/v1/%73ecrets"],
        ["--"],
        ["-"],
        ["-o", "--"],
        ["---output", "yaml"],
    ),
    *(
        ["-oyaml"],
        ["-Aw"],
        ["-nshop"],
        ["-pf"],
        ["--out=yaml"],
        ["--name", "x"],
        ["-o", "Yaml"],
        ["-o", "go-template={{.}}"],
    ),
    *(
        ["--token=x"],
        ["--token", "get"],
        ["--as=admin"],
        ["--kubeconfig=evil"],
        ["--server", "http://x"],
        ["-s", "x"],
    ),
    *(
        ["--cache-dir=/tmp"],
        ["--profile=cpu"],
        ["--profile-output=x"],
        ["--output-directory=/tmp"],
        ["-v=9"],
        ["-v", "9"],
    ),
    *(
        ["-o", "jsonpath-file=/etc/passwd"],
        ["--template={{.data}}"],
        ["-f", "x.yaml"],
        ["-k", "."],
        ["--filename=-"],
    ),
    *(
        ["\u2013n", "shop"],
        ["\u2212o", "yaml"],
        ["\u2014watch"],
        ["-\u00ado"],
        ["'-w'"],
        ['"-w"'],
        [""],
        [" "],
    ),
    *(
        ["--namespace="],
        ["-n"],
        ["--namespace=a\nb"],
        ["x\n--watch"],
        ["\t-w"],
        ["-n", "-w"],
        ["-l", "--watch"],
    ),
    *(
        ["KUBECONFIG=x"],
        ["$HOME"],
        ["$(rm)"],
        ["`rm`"],
        ["a;b"],
        ["|", "sh"],
        [">", "x"],
        ["&&", "rm"],
        ["\0"],
    ),
    *(
        ["-n", "a", "--namespace=b"],
        ["-o", "wide", "-o", "yaml"],
        ["--all-namespaces=yes"],
        ["-A=1"],
        ["--no-headers", "no"],
    ),
    *(
        ["--show-managed-fields"],
        ["--subresource=token"],
        ["--chunk-size=0"],
        ["%2e%2e"],
        ["~"],
        ["\ud800"],
        ["\x1b[2J"],
    ),
]


def fits(verb: list[str], flag: str) -> bool:
    """Whether a flag is one of the verb's, as far as the oracle says so."""
    name = flag.partition("=")[0]
    takes = [*MAY_PASS.get(" ".join(verb), ("", "", "", False))[:3]]
    return name in (" ".join(takes[:2]) + " -n --namespace --context").split() or (
        name in ("-o", "--output") and bool(takes[2])
    )


def lines(seed: int, count: int) -> Iterator[list[str]]:
    """Yield lines as words: a verb, words, flags, in any order and now and then with a trick in it."""
    dice = random.Random(seed)  # noqa: S311  # lines for a test
    for _ in range(count):
        verb = dice.choice(VERBS if dice.random() < 0.85 else CHANGING)
        verb = ["get"] if dice.random() < 0.25 else verb
        fitting = [flag for flag in FLAGS if dice.random() < 0.1 or fits(verb, flag[0])]
        pieces = [[dice.choice(WORDS)] for _ in range(dice.choice((0, 1, 1, 2)))]
        pieces += [dice.choice(fitting) for _ in range(dice.choice((0, 1, 1, 2)) if fitting else 0)]
        if dice.random() < 0.35:
            pieces.append(dice.choice(TRICKS))
        if dice.random() < 0.3:
            dice.shuffle(pieces)
        words = [word for piece in pieces for word in piece]
        yield [*verb, *words] if dice.random() < 0.95 else [*words, *verb]


ADDED = {
    "get": ["--watch=false", "--watch-only=false"],
    "events": ["--watch=false"],
    "rollout status": ["--watch=false"],
    "logs": ["--follow=false"],
}


def the_same(asked: list[list[object]], allowed: list[str] | None) -> bool:
    """Whether the stand-in was asked what the oracle allows: nothing, or those words with what is always added."""
    if allowed is None:
        return asked == []
    if len(asked) != 1:
        return False
    command, read, kuberc, terminal = asked[0]
    assert isinstance(command, list)
    added = ADDED.get(" ".join(command[:2]), ADDED.get(str(command[0]), []))
    own = command[: len(command) - len(added) - 1]
    plain = [word for word in own if not word.startswith("-")]
    flags = sorted(word for word in own if word.startswith("-"))
    ends = plain == command[: len(plain)] and command[len(own) :] == [*added, "--request-timeout=30s"]
    return ends and plain + flags == allowed and (read, kuberc, terminal) == ("", "off", False)


@posix
def test_nothing_passes_but_what_may(stand_in: StandIn) -> None:
    """Of 2,400 generated lines, what reaches the program is what the oracle lets pass, and as it says."""
    seed = 16
    passed = 0
    for words in lines(seed, 2400):
        done = live(words)
        allowed = oracle(words)
        assert the_same(stand_in.asked(), allowed), (seed, words, allowed, done)
        assert (done.exit, done.stderr.startswith("error: ")) == (
            (1, True) if allowed is None else (3, False)
        )
        passed += allowed is not None
    assert 500 < passed < 1200  # both happen often


def quoted(word: str, dice: random.Random) -> str:
    """Return a word as one types it on a line."""
    plain = word and not re.search(r"""[\s"'\\]""", word)
    if plain and dice.random() < 0.7:
        return word
    return "'" + word.replace("'", "'\"'\"'") + "'"


@posix
def test_nothing_passes_in_a_cell_but_what_may(stand_in: StandIn) -> None:
    """The same, typed as one line of a cell, with quotes and with --live anywhere."""
    dice = random.Random(17)  # noqa: S311  # quotes for a test
    for words in lines(18, 600):
        typed = [quoted(word, dice) for word in words]
        typed.insert(dice.choice((0, 0, 0, len(typed))), "--live")
        line = " ".join(typed)
        cell.run({}, line, None)
        try:
            allowed = oracle(words_of(line.replace("--live", "", 1))) if "--" not in words else None
        except Stopped:
            allowed = None
        assert the_same(stand_in.asked(), allowed), line


# ---- one by one


@posix
def test_live_asks_the_real_kubectl(shell: InteractiveShell, stand_in: StandIn) -> None:
    """%kubectl --live runs the kubectl on the PATH, and shows both its streams and its exit code."""
    done = shell.run_line_magic("kubectl", "--live get pods -A")
    printed = "asked: get pods --all-namespaces=true --watch=false --watch-only=false --request-timeout=30s\n"
    assert (done.stdout, done.stderr, done.exit) == (printed, "warned\n", 3)
    assert shell.run_line_magic("kubectl", "get pods --live").exit == 3
    assert len(stand_in.asked()) == 2


@posix
@pytest.mark.parametrize(
    "line",
    [
        *("--write apply -f -", "delete pod web", "-n shop scale rc/x --replicas=0", "rollout undo deploy/x"),
        *(
            "exec x -- rm",
            "config use-context x",
            "cluster-info dump",
            "edit pod x",
            "--context get delete ns x",
        ),
        *("rollout", "drain x", "cp a b", "plugin", "", "help", "config view", "wait pod/x --for=delete"),
        *(
            "config --token get-contexts delete-context prod",
            "rollout --field-manager status restart deploy/web",
        ),
        *("-l status rollout restart deploy", "'' delete -f x", "auth --token can-i reconcile -f x"),
        *(
            "cluster-info -o yaml dump --output-directory=/tmp",
            "get pods --token=x",
            "get pods --kubeconfig=x",
        ),
        *("--token get delete pod x", "-n get delete pod x", "--token=get delete pod x", "get pods -- x"),
    ],
)
def test_what_may_change_is_not_handed_on(shell: InteractiveShell, stand_in: StandIn, line: str) -> None:
    """No line that may change the cluster slips through, wherever its flags stand."""
    refused = shell.run_line_magic("kubectl", f"--live {line}")
    assert "only reads" in refused.stderr
    assert refused.exit == 1
    assert stand_in.asked() == []


@posix
@pytest.mark.parametrize(
    "line",
    [
        *("get secret x -o yaml", "get secrets -o json", "get pods,secrets -o=yaml", "get SECRETS -o yaml"),
        *("get secret/x --output=jsonpath={.data}", "get secrets.v1. -o custom-columns=A:.data"),
        *("get pods/a secrets.v1.core/b -o yaml", "describe secret", "get secrets --sort-by=.data.password"),
    ],
)
def test_values_of_secrets_are_not_asked_for(stand_in: StandIn, line: str) -> None:
    """The values of Secrets do not get into a notebook that way; kubectl describe prints some of them."""
    assert "Secrets" in live(line.split()).stderr
    assert stand_in.asked() == []


@posix
@pytest.mark.parametrize("line", ["get secrets", "get secrets -A -o wide", "get secret/db -o name"])
def test_that_there_are_secrets_may_be_seen(stand_in: StandIn, line: str) -> None:
    """A table of Secrets has their names and how many keys they have, and no value."""
    assert live(line.split()).exit == 3
    assert len(stand_in.asked()) == 1


@posix
@pytest.mark.parametrize("kind", ["all", "widgets", "widgets.example.com", "secretive", "pods,widgets"])
def test_whole_objects_are_shown_of_known_kinds_alone(stand_in: StandIn, kind: str) -> None:
    """What a word means is for the cluster to say, so -o yaml is for kinds whose names are known."""
    assert live(["get", kind, "-o", "yaml"]).exit == 1
    assert stand_in.asked() == []
    assert live(["get", kind, "-o", "wide"]).exit == 3


LEAK = {"kind": "Secret", "data": {"key": "aHVudGVyMg=="}, "metadata": {"name": "db"}}


@posix
@pytest.mark.parametrize(
    "answer",
    [
        {"apiVersion": "v1", "kind": "List", "items": [{"kind": "Pod"}, LEAK]},
        LEAK,
        [LEAK],
        {"kind": "SecretList", "items": [{"data": {"key": "aHVudGVyMg=="}}]},
        {"kind": "Pod", "metadata": {"any": [{"thing": {**LEAK, "stringData": {"a": "aHVudGVyMg=="}}}]}},
    ],
)
@pytest.mark.parametrize("indent", [None, 4])
def test_values_of_secrets_are_hidden_in_the_answer(
    stand_in: StandIn, answer: object, indent: int | None
) -> None:
    """Should a cluster answer with a Secret all the same, its values are hidden by what was parsed."""
    stand_in.answer.write_text(json.dumps(answer, indent=indent), encoding="utf-8")
    shown = live(["get", "pods", "-o", "json"])
    assert "aHVudGVyMg==" not in str(shown)
    assert "<hidden>" in str(shown) or "\\u003chidden" in str(shown)
    assert shown.stderr == "warned\n"


@posix
def test_yaml_with_secrets_stays_yaml(stand_in: StandIn) -> None:
    """The values are hidden, all else stays; YAML without a Secret is shown as kubectl wrote it."""
    text = "apiVersion: v1\nitems:\n- data:\n    key: aHVudGVyMg==\n  kind: Secret\nkind: List\n"
    stand_in.answer.write_text(text, encoding="utf-8")
    assert live(["get", "pods", "-o", "yaml"]).stdout == text.replace("aHVudGVyMg==", "<hidden>")
    stand_in.answer.write_text('b: "1"\na: {kind: Pod}\n', encoding="utf-8")
    assert live(["get", "pods", "-o", "yaml"]).stdout == 'b: "1"\na: {kind: Pod}\n'


@posix
def test_an_answer_that_cannot_be_read_is_not_shown(stand_in: StandIn) -> None:
    """Text that may hold a Secret and is neither YAML nor JSON is kept back."""
    stand_in.answer.write_text('[{"kind":"Secret","data":{"a":"aHVudGVyMg=="}} {', encoding="utf-8")
    shown = live(["get", "pods", "-o", "jsonpath={.items}"])
    assert (shown.stdout, shown.exit) == ("", 1)
    assert "not shown" in shown.stderr


@pytest.mark.parametrize(
    "line",
    [
        "get pods -w",
        "get pods -w=true",
        "get pods --watch-only",
        "logs x -f",
        "logs x -f=true",
        "logs x --follow",
    ],
)
def test_live_does_not_wait_for_ever(line: str) -> None:
    """A command that never ends is not begun."""
    assert "never ends" in live(line.split()).stderr


@posix
def test_live_ends_where_kubectl_does_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A kubectl that does not answer is ended after a while, and the cell says so."""
    program = tmp_path / "kubectl"
    program.write_text("#!/bin/sh\nexec sleep 600\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr("k8snotes.kubectl.live._SECONDS", 0.2)
    assert "did not answer" in live(["version"]).stderr


def test_live_says_what_is_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Without a kubectl on the PATH it says so, and what the line does without --live."""
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "no kubectl on the PATH" in live(["get", "pods"]).stderr


@posix
def test_live_says_that_kubectl_cannot_be_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A file of that name that is no program is an error of ours."""
    (tmp_path / "kubectl").write_bytes(b"\x7fELF nothing")
    (tmp_path / "kubectl").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "cannot be run" in live(["get", "pods"]).stderr
    assert "cannot be run" in live(["get", "pods", "-l", "a" * 5_000_000]).stderr


def test_a_script_is_not_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """A kubectl.cmd would be read by a shell, with rules of its own for what stands in quotes."""
    monkeypatch.setattr(shutil, "which", lambda _: r"C:\tools\kubectl.CMD")
    assert "without a shell" in live(["get", "pods"]).stderr


@posix
def test_live_takes_nothing_from_the_cell_and_the_notebook(
    shell: InteractiveShell, stand_in: StandIn
) -> None:
    """What stands below the line is not read, and a cluster of the notebook is not a real one."""
    assert (
        "does not use the lines of the cell"
        in shell.run_cell_magic("kubectl", "--live get pods", "kind: Pod\n").stderr
    )
    assert "--context" in shell.run_line_magic("kubectl", "--live get pods --cluster=prod").stderr
    assert stand_in.asked() == []
    shell.user_ns["name"] = "web --watch"
    assert "never ends" in shell.run_line_magic("kubectl", "--live get pods {name}").stderr
    shell.user_ns["name"] = "web"
    assert shell.run_line_magic("kubectl", "--live get pods {name}").exit == 3


@posix
def test_colours_are_left_out_and_all_else_is_shown_as_escapes(stand_in: StandIn) -> None:
    """kubectl cluster-info writes in colours, which a cell does not need; what else moves a cursor is told."""
    stand_in.answer.write_text("\x1b[0;32mcontrol plane\x1b[0m is\x1b[2J \u202ehere\n", encoding="utf-8")
    assert live(["cluster-info"]).stdout == "control plane is\\x1b[2J \\u202ehere\n"


# ---- the real one


CONFIG = """apiVersion: v1
kind: Config
clusters: [{name: none, cluster: {server: "http://127.0.0.1:9"}}]
users: [{name: me, user: {token: not-to-be-seen}}]
contexts: [{name: here, context: {cluster: none, user: me, namespace: shop}}]
current-context: here
"""


@pytest.fixture
def ask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Output]:
    if shutil.which("kubectl") is None:
        pytest.skip("there is no kubectl on this machine")
    (tmp_path / "config").write_text(CONFIG, encoding="utf-8")
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "config"))
    monkeypatch.setenv("HOME", str(tmp_path))
    return lambda line: live(line.split())


def test_the_real_kubectl_takes_what_is_handed_on(ask: Callable[[str], Output]) -> None:
    """Every verb with each of its flags is read by kubectl, and ends: no address can be reached."""
    for verb, (valued, switches, formats, words) in MAY_PASS.items():
        plain = re.sub(r"\?.*", "", verb)
        line = [plain, *(["pods"] if words and not plain.startswith(("config", "top")) else [])]
        line += [
            f"{name}={'1' if name != '--since' else '1m'}" for name in valued.split() if name.startswith("--")
        ]
        line += [name for name in switches.split() if name.startswith("--")]
        line += [f"-o {formats.partition('|')[0]}"] if formats else []
        done = ask(" ".join(line))
        assert "unknown" not in done.stderr, (line, done)
        assert "Usage" not in done.stderr, (line, done)
        assert "only reads" not in done.stderr, (line, done)


def test_the_real_kubectl_answers(ask: Callable[[str], Output], tmp_path: Path) -> None:
    """What needs no cluster is answered; what does says that there is none; settings stay as they are."""
    assert ask("config current-context").stdout == "here\n"
    assert ask("config get-contexts -o name").stdout == "here\n"
    assert "Client Version" in ask("version --client").stdout
    assert "refused" in ask("get pods").stderr
    assert "only reads" in ask("config --token get-contexts delete-context here").stderr
    assert (tmp_path / "config").read_text(encoding="utf-8") == CONFIG
