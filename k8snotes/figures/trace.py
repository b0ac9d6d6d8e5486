"""Draws one packet's way: a row for each hop, the Nodes that they are on, and the packet's addresses after each.

A trace is drawn whole, or as it is walked: the hop where the packet is now is marked, those ahead are pale. What a hop
has changed is marked: a rule writes a Pod IP in the place of a Cluster IP (DNAT), or a Node's address in the place of
the sender's (SNAT). In plain words, a short way is drawn from left to right, with the packet's addresses on the arrows.
Source of the rule: https://kubernetes.io/docs/reference/networking/virtual-ips/
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from itertools import groupby, pairwise
from typing import TYPE_CHECKING, NamedTuple

from k8snotes.api.kinds.pod import Pod
from k8snotes.catalogue import _, clauses, ngettext, sentences
from k8snotes.facts.node_rules import short_name
from k8snotes.figures import palette
from k8snotes.figures.figure import Figure
from k8snotes.figures.layout import HIGHEST, stack
from k8snotes.figures.measure import SMALL, cut, one_line, pixels, wide_of
from k8snotes.figures.palette import Look
from k8snotes.figures.parts import size_of
from k8snotes.figures.scene import (
    Bar,
    Box,
    Drawn,
    Label,
    Line,
    Link,
    Part,
    Path,
    Piece,
    Run,
    Scene,
    Table,
    Told,
    Words,
    bold,
    drawn_only,
    literal,
    note,
    told_only,
)
from k8snotes.figures.wording import named, noted, plain
from k8snotes.network.routes import status_words
from k8snotes.network.trace import OUTCOMES, Hop, Share, Trace

if TYPE_CHECKING:  # pandas is heavy
    import pandas as pd

__all__ = ["TraceFigure", "bare_place", "hop_words", "sign_of", "trace_figure", "walk_figure", "what_of"]

_ALL = 822  # pixels: the widest that a picture may be, without what is around it
_NODE, _HOP, _PACKET = 100, 520, 186  # pixels: the columns
_LEFT, _RIGHT = _NODE + 8, _NODE + _HOP + 16  # pixels: where the hops and the packet's addresses begin
_DENSEST = 2
_BETWEEN = (6, 4, 2)  # pixels between hops, for each density
_SHARES = (12, 8, 5)  # ends that are shown one by one, for each density
_SHARE = 240  # pixels: the bar of the end that most requests came to
_ENDS = 262  # pixels: their names
_ADDRESS = 20  # columns: the longest address with its port
_WALKED_IN_FULL = 10  # hops of a walk that have two lines each
_COLUMN = 7.2  # pixels: a column of a heading
_LEAST = 80  # pixels: less of a sentence says nothing
_STOPS = 3  # of a way from left to right
_PAD, _STOP = 12, 80  # pixels: around what is in a Node's frame, and the least height of a stop
_UNTOLD = ("PREROUTING", "OUTPUT", "KUBE-MARK-MASQ", "nat-prerouting", "nat-output")  # where any packet goes
_AHEAD = Hop("network", _("still ahead"), "", "", "", "", "")
_LOOKS = {
    "pod": palette.POD,
    "container": palette.POD,
    "proxy": palette.POD,
    "bridge": palette.POD,
    "rules": palette.SERVICE,
    "policy": palette.PLAIN,
    "machine": palette.NODE,
    "network": palette.MACHINERY,
    "balancer": palette.MACHINERY,
    "name": palette.MACHINERY,
}
_WALKED = _("▶ marks where the packet is now, and pale rows are still ahead.")
_CAPTION = _(
    "Read from top to bottom: each row is a place that the packet passes. At the right are its addresses after that place, "
    "and ▸ marks an address that has just changed."
)
_CAPTION_OF_STOPS = _(
    "Follow the arrows: on each of them are the packet's source and destination. ▸ marks an address that has just changed."
)


class TraceFigure(Figure):
    """A trace as a Figure: `.facts` has it in plain values, and its parts can be asked for here.

    `.outcome`, `.status`, `.reason`, `.hint`, `.hops`, `.server` (a Pod), `.server_ip`, `.client_seen`,
    `.spread` are those of the facts; `.table` has the hops as a pandas table, `.shares` the spread.

    >>> import k8snotes as kn
    >>> trace = kn.load("guestbook").trace("http://cache:6379", source="pod/client", times=2)
    >>> trace.outcome, trace.server.labels["tier"], trace.server_ip == trace.server.ip, trace.status
    ('connected', 'cache', True, None)
    >>> trace.hops[0].place, trace.client_seen, sum(share.requests for share in trace.spread)
    ('cluster DNS at 10.96.0.10', '10.244.2.2', 2)
    >>> "listens on port 6379" in trace.reason, trace.hint, len(trace.table) == len(trace.hops), len(trace.shares)
    (True, '', True, 2)
    """

    facts: Trace

    @property
    def title(self) -> str:
        """What was sent, and how it ended: "trace: web:80 from pod/client: connected"."""
        return _("{what}: {finding}", what=self.what, finding=ended(self.facts))

    @property
    def outcome(self) -> str:
        """How it ended: "connected", "refused", "timeout", "unresolved", "leaves"; "reply" or "no reply"."""
        return self.facts.outcome

    @property
    def status(self) -> int | None:
        """The status of HTTP that the sender is answered with, where the proxy of an Ingress or a Gateway is on the way."""
        return self.facts.status

    @property
    def hops(self) -> tuple[Hop, ...]:
        """The hops, in order: each has `source_before`, `destination_before`, `source_after`, `destination_after`."""
        return self.facts.hops

    @property
    def reason(self) -> str:
        """Why it ended so."""
        return self.facts.reason

    @property
    def hint(self) -> str:
        """What to do, "" where nothing is amiss."""
        return self.facts.hint

    @property
    def server(self) -> Pod | None:
        """The Pod that answered, None where none did."""
        return self.facts.server

    @property
    def server_ip(self) -> str | None:
        """The address that answered, None where none did."""
        return self.facts.server_ip

    @property
    def client_seen(self) -> str:
        """The address that the server takes for its client's, "" where no Pod answered."""
        return self.facts.client_seen

    @property
    def spread(self) -> tuple[Share, ...]:
        """With several requests: how many of them each Pod answered."""
        return self.facts.spread

    @cached_property
    def table(self) -> pd.DataFrame:
        """The hops as a table: where, what happens, source and destination before and after."""
        from k8snotes.tables import hops_table  # noqa: PLC0415  # pandas only where a table is asked for

        return hops_table(self.facts)

    @cached_property
    def shares(self) -> pd.DataFrame:
        """The spread as a table: server, address, outcome, requests, the share that is expected."""
        from k8snotes.tables import spread_table  # noqa: PLC0415  # pandas only where a table is asked for

        return spread_table(self.facts)


def trace_figure(
    facts: Trace, *, whose: Callable[[str], str] = lambda _ip: "", plainly: bool = False
) -> TraceFigure:
    """Return a trace as a Figure.

    Args:
        facts: The hops, how it ended and why, and with several requests how many each Pod answered.
        whose: Says whose an address is ("Pod IP of pod/web-1"), or "".
        plainly: Whether a short way is drawn from left to right, as it is told by names and addresses alone.

    Returns:
        A Figure that has the parts of its facts as attributes, and tables of the hops and of the spread.

    >>> import k8snotes as kn
    >>> c = kn.load("guestbook")
    >>> figure = trace_figure(c.trace("http://cache:6379", source="pod/client").facts)
    >>> print(figure.title)
    trace: cache:6379 from pod/client: connected
    """
    target = _called(facts)
    what = (
        _("ping: {target} from {source}", target=target, source=facts.source)
        if facts.protocol == "ICMP"
        else _("trace: {target} from {source}", target=target, source=facts.source)
    )
    way = _Stops(facts, whose) if plainly else None
    # what is asked for before the first packet is no stop of the packet
    short = way is not None and way.short
    finding = ngettext(
        "{target} from {source}, {n} hop",
        "{target} from {source}, {n} hops",
        len(facts.hops) - bool(way is not None and short and way.asked),
        target=target,
        source=facts.source,
    )
    if way is not None and short:
        return TraceFigure(
            what,
            finding,
            facts,
            way.scene,
            verdict=lambda: _verdict(facts, len(way.stops)),
            caption=_CAPTION_OF_STOPS,
        )
    return TraceFigure(
        what,
        finding,
        facts,
        lambda: _scene(facts, whose),
        verdict=lambda: _verdict(facts, len(facts.hops)),
        caption=_CAPTION,
    )


def walk_figure(facts: Trace, at: int, *, whose: Callable[[str], str] = lambda _ip: "") -> Figure:
    """Return the picture of a trace at one hop.

    Args:
        facts: The whole trace; of what is ahead the picture tells nothing.
        at: The hop where the packet is, from 1.
        whose: Says whose an address is, or "".

    >>> import k8snotes as kn
    >>> c = kn.load("guestbook")
    >>> print(walk_figure(c.trace("http://cache:6379", source="pod/client").facts, 2).title)
    hop 2 of 7: pod/client
    """
    what = _("hop {at} of {hops}", at=at, hops=len(facts.hops))
    return Figure(what, facts.hops[at - 1].place, facts, lambda: _walked(facts, at, whose), caption=_WALKED)


def hop_words(facts: Trace, at: int, *, whose: Callable[[str], str] = lambda _ip: "") -> str:
    """Say in words what happens at one hop: the addresses before and after, and the rules that acted.

    Args:
        facts: The whole trace.
        at: The hop, from 1; at the last one, the words say how it ended.
        whose: Says whose an address is, or "".

    >>> import k8snotes as kn
    >>> c = kn.load("guestbook")
    >>> print(hop_words(c.trace("http://cache:6379", source="pod/client").facts, 2).splitlines()[0])
    pod/client: the Pod sends the packet from its eth0, one end of a veth pair
    """
    return "\n".join(plain(" " * line.indent + line.told) for line in _hop_lines(facts, at, whose))


# ---- the trace, whole


def _called(facts: Trace) -> str:
    """Return what was called, with the protocol where it is not the usual one."""
    target = facts.url or facts.target
    return target if facts.protocol in ("TCP", "ICMP") else noted(target, facts.protocol)


def _verdict(facts: Trace, number: int) -> str:
    """Say how it ended, and who answered or where the way ends; the last place has this number in the picture."""
    sign, outcome, last = sign_of(facts), ended(facts), facts.hops[-1]
    if facts.server and facts.answered:
        return _("{sign} {outcome}: {server} answers", sign=sign, outcome=outcome, server=facts.server.name)
    if facts.answered or facts.outcome == "leaves":
        return _("{sign} {outcome}: {place}", sign=sign, outcome=outcome, place=last.place)
    return _(
        "{sign} {outcome} at hop {n}: {place}",
        sign=sign,
        outcome=outcome,
        n=number,
        place=last.place,
    )


def _scene(facts: Trace, whose: Callable[[str], str]) -> Scene:
    """Return the scene: a row for each hop, as dense as the picture has to be, and under them what is said at the end."""
    drawn: list[Drawn] = []
    told: list[Told] = []
    for density in range(len(_BETWEEN)):
        boxes = [_hop_box(facts, number, hop, density) for number, hop in enumerate(facts.hops)]
        packets = [_packet(facts, number, whose, density) for number in range(len(facts.hops))]
        drawn, low = _rows(facts.hops, boxes, packets, _BETWEEN[density])
        under = _under(facts, whose, density)
        low = stack(under, 0, low + 8)
        drawn += under
        if low <= HIGHEST - 4 or density == len(_BETWEEN) - 1:
            told = [*boxes, *_told_end(facts), *under]
            break
    return Scene(drawn, told, opening=_opening(facts))


def _told_end(facts: Trace) -> list[Told]:
    """Return how it ended, and what to do, for the outline."""
    told: list[Told] = [told_only(f"{sign_of(facts)} {_ended(facts)}", indent=0)]
    return [*told, *([told_only(f"→ {facts.hint}")] if facts.hint else [])]


def _opening(facts: Trace) -> str:
    """Return the alternative text: the hops, the addresses that they change, and the outcome."""
    places = named(dict.fromkeys(str(hop.place) for hop in facts.hops))
    way = _(
        "A packet goes from {source} to {target}. Its hops are {places}.",
        source=facts.source,
        target=facts.url or facts.target,
        places=places,
    )
    end = _("The outcome is {outcome}: {reason}.", outcome=ended(facts), reason=facts.reason)
    return sentences(way, *_changes(facts.hops), end)


def _changes(hops: Sequence[Hop]) -> list[str]:
    """Return a sentence for each address that a hop changes."""
    changes: list[str] = []
    for hop in hops:
        if hop.rewrites_destination:
            changes.append(
                _(
                    "The destination becomes {address} ({place}).",
                    address=hop.destination_after,
                    place=hop.place,
                )
            )
        if hop.rewrites_source:
            changes.append(
                _("The source becomes {address} ({place}).", address=hop.source_after, place=hop.place)
            )
    return changes or [_("No address changes.")]


def _ended(facts: Trace) -> str:
    """Return how it ended, and why."""
    return _("{outcome}: {reason}", outcome=ended(facts), reason=facts.reason)


def ended(facts: Trace) -> str:
    """Return how a trace ended: its outcome, and the status of HTTP if there is one."""
    return _with_status(OUTCOMES[facts.outcome], facts.status)


def _with_status(outcome: str, status: int | None) -> str:
    """Return an outcome with the status of HTTP, if there is one."""
    if status is None:
        return outcome
    return _("{outcome}, HTTP {status}", outcome=outcome, status=status_words(status))


def _rows(
    hops: Sequence[Hop], boxes: Sequence[Box], packets: Sequence[Label], gap: float
) -> tuple[list[Drawn], float]:
    """Put hops under each other, each with the packet's addresses beside it, and the Nodes at their left.

    Returns what is drawn, and where it ends.
    """
    heads = [
        Label([drawn_only(note(words))], limit=wide, at=(x, 0))
        for x, wide, words in (
            (0, _NODE, _("Node")),
            (_LEFT, _HOP, _("hop")),
            (_RIGHT, _PACKET, _("the packet after it")),
        )
    ]
    drawn: list[Drawn] = [*heads, *boxes, *packets]
    y = 2.0 + max(size_of(head)[1] for head in heads)
    spans: list[tuple[float, float]] = []
    for box, packet in zip(boxes, packets, strict=True):
        tall, beside = size_of(box)[1], size_of(packet)[1]
        high = max(tall, beside)
        box.at, packet.at = (_LEFT, y + (high - tall) / 2), (_RIGHT, y + (high - beside) / 2)
        spans.append((y, y + high))
        y += high + gap
    for node, group in groupby(range(len(hops)), key=lambda at: _machine(hops[at])):
        if not node:
            continue
        places = [*group]
        top, low = spans[places[0]][0], spans[places[-1]][1]
        drawn.append(
            Box(
                [drawn_only(Run(plain(node), bold=True, color=palette.NODE.ink, most=49))],
                palette.NODE,
                id=f"on{places[0]}",
                at=(0, top),
                size=(_NODE, low - top),
                keys=[f"hop{at}" for at in places],
                ref=f"node/{node}",
                title=_("Node {name}", name=plain(node)),
            )
        )
    return drawn, y - gap


def _hop_box(facts: Trace, number: int, hop: Hop, density: int = 0) -> Box:
    """Return the box of a hop: where, and what happens, in one line if it has to be dense.

    The picture has the chains that the packet went through; the outline has the rules themselves, and the addresses
    that are beside the box in the picture.
    """
    what, head, end = what_of(hop), _heading(number, hop), _end_of(facts, hop)
    shown: list[Line] = []
    beside: list[Run] = []
    if density == _DENSEST:
        room = _HOP - 48 - sum(map(wide_of, [_as_cut(head), *end]))
        beside = [note(f"   {one_line(what, room)}", "")._replace(told="")] if room > _LEAST else []
    else:
        brief = density and not hop.ends
        shown.append(drawn_only(note(one_line(what, _HOP - 16) if brief else what, "")))
        shown += _chains(hop, density)
    lines = [
        Line([head, *beside, *end]),
        told_only(plain(hop.what), after=": "),
        *([told_only(f"[{OUTCOMES[hop.ends]}]", after="  ")] if hop.ends else []),
        *shown,
        told_only(_way(hop), indent=6),
        *(told_only(_rule(rule), indent=6) for rule in hop.rules),
    ]
    return Box(
        lines,
        _look_of(hop, answered=facts.succeeded),
        id=f"h{number}",
        limit=_HOP - 16,
        width=_HOP,
        keys=[f"hop{number}"],
        ref=_ref_of(facts, hop),
        title=_("{place}: {what}", place=plain(hop.place), what=what_of(hop)),
    )


def _as_cut(heading: Run) -> Run:
    """Return a heading as the picture has room for it."""
    room = heading.most * _COLUMN
    return heading._replace(text=cut(heading.text, room, lambda text: pixels(text, bold=True)))


def _ref_of(facts: Trace, hop: Hop) -> str:
    """Return the reference of the Pod that a hop is, "" for any other."""
    if hop.kind == "container" and facts.server:
        return facts.server.ref
    return plain(hop.place) if hop.kind == "pod" else ""


def _packet(facts: Trace, number: int, whose: Callable[[str], str], density: int = 0) -> Label:
    """Return the packet's addresses after a hop, marked where they are new; "the same" where none is."""
    hop = facts.hops[number]
    lines: list[Line] = []
    if number and not hop.rewrites_source and not hop.rewrites_destination:
        lines.append(drawn_only(note("" if hop.ends else _("the same"))))
    else:
        for word, value, changed in _addresses(hop):
            if density == _DENSEST and number and not changed:
                continue
            lines.append(drawn_only(_address_words(word, value, changed=changed)))
            owner = whose(_host(value)) if density == 0 and (changed or not number) else ""
            if owner:
                lines.append(drawn_only(note(owner, most=25)))
    return Label(lines, limit=_PACKET, width=_PACKET, keys=[f"hop{number}"])


def _addresses(hop: Hop) -> tuple[tuple[str, str, bool], ...]:
    """Return a packet's two addresses after a hop, each with its word, and whether it is new."""
    return (
        (_("from"), hop.source_after, hop.rewrites_source),
        (_("to"), hop.destination_after, hop.rewrites_destination),
    )


def _address_words(word: str, value: str, *, changed: bool) -> list[str | Run]:
    """Return a word and an address, which begins at the same place after each of the words."""
    there = Run(plain(value), literal=True, most=_ADDRESS)
    words = [pixels(plain(said), SMALL) for said in (_("from"), _("to"))]
    blanks = 1 + round((max(words) - pixels(plain(word), SMALL)) / pixels(" ", SMALL)) if word else 0
    before = note(plain(word) + " " * blanks)
    if changed:
        mark = Run("▸ ", bold=True, color=palette.FAULT.ink, small=True)
        return [before, mark, there._replace(bold=True, color=palette.FAULT.ink)]
    return [before, there]


def _host(value: str) -> str:
    """Return the address of a destination without its port."""
    return value.partition(":")[0]


def _under(facts: Trace, whose: Callable[[str], str], density: int) -> list[Box | Label]:
    """Return what is said under the way: what to do, how the answer comes back, and the ends of several requests."""
    lines: list[Line] = []
    if facts.hint:
        lines.append(drawn_only([bold("→ "), plain(facts.hint)]))
    if facts.client_seen:
        owner = whose(facts.client_seen)
        owned = Run(_(" ({note})", note=owner) if owner else "", told="")
        lines.append(
            Line([_("client address that the server sees:"), " ", literal(facts.client_seen), owned])
        )
    lines += [Line(plain(facts.answer))] if facts.answer else []
    lines += [Line(plain(text)) for text in facts.notes if text]
    under: list[Box | Label] = [Label(lines, limit=_ALL - 4)] if lines else []
    return [*under, *([_spread(facts, _SHARES[density])] if facts.spread else [])]


def _spread(facts: Trace, most_shown: int) -> Box:
    """Return the box of many requests: a bar for each end, its number, and which Pod it is."""
    alike = ngettext("{n} request like this one", "{n} requests like this one", facts.times)
    lines = [
        Line(bold(alike), _("{requests}:", requests=ngettext("{n} request", "{n} requests", facts.times)))
    ]
    rows: list[list[Part]] = []
    most = max(share.requests for share in facts.spread)
    for number, share in enumerate(facts.spread):
        expected, counted = "", f"{share.requests:4}"
        if share.chance is not None:
            number_expected = _("{number} expected", number=f"{share.chance * facts.times:.3g}")
            expected, counted = _("({why})", why=number_expected), noted(counted, number_expected)
        nowhere = _("no answer") if share.outcome == "no reply" else _("no connection")
        who = share.server or share.address or nowhere
        outcome = _with_status(OUTCOMES[share.outcome], share.status)
        end = _("{server}: {outcome}", server=who, outcome=outcome)
        lines.append(told_only(f"{counted}  {end}"))
        if number >= most_shown:
            continue
        failed = share.outcome not in ("connected", "reply") or (share.status or 0) >= 400
        words: list[str | Run] = [bold(str(share.requests)), note(f"  {expected}")]
        words += [note(f"   ✗ {outcome}", palette.FAULT.ink)] if failed else []
        look = palette.TOO_MUCH if failed else palette.POD._replace(style="solid", border=1)
        rows.append(
            [
                Label([drawn_only(Run(plain(who), most=36))], limit=_ENDS, width=_ENDS + 8),
                Bar([Piece(share.requests, look)], most, width=_SHARE) if share.requests else Label([]),
                Label([drawn_only(words)], limit=270),
            ]
        )
    rest = [share.requests for share in facts.spread[most_shown:]]
    if rest:
        each = ngettext("each of {n} more", "each of {n} more", len(rest))
        many = _("{least} to {most}", least=min(rest), most=max(rest))
        shown = [note(each), bold(many)]
        rows.append(
            [
                Label([drawn_only(shown[0])], limit=_ENDS, width=_ENDS + 8),
                Bar([Piece(max(rest), palette.LEFT)], most, width=_SHARE),
                Label([drawn_only(shown[1])]),
            ]
        )
    return Box(lines, id="spread", inside=[Table(rows, spacing=5)], width=_ALL)


# ---- a short way in plain words


class _Stop(NamedTuple):
    """A place of a short way: one hop, or the rules of one Node that change both addresses."""

    hops: tuple[Hop, ...]

    @property
    def first(self) -> Hop:
        return self.hops[0]

    @property
    def last(self) -> Hop:
        return self.hops[-1]

    @property
    def node(self) -> str:
        return _machine(self.first)


def _shrunk(wides: Sequence[float], room: float) -> list[float]:
    """Return widths of which the widest are made smaller, until all have room."""
    most = max(wides)
    while sum(min(wide, most) for wide in wides) > room and most > _LEAST:
        most -= 1
    return [min(wide, most) for wide in wides]


def _named(node: str, room: float) -> Run:
    """Return the name of a Node for the right side of its frame."""
    name = cut(plain(node), room, lambda text: pixels(text, bold=True))
    return Run(name, bold=True, color=palette.NODE.ink, whole=True, right=True)


class _Stops:
    """A way from left to right: the name that is asked for beside it, each stop on its Node, a table of the packet."""

    def __init__(self, facts: Trace, whose: Callable[[str], str]) -> None:
        self.facts, self.whose = facts, whose
        hops = facts.hops
        self.asked = hops[0] if len(hops) > 1 and hops[0].kind == "name" and not hops[0].ends else None
        sent = hops[1:] if self.asked else hops
        self.stops = [
            _Stop(tuple(group)) for _key, group in groupby(sent, key=lambda hop: (hop.kind, str(hop.place)))
        ]

    @property
    def short(self) -> bool:
        """Whether there is room for the way from left to right."""
        return 1 < len(self.stops) <= _STOPS

    def scene(self) -> Scene:
        """Return the scene."""
        facts = self.facts
        boxes = [self.box(number, stop) for number, stop in enumerate(self.stops)]
        labels = [self.label(before) for before, _after in pairwise(self.stops)]
        for at, label in enumerate(labels):
            label.keys = (f"stop{at}", f"stop{at + 1}")
        crossing = [before.node != after.node for before, after in pairwise(self.stops)]
        gaps = [
            size_of(label)[0] + 20 + (_PAD * (bool(before.node) + bool(after.node)) if crosses else 0)
            for label, crosses, (before, after) in zip(labels, crossing, pairwise(self.stops), strict=True)
        ]
        outer = _PAD * (bool(self.stops[0].node) + bool(self.stops[-1].node))
        room = _ALL - sum(gaps) - outer - len(boxes)
        natural = [size_of(box)[0] for box in boxes]
        for box, wide in zip(boxes, _shrunk(natural, room), strict=True):
            box.width = int(wide + 1)
        left = _PAD if self.stops[0].node else 0
        dns = self.dns(left + boxes[0].width / 2)
        top = 78.0 if dns else 0.0  # of the frames: above them are the DNS server and its arrow
        upper = top + 30
        high = max(_STOP, *(size_of(box)[1] for box in boxes))
        x = float(left)
        for at, box in enumerate(boxes):
            box.size, box.at = (box.width, high), (x, upper)
            x += box.width
            if at < len(gaps):
                first = self.stops[at].node and crossing[at]
                label = labels[at]
                label.at = (x + 8 + (_PAD if first else 0), upper + high / 2 - size_of(label)[1] - 2)
                x += gaps[at]
        frames = self.frames(boxes, top, high + 30 + _PAD)
        links = [Link(f"s{at}:e", f"s{at + 1}:w", {"penwidth": "2"}) for at in range(len(boxes) - 1)]
        if not facts.answered and facts.outcome != "leaves":
            links[-1].way = {"penwidth": "2", **palette.CUT}
        drawn: list[Drawn] = [*frames, *boxes, *labels, *links]
        for before, label in zip(self.stops, labels, strict=False):
            changed = any(hop.rewrites_source or hop.rewrites_destination for hop in before.hops)
            if changed and label.at:
                x, _y = label.at
                said = drawn_only(note(_("changed"), palette.FAULT.ink))
                drawn.append(Label([said], at=(x, upper + high / 2 + 4), keys=label.keys))
        if dns:
            drawn += dns
            drawn.append(Link("s0:n", "dns:s", {**palette.BACK_AND_FORTH, "style": "dashed"}))
        low = top + high + 30 + _PAD
        if facts.spread:
            spread = _spread(facts, _SHARES[0])
            low = stack([spread], 0, low + 8)
            drawn.append(spread)
        else:
            table, low = self.table(low + 8)
            drawn += table
        if facts.hint:
            drawn.append(
                Label([drawn_only([bold("→ "), plain(facts.hint)])], limit=_ALL - 4, at=(0, low + 8))
            )
        # the numbers are those of the picture: what was asked before the first packet has none
        lowest = -1 if self.asked else 0
        told = [_hop_box(facts, number, hop) for number, hop in enumerate(facts.hops, lowest)]
        return Scene(
            drawn,
            [*told, *_told_end(facts), *_under(facts, self.whose, 0)],
            opening=_opening(facts),
        )

    def box(self, number: int, stop: _Stop) -> Box:
        """Return the box of a stop: what it is, its address, and what it does in a few words."""
        facts, hop = self.facts, stop.last
        look = _look_of(hop, answered=facts.succeeded)
        name = bare_place(stop.first)
        if hop.kind == "container" and facts.server:
            name = facts.server.name
        lines: list[Words] = [bold(f"{number + 1}  {name.removeprefix('pod/')}", most=26)]
        if number == 0:
            lines.append(
                Run(plain(hop.source_before), bold=True, color=look.ink, literal=True, most=_ADDRESS)
            )
            sends = _("asks DNS, then sends") if self.asked else _("sends the packet")
            lines += [] if hop.ends else [note(sends, "")]
        elif hop.ends:
            there = Run(plain(hop.destination_after), bold=True, color=look.ink, literal=True, most=_ADDRESS)
            lines += [there] if hop.kind == "container" else []
        else:
            lines.append(note(self.does(stop), ""))
        if hop.ends:
            word = ended(facts) if hop.ends == facts.outcome else OUTCOMES[hop.ends]
            lines.append(note(f"{sign_of(facts)} {word}", look.ink))
        said = clauses(*map(what_of, stop.hops))
        return Box(
            [drawn_only(words) for words in lines],
            look,
            id=f"s{number}",
            limit=190,
            keys=[f"stop{number}"],
            ref=_ref_of(facts, hop),
            title=_("{place}: {what}", place=plain(stop.first.place), what=said),
        )

    @staticmethod
    def does(stop: _Stop) -> str:
        """Say in a few words what a stop in the middle does."""
        source = any(hop.rewrites_source for hop in stop.hops)
        destination = any(hop.rewrites_destination for hop in stop.hops)
        if stop.first.kind == "rules" and destination:
            if source:
                return _("They choose a Pod, and change both addresses.")
            return _("They choose a Pod, and change the address.")
        return what_of(stop.first)

    @staticmethod
    def label(before: _Stop) -> Label:
        """Return the packet's addresses on the arrow after a stop."""
        changed = (
            any(hop.rewrites_source for hop in before.hops),
            any(hop.rewrites_destination for hop in before.hops),
        )
        return Label(
            [
                drawn_only(_address_words(word, value, changed=new))
                for (word, value, _new), new in zip(_addresses(before.last), changed, strict=True)
            ],
            limit=_PACKET,
        )

    def dns(self, middle: float) -> list[Drawn]:
        """Return the DNS server, and beside it what it was asked, and what it said; nothing where it was not asked.

        Its middle is over that of the sender, in pixels to the right.
        """
        if not self.asked:
            return []
        hop = self.asked
        box = Box([drawn_only(bold(hop.place))], palette.MACHINERY, id="dns", limit=int(2 * middle) - 16)
        x = middle - size_of(box)[0] / 2
        box.at = (x, 2)
        name, told = _host(hop.destination_before), _host(hop.destination_after)
        owner = self.whose(told)
        asked = [note(f"{_('asked:')} "), Run(plain(name), literal=True, most=40)]
        asked.append(note(f"   {_('before the first packet')}"))
        answer = [note(f"{_('told:')} "), literal(told), note(f"   {owner}" if owner else "", most=50)]
        beside = Label([drawn_only(asked), drawn_only(answer)], limit=560, at=(x + size_of(box)[0] + 10, 0))
        return [box, beside]

    def frames(self, boxes: Sequence[Box], top: float, high: float) -> list[Box]:
        """Return the frames of the Nodes that stops are on."""
        frames: list[Box] = []
        for node, group in groupby(range(len(boxes)), key=lambda at: self.stops[at].node):
            if not node:
                continue
            places = [*group]
            first, last = boxes[places[0]], boxes[places[-1]]
            (left, _y), (right, _y) = first.at or (0, 0), last.at or (0, 0)
            left, right = left - _PAD, right + last.width + _PAD
            frames.append(
                Box(
                    # its name is at the right, because the arrow from the DNS server ends at the left
                    [drawn_only([note(_("Node")), _named(node, right - left - 70)])],
                    palette.NODE,
                    width=int(right - left),
                    at=(left, top),
                    size=(right - left, high),
                )
            )
        return frames

    def table(self, top: float) -> tuple[list[Drawn], float]:
        """Return the table of the packet under the way: from, to, and what happened, for each arrow and the answer.

        Returns what is drawn, and where it ends.
        """
        facts = self.facts
        rows: list[tuple[str, list[Words], str]] = []
        for number, (before, _after) in enumerate(pairwise(self.stops), 1):
            words = [run for line in self.label(before).lines for run in [line.drawn[1:]]]
            said = clauses(*map(what_of, before.hops))
            rows.append((f"{number} → {number + 1}", [*words], said))
        if not facts.answered:
            rows.append((str(len(self.stops)), [(), ()], what_of(self.stops[-1].last)))
        elif facts.answer:
            hop = self.stops[0].first
            source, sender = hop.destination_before, hop.source_before
            changed = source != self.stops[-1].last.destination_after
            back = [
                _address_words("", source, changed=changed)[1:],
                _address_words("", sender, changed=False)[1:],
            ]
            rows.append((_("answer"), [*back], plain(facts.answer)))
        xs = (0, 78, 228, 378)
        heads = (_("packet"), _("from"), _("to"), _("what happened"))
        drawn: list[Drawn] = [
            Label(
                [drawn_only(Run(plain(word), bold=True, color=palette.MUTED, small=True, most=most))],
                at=(x, top),
            )
            for x, word, most in zip(xs, heads, (10, 20, 20, 40), strict=True)
        ]
        y = top + 20
        drawn.append(Path([(0, y), (_ALL, y)], palette.EDGE))
        for at, (name, addresses, said) in enumerate(rows):
            cells = [
                Label([drawn_only(words)], limit=limit)
                for words, limit in (
                    (name, 70),
                    *((words, 146) for words in addresses),
                    (said, _ALL - xs[-1] - 4),
                )
            ]
            for x, cell in zip(xs, cells, strict=True):
                cell.keys = (f"stop{at}", f"stop{at + 1}")
                small = all(run.literal or run.small for line in cell.lines for run in line.drawn)
                cell.at = (x, y + (6 if small else 4))  # all stand on one line
            drawn += cells
            y += max(size_of(cell)[1] for cell in cells) + 8
            drawn.append(Path([(0, y), (_ALL, y)], width=1))
        return drawn, y


# ---- the trace, as it is walked


def _walked(facts: Trace, at: int, whose: Callable[[str], str]) -> Scene:
    """Return the scene of hop `at` (from 1): what is ahead is not told, the reader may guess where it goes.

    Each hop has the same height at every moment, so that nothing moves but the mark.
    """
    hops = [hop if number < at else _AHEAD for number, hop in enumerate(facts.hops)]
    dense = 0 if len(hops) <= _WALKED_IN_FULL else _DENSEST
    boxes = [_walked_box(facts, number, hop, at, dense=bool(dense)) for number, hop in enumerate(hops)]
    packets = [
        _packet(facts, number, whose, max(1, dense)) if number < at else Label([], width=_PACKET)
        for number in range(len(hops))
    ]
    drawn, _low = _rows(hops, boxes, packets, _BETWEEN[dense])
    hop = facts.hops[at - 1]
    behind = named(dict.fromkeys(str(hop.place) for hop in facts.hops[: at - 1]))
    where = _(
        "A packet from {source} to {target} is at hop {at} of {hops}, {place}: {what}.",
        source=facts.source,
        target=facts.target,
        at=at,
        hops=len(facts.hops),
        place=hop.place,
        what=hop.what,
    )
    opening = sentences(where, _("It came by way of {places}.", places=behind) if behind else "")
    return Scene(drawn, _hop_lines(facts, at, whose), opening=opening)


def _walked_box(facts: Trace, number: int, hop: Hop, at: int, *, dense: bool) -> Box:
    """Return the box of a hop: marked where the packet is, pale where it will be."""
    look = _look_of(hop, answered=facts.succeeded)
    lines: list[Words] = [[_heading(number, hop), *_end_of(facts, hop)]]
    what: Words = note(one_line(what_of(hop), _HOP - 16), "")
    if number >= at:
        look, lines, what = palette.LEFT_OUT, [note(f"{number + 1}  {hop.place}")], ""
    elif number == at - 1:
        look = palette.ACTS
        mark = Run("▶ ", bold=True, color=look.ink)
        lines = [[mark, _heading(number, hop), *_end_of(facts, hop)]]
    high = 36 if dense else 48  # the two addresses beside it have room
    lines += [] if dense else [what]
    return Box(
        [drawn_only(words) for words in lines],
        look,
        id=f"h{number}",
        width=_HOP,
        size=(_HOP, high),
        keys=[f"hop{number}"] if number < at else (),
        title=_("{place}: {what}", place=plain(hop.place), what=what_of(hop))
        if number < at
        else plain(hop.place),
    )


def _hop_lines(facts: Trace, at: int, whose: Callable[[str], str]) -> list[Line]:
    """Return what is said of hop `at` (from 1): the addresses before and after, and the rules that acted."""
    hop = facts.hops[at - 1]
    lines = [told_only(plain(_("{place}: {what}", place=hop.place, what=what_of(hop))), indent=0)]
    source, destination = _owned(hop.source_before, whose), _owned(hop.destination_before, whose)
    new_source, new_destination = _owned(hop.source_after, whose), _owned(hop.destination_after, whose)
    lines += [
        told_only(plain(words))
        for words in (
            _("source {before} becomes {after}", before=source, after=new_source)
            if hop.rewrites_source
            else _("source {address}", address=source),
            _("destination {before} becomes {after}", before=destination, after=new_destination)
            if hop.rewrites_destination
            else _("destination {address}", address=destination),
        )
    ]
    lines += [told_only(_rule(rule)) for rule in hop.rules]
    if at == len(facts.hops):
        lines.append(told_only(plain(f"{sign_of(facts)} {_ended(facts)}"), indent=0))
        lines += [told_only(plain(f"→ {text}")) for text in (facts.hint, facts.answer) if text]
    return lines


def _rule(rule: str) -> str:
    return plain(_("rule {rule}", rule=rule))


def _owned(value: str, whose: Callable[[str], str]) -> str:
    owner = whose(value.partition(":")[0])
    return noted(value, owner)


# ---- what both say of a hop


def sign_of(facts: Trace) -> str:
    """Return ✓ for a packet that was answered with no error, ✗ for one that was not, → for one that has left the cluster."""
    return "✓" if facts.succeeded else "→" if facts.outcome == "leaves" else "✗"


def what_of(hop: Hop) -> str:
    """Return what happens at a hop, in words."""
    if hop.kind != "name":
        return plain(hop.what)
    return plain(_("the sender looks up the name: {answer}", answer=hop.what))


def _look_of(hop: Hop, *, answered: bool) -> Look:
    """Return how a hop is drawn; the last one as it ended."""
    if hop.ends and hop.ends != "leaves":
        if answered:
            return palette.POD
        return palette.ERROR if hop.kind == "rules" else palette.FAULT
    # a machine that is no Node is not drawn as one
    return palette.MACHINERY if hop.kind == "machine" and not hop.node else _LOOKS[hop.kind]


def bare_place(hop: Hop) -> str:
    """Return where a hop is, without the Node that is drawn beside it."""
    place = plain(hop.place)
    bare = place.removeprefix(plain(hop.node)) if hop.node else place
    return bare.lstrip(":： ") if bare[:1] in (":", "：") else place


def _heading(number: int, hop: Hop) -> Run:
    """Return the number of a hop and where it is, on one line."""
    told = f"{number + 1:2}. {hop.place}" if number >= 0 else _("first: {place}", place=hop.place)
    return Run(f"{number + 1}  {bare_place(hop)}", bold=True, whole=True, most=52, told=told)


def _end_of(facts: Trace, hop: Hop) -> list[Run]:
    """Return how the packet ended, at the hop where it did; the outline has it behind what happened."""
    if not hop.ends:
        return []
    with_status = facts.status is not None and hop.ends == facts.outcome
    word = status_words(facts.status or 0) if with_status else OUTCOMES[hop.ends]
    look = _look_of(hop, answered=facts.succeeded)
    text = plain(f"{sign_of(facts)} {word}")
    return [Run(text, bold=True, color=look.ink, whole=True, right=True, told="")]


def _chain_of(rule: str) -> str:
    """Return the chain of a rule, as iptables-save or nft prints it."""
    if rule.startswith("chain "):
        return rule.removeprefix("chain ").partition(": ")[0]
    return rule.partition("-A ")[2].partition(" ")[0]


def _chains(hop: Hop, density: int) -> list[Line]:
    """Return the chains that a packet went through, without the marks on its way; none where there are none."""
    names = dict.fromkeys(plain(_chain_of(rule)) for rule in hop.rules)
    shown = [name for name in names if name and name not in _UNTOLD]
    if density:
        shown = [f"{short_name(name)}-…" if name.count("-") > 1 else name for name in shown]
    chains = " ▸ ".join(shown)
    return [drawn_only(literal(chains, palette.MUTED))] if chains else []


def _way(hop: Hop) -> str:
    before = f"{hop.source_before} → {hop.destination_before}"
    after = f"{hop.source_after} → {hop.destination_after}"
    return before if before == after else _("{before}   becomes   {after}", before=before, after=after)


def _machine(hop: Hop) -> str:
    """Return the Node that a hop is on, "" for one that is between machines or beyond them."""
    return "" if hop.between else hop.node
