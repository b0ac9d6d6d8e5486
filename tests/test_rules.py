"""kube-proxy's rules on a Node, as a reader sees them: c.rules("node-1")."""

import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from test_figures_pictures import said
from test_trace import NAMES, Replayed

import k8snotes as kn
from k8snotes.facts.node_rules import node_rules
from k8snotes.figures.layout import HIGHEST, WIDEST
from k8snotes.figures.scene import Link
from k8snotes.node.iptables import decide

GOLDEN = Path(__file__).parent / "golden" / "figures"
RC = """
apiVersion: v1
kind: ReplicationController
metadata: {name: %s}
spec:
  replicas: %d
  selector: {app: %s}
  template:
    metadata: {labels: {app: %s}}
    spec: {containers: [{name: app, image: nginx, ports: [{containerPort: 8080}]}]}
"""
SERVICE = """
---
apiVersion: v1
kind: Service
metadata: {name: %s}
spec: {%s, ports: [{port: 80, targetPort: 8080}]}
"""
DUMP = """
apiVersion: v1
kind: List
items:
- apiVersion: v1
  kind: Node
  metadata: {name: n1, uid: a, creationTimestamp: "2026-01-01T00:00:00Z"}
  status: {addresses: [{type: InternalIP, address: 192.168.5.1}]}
- apiVersion: v1
  kind: Pod
  metadata: {name: web-1, uid: b, creationTimestamp: "2026-01-01T00:00:00Z", labels: {app: web}}
  spec: {nodeName: n1, containers: [{name: a, image: b}]}
  status: {phase: Running, podIP: 10.244.7.9, conditions: [{type: Ready, status: "True"}]}
- apiVersion: v1
  kind: Service
  metadata: {name: lb, uid: c, creationTimestamp: "2026-01-01T00:00:00Z"}
  spec:
    type: LoadBalancer
    clusterIP: 10.96.7.7
    selector: {app: web}
    loadBalancerSourceRanges: [203.0.113.0/24]
    ports: [{port: 80, protocol: TCP, targetPort: 8080, nodePort: 31000}]
  status: {loadBalancer: {ingress: [{ip: 198.51.100.9}]}}
"""


def web(pods: int = 3, spec: str = "selector: {app: web}", nodes: int = 3) -> kn.Cluster:
    c = kn.Cluster(nodes=nodes)
    c.apply(RC % ("web", pods, "web", "web") + SERVICE % ("web", spec))
    c.settle()
    return c


def port_of(c, node="node-1", service="svc/web"):
    (port,) = c.rules(node, service).facts.ports
    return port


@pytest.fixture(scope="module", params=NAMES)
def recorded(request):
    return Replayed(request.param).cluster


def test_every_rule_of_a_real_cluster_is_read(recorded):
    """Each rule of a recorded set is one row, in order, with what it asks and what it is for in words."""
    figure = recorded.rules("node1")
    lines = [line for line in figure.iptables_save.splitlines() if line.startswith("-A ")]
    assert [row.line for row in figure.facts.rows] == lines
    assert all(row.matches and row.purpose for row in figure.facts.rows)
    assert len(figure.table) == len(lines)
    assert figure.iptables_save == str(recorded.simulation.network.state.rules_of("node1"))


def test_the_picture_has_all_services(recorded):
    """Every Service has rules, or a reason why it has none; every chain of a Service is somebody's."""
    facts = recorded.rules("node1").facts
    there = {f"{item.namespace}/{item.name}" for item in recorded.objects("services")}
    assert {port.service for port in facts.ports} | {name for name, _ in facts.without} == there
    known = {chain.name for port in facts.ports for chain in port.chains}
    own = {row.chain for row in facts.rows if re.match("KUBE-(SVC|SVL|EXT|FW|SEP)-", row.chain)}
    assert own == known


def test_the_chances_are_those_of_the_rules(recorded):
    """What a picture says of an endpoint's chance is what the rules make of a packet."""
    held = recorded.simulation.network.state.rules_of("node1")
    for port in node_rules(held, recorded.objects("services")).ports:
        entry = port.entries[0]
        found = decide(held, entry.address, entry.port, port.protocol, source="10.244.1.77")
        if entry.refused:
            assert found.outcome == entry.target.lower()
            continue
        chooser = next(chain for chain in port.chains if chain.name == entry.target)
        shown = [(act.target, act.chance) for act in chooser.chosen]
        assert shown == [(back.chain, pytest.approx(back.probability)) for back in found.backends]


@pytest.mark.parametrize("pods", [1, 2, 3, 7, 61])
def test_every_endpoint_has_the_same_chance(pods):
    """Of n endpoints each has 1/n, though the rules say 1/n, 1/(n-1), … 1; the picture says both."""
    c = web(pods)
    (chooser,) = port_of(c).choosers
    assert [act.chance for act in chooser.chosen] == [pytest.approx(1 / pods)] * pods
    assert [act.written for act in chooser.chosen] == [pytest.approx(1 / left) for left in range(pods, 0, -1)]
    words = said(c.rules("node-1", "svc/web"))
    assert ("always" if pods == 1 else f"1/{pods}") in words
    if pods == 3:
        assert "the rule says 0.50 of the rest" in words
        assert "the rule takes the rest" in words


def test_a_service_in_words():
    """The outline has match, choose and rewrite, and after them the rules of this Service alone."""
    text = web(3, "type: NodePort, selector: {app: web}").rules("node-1", "svc/web").text
    assert text + "\n" == (GOLDEN / "rules.txt").read_text(encoding="utf-8")


def test_one_service_alone():
    """With service= the table, the lines and the page have its rules, and no others; the whole text stays whole."""
    c = web()
    whole, figure = c.rules("node-1"), c.rules("node-1", "svc/web")
    assert set(figure.table["service"]) == {"default/web"}
    assert all("kubernetes" not in line for line in figure.lines)
    assert figure.iptables_save == whole.iptables_save
    assert "--to-destination 10.244.1.2:8080" in figure.html
    assert "hairpin" in figure.html
    assert "the same, as iptables-save" not in whole.html.lower()
    assert list(figure.table.columns) == ["table", "chain", "matches", "target", "what it is for", "service"]


def test_no_endpoints_are_refused_with_the_reason():
    """A Service that finds nobody has a REJECT rule, and the picture says why."""
    figure = web(1, "type: NodePort, selector: {app: wbe}").rules("node-1", "svc/web")
    (port,) = figure.facts.ports
    assert {entry.target for entry in port.entries} == {"REJECT"}
    assert port.chains == ()
    words = said(figure)
    assert "✗ REJECT" in words
    assert "the selector wants wbe" in words


def test_local_without_a_local_endpoint_is_dropped():
    """externalTrafficPolicy: Local drops what comes from outside, while Pods and the Node are led on."""
    c = web(1, "type: NodePort, externalTrafficPolicy: Local, selector: {app: web}", nodes=2)
    home = c.objects("pods")[0].node_name
    other = "node-1" if home == "node-2" else "node-2"
    port = port_of(c, other)
    assert [(entry.kind, entry.target[:8], entry.rest) for entry in port.entries] == [
        ("Cluster IP", "KUBE-SVC", False),
        ("node port", "KUBE-EXT", False),
        ("node port", "DROP", True),
    ]
    assert f"externalTrafficPolicy: Local lets {other} use only its own Pods" in said(
        c.rules(other, "svc/web")
    )
    assert not port_of(c, home).refusals
    assert [chain.name[:8] for chain in port_of(c, home).choosers] == ["KUBE-SVC", "KUBE-SVL"]


def test_who_was_here_before_is_remembered():
    """With session affinity the rules ask their lists before they draw lots."""
    c = web(2, "sessionAffinity: ClientIP, selector: {app: web}")
    assert port_of(c).affinity_seconds == 10800
    assert "in the last 10800 s (session affinity)" in said(c.rules("node-1", "svc/web"))


def test_a_load_balancers_address_has_a_wall():
    """loadBalancerSourceRanges are a chain of their own, and who is in none of them is dropped."""
    figure = kn.load(DUMP).rules("n1", "svc/lb")
    assert "load balancer 198.51.100.9:80 → KUBE-FW-" in figure.text
    assert "from 203.0.113.0/24: → KUBE-EXT-" in figure.text
    assert "all others: dropped" in said(figure)
    assert "KUBE-PROXY-FIREWALL" in set(figure.table["chain"])


def test_services_without_an_address_have_no_rules():
    """A headless Service and an ExternalName stand in no rule, and the picture says so."""
    c = web(1, "clusterIP: None, selector: {app: web}")
    assert "it is headless, so it has no Cluster IP" in said(c.rules("node-1", "svc/web"))
    assert "it is headless, so it has no Cluster IP" in said(c.rules("node-1"))
    assert c.rules("node-1", "svc/web").table.empty


def test_many_services_are_folded():
    """Thirty Services that read alike are one stack in the picture; unfold and the table have them all."""
    c = web(2)
    c.apply("".join(SERVICE % (f"s{number}", "selector: {app: web}") for number in range(30)))
    c.settle()
    figure = c.rules("node-1")
    assert "and 30 more like this" in said(figure)
    assert len(figure.dot) < 20_000
    assert ".iptables_save has all of this Node" in figure.text
    assert "default/s29" in said(c.rules("node-1", unfold=True))
    assert {f"default/s{number}" for number in range(30)} < set(figure.table["service"])


def size(figure):
    root = ET.fromstring(figure.svg)
    return int(root.get("width", 0)), int(root.get("height", 0))


@pytest.mark.parametrize(
    "make",
    [
        lambda: kn.load("guestbook").rules("node-1"),
        lambda: kn.load("guestbook-broken").rules("node-1"),
        lambda: kn.load("guestbook", proxy="nftables").rules("node-1"),
        lambda: web(1).rules("node-1"),
        lambda: web(61).rules("node-1", "svc/web"),
        lambda: kn.load(DUMP).rules("n1"),
        lambda: odd_services().rules("node-1"),
    ],
    ids=["guestbook", "broken", "nftables", "one Pod", "61 Pods", "load balancer", "many kinds of Services"],
)
def test_the_picture_fits_a_screen(make):
    """However many Services and endpoints there are, the picture is no larger than a cell at 1280 x 800."""
    wide, high = size(make())
    assert wide <= WIDEST
    assert high <= HIGHEST


def odd_services() -> kn.Cluster:
    """A cluster with twelve Services that do not read alike, of which half lead nowhere."""
    specs = (
        "sessionAffinity: ClientIP",
        "type: NodePort",
        "externalIPs: [203.0.113.7]",
        "sessionAffinity: ClientIP, type: NodePort",
        "type: NodePort, externalTrafficPolicy: Local",
        "type: LoadBalancer",
    )
    c = web(2)
    for at, spec in enumerate(specs):
        for app in ("web", "nobody"):
            c.apply(SERVICE % (f"{app}-{at}", f"selector: {{app: {app}}}, {spec}"))
    c.settle()
    return c


def test_services_that_do_not_fit_are_counted_and_faults_are_shown():
    """Of many Services those whose packets are refused come first; the rest is a number, and unfolded all are there."""
    c = odd_services()
    figure = c.rules("node-1")
    assert figure.verdict == "✗ The rules of 6 of 14 Services lead to no endpoint"
    assert re.search(r"and \d+ more Services", said(figure))
    assert said(figure).count("✗ REJECT") >= 2
    assert all(f"default/web-{at}" in said(c.rules("node-1", unfold=True)) for at in range(6))


def test_the_arrow_to_a_rule_that_refuses_ends_at_a_bar():
    """With Local, of the three arrows from a Service the one to DROP is cut."""
    c = web(1, "type: NodePort, externalTrafficPolicy: Local, selector: {app: web}", nodes=2)
    home = c.objects("pods")[0].node_name
    figure = c.rules("node-1" if home == "node-2" else "node-2", "svc/web")
    ways = [
        link.way.get("arrowhead")
        for link in figure.scene.drawn
        if isinstance(link, Link) and link.tail.startswith("p0:")
    ]
    assert ways == [None, None, "tee"]
    assert figure.verdict == "✗ The rules of this Service end some packets"


@pytest.mark.parametrize(
    ("node", "service", "error", "words"),
    [
        ("node-9", "", kn.NotFoundError, "There are: node-1, node-2, node-3"),
        ("node/nod-1", "", kn.NotFoundError, "Did you mean"),
        ("svc/web", "", kn.ClusterError, "service/web is of kind Service, but only a Node has rules"),
        ("node-1", "svc/wbe", kn.NotFoundError, "web"),
        ("node-1", "node/node-1", kn.ClusterError, 'such as "svc/web"'),
    ],
)
def test_a_wrong_name_is_told(node, service, error, words):
    """A Node or a Service that is not there is a clear error, with what there is."""
    with pytest.raises(error, match=re.escape(words)):
        web().rules(node, service)


def test_node_and_its_reference_are_the_same():
    """c.rules("node-1") and c.rules("node/node-1") show the same."""
    c = web()
    assert c.rules("node-1").text == c.rules("node/node-1").text
