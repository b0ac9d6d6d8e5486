"""Cluster DNS: names to addresses, the search path, and what is said to a name that leads nowhere."""

from __future__ import annotations

import pytest

import k8snotes as kn
from k8snotes.api.kinds.endpointslice import EndpointSlice
from k8snotes.api.kinds.service import Service
from k8snotes.errors import RefError
from k8snotes.network.dns import Zone, candidates, lookup, resolve


def make_service(name, namespace="default", **spec):
    spec = {"clusterIP": "10.96.0.20", "ports": [{"name": "http", "port": 80}], **spec}
    return Service({"metadata": {"name": name, "namespace": namespace}, "spec": spec})


def make_slice(service, *endpoints, namespace="default", ports=({"name": "http", "port": 8080},)):
    return EndpointSlice(
        {
            "metadata": {"namespace": namespace, "labels": {"kubernetes.io/service-name": service}},
            "addressType": "IPv4",
            "endpoints": list(endpoints),
            "ports": list(ports),
        }
    )


READY = {"addresses": ["10.244.1.2"], "conditions": {"ready": True}}
NAMED = {"addresses": ["10.244.2.2"], "hostname": "db-1", "conditions": {"ready": True}}
SICK = {"addresses": ["10.244.3.2"], "conditions": {"ready": False}}


@pytest.fixture
def zone():
    services = (
        make_service("web"),
        make_service("cart", "shop", clusterIP="10.96.0.30"),
        make_service("db", clusterIP="None"),
        make_service("asleep", clusterIP="None"),
        make_service("empty", clusterIP="10.96.0.40"),
        make_service("docs", clusterIP="", type="ExternalName", externalName="docs.example.com"),
        make_service(
            "front", clusterIP="", type="ExternalName", externalName="web.default.svc.cluster.local."
        ),
        make_service(
            "ring", clusterIP="", type="ExternalName", externalName="ring.default.svc.cluster.local"
        ),
    )
    slices = (
        make_slice("web", READY),
        make_slice("db", READY, NAMED, SICK),
        make_slice("asleep", SICK),
    )
    return Zone(services, slices, frozenset({"default", "shop", "quiet"}))


def test_a_service_has_its_cluster_ip_even_without_endpoints(zone):
    """The name of a Service with a Cluster IP leads to that address, whoever stands behind it."""
    assert lookup(zone, "web.default.svc.cluster.local").addresses == ("10.96.0.20",)
    assert lookup(zone, "empty.default.svc.cluster.local.").addresses == ("10.96.0.40",)


def test_names_are_not_case_sensitive(zone):
    """DNS does not tell capitals from small letters."""
    assert lookup(zone, "WEB.Default.svc.cluster.local").addresses == ("10.96.0.20",)


def test_a_headless_service_has_the_addresses_of_its_ready_pods(zone):
    """Without a Cluster IP the name leads to every ready Pod."""
    assert lookup(zone, "db.default.svc.cluster.local").addresses == ("10.244.1.2", "10.244.2.2")


def test_a_pod_behind_a_headless_service_has_a_name_of_its_own(zone):
    """Its host name, or its address with dashes, stands before the Service's name."""
    assert lookup(zone, "db-1.db.default.svc.cluster.local").addresses == ("10.244.2.2",)
    assert lookup(zone, "10-244-1-2.db.default.svc.cluster.local").addresses == ("10.244.1.2",)
    assert lookup(zone, "10-244-3-2.db.default.svc.cluster.local").status == "NXDOMAIN"


def test_a_headless_service_without_ready_pods_is_not_known(zone):
    """No ready Pod, no address: the name itself is unknown then, and the hint says why."""
    answer = resolve(zone, "asleep")
    assert answer.status == "NXDOMAIN"
    assert "no Pod behind it is ready" in answer.hint


def test_an_external_name_is_an_alias(zone):
    """ExternalName gives a CNAME; one that leads back into the cluster is followed, a circle is not."""
    away = lookup(zone, "docs.default.svc.cluster.local")
    assert (away.status, away.addresses, away.alias) == ("NOERROR", (), "docs.example.com")
    inside = resolve(zone, "front")
    assert inside.addresses == ("10.96.0.20",)
    assert [record.type for record in inside.records] == ["CNAME", "A"]
    assert len(resolve(zone, "ring").records) == 1


def test_named_ports_have_srv_records(zone):
    """_port._protocol.name gives port and target: one for a Cluster IP, one for each Pod of a headless Service."""
    one = lookup(zone, "_http._tcp.web.default.svc.cluster.local", "SRV")
    assert [record.value for record in one.records] == ["0 100 80 web.default.svc.cluster.local"]
    several = lookup(zone, "_http._tcp.db.default.svc.cluster.local", "SRV")
    assert [record.value for record in several.records] == [
        "0 50 8080 10-244-1-2.db.default.svc.cluster.local",
        "0 50 8080 db-1.db.default.svc.cluster.local",
    ]
    assert str(one).endswith("IN SRV 0 100 80 web.default.svc.cluster.local.")


def test_a_port_that_is_not_named_so_has_no_srv_record(zone):
    """Another port's name is unknown, and the hint lists the names that there are."""
    answer = resolve(zone, "_https._tcp.web.default.svc.cluster.local.", record_type="SRV")
    assert answer.status == "NXDOMAIN"
    assert "Its named ports are _http._tcp" in answer.hint
    assert lookup(zone, "_http._udp.web.default.svc.cluster.local", "SRV").status == "NXDOMAIN"


def test_pods_are_named_by_their_address(zone):
    """10-244-1-2.namespace.pod spells an address, whether a Pod has it or not."""
    assert lookup(zone, "10-244-1-2.default.pod.cluster.local").addresses == ("10.244.1.2",)
    assert lookup(zone, "web.default.pod.cluster.local").status == "NXDOMAIN"


def test_a_name_may_be_there_without_an_address(zone):
    """A namespace, the branch svc, and an IPv4 Service asked for IPv6 exist, but have no such record."""
    for name in ("quiet.svc.cluster.local", "svc.cluster.local", "cluster.local"):
        assert (lookup(zone, name).status, lookup(zone, name).records) == ("NOERROR", ())
    assert lookup(zone, "nowhere.svc.cluster.local").status == "NXDOMAIN"
    assert lookup(zone, "web.default.svc.cluster.local", "AAAA").status == "NOERROR"
    assert lookup(zone, "a.b.c.web.default.svc.cluster.local").status == "NXDOMAIN"


def test_short_names_go_through_the_search_path(zone):
    """A short name means the Pod's own namespace; name.namespace means another's."""
    assert resolve(zone, "web").tried == ("web.default.svc.cluster.local",)
    assert resolve(zone, "web", "shop").status == "NXDOMAIN"
    crossing = resolve(zone, "cart.shop")
    assert crossing.addresses == ("10.96.0.30",)
    assert crossing.tried == ("cart.shop.default.svc.cluster.local", "cart.shop.svc.cluster.local")


def test_even_a_whole_name_is_searched_first_without_its_dot(zone):
    """With ndots:5, web.default.svc.cluster.local (four dots) is tried with all endings before as it is."""
    name = "web.default.svc.cluster.local"
    assert len(resolve(zone, name).tried) == 4
    assert resolve(zone, f"{name}.").tried == (name,)
    assert resolve(zone, name, ndots=4).tried == (name,)
    assert candidates(name)[-1] == name


def test_other_names_are_forwarded(zone):
    """A name outside the cluster's domain is asked beyond it, after the search path."""
    answer = resolve(zone, "example.com")
    assert (answer.status, len(answer.tried)) == ("FORWARDED", 4)
    assert resolve(zone, "example.com.").tried == ("example.com",)


@pytest.mark.parametrize(
    ("name", "namespace", "hint"),
    [
        ("wbe", "default", 'Namespace "default" has no Service "wbe". Did you mean "web"?'),
        ("cart", "default", 'Service "cart" is in another namespace. Did you mean "cart.shop"?'),
        ("cart.shopp", "default", 'Did you mean "cart.shop"?'),
        ("web.default.cluster.local", "default", 'Did you mean "web.default.svc.cluster.local"?'),
        ("web.default.svc.cluster.locl.", "default", 'Did you mean "web.default.svc.cluster.local"?'),
        ("carts.shop.svc.cluster.local", "default", 'Did you mean "cart"?'),
        ("crat", "default", 'No Service is called "crat". Did you mean "cart"?'),
        ("zebra", "default", ""),
    ],
)
def test_a_name_that_leads_nowhere_has_a_hint(zone, name, namespace, hint):
    """What was probably meant is said, where something is near."""
    answer = resolve(zone, name, namespace)
    assert not answer.records
    assert answer.hint.endswith(hint)
    assert bool(answer.hint) == bool(hint)
    assert answer.near in hint
    assert bool(answer.near) == bool(hint)


def test_an_unknown_type_is_explained(zone):
    """Only the types that cluster DNS serves here can be asked for."""
    with pytest.raises(RefError, match=r'no records of type "CNAM".*Did you mean "CNAME"'):
        lookup(zone, "web.default.svc.cluster.local", "CNAM")


def test_publish_not_ready_addresses_shows_in_dns():
    """A headless Service with publishNotReadyAddresses has the addresses of Pods that are not ready, too."""
    manifest = """
apiVersion: v1
kind: Pod
metadata: {name: sick, labels: {app: db}}
spec: {containers: [{name: main, image: broken, ports: [{containerPort: 80}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: db}
spec: {clusterIP: None, selector: {app: db}, ports: [{port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: db-all}
spec: {clusterIP: None, publishNotReadyAddresses: true, selector: {app: db}, ports: [{port: 80}]}
"""
    cluster = kn.load(manifest)
    zone = Zone(tuple(cluster.objects("services")), tuple(cluster.objects("endpointslices")))
    assert resolve(zone, "db").status == "NXDOMAIN"
    assert resolve(zone, "db-all").addresses == (cluster["pod/sick"].ip,)
    assert resolve(zone, "kubernetes").addresses == ("10.96.0.1",)


def test_cluster_dns_answers_only_while_a_pod_behind_it_is_ready():
    """Where its Service is there, its endpoints decide: names lead nowhere, addresses still do."""
    c = kn.Cluster(nodes=1)
    c.apply("""
{apiVersion: v1, kind: Service, metadata: {name: kube-dns, namespace: kube-system},
 spec: {clusterIP: 10.96.0.10, selector: {k8s-app: kube-dns}, ports: [{name: dns, port: 53, protocol: UDP}]}}
---
{apiVersion: apps/v1, kind: Deployment, metadata: {name: coredns, namespace: kube-system}, spec: {
 selector: {matchLabels: {k8s-app: kube-dns}}, template: {metadata: {labels: {k8s-app: kube-dns}}, spec: {
 containers: [{name: coredns, image: coredns, ports: [{containerPort: 53, protocol: UDP}]}]}}}}
---
{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {app: web}, ports: [{port: 80}]}}
---
{apiVersion: v1, kind: Pod, metadata: {name: web, labels: {app: web}}, spec: {
 containers: [{name: web, image: web, ports: [{containerPort: 80}]}]}}
---
{apiVersion: v1, kind: Pod, metadata: {name: client}, spec: {containers: [{name: tools, image: tools}]}}
""")
    c.settle()
    assert c.trace("http://web", source="pod/client").outcome == "connected"
    c.scale("kube-system/deploy/coredns", 0)
    c.settle()
    trace = c.trace("http://web", source="pod/client")
    assert (trace.outcome, "cluster DNS does not answer" in trace.reason) == ("unresolved", True)
    assert c.trace(f"http://{c['svc/web'].cluster_ip}", source="pod/client").outcome == "connected"
    for line, exit_code in (("nslookup web", 1), ("dig web", 9), ("wget -qO- web", 1), ("curl web", 6)):
        done = c.kubectl(f"exec client -- {line}")
        assert done.exit == exit_code, line
        assert "no Pod behind kube-system/service/kube-dns is ready" in str(done)
    assert "no servers could be reached" in c.kubectl("exec client -- nslookup web").stdout


@pytest.mark.parametrize(
    ("dots", "ndots", "first"),
    [(4, None, False), (5, None, True), (6, None, True), (1, 2, False), (2, 2, True), (0, 0, True)],
)
def test_enough_dots_and_the_name_is_asked_for_as_it_is(dots, ndots, first):
    """resolv.conf(5): a name with at least `ndots` dots (the kubelet writes 5) is tried as it is before the search path."""
    name = ".".join("abcdefg"[: dots + 1])
    found = candidates(name) if ndots is None else candidates(name, ndots=ndots)
    assert (found[0] == name) is first
    assert len(found) == 4
    assert (found[-1] == name) is not first
