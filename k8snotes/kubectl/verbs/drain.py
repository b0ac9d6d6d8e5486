"""`kubectl drain`: cordons Nodes, and evicts what runs there."""

from __future__ import annotations

from k8snotes import actions
from k8snotes.actions import Drain
from k8snotes.api.base import KubeObject
from k8snotes.api.kinds.pod import Pod
from k8snotes.api.wording import quoted
from k8snotes.errors import ApiError
from k8snotes.kubectl.dry_run import dry_run, suffix
from k8snotes.kubectl.failure import Stopped
from k8snotes.kubectl.flags import Parsed, flag
from k8snotes.kubectl.output.go import go_duration
from k8snotes.kubectl.resources import display
from k8snotes.kubectl.session import Session
from k8snotes.kubectl.verb import Verb
from k8snotes.kubectl.verbs.cordon import FLAGS, cordon_nodes, nodes_named

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
_TOO_MANY_REQUESTS = 429  # how the API server answers an eviction that a budget does not allow


def drain(session: Session, parsed: Parsed) -> None:
    """Cordon Nodes and evict what runs there, as long as somebody makes it anew elsewhere.

    Source of the rule: https://kubernetes.io/docs/tasks/administer-cluster/safely-drain-node/
    """
    how = dry_run(session, parsed)
    nodes = nodes_named(session, parsed)
    cordon_nodes(session, nodes, how, wanted=True)
    for node in nodes:
        _drain(session, parsed, node, how)
    if session.failures:
        raise Stopped


def _drain(session: Session, parsed: Parsed, node: KubeObject, how: str) -> None:
    plan = actions.drain_of(session.api, node)
    errors, warnings = _objections(parsed, plan)
    if errors:
        _pending(session, node, "; ".join(errors))
        return
    if warnings:
        session.err(f"Warning: {'; '.join(warnings)}\n")
    for pod in plan.going:
        session.out(f"evicting pod {pod.namespace}/{pod.name}{suffix(how)}\n")
    if not how:
        left = _evict(session, plan.going, f"evicted: {node.ref} is drained")
        if left is not None:
            _give_up(session, parsed, node, left)
            return
        for pod in plan.going:
            session.out(f"{display(pod)} evicted\n")
    session.out(f"{display(node)} drained{suffix(how)}\n")


def _objections(parsed: Parsed, plan: Drain) -> tuple[list[str], list[str]]:
    """Return what speaks against draining a Node with these flags, and what is only to be known."""
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
        reason = "cannot delete cannot delete Pods that declare no controller (use --force to override)"
        errors.append(f"{reason}: {bare}")
    return errors, warnings


def _evict(session: Session, pods: tuple[Pod, ...], why: str) -> Pod | None:
    """Evict Pods, and try again as long as something moves; returns one that a budget keeps, or None."""
    session.wrote = True
    waiting = list(pods)
    while waiting:
        before = session.api.store.revision
        kept = [pod for pod in waiting if not _evicted(session, pod, why)]
        session.wait()
        if kept and session.api.store.revision == before:
            return kept[0]
        waiting = kept
    session.wait()
    return None


def _evicted(session: Session, pod: Pod, why: str) -> bool:
    """Ask for an eviction; False where a budget does not allow it now, which is told."""
    try:
        actions.evict(session.api, pod, why=why)
    except ApiError as error:
        if error.code != _TOO_MANY_REQUESTS:
            raise
        session.err(f"{_evicting(pod)} (will retry after 5s): {error.message}\n")
        return False
    return True


def _evicting(pod: Pod) -> str:
    return f"error when evicting pods/{quoted(pod.name)} -n {quoted(pod.namespace)}"


def _give_up(session: Session, parsed: Parsed, node: KubeObject, pod: Pod) -> None:
    why = "nothing moves any more in this cluster"
    if parsed["timeout"]:
        why = f"global timeout reached: {go_duration(parsed['timeout'])}"
    trouble = f"{_evicting(pod)}: {why}"
    session.err(
        f"There are pending pods in node {quoted(node.name)} when an error occurred: {trouble}\n{display(pod)}\n"
    )
    _pending(session, node, trouble)


def _pending(session: Session, node: KubeObject, trouble: str) -> None:
    """Tell that a Node is not drained, and why."""
    session.err(
        f"error: unable to drain node {quoted(node.name)} due to error: {trouble}, continuing command...\n"
    )
    session.fail(f"There are pending nodes to be drained:\n {node.name}\n{trouble}", head="")


VERB = Verb(drain, _FLAGS, "kubectl drain node-1 --ignore-daemonsets", takes="nodes")
