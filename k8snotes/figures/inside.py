"""Draws one Pod from within: the pause container with the network, the containers, and who mounts what.

All containers share one network, which the pause container holds; each volume stands at the right, and a link
leads to it from each line that mounts it. Two containers that declare the same port are told apart by a warning.
Source of the rule: https://kubernetes.io/docs/concepts/workloads/pods/
"""

from __future__ import annotations

from collections.abc import Iterator

from k8snotes.facts.inside import InnerContainer, Inside, Volume
from k8snotes.figures import palette
from k8snotes.figures.figure import Figure
from k8snotes.figures.measure import rows_of, width_for
from k8snotes.figures.palette import Look
from k8snotes.figures.scene import (
    Box,
    Drawn,
    Frame,
    Line,
    Link,
    Run,
    Scene,
    Table,
    Told,
    Words,
    address,
    aside,
    bold,
    drawn_only,
    heading,
    note,
)
from k8snotes.figures.wording import count, listed, pairs, plain

__all__ = ["inside_figure"]

_CAPTION = "Inside the frame all share one network: the pause container holds it, so it outlives the others"
_ARROWS = ". An arrow leads from a container to a volume that it mounts"
_LEFT = 300  # points: a line in a container's box
_RIGHT = 176
_MOST_ARROWS = 8  # more of them hide each other; each line says in words what it mounts
_MOST_SAID = 5  # containers in the alternative text
_POLICIES = {
    "Always": "a container that ends is started again",
    "OnFailure": "a container that ends with an error is started again",
    "Never": "no container is started again",
}
_ENDED_WELL = "ended with exit code 0"
_ROLES = {
    "init container": "init container: runs before the others, to its end",
    "sidecar": "sidecar: an init container that stays",
}


def inside_figure(facts: Inside) -> Figure:
    """Return one Pod from within as a Figure.

    Args:
        facts: The Pod, its containers with their ports and mounts, and its volumes.

    >>> import k8snotes as kn
    >>> print(inside_figure(kn.load("guestbook").inside("pod/client").facts).title)
    inside pod/client: pause and 1 container, ready
    """
    parts = [count(len(facts.containers), "container")]
    if facts.volumes:
        parts.append(count(len(facts.volumes), "volume"))
    finding = f"pause and {' and '.join(parts)}, {plain(facts.state)}"
    story = _Story(facts)
    caption = _CAPTION + (_ARROWS if story.arrows else "")
    return Figure(f"inside {plain(facts.ref)}", finding, facts, story.scene, caption=caption)


class _Story:
    """One Pod: the pause container, the containers, the volumes, and who mounts what."""

    def __init__(self, facts: Inside) -> None:
        self.facts = facts
        mounts = sum(len(item.mounts) for item in facts.containers)
        self.arrows = 0 < mounts <= _MOST_ARROWS

    def scene(self) -> Scene:
        """Return the scene: pause and the containers in the left column, the volumes in the right one."""
        facts = self.facts
        pod, pause = Box(self.pod_lines(), palette.BARE, limit=560), self.pause_box()
        containers = [self.container_box(at, item) for at, item in enumerate(facts.containers)]
        left = [pause, *containers]
        wide = width_for((box.lines for box in left), limit=_LEFT)
        for box in left:
            box.width = wide
        volumes = self.volume_boxes()
        drawn: list[Drawn] = [Table(([box] for box in left), spacing=5, id="left")]
        if volumes:
            drawn += [
                Table(([box] for box in volumes), spacing=8, id="right"),
                Link("left", "right", palette.HIDDEN),
            ]
            drawn += self.mounts(containers) if self.arrows else ()
        frame = Frame(
            "pod",
            pod,
            drawn,
            labeljust="l",
            style="rounded",
            color=palette.look_of(facts.state).line,
            penwidth="2",
            margin="10",
        )
        shared = [item for item in facts.volumes if item.shared]
        told: list[Told] = [*pod.lines, *pause.lines, *containers, *volumes]
        told += [
            aside(f"Volume {plain(item.name)} is shared by {listed(item.mounted_by)}.") for item in shared
        ]
        told += [aside(f"{plain(item)}.") for item in facts.conflicts]
        ip = plain(facts.ip) or "no IP yet"
        opening = (
            f"Pod {plain(facts.name)} from within. Its pause container holds the network ({ip}), one for all."
        )
        return Scene([frame], told, opening=opening, layout={"ranksep": "0.8"})

    def volume_boxes(self) -> list[Box]:
        """Return the boxes of the volumes, and of those that a container mounts and the Pod has not.

        The API server refuses such a Pod; a snapshot of something older may have one.
        """
        facts = self.facts
        boxes = [Box(self.volume_lines(volume), palette.VOLUME, limit=_RIGHT) for volume in facts.volumes]
        for name in facts.missing:
            told = f"✗ the Pod has no volume {plain(name)}, and a container mounts it"
            lines = [Line(bold(name, most=24), told), drawn_only("✗ the Pod has no volume of this name")]
            boxes.append(Box(lines, palette.ERROR, limit=_RIGHT))
        wide = width_for((box.lines for box in boxes), limit=_RIGHT)
        for at, box in enumerate(boxes):
            box.width, box.port = wide, f"v{at}"
        return boxes

    def mounts(self, boxes: list[Box]) -> Iterator[Link]:
        """Yield a link from each line that mounts a volume to that volume.

        A line's port counts rows as they are drawn: a line that wraps takes several.
        """
        facts = self.facts
        place = {name: at for at, name in enumerate([*(item.name for item in facts.volumes), *facts.missing])}
        for at, (container, box) in enumerate(zip(facts.containers, boxes, strict=True)):
            first = len(box.lines) - len(container.mounts)
            for number, mount in enumerate(container.mounts, first):
                row = rows_of(box.lines[:number], _LEFT)  # the line as it is drawn, wrapped ones counted
                yield Link(f"left:c{at}-{row}:e", f"right:v{place[mount.volume]}-0:w")

    def pod_lines(self) -> list[Line]:
        """Return the lines over the picture: what is said of the Pod as a whole."""
        facts = self.facts
        sign = palette.sign_of(facts.state)
        node = f"on node {plain(facts.node)}" if facts.node else "no Node yet"
        if facts.static:
            owner = "mirror of a static Pod: a file on its Node is what runs; deleting the mirror does not stop it"
        elif facts.owner:
            owner = f"made by {plain(facts.owner)}"
        else:
            owner = "nobody's: if it goes, nobody makes another"
        policy = _POLICIES.get(facts.restart_policy, "")
        qos = f"QoS class {plain(facts.qos)}   " if facts.qos else ""
        labels = note(f"labels: {pairs(facts.labels) or 'none'}", palette.MUTED)
        return [
            Line(heading(f"Pod {facts.name}", f"{sign} {plain(facts.state)}", most=48)),
            Line(note(f"{node}; {owner}", palette.MUTED)),
            Line(f"restartPolicy {plain(facts.restart_policy)}: {policy}"),
            Line([qos, labels]),
            *(Line(note(f"✗ {plain(item)}", palette.WARNING_INK)) for item in facts.conflicts),
        ]

    def pause_box(self) -> Box:
        """Return the box of the pause container."""
        facts = self.facts
        state = "✓ running" if facts.paused else "◐ not running"
        lines = [Line(heading("pause", state))]
        if not facts.ip:
            lines.append(Line("holds the network: no IP yet"))
        elif facts.host_network:
            lines.append(Line(["hostNetwork: the Node's own network, ", address(facts.ip, palette.NODE)]))
            lines.append(Line("its ports are ports of the Node"))
        else:
            lines.append(Line(["holds the network: ", bold("one IP "), address(facts.ip, palette.POD)]))
            lines.append(Line("for all containers; among them they say localhost"))
        if facts.shares_processes:
            lines.append(Line("shareProcessNamespace: they see each other's processes"))
        lines.append(Line(note("does none of the application's work", palette.MUTED)))
        return Box(lines, palette.NODE if facts.host_network else palette.PLAIN, limit=_LEFT)

    def container_box(self, at: int, container: InnerContainer) -> Box:
        """Return the box of a container: how it is, its ports, its ends, and a line for each volume it mounts."""
        role, name, state = plain(container.role), plain(container.name), plain(container.state)
        well = container.state in ("running", _ENDED_WELL)
        lines = [Line([Run("", told=f"{role} "), *heading(name, f"{'✓' if well else '◐'} {state}", most=24)])]
        if container.role in _ROLES:
            lines.append(Line(note(_ROLES[container.role], palette.MUTED)))
        lines.append(Line(note(f"image {plain(container.image)}", palette.MUTED)))
        clash = {item.port for item in self.facts.conflicts if container.name in item.containers}
        for port in container.ports:
            protocol = "" if port.protocol == "TCP" else f"/{plain(port.protocol)}"
            named = f" ({plain(port.name)})" if port.name else ""
            wrong = [note("   ✗ taken twice", palette.WARNING_INK, whole=True)] if port.port in clash else []
            lines.append(Line([f"declares port {port.port}{protocol}{named}", *wrong]))
        if container.restarts or container.last_end:
            ended = f", last ended with {plain(container.last_end)}" if container.last_end else ""
            lines.append(Line([bold(count(container.restarts, "restart")), ended]))
        if container.waits:
            waits = f"◐ {plain(container.waits)} before it is started again"
            lines.append(Line(note(waits, palette.WARNING_INK)))
        for mount in container.mounts:
            part = f", only {plain(mount.sub_path)}" if mount.sub_path else ""
            part += ", read-only" if mount.read_only else ""
            runs: Words = ["mounts ", bold(mount.volume, most=20), f" at {plain(mount.path)}{part}"]
            lines.append(Line(runs, f"mounts {plain(mount)}"))
        more = f", {count(container.restarts, 'restart')}" if container.restarts else ""
        mounts = listed((mount.volume for mount in container.mounts), 3)
        mounted = f", mounts {mounts}" if mounts else ""
        sentence = f"{role.capitalize()} {name} ({plain(container.image)}): {state}{more}{mounted}."
        return Box(
            lines,
            self.look(container),
            limit=_LEFT,
            port=f"c{at}",
            alt=sentence if at < _MOST_SAID else "",
        )

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
        lines = [Line([Run("", told="volume "), *heading(volume.name, most=24)]), Line(plain(volume.type))]
        if volume.source:
            lines.append(Line(note(volume.source, palette.MUTED)))
        if volume.shared:
            lines.append(Line([bold("shared"), f" by {listed(volume.mounted_by, 3)}"]))
        elif not volume.mounted_by:
            lines.append(Line(note("✗ no container mounts it", palette.WARNING_INK)))
        return lines
