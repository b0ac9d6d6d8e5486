"""The API server as a reader meets it: recorded answers through kn.Cluster, and what holds for every request."""

from __future__ import annotations

import copy
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_validation import NAMESPACE, RECORDED, create, fresh, normal

import k8snotes as kn
from k8snotes.api.manifest import documents
from k8snotes.control_plane.etcd import Store

SHOP = f"apiVersion: v1\nkind: Namespace\nmetadata: {{name: {NAMESPACE}}}\n"


def answer(cluster, want, send, *, updated=False):
    """Compare one answer with the recorded one: the object and warnings, or the refusal."""
    before = len(cluster.warnings)
    if want["code"] in (200, 201):
        obj = send()
        assert cluster.warnings[before:] == want["warnings"]
        assert normal(obj.manifest, updated=updated) == normal(want["object"])
        return
    with pytest.raises(kn.ApiError) as caught:
        send()
    error = caught.value
    assert error.code == want["code"]
    if error.code == 400:
        assert error.reason == "BadRequest"
        return
    assert error.message == want.get("message")
    causes = [{"field": c.field, "reason": c.reason, "message": c.message} for c in error.causes]
    assert causes == want["causes"]


@pytest.mark.parametrize("slug", RECORDED)
def test_a_cluster_answers_as_kubernetes_does(slug):
    """What was accepted, completed, warned of or refused is so through c.create and c.replace."""
    row = RECORDED[slug]
    cluster = kn.Cluster(nodes=0)
    cluster.create(SHOP)
    found = list(documents(row["yaml"]))
    for document in found[:-1]:
        cluster.create(document.value, namespace=NAMESPACE)
    text = row["yaml"] if len(found) == 1 else found[-1].value
    answer(cluster, row, lambda: cluster.create(text, namespace=NAMESPACE)[0])
    if row.get("update"):
        (change,) = documents(row["update_yaml"])
        if row["update"]["verb"].startswith("PATCH"):
            pod = cluster[f"{NAMESPACE}/pod/{change.value['metadata']['name']}"]
            answer(cluster, row["update"], lambda: cluster.api.patch(pod, change.value), updated=True)
        else:
            answer(
                cluster,
                row["update"],
                lambda: cluster.replace(row["update_yaml"], namespace=NAMESPACE)[0],
                updated=True,
            )


SERVICE = {
    "kind": "Service",
    "metadata": {"name": "web"},
    "spec": {"type": "NodePort", "ports": [{"port": 80}]},
}


def test_every_cause_of_a_refusal_can_be_asked_for():
    """With every_cause all stages have their say, and nothing is given out or stored."""
    api = fresh()
    create(api, SERVICE)
    ports = [{"port": 80, "nodePort": 30086, "protocol": "tcp"}]
    worse = {"kind": "Service", "metadata": {"name": "Web"}, "spec": {"type": "NodePort", "ports": ports}}
    request = api.prepare(worse, namespace="mall", every_cause=True)
    assert [refusal.code for refusal in request.refusals] == [404, 422, 422]
    assert [cause.field for cause in request.causes] == [
        "spec.ports[0].nodePort",
        "metadata.name",
        "spec.ports[0].protocol",
    ]
    assert (
        api.create(SERVICE | {"metadata": {"name": "db"}}, namespace=NAMESPACE).spec["clusterIP"]
        == "10.96.1.2"
    )
    with pytest.raises(kn.ApiError) as caught:
        api.prepare(worse, namespace="mall")
    assert caught.value.code == 404


def test_what_was_prepared_and_is_not_stored_leaves_nothing():
    """A prepared request that is discarded gives its addresses back."""
    api = fresh()
    request = api.prepare(SERVICE, namespace=NAMESPACE)
    assert (request.resource.kind, request.key) == ("Service", ("services", NAMESPACE, "web"))
    assert api.service_ips.is_allocated(request.manifest["spec"]["clusterIP"])
    api.discard(request)
    assert not api.service_ips.is_allocated(request.manifest["spec"]["clusterIP"])
    assert api.list("services") == []


def test_a_stored_object_cannot_be_changed_from_outside():
    """Neither the manifest that was sent nor the one that is read leads into the store."""
    cluster = kn.Cluster(nodes=0)
    sent = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x", "labels": {"a": "b"}}}
    sent["spec"] = {"containers": [{"name": "c", "image": "i"}]}
    cluster.create(sent)
    sent["metadata"]["labels"]["a"] = "changed"
    cluster["pod/x"].manifest["metadata"]["labels"]["a"] = "changed"
    assert cluster["pod/x"].labels == {"a": "b"}


def test_an_old_revision_is_a_conflict():
    """Who replaces an object with an outdated resourceVersion is told so, and changes nothing."""
    cluster = kn.Cluster(nodes=0)
    cluster.create("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\ndata: {a: '1'}\n")
    old = cluster["cm/x"].manifest
    cluster.replace({**old, "data": {"a": "2"}})
    with pytest.raises(kn.ApiError) as caught:
        cluster.replace({**old, "data": {"a": "3"}})
    assert (caught.value.code, caught.value.reason) == (409, "Conflict")
    assert cluster["cm/x"].manifest["data"] == {"a": "2"}


def test_replacing_what_is_not_there_is_not_found():
    """PUT of an unknown name is 404 in Kubernetes' words."""
    with pytest.raises(kn.ApiError, match=r'configmaps "x" not found') as caught:
        kn.Cluster(nodes=0).replace("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n")
    assert caught.value.code == 404


def test_kinds_that_nobody_serves():
    """An unknown kind of a built-in group is refused with what was probably meant; a custom one is stored."""
    cluster = kn.Cluster(nodes=0)
    with pytest.raises(kn.ApiError, match="Did you mean"):
        cluster.apply("apiVersion: apps/v1\nkind: Deploymnt\nmetadata: {name: x}\n")
    cluster.apply("apiVersion: serving.knative.dev/v1\nkind: Service\nmetadata: {name: x}\nspec: {a: 1}\n")
    assert cluster.objects("services", namespace="default")[0].name == "kubernetes"
    assert cluster["services.serving.knative.dev/x"].manifest["spec"] == {"a": 1}


def test_quota_and_limits_at_the_door():
    """A Pod over the quota is refused in the exact words; a LimitRange's defaults are in the stored Pod."""
    cluster = kn.Cluster(nodes=0)
    cluster.apply("apiVersion: v1\nkind: ResourceQuota\nmetadata: {name: q}\nspec: {hard: {pods: '1'}}\n")
    cluster.apply(
        "apiVersion: v1\nkind: LimitRange\nmetadata: {name: l}\n"
        "spec: {limits: [{type: Container, default: {cpu: 500m}, defaultRequest: {cpu: 250m}}]}\n"
    )
    pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: %s}\nspec: {containers: [{name: c, image: i}]}\n"
    cluster.create(pod % "a")
    assert cluster["pod/a"].containers[0].requests == {"cpu": "250m"}
    with pytest.raises(kn.ApiError) as caught:
        cluster.create(pod % "b")
    assert caught.value.code == 403
    assert caught.value.message == (
        'pods "b" is forbidden: exceeded quota: q, requested: pods=1, used: pods=1, limited: pods=1'
    )


def test_the_warnings_are_the_readers_own():
    """Warnings come for what the reader sends, not for what controllers write."""
    cluster = kn.Cluster(nodes=1)
    cluster.apply(
        "apiVersion: v1\nkind: ReplicationController\nmetadata: {name: w}\n"
        "spec: {replicas: 3, template: {metadata: {labels: {a: b}}, spec: {containers: "
        "[{name: c, image: i, resources: {limits: {memory: 128m}}}]}}}\n"
    )
    count = len(cluster.warnings)
    cluster.settle()
    assert count == 1
    assert len(cluster.warnings) == count


NAMES = st.sampled_from(["a", "b", "c"])
IPS = st.sampled_from(["", "None", "10.96.5.5", "10.96.6.6", "192.168.0.1"])
PORTS = st.sampled_from([None, 30001, 30002, 80])
REQUESTS = st.tuples(
    st.sampled_from(["create", "replace", "apply", "delete"]),
    NAMES,
    st.sampled_from(["ClusterIP", "NodePort", "LoadBalancer", "ExternalName", "Odd"]),
    IPS,
    PORTS,
)


def service(name, kind, ip, node_port):
    port = {"port": 80} | ({"nodePort": node_port} if node_port else {})
    spec = {"type": kind, "ports": [port]} | ({"clusterIP": ip} if ip else {})
    if kind == "ExternalName":
        spec["externalName"] = "x.example.com"
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": spec}


@given(st.lists(REQUESTS, max_size=14))
@settings(max_examples=150, deadline=None)
def test_refused_requests_change_nothing_and_addresses_come_back(requests):
    """Over any requests: a refusal leaves store and addresses alone, revisions grow, no address has two owners."""
    cluster = kn.Cluster(nodes=0)
    api = cluster.api
    for verb, name, kind, ip, node_port in requests:
        revision = api.store.revision
        state = copy.deepcopy((vars(api.service_ips._band), vars(api.node_ports._band)))
        objects = [obj.raw for obj in cluster.objects("svc")]
        try:
            if verb == "delete":
                cluster.delete(f"svc/{name}")
            else:
                getattr(cluster, verb)(service(name, kind, ip, node_port))
            assert api.store.revision >= revision
        except kn.K8sNotesError:
            assert api.store.revision == revision
            assert [obj.raw for obj in cluster.objects("svc")] == objects
            now = (vars(api.service_ips._band), vars(api.node_ports._band))
            assert [band["_taken"] for band in now] == [band["_taken"] for band in state]
        # an ExternalName Service may repeat numbers in its manifest; it owns none
        owners = [obj for obj in cluster.objects("svc") if obj.type != "ExternalName"]
        ips = [obj.cluster_ip for obj in owners if obj.cluster_ip not in ("", "None")]
        ports = [port.node_port for obj in owners for port in obj.ports if port.node_port]
        assert len(ips) == len(set(ips))
        assert len(ports) == len(set(ports))
        assert len(api.service_ips._band._taken) == len(ips)
        assert len(api.node_ports._band._taken) == len(ports)
    for obj in cluster.objects("svc"):
        cluster.delete(obj.ref)
    assert not api.service_ips._band._taken
    assert not api.node_ports._band._taken


def test_a_deleted_service_gives_back_only_what_it_owned():
    """Node ports in the manifest of an ExternalName Service belong to whoever was given them."""
    cluster = kn.Cluster(nodes=0)
    cluster.create(service("a", "ExternalName", "", 30001))
    cluster.create(service("b", "NodePort", "", 30001))
    cluster.delete("svc/a")
    with pytest.raises(kn.ApiError, match="provided port is already allocated"):
        cluster.create(service("c", "NodePort", "", 30001))


KEYS = st.tuples(st.just("pods"), st.just("default"), NAMES)


@given(st.lists(st.tuples(st.booleans(), KEYS, st.integers(0, 3)), max_size=30))
@settings(max_examples=100, deadline=None)
def test_the_store_keeps_count(changes):
    """Revisions only grow; watching from a revision tells exactly what came after; a copy stays as it was."""
    store = Store()
    model = {}
    for written, key, number in changes:
        before = store.revision
        frozen, kept = store.copy(), dict(model)
        if written:
            metadata = {"name": key[2], "namespace": key[1]}
            manifest = {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "n": number}
            store.put(key, manifest)
            model[key] = number
        else:
            gone = store.delete(key)
            assert (gone is not None) == (key in model)
            model.pop(key, None)
        assert store.revision >= before
        assert [event.revision for event in store.watch(before)] == list(
            range(before + 1, store.revision + 1)
        )
        assert {key: frozen.get(key).raw["n"] for key in kept} == kept
        assert len(frozen.list("pods")) == len(kept)
    assert {obj.name: obj.raw["n"] for obj in store.list("pods")} == {key[2]: n for key, n in model.items()}


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["name", "spec", "metadata", "labels", "ports", "template"]), inner, max_size=3
        )
    ),
    max_leaves=10,
)


@given(
    kind=st.sampled_from(["Pod", "Service", "Deployment", "ReplicationController", "Node", "Job"]),
    spec=JUNK,
    meta=JUNK,
)
@settings(max_examples=300, deadline=None)
def test_no_manifest_raises_anything_but_our_errors(kind, spec, meta):
    """Whatever stands in a manifest, the answer is an object or an error of the package."""
    cluster = kn.Cluster(nodes=0)
    manifest = {"apiVersion": "apps/v1" if kind == "Deployment" else "v1", "kind": kind}
    for send in (cluster.apply, cluster.create):
        try:
            send({**manifest, "metadata": meta, "spec": spec})
            json.dumps(cluster.objects(kind)[0].manifest)
        except kn.K8sNotesError:
            pass


def test_a_pod_may_be_replaced_as_it_was_written():
    """PUT of the same text, or with another image alone, is accepted: what admission added stays."""
    cluster = kn.Cluster(nodes=0)
    text = "apiVersion: v1\nkind: Pod\nmetadata: {name: x}\nspec: {containers: [{name: c, image: 'i:1'}]}\n"
    (first,) = cluster.create(text)
    (same,) = cluster.replace(text)
    assert same.metadata["resourceVersion"] == first.metadata["resourceVersion"]
    (other,) = cluster.replace(text.replace("i:1", "i:2"))
    assert other.containers[0].image == "i:2"
    assert other.spec["tolerations"] == first.spec["tolerations"]


def test_a_revision_has_no_place_in_a_new_object():
    """Who creates an object with a resourceVersion is told so."""
    with pytest.raises(kn.ApiError, match="resourceVersion should not be set on objects to be created"):
        kn.Cluster(nodes=0).create(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x, resourceVersion: '5'}\n"
        )


def test_a_gated_pod_says_so_from_the_start():
    """schedulingGates give a condition at once, and kubectl's word for it."""
    cluster = kn.Cluster(nodes=1)
    cluster.create(
        "apiVersion: v1\nkind: Pod\nmetadata: {name: x}\n"
        "spec: {schedulingGates: [{name: a.b/c}], containers: [{name: c, image: i}]}\n"
    )
    cluster.settle()
    assert cluster["pod/x"].status["conditions"][0]["reason"] == "SchedulingGated"
    assert cluster.get("pods")["STATUS"].tolist() == ["SchedulingGated"]


@pytest.mark.parametrize("metadata", ["x", ["x"], 5])
def test_metadata_that_is_no_mapping_is_refused_as_such(metadata):
    """The refusal speaks of metadata, whichever way the document came."""
    manifest = {"apiVersion": "v1", "kind": "Pod", "metadata": metadata}
    for send in (kn.Cluster(nodes=0).apply, kn.Cluster(nodes=0).create):
        with pytest.raises(kn.ApiError) as caught:
            send(manifest)
        assert caught.value.code == 400
        assert "metadata" in caught.value.message
    with pytest.warns(kn.ManifestWarning, match="metadata"):
        kn.load(manifest)


def test_a_spoiled_note_of_what_was_applied_does_no_harm():
    """Whatever stands in kubectl's annotation, applying again works."""
    cluster = kn.Cluster(nodes=0)
    text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x, annotations: {kubectl.kubernetes.io/last-applied-configuration: '%s'}}\ndata: {a: '1'}\n"
    for note in ("not json", "[1]", "5"):
        cluster.create((text % note).replace("name: x", f"name: x{len(note)}"))
        cluster.apply(
            f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: x{len(note)}}}\ndata: {{a: '2'}}\n"
        )
        assert cluster[f"cm/x{len(note)}"].manifest["data"] == {"a": "2"}


@pytest.mark.parametrize(
    ("meta", "words"),
    [
        ({"name": "other"}, "the name of the object (other) does not match the name on the URL (tide)"),
        (
            {"name": None},
            "the name of the object (tide based on URL) was undeterminable: name must be provided",
        ),
        (
            {"namespace": "team"},
            "the namespace of the provided object does not match the namespace sent on the request",
        ),
    ],
)
def test_a_patch_cannot_change_what_an_object_is_called(meta, words):
    """The object is that of the URL; kubectl prints what the API server says."""
    c = kn.Cluster(nodes=0)
    c.create({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "tide"}})
    with pytest.raises(kn.ApiError) as caught:
        c.api.patch(c["cm/tide"], {"metadata": meta})
    assert (caught.value.code, str(caught.value)) == (400, words)
    for how in ("strategic", "merge"):
        line = f"patch cm tide --type={how} -p '{json.dumps({'metadata': meta})}'"
        assert c.kubectl(line).stderr == f"Error from server (BadRequest): {words}\n"
    assert [item.name for item in c.objects("cm") if item.name != "kube-root-ca.crt"] == ["tide"]
