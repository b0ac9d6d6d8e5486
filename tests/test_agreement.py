"""examine, load, apply, create and kubectl agree on what a cluster accepts, document by document."""

import contextlib
import json
import random
import warnings
from functools import cache
from pathlib import Path

import pytest
from beginners import BEGINNERS
from mutations import mutated

import k8snotes as kn
from k8snotes.api import manifest
from k8snotes.api.base import mapping, text
from k8snotes.api.sources import parse, read

HERE = Path(__file__).resolve().parent
RECORDED = json.loads((HERE / "golden" / "validation.json").read_text(encoding="utf-8"))
DATA = [path.read_text(encoding="utf-8") for path in sorted((HERE.parent / "data").rglob("*.yaml"))]
SEED = 16
COUNT = 300


def documents_of(texts):
    """Return the documents of some texts, each once and for itself, without those that hold nothing."""
    pieces = dict.fromkeys(
        chunk for whole in texts for _, chunk in manifest.chunks(whole.removeprefix("\ufeff"))
    )
    return [piece for piece in pieces if len(piece) < 6_000 and parse(piece).size and not _nothing(piece)]


def _nothing(piece):
    return all(not line.strip() or line.strip().startswith(("#", "---")) for line in piece.splitlines())


def mutants(texts, seed, count):
    """Return texts with accidents in them, made of others."""
    random_ = random.Random(seed)  # noqa: S311  # nothing is to be kept secret
    return [mutated(random_.choice(texts), random_) for _ in range(count)]


@cache
def empty():
    """Return a cluster with one Node and nothing else; it is copied, never changed."""
    return kn.Cluster(nodes=1)


def cluster(document):
    """Return a cluster with the Namespaces that a document names: that they are missing is another matter."""
    c = empty().copy()
    for one in manifest.documents(document, doubles=True):
        home = text(mapping(mapping(one.value).get("metadata")).get("namespace"))
        if home and c.api.store.get(("namespaces", "", home)) is None:
            meta = {"name": home}
            with contextlib.suppress(kn.K8sNotesError):
                c.create({"apiVersion": "v1", "kind": "Namespace", "metadata": meta})
    return c


def _done(act):
    try:
        act()
    except kn.K8sNotesError:
        return False
    return True


def _loaded(document):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", kn.ManifestWarning)
        try:
            return not kn.load(document, nodes=1).refused
        except kn.K8sNotesError:
            return False


def verdicts(document):
    """Return, for each way in, whether it accepts all of a document."""
    return {
        "examine": kn.examine(document).ok,
        "load": _loaded(document),
        "apply": _done(lambda: cluster(document).apply(document)),
        "create": _done(lambda: cluster(document).create(document)),
        "kubectl apply": cluster(document).kubectl("apply -f -", stdin=document).exit == 0,
        "kubectl create": cluster(document).kubectl("create -f -", stdin=document).exit == 0,
    }


def agree(document):
    """Say whether the ways in agree; for kubectl the last of two equal keys counts, as it does for the real one."""
    found = verdicts(document)
    if any(problem.code == "doubled-key" for problem in parse(document).problems):
        values = [one.value for one in manifest.documents(document, doubles=True)]
        if all(isinstance(value, dict) for value in values):
            expected = kn.examine(manifest.dump(values, secrets=True)).ok
            return {name: verdict == (expected and "kubectl" in name) for name, verdict in found.items()}
    if any(obj.raw.get("apiVersion") in (None, "") for obj in read(document, kinds_known=False).objects):
        # the API server was recorded to take it for the kind of the path, and kubectl cannot find the path
        sent = ("apply", "create")
        return {
            name: verdict == found["create" if name in sent else "examine"] for name, verdict in found.items()
        }
    return {name: verdict == found["examine"] for name, verdict in found.items()}


RECORDED_TEXTS = [row["yaml"] for row in RECORDED.values()]
CORPUS = {
    "recorded": RECORDED_TEXTS,
    "beginners": list(BEGINNERS.values()),
    "data": DATA,
    "accidents of data": mutants(DATA, SEED, COUNT),
    "accidents of recorded": mutants(RECORDED_TEXTS, SEED + 1, COUNT),
}


@pytest.mark.parametrize("name", CORPUS)
def test_the_ways_in_agree(name):
    """Whatever one of them accepts all accept, and what one refuses none accepts."""
    documents = documents_of(CORPUS[name])
    assert len(documents) > 20
    for document in documents:
        agreed = agree(document)
        assert all(agreed.values()), f"{[way for way, same in agreed.items() if not same]}\n{document}"


def large(kind, size):
    """Return a manifest of some bytes."""
    field = (
        "data:\n  a: "
        if kind == "ConfigMap"
        else "stringData:\n  a: "
        if kind == "Secret"
        else "spec:\n  a: "
    )
    version = "example.com/v1" if kind == "Widget" else "v1"
    if kind == "CustomResourceDefinition":
        version = "apiextensions.k8s.io/v1"
        schema = "{openAPIV3Schema: {type: object, description: "
        field = (
            "spec:\n  group: example.com\n  names: {kind: A, plural: a}\n  scope: Namespaced\n  versions:\n"
            f"  - {{name: v1, served: true, storage: true, schema: {schema}"
        )
        return f"apiVersion: {version}\nkind: {kind}\nmetadata: {{name: a.example.com}}\n{field}{'x' * size}}}}}}}\n"
    return f"apiVersion: {version}\nkind: {kind}\nmetadata: {{name: a.example.com}}\n{field}{'x' * size}\n"


@pytest.mark.parametrize("kind", ["ConfigMap", "Secret", "Widget", "CustomResourceDefinition"])
def test_what_kubectl_apply_cannot_note_is_taken_by_all_others(kind):
    """Over 262,144 bytes of annotation kubectl apply refuses in its own words; examine names --server-side."""
    document = large(kind, 300_000)
    found = kn.examine(document)
    assert found.ok
    (warning,) = found.warnings
    assert warning.code == "too-large-to-apply"
    assert "--server-side" in warning.fix
    loaded = kn.load(document, nodes=1)
    assert not loaded.refused
    assert any("--server-side" in note for note in loaded.assumed)
    assert kn.Cluster(nodes=1).create(document)
    assert kn.Cluster(nodes=1).kubectl("create -f -", stdin=document).exit == 0
    words = "metadata.annotations: Too long: may not be more than 262144 bytes"
    with pytest.raises(kn.ApiError, match=words):
        kn.Cluster(nodes=1).apply(document)
    output = kn.Cluster(nodes=1).kubectl("apply -f -", stdin=document)
    assert output.exit == 1
    assert output.stderr == f'The {kind} "a.example.com" is invalid: {words}\n'
    assert all(agree(large(kind, 200_000)).values())


@pytest.mark.parametrize(("kind", "field"), [("ConfigMap", "[]"), ("Secret", "data")])
def test_more_than_a_mebibyte_is_refused_by_all(kind, field):
    """A ConfigMap or a Secret holds 1,048,576 bytes at most, however it is sent."""
    document = large(kind, 1_100_000)
    assert set(verdicts(document).values()) == {False}
    assert kn.examine(document).errors[0].field == field
    assert kn.Cluster(nodes=1).create(large(kind, 1_048_576))


@pytest.mark.parametrize("kind", ["ConfigMap", "Secret"])
def test_keys_of_data_are_names_of_files(kind):
    """A key of data has letters, digits, and - _ . alone; all ways in say so."""
    field = "data" if kind == "ConfigMap" else "stringData"
    for key, good in (
        ("app.conf", True),
        ("a_b-1", True),
        ("my key", False),
        ("..", False),
        ("a/b", False),
        ("ä", False),
    ):
        document = f"apiVersion: v1\nkind: {kind}\nmetadata: {{name: a}}\n{field}:\n  '{key}': b\n"
        assert set(verdicts(document).values()) == {good}, key
