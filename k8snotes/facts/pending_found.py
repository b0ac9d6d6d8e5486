"""Why a Pod waits, where objects already have the answer: its claims, or a dump as it was found."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from k8snotes.api.base import KubeObject, mapping, mappings, text
from k8snotes.api.kinds.pod import Pod
from k8snotes.api.reader import Reader
from k8snotes.catalogue import Text, _, clauses, named, ngettext
from k8snotes.control_plane.apiserver import ApiServer
from k8snotes.control_plane.granted import Granted
from k8snotes.control_plane.scheduling.claims import claims_failure, claims_of
from k8snotes.control_plane.scheduling.volumes import NOT_BOUND, PodVolumes
from k8snotes.control_plane.storage_rules import CLAIMS, is_bound
from k8snotes.facts.pending import WhyPending
from k8snotes.facts.storage import waiting_of

__all__ = ["as_found", "with_claims"]

_MORE = "kubectl get nodes,pvc,events -A -o yaml"


def with_claims(
    facts: WhyPending,
    reader: ApiServer,
    pod: Pod,
    granted: Granted,
    drivers: Collection[str] | None = (),
) -> WhyPending:
    """Add that a Pod waits for its claims: then the scheduler looks at no Node at all, or has chosen one already.

    Args:
        facts: why the Pod waits, as far as Nodes are concerned.
        reader: the cluster.
        pod: the Pod.
        granted: what is taken for granted in this cluster.
        drivers: the names of the storage drivers that run in it.

    >>> import k8snotes as kn
    >>> c = kn.Cluster(nodes=2)
    >>> claim = "volumes: [{name: v, persistentVolumeClaim: {claimName: films}}]"
    >>> _ = c.apply("{apiVersion: v1, kind: Pod, metadata: {name: web}, spec: {containers: [{name: a, image: b}], "
    ...             + claim + "}}")
    >>> c.why_pending("pod/web").facts.message
    '0/2 nodes are available: persistentvolumeclaim "films" not found. not found'
    """
    volumes = PodVolumes.of(pod, reader, granted=granted) if facts.pending else None
    if volumes is None:
        return facts
    unbound = next((claim for claim in _claims(reader, pod) if not is_bound(claim)), None)
    waiting = waiting_of(reader, unbound, drivers=drivers, granted=granted) if unbound is not None else None
    node = text(pod.status.get("nominatedNodeName"))
    if volumes.reason:
        # the scheduler names a claim only if it is missing
        named = waiting is not None and volumes.reason == NOT_BOUND and unbound is not None
        note = (
            _("it waits for claim {claim}, which has no volume: {why}", claim=unbound.name, why=waiting.words)
            if named and unbound is not None and waiting is not None
            else _("it waits for its storage: {reason}", reason=volumes.reason)
        )
        message = claims_failure(volumes.reason, len(facts.verdicts))
        return facts._replace(note=note, verdicts=(), message=message, preemption=None)
    if volumes.delayed and node and waiting is not None and unbound is not None:
        note = _(
            "the scheduler has chosen {node}, and waits until claim {claim} has a volume: {why}",
            node=node,
            claim=unbound.name,
            why=waiting.words,
        )
        return facts._replace(note=note, verdicts=(), message="", preemption=None)
    stuck = (
        volumes.delayed and not facts.fitting and any(item.code == "VolumeBinding" for item in facts.verdicts)
    )
    if stuck and waiting is not None and unbound is not None:
        note = _(
            "{why_no_node}. Claim {claim}: {why}",
            why_no_node=facts.note,
            claim=unbound.name,
            why=waiting.words,
        )
        return facts._replace(note=note)
    return facts


def _claims(reader: ApiServer, pod: Pod) -> Iterator[KubeObject]:
    """Yield the claims of a Pod that exist."""
    for name in claims_of(pod):
        claim = reader.store.get((CLAIMS, pod.namespace, name))
        if claim is not None:
            yield claim


def as_found(facts: WhyPending, reader: Reader, pod: Pod) -> WhyPending:
    """Put first what a dump says itself; what is computed comes second, and only from what the dump holds.

    Args:
        facts: what was computed.
        reader: the dump.
        pod: the Pod.
    """
    quotes = [*_quotes(reader, pod)]
    if not facts.pending:
        return facts._replace(note=clauses(*quotes)) if quotes else facts
    nodes = bool(facts.verdicts)
    if quotes and nodes:
        note: str = clauses(*quotes)
    elif quotes:
        more = _("for more reasons, add the output of `{command}` to the dump", command=_MORE)
        note = clauses(*quotes, more)
    elif not nodes:
        note = _(
            "the dump does not say why; to see it, add the output of `{command}` to the dump", command=_MORE
        )
    elif facts.fitting:
        note = ngettext(
            "by what the dump holds, {n} Node can take it ({names}), and the dump does not say why it waits",
            "by what the dump holds, {n} Nodes can take it ({names}), and the dump does not say why it waits",
            len(facts.fitting),
            names=named(facts.fitting[:3]),
        )
    else:
        note = facts.note
    return facts._replace(note=note, message="" if quotes or not nodes else facts.message)


def _quotes(reader: Reader, pod: Pod) -> Iterator[Text]:
    """Yield what a Pod of a dump says of itself: its condition, or an Event about it, and what its containers wait for."""
    condition = mapping(pod.condition("PodScheduled"))
    said = text(condition.get("message")) if condition.get("status") == "False" else ""
    if said:
        yield _("its condition PodScheduled says: {message}", message=said)
    elif not pod.node_name and (event := _last_event(reader, pod)):
        yield _("its latest Event says: {message}", message=event)
    for status in (
        *mappings(pod.status.get("initContainerStatuses")),
        *mappings(pod.status.get("containerStatuses")),
    ):
        waiting = mapping(mapping(status.get("state")).get("waiting"))
        name, reason, message = (
            text(item) for item in (status.get("name"), waiting.get("reason"), waiting.get("message"))
        )
        if reason and message:
            yield _(
                "its container {container} waits: {reason} ({message})",
                container=name,
                reason=reason,
                message=message,
            )
        elif reason:
            yield _("its container {container} waits: {reason}", container=name, reason=reason)


def _last_event(reader: Reader, pod: Pod) -> str:
    """Return the message of the latest FailedScheduling Event about a Pod, "" if there is none."""
    events = [
        event
        for event in reader.list("events", pod.namespace)
        if mapping(event.raw.get("involvedObject")).get("name") == pod.name
        and mapping(event.raw.get("involvedObject")).get("kind") == "Pod"
        and event.raw.get("reason") == "FailedScheduling"
    ]
    events.sort(key=lambda event: text(event.raw.get("lastTimestamp") or event.raw.get("eventTime")))
    return text(events[-1].raw.get("message")) if events else ""
