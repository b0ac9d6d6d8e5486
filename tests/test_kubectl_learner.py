"""What a learner types: kubectl set, diff, port-forward, create token and tls, apply view-last-applied."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import k8snotes as kn
from k8snotes.control_plane.merge import strategic_merge
from k8snotes.kubectl.output.unified import unified
from k8snotes.kubectl.pod_templates import matching

GOLDEN = Path(__file__).resolve().parent / "golden" / "kubectl"
WEB = """
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
      - {name: app, image: "web:1", ports: [{containerPort: 8080, name: http}]}
      - {name: log, image: "log:1"}
"""
SERVICE = "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {app: web}, ports: [{port: 80, targetPort: http}]}}"


@pytest.fixture
def c(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    cluster = kn.Cluster(nodes=2)
    cluster.apply(WEB)
    cluster.apply(SERVICE)
    cluster.settle()
    return cluster


def containers(c):
    return c["deploy/web"].manifest["spec"]["template"]["spec"]["containers"]


# ---- set


def test_set_env_changes_the_variables_of_containers(c):
    """Variables are set, removed and taken from a ConfigMap, in all containers or in those of a pattern."""
    assert c.kubectl("set env deploy/web A=1 B=2 -c 'a*'").stdout == "deployment.apps/web env updated\n"
    assert [item.get("env") for item in containers(c)] == [
        [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}],
        None,
    ]
    c.kubectl("create cm settings --from-literal=mode=fast --from-literal=level=3")
    done = c.kubectl("set env deploy/web --from=cm/settings --keys=mode --prefix=X_ -c app")
    assert done.stderr == "Warning: key mode transferred to MODE\n"
    c.kubectl("set env deploy/web A-")
    assert containers(c)[0]["env"] == [
        {"name": "B", "value": "2"},
        {"name": "X_MODE", "valueFrom": {"configMapKeyRef": {"key": "mode", "name": "settings"}}},
    ]
    assert c.kubectl("set env deploy/web --list --resolve -c app").stdout == (
        "# Deployment web, container app\nB=2\nX_MODE=fast\n"
    )


def test_set_env_never_shows_a_value_of_a_secret(c):
    """--list --resolve says where a value of a Secret comes from, and hides it."""
    c.kubectl("create secret generic key --from-literal=password=sesame")
    c.kubectl("set env deploy/web --from=secret/key -c app")
    listed = c.kubectl("set env deploy/web --list -c app")
    assert "# PASSWORD from secret key, key password\n" in listed.stdout
    resolved = c.kubectl("set env deploy/web --list --resolve -c app")
    assert "PASSWORD=<hidden>\n" in resolved.stdout
    assert "sesame" not in str(listed) + str(resolved)


def test_set_resources_changes_requests_and_limits(c):
    """What is not named stays, and amounts are written as Kubernetes writes them."""
    c.kubectl("set resources deploy/web --requests=cpu=0.1,memory=64Mi -c app")
    c.kubectl("set resources deploy/web --limits=cpu=1")
    assert containers(c)[0]["resources"] == {
        "limits": {"cpu": "1"},
        "requests": {"cpu": "100m", "memory": "64Mi"},
    }
    refused = c.kubectl("set resources deploy/web --limits=cpu=10m -c app")
    assert refused.stderr.startswith(
        'error: failed to patch resources update to pod template Deployment.apps "web" is invalid: '
    )


def test_set_selector_and_serviceaccount(c):
    """A Service gets a whole new selector, and Pods another ServiceAccount."""
    assert c.kubectl("set selector svc web app=web,track=stable").stdout == "service/web selector updated\n"
    assert c["svc/web"].manifest["spec"]["selector"] == {"app": "web", "track": "stable"}
    assert c.kubectl("set sa deploy/web robot").stdout == "deployment.apps/web serviceaccount updated\n"
    assert c["deploy/web"].manifest["spec"]["template"]["spec"]["serviceAccountName"] == "robot"


def test_a_dry_run_of_set_changes_nothing(c):
    """Neither a dry run nor --local reaches the cluster."""
    before = c.api.store.revision
    Path("web.yaml").write_text(WEB, encoding="utf-8")
    for line in (
        "set env deploy/web A=1 --dry-run=server",
        "set resources deploy/web --limits=cpu=1 --dry-run=client",
        "set image --local -f web.yaml app=x -o yaml",
        "set sa --local -f web.yaml robot",
        "label --local -f web.yaml a=b",
        'patch --local -f web.yaml -p \'{"spec":{"replicas":9}}\'',
    ):
        assert c.kubectl(line).exit == 0
    assert c.api.store.revision == before


@given(st.text(alphabet="ab*", max_size=6), st.text(alphabet="ab", max_size=6))
def test_a_pattern_without_a_star_is_a_name(pattern, name):
    """Only "*" stands for something else, and alone it stands for everything."""
    assert matching(name, "*")
    if "*" not in pattern:
        assert matching(name, pattern) == (name == pattern)


# ---- diff


def test_diff_shows_what_apply_would_change(c):
    """A changed field is shown with its surroundings; the exit code is 1, and nothing is changed."""
    before = c.api.store.revision
    Path("web.yaml").write_text(WEB.replace("replicas: 2", "replicas: 5"), encoding="utf-8")
    done = c.kubectl("diff -f web.yaml")
    lines = done.stdout.splitlines()
    assert done.exit == 1
    assert lines[0].startswith("diff -u -N /tmp/LIVE-")
    assert lines[0].endswith("/apps.v1.Deployment.default.web")
    assert "-  replicas: 2" in lines
    assert "+  replicas: 5" in lines
    assert [line for line in lines if line.startswith(("-  g", "+  g"))] == [
        "-  generation: 1",
        "+  generation: 2",
    ]
    assert c.api.store.revision == before


def test_diff_of_what_is_there_says_nothing(c):
    """An unchanged file gives no output and exit code 0; a failure has exit code 2."""
    Path("web.yaml").write_text(WEB, encoding="utf-8")
    done = c.kubectl("diff -f web.yaml")
    assert (str(done), done.exit) == ("", 0)
    for line in ("diff", "diff -f nope", "diff -f web.yaml x", "diff -f web.yaml --foo"):
        assert c.kubectl(line).exit == 2, line
    Path("bad.yaml").write_text(
        WEB.replace("app: web}}\n  template", "app: x}}\n  template"), encoding="utf-8"
    )
    assert c.kubectl("diff -f bad.yaml").exit == 2


def test_diff_of_a_new_object_shows_all_of_it(c):
    """All lines of an object that there is not yet come."""
    done = c.kubectl("diff -f -")
    assert done.exit == 2
    Path("cm.yaml").write_text(
        "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {x: z}}", encoding="utf-8"
    )
    shown = c.kubectl("diff -f cm.yaml").stdout.splitlines()
    assert shown[3].startswith("@@ -0,0 +1,")
    assert all(line.startswith("+") for line in shown[4:])


def test_diff_hides_the_values_of_secrets(c):
    """Only that a value differs is shown."""
    c.kubectl("create secret generic key --from-literal=a=sesame --from-literal=b=same")
    Path("key.yaml").write_text(
        "{apiVersion: v1, kind: Secret, metadata: {name: key}, stringData: {a: other, b: same}}",
        encoding="utf-8",
    )
    done = c.kubectl("diff -f key.yaml")
    assert "-  a: '*** (before)'\n+  a: '*** (after)'\n" in done.stdout
    for value in ("sesame", "other", "c2VzYW1l", "b3RoZXI="):
        assert value not in str(done)


@given(st.lists(st.sampled_from("abc"), max_size=12), st.lists(st.sampled_from("abc"), max_size=12))
def test_a_diff_leads_from_one_text_to_the_other(old, new):
    """The lines that a diff keeps and removes are the old text, those that it keeps and adds are the new one."""
    text = unified("".join(f"{line}\n" for line in old), "".join(f"{line}\n" for line in new), "o", "n")
    if old == new:
        assert text == ""
        return
    assert patched(old, text.splitlines()[2:]) == new


def patched(old, lines):
    """Return the new text that the hunks of a diff make of an old one; they must fit it."""
    result, at = [], 0
    for line in lines:
        if line.startswith("@@"):
            begin, _, length = line.split()[1][1:].partition(",")
            start = int(begin) - (length != "0")
            result += old[at:start]
            at = start
        elif line[0] == "+":
            result.append(line[1:])
        else:
            assert old[at] == line[1:]
            result += [old[at]] if line[0] == " " else []
            at += 1
    return result + old[at:]


# ---- port-forward


def test_port_forward_says_where_a_connection_would_go(c):
    """It goes to one Pod, to the targetPort of the Service, and past the Service itself."""
    done = c.kubectl("port-forward svc/web 8080:80")
    assert done.stdout == "Forwarding from 127.0.0.1:8080 -> 8080\nForwarding from [::1]:8080 -> 8080\n"
    first, second, third, fourth = done.note.splitlines()
    pods = sorted(pod.name for pod in c.objects("pods"))
    assert "Nothing listens on your machine." in first
    assert any(f"into pod/{name}" in first for name in pods)
    assert "do not go through the Service" in second
    assert third == "k8snotes: 1 other Pod gets none of these connections."
    assert "would answer on port 8080" in fourth


def test_port_forward_says_that_nothing_listens(c):
    """A port on which no program listens refuses the connection, also if kubectl forwards to it."""
    done = c.kubectl("port-forward deploy/web 9000")
    assert done.stdout.startswith("Forwarding from 127.0.0.1:9000 -> 9000\n")
    assert "each connection would be refused" in done.note


def test_a_pod_that_does_not_run_gets_no_connection(c):
    """kubectl forwards only to a Pod that runs."""
    c.create(
        "{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {nodeSelector: {a: b}, containers: [{name: a, image: x}]}}"
    )
    done = c.kubectl("port-forward p 80")
    assert done.stderr == "error: unable to forward port because pod is not running. Current status=Pending\n"


# ---- create


def test_a_token_is_not_shown(c):
    """`create token` says what a token would say: whose it is, for whom, and until when."""
    done = c.kubectl("create token default --duration=20m")
    assert (done.stdout, done.exit) == ("<hidden>\n", 0)
    assert "system:serviceaccount:default:default" in done.note
    again = c.kubectl("create token default -o jsonpath={.spec.expirationSeconds}{.status.token}")
    assert again.stdout == "3600<hidden>"
    for line, message in (
        ("create token x", 'failed to create token: serviceaccounts "x" not found'),
        (
            "create token default --duration=9m",
            (
                'failed to create token: TokenRequest.authentication.k8s.io "" is invalid: spec.expirationSeconds: '
                "Invalid value: 540: may not specify a duration less than 10 minutes"
            ),
        ),
        (
            "create token default --bound-object-kind=Pod --bound-object-name=x",
            'failed to create token: pods "x" not found',
        ),
    ):
        assert c.kubectl(line).stderr == f"error: {message}\n"


def test_a_pair_of_certificate_and_key_becomes_a_secret(c):
    """The Secret has the type kubernetes.io/tls, and a pair that does not fit is refused in Go's words."""
    for name in ("tls.crt", "tls.key"):
        Path(name).write_text((GOLDEN / name).read_text(encoding="utf-8"), encoding="utf-8")
    assert c.kubectl("create secret tls web --cert=tls.crt --key=tls.key").stdout == "secret/web created\n"
    secret = c["secret/web"].manifest
    assert (secret["type"], sorted(secret["data"])) == ("kubernetes.io/tls", ["tls.crt", "tls.key"])
    key = Path("tls.key").read_text(encoding="utf-8").splitlines()
    Path("broken.key").write_text("\n".join([key[0], key[1][:-8], *key[2:]]) + "\n", encoding="utf-8")
    done = c.kubectl("create secret tls x --cert=tls.crt --key=broken.key")
    assert done.stderr == "error: tls: failed to parse private key\n"


def test_an_account_of_a_registry_becomes_a_secret(c):
    """The Secret has the type of a registry's account, and shows none of it."""
    c.kubectl("create secret docker-registry hub --docker-username=me --docker-password=sesame")
    secret = c["secret/hub"].manifest
    assert secret["type"] == "kubernetes.io/dockerconfigjson"
    assert secret["data"] == {".dockerconfigjson": "<hidden>"}


# ---- apply, patch, wait


def test_what_was_applied_last_is_shown(c):
    """`apply view-last-applied` prints the manifest, also as JSON; a Secret's values are hidden."""
    assert c.kubectl("apply view-last-applied svc/web").stdout.startswith("apiVersion: v1\nkind: Service\n")
    Path("key.yaml").write_text(
        "{apiVersion: v1, kind: Secret, metadata: {name: key}, stringData: {a: sesame}}", encoding="utf-8"
    )
    c.kubectl("apply -f key.yaml")
    for form in ("yaml", "json"):
        shown = str(c.kubectl(f"apply view-last-applied secret key -o {form}"))
        assert "hidden" in shown
        assert "sesame" not in shown


def test_the_directives_of_a_strategic_merge_are_followed():
    """`$patch` deletes or replaces, `$retainKeys` keeps, and lists are ordered and shortened as asked."""
    live = {"l": {"containers": [{"name": "a", "x": 1}, {"name": "b"}], "finalizers": ["p", "q"]}}
    for patch, merged in (
        (
            {"containers": [{"name": "a", "$patch": "delete"}]},
            {"containers": [{"name": "b"}], "finalizers": ["p", "q"]},
        ),
        (
            {"containers": [{"name": "c"}, {"$patch": "replace"}]},
            {"containers": [{"name": "c"}], "finalizers": ["p", "q"]},
        ),
        ({"$patch": "replace", "y": 1}, {"y": 1}),
        ({"$retainKeys": ["finalizers"], "finalizers": ["p"]}, {"finalizers": ["p"]}),
        (
            {"$deleteFromPrimitiveList/finalizers": ["p"]},
            {"containers": live["l"]["containers"], "finalizers": ["q"]},
        ),
        (
            {"$setElementOrder/containers": [{"name": "b"}, {"name": "a"}]},
            {"containers": [{"name": "b"}, {"name": "a", "x": 1}], "finalizers": ["p", "q"]},
        ),
    ):
        assert strategic_merge({"l": patch}, live) == {"l": merged}


def test_a_pod_of_several_errors_names_each(c):
    """Several refusals stand in one line each, after everything that was done."""
    Path("two.yaml").write_text(
        "\n---\n".join(
            SERVICE.replace("port: 80", "port: 99999").replace("name: web", f"name: {name}") for name in "ab"
        )
        + "\n---\n{apiVersion: v1, kind: ConfigMap, metadata: {name: good}}",
        encoding="utf-8",
    )
    done = c.kubectl("apply -f two.yaml")
    assert done.stdout == "configmap/good created\n"
    first, second = done.stderr.splitlines()
    assert first.startswith(
        'Error from server (Invalid): error when creating "two.yaml": Service "a" is invalid: '
    )
    assert second.startswith(
        'Error from server (Invalid): error when creating "two.yaml": Service "b" is invalid: '
    )
    assert str(done).splitlines()[0] == "configmap/good created"


def test_what_stays_out_says_what_to_type(c):
    """Each command that is not simulated names another one."""
    for line, instead in (
        ("edit deploy/web", "kubectl patch"),
        ("cp web:/x .", "kubectl exec POD -- cat FILE"),
        ("attach web", "kubectl exec"),
        ("proxy", "kubectl get -o yaml"),
        ("kustomize .", "-f"),
        ("apply -k .", "-f"),
        ("apply -f x --server-side", "without it"),
        ("apply edit-last-applied svc/web", "kubectl apply view-last-applied"),
    ):
        Path("x").write_text(SERVICE, encoding="utf-8")
        done = c.kubectl(line)
        assert done.exit == 1
        assert done.stderr.startswith("error: k8snotes does not simulate ")
        assert instead in done.stderr, line
