"""Draws what runs where: the programs of the Master, and each Node with its own and with its Pods.

On the left are kubectl, the controllers, the scheduler, the API server and etcd behind it; on the right are the
Nodes. All arrows lead to the API server: no component calls another. A component that has just acted has a sign, a
word, a thick frame and a thick arrow, so that a player can show a step by drawing this picture again.
Source of the rule: https://kubernetes.io/docs/concepts/architecture/
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from k8snotes.catalogue import Text, _, ngettext
from k8snotes.facts.architecture import Architecture, RunningPod, WorkerNode
from k8snotes.figures import palette
from k8snotes.figures.figure import Figure
from k8snotes.figures.parts import align
from k8snotes.figures.palette import Look
from k8snotes.figures.scene import (
    Box,
    Column,
    Drawn,
    Frame,
    Label,
    Line,
    Link,
    Part,
    Run,
    Scene,
    Table,
    Told,
    Words,
    aside,
    bold,
    drawn_only,
    heading,
    note,
    told_only,
)
from k8snotes.figures.stacks import Names, fold
from k8snotes.figures.states import said
from k8snotes.figures.wording import listed, plain

__all__ = ["architecture_figure"]

_CAPTION = _(
    "The arrows show that every component talks only to kube-apiserver. Only kube-apiserver reads and writes etcd. "
    "The kubelet of each Node learns from kube-apiserver which Pods it has to run."
)
_MASTER = 176  # points: a line in a box of the Master
_SERVER = 128
_POD = 124  # points: a line in a Pod's box where two are side by side
_WIDE_POD = 236
_MOST_NODES = 8  # of more, those that are alike and empty share a frame
_MOST_KINDS = 9
_MOST_TROUBLES = 4
_MOST_SAID = 5  # Nodes in the alternative text


def architecture_figure(
    facts: Architecture, *, unfold: bool = False, stage=None, acted=None
) -> Figure:
    """Return what runs where as a Figure.

    Args:
        facts: The controllers, what etcd stores, the Nodes with their Pods, and the last changes.
        unfold: Whether to show each Pod and each Node where many that are alike would share a box.

    >>> import k8snotes as kn
    >>> figure = architecture_figure(kn.load("guestbook").architecture().facts)
    >>> print(figure.text.splitlines()[2])
      kube-apiserver: every component talks only to it
    """
    story = _Story(facts, unfold=unfold)
    return Figure(_("Master and Nodes"), story.finding, facts, story.scene, caption=_CAPTION)


class _Machine(NamedTuple):
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
        first, many = plain(self.first.name), len(self.nodes)
        if many == 1:
            return f"Node {first}"
        return ngettext("{n} Node, such as {name}", "{n} Nodes, such as {name}", many, name=first)


class _Story:
    """What runs where: the Master, the Nodes with their Pods, those alike as one, and what has just acted.

    `touched` has the objects that were just written, `silent` the Nodes whose kubelet does not report, `waiting` the
    Pods that have no Node. Pods are drawn by twos (`by`) if some Node has three of them or more.
    """

    def __init__(self, facts: Architecture, *, unfold: bool) -> None:
        self.facts = facts
        self.names = Names(facts.pods)
        self.several = len({pod.namespace for pod in facts.pods}) > 1
        self.touched = {entry.ref for entry in facts.acts}
        self.silent = {node.name for node in facts.nodes if not node.ready}
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

    def finding(self) -> Text:
        """Say how many Nodes and Pods there are."""
        return _(
            "{nodes}, {pods}",
            nodes=ngettext("{n} Node", "{n} Nodes", len(self.facts.nodes)),
            pods=ngettext("{n} Pod", "{n} Pods", len(self.facts.pods)),
        )

    def alike(self, pod: RunningPod) -> object:
        """Return what Pods of one stack have in common: everything in their box except the name."""
        shown = tuple(how for _name, how in pod.containers)
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

    def scene(self) -> Scene:
        """Return the scene: the Master on the left, the Nodes on the right, and an arrow for each conversation."""
        server, etcd = self.server_box(), self.etcd_box()
        manager, scheduler = self.manager_box(), self.scheduler_box()
        pods = {id(stack): self.pod_box(stack) for m in self.machines for stack in m.stacks}
        pods |= {id(stack): self.pod_box(stack) for stack in self.waiting}
        align(list(pods.values()))
        waiting = [self.waiting_box([pods[id(stack)] for stack in self.waiting])] if self.waiting else []
        machines = [
            self.machine_box(f"n{at}", machine, [pods[id(stack)] for stack in machine.stacks])
            for at, machine in enumerate(self.machines)
        ]
        troubles = [self.troubles_box()] if self.facts.troubles else []
        right = [*troubles, *waiting, *(machines or [self.none()])]
        told: list[Told] = [
            *(told_only(f"▶ {plain(entry)}", indent=0) for entry in self.facts.acts),
            *(aside(_("{sentence}.", sentence=plain(entry))) for entry in self.facts.acts[:2]),
            told_only(_("Master (today: control plane)"), indent=0),
            *(server, etcd, scheduler, manager),
            *right,
        ]
        if self.waiting:
            names = [self.names.stack(stack) for stack in self.waiting]
            told.append(aside(_("These Pods have no Node yet: {names}.", names=listed(names, 4))))
        return Scene(
            [
                *self.master(manager, scheduler, server, etcd),
                *self.links(right),
                Column(box.id for box in right),
            ],
            told,
            opening=" ".join(self.opening()),
            layout={"ranksep": "0.45", "nodesep": "0.12"},
        )

    def opening(self) -> Iterator[str]:
        """Yield the first sentences of the alternative text."""
        yield _("{what}: {finding}.", what=_("Master and Nodes"), finding=self.finding())
        yield _(
            "In the Master (control plane), kube-apiserver stores everything in etcd. "
            "kube-scheduler, kube-controller-manager and the kubelets talk only to kube-apiserver."
        )

    # the Master

    def master(self, manager: Box, scheduler: Box, server: Box, etcd: Box) -> list[Drawn]:
        """Return the programs of the Master in their frame, kubectl before it, and arrows to the API server."""
        kubectl = Box(
            [self.program("kubectl", _("kubectl (you)"))], self.look("kubectl"), id="kubectl", width=_MASTER
        )
        only, today = _("the only way to etcd"), _("today: control plane")
        between = Label([[bold("↕"), note(f"  {only}", palette.MUTED)]])
        words = [bold(_("Master")), note(f"   {today}", palette.MUTED)]
        frame = Frame(
            "master",
            Box([words], palette.BARE, width=_MASTER),
            [
                *(manager, scheduler, Column(["manager", "scheduler"])),
                Table([[server], [between], [etcd]], spacing=2, id="server"),
            ],
            labeljust="l",
            style="rounded",
            color=palette.MUTED,
            margin="8",
        )
        asking = (
            ("manager", self.facts.controllers),
            ("scheduler", ("kube-scheduler",)),
            ("kubectl", ("kubectl",)),
        )
        return [kubectl, frame, *(Link(name, "server:api-0:w", self.way(*who)) for name, who in asking)]

    def links(self, right: Sequence[Box]) -> list[Drawn]:
        """Return the boxes on the right, each with the arrow between it and the API server."""
        drawn: list[Drawn] = []
        machines = dict(zip((f"n{at}" for at in range(len(self.machines))), self.machines, strict=True))
        for box in right:
            machine = machines.get(box.id)
            drawn.append(box)
            if machine is None:
                drawn.append(Link("server", box.id, palette.HIDDEN))
            else:
                silent = palette.WAITING if machine.first.name in self.silent else {}
                way = {**self.way(*machine.kubelets), **silent}
                drawn.append(Link("server:api-0:e", f"{box.id}:node-1:w", way))
        return drawn

    def way(self, *who: str) -> Mapping[str, str]:
        """Return how the arrow of components looks: thick, if one of them has just acted."""
        if any(self.acts(name) for name in who):
            return {**palette.BACK_AND_FORTH, "penwidth": "2.8", "color": palette.ACTS.ink}
        return palette.BACK_AND_FORTH

    def program(self, name: str, called: str = "") -> list[Run]:
        """Return the name of a program, with a sign and a word if it has just acted."""
        shown = bold(called or name, most=33)
        if not self.acts(name):
            return [shown]
        acts = _("{name} acts", name=shown.text)
        return [bold(f"▶ {acts}", most=40, told=shown.text)]

    def look(self, *names: str) -> Look:
        """Return the frame of a program: a thick one if it has just acted."""
        return palette.ACTS if any(self.acts(name) for name in names) else palette.PLAIN

    def manager_box(self) -> Box:
        """Return the box of kube-controller-manager: the controllers that run in it."""
        controllers = self.facts.controllers
        names = ", ".join(map(plain, controllers)) or _("no controllers")
        lines = [
            Line(bold("kube-controller-manager"), f"kube-controller-manager: {names}"),
            drawn_only(note(_("one program with these controllers:"), palette.MUTED)),
        ]
        for name in controllers:
            words: Words = self.program(name) if self.acts(name) else Run(plain(name), most=33)
            lines.append(drawn_only(words))
        look = self.look(*controllers)
        return Box(lines, look, id="manager", limit=_MASTER + 24, width=_MASTER, indent=2)

    def scheduler_box(self) -> Box:
        """Return the box of kube-scheduler."""
        lines = [Line(self.program("kube-scheduler")), Line(_("chooses a Node for each Pod"), after=": ")]
        look = self.look("kube-scheduler")
        return Box(lines, look, id="scheduler", limit=_MASTER, width=_MASTER, indent=2)

    def server_box(self) -> Box:
        """Return the box of kube-apiserver."""
        lines = [
            Line(self.program("kube-apiserver"), _("kube-apiserver: every component talks only to it")),
            drawn_only(_("checks, stores, and notifies all watchers")),
        ]
        look = self.look("kube-apiserver")
        return Box(lines, look, limit=_SERVER, width=_SERVER + 10, port="api", indent=2)

    def etcd_box(self) -> Box:
        """Return the box of etcd: how many objects of each kind it stores."""
        kinds = self.facts.stored
        stored = ", ".join(plain(item.words) for item in kinds)
        told = _("etcd: stores {objects}", objects=stored) if stored else _("etcd: stores nothing")
        lines = [
            Line(bold("etcd"), told),
            drawn_only(note(_("stores every object:"), palette.MUTED)),
        ]
        shown = kinds if len(kinds) <= _MOST_KINDS + 1 else kinds[:_MOST_KINDS]
        lines += [drawn_only(plain(item.words)) for item in shown]
        rest = kinds[len(shown) :]
        if rest:
            more = _(
                "and {objects} of {kinds}",
                objects=ngettext("{n} more object", "{n} more objects", sum(item.count for item in rest)),
                kinds=ngettext("{n} other kind", "{n} other kinds", len(rest)),
            )
            lines.append(drawn_only(more))
        return Box(lines, limit=_SERVER, width=_SERVER + 10, indent=2)

    # the Nodes

    @staticmethod
    def none() -> Box:
        """Return the box that says that there is no Node."""
        return Box([drawn_only(_("There is no Node, so no Pod can run."))], palette.LEFT_OUT, id="none")

    def machine_box(self, name: str, machine: _Machine, pods: Sequence[Box]) -> Box:
        """Return a Node's frame: its state, its programs, and its Pods.

        Taints that only repeat the state (cordoned, not ready, unreachable) are in the outline alone.
        """
        node = machine.first
        silent = node.name in self.silent
        state = f"{'✓' if node.well else '◐' if node.ready else '✗'} {said(node.state)}"
        parts: list[str] = [said(node.state)]
        if node.taints:
            parts.append(_("taints {taints}", taints=", ".join(map(plain, node.taints))))
        runtime = _("container runtime")
        kubelet: str = _("kubelet (no status)") if silent else "kubelet"
        told = f"{machine.name}: {'; '.join(parts)}; {kubelet}, kube-proxy, {runtime}"
        members = [item.name for item in machine.nodes]
        lines = [Line(heading(machine.name, state, most=34), told, members=members, nested=4)]
        acts = any(self.acts(who) for who in machine.kubelets)
        if acts:
            lines.append(
                drawn_only([*self.program(machine.kubelets[0], "kubelet"), f"   kube-proxy   {runtime}"])
            )
        else:
            lines.append(drawn_only(f"{kubelet}   kube-proxy   {runtime}"))
        if node.cordoned:
            lines.append(drawn_only(note(_("cordoned: takes no new Pods"), palette.WARNING_INK)))
        taints = [taint for taint in node.taints if not taint.startswith(_REPEATED)]
        if taints:
            words = _("taints: {taints}", taints=listed(taints, 2))
            lines.append(drawn_only(note(words, palette.MUTED)))
        if not pods:
            lines.append(Line(note(_("no Pods"), palette.MUTED)))
        look = palette.NODE if node.ready else palette.LEFT_OUT
        names = listed((self.names.stack(stack) for stack in machine.stacks), 4)
        how = said(node.state)
        if names:
            runs = _("{node} ({state}) runs {pods}.", node=machine.name, state=how, pods=names)
        else:
            runs = _("{node} ({state}) runs no Pods.", node=machine.name, state=how)
        return Box(
            lines,
            look._replace(line=palette.ACTS.line, border=3) if acts else look,
            id=name,
            limit=300,
            inside=self.by_twos(pods),
            port="node",
            ref=f"node/{node.name}",
            alt=runs if machine in self.machines[:_MOST_SAID] else "",
        )

    def waiting_box(self, pods: Sequence[Box]) -> Box:
        """Return the frame of the Pods that have no Node."""
        lines = [
            Line(bold(_("no Node yet")), _("Pods without a Node")),
            drawn_only(_("stored in etcd, but not running anywhere")),
        ]
        return Box(lines, palette.LEFT_OUT, id="waiting", limit=300, inside=self.by_twos(pods))

    def troubles_box(self) -> Box:
        """Return the box of the workloads whose conditions say that they have a problem."""
        many = self.facts.troubles
        lines = [
            Line(
                bold(_("workloads with a problem")),
                _("Workloads with a problem, as their conditions say"),
            )
        ]
        for number, item in enumerate(many):
            if number < _MOST_TROUBLES:
                lines.append(Line(bold(f"✗ {plain(item.ref)}", most=44), f"✗ {plain(item.words)}"))
                how = plain(f"{item.condition}={item.status}, {item.reason}")
                lines.append(drawn_only(note(f"   {how}", palette.WARNING_INK)))
            else:
                lines.append(told_only(f"✗ {plain(item.words)}"))
        if len(many) > _MOST_TROUBLES:
            more = ngettext("and {n} more", "and {n} more", len(many) - _MOST_TROUBLES)
            lines.append(drawn_only(note(more, palette.MUTED)))
        told = listed((f"{plain(item.ref)} ({item.reason})" for item in many), 3)
        alt = _("These workloads have a problem: {workloads}.", workloads=told)
        return Box(lines, palette.LEFT_OUT, id="troubles", limit=300, alt=alt, fault=True)

    def by_twos(self, pods: Sequence[Box]) -> Sequence[Part]:
        """Return the boxes of Pods, by twos if there are many."""
        if self.by == 1 or not pods:
            return pods
        return [Table((pods[at : at + 2] for at in range(0, len(pods), 2)), spacing=3)]

    def pod_box(self, stack: tuple[RunningPod, ...]) -> Box:
        """Return the box of a Pod, or of a stack of them: how it is, and its containers; thick if just written."""
        first = stack[0]
        sign, state = palette.sign_of(first.state), said(first.state)
        touched = first.ref in self.touched
        containers = [f"{plain(name)} {said(how)}" for name, how in first.containers]
        inner = ", ".join([f"pause {said('running')}", *containers] if first.paused else containers)
        more: list[str] = []
        if first.restarts:
            more.append(ngettext("{n} restart", "{n} restarts", first.restarts))
        if first.static:
            more.append(_("mirror of a static Pod"))
        called = bold(self.names.bare(stack), most=self.longest)
        lines = [
            Line(
                [bold("▶ "), called] if touched else called,
                f"{sign} {self.names.stack(stack)} ({', '.join([state, *more])}): {inner}",
                members=[pod.name for pod in stack],
            )
        ]
        if self.several and first.namespace:
            state = _("{state} in {namespace}", state=state, namespace=plain(first.namespace))
        lines.append(drawn_only(f"{sign} {state}"))
        calm = [plain(name) for name, how in first.containers if how == "running"]
        running = ", ".join(["pause", *calm] if first.paused else calm)
        if running and first.node in self.silent:
            words = _("last reported to run {containers}", containers=running)
            lines.append(drawn_only(note(words, palette.MUTED)))
        elif running:
            lines.append(drawn_only(note(_("runs {containers}", containers=running), palette.MUTED)))
        for name, how in first.containers:
            if how not in ("running", "not started"):
                lines.append(drawn_only(note(f"{plain(name)}: {said(how)}", palette.WARNING_INK)))
        lines += [drawn_only(note(words, palette.MUTED)) for words in more]
        look = palette.look_of(first.state)
        return Box(
            lines,
            look._replace(line=palette.ACTS.line, border=2) if touched else look,
            limit=self.limit,
            stacked=len(stack) > 1,
            ref=first.ref,
            indent=2,
        )


_REPEATED = (
    "node.kubernetes.io/unschedulable",
    "node.kubernetes.io/not-ready",
    "node.kubernetes.io/unreachable",
)
