"""Draws the three IPs: Nodes with their Pods inside, Services beside them, and which address is real."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from k8snotes.figures import palette
from k8snotes.figures.dot import angle, digraph, in_column
from k8snotes.figures.figure import Figure
from k8snotes.figures.folding import Names, fold
from k8snotes.figures.html_label import WIDE, address, bold, box, heading, label, note, table, width_for
from k8snotes.figures.three_ips_parts import header, node_lines, packed_nodes, share, ways
from k8snotes.figures.wording import count, indented, listed, pairs, plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from k8snotes.facts.three_ips import NodeAddress, PodAddress, ServiceAddress, ThreeIPs
    from k8snotes.figures.html_label import Html, Line, Run

__all__ = ["three_ips_figure"]

_CAPTION = (
    "Three kinds of frame, three kinds of address: a Node IP and a Pod IP are somewhere, "
    "a Cluster IP (dashed) stands in kube-proxy's rules only."
)

_NARROW = 146  # points: where Pods stand by twos
_MOST_BOXES = 40  # more Pods, or stacks of them, are counted Node by Node and not drawn
_MOST_NODES = 8  # and so are the Pods of more Nodes
_MOST_ARROWS = 8  # more of them hide each other: then each Pod says in words for whom it answers


def three_ips_figure(facts: ThreeIPs, *, unfold: bool = False) -> Figure:
    """Return the three IPs as a Figure; `unfold` shows each Pod where they would make a stack."""
    view = _View(facts, unfold=unfold)
    return Figure(view.title, facts, dot=view.dot, text=view.text, alt=view.alt, caption=_CAPTION)


@dataclass(frozen=True, slots=True)
class _Stack:
    """Pods of one Node that say the same: one box of the picture."""

    node: str  # the id of the Node's box
    port: str  # where an arrow ends in that box
    pods: tuple[PodAddress, ...]


class _View:
    """The addresses of a cluster, ready to be drawn or told."""

    def __init__(self, facts: ThreeIPs, *, unfold: bool) -> None:
        self.facts = facts
        pods = [*(pod for node in facts.nodes for pod in node.pods), *facts.waiting]
        self.names = Names((*facts.services, *pods))
        self.title = (
            f"three IPs: {count(len(facts.nodes), 'Node')}, {count(len(pods), 'Pod')}, "
            f"{count(len(facts.services), 'Service')}"
        )
        self.behind: dict[str, list[str]] = {}
        for service in facts.services:
            for ref in service.pods:
                self.behind.setdefault(ref, []).append(service.ref)
        id_of = {node.name: f"n{at}" for at, node in enumerate(facts.nodes)}
        stacks = fold(
            pods,
            lambda pod: (
                pod.node,
                pod.namespace,
                pod.workload,
                pod.state,
                pod.host_network,
                tuple(self.behind.get(pod.ref, ())),
            ),
            unfold=unfold,
        )
        place = {service.ref: at for at, service in enumerate(facts.services)}

        def beside(pods: tuple[PodAddress, ...]) -> int:
            """Sort the Pods of a Node by the Services, so that few arrows cross."""
            return min((place[ref] for ref in self.behind.get(pods[0].ref, ())), default=len(place))

        made = [
            _Stack(id_of.get(pods[0].node, "waiting"), f"p{at}", pods)
            for at, pods in enumerate(sorted(stacks, key=beside))
        ]
        self.stacks: dict[str, list[_Stack]] = {}
        for stack in made:
            self.stacks.setdefault(stack.node, []).append(stack)
        self.stack_of = {pod.ref: stack for stack in made for pod in stack.pods}
        many = len(made) > _MOST_BOXES or len(facts.nodes) > _MOST_NODES
        self.packed = many and not unfold and bool(facts.nodes)
        self.crowded = (
            self.packed or sum(len(self.ends(service)) for service in facts.services) > _MOST_ARROWS
        )
        self.limit, self.service_limit = (_NARROW, 205) if self.crowded else (WIDE, WIDE)
        self.balanced = [ip for service in facts.services for ip in service.load_balancer]
        self.open = [service for service in facts.services if any(p.node_port for p in service.ports)]

    # the picture

    def dot(self) -> str:
        """Return the DOT source: Services in the left column, Nodes with their Pods in the right one."""
        graph = digraph(header=header(self.facts), ranksep="0.35" if self.crowded else "0.8")
        left = ["outside"] if self.open and self.facts.nodes else []
        if left:
            graph.node("outside", angle(box([[bold("a client outside the cluster")]], palette.PLAIN)))
        if self.balanced and left:
            there: list[Line] = [["load balancer ", bold(listed(self.balanced, 2))]]
            graph.node("balancer", angle(box(there, palette.PLAIN)))
            left.append("balancer")
        boxes = [self.service_lines(service) for service in self.facts.services]
        wide = width_for(boxes, limit=self.service_limit)
        for at, lines in enumerate(boxes):
            graph.node(f"s{at}", angle(box(lines, palette.SERVICE, limit=self.service_limit, width=wide)))
            left.append(f"s{at}")
        right = []
        stacks = [stack for stacks in self.stacks.values() for stack in stacks]
        inner = width_for(map(self.pod_lines, stacks), limit=self.limit)
        if self.packed:
            graph.node("n0", angle(packed_nodes(self.facts)))
            right.append("n0")
        for at, node in enumerate(() if self.packed else self.facts.nodes):
            graph.node(f"n{at}", angle(self.node_box(f"n{at}", node, inner)))
            right.append(f"n{at}")
        if self.facts.waiting:
            graph.node("waiting", angle(self.waiting_box(inner)))
            right.append("waiting")
        if left and right:
            short_left = sum(map(len, boxes)) <= sum(len(self.pod_lines(stack)) for stack in stacks) + len(
                right
            )
            limit, least = (self.service_limit, wide) if short_left else (WIDE, 0)
            graph.node("ways", angle(box(ways(self.facts), palette.PLAIN, limit=limit, width=least)))
            (left if short_left else right).append("ways")
        if not left and not right:
            graph.node("nothing", angle(box(["There is no Node and no Service here yet."], palette.PLAIN)))
        for names in (left, right):
            if names:
                in_column(graph, names)
        if left and right:
            graph.edge(left[0], right[0], style="invis", weight="0")
        self.draw_rules(graph)
        return str(graph.source)

    def service_lines(self, service: ServiceAddress) -> list[Line]:
        """Return the lines of a Service's box."""
        kind = "" if service.type == "ClusterIP" else service.type
        lines: list[Line] = [heading(f"Service {service.name}", kind, most=34)]
        if service.type == "ExternalName":
            alias: list[str | Run] = ["DNS: another name for ", bold(service.external_name)]
            return [*lines, alias, ["no Cluster IP, no rules", self.names.place(service)]]
        ports = listed((port.port for port in service.ports), 5)
        if service.cluster_ip == "None":
            lines.append(
                ["no Cluster IP (headless): DNS gives the Pod IPs, no rules", self.names.place(service)]
            )
        else:
            there = address(service.cluster_ip or "not given yet", palette.SERVICE)
            lines.append(["Cluster IP ", there, f" : {ports}" if ports else "", self.names.place(service)])
        node_ports = [port.node_port for port in service.ports if port.node_port]
        if node_ports:
            lines.append(["node port ", bold(listed(node_ports, 4)), " on every Node IP"])
        if service.pending:
            lines.append(["load balancer ", bold("<pending>"), ": nobody provides one"])
        elif service.load_balancer:
            lines.append(["load balancer ", bold(listed(service.load_balancer, 2))])
        if service.pods_total or service.selector:
            sign = "✓" if service.pods else "✗"
            answer = f"{sign} {len(service.pods)} of {count(service.pods_total, 'Pod')} may answer"
            lines.append(answer if service.pods_total else "✗ no Pod is behind it")
        elif service.pods:
            lines.append(f"✓ leads to {listed(service.pods, 2)}, made by hand")
        else:
            lines.append("✗ nobody is behind it")
        return lines

    def node_box(self, name: str, node: NodeAddress, width: int) -> Html:
        """Return a Node's frame with its Pods in it."""
        lines = node_lines(node)
        stacks = self.stacks.get(name, [])
        if not stacks:
            lines.append([note("no Pods", palette.MUTED)])
        return box(lines, palette.NODE, inside=self.pod_boxes(stacks, width), port="line")

    def waiting_box(self, width: int) -> Html:
        """Return the frame of the Pods that no Node runs."""
        lines: list[Line] = [[bold("no Node yet")], "these Pods run nowhere, so they have no Pod IP"]
        boxes = self.pod_boxes(self.stacks.get("waiting", []), width)
        return box(lines, palette.LEFT_OUT, inside=boxes)

    def pod_boxes(self, stacks: Sequence[_Stack], width: int) -> list[Html]:
        """Return the boxes of Pods: under each other, or by twos where no arrow has to reach them."""
        boxes = [self.pod_box(stack, width) for stack in stacks]
        if not self.crowded or len(boxes) < 3:
            return boxes
        return [table([boxes[at : at + 2] for at in range(0, len(boxes), 2)], spacing=3)]

    def pod_box(self, stack: _Stack, width: int) -> Html:
        """Return the box of a Pod, or of a stack of them."""
        look = palette.look_of(stack.pods[0].state)
        stacked = len(stack.pods) > 1
        return box(
            self.pod_lines(stack), look, limit=self.limit, width=width, stacked=stacked, port=stack.port
        )

    def pod_lines(self, stack: _Stack) -> list[Line]:
        """Return the lines of a Pod's box."""
        first = stack.pods[0]
        look = palette.look_of(first.state)
        most = 18 if self.crowded else 26
        lines: list[Line] = [heading(self.names.bare(stack.pods), f"{look.symbol} {first.state}", most=most)]
        ips = [pod.ip for pod in stack.pods if pod.ip]
        if first.host_network:
            lines.append(["hostNetwork: it has its Node's IP", self.names.place(first)])
        elif ips:
            ports = listed(first.ports, 3)
            more = f" and {len(ips) - 1} more" if len(ips) > 1 else ""
            at = f":{ports}" if ports else ""
            lines.append(
                ["Pod IP ", address(ips[0], look), note(at, "", whole=True), more, self.names.place(first)]
            )
        else:
            lines.append(["no Pod IP", self.names.place(first)])
        if self.crowded and first.ref in self.behind:
            named = {service.ref: service.name for service in self.facts.services}
            names = listed((named[ref] for ref in self.behind[first.ref]), 3)
            lines.append(["answers for ", bold(names)])
        return lines

    def draw_rules(self, graph: Any) -> None:
        """Draw the client's way to a node port, and the rules that lead from Services to Pods."""
        said: set[str] = set()
        for at, service in enumerate(self.facts.services):
            words = "DNS" if service.cluster_ip == "None" else "kube-proxy's rules"
            for stack in [] if self.crowded else self.ends(service):
                text = angle(label([words], padding=2)) if words not in said else ""
                said.add(words)
                graph.edge(f"s{at}", f"{stack.node}:{stack.port}:w", text, style="dotted", arrowhead="open")
        if self.crowded and self.facts.nodes:
            lines = ["kube-proxy's", "rules, the same", "on every Node"]
            text = angle(label(lines, padding=2))
            leading = (at for at, service in enumerate(self.facts.services) if self.ends(service))
            for at in islice(leading, 1):
                graph.edge(f"s{at}", "n0:line-0:w", text, style="dotted", arrowhead="open")
        if self.open and self.facts.nodes:
            ports = listed((p.node_port for s in self.open for p in s.ports if p.node_port), 3)
            lines = [f"to {plain(self.facts.nodes[0].ip) or 'a Node IP'} : {ports}", "any Node IP will do"]
            graph.edge("outside", "n0:line-1:w", angle(label(lines, limit=180, padding=2)), penwidth="1.6")
            if self.balanced:
                graph.edge("outside", "balancer", penwidth="1.6")
                graph.edge(
                    "balancer", "n0:line-1:w", angle(label(["to some Node"], padding=2)), penwidth="1.6"
                )

    # the words

    def text(self) -> str:
        """Return the outline: every network, and every address on it."""
        facts = self.facts
        lines = [
            self.title,
            f"Node network {plain(facts.node_range) or '(range not told)'}: real, on network cards of machines",
            f"Pod network {plain(facts.pod_range) or '(range not told)'}: real, on virtual cards, one in each Pod, {share(self.facts)}",
            f"Service range {plain(facts.service_range) or '(range not told)'}: virtual, on no card, only in rules",
        ]
        for at, node in enumerate(facts.nodes):
            cidr = f", its Pods are in {plain(node.pod_cidr)}" if node.pod_cidr else ""
            lines.append(f"Node {plain(node.name)}: Node IP {plain(node.ip) or 'not told'}{cidr}")
            lines += self.pod_outline(self.stacks.get(f"n{at}", ()))
        if facts.waiting:
            lines.append("No Node yet, so no Pod IP")
            lines += self.pod_outline(self.stacks.get("waiting", ()))
        for service in facts.services:
            lines += self.service_outline(service)
        lines += ["The ways between them", *(f"  {way}" for way in facts.ways)]
        return "\n".join(lines)

    def pod_outline(self, stacks: Iterable[_Stack]) -> list[str]:
        """Return the lines of the outline on the Pods of one Node."""
        lines = []
        for stack in stacks:
            first = stack.pods[0]
            sign = palette.sign_of(first.state)
            named = [f"{pod.name} {pod.ip}" for pod in stack.pods]
            ports = f", port {listed(first.ports, 20)}" if first.ports else ""
            at = (
                "its Node's IP (hostNetwork)" if first.host_network else f"Pod IP {plain(first.ip) or 'none'}"
            )
            where = f": {at}{ports}" if len(stack.pods) == 1 else f", each with a Pod IP of its own{ports}"
            lines.append(f"  {sign} {self.names.stack(stack.pods)} ({plain(first.state)}){where}")
            lines += indented(named)
        return lines

    def service_outline(self, service: ServiceAddress) -> list[str]:
        """Return the lines of the outline on one Service."""
        head = f"Service {self.names.of(service)}: {plain(service.type)}"
        if service.type == "ExternalName":
            return [f"{head}, another name for {plain(service.external_name)}; no Cluster IP"]
        ports = listed((port.port for port in service.ports), 20)
        at = (
            "no Cluster IP (headless)"
            if service.cluster_ip == "None"
            else f"Cluster IP {plain(service.cluster_ip)}"
        )
        lines = [f"{head}, {at}, port {ports}"]
        if service.selector:
            lines.append(f"  selects {pairs(service.selector)}: {count(service.pods_total, 'Pod')}")
        node_ports = listed((port.node_port for port in service.ports if port.node_port), 20)
        if node_ports:
            lines.append(f"  node port {node_ports} on every Node IP")
        if service.pending:
            lines.append("  load balancer <pending>: nobody provides one; the node port works all the same")
        elif service.load_balancer:
            lines.append(f"  load balancer {listed(service.load_balancer, 8)}")
        names = [self.names.stack(stack.pods) for stack in self.ends(service)]
        names += [plain(ref) for ref in service.pods if ref not in self.stack_of]
        how = "DNS gives" if service.cluster_ip == "None" else "kube-proxy's rules lead to"
        lines.append(f"  {'✓' if names else '✗'} {how} {listed(names, 12) or 'nobody'}")
        return lines

    def ends(self, service: ServiceAddress) -> list[_Stack]:
        """Return the stacks of Pods that a packet for a Service may reach."""
        found = {self.stack_of[ref].port: self.stack_of[ref] for ref in service.pods if ref in self.stack_of}
        return list(found.values())

    def alt(self) -> str:
        """Return the picture in a few sentences."""
        facts = self.facts
        said = [f"The three IPs of {self.title.partition(': ')[2]}."]
        for at, node in enumerate(facts.nodes[:4]):
            names = [self.names.stack(stack.pods) for stack in self.stacks.get(f"n{at}", ())]
            said.append(f"Node {plain(node.name)} ({plain(node.ip)}) runs {listed(names, 4) or 'no Pod'}.")
        for service in facts.services[:6]:
            if service.type == "ExternalName":
                said.append(
                    f"Service {self.names.of(service)} is another name for {plain(service.external_name)}."
                )
                continue
            names = [self.names.stack(stack.pods) for stack in self.ends(service)]
            names += [plain(ref) for ref in service.pods if ref not in self.stack_of]
            kind = (
                "headless"
                if service.cluster_ip == "None"
                else f"Cluster IP {plain(service.cluster_ip)}, virtual"
            )
            said.append(f"Service {self.names.of(service)} ({kind}) leads to {listed(names, 3) or 'nobody'}.")
        return " ".join(said)
