"""Draws the NetworkPolicies of one Pod in three columns: who may come in, the Pod, and where it may go.

Groups of Pods of which the picture says the same are one box, with the rule that decides. An arrow is a connection that
may be opened; a dashed line that ends at a bar is one that a policy drops.
Source of the rule: https://kubernetes.io/docs/concepts/services-networking/network-policies/
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from k8snotes.catalogue import Text, _, ngettext, sentences
from k8snotes.facts.pod_policies import PodPolicies, PodSide, RuleGroups, Unselecting, Way
from k8snotes.figures import palette
from k8snotes.figures.figure import Figure
from k8snotes.figures.layout import BETWEEN, HIGHEST, stack
from k8snotes.figures.palette import Look
from k8snotes.figures.parts import size_of
from k8snotes.figures.scene import (
    Box,
    Drawn,
    Label,
    Link,
    Mark,
    Scene,
    Told,
    bold,
    drawn_only,
    heading,
    literal,
    note,
    told_only,
)
from k8snotes.figures.wording import headed, listed, plain

__all__ = ["pod_policies_figure"]

_CAPTION = _(
    "A Pod that no policy isolates is open in this direction. If policies isolate it, only what one of their rules "
    "allows passes. Answers always pass."
)
_STOPS = _("a dashed line that ends at a bar: the packets are dropped, so the sender gets no answer")
_MOST_APART = 4  # above so many boxes on one side, groups that no rule is near to are one box
_MOST_RULES = 3  # rules and other policies that the picture names
_MOST_NAMES = 3  # groups in one box
_MOST_TOLD = 60
_HIGH = HIGHEST - 4
_HEADS = 28  # pixels: the heads of the columns
_SIDE, _POD = 236, 242  # pixels: a box at a side, and the Pod
_GAP = 52  # pixels between columns
_LEFT, _MIDDLE, _RIGHT = 0, _SIDE + _GAP, _SIDE + _POD + 2 * _GAP
_STUB = 20  # pixels: so far gets what is dropped
_ROOM = ((6, 3), (6, 2), (5, 2), (5, 1), (4, 1), (3, 1), (2, 1))
"""Boxes on one side and ports in each, the first of which fits a screen is drawn."""

_Ways = tuple[Way, ...]  # all ways of one group, by port


def pod_policies_figure(facts: PodPolicies) -> Figure:
    """Return the policies of a Pod as a Figure.

    Args:
        facts: The two directions, with their rules and what they decide for each group of Pods.

    >>> import k8snotes as kn
    >>> c = kn.load("guestbook")
    >>> pod_policies_figure(c.policies("pod/mysql-0").facts)
    <Figure policies: pod/mysql-0: not isolated>
    """
    what = _("policies: {pod}", pod=plain(facts.pod.ref))
    return Figure(
        what,
        lambda: _finding(facts),
        facts,
        lambda: _scene(facts),
        verdict=lambda: _verdict(facts),
        caption=_CAPTION,
    )


def _verdict(facts: PodPolicies) -> Text | str:
    """Say in a sentence how many may come in, and how many it may reach."""
    pod = plain(facts.pod.ref)
    if facts.dns:
        return _("✗ {pod} gets no answer from DNS: a policy drops its queries", pod=pod)
    if not facts.enforced or facts.on_host:
        return ""
    sides = [[_passes(ways) for ways in _by_group(side.ways)] for side in (facts.ingress, facts.egress)]
    into, out = sides
    if all(into) and all(out):
        return _("✓ All others may reach {pod}, and it may reach them", pod=pod)
    return _(
        "✗ Only {n} of {all_in} others may reach {pod}, and it may reach {m} of {all_out}",
        n=sum(into),
        all_in=len(into),
        pod=pod,
        m=sum(out),
        all_out=len(out),
    )


def _finding(facts: PodPolicies) -> Text:
    if not facts.enforced:
        return _("the network plugin ignores policies")
    if facts.on_host:
        return _("on the network of its Node")
    if facts.ingress.isolated and facts.egress.isolated:
        return _("isolated for ingress and egress")
    if facts.ingress.isolated:
        return _("isolated for ingress")
    return _("isolated for egress") if facts.egress.isolated else _("not isolated")


class _Side(NamedTuple):
    """The boxes of one side, and how each is linked to the Pod."""

    boxes: Sequence[Box]
    ways: Sequence[Mapping[str, str]]


def _scene(facts: PodPolicies) -> Scene:
    """Return the scene: who may come in, the Pod, and where it may go."""
    drawn: list[Drawn] = []
    heads = ((_LEFT, _("Who may come in")), (_MIDDLE, "Pod"), (_RIGHT, _("Where it may go")))
    drawn += [Label([drawn_only(bold(words))], at=(x, 0)) for x, words in heads]
    left, right = _fitting(facts.ingress, facts), _fitting(facts.egress, facts)
    pod = _pod_box(facts)
    middle = [pod, *_other_boxes(facts)]
    columns = ((left.boxes, _LEFT), (middle, _MIDDLE), (right.boxes, _RIGHT))
    highest = max(_height(boxes) for boxes, _x in columns)
    for boxes, x in columns:
        stack(boxes, x, _HEADS + (highest - _height(boxes)) / 2)
        drawn += boxes
    for box, way in zip(left.boxes, left.ways, strict=True):
        if way is palette.CUT and box.at is not None:
            bar = Mark(f"{box.id}-bar", (_SIDE + _STUB, box.at[1] + size_of(box)[1] / 2), size=0)
            drawn += [bar, Link(f"{box.id}:e", f"{bar.id}:w", way)]
        else:
            drawn.append(Link(box.id, "pod", way))
    drawn += [Link("pod", box.id, way) for box, way in zip(right.boxes, right.ways, strict=True)]
    opening = _("{pod}: {finding}.", pod=plain(facts.pod.ref), finding=_finding(facts))
    cut = any(way is palette.CUT for side in (left, right) for way in side.ways)
    return Scene(drawn, _told(facts), opening=opening, legend=[_STOPS] if cut else [])


def _height(boxes: Sequence[Box]) -> float:
    return sum(size_of(box)[1] + BETWEEN for box in boxes) - BETWEEN


def _fitting(side: PodSide, facts: PodPolicies) -> _Side:
    """Return the boxes of one side, as many as fit a screen."""
    for most, ports in _ROOM:
        made = _side_boxes(side, plain(facts.pod.namespace), most, ports)
        if _height(made.boxes) <= _HIGH - _HEADS:
            break
    return made


# ---- the Pod


def _pod_box(facts: PodPolicies) -> Box:
    lines = [drawn_only(heading(plain(facts.pod.name)))]
    lines.append(drawn_only(note(_("in {namespace}", namespace=plain(facts.pod.namespace)))))
    lines += [drawn_only(words) for words in _standing(facts)]
    if facts.dns:
        lines.append(drawn_only(note(_("✗ no DNS: its queries are dropped"), palette.WARNING_INK)))
    for side in (facts.ingress, facts.egress):
        lines += [drawn_only(note(words, palette.WARNING_INK)) for words in list(_idle(side))[:_MOST_RULES]]
    return Box(
        lines,
        palette.POD,
        id="pod",
        width=_POD,
        ref=facts.pod.ref,
        alt=sentences(*(_("{words}.", words=words.rstrip(".。")) for words in _standing(facts))),
    )


def _standing(facts: PodPolicies) -> Iterator[Text]:
    """Yield what isolates the Pod in each direction."""
    if not facts.enforced:
        yield _("The network plugin ignores policies, so the Pod is open.")
        return
    if facts.on_host:
        yield _(
            "It is on the network of its Node. What policies do there is the choice of the plugin; most ignore such Pods."
        )
        return
    policies = plain(listed(facts.ingress.policies))
    yield (
        _("ingress: isolated by {policies}", policies=policies)
        if facts.ingress.isolated
        else _("ingress: open, no policy")
    )
    policies = plain(listed(facts.egress.policies))
    yield (
        _("egress: isolated by {policies}", policies=policies)
        if facts.egress.isolated
        else _("egress: open, no policy")
    )


def _idle(side: PodSide) -> Iterator[Text]:
    """Yield the peers of rules that find no Pod, and policies that allow nothing."""
    for rule in side.rules:
        for peer in rule.peers:
            if not peer.groups and not peer.block:
                yield _("{policy}: {peer} finds no Pod", policy=plain(rule.policy), peer=plain(peer.words))
    if side.isolated and not side.rules:
        if side.direction == "ingress":
            yield _("no rule for ingress: nothing comes in")
        else:
            yield _("no rule for egress: nothing goes out")


def _other_boxes(facts: PodPolicies) -> list[Box]:
    """Return the box of the policies that do not select the Pod."""
    if not facts.others:
        return []
    lines = [drawn_only(note(_("policies that do not select it")))]
    near = sorted(facts.others, key=lambda item: not item.near)
    lines += [drawn_only(note(_not_selecting(item), palette.INK)) for item in near[:_MOST_RULES]]
    rest = len(near) - _MOST_RULES
    if rest > 0:
        lines.append(drawn_only(note(ngettext("and {n} more", "and {n} more", rest))))
    return [Box(lines, palette.LEFT_OUT, id="others", width=_POD)]


def _not_selecting(item: Unselecting) -> Text:
    if not item.pods:
        return _("{policy}: {why}. It selects no Pod at all", policy=plain(item.policy), why=plain(item.why))
    return _("{policy}: {why}", policy=plain(item.policy), why=plain(item.why))


# ---- the two sides


def _side_boxes(side: PodSide, home: str, most: int, ports: int) -> _Side:
    """Return the boxes of one side, and how each is linked to the Pod.

    Args:
        side: The direction.
        home: The Namespace of the Pod; a box of another one names it.
        most: How many boxes of groups there are.
        ports: How many ports a box has.
    """
    groups = list(_by_group(side.ways))
    stacks = _stacked(groups, _same)
    if len(stacks) > _MOST_APART:
        stacks = _stacked(groups, _nearly_same)
    order = sorted(stacks, key=lambda several: not _passes(several[0]))
    boxes: list[tuple[Box, Mapping[str, str]]] = []
    for allowed in (True, False):
        shown = [several for several in order[:most] if _passes(several[0]) is allowed]
        start = len(boxes)
        boxes += [
            _group_box(f"{side.direction}{start + at}", several, home, ports)
            for at, several in enumerate(shown)
        ]
        if allowed:
            boxes += [_block_box(f"{side.direction}-b{at}", rule) for at, rule in enumerate(_blocks(side))]
        hidden = sum(len(several) for several in order[most:] if _passes(several[0]) is allowed)
        if hidden:
            boxes.append(_more_box(f"{side.direction}-more{start}", hidden, allowed=allowed))
    if not boxes:
        nothing = note(_("there is no other Pod"))
        boxes.append(
            (
                Box([drawn_only(nothing)], palette.LEFT_OUT, id=f"{side.direction}-none", width=_SIDE),
                palette.HIDDEN,
            )
        )
    return _Side([box for box, _way in boxes], [way for _box, way in boxes])


def _more_box(name: str, hidden: int, *, allowed: bool) -> tuple[Box, Mapping[str, str]]:
    """Return the box of the groups for which there is no room."""
    words = (
        ngettext("and {n} more, allowed", "and {n} more, allowed", hidden)
        if allowed
        else ngettext("and {n} more, blocked", "and {n} more, blocked", hidden)
    )
    look = palette.POD if allowed else palette.LEFT_OUT
    return Box(
        [drawn_only(note(words))], look, id=name, width=_SIDE
    ), palette.TRAFFIC if allowed else palette.CUT


def _passes(ways: _Ways) -> bool:
    """Whether any port of a group may be called."""
    return any(way.allowed for way in ways)


def _by_group(ways: Iterable[Way]) -> Iterator[_Ways]:
    groups: dict[object, list[Way]] = {}
    for way in ways:
        groups.setdefault((way.group.namespace, way.group.name, way.group.pods), []).append(way)
    for own in groups.values():
        yield tuple(own)


def _same(ways: _Ways) -> object:
    """Return what the ways of groups in one box have in common."""
    return tuple(
        (
            way.port,
            way.allowed,
            way.policy,
            way.rule,
            way.by_other,
            tuple((miss.code, miss.words) for miss in way.verdict.misses),
        )
        if not way.allowed and len(way.verdict.misses) == 1
        else (way.port, way.allowed, way.policy, way.rule, way.by_other)
        for way in ways
    )


def _nearly_same(ways: _Ways) -> object:
    """Return the same, but all groups that are far from any rule are in one box."""
    if any(way.allowed or way.by_other for way in ways):
        return _same(ways)
    misses = {tuple(miss.code for miss in way.verdict.misses) for way in ways}
    return _same(ways) if misses & {("port",), ("protocol",)} else ""


def _stacked(groups: Iterable[_Ways], key: Callable[[_Ways], object]) -> list[list[_Ways]]:
    stacks: dict[object, list[_Ways]] = {}
    for ways in groups:
        stacks.setdefault(key(ways), []).append(ways)
    return list(stacks.values())


def _group_box(name: str, several: Sequence[_Ways], home: str, ports: int) -> tuple[Box, Mapping[str, str]]:
    first = several[0]
    allowed = [way for way in first if way.allowed]
    group = first[0].group
    called = [plain(ways[0].group.short) for ways in several]
    of, look = _standing_of(first)
    lines = [drawn_only(heading(called[0], of, look))]
    names = called if len(called) <= _MOST_NAMES + 1 else called[:_MOST_NAMES]
    lines += [drawn_only(bold(own, most=60)) for own in names[1:]]
    if len(names) < len(called):
        more = len(called) - len(names)
        lines.append(drawn_only(note(ngettext("and {n} more", "and {n} more", more))))
    homes = listed(dict.fromkeys(plain(ways[0].group.namespace) for ways in several), 2)
    if homes != home:
        lines.append(drawn_only(note(_("in {namespace}", namespace=homes))))
    if not allowed and len({_same(ways) for ways in several}) > 1:
        lines.append(drawn_only(note(_("✗ no policy allows it"), palette.WARNING_INK)))
    else:
        lines += [
            drawn_only(note(_short(way), palette.INK if way.allowed else palette.WARNING_INK))
            for way in first[:ports]
        ]
        rest = len(first) - ports
        if rest > 0:
            lines.append(drawn_only(note(ngettext("and {n} more port", "and {n} more ports", rest))))
    box = Box(
        lines,
        palette.POD if allowed else palette.LEFT_OUT,
        id=name,
        width=_SIDE,
        ref=group.ref if len(several) == 1 else "",
        title=listed((ways[0].group.name for ways in several), 12),
        alt=headed(listed(called), listed((_short(way) for way in first), 4)),
    )
    return box, palette.TRAFFIC if allowed else palette.CUT


def _standing_of(ways: _Ways) -> tuple[Text, Look]:
    """Say whether the ports of a group may be called, with the look of that."""
    allowed = sum(way.allowed for way in ways)
    if allowed == len(ways):
        return _("✓ allowed"), palette.POD
    if allowed:
        return _("✓ some ports"), palette.POD
    return _("✗ blocked"), palette.LEFT_OUT


def _short(way: Way) -> Text:
    """Return what decides, short enough for a box."""
    port, policy = plain(way.port), plain(way.policy)
    if way.allowed:
        return (
            _("✓ {port}: {policy}", port=port, policy=policy)
            if way.policy
            else _("✓ {port}: no policy", port=port)
        )
    misses = way.verdict.misses
    if way.by_other:
        own = plain(way.group.short)
        if way.verdict.direction == "ingress":
            return _(
                "✗ {port}: dropped by the ingress of {group} ({policy})", port=port, group=own, policy=policy
            )
        return _("✗ {port}: dropped by the egress of {group} ({policy})", port=port, group=own, policy=policy)
    if len(misses) == 1 and way.verdict.policy is not None:
        return _(
            "✗ {port}: {policy} misses {what}",
            port=port,
            policy=plain(way.verdict.policy.name),
            what=plain(misses[0].words),
        )
    return _("✗ {port}: no policy allows it", port=port)


def _blocks(side: PodSide) -> list[RuleGroups]:
    """Return the rules that name ranges of addresses."""
    return [rule for rule in side.rules if any(peer.block for peer in rule.peers)][:_MOST_RULES]


def _block_box(name: str, rule: RuleGroups) -> tuple[Box, Mapping[str, str]]:
    blocks = [plain(peer.words.removeprefix("ipBlock=")) for peer in rule.peers if peer.block]
    lines = [drawn_only(heading(_("addresses"), _("✓ allowed"), palette.POD))]
    lines += [drawn_only(literal(block)) for block in blocks[:_MOST_RULES]]
    rest = len(blocks) - _MOST_RULES
    if rest > 0:
        lines.append(drawn_only(note(ngettext("and {n} more", "and {n} more", rest))))
    lines.append(drawn_only(note(_rule_of(rule), palette.INK)))
    return Box(
        lines, palette.PLAIN, id=name, width=_SIDE, alt=headed(listed(blocks), _rule_of(rule))
    ), palette.TRAFFIC


def _rule_of(rule: RuleGroups) -> Text:
    if not rule.ports:
        return _("✓ any port: {policy}", policy=plain(rule.policy))
    return _("✓ {port}: {policy}", port=plain(rule.ports), policy=plain(rule.policy))


# ---- the outline


def _told(facts: PodPolicies) -> Iterator[Told]:
    """Yield the outline: each direction with its rules, then each group and port with the reason."""
    pod = plain(facts.pod.ref)
    for words in _standing(facts):
        yield told_only(words, indent=0, alt=_("{words}.", words=words.removesuffix(".")))
    for side in (facts.ingress, facts.egress):
        yield from _told_side(pod, side)
    if facts.dns:
        yield told_only(
            _("DNS: {why}", why=plain(facts.dns)), indent=0, alt=_("Its DNS queries are dropped.")
        )
    for item in facts.others:
        yield told_only(
            _(
                "{policy} does not select {pod}: {why}",
                policy=plain(item.policy),
                pod=pod,
                why=plain(item.why),
            ),
            indent=0,
        )


def _told_side(pod: str, side: PodSide) -> Iterator[Told]:
    if side.direction == "ingress":
        yield told_only(_("who may reach {pod}", pod=pod), indent=0)
    else:
        yield told_only(_("whom {pod} may reach", pod=pod), indent=0)
    for rule in side.rules:
        for peer in rule.peers:
            found = listed((group.name for group in peer.groups), 8) or _("no Pod of this cluster")
            ports = plain(rule.ports) or _("any port")
            if not peer.words:
                yield told_only(
                    _("rule of {policy}: everything, {ports}", policy=plain(rule.policy), ports=ports)
                )
            elif peer.groups or peer.block:
                yield told_only(
                    _(
                        "rule of {policy}: {peer}, {ports}: it finds {groups}",
                        policy=plain(rule.policy),
                        peer=plain(peer.words),
                        ports=ports,
                        groups=found,
                    )
                )
            else:
                yield told_only(
                    _(
                        "rule of {policy}: {peer}, {ports}: it finds no Pod",
                        policy=plain(rule.policy),
                        peer=plain(peer.words),
                        ports=ports,
                    )
                )
    for way in side.ways[:_MOST_TOLD]:
        yield told_only(f"{plain(way.group.name)} {_short(way)}")
    rest = len(side.ways) - _MOST_TOLD
    if rest > 0:
        yield told_only(ngettext("and {n} more", "and {n} more", rest))
