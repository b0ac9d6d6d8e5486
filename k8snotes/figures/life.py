"""Draws the life of one Pod: one time line, beside it the states of the Pod and what a client sees meanwhile.

Time goes down. A long time in which nothing happens is drawn short, and says so; what happens again and again is drawn
the first time and the last. The outline has all of it.
Source of the rule: https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from k8snotes.catalogue import Text, _, clauses, ngettext, sentences
from k8snotes.facts.life import Life, Moment, Span
from k8snotes.figures import palette
from k8snotes.figures.figure import Figure
from k8snotes.figures.layout import HIGHEST, WIDEST
from k8snotes.figures.measure import rows_of
from k8snotes.figures.palette import Look
from k8snotes.figures.parts import SIDE
from k8snotes.figures.scene import (
    Box,
    Drawn,
    Label,
    Line,
    Mark,
    Path,
    Run,
    Scene,
    Told,
    note,
    state,
    told_only,
)
from k8snotes.figures.wording import listed, plain

__all__ = ["MOST_ROWS", "life_figure"]

MOST_ROWS = 36
"""Rows of a picture; of a longer life the beginning and the end are shown, and the outline has all of it."""

_CLOCK = 46  # pixels: the right side of the clock
_STATE = (58, 172)  # pixels: where a column begins, and how wide it is
_CLIENT = (238, 150)
_AXIS = 406
_WORDS = 420
_TOP = 26  # pixels: the names of the columns
_STEP = 20  # pixels from one line of text to the next
_REST = 16  # pixels: the rest of a line that was wrapped
_LEAST = 28  # pixels: how high a state is at least
_SECOND = 2  # pixels
_LONG = 15  # seconds: a longer time in which nothing happens is drawn as this
_CYCLES = 4  # so often the same again is folded
_LONGEST = 12  # moments of what comes again
_FEWER = (28, 22, 18, 14, 12, 10)  # rows, where so many take more room than a reader sees at once
_DOT = 9  # pixels
_HEAD = 8  # rows that stay at the beginning of a life that is too long

_LOOKS = {
    "waiting": Look(palette.LEFT.line, palette.PAPER, palette.MUTED, "rounded,dotted", 1.5, "…"),
    "starting": Look(palette.NODE.line, palette.NODE.fill, palette.NODE.ink, "rounded,dashed", 1.5, "▸"),
    "running": palette.NOT_READY,
    "ready": palette.POD._replace(border=2),
    "ending": palette.ERROR._replace(border=1.5, symbol="■"),
    "over": palette.LEFT_OUT._replace(style="rounded", symbol="●"),
    "unknown": Look(palette.LEFT.line, palette.PAPER, palette.MUTED, "rounded,dotted", 1.5, "?"),
}
_AGAIN = Look(palette.MUTED, palette.PAPER, palette.MUTED, "rounded,dashed", 1.5, "↻")
_TRAFFIC = palette.POD._replace(symbol="→")
_NO_TRAFFIC = palette.LEFT_OUT


def life_figure(facts: Life) -> Figure:
    """Return the life of a Pod as a Figure.

    Args:
        facts: What has happened to it, and in which state it was meanwhile.

    >>> import k8snotes as kn
    >>> life_figure(kn.load("guestbook").life("pod/client").facts).what
    'life of pod/client'
    """
    story = _Story(facts)
    what = _("life of {ref}", ref=plain(facts.ref))
    return Figure(what, story.finding, facts, story.scene, caption=story.caption)


class _Row(NamedTuple):
    """A row of the picture: a moment, or several that are not drawn one by one.

    `cycles` is how often these are the same again, 0 where they are not alike.
    """

    moments: tuple[Moment, ...]
    folded: bool = False
    cycles: int = 0

    @property
    def time(self) -> int:
        return self.moments[0].time

    @property
    def words(self) -> str:
        if not self.folded:
            return self.moments[0].words
        restarts = [m.run for m in self.moments if m.code == "started" and m.run]
        if not self.cycles:
            n = len(self.moments)
            return ngettext(
                "{n} more moment, which is in the outline",
                "{n} more moments, which are in the outline",
                n,
            )
        if not restarts:
            return ngettext("the same {n} more time", "the same {n} more times", self.cycles)
        return ngettext(
            "the same {n} more time, with restart {first}",
            "the same {n} more times, with restarts {first} to {last}",
            self.cycles,
            first=restarts[0],
            last=restarts[-1],
        )


class _Piece(NamedTuple):
    """A piece of the two columns: from row to row, with its words and looks; `client` "" draws nothing there."""

    begin: int
    end: int
    state: str
    look: Look
    client: str
    client_look: Look


class _Story:
    """A life: its rows, where each is drawn, and the pieces of the columns beside them."""

    def __init__(self, facts: Life) -> None:
        self.facts = facts
        for most in (MOST_ROWS, *_FEWER):
            self.rows = _rows(facts.moments, most)
            if self.heights(self.pieces())[-1] <= HIGHEST - _TOP - _STEP:
                break

    def finding(self) -> str:
        """Say when it got ready, how often it was restarted, and how it is now, or when it was removed."""
        facts = self.facts
        ready = next((m.time for m in facts.moments if m.code == "ready"), None)
        first: str = _("ready after {n} s", n=ready) if ready is not None else _("never ready")
        if facts.found and ready is None:
            first = ""  # it may have been ready before
        return clauses(
            first,
            ngettext("{n} restart", "{n} restarts", facts.restarts) if facts.restarts else "",
            self.standing(),
        )

    def standing(self) -> Text:
        """Say how the Pod is now, or when it was removed."""
        facts = self.facts
        if facts.removed:
            return _("removed after {n} s", n=facts.until)
        state = facts.spans[-1].words
        return _("found {state}", state=state) if facts.found else _("now {state}", state=state)

    def caption(self) -> str:
        """Say how the picture is to be read, and what it leaves out."""
        facts = self.facts
        said: list[str] = [_("Time goes down, in seconds since the Pod was created.")]
        if any(self.shortened()):
            said.append(_("A dotted piece of the line is a long time, which is drawn short."))
        if facts.services:
            said.append(_("The endpoints of a Service follow a moment after the Pod."))
        if facts.served and facts.services:
            said.append(_("A Pod that ends gets new traffic only if its Service has no Pod that is ready."))
        return sentences(*said, *facts.notes)

    # ---- places

    def shortened(self) -> Iterator[bool]:
        """Yield whether the time after each row is drawn shorter than it is."""
        times = [*(row.time for row in self.rows[1:]), self.facts.until]
        for row, after in zip(self.rows, times, strict=True):
            yield not row.folded and after - row.moments[-1].time > _LONG

    def line(self, row: _Row) -> Line:
        """Return the words of a row."""
        first = row.moments[0]
        if row.folded:
            return Line(note(f"↻ {row.words}" if row.cycles else f"… {row.words}"))
        words = plain(first.words)
        if first.bad and first.code != "unready":
            return Line(note(f"✗ {words}", palette.ERROR.ink))
        if first.code == "ready":
            return Line(note(f"✓ {words}", palette.POD.ink))
        if first.code == "unready":
            return Line(note(f"◐ {words}", palette.NOT_READY.ink))
        return Line(Run(words))

    def heights(self, pieces: list[_Piece]) -> list[float]:
        """Return how far down each row begins, in pixels, and how far the end is."""
        y: list[float] = [0]
        times = [row.time for row in self.rows]
        for number, row in enumerate(self.rows):
            after = times[number + 1] if number + 1 < len(times) else self.facts.until
            high = _STEP + _REST * (rows_of([self.line(row)], WIDEST - _WORDS) - 1)
            passed = after - row.moments[-1].time
            if row.folded:
                high = max(high, _LEAST)
            if after > row.time:
                high = max(high + 4, _SECOND * min(passed, _LONG))
                if passed > _LONG:
                    high = max(high, 2 * _STEP + 2)  # room for the clock of the gap
            y.append(y[-1] + high)
        for piece in pieces:
            inner = rows_of([_said(piece.state, piece.look)], _STATE[1] - 2 * SIDE)
            if piece.client:
                inner = max(inner, rows_of([_said(piece.client, piece.client_look)], _CLIENT[1] - 2 * SIDE))
            lacks = _LEAST + _REST * (inner - 1) - (y[piece.end] - y[piece.begin])
            if lacks > 0:
                y[piece.end :] = [value + lacks for value in y[piece.end :]]
        return y

    def pieces(self) -> list[_Piece]:
        """Return what is drawn beside the rows: the states, and what a client sees."""
        made: list[_Piece] = []

        def add(piece: _Piece) -> None:
            if made and made[-1][2:] == piece[2:]:
                piece = piece._replace(begin=made.pop().begin)
            made.append(piece)

        count = len(self.rows)
        at = 0
        while at < count:
            row = self.rows[at]
            if row.folded:
                add(self.folded(row, at, at + 1))
                at += 1
                continue
            # the rows of one second belong to the state that begins in it
            after = next(
                (n for n in range(at + 1, count) if self.rows[n].folded or self.rows[n].time > row.time),
                count,
            )
            end = self.rows[after].time if after < count else self.facts.until
            if end > row.time or after == count:
                add(self.piece(self.facts.at(row.time), at, after))
            elif made:
                made[-1] = made[-1]._replace(end=after)
            at = after
        return made

    def piece(self, span: Span, begin: int, end: int) -> _Piece:
        client = self.client(span.traffic) if span.code != "unknown" else ""
        return _Piece(
            begin, end, str(span.words), _LOOKS[span.code], client, _TRAFFIC if span.traffic else _NO_TRAFFIC
        )

    def folded(self, row: _Row, begin: int, end: int) -> _Piece:
        """Return the piece beside rows that are folded: the state, if it is one, else that it changes."""
        first, last = row.moments[0].time, row.moments[-1].time
        spans = [span for span in self.facts.spans if span.begin <= last and span.end > first]
        codes, traffic = {span.code for span in spans}, {span.traffic for span in spans}
        one = self.piece(spans[0], begin, end) if spans else None
        if one is not None and len(codes) == len(traffic) == 1:
            return one
        client = self.client(True) if traffic == {True} else self.client(False)
        look = _TRAFFIC if traffic == {True} else _NO_TRAFFIC
        if len(traffic) > 1 and client:
            client, look = str(_("now and then")), _AGAIN
        return _Piece(begin, end, str(_("changes again and again")), _AGAIN, client, look)

    def client(self, traffic: bool) -> str:
        if not self.facts.services:
            return ""
        return str(_("gets traffic") if traffic else _("gets no traffic"))

    # ---- the scene

    def scene(self) -> Scene:
        """Return the scene; everything has its place, so that time runs straight down."""
        pieces = self.pieces()
        y = self.heights(pieces)
        drawn: list[Drawn] = [*self.heads(), *self.columns(pieces, y), *self.line_marks(y), *self.words(y)]
        opening = sentences(*self.sentences())
        return Scene(drawn, list(self.told()), opening=opening)

    def heads(self) -> Iterator[Drawn]:
        """Yield the names over the columns."""
        client = _("traffic from clients") if self.facts.services else _("no Service selects it")
        for words, (left, wide) in ((_("the Pod is"), _STATE), (client, _CLIENT)):
            yield Label([note(words)], limit=wide, at=(left, 0))

    def columns(self, pieces: list[_Piece], y: list[float]) -> Iterator[Drawn]:
        """Yield the pieces of the columns: what the Pod is, and what a client sees; neighbours that are alike are one."""
        clients: list[_Piece] = []
        for number, piece in enumerate(pieces):
            yield _bar(f"s{number}", (piece.state, piece.look), _STATE, y[piece.begin], y[piece.end])
            if clients and clients[-1].client == piece.client and clients[-1].end == piece.begin:
                clients[-1] = clients[-1]._replace(end=piece.end)
            else:
                clients.append(piece)
        for number, piece in enumerate(clients):
            if piece.client:
                yield _bar(
                    f"c{number}", (piece.client, piece.client_look), _CLIENT, y[piece.begin], y[piece.end]
                )

    def line_marks(self, y: list[float]) -> Iterator[Drawn]:
        """Yield the time line: a dot for each row, the clock beside it, and the line between."""
        clock = -1
        rows = [*self.rows]
        times = [*(row.time for row in rows), self.facts.until]
        middles = [_TOP + top + _STEP / 2 for top in y]
        for number, (row, short) in enumerate(zip(rows, self.shortened(), strict=True)):
            if number + 1 < len(rows) or not self.facts.removed:
                style = "dotted" if short or row.folded else "solid"
                line = [(_AXIS, middles[number]), (_AXIS, middles[number + 1])]
                yield Path(line, palette.MUTED, style=style)
            if row.time != clock:
                clock = row.time
                yield _clock(f"{clock} s", middles[number])
            passed = times[number + 1] - row.moments[-1].time
            if short:
                yield _clock(f"⋮ {passed} s", (middles[number] + middles[number + 1]) / 2)
        for number, row in enumerate(rows):
            yield Mark(f"d{number}", (_AXIS, middles[number]), _mark(row), size=_DOT)
        end = len(rows)
        if self.facts.until != clock:
            yield _clock(f"{self.facts.until} s", middles[end])
            if not self.facts.found:
                yield Label([note(_("now"))], at=(_WORDS, middles[end] - _STEP / 2))

    def words(self, y: list[float]) -> Iterator[Drawn]:
        """Yield the words of the rows."""
        for number, row in enumerate(self.rows):
            yield Label([self.line(row)], limit=WIDEST - _WORDS, at=(_WORDS, _TOP + y[number]))

    def told(self) -> Iterator[Told]:
        """Yield the outline: each state, and under it what happened then."""
        facts = self.facts
        for sentence in facts.notes:
            yield told_only(plain(sentence), indent=0)
        if not facts.services:
            yield told_only(str(_("No Service selects it, so it gets no traffic from Services.")), indent=0)
        moments = list(facts.moments)
        for span in facts.spans:
            yield told_only(self.heading(span), indent=0)
            while moments and (moments[0].time < span.end or span is facts.spans[-1]):
                moment = moments.pop(0)
                yield told_only(f"{moment.time:>4} s  {plain(moment.words)}")
                after = moments[0].time if moments else facts.until
                if after - moment.time > _LONG:
                    yield told_only(str(_quiet(after - moment.time, known=span.code != "unknown")), indent=10)

    def heading(self, span: Span) -> str:
        """Say from when to when the Pod was in a state, and what a client saw."""
        parts = {"begin": span.begin, "end": span.end, "state": span.words}
        client = self.client(span.traffic) if span.code != "unknown" else ""
        if span.begin == span.end:
            if not client:
                return _("{begin} s: {state}", begin=span.begin, state=span.words)
            return _("{begin} s: {state}, {client}", begin=span.begin, state=span.words, client=client)
        if not client:
            return _("{begin} s to {end} s: {state}", **parts)
        return _("{begin} s to {end} s: {state}, {client}", **parts, client=client)

    def sentences(self) -> Iterator[Text | str]:
        """Yield what the alternative text says: the finding, and the states in their order."""
        facts = self.facts
        yield _("{what}: {finding}.", what=_("life of {ref}", ref=plain(facts.ref)), finding=self.finding())
        spans = facts.spans
        yield _("States: {states}.", states="; ".join(str(self.heading(span)) for span in spans[:6]))
        if len(spans) > 6:
            yield ngettext("{n} more state follows.", "{n} more states follow.", len(spans) - 6)
        bad = list(dict.fromkeys(str(plain(m.words)) for m in facts.moments if m.bad and m.code != "unready"))
        if bad:
            yield _("What went wrong: {moments}.", moments=listed(bad, 3))


def _quiet(seconds: int, *, known: bool) -> Text:
    """Say that nothing has happened for a while, or that nobody knows."""
    if known:
        return _("… {n} s without a change", n=seconds)
    return _("… {n} s of which nothing is known", n=seconds)


def _rows(moments: tuple[Moment, ...], most: int) -> list[_Row]:
    """Return the rows of a picture: what comes again and again is folded, and of very many the middle."""
    rows: list[_Row] = []
    signs = [(m.code, m.container, m.word, m.services, m.number if m.code != "waits" else 0) for m in moments]
    at = 0
    while at < len(moments):
        period, cycles = _repeats(signs, at)
        if cycles < _CYCLES:
            rows.append(_Row((moments[at],)))
            at += 1
            continue
        last = at + (cycles - 1) * period
        rows += [_Row((moment,)) for moment in moments[at : at + period]]
        rows.append(_Row(moments[at + period : last], folded=True, cycles=cycles - 2))
        rows += [_Row((moment,)) for moment in moments[last : last + period]]
        at = last + period
    if len(rows) > most:
        middle = rows[_HEAD : _HEAD - most + 1]
        inner = tuple(moment for row in middle for moment in row.moments)
        rows = [*rows[:_HEAD], _Row(inner, folded=True), *rows[_HEAD - most + 1 :]]
    return rows


def _repeats(signs: Sequence[tuple[object, ...]], at: int) -> tuple[int, int]:
    """Return how many moments come again at a place, and how often they come one after the other."""
    best = 1, 1
    for period in range(1, _LONGEST + 1):
        cycle, cycles = signs[at : at + period], 1
        while signs[at + cycles * period : at + (cycles + 1) * period] == cycle:
            cycles += 1
        if cycles >= _CYCLES and cycles * period > best[0] * best[1]:
            best = period, cycles
    return best


def _mark(row: _Row) -> Look:
    """Return how the dot of a row is drawn: hollow where several are folded, or where the Pod is not ready."""
    if row.folded:
        return Look(palette.MUTED, palette.PAPER, "", "solid")
    first = row.moments[0]
    ink = palette.INK
    if first.bad and first.code != "unready":
        ink = palette.ERROR.line
    elif first.code == "ready":
        ink = palette.POD.line
    elif first.code == "unready":
        return Look(palette.NOT_READY.line, palette.PAPER, "", "solid")
    return Look(ink, ink, "", "solid")


def _clock(words: str, middle: float) -> Label:
    """Return a time beside the line."""
    return Label([[state(words, palette.LEFT_OUT)]], width=_CLOCK, at=(0, middle - 9))


def _said(words: str, look: Look) -> Line:
    """Return the words in a piece of a column, with the sign of its look."""
    return Line(note(f"{look.symbol} {plain(words)}" if look.symbol else plain(words), look.ink))


def _bar(name: str, said: tuple[str, Look], column: tuple[int, int], top: float, bottom: float) -> Box:
    """Return a piece of a column, from one place on the line to another, in pixels downwards."""
    (words, look), (left, wide) = said, column
    return Box(
        [_said(words, look)], look, id=name, width=wide, size=(wide, bottom - top - 2), at=(left, _TOP + top)
    )
