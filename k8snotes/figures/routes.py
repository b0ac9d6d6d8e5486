"""Draws the routes: each host with its paths, the Services that they lead to, and the Pods behind these.

Hosts are in the left column, Services in the middle, Pods in the right one. A path that leads nowhere says why, and so does
what no controller acts on. Pods of one workload are one box.
Source of the rule: https://kubernetes.io/docs/concepts/services-networking/ingress/
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from k8snotes.catalogue import Text, _, ngettext
from k8snotes.facts.routes import (
    Entrance,
    Routed,
    RoutedBackend,
    RoutedHost,
    RoutedPod,
    Routes,
    Unserved,
    place_of,
    unanswered,
)
from k8snotes.figures import palette
from k8snotes.figures.figure import Figure
from k8snotes.figures.parts import align
from k8snotes.figures.scene import (
    Box,
    Column,
    Drawn,
    Label,
    Line,
    Link,
    Run,
    Scene,
    Told,
    address,
    aside,
    bold,
    drawn_only,
    heading,
    note,
    told_only,
)
from k8snotes.figures.stacks import Names, fold
from k8snotes.figures.wording import listed, plain

__all__ = ["routes_figure"]

_CAPTION = _(
    "A request takes the path of its host that matches most exactly: Exact before a prefix, a longer prefix before a "
    "shorter one. The proxy then opens a connection of its own to one of the Pods."
)
_LEGEND = (
    (
        _("solid frame: a host with its paths, the first to be tried first"),
        _("dashed frame: a Service"),
    ),
    (_("✗ dotted arrow: no request gets there"), _("✗ dotted frame: leads nothing anywhere")),
)
_WIDE = 215  # points: a path
_MOST = 12  # hosts of the picture, and what leads nothing anywhere
_MOST_SAID = 12  # paths in the alternative text


def routes_figure(facts: Routes, *, unfold: bool = False) -> Figure:
    """Return the routes as a Figure.

    Args:
        facts: The entrances with their hosts and paths, and what leads nothing anywhere.
        unfold: Whether to draw each Pod where many that are alike would make a stack.

    >>> import k8snotes as kn
    >>> print(routes_figure(kn.Cluster(nodes=1).routes().facts).text)
    routes: 0 paths
    There is no Ingress and no Gateway
    """
    story = _Picture(facts, unfold=unfold)
    return Figure(_("routes"), lambda: _finding(facts), facts, story.scene, caption=_CAPTION)


def _finding(facts: Routes) -> Text:
    """Say how many paths there are, and how many lead nowhere."""
    paths = ngettext("{n} path", "{n} paths", len(facts.routed))
    broken = sum(not item.works for item in facts.routed)
    said = (
        ngettext(
            "{paths}, {n} of them leads nowhere", "{paths}, {n} of them lead nowhere", broken, paths=paths
        )
        if broken
        else paths
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


class _Picture:
    """One picture of routes."""

    def __init__(self, facts: Routes, *, unfold: bool) -> None:
        self.facts = facts
        every = [(entrance, host) for entrance in facts.entrances for host in entrance.hosts]
        self.every = every
        if len(every) > _MOST and not unfold:  # what leads nowhere is looked for first
            broken = sorted(every, key=lambda item: all(path.works for path in item[1].paths))
            every = [item for item in every if item in broken[:_MOST]]
        self.hosts = every
        self.lost = facts.unserved if unfold else facts.unserved[:_MOST]
        backends: dict[tuple[str, str], RoutedBackend] = {}
        for _entrance, host in self.hosts:
            for path in host.paths:
                for item in path.backends:
                    backends.setdefault((item.ref, item.port), item)
        self.backends = backends
        self.at = {key: f"s{at}" for at, key in enumerate(backends)}
        behind: dict[str, list[str]] = {}
        pods: dict[str, RoutedPod] = {}
        for key, item in backends.items():
            for pod in item.pods:
                name = pod.ref or pod.address
                pods.setdefault(name, pod)
                behind.setdefault(name, []).append(self.at[key])
        self.behind = behind
        self.names = Names([*backends.values(), *pods.values()])
        self.pods = fold(pods.values(), self._same, unfold=unfold, most=None if unfold else 1)

    def _same(self, pod: RoutedPod) -> object:
        name = pod.ref or pod.address
        return pod.namespace, pod.workload or name, tuple(self.behind[name])

    # ---- the scene

    def scene(self) -> Scene:
        """Return the scene: hosts, Services and Pods, and what leads from one to the next."""
        if not self.every and not self.facts.unserved:
            nothing = Line(_("There is no Ingress and no Gateway"))
            return Scene([Box([nothing], id="nothing")], opening=_("There are no routes."))
        hosts = [self._host_box(f"h{at}", *item) for at, item in enumerate(self.hosts)]
        lost = [self._unserved_box(f"u{at}", item) for at, item in enumerate(self.lost)]
        rest = len(self.every) - len(self.hosts) + len(self.facts.unserved) - len(self.lost)
        if rest:
            words = ngettext("and {n} more, in the outline", "and {n} more, in the outline", rest)
            lost.append(Box([drawn_only(words)], palette.LEFT_OUT, id="more"))
        services = [self._service_box(self.at[key], item) for key, item in self.backends.items()]
        pods = [self._pod_box(f"p{at}", stack) for at, stack in enumerate(self.pods)]
        drawn: list[Drawn] = [*align([*hosts, *lost]), *align(services), *align(pods), *self._links()]
        drawn += [Column(box.id for box in column) for column in ([*hosts, *lost], services, pods) if column]
        opening = _("The routes: {finding}.", finding=_finding(self.facts))
        legend = ["   ·   ".join(map(str, row)) for row in _LEGEND]
        return Scene(drawn, self._told(), opening=opening, legend=legend, layout={"ranksep": "0.5"})

    def _links(self) -> Iterator[Link]:
        for at, (_entrance, host) in enumerate(self.hosts):
            for row, path in enumerate(host.paths):
                for item in path.backends:
                    taken = not path.shadowed_by and not path.stopped and item.weight
                    works = taken and item.status is None
                    words = None
                    if len(path.backends) > 1:
                        share = _("{share} %", share=f"{100 * item.weight:.3g}")
                        words = Label([note(share, palette.MUTED)], padding=2)
                    way = palette.TRAFFIC if works else palette.CUT
                    yield Link(f"h{at}:p{row}:e", self.at[item.ref, item.port], way, words=words)
        for at, stack in enumerate(self.pods):
            for service in self.behind[stack[0].ref or stack[0].address]:
                yield Link(service, f"p{at}", palette.TRAFFIC)

    # ---- boxes

    def _host_box(self, name: str, entrance: Entrance, host: RoutedHost) -> Box:
        lines = [drawn_only(heading(_host_name(host), most=30))]
        lines += [drawn_only(line) for line in _place(entrance, host)]
        inside = [self._path_box(f"p{row}", path) for row, path in enumerate(host.paths)]
        rest = _rest(host)
        if rest:
            inside.append(
                Box([drawn_only(note(rest, palette.MUTED))], palette.BARE, limit=_WIDE, width=_WIDE)
            )
        return Box(lines, palette.PLAIN, id=name, limit=_WIDE + 10, inside=inside)

    @staticmethod
    def _path_box(port: str, path: Routed) -> Box:
        look = palette.PLAIN if path.works else palette.LEFT_OUT
        called = plain(path.path) if path.path else _("any other path")
        lines = [drawn_only(heading(called, plain(path.path_type), most=24))]
        lines += [drawn_only(note(", ".join(map(plain, path.more)), palette.INK))] if path.more else []
        lines.append(drawn_only(note(_said_by(path), palette.MUTED)))
        lines += [drawn_only(line) for line in _remarks(path)]
        return Box(lines, look, limit=_WIDE, width=_WIDE, port=port)

    def _service_box(self, name: str, item: RoutedBackend) -> Box:
        broken = item.status is not None
        look = palette.ERROR if broken else palette.SERVICE
        head: list[str | Run] = [bold(f"Service {item.name}", most=26), self.names.place(item)]
        lines = [drawn_only(head), drawn_only(_("port {port}", port=plain(item.port)))]
        if broken:
            lines.append(drawn_only(note(f"✗ {unanswered(item)}", palette.WARNING_INK)))
            lines.append(drawn_only(note(plain(item.words), palette.WARNING_INK)))
        elif item.words:
            lines.append(drawn_only(plain(item.words)))
        else:
            lines.append(drawn_only(f"✓ {ngettext('{n} ready', '{n} ready', len(item.pods))}"))
        return Box(lines, look, id=name, limit=170, ref=item.ref)

    def _pod_box(self, name: str, stack: Sequence[RoutedPod]) -> Box:
        first = stack[0]
        called = f"Pod {self.names.bare(stack)}" if first.ref else _("no Pod, made by hand")
        lines = [drawn_only(heading(called, most=26)), drawn_only(address(first.address, palette.POD))]
        rest = len(stack) - 1
        if rest:
            lines.append(drawn_only(ngettext("and {n} more", "and {n} more", rest)))
        return Box(lines, palette.POD, id=name, limit=150, stacked=rest > 0, ref=first.ref)

    @staticmethod
    def _unserved_box(name: str, item: Unserved) -> Box:
        lines = [drawn_only(heading(f"✗ {plain(item.ref)}", most=34))]
        if item.hosts:
            lines.append(drawn_only(listed(item.hosts, 3)))
        lines.append(drawn_only(note(plain(item.words), palette.WARNING_INK)))
        return Box(lines, palette.LEFT_OUT, id=name, limit=_WIDE + 10, ref=item.ref)

    # ---- the outline

    def _told(self) -> Iterator[Told]:
        said = 0
        for entrance, host in self.every:
            place = ", ".join(_bare(item) for item in _place(entrance, host))
            yield told_only(f"{_host_name(host)}: {place}", indent=0)
            for path in host.paths:
                alt = self._sentence(host, path) if said < _MOST_SAID else ""
                said += 1
                yield told_only(_path_line(path), indent=4, alt=alt)
                for remark in _remarks(path):
                    yield told_only(_bare(remark), indent=8)
                for item in path.backends:
                    yield told_only(self._backend_line(path, item), indent=8)
            rest = _rest(host)
            if rest:
                yield told_only(rest, indent=4)
        if said > _MOST_SAID:
            yield aside(ngettext("And {n} more path.", "And {n} more paths.", said - _MOST_SAID))
        for lost in self.facts.unserved:
            yield told_only(f"✗ {plain(lost.ref)}: {plain(lost.words)}", indent=0, alt=plain(lost.words))

    def _backend_line(self, path: Routed, item: RoutedBackend) -> str:
        called = f"{plain(item.ref)}:{plain(item.port)}"
        if len(path.backends) > 1:
            called = _("{share} % to {service}", share=f"{100 * item.weight:.3g}", service=called)
        if item.status is not None:
            return f"✗ {called}: {unanswered(item)}. {plain(item.words)}"
        if item.words:
            return f"→ {called}: {plain(item.words)}"
        pods = listed((f"{pod.ref or pod.name} ({pod.address})" for pod in item.pods), 6)
        return f"✓ {called}: {pods}"

    def _sentence(self, host: RoutedHost, path: Routed) -> str:
        name = f"{_host_name(host)}{path.path}" if path.path else f"{_host_name(host)}: {_('any other path')}"
        if path.shadowed_by:
            return _("{path} of {object} gets no request.", path=name, object=plain(path.source))
        services = listed((f"{plain(item.name)}:{plain(item.port)}" for item in path.backends), 3)
        if path.works:
            return _("{path} leads to {services}.", path=name, services=services)
        return _("{path} leads to {services}, where nothing answers.", path=name, services=services)


def _bare(words: str | Run) -> str:
    """Return words without their style."""
    return words.text if isinstance(words, Run) else str(words)


def _host_name(host: RoutedHost) -> str:
    return plain(host.host) if host.host else _("any other host")


def _place(entrance: Entrance, host: RoutedHost) -> Iterator[str | Run]:
    """Yield where requests for a host come in, and with which certificate."""
    yield plain(place_of(entrance, host))
    if entrance.words:
        yield note(f"✗ {plain(entrance.words)}", palette.WARNING_INK)
    if entrance.found:
        yield _("as found in the dump")
    if host.certificate is not None:
        if host.certificate_problem:
            yield note(_default_certificate(host), palette.WARNING_INK)
        else:
            yield _("https: the certificate of Secret {secret}", secret=plain(host.certificate))


def _said_by(path: Routed) -> str:
    return plain(path.source)


def _default_certificate(host: RoutedHost) -> Text:
    """Say why the proxy shows its own certificate for a host."""
    secret = plain(host.certificate)
    if host.certificate_problem == "no-name":
        return _("https: the default certificate, as no Secret is named")
    if host.certificate_problem == "missing":
        return _("https: the default certificate, as Secret {secret} does not exist", secret=secret)
    return _("https: the default certificate, as Secret {secret} has no tls.crt and tls.key", secret=secret)


def _remarks(path: Routed) -> Iterator[Run]:
    """Yield what there is to say of a path."""
    if path.shadowed_by:
        words = (
            _("✗ an earlier rule of {object} takes all of its requests", object=plain(path.shadowed_by))
            if path.shadowed_by == path.source
            else _(
                "✗ {object} comes first, as it is older or has the earlier name, and takes all of its requests",
                object=plain(path.shadowed_by),
            )
        )
        yield note(words, palette.WARNING_INK)
    if path.gives_way:
        yield note(_("except what {paths} takes", paths=listed(path.gives_way, 2)), palette.MUTED)
    for item in path.notes:
        yield note(plain(item), palette.MUTED)
    if not path.backends:
        yield note(_("✗ it names no backend"), palette.WARNING_INK)


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
    return f"{' '.join(parts)}   {_said_by(path)}"
