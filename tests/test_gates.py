"""Whatever is given to be read, the answer is a cluster, findings, or an error of this package: nothing else escapes."""

from __future__ import annotations

import copy
import io
import json
import os
import random
import warnings
from contextlib import suppress
from pathlib import Path

import pytest
from mutations import mutated

import k8snotes as kn
from k8snotes.api.files import MOST_BYTES
from k8snotes.api.manifest import dump
from k8snotes.api.values import unfit
from k8snotes.control_plane.dump import fitted

NAMESPACE = "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n"
POD = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "web"},
    "spec": {"containers": [{"name": "a", "image": "nginx"}]},
}


def pod(**spec):
    """Return the manifest of a Pod, with other fields in its spec."""
    return {**POD, "spec": {**POD["spec"], **spec}}


def a_cycle():
    """Return a manifest that contains itself."""
    manifest = pod()
    manifest["spec"]["x"] = manifest
    return manifest


def a_well():
    """Return a manifest that is 5,000 mappings deep."""
    inner = {}
    for _ in range(5_000):
        inner = {"a": inner}
    return pod(x=inner)


ODD_VALUES = {
    "cycle": (a_cycle, "contains itself"),
    "deep": (a_well, "nested deeper than 200 levels"),
    "tuple as key": (
        lambda: pod(x={("a", "b"): 1}),
        "a key of spec.x is of type tuple, but a key must be text",
    ),
    "digits": (lambda: pod(priority=10**400), "spec.priority is a number with more than 308 digits"),
    "infinite": (lambda: pod(priority=float("inf")), "spec.priority is inf"),
    "set": (lambda: pod(x={1}), "spec.x is of type set"),
    "half a character": (lambda: pod(hostname="\ud800"), "spec.hostname contains half a character"),
}


@pytest.mark.parametrize("name", ODD_VALUES)
def test_a_value_that_json_cannot_write_is_refused_in_words(name):
    """Load, apply, create, examine and a cluster's Nodes name the field and what stands there."""
    make, words = ODD_VALUES[name]
    cluster = kn.Cluster(nodes=1)
    for read in (kn.load, cluster.apply, cluster.create):
        with pytest.raises(kn.K8sNotesError, match="this is not a manifest") as caught:
            read(make())
        assert words in str(caught.value)
    assert words in str(kn.examine(make()))
    with pytest.raises(kn.ClusterError) as caught:
        kn.Cluster(nodes=[{**make(), "kind": "Node"}])
    assert words in str(caught.value)


def test_a_list_that_holds_itself_ends():
    """Lists of sources may stand in lists, but not without end."""
    endless = []
    endless.append(endless)
    for read in (kn.load, kn.examine):
        with pytest.raises(kn.ManifestError, match="nothing can be read from"):
            read(endless)
    assert len(kn.load([[[POD]]]).objects("pods")) == 1


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"kind": "Pod", "x": ' + "9" * 5_000 + "}", "is not a number that JSON can have"),
        ('{"kind": "Pod", "x":\n [1e400]}', "is not a number that JSON can have"),
        ('{"kind": "Pod", "x": NaN}', "is not a number that JSON can have"),
    ],
)
def test_numbers_of_json_that_are_none_are_refused_at_their_place(text, words):
    """Numbers that no float64 can hold are refused by kubectl, with the line on which they stand."""
    out = str(kn.Cluster(nodes=1).kubectl("apply -f -", stdin=text.replace('"kind"', '"a": [}, "kind"')))
    assert "error" in out
    from k8snotes.api.document import json_documents

    problem = next(iter(json_documents(text, ""))).problem
    assert words in problem.message
    assert (problem.line, problem.column) == (2, 3) if "\n" in text else problem.line == 1


def test_words_that_are_no_numbers_are_text():
    """As in Go, what no float64 can hold is text: 309 digits and 1e400; `.inf` is nothing that JSON can have.

    Source of the rule: gopkg.in/yaml, which takes a scalar for a number if strconv can read it.
    """
    from k8snotes.api.scalars import scalar_value

    assert scalar_value("9" * 309) == "9" * 309
    assert scalar_value("1e400") == "1e400"
    with pytest.raises(kn.ManifestError, match=r"unsupported value: \.inf"):
        kn.load("kind: Pod\nspec: {priority: .inf}\n")


def test_half_a_character_of_json_is_replaced_as_go_does():
    """The escape of a lone surrogate is read as U+FFFD, and so can be printed."""
    text = json.dumps(
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": {"a": "\ud800x"}}
    )
    assert kn.load(text)["cm/a"].raw["data"] == {"a": "\ufffdx"}


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("kind: Pod\nmetadata\n", 2, 1),
        ("kind: Pod\nmetadata", 2, 1),
        ("kind: 'Pod\n\n\n", 1, 11),
        ("kind: [Pod\n\n", 1, 11),
        ("kind: Pod\n# \u00e9\nname: a\x00b\n", 3, 8),
        ("kind: Pod\n# \u00e9\nname: \ud800\n", 3, 7),
    ],
)
def test_lines_and_columns_are_those_that_a_reader_sees(text, line, column):
    """A fault is on a line that is there: a missing colon on the line without it, an end after the last word."""
    with pytest.raises(kn.ManifestError) as caught:
        kn.load(text)
    assert (caught.value.line, caught.value.column) == (line, column)


# ---- files


def hostile(folder: Path) -> dict[str, str]:
    """Make files that are none, or that cannot be read; return their paths, and a part of the words about each."""
    os.mkfifo(folder / "pipe.yaml")
    (folder / "zero.yaml").symlink_to("/dev/zero")
    (folder / "loop.yaml").symlink_to(folder / "loop.yaml")
    (folder / "cp1252.yaml").write_bytes("kind: caf\u00e9".encode("cp1252"))
    with (folder / "long.yaml").open("wb") as file:
        file.truncate(MOST_BYTES + 1)  # of holes: it takes no room
    return {
        "pipe.yaml": "it is a device or a pipe",
        "zero.yaml": "it is a device or a pipe",
        "loop.yaml": "no such file",
        "cp1252.yaml": "not text in UTF-8",
        "long.yaml": "longer than 100 MB",
        "a\0b.yaml": "no such file",
        "\ud800.yaml": "no such file",
        "x" * 300 + ".yaml": "no such file",
    }


def test_whatever_a_path_names_is_read_or_refused_in_words(tmp_path):
    """A device, a pipe, a link to itself, a file without end, another encoding, a name that no file has."""
    for name, words in hostile(tmp_path).items():
        for read in (kn.load, kn.examine):
            try:
                said = str(read(f"{tmp_path}/{name}"))
            except kn.K8sNotesError as error:
                said = str(error)
            assert words in said, (read, name)
    for name in ("~nouser/x.yaml", "/dev/zero"):
        with suppress(kn.K8sNotesError):
            assert "device" in str(kn.examine(name))
        with pytest.raises(kn.ManifestError):
            kn.load(name)


LINES = (
    "apply -f {}",
    "create configmap a --from-file={}",
    "create configmap a --from-env-file={}",
    "create secret generic a --from-file=key={}",
    "get pods -o jsonpath-file={}",
    "get pods -o custom-columns-file={}",
    "patch pod web --patch-file={}",
)


@pytest.mark.parametrize("line", LINES)
def test_kubectl_reads_files_through_the_same_door(line, tmp_path):
    """No flag that names a file hangs or raises, whatever the file is."""
    cluster = kn.load([POD])
    for name in [*hostile(tmp_path), "/dev/zero", "~nouser/x", "/nowhere", "", "."]:
        path = name if name[:1] in ("/", "~") else f"{tmp_path}/{name}"
        out = cluster.kubectl([word.replace("{}", path) for word in line.split()])
        assert out.exit, (line, name, str(out))
        assert "rror" in str(out)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_file_is_read_in_the_encodings_that_editors_write(encoding, tmp_path):
    """UTF-8, with a mark or without, and UTF-16 with its mark, for `kn.load`, `kn.examine` and kubectl."""
    file = tmp_path / "a.yaml"
    file.write_bytes(NAMESPACE.encode(encoding))
    assert kn.load(file)["ns/shop"].name == "shop"
    assert kn.load(file.read_bytes())["ns/shop"].name == "shop"
    assert kn.examine(file).ok
    with file.open("rb") as opened:
        assert kn.examine(opened).ok
    assert "created" in str(kn.Cluster(nodes=1).kubectl(f"apply -f {file}"))


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32-le"])
def test_kubectl_reads_utf_16_by_its_mark_alone(encoding, tmp_path):
    """Without the mark, each second byte is a character that YAML does not allow; kubectl says neither which nor where."""
    file = tmp_path / "manifest.yaml"
    file.write_bytes(NAMESPACE.encode(encoding))
    marked = encoding == "utf-16"
    said = f"error: error parsing {file}: error converting YAML to JSON: yaml: control characters are not allowed"
    said = "namespace/shop created" if marked else said
    found = kn.examine(file)
    assert (found.ok, found.kubectl) == (marked, said)
    done = kn.Cluster(nodes=1).kubectl(f"create -f {file}")
    assert (done.stdout or done.stderr) == f"{said}\n"


def test_an_empty_file_in_a_folder_is_passed_over(tmp_path):
    """As kubectl does; alone it is no source."""
    (tmp_path / "empty.yaml").touch()
    with pytest.raises(kn.ManifestError, match="file of this folder holds no manifest"):
        kn.load(tmp_path)
    assert "no objects passed to apply" in str(kn.Cluster(nodes=1).kubectl(f"apply -f {tmp_path}"))
    (tmp_path / "shop.yaml").write_text(NAMESPACE)
    cluster = kn.load(tmp_path)
    assert cluster["ns/shop"]
    assert "empty.yaml was skipped, because it is empty" in cluster.assumed
    assert kn.examine(tmp_path).ok
    out = kn.Cluster(nodes=1).kubectl(f"apply -f {tmp_path}")
    assert (out.exit, str(out)) == (0, "namespace/shop created")


def test_open_files_are_answered_in_words(tmp_path):
    """A closed file, one that is written to, one in another encoding, one without an end."""
    (tmp_path / "cp1252.yaml").write_bytes("kind: caf\u00e9".encode("cp1252"))
    closed = io.StringIO(NAMESPACE)
    closed.close()
    with (
        (tmp_path / "w").open("w") as written,
        (tmp_path / "cp1252.yaml").open(encoding="utf-8") as foreign,
        Path("/dev/zero").open("rb") as endless,
    ):
        for file, words in (
            (closed, "closed"),
            (written, "closed"),
            (foreign, "not text in UTF-8"),
            (endless, "has no end"),
        ):
            with pytest.raises(kn.ManifestError, match=words):
                kn.load(file)


@pytest.mark.parametrize("path", ["a\0.svg", "\ud800.svg", "/proc/a.svg", "x" * 300 + ".svg", None])
def test_a_figure_that_cannot_be_saved_says_so(path):
    """A name that no file can have is an error of this package."""
    with pytest.raises(kn.FigureError):
        kn.Cluster(nodes=1).service_map().save(path)


# ---- dumps


def test_a_dump_is_read_leniently_and_what_was_done_is_said():
    """A value of the wrong type is turned into its type, or left out; each is in `.assumed`."""
    cluster = kn.load("till-dump")
    objects = [
        copy.deepcopy(obj.raw) for kind in ("pods", "services", "nodes") for obj in cluster.objects(kind)
    ]
    first = next(obj for obj in objects if obj["kind"] == "Pod")
    first["spec"]["containers"] = "x"
    first["spec"]["priority"] = "7"
    first["status"]["containerStatuses"][0]["restartCount"] = "x"
    first["metadata"]["labels"] = {"app": 1}
    again = kn.load(objects)
    name = first["metadata"]["name"]
    read = next(obj for obj in again.objects("pods") if obj.name == name)
    assert "containers" not in read.spec
    assert read.spec["priority"] == 7
    assert read.labels == {"app": "1"}
    said = "\n".join(again.assumed)
    assert "spec.containers is left out, because it is text and must be a list" in said
    assert "status.containerStatuses[0].restartCount is left out" in said
    assert "metadata.labels.app is a number, and is read as text" in said
    assert again.snapshot


def test_what_fits_is_shared_and_not_copied():
    """An object of a dump with nothing wrong in it is taken as it is."""
    for kind in ("pods", "services", "nodes"):
        for obj in kn.load("till-dump").objects(kind):
            assert fitted(obj) == (obj, [])
            assert fitted(obj)[0] is obj


VALUES = (
    *(
        1,
        True,
        None,
        "x",
        [],
        {},
        [1],
        {"a": {"b": [1]}},
        "80",
        -5,
        3.7,
        [{}],
        10**25,
        "",
        "10.0.0.300",
        "::1",
    ),
    *(
        "2024-99-99T00:00:00Z",
        1e300,
        "9" * 30,
        ["x"],
        [None],
        {"": None},
        {1: 2},
        "1e400",
        "-1",
        0,
        "a/b/c",
        "{{x}}",
    ),
    *([[]], {"matchLabels": "x"}, {"matchExpressions": [{"key": "a", "operator": "Foo"}]}, "<script>", "a,b"),
    *("\u00e9", "\x1b[31m", 2**31, 2**63, 10**400, float("inf"), "a\0b", "\ud800"),
)
MORE = """
{apiVersion: v1, kind: ResourceQuota, metadata: {name: q}, spec: {hard: {pods: 20, requests.cpu: 10}}}
---
{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: b}, spec: {minAvailable: 1, selector: {matchLabels: {app: s}}}}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: s}
spec:
  serviceName: s
  selector: {matchLabels: {app: s}}
  template:
    metadata: {labels: {app: s}}
    spec:
      containers:
      - {name: a, image: nginx, ports: [{containerPort: 80, name: http}], resources: {requests: {cpu: 100m}},
         readinessProbe: {httpGet: {path: /, port: http}}}
---
{apiVersion: v1, kind: Service, metadata: {name: s}, spec: {type: NodePort, selector: {app: s}, ports: [{port: 80, targetPort: http, nodePort: 31002}]}}
---
{apiVersion: v1, kind: Secret, metadata: {name: s}, data: {a: aGVsbG8=}}
"""


@pytest.fixture(scope="module")
def dumped():
    """Return the objects of a cluster that has a bit of everything."""
    cluster = kn.load("guestbook", nodes=2)
    cluster.apply(MORE)
    cluster.settle()
    return [obj.raw for kind in cluster.api.store.resources() for obj in cluster.objects(kind)]


def spoiled(objects, random_):
    """Return the objects with some values exchanged; kind, uid and time stay, so that it is a dump."""
    objects = copy.deepcopy(objects)
    for _ in range(random_.choice((1, 5, 30, 100))):
        top = random_.choice(objects)
        places, waiting = (
            [],
            [top["metadata"], *(top[key] for key in ("spec", "status", "data") if key in top)],
        )
        while waiting:
            item = waiting.pop()
            for key in (
                list(item) if isinstance(item, dict) else range(len(item) if isinstance(item, list) else 0)
            ):
                if key not in ("uid", "creationTimestamp"):
                    places.append((item, key))
                    waiting.append(item[key])
        item, key = random_.choice(places)
        value = random_.choice(VALUES)
        item[key] = copy.deepcopy(value) if not unfit(value) or random_.random() < 0.01 else "x"
    return objects


def views(cluster, random_):
    """Yield whatever a reader can look at: tables, texts, figures."""
    kind = random_.choice(list(cluster.api.store.resources()))
    yield lambda: str(cluster)
    yield lambda: str(cluster.get(kind, namespace=None))
    for line in ("get {} -A -o wide", "get {} -A -o yaml", "describe {} -A"):
        yield lambda line=line: cluster.kubectl(line.format(kind))
    yield lambda: dump(cluster.objects(kind))
    pods, services, nodes = (cluster.objects(kind) for kind in ("pods", "services", "nodes"))
    pod_, service = random_.choice(pods).ref, random_.choice(services)
    node = random_.choice(nodes).name
    figures = (
        cluster.service_map,
        cluster.three_ips,
        cluster.capacity,
        cluster.quota,
        cluster.architecture,
        cluster.timeline,
        lambda: cluster.inside(pod_),
        lambda: cluster.life(pod_),
        lambda: cluster.why_pending(pod_),
        lambda: cluster.selection(service.ref),
        lambda: cluster.endpoints(service.ref),
        lambda: cluster.way_in(service.name),
        lambda: cluster.rules(node),
        lambda: cluster.trace(f"http://{service.name}/", pod_),
        lambda: cluster.trace("http://node-1:31002"),
        lambda: cluster.diff(cluster.copy()),
        lambda: cluster.top("pods"),
    )
    for figure in figures:
        yield lambda figure=figure: [
            str(shown := figure()),
            getattr(shown, "dot", ""),
            getattr(shown, "html" if random_.random() < 0.1 else "alt", ""),
        ]


@pytest.mark.parametrize("seed", range(6))
def test_every_view_of_a_spoiled_dump_is_a_view_or_an_error_of_ours(dumped, seed):
    """Whatever is of the wrong type in a dump, tables, texts and figures show it, or say in words why not."""
    random_ = random.Random(seed)  # noqa: S311  # accidents, no secrets
    with warnings.catch_warnings(), suppress(kn.K8sNotesError):
        warnings.simplefilter("ignore", kn.ManifestWarning)
        cluster = kn.load(spoiled(dumped, random_))
        assert cluster.snapshot
        for view in views(cluster, random_):
            with suppress(kn.K8sNotesError):
                view()


@pytest.mark.parametrize("seed", range(60))
def test_manifests_with_accidents_are_read_or_refused_in_words(seed):
    """Load, apply, create and examine answer a manifest as an accident leaves it: nothing else escapes."""
    random_ = random.Random(seed)  # noqa: S311  # accidents, no secrets
    base = random_.choice([MORE, NAMESPACE, dump(kn.load([POD])["pod/web"]), json.dumps(POD, indent=1)])
    text = mutated(base, random_)
    cluster = kn.Cluster(nodes=1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", kn.ManifestWarning)
        for read in (kn.load, cluster.apply, cluster.create, kn.examine):
            with suppress(kn.K8sNotesError):
                str(read(text))
    cluster.kubectl("apply -f -", stdin=text)


@pytest.mark.parametrize("form", ["{metadata}", "items: [{metadata}]"])
def test_a_taint_that_is_no_text_stops_no_controller(form):
    """A Node out of a dump may have anything in its taints; the Node stays, and the cluster settles."""
    node = "kind: Node, apiVersion: v1, metadata: {name: n1}, spec: {taints: [{key: [a], effect: [b]}]}"
    source = f"{{{node}}}" if form == "{metadata}" else f"{{kind: List, apiVersion: v1, items: [{{{node}}}]}}"
    c = kn.load(source)
    c.settle()
    assert [item.name for item in c.objects("nodes")] == ["n1"]
