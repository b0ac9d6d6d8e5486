"""Draws the routes: each path is a row that reads as a sentence, from the host to the Service and to the Pods that answer.

Where a path leads nowhere its arrow ends at a bar, and the reason stands where its Pods would be. Many rows are folded:
those that answer have one line each, then they are counted; what leads nowhere is shown first.
Source of the rule: https://kubernetes.io/docs/concepts/services-networking/ingress/
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from k8snotes.catalogue import Text, _, ngettext, sentences
from k8snotes.facts.routes import (
    Entrance,
    Routed,
    RoutedBackend,
    RoutedHost,
    Routes,
    Unserved,
    place_of,
    unanswered,
)
from k8snotes.figures import palette
from k8snotes.figures.figure import Figure
from k8snotes.figures.layout import BETWEEN, HIGHEST, WIDEST
from k8snotes.figures.measure import wide_of
from k8snotes.figures.parts import SIDE, size_of
from k8snotes.figures.scene import (
    Box,
    Drawn,
    Label,
    Line,
    Link,
    Run,
    Scene,
    Told,
    aside,
    bold,
    drawn_only,
    literal,
    note,
    state,
    told_only,
)
from k8snotes.figures.stacks import Names, fold
from k8snotes.figures.wording import headed, listed, noted, phrases, plain

__all__ = ["routes_figure"]

_CAPTION = _(
    "A request takes the path of its host that matches most exactly: Exact before a prefix, a longer prefix before a "
    "shorter one. The proxy then opens a connection of its own to one of the Pods."
)
_STOPS = _("a dashed arrow that ends at a bar: no request gets there")
_MOST_SAID = 12  # paths in the alternative text
_HIGH = HIGHEST - 4
_HOST, _PATH, _SERVICE, _ANSWER = 0, 180, 384, 574  # pixels: where each column begins
_HOST_WIDE, _PATH_WIDE, _SERVICE_WIDE = 176, 176, 160
_ANSWER_WIDE = WIDEST - 8 - _ANSWER
_WHY = _HOST_WIDE + 32  # pixels: where it stands why something leads nothing anywhere
_TURN = _SERVICE - 20  # pixels: where an arrow to another Service of the same path turns
_HEADS = 28  # pixels: the heads of the columns
_LINE = 20  # pixels: where requests come in
_CLOSE = 4  # pixels between rows of one line
_COLUMN = 7.2  # pixels: a column of a name
_MOST_ROWS = 20  # rows that could fit a screen
_MOST_NAMED = 6  # hosts or paths that are alike
_MOST_STACKS = 2  # workloads of one answer


def routes_figure(facts: Routes, *, unfold: bool = False) -> Figure:
    """Return the routes as a Figure.

    Args:
        facts: The entrances with their hosts and paths, and what leads nothing anywhere.
        unfold: Whether to draw each path and each Pod, however many there are.

    >>> import k8snotes as kn
    >>> print(routes_figure(kn.Cluster(nodes=1).routes().facts).text)
    routes: 0 paths
    There is no Ingress and no Gateway
    There is no Ingress and no Gateway
    """
    story = _Picture(facts, unfold=unfold)
    return Figure(
        _("routes"),
        lambda: _finding(facts),
        facts,
        story.scene,
        verdict=lambda: _verdict(facts),
        caption=_CAPTION,
    )


def _verdict(facts: Routes) -> Text | str:
    """Say whether the paths lead to Pods that answer."""
    every = len(facts.routed)
    broken = sum(not item.works for item in facts.routed)
    if broken:
        return ngettext(
            "✗ {n} of {total} paths leads nowhere", "✗ {n} of {total} paths lead nowhere", broken, total=every
        )
    if facts.unserved:
        number = len(facts.unserved)
        return ngettext("✗ {n} object leads nothing anywhere", "✗ {n} objects lead nothing anywhere", number)
    if not every:
        return _("There is no Ingress and no Gateway")
    return _("✓ Every path leads to a Service that answers")


def _finding(facts: Routes) -> Text:
    """Say how many paths there are, and how many objects lead nothing anywhere."""
    paths = ngettext("{n} path", "{n} paths", len(facts.routed))
    unserved = len(facts.unserved)
    if not unserved:
        return paths
    return ngettext(
        "{paths}; {n} object leads nothing anywhere",
        "{paths}; {n} objects lead nothing anywhere",
        unserved,
        paths=paths,
    )


class _Row(NamedTuple):
    """A row of the picture: one backend of a path, a path without one, or (`path` is None) what no path takes.

    `paths` and `hosts` are those that are alike, if several share the row.
    """

    entrance: Entrance
    host: RoutedHost
    path: Routed | None
    backend: RoutedBackend | None = None
    paths: tuple[Routed, ...] = ()
    hosts: tuple[RoutedHost, ...] = ()

    def paths_that(self, *, work: bool) -> int:
        """How many paths it stands for that lead to a Pod that answers, or that do not."""
        path = self.path
        if path is None or path.works is not work or (path.backends and self.backend is not path.backends[0]):
            return 0
        return max(1, len(self.paths)) * max(1, len(self.hosts))

    @property
    def taken(self) -> bool:
        """Whether requests take it."""
        path, backend = self.path, self.backend
        return (
            path is not None
            and not path.shadowed_by
            and not path.stopped
            and backend is not None
            and backend.weight > 0
        )

    @property
    def works(self) -> bool:
        """Whether requests take it, and are answered; what no path takes is no fault either."""
        return self.path is None or (self.taken and self.backend is not None and self.backend.status is None)


class _Picture:
    """One picture of routes."""

    def __init__(self, facts: Routes, *, unfold: bool) -> None:
        self.facts, self.unfold = facts, unfold
        self.every = [(entrance, host) for entrance in facts.entrances for host in entrance.hosts]
        self.rows = [row for place in self.every for row in _rows(*place)]
        backends = [row.backend for row in self.rows if row.backend is not None]
        self.names = Names([*backends, *(pod for item in backends for pod in item.pods)])

    # ---- the scene

    def scene(self) -> Scene:
        """Return the scene: a row for each path, and under them what leads nothing anywhere."""
        if not self.every and not self.facts.unserved:
            nothing = Line(_("There is no Ingress and no Gateway"))
            return Scene([Box([nothing], id="nothing")], opening=_("There are no routes."))
        drawn = self._fitting()
        broken = any(not row.works for row in self.rows) or bool(self.facts.unserved)
        opening = _("The routes: {finding}.", finding=_told_finding(self.facts))
        return Scene(drawn, self._told(), opening=opening, legend=[_STOPS] if broken else [])

    def _fitting(self) -> Sequence[Drawn]:
        """Return the rows at their places: dense, then those that answer counted, until all fit a screen."""
        if self.unfold:
            return self._drawn(self.rows, self.facts.unserved, dense=False)[0]
        lost: Sequence[Unserved] = self.facts.unserved
        folded = _folded(self.rows)
        for rows, dense in ((self.rows, False), (folded, False), (folded, True)):
            if len(rows) + len(lost) <= _MOST_ROWS:
                drawn, high = self._drawn(rows, lost, dense=dense)
                if high <= _HIGH:
                    return drawn
        order = sorted(range(len(folded)), key=lambda at: (folded[at].works, folded[at].path is None, at))
        for number in range(_MOST_ROWS, -1, -1):
            shown = [folded[at] for at in sorted(order[:number])]
            drawn, high = self._drawn(shown, lost[: max(1, number // 2)], dense=True)
            if high <= _HIGH:
                break
        return drawn

    def _drawn(
        self, rows: Sequence[_Row], lost: Sequence[Unserved], *, dense: bool
    ) -> tuple[Sequence[Drawn], float]:
        """Return the picture of some rows, and how high it is."""
        drawn: list[Drawn] = []
        y: float = 0
        if rows:
            heads = (
                (_HOST, _("Host"), ""),
                (_PATH + SIDE, _("Path"), ""),
                (_SERVICE, "Service", palette.SERVICE.ink),
                (_ANSWER, _("Who answers"), palette.POD.ink),
            )
            drawn += [
                Label([drawn_only(bold(words)._replace(color=ink))], at=(x, 0)) for x, words, ink in heads
            ]
            y = _HEADS
        before: _Row | None = None
        below: float = 0  # where the words on a host end
        origin = 0  # the row of the path that leads to several Services
        for at, row in enumerate(rows):
            if before is None or _place(before) != _place(row):
                where = Label(
                    [drawn_only(_place(row))], limit=WIDEST - 8, at=(_HOST, y if not at else max(y, below))
                )
                drawn.append(where)
                y = max(y, below) + size_of(where)[1] + _CLOSE
            if before is None or before.host != row.host or before.entrance != row.entrance:
                y = max(y, below)
                words = Label(
                    [drawn_only(line) for line in _host_lines(row, dense=dense)],
                    limit=_HOST_WIDE,
                    at=(_HOST, y + 5),
                    keys=[f"r{other}" for other in range(at, len(rows)) if rows[other].host is row.host],
                )
                drawn.append(words)
                below = y + 5 + size_of(words)[1] + _CLOSE
            if before is None or before.path is not row.path or before.host is not row.host:
                origin = at
            items = self._row(at, origin, row, y, dense=dense)
            drawn += items
            highs = [size_of(item)[1] for item in items if isinstance(item, Box | Label)]
            y += max(highs) + (_CLOSE if dense else BETWEEN)
            before = row
        y = max(y, below)
        for at, item in enumerate(lost):
            box, why = _unserved_boxes(at, item, y)
            drawn += [box, why, Link(f"{box.id}:0:e", f"{why.id}:0:w", palette.CUT)]
            y += max(size_of(box)[1], size_of(why)[1]) + BETWEEN
        for said in self._left_out(rows, len(self.facts.unserved) - len(lost)):
            drawn.append(Label([drawn_only(note(said))], at=(_HOST, y)))
            y += _LINE
        return drawn, y

    def _left_out(self, shown: Sequence[_Row], lost: int) -> Iterator[Text]:
        """Say how many paths are not drawn, and how many objects that lead nothing anywhere (`lost`)."""
        answered, broken = (
            sum(row.paths_that(work=work) for row in self.rows)
            - sum(row.paths_that(work=work) for row in shown)
            for work in (True, False)
        )
        if broken:
            yield ngettext(
                "and {n} more path that leads nowhere, in the outline",
                "and {n} more paths that lead nowhere, in the outline",
                broken,
            )
        if answered:
            yield ngettext(
                "and {n} more path that is answered, in the outline",
                "and {n} more paths that are answered, in the outline",
                answered,
            )
        if lost:
            yield ngettext("and {n} more, in the outline", "and {n} more, in the outline", lost)

    def _row(self, at: int, origin: int, row: _Row, y: float, *, dense: bool) -> Sequence[Drawn]:
        """Return one row: its path, its Service, and what answers or why nothing does."""
        path, item = row.path, row.backend
        keys = [f"r{origin}"]
        drawn: list[Drawn] = []
        if at == origin:
            box = Box(
                [drawn_only(line) for line in _path_lines(row, dense=dense)],
                palette.BARE,
                id=f"p{at}",
                width=_PATH_WIDE,
                at=(_PATH, y),
                keys=keys,
                ref=path.source if path is not None else "",
                alt=_sentence(row.host, path) if path is not None else plain(_rest(row.host)),
            )
            drawn.append(box)
        if item is None:
            no = Run(_("no Service"), color=palette.MUTED)
            drawn.append(
                Box(
                    [drawn_only(no)],
                    palette.LEFT_OUT,
                    id=f"s{at}",
                    width=_SERVICE_WIDE,
                    at=(_SERVICE, y),
                    keys=keys,
                )
            )
        else:
            drawn.append(self._service_box(at, row, item, y, keys, dense=dense))
        answers = row.works and item is not None and bool(item.pods)
        way = palette.TRAFFIC if row.works and item is not None else palette.CUT
        drawn.append(Link(f"p{origin}:0:e", f"s{at}:0:w", way, bend=None if at == origin else _TURN))
        if answers and item is not None:
            drawn.append(self._pods_box(at, item, y, keys, dense=dense))
            drawn.append(Link(f"s{at}:0:e", f"a{at}:0:w", palette.TRAFFIC))
        else:
            lines = [drawn_only(words) for words in _why(row, dense=dense)]
            drawn.append(
                Box(lines, palette.BARE, id=f"a{at}", width=_ANSWER_WIDE, at=(_ANSWER - SIDE, y), keys=keys)
            )
        return drawn

    def _service_box(
        self, at: int, row: _Row, item: RoutedBackend, y: float, keys: Sequence[str], *, dense: bool
    ) -> Box:
        look = palette.ERROR if item.status is not None else palette.SERVICE
        port = literal(f":{plain(item.port)}")
        several = row.path is not None and len(row.path.backends) > 1
        share = state(_("{share} %", share=f"{100 * item.weight:.3g}")) if several else state("")
        room = _SERVICE_WIDE - 2 * SIDE - wide_of(port) - (wide_of(share) + 12 if several else 0)
        lines = [drawn_only([bold(item.name, most=int(room / _COLUMN)), port, share])]
        home = self.names.place(item)
        if home.text and not dense:
            lines.append(drawn_only(home._replace(text=home.text.strip())))
        return Box(
            lines,
            look,
            id=f"s{at}",
            width=_SERVICE_WIDE,
            at=(_SERVICE, y),
            keys=[*keys, item.ref],
            ref=item.ref,
            title=plain(f"{item.ref}:{item.port}"),
            alt=_backend_line(row.path, item) if row.path is not None else "",
        )

    def _pods_box(self, at: int, item: RoutedBackend, y: float, keys: Sequence[str], *, dense: bool) -> Box:
        """Return the box of the Pods behind a Service: a line for each workload, and the addresses."""
        stacks = fold(item.pods, lambda pod: (pod.namespace, pod.workload or pod.ref or pod.address), most=1)
        if self.unfold:
            stacks = [(pod,) for pod in item.pods]
        sign = state(_("✓ ready"), palette.POD)
        room = int((_ANSWER_WIDE - 2 * SIDE - wide_of(sign) - 12) / _COLUMN)
        shown = stacks if self.unfold else stacks[: 1 if dense else _MOST_STACKS]
        lines: list[Line] = []
        for stack in shown:
            called = self.names.bare(stack) if stack[0].ref else _("no Pod, made by hand")
            lines.append(drawn_only([bold(called, most=room), sign]))
            if not dense:
                rest = len(stack) - 1
                more = note(f"  {ngettext('and {n} more', 'and {n} more', rest)}") if rest else ""
                lines.append(drawn_only([literal(stack[0].address, palette.POD.ink), more]))
        hidden = sum(map(len, stacks[len(shown) :]))
        if hidden:
            lines.append(drawn_only(note(ngettext("and {n} more", "and {n} more", hidden))))
        return Box(
            lines,
            palette.POD,
            id=f"a{at}",
            width=_ANSWER_WIDE,
            at=(_ANSWER, y),
            keys=keys,
            ref=item.pods[0].ref if len(item.pods) == 1 else "",
            title=listed((pod.ref or pod.address for pod in item.pods), 6),
        )

    # ---- the outline

    def _told(self) -> Iterator[Told]:
        said = 0
        for entrance, host in self.every:
            place = phrases(*_place_told(entrance, host))
            yield told_only(headed(_host_name(host), place), indent=0)
            for path in host.paths:
                alt = _sentence(host, path) if said < _MOST_SAID else ""
                said += 1
                yield told_only(_path_line(path), indent=4, alt=alt)
                for remark in _remarks(path):
                    yield told_only(remark, indent=8)
                for item in path.backends:
                    yield told_only(_backend_line(path, item), indent=8)
            rest = _rest(host)
            if rest:
                yield told_only(rest, indent=4)
        if said > _MOST_SAID:
            yield aside(ngettext("And {n} more path.", "And {n} more paths.", said - _MOST_SAID))
        for lost in self.facts.unserved:
            yield told_only(
                headed(f"✗ {plain(lost.ref)}", plain(lost.words)), indent=0, alt=plain(lost.words)
            )


def _rows(entrance: Entrance, host: RoutedHost) -> Iterator[_Row]:
    """Yield the rows of a host: one for each backend of its paths, and one for what no path takes."""
    for path in host.paths:
        yield from (_Row(entrance, host, path, item) for item in path.backends or (None,))
    if host.rest is not None:
        yield _Row(entrance, host, None)


def _folded(rows: Sequence[_Row]) -> Sequence[_Row]:
    """Return the rows, with one for the paths of a host, and for the hosts, of which the picture says the same."""
    by_host: dict[tuple[int, int], dict[object, _Row]] = {}
    for at, row in enumerate(rows):
        key: object = at
        if (
            row.path is not None
            and row.backend is not None
            and len(row.path.backends) == 1
            and not row.path.more
        ):
            reason = () if row.works else tuple(str(words.text) for words in _why(row))
            key = row.backend.ref, row.backend.port, reason
        own = by_host.setdefault((id(row.entrance), id(row.host)), {})
        if key in own and row.path is not None and own[key].path is not None:
            alike = own[key]
            own[key] = alike._replace(paths=(*(alike.paths or filter(None, [alike.path])), row.path))
        else:
            own[key] = row
    alike_hosts: dict[object, list[_Row]] = {}
    for own in by_host.values():
        first = next(iter(own.values()))
        saying = tuple(_saying(row) for row in own.values())
        place = (
            id(first.entrance),
            first.host.listener,
            first.host.certificate,
            first.host.certificate_problem,
        )
        before = alike_hosts.setdefault((place, saying), [])
        if before:
            hosts = (*(before[0].hosts or (before[0].host,)), first.host)
            before[:] = [row._replace(hosts=hosts) for row in before]
        else:
            before += own.values()
    return [row for several in alike_hosts.values() for row in several]


def _saying(row: _Row) -> object:
    """Return what the picture says of a row beside its host."""
    paths = row.paths or ((row.path,) if row.path is not None else ())
    said = tuple((path.source, path.path, path.path_type, path.more) for path in paths)
    item = row.backend
    return (
        said,
        item and (item.ref, item.port, item.weight),
        row.works or tuple(str(words.text) for words in _why(row)),
    )


def _place(row: _Row) -> Sequence[str | Run]:
    """Return the words on where the requests of a row come in."""
    words: list[str | Run] = [note(place_of(row.entrance, row.host))]
    if row.entrance.found:
        words.append(note(f"   {_('as found in the dump')}"))
    if row.entrance.words:
        words.append(note(f"   ✗ {plain(row.entrance.words)}", palette.WARNING_INK))
    return words


def _host_lines(row: _Row, *, dense: bool) -> Iterator[Run]:
    """Yield the words on a host: its name, the object that speaks of it, and its certificate."""
    host = row.host
    for item in row.hosts[:_MOST_NAMED] or [host]:
        yield Run(_host_name(item), bold=True, literal=bool(item.host), most=60)
    rest = len(row.hosts) - _MOST_NAMED
    if rest > 0:
        yield note(ngettext("and {n} more host", "and {n} more hosts", rest))
    sources = {path.source for path in host.paths}
    if len(sources) == 1 and not dense:
        yield note(*sources)
    if host.certificate is not None and (host.certificate_problem or not dense):
        yield note(_certificate(host), palette.WARNING_INK if host.certificate_problem else palette.MUTED)


def _path_lines(row: _Row, *, dense: bool) -> Iterator[Sequence[str | Run]]:
    """Yield the words on a path: itself, what else a request must have, and what takes requests from it."""
    path, host = row.path, row.host
    if path is None:
        yield [_("any other path") if host.paths else _("any path")]
        return
    for item in row.paths[:_MOST_NAMED] or [path]:
        called = Run(plain(item.path), bold=True, literal=True, most=60) if item.path else _("any other path")
        yield [called, "  ", Run(plain(item.path_type), color=palette.MUTED)]
    rest = len(row.paths) - _MOST_NAMED
    if rest > 0:
        yield [note(ngettext("and {n} more path", "and {n} more paths", rest))]
    if path.more:
        yield [literal(", ".join(map(plain, path.more)))]
    if dense or row.paths:
        return
    if len({item.source for item in host.paths}) > 1:
        yield [note(plain(path.source))]
    if path.gives_way:
        yield [note(_("except what {paths} takes", paths=listed(path.gives_way, 2)))]
    yield from ([note(plain(words))] for words in path.notes)


def _why(row: _Row, *, dense: bool = False) -> Iterator[Run]:
    """Yield the words where the Pods of a row would be."""
    path, item, bad = row.path, row.backend, palette.WARNING_INK
    if path is None:
        yield note(_("✗ 404 Not Found, by the proxy"))
    elif item is None:
        yield note(_("✗ it names no backend"), bad)
    elif path.shadowed_by:
        yield note(_shadow(path), bad)
    elif path.stopped:
        yield note(_("✗ no Pod of the proxy reads the request"), bad)
    elif item.status is not None:
        yield note(f"✗ {plain(item.words)}", bad)
        if not dense:
            yield note(plain(unanswered(item)))
    else:
        yield note(plain(item.words))


def _shadow(path: Routed) -> Text:
    """Say what takes all requests of a path."""
    if path.shadowed_by == path.source:
        return _("✗ an earlier rule of {object} takes all of its requests", object=plain(path.shadowed_by))
    return _(
        "✗ {object} comes first, as it is older or has the earlier name, and takes all of its requests",
        object=plain(path.shadowed_by),
    )


def _unserved_boxes(at: int, item: Unserved, y: float) -> tuple[Box, Box]:
    """Return the box of what leads nothing anywhere, and that of the reason beside it."""
    lines = [drawn_only([bold(plain(item.ref), most=40)])]
    if item.hosts:
        lines.append(drawn_only(literal(listed(item.hosts, 2))))
    box = Box(
        lines,
        palette.LEFT_OUT,
        id=f"u{at}",
        width=_HOST_WIDE,
        at=(_HOST, y),
        ref=item.ref,
        title=plain(item.ref),
        alt=plain(item.words),
    )
    sign, words = Run("✗ ", color=palette.WARNING_INK), note(plain(item.words), palette.WARNING_INK)
    return box, Box(
        [drawn_only([sign, words])], palette.BARE, id=f"w{at}", width=WIDEST - 8 - _WHY, at=(_WHY, y)
    )


def _told_finding(facts: Routes) -> Text:
    """Say in one sentence how many paths there are, and how many lead nowhere."""
    broken = sum(not item.works for item in facts.routed)
    if not broken:
        return _finding(facts)
    paths = ngettext("{n} path", "{n} paths", len(facts.routed))
    said = ngettext(
        "{paths}, {n} of them leads nowhere", "{paths}, {n} of them lead nowhere", broken, paths=paths
    )
    unserved = len(facts.unserved)
    if not unserved:
        return said
    return ngettext(
        "{paths}; {n} object leads nothing anywhere",
        "{paths}; {n} objects lead nothing anywhere",
        unserved,
        paths=said,
    )


def _backend_line(path: Routed, item: RoutedBackend) -> str:
    called = f"{plain(item.ref)}:{plain(item.port)}"
    if len(path.backends) > 1:
        called = _("{share} % to {service}", share=f"{100 * item.weight:.3g}", service=called)
    if item.status is not None:
        answer = _("{sentence}.", sentence=unanswered(item))
        return headed(f"✗ {called}", sentences(answer, plain(item.words)))
    if item.words:
        return headed(f"→ {called}", plain(item.words))
    pods = listed((noted(pod.ref or pod.name, pod.address) for pod in item.pods), 6)
    return headed(f"✓ {called}", pods)


def _sentence(host: RoutedHost, path: Routed) -> str:
    name = f"{_host_name(host)}{path.path}" if path.path else headed(_host_name(host), _("any other path"))
    if path.shadowed_by:
        return _("{path} of {object} gets no request.", path=name, object=plain(path.source))
    services = listed((f"{plain(item.name)}:{plain(item.port)}" for item in path.backends), 3)
    if path.works:
        return _("{path} leads to {services}.", path=name, services=services)
    return _("{path} leads to {services}, where nothing answers.", path=name, services=services)


def _host_name(host: RoutedHost) -> str:
    return plain(host.host) if host.host else _("any other host")


def _place_told(entrance: Entrance, host: RoutedHost) -> Iterator[Text | str]:
    """Yield where requests for a host come in, and with which certificate."""
    yield plain(place_of(entrance, host))
    if entrance.words:
        yield f"✗ {plain(entrance.words)}"
    if entrance.found:
        yield _("as found in the dump")
    if host.certificate is not None:
        yield _certificate(host)


def _certificate(host: RoutedHost) -> Text:
    """Say which certificate the proxy shows for a host, and why it is its own one."""
    secret = plain(host.certificate)
    if not host.certificate_problem:
        return _("https: the certificate of Secret {secret}", secret=secret)
    if host.certificate_problem == "no-name":
        return _("https: the default certificate, as no Secret is named")
    if host.certificate_problem == "missing":
        return _("https: the default certificate, as Secret {secret} does not exist", secret=secret)
    return _("https: the default certificate, as Secret {secret} has no tls.crt and tls.key", secret=secret)


def _remarks(path: Routed) -> Iterator[Text | str]:
    """Yield what there is to say of a path."""
    if path.shadowed_by:
        yield _shadow(path)
    if path.gives_way:
        yield _("except what {paths} takes", paths=listed(path.gives_way, 2))
    yield from map(plain, path.notes)
    if not path.backends:
        yield _("✗ it names no backend")


def _rest(host: RoutedHost) -> str:
    """Say what becomes of requests that no path of a host takes, "" if one takes them all."""
    if host.rest is None:
        return ""
    if not host.paths:
        return _("any path: 404 Not Found, by the proxy")
    return _("any other path: 404 Not Found, by the proxy")


def _path_line(path: Routed) -> str:
    sign = "✓" if path.works else "✗"
    called = plain(path.path) if path.path else _("any other path")
    parts = [f"{sign} {called}"]
    parts += [f"({plain(path.path_type)})"] if path.path_type else []
    parts += [", ".join(map(plain, path.more))] if path.more else []
    return f"{' '.join(parts)}   {plain(path.source)}"
