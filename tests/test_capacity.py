"""Capacity: the numbers of the picture are the scheduler's, and what is left is what a next Pod can have."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import k8snotes as kn
from k8snotes.control_plane.pod_resources import of_pod
from k8snotes.facts.amounts import amount_text
from k8snotes.facts.capacity import capacity
from k8snotes.facts.sizing import MOST_NODES, MOST_PODS, size_of

MIB = 1 << 20


def pod(name, *containers, **spec):
    """Return a Pod; each container is its resources."""
    made = [
        {"name": f"c{at}", "image": "x", "resources": item} for at, item in enumerate(containers or ({},))
    ]
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name},
        "spec": {"containers": made, **spec},
    }


def requests(**amounts):
    return {"requests": {name.replace("_", "."): amount for name, amount in amounts.items()}}


def scheduler_of(cluster):
    return next(item for item in cluster.simulation.components if item.name == "kube-scheduler")


amounts = st.fixed_dictionaries(
    {},
    optional={
        "cpu": st.integers(0, 900).map("{}m".format),
        "memory": st.one_of(
            st.integers(0, 700).map("{}Mi".format),
            st.integers(0, 10**9).map(str),
            st.integers(1, 5000).map("{}m".format),
        ),
        "example.com/dongle": st.integers(0, 2).map(str),
    },
)
resources = amounts.map(lambda found: {"requests": found, "limits": _dongles(found)})


def _dongles(found):
    # what cannot be overcommitted needs equal limits
    return {name: amount for name, amount in found.items() if "/" in name}


init = st.fixed_dictionaries(
    {"name": st.just("i"), "image": st.just("x"), "resources": resources},
    optional={"restartPolicy": st.just("Always")},
)


@st.composite
def clusters(draw):
    """Draw a few Nodes and the Pods that asked for room on them."""
    nodes = [
        {
            "metadata": {"name": f"n{at}"},
            "status": {
                "capacity": {
                    "cpu": f"{draw(st.integers(0, 4000))}m",
                    "memory": str(draw(st.integers(0, 3 << 30))),
                    "pods": str(draw(st.integers(1, 6))),
                    "example.com/dongle": str(draw(st.integers(0, 3))),
                }
            },
        }
        for at in range(draw(st.integers(1, 3)))
    ]
    cluster = kn.Cluster(nodes)
    for at in range(draw(st.integers(0, 8))):
        more = {}
        if draw(st.booleans()):
            first = draw(st.lists(init, max_size=2))
            more["initContainers"] = [{**item, "name": f"i{n}"} for n, item in enumerate(first)]
        cluster.create(pod(f"p{at}", *draw(st.lists(resources, min_size=1, max_size=2)), **more))
    cluster.settle()
    return cluster


property_test = settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


@property_test
@given(clusters())
def test_the_numbers_are_the_schedulers(cluster):
    """What is allocatable, requested and left is what kube-scheduler itself has counted, Node by Node."""
    facts = cluster.capacity().facts
    infos = {info.name: info for info in scheduler_of(cluster).infos}
    assert [node.name for node in facts.nodes] == sorted(infos)
    for node in facts.nodes:
        info = infos[node.name]
        for stock in node.stocks:
            used = len(info.pods) if stock.name == "pods" else info.used.get(stock.name, 0)
            assert (stock.allocatable, stock.requested) == (info.allocatable.get(stock.name, 0), used)
            assert sum(part.request for part in stock.parts) == stock.requested
            assert stock.left == stock.allocatable - stock.requested
    bound = sum(bool(item.node_name) for item in cluster.objects("pods"))
    assert (facts.pods, len(facts.waiting)) == (bound, len(cluster.objects("pods")) - bound)


@property_test
@given(clusters(), st.data())
def test_a_next_pod_can_have_what_is_left_and_no_more(cluster, data):
    """A Pod that asks for exactly what is left on a Node is bound to it; one thousandth or byte more, and it waits."""
    node = data.draw(st.sampled_from(cluster.capacity().facts.nodes))
    left = {name: amount for name, amount in node.left.items() if name in ("cpu", "memory")}
    here = {"nodeSelector": {"kubernetes.io/hostname": node.name}}
    text = {"cpu": f"{left['cpu']}m", "memory": str(left["memory"])}
    for name, unit in (("cpu", "m"), ("memory", "")):
        lab = cluster.copy()
        more = text | {name: f"{left[name] + 1}{unit}"}
        lab.create(pod("next", {"requests": more}, **here))
        lab.settle()
        assert not lab["pod/next"].node_name
        verdict = lab.why_pending("pod/next").facts.verdict(node.name)
        asked = {ask.name: ask for ask in verdict.asks}
        assert asked[name].lacks == 1
        assert f"Insufficient {name}" in verdict.reasons
    cluster.create(pod("next", {"requests": text}, **here))
    cluster.settle()
    assert bool(cluster["pod/next"].node_name) == bool(node.left["pods"])
    if node.left["pods"]:
        after = cluster.capacity(node.name).facts.nodes[0].left
        assert (after["cpu"], after["memory"]) == (0, 0)
    else:
        assert cluster.why_pending("pod/next").facts.verdict(node.name).reasons == ("Too many pods",)


@property_test
@given(clusters(), resources)
def test_the_verdicts_are_the_schedulers(cluster, asked):
    """For a Pod that comes last, the message made of the verdicts is what the scheduler has written of it."""
    cluster.create(pod("last", asked))
    cluster.settle()
    last = cluster["pod/last"]
    facts = cluster.why_pending("pod/last").facts
    assert facts.pending == (not last.node_name)
    if facts.pending:
        assert facts.message == last.condition("PodScheduled")["message"]
        assert not facts.fitting


def test_limits_and_use_change_nothing_that_is_left():
    """Limits beyond the Node and a program that takes all of it leave as much for the next Pod as before."""
    c = kn.Cluster(nodes=1, cpu="2", memory="1Gi")
    c.create(
        pod("b", {"requests": {"cpu": "500m", "memory": "64Mi"}, "limits": {"cpu": "6", "memory": "4Gi"}})
    )
    c.settle()
    before = c.capacity().facts.nodes[0].left
    c.use("pod/b", cpu="2", memory="500Mi")
    c.settle()
    assert c.capacity().facts.nodes[0].left == before
    cpu = c.capacity().facts.nodes[0].stock("cpu")
    assert (cpu.left, cpu.limits, cpu.percent(cpu.limits), cpu.used) == (1500, 6000, 300, 2000)


@pytest.mark.parametrize(
    ("spec", "asked"),
    [
        ({"containers": [{}]}, {}),
        (
            {"containers": [{"resources": requests(memory="128m")}, {"resources": requests(memory="128m")}]},
            {"memory": "256m"},
        ),
        (
            {
                "containers": [{"resources": requests(cpu="100m")}],
                "initContainers": [
                    {"resources": requests(cpu="300m")},
                    {"resources": requests(cpu="50m"), "restartPolicy": "Always"},
                    {"resources": requests(cpu="200m")},
                ],
            },
            {"cpu": "300m"},
        ),
        (
            {
                "containers": [{"resources": requests(cpu="100m")}],
                "overhead": {"cpu": "20m", "memory": "8Mi"},
            },
            {"cpu": "120m", "memory": "8Mi"},
        ),
        (
            {
                "containers": [{"resources": requests(cpu="100m", memory="1Gi")}],
                "resources": requests(cpu="2"),
                "overhead": {"cpu": "1"},
            },
            {"cpu": "3", "memory": "1Gi"},
        ),
        ({"containers": [{"resources": {"limits": {"cpu": "1"}}}]}, {"cpu": "1"}),
        ({"containers": [{"resources": {"requests": {"cpu": "garbage"}}}, None, 3]}, {"cpu": "0"}),
    ],
)
def test_what_a_pod_asks_for(spec, asked):
    """Sums are exact; init containers, sidecars, overhead, the Pod's own amounts and bare limits are counted in."""
    assert of_pod(spec, "requests") == {name: kn.Quantity(amount) for name, amount in asked.items()}


def test_a_pod_with_limits_of_its_own_asks_for_them():
    """Pod-level limits without requests: what the containers request, or else the limits, as the API server fills in."""
    c = kn.Cluster(nodes=1)
    c.create(pod("whole", requests(cpu="100m"), {}, resources={"limits": {"cpu": "1", "memory": "64Mi"}}))
    assert c["pod/whole"].spec["resources"]["requests"] == {"cpu": "100m", "memory": "64Mi"}
    c.settle()
    assert c["pod/whole"].status["qosClass"] == "Burstable"
    left = c.capacity().facts.nodes[0].left
    assert (left["cpu"], left["memory"]) == (3900, (8 << 30) - 64 * MIB)


def test_resources_that_only_some_nodes_have():
    """GPUs, huge pages and local storage are counted like CPU, and told where a Pod requests them."""
    node = {
        "metadata": {"name": "gpu"},
        "status": {"capacity": {"nvidia.com/gpu": "2", "hugepages-2Mi": "1Gi"}},
    }
    c = kn.Cluster([node])
    amounts = {"nvidia.com/gpu": "2", "hugepages-2Mi": "512Mi", "memory": "64Mi"}
    c.create(pod("train", {"requests": amounts | {"ephemeral-storage": "10Gi"}, "limits": amounts}))
    c.settle()
    c.create(pod("late", {"limits": {"nvidia.com/gpu": "1"}}))
    c.settle()
    figure = c.capacity()
    assert figure.facts.nodes[0].left["nvidia.com/gpu"] == 0
    assert "nvidia.com/gpu: requests 2 of 2 (100 %), 0 left" in figure.text
    assert "hugepages-2Mi: requests 512Mi of 1Gi (50 %), 512Mi left" in figure.text
    assert "ephemeral-storage: requests 10Gi of 100Gi (10 %), 90Gi left" in figure.text
    assert "the Pod requests 1 nvidia.com/gpu, but only 0 of 2 is left" in c.why_pending("pod/late").text


def test_allocatable_and_not_capacity_is_shared_out():
    """What a Node keeps for its own programs is not left for Pods."""
    status = {"capacity": {"cpu": "4", "memory": "8Gi"}, "allocatable": {"cpu": "3500m", "memory": "7Gi"}}
    c = kn.Cluster([{"metadata": {"name": "n"}, "status": status}])
    cpu = c.capacity().facts.node("n").stock("cpu")
    assert (cpu.capacity, cpu.allocatable, cpu.left) == (4000, 3500, 3500)
    with pytest.raises(KeyError):
        c.capacity().facts.node("m")


def test_pods_that_have_ended_take_nothing():
    """A Pod that has succeeded or failed is still there, and its requests are free again."""
    c = kn.Cluster(nodes=1)
    c.create(pod("job", requests(cpu="1"), restartPolicy="Never"))
    c.settle()
    c.crash("pod/job", exit_code=0)
    c.settle()
    assert c.capacity().facts.nodes[0].stock("cpu").requested == 0


def test_every_reason_is_explained():
    """Taints, a cordon, labels, host ports and too many Pods are told with what is in the way."""
    c = kn.Cluster(
        [
            {
                "metadata": {"name": "tainted"},
                "spec": {"taints": [{"key": "db", "value": "x", "effect": "NoSchedule"}]},
            },
            {"metadata": {"name": "closed"}, "spec": {"unschedulable": True}},
            {"metadata": {"name": "other", "labels": {"disk": "hdd"}}},
            {"metadata": {"name": "taken", "labels": {"disk": "ssd"}}},
            {"metadata": {"name": "full", "labels": {"disk": "ssd"}}, "status": {"capacity": {"pods": "0"}}},
        ]
    )
    port = {"containers": [{"name": "c", "image": "x", "ports": [{"containerPort": 80, "hostPort": 8080}]}]}
    first = {**pod("first"), "spec": {**port, "nodeSelector": {"kubernetes.io/hostname": "taken"}}}
    c.create(first)
    c.settle()
    c.create({**pod("second"), "spec": {**port, "nodeSelector": {"disk": "ssd"}}})
    c.settle()
    text = c.why_pending("pod/second").text
    for words in (
        "the Pod does not tolerate the taint db=x:NoSchedule",
        "the Node is cordoned",
        "the Pod's nodeSelector needs disk=ssd, but the Node has the value hdd",
        "another Pod on this Node uses a host port that the Pod needs (8080/TCP, Pod first)",
        "the Node takes at most 0 Pods, and it has 0 already",
    ):
        assert words in text
    assert "no Node can take it, because " in text
    codes = {verdict.code for verdict in c.why_pending("pod/second").facts.verdicts}
    assert codes == {"TaintToleration", "NodeUnschedulable", "NodeAffinity", "NodePorts", "NodeResourcesFit"}


RULES_OF_NEIGHBOURS = {
    "anti-affinity": {
        "affinity": {
            "podAntiAffinity": {
                "requiredDuringSchedulingIgnoredDuringExecution": [
                    {
                        "topologyKey": "kubernetes.io/hostname",
                        "labelSelector": {"matchLabels": {"app": "web"}},
                    }
                ]
            }
        }
    },
    "affinity": {
        "affinity": {
            "podAffinity": {
                "requiredDuringSchedulingIgnoredDuringExecution": [
                    {"topologyKey": "kubernetes.io/hostname", "labelSelector": {"matchLabels": {"app": "db"}}}
                ]
            }
        }
    },
    "spread-label": {
        "topologySpreadConstraints": [
            {
                "maxSkew": 1,
                "topologyKey": "zone",
                "whenUnsatisfiable": "DoNotSchedule",
                "labelSelector": {"matchLabels": {"app": "web"}},
            }
        ]
    },
    "spread": {
        "topologySpreadConstraints": [
            {
                "maxSkew": 1,
                "minDomains": 2,
                "topologyKey": "kubernetes.io/hostname",
                "whenUnsatisfiable": "DoNotSchedule",
                "labelSelector": {"matchLabels": {"app": "web"}},
            }
        ]
    },
}


@pytest.mark.parametrize("rule", RULES_OF_NEIGHBOURS)
def test_what_of_the_other_pods_is_in_the_way_is_named(rule):
    """The cause has the rule, the label of the Nodes and the selector; an empty Node is not called full."""
    c = kn.Cluster(nodes=1)
    first = pod("first")
    first["metadata"]["labels"] = {"app": "web"}
    c.create(first)
    c.settle()
    second = pod("second", **RULES_OF_NEIGHBOURS[rule])
    second["metadata"]["labels"] = {"app": "web"}
    c.create(second)
    c.settle()
    facts = c.why_pending("pod/second").facts
    hindrance = facts.verdicts[0].hindrance
    assert hindrance.rule == rule
    assert hindrance.key in facts.note
    assert hindrance.pods == (("first",) if rule == "anti-affinity" else ())
    assert "too little is left" not in facts.note


def test_the_expression_of_an_affinity_that_fails_is_named():
    """Of node affinity it is said which expression a Node does not fulfil, and what the Node has."""
    c = kn.Cluster(nodes=1)
    terms = [{"matchExpressions": [{"key": "disk", "operator": "In", "values": ["ssd"]}]}]
    required = {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": terms}}
    c.create(pod("x", affinity={"nodeAffinity": required}))
    c.settle()
    (detail,) = c.why_pending("pod/x").facts.verdicts[0].details
    assert "disk In (ssd)" in detail


@pytest.mark.parametrize(
    ("spec", "note"),
    [
        (
            {"schedulingGates": [{"name": "wait.example.com/x"}]},
            "until its scheduling gates are removed: wait.example.com/x",
        ),
        ({"schedulerName": "mine"}, 'it waits for the scheduler "mine"'),
        ({}, "can take it (node-1), and the scheduler will bind it in its next turn"),
    ],
)
def test_who_is_not_looked_at_is_told_so(spec, note):
    """A Pod that waits for something else than room says for what."""
    c = kn.Cluster(nodes=1)
    c.create(pod("x", **spec))
    assert note in c.why_pending("pod/x").facts.note


def test_who_has_a_node_does_not_wait():
    """Of a Pod that runs, has ended or is going, it is said that it is not Pending."""
    c = kn.Cluster(nodes=1)
    c.create(pod("x", restartPolicy="Never"))
    scheduler_of(c).run(c.api)
    assert "its containers have not started yet" in c.why_pending("pod/x").facts.note
    c.settle()
    assert c.why_pending("pod/x").facts.note == "it is not Pending but Running on node-1"
    c.crash("pod/x")
    c.settle()
    assert c.why_pending("pod/x").facts.note == "it has ended with phase Failed"
    c.create(pod("y"))
    c.settle()
    c.delete("pod/y")
    assert c.why_pending("pod/y").facts.note == "it is being deleted"


@given(st.sampled_from(["cpu", "memory", "pods"]), st.integers(-(10**15), 10**15))
def test_amounts_are_said_exactly_or_marked(name, amount):
    """An amount in words is read back as the same number, or begins with ≈."""
    words = amount_text(name, amount)
    if not words.startswith("≈"):
        read = kn.Quantity(words.replace("−", "-"))
        assert (read.milli if name == "cpu" else read.value) == amount


def test_wrong_input_is_told():
    """A Node that is not there, a Pod where a Node is asked for, and the other way round, are told what there is."""
    c = kn.load("guestbook")
    with pytest.raises(kn.NotFoundError, match="There are: node-1, node-2, node-3"):
        c.capacity("node-x")
    with pytest.raises(kn.ClusterError, match="only for a Node, but pod/client is of kind Pod"):
        c.capacity("pod/client")
    with pytest.raises(kn.ClusterError, match="Only a Pod waits for a Node, but deployment/cache"):
        c.why_pending("deploy/cache")
    with pytest.raises(kn.NotFoundError, match='pods "clint" not found'):
        c.why_pending("pod/clint")
    with pytest.raises(kn.RefError):
        c.why_pending("a/b/c/d")
    with pytest.raises(kn.ClusterError, match='is text such as "node-1", not a value of type int'):
        c.capacity(3)
    with pytest.raises(
        kn.NotFoundError, match=r"The name of a Namespace is text such as .*, not a value of type int"
    ):
        c.quota(5)
    with pytest.raises(kn.NotFoundError, match="A kind is text"):
        c.top(None)


def test_a_snapshot_is_counted_too():
    """Of a dump the same is read, though nobody schedules in it."""
    c = kn.load("guestbook")
    assert capacity(c.api) == c.capacity().facts


@pytest.mark.parametrize(
    ("name", "most"), [("replicas", MOST_PODS), ("nodes", MOST_NODES), ("node_pods", MOST_PODS)]
)
def test_how_much_may_be_asked(name, most):
    """From 0 up to the most that is worked out; one more is refused, and so is what is no whole number."""
    for number, fine in (
        (0, True),
        (1, True),
        (most, True),
        (most + 1, False),
        (-1, False),
        (True, False),
        (1.0, False),
    ):
        asked = {"replicas": 1, "nodes": 1, name: number}
        replicas = asked.pop("replicas")
        if fine:
            assert size_of(replicas, **asked)
        else:
            with pytest.raises(kn.ClusterError, match=name):
                size_of(replicas, **asked)


@pytest.mark.parametrize("nodes", [1, 2, 3, 4, 6])
def test_of_many_nodes_that_fit_three_are_named(nodes):
    """The first three, and that there are others."""
    c = kn.Cluster(nodes=nodes)
    c.create(pod("x"))
    note = c.why_pending("pod/x").facts.note
    names = ", ".join(f"node-{i}" for i in range(1, min(nodes, 3) + 1)) + (" and others" if nodes > 3 else "")
    assert f"({names})" in note
    assert note.startswith(f"{nodes} Node")
