"""Pictures in another language: whatever they say themselves is a message, also of facts that are older."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
import test_figures_policies
from pseudo import Brackets
from test_figures_pictures import doors as way_in_of
from test_figures_pictures import networks, selected, shop, tiers
from test_rules import web

import k8snotes as kn
from k8snotes import catalogue
from k8snotes.api.policy_rule import Request
from k8snotes.catalogue import _
from k8snotes.control_plane.authorizer import User
from k8snotes.facts.access import Access, Allowed, Answer, Given, Near, Subjected
from k8snotes.facts.routes import (
    Entrance,
    Routed,
    RoutedBackend,
    RoutedHost,
    RoutedPod,
    Routes,
    Unserved,
    ways_in,
)
from k8snotes.facts.storage import Mount, Storage, StoredClaim, StoredClass, StoredVolume, Waiting
from k8snotes.facts.three_ips import ThreeIPs
from k8snotes.figures.access import access_figure
from k8snotes.figures.diagnosis import diagnosis_figure
from k8snotes.figures.legend import legend
from k8snotes.figures.routes import routes_figure
from k8snotes.figures.selection import selection_figure
from k8snotes.figures.service_map import service_map_figure
from k8snotes.figures.storage import storage_figure
from k8snotes.figures.three_ips import three_ips_figure
from k8snotes.figures.way_in import way_in_figure

# Kubernetes' own words, names, and what iptables calls things
NAMES = {
    *(
        "Service",
        "Services",
        "Node",
        "Nodes",
        "Pod",
        "Pods",
        "ClusterIP",
        "NodePort",
        "LoadBalancer",
        "ExternalName",
    ),
    *(
        "DNS",
        "TCP",
        "EXTERNAL-IP",
        "pending",
        "Succeeded",
        "KUBE",
        "SVC",
        "EXT",
        "SEP",
        "FW",
        "REJECT",
        "default",
    ),
    *(
        "frontend",
        "cache",
        "redis",
        "batch",
        "tomcat",
        "db",
        "old",
        "google",
        "proxy",
        "big",
        "shop",
        "app",
        "tier",
    ),
    *("PersistentVolumeClaim", "PersistentVolume", "StorageClass", "Bound", "Pending", "Released"),
    *("Ingress", "ingress", "Exact", "Prefix"),
    *("Deployment", "api", "client", "prometheus"),
    *("Retain", "Delete", "Immediate", "RWO", "Gi"),
    *("ServiceAccount", "Role", "RoleBinding", "ClusterRoleBinding", "User", "get"),
    *("http", "web", "service", "svc", "pod", "node", "oops", "bare", "in", "canary", "cahce", "teir", "com"),
}


@pytest.fixture
def marked(monkeypatch: pytest.MonkeyPatch):
    """Let a test put the language in force."""

    def put() -> None:
        monkeypatch.setattr(catalogue._State, "name", "marked")
        monkeypatch.setattr(catalogue._State, "translations", Brackets())

    return put


def outside(text: str) -> set[str]:
    """Return the words of a text that are not between brackets."""
    before = ""
    while before != text:
        before, text = text, re.sub(r"⟦[^⟦⟧]*⟧", " ", text)
    text = re.sub(r"⟦.*", " ", text, flags=re.DOTALL)  # an alternative text that is cut
    text = re.sub(r"^(-A |\*).*$", " ", text, flags=re.MULTILINE)  # rules as iptables-save prints them
    words = re.findall(r"[A-Za-z0-9][A-Za-z0-9-]+", text)
    return {word for word in words if not re.search(r"[-0-9]|^[A-Z]+$", word)}


def stored():
    """Storage whose reasons are not in question: claims in each state, volumes, and a class."""
    mount = Mount("pod/db", "db", "default", "", "node-1", "big", (("app", "/in"),))
    claims = (
        StoredClaim("pvc/db", "db", "default", "Bound", "1Gi", "5Gi", "RWO", "", "big", (mount,), None),
        StoredClaim(
            "pvc/old",
            "old",
            "default",
            "Pending",
            "1Gi",
            "",
            "RWO",
            "web",
            "",
            (),
            Waiting("soon", _("waits")),
        ),
    )
    volumes = (
        StoredVolume("pv/big", "big", "Bound", "5Gi", "RWO", "", "Retain", "default/db", ("node-1",)),
        StoredVolume("pv/old", "old", "Released", "5Gi", "RWO", "", "Retain", "default/web", None),
    )
    classes = (
        StoredClass("sc/web", "web", "google.com/big", "Immediate", "Delete", True, True, False),
        StoredClass("sc/bare", "bare", "", "Immediate", "Delete", True, True, None),
    )
    return Storage(None, claims, volumes, classes)


def granted():
    """What a ServiceAccount may do, and a refusal whose reasons are not in question."""
    subject = Subjected("ServiceAccount", "web", "shop", User("web", ("app", "google")), missing=True)
    allows = (Allowed(("get",), ("pod", "svc"), ("old",)), Allowed(("get",), ("node",)))
    both = {"through": "ServiceAccount", "allows": allows, "everybody": False}
    given = (
        Given(
            "crb/web",
            "ClusterRoleBinding",
            "web",
            "",
            role="role/a",
            role_kind="Role",
            role_name="app",
            exists=True,
            **both,
        ),
        Given(
            "rb/big",
            "RoleBinding",
            "big",
            "shop",
            role="role/b",
            role_kind="Role",
            role_name="old",
            exists=False,
            **both,
        ),
    )
    near = Near("verb", "crb/web", "role/a", _("the verb is missing"))
    answer = Answer(Request("get", "svc", namespace="shop"), False, "", "", near, "oops", "bare")
    return Access(subject, given, answer)


def bare_map():
    """A service map whose notes and reasons are not in question."""
    facts = shop()
    return facts._replace(
        services=tuple(service._replace(note="", near_why="") for service in facts.services),
        pods=tuple(pod._replace(reason="") for pod in facts.pods),
        links=tuple(link._replace(reason="", but="") for link in facts.links),
    )


def routed():
    """Routes that show everything a picture of them can say."""
    pod = RoutedPod("pod/web", "web", "default", "Deployment/web", "10.244.1.2:80")
    good = RoutedBackend("service/web", "web", "default", "80", "ready", None, "", (pod,), 0.5)
    bad = RoutedBackend("service/db", "db", "default", "80", "no-service", 503, "", (), 0.5)
    paths = (
        Routed("ingress/web", "", "/", "Prefix", (), (good, bad), "", ("/old (Exact)",)),
        Routed("ingress/old", "", "/", "Prefix", ("GET",), (good,), "ingress/web"),
        Routed("ingress/web", "", "/", "Exact", (), (bad,), "ingress/web"),
        Routed("ingress/web", "", "/db", "Prefix", (), ()),
        Routed("ingress/web", "", "", "", (), (good,)),
    )
    hosts = [
        RoutedHost("", "", paths, *certificate, None if rest else 404)
        for rest, certificate in enumerate(
            [("cert", ""), ("cert", "missing"), ("cert", "no-keys"), ("", "no-name")]
        )
    ]
    empty = RoutedHost("old", "http", (), None, "", 404)
    return Routes(
        None,
        (
            Entrance("ingress", "nginx", "", "", (), tuple(hosts), found=True),
            Entrance("gateway", "gateway/web", "", "", ("10.0.0.1",), (empty,)),
        ),
        (Unserved("ingress/db", ("db",), ""),),
    )


def diagnosed(target, name="guestbook-broken"):
    """A diagnosis without its lines of kubectl, which are no messages."""
    facts = kn.load(name).diagnose(target).facts
    return diagnosis_figure(replace(facts, steps=tuple(replace(step, kubectl="") for step in facts.steps)))


MADE = {
    "diagnosis": lambda: diagnosed("svc/cache"),
    "diagnosis of a selector": lambda: diagnosed("svc/frontend"),
    "diagnosis of ports": lambda: diagnosed("svc/search"),
    "diagnosis of a Namespace": lambda: diagnosed("svc/mysql-server"),
    "diagnosis of an image": lambda: diagnosed("pod/mail"),
    "diagnosis of configuration": lambda: diagnosed("pod/thumbnails"),
    "diagnosis without fault": lambda: diagnosed("svc/frontend", "guestbook"),
    "routes": lambda: routes_figure(routed()),
    "no routes": lambda: routes_figure(Routes(None, (), ())),
    "service map of ways in": lambda: service_map_figure(
        bare_map()._replace(ways_in=tuple(way._replace(words="") for way in ways_in(routed())))
    ),
    "service map": lambda: service_map_figure(bare_map()),
    "three IPs": lambda: three_ips_figure(networks()),
    "three IPs of nothing": lambda: three_ips_figure(ThreeIPs("", "", "", (), (), ())),
    "selection": lambda: selection_figure(tiers()),
    "selection of nothing": lambda: selection_figure(selected("app", [])),
    "way in": lambda: way_in_figure(way_in_of(("open", True), ("open", True))),
    "no way in": lambda: way_in_figure(way_in_of()._replace(node_port=0, balancers=(), type="ClusterIP")),
    "rules": lambda: web(3, "type: NodePort, selector: {app: web}").rules("node-1", "svc/web"),
    "legend": legend,
    "storage": lambda: storage_figure(stored()),
    "access": lambda: access_figure(granted()),
    "no access": lambda: access_figure(Access(Subjected("User", "web", "", User("web", ("app",))), (), None)),
    "policies of a Pod": lambda: test_figures_policies.pictures(test_figures_policies.shop())[
        "policies of a Pod"
    ],
    "reach": lambda: test_figures_policies.shop().reach(),
    "no storage": lambda: storage_figure(Storage(None, (), (), ())),
}


@pytest.mark.parametrize("older", [True, False], ids=["made before", "made after"])
@pytest.mark.parametrize("make", MADE.values(), ids=MADE)
def test_all_that_a_picture_says_is_a_message(make, older: bool, marked) -> None:
    """Title, caption, outline and alternative text are said in the language in force, whenever the figure was made."""
    figure = make() if older else None
    if figure:
        assert "⟦" not in figure.text + figure.alt + figure.html  # it has said all of it in English once
    marked()
    figure = figure or make()
    for text in (figure.title, figure.caption, figure.text, figure.alt):
        assert outside(text) <= NAMES, outside(text) - NAMES
    assert "⟦" in figure.svg


def test_the_table_of_endpoints_is_said_anew(marked) -> None:
    """Its heads and states are messages, and the reasons are those of the language in force."""
    view = kn.load("guestbook").endpoints("svc/cache")
    assert "address" in view.html
    table = view.table
    marked()
    html = re.sub(r"<[^>]*>", " ", view.html)
    assert "⟦address⟧" in html
    assert "⟦left out⟧" in html
    assert "⟦{key} is {value}, but the selector wants {wanted}⟧".partition("{")[0] in html
    assert view.table is not table
    assert list(view.table.columns) == list(table.columns)  # code asks for them by name


def test_an_explanation_is_said_in_the_language_in_force(marked) -> None:
    """Why labels do not match is a message, with the near miss in it, and facts that keep it say it anew."""
    answer = kn.Selector("tier=frontend,!canary").explain({"tier": "frontnd", "canary": ""})
    kept = answer.why_not
    assert kept.startswith("the label canary is there, with the value empty")
    marked()
    assert outside(str(kept)) == outside(answer.why_not) == set()
    assert outside(str(answer)) <= {"tier", "frontend", "canary"}


def test_an_error_is_said_in_the_language_in_force(marked) -> None:
    """A hint is ours, and a message of Kubernetes stays as Kubernetes has it."""
    with pytest.raises(kn.SelectorSyntaxError) as caught:
        kn.Selector("app in [web]")
    english = str(caught.value)
    marked()
    said = str(caught.value)
    assert said != english
    assert said.splitlines()[0] == english.splitlines()[0]  # what Kubernetes says
    assert outside(said.splitlines()[-1]) == set()
