"""Draws the inside of one Pod: the pause container with the network, the containers, and the volumes they mount.

All containers share one network, which the pause container holds. The volumes are on the right, and a link leads to
a volume from each line that mounts it. Containers that declare the same port have a warning.
Source of the rule: https://kubernetes.io/docs/concepts/workloads/pods/
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from math import fsum

from k8snotes.catalogue import Text, _, clauses, ngettext
from k8snotes.facts.inside import InnerContainer, Inside, Volume
from k8snotes.figures import palette
from k8snotes.figures.emphasis import HERE, emphasized
from k8snotes.figures.figure import Figure
from k8snotes.figures.layout import BETWEEN, HALF, HIGHEST, WIDEST, stack, stand, within
from k8snotes.figures.measure import rows_of
from k8snotes.figures.palette import Look
from k8snotes.figures.parts import SIDE, align, size_of
from k8snotes.figures.scene import (
    Box,
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
from k8snotes.figures.stacks import rest_box
from k8snotes.figures.states import said
from k8snotes.figures.wording import headed, listed, noted, pairs, phrases, plain

__all__ = ["inside_change_figure", "inside_figure"]

_CAPTION = _(
    "All containers inside the frame share one network. The pause container holds it, so the network outlives the "
    "other containers."
)
_ARROWS = _("An arrow leads from a container to a volume that it mounts.")
_INSET = 12  # pixels from the frame of the Pod to what is in it
_LEFT, _RIGHT = 500, 236  # pixels: a container, a volume
_VOLUMES = WIDEST - _INSET - _RIGHT  # pixels: where volumes begin
_MOST_ARROWS = 8  # more of them hide each other; each line says in words what it mounts
_IMAGE = 30  # columns of the name of an image
_MOST_SAID = 5  # containers in the alternative text
_POLICIES = {
    "Always": _("the kubelet restarts a container that ends"),
    "OnFailure": _("the kubelet restarts a container that ends with an error"),
    "Never": _("the kubelet restarts no container"),
}
_ENDED_WELL = "ended with exit code 0"
_ROLES = {
    "init container": _("init container: runs to its end before the others start"),
    "sidecar": _("sidecar: an init container that keeps running"),
    "ephemeral container": _("ephemeral container: added to look at the others, and never restarted"),
}


_PROBES = {
    "startup": _("startup probe"),
    "liveness": _("liveness probe"),
    "readiness": _("readiness probe"),
}


def inside_figure(facts: Inside, *, plainly: bool = False) -> Figure:
    """Return the inside of one Pod as a Figure.

    Args:
        facts: The Pod, its containers with their ports and mounts, and its volumes.
        plainly: Whether to leave out the restart policy, the QoS class and the labels of the Pod.

    >>> import k8snotes as kn
    >>> print(inside_figure(kn.load("guestbook").inside("pod/client").facts).title)
    inside pod/client: pause and 1 container, ready
    """
    what = _("inside {pod}", pod=plain(facts.ref))
    story = _Story(facts, plainly=plainly)
    return Figure(what, story.finding, facts, story.scene, caption=story.caption)


def inside_change_figure(before: Inside, now: Inside) -> Figure:
    """Return a Pod before and after something has happened to it, side by side, as a Figure.

    Args:
        before: The Pod as it was.
        now: The Pod as it is.

    >>> import k8snotes as kn
    >>> c = kn.load("guestbook")
    >>> before = c.copy()
    >>> c.crash("pod/client")
    >>> _ = c.settle()
    >>> c.inside("pod/client", since=before)
    <Figure inside pod/client, before and now: 1 container has changed>
    """
    what = _("inside {pod}, before and now", pod=plain(now.ref))
    story = _Change(before, now)
    return Figure(what, story.finding, (before, now), story.scene, caption=story.caption)


class _Story:
    """One Pod: the pause container, the containers, the volumes, and what each container mounts."""

    def __init__(self, facts: Inside, *, plainly: bool = False) -> None:
        self.facts = facts
        self.plainly = plainly
        mounts = sum(len(item.mounts) for item in facts.containers)
        self.arrows = 0 < mounts <= _MOST_ARROWS

    def finding(self) -> Text:
        """Say how many containers and volumes the Pod has, and how it is."""
        containers, volumes = len(self.facts.containers), len(self.facts.volumes)
        state = said(self.facts.state)
        if not volumes:
            return ngettext(
                "pause and {n} container, {state}",
                "pause and {n} containers, {state}",
                containers,
                state=state,
            )
        return _(
            "pause, {containers} and {volumes}, {state}",
            containers=ngettext("{n} container", "{n} containers", containers),
            volumes=ngettext("{n} volume", "{n} volumes", volumes),
            state=state,
        )

    def caption(self) -> str:
        """Say how the picture is to be read."""
        return f"{_CAPTION} {_ARROWS}" if self.arrows else f"{_CAPTION}"

    def scene(self) -> Scene:
        """Return the scene: pause and the containers in the left column, the volumes in the right one."""
        facts = self.facts
        pod = Label(self.pod_lines(), limit=WIDEST - 2 * _INSET, width=WIDEST - 2 * _INSET, at=(_INSET, 6))
        volumes = self.volume_boxes()
        wide = _LEFT if volumes else WIDEST - 2 * _INSET
        top = size_of(pod)[1] + 12
        (pause, *containers), left = self.boxes(wide, HIGHEST - top - _INSET)
        right = within(align(volumes, _RIGHT), HIGHEST - top - _INSET, rest_box)
        links = list(self.mounts(containers, {box.id for box in (*left, *right)})) if self.arrows else []
        bottom = stand([(_INSET, left), (_VOLUMES, right)], links, top)
        look = Look(palette.look_of(facts.state).line, palette.PAPER, palette.INK, "rounded", 2)
        frame = Box([], look, id="pod", at=(0, 0), size=(WIDEST, bottom + _INSET), ref=facts.ref)
        drawn: list[Drawn] = [frame, pod, *left, *right, *links]
        shared = [item for item in facts.volumes if item.shared]
        told: list[Told] = [*pod.lines, *pause.lines, *containers, *volumes]
        for item in shared:
            users = listed(item.mounted_by)
            told.append(aside(_("{users} share volume {name}.", users=users, name=plain(item.name))))
        told += [aside(_("{sentence}.", sentence=plain(item.words))) for item in facts.conflicts]
        return Scene(drawn, told, opening=self.opening())

    def boxes(
        self, wide: float, room: float, marked: Collection[str] = ()
    ) -> tuple[Sequence[Box], Sequence[Box]]:
        """Return the boxes of pause and of all containers, and those that there is room for.

        Where there is too little, containers that are well say less, and if need be give way to the others.

        Args:
            wide: How wide a box is, in pixels.
            room: How high they may be together, in pixels.
            marked: The names of the containers that have changed.
        """
        there = self.facts.containers
        well = [self.is_well(item) and item.name not in marked for item in there]
        boxes: Sequence[Box] = ()
        for brief in (False, True):
            made = [
                self.container_box(at, item, brief=brief and well[at], marked=item.name in marked)
                for at, item in enumerate(there)
            ]
            boxes = align([self.pause_box(), *made], wide)
            if fsum(size_of(box)[1] + BETWEEN for box in boxes) - BETWEEN <= room:
                return boxes, boxes
        ordered = [boxes[0], *(boxes[at + 1] for at in sorted(range(len(there)), key=well.__getitem__))]
        *shown, rest = within(ordered, room, rest_box)
        return boxes, [*(box for box in boxes if box in shown), rest]

    def is_well(self, container: InnerContainer) -> bool:
        """Whether there is nothing about a container that a reader should look at."""
        clash = any(container.name in item.containers for item in self.facts.conflicts)
        failing = any(probe.well is False for probe in container.probes)
        ran = container.state in ("running", _ENDED_WELL) and not container.restarts
        return ran and not (clash or failing or container.held)

    def opening(self) -> Text:
        """Say that the Pod has one network, and its IP."""
        name, ip = plain(self.facts.name), plain(self.facts.ip)
        if ip:
            return _(
                "In Pod {name} the pause container holds one network for all containers, with the IP {ip}.",
                name=name,
                ip=ip,
            )
        return _(
            "In Pod {name} the pause container holds one network for all containers, which has no IP yet.",
            name=name,
        )

    def volume_boxes(self) -> list[Box]:
        """Return the boxes of the volumes, and of those that a container mounts but the Pod does not have.

        The API server refuses such a Pod; a snapshot of something older may have one.
        """
        facts = self.facts
        boxes = [Box(self.volume_lines(volume), palette.VOLUME) for volume in facts.volumes]
        for name in facts.missing:
            told = _("✗ the Pod has no volume {name}, but a container mounts it", name=plain(name))
            lines = [Line(bold(name, most=60), told), drawn_only(_("✗ the Pod has no volume of this name"))]
            boxes.append(Box(lines, palette.ERROR))
        for at, box in enumerate(boxes):
            box.id = f"v{at}"
        return boxes

    def mounts(self, boxes: list[Box], shown: set[str]) -> Iterator[Link]:
        """Yield a link from each line that mounts a volume to that volume, where both are shown.

        A link counts rows as they are drawn: a line that wraps takes several.
        """
        facts = self.facts
        place = {name: at for at, name in enumerate([*(item.name for item in facts.volumes), *facts.missing])}
        for at, (container, box) in enumerate(zip(facts.containers, boxes, strict=True)):
            first = len(box.lines) - len(container.mounts)
            for number, mount in enumerate(container.mounts, first):
                row = rows_of(box.lines[:number], _LEFT - 2 * SIDE)
                volume = f"v{place[mount.volume]}"
                if {box.id, volume} <= shown:
                    yield Link(f"c{at}:{row}:e", volume)

    def pod_lines(self) -> list[Line]:
        """Return the lines over the picture, about the Pod as a whole."""
        facts = self.facts
        sign = palette.sign_of(facts.state)
        node = _("on Node {name}", name=plain(facts.node)) if facts.node else _("no Node yet")
        if facts.static:
            owner = _(
                "mirror of a static Pod, which the kubelet runs from a file on its Node; deleting the mirror does not "
                "stop it"
            )
        elif facts.owner:
            owner = _("made by {workload}", workload=plain(facts.owner))
        else:
            owner = _("it has no owner, so no controller replaces it")
        policy = _POLICIES.get(facts.restart_policy, "")
        qos = _("QoS class {name}", name=plain(facts.qos)) if facts.qos else ""
        labels = _("labels: {labels}", labels=pairs(facts.labels)) if facts.labels else _("no labels")
        more = [
            Line(headed(f"restartPolicy {plain(facts.restart_policy)}", policy)),
            Line([f"{qos}   " if qos else "", note(labels, palette.MUTED)]),
        ]
        return [
            Line(heading(f"Pod {facts.name}", f"{sign} {said(facts.state)}")),
            Line(
                note(
                    node if self.plainly and not (facts.owner or facts.static) else clauses(node, owner),
                    palette.MUTED,
                )
            ),
            *([] if self.plainly else more),
            *(Line(note(f"✗ {item.words}", palette.WARNING_INK)) for item in facts.conflicts),
        ]

    def pause_box(self) -> Box:
        """Return the box of the pause container."""
        facts = self.facts
        state = _("✓ running") if facts.paused else _("◐ not running")
        lines = [Line(heading("pause", state))]
        if not facts.ip:
            lines.append(Line(_("holds the network, which has no IP yet")))
        elif facts.host_network:
            words = _("hostNetwork: the Node's own network, {ip}", ip=HERE)
            lines.append(Line(emphasized(words, address(facts.ip, palette.NODE))))
            lines.append(Line(_("the Pod's ports are ports of the Node")))
        else:
            words = _("holds the network, with one IP {ip}", ip=HERE)
            lines.append(Line(emphasized(words, address(facts.ip, palette.POD))))
            lines.append(Line(_("for all containers, which reach each other at localhost")))
        if facts.shares_processes:
            lines.append(Line(_("shareProcessNamespace: containers see each other's processes")))
        lines.append(Line(note(_("runs no part of the application"), palette.MUTED)))
        return Box(lines, palette.NODE if facts.host_network else palette.MACHINERY, id="pause")

    def container_box(
        self, at: int, container: InnerContainer, *, brief: bool = False, marked: bool = False
    ) -> Box:
        """Return the box of a container: how it is, its ports, its restarts, and a line for each volume it mounts.

        A `brief` one shows its state and what it mounts; the outline has the rest. A `marked` one has changed.
        """
        called, state = _called(container), said(container.state)
        sign = "✓" if container.state in ("running", _ENDED_WELL) else "◐"
        image = _("image {image}", image=plain(container.image))
        name, *states = heading(container.name, f"{sign} {state}", most=40)
        lines = [Line([name, note(f"   {image}", most=_IMAGE), *states], f"{called}   {sign} {state}")]
        if container.role in _ROLES:
            lines.append(Line(note(_ROLES[container.role], palette.MUTED)))
        lines.append(told_only(image))
        clash = {item.port for item in self.facts.conflicts if container.name in item.containers}
        for port in container.ports:
            protocol = "" if port.protocol == "TCP" else f"/{plain(port.protocol)}"
            number = noted(f"{port.port}{protocol}", plain(port.name))
            runs: list[str | Run] = [_("declares port {port}", port=number)]
            if port.port in clash:
                wrong = _("✗ declared more than once")
                runs.append(note(f"   {wrong}", palette.WARNING_INK, whole=True))
            lines.append(Line(runs))
        restarts = ngettext("{n} restart", "{n} restarts", container.restarts)
        if container.last_end:
            ended = _("last ended with {end}", end=plain(container.last_end))
            words = _("{first}, {second}", first=HERE, second=ended)
            lines.append(Line(emphasized(words, bold(restarts))))
        elif container.restarts:
            lines.append(Line(bold(restarts)))
        if container.waits:
            waits = _("◐ {pause} before the kubelet restarts it", pause=plain(container.waits))
            lines.append(Line(note(waits, palette.WARNING_INK)))
        if container.held:
            lines.append(Line(note(f"◐ {plain(container.held)}", palette.WARNING_INK)))
        lines += self.probe_lines(container)
        if brief:
            lines = [lines[0], *(told_only(line.told) for line in lines[1:])]
        for mount in container.mounts:
            words = _("mounts {volume} at {path}", volume=HERE, path=plain(mount.path))
            more: list[str] = []
            if mount.sub_path:
                more.append(_("only its folder {folder}", folder=plain(mount.sub_path)))
            if mount.read_only:
                more.append(_("read-only"))
            runs = emphasized(phrases(words, *more), bold(mount.volume))
            lines.append(Line(runs))
        if marked:
            lines.append(Line(note(f"▸ {_('this has changed')}", palette.WARNING_INK)))
        volumes = listed((mount.volume for mount in container.mounts), 3)
        mounts = _("mounts {volumes}", volumes=volumes) if volumes else ""
        how = phrases(state, restarts if container.restarts else "", mounts)
        name = noted(called, plain(container.image))
        sentence = _("{what}: {finding}.", what=name, finding=how)
        return Box(
            lines,
            self.look(container),
            id=f"c{at}",
            alt=sentence if at < _MOST_SAID else "",
        )

    @staticmethod
    def probe_lines(container: InnerContainer) -> list[Line]:
        """Return a line for each probe, and one for what it has last seen; a word where no readiness probe asks."""
        lines = []
        for probe in container.probes:
            parts = {"probe": _PROBES[probe.kind], "how": plain(probe.how)}
            lines.append(Line(_("{probe} asks {how} every {period} s", **parts, period=probe.period)))
            if probe.well:
                lines.append(Line(note(_("   ✓ the last answer was good"), palette.MUTED)))
            elif probe.well is False:
                failed = ngettext(
                    "   ✗ it failed: {words}",
                    "   ✗ it failed {n} times in a row: {words}",
                    probe.run,
                    words=plain(probe.words.partition(": ")[2]),
                )
                lines.append(Line(note(failed, palette.WARNING_INK)))
        if container.unasked:
            lines.append(Line(note(_("no readiness probe: ready as soon as it runs"), palette.MUTED)))
        return lines

    @staticmethod
    def look(container: InnerContainer) -> Look:
        """Return the frame of a container."""
        if container.role == "init container":
            return palette.PLAIN
        if container.state == "running":
            return palette.POD
        return palette.LEFT_OUT if container.state == _ENDED_WELL else palette.NOT_READY

    @staticmethod
    def volume_lines(volume: Volume) -> list[Line]:
        """Return the lines of a volume's box."""
        told = _("Volume {name}", name=plain(volume.name))
        lines = [Line(heading(volume.name), told), Line(plain(volume.type))]
        if volume.source:
            lines.append(Line(note(volume.source, palette.MUTED)))
        if volume.shared:
            lines.append(Line(bold(_("shared by {containers}", containers=listed(volume.mounted_by, 3)))))
        elif not volume.mounted_by:
            lines.append(Line(note(_("✗ no container mounts it"), palette.WARNING_INK)))
        return lines


class _Change:
    """A Pod at two moments: its containers before on the left, and now on the right."""

    def __init__(self, before: Inside, now: Inside) -> None:
        self.before, self.now = before, now
        there = {item.name: item for item in before.containers}
        self.changed = [item.name for item in now.containers if there.get(item.name) != item]

    def finding(self) -> Text:
        """Say how many containers have changed."""
        if not self.changed:
            return _("nothing has changed")
        return ngettext("{n} container has changed", "{n} containers have changed", len(self.changed))

    def caption(self) -> Text:
        """Say how the picture is to be read."""
        return _("On the left, the Pod is shown as it was before, and on the right as it is now.")

    def scene(self) -> Scene:
        """Return the scene: two frames, side by side."""
        drawn: list[Drawn] = []
        told: list[Told] = []
        moments = ((self.before, _("before")), (self.now, _("now")))
        heads = [self.head(facts, moment) for facts, moment in moments]
        top = 10 + max(size_of(head)[1] for head in heads)
        for at, ((facts, _moment), head) in enumerate(zip(moments, heads, strict=True)):
            x = at * (HALF + BETWEEN)
            head.at = (x + _INSET, 6)
            changed = self.changed if at else ()
            boxes, shown = _Story(facts).boxes(HALF - 2 * _INSET, HIGHEST - top - _INSET, changed)
            for box in boxes:
                box.id = f"{box.id}-{at}"
            bottom = stack(shown, x + _INSET, top)
            look = Look(palette.look_of(facts.state).line, palette.PAPER, palette.INK, "rounded", 2)
            frame = Box([], look, at=(x, 0), size=(HALF, bottom + _INSET))
            drawn += [frame, head, *shown]
            told += [head, *boxes]
        return Scene(drawn, told)

    @staticmethod
    def head(facts: Inside, moment: Text) -> Box:
        """Return the line over a Pod: which of the two moments it is, and how the Pod is."""
        words = heading(
            f"{moment}", f"{palette.sign_of(facts.state)} {said(facts.state)}", palette.look_of(facts.state)
        )
        return Box([words], palette.BARE, width=HALF - 2 * _INSET, alt=f"{moment}:")


def _called(container: InnerContainer) -> Text:
    """Return the name of a container for the outline, with its role."""
    name = plain(container.name)
    if container.role == "init container":
        return _("Init container {name}", name=name)
    if container.role == "sidecar":
        return _("Sidecar {name}", name=name)
    if container.role == "ephemeral container":
        return _("Ephemeral container {name}", name=name)
    return _("Container {name}", name=name)
