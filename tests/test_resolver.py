"""The resolver: /etc/hosts, /etc/resolv.conf and DNS, and that the trace and exec never disagree about a name."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import k8snotes as kn
from k8snotes.api.kinds.pod import Pod
from k8snotes.errors import AddressError, NotFoundError
from k8snotes.network.resolver import ResolvConf, resolver_of
from k8snotes.network.sender import Sender

DNS = "10.96.0.10"
SEARCH = "shop.svc.cluster.local svc.cluster.local cluster.local"
CLUSTER = """
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: cart, namespace: shop}
spec: {selector: {app: cart}, ports: [{port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: db}
spec: {clusterIP: None, selector: {app: web}, ports: [{port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: far}
spec: {type: ExternalName, externalName: db.example.com}
---
apiVersion: v1
kind: Service
metadata: {name: near}
spec: {type: ExternalName, externalName: web.default.svc.cluster.local}
---
apiVersion: v1
kind: Pod
metadata: {name: server, labels: {app: web}}
spec: {hostname: server, subdomain: db, containers: [{name: c, image: i, ports: [{containerPort: 80}]}]}
"""


@pytest.fixture(scope="module")
def cluster():
    c = kn.Cluster(nodes=2)
    c.apply(CLUSTER)
    c.settle()
    return c


def with_pod(cluster, namespace="default", name="client", **spec):
    """Return a copy of the cluster with one Pod more, and how exec and trace call it."""
    c = cluster.copy()
    c.apply(
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": name, "namespace": namespace},
            "spec": {"containers": [{"name": "c", "image": "i"}], **spec},
        }
    )
    c.settle()

    def run(command):
        return c.kubectl(f"exec -n {namespace} {name} -- {command}")

    return c, f"{namespace}/pod/{name}", run


# ---- the two files


@pytest.mark.parametrize(
    ("spec", "text"),
    [
        (
            {},
            f"search {SEARCH}\nnameserver {DNS}\noptions ndots:5\n",
        ),
        (
            {"hostNetwork": True, "dnsPolicy": "ClusterFirstWithHostNet"},
            f"search {SEARCH}\nnameserver {DNS}\noptions ndots:5\n",
        ),
        (
            {
                "dnsPolicy": "None",
                "dnsConfig": {
                    "nameservers": ["192.0.2.1"],
                    "searches": ["ns1.svc.cluster-domain.example", "my.dns.search.suffix"],
                    "options": [{"name": "ndots", "value": "2"}, {"name": "edns0"}],
                },
            },
            "search ns1.svc.cluster-domain.example my.dns.search.suffix\nnameserver 192.0.2.1\noptions ndots:2 edns0\n",
        ),
        (
            {
                "dnsConfig": {
                    "nameservers": [DNS, "192.0.2.1"],
                    "searches": ["example.com", "svc.cluster.local"],
                    "options": [{"name": "ndots", "value": "1"}],
                }
            },
            f"search {SEARCH} example.com\nnameserver {DNS}\nnameserver 192.0.2.1\noptions ndots:1\n",
        ),
    ],
)
def test_resolv_conf_is_what_the_kubelet_writes(cluster, spec, text):
    """dnsPolicy gives the first lines, dnsConfig is added: servers and searches once each, options replaced."""
    _, _, run = with_pod(cluster, "shop", **spec)
    assert run("cat /etc/resolv.conf").stdout == text


@pytest.mark.parametrize("spec", [{"dnsPolicy": "Default"}, {"hostNetwork": True}])
def test_the_file_of_the_node_is_not_made_up(cluster, spec):
    """With dnsPolicy Default, and on the network of the Node with ClusterFirst, the file is the Node's own: not known."""
    _, _, run = with_pod(cluster, **spec, dnsConfig={"searches": ["example.com"]})
    first, *lines = run("cat /etc/resolv.conf").stdout.splitlines()
    assert first.startswith("# k8snotes")
    assert lines == ["search example.com"]


def test_etc_hosts_is_what_the_kubelet_writes(cluster):
    """The kubelet writes localhost, the Pod's own name with its domain, and hostAliases as a block of their own."""
    aliases = [
        {"ip": "192.0.2.7", "hostnames": ["foo.local", "bar.local"]},
        {"ip": "10.1.2.3", "hostnames": ["foo.remote"]},
    ]
    c, _, run = with_pod(cluster, "shop", hostname="first", subdomain="cart", hostAliases=aliases)
    ip = c["shop/pod/client"].ip
    assert run("cat /etc/hosts").stdout == (
        "# Kubernetes-managed hosts file.\n"
        "127.0.0.1\tlocalhost\n"
        "::1\tlocalhost ip6-localhost ip6-loopback\n"
        "fe00::0\tip6-localnet\n"
        "fe00::0\tip6-mcastprefix\n"
        "fe00::1\tip6-allnodes\n"
        "fe00::2\tip6-allrouters\n"
        f"{ip}\tfirst.cart.shop.svc.cluster.local\tfirst\n"
        "\n"
        "# Entries added by HostAliases.\n"
        "192.0.2.7\tfoo.local\tbar.local\n"
        "10.1.2.3\tfoo.remote\n"
    )
    assert run("hostname").stdout == "first\n"
    assert run("hostname -f").stdout == "first.cart.shop.svc.cluster.local\n"
    assert run("getent hosts foo.local").stdout == "192.0.2.7       foo.local bar.local\n"


def test_a_pod_on_its_nodes_network_has_the_file_and_the_name_of_the_node(cluster):
    """With hostNetwork /etc/hosts is the Node's, with another first line and the Pod's hostAliases below."""
    aliases = [{"ip": "192.0.2.7", "hostnames": ["foo"]}]
    _, _, run = with_pod(cluster, hostNetwork=True, nodeName="node-2", hostAliases=aliases)
    text = run("cat /etc/hosts").stdout
    assert text.startswith("# Kubernetes-managed hosts file (host network).\n")
    assert text.endswith("127.0.0.1\tlocalhost\n\n# Entries added by HostAliases.\n192.0.2.7\tfoo\n")
    assert run("hostname").stdout == run("cat /etc/hostname").stdout == "node-2\n"


def test_a_long_name_is_cut_to_what_a_host_may_be_called(cluster):
    """A host name has at most 63 characters; the Pod's own may be longer."""
    name = "a" * 62 + "-" + "b" * 10
    _, _, run = with_pod(cluster, name=name)
    assert run("hostname").stdout == "a" * 62 + "\n"


def test_the_domain_is_part_of_the_name_where_the_pod_asks_for_it(cluster):
    """setHostnameAsFQDN: programs see the name with its domain."""
    _, _, run = with_pod(cluster, subdomain="db", setHostnameAsFQDN=True)
    assert run("hostname").stdout == "client.db.default.svc.cluster.local\n"


# ---- who answers


def test_hosts_are_asked_before_dns_and_nslookup_never_asks_them(cluster):
    """An alias wins over a Service of its name for curl and getent; nslookup asks DNS alone."""
    c, source, run = with_pod(cluster, hostAliases=[{"ip": c_ip(cluster), "hostnames": ["web", "other"]}])
    assert c.trace("http://web", source=source).facts.called == c_ip(cluster)
    assert run("getent hosts web").stdout.split()[0] == c_ip(cluster)
    assert f"Address: {c['svc/web'].cluster_ip}" in run("nslookup web").stdout
    assert run("nslookup other").exit == 1
    assert run("curl http://other").exit == 0


def c_ip(cluster):
    return cluster["pod/server"].ip


def test_only_the_first_name_server_is_asked(cluster):
    """Behind another name server cluster DNS is asked only if that one is silent: a Service's name is not found."""
    config = {"nameservers": ["192.0.2.53", DNS], "searches": ["default.svc.cluster.local"]}
    c, source, run = with_pod(cluster, dnsPolicy="None", dnsConfig=config)
    trace = c.trace("http://web", source=source)
    assert (trace.outcome, "asks 192.0.2.53 before cluster DNS" in trace.reason) == ("unresolved", True)
    curl = run("curl http://web")
    assert (curl.exit, "asks 192.0.2.53 before cluster DNS" in curl.stderr) == (6, True)
    turned = {**config, "nameservers": [DNS, "192.0.2.53"]}
    c, source, run = with_pod(cluster, dnsPolicy="None", dnsConfig=turned)
    assert c.trace("http://web", source=source).outcome == "connected"
    assert run("curl http://web").exit == 0


def test_an_alias_with_an_ipv6_address_cannot_be_followed(cluster):
    """hostAliases may name an IPv6 address; packets are followed over IPv4 alone, and the error says so."""
    c, source, run = with_pod(cluster, hostAliases=[{"ip": "fd00::7", "hostnames": ["six"]}])
    with pytest.raises(AddressError, match="fd00::7"):
        c.trace("http://six", source=source)
    assert "fd00::7" in run("curl http://six").stderr


def test_dig_asks_for_whole_names(cluster):
    """dig leaves the search path alone, unless it is told +search; a name of the world is answered beyond."""
    _, _, run = with_pod(cluster)
    ip = cluster["svc/web"].cluster_ip
    assert "status: NXDOMAIN" in run("dig web").stdout
    assert run("dig +search +short web").stdout == f"{ip}\n"
    assert f"web.default.svc.cluster.local. 30 IN A {ip}" in run("dig web.default.svc.cluster.local").stdout
    assert "not simulated" in run("dig example.com").stdout


# ---- trace and exec

NAMES = [
    "web",
    "WEB",
    "web.",
    "web.default",
    "web.default.svc",
    "web.default.svc.cluster.local",
    "web.default.svc.cluster.local.",
    "cart",
    "cart.shop",
    "cart.shop.svc.cluster.local.",
    "db",
    "server.db",
    "nobody.db",
    "far",
    "near",
    "kubernetes.default",
    "wbe",
    "wbe.default",
    "nobody",
    "nobody.",
    "example.com",
    "example.com.",
    "node-1",
    "node-1.",
    "localhost",
    "client",
    "client.db.default.svc.cluster.local",
    "alias",
    "alias.",
    "10-244-1-2.default.pod.cluster.local",
]
ALIASES = st.lists(
    st.fixed_dictionaries(
        {
            "ip": st.sampled_from(["192.0.2.7", "10.244.1.2", "127.0.0.1"]),
            "hostnames": st.lists(
                st.sampled_from(["alias", "web", "client", "node-1", "cart.shop"]),
                min_size=1,
                max_size=2,
                unique=True,
            ),
        }
    ),
    max_size=2,
)
CONFIG = st.fixed_dictionaries(
    {},
    optional={
        "nameservers": st.lists(st.sampled_from([DNS, "192.0.2.53"]), min_size=1, max_size=2, unique=True),
        "searches": st.lists(
            st.sampled_from(["shop.svc.cluster.local", "default.svc.cluster.local", "example.com"]),
            max_size=2,
            unique=True,
        ),
        "options": st.sampled_from(
            [[], [{"name": "ndots", "value": "1"}], [{"name": "ndots", "value": "7"}]]
        ),
    },
)


@st.composite
def pods(draw):
    policy = draw(st.sampled_from(["ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"]))
    config = draw(CONFIG)
    if policy == "None":
        config.setdefault("nameservers", [DNS])
    spec = {"dnsPolicy": policy, "dnsConfig": config, "hostAliases": draw(ALIASES)}
    if draw(st.booleans()):
        spec |= {"hostNetwork": True, "nodeName": "node-1"}
    if draw(st.booleans()):
        spec["subdomain"] = "db"
    return draw(st.sampled_from(["default", "shop"])), spec


def ends(trace):
    """How a trace ended: the outcome and the address that was called."""
    try:
        facts = trace()
    except NotFoundError:
        return "unresolved", ""
    return facts.outcome, facts.called


def curl_ends(answer):
    """How curl ended, by its exit code and what it printed."""
    if answer.exit == 0:
        return "connected" if "answered by" in answer.stdout else "leaves"
    return {6: "unresolved", 7: "refused", 28: "timeout"}[answer.exit]


@settings(deadline=None, max_examples=60)
@given(pods(), st.lists(st.sampled_from(NAMES), min_size=1, max_size=5, unique=True))
def test_trace_and_exec_never_disagree(cluster, pod, names):
    """For any dnsPolicy, dnsConfig, hostAliases and network: curl, getent, ping and nslookup end as the trace says."""
    namespace, spec = pod
    c, source, run = with_pod(cluster, namespace, **spec)
    hosts = run("cat /etc/hosts").stdout.splitlines()
    in_hosts = {word.lower(): line.split()[0] for line in reversed(hosts) for word in line.split()[1:]}
    servers = [
        line.split()[1] for line in run("cat /etc/resolv.conf").stdout.splitlines() if "nameserver" in line
    ]
    for name in names:
        outcome, called = ends(lambda name=name: c.trace(f"http://{name}", source=source).facts)
        assert curl_ends(run(f"curl http://{name}")) == outcome
        assert (run(f"wget http://{name}").exit == 0) == (outcome in ("connected", "leaves"))
        ping = run(f"ping {name}")
        reply, pinged = ends(lambda name=name: c.ping(name, source=source).facts)
        assert (ping.exit == 0) == (reply in ("reply", "leaves"))
        assert pinged in ping.stdout
        getent = run(f"getent hosts {name}")
        assert (getent.exit == 0) == (outcome != "unresolved")
        if called:
            assert called in {line.split()[0] for line in getent.stdout.splitlines()}
        if name.lower() in in_hosts and not name.endswith("."):
            assert called == in_hosts[name.lower()].replace("::1", "127.0.0.1")
            continue
        nslookup = run(f"nslookup {name}")
        if called:
            assert f"Address: {called}\n" in nslookup.stdout
        else:
            assert nslookup.stdout.count("Address: ") == 0
            assert ("NXDOMAIN" in nslookup.stdout) or outcome == "leaves"
        if servers[:1] != [DNS] and outcome == "connected":
            assert name.startswith("node-1")  # no other DNS knows a Service


def test_a_pod_object_is_asked_itself_and_not_its_namesake():
    """Two clusters have a Pod of one name and address; each keeps the DNS that its own specification says."""
    web = (
        "{apiVersion: v1, kind: Service, metadata: {name: web}, "
        "spec: {selector: {app: client}, ports: [{port: 80}]}}"
    )
    client = (
        "{{apiVersion: v1, kind: Pod, metadata: {{name: client, labels: {{app: client}}}}, "
        "spec: {{dnsPolicy: {}, containers: [{{name: c, image: nginx}}]}}}}"
    )
    inside, outside = (
        kn.load(f"{web}\n---\n{client.format(policy)}\n", nodes=1) for policy in ("ClusterFirst", "Default")
    )
    namesake = outside["pod/client"]
    assert inside["pod/client"].ip == namesake.ip
    assert inside.trace("http://web", source="pod/client").facts.outcome == "connected"
    assert inside.trace("http://web", source=namesake).facts.outcome == "unresolved"


def conf(policy=None, host=False, **config):
    spec = {"hostNetwork": host, **({"dnsPolicy": policy} if policy else {}), "dnsConfig": config}
    return ResolvConf(Pod({"metadata": {"name": "p", "namespace": "shop"}, "spec": spec}), DNS)


@pytest.mark.parametrize(
    ("value", "dots"),
    [(None, 5), ("1", 1), ("0", 0), ("15", 15), ("16", 15), ("99", 15), ("x", 1), ("", 1), ("-1", 1)],
)
def test_how_many_dots_a_name_must_have(value, dots):
    """The kubelet writes 5; resolv.conf(5) has 1 where nothing is said, and no more than 15."""
    options = [] if value is None else [{"name": "ndots", "value": value}]
    assert conf(options=options).ndots == dots
    assert ResolvConf(None, DNS).ndots == 1
    assert conf("None").ndots == 1


@pytest.mark.parametrize(
    ("policy", "host", "servers", "of_node"),
    [
        (None, False, (DNS,), False),
        ("ClusterFirst", False, (DNS,), False),
        (None, True, (), True),
        ("ClusterFirst", True, (), True),
        ("ClusterFirstWithHostNet", True, (DNS,), False),
        ("ClusterFirstWithHostNet", False, (DNS,), False),
        ("Default", False, (), True),
        ("None", False, (), False),
    ],
)
def test_whom_a_pod_asks(policy, host, servers, of_node):
    """`GetPodDNS`: ClusterFirst on the network of the Node means Default."""
    found = conf(policy, host)
    assert (found.nameservers, found.of_node) == (servers, of_node)
    assert bool(found.searches) is bool(servers)
    more = conf(
        policy, host, nameservers=["1.1.1.1", "2.2.2.2", "3.3.3.3", "1.1.1.1"], searches=["a", "a", "b"]
    )
    assert more.nameservers == (*servers, "1.1.1.1", "2.2.2.2", "3.3.3.3")[:3]
    assert more.searches[-2:] == ("a", "b")
    assert len(conf("None", searches=[f"s{i}" for i in range(40)]).searches) == 32


@pytest.mark.parametrize("count", [0, 1, 11, 12, 13, 20])
def test_of_many_services_twelve_are_named(count):
    """A name that leads nowhere is answered with the Services of the Namespace that there are."""
    c = kn.Cluster(nodes=1)
    c.apply("{apiVersion: v1, kind: Namespace, metadata: {name: many}}")
    for i in range(count):
        c.apply(
            f"{{apiVersion: v1, kind: Service, metadata: {{name: s{i:02}, namespace: many}}, spec: {{ports: [{{port: 80}}]}}}}"
        )
    c.apply(
        "{apiVersion: v1, kind: Pod, metadata: {name: p, namespace: many}, spec: {containers: [{name: a, image: i}]}}"
    )
    c.settle()
    with pytest.raises(NotFoundError) as caught:
        c.trace("http://qqqqqqqqq", "many/pod/p")
    reason = str(caught.value)
    names = ", ".join(f"s{i:02}" for i in range(min(count, 12))) + (
        f" and {count - 12} more" if count > 12 else ""
    )
    assert (f"The Services in namespace many are {names}." in reason) is (count > 0)
    assert ("Namespace many has no Services." in reason) is (count == 0)


@pytest.mark.parametrize(
    ("name", "known_as"),
    [("client", "own-name"), ("extra", "host-alias"), ("localhost", ""), ("web", ""), ("node-1", "Node")],
)
def test_what_kind_of_name_it_is(cluster, name, known_as):
    """The Pod's own name and its hostAliases stand in /etc/hosts, localhost on every machine; Nodes are known outside."""
    c, _, _ = with_pod(cluster, hostAliases=[{"ip": "10.1.2.3", "hostnames": ["extra"]}])
    pod = c["pod/client"]
    sender = Sender.of_pod(pod)
    assert resolver_of(c.simulation.network.state, sender).look_up(name).known_as == known_as
