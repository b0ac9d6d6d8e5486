"""Draws the NetworkPolicies of one Pod: who may reach it on the left, whom it may reach on the right, and which rule decides.

Groups of Pods of which the picture says the same are one box. An arrow is a connection that may be opened; a dotted line
without a head is one that a policy drops.
Source of the rule: https://kubernetes.io/docs/concepts/services-networking/network-policies/
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from k8snotes.catalogue import Text, _, ngettext
from k8snotes.facts.pod_policies import PodPolicies, PodSide, RuleGroups, Unselecting, Way
from k8snotes.figures import palette
from k8snotes.figures.figure import Figure
from k8snotes.figures.parts import align
from k8snotes.figures.scene import (
    Box,
    Column,
    Drawn,
    Line,
    Link,
    Scene,
    Told,
    bold,
    drawn_only,
    heading,
    note,
    told_only,
)
from k8snotes.figures.wording import listed, plain

__all__ = ["pod_policies_figure"]

_CAPTION = _(
    "A Pod that no policy isolates is open in this direction. If policies isolate it, only what one of their rules "
    "allows passes. Answers always pass."
)
_LEGEND = _(
    "arrow: may open connections   ·   ✗ dotted line: the packets are dropped, so the sender gets no answer"
)
_MOST = 6  # boxes on one side
_MOST_APART = 4  # above so many boxes on one side, groups that no rule is near to are one box
_MOST_RULES = 3  # rules and other policies that the picture names
_MOST_TOLD = 60

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
    return Figure(what, lambda: _finding(facts), facts, lambda: _scene(facts), caption=_CAPTION)


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


def _scene(facts: PodPolicies) -> Scene:
    """Return the scene: sources, the Pod, destinations."""
    left = _side_boxes(facts.ingress)
    right = _side_boxes(facts.egress)
    middle = [_pod_box(facts), *_other_boxes(facts)]
    drawn: list[Drawn] = [
        *align([box for box, _way in left]),
        *align(middle),
        *align([box for box, _way in right]),
    ]
    drawn += [Link(box.id, "pod", way) for box, way in left]
    drawn += [Link("pod", box.id, way) for box, way in right]
    drawn += [
        Column(box.id for box in boxes)
        for boxes in ([b for b, _w in left], middle, [b for b, _w in right])
        if boxes
    ]
    opening = _("{pod}: {finding}.", pod=plain(facts.pod.ref), finding=_finding(facts))
    legend = [_LEGEND] if left or right else []
    return Scene(drawn, _told(facts), opening=opening, legend=legend, layout={"ranksep": "0.5"})


# ---- the Pod


def _pod_box(facts: PodPolicies) -> Box:
    lines: list[Line] = [drawn_only(heading(f"Pod {plain(facts.pod.name)}", most=30))]
    lines += [
        drawn_only(note(words, palette.MUTED))
        for words in [_("in {namespace}", namespace=plain(facts.pod.namespace))]
    ]
    lines += [drawn_only(words) for words in _standing(facts)]
    if facts.dns:
        lines.append(drawn_only(note(_("✗ no DNS: its queries are dropped"), palette.WARNING_INK)))
    for side in (facts.ingress, facts.egress):
        lines += [drawn_only(note(words, palette.WARNING_INK)) for words in list(_idle(side))[:_MOST_RULES]]
    return Box(lines, palette.POD, id="pod", limit=235, ref=facts.pod.ref)


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
    lines = [drawn_only(note(_("policies that do not select it"), palette.MUTED))]
    near = sorted(facts.others, key=lambda item: not item.near)
    lines += [drawn_only(_not_selecting(item)) for item in near[:_MOST_RULES]]
    rest = len(near) - _MOST_RULES
    if rest > 0:
        lines.append(drawn_only(ngettext("and {n} more", "and {n} more", rest)))
    return [Box(lines, palette.LEFT_OUT, id="others", limit=235)]


def _not_selecting(item: Unselecting) -> Text:
    if not item.pods:
        return _("{policy}: {why}. It selects no Pod at all", policy=plain(item.policy), why=plain(item.why))
    return _("{policy}: {why}", policy=plain(item.policy), why=plain(item.why))


# ---- the two sides


def _side_boxes(side: PodSide) -> list[tuple[Box, dict[str, str]]]:
    """Return the boxes of one side, with how each is linked to the Pod."""
    groups = list(_by_group(side.ways))
    stacks = _stacked(groups, _same)
    if len(stacks) > _MOST_APART:
        stacks = _stacked(groups, _nearly_same)
    order = sorted(stacks, key=lambda stack: not any(way.allowed for way in stack[0]))
    boxes = [_group_box(f"{side.direction}{at}", stack) for at, stack in enumerate(order[:_MOST])]
    boxes += [_block_box(f"{side.direction}-b{at}", rule) for at, rule in enumerate(_blocks(side))]
    hidden = sum(len(stack) for stack in order[_MOST:])
    if hidden:
        words = ngettext("and {n} more", "and {n} more", hidden)
        boxes.append(
            (Box([drawn_only(words)], palette.LEFT_OUT, id=f"{side.direction}-more"), dict(palette.CUT))
        )
    return boxes


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


def _group_box(name: str, stack: Sequence[_Ways]) -> tuple[Box, dict[str, str]]:
    first = stack[0]
    allowed = [way for way in first if way.allowed]
    homes = listed(dict.fromkeys(plain(ways[0].group.namespace) for ways in stack), 2)
    called = [ways[0].group.short for ways in stack]
    lines = [
        drawn_only(heading(called[0], most=34)),
        *([drawn_only(bold(listed(called[1:], 3)))] if called[1:] else []),
        drawn_only(note(_("in {namespace}", namespace=homes), palette.MUTED)),
    ]
    if not allowed and len({_same(ways) for ways in stack}) > 1:
        lines.append(drawn_only(note(_("✗ no policy allows it"), palette.WARNING_INK)))
    else:
        lines += [
            drawn_only(note(_short(way), palette.INK if way.allowed else palette.WARNING_INK))
            for way in first[:_MOST_RULES]
        ]
        rest = len(first) - _MOST_RULES
        if rest > 0:
            lines.append(drawn_only(ngettext("and {n} more port", "and {n} more ports", rest)))
    look = palette.POD if allowed else palette.LEFT_OUT
    box = Box(lines, look, id=name, limit=200, stacked=len(stack) > 1 or len(first[0].group.pods) > 1)
    return box, dict(palette.TRAFFIC if allowed else palette.CUT)


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


def _block_box(name: str, rule: RuleGroups) -> tuple[Box, dict[str, str]]:
    lines = [drawn_only(heading(_("addresses")))]
    lines += [drawn_only(plain(peer.words.removeprefix("ipBlock="))) for peer in rule.peers if peer.block]
    lines.append(drawn_only(_rule_of(rule)))
    return Box(lines, palette.PLAIN, id=name, limit=200), dict(palette.TRAFFIC)


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
