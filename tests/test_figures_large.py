"""Pictures of large clusters stay readable: within a page in width, bounded in height, in bytes and in words."""

from __future__ import annotations

import large
import pytest

from k8snotes.site.boxes import size

PODS = 3000
WIDE, HIGH, BYTES = 1000, 3000, 300_000
LETTERS = 120_000  # of an outline


def pictures(c):
    """Return every picture of the face by name, each with what makes it."""
    pod = c.objects("pods")[0].ref
    waiting = next(item.ref for item in c.objects("pods") if not item.node_name)
    return {
        "overview": c.overview,
        "overview of a Namespace": lambda: c.overview("ns/team-0"),
        "overview of a workload": lambda: c.overview("team-0/deploy/web"),
        "overview of a Service": lambda: c.overview("team-0/svc/web"),
        "overview of a Node": lambda: c.overview("node/node-7"),
        "service map": c.service_map,
        "service map, plain": lambda: c.service_map(detail="plain"),
        "service map of a Namespace": lambda: c.service_map("team-0"),
        "three IPs": c.three_ips,
        "selection": lambda: c.selection("app=web"),
        "selection of all": lambda: c.selection("tier"),
        "selection with a near miss": lambda: c.selection("app=wep"),
        "way in": lambda: c.way_in("team-0/svc/web"),
        "Master and Nodes": c.architecture,
        "timeline": c.timeline,
        "inside": lambda: c.inside(pod),
        "life": lambda: c.life(pod),
        "capacity": c.capacity,
        "capacity of a Node": lambda: c.capacity("node-7"),
        "quota": lambda: c.quota("team-0"),
        "storage": c.storage,
        "routes": c.routes,
        "access": lambda: c.access("team-0/sa/reader"),
        "policies": lambda: c.policies(pod),
        "reach": c.reach,
        "diagnosis of a Service": lambda: c.diagnose("team-0/svc/payment"),
        "diagnosis of a Pod": lambda: c.diagnose(waiting),
        "why pending": lambda: c.why_pending(waiting),
        "rules": lambda: c.rules("node-0"),
        "rules of a Service": lambda: c.rules("node-0", "team-0/svc/web"),
        "trace": lambda: c.trace("http://web", source=pod),
        "difference": lambda: c.diff(since=c),
    }


NAMES = tuple(pictures(large.cluster(60)))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("pods", [300, PODS])
def test_a_picture_of_many_pods_stays_in_bounds(name, pods):
    """Its width fits a page, it is at most 3,000 pixels high and 300 kB, and its outline has an end."""
    figure = pictures(large.cluster(pods))[name]()
    wide, high = size(figure.svg)
    assert wide <= WIDE
    assert high <= HIGH
    assert len(figure.svg) < BYTES
    assert len(figure.text) < LETTERS
    assert 0 < len(figure.alt) <= 600


def test_an_outline_that_ends_says_so():
    """After a thousand lines it names where the rest is."""
    last = large.cluster(PODS).three_ips().text.splitlines()[-1]
    assert last.startswith("These were the first 1,000 lines.")
    assert "c.overview()" in last


def test_a_long_service_map_begins_with_what_leads_nowhere():
    """Of more Services than an outline has room for, those without a ready Pod are told first."""
    figure = large.cluster(18_000).service_map()
    lines = [line for line in figure.text.splitlines() if line.startswith("Service ")]
    broken = {f"Service {item.namespace}/{item.name}" for item in figure.facts.services if not item.ready}
    assert len(broken) > 5
    assert {line.partition(":")[0] for line in lines[: len(broken)]} == broken
