"""Ingress with a controller that a reader provides: classes, addresses, requests through it, and what kubectl prints."""

import itertools

import pytest

import k8snotes as kn
from k8snotes.errors import ApiError, ClusterError, SnapshotError

SHOP = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: app, image: "web:1", ports: [{name: http, containerPort: 8080}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{name: http, port: 80, targetPort: http}]}
---
apiVersion: v1
kind: Pod
metadata: {name: cart, labels: {app: cart}}
spec: {containers: [{name: app, image: "cart:1", ports: [{containerPort: 9000}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: cart}
spec: {selector: {app: cart}, ports: [{port: 80, targetPort: 9000}]}
---
apiVersion: v1
kind: Service
metadata: {name: empty}
spec: {selector: {app: nobody}, ports: [{port: 80}]}
---
apiVersion: v1
kind: Pod
metadata: {name: client}
spec: {containers: [{name: sh, image: "curl:8"}]}
"""


def ingress(name, *rules, class_name="", default="", tls="", annotations=""):
    spec = [f"rules: [{', '.join(rules)}]"] if rules else []
    spec += [f"ingressClassName: {class_name}"] if class_name else []
    spec += [f"defaultBackend: {to(default)}"] if default else []
    spec += [f"tls: [{tls}]"] if tls else []
    return f"""
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {{name: {name}, annotations: {{{annotations}}}}}
spec: {{{", ".join(spec)}}}"""


def to(place):
    service, _colon, port = place.partition(":")
    kind = "number" if port.isdecimal() else "name"
    return f"{{service: {{name: {service}, port: {{{kind}: {port}}}}}}}"


def rule(host, *paths):
    written = ", ".join(
        f"{{path: {path}, pathType: {kind}, backend: {to(place)}}}" for path, kind, place in paths
    )
    named = f"host: '{host}', " if host else ""
    return f"{{{named}http: {{paths: [{written}]}}}}"


def lab(*manifests, **how):
    c = kn.Cluster(nodes=2)
    c.provide_ingress(**how)
    c.apply("\n---\n".join([SHOP, *manifests]))
    c.settle()
    return c


SIMPLE = ingress("shop", rule("shop.example.com", ("/", "Prefix", "web:80"), ("/cart", "Prefix", "cart:80")))


@pytest.fixture(scope="module")
def shop():
    return lab(SIMPLE)


# ---- the controller and its class


def test_the_controller_brings_a_class_and_its_program(shop):
    """It has an IngressClass, and a Deployment behind a Service with a load balancer, in a Namespace of its own."""
    assert shop["ingressclass/nginx"].spec["controller"] == "k8s.io/ingress-nginx"
    assert shop["ingress-nginx/deploy/ingress-nginx-controller"].status["readyReplicas"] == 1
    assert shop["ingress-nginx/svc/ingress-nginx-controller"].load_balancer_ips


def test_an_ingress_gets_the_address_of_the_balancer(shop):
    """Its status has the address of the controller's Service, and kubectl prints it."""
    (ip,) = shop["ingress-nginx/svc/ingress-nginx-controller"].load_balancer_ips
    assert shop["ingress/shop"].status == {"loadBalancer": {"ingress": [{"ip": ip}]}}
    line = shop.kubectl("get ingress").stdout.splitlines()[1]
    assert line.split()[:5] == ["shop", "nginx", "shop.example.com", ip, "80"]


def test_without_a_ready_program_an_ingress_gets_no_address():
    """On a cluster without Nodes the controller's Pod waits, so nothing writes a status."""
    c = kn.Cluster(nodes=0)
    c.provide_ingress()
    c.apply(SIMPLE)
    c.settle()
    assert c["ingress/shop"].status == {"loadBalancer": {}}


def test_the_default_class_is_set_when_an_ingress_is_created():
    """The class of an Ingress that names none is written by admission, and not later."""
    c = kn.Cluster(nodes=1)
    c.apply(ingress("early", default="web:80"))
    c.provide_ingress()
    c.apply(ingress("late", default="web:80"))
    c.apply(ingress("annotated", default="web:80", annotations="kubernetes.io/ingress.class: other"))
    c.settle()
    assert "ingressClassName" not in c["ingress/early"].spec
    assert c["ingress/late"].spec["ingressClassName"] == "nginx"
    assert "ingressClassName" not in c["ingress/annotated"].spec


def test_of_several_default_classes_the_newest_is_set():
    """The class that was created last is taken, and of two of one moment the first by name."""
    c = kn.Cluster(nodes=1)
    made = """{{apiVersion: networking.k8s.io/v1, kind: IngressClass, metadata: {{name: {0}, annotations:
 {{ingressclass.kubernetes.io/is-default-class: "true"}}}}, spec: {{controller: example.com/{0}}}}}"""
    c.apply(made.format("b"))
    c.wait("5s")
    c.apply(made.format("d"))
    c.apply(made.format("c"))
    c.apply(ingress("shop", default="web:80"))
    assert c["ingress/shop"].spec["ingressClassName"] == "c"


@pytest.mark.parametrize(
    ("manifest", "code", "word"),
    [
        (
            ingress("x", rule("x.example.com", ("/", "Prefix", "web:80"))),
            "no-class",
            "names no ingressClassName",
        ),
        (
            ingress("x", rule("x.example.com", ("/", "Prefix", "web:80")), class_name="traefik"),
            "class-missing",
            "which does not exist",
        ),
        (
            ingress("x", rule("x.example.com", ("/", "Prefix", "web:80")), class_name="theirs"),
            "other-controller",
            "does not run",
        ),
    ],
)
def test_an_ingress_that_no_controller_acts_on_says_why(manifest, code, word):
    """It gets no address, requests for its host leave as before, and routes and notes say what is missing."""
    c = lab(default=False)
    c.apply(
        "{apiVersion: networking.k8s.io/v1, kind: IngressClass, metadata: {name: theirs}, spec: "
        "{controller: example.com/theirs}}"
    )
    c.apply(manifest)
    c.settle()
    assert c.simulation.network.state.web.served(c["ingress/x"]).code == code
    assert c["ingress/x"].status == {"loadBalancer": {}}
    trace = c.trace("http://x.example.com/")
    assert (trace.outcome, trace.status) == ("leaves", None)
    assert word in trace.hint
    assert word in c.routes().facts.unserved[0].words
    assert [note.code for note in c.simulation.limits.all()] == ["ingresses"]


def test_an_ingress_of_the_annotation_of_before_is_acted_on():
    """The annotation names the class of the controller itself."""
    c = lab(
        ingress(
            "old",
            rule("old.example.com", ("/", "Prefix", "web:80")),
            annotations="kubernetes.io/ingress.class: nginx",
        ),
        default=False,
    )
    assert c.trace("http://old.example.com/").status == 200
    assert not c.notes


def test_a_class_of_another_name_may_have_the_same_controller():
    """A controller acts on all classes that name it."""
    c = lab(
        "{apiVersion: networking.k8s.io/v1, kind: IngressClass, metadata: {name: outer}, spec: "
        "{controller: k8s.io/ingress-nginx}}",
        ingress("x", rule("x.example.com", ("/", "Prefix", "web:80")), class_name="outer"),
    )
    assert c.trace("http://x.example.com/").status == 200


def test_providing_twice_and_providing_nonsense():
    """The same controller is refused, as is a class of another controller, and what is no text; a snapshot cannot change."""
    c = kn.Cluster(nodes=1)
    c.provide_ingress()
    with pytest.raises(ClusterError, match="already has the controller"):
        c.provide_ingress()
    with pytest.raises(ClusterError, match="has the controller k8s"):
        c.provide_ingress(controller="example.com/other")
    with pytest.raises(ClusterError, match="name is text"):
        c.provide_ingress(7)
    with pytest.raises(ApiError, match="domain-prefixed path"):
        c.provide_ingress("other", controller="nodomain")
    c.provide_ingress("other", controller="example.com/other")
    assert [item.name for item in c.simulation.web_controllers] == [
        "k8s.io/ingress-nginx",
        "example.com/other",
    ]
    with pytest.raises(SnapshotError):
        kn.load("till-dump").provide_ingress()


def test_load_balancers_are_provided_with_it():
    """A cluster without a provider gets one; a reader may still ask for the same, but not for another one."""
    c = kn.Cluster(nodes=1)
    c.provide_ingress()
    c.provide_load_balancers()
    with pytest.raises(ClusterError, match="already has a provider"):
        c.provide_load_balancers()
    other = kn.Cluster(nodes=1)
    other.provide_load_balancers("203.0.113.0/24")
    other.provide_ingress()
    other.settle()
    (ip,) = other["ingress-nginx/svc/ingress-nginx-controller"].load_balancer_ips
    assert ip.startswith("203.0.113.")


# ---- requests


def test_a_request_goes_through_the_controller(shop):
    """From outside to the balancer, to the controller's Pod, and over a connection of its own to a Pod of the Service."""
    trace = shop.trace("http://shop.example.com/cart/7")
    assert (trace.outcome, trace.status, trace.server.name) == ("connected", 200, "cart")
    kinds = [hop.kind for hop in trace.hops]
    assert kinds[0] == "name"
    assert kinds.index("balancer") < kinds.index("proxy")
    after = trace.hops[kinds.index("proxy") + 1 :]
    assert "rules" not in [
        hop.kind for hop in after
    ]  # the controller knows the endpoints: kube-proxy has no part
    proxy = next(pod for pod in shop.objects("pods", namespace="ingress-nginx"))
    assert trace.client_seen == proxy.ip
    assert trace.hops[-1].destination_after == f"{shop['pod/cart'].ip}:9000"


def test_each_hop_begins_as_the_one_before_it_ended(shop):
    """Addresses are told without a gap, through both connections, and only the last hop ends."""
    for url in ("http://shop.example.com/", "https://shop.example.com/", "http://shop.example.com/x"):
        hops = shop.trace(url).hops
        for before, after in itertools.pairwise(hops):
            assert (before.source_after, before.destination_after) == (
                after.source_before,
                after.destination_before,
            )
        assert [bool(hop.ends) for hop in hops] == [False] * (len(hops) - 1) + [True]


def test_a_pod_inside_takes_the_same_way(shop):
    """A Pod that calls the host is led to the balancer's address, and to the controller."""
    trace = shop.trace("http://shop.example.com/cart", source="pod/client")
    assert (trace.status, trace.server.name) == (200, "cart")


def test_a_request_to_the_address_alone_has_no_host(shop):
    """The controller answers 404 for a host that no rule is for; with the header Host the rule counts."""
    (ip,) = shop["ingress-nginx/svc/ingress-nginx-controller"].load_balancer_ips
    assert shop.trace(f"http://{ip}/").status == 404
    assert shop.trace(f"http://{ip}/", headers={"Host": "shop.example.com:80"}).status == 200


def test_a_plain_connection_ends_at_the_controller(shop):
    """Without a scheme nothing is asked for, so the controller waits, and the trace says how to go on."""
    trace = shop.trace("shop.example.com:80")
    assert (trace.outcome, trace.status) == ("connected", None)
    assert trace.server.namespace == "ingress-nginx"
    assert any("http://shop.example.com" in note for note in trace.facts.notes)


def test_other_names_leave_as_before(shop):
    """A host that no Ingress knows is a name of the world outside."""
    assert shop.trace("http://elsewhere.example.com/").outcome == "leaves"
    assert shop.trace("http://web/", source="pod/client").status is None  # no proxy on this way


def test_requests_are_spread_over_the_endpoints(shop):
    """The controller chooses among the ready endpoints, each with the same chance."""
    spread = shop.trace("http://shop.example.com/", times=200).spread
    assert [(share.chance, share.status) for share in spread] == [(0.5, 200)] * 2
    assert sum(share.requests for share in spread) == 200


@pytest.mark.parametrize(
    ("place", "word"),
    [
        ("missing:80", "there is no Service missing"),
        ("web:81", "has no port 81"),
        ("web:admin", "has no port admin"),
        ("empty:80", "has no ready endpoint"),
    ],
)
def test_what_leads_nowhere_is_answered_with_503(place, word):
    """No Service, no such port, no ready endpoint: the controller answers 503, as ingress-nginx does."""
    c = lab(ingress("x", rule("x.example.com", ("/", "Prefix", place))))
    trace = c.trace("http://x.example.com/any")
    assert (trace.outcome, trace.status) == ("connected", 503)
    assert word in trace.reason
    assert trace.server.namespace == "ingress-nginx"
    assert trace.facts.succeeded is False


def test_named_ports_are_those_of_the_service():
    """A backend may name the port of the Service, whatever number it has."""
    c = lab(ingress("x", rule("x.example.com", ("/", "Prefix", "web:http"))))
    assert c.trace("http://x.example.com/").status == 200


def test_a_pod_that_refuses_is_a_bad_gateway():
    """Where the program does not listen the controller answers 502."""
    c = lab(SIMPLE)
    c.listen("pod/cart", None)
    trace = c.trace("http://shop.example.com/cart")
    assert (trace.outcome, trace.status) == ("connected", 502)
    assert "no container of pod/cart listens on port 9000" in trace.reason


def test_a_pod_on_a_dead_node_is_a_timeout_of_the_gateway():
    """Where nothing answers the controller answers 504."""
    c = lab(SIMPLE)
    proxy = next(pod for pod in c.objects("pods", namespace="ingress-nginx"))
    far = next(node.name for node in c.objects("nodes") if node.name != proxy.node_name)
    c.delete("pod/cart")
    c.apply(
        f"{{apiVersion: v1, kind: Pod, metadata: {{name: far, labels: {{app: cart}}}}, spec: {{nodeName: {far}, "
        'containers: [{name: app, image: "cart:1", ports: [{containerPort: 9000}]}]}}'
    )
    c.settle()
    c.lose(far)
    trace = c.trace(
        f"http://{proxy.ip}/cart",
        source=f"node/{proxy.node_name}",
        headers={"host": "shop.example.com"},
    )
    assert (trace.outcome, trace.status) == ("connected", 504)


def test_without_a_pod_of_the_controller_the_balancer_reaches_nothing():
    """The controller scaled to zero is a Service without endpoints: refused before any rule of HTTP is read."""
    c = lab(SIMPLE)
    c.scale("ingress-nginx/deploy/ingress-nginx-controller", 0)
    c.settle()
    trace = c.trace("http://shop.example.com/")
    assert (trace.outcome, trace.status) == ("refused", None)


def test_without_a_pod_of_the_controller_no_path_leads_anywhere():
    """Routes and the map say that no path works while the controller has no Pod, as a request shows."""
    c = kn.Cluster(nodes=1)
    c.provide_ingress()
    c.apply(SHOP + "---" + ingress("shop", rule("shop.example.com", ("/", "Prefix", "web:80"))))
    c.settle()
    assert c.routes().facts.path("shop.example.com", "/").works
    c.scale("ingress-nginx/deploy/ingress-nginx-controller", 0)
    c.settle()
    assert c.trace("http://shop.example.com/").outcome == "refused"
    facts = c.routes("default").facts
    assert not facts.path("shop.example.com", "/").works
    why = facts.entrances[0].words
    assert why.startswith("ingress-nginx/service/ingress-nginx-controller: It has no ready endpoint")
    assert str(c.routes()).count(why) == 2
    (way,) = c.service_map().facts.ways_in
    assert way.words == why
    c.scale("ingress-nginx/deploy/ingress-nginx-controller", 1)
    c.settle()
    assert c.routes().facts.path("shop.example.com", "/").works


def test_a_backend_that_is_no_service_is_skipped_and_told():
    """ingress-nginx skips a path whose backend is a resource: a shorter path takes its requests, and the routes say so."""
    c = lab(SIMPLE)
    assert not c.routes().facts.unserved
    bucket = "{resource: {apiGroup: k8s.example.com, kind: Bucket, name: icons}}"
    c.apply(f"""
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {{name: icons}}
spec:
  defaultBackend: {bucket}
  rules:
  - host: icons.example.com
    http: {{paths: [{{path: /icons, pathType: Prefix, backend: {bucket}}}, {{path: /, pathType: Prefix, backend: {to("cart:80")}}}]}}
""")
    c.settle()
    assert c.trace("http://icons.example.com/icons").server.name == "cart"
    assert [(item.ref, item.hosts, str(item.words)) for item in c.routes().facts.unserved] == [
        (
            "ingress/icons",
            hosts,
            f"{place} leads to Bucket icons. ingress-nginx skips a backend that is no Service.",
        )
        for hosts, place in (
            ((), "spec.defaultBackend"),
            (("icons.example.com",), "spec.rules[0].http.paths[0]"),
        )
    ]


def test_the_program_answers_what_a_reader_said():
    """A path that answers 500 answers so through the controller, too."""
    c = lab(SIMPLE)
    c.answer("pod/cart", "/cart", 500)
    assert c.trace("http://shop.example.com/cart").status == 500


def test_several_ingresses_of_one_host_are_one():
    """Their paths are merged; of two with the same path the older one counts, and the routes say so."""
    c = lab(ingress("zz-old", rule("shop.example.com", ("/cart", "Prefix", "cart:80"))))
    c.wait("10s")
    c.apply(
        ingress("new", rule("shop.example.com", ("/cart/", "Prefix", "web:80"), ("/new", "Prefix", "web:80")))
    )
    c.settle()
    assert c.trace("http://shop.example.com/cart").server.name == "cart"
    assert c.trace("http://shop.example.com/new").server.labels["app"] == "web"
    facts = c.routes().facts
    assert facts.path("shop.example.com", "/cart/").shadowed_by == "ingress/zz-old"
    assert not facts.path("shop.example.com", "/cart").shadowed_by


def test_default_backends():
    """What no rule matches goes to the default backend of an Ingress of its host, else to one without rules, else 404."""
    one = ingress("one", rule("one.example.com", ("/a", "Prefix", "web:80")), default="cart:80")
    c = lab(one)
    assert c.trace("http://one.example.com/b").server.name == "cart"
    (ip,) = c["ingress-nginx/svc/ingress-nginx-controller"].load_balancer_ips
    assert c.trace(f"http://{ip}/").server.name == "cart"
    other = lab(ingress("two", rule("two.example.com", ("/a", "Exact", "web:80"))))
    assert other.trace("http://two.example.com/a").status == 200
    assert other.trace("http://two.example.com/a/").status == 404
    other.apply(ingress("all", default="cart:80"))
    other.settle()
    trace = other.trace("http://two.example.com/a/")
    assert trace.server.name == "cart"
    assert any("would answer 404" in note for note in trace.facts.notes)


def test_a_wildcard_host_is_one_label():
    """`*.example.com` takes shop.example.com, and neither example.com nor a.shop.example.com."""
    c = lab(ingress("x", rule("*.example.com", ("/", "Prefix", "web:80"))))
    assert c.trace("http://shop.example.com/").status == 200
    (ip,) = c["ingress-nginx/svc/ingress-nginx-controller"].load_balancer_ips
    for host in ("example.com", "a.shop.example.com"):
        assert c.trace(f"http://{ip}/", headers={"host": host}).status == 404


def test_implementation_specific_is_the_controllers_choice():
    """It is taken as Prefix, and this is said where it counts."""
    c = lab(ingress("x", rule("x.example.com", ("/a", "ImplementationSpecific", "web:80"))))
    trace = c.trace("http://x.example.com/a/b")
    assert trace.status == 200
    assert any("taken as Prefix" in hop.what for hop in trace.hops)
    assert "taken as Prefix" in c.routes().text


def test_an_external_name_is_looked_up_by_the_controller():
    """The controller calls the name that the Service stands for: one of the cluster, of the world, or of nobody."""
    c = lab(
        *(
            f"{{apiVersion: v1, kind: Service, metadata: {{name: {name}}}, spec: {{type: ExternalName, externalName: {to_},"
            " ports: [{port: 80}]}}"
            for name, to_ in (
                ("inner", "cart.default.svc.cluster.local"),
                ("outer", "api.example.net"),
                ("wrong", "cartt.default.svc.cluster.local"),
            )
        ),
        ingress(
            "x",
            rule(
                "x.example.com",
                ("/inner", "Prefix", "inner:80"),
                ("/outer", "Prefix", "outer:80"),
                ("/wrong", "Prefix", "wrong:80"),
            ),
        ),
    )
    assert c.trace("http://x.example.com/inner").server.name == "cart"
    assert c.trace("http://x.example.com/outer").outcome == "leaves"
    assert c.trace("http://x.example.com/wrong").status == 503


# ---- TLS


def secret(name, *, data="tls.crt: YQ==, tls.key: YQ=="):
    return f"{{apiVersion: v1, kind: Secret, type: kubernetes.io/tls, metadata: {{name: {name}}}, data: {{{data}}}}}"


@pytest.mark.parametrize(
    ("tls", "word"),
    [
        ("{hosts: [shop.example.com], secretName: cert}", "the certificate of Secret cert"),
        ("{hosts: ['*.example.com'], secretName: cert}", "the certificate of Secret cert"),
        ("{hosts: [shop.example.com], secretName: gone}", "the Secret gone of ingress/shop does not exist"),
        ("{hosts: [shop.example.com]}", "names no Secret"),
        ("{hosts: [other.example.com], secretName: cert}", "no object has one for shop.example.com"),
    ],
)
def test_the_controller_shows_a_certificate(tls, word):
    """Over https it shows the certificate of the host's Secret, and else its own default one; the request goes on."""
    c = lab(secret("cert"), ingress("shop", rule("shop.example.com", ("/", "Prefix", "web:80")), tls=tls))
    trace = c.trace("https://shop.example.com/")
    assert trace.status == 200
    assert any(word in hop.what for hop in trace.hops)
    assert c.kubectl("get ingress").stdout.splitlines()[1].split()[4:6] == ["80,", "443"]


def test_a_secret_of_another_type_has_no_certificate():
    """A Secret without tls.crt is as good as none."""
    c = lab(
        "{apiVersion: v1, kind: Secret, metadata: {name: cert}, data: {a: YQ==}}",
        ingress(
            "shop",
            rule("shop.example.com", ("/", "Prefix", "web:80")),
            tls="{hosts: [shop.example.com], secretName: cert}",
        ),
    )
    assert any("has no tls.crt" in hop.what for hop in c.trace("https://shop.example.com/").hops)


def test_the_wrong_scheme_for_a_port(shop):
    """Plain HTTP to the port of TLS is answered with 400, and TLS to the plain port with no status at all."""
    assert shop.trace("http://shop.example.com:443/").status == 400
    trace = shop.trace("https://shop.example.com:80/")
    assert (trace.outcome, trace.status) == ("connected", None)


# ---- what is shown


def test_describe_shows_backends_and_errors():
    """`kubectl describe ingress` resolves each backend to addresses, or to the error of the API server."""
    c = lab(
        ingress(
            "shop",
            rule("shop.example.com", ("/", "Prefix", "cart:80"), ("/x", "Exact", "gone:80")),
            default="web:http",
            tls="{hosts: [shop.example.com], secretName: cert}",
        )
    )
    text = c.kubectl("describe ingress shop").stdout
    ip, (first, second) = c["pod/cart"].ip, sorted(pod.ip for pod in c.objects("pods", "app=web"))
    assert f"/    cart:80 ({ip}:9000)" in text
    assert '/x   gone:80 (<error: services "gone" not found>)' in text
    assert first in text
    assert second in text
    assert "cert terminates shop.example.com" in text
    assert "Normal  Sync" in text


def test_the_routes_say_what_leads_nowhere():
    """A path without a Service, without a port or without Pods has its status and its reason; the others their Pods."""
    c = lab(
        ingress(
            "x",
            rule(
                "x.example.com",
                ("/", "Prefix", "web:80"),
                ("/a", "Exact", "gone:80"),
                ("/b", "Prefix", "web:81"),
                ("/c", "Prefix", "empty:80"),
            ),
        )
    )
    facts = c.routes().facts
    codes = {path.path: path.backends[0].code for path in facts.routed}
    assert codes == {"/": "ready", "/a": "no-service", "/b": "no-port", "/c": "no-endpoints"}
    assert {path.path: path.works for path in facts.routed} == {
        "/": True,
        "/a": False,
        "/b": False,
        "/c": False,
    }
    root = facts.path("x.example.com", "/")
    assert {pod.ref for pod in root.backends[0].pods} == {pod.ref for pod in c.objects("pods", "app=web")}
    assert root.gives_way == ("/a (Exact)", "/b (Prefix)", "/c (Prefix)")
    assert facts.entrances[0].hosts[0].rest is None


def test_routes_and_traces_agree(shop):
    """Each path of the routes is taken by a request for it, with the status that the routes tell."""
    c = lab(
        ingress("x", rule("x.example.com", ("/", "Prefix", "web:80"), ("/a", "Exact", "gone:80"))),
        ingress("other", rule("*.example.org", ("/b", "Prefix", "empty:80")), default="cart:80"),
    )
    for cluster in (c, shop):
        for entrance in cluster.routes().facts.entrances:
            for host in entrance.hosts:
                for path in host.paths:
                    name = host.host.replace("*", "any") or "nobody.example.net"
                    place = entrance.addresses[0]
                    trace = cluster.trace(f"http://{place}{path.path or '/none'}", headers={"host": name})
                    assert trace.status == (path.backends[0].status or 200)


def test_a_picture_of_many_hosts_shows_those_that_lead_nowhere():
    """Of very many hosts the picture shows a dozen, broken ones first; the outline has them all."""
    rules = [
        rule(f"h{n:02}.example.com", ("/", "Prefix", "gone:80" if n == 29 else "web:80")) for n in range(30)
    ]
    c = lab(ingress("x", *rules))
    figure = c.routes()
    assert "h29.example.com" in figure.svg
    assert "h20.example.com" not in figure.svg
    assert "h20.example.com" in figure.text
    assert "h20.example.com" in c.routes(unfold=True).svg


def test_the_routes_of_one_namespace():
    """A Namespace has the Ingresses in it, and none has no routes; an unknown one is an error."""
    c = lab(SIMPLE)
    c.kubectl("create namespace other")
    assert [path.source for path in c.routes("default").facts.routed] == ["ingress/shop"] * 2
    assert c.routes("other").facts.routed == ()
    with pytest.raises(kn.NotFoundError):
        c.routes("nowhere")


def test_the_map_shows_what_leads_to_a_service(shop):
    """Before its Services an Ingress stands with its paths, if a controller acts on it, and not otherwise."""
    facts = shop.service_map("default").facts
    assert {(way.source, way.path, way.service) for way in facts.ways_in} == {
        ("ingress/shop", "/", "service/web"),
        ("ingress/shop", "/cart", "service/cart"),
    }
    assert "Ingress shop" in shop.service_map("default").text
    bare = kn.Cluster(nodes=1)
    bare.apply(SIMPLE)
    assert bare.service_map().facts.ways_in == ()


def test_a_dump_shows_what_was_found(shop):
    """In a dump a controller acted on an Ingress with an address: map, routes and trace follow it, marked as found."""
    kinds = "ingress,ingressclass,svc,pods,endpointslices,nodes,ns"
    text = shop.kubectl(f"get {kinds} -A -o yaml").stdout
    dump = kn.load(text)
    assert dump.snapshot
    (entrance,) = dump.routes().facts.entrances
    assert entrance.found
    assert "as found in the dump" in dump.routes().text
    assert all(way.found for way in dump.service_map().facts.ways_in)
    assert dump.trace("http://shop.example.com/cart").server.name == "cart"


def test_a_copy_goes_its_own_way(shop):
    """A copy has the controller, too; what changes there changes nothing here."""
    other = shop.copy()
    other.delete("ingress/shop")
    other.settle()
    assert other.trace("http://shop.example.com/").outcome == "leaves"
    assert shop.trace("http://shop.example.com/").status == 200


def test_methods_and_headers_are_checked(shop):
    """What is no method and no headers is refused with a message."""
    with pytest.raises(kn.AddressError, match="method is a word"):
        shop.trace("http://shop.example.com/", method="")
    with pytest.raises(kn.AddressError, match="headers is a dict"):
        shop.trace("http://shop.example.com/", headers={"a": 1})


def created(line):
    c = kn.Cluster(nodes=1)
    out = c.kubectl(line)
    return out.stderr or c["ingress/x"].spec


@pytest.mark.parametrize(
    ("flags", "spec"),
    [
        (
            "--rule=foo.com/bar=svc1:8080,tls=my-cert",
            {
                "rules": [{"host": "foo.com", "http": {"paths": [("/bar", "Exact", "svc1", 8080)]}}],
                "tls": [{"hosts": ["foo.com"], "secretName": "my-cert"}],
            },
        ),
        (
            "--class=other --rule=/path=svc:port",
            {
                "ingressClassName": "other",
                "rules": [{"http": {"paths": [("/path", "Exact", "svc", "port")]}}],
            },
        ),
        (
            "--rule=foo.com/path*=svc:80 --rule=foo.com/*=web:http,tls --rule=bar.com/=web:80,tls",
            {
                "rules": [
                    {
                        "host": "foo.com",
                        "http": {"paths": [("/path", "Prefix", "svc", 80), ("/", "Prefix", "web", "http")]},
                    },
                    {"host": "bar.com", "http": {"paths": [("/", "Exact", "web", 80)]}},
                ],
                "tls": [{"hosts": ["foo.com", "bar.com"]}],
            },
        ),
        ("--default-backend=svc:http", {"defaultBackend": ("svc", "http")}),
    ],
)
def test_create_ingress_reads_rules(flags, spec):
    """`kubectl create ingress` makes rules, TLS and a default backend, as the examples of its help say."""

    def whole(service, port):
        return {"service": {"name": service, "port": {"number" if isinstance(port, int) else "name": port}}}

    for item in spec.get("rules", ()):
        item["http"]["paths"] = [
            {"path": path, "pathType": kind, "backend": whole(*place)}
            for path, kind, *place in item["http"]["paths"]
        ]
    if "defaultBackend" in spec:
        spec["defaultBackend"] = whole(*spec["defaultBackend"])
    assert created(f"create ingress x {flags}") == spec


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        ("", "not enough information provided: every ingress has to either specify a default-backend"),
        (
            "--rule=foo.com=svc:redis,tls",
            "rule foo.com=svc:redis,tls is invalid and should be in format host/path=svcname:svcport[,tls[=secret]]",
        ),
        ("--default-backend=xpto,4444", "default-backend should be in format servicename:serviceport"),
        ("--rule=/=a:80 --annotation=b", "annotation b is invalid and should be in format key=[value]"),
    ],
)
def test_create_ingress_refuses(flags, words):
    """What is no rule and no backend is refused in kubectl's words."""
    assert words in created(f"create ingress x {flags}")


@pytest.mark.parametrize(
    ("command", "exit_code", "words"),
    [
        ("curl http://shop.example.com/cart", 0, "answered by pod/cart"),
        ("curl -H 'Host: shop.example.com' shop.example.com/cart", 0, "200 OK"),
        ("curl shop.example.com/gone", 0, "503 Service Unavailable"),
        ("curl -sf shop.example.com/gone", 22, "curl: (22) The requested URL returned error: 503"),
        ("wget -qO- http://shop.example.com/gone", 1, "wget: server returned error: HTTP/1.1 503"),
        ("wget -qO- http://shop.example.com/cart", 0, "answered by pod/cart"),
    ],
)
def test_programs_in_a_pod_get_the_status(command, exit_code, words):
    """curl and wget ask for the path, and say what the controller answers."""
    c = lab(
        ingress(
            "shop", rule("shop.example.com", ("/cart", "Prefix", "cart:80"), ("/gone", "Prefix", "gone:80"))
        )
    )
    out = c.kubectl(f"exec client -- {command}")
    assert out.exit == exit_code
    assert words in out.stdout + out.stderr


def test_a_policy_stops_the_connection_of_the_controller():
    """NetworkPolicies are about the controller's own connection: what they drop is answered with 504."""
    wall = "{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: wall}, spec: {podSelector: {matchLabels: {app: cart}}, %s}}"
    c = lab(SIMPLE, wall % "policyTypes: [Ingress]")
    trace = c.trace("http://shop.example.com/cart")
    assert (trace.outcome, trace.status) == ("connected", 504)
    assert "NetworkPolicy wall" in trace.reason
    c.apply(
        wall
        % (
            "ingress: [{from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: ingress-nginx}}}]}]"
        )
    )
    assert c.trace("http://shop.example.com/cart").status == 200
    assert c.trace("http://shop.example.com/cart", source="pod/client").status == 200
    assert c.trace("http://cart/", source="pod/client").outcome == "timeout"


def test_explain_knows_the_fields_of_an_ingress():
    """kubectl explain has words for each field of spec, and of what stands in it."""
    c = kn.Cluster(nodes=1)
    paths = ["", ".spec", ".spec.rules", ".spec.rules.http", ".spec.rules.http.paths", ".spec.tls", ".status"]
    paths += [".spec.defaultBackend", ".spec.rules.http.paths.backend.service.port"]
    for path in paths:
        told = c.kubectl(f"explain ingress{path}")
        assert told.exit == 0
        assert "k8snotes does not explain" not in told.stdout
    assert "k8snotes does not explain" not in c.kubectl("explain ingressclass.spec").stdout
