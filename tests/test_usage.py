"""What containers use: who is throttled, who is killed for its memory, and who is evicted, as on a real Node."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_capacity import pod

import k8snotes as kn
from k8snotes.node.eviction import THRESHOLD, available, to_be_evicted
from k8snotes.node.usage import Usage, Use, granted

MIB = 1 << 20


def running(cluster, *manifests):
    for manifest in manifests:
        cluster.create(manifest)
    cluster.settle()
    return cluster


def amounts(request=None, limit=None):
    return {"requests": dict(request or {}), "limits": dict(limit or {})}


def status(cluster, name, at=0):
    return cluster[f"pod/{name}"].status["containerStatuses"][at]


def used(cluster, name):
    table = cluster.top()
    row = table[table["POD"] == name].iloc[0]
    return row["CPU(cores)"], row["MEMORY(bytes)"], row["note"]


def events(cluster, reason):
    return [item.raw["message"] for item in cluster.objects("events") if item.raw["reason"] == reason]


@pytest.fixture
def worker():
    """A Pod with 200m to 500m of CPU and 64Mi to 128Mi of memory, on an empty Node."""
    own = amounts({"cpu": "200m", "memory": "64Mi"}, {"cpu": "500m", "memory": "128Mi"})
    return running(kn.Cluster(nodes=1), pod("worker", own))


def test_over_its_cpu_limit_a_container_is_throttled_and_lives(worker):
    """It gets its limit, though the Node has more, and is not started again."""
    worker.use("pod/worker", cpu=2)
    worker.settle()
    assert used(worker, "worker") == ("500m", "0Mi", "throttled: it would use 2, but its limit is 500m")
    assert status(worker, "worker")["restartCount"] == 0
    assert worker["pod/worker"].ready


def test_between_request_and_limit_nothing_happens(worker):
    """More than was requested may be used as long as it is there."""
    worker.use("pod/worker", cpu="400m", memory="128Mi")
    assert not [
        change for change in worker.settle() if "kubelet" in change.component and change.verb != "status"
    ]
    assert used(worker, "worker") == ("400m", "128Mi", "")


def test_over_its_memory_limit_a_container_is_killed_and_started_again(worker):
    """One byte more: OOMKilled, exit code 137, a restart in the same Pod, and memory from nothing."""
    ip = worker["pod/worker"].ip
    worker.use("pod/worker", cpu="300m", memory=128 * MIB + 1)
    worker.step()
    ended = status(worker, "worker")["state"]["terminated"]
    assert (ended["reason"], ended["exitCode"]) == ("OOMKilled", 137)
    worker.settle()
    now = status(worker, "worker")
    assert (now["restartCount"], now["lastState"]["terminated"]["reason"]) == (1, "OOMKilled")
    assert "running" in now["state"]
    assert worker["pod/worker"].ip == ip
    assert used(worker, "worker") == ("0m", "0Mi", "")


def test_it_is_restarted_with_a_longer_pause_each_time(worker):
    """The second time the kubelet waits, and the Pod is in CrashLoopBackOff meanwhile."""
    for _ in range(2):
        worker.use("pod/worker", memory="129Mi")
        while worker.step():
            waiting = status(worker, "worker")["state"].get("waiting")
            if waiting:
                assert waiting["reason"] == "CrashLoopBackOff"
                assert "CrashLoopBackOff" in set(worker.get("pods")["STATUS"])
    assert status(worker, "worker")["restartCount"] == 2
    assert events(worker, "BackOff")


@pytest.mark.parametrize(
    ("policy", "phase", "restarts"),
    [("Always", "Running", 1), ("OnFailure", "Running", 1), ("Never", "Failed", 0)],
)
def test_the_restart_policy_decides(policy, phase, restarts):
    """A killed container has failed: OnFailure starts it again as Always does, Never lets the Pod fail."""
    c = running(kn.Cluster(nodes=1), pod("x", amounts(limit={"memory": "64Mi"}), restartPolicy=policy))
    c.use("pod/x", memory="65Mi")
    c.settle()
    assert (c["pod/x"].phase, status(c, "x")["restartCount"]) == (phase, restarts)
    assert "OOMKilled" in str(status(c, "x"))


def test_only_the_container_that_is_over_goes():
    """The other container of the Pod runs on."""
    c = running(kn.Cluster(nodes=1), pod("x", amounts(limit={"memory": "64Mi"}), {}))
    c.use("pod/x", memory="1Gi", container="c1")
    c.use("pod/x", memory="65Mi", container="c0")
    c.settle()
    assert [status(c, "x", at)["restartCount"] for at in (0, 1)] == [1, 0]
    assert list(c.top()["MEMORY(bytes)"]) == ["0Mi", "1024Mi"]


def test_a_limit_of_the_pod_as_a_whole():
    """Where the Pod has a limit of its own, the container that has most of it goes."""
    c = running(kn.Cluster(nodes=1), pod("x", {}, {}, resources={"limits": {"memory": "100Mi", "cpu": "1"}}))
    c.use("pod/x", memory="40Mi", cpu=2)
    c.use("pod/x", memory="61Mi", cpu=2, container="c1")
    assert "the limit of the Pod is 100Mi" in str(c.settle())
    assert [status(c, "x", at)["restartCount"] for at in (0, 1)] == [0, 1]
    c.use("pod/x", cpu=2, container="c1")
    assert list(c.top()["CPU(cores)"]) == ["500m", "500m"]


def test_the_kubelet_evicts_who_is_over_its_request():
    """With less than 100Mi left the kubelet evicts one Pod, in Kubernetes' words; who keeps to its request stays."""
    own = amounts({"memory": "1Gi"})
    c = running(kn.Cluster(nodes=1, memory="2Gi"), pod("fair", own), pod("free"))
    c.use("pod/fair", memory="1Gi")
    c.use("pod/free", memory="974Mi")
    c.settle()
    gone = c["pod/free"]
    assert (gone.phase, gone.status["reason"]) == ("Failed", "Evicted")
    message = (
        "The node was low on resource: memory. Threshold quantity: 100Mi, available: 50Mi. "
        "Container c0 was using 974Mi, request is 0, has larger consumption of memory. "
    )
    assert gone.status["message"] == message
    assert gone.condition("DisruptionTarget")["reason"] == "TerminationByKubelet"
    assert not gone.ready
    assert events(c, "Evicted") == [message]
    assert c["pod/fair"].phase == "Running"
    assert status(c, "fair")["restartCount"] == 0


def test_a_pod_with_a_request_of_its_own_is_named():
    """Where the Pod as a whole requests memory, the message of its eviction tells of it, too."""
    c = running(kn.Cluster(nodes=1, memory="1Gi"), pod("x", resources={"requests": {"memory": "64Mi"}}))
    c.use("pod/x", memory="1000Mi")
    c.settle()
    assert "available: 24Mi. Pod x was using 1000Mi, request is 64Mi, has larger" in events(c, "Evicted")[0]


def test_a_node_says_that_its_memory_is_low_for_five_minutes():
    """While it is so, and five minutes more, it has the taint that keeps new Pods away."""
    c = running(kn.Cluster(nodes=1, memory="1Gi"), pod("x"))
    c.use("pod/x", memory="1000Mi")
    seen = []
    c.create(pod("later"))
    while c.step():
        node = c["node/node-1"]
        taints = [item["key"] for item in node.taints]
        seen.append((node.holds("MemoryPressure"), taints, c.api.now))
    assert any(low and "node.kubernetes.io/memory-pressure" in taints for low, taints, _ in seen)
    assert (seen[-1][0], seen[-1][1]) == (False, [])
    low = [now for is_low, _, now in seen if is_low]
    assert seen[-1][2] - low[0] >= 300
    assert c["pod/later"].phase == "Running"
    assert events(c, "NodeHasInsufficientMemory")
    assert events(c, "EvictionThresholdMet") == ["Attempting to reclaim memory"]
    assert c.capacity().facts.nodes[0].state == "Ready"


def test_its_controller_makes_an_evicted_pod_anew():
    """An evicted Pod has failed; a ReplicationController puts another in its place, on a Node with memory."""
    c = kn.Cluster(nodes=2, memory="1Gi")
    c.apply(
        """{apiVersion: v1, kind: ReplicationController, metadata: {name: web}, spec: {replicas: 2, template: {
        metadata: {labels: {app: web}}, spec: {containers: [{name: a, image: b}]}}}}"""
    )
    c.settle()
    c.use(c.objects("pods")[0].ref, memory="1000Mi")
    c.settle()
    assert sorted(item.phase for item in c.objects("pods")) == ["Failed", "Running", "Running"]


def test_the_kernel_kills_when_memory_is_gone_at_once():
    """More than there is: the container with the highest score is killed, BestEffort before Guaranteed."""
    own = amounts(limit={"cpu": "1", "memory": "900Mi"})
    c = running(kn.Cluster(nodes=1, memory="1Gi"), pod("gold", own), pod("free"))
    c.use("pod/gold", memory="900Mi")
    c.use("pod/free", memory="200Mi")
    c.settle()
    assert (status(c, "gold")["restartCount"], status(c, "free")["restartCount"]) == (0, 1)
    assert c["pod/free"].phase == "Running"
    assert not events(c, "Evicted")


def test_critical_and_static_pods_are_not_evicted():
    """A Pod of a critical priority, and a static Pod, stay whatever they use."""
    c = kn.Cluster(nodes=1, memory="1Gi")
    c.static_pod("node-1", pod("file"))
    running(c, pod("boss", priorityClassName="system-cluster-critical"))
    c.use("pod/file-node-1", memory="500Mi")
    c.use("pod/boss", memory="500Mi")
    c.settle()
    assert {item.phase for item in c.objects("pods")} == {"Running"}


def test_a_node_stays_low_while_it_is_low():
    """Where only a static Pod is to blame, the others go, none comes back, and the Node says so until it is over."""
    c = kn.Cluster(nodes=1, memory="1Gi")
    c.static_pod("node-1", pod("file"))
    c.apply(
        """{apiVersion: v1, kind: ReplicationController, metadata: {name: web}, spec: {replicas: 1, template: {
        metadata: {labels: {app: web}}, spec: {containers: [{name: a, image: b}]}}}}"""
    )
    c.settle()
    c.use("pod/file-node-1", memory="1000Mi")
    c.settle()
    assert sorted(item.phase for item in c.objects("pods", "app=web")) == ["Failed", "Pending"]
    assert c.capacity().facts.nodes[0].state == "Ready, memory low"
    waiting = next(item for item in c.objects("pods", "app=web") if item.phase == "Pending")
    assert "node.kubernetes.io/memory-pressure:NoSchedule" in c.why_pending(waiting.ref).text
    c.create(pod("direct", nodeName="node-1"))
    c.settle()
    assert c["pod/direct"].status["reason"] == "Evicted"
    assert c["pod/direct"].status["message"] == "Pod was rejected: The node had condition: [MemoryPressure]. "
    c.use("pod/file-node-1", memory="10Mi")
    c.settle()
    assert c.capacity().facts.nodes[0].state == "Ready"
    assert sorted(item.phase for item in c.objects("pods", "app=web")) == ["Failed", "Running"]


def test_a_full_node_shares_its_cpu_by_requests():
    """Who has requested twice as much gets twice as much; who requested nothing gets next to nothing."""
    big, small = amounts({"cpu": "1"}), amounts({"cpu": "500m"})
    c = running(kn.Cluster(nodes=1, cpu="3"), pod("big", big), pod("small", small), pod("none"))
    for name in ("big", "small", "none"):
        c.use(f"pod/{name}", cpu=8)
    assert [used(c, name)[0] for name in ("big", "small", "none")] == ["1997m", "998m", "3m"]
    assert used(c, "small")[2] == "waits for CPU: it would use 8, but the Node has no more for it"
    c.use("pod/big", cpu="100m")
    assert used(c, "big")[0] == "100m"
    table = c.top("nodes")
    assert list(table["CPU(%)"]) == ["99%"]


resources = st.tuples(st.integers(0, 2000), st.integers(0, 3000))
uses = st.lists(
    st.tuples(st.integers(0, 2000), st.none() | st.integers(1, 3000), st.integers(0, 5000)), max_size=6
)


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 6), uses)
def test_cpu_is_shared_out_and_none_is_made_up(cpus, pods):
    """Nobody gets more than he wants or may; together they get what they want, or all that there is."""
    c = kn.Cluster(nodes=1, cpu=str(cpus))
    node, usage, found = c["node/node-1"], Usage(), []
    wants = {}
    for at, (request, limit, want) in enumerate(pods):
        limits = {"cpu": f"{limit}m"} if limit is not None and limit >= request else {}
        c.create(pod(f"p{at}", amounts({"cpu": f"{request}m"}, limits), nodeName="node-1"))
        item = c[f"pod/p{at}"]
        usage.set(item, "c0", Use(cpu=want))
        wants[item.uid, "c0"] = min(want, limit) if limits else want
        found.append(item)
    gets = granted(node, found, usage)
    assert gets.keys() == wants.keys()
    assert all(gets[key] <= wants[key] for key in wants)
    total = min(sum(wants.values()), 1000 * cpus)
    assert total - len(wants) <= sum(gets.values()) <= total


memory = st.lists(
    st.tuples(st.integers(0, 600), st.integers(0, 900), st.sampled_from([None, 1000, -10])),
    min_size=1,
    max_size=5,
)


@settings(max_examples=60, deadline=None)
@given(memory)
def test_the_order_of_eviction(pods):
    """First who is over his request, then the lower priority, then who is furthest over."""
    c = kn.Cluster(nodes=1, memory="1Gi", cpu="64")
    usage, found, ranks = Usage(), [], {}
    for value in (1000, -10):
        name = f"p{value}".replace("-", "m")
        c.create(
            {
                "apiVersion": "scheduling.k8s.io/v1",
                "kind": "PriorityClass",
                "metadata": {"name": name},
                "value": value,
            }
        )
    for at, (request, use, priority) in enumerate(pods):
        more = {} if priority is None else {"priorityClassName": f"p{priority}".replace("-", "m")}
        c.create(pod(f"p{at}", amounts({"memory": f"{request}Mi"}), nodeName="node-1", **more))
        item = c[f"pod/p{at}"]
        usage.set(item, "c0", Use(memory=use * MIB))
        found.append(item)
        ranks[item.name] = (use <= request, priority or 0, request - use)
    victim = to_be_evicted(c["node/node-1"], found, usage)
    if available(c["node/node-1"], found, usage) >= THRESHOLD:
        assert victim is None
    else:
        assert ranks[victim[0].name] == min(ranks.values())


def test_use_is_copied_and_forgotten():
    """A copy has its own use; a Pod that is deleted takes its memory with it."""
    c = running(kn.Cluster(nodes=1), pod("x"))
    c.use("pod/x", memory="100Mi")
    other = c.copy()
    other.use("pod/x", memory="200Mi")
    assert (used(c, "x")[1], used(other, "x")[1]) == ("100Mi", "200Mi")
    c.delete("pod/x")
    c.settle()
    assert not c.simulation.kubelets.usage
    assert other.simulation.kubelets.usage
    assert len(c.top()) == 0
    assert list(c.top("nodes")["MEMORY(bytes)"]) == ["0Mi"]


def test_top_is_told_by_namespace():
    """Without a namespace the table says where each Pod is; with one it does not."""
    c = running(kn.Cluster(nodes=1), pod("x"))
    assert list(c.top().columns) == ["NAMESPACE", "POD", "NAME", "CPU(cores)", "MEMORY(bytes)", "note"]
    assert "NAMESPACE" not in c.top(namespace="default").columns
    assert len(c.top("pods", "kube-system")) == 0


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({}, kn.ClusterError, "needs the amount that pod/x uses"),
        ({"cpu": -1}, kn.ClusterError, "usage is never negative"),
        ({"cpu": "1K"}, kn.QuantityError, "unable to parse quantity's suffix"),
        ({"cpu": True}, kn.QuantityError, "not a value of type bool"),
        ({"cpu": "lots"}, kn.QuantityError, "cpu='lots'"),
        ({"cpu": float("nan")}, kn.QuantityError, "finite"),
        ({"cpu": "1e9"}, kn.ClusterError, "more than any machine has"),
        ({"memory": "128m"}, kn.ClusterError, "not a whole number of bytes. The suffix m means thousandths"),
        ({"memory": "2Ei"}, kn.ClusterError, "more than any machine has"),
        ({"memory": [1]}, kn.QuantityError, "not a value of type list"),
        (
            {"memory": "1Mi", "container": "c9"},
            kn.ClusterError,
            'has no container "c9". Its containers are: c0',
        ),
        ({"memory": "1Mi", "container": "first"}, kn.ClusterError, "an init container"),
    ],
)
def test_wrong_use_is_told(arguments, error, words):
    """What nobody can use is refused, with the argument, the reason and what to write."""
    first = [{"name": "first", "image": "x"}]
    c = running(kn.Cluster(nodes=1), pod("x", {}, initContainers=first))
    with pytest.raises(error, match=words.replace("(", r"\(")):
        c.use("pod/x", **arguments)
    assert not c.simulation.kubelets.usage


def test_only_what_runs_uses_something():
    """A Pod that waits, has ended, is none, or is in a snapshot cannot use anything, and the error says so."""
    c = kn.Cluster(nodes=1)
    c.create(pod("big", amounts({"cpu": "99"})))
    c.settle()
    with pytest.raises(kn.ClusterError, match=r'the Pod is Pending.*c.why_pending\("pod/big"\)'):
        c.use("pod/big", cpu=1)
    running(c, pod("done", restartPolicy="Never"))
    c.crash("pod/done")
    c.settle()
    with pytest.raises(kn.ClusterError, match="the Pod is Failed"):
        c.use("pod/done", cpu=1)
    with pytest.raises(kn.ClusterError, match="node/node-1 is of kind Node"):
        c.use("node/node-1", cpu=1)
    with pytest.raises(kn.NotFoundError):
        c.use("pod/nobody", cpu=1)
    with pytest.raises(kn.ClusterError, match="not of services"):
        c.top("svc")
    with pytest.raises(kn.NotFoundError):
        c.top("pods", "nowhere")
    with pytest.raises(kn.NotFoundError):
        c.top("pds")


WORKLOAD = """{apiVersion: v1, kind: ReplicationController, metadata: {name: w%d}, spec: {replicas: 2, template: {
  metadata: {labels: {app: w%d}}, spec: {containers: [{name: a, image: b, resources: %s}]}}}}"""
SAYINGS = ("{}", "{limits: {memory: 128Mi}}", "{requests: {memory: 64Mi}, limits: {memory: 512Mi, cpu: 1}}")
actions = st.lists(
    st.tuples(
        st.integers(0, 9),
        st.sampled_from(["0", "50Mi", "129Mi", "250Mi", "900Mi", "1500Mi", "crash", "delete"]),
        st.booleans(),
    ),
    max_size=12,
)


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 2), st.sampled_from(["300Mi", "1Gi"]), st.booleans(), actions)
def test_whatever_is_used_it_comes_to_rest(nodes, size, static, done):
    """After any use, all is at rest: no container over its limit, and no Node short while one can be evicted there."""
    c = kn.Cluster(nodes=nodes, memory=size)
    for at, said in enumerate(SAYINGS):
        c.apply(WORKLOAD % (at, at, said))
    if static:
        c.static_pod("node-1", pod("file"))
    c.settle()
    for which, what, rest in done:
        pods = [item for item in c.objects("pods") if item.phase == "Running" and not item.terminating]
        if pods:
            ref = pods[which % len(pods)].ref
            if what == "delete":
                c.delete(ref)
            elif what == "crash":
                c.crash(ref)
            else:
                c.use(ref, memory=what)
        if rest:
            c.settle()
    c.settle()
    usage = c.simulation.kubelets.usage
    for node in c.objects("nodes"):
        pods = [item for item in c.objects("pods") if item.node_name == node.name and item.phase == "Running"]
        left = available(node, pods, usage)
        assert left >= 0
        assert node.holds("MemoryPressure") == (left < THRESHOLD)
        assert left >= THRESHOLD or {item.name for item in pods} <= {"file-node-1"}
        for item in pods:
            limit = item.containers[0].limits.get("memory")
            assert not limit or usage.memory(item) <= kn.Quantity(limit).value
