"""Reading and writing manifests: as Kubernetes reads them, with the place of every error."""

from __future__ import annotations

import json
import os
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from k8snotes.api.base import view
from k8snotes.api.manifest import documents, dump
from k8snotes.api.scalars import scalar_value
from k8snotes.api.sources import is_text, parse, read
from k8snotes.errors import ManifestError

POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: good}\n"
BOMB = "a0: &a0 [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"a{i}: &a{i} [{','.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 12)
)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("yes", True),
        ("NO", False),
        ("on", True),
        ("y", True),
        ("12:30", "12:30"),
        ("2024-01-01", "2024-01-01"),
        ("1e3", 1000.0),
        ("0120", 80),
        ("0o17", 15),
        ("0x50", 80),
        ("0b11", 3),
        ("1_000", 1000),
        ("80.0", 80.0),
        ("-5", -5),
        ("+7", 7),
        ("08", 8.0),
        ("~", None),
        ("Null", None),
        ("", None),
        ("=", "="),
        ("1.2.3", "1.2.3"),
        ("10.96.0.1", "10.96.0.1"),
        ("nginx", "nginx"),
        ("-", "-"),
        (".", "."),
        ("0x", "0x"),
        ("99999999999999999999", 99999999999999999999.0),
    ],
)
def test_unquoted_words_are_read_as_kubernetes_reads_them(text, value):
    """Booleans of YAML 1.1, Go's numbers; times and dates stay text."""
    found = scalar_value(text)
    assert found == value
    assert type(found) is type(value)


def test_keys_are_text():
    """`on:` is the key "true", and 80: the key "80", as after Kubernetes' conversion to JSON."""
    (document,) = documents("on: 1\n80: 2\n")
    assert document.value == {"true": 1, "80": 2}


def test_anchors_and_merge_keys():
    """An alias stands for its anchor; << fills in what is not there."""
    (document,) = documents("base: &b {a: 1, b: 2}\nnew: {<<: *b, b: 3}\n")
    assert document.value["new"] == {"a": 1, "b": 3}


@pytest.mark.parametrize(
    ("text", "line", "column", "words"),
    [
        ("apiVersion: v1\nkind: Pod\nmetadata:\n\tname: web\n", 4, 1, "tab"),
        ('apiVersion: v1\nkind: Pod\nmetadata:\n  name: "we', 4, None, "quote"),
        ("apiVersion: v1\nkind: Pod\nmetadata: {name: web\n", None, None, "closed"),
        ("- apiVersion: v1\n", 1, 1, "list"),
        ("42\n---\n" + POD, 1, 1, "number"),
        ("apiVersion: apps/v1\nkind: Deploymnt\nmetadata: {name: x}\n", 2, 1, 'Did you mean "Deployment"?'),
        ("apiVersion: v1\nkind: Deployment\nmetadata: {name: x}\n", 2, 1, "apps/v1"),
        ("apiVersion: apps/v1\nkind: Service\nmetadata: {name: x}\n", 2, 1, "apiVersion: v1"),
        ("apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n  name: b\n", 5, 3, "already set"),
        (BOMB, None, None, "aliasing"),
        ("a: &a [*a]\n", 1, 4, "alias"),
        ("apiVersion: v1\nmetadata: {name: x}\n", 1, 1, "Kind"),
        ("kind: Pod\nmetadata: {name: x}\n", 1, 1, "apiVersion: v1"),
        ("apiVersion: a/b/c\nkind: Pod\n", 1, 1, "GroupVersion"),
        ("apiVersion: v1\nkind: Pod\nx: a: b\n", 3, 5, "colon"),
        ("apiVersion: v1\nkind: Pod\nx: \x07\n", 3, 4, "character"),
        ("x: !Foo y\n", 1, 4, "tag"),
        ('{"kind": "Pod", "kind": "Pod"}', 1, 17, "already set"),
        ('{\n"kind": "Pod",,\n}', 2, 15, "JSON"),
        ("{}0", 1, 1, "apiVersion"),
        ("[" * 100_000, None, None, "deep"),
        ("{" * 5_000, None, None, ""),
        ("- " * 50_000 + "x", None, None, "deep"),
        ('{"a":' * 50_000, None, None, ""),
        ("\n\n", None, None, "no manifest"),
    ],
)
def test_a_bad_document_is_an_error_that_says_where_and_what_to_do(text, line, column, words):
    """Each is a ManifestError with the line and column, and words that help."""
    with pytest.raises(ManifestError) as caught:
        read(text).checked()
    error = caught.value
    assert words in str(error)
    assert error.document == 0
    assert error.line is not None
    assert error.column is not None
    if line is not None:
        assert error.line == line
    if column is not None:
        assert error.column == column


def test_good_documents_are_named_and_kept():
    """A bad document among good ones: the error names the good, and they load from it."""
    text = POD + "---\nkind: [\n---\n" + POD.replace("good", "fine") + "---\n- 1\n"
    with pytest.raises(ManifestError) as caught:
        read(text).checked()
    error = caught.value
    assert [problem.document for problem in error.problems] == [1, 3]
    assert [obj.name for obj in error.objects] == ["good", "fine"]
    assert "pod/good" in str(error)
    assert read(error.objects).objects == error.objects


def test_lines_count_through_the_whole_file(tmp_path):
    """A problem in the second document of a file has the file's line."""
    path = tmp_path / "two.yaml"
    path.write_text(POD + "---\n# a comment\napiVersion: v1\nkind: Pood\n")
    with pytest.raises(ManifestError) as caught:
        read(path).checked()
    assert (caught.value.line, caught.value.column) == (7, 1)
    assert caught.value.file.endswith("two.yaml")
    assert 'Did you mean "Pod"?' in str(caught.value)


def test_a_missing_file_says_what_is_near(tmp_path):
    """The error of a mistyped path names the file that was probably meant."""
    (tmp_path / "guestbook.yaml").write_text(POD)
    with pytest.raises(ManifestError, match=r"no such file(.|\n)*guestbook\.yaml"):
        read(str(tmp_path / "guestbok.yaml"))


def test_a_folder_without_manifests(tmp_path):
    """A folder that holds no manifest is an error, with what it holds instead."""
    (tmp_path / "notes.txt").write_text("hello")
    with pytest.raises(ManifestError, match="this folder has no"):
        read(tmp_path)
    (tmp_path / "values.yaml").write_text("replicas: 3\n")
    with pytest.raises(ManifestError):
        read(tmp_path).checked()


def test_folders_are_read_recursively_and_foreign_files_noted(tmp_path):
    """YAML and JSON below a folder are read in order; Kustomizations and other YAML are noted."""
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "pod.yml").write_text(POD)
    (tmp_path / "b.json").write_text(
        json.dumps({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "n"}})
    )
    (tmp_path / ".hidden").mkdir()
    (tmp_path / ".hidden" / "no.yaml").write_text("- 1")
    (tmp_path / "kustomization.yaml").write_text("resources: [a]\n")
    (tmp_path / "values.yaml").write_text("replicas: 3\n")
    loaded = read(tmp_path).checked()
    assert [obj.ref for obj in loaded.objects] == ["pod/good", "namespace/n"]
    assert [note.split()[0] for note in loaded.notes] == ["kustomization.yaml", "values.yaml"]
    assert loaded.objects[0].source.file == "a/pod.yml"


def test_lists_and_typed_lists():
    """The items of a List are objects; those of a PodList need not repeat kind and apiVersion."""
    text = (
        "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Pod, metadata: {name: a}}\n"
        "---\napiVersion: apps/v1\nkind: DeploymentList\nitems:\n- metadata: {name: b}\n"
    )
    assert [obj.ref for obj in read(text).checked().objects] == ["pod/a", "deployment/b"]


def test_kind_and_api_version_decide_together():
    """A Knative Service is not a Service; it is kept and shown as a plain object."""
    loaded = parse("apiVersion: serving.knative.dev/v1\nkind: Service\nmetadata: {name: x}\nspec: {a: [1]}\n")
    (obj,) = loaded.objects
    assert type(obj).__name__ == "KubeObject"
    assert obj.manifest["spec"] == {"a": [1]}
    assert repr(obj) == "<Service default/x>"


@pytest.mark.parametrize(
    ("source", "answer"),
    [("guestbook", False), ("./a.yaml", False), ("kind: Pod", True), ("{}", True), ("a\n", True)],
)
def test_what_counts_as_text(source, answer):
    """A newline, a brace or a first key makes text; anything else is a name or a path."""
    assert is_text(source) is answer


def test_unlikely_sources_are_refused_with_words():
    """A number, None or a NUL in a path is an error of ours."""
    for source in (5, None, "a\0b", "x" * 5000):
        with pytest.raises(ManifestError):
            read(source)


def test_bytes_and_files(tmp_path):
    """Bytes, byte order marks, Windows line ends, UTF-16 and open files are read; Latin-1 is refused."""
    assert read(POD.encode()).objects[0].name == "good"
    assert read(b"\xef\xbb\xbf" + POD.replace("\n", "\r\n").encode()).objects[0].name == "good"
    assert read(POD.encode("utf-16")).objects[0].name == "good"
    path = tmp_path / "x.yaml"
    path.write_text(POD)
    with path.open() as file:
        assert read(file).objects[0].name == "good"
    with pytest.raises(ManifestError, match="UTF-8"):
        read(b"kind: caf\xe9").checked()


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(spec=st.dictionaries(st.text(), JSON_VALUES, max_size=5))
@settings(max_examples=200, deadline=None)
def test_what_is_dumped_reads_back_the_same(spec):
    """Whatever a manifest holds: written and read again, it is equal, types included."""
    manifest = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x"}, "spec": spec}
    text = dump(view(manifest))
    if any(character in text for character in "\x00\ufffe\uffff") or not text.isprintable():
        loaded = read(text)
        if loaded.problems:
            return  # characters that YAML may not hold
    (back,) = read(text).checked().objects
    assert back.raw == manifest
    assert json.dumps(back.raw, sort_keys=True) == json.dumps(manifest, sort_keys=True)


@pytest.mark.parametrize(
    "word",
    [
        "yes",
        "no",
        "on",
        "y",
        "12:30",
        "2024-01-01",
        "1e3",
        "0120",
        "~",
        "",
        "=",
        "<<",
        "0x1",
        "1.0",
        "true",
        "null",
    ],
)
def test_text_that_looks_like_something_else_is_quoted(word):
    """A label value such as "yes" stays text through a dump."""
    manifest = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "x", "labels": {"a": word, word: "b"}},
    }
    (back,) = read(dump(view(manifest))).checked().objects
    assert back.raw == manifest


def test_values_of_secrets_are_never_written():
    """Neither the dump nor .manifest has a Secret's values, unless one asks for them."""
    secret = view(
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {
                "name": "s",
                "annotations": {"kubectl.kubernetes.io/last-applied-configuration": "hunter2"},
            },
            "data": {"password": "aHVudGVyMg=="},
            "stringData": {"plain": "hunter2"},
        }
    )
    assert "hunter2" not in str(secret.manifest) + dump(secret) + repr(secret)
    assert "aHVudGVyMg==" not in str(secret.manifest) + dump(secret)
    assert "password" in dump(secret)
    assert read(dump(secret, secrets=True)).objects[0].raw == secret.raw


@given(st.text(alphabet="ab:-[]{}&*!|>'\"#%@`,? \n\t~0", max_size=60))
@settings(max_examples=400, deadline=None)
def test_any_text_is_read_or_is_a_manifest_error(text):
    """No text makes the loader raise anything but its own errors."""
    for document in documents(text):
        assert document.problem is None or document.problem.line is not None
    parse(text)


def test_real_applications_round_trip(manifests):
    """Every file of the real applications is read, written, and read again without loss."""
    for folder in sorted(manifests.iterdir()):
        if folder.is_dir() and folder.name != "LICENSES":
            objects = read(folder).checked().objects
            assert objects
            back = read(dump(objects, secrets=True)).checked().objects
            assert [obj.raw for obj in back] == [obj.raw for obj in objects]


@pytest.mark.parametrize(
    "text",
    ["---\n" * 100_000, '{"a": 1}\n' * 30_000, '{"kind": "Pod", "apiVersion": "v1"}\n' * 30_000],
    ids=["separators", "json", "json kinds"],
)
def test_many_documents_cost_no_more_than_their_text(text):
    """Lines are counted once, not from the start for every document."""
    start = time.process_time()
    found = list(documents(text))
    assert time.process_time() - start < 6
    assert [document.line for document in found[:2]] == ([1, 2] if found else [])


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("kind: Service\nmetadata:\n  name: {{ .Values.name }}-web\n", (3, 28), "helm template"),
        ("{{- if .Values.on }}\nkind: Service\n{{- end }}\n", (1, 3), "helm template"),
        ("kind: Pod\nmetadata: *\n", (2, 12), "Put the value in quotes"),
        (
            "apiVersion: v1\nkind: List\nitems:\n-\n- 5\n",
            (4, 2),
            "item 0 of the List is nothing, not a manifest",
        ),
    ],
)
def test_what_is_no_manifest_yet_says_what_to_do(text, place, words):
    """Templates, stray stars and empty items of a List."""
    problem = parse(text).problems[0]
    assert words in f"{problem.message} {problem.hint}"
    assert problem.line == place[0]


def test_a_source_that_cannot_end_is_not_read(tmp_path):
    """A pipe or a device is refused; the empty text is no folder."""
    pipe = tmp_path / "pipe.yaml"
    os.mkfifo(pipe)
    assert "it is a device or a pipe" in read(pipe).problems[0].message
    with pytest.raises(ManifestError, match="the text is empty"):
        read("")
