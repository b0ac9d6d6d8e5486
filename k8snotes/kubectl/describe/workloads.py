"""`kubectl describe` of what makes Pods: from the ReplicationController to the CronJob."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from k8snotes.api.base import KubeObject, mapping, mappings, sequence, text
from k8snotes.api.kinds.deployment import Deployment
from k8snotes.api.kinds.replicaset import ReplicaSet
from k8snotes.api.label_selector import format_label_selector
from k8snotes.api.selector import Selector
from k8snotes.api.workload import Workload
from k8snotes.control_plane.controllers.revisions import same_template
from k8snotes.errors import K8sNotesError
from k8snotes.facts.rows import age, pairs
from k8snotes.kubectl.describe.containers import pod_template
from k8snotes.kubectl.describe.page import Page, moment, true_false
from k8snotes.kubectl.formats import go_value

__all__ = [
    "cron_job",
    "daemon_set",
    "deployment",
    "job",
    "replica_set",
    "replication_controller",
    "stateful_set",
]


def replication_controller(page: Page, obj: KubeObject) -> None:
    """Write all about a ReplicationController."""
    page.head(obj)
    page.line("Selector", pairs(mapping(obj.spec.get("selector"))))
    page.labels_and_annotations(obj)
    _replicas(page, obj)
    _end(page, obj)


def replica_set(page: Page, obj: KubeObject) -> None:
    """Write all about a ReplicaSet."""
    page.head(obj)
    page.line("Selector", format_label_selector(_selector(obj)))
    page.labels_and_annotations(obj)
    page.controller(obj)
    _replicas(page, obj)
    _end(page, obj)


def deployment(page: Page, obj: KubeObject) -> None:
    """Write all about a Deployment, its old and new ReplicaSets included."""
    status, strategy = obj.status, mapping(obj.spec.get("strategy"))
    page.head(obj)
    page.line("CreationTimestamp", moment(obj.metadata.get("creationTimestamp")))
    page.labels_and_annotations(obj)
    page.line("Selector", _canonical(obj))
    counts = (
        f"{obj.spec.get('replicas', 1)} desired",
        *(
            f"{status.get(field) or 0} {word}"
            for field, word in (
                ("updatedReplicas", "updated"),
                ("replicas", "total"),
                ("availableReplicas", "available"),
                ("unavailableReplicas", "unavailable"),
            )
        ),
    )
    page.line("Replicas", " | ".join(counts))
    page.line("StrategyType", text(strategy.get("type")))
    page.line("MinReadySeconds", obj.spec.get("minReadySeconds") or 0)
    rolling = strategy.get("rollingUpdate")
    if isinstance(rolling, dict):
        less, more = text(rolling.get("maxUnavailable")) or "0", text(rolling.get("maxSurge")) or "0"
        page.line("RollingUpdateStrategy", f"{less} max unavailable, {more} max surge")
    pod_template(page, mapping(obj.spec.get("template")))
    page.conditions(obj)
    old, new = _replica_sets(page, obj)
    if old or new:
        page.line("OldReplicaSets", _sets(old))
        page.line("NewReplicaSet", _sets(new))
    page.events(obj)


def stateful_set(page: Page, obj: KubeObject) -> None:
    """Write all about a StatefulSet."""
    update = mapping(obj.spec.get("updateStrategy"))
    page.head(obj)
    page.line("CreationTimestamp", moment(obj.metadata.get("creationTimestamp")))
    page.line("Selector", _canonical(obj))
    page.labels_and_annotations(obj)
    page.line("Replicas", f"{obj.spec.get('replicas', 1)} desired | {obj.status.get('replicas') or 0} total")
    page.line("Update Strategy", text(update.get("type")))
    partition = mapping(update.get("rollingUpdate")).get("partition")
    if partition is not None:
        page.line("Partition", partition, 1)
    page.line("Pods Status", _pods_status(page, obj))
    pod_template(page, mapping(obj.spec.get("template")))
    _claims(page, mappings(obj.spec.get("volumeClaimTemplates")))
    page.events(obj)


def daemon_set(page: Page, obj: KubeObject) -> None:
    """Write all about a DaemonSet."""
    status = obj.status
    page.head(obj)
    page.line("Selector", _canonical(obj))
    template = mapping(mapping(obj.spec.get("template")).get("spec"))
    page.line("Node-Selector", pairs(mapping(template.get("nodeSelector"))))
    page.labels_and_annotations(obj)
    for title, field in (
        ("Desired Number of Nodes Scheduled", "desiredNumberScheduled"),
        ("Current Number of Nodes Scheduled", "currentNumberScheduled"),
        ("Number of Nodes Scheduled with Up-to-date Pods", "updatedNumberScheduled"),
        ("Number of Nodes Scheduled with Available Pods", "numberAvailable"),
        ("Number of Nodes Misscheduled", "numberMisscheduled"),
    ):
        page.write(0, f"{title}: {status.get(field) or 0}\n")
    page.line("Pods Status", _pods_status(page, obj))
    pod_template(page, mapping(obj.spec.get("template")))
    page.events(obj)


def job(page: Page, obj: KubeObject) -> None:
    """Write all about a Job."""
    spec, status = obj.spec, obj.status
    page.head(obj)
    page.line("Selector", _canonical(obj))
    page.labels_and_annotations(obj)
    page.controller(obj)
    if spec.get("parallelism") is not None:
        page.line("Parallelism", spec["parallelism"])
    page.line("Completions", spec.get("completions", "<unset>"))
    for title, field in (
        ("Completion Mode", "completionMode"),
        ("Suspend", "suspend"),
        ("Backoff Limit", "backoffLimit"),
        ("TTL Seconds After Finished", "ttlSecondsAfterFinished"),
    ):
        if spec.get(field) is not None:
            page.line(title, text(spec[field]))
    begin, end = status.get("startTime"), status.get("completionTime")
    if begin:
        page.line("Start Time", moment(begin))
    if end:
        page.line("Completed At", moment(end))
    if begin and end:
        page.line("Duration", age(text(begin), text(end)))
    if spec.get("activeDeadlineSeconds") is not None:
        page.line("Active Deadline Seconds", f"{spec['activeDeadlineSeconds']}s")
    ready = status.get("ready")
    active = f"{status.get('active') or 0} Active" + ("" if ready is None else f" ({ready} Ready)")
    ended = f"{status.get('succeeded') or 0} Succeeded / {status.get('failed') or 0} Failed"
    page.line("Pods Statuses", f"{active} / {ended}")
    if spec.get("completionMode") == "Indexed":
        page.line("Completed Indexes", text(status.get("completedIndexes")) or "<none>")
    pod_template(page, mapping(spec.get("template")))
    page.events(obj)


def cron_job(page: Page, obj: KubeObject) -> None:
    """Write all about a CronJob."""
    spec, status = obj.spec, obj.status
    page.head(obj)
    page.labels_and_annotations(obj)
    page.line("Schedule", text(spec.get("schedule")))
    page.line("Concurrency Policy", text(spec.get("concurrencyPolicy")))
    page.line("Suspend", true_false(spec["suspend"]) if spec.get("suspend") is not None else "<unset>")
    page.line("Time Zone", text(spec.get("timeZone")) or "<unset>")
    page.line("Successful Job History Limit", spec.get("successfulJobsHistoryLimit", "<unset>"))
    page.line("Failed Job History Limit", spec.get("failedJobsHistoryLimit", "<unset>"))
    deadline = spec.get("startingDeadlineSeconds")
    page.line("Starting Deadline Seconds", "<unset>" if deadline is None else f"{deadline}s")
    template = mapping(mapping(spec.get("jobTemplate")).get("spec"))
    page.line("Selector", "<unset>")
    page.line("Parallelism", template.get("parallelism", "<unset>"))
    page.line("Completions", template.get("completions", "<unset>"))
    if template.get("activeDeadlineSeconds") is not None:
        page.line("Active Deadline Seconds", f"{template['activeDeadlineSeconds']}s")
    pod_template(page, mapping(template.get("template")))
    last = status.get("lastScheduleTime")
    page.line("Last Schedule Time", moment(last) if last else "<unset>")
    jobs = ", ".join(text(item.get("name")) for item in mappings(status.get("active")))
    page.line("Active Jobs", jobs or "<none>")
    page.events(obj)


# ---- what they share


def _replicas(page: Page, obj: KubeObject) -> None:
    page.line(
        "Replicas", f"{obj.status.get('replicas') or 0} current / {obj.spec.get('replicas', 1)} desired"
    )
    page.line("Pods Status", _pods_status(page, obj))


def _end(page: Page, obj: KubeObject) -> None:
    pod_template(page, mapping(obj.spec.get("template")))
    page.conditions(obj)
    page.events(obj)


def _selector(obj: KubeObject) -> dict[str, Any] | None:
    return obj.label_selector if isinstance(obj, Workload) else None


def _canonical(obj: KubeObject) -> str:
    try:
        return str(Selector.from_label_selector(_selector(obj)))
    except K8sNotesError as error:
        return f"Failed to get selector: {error}"


def _pods_status(page: Page, obj: KubeObject) -> str:
    phases = [
        text(pod.status.get("phase"))
        for pod in page.api.list("pods", obj.namespace)
        if (pod.owner or {}).get("uid") == obj.uid
    ]
    words = (("Running", "Running"), ("Pending", "Waiting"), ("Succeeded", "Succeeded"), ("Failed", "Failed"))
    return " / ".join(f"{phases.count(phase)} {word}" for phase, word in words)


def _replica_sets(page: Page, obj: KubeObject) -> tuple[list[KubeObject], list[KubeObject]]:
    """Return the ReplicaSets of a Deployment: the old ones, and the one of its present template."""
    found = [
        item
        for item in page.api.list("replicasets", obj.namespace)
        if (item.owner or {}).get("uid") == obj.uid
    ]
    own = sorted(found, key=lambda item: (text(item.metadata.get("creationTimestamp")), item.name))
    if not isinstance(obj, Deployment):
        return own, []
    new = [item for item in own if isinstance(item, ReplicaSet) and same_template(obj, item)][:1]
    return [item for item in own if item not in new], [*new]


def _sets(found: Sequence[KubeObject]) -> str:
    said = [
        f"{item.name} ({item.status.get('replicas') or 0}/{item.spec.get('replicas', 1)} replicas created)"
        for item in found
    ]
    return ", ".join(said) or "<none>"


def _claims(page: Page, claims: Sequence[Mapping[str, Any]]) -> None:
    page.write(0, "Volume Claims:\n" if claims else "Volume Claims:\t<none>\n")
    for claim in claims:
        metadata, spec = mapping(claim.get("metadata")), mapping(claim.get("spec"))
        page.line("Name", text(metadata.get("name")), 1)
        page.line("StorageClass", text(spec.get("storageClassName")), 1)
        page.labels("Labels", mapping(metadata.get("labels")), "  ")
        page.labels("Annotations", mapping(metadata.get("annotations")), "  ")
        storage = mapping(mapping(spec.get("resources")).get("requests")).get("storage")
        page.line("Capacity", text(storage) or "<default>", 1)
        page.line("Access Modes", go_value(sequence(spec.get("accessModes"))), 1)
