"""The overview of a cluster of any size: what it counts, what comes first, and that its picture stays readable."""

from __future__ import annotations

from collections import Counter

import large
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import k8snotes as kn
from k8snotes.api.base import view
from k8snotes.cluster import Cluster
from k8snotes.control_plane import caches
from k8snotes.facts.account import account_of
from k8snotes.facts.overview import STATES, PodSeen, natural
from k8snotes.facts.states import state_of
from k8snotes.figures import palette
from k8snotes.figures.overview import looks_of_states, tally_words
from k8snotes.figures.scene import Square, Squares
from k8snotes.figures.squares import squares_drawn
from k8snotes.network.endpoints import EndpointIndex
from k8snotes.simulation import Simulation

PODS = 3000


@pytest.fixture(scope="module")
def c():
    """A snapshot with some of everything that goes wrong."""
    return large.cluster(PODS)


def of_dump(*objects):
    """Return a snapshot of some manifests."""
    return Cluster._of(Simulation.of_dump([view(item) for item in objects]))


def test_every_pod_is_counted_once(c):
    """The Pods of the Namespaces add up to those of the cluster, and so do those of each Namespace's workloads."""
    facts = c.overview().facts
    assert facts.tally.pods == PODS == sum(home.tally.pods for home in facts.namespaces)
    home = c.overview("ns/team-1").facts
    assert home.tally.pods == sum(item.tally.pods for item in home.workloads) == len(home.pods)
    on_nodes = sum(node.tally.pods for node in facts.nodes)
    assert on_nodes == PODS - facts.tally.of("no Node yet")


def test_the_states_are_those_of_the_other_pictures(c):
    """Ready, waiting for a Node, ended: a state of the overview is that of `state_of`, refined for back-off alone."""
    seen = {pod.ref: pod.state for pod in c.overview("ns/team-0").facts.pods}
    for pod in c.objects("pods", namespace="team-0"):
        if seen[pod.ref] == "restarting":
            assert pod.container_statuses[0]["state"]["waiting"]["reason"] == "CrashLoopBackOff"
        else:
            assert seen[pod.ref] == state_of(pod)


def test_a_service_without_a_ready_pod_counts_for_its_namespace(c):
    """What the cluster's overview says of a Namespace's Services is what `c.endpoints` says of each of them."""
    for home in c.overview().facts.namespaces:
        services = c.objects("services", namespace=home.name)
        without = [item for item in services if not c.endpoints(item.ref).ready]
        assert (home.services, home.unserved) == (len(services), len(without))


def test_whether_a_service_serves_is_what_its_endpoints_say():
    """The short way of `serves` agrees with `of` in every world of the data folder."""
    for name in ("guestbook", "guestbook-broken", "till-dump"):
        cluster = kn.load(name)
        for found in (False, True):
            index = EndpointIndex(cluster.api, found=found)
            for service in cluster.objects("services"):
                behind = index.of(service)
                said = service.type == "ExternalName" or bool(behind.ready or behind.still_serving)
                assert index.serves(service) == said, service


def test_what_needs_attention_comes_first(c):
    """Groups, Pods and Nodes that need attention stand before all that do not."""
    facts = c.overview().facts
    for home in ("", "ns/team-0"):
        own = c.overview(home).facts
        for groups in (own.namespaces, own.services, own.workloads):
            needs = [group.needs_attention for group in groups]
            assert needs == sorted(needs, reverse=True)
    ready = [node.ready for node in facts.nodes]
    assert ready == sorted(ready)
    assert not ready[0]
    ranks = [STATES.index(pod.state) for pod in facts.pods]
    assert ranks == sorted(ranks)
    assert facts.pods[0].state == "restarting"


def test_the_order_does_not_depend_on_the_order_of_the_dump():
    """The same objects in another order give the same overview."""
    objects = [*large.manifests(240)]
    one, other = of_dump(*objects), of_dump(*objects[::-1])
    assert one.overview().text == other.overview().text
    assert one.overview().svg == other.overview().svg
    assert one.overview("ns/team-0").text == other.overview("ns/team-0").text


@given(st.lists(st.integers(0, 10**6), min_size=2, max_size=8))
def test_names_with_numbers_are_in_the_order_of_their_numbers(numbers):
    """node-9 comes before node-10."""
    names = [f"node-{number}" for number in numbers]
    assert sorted(names, key=natural) == [f"node-{number}" for number in sorted(numbers)]


def test_requests_are_the_scheduler_s_own_sums(c):
    """What the overview says of a Node is what `c.capacity` says of it."""
    for node in c.overview().facts.nodes[:10]:
        there = c.capacity(node.name).facts.nodes[0]
        for share in node.shares:
            stock = there.stock(share.name)
            assert (share.requested, share.allocatable) == (stock.requested, stock.allocatable)
        assert all(share.used is None for share in node.shares)


def test_use_is_shown_where_something_measures_it():
    """With `c.use` there is a metrics-server: a Node says what is used, and the key of the picture explains it."""
    c = kn.load("guestbook")
    assert not c.overview().facts.measured
    c.use("deploy/frontend", cpu="60m")
    facts = c.overview().facts
    assert facts.measured
    assert sum(node.share("cpu").used for node in facts.nodes) == 180
    assert "in use" in c.overview().text


def test_the_account_follows_what_changes():
    """What is remembered of requests is worked out anew after a Pod has come or gone, and equals that without caches."""
    c = kn.load("guestbook")
    before = account_of(c.api)
    assert account_of(c.api) is before
    c.scale("deploy/frontend", 5)
    c.settle()
    now = account_of(c.api)
    assert now is not before
    with caches.switched_off():
        anew = account_of(c.api)
    assert {info.name: info.used for info in now} == {info.name: info.used for info in anew}


@pytest.mark.parametrize(
    ("ref", "pods"),
    [
        ("ns/team-0", 1500),
        ("team-0/deploy/web", 30),
        ("team-0/svc/web", 30),
        ("team-0/rs/web-7d9c5b8f6d", 30),
    ],
)
def test_each_kind_of_subject_has_its_pods(c, ref, pods):
    """A Namespace, a workload of either kind and a Service are shown with the Pods that belong to them."""
    assert c.overview(ref).facts.tally.pods == pods


def test_a_node_is_shown_with_the_pods_on_it(c):
    """A Node has the Pods that are bound to it, by workload and Namespace."""
    facts = c.overview("node/node-7").facts
    there = [pod for pod in c.objects("pods") if pod.node_name == "node-7"]
    assert facts.tally.pods == len(there)
    assert {group.name for group in facts.namespaces} == {pod.namespace for pod in there}
    assert [node.name for node in facts.nodes] == ["node-7"]


def test_another_kind_has_no_overview(c):
    """Of a Pod the error says which kinds can be shown."""
    pod = c.objects("pods")[0]
    with pytest.raises(kn.ClusterError, match="shows a Namespace, a workload, a Service or a Node"):
        c.overview(pod.ref)
    with pytest.raises(kn.NotFoundError):
        c.overview("team-0/deploy/nothing")


def test_an_empty_cluster_has_an_overview():
    """Without Nodes and without Pods the picture says so."""
    figure = kn.Cluster(nodes=0).overview()
    assert "There is no Node" in figure.text
    assert figure.verdict == "◐ There is no Pod"
    assert figure.svg.startswith("<svg")


# ---- the picture


def squares_of(part, found):
    """Collect the squares of a scene."""
    for row in getattr(part, "rows", ()):
        for cell in row:
            squares_of(cell, found)
    if isinstance(part, Squares):
        found.append(part)


def test_states_are_told_apart_without_colour():
    """States that are drawn with other ink have another shape, except those that are equally bad; each has a word."""
    shapes = {state: looks_of_states(state).symbol for state in STATES}
    assert shapes["ready"] == "✓"
    assert (
        len({shapes[state] for state in ("ready", "restarting", "not ready", "no Node yet", "Succeeded")})
        == 5
    )
    words = tally_words(kn.load("guestbook-broken").overview().facts.tally)
    assert all(state in words for state in ("Pending", "not ready", "4 ready"))


def test_a_square_stands_for_so_many_pods_as_the_picture_says(c):
    """Of 1,500 Pods of a Namespace each square is up to 50; a state of a single Pod has a square, too."""
    figure = c.overview()
    found: list[Squares] = []
    for item in figure.scene.drawn:
        squares_of(item, found)
    rows = [part for part in found if len(part.squares) > 1 and not part.squares[0].levels]
    assert max(len(part.squares) for part in rows) <= 60
    first = Counter(square.look.symbol for square in rows[0].squares)
    assert first["✗"] == 1
    nodes = next(part for part in found if len(part.squares) == len(figure.facts.nodes))
    assert all(len(square.levels) == 2 for square in nodes.squares)


@settings(max_examples=40)
@given(st.lists(st.sampled_from(["✓", "◐", "✗", "○", ""]), max_size=80), st.integers(3, 24))
def test_squares_are_few_shapes(signs, step):
    """However many squares there are, there is at most one path for each ink of their grounds and lines."""
    looks = [palette.POD._replace(symbol=sign) for sign in signs]
    svg = "".join(squares_drawn(Squares([Square(look) for look in looks], step=step), 0, 0))
    assert svg.count("<path") <= 2


def test_the_outline_of_a_large_cluster_is_short(c):
    """It tells the totals and the worst, and says how many are left and how to see them."""
    for ref in ("", "ns/team-0", "team-0/deploy/web", "node/node-7"):
        text = c.overview(ref).text
        assert len(text.splitlines()) < 200
    text = c.overview("ns/team-0").text
    assert "and 10 more workloads, none of them needs attention" in text
    assert 'c.overview("team-0/' in text


def test_the_alternative_text_begins_with_the_totals(c):
    """It says how large the cluster is and what is wrong, in the first two sentences."""
    alt = c.overview().alt
    assert alt.startswith("overview: 100 Nodes, 3,000 Pods, 2 Namespaces. ")
    assert "need attention" in alt.split(". ")[1]


# ---- the widget


def test_the_browser_goes_in_and_back(c):
    """A choice of a list, a typed reference and the path lead where `c.overview` leads."""
    browser = kn.browse(c)
    browser._lists["namespaces"].value = "namespace/team-1"
    assert browser.path == ("", "namespace/team-1")
    browser._field.value = "team-1/deploy/web"
    assert browser.path == ("", "namespace/team-1", "team-1/deployment/web")
    assert browser.figure.text == c.overview("team-1/deploy/web").text
    browser._crumbs[1].click()
    assert browser.path == ("", "namespace/team-1")
    browser._back.click()
    assert browser.path == ("",)
    assert browser._back.disabled


def test_the_browser_keeps_what_it_shows_where_a_reference_is_wrong(c):
    """A reference that names nothing changes nothing, and the message says why."""
    browser = kn.browse(c, "ns/team-0")
    browser.go("team-0/deploy/nothing")
    assert browser.path == ("", "namespace/team-0")
    assert "nothing" in browser.problem
    assert browser._message.layout.display is None
    browser.go("team-0/svc/web")
    assert not browser.problem
    assert browser._message.layout.display == "none"


def test_every_control_of_the_browser_says_what_it_is():
    """Each control has a description, lists are bounded, and say how many there are."""
    browser = kn.browse(large.cluster(9000))
    shown = [item for item in browser._lists.values() if item.layout.display is None]
    assert shown
    for control in (*shown, browser._field, browser._back, browser._crumbs[0]):
        assert control.description
    nodes = browser._lists["nodes"]
    assert len(nodes.options) == 201
    assert nodes.options[0][0] == "choose one of the first 200 of 300"
    assert nodes.options[1][0].startswith("✗ node-13")


def test_the_browser_has_a_preview_without_a_kernel(c):
    """The static page has the path and the picture."""
    html = kn.browse(c, "ns/team-0")._repr_mimebundle_()["text/html"]
    assert "Cluster › Namespace team-0" in html
    assert "<img" in html


def test_browse_takes_a_cluster():
    """Anything else is refused with what to write."""
    with pytest.raises(kn.ClusterError, match=r"kn\.browse\(c\)"):
        kn.browse([1])


def test_a_pod_of_the_facts_is_plain_values(c):
    """One can go on with what the overview has of each Pod."""
    worst = c.overview().facts.pods[0]
    assert isinstance(worst, PodSeen)
    assert c[worst.ref].name == worst.name
