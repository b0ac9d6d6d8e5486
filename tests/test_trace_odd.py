"""Odd situations that a packet comes into: what a real cluster would do there, or that it cannot be known."""

import time

import pytest
import yaml

import k8snotes as kn

NODE_PORT = "[{port: 80, targetPort: 8080, nodePort: 30080}]"
OUTSIDE = "203.0.113.5"


def pod(name, spec="", *, labels="app: web", ports="[{containerPort: 8080}]", namespace="default"):
    return f"""
---
apiVersion: v1
kind: Pod
metadata: {{name: {name}, namespace: {namespace}, labels: {{{labels}}}}}
spec: {{{spec} containers: [{{name: c, image: i, ports: {ports}}}]}}
"""


def service(spec="", *, name="web", ports="[{port: 80, targetPort: 8080}]", selector="selector: {app: web},"):
    return f"""
---
apiVersion: v1
kind: Service
metadata: {{name: {name}}}
spec: {{{selector} {spec} ports: {ports}}}
"""


CLIENT = pod("client", "nodeName: node-3,", labels="role: client", ports="[]")
PODS = pod("p1", "nodeName: node-1,") + pod("p2", "nodeName: node-2,") + CLIENT


def cluster(text, provider=""):
    c = kn.Cluster(nodes=3)
    if provider:
        c.provide_load_balancers(ip_mode=provider)
    c.apply(text)
    c.settle()
    return c


def servers(trace):
    return {share.server.rpartition("/")[2] for share in trace.spread if share.requests}


def dump(c, *kinds):
    items = [dict(obj.manifest) for kind in kinds for obj in c.objects(kind)]
    return kn.load(yaml.safe_dump({"apiVersion": "v1", "kind": "List", "items": items}))


# ---- before the Nodes


def test_a_balancer_without_node_port_sends_to_pods():
    """allocateLoadBalancerNodePorts: false with ipMode Proxy: the balancer has Pod IPs alone to send to, and that is said."""
    c = cluster(PODS + service("type: LoadBalancer, allocateLoadBalancerNodePorts: false,"), "Proxy")
    ip = c["svc/web"].load_balancer_ips[0]
    trace = c.trace(f"{ip}:80", times=20)
    assert (trace.outcome, trace.client_seen, servers(trace)) == ("connected", OUTSIDE, {"p1", "p2"})
    assert "a route to the Pod network" in trace.text
    assert c.trace(f"{ip}:80", source="pod/client").outcome == "connected"
    facts = c.way_in("svc/web").facts
    assert (facts.doors, len(facts.straight)) == ((), 2)
    c.delete("pod/p1")
    c.delete("pod/p2")
    c.settle()
    assert c.trace(f"{ip}:80").outcome == "timeout"


def test_a_balancer_address_without_rules_goes_round_until_it_is_lost():
    """A Service that is left to another proxy has no rules: what is handed to a Node as it is comes to nobody."""
    labelled = service("type: LoadBalancer,").replace(
        "{name: web}", '{name: web, labels: {"service.kubernetes.io/service-proxy-name": other}}'
    )
    c = cluster(PODS + labelled, "VIP")
    trace = c.trace(f"{c['svc/web'].load_balancer_ips[0]}:80")
    assert (trace.outcome, "round and round" in trace.reason) == ("timeout", True)


def test_an_external_ip_leads_in_at_the_port_of_the_service():
    """externalIPs: led to a Node by somebody, its rules do the rest; another port or a ping is nobody's."""
    c = cluster(PODS + service("externalIPs: [198.51.100.99],"))
    assert c.trace("198.51.100.99:80").outcome == "connected"
    assert c.trace("198.51.100.99:80", source="pod/client").client_seen == c["node/node-3"].ip
    assert c.trace("198.51.100.99:81").outcome == "timeout"
    assert c.ping("198.51.100.99").outcome == "no reply"
    c = cluster(PODS + service("externalIPs: [192.168.0.12],"))
    assert c.trace("192.168.0.12:80").outcome == "connected"
    assert c.trace("192.168.0.11:80").outcome == "refused"


def test_source_ranges_are_the_providers_affair_where_it_proxies():
    """loadBalancerSourceRanges with ipMode Proxy: no rule knows them, the balancer keeps others out."""
    c = cluster(PODS + service("type: LoadBalancer, loadBalancerSourceRanges: [198.18.0.0/16],"), "Proxy")
    ip = c["svc/web"].load_balancer_ips[0]
    assert c.trace(f"{ip}:80", source="198.18.1.1").outcome == "connected"
    trace = c.trace(f"{ip}:80")
    assert (trace.outcome, "a provider that knows" in trace.reason) == ("timeout", True)
    assert c.trace(f"node-1:{c['svc/web'].ports[0].node_port}").outcome == "connected"


# ---- on a Node


def test_kube_proxy_answers_health_checks_itself():
    """healthCheckNodePort and 10256 are open on every Node: there kube-proxy does listen. SSH may be: nothing is known of it."""
    c = cluster(PODS + service("type: LoadBalancer, externalTrafficPolicy: Local,"))
    port = c["svc/web"].spec["healthCheckNodePort"]
    assert c.trace(f"node-3:{port}").outcome == "connected"
    assert c.trace("node-3:10256").outcome == "connected"
    assert "no known program" in c.trace("node-3:22").reason


def test_a_host_port_hides_a_sender_of_the_same_node():
    """hostPort: whoever is on the Pod's own Node, or calls localhost there, is seen as the Node; others as themselves."""
    c = cluster(pod("door", "nodeName: node-1,", ports="[{containerPort: 8080, hostPort: 9200}]") + CLIENT)
    assert c.trace("node-1:9200").client_seen == OUTSIDE
    assert c.trace("node-1:9200", source="pod/door").client_seen == "10.244.1.1"
    assert c.trace("localhost:9200", source="node/node-1").client_seen == "10.244.1.1"
    assert c.trace("10.244.1.1:9200", source="pod/door").outcome == "connected"
    assert c.trace("node-1:9200", source="pod/client").client_seen == c["pod/client"].ip
    assert c.trace("node-2:9200").outcome == "refused"


def test_a_host_ip_opens_a_host_port_at_one_address():
    """hostIP: the port is open at that address of the Node alone."""
    ports = "[{containerPort: 8080, hostPort: 9200, hostIP: 127.0.0.1}]"
    c = cluster(pod("door", "nodeName: node-1,", ports=ports))
    assert c.trace("node-1:9200").outcome == "refused"
    assert c.trace("localhost:9200", source="node/node-1").outcome == "connected"


def test_the_bridge_of_a_node_is_an_address_of_it():
    """The first address of a podCIDR is the Node's: it answers pings, has the node ports, and may send."""
    c = cluster(PODS + service("type: NodePort,", ports=NODE_PORT))
    assert c.ping("10.244.2.1", source="pod/p1").outcome == "reply"
    assert c.trace("10.244.2.1:30080", source="pod/p1").outcome == "connected"
    assert c.trace("10.244.2.1:80", source="pod/p1").outcome == "refused"
    assert c.ping("10.244.2.1").outcome == "no reply"
    assert c.trace(f"{c['svc/web'].cluster_ip}:80", source="10.244.1.1").outcome == "connected"


def test_pods_on_the_host_network_stand_behind_a_service():
    """A Service leads to a Pod with hostNetwork at its Node's address; in on that Node, the client's address stays."""
    c = cluster(
        pod("agent", "nodeName: node-1, hostNetwork: true,")
        + CLIENT
        + service("type: NodePort,", ports=NODE_PORT)
    )
    assert c.trace("web:80", source="pod/client").server.name == "agent"
    assert c.trace("node-1:30080").client_seen == OUTSIDE
    assert c.trace("node-2:30080").client_seen == c["node/node-2"].ip


def test_internal_policy_local_asks_for_a_pod_on_the_senders_node():
    """internalTrafficPolicy: Local: who has no such Pod on his Node hears nothing, and is told where to call from."""
    c = cluster(PODS + service("internalTrafficPolicy: Local,"))
    assert c.trace("web:80", source="pod/p1").server.name == "p1"
    trace = c.trace("web:80", source="pod/client")
    assert (trace.outcome, "Call from a Node" in trace.hint) == ("timeout", True)


@pytest.mark.parametrize("wish", ["PreferClose", "PreferSameZone", "PreferSameNode"])
def test_near_endpoints_are_preferred(wish):
    """trafficDistribution: callers of a zone go to its Pods, PreferSameNode to those of the Node; else to any."""
    c = kn.Cluster(nodes=4)
    for number, zone in ((1, "a"), (2, "b"), (3, "b"), (4, "c")):
        c.label(f"node/node-{number}", f"topology.kubernetes.io/zone={zone}")
    c.apply(PODS + pod("p3", "nodeName: node-3,") + service(f"trafficDistribution: {wish},"))
    c.settle()
    ip = c["svc/web"].cluster_ip
    near = {"p3"} if wish == "PreferSameNode" else {"p2", "p3"}
    assert servers(c.trace(f"{ip}:80", source="node/node-3", times=60)) == near
    assert servers(c.trace(f"{ip}:80", source="node/node-4", times=60)) == {"p1", "p2", "p3"}


def test_each_port_has_endpoints_of_its_own():
    """A named targetPort that one Pod lacks leads to the others; where all lack it, the refusal names the port."""
    named = "[{name: http, containerPort: 8080}]"
    both = "[{name: http, containerPort: 8081}, {name: admin, containerPort: 9000}]"
    ports = "[{name: web, port: 80, targetPort: http}, {name: admin, port: 90, targetPort: admin}]"
    c = cluster(pod("a", ports=named) + pod("b", ports=both) + CLIENT + service(ports=ports))
    assert servers(c.trace("web:80", source="pod/client", times=40)) == {"a", "b"}
    assert servers(c.trace("web:90", source="pod/client", times=40)) == {"b"}
    c.delete("pod/b")
    c.settle()
    trace = c.trace("web:90", source="pod/client")
    assert (trace.outcome, 'container port named "admin"' in trace.reason) == ("refused", True)


def test_terminating_endpoints_serve_while_nothing_better_is_left():
    """Once all Pods are being deleted, those that still serve get the traffic; then it is refused."""
    c = cluster(PODS + service())
    c.delete("pod/p1")
    c.delete("pod/p2")
    seen = []
    for _ in range(12):
        c.step()
        seen.append(c.trace("web:80", source="pod/client").outcome)
    assert seen[0] == "connected"
    assert seen[-1] == "refused"


def test_sctp_is_a_protocol_of_its_own():
    """An SCTP port is reached by SCTP alone, and the hint says which protocol was meant."""
    c = cluster(
        pod("s", ports="[{containerPort: 9, protocol: SCTP}]")
        + CLIENT
        + service(ports="[{port: 9, protocol: SCTP}]")
    )
    assert c.trace("sctp://web:9", source="pod/client").outcome == "connected"
    trace = c.trace("web:9", source="pod/client")
    assert (trace.outcome, "SCTP" in trace.hint) == ("timeout", True)


def test_a_packet_for_a_machine_elsewhere_leaves_with_the_nodes_address():
    """By a Service without selector or directly: a Pod's address means nothing outside, so the Node's stands there."""
    by_hand = """
---
apiVersion: v1
kind: Endpoints
metadata: {name: db}
subsets: [{addresses: [{ip: 192.0.2.7}], ports: [{port: 5432}]}]
"""
    c = cluster(CLIENT + service(name="db", selector="", ports="[{port: 5432}]") + by_hand)
    for url in ("db:5432", "192.0.2.7:5432"):
        assert c.trace(url, source="pod/client").client_seen == c["node/node-3"].ip


def test_what_a_network_plugin_decides_is_said():
    """Whether a Pod's address is seen at another machine is the plugin's affair, and the trace says what it takes for granted."""
    c = cluster(PODS)
    assert "network plugins" in c.trace("https://kubernetes", source="pod/client").text
    assert "network plugins" in c.trace("node-1:80", source="pod/client").text
    assert "network plugins" not in c.trace(f"{c['pod/p1'].ip}:8080", source="pod/client").text


# ---- names


def test_dns_config_changes_what_a_pod_can_ask():
    """dnsPolicy, searches and ndots: a name is found exactly if the Pod's own resolver would find it."""
    lone = "dnsPolicy: None, dnsConfig: {nameservers: [10.96.0.10], searches: [default.svc.cluster.local]},"
    c = cluster(
        PODS
        + service()
        + pod("default-dns", "dnsPolicy: Default,")
        + pod("other-dns", "dnsPolicy: None, dnsConfig: {nameservers: [192.0.2.53]},")
        + pod("lone", lone)
        + pod("one-dot", "dnsConfig: {options: [{name: ndots, value: '1'}]},")
        + pod("host", "hostNetwork: true, dnsPolicy: ClusterFirstWithHostNet, nodeName: node-1,")
        + pod("alias", "hostAliases: [{ip: 192.0.2.7, hostnames: [web]}],")
    )
    found = {name: c.trace("web:80", source=f"pod/{name}").outcome for name in ("default-dns", "other-dns")}
    assert set(found.values()) == {"unresolved"}
    assert all(
        c.trace("web:80", source=f"pod/{name}").outcome == "connected" for name in ("lone", "host", "one-dot")
    )
    assert c.trace("web.default:80", source="pod/one-dot").outcome == "connected"
    assert c.trace("web.default:80", source="pod/lone").outcome == "leaves"
    assert c.trace("web:80", source="pod/alias").hops[-1].destination_after == "192.0.2.7:80"


def test_names_of_pods_behind_a_headless_service():
    """mysql-0.mysql leads to this Pod while it is ready; a name that no Pod has is unresolved, and says which there are."""
    c = cluster(
        service("clusterIP: None,", name="mysql", ports="[{port: 3306}]").replace("app: web", "app: mysql")
        + """
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: mysql}
spec:
  serviceName: mysql
  replicas: 2
  selector: {matchLabels: {app: mysql}}
  template:
    metadata: {labels: {app: mysql}}
    spec: {containers: [{name: a, image: b, ports: [{containerPort: 3306}]}]}
"""
        + CLIENT
    )
    assert c.trace("mysql-0.mysql:3306", source="pod/client").server.name == "mysql-0"
    trace = c.trace("mysql-2.mysql:3306", source="pod/client")
    assert (trace.outcome, "mysql-0, mysql-1" in trace.reason) == ("unresolved", True)
    with pytest.raises(kn.NotFoundError, match=r"mysql-0\.mysql"):
        c.trace("mysql-0:3306", source="pod/client")
    c.set_ready("pod/mysql-0", False)
    c.settle()
    assert c.trace("mysql-0.mysql:3306", source="pod/client").outcome == "unresolved"


def test_a_namespace_with_a_typo_is_answered_with_the_right_one():
    """web.defalt may be a name of the wide world: it leaves, and the hint says what was probably meant."""
    trace = cluster(PODS + service()).trace("web.defalt:80", source="pod/client")
    assert (trace.outcome, "web.default" in trace.hint) == ("leaves", True)


@pytest.mark.parametrize(
    ("alias", "outcome", "says"),
    [
        ("web.default.svc.cluster.local", "connected", ""),
        ("db.example.com", "leaves", "not known here"),
        ("192.0.2.7", "unresolved", "not for an address"),
        ("web", "unresolved", "web.default.svc.cluster.local"),
        ("web.default.svc", "unresolved", "web.default.svc.cluster.local"),
        ("db.default.svc.cluster.local", "unresolved", "back to itself"),
    ],
)
def test_an_external_name_must_be_a_whole_name_of_somebody(alias, outcome, says):
    """ExternalName: an address, a short name and a name that leads back to itself have no address."""
    c = cluster(
        PODS
        + service()
        + f"""
---
apiVersion: v1
kind: Service
metadata: {{name: db}}
spec: {{type: ExternalName, externalName: {alias}}}
"""
    )
    trace = c.trace("db:80", source="pod/client")
    assert (trace.outcome, says in trace.reason) == (outcome, True)


# ---- who sends, and where to


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("10.244.9.9", "no Pod has it"),
        ("10.96.200.1", "which no machine has"),
        ("127.0.0.1", "Say which machine sends"),
        ("0.0.0.0", "not the address of a single machine"),  # noqa: S104  # nobody listens on it
        ("224.0.0.1", "not the address of a single machine"),
        ("fd00::1", "IPv4"),
        ("client", 'Did you mean "pod/client"?'),
        ("Outside", 'Did you mean "outside"?'),
        ("", "is no sender"),
        ("<b>", "is no sender"),
    ],
)
def test_nobody_sends_from_there(source, says):
    """An address that no machine has, and what names nobody, cannot send: the error says why."""
    with pytest.raises(kn.ClusterError) as caught:
        cluster(CLIENT).trace("node-1:80", source=source)
    assert says in str(caught.value)


@pytest.mark.parametrize("url", ["0.0.0.0:80", "255.255.255.255:80", "224.0.0.1:80"])
def test_an_address_of_many_is_no_target(url):
    """A connection goes to one machine."""
    with pytest.raises(kn.AddressError, match="not the address of a single machine"):
        cluster(CLIENT).trace(url, source="pod/client")


def test_localhost_outside_is_the_senders_own_machine():
    """From outside 127.0.0.1 never comes near the cluster; in a Pod it is the Pod, on a Node the Node."""
    c = cluster(PODS)
    assert c.trace("http://localhost").outcome == "leaves"
    assert c.trace("localhost:8080", source="pod/p1").server.name == "p1"
    assert c.trace("localhost:10250", source="node/node-1").outcome == "connected"


# ---- dumps


def test_a_dump_without_nodes_is_followed_by_what_pods_tell():
    """`kubectl get all` has no Nodes and no EndpointSlices: Pods name their Nodes, and the trace says so."""
    c = dump(cluster(PODS + service("type: NodePort,", ports=NODE_PORT)), "pods", "services")
    trace = c.trace("web:80", source="pod/client", times=20)
    assert (trace.outcome, servers(trace)) == ("connected", {"p1", "p2"})
    assert "are not in the dump" in trace.text
    assert c.trace("192.168.0.11:30080").outcome == "connected"
    assert c.trace("web:80", source="node/node-1").outcome == "unresolved"
    assert {door.outcome for door in c.way_in("svc/web").facts.doors} == {"open"}


def test_what_a_dump_leaves_out_is_not_made_up():
    """A Service without selector whose slices are not in the dump leads nobody knows where: not refused, not answered."""
    c = dump(cluster(PODS + service()), "pods", "services", "nodes")
    trace = c.trace("https://kubernetes", source="pod/client")
    assert (trace.outcome, "not known here" in trace.reason) == ("leaves", True)
    assert "this dump tells of" in c.trace("10.96.77.77:80", source="pod/client").reason
    assert c.trace("10.244.1.77:80", source="pod/client").outcome == "timeout"
    assert c.trace("10.96.0.10:53", source="pod/client").outcome == "leaves"


def with_ipv6(c, alone):
    """Return a dump of a cluster whose Nodes have an IPv6 address first, or (`alone`) whose everything has no other."""
    items = [dict(obj.manifest) for kind in ("pods", "services", "nodes") for obj in c.objects(kind)]
    for at, item in enumerate(items):
        if item["kind"] == "Node":
            others = [] if alone else item["status"]["addresses"]
            item["status"]["addresses"] = [{"type": "InternalIP", "address": f"fd00::{at}"}, *others]
        elif alone and item["kind"] == "Service":
            item["spec"] |= {"clusterIP": f"fd00:10::{at}", "clusterIPs": [f"fd00:10::{at}"]}
        elif alone and item["metadata"]["name"] != "client":
            item["status"]["podIP"] = f"fd01::{at}"
    return kn.load(yaml.safe_dump({"apiVersion": "v1", "kind": "List", "items": items}))


def test_two_families_are_followed_over_one_and_ipv6_alone_is_not():
    """A Node with both addresses is reached at its IPv4 one; where there is IPv6 alone, an error says so."""
    made = cluster(PODS + service("type: NodePort,", ports=NODE_PORT))
    both = with_ipv6(made, alone=False)
    assert both.trace("node-1:30080").outcome == "connected"
    assert both.trace(f"{both['svc/web'].cluster_ip}:80", source="node/node-3").outcome == "connected"
    alone = with_ipv6(made, alone=True)
    for url, source in (
        ("node-1:30080", "outside"),
        ("web:80", "pod/client"),
        ("node-2:1", "node/node-1"),
        ("web:80", "pod/p1"),
    ):
        with pytest.raises(kn.K8sNotesError, match="IPv4"):
            alone.trace(url, source=source)
    assert alone.way_in("svc/web").facts.doors == ()


def test_a_balancer_that_has_a_name_alone_is_reached_by_it():
    """Some clouds give a balancer a name and no address: from outside and from a Pod the name leads to it; exec agrees."""
    name = "a1.elb.example.com"
    made = cluster(PODS + service("type: LoadBalancer,", ports=NODE_PORT))
    items = [dict(obj.manifest) for kind in ("pods", "services", "nodes") for obj in made.objects(kind)]
    for item in items:
        if item["metadata"]["name"] == "web":
            item["status"] = {"loadBalancer": {"ingress": [{"hostname": name}]}}
    c = kn.load(yaml.safe_dump({"apiVersion": "v1", "kind": "List", "items": items}))
    for source in ("outside", "pod/client", "node/node-1"):
        trace = c.trace(f"http://{name}", source=source)
        assert (trace.outcome, servers(trace) <= {"p1", "p2"}) == ("connected", True)
        assert "balancer" in [hop.kind for hop in trace.hops]
    assert "answered by pod/p" in c.kubectl(f"exec client -- curl http://{name}").stdout
    assert "is the name of a load balancer" in c.kubectl(f"exec client -- nslookup {name}").stdout


def test_dns_of_a_dump_has_the_address_of_its_service():
    """Where the dump has kube-dns, its address is named and its rules are followed."""
    c = kn.Cluster(nodes=1)
    c.apply("{apiVersion: v1, kind: Namespace, metadata: {name: kube-system}}")
    dns = service("clusterIP: 10.96.0.77,", name="kube-dns", ports="[{port: 53, protocol: UDP}]")
    c.apply(
        dns.replace("{name: kube-dns}", "{name: kube-dns, namespace: kube-system}")
        + pod("client")
        + service()
    )
    c.settle()
    assert "10.96.0.77" in c.trace("web:80", source="pod/client").text


# ---- many


def test_a_hundred_thousand_requests_take_no_time():
    """Many requests are thrown for, not walked: the shares are near what chance gives them."""
    c = cluster(PODS + service())
    start = time.perf_counter()
    trace = c.trace("web:80", source="pod/client", times=100_000)
    assert time.perf_counter() - start < 5
    assert all(abs(share.requests - 50_000) < 1_000 for share in trace.spread)
    c = cluster(PODS + service("sessionAffinity: ClientIP,"))
    trace = c.trace("web:80", source="pod/client", times=100_000)
    assert [share.requests for share in trace.spread] == [100_000]
    assert time.perf_counter() - start < 8


def test_names_from_a_dump_cannot_write_markup():
    """Names with markup in a dump are escaped in the picture of a trace, and told in its words."""
    c = dump(cluster(PODS + service()), "pods", "services")
    evil = "p<script>&"
    items = [dict(obj.manifest) for kind in ("pods", "services") for obj in c.objects(kind)]
    for item in items:
        if item["metadata"]["name"] == "p1":
            item["metadata"]["name"] = evil
    c = kn.load(yaml.safe_dump({"apiVersion": "v1", "kind": "List", "items": items}))
    ip = next(found.ip for found in c.objects("pods") if found.name == evil)
    trace = c.trace(f"{ip}:8080", source="pod/client")
    assert evil not in trace.html
    assert evil in trace.text
