"""Every form in which a dump of a cluster comes: folders, archives, long lists, charts and kustomizations."""

from __future__ import annotations

import gzip
import io
import json
import os
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import k8snotes as kn
from k8snotes.api import sources
from k8snotes.api.archives import members
from k8snotes.api.files import Unreadable
from k8snotes.api.packing import packing as packing_of
from k8snotes.api.stream import BrokenListError, Pool, items_of
from k8snotes.progress_bar import Bar

sys.path.insert(0, str(Path(__file__).parent / "benchmarks"))
import large_dump

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the programs of these tests are shell scripts")
MANIFEST = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: NAME}\n"


@pytest.fixture
def dump(tmp_path):
    """Return the file of a dump of 60 Pods."""
    path = tmp_path / "dump.json"
    large_dump.write(path, 60, 3)
    return path


def names(cluster):
    return sorted(f"{obj.ref}" for kind in ("pods", "nodes", "services") for obj in cluster.objects(kind))


def test_a_streamed_dump_is_the_dump_that_is_read_at_once(dump, monkeypatch):
    """A list whose items are read one by one gives the same objects as the list read at once, and knows their lines."""
    at_once = sources.read(dump).objects
    monkeypatch.setattr(sources, "_LONG", 0)
    streamed = sources.read(dump).objects
    assert streamed == at_once
    lines = dump.read_text().split("\n")
    assert {lines[obj.source.line - 1].strip() for obj in streamed} == {"{"}


def test_objects_of_a_streamed_dump_can_be_changed_one_by_one(dump, monkeypatch):
    """What two Pods have in common is shared, and a manifest given to a reader is still a copy of its own."""
    monkeypatch.setattr(sources, "_LONG", 0)
    cluster = kn.load(dump)
    first, second = cluster.objects("pods")[:2]
    changed = first.manifest
    changed["spec"]["tolerations"][0]["key"] = "changed"
    changed["status"]["conditions"][0]["type"] = "changed"
    assert "changed" not in json.dumps([first.raw, second.raw])
    assert "&id" not in cluster.kubectl(f"get pod {second.name} -n {second.namespace} -o yaml").stdout


@pytest.mark.parametrize("packing", ["gz", "zip", "tar", "tar.gz"])
def test_a_packed_dump_is_read_where_it_lies(dump, packing, tmp_path):
    """gzip, zip and tar give the same cluster as the file in them, and nothing is written beside them."""
    packed = tmp_path / "packed" / f"dump.json.{packing}"
    packed.parent.mkdir()
    if packing == "gz":
        packed.write_bytes(gzip.compress(dump.read_bytes()))
    elif packing == "zip":
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.write(dump, "../../dump.json")
    else:
        with tarfile.open(packed, "w:gz" if packing == "tar.gz" else "w") as archive:
            archive.add(dump, "../../dump.json")
    assert names(kn.load(packed)) == names(kn.load(dump))
    assert [path.name for path in packed.parent.iterdir()] == [packed.name]


@pytest.mark.parametrize("form", ["gzip", "zip"])
def test_an_archive_that_fills_the_memory_is_refused(form, tmp_path):
    """An archive that would become more than a hundred times as long is refused, and the error says what to do."""
    path = tmp_path / "bomb"
    zeros = b"\0" * 200_000_000
    if form == "gzip":
        path.write_bytes(gzip.compress(zeros, 1))
    else:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            archive.writestr("a.yaml", zeros)
    with pytest.raises(kn.ManifestError, match=r"(?s)more than 1\d\d MB.*Unpack|longer than 100 MB"):
        kn.load(path)


def test_a_broken_archive_is_named(tmp_path):
    """An archive that ends too early is an error with its name and the next step."""
    path = tmp_path / "dump.tar.gz"
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as archive:
        info = tarfile.TarInfo("a.yaml")
        info.size = 5000
        archive.addfile(info, io.BytesIO(os.urandom(5000)))
    path.write_bytes(content.getvalue()[:2000])
    with pytest.raises(kn.ManifestError, match=r"(?s)dump.tar.gz.*cannot be unpacked"):
        kn.load(path)
    with pytest.raises(Unreadable):
        [member.file.read() for member in members(path, packing_of(path))]


def test_the_folder_of_cluster_info_dump_is_a_snapshot(dump, tmp_path):
    """nodes.json, a folder for each Namespace, and logs: the lists are read, logs and empty lists are not spoken of."""
    folder = tmp_path / "info"
    items = json.loads(dump.read_text())["items"]
    for item in items:
        item.pop("apiVersion") if item["kind"] in {"Pod", "Node"} else None
    nodes = [item for item in items if item["kind"] == "Node"]
    (folder / "default" / "web").mkdir(parents=True)
    (folder / "nodes.json").write_text(json.dumps({"kind": "NodeList", "apiVersion": "v1", "items": nodes}))
    pods = [
        {key: value for key, value in item.items() if key != "kind"}
        for item in items
        if item["kind"] == "Pod" and item["metadata"]["namespace"] == "default"
    ]
    lists = {"pods": ("PodList", pods), "services": ("ServiceList", None), "events": ("EventList", [])}
    for name, (kind, some) in lists.items():
        text = json.dumps({"kind": kind, "apiVersion": "v1", "metadata": {}, "items": some})
        (folder / "default" / f"{name}.json").write_text(text)
    (folder / "default" / "web" / "logs.txt").write_text("==== START logs\nkind: Pod\n")
    cluster = kn.load(folder)
    assert cluster.snapshot
    assert (len(cluster.objects("nodes")), len(cluster.objects("pods"))) == (3, len(pods))
    assert not any("skipped" in note for note in cluster.assumed)


def test_what_cluster_info_dump_prints_is_read_without_its_logs(dump):
    """In the output of `kubectl cluster-info dump`, logs stand between the lists, and are no manifests."""
    logs = (
        "==== START logs for container app of pod default/web ====\n{ not: json\n"
        "==== END logs for container app of pod default/web ====\n"
    )
    empty = '{"kind": "EventList", "apiVersion": "v1", "items": []}\n'
    assert len(sources.read(dump.read_text() + empty + logs).objects) == len(sources.read(dump).objects)


def test_several_files_are_one_dump(dump, tmp_path):
    """A list of paths is one dump: here the Nodes and the rest are in files of their own."""
    items = json.loads(dump.read_text())["items"]
    files = [tmp_path / "nodes.json", tmp_path / "rest.json.gz"]
    nodes = {"kind": "List", "apiVersion": "v1", "items": [item for item in items if item["kind"] == "Node"]}
    rest = {"kind": "List", "apiVersion": "v1", "items": [item for item in items if item["kind"] != "Node"]}
    files[0].write_text(json.dumps(nodes))
    files[1].write_bytes(gzip.compress(json.dumps(rest).encode()))
    assert names(kn.load(files)) == names(kn.load(dump))


def test_a_dump_that_ends_too_early_is_named_with_its_line(dump, monkeypatch):
    """Where kubectl was stopped, the error has the last line of the file."""
    text = dump.read_text()[:-5000]
    dump.write_text(text)
    monkeypatch.setattr(sources, "_LONG", 0)
    with pytest.raises(kn.ManifestError, match="was stopped") as caught:
        kn.load(dump)
    assert 0 < caught.value.problems[0].line <= text.count("\n") + 1


def program(folder, name, script):
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


@pytest.fixture
def programs(tmp_path, monkeypatch):
    """Return a folder that is the only one in which programs are found, beside the shell's own."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}")
    return folder


def application(tmp_path, name, content):
    folder = tmp_path / "shop $(date)"
    folder.mkdir()
    (folder / name).write_text(content)
    (folder / "web.yaml").write_text(MANIFEST.replace("NAME", "plain"))
    return folder


@pytest.mark.parametrize(
    ("file", "name", "words"),
    [
        ("Chart.yaml", "helm", "template release"),
        ("kustomization.yaml", "kubectl", "kustomize"),
    ],
)
def test_a_chart_and_a_kustomization_are_built_by_the_real_programs(file, name, words, programs, tmp_path):
    """helm and kubectl are called without a shell, with the folder as one word, and what they print is loaded."""
    folder = application(tmp_path, file, "name: shop\nversion: 1.0.0\napiVersion: v2\n")
    manifest = MANIFEST.replace("NAME", "built")
    program(programs, name, f'echo "$@" > "{tmp_path}/called"; printf \'%s\' "{manifest}"')
    cluster = kn.load(folder)
    assert "built" in [obj.name for obj in cluster.objects("configmaps")]
    assert "plain" not in [obj.name for obj in cluster.objects("configmaps")]
    assert (tmp_path / "called").read_text().strip() == f"{words} {folder}"
    assert any(words in note for note in cluster.assumed)


def test_without_helm_a_chart_is_answered_with_the_command(programs, tmp_path):
    """A chart alone cannot be read, so the error has the command; what lies beside it is read, and a note has it."""
    folder = application(tmp_path, "Chart.yaml", "name: shop\nversion: 1.0.0\napiVersion: v2\n")
    assert not list(programs.iterdir())
    cluster = kn.load(folder)
    assert "plain" in [obj.name for obj in cluster.objects("configmaps")]
    assert any(
        "helm is not installed" in note and "helm template release" in note for note in cluster.assumed
    )
    (folder / "templates").mkdir(exist_ok=True)
    for path in folder.glob("*.y*ml"):
        if path.name != "Chart.yaml":
            path.rename(folder / "templates" / path.name)
    with pytest.raises(kn.ManifestError, match=r"(?s)helm is not installed.*helm template release"):
        kn.load(folder)


def test_where_kustomize_refuses_the_files_are_read_as_they_are(programs, tmp_path):
    """kubectl's own words are in a note, and the files beside the kustomization are loaded."""
    folder = application(tmp_path, "kustomization.yaml", "resources: [web.yaml]\n")
    program(programs, "kubectl", "echo 'error: no such base' >&2; exit 1")
    cluster = kn.load(folder)
    assert "plain" in [obj.name for obj in cluster.objects("configmaps")]
    assert any("error: no such base" in note and "kubectl kustomize" in note for note in cluster.assumed)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=12,
)


@given(
    st.lists(st.dictionaries(st.text(max_size=3), JSON, max_size=4), max_size=4), st.sampled_from([None, 2])
)
def test_every_list_is_streamed_as_json_reads_it(items, indent):
    """Whatever the items hold, they are what json.loads makes of them, also where true stands for 1."""
    text = json.dumps({"apiVersion": "v1", "items": items, "kind": "List"}, indent=indent)
    read = [item for _line, item in items_of(io.BytesIO(text.encode()), {})]
    assert json.dumps(read) == json.dumps(items)


@given(JSON, JSON)
def test_a_pool_never_mixes_values(first, second):
    """A value that was read after another one is still itself, with the same types."""
    pool = Pool()
    assert json.dumps(pool.shared({"a": {"b": first}})) == json.dumps({"a": {"b": first}})
    assert json.dumps(pool.shared({"a": {"b": second}})) == json.dumps({"a": {"b": second}})


def test_a_list_that_is_cut_is_never_taken_for_whole():
    """Wherever the text of a list ends, reading it is an error."""
    text = b'{"kind": "List", "items": [{"a": [1, "\\u00e9"]}, {"b": null}]}'
    for end in range(30, len(text)):
        with pytest.raises(BrokenListError):
            list(items_of(io.BytesIO(text[:end]), {}))


def test_a_bar_waits_two_seconds_and_writes_only_to_terminals(monkeypatch):
    """A bar is silent at first and where nobody looks; on a terminal it leaves an empty line."""

    class Terminal(io.StringIO):
        def isatty(self):
            return True

    moment = [0.0]
    monkeypatch.setattr("k8snotes.progress_bar.time.monotonic", lambda: moment[0])
    monkeypatch.setattr("k8snotes.progress_bar._in_notebook", lambda: False)
    for stream, shown in ((io.StringIO(), False), (Terminal(), True)):
        monkeypatch.setattr("sys.stderr", stream)
        with Bar("Loading", 10) as bar:
            bar.at(1)
            assert not stream.getvalue()
            moment[0] += 3
            bar.at(5)
            assert ("50%" in stream.getvalue()) is shown
        assert stream.getvalue().endswith("\r") is shown
