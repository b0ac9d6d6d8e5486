"""The Gateway API with a controller that a reader provides: its kinds, statuses, and requests through its Gateways.

The cases with three backends are those of the conformance suite, as behaviour.
Source: conformance/tests in github.com/kubernetes-sigs/gateway-api
"""

import pytest

import k8snotes as kn
from k8snotes.api.gateway_api import KINDS
from k8snotes.control_plane.cel_rules import KNOWN
from k8snotes.control_plane.gateway_definitions import definitions
from k8snotes.errors import ApiError, ClusterError

VERSION = "gateway.networking.k8s.io/v1"
BACKENDS = "\n---\n".join(
    f"""
apiVersion: v1
kind: Pod
metadata: {{name: v{n}, labels: {{app: v{n}}}}}
spec: {{containers: [{{name: app, image: "echo:{n}", ports: [{{containerPort: 3000}}]}}]}}
---
apiVersion: v1
kind: Service
metadata: {{name: v{n}}}
spec: {{selector: {{app: v{n}}}, ports: [{{port: 8080, targetPort: 3000}}]}}"""
    for n in (1, 2, 3)
)


def gateway(name="gate", *listeners, class_name="example-class"):
    written = ", ".join(listeners or ("{name: http, port: 80, protocol: HTTP}",))
    return f"""
apiVersion: {VERSION}
kind: Gateway
metadata: {{name: {name}}}
spec: {{gatewayClassName: {class_name}, listeners: [{written}]}}"""


def listener(name, hostname="", *, port=80, protocol="HTTP", more=""):
    host = f", hostname: '{hostname}'" if hostname else ""
    return f"{{name: {name}, port: {port}, protocol: {protocol}{host}{more}}}"


def route(name, *rules, hosts=(), parents="{name: gate}", namespace="default"):
    named = f"hostnames: [{', '.join(repr(host) for host in hosts)}], " if hosts else ""
    return f"""
apiVersion: {VERSION}
kind: HTTPRoute
metadata: {{name: {name}, namespace: {namespace}}}
spec: {{parentRefs: [{parents}], {named}rules: [{", ".join(rules)}]}}"""


def rule(backend, *matches, port=8080):
    asked = f"matches: [{', '.join(matches)}], " if matches else ""
    return f"{{{asked}backendRefs: [{{name: {backend}, port: {port}}}]}}"


def prefix(path, more=""):
    return f"{{path: {{type: PathPrefix, value: {path}}}{more}}}"


def lab(*manifests):
    c = kn.Cluster(nodes=2)
    c.provide_gateway()
    c.apply("\n---\n".join([BACKENDS, *manifests]))
    c.settle()
    return c


def ask(c, path, host="example.com", *, gate="gate", **how):
    """Return the name of the Pod that answers, or the status where none does."""
    (ip,) = (item["value"] for item in c[f"gateway/{gate}"].status["addresses"])
    headers = {"Host": host, **how.pop("headers", {})}
    trace = c.trace(f"http://{ip}{path}", headers=headers, **how)
    assert trace.outcome == "connected"
    return trace.server.name if trace.status == 200 else trace.status


def accepted(c, name):
    (parent,) = c[f"httproute/{name}"].status["parents"]
    conditions = {item["type"]: (item["status"], item["reason"]) for item in parent["conditions"]}
    return conditions["Accepted"], conditions["ResolvedRefs"]


# ---- the kinds


def test_the_kinds_are_there_only_with_a_controller():
    """Before, kubectl knows no Gateway, in its own words; then it does, even while there is no object of it."""
    c = kn.Cluster(nodes=1)
    out = c.kubectl("apply -f -", stdin=gateway())
    assert (
        f'no matches for kind "Gateway" in version "{VERSION}"\nensure CRDs are installed first' in out.stderr
    )
    assert 'the server doesn\'t have a resource type "gateways"' in c.kubectl("get gateways").stderr
    c.provide_gateway()
    assert c.kubectl("get gtw").stderr == "No resources found in default namespace.\n"
    assert c.objects("gateways") == c.objects("httproutes") == []
    assert list(c.get("gtw").columns)[:3] == ["NAMESPACE", "NAME", "CLASS"]
    assert (
        c.kubectl("apply -f -", stdin=gateway()).stdout == "gateway.gateway.networking.k8s.io/gate created\n"
    )
    names = c.kubectl("api-resources --api-group=gateway.networking.k8s.io -o name").stdout.split()
    assert names == sorted(kind.qualified for kind in KINDS)


def test_kubectl_prints_the_columns_of_the_definitions():
    """Class, address and Programmed of a Gateway, the hosts of a route as JSON, and a class without a Namespace."""
    c = lab(gateway(), route("shop", rule("v1"), hosts=["shop.example.com"]))
    ip = c["gateway/gate"].status["addresses"][0]["value"]
    head, line = (line.split() for line in c.kubectl("get gateways").stdout.splitlines())
    assert head == ["NAME", "CLASS", "ADDRESS", "PROGRAMMED", "AGE"]
    assert line[:4] == ["gate", "example-class", ip, "True"]
    assert '["shop.example.com"]' in c.kubectl("get httproutes").stdout
    assert c.kubectl("get gatewayclasses").stdout.splitlines()[1].split()[:3] == [
        "example-class",
        "example.com/gateway-controller",
        "True",
    ]
    assert "namespace" not in c["gatewayclass/example-class"].metadata


def test_the_definitions_have_defaults_and_rules():
    """What is left out is filled in, and what cannot be is refused in the API server's words."""
    c = lab(gateway())
    assert c["gateway/gate"].spec["listeners"][0]["allowedRoutes"] == {"namespaces": {"from": "Same"}}
    with pytest.raises(ApiError) as refused:
        c.apply(gateway("bad", "{name: http, port: 70000, protocol: HTTP}"))
    assert [cause.message for cause in refused.value.causes] == [
        "Invalid value: 70000: spec.listeners[0].port in body should be less than or equal to 65535"
    ]
    with pytest.raises(ApiError, match="unknown field"):
        c.apply(route("bad", "{matchs: []}"))
    with pytest.raises(ApiError, match="Unsupported value"):
        c.apply(route("bad", rule("v1", "{path: {type: Sideways, value: /}}")))
    c.apply(route("plain", "{backendRefs: [{name: v1, port: 8080}]}"))
    (made,) = c["httproute/plain"].spec["rules"]
    assert made["matches"] == [{"path": {"type": "PathPrefix", "value": "/"}}]
    assert made["backendRefs"] == [{"group": "", "kind": "Service", "name": "v1", "port": 8080, "weight": 1}]


@pytest.mark.parametrize(
    ("manifest", "field", "message"),
    [
        (
            gateway("bad", listener("a"), listener("a", port=81)),
            "spec.listeners",
            "Listener name must be unique within the Gateway",
        ),
        (
            gateway("bad", listener("a"), listener("b")),
            "spec.listeners",
            "Combination of port, protocol and hostname must be unique for each listener",
        ),
        (
            gateway("bad", listener("a", more=", tls: {certificateRefs: [{name: cert}]}")),
            "spec.listeners",
            "tls must not be specified for protocols ['HTTP', 'TCP', 'UDP']",
        ),
        (
            gateway("bad", listener("a", "a.com", port=81, protocol="TCP")),
            "spec.listeners",
            "hostname must not be specified for protocols ['TCP', 'UDP']",
        ),
        (
            route("bad", rule("v1", "{path: {type: Exact, value: cart}}")),
            "spec.rules[0].matches[0].path",
            "value must be an absolute path and start with '/' when type one of ['Exact', 'PathPrefix']",
        ),
        (
            route("bad", rule("v1", prefix("/a/../b"))),
            "spec.rules[0].matches[0].path",
            "must not contain '/../' when type one of ['Exact', 'PathPrefix']",
        ),
        (
            route("bad", "{backendRefs: [{name: v1}]}"),
            "spec.rules[0].backendRefs[0]",
            "Must have port for Service reference",
        ),
    ],
)
def test_rules_in_cel_are_kept(manifest, field, message):
    """What the definitions forbid in CEL is refused with their message, and the value is not shown."""
    c = kn.Cluster(nodes=1)
    c.provide_gateway()
    with pytest.raises(ApiError) as refused:
        c.apply(manifest)
    assert (field, f"Invalid value: {message}") in [
        (cause.field, cause.message) for cause in refused.value.causes
    ]


def test_rules_in_cel_wait_for_the_schema():
    """If the schema is broken in a way that blocks, the rules are not looked at, and this is said."""
    c = kn.Cluster(nodes=1)
    c.provide_gateway()
    with pytest.raises(ApiError) as refused:
        c.apply(gateway("bad", "{name: a, port: 80}", "{name: a, port: 80}"))
    causes = [(cause.field, cause.message) for cause in refused.value.causes]
    assert causes[0] == ("spec.listeners[0].protocol", "Required value")
    field, message = causes[-1]
    assert (field, len(causes)) == ("<nil>", 3)
    assert message == (
        "Invalid value: null: some validation rules were not checked because the object was invalid; correct the "
        "existing errors to complete validation"
    )


def test_each_rule_of_the_definitions_is_known():
    """No rule in CEL is written into the definitions that would be passed over."""

    def found(schema):
        if isinstance(schema, dict):
            yield from (item["rule"] for item in schema.get("x-kubernetes-validations", ()))
            for item in schema.values():
                yield from found(item)
        elif isinstance(schema, list):
            for item in schema:
                yield from found(item)

    assert {rule for item in definitions() for rule in found(item["spec"])} == {*KNOWN}


def test_a_new_object_waits_for_its_controller():
    """Until a controller has seen it, a Gateway is not known to be accepted."""
    c = kn.Cluster(nodes=1)
    c.provide_gateway()
    c.apply(gateway(class_name="theirs"))
    c.settle()
    conditions = c["gateway/gate"].status["conditions"]
    assert {(item["type"], item["status"], item["reason"]) for item in conditions} == {
        ("Accepted", "Unknown", "Pending"),
        ("Programmed", "Unknown", "Pending"),
    }
    assert "theirs" in c.routes().facts.unserved[0].words
    assert [note.code for note in c.simulation.limits.all()] == ["gateways"]


def test_generations_count_changes_of_the_specification():
    """The conditions say which generation they are about."""
    c = lab(gateway())
    assert c["gateway/gate"].metadata["generation"] == 1
    c.apply(gateway("gate", listener("http"), listener("other", "other.example.com")))
    c.settle()
    assert c["gateway/gate"].metadata["generation"] == 2
    assert {item["observedGeneration"] for item in c["gateway/gate"].status["conditions"]} == {2}


def test_providing_twice():
    """The same controller is refused; another one may have a class of its own."""
    c = kn.Cluster(nodes=1)
    c.provide_gateway()
    with pytest.raises(ClusterError, match="already has the controller"):
        c.provide_gateway("other")
    c.provide_gateway("other", controller="example.com/other")
    c.settle()
    assert {obj.name for obj in c.objects("gatewayclasses")} == {"example-class", "other"}


# ---- the proxy of a Gateway


def test_a_gateway_gets_a_proxy_and_an_address():
    """A Deployment and a Service carry its name and that of its class, and go when it goes."""
    c = lab(gateway())
    service = c["svc/gate-example-class"]
    assert service.labels["gateway.networking.k8s.io/gateway-name"] == "gate"
    assert c["gateway/gate"].status["addresses"] == [
        {"type": "IPAddress", "value": service.load_balancer_ips[0]}
    ]
    c.delete("gateway/gate")
    c.settle()
    assert not [obj for obj in c.objects("deployments") if obj.name.startswith("gate")]
    assert not [obj for obj in c.objects("services") if obj.name.startswith("gate")]


def test_a_new_listener_is_a_new_port():
    """The Service of the proxy follows the listeners, and its other ports keep their node port."""
    c = lab(gateway(), route("all", rule("v1")))
    before = c["svc/gate-example-class"].ports[0].node_port
    c.apply(gateway("gate", listener("http"), listener("more", port=8080)))
    c.settle()
    ports = c["svc/gate-example-class"].ports
    assert [port.port for port in ports] == [80, 8080]
    assert ports[0].node_port == before
    (ip,) = c["svc/gate-example-class"].load_balancer_ips
    assert c.trace(f"http://{ip}:8080/").status == 200


def test_a_gateway_may_ask_for_its_address():
    """An address in its specification is the one that its load balancer gets, if it is free."""
    c = lab(gateway().replace("gatewayClassName:", "addresses: [{value: 198.51.100.7}], gatewayClassName:"))
    assert c["gateway/gate"].status["addresses"] == [{"type": "IPAddress", "value": "198.51.100.7"}]


# ---- conformance: which route takes a request


def test_matching():
    """HTTPRouteMatching: paths and headers, and either of two matches is enough."""
    c = lab(
        gateway(),
        route(
            "matching",
            rule("v1", prefix("/"), "{headers: [{name: version, value: one}]}"),
            rule("v2", prefix("/v2"), "{headers: [{name: version, value: two}]}"),
        ),
    )
    assert ask(c, "/") == ask(c, "/example") == ask(c, "/", headers={"Version": "one"}) == "v1"
    assert ask(c, "/v2") == ask(c, "/v2/example") == ask(c, "/", headers={"Version": "two"}) == "v2"
    assert ask(c, "/v2example") == "v1"


def test_matching_across_routes():
    """HTTPRouteMatchingAcrossRoutes: two routes of one host are one."""
    c = lab(
        gateway(),
        route(
            "part1",
            rule("v1", prefix("/"), "{headers: [{name: version, value: one}]}"),
            hosts=["example.com", "example.net"],
        ),
        route(
            "part2",
            rule("v2", prefix("/v2"), "{headers: [{name: version, value: two}]}"),
            hosts=["example.com"],
        ),
    )
    assert ask(c, "/") == ask(c, "/example") == ask(c, "/example", "example.net") == "v1"
    assert ask(c, "/example", headers={"Version": "one"}) == "v1"
    assert ask(c, "/v2") == ask(c, "/v2/example") == ask(c, "/", headers={"Version": "two"}) == "v2"
    assert ask(c, "/v2", "example.net") == "v1"  # matches of part2 are for example.com alone


def test_exact_paths():
    """HTTPExactPathMatching: an exact path is that one, letter by letter."""
    c = lab(
        gateway(),
        route(
            "exact",
            rule("v1", "{path: {type: Exact, value: /one}}"),
            rule("v2", "{path: {type: Exact, value: /two}}"),
        ),
    )
    assert (ask(c, "/one"), ask(c, "/two")) == ("v1", "v2")
    for path in ("/", "/one/example", "/two/", "/Two"):
        assert ask(c, path) == 404


def test_path_order():
    """HTTPRoutePathMatchOrder: exact before prefix, and the longer prefix first."""
    c = lab(
        gateway(),
        route(
            "order",
            rule("v3", "{path: {type: Exact, value: /match/exact/one}}"),
            rule("v2", "{path: {type: Exact, value: /match/exact}}"),
            rule("v1", "{path: {type: Exact, value: /match}}"),
            rule("v2", prefix("/match/prefix/one/")),
            rule("v1", prefix("/match/prefix/")),
            rule("v3", prefix("/match/")),
        ),
    )
    wanted = {
        "/match/exact/one": "v3",
        "/match/exact": "v2",
        "/match": "v1",
        "/match/prefix/one/any": "v2",
        "/match/prefix/any": "v1",
        "/match/any": "v3",
    }
    assert {path: ask(c, path) for path in wanted} == wanted


def test_headers():
    """HTTPRouteHeaderMatching: all headers of a match, more of them first, names in any case."""
    c = lab(
        gateway(),
        route(
            "headers",
            rule("v1", "{headers: [{name: version, value: one}]}"),
            rule("v2", "{headers: [{name: version, value: two}]}"),
            rule("v1", "{headers: [{name: version, value: two}, {name: color, value: orange}]}"),
            rule("v1", "{headers: [{name: color, value: blue}]}", "{headers: [{name: color, value: green}]}"),
            rule("v2", "{headers: [{name: color, value: red}]}", "{headers: [{name: color, value: yellow}]}"),
        ),
    )
    for headers, wanted in (
        ({"Version": "one"}, "v1"),
        ({"Version": "two"}, "v2"),
        ({"Version": "two", "Color": "orange"}, "v1"),
        ({"Version": "two", "Color": "blue"}, "v2"),  # of two alike, the first rule
        ({"Color": "orange"}, 404),
        ({"Some-Other-Header": "one"}, 404),
        ({"Color": "blue"}, "v1"),
        ({"Color": "green"}, "v1"),
        ({"Color": "red"}, "v2"),
        ({"Color": "yellow"}, "v2"),
        ({"Color": "purple"}, 404),
    ):
        assert ask(c, "/", headers=headers) == wanted, headers


def test_methods():
    """HTTPRouteMethodMatching: a method with a path, with headers, and before more headers."""
    c = lab(
        gateway(),
        route(
            "methods",
            rule("v1", "{method: POST}"),
            rule("v2", "{method: GET}"),
            rule("v1", prefix("/path1", ", method: GET")),
            rule("v2", "{method: PUT, headers: [{name: version, value: one}]}"),
            rule("v3", prefix("/path2", ", method: POST, headers: [{name: version, value: two}]")),
            rule("v1", prefix("/path5")),
            rule("v2", "{method: PATCH}"),
            rule("v3", "{headers: [{name: version, value: four}]}"),
        ),
    )
    assert ask(c, "/", method="POST") == "v1"
    assert ask(c, "/", method="GET") == "v2"
    assert ask(c, "/", method="HEAD") == 404
    assert ask(c, "/path1", method="GET") == "v1"
    assert ask(c, "/", method="PUT", headers={"version": "one"}) == "v2"
    assert ask(c, "/path2", method="POST", headers={"version": "two"}) == "v3"
    assert ask(c, "/", method="PUT") == 404
    assert ask(c, "/path5", method="PATCH") == "v1"  # the path decides before the method
    assert ask(c, "/", method="PATCH", headers={"version": "four"}) == "v2"  # the method before headers


def test_query_parameters():
    """HTTPRouteQueryParamMatching: all parameters of a match, letters in their case, whatever else is asked."""
    c = lab(
        gateway(),
        route(
            "query",
            rule("v1", "{queryParams: [{name: animal, value: whale}]}"),
            rule("v2", "{queryParams: [{name: animal, value: dolphin}]}"),
            rule("v3", "{queryParams: [{name: animal, value: dolphin}, {name: color, value: blue}]}"),
            rule("v3", "{queryParams: [{name: ANIMAL, value: Whale}]}"),
        ),
    )
    for query, wanted in (
        ("?animal=whale", "v1"),
        ("?animal=dolphin", "v2"),
        ("?animal=dolphin&color=blue", "v3"),
        ("?ANIMAL=Whale", "v3"),
        ("?animal=whale&otherparam=irrelevant", "v1"),
        ("?animal=dolphin&color=yellow", "v2"),
        ("?color=blue", 404),
        ("?animal=dog", 404),
        ("?animal=whaledolphin", 404),
        ("", 404),
    ):
        assert ask(c, f"/{query}") == wanted, query


def test_listener_hostnames():
    """HTTPRouteListenerHostnameMatching: each host has its listener, and each listener its route."""
    c = lab(
        gateway(
            "gate", listener("one", "bar.com"), listener("two", "foo.bar.com"), listener("three", "*.bar.com")
        ),
        route("r1", rule("v1"), parents="{name: gate, sectionName: one}"),
        route("r2", rule("v2"), parents="{name: gate, sectionName: two}"),
        route("r3", rule("v3"), parents="{name: gate, sectionName: three}"),
    )
    for host, wanted in (
        ("bar.com", "v1"),
        ("foo.bar.com", "v2"),
        ("baz.bar.com", "v3"),
        ("multiple.prefixes.bar.com", "v3"),
        ("foo.com", 404),
        ("no.matching.host", 404),
    ):
        assert ask(c, "/", host) == wanted, host
    assert c.trace("http://foo.bar.com/").server.name == "v2"


def test_listeners_are_isolated():
    """GatewayHTTPListenerIsolation: a request is for the listener of the most exact host, and for no other one."""
    hosts = {
        "empty": "",
        "wild": "*.example.com",
        "wild-foo": "*.foo.example.com",
        "abc-foo": "abc.foo.example.com",
    }
    c = lab(
        gateway("gate", *(listener(name, host) for name, host in hosts.items())),
        *(
            route(name, rule("v1", prefix(f"/{name}")), parents=f"{{name: gate, sectionName: {name}}}")
            for name in hosts
        ),
    )
    asked = {"bar.com": "empty", "bar.example.com": "wild", "bar.foo.example.com": "wild-foo"}
    asked["abc.foo.example.com"] = "abc-foo"
    for host, own in asked.items():
        assert {name: ask(c, f"/{name}", host) for name in hosts} == {
            name: "v1" if name == own else 404 for name in hosts
        }


def test_hostnames_intersect():
    """HTTPRouteHostnameIntersection: only hosts that route and listener have in common are served."""
    c = lab(
        gateway(
            "gate",
            listener("one", "very.specific.com"),
            listener("two", "*.wildcard.io"),
            listener("three", "*.anotherwildcard.io"),
        ),
        route("r1", rule("v1", prefix("/s1")), hosts=["non.matching.com", "*.non.io", "very.specific.com"]),
        route(
            "r2",
            rule("v2", prefix("/s2")),
            hosts=["non.matching.com", "wildcard.io", "foo.wildcard.io", "foo.bar.wildcard.io"],
        ),
        route("r3", rule("v3", prefix("/s3")), hosts=["non.matching.com", "*.specific.com"]),
        route("r4", rule("v1", prefix("/s4")), hosts=["*.anotherwildcard.io"]),
        route("r5", rule("v2", prefix("/s5")), hosts=["specific.but.wrong.com", "wildcard.io"]),
    )
    for host, path, wanted in (
        ("very.specific.com:1234", "/s1", "v1"),
        ("non.matching.com", "/s1", 404),
        ("foo.non.io", "/s1", 404),
        ("foo.wildcard.io", "/s1", 404),
        ("foo.wildcard.io", "/s2", "v2"),
        ("foo.bar.wildcard.io", "/s2", "v2"),
        ("wildcard.io", "/s2", 404),
        ("very.specific.com", "/s2", 404),
        ("very.specific.com", "/s3", "v3"),
        ("foo.specific.com", "/s3", 404),
        ("foo.bar.anotherwildcard.io", "/s4", "v1"),
        ("anotherwildcard.io", "/s4", 404),
        ("specific.but.wrong.com", "/s5", 404),
    ):
        assert ask(c, path, host) == wanted, (host, path)
    assert accepted(c, "r5")[0] == ("False", "NoMatchingListenerHostname")
    counts = {item["name"]: item["attachedRoutes"] for item in c["gateway/gate"].status["listeners"]}
    assert counts == {"one": 2, "two": 1, "three": 1}


def test_weights():
    """HTTPRouteWeight: requests are shared out by weight, and a weight of 0 gets none."""
    backends = "backendRefs: [{name: v1, port: 8080, weight: 70}, {name: v2, port: 8080, weight: 30}, "
    c = lab(gateway(), route("weights", f"{{{backends}{{name: v3, port: 8080, weight: 0}}]}}"))
    (ip,) = (item["value"] for item in c["gateway/gate"].status["addresses"])
    spread = c.trace(f"http://{ip}/", times=500).spread
    assert {share.server: share.chance for share in spread} == {"pod/v1": 0.7, "pod/v2": 0.3}


# ---- conformance: attachment, and the conditions that say why not


@pytest.mark.parametrize(
    ("parents", "reason"),
    [
        ("{name: gate, sectionName: nowhere}", "NoMatchingParent"),
        ("{name: gate, port: 81}", "NoMatchingParent"),
        ("{name: gate, sectionName: http, port: 80}", "Accepted"),
    ],
)
def test_a_parent_is_a_listener(parents, reason):
    """HTTPRouteInvalidParentRefNotMatchingSectionName and ...Port: a listener that is not there is no parent."""
    c = lab(gateway(), route("r", rule("v1"), parents=parents))
    status = "True" if reason == "Accepted" else "False"
    assert accepted(c, "r") == ((status, reason), ("True", "ResolvedRefs"))
    assert ask(c, "/") == ("v1" if reason == "Accepted" else 404)


@pytest.mark.parametrize(
    ("allowed", "labels", "reason"),
    [
        ("", "", "NotAllowedByListeners"),
        ("{namespaces: {from: Same}}", "", "NotAllowedByListeners"),
        ("{namespaces: {from: All}}", "", "Accepted"),
        ("{namespaces: {from: Selector, selector: {matchLabels: {team: a}}}}", "team: a", "Accepted"),
        ("{namespaces: {from: Selector, selector: {matchLabels: {team: a}}}}", "", "NotAllowedByListeners"),
    ],
)
def test_a_listener_says_which_namespaces_it_lets_in(allowed, labels, reason):
    """HTTPRouteCrossNamespace and HTTPRouteInvalidCrossNamespaceParentRef: Same is the default."""
    more = f", allowedRoutes: {allowed}" if allowed else ""
    c = lab(
        f"{{apiVersion: v1, kind: Namespace, metadata: {{name: team, labels: {{{labels}}}}}}}",
        BACKENDS.replace("metadata: {name:", "metadata: {namespace: team, name:"),
        gateway("gate", listener("http", more=more)),
        route("r", rule("v1"), parents="{name: gate, namespace: default}", namespace="team"),
    )
    (parent,) = c["team/httproute/r"].status["parents"]
    assert parent["conditions"][0]["reason"] == reason
    assert ask(c, "/") == ("v1" if reason == "Accepted" else 404)


@pytest.mark.parametrize(
    ("backend", "reason", "status"),
    [
        ("{name: gone, port: 8080}", "BackendNotFound", 500),
        ("{name: v1, port: 9999}", "BackendNotFound", 500),
        ("{name: v1, port: 8080, kind: Thing, group: example.com}", "InvalidKind", 500),
        ("{name: v1, port: 8080, namespace: other}", "RefNotPermitted", 500),
        ("{name: empty, port: 80}", "ResolvedRefs", 503),
    ],
)
def test_backends_that_cannot_be_used(backend, reason, status):
    """HTTPRouteInvalid...BackendRef: the route is accepted, its references are not resolved, and the answer is 500."""
    c = lab(
        "{apiVersion: v1, kind: Service, metadata: {name: empty}, spec: {selector: {app: nobody}, ports: [{port: 80}]}}",
        gateway(),
        route("r", f"{{backendRefs: [{backend}]}}"),
    )
    assert accepted(c, "r") == (("True", "Accepted"), ("True" if status == 503 else "False", reason))
    assert ask(c, "/") == status
    (path,) = c.routes().facts.routed
    assert path.backends[0].status == status


def test_a_share_of_requests_to_an_invalid_backend_fails():
    """Of several backends, only the part of the requests fails that an invalid one would have got."""
    c = lab(
        gateway(), route("r", "{backendRefs: [{name: v1, port: 8080, weight: 3}, {name: gone, port: 1}]}")
    )
    (ip,) = (item["value"] for item in c["gateway/gate"].status["addresses"])
    figure = c.trace(f"http://{ip}/", times=10)
    assert {share.status: share.chance for share in figure.spread} == {200: 0.75, 500: 0.25}
    assert sorted(figure.shares["status"]) == [200, 500]
    assert "500 Internal Server Error" in figure.text


def test_no_weight_at_all_is_an_error():
    """A rule without backends, or with weights of 0 alone, answers 500."""
    c = lab(
        gateway(),
        route("r", "{backendRefs: [{name: v1, port: 8080, weight: 0}]}", "{matches: [" + prefix("/x") + "]}"),
    )
    assert (ask(c, "/"), ask(c, "/x")) == (500, 500)


def test_regular_expressions_are_out():
    """A route that asks for a regular expression is not accepted, and its condition says what it is about."""
    c = lab(gateway(), route("r", rule("v1", "{path: {type: RegularExpression, value: '/a.*'}}")))
    assert accepted(c, "r")[0] == ("False", "UnsupportedValue")
    assert ask(c, "/ab") == 404
    assert "UnsupportedValue" in c.routes().facts.unserved[0].words


def test_filters_are_said_to_be_out():
    """A route with filters is followed as if it had none, and trace, routes and notes say so."""
    header = "{type: RequestHeaderModifier, requestHeaderModifier: {add: [{name: a, value: b}]}}"
    c = lab(gateway(), route("r", f"{{filters: [{header}], backendRefs: [{{name: v1, port: 8080}}]}}"))
    (ip,) = (item["value"] for item in c["gateway/gate"].status["addresses"])
    trace = c.trace(f"http://{ip}/")
    assert trace.status == 200
    assert any("RequestHeaderModifier" in note for note in trace.facts.notes)
    assert "RequestHeaderModifier" in c.routes().text
    assert [note.code for note in c.simulation.limits.all()] == ["gateway-filters"]


def test_a_redirect_is_an_answer_that_is_not_known():
    """A rule that only redirects has no backend: the proxy answers, and nothing is claimed about its status."""
    c = lab(gateway(), route("r", "{filters: [{type: RequestRedirect, requestRedirect: {scheme: https}}]}"))
    assert ask(c, "/") is None


# ---- conformance: listeners


def conditions(c, name, gate="gate"):
    (item,) = (item for item in c[f"gateway/{gate}"].status["listeners"] if item["name"] == name)
    return {each["type"]: (each["status"], each["reason"]) for each in item["conditions"]}, item


def test_unsupported_protocols_and_kinds():
    """GatewayInvalidRouteKind: a listener for other kinds or protocols says so, and takes no route."""
    kinds = ", allowedRoutes: {kinds: [{kind: TCPRoute}]}"
    both = ", allowedRoutes: {kinds: [{kind: HTTPRoute}, {kind: TCPRoute}]}"
    c = lab(
        gateway(
            "gate",
            listener("kinds", "a.com", more=kinds),
            listener("both", "b.com", more=both),
            listener("tcp", port=81, protocol="TCP"),
        ),
        route("r", rule("v1")),
    )
    found, item = conditions(c, "kinds")
    assert (found["ResolvedRefs"], item["supportedKinds"], item["attachedRoutes"]) == (
        ("False", "InvalidRouteKinds"),
        [],
        0,
    )
    found, item = conditions(c, "both")
    assert (found["ResolvedRefs"], item["attachedRoutes"]) == (("False", "InvalidRouteKinds"), 1)
    assert item["supportedKinds"] == [{"group": "gateway.networking.k8s.io", "kind": "HTTPRoute"}]
    assert conditions(c, "tcp")[0]["Accepted"] == ("False", "UnsupportedProtocol")
    assert ask(c, "/", "b.com") == "v1"
    assert ask(c, "/", "a.com") == 404


def test_listeners_that_conflict_are_not_served():
    """Two listeners of one port with different protocols are not distinct: none of them is accepted."""
    c = lab(
        gateway(
            "gate",
            listener("one", port=80),
            listener("two", port=80, protocol="TCP"),
            listener("ok", port=81),
        )
    )
    for name in ("one", "two"):
        assert conditions(c, name)[0]["Conflicted"] == ("True", "ProtocolConflict")
        assert conditions(c, name)[0]["Accepted"] == ("False", "ProtocolConflict")
    assert conditions(c, "ok")[0]["Accepted"] == ("True", "Accepted")
    accepted_ = {
        item["type"]: (item["status"], item["reason"]) for item in c["gateway/gate"].status["conditions"]
    }
    assert accepted_["Accepted"] == ("True", "ListenersNotValid")


@pytest.mark.parametrize(
    ("tls", "reason"),
    [
        ("{certificateRefs: [{name: cert}]}", "ResolvedRefs"),
        ("{certificateRefs: [{name: gone}]}", "InvalidCertificateRef"),
        ("{certificateRefs: [{name: cert, kind: ConfigMap}]}", "InvalidCertificateRef"),
        ("{certificateRefs: [{name: cert, namespace: other}]}", "RefNotPermitted"),
    ],
)
def test_certificates_of_a_listener(tls, reason):
    """GatewayInvalidTLSConfiguration: a listener without its certificate is not programmed, and serves nothing."""
    c = lab(
        "{apiVersion: v1, kind: Secret, type: kubernetes.io/tls, metadata: {name: cert}, data: {tls.crt: YQ==, tls.key: YQ==}}",
        gateway(
            "gate", listener("https", "shop.example.com", port=443, protocol="HTTPS", more=f", tls: {tls}")
        ),
        route("r", rule("v1")),
    )
    found, _item = conditions(c, "https")
    good = reason == "ResolvedRefs"
    assert found["ResolvedRefs"] == ("True" if good else "False", reason)
    assert found["Programmed"][0] == ("True" if good else "False")
    if good:
        trace = c.trace("https://shop.example.com/")
        assert trace.status == 200
        assert any("the certificate of Secret cert" in hop.what for hop in trace.hops)
        assert c.trace("http://shop.example.com:443/").status == 400


def test_the_routes_show_listeners_without_routes_and_those_that_serve_nothing():
    """A listener to which nothing is attached answers 404, and one that is not valid says why."""
    c = lab(gateway("gate", listener("http", "shop.example.com"), listener("tcp", port=81, protocol="TCP")))
    facts = c.routes().facts
    (host,) = facts.entrances[0].hosts
    assert (host.host, host.listener, host.paths, host.rest) == ("shop.example.com", "http", (), 404)
    (lost,) = facts.unserved
    assert "UnsupportedProtocol" in lost.words
    assert "404 Not Found" in c.routes().text


def test_a_gateway_without_an_address_says_so():
    """Without Nodes no Pod of the proxy is ready, so the Gateway is accepted, but not programmed."""
    c = kn.Cluster(nodes=0)
    c.provide_gateway()
    c.apply(gateway())
    c.settle()
    found = {
        item["type"]: (item["status"], item["reason"]) for item in c["gateway/gate"].status["conditions"]
    }
    assert found == {"Accepted": ("True", "Accepted"), "Programmed": ("False", "Pending")}


def test_conditions_follow_what_changes():
    """A Service that comes later resolves the reference, and the time of the condition is that of the change."""
    c = lab(gateway(), route("r", rule("late", port=80)))
    assert accepted(c, "r")[1] == ("False", "BackendNotFound")
    c.wait("60s")
    c.apply(
        "{apiVersion: v1, kind: Service, metadata: {name: late}, spec: {selector: {app: v1}, ports: [{port: 80, targetPort: 3000}]}}"
    )
    c.settle()
    assert accepted(c, "r") == (("True", "Accepted"), ("True", "ResolvedRefs"))
    first, second = c["httproute/r"].status["parents"][0]["conditions"]
    assert first["lastTransitionTime"] < second["lastTransitionTime"]
    assert ask(c, "/") == "v1"


def test_the_architecture_calls_the_kinds_by_their_names():
    """etcd stores Gateways, and kube-controller-manager does not run their controller."""
    text = lab(gateway()).architecture().text
    assert "1 GatewayClass" in text
    assert "1 Gateway\n" in text
    assert "gateway-controller" not in text


def test_settling_comes_to_rest():
    """Nothing is written once all is said."""
    c = lab(gateway(), route("r", rule("v1"), rule("gone", prefix("/x"))))
    assert not c.settle()


def test_a_dump_shows_what_was_found():
    """In a dump a Gateway with an address led requests; routes and map follow it, marked as found."""
    c = lab(gateway(), route("r", rule("v1"), hosts=["shop.example.com"]))
    kinds = "gatewayclasses,gateways,httproutes,svc,pods,endpointslices,nodes,ns"
    dump = kn.load(c.kubectl(f"get {kinds} -A -o yaml").stdout)
    (entrance,) = dump.routes().facts.entrances
    assert (entrance.found, entrance.name) == (True, "gateway/gate")
    assert dump.trace("http://shop.example.com/").server.name == "v1"
    assert "HTTPRoute r" in dump.service_map().text


def test_the_proxy_opens_no_port_for_a_listener_without_a_certificate():
    """The Service of a Gateway has the ports of its valid listeners, and gets another once its Secret is there."""
    tls = ", tls: {certificateRefs: [{name: cert}]}"
    c = lab(gateway("gate", listener("http"), listener("tls", port=443, protocol="HTTPS", more=tls)))
    assert [item.port for item in c["svc/gate-example-class"].ports] == [80]
    (ip,) = (item["value"] for item in c["gateway/gate"].status["addresses"])
    assert c.trace(f"https://{ip}/").outcome != "connected"
    c.kubectl(
        "create secret generic cert --type=kubernetes.io/tls --from-literal=tls.crt=a --from-literal=tls.key=b"
    )
    c.settle()
    assert [item.port for item in c["svc/gate-example-class"].ports] == [80, 443]
    assert c.trace(f"https://{ip}/").outcome == "connected"
    c.delete("secret/cert")
    c.settle()
    assert [item.port for item in c["svc/gate-example-class"].ports] == [80]


def test_a_backend_of_weight_0_leads_nowhere_in_the_routes():
    """A rule whose backends all have weight 0 answers 500, and the routes say that it does not work."""

    def weighed(path, *weights):
        refs = ", ".join(
            f"{{name: v{n}, port: 8080, weight: {weight}}}" for n, weight in enumerate(weights, 1)
        )
        return f"{{matches: [{prefix(path)}], backendRefs: [{refs}]}}"

    c = lab(gateway(), route("shop", weighed("/none", 0, 0), weighed("/some", 0, 3)))
    assert (ask(c, "/none"), ask(c, "/some")) == (500, "v2")
    facts = c.routes().facts
    none, some = facts.path("", "/none"), facts.path("", "/some")
    assert (none.works, some.works) == (False, True)
    words = [str(item.words) for item in (*none.backends, *some.backends)]
    assert words == ["Its weight is 0, so it gets no request."] * 3 + [""]
    ways = {(way.path, way.service): way.words for way in c.service_map().facts.ways_in}
    assert ways["/none", "service/v2"] == words[0]
    assert ways["/some", "service/v2"] == ""


def test_an_unknown_field_of_a_gateway_is_refused():
    """Labels without matchLabels, in the selector of a listener: the schema of the kind has no such field."""
    c = kn.Cluster(nodes=1)
    c.provide_gateway()
    gateway = """
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: public}
spec:
  gatewayClassName: example
  listeners:
  - name: http
    port: 80
    protocol: HTTP
    allowedRoutes: {namespaces: {from: Selector, selector: %s}}
"""
    wrong = c.kubectl("apply -f -", stdin=gateway % "{team: test}")
    assert 'unknown field "spec.listeners[0].allowedRoutes.namespaces.selector.team"' in wrong.stderr
    for right in (
        "{matchLabels: {team: test}}",
        "{matchExpressions: [{key: team, operator: In, values: [test]}]}",
    ):
        assert c.kubectl("apply -f -", stdin=gateway % right).exit == 0
