"""What is shown is fit for a screen: no character of a manifest moves a cursor, hides, or turns the text around it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from ipywidgets import Widget

import k8snotes as kn
from k8snotes import screen
from k8snotes.api.manifest import dump, dump_as_kubectl
from k8snotes.kubectl.output import Output
from k8snotes.kubectl.output.go import compact_json, indented_json
from k8snotes.screen import json_shown, printed, shown

UNSEEN_KINDS = {"Cc", "Cf", "Cs", "Zl", "Zp"}
C0 = "".join(map(chr, [*range(9), *range(0x0B, 0x20), 0x7F]))  # all but the tab and the end of line
C1 = "".join(map(chr, range(0x80, 0xA0)))
BIDI = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c"
ZERO_WIDTH = "\u200b\u200c\u200d\u2060\ufeff\xad"
BREAKS = "\u2028\u2029"
ALL = C0 + C1 + BIDI + ZERO_WIDTH + BREAKS
RAW = re.compile(f"[{re.escape(ALL)}]")


# ---- the one function


def test_whatever_cannot_be_seen_is_escaped() -> None:
    """Every character of Unicode that controls or is invisible is written as its escape, and no other one is changed."""
    for number in range(sys.maxunicode + 1):
        char = chr(number)
        kind = unicodedata.category(char)
        if kind in UNSEEN_KINDS and char not in "\n\t":
            assert shown(char).isascii(), hex(number)
        elif kind not in ("Cn", "Zl"):  # what is no character yet may be one that cannot be seen
            assert shown(char) == char, hex(number)


def test_ends_of_lines_stay_where_lines_are_shown() -> None:
    """A text keeps its lines and tabs; what has to stand on one line has them as escapes."""
    assert shown("a\n\tb\r\n") == "a\n\tb\\r\n"
    assert shown("a\n\tb", lines=False) == "a\\n\\tb"


@pytest.mark.parametrize("write", [compact_json, indented_json])
def test_json_stays_the_same_json(write: Callable[[Any], str]) -> None:
    """What cannot be seen is written as JSON's own escape, and read back as it was."""
    value = {"key" + ALL: [ALL + "\U000e0001\n\t", {"a": "ü"}]}
    assert not RAW.search(write(value))
    assert json.loads(write(value)) == value
    assert json_shown(write(value)) == write(value)


def test_yaml_stays_the_same_yaml() -> None:
    """What cannot be seen is written as YAML's own escape, in values of one line or more, and in keys."""
    value = {
        "a": ALL + "\U000e0001",
        "b": f"one\ntwo {ALL}\n",
        "key" + ALL: [f"x: {char}" for char in ALL],
        "c": "ü ✓\n服务\n",
        "d": "\u202e",
    }
    for text in (dump_as_kubectl(value), dump(value)):
        assert not RAW.search(text)
        assert yaml.safe_load(text) == value
    assert "c: |" in dump(value)


def test_an_output_is_clean_however_it_is_looked_at() -> None:
    """Both streams, the text and the HTML of what kubectl printed hold nothing raw."""
    done = Output([("out", f"NAME\t{ALL}\n"), ("err", f"error: {ALL}\n")], 1)
    for text in (str(done), repr(done), done.stdout, done.stderr, *done._repr_mimebundle_().values()):
        assert not RAW.search(text)
        assert "\\x1b" in text
        assert "\\u202e" in text
        assert "\\x07" in text
    assert done.stdout.endswith("\n")


# ---- a cluster with all of it everywhere


def names() -> list[str]:
    """Some characters a name, so that each of them stands in a name that is not cut."""
    return [f"web-{ALL[at : at + 12]}-x" for at in range(0, len(ALL), 12)]


def found(kind: str, name: str, uid: str, **more: Any) -> dict[str, Any]:
    """Return an object as a dump has it: nobody has checked it."""
    metadata = {
        "name": name,
        "namespace": "default",
        "uid": uid,
        "creationTimestamp": "2026-01-01T00:00:00Z",
        "labels": {"app": name, name: name},
        "annotations": {name: f"{name}\n{name}"},
    }
    return {"apiVersion": "v1", "kind": kind, "metadata": metadata, **more}


def items() -> Iterator[dict[str, Any]]:
    """Objects of several kinds with hostile text in each place that is shown."""
    for at, name in enumerate(names()):
        waiting = {"waiting": {"reason": name, "message": name}}
        status = {
            "phase": "Running" if at % 2 else name,
            "podIP": f"10.244.0.{at}",
            "reason": name,
            "message": name,
            "conditions": [
                {"type": "Ready", "status": "True" if at % 2 else "False", "reason": name, "message": name}
            ],
            "containerStatuses": [{"name": name, "image": name, "state": waiting, "restartCount": 1}],
        }
        container = {
            "name": name,
            "image": name,
            "command": [name],
            "args": [name],
            "env": [{"name": name, "value": name}],
            "ports": [{"name": name, "containerPort": 80}],
        }
        yield found("Pod", name, f"p{at}", spec={"nodeName": name, "containers": [container]}, status=status)
        ports = [{"name": name, "port": 80, "targetPort": name}]
        service = {
            "clusterIP": f"10.96.0.{at + 9}",
            "selector": {"app": name},
            "ports": ports,
            "type": "ClusterIP",
        }
        yield found("Service", name, f"s{at}", spec=service)
        yield found(
            "Node", name, f"n{at}", status={"conditions": [{"type": name, "status": "True", "message": name}]}
        )
        yield found("ConfigMap", name, f"c{at}", data={name: f"{name}\n{name}"})
        yield found("Secret", name, f"x{at}", data={name: name}, type=name)
        involved = {"kind": "Pod", "name": name, "namespace": "default", "uid": f"p{at}"}
        event = {"involvedObject": involved, "reason": name, "message": f"{name}\n{name}", "type": name}
        yield found("Event", f"e-{name}", f"e{at}", **event, source={"component": name}, count=2)


@pytest.fixture(scope="module")
def cluster() -> kn.Cluster:
    """A snapshot in which every name and message is hostile."""
    return kn.load(json.dumps({"apiVersion": "v1", "kind": "List", "items": list(items())}))


def assert_clean(what: str, text: str) -> None:
    """Say where raw characters stand."""
    raw = RAW.search(text)
    assert raw is None, f"{what}: {text[max(raw.start() - 60, 0) : raw.end() + 60]!r}"


@pytest.mark.parametrize("kind", ["pods", "services", "nodes", "configmaps", "secrets", "events"])
def test_kubectl_shows_nothing_raw(cluster: kn.Cluster, kind: str) -> None:
    """Tables, pages, names, labels, JSONPath and columns of hostile objects are clean."""
    lines = [
        f"get {kind} {more}"
        for more in ("", "-A -o wide", "--show-labels", "-L app", "-o yaml", "-o json", "-o name")
    ]
    lines += [
        f"get {kind} -o jsonpath={{.items[*].metadata}}",
        f"get {kind} -o custom-columns=A:.metadata.annotations",
    ]
    lines += [f"describe {kind}"] if kind != "events" else ["events"]
    for line in lines:
        done = cluster.kubectl(line)
        assert "k8snotes itself has failed" not in done.stderr, done.stderr
        for text in (str(done), done.stdout, done.stderr, done._repr_mimebundle_()["text/html"]):
            assert_clean(line, text)
        assert "web-" in str(done), line


def test_what_is_typed_comes_back_clean(cluster: kn.Cluster) -> None:
    """Errors repeat what was typed: kubectl's, and those of the package."""
    for name in (*names(), *ALL):
        for words in (
            ["get", "pods", name],
            ["get", f"x{name}"],
            [name],
            ["get", "pods", "-l", name],
            [f"--{name}"],
        ):
            assert_clean(str(words), str(cluster.kubectl(words)))
    asks: list[Callable[[str], object]] = [
        *(
            kn.Selector,
            kn.load,
            kn.Quantity,
            cluster.endpoints,
            cluster.inside,
            cluster.why_pending,
            cluster.rules,
        ),
        *(
            cluster.trace,
            cluster.way_in,
            cluster.get,
            cluster.selection,
            cluster.capacity,
            cluster.quota,
        ),
    ]
    for ask in asks:
        for name in (f"{name}{more}" for name in names() for more in ("", " in (", "/x", ": [")):
            try:
                ask(name)
            except kn.K8sNotesError as error:
                assert_clean(f"{ask} {type(error)}", str(error))
                assert_clean("traceback", "".join(error._render_traceback_()))


def test_a_selector_error_points_at_the_place() -> None:
    """The mark stands below the place that is wrong, also behind characters that are written as escapes."""
    with pytest.raises(kn.SelectorSyntaxError) as raised:
        kn.Selector("a\x1b=b")
    _, line, mark, *_ = str(raised.value).split("\n")
    assert "\\x1b" in line
    assert len(mark) <= len(line) + 1


def figures(cluster: kn.Cluster) -> list[Any]:
    """Every picture that a snapshot can give."""
    name = names()[1]
    return [
        *(
            cluster.service_map(),
            cluster.service_map(unfold=True),
            cluster.three_ips(),
            cluster.architecture(),
        ),
        *(
            cluster.selection("app"),
            cluster.selection("!app", kind="nodes"),
            cluster.capacity(),
            cluster.quota(),
        ),
        *(
            cluster.diff(cluster.copy()),
            cluster.inside(f"pod/{name}"),
            cluster.life(f"pod/{name}"),
            cluster.rules(name),
            cluster.timeline(),
        ),
        *(
            cluster.trace("http://10.96.0.9:80", source=f"pod/{name}"),
            cluster.way_in(f"svc/{name}"),
            cluster.why_pending(f"pod/{name}"),
        ),
        cluster.endpoints(f"svc/{name}"),
    ]


def test_pictures_and_their_words_are_clean(cluster: kn.Cluster) -> None:
    """Outline, alternative text, SVG, HTML and DOT of every picture hold nothing raw, and so do its facts."""
    for figure in figures(cluster):
        texts = {"str": str(figure), "repr": repr(figure), "facts": str(getattr(figure, "facts", ""))}
        texts |= {
            kind: getattr(figure, kind)
            for kind in ("text", "alt", "svg", "html", "dot")
            if hasattr(figure, kind)
        }
        texts |= figure._repr_mimebundle_()
        for kind, text in texts.items():
            assert_clean(f"{figure!r} {kind}", text)


def test_tables_are_clean(cluster: kn.Cluster) -> None:
    """Tables show escapes, as text, as HTML and cell by cell; the labels of a row can be selected as before."""
    tables = [
        cluster.get(kind, wide=True)
        for kind in ("pods", "services", "nodes", "configmaps", "secrets", "events")
    ]
    tables += [cluster.top(), *(figure.table for figure in figures(cluster) if hasattr(figure, "table"))]
    for table in tables:
        for text in (table.to_string(), table.to_html(), repr(table), table.to_csv()):
            assert_clean(str(list(table.columns)), text)
    assert len(kn.select(tables[0], "app")) == len(names())


def test_reprs_are_clean(cluster: kn.Cluster) -> None:
    """Objects, their containers and the cluster print their names with escapes."""
    for thing in (cluster, cluster.objects("pods"), cluster.objects("pods")[0].containers, cluster.api):  # type: ignore[attr-defined]
        assert_clean("repr", repr(thing))


def texts_of(widget: Any) -> Iterator[str]:
    """Yield all text that a widget shows, its children's too."""
    chosen = hasattr(widget, "_options_labels")  # shown by its labels, whatever their values are
    for name in ("" if chosen else "value", "description", "placeholder", "tooltip", "_options_labels"):
        for value in [getattr(widget, name, None)]:
            for text in value if isinstance(value, (list, tuple)) else [value]:
                # a placeholder of ipywidgets' own is a space without width
                yield from [text] if isinstance(text, str) and text != "\u200b" else []
    for child in getattr(widget, "children", ()):
        yield from texts_of(child)


def test_widgets_are_clean(cluster: kn.Cluster) -> None:
    """What widgets show, and their previews, is clean."""
    shown_widgets: list[Widget] = [
        kn.explore(cluster),
        cluster.walk("http://10.96.0.9:80", source=f"pod/{names()[1]}"),
    ]
    for widget in shown_widgets:
        bundle = widget._repr_mimebundle_()
        for text in (*texts_of(widget), bundle["text/plain"], bundle["text/html"], repr(widget)):
            assert_clean(type(widget).__name__, text)


def test_the_doctor_is_clean() -> None:
    """What the doctor quotes of a manifest, finding by finding, is clean; so is what load warns of."""
    for char in ALL:
        quoted = json.dumps(f"we{char}b")
        text = f"apiVersion: v1\nkind: Pod\nmetadata: {{name: {quoted}, labels: {{{quoted}: {quoted}}}}}\nspec: {{nodeNam: x}}\n"
        for source in (
            text,
            f"kind: Pod\nmetadata:\n  name: we{char}b\n   x: [\n",
            f"kind: we{char}b\napiVersion: v1\n",
        ):
            findings = kn.examine(source)
            assert_clean("outline", str(findings))
            for shown_text in findings._repr_mimebundle_().values():
                assert_clean(f"listing {char!r}", shown_text)
            for finding in findings:
                assert_clean("finding", str(finding))


# ---- terminals


PRINTS_ALL = """
import sys, warnings
warnings.simplefilter("ignore")
import k8snotes as kn
c = kn.load("guestbook")
print(c, c.objects("pods"))
for figure in (c.service_map(), c.three_ips(), c.architecture(), c.capacity(), c.timeline(), c.selection("app"),
               c.rules("node-1"), c.trace("http://frontend"), c.endpoints("svc/frontend"), c.label("pod/" + c.objects("pods")[0].name, "tier=x"),
               c.diff(c.copy()), c.inside("pod/" + c.objects("pods")[0].name), kn.legend()):
    print(figure)
    print(repr(figure))
print(c.kubectl("get all"), c.kubectl("explain pod"), c.kubectl("describe pods"), c.kubectl(["get", "x\\u2713\\u670d\\x1b"]))
print(kn.examine("kind: Pod"), kn.glossary(), kn.progress(), kn.Selector("app").explain({"app": "x"}))
try:
    c["pod/\\u670d\\u2713"]
except kn.K8sNotesError as error:
    print(error)
"""


@pytest.mark.parametrize("encoding", ["cp1252", "ascii", "latin-1", "cp437", "gbk", "utf-8"])
def test_everything_prints_in_any_encoding(encoding: str, tmp_path: Path) -> None:
    """Under a terminal of any encoding print() works: signs that it lacks become plain ones."""
    environment = {
        **os.environ,
        "PYTHONIOENCODING": encoding,
        "PYTHONUTF8": "0",
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    command = [sys.executable, "-c", PRINTS_ALL]
    done = subprocess.run(command, capture_output=True, env=environment, cwd=tmp_path, check=False)
    assert done.returncode == 0, done.stderr.decode(errors="replace")[-600:]
    text = done.stdout.decode(encoding)
    assert "service map: " in text
    assert_clean(encoding, text.replace("\r\n", "\n"))
    assert ("✓" in text) == (encoding == "utf-8")
    assert "->" in text or encoding in ("utf-8", "gbk")


def test_a_sign_without_a_plain_one_becomes_its_escape(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the terminal cannot write is still told apart; an encoding that nobody knows is taken as ASCII."""

    class Terminal:
        encoding = "cp1252"

    monkeypatch.setattr(sys, "stdout", Terminal())
    assert printed("✓ ü → 服\U0001f600") == "+ ü -> \\u670d\\U0001f600"
    Terminal.encoding = "no-such-encoding"
    assert printed("✓ ü") == "+ \\xfc"
    monkeypatch.setattr(sys, "stdout", None)
    assert printed("✓") == "✓"


def test_a_line_at_the_prompt_is_as_long_as_the_terminal_is_wide(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal of 60 columns gets lines of 60 letters; a notebook gets its own."""
    line = "word " * 30
    monkeypatch.setenv("COLUMNS", "60")
    assert max(map(len, screen.wrapped(line).split("\n"))) > 60
    monkeypatch.setattr(screen, "at_prompt", lambda: True)
    assert max(map(len, screen.wrapped(line).split("\n"))) <= 60
