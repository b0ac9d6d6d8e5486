"""Decisions of the controllers, one by one: who goes first, who stays, how many may be away, and for how long.

Each test names the function of Kubernetes that has the rule.
"""

from __future__ import annotations

import random
from functools import cmp_to_key

import pytest

import k8snotes as kn
from k8snotes.api.base import view
from k8snotes.control_plane.bounds import BURST, MOST_PODS, Unrest
from k8snotes.control_plane.changes import Change
from k8snotes.control_plane.controllers.daemonset import _bounds, _oldest
from k8snotes.control_plane.controllers.disruption import scaled
from k8snotes.control_plane.controllers.node_lifecycle import _patience
from k8snotes.control_plane.controllers.pods import active, deletion_order
from k8snotes.control_plane.etcd import Store
from k8snotes.control_plane.naming import timestamp

DRAW = random.Random(3)  # noqa: S311  # a draw, no secret


def pod(
    name="p", node="n1", phase="Running", *, ready=None, created=0, restarts=(), cost=None, gone=False, **spec
):
    """Return a Pod; `ready` is since when it is ready, None: it is not."""
    meta = {"name": name, "namespace": "default", "uid": f"u-{name}", "creationTimestamp": timestamp(created)}
    if cost is not None:
        meta["annotations"] = {"controller.kubernetes.io/pod-deletion-cost": cost}
    if gone:
        meta["deletionTimestamp"] = timestamp(created)
    status = {"phase": phase, "containerStatuses": [{"restartCount": count} for count in restarts]}
    status["conditions"] = [
        {
            "type": "Ready",
            "status": "False" if ready is None else "True",
            "lastTransitionTime": timestamp(ready or 0),
        }
    ]
    spec = {"nodeName": node, "containers": [{"name": "main", "image": "a:1"}], **spec}
    return view({"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": spec, "status": status})


# --- who goes first


def less(ranks):
    """Return `ActivePodsWithRanks.Less` as a comparison."""

    def before(a, b):
        if bool(a.node_name) != bool(b.node_name):
            return not a.node_name
        phases = {"Pending": 0, "Unknown": 1, "Running": 2}
        if phases[a.phase] != phases[b.phase]:
            return phases[a.phase] < phases[b.phase]
        if a.ready != b.ready:
            return not a.ready
        if cost(a) != cost(b):
            return cost(a) < cost(b)
        if ranks[a.node_name] != ranks[b.node_name]:
            return ranks[a.node_name] > ranks[b.node_name]
        since = [item.condition("Ready")["lastTransitionTime"] for item in (a, b)]
        if since[0] != since[1]:
            return since[0] > since[1]
        count = [max((c["restartCount"] for c in p.status["containerStatuses"]), default=0) for p in (a, b)]
        if count[0] != count[1]:
            return count[0] > count[1]
        born = [item.metadata["creationTimestamp"] for item in (a, b)]
        return born[0] > born[1] if born[0] != born[1] else a.name < b.name

    return cmp_to_key(lambda a, b: -1 if before(a, b) else 1)


def cost(item):
    text = item.annotations.get("controller.kubernetes.io/pod-deletion-cost", "0")
    return int(text) if text.lstrip("-").isdigit() else 0


def test_who_goes_first_when_there_are_too_many():
    """`ActivePodsWithRanks`: every pair of Pods, with each property drawn by itself."""
    for _ in range(200):
        pods = [
            pod(
                f"p{i}",
                DRAW.choice(["", "n1", "n1", "n2"]),
                DRAW.choice(["Running"] * 4 + ["Pending", "Unknown"]),
                ready=DRAW.choice([None, 5, 5, 6]),
                created=DRAW.choice([1, 2]),
                restarts=DRAW.choice([(), (0,), (1, 0), (0, 2)]),
                cost=DRAW.choice([None, None, "0", "-1", "7", "x"]),
            )
            for i in range(5)
        ]
        ranks = {node: sum(item.node_name == node for item in pods) for node in ("", "n1", "n2")}
        wanted = [item.name for item in sorted(pods, key=less(ranks))]
        assert [item.name for item in deletion_order(pods)] == wanted


@pytest.mark.parametrize(
    ("item", "counts"),
    [
        (pod(), True),
        (pod(phase="Pending"), True),
        (pod(phase="Succeeded"), False),
        (pod(phase="Failed"), False),
        (pod(gone=True), False),
    ],
)
def test_which_pod_counts_as_a_replica(item, counts):
    """`IsPodActive`."""
    assert active(item) is counts


def test_pods_that_have_ended_do_not_crowd_a_node():
    """Only active Pods count among those of their Node (`getPodsRankedByRelatedPodsOnSameNode`)."""
    crowd = [pod(f"gone{i}", "n2", ready=5, gone=True) for i in range(3)]
    pair, alone = [pod(f"pair{i}", "n1", ready=5) for i in range(2)], pod("alone", "n2", ready=5)
    names = [item.name for item in deletion_order([alone, *pair, *crowd])]
    assert names.index("pair0") < names.index("alone")


# --- patience with taints

FIRE, FLOOD = {"key": "fire", "effect": "NoExecute"}, {"key": "flood", "effect": "NoExecute"}


def tolerating(key, seconds=None):
    entry = {"key": key, "operator": "Exists"}
    return entry if seconds is None else {**entry, "tolerationSeconds": seconds}


@pytest.mark.parametrize(
    ("tolerations", "taints", "seconds"),
    [
        ([], [FIRE], 0),
        ([tolerating("flood")], [FIRE], 0),
        ([tolerating("fire")], [FIRE], None),
        ([tolerating("fire", 60)], [FIRE], 60),
        ([tolerating("fire", 0)], [FIRE], 0),
        ([tolerating("fire", -5)], [FIRE], 0),
        ([tolerating("fire", 60), tolerating("fire", 30)], [FIRE], 30),
        ([tolerating("fire", 60), tolerating("fire")], [FIRE], 60),
        ([tolerating("fire")], [FIRE, FLOOD], 0),
        ([tolerating("fire", 60), tolerating("flood", 90)], [FIRE, FLOOD], 60),
        ([tolerating("fire"), tolerating("flood", 90)], [FIRE, FLOOD], 90),
        ([tolerating("fire"), tolerating("flood")], [FIRE, FLOOD], None),
    ],
)
def test_for_how_long_taints_are_tolerated(tolerations, taints, seconds):
    """`getMinTolerationTime`: the least of those that are used; 0 where one taint is not tolerated at all."""
    assert _patience(pod(tolerations=tolerations), taints) == seconds


def quiet(cluster, seconds):
    """Let so many seconds pass."""
    simulation = cluster.simulation
    until = simulation.api.now + seconds
    while True:
        while simulation._act():
            pass
        alarm = simulation._next_alarm()
        if alarm is None or alarm > until:
            simulation.api.now = max(simulation.api.now, until)
            return
        simulation.api.now = max(simulation.api.now, alarm)


POD = "{apiVersion: v1, kind: Pod, metadata: {name: %s, labels: {app: web}%s}, spec: {%s containers: [{name: main, image: 'a:1'}]}}"


def test_a_silent_node_is_marked_after_fifty_seconds():
    """--node-monitor-grace-period: neither before, nor much later; then its Pods have 300 seconds."""
    cluster = kn.Cluster(nodes=2)
    cluster.apply(POD % ("web", "", "nodeName: node-1,"))
    cluster.settle()
    cluster.lose("node-1")
    quiet(cluster, 45)
    assert cluster["node/node-1"].ready
    assert cluster["node/node-1"].taints == ()
    quiet(cluster, 10)
    assert not cluster["node/node-1"].ready
    assert sorted((t["key"], t["effect"], "timeAdded" in t) for t in cluster["node/node-1"].taints) == [
        ("node.kubernetes.io/unreachable", "NoExecute", True),
        ("node.kubernetes.io/unreachable", "NoSchedule", True),
    ]
    assert not cluster["pod/web"].ready
    added = {t["timeAdded"] for t in cluster["node/node-1"].taints}
    quiet(cluster, 285)
    assert not cluster["pod/web"].terminating
    assert {t["timeAdded"] for t in cluster["node/node-1"].taints} == added
    quiet(cluster, 20)
    assert cluster["pod/web"].terminating


def test_a_cordoned_node_has_its_taint_as_long_as_it_is_cordoned():
    """The taint unschedulable follows the field; a taint of the reader's stays as it is."""
    cluster = kn.Cluster(nodes=1)
    cluster.kubectl("taint node node-1 mine=1:NoSchedule")
    cluster.cordon("node-1")
    cluster.settle()
    own = {"key": "mine", "value": "1", "effect": "NoSchedule"}
    cordon = {"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"}
    assert cluster["node/node-1"].taints == (own, cordon)
    cluster.uncordon("node-1")
    cluster.settle()
    assert cluster["node/node-1"].taints == (own,)


def test_the_pods_of_a_deleted_node_go_after_forty_seconds():
    """`quarantineTime` of pkg/controller/podgc: a Node that comes back soon enough keeps them."""
    cluster = kn.Cluster(nodes=2)
    cluster.apply(POD % ("web", "", "nodeName: node-1,"))
    cluster.settle()
    cluster.delete("node/node-1")
    quiet(cluster, 35)
    assert [item.name for item in cluster.objects("pods")] == ["web"]
    quiet(cluster, 15)
    assert cluster.objects("pods") == []


# --- budgets

DEPLOYMENT = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: %d
  selector: {matchLabels: {app: web}}
  template: {metadata: {labels: {app: web}}, spec: {containers: [{name: main, image: "a:1"}]}}
"""
BUDGET = "{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: b}, spec: {%s, selector: {matchLabels: {app: web}}}}"


@pytest.mark.parametrize(
    ("amount", "total", "share"),
    [
        (2, 5, 2),
        (0, 5, 0),
        (9, 5, 9),
        ("0%", 5, 0),
        ("1%", 5, 1),
        ("20%", 5, 1),
        ("21%", 5, 2),
        ("100%", 5, 5),
        ("50%", 0, 0),
    ],
)
def test_a_share_is_rounded_up(amount, total, share):
    """`GetScaledValueFromIntOrPercent` with roundUp."""
    assert scaled(amount, total) == share


@pytest.mark.parametrize(
    ("field", "replicas", "unready", "status"),
    [  # expectedPods, desiredHealthy, currentHealthy, disruptionsAllowed
        ("minAvailable: 2", 3, 0, (3, 2, 3, 1)),
        ("minAvailable: 2", 3, 1, (3, 2, 2, 0)),
        ("minAvailable: 2", 3, 2, (3, 2, 1, 0)),
        ("minAvailable: 0", 3, 0, (3, 0, 3, 3)),
        ("minAvailable: 9", 3, 0, (3, 9, 3, 0)),
        ("minAvailable: 50%", 3, 0, (3, 2, 3, 1)),
        ("minAvailable: 100%", 3, 0, (3, 3, 3, 0)),
        ("maxUnavailable: 1", 3, 0, (3, 2, 3, 1)),
        ("maxUnavailable: 1", 3, 1, (3, 2, 2, 0)),
        ("maxUnavailable: 0", 3, 0, (3, 3, 3, 0)),
        ("maxUnavailable: 9", 3, 0, (3, 0, 3, 3)),
        ("maxUnavailable: 30%", 3, 0, (3, 2, 3, 1)),
        ("maxUnavailable: 1", 0, 0, (0, 0, 0, 0)),
        ("minAvailable: 0", 0, 0, (0, 0, 0, 0)),
    ],
)
def test_how_many_may_be_away(field, replicas, unready, status):
    """`updatePdbStatus`: what the makers want, what has to be healthy, what is, and the difference."""
    cluster = kn.Cluster(nodes=1)
    cluster.apply(DEPLOYMENT % replicas)
    cluster.settle()
    for item in cluster.objects("pods")[:unready]:
        cluster.set_ready(item.ref, value=False)
    cluster.apply(BUDGET % field)
    cluster.settle()
    found = cluster["pdb/b"].status
    fields = ("expectedPods", "desiredHealthy", "currentHealthy", "disruptionsAllowed")
    assert tuple(found[name] for name in fields) == status
    (allowed,) = found["conditions"]
    assert (allowed["status"], allowed["reason"]) == (
        ("True", "SufficientPods") if status[3] else ("False", "InsufficientPods")
    )
    reasons = [event.raw["reason"] for event in cluster.objects("events")]
    assert ("NoPods" in reasons) == (replicas == 0)


def test_pods_without_a_maker():
    """A plain number needs no maker; a share of Pods that nobody scales is said to be unmanaged."""
    for field, expected in (("minAvailable: 1", 2), ("minAvailable: 50%", 0), ("maxUnavailable: 1", 0)):
        cluster = kn.Cluster(nodes=1)
        for name in "ab":
            cluster.apply(POD % (name, "", ""))
        cluster.apply(BUDGET % field)
        cluster.settle()
        assert cluster["pdb/b"].status["expectedPods"] == expected
        assert cluster["pdb/b"].status["disruptionsAllowed"] == (1 if expected else 0)
        told = [event.raw["reason"] for event in cluster.objects("events")]
        assert ("UnmanagedPods" in told) == (expected == 0)


@pytest.mark.parametrize(
    ("field", "ready", "policy", "answer"),
    [
        ("minAvailable: 1", 3, "", ""),
        ("minAvailable: 3", 3, "", "needs 3 healthy pods and has 3 currently"),
        ("minAvailable: 3", 2, "", "needs 3 healthy pods and has 2 currently"),
        ("minAvailable: 2", 2, "", ""),  # the one that is not ready serves nobody
        ("minAvailable: 3", 2, "AlwaysAllow", ""),
        ("minAvailable: 3", 2, "IfHealthyBudget", "needs 3 healthy pods and has 2 currently"),
        ("maxUnavailable: 0", 3, "", "needs 3 healthy pods and has 3 currently"),
        ("maxUnavailable: 1", 2, "", ""),
    ],
)
def test_an_eviction_asks_the_budget(field, ready, policy, answer):
    """`EvictionREST.Create`: the first Pod, which is not ready where fewer than three are, goes or does not."""
    cluster = kn.Cluster(nodes=1)
    cluster.apply(DEPLOYMENT % 3)
    cluster.settle()
    first = cluster.objects("pods")[0].ref
    if ready < 3:
        cluster.set_ready(first, value=False)
    policy = f", unhealthyPodEvictionPolicy: {policy}" if policy else ""
    cluster.apply(BUDGET % f"{field}{policy}")
    cluster.settle()
    if not answer:
        allowed = cluster["pdb/b"].status["disruptionsAllowed"]
        cluster.evict(first)
        counted = ready == 3
        assert cluster["pdb/b"].status["disruptionsAllowed"] == allowed - counted
        assert len(cluster["pdb/b"].status.get("disruptedPods", {})) == counted
        return
    with pytest.raises(kn.ApiError) as caught:
        cluster.evict(first)
    assert caught.value.code == 429
    assert answer in str(caught.value.causes)
    assert len(cluster.objects("pods")) == 3


def test_an_eviction_that_nobody_has_seen_ends_after_two_minutes():
    """`DeletionTimeout`: a Pod that is evicted and not deleted counts as away for 120 seconds, and no longer."""
    cluster = kn.Cluster(nodes=1)
    cluster.apply(DEPLOYMENT % 3)
    cluster.apply(BUDGET % "minAvailable: 1")
    cluster.settle()
    budget, name = cluster["pdb/b"], cluster.objects("pods")[0].name
    status = {**budget.status, "disruptedPods": {name: cluster.api.timestamp}}
    cluster.api.update_status(budget, status, by="test", why="test")
    quiet(cluster, 110)
    assert (cluster["pdb/b"].status["currentHealthy"], list(cluster["pdb/b"].status["disruptedPods"])) == (
        2,
        [name],
    )
    quiet(cluster, 15)
    assert (cluster["pdb/b"].status["currentHealthy"], "disruptedPods" in cluster["pdb/b"].status) == (
        3,
        False,
    )
    (told,) = [event.raw for event in cluster.objects("events") if event.raw["reason"] == "NotDeleted"]
    assert (told["involvedObject"]["name"], told["type"], told["message"]) == (
        name,
        "Warning",
        "Pod was expected by PDB default/default to be deleted but it wasn't",
    )


def messages(cluster, reason):
    return [event.raw["message"] for event in cluster.objects("events") if event.raw["reason"] == reason]


@pytest.mark.parametrize("budget", ["", "maxUnavailable: 1"])
def test_an_evicted_pod_says_so(budget):
    """`addConditionAndDeletePod`: with a budget or without, the Pod gets the condition DisruptionTarget first."""
    cluster = kn.Cluster(nodes=1)
    cluster.apply(DEPLOYMENT % 2)
    if budget:
        cluster.apply(BUDGET % budget)
    cluster.settle()
    first = cluster.objects("pods")[0].ref
    cluster.evict(first)
    target = cluster[first].condition("DisruptionTarget")
    assert (target["status"], target["reason"], target["message"]) == (
        "True",
        "EvictionByEvictionAPI",
        "Eviction API: evicting",
    )
    if budget:  # the API server says itself that no further Pod may go
        allowed = cluster["pdb/b"].condition("DisruptionAllowed")
        assert (allowed["status"], allowed["reason"]) == ("False", "InsufficientPods")


def test_a_budget_of_nothing_keeps_the_last_pod_that_is_not_ready():
    """With desiredHealthy 0, a Pod that is not ready counts as any other: none may go where none is healthy."""
    cluster = kn.Cluster(nodes=1)
    cluster.apply(DEPLOYMENT % 1)
    cluster.settle()
    (lonely,) = cluster.objects("pods")
    cluster.set_ready(lonely.ref, value=False)
    cluster.apply(BUDGET % "minAvailable: 0")
    cluster.settle()
    with pytest.raises(kn.ApiError) as refused:
        cluster.evict(lonely.ref)
    assert (
        refused.value.causes[0].message == "The disruption budget b needs 0 healthy pods and has 0 currently"
    )


@pytest.mark.parametrize("state", ["Pending", "Succeeded", "Failed", "terminating"])
def test_pods_that_no_budget_guards(state):
    """`canIgnorePDB`: Pods that are Pending, have ended, or are on their way out; not even several budgets matter."""
    cluster = kn.Cluster(nodes=1)
    held = ", finalizers: [h.example/keep]" if state == "terminating" else ""
    cluster.apply(
        POD
        % (
            "p",
            held,
            "restartPolicy: Never, nodeSelector: {a: b}," * (state == "Pending") or "restartPolicy: Never,",
        )
    )
    for name in "bc":
        cluster.apply((BUDGET % "maxUnavailable: 0").replace("name: b", f"name: {name}"))
    cluster.settle()
    if state in ("Succeeded", "Failed"):
        cluster.crash("pod/p", exit_code=int(state == "Failed"))
    elif state == "terminating":
        cluster.delete("pod/p")
    cluster.settle()
    cluster.evict("pod/p")
    left = cluster.objects("pods")
    assert not left or left[0].terminating


def test_an_evicted_pod_that_is_held_no_longer_counts():
    """Once it is on its way out, it is neither healthy nor expected to be deleted."""
    cluster = kn.Cluster(nodes=1)
    cluster.apply(POD % ("p", ", finalizers: [h.example/keep]", ""))
    cluster.apply(POD % ("q", "", ""))
    cluster.apply(BUDGET % "minAvailable: 1")
    cluster.settle()
    cluster.evict("pod/p")
    assert list(cluster["pdb/b"].disrupted) == ["p"]
    cluster.settle()
    budget = cluster["pdb/b"]
    assert (budget.expected, budget.healthy, budget.allowed, budget.disrupted) == (2, 1, 0, {})


def test_a_refused_eviction_changes_nothing():
    """The Pod gets no condition, and the budget is not spent."""
    cluster = kn.Cluster(nodes=1)
    cluster.apply(DEPLOYMENT % 1)
    cluster.apply(BUDGET % "maxUnavailable: 0")
    cluster.settle()
    first = cluster.objects("pods")[0]
    with pytest.raises(kn.ApiError):
        cluster.evict(first.ref)
    assert cluster[first.ref].raw == first.raw
    assert "disruptedPods" not in cluster["pdb/b"].status


@pytest.mark.parametrize(
    ("condition", "healthy", "detail"),
    [
        (
            ("False", "SyncFailed", "hoge"),
            (4, 3),
            "does not allow evicting pods currently because it failed sync: hoge",
        ),
        (("False", "SyncFailed", ""), (3, 3), "needs 3 healthy pods and has 3 currently"),
        (("True", "SyncFailed", "hoge"), (4, 3), "does not allow evicting pods currently"),
        (("False", "Bar", "hoge"), (2, 3), "needs 3 healthy pods and has 2 currently"),
        (("False", "Bar", "hoge"), (4, 3), "does not allow evicting pods currently (Bar): hoge"),
        (("False", "Bar", ""), (4, 3), "does not allow evicting pods currently"),
    ],
)
def test_why_a_budget_refuses(condition, healthy, detail):
    """`checkAndDecrement`: a failed sync comes first, then the numbers, then what the condition says."""
    cluster = kn.Cluster(nodes=1)
    cluster.apply(DEPLOYMENT % 1)
    cluster.apply(BUDGET % "maxUnavailable: 0")
    cluster.settle()
    budget = cluster["pdb/b"]
    names = ("status", "reason", "message")
    said = {"type": "DisruptionAllowed", **dict(zip(names, condition, strict=True))}
    numbers = {"currentHealthy": healthy[0], "desiredHealthy": healthy[1]}
    status = {**budget.status, **numbers, "conditions": [said]}
    cluster.api.update_status(budget, status, by="test", why="test")
    with pytest.raises(kn.ApiError) as refused:
        cluster.evict(cluster.objects("pods")[0].ref)
    assert refused.value.causes[0].message == f"The disruption budget b {detail}"


def test_a_budget_of_pods_whose_number_nobody_can_say():
    """`failSafe`: nothing may go, and as the generation does not count as seen, evictions are refused for that."""
    cluster = kn.Cluster(nodes=1)
    cluster.apply(
        "{apiVersion: batch/v1, kind: Job, metadata: {name: j}, spec: {template: {metadata: {labels: {app: web}}, "
        "spec: {restartPolicy: Never, containers: [{name: a, image: 'web:1'}]}}}}"
    )
    cluster.apply(BUDGET % "maxUnavailable: 1")
    cluster.settle()
    why = "jobs.batch does not implement the scale subresource"
    allowed = cluster["pdb/b"].condition("DisruptionAllowed")
    assert (allowed["status"], allowed["reason"], allowed["message"]) == ("False", "SyncFailed", why)
    assert "observedGeneration" not in allowed
    assert "observedGeneration" not in cluster["pdb/b"].status
    assert messages(cluster, "CalculateExpectedPodCountFailed") == [
        f"Failed to calculate the number of expected pods: {why}"
    ]
    with pytest.raises(kn.ApiError) as refused:
        cluster.evict(cluster.objects("pods")[0].ref)
    assert refused.value.causes[0].message == (
        "The disruption budget b is still being processed by the server."
    )


@pytest.mark.parametrize(
    ("owner", "expected", "failure"),
    [
        ("apiVersion: apps/v1, kind: ReplicaSet, name: web, uid: %s", 2, ""),
        (
            "apiVersion: acme.example/v1, kind: Robot, name: r, uid: x",
            0,
            'no matches for kind "Robot" in version "acme.example/v1"',
        ),
        (
            "apiVersion: apps/v1, kind: DaemonSet, name: d, uid: x",
            0,
            "daemonsets.apps does not implement the scale subresource",
        ),
        (
            "apiVersion: apps/v1, kind: ReplicaSet, name: web, uid: other",
            0,
            'found no controllers for pod "p"',
        ),
    ],
)
def test_who_says_how_many_pods_there_are(owner, expected, failure):
    """`finders`: the Pod's owner, if it can be scaled; a ReplicaSet that another kind owns speaks for itself."""
    cluster = kn.Cluster(nodes=1)
    cluster.apply(
        "{apiVersion: apps/v1, kind: ReplicaSet, metadata: {name: web, ownerReferences: [{apiVersion: acme.example/v1, "
        "kind: Robot, name: r, uid: x, controller: true}]}, spec: {replicas: 2, selector: {matchLabels: {app: web}}, "
        "template: {metadata: {labels: {app: web}}, spec: {containers: [{name: a, image: 'a:1'}]}}}}"
    )
    uid = cluster["rs/web"].uid
    owner = owner % uid if "%" in owner else owner
    cluster.apply(POD % ("p", f", ownerReferences: [{{{owner}, controller: true}}]", ""))
    cluster.apply(BUDGET % "minAvailable: 50%")
    controllers = {item.name: item for item in cluster.simulation.components}
    controllers["disruption-controller"].run(cluster.api)
    found = cluster["pdb/b"]
    assert found.expected == expected
    told = found.condition("DisruptionAllowed")
    assert (told["reason"] == "SyncFailed", told["message"]) == (bool(failure), failure)


CUSTOM = """
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: robots.acme.example}
spec:
  group: acme.example
  scope: Namespaced
  names: {kind: Robot, plural: robots, singular: robot}
  versions:
  - name: v1
    served: true
    storage: true
    subresources: {%s}
    schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
"""


@pytest.mark.parametrize(
    ("subresources", "expected", "failure"),
    [
        ("scale: {specReplicasPath: .spec.size.wanted, statusReplicasPath: .status.replicas}", 4, ""),
        ("", 0, "robots.acme.example does not implement the scale subresource"),
    ],
)
def test_a_kind_that_a_definition_brings_may_say_how_many_pods_there_are(subresources, expected, failure):
    """`getScaleController`: through the subresource scale of its definition."""
    cluster = kn.Cluster(nodes=1)
    cluster.apply(CUSTOM % subresources)
    cluster.apply(
        "{apiVersion: acme.example/v1, kind: Robot, metadata: {name: r}, spec: {size: {wanted: 4}}}"
    )
    (robot,) = cluster.objects("robots")
    owner = f"apiVersion: acme.example/v1, kind: Robot, name: r, uid: {robot.uid}, controller: true"
    cluster.apply(POD % ("p", f", ownerReferences: [{{{owner}}}]", ""))
    cluster.apply(BUDGET % "maxUnavailable: 25%")
    cluster.settle()
    found = cluster["pdb/b"]
    assert (found.expected, found.desired_healthy) == (expected, 3 * bool(expected))
    assert found.condition("DisruptionAllowed")["message"] == failure


def test_unmanaged_pods_are_told_of():
    """The Event prints the selector as Go prints it."""
    cluster = kn.Cluster(nodes=1)
    cluster.apply(POD % ("p", "", ""))
    cluster.apply(BUDGET % "maxUnavailable: 1")
    cluster.settle()
    assert messages(cluster, "UnmanagedPods") == [
        (
            "Pods selected by this PodDisruptionBudget (selector: &LabelSelector{MatchLabels:map[string]string{app: web,},"
            "MatchExpressions:[]LabelSelectorRequirement{},}) were found to be unmanaged. As a result, the status of the "
            "PDB cannot be calculated correctly, which may result in undefined behavior. To account for these pods please "
            'set ".spec.minAvailable" field of the PDB to an integer value.'
        )
    ]


def test_a_pod_with_several_budgets_is_told_of():
    """`getPdbForPod`: the Event is left when the Pod changes, and the Eviction API refuses with an internal error."""
    cluster = kn.Cluster(nodes=1)
    cluster.apply(POD % ("p", "", ""))
    for name in "ba":
        cluster.apply((BUDGET % "minAvailable: 0").replace("name: b", f"name: {name}"))
    cluster.settle()
    with pytest.raises(kn.ApiError) as refused:
        cluster.evict("pod/p")
    assert (refused.value.code, refused.value.message) == (
        500,
        "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.",
    )
    cluster.set_ready("pod/p", value=False)
    cluster.settle()
    assert set(messages(cluster, "MultiplePodDisruptionBudgets")) == {
        'Pod "default"/"p" matches multiple PodDisruptionBudgets.  Chose "a" arbitrarily.'
    }
    assert [cluster[f"pdb/{name}"].healthy for name in "ab"] == [0, 0]


def test_only_the_budgets_of_a_pod_look_at_its_changes():
    """Another budget is not counted anew, and so does not say again that it finds no Pods; nor is one that loses its Pod.

    `updatePod` in k8s.io/kubernetes/pkg/controller/disruption: it looks only at the labels that the Pod has now.
    """
    cluster = kn.Cluster(nodes=1)
    cluster.apply(POD % ("p", "", ""))
    cluster.apply(BUDGET % "minAvailable: 1")
    cluster.apply(
        (BUDGET % "minAvailable: 1").replace("name: b", "name: none").replace("app: web", "app: none")
    )
    cluster.settle()
    (before,) = [event.raw["count"] for event in cluster.objects("events") if event.raw["reason"] == "NoPods"]
    cluster.set_ready("pod/p", value=False)
    cluster.settle()
    (after,) = [event.raw["count"] for event in cluster.objects("events") if event.raw["reason"] == "NoPods"]
    assert before == after
    cluster.label("pod/p", "app=other")
    cluster.settle()
    assert (cluster["pdb/b"].expected, len(messages(cluster, "NoPods"))) == (1, 1)
    cluster.label("pod/p", "app=none")
    cluster.settle()
    assert (cluster["pdb/none"].expected, cluster["pdb/b"].expected) == (1, 1)


def test_a_budget_asks_how_many_pods_are_wanted_only_when_a_pod_changes():
    """The disruption controller watches no workloads: where a quota refuses the Pods, its numbers stay as they are."""
    cluster = kn.Cluster(nodes=1)
    cluster.apply(DEPLOYMENT % 3)
    cluster.apply(BUDGET % "maxUnavailable: 1")
    cluster.apply("{apiVersion: v1, kind: ResourceQuota, metadata: {name: q}, spec: {hard: {pods: '3'}}}")
    cluster.settle()
    counted = cluster["pdb/b"].status
    assert (counted["expectedPods"], counted["desiredHealthy"]) == (3, 2)
    cluster.scale("deploy/web", 6)
    cluster.settle()
    assert cluster["pdb/b"].status == counted
    cluster.set_ready(cluster.objects("pods")[0].ref, value=False)
    cluster.settle()
    assert (cluster["pdb/b"].expected, cluster["pdb/b"].desired_healthy) == (6, 5)


# --- DaemonSets


@pytest.mark.parametrize(
    ("strategy", "nodes", "bounds"),
    [
        ({}, 10, (1, 0)),
        ({"rollingUpdate": {}}, 10, (1, 0)),
        ({"rollingUpdate": {"maxUnavailable": 3}}, 10, (3, 0)),
        ({"rollingUpdate": {"maxUnavailable": "25%"}}, 10, (3, 0)),
        ({"rollingUpdate": {"maxUnavailable": "20%"}}, 10, (2, 0)),
        ({"rollingUpdate": {"maxUnavailable": "1%"}}, 10, (1, 0)),
        ({"rollingUpdate": {"maxUnavailable": "0%", "maxSurge": "0%"}}, 10, (1, 0)),
        ({"rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1}}, 10, (0, 1)),
        ({"rollingUpdate": {"maxUnavailable": 0, "maxSurge": "25%"}}, 10, (0, 3)),
        ({"rollingUpdate": {"maxUnavailable": 0, "maxSurge": "50%"}}, 1, (0, 1)),
        ({"type": "OnDelete", "rollingUpdate": {"maxUnavailable": 3}}, 10, (0, 0)),
    ],
)
def test_the_bounds_of_a_daemon_sets_update(strategy, nodes, bounds):
    """`updatedDesiredNodeCounts`: shares of all Nodes, rounded up; one may lack where both come to nothing."""
    owner = view(
        {
            "apiVersion": "apps/v1",
            "kind": "DaemonSet",
            "metadata": {"name": "d"},
            "spec": {"updateStrategy": strategy},
        }
    )
    assert _bounds(owner, nodes) == bounds


def test_which_of_several_pods_on_a_node_stays():
    """`podByCreationTimestampAndPhase`: one that has the Node, then one that is ready, then the older."""
    rows = [
        pod("a", ready=5, created=1),
        pod("b", ready=5, created=2),
        pod("c", created=0),
        pod("d", created=1),
        pod("e", node="", ready=5, created=0),
    ]
    assert [item.name for item in sorted(DRAW.sample(rows, 5), key=_oldest)] == list("abcde")


DAEMONS = """
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: d}
spec:
  %s
  selector: {matchLabels: {app: web}}
  template: {metadata: {labels: {app: web}}, spec: {%s containers: [{name: main, image: "a:%d"}]}}
"""


def daemons(cluster):
    return [item for item in cluster.objects("pods", "app=web") if not item.terminating]


def images(cluster):
    return sorted(item.spec["containers"][0]["image"] for item in daemons(cluster))


def test_a_daemon_set_has_one_pod_on_each_node_and_adopts_one():
    """A Pod too many goes, the older stays, and the status counts Nodes."""
    cluster = kn.Cluster(nodes=3)
    for name in ("one", "two"):
        cluster.apply(POD % (name, "", "nodeName: node-1,"))
    cluster.settle()
    cluster.apply(DAEMONS % ("updateStrategy: {type: OnDelete}", "", 1))
    cluster.settle()
    assert sorted(item.node_name for item in daemons(cluster)) == ["node-1", "node-2", "node-3"]
    assert "one" in {item.name for item in daemons(cluster)}
    status = cluster["ds/d"].status
    fields = (
        "desiredNumberScheduled",
        "currentNumberScheduled",
        "numberMisscheduled",
        "numberReady",
        "numberAvailable",
    )
    assert [status[name] for name in fields] == [3, 3, 0, 3, 3]
    assert "numberUnavailable" not in status


@pytest.mark.parametrize(
    ("effect", "left", "misplaced"), [("NoSchedule", 2, 1), ("NoExecute", 1, 0), ("PreferNoSchedule", 2, 0)]
)
def test_a_taint_keeps_daemons_away_or_drives_them_off(effect, left, misplaced):
    """`NodeShouldRunDaemonPod`: NoSchedule keeps new ones away and lets the old stay, which is then misplaced."""
    cluster = kn.Cluster(nodes=2)
    cluster.apply(DAEMONS % ("", "", 1))
    cluster.settle()
    cluster.kubectl(f"taint node node-1 mine=1:{effect}")
    cluster.settle()
    cluster.kubectl("annotate ds d looked=again")  # a Node's change alone lets nothing be counted anew
    cluster.settle()
    assert (len(daemons(cluster)), cluster["ds/d"].status["numberMisscheduled"]) == (left, misplaced)
    wanted = 2 if effect == "PreferNoSchedule" else 1
    assert cluster["ds/d"].status["desiredNumberScheduled"] == wanted


def test_a_node_that_does_not_match_any_more_loses_its_daemon():
    """A nodeSelector is looked at again when labels change."""
    cluster = kn.Cluster(nodes=2)
    cluster.apply(DAEMONS % ("", "nodeSelector: {disk: ssd},", 1))
    cluster.settle()
    assert daemons(cluster) == []
    cluster.label("node/node-1", "disk=ssd")
    cluster.settle()
    assert [item.node_name for item in daemons(cluster)] == ["node-1"]
    cluster.label("node/node-1", "disk=hdd")
    cluster.settle()
    assert daemons(cluster) == []


@pytest.mark.parametrize(
    ("strategy", "broken_after"),
    [
        ("updateStrategy: {rollingUpdate: {maxUnavailable: 1}}", 1),
        ("updateStrategy: {rollingUpdate: {maxUnavailable: 2}}", 2),
        ("updateStrategy: {rollingUpdate: {maxUnavailable: 50%}}", 2),
        ("updateStrategy: {rollingUpdate: {maxUnavailable: 0, maxSurge: 1}}", 1),
        ("updateStrategy: {type: OnDelete}", 0),
    ],
)
def test_an_update_that_gets_stuck_spoils_no_more_than_it_may(strategy, broken_after):
    """`rollingUpdate`: new Pods that never get ready hold it up; the others go on with the old template."""
    cluster = kn.Cluster(nodes=4)
    cluster.apply(DAEMONS % (strategy, "", 1))
    cluster.settle()
    cluster.apply((DAEMONS % (strategy, "", 2)).replace("a:2", "broken:2"))
    cluster.settle()
    surges = "maxSurge" in strategy
    assert images(cluster).count("broken:2") == broken_after
    assert images(cluster).count("a:1") == 4 - (0 if surges else broken_after)
    cluster.apply(DAEMONS % (strategy, "", 3))
    cluster.settle()
    assert images(cluster) == (["a:1"] * 4 if "OnDelete" in strategy else ["a:3"] * 4)


# --- StatefulSets

STATEFUL = """
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: s}
spec:
  replicas: %d
  serviceName: s
  %s
  selector: {matchLabels: {app: web}}
  template: {metadata: {labels: {app: web}}, spec: {containers: [{name: main, image: "%s"}]}}
"""


def stateful(cluster):
    return {item.name: item.spec["containers"][0]["image"] for item in cluster.objects("pods", "app=web")}


@pytest.mark.parametrize(
    ("spec", "names"),
    [
        ("", ["s-0"]),
        ("podManagementPolicy: Parallel", ["s-0", "s-1", "s-2"]),
        ("ordinals: {start: 3}", ["s-3"]),
    ],
)
def test_the_next_comes_when_the_one_before_is_ready(spec, names):
    """OrderedReady waits, Parallel does not; numbers begin with `ordinals.start`."""
    cluster = kn.Cluster(nodes=1)
    cluster.apply(STATEFUL % (3, spec, "broken:1"))
    cluster.settle()
    assert list(stateful(cluster)) == names
    for _ in range(3):
        for item in cluster.objects("pods"):
            cluster.set_ready(item.ref)
        cluster.settle()
    first = int(names[0][2:])
    assert list(stateful(cluster)) == [f"s-{first + i}" for i in range(3)]
    cluster.scale("sts/s", 1)
    cluster.settle()
    assert list(stateful(cluster)) == [f"s-{first}"]


@pytest.mark.parametrize(
    ("strategy", "new"),
    [
        ("", "012"),
        ("updateStrategy: {rollingUpdate: {partition: 0}}", "012"),
        ("updateStrategy: {rollingUpdate: {partition: 1}}", "12"),
        ("updateStrategy: {rollingUpdate: {partition: 2}}", "2"),
        ("updateStrategy: {rollingUpdate: {partition: 3}}", ""),
        ("updateStrategy: {type: OnDelete}", ""),
    ],
)
def test_an_update_goes_down_to_the_partition(strategy, new):
    """Pods below the partition keep their template, also when they are made anew."""
    cluster = kn.Cluster(nodes=1)
    cluster.apply(STATEFUL % (3, strategy, "a:1"))
    cluster.settle()
    cluster.apply(STATEFUL % (3, strategy, "a:2"))
    cluster.settle()
    assert stateful(cluster) == {f"s-{i}": "a:2" if str(i) in new else "a:1" for i in range(3)}
    status = cluster["sts/s"].status
    assert status.get("updatedReplicas", 0) == len(new)
    assert (status["replicas"], status["readyReplicas"]) == (3, 3)
    cluster.delete("pod/s-0")
    cluster.settle()
    assert stateful(cluster)["s-0"] == ("a:2" if "0" in new or "OnDelete" in strategy else "a:1")


def test_a_stuck_update_stays_at_the_highest_number():
    """A new Pod that does not get ready keeps the others as they are."""
    cluster = kn.Cluster(nodes=1)
    cluster.apply(STATEFUL % (3, "", "a:1"))
    cluster.settle()
    cluster.apply(STATEFUL % (3, "", "broken:2"))
    cluster.settle()
    assert stateful(cluster) == {"s-0": "a:1", "s-1": "a:1", "s-2": "broken:2"}


# --- owners and storage


@pytest.mark.parametrize(("owners", "left"), [("ab", True), ("a", False), ("b", True), ("", True)])
def test_who_has_an_owner_left_stays(owners, left):
    """Garbage collection: an object goes when all of its owners are gone, and never if it has none."""
    cluster = kn.Cluster(nodes=0)
    for name in "ab":
        cluster.apply(f"{{apiVersion: v1, kind: ConfigMap, metadata: {{name: {name}}}}}")
    references = [
        {"apiVersion": "v1", "kind": "ConfigMap", "name": name, "uid": cluster[f"configmap/{name}"].uid}
        for name in owners
    ]
    made = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "child", "ownerReferences": references},
    }
    cluster.apply(made)
    cluster.settle()
    assert "child" in {item.name for item in cluster.objects("configmaps")}
    cluster.delete("configmap/a")
    cluster.settle()
    assert ("child" in {item.name for item in cluster.objects("configmaps")}) is left


def test_an_owner_that_never_was_is_gone():
    """An object that is created, or changed, with an owner that does not exist goes at once."""
    cluster = kn.Cluster(nodes=0)
    ghost = {"apiVersion": "v1", "kind": "ConfigMap", "name": "ghost", "uid": "nobody"}
    plain = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "child"}}
    cluster.apply(plain)
    cluster.settle()
    assert cluster["configmap/child"]
    cluster.replace({**plain, "metadata": {"name": "child", "ownerReferences": [ghost]}})
    cluster.settle()
    assert "child" not in {item.name for item in cluster.objects("configmaps")}


CLAIM = "{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: data}, spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}"
USES = "volumes: [{name: v, persistentVolumeClaim: {claimName: %s}}],"


@pytest.mark.parametrize(
    ("claim", "node", "ended", "stays"),
    [
        ("data", "nodeName: node-1,", False, True),
        ("data", "", False, False),
        ("data", "nodeName: node-1, restartPolicy: Never,", True, False),
        ("other", "nodeName: node-1,", False, False),
    ],
)
def test_a_claim_in_use_outlives_its_deletion(claim, node, ended, stays):
    """`askAPIServer` of pvcprotection: a Pod that has a Node, has not ended, and names the claim."""
    cluster = kn.Cluster(nodes=1)
    cluster.apply(CLAIM)
    if claim == "other":
        cluster.apply(CLAIM.replace("name: data", "name: other"))
    if not node:
        node = "schedulingGates: [{name: wait}],"
    cluster.apply(POD % ("web", "", node + USES % claim))
    cluster.settle()
    if ended:
        cluster.crash("pod/web", exit_code=0)
        cluster.settle()
    cluster.delete("pvc/data")
    cluster.settle()
    names = {item.name for item in cluster.objects("persistentvolumeclaims")}
    assert ("data" in names) is stays
    if stays:
        assert cluster["pvc/data"].terminating
        cluster.delete("pod/web")
        cluster.settle()
        assert "data" not in {item.name for item in cluster.objects("persistentvolumeclaims")}


# --- ReplicationControllers and ReplicaSets

REPLICAS = """
apiVersion: v1
kind: ReplicationController
metadata: {name: web}
spec:
  replicas: %d
  selector: {app: web}
  template: {metadata: {labels: {app: web, tier: front}}, spec: {containers: [{name: main, image: "%s"}]}}
"""


def test_what_a_replication_controller_counts():
    """`calculateStatus`: all, those with every label of the template, ready and available ones; zero is left out."""
    cluster = kn.Cluster(nodes=1)
    cluster.apply(POD % ("bare", "", ""))
    cluster.settle()
    cluster.apply(REPLICAS % (3, "a:1"))
    cluster.settle()
    counts = ("replicas", "fullyLabeledReplicas", "readyReplicas", "availableReplicas")
    assert [cluster["rc/web"].status.get(name, 0) for name in counts] == [3, 2, 3, 3]
    cluster.label("pod/bare", "tier=front")
    cluster.settle()
    assert [cluster["rc/web"].status.get(name, 0) for name in counts] == [3, 3, 3, 3]
    cluster.label("pod/bare", "more=1")
    cluster.set_ready("pod/bare", value=False)
    cluster.settle()
    assert [cluster["rc/web"].status.get(name, 0) for name in counts] == [3, 3, 2, 2]
    cluster.scale("rc/web", 0)
    cluster.settle()
    assert {name: cluster["rc/web"].status[name] for name in counts if name in cluster["rc/web"].status} == {
        "replicas": 0
    }


def test_a_pod_that_loses_its_label_is_replaced_and_may_come_back():
    """`ClaimPods`: released when the selector does not find it any more, adopted when it does again."""
    cluster = kn.Cluster(nodes=1)
    cluster.apply(REPLICAS % (2, "a:1"))
    cluster.settle()
    first = cluster.objects("pods")[0]
    cluster.label(first.ref, "app=debug")
    cluster.settle()
    assert len(cluster.objects("pods")) == 3
    assert cluster[first.ref].owner is None
    cluster.label(first.ref, "app=web")
    cluster.settle()
    assert len(cluster.objects("pods")) == 2
    assert all(item.owner for item in cluster.objects("pods"))


def test_a_refusal_is_forgotten_when_nothing_is_missing():
    """A Pod that is adopted makes up for the one that a quota refused: ReplicaFailure goes."""
    cluster = kn.Cluster(nodes=1)
    cluster.apply("{apiVersion: v1, kind: ResourceQuota, metadata: {name: all}, spec: {hard: {pods: '2'}}}")
    cluster.apply(POD.replace("{app: web}", "{app: other}") % ("bare", "", ""))
    cluster.apply(REPLICAS % (2, "a:1"))
    cluster.settle()
    assert [item["type"] for item in cluster["rc/web"].status["conditions"]] == ["ReplicaFailure"]
    cluster.label("pod/bare", "app=web")
    cluster.settle()
    assert cluster["rc/web"].status["replicas"] == 2
    assert "conditions" not in cluster["rc/web"].status


# --- what would never end


@pytest.mark.parametrize(
    ("spec", "nodes", "kind", "most"),
    [
        ({}, 0, "pod", 100),
        ({"replicas": 3}, 0, "pod", 106),
        ({"replicas": 3}, 5, "pod", 110),
        ({"completions": 7, "parallelism": 2}, 0, "pod", 114),
        ({"completions": 2, "parallelism": 7}, 0, "pod", 114),
        ({"replicas": MOST_PODS + 1}, 0, "pod", 2 * BURST + 100),
        ({"replicas": 3}, 5, "replicaset", 20),
    ],
)
def test_how_many_are_made_before_it_is_in_vain(spec, nodes, kind, most):
    """Twice what is wanted and a hundred Pods, or twenty ReplicaSets: one more is made in vain."""
    store = Store()
    owner = {
        "apiVersion": "v1",
        "kind": "ReplicationController",
        "metadata": {"name": "web", "namespace": "default", "uid": "o"},
        "spec": spec,
    }
    store.put(("replicationcontrollers", "default", "web"), owner)
    for i in range(nodes):
        store.put(
            ("nodes", "", f"n{i}"),
            {"apiVersion": "v1", "kind": "Node", "metadata": {"name": f"n{i}", "uid": f"n{i}"}},
        )
    unrest = Unrest(store)
    made = [Change(0, "maker", "create", f"{kind}/web-{i}", owner="o") for i in range(most + 1)]
    assert unrest.note(made[:most]) == ""
    assert "does not stop" in unrest.note(made[most:])


def test_how_many_steps_one_settling_has():
    """Ten thousand; the last of them is said to be too many, with the changes that come most often."""
    unrest = Unrest(Store(), spare=3 - 10_000)
    step = [Change(0, "a-controller", "patch", "pod/web", "again")]
    assert [bool(unrest.note(step)) for _ in range(3)] == [False, False, True]
    many = Unrest(Store())
    assert not any(many.note(step) for _ in range(9_999))
    told = many.note(step)
    assert "Among the last 200 changes" in told
    assert "a-controller: patch pod (200 times: again)" in told


def test_the_pods_of_a_node_that_never_was_go_after_forty_seconds():
    """podgc looks at Pods that name an unknown Node, as at those of one that was deleted."""
    cluster = kn.Cluster(nodes=1)
    cluster.apply(POD % ("ghost", "", "nodeName: nowhere,"))
    quiet(cluster, 30)
    assert [item.name for item in cluster.objects("pods")] == ["ghost"]
    quiet(cluster, 20)
    assert cluster.objects("pods") == []


# --- volumes and claims

VOLUME = """
apiVersion: v1
kind: PersistentVolume
metadata: {name: %s, labels: {tier: %s}}
spec: {capacity: {storage: %s}, accessModes: [%s], storageClassName: "%s", volumeMode: %s, hostPath: {path: /a}%s}
"""
WISH = """
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: data}
spec: {accessModes: [%s], resources: {requests: {storage: %s}}, storageClassName: "%s", volumeMode: %s%s}
"""


@pytest.mark.parametrize(
    ("volumes", "wish", "bound"),
    [  # name, tier, size, modes, class, mode, more; and modes, size, class, mode, more
        (
            [("a", "x", "1Gi", "ReadWriteOnce", "", "Filesystem", "")],
            ("ReadWriteOnce", "1Gi", "", "Filesystem", ""),
            "a",
        ),
        (
            [("a", "x", "1Gi", "ReadWriteOnce", "", "Filesystem", "")],
            ("ReadWriteOnce", "1025Mi", "", "Filesystem", ""),
            "",
        ),
        (
            [("a", "x", "1Gi", "ReadWriteOnce", "", "Filesystem", "")],
            ("ReadWriteMany", "1Gi", "", "Filesystem", ""),
            "",
        ),
        (
            [("a", "x", "1Gi", "ReadWriteOnce", "", "Filesystem", "")],
            ("ReadWriteOnce, ReadOnlyMany", "1Gi", "", "Filesystem", ""),
            "",
        ),
        (
            [("a", "x", "1Gi", "ReadWriteOnce, ReadOnlyMany", "", "Filesystem", "")],
            ("ReadOnlyMany", "1Gi", "", "Filesystem", ""),
            "a",
        ),
        (
            [("a", "x", "1Gi", "ReadWriteOnce", "fast", "Filesystem", "")],
            ("ReadWriteOnce", "1Gi", "", "Filesystem", ""),
            "",
        ),
        (
            [("a", "x", "1Gi", "ReadWriteOnce", "fast", "Filesystem", "")],
            ("ReadWriteOnce", "1Gi", "fast", "Filesystem", ""),
            "a",
        ),
        (
            [("a", "x", "1Gi", "ReadWriteOnce", "", "Block", "")],
            ("ReadWriteOnce", "1Gi", "", "Filesystem", ""),
            "",
        ),
        (
            [("a", "x", "1Gi", "ReadWriteOnce", "", "Block", "")],
            ("ReadWriteOnce", "1Gi", "", "Block", ""),
            "a",
        ),
        # the smallest that fits, then the first by name
        (
            [
                ("c", "x", "3Gi", "ReadWriteOnce", "", "Filesystem", ""),
                ("b", "x", "2Gi", "ReadWriteOnce", "", "Filesystem", ""),
                ("a", "x", "2Gi", "ReadWriteOnce", "", "Filesystem", ""),
                ("d", "x", "1Gi", "ReadWriteOnce", "", "Filesystem", ""),
            ],
            ("ReadWriteOnce", "1500Mi", "", "Filesystem", ""),
            "a",
        ),
        # by selector, and by name
        (
            [("a", "x", "1Gi", "ReadWriteOnce", "", "Filesystem", "")],
            ("ReadWriteOnce", "1Gi", "", "Filesystem", ", selector: {matchLabels: {tier: back}}"),
            "",
        ),
        (
            [("a", "back", "1Gi", "ReadWriteOnce", "", "Filesystem", "")],
            ("ReadWriteOnce", "1Gi", "", "Filesystem", ", selector: {matchLabels: {tier: back}}"),
            "a",
        ),
        (
            [
                ("a", "x", "1Gi", "ReadWriteOnce", "", "Filesystem", ""),
                ("b", "x", "1Gi", "ReadWriteOnce", "", "Filesystem", ""),
            ],
            ("ReadWriteOnce", "1Gi", "", "Filesystem", ", volumeName: b"),
            "b",
        ),
        # one that is kept for a claim
        (
            [
                (
                    "a",
                    "x",
                    "1Gi",
                    "ReadWriteOnce",
                    "",
                    "Filesystem",
                    ", claimRef: {namespace: default, name: data}",
                )
            ],
            ("ReadWriteOnce", "1Gi", "", "Filesystem", ""),
            "a",
        ),
        (
            [
                (
                    "a",
                    "x",
                    "1Gi",
                    "ReadWriteOnce",
                    "",
                    "Filesystem",
                    ", claimRef: {namespace: default, name: other}",
                )
            ],
            ("ReadWriteOnce", "1Gi", "", "Filesystem", ""),
            "",
        ),
        (
            [
                (
                    "a",
                    "x",
                    "1Gi",
                    "ReadWriteOnce",
                    "",
                    "Filesystem",
                    ", claimRef: {namespace: default, name: data, uid: old}",
                )
            ],
            ("ReadWriteOnce", "1Gi", "", "Filesystem", ""),
            "",
        ),
    ],
)
def test_which_volume_a_claim_gets(volumes, wish, bound):
    """`findMatchingVolume`: class, mode, access modes, size and selector all have to fit; the smallest is taken."""
    cluster = kn.Cluster(nodes=0)
    for row in volumes:
        cluster.apply(VOLUME % row)
    cluster.apply(WISH % wish)
    cluster.settle()
    claim = cluster["pvc/data"]
    assert claim.spec.get("volumeName", "") == (bound or ("b" if "volumeName" in wish[4] else ""))
    assert claim.status["phase"] == ("Bound" if bound else "Pending")
    phases = {item.name: item.status["phase"] for item in cluster.objects("persistentvolumes")}
    kept = any("uid: old" in row[6] for row in volumes)
    assert phases == {
        row[0]: "Bound" if row[0] == bound else "Released" if kept else "Available" for row in volumes
    }
    if bound:
        assert claim.status["capacity"]["storage"] == next(row[2] for row in volumes if row[0] == bound)
        notes = claim.annotations
        assert notes["pv.kubernetes.io/bind-completed"] == "yes"
        assert ("pv.kubernetes.io/bound-by-controller" in notes) is ("volumeName" not in wish[4])
        cluster.delete("pvc/data")
        cluster.settle()
        assert cluster[f"pv/{bound}"].status["phase"] == "Released"


@pytest.mark.parametrize(
    ("mode", "reason"), [("WaitForFirstConsumer", "WaitForFirstConsumer"), ("Immediate", "")]
)
def test_a_class_may_wait_for_a_pod(mode, reason):
    """volumeBindingMode WaitForFirstConsumer: a claim is not bound before a Pod uses it, whatever fits."""
    cluster = kn.Cluster(nodes=0)
    cluster.apply(
        f"{{apiVersion: storage.k8s.io/v1, kind: StorageClass, metadata: {{name: late}}, provisioner: a.b/c, volumeBindingMode: {mode}}}"
    )
    cluster.apply(VOLUME % ("a", "x", "1Gi", "ReadWriteOnce", "late", "Filesystem", ""))
    cluster.apply(WISH % ("ReadWriteOnce", "1Gi", "late", "Filesystem", ""))
    cluster.settle()
    assert cluster["pvc/data"].status["phase"] == ("Pending" if reason else "Bound")
    told = [event.raw["reason"] for event in cluster.objects("events")]
    assert ("WaitForFirstConsumer" in told) is bool(reason)


# --- what is written into Pods and Events

CLAIMED = """
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: s}
spec:
  replicas: 1
  serviceName: s
  selector: {matchLabels: {app: web}}
  volumeClaimTemplates: [{metadata: {name: data, labels: {own: "1"}}, spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}]
  template:
    metadata: {labels: {app: web}}
    spec:
      volumes: [{name: data, emptyDir: {}}, {name: tmp, emptyDir: {}}]
      containers: [{name: main, image: "a:1"}]
"""


def test_a_claim_of_its_own_takes_the_place_of_a_volume():
    """`updateStorage`: the claims first, then the template's volumes of other names; name, host name and subdomain."""
    cluster = kn.Cluster(nodes=1)
    cluster.apply(CLAIMED)
    cluster.settle()
    made = cluster["pod/s-0"]
    volumes = {item["name"]: next(iter(item.keys() - {"name"})) for item in made.spec["volumes"]}
    assert volumes == {"data": "persistentVolumeClaim", "tmp": "emptyDir"}
    assert made.spec["volumes"][0]["persistentVolumeClaim"]["claimName"] == "data-s-0"
    assert (made.spec["hostname"], made.spec["subdomain"]) == ("s-0", "s")
    assert (
        made.labels["apps.kubernetes.io/pod-index"],
        made.labels["statefulset.kubernetes.io/pod-name"],
    ) == ("0", "s-0")
    assert cluster["pvc/data-s-0"].labels == {"own": "1", "app": "web"}


def test_what_a_deployment_notes_on_its_replica_sets():
    """`SetReplicasAnnotations`: what is wanted, and with maxSurge the most that there may be."""
    cluster = kn.Cluster(nodes=1)
    cluster.apply(DEPLOYMENT % 4)
    cluster.settle()

    def noted():
        notes = cluster.objects("replicasets")[0].annotations
        return [
            notes[f"deployment.kubernetes.io/{name}"]
            for name in ("desired-replicas", "max-replicas", "revision")
        ]

    assert noted() == ["4", "5", "1"]
    cluster.scale("deploy/web", 9)
    cluster.settle()
    assert noted() == ["9", "12", "1"]


def test_a_template_that_comes_back_is_the_latest_again():
    """`latest_revision`: an old ControllerRevision gets the next number, and no second one is made."""
    cluster = kn.Cluster(nodes=1)
    numbers = []
    for image in ("a:1", "a:2", "a:1", "a:1"):
        cluster.apply(STATEFUL % (1, "", image))
        cluster.settle()
        numbers.append(sorted(item.raw["revision"] for item in cluster.objects("controllerrevisions")))
    assert numbers == [[1], [1, 2], [2, 3], [2, 3]]


@pytest.mark.parametrize("limit", [0, 1, 3])
def test_old_revisions_beyond_the_limit_go(limit):
    """`truncateHistory`: those that no Pod has, the oldest first."""
    cluster = kn.Cluster(nodes=1)
    for number in range(1, 7):
        cluster.apply(STATEFUL % (1, f"revisionHistoryLimit: {limit}", f"a:{number}"))
        cluster.settle()
    kept = sorted(item.raw["revision"] for item in cluster.objects("controllerrevisions"))
    assert kept[-1] == 6
    assert len(kept) in (limit + 1, limit + 2)
    assert kept == list(range(7 - len(kept), 7))


ZONE = "topology.kubernetes.io/zone"


@pytest.mark.parametrize(("node", "zone"), [("node-1", "a"), ("node-2", None), ("nowhere", None)])
def test_a_pod_has_the_labels_of_its_nodes_place(node, zone):
    """The admission plugin PodTopologyLabels, for a Pod that names its Node."""
    cluster = kn.Cluster(nodes=2)
    cluster.label("node/node-1", f"{ZONE}=a", "disk=ssd")
    cluster.apply(POD % ("web", "", f"nodeName: {node},"))
    assert cluster["pod/web"].labels == {"app": "web", **({ZONE: zone} if zone else {})}


WARNINGS = {
    "FailedCreate",
    "FailedScheduling",
    "BackOff",
    "UnmanagedPods",
    "CalculateExpectedPodCountFailed",
    "BackoffLimitExceeded",
    "NodeNotReady",
    "EvictionThresholdMet",
    "Evicted",
    "ReplicaSetCreateError",
    "FailedDaemonPod",
}


def test_which_events_are_warnings():
    """Everything that goes wrong is a Warning, all else is Normal; a Node that is not ready is only told of."""
    cluster = kn.Cluster(nodes=2, cpu="1", memory="1Gi")
    cluster.apply(
        "{apiVersion: v1, kind: ResourceQuota, metadata: {name: all}, spec: {hard: {pods: '9', count/replicasets.apps: '1'}}}"
    )
    cluster.apply(DEPLOYMENT % 2)
    cluster.apply(DAEMONS.replace("{app: web}", "{app: d}") % ("", "restartPolicy: Always,", 1))
    cluster.apply(POD % ("alone", "", "priority: 0,"))
    cluster.apply(BUDGET % "minAvailable: 50%")
    cluster.apply(
        "{apiVersion: batch/v1, kind: Job, metadata: {name: j}, spec: {backoffLimit: 0, template: {spec: {restartPolicy: Never, containers: [{name: a, image: 'a:1'}]}}}}"
    )
    cluster.settle()
    cluster.apply((DEPLOYMENT % 2).replace("a:1", "a:2"))
    cluster.crash(next(item.ref for item in cluster.objects("pods") if item.name.startswith("j-")))
    cluster.scale("deploy/web", 30)
    cluster.settle()
    for _ in range(2):
        cluster.crash("pod/alone")
        cluster.settle()
    cluster.use("pod/alone", memory="950Mi")
    cluster.settle()
    cluster.lose("node-2")
    cluster.settle()
    seen = {
        (event.raw["reason"], event.raw["type"])
        for event in cluster.objects("events")
        if event.raw["reason"] != "NodeNotReady"
    }
    wrong = {(reason, kind) for reason, kind in seen if (kind == "Warning") != (reason in WARNINGS)}
    assert not wrong
    assert len({reason for reason, kind in seen if kind == "Warning"}) >= 6
    assert len({reason for reason, kind in seen if kind == "Normal"}) >= 8


def test_a_revision_that_a_pod_has_is_kept():
    """`truncateHistory` counts only those that nobody uses, however old the others are."""
    cluster = kn.Cluster(nodes=1)
    spec = "revisionHistoryLimit: 0\n  updateStrategy: {type: OnDelete}"
    for number in range(1, 5):
        cluster.apply(STATEFUL % (1, spec, f"a:{number}"))
        cluster.settle()
    kept = sorted(item.raw["revision"] for item in cluster.objects("controllerrevisions"))
    assert stateful(cluster) == {"s-0": "a:1"}
    assert {1, 4} <= set(kept)
    assert 2 not in kept


@pytest.mark.parametrize(
    ("makers", "words"), [(1, "replicationcontroller/web adopts it"), (2, "one of these adopts it")]
)
def test_who_takes_a_pod_in(makers, words):
    """One controller, or one of several: which of them is first is not known."""
    cluster = kn.Cluster(nodes=1)
    cluster.apply(POD.replace("{app: web}", "{app: other}") % ("bare", "", ""))
    for name in ("web", "also")[:makers]:
        cluster.apply((REPLICAS % (1, "a:1")).replace("{name: web}", f"{{name: {name}}}"))
    cluster.settle()
    assert words in cluster.label("pod/bare", "app=web").facts.outcome
