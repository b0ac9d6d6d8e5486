"""A play: a cluster step by step, what a step says, which steps only report, and a place for each Pod in all of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from k8snotes.api.registry import find_resource
from k8snotes.catalogue import Text, _, named, ngettext
from k8snotes.control_plane.changes import component
from k8snotes.facts.architecture import Architecture, RunningPod
from k8snotes.facts.timeline import Entry, does, several

__all__ = [
    "Clause",
    "Stage",
    "clauses_of",
    "group_of",
    "object_words",
    "only_reports",
    "says_nothing",
    "slots_of",
    "stage_of",
]

_REPORTS = ("status", "renew")  # verbs of the log that write what is, and change nothing that is wanted
_MOST_NAMES = 3


class Clause(NamedTuple):
    """What one component did in a step, in a sentence.

    Args:
        who: the component, as a reader reads it.
        words: the sentence.
    """

    who: str
    words: Text


class Stage(NamedTuple):
    """What all pictures of a play have in common, so that nothing moves from one to the next.

    Args:
        nodes: the Nodes of all steps, in order.
        slots: by Node ("" for those without one), the slot of each Pod; a slot is free again when its Pod is gone.
        groups: the same for the Pods of one workload together, by `group_of` a Pod.
        controllers: the controllers that act, in the order in which they first do.
        troubles: how many workloads have a problem at most.
    """

    nodes: tuple[str, ...]
    slots: Mapping[str, Mapping[str, int]]
    groups: Mapping[str, Mapping[str, int]]
    controllers: tuple[str, ...]
    troubles: int = 0


def only_reports(before: Architecture, after: Architecture) -> bool:
    """Whether in a step components have only reported a status, and nothing that a reader sees has changed.

    Args:
        before: what ran where before the step.
        after: what runs where after it; its `acts` are the changes of the step.

    >>> import k8snotes as kn
    >>> c = kn.Cluster(nodes=1)
    >>> facts = c.architecture().facts
    >>> only_reports(facts, facts._replace(acts=(Entry(1, 0, "kubelet on node-1", "status", "node/node-1"),)))
    True
    """
    # Events are stored with a report, but they are not what it is about
    return all(map(says_nothing, after.acts)) and (
        before._replace(acts=(), stored=()) == after._replace(acts=(), stored=())
    )


def says_nothing(entry: Entry) -> bool:
    """Whether a change is a report without a reason, such as a heartbeat."""
    return entry.verb in _REPORTS and not entry.why


def clauses_of(entries: Sequence[Entry], on: Mapping[str, str] | None = None) -> tuple[Clause, ...]:
    """Return what was done in a step, as sentences: one for what was done alike, without reports that say nothing.

    Args:
        entries: the changes of the step.
        on: by the reference of a Pod, the Node that it is on after the step.

    >>> scheduled = Entry(1, 0, "kube-scheduler", "bind", "pod/web", "1 of 1 Node fits, and node-1 is best")
    >>> clauses_of([scheduled], {"pod/web": "node-1"})[0].words
    'kube-scheduler binds Pod web to node-1: 1 of 1 Node fits, and node-1 is best'
    """
    telling = [entry for entry in entries if not says_nothing(entry)] or list(entries)
    groups: dict[object, list[Entry]] = {}
    for entry in telling:
        why = "" if entry.verb == "bind" else entry.why
        groups.setdefault((entry.who.partition(" on ")[0], entry.verb, entry.kind, why), []).append(entry)
    return tuple(_clause(group, on or {}) for group in groups.values())


def object_words(refs: Sequence[str]) -> str:
    """Return objects of one kind by their kind and names.

    >>> object_words(["pod/a"]), object_words(["pod/a", "shop/pod/b"]), object_words([f"pod/{n}" for n in range(6)])
    ('Pod a', 'Pods a, shop/b', 'Pods 0, 1, 2 and 3 more')
    """
    parts = [ref.split("/") for ref in refs]
    found = find_resource(parts[0][-2]) if len(parts[0]) > 1 else None
    kind = found.kind if found is not None else parts[0][0]
    names = ["/".join([*item[:-2], item[-1]]) for item in parts]
    if len(names) > _MOST_NAMES + 1:
        more = len(names) - _MOST_NAMES
        shown = named(names[:_MOST_NAMES])
        listed: str = ngettext("{items} and {n} more", "{items} and {n} more", more, items=shown)
    else:
        listed = named(names)
    return f"{kind if len(names) == 1 else several(kind)} {listed}"


def stage_of(moments: Sequence[Architecture]) -> Stage:
    """Return what the pictures of a play have in common.

    A Pod that comes takes the first free slot of its Node and keeps it for as long as it is there.

    Args:
        moments: what runs where, step by step.

    >>> import k8snotes as kn
    >>> stage = stage_of([kn.load("guestbook").architecture().facts])
    >>> len(stage.slots["node-1"]), stage.slots["node-1"]["pod/backup"], stage.groups["node-1"]["Deployment/cache"]
    (3, 0, 1)
    """
    controllers: dict[str, None] = {}
    for moment in moments:
        known = set(moment.controllers)
        controllers |= dict.fromkeys(who for who in moment.acting if who in known)
    where = [{"": moment.waiting, **{node.name: node.pods for node in moment.nodes}} for moment in moments]
    slots, groups = (
        slots_of([{node: [name(pod) for pod in pods] for node, pods in there.items()} for there in where])
        for name in (lambda pod: pod.ref, group_of)
    )
    troubles = max((len(moment.troubles) for moment in moments), default=0)
    return Stage(tuple(node for node in slots if node), slots, groups, tuple(controllers), troubles)


def slots_of(moments: Sequence[Mapping[str, Sequence[str]]]) -> dict[str, dict[str, int]]:
    """Return, by Node, a slot for each name, the same in all moments.

    A slot is taken by the first name that comes after all others in it are gone for good.

    Args:
        moments: moment by moment, the names that are on each Node.

    >>> slots_of([{"n": ["a", "b"]}, {"n": ["b"]}, {"n": ["b", "c"]}])
    {'n': {'a': 0, 'b': 1, 'c': 0}}
    """
    stays: dict[str, dict[str, tuple[int, int]]] = {}
    for number, there in enumerate(moments):
        for node, names in there.items():
            own = stays.setdefault(node, {})
            own |= {name: (own.get(name, (number,))[0], number) for name in names}
    return {node: _slots(own) for node, own in stays.items()}


def group_of(pod: RunningPod) -> str:
    """Return what Pods of one workload have in common: its name, with the namespace; of a Pod without one its own.

    Args:
        pod: the Pod.
    """
    own = pod.workload or pod.ref
    return own if pod.namespace in ("", "default") or not pod.workload else f"{pod.namespace}/{own}"


def _slots(stays: Mapping[str, tuple[int, int]]) -> dict[str, int]:
    """Return a slot for each Pod: the first whose Pods are all gone, for good, before it comes."""
    until: list[int] = []  # by slot, the last moment of its last Pod
    slots = {}
    for ref, (first, last) in stays.items():
        slot = next((number for number, end in enumerate(until) if end < first), len(until))
        until[slot : slot + 1] = [last]
        slots[ref] = slot
    return slots


def _clause(group: Sequence[Entry], on: Mapping[str, str]) -> Clause:
    first = group[0]
    who = component(first.who)
    name, nodes = first.who.partition(" on ")[0], sorted({entry.who.partition(" on ")[2] for entry in group})
    if len(nodes) > _MOST_NAMES:
        who = ngettext("{component} on {n} Node", "{component} on {n} Nodes", len(nodes), component=name)
    elif len(nodes) > 1:
        who = _("{component} on {node}", component=name, node=named(nodes))
    if first.verb == "bind":
        what = _bound(group, on)
        why = first.why if len(group) == 1 else ""
    else:
        what, why = object_words([entry.ref for entry in group]), first.why
    sentence = does(who, first.verb, what)
    return Clause(who, _("{sentence}: {why}", sentence=sentence, why=why) if why else sentence)


def _bound(group: Sequence[Entry], on: Mapping[str, str]) -> str:
    """Return Pods with the Nodes that they are bound to: those of one Node together."""
    by_node: dict[str, list[str]] = {}
    for entry in group:
        by_node.setdefault(on.get(entry.ref, ""), []).append(entry.ref)
    shown = [
        _("{pods} to {node}", pods=object_words(refs), node=node) if node else object_words(refs)
        for node, refs in by_node.items()
    ]
    if len(shown) > _MOST_NAMES + 1:
        more = len(shown) - _MOST_NAMES
        items = named(shown[:_MOST_NAMES])
        return ngettext("{items} and {n} more", "{items} and {n} more", more, items=items)
    return named(shown)
