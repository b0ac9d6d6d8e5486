"""Traces, pings and programs obey NetworkPolicies: where a packet is judged, what is never stopped, and what is said."""

from __future__ import annotations

from pathlib import Path

import pytest

import k8snotes as kn

REPORTS = Path(__file__).resolve().parent / "golden" / "reports"

SHOP = """
{apiVersion: v1, kind: Pod, metadata: {name: api, labels: {app: api}}, spec: {nodeName: node-1, containers: [
  {name: c, image: "api:1", ports: [{name: http, containerPort: 8080}, {containerPort: 9090, hostPort: 9999}],
   readinessProbe: {tcpSocket: {port: 8080}, periodSeconds: 5}}]}}
---
{apiVersion: v1, kind: Pod, metadata: {name: web, labels: {app: web}}, spec: {nodeName: node-1, containers: [
  {name: c, image: "web:1"}]}}
---
{apiVersion: v1, kind: Pod, metadata: {name: far, labels: {app: web}}, spec: {nodeName: node-2, containers: [
  {name: c, image: "web:1"}]}}
---
{apiVersion: v1, kind: Pod, metadata: {name: agent-1, labels: {app: web}}, spec: {nodeName: node-1, hostNetwork: true,
  dnsPolicy: ClusterFirstWithHostNet, containers: [{name: c, image: "agent:1"}]}}
---
{apiVersion: v1, kind: Pod, metadata: {name: agent-2, labels: {app: web}}, spec: {nodeName: node-2, hostNetwork: true,
  dnsPolicy: ClusterFirstWithHostNet, containers: [{name: c, image: "agent:1", ports: [{containerPort: 7000}]}]}}
---
{apiVersion: v1, kind: Service, metadata: {name: shop}, spec: {type: NodePort, selector: {app: api}, ports: [
  {port: 80, targetPort: http, nodePort: 30080}]}}
"""


def policy(name, pods, spec):
    return (
        f"{{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {{name: {name}}}, "
        f"spec: {{podSelector: {pods}, {spec}}}}}"
    )


API, WEB = "{matchLabels: {app: api}}", "{matchLabels: {app: web}}"
SHUT = policy("shut", API, "ingress: []")
FROM_WEB = policy("from-web", API, f"ingress: [{{from: [{{podSelector: {WEB}}}], ports: [{{port: http}}]}}]")


def shop(*policies):
    c = kn.load(SHOP)
    for item in policies:
        c.apply(item)
    c.settle()
    return c


def test_a_dropped_packet_is_a_timeout_and_its_hop_names_the_nearest_rule():
    """The hop of the network plugin says which policies isolate the Pod, and what the nearest rule misses."""
    c = shop(
        policy("allow-web", API, f"ingress: [{{from: [{{podSelector: {WEB}}}], ports: [{{port: 80}}]}}]")
    )
    trace = c.trace("http://shop", source="pod/web").facts
    assert trace.outcome == "timeout"
    assert trace.hops[-1].kind == "policy"
    assert trace.hops[-1].ends == "timeout"
    assert trace.hops[-1].what == trace.reason
    assert trace.reason == (
        "pod/api is isolated for ingress by NetworkPolicy allow-web, and no policy allows it; "
        "nearest: allow-web misses port 8080 (allowed: 80)"
    )
    assert trace.hint.startswith(
        "A policy sees the port of the Pod (8080), not the port of the Service (80)."
    )


def test_a_packet_that_passes_shows_the_rule_that_lets_it():
    """For an isolated Pod there is a hop with the rule; for a Pod that no policy isolates there is none."""
    c = shop(FROM_WEB)
    trace = c.trace("http://shop", source="pod/web").facts
    assert trace.outcome == "connected"
    (hop,) = [hop for hop in trace.hops if hop.kind == "policy"]
    assert hop.place == "node-1: the network plugin's rules"
    assert hop.what == "NetworkPolicy from-web lets it in to pod/api: podSelector={app=web}, port http"
    assert "conntrack" in trace.answer  # the answer needs no rule
    open_trace = shop().trace("http://shop", source="pod/web").facts
    assert [hop for hop in open_trace.hops if hop.kind == "policy"] == []


def test_a_pod_with_an_egress_policy_still_answers():
    """Answers belong to the connection: the egress of the Pod that is called does not stop them."""
    c = shop(policy("no-out", API, "policyTypes: [Egress]"))
    assert c.trace("http://shop", source="pod/web").facts.outcome == "connected"
    assert c.trace(f"{c['pod/web'].ip}:80", source="pod/api").facts.outcome == "timeout"


@pytest.mark.parametrize("source", ["node/node-1", "pod/agent-1"])
def test_its_own_node_reaches_a_pod(source):
    """The kubelet has to probe the Pod, so nothing on its Node is stopped; that is said."""
    c = shop(SHUT)
    trace = c.trace(f"{c['pod/api'].ip}:8080", source=source).facts
    assert trace.outcome == "connected"
    assert any(note.startswith("Its own Node can reach every Pod") for note in trace.notes)


@pytest.mark.parametrize("source", ["node/node-2", "pod/agent-2"])
def test_another_node_is_an_address(source):
    """A Node, and a Pod on its network, is found by an ipBlock and by no selector."""
    c = shop(FROM_WEB)
    ip = c["pod/api"].ip
    trace = c.trace(f"{ip}:8080", source=source).facts
    assert trace.outcome == "timeout"
    told = [note for note in trace.notes if "selectors do not find it" in note]
    assert bool(told) == source.startswith("pod/")
    address = c["node/node-2"].ip
    c.apply(policy("nodes", API, f"ingress: [{{from: [{{ipBlock: {{cidr: {address}/32}}}}]}}]"))
    assert c.trace(f"{ip}:8080", source=source).facts.outcome == "connected"


def test_the_probes_of_the_kubelet_are_not_stopped():
    """A Pod into which nothing may come gets ready, and stays so."""
    c = shop(SHUT)
    c.wait("60s")
    assert c["pod/api"].ready
    assert c.trace("http://shop", source="pod/web").facts.outcome == "timeout"


def test_a_pod_reaches_itself():
    """By its own address, over localhost, and through a Service that leads back to it."""
    c = shop(policy("nothing", API, "policyTypes: [Ingress, Egress]"))
    ip, service = c["pod/api"].ip, c["svc/shop"].cluster_ip
    for target in (f"{ip}:8080", "127.0.0.1:8080", f"{service}:80"):
        assert c.trace(target, source="pod/api").facts.outcome == "connected", target


def test_policies_of_pods_on_their_nodes_network_are_ignored():
    """A policy that selects a hostNetwork Pod does not isolate it: with most plugins it has no effect."""
    c = shop(policy("all", "{}", "policyTypes: [Ingress, Egress]"))
    address = c["node/node-2"].ip
    assert c.trace(f"{address}:7000", source="outside").facts.outcome == "connected"
    assert c.trace(f"{address}:7000", source="pod/far").facts.outcome == "connected"  # its own Node
    assert c.trace(f"{address}:7000", source="pod/web").facts.outcome == "timeout"  # the egress of web


def test_what_a_pod_sends_to_its_own_node_passes():
    """Egress to the own Node is always allowed; a node port there leads on, so its Pod is judged."""
    c = shop(policy("no-out", WEB, "policyTypes: [Egress]"))
    own, other = c["node/node-1"].ip, c["node/node-2"].ip
    trace = c.trace(f"{own}:10250", source="pod/web").facts
    assert (trace.outcome, len(trace.notes)) == ("connected", 1)
    assert c.trace(f"{other}:10250", source="pod/web").facts.outcome == "timeout"
    assert c.trace(f"{own}:30080", source="pod/web").facts.outcome == "timeout"
    assert c.trace(f"{own}:9999", source="pod/web").facts.outcome == "timeout"  # a hostPort leads on, too


def test_an_ip_block_sees_the_client_only_without_masquerade():
    """externalTrafficPolicy Cluster puts a Node's address in the place of the client's, Local keeps it; both are said."""
    c = shop(policy("clients", API, "ingress: [{from: [{ipBlock: {cidr: 203.0.113.0/24}}]}]"))
    for node in ("node-1", "node-2"):
        trace = c.trace(f"{node}:30080", source="outside").facts
        assert trace.outcome == "timeout"
        assert trace.reason.endswith("(allowed: 203.0.113.0/24)")
        assert any("Some network plugins judge before the address changes." in note for note in trace.notes)
        assert "externalTrafficPolicy: Local" in trace.hint
    c.kubectl("""patch svc shop -p '{"spec": {"externalTrafficPolicy": "Local"}}'""")
    assert c.trace("node-1:30080", source="outside").facts.outcome == "connected"


def test_dns_needs_a_rule():
    """A Pod whose egress allows only other Pods gets no answer of cluster DNS, and the hint says what to add."""
    c = shop(policy("out", WEB, f"policyTypes: [Egress], egress: [{{to: [{{podSelector: {API}}}]}}]"))
    trace = c.trace("http://shop", source="pod/web").facts
    assert trace.outcome == "unresolved"
    assert trace.reason.startswith(
        "no DNS server answers, because the network plugin drops the query: pod/web"
    )
    assert "53/UDP" in trace.hint
    assert c.trace(f"{c['svc/shop'].cluster_ip}:80", source="pod/web").facts.outcome == "connected"
    assert c.trace("http://shop", source="node/node-1").facts.outcome == "unresolved"  # as ever


@pytest.mark.parametrize(
    ("rule", "answers"),
    [
        ("{ports: [{port: 53, protocol: UDP}]}", True),
        ("{ports: [{port: 53}]}", False),  # TCP alone
        ("{ports: [{port: dns, protocol: UDP}]}", True),
        ("{to: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: kube-system}}}]}", True),
        (
            (
                "{to: [{namespaceSelector: {}, podSelector: {matchLabels: {k8s-app: kube-dns}}}], "
                "ports: [{port: 53, protocol: UDP}]}"
            ),
            True,
        ),
        ("{to: [{podSelector: {matchLabels: {k8s-app: kube-dns}}}]}", False),  # of the own Namespace alone
        ("{to: [{ipBlock: {cidr: 10.96.0.10/32}}]}", False),  # the Cluster IP is gone by then
        ("{to: [{ipBlock: {cidr: 0.0.0.0/0}}]}", True),
    ],
)
def test_which_rules_let_dns_out(rule, answers):
    """The query is judged as it comes to a Pod of cluster DNS: its port, its labels, its Namespace, its address."""
    c = shop(policy("out", WEB, f"policyTypes: [Egress], egress: [{rule}]"))
    assert (c.simulation.network.resolver("pod/web").silence == "") == answers


def test_the_pods_of_cluster_dns_are_judged_where_they_are():
    """Where kube-dns has Pods, their own ingress counts as well."""
    c = kn.load("cluster-dns")
    client = "{apiVersion: v1, kind: Pod, metadata: {name: client}, spec: {containers: [{name: c, image: busybox}]}}"
    c.apply(client)
    c.settle()
    assert c.simulation.network.resolver("pod/client").silence == ""
    c.apply(
        "{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: shut, namespace: kube-system}, "
        "spec: {podSelector: {matchLabels: {k8s-app: kube-dns}}}}"
    )
    assert "isolated for ingress" in c.simulation.network.resolver("pod/client").silence


def test_pings_need_a_rule_without_ports():
    """The API does not speak of ICMP, which is said; here a rule for all ports lets a ping pass, one for a port does not."""
    c = shop(FROM_WEB)
    ip = c["pod/api"].ip
    ping = c.ping(ip, source="pod/web").facts
    assert (ping.outcome, ping.hops[-1].kind) == ("no reply", "policy")
    assert "misses ICMP" in ping.reason
    assert any("choice of the network plugin" in note for note in ping.notes)
    c.apply(policy("any-port", API, f"ingress: [{{from: [{{podSelector: {WEB}}}]}}]"))
    assert c.ping(ip, source="pod/web").facts.outcome == "reply"
    assert c.ping(ip, source="node/node-1").facts.outcome == "reply"


def test_programs_obey():
    """curl, wget and nc time out with their own words, nslookup gets no answer, and the reason is added."""
    c = shop(SHUT)
    for line, exit_code, words in (
        ("curl http://shop", 28, "curl: (28) Failed to connect to shop port 80"),
        ("wget -qO- http://shop", 1, "Operation timed out"),
        ("nc -zv shop 80", 1, "Operation timed out"),
    ):
        out = c.kubectl(f"exec web -- {line}")
        assert words in out.stderr, line
        assert f"exit code {exit_code}" in out.stderr
        assert "k8snotes: pod/api is isolated for ingress by NetworkPolicy shut" in out.stderr
    c.apply(policy("no-out", WEB, "policyTypes: [Egress]"))
    out = c.kubectl("exec web -- nslookup shop")
    assert out.stdout.startswith(";; connection timed out; no servers could be reached")
    assert "curl: (6) Could not resolve host: shop" in c.kubectl("exec web -- curl http://shop").stderr
    hasty = c.kubectl("exec web -- curl -m 3 http://shop").stderr
    assert "curl: (28) Resolving timed out after 3000 milliseconds" in hasty
    assert "exit code 28" in hasty
    unknown = c.kubectl("exec api -- curl -m 3 http://nowhere")
    assert "curl: (6)" in unknown.stderr


def test_a_plugin_may_ignore_policies():
    """With network_policies=False nothing is dropped, and traces, programs and notes say so; a copy is the same."""
    c = kn.Cluster(nodes=2, network_policies=False)
    c.apply(SHOP)
    c.apply(SHUT)
    c.settle()
    for each in (c, c.copy()):
        trace = each.trace("http://shop", source="pod/web").facts
        assert trace.outcome == "connected"
        assert (
            "Namespace default has NetworkPolicies, but the network plugin of this cluster ignores them."
            in trace.notes
        )
        assert each.notes == (
            "The network plugin of this cluster ignores NetworkPolicies, so they block no connection: networkpolicy/shut.",
        )
        assert "ignores them" in each.kubectl("exec web -- curl http://shop").stderr


def test_a_dump_assumes_that_policies_are_enforced():
    """A dump does not tell what its plugin does, so a trace follows the policies and says that this is assumed."""
    c = shop(SHUT)
    dump = kn.load(c.kubectl("get all,netpol,endpointslices,nodes -A -o yaml").stdout)
    assert dump.snapshot
    trace = dump.trace("http://shop", source="pod/web").facts
    assert trace.outcome == "timeout"
    assert any(
        "A dump does not tell whether the network plugin enforces them" in note for note in trace.notes
    )


@pytest.mark.parametrize(
    ("rule", "outcome"),
    [
        ("", "timeout"),
        ("{ports: [{port: 80}]}", "timeout"),
        ("{ports: [{port: 443}]}", "leaves"),
        ("{to: [{ipBlock: {cidr: 0.0.0.0/0, except: [10.0.0.0/8]}}]}", "leaves"),
        ("{to: [{podSelector: {}}]}", "timeout"),
        ("{to: [{ipBlock: {cidr: 198.51.100.0/24}}]}", "leaves"),  # it depends, which is said
    ],
)
def test_egress_to_a_name_outside(rule, outcome):
    """Of a name outside the cluster no address is known here: a rule for all addresses lets it out, Pods do not."""
    dns = "{ports: [{port: 53, protocol: UDP}]}"
    c = shop(policy("out", WEB, f"policyTypes: [Egress], egress: [{dns}{', ' if rule else ''}{rule}]"))
    trace = c.trace("https://example.com", source="pod/web").facts
    assert trace.outcome == outcome
    assert any("depends on the address of example.com" in note for note in trace.notes) == ("198.51" in rule)


def test_the_map_says_that_it_shows_no_policies():
    """The arrows of the service map are what Services do; that policies may drop packets is noted."""
    words = "The map does not show NetworkPolicies"
    assert words in shop(SHUT).service_map().text
    assert words not in shop().service_map().text


def test_the_report_of_a_policy_that_does_nothing():
    """The Service's port in an egress rule, DNS forgotten, and a selector that fits no Pod: each is said."""
    c = kn.load(REPORTS / "28-netpol.yaml")
    assert c.trace("http://api", source="pod/web").facts.outcome == "unresolved"
    trace = c.trace(f"{c['svc/api'].cluster_ip}:80", source="pod/web").facts
    assert (trace.outcome, "lockdown misses port 8080 (allowed: 80)" in trace.reason) == ("timeout", True)
    facts = c.policies("pod/web").facts
    assert facts.egress.policies == ("lockdown",)
    assert facts.egress.of("api").allowed is False
    (other,) = facts.others
    assert (other.policy, other.pods) == ("typo", 0)
    assert facts.dns


def test_a_policy_that_nearly_selects_the_pod_is_named():
    """Where a letter of a podSelector is wrong, the policy that would have allowed the packet is the nearest."""
    typo = policy("allow", "{matchLabels: {app: apii}}", f"ingress: [{{from: [{{podSelector: {WEB}}}]}}]")
    trace = shop(SHUT, typo).trace("http://shop", source="pod/web").facts
    assert "nearest: allow misses pod/api itself, which it does not select" in trace.reason
    assert "in one letter" in trace.reason


def test_kubectl_describes_a_policy():
    """`describe` has the lines of kubectl's NetworkPolicyDescriber, those of the example of the documentation."""
    c = kn.Cluster(nodes=1)
    c.apply("""
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: test-network-policy}
spec:
  podSelector: {matchLabels: {role: db}}
  policyTypes: [Ingress, Egress]
  ingress:
  - from:
    - ipBlock: {cidr: 172.17.0.0/16, except: [172.17.1.0/24]}
    - namespaceSelector: {matchLabels: {project: myproject}}
      podSelector: {matchLabels: {role: frontend}}
    ports: [{protocol: TCP, port: 6379}]
  egress:
  - to: [{podSelector: {}}]
    ports: [{port: 32000, endPort: 32768}, {protocol: UDP}]
  - {}
""")
    assert (
        c.kubectl("describe networkpolicy test-network-policy").stdout
        == """\
Name:         test-network-policy
Namespace:    default
Created on:   2026-01-01 00:00:00 +0000 UTC
Labels:       <none>
Annotations:  <none>
Spec:
  PodSelector:     role=db
  Allowing ingress traffic:
    To Port: 6379/TCP
    From:
      IPBlock:
        CIDR: 172.17.0.0/16
        Except: 172.17.1.0/24
    From:
      NamespaceSelector: project=myproject
      PodSelector: role=frontend
  Allowing egress traffic:
    To Port Range: 32000-32768/TCP
    To Port: <nil>/UDP
    To:
      PodSelector: <none>
    ----------
    To Port: <any> (traffic allowed to all ports)
    To: <any> (traffic not restricted by destination)
  Policy Types: Ingress, Egress
"""
    )
    assert c.kubectl("get netpol").stdout.split() == [
        "NAME",
        "POD-SELECTOR",
        "AGE",
        "test-network-policy",
        "role=db",
        "0s",
    ]


@pytest.mark.parametrize("proxy", ["iptables", "nftables"])
def test_policies_are_asked_after_kube_proxy_in_both_modes(proxy):
    """Whatever writes the rules of the Services, a policy sees the port of the Pod."""
    c = kn.load(SHOP, proxy=proxy)
    c.apply(FROM_WEB)
    assert c.trace("http://shop", source="pod/web").facts.outcome == "connected"
    assert c.trace("http://shop", source="pod/far").facts.outcome == "connected"
    c.apply(
        policy(
            "out", WEB, "policyTypes: [Egress], egress: [{ports: [{port: 53, protocol: UDP}, {port: 80}]}]"
        )
    )
    trace = c.trace("http://shop", source="pod/web").facts
    assert "out misses port 8080 (allowed: 53/UDP, 80)" in trace.reason
