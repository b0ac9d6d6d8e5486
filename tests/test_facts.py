"""The facts: who is selected, who answers, which address is whose; against slow and obvious answers."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import k8snotes as kn
from k8snotes.api.base import view
from k8snotes.api.kinds.service import Service
from k8snotes.facts.rows import age
from k8snotes.facts.selection import selection
from k8snotes.facts.service_map import service_map
from k8snotes.facts.three_ips import three_ips
from k8snotes.facts.workloads import Workloads
from k8snotes.network.endpoints import EndpointIndex, endpoints


class Objects:
    """The smallest reader: a list of objects."""

    def __init__(self, *manifests):
        self.all = [view(manifest) for manifest in manifests]

    def list(self, resource, namespace=None):
        """Return the objects of a resource."""
        return [
            obj for obj in self.all if obj.resource.plural == resource and namespace in (None, obj.namespace)
        ]


def pod(
    name, labels, *, namespace="default", ip="10.244.1.2", phase="Running", ready=True, ports=(), **metadata
):
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": namespace, "labels": labels, **metadata},
        "spec": {
            "nodeName": "node-1" if ip else "",
            "containers": [{"name": "c", "ports": [{"name": n, "containerPort": p} for n, p in ports]}],
        },
        "status": {
            "phase": phase,
            "podIP": ip,
            "conditions": [{"type": "Ready", "status": "True" if ready else "False"}],
        },
    }


def service(name, selector, *, namespace="default", ports=((80, 80),), **spec):
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {
            "clusterIP": "10.96.0.9",
            "selector": selector,
            "ports": [{"port": a, "targetPort": b, "name": f"p{a}"} for a, b in ports],
            **spec,
        },
    }


def ends(reader, name="web"):
    (found,) = [obj for obj in reader.list("services") if obj.name == name]
    return endpoints(reader, found)


def test_a_named_target_port_is_resolved_pod_by_pod():
    """The same name may be another number in each Pod; the Pod that lacks it is left out, and why."""
    reader = Objects(
        service("web", {"app": "web"}, ports=((80, "http"),)),
        pod("a", {"app": "web"}, ports=[("http", 8080)]),
        pod("b", {"app": "web"}, ports=[("http", 9090)], ip="10.244.1.3"),
        pod("c", {"app": "web"}, ports=[("web", 8080)], ip="10.244.1.4"),
    )
    found = ends(reader)
    assert [(item.pod.name, item.ports[0].port) for item in found.ready] == [("a", 8080), ("b", 9090)]
    (out,) = found.left_out
    assert 'no container port named "http"' in out.reason
    assert "web" in out.reason


def test_pods_without_address_and_pods_that_ended_are_left_out():
    """A Pod that waits for a Node has no address; one that has ended serves nobody."""
    reader = Objects(
        service("web", {"app": "web"}),
        pod("waits", {"app": "web"}, ip="", phase="Pending", ready=False),
        pod("done", {"app": "web"}, phase="Succeeded", ready=False),
    )
    found = ends(reader)
    assert not found.ready
    assert not found.not_ready
    assert ["no Node" in item.reason or "ended" in item.reason for item in found.left_out] == [True, True]


def test_terminating_pods_get_no_new_traffic():
    """A Pod that is being deleted is listed as not ready; publishNotReadyAddresses lists all as ready."""
    pods = (
        pod("leaves", {"app": "web"}, deletionTimestamp="2026-01-01T00:00:00Z"),
        pod("sick", {"app": "web"}, ready=False, ip="10.244.1.3"),
    )
    found = ends(Objects(service("web", {"app": "web"}), *pods))
    assert [item.pod.name for item in found.not_ready] == ["leaves", "sick"]
    everything = ends(Objects(service("web", {"app": "web"}, publishNotReadyAddresses=True), *pods))
    assert len(everything.ready) == 2


def test_a_service_that_selects_nothing_names_the_nearest_pod():
    """One letter off: the note says which Pod was probably meant, and the map draws it near."""
    reader = Objects(
        service("cache", {"app": "shop", "tier": "cahce"}), pod("redis", {"app": "shop", "tier": "cache"})
    )
    assert "pod/redis" in ends(reader, "cache").note
    facts = service_map(reader)
    assert facts.services[0].near == "pod/redis"
    assert "letters swapped" in facts.services[0].near_why
    assert "cahce" in facts.pods[0].reason


@pytest.mark.parametrize(
    ("selector", "label", "others", "meant"),
    [
        ("databse", "database", 2, "tier=database"),  # the Pods agree: the selector is misspelt
        ("database", "databse", 0, ""),  # one word against one
    ],
)
def test_a_misspelt_label_is_not_proposed_for_the_selector(selector, label, others, meant):
    """The labels of a Pod are proposed where the selector is the rarer word; otherwise the map says that one is wrong."""
    known = [pod(f"other-{n}", {"tier": "database", "own": "x"}) for n in range(others)]
    facts = service_map(Objects(service("db", {"tier": selector}), pod("one", {"tier": label}), *known))
    assert facts.services[0].meant == meant
    assert ("one of the two is misspelled" in facts.services[0].near_why) is (not meant)


def test_a_pod_that_nobody_selects_says_why():
    """The reason names the nearest Service, or says that the Pod has no labels."""
    reader = Objects(
        service("web", {"app": "web", "track": "stable"}),
        pod("canary", {"app": "web", "track": "canary"}),
        pod("bare", {}),
    )
    reasons = {item.name: item.reason for item in service_map(reader).pods}
    assert "Service web" in reasons["canary"]
    assert "track is canary" in reasons["canary"]
    assert reasons["bare"] == "it has no labels"


def test_a_service_selects_in_its_own_namespace():
    """The same labels in another namespace do not count, and the reason says so."""
    reader = Objects(service("web", {"app": "web"}), pod("away", {"app": "web"}, namespace="other"))
    found = ends(reader)
    assert not found.ready
    assert "namespace other" in found.left_out[0].reason
    assert "namespace other" in found.note


NAMES = st.sampled_from(["a", "b", "c"])
LABELS = st.dictionaries(NAMES, NAMES, max_size=3)


@given(
    pods=st.lists(st.tuples(LABELS, NAMES, st.booleans()), max_size=12),
    services=st.lists(st.tuples(LABELS, NAMES), min_size=1, max_size=5),
)
@settings(max_examples=150, deadline=None)
def test_the_map_agrees_with_the_double_loop(pods, services):
    """For random Pods and Services, links are exactly those of the naive loop; every Pod has links or a reason."""
    manifests = [
        pod(f"p{number}", labels, namespace=namespace, ready=ready, ip=f"10.244.1.{number + 2}")
        for number, (labels, namespace, ready) in enumerate(pods)
    ]
    manifests += [service(f"s{number}", labels, namespace=ns) for number, (labels, ns) in enumerate(services)]
    reader = Objects(*manifests)
    facts = service_map(reader)
    expected = {
        (s.ref, p.ref, "ready" if p.ready else "not ready")
        for s in reader.list("services")
        for p in reader.list("pods")
        if s.selector and s.namespace == p.namespace and s.selector.items() <= p.labels.items()
    }
    assert {(link.service, link.pod, link.state) for link in facts.links} == expected
    for item in facts.pods:
        assert bool(item.services) != bool(item.reason)
    index = EndpointIndex(reader)
    for obj in reader.list("services"):
        assert isinstance(obj, Service)
        full, quick = endpoints(reader, obj), index.of(obj)
        assert (full.ready, full.not_ready) == (quick.ready, quick.not_ready)
        assert len(full.ready) + len(full.not_ready) + len(full.left_out) >= sum(
            p.namespace == obj.namespace for p in reader.list("pods") if obj.selector
        )


def test_whose_address_it_is():
    """Each address of a cluster has an owner in words; a Cluster IP is no Pod's."""
    c = kn.load("guestbook")
    facts = three_ips(c.api, node_range="", pod_range="", service_range="")
    node, pod_, service_ = c.objects("nodes")[0], c.objects("pods")[0], c["svc/frontend"]
    assert facts.whose(node.ip) == f"Node IP of {node.name}"
    assert pod_.ref in facts.whose(pod_.ip)
    assert facts.whose(service_.cluster_ip) == "Cluster IP of service/frontend"
    assert facts.whose("8.8.8.8") == ""
    addresses = [item.ip for row in facts.nodes for item in row.pods]
    assert len(addresses) == len(set(addresses)) == len(c.objects("pods"))


def test_every_pod_stands_in_its_nodes_range():
    """A Pod IP is in the podCIDR of the Node that runs the Pod."""
    from ipaddress import ip_address, ip_network

    c = kn.load("guestbook")
    for row in three_ips(c.api, node_range="", pod_range="", service_range="").nodes:
        assert all(ip_address(item.ip) in ip_network(row.pod_cidr) for item in row.pods)


def test_a_selection_explains_every_object():
    """Matched and left out together are all that were asked, each with its explanation."""
    c = kn.load("guestbook")
    pods = c.objects("pods")
    facts = selection(pods, kn.Selector("tier=frontend,track!=canary"), "pods", Workloads(c.api))
    assert len(facts.matched) + len(facts.left_out) == len(pods)
    assert all(item.labels["tier"] == "frontend" for item in facts.matched)
    assert all(any(not part.ok for part in item.explanation.parts) for item in facts.left_out)


def test_ages_are_written_as_kubectl_writes_them():
    """Seconds up to two minutes, then the two largest units, then fewer."""
    start = "2026-01-01T00:00:00Z"
    for end, words in (
        ("2026-01-01T00:00:00Z", "0s"),
        ("2026-01-01T00:01:59Z", "119s"),
        ("2026-01-01T00:02:00Z", "2m"),
        ("2026-01-01T00:09:59Z", "9m59s"),
        ("2026-01-01T02:30:00Z", "150m"),
        ("2026-01-01T07:30:00Z", "7h30m"),
        ("2026-01-02T23:00:00Z", "47h"),
        ("2026-01-05T02:00:00Z", "4d2h"),
        ("2026-02-10T00:00:00Z", "40d"),
        ("2030-01-01T00:00:00Z", "4y1d"),
    ):
        assert age(start, end) == words
    assert age("", start) == "<unknown>"


def test_a_near_miss_is_nearer_than_another_name():
    """Of two Services that share as many labels with a Pod, the one that is a letter off is named."""
    reader = Objects(
        service("cache", {"app": "shop", "tier": "cache"}),
        service("frontend", {"app": "shop", "tier": "frontnd"}),
        pod("a", {"app": "shop", "tier": "frontend"}),
    )
    assert "Service frontend comes nearest" in service_map(reader).pods[0].reason
