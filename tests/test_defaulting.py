"""What the API server fills in where a manifest says nothing."""

import pytest

from k8snotes.control_plane.apiserver import ApiServer
from k8snotes.control_plane.pod_resources import qos_class


def server():
    api = ApiServer()
    api.register({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "default"}}, by="test")
    return api


def completed(kind, **fields):
    """Return what the API server makes of a manifest; here it does not matter what it would refuse."""
    return server().prepare({"kind": kind, "metadata": {"name": "web"}, **fields}, every_cause=True).manifest


def stored(api, kind, **fields):
    """Put an object into a store, whatever stands against it."""
    request = api.prepare({"kind": kind, "metadata": {"name": "web"}, **fields}, every_cause=True)
    return api.register(request.manifest, by="test")


def replaced(api, old, **fields):
    """Return what the API server makes of a manifest that replaces an object."""
    manifest = {"kind": old.kind, "metadata": {"name": "web"}, **fields}
    return api.prepare(manifest, old=old, every_cause=True).manifest


def pod_of(container=None, **spec):
    return completed(
        "Pod", spec={"containers": [{"name": "main", "image": "nginx", **(container or {})}], **spec}
    )


@pytest.mark.parametrize(
    ("image", "policy"),
    [
        ("nginx", "Always"),
        ("nginx:latest", "Always"),
        ("nginx:1.27", "IfNotPresent"),
        ("localhost:5000/nginx", "Always"),
        ("localhost:5000/nginx:1.27", "IfNotPresent"),
        ("nginx@sha256:" + "0" * 64, "IfNotPresent"),
        ("Nginx", "IfNotPresent"),
        ("", "IfNotPresent"),
    ],
)
def test_only_latest_is_pulled_always(image, policy):
    """An image without a tag means :latest, and that is pulled every time."""
    assert pod_of({"image": image})["spec"]["containers"][0]["imagePullPolicy"] == policy


def test_limits_are_requests_where_there_are_none():
    """Who sets a limit and no request asks for the limit, in a Pod but not in a template."""
    resources = {"limits": {"cpu": "1", "memory": "1Gi"}, "requests": {"cpu": "0.5"}}
    assert pod_of({"resources": resources})["spec"]["containers"][0]["resources"]["requests"] == {
        "cpu": "500m",
        "memory": "1Gi",
    }
    template = {"spec": {"containers": [{"name": "main", "image": "x", "resources": resources}]}}
    deployment = completed("Deployment", spec={"template": template})
    container = deployment["spec"]["template"]["spec"]["containers"][0]
    assert container["resources"]["requests"] == {"cpu": "500m"}


def test_amounts_are_rounded_up_to_thousandths():
    """Kubernetes counts nothing finer than a thousandth of a CPU."""
    resources = {"requests": {"cpu": "1u", "memory": "1.5"}}
    found = pod_of({"resources": resources})["spec"]["containers"][0]["resources"]["requests"]
    assert found == {"cpu": "1m", "memory": "1500m"}


def test_probes_ports_and_volumes_are_completed():
    """Probes get their times, ports TCP, volumes a source and file modes."""
    container = {
        "ports": [{"containerPort": 80}],
        "livenessProbe": {"httpGet": {"port": 80}},
        "env": [{"name": "A", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}],
    }
    volumes = [
        {"name": "a"},
        {"name": "b", "configMap": {"name": "c"}},
        {"name": "h", "hostPath": {"path": "/"}},
    ]
    spec = pod_of(container, volumes=volumes, serviceAccount="robot")["spec"]
    main = spec["containers"][0]
    assert main["ports"] == [{"containerPort": 80, "protocol": "TCP"}]
    assert main["livenessProbe"] == {
        "httpGet": {"port": 80, "path": "/", "scheme": "HTTP"},
        "timeoutSeconds": 1,
        "periodSeconds": 10,
        "successThreshold": 1,
        "failureThreshold": 3,
    }
    assert main["env"][0]["valueFrom"]["fieldRef"]["apiVersion"] == "v1"
    assert spec["volumes"][0] == {"name": "a", "emptyDir": {}}
    assert spec["volumes"][1]["configMap"]["defaultMode"] == 0o644
    assert spec["volumes"][2]["hostPath"]["type"] == ""
    assert spec["serviceAccountName"] == "robot"


def test_host_network_opens_the_ports_of_the_node():
    """With hostNetwork a container's port is the Node's port."""
    spec = pod_of({"ports": [{"containerPort": 80}]}, hostNetwork=True)["spec"]
    assert spec["containers"][0]["ports"][0]["hostPort"] == 80


def test_zero_and_false_are_answers():
    """A default does not replace what somebody said on purpose."""
    deployment = completed("Deployment", spec={"replicas": 0, "progressDeadlineSeconds": 0})
    assert (deployment["spec"]["replicas"], deployment["spec"]["progressDeadlineSeconds"]) == (0, 0)
    assert pod_of(enableServiceLinks=False)["spec"]["enableServiceLinks"] is False


def test_what_is_empty_is_not_stored():
    """Empty text, lists and maps, and zeros that mean nothing, are left out, as Kubernetes' encoder does."""
    pod = pod_of({"args": [], "workingDir": "", "tty": False}, nodeSelector={}, hostNetwork=False)
    assert pod["spec"].keys().isdisjoint({"nodeSelector", "hostNetwork"})
    assert pod["spec"]["containers"][0].keys().isdisjoint({"args", "workingDir", "tty"})


@pytest.mark.parametrize(
    ("kind", "spec", "expected"),
    [
        (
            "StatefulSet",
            {},
            {"podManagementPolicy": "OrderedReady", "revisionHistoryLimit": 10, "replicas": 1},
        ),
        ("DaemonSet", {}, {"revisionHistoryLimit": 10}),
        ("Job", {}, {"completions": 1, "parallelism": 1, "backoffLimit": 6, "completionMode": "NonIndexed"}),
        (
            "CronJob",
            {"schedule": "* * * * *"},
            {"concurrencyPolicy": "Allow", "successfulJobsHistoryLimit": 3},
        ),
        (
            "Service",
            {"type": "LoadBalancer"},
            {"allocateLoadBalancerNodePorts": True, "externalTrafficPolicy": "Cluster"},
        ),
        ("Service", {"type": "ExternalName"}, {"sessionAffinity": "None"}),
    ],
)
def test_workloads_and_services(kind, spec, expected):
    """Every kind gets its own defaults."""
    found = completed(kind, spec=spec)["spec"]
    assert {key: found[key] for key in expected} == expected


def test_limit_ranges_complete_themselves():
    """A maximum is also the default limit, a minimum the default request."""
    limits = [{"type": "Container", "max": {"cpu": "2"}, "min": {"memory": "1Mi"}}]
    (limit,) = completed("LimitRange", spec={"limits": limits})["spec"]["limits"]
    assert limit["default"] == {"cpu": "2"}
    assert limit["defaultRequest"] == {"cpu": "2", "memory": "1Mi"}


def test_endpoints_nodes_secrets_and_claims():
    """Ports are TCP, a Node can give out all it has, a Secret is Opaque, a claim is for files."""
    subsets = [{"addresses": [{"ip": "10.0.0.1"}], "ports": [{"port": 80}]}]
    assert completed("Endpoints", subsets=subsets)["subsets"][0]["ports"][0]["protocol"] == "TCP"
    (port,) = completed("EndpointSlice", addressType="IPv4", ports=[{"port": 80}])["ports"]
    assert port == {"port": 80, "name": "", "protocol": "TCP"}
    assert completed("Node", status={"capacity": {"cpu": "4"}})["status"]["allocatable"] == {"cpu": "4"}
    assert completed("Secret")["type"] == "Opaque"
    assert completed("PersistentVolumeClaim")["spec"]["volumeMode"] == "Filesystem"


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        ({}, "BestEffort"),
        ({"requests": {"cpu": "1"}}, "Burstable"),
        ({"limits": {"cpu": "1", "memory": "1Gi"}}, "Guaranteed"),
        ({"limits": {"cpu": "1"}}, "Burstable"),
        ({"limits": {"cpu": "1", "memory": "1Gi"}, "requests": {"cpu": "500m"}}, "Burstable"),
    ],
)
def test_quality_of_service(resources, expected):
    """The class follows from requests and limits."""
    assert qos_class(pod_of({"resources": resources})) == expected


def test_a_job_selects_its_own_pods():
    """The API server makes the selector of a Job from its identity."""
    job = completed("Job", spec={"template": {"spec": {"restartPolicy": "Never"}}})
    identity = {"batch.kubernetes.io/controller-uid": job["metadata"]["uid"]}
    assert job["spec"]["selector"] == {"matchLabels": identity}
    assert job["spec"]["template"]["metadata"]["labels"]["job-name"] == "web"


def test_the_generation_counts_changes_of_the_spec():
    """A change of the spec counts, a change of labels does not; the status stays."""
    api = server()
    old = stored(api, "Deployment", spec={"replicas": 1})
    old = api.update_status(old, {"replicas": 1}, by="test")
    new = replaced(api, old, spec={"replicas": 2}, status={"replicas": 9})
    assert (new["metadata"]["generation"], new["status"]) == (2, {"replicas": 1})
    assert replaced(api, old, spec={"replicas": 1})["metadata"]["generation"] == 1


def test_what_the_server_alone_decides():
    """Times, generations and the switched-off maxUnavailable of StatefulSets are not the author's."""
    api = server()
    meta = {"name": "web", "deletionTimestamp": "2026-01-01T00:00:00Z", "selfLink": "/x", "generation": 7}
    service = stored(api, "Service", metadata=meta, spec={})
    assert service.metadata.keys() == {"name", "namespace", "uid", "creationTimestamp", "resourceVersion"}
    changed = {"name": "web", "creationTimestamp": "2020-01-01T00:00:00Z", "generation": 7}
    new = replaced(api, service, metadata=changed, spec={})
    assert {**new["metadata"], "resourceVersion": "1"} == {**service.metadata, "resourceVersion": "1"}
    rolling = {"updateStrategy": {"rollingUpdate": {"maxUnavailable": 2}}}
    old = stored(api, "StatefulSet", spec=rolling)
    assert old.spec["updateStrategy"]["rollingUpdate"] == {"partition": 0}
    assert replaced(api, old, spec=rolling)["spec"] == old.spec


def test_a_generated_namespace_is_labelled_and_the_older_pod_range_wins():
    """The label bears the name, which is known late; podCIDR goes before podCIDRs."""
    metadata = completed("Namespace", metadata={"generateName": "shop-"})["metadata"]
    assert metadata["name"].startswith("shop-")
    assert metadata["labels"] == {"kubernetes.io/metadata.name": metadata["name"]}
    node = completed("Node", spec={"podCIDR": "10.0.0.0/24", "podCIDRs": ["10.1.0.0/24"]})
    assert node["spec"]["podCIDRs"] == ["10.0.0.0/24"]


def test_string_data_of_a_secret_is_stored_as_data():
    """What is written plainly under stringData is kept in base64 under data, over what stands there."""
    secret = completed("Secret", data={"a": "eA=="}, stringData={"a": "y", "b": "z"})
    assert secret["data"] == {"a": "eQ==", "b": "eg=="}
    assert "stringData" not in secret
