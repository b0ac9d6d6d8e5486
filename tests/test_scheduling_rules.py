"""The scheduler's filters, scores and sacrifices, one Node and one Pod at a time, against the rules written once more.

The rules are those of k8s.io/kubernetes/pkg/scheduler/framework/plugins (noderesources, nodeports, podtopologyspread,
interpodaffinity, defaultpreemption) and of k8s.io/component-helpers/resource (`PodRequests`).
"""

from __future__ import annotations

import itertools
import random
from types import SimpleNamespace

import pytest

from k8snotes.api.base import view
from k8snotes.api.quantity import Quantity
from k8snotes.control_plane.etcd import WatchEvent
from k8snotes.control_plane.pod_resources import of_pod, qos_class
from k8snotes.control_plane.scheduler import _may_help, _only_runs_on, _turn, _wants_a_node
from k8snotes.control_plane.scheduling.failure import failure_message
from k8snotes.control_plane.scheduling.filters import Refusal, fits_ports, fits_resources, refusal
from k8snotes.control_plane.scheduling.neighbours import Neighbours, looks_at_neighbours
from k8snotes.control_plane.scheduling.node_info import NodeInfos, needs_of
from k8snotes.control_plane.scheduling.preemption import Sacrifice, sacrifices
from k8snotes.control_plane.scheduling.requests import host_ports
from k8snotes.control_plane.scheduling.scores import score

DRAW = random.Random(7)  # noqa: S311  # a draw, no secret
_uids = itertools.count()


def node(name="n1", labels=None, taints=(), *, cpu="2", memory="4Gi", pods="10", **spec):
    return view(
        {
            "apiVersion": "v1",
            "kind": "Node",
            "metadata": {"name": name, "labels": labels or {}},
            "spec": {"taints": list(taints), **spec},
            "status": {"allocatable": {"cpu": cpu, "memory": memory, "pods": pods}},
        }
    )


def pod(name="p", labels=None, namespace="a", where="", *, owner="", meta=None, status=None, **spec):
    """Return a Pod; `where` is its Node."""
    metadata = {
        "name": name,
        "namespace": namespace,
        "uid": f"u{next(_uids)}",
        "labels": labels or {},
        **(meta or {}),
    }
    if owner:
        metadata["ownerReferences"] = [
            {"kind": "ReplicaSet", "name": owner, "uid": owner, "controller": True}
        ]
    spec = {"containers": [{"name": "main", "image": "a:1"}], **spec}
    if where:
        spec["nodeName"] = where
    return view(
        {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec, "status": status or {}}
    )


def asks(cpu="", memory="", field="requests", **more):
    amounts = {name: value for name, value in (("cpu", cpu), ("memory", memory)) if value}
    return {"name": "main", "image": "a:1", "resources": {field: {**amounts, **more}}}


def only(infos):
    (info,) = infos
    return info


# --- resources and ports


@pytest.mark.parametrize(
    ("there", "wanted", "reasons", "helps"),
    [
        ({}, {"cpu": "2"}, (), True),
        ({}, {"cpu": "2001m"}, ("Insufficient cpu",), False),
        ({"cpu": "1"}, {"cpu": "1"}, (), True),
        ({"cpu": "1"}, {"cpu": "1001m"}, ("Insufficient cpu",), True),
        ({"cpu": "2"}, {"memory": "4Gi"}, (), True),
        ({"cpu": "2"}, {"cpu": "0"}, (), True),
        ({"cpu": "2"}, {}, (), True),
        ({"cpu": "2"}, {"cpu": "1m"}, ("Insufficient cpu",), True),
        ({"memory": "1"}, {"memory": "4Gi"}, ("Insufficient memory",), True),
        ({}, {"memory": "4294967297"}, ("Insufficient memory",), False),
        (
            {"cpu": "1", "memory": "1Gi"},
            {"cpu": "2", "memory": "4Gi"},
            ("Insufficient cpu", "Insufficient memory"),
            True,
        ),
        ({"cpu": "1"}, {"cpu": "2", "memory": "5Gi"}, ("Insufficient cpu", "Insufficient memory"), False),
        ({}, {"example.com/gpu": "1"}, ("Insufficient example.com/gpu",), False),
        ({}, {"example.com/gpu": "0"}, (), True),
    ],
)
def test_what_is_left_of_a_node(there, wanted, reasons, helps):
    """`fitsRequest`: what is asked for must be there; what a whole empty Node does not have, preemption does not give."""
    infos = NodeInfos.of([node()], [pod("other", where="n1", containers=[asks(**there)])])
    found = fits_resources(needs_of(pod(containers=[asks(**wanted)])), only(infos))
    assert (found.reasons if found else ()) == reasons
    assert found is None or (found.preemption_helps, found.code) == (helps, "NodeResourcesFit")


@pytest.mark.parametrize(
    ("room", "there", "fits"), [(2, 1, True), (2, 2, False), (1, 0, True), (0, 0, False)]
)
def test_a_node_takes_so_many_pods(room, there, fits):
    """`fitsRequest`: the Pods that are there and this one, up to what is allocatable; preemption helps there."""
    infos = NodeInfos.of([node(pods=str(room))], [pod(f"o{i}", where="n1") for i in range(there)])
    found = fits_resources(needs_of(pod()), only(infos))
    assert found == (None if fits else Refusal(("Too many pods",), True, "NodeResourcesFit", ("pods",)))


def with_port(number=80, protocol=None, ip=None):
    port = {"containerPort": 80, "hostPort": number, "protocol": protocol, "hostIP": ip}
    return {
        "name": "main",
        "image": "a",
        "ports": [{key: value for key, value in port.items() if value is not None}],
    }


@pytest.mark.parametrize(
    ("one", "other", "free"),
    [
        ((80,), (80,), False),
        ((80,), (81,), True),
        ((80, "TCP"), (80, "UDP"), True),
        ((80, "TCP"), (80,), False),
        ((80, None, "10.0.0.1"), (80, None, "10.0.0.2"), True),
        ((80, None, "10.0.0.1"), (80, None, "10.0.0.1"), False),
        ((80, None, "10.0.0.1"), (80,), False),
        ((80,), (80, None, "10.0.0.1"), False),
        ((80, None, "10.0.0.1"), (80, "UDP"), True),
        ((0,), (0,), True),
    ],
)
def test_a_port_of_a_node_is_taken_once(one, other, free):
    """`Fits` of NodePorts: number, protocol and address; an address that is left out means every one."""
    there = pod("other", where="n1", containers=[with_port(*other)])
    infos = NodeInfos.of([node()], [there])
    needs = needs_of(pod(containers=[with_port(*one)]))
    assert fits_ports(needs, only(infos)) is free
    infos.remove(there.uid)
    assert fits_ports(needs, only(infos))
    assert len(needs.ports) == bool(one[0])


def test_a_port_is_counted_by_every_pod_that_has_it():
    """Two Pods hold one port (they were bound by hand): when one goes it is still taken."""
    pods = [pod(f"o{i}", where="n1", containers=[with_port()]) for i in range(2)]
    infos, needs = NodeInfos.of([node()], pods), needs_of(pod(containers=[with_port()]))
    infos.remove(pods[0].uid)
    assert not fits_ports(needs, only(infos))
    infos.remove(pods[1].uid)
    assert fits_ports(needs, only(infos))


def pod_requests(spec):
    """Return CPU in thousandths and bytes that a Pod asks for (`PodRequests`)."""

    def own(item):
        given = item["resources"]
        both = {**given.get("limits", {}), **given.get("requests", {})}
        return [int(Quantity(both.get(name, "0")).milli) for name in ("cpu", "memory")]

    def plus(a, b):
        return [x + y for x, y in zip(a, b, strict=True)]

    total, beside, first = [0, 0], [0, 0], [0, 0]
    for item in spec["containers"]:
        total = plus(total, own(item))
    for item in spec.get("initContainers", []):
        if item.get("restartPolicy") == "Always":
            total, beside = plus(total, own(item)), plus(beside, own(item))
            needed = beside
        else:
            needed = plus(own(item), beside)
        first = [max(pair) for pair in zip(first, needed, strict=True)]
    total = [max(pair) for pair in zip(total, first, strict=True)]
    for i, name in enumerate(("cpu", "memory")):
        if name in spec.get("resources", {}).get("requests", {}):
            total[i] = Quantity(spec["resources"]["requests"][name]).milli
        total[i] += Quantity(spec.get("overhead", {}).get(name, "0")).milli
    return total


def test_what_a_pod_asks_for():
    """Containers together, the largest init container with the sidecars before it, what the Pod says, and its overhead."""
    for _ in range(300):

        def container():
            given = {
                field: {
                    name: DRAW.choice(["50m", "100m", "1", "250m"])
                    for name in ("cpu", "memory")
                    if DRAW.random() < 0.6
                }
                for field in ("requests", "limits")
                if DRAW.random() < 0.7
            }
            return {
                "name": "x",
                "resources": given,
                **({"restartPolicy": "Always"} if DRAW.random() < 0.4 else {}),
            }

        spec = {
            "containers": [container() for _ in range(DRAW.randrange(1, 4))],
            "initContainers": [container() for _ in range(DRAW.randrange(4))],
        }
        if DRAW.random() < 0.3:
            spec["resources"] = {"requests": {DRAW.choice(["cpu", "memory"]): "3"}}
        if DRAW.random() < 0.3:
            spec["overhead"] = {"cpu": "10m"}
        found = of_pod(spec, "requests")
        assert [found.get(name, Quantity("0")).milli for name in ("cpu", "memory")] == pod_requests(spec), (
            spec
        )


@pytest.mark.parametrize(
    ("limits", "overhead", "total"),
    [
        ([{"cpu": "1"}, {"cpu": "2"}], {}, {"cpu": "3"}),
        ([{"cpu": "1"}, {}], {"cpu": "1", "memory": "1"}, {"cpu": "2"}),
        ([{}, {}], {"cpu": "1"}, {}),
    ],
)
def test_what_a_pod_may_have(limits, overhead, total):
    """`PodLimits`: the overhead is added to those limits that there are."""
    spec = {"containers": [{"resources": {"limits": item}} for item in limits], "overhead": overhead}
    assert {name: str(amount) for name, amount in of_pod(spec, "limits").items()} == total


FULL = {"cpu": "1", "memory": "1Gi"}


@pytest.mark.parametrize(
    ("containers", "quality"),
    [
        ([{}], "BestEffort"),
        ([{"requests": {"cpu": "0"}}], "BestEffort"),
        ([{"requests": {"example.com/gpu": "1"}, "limits": {"example.com/gpu": "1"}}], "BestEffort"),
        ([{"requests": {"cpu": "1"}}], "Burstable"),
        ([{"limits": {"cpu": "1"}}], "Burstable"),
        ([{"limits": {"memory": "1Gi"}}], "Burstable"),
        ([{"limits": FULL}], "Guaranteed"),
        ([{"requests": FULL, "limits": FULL}], "Guaranteed"),
        ([{"requests": {**FULL, "cpu": "1000m"}, "limits": FULL}], "Guaranteed"),
        ([{"requests": {**FULL, "cpu": "999m"}, "limits": FULL}], "Burstable"),
        ([{"requests": {"cpu": "1"}, "limits": FULL}], "Burstable"),
        ([{"limits": FULL}, {"limits": FULL}], "Guaranteed"),
        ([{"limits": FULL}, {}], "Burstable"),
        ([{}, {"limits": FULL}], "Burstable"),
        ([{"requests": FULL}], "Burstable"),
    ],
)
def test_the_quality_of_service(containers, quality):
    """Source of the rule: https://kubernetes.io/docs/concepts/workloads/pods/pod-qos/, one requirement at a time."""
    for init in (False, True):
        rows = [{"name": f"c{i}", "resources": item} for i, item in enumerate(containers)]
        spec = {"containers": rows[:1], "initContainers": rows[1:]} if init else {"containers": rows}
        assert qos_class({"spec": spec}) == quality


@pytest.mark.parametrize(
    ("requests", "limits", "quality"), [({}, FULL, "Guaranteed"), ({"cpu": "1"}, {}, "Burstable")]
)
def test_the_quality_of_service_by_what_the_pod_says(requests, limits, quality):
    """Resources of the Pod as a whole decide alone."""
    spec = {"containers": [{"name": "c"}], "resources": {"requests": requests, "limits": limits}}
    assert qos_class({"spec": spec}) == quality


# --- the order of the filters

CORDON = {"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"}
DEDICATED = {"key": "dedicated", "value": "db", "effect": "NoSchedule"}
PATIENT = {"key": "dedicated", "value": "db", "effect": "PreferNoSchedule"}
ANY = {"operator": "Exists"}


@pytest.mark.parametrize(
    ("machine", "spec", "code"),
    [
        ({}, {}, ""),
        ({"unschedulable": True}, {}, "NodeUnschedulable"),
        ({"unschedulable": True}, {"tolerations": [ANY]}, ""),
        ({"unschedulable": True}, {"tolerations": [{**CORDON, "operator": "Exists"}]}, ""),
        ({"unschedulable": True}, {"tolerations": [{**CORDON, "effect": "NoExecute"}]}, "NodeUnschedulable"),
        ({"unschedulable": True, "taints": [DEDICATED]}, {}, "NodeUnschedulable"),
        ({"taints": [DEDICATED]}, {}, "TaintToleration"),
        ({"taints": [{**DEDICATED, "effect": "NoExecute"}]}, {}, "TaintToleration"),
        ({"taints": [PATIENT]}, {}, ""),
        ({"taints": [DEDICATED]}, {"tolerations": [ANY]}, ""),
        ({"taints": [DEDICATED]}, {"nodeSelector": {"disk": "ssd"}}, "TaintToleration"),
        ({}, {"nodeSelector": {"disk": "ssd"}}, "NodeAffinity"),
        ({"labels": {"disk": "ssd"}}, {"nodeSelector": {"disk": "ssd"}}, ""),
        ({"labels": {"disk": "ssd"}}, {"nodeSelector": {"disk": "ssd", "zone": "a"}}, "NodeAffinity"),
        ({}, {"nodeName": "n2"}, "NodeName"),
        ({}, {"nodeName": "n1"}, ""),
        ({"taints": [DEDICATED]}, {"nodeName": "n2"}, "NodeName"),
        ({}, {"containers": [with_port(), asks(cpu="9")]}, "NodePorts"),
        ({}, {"containers": [asks(cpu="9")]}, "NodeResourcesFit"),
    ],
)
def test_the_first_filter_that_refuses_gives_the_reason(machine, spec, code):
    """The filters are asked in the order of the default plugins."""
    infos = NodeInfos.of([node(**machine)], [pod("other", where="n1", containers=[with_port()])])
    new = pod(**spec)
    found = refusal(needs_of(new)._replace(spec=new.spec), only(infos))
    assert (found.code if found else "") == code
    assert found is None or found.preemption_helps == (code == "NodePorts")


# --- neighbours

TEAMS = {"a": {"team": "x"}, "b": {"team": "y"}}
WANTED = ({"matchLabels": {"app": "web"}}, {"matchLabels": {"app": "db"}}, {}, None)
REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"


def means(term, owner, other):
    """Whether a term is about a Pod (`AffinityTerm.Matches`)."""
    named, chosen = term.get("namespaces") or [], term.get("namespaceSelector")
    if not named and chosen is None:
        named = [owner.namespace]
    wanted = term.get("labelSelector")
    inside = other.namespace in named or (
        chosen is not None
        and all(
            TEAMS[other.namespace].get(key) == value for key, value in chosen.get("matchLabels", {}).items()
        )
    )
    return (
        inside
        and wanted is not None
        and all(other.labels.get(key) == value for key, value in wanted.get("matchLabels", {}).items())
    )


def places(machine, pods, nodes):
    """Return the Pods with the labels of their Node, where it shares the value of a key with a machine."""
    return lambda key: [
        other
        for other in pods
        if key in machine.labels and nodes[other.node_name].labels.get(key) == machine.labels[key]
    ]


def wanted_reason(new, machine, pods, nodes):
    """Return why a Node cannot take a Pod because of others, by the documentation of affinity and of spreading."""
    beside = places(machine, pods, nodes)
    hard = [
        c for c in new.spec.get("topologySpreadConstraints", []) if c["whenUnsatisfiable"] == "DoNotSchedule"
    ]
    for constraint in hard:
        key = constraint["topologyKey"]
        if key not in machine.labels:
            return "missing required label"
        domains = {}
        for item in nodes.values():
            if any(c["topologyKey"] not in item.labels for c in hard):
                continue
            selected = new.spec.get("nodeSelector", {}).items() <= item.labels.items()
            if constraint.get("nodeAffinityPolicy", "Honor") == "Honor" and not selected:
                continue
            if constraint.get("nodeTaintsPolicy", "Ignore") == "Honor" and item.taints:
                continue
            domains.setdefault(item.labels[key], 0)
            domains[item.labels[key]] += sum(
                other.node_name == item.name
                and other.namespace == new.namespace
                and not other.terminating
                and means(constraint | {"namespaces": [new.namespace]}, new, other)
                for other in pods
            )
        least = min(domains.values(), default=0)
        if len(domains) < constraint.get("minDomains", 1):
            least = 0
        own = means(constraint, new, new)
        if domains.get(machine.labels[key], 0) + own - least > constraint["maxSkew"]:
            return "topology spread"
    near, apart = (
        new.spec.get("affinity", {}).get(kind, {}).get(REQUIRED, [])
        for kind in ("podAffinity", "podAntiAffinity")
    )
    liked = [other for other in pods if all(means(term, new, other) for term in near)]
    if near:
        if any(term["topologyKey"] not in machine.labels for term in near):
            return "pod affinity"
        some = any(term["topologyKey"] in nodes[other.node_name].labels for other in liked for term in near)
        if not all(set(liked) & set(beside(term["topologyKey"])) for term in near) and (
            some or not all(means(term, new, new) for term in near)
        ):
            return "pod affinity"
    if any(means(term, new, other) for term in apart for other in beside(term["topologyKey"])):
        return "pod anti-affinity"
    for other in pods:
        for term in other.spec.get("affinity", {}).get("podAntiAffinity", {}).get(REQUIRED, []):
            if other in beside(term["topologyKey"]) and means(term, other, new):
                return "existing pods anti-affinity"
    return ""


def some_term():
    term = {"topologyKey": DRAW.choice(["zone", "host"]), "labelSelector": DRAW.choice(WANTED)}
    if DRAW.random() < 0.3:
        term["namespaces"] = [DRAW.choice("ab")]
    if DRAW.random() < 0.3:
        term["namespaceSelector"] = DRAW.choice([{}, {"matchLabels": {"team": "y"}}])
    return term


def some_constraint():
    constraint = {
        "topologyKey": DRAW.choice(["zone", "host"]),
        "labelSelector": DRAW.choice(WANTED[:3]),
        "maxSkew": DRAW.choice([1, 1, 2]),
        "whenUnsatisfiable": DRAW.choice(["DoNotSchedule"] * 4 + ["ScheduleAnyway"]),
    }
    if DRAW.random() < 0.3:
        constraint["minDomains"] = DRAW.choice([1, 2, 3])
    if DRAW.random() < 0.3:
        constraint["nodeAffinityPolicy"] = DRAW.choice(["Honor", "Ignore"])
    if DRAW.random() < 0.3:
        constraint["nodeTaintsPolicy"] = DRAW.choice(["Honor", "Ignore"])
    return constraint


def some_pod(number, where="", *, spreads=False):
    labels = {"app": DRAW.choice(["web", "db"])} if DRAW.random() < 0.9 else {}
    affinity = {}
    if DRAW.random() < (0.5 if not where else 0.2):
        affinity["podAntiAffinity"] = {REQUIRED: [some_term() for _ in range(DRAW.choice([1, 1, 2]))]}
    if not where and DRAW.random() < 0.5:
        affinity["podAffinity"] = {REQUIRED: [some_term() for _ in range(DRAW.choice([1, 1, 2]))]}
    spec = {"affinity": affinity} if affinity else {}
    if spreads:
        spec["topologySpreadConstraints"] = [some_constraint() for _ in range(DRAW.choice([1, 1, 2]))]
        if DRAW.random() < 0.3:
            spec["nodeSelector"] = {"disk": "ssd"}
    meta = {"deletionTimestamp": "2026-01-01T00:00:00Z"} if where and DRAW.random() < 0.1 else {}
    return pod(f"p{number}", labels, DRAW.choice("aab"), where, meta=meta, **spec)


RULES = {
    "missing required label": "spread-label",
    "topology spread": "spread",
    "pod affinity": "affinity",
    "pod anti-affinity": "anti-affinity",
    "existing pods anti-affinity": "anti-affinity-of",
}


@pytest.mark.parametrize("spreads", [False, True])
def test_what_the_neighbours_say(spreads):
    """Affinity, anti-affinity of both sides, and spreading: refused for the same reason as by the documentation's rules."""
    seen = set()
    for _ in range(500):
        machines = {}
        for i in range(DRAW.randrange(1, 5)):
            labels = {"host": f"n{i}", "zone": DRAW.choice(["z1", "z2"]), "disk": DRAW.choice(["ssd", "hdd"])}
            if DRAW.random() < 0.15:
                del labels["zone"]
            machines[f"n{i}"] = node(f"n{i}", labels, [DEDICATED] if DRAW.random() < 0.2 else [])
        pods = [some_pod(i, DRAW.choice(list(machines))) for i in range(DRAW.randrange(5))]
        new = some_pod(9, spreads=spreads)
        infos = NodeInfos.of(list(machines.values()), pods)
        neighbours = Neighbours(new, needs_of(new), infos, TEAMS)
        for info in infos:
            found = neighbours.refusal(info)
            wanted = wanted_reason(new, info.node, pods, machines)
            seen.add(wanted)
            assert (found is None) == (not wanted), (wanted, found)
            assert not wanted or wanted in found.reasons[0]
            assert not wanted or found.preemption_helps == (
                wanted not in ("missing required label", "pod affinity")
            )
            hindrance = neighbours.hindrance(info)
            assert (hindrance.rule if hindrance else "") == RULES.get(wanted, "")
            if hindrance and hindrance.rule == "spread":
                assert hindrance.there + 1 - hindrance.least > hindrance.most - 1
                assert hindrance.place == info.node.labels[hindrance.key]
            if hindrance and hindrance.rule.startswith("anti"):
                there = {other.name for other in places(info.node, pods, machines)(hindrance.key)}
                assert 0 < len(hindrance.pods) <= 3
                assert set(hindrance.pods) <= there
                named = [other for other in pods if other.name in hindrance.pods]
                apart = new.spec.get("affinity", {}).get("podAntiAffinity", {}).get(REQUIRED, [])
                for other in named:
                    owner, means_whom = (new, other) if hindrance.rule == "anti-affinity" else (other, new)
                    terms = apart
                    if owner is other:
                        terms = other.spec["affinity"]["podAntiAffinity"][REQUIRED]
                    keyed = [term for term in terms if term["topologyKey"] == hindrance.key]
                    assert any(means(term, owner, means_whom) for term in keyed)
    assert len(seen) >= (6 if spreads else 4)


@pytest.mark.parametrize(
    ("spec", "looks"),
    [
        ({}, False),
        ({"affinity": {"nodeAffinity": {REQUIRED: {}}}}, False),
        ({"affinity": {"podAffinity": {REQUIRED: []}}}, True),
        ({"affinity": {"podAntiAffinity": {REQUIRED: []}}}, True),
        (
            {"topologySpreadConstraints": [{"topologyKey": "zone", "whenUnsatisfiable": "ScheduleAnyway"}]},
            False,
        ),
        (
            {"topologySpreadConstraints": [{"topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule"}]},
            True,
        ),
    ],
)
def test_when_neighbours_matter(spec, looks):
    """Only a Pod with affinity to Pods, or with a constraint that forbids, looks at the others."""
    assert looks_at_neighbours(needs_of(pod(**spec))) is looks


# --- scores


def points(machine, spec, others=(), owner=""):
    infos = NodeInfos.of([node(**machine)], list(others))
    new = pod(owner=owner, **spec)
    return score(new, needs_of(new), only(infos))


def preferring(*weights):
    terms = [
        {"weight": weight, "preference": {"matchExpressions": [{"key": key, "operator": "Exists"}]}}
        for weight, key in weights
    ]
    return {"affinity": {"nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": terms}}}


EMPTY = {"containers": [asks(cpu="1m", memory="1Mi")]}


def test_how_good_a_node_is():
    """TaintToleration counts three times, NodeAffinity and spreading twice, what is left and how evenly once."""
    base = points({}, EMPTY)
    assert base - points({"taints": [PATIENT]}, EMPTY) == 3 * 90
    assert base - points({"taints": [PATIENT, {**PATIENT, "key": "other"}]}, EMPTY) == 3 * 95
    assert base == points({"taints": [PATIENT]}, EMPTY | {"tolerations": [ANY]})
    assert points({"labels": {"ssd": ""}}, EMPTY | preferring((30, "ssd"), (70, "gpu"))) - base == 2 * 30
    assert (
        points({"labels": {"ssd": "", "gpu": ""}}, EMPTY | preferring((30, "ssd"), (70, "gpu"))) - base == 200
    )
    assert points({}, EMPTY | preferring((30, "ssd"))) == base
    mine = [pod(f"o{i}", where="n1", owner="rs", **EMPTY) for i in range(3)]
    for count, share in ((0, 100), (1, 50), (2, 33), (3, 25)):
        others = mine[:count]
        assert points({}, EMPTY, others, owner="rs") - points({}, EMPTY, others) == 2 * share
        assert points({}, EMPTY, others, owner="other") - points({}, EMPTY, others) == 200


@pytest.mark.parametrize(
    ("cpu", "memory", "worth"),
    [
        ("1", "2Gi", 50 + 100),
        ("2", "4Gi", 0 + 100),
        ("1", "4Gi", 25 + 75),
        ("2", "1Gi", 37 + 62),
        ("4", "2Gi", 25 + 75),
    ],
)
def test_what_would_be_left_of_a_node(cpu, memory, worth):
    """LeastAllocated: the mean of what is left in percent; BalancedAllocation: 100 less half of the difference."""
    assert points({}, {"containers": [asks(cpu=cpu, memory=memory)]}) == 300 + worth


def test_a_pod_that_asks_for_nothing_counts_a_little():
    """100m of CPU and 200Mi are taken for what is not said (DefaultMilliCPURequest, DefaultMemoryRequest)."""
    for given in ({}, {"cpu": "100m"}, {"memory": "200Mi"}):
        bare, said = needs_of(pod(containers=[asks(**given)])), asks(cpu="100m", memory="200Mi")
        assert (bare.cpu, bare.memory) == (100, 200 * 2**20)
        assert (needs_of(pod(containers=[said])).cpu, needs_of(pod(containers=[said, said])).memory) == (
            100,
            400 * 2**20,
        )


# --- who goes first, and what helps


def event(new, old=None, type_=""):
    key = (f"{new.kind.lower()}s", new.namespace or "", new.name)
    return WatchEvent(1, type_ or ("ADDED" if old is None else "MODIFIED"), key, new, old)


ENDED, RUNS = {"phase": "Succeeded"}, {"phase": "Running"}


@pytest.mark.parametrize(
    ("new", "old", "type_", "helps"),
    [
        (pod(where="n1", status=RUNS), None, "", False),
        (pod(where="n1", status=RUNS), pod(status=RUNS), "", False),
        (pod(where="n1", status=RUNS), pod(where="n1", status=RUNS), "DELETED", True),
        (pod(where="n1", status=RUNS), None, "DELETED", True),
        (pod(where="n1", status=ENDED), pod(where="n1", status=RUNS), "", True),
        (pod(where="n1", status=ENDED), pod(where="n1", status=ENDED), "", False),
        (pod(where="n1", status=RUNS), pod(where="n1", status={"phase": "Pending"}), "", False),
        (pod(labels={"a": "b"}, where="n1", status=RUNS), pod(where="n1", status=RUNS), "", True),
        (node(), None, "", True),
        (node(), node(), "", False),
        (node(), node(), "DELETED", True),
        (node(labels={"a": "b"}), node(), "", True),
        (node(taints=[DEDICATED]), node(), "", True),
        (node(cpu="3"), node(), "", True),
    ],
)
def test_which_change_may_help_a_pod_that_waits(new, old, type_, helps):
    """The events that plugins ask for (`EventsToRegister`): a Node or its room, a Pod that is gone, or other labels."""
    assert _may_help(event(new, old, type_)) is helps


def test_what_a_kubelet_says_concerns_no_scheduler():
    """A Pod that keeps its Node, its specification and its labels, and has not ended, is no news."""
    old = pod(labels={"a": "b"}, where="n1", status=RUNS)

    def changed(**parts):
        return view({**old.raw, **parts})

    def seen(obj):
        return event(obj, old)

    assert _only_runs_on(seen(changed(status={"phase": "Running", "podIP": "10.0.0.1"})))
    assert not _only_runs_on(seen(changed(status=ENDED)))
    assert not _only_runs_on(seen(changed(status={"phase": "Failed"})))
    assert not _only_runs_on(seen(changed(spec={**old.raw["spec"], "nodeName": "n2"})))
    assert not _only_runs_on(seen(changed(metadata={**old.raw["metadata"], "labels": {}})))
    assert not _only_runs_on(event(old, old, "DELETED"))
    assert not _only_runs_on(event(old))


@pytest.mark.parametrize(
    ("item", "wants"),
    [
        (pod(), True),
        (pod(where="n1"), False),
        (pod(meta={"deletionTimestamp": "2026-01-01T00:00:00Z"}), False),
        (pod(status=ENDED), False),
        (pod(schedulingGates=[{"name": "a"}]), False),
        (pod(schedulerName="default-scheduler"), True),
        (pod(schedulerName="mine"), False),
    ],
)
def test_which_pods_want_a_node(item, wants):
    """`assignedPod`, `responsibleForPod` and scheduling gates."""
    assert _wants_a_node(item) is wants


def test_the_queue_goes_by_priority_then_by_age():
    """`PrioritySort`; of one age, what a reader has sent comes before what controllers have made."""
    early, late = {"creationTimestamp": "2026-01-01T00:00:00Z"}, {"creationTimestamp": "2026-01-01T00:00:01Z"}
    rows = [
        pod("vip", priority=5, meta=late),
        pod("sent-1", meta=early),
        pod("a-sent-2", meta=early),
        pod("a-made", meta=early, owner="rs"),
        pod("b-made", meta=early, owner="rs"),
        pod("zero", meta=late, priority=0),
        pod("low", priority=-5, meta=early),
    ]
    for _ in range(20):
        mixed = DRAW.sample(rows, len(rows))
        assert [item.name for item in sorted(mixed, key=_turn)] == [item.name for item in rows]


# --- preemption


def victims_on(need, room, pods, budgets):
    """Return who has to go on a Node with so much room, and how many budgets that breaks (`SelectVictimsOnNode`)."""
    lower = sorted(
        (p for p in pods if p["priority"] < 100), key=lambda p: (-p["priority"], p["start"], p["name"])
    )
    left = room - need - sum(p["size"] for p in pods if p not in lower)
    if left < 0 or not lower:
        return None
    allowed, breaking, others = dict(budgets), [], []
    for item in lower:  # filterPodsWithPDBViolation
        allowed[item["app"]] = allowed.get(item["app"], 99) - 1
        (breaking if allowed[item["app"]] < 0 else others).append(item)
    gone, broken = [], 0
    for item in [*breaking, *others]:  # reprievePod
        if item["size"] <= left:
            left -= item["size"]
        else:
            gone.append(item["name"])
            broken += item in breaking
    return set(gone), broken


def budget(app, allowed):
    return view(
        {
            "apiVersion": "policy/v1",
            "kind": "PodDisruptionBudget",
            "metadata": {"name": app, "namespace": "a", "uid": f"b-{app}"},
            "spec": {"selector": {"matchLabels": {"app": app}}},
            "status": {"disruptionsAllowed": allowed},
        }
    )


def test_who_goes_on_a_node():
    """All of lower priority go, then as many as fit come back: those that budgets guard first, then the important."""
    for _ in range(300):
        rows = [
            {
                "name": f"p{i}",
                "size": DRAW.choice([1, 2, 3]),
                "priority": DRAW.choice([-5, 0, 0, 50, 100]),
                "app": DRAW.choice("xy"),
                "start": f"2026-01-0{DRAW.randrange(1, 4)}T00:00:00Z",
            }
            for i in range(DRAW.randrange(1, 7))
        ]
        budgets = {app: DRAW.choice([0, 1, 2]) for app in "xy" if DRAW.random() < 0.6}
        pods = {
            row["name"]: pod(
                row["name"],
                {"app": row["app"]},
                "a",
                "n1",
                priority=row["priority"],
                status={"startTime": row["start"]},
            )
            for row in rows
        }
        sizes = {pods[row["name"]].uid: row["size"] for row in rows}
        need = DRAW.choice([1, 2, 4])
        room = sum(sizes.values()) + DRAW.choice([0, 0, -1, 1])
        room = min(room, sum(sizes.values()) + need - 1)  # it does not fit as it is

        def trial(_info, gone, sizes=sizes, need=need, room=room):
            kept = sum(size for uid, size in sizes.items() if uid not in gone)
            return None if kept + need <= room else Refusal(("Insufficient cpu",), True)

        infos = NodeInfos.of([node()], list(pods.values()))
        needs = SimpleNamespace(priority=100)
        helps = Refusal(("Insufficient cpu",), preemption_helps=True)
        found, hopeless = sacrifices(
            needs, infos, {"n1": helps}, trial, [budget(*item) for item in budgets.items()]
        )
        wanted = victims_on(need, room, rows, budgets)
        if wanted is None:
            assert (found, len(hopeless)) == ([], 1)
            continue
        assert not hopeless
        (one,) = found
        assert ({item.name for item in one.victims}, one.broken) == wanted
        order = [(-item.spec["priority"], item.status["startTime"], item.name) for item in one.victims]
        assert order == sorted(order)


def test_where_preemption_does_not_help_nobody_goes():
    """A Node that is refused for its taint, or has no Pod of lower priority, offers nothing."""
    low, same = pod("low", where="n1", priority=1), pod("same", where="n2", priority=5)
    infos = NodeInfos.of([node("n1"), node("n2")], [low, same])
    refusals = {
        "n1": Refusal(("tainted",)),
        "n2": Refusal(("full",), preemption_helps=True),
        "n3": Refusal(("gone",), True),
    }
    found, hopeless = sacrifices(SimpleNamespace(priority=5), infos, refusals, lambda *_: None, [])
    assert found == []
    assert {name: item.reasons for name, item in hopeless.items()} == {
        "n2": ("No preemption victims found for incoming pod",)
    }


def sacrifice(name, *victims, broken=0):
    """Return the sacrifice of Pods given as (priority, day)."""
    made = [
        pod(f"{name}-{i}", where=name, priority=priority, status={"startTime": f"2026-01-{day:02}T00:00:00Z"})
        for i, (priority, day) in enumerate(victims)
    ]
    return Sacrifice(name, tuple(made), broken)


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        (sacrifice("b", (9, 1), (9, 1)), sacrifice("a", (1, 1), broken=1)),
        (sacrifice("b", (5, 1), (5, 1), (5, 1)), sacrifice("a", (6, 1))),
        (sacrifice("b", (5, 1), (0, 1)), sacrifice("a", (5, 1), (1, 1))),
        (sacrifice("b", (5, 1)), sacrifice("a", (5, 1), (-9, 1))),
        (sacrifice("b", (5, 1)), sacrifice("a", (5, 1), (-(2**31), 1))),
        (sacrifice("b", (5, 3)), sacrifice("a", (5, 2))),
        (sacrifice("b", (5, 3), (5, 4)), sacrifice("a", (5, 2), (5, 9))),
        (sacrifice("b", (5, 3), (1, 1)), sacrifice("a", (5, 2), (1, 9))),
        (sacrifice("a", (5, 3)), sacrifice("b", (5, 3))),
    ],
)
def test_which_sacrifice_is_the_least(better, worse):
    """`pickOneNodeForPreemption`: budgets, highest priority, sum of priorities, number of Pods, the latest start."""
    assert better.cost < worse.cost


@pytest.mark.parametrize(
    ("never", "hopeless", "end"),
    [
        (True, (), "preemption: not eligible due to preemptionPolicy=Never."),
        (
            False,
            (),
            (
                "preemption: 0/3 nodes are available: 1 Preemption is not helpful for scheduling, "
                "2 No preemption victims found for incoming pod."
            ),
        ),
        (
            False,
            (Refusal(("Insufficient memory",)), Refusal(("Insufficient memory",))),
            "preemption: 0/3 nodes are available: 1 Preemption is not helpful for scheduling, 2 Insufficient memory.",
        ),
    ],
)
def test_what_is_said_where_no_node_fits(never, hopeless, end):
    """`FitError.Error` and what DefaultPreemption adds: reasons are counted, and sorted as text."""
    refusals = [
        Refusal(("Insufficient cpu",), True),
        Refusal(("Insufficient cpu",), True),
        Refusal(("tainted",)),
    ]
    told = failure_message(refusals, never_preempts=never, hopeless=hopeless)
    start = "0/3 nodes are available: 1 tainted, 2 Insufficient cpu. no new claims to deallocate, "
    assert told == start + end


@pytest.mark.parametrize(
    ("port", "held"),
    [
        ({"hostPort": 80}, [("0.0.0.0", "TCP", 80)]),  # noqa: S104  # no binding
        ({"hostPort": 1, "protocol": "UDP", "hostIP": "10.0.0.1"}, [("10.0.0.1", "UDP", 1)]),
        ({"hostPort": 0}, []),
        ({"containerPort": 80}, []),
        ({"hostPort": "80"}, []),
    ],
)
def test_which_ports_of_the_node_a_pod_holds(port, held):
    """Those with a hostPort above 0."""
    assert list(host_ports({"containers": [{"ports": [port]}]})) == held
