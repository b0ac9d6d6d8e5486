"""Draws what runs where: the programs of the Master, and each Node with its own and with its Pods.

On the left are kubectl and the Master: the scheduler, the controllers, the API server and etcd behind it. On the right
are the Pods without a Node, and the Nodes. All arrows lead to the API server: no component calls another. A component
that has just acted is purple, with a sign, and so is what it has changed.

A player shows this picture after each step, so nothing may move: its `Stage` gives each Pod one place for all steps,
and the frame of those without a Node is always there. Where there are too many Pods for a place each, those of one
workload are counted, then those of a whole Node.
Source of the rule: https://kubernetes.io/docs/concepts/architecture/
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import chain
from typing import NamedTuple

from k8snotes.api.kinds.pod import ON_THE_WAY
from k8snotes.catalogue import Text, _, clauses, ngettext, sentences
from k8snotes.facts.architecture import Architecture, RunningPod, WorkerNode
from k8snotes.facts.play import Stage, group_of, stage_of
from k8snotes.figures import palette
from k8snotes.figures.figure import Figure
from k8snotes.figures.measure import SIZE, SMALL, pixels
from k8snotes.figures.palette import Look
from k8snotes.figures.parts import size_of
from k8snotes.figures.scene import (
    Box,
    Drawn,
    Line,
    Link,
    Part,
    Run,
    Scene,
    Table,
    Told,
    aside,
    bold,
    drawn_only,
    note,
    state,
    told_only,
)
from k8snotes.figures.stacks import Names, fold
from k8snotes.figures.states import said
from k8snotes.figures.wording import headed, listed, named, noted, phrases, plain

__all__ = ["architecture_figure"]

_CAPTION = _(
    "The arrows show that every component talks only to kube-apiserver. Only kube-apiserver reads and writes etcd. "
    "The kubelet of each Node learns from kube-apiserver which Pods it has to run."
)
# pixels, to the right and down
_TOP, _LEFT, _LEAST = (
    40,
    366,
    366,
)  # the frame of the Master: where it begins, how wide and how high it is at least
_RIGHT, _WIDE = 420, 402  # the Nodes: where they begin, and how wide they are
_PROGRAM, _SERVER, _SERVER_AT = 190, 126, 229
_SLOT, _SLOT_HIGH, _BETWEEN = 188, 30, 6  # a Pod, and what is between two of them
_HEAD, _ROW, _NOTE = 28, 36, 18  # of a Node: its first line, a row of Pods, a line of notes
_REASON = 112  # why a container waits, where there is room for it
_CELL, _CELL_HIGH = 194, 62  # a Node of many
_FIT, _HIGH = 520, 580  # how high the picture should be in a player, and alone

_MOST_CONTROLLERS = 5
_MOST_TROUBLES = 3
_MANY = 8  # Nodes, after which those that are alike and empty are told together
_MOST_SAID = 5  # Nodes in the alternative text
_FIRST = ("deployment-controller", "replicaset-controller", "endpoint-controller", "endpointslice-controller")
_ETCD = ("Pod", "Node", "Service")
_REPEATED = (
    "node.kubernetes.io/unschedulable",
    "node.kubernetes.io/not-ready",
    "node.kubernetes.io/unreachable",
)
_OPEN = palette.PLAIN._replace(fill="")  # a frame around other things
_FREE = palette.BARE._replace(fill="")  # the place of a Pod that is not there
_GONE = ("delete", "evict", "preempt")


def architecture_figure(
    facts: Architecture,
    *,
    unfold: bool = False,
    stage: Stage | None = None,
    acted: Mapping[str, int] | None = None,
    plainly: bool = False,
) -> Figure:
    """Return what runs where as a Figure.

    Args:
        facts: The controllers, what etcd stores, the Nodes with their Pods, and the last changes.
        unfold: Whether to show each Pod and each Node where many would be counted.
        stage: What it has in common with the pictures before and after it in a play.
        acted: In a play, the step in which a component has last acted, by its name.
        plainly: Whether the outline counts controllers and stored objects instead of naming them all.

    >>> import k8snotes as kn
    >>> figure = architecture_figure(kn.load("guestbook").architecture().facts)
    >>> print(figure.text.splitlines()[2])
      kube-apiserver: every component talks only to it
    """
    story = _Story(facts, stage, acted or {}, unfold=unfold, plainly=plainly)
    caption = "" if stage else _CAPTION
    return Figure(_("Master and Nodes"), story.finding, facts, story.scene, caption=caption)


class _Plan(NamedTuple):
    """How much of the Nodes is shown, and how high that is.

    Args:
        shows: "pods" (a place each), "groups" (one for the Pods of a workload), or "nodes" (a line for a Node).
        rows: by Node, how many rows of places it has; "" is those without one.
        high: how high all of it is.
    """

    shows: str
    rows: Mapping[str, int]
    high: int


class _Story:
    """What runs where, and what has just acted.

    `touched` has the objects that were just written, `silent` the Nodes whose kubelet does not report.
    """

    def __init__(
        self,
        facts: Architecture,
        stage: Stage | None,
        acted: Mapping[str, int],
        *,
        unfold: bool,
        plainly: bool = False,
    ) -> None:
        self.plainly = plainly
        self.facts, self.acted, self.unfold = facts, acted, unfold
        self.playing = stage is not None
        self.stage = stage or stage_of([facts])
        self.names = Names(facts.pods)
        self.touched = {entry.ref for entry in facts.acts}
        self.silent = {node.name for node in facts.nodes if not node.ready}
        self.nodes = {node.name: node for node in facts.nodes}
        self.stacks = fold(facts.pods, self.alike, unfold=unfold)
        self.place_of = {stack[0].ref: at for at, stack in enumerate(self.stacks)}
        self.plan = self.planned()

    def finding(self) -> Text:
        """Say how many Nodes and Pods there are."""
        return _(
            "{nodes}, {pods}",
            nodes=ngettext("{n} Node", "{n} Nodes", len(self.facts.nodes)),
            pods=ngettext("{n} Pod", "{n} Pods", len(self.facts.pods)),
        )

    def planned(self) -> _Plan:
        """Return the plan that shows most of what fits."""
        most = _FIT if self.playing else _HIGH
        plans = [self.plan_of("pods", self.stage.slots), self.plan_of("groups", self.stage.groups)]
        for plan in plans:
            if plan.high <= most or self.unfold:
                return plan
        return plans[1]._replace(shows="nodes")

    def plan_of(self, shows: str, slots: Mapping[str, Mapping[str, int]]) -> _Plan:
        """Return the plan in which each name of `slots` has a place."""
        rows = {node: max(1, -(-(max(own.values(), default=-1) + 1) // 2)) for node, own in slots.items()}
        notes = sum(_NOTE for node in self.facts.nodes if self.notes(node))
        return _Plan(shows, rows, sum(_HEAD + _ROW * row + 10 for row in rows.values()) + notes)

    def acts(self, *names: str) -> bool:
        """Whether one of some components has just acted."""
        return any(name in self.facts.acting for name in names)

    def scene(self) -> Scene:
        """Return the scene: the Master on the left, the Nodes on the right, and an arrow for each conversation."""
        right, ways, bottom = self.right()
        high = max(_LEAST, int(bottom) - _TOP)
        server, etcd = self.server_box(), self.etcd_box()
        scheduler, manager = self.scheduler_box(), self.manager_box()
        server.at, etcd.at = (_SERVER_AT, _TOP + 110), (_SERVER_AT, _TOP + high - size_of(etcd)[1] - 12)
        scheduler.at, manager.at = (12, _TOP + 44), (12, _TOP + 128)
        kubectl = Box(
            [drawn_only([*self.program("kubectl"), state(_("you"))])],
            self.look("kubectl"),
            id="kubectl",
            width=160,
            at=(_SERVER_AT + _SERVER / 2 - 80, 0),
        )
        master = Box(
            [drawn_only([bold(_("Master")), "  ", note(_("today: control plane"))])],
            _OPEN,
            at=(0, _TOP),
            size=(_LEFT, high),
        )
        troubles = self.troubles_box(_TOP + high + 8)
        machines = [box for box in right if isinstance(box, Box)]
        before: list[Told] = [
            *(told_only(f"▶ {plain(entry)}", indent=0) for entry in self.facts.acts),
            *(aside(_("{sentence}.", sentence=plain(entry))) for entry in self.facts.acts[:2]),
            told_only(_("Master (today: control plane)"), indent=0),
            *(server, etcd, scheduler, manager),
            *troubles,
        ]
        told = chain(before, self.told_waiting(), self.told_nodes(), self.said_of_waiting())
        asking = (("manager", self.facts.controllers), ("scheduler", ("kube-scheduler",)))
        links = [
            Link("kubectl:s", "api:n", self.way("kubectl")),
            *(Link(f"{name}:e", "api:w", self.way(*who)) for name, who in asking),
            Link("api:s", "etcd:n", palette.BACK_AND_FORTH),
            *ways,
        ]
        drawn: list[Drawn] = [master, kubectl, scheduler, manager, server, etcd, *machines, *troubles, *links]
        return Scene(drawn, told, opening=sentences(*self.opening()))

    def opening(self) -> Iterator[str]:
        """Yield the first sentences of the alternative text."""
        yield _("{what}: {finding}.", what=_("Master and Nodes"), finding=self.finding())
        yield _(
            "In the Master (control plane), kube-apiserver stores everything in etcd. "
            "kube-scheduler, kube-controller-manager and the kubelets talk only to kube-apiserver."
        )

    # the Master

    def way(self, *who: str) -> Mapping[str, str]:
        """Return how the arrow of components looks: thick, if one of them has just acted."""
        if self.acts(*who):
            return {"penwidth": "3", "color": palette.ACTS.line}
        return palette.BACK_AND_FORTH

    def program(self, name: str, shown: str = "") -> list[Run]:
        """Return the name of a program, with a sign if it has just acted."""
        if self.acts(name):
            return [Run(f"▶ {plain(shown or name)}", bold=True, color=palette.ACTS.ink, told=plain(name))]
        return [bold(shown or name, told=plain(name))]

    def look(self, *names: str) -> Look:
        """Return the frame of a program: a thick one if it has just acted."""
        return palette.ACTS if self.acts(*names) else palette.MACHINERY

    def manager_box(self) -> Box:
        """Return the box of kube-controller-manager: the controllers in it, those that act first."""
        names = self.facts.controllers
        all_names = named(names) or _("no controllers")
        order = dict.fromkeys([*self.stage.controllers, *_FIRST, *names])
        order = {name: None for name in order if name in names}
        many = _MOST_CONTROLLERS if len(self.stage.controllers) >= _MOST_CONTROLLERS else 4
        shown = [*order][: max(many, 1)]
        head = ngettext("one program, {n} controller:", "one program, {n} controllers:", len(names))
        told = head.removesuffix(":").removesuffix("：") if self.plainly else all_names
        lines = [
            Line(bold("kube-controller-manager"), headed("kube-controller-manager", told)),
            drawn_only(note(head)),
            *(drawn_only(self.controller(name)) for name in shown),
        ]
        rest = [name for name in order if name not in shown]
        if rest:
            more = ngettext("{n} more", "{n} more", len(rest))
            now = [name for name in rest if self.acts(name)]
            words = (
                Run(f"▶ {plain(now[0])}", True, palette.ACTS.ink, small=True, most=26) if now else note(more)
            )
            lines.append(drawn_only(words))
        return Box(lines, self.look(*names), id="manager", width=_PROGRAM, indent=2)

    def controller(self, name: str) -> list[Run]:
        """Return the line of a controller: its name, and when it has last acted."""
        short = plain(name).removesuffix("-controller")
        when = self.acted.get(name)
        right = [state(_("acted in {step}", step=when))] if when else []
        if self.acts(name):
            return [Run(f"▶ {short}", True, palette.ACTS.ink, small=True, most=26), *right]
        return [Run(short, small=True, most=26), *right]

    def scheduler_box(self) -> Box:
        """Return the box of kube-scheduler."""
        lines = [
            Line(self.program("kube-scheduler")),
            Line(Run(_("chooses a Node for each Pod"), small=True), after=": "),
        ]
        return Box(lines, self.look("kube-scheduler"), id="scheduler", width=_PROGRAM, indent=2)

    def server_box(self) -> Box:
        """Return the box of kube-apiserver."""
        lines = [
            Line(self.program("kube-apiserver"), _("kube-apiserver: every component talks only to it")),
            drawn_only(Run(_("checks, stores, and notifies all watchers"), small=True)),
        ]
        return Box(lines, self.look("kube-apiserver"), id="api", width=_SERVER, indent=2)

    def etcd_box(self) -> Box:
        """Return the box of etcd: how many objects of each kind it stores."""
        kinds = self.facts.stored
        stored = phrases(*(item.words for item in kinds))
        told = _("etcd: stores {objects}", objects=stored) if stored else _("etcd: stores nothing")
        by_kind = {item.kind: item for item in kinds}
        shown = [by_kind[kind] for kind in _ETCD if kind in by_kind] or [*kinds[:3]]
        rest = sum(item.count for item in kinds if item not in shown)
        if self.plainly:
            more = ngettext("and {n} more", "and {n} more", rest) if rest else ""
            told = _("etcd: stores {objects}", objects=phrases(*(item.words for item in shown), more))
        lines = [
            Line(bold("etcd"), told),
            drawn_only(note(_("stores every object:"))),
            *(drawn_only(Run(plain(item.words), small=True)) for item in shown),
        ]
        if rest:
            more = ngettext("and {n} more", "and {n} more", rest)
            lines.append(drawn_only(note(more)))
        return Box(lines, palette.MACHINERY, id="etcd", width=_SERVER, indent=2)

    # the Nodes

    def right(self) -> tuple[list[Box], list[Link], float]:
        """Return the frame of the Pods without a Node and those of the Nodes, their arrows, and where they end."""
        tray = self.tray_box()
        boxes, links, y = [tray], [], (tray.size or (0, 0))[1] + 8
        if self.plan.shows == "nodes":
            grid, y = self.grid(y)
            who = [f"kubelet on {name}" for name in self.stage.nodes]
            return [tray, *grid], [Link("api:e", "nodes:w", self.way(*who))], y
        for number, name in enumerate(self.stage.nodes):
            box = self.node_box(f"n{number}", name)
            box.at = (_RIGHT, y)
            y += (box.size or (0, 0))[1] + 8
            boxes.append(box)
            if name in self.nodes:
                silent = palette.WAITING if name in self.silent else {}
                way = self.way(f"kubelet on {name}")
                links.append(
                    Link(f"{box.id}:w", "api:e", {**way, **silent})
                    if self.acts(f"kubelet on {name}")
                    else Link("api:e", f"{box.id}:w", {**way, **silent})
                )
        if not self.stage.nodes:
            words = drawn_only(_("There is no Node, so no Pod can run."))
            boxes.append(Box([words], palette.LEFT_OUT, id="none", at=(_RIGHT, y), width=_WIDE))
            y += 38
        return boxes, links, y - 8

    def tray_box(self) -> Box:
        """Return the frame of the Pods that have no Node; it is there even if all have one."""
        rows = 1 if self.plan.shows == "nodes" else min(self.plan.rows.get("", 1), 3)
        if not self.facts.waiting:
            left = [entry.ref for entry in self.facts.acts if entry.verb == "bind"]
            names = listed((ref.rpartition("/")[2] for ref in left), 2)
            empty = _("empty: {pods} left it in this step", pods=names) if left else _("empty")
            inside: list[Part] = [
                Box([drawn_only(note(empty))], _FREE, width=_WIDE - 20, size=(_WIDE - 20, _SLOT_HIGH))
            ]
        elif self.plan.shows == "pods" and self.plan.rows.get("", 1) <= 3:
            inside = self.slots("", self.facts.waiting, 2 * rows)
        else:
            inside = self.grouped("", self.facts.waiting, 2 * rows)
        lines = [drawn_only([bold(_("no Node yet")), "   ", note(_("stored in etcd, running nowhere"))])]
        look = palette.LEFT_OUT
        return Box(
            lines,
            look,
            id="waiting",
            at=(_RIGHT, 0),
            width=_WIDE,
            size=(_WIDE, _HEAD + _ROW * rows),
            inside=inside,
        )

    def node_box(self, name: str, called: str) -> Box:
        """Return a Node's frame: its state, its programs, and a place for each of its Pods."""
        node = self.nodes.get(called)
        rows = self.plan.rows[called]
        size = (_WIDE, _HEAD + _ROW * rows + 2 + _NOTE * bool(node and self.notes(node)))
        if node is None:  # it is there in another step of the play
            return Box([drawn_only(note(called))], palette.LEFT_OUT, id=name, size=size)
        pods = node.pods
        inside = (
            self.slots(called, pods, 2 * rows)
            if self.plan.shows == "pods"
            else self.grouped(called, pods, 2 * rows)
        )
        lines = [drawn_only(self.node_head(node))]
        notes = self.notes(node)
        lines += (
            [drawn_only(note(notes, palette.WARNING_INK if node.cordoned else palette.MUTED))]
            if notes
            else []
        )
        look = self.node_look(node)
        return Box(
            lines,
            look,
            id=name,
            width=_WIDE,
            size=size,
            inside=inside,
            ref=f"node/{called}",
            title=f"Node {called}",
        )

    def node_look(self, node: WorkerNode) -> Look:
        """Return the frame of a Node: purple, if its kubelet has just acted."""
        look = palette.NODE if node.ready else palette.LEFT_OUT
        if self.acts(f"kubelet on {node.name}"):
            return look._replace(line=palette.ACTS.line, border=2.5)
        return look

    def node_head(self, node: WorkerNode) -> list[Run | str]:
        """Return the first line of a Node: its name, its programs as far as there is room, its state."""
        how = f"{'✓' if node.well else '◐' if node.ready else '✗'} {said(node.state)}"
        kubelet: str = _("kubelet (no status)") if node.name in self.silent else "kubelet"
        look = palette.POD if node.well else palette.NOT_READY if node.ready else palette.LEFT_OUT
        acts = self.acts(f"kubelet on {node.name}")
        shown = f"▶ {kubelet}" if acts else kubelet
        room = _WIDE - 44 - pixels(plain(node.name), SIZE, bold=True) - pixels(how, SMALL)
        programs = [shown]
        for program in ("kube-proxy", _("container runtime")):
            if pixels("   ".join([*programs, program]), SMALL) < room:
                programs.append(program)
        first = (
            Run(programs[0], True, palette.ACTS.ink, small=True, whole=True)
            if acts
            else note(programs[0], whole=True)
        )
        rest = [note("".join(f"   {program}" for program in programs[1:]), whole=True)]
        color = palette.NODE.ink if node.ready else palette.LEFT_OUT.ink
        name = Run(plain(node.name), bold=True, color=color, most=24)
        return [name, "   ", first, *rest, state(how, look)]

    @staticmethod
    def notes(node: WorkerNode) -> str:
        """Return what a Node keeps Pods away by; taints that only repeat its state are in the outline alone."""
        taints = [taint for taint in node.taints if not taint.startswith(_REPEATED)]
        cordoned = [_("cordoned: takes no new Pods")] if node.cordoned else []
        tainted = [_("taints: {taints}", taints=listed(taints, 2))] if taints else []
        return " · ".join([*cordoned, *tainted])

    # Pods

    def slots(self, node: str, pods: Sequence[RunningPod], number: int) -> list[Part]:
        """Return the places of the Pods of a Node, each Pod in its own."""
        own = self.stage.slots.get(node, {})
        there = {own[pod.ref]: self.pod_box(pod) for pod in pods}
        known = {pod.ref for pod in self.facts.pods}
        for entry in self.facts.acts:
            place = own.get(entry.ref)
            if entry.verb in _GONE and node and entry.ref not in known and place is not None:
                there.setdefault(place, self.gone_box(entry.ref))
        return [_grid([there.get(at) or _free() for at in range(number)])]

    def pod_box(self, pod: RunningPod) -> Box:
        """Return the place of a Pod: its name and how it is; purple if it was just written."""
        touched = pod.ref in self.touched
        look = palette.ACTS if touched else palette.look_of(pod.state)
        name = plain(f"{pod.namespace}/{pod.name}" if self.several else pod.name)
        shown = Run(f"▶ {name}" if touched else name, True, look.ink if touched else "", small=True, most=24)
        words = [shown, state(f"{palette.sign_of(pod.state)} {_how(pod)}", look)]
        return Box(
            [drawn_only(words)],
            look,
            width=_SLOT,
            size=(_SLOT, _SLOT_HIGH),
            ref=pod.ref,
            title=self.pod_words(pod),
        )

    def gone_box(self, ref: str) -> Box:
        """Return the place of a Pod that was just deleted."""
        look = palette.ACTS._replace(style="rounded,dotted", fill="")
        name = Run(f"▶ {plain(ref.rpartition('/')[2])}", True, look.ink, small=True, most=24)
        return Box(
            [drawn_only([name, state(f"✗ {_('deleted')}", look)])],
            look,
            width=_SLOT,
            size=(_SLOT, _SLOT_HIGH),
            title=ref,
        )

    def grouped(self, node: str, pods: Sequence[RunningPod], number: int) -> list[Part]:
        """Return the places of the workloads of a Node, with how many Pods of each are there, and how they are."""
        groups: dict[str, list[RunningPod]] = {}
        for pod in pods:
            groups.setdefault(group_of(pod), []).append(pod)
        own = self.stage.groups.get(node, {})
        there = {own[name]: self.group_box(group) for name, group in groups.items()}
        if own and max(own.values()) >= number:  # too many workloads: the last place counts the rest
            rest = [pod for name, group in groups.items() for pod in group if own[name] >= number - 1]
            there[number - 1] = self.group_box(rest, ngettext("{n} more Pod", "{n} more Pods", len(rest)))
        return [_grid([there.get(at) or _free() for at in range(number)])]

    def group_box(self, pods: Sequence[RunningPod], called: str = "") -> Box:
        """Return one place for Pods: how many they are, and how many of them are in each state."""
        touched = any(pod.ref in self.touched for pod in pods)
        states = _counted(pods)
        look = palette.ACTS if touched else palette.look_of(next(iter(states), ""))
        name = called or self.names.bare(pods)
        how = (
            f"{palette.sign_of(pods[0].state)} {_phase(pods[0].state)}"
            if len(states) == 1
            else "  ".join(f"{palette.sign_of(state)} {number}" for state, number in states.items())
        )
        shown = Run(f"▶ {name}" if touched else name, True, look.ink if touched else "", small=True, most=24)
        words = [drawn_only([shown, state(how, look)])]
        title = phrases(*(f"{number} {said(state)}" for state, number in states.items()))
        stacked = len(pods) > 1
        return Box(
            words,
            look,
            width=_SLOT,
            size=(_SLOT, _SLOT_HIGH),
            stacked=stacked,
            title=headed(name, title),
            ref=pods[0].ref if not stacked and pods else "",
        )

    def grid(self, y: float) -> tuple[list[Box], float]:
        """Return many Nodes by twos, a line of Pods for each; those for which there is no room together."""
        most = _FIT if self.playing else _HIGH
        rows = (
            len(self.stage.nodes) if self.unfold else max(1, int(most - y - _HEAD) // (_CELL_HIGH + _BETWEEN))
        )
        names = self.stage.nodes
        shown = names if len(names) <= 2 * rows else names[: 2 * rows - 1]
        high = _HEAD + -(-min(len(names), 2 * rows) // 2) * (_CELL_HIGH + _BETWEEN) - 2
        head: list[str | Run] = [
            bold(ngettext("{n} Node", "{n} Nodes", len(names))),
            "   ",
            note(_("on each: kubelet, kube-proxy, container runtime")),
        ]
        boxes = [Box([drawn_only(head)], _OPEN, id="nodes", at=(_RIGHT, y), width=_WIDE, size=(_WIDE, high))]
        rest = [self.nodes[name] for name in names[len(shown) :] if name in self.nodes]
        cells = [self.cell_box(name) for name in shown] + ([self.rest_box(rest)] if rest else [])
        for number, cell in enumerate(cells):
            cell.at = (
                _RIGHT + 4 + number % 2 * (_CELL + _BETWEEN),
                y + _HEAD + number // 2 * (_CELL_HIGH + _BETWEEN),
            )
        return [*boxes, *cells], y + high

    def cell_box(self, name: str) -> Box:
        """Return a Node of many: its name, its state, and its Pods counted."""
        node, size = self.nodes.get(name), (_CELL, _CELL_HIGH)
        if node is None:
            return Box([drawn_only(note(name))], palette.LEFT_OUT, size=size)
        sign = "✓" if node.well else "◐" if node.ready else "✗"
        mark = "▶ " if self.acts(f"kubelet on {name}") else ""
        color = palette.NODE.ink if node.ready else palette.LEFT_OUT.ink
        head = [Run(f"{mark}{plain(name)}", True, color, most=16), state(f"{sign} {said(node.state)}")]
        return Box(
            [drawn_only(head)],
            self.node_look(node),
            width=_CELL,
            size=size,
            inside=[self.pods_line(node.pods)],
            ref=f"node/{name}",
            id=f"cell/{name}",
            title=f"Node {name}",
        )

    def rest_box(self, nodes: Sequence[WorkerNode]) -> Box:
        """Return the Nodes for which there is no room, as one."""
        acts = self.acts(*(f"kubelet on {node.name}" for node in nodes))
        words = ngettext("and {n} more Node", "and {n} more Nodes", len(nodes))
        look = palette.NODE._replace(line=palette.ACTS.line, border=2.5) if acts else palette.NODE
        pods = [pod for node in nodes for pod in node.pods]
        head = Run(f"▶ {words}" if acts else words, True, palette.NODE.ink)
        return Box(
            [drawn_only(head)], look, width=_CELL, size=(_CELL, _CELL_HIGH), inside=[self.pods_line(pods)]
        )

    def pods_line(self, pods: Sequence[RunningPod]) -> Box:
        """Return Pods as one line: how many are in each state."""
        size = (_CELL - 16, 26)
        if not pods:
            return Box([drawn_only(note(_("no Pods")))], _FREE, size=size)
        touched = any(pod.ref in self.touched for pod in pods)
        states = _counted(pods)
        look = palette.ACTS if touched else palette.look_of(next(iter(states)))
        shown = [
            f"{palette.sign_of(state)} {number} {said(state)}" for state, number in [*states.items()][:2]
        ]
        words = Run(("▶ " if touched else "") + "  ".join(shown), touched, look.ink, small=True, most=24)
        return Box([drawn_only(words)], look, width=_CELL - 16, size=size)

    def troubles_box(self, y: float) -> list[Box]:
        """Return the workloads whose conditions say that they have a problem, below all; kept free in a play."""
        many = self.facts.troubles
        room = min(self.stage.troubles, _MOST_TROUBLES)
        if not room:
            return []
        size = (_RIGHT + _WIDE, _HEAD + 20 * room + 4)
        if not many:
            return [Box([], _FREE, at=(0, y), size=size)]
        head = bold(_("workloads with a problem"))
        lines = [Line(head, _("Workloads with a problem, as their conditions say"))]
        for number, item in enumerate(many):
            how = phrases(f"{item.condition}={item.status}", item.reason)
            last = number == room - 1 and len(many) > room
            more = ngettext("and {n} more", "and {n} more", len(many) - room) if last else ""
            drawn = [
                Run(f"✗ {plain(item.ref)}", True, most=60),
                note(f"   {how}   {more}", palette.WARNING_INK, whole=True),
            ]
            lines.append(Line(drawn if number < room else (), f"✗ {plain(item.words)}"))
        told = listed((noted(item.ref, item.reason) for item in many), 3)
        alt = _("These workloads have a problem: {workloads}.", workloads=told)
        return [
            Box(
                lines,
                palette.FAULT._replace(border=1.5),
                id="troubles",
                at=(0, y),
                width=_RIGHT + _WIDE,
                size=size,
                alt=alt,
                fault=True,
            )
        ]

    # the same in words

    @cached_property
    def several(self) -> bool:
        """Whether the Pods are of several namespaces."""
        return len({pod.namespace for pod in self.facts.pods}) > 1

    def alike(self, pod: RunningPod) -> object:
        """Return what Pods of one stack have in common: all that is told of them except the name."""
        shown = tuple(how for _name, how in pod.containers)
        touched = pod.ref in self.touched
        workload = (pod.node, pod.namespace, pod.workload)
        return (*workload, pod.state, shown, pod.restarts, pod.static, touched)

    def pod_words(self, *stack: RunningPod) -> str:
        """Say how a Pod, or a stack of them, is: its state, its containers, how often they were restarted."""
        first = stack[0]
        containers = [f"{plain(name)} {said(how)}" for name, how in first.containers]
        inner = phrases(*([f"pause {said('running')}"] if first.paused else []), *containers)
        more: list[str] = []
        if first.restarts:
            more.append(ngettext("{n} restart", "{n} restarts", first.restarts))
        if first.static:
            more.append(_("mirror of a static Pod"))
        called = f"{palette.sign_of(first.state)} {self.names.stack(stack)}"
        return headed(noted(called, phrases(said(first.state), *more)), inner)

    def told_pods(self, pods: Iterable[RunningPod]) -> Iterator[Line]:
        """Yield a line for each Pod, and one for those that are alike where they are many."""
        for stack in self.stacks_of(pods):
            yield told_only(self.pod_words(*stack), members=[pod.name for pod in stack])

    def stacks_of(self, pods: Iterable[RunningPod]) -> list[tuple[RunningPod, ...]]:
        """Return the stacks that some Pods begin, in order."""
        places = sorted(self.place_of[pod.ref] for pod in pods if pod.ref in self.place_of)
        return [self.stacks[at] for at in places]

    def told_waiting(self) -> Iterator[Line]:
        """Yield the Pods that have no Node."""
        if self.facts.waiting:
            yield told_only(_("Pods without a Node"), indent=0)
            yield from self.told_pods(self.facts.waiting)

    def said_of_waiting(self) -> Iterator[Line]:
        """Yield what the alternative text says of the Pods that have no Node."""
        stacks = self.stacks_of(self.facts.waiting)
        if stacks:
            names = listed(map(self.names.stack, stacks), 4)
            yield aside(_("These Pods have no Node yet: {names}.", names=names))

    def told_nodes(self) -> Iterator[Line]:
        """Yield each Node with its programs and its Pods; of many Nodes those that are alike and empty together."""
        machines: dict[object, list[WorkerNode]] = {}
        for node in self.facts.nodes:
            alone = node.pods or self.unfold or len(self.facts.nodes) <= _MANY
            machines.setdefault(node.name if alone else ("", node.state), []).append(node)
        for number, nodes in enumerate(machines.values()):
            first = nodes[0]
            called = _("Node {name}", name=plain(first.name))
            if len(nodes) > 1:
                name = plain(first.name)
                called = ngettext(
                    "{n} Node, such as {name}", "{n} Nodes, such as {name}", len(nodes), name=name
                )
            how, taints = said(first.state), ""
            if first.taints:
                taints = _("taints {taints}", taints=named(first.taints))
            kubelet: str = _("kubelet (no status)") if first.name in self.silent else "kubelet"
            programs = named((kubelet, "kube-proxy", _("container runtime")))
            names = listed((self.names.stack(stack) for stack in self.stacks_of(first.pods)), 4)
            runs = (
                _("{node} ({state}) runs {pods}.", node=called, state=how, pods=names)
                if names
                else _("{node} ({state}) runs no Pods.", node=called, state=how)
            )
            yield told_only(
                headed(called, clauses(how, taints, programs)),
                indent=0,
                members=[node.name for node in nodes],
                nested=4,
                alt=runs if number < _MOST_SAID else "",
            )
            if first.pods:
                yield from self.told_pods(first.pods)
            else:
                yield told_only(_("no Pods"))
        if not machines:
            yield told_only(_("There is no Node, so no Pod can run."), indent=0)


def _grid(boxes: Sequence[Box]) -> Table:
    return Table((boxes[at : at + 2] for at in range(0, len(boxes), 2)), spacing=_BETWEEN)


def _free() -> Box:
    return Box([], _FREE, width=_SLOT, size=(_SLOT, _SLOT_HIGH))


def _how(pod: RunningPod) -> str:
    """Return how a Pod is, in the place of a few words: what its container waits for, where that is a fault."""
    for _name, how in pod.containers:
        reason = plain(how.removeprefix("waiting: "))
        shown = how.startswith("waiting: ") and reason not in ON_THE_WAY and pod.state != "terminating"
        if shown and pixels(reason, SMALL) < _REASON:
            return reason
    return _phase(pod.state)


def _phase(state: str) -> str:
    """Return a state in few words: that a Pod has no Node is said by the frame that it stands in."""
    return "Pending" if state == "no Node yet" else said(state)


def _counted(pods: Iterable[RunningPod]) -> dict[str, int]:
    """Return how many Pods are in each state, the worse states first."""
    numbers: dict[str, int] = {}
    for pod in sorted(pods, key=lambda pod: (pod.state == "ready", pod.state)):
        numbers[pod.state] = numbers.get(pod.state, 0) + 1
    return numbers
