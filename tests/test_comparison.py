"""Two clusters compared, and what `kubectl apply` would change: differences, what is noticed, and what is left alone."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from measures import faults

import k8snotes as kn
from k8snotes.api.base import LAST_APPLIED
from k8snotes.loading import is_dump

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
      - name: web
        image: web:1
        ports: [{name: http, containerPort: 8080}]
        env: [{name: LEVEL, valueFrom: {configMapKeyRef: {name: settings, key: level}}}]
        resources: {requests: {cpu: 100m}}
---
apiVersion: v1
kind: Service
metadata: {name: web, labels: {team: a}}
spec: {selector: {app: web}, ports: [{port: 80, targetPort: http}]}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {level: low}
---
apiVersion: v1
kind: ResourceQuota
metadata: {name: few}
spec: {hard: {requests.cpu: 300m, pods: "10"}}
"""


@pytest.fixture(scope="module")
def running():
    """The application as it runs."""
    return kn.load(WEB)


def dumped(cluster):
    """Return a dump of a cluster, as `kubectl get -o yaml` writes it."""
    kinds = "deploy,rs,po,svc,cm,quota,ns,no,ep,endpointslices,sa"
    return kn.load(cluster.kubectl(f"get {kinds} -A -o yaml").stdout)


def codes(facts):
    """Severity and code of each notice."""
    return [(item.severity, item.code) for item in facts.notices]


def noticed(cluster, old, new):
    """What is noticed if the manifests are applied with one text in the place of another."""
    assert old in WEB
    return codes(kn.compare(cluster, WEB.replace(old, new)).facts)


def test_the_manifests_that_were_applied_change_nothing(running):
    """Defaults of the server, addresses, and statuses are no differences."""
    facts = kn.compare(running, WEB).facts
    assert facts.nothing
    assert (facts.added, facts.removed, facts.changed, facts.notices) == ((), (), (), ())
    assert facts.unchanged == 4


def test_a_dump_without_a_note_of_kubectl_is_compared_as_well(running):
    """Without what was applied last, the manifest is laid over the object, and the defaults stay."""
    text = running.kubectl("get deploy,svc,cm,quota -o yaml").stdout
    plain = yaml.safe_load(text)
    for item in plain["items"]:
        item["metadata"].get("annotations", {}).pop(LAST_APPLIED, None)
    dump = kn.load(yaml.safe_dump(plain))
    assert dump.snapshot
    assert kn.compare(dump, WEB).facts.nothing


def test_defaults_that_a_dump_lacks_are_no_differences():
    """A dump that was written by hand has not all fields; only what the manifest changes is told."""
    made = 'namespace: default, uid: "1", creationTimestamp: "2026-01-01T00:00:00Z"'
    dump = (
        f"apiVersion: v1\nkind: Service\nmetadata: {{name: web, {made}}}\n"
        "spec: {clusterIP: 10.43.0.9, selector: {app: a}, ports: [{port: 80}]}\n"
    )
    new = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {selector: {app: b}, ports: [{port: 80}]}\n"
    (changed,) = kn.compare(dump, new).facts.changed
    assert [(item.path, item.before, item.after) for item in changed.fields] == [
        ("spec.selector.app", "a", "b")
    ]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("image: web:1", "image: web:2", [("warning", "image"), ("warning", "restart")]),
        ("replicas: 2", "replicas: 3", [("warning", "replicas")]),
        ("replicas: 2", "replicas: 4", [("error", "quota-exceeded"), ("warning", "replicas")]),
        ("cpu: 100m", "cpu: 200m", [("error", "quota-exceeded"), ("warning", "restart")]),
        ("requests.cpu: 300m", "requests.cpu: 100m", [("error", "quota-exceeded")]),
        ("replicas: 2", "replicas: 0", [("error", "service-loses-pods"), ("warning", "replicas")]),
        ("spec: {selector: {app: web}", "spec: {selector: {app: wbe}", [("error", "service-loses-pods")]),
        ("name: http, containerPort", "name: htp, containerPort", [("error", "service-port-nowhere"), ("warning", "restart")]),
        ("port: 80, targetPort: http", "port: 81, targetPort: http", [("error", "port-removed")]),
        ("port: 80, targetPort: http", "port: 80, targetPort: 8080", [("warning", "port")]),
        ("matchLabels: {app: web}", "matchLabels: {app: new}", [("error", "refused")]),
        ("labels: {team: a}", "labels: {squad: b}", [("note", "label-removed")]),
        ("data: {level: low}", "data: {level: high}", [("warning", "variables-kept")]),
        ("ports: [{port: 80", "type: NodePort, ports: [{port: 80", [("warning", "address")]),
        ("ports: [{port: 80", "ports: [{port: 800000", [("error", "refused")]),
    ],
)  # fmt: skip
def test_what_is_noticed_of_a_change(running, old, new, said):
    """Each change is noticed for what it does to users, the worst first."""
    assert noticed(running, old, new) == said


def test_apply_refuses_in_the_words_of_the_api_server(running):
    """A field that may not change is refused as `kubectl apply` shows it."""
    text = WEB.replace("matchLabels: {app: web}", "matchLabels: {app: new}").replace(
        "labels: {app: web}}", "labels: {app: new}}"
    )
    (refused,) = kn.compare(running, text).facts.refused
    assert refused.ref == "deployment/web"
    assert refused.message.endswith(
        'spec.selector: Invalid value: {"matchLabels":{"app":"new"}}: field is immutable'
    )


def test_what_is_only_in_the_cluster_is_left_alone(running):
    """Apply removes nothing: what the manifests lack is named, of the Namespaces that they are about."""
    facts = kn.compare(running, WEB.split("---", maxsplit=1)[0]).facts
    assert [item.ref for item in facts.left_alone] == [
        "configmap/settings",
        "resourcequota/few",
        "service/web",
    ]
    assert codes(facts) == [("note", "left-alone")]
    assert not facts.removed


def test_a_field_that_the_manifest_no_longer_has_is_removed(running):
    """What was applied before and is gone now is removed; what others have written stays."""
    other = running.copy()
    other.kubectl("annotate service web note=mine")
    facts = kn.compare(
        other, WEB.replace("metadata: {name: web, labels: {team: a}}", "metadata: {name: web}")
    ).facts
    (changed,) = facts.changed
    assert [item.path for item in changed.fields] == ["metadata.labels.team"]


def test_nothing_is_changed_by_the_question(running):
    """The cluster is the same afterwards, and so is its log."""
    before, log = running.kubectl("get all -o yaml").stdout, len(running.api.log)
    kn.compare(running, WEB.replace("web:1", "web:2"))
    assert running.kubectl("get all -o yaml").stdout == before
    assert len(running.api.log) == log


def test_a_service_that_selects_other_pods_is_noticed(running):
    """A canary with the same labels is what a Service would lead to as well."""
    more = (
        WEB.split("---", maxsplit=1)[0]
        .replace("name: web}", "name: canary}", 1)
        .replace("matchLabels: {app: web}", "matchLabels: {app: web, c: c}")
    )
    more = more.replace("labels: {app: web}", "labels: {app: web, c: c}").replace(
        "replicas: 2", "replicas: 1"
    )
    facts = kn.compare(running, more).facts
    assert ("warning", "service-selects-others") in codes(facts)
    assert "deployment/canary, deployment/web" in str(facts)


def test_two_dumps_are_compared_without_their_noise(running):
    """Pods with generated names, resource versions, managed fields and times of statuses are no differences."""
    later = running.copy()
    later.delete("pod/" + later.objects("pods")[0].name)
    later.settle()
    later.wait("90s")
    facts = kn.compare(dumped(running), dumped(later)).facts
    assert facts.nothing
    assert facts.notices == ()
    assert facts.diff.replicas == ()


def test_two_dumps_tell_what_was_added_removed_and_changed(running):
    """Objects by name, fields by path, Pods by workload."""
    later = running.copy()
    later.delete("svc/web")
    later.scale("deploy/web", 1)
    later.apply("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: new}\n")
    later.settle()
    facts = kn.compare(dumped(running), dumped(later)).facts
    assert [item.ref for item in facts.added] == ["configmap/new"]
    assert [item.ref for item in facts.removed] == ["service/web"]
    assert [
        (item.ref, [field.path for field in item.fields])
        for item in facts.changed
        if item.kind == "Deployment"
    ] == [("deployment/web", ["spec.replicas"])]
    (pods,) = facts.diff.replicas
    assert (pods.wanted, pods.wants, pods.there) == (2, 1, 1)
    assert codes(facts) == [("error", "removed"), ("warning", "replicas")]


def test_workloads_of_two_clusters_are_the_same_by_name():
    """The uids of two clusters differ; a workload of the same name is compared."""
    one, two = kn.load(WEB), kn.load("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: first}\n---\n" + WEB)
    facts = kn.compare(one, two).facts
    assert [item.ref for item in facts.added] == ["configmap/first"]
    assert not any("did not exist" in str(item) for item in facts.diff.replicas)


def test_values_of_secrets_are_never_shown():
    """A Secret that differs is told by its keys."""
    text = "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {password: hush-%s}\n"
    figure = kn.compare(kn.load(text % "one"), text % "two")
    (changed,) = figure.facts.changed
    assert [item.path for item in changed.fields] == ["data.password"]
    shown = figure.text + figure.html + figure.table.to_string() + repr(figure.facts)
    assert "hush" not in shown
    assert "aHVza" not in shown


def test_the_namespaces_that_a_dump_lacks_are_there():
    """A dump of one kind has no Namespaces; its objects are somewhere, so apply finds the Namespace."""
    made = 'namespace: shop, uid: "1", creationTimestamp: "2026-01-01T00:00:00Z"'
    dump = f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a, {made}}}\n"
    assert kn.compare(
        dump, "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: shop}\n"
    ).facts.nothing
    facts = kn.compare(dump, "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: other}\n").facts
    assert [item.message for item in facts.refused] == ['namespaces "other" not found']


def test_the_figure_has_all_in_picture_words_and_table(running):
    """The notices come first in the picture, the words and the table; nothing overlaps."""
    figure = kn.compare(running, WEB.replace("web:1", "web:2").replace("{level: low}", "{level: high}"))
    assert faults(figure.svg) == []
    lines = figure.text.split("\n")
    assert [line.strip()[0] for line in lines[1:4]] == ["▲", "▲", "▲"]
    assert figure.table["what"].tolist() == ["warning"] * 3 + ["changed"] * 2
    assert "deployment/web changes the image" in figure.alt + figure.text


def test_a_figure_without_differences_says_so(running):
    """A reader sees that nothing differs, not an empty picture."""
    assert "Nothing differs" in kn.compare(running, running).text
    assert "would change nothing" in kn.compare(running, WEB).text


# ---- properties

NAMES = ("web", "cache", "db")
OBJECTS = st.dictionaries(
    st.sampled_from(NAMES),
    st.fixed_dictionaries(
        {
            "replicas": st.integers(0, 3),
            "image": st.sampled_from(["a:1", "a:2"]),
            "label": st.sampled_from(["low", "high"]),
            "selects": st.sampled_from(NAMES),
        }
    ),
    max_size=3,
)


def text_of(objects):
    """Return the manifests of a Deployment and a Service for each name."""
    documents = []
    for name, said in objects.items():
        labels = {"app": name}
        container = {"name": "c", "image": said["image"], "ports": [{"containerPort": 80}]}
        template = {"metadata": {"labels": labels}, "spec": {"containers": [container]}}
        documents += [
            {
                "apiVersion": "apps/v1",
                "kind": "Deployment",
                "metadata": {"name": name, "labels": {"kept": said["label"]}},
                "spec": {
                    "replicas": said["replicas"],
                    "selector": {"matchLabels": labels},
                    "template": template,
                },
            },
            {
                "apiVersion": "v1",
                "kind": "Service",
                "metadata": {"name": name},
                "spec": {"selector": {"app": said["selects"]}, "ports": [{"port": 80}]},
            },
        ]
    documents.append({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "always"}})
    return yaml.safe_dump_all(documents)


SLOW = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@SLOW
@given(OBJECTS, OBJECTS)
def test_comparing_is_antisymmetric(one, other):
    """What is added in one direction is removed in the other; and the changed objects are the same."""
    before, after = kn.load(text_of(one), nodes=1), kn.load(text_of(other), nodes=1)
    there, back = kn.compare(before, after).facts, kn.compare(after, before).facts
    assert [item.ref for item in there.added] == [item.ref for item in back.removed]
    assert [item.ref for item in there.removed] == [item.ref for item in back.added]
    assert [item.ref for item in there.changed] == [item.ref for item in back.changed]


@SLOW
@given(OBJECTS)
def test_a_cluster_does_not_differ_from_itself(one):
    """Neither from itself nor from a copy, nor from the manifests that made it."""
    cluster = kn.load(text_of(one), nodes=1)
    for facts in (kn.compare(cluster, cluster.copy()).facts, kn.compare(cluster, text_of(one)).facts):
        assert facts.nothing
        assert facts.notices == ()


@SLOW
@given(OBJECTS, OBJECTS)
def test_after_applying_what_was_compared_nothing_is_left(one, other):
    """Apply does what the comparison says: then the same manifests change nothing, and the endpoints are as foretold."""
    cluster = kn.load(text_of(one), nodes=1)
    facts = kn.compare(cluster, text_of(other)).facts
    had = {svc.name for svc in cluster.objects("services") if cluster.endpoints(svc.ref).ready}
    cluster.apply(text_of(other))
    again = kn.compare(cluster, text_of(other)).facts
    assert again.nothing
    cluster.settle()
    lost = {item.ref.partition("/")[2] for item in facts.notices if item.code == "service-loses-pods"}
    have = {svc.name for svc in cluster.objects("services") if cluster.endpoints(svc.ref).ready}
    assert lost == had - have


def test_a_dump_is_told_from_manifests(running):
    """What has uids and creation times is a dump, and is compared as one."""
    text = running.kubectl("get svc,deploy -o yaml").stdout
    assert is_dump(kn.load(text).objects("services"))
    assert kn.compare(text, text).facts.applied is False
    assert kn.compare(text, WEB).facts.applied is True
