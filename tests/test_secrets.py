"""Secrets: their values are shown nowhere, however the text is written that has them."""

import base64
import contextlib
import importlib
import inspect
import io
import json
import pkgutil
import re
import traceback
import warnings

import pytest
from ipywidgets import Output
from ipywidgets.widgets.widget import _instances

import k8snotes as kn
import k8snotes.widgets
from k8snotes.api.base import LAST_APPLIED
from k8snotes.api.manifest import dump
from k8snotes.api.masking import mask_lines
from k8snotes.api.sources import parse
from k8snotes.doctor.text.secrets import mask, masked
from k8snotes.node.given import Given, seen
from k8snotes.widgets.explorer import Explorer
from k8snotes.widgets.widget import Widget, models_of

# distinctive, and of the letters that base64 has too
PLAIN = "hunterPLAINtoken"
STORED = base64.b64encode(b"hunterSTOREDtoken").decode()
TOKENS = (
    PLAIN,
    STORED,
    "hunterSTOREDtoken",
    base64.b64encode(PLAIN.encode()).decode(),
    "hunterSECONDtoken",
    base64.b64encode(b"hunterSECONDtoken").decode(),
    "hunter",
)
HEAD = "apiVersion: v1\nkind: Secret\nmetadata: {name: db}\n"
SERVICE = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"name": "web"},
    "spec": {"selector": {"app": "web"}, "ports": [{"port": 80}]},
}
POD = """apiVersion: v1
kind: Pod
metadata: {name: web, labels: {app: web}}
spec:
  containers:
  - name: web
    image: nginx
    env:
    - {name: PASSWORD, valueFrom: {secretKeyRef: {name: db, key: password}}}
    - {name: URL, value: "db://$(PASSWORD)@db/$(FROM_password)"}
    envFrom: [{prefix: FROM_, secretRef: {name: db}}]
    volumeMounts: [{name: db, mountPath: /db}, {name: all, mountPath: /all}, {name: db, mountPath: /one, subPath: password}]
  volumes: [{name: db, secret: {secretName: db}}, {name: all, projected: {sources: [{secret: {name: db}}]}}]
"""
GOOD = {
    "plain": HEAD + f"stringData: {{password: {PLAIN}}}\n",
    "stored": HEAD + f"data:\n  password: {STORED}\n",
    "both": HEAD + f"data: {{password: {STORED}}}\nstringData: {{user: {PLAIN}}}\n",
    "block text": HEAD
    + f"stringData:\n  password: |\n    {PLAIN}\n    user: hunterSECONDtoken\n  # {PLAIN}\n",
    "binary": HEAD + f"data:\n  password: !!binary {STORED}\n",
    "text tag": HEAD + f"stringData:\n  password: !!str {PLAIN}\n",
    "anchor": HEAD + f"stringData:\n  password: &p {PLAIN}\n  again: *p\n",
    "json": json.dumps(
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": "db"},
            "data": {"password": STORED},
            "stringData": {"user": PLAIN},
        }
    ),
    "list": json.dumps(
        {
            "apiVersion": "v1",
            "kind": "List",
            "items": [
                {
                    "apiVersion": "v1",
                    "kind": "Secret",
                    "metadata": {"name": "db"},
                    "data": {"password": STORED},
                },
                SERVICE,
            ],
        }
    ),
    "typed list": f"apiVersion: v1\nkind: SecretList\nitems:\n- metadata: {{name: db}}\n  data: {{password: {STORED}}}\n",
    "annotation": json.dumps(
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {
                "name": "db",
                "annotations": {
                    LAST_APPLIED: json.dumps({"kind": "Secret", "stringData": {"password": PLAIN}}),
                    "other.example/original": json.dumps({"data": {"password": STORED}}),
                },
            },
        }
    ),
}
DUMP = {
    "apiVersion": "v1",
    "kind": "List",
    "items": [
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {
                "name": "db",
                "namespace": "default",
                "uid": "u-1",
                "creationTimestamp": "2026-01-01T00:00:00Z",
                "annotations": {LAST_APPLIED: json.dumps({"kind": "Secret", "stringData": {"p": PLAIN}})},
            },
            "data": {"password": STORED, f"odd:{PLAIN}": STORED},
            "stringData": {"p": PLAIN},
            "password": PLAIN,
            "spec": {"password": PLAIN},
        }
    ],
}
BAD = {
    "missing blank": HEAD + f"stringData:\n  password:{PLAIN}\n",
    "missing blank below": HEAD + f"stringData:\n  user: admin\n  password:{PLAIN}\n",
    "missing blank above": HEAD + f"stringData:\n  password:{PLAIN}\n  user: hunterSECONDtoken\n",
    "missing blank in braces": HEAD + f"stringData: {{password:{PLAIN}}}\n",
    "two values in braces": HEAD + f"data: {{password:{STORED}, user: {PLAIN}}}\n",
    "equals": HEAD + f"stringData:\n  password={PLAIN}\n  user: a\n",
    "tag": HEAD + "stringData:\n  password: !hunterPLAINtoken\n",
    "tag with a value": HEAD + f"stringData:\n  password: !hunterPLAINtoken {PLAIN}\n",
    "tag of a mapping": HEAD + f"stringData: !hunterPLAINtoken\n  password: {PLAIN}\n",
    "tag handle": HEAD + "stringData:\n  password: !hunterPLAINtoken!x y\n",
    "int": HEAD + f"stringData:\n  password: !!int {PLAIN}\n",
    "bool": HEAD + f"data:\n  password: !!bool {STORED}\n",
    "no base64": HEAD + f"data:\n  password: {PLAIN}\n",
    "no base64 in a list": f"apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Secret\n  metadata: {{name: db}}\n  data: {{a: {PLAIN}-}}\n",
    "half base64": HEAD + f"data:\n  password: {STORED}%{PLAIN}\n",
    "two lines": HEAD + f"data:\n  password: {PLAIN}\n    user: {PLAIN}\n",
    "tab": HEAD + f"stringData:\n\tpassword: {PLAIN}\n",
    "no end of quotes": HEAD + f'stringData:\n  password: "{PLAIN}\n',
    "alias": HEAD + f"stringData:\n  password: *{PLAIN}\n",
    "anchor": HEAD + f"stringData:\n  password: &{PLAIN} *x\n",
    "sign": HEAD + f"stringData:\n  password: @{PLAIN}\n",
    "bracket": HEAD + f"stringData: {{password: {PLAIN}\n",
    "wrong depth": HEAD + f"password: {PLAIN}\n",
    "wrong field": HEAD + f"datta:\n  password: {PLAIN}\n",
    "wrong shape": HEAD + f"stringData: {PLAIN}\n",
    "list of values": HEAD + f"stringData:\n- {PLAIN}\n",
    "too deep": HEAD + f"stringData:\n  password:\n    value: {PLAIN}\n",
    "doubled": HEAD + f"stringData:\n  password: {PLAIN}\n  password: hunterSECONDtoken\n",
    "wrong kind": f"apiVersion: v1\nkind: Secrt\nmetadata: {{name: db}}\nstringData: {{password: {PLAIN}}}\n",
    "small kind": f"apiVersion: v1\nkind: secret\nmetadata: {{name: db}}\ndata: {{password: {PLAIN}}}\n",
    "wrong version": f"apiVersion: v2\nkind: Secret\nmetadata: {{name: db}}\ndata: {{password: {PLAIN}}}\n",
    "no kind": f"apiVersion: v1\nmetadata: {{name: db}}\nstringData: {{password: {PLAIN}}}\n",
    "kind last, broken": f"data:\n  password:{PLAIN}\n  user: {PLAIN}\nkind: Secret\napiVersion: v1\n",
    "wrong name": f"apiVersion: v1\nkind: Secret\nmetadata: {{name: DB_1}}\nstringData: {{password: {PLAIN}}}\n",
    "key": HEAD + f"stringData:\n  'password={PLAIN}': x\n",
    "complex key": HEAD + f"stringData:\n  ? [{PLAIN}]\n  : x\n",
    "broken json": f'{{"apiVersion": "v1", "kind": "Secret", "data": {{"password": "{PLAIN}" "user": "a"}}}}',
    "json lines": f'{{\n  "kind": "Secret",\n  "data": {{\n    "password": "{PLAIN}",,\n  }}\n}}',
    "template": HEAD + f"data:\n  password: {{{{ {PLAIN} | b64enc }}}}\n",
    "broken list": f"apiVersion: v1\nkind: List\nitems:\n- kind: Secret\n  data:\n    password:{PLAIN}\n    user: x\n",
    "words": f'rsion:"v1", "kind":"Secret", "data":{{"password":"{STORED}"}}, "stringData":{{"user":"{PLAIN}"}}\n',
    "key with a blank": f"apiVersion: v1\nkind: Secret\nmetadata: {{name: db}}\ndata: {{password {PLAIN}: x}}\n",
    "in metadata": f"apiVersion: v1\nkind: Secret\nmetadata:\n  name: db\n  password: {PLAIN}\n",
    "in metadata without a blank": f"apiVersion: v1\nkind: Secret\nmetadata: {{name: db, password:{PLAIN}}}\n",
    "kind that goes on": f"apiVersion: v1\nkind: Secret\n  password:{PLAIN}\nmetadata: {{name: db}}\n",
    "no kind, wrong field": f"apiVersion: v1\nmetadata: {{name: db}}\ndatta: {{password: {PLAIN}}}\n",
    "no kind in a list": f"apiVersion: v1\nkind: null\nitems:\n- metadata: {{name: db}}\n  data: {{password: {STORED}}}\n",
    "number": HEAD + "stringData:\n  password: 1e400\n  user: hunterPLAINtoken: x\n",
    "merge": HEAD + f"stringData:\n  <<: {PLAIN}\n",
    "annotation": HEAD.replace("{name: db}", "\n  name: db\n  annotations:\n    " + LAST_APPLIED)
    + f': {{"stringData": {{"password": "{PLAIN}"}}}}\n',
    "time": f"apiVersion: v1\nkind: Secret\nmetadata: {{name: db, creationTimestamp: x}}\ndata: {{p: {PLAIN}}}\n",
}


def leaks(shown):
    """Return the tokens of Secrets that a text holds."""
    return [token for token in TOKENS if token in shown]


def all_of(error):
    """Return everything that an error can print: itself, what it came of, and the traceback."""
    seen, texts, waiting = set(), ["".join(traceback.format_exception(error))], [error]
    while waiting:
        one = waiting.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        texts += [str(one), repr(one), repr(one.args), repr(getattr(one, "__notes__", ""))]
        texts += [repr(value) for value in vars(one).values()]
        waiting += [one.__cause__, one.__context__, *getattr(one, "errors", ())]
        render = getattr(one, "_render_traceback_", None)
        texts += render() if render is not None else []
    return "\n".join(texts)


def said(act):
    """Return everything that is printed, warned of, returned and raised when something is done."""
    out = io.StringIO()
    texts = []
    with (
        warnings.catch_warnings(record=True) as warned,
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(out),
    ):
        warnings.simplefilter("always")
        try:
            texts += views(act())
        except Exception as error:  # noqa: BLE001  # whatever it is, it must not have the values
            texts.append(all_of(error))
    texts += [str(warning.message) for warning in warned]
    return "\n".join([out.getvalue(), *texts])


def views(result):
    """Return every way in which a result shows itself."""
    texts = [str(result), repr(result)]
    if isinstance(result, (list, tuple)):
        for item in result:
            texts += views(item)
        return texts
    bundle = getattr(result, "_repr_mimebundle_", None)
    if bundle is not None:
        texts.append(str(bundle()))
    for name in ("html", "svg", "dot", "text", "alt", "facts", "outline", "value"):
        with contextlib.suppress(kn.K8sNotesError, AttributeError):
            texts.append(str(getattr(result, name)))
    table = getattr(result, "table", None)
    if table is not None:
        frame = table() if callable(table) else table
        texts.append(frame.to_csv() if hasattr(frame, "to_csv") else str(frame))
    if hasattr(result, "to_csv"):
        texts.append(result.to_csv() or "")
    if hasattr(result, "get_state"):
        texts.append(str(result.get_state()))
    return texts


def models(widget):
    """Return a widget and everything that ipywidgets made for it, also what is not shown at the moment."""
    return dict.fromkeys([*models_of(widget), *widget._models(), widget])


def widget_said(widget):
    """Return all that a widget says: its preview, and every value of every model, as the page gets it and as it is."""
    texts = [str(widget), repr(widget), str(widget._repr_mimebundle_())]
    for model in models(widget):
        texts.append(str(model.get_state()))
        texts += [f"{name}: {value!s} {value!r}" for name, value in model.trait_values().items()]
        if isinstance(model, Output):
            texts.append(str(model.outputs))
    ours = (kind for kind in type(widget).__mro__ if kind.__module__.startswith("k8snotes."))
    for name in {
        name for kind in ours for name, member in vars(kind).items() if isinstance(member, property)
    }:
        texts += views(getattr(widget, name))
    pictures = set(re.findall(r"base64,([A-Za-z0-9+/=]+)", "\n".join(texts)))
    texts += [base64.b64decode(picture).decode() for picture in pictures]
    return "\n".join(texts)


def views_of_object(obj):
    """Return all that an object says of itself, but the manifest that is stored."""
    texts = [str(obj), repr(obj)]
    for name, _ in inspect.getmembers(type(obj), lambda member: isinstance(member, property)):
        texts.append(f"{name}: {getattr(obj, name)!r}")
    return "\n".join(texts)


def findings_said(text):
    """Return all that an examination shows: every view and every part of every finding; not the corrected text."""
    found = kn.examine(text)
    texts = [str(found), repr(found), str(found._repr_mimebundle_()), found.table().to_csv(), found.kubectl]
    for finding in found:
        texts += [str(finding), repr(finding), str(dict(finding.parts)), finding.write]
    return "\n".join([*texts, repr(found.pages), found.summary])


@pytest.mark.parametrize("name", [*GOOD, *BAD])
def test_an_examination_shows_no_value(name):
    """Every view of `examine`, and every part of every finding, is without the values of a Secret."""
    text = GOOD.get(name) or BAD[name]
    for more in ("", "---\n" + json.dumps(SERVICE)):
        shown = findings_said(text + more)
        assert not leaks(shown), shown
    assert not leaks(findings_said(text.replace("\n", "\r\n")))


@pytest.mark.parametrize("name", [*GOOD, *BAD])
def test_no_way_in_quotes_a_value(name, tmp_path):
    """Whatever loads, applies, creates or replaces a Secret: what it returns, warns of and raises has no values."""
    text = GOOD.get(name) or BAD[name]
    file = tmp_path / "db.yaml"
    file.write_text(text, encoding="utf-8")
    for source in (text, file, text.encode(), tmp_path):
        assert not leaks(shown := said(lambda source=source: kn.load(source))), shown
        assert not leaks(shown := said(lambda source=source: kn.examine(source).summary)), shown
    for verb in ("apply", "create", "replace"):
        assert not leaks(shown := said(lambda verb=verb: getattr(kn.Cluster(), verb)(text))), shown
        for flags in ("", " -o yaml", " -o json", " --dry-run=client -o yaml", " --dry-run=server"):
            line = f"{verb} -f -{flags}" if verb != "replace" else "replace -f -"
            assert not leaks(shown := said(lambda line=line: kn.Cluster().kubectl(line, stdin=text))), shown
    assert not leaks("\n".join(map(str, parse(text).problems)) + repr(parse(text).problems))


@pytest.mark.parametrize("name", GOOD)
def test_refusals_of_loading_show_no_value(name):
    """`.refused`, `.assumed` and the warning of `load` name a Secret, and quote nothing of it."""
    text = GOOD[name].replace('"db"', '"DB_"').replace("name: db", "name: DB_")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", kn.ManifestWarning)
        c = kn.load(text)
    assert c.refused
    shown = "\n".join(
        [repr(c.refused), *map(str, c.refused), str(c.assumed), *(all_of(r.error) for r in c.refused)]
    )
    assert not leaks(shown)


LINES = (
    *(
        "get secret db",
        "get secrets -o wide",
        "get secret db -o yaml",
        "get secret db -o json",
        "get all,secrets -o yaml",
    ),
    *(
        "get secrets -o json",
        "get secret db -o name",
        "describe secret db",
        "describe secrets",
        "describe pods",
        "events",
    ),
    "get secret db -o jsonpath={.data.password}",
    "get secret db -o jsonpath={.data}",
    "get secret db -o jsonpath={}",
    "get secrets -o jsonpath={.items[*].data}{.items[*].metadata.annotations}",
    "get secret db -o jsonpath-as-json={.data}",
    "get secret db -o jsonpath={.data.password.x}",
    "get secret db -o jsonpath={.data.nothing} --allow-missing-template-keys=false",
    "get secret db -o custom-columns=A:.data.password,B:.data,C:.metadata.annotations",
    "get secret db -o go-template={{.data.password}}",
    "get secret db -o yaml --show-managed-fields",
    "get secret db --sort-by={.data.password}",
    "get secrets --field-selector=data.password=x",
    "label secret db a=b",
    "label secret db a=b -o yaml --overwrite",
    "annotate secret db a=b -o json --overwrite",
    'patch secret db -p {"stringData":{"password":"hunterSECONDtoken"}} -o yaml',
    'patch secret db -p {"data":{"password":"hunterSECONDtoken-"}}',
    'patch secret db -p {"stringData":{"password":"hunterSECONDtoken"}',
    'patch secret db --type=json -p [{"op":"test","path":"/data/password","value":"hunterSECONDtoken"}]',
    'patch secret db --type=json -p [{"op":"add","path":"/data/password","value":"hunterSECONDtoken-"}]',
    "create secret generic one --from-literal=password=hunterSECONDtoken",
    "create secret generic two --from-literal=password=hunterSECONDtoken -o yaml",
    "create secret generic two --from-literal=password=hunterSECONDtoken -o jsonpath={.data}",
    "create secret generic two --from-literal=password=hunterSECONDtoken --dry-run=client -o yaml",
    "create secret generic db --from-literal=password=hunterSECONDtoken",
    "create secret generic x --from-literal=hunterSECONDtoken",
    "create secret generic x --from-literal==hunterSECONDtoken",
    "create secret generic x --from-literal=a=hunterSECONDtoken --from-literal=a=hunterSECONDtoken",
    "create secret generic x --from-literal=a:hunterSECONDtoken=b",
    "create secret generic X_ --from-literal=a=hunterSECONDtoken",
    "create secret generic x --from-literal a=hunterSECONDtoken --save-config -o yaml",
    "create secret generic x --from-env-file=FILE",
    "create secret generic x2 --from-file=FILE -o yaml",
    "create secret generic x3 --from-file=key=FILE -o json",
    "delete secret db --dry-run=client -o yaml",
    "wait secret/db --for=jsonpath={.data.password}=x --timeout=1s",
    "wait secret/db --for=jsonpath={.data}=x --timeout=1s",
    "exec web -- env",
    "exec web -- printenv PASSWORD",
    "exec web -- printenv URL FROM_password FROM_user",
    "exec web -- cat /db/password",
    "exec web -- cat /one /all/password /all/user /db/..data/password",
    "exec web -- ls -la /db",
    "exec web -- sh -c echo\t$PASSWORD\t$URL",
    "exec web -- sh -c cat\t/db/*",
    "exec web -- sh -c $PASSWORD",
    "exec web -- sh -c ls\t$URL\t>\t$PASSWORD",
    "exec web -- cat /db/$PASSWORD",
    "get secret db -o template={{.data}}",
    "explain secret",
)


def cluster(text=GOOD["both"]):
    """Return a cluster with a Secret, and a Pod that uses it."""
    c = kn.load(
        text + ("\n---\n" if not text.startswith("{") else "\n") if not text.startswith("{") else text
    )
    c.apply(POD)
    c.settle()
    return c


@pytest.mark.parametrize("line", LINES)
def test_kubectl_prints_no_value(line, tmp_path):
    """Every verb with every -o, and kubectl's echo of --from-literal and --from-file, are without the values."""
    file = tmp_path / "env"
    file.write_text("password=hunterSECONDtoken\n# hunterSECONDtoken\n", encoding="utf-8")
    c = cluster()
    words = [word.replace("FILE", str(file)) for word in line.split(" ")]
    shown = said(lambda: c.kubectl(words))
    assert not leaks(shown), shown
    shown = said(lambda: c.kubectl("get secrets -o yaml")) + said(c.timeline)
    assert not leaks(shown), shown


@pytest.mark.parametrize("name", ["both", "stored", "binary"])
def test_what_a_container_is_given_shows_no_value(name):
    """Neither its variables nor its files have the values, nor what is remembered of its start, however it is printed."""
    c = cluster(GOOD[name])
    web, node = c["pod/web"], c["node/node-1"]
    given = Given.of(c.api, web, web.containers[0], node)
    now = seen(c.api, web, web.containers[0], node, given=given)
    values = {item.name: item.value for item in now.environment.variables}
    assert [values[name] for name in ("PASSWORD", "FROM_password", "URL")] == [
        "<hidden>",
        "<hidden>",
        "db://<hidden>@db/<hidden>",
    ]
    assert now.tree.find("/one").node.content == now.tree.find("/all/password").node.content == "<hidden>"
    shown = [
        repr(now),
        str(now),
        repr(given),
        repr(now.tree.root),
        repr(given.environment()),
        repr(now.mounts),
    ]
    assert not leaks("\n".join(shown))


def test_a_dump_shows_no_value():
    """Objects of a dump are shown without values as well, though nothing was checked of them."""
    for text in (json.dumps(DUMP), json.dumps(DUMP, indent=1), dump(DUMP, secrets=True)):
        c = kn.load(text)
        assert c.snapshot
        assert not leaks(views_of_object(c["secret/db"]))
        for line in (
            "get secret db -o yaml",
            "get secrets -o json",
            "describe secret db",
            "get secret db -o jsonpath={}",
        ):
            assert not leaks(shown := said(lambda c=c, line=line: c.kubectl(line))), shown
        assert not leaks(findings_said(text))


@pytest.mark.parametrize("name", GOOD)
def test_an_object_shows_no_value(name):
    """Of a Secret every property is without the values, `metadata` too; only `.raw` and `secrets=True` have them."""
    c = kn.load(GOOD[name])
    obj = c["secret/db"]
    assert not leaks(views_of_object(obj))
    assert not leaks(dump(obj) + dump([obj]) + dump(obj.manifest) + dump(json.loads(json.dumps(obj.raw))))
    assert leaks(dump(obj, secrets=True))
    assert LAST_APPLIED in obj.annotations


@pytest.mark.parametrize("name", ["both", "annotation", "anchor"])
def test_no_figure_shows_a_value(name):
    """Every method of the face, with the formats of its figure, is without the values."""
    c = cluster(GOOD[name])
    before = c.copy()
    c.apply(HEAD + f"stringData: {{password: {PLAIN}x, more: hunterSECONDtoken}}\n")
    c.settle()
    acts = [
        *(
            lambda method=method: getattr(c, method)()
            for method in (
                "service_map",
                "three_ips",
                "capacity",
                "quota",
                "timeline",
                "architecture",
                "top",
                "play",
                "settle",
            )
        ),
        lambda: c.diff(before),
        lambda: c.inside("pod/web"),
        lambda: c.life("pod/web"),
        lambda: c.inside("secret/db"),
        lambda: c.get("secrets"),
        lambda: c.get("all"),
        lambda: c.objects("secrets"),
        lambda: c.label("secret/db", "a=b"),
        lambda: c.label("secret/db", "a"),
        lambda: c.why_pending("pod/web"),
        lambda: c.why_pending("secret/db"),
        lambda: c.selection("secret/db"),
        lambda: c.selection("a=b"),
        lambda: c.endpoints("secret/db"),
        lambda: c.scale("secret/db", 3),
        lambda: c.timeline("secret/db"),
        lambda: c.object("secret", "db"),
        lambda: c["secret/dc"],
        lambda: c.api.log,
        lambda: c.warnings,
        lambda: repr(c),
        lambda: c.delete("secret/db"),
        lambda: c.diff(before),
    ]
    for act in acts:
        assert not leaks(shown := said(act)), shown[:3000]


def secret_clusters():
    """Return clusters with Secrets in every state: applied, changed, used, refused; and of a dump."""
    changed = cluster(GOOD["both"])
    changed.apply(HEAD + f"stringData: {{password: {PLAIN}x, more: hunterSECONDtoken}}\n")
    changed.label("secret/db", "app=web")
    for text in (BAD["no base64"], BAD["wrong name"]):
        with contextlib.suppress(kn.K8sNotesError):
            changed.apply(text)
    missing = kn.load(POD + "---\n" + HEAD.replace("db", "other") + f"stringData: {{p: {PLAIN}}}\n")
    missing.apply(json.dumps(SERVICE))
    used = cluster(GOOD["annotation"])
    used.apply(json.dumps(SERVICE))
    return {"changed": changed, "another": missing, "annotated": used, "dump": kn.load(json.dumps(DUMP))}


CLUSTERS = ("changed", "another", "annotated", "dump")


def walks(c):
    """Yield each widget of a cluster after each thing that a reader does with it."""
    explorer = kn.explore(c, "app=web", kind="secrets")
    yield explorer
    for kind in explorer._kind.options:
        explorer._kind.value = kind
        for selector in ("", "!app", "app in ("):
            explorer.selector = selector
            explorer._unmatched.value = not explorer._unmatched.value
            yield explorer
    explorer.undo()
    yield explorer
    yield kn.explore(c.get("secrets"))
    if not c.snapshot:
        player = c.play()
        yield player
        for _step in range(6):
            player.step()
            yield player
        player.back(2)
        yield player
        player.play()
        yield player
        other = c.copy()
        other.kubectl("create deployment scaled --image=web")
        scaler = kn.scaler(other, "deploy/scaled")
        scaler.replicas = 3
        yield scaler
        scaler.first()
        scaler.step()
        yield scaler
    for source in ("outside", "pod/web"):
        with contextlib.suppress(kn.K8sNotesError):
            walker = c.walk("http://web", source)
            yield walker
            for url in ("http://web.default:80", "http://db", "http://"):
                walker.url = url
                walker.last()
                yield walker
            walker.protocol = "ICMP"
            yield walker
            walker.source = "secret/db"
            yield walker
    sizer = kn.size(4, quota={"requests.cpu": "9"})
    sizer.set(replicas=12)
    yield sizer


@pytest.mark.parametrize("which", CLUSTERS)
def test_no_widget_shows_a_value(which):
    """Every text of every control, and the preview beside it, is without the values, whatever a reader does."""
    seen = set()
    for widget in walks(secret_clusters()[which]):
        assert not leaks(shown := widget_said(widget)), shown[:3000]
        seen.add(type(widget).__name__)
    assert {"Explorer", "Sizer"} <= seen
    assert which == "dump" or {"Player", "Scaler", "Walker"} <= seen
    # what a widget made and no longer holds is open to the page until it is closed
    for model in list(_instances.values()):
        assert not leaks(str(model.get_state()))


def refuse(explorer, c, text):
    """Apply a bad manifest in a callback of a widget."""
    with explorer._showing_errors():
        c.apply(text)
        c.apply("kind: Nothing")  # some are no error, but warned of


def test_errors_in_a_widget_show_no_value():
    """An error in a callback is shown by the widget, and logged: neither has the values."""
    c = cluster(GOOD["annotation"])
    explorer = kn.explore(c, kind="secrets")
    for text in BAD.values():
        with pytest.raises(kn.K8sNotesError) as caught:
            refuse(explorer, c, text)
        assert type(caught.value).__name__ in explorer._message.value
        assert not leaks(widget_said(explorer))


def test_all_widgets_are_looked_at():
    """A widget that is new needs its walk here, and what is said of a widget has what its controls say."""
    for module in pkgutil.iter_modules(k8snotes.widgets.__path__):
        importlib.import_module(f"k8snotes.widgets.{module.name}")
    names = {kind.__name__ for kind in Widget.__subclasses__()}
    assert names == {"Ask", "Browser", "Explorer", "Player", "Scaler", "Sizer", "Walker"}
    explorer = kn.explore(cluster(GOOD["both"]), "app=db", kind="pods")
    assert isinstance(explorer, Explorer)
    shown = widget_said(explorer)
    for text in ("app=db", "k8snotes-explorer", *explorer._kind.options):
        assert text in shown
    for control in (explorer._field, explorer._undo, explorer._count, explorer._table, explorer._message):
        for trait in ("value", "description", "tooltip", "placeholder"):
            before = getattr(control, trait, None)
            if isinstance(before, str):
                setattr(control, trait, PLAIN)
                assert leaks(widget_said(explorer)), trait
                setattr(control, trait, before)
    assert not leaks(widget_said(explorer))
    player = cluster(GOOD["both"]).play()
    assert ">kubectl</text>" in widget_said(player)  # what is in its picture, too


def test_figures_are_saved_without_values(tmp_path):
    """What a figure writes into a file is without the values, in each format."""
    c = cluster()
    before = c.copy()
    c.apply(HEAD + "stringData: {password: hunterSECONDtoken}\n")
    for number, figure in enumerate((c.diff(before), c.label("secret/db", "a=b"))):
        for ending in ("svg", "txt", "dot", "html"):
            file = tmp_path / f"{number}.{ending}"
            with contextlib.suppress(kn.K8sNotesError):
                figure.save(file)
                assert not leaks(file.read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", GOOD)
def test_a_corrected_text_keeps_its_values(name):
    """`.fixed` is applied, so it is data: it has the values that the text had, and no `<hidden>`."""
    fixed = kn.examine(GOOD[name]).fixed
    assert fixed == GOOD[name]
    obj = kn.load(GOOD[name])["secret/db"]
    assert kn.examine(obj).ok
    assert "<hidden>" not in kn.examine(obj).fixed


def test_words_of_other_objects_stay():
    """Beside a Secret with the values "80" and "port", a Service is spoken of with its port."""
    stored = {"port": "80", "prot": "port", "a": "Service"}
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "db"}, "stringData": stored}
    service = {
        **SERVICE,
        "spec": {"selector": {"app": "web"}, "ports": [{"prot": 80}, {"port": 80, "nodePort": 80}]},
    }
    alone = kn.examine(json.dumps({"apiVersion": "v1", "kind": "List", "items": [service]}, indent=1))
    for order in ([secret, service], [service, secret]):
        text = json.dumps({"apiVersion": "v1", "kind": "List", "items": order}, indent=1)
        found = kn.examine(text)
        assert "<hidden>" not in str(found)
        assert [one.why for one in found] == [one.why for one in alone]
        assert [one.fix for one in found] == [one.fix for one in alone]
        assert any("80" in one.fix for one in found)
        page = "\n".join(masked(text.split("\n")))
        assert '"port": 80' in page
        assert page.count("<hidden>") == len(stored) + 2


def test_a_masked_text_keeps_its_lines():
    """Hiding changes no number of a line, and nothing outside of Secrets."""
    text = (
        GOOD["block text"] + "---\n" + POD + "---\n" + GOOD["anchor"] + "---\n" + BAD["tab"] + "---\n" + POD
    )
    lines = text.split("\n")
    shown = masked(lines)
    assert len(shown) == len(lines)
    assert not leaks("\n".join(shown))
    assert "\n".join(shown).count(POD.rstrip()) == 2
    assert mask(POD).lines == POD.split("\n")
    assert not mask_lines([]).lines
