"""Master and Node at work: what the components make of a manifest, and what holds whatever one does."""

from __future__ import annotations

import json
import warnings
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import k8snotes as kn
from k8snotes.api.kinds.pod import Pod
from k8snotes.control_plane.scheduling.requests import amounts, pod_requests

MANIFESTS = Path(__file__).resolve().parents[2] / "shared" / "manifests"
APPLICATIONS = (
    sorted(path.name for path in MANIFESTS.glob("*/") if path.name not in ("nodes", "LICENSES"))
    if MANIFESTS.is_dir()
    else []
)


def workload(kind, name="web", replicas=3, image="nginx:1.27", *, labels=None, **more):
    labels = labels or {"app": name}
    containers = [{"name": "app", "image": image, "ports": [{"name": "http", "containerPort": 8080}]}]
    spec = {"template": {"metadata": {"labels": labels}, "spec": {"containers": containers}}, **more}
    if kind not in ("DaemonSet", "Job"):
        spec["replicas"] = replicas
    if kind == "ReplicationController":
        spec["selector"] = labels
    elif kind != "Job":
        spec["selector"] = {"matchLabels": labels}
    if kind == "StatefulSet":
        spec["serviceName"] = name
    versions = {"ReplicationController": "v1", "Job": "batch/v1"}
    return {
        "apiVersion": versions.get(kind, "apps/v1"),
        "kind": kind,
        "metadata": {"name": name},
        "spec": spec,
    }


def bare(name, image="nginx", **labels):
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "labels": labels},
        "spec": {"containers": [{"name": "app", "image": image}]},
    }


def service(name="web", selector=None, **spec):
    chosen = {"selector": selector} if selector else {}
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name},
        "spec": {"ports": [{"port": 80}], **chosen, **spec},
    }


def running(cluster, selector=None):
    return [pod.name for pod in cluster.objects("pods", selector) if pod.ready and not pod.terminating]


def reasons(cluster, ref):
    obj = cluster[ref]
    events = [
        event.raw for event in cluster.objects("events") if event.raw["involvedObject"]["uid"] == obj.uid
    ]
    return {event["reason"]: event["count"] for event in events}


def make(*manifests, nodes=3, **size):
    cluster = kn.Cluster(nodes=nodes, **size)
    for manifest in manifests:
        cluster.create(manifest)
    cluster.settle()
    return cluster


# ---- the way of a Pod


def test_the_way_of_a_pod():
    """A Pod is stored, bound by the scheduler, gets its pause container and address, then its containers."""
    cluster = kn.Cluster(nodes=1)
    cluster.create(bare("web"))
    told = [(change.component, change.verb) for change in cluster.settle()]
    kubelet = "kubelet on node-1"
    assert told == [("kube-scheduler", "bind"), (kubelet, "start"), (kubelet, "start")]
    seen = ("Scheduled", "Pulling", "Pulled", "Created", "Started")
    assert reasons(cluster, "pod/web") == dict.fromkeys(seen, 1)


def test_step_lets_one_component_act():
    """A step is one component's turn; after the last one there is nothing left to do."""
    cluster = kn.Cluster(nodes=1)
    cluster.create(workload("ReplicationController", replicas=2))
    turns = []
    while did := cluster.step():
        turns.append({change.component.partition(" on ")[0] for change in did})
    assert all(len(turn) == 1 for turn in turns)
    assert turns[0] == {"replication-controller"}
    assert cluster.step() == []


def test_pause_container_holds_the_address_first():
    """While its containers are being created a Pod is Pending, and has its address already."""
    cluster = kn.Cluster(nodes=1)
    cluster.create(bare("web"))
    cluster.step()
    cluster.step()
    pod = cluster["pod/web"]
    assert (pod.phase, pod.ip) == ("Pending", "10.244.1.2")
    assert pod.status["containerStatuses"][0]["state"] == {"waiting": {"reason": "ContainerCreating"}}


def test_init_containers_run_to_their_end():
    """Init containers have ended with success when the others run."""
    manifest = bare("web")
    manifest["spec"]["initContainers"] = [{"name": "first", "image": "busybox"}]
    cluster = make(manifest)
    status = cluster["pod/web"].status
    assert status["initContainerStatuses"][0]["state"]["terminated"]["reason"] == "Completed"
    assert status["phase"] == "Running"


# ---- the kubelet


def test_crashed_container_is_restarted_in_its_pod():
    """A container that ends is started again, and its Pod keeps its address and its name."""
    cluster = make(bare("web"))
    before = cluster["pod/web"]
    cluster.crash("pod/web", container="app")
    cluster.settle()
    after = cluster["pod/web"]
    assert (after.uid, after.ip, after.ready) == (before.uid, before.ip, True)
    status = after.status["containerStatuses"][0]
    assert status["restartCount"] == 1
    assert status["lastState"]["terminated"]["exitCode"] == 1


def test_back_off_grows():
    """The first restart comes at once, the second after 10 seconds, the third after 20."""
    cluster = make(bare("web"))
    pauses = []
    for _ in range(4):
        began = cluster.api.now
        cluster.crash("pod/web")
        cluster.settle()
        pauses.append(cluster.api.now - began)
    assert pauses[0] < 5
    assert [10 <= pauses[1] < 15, 20 <= pauses[2] < 25, 40 <= pauses[3] < 45] == [True] * 3
    assert reasons(cluster, "pod/web")["BackOff"] == 3


def test_crash_loop_is_seen_while_it_waits():
    """In its back-off a container waits with the reason CrashLoopBackOff."""
    cluster = make(bare("web"))
    cluster.crash("pod/web")
    cluster.settle()
    cluster.crash("pod/web")
    cluster.step()
    cluster.step()
    status = cluster["pod/web"].status["containerStatuses"][0]
    assert status["state"]["waiting"]["reason"] == "CrashLoopBackOff"
    assert not cluster["pod/web"].ready


@pytest.mark.parametrize(
    ("policy", "code", "phase"),
    [
        ("Never", 1, "Failed"),
        ("Never", 0, "Succeeded"),
        ("OnFailure", 0, "Succeeded"),
        ("OnFailure", 2, "Running"),
    ],
)
def test_restart_policy(policy, code, phase):
    """`restartPolicy` says whether a container that has ended is started again."""
    manifest = bare("web")
    manifest["spec"]["restartPolicy"] = policy
    cluster = make(manifest)
    cluster.crash("pod/web", exit_code=code)
    cluster.settle()
    assert cluster["pod/web"].phase == phase


def test_broken_image_is_never_ready_by_itself():
    """A container of a broken image runs and is not ready until a reader says so."""
    cluster = make(bare("web", image="broken:1"))
    assert not cluster["pod/web"].ready
    cluster.set_ready("pod/web", value=True)
    cluster.settle()
    assert cluster["pod/web"].ready


def test_pod_that_names_its_node_must_fit_there():
    """Nobody scheduled it, so the kubelet rejects a Pod that is too big for its Node."""
    manifest = bare("web")
    manifest["spec"]["nodeName"] = "node-1"
    manifest["spec"]["containers"][0]["resources"] = {"requests": {"cpu": "100"}}
    cluster = make(manifest)
    pod = cluster["pod/web"]
    assert (pod.phase, pod.status["reason"]) == ("Failed", "OutOfcpu")
    assert reasons(cluster, "pod/web") == {"OutOfcpu": 1}


def test_static_pod_and_its_mirror():
    """A file on a Node makes a Pod; deleting its mirror changes nothing; taking the file away ends it."""
    cluster = kn.Cluster(nodes=2)
    cluster.static_pod("node-2", json.dumps(bare("web", app="web")))
    cluster.settle()
    first = cluster["pod/web-node-2"]
    assert first.ready
    assert first.node_name == "node-2"
    cluster.delete("pod/web-node-2")
    cluster.settle()
    second = cluster["pod/web-node-2"]
    assert second.uid != first.uid
    assert second.status["containerStatuses"] == first.status["containerStatuses"]
    assert second.ip == first.ip
    cluster.remove_static_pod("node-2", "web")
    cluster.settle()
    assert cluster.objects("pods") == []


def test_static_pod_that_is_not_there():
    """Taking away a file that is not there says which files are."""
    cluster = kn.Cluster(nodes=1)
    cluster.static_pod("node-1", json.dumps(bare("web")))
    with pytest.raises(kn.NotFoundError, match="Its static Pods are: web"):
        cluster.remove_static_pod("node-1", "wbe")


# ---- controllers


def test_relabelled_pod_is_released_and_replaced():
    """A Pod that its RC's selector finds no more runs on alone, and the RC makes another."""
    cluster = make(workload("ReplicationController"), service(selector={"app": "web"}))
    name = cluster.objects("pods")[0].name
    cluster.label(f"pod/{name}", "app=debug")
    cluster.settle()
    assert cluster[f"pod/{name}"].owner is None
    assert len(running(cluster, "app=web")) == 3
    assert name not in [item.pod.name for item in cluster.endpoints("svc/web").ready]


def test_bare_pod_is_adopted():
    """An RC takes a Pod that fits and that nobody owns, and makes so many fewer."""
    cluster = make(bare("early", app="web"))
    cluster.create(workload("ReplicationController"))
    cluster.settle()
    assert cluster["pod/early"].owner["name"] == "web"
    assert len(running(cluster)) == 3


def test_orphans_are_kept():
    """Deleting an RC with cascade "orphan" leaves its Pods, without an owner."""
    cluster = make(workload("ReplicationController"))
    cluster.delete("rc/web", cascade="orphan")
    cluster.settle()
    assert len(running(cluster)) == 3
    assert all(pod.owner is None for pod in cluster.objects("pods"))


def test_rolling_update_keeps_enough_pods():
    """During a rolling update there are never fewer ready Pods than maxUnavailable allows, nor too many."""
    strategy = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}
    cluster = make(workload("Deployment", replicas=4, strategy=strategy))
    cluster.apply(workload("Deployment", replicas=4, image="nginx:1.28", strategy=strategy))
    while cluster.step():
        assert len(running(cluster)) >= 4
        assert len([pod for pod in cluster.objects("pods") if not pod.terminating]) <= 5
    images = {pod.containers[0].image for pod in cluster.objects("pods")}
    assert images == {"nginx:1.28"}


def test_recreate_stops_all_before_it_starts_one():
    """With the strategy Recreate old and new Pods are never there together."""
    strategy = {"type": "Recreate"}
    cluster = make(workload("Deployment", strategy=strategy))
    cluster.apply(workload("Deployment", image="nginx:1.28", strategy=strategy))
    while cluster.step():
        assert len({pod.containers[0].image for pod in cluster.objects("pods")}) <= 1
    assert len(running(cluster)) == 3


def test_scaling_a_stuck_rollout_scales_both_sides():
    """In the middle of a rollout that does not get on, a new number is shared by old and new ReplicaSet."""
    cluster = make(workload("Deployment", replicas=4))
    cluster.apply(workload("Deployment", replicas=4, image="broken:2"))
    cluster.settle()
    sizes = sorted(item.replicas for item in cluster.objects("rs"))
    cluster.scale("deploy/web", 8)
    cluster.settle()
    assert sizes == [2, 3]
    assert sorted(item.replicas for item in cluster.objects("rs")) == [4, 6]


def test_paused_deployment_waits():
    """A paused Deployment is scaled, and rolls only when it is resumed."""
    cluster = make(workload("Deployment"))
    cluster.apply(workload("Deployment", replicas=4, image="nginx:1.28", paused=True))
    cluster.settle()
    assert {pod.containers[0].image for pod in cluster.objects("pods")} == {"nginx:1.27"}
    assert len(running(cluster)) == 4
    progress = [item for item in cluster["deploy/web"].status["conditions"] if item["type"] == "Progressing"]
    assert [item["reason"] for item in progress] == ["DeploymentPaused"]
    cluster.apply(workload("Deployment", replicas=4, image="nginx:1.28", paused=False))
    cluster.settle()
    assert {pod.containers[0].image for pod in cluster.objects("pods")} == {"nginx:1.28"}
    progress = [item for item in cluster["deploy/web"].status["conditions"] if item["type"] == "Progressing"]
    assert [item["reason"] for item in progress] == ["NewReplicaSetAvailable"]


def test_min_ready_seconds_are_waited_for():
    """A Pod is available when it has been ready for minReadySeconds, and the rollout waits for that."""
    cluster = kn.Cluster(nodes=1)
    cluster.create(workload("Deployment", replicas=1, minReadySeconds=30))
    cluster.settle()
    assert cluster["deploy/web"].status["availableReplicas"] == 1
    assert cluster.api.now >= 30


def test_template_that_names_a_full_node():
    """Where the template names a Node without room, the kubelet rejects Pods, and the RC stops after some."""
    manifest = workload("ReplicationController")
    spec = manifest["spec"]["template"]["spec"]
    spec["nodeName"] = "node-1"
    spec["containers"][0]["resources"] = {"requests": {"cpu": "3"}}
    cluster = make(manifest)
    assert len(running(cluster)) == 1
    assert {pod.status["reason"] for pod in cluster.objects("pods") if pod.phase == "Failed"} == {"OutOfcpu"}


def test_old_replica_sets_are_forgotten():
    """No more old ReplicaSets are kept than revisionHistoryLimit says."""
    cluster = make(workload("Deployment", revisionHistoryLimit=2))
    for number in range(5):
        cluster.apply(workload("Deployment", image=f"nginx:2.{number}", revisionHistoryLimit=2))
        cluster.settle()
    assert len(cluster.objects("rs")) == 3
    assert cluster["deploy/web"].annotations["deployment.kubernetes.io/revision"] == "6"


def test_stateful_pods_come_in_order_and_go_in_reverse():
    """web-1 is made when web-0 is ready; scaled down, the highest number goes first."""
    cluster = kn.Cluster(nodes=3)
    cluster.create(workload("StatefulSet"))
    made = [
        change.ref for change in cluster.settle() if change.verb == "create" and change.ref.startswith("pod/")
    ]
    assert made == ["pod/web-0", "pod/web-1", "pod/web-2"]
    cluster.scale("sts/web", 1)
    gone = [
        change.ref
        for change in cluster.settle()
        if change.verb == "delete" and change.component == "statefulset-controller"
    ]
    assert gone == ["pod/web-2", "pod/web-1"]


def test_stateful_update_goes_from_the_highest_number():
    """A new template replaces web-2 first, and each waits until the one before is ready again."""
    cluster = make(workload("StatefulSet"))
    cluster.apply(workload("StatefulSet", image="nginx:1.28"))
    made = [
        change.ref for change in cluster.settle() if change.verb == "create" and change.ref.startswith("pod/")
    ]
    assert made == ["pod/web-2", "pod/web-1", "pod/web-0"]
    assert cluster["sts/web"].status["currentRevision"] == cluster["sts/web"].status["updateRevision"]


def test_stateful_pods_have_their_own_claims():
    """Each Pod of a StatefulSet gets a claim of its own, which stays when the Pod goes."""
    claim = {
        "metadata": {"name": "data"},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
    }
    several = {"replicas": 2, "podManagementPolicy": "Parallel", "volumeClaimTemplates": [claim]}
    cluster = make(
        workload("StatefulSet", **several)
    )  # in order, the second Pod waits for the first one's storage
    cluster.scale("sts/web", 0)
    cluster.settle()
    assert [item.name for item in cluster.objects("pvc")] == ["data-web-0", "data-web-1"]


def test_daemon_set_has_a_pod_on_each_node_that_fits():
    """One Pod runs on each Node except the tainted one; a cordon does not keep it away."""
    nodes = [{"metadata": {"name": f"n{number}"}} for number in range(3)]
    nodes[2]["spec"] = {"taints": [{"key": "dedicated", "value": "db", "effect": "NoSchedule"}]}
    cluster = make(nodes=nodes)
    cluster.cordon("n1")
    cluster.create(workload("DaemonSet"))
    cluster.settle()
    assert sorted(pod.node_name for pod in cluster.objects("pods")) == ["n0", "n1"]
    assert cluster["ds/web"].status["numberReady"] == 2


def test_job_is_complete_when_its_pods_have_succeeded():
    """A Job starts Pods until enough have ended with success."""
    job = workload("Job", completions=3, parallelism=2)
    job["spec"]["template"]["spec"]["restartPolicy"] = "Never"
    cluster = make(job)
    for _ in range(3):
        assert len(running(cluster)) <= 2
        cluster.crash(f"pod/{running(cluster)[0]}", exit_code=0)
        cluster.settle()
    status = cluster["job/web"].status
    assert (status["succeeded"], status.get("active")) == (3, None)
    assert [item["type"] for item in status["conditions"]] == ["SuccessCriteriaMet", "Complete"]


def test_refused_pods_are_told_and_made_later():
    """A quota that refuses Pods leaves an Event and a condition; when it is raised, the Pods come."""
    quota = {
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": {"name": "budget"},
        "spec": {"hard": {"pods": "2"}},
    }
    cluster = make(quota, workload("ReplicationController"))
    assert len(running(cluster)) == 2
    assert cluster["rc/web"].status["conditions"][0]["reason"] == "FailedCreate"
    assert reasons(cluster, "rc/web")["FailedCreate"] >= 1
    assert cluster.settle() == []
    quota["spec"]["hard"]["pods"] = "5"
    cluster.apply(quota)
    cluster.settle()
    assert len(running(cluster)) == 3
    assert "conditions" not in cluster["rc/web"].status


def test_namespace_takes_all_with_it():
    """A Namespace that is deleted is emptied first; then it is gone."""
    cluster = make({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}})
    cluster.create(workload("Deployment"), namespace="shop")
    cluster.create(service(selector={"app": "web"}), namespace="shop")
    cluster.settle()
    cluster.delete("ns/shop")
    cluster.settle()
    left = [obj for name in cluster.api.store.resources() for obj in cluster.api.list(name, "shop")]
    assert left == []
    assert "shop" not in [item.name for item in cluster.objects("ns")]


def test_many_equal_events_are_combined():
    """An object has ten Events of one kind at the most; what comes after is counted in the last of them."""
    cluster = make(workload("ReplicationController", replicas=40))
    events = [item.raw for item in cluster.objects("events") if item.raw["reason"] == "SuccessfulCreate"]
    assert len(events) == 10
    assert sum(event["count"] for event in events) == 40
    assert sum(event["message"].startswith("(combined from similar events)") for event in events) == 1


# ---- Services


def test_slices_hold_a_hundred_and_change_little():
    """250 endpoints fill three slices, and one Pod that goes changes one of them."""
    cluster = make(
        workload("ReplicationController", replicas=250), service(selector={"app": "web"}), pods=100
    )
    assert sorted(len(item.endpoints) for item in cluster.objects("endpointslices", namespace="default")) == [
        1,
        50,
        100,
        100,
    ]
    cluster.set_ready(f"pod/{running(cluster)[0]}", value=False)
    assert sum("endpointslice" in change.ref for change in cluster.settle()) == 1


def test_old_endpoints_hold_a_thousand():
    """An Endpoints object is cut off after a thousand addresses and says so; the slices have all."""
    cluster = make(
        service(selector={"app": "web"}), workload("ReplicationController", replicas=1001), nodes=5, pods=250
    )
    endpoints = cluster["ep/web"]
    assert sum(len(subset["addresses"]) for subset in endpoints.subsets) == 1000
    assert endpoints.annotations == {"endpoints.kubernetes.io/over-capacity": "truncated"}
    assert (
        sum(len(item.endpoints) for item in cluster.objects("endpointslices") if item.service == "web")
        == 1001
    )


def test_terminating_pod_still_serves():
    """A Pod that is being deleted stands in its slice as serving and terminating, and gets no new traffic."""
    cluster = make(bare("web", app="web"), service(selector={"app": "web"}))
    cluster.delete("pod/web")
    cluster.step()
    cluster.step()
    (item,) = [item for item in cluster.objects("endpointslices") if item.service == "web"]
    assert item.endpoints[0]["conditions"] == {"ready": False, "serving": True, "terminating": True}


def test_hand_made_endpoints_beside_a_selector_are_overwritten():
    """Where a Service has a selector, the controller has the last word on its Endpoints."""
    cluster = make(bare("web", app="web"), service(selector={"app": "web"}))
    cluster.apply(
        "apiVersion: v1\nkind: Endpoints\nmetadata: {name: web}\nsubsets: [{addresses: [{ip: 10.9.9.9}], ports: [{port: 1}]}]"
    )
    cluster.settle()
    (subset,) = cluster["ep/web"].subsets
    assert [address["ip"] for address in subset["addresses"]] == [cluster["pod/web"].ip]


def test_slices_stay_when_the_selector_goes():
    """A Service that loses its selector keeps the slices that it had."""
    cluster = make(bare("web", app="web"), service(selector={"app": "web"}))
    before = [item.endpoints for item in cluster.objects("endpointslices")]
    cluster.replace(service())
    cluster.settle()
    assert [item.endpoints for item in cluster.objects("endpointslices")] == before


def endpoints_of(cluster, ref):
    return [
        ([item["ip"] for item in subset.get("addresses", ())], [port["name"] for port in subset["ports"]])
        for subset in cluster[ref].subsets
    ]


def test_addresses_that_offer_the_same_ports_stand_together():
    """Where one of two Pods lacks a named port, the Endpoints list both for the port that they share."""
    both = bare("both", app="web")
    both["spec"]["containers"][0]["ports"] = [
        {"name": "http", "containerPort": 8080},
        {"name": "admin", "containerPort": 9090},
    ]
    one = bare("one", app="web")
    one["spec"]["containers"][0]["ports"] = [{"name": "http", "containerPort": 8080}]
    ports = [
        {"name": name, "port": number, "targetPort": name} for name, number in (("http", 80), ("admin", 81))
    ]
    cluster = make(both, one, service(selector={"app": "web"}, ports=ports))
    first, second = cluster["pod/both"].ip, cluster["pod/one"].ip
    assert endpoints_of(cluster, "ep/web") == [([first, second], ["http"]), ([first], ["admin"])]


def hand_made(ip="10.9.9.9", **metadata):
    ports = [{"name": "http", "port": 80}]
    subset = {"addresses": [{"ip": ip}], "ports": ports}
    return {
        "apiVersion": "v1",
        "kind": "Endpoints",
        "metadata": {"name": "web", **metadata},
        "subsets": [subset],
    }


def test_hand_made_endpoints_may_come_before_their_service():
    """Endpoints made by hand stay while their Service is missing, are mirrored when it comes, and go with it."""
    cluster = make(hand_made())
    assert endpoints_of(cluster, "ep/web") == [(["10.9.9.9"], ["http"])]
    cluster.apply(service())
    cluster.settle()
    (mirrored,) = [item for item in cluster.objects("endpointslices") if item.service == "web"]
    assert [item["addresses"] for item in mirrored.endpoints] == [["10.9.9.9"]]
    cluster.delete("svc/web")
    cluster.settle()
    assert ("endpoints", "default", "web") not in [item.key for item in cluster.objects("endpoints")]


@pytest.mark.parametrize(
    ("metadata", "count"),
    [
        ({"labels": {"endpointslice.kubernetes.io/skip-mirror": "true"}}, 0),
        ({"labels": {"endpointslice.kubernetes.io/skip-mirror": "false"}}, 1),
        ({"annotations": {"control-plane.alpha.kubernetes.io/leader": "{}"}}, 0),
    ],
)
def test_what_is_not_mirrored(metadata, count):
    """Endpoints are not mirrored that say so, nor those that are the lock of a leader election."""
    cluster = make(service(), hand_made(**metadata))
    assert len([item for item in cluster.objects("endpointslices") if item.service == "web"]) == count


def test_mirrored_slices_put_the_ports_of_an_address_together():
    """An address that stands in two subsets, each with one port, is one endpoint with both ports."""
    twice = hand_made()
    twice["subsets"].append({"addresses": [{"ip": "10.9.9.9"}], "ports": [{"name": "admin", "port": 81}]})
    cluster = make(service(), twice)
    (mirrored,) = [item for item in cluster.objects("endpointslices") if item.service == "web"]
    assert sorted(port["name"] for port in mirrored.ports) == ["admin", "http"]


# ---- Deployments whose rollout does not come to its end


def progress(cluster, ref="deploy/web"):
    (found,) = [item for item in cluster[ref].status["conditions"] if item["type"] == "Progressing"]
    return found["status"], found["reason"]


def test_a_recreate_that_is_stuck_is_not_called_complete():
    """A new ReplicaSet begins a new rollout, also where every old Pod has gone before it."""
    recreate = {"type": "Recreate"}
    cluster = make(workload("Deployment", strategy=recreate))
    assert progress(cluster) == ("True", "NewReplicaSetAvailable")
    cluster.apply(workload("Deployment", image="broken:2", strategy=recreate))
    cluster.settle()
    assert progress(cluster) == ("True", "ReplicaSetUpdated")


def test_a_rollout_without_a_single_new_pod_has_only_begun():
    """Where a quota lets no new Pod come, the rollout stays at "created new replica set"."""
    quota = {
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": {"name": "q"},
        "spec": {"hard": {"pods": "3"}},
    }
    cluster = make(quota)
    cluster.apply(workload("Deployment"))
    cluster.settle()
    cluster.apply(workload("Deployment", image="nginx:1.28"))
    cluster.settle()
    assert progress(cluster) == ("True", "NewReplicaSetCreated")


def test_an_adopted_replica_set_counts_as_progress():
    """A Deployment that takes orphans back, which never get ready, has made progress and is not complete."""
    cluster = make(workload("Deployment", image="broken:1"))
    cluster.delete("deploy/web", cascade="orphan")
    cluster.settle()
    cluster.apply(workload("Deployment", image="broken:1"))
    cluster.settle()
    assert progress(cluster) == ("True", "ReplicaSetUpdated")


def test_a_refused_replica_set_is_made_when_there_is_room():
    """A Deployment whose new ReplicaSet is refused says so, keeps its Pods, and tries again when it may."""
    quota = {
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": {"name": "q"},
        "spec": {"hard": {"count/replicasets.apps": "1"}},
    }
    cluster = make(quota)
    cluster.apply(workload("Deployment"))
    cluster.settle()
    cluster.apply(workload("Deployment", image="nginx:1.28"))
    cluster.settle()
    assert progress(cluster) == ("False", "ReplicaSetCreateError")
    assert cluster["deploy/web"].status["updatedReplicas"] == 3
    assert cluster["deploy/web"].status["readyReplicas"] == 3
    cluster.delete("quota/q")
    cluster.settle()
    assert progress(cluster) == ("True", "NewReplicaSetAvailable")


def test_a_mirror_that_is_refused_is_told_once():
    """A static Pod whose mirror the API server refuses is told of, and settling again changes nothing."""
    limits = {
        "apiVersion": "v1",
        "kind": "LimitRange",
        "metadata": {"name": "l"},
        "spec": {"limits": [{"type": "Container", "max": {"cpu": "200m"}}]},
    }
    cluster = make(limits)
    static = bare("static")
    static["spec"]["containers"][0]["resources"] = {"requests": {"cpu": "3"}}
    cluster.static_pod("node-1", static)
    counts = []
    for _ in range(3):
        cluster.settle()
        counts.append(
            [e.raw["count"] for e in cluster.objects("events") if e.raw["reason"] == "FailedMirror"]
        )
    assert counts == [[1], [1], [1]]


# ---- Nodes


def test_drained_node_is_empty():
    """Draining a Node moves its Pods elsewhere; a bare Pod must be forced."""
    cluster = make(workload("Deployment", replicas=6), nodes=2)
    cluster.drain("node-1")
    cluster.settle()
    assert {pod.node_name for pod in cluster.objects("pods")} == {"node-2"}
    cluster.create(bare("alone"))
    cluster.settle()
    with pytest.raises(kn.ClusterError, match="declare no controller"):
        cluster.drain("node-2")
    cluster.drain("node-2", force=True)
    cluster.settle()
    assert running(cluster) == []


def test_lost_node():
    """A Node that is not heard of is tainted; its Pods are made anew elsewhere, and end when it comes back."""
    cluster = make(workload("Deployment", replicas=4), service(selector={"app": "web"}), nodes=2)
    cluster.lose("node-1")
    cluster.settle()
    assert not cluster["node/node-1"].ready
    assert {taint["key"] for taint in cluster["node/node-1"].taints} == {"node.kubernetes.io/unreachable"}
    stuck = [pod for pod in cluster.objects("pods") if pod.terminating]
    assert {pod.node_name for pod in stuck} == {"node-1"}
    assert len(running(cluster)) == 4
    assert {item.pod.node_name for item in cluster.endpoints("svc/web").ready} == {"node-2"}
    cluster.recover("node-1")
    cluster.settle()
    assert cluster["node/node-1"].ready
    assert not cluster["node/node-1"].taints
    assert len(cluster.objects("pods")) == 4


def test_taint_that_evicts():
    """A NoExecute taint ends the Pods that do not tolerate it: at once, or when their patience is over."""
    patient = bare("patient")
    patient["spec"]["tolerations"] = [
        {"key": "fire", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 60}
    ]
    calm = bare("calm")
    calm["spec"]["tolerations"] = [{"key": "fire", "operator": "Exists"}]
    cluster = make(bare("plain"), patient, calm, nodes=1)
    node = cluster["node/node-1"].manifest
    node["spec"]["taints"] = [{"key": "fire", "effect": "NoExecute"}]
    began = cluster.api.now
    cluster.replace(node)
    cluster.settle()
    assert running(cluster) == ["calm"]
    ended = {
        event.raw["involvedObject"]["name"]: event.raw["count"]
        for event in cluster.objects("events")
        if event.raw["reason"] == "TaintManagerEviction"
    }
    assert ended == {"plain": 1, "patient": 1}
    assert 60 <= cluster.api.now - began < 75


def test_pods_of_a_deleted_node_go():
    """When a Node is deleted, its Pods are made anew on the others."""
    cluster = make(workload("Deployment", replicas=4), nodes=2)
    cluster.delete("node/node-1")
    cluster.settle()
    assert {pod.node_name for pod in cluster.objects("pods")} == {"node-2"}
    assert len(running(cluster)) == 4


# ---- what holds whatever one does


@pytest.mark.parametrize(
    "name", APPLICATIONS or [pytest.param("", marks=pytest.mark.skip("no folder ../shared/manifests"))]
)
def test_applications_have_their_replicas(name):
    """A loaded application has so many Pods ready as its manifests ask for, on three Nodes big enough."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        cluster = kn.load(str(MANIFESTS / name), nodes=3, cpu=64, memory="256Gi", pods=250)
    for kind in ("rc", "rs", "deploy", "sts"):
        for obj in cluster.objects(kind):
            assert obj.status.get("readyReplicas", 0) == obj.replicas, obj.ref
    for obj in cluster.objects("ds"):
        assert obj.status["numberReady"] == obj.status["desiredNumberScheduled"]


def test_copy_is_independent():
    """What is done to a copy does not reach the cluster that it was made of, and both go on alike."""
    cluster = make(workload("Deployment"), service(selector={"app": "web"}))
    other = cluster.copy()
    assert other.settle() == []
    other.scale("deploy/web", 5)
    other.settle()
    assert len(running(cluster)) == 3
    cluster.scale("deploy/web", 5)
    cluster.settle()
    assert [pod.raw for pod in cluster.objects("pods")] == [pod.raw for pod in other.objects("pods")]


def test_copy_in_the_middle():
    """A copy that was made between two steps ends in the same state."""
    cluster = kn.Cluster(nodes=3)
    cluster.create(workload("Deployment", replicas=4))
    for _ in range(3):
        cluster.step()
    other = cluster.copy()
    assert [str(change) for change in other.settle()] == [str(change) for change in cluster.settle()]
    assert [pod.raw for pod in cluster.objects("pods")] == [pod.raw for pod in other.objects("pods")]


KINDS = st.sampled_from(["ReplicationController", "ReplicaSet", "Deployment", "StatefulSet"])
NAMES = st.sampled_from(["a", "b"])
NODES = st.sampled_from(["node-1", "node-2", "node-3"])
WHICH = st.integers(0, 8)
OPERATIONS = st.one_of(
    st.tuples(
        st.just("apply"), KINDS, NAMES, st.integers(0, 4), st.sampled_from(["nginx", "nginx:2", "broken"])
    ),
    st.tuples(st.just("service"), NAMES, st.sampled_from(["ClusterIP", "NodePort"])),
    st.tuples(st.just("bare"), NAMES),
    st.tuples(st.just("big"), NAMES),
    st.tuples(st.just("delete"), KINDS, NAMES, st.sampled_from(["background", "orphan"])),
    st.tuples(st.just("delete pod"), WHICH),
    st.tuples(st.just("relabel"), WHICH, NAMES),
    st.tuples(st.just("crash"), WHICH),
    st.tuples(st.just("ready"), WHICH, st.booleans()),
    st.tuples(st.sampled_from(["cordon", "uncordon", "drain", "lose", "recover"]), NODES),
    st.tuples(st.just("settle")),
)


def perform(cluster, operation):
    verb, *what = operation
    pods = [pod for pod in cluster.objects("pods") if not pod.terminating]
    pod = pods[what[0] % len(pods)] if pods and what and isinstance(what[0], int) else None
    if verb == "settle":
        cluster.settle()
    elif verb == "apply":
        kind, name, replicas, image = what
        cluster.apply(
            workload(kind, f"{kind.lower()}-{name}", replicas, image, labels={"app": name, "of": kind})
        )
    elif verb == "service":
        cluster.apply(service(what[0], {"app": what[0]}, type=what[1]))
    elif verb == "bare":
        cluster.create(
            {**bare("x", app=what[0]), "metadata": {"generateName": "bare-", "labels": {"app": what[0]}}}
        )
    elif verb == "big":
        manifest = bare("x")
        manifest["metadata"] = {"generateName": "big-"}
        manifest["spec"]["containers"][0]["resources"] = {"requests": {"cpu": "1500m"}}
        cluster.create(manifest)
    elif verb == "delete":
        cluster.delete(f"{what[0]}/{what[0].lower()}-{what[1]}", cascade=what[2])
    elif verb in ("cordon", "uncordon", "lose", "recover"):
        getattr(cluster, verb)(what[0])
    elif verb == "drain":
        cluster.drain(what[0], force=True)
    elif pod is not None:
        {
            "delete pod": lambda: cluster.delete(f"pod/{pod.name}"),
            "relabel": lambda: cluster.label(f"pod/{pod.name}", f"app={what[-1]}"),
            "crash": lambda: cluster.crash(f"pod/{pod.name}"),
            "ready": lambda: cluster.set_ready(f"pod/{pod.name}", value=what[-1]),
        }[verb]()


def check(cluster):
    assert cluster.settle() == [], "settling again changes nothing"
    pods = [pod for pod in cluster.objects("pods") if isinstance(pod, Pod)]
    ips = [pod.ip for pod in pods if pod.ip]
    assert len(set(ips)) == len(ips), "no two Pods share an address"
    services = [item for item in cluster.objects("services") if not item.headless]
    assert len({item.cluster_ip for item in services}) == len(services)
    ports = [port.node_port for item in services for port in item.ports if port.node_port]
    assert len(set(ports)) == len(ports)
    for kind in ("rc", "rs", "sts"):
        for owner in cluster.objects(kind):
            owned = [pod for pod in pods if (pod.owner or {}).get("uid") == owner.uid and not pod.terminating]
            if kind == "sts" and not all(pod.ready for pod in owned):
                continue  # the next one waits for this one
            if kind == "sts" and "FailedCreate" in reasons(cluster, f"sts/{owner.name}"):
                continue  # a Pod that it had to release has the name that it needs
            assert len(owned) == owner.replicas or (kind == "sts" and cluster.simulation.kubelets.stopped), (
                owner.ref
            )
    for node in cluster.objects("nodes"):
        here = [
            pod for pod in pods if pod.node_name == node.name and pod.phase not in ("Succeeded", "Failed")
        ]
        there = amounts(node.allocatable)
        assert len(here) <= there["pods"]
        for name in ("cpu", "memory"):
            assert sum(pod_requests(pod.spec).get(name, 0) for pod in here) <= there[name]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(OPERATIONS, min_size=1, max_size=14))
def test_invariants(operations):
    """Whatever is done, settling ends, addresses are nobody's twice, controllers have their Pods, Nodes hold."""
    cluster = kn.Cluster(nodes=3, cpu=2, memory="4Gi", pods=8)
    for operation in operations:
        try:
            perform(cluster, operation)
        except (kn.ApiError, kn.NotFoundError, kn.ClusterError):
            continue  # what is refused changes nothing
    cluster.settle()
    check(cluster)
    for name in ("node-1", "node-2", "node-3"):
        cluster.recover(name)
    for resource in (
        "services",
        "deployments",
        "replicasets",
        "replicationcontrollers",
        "statefulsets",
        "pods",
    ):
        for obj in cluster.objects(resource):
            if obj.name != "kubernetes" and cluster.api.store.get(obj.key) is not None:
                cluster.delete(obj.ref)
        cluster.settle()
    assert cluster.objects("pods") == []
    assert cluster.simulation.pod_ips._taken == set()
    assert cluster.api.node_ports._band._taken == set()


def test_a_stateful_set_adopts_only_pods_of_its_names():
    """A Pod with fitting labels but another name stays nobody's; mysql-0, let go, is taken back."""
    c = kn.load("guestbook")
    c.label("pod/client", "app=guestbook", "tier=database", "name=mysql")
    c.settle()
    assert c["pod/client"].owner is None
    c.label("pod/mysql-0", "name=old")
    c.settle()
    assert c["pod/mysql-0"].owner is None
    c.label("pod/mysql-0", "name=mysql")
    c.settle()
    assert (c["pod/mysql-0"].owner or {}).get("name") == "mysql"


def test_a_deployment_lets_a_relabelled_replica_set_go_and_takes_it_back():
    """A ReplicaSet that the Deployment's selector finds no more is released, and another one is made."""
    c = kn.load("guestbook")
    (old,) = c.objects("rs", "track=stable")
    c.label(old.ref, "track=other")
    c.settle()
    assert c[old.ref].owner is None
    (new,) = c.objects("rs", "track=stable")
    assert new.name != old.name
    assert (new.owner or {}).get("name") == "frontend"
    c.label(old.ref, "track=stable")
    c.settle()
    assert (c[old.ref].owner or {}).get("name") == "frontend"


def test_a_pod_of_a_stateful_set_comes_back_under_its_name():
    """Sent twice with nothing between, the same Pod is no other Pod: its name was not made up."""
    c = kn.Cluster(nodes=1)
    template = "{metadata: {labels: {app: db}}, spec: {containers: [{name: main, image: 'db:1'}]}}"
    spec = f"{{replicas: 1, serviceName: db, selector: {{matchLabels: {{app: db}}}}, template: {template}}}"
    c.apply(f"{{apiVersion: apps/v1, kind: StatefulSet, metadata: {{name: db}}, spec: {spec}}}")
    c.settle()
    for _ in range(2):
        c.delete("pod/db-0")
        c.settle()
        assert [pod.name for pod in c.objects("pods")] == ["db-0"]


def test_a_daemon_set_tries_again_when_a_quota_makes_room():
    """A Pod that a quota refused is made when the quota is gone."""
    c = kn.Cluster(nodes=2)
    c.apply("{apiVersion: v1, kind: ResourceQuota, metadata: {name: few}, spec: {hard: {pods: '1'}}}")
    c.settle()
    template = "{metadata: {labels: {app: log}}, spec: {containers: [{name: main, image: 'log:1'}]}}"
    spec = f"{{selector: {{matchLabels: {{app: log}}}}, template: {template}}}"
    c.apply(f"{{apiVersion: apps/v1, kind: DaemonSet, metadata: {{name: log}}, spec: {spec}}}")
    c.settle()
    assert len(c.objects("pods")) == 1
    c.delete("quota/few")
    c.settle()
    assert len(c.objects("pods")) == 2


# ---- DaemonSets and Nodes that change

DAEMON = """
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent}
spec:
  selector: {matchLabels: {app: agent}}
  template: {metadata: {labels: {app: agent}}, spec: {containers: [{name: main, image: agent}]}}
"""


def counted(cluster):
    status = cluster["ds/agent"].status
    return status["desiredNumberScheduled"], status["currentNumberScheduled"], status["numberMisscheduled"]


def test_a_taint_that_lets_pods_stay_is_counted_when_the_daemonset_acts_again():
    """A Pod may stay on a Node with a NoSchedule taint, so nothing acts; once it is counted as misplaced, Nodes matter."""
    cluster = kn.Cluster(nodes=2)
    cluster.create(DAEMON)
    cluster.settle()
    cluster.kubectl("taint node node-1 only=gpu:NoSchedule")
    cluster.settle()
    assert counted(cluster) == (2, 2, 0)
    cluster.kubectl("annotate ds agent note=anything")
    cluster.settle()
    assert counted(cluster) == (1, 1, 1)
    cluster.kubectl("taint node node-1 only-")
    cluster.settle()
    assert counted(cluster) == (2, 2, 0)
    cluster.kubectl("taint node node-1 only=gpu:NoExecute")
    cluster.settle()
    assert counted(cluster) == (1, 1, 0)


def test_the_garbage_collector_ends_what_ran_on_a_node_that_is_gone():
    """The DaemonSet deletes only what was meant for the Node and never got there."""
    cluster = kn.Cluster(nodes=2)
    cluster.create(DAEMON)
    cluster.settle()
    before = len(cluster.api.log)
    cluster.delete("node/node-2")
    cluster.settle()
    ended = [
        change.component
        for change in cluster.api.log[before:]
        if change.verb == "delete" and "pod/" in change.ref
    ]
    assert ended == ["pod-garbage-collector"]
    assert counted(cluster) == (1, 1, 0)


@pytest.mark.parametrize(
    "kind", ["ReplicationController", "ReplicaSet", "Deployment", "StatefulSet", "DaemonSet"]
)
def test_a_controller_without_objects_of_its_own_looks_at_nothing_else(kind):
    """While there is no object of its kind, a controller is not concerned by Pods; its first object finds them all."""
    c = kn.Cluster(nodes=2)
    c.apply(bare("web-0", app="web"))
    (controller,) = [
        item for item in c.simulation.components if item.serves.partition(".")[0] == f"{kind.lower()}s"
    ]
    assert controller.serves in controller.watches
    controller.observe(c.api)
    assert not controller.queue
    assert controller.seen == c.api.store.revision
    c.settle()
    c.apply(workload(kind))
    c.settle()
    assert len(c.objects("pods", "app=web")) == {"DaemonSet": 2, "Deployment": 4}.get(kind, 3)
    if kind in ("ReplicationController", "ReplicaSet", "StatefulSet"):
        assert c["pod/web-0"].owner["kind"] == kind
