"""Who may do what: the authorizer's answers, and what is refused to whom."""

import json
import random
import re
from pathlib import Path

import pytest

import k8snotes as kn
from k8snotes.api.policy_rule import PolicyRule, Request, covers
from k8snotes.control_plane import caches
from k8snotes.control_plane.authorizer import ADMIN, User, user_named
from k8snotes.facts.access import Allowed
from k8snotes.figures.layout import HIGHEST, WIDEST
from k8snotes.figures.scene import Box, Label, Link

RECORDED = json.loads(
    (Path(__file__).resolve().parent / "golden" / "access.json").read_text(encoding="utf-8")
)
BOT = "system:serviceaccount:default:bot"


def cluster(*lines):
    """A cluster in which kubectl lines were typed, each of which has to work."""
    c = kn.Cluster(nodes=1)
    for line in lines:
        done = c.kubectl(line)
        assert done.exit == 0, done.stderr
    return c


def said(c, line):
    """What a line prints, on both streams."""
    done = c.kubectl(line)
    return done.stdout + done.stderr


def world(recorded):
    """A cluster with the objects of a recording, in which nothing was aggregated yet, as where it was recorded."""
    c = kn.Cluster(nodes=0)
    for namespace in ("galley", "deck"):
        c.api.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}})
    for role in c.objects("clusterroles"):
        if role.gathers is not None:
            c.api.store.put(role.key, {**role.raw, "rules": None})
    for manifest in recorded["objects"]:
        c.api.create(manifest)
    return c


def reasons(c, user, request):
    """Every reason that Kubernetes may give: it names any binding that allows a request, not always the first."""
    answer = c.api.authorizer.review(user, request)
    if answer.grant is None:
        return {answer.reason}
    grants = c.api.authorizer.grants(user, request.namespace)
    return {
        f"RBAC: allowed by {grant}"
        for grant in grants
        if grant.role is not None and any(rule.allows(request) for rule in grant.role.rules)
    }


@pytest.mark.parametrize("number", range(len(RECORDED)))
def test_answers_and_reasons_are_those_of_kubernetes(number):
    """Each recorded question has the answer of a real API server, and one of the reasons that it may give."""
    recorded = RECORDED[number]
    c = world(recorded)
    for name, groups, asked, allowed, reason in recorded["questions"]:
        user, request = User(name, tuple(groups)), Request(**asked)
        assert c.api.authorizer.review(user, request).allowed is allowed, (user, request)
        assert reason in reasons(c, user, request), (user, request)


def test_the_index_of_bindings_changes_no_answer():
    """With and without what is remembered, each answer and each reason is the same."""
    for recorded in RECORDED[:4]:
        c = world(recorded)
        for name, groups, asked, _allowed, _reason in recorded["questions"]:
            user, request = User(name, tuple(groups)), Request(**asked)
            fast = c.api.authorizer.review(user, request)
            with caches.switched_off():
                assert c.api.authorizer.review(user, request) == fast


def random_rule(dice):
    """A rule out of few words, so that rules meet."""

    def some(words):
        return tuple(dice.sample(words, dice.randint(1, len(words))))

    if dice.random() < 0.2:
        return PolicyRule(some(["get", "post", "*"]), urls=some(["/healthz", "/logs/*", "*"]))
    names = some(["red", "blue"]) if dice.random() < 0.3 else ()
    resources = some(["pods", "pods/log", "*/scale", "deployments/scale", "*"])
    return PolicyRule(some(["get", "list", "*"]), some(["", "apps", "*"]), resources, names)


def test_what_is_covered_is_allowed_already():
    """Whoever has all of some rules may do everything that those allow, and what is missing is not allowed."""
    dice = random.Random(19)  # noqa: S311  # a test
    requests = [
        Request(verb, resource, group, subresource, name)
        for verb in ("get", "list")
        for resource in ("pods", "deployments")
        for group in ("", "apps")
        for subresource in ("", "log", "scale")
        for name in ("", "red", "blue")
    ]
    requests += [
        Request(verb, path=path) for verb in ("get", "post") for path in ("/healthz", "/logs/x", "/z")
    ]
    for _ in range(300):
        held = [random_rule(dice) for _ in range(dice.randint(0, 3))]
        wanted = [random_rule(dice) for _ in range(dice.randint(1, 2))]
        missing = covers(held, wanted)
        for request in requests:
            may = any(rule.allows(request) for rule in held)
            would = any(rule.allows(request) for rule in wanted)
            assert may or not would or any(rule.allows(request) for rule in missing)
        assert covers([*held, *missing], wanted) == []


def test_the_aggregated_roles_have_what_their_labels_gather():
    """A ClusterRole with the label reaches view, edit and admin, and is gone from them when it is deleted."""
    c = kn.Cluster(nodes=1)
    rules = {name: c.object("clusterrole", name).rules for name in ("view", "edit", "admin")}
    assert c.settle() == []
    c.apply(
        {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "ClusterRole",
            "metadata": {"name": "crons", "labels": {"rbac.authorization.k8s.io/aggregate-to-view": "true"}},
            "rules": [{"apiGroups": ["stable.example.com"], "resources": ["crontabs"], "verbs": ["get"]}],
        }
    )
    c.settle()
    new = PolicyRule(("get",), ("stable.example.com",), ("crontabs",))
    assert all(new in c.object("clusterrole", name).rules for name in rules)
    c.delete("clusterrole/crons")
    c.settle()
    assert {name: c.object("clusterrole", name).rules for name in rules} == rules


def test_who_has_which_groups():
    """A user is authenticated, a ServiceAccount is in the groups of its Namespace, and given groups come first."""
    assert user_named("tom").groups == ("system:authenticated",)
    assert user_named(BOT).groups == (
        "system:serviceaccounts",
        "system:serviceaccounts:default",
        "system:authenticated",
    )
    assert user_named("tom", ["dev"]).groups == ("dev", "system:authenticated")
    assert user_named("system:anonymous").groups == ("system:unauthenticated",)
    assert kn.Cluster(nodes=0).api.authorizer.review(ADMIN, Request("fly", "stars")).allowed


FORBIDDEN = {
    "get pods": 'pods is forbidden: User "tom" cannot list resource "pods" in API group "" in the namespace "default"',
    "get pods -A": 'pods is forbidden: User "tom" cannot list resource "pods" in API group "" at the cluster scope',
    "get nodes": 'nodes is forbidden: User "tom" cannot list resource "nodes" in API group "" at the cluster scope',
    "get deploy web": 'deployments.apps "web" is forbidden: User "tom" cannot get resource "deployments" in API '
    'group "apps" in the namespace "default"',
    "get ns shop": 'namespaces "shop" is forbidden: User "tom" cannot get resource "namespaces" in API group "" in '
    'the namespace "shop"',
    "delete pod gone": 'pods "gone" is forbidden: User "tom" cannot delete resource "pods" in API group "" in the '
    'namespace "default"',
    "delete pods --all": 'pods is forbidden: User "tom" cannot list resource "pods" in API group "" in the namespace '
    '"default"',
    "run x --image=y": 'pods is forbidden: User "tom" cannot create resource "pods" in API group "" in the namespace '
    '"default"',
}


@pytest.mark.parametrize("line", FORBIDDEN)
def test_a_refusal_has_the_words_of_the_api_server(line):
    """--as works on every verb, and what the user may not do is refused before anything is looked up."""
    c = cluster("create deployment web --image=nginx", "run tool --image=nginx")
    assert said(c, f"{line} --as tom") == f"Error from server (Forbidden): {FORBIDDEN[line]}\n"
    assert c.kubectl(f"{line} --as tom").exit == 1


READS = (
    "create clusterrole look --verb=get,list --resource=*.*",
    "create clusterrolebinding look --clusterrole=look --user=tom",
)
WRITES = {
    "scale deploy/web --replicas=3": ("patch", "deployments/scale", "apps"),
    "label deploy/web a=b": ("patch", "deployments", "apps"),
    "annotate deploy/web a=b": ("patch", "deployments", "apps"),
    "set image deploy/web nginx=nginx:2": ("patch", "deployments", "apps"),
    "rollout restart deploy/web": ("patch", "deployments", "apps"),
    'patch deploy/web -p \'{"spec":{"replicas":4}}\'': ("patch", "deployments", "apps"),
    "delete deploy/web": ("delete", "deployments", "apps"),
    "expose deploy/web --port=80": ("create", "services", ""),
    "exec tool -- env": ("create", "pods/exec", ""),
    "port-forward tool 8080:80": ("create", "pods/portforward", ""),
    "create token default": ("create", "serviceaccounts/token", ""),
    "taint nodes node-1 a=b:NoSchedule": ("patch", "nodes", ""),
    "cordon node-1": ("patch", "nodes", ""),
    "create configmap x": ("create", "configmaps", ""),
    "debug tool --image=busybox -c dbg": ("patch", "pods/ephemeralcontainers", ""),
}


@pytest.mark.parametrize("line", WRITES)
def test_a_verb_asks_for_what_kubectl_sends(line):
    """A user who may only read is refused exactly the API verb and the subresource that kubectl sends; then it works."""
    verb, resource, group = WRITES[line]
    c = cluster("create deployment web --image=nginx", "run tool --image=nginx", *READS)
    c.settle()
    before = c.copy()
    head, *rest = line.split(" -- ")
    line = " -- ".join([f"{head} --as tom", *rest])
    assert f'User "tom" cannot {verb} resource "{resource}" in API group "{group}"' in said(c, line)
    assert c.diff(before).facts.changed == ()
    named = f"{resource.partition('/')[0]}.{group}" if group else resource.partition("/")[0]
    target = f"{named}/{resource.partition('/')[2]}".rstrip("/")
    assert c.kubectl(f"create clusterrole do --verb={verb} --resource={target}").exit == 0
    assert c.kubectl("create clusterrolebinding do --clusterrole=do --user=tom").exit == 0
    assert "orbidden" not in said(c, line)


@pytest.mark.parametrize("line", ["top pods", "top pods -A", "top pod tool", "top nodes", "top node node-1"])
def test_top_asks_the_metrics_api(line):
    """Who may read Pods and Nodes may not yet read what is measured of them: that is an API group of its own."""
    c = cluster(
        "run tool --image=nginx",
        "create clusterrole look --verb=get,list --resource=pods,nodes",
        "create clusterrolebinding look --clusterrole=look --user=tom",
    )
    c.settle()
    c.use("pod/tool", cpu="100m")
    c.settle()
    assert 'in API group "metrics.k8s.io"' in said(c, f"{line} --as tom")
    c.apply("""{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: measured},
      rules: [{apiGroups: [metrics.k8s.io], resources: [pods, nodes], verbs: [get, list]}]}""")
    assert c.kubectl("create clusterrolebinding measured --clusterrole=measured --user=tom").exit == 0
    assert c.kubectl(f"{line} --as tom").exit == 0


@pytest.mark.parametrize(
    ("line", "begin"),
    [
        (
            "replace -f {held}",
            'error when replacing "{held}": configmaps "held" is forbidden: User "tom" cannot update',
        ),
        (
            "replace --force -f {held}",
            'error when deleting "{held}": configmaps "held" is forbidden: User "tom" cannot',
        ),
        (
            "replace --force -f {new}",
            'error when deleting "{new}": configmaps "new" is forbidden: User "tom" cannot',
        ),
        (
            "diff -f {held}",
            'error when patching "{held}": configmaps "held" is forbidden: User "tom" cannot patch',
        ),
        ("diff -f {new}", 'configmaps is forbidden: User "tom" cannot create'),
        ("diff -f {held} --as=bob", 'configmaps "held" is forbidden: User "bob" cannot get'),
        ("cluster-info --as=bob", 'services is forbidden: User "bob" cannot list'),
    ],
)
def test_a_refusal_says_what_was_done_to_which_file(tmp_path, line, begin):
    """What replace and diff ask for one after the other, as kubectl v1.36 does."""
    c = cluster("create configmap held", *READS)
    files = {name: tmp_path / f"{name}.yaml" for name in ("held", "new")}
    for name, file in files.items():
        file.write_text(f"{{apiVersion: v1, kind: ConfigMap, metadata: {{name: {name}}}, data: {{a: b}}}}")
    as_tom = "" if "--as" in line else " --as=tom"
    before = c.copy()
    assert f"Error from server (Forbidden): {begin.format(**files)} " in said(
        c, line.format(**files) + as_tom
    )
    assert c.diff(before).facts.changed == ()


def test_a_drain_evicts_only_with_the_right_to():
    """A drain asks for pods/eviction, one Pod after the other, and says which stay."""
    c = cluster(
        "run tool --image=nginx",
        *READS,
        "create clusterrole cordon --verb=patch --resource=nodes",
        "create clusterrolebinding cordon --clusterrole=cordon --user=tom",
    )
    c.settle()
    printed = said(c, "drain node-1 --force --as tom")
    refused = 'User "tom" cannot create resource "pods/eviction" in API group "" in the namespace "default"'
    assert f'error when evicting pods/"tool" -n "default": pods "tool" is forbidden: {refused}' in printed
    assert c["pod/tool"].name == "tool"


def test_apply_reads_before_it_writes(tmp_path):
    """kubectl apply gets the object first; an unchanged one is not sent, and needs no right to patch."""
    (tmp_path / "a.yaml").write_text("{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {k: v}}")
    path = tmp_path / "a.yaml"
    c = kn.Cluster(nodes=1)
    place = 'Resource: "/v1, Resource=configmaps", GroupVersionKind: "/v1, Kind=ConfigMap"\nName: "a", Namespace: "default"'
    refusal = 'configmaps "a" is forbidden: User "tom" cannot get resource "configmaps" in API group "" in the namespace "default"'
    assert said(c, f"apply -f {path} --as tom") == (
        f"Error from server (Forbidden): error when retrieving current configuration of:\n{place}\n"
        f'from server for: "{path}": {refusal}\n'
    )
    for line in (*READS, f"apply -f {path}"):
        assert c.kubectl(line).exit == 0
    assert said(c, f"apply -f {path} --as tom") == "configmap/a unchanged\n"
    path.write_text(path.read_text().replace("k: v", "k: w"))
    assert 'User "tom" cannot patch resource "configmaps"' in said(c, f"apply -f {path} --as tom")


ESCALATIONS = {
    "create role boss --verb=get,list --resource=secrets,nodes": 'roles.rbac.authorization.k8s.io "boss" is '
    'forbidden: user "eve" (groups=["system:authenticated"]) is attempting to grant RBAC permissions not currently '
    'held:\n{APIGroups:[""], Resources:["nodes"], Verbs:["get" "list"]}\n',
    "create rolebinding boss --clusterrole=cluster-admin --user=eve": 'rolebindings.rbac.authorization.k8s.io "boss" '
    'is forbidden: user "eve" (groups=["system:authenticated"]) is attempting to grant RBAC permissions not currently '
    'held:\n{APIGroups:["*"], Resources:["*"], Verbs:["*"]}\n{NonResourceURLs:["*"], Verbs:["*"]}\n',
    "create rolebinding boss --clusterrole=nothing --user=eve": 'clusterrole.rbac.authorization.k8s.io "nothing" not '
    "found\n",
}


@pytest.mark.parametrize("line", ESCALATIONS)
def test_nobody_gives_away_more_than_they_have(line):
    """An admin of a Namespace cannot grant what the role admin does not have, in Kubernetes' words."""
    c = cluster("create rolebinding eve --clusterrole=admin --user=eve")
    assert said(c, f"{line} --as eve").endswith(ESCALATIONS[line])
    assert said(c, "create rolebinding ok --clusterrole=view --user=ann --as eve").endswith("created\n")


def test_escalate_and_bind_are_rights_of_their_own():
    """With `bind` a role can be given that one does not have, with `escalate` written."""
    c = cluster(
        "create role keeper --verb=create,escalate --resource=roles",
        "create rolebinding keeper --role=keeper --user=eve",
        "create role binder --verb=create --resource=rolebindings",
        "create rolebinding binder --role=binder --user=bea --user=eve",
        "create clusterrole bind-view --verb=bind --resource=clusterroles --resource-name=view",
        "create clusterrolebinding bind-view --clusterrole=bind-view --user=bea",
    )
    assert c.kubectl("create role any --verb=* --resource=* --as eve").exit == 0
    assert "not currently held" in said(c, "create rolebinding a --role=any --user=eve --as eve")
    assert c.kubectl("create rolebinding v --clusterrole=view --user=ann --as bea").exit == 0
    assert "not currently held" in said(c, "create rolebinding e --clusterrole=edit --user=ann --as bea")


CAN_I = {
    "list pods": "yes\n",
    "list pods --as tom": "no\n",
    "list nodes": "yes\nWarning: resource 'nodes' is not namespace scoped\n\n",
    "create clusterrolebinding": "yes\nWarning: resource 'clusterrolebindings' is not namespace scoped in group "
    "'rbac.authorization.k8s.io'\n\n",
    "fly pods": "yes\nWarning: verb 'fly' is not a known verb\n\n",
    "list stars": "yes\nWarning: the server doesn't have a resource type 'stars'\n\n",
    "list stars.sky.io": "yes\nWarning: the server doesn't have a resource type 'stars' in group 'sky.io'\n\n",
    "get /healthz --as tom": "yes\n",
    "get /metrics --as tom": "no\n",
    "get pods --as bot -n shop": 'no - RBAC: role.rbac.authorization.k8s.io "gone" not found\n',
    "list pods -q": "",
    "get deploy/web --as ann": "yes\n",
    "get deploy/other --as ann": "no\n",
    "get pods --subresource=log --as ann": "yes\n",
    "get pods --as ann": "no\n",
    "list": "error: you must specify two arguments: verb resource or verb resource/resourceName.\n"
    "See 'kubectl auth can-i -h' for help and examples.\n",
    "get /x --subresource=log": "error: --subresource can not be used with NonResourceURL\n",
    "list pods --list": "error: list option must be specified with no arguments\n",
    "--list -A": "error: list option can't be specified with neither quiet, all-namespaces nor subresource options\n",
    "list pods --as system:anonymous": "Error from server (Forbidden): selfsubjectaccessreviews.authorization.k8s.io "
    'is forbidden: User "system:anonymous" cannot create resource "selfsubjectaccessreviews" in API group '
    '"authorization.k8s.io" at the cluster scope\n',
}


@pytest.mark.parametrize("line", CAN_I)
def test_can_i(line):
    """kubectl auth can-i answers, warns and refuses in kubectl's words."""
    c = cluster(
        "create ns shop",
        "create rolebinding gone --role=gone --user=bot -n shop",
        "create role ann --verb=get --resource=deployments.apps --resource-name=web",
        "create rolebinding ann --role=ann --user=ann",
        "create role log --verb=get --resource=pods/log",
        "create rolebinding log --role=log --user=ann",
    )
    assert said(c, f"auth can-i {line}") == CAN_I[line]
    assert c.kubectl(f"auth can-i {line}").exit == (CAN_I[line][:2] in ("no", "er", "Er"))


def test_can_i_lists_everything():
    """--list prints a line for each resource and URL, the ones of several rules together, sorted by their verbs."""
    c = cluster(
        "create role a --verb=list,get --resource=pods,deployments.apps/scale",
        "create rolebinding a --role=a --user=tom",
        "create role b --verb=delete --resource=pods",
        "create rolebinding b --role=b --user=tom",
    )
    lines = [line.split() for line in c.kubectl("auth can-i --list --as tom").stdout.splitlines()]
    assert lines[0] == ["Resources", "Non-Resource", "URLs", "Resource", "Names", "Verbs"]
    assert ["pods", "[]", "[]", "[list", "get", "delete]"] in lines
    assert ["deployments.apps/scale", "[]", "[]", "[list", "get]"] in lines
    assert [line[0] for line in lines[-2:]] == ["pods", "deployments.apps/scale"]
    assert c.kubectl("auth can-i --list --no-headers --as tom").stdout.split()[0] == lines[1][0]


def test_who_am_i():
    """kubectl auth whoami prints the administrator, or whoever is acted as."""
    c = kn.Cluster(nodes=0)
    assert c.kubectl("auth whoami").stdout == (
        "ATTRIBUTE   VALUE\nUsername    kubernetes-admin\nGroups      [system:masters system:authenticated]\n"
    )
    assert c.kubectl("auth whoami --as tom --as-group dev").stdout.splitlines()[1:] == [
        "Username    tom",
        "Groups      [dev system:authenticated]",
    ]
    assert said(c, "auth whoami --as-group dev") == (
        "error: requesting uid, groups or user-extra for kubernetes-admin without impersonating a user\n"
    )


def test_reviews_are_answered_and_not_stored():
    """A SubjectAccessReview comes back with its answer, and is in no list."""
    c = cluster("create rolebinding tom --clusterrole=view --user=tom")
    asked = {"verb": "list", "resource": "pods", "namespace": "default"}
    review = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SubjectAccessReview",
        "spec": {"user": "tom", "resourceAttributes": asked},
    }
    assert c.create(review)[0].status == {
        "allowed": True,
        "reason": 'RBAC: allowed by RoleBinding "tom/default" of ClusterRole "view" to User "tom"',
    }
    assert c.objects("subjectaccessreviews") == []
    with pytest.raises(kn.ApiError, match="at least one of user or group must be specified"):
        c.create({**review, "spec": {"resourceAttributes": asked}})


def test_print_says_as_whom_everybody_acts():
    """print(c) says that everybody is cluster-admin, and a cluster with roles notes who follows them."""
    c = kn.Cluster(nodes=0)
    assert "acts as cluster-admin here" in str(c)
    assert "cluster-admin" not in repr(c)
    done = c.kubectl("create role r --verb=get --resource=pods")
    assert "act as cluster-admin" in c.notes[0]
    assert done.note.startswith("k8snotes: Helpers")


ASKED = {
    ("sa/reader", "list pods"): ("", "rolebinding/readers"),
    ("sa/reader", "delete pods"): (
        "verb",
        "Role reader allows get, list on pods. The verb delete is missing.",
    ),
    ("sa/reader", "list pods -A"): (
        "namespace",
        "RoleBinding readers gives Role reader only in namespace default, and not in the whole cluster.",
    ),
    ("sa/reader", "get pods/log"): (
        "subresource",
        "Role reader allows get on pods, but pods/log is a resource of its own.",
    ),
    ("sa/reader", "get configmaps/other"): (
        "name",
        "Role one allows get on configmaps only for the names settings, and not for other.",
    ),
    ("sa/reader", "list secrets"): ("resource", "Role reader allows list on pods, and not on secrets."),
    ("sa/reader", "update deploy"): (
        "binding",
        "ClusterRole edit would allow it, but no binding gives it to ServiceAccount default/reader.",
    ),
    ("sa/readr", "list pods"): (
        "subject",
        "RoleBinding readers gives Role reader to {}, and not to {}.".format(
            "ServiceAccount default/reader", "ServiceAccount default/readr"
        ),
    ),
    ("user/tom", "list pods"): ("role", "RoleBinding gone gives Role nothing, but there is no such role."),
    ("user/ann", "get jobs"): (
        "group",
        'Role wrong names jobs in the API group "apps", but the API group of jobs is "batch".',
    ),
    ("group/dev", "get nodes"): ("", "clusterrolebinding/dev"),
    ("group/dev", "get /metrics"): ("url", "ClusterRole nodes allows get on /logs/*, and not on /metrics."),
    ("user/root", "list nodes"): ("binding", ""),
}


@pytest.fixture(scope="module")
def readers():
    """A cluster with a few roles."""
    c = cluster(
        "create sa reader",
        "create role reader --verb=get,list --resource=pods",
        "create rolebinding readers --role=reader --serviceaccount=default:reader",
        "create role one --verb=get --resource=configmaps --resource-name=settings",
        "create rolebinding one --role=one --serviceaccount=default:reader",
        "create rolebinding gone --role=nothing --user=tom",
        "create rolebinding wrong --role=wrong --user=ann",
        "create clusterrole nodes --verb=get --resource=nodes --non-resource-url=/logs/*",
        "create clusterrolebinding dev --clusterrole=nodes --group=dev",
    )
    rule = {"apiGroups": ["apps"], "resources": ["jobs"], "verbs": ["get"]}
    version = "rbac.authorization.k8s.io/v1"
    c.apply({"apiVersion": version, "kind": "Role", "metadata": {"name": "wrong"}, "rules": [rule]})
    return c


@pytest.mark.parametrize(("subject", "can"), ASKED)
def test_a_refusal_names_the_nearest_rule(readers, subject, can):
    """The answer is that of kubectl auth can-i; a refusal says in which one point the nearest rule differs."""
    answer = readers.access(subject, can=can).facts.answer
    differs, words = ASKED[subject, can]
    if not differs:
        assert answer.allowed
        assert answer.binding == words
        assert answer.near is None
    else:
        assert not answer.allowed
        assert answer.near.differs == differs
        assert str(answer.near.words) == words or not words
        assert "forbidden" in answer.refusal
    done = readers.kubectl(answer.command)
    assert (done.exit == 0) is answer.allowed, answer.command


def test_access_shows_every_binding(readers):
    """The facts have the bindings that apply, what each role allows, and which ones every user has."""
    facts = readers.access("sa/reader").facts
    assert [(item.binding, item.role) for item in facts.own] == [
        ("rolebinding/one", "role/one"),
        ("rolebinding/readers", "role/reader"),
    ]
    assert facts.own[1].allows == (Allowed(("get", "list"), ("pods",)),)
    assert "system:basic-user" in [item.name for item in facts.given if item.everybody]
    assert not facts.subject.missing
    assert readers.access("sa/readr").facts.subject.missing
    assert readers.access("user/tom").facts.own[0].exists is False
    assert readers.access("user/system:serviceaccount:default:reader").facts == facts


def test_access_refuses_what_is_no_question(readers):
    """A wrong subject, a wrong question, an unknown resource and an unknown Namespace are said."""
    for subject, can, namespace, error, words in (
        ("pod/web", None, None, kn.ClusterError, "sends no requests"),
        ("reader", None, None, kn.RefError, "reader"),
        (3, None, None, kn.RefError, "reference"),
        ("sa/reader", "delete", None, kn.ClusterError, "is not a question"),
        ("sa/reader", "get pdos", None, kn.NotFoundError, "pods"),
        ("sa/reader", "get pods", "shpo", kn.NotFoundError, "shpo"),
    ):
        with pytest.raises(error, match=words):
            readers.access(subject, can=can, namespace=namespace)


def test_access_is_told_and_drawn(readers):
    """The outline has the answer, the API server's words and the line of kubectl; the picture draws the path."""
    figure = readers.access("sa/reader", can="delete pods")
    assert "✗ may not delete pods in namespace default" in figure.title + figure.text
    assert "kubectl auth can-i delete pods --as system:serviceaccount:default:reader" in figure.text
    assert 'cannot delete resource "pods"' in figure.text
    assert "The verb delete is missing" in figure.alt
    assert "<svg" in figure.svg
    assert readers.access("sa/reader", "delete", "pods").facts == figure.facts


def test_a_question_is_drawn_with_its_way_and_a_table_of_verbs(readers):
    """The way that allows it is thick; the table has ✓ where a rule allows a verb, – where none does, and what was asked."""
    allowed = readers.access("sa/reader", can="get pods")
    assert allowed.facts.answer.verbs == ("get", "list")
    thick = {
        item.head
        for item in allowed.scene.drawn
        if isinstance(item, Link) and item.way.get("penwidth") == "3"
    }
    names = {item.ref: item.id for item in allowed.scene.drawn if isinstance(item, Box)}
    assert thick == {f"{names[ref]}:0:w" for ref in ("rolebinding/readers", "role/reader")}
    refused = readers.access("sa/reader", can="delete pods")
    cells = [item for item in refused.scene.drawn if isinstance(item, Label)]
    row = next(item for item in cells if [run.text for run in item.lines[0].drawn] == ["pods"])
    same = sorted((item for item in cells if item.at[1] == row.at[1]), key=lambda item: item.at[0])
    assert [item.lines[0].drawn[0].text for item in same] == ["pods", "✓", "✓", "–", "–", "–", "–", "✗ asked"]


@pytest.mark.parametrize("number", [0, 1, 3, 30])
def test_access_fits_a_screen(number):
    """However many bindings there are, the ways, the answer and the table are seen at once."""
    c = cluster(
        "create sa boss",
        "create clusterrolebinding view --clusterrole=view --serviceaccount=default:boss",
        *(
            line
            for n in range(number)
            for line in (
                f"create role a-role-with-a-long-name-{n} --verb=get,list,create --resource=pods,secrets,deployments.apps",
                f"create rolebinding a-binding-{n} --role=a-role-with-a-long-name-{n} --serviceaccount=default:boss",
                f"create rolebinding more-{n} --clusterrole=edit --serviceaccount=default:boss",
            )
        ),
    )
    for can in (None, "delete nodes", "list pods"):
        svg = c.access("sa/boss", can=can).svg
        wide, high = (float(re.search(rf'{side}="([\d.]+)"', svg).group(1)) for side in ("width", "height"))
        assert wide <= WIDEST
        assert high <= HIGHEST


def test_a_dump_tells_who_may_do_what_if_it_has_roles():
    """A dump with roles answers as the cluster did; one without says that it does not tell."""
    c = cluster("create rolebinding tom --clusterrole=view --user=tom", "run web --image=nginx")
    kinds = "pods,clusterroles,clusterrolebindings,roles,rolebindings"
    dump = kn.load(c.kubectl(f"get {kinds} -A -o yaml").stdout)
    assert dump.snapshot
    assert dump.access("user/tom", can="list pods").facts.answer.binding == "rolebinding/tom"
    assert dump.kubectl("auth can-i delete pods --as tom").stdout == "no\n"
    assert "web" in dump.kubectl("get pods --as tom").stdout
    bare = kn.load(c.kubectl("get pods -o yaml").stdout)
    with pytest.raises(kn.ClusterError, match="no ClusterRoles"):
        bare.access("user/tom")
    assert "no ClusterRoles" in bare.kubectl("get pods --as tom").stderr


CREATED = {
    "role x --verb=get --resource=foo": 'the server doesn\'t have a resource type "foo"\n',
    "role x --verb=get --resource=deployments.extensions": (
        'the server doesn\'t have a resource type "deployments" in group "extensions"\n'
    ),
    "role x --verb=use --resource=pods": "error: can not perform 'use' on 'pods' in group ''\n",
    "role x --verb=bind --resource=pods": "error: can not perform 'bind' on 'pods' in group ''\n",
    "role x --verb=get --resource=/log": "error: resource must be specified if apiGroup/subresource specified\n",
    "role x --verb=get": "error: at least one resource must be specified\n",
    "role x --resource=pods": "error: at least one verb must be specified\n",
    "role x --verb=fly --resource=pods --dry-run=client": (
        "role.rbac.authorization.k8s.io/x created (dry run)\nWarning: 'fly' is not a standard resource verb\n"
    ),
    "clusterrole x --verb=get": "error: one of resource or nonResourceURL must be specified\n",
    "clusterrole x --verb=list --non-resource-url=/a": "error: invalid verb: 'list' for nonResourceURL\n",
    "clusterrole x --verb=get --non-resource-url=a": "error: nonResourceURL should start with /\n",
    "clusterrole x --verb=get --non-resource-url=/a*b": (
        "error: nonResourceURL only supports wildcard matches when '*' is at the end\n"
    ),
    "clusterrole x --aggregation-rule=a=b --verb=get": (
        "error: aggregation rule must be specified without nonResourceURLs, verbs, resources or resourceNames\n"
    ),
    "clusterrole x --aggregation-rule=ab": (
        'error: invalid argument "ab" for "--aggregation-rule" flag: malformed pair, expect string=string\n'
        "See 'kubectl create clusterrole --help' for usage.\n"
    ),
    "rolebinding x --role=a --clusterrole=b": "error: exactly one of clusterrole or role must be specified\n",
    "rolebinding x --role=a --serviceaccount=b": "error: serviceaccount must be <namespace>:<name>\n",
    "clusterrolebinding x": 'error: required flag(s) "clusterrole" not set\n',
    "role": "error: exactly one NAME is required, got 0\nSee 'kubectl create role -h' for help and examples\n",
}


@pytest.mark.parametrize("line", CREATED)
def test_what_cannot_be_created_is_refused_as_kubectl_does(line):
    """kubectl create role, clusterrole, rolebinding and clusterrolebinding refuse and warn in kubectl's words."""
    assert said(kn.Cluster(nodes=0), f"create {line}") == CREATED[line]


WRITTEN = {
    "role x --verb=*,get --resource=*.apps,po/log -n shop": """\
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: x
  namespace: shop
rules:
- apiGroups:
  - ""
  resources:
  - pods/log
  verbs:
  - '*'
- apiGroups:
  - apps
  resources:
  - '*'
  verbs:
  - '*'
""",
    "clusterrole x --verb=get --resource=no --resource-name=a --non-resource-url=/b/*": """\
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: x
rules:
- apiGroups:
  - ""
  resourceNames:
  - a
  resources:
  - nodes
  verbs:
  - get
- nonResourceURLs:
  - /b/*
  verbs:
  - get
""",
    "clusterrole x --aggregation-rule=a=b,c=d": """\
aggregationRule:
  clusterRoleSelectors:
  - matchLabels:
      a: b
      c: d
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: x
rules: null
""",
    "rolebinding x --role=a --user=tom,ann --group=g --serviceaccount=a:b": """\
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: x
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: Role
  name: a
subjects:
- apiGroup: rbac.authorization.k8s.io
  kind: User
  name: tom,ann
- apiGroup: rbac.authorization.k8s.io
  kind: Group
  name: g
- kind: ServiceAccount
  name: b
  namespace: a
""",
}


@pytest.mark.parametrize("line", WRITTEN)
def test_a_role_is_written_as_kubectl_writes_it(line):
    """--dry-run=client -o yaml prints the manifest of kubectl, a lone "*" in single quotes."""
    done = kn.Cluster(nodes=0).kubectl(f"create {line} --dry-run=client -o yaml")
    assert done.stdout == WRITTEN[line]


REFUSED = {
    "set image deploy/web nginx=nginx:2": "error: failed to patch image update to pod template: deployments.apps "
    '"web" is forbidden: User "tom" cannot patch resource "deployments" in API group "apps" in the namespace '
    '"default"\n',
    "exec tool -- ls": 'error: unable to upgrade connection: pods "tool" is forbidden: User "tom" cannot create '
    'resource "pods/exec" in API group "" in the namespace "default"\n',
    "rollout pause deploy/web": 'error: failed to patch: deployments.apps "web" is forbidden: User "tom" cannot patch '
    'resource "deployments" in API group "apps" in the namespace "default"\n',
    "cordon node-1": 'error: unable to cordon node "node-1": nodes "node-1" is forbidden: User "tom" cannot patch '
    'resource "nodes" in API group "" at the cluster scope\n',
}


@pytest.mark.parametrize("line", REFUSED)
def test_some_verbs_put_words_before_a_refusal(line):
    """What kubectl puts before the API server's words is there."""
    c = cluster("create deployment web --image=nginx", "run tool --image=nginx", *READS)
    head, dashes, rest = line.partition(" -- ")
    assert said(c, f"{head} --as tom{dashes}{rest}") == REFUSED[line]


def test_a_table_of_one_kind_has_no_kinds_in_its_names():
    """Of several kinds only those count that the user may list."""
    c = cluster(
        "run tool --image=nginx",
        "create role pods --verb=list --resource=pods",
        "create rolebinding pods --role=pods --user=tom",
    )
    assert c.kubectl("get pods,svc --as tom").stdout.splitlines()[1].startswith("tool ")
    assert "pod/tool" in c.kubectl("get pods,svc").stdout


def test_a_refused_deletion_keeps_no_other_from_going():
    """Of several objects, those that may be deleted are, and each refusal is told."""
    c = cluster(
        "run a --image=nginx",
        "run b --image=nginx",
        "create role one --verb=delete --resource=pods --resource-name=b",
        "create rolebinding one --role=one --user=tom",
    )
    printed = said(c, "delete pod a b --as tom")
    assert 'pod "b" deleted from default namespace' in printed
    assert 'pods "a" is forbidden: User "tom" cannot delete resource "pods"' in printed
    assert [pod.name for pod in c.objects("pods")] == ["a"]


def test_a_list_of_one_name_may_be_allowed_by_name():
    """A rule with resourceNames allows a list whose field selector asks for one of the names."""
    c = cluster(
        "run tool --image=nginx",
        "create role one --verb=list --resource=pods --resource-name=tool",
        "create rolebinding one --role=one --user=tom",
    )
    assert "tool" in c.kubectl("get pods --field-selector metadata.name=tool --as tom").stdout
    assert said(c, "get pods --field-selector metadata.name=web --as tom") == (
        'Error from server (Forbidden): pods "web" is forbidden: User "tom" cannot list resource "pods" in API group '
        '"" in the namespace "default"\n'
    )
    assert c.kubectl("get pods --as tom").exit == 1


FILE = """
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: reader, namespace: default}
rules: [{apiGroups: [""], resources: [pods], verbs: [get, delete]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: readers, namespace: default}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader}
subjects: [{kind: User, name: ann, apiGroup: rbac.authorization.k8s.io}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: urls}
rules: [{nonResourceURLs: [/x], verbs: [get]}]
"""


def test_reconcile_adds_what_is_missing(tmp_path):
    """kubectl auth reconcile adds rules and subjects, and removes them only where it is told to."""
    (tmp_path / "roles.yaml").write_text(FILE)
    path = tmp_path / "roles.yaml"
    c = cluster(
        "create role reader --verb=get,list --resource=pods",
        "create rolebinding readers --role=reader --user=tom",
    )
    done = c.kubectl(f"auth reconcile -f {path}")
    assert done.stdout.splitlines() == [
        "role.rbac.authorization.k8s.io/reader reconciled",
        "rolebinding.rbac.authorization.k8s.io/readers reconciled",
        "clusterrole.rbac.authorization.k8s.io/urls reconciled",
    ]
    assert done.stderr.splitlines() == [
        "\treconciliation required update",
        "\tmissing rules added:",
        "\t\t{Verbs:[delete] APIGroups:[] Resources:[pods] ResourceNames:[] NonResourceURLs:[]}",
        "\treconciliation required update",
        "\tmissing subjects added:",
        "\t\t{Kind:User APIGroup:rbac.authorization.k8s.io Name:ann Namespace:}",
        "\treconciliation required create",
        "\tmissing rules added:",
        "\t\t{Verbs:[get] APIGroups:[] Resources:[] ResourceNames:[] NonResourceURLs:[/x]}",
    ]
    for line in ("list pods --as ann", "delete pods --as tom"):
        assert c.kubectl(f"auth can-i {line}").stdout == "yes\n"
    assert c.kubectl(f"auth reconcile -f {path}").stderr == ""
    done = c.kubectl(
        f"auth reconcile -f {path} --remove-extra-permissions --remove-extra-subjects --dry-run=client"
    )
    assert "reader reconciled (dry run)" in done.stdout
    assert "\textra rules removed:\n\t\t{Verbs:[list]" in done.stderr
    assert c.kubectl("auth can-i list pods --as tom").stdout == "yes\n"
    c.kubectl(f"auth reconcile -f {path} --remove-extra-permissions --remove-extra-subjects")
    assert c.kubectl("auth can-i list pods --as ann").stdout == "no\n"
    assert c.kubectl("auth can-i get pods --as tom").stdout == "no\n"
    assert said(c, "auth reconcile") == "error: must specify one of -f and -k\n"


def test_reconcile_makes_a_binding_to_another_role_anew(tmp_path):
    """A roleRef cannot change, so the binding is deleted and created; what opted out is left alone."""
    (tmp_path / "roles.yaml").write_text(FILE)
    path = tmp_path / "roles.yaml"
    c = cluster(
        "create rolebinding readers --clusterrole=view --user=tom",
        "create clusterrole urls --verb=get --non-resource-url=/y",
        "annotate clusterrole urls rbac.authorization.kubernetes.io/autoupdate=false",
    )
    done = c.kubectl(f"auth reconcile -f {path}")
    assert "\treconciliation required recreate\n" in done.stderr
    assert ", but object opted out (rbac.authorization.kubernetes.io/autoupdate: false)" in done.stderr
    binding = c["rolebinding/readers"]
    assert (binding.role_name, [item.name for item in binding.subjects]) == ("reader", ["ann", "tom"])
    assert c.object("clusterrole", "urls").rules[0].urls == ("/y",)


@pytest.mark.parametrize("path", ["/metrics", "/foo", "/healthz/ping", "/"])
def test_a_path_that_is_no_object_needs_a_rule_for_it(path):
    """A path that no rule of nonResourceURLs names is forbidden before it is looked for."""
    c = kn.Cluster(nodes=0)
    told = c.kubectl(f"get --raw {path} --as bob").stderr
    assert told == f'Error from server (Forbidden): forbidden: User "bob" cannot get path "{path}"\n'
    c.kubectl(f"create clusterrole paths --verb=get --non-resource-url={path}")
    c.kubectl("create clusterrolebinding paths --clusterrole=paths --user=bob")
    assert "Forbidden" not in c.kubectl(f"get --raw {path} --as bob").stderr
    assert c.kubectl("get --raw /healthz --as bob").stdout == "ok"


def test_the_caption_explains_a_dash_only_where_one_is_drawn():
    """Without a role of its own there is no row of verbs, and no dash to explain."""
    c = kn.Cluster(nodes=1)
    assert "–" not in c.access("sa/default").caption
    c.kubectl("create role reader --verb=get --resource=pods")
    c.kubectl("create rolebinding read --role=reader --serviceaccount=default:default")
    figure = c.access("sa/default")
    assert "–" in figure.caption
    assert figure.verdict == "✓ 1 binding gives a role to ServiceAccount default"
