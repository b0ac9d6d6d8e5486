"""The rules behind kubectl's answers, beside the recorded commands: order, formats, errors, time, dry runs."""

from __future__ import annotations

import contextlib
import json
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

import k8snotes as kn
from k8snotes.api.registry import all_kinds
from k8snotes.control_plane.schema import struct_of
from k8snotes.kubectl import describe, explain
from k8snotes.kubectl.cli import kubectl
from k8snotes.kubectl.commands import COMMANDS
from k8snotes.kubectl.failure import Stopped
from k8snotes.kubectl.flags import GLOBAL, flag, parse
from k8snotes.kubectl.json_patch import PatchError, json_patch
from k8snotes.kubectl.output.jsonpath import JsonPathError, Template, relaxed
from k8snotes.kubectl.output.tabs import aligned, table
from k8snotes.kubectl.verb import Verbs, subcommand
from k8snotes.kubectl.verbs import VERBS

GOLDEN = Path(__file__).resolve().parent / "golden" / "kubectl"
APP = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - {name: main, image: 'nginx:1', ports: [{containerPort: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80}]}
---
apiVersion: v1
kind: Pod
metadata: {name: bare, labels: {tier: back}}
spec: {containers: [{name: a, image: b}]}
---
apiVersion: v1
kind: Secret
metadata: {name: key}
stringData: {password: hunter2}
"""


@pytest.fixture
def c():
    cluster = kn.Cluster(nodes=2)
    cluster.apply(APP)
    cluster.settle()
    return cluster


# ---- JSONPath

THINGS = {
    "kind": "List",
    "items": [
        {"name": "a", "size": 1, "tags": ["x", "y"], "ok": True, "deep": {"name": "d1"}},
        {"name": "b", "size": 2, "tags": [], "ok": False, "a.b/c": "dotted"},
        {"name": "c", "size": 3, "none": None},
    ],
}


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{.kind}", "List"),
        ("{$.kind}", "List"),
        ("{@.kind}", "List"),
        ("{['kind']}", "List"),
        ("plain", "plain"),
        ("{.items[0].name}", "a"),
        ("{.items[-1].name}", "c"),
        ("{.items[*].name}", "a b c"),
        ("{.items[0:2].name}", "a b"),
        ("{.items[:2].name}", "a b"),
        ("{.items[1:].name}", "b c"),
        ("{.items[::2].name}", "a c"),
        ("{.items[0,2].name}", "a c"),
        ("{.items[0]['name','size']}", "a 1"),
        ("{.items[*].tags}", '["x","y"] []'),
        ("{.items[0].deep}", '{"name":"d1"}'),
        ("{.items[*].ok}", "true false"),
        ("{.items[2].none}", "<nil>"),
        ("{.items[1].a\\.b/c}", "dotted"),
        ("{.nothing.at.all[0]}", ""),
        ("{..name}", "a d1 b c"),
        ("{.items[?(@.size>1)].name}", "b c"),
        ("{.items[?(@.size<=2)].name}", "a b"),
        ('{.items[?(@.name=="b")].size}', "2"),
        ("{.items[?(@.name!='b')].size}", "1 3"),
        ("{.items[?(@.ok==true)].name}", "a"),
        ("{.items[?(@.deep)].name}", "a"),
        ("{.items[?(@.deep.name=='d1')].name}", "a"),
        ('{range .items[*]}{.name}{"\\t"}{.size}{"\\n"}{end}', "a\t1\nb\t2\nc\t3\n"),
        ('{range .items[*]}[{range .tags[*]}{@}{","}{end}]{end}', "[x,y,][][]"),
        ("{range .items[*]}{.name}", "abc"),
        ('{.kind}{" "}{.items[0].name}', "List a"),
        ('{"a" "b"}', "ab"),
        ("{.items[0].deep.*}", "d1"),
    ],
)
def test_jsonpath_finds_and_prints(template, text):
    """A template prints what kubectl's prints."""
    assert Template(template).render(THINGS) == text


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("{", "unclosed action"),
        ("{.kind", "unclosed action"),
        ("{.items[0", "unterminated array"),
        ("{.items[foo]}", "invalid array index foo"),
        ("{.items[?(@.x]}", "unterminated filter"),
        ('{"open}', "unterminated quoted string"),
        ("{=}", "unrecognized character in action: U+003D '='"),
        ("{foo}", "unrecognized identifier foo"),
        ("{end}", "not in range, nothing to end"),
        ("{.items[9].name}", "array index out of bounds: index 9, length 3"),
        ("{.items[2:1].name}", "starting index 2 is greater than ending index 1"),
        ("{.kind[0]}", "List is not array or slice"),
        ("{.items[?(@.name==1)].name}", "incompatible types for comparison"),
    ],
)
def test_jsonpath_says_what_is_wrong(template, message):
    """A template that cannot be read, or does not fit, is refused in kubectl's words."""
    with pytest.raises(JsonPathError) as caught:
        Template(template).render(THINGS)
    assert str(caught.value) == message


@pytest.mark.parametrize("written", ["x.y", ".x.y", "{x.y}", "{.x.y}"])
def test_columns_and_sort_keys_need_no_braces(written):
    """A column's path may be written with or without braces and the first dot."""
    assert relaxed(written) == "{.x.y}"


@given(st.text(max_size=30))
def test_any_template_is_read_or_refused(text):
    """No text brings the reader of templates down with anything but its own error."""
    with contextlib.suppress(JsonPathError):
        Template(text).render(THINGS)


# ---- columns


def test_a_column_is_a_block_of_lines():
    """Lines without a cell in a column end it; empty cells are as wide as the space between."""
    assert aligned("a\tb\tc\nlonger\tb\tc\n\nx\ty\n", padding=2) == "a       b  c\nlonger  b  c\n\nx  y\n"
    assert aligned("a\t\tb\n", padding=2) == "a    b\n"


def test_a_table_has_narrow_columns_of_six():
    """A column of a table is at least six wide, and a cell shows its first line only."""
    assert table([("A", "B"), ("x", "one\ntwo")]) == "A     B\nx     one...\n"


@given(st.lists(st.lists(st.text("ab \t\n", max_size=5), max_size=4), max_size=5))
def test_laying_out_loses_nothing(rows):
    """Whatever is laid out, all its letters are still there."""
    text = "\n".join("\t".join(row) for row in rows)
    kept = [char for char in aligned(text, padding=2) if char in "ab"]
    assert kept == [char for char in text if char in "ab"]


# ---- the command line


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--nope"], "unknown flag: --nope"),
        (["-x"], "unknown shorthand flag: 'x' in -x"),
        (["-l"], "flag needs an argument: 'l' in -l"),
        (["--selector"], "flag needs an argument: --selector"),
        (
            ["--replicas=x"],
            'invalid argument "x" for "--replicas" flag: strconv.ParseInt: parsing "x": invalid syntax',
        ),
        (
            ["-A=maybe"],
            'invalid argument "maybe" for "-A, --all" flag: strconv.ParseBool: parsing "maybe": invalid syntax',
        ),
        (["--timeout=5"], 'invalid argument "5" for "--timeout" flag: time: missing unit in duration "5"'),
        (["---x"], "bad flag syntax: ---x"),
    ],
)
def test_a_wrong_flag_is_refused(words, message):
    """A flag that there is not, or a value that it cannot have, is refused in kubectl's words."""
    flags = (
        *GLOBAL,
        flag("selector/l"),
        flag("replicas", "int"),
        flag("all/A", "bool"),
        flag("timeout", "duration"),
    )
    with pytest.raises(Stopped) as caught:
        parse(words, flags, "get")
    assert caught.value.text == f"error: {message}\nSee 'kubectl get --help' for usage.\n"


def test_flags_may_stand_anywhere(c):
    """Flags stand before or after the verb, joined or apart."""
    wanted = c.kubectl("get pods -n default -o name").stdout
    for line in (
        "-n default get pods -oname",
        "get -nfoo --namespace=default -o=name pods",
        "kubectl get pods -o name",
    ):
        assert c.kubectl(line).stdout == wanted


# ---- order and formats


def test_sorting_puts_what_has_nothing_first(c):
    """--sort-by sorts numbers as numbers and names with their numbers; without the field first, turned around."""
    c.apply(
        "\n---\n".join(
            f"{{apiVersion: v1, kind: ConfigMap, metadata: {{name: m-{n}, labels: {{num: 'x{n}'}}}}}}"
            for n in (9, 10, 1)
        )
    )
    for name in ("za", "zb"):
        c.create(f"{{apiVersion: v1, kind: ConfigMap, metadata: {{name: {name}}}}}")
    done = c.kubectl("get cm --sort-by=.metadata.labels.num -o name").stdout.split()
    without = ["configmap/zb", "configmap/za", "configmap/kube-root-ca.crt"]
    assert done == [*without, "configmap/m-1", "configmap/m-9", "configmap/m-10"]


def test_yaml_and_json_are_what_is_stored(c):
    """-o yaml and -o json show the stored object, keys sorted; read again they are equal to it."""
    stored = c["svc/web"].manifest
    assert yaml.safe_load(c.kubectl("get svc web -o yaml").stdout)["spec"] == stored["spec"]
    assert json.loads(c.kubectl("get svc web -o json").stdout) == stored
    several = json.loads(c.kubectl("get svc web kubernetes -o json").stdout)
    assert (several["kind"], len(several["items"])) == ("List", 2)


def test_yaml_quotes_what_could_be_read_otherwise(c):
    """Text that YAML would read as a number, a time or a truth value stands in double quotes."""
    c.create(
        "{apiVersion: v1, kind: ConfigMap, metadata: {name: m}, data: {a: '1', b: 'yes', c: '12:30', d: '', e: x}}"
    )
    text = c.kubectl("get cm m -o yaml").stdout
    assert text.startswith(
        'apiVersion: v1\ndata:\n  a: "1"\n  b: "yes"\n  c: "12:30"\n  d: ""\n  e: x\nkind: ConfigMap\n'
    )
    assert 'creationTimestamp: "2026-' in text


@pytest.mark.parametrize(
    "line",
    [
        *("get secret key -o yaml", "get secret key -o json", "get secrets -o yaml", "describe secret key"),
        *("get secret key -o jsonpath={.data}", "get secret key -o custom-columns=A:.data.password"),
        *(
            "label secret key a=b -o yaml",
            "get secret key -o jsonpath={.metadata.annotations}",
            "describe secrets",
        ),
        'patch secret key -p \'{"metadata":{"labels":{"x":"y"}}}\' -o json',
    ],
)
def test_values_of_secrets_are_never_shown(c, line):
    """No format shows the value of a Secret, plain or encoded."""
    done = c.kubectl(line)
    for value in ("hunter2", "aHVudGVyMg"):
        assert value not in done.stdout + done.stderr


def test_patching_a_secret_keeps_its_value(c):
    """What is hidden when it is shown is still there after a change."""
    c.kubectl("label secret key a=b")
    assert c.api.store.get(("secrets", "default", "key")).raw["data"] == {"password": "aHVudGVyMg=="}


# ---- time


def test_time_passes_between_two_commands(c):
    """What a command sets going has happened when the next one is typed."""
    c.kubectl("scale deploy/web --replicas=3")
    assert c.kubectl("get deploy web --no-headers").stdout.split()[1] == "3/3"


def test_a_reader_who_takes_steps_drives_the_clock(c):
    """After a step of the reader's own, a command shows the cluster as that step has left it."""
    c.kubectl("scale deploy/web --replicas=5")
    c.step()
    assert c.kubectl("get rs --no-headers").stdout.split()[1] == "5"
    assert "5/5" not in c.kubectl("get deploy web").stdout


def test_deleting_waits_until_it_is_gone(c):
    """kubectl delete ends when the Pod has ended; its ReplicaSet has made another by then."""
    name = c.kubectl("get pods -l app=web -o name").stdout.split()[0]
    assert c.kubectl(f"delete {name}").stdout == f'pod "{name[4:]}" deleted from default namespace\n'
    assert c.kubectl(f"get {name}").exit == 1
    assert len(c.kubectl("get pods -l app=web -o name").stdout.split()) == 2


def test_a_rollout_is_told_as_it_goes(c):
    """kubectl rollout status follows a rollout to its end, and undo is the way back."""
    assert c.kubectl("set image deploy/web main=nginx:2").stdout == "deployment.apps/web image updated\n"
    told = c.kubectl("rollout status deploy/web").stdout
    assert (
        'Waiting for deployment "web" rollout to finish: 1 out of 2 new replicas have been updated...\n'
        in told
    )
    assert told.endswith('deployment "web" successfully rolled out\n')
    assert c.kubectl("rollout undo deploy/web").stdout == "deployment.apps/web rolled back\n"
    shown = c.kubectl("rollout history deploy/web").stdout
    assert shown == "deployment.apps/web \nREVISION  CHANGE-CAUSE\n2         <none>\n3         <none>\n\n"
    assert c["deploy/web"].template["spec"]["containers"][0]["image"] == "nginx:1"


def test_flags_before_the_verb_do_not_hide_a_rollout(c):
    """kubectl rollout status follows a rollout wherever its flags stand."""
    c.kubectl("set image deploy/web main=nginx:2")
    told = c.kubectl("-n default rollout status deploy/web").stdout
    assert 'Waiting for deployment "web" rollout to finish: ' in told


def test_a_stuck_rollout_does_not_hang(c):
    """Rollout status waits until the rollout's deadline is over, and settling does not: it is told apart then."""
    c.kubectl("set image deploy/web main=broken:1")
    c.settle()
    assert c["deploy/web"].condition("Progressing")["reason"] == "ReplicaSetUpdated"
    done = c.kubectl("rollout status deploy/web")
    assert done.exit == 1
    assert done.stderr == 'error: deployment "web" exceeded its progress deadline\n'
    late = c["deploy/web"].condition("Progressing")
    assert (late["status"], late["reason"]) == ("False", "ProgressDeadlineExceeded")
    c.kubectl("rollout undo deploy/web")
    assert c.kubectl("rollout status deploy/web").exit == 0


def test_a_dry_run_changes_nothing(c):
    """--dry-run leaves the cluster as it is, and says that it was one."""
    before = c.api.store.revision
    for line, said in (
        ("scale deploy/web --replicas=9 --dry-run=server", "deployment.apps/web scaled (server dry run)\n"),
        ("delete svc web --dry-run=client", 'service "web" deleted from default namespace (dry run)\n'),
        ("create deployment x --image=y --dry-run=client", "deployment.apps/x created (dry run)\n"),
        ("taint node node-1 a=b:NoSchedule --dry-run=client", "node/node-1 tainted\n"),
        ("label pod bare a=b --dry-run=server", "pod/bare labeled (server dry run)\n"),
    ):
        assert c.kubectl(line).stdout == said
    assert c.api.store.revision == before


# ---- apply


def test_apply_takes_away_what_it_had_said_before(c):
    """apply removes what an earlier manifest said and this one does not; what others wrote stays."""
    c.kubectl("scale deploy/web --replicas=4")
    second = (
        APP.split("---", maxsplit=1)[0]
        .replace("  replicas: 2\n", "")
        .replace(", ports: [{containerPort: 80}]", "")
    )
    assert c.kubectl("apply -f -", stdin=second).stdout == "deployment.apps/web configured\n"
    spec = c["deploy/web"].spec
    assert "ports" not in spec["template"]["spec"]["containers"][0]
    assert c.kubectl("apply -f -", stdin=second).stdout == "deployment.apps/web unchanged\n"


def test_good_documents_are_applied_beside_bad_ones(c):
    """A document that is refused does not keep the others from being applied; the exit code tells of it."""
    source = "apiVersion: v1\nkind: Foo\nmetadata: {name: x}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: ok}\n"
    done = c.kubectl("apply -f -", stdin=source)
    assert (done.stdout, done.exit) == ("configmap/ok created\n", 1)
    assert 'no matches for kind "Foo" in version "v1"' in done.stderr


def test_files_and_folders_are_read(c, tmp_path):
    """-f takes files and folders, -R what is below them."""
    (tmp_path / "in").mkdir()
    (tmp_path / "a.yaml").write_text(
        "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}", encoding="utf-8"
    )
    (tmp_path / "in" / "b.json").write_text(
        '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"b"}}', "utf-8"
    )
    assert kubectl(c.simulation, "apply -f .", folder=tmp_path).stdout == "configmap/a created\n"
    assert (
        kubectl(c.simulation, "apply -R -f .", folder=tmp_path).stdout
        == "configmap/a unchanged\nconfigmap/b created\n"
    )
    assert (
        kubectl(c.simulation, "apply -f nope", folder=tmp_path).stderr
        == 'error: the path "nope" does not exist\n'
    )


# ---- patches


def test_json_patches():
    """A JSON patch adds, replaces, removes, moves, copies and tests; what is not there is an error."""
    value = {"a": [1, 2], "b": {"c/d": 3}}
    assert json_patch(value, [{"op": "add", "path": "/a/-", "value": 9}])["a"] == [1, 2, 9]
    assert json_patch(value, [{"op": "add", "path": "/a/0", "value": 9}])["a"] == [9, 1, 2]
    assert json_patch(value, [{"op": "remove", "path": "/b/c~1d"}])["b"] == {}
    assert json_patch(value, [{"op": "move", "from": "/a/0", "path": "/x"}]) == {
        "a": [2],
        "b": {"c/d": 3},
        "x": 1,
    }
    assert json_patch(value, [{"op": "copy", "from": "/b", "path": "/e"}])["e"] == {"c/d": 3}
    assert json_patch(value, [{"op": "test", "path": "/a/1", "value": 2}]) == value
    for wrong in (
        {"op": "remove", "path": "/x"},
        {"op": "test", "path": "/a/0", "value": 5},
        {"op": "x", "path": "/a"},
    ):
        with pytest.raises(PatchError):
            json_patch(value, [wrong])
    assert value == {"a": [1, 2], "b": {"c/d": 3}}


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("""patch svc web -p '{"spec":{"type":"NodePort"}}'""", "service/web patched\n"),
        ("""patch svc web --type=merge -p '{"metadata":{"labels":{"a":"b"}}}'""", "service/web patched\n"),
        (
            """patch svc web --type=json -p '[{"op":"add","path":"/metadata/labels","value":{"a":"b"}}]'""",
            "service/web patched\n",
        ),
        ("""patch deploy web -p '{"spec":{"replicas":2}}'""", "deployment.apps/web patched (no change)\n"),
    ],
)
def test_patching(c, line, said):
    """Each kind of patch is laid over the object; one that changes nothing says so."""
    assert c.kubectl(line).stdout == said


# ---- from within a Pod


def test_exec_asks_through_the_network(c):
    """curl, ping and nslookup from a Pod end as the network would have it, with the program's exit code."""
    done = c.kubectl("exec bare -- curl http://web")
    assert (done.exit, done.stderr) == (0, "")
    assert "answered by pod/web-" in done.stdout
    c.kubectl("scale deploy/web --replicas=0")
    refused = c.kubectl("exec bare -- curl http://web")
    assert refused.exit == 7
    assert refused.stderr.startswith("curl: (7) Failed to connect to web port 80")
    assert refused.stderr.endswith("command terminated with exit code 7\n")
    assert c.kubectl("exec bare -- ping web").exit == 1
    assert c.kubectl(f"exec bare -- ping {c['pod/bare'].ip}").exit == 0
    assert f"Address: {c['svc/web'].cluster_ip}" in c.kubectl("exec bare -- nslookup web").stdout
    assert c.kubectl("exec bare -- nslookup nobody").exit == 1
    assert c.kubectl("exec bare -- curl http://nope").exit == 6


def test_exec_says_where_nothing_can_run(c):
    """Without a running container there is nobody to ask, and programs that must really run say so."""
    c.create(
        "{apiVersion: v1, kind: Pod, metadata: {name: big}, spec: {containers: [{name: a, image: b, resources: {requests: {cpu: 99}}}]}}"
    )
    c.settle()
    assert "does not have a host assigned" in c.kubectl("exec big -- curl web").stderr
    assert "No container runs here" in c.kubectl("exec bare -- python").stderr
    assert c.kubectl("exec bare ls").stderr.startswith(
        "error: exec [POD] [COMMAND] is not supported anymore."
    )
    assert c.kubectl("exec deploy/web -- cat /etc/resolv.conf").stdout.startswith(
        "search default.svc.cluster.local"
    )


# ---- Nodes


def test_draining_says_what_is_in_the_way(c):
    """drain stops at a bare Pod, names it, and goes on with --force."""
    node = c["pod/bare"].node_name
    done = c.kubectl(f"drain {node}")
    assert done.exit == 1
    assert "(use --force to override): default/bare" in done.stderr
    forced = c.kubectl(f"drain {node} --force")
    assert forced.exit == 0
    assert "Warning: deleting Pods that declare no controller: default/bare\n" in forced.stderr
    assert "pod/bare evicted\n" in forced.stdout
    assert forced.stdout.endswith(f"node/{node} drained\n")
    assert c.kubectl(f"uncordon {node}").stdout == f"node/{node} uncordoned\n"


# ---- tables of other kinds

OTHERS = """
{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: data}, spec: {accessModes: [ReadWriteOnce],
  storageClassName: fast, resources: {requests: {storage: 1Gi}}}}
---
{apiVersion: storage.k8s.io/v1, kind: StorageClass, metadata: {name: fast}, provisioner: x/y}
---
{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: front}, spec: {tls: [{hosts: [a.b]}], rules: [
  {host: a.b}, {host: c.d}]}}
---
{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: shut}, spec: {podSelector: {matchLabels: {a: b}}}}
---
{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: some}, spec: {maxUnavailable: 1}}
---
{apiVersion: batch/v1, kind: CronJob, metadata: {name: tick}, spec: {schedule: "0 1 * * *", jobTemplate: {spec: {
  template: {spec: {restartPolicy: Never, containers: [{name: a, image: b}]}}}}}}
---
{apiVersion: v1, kind: ServiceAccount, metadata: {name: robot}}
---
{apiVersion: rbac.authorization.k8s.io/v1, kind: Role, metadata: {name: reader}, rules: []}
"""


@pytest.mark.parametrize(
    ("line", "text"),
    [
        (
            "get pvc",
            "NAME STATUS VOLUME CAPACITY ACCESS MODES STORAGECLASS VOLUMEATTRIBUTESCLASS AGE|data Pending fast <unset> 0s",
        ),
        (
            "get sc",
            "NAME PROVISIONER RECLAIMPOLICY VOLUMEBINDINGMODE ALLOWVOLUMEEXPANSION AGE|fast x/y Delete Immediate false 0s",
        ),
        ("get ing", "NAME CLASS HOSTS ADDRESS PORTS AGE|front <none> a.b,c.d 80, 443 0s"),
        ("get netpol", "NAME POD-SELECTOR AGE|shut a=b 0s"),
        ("get pdb", "NAME MIN AVAILABLE MAX UNAVAILABLE ALLOWED DISRUPTIONS AGE|some N/A 1 0 0s"),
        (
            "get cj",
            "NAME SCHEDULE TIMEZONE SUSPEND ACTIVE LAST SCHEDULE AGE|tick 0 1 * * * <none> False 0 <none> 0s",
        ),
        ("get sa robot", "NAME AGE|robot 0s"),
        ("get roles", "NAME CREATED AT|reader 2026-01-01T00:00:00Z"),
    ],
)
def test_the_columns_of_other_kinds(line, text):
    """Each kind has the columns that the API server's own printers give it."""
    cluster = kn.Cluster(nodes=0)
    cluster.apply(OTHERS)
    shown = cluster.kubectl(line).stdout
    assert "|".join(" ".join(row.split()) for row in shown.splitlines()) == text


def test_restarts_say_how_long_ago(c):
    """RESTARTS tells when the last one was, once there was one."""
    c.crash("pod/bare")
    c.settle()
    cells = c.kubectl("get pod bare --no-headers").stdout.split("   ")
    assert re.fullmatch(r"1 \(\d+s ago\)", next(cell for cell in cells if "ago" in cell).strip())


def test_wide_events_have_their_columns_between(c):
    """get events -o wide puts the part and the source before the message."""
    head = c.kubectl("get events -o wide").stdout.splitlines()[0]
    assert head.split("   ")[0] == "LAST SEEN"
    assert head.index("SOURCE") < head.index("MESSAGE") < head.index("FIRST SEEN")


# ---- what is not done


@pytest.mark.parametrize("verb", sorted(set(COMMANDS) - set(VERBS)))
def test_a_verb_that_is_not_done_says_so(c, verb):
    """Each verb of kubectl's that is left out says so, and what there is."""
    done = c.kubectl(verb)
    assert done.exit == 1
    assert done.stderr.startswith(f"error: k8snotes does not simulate kubectl {verb}. ")
    assert len(done.stderr.split(". ", 1)[1]) > 10


def every_verb(verbs=VERBS, above=""):
    """Each verb and each subcommand, by its whole name."""
    found = {}
    for name, verb in verbs.items():
        found |= {f"{above}{name}": verb, **every_verb(verb.subcommands, f"{above}{name} ")}
    return found


EVERY_VERB = every_verb()


@pytest.mark.parametrize("name", EVERY_VERB)
def test_each_verb_explains_itself(c, name):
    """Each verb and each subcommand has a sentence about it, an example that can be typed, and help."""
    verb = EVERY_VERB[name]
    assert verb.about.endswith(".")
    assert verb.example.startswith(f"kubectl {name.partition(' ')[0]}")
    shown = c.kubectl(f"{name} --help")
    assert verb.about in shown.stdout
    assert shown.exit == 0


@pytest.mark.parametrize(
    "name", [name for name in EVERY_VERB if name.startswith("create ") and name != "create token"]
)
def test_each_kind_can_be_created_as_its_example_says(c, name, tmp_path, monkeypatch):
    """The example of each subcommand of `kubectl create` makes an object, also by its other names."""
    monkeypatch.chdir(tmp_path)
    for file in ("tls.crt", "tls.key"):
        (tmp_path / file).write_text((GOLDEN / file).read_text(encoding="utf-8"), encoding="utf-8")
    verb = EVERY_VERB[name]
    for alias in ("", *verb.aliases):
        example = verb.example.replace(name, f"create {alias}") if alias else verb.example
        done = c.kubectl(f"{example} --dry-run=client" if " -- " not in example else example)
        assert done.stderr == ""
        assert done.exit == 0
        c = kn.Cluster(nodes=1)


@pytest.mark.parametrize("line", ["get pods | grep web", "get pods > x", "get pods && get svc"])
def test_signs_of_the_shell_are_explained(c, line):
    """There is no shell behind a cell, and a line that needs one says so."""
    assert "without a shell" in c.kubectl(line).stderr


def test_a_snapshot_is_only_looked_at(c, tmp_path):
    """A dump can be asked everything, and changed in nothing."""
    from k8snotes.api.manifest import dump

    (tmp_path / "dump.yaml").write_text(dump(c.objects("pods")), encoding="utf-8")
    snapshot = kn.load(tmp_path / "dump.yaml")
    assert "bare" in snapshot.kubectl("get pods").stdout
    done = snapshot.kubectl("label pod bare a=b")
    assert done.exit == 1
    assert "snapshot" in done.stderr


def test_kubectl_needs_no_pandas():
    """Printing a table loads neither pandas nor a layout engine."""
    code = (
        "import sys, k8snotes as kn; c = kn.Cluster(1); c.kubectl('get pods -o wide'); c.kubectl('get nodes');"
        "print([n for n in ('pandas', 'graphviz', 'ipywidgets', 'IPython') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


# ---- where verbs and pages are found


def test_every_file_of_a_verb_is_a_command_of_kubectl():
    """Each file of kubectl/verbs is named like a command that kubectl has."""
    assert set(VERBS) <= set(COMMANDS)


def test_a_verb_is_found_by_its_file(tmp_path, monkeypatch):
    """A file that declares a verb adds it: it is listed by its name, loaded when it is asked for, known by its aliases."""
    (tmp_path / "more_verbs").mkdir()
    (tmp_path / "more_verbs" / "__init__.py").touch()
    (tmp_path / "more_verbs" / "say_hello.py").write_text(
        "from k8snotes.kubectl.verb import Verb\n"
        "def hello(session, parsed):\n    session.out('hello')\n"
        "VERB = Verb(hello, 'Say hello.', aliases=('hi',))\n",
        encoding="utf-8",
    )
    monkeypatch.syspath_prepend(tmp_path)
    verbs = Verbs("more_verbs", [str(tmp_path / "more_verbs")])
    assert list(verbs) == ["say-hello"]
    assert "more_verbs.say_hello" not in sys.modules
    assert verbs["say-hello"].about == "Say hello."
    assert subcommand(verbs, "hi") == "say-hello"
    assert not subcommand(verbs, "bye")


def test_typing_a_verb_loads_no_other_one():
    """`kubectl get` loads the file of get, and neither that of another verb nor a page of describe."""
    code = (
        "import sys, k8snotes as kn; c = kn.Cluster(1); c.kubectl('get nodes');"
        "print(sorted(n.rpartition('verbs.')[2] for n in sys.modules if 'kubectl.verbs.' in n or 'describe' in n))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['get']"


def test_every_page_of_describe_is_that_of_a_kind():
    """A file of kubectl/describe with a page is named like a built-in kind, or it is the page of all others."""
    pages = [item.name for item in iter_modules(describe.__path__) if hasattr(_page(item.name), "describe")]
    assert "pod" in pages
    assert set(pages) - {kind.singular for kind in all_kinds()} == {"generic"}


def _page(name):
    return import_module(f"{describe.__name__}.{name}")


@pytest.mark.parametrize("kind", ["Pod", "Page", "Containers"])
def test_a_custom_kind_has_the_page_of_all_others(kind):
    """A custom kind that is called like a built-in one, or like a file of kubectl/describe, is described field by field."""
    cluster = kn.Cluster(nodes=0)
    cluster.apply(f"{{apiVersion: example.org/v1, kind: {kind}, metadata: {{name: one}}, spec: {{size: 3}}}}")
    name = f"{kind.lower()}{'es' if kind.endswith('s') else 's'}.example.org"
    shown = cluster.kubectl(f"describe {name} one").stdout
    assert "Spec:\n  Size:  3\n" in shown


def test_the_words_of_explain_are_about_fields_that_there_are():
    """Each line of kubectl/explain names a struct, or a field of one, of the API server's tables."""
    names = [name for name in explain._words() if not name.startswith("*.")]
    assert "PodDisruptionBudgetSpec.minAvailable" in names
    unknown = [name for name in names if not struct_of(name.partition(".")[0])]
    unknown += [
        name for name in names if "." in name and name.split(".")[1] not in struct_of(name.split(".")[0])
    ]
    assert unknown == []


# ---- errors


def test_of_several_errors_none_says_that_it_is_one(c):
    """One error is introduced as such; of several, each has its line without the word."""
    assert c.kubectl("rollout history svc/web").stderr == (
        'error: error retrieving history for "Service", no visitor method exists for { Service}\n'
    )
    assert c.kubectl("rollout history svc/web pod/bare").stderr == (
        'error retrieving history for "Service", no visitor method exists for { Service}\n'
        'no history viewer has been implemented for "Pod"\n'
    )


def test_what_is_missing_is_told_last(c):
    """`get` and `delete` print what is there before what is not; --ignore-not-found leaves that out."""
    done = c.kubectl("get pod bare nope -o name")
    assert str(done) == 'pod/bare\nError from server (NotFound): pods "nope" not found'
    done = c.kubectl("get pod bare nope -o name --ignore-not-found")
    assert (str(done), done.exit) == ("pod/bare", 0)
    done = c.kubectl("delete pod nope --ignore-not-found")
    assert (done.stderr, done.exit) == ("", 0)


def test_a_budget_keeps_pods_from_being_drained():
    """A drain tells of an eviction that a budget refuses, gives up in kubectl's words, and leaves the Node cordoned."""
    recorded = json.loads((GOLDEN / "drain.json").read_text(encoding="utf-8"))
    cluster = kn.Cluster([{"metadata": {"name": f"node{number}"}} for number in (1, 2)])
    told = []
    for step in recorded["steps"]:
        if "apply" in step:
            cluster.apply(step["apply"])
            cluster.settle()
        else:
            done = cluster.kubectl(step["kubectl"])
            assert done.exit == recorded["exit"]
            assert "evicted" not in done.stdout
            told.append(re.sub(r"web-\w+-\w+", "web-<hash>-<id>", done.stderr))
    assert told == recorded["stderr"]
    assert cluster.kubectl("get nodes").stdout.count("SchedulingDisabled") == 2


ONE_OF_ONE = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: till}
spec:
  replicas: 1
  selector: {matchLabels: {app: till}}
  template: {metadata: {labels: {app: till}}, spec: {containers: [{name: a, image: till:1}]}}
---
{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: till}, spec: {minAvailable: 1, selector: {matchLabels: {app: till}}}}"""


def test_a_drain_that_would_never_end_says_so():
    """Without --timeout, kubectl tries again without end: the command fails, and k8snotes says why."""
    cluster = kn.load(ONE_OF_ONE)
    (pod,) = cluster.objects("pods")
    node = cluster[f"node/{pod.node_name}"]
    done = cluster.kubectl(f"drain {node.name}")
    refused, *more = done.stderr.splitlines()
    assert refused == (
        f'error when evicting pods/"{pod.name}" -n "default" (will retry after 5s): '
        "Cannot evict pod as it would violate the pod's disruption budget."
    )
    assert more == [
        (
            "k8snotes: kubectl would try again every 5 seconds and never end. The disruption budget till needs 1 healthy "
            f"pods and has 1 currently, and nothing here changes that. {node.ref} stays cordoned."
        )
    ]
    assert (done.exit, "drained" in done.stdout) == (1, False)
    assert cluster[pod.ref].phase == "Running"


def test_a_drain_without_evictions_asks_no_budget():
    """With --disable-eviction, kubectl deletes the Pods; the words are those of a deletion."""
    cluster = kn.load(ONE_OF_ONE)
    (pod,) = cluster.objects("pods")
    node = f"node/{pod.node_name}"
    dry = cluster.kubectl(f"drain {pod.node_name} --disable-eviction --dry-run=client")
    assert dry.stdout == f"{node} cordoned (dry run)\n{node} drained (dry run)\n"
    done = cluster.kubectl(f"drain {pod.node_name} --disable-eviction")
    assert (done.exit, done.stderr) == (0, "")
    assert done.stdout == f"{node} cordoned\n{pod.ref} deleted\n{node} drained\n"
    assert pod.name not in [item.name for item in cluster.objects("pods")]


def test_a_drain_can_be_of_some_pods_only():
    """--pod-selector names the Pods that leave; what it does not find stays, bare Pods too."""
    cluster = kn.load(ONE_OF_ONE.partition("---")[0])
    (pod,) = cluster.objects("pods")
    done = cluster.kubectl(f"drain {pod.node_name} --pod-selector=app=other")
    assert done.stdout == f"node/{pod.node_name} cordoned\nnode/{pod.node_name} drained\n"
    assert [item.name for item in cluster.objects("pods")] == [pod.name]
    done = cluster.kubectl(f"drain {pod.node_name} --pod-selector=app=till")
    assert f"{pod.ref} evicted\n" in done.stdout
    done = cluster.kubectl(f"drain {pod.node_name} --pod-selector='app in'")
    assert done.stderr == "error: --pod-selector=<pod_selector> must be a valid label selector\n"


def test_two_budgets_of_one_pod_end_a_drain():
    """The server refuses with an internal error, which kubectl does not try again."""
    cluster = kn.load(ONE_OF_ONE)
    cluster.kubectl("create pdb other --selector=app=till --min-available=0")
    (pod,) = cluster.objects("pods")
    done = cluster.kubectl(f"drain {pod.node_name}")
    words = (
        f'error when evicting pods/"{pod.name}" -n "default": This pod has more than one PodDisruptionBudget, '
        "which the eviction subresource does not support."
    )
    assert done.stderr.splitlines()[0] == (
        f'There are pending pods in node "{pod.node_name}" when an error occurred: {words}'
    )
    assert "will retry" not in done.stderr
    assert done.exit == 1


def test_a_rollout_past_its_deadline_fails():
    """`rollout status` of a broken image prints its progress and then kubectl's error, with exit code 1."""
    deployment = ONE_OF_ONE.partition("---")[0]
    cluster = kn.load(deployment.replace("replicas: 1", "replicas: 3\n  progressDeadlineSeconds: 60"))
    cluster.kubectl("set image deploy/till a=broken:2")
    done = cluster.kubectl("rollout status deploy/till")
    assert done.stdout.splitlines()[-1] == (
        'Waiting for deployment "till" rollout to finish: 1 out of 3 new replicas have been updated...'
    )
    assert (done.stderr, done.exit) == ('error: deployment "till" exceeded its progress deadline\n', 1)


def test_a_rollout_that_never_ends_says_so():
    """A StatefulSet has no deadline: kubectl waits without end, or for as long as --timeout allows."""
    cluster = kn.Cluster(nodes=1)
    cluster.apply(
        "{apiVersion: apps/v1, kind: StatefulSet, metadata: {name: db}, spec: {serviceName: db, selector: {matchLabels: "
        "{app: db}}, template: {metadata: {labels: {app: db}}, spec: {containers: [{name: a, image: broken:1}]}}}}"
    )
    done = cluster.kubectl("rollout status sts/db")
    assert done.stdout == "Waiting for 1 pods to be ready...\n"
    assert done.stderr == (
        "k8snotes: kubectl would wait without end, because no component of this cluster has any work left.\n"
    )
    assert done.exit == 1
    done = cluster.kubectl("rollout status sts/db --timeout=5s")
    assert (done.stderr, done.exit) == ("error: timed out waiting for the condition\n", 1)


def test_a_drain_goes_on_when_a_pod_has_been_replaced():
    """Where a budget allows one Pod to be away, the next is evicted when another one is ready in its place."""
    cluster = kn.Cluster(nodes=3)
    cluster.apply(APP)
    cluster.kubectl("delete pod bare")
    cluster.kubectl("cordon node-2 node-3")
    cluster.kubectl("scale deploy/web --replicas=4")
    cluster.kubectl("uncordon node-2 node-3")
    cluster.kubectl("create pdb b --selector=app=web --max-unavailable=1")
    on_it = [pod for pod in cluster.objects("pods") if pod.node_name == "node-1"]
    assert len(on_it) == 3
    done = cluster.kubectl("drain node-1")
    assert done.exit == 0
    assert done.stderr.count(" (will retry after 5s): Cannot evict pod") == 2 + 1
    assert "node-1" not in [pod.node_name for pod in cluster.objects("pods")]


def test_the_version_names_kustomize():
    """kubectl has kustomize in it, and prints its version between the two others."""
    done = kn.Cluster(nodes=0).kubectl("version")
    assert done.stdout == "Client Version: v1.36.2\nKustomize Version: v5.8.1\nServer Version: v1.36.2\n"


@pytest.mark.parametrize(
    ("line", "out", "err", "code"),
    [
        ('--subresource=scale -p \'{"spec":{"replicas":3}}\'', "scale.autoscaling/till patched\n", "", 0),
        (
            '--subresource=scale -p \'{"spec":{"replicas":1}}\'',
            "scale.autoscaling/till patched (no change)\n",
            "",
            0,
        ),
        ('--subresource=status -p \'{"status":{"replicas":9}}\'', "deployment.apps/till patched\n", "", 0),
        (
            "--subresource=x -p '{}'",
            "",
            'error: invalid subresource value: "x". Must be one of [status scale resize]\n',
            1,
        ),
    ],
)
def test_a_patch_of_a_subresource_changes_it_alone(line, out, err, code):
    """The rest of such a patch is passed over."""
    cluster = kn.load(ONE_OF_ONE.partition("---")[0])
    before = cluster["deploy/till"].spec["template"]
    done = cluster.kubectl(f"patch deploy till {line}")
    assert (done.stdout, done.stderr, done.exit) == (out, err, code)
    assert cluster["deploy/till"].spec["template"] == before
    if 'replicas":3' in line:
        assert cluster["deploy/till"].spec["replicas"] == 3


def test_a_kind_without_a_subresource_refuses_the_patch():
    """A ConfigMap has no scale."""
    cluster = kn.Cluster(nodes=0)
    cluster.kubectl("create configmap a")
    done = cluster.kubectl("patch cm a --subresource=scale -p '{}'")
    assert done.stderr == "Error from server (NotFound): the server could not find the requested resource\n"


def test_a_template_without_a_format_is_a_go_template():
    """`--template` alone means -o go-template."""
    cluster = kn.Cluster(nodes=1)
    done = cluster.kubectl("get nodes --template={{.kind}}")
    assert (done.stdout, done.exit) == ("List", 0)


TAKEN = """apiVersion: v1
kind: Service
metadata: {name: side-door}
spec: {type: NodePort, ports: [{port: 80, nodePort: 31080}], no-such-field: 1}
"""


@pytest.mark.parametrize("verb", ["apply", "create"])
def test_a_client_dry_run_asks_nobody(verb):
    """What only the API server can refuse is not refused: a node port that is taken, an unknown field."""
    c = kn.load("guestbook")
    line = f"{verb} -f - --dry-run"
    dry = c.kubectl(f"{line}=client", stdin=TAKEN)
    assert (dry.stdout, dry.exit) == ("service/side-door created (dry run)\n", 0)
    assert c.kubectl(f"{line}=server", stdin=TAKEN).exit == 1
    immutable = "spec: {selector: {matchLabels: {app: other}}}"
    changed = f"apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: cache}}\n{immutable}\n"
    word = "configured" if verb == "apply" else "created"
    dry = c.kubectl(f"{line}=client", stdin=changed)
    assert (dry.stdout, dry.exit) == (f"deployment.apps/cache {word} (dry run)\n", 0)
