"""Draws the storage: the Pods, the claims that they mount, and the volumes that the claims are bound to.

Pods are in the left column, claims in the middle, volumes and classes in the right one. A claim without a volume says
why, and leads to its class. Claims and Pods of which the picture says the same are one box.
Source of the rule: https://kubernetes.io/docs/concepts/storage/persistent-volumes/
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from k8snotes.api.quantity import Quantity
from k8snotes.catalogue import Text, _, clauses, ngettext
from k8snotes.facts.storage import Mount, Storage, StoredClaim, StoredClass, StoredVolume
from k8snotes.figures import palette
from k8snotes.figures.figure import Figure
from k8snotes.figures.layout import HIGHEST, stand
from k8snotes.figures.palette import Look
from k8snotes.figures.scene import (
    GAP,
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
    heading,
    literal,
    note,
    state,
    told_only,
)
from k8snotes.figures.stacks import Names, fold
from k8snotes.figures.wording import headed, listed, phrases, plain

__all__ = ["storage_figure"]

_CAPTION = _(
    "A Pod mounts a claim, and the claim is bound to one volume. "
    "The volume stays when the Pod goes, and so do the data on it."
)
_LEGEND = (
    (palette.NOT_READY, _("claim without a volume")),
    (palette.LEFT_OUT, _("volume that no claim gets")),
)
_MOST = 8  # boxes of a column: if there were more, sizes are not told apart; what is still left is counted
_PODS, _CLAIMS, _VOLUMES, _CLASSES = (
    (0, 164),
    (190, 226),
    (442, 194),
    (662, 164),
)  # pixels: left sides, widths
_TITLE = 11  # columns of each of the two words over a column of boxes
_HEAD = 26  # pixels: the heads of the columns
_MOST_SAID = 12  # claims in the alternative text


def storage_figure(facts: Storage, *, unfold: bool = False, plainly: bool = False) -> Figure:
    """Return the storage as a Figure.

    Args:
        facts: The claims, the volumes and the classes, and who mounts what.
        unfold: Whether to draw each claim where many that say the same would make a stack.
        plainly: Whether to leave out classes, access modes and policies.

    >>> import k8snotes as kn
    >>> print(storage_figure(kn.Cluster(nodes=1).storage().facts).text)
    storage: 0 claims
    No claim asks for a volume
    There is no PersistentVolumeClaim and no PersistentVolume
    """
    return Figure(
        _("storage"),
        lambda: _finding(facts),
        facts,
        lambda: _scene(facts, unfold=unfold, plainly=plainly),
        verdict=lambda: _verdict(facts),
        caption=_CAPTION,
    )


def _scene(facts: Storage, *, unfold: bool, plainly: bool) -> Scene:
    """Return the scene with as many boxes as a reader sees at once, or with all of them."""
    most = _MOST
    if plainly:
        facts = _plain_facts(facts)
    while True:
        scene, high = _Picture(facts, unfold=unfold, most=most, plainly=plainly).scene()
        if unfold or high <= HIGHEST or most == 1:
            return scene
        most -= 1


def _plain_facts(facts: Storage) -> Storage:
    """Return the claims and their volumes without what most readers meet later."""
    return facts._replace(
        claims=tuple(claim._replace(modes="", storage_class="") for claim in facts.claims),
        volumes=tuple(volume._replace(modes="", reclaim="") for volume in facts.volumes),
        classes=(),
    )


def _verdict(facts: Storage) -> str:
    """Say whether every claim has a volume."""
    claims, waiting = len(facts.claims), len(facts.waiting)
    if not claims:
        return str(_("No claim asks for a volume"))
    if not waiting:
        return f"✓ {_('Every claim has a volume')}"
    if waiting == claims == 1:
        return f"◐ {_('The claim waits for a volume')}"
    return "◐ " + ngettext(
        "{n} of {of} claims waits for a volume", "{n} of {of} claims wait for a volume", waiting, of=claims
    )


def _finding(facts: Storage) -> Text:
    """Say how many claims there are, and how many have no volume."""
    claims = ngettext("{n} claim", "{n} claims", len(facts.claims))
    waiting = len(facts.waiting)
    if not waiting:
        return claims
    return ngettext(
        "{claims}, {n} of them without a volume",
        "{claims}, {n} of them without a volume",
        waiting,
        claims=claims,
    )


class _Picture:
    """One picture of storage: stacks of claims in order, and the Pods and volumes beside them."""

    def __init__(self, facts: Storage, *, unfold: bool, most: int, plainly: bool) -> None:
        self.facts = facts
        self.plainly = plainly
        self.most = most
        self.names = Names(facts.claims)
        self.volumes = {volume.name: volume for volume in facts.volumes}
        self.coarse = False
        stacks = fold(facts.claims, self._same, unfold=unfold)
        if len(stacks) > _MOST and not unfold:
            self.coarse = True
            stacks = fold(facts.claims, self._same, most=1)
        self.claims = stacks if unfold else stacks[:most]
        self.hidden = stacks[len(self.claims) :]
        self.at = {claim.ref: f"c{at}" for at, stack in enumerate(self.claims) for claim in stack}
        uses: dict[str, list[tuple[StoredClaim, Mount]]] = {}
        for stack in self.claims:
            for claim in stack:
                for mount in claim.mounts:
                    uses.setdefault(mount.pod, []).append((claim, mount))
        self.uses = uses
        first = [uses[pod][0][1] for pod in uses]
        # beside a stack of claims there is one of Pods, and one of volumes
        each = 1 if any(len(stack) > 1 for stack in self.claims) else None
        self.pods = fold(first, self._alike, unfold=unfold, most=each)
        bound = [
            self.volumes[claim.volume]
            for stack in self.claims
            for claim in stack
            if claim.volume in self.volumes
        ]
        # only what belongs to no claim of the picture is free
        owned = {claim.volume for claim in facts.claims}
        free = [volume for volume in facts.volumes if volume.name not in owned]
        self.bound = fold(bound, self._one_place, unfold=unfold, most=each)
        self.free = fold(free, self._as_free, unfold=unfold)

    # ---- what makes a stack

    def _same(self, claim: StoredClaim) -> object:
        volume = self.volumes.get(claim.volume)
        makers = tuple(sorted({mount.workload for mount in claim.mounts}))
        alike = (
            claim.namespace,
            claim.phase,
            claim.storage_class,
            claim.waiting.code if claim.waiting else "",
            makers,
        )
        if self.coarse:
            return alike
        own = claim.name if "" in makers else ""  # a Pod without an owner is like no other
        return alike, own, claim.asked, claim.capacity, claim.modes, volume and (volume.phase, volume.reclaim)

    def _alike(self, mount: Mount) -> object:
        used = tuple((self.at[claim.ref], item.paths) for claim, item in self.uses[mount.pod])
        own = "" if self.coarse else mount.name
        return mount.namespace, mount.workload or own, bool(mount.node), bool(mount.held_by), used

    def _one_place(self, volume: StoredVolume) -> object:
        alike = volume._replace(ref="", name="", claim="", nodes=())
        return self._claim_of(volume), alike._replace(capacity="", modes="") if self.coarse else alike

    @staticmethod
    def _as_free(volume: StoredVolume) -> object:
        return volume._replace(ref="", name="", claim="" if volume.phase == "Released" else volume.claim)

    def _claim_of(self, volume: StoredVolume) -> str:
        namespace, _slash, name = volume.claim.partition("/")
        claim = next(
            (item for item in self.facts.claims if (item.namespace, item.name) == (namespace, name)), None
        )
        return self.at.get(claim.ref, "") if claim is not None else ""

    # ---- the scene

    def scene(self) -> tuple[Scene, float]:
        """Return the scene, columns and what leads from one to the next, and how high it is in pixels."""
        facts = self.facts
        if not facts.claims and not facts.volumes and not facts.classes:
            nothing = Line(_("There is no PersistentVolumeClaim and no PersistentVolume"))
            return Scene([Box([nothing], id="nothing")], opening=_("There is no storage.")), 0
        pods = [self._pod_box(f"p{at}", stack) for at, stack in enumerate(self.pods)]
        claims = [self._claim_box(f"c{at}", stack) for at, stack in enumerate(self.claims)]
        volumes = [self._volume_box(f"v{at}", stack) for at, stack in enumerate(self.bound)]
        why = [
            Box(
                [note(stack[0].waiting.words, palette.WARNING_INK)],
                palette.BARE,
                id=f"r{at}",
                width=_VOLUMES[1],
            )
            for at, stack in enumerate(self.claims)
            if stack[0].waiting is not None
        ]
        room = max(1, self.most - len(volumes) - len(why))
        spare = [self._volume_box(f"f{at}", stack) for at, stack in enumerate(self.free[:room])]
        classes = [self._class_box(f"k{at}", item) for at, item in enumerate(facts.classes[: self.most])]
        order = {box.id: at for at, box in enumerate(claims)}
        beside = {
            f"v{at}": order.get(self._claim_of(stack[0]), len(order)) for at, stack in enumerate(self.bound)
        }
        beside |= {box.id: int(box.id[1:]) for box in why}
        right = [*sorted([*volumes, *why], key=lambda box: beside[box.id]), *spare]
        columns: list[tuple[float, Sequence[Box]]] = [
            (_PODS[0], pods),
            (_CLAIMS[0], [*claims, *self._more(self.hidden)]),
            (_VOLUMES[0], right),
            (_CLASSES[0], classes),
        ]
        links = list(self._links())
        high = stand(columns, links, _HEAD)
        titles = (
            (palette.POD.ink, _("Pods"), _("mount")),
            ("", _("Claims"), _("ask")),
            ("", _("Volumes"), _("are there")),
            ("", _("Classes"), _("make them")),
        )
        heads = [
            Label(
                [[Run(str(title), bold=True, color=ink, most=_TITLE), note(f"  {words}", most=_TITLE)]],
                at=(x, 0),
            )
            for (ink, title, words), (x, boxes) in zip(titles, columns, strict=True)
            if boxes
        ]
        drawn: list[Drawn] = [*heads, *(box for _x, boxes in columns for box in boxes), *links]
        opening = _("The storage: {finding}.", finding=_finding(facts))
        return Scene(drawn, self._told(), opening=opening, legend=_LEGEND), high

    def _links(self) -> Iterator[Link]:
        """Yield the arrows: from Pods to claims, from claims to volumes, or to why there is none, from classes to these."""
        for at, pods in enumerate(self.pods):
            for claim, mount in self.uses[pods[0].pod]:
                way = palette.TRAFFIC if mount.node and not mount.held_by else palette.WAITING
                yield Link(f"p{at}", self.at[claim.ref], way)
        shown = {item.name: f"k{at}" for at, item in enumerate(self.facts.classes[: self.most])}
        for at, volumes in enumerate(self.bound):
            if of := self._claim_of(volumes[0]):
                yield Link(of, f"v{at}", palette.TRAFFIC)
            if volumes[0].driver and volumes[0].storage_class in shown:
                yield Link(shown[volumes[0].storage_class], f"v{at}", palette.RULES)
        for at, stack in enumerate(self.claims):
            if stack[0].waiting is not None:
                yield Link(f"c{at}", f"r{at}", palette.CUT)

    @staticmethod
    def _more(hidden: Sequence[Sequence[StoredClaim]]) -> list[Box]:
        """Return the box that counts the claims for which there is no room."""
        rest = sum(len(stack) for stack in hidden)
        if not rest:
            return []
        words = ngettext("and {n} more claim", "and {n} more claims", rest)
        return [Box([drawn_only(words)], palette.LEFT_OUT, id="more")]

    # ---- boxes

    def _pod_box(self, name: str, stack: Sequence[Mount]) -> Box:
        first = stack[0]
        nodes = sorted({mount.node for mount in stack if mount.node})
        lines = [drawn_only(heading(self.names.bare(stack)))]
        paths = dict.fromkeys(path for _claim, item in self.uses[first.pod] for _name, path in item.paths)
        if paths:
            lines.append(drawn_only(literal(listed(paths, 1))))
        else:
            lines.append(drawn_only(note(_("no container mounts it"))))
        if nodes:
            lines.append(drawn_only(note(_("on {nodes}", nodes=listed(nodes, 2)))))
            if first.held_by:
                held = _("the volume is on another Node")
                lines.append(drawn_only(note(f"◐ {held}", palette.WARNING_INK)))
        else:
            none = _("no Node yet")
            lines.append(drawn_only(note(f"◐ {none}", palette.WARNING_INK)))
        look = palette.POD if nodes and not first.held_by else palette.NOT_READY
        return Box(
            lines,
            look,
            id=name,
            width=_PODS[1],
            stacked=len(stack) > 1,
            ref=first.pod,
            title=self.names.stack(stack),
        )

    def _claim_box(self, name: str, stack: Sequence[StoredClaim]) -> Box:
        first = stack[0]
        look = _claim_look(first)
        amount = _range(claim.asked for claim in stack)
        if len(stack) == 1 and first.capacity not in ("", first.asked):
            amount = _("asks for {asked}, has {capacity}", asked=first.asked, capacity=first.capacity)
        modes = listed(dict.fromkeys(claim.modes for claim in stack), 2)
        lines = [
            drawn_only([*_head(plain(first.name), stack, f"{_sign(first)} {plain(first.phase)}", look)]),
            drawn_only([bold(amount), note(f"   {modes}"), self.names.place(first)]),
        ]
        if first.storage_class and first.waiting is not None:
            lines.append(
                drawn_only(note(_("class {storage_class}", storage_class=plain(first.storage_class))))
            )
        return Box(
            lines,
            look,
            id=name,
            width=_CLAIMS[1],
            stacked=len(stack) > 1,
            ref=first.ref,
            alt=self._sentence(first),
        )

    def _volume_box(self, name: str, stack: Sequence[StoredVolume]) -> Box:
        first = stack[0]
        look = palette.VOLUME if first.phase in ("Bound", "Available") else palette.LEFT_OUT
        state_of = plain(first.phase)
        amount = _range(volume.capacity for volume in stack)
        facts = [item for item in (first.modes, first.reclaim) if item]
        sign = f"{look.symbol or '✓'} {state_of}"
        lines = [
            drawn_only(_head(plain(first.name), stack, sign, look)),
            drawn_only([bold(amount), note(f"   {phrases(*facts)}")]),
        ]
        lines += [drawn_only(note(line)) for line in _places(stack)]
        lines += [drawn_only(note(line, palette.WARNING_INK)) for line in _warnings(first)]
        if first.storage_class and not first.driver:
            lines.append(
                drawn_only(note(_("class {storage_class}", storage_class=plain(first.storage_class))))
            )
        return Box(lines, look, id=name, width=_VOLUMES[1], stacked=len(stack) > 1, ref=first.ref)

    @staticmethod
    def _class_box(name: str, item: StoredClass) -> Box:
        head = [bold(item.name, most=60), *([note(f"  {_('default')}")] if item.default else [])]
        lines = [drawn_only(head), drawn_only(note(phrases(item.binding, item.reclaim)))]
        lines.append(drawn_only(note(_made_by(item))))
        if item.served is False and not item.by_hand:
            lines.append(drawn_only(note(_("✗ no such driver runs here"), palette.WARNING_INK)))
        return Box(lines, palette.PLAIN, id=name, width=_CLASSES[1], ref=item.ref)

    # ---- the outline

    def _told(self) -> Iterator[Told]:
        """Yield the outline: every claim with its volume and its Pods, then the free volumes, then the classes."""
        for number, claim in enumerate(self.facts.claims):
            alt = self._sentence(claim) if number < _MOST_SAID else ""
            yield told_only(self._claim_line(claim), indent=0, alt=alt)
            if claim.waiting is not None:
                yield told_only(plain(claim.waiting.words), indent=4)
            volume = self.volumes.get(claim.volume)
            if volume is not None:
                yield told_only(_volume_line(volume, plainly=self.plainly), indent=4)
            for mount in claim.mounts:
                yield told_only(_mount_line(mount), indent=4)
        rest = len(self.facts.claims) - _MOST_SAID
        if rest > 0:
            yield aside(ngettext("And {n} more claim.", "And {n} more claims.", rest))
        owned = {claim.volume for claim in self.facts.claims}
        for volume in self.facts.volumes:
            if volume.name not in owned:
                sentence = _(
                    "{volume} belongs to no claim: {phase}.",
                    volume=plain(volume.ref),
                    phase=plain(volume.phase),
                )
                yield told_only(_volume_line(volume, plainly=self.plainly), indent=0, alt=sentence)
        for item in self.facts.classes:
            yield told_only(_class_line(item), indent=0)

    def _claim_line(self, claim: StoredClaim) -> str:
        called = self.names.of(claim) if self.plainly else f"PersistentVolumeClaim {self.names.of(claim)}"
        kept = ""
        if claim.storage_class:
            kept = _("class {storage_class}", storage_class=plain(claim.storage_class))
        return headed(f"{_sign(claim)} {called}", phrases(claim.phase, claim.asked, claim.modes, kept))

    def _sentence(self, claim: StoredClaim) -> str:
        called = self.names.of(claim)
        name = _("claim {name}", name=called) if self.plainly else f"PersistentVolumeClaim {called}"
        if claim.waiting is not None:
            why = plain(claim.waiting.words)
            return _("{claim} has no volume: {why}", claim=name, why=why)
        pods = listed((mount.name for mount in claim.mounts), 3)
        if not pods:
            return _(
                "{claim} is bound to {volume}, and no Pod mounts it.", claim=name, volume=plain(claim.volume)
            )
        return _(
            "{claim} is bound to {volume}, and {pods} mounts it.",
            claim=name,
            volume=plain(claim.volume),
            pods=pods,
        )


def _claim_look(claim: StoredClaim) -> Look:
    if claim.phase == "Lost":
        return palette.ERROR
    if claim.waiting is None:
        return palette.PLAIN
    return palette.PLAIN if claim.waiting.code == "granted" else palette.NOT_READY


def _sign(claim: StoredClaim) -> str:
    """Return ✓ for a claim with a volume, ◐ for one that waits, ✗ for one that has lost it."""
    return _claim_look(claim).symbol or ("✓" if claim.waiting is None else "◐")


def _head(called: str, stack: Sequence[StoredClaim | StoredVolume], how: str, look: Look) -> list[str | Run]:
    """Return the head of a box: what it is called, how many more there are, and how it is."""
    rest = len(stack) - 1
    more = note(f"  {ngettext('and {n} more', 'and {n} more', rest)}" if rest else "", whole=True)
    return [bold(called, most=60), more, GAP, state(how, look if look is not palette.PLAIN else palette.POD)]


def _range(amounts: Iterable[str]) -> str:
    """Return an amount, or the smallest and the largest of several."""
    ordered = sorted(dict.fromkeys(amount for amount in amounts if amount), key=Quantity)
    if len(ordered) < 2:
        return "".join(ordered)
    return _("{least} to {most}", least=ordered[0], most=ordered[-1])


def _places(stack: Sequence[StoredVolume]) -> Iterator[Text]:
    """Yield where a volume can be mounted, if not everywhere."""
    limited = [volume for volume in stack if volume.nodes is not None]
    if not limited:
        return
    nodes: Iterable[str] = dict.fromkeys(node for volume in limited for node in volume.nodes or ())
    names = listed(nodes, 2)
    if names:
        yield _("only on {nodes}", nodes=names)
    else:
        yield _("on no Node of this cluster")


def _warnings(volume: StoredVolume) -> Iterator[str]:
    """Yield what is wrong with a volume, or why no claim gets it."""
    if volume.phase == "Released":
        yield _(
            "Its claim {claim} is gone. It still holds the data, so no other claim gets it.",
            claim=plain(volume.claim),
        )
    elif volume.phase == "Available" and volume.claim:
        yield _("reserved for claim {claim}", claim=plain(volume.claim))
    if volume.message:
        yield plain(volume.message)


def _made_by(item: StoredClass) -> Text:
    if item.by_hand:
        return _("no provisioner: volumes are made by hand")
    return _("volumes made by {driver}", driver=plain(item.provisioner))


def _volume_line(volume: StoredVolume, *, plainly: bool) -> str:
    look = palette.VOLUME if volume.phase in ("Bound", "Available") else palette.LEFT_OUT
    how = phrases(volume.phase, volume.capacity, volume.modes, volume.reclaim)
    name = plain(volume.name)
    called = _("volume {name}", name=name) if plainly else f"PersistentVolume {name}"
    line = headed(f"{look.symbol or '✓'} {called}", how)
    return clauses(line, *_places([volume]), *_warnings(volume))


def _mount_line(mount: Mount) -> str:
    pod = plain(mount.pod)
    paths = listed((f"{container}:{path}" for container, path in mount.paths), 4)
    if not paths:
        return _("{pod} has it among its volumes, and no container mounts it", pod=pod)
    if not mount.node:
        return _("{pod}, which has no Node yet, mounts it at {paths}", pod=pod, paths=paths)
    if mount.held_by:
        return _(
            "◐ {pod} on {node} waits: the volume is attached to another Node, for {holder}",
            pod=pod,
            node=plain(mount.node),
            holder=plain(mount.held_by),
        )
    if mount.read_only:
        return _(
            "{pod} on {node} mounts it at {paths}, read-only", pod=pod, node=plain(mount.node), paths=paths
        )
    return _("{pod} on {node} mounts it at {paths}", pod=pod, node=plain(mount.node), paths=paths)


def _class_line(item: StoredClass) -> str:
    called = f"StorageClass {plain(item.name)}"
    default = _("default") if item.default else ""
    unserved = ""
    if item.served is False and not item.by_hand:
        unserved = _("✗ no such driver runs here")
    return headed(called, phrases(default, item.binding, item.reclaim, _made_by(item), unserved))
