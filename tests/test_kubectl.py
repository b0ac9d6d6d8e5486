"""kubectl in a cell: every recorded command prints what kubectl v1.36.2 printed, typed either way."""

from __future__ import annotations

import json
import re
import shlex
from itertools import pairwise
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from IPython.core.interactiveshell import InteractiveShell

import k8snotes as kn
from k8snotes.kubectl.cli import OWN_FAULT, kubectl
from k8snotes.kubectl.commands import COMMANDS
from k8snotes.kubectl.output.tabs import table
from k8snotes.kubectl.verbs import VERBS

HERE = Path(__file__).resolve().parent
GOLDEN = HERE / "golden" / "kubectl"
SHARED = HERE.parents[1] / "shared" / "golden"
CASES = json.loads((GOLDEN / "cases.json").read_text(encoding="utf-8"))
LETTER = "[bcdfghjklmnpqrstvwxz2456789]"


def state(name):
    """A cluster in one of the recorded states."""
    asked = json.loads((GOLDEN / "states" / f"{name}.cluster.json").read_text(encoding="utf-8"))
    nodes = asked["nodes"]
    machines = [
        {
            "metadata": {"name": f"node{number}"},
            "status": {"addresses": [{"type": "InternalIP", "address": f"192.168.10.{number}"}]},
        }
        for number in range(1, nodes["count"] + 1)
    ]
    cluster = kn.Cluster(machines, cpu=nodes["cpu"], memory=nodes["memory"], pods=nodes["pods"])
    text = (GOLDEN / "states" / f"{name}.yaml").read_text(encoding="utf-8")
    for manifest in filter(None, yaml.safe_load_all(text)):
        cluster.create(manifest)
    cluster.settle()
    for pod in asked.get("unready", ()):
        cluster.set_ready(f"pod/{pod}", False)
    cluster.settle()
    return cluster


@pytest.fixture
def shop():
    return state("shop")


# ---- the recorded commands

WORDS = (
    (re.compile(rf"\bapi-{LETTER}{{6,10}}-{LETTER}{{5}}\b"), "api-<hash>-<id>"),
    (re.compile(rf"pod-template-hash={LETTER}+"), "pod-template-hash=<hash>"),
    (re.compile(rf"\bapi-{LETTER}{{6,10}}\b(?!-)"), "api-<hash>"),
    (re.compile(rf"\b(web|nobody)-{LETTER}{{5}}\b"), r"\1-<id>"),
    (re.compile(r"192\.168\.0\.10:6443"), "<apiserver>"),
    (re.compile(r"10\.244\.\d+\.\d+"), "<ip>"),
    (re.compile(r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d \+0000"), "<time>"),
)
EVENTS = re.compile(r"^Events:.*?(?=\n\n\n|\Z)", re.MULTILINE | re.DOTALL)


def words(text):
    for pattern, token in WORDS:
        text = pattern.sub(token, text)
    return EVENTS.sub("Events: <not recorded>\n", text)


def without_conditions(text):
    """Return a page without the conditions of a Pod: the recorder's kubelet had an order of its own, and one less.

    Their names also make the columns of the page as wide as they are.
    """
    head, found, rest = text.partition("Conditions:\n  Type  ")
    if not found or "PodScheduled" not in rest:
        return text
    return re.sub(" +", " ", head + rest[rest.index("\nVolumes:") :])


def relaid(text):
    """A table with tokens in its cells, its columns padded again, as the recording has it."""
    return "\n".join(_relaid(block) for block in text.split("\n\n"))


def _relaid(block):
    lines = block.rstrip("\n").split("\n")
    head = list(re.finditer(r"\S+(?: \S+)*", lines[0]))
    starts = [match.start() for match in head]
    ages = {at for at, match in enumerate(head) if match[0] == "AGE"}
    rows = []
    for line in lines:
        cells = [line[a:b].rstrip() for a, b in pairwise([*starts, len(line) + 1])]
        if line is not lines[0]:
            cells = ["<age>" if at in ages else words(cell) for at, cell in enumerate(cells)]
        rows.append(cells)
    return table(rows)


def typed(cluster, case, folder, monkeypatch):
    """What c.kubectl prints."""
    monkeypatch.chdir(folder)
    return cluster.kubectl(shlex.join(case["argv"]))


def in_a_cell(cluster, case, folder, monkeypatch):
    """What %kubectl prints."""
    monkeypatch.chdir(folder)
    shell = InteractiveShell()
    kn.load_ipython_extension(shell)
    shell.user_ns["c"] = cluster
    return shell.run_line_magic("kubectl", shlex.join(case["argv"][1:]))


@pytest.mark.parametrize("way", [typed, in_a_cell])
@pytest.mark.parametrize("name", sorted({case["state"] for case in CASES}))
def test_recorded_commands_print_the_same(name, way, tmp_path, monkeypatch):
    """Each recorded command prints the same text to the same stream, and ends with the same exit code."""
    cluster = state(name)
    for case in CASES:
        if case["state"] != name:
            continue
        for file, text in (case.get("files") or {}).items():
            (tmp_path / file).write_text(text, encoding="utf-8")
        done = way(cluster, case, tmp_path, monkeypatch)
        command = " ".join(case["argv"])
        assert words(done.stderr) == case["stderr"], command
        assert done.exit == case["exit"], command
        if case["argv"][1] == "explain" and not case["exit"]:
            first = case["stdout"].partition("DESCRIPTION")[0]
            assert done.stdout.startswith(first), command  # the words below are our own
        elif case["layout"] == "relaid":
            blocks = done.stdout.split("\n\n")
            assert "\n".join(map(_relaid, blocks)) == case["stdout"], command
        else:
            assert without_conditions(words(done.stdout)) == without_conditions(case["stdout"]), command


def refused():
    if not (SHARED / "validation").is_dir():
        return []
    recorded = json.loads((SHARED / "validation" / "expected.json").read_text(encoding="utf-8"))
    return [(slug, case) for slug, case in recorded.items() if case.get("kubectl_create")]


@pytest.mark.skipif(not refused(), reason="the recorded manifests are not beside this checkout")
@pytest.mark.parametrize(
    ("slug", "case"), refused(), ids=lambda value: value if isinstance(value, str) else ""
)
def test_refused_manifests_are_refused_in_the_same_words(slug, case, tmp_path):
    """`kubectl create -f` says of a bad manifest what the real one said of it."""
    text = (SHARED / "validation" / f"{slug}.yaml").read_text(encoding="utf-8")
    parts = re.split(r"^---\s*\n", text, flags=re.MULTILINE)
    first = case["documents_before"]
    cluster = kn.Cluster(nodes=1)
    cluster.create("{apiVersion: v1, kind: Namespace, metadata: {name: shop}}")
    for part in parts[:first]:
        cluster.apply(part, namespace="shop")
        cluster.settle()
    tested = "---\n".join(parts[first:]) if first else text
    (tmp_path / "FILE").write_text(tested, encoding="utf-8")
    source = "-" if "STDIN" in case["kubectl_create"]["stderr"] else "FILE"
    done = kubectl(cluster.simulation, ["create", "-n", "shop", "-f", source], stdin=tested, folder=tmp_path)
    assert {"stdout": done.stdout, "stderr": done.stderr, "exit": done.exit} == case["kubectl_create"]


# ---- it never raises

PLAUSIBLE = [
    *COMMANDS,
    *("pods", "po", "svc", "deploy", "rc", "all", "nodes", "events", "secrets", "quota", "foo", "pods,svc"),
    *("web", "db", "api", "nope", "pod/db", "svc/web", "deploy/api", "node1", "rc/web", "foo/bar", "/", "a/"),
    *(
        "-o",
        "wide",
        "yaml",
        "json",
        "name",
        "-oname",
        "jsonpath={.items[*].metadata.name}",
        "-ojsonpath={",
        "foo",
    ),
    *(
        "jsonpath={range .items[*]}{.x[0]}{end}",
        "custom-columns=A:.metadata.name",
        "--sort-by=.spec",
        "--no-headers",
    ),
    *(
        "-n",
        "default",
        "nowhere",
        "-A",
        "-l",
        "app=web",
        "app in (",
        "--show-labels",
        "-L",
        "app",
        "--all",
        "-f",
        "-",
    ),
    *(
        "--replicas=2",
        "--replicas",
        "-1",
        "--port=80",
        "--image=nginx",
        "image",
        "main=nginx:2",
        "--dry-run=client",
    ),
    *(
        "status",
        "undo",
        "history",
        "restart",
        "--to-revision=1",
        "tier=x",
        "tier-",
        "a=b:NoSchedule",
        "--force",
    ),
    *(
        "--",
        "curl",
        "http://web",
        "ping",
        "nslookup",
        "--field-selector",
        "status.phase=Running",
        "--help",
        "-h",
    ),
    *(
        "deployment",
        "namespace",
        "service",
        "clusterip",
        "--tcp=80",
        "--overwrite",
        "-p",
        '{"spec":{}}',
        "",
        "|",
        "-",
    ),
    *(
        "pod.spec",
        "service.spec.ports.port",
        "--recursive",
        "--for=condition=Ready",
        "--timeout=1s",
        "é",
        "--x",
        "-x",
    ),
]


KINDS = {
    "pods": ("db", "sick", "big"),
    "svc": ("web", "ext", "db"),
    "deploy": ("api",),
    "rc": ("web",),
    "nodes": ("node1",),
    "rs": (),
    "ep": ("web",),
    "endpointslices": (),
    "events": (),
    "ns": ("default",),
    "all": (),
}


@st.composite
def commands(draw):
    """A verb with a kind and a name of its own, and a flag or two: most of these are understood."""
    kind = draw(st.sampled_from(sorted(KINDS)))
    name = draw(st.sampled_from(KINDS[kind] or ("nope",)))
    meant = draw(st.sampled_from([[kind], [kind, name], [f"{kind}/{name}"]]))
    verb = draw(st.sampled_from(sorted(VERBS)))
    inner = {"rollout": draw(st.sampled_from(sorted(VERBS["rollout"].subcommands))), "set": "image"}.get(verb)
    return [
        verb,
        *([inner] if inner else []),
        *meant,
        *draw(st.lists(st.sampled_from(PLAUSIBLE), max_size=3)),
    ]


@settings(max_examples=300, deadline=None)
@given(argv=commands())
def test_no_command_that_makes_sense_raises(argv):
    """Every verb with every kind has an answer."""
    cluster = _SHOP.copy()
    assert OWN_FAULT not in cluster.kubectl(argv).stderr
    assert OWN_FAULT not in cluster.kubectl("get all -o wide").stderr


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(argv=st.lists(st.sampled_from(PLAUSIBLE), max_size=7))
def test_nothing_that_one_types_raises(argv):
    """Whatever is typed, there is an answer: two texts and an exit code."""
    done = _SHOP.copy().kubectl(argv)
    assert OWN_FAULT not in done.stderr
    assert isinstance(done.stdout, str)
    assert isinstance(done.stderr, str)
    assert isinstance(done.exit, int)
    assert done.exit == 0 or done.stderr or done.stdout or argv[:1] in (["wait"], ["set"])


_SHOP = state("shop")


@settings(max_examples=200, deadline=None)
@given(line=st.text(max_size=60), stdin=st.text(max_size=200))
def test_no_text_raises(line, stdin):
    """Neither a line nor a document of any characters brings it down."""
    cluster = _SHOP.copy()
    for typed_line in (
        line,
        "apply -f -",
        ["get", "pods", "-o", f"jsonpath={line}"],
        ["get", "pods", "-o", f"custom-columns={line}"],
        ["patch", "svc", "web", "-p", stdin],
    ):
        done = cluster.kubectl(typed_line, stdin=stdin)
        assert done.exit in range(256)
        assert OWN_FAULT not in done.stderr
