"""Draws one Pod from within: the pause container with the network, the containers, and who mounts what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from k8snotes.figures import palette
from k8snotes.figures.dot import angle, digraph
from k8snotes.figures.figure import Figure
from k8snotes.figures.html_label import address, bold, box, heading, label, note, table, width_for
from k8snotes.figures.measure import short
from k8snotes.figures.wording import count, listed, pairs, plain

if TYPE_CHECKING:
    from k8snotes.facts.inside import InnerContainer, Inside, Volume
    from k8snotes.figures.html_label import Line
    from k8snotes.figures.palette import Look

__all__ = ["inside_figure"]

_CAPTION = "Inside the frame all share one network: the pause container holds it, so it outlives the others"
_ARROWS = ". An arrow leads from a container to a volume that it mounts"
_LEFT = 300  # points: a line in a container's box
_RIGHT = 176
_MOST_ARROWS = 8  # more of them hide each other; each line says in words what it mounts
_VOLUME = palette.Look("#CC79A7", "#FBF1F6", "#7A2D57", "rounded", 1)
_BARE = palette.Look(palette.PAPER, palette.PAPER, palette.INK, "rounded", 0)
_POLICIES = {
    "Always": "a container that ends is started again",
    "OnFailure": "a container that ends with an error is started again",
    "Never": "no container is started again",
}


def inside_figure(facts: Inside) -> Figure:
    """Return one Pod from within as a Figure."""
    view = _View(facts)
    return Figure(view.title, facts, dot=view.dot, text=view.text, alt=view.alt, caption=view.caption)


class _View:
    """One Pod, ready to be drawn or told."""

    def __init__(self, facts: Inside) -> None:
        self.facts = facts
        parts = [count(len(facts.containers), "container")]
        if facts.volumes:
            parts.append(count(len(facts.volumes), "volume"))
        self.title = f"inside {plain(facts.ref)}: pause and {' and '.join(parts)}, {plain(facts.state)}"

        mounts = sum(len(item.mounts) for item in facts.containers)
        self.arrows = mounts <= _MOST_ARROWS
        self.caption = _CAPTION + (_ARROWS if mounts and self.arrows else "")

    # the picture

    def dot(self) -> str:
        """Return the DOT source: pause and the containers in the left column, the volumes in the right one."""
        graph = digraph(ranksep="0.8")
        look = palette.look_of(self.facts.state)
        with graph.subgraph(name="cluster_pod") as frame:
            title = box(self.pod_lines(), _BARE, limit=560)
            frame.attr(
                label=angle(title), labeljust="l", style="rounded", color=look.line, penwidth="2", margin="10"
            )
            parts = [self.pause_lines(), *map(self.container_lines, self.facts.containers)]
            wide = width_for([*parts, *map(self.mount_lines, self.facts.containers)], limit=_LEFT)
            boxes = [box(parts[0], self.pause_look(), limit=_LEFT, width=wide)]
            for at, container in enumerate(self.facts.containers):
                lines = [*parts[at + 1], *self.mount_lines(container)]
                boxes.append(box(lines, self.look(container), limit=_LEFT, width=wide, port=f"c{at}"))
            frame.node("left", angle(table([[item] for item in boxes], spacing=5)))
            self.draw_volumes(frame)
        return str(graph.source)

    def draw_volumes(self, frame: Any) -> None:
        """Draw the volumes, and an arrow from each line that mounts one."""
        facts = self.facts
        boxes = [self.volume_lines(volume) for volume in facts.volumes]
        boxes += [
            [[bold(short(plain(name), 24))], "✗ the Pod has no volume of this name"] for name in facts.missing
        ]
        if not boxes:
            return
        wide = width_for(boxes, limit=_RIGHT)
        looks = [_VOLUME] * len(facts.volumes) + [palette.ERROR] * len(facts.missing)
        drawn = [
            box(lines, look, limit=_RIGHT, width=wide, port=f"v{at}")
            for at, (lines, look) in enumerate(zip(boxes, looks, strict=True))
        ]
        frame.node("right", angle(table([[item] for item in drawn], spacing=8)))
        place = {name: at for at, name in enumerate([*(item.name for item in facts.volumes), *facts.missing])}
        frame.edge("left", "right", style="invis")
        for at, container in enumerate(facts.containers if self.arrows else ()):
            lines = self.container_lines(container)
            for mount, line in zip(container.mounts, self.mount_lines(container), strict=True):
                row = label(lines, limit=_LEFT).count("<tr>")  # the line as it is drawn, wrapped ones counted
                lines.append(line)
                frame.edge(f"left:c{at}-{row}:e", f"right:v{place[mount.volume]}-0:w")

    def mount_lines(self, container: InnerContainer) -> list[Line]:
        """Return a line for each volume that a container mounts."""
        lines: list[Line] = []
        for mount in container.mounts:
            part = f", only {plain(mount.sub_path)}" if mount.sub_path else ""
            part += ", read-only" if mount.read_only else ""
            lines.append(["mounts ", bold(short(plain(mount.volume), 20)), f" at {plain(mount.path)}{part}"])
        return lines

    def pod_lines(self) -> list[Line]:
        """Return the lines over the picture: what is said of the Pod as a whole."""
        facts = self.facts
        sign = palette.sign_of(facts.state)
        lines: list[Line] = [heading(f"Pod {facts.name}", f"{sign} {plain(facts.state)}", most=48)]
        node = f"on node {plain(facts.node)}" if facts.node else "no Node yet"
        owner = (
            f"made by {plain(facts.owner)}" if facts.owner else "nobody's: if it goes, nobody makes another"
        )
        if facts.static:
            owner = "mirror of a static Pod: a file on its Node is what runs; deleting the mirror does not stop it"
        lines.append([note(f"{node}; {owner}", palette.MUTED)])
        policy = _POLICIES.get(facts.restart_policy, "")
        lines.append([f"restartPolicy {plain(facts.restart_policy)}: {policy}"])
        qos = f"QoS class {plain(facts.qos)}   " if facts.qos else ""
        lines.append([qos, note(f"labels: {pairs(facts.labels) or 'none'}", palette.MUTED)])
        return [*lines, *([note(f"✗ {plain(item)}", palette.WARNING_INK)] for item in facts.conflicts)]

    def pause_lines(self) -> list[Line]:
        """Return the lines of the pause container's box."""
        facts = self.facts
        state = "running" if facts.paused else "not running"
        lines: list[Line] = [heading("pause", f"{'✓' if facts.paused else '◐'} {state}")]
        if not facts.ip:
            lines.append("holds the network: no IP yet")
        elif facts.host_network:
            lines.append(["hostNetwork: the Node's own network, ", address(facts.ip, palette.NODE)])
            lines.append("its ports are ports of the Node")
        else:
            lines.append(["holds the network: ", bold("one IP "), address(facts.ip, palette.POD)])
            lines.append("for all containers; among them they say localhost")
        if facts.shares_processes:
            lines.append("shareProcessNamespace: they see each other's processes")
        lines.append([note("does none of the application's work", palette.MUTED)])
        return lines

    def pause_look(self) -> Look:
        """Return the frame of the pause container."""
        return palette.NODE if self.facts.host_network else palette.PLAIN

    def look(self, container: InnerContainer) -> Look:
        """Return the frame of a container."""
        if container.role == "init container":
            return palette.PLAIN
        if container.state == "running":
            return palette.POD
        return palette.LEFT_OUT if container.state == "ended with exit code 0" else palette.NOT_READY

    def container_lines(self, container: InnerContainer) -> list[Line]:
        """Return the lines of a container's box."""
        sign = "✓" if container.state in ("running", "ended with exit code 0") else "◐"
        lines: list[Line] = [heading(container.name, f"{sign} {plain(container.state)}", most=24)]
        role = {"init container": "init container: runs before the others, to its end"}.get(
            container.role, ""
        )
        role = role or ("sidecar: an init container that stays" if container.role == "sidecar" else "")
        if role:
            lines.append([note(role, palette.MUTED)])
        lines.append([note(f"image {plain(container.image)}", palette.MUTED)])
        clash = {item.port: item for item in self.facts.conflicts if container.name in item.containers}
        for port in container.ports:
            protocol = "" if port.protocol == "TCP" else f"/{plain(port.protocol)}"
            name = f" ({plain(port.name)})" if port.name else ""
            wrong = [note("   ✗ taken twice", palette.WARNING_INK, whole=True)] if port.port in clash else []
            lines.append([f"declares port {port.port}{protocol}{name}", *wrong])
        if container.restarts or container.last_end:
            ended = f", last ended with {plain(container.last_end)}" if container.last_end else ""
            lines.append([bold(count(container.restarts, "restart")), ended])
        if container.waits:
            lines.append(
                [note(f"◐ {plain(container.waits)} before it is started again", palette.WARNING_INK)]
            )
        return lines

    def volume_lines(self, volume: Volume) -> list[Line]:
        """Return the lines of a volume's box."""
        lines: list[Line] = [heading(volume.name, "", most=24), [plain(volume.type)]]
        if volume.source:
            lines.append([note(plain(volume.source), palette.MUTED)])
        if volume.shared:
            lines.append([bold("shared"), f" by {listed(volume.mounted_by, 3)}"])
        elif not volume.mounted_by:
            lines.append([note("✗ no container mounts it", palette.WARNING_INK)])
        return lines

    # the words

    def text(self) -> str:
        """Return the outline: the Pod, its network, its containers, its volumes."""
        lines = [self.title]
        for told in (self.pod_lines(), self.pause_lines()):
            lines += [f"  {_words(line)}" for line in told]
        for container in self.facts.containers:
            head, *rest = self.container_lines(container)
            lines.append(f"{plain(container.role)} {_words(head)}")
            lines += [f"  {_words(line)}" for line in rest]
            lines += [f"  mounts {plain(mount)}" for mount in container.mounts]
        for volume in self.facts.volumes:
            head, *rest = self.volume_lines(volume)
            lines.append(f"volume {_words(head)}")
            lines += [f"  {_words(line)}" for line in rest]
        lines += [
            f"✗ the Pod has no volume {plain(name)}, and a container mounts it" for name in self.facts.missing
        ]
        return "\n".join(lines)

    def alt(self) -> str:
        """Return the picture in a few sentences."""
        facts = self.facts
        ip = plain(facts.ip) or "no IP yet"
        said = [
            f"Pod {plain(facts.name)} from within. Its pause container holds the network ({ip}), one for all."
        ]
        for item in facts.containers[:5]:
            more = f", {count(item.restarts, 'restart')}" if item.restarts else ""
            mounts = listed((mount.volume for mount in item.mounts), 3)
            said.append(
                f"{plain(item.role).capitalize()} {plain(item.name)} ({plain(item.image)}): {plain(item.state)}{more}"
                + (f", mounts {mounts}." if mounts else ".")
            )
        said += [
            f"Volume {plain(item.name)} is shared by {listed(item.mounted_by)}."
            for item in facts.volumes
            if item.shared
        ]
        said += [f"{plain(item)}." for item in facts.conflicts]
        return " ".join(said)


def _words(line: Line) -> str:
    return "".join(
        run if isinstance(run, str) else run.text for run in ([line] if isinstance(line, str) else line)
    )
