"""More recorded commands of kubectl v1.36.2: a second cluster, with Nodes of several kinds and all sorts of workloads."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest
import yaml

import k8snotes as kn

GOLDEN = Path(__file__).resolve().parent / "golden" / "kubectl"
CASES = json.loads((GOLDEN / "harbour.json").read_text(encoding="utf-8"))
LETTER = "[bcdfghjklmnpqrstvwxz2456789]"
# what is chance or the recorder's clock: hashes, the ends of names, addresses, ports, ages, times, uids and revisions
CHANCE = (
    (re.compile(rf"\b(\w+)-{LETTER}{{6,10}}(-{LETTER}{{5}})?\b"), r"\1-<*>"),
    (re.compile(rf"\b(\w+)-{LETTER}{{5}}\b"), r"\1-<*>"),
    (re.compile(rf"pod-template-hash={LETTER}+"), "pod-template-hash=<*>"),
    (re.compile(r"\b10\.(96|244)\.\d+\.\d+\b"), "<*>"),
    (re.compile(r"\b3[0-2]\d{3}/TCP"), "<*>/TCP"),
    (re.compile(r"20\d\d-\d\d-\d\dT[0-9:]+Z|\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d \+0000"), "<*>"),
    (re.compile(r"\b(\d+[smh])+\b"), "<*>"),
    (re.compile(r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"), "<*>"),
    (re.compile(r'resourceVersion: "\d+"'), "resourceVersion: <*>"),
    (re.compile(r"<[a-z-]+>(-<[a-z*-]+>)*"), "<*>"),
    (re.compile(r"^Events:.*?(?=\n\n\n|\Z)", re.MULTILINE | re.DOTALL), ""),
    (re.compile(r"[ \t]+"), " "),
    (re.compile(r"-<\*>(-<\*>)+"), "-<*>"),
)


def told(text):
    """Return the lines of a text without what is chance; their order in lists depends on names that are chance."""
    for pattern, instead in CHANCE:
        text = pattern.sub(instead, text)
    return sorted(line.rstrip() for line in text.split("\n") if line.strip())


def harbour():
    """Return the cluster as it was before the first command: everything was applied by kubectl."""
    nodes = json.loads((GOLDEN / "states" / "harbour.cluster.json").read_text(encoding="utf-8"))["nodes"]
    machines = []
    for number in range(1, nodes["count"] + 1):
        name = f"node{number}"
        taints = nodes["taints"].get(name)
        machines.append(
            {
                "metadata": {"name": name, "labels": nodes["labels"].get(name, {})},
                "spec": {"taints": taints} if taints else {},
                "status": {"addresses": [{"type": "InternalIP", "address": f"192.168.10.{number}"}]},
            }
        )
    cluster = kn.Cluster(machines, cpu=nodes["cpu"], memory=nodes["memory"], pods=nodes["pods"])
    for manifest in filter(None, yaml.safe_load_all((GOLDEN / "states" / "harbour.yaml").read_text("utf-8"))):
        cluster.apply(manifest)
    cluster.settle()
    return cluster


def test_recorded_commands_print_the_same(tmp_path, monkeypatch):
    """One after the other, 185 of 198 commands print what kubectl printed; of the others, the recording says why not."""
    monkeypatch.chdir(tmp_path)
    cluster = harbour()
    compared = 0
    for case in CASES:
        for file, text in (case.get("files") or {}).items():
            (tmp_path / file).write_text(text, encoding="utf-8")
        done = cluster.kubectl(shlex.join(case["argv"]))
        if "not_compared" in case:
            continue
        compared += 1
        command = " ".join(case["argv"])
        assert told(done.stdout) == told(case["stdout"]), command
        assert told(done.stderr) == told(case["stderr"]), command
        assert done.exit == case["exit"], command
    assert compared == 185


@pytest.mark.parametrize(
    ("patch", "said"),
    [
        ('{"spec":{"replicas":"x"}}', '"map[spec:map[replicas:x]]": unrecognized type: int32'),
        ('{"spec":{"paused":7}}', '"map[spec:map[paused:7]]": unrecognized type: bool'),
        ('{"spec":{"replicas":1.5}}', '"map[spec:map[replicas:1.5]]": cannot convert float64 to int32'),
        ('{"spec":"x"}', '"map[spec:x]": cannot restore struct from: string'),
        ('{"metadata":{"labels":[]}}', '"map[metadata:map[labels:[]]]": cannot restore map from slice'),
    ],
)
def test_a_wrong_value_in_a_strategic_merge_is_told_by_the_patch(patch, said):
    """The API server names the whole patch; a merge by JSON alone is read as any body is."""
    c = harbour()
    done = c.kubectl(["patch", "deploy", "ferry", "-p", patch])
    assert (done.stderr, done.exit) == (f"The request is invalid: patch: Invalid value: {said}\n", 1)
    other = c.kubectl(["patch", "deploy", "ferry", "--type=merge", "-p", patch])
    assert "cannot be handled as a Deployment: json: cannot unmarshal" in other.stderr


def test_a_patch_of_a_secret_is_not_shown():
    """What is said of a patch of a Secret has none of its values."""
    c = kn.Cluster(nodes=1)
    c.create({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}})
    done = c.kubectl(["patch", "secret", "s", "-p", '{"stringData":{"password":"sesame"},"type":7}'])
    assert done.exit == 1
    assert "sesame" not in done.stderr


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ("a=1 rank-", "modified"),
        ("rank=9 app- --overwrite", "modified"),
        ("rank=9 --overwrite", "labeled"),
        ("rank- --overwrite", "unlabeled"),
        ("rank=1", "not labeled"),
    ],
)
def test_label_says_what_became_of_the_labels(changes, word):
    """Labels that come and labels that go at once are "modified"."""
    c = kn.Cluster(nodes=1)
    c.create(
        "{apiVersion: v1, kind: Pod, metadata: {name: lone, labels: {app: lone, rank: '1'}}, "
        "spec: {containers: [{name: main, image: web}]}}"
    )
    assert c.kubectl(f"label pod lone {changes}").stdout == f"pod/lone {word}\n"


def test_revisions_that_a_replica_set_was_before_are_kept():
    """Each way back adds a number to the history of the ReplicaSet that is the latest again."""
    c = harbour()
    for image in ("a:1", "a:2", "a:1", "a:2", "a:1"):
        c.kubectl(f"set image deploy/ferry main={image}")
        c.settle()
    found = {
        item.raw["spec"]["template"]["spec"]["containers"][0]["image"]: item.annotations
        for item in c.objects("rs", "app=ferry")
    }
    key = "deployment.kubernetes.io/revision"
    assert (found["a:1"][key], found["a:1"][f"{key}-history"]) == ("6", "2,4")
    assert (found["a:2"][key], found["a:2"][f"{key}-history"]) == ("5", "3")


def test_what_looks_like_a_number_of_base_60_is_written_in_quotes():
    """kubectl writes 07:12 in quotes, for older readers of YAML; k8snotes reads it as text either way."""
    c = kn.Cluster(nodes=1)
    c.create(
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "t"},
            "data": {"a": "07:12", "b": "7:99"},
        }
    )
    written = c.kubectl("get cm t -o yaml").stdout
    assert '  a: "07:12"\n' in written
    assert "  b: 7:99\n" in written
