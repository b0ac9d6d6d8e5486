"""Draws the service map: each Service, the Pods behind it, and why a Pod is left out.

Services are in the left column, Pods in the right one. A link shows what becomes of a Pod that the selector matches:
it answers, it waits, or it is left out. Pods that no Service selects come last, each with its reason. A Service that
selects no Pod has a link to the Pod that comes nearest.
Source of the rule: https://kubernetes.io/docs/concepts/services-networking/endpoint-slices/#conditions
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import cached_property
from typing import NamedTuple

from k8snotes.catalogue import _, clauses, ngettext, sentences
from k8snotes.facts.routes import WayIn
from k8snotes.facts.service_map import Link as Led
from k8snotes.facts.service_map import MappedPod, MappedService, ServiceMap
from k8snotes.figures import palette
from k8snotes.figures.emphasis import HERE, emphasized
from k8snotes.figures.figure import Figure
from k8snotes.figures.layout import BETWEEN, HIGHEST, stand, within
from k8snotes.figures.measure import cut, wide_of
from k8snotes.figures.palette import Look
from k8snotes.figures.parts import SIDE, size_of
from k8snotes.figures.scene import (
    GAP,
    MOST_TOLD,
    Box,
    Drawn,
    Label,
    Line,
    Link,
    Run,
    Scene,
    Told,
    address,
    bold,
    drawn_only,
    literal,
    note,
    state,
    told_only,
)
from k8snotes.figures.stacks import Names, fold
from k8snotes.figures.states import said
from k8snotes.figures.wording import headed, listed, named, noted, pairs, phrases, plain, sentence

__all__ = ["service_map_figure"]

_CAPTION = _("Traffic to the address of a Service goes to one of the Pods at the end of its arrow.")
_PLAIN_CAPTION = _("A request to a Service goes to one of the Pods at the end of its arrow.")
_LEGEND = (
    (palette.SERVICE, _("Service: its address exists in rules only")),
    (palette.ERROR, _("Service without a ready Pod")),
    (palette.POD, _("Pod that gets traffic")),
    (palette.NOT_READY, _("Pod that is not ready yet")),
    (palette.LEFT_OUT, _("Pod that gets no traffic")),
)
_PLAIN_LEGEND = ((palette.SERVICE, _("Service")), *_LEGEND[1:])
_STATES = ("ready", "not ready", "left out")
_KINDS = {"ingress": "Ingress", "httproute": "HTTPRoute"}
_WAYS = {"ready": palette.TRAFFIC, "not ready": palette.WAITING}
_DENSE = 4  # pixels: between boxes that say little
_BESIDE = 12  # pixels: from the end of an arrow to its words
_HEAD = 26  # pixels: the heads of the columns
_SHORT, _MORE = 42, 50  # pixels: a Service of two lines, and the box that counts the others
_FULL = 6  # Services that have room for all they say
_NAMED = 3  # Services without a ready Pod that the headline names
_EACH = 6  # lines of Pods that are alike
_MOST = 40  # Services: more have no room, however little is said of each
_FEW = 20  # Pods of which each is its own, if no workload made it
_MOST_SAID = 24  # Services that the alternative text names: it has room for less
_MEANT = _("Did you mean {labels}?", labels=HERE)


def service_map_figure(facts: ServiceMap, *, unfold: bool = False, plainly: bool = False) -> Figure:
    """Return the service map as a Figure.

    Args:
        facts: The Services, the Pods, and what leads from one to the other.
        unfold: Whether to show each Pod where many that say the same would make a stack.
        plainly: Whether to show only names, arrows and whether a Pod is ready: no address, port, label or reason.

    Returns:
        A Figure; its outline names every Pod, also those of a stack.

    >>> import k8snotes as kn
    >>> figure = service_map_figure(kn.load("guestbook").service_map().facts)
    >>> print(figure.alt[:72])
    Service map of 4 Services, 9 Pods. Service cache: selects 2 Pods, 2 read
    """
    story = _Map(facts, unfold=unfold, plainly=plainly)
    return Figure(
        _("service map"),
        story.finding,
        facts,
        story.scene,
        verdict=story.verdict,
        caption=_PLAIN_CAPTION if plainly else _CAPTION,
    )


class _Stack(NamedTuple):
    """Pods that say the same: one box of the picture, one paragraph of the outline.

    They have the namespace, the workload, the state, and what every Service makes of them in common.
    """

    id: str
    pods: tuple[MappedPod, ...]
    links: tuple[Led, ...]

    @property
    def first(self) -> MappedPod:
        return self.pods[0]

    @property
    def state(self) -> str:
        """The best that a Service makes of it; "" if no Service selects it."""
        states = {link.state for link in self.links}
        return next((state for state in _STATES if state in states), "")

    @property
    def look(self) -> Look:
        return palette.look_of(self.state or "left out")

    @property
    def words(self) -> str:
        """What a Service makes of it, in a word or two."""
        own = said(self.first.state)
        if self.state == "ready":
            return f"✓ {own if self.first.state == 'ready' else _('gets traffic, but is {state}', state=own)}"
        if self.state == "not ready" and self.first.state == "terminating":
            return f"◐ {own}"
        return f"{self.look.symbol} {said(self.state) if self.state else _('not selected')}"

    @property
    def is_ready_unasked(self) -> bool:
        """Whether it gets traffic although no readiness probe has asked it."""
        return self.state == "ready" and self.first.state == "ready" and not self.first.probed

    @property
    def reasons(self) -> list[str]:
        """Why it gets no traffic, or not all of it: a line for each, with the Service's name if several select it."""
        if not self.links:
            return [plain(self.first.reason)] if self.first.reason else []
        services: dict[str, list[str]] = {}
        for link in self.links:
            if link.but:
                services.setdefault(link.but, []).append(link.service.rpartition("/")[2])
        several = len(self.links) > 1
        return [
            _("for {services}: {why}", services=listed(names, 2), why=plain(why)) if several else plain(why)
            for why, names in services.items()
        ]


class _Map:
    """One service map: its Services, the stacks of its Pods, and what leads from one to the other."""

    def __init__(self, facts: ServiceMap, *, unfold: bool, plainly: bool = False) -> None:
        self.facts = facts
        self.unfold = unfold
        self.plainly = plainly
        self.sources: dict[str, list[WayIn]] = {}
        for way in facts.ways_in:
            self.sources.setdefault(way.source, []).append(way)
        self.names = Names((*facts.services, *facts.pods))
        # the alternative text begins with the Services that lead nowhere
        first = sorted(facts.services, key=_is_broken, reverse=True)[:_MOST_SAID]
        self.in_alt = {service.ref for service in first}
        self.pods_in = Counter(pod.namespace for pod in facts.pods)
        links: dict[str, list[Led]] = {}
        for link in facts.links:
            links.setdefault(link.pod, []).append(link)
        stacks = fold(
            facts.pods,
            lambda pod: (
                pod.namespace,
                pod.workload,
                pod.state,
                pod.reason,
                pod.probed,
                pod.uses,
                tuple((a.service, a.state, a.reason, a.ports) for a in links.get(pod.ref, ())),
            ),
            unfold=unfold,
        )
        place = {service.ref: at for at, service in enumerate(facts.services)}
        place |= {service.near: at for at, service in enumerate(facts.services) if service.near}

        def beside(pods: tuple[MappedPod, ...]) -> tuple[int, int]:
            """Sort Pods by the Service beside them: the ready ones first, those of no Service last."""
            mine = links.get(pods[0].ref, ())
            near = [place[ref] for ref in (*(a.service for a in mine), pods[0].ref) if ref in place]
            rank = [_STATES.index(link.state) for link in mine if link.state in _STATES]
            return min(near, default=len(place)), min(rank, default=len(_STATES))

        self.stacks = [
            _Stack(f"p{at}", pods, tuple(links.get(pods[0].ref, ())))
            for at, pods in enumerate(sorted(stacks, key=beside))
        ]
        self.beside = beside
        self.led = links
        self.behind: dict[str, list[tuple[_Stack, Led]]] = {}
        for stack in self.stacks:
            for link in stack.links:
                self.behind.setdefault(link.service, []).append((stack, link))

    def finding(self) -> str:
        """Say how many Services and Pods there are."""
        return _(
            "{services}, {pods}",
            services=ngettext("{n} Service", "{n} Services", len(self.facts.services)),
            pods=ngettext("{n} Pod", "{n} Pods", len(self.facts.pods)),
        )

    def publishes(self, service: MappedService) -> bool:
        """Whether a Service sends traffic to Pods that are not ready."""
        behind = self.behind.get(service.ref, ())
        return any(link.state == "ready" and stack.first.state != "ready" for stack, link in behind)

    def verdict(self) -> str:
        """Say whether every Service has a Pod that answers, and which ones have none."""
        services = [service for service in self.facts.services if service.type != "ExternalName"]
        broken = [service for service in services if _is_broken(service)]
        if not services:
            return str(_("No Service yet"))
        if not broken:
            return f"✓ {_('Every Service has a ready Pod')}"
        if len(broken) == len(services):
            return "✗ " + ngettext(
                "The Service has no ready Pod", "None of {n} Services has a ready Pod", len(services)
            )
        count = ngettext(
            "{n} of {of} Services has no ready Pod",
            "{n} of {of} Services have no ready Pod",
            len(broken),
            of=len(services),
        )
        names = named(self.names.of(service) for service in broken)
        return f"✗ {_('{head}: {text}', head=count, text=names) if len(broken) <= _NAMED else count}"

    def scene(self) -> Scene:
        """Return the scene: Services in the left column, Pods in the right one, and the links between them."""
        drawn = _Picture(self).drawn()
        opening = _("Service map of {finding}.", finding=self.finding())
        legend = _PLAIN_LEGEND if self.plainly else _LEGEND
        return Scene(drawn, self.told(), opening=opening, legend=legend)

    def told(self) -> Iterator[Told]:
        """Yield what the outline says; of many Services it begins with those that lead nowhere."""
        services: Sequence[MappedService] = self.facts.services
        if len(services) > MOST_TOLD // 2:
            services = sorted(services, key=_is_broken, reverse=True)
        for service in services:
            yield self.service_told(service)
            yield from self.links_told(service)
            if service.by_hand or service.by_hand_waiting:
                yield Box(self.by_hand_told(service))
        yield from self.ways_told()
        strangers = [stack for stack in self.stacks if not stack.links]
        if strangers:
            names = listed((self.names.stack(stack.pods) for stack in strangers), 4)
            alt = _("No Service selects {names}.", names=names)
            yield told_only(_("Pods that no Service selects"), indent=0, alt=alt)
        for stack in strangers:
            yield self.pod_told(stack)
        for words in self.facts.notes:
            yield told_only(_("note: {note}", note=plain(words)), indent=0)

    def service_told(self, service: MappedService) -> Box:
        """Return what the outline says of a Service: its address, its selector, and how many Pods it finds."""
        broken = _is_broken(service)
        called = f"Service {self.names.of(service)}"
        if self.plainly:
            note_ = told_only(f"{'✗' if broken else '✓'} {plain(service.note)}")
            return Box([told_only(called), note_], alt=self.sentence(service), fault=broken)
        if service.type == "ExternalName":
            lines = [told_only(headed(called, plain(service.type))), told_only(plain(service.note))]
            return Box(lines, alt=self.sentence(service))
        ports = [port.port for port in service.ports]
        if service.cluster_ip == "None":
            at: str = _("headless, no Cluster IP")
        else:
            at = plain(service.cluster_ip) or _("no Cluster IP yet")
        port = _("port {ports}", ports=listed(ports, 20)) if ports else ""
        lines = [told_only(headed(called, phrases(plain(service.type), at, port)))]
        node_ports = [port.node_port for port in service.ports if port.node_port]
        if node_ports:
            lines.append(told_only(_("node port {ports} on every Node IP", ports=listed(node_ports, 20))))
        if service.pending:
            lines.append(
                told_only(_("load balancer {address}: no provider has created one", address="<pending>"))
            )
        elif service.load_balancer:
            lines.append(told_only(_("load balancer {address}", address=listed(service.load_balancer, 8))))
        if service.selector:
            lines.append(told_only(_("selects {labels}", labels=pairs(service.selector))))
        lines.append(told_only(f"{'✗' if broken else '✓'} {plain(service.note)}"))
        if service.near_why:
            why = plain(service.near_why)
            near = _("near miss, {pod}: {why}", pod=plain(service.near), why=why)
            lines.append(told_only(near, indent=4))
        if service.meant:
            lines.append(told_only(_("did you mean {labels}?", labels=service.meant), indent=4))
        return Box(lines, alt=self.sentence(service), fault=broken)

    def sentence(self, service: MappedService) -> str:
        """Say in a sentence what a Service selects, and which Pods are behind it; "" for one of very many."""
        if service.ref not in self.in_alt:
            return ""
        behind = [
            f"{self.names.stack(stack.pods)} {said(link.state)}"
            for stack, link in self.behind.get(service.ref, [])
        ]
        name, selects = self.names.of(service), plain(service.brief or service.note)
        if behind:
            return _("Service {name}: {note} ({pods}).", name=name, note=selects, pods=listed(behind, 4))
        sentence = _("Service {name}: {note}.", name=name, note=selects)
        if not service.meant:
            return sentence
        return sentences(sentence, _("Did you mean {labels}?", labels=plain(service.meant)))

    def pod_told(self, stack: _Stack) -> Line:
        """Return what the outline says of Pods that no Service selects."""
        state, reason = said(stack.first.state), "" if self.plainly else plain(stack.first.reason)
        told = f"✗ {self.called(stack)} {state}"
        told = headed(told, reason) if reason else told
        return told_only(told, members=[pod.name for pod in stack.pods], nested=8)

    def used(self, stack: _Stack) -> str:
        """Say what the Pods of a stack use beside them."""
        every = dict.fromkeys(ref for pod in stack.pods for ref in pod.uses)
        return _("uses {objects}", objects=listed(map(plain, every), 6))

    def called(self, stack: _Stack) -> str:
        """Return the name of a Pod, or of a stack of them, with its address."""
        ips = [pod.ip for pod in stack.pods if pod.ip and not self.plainly]
        return noted(self.names.stack(stack.pods), listed(ips, _EACH))

    def links_told(self, service: MappedService) -> Iterator[Line]:
        """Yield what the outline says of each Pod behind a Service."""
        for stack, link in self.behind.get(service.ref, []):
            called = f"{palette.sign_of(link.state)} {self.called(stack)}"
            state = (
                _("ready, no readiness probe")
                if link.state == "ready" and stack.is_ready_unasked and not self.plainly
                else said(link.state)
            )
            used = self.used(stack) if stack.first.uses else ""
            told = f"{called} {state}"
            told = told if self.plainly else headed(told, plain(_outlined(link)))
            yield told_only(
                clauses(told, used),
                members=[pod.name for pod in stack.pods],
                nested=8,
            )

    def ways_told(self) -> Iterator[Box]:
        """Yield what the outline says of the Ingresses and HTTPRoutes that lead to Services."""
        for source, ways in self.sources.items():
            called = _called(source)
            lines = [told_only(called)]
            lines += [told_only(plain(by)) for by in dict.fromkeys(way.by for way in ways)]
            lines += [told_only(_("as found in the dump"))] if ways[0].found else []
            for way in ways:
                line = f"{_way_words(way)} → {_backend(way)}"
                lines.append(told_only(headed(line, plain(way.words)) if way.words else line, indent=4))
            yield Box(lines, alt=self.way_sentence(source))

    def way_sentence(self, source: str) -> str:
        """Say in a sentence which Services an Ingress or an HTTPRoute leads requests to."""
        works = dict.fromkeys(way.service.rpartition("/")[2] for way in self.sources[source] if not way.words)
        called = _called(source)
        if not works:
            return str(_("{object} leads no request to a Service.", object=called))
        return str(_("{object} leads requests to {services}.", object=called, services=listed(works, 3)))

    @staticmethod
    def by_hand_told(service: MappedService) -> list[Line]:
        """Return what the outline says of the addresses that were made by hand."""
        lines = [told_only("")]
        lines += [told_only(f"✓ {_answers(service, ip)}") for ip in service.by_hand]
        return [*lines, *(told_only(f"◐ {_waits(service, ip)}") for ip in service.by_hand_waiting)]


class _Picture:
    """The picture of a service map: its columns, with as much detail as there is room for.

    Where there are many Services, each gets two lines; where there are very many, those that lead nowhere are shown,
    and the rest is counted. Pods that are alike share a box, a line each.
    """

    def __init__(self, story: _Map) -> None:
        self.story = story
        self.facts = story.facts
        namespaces = [item.namespace for item in self.facts.services]
        main = Counter(namespaces or [pod.namespace for pod in self.facts.pods]).most_common(1)
        self.main = main[0][0] if main else "default"
        ways = bool(story.sources)
        # left sides and widths of the columns: what leads to Services, Services, Pods
        self.columns = ((0, 190), (236, 238), (532, 294)) if ways else ((0, 0), (0, 304), (412, 414))

    def drawn(self) -> list[Drawn]:
        """Return what is drawn."""
        services = [*self.facts.services]
        if not services and not self.facts.pods:
            return [Box([drawn_only(_("There is no Service and no Pod here yet."))], id="nothing")]
        levels = ((False, _EACH), (True, _EACH), (True, 2), (True, 1))
        for dense, most in levels if self.story.unfold or len(services) <= _MOST else ():
            drawn, high = self._columns(services, dense=dense, most=most)
            if self.story.unfold or (high <= HIGHEST and (dense or len(services) <= _FULL)):
                return drawn
        room = (HIGHEST - _HEAD - _MORE) // (_SHORT + _DENSE)
        shown = sorted(services, key=_is_broken, reverse=True)[:room]
        while shown:
            drawn, high = self._columns(shown, dense=True, most=1)
            if high <= HIGHEST:
                break
            shown = shown[: len(shown) * 9 // 10]
        return drawn

    def _columns(self, services: list[MappedService], *, dense: bool, most: int) -> tuple[list[Drawn], float]:
        """Return the picture of some Services and their Pods, and how high it is; `most` lines of alike Pods."""
        story = self.story
        (ways_x, ways_wide), (services_x, services_wide), (pods_x, pods_wide) = self.columns
        place = {service.ref: at for at, service in enumerate(services)}
        whole = len(services) == len(self.facts.services)
        near = {service.near for service in services if service.near}
        groups = [group for group in self.groups if whole or self._belongs(group, place.keys(), near)]
        boxes = [
            self.service_box(f"s{at}", service, services_wide, dense=dense)
            for at, service in enumerate(services)
        ]
        if not whole:
            boxes.append(self.rest_box(services, services_wide))
        pods = [self.pods_box(group, pods_wide, dense=dense, most=most) for group in groups]
        links: list[Link] = []
        for group in groups:
            for link in group.links:
                if link.service in place:
                    way = _WAYS.get(link.state, palette.CUT)
                    links.append(Link(f"s{place[link.service]}", group.id, way))
        of_near = {pod.ref: group.id for group in groups for pod in group.pods if pod.ref in near}
        for at, service in enumerate(services):
            if service.near in of_near:
                words = Label([note(_("near miss"), palette.WARNING_INK)])
                links.append(
                    Link(
                        f"s{at}",
                        of_near[service.near],
                        {**palette.CUT, "color": palette.ERROR.line},
                        words=words,
                    )
                )
            if service.by_hand or service.by_hand_waiting:
                pods.append(self.by_hand_box(f"s{at}hand", service, pods_wide))
                links.append(
                    Link(f"s{at}", f"s{at}hand", palette.TRAFFIC if service.by_hand else palette.WAITING)
                )
        others = [stack for stack in story.stacks if not stack.links]
        if not whole:
            left = sum(len(stack.pods) for stack in story.stacks) - sum(len(group.pods) for group in groups)
            if left:
                more = note(
                    ngettext("and {n} Pod more", "and {n} Pods more", left)
                    if pods
                    else ngettext(
                        "{n} Pod of other Services, or of none",
                        "{n} Pods of other Services, or of none",
                        left,
                    )
                )
                pods.append(Box([drawn_only(more)], palette.PLAIN, id="more", width=pods_wide))
        top = _HEAD
        columns: list[tuple[float, Sequence[Box]]] = [(services_x, boxes), (pods_x, pods)]
        if story.sources:
            ways = self.way_boxes(ways_wide, HIGHEST - top)
            shown = {box.id for box in ways}
            links += [link for link in self._way_links(place) if link.tail in shown]
            columns.insert(0, (ways_x, ways))
        high = stand(columns, links, top, gap=_DENSE if dense else BETWEEN)
        _unhide(links, {box.id: box for _x, column in columns for box in column})
        drawn: list[Drawn] = [item for _x, column in columns for item in column]
        long = _("Cluster IP : port, and the labels they select")
        what = _("Cluster IP : port") if story.sources else long
        heads = [
            Label(
                [
                    [
                        Run(_("Services"), bold=True, color=palette.SERVICE.ink),
                        GAP,
                        Run("  "),
                        *([] if story.plainly else [note(what, most=(services_wide - 56) // 7)]),
                    ]
                ],
                id="head-s",
                at=(services_x, 0),
                width=services_wide,
            ),
            Label(
                [
                    [
                        Run(_("Pods"), bold=True, color=palette.POD.ink),
                        GAP,
                        Run("  "),
                        *([] if story.plainly else [note(_("Pod IP : port"))]),
                    ]
                ],
                id="head-p",
                at=(pods_x, 0),
            ),
        ]
        if not others and not pods:
            heads.pop()
        return [*heads, *drawn, *links], high

    @cached_property
    def groups(self) -> list[_Stack]:
        """Return the Pods that are alike, each kind of them once; with `unfold` every Pod by itself."""
        story = self.story
        many = len(self.facts.pods) > _FEW

        def key(pod: MappedPod) -> object:
            own = pod.workload or ("" if many else pod.ref)
            mine = tuple((a.service, a.state, a.reason, a.targets) for a in story.led.get(pod.ref, ()))
            return pod.namespace, own, pod.state, pod.reason, pod.probed, pod.uses, mine

        folded = fold(self.facts.pods, key, unfold=story.unfold, most=0)
        ordered = sorted(folded, key=story.beside)
        return [
            _Stack(f"p{at}", pods, tuple(story.led.get(pods[0].ref, ()))) for at, pods in enumerate(ordered)
        ]

    @staticmethod
    def _belongs(group: _Stack, services: AbstractSet[str], near: AbstractSet[str]) -> bool:
        """Whether one of these Services leads to some Pods, or one of them comes nearest to what such a Service selects."""
        return any(link.service in services for link in group.links) or any(
            pod.ref in near for pod in group.pods
        )

    # ---- Services

    def service_box(self, name: str, service: MappedService, wide: int, *, dense: bool) -> Box:
        """Return the box of a Service: its address, its selector, and how many Pods answer.

        The frame is that of a fault where the Service leads nowhere.
        """
        broken = _is_broken(service)
        look = palette.ERROR if broken else palette.SERVICE
        kind = "" if service.type == "ClusterIP" else service.type
        node_ports = [port.node_port for port in service.ports if port.node_port]
        kinds = [kind, listed(node_ports, 2)] if node_ports else [kind]
        more = [note(f"  {plain(' '.join(filter(None, kinds)))}", whole=True)] if kind else []
        more += (
            [note(f"  {_('in namespace {namespace}', namespace=plain(service.namespace))}", whole=True)]
            if service.namespace != self.main
            else []
        )
        states = state(self.standing(service), look if broken else palette.POD)
        if self.story.plainly:
            return Box(
                [drawn_only([bold(service.name, most=60), states])],
                look,
                id=name,
                ref=service.ref,
                width=wide,
                tight=dense,
                alt=self.story.sentence(service),
            )
        if service.type == "ExternalName":
            there: list[str | Run] = [_("DNS: another name for"), " ", literal(service.external_name)]
            lines: list[Line] = [drawn_only([bold(service.name, most=60), *more]), drawn_only(there)]
            return Box(lines, look, id=name, ref=service.ref, width=wide, alt=self.story.sentence(service))
        ports = listed([port.port for port in service.ports], 3)
        if service.cluster_ip == "None":
            at: list[str | Run] = [note(_("headless: DNS gives the Pod IPs"))]
        else:
            at = [address(service.cluster_ip or _("no Cluster IP yet"), look)]
            at += [literal(f":{ports}")] if ports else []
        labels = literal(pairs(service.selector)) if service.selector else note(_("no selector"))
        if dense:
            fits = wide - 2 * SIDE - sum(map(wide_of, (run for run in at if isinstance(run, Run))))
            short_labels = labels._replace(
                text=cut(labels.text, fits - 16, lambda text: wide_of(labels._replace(text=text))),
                right=True,
                color=palette.MUTED,
            )
            if kind and not broken:
                states = state(more.pop(0).text.strip(), palette.LEFT_OUT)
            lines = [
                drawn_only([bold(service.name, most=60), *more, states]),
                drawn_only([*at, short_labels]),
            ]
        else:
            lines = [
                drawn_only([bold(service.name, most=60), *more, states]),
                drawn_only(at),
                drawn_only(labels),
            ]
            if service.pending:
                lines.append(
                    drawn_only(
                        note(_("load balancer {address}: no provider has created one", address="<pending>"))
                    )
                )
            elif service.load_balancer:
                lines.append(
                    drawn_only([note(_("load balancer")), " ", literal(listed(service.load_balancer, 2))])
                )
        if service.meant:
            asked = emphasized(_MEANT, literal(service.meant)._replace(bold=True))
            words = [
                run._replace(color=palette.WARNING_INK, small=True)
                if isinstance(run, Run)
                else note(run, palette.WARNING_INK)
                for run in asked
            ]
            lines.append(drawn_only(words))
        return Box(
            lines,
            look,
            id=name,
            ref=service.ref,
            title=f"Service {self.story.names.of(service)}",
            width=wide,
            tight=dense,
            alt=self.story.sentence(service),
        )

    def standing(self, service: MappedService) -> str:
        """Say how many Pods answer for a Service, or why none does: "✓ 2 ready"."""
        if service.by_hand or service.by_hand_waiting:
            number = len(service.by_hand)
            if service.by_controller:
                made = ngettext(
                    "{n} address left by a controller", "{n} addresses left by a controller", number
                )
            else:
                made = ngettext("{n} address made by hand", "{n} addresses made by hand", number)
            return f"{'✓' if service.by_hand else '✗'} {made}"
        if service.type == "ExternalName":
            return ""
        if not service.selector:
            return f"✗ {_('no endpoints')}"
        if not service.selected:
            return f"✗ {_('selects no Pod')}"
        if service.still_serving:
            return f"◐ {ngettext('none ready, {n} still serving', 'none ready, {n} still serving', service.still_serving)}"
        if not service.ready:
            return f"✗ {_('none ready')}"
        if self.story.publishes(service):
            return f"✓ {ngettext('{n} gets traffic', '{n} get traffic', service.ready)}"
        if service.ready < service.selected:
            return f"✓ {_('{n} of {of} ready', n=service.ready, of=service.selected)}"
        return f"✓ {ngettext('{n} ready', '{n} ready', service.ready)}"

    def rest_box(self, shown: list[MappedService], wide: int) -> Box:
        """Return the box that counts the Services that are not shown."""
        refs = {service.ref for service in shown}
        rest = [service for service in self.facts.services if service.ref not in refs]
        broken = sum(map(_is_broken, rest))
        words = ngettext("and {n} that answers", "and {n} that answer", len(rest) - broken)
        lines = [drawn_only(note(f"✓ {words}"))] if len(rest) > broken else []
        if broken:
            words = ngettext("and {n} without a ready Pod", "and {n} without a ready Pod", broken)
            lines.append(drawn_only(note(f"✗ {words}", palette.WARNING_INK)))
        return Box(lines, palette.SERVICE, id="rest", width=wide)

    # ---- Pods

    def pods_box(self, group: _Stack, wide: int, *, dense: bool, most: int) -> Box:
        """Return the box of Pods that are alike: a line each, and one reason."""
        first, look = group.first, group.look
        targets = {link.targets for link in group.links if link.state == "ready"}
        port = f":{listed(next(iter(targets)), 2)}" if len(targets) == 1 and any(targets) else ""

        def at(pod: MappedPod) -> list[str | Run]:
            if not pod.ip or self.story.plainly:
                return []
            ip = address(pod.ip, look)._replace(right=True)
            return [ip, literal(port)._replace(right=True)] if port else [ip]

        where = (
            []
            if first.namespace == self.main
            else [note(f"  {_('in namespace {namespace}', namespace=plain(first.namespace))}", whole=True)]
        )
        plainly = dense or self.story.plainly
        unasked = "" if plainly or not group.is_ready_unasked else _("no readiness probe")
        if len(group.pods) == 1:
            words = state(phrases(group.words, unasked), look)
            gap = [Run("  ", right=True)] if at(first) else []
            lines = [drawn_only([bold(first.name, most=60), *where, words, *gap, *at(first)])]
        else:
            kind, _slash, maker = first.workload.partition("/")
            number = ngettext("{n} Pod", "{n} Pods", len(group.pods))
            named = kind and not self.story.plainly
            what = _("{kind}, {pods}", kind=plain(kind), pods=number) if named else number
            sign, _blank, word = group.words.partition(" ")
            counted = _("{n} {state}", n=len(group.pods), state=word)
            head = bold(maker or _("without an owner"), most=60)
            lines = [
                drawn_only(
                    [
                        head,
                        note(f"  {what}", whole=True),
                        *where,
                        state(phrases(f"{sign} {counted}", unasked), look),
                    ]
                )
            ]
            # one line is no more than a count of the rest would take
            shown = group.pods if len(group.pods) <= most else group.pods[: most - 1]
            lines += [drawn_only([Run(plain(pod.name), most=60), *at(pod)]) for pod in shown]
            rest = len(group.pods) - len(shown)
            if rest and shown:
                lines.append(drawn_only(note(ngettext("and {n} more", "and {n} more", rest))))
        if not self.story.plainly and (not dense or not group.state):
            lines += [drawn_only(note(sentence(reason), palette.INK)) for reason in group.reasons]
        if first.uses:
            lines.append(drawn_only(note(self.story.used(group))))
        ref = first.ref if len(group.pods) == 1 else _workload_ref(first)
        names = self.story.names.stack(group.pods)
        return Box(lines, look, id=group.id, ref=ref, width=wide, title=names, alt=headed(names, group.words))

    def by_hand_box(self, name: str, service: MappedService, wide: int) -> Box:
        """Return the box of the addresses of a Service that have no Pod."""
        ready, waiting = service.by_hand, service.by_hand_waiting
        how = _("no Pod, left by a controller") if service.by_controller else _("no Pod, made by hand")
        lines = [drawn_only(bold(how))]
        lines += [drawn_only(["✓ ", literal(listed(ready, 4))])] if ready else []
        if waiting:
            lines.append(drawn_only(f"◐ {_('not ready: {addresses}', addresses=listed(waiting, 4))}"))
        return Box(lines, id=name, width=wide)

    # ---- what leads to Services

    def way_boxes(self, wide: int, room: float) -> list[Box]:
        """Return the boxes of what leads to Services, as many as there is room for: those that lead nowhere first."""
        boxes = [self.way_box(f"w{at}", source, wide) for at, source in enumerate(self.story.sources)]
        if self.story.unfold:
            return boxes

        def rest(number: int) -> Box:
            return Box([drawn_only(note(ngettext("and {n} more", "and {n} more", number)))], width=wide)

        first = sorted(boxes, key=lambda box: box.look is not palette.ERROR)
        shown = within(first, room, rest)
        return [*(box for box in boxes if box in shown), *(box for box in shown if box not in boxes)]

    def way_box(self, name: str, source: str, wide: int) -> Box:
        """Return the box of an Ingress or an HTTPRoute: a line for each host and path."""
        every = self.story.sources[source]
        ways = sorted(every, key=lambda way: not way.words) if len(every) > _EACH else every
        ways = ways if self.story.unfold or len(ways) <= _EACH else ways[: _EACH - 1]
        place = {service.ref for service in self.facts.services}
        lines = [drawn_only(bold(_called(source), most=60))]
        lines += [drawn_only(note(plain(by))) for by in dict.fromkeys(way.by for way in every)]
        lines += [drawn_only(note(_("as found in the dump")))] if every[0].found else []
        for way in ways:
            line = _way_words(way)
            lines.append(
                drawn_only(note(line if way.service in place else f"{line} → {_backend(way)}", palette.INK))
            )
        rest = len(every) - len(ways)
        lines += [drawn_only(note(ngettext("and {n} more", "and {n} more", rest)))] if rest else []
        look = palette.ERROR if all(way.words for way in every) else palette.PLAIN
        return Box(lines, look, id=name, width=wide, ref=source, alt=self.story.way_sentence(source))

    def _way_links(self, place: Mapping[str, int]) -> Iterator[Link]:
        links: dict[tuple[str, str], Link] = {}
        for at, ways in enumerate(self.story.sources.values()):
            for way in ways:
                if way.service in place:
                    key = f"w{at}", f"s{place[way.service]}"
                    works = not way.words or (key in links and links[key].way is palette.TRAFFIC)
                    links[key] = Link(*key, palette.TRAFFIC if works else palette.CUT)
        yield from links.values()


def _unhide(links: Sequence[Link], boxes: Mapping[str, Box]) -> None:
    """Take the words off links that are too short, or that another one would go through; the Pod says how near it comes.

    Args:
        links: The links, which lead from the right side of a box to the left side of another one.
        boxes: The boxes by their ids, each at its place.
    """
    ways = [(link, _ends(boxes[link.tail], boxes[link.head])) for link in links]
    for link, ((x0, y0), (x1, y1)) in ways:
        if not link.words:
            continue
        wide, high = size_of(link.words)
        left, bottom = (x1 - wide - _BESIDE, y1) if y1 <= y0 else (x0 + _BESIDE, y0)
        if wide + _BESIDE > x1 - x0:
            link.words = None
            continue
        for other, ((from_x, from_y), (to_x, to_y)) in ways:
            if other is link or not from_x < left + wide / 2 < to_x:
                continue
            rise = (to_y - from_y) / (to_x - from_x)
            heights = [from_y + rise * (x - from_x) for x in (left, left + wide)]
            if min(heights) < bottom and max(heights) > bottom - high:
                link.words = None
                break


def _ends(tail: Box, head: Box) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return where a link between two boxes begins and ends, in pixels."""
    (x0, y0), (x1, y1) = tail.at or (0, 0), head.at or (0, 0)
    (wide, high), (_wide, below) = size_of(tail), size_of(head)
    return (x0 + wide, y0 + high / 2), (x1, y1 + below / 2)


def _workload_ref(pod: MappedPod) -> str:
    """Return the reference of the workload of a Pod, or of the Pod where it has none."""
    kind, _slash, name = pod.workload.partition("/")
    if not name:
        return pod.ref
    ref = f"{kind.lower()}/{name}"
    return ref if pod.namespace == "default" else f"{pod.namespace}/{ref}"


def _called(source: str) -> str:
    kind, _slash, own = source.rpartition("/")
    return f"{_KINDS.get(kind.rpartition('/')[2], kind)} {plain(own)}"


def _way_words(way: WayIn) -> str:
    return f"{'✗' if way.words else '✓'} {plain(way.host) or '*'}{plain(way.path) or ' *'}"


def _backend(way: WayIn) -> str:
    return f"{plain(way.service.rpartition('/')[2])}:{plain(way.port)}"


def _answers(service: MappedService, ip: str) -> str:
    """Say who made an address without a Pod, and which port of the Service leads to which of its ports."""
    ports = service.by_hand_ports.replace("\n", ", ")
    if service.by_controller:
        return _("{address}, left by a controller: {ports}", address=plain(ip), ports=ports)
    if not ports:
        return _("{address}, made by hand", address=plain(ip))
    return _("{address}, made by hand: {ports}", address=plain(ip), ports=ports)


def _waits(service: MappedService, ip: str) -> str:
    """Say who made an address without a Pod that is not ready."""
    if service.by_controller:
        return _("{address}, left by a controller, not ready", address=plain(ip))
    return _("{address}, made by hand, not ready", address=plain(ip))


def _is_broken(service: MappedService) -> bool:
    """Whether a Service that should lead somewhere leads nowhere.

    One of type ExternalName has no endpoints and needs none: DNS answers for it.
    """
    answers = service.ready or service.still_serving or service.by_hand
    return service.type != "ExternalName" and not answers


def _outlined(link: Led) -> str:
    """Say which ports a link leads to, or why there is no traffic."""
    if link.state != "ready":
        return link.reason
    ports = link.ports.replace("\n", ", ")
    return noted(ports, link.but)
