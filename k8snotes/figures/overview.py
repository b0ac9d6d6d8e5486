"""Draws the overview of a cluster of any size: Namespaces, Services, workloads and Nodes, by what needs attention.

Pods are small squares, sorted by state. One square is one Pod, or up to so many Pods of one state where there are too many;
the picture says how many. Nodes are a map of squares: in each stands how much CPU and memory is requested, and how much is
used where something measures it. What has no room is counted, with the call that shows it.
Source of the rule: https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from k8snotes.catalogue import _, ngettext
from k8snotes.facts.amounts import amount_text
from k8snotes.facts.overview import FULL, STATES, WELL, Group, NodeSeen, Overview, PodSeen, Share, Tally
from k8snotes.figures import palette
from k8snotes.figures.figure import Figure
from k8snotes.figures.palette import Look
from k8snotes.figures.scene import (
    Box,
    Label,
    Line,
    Part,
    Run,
    Scene,
    Square,
    Squares,
    Table,
    Told,
    bold,
    drawn_only,
    note,
    told_only,
)
from k8snotes.figures.states import said
from k8snotes.figures.wording import headed, listed, noted, phrases, plain

__all__ = ["group_line", "looks_of_states", "node_line", "overview_figure", "tally_words"]

_CAPTION = _(
    'What needs attention comes first. c.overview("ns/NAME") shows one Namespace; a workload, a Service or a Node works '
    "in the same way."
)
_WIDE = 820  # pixels: the picture
_NAME, _WORDS = 150, 318  # pixels: the columns of names and of words
_ACROSS = 30  # squares of Pods in a row
_STEP = 11  # pixels from one square to the next
_MOST_SQUARES = 60  # of one row of Pods
_MOST_ROWS = 14  # Namespaces, workloads or Services with a row each
_MOST_NAMED = 8  # Pods and Nodes in need of attention that are named
_MOST_TOLD = 40  # rows in the outline
_MOST_NODES = 10_000  # squares of Nodes: twice as many as Kubernetes allows
_ROOM = 24  # squares of Nodes: of fewer, each is larger
_ROUND = (1, 2, 5)
_NODE_STEPS = ((60, 22), (400, 16), (1500, 13))  # up to so many Nodes: pixels from one square to the next

_EMPTY = palette.NOT_READY._replace(symbol="○")
_DONE = palette.LEFT_OUT._replace(symbol="")
_LOOKS = {"restarting": palette.FAULT, "Failed": palette.FAULT, "no Node yet": _EMPTY, "ready": palette.POD}
_LEVEL = Look(palette.NODE.line, palette.REQUESTED.fill, palette.NODE.ink, "solid")
_HIGH = palette.FAULT
_IN_USE = palette.USED


def overview_figure(facts: Overview) -> Figure:
    """Return the overview as a Figure.

    Args:
        facts: The counted Pods, Namespaces, Services, workloads and Nodes.

    Returns:
        A Figure; its outline tells the totals and what needs attention, however large the cluster is.

    >>> import k8snotes as kn
    >>> figure = overview_figure(kn.load("guestbook").overview().facts)
    >>> figure.finding, figure.verdict
    ('3 Nodes, 9 Pods, 1 Namespace', '✓ Every Pod is ready, and every Service has a ready endpoint')
    """
    return Figure(
        _what(facts),
        lambda: _finding(facts),
        facts,
        lambda: _Picture(facts).scene(),
        verdict=lambda: _verdict(facts),
        caption=_CAPTION,
    )


def looks_of_states(state: str) -> Look:
    """Return how a Pod in a state is drawn as a square.

    >>> looks_of_states("restarting").symbol, looks_of_states("ready").symbol, looks_of_states("not ready").symbol
    ('✗', '✓', '◐')
    """
    return _LOOKS.get(state, _DONE if state == "Succeeded" else palette.NOT_READY)


def tally_words(tally: Tally) -> str:
    """Say how many Pods there are, and how many of them are in which state that is not ready.

    >>> tally_words(Tally((("not ready", 1), ("ready", 4)))), tally_words(Tally((("ready", 4),)))
    ('5 Pods: 1 not ready, 4 ready', '4 Pods, all ready')
    """
    if not tally.pods:
        return str(_("no Pod"))
    pods = _pods(tally.pods)
    if tally.ready == tally.pods:
        return phrases(pods, _("all ready")) if tally.pods > 1 else phrases(pods, _("ready"))
    return headed(pods, phrases(*(_state_words(state, number) for state, number in tally.states)))


def _drawn_words(tally: Tally) -> str:
    """Say the same as `tally_words` in less room: how many are ready is what the others leave."""
    if not tally.troubled or not tally.ready:
        return tally_words(tally)
    others = (_state_words(state, number) for state, number in tally.states if state != "ready")
    return headed(_pods(tally.pods), phrases(*others))


def group_line(group: Group) -> str:
    """Return a line about a Namespace, a workload or a Service, for a list.

    >>> group_line(Group("namespace/shop", "shop", "", "Namespace", Tally((("ready", 4),)), services=2))
    '✓ shop: 4 Pods, all ready, 2 Services'
    """
    words = phrases(tally_words(group.tally), _of_services(group))
    return headed(f"{_sign(group)[0]} {_called(group)}", words)


def node_line(node: NodeSeen) -> str:
    """Return a line about a Node, for a list.

    >>> node_line(NodeSeen("node/node-1", "node-1", "Ready", True, Tally((("ready", 4),)), ()))
    '✓ node-1: Ready, 4 Pods, all ready'
    """
    return headed(f"{_node_sign(node)} {plain(node.name)}", _node_words(node))


def _what(facts: Overview) -> str:
    if not facts.ref:
        return _("overview")
    return _("overview of {kind} {name}", kind=facts.kind, name=plain(facts.name))


def _finding(facts: Overview) -> str:
    counts = [
        ngettext("{number} Node", "{number} Nodes", len(facts.nodes), number=_number(len(facts.nodes))),
        _pods(facts.tally.pods),
    ]
    if not facts.ref:
        number = len(facts.namespaces)
        counts.append(ngettext("{number} Namespace", "{number} Namespaces", number, number=_number(number)))
    return phrases(*counts)


def _verdict(facts: Overview) -> str:
    lacking = _lacking(facts)
    services = ngettext(
        "{number} Service has no ready endpoint",
        "{number} Services have no ready endpoint",
        lacking,
        number=_number(lacking),
    )
    silent = sum(not node.ready for node in facts.nodes)
    nodes = ngettext(
        "{number} Node is not ready", "{number} Nodes are not ready", silent, number=_number(silent)
    )
    more = [*([services] if lacking else []), *([nodes] if silent else [])]
    tally = facts.tally
    if tally.troubled:
        states = [_state_words(state, number) for state, number in tally.states if state not in WELL]
        count = _(
            "{troubled} of {pods} need attention", troubled=_number(tally.troubled), pods=_pods(tally.pods)
        )
        return f"✗ {phrases(noted(count, phrases(*states)), *more)}"
    if more:
        return f"✗ {phrases(*more)}"
    if not tally.pods:
        return f"◐ {_('There is no Pod')}"
    if facts.ref and not facts.services:
        return f"✓ {_('Every Pod is ready')}"
    return f"✓ {_('Every Pod is ready, and every Service has a ready endpoint')}"


def _lacking(facts: Overview) -> int:
    """Return how many Services have no ready endpoint."""
    if facts.ref:
        return sum(not service.served for service in facts.services)
    return sum(home.unserved for home in facts.namespaces)


class _Section(NamedTuple):
    """Groups of Pods with a row each: how they are called, and how more of them are counted."""

    title: str
    groups: Sequence[Group]
    rest: Callable[[int], str]


class _Picture:
    """The scene of one overview."""

    def __init__(self, facts: Overview) -> None:
        self.facts = facts
        self.sections = self._sections()
        shown = [group.tally for section in self.sections for group in section.groups]
        self.per = _per(max((tally.pods for tally in shown), default=facts.tally.pods))

    def scene(self) -> Scene:
        """Return the scene."""
        facts = self.facts
        parts: list[Part] = [self._key()]
        for section in self.sections:
            parts += self._rows(section)
        if facts.pods:
            parts += self._pod_lines()
        parts += self._nodes()
        told: list[Told] = [line for section in self.sections for line in self._told(section)]
        told += self._pods_told()
        told += self._nodes_told()
        opening = headed(_what(facts), _finding(facts))
        alt = _("{sentence}.", sentence=opening)
        return Scene(
            [Table(([part] for part in parts), spacing=6, id="overview", at=(0, 0))],
            told,
            opening=f"{alt} {_('{sentence}.', sentence=_verdict(facts).lstrip('✓✗◐ '))}",
        )

    def _sections(self) -> list[_Section]:
        facts = self.facts
        sections = []
        if not facts.ref or facts.kind == "Node":
            sections.append(_Section(_("Namespaces"), facts.namespaces, _more_namespaces))
        if facts.services and facts.kind != "Service":
            sections.append(_Section(_("Services"), facts.services, _more_services))
        if facts.workloads and (facts.kind != "Node" or len(facts.namespaces) == 1):
            sections.append(_Section(_("Workloads"), facts.workloads, _more_workloads))
        return sections

    # ---- Pods as squares

    def _key(self) -> Part:
        """Return what the squares of Pods mean: only the states that there are."""
        states = [state for state, _number in self.facts.tally.states]
        cells: list[Part] = []
        for state in states:
            label = Label(
                [drawn_only(note(f"{said(state)} {_number(self.facts.tally.of(state))}", palette.INK))]
            )
            cells.append(
                Table(
                    [[Squares([Square(looks_of_states(state))], step=_STEP + 3, above=2), label]], spacing=2
                )
            )
        if self.per > 1:
            words = _(
                "each square: up to {number} Pods of one state",
                number=_number(self.per),
            )
        else:
            words = _("each square: 1 Pod")
        cells.append(Label([drawn_only(note(words))]))
        return Table([cells[at : at + 5] for at in range(0, len(cells), 5)], spacing=14)

    def _squares(self, tally: Tally) -> Squares:
        squares: list[Square] = []
        for state, number in tally.states:
            look, name = looks_of_states(state), _state_words(state, number)
            squares += [Square(look, name=name)] * -(-number // self.per)
        return Squares(squares, across=_ACROSS, step=_STEP, above=4)

    def _rows(self, section: _Section) -> list[Part]:
        groups = section.groups
        shown = groups if len(groups) <= _MOST_ROWS + 1 else groups[:_MOST_ROWS]
        rows: list[list[Part]] = []
        for group in shown:
            sign, ink = _sign(group)
            name = [Run(f"{sign} ", color=ink.ink), bold(_called(group), most=20)]
            lines = [Line(name, "")]
            if (
                group.namespace
                and self.facts.kind not in ("Namespace", "Service")
                and not _plain_home(group, self.facts)
            ):
                lines.append(drawn_only(note(_("in {namespace}", namespace=plain(group.namespace)), most=28)))
            words = [drawn_only(note(_drawn_words(group.tally), palette.INK))]
            if _of_services(group):
                words.append(drawn_only(note(_of_services(group), palette.INK)))
            rows.append(
                [
                    Label(lines, limit=_NAME, width=_NAME),
                    self._squares(group.tally),
                    Label(words, limit=_WORDS),
                ]
            )
        title = Label([drawn_only([bold(section.title), note(f"   {_number(len(groups))}")])])
        parts: list[Part] = [title, Table(rows, spacing=4)]
        if len(shown) < len(groups):
            parts.append(Label([drawn_only(note(self._rest(section, groups[len(shown) :])))], limit=_WIDE))
        return parts

    def _rest(self, section: _Section, groups: Sequence[Group]) -> str:
        """Say how many more there are, how they are, and how to see one."""
        troubled = sum(group.needs_attention for group in groups)
        how = (
            ngettext(
                "{number} of them needs attention",
                "{number} of them need attention",
                troubled,
                number=_number(troubled),
            )
            if troubled
            else _("none of them needs attention")
        )
        call = _("c.overview({ref}) shows one of them", ref=repr(plain(_short(groups[0]))).replace("'", '"'))
        return phrases(section.rest(len(groups)), how, call)

    def _pod_lines(self) -> list[Part]:
        """Return the Pods that need attention most, by name."""
        pods = [pod for pod in self.facts.pods if pod.state not in WELL]
        if not pods:
            return []
        lines = [
            drawn_only([bold(_("Pods that need attention")), note(f"   {_number(len(pods))}")]),
            *(
                Line(
                    [
                        f"{looks_of_states(pod.state).symbol or '·'} ",
                        Run(plain(_pod_name(pod)), most=56),
                        note(f"   {_pod_words(pod)}"),
                    ],
                    "",
                )
                for pod in pods[:_MOST_NAMED]
            ),
        ]
        rest = len(pods) - _MOST_NAMED
        if rest > 0:
            call = "c.overview().facts.pods" if not self.facts.ref else _call(self.facts) + ".facts.pods"
            more = ngettext(
                "and {number} more: {call}",
                "and {number} more: {call}",
                rest,
                number=_number(rest),
                call=call,
            )
            lines.append(drawn_only(note(more)))
        return [Label(lines, limit=_WIDE)]

    # ---- Nodes

    def _nodes(self) -> list[Part]:
        nodes = self.facts.nodes
        if not nodes:
            return [Label([drawn_only(bold(_("There is no Node, so no Pod can run.")))])]
        shown = nodes[:_MOST_NODES]
        step = next((step for most, step in _NODE_STEPS if len(shown) <= most), 11)
        squares = [_node_square(node, self.facts.measured) for node in shown]
        title = Label(
            [drawn_only([bold(_("Nodes")), note(f"   {phrases(*_node_counts(nodes))}", palette.INK)])],
            limit=_WIDE,
        )
        parts: list[Part] = [title, self._node_key(step), Squares(squares, across=_WIDE // step, step=step)]
        if len(shown) < len(nodes):
            rest = len(nodes) - len(shown)
            parts.append(Label([drawn_only(note(ngettext("and {n} more", "and {n} more", rest)))]))
        lines = [
            drawn_only(
                [
                    f"{_node_sign(node)} ",
                    bold(node.name, most=40),
                    note(f"   {_node_words(node)}", palette.INK),
                ]
            )
            for node in self._worst(_MOST_NAMED)
        ]
        if lines:
            parts.append(Label(lines, limit=_WIDE))
        return parts

    def _worst(self, most: int) -> Sequence[NodeSeen]:
        """Return the Nodes that are named: those that need attention, or all of a few."""
        nodes = self.facts.nodes
        if len(nodes) <= most:
            return nodes
        return [node for node in nodes if not node.well or node.full][:most]

    def _node_key(self, step: int) -> Part:
        """Return what the squares of Nodes mean."""
        cells: list[Part] = []

        def add(square: Square, words: str) -> None:
            label = Label([drawn_only(note(words, palette.INK))], limit=420)
            cells.append(Table([[Squares([square], step=max(step, 16), above=1), label]], spacing=2))

        columns = [_("CPU"), _("memory")]
        half = [(50, _LEVEL), (70, _LEVEL)]
        if self.facts.measured:
            columns += [_("CPU in use"), _("memory in use")]
            half += [(30, _IN_USE), (40, _IN_USE)]
        add(
            Square(palette.POD, tuple(half)),
            _("columns: {names}, as high as the share that is requested", names=listed(columns[:2], 4))
            if not self.facts.measured
            else _(
                "columns: {names}", names=listed([_("CPU requested"), _("memory requested"), *columns[2:]], 4)
            ),
        )
        if any(node.full for node in self.facts.nodes):
            add(Square(palette.POD, ((95, _HIGH), (60, _LEVEL))), _("{percent} % or more", percent=FULL))
        if any(node.ready and not node.well for node in self.facts.nodes):
            add(Square(palette.NOT_READY, tuple(half)), _("cordoned, or low on memory"))
        if any(not node.ready for node in self.facts.nodes):
            add(Square(palette.FAULT, tuple(half)), _("not ready"))
        return Table([cells], spacing=14)

    # ---- the outline

    def _told(self, section: _Section) -> Iterable[Told]:
        groups = section.groups
        yield told_only(headed(section.title, _number(len(groups))), indent=0)
        for group in groups[:_MOST_TOLD]:
            sign, _look = _sign(group)
            name = _called(group)
            if group.namespace and not _plain_home(group, self.facts):
                name = noted(name, _("in {namespace}", namespace=plain(group.namespace)))
            words = headed(f"{sign} {name}", phrases(tally_words(group.tally), _of_services(group)))
            alt = _("{sentence}.", sentence=words[2:]) if group.needs_attention else ""
            yield Box([told_only(words)], indent=2, alt=alt, fault=group.needs_attention)
        if len(groups) > _MOST_TOLD:
            yield told_only(self._rest(section, groups[_MOST_TOLD:]))

    def _pods_told(self) -> Iterable[Told]:
        pods = [pod for pod in self.facts.pods if pod.state not in WELL]
        if not pods:
            return
        yield told_only(headed(_("Pods that need attention"), _number(len(pods))), indent=0)
        for pod in pods[:_MOST_TOLD]:
            sign = looks_of_states(pod.state).symbol
            yield told_only(headed(f"{sign} {_pod_name(pod)}", _pod_words(pod)))
        rest = len(pods) - _MOST_TOLD
        if rest > 0:
            yield told_only(ngettext("and {n} more", "and {n} more", rest))

    def _nodes_told(self) -> Iterable[Told]:
        nodes = self.facts.nodes
        if not nodes:
            yield told_only(_("There is no Node, so no Pod can run."), indent=0)
            return
        yield told_only(headed(_("Nodes"), phrases(_number(len(nodes)), *_node_counts(nodes))), indent=0)
        worst = self._worst(_MOST_TOLD)
        for node in worst:
            yield told_only(headed(f"{_node_sign(node)} {plain(node.name)}", _node_words(node)))
        rest = len(nodes) - len(worst)
        if rest:
            yield told_only(ngettext("and {n} more", "and {n} more", rest))


# ---- words


def _number(number: int) -> str:
    return format(number, ",")


def _pods(number: int) -> str:
    return str(ngettext("{number} Pod", "{number} Pods", number, number=_number(number)))


def _state_words(state: str, number: int) -> str:
    return str(_("{number} {state}", number=_number(number), state=said(state)))


def _more_namespaces(number: int) -> str:
    return str(
        ngettext(
            "and {number} more Namespace", "and {number} more Namespaces", number, number=_number(number)
        )
    )


def _more_services(number: int) -> str:
    return str(
        ngettext("and {number} more Service", "and {number} more Services", number, number=_number(number))
    )


def _more_workloads(number: int) -> str:
    return str(
        ngettext("and {number} more workload", "and {number} more workloads", number, number=_number(number))
    )


def _called(group: Group) -> str:
    if not group.name:
        return str(_("Pods without a workload"))
    return (
        plain(group.name)
        if group.kind in ("Namespace", "Service", "Deployment")
        else f"{plain(group.name)} ({plain(group.kind)})"
    )


def _short(group: Group) -> str:
    """Return the reference of a group as the chapters write it."""
    return (
        group.ref.replace("namespace/", "ns/").replace("deployment/", "deploy/").replace("service/", "svc/")
    )


def _call(facts: Overview) -> str:
    return f'c.overview("{plain(facts.ref)}")'


def _plain_home(group: Group, facts: Overview) -> bool:
    """Whether there is no need to name the Namespace of a group, because all are of this one."""
    return len(facts.namespaces) <= 1 and group.namespace in (item.name for item in facts.namespaces)


def _sign(group: Group) -> tuple[str, Look]:
    tally = group.tally
    if not group.served or group.unserved or tally.of("restarting") or tally.of("Failed"):
        return "✗", palette.FAULT
    if tally.troubled:
        return "◐", palette.NOT_READY
    return "✓", palette.POD


def _of_services(group: Group) -> str:
    """Say what is to be said of the Services of a Namespace, or of a Service itself beside its Pods."""
    if group.kind == "Service":
        return "" if group.served else f"✗ {_('no ready endpoint')}"
    if not group.services:
        return ""
    number = ngettext("{number} Service", "{number} Services", group.services, number=_number(group.services))
    if not group.unserved:
        return str(number)
    without = ngettext(
        "✗ {number} without a ready endpoint",
        "✗ {number} without a ready endpoint",
        group.unserved,
        number=_number(group.unserved),
    )
    return phrases(number, without)


def _pod_name(pod: PodSeen) -> str:
    return pod.name if pod.namespace == "default" else f"{pod.namespace}/{pod.name}"


def _pod_words(pod: PodSeen) -> str:
    restarts = ngettext("{n} restart", "{n} restarts", pod.restarts) if pod.restarts else ""
    status = "" if pod.status in (pod.state, "Running") else plain(pod.status)
    where = _("on {node}", node=plain(pod.node)) if pod.node else ""
    return phrases(said(pod.state), status, restarts, where)


def _node_sign(node: NodeSeen) -> str:
    if not node.well:
        return "◐" if node.ready else "✗"
    return "●" if node.full else "✓"


def _node_words(node: NodeSeen) -> str:
    shares = [_share_words(share) for share in node.shares[:2]]
    return phrases(said(node.state), tally_words(node.tally), *shares)


def _share_words(share: Share) -> str:
    there = amount_text(share.name, share.allocatable)
    words = _(
        "{resource} {percent} % of {there} requested", resource=share.name, percent=share.percent, there=there
    )
    if share.used is None:
        return str(words)
    return phrases(words, _("{percent} % in use", percent=share.percent_used))


def _node_counts(nodes: Sequence[NodeSeen]) -> list[str]:
    """Return how many Nodes are how: not ready, cordoned or low on memory, nearly full, and the rest."""
    silent = sum(not node.ready for node in nodes)
    aside = sum(node.ready and not node.well for node in nodes)
    full = sum(node.well and node.full for node in nodes)
    rest = len(nodes) - silent - aside - full
    counts = []
    if silent:
        counts.append(f"✗ {_('{number} {state}', number=_number(silent), state=_('not ready'))}")
    if aside:
        counts.append(
            f"◐ {_('{number} {state}', number=_number(aside), state=_('cordoned, or low on memory'))}"
        )
    if full:
        counts.append(
            "● " + _("{number} with {percent} % or more requested", number=_number(full), percent=FULL)
        )
    if rest:
        counts.append(f"✓ {_('{number} {state}', number=_number(rest), state=_('ready'))}")
    return [str(count) for count in counts]


def _node_square(node: NodeSeen, measured: bool) -> Square:
    """Return the square of a Node: columns for the CPU and the memory that are requested, and used."""
    levels = [
        (max(share.percent, 1), _HIGH if share.percent >= FULL else _LEVEL)
        for share in (node.share("cpu"), node.share("memory"))
    ]
    if measured:
        levels += [
            (max(share.percent_used, 1), _IN_USE) for share in (node.share("cpu"), node.share("memory"))
        ]
    look = palette.POD if node.well else palette.NOT_READY if node.ready else palette.FAULT
    return Square(look, tuple(levels), headed(node.name, _node_words(node)))


def _per(most: int) -> int:
    """Return how many Pods a square stands for at most, so that a row of so many Pods has room.

    >>> _per(30), _per(1500), _per(100_000)
    (1, 50, 2000)
    """
    size = 1
    while True:
        for first in _ROUND:
            if most <= (_MOST_SQUARES - len(STATES)) * first * size:
                return first * size
        size *= 10
