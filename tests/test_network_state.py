"""Who has which address and what stands behind a Service: the rules of endpoints, and what a dump leaves out."""

from __future__ import annotations

import itertools

import pytest

import k8snotes as kn
from k8snotes.api.base import view
from k8snotes.control_plane.endpoint_rules import has_endpoint, judge, ports_at
from k8snotes.network.endpoints import EndpointIndex
from k8snotes.network.state import NetworkState, lets_in

GONE = "2026-01-01T00:00:00Z"


class Listed:
    """Objects by kind, as an API server lists them."""

    def __init__(self, *objects):
        self.objects = [view(item) for item in objects]

    def list(self, resource, namespace=None):
        plural = resource.partition(".")[0]
        return [
            item
            for item in self.objects
            if f"{item.kind.lower()}{'es' if item.kind.endswith('s') else 's'}".replace(
                "endpointses", "endpoints"
            )
            == plural
            and namespace in (None, "", item.namespace)
        ]


def pod(
    name="p",
    ip="10.244.1.2",
    *,
    ready=True,
    gone=False,
    phase="Running",
    node="n1",
    status=None,
    labels=None,
    **spec,
):
    meta = {"name": name, "namespace": "default", "uid": name, "labels": labels or {"app": "web"}}
    if gone:
        meta["deletionTimestamp"] = GONE
    state = {"phase": phase, "conditions": [{"type": "Ready", "status": str(ready)}], **(status or {})}
    if ip:
        state["podIP"] = ip
    spec = {"nodeName": node, "containers": [{"name": "main", "image": "a:1"}], **spec}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": spec, "status": state}


def service(**spec):
    spec = {"clusterIP": "10.96.0.20", "selector": {"app": "web"}, "ports": [{"port": 80}], **spec}
    meta = {"name": "web", "namespace": "default", "uid": "web"}
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": meta,
        "spec": spec,
        "status": spec.pop("status", {}),
    }


@pytest.mark.parametrize(
    ("ready", "gone", "publish", "phase", "ip"),
    list(
        itertools.product(
            [True, False], [True, False], [True, False], ["Running", "Succeeded", "Failed"], ["10.0.0.1", ""]
        )
    ),
)
def test_when_a_pod_is_an_endpoint(ready, gone, publish, phase, ip):
    """`ShouldPodBeInEndpoints` and `podToEndpoint`: listed with an address and alive; serving, terminating and ready."""
    found = judge(
        view(service(publishNotReadyAddresses=publish)), view(pod(ip=ip, ready=ready, gone=gone, phase=phase))
    )
    listed = phase == "Running" and bool(ip)
    assert has_endpoint(view(pod(ip=ip, phase=phase))) is listed
    if not listed:
        assert found.state == "left out"
        return
    assert found.state == ("ready" if publish or (ready and not gone) else "not ready")
    assert (found.serving, found.terminating) == (ready, gone)
    assert [port.port for port in found.ports] == [80]


HTTP = {"name": "http", "containerPort": 8080}


@pytest.mark.parametrize(
    ("target", "containers", "init", "number"),
    [
        (8080, [], [], 8080),
        ("http", [[HTTP]], [], 8080),
        ("http", [[], [HTTP]], [], 8080),
        ("http", [[{**HTTP, "protocol": "UDP"}]], [], None),
        ("http", [[{**HTTP, "name": "web"}]], [], None),
        ("http", [[{**HTTP, "containerPort": 1}], [{**HTTP, "containerPort": 2}]], [], 1),
        ("http", [[]], [(HTTP, "Always")], 8080),
        ("http", [[]], [(HTTP, None)], None),
        ("http", [[{**HTTP, "containerPort": 1}]], [(HTTP, "Always")], 1),
    ],
)
def test_where_a_named_port_leads(target, containers, init, number):
    """`FindPort`: the first container that declares the name with this protocol, then sidecars."""
    spec = {
        "containers": [
            {"name": f"c{i}", "image": "a", "ports": ports} for i, ports in enumerate(containers or [[]])
        ]
    }
    spec["initContainers"] = [
        {"name": f"i{i}", "image": "a", "ports": [port], **({"restartPolicy": policy} if policy else {})}
        for i, (port, policy) in enumerate(init)
    ]
    made = view(service(ports=[{"name": "a", "port": 80, "targetPort": target}]))
    found = ports_at(made, view(pod(**spec)))
    assert [(port.name, port.port, port.protocol, port.service_port) for port in found] == (
        [("a", number, "TCP", 80)] if number else []
    )
    if number is None:
        verdict = judge(made, view(pod(**spec)))
        assert (verdict.state, verdict.serving) == ("left out", True)
        assert f'no container port named "{target}"' in verdict.reason


def waiting(reason="", last="", exit_code=None, end=""):
    state = (
        {"waiting": {"reason": reason}} if reason else {"terminated": {"exitCode": exit_code, "reason": end}}
    )
    before = {"terminated": {"reason": last}} if last else {}
    return {"containerStatuses": [{"name": "main", "state": state, "lastState": before}]}


PROBE = {"containers": [{"name": "main", "image": "a", "readinessProbe": {"tcpSocket": {"port": 80}}}]}


@pytest.mark.parametrize(
    ("made", "says"),
    [
        (pod(ready=False), "because it is not ready"),
        (pod(ready=False, **PROBE), "until its readiness probe succeeds"),
        (pod(ready=False, phase="Pending"), "its containers are still starting"),
        (
            pod(ready=False, phase="Pending", status=waiting("ContainerCreating")),
            "its containers are still starting",
        ),
        (
            pod(ready=False, phase="Pending", status=waiting("PodInitializing")),
            "its containers are still starting",
        ),
        (pod(ready=False, status=waiting("ImagePullBackOff")), "main waits: ImagePullBackOff"),
        (pod(ready=False, status=waiting("CrashLoopBackOff", "Error")), "main waits: CrashLoopBackOff"),
        (pod(ready=False, status=waiting("CrashLoopBackOff", "OOMKilled")), "it ended before with OOMKilled"),
        (pod(ready=False, status=waiting(exit_code=1, end="Error")), "has ended with exit code 1"),
        (pod(ready=False, status=waiting(exit_code=137, end="OOMKilled")), "exit code 137 (OOMKilled)"),
        (pod(ready=False, status=waiting(exit_code=0, end="Completed")), "because it is not ready"),
        (pod(ip="", node="", ready=False, phase="Pending"), "no Node runs it yet"),
        (pod(ip="", ready=False, phase="Pending"), "its containers are still starting"),
        (
            pod(ip="", ready=False, phase="Pending", status=waiting("ErrImagePull")),
            "main waits: ErrImagePull",
        ),
        (pod(ready=False, phase="Failed"), "it has ended (Failed)"),
        (pod(gone=True), "it still serves"),
        (pod(gone=True, ready=False), "it is being terminated"),
    ],
)
def test_why_a_pod_gets_no_traffic(made, says):
    """What its containers say comes first; a container that is on its way is no reason of its own."""
    found = judge(view(service()), view(made))
    assert found.state != "ready"
    assert says in found.reason
    assert ("(Error)" in found.reason, "before with Error" in found.reason) == (False, False)
    assert ("still serves" in found.reason) == (says == "it still serves")


@pytest.mark.parametrize("count", range(1, 7))
def test_of_many_that_wait_three_are_named(count):
    """The clause on a Service names three of the Pods that are not ready, and counts the others."""
    index = EndpointIndex(Listed(*(pod(f"p{i}", f"10.0.0.{i + 1}", ready=False) for i in range(count))))
    said = index.standing(view(service()))
    assert said.count("pod/p") == min(count, 3)
    assert (f"and {count - 3} more" in said) == (count > 3)
    assert ("it selects 1 Pod, which" in said) == (count == 1)
    ready = EndpointIndex(Listed(pod("p0"), pod("p1", ready=False)))
    assert ready.standing(view(service())) == "it selects 2 Pods, of which 1 is ready"


def state(*objects, **options):
    return NetworkState(Listed(*objects), **options)


@pytest.mark.parametrize("count", range(6))
def test_nodes_that_only_pods_name_are_made_up(count):
    """`kubectl get all` leaves Nodes out: those that Pods name are taken to be ready; three are named in the note."""
    pods = [
        pod(f"p{i}", f"10.244.{i}.2", node=f"n{i}", status={"hostIP": f"192.168.0.{i}"}) for i in range(count)
    ]
    found = state(*pods, from_dump=True)
    assert [node.name for node in found.nodes] == [f"n{i}" for i in range(count)]
    assert all(node.ready for node in found.nodes)
    assert set(found.node_at) == {f"192.168.0.{i}" for i in range(count)}
    assert len(found.notes) == (count > 0)
    if count:
        names = ", ".join(f"n{i}" for i in range(min(count, 3))) + (", ..." if count > 3 else "")
        assert names + (" is " if count == 1 else " are ") in found.notes[0]
    assert state(*pods).nodes == ()


def test_what_a_dump_without_slices_is_taken_for():
    """Each Service without slices gets those that the endpoint slice controller would write."""
    rows = [
        pod("a", "10.0.0.1"),
        pod("b", "10.0.0.2", gone=True),
        pod("c", "10.0.0.3", ready=False),
        pod("d", "10.0.0.4", gone=True, ready=False),
        pod("e", "10.0.0.5", phase="Failed"),
    ]
    found = state(service(), *rows, from_dump=True)
    (slice_,) = found.slices
    conditions = {item["addresses"][0]: tuple(item["conditions"].values()) for item in slice_.endpoints}
    assert conditions == {  # ready, serving, terminating
        "10.0.0.1": (True, True, False),
        "10.0.0.2": (False, True, True),
        "10.0.0.3": (False, False, False),
        "10.0.0.4": (False, False, True),
    }
    assert [item["nodeName"] for item in slice_.endpoints] == ["n1"] * 4
    assert found.unknown == frozenset()
    assert state(service(selector={}), from_dump=True).unknown == {("default", "web")}


def balanced(ip, mode=None):
    entry = {"ip": ip} if mode is None else {"ip": ip, "ipMode": mode}
    return {"loadBalancer": {"ingress": [entry]}}


def test_whose_an_address_is():
    """Every index of addresses by itself: Pods, Nodes, Services, load balancers, bridges."""
    node = {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": "n1"},
        "spec": {"podCIDR": "10.244.1.0/24"},
        "status": {"addresses": [{"type": "InternalIP", "address": "192.168.0.11"}]},
    }
    port = {
        "name": "a",
        "image": "a",
        "ports": [{"containerPort": 80, "hostPort": 8000, "hostIP": "0.0.0.0"}],  # noqa: S104  # as it is written
    }
    found = state(
        node,
        service(
            type="LoadBalancer",
            externalIPs=["203.0.113.9"],
            ports=[{"port": 80, "nodePort": 30080}],
            status=balanced("198.51.100.7"),
        ),
        pod("a", "10.244.1.2", containers=[port]),
        pod("host", "192.168.0.11", hostNetwork=True),
        pod("over", "10.244.1.9", phase="Succeeded", containers=[port]),
        pod_range="10.244.0.0/16",
        service_range="10.96.0.0/16",
    )
    assert {
        ip: found.whose(ip)
        for ip in (
            "10.244.1.2",
            "192.168.0.11",
            "10.96.0.20",
            "198.51.100.7",
            "203.0.113.9",
            "10.244.1.1",
            "10.96.0.10",
            "192.168.0.10",
            "10.244.1.9",
            "8.8.8.8",
        )
    } == {
        "10.244.1.2": "Pod IP of pod/a",
        "192.168.0.11": "Node IP of n1",
        "10.96.0.20": "Cluster IP of service/web",
        "198.51.100.7": "outer address of service/web",
        "203.0.113.9": "outer address of service/web",
        "10.244.1.1": "the Pods' bridge on n1",
        "10.96.0.10": "cluster DNS",
        "192.168.0.10": "the Master's own address",
        "10.244.1.9": "",
        "8.8.8.8": "",
    }
    assert list(found.host_ports) == [("n1", 8000, "TCP")]
    assert found.host_ports["n1", 8000, "TCP"][1:] == (80, "")
    assert [item.name for item in found.on_host["n1"]] == ["host"]
    assert list(found.at_node_port) == [(30080, "TCP")]
    ips = (
        "10.96.0.20",
        "10.96.255.255",
        "10.97.0.0",
        "10.244.9.9",
        "10.245.0.0",
        "192.168.0.99",
        "192.169.0.11",
        "192.168.1.11",
    )
    assert [found.is_service_ip(ip) for ip in ips] == [True, True] + [False] * 6
    assert [found.is_pod_ip(ip) for ip in ips] == [False] * 3 + [True] + [False] * 4
    assert [found.is_node_network(ip) for ip in ips] == [False] * 5 + [True, False, True]
    assert found.own_address("n1", "127.0.0.1") == "127.0.0.1"
    assert found.own_address("n1", "10.244.1.2") == "10.244.1.1"
    assert found.own_address("n1", "8.8.8.8") == "192.168.0.11"


def machine(name, *, ready=True, labels=None):
    status = {
        "conditions": [{"type": "Ready", "status": str(ready)}],
        "addresses": [{"type": "InternalIP", "address": f"192.168.0.{name[1:]}"}],
    }
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": labels or {}},
        "status": status,
    }


@pytest.mark.parametrize(
    ("policy", "passing"), [(None, ["n1", "n2"]), ("Cluster", ["n1", "n2"]), ("Local", ["n1"])]
)
def test_which_nodes_a_load_balancer_uses(policy, passing):
    """A Node that is ready, not excluded by its label, and with Local one that has a ready Pod (`healthCheckNodePort`)."""
    spec = (
        {"type": "LoadBalancer"}
        if policy is None
        else {"type": "LoadBalancer", "externalTrafficPolicy": policy}
    )
    found = state(
        machine("n1"),
        machine("n2"),
        machine("n3", ready=False),
        machine("n4", labels={"node.kubernetes.io/exclude-from-external-load-balancers": ""}),
        service(**spec),
        pod("a", "10.0.0.1", node="n1"),
        pod("b", "10.0.0.2", node="n2", ready=False),
        pod("c", "10.0.0.3", node="n3"),
        from_dump=True,
    )
    nodes = list(found.balanced(found.services[0]))
    assert [node.name for node, _ in nodes] == ["n1", "n2", "n3"]
    assert [node.name for node, passes in nodes if passes] == passing
    assert found.ready_ends(found.services[0], found.services[0].ports[0]) == [
        ("10.0.0.1", 80),
        ("10.0.0.3", 80),
    ]
    assert found.sent_to("10.0.0.2") == {("TCP", 80): "web"}
    assert found.sent_to("10.0.0.9") == {}


@pytest.mark.parametrize(
    ("ranges", "source", "allowed"),
    [
        ([], "198.18.0.1", True),
        (["203.0.113.0/24"], "203.0.113.255", True),
        (["203.0.113.0/24"], "203.0.114.0", False),
        (["203.0.113.0/24", "198.18.0.0/15"], "198.18.0.1", True),
        ([" 203.0.113.7/32 "], "203.0.113.7", True),
        (["2001:db8::/32"], "198.18.0.1", True),
        (["2001:db8::/32", "203.0.113.0/24"], "198.18.0.1", False),
    ],
)
def test_from_where_a_load_balancer_may_be_reached(ranges, source, allowed):
    """`loadBalancerSourceRanges`: any of the ranges of this family; without one everybody."""
    assert lets_in(view(service(loadBalancerSourceRanges=ranges)), source) is allowed


def test_a_pod_has_variables_of_the_services_that_were_there_before():
    """The kubelet adds those of its own Namespace that are older than the Pod, and those of the API server's always."""
    cluster = kn.Cluster(nodes=1)
    cluster.apply("{apiVersion: v1, kind: Namespace, metadata: {name: shop}}")
    svc = "{apiVersion: v1, kind: Service, metadata: {name: %s, namespace: %s}, spec: {%s ports: [{name: my-port, port: 80}, {name: dns, port: 53, protocol: UDP}]}}"
    cluster.apply(svc % ("be-fore", "default", ""))
    cluster.apply(svc % ("headless", "default", "clusterIP: None,"))
    cluster.apply(svc % ("away", "shop", ""))
    cluster.apply(
        "{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {containers: [{name: a, image: 'a:1'}]}}"
    )
    cluster.settle()
    cluster.apply(svc % ("later", "default", ""))
    cluster.settle()
    lines = cluster.kubectl("exec p -- printenv").stdout.splitlines()
    ip = cluster["svc/be-fore"].cluster_ip
    mine = [line for line in lines if line.startswith(("BE_FORE", "HEADLESS", "AWAY", "LATER"))]
    assert mine == [
        f"BE_FORE_SERVICE_HOST={ip}",
        "BE_FORE_SERVICE_PORT=80",
        "BE_FORE_SERVICE_PORT_MY_PORT=80",
        "BE_FORE_SERVICE_PORT_DNS=53",
        f"BE_FORE_PORT=tcp://{ip}:80",
        f"BE_FORE_PORT_80_TCP=tcp://{ip}:80",
        "BE_FORE_PORT_80_TCP_PROTO=tcp",
        "BE_FORE_PORT_80_TCP_PORT=80",
        f"BE_FORE_PORT_80_TCP_ADDR={ip}",
        f"BE_FORE_PORT_53_UDP=udp://{ip}:53",
        "BE_FORE_PORT_53_UDP_PROTO=udp",
        "BE_FORE_PORT_53_UDP_PORT=53",
        f"BE_FORE_PORT_53_UDP_ADDR={ip}",
    ]
    assert "KUBERNETES_SERVICE_PORT=443" in lines
