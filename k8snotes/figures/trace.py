"""Draws one packet's way: a box for each hop, those of one Node in its frame, the packet's addresses on the arrows.

A trace is drawn whole, or as it is walked: the hop where the packet is now in full, those ahead pale. Addresses
are on an arrow where they are new, and what the hop before has changed is marked: a rule writes a Pod IP in the
place of a Cluster IP (DNAT), or a Node's address in the place of the sender's (SNAT).
Source of the rule: https://kubernetes.io/docs/reference/networking/virtual-ips/
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from itertools import groupby
from typing import TYPE_CHECKING

from k8snotes.api.kinds.pod import Pod
from k8snotes.catalogue import _, ngettext
from k8snotes.figures import palette
from k8snotes.figures.figure import Figure
from k8snotes.figures.palette import Look
from k8snotes.figures.scene import (
    Box,
    Drawn,
    Frame,
    Label,
    Line,
    Link,
    Part,
    Run,
    Scene,
    Table,
    Told,
    Words,
    address,
    bold,
    drawn_only,
    note,
    told_only,
)
from k8snotes.figures.wording import plain
from k8snotes.network.routes import status_words
from k8snotes.network.trace import OUTCOMES, Hop, Share, Trace

if TYPE_CHECKING:  # pandas is heavy
    import pandas as pd

__all__ = ["TraceFigure", "hop_words", "sign_of", "trace_figure", "walk_figure", "what_of"]

_WIDE = 430  # points: the box of a hop
_AT = 40  # points from the left to the arrows: the addresses are to their right
_BAR = 16  # letters: the bar of the end that most requests came to
_MOST_SHARES = 12
_AHEAD = Hop("network", _("still ahead"), "", "", "", "", "")
_LOOKS = {
    "pod": palette.POD,
    "container": palette.POD,
    "proxy": palette.POD,
    "bridge": palette.POD,
    "rules": palette.SERVICE,
    "policy": palette.PLAIN,
    "machine": palette.NODE,
    "network": palette.PLAIN,
    "balancer": palette.PLAIN,
    "name": palette.PLAIN,
}
_WALKED = _("▶ marks where the packet is now, and dotted frames are still ahead")
_CAPTION = _(
    "Follow the arrows down. An arrow names the packet's source and destination where they are new, "
    "and ▸ marks what the hop above has changed"
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


def trace_figure(facts: Trace, *, whose: Callable[[str], str] = lambda _ip: "") -> TraceFigure:
    """Return a trace as a Figure.

    Args:
        facts: The hops, how it ended and why, and with several requests how many each Pod answered.
        whose: Says whose an address is ("Pod IP of pod/web-1"), or "".

    Returns:
        A Figure that has the parts of its facts as attributes, and tables of the hops and of the spread.

    >>> import k8snotes as kn
    >>> c = kn.load("guestbook")
    >>> figure = trace_figure(c.trace("http://cache:6379", source="pod/client").facts)
    >>> print(figure.title)
    trace: cache:6379 from pod/client: connected
    """
    target = facts.url or facts.target
    target = target if facts.protocol in ("TCP", "ICMP") else f"{target} ({facts.protocol})"
    what = (
        _("ping: {target} from {source}", target=target, source=facts.source)
        if facts.protocol == "ICMP"
        else _("trace: {target} from {source}", target=target, source=facts.source)
    )
    return TraceFigure(what, ended(facts), facts, lambda: _scene(facts, whose), caption=_CAPTION)


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


def _scene(facts: Trace, whose: Callable[[str], str]) -> Scene:
    """Return the scene: the hops from top to bottom, those on one machine in one frame.

    A name is asked for before the packet is sent: so its box is inside that of the sender, and not on the way.
    """
    hops, sign = facts.hops, sign_of(facts)
    first = int(len(hops) > 1 and hops[0].kind == "name" and not hops[0].ends)
    boxes = [
        _hop_box(facts, number, hop, asked=hops[0] if first and number == 1 else None)
        for number, hop in enumerate(hops)
    ]
    drawn = _on_machines(hops[first:], boxes[first:])
    for number, hop in list(enumerate(hops[:-1]))[first:]:
        new = number == first or hop.rewrites_source or hop.rewrites_destination
        words = _addresses(hop, whose) if new else None
        drawn.append(Link(f"h{number}:out", f"h{number + 1}:in", words=words))
    ending = _ending(facts, whose)
    spread = [_spread(facts)] if facts.spread else []
    tail = f"h{len(hops) - 1}:out"
    for box in (*ending, *spread):
        drawn += [box, Link(tail, f"{box.id}:in", {"style": "dashed", "arrowhead": "none"})]
        tail = f"{box.id}:out"
    told: list[Told] = [*boxes, told_only(f"{sign} {_ended(facts)}", indent=0)]
    told += [told_only(f"→ {facts.hint}")] if facts.hint else []
    told += [*ending, *spread]
    places = ", ".join(dict.fromkeys(str(hop.place) for hop in hops))
    way = _(
        "A packet goes from {source} to {target}. Its hops are {places}.",
        source=facts.source,
        target=facts.url or facts.target,
        places=places,
    )
    end = _("The outcome is {outcome}: {reason}.", outcome=ended(facts), reason=facts.reason)
    opening = " ".join([str(way), *_changes(hops), str(end)])
    layout = {"rankdir": "TB", "nodesep": "0.2", "ranksep": "0.22", "compound": "true"}
    return Scene(drawn, told, opening=opening, layout=layout)


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


def _hop_box(facts: Trace, number: int, hop: Hop, asked: Hop | None = None) -> Box:
    """Return the box of a hop: where, and what happens; inside it is what was asked of DNS before, if anything was.

    The picture has the chains that the packet went through; the outline has the rules themselves, and the addresses
    that are on the arrow in the picture.
    """
    lines = [
        Line([_heading(number, hop), *_end_of(facts, hop)]),
        Line(_what(hop), after=": "),
        *([told_only(f"[{OUTCOMES[hop.ends]}]", after="  ")] if hop.ends else []),
        *_chains(hop),
        told_only(_way(hop), indent=6),
        *(told_only(_rule(rule), indent=6) for rule in hop.rules),
    ]
    look = _look_of(hop, answered=facts.succeeded)
    inside = [_name_box(asked)] if asked else []
    return Box(lines, look, id=f"h{number}", limit=_WIDE, width=_WIDE, inside=inside)


def _name_box(hop: Hop) -> Box:
    """Return the box of a name that was looked up, which is drawn beside the way; the outline has it as a hop."""
    where = _("asked before: {place}", place=plain(hop.place))
    head = Run(f"1  {where}", bold=True, whole=True, most=42)
    lines = [drawn_only([head]), drawn_only(_what(hop))]
    return Box(lines, palette.LEFT_OUT, limit=_WIDE - 24, width=_WIDE - 24)


def _ending(facts: Trace, whose: Callable[[str], str]) -> list[Box]:
    """Return the box of what is said at the end, if anything is: what to do, and how the answer comes back."""
    lines: list[Line] = []
    if facts.client_seen:
        owner = whose(facts.client_seen)
        named = Run(f" ({owner})" if owner else "", told="")
        lines.append(Line([_("client address that the server sees:"), " ", bold(facts.client_seen), named]))
    lines += [Line(plain(facts.answer))] if facts.answer else []
    lines += [drawn_only(plain(facts.hint))] if facts.hint else []
    lines += [Line(plain(text)) for text in facts.notes if text]
    if not lines:
        return []
    # every line is one of its own, the first too
    return [Box([drawn_only(()), *lines], id="end", limit=_WIDE, width=_WIDE)]


def _spread(facts: Trace) -> Box:
    """Return the box of many requests: a bar for each end, its number, and which Pod it is."""
    alike = ngettext("{n} request like this one", "{n} requests like this one", facts.times)
    lines = [
        Line(bold(alike), _("{requests}:", requests=ngettext("{n} request", "{n} requests", facts.times)))
    ]
    rows: list[list[Part]] = []
    most = max(share.requests for share in facts.spread)
    for share in facts.spread:
        expected: str = ""
        if share.chance is not None:
            expected = _("({number} expected)", number=f"{share.chance * facts.times:.3g}")
        after = f" {expected}" if expected else ""
        who = share.server or share.address or _("no answer")
        outcome = _with_status(OUTCOMES[share.outcome], share.status)
        end = _("{server}: {outcome}", server=who, outcome=outcome)
        lines.append(told_only(f"{share.requests:4}{after}  {end}"))
        bar = "█" * round(_BAR * share.requests / most) or ("▏" if share.requests else " ")
        failed = share.outcome not in ("connected", "reply") or (share.status or 0) >= 400
        bad = f" ✗ {outcome}" if failed else ""
        cells: list[Words] = [
            [bold(str(share.requests)), after],
            f"{who}{bad}",
            Run(bar, color=palette.POD.line, whole=True),
        ]
        rows.append([Label([drawn_only(cell)]) for cell in cells])
    rest = [share.requests for share in facts.spread[_MOST_SHARES:]]
    if rest:
        more = (
            _("{least} to {most}", least=min(rest), most=max(rest)),
            ngettext("each of {n} more", "each of {n} more", len(rest)),
        )
        rows[_MOST_SHARES:] = [[Label([drawn_only(words)]) for words in more]]
    return Box(lines, id="spread", inside=[Table(rows, spacing=4)], width=_WIDE)


# ---- the trace, as it is walked


def _walked(facts: Trace, at: int, whose: Callable[[str], str]) -> Scene:
    """Return the scene of hop `at` (from 1): what is ahead is not told, the reader may guess where it goes."""
    hops = [hop if number < at else _AHEAD for number, hop in enumerate(facts.hops)]
    boxes = [_walked_box(facts, number, hop, at) for number, hop in enumerate(hops)]
    drawn = _on_machines(hops, boxes)
    for number, hop in enumerate(facts.hops[:-1]):
        # the addresses that the packet comes with, and those that it goes on with
        words = _addresses(hop, whose) if number in (at - 2, at - 1) else None
        ahead = {**palette.WAITING, "color": palette.LEFT_OUT.line} if number >= at - 1 else {}
        drawn.append(Link(f"h{number}:out", f"h{number + 1}:in", ahead, words=words))
    hop = facts.hops[at - 1]
    behind = ", ".join(dict.fromkeys(str(hop.place) for hop in facts.hops[: at - 1]))
    where = _(
        "A packet from {source} to {target} is at hop {at} of {hops}, {place}: {what}.",
        source=facts.source,
        target=facts.target,
        at=at,
        hops=len(facts.hops),
        place=hop.place,
        what=hop.what,
    )
    opening = " ".join([str(where), *([_("It came by way of {places}.", places=behind)] if behind else [])])
    layout = {"rankdir": "TB", "nodesep": "0.2", "ranksep": "0.14", "compound": "true"}
    return Scene(drawn, _hop_lines(facts, at, whose), opening=opening, layout=layout)


def _walked_box(facts: Trace, number: int, hop: Hop, at: int) -> Box:
    """Return the box of a hop: in full where the packet is, a line where it was, pale where it will be."""
    look = _look_of(hop, answered=facts.succeeded)
    lines: list[Words] = [[_heading(number, hop), *_end_of(facts, hop)]]
    if number >= at:
        look, lines = palette.LEFT_OUT, [note(f"{number + 1}  {hop.place}", palette.MUTED)]
    elif number == at - 1:
        look = look._replace(border=3)
        lines = [["▶ ", _heading(number, hop), *_end_of(facts, hop)], _what(hop)]
        lines += [line.drawn for line in _chains(hop)]
    return Box(lines, look, id=f"h{number}", limit=_WIDE, width=_WIDE)


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
    return f"{value} ({owner})" if owner else value


# ---- what both say of a hop


def sign_of(facts: Trace) -> str:
    """Return ✓ for a packet that was answered with no error, ✗ for one that was not, → for one that has left the cluster."""
    return "✓" if facts.succeeded else "→" if facts.outcome == "leaves" else "✗"


def what_of(hop: Hop) -> str:
    """Return what happens at a hop, in words."""
    return "".join(run.text for run in _what(hop))


def _what(hop: Hop) -> list[Run]:
    """Return what happens at a hop; the outline has only the name's answer."""
    what = plain(hop.what)
    if hop.kind != "name":
        return [Run(what)]
    return [Run(plain(_("the sender looks up the name: {answer}", answer=hop.what)), told=what)]


def _look_of(hop: Hop, *, answered: bool) -> Look:
    """Return how a hop is drawn; the last one as it ended."""
    if hop.ends and hop.ends != "leaves":
        return palette.POD if answered else palette.ERROR
    # a machine that is no Node is not drawn as one
    return palette.PLAIN if hop.kind == "machine" and not hop.node else _LOOKS[hop.kind]


def _heading(number: int, hop: Hop) -> Run:
    """Return the number of a hop and where it is, on one line."""
    told = f"{number + 1:2}. {hop.place}"
    return Run(f"{number + 1}  {plain(hop.place)}", bold=True, whole=True, most=42, told=told)


def _end_of(facts: Trace, hop: Hop) -> list[Run]:
    """Return how the packet ended, at the hop where it did; the outline has it behind what happened."""
    if not hop.ends:
        return []
    with_status = facts.status is not None and hop.ends == facts.outcome
    word = status_words(facts.status or 0) if with_status else OUTCOMES[hop.ends]
    return [Run("   ", told=""), Run(plain(f"{sign_of(facts)} {word}"), bold=True, told="")]


def _chains(hop: Hop) -> list[Line]:
    """Return the chains that a packet went through, without the marks on its way; none where there are none."""
    names = [rule.partition("-A ")[2].partition(" ")[0] for rule in hop.rules]
    shown = [name for name in dict.fromkeys(names) if name not in ("PREROUTING", "OUTPUT", "KUBE-MARK-MASQ")]
    chains = " ▸ ".join(shown)
    return [drawn_only(note(chains, palette.MUTED))] if chains else []


def _way(hop: Hop) -> str:
    before = f"{hop.source_before} → {hop.destination_before}"
    after = f"{hop.source_after} → {hop.destination_after}"
    return before if before == after else _("{before}   becomes   {after}", before=before, after=after)


def _on_machines(hops: Sequence[Hop], boxes: Iterable[Box]) -> list[Drawn]:
    """Return the boxes of hops, those on one Node in its frame.

    What lies between two machines, such as the network or a balancer, is in no frame.
    """
    drawn: list[Drawn] = []
    for at, (node, group) in enumerate(
        groupby(zip(hops, boxes, strict=True), key=lambda item: _machine(item[0]))
    ):
        inner = [box for _hop, box in group]
        drawn += [_frame(str(at), node, inner)] if node else inner
    return drawn


def _machine(hop: Hop) -> str:
    """Return the Node that a hop is on, "" for one that is between machines or beyond them."""
    return "" if hop.between else hop.node


def _frame(name: str, node: str, boxes: Sequence[Box]) -> Frame:
    called = Run(plain(_("Node {name}", name=node)), bold=True, color=palette.NODE.ink, most=49)
    return Frame(
        name,
        Label([called], padding=2),
        boxes,
        labeljust="r",  # the arrows are on the left
        style="rounded,filled",
        color=palette.NODE.line,
        fillcolor=palette.NODE.fill,
        penwidth="1.5",
        margin="10",
    )


def _addresses(hop: Hop, whose: Callable[[str], str]) -> Label:
    """Return what is on the arrow after a hop: the packet's addresses there, marked where they are new."""
    lines: list[Words] = []
    for word, value, changed in (
        (_("from"), hop.source_after, hop.rewrites_source),
        (_("to"), hop.destination_after, hop.rewrites_destination),
    ):
        owner = whose(value.partition(":")[0])
        look = palette.ERROR if changed else palette.PLAIN
        runs: list[str | Run] = [f"{word} ", address(f"{'▸ ' if changed else ''}{value}", look)]
        if owner:
            runs.append(note(f"  {owner}", palette.MUTED, whole=True, most=40))
        lines.append(runs)
    return Label(lines, limit=_WIDE, padding=3)
