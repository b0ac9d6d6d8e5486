"""The card of a cluster: its Nodes, its workloads, how its Pods are (faults first), its Services."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from k8snotes.api.base import mapping, text
from k8snotes.api.furniture import is_furniture
from k8snotes.api.kinds.node import Node
from k8snotes.api.kinds.pod import Pod
from k8snotes.api.kinds.service import Service
from k8snotes.catalogue import _, named, ngettext
from k8snotes.control_plane.apiserver import ApiServer
from k8snotes.control_plane.naming import timestamp
from k8snotes.facts.card import Asked, Body, Card, Fact, Piece, codes, fact
from k8snotes.facts.cards.pod import role_of
from k8snotes.facts.columns.cells import age
from k8snotes.facts.pod_status import pod_status
from k8snotes.facts.states import node_state, state_of
from k8snotes.facts.timeline import counted
from k8snotes.facts.troubles import troubles
from k8snotes.facts.workloads import workload_kinds
from k8snotes.network.endpoints import EndpointIndex

__all__ = ["cluster_card"]

_SERVICES = 8
_NOTES = 4
_FAULTS = 3
_NAMED = 6


def cluster_card(asked: Asked, notes: Sequence[str] = ()) -> Card:
    """Return the card of a cluster.

    Args:
        asked: the cluster; its `ref` is not used.
        notes: what there is to say of it beside what it holds, a line each.

    >>> import k8snotes as kn
    >>> card = cluster_card(Asked(kn.load("guestbook").api, "c", ""))
    >>> [(item.name, " ".join(piece.text for piece in item.pieces)) for item in card.body.facts][1:3]
    [('Workloads', '3 Deployments, 1 StatefulSet, 2 single Pods'), ('Pods', '9 ready')]
    """
    api = asked.api
    nodes = [item for item in api.list("nodes") if isinstance(item, Node)]
    pods = [item for item in api.list("pods") if isinstance(item, Pod)]
    services = [item for item in api.list("services") if isinstance(item, Service)]
    faults = [fact(_("fault"), Piece(item.words, "fault")) for item in troubles(api)[:_FAULTS]]
    told = [Fact("", (Piece(line, "muted"),)) for line in notes[:_NOTES]]
    more = len(notes) - _NOTES
    if more > 0:
        told.append(Fact("", (Piece(ngettext("and {n} more", "and {n} more", more), "muted"),)))
    facts = (*faults, _nodes(nodes), _workloads(api), _pods(pods), _services(services, asked), *told)
    version = next((text(mapping(node.status.get("nodeInfo")).get("kubeletVersion")) for node in nodes), "")
    kubernetes = [_("Kubernetes {version}", version=version)] if version else []
    if asked.snapshot:
        title, about = _("Snapshot of a cluster"), [*kubernetes, _("a dump, which cannot be changed")]
    else:
        old = _("{age} old", age=age(timestamp(0), api.timestamp))
        title, about = _("Cluster"), [*kubernetes, _("simulated"), old]
    return Card(title, tuple(about), Body(facts, tries=_tries(asked, pods, services)))


def _nodes(nodes: Sequence[Node]) -> Fact:
    bad = [node for node in nodes if node_state(node) != "Ready"]
    good = [node for node in nodes if node_state(node) == "Ready"]
    pieces = [
        Piece(f"{node.name} {node_state(node)}", "waiting" if node.ready else "fault")
        for node in bad[:_FAULTS]
    ]
    if len(bad) > _FAULTS:
        pieces.append(Piece(ngettext("and {n} more", "and {n} more", len(bad) - _FAULTS), "muted"))
    if good:
        pieces += [
            Piece(_("{n} Ready", n=len(good)), "pod"),
            Piece(_listed([node.name for node in good]), "muted"),
        ]
    return fact(_("Nodes"), *(pieces or [Piece(_("none"), "muted")]))


def _listed(names: list[str]) -> str:
    """Return the first names in a row, and how many more there are."""
    row, more = named(names[:_NAMED]), len(names) - _NAMED
    return ngettext("{items} and {n} more", "{items} and {n} more", more, items=row) if more > 0 else row


def _workloads(api: ApiServer) -> Fact:
    words = []
    for kind in workload_kinds():
        count = sum(obj.owner is None for obj in api.list(kind.qualified))
        if count:
            words.append(counted(count, kind.kind))
    single = sum(pod.owner is None for pod in api.list("pods"))
    if single:
        words.append(ngettext("{n} single Pod", "{n} single Pods", single))
    return fact(_("Workloads"), named(words) if words else Piece(_("none"), "muted"))


def _pods(pods: Sequence[Pod]) -> Fact:
    """Count the Pods by how they are: those with a fault first, those that are ready last."""
    ready = sum(state_of(pod) == "ready" for pod in pods)
    others = Counter((role_of(pod), _how(pod)) for pod in pods if state_of(pod) != "ready")
    order = ("fault", "waiting", "off")
    pieces = [
        Piece(f"{count} {status}", role)
        for (role, status), count in sorted(
            others.items(), key=lambda item: (order.index(item[0][0]), item[0][1])
        )
    ]
    if ready:
        pieces.append(Piece(_("{n} ready", n=ready), "pod"))
    return fact(_("Pods"), *(pieces or [Piece(_("none"), "muted")]))


def _how(pod: Pod) -> str:
    status = pod_status(pod)[1]
    return _("Running, not ready") if status == "Running" else status


def _services(services: Sequence[Service], asked: Asked) -> Fact:
    """Name the Services: those that select Pods and have none to send to come first."""
    index = EndpointIndex(asked.api, found=asked.snapshot)
    own = [item for item in services if not is_furniture(item)]
    bad = [item for item in own if item.selector and item.type != "ExternalName" and not index.of(item).ready]
    pieces = []
    if bad:
        names = _listed([item.name for item in bad])
        pieces.append(Piece(_("no Pod to send to: {services}", services=names), "fault"))
    pieces += codes((item.name for item in own if item not in bad), "service", _SERVICES)
    pieces += [Piece(item.name, "muted") for item in services if is_furniture(item)]
    return fact(_("Services"), *(pieces or [Piece(_("none"), "muted")]))


def _tries(asked: Asked, pods: Sequence[Pod], services: Sequence[Service]) -> tuple[str, ...]:
    """Return what to look at first: the pictures of what is there, and one Service."""
    own = [item for item in services if not is_furniture(item)]
    if not pods and not own:
        return asked.call("architecture"), asked.call("kubectl", "create deployment web --image=nginx")
    calls = [asked.call("service_map"), asked.call("three_ips"), asked.call("get", "pods")]
    at = next((item for item in own if item.namespace == "default"), None)
    if at is not None:
        calls.append(f'{asked.cluster}["svc/{at.name}"]')
    return tuple(calls)
