"""What is said of a packet that gets no answer: where its address leads, and which address leads in."""

from __future__ import annotations

import pytest

import k8snotes as kn

SET_TYPE = "Set type: NodePort or type: LoadBalancer"
REACHABLE = "to make it reachable from outside."


def pod(name, app):
    container = {"name": "c", "image": "i", "ports": [{"containerPort": 8080}]}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "labels": {"app": app}},
        "spec": {"nodeName": "node-1", "containers": [container]},
    }


def service(name, app, type_="ClusterIP", **port):
    ports = [{"port": 80, "targetPort": 8080, **port}]
    spec = {"type": type_, "selector": {"app": app}, "ports": ports}
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": spec}


@pytest.fixture(scope="module")
def cluster():
    made = kn.Cluster(nodes=2)
    made.apply("{apiVersion: v1, kind: Namespace, metadata: {name: shop}}")
    for manifest in (
        *(pod(app, app) for app in ("web", "np", "lb", "udp", "alone")),
        service("web", "web"),
        service("np", "np", "NodePort", nodePort=30080),
        service("lb", "lb", "LoadBalancer", nodePort=30090),
        service("udp", "udp", "NodePort", nodePort=30053, protocol="UDP"),
    ):
        made.create(manifest)
    made.create(pod("far", "np"), namespace="shop")
    made.provide_load_balancers()
    made.settle()
    return made


def hint(cluster, host, port, source="outside", protocol="TCP"):
    """The outcome of a packet to an object's own address, and the hint that is given."""
    if not host[0].isdigit():
        obj = cluster[host]
        host = obj.cluster_ip if obj.kind == "Service" else obj.ip
    trace = cluster.trace(f"{host}:{port}", source, protocol).facts
    return trace.outcome, trace.hint


@pytest.mark.parametrize(
    ("ref", "expected"),
    [
        ("pod/web", f"{SET_TYPE} in service/web {REACHABLE}"),
        ("pod/np", "From outside, call service/np at its node port on any Node, such as 192.168.0.11:30080."),
        ("pod/lb", "From outside, call service/lb at its load balancer, 198.51.100.17:80."),
        ("pod/alone", "A Service of type NodePort or LoadBalancer makes this Pod reachable from outside."),
        ("shop/pod/far", "A Service of type NodePort or LoadBalancer makes this Pod reachable from outside."),
        ("svc/web", f"{SET_TYPE} in service/web {REACHABLE}"),
        ("svc/np", "From outside, call service/np at its node port on any Node, such as 192.168.0.11:30080."),
        ("svc/lb", "From outside, call service/lb at its load balancer, 198.51.100.17:80."),
        ("svc/kubernetes", "From outside, call the API server at its own address, 192.168.0.10:6443."),
    ],
)
def test_from_outside_the_way_in_is_named(cluster, ref, expected):
    """Pod IPs and Cluster IPs lead nowhere outside; the hint names the Service that selects the Pod, of its own Namespace."""
    assert hint(cluster, ref, 8080) == ("timeout", expected)


@pytest.mark.parametrize(
    ("ref", "port", "protocol", "expected"),
    [
        ("svc/web", 80, "UDP", 'service/web has port 80 for TCP. Write protocol="TCP".'),
        (
            "svc/web",
            8080,
            "TCP",
            "Port 8080 is its targetPort, at the Pods. At the Cluster IP the port is 80.",
        ),
        ("svc/web", 81, "TCP", ""),
        (
            "svc/np",
            30080,
            "TCP",
            "Port 30080 is its node port, at the addresses of the Nodes. At the Cluster IP the port is 80.",
        ),
        ("10.96.200.200", 80, "TCP", ""),
    ],
)
def test_at_a_cluster_ip_the_number_that_was_meant_is_named(cluster, ref, port, protocol, expected):
    """A target port or node port, or the other protocol, asked at the Cluster IP, is recognized."""
    assert hint(cluster, ref, port, "pod/alone", protocol) == ("timeout", expected)


@pytest.mark.parametrize(
    ("port", "protocol", "expected"),
    [
        (80, "TCP", "Port 80 belongs to the Cluster IP of service/lb. Its node port is 30090."),
        (8080, "TCP", "Port 8080 belongs to the Pods of service/lb (targetPort). Its node port is 30090."),
        (30080, "UDP", "service/np has node port 30080 for TCP."),
        (30053, "TCP", "service/udp has node port 30053 for UDP."),
        (30081, "TCP", "The nearest node port is 30080, of service/np."),
        (30086, "TCP", "The nearest node port is 30090, of service/lb."),
        (30085, "TCP", "The nearest node port is 30080, of service/np."),
        (30054, "UDP", "The nearest node port is 30053/UDP, of service/udp."),
        (29999, "TCP", ""),
        (30000, "TCP", "The nearest node port is 30053/UDP, of service/udp."),
        (32767, "TCP", "The nearest node port is 30090, of service/lb."),
        (32768, "TCP", ""),
    ],
)
def test_at_a_node_the_nearest_node_port_is_named(cluster, port, protocol, expected):
    """A Node refuses what no Service opened; within 30000-32767 the nearest node port is named."""
    assert hint(cluster, "192.168.0.11", port, "outside", protocol) == ("refused", expected)
