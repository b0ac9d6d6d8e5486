"""Each case in which a Pod answers for a Service or not: the endpoints, the map, its picture and the tables say why."""

import re
from html import unescape

import pytest

import k8snotes as kn

POD = "{{apiVersion: v1, kind: Pod, metadata: {{name: {name}, namespace: {space}, labels: {labels}}}, spec: {spec}}}"


def pod(name, labels="{app: web}", ports="[]", *, space="default", image="web", spec=""):
    inside = f"{{containers: [{{name: a, image: {image}, ports: {ports}}}]{spec}}}"
    return POD.format(name=name, space=space, labels=labels, spec=inside)


def service(name, spec):
    return f"{{apiVersion: v1, kind: Service, metadata: {{name: {name}}}, spec: {spec}}}"


WEB = service("web", "{selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}")
NAMED = service("web", "{selector: {app: web}, ports: [{port: 80, targetPort: http}]}")
OTHER = "{apiVersion: v1, kind: Namespace, metadata: {name: other}}"
BARE = service("web", "{ports: [{port: 80}]}")
SLICE = """{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: mine,
 labels: {kubernetes.io/service-name: web}}, addressType: IPv4, ports: [{port: 8080}],
 endpoints: [{addresses: [192.168.7.9]}, {addresses: [192.168.7.10], conditions: {ready: false}}]}"""
BY_HAND = """{apiVersion: v1, kind: Endpoints, metadata: {name: web}, subsets: [{ports: [{port: 3306}],
 addresses: [{ip: 192.168.7.7}], notReadyAddresses: [{ip: 192.168.7.8}]}]}"""

# what there is -> what is said of the endpoints, and what stands in the picture of the map
CASES = {
    "a Pod in another namespace": (
        (OTHER, WEB, pod("p", space="other")),
        (
            "selects no Pod in namespace default",
            "other/pod/p: its labels match, but it is in namespace other",
        ),
        (
            "near miss",
            "p in namespace other ✗ not selected",
            "Service web wants these labels, but selects only in its own namespace, default.",
        ),
    ),
    "not ready": (
        (WEB, pod("p", image="broken")),
        ("selects 1 Pod, 0 ready", "gets no traffic, because it is not ready"),
        ("p ◐ not ready", "It is selected, but gets no traffic", "web ✗ none ready"),
    ),
    "published though not ready": (
        (
            service("web", "{publishNotReadyAddresses: true, selector: {app: web}, ports: [{port: 80}]}"),
            pod("p", image="broken"),
        ),
        ("1 gets traffic, 1 of them not ready", "the Service sets publishNotReadyAddresses"),
        ("✓ gets traffic, but is not ready", "the Service sets publishNotReadyAddresses", "✓ 1 gets traffic"),
    ),
    "a number as target": (
        (WEB, pod("p", ports="[{containerPort: 9000}]")),
        ("selected and ready",),
        ("10.96.1.1 :80", "10.244.1.2 :8080", "✓ ready"),
    ),
    "a name, another number in each Pod": (
        (
            NAMED,
            pod("p", ports="[{name: http, containerPort: 8080}]"),
            pod("q", ports="[{name: http, containerPort: 9090}]"),
        ),
        ("selects 2 Pods, 2 ready",),
        ("10.96.1.1 :80", "10.244.1.2 :8080", "10.244.2.2 :9090"),
    ),
    "a Pod that lacks the name": (
        (NAMED, pod("p", ports="[{name: web, containerPort: 8080}]")),
        ('it has no container port named "http" (its named ports: web)',),
        ("✗ left out", 'It has no container port named "http" (its named ports: web).'),
    ),
    "several ports, and a Pod with one of them": (
        (
            service(
                "web",
                "{selector: {app: web}, ports: [{name: a, port: 80, targetPort: http},"
                " {name: b, port: 90, targetPort: admin}]}",
            ),
            pod("p", ports="[{name: http, containerPort: 8080}]"),
            pod("q", ports="[{name: http, containerPort: 8080}, {name: admin, containerPort: 9090}]"),
        ),
        ('selected and ready, but it has no container port named "admin"',),
        (
            "10.96.1.1 :80, 90",
            '10.244.1.2 :8080 It has no container port named "admin"',
            "10.244.2.2 :8080, 9090",
        ),
    ),
    "EndpointSlices made by hand": (
        (BARE, SLICE),
        ("192.168.7.9 no Pod: made by hand in EndpointSlice mine", "and marked as not ready"),
        ("no Pod, made by hand", "✓ 192.168.7.9", "◐ not ready: 192.168.7.10"),
    ),
    "Endpoints made by hand": (
        (BARE, BY_HAND),
        ("192.168.7.7 no Pod: made by hand in the Endpoints object (mirrored to EndpointSlice web-",),
        ("✓ 1 address made by hand", "✓ 192.168.7.7", "◐ not ready: 192.168.7.8"),
    ),
    "no selector, and nobody made any": (
        (BARE, pod("p")),
        ("has no selector and no Endpoints made by hand",),
        ("no selector", "✗ no endpoints"),
    ),
    "headless": (
        (service("web", "{clusterIP: None, selector: {app: web}, ports: [{port: 80}]}"), pod("p")),
        ("selects 1 Pod, 1 ready",),
        ("headless: DNS gives the Pod IPs", "10.244.1.2 :80"),
    ),
    "ExternalName": (
        (service("web", "{type: ExternalName, externalName: pay.example.com}"), pod("p")),
        ("DNS answers with pay.example.com; it has no address, no ports and no endpoints",),
        ("web ExternalName DNS: another name for pay.example.com", "p ✗ not selected"),
    ),
    "one letter off": (
        (WEB, pod("p", "{app: wbe}")),
        ("selects no Pod in namespace default", "wbe has two letters swapped"),
        ("✗ selects no Pod", "Service web comes nearest", "wbe has two letters swapped", "near miss"),
    ),
    "a Pod that nobody asks for": (
        (WEB, pod("p"), pod("alone", "{role: client}")),
        ("there is no label app, and the selector wants web",),
        ("✗ not selected", "No Service selects any of its labels."),
    ),
    "no Node": (
        (WEB, pod("p", spec=", nodeSelector: {disk: ssd}")),
        ("no address pod/p: no Node runs it yet, so it has no Pod IP",),
        ("✗ left out", "No Node runs it yet, so it has no Pod IP."),
    ),
    "two Services, and one of them leaves it out": (
        (
            WEB,
            service("named", "{selector: {app: web}, ports: [{port: 80, targetPort: http}]}"),
            pod("p"),
        ),
        ("selected and ready",),
        ("✓ ready", 'For named: it has no container port named "http" (it has no named ports)'),
    ),
    "a load balancer that nobody provides": (
        (service("web", "{type: LoadBalancer, selector: {app: web}, ports: [{port: 80}]}"), pod("p")),
        ("selects 1 Pod, 1 ready",),
        ("load balancer <pending>: no provider has created one",),
    ),
}


def made(documents):
    cluster = kn.Cluster(nodes=2)
    cluster.apply("\n---\n".join(documents))
    cluster.settle()
    return cluster


def even(text):
    return " ".join(text.split())


def drawn(figure):
    texts = re.findall(r"<text[^>]*>(.*?)</text>", figure.svg)
    return even(unescape(" ".join(re.sub("<[^>]*>", "", text) for text in texts)))


@pytest.mark.parametrize("case", CASES)
def test_the_reason_is_said_wherever_one_looks(case):
    """The endpoints say it in words, as HTML and in a table; the map says it in its outline and in its picture."""
    documents, of_endpoints, in_picture = CASES[case]
    cluster = made(documents)
    found = cluster.endpoints("svc/web")
    html = even(unescape(re.sub(r"<[^>]*>", " ", found.html)))
    for part in of_endpoints:
        assert part in even(str(found)), part
        assert part.rpartition(": ")[2] in html, part
    picture = drawn(cluster.service_map())
    for part in in_picture:
        assert part in picture, part
    rows = found.table.to_dict("records")
    assert len(rows) == len(found.ready) + len(found.not_ready) + len(found.left_out)
    assert all(row["why"] in str(found) and row["address"] in html for row in rows)


def test_a_terminating_pod_says_that_it_still_serves():
    """A Pod that is going is not ready any more; while no other is ready it is asked, and the map does not call it broken."""
    cluster = made((WEB, pod("p", ports="[{containerPort: 8080}]"), pod("shell", "{role: client}")))
    cluster.delete("pod/p")
    found = cluster.endpoints("svc/web")
    assert [item.reason for item in found.not_ready] == ["it is being terminated, but it still serves"]
    assert found.note == (
        "selects 1 Pod, 0 ready; "
        "1 Pod that is being terminated still serves, and gets traffic until another Pod is ready"
    )
    assert cluster.trace("web:80", source="pod/shell").outcome == "connected"
    picture = drawn(cluster.service_map())
    assert "◐ none ready, 1 still serving" in picture
    assert "◐ terminating" in picture
    assert "✗ none ready" not in picture
    cluster.settle()
    assert not cluster.endpoints("svc/web").not_ready


def test_a_provider_gives_the_address():
    """With somebody who provides load balancers, the map and the three IPs name the address instead of <pending>."""
    cluster = made(CASES["a load balancer that nobody provides"][0])
    cluster.provide_load_balancers()
    cluster.settle()
    (ip,) = cluster["svc/web"].load_balancer_ips
    assert f"load balancer {ip}" in drawn(cluster.service_map())
    assert f"load balancer {ip}" in drawn(cluster.three_ips())
    assert "<pending>" not in cluster.service_map().text + cluster.three_ips().text


def test_made_by_hand_is_no_pod():
    """Three IPs count Pods, not the addresses that somebody wrote down."""
    words = drawn(made((BARE, SLICE)).three_ips())
    assert "✓ leads to 192.168.7.9, made by hand" in words
    assert "of 2 Pods" not in words


def test_a_cell_shows_a_table_and_says_how_much_it_leaves_out():
    """Endpoints show themselves as text and as HTML; of many, the first of each state, and how many more."""
    cluster = made((WEB, *(pod(f"p{at:02}", "{app: web}" if at % 2 else "{app: db}") for at in range(40))))
    found = cluster.endpoints("svc/web")
    bundle = found._repr_mimebundle_()
    assert bundle["text/plain"] == str(found)
    assert (
        bundle["text/html"].count("<tr>") == 1 + 2 * 13
    )  # the head, and of each state twelve rows and how many more
    assert "and 8 more (ready)" in bundle["text/html"]
    assert len(found.table) == 40
    assert list(found.table.columns) == ["state", "address", "pod", "port", "node", "why"]


def test_what_a_manifest_says_is_escaped():
    """Labels reach the reasons, and the reasons reach HTML: as text."""
    cluster = made((OTHER, service("web", "{selector: {app: web}, ports: [{port: 80}]}")))
    cluster.apply(
        "{apiVersion: v1, kind: Service, metadata: {name: s}, spec: {type: ExternalName, externalName: a.b}}"
    )
    found = cluster.endpoints("svc/s")._replace(note='<script>alert("x")</script>')
    assert "<script>" not in found.html
