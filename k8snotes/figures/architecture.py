"""Draws what runs where: the programs of the Master, and each Node with its own and with its Pods."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from k8snotes.figures import palette
from k8snotes.figures.dot import angle, digraph, in_column
from k8snotes.figures.figure import Figure
from k8snotes.figures.folding import Names, fold
from k8snotes.figures.html_label import bold, box, heading, label, note, table, width_for
from k8snotes.figures.measure import short
from k8snotes.figures.wording import count, indented, listed, plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from k8snotes.facts.architecture import Architecture, RunningPod, WorkerNode
    from k8snotes.figures.html_label import Html, Line
    from k8snotes.figures.palette import Look

__all__ = ["architecture_figure"]

_CAPTION = (
    "All talk to kube-apiserver and to nobody else: the arrows. It alone reads and writes etcd; "
    "the kubelet of each Node does what it reads there"
)
_MASTER = 176  # points: a line in a box of the Master
_SERVER = 128
_POD = 124  # points: a line in a Pod's box where they stand by twos
_WIDE_POD = 236
_ACTS = palette.Look("#CC79A7", "#FBF1F6", "#7A2D57", "rounded", 3)
_BARE = palette.Look(palette.PAPER, palette.PAPER, palette.INK, "rounded", 0)
_MOST_NODES = 8  # of more, those that are alike and empty share a frame
_MOST_KINDS = 9


def architecture_figure(facts: Architecture, *, unfold: bool = False) -> Figure:
    """Return what runs where as a Figure; `unfold` shows each Pod where they would make a stack."""
    view = _View(facts, unfold=unfold)
    return Figure(view.title, facts, dot=view.dot, text=view.text, alt=view.alt, caption=_CAPTION)


@dataclass(frozen=True, slots=True)
class _Machine:
    """A Node, or several Nodes that are alike and have no Pods: one frame of the picture."""

    nodes: tuple[WorkerNode, ...]
    stacks: tuple[tuple[RunningPod, ...], ...]

    @property
    def first(self) -> WorkerNode:
        return self.nodes[0]

    @property
    def kubelets(self) -> tuple[str, ...]:
        return tuple(f"kubelet on {node.name}" for node in self.nodes)

    @property
    def name(self) -> str:
        if len(self.nodes) == 1:
            return f"Node {plain(self.first.name)}"
        return f"{len(self.nodes)} Nodes, such as {plain(self.first.name)}"


class _View:
    """What runs where, ready to be drawn or told."""

    def __init__(self, facts: Architecture, *, unfold: bool) -> None:
        self.facts = facts
        self.names = Names(facts.pods)
        self.several = len({pod.namespace for pod in facts.pods}) > 1
        self.title = f"Master and Nodes: {count(len(facts.nodes), 'Node')}, {count(len(facts.pods), 'Pod')}"
        self.touched = {entry.ref for entry in facts.acts}
        self.silent = {node.name for node in facts.nodes if node.state.startswith("NotReady")}
        on: dict[str, list[tuple[RunningPod, ...]]] = {}
        for stack in fold(facts.pods, self.alike, unfold=unfold):
            on.setdefault(stack[0].node, []).append(stack)
        known = {node.name for node in facts.nodes}
        self.waiting = [stack for name in on if name not in known for stack in on[name]]
        empty = [node for node in facts.nodes if not node.pods]
        machines: dict[object, list[WorkerNode]] = {}
        for node in facts.nodes:
            together = len(facts.nodes) > _MOST_NODES and node in empty and not unfold
            key = ("", node.state, self.acts(f"kubelet on {node.name}")) if together else node.name
            machines.setdefault(key, []).append(node)
        self.machines = [
            _Machine(tuple(nodes), tuple(on.get(nodes[0].name, ()))) for nodes in machines.values()
        ]
        most = max((len(machine.stacks) for machine in self.machines), default=0)
        self.by = 1 if most < 3 else 2
        self.limit, self.longest = (_WIDE_POD, 26) if self.by == 1 else (_POD, 15)

    def alike(self, pod: RunningPod) -> object:
        """Return what Pods of one stack have in common."""
        shown = tuple(state for _, state in pod.containers)
        return (
            pod.node,
            pod.namespace,
            pod.workload,
            pod.state,
            shown,
            pod.restarts,
            pod.static,
            pod.ref in self.touched,
        )

    def acts(self, name: str) -> bool:
        """Whether a component has just acted."""
        return name in self.facts.acting

    # the picture

    def dot(self) -> str:
        """Return the DOT source: the Master on the left, the Nodes on the right, and who asks whom."""
        graph = digraph(ranksep="0.45", nodesep="0.12")
        kubectl = box([self.program("kubectl", "kubectl (you)")], self.look("kubectl"), width=_MASTER)
        graph.node("kubectl", angle(kubectl))
        self.draw_master(graph)
        right = []
        stacks = [stack for machine in self.machines for stack in machine.stacks] + self.waiting
        wide = width_for(map(self.pod_lines, stacks), limit=self.limit)
        if self.waiting:
            graph.node("waiting", angle(self.waiting_box(wide)))
            graph.edge("server", "waiting", style="invis")
            right.append("waiting")
        for at, machine in enumerate(self.machines):
            graph.node(f"n{at}", angle(self.machine_box(machine, wide)))
            right.append(f"n{at}")
            silent = {"style": "dotted"} if machine.first.state.startswith("NotReady") else {}
            graph.edge("server:api-0:e", f"n{at}:node-1:w", **self.arrow(*machine.kubelets), **silent)
        if not self.machines:
            graph.node("none", angle(box(["There is no Node: no Pod can run."], palette.LEFT_OUT)))
            graph.edge("server", "none", style="invis")
            right.append("none")
        in_column(graph, right)
        return str(graph.source)

    def draw_master(self, graph: Any) -> None:
        """Draw the programs of the Master in a frame, and the arrows to the API server."""
        title = box([[bold("Master"), note("   today: control plane", palette.MUTED)]], _BARE, width=_MASTER)
        with graph.subgraph(name="cluster_master") as frame:
            frame.attr(label=angle(title), labeljust="l", style="rounded", color=palette.MUTED, margin="8")
            frame.node("manager", angle(self.manager_box()))
            lines: list[Line] = [self.program("kube-scheduler"), "chooses a Node for each Pod"]
            frame.node(
                "scheduler", angle(box(lines, self.look("kube-scheduler"), limit=_MASTER, width=_MASTER))
            )
            in_column(frame, ["manager", "scheduler"])
            frame.node("server", angle(self.server_box()))
        for name, who in (
            ("manager", self.facts.controllers),
            ("scheduler", ("kube-scheduler",)),
            ("kubectl", ("kubectl",)),
        ):
            graph.edge(name, "server:api-0:w", **self.arrow(*who))

    def arrow(self, *who: str) -> dict[str, str]:
        """Return how the arrow of components looks: thick, if one of them has just acted."""
        if any(self.acts(name) for name in who):
            return {"dir": "both", "penwidth": "2.8", "color": _ACTS.ink}
        return {"dir": "both"}

    def program(self, name: str, called: str = "") -> Line:
        """Return the name of a program, and a sign and a word if it has just acted."""
        shown = called or plain(name)
        return [bold(f"▶ {shown} acts" if self.acts(name) else shown)]

    def look(self, *names: str) -> Look:
        """Return the frame of a program: a thick one if it has just acted."""
        return _ACTS if any(self.acts(name) for name in names) else palette.PLAIN

    def manager_box(self) -> Html:
        """Return the box of kube-controller-manager: the controllers that run in it."""
        lines: list[Line] = [
            [bold("kube-controller-manager")],
            [note("one program, these controllers:", palette.MUTED)],
        ]
        for name in self.facts.controllers:
            shown = short(plain(name), 33)
            lines.append([bold(f"▶ {shown} acts")] if self.acts(name) else [shown])
        return box(lines, self.look(*self.facts.controllers), limit=_MASTER + 24, width=_MASTER)

    def server_box(self) -> Html:
        """Return the box of kube-apiserver, and under it etcd: how many objects of each kind it keeps."""
        server: list[Line] = [self.program("kube-apiserver"), "checks, stores, and tells those who watch"]
        between: list[Line] = [[bold("↕"), note("  nobody else reads it", palette.MUTED)]]
        stored: list[Line] = [[bold("etcd")], [note("keeps every object:", palette.MUTED)]]
        kinds = self.facts.stored
        shown = kinds if len(kinds) <= _MOST_KINDS + 1 else kinds[:_MOST_KINDS]
        stored += [[plain(item)] for item in shown]
        rest = kinds[len(shown) :]
        if rest:
            stored.append([f"and {sum(item.count for item in rest)} more of {len(rest)} other kinds"])
        above = box(server, self.look("kube-apiserver"), limit=_SERVER, width=_SERVER + 10, port="api")
        below = box(stored, palette.PLAIN, limit=_SERVER, width=_SERVER + 10)
        return table([[above], [label(between)], [below]], spacing=2)

    def machine_box(self, machine: _Machine, width: int) -> Html:
        """Return a Node's frame: its state, its programs, and its Pods."""
        node = machine.first
        well = node.state.startswith("Ready")
        state = f"{'✓' if node.well else '◐' if well else '✗'} {plain(node.state)}"
        lines: list[Line] = [heading(machine.name, state, most=34)]
        for who in machine.kubelets:
            if self.acts(who):
                lines.append([bold("▶ kubelet acts"), "   kube-proxy   container runtime"])
                break
        else:
            silent = "kubelet is silent" if node.state.startswith("NotReady") else "kubelet"
            lines.append([f"{silent}   kube-proxy   container runtime"])
        if "cordoned" in node.state:
            lines.append([note("cordoned: no new Pods come here", palette.WARNING_INK)])
        taints = [taint for taint in node.taints if not taint.startswith(_TOLD)]
        if taints:
            lines.append([note(f"taints: {listed(taints, 2)}", palette.MUTED)])
        if not machine.stacks:
            lines.append([note("no Pods", palette.MUTED)])
        look = palette.NODE if well else palette.LEFT_OUT
        if any(self.acts(who) for who in machine.kubelets):
            look = replace(look, line=_ACTS.line, border=3)
        return box(lines, look, limit=300, inside=self.pod_boxes(machine.stacks, width), port="node")

    def waiting_box(self, width: int) -> Html:
        """Return the frame of the Pods that have no Node."""
        lines: list[Line] = [[bold("no Node yet")], "stored in etcd; they run nowhere"]
        return box(lines, palette.LEFT_OUT, limit=300, inside=self.pod_boxes(self.waiting, width))

    def pod_boxes(self, stacks: Sequence[tuple[RunningPod, ...]], width: int) -> list[Html]:
        """Return the boxes of Pods, by twos where there are many."""
        boxes = [self.pod_box(stack, width) for stack in stacks]
        if self.by == 1:
            return boxes
        return [table([boxes[at : at + 2] for at in range(0, len(boxes), 2)], spacing=3)] if boxes else []

    def pod_box(self, stack: tuple[RunningPod, ...], width: int) -> Html:
        """Return the box of a Pod, or of a stack of them; a thick frame if it was just written."""
        look = palette.look_of(stack[0].state)
        if stack[0].ref in self.touched:
            look = replace(look, line=_ACTS.line, border=2)
        return box(self.pod_lines(stack), look, limit=self.limit, width=width, stacked=len(stack) > 1)

    def pod_lines(self, stack: tuple[RunningPod, ...]) -> list[Line]:
        """Return the lines of a Pod's box: its name, how it is, and its containers."""
        first = stack[0]
        mark = "▶ " if first.ref in self.touched else ""
        lines: list[Line] = [[bold(mark + short(self.names.bare(stack), self.longest, tail=6))]]
        where = f" in {plain(first.namespace)}" if self.several and first.namespace else ""
        lines.append([f"{palette.sign_of(first.state)} {plain(first.state)}{where}"])
        running = "pause" if first.paused else ""
        calm = [name for name, state in first.containers if state == "running"]
        inner = ", ".join(filter(None, (running, *map(plain, calm))))
        if inner:
            runs = "last heard of" if first.node in self.silent else "runs"
            lines.append([note(f"{runs} {inner}", palette.MUTED)])
        for name, state in first.containers:
            if state not in ("running", "not started"):
                lines.append([note(f"{plain(name)}: {plain(state)}", palette.WARNING_INK)])
        if first.restarts:
            lines.append([note(count(first.restarts, "restart"), palette.MUTED)])
        if first.static:
            lines.append([note("mirror of a static Pod", palette.MUTED)])
        return lines

    # the words

    def text(self) -> str:
        """Return the outline: the Master with its programs, then every Node with its Pods."""
        facts = self.facts
        stored = ", ".join(plain(item) for item in facts.stored)
        lines = [self.title, *(f"▶ {plain(entry)}" for entry in facts.acts)]
        lines.append("Master (today: control plane)")
        lines.append("  kube-apiserver: all talk to it, and to nobody else")
        lines.append(f"  etcd: behind it; keeps {stored or 'nothing'}")
        lines.append("  kube-scheduler: chooses a Node for each Pod")
        lines.append(
            f"  kube-controller-manager: {', '.join(map(plain, facts.controllers)) or 'no controllers'}"
        )
        if self.waiting:
            lines.append("No Node yet")
            lines += self.pod_outline(self.waiting)
        for machine in self.machines:
            node = machine.first
            taints = f"; taints {', '.join(map(plain, node.taints))}" if node.taints else ""
            kubelet = "kubelet (silent)" if node.name in self.silent else "kubelet"
            lines.append(
                f"{machine.name}: {plain(node.state)}{taints}; {kubelet}, kube-proxy, container runtime"
            )
            lines += indented([item.name for item in machine.nodes], 4)
            lines += self.pod_outline(machine.stacks) or ["  no Pods"]
        return "\n".join(lines)

    def pod_outline(self, stacks: Sequence[tuple[RunningPod, ...]]) -> list[str]:
        """Return the lines of the outline on the Pods of one place."""
        lines = []
        for stack in stacks:
            first = stack[0]
            inner = [f"{plain(name)} {plain(state)}" for name, state in first.containers]
            inner = ["pause running", *inner] if first.paused else inner
            more = f", {count(first.restarts, 'restart')}" if first.restarts else ""
            more += ", mirror of a static Pod" if first.static else ""
            sign = palette.sign_of(first.state)
            lines.append(
                f"  {sign} {self.names.stack(stack)} ({plain(first.state)}{more}): {', '.join(inner)}"
            )
            lines += indented([pod.name for pod in stack])
        return lines

    def alt(self) -> str:
        """Return the picture in a few sentences."""
        said = [
            f"{plain(self.title)}. In the Master (control plane) kube-apiserver, behind it etcd.",
            "kube-scheduler, kube-controller-manager and the kubelets talk to kube-apiserver alone.",
        ]
        said += [f"{plain(entry)}." for entry in self.facts.acts[:2]]
        for machine in self.machines[:5]:
            names = [self.names.stack(stack) for stack in machine.stacks]
            said.append(f"{machine.name} ({plain(machine.first.state)}) runs {listed(names, 4) or 'no Pod'}.")
        if self.waiting:
            names = [self.names.stack(stack) for stack in self.waiting]
            said.append(f"No Node yet: {listed(names, 4)}.")
        return " ".join(said)


_TOLD = ("node.kubernetes.io/unschedulable", "node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable")
