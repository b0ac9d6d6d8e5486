"""What a cluster can be asked about itself: Events, the health of its components, heartbeats, rollouts that end."""

from __future__ import annotations

import json

import pytest

import k8snotes as kn

DEPLOYMENT = """{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {replicas: 2, progressDeadlineSeconds:
 120, selector: {matchLabels: {app: web}}, template: {metadata: {labels: {app: web}}, spec: {containers: [{name: main,
 image: "web:1"}]}}}}"""


@pytest.fixture
def cluster():
    c = kn.Cluster(nodes=2)
    c.apply(DEPLOYMENT)
    c.settle()
    return c


def test_the_events_of_an_object_and_of_what_it_owns(cluster):
    """`c.events` lists Events of a Deployment, its ReplicaSets and its Pods in the order of time."""
    cluster.kubectl("run other --image=other:1")
    cluster.settle()
    table = cluster.events("deploy/web")
    assert list(table.columns) == ["LAST SEEN", "TYPE", "REASON", "OBJECT", "MESSAGE"]
    assert {name.split("/")[0] for name in table["OBJECT"]} == {"deployment", "replicaset", "pod"}
    assert not any("other" in name for name in table["OBJECT"])
    assert list(cluster.events("deploy/web", owned=False)["REASON"]) == ["ScalingReplicaSet"]
    assert len(cluster.events()) == len(cluster.objects("events")) > len(table)
    with pytest.raises(kn.NotFoundError):
        cluster.events("deploy/nope")


def test_an_event_of_a_container_says_which(cluster):
    """`describe` and `get events -o wide` name the container; the messages are those of v1.36."""
    pod = cluster.objects("pods")[0].name
    page = cluster.kubectl(f"describe pod {pod}").stdout
    assert (
        'spec.containers{main}: Container image "web:1" already present on machine and can be accessed by the pod'
        in page
    )
    assert "spec.containers{main}: Container created" in page
    assert "spec.containers{main}: Container started" in page
    wide = cluster.kubectl("get events -o wide").stdout
    assert "spec.containers{main}" in wide


def test_with_the_policy_always_the_registry_is_asked():
    """An image without a tag is pulled at every start."""
    c = kn.Cluster(nodes=1)
    c.kubectl("run web --image=web")
    c.settle()
    told = {event.raw["reason"]: event.raw["message"] for event in c.objects("events")}
    assert told["Pulling"] == 'Pulling image "web"'
    assert told["Pulled"].startswith('Successfully pulled image "web" in ')


def test_events_cannot_be_watched(cluster):
    """`kubectl events --watch` says what to type instead."""
    done = cluster.kubectl("events --watch")
    assert done.exit == 1
    assert done.stderr == (
        "error: k8snotes does not simulate kubectl events --watch. Nothing changes while a cell runs. Leave --watch out; "
        "c.wait() lets time pass, and c.timeline() shows what has happened.\n"
    )


@pytest.mark.parametrize("asked", ["readyz", "livez", "healthz"])
def test_the_api_server_says_how_it_is(cluster, asked):
    """The three paths answer ok; with ?verbose each check is named."""
    assert cluster.kubectl(f"get --raw /{asked}").stdout == "ok"
    assert cluster.kubectl(f"get --raw /{asked}/etcd").stdout == "ok"
    lines = cluster.kubectl(f"get --raw '/{asked}?verbose'").stdout.splitlines()
    assert lines[:3] == ["[+]ping ok", "[+]log ok", "[+]etcd ok"]
    assert lines[-1] == f"{asked} check passed"
    assert ("[+]shutdown ok" in lines) == (asked == "readyz")
    excluded = cluster.kubectl(f"get --raw '/{asked}?verbose&exclude=etcd'").stdout
    assert "[+]etcd excluded: ok" in excluded


def test_a_path_of_the_api_answers_with_json(cluster):
    """Lists and objects are what the store holds; a selector restricts a list."""
    told = json.loads(cluster.kubectl("get --raw /api/v1/namespaces/default/pods").stdout)
    assert (told["kind"], told["apiVersion"], len(told["items"])) == ("PodList", "v1", 2)
    assert "kind" not in told["items"][0]
    none = json.loads(cluster.kubectl("get --raw '/api/v1/pods?labelSelector=app=no'").stdout)
    assert none["items"] == []
    one = json.loads(cluster.kubectl("get --raw /apis/apps/v1/namespaces/default/deployments/web").stdout)
    assert (one["kind"], one["metadata"]["name"]) == ("Deployment", "web")
    version = json.loads(cluster.kubectl("get --raw /version").stdout)
    assert (version["major"], version["minor"], version["gitVersion"]) == ("1", "36", "v1.36.2")


@pytest.mark.parametrize(
    ("line", "stderr"),
    [
        ("/api/v1/nope", "Error from server (NotFound): the server could not find the requested resource\n"),
        ("/nope", "Error from server (NotFound): the server could not find the requested resource\n"),
        ("/readyz/nope", "Error from server (NotFound): the server could not find the requested resource\n"),
        ("/api/v1/nodes/nope", 'Error from server (NotFound): nodes "nope" not found\n'),
        ("/readyz pods", "error: arguments may not be passed when --raw is specified\n"),
        (
            "readyz",
            (
                'error: --raw must be a valid URL path: parse "readyz": invalid URI for request\n'
                "See 'kubectl get -h' for help and examples\n"
            ),
        ),
        (
            "/metrics",
            (
                "error: k8snotes does not simulate --raw /metrics. These paths work here: /readyz, /livez, /healthz (each with "
                "?verbose), /version, and lists and objects such as /api/v1/namespaces/default/pods.\n"
            ),
        ),
    ],
)
def test_a_path_without_an_answer(cluster, line, stderr):
    """What is not there is not found; what only a real cluster has is refused with what there is."""
    done = cluster.kubectl(f"get --raw {line}")
    assert (done.stderr, done.exit, done.stdout) == (stderr, 1, "")


def test_the_components_are_healthy(cluster):
    """`kubectl get componentstatuses` is deprecated, and says so."""
    done = cluster.kubectl("get componentstatuses")
    assert done.stderr == "Warning: v1 ComponentStatus is deprecated in v1.19+\n"
    assert [line.split() for line in done.stdout.splitlines()] == [
        ["NAME", "STATUS", "MESSAGE", "ERROR"],
        ["controller-manager", "Healthy", "ok"],
        ["scheduler", "Healthy", "ok"],
        ["etcd-0", "Healthy", "ok"],
    ]
    missing = cluster.kubectl("get cs nope")
    assert missing.stderr.endswith('Error from server (NotFound): componentstatuses "nope" not found\n')


def test_a_kubelet_renews_its_lease_every_ten_seconds(cluster):
    """The Lease of a running kubelet is never older than that; a failed Node's stays as it was, and the Node is marked."""
    renewed = {lease.name: lease.spec["renewTime"] for lease in cluster.objects("leases")}
    before = cluster.api.now
    assert set(renewed) == {"node-1", "node-2"}
    cluster.lose("node-2")
    cluster.wait("45s")
    assert cluster["node/node-2"].ready
    cluster.wait("10s")
    assert not cluster["node/node-2"].ready
    leases = {
        lease.name: lease.spec["renewTime"]
        for lease in cluster.objects("leases", namespace="kube-node-lease")
    }
    assert leases["node-1"] > renewed["node-1"]
    assert kn.Cluster(nodes=1).api.now == 0
    assert before < cluster.api.now
    told = cluster.timeline().text
    assert (
        "kubelet on node-2 renews kube-node-lease/lease/node-2: this is the last time, because the Node has failed"
        in told
    )
    lines = cluster.kubectl("get leases -n kube-node-lease").stdout.splitlines()
    assert [line.split()[:2] for line in lines[1:]] == [["node-1", "node-1"], ["node-2", "node-2"]]
    assert (
        cluster.kubectl("get lease node-1 -n kube-node-lease -o jsonpath={.spec.leaseDurationSeconds}").stdout
        == "40"
    )


def target(pod):
    condition = pod.condition("DisruptionTarget")
    return condition and (condition["status"], condition["reason"], condition["message"])


def test_an_evicted_pod_says_by_what(cluster):
    """The Eviction API and the taint manager leave the condition DisruptionTarget on a Pod; a deletion leaves none."""
    first, second = (pod.name for pod in cluster.objects("pods"))
    cluster.evict(f"pod/{first}")
    assert target(cluster[f"pod/{first}"]) == ("True", "EvictionByEvictionAPI", "Eviction API: evicting")
    cluster.delete(f"pod/{second}")
    assert target(cluster[f"pod/{second}"]) is None
    cluster.settle()
    pod = cluster.objects("pods")[0]
    cluster.lose(pod.node_name)
    cluster.settle()
    assert target(cluster[f"pod/{pod.name}"]) == (
        "True",
        "DeletionByTaintManager",
        "Taint manager: deleting due to NoExecute taint",
    )


def test_a_disruption_need_not_count_as_a_failure_of_a_job():
    """`podFailurePolicy` can look away from an eviction by its condition."""
    c = kn.Cluster(nodes=1)
    c.apply(
        """{apiVersion: batch/v1, kind: Job, metadata: {name: calc}, spec: {backoffLimit: 0, podFailurePolicy: {rules: [
 {action: Ignore, onPodConditions: [{type: DisruptionTarget}]}]}, template: {spec: {restartPolicy: Never, containers: [
 {name: main, image: "calc:1"}]}}}}"""
    )
    c.settle()
    (pod,) = c.objects("pods")
    c.evict(f"pod/{pod.name}")
    c.settle()
    c.wait("10m")
    status = c["job/calc"].status
    assert (status.get("failed", 0), status["active"]) == (0, 1)


def test_a_rollout_that_gets_nowhere_exceeds_its_deadline(cluster):
    """`rollout status` follows until the deadline of the Deployment has passed, and fails in kubectl's words."""
    cluster.kubectl("set image deploy/web main=broken:2")
    began = cluster.api.now
    done = cluster.kubectl("rollout status deploy/web")
    assert (done.stderr, done.exit) == ('error: deployment "web" exceeded its progress deadline\n', 1)
    assert cluster.api.now - began >= 120


def test_a_rollout_is_followed_for_as_long_as_timeout_says(cluster):
    """With --timeout the time passes until then, and no further."""
    cluster.kubectl("set image deploy/web main=broken:2")
    cluster.settle()
    began = cluster.api.now
    done = cluster.kubectl("rollout status deploy/web --timeout=30s")
    assert (done.stderr, done.exit) == ("error: timed out waiting for the condition\n", 1)
    assert cluster.api.now - began == 30


def test_waiting_ends_when_the_condition_holds_or_the_time_is_over(cluster):
    """`kubectl wait` lets time pass: for a Job that ends after a while, or until --timeout."""
    cluster.kubectl("create job calc --image=calc:1")
    cluster.settle()
    cluster.exits("job/calc", 0, after=100)
    late = cluster.kubectl("wait --for=condition=complete job/calc --timeout=20s")
    assert (late.stderr, late.exit) == ("error: timed out waiting for the condition on jobs/calc\n", 1)
    done = cluster.kubectl("wait --for=condition=complete job/calc --timeout=5m")
    assert (done.stdout, done.exit) == ("job.batch/calc condition met\n", 0)
    assert cluster.api.now < 150


def test_a_condition_is_told_beside_events():
    """A workload whose Pods are refused, or that has failed, is in the pictures and the timeline by its condition."""
    c = kn.Cluster(nodes=1)
    c.kubectl("create quota few --hard=pods=1")
    c.apply(DEPLOYMENT)
    c.settle()
    words = "deployment/web has the condition ReplicaFailure=True (FailedCreate): pods "
    for figure in (c.architecture(), c.service_map()):
        assert words in figure.text
    assert "These workloads have a problem: deployment/web (FailedCreate)." in c.architecture().alt
    assert "its condition is ReplicaFailure, because the API server refuses its Pods" in c.timeline().text
    assert c.why_pending("deploy/web").text.startswith(
        "why deployment/web lacks Pods: the API server refuses its Pods"
    )
    c.delete("quota/few")
    c.settle()
    assert words not in c.architecture().text + c.service_map().text


def test_a_rollout_past_its_deadline_is_told(cluster):
    """The condition Progressing=False is in the pictures and the timeline."""
    cluster.kubectl("set image deploy/web main=broken:2")
    cluster.wait("5m")
    words = "deployment/web has the condition Progressing=False (ProgressDeadlineExceeded)"
    assert words in cluster.architecture().text
    assert words in cluster.service_map().text
    assert "its rollout has exceeded its progress deadline" in cluster.timeline().text


def test_a_job_that_has_failed_is_told():
    """The condition Failed is in the pictures, and the timeline says why the Job fails."""
    c = kn.Cluster(nodes=1)
    c.kubectl("create job calc --image=calc:1")
    c.kubectl("""patch job calc -p '{"spec": {"backoffLimit": 0}}'""")
    c.settle()
    c.crash(f"pod/{c.objects('pods')[0].name}")
    c.settle()
    assert "job/calc has the condition Failed=True (BackoffLimitExceeded)" in c.architecture().text
    assert "it fails (BackoffLimitExceeded)" in c.timeline().text
