"""The way in from outside: what leads in, which Nodes open, whom a balancer sends to, and the picture of it."""

import json
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import k8snotes as kn
from k8snotes.figures.layout import HIGHEST, WIDEST
from k8snotes.figures.scene import Link

SERVICE = """
apiVersion: v1
kind: Service
metadata: {name: tomcat-service}
spec: {type: LoadBalancer, MORE selector: {tier: frontend}, ports: [{name: http, port: 8080, nodePort: 31002}, {name: more, port: 81, targetPort: more}]}
"""


def tomcat(more="", nodes=3, *, provider="Proxy"):
    c = kn.load("tomcat-service", nodes=nodes)
    if provider:
        c.provide_load_balancers(ip_mode=provider)
    c.apply(SERVICE.replace("MORE", more))
    c.settle()
    return c


def opens(c, port=None):
    return {
        door.node: (door.outcome, door.passes) for door in c.way_in("svc/tomcat-service", port).facts.doors
    }


def test_every_node_opens_and_says_where_it_leads():
    """A node port is open on every Node, and each leads to all endpoints with equal shares."""
    facts = kn.load("tomcat-service").way_in("svc/tomcat-service").facts
    assert (facts.node_port, facts.balancers, facts.pending) == (31002, (), False)
    assert {door.outcome for door in facts.doors} == {"open"}
    assert {end.share for door in facts.doors for end in door.behind} == {0.5}


def test_a_pending_balancer_closes_no_door():
    """EXTERNAL-IP <pending>: the picture says so, and every Node is open."""
    c = tomcat(provider="")
    figure = c.way_in("svc/tomcat-service")
    assert figure.facts.pending
    assert "<pending>" in figure.text
    assert {outcome for outcome, _ in opens(c).values()} == {"open"}


@pytest.mark.parametrize("mode", ["Proxy", "VIP"])
def test_a_balancer_sends_where_the_trace_goes(mode):
    """With Local, the balancer sends to Nodes with a ready Pod alone; traces from outside end the same way."""
    c = tomcat("externalTrafficPolicy: Local,", provider=mode)
    homes = {pod.node_name for pod in c.objects("pods")}
    for node, (outcome, passes) in opens(c).items():
        assert passes is (node in homes)
        assert outcome == ("open" if node in homes else "timeout")
        trace = c.trace(f"{node}:31002")
        assert trace.outcome == ("connected" if outcome == "open" else outcome)


def test_a_node_without_power_or_with_the_label_gets_nothing():
    """A silent Node times out; one whose label keeps balancers away is open, and the balancer leaves it out."""
    c = tomcat()
    c.lose("node-1")
    c.wait("20s")
    c.label("node/node-2", "node.kubernetes.io/exclude-from-external-load-balancers=")
    assert opens(c) == {"node-1": ("timeout", False), "node-2": ("open", False), "node-3": ("open", True)}


def test_a_health_check_takes_its_time():
    """A load balancer sends to a Node without power until two checks have failed, and connections to it time out."""
    c = tomcat()
    c.lose("node-1")
    assert opens(c)["node-1"] == ("timeout", True)
    url = f"http://{c['svc/tomcat-service'].load_balancer_ips[0]}:8080"
    first = c.trace(url, times=60).shares
    c.wait("20s")
    assert opens(c)["node-1"] == ("timeout", False)
    later = c.trace(url, times=60).shares

    def lost(table):
        return int(table[table["outcome"] == "timeout"]["requests"].sum())

    assert lost(first) > lost(later)
    c.wait("1m")  # the endpoints of the lost Node are no longer ready
    assert lost(c.trace(url, times=60).shares) == 0


def test_a_port_that_no_pod_serves_is_refused():
    """Each port has endpoints of its own: one whose targetPort no Pod names is refused at every Node."""
    c = tomcat()
    assert {outcome for outcome, _ in opens(c, 81).values()} == {"refused"}
    with pytest.raises(kn.NotFoundError, match="It has 8080"):
        c.way_in("svc/tomcat-service", 82)


def test_a_cluster_ip_alone_is_no_way_in():
    """A Service of type ClusterIP has no way in, and the picture says it; a Pod is no Service."""
    c = kn.load("tomcat-service")
    figure = c.way_in("svc/kubernetes")
    assert "no way in" in figure.text
    assert figure.svg
    with pytest.raises(kn.ClusterError, match="is of kind Pod"):
        c.way_in(c.objects("pods")[0].ref)


def test_a_large_cluster_makes_a_small_picture():
    """Twenty Nodes with 100 Pods are folded into a few boxes; the outline names each of them."""
    c = tomcat(nodes=20)
    c.scale("deploy/tomcat", 100)
    c.settle()
    figure = c.way_in("svc/tomcat-service")
    assert "Nodes × 20" in figure.dot
    assert "tomcat × 100" in figure.dot
    assert figure.text.count("pod/tomcat-") == 100
    assert len(c.way_in("svc/tomcat-service", unfold=True).dot) > len(figure.dot)


def size(figure):
    root = ET.fromstring(figure.svg)
    return int(root.get("width", 0)), int(root.get("height", 0))


@pytest.mark.parametrize(
    "more", ["", "externalTrafficPolicy: Local,"], ids=["every Node leads to all", "each to its own Pods"]
)
@pytest.mark.parametrize(("nodes", "pods"), [(1, 1), (3, 2), (7, 20), (20, 100)])
def test_the_picture_fits_a_screen(more, nodes, pods):
    """However many Nodes and Pods there are, the picture is no larger than a cell at 1280 x 800."""
    c = tomcat(more, nodes=nodes)
    c.scale("deploy/tomcat", pods)
    c.settle()
    wide, high = size(c.way_in("svc/tomcat-service"))
    assert wide <= WIDEST
    assert high <= HIGHEST


def test_an_arrow_to_a_node_that_lets_nobody_in_ends_at_a_bar():
    """With Local, the arrow to a Node without a Pod is cut, and those to the others are not; the first line counts them."""
    c = tomcat("externalTrafficPolicy: Local,")
    figure = c.way_in("svc/tomcat-service")
    heads = {
        link.head: link.way.get("arrowhead")
        for link in figure.scene.drawn
        if isinstance(link, Link) and link.tail == "balancer"
    }
    outcomes = [door.outcome for door in figure.facts.doors]
    assert [*heads.values()] == ["tee" if outcome == "timeout" else None for outcome in outcomes]
    assert figure.verdict == f"✓ {outcomes.count('open')} of 3 Nodes let clients in"


@settings(deadline=None, max_examples=25)
@given(
    st.lists(st.tuples(st.sampled_from(["node-1", "node-2", "node-3"]), st.booleans()), max_size=4),
    st.sampled_from(["Cluster", "Local"]),
    st.sampled_from(["Proxy", "VIP"]),
    st.sampled_from(["", "node-1", "node-2"]),
)
def test_doors_are_what_traces_find(pods, policy, mode, lost):
    """Over random clusters: a door is open exactly if a trace to this Node connects, and leads to whom traces reach."""
    c = kn.Cluster(nodes=3)
    c.provide_load_balancers(ip_mode=mode)
    ports = [{"port": 80, "targetPort": 8080, "nodePort": 30080}]
    spec = {
        "type": "LoadBalancer",
        "selector": {"app": "web"},
        "ports": ports,
        "externalTrafficPolicy": policy,
    }
    c.apply([{"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"}, "spec": spec}])
    for at, (node, _) in enumerate(pods):
        container = {"name": "a", "image": "b", "ports": [{"containerPort": 8080}]}
        meta = {"name": f"p{at}", "labels": {"app": "web"}}
        c.apply(
            [
                {
                    "apiVersion": "v1",
                    "kind": "Pod",
                    "metadata": meta,
                    "spec": {"nodeName": node, "containers": [container]},
                }
            ]
        )
    c.settle()
    for at, (_, ready) in enumerate(pods):
        c.set_ready(f"pod/p{at}", ready)
    c.settle()
    if lost:
        c.lose(lost)
    facts = c.way_in("svc/web").facts
    for door in facts.doors:
        trace = c.trace(f"{door.node}:30080", times=60)
        if door.outcome != "open":
            assert {share.outcome for share in trace.spread} == {door.outcome}
        else:
            homes = {end.address.partition(":")[0]: end.node for end in door.behind}
            found = {share.address for share in trace.spread if share.chance}
            assert found - {""} == {ip for ip, home in homes.items() if home != lost}
    balanced = c.trace(f"{facts.balancers[0]}:80")
    if not any(door.passes for door in facts.doors):
        assert balanced.outcome == "timeout"


def test_hostile_names_are_escaped():
    """What comes from a dump is shown as text, in the drawing as in the words."""
    evil = '<b>&"x'
    dump = {
        "apiVersion": "v1",
        "kind": "List",
        "items": [
            {
                "apiVersion": "v1",
                "kind": "Service",
                "metadata": {
                    "name": evil,
                    "namespace": "default",
                    "uid": "1",
                    "creationTimestamp": "2026-01-01T00:00:00Z",
                },
                "spec": {
                    "type": "LoadBalancer",
                    "clusterIP": "10.96.0.9",
                    "ports": [{"port": 80, "nodePort": 30000}],
                },
                "status": {"loadBalancer": {"ingress": [{"hostname": evil}]}},
            },
        ],
    }
    c = kn.load(json.dumps(dump))
    figure = c.way_in(c.objects("services")[0].ref)
    assert '<b>&"x' not in figure.html
    assert figure.svg
