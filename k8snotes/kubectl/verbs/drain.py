"""`kubectl drain`: cordons Nodes, and evicts what runs there."""

from __future__ import annotations

from k8snotes import actions
from k8snotes.actions import Drain
from k8snotes.api.base import KubeObject
from k8snotes.api.go_text import quoted
from k8snotes.api.kinds.pod import Pod
from k8snotes.api.selector import Selector
from k8snotes.catalogue import _
from k8snotes.control_plane.changes import Why
from k8snotes.errors import ApiError, SelectorSyntaxError
from k8snotes.kubectl.dry_run import dry_run, suffix
from k8snotes.kubectl.failure import Stopped
from k8snotes.kubectl.flags import Parsed, flag
from k8snotes.kubectl.output.go import go_duration
from k8snotes.kubectl.resources import display
from k8snotes.kubectl.session import Session
from k8snotes.kubectl.verb import Verb
from k8snotes.kubectl.verbs.cordon import FLAGS, cordon_nodes, nodes_named

_TOO_MANY_REQUESTS = 429
_FLAGS = (
    *FLAGS,
    flag("force", "bool"),
    flag("ignore-daemonsets", "bool"),
    flag("delete-emptydir-data", "bool"),
    flag("grace-period", "int", -1),
    flag("timeout", "duration", 0.0),
    flag("pod-selector"),
    flag("disable-eviction", "bool"),
    flag("skip-wait-for-delete-timeout", "int", 0),
    flag("chunk-size", "int", 500),
)


def drain(session: Session, parsed: Parsed) -> None:
    """Cordon Nodes and evict their Pods, for which controllers create replacements on other Nodes.

    A PodDisruptionBudget may refuse an eviction, which is then tried again as long as other Pods are replaced. If a
    Pod stays, the Node is not drained, but remains cordoned: kubectl would go on, and here it ends and says so.

    Source of the rule: https://kubernetes.io/docs/tasks/administer-cluster/safely-drain-node/
    """
    how = dry_run(session, parsed)
    only = _pod_selector(parsed)
    nodes = nodes_named(session, parsed)
    cordon_nodes(session, nodes, how, wanted=True)
    for node in nodes:
        _drain(session, parsed, node, how, only)
    if session.failures:
        raise Stopped


def _pod_selector(parsed: Parsed) -> Selector | None:
    """Return which Pods alone are to leave, None for all."""
    if not parsed["pod-selector"]:
        return None
    try:
        return Selector(parsed["pod-selector"])
    except SelectorSyntaxError:
        raise Stopped("--pod-selector=<pod_selector> must be a valid label selector") from None


def _drain(session: Session, parsed: Parsed, node: KubeObject, how: str, only: Selector | None) -> None:
    try:
        plan = actions.drain_of(session.api, node)
    except ApiError as error:  # Pods may not be listed
        _pending(session, node, error.message)
        return
    if only is not None:
        plan = Drain(*(tuple(pod for pod in pods if only.matches(pod.labels)) for pods in plan))
    errors, warnings = _objections(parsed, plan)
    if errors:
        _pending(session, node, "; ".join(errors))
        return
    if warnings:
        session.err(f"Warning: {'; '.join(warnings)}\n")
    session.show(plan.going, "drain")
    if parsed["disable-eviction"]:
        if not how:
            _delete(session, parsed, node, plan)
        session.out(f"{display(node)} drained{suffix(how)}\n")
        return
    for pod in plan.going:
        session.out(f"evicting pod {pod.namespace}/{pod.name}{suffix(how)}\n")
    if not how:
        left = _evict(session, parsed, node, plan)
        if left:
            _give_up(session, parsed, node, left)
            return
    session.out(f"{display(node)} drained{suffix(how)}\n")


def _evict(session: Session, parsed: Parsed, node: KubeObject, plan: Drain) -> list[tuple[Pod, ApiError]]:
    """Evict the Pods of a Node, and report each; returns the Pods whose eviction is refused."""

    def refused(pod: Pod, error: ApiError) -> None:
        if _is_tried_again(error):
            session.err(f"{_evicting(pod)} (will retry after 5s): {error.message}\n")

    session.wrote = True
    why = Why(_("evicted, because {node} is drained", node=node.ref), node)
    grace = _grace(parsed)
    left = actions.evict(
        session.simulation, plan.going, why=why, grace=grace, client=session.api, on_refusal=refused
    )
    session.wait()
    kept = [pod for pod, _error in left]
    for pod in plan.going:
        if pod not in kept:
            session.out(f"{display(pod)} evicted\n")
    return left


def _delete(session: Session, parsed: Parsed, node: KubeObject, plan: Drain) -> None:
    """Delete the Pods of a Node, and report each: the Eviction API is not asked, so no budget refuses.

    Source of the rule: `deletePods` of k8s.io/kubectl/pkg/drain
    """
    session.wrote = True
    why = Why(_("deleted, because {node} is drained without the Eviction API", node=node.ref), node)
    for pod in plan.going:
        session.api.delete(pod, by="kubectl", grace=_grace(parsed), why=why)
    session.wait()
    for pod in plan.going:
        session.out(f"{display(pod)} deleted\n")


def _grace(parsed: Parsed) -> int | None:
    """Return how many seconds each Pod is given to stop, None for as long as it asks for itself."""
    given = int(parsed["grace-period"])
    return given if given >= 0 else None


def _objections(parsed: Parsed, plan: Drain) -> tuple[list[str], list[str]]:
    """Return the errors that prevent draining a Node with these flags, and the warnings."""
    errors, warnings = [], []
    daemons, local, bare = (
        ", ".join(f"{pod.namespace}/{pod.name}" for pod in pods)
        for pods in (plan.daemons, plan.local, plan.bare)
    )
    if daemons and parsed["ignore-daemonsets"]:
        warnings.append(f"ignoring DaemonSet-managed Pods: {daemons}")
    elif daemons:
        errors.append(f"cannot delete DaemonSet-managed Pods (use --ignore-daemonsets to ignore): {daemons}")
    if local and not parsed["delete-emptydir-data"]:
        errors.append(
            f"cannot delete Pods with local storage (use --delete-emptydir-data to override): {local}"
        )
    if bare and parsed["force"]:
        warnings.append(f"deleting Pods that declare no controller: {bare}")
    elif bare:
        reason = "cannot delete Pods that declare no controller (use --force to override)"
        errors.append(f"{reason}: {bare}")
    return errors, warnings


def _evicting(pod: Pod) -> str:
    return f"error when evicting pods/{quoted(pod.name)} -n {quoted(pod.namespace)}"


def _is_tried_again(refusal: ApiError) -> bool:
    return refusal.code == _TOO_MANY_REQUESTS


def _give_up(session: Session, parsed: Parsed, node: KubeObject, left: list[tuple[Pod, ApiError]]) -> None:
    """Report which Pods stay, and that no further attempt would succeed."""
    tried_again = [error for _pod, error in left if _is_tried_again(error)]
    if tried_again and not parsed["timeout"]:
        session.failures += 1
        session.say(
            _(
                "kubectl would try again every 5 seconds and never end. {reason}, and nothing here changes that. "
                "{node} stays cordoned.",
                reason=tried_again[0].causes[0].message,
                node=node.ref,
            )
        )
        return
    late = f"global timeout reached: {go_duration(parsed['timeout'])}"
    errors = [f"{_evicting(pod)}: {late if _is_tried_again(error) else error.message}" for pod, error in left]
    trouble = errors[0] if len(errors) == 1 else f"[{', '.join(errors)}]"
    pods = "".join(f"{display(pod)}\n" for pod, _error in left)
    session.err(
        f"There are pending pods in node {quoted(node.name)} when an error occurred: {trouble}\n{pods}"
    )
    _pending(session, node, trouble)


def _pending(session: Session, node: KubeObject, trouble: str) -> None:
    """Report that a Node is not drained, and why."""
    session.err(
        f"error: unable to drain node {quoted(node.name)} due to error: {trouble}, continuing command...\n"
    )
    session.fail(f"There are pending nodes to be drained:\n {node.name}\n{trouble}", head="")


VERB = Verb(
    drain,
    _("Cordon Nodes and evict their Pods."),
    _FLAGS,
    "kubectl drain node-1 --ignore-daemonsets",
    takes="nodes",
)
