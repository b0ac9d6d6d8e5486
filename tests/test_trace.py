"""One packet, hop by hop: where it goes, what becomes of its addresses, and why it dies."""

import json
from itertools import pairwise
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

import k8snotes as kn

HERE = Path(__file__).parent
SHARED = HERE.parents[1] / "shared" / "golden" / "kube-proxy"
RECORDINGS = SHARED if SHARED.is_dir() else HERE / "golden" / "kube-proxy"
NAMES = sorted(path.name.removesuffix(".expected.json") for path in RECORDINGS.glob("*.expected.json"))


class Replayed:
    """The objects of a recording in a cluster of ours, and the recorded names translated to its addresses."""

    def __init__(self, name):
        self.answer = json.loads((RECORDINGS / f"{name}.expected.json").read_text(encoding="utf-8"))
        named = [{"metadata": {"name": name}} for name in ("node1", "node2")]
        self.cluster = c = kn.Cluster(nodes=named)
        documents = [doc for doc in yaml.safe_load_all((RECORDINGS / f"{name}.yaml").read_text()) if doc]
        c.apply([doc for doc in documents if doc["kind"] != "Node"])
        c.apply(
            "{apiVersion: v1, kind: Pod, metadata: {name: probe},"
            " spec: {nodeName: node1, containers: [{name: a, image: b}]}}"
        )
        c.settle()
        for pod, told in self.answer["pods"].items():
            c.set_ready(f"pod/{pod}", told["ready"])
            for port in told["listens_on"]:
                c.listen(f"pod/{pod}", int(port.partition("/")[2]), port.partition("/")[0])
        c.settle()
        self.there = {told["ip"]: c[f"pod/{pod}"].ip for pod, told in self.answer["pods"].items()}
        for service, told in self.answer["services"].items():
            if told["clusterIP"] != "None":
                self.there[told["clusterIP"]] = c[f"svc/{service}"].cluster_ip
        self.there[self.answer["node_ip"]] = c["node/node1"].ip
        self.there["10.244.1.250"] = c["pod/probe"].ip

    def ask(self, fact):
        source = {"pod": "pod/probe", "node": "node/node1", "outside": "outside"}[fact["from"]]
        ip = self.there.get(fact["ip"], fact["ip"])
        if fact["do"] == "ping":
            return self.cluster.ping(ip, source=source)
        return self.cluster.trace(
            f"{ip}:{fact['port']}",
            source=source,
            protocol=fact.get("protocol", "TCP"),
            times=fact.get("times", 1),
        )


@pytest.fixture(scope="module", params=NAMES)
def replayed(request):
    return Replayed(request.param)


def test_what_was_tried_in_a_real_cluster_ends_the_same_way(replayed):
    """Every recorded attempt has the same outcome, and the same Pods answer; who is seen agrees as far as it can."""
    told = {"answered": "reply", "no answer": "no reply"}
    for fact in replayed.answer["facts"]["iptables"]:
        if fact["what"].startswith("127.0.0.1"):
            continue  # recorded with localhostNodePorts: false, which is not the default
        trace = replayed.ask(fact)
        assert trace.outcome == told.get(fact["result"], fact["result"]), fact
        backends = {key.partition(":")[0] for key in fact.get("backends", {})} - {"refused", "timeout"}
        wanted = {replayed.there[ip] for ip in backends}
        found = {share.address for share in trace.spread if share.address}
        assert found == wanted or (fact.get("service") == "sticky" and len(found) == len(wanted) == 1), fact
        if fact["result"] == "connected" and fact["from"] == "pod":
            kept = fact["seen_source"] == ["10.244.1.250"]
            assert (trace.client_seen == replayed.cluster["pod/probe"].ip) is kept, fact


WEB = """
apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  type: NodePort
  selector: {app: web}
  ports: [{name: http, port: 80, targetPort: 8080, nodePort: 30080}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 3
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: nginx, ports: [{containerPort: 8080}]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: client}
spec: {containers: [{name: shell, image: busybox}]}
"""


def web(change=lambda text: text):
    c = kn.Cluster(nodes=3)
    c.apply(change(WEB))
    c.settle()
    return c


@pytest.fixture(scope="module")
def cluster():
    return web()


def places(trace):
    return [hop.kind for hop in trace.hops]


def test_a_name_leads_over_rules_to_a_container(cluster):
    """From a Pod to a Service: the name is looked up, the rules choose a Pod, and its container answers."""
    trace = cluster.trace("http://web", source="pod/client")
    assert trace.outcome == "connected"
    assert trace.server.labels["app"] == "web"
    assert trace.server_ip == trace.server.ip
    assert [kind for kind in places(trace) if kind != "network"] == [
        "name",
        "pod",
        "bridge",
        "rules",
        "bridge",
        "container",
    ]
    assert trace.hops[0].destination_before == "web:80"
    assert trace.hops[-1].destination_after == f"{trace.server_ip}:8080"
    assert trace.client_seen == cluster["pod/client"].ip
    assert any("KUBE-SVC-" in rule for hop in trace.hops for rule in hop.rules)


def test_from_outside_a_node_port_leads_in_and_hides_the_client(cluster):
    """A node port answers on every Node; the Pod sees the Node as its client."""
    for node in ("node-1", "node-2", "node-3"):
        trace = cluster.trace(f"http://{node}:30080")
        assert trace.outcome == "connected"
        assert trace.client_seen not in ("203.0.113.5", "")


def test_local_policy_keeps_the_client_and_dies_without_a_pod_of_the_node():
    """externalTrafficPolicy Local: the client's address stays, and a Node without such a Pod drops the packet."""
    c = web(
        lambda text: text.replace("replicas: 3", "replicas: 1").replace(
            "type: NodePort", "type: NodePort\n  externalTrafficPolicy: Local"
        )
    )
    home = c.objects("pods", "app=web")[0].node_name
    for node in c.objects("nodes"):
        trace = c.trace(f"{node.ip}:30080")
        assert trace.outcome == ("connected" if node.name == home else "timeout")
        if node.name == home:
            assert trace.client_seen == "203.0.113.5"
        else:
            assert "externalTrafficPolicy: Local" in trace.reason
        assert c.trace(f"{node.ip}:30080", source="pod/client").outcome == "connected"


def test_a_pod_reaches_itself_through_its_own_service():
    """Hairpin: the Pod is led back to itself, and its Node stands in as the sender."""
    c = web(lambda text: text.replace("replicas: 3", "replicas: 1"))
    pod = c.objects("pods", "app=web")[0]
    trace = c.trace("http://web", source=pod.ref)
    assert trace.outcome == "connected"
    assert trace.server.name == pod.name
    assert trace.client_seen == "10.244" + pod.ip.removeprefix("10.244").rsplit(".", 1)[0] + ".1"
    assert any("hairpin" in hop.what for hop in trace.hops)


def test_numbers_that_are_taken_for_each_other_are_told_apart(cluster):
    """port, targetPort, nodePort: each number is asked in the wrong place once, and the hint names the right one."""
    ip, node = cluster["svc/web"].cluster_ip, cluster["node/node-1"].ip
    wrong = cluster.trace(f"{ip}:8080", source="pod/client")
    assert wrong.outcome == "timeout"
    assert "targetPort" in wrong.hint
    wrong = cluster.trace(f"{ip}:30080", source="pod/client")
    assert (wrong.outcome, "node port" in wrong.hint) == ("timeout", True)
    wrong = cluster.trace(f"{node}:80")
    assert (wrong.outcome, "30080" in wrong.hint) == ("refused", True)
    wrong = cluster.trace(f"{node}:30081")
    assert (wrong.outcome, "30080" in wrong.hint) == ("refused", True)
    pod = cluster.objects("pods", "app=web")[0]
    wrong = cluster.trace(f"{pod.ip}:80", source="pod/client")
    assert (wrong.outcome, "8080" in wrong.reason) == ("refused", True)
    assert cluster.trace(f"{pod.ip}:8080", source="pod/client").outcome == "connected"


def test_nothing_inside_is_reached_from_outside(cluster):
    """From outside neither a Cluster IP nor a Pod IP is reached; the hint tells the way in."""
    pod = cluster.objects("pods", "app=web")[0]
    for target in (f"{cluster['svc/web'].cluster_ip}:80", f"{pod.ip}:8080"):
        trace = cluster.trace(target)
        assert trace.outcome == "timeout"
        assert "30080" in trace.hint
    assert cluster.trace("http://web").outcome == "unresolved"


def test_a_cluster_ip_answers_no_ping(cluster):
    """Pods and Nodes answer a ping, a Cluster IP does not."""
    pod = cluster.objects("pods", "app=web")[0]
    assert cluster.ping(cluster["svc/web"].cluster_ip, source="pod/client").outcome == "no reply"
    assert cluster.ping("web", source="pod/client").outcome == "no reply"
    assert cluster.ping(pod.ip, source="pod/client").outcome == "reply"
    assert cluster.ping("node-2", source="pod/client").outcome == "reply"
    assert cluster.ping(pod.ip).outcome == "no reply"


def test_a_service_without_endpoints_refuses_and_says_why():
    """No endpoints: refused at once, and the reason names the Pods and why each is not ready."""
    c = web()
    for pod in c.objects("pods", "app=web"):
        c.set_ready(pod.ref, False)
    c.settle()
    trace = c.trace("http://web", source="pod/client")
    assert trace.outcome == "refused"
    assert "none of them is ready" in trace.reason
    assert trace.server is None
    assert trace.server_ip is None


def test_declaring_a_port_opens_nothing():
    """c.listen says what a container really listens on; a declared port that nobody listens on refuses."""
    c = web(lambda text: text.replace("replicas: 3", "replicas: 1"))
    pod = c.objects("pods", "app=web")[0]
    assert "declares containerPort 8080" in c.trace("http://web", source="pod/client").reason
    c.listen(pod.ref, 9090)
    trace = c.trace("http://web", source="pod/client")
    assert (trace.outcome, "c.listen" in trace.reason) == ("refused", True)
    assert c.trace(f"{pod.ip}:9090", source="pod/client").outcome == "connected"
    c.listen(pod.ref, None)
    assert c.trace(f"{pod.ip}:9090", source="pod/client").outcome == "refused"
    copied = c.copy()
    copied.listen(pod.ref, 8080)
    assert c.trace("http://web", source="pod/client").outcome == "refused"
    assert copied.trace("http://web", source="pod/client").outcome == "connected"


def test_udp_and_tcp_are_two_ports():
    """A UDP port is not reached by TCP, and the hint says so."""
    c = web(
        lambda text: text.replace("port: 80,", "port: 80, protocol: UDP,").replace(
            "8080}]}]}", "8080, protocol: UDP}]}]}"
        )
    )
    assert c.trace("udp://web:80", source="pod/client").outcome == "connected"
    assert c.trace("web:80", source="pod/client", protocol="UDP").outcome == "connected"
    wrong = c.trace("web:80", source="pod/client")
    assert (wrong.outcome, "UDP" in wrong.hint) == ("timeout", True)


def test_a_lost_node_swallows_its_share_until_its_pods_are_written_off():
    """When a Node loses its power, its share of the requests times out; once its Pods are unready, none does."""
    c = web()
    c.lose("node-1")
    spread = c.trace("http://web", source="pod/client", times=60).spread
    here = c["pod/client"].node_name
    if here != "node-1":
        assert {share.outcome for share in spread} == {"connected", "timeout"}
    c.settle()
    if here != "node-1":
        assert {share.outcome for share in c.trace("http://web", source="pod/client", times=60).spread} == {
            "connected"
        }
    assert c.trace("http://node-1:30080").outcome == "timeout"


def test_many_requests_are_spread_as_the_rules_say(cluster):
    """The shares add up, each is near what chance gives it, and the same question has the same answer."""
    trace = cluster.trace("http://web", source="pod/client", times=600)
    assert sum(share.requests for share in trace.spread) == 600
    assert [share.chance for share in trace.spread] == pytest.approx([1 / 3] * 3)
    assert all(abs(share.requests - 200) < 60 for share in trace.spread)
    again = cluster.trace("http://web", source="pod/client", times=600)
    assert again.spread == trace.spread
    assert list(trace.shares["requests"]) == [share.requests for share in trace.spread]


def test_a_sticky_service_sends_a_client_to_one_pod():
    """sessionAffinity ClientIP: all requests of one client go to the Pod that had the first."""
    c = web(lambda text: text.replace("type: NodePort", "type: NodePort\n  sessionAffinity: ClientIP"))
    trace = c.trace("http://web", source="pod/client", times=30)
    assert [share.requests for share in trace.spread] == [30]
    assert trace.spread[0].chance is None


def test_a_headless_name_gives_pod_ips_and_no_rules():
    """A headless Service's name leads to a Pod directly: no rule acts, and the port is the Pod's own."""
    c = web(lambda text: text.replace("type: NodePort", "clusterIP: None").replace(", nodePort: 30080", ""))
    assert c.trace("web:80", source="pod/client").outcome == "refused"
    trace = c.trace("web:8080", source="pod/client", times=30)
    assert trace.outcome == "connected"
    assert "rules" not in places(trace)
    assert len(trace.spread) == 3
    for pod in c.objects("pods", "app=web"):
        c.set_ready(pod.ref, False)
    c.settle()
    trace = c.trace("web:8080", source="pod/client")
    assert trace.outcome == "unresolved"
    assert "headless" in trace.reason


def test_an_external_name_maps_no_ports():
    """An ExternalName is another name and no more: the port that was asked for is the one that is asked there."""
    alias = """
apiVersion: v1
kind: Service
metadata: {name: other}
spec: {type: ExternalName, externalName: web.default.svc.cluster.local, ports: [{port: 8080, targetPort: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: far}
spec: {type: ExternalName, externalName: db.example.com}
"""
    c = web(lambda text: text + "---" + alias)
    assert c.trace("other:80", source="pod/client").outcome == "connected"
    assert c.trace("other:8080", source="pod/client").outcome == "timeout"
    trace = c.trace("far:5432", source="pod/client")
    assert trace.outcome == "leaves"
    assert "not known here" in trace.reason


def test_pods_on_their_nodes_network_and_host_ports_are_found():
    """A hostNetwork Pod answers at its Node's address, and a hostPort leads to its Pod."""
    c = kn.Cluster(nodes=2)
    c.apply("""
apiVersion: v1
kind: Pod
metadata: {name: agent}
spec: {nodeName: node-1, hostNetwork: true, containers: [{name: a, image: b, ports: [{containerPort: 9100, hostPort: 9100}]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: door}
spec: {nodeName: node-2, containers: [{name: a, image: b, ports: [{containerPort: 8080, hostPort: 9200}]}]}
""")
    c.settle()
    assert c.trace("node-1:9100").server.name == "agent"
    assert c.trace("node-2:9200").server.name == "door"
    assert c.trace("node-2:9100").outcome == "refused"
    assert c.trace("node-2:9200", source="pod/agent").server.name == "door"


def test_an_endpoint_made_by_hand_is_taken_to_be_there():
    """A selector-less Service sends to the address that somebody wrote, and the trace says what it assumes."""
    c = web(
        lambda text: (
            text
            + """---
apiVersion: v1
kind: Service
metadata: {name: db}
spec: {ports: [{port: 5432}]}
---
apiVersion: v1
kind: Endpoints
metadata: {name: db}
subsets: [{addresses: [{ip: 192.0.2.7}], ports: [{port: 5432}]}]
"""
        )
    )
    trace = c.trace("db:5432", source="pod/client")
    assert (trace.outcome, trace.server, trace.server_ip) == ("connected", None, "192.0.2.7")
    assert "by hand" in trace.reason


def test_the_api_server_is_reached_through_its_service(cluster):
    """default/kubernetes leads every Pod to kube-apiserver."""
    trace = cluster.trace("https://kubernetes", source="pod/client")
    assert (trace.outcome, trace.server_ip) == ("connected", "192.168.0.10")


@pytest.mark.parametrize(
    ("url", "source", "says"),
    [
        ("http://wbe", "pod/client", 'Did you mean "web"?'),
        ("http://wbe.default", "pod/client", 'Did you mean "web"?'),
        ("web", "pod/client", 'Write "web:80"'),
        ("http://web:99999", "pod/client", "Ports go from 1 to 65535"),
        ("http://web:http", "pod/client", "a client needs the number"),
        ("htp://web", "pod/client", 'Did you mean "http"?'),
        ("10.96.0.300:80", "pod/client", "no IPv4 address"),
        ("http://[::1]:80", "pod/client", "IPv6"),
        ("http://", "pod/client", "has no host"),
        ("http://we b", "pod/client", "no DNS name"),
        ("http://web", "pod/clint", 'Did you mean "client"?'),
        ("http://web", "node/node-9", "node-1"),
        ("http://web", "svc/web", "cannot send"),
        ("http://web", "everywhere", "is no sender"),
        ("http://nowhere", "outside", "No DNS server knows"),
    ],
)
def test_what_cannot_be_asked_is_explained(cluster, url, source, says):
    """A wrong URL, an unknown Service, a source that is not there: an error that says what there is instead."""
    with pytest.raises(kn.K8sNotesError) as caught:
        cluster.trace(url, source=source)
    assert says in str(caught.value)


def test_a_pod_that_does_not_run_cannot_send():
    """A Pod without an address cannot send, and is told so."""
    c = kn.Cluster(nodes=0)
    c.apply(WEB)
    with pytest.raises(kn.ClusterError, match="no address yet"):
        c.trace("http://web", source="pod/client")


# ---- any cluster

PODS = st.lists(
    st.tuples(
        st.sampled_from(["node-1", "node-2", "node-3"]),
        st.sampled_from(["web", "web", "other"]),  # the label app
        st.booleans(),  # ready
        st.sampled_from(["listens", "listens", "listens elsewhere"]),
    ),
    max_size=6,
)
POLICIES = st.tuples(st.sampled_from(["Cluster", "Local"]), st.sampled_from(["Cluster", "Local"]))
ASKED = st.tuples(
    st.sampled_from(["cluster", "node", "wrong", "pod", "ping"]),
    st.sampled_from(["pod/client", "node/node-1", "outside"]),
)


def made(pods, policies, affinity):
    c = kn.Cluster(nodes=3)
    external, internal = policies
    c.apply(
        [
            {
                "apiVersion": "v1",
                "kind": "Service",
                "metadata": {"name": "web"},
                "spec": {
                    "type": "NodePort",
                    "selector": {"app": "web"},
                    "externalTrafficPolicy": external,
                    "internalTrafficPolicy": internal,
                    "sessionAffinity": affinity,
                    "ports": [{"port": 80, "targetPort": 8080, "nodePort": 30080}],
                },
            },
            {
                "apiVersion": "v1",
                "kind": "Pod",
                "metadata": {"name": "client"},
                "spec": {"nodeName": "node-2", "containers": [{"name": "a", "image": "b"}]},
            },
            *(
                {
                    "apiVersion": "v1",
                    "kind": "Pod",
                    "metadata": {"name": f"p{at}", "labels": {"app": app}},
                    "spec": {
                        "nodeName": node,
                        "containers": [{"name": "a", "image": "b", "ports": [{"containerPort": 8080}]}],
                    },
                }
                for at, (node, app, _, _) in enumerate(pods)
            ),
        ]
    )
    c.settle()
    for at, (_, _, ready, odd) in enumerate(pods):
        c.set_ready(f"pod/p{at}", ready)
        if odd == "listens elsewhere":
            c.listen(f"pod/p{at}", 9999)
    c.settle()
    return c


@settings(deadline=None, max_examples=60)
@given(PODS, POLICIES, st.sampled_from(["None", "ClientIP"]), st.lists(ASKED, min_size=1, max_size=4))
def test_a_packet_arrives_exactly_when_readiness_policy_and_listeners_let_it(pods, policies, affinity, asked):
    """Over random clusters: it connects exactly if some endpoint may be used and the chosen one listens; hops chain."""
    c = made(pods, policies, affinity)
    external, internal = policies
    ready = [at for at, (_, app, is_ready, _) in enumerate(pods) if app == "web" and is_ready]
    for what, source in asked:
        node = {"pod/client": "node-2", "node/node-1": "node-1", "outside": "node-3"}[source]
        ip, port = {
            "cluster": (c["svc/web"].cluster_ip, 80),
            "wrong": (c["svc/web"].cluster_ip, 81),
            "node": (c[f"node/{node}"].ip, 30080),
            "pod": (c["pod/p0"].ip if pods else "10.244.9.9", 8080),
            "ping": (c["svc/web"].cluster_ip, None),
        }[what]
        trace = c.ping(ip, source=source) if port is None else c.trace(f"{ip}:{port}", source=source)
        for before, after in pairwise(trace.hops):
            assert (before.source_after, before.destination_after) == (
                after.source_before,
                after.destination_before,
            )
            assert not before.ends
        assert trace.hops[-1].ends == trace.outcome
        assert trace.reason
        assert (trace.server is None) == (trace.outcome not in ("connected", "reply"))
        if what in ("wrong", "ping"):
            assert trace.outcome in ("timeout", "no reply")
            continue
        if what == "pod":
            open_ = bool(pods) and source != "outside" and pods[0][3] != "listens elsewhere"
            assert (trace.outcome == "connected") is open_
            continue
        if what == "cluster" and source == "outside":
            assert trace.outcome == "timeout"
            continue
        local = (internal if what == "cluster" else external if source == "outside" else "Cluster") == "Local"
        usable = [at for at in ready if not local or pods[at][0] == node]
        if not ready:
            assert trace.outcome == "refused"
        elif not usable:
            assert trace.outcome == "timeout"
        else:
            chosen = int(trace.server.name[1:]) if trace.server else None
            deaf = {at for at in usable if pods[at][3] == "listens elsewhere"}
            assert chosen in set(usable) - deaf or (chosen is None and deaf)
            assert trace.outcome == ("refused" if chosen is None else "connected")


# ---- load balancers


BALANCED = WEB.replace("type: NodePort", "type: LoadBalancer")


def balanced(ip_mode="Proxy", **provider):
    c = kn.Cluster(nodes=3)
    c.provide_load_balancers(ip_mode=ip_mode, **provider)
    c.apply(BALANCED)
    c.settle()
    return c


def test_without_a_provider_a_load_balancer_is_pending_and_the_service_works():
    """EXTERNAL-IP <pending> is no fault of the Service: Cluster IP and node port answer."""
    c = web(lambda text: text.replace("type: NodePort", "type: LoadBalancer"))
    assert c.get("services").set_index("NAME")["EXTERNAL-IP"]["web"] == "<pending>"
    assert c.trace("http://web", source="pod/client").outcome == "connected"
    assert c.trace("node-1:30080").outcome == "connected"


@pytest.mark.parametrize("mode", ["Proxy", "VIP"])
def test_a_load_balancer_leads_to_a_node_and_so_to_a_pod(mode):
    """With a provider the outside reaches the Service at its port; Proxy goes by the node port, VIP does not."""
    c = balanced(mode)
    ip = c["svc/web"].load_balancer_ips[0]
    assert c.get("services").set_index("NAME")["EXTERNAL-IP"]["web"] == ip
    trace = c.trace(f"http://{ip}", times=90)
    assert trace.outcome == "connected"
    assert "balancer" in places(trace)
    node_port = any(hop.destination_after.endswith(":30080") for hop in trace.hops)
    assert node_port is (mode == "Proxy")
    assert [share.chance for share in trace.spread] == pytest.approx([1 / 3] * 3)
    inside = c.trace(f"http://{ip}", source="pod/client")
    assert inside.outcome == "connected"
    assert ("balancer" in places(inside)) is (mode == "Proxy")
    assert c.trace(f"{ip}:81").outcome == "timeout"


def test_a_balancer_chooses_nodes_that_pass_its_health_check():
    """externalTrafficPolicy Local: only Nodes with a ready Pod get anything, so nothing is lost; the client stays."""
    c = balanced()
    c.scale("deploy/web", 1)
    c.apply(
        BALANCED.replace("type: LoadBalancer", "type: LoadBalancer\n  externalTrafficPolicy: Local").replace(
            "replicas: 3", "replicas: 1"
        )
    )
    c.settle()
    ip = c["svc/web"].load_balancer_ips[0]
    trace = c.trace(f"http://{ip}", times=20)
    assert [share.outcome for share in trace.spread] == ["connected"]
    assert trace.client_seen == "203.0.113.5"
    c.set_ready(c.objects("pods", "app=web")[0].ref, False)
    c.settle()
    trace = c.trace(f"http://{ip}")
    assert (trace.outcome, "health check" in trace.reason) == ("timeout", True)


def test_source_ranges_let_only_some_in():
    """loadBalancerSourceRanges: whoever is not in them is dropped."""
    c = kn.Cluster(nodes=2)
    c.provide_load_balancers(ip_mode="VIP")
    c.apply(
        BALANCED.replace(
            "type: LoadBalancer", "type: LoadBalancer\n  loadBalancerSourceRanges: [203.0.113.0/24]"
        )
    )
    c.settle()
    ip = c["svc/web"].load_balancer_ips[0]
    assert c.trace(f"http://{ip}", source="203.0.113.99").outcome == "connected"
    trace = c.trace(f"http://{ip}", source="198.18.0.1")
    assert (trace.outcome, "loadBalancerSourceRanges" in trace.reason) == ("timeout", True)


def test_an_address_is_taken_back_and_given_again():
    """A Service that is deleted, or is no LoadBalancer any more, gives its address back; a full pool says so."""
    c = balanced(cidr="198.51.100.0/30")
    first = c["svc/web"].load_balancer_ips
    c.apply(
        BALANCED.replace("name: web}\nspec:\n  type", "name: two}\nspec:\n  type")
        .split("---")[0]
        .replace(", nodePort: 30080", "")
    )
    third = c.api.create(
        {
            **c["svc/two"].manifest,
            "metadata": {"name": "zwei"},
            "spec": {"type": "LoadBalancer", "ports": [{"port": 80}]},
        }
    )
    c.settle()
    assert c["svc/two"].load_balancer_ips != first
    assert not c[third.ref].load_balancer_ips
    assert any("range is full" in event.raw["message"] for event in c.objects("events"))
    c.delete("svc/web")
    c.settle()
    assert c["svc/zwei"].load_balancer_ips == first


@pytest.mark.parametrize(("arguments", "says"), [({"cidr": "x"}, "not a range"), ({"ip_mode": "x"}, "Proxy")])
def test_a_provider_that_cannot_be_is_explained(arguments, says):
    """A range or a mode that cannot be has an error that says what can."""
    with pytest.raises(kn.ClusterError, match=says):
        kn.Cluster(nodes=1).provide_load_balancers(**arguments)
    c = balanced()
    with pytest.raises(kn.ClusterError, match="already"):
        c.provide_load_balancers()


# ---- a trace in plain words


@pytest.mark.parametrize(
    ("url", "source"),
    [
        ("http://frontend", "pod/client"),
        ("http://frontend:81", "pod/client"),
        ("192.168.0.11:31080", "outside"),
        ("http://www.example.org", "pod/client"),
        ("mysql:3306", "node/node-1"),
    ],
)
def test_a_plain_trace_tells_the_same_way_without_the_means_of_the_kernel(url, source):
    """With detail="plain" no bridge, no rule and no chain is told; the addresses and the end are the same."""
    c = kn.load("guestbook")
    full, brief = c.trace(url, source=source), c.trace(url, source=source, detail="plain")
    assert (brief.outcome, brief.reason, brief.hint) == (full.outcome, full.reason, full.hint)
    assert (brief.server_ip, brief.client_seen) == (full.server_ip, full.client_seen)
    assert {hop.kind for hop in brief.hops} <= {"pod", "name", "rules", "machine", "container", "network"}
    assert not any(hop.rules for hop in brief.hops)
    told = f"{brief.text}{brief.alt}"
    for word in ("veth", "eth0", "bridge", "KUBE-", "conntrack", "DNAT", "masquerade"):
        assert word not in told, word
    changes = [
        (hop.source_after, hop.destination_after)
        for hop in full.hops
        if hop.rewrites_source or hop.rewrites_destination
    ]
    assert changes == [
        (hop.source_after, hop.destination_after)
        for hop in brief.hops
        if hop.rewrites_source or hop.rewrites_destination
    ]
    for before, after in zip(brief.hops, brief.hops[1:], strict=False):
        assert (before.source_after, before.destination_after) == (
            after.source_before,
            after.destination_before,
        )


def test_another_detail_is_explained():
    """What to write is said."""
    with pytest.raises(kn.ClusterError, match='Write detail="plain" or detail="full"'):
        kn.load("guestbook").trace("http://frontend", detail="plan")


def test_the_names_that_dns_was_asked_for_are_told_in_order():
    """A name with few dots is tried with the search list first, and as it is at last."""
    c = kn.load("guestbook")
    hop = c.trace("http://frontend.default", source="pod/client").hops[0]
    assert hop.what.endswith(
        "(asked in this order: frontend.default.default.svc.cluster.local, frontend.default.svc.cluster.local)"
    )
    assert "asked" not in c.trace("http://frontend", source="pod/client").hops[0].what
    assert (
        "www.example.org.cluster.local, www.example.org)"
        in c.trace("www.example.org:80", source="pod/client").text
    )


def test_curl_waits_as_long_as_it_is_told():
    """With -m, curl says after how many milliseconds it has given up."""
    c = kn.load("guestbook")
    for flag in ("-m 2", "--max-time 2", "--connect-timeout 2"):
        answer = c.kubectl(f"exec client -- curl {flag} 10.96.77.7")
        assert answer.stderr.startswith("curl: (28) Connection timed out after 2000 milliseconds\n")
    assert "after 130000 ms" in c.kubectl("exec client -- curl 10.96.77.7").stderr
