"""The doctor: what it finds, what it says of it, and what it mends."""

from __future__ import annotations

import ast
import json
import os
import random
import re
import time
from pathlib import Path

import pytest
from beginners import BEGINNERS, DEPLOYMENT, POD, SERVICE
from mutations import mutated

import k8snotes as kn
from k8snotes import datasets
from k8snotes.api.manifest import chunks, compose
from k8snotes.api.sources import read
from k8snotes.control_plane.validation import wording
from k8snotes.doctor import examine, words
from k8snotes.doctor.rules.urls import url_port
from k8snotes.doctor.text.draft import Draft, scalar_block_lines
from k8snotes.doctor.text.paths import dotted, steps

HERE = Path(__file__).resolve().parent
GOLDEN = HERE / "golden"
SHARED = HERE.parents[1] / "shared"
OURS = json.loads((GOLDEN / "validation.json").read_text(encoding="utf-8"))
needs_shared = pytest.mark.skipif(
    not SHARED.exists(), reason="the recordings beside the repository are not here"
)

# The notes' own Service, as it is printed: with tabs, a dash without its blank, and three fields outside of spec.
TOMCAT = (
    "apiVersion: v1\nkind: Service\nmetadata:\n\tname: tomcat-service\nspec:\n\ttype: NodePort\n"
    "ports:\n\t-port: 8080\nnodePort: 31002\nselector:\n\ttier: frontend\n"
)


def rows():
    """The recorded answers of the API server: name, text, answer."""
    if not SHARED.exists():
        before = {slug: len(re.findall(r"^---", row["yaml"], re.MULTILINE)) for slug, row in OURS.items()}
        return [
            pytest.param(row["yaml"], {"documents_before": before[slug], **row}, id=slug)
            for slug, row in OURS.items()
        ]
    folder = SHARED / "golden" / "validation"
    expected = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    return [
        pytest.param((folder / f"{slug}.yaml").read_text(encoding="utf-8"), row, id=slug)
        for slug, row in expected.items()
    ]


def places(found):
    """Severity, line, code and field of each finding."""
    return [(item.severity, item.line, item.code, item.field) for item in found]


# ---- the notes' own manifest


def test_the_notes_service_has_all_of_its_faults_found():
    """Tabs, the dash, three fields in the wrong place, and the port of the URL: each on its line."""
    found = kn.examine(TOMCAT, url="http://<NodeIP>:31003")
    assert places(found) == [
        ("error", 4, "tab", ""),
        ("error", 6, "tab", ""),
        ("error", 7, "unknown-field", "ports"),
        ("error", 8, "tab", ""),
        ("error", 8, "dash-without-blank", ""),
        ("error", 9, "unknown-field", "nodePort"),
        ("warning", 9, "url-port-differs", "spec.ports[0].nodePort"),
        ("error", 10, "unknown-field", "selector"),
        ("note", 10, "no-pods-here", "spec.selector"),
        ("error", 11, "tab", ""),
    ]
    (differs,) = found.warnings
    assert differs.what == (
        "The Service opens port 31002 on every Node, but the URL http://<NodeIP>:31003 asks for port 31003."
    )
    assert all(finding.certain for finding in found.errors)
    homes = {f.field: f.parts["home"] for f in found.errors if f.code == "unknown-field"}
    assert homes == {"ports": "spec", "nodePort": "spec.ports[0]", "selector": "spec"}


def test_the_notes_service_mended_is_what_was_meant():
    """The corrected text applies cleanly, and makes the Service of data/tomcat-service.yaml."""
    fixed = kn.examine(TOMCAT).fixed
    c = kn.Cluster(nodes=1)
    (service,) = c.apply(fixed)
    meant = kn.load("tomcat-service")["svc/tomcat-service"]
    assert service.spec["ports"] == meant.spec["ports"]
    assert service.spec["selector"] == meant.spec["selector"]
    assert service.spec["type"] == "NodePort"


def test_the_notes_service_gets_kubectls_words_too():
    """kubectl says of the tabs what was recorded, and of the text without tabs too."""
    said = kn.examine(TOMCAT).kubectl
    assert said == (
        "error: error parsing FILE: error converting YAML to JSON: yaml: line 4: "
        "found character that cannot start any token"
    )
    said = kn.examine(TOMCAT.replace("\t", "  ")).kubectl
    assert said == (
        'Error from server (BadRequest): error when creating "FILE": Service in version "v1" cannot be handled '
        'as a Service: strict decoding error: unknown field "nodePort", unknown field "ports", '
        'unknown field "selector"'
    )


def test_the_right_url_is_no_finding():
    """With the port that the Service opens, nothing is said of the URL."""
    fixed = kn.examine(TOMCAT).fixed
    assert not kn.examine(fixed, url="http://192.168.0.1:31002/").warnings
    assert kn.examine(fixed, url="http://node:8080").warnings


# ---- what the API server says is what is found


@pytest.mark.parametrize(("text", "row"), rows())
def test_what_is_refused_is_an_error_and_nothing_else(text, row):
    """422 is found at the same fields, any other refusal somewhere, and what is accepted has no error."""
    found = kn.examine(text)
    if row["code"] in (200, 201):
        meant = "apiVersion: " in text.split("---")[-1] and "kind: " in text.split("---")[-1]
        assert meant == found.ok, found
        return
    assert found.errors
    if row["code"] == 422:
        there = {error.field for error in found.errors if error.document == row["documents_before"]}
        assert {cause["field"] for cause in row["causes"]} <= there
    said = row.get("kubectl_create")
    if said and said["exit"]:
        assert said["stderr"].strip().replace("STDIN", "FILE") in found.kubectl


@needs_shared
def test_good_manifests_have_no_errors():
    """Real applications, file by file and folder by folder, have no finding of severity error."""
    files = sorted(p for p in (SHARED / "manifests").rglob("*") if p.suffix in (".yaml", ".yml", ".json"))
    assert len(files) > 50
    folders = [p for p in (SHARED / "manifests").iterdir() if p.is_dir() and any(p.rglob("*.y*ml"))]
    for path in [*files, *folders, SHARED / "manifests"]:
        if path.name != "reference.json":
            assert not kn.examine(path).errors, path


@pytest.mark.parametrize("name", datasets.names())
def test_our_own_applications_have_no_errors(name):
    """What is in data/ is refused nowhere, or is there to be."""
    assert kn.examine(name).ok


def test_a_broken_guestbook_has_the_mistakes_found_that_its_text_tells():
    """The typo in the selector, the other Namespace, the port without a name, the image, the key."""
    found = kn.examine("guestbook-broken")
    assert found.ok
    assert [(item.field, item.fix) for item in found.warnings] == [
        ("spec.selector.tier", "tier: frontend"),
        ("metadata.namespace", "namespace: storage"),
        ("spec.ports[0].targetPort", "targetPort: web"),
        ("spec.containers[0].image", "image: registry.example.com/guestbook-mail:1.0"),
        ("spec.containers[0].env[0].valueFrom.configMapKeyRef.key", "key: size"),
    ]


# ---- what beginners write


@pytest.mark.parametrize("name", BEGINNERS)
def test_what_is_said_to_beginners_is_as_reviewed(name):
    """Each outline is the one that was read and found helpful (K8SNOTES_GOLDEN=write writes them)."""
    found = kn.examine(BEGINNERS[name])
    told = f"{found}\n"
    if found.fixed != BEGINNERS[name]:
        told += f"\n.fixed: {kn.examine(found.fixed).summary}\n"
    path = GOLDEN / "examine" / f"{name}.txt"
    if os.environ.get("K8SNOTES_GOLDEN") == "write":
        path.parent.mkdir(exist_ok=True)
        path.write_text(told, encoding="utf-8", newline="\n")
    assert told == path.read_text(encoding="utf-8")


def test_an_ingress_of_before_v1_means_the_same_afterwards():
    """Backends move under service, the default one is renamed, and a path without a type was ImplementationSpecific."""
    found = kn.examine(BEGINNERS["ingress-old-two-paths"])
    (fixed,) = kn.Cluster(nodes=1).create(found.fixed)

    def backend(service, **port):
        return {"service": {"name": service, "port": port}}

    assert fixed.spec["defaultBackend"] == backend("other", name="http")
    (rule,) = fixed.spec["rules"]
    assert rule["http"]["paths"] == [
        {"path": "/", "backend": backend("web", number=80), "pathType": "ImplementationSpecific"},
        {"backend": backend("api", name="http"), "pathType": "ImplementationSpecific"},
    ]


def test_a_path_without_a_type_in_v1_is_left_to_its_author():
    """Where nothing says that the Ingress is an old one, Prefix is a proposal and no certain fix."""
    text = BEGINNERS["ingress-old"].replace("v1beta1", "v1")
    text = text.partition("          serviceName")[0] + "          service: {name: web, port: {number: 80}}\n"
    found = kn.examine(text)
    assert [(item.field, item.write) for item in found.errors] == [
        ("spec.rules[0].http.paths[0].pathType", "pathType: Prefix")
    ]
    assert found.fixed == text


@pytest.mark.parametrize("name", BEGINNERS)
def test_every_beginners_mistake_is_found(name):
    """Each has a finding that says why and, on the line that is wrong, where."""
    found = kn.examine(BEGINNERS[name])
    assert len(found)
    for item in found:
        assert item.why.endswith((".", "?"))
        assert 1 <= item.line <= max(1, BEGINNERS[name].count("\n") + 1)
        assert item.column >= 1


@pytest.mark.parametrize("text", [POD, SERVICE, DEPLOYMENT])
def test_what_the_beginners_started_from_is_clean(text):
    """The good texts have no error and no warning, and stay as they are."""
    found = kn.examine(text)
    assert found.ok
    assert not found.warnings
    assert found.fixed == text


def test_a_mended_text_keeps_comments_and_line_ends():
    """What is right is not touched: comments, blank lines, CRLF."""
    text = "# mine\r\n" + POD.replace("image:", "imgae:").replace("\n", "\r\n") + "\r\n# the end\r\n"
    fixed = kn.examine(text).fixed
    assert fixed == text.replace("imgae", "image")


def test_all_faults_of_a_text_are_found_at_once():
    """A tab, a missing colon, a typo, a wrong type, a wrong port and a typo between objects, in one go."""
    text = (
        "apiVersion: v1\nkind: Service\nmetadata\n  name: web\nspec:\n\tselector:\n    app: wbe\n  ports:\n"
        "  -port: '80'\n    targetPort: 8080\n    protcol: TCP\n---\n"
        + DEPLOYMENT.replace("replicas: 2", "replicas: -2")
    )
    found = kn.examine(text)
    assert {3, 6, 9, 11, 18} <= {item.line for item in found.errors}
    assert any(item.because == "selector-misspelt" for item in found.warnings)


def test_warnings_of_the_api_server_come_with_mended_objects_too():
    """What is accepted only after it was mended is warned of like anything else."""
    text = POD.replace("imag", "imga") + "    resources:\n      requests:\n        memory: 128m\n"
    found = kn.examine(text)
    assert [(f.severity, f.line) for f in found] == [("error", 8), ("warning", 13)]


def test_several_refusals_on_one_line_are_all_found():
    """A line with strange characters for which several fields are refused keeps a finding for each field."""
    text = POD.replace("  name: web\nspec", "  name: \u2018We b\u2019\n  labels: {a: \u201cx y\u201d}\nspec")
    fields = {f.field for f in kn.examine(text).errors}
    with pytest.raises(kn.ApiError) as refused:
        kn.Cluster(nodes=0).create(text)
    assert {cause.field for cause in refused.value.causes} <= fields


# ---- secrets, markup


def test_values_of_secrets_are_shown_nowhere():
    """Not in the outline, the page, the table, the fix: they are in .fixed alone."""
    for value in ("s3cr3t-word", "4815162342", "c2VjcmV0", "s3cr3t: word"):
        for text in (
            f"apiVersion: v1\nkind: Secret\nmetadata:\n\tname: db\ndata:\n\tpassword: {value}\n",
            f"apiVersion: v1\nkind: Secret\nmetadata:\n  name: db\nstringData:\n  password:{value}\n  x: {value}\n",
            f"kind: Secret\napiVersion: v1\nmetadata:\n  name: db\n  password: x\nstringdata:\n  password: {value}\n",
            f"kind: Secret\napiVersion: v1\nmetadata: {{name: DB}}\ndata: {{password: {value}}}\n",
            f"kind: secret\napiVersion: v1\nmetadata: {{name: db}}\ndata: {{password: {value}}}\n",
            f"apiVersion: v1\nmetadata: {{name: db}}\nstringData: {{password: {value}}}\n",
            f'{{"apiVersion": "v1", "kind": "Secret", "metadata": {{"name": "db"}}, "data": {{"a": "{value}"}}, "x": 1}}',
            f'apiVersion: v1\nkind: Secret\nmetadata: {{name: db, annotations: {{a: "{{data: {{b: {value}}}}}"}}}}\nx: 1\n',
        ):
            found = kn.examine(text)
            shown = (
                str(found)
                + found._repr_mimebundle_()["text/html"]
                + found.table().to_csv()
                + repr(found.pages)
            )
            assert value not in shown + found.kubectl, text


def test_markup_in_a_manifest_stays_text():
    """Names and values that are HTML are escaped in the listing."""
    nasty = "<script>alert(1)</script>"
    text = f"apiVersion: v1\nkind: Service\nmetadata:\n  name: '{nasty}'\n  {nasty}: x\nspec:\n  type: '{nasty}'\n"
    page = kn.examine(text)._repr_mimebundle_()["text/html"]
    assert "<script" not in page
    assert "&lt;script&gt;" in page


def test_each_severity_has_its_word_and_its_sign():
    """No meaning by colour alone: error ✗, warning ▲, note ℹ stand in words beside each."""
    page = kn.examine(TOMCAT, url="http://node:31003")._repr_mimebundle_()["text/html"]
    for word in ("✗ error", "▲ warning", "ℹ note"):
        assert word in page


def test_tabs_and_strange_blanks_can_be_seen_in_the_listing():
    """A tab is an arrow, a no-break space its number."""
    assert "→" in kn.examine(TOMCAT)._repr_mimebundle_()["text/html"]
    assert "U+00A0" in kn.examine(BEGINNERS["no-break-spaces"])._repr_mimebundle_()["text/html"]


# ---- sources


def test_a_folder_is_examined_as_a_whole(tmp_path):
    """Objects of one file are held against those of another, and each finding names its file."""
    (tmp_path / "a.yaml").write_text(SERVICE.replace("app: web", "app: wbe"), encoding="utf-8")
    (tmp_path / "b.yaml").write_text(DEPLOYMENT.replace("image", "imgae"), encoding="utf-8")
    (tmp_path / "unread.yaml").write_text("\tx: [\n", encoding="utf-8")
    (tmp_path / "values.yaml").write_text("replicas: 3\n", encoding="utf-8")
    found = kn.examine(tmp_path)
    assert [(f.severity, f.file, f.line) for f in found if f.file != "unread.yaml"] == [
        ("warning", "a.yaml", 7),
        ("error", "b.yaml", 17),
        ("note", "values.yaml", 1),
    ]
    assert {f.severity for f in found if f.file == "unread.yaml"} == {"error"}
    assert found.fixed.count("# b.yaml") == 1
    (tmp_path / "unread.yaml").unlink()
    assert kn.examine(kn.examine(tmp_path).fixed).ok


def test_a_dump_is_judged_as_what_is_there():
    """Objects with the uid of a cluster are not refused for what a cluster wrote into them."""
    c = kn.load("guestbook")
    dump = "---\n".join(
        kn.examine(obj.manifest).text
        for obj in (*c.objects("services"), *c.objects("pods"), *c.objects("deploy"))
    )
    assert "resourceVersion" in dump
    assert "uid:" in dump
    assert kn.examine(dump).ok


def test_other_sources():
    """A dict, bytes, a list, an open file and an empty text can be examined; a missing path says so."""
    assert kn.examine({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}}).ok
    assert not kn.examine(b"kind: Pod\n\xff").ok
    assert not kn.examine("").ok
    assert not kn.examine("apiV").ok
    assert kn.examine([SERVICE, DEPLOYMENT]).ok
    with pytest.raises(kn.ManifestError, match="no such file"):
        kn.examine("there/is/none.yaml")
    with pytest.raises(kn.ManifestError, match="nothing can be read from a value of type int"):
        kn.examine(7)


def test_the_items_of_a_list_have_their_own_findings():
    """The path begins with the item, and the line is the item's."""
    text = (
        "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Namespace\n  metadata:\n    name: a\n"
    )
    text += "- apiVersion: v1\n  kind: Namespace\n  metadata:\n    nmae: b\n"
    (finding,) = kn.examine(text).errors
    assert (finding.field, finding.line, finding.fix) == ("items[1].metadata.nmae", 11, "name: b")


# ---- accidents


def texts():
    """What accidents happen to: our applications and the recorded inputs, no longer than 6,000 letters."""
    found = [path.read_text(encoding="utf-8") for path in sorted(datasets.folder().glob("*.yaml"))]
    found += [row["yaml"] for row in OURS.values()]
    if SHARED.exists():
        found += [p.read_text(encoding="utf-8") for p in sorted((SHARED / "manifests").rglob("*.yaml"))]
    return [text[:6000] for text in found]


def asked(text):
    """Whether a cluster takes a text, document by document; None where kubectl or a missing Namespace decides."""
    text += "\n"  # a single line may be taken for a path
    loaded = read(text, kinds_known=False)
    if any(problem.code == "not-a-manifest" for problem in loaded.problems):
        return None
    if any(not obj.raw.get("apiVersion") or obj.uid for obj in loaded.objects) or loaded.notes:
        return None
    try:
        kn.Cluster(nodes=0).create(text)
    except kn.ApiError as error:
        return None if any(one.code == 404 for one in error.errors) else False
    except kn.K8sNotesError:
        return False
    return True


def accident(number: int) -> None:
    """Examine one text after its accidents, and what was mended of it."""
    random_ = random.Random(number)  # noqa: S311 - no secret
    text = mutated(random_.choice(TEXTS), random_)
    found = examine(text)
    assert "not-examined" not in {finding.code for finding in found}, text
    assert found._repr_mimebundle_()["text/html"].startswith("<div")
    verdict = asked(text)
    if verdict is not None:
        assert found.ok == verdict, text
    if found.fixed != text:
        assert all(compose(chunk).problem is None for _, chunk in chunks(found.fixed.removeprefix("\ufeff")))
        assert len(examine(found.fixed).errors) <= len(found.errors)


TEXTS = texts()
ACCIDENTS = int(os.environ.get("K8SNOTES_ACCIDENTS", "600"))  # 20,000 were tried


@pytest.mark.parametrize("start", range(0, ACCIDENTS, 50))
def test_accidents_never_end_in_a_traceback(start):
    """Cut, doubled, shuffled, retyped: there are findings or none, and a mended text reads and is no worse."""
    for number in range(start, start + 50):
        accident(number)


@pytest.mark.parametrize(
    "text",
    [
        "[" * 5000,
        "- " * 3000 + "x",
        "a: &a [x]\nb: *a\n" * 50,
        "a: &a {b: *a}\n",
        "x: &x [1,1,1,1,1,1,1,1,1]\n" + "".join(f"y{n}: &y{n} [{', '.join(['*x'] * 9)}]\n" for n in range(5)),
        "\x00\x01",
        "\t\t\n\t",
        "---\n---\n---\n",
        "kind: List\napiVersion: v1\nitems: 3\n",
        "kind: [Pod]\napiVersion: {a: b}\n",
        "? a\n: b\n? [x]\n: y\n",
        "<<: {kind: Pod}\n<<: 3\n",
        "%YAML 1.1\n---\nkind: Pod\n",
        "kind: Pod\x85apiVersion: v1\u2028metadata:\r  name: x\n",
        "!!python/object:os.system x\n",
        "1: 2\ntrue: x\nnull: y\n",
        "{{- range .Values.x }}\nkind: {{ . }}\n{{- end }}\n",
    ],
)
def test_strange_texts_have_findings(text):
    """Deep, empty, self-referring, binary, templated: each is a finding in words."""
    assert not examine(text).ok


def test_a_long_bad_text_takes_no_longer_than_a_breath():
    """Two thousand lines with a fault in each of many places are examined in seconds, not minutes."""
    text = "---\n".join(DEPLOYMENT.replace("name: web\nspec", f"name: web{n}\nspec") for n in range(100))
    text = text.replace("image: nginx", "imgae: nginx").replace("replicas: 2", "\treplicas: 2")
    began = time.perf_counter()
    assert len(examine(text).errors) == 200
    assert time.perf_counter() - began < 20


def test_a_key_that_is_read_as_another_word_is_said():
    """`n: x` has a key that YAML reads as false."""
    text = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: x\ndata:\n  y: one\n"
    (finding,) = kn.examine(text)
    assert (finding.severity, finding.line, finding.code) == ("warning", 6, "odd-key")
    assert finding.what == 'YAML reads the key y as "true".'


def test_a_defect_of_the_doctor_is_no_traceback(monkeypatch):
    """If an explanation fails, the document is said to be unexamined, and the others are examined."""
    from k8snotes.doctor import objects

    monkeypatch.setattr(objects, "unknown_field_fault", lambda *_: 1 / 0)
    found = kn.examine(POD.replace("image", "imgae") + "---\n" + SERVICE.replace("port: 80", "port: x"))
    said = {(f.severity, f.document) for f in found}
    assert {("note", 0), ("error", 0), ("error", 1)} <= said


# ---- codes and words


def gist(text):
    """What an examination comes to, without a word of it: places, codes, what to write, the mended text."""
    found = examine(text)
    return found.fixed, [
        (item.severity, item.line, item.column, item.field, item.code, item.because, item.write, item.certain)
        for item in found
    ]


def test_no_finding_depends_on_the_words_of_the_doctor(monkeypatch):
    """With every sentence of the doctor written backwards, what is found and mended stays the same."""
    before = {name: gist(text) for name, text in BEGINNERS.items()}
    sentence = words._sentence
    monkeypatch.setattr(words, "_sentence", lambda *of: sentence(*of)[::-1])
    assert {name: gist(text) for name, text in BEGINNERS.items()} == before


def test_no_finding_depends_on_the_words_of_the_api_server(monkeypatch):
    """With every cause of the API server written backwards, what is found and mended stays the same."""
    before = {name: gist(text) for name, text in BEGINNERS.items()}
    cause = wording._cause

    def backwards(*parts):
        made = cause(*parts)
        made.message = made.message[::-1]
        return made

    monkeypatch.setattr(wording, "_cause", backwards)
    assert {name: gist(text) for name, text in BEGINNERS.items()} == before


def test_a_finding_has_a_code_and_its_parts():
    """What decides is the code; the sentences are made of it and the parts."""
    (finding,) = examine(POD.replace("image", "imgae")).errors
    assert (finding.code, finding.because) == ("unknown-field", "misspelt")
    assert finding.parts == {"field": "spec.containers[0].imgae"}
    assert finding.what == 'unknown field "spec.containers[0].imgae"'


def doctors_modules():
    """Every module of the doctor but its words, as trees."""
    folder = Path(words.__file__).parent
    return {path: ast.parse(path.read_text(encoding="utf-8")) for path in folder.rglob("*.py")}


def test_every_sentence_has_its_code_and_every_code_its_sentence():
    """What stands in the tables of words is said somewhere, and what is said stands there."""
    texts = {
        node.value
        for path, tree in doctors_modules().items()
        if path.name != "words.py"
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    reasons = {code for code in words.WHY if code.startswith("FieldValue")}
    assert (words.WHAT.keys() | words.WHY.keys() | words.FIX.keys()) - texts - reasons == set()
    because = {
        keyword.value.value
        for tree in doctors_modules().values()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        for keyword in node.keywords
        if keyword.arg == "because" and isinstance(keyword.value, ast.Constant)
    }
    assert because <= words.WHY.keys()
    assert {code for code in words.WHAT if code not in words.WHY} == CODES_WITH_SEVERAL_REASONS


CODES_WITH_SEVERAL_REASONS = {
    *(
        "fits-none",
        "kind-missing",
        "kind-not-text",
        "no-mapping",
        "no-match",
        "foreign",
        "no-such-object-here",
        "nothing-in-it",
        "pods-refused",
        "pods-refused-in-part",
        "run-together",
    ),
    *("object-in-other-namespace", "selects-no-pods-here", "selects-pods-elsewhere"),
    *("selects-none", "unknown-field", "version-empty", "version-missing", "version-not-text", "wrong-shape"),
}


def test_the_doctor_has_no_pipeline_of_its_own():
    """Of the Master it asks the API server alone: no decoding, defaulting, admission or validation beside it."""
    asked = {
        node.module
        for tree in doctors_modules().values()
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module and "control_plane" in node.module
    }
    assert {name.removeprefix("k8snotes.control_plane.") for name in asked} == {
        "apiserver",
        "decoding",  # which kind a manifest speaks of; its decoder goes on where the API server's stops
        "schema",  # the fields that there are
        "endpoint_rules",  # which port a Service reaches at a Pod
    }


# ---- the parts


@pytest.mark.parametrize(
    "path", ["spec.ports[0].nodePort", "spec.hard[pods]", "metadata.labels[a.b/c]", "data"]
)
def test_paths_are_read_as_they_are_written(path):
    """A path of Kubernetes' messages names the same steps when it is written again."""
    assert steps(dotted(steps(path))) == steps(path)


@pytest.mark.parametrize(
    ("url", "port"),
    [
        ("http://node:31002", 31002),
        ("https://a.b/c:9", 443),
        ("[fd00::1]:80", 80),
        ("http://<NodeIP>:1/x", 1),
        ("", None),
    ],
)
def test_the_port_of_a_url(url, port):
    """The port that is written, or the scheme's."""
    assert url_port(url) == port


def test_block_scalars_are_left_alone():
    """In the text of a block scalar, tabs and `-x:` are the author's."""
    text = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: x\ndata:\n  Makefile: |\n    all:\n    \tgcc\n    -x: y\n  n: 5\n"
    assert scalar_block_lines(Draft.of(text).lines) == {6, 7, 8}
    found = kn.examine(text)
    assert [item.line for item in found.errors] == [10]
    assert found.fixed == text.replace("n: 5", 'n: "5"')


def test_findings_are_a_sequence_of_plain_values():
    """They can be counted, indexed, sliced and put in a table; the same text gives the same findings."""
    found = kn.examine(TOMCAT)
    assert len(found) == len(list(found)) == len(found.table())
    assert found[0] == found[:1][0] == kn.examine(TOMCAT)[0]
    assert str(found[0]).startswith("error, line 4, column 1\n  The indentation has a tab.\n  why: ")
    assert isinstance(found, kn.Findings)
    assert isinstance(found[0], kn.Finding)
