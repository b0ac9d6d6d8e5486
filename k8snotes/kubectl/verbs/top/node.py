"""`kubectl top node`: prints what the Pods on Nodes use."""

from __future__ import annotations

from k8snotes.api.kind import Kind
from k8snotes.api.selector import Selector
from k8snotes.catalogue import _
from k8snotes.errors import SelectorSyntaxError
from k8snotes.facts.top import top_nodes
from k8snotes.kubectl.failure import Stopped
from k8snotes.kubectl.flags import Parsed
from k8snotes.kubectl.session import Session
from k8snotes.kubectl.verb import Verb
from k8snotes.kubectl.verbs.top import COMMON, Used, amounts, ask, by_use, check, laid_out

_COLUMNS = ["NAME", "CPU(cores)", "CPU(%)", "MEMORY(bytes)", "MEMORY(%)"]

_METRICS = Kind("NodeMetrics", "nodes", "metrics.k8s.io", namespaced=False)


def node(session: Session, parsed: Parsed) -> None:
    """Print the CPU and the memory that the Pods on Nodes use: `kubectl top nodes`.

    What the Node's own programs use is not known here.

    Source of the rule: https://kubernetes.io/docs/reference/kubectl/generated/kubectl_top/kubectl_top_node/
    """
    check(session, parsed)
    name = parsed.words[0] if parsed.words else ""
    ask(session, _METRICS, "", name)
    api = session.simulation.api
    measured = {item.name: item for item in top_nodes(api, session.simulation.kubelets.usage)}
    if name:
        if name not in measured:
            missing = f'nodemetrics.metrics.k8s.io "{name}" not found'
            session.fail(f"Error from server (NotFound): {missing}", head="")
            raise Stopped
        measured = {name: measured[name]}
    try:
        selector = Selector(parsed.text("selector"))
    except SelectorSyntaxError as error:
        raise Stopped(error.message) from None
    labels = {item.name: item.labels for item in api.list("nodes")}
    used = [
        Used("", item.name, item.cpu, item.memory)
        for item in measured.values()
        if selector.matches(labels.get(item.name))
    ]
    if not used:
        raise Stopped("metrics not available yet")
    rows = [] if parsed["no-headers"] else [_COLUMNS]
    for item in by_use(parsed, used):
        there = measured[item.name]
        cpu, memory = amounts(item.cpu, item.memory)
        rows.append([item.name, cpu, f"{there.cpu_percent}%", memory, f"{there.memory_percent}%"])
    session.out(laid_out(rows))


VERB = Verb(
    node,
    _("Print the CPU and memory that the Pods on Nodes use."),
    COMMON,
    "kubectl top nodes",
    takes="nodes",
    aliases=("nodes", "no"),
)
