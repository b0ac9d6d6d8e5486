"""`kubectl top pod`: prints what Pods use."""

from __future__ import annotations

from k8snotes.api.kind import Kind
from k8snotes.api.selector import Selector
from k8snotes.catalogue import _
from k8snotes.errors import SelectorSyntaxError
from k8snotes.facts.top import TopContainer, top_containers
from k8snotes.kubectl.failure import Stopped
from k8snotes.kubectl.flags import Parsed, flag
from k8snotes.kubectl.session import Session
from k8snotes.kubectl.verb import Verb
from k8snotes.kubectl.verbs.top import COMMON, Used, amounts, ask, by_use, check, laid_out

_FLAGS = (
    *COMMON,
    flag("all-namespaces/A", "bool"),
    flag("containers", "bool"),
    flag("sum", "bool"),
)
_LINE = "________"
_METRICS = Kind("PodMetrics", "pods", "metrics.k8s.io")


def pod(session: Session, parsed: Parsed) -> None:
    """Print the CPU and the memory that Pods use: `kubectl top pods -A --sort-by=cpu`.

    Source of the rule: https://kubernetes.io/docs/reference/kubectl/generated/kubectl_top/kubectl_top_pod/
    """
    check(session, parsed)
    everywhere = parsed["all-namespaces"]
    namespace = session.namespace(parsed)
    ask(session, _METRICS, "" if everywhere else namespace, *parsed.words[:1])
    measured = top_containers(
        session.simulation.api, session.simulation.kubelets.usage, None if everywhere else namespace
    )
    chosen = _chosen(session, parsed, measured, namespace)
    if not chosen:
        where = "" if everywhere else f" in {namespace} namespace."
        session.err(f"No resources found{where}\n")
        return
    together = [
        Used(space, name, sum(item.cpu for item in own), sum(item.memory for item in own))
        for (space, name), own in chosen.items()
    ]
    rows = []
    if not parsed["no-headers"]:
        rows.append(
            [
                *(["NAMESPACE"] if everywhere else []),
                *(["POD"] if parsed["containers"] else []),
                "NAME",
                "CPU(cores)",
                "MEMORY(bytes)",
            ]
        )
    for item in by_use(parsed, together):
        head = [item.namespace] if everywhere else []
        if parsed["containers"]:
            own = chosen[item.namespace, item.name]
            rows += [[*head, it.pod, it.container, *amounts(it.cpu, it.memory)] for it in own]
        else:
            rows.append([*head, item.name, *amounts(item.cpu, item.memory)])
    if parsed["sum"]:
        before = ["" for _cell in range(len(rows[0]) - 2)]
        total = amounts(sum(item.cpu for item in together), sum(item.memory for item in together))
        rows += [[*before, _LINE, _LINE], [*before, *total]]
    session.out(laid_out(rows))


def _chosen(
    session: Session, parsed: Parsed, measured: tuple[TopContainer, ...], namespace: str
) -> dict[tuple[str, str], list[TopContainer]]:
    """Return what is measured of the Pods that are meant, by Namespace and name.

    Raises:
        Stopped: there is no such Pod, or the selector is none.
    """
    pods: dict[tuple[str, str], list[TopContainer]] = {}
    for item in measured:
        pods.setdefault((item.namespace, item.pod), []).append(item)
    if parsed.words:
        name = parsed.words[0]
        if (namespace, name) not in pods:
            missing = f'podmetrics.metrics.k8s.io "{namespace}/{name}" not found'
            session.fail(f"Error from server (NotFound): {missing}", head="")
            raise Stopped
        return {(namespace, name): pods[namespace, name]}
    try:
        selector = Selector(parsed.text("selector"))
    except SelectorSyntaxError as error:
        raise Stopped(error.message) from None
    labels = {(pod.namespace, pod.name): pod.labels for pod in session.simulation.api.list("pods")}
    return {key: own for key, own in pods.items() if selector.matches(labels.get(key))}


VERB = Verb(
    pod,
    _("Print the CPU and memory that Pods use."),
    _FLAGS,
    "kubectl top pods",
    takes="pods",
    aliases=("pods", "po"),
)
