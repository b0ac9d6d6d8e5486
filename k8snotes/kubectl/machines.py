"""Nodes: cordon, uncordon, drain, taint."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from k8snotes.api.base import KubeObject, Manifest, mappings, text
from k8snotes.api.go_text import quoted
from k8snotes.api.kinds.pod import Pod
from k8snotes.api.names import label_key, label_value
from k8snotes.errors import ApiError
from k8snotes.kubectl.asked import display, find, lookup, resource_named
from k8snotes.kubectl.dry_run import DRY_RUN, answer, dry_run, edited, suffix
from k8snotes.kubectl.flags import Parsed, flag
from k8snotes.kubectl.printing import OUTPUT
from k8snotes.kubectl.session import Session
from k8snotes.kubectl.trouble import Stopped, api_trouble, error_text
from k8snotes.node.static_pods import is_mirror

__all__ = ["CORDON_FLAGS", "DRAIN_FLAGS", "TAINT_FLAGS", "cordon", "drain", "taint", "uncordon"]

CORDON_FLAGS = (*DRY_RUN, flag("selector/l"))
DRAIN_FLAGS = (
    *CORDON_FLAGS,
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
TAINT_FLAGS = (*DRY_RUN, *OUTPUT, flag("selector/l"), flag("all", "bool"), flag("overwrite", "bool"))
_EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")


def cordon(session: Session, parsed: Parsed) -> None:
    """Keep new Pods away from Nodes."""
    how = dry_run(session, parsed)
    for node in _nodes(session, parsed, "cordon"):
        _cordon(session, node, how, wanted=True)


def uncordon(session: Session, parsed: Parsed) -> None:
    """Let new Pods come to Nodes again."""
    how = dry_run(session, parsed)
    for node in _nodes(session, parsed, "uncordon"):
        _cordon(session, node, how, wanted=False)


def _nodes(session: Session, parsed: Parsed, verb: str) -> list[KubeObject]:
    if not parsed.words and not parsed["selector"]:
        raise Stopped(
            error_text(f"USAGE: {verb} NODE [flags]\nSee 'kubectl {verb} -h' for help and examples")
        )
    if parsed.words and parsed["selector"]:
        raise Stopped(error_text("error: cannot specify both a node name and a --selector option"))
    words = [word if "/" in word else f"node/{word}" for word in parsed.words]
    asked = lookup(session, words or ["nodes"])
    return find(session, parsed, asked) if not parsed.words else _all_of(session, parsed, words)


def _all_of(session: Session, parsed: Parsed, words: Sequence[str]) -> list[KubeObject]:
    """Return all Nodes that are named; nothing is done where one is missing."""
    found = find(session, parsed, lookup(session, words))
    if session.failed:
        raise Stopped
    return found


def _cordon(session: Session, node: KubeObject, how: str, *, wanted: bool) -> None:
    word = "cordoned" if wanted else "uncordoned"
    if (node.spec.get("unschedulable") is True) == wanted:
        session.out(f"{display(node)} already {word}{suffix(how)}\n")
        return

    def edit(manifest: Manifest) -> None:
        manifest.setdefault("spec", {}).pop("unschedulable", None)
        if wanted:
            manifest["spec"]["unschedulable"] = True

    verb = "cordon" if wanted else "uncordon"
    with session.asking():
        edited(session, how, node, edit, verb=verb)
    session.out(f"{display(node)} {word}{suffix(how)}\n")


# ---- drain


def drain(session: Session, parsed: Parsed) -> None:
    """Cordon Nodes and evict what runs there, as long as somebody makes it anew elsewhere.

    Source of the rule: https://kubernetes.io/docs/tasks/administer-cluster/safely-drain-node/
    """
    how = dry_run(session, parsed)
    nodes = _nodes(session, parsed, "drain")
    for node in nodes:
        _cordon(session, node, how, wanted=True)
    waiting = list(nodes)
    for node in nodes:
        if _drain(session, parsed, node, how):
            waiting.remove(node)
    if waiting:
        raise Stopped


def _drain(session: Session, parsed: Parsed, node: KubeObject, how: str) -> bool:
    pods = [
        pod
        for pod in session.api.list("pods")
        if isinstance(pod, Pod) and pod.node_name == node.name and not is_mirror(pod)
    ]
    going, errors, warnings = _sorted_out(parsed, pods)
    if errors:
        trouble = "; ".join(errors)
        session.err(
            error_text(
                f"unable to drain node {quoted(node.name)} due to error: {trouble}, continuing command..."
            )
        )
        session.fail(f"There are pending nodes to be drained:\n {node.name}\n{trouble}\n")
        return False
    if warnings:
        session.err(f"Warning: {'; '.join(warnings)}\n")
    for pod in going:
        session.out(f"evicting pod {pod.namespace}/{pod.name}{suffix(how)}\n")
    if not how:
        for pod in going:
            session.api.delete(pod, by="kubectl", why=f"evicted: {node.ref} is drained")
        session.wait()
        for pod in going:
            session.out(f"{display(pod)} evicted\n")
    session.out(f"{display(node)} drained{suffix(how)}\n")
    return True


def _sorted_out(parsed: Parsed, pods: Sequence[Pod]) -> tuple[list[Pod], list[str], list[str]]:
    """Return the Pods that may go, what speaks against it, and what is to be known."""
    going: list[Pod] = []
    daemons, bare, local = [], [], []
    for pod in pods:
        name = f"{pod.namespace}/{pod.name}"
        if pod.ended:
            going.append(pod)
            continue
        owner = pod.owner
        if owner is not None and owner.get("kind") == "DaemonSet":
            daemons.append(name)
            continue
        if any("emptyDir" in volume for volume in mappings(pod.spec.get("volumes"))):
            local.append(name)
        if owner is None:
            bare.append(name)
        going.append(pod)
    errors, warnings = [], []
    if daemons:
        said = ", ".join(daemons)
        if parsed["ignore-daemonsets"]:
            warnings.append(f"ignoring DaemonSet-managed Pods: {said}")
        else:
            errors.append(f"cannot delete DaemonSet-managed Pods (use --ignore-daemonsets to ignore): {said}")
    if local and not parsed["delete-emptydir-data"]:
        said = ", ".join(local)
        errors.append(
            f"cannot delete Pods with local storage (use --delete-emptydir-data to override): {said}"
        )
    if bare:
        said = ", ".join(bare)
        if parsed["force"]:
            warnings.append(f"deleting Pods that declare no controller: {said}")
        else:
            reason = "cannot delete cannot delete Pods that declare no controller (use --force to override)"
            errors.append(f"{reason}: {said}")
    return going, errors, warnings


# ---- taint


def taint(session: Session, parsed: Parsed) -> None:
    """Set and remove taints: `kubectl taint node node-1 gpu=yes:NoSchedule`."""
    how = dry_run(session, parsed)
    changes = [word for word in parsed.words if "=" in word or word.endswith("-") or ":" in word]
    words = [word for word in parsed.words if word not in changes]
    if not words:
        raise Stopped(error_text("one or more resources must be specified as <resource> <name>"))
    if not changes:
        raise Stopped(error_text("at least one taint update is required"))
    wanted, gone = _read_taints(changes)
    kinds = words[0].split("/")[0] if words else ""
    if words and resource_named(session, kinds).plural != "nodes":
        message = f"invalid resource type {kinds}, only node types are supported"
        raise Stopped(error_text(message))
    asked = lookup(session, words or ["nodes"])
    if asked.lists and not parsed["all"] and not parsed["selector"]:
        raise Stopped(
            error_text("at least one resource name must be specified since 'all' parameter is not set")
        )
    for node in find(session, parsed, asked):
        _taint(session, parsed, node, wanted, gone, how=how)


def _read_taints(changes: Sequence[str]) -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    usage = "\nSee 'kubectl taint -h' for help and examples"
    wanted: list[dict[str, str]] = []
    gone: list[dict[str, str]] = []
    for change in changes:
        removed = change.endswith("-")
        body, colon, effect = change.removesuffix("-").partition(":")
        key, _, value = body.partition("=")
        if not removed and (not colon or ":" in effect):
            wrong = label_key(body)
            problem = f"name part must consist of{wrong[0].partition('must consist of')[2]}" if wrong else ""
            problem = problem.partition(" with an optional")[0] or "a taint is KEY=VALUE:EFFECT"
            raise Stopped(error_text(f"invalid taint spec: {change}, {problem}{usage}"))
        if effect and effect not in _EFFECTS:
            raise Stopped(error_text(f"invalid taint effect: {effect}, unsupported taint effect{usage}"))
        wrong = label_key(key) or label_value(value)
        if wrong:
            raise Stopped(error_text(f"invalid taint spec: {change}, {'; '.join(wrong)}{usage}"))
        entry = {"key": key, "effect": effect, **({"value": value} if value else {})}
        (gone if removed else wanted).append(entry)
    return wanted, gone


def _taint(
    session: Session,
    parsed: Parsed,
    node: KubeObject,
    wanted: Sequence[dict[str, str]],
    gone: Sequence[dict[str, str]],
    *,
    how: str,
) -> None:
    old = mappings(node.spec.get("taints"))
    places = {(item["key"], item["effect"]) for item in wanted}
    if not parsed["overwrite"] and any((item.get("key"), item.get("effect")) in places for item in old):
        message = f"node {node.name} already has a taint(s) with same effect(s) and --overwrite is false"
        session.fail(error_text(message))
        return
    kept = [item for item in old if not any(_is_meant(item, other) for other in gone)]
    for entry in gone:
        if not any(_is_meant(item, entry) for item in old):
            said = entry["key"] + (f":{entry['effect']}" if entry["effect"] else "")
            session.fail(error_text(f"taint {quoted(said)} not found"))
            return
    new: list[Any] = [
        *wanted,
        *(item for item in kept if (item.get("key"), item.get("effect")) not in places),
    ]

    def edit(manifest: Manifest) -> None:
        manifest.setdefault("spec", {}).pop("taints", None)
        if new:
            manifest["spec"]["taints"] = new

    replaced = any((item.get("key"), item.get("effect")) in places for item in old)
    word = "modified" if replaced or (wanted and gone) else "tainted" if wanted else "untainted"
    why = ", ".join(text(item["key"]) for item in (*wanted, *gone))
    try:
        done = edited(session, how, node, edit, verb="taint", why=why)
    except ApiError as error:
        session.fail(api_trouble(error))
        return
    answer(session, parsed, done, word, how)


def _is_meant(item: dict[str, Any], entry: dict[str, str]) -> bool:
    return item.get("key") == entry["key"] and entry["effect"] in ("", item.get("effect"))
