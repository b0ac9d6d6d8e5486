"""kube-proxy in nftables mode: the ruleset of a Node, and what it makes of a packet, as a real one had them."""

from __future__ import annotations

import re

import pytest
from test_kube_proxy import API_SERVER, NAMES, Recorded, check_facts

from k8snotes.node import nftables_mode


class RecordedInNftables(Recorded):
    """One recorded set, with the rules of nftables mode."""

    def written(self):
        return nftables_mode.rules(
            "node1", self.services, self.slices, node_ips=self.node_ips, service_cidr="10.96.0.0/16"
        )


@pytest.fixture(scope="module", params=NAMES)
def recorded(request):
    return RecordedInNftables(request.param)


def blocks(text):
    """The sets, maps and chains by their heads; the kernel lists the elements of a set in any order."""
    text = text.replace(API_SERVER, "<apiserver>")
    text = re.sub(r" expires \\w+", "", text)
    found = {}
    for head, body in re.findall(r"\n\t(\w+ \S+) \{\n(.*?)\n\t\}", text, re.DOTALL):
        lines = re.sub(r",\n\s+", ", ", body).split("\n")
        elements = [line for line in lines if "elements = {" in line]
        rest = [line.strip() for line in lines if line not in elements]
        items = [re.findall(r"\{ (.*) \}", line)[0].split(", ") for line in elements]
        # which clients an endpoint remembers is no rule
        known = [] if head.startswith("set affinity-") else sorted(items[0]) if items else []
        found[head] = (rest, known)
    return found


def test_the_ruleset_is_that_of_a_real_kube_proxy(recorded):
    """All sets, maps and chains are the same, names and comments included, to the letter."""
    theirs = blocks(recorded.answer["rules"]["nftables"])
    ours = blocks(str(recorded.rules))
    assert ours.keys() == theirs.keys()
    for head, block in theirs.items():
        assert ours[head] == block, head


def test_what_was_tried_ends_as_the_ruleset_says(recorded):
    """Every recorded attempt connects, is refused or dies as the rules and the listeners say, with these backends."""
    check_facts(recorded, recorded.answer["facts"]["nftables"])
