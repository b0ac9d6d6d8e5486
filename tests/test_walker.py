"""The walker: one packet's way, hop by hop, and what is then shown."""

import asyncio
import logging
import re
import time

import pytest
from ipywidgets.widgets.widget import _instances

import k8snotes as kn
from k8snotes.widgets import walker as module


@pytest.fixture(scope="module")
def cluster():
    return kn.load("guestbook")


@pytest.fixture
def walker(cluster):
    made = cluster.walk("http://cache:6379", source="pod/client")
    yield made
    made.close()


def test_it_walks_the_hops_of_the_trace(cluster, walker):
    """The hops are those of c.trace; Next goes to the end, Back to the start, and no further."""
    trace = cluster.trace("http://cache:6379", source="pod/client")
    assert walker.trace.facts == trace.facts
    seen = [walker.hop]
    for _ in range(len(trace.hops) + 3):
        walker.next()
        seen.append(walker.hop)
    assert tuple(seen[: len(trace.hops)]) == trace.hops
    assert walker.hop.ends == "connected"
    walker.first()
    walker.back()
    assert (walker.at, walker.hop) == (1, trace.hops[0])
    walker.last()
    assert walker.at == len(trace.hops)


def test_a_hop_is_told_in_words(walker):
    """The words have the addresses before and after, whose they are, and the rules as iptables-save prints them."""
    while walker.hop.kind != "rules":
        walker.next()
    service = walker._cluster["svc/cache"].cluster_ip
    assert f"destination {service}:6379 (Cluster IP of service/cache) becomes 10.244." in walker.words
    assert "rule nat: -A KUBE-SERVICES -d" in walker.words
    table = walker._picture.value
    assert "▸ 10.244." in table
    assert "-A KUBE-SERVICES -d" in table
    assert "Pod IP of pod/cache-" in table
    assert "kube-proxy&#x27;s rules" in walker._line.value
    assert walker._track.place_words == f"hop {walker.at} of {len(walker.trace.hops)}"


def test_what_is_ahead_is_not_told(walker):
    """The table marks where the packet is, and says neither where it goes nor who answers."""
    server, table = walker.trace.server.name, walker._picture
    assert server not in table.value
    assert table.value.count("▶") == 1
    assert table.value.count("still ahead") == len(walker.trace.hops)  # all hops but one, and the end
    walker.last()
    assert server in table.value
    assert "still ahead" not in table.value
    assert "✓ connected" in table.value


def test_hops_behind_are_a_line_and_the_present_one_is_open(walker):
    """What happens at a hop, and the rules, are told where the packet is; of those behind, what they have changed."""
    rules = next(number for number, hop in enumerate(walker.trace.hops, 1) if hop.kind == "rules")
    what = walker.trace.hops[rules - 1].what
    walker.first()
    assert what not in walker._picture.value
    for _ in range(rules - 1):
        walker.next()
    assert what in walker._picture.value
    assert "<details>" in walker._picture.value
    walker.next()
    assert what not in walker._picture.value
    assert "<details>" not in walker._picture.value
    assert "▸ 10.244." in walker._picture.value


def test_the_table_keeps_its_height(walker):
    """Its room is that of the hop that needs most, and the room below is that of the end."""
    rooms = set()
    for _ in walker.trace.hops:
        rooms.add(tuple(re.findall(r"min-height:(\d+)px", walker._picture.value)))
        walker.next()
    assert len(rooms) == 1


def test_in_a_kernel_play_walks_to_the_end():
    """Play shows a hop after the other; at the end it starts again; asking for another packet stops it."""

    async def walking():
        walker = kn.load("guestbook").walk("http://cache:6379", source="pod/client")
        walker._track.speed.options = (("at once", 0.01),)
        walker.play()
        assert walker.playing
        for _ in range(200):
            await asyncio.sleep(0.01)
            if not walker.playing:
                break
        assert walker.at == len(walker.trace.hops)
        walker.play()
        assert (walker.at, walker.playing) == (1, True)
        walker.url = "http://frontend"
        assert not walker.playing
        walker.close()

    asyncio.run(walking())


def test_in_a_script_play_goes_to_the_last_hop(walker):
    """Where no event loop runs, all hops are walked at once."""
    walker.play()
    assert walker.at == len(walker.trace.hops)


def test_another_url_starts_at_its_first_hop(cluster, walker):
    """A new URL, sender or protocol is sent at once, and shown from its first hop."""
    walker.last()
    walker.url = "http://frontend"
    assert walker.at == 1
    assert walker.trace.facts == cluster.trace("http://frontend", source="pod/client").facts
    walker.source = "outside"
    assert "outside" in walker.problem or walker.trace.facts.source.startswith("outside")
    walker.url = f"{cluster['node/node-2'].ip}:31080"
    assert not walker.problem
    assert walker.trace.outcome == "connected"


def test_a_ping_is_a_protocol(cluster, walker):
    """With the protocol ICMP it is c.ping."""
    walker.url = cluster["svc/cache"].cluster_ip
    assert "has no port" in walker.problem
    walker.protocol = "ICMP"
    assert not walker.problem
    assert walker.trace.outcome == "no reply"


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://cahce", "Did you mean"),
        ("web", "has no port"),
        ("http://<b>", "&lt;b&gt;"),
        ("", "has no host"),
    ],
)
def test_a_wrong_url_keeps_the_last_good_picture(walker, url, words):
    """The message stands under the field, escaped; picture, hop and trace stay; the next good URL takes it away."""
    walker.next()
    before = (walker.trace, walker.at, walker._picture.value)
    walker.url = url
    assert walker.problem
    assert words in walker._message.value
    assert "The picture still shows cache:6379 from pod/client" in walker._message.value
    assert walker._message.layout.display is None
    assert (walker.trace, walker.at, walker._picture.value) == before
    walker.url = "http://cache:6379"
    assert walker._message.layout.display == "none"
    assert not walker.problem


def test_the_first_question_is_not_forgiven(cluster):
    """c.walk raises what c.trace raises."""
    with pytest.raises(kn.NotFoundError, match="Did you mean"):
        cluster.walk("http://cahce", source="pod/client")
    with pytest.raises(kn.AddressError):
        cluster.walk("cache", source="pod/client")


def test_the_senders_are_those_that_can_send():
    """The Dropdown has the outside, every Pod with an address and every Node; new Pods come with the next question."""
    c = kn.load("guestbook")
    walker = c.walk("http://cache:6379", source="pod/client")
    names = [name for name, _ in walker._source.options]
    assert names[0] == "outside"
    assert {"pod/client", "pod/mysql-0", "node/node-1"} <= set(names)
    assert len(names) == len(set(names))
    c.scale("deploy/cache", 3)
    c.settle()
    walker.url = "http://frontend"
    assert len(walker._source.options) == len(names) + 1
    assert walker.source == "pod/client"
    walker.close()


def test_it_asks_the_cluster_as_it_is_now():
    """What changed in the cluster is seen by the next question."""
    c = kn.load("guestbook")
    walker = c.walk("http://cache:6379", source="pod/client")
    c.scale("deploy/cache", 0)
    c.settle()
    walker.url = "cache:6379"
    assert walker.trace.outcome == "refused"
    walker.last()
    assert "REJECT" in walker._picture.value
    walker.close()


def test_every_control_says_what_it_is(walker):
    """All controls have descriptions, so that a screen reader reads them and Tab reaches them."""
    rows = [walker.children[0].children, walker.children[2].children]
    assert [[control.description for control in row] for row in rows] == [
        ["URL", "sent from", "protocol"],
        ["« First", "‹ Back", "Step ›", "Play ▸", "hop", "", "speed"],
    ]


def test_slider_and_buttons_do_the_same(walker):
    """The slider's ends are the first and the last hop; at the ends the buttons are off."""
    count, track = len(walker.trace.hops), walker._track
    assert (track.slider.min, track.slider.max, track.slider.value) == (1, count, 1)
    assert track.buttons["back"].disabled
    track.slider.value = 3
    assert walker.at == 3
    track.buttons["back"].click()
    assert walker.at == track.slider.value == 2
    track.slider.value = count
    assert track.buttons["step"].disabled
    track.buttons["first"].click()
    assert walker.at == 1


def test_in_a_kernel_typing_is_debounced():
    """While one types nothing is asked; what was typed is asked after a pause, or when somebody reads the trace."""

    async def typing():
        c = kn.load("guestbook")
        walker = c.walk("http://cache:6379", source="pod/client")
        for end in range(8, len("http://frontend") + 1):
            walker._url.value = "http://frontend"[:end]
        assert walker._trace.facts.target == "cache:6379"
        assert walker.trace.facts.target == "frontend:80"
        walker._url.value = "http://front"
        await asyncio.sleep(0.6)
        assert walker._refusal
        walker.close()

    asyncio.run(typing())


def test_an_error_is_shown(walker, monkeypatch, caplog):
    """What goes wrong in a callback stands in the widget, and is raised."""

    def fail(*_args, **_more):
        raise ValueError("<b>no</b>")

    with monkeypatch.context() as patch, caplog.at_level(logging.CRITICAL):
        patch.setattr(module, "sent", fail)
        with pytest.raises(ValueError, match="no"):
            walker.url = "http://frontend"
    assert "&lt;b&gt;no&lt;/b&gt;" in walker._message.value


def test_the_preview_is_static(walker):
    """The bundle has HTML and text that need no kernel: the hop, the table, the outline."""
    bundle = walker._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in bundle
    page = bundle["text/html"]
    assert "cache:6379 from pod/client" in page
    assert f"hop 1 of {len(walker.trace.hops)}" in page
    assert page.count("<tr") == 1 + len(walker.trace.hops)
    assert "run this cell" in page
    assert "<script" not in page
    assert repr(walker) == f"<Walker of cache:6379 from pod/client: hop 1 of {len(walker.trace.hops)}>"
    assert bundle["text/plain"].startswith(repr(walker))


def test_no_widget_is_made_by_walking(cluster):
    """Walking and asking change the controls in place; closing takes all of them away."""
    before = set(_instances)
    walker = cluster.walk("http://cache:6379", source="pod/client")
    opened = len(_instances)
    walker.last()
    walker.url = "http://frontend"
    walker.source = "node/node-1"
    walker.url = "http://nobody"
    assert len(_instances) == opened
    walker.close()
    assert set(_instances) == before


def test_a_step_is_quick(walker):
    """A step takes at most 50 ms in the kernel."""
    walker.next()
    took = []
    for _ in range(5):
        start = time.perf_counter()
        walker.next()
        walker.back()
        took.append((time.perf_counter() - start) / 2)
    assert min(took) < 0.05
