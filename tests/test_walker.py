"""The walker: one packet's way, hop by hop, and what is then shown."""

import asyncio
import logging
import re
import time

import pytest
from ipywidgets.widgets.widget import _instances
from test_figures_pictures import said

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
    line = walker._line.value
    assert "▸ 10.244." in line
    assert "-A KUBE-SERVICES -d" in line
    assert f"Hop {walker.at} of {len(walker.trace.hops)}" in line


def test_what_is_ahead_is_not_told(walker):
    """The picture marks where the packet is, and says neither where it goes nor who answers."""
    server = walker.trace.server.name
    assert server not in said(walker.figure)
    assert "▶" in said(walker.figure)
    assert "still ahead" in said(walker.figure)
    walker.last()
    assert server in said(walker.figure)
    assert "still ahead" not in said(walker.figure)
    assert "✓ connected" in said(walker.figure)


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
    assert "REJECT" in walker._line.value
    walker.close()


def test_every_control_says_what_it_is(walker):
    """All controls have descriptions, so that a screen reader reads them and Tab reaches them."""
    rows = [walker.children[0].children, walker.children[2].children]
    assert [[control.description for control in row] for row in rows] == [
        ["URL", "sent from", "protocol"],
        ["First", "← Back", "Next →", "Last", "hop"],
    ]


def test_slider_and_buttons_do_the_same(walker):
    """The slider's ends are the first and the last hop; at the ends the buttons are off."""
    count = len(walker.trace.hops)
    assert (walker._slider.min, walker._slider.max, walker._slider.value) == (1, count, 1)
    assert walker._back.disabled
    walker._slider.value = 3
    assert walker.at == 3
    walker._last.click()
    assert walker.at == walker._slider.value == count
    assert walker._next.disabled
    walker._first.click()
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
    """The bundle has HTML and text that need no kernel: the hop, the picture with alt, the outline."""
    bundle = walker._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in bundle
    page = bundle["text/html"]
    assert re.search(r'<img alt="A packet from pod/client to cache:6379 is at hop 1 of', page)
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
    """A step takes at most a tenth of a second in the kernel."""
    walker.next()
    took = []
    for _ in range(5):
        start = time.perf_counter()
        walker.next()
        walker.back()
        took.append((time.perf_counter() - start) / 2)
    assert min(took) < 0.1
