"""Why a workload lacks Pods: one of its Pods waits, the API server refuses them, or its Nodes do not fit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from k8snotes.api.base import KubeObject, mapping, text
from k8snotes.api.kinds.daemonset import DaemonSet
from k8snotes.api.kinds.job import Job
from k8snotes.api.kinds.pod import Pod
from k8snotes.api.reader import Reader, pods_of
from k8snotes.api.workload import Workload
from k8snotes.catalogue import _, named, ngettext
from k8snotes.control_plane.controllers.daemonset import spec_of_pods
from k8snotes.control_plane.scheduling.filters import misfit
from k8snotes.control_plane.scheduling.node_info import needs_of
from k8snotes.facts.account import account_of
from k8snotes.facts.pending import WhyPending, requests_of, verdict_of
from k8snotes.facts.pending_cause import hindering_pods
from k8snotes.facts.waiting import Waiting
from k8snotes.facts.workloads import workload_kinds

__all__ = ["first_waiting", "why_lacking", "with_rollout"]


def first_waiting(reader: Reader, workload: Workload) -> Pod | None:
    """Return the first Pod of a workload that waits for a Node, None if none does.

    Args:
        reader: the cluster.
        workload: the workload, which may own its Pods through another one.
    """
    uids = {item.uid for item in _family(reader, workload)}
    waiting = (
        pod
        for pod in pods_of(reader, workload.namespace)
        if not pod.node_name and not pod.ended and not pod.terminating
    )
    return next((pod for pod in waiting if text(mapping(pod.owner).get("uid")) in uids), None)


def why_lacking(reader: Reader, workload: Workload, waits: Iterable[Waiting] = ()) -> WhyPending | None:
    """Say why a workload lacks Pods although none of its Pods waits; None if nothing is known of it.

    The API server may refuse its Pods, of which only an Event tells. A DaemonSet creates no Pod for a Node whose
    taints or labels keep it away, and no Event tells of that. A Job is over or suspended, or waits after a failure.

    Args:
        reader: the cluster.
        workload: the workload.
        waits: what waits for the clock.

    Source of the rule: https://kubernetes.io/docs/concepts/workloads/controllers/daemonset/#how-daemon-pods-are-scheduled

    >>> import k8snotes as kn
    >>> c = kn.Cluster(nodes=2)
    >>> _out = c.kubectl("taint node node-2 gpu=yes:NoSchedule")
    >>> _ = c.apply("{apiVersion: apps/v1, kind: DaemonSet, metadata: {name: agent}, spec: {selector: {matchLabels: "
    ...             "{app: a}}, template: {metadata: {labels: {app: a}}, spec: {containers: [{name: a, image: a}]}}}}")
    >>> facts = why_lacking(c.api, c["ds/agent"])
    >>> facts.verdict("node-2").details
    ('the Pod does not tolerate the taint gpu=yes:NoSchedule',)
    """
    refused = _refusal(reader, workload)
    if refused:
        return _about(workload, _("the API server refuses its Pods: {message}", message=refused))
    if isinstance(workload, Job):
        note = _of_job(workload, waits)
        return _about(workload, note) if note else None
    if not isinstance(workload, DaemonSet):
        return None
    pod = Pod({"apiVersion": "v1", "kind": "Pod", "spec": spec_of_pods(workload)})
    needs = needs_of(pod)
    verdicts = tuple(
        verdict_of(needs, info, misfit(needs.spec, info.node), None) for info in account_of(reader)
    )
    without = [item.node for item in verdicts if not item.fits]
    if not without:
        return None
    note = ngettext(
        "{n} Node gets none of its Pods, and no Event says so: {nodes}",
        "{n} Nodes get none of its Pods, and no Event says so: {nodes}",
        len(without),
        nodes=named(without),
    )
    return _about(workload, note)._replace(verdicts=verdicts)


def _of_job(job: Job, waits: Iterable[Waiting]) -> str:
    """Say why a Job has fewer Pods than it may have, "" if nothing is known of it."""
    for kind in ("Complete", "Failed"):
        condition = job.condition(kind)
        if condition is not None and job.holds(kind):
            reason = text(condition.get("reason"))
            return _(
                "the Job is over, its condition is {condition} ({reason})", condition=kind, reason=reason
            )
    if job.spec.get("suspend") is True:
        return _("the Job is suspended: spec.suspend is true")
    mine = (item.words for item in waits if (item.ref, item.code) == (job.ref, "replacement"))
    return next(mine, "")


def with_rollout(facts: WhyPending, reader: Reader, pod: Pod) -> WhyPending:
    """Add what a rolling update can do if Pods of the old template keep all Nodes from a new Pod.

    Args:
        facts: why the Pod waits.
        reader: the cluster.
        pod: the Pod.

    Source of the rule: https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#rolling-update-deployment
    """
    mine = _maker(reader, pod)
    deployment = text(mapping(mine.owner if mine is not None else None).get("name"))
    if mine is None or not deployment or not facts.verdicts or facts.fitting:
        return facts
    infos = account_of(reader)
    needs = needs_of(pod)
    names = [
        set(hindering_pods(item.hindrance, item.code, needs, infos.get(item.node))) for item in facts.verdicts
    ]
    others = {item.name: item for item in pods_of(reader, pod.namespace)}
    for blocking in names:
        makers = [_maker(reader, others[name]) for name in blocking if name in others]
        if not makers or any(
            item is None or item.uid == mine.uid or text(mapping(item.owner).get("name")) != deployment
            for item in makers
        ):
            return facts
    return facts._replace(
        advice=_(
            "Pods of an older revision of Deployment {name} are in its way. The Deployment deletes them only after "
            "this Pod is ready. With maxSurge: 0 and maxUnavailable: 1, it deletes an old Pod first.",
            name=deployment,
        )
    )


def _about(workload: Workload, note: str) -> WhyPending:
    pod = Pod({"apiVersion": "v1", "kind": "Pod", "spec": mapping(workload.template.get("spec"))})
    return WhyPending(
        ref=workload.ref,
        name=workload.name,
        namespace=workload.namespace,
        pending=True,
        node="",
        note=note,
        requests=requests_of(needs_of(pod)),
        verdicts=(),
        kind=workload.kind,
    )


def _family(reader: Reader, workload: Workload) -> Iterator[KubeObject]:
    """Yield a workload, and the workloads that it owns: the ReplicaSets of a Deployment."""
    yield workload
    made = workload.resource.makes
    for kind in workload_kinds():
        if kind.kind == made:
            for obj in reader.list(kind.qualified, workload.namespace):
                if text(mapping(obj.owner).get("uid")) == workload.uid:
                    yield obj


def _maker(reader: Reader, pod: Pod) -> KubeObject | None:
    """Return the ReplicaSet of a Pod, None if it has none."""
    owner = mapping(pod.owner)
    if owner.get("kind") != "ReplicaSet":
        return None
    sets = reader.list("replicasets.apps", pod.namespace)
    return next((item for item in sets if item.uid == owner.get("uid")), None)


def _refusal(reader: Reader, workload: Workload) -> str:
    """Return the message of the latest Event about creating Pods of a workload, "" if the last Pod was created."""
    uids = {item.uid for item in _family(reader, workload)}
    events = [
        event
        for event in reader.list("events", workload.namespace)
        if event.raw.get("reason") in ("FailedCreate", "SuccessfulCreate")
        and mapping(event.raw.get("involvedObject")).get("uid") in uids
    ]
    last = max(events, key=_moment, default=None)
    if last is None or last.raw["reason"] != "FailedCreate":
        return ""
    return text(last.raw.get("message")).removeprefix("Error creating: ")


def _moment(event: KubeObject) -> tuple[str, int]:
    version = text(event.metadata.get("resourceVersion"))
    when = text(event.raw.get("lastTimestamp") or event.raw.get("eventTime"))
    return when, int(version) if version.isdigit() else 0
