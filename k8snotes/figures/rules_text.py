"""Tells kube-proxy's rules on a Node in words: an outline, and the lines of iptables-save under it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from k8snotes.facts.node_rules import Act, Entry, NodeRules, PortRules, ServiceChain, as_fraction
from k8snotes.figures.wording import count, listed, plain

__all__ = [
    "affinity",
    "entry_words",
    "from_words",
    "outline",
    "share",
    "step_words",
    "title_of",
    "verdict_words",
    "written",
]

_MOST_LINES = 120  # of iptables-save in the outline; `.iptables_save` has them all
_MOST_ENDS = 8


def title_of(facts: NodeRules) -> str:
    """Return the title: how many Services, on which Node."""
    if facts.service:
        return f"kube-proxy's rules on {plain(facts.node)} for Service {plain(facts.service)}"
    services = count(len({port.service for port in facts.ports}), "Service")
    return f"kube-proxy's rules on {plain(facts.node)}: {services}, {count(facts.size, 'rule')}"


def share(act: Act) -> str:
    """Say the real chance of an endpoint: "1/3", "always"."""
    return as_fraction(act.chance or 0)


def written(act: Act, *, first: bool = False) -> str:
    """Say what the rule itself says: its probability counts what the rules before it left over."""
    if act.written == 1:
        return "the only one" if first else "the rule takes the rest"
    return f"the rule says {act.written:.2f}{'' if first else ' of the rest'}"


def step_words(chain: ServiceChain) -> str:
    """Say in a few words what a chain does."""
    if chain.chosen:
        where = " of this Node" if chain.role.endswith("this Node") else ""
        count_of = len(chain.chosen)
        return f"choose 1 of {count_of}{where}" if count_of > 1 else f"the only endpoint{where}"
    return {"KUBE-EXT": "it came to an outside address", "KUBE-FW-": "who may come in?"}.get(
        chain.name[:8], chain.role
    )


def from_words(act: Act, chain: ServiceChain, pod_range: str, *, brief: bool = False) -> str:
    """Say which packets a rule of a Service's chain acts on: whom they come from; `brief` leaves the range out."""
    if act.kind == "remark":
        return "all others: dropped (KUBE-PROXY-FIREWALL)"
    when = act.when.partition(", to ")[0]
    if pod_range and when.endswith(f"from {pod_range}"):
        turned = when.startswith("not ")
        where = "" if brief else f" ({'not ' if turned else ''}{pod_range})"
        return f"{'from no Pod' if turned else 'from a Pod'}{where}"
    if when == "every packet" and len({item.when for item in chain.acts}) > 1:
        return "all others"
    return plain(when)


def affinity(chain: ServiceChain) -> str:
    """Say how long a chain remembers who was sent where, "" if it does not."""
    seconds = next((act.seconds for act in chain.acts if act.kind == "remember"), None)
    if seconds is None:
        return ""
    return f"first: a sender keeps the endpoint that it had in the last {seconds} s (session affinity)"


def entry_words(entry: Entry, node: str) -> str:
    """Say what leads in, and where it leads."""
    where = (
        f"{entry.address}:{entry.port}"
        if entry.address
        else f"{entry.port} at every address of {plain(node)}"
    )
    others = "all others at " if entry.rest else ""
    return f"{others}{entry.kind} {where} → {entry.target}{f' ({plain(entry.said)})' if entry.said else ''}"


def verdict_words(entry: Entry, port: PortRules, node: str) -> tuple[str, str, str]:
    """Say what becomes of a packet that a rule ends, what the rule says, and why it stands there."""
    if entry.target == "REJECT":
        return "refused at once", entry.said, port.why
    policy = "internalTrafficPolicy" if entry.kind == "Cluster IP" else "externalTrafficPolicy"
    why = f"{policy}: Local lets {node} use its own Pods alone, and none of them serves"
    return "the sender hears nothing", entry.said, why


def outline(facts: NodeRules, stacks: Sequence[Sequence[PortRules]]) -> str:
    """Return the outline: match, choose, rewrite for each Service, then the rules as iptables-save prints them."""
    lines = [title_of(facts), "Only rules, no program: match, then choose, then rewrite the destination."]
    for stack in stacks:
        lines += _told(facts, stack)
    lines += [f"Service {plain(name)}: {plain(why)}" for name, why in facts.without]
    lines.append(
        "Marked for masquerade: on the way out the source becomes the Node's address (KUBE-POSTROUTING)."
    )
    rules, left = facts.lines, ""
    if len(rules) > _MOST_LINES:
        # the rules of those that were told; what is left out stands in .iptables_save
        rules = facts.lines_of({stack[0].service for stack in stacks})[:_MOST_LINES]
        left = f"… of {len(facts.lines):,} lines: .lines has them, and .iptables_save all of this Node"
    if not rules:
        return "\n".join(lines)
    return "\n".join([*lines, "", "As iptables-save prints it:", *rules, *([left] if left else [])])


def _told(facts: NodeRules, stack: Sequence[PortRules]) -> Iterator[str]:
    port = stack[0]
    name = f", port {plain(port.port)}" if port.port else ""
    more = f" and {len(stack) - 1} more like it" if len(stack) > 1 else ""
    yield f"Service {plain(port.service)}{name} ({port.protocol}){more}"
    if more:
        yield f"  also {listed((item.service for item in stack[1:]), 12)}"
    for entry in port.entries:
        yield f"  {'✗' if entry.refused else '·'} match    {entry_words(entry, facts.node)}"
        if entry.refused:
            last, _, why = verdict_words(entry, port, facts.node)
            yield f"      {last}: {plain(why)}"
    for chain in port.chains:
        if not chain.address:
            yield from _chain(chain, {end.name: end for end in port.endpoints}, facts.pod_range)


def _chain(chain: ServiceChain, ends: dict[str, ServiceChain], pod_range: str) -> Iterator[str]:
    yield f"  · {chain.name}: {step_words(chain)}"
    if remembered := affinity(chain):
        yield f"      {remembered}"
    for act in chain.acts:
        when = from_words(act, chain, pod_range)
        if act.kind == "mark":
            yield f"      {when}: marked for masquerade"
        elif act.kind == "go on":
            yield f"      {when}: → {act.target}"
        elif act.kind == "remark":
            yield f"      {when}"
    chosen = chain.chosen
    for act in chosen[:_MOST_ENDS]:
        end = ends[act.target]
        on = f" on {plain(end.node)}" if end.node else ""
        whose = f" ({plain(end.whose)}{on})" if end.whose else ""
        yield f"      choose   {share(act)} ({written(act, first=act is chosen[0])}): {act.target}"
        yield f"      rewrite    the destination becomes {end.address}{whose}"
    if len(chosen) > _MOST_ENDS:
        yield f"      … and {len(chosen) - _MOST_ENDS} more endpoints, each {share(chosen[-1])}"
