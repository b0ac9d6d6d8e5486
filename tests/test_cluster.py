"""The cluster that a reader holds: loading, asking, changing, and what it says when it cannot."""

from __future__ import annotations

import warnings

import pytest

import k8snotes as kn

WEB = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 3
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: c, image: nginx, ports: [{name: http, containerPort: 8080}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80, targetPort: http}]}
"""
POD = """
apiVersion: v1
kind: Pod
metadata: {name: %s, namespace: %s, labels: {%s}}
spec: {containers: [{name: c, image: %s, ports: [{name: http, containerPort: 8080}]}]}
"""


def pod(name, labels="app: web", image="nginx", namespace="default"):
    return POD % (name, namespace, labels, image)


@pytest.fixture
def web():
    """A cluster with one Deployment of three and its Service."""
    return kn.load(WEB)


def test_a_new_cluster_has_nodes_and_the_kubernetes_service():
    """Three Nodes by default; default/kubernetes stands at 10.96.0.1."""
    c = kn.Cluster()
    assert [node.name for node in c.objects("nodes")] == ["node-1", "node-2", "node-3"]
    assert c["svc/kubernetes"].cluster_ip == "10.96.0.1"
    assert all(node.ready for node in c.objects("nodes"))
    assert [node.pod_cidr for node in c.objects("nodes")] == [
        "10.244.1.0/24",
        "10.244.2.0/24",
        "10.244.3.0/24",
    ]
    assert repr(c) == "<Cluster: 3 Nodes, 0 Pods, 1 Service>"


def test_nodes_may_be_given():
    """Node manifests keep their labels and taints, and get an address, a range, and a kubelet."""
    c = kn.Cluster(nodes=[{"kind": "Node", "metadata": {"name": "big", "labels": {"disk": "ssd"}}}], cpu=16)
    node = c["node/big"]
    assert node.labels["disk"] == "ssd"
    assert node.ip == "192.168.0.11"
    assert node.allocatable["cpu"] == "16"
    assert kn.Cluster(nodes=[]).objects("nodes") == []


@pytest.mark.parametrize("nodes", [-1, 5001, "three", [5], [{"kind": "Pod"}], True, [{"kind": "Node"}]])
def test_impossible_nodes_are_refused_in_words(nodes):
    """Whatever else is given for nodes is a ClusterError."""
    with pytest.raises(kn.ClusterError):
        kn.Cluster(nodes=nodes)


def test_load_applies_and_settles(web):
    """After kn.load the Pods run and the Service finds them."""
    assert [p.phase for p in web.objects("pods")] == ["Running"] * 3
    assert len(web.endpoints("svc/web").ready) == 3
    assert web.settle() == []


def test_apply_stores_and_settle_makes_it_true():
    """c.apply only stores; c.settle lets the components act, and returns what each did."""
    c = kn.Cluster(nodes=1)
    objects = c.apply(WEB)
    assert [obj.ref for obj in objects] == ["deployment/web", "service/web"]
    assert c.objects("pods") == []
    done = c.settle()
    assert {change.component.split()[0] for change in done} >= {
        "deployment-controller",
        "kube-scheduler",
        "kubelet",
    }
    assert len(c.objects("pods")) == 3
    assert all(change.ref for change in done)


def test_the_same_cell_gives_the_same_names():
    """Two clusters from the same text are equal, names and addresses included."""
    assert [o.raw for o in kn.load(WEB).objects("pods")] == [o.raw for o in kn.load(WEB).objects("pods")]


def test_get_has_kubectls_columns_and_labels(web):
    """c.get names its columns as kubectl does; NAMESPACE comes with all namespaces; labels are dicts."""
    table = web.get("pods")
    assert list(table.columns) == ["NAMESPACE", "NAME", "READY", "STATUS", "RESTARTS", "AGE", "labels"]
    assert web.get("pods", namespace="default").columns[0] == "NAME"
    assert list(table["STATUS"]) == ["Running"] * 3
    assert table["labels"][0]["app"] == "web"
    assert {"IP", "NODE"} <= set(web.get("po", wide=True).columns)
    assert len(web.get("pods", selector="app=nobody")) == 0
    service = web.get("svc", namespace="default").set_index("NAME").loc["web"]
    assert service["PORT(S)"] == "80/TCP"
    assert service["TYPE"] == "ClusterIP"
    assert web.get("deploy")["READY"][0] == "3/3"
    assert list(web.get("nodes")["VERSION"]) == ["v1.36.2"] * 3


def test_objects_by_kind_selector_and_namespace(web):
    """c.objects knows short names, plurals and kinds, and takes a selector."""
    for kind in ("pods", "po", "pod", "Pod"):
        assert len(web.objects(kind)) == 3
    assert len(web.objects("pods", "app in (web, db)")) == 3
    assert web.objects("pods", "app!=web") == []
    assert web.objects("pods", namespace="kube-system") == []


@pytest.mark.parametrize(
    ("ref", "error", "words"),
    [
        ("svc/wbe", kn.NotFoundError, 'Did you mean "web"'),
        ("shop/svc/web", kn.NotFoundError, "service/web"),
        ("widget/x", kn.NotFoundError, "no resource type"),
        ("podd/x", kn.NotFoundError, 'Did you mean "pod'),
        ("web", kn.RefError, "kind/name"),
        ("a/b/c/d", kn.RefError, "kind/name"),
        ("svc/", kn.RefError, "kind/name"),
        (7, kn.RefError, "text"),
    ],
)
def test_a_wrong_reference_says_what_there_is(web, ref, error, words):
    """c[...] raises an error that names what there is instead."""
    with pytest.raises(error) as caught:
        _ = web[ref]
    assert words in str(caught.value)


def test_names_are_unique_in_their_namespace(web):
    """The same name in another namespace is another object; c['ns/kind/name'] finds it."""
    web.apply(
        "apiVersion: v1\nkind: Namespace\nmetadata: {name: other}\n---\n" + pod("web", namespace="other")
    )
    assert web["other/pod/web"].namespace == "other"
    with pytest.raises(kn.ApiError) as caught:
        web.create(pod("web", namespace="other"))
    assert (caught.value.code, caught.value.reason) == (409, "AlreadyExists")
    assert str(caught.value) == 'pods "web" already exists'


def test_apply_keeps_what_is_good_and_tells_all_that_is_not(web):
    """ApiError is that of the first refused document; .errors has all; the good ones are stored."""
    text = "---\n".join([pod("a", namespace="nowhere"), pod("b"), pod("c", namespace="nowhere")])
    with pytest.raises(kn.ApiError) as caught:
        web.apply(text)
    error = caught.value
    assert (error.code, error.reason, error.document) == (404, "NotFound", 0)
    assert error.message == 'namespaces "nowhere" not found'
    assert [e.document for e in error.errors] == [0, 2]
    assert web["pod/b"].name == "b"


def test_apply_of_broken_text_is_a_400_that_is_also_a_manifest_error(web):
    """The API server answers BadRequest to what it cannot decode; the good documents are stored."""
    with pytest.raises(kn.ApiError) as caught:
        web.apply(pod("b") + "---\nkind: [\n")
    assert caught.value.code == 400
    assert isinstance(caught.value, kn.ManifestError)
    assert caught.value.line is not None
    assert web["pod/b"].name == "b"


def test_apply_updates_what_is_there(web):
    """Applying again changes what the text says and leaves the rest; equal text changes nothing."""
    before = web["deploy/web"].metadata["resourceVersion"]
    web.apply(WEB)
    assert web["deploy/web"].metadata["resourceVersion"] == before
    web.apply(WEB.replace("replicas: 3", "replicas: 5"))
    web.settle()
    assert len(web.objects("pods")) == 5


def test_an_address_asked_for_twice_is_refused(web):
    """The second Service with a clusterIP or nodePort is refused, and its other addresses are free again."""
    first = "apiVersion: v1\nkind: Service\nmetadata: {name: %s}\nspec: {type: NodePort, clusterIP: %s, ports: [{port: 80, nodePort: 30080}]}\n"
    web.create(first % ("one", "10.96.7.7"))
    with pytest.raises(kn.ApiError) as caught:
        web.create(first % ("two", "10.96.8.8"))
    assert caught.value.message == (
        'Service "two" is invalid: spec.ports[0].nodePort: Invalid value: 30080: provided port is already allocated'
    )
    web.delete("svc/one")
    assert web.create(first % ("two", "10.96.8.8"))[0].cluster_ip == "10.96.8.8"


def test_scale_label_cordon_delete(web):
    """The verbs do what kubectl's do; settle makes it true."""
    web.scale("deploy/web", 1)
    web.settle()
    (left,) = web.objects("pods")
    web.label(left.ref, "app=old", "tier=x")
    web.settle()
    assert web[left.ref].labels["app"] == "old"
    assert len(web.objects("pods")) == 2, "the Deployment made another"
    assert len(web.endpoints("svc/web").ready) == 1
    web.label(left.ref, "tier-")
    assert "tier" not in web[left.ref].labels
    web.cordon("node-1")
    assert web["node/node-1"].unschedulable
    web.uncordon("node/node-1")
    assert not web["node/node-1"].unschedulable
    web.delete("deploy/web")
    web.settle()
    assert [p.name for p in web.objects("pods")] == [left.name], "what nobody owns stays"


def test_orphans_stay(web):
    """cascade="orphan" deletes the owner and leaves its Pods without one."""
    web.delete("deploy/web", cascade="orphan")
    web.settle()
    assert len(web.objects("pods")) == 3
    assert web.objects("rs")[0].owner is None


@pytest.mark.parametrize(
    "change",
    [
        lambda c: c.scale("svc/web", 2),
        lambda c: c.scale("deploy/web", -1),
        lambda c: c.scale("deploy/web", "many"),
        lambda c: c.label("deploy/web", "app"),
        lambda c: c.label("deploy/web", "bad key=x"),
        lambda c: c.label("deploy/web", "app=va!ue"),
        lambda c: c.delete("deploy/web", cascade="sideways"),
        lambda c: c.cordon("pod/none"),
        lambda c: c.set_ready("deploy/web", False),
        lambda c: c.endpoints("deploy/web"),
        lambda c: c.service_map(namespace="nowhere"),
        lambda c: c.selection("app in"),
        lambda c: c.objects("nonsense"),
    ],
)
def test_a_change_that_makes_no_sense_is_an_error_of_ours(web, change):
    """Each wrong call raises K8sNotesError with words, and changes nothing."""
    before = web.api.store.revision
    with pytest.raises(kn.K8sNotesError):
        change(web)
    assert web.api.store.revision == before


def test_readiness(web):
    """c.set_ready takes a Pod out of its Service's traffic, and back; broken images never get ready."""
    name = web.objects("pods")[0].ref
    web.set_ready(name, False)
    web.settle()
    assert [item.pod.ref for item in web.endpoints("svc/web").not_ready] == [name]
    web.set_ready(name, True)
    web.settle()
    assert len(web.endpoints("svc/web").ready) == 3
    web.apply(pod("sick", image="broken:1"))
    web.settle()
    assert not web["pod/sick"].ready


def test_a_copy_is_independent(web):
    """What happens to a copy does not happen to the cluster, and the other way round."""
    before = web.copy()
    web.scale("deploy/web", 0)
    web.settle()
    assert (len(before.objects("pods")), len(web.objects("pods"))) == (3, 0)
    before.apply(pod("extra"))
    before.settle()
    assert "extra" not in [p.name for p in web.objects("pods")]
    assert len({p.ip for p in before.objects("pods")}) == 4


def test_endpoints_have_reasons(web):
    """Each Pod is ready, not ready or left out, and a sentence says why."""
    web.apply(
        "apiVersion: v1\nkind: Namespace\nmetadata: {name: other}\n---\n"
        + "---\n".join(
            [
                pod("typo", "app: wbe"),
                pod("away", namespace="other"),
                pod("sick", image="broken"),
                pod("nolabel", "tier: x"),
            ]
        )
    )
    web.settle()
    found = web.endpoints("svc/web")
    assert len(found.ready) == 3
    assert {item.address for item in found.ready} == {
        p.ip for p in web.objects("pods", "app=web") if p.ready and p.namespace == "default"
    }
    reasons = {item.pod.name: item.reason for item in (*found.not_ready, *found.left_out)}
    assert reasons["sick"] == "it is selected, but gets no traffic, because it is not ready"
    assert "wbe" in reasons["typo"]
    assert "namespace" in reasons["away"]
    assert "app" in reasons["nolabel"]
    assert str(found).count("✓") == 3


def test_endpoints_of_services_without_selector():
    """ExternalName has none; without selector, the addresses made by hand count."""
    c = kn.load(
        "apiVersion: v1\nkind: Service\nmetadata: {name: ext}\nspec: {type: ExternalName, externalName: db.example.com}\n"
        "---\napiVersion: v1\nkind: Service\nmetadata: {name: hand}\nspec: {ports: [{port: 80}]}\n"
        "---\napiVersion: v1\nkind: Endpoints\nmetadata: {name: hand}\nsubsets: [{addresses: [{ip: 203.0.113.9}], ports: [{port: 80}]}]\n"
    )
    assert "db.example.com" in c.endpoints("svc/ext").note
    (only,) = c.endpoints("svc/hand").ready
    assert (only.pod, only.address) == (None, "203.0.113.9")


def test_what_a_folder_leaves_out_is_assumed_and_said():
    """kn.load creates Namespaces that are only named, takes the rest for granted, and says both."""
    c = kn.load(pod("x", namespace="shop").replace("containers:", "serviceAccountName: robot, containers:"))
    assert c["shop/pod/x"].phase == "Running"
    assert any("Namespace shop" in note for note in c.assumed)
    assert any("ServiceAccount shop/robot" in note for note in c.assumed)


def test_refused_documents_do_not_stop_a_load():
    """What the API server refuses is in c.refused, with a warning; the rest is there."""
    with pytest.warns(kn.ManifestWarning, match="refused 1 document"):
        c = kn.load(WEB + "---\n" + WEB.split("---", maxsplit=1)[0].replace("app: web", "app: other"))
    (refused,) = c.refused
    assert refused.name == "deployment/web"
    assert refused.document == 2
    assert refused.error.code == 422
    assert "field is immutable" in refused.reason
    assert len(c.objects("pods")) == 3
    assert "field is immutable" in repr(c)


def test_a_dump_is_shown_as_it_was_found(web):
    """Objects with uid and creationTimestamp are a snapshot: kept as they are, never changed."""
    text = "---\n".join(dump_of(web, kind) for kind in ("pods", "services", "deployments", "replicasets"))
    c = kn.load(text)
    assert c.snapshot
    assert [p.raw for p in c.objects("pods")] == [p.raw for p in web.objects("pods")]
    assert c.settle() == []
    assert len(c.endpoints("svc/web").ready) == 3
    assert c.get("pods")["STATUS"].tolist() == ["Running"] * 3
    for change in (lambda: c.apply(pod("x")), lambda: c.scale("deploy/web", 1), lambda: c.delete("svc/web")):
        with pytest.raises(kn.SnapshotError):
            change()
    assert "Snapshot" in repr(c)


def dump_of(cluster, kind):
    from k8snotes.api.manifest import dump

    return dump(cluster.objects(kind))


def test_a_dump_that_was_edited_is_new():
    """Manifests with some of a cluster's own fields are loaded as new, and that is said."""
    text = pod("x").replace("name: x", "name: x, resourceVersion: '5', uid: abc") + "---\n" + pod("z")
    c = kn.load(text)
    assert not c.snapshot
    assert c["pod/x"].uid != "abc"
    assert any("uid" in note for note in c.assumed)


def test_the_applications_of_the_course_load():
    """Every name in data/ loads without a refusal."""
    from k8snotes import datasets

    assert "guestbook" in datasets.names()
    for name in datasets.names():
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            assert kn.load(name).objects("services")


def test_an_unknown_name_says_which_there_are():
    """kn.load("gestbook") names guestbook."""
    with pytest.raises(kn.ManifestError, match='Did you mean "guestbook"'):
        kn.load("gestbook")


@pytest.mark.parametrize(
    "name",
    [
        "bookinfo",
        "guestbook",
        "guestbook-rc",
        "k8s-website-basics",
        "online-boutique",
        "podinfo",
        "sock-shop",
        "voting-app",
        "wordpress-mysql",
    ],
)
def test_real_applications_select_what_they_select(manifests, reference, name):
    """For each real application, which Service selects which workload equals the reference."""
    from k8snotes.facts.workloads import Workloads

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", kn.ManifestWarning)
        c = kn.load(manifests / name, nodes=3, cpu=64, memory="256Gi")
    workloads = Workloads(c.api)
    assert len(reference[name]) > 0
    for key, expected in reference[name].items():
        namespace, service = key.split("/")
        found = c.endpoints(f"{namespace}/svc/{service}")
        makers = {
            workloads.of(item.pod).replace("/", f"/{namespace}/") for item in (*found.ready, *found.not_ready)
        }
        assert makers == set(expected["workloads"]), key
        assert dict(c[f"{namespace}/svc/{service}"].selector) == expected["selector"]


def test_alternatives_under_one_name_are_refused_by_name(manifests):
    """In a folder with alternatives, the first is taken and the others are in c.refused, with file and reason."""
    with pytest.warns(kn.ManifestWarning):
        c = kn.load(manifests / "k8s-website-basics", cpu=64, memory="256Gi")
    assert {item.name for item in c.refused} >= {"deployment/my-nginx", "pod/nginx"}
    assert all(item.file and item.reason for item in c.refused)
    assert c["deploy/my-nginx"].name == "my-nginx"


def test_a_kustomization_is_noted_and_passed_over(manifests, monkeypatch):
    """Without kubectl the files of podinfo are read; its kustomization.yaml is no object, and c.assumed says so."""
    monkeypatch.setenv("PATH", "")
    c = kn.load(manifests / "podinfo")
    assert any("kustomization.yaml" in note for note in c.assumed)
    assert c.objects("hpa")[0].kind == "HorizontalPodAutoscaler"


def test_events_and_quotas_have_kubectls_columns(web):
    """c.get shows what happened and what is used, under kubectl's headings."""
    web.apply(
        "apiVersion: v1\nkind: ResourceQuota\nmetadata: {name: q}\nspec: {hard: {pods: '9', limits.cpu: '4'}}\n"
    )
    web.settle()
    events = web.get("events", namespace="default")
    assert list(events.columns)[:5] == ["LAST SEEN", "TYPE", "REASON", "OBJECT", "MESSAGE"]
    assert {"Scheduled", "SuccessfulCreate", "ScalingReplicaSet"} <= set(events["REASON"])
    assert web.get("quota")["REQUEST"][0] == "pods: 3/9"
    assert web.get("quota")["LIMIT"][0] == "limits.cpu: 0/4"


@pytest.mark.parametrize(
    ("sizes", "words"),
    [
        ({"cpu": "x"}, "cpu='x' is not a quantity"),
        ({"memory": -1}, "memory of a Node must be 0 or more"),
        ({"pods": "many"}, "number of Pods that a Node can hold"),
        ({"pods": True}, "number of Pods that a Node can hold"),
    ],
)
def test_a_nodes_size_is_checked_when_it_is_made(sizes, words):
    """What is no quantity is refused at once: it would be counted as nothing later on."""
    with pytest.raises(kn.ClusterError, match=words):
        kn.Cluster(nodes=1, **sizes)


def test_what_is_no_text_is_said_in_words():
    """A wrong type, where a name or a label belongs, is an error of ours, never a TypeError."""
    c = kn.Cluster(nodes=1)
    for ask in (
        lambda: c.rules(None),
        lambda: c.endpoints(None),
        lambda: c.label("node/node-1", 5),
    ):
        with pytest.raises(kn.K8sNotesError, match=r"text such as"):
            ask()


def test_a_snapshot_is_told_what_a_pod_listens_on_and_knows_the_namespaces_of_its_objects():
    """`kubectl get all -o yaml` says neither; nothing that was found changes."""
    c = kn.load("till-dump")
    before = [obj.manifest for kind in ("pods", "services") for obj in c.objects(kind)]
    pod = c["pod/stock-sxg9b"]
    place = f"{pod.manifest['status']['podIP']}:9999"
    assert c.trace(place, source="node/node-1").outcome == "refused"
    c.listen(pod.ref, 9999)
    assert c.trace(place, source="node/node-1").outcome == "connected"
    assert c.quota("default").facts is not None
    with pytest.raises(kn.NotFoundError, match="The Namespaces are: default"):
        c.service_map("shop")
    assert [obj.manifest for kind in ("pods", "services") for obj in c.objects(kind)] == before


def test_no_part_of_a_cluster_shows_a_memory_address(web):
    """A cell that ends in c.simulation.components, or in any other part, prints the same on every machine."""
    parts = (*vars(web).values(), web.simulation.network, *vars(web.simulation).values())
    shown = [repr(part) for part in parts]
    assert not [text for text in shown if " at 0x" in text]
    assert repr(web.simulation.components[-1]).startswith("<kube")


def test_a_cluster_that_does_not_come_to_rest_says_so():
    """Whoever loads what Kubernetes would go on with for ever sees who keeps writing what; a copy knows it, too."""
    endless = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {nodeName: nowhere, containers: [{name: main, image: "web:1"}]}
"""
    with pytest.warns(kn.ManifestWarning, match="does not come to rest"):
        c = kn.load(endless)
    assert "replicaset-controller has created" in repr(c)
    assert repr(c.copy()) == repr(c)
    c.delete("deploy/web")
    assert c.settle().note == ""
    assert "come to rest" not in repr(c)


def test_a_reader_is_offered_what_is_promised():
    """dir() of a cluster names the helpers, and nothing of what they stand on."""
    names = dir(kn.Cluster(nodes=0))
    assert {"apply", "service_map", "trace", "refused", "evict"} <= set(names)
    assert not {"simulation", "api", "components"} & set(names)
