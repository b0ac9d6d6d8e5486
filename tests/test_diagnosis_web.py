"""A diagnosis through Ingresses, Gateways and NetworkPolicies: which question finds the fault, and the same as traces."""

import random

import pytest
import test_gateway as gateways
import test_ingress as ingresses
from test_ingress import ingress, rule

import k8snotes as kn
from k8snotes.errors import NotFoundError

POLICY = """{{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {{name: {name}}}, spec: {{
  podSelector: {{matchLabels: {{app: {app}}}}}, policyTypes: [{types}], {rules}}}}}"""


def fault_of(c, url, **more):
    fault = c.diagnose(url, **more).facts.fault
    return fault.code if fault else ""


@pytest.fixture(scope="module")
def shop():
    return ingresses.lab(
        ingresses.SIMPLE,
        ingress(
            "other",
            rule(
                "other.example.com",
                ("/exact", "Exact", "web:80"),
                ("/typo", "Prefix", "webb:80"),
                ("/target", "Prefix", "web:8080"),
                ("/name", "Prefix", "web:htp"),
                ("/none", "Prefix", "empty:80"),
            ),
        ),
        ingress("unserved", rule("unserved.example.com", ("/", "Prefix", "web:80")), class_name="traefik"),
    )


@pytest.mark.parametrize(
    ("url", "code", "hint"),
    [
        ("http://shop.example.com/", "", ""),
        ("https://shop.example.com/cart", "", ""),
        ("http://shp.example.com/", "class", "Call shop.example.com"),
        ("http://unserved.example.com/", "class", "Write ingressClassName: nginx"),
        ("http://other.example.com/exact", "", ""),
        ("http://other.example.com/exact/more", "path", "Write pathType: Prefix"),
        ("http://other.example.com/", "path", "The paths of this host are /exact (Exact)"),
        ("http://other.example.com/typo", "backend", 'Did you mean "web"?'),
        ("http://other.example.com/target", "backend", "not the targetPort"),
        ("http://other.example.com/name", "backend", "80 (http)"),
        ("http://other.example.com/none", "selector", "spec.selector of service/empty"),
    ],
)
def test_the_question_of_an_ingress_that_finds_the_fault(shop, url, code, hint):
    """Class, host, path, backend and what is behind it: each has its question, and says what to change."""
    fault = shop.diagnose(url).facts.fault
    assert (fault.code if fault else "") == code
    assert hint in (fault.hint if fault else "")


def test_the_address_of_a_controller_alone_has_no_rule(shop):
    """A request to the address of the controller has no host that a rule is for."""
    ip = shop["ingress/shop"].status["loadBalancer"]["ingress"][0]["ip"]
    fault = shop.diagnose(f"http://{ip}/").facts.fault
    assert fault.code == "host"
    assert "shop.example.com" in fault.hint


def test_names_beyond_the_cluster_are_not_known(shop):
    """A host that no Ingress has and that resembles none is not known here, and no fault."""
    facts = shop.diagnose("http://example.org/").facts
    assert (facts.fault, facts.ok) == (None, None)


def test_what_the_program_answers_is_its_own_fault(shop):
    """An error that the program answers is found at the end, with the line that shows its log."""
    c = shop.copy()
    c.answer("deploy/web", "/", 500)
    fault = c.diagnose("http://shop.example.com/").facts.fault
    assert fault.code == "answer"
    assert "500 Internal Server Error" in fault.answer
    assert c.kubectl(fault.kubectl).exit == 0
    c.listen("deploy/web", 8080, address="127.0.0.1")
    assert fault_of(c, "http://shop.example.com/") == "listen"


def test_the_controllers_own_service_is_asked_about_if_it_does_not_answer(shop):
    """If no Pod of the controller runs, the questions are those about its Service."""
    c = shop.copy()
    c.kubectl("scale deploy ingress-nginx-controller -n ingress-nginx --replicas=0")
    c.settle()
    facts = c.diagnose("http://shop.example.com/").facts
    assert facts.fault.code in ("selector", "ready"), facts
    assert "ingress-nginx" in facts.fault.kubectl


def test_policies_of_the_pods_stop_the_proxy(shop):
    """A policy that isolates the Pods stops what the proxy sends them."""
    c = shop.copy()
    c.apply(POLICY.format(name="alone", app="web", types="Ingress", rules="ingress: []"))
    c.settle()
    fault = c.diagnose("http://shop.example.com/").facts.fault
    assert fault.code == "policy"
    assert "ingress-nginx-controller" in fault.answer
    assert "NetworkPolicy alone" in fault.answer


def test_a_policy_that_names_the_port_of_the_service():
    """A policy sees the port of the Pod: what to change is the port in the policy."""
    c = kn.load("guestbook")
    c.apply(
        "{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: front}, spec: {podSelector: "
        "{matchLabels: {tier: frontend}}, ingress: [{ports: [{port: 80}]}]}}"
    )
    c.settle()
    fault = c.diagnose("http://frontend", source="pod/client").facts.fault
    assert fault.code == "policy"
    assert "Write port: 8080 in front" in fault.hint


def test_a_policy_that_forgets_dns():
    """An egress policy that does not allow DNS is found at the name, and says which ports to allow."""
    c = kn.load("guestbook")
    c.kubectl("label pod client app=client")
    c.apply(
        POLICY.format(
            name="out", app="client", types="Egress", rules="egress: [{ports: [{port: 8080}, {port: 80}]}]"
        )
    )
    c.settle()
    fault = c.diagnose("http://frontend", source="pod/client").facts.fault
    assert fault.code == "dns"
    assert "53/UDP" in fault.hint
    assert fault_of(c, "svc/frontend", source="pod/client") == "dns"


def test_a_client_that_policies_let_through_is_asked_for_a_service():
    """A Service that one Pod may call has no fault, and that Pod is the one that asks."""
    c = kn.load("guestbook")
    c.kubectl("label pod client app=client")
    c.apply(
        POLICY.format(
            name="only-client",
            app="guestbook",
            types="Ingress",
            rules="ingress: [{from: [{podSelector: {matchLabels: {app: client}}}]}]",
        )
    )
    c.settle()
    facts = c.diagnose("svc/cache").facts
    assert facts.ok, facts
    assert facts.source == "pod/client"
    assert fault_of(c, "svc/cache", source="pod/backup") == "policy"


def test_a_plugin_that_ignores_policies_stops_nothing():
    """With network_policies=False, a policy is no fault, and a note says that it is ignored."""
    c = kn.load("guestbook", network_policies=False)
    c.apply(POLICY.format(name="alone", app="guestbook", types="Ingress", rules="ingress: []"))
    c.settle()
    facts = c.diagnose("svc/cache").facts
    assert facts.ok, facts
    assert any("ignores" in note for note in facts.notes)


def test_the_questions_of_a_gateway():
    """Listener, route, backend and the Pods behind it of a Gateway have the same questions."""
    c = gateways.lab(
        gateways.gateway("gate", gateways.listener("http", "*.example.com")),
        gateways.route(
            "shop",
            gateways.rule("v1", gateways.prefix("/v1")),
            gateways.rule("v4", gateways.prefix("/v4")),
            hosts=["shop.example.com"],
        ),
        gateways.route(
            "lost",
            gateways.rule("v2"),
            hosts=["lost.example.com"],
            parents="{name: gate, sectionName: https}",
        ),
    )
    assert fault_of(c, "http://shop.example.com/v1") == ""
    assert fault_of(c, "http://shop.example.com/v2") == "path"
    assert fault_of(c, "http://shop.example.com/v4") == "backend"
    assert fault_of(c, "https://shop.example.com/v1") != ""
    assert fault_of(c, "http://lost.example.com/") in ("class", "host")


def test_an_ingress_of_a_dump_is_asked_about(shop):
    """In a dump, the rules of an Ingress with an address are asked about, and programs are not known."""
    dump = kn.load(shop.kubectl("get all,ingresses,ingressclasses,endpointslices -A -o yaml").stdout)
    assert dump.snapshot
    facts = dump.diagnose("http://shop.example.com/").facts
    assert facts.fault is None, facts
    assert facts.step("listen").ok is None
    assert fault_of(dump, "http://other.example.com/typo") == "backend"
    assert fault_of(dump, "http://unserved.example.com/") == "class"


def test_every_line_of_kubectl_runs_with_an_ingress(shop):
    """Each line of kubectl of these questions is one that is known here."""
    for url in (
        "http://shop.example.com/",
        "http://shp.example.com/",
        "http://other.example.com/",
        "http://other.example.com/typo",
    ):
        for step in shop.diagnose(url).facts.steps:
            out = shop.copy().kubectl(step.kubectl)
            assert "simulate" not in out.stderr, step
            assert out.exit == 0 or not step.ok, step


# ---- the same as traces


def random_shop(random_):
    """Return a cluster with an Ingress controller, rules that are often wrong, and policies."""
    hosts = ["shop.example.com", "*.example.com", "", "other.org"]
    places = ["web:80", "web:http", "cart:80", "cart:9000", "empty:80", "nobody:80"]
    objects = []
    for number in range(random_.randint(1, 3)):
        paths = [
            (random_.choice(["/", "/a", "/a/b"]), random_.choice(["Exact", "Prefix"]), random_.choice(places))
            for _path in range(random_.randint(1, 3))
        ]
        default = random_.choice(["", "", *places])
        class_name = random_.choice(["", "", "", "traefik"])
        host = random_.choice(hosts)
        objects.append(ingress(f"i{number}", rule(host, *paths), default=default, class_name=class_name))
    c = ingresses.lab(*objects)
    for number in range(random_.randint(0, 2)):
        rules = random_.choice(
            [
                "ingress: []",
                "ingress: [{}]",
                "ingress: [{ports: [{port: 8080}]}]",
                "ingress: [{ports: [{port: 80}]}]",
            ]
        )
        c.apply(
            POLICY.format(
                name=f"p{number}", app=random_.choice(["web", "cart"]), types="Ingress", rules=rules
            )
        )
    if random_.random() < 0.3:
        c.answer("deploy/web", "/a", 500)
    if random_.random() < 0.3:
        c.listen("pod/cart", random_.choice([9000, 1]), address=random_.choice(["", "127.0.0.1"]))
    c.settle()
    return c


@pytest.mark.parametrize("seed", range(12))
def test_a_diagnosis_has_a_fault_where_a_request_does_not_succeed(seed):
    """Of every host, path and sender, a request succeeds exactly where the diagnosis has no fault."""
    c = random_shop(random.Random(seed))  # noqa: S311  # nothing is to be kept secret
    front = c.object("Service", "ingress-nginx-controller", "ingress-nginx").load_balancer_ips[0]
    for host in ("shop.example.com", "any.example.com", "other.org", "web", front):
        for path in ("/", "/a", "/a/b", "/c"):
            for source in ("outside", "pod/client"):
                url = f"http://{host}{path}"
                facts = c.diagnose(url, source=source).facts
                try:
                    trace = c.trace(url, source=source).facts
                except NotFoundError:
                    assert facts.fault, (url, facts)
                    continue
                if trace.outcome == "leaves":
                    assert facts.ok is not True, (url, source, facts)
                else:
                    assert facts.ok is trace.succeeded, (url, source, trace.outcome, trace.status, facts)
