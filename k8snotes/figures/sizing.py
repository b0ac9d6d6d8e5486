"""Draws how many equal Pods fit: those that run, wait and are refused, and what is left on the Nodes.

First the API server checks the quota and creates or refuses a Pod. Then the scheduler finds it a Node, or the Pod waits.
Source of the rule: https://kubernetes.io/docs/concepts/policy/resource-quotas/
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from k8snotes.catalogue import Text, _, ngettext, sentences
from k8snotes.face import calls
from k8snotes.facts.sizing import Size, Sizing, size_of, sizing
from k8snotes.figures import palette
from k8snotes.figures.capacity import node_boxes, node_stories
from k8snotes.figures.figure import Figure
from k8snotes.figures.parts import align
from k8snotes.figures.scene import (
    Bar,
    Bars,
    Box,
    Line,
    Piece,
    Scene,
    Table,
    drawn_only,
    note,
    told_only,
)
from k8snotes.figures.wording import named, plain

__all__ = ["fit", "sizing_figure", "told"]

_CAPTION = _(
    "First the API server checks the quota, and creates or refuses each Pod. Then the scheduler looks for a Node, and "
    "a Pod waits if there is none. Neither of them looks at what Pods really use."
)
_WIDE = 285  # pixels: the bar of all Pods
_BROAD = 800  # pixels: their box
_MOST_SAID = 6  # Nodes in the alternative text


@calls
def fit(
    replicas: int = 3,
    *,
    cpu: str | float | None = None,
    memory: str | float | None = None,
    cpu_limit: str | float | None = None,
    memory_limit: str | float | None = None,
    nodes: int = 3,
    node_cpu: str | float = "4",
    node_memory: str | float = "8Gi",
    node_pods: int = 110,
    quota: Mapping[str, str | float] | None = None,
) -> Figure:
    """Draw how many of some equal Pods run, wait for a Node, or are refused; no cluster is needed.

    `kn.size()` is the same with sliders.

    Args:
        replicas: The desired number of Pods.
        cpu: What each requests of CPU, as in a manifest ("250m") or in cores (0.25).
        memory: What each requests of memory ("256Mi"), or bytes.
        cpu_limit: The limit of each on CPU; without a request it is the request too.
        memory_limit: The limit of each on memory, as above.
        nodes: How many Nodes there are, all of one size.
        node_cpu: What each Node has of CPU for Pods.
        node_memory: What each Node has of memory for Pods.
        node_pods: How many Pods a Node takes.
        quota: What a ResourceQuota would say, such as {"requests.cpu": "4"}.

    Raises:
        ClusterError: A number is out of range; the message names the argument.
        QuantityError: An amount cannot be read; the message names the argument.
        ApiError: The API server refuses what the Nodes or the quota would be.

    >>> fit(10, cpu="1500m", nodes=2, quota={"requests.cpu": "9"})
    <Figure how many fit: 10 Pods: 4 running, 2 waiting for a Node, 4 refused>
    """
    size = size_of(
        replicas,
        cpu=cpu,
        memory=memory,
        cpu_limit=cpu_limit,
        memory_limit=memory_limit,
        nodes=nodes,
        node_cpu=node_cpu,
        node_memory=node_memory,
        node_pods=node_pods,
        quota=quota,
    )
    return sizing_figure(sizing(size))


def sizing_figure(facts: Sizing) -> Figure:
    """Return how many Pods fit as a Figure.

    Args:
        facts: What was asked, what became of the Pods and why, and the Nodes with what they have left.
    """
    what = _("how many fit")
    return Figure(what, lambda: told(facts), facts, lambda: _scene(facts), caption=_CAPTION)


def told(facts: Sizing) -> Text:
    """Say in a line what becomes of the Pods: "10 Pods: 8 running, 2 waiting for a Node, 0 refused"."""
    return ngettext(
        "{n} Pod: {running} running, {waiting} waiting for a Node, {refused} refused",
        "{n} Pods: {running} running, {waiting} waiting for a Node, {refused} refused",
        facts.asked,
        running=facts.running,
        waiting=facts.waiting,
        refused=facts.refused,
    )


def _scene(facts: Sizing) -> Scene:
    """Return the scene: what becomes of the Pods, and under it the Nodes with what they have left."""
    nodes = facts.capacity.nodes
    head = _head(facts)
    return Scene(
        [Table(([item] for item in align([head, *node_boxes(nodes, alike=True)])), id="size")],
        [head, *node_stories(nodes)],
        opening=sentences(*_sentences(facts)),
    )


def _sentences(facts: Sizing) -> Iterator[str]:
    """Yield the alternative text: what becomes of the Pods, what each requests, and where they run."""
    nodes = facts.capacity.nodes
    for words in (told(facts), _each(facts.size)):
        yield _("{sentence}.", sentence=words)
    for node in nodes[:_MOST_SAID]:
        name = plain(node.name)
        yield ngettext("{n} Pod runs on {node}.", "{n} Pods run on {node}.", node.pods, node=name)
    if len(nodes) > _MOST_SAID:
        more = len(nodes) - _MOST_SAID
        yield ngettext("There is {n} more Node.", "There are {n} more Nodes.", more)


def _head(facts: Sizing) -> Box:
    """Return the box of all Pods: a bar of those that run, wait and are refused, and why."""
    pieces = [
        Piece(facts.running, palette.POD, _("✓ {n} running", n=facts.running), "✓"),
        Piece(facts.waiting, palette.NOT_READY, _("◐ {n} waiting", n=facts.waiting), "◐"),
        Piece(facts.refused, palette.TOO_MUCH, _("✗ {n} refused", n=facts.refused), "✗"),
    ]
    lines = [Line(note(_each(facts.size), palette.MUTED))]
    lines.append(told_only(_("QoS class {name}", name=facts.qos) if facts.qos else _("no Pod is created")))
    lines += _why(facts)
    lines += [
        told_only(
            _(
                "quota {name}: {used} of {hard} used",
                name=plain(name),
                used=plain(used),
                hard=plain(hard),
            )
        )
        for name, used, hard in facts.quota_used
    ]
    look = palette.ERROR if facts.refused else palette.NOT_READY if facts.waiting else palette.POD
    bar = (drawn_only(_("Pods")), Bar(pieces, facts.asked, width=_WIDE), drawn_only(""))
    return Box(lines, look, limit=_BROAD, inside=[Bars([[bar]])])


def _each(size: Size) -> str:
    """Say what each Pod requests, and its limits; a resource with a limit alone requests as much."""
    requests, limits = (
        named(f"{amount} {name}" for name, amount in amounts if amount)
        for amounts in (
            (("cpu", size.cpu or size.cpu_limit), ("memory", size.memory or size.memory_limit)),
            (("cpu", size.cpu_limit), ("memory", size.memory_limit)),
        )
    )
    if requests and limits:
        return _("Each Pod requests {requests}; its limits are {limits}", requests=requests, limits=limits)
    if requests:
        return _("Each Pod requests {requests} and has no limits", requests=requests)
    return _("Each Pod requests nothing and has no limits")


def _why(facts: Sizing) -> Iterator[Line]:
    """Yield why Pods are refused and why they wait; where none does, the line is there all the same, so nothing moves."""
    if facts.refused and facts.refusal:
        yield Line(note(_("✗ refused: {reason}", reason=plain(facts.refusal_detail)), palette.WARNING_INK))
    else:
        yield drawn_only(note(_("✓ The API server refuses no Pod"), palette.MUTED))
    if facts.waiting and facts.message:
        yield Line(note(_("◐ waiting: {reason}", reason=plain(facts.reasons)), palette.WARNING_INK))
    else:
        yield drawn_only(note(_("✓ No Pod waits for a Node"), palette.MUTED))
