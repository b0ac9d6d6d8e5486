"""The pictures of facts: the service map, the three IPs, a selection; drawn, told, folded, and safe."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import get_type_hints
from xml.etree import ElementTree as ET

import pytest
import svg_reader as read
from measures import faults

from k8snotes.api.kinds.service import ServicePort
from k8snotes.api.selector import Selector
from k8snotes.facts import routes
from k8snotes.facts.selection import Selected, Selection
from k8snotes.facts.service_map import Link, MappedPod, MappedService, ServiceMap
from k8snotes.facts.three_ips import NodeAddress, PodAddress, ServiceAddress, ThreeIPs
from k8snotes.facts.way_in import Behind, Door, WayIn
from k8snotes.figures import palette
from k8snotes.figures.figure import Figure
from k8snotes.figures.legend import legend
from k8snotes.figures.selection import selection_figure
from k8snotes.figures.service_map import service_map_figure
from k8snotes.figures.three_ips import three_ips_figure
from k8snotes.figures.way_in import way_in_figure

GOLDEN = Path(__file__).parent / "golden" / "figures"
MANIFESTS = Path(__file__).resolve().parents[1].parent / "shared" / "manifests"
NASTY = [
    '<script>alert("x")</script>&]]>',
    'a\\N\\G\\L"b\nc\x00\x1b[31m\u202eevil\ud800',
    "x" * 253,
    "名字很长的服务" * 12,
    "Щыъ" * 12 + "×é",
]
PORT = (ServicePort("", 80, "http", "TCP", None),)
WAITS = "selected, but not ready: it gets no traffic until its readiness probe succeeds"


def saying(fact: type, text: str, **more):
    """A fact of which every field that is text says `text`, as far as `more` gives no other value."""
    texts = {name: text for name, kind in get_type_hints(fact).items() if kind is str}
    return fact(**(texts | more))


def ref(kind: str, name: str, namespace: str = "default") -> str:
    return f"{kind}/{name}" if namespace == "default" else f"{namespace}/{kind}/{name}"


def service(name: str, tier: str, selected: int, ready: int, note: str = "", **more) -> MappedService:
    note = note or f"selects {selected} Pods, {ready} ready"
    more = {"type": "ClusterIP", "cluster_ip": "10.96.0.21", "ports": PORT, "namespace": "default", **more}
    return MappedService(
        ref=ref("service", name, more["namespace"]),
        name=name,
        selector={"app": "shop", "tier": tier} if tier else {},
        selected=selected,
        ready=ready,
        note=note,
        **more,
    )


def pod(name: str, ip: str, state: str = "ready", *, workload: str = "", reason: str = "") -> MappedPod:
    return MappedPod(
        ref=ref("pod", name),
        name=name,
        namespace="default",
        ip=ip,
        node="node-1",
        state=state,
        workload=workload,
        services=(),
        reason=reason,
    )


def link(to: str, name: str, state: str = "ready", reason: str = "selected and ready") -> Link:
    but = "" if reason == "selected and ready" else reason
    return Link(
        service=ref("service", to),
        pod=ref("pod", name),
        state=state,
        reason=reason,
        ports=":80 → http 8080",
        but=but,
    )


def shop() -> ServiceMap:
    """A Service with two ready Pods and one that waits, one with a typo, and a Pod of nobody."""
    near = service(
        "cache",
        "cahce",
        0,
        0,
        "selects nothing: no Pod of namespace default fits",
        near="pod/redis-77pvm",
        near_why="cache has two letters swapped",
        meant="tier=cache",
    )
    return ServiceMap(
        (near, service("frontend", "frontend", 3, 2)),
        (
            pod("frontend-4xk2b", "10.244.1.5", workload="Deployment/frontend"),
            pod("frontend-9qzrt", "10.244.2.8", workload="Deployment/frontend"),
            pod("frontend-canary", "10.244.2.9", "not ready"),
            pod("redis-77pvm", "10.244.1.7", reason="Service cache comes nearest: tier is cache"),
            pod("batch-1", "", "Succeeded", reason="no Service asks for a label that it has"),
        ),
        (
            link("frontend", "frontend-4xk2b"),
            link("frontend", "frontend-9qzrt"),
            link("frontend", "frontend-canary", "not ready", WAITS),
        ),
    )


def crowd(pods: int) -> ServiceMap:
    """Five Services over many Pods."""
    apps = ("frontend", "cart", "catalogue", "orders", "payment")
    names = [(apps[at % 5], f"{apps[at % 5]}-{at:05d}") for at in range(pods)]
    return ServiceMap(
        tuple(service(app, app, pods // 5, pods // 5) for app in apps),
        tuple(
            pod(name, f"10.244.0.{at}", workload=f"Deployment/{app}") for at, (app, name) in enumerate(names)
        ),
        tuple(link(app, name) for app, name in names),
    )


def odd() -> ServiceMap:
    """Services that have no Pods behind them, each in its own way."""
    return ServiceMap(
        (
            service(
                "google", "", 0, 0, "ExternalName: DNS answers", type="ExternalName", external_name="g.com"
            ),
            service("byhand", "", 1, 1, "no selector: its addresses are made by hand", by_hand=("10.0.0.7",)),
            service(
                "nobody", "", 0, 0, "no selector, and nobody made Endpoints for it by hand: no endpoints"
            ),
            service("headless", "db", 1, 0, cluster_ip="None"),
        ),
        (pod("db-1", "10.244.1.9"),),
        (link("headless", "db-1", "left out", 'it has no container port named "http"'),),
    )


def nasty_map() -> ServiceMap:
    services = [
        saying(
            MappedService,
            n,
            ports=(saying(ServicePort, n, port=80, target_port=n, node_port=31000),),
            selector={n: n},
            selected=1,
            ready=1,
            by_hand=(n,),
        )
        for n in NASTY
    ]
    pods = [saying(MappedPod, n, workload=f"{n}/{n}", services=()) for n in NASTY]
    states = ("ready", "not ready", "left out", NASTY[0], NASTY[0])
    links = [saying(Link, n, state=state, ports=f"{n}\n{n}") for n, state in zip(NASTY, states, strict=True)]
    return ServiceMap(tuple(services), tuple(pods), tuple(links))


def address(name: str, ip: str, node: str, state: str = "ready", workload: str = "", **more) -> PodAddress:
    return PodAddress(
        ref=ref("pod", name),
        name=name,
        namespace="default",
        ip=ip,
        node=node,
        state=state,
        workload=workload,
        **more,
    )


def cluster_ip(name: str, ip: str, pods: tuple[str, ...], total: int, **more) -> ServiceAddress:
    return ServiceAddress(
        ref=ref("service", name),
        name=name,
        namespace="default",
        cluster_ip=ip,
        selector={"app": name},
        pods=pods,
        pods_total=total,
        **{"type": "ClusterIP", "ports": PORT, **more},
    )


def networks() -> ThreeIPs:
    node_port = (ServicePort("", 8080, 8080, "TCP", 31002),)
    return ThreeIPs(
        "192.168.0.0/24",
        "10.244.0.0/16",
        "10.96.0.0/16",
        (
            NodeAddress(
                "node-1",
                "192.168.0.11",
                "10.244.1.0/24",
                (
                    address("tomcat-7x2kq", "10.244.1.5", "node-1", ports=(8080,)),
                    address("tomcat-99999", "10.244.1.6", "node-1", "not ready"),
                ),
            ),
            NodeAddress(
                "node-2",
                "192.168.0.12",
                "10.244.2.0/24",
                (
                    address("db-0", "10.244.2.9", "node-2"),
                    address("proxy", "192.168.0.12", "node-2", host_network=True),
                ),
            ),
        ),
        (
            cluster_ip(
                "tomcat",
                "10.96.0.12",
                ("pod/tomcat-7x2kq",),
                2,
                type="LoadBalancer",
                ports=node_port,
                pending=True,
            ),
            cluster_ip("db", "None", ("pod/db-0",), 1),
            cluster_ip("old", "10.96.0.77", (), 0),
            cluster_ip("google", "", (), 0, type="ExternalName", external_name="g.com"),
        ),
        (address("big", "", "", "no Node yet"),),
    )


def many_addresses(pods: int, nodes: int) -> ThreeIPs:
    apps = ("frontend", "cart", "catalogue", "orders", "payment")
    rows = tuple(
        NodeAddress(
            f"node-{at}",
            f"192.168.0.{at}",
            f"10.244.{at}.0/24",
            tuple(
                address(
                    f"{apps[p % 5]}-{p:05d}",
                    f"10.244.{at}.{p}",
                    f"node-{at}",
                    workload=f"Deployment/{apps[p % 5]}",
                )
                for p in range(at, pods, nodes)
            ),
        )
        for at in range(nodes)
    )
    found = [p for row in rows for p in row.pods]
    services = tuple(
        cluster_ip(app, f"10.96.0.{at}", tuple(p.ref for p in found if p.name.startswith(app)), pods // 5)
        for at, app in enumerate(apps)
    )
    return ThreeIPs("192.168.0.0/24", "10.244.0.0/16", "10.96.0.0/16", rows, services, ())


def nasty_addresses() -> ThreeIPs:
    rows = tuple(saying(NodeAddress, n, pods=(saying(PodAddress, n, workload=f"{n}/{n}"),)) for n in NASTY)
    services = tuple(
        saying(
            ServiceAddress,
            n,
            ports=(saying(ServicePort, n, port=80, target_port=n, node_port=31000),),
            selector={n: n},
            pods=(n, "x" + n),
            pods_total=2,
            load_balancer=(n,),
        )
        for n in NASTY
    )
    waits = saying(PodAddress, "w", ref=NASTY[0] + "2", ip="", node="", state="x", workload="")
    return ThreeIPs(
        node_range=NASTY[0],
        pod_range=NASTY[1],
        service_range=NASTY[2],
        nodes=rows,
        services=services,
        waiting=(waits,),
    )


def selected(selector: str | Selector, rows: list[tuple[str, dict[str, str], str]]) -> Selection:
    asked = Selector(selector)
    items = [
        Selected(
            ref=ref("pod", name),
            kind="Pod",
            namespace="default",
            name=name,
            labels=labels,
            explanation=asked.explain(labels),
            workload=workload,
            state="ready",
        )
        for name, labels, workload in rows
    ]
    return Selection(asked, "pods", tuple(items))


def tiers() -> Selection:
    return selected(
        "app=shop,tier in (frontend)",
        [
            ("frontend-4xk2b", {"app": "shop", "tier": "frontend", "pod-template-hash": "7d9c"}, ""),
            ("cache-1", {"app": "shop", "tier": "cache"}, ""),
            ("oops", {"app": "shop", "teir": "frontend"}, ""),
            ("bare", {}, ""),
        ],
    )


def sixty() -> Selection:
    apps = ("frontend", "cache", "db", "batch", "mail")
    return selected(
        "tier in (frontend,cache)",
        [(f"{app}-{at}", {"tier": app}, f"Deployment/{app}") for at in range(12) for app in apps],
    )


def nasty_selection() -> Selection:
    asked = Selector("app=shop")
    rows = [{n: n, "app": n} for n in NASTY] + [{"app": "shop", n: n} for n in NASTY]
    return Selection(
        asked,
        NASTY[0],
        tuple(
            saying(
                Selected,
                n,
                ref=f"{n}{at}",
                labels=labels,
                explanation=asked.explain(labels),
                workload=f"{n}/{n}",
            )
            for at, (n, labels) in enumerate(zip(NASTY * 2, rows, strict=True))
        ),
    )


def doors(*told: tuple[str, bool]) -> WayIn:
    """A Service behind a load balancer: each Node as (outcome, passes the check), with one Pod where it is open."""
    made = []
    for at, (outcome, passes) in enumerate(told, 1):
        end = Behind(
            ref=f"pod/web-{at}",
            name=f"web-{at}",
            namespace="default",
            workload="Deployment/web",
            node=f"node-{at}",
            address=f"10.244.{at}.2:8080",
            share=1.0,
        )
        behind = (end,) if outcome == "open" else ()
        why = "" if outcome == "open" else "it has no such Pod, and its rules drop the packet"
        made.append(Door(f"node-{at}", f"192.168.0.{at}", outcome, behind, passes, why))
    return WayIn(
        ref="service/web",
        name="web",
        type="LoadBalancer",
        port=80,
        protocol="TCP",
        node_port=30080,
        policy="Local",
        balancers=("198.51.100.17",),
        pending=False,
        as_it_is=False,
        doors=tuple(made),
        standing="",
    )


def nasty_way_in() -> WayIn:
    made = tuple(
        saying(Door, n, outcome="open", behind=(saying(Behind, n, share=1.0),), passes=at % 2 == 0)
        for at, n in enumerate(NASTY)
    )
    return doors()._replace(
        ref=NASTY[0], name=NASTY[1], balancers=tuple(NASTY), doors=made, standing=NASTY[-1]
    )


PICTURES = {
    "service-map": lambda: service_map_figure(shop()),
    "service-map-odd": lambda: service_map_figure(odd()),
    "service-map-60": lambda: service_map_figure(crowd(60)),
    "three-ips": lambda: three_ips_figure(networks()),
    "three-ips-60": lambda: three_ips_figure(many_addresses(60, 3)),
    "selection": lambda: selection_figure(tiers()),
    "selection-60": lambda: selection_figure(sixty()),
    "way-in": lambda: way_in_figure(doors(("open", True), ("open", True), ("timeout", False))),
    "way-in-20": lambda: way_in_figure(doors(*[("open", True)] * 17, *[("timeout", False)] * 3)),
    "way-in-pending": lambda: way_in_figure(doors(("open", False))._replace(balancers=(), pending=True)),
    "legend": legend,
}
EMPTY = {
    "service-map": lambda: service_map_figure(ServiceMap((), (), ())),
    "service-map-no-services": lambda: service_map_figure(ServiceMap((), shop().pods, ())),
    "service-map-no-pods": lambda: service_map_figure(ServiceMap(shop().services, (), ())),
    "three-ips": lambda: three_ips_figure(ThreeIPs("", "", "", (), (), ())),
    "three-ips-no-services": lambda: three_ips_figure(ThreeIPs("", "", "", networks().nodes, (), ())),
    "three-ips-no-nodes": lambda: three_ips_figure(
        ThreeIPs("", "", "", (), networks().services, networks().waiting)
    ),
    "way-in": lambda: way_in_figure(doors()._replace(node_port=0, balancers=(), type="ClusterIP")),
    "way-in-no-nodes": lambda: way_in_figure(doors()),
    "way-in-nobody": lambda: way_in_figure(
        doors(("refused", True))._replace(
            doors=(Door(node="n", ip="", outcome="refused", behind=(), passes=True),)
        )
    ),
    "selection": lambda: selection_figure(selected("app", [])),
    "selection-of-all": lambda: selection_figure(selected("", [("a", {}, "")])),
    "selection-of-none": lambda: selection_figure(
        selected(Selector.from_label_selector(None), [("a", {}, "")])
    ),
}
NASTY_PICTURES = {
    "service-map": lambda: service_map_figure(nasty_map()),
    "three-ips": lambda: three_ips_figure(nasty_addresses()),
    "selection": lambda: selection_figure(nasty_selection()),
    "way-in": lambda: way_in_figure(nasty_way_in()),
}


def parse(svg: str) -> ET.Element:
    return ET.fromstring(svg)


def said(fig: Figure) -> str:
    """All the text of the drawing, in one line."""
    root = parse(fig.svg)
    texts = ("".join(node.itertext()) for node in root.iter() if node.tag.endswith("}text"))
    return re.sub(r"\s+", " ", " ".join(texts).replace("\xa0", " "))


def boxes(fig: Figure) -> int:
    """How many frames the drawing has."""
    return len(read.frames(fig.svg))


@pytest.mark.parametrize("name", PICTURES)
def test_outlines_are_as_reviewed(name: str) -> None:
    """The outline and the alt of each picture are those that were read and found good.

    To write them again after a change that is meant: K8SNOTES_GOLDEN=write pytest, then read the diff.
    """
    fig = PICTURES[name]()
    told = f"{fig.text}\n\nalt: {fig.alt}\n"
    path = GOLDEN / f"{name}.txt"
    if os.environ.get("K8SNOTES_GOLDEN") == "write":
        path.write_text(told, encoding="utf-8", newline="\n")
    assert told == path.read_text(encoding="utf-8")


EVERY = {
    **PICTURES,
    **{f"little: {name}": make for name, make in EMPTY.items()},
    **{f"nasty: {name}": make for name, make in NASTY_PICTURES.items()},
}


@pytest.mark.parametrize("make", EVERY.values(), ids=EVERY)
def test_a_picture_fits_a_notebook_and_can_be_read(make) -> None:
    """Whatever is in it: at its natural size no picture is larger than what a reader sees, and no text is cut or covered."""
    assert faults(make().svg) == []


@pytest.mark.parametrize("make", EMPTY.values(), ids=EMPTY)
def test_little_or_nothing_is_a_picture_too(make) -> None:
    """A cluster without Services, Pods or Nodes is drawn and told like any other."""
    fig = make()
    assert said(fig)
    assert fig.text
    assert fig.alt


@pytest.mark.parametrize("make", NASTY_PICTURES.values(), ids=NASTY_PICTURES)
def test_no_name_becomes_an_element(make) -> None:
    """Manifests full of markup, escapes, control and direction characters give text and nothing else."""
    fig = make()
    root = parse(fig.svg)
    tags = {node.tag.rpartition("}")[2] for node in root.iter()}
    assert tags <= {"svg", "title", "desc", "style", "g", "rect", "text", "polyline", "polygon", "circle"}
    allowed = {"class", "role", "viewBox", "data-ref", "data-says"}
    allowed |= {"x", "y", "width", "height", "rx", "points", "cx", "cy", "r"}
    allowed |= {"fill", "stroke", "stroke-width", "stroke-dasharray", "stroke-linecap"}
    allowed |= {"font-family", "font-size", "font-weight", "textLength", "lengthAdjust"}
    assert {key for node in root.iter() for key in node.attrib} <= allowed
    html = fig.html
    assert "<script" not in html
    assert "\\N" in said(fig)
    for text in (fig.svg, fig.text, fig.alt, fig.dot, html):
        text.encode()
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e]", text)


@pytest.mark.parametrize("make", NASTY_PICTURES.values(), ids=NASTY_PICTURES)
def test_a_long_name_is_short_in_the_picture_and_whole_in_words(make) -> None:
    """A name of 253 characters keeps its box small, and stands in the outline in full."""
    fig = make()
    assert "x" * 60 not in said(fig)
    assert "x" * 253 in fig.text


def test_the_map_says_everything_in_the_picture() -> None:
    """Address, selector, count, state, reason and the near miss stand in the drawing itself."""
    words = said(service_map_figure(shop()))
    for part in (
        "frontend ✓ 2 of 3 ready 10.96.0.21 :80 app=shop, tier=frontend",
        "frontend Deployment, 2 Pods ✓ 2 ready frontend-4xk2b 10.244.1.5 frontend-9qzrt 10.244.2.8",
        "frontend-canary ◐ not ready 10.244.2.9",
        "Selected, but not ready: it gets no traffic until its readiness probe succeeds.",
        "cache ✗ selects no Pod",
        "Did you mean tier=cache ?",
        "near miss",
        "redis-77pvm ✗ not selected 10.244.1.7 Service cache comes nearest",
        "No Service asks for a label that it has.",
    ):
        assert part in words, part


def test_words_on_an_arrow_are_never_crossed_out() -> None:
    """Where arrows cross, those that would go through "near miss" leave it out; the Pod says which Service comes near."""
    names = [f"web-{at}" for at in range(5)]
    far = names[::-1]
    services = tuple(
        service(name, name, 0, 0, near=ref("pod", near), near_why="…", meant="a=b")
        for name, near in zip(names, far, strict=True)
    )
    pods = tuple(pod(name, "10.244.1.7", reason=f"Service {name} comes nearest") for name in names)
    links = tuple(link(name, names[0]) for name in names[3:])
    fig = service_map_figure(ServiceMap(services, pods, links))
    assert faults(fig.svg) == []
    assert 0 < said(fig).count("near miss") < 5


def test_many_ways_in_are_counted_and_those_that_lead_nowhere_drawn() -> None:
    """However many Ingresses there are, with however many paths, a reader sees the map at once; the words have all."""
    ways = tuple(
        routes.WayIn(
            source=ref("ingress", f"shop-{at}"),
            by="class nginx",
            host="shop.example.com",
            path=f"/{at}/{path}",
            service=ref("service", "frontend"),
            port="80",
            words="its Service has no such port" if at == 29 or path == 19 else "",
        )
        for at in range(30)
        for path in range(20)
    )
    facts = shop()._replace(ways_in=ways)
    fig = service_map_figure(facts)
    words = said(fig)
    assert faults(fig.svg) == []
    assert "Ingress shop-29" in words
    assert "✗ shop.example.com/0/19" in words
    assert re.search(r"and 2\d more", words)
    assert "and 15 more" in words
    assert all(way.path in fig.text for way in ways)
    unfolded = said(service_map_figure(facts, unfold=True))
    assert all(f"shop.example.com{way.path}" in unfolded for way in ways)


def test_odd_services_are_told_apart() -> None:
    """Headless, ExternalName, made by hand and led nowhere each say so."""
    words = said(service_map_figure(odd()))
    for part in (
        "headless",
        "another name for g.com",
        "1 address made by hand",
        "✗ no endpoints",
        "✗ left out",
    ):
        assert part in words, part


def test_a_service_that_leads_nowhere_is_framed_as_an_error() -> None:
    """Two of the four odd Services are broken; an ExternalName and one made by hand are not."""
    lines = [frame.line for frame in read.frames(service_map_figure(odd()).svg)]
    assert lines.count(palette.ERROR.line) == 2


def test_services_stand_in_their_order_from_top_to_bottom() -> None:
    """Reading the left column down is reading the facts in order."""
    figure = service_map_figure(crowd(5))
    names = [service.name for service in figure.facts.services]
    rows = {text.words: text.y for text in read.texts(figure.svg) if text.words in names}
    assert sorted(rows, key=lambda name: rows[name]) == names


def test_three_ips_say_which_addresses_are_real() -> None:
    """The ranges, what is real and virtual, and the ways of a packet stand in the drawing."""
    words = said(three_ips_figure(networks()))
    for part in (
        "Node IP 192.168.0.0/24 real: on the network card of a machine",
        "Pod IP 10.244.0.0/16 real: on a virtual card in each Pod",
        "Cluster IP 10.96.0.0/16 on no card: it stands in rules only",
        "✓ a Pod → Pod IP directly and with unchanged addresses",
        "✓ a Pod, a Node → Cluster IP : port kube-proxy's rules",
        "✓ outside → Node IP : node port rules there",
        "✗ outside → load balancer <pending> no provider has created one",
        "✗ a ping → Cluster IP no answer",
        "node-1 Node 192.168.0.11 its Pods: 10.244.1.0/24",
        "tomcat LoadBalancer 10.96.0.12 :8080",
        "tomcat-7x2kq 10.244.1.5",
        "no Node yet",
        "DNS: another name for g.com",
    ):
        assert part in words, part


def test_the_way_through_a_load_balancer_is_open_where_there_is_one() -> None:
    """Where somebody provides load balancers, the picture says where they send, and the words name the address."""
    facts = networks()
    tomcat = facts.services[0]._replace(pending=False, load_balancer=("198.51.100.7",))
    fig = three_ips_figure(facts._replace(services=(tomcat, *facts.services[1:])))
    words = said(fig)
    assert "✓ outside → load balancer it sends the packet to one of the Nodes" in words
    assert "<pending>" not in words
    assert "load balancer 198.51.100.7" in fig.text


def test_without_a_node_port_no_way_leads_in_from_outside() -> None:
    """A way in from outside is shown only where there is one."""
    assert "outside → Node IP" not in said(three_ips_figure(many_addresses(5, 1)))


def test_many_nodes_are_packed() -> None:
    """At 20 Nodes and 400 Pods the Pods are counted Node by Node: a picture still, and the words have each of them."""
    facts = many_addresses(400, 20)
    fig = three_ips_figure(facts)
    assert "+ 13 more" in said(fig)
    assert faults(fig.svg) == []
    assert all(pod.ip in fig.text for node in facts.nodes for pod in node.pods)
    alone = tuple(service._replace(pods=()) for service in facts.services)
    for odd in (facts._replace(services=()), facts._replace(services=alone)):
        assert faults(three_ips_figure(odd).svg) == []
    waiting = tuple(pod._replace(node="", ip="") for pod in facts.nodes[0].pods)
    assert "node-" not in said(three_ips_figure(ThreeIPs("", "", "", (), (), waiting)))


def test_a_selection_says_why_not() -> None:
    """Each requirement counts whom it suits; each Pod that is left out says what failed and how nearly."""
    words = said(selection_figure(tiers()))
    for part in (
        "✓ found: 1 of 4",
        "✗ left out: 3 of 4",
        "app=shop ✓ 3 of 4 meet it",
        "tier is cache, but the selector wants frontend",
        "near miss: the key teir has two letters swapped",
        "it has no labels",
    ):
        assert part in words, part


def test_a_long_selector_is_drawn_as_far_as_there_is_room() -> None:
    """Of many requirements those that most objects fail are drawn, of many reasons the first; the words have all."""
    keys = [f"key-{at}" for at in range(30)]
    rows = [
        ("all", dict.fromkeys(keys, "a"), ""),
        ("most", dict.fromkeys(keys[:-1], "a"), ""),
        ("none", {}, ""),
    ]
    facts = selected(",".join(keys), rows)
    fig = selection_figure(facts)
    words = said(fig)
    assert faults(fig.svg) == []
    assert "key-29 ✓ 1 of 3 meets it" in words
    assert "key-28 ✓" not in words
    assert fig.text.count("meet it") == 29
    assert all(f"there is no label {key}," in fig.text for key in keys)
    assert faults(selection_figure(facts, unfold=True).svg, high=True) == []


@pytest.mark.parametrize(
    ("folded", "unfolded"),
    [
        (lambda: service_map_figure(crowd(60)), lambda: service_map_figure(crowd(60), unfold=True)),
        (
            lambda: three_ips_figure(many_addresses(60, 3)),
            lambda: three_ips_figure(many_addresses(60, 3), unfold=True),
        ),
        (lambda: selection_figure(sixty()), lambda: selection_figure(sixty(), unfold=True)),
    ],
    ids=["service-map", "three-ips", "selection"],
)
def test_sixty_pods_fold_and_unfold(folded, unfolded) -> None:
    """Pods that say the same are one stack with a count; asked for, each has its box; no name is lost."""
    few, many = folded(), unfolded()
    assert boxes(few) < 50
    assert boxes(many) >= 60
    assert re.search(r"× \d|, 12 Pods", said(few))
    assert not re.search(r"× \d|, 12 Pods", said(many))
    for name in re.findall(r"\b(?:cart|mail)-\d+", many.text):
        assert name in few.text


def test_few_pods_are_all_named() -> None:
    """Each of eight has its name and its address in the picture, also where some of them share a box."""
    figure = service_map_figure(crowd(8))
    words = said(figure)
    assert all(
        f"{item.name} {item.ip}" in words or f"{item.name} ✓ ready {item.ip}" in words
        for item in figure.facts.pods
    )


@pytest.mark.parametrize("unfold", [False, True])
def test_a_thousand_pods_are_drawn(unfold: bool) -> None:
    """A large cluster is drawn too, folded or not."""
    for fig in (
        service_map_figure(crowd(1000), unfold=unfold),
        three_ips_figure(many_addresses(1000, 20), unfold=unfold),
    ):
        assert faults(fig.svg, high=unfold) == []


@pytest.mark.parametrize("app", ["bookinfo", "guestbook", "online-boutique", "sock-shop"])
def test_real_applications_are_drawn(app: str) -> None:
    """Manifests from public repositories give pictures in which every Service has its name, or is counted."""
    if not MANIFESTS.is_dir():
        pytest.skip("the real applications are not beside this checkout (../shared/manifests)")
    import k8snotes as kn

    cluster = kn.load(str(MANIFESTS / app))
    for fig in (cluster.service_map(), cluster.three_ips()):
        words = said(fig)
        assert fig.facts.services
        hidden = [item.name for item in fig.facts.services if not re.search(rf"(^|\s){item.name}\s", words)]
        assert not hidden or f"and {len(hidden)} that " in words
        assert all(f"Service {item.name}" in fig.text for item in fig.facts.services)
        assert faults(fig.svg) == []
