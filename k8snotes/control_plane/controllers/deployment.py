"""The Deployment's loop: one ReplicaSet for each version of the template, and the way from one to the next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Self

from k8snotes.api.base import KubeObject, Manifest, mappings, text
from k8snotes.api.kinds.deployment import Deployment
from k8snotes.api.kinds.replicaset import ReplicaSet
from k8snotes.api.selector import Selector
from k8snotes.catalogue import _, ngettext
from k8snotes.control_plane.apiserver import ApiServer
from k8snotes.control_plane.changes import Why
from k8snotes.control_plane.component import Component
from k8snotes.control_plane.controllers.conditions import condition, with_condition
from k8snotes.control_plane.controllers.pods import active as is_active
from k8snotes.control_plane.controllers.pods import adopt, controller_key, is_terminating, owned_pods, release
from k8snotes.control_plane.controllers.refusals import Refusals
from k8snotes.control_plane.controllers.revisions import (
    new_replica_set,
    revision_of,
    same_template,
    set_revision,
)
from k8snotes.control_plane.controllers.rollout import (
    DESIRED,
    MAX,
    active,
    max_surge,
    max_unavailable,
    new_replicas,
    oldest_first,
    proportional_sizes,
    recreates,
    scaled_down_sizes,
)
from k8snotes.control_plane.etcd import Key, WatchEvent
from k8snotes.control_plane.events import record
from k8snotes.control_plane.naming import seconds_of, timestamp
from k8snotes.errors import ApiError

__all__ = ["DeploymentController"]


class DeploymentController(Component):
    """Makes and scales ReplicaSets; they make the Pods.

    Source of the rule: https://kubernetes.io/docs/concepts/workloads/controllers/deployment/
    """

    name = "deployment-controller"
    turn = 50
    watches = ("deployments.apps", "replicasets.apps", "pods", "resourcequotas")
    serves = "deployments.apps"

    def __init__(self) -> None:
        super().__init__()
        self.refusals = Refusals()

    def reconcile(self, api: ApiServer, obj: KubeObject) -> None:
        """Scale if the wanted number has changed, else go one step on in the rollout.

        One that is being deleted only reports.
        """
        if not isinstance(obj, Deployment):
            return
        every = self._claim(api, obj)
        new = next((item for item in oldest_first(every) if same_template(obj, item)), None)
        if obj.terminating:
            self._write_status(api, obj, new, scaling=True)
            return
        if new is not None:
            new = set_revision(api, obj, new, [item for item in every if item.name != new.name], by=self.name)
        every = [new if new is not None and item.name == new.name else item for item in every]
        scaled = any(
            item.annotations.get(DESIRED, str(obj.replicas)) != str(obj.replicas) for item in active(every)
        )
        if obj.spec.get("paused") is True or scaled:
            self._scale_all(api, obj, new, every)
            self._write_status(api, obj, new, scaling=True)
        elif recreates(obj):
            self._recreate(api, obj, new, every)
        else:
            self._roll(api, obj, new, every)

    def _roll(
        self, api: ApiServer, deployment: Deployment, new: ReplicaSet | None, every: list[ReplicaSet]
    ) -> None:
        """Let the new ReplicaSet grow as far as maxSurge allows, the old ones shrink as maxUnavailable does."""
        created = new is None
        if new is None:
            new = self._create(api, deployment, every)
            if new is None:
                return
        elif new.replicas > deployment.replicas:
            self._scale(api, deployment, new, deployment.replicas)
        elif (size := new_replicas(deployment, every, new.replicas)) != new.replicas:
            self._scale(api, deployment, new, size)
        else:
            old = [item for item in every if item.name != new.name]
            smaller = scaled_down_sizes(deployment, new, active(old))
            for item, size in smaller:
                self._scale(api, deployment, item, size)
            if not smaller:
                self._forget_old(api, deployment, old)
        self._write_status(api, deployment, new, created=created)

    def _recreate(
        self, api: ApiServer, deployment: Deployment, new: ReplicaSet | None, every: list[ReplicaSet]
    ) -> None:
        """Stop every old Pod first; when the last has gone, start the new ones."""
        old = [item for item in every if new is None or item.name != new.name]
        created = False
        if active(old):
            for item in active(old):
                self._scale(api, deployment, item, 0)
        elif not any(is_active(pod) or pod.terminating for item in old for pod in owned_pods(api, item)):
            if new is None:
                new = self._create(api, deployment, every)
                if new is None:
                    return
                created = True
            elif new.replicas != deployment.replicas:
                self._scale(api, deployment, new, deployment.replicas)
            else:
                self._forget_old(api, deployment, old)
        self._write_status(api, deployment, new, created=created)

    def _scale_all(
        self, api: ApiServer, deployment: Deployment, new: ReplicaSet | None, every: list[ReplicaSet]
    ) -> None:
        """Share a new number of replicas among the ReplicaSets that are there."""
        running = active(every)
        if len(running) <= 1:
            # with none that runs it is the new one, or the latest that there was
            latest = new or max(
                every, key=lambda item: item.metadata.get("creationTimestamp", ""), default=None
            )
            only = running[0] if running else latest
            if only is not None and only.replicas != deployment.replicas:
                self._scale(api, deployment, only, deployment.replicas)
            return
        complete = new is not None and (
            new.replicas == deployment.replicas == int(new.status.get("availableReplicas", 0))
            and new.annotations.get(DESIRED) == str(deployment.replicas)
        )
        if complete:
            sizes = [(item, 0) for item in running if new is None or item.name != new.name]
        elif recreates(deployment):
            sizes = []
        else:
            sizes = proportional_sizes(deployment, running)
        for item, size in sizes:
            self._scale(api, deployment, item, size)

    def _claim(self, api: ApiServer, deployment: Deployment) -> list[ReplicaSet]:
        """Return the ReplicaSets of a Deployment, after adopting those that its selector finds.

        Those that it does not find any more are let go, as Pods are.
        """
        resource = "replicasets.apps"
        selector = Selector.from_label_selector(deployment.label_selector)
        claimed = []
        for item in api.store.controlled_by(deployment.uid, resource, deployment.namespace):
            if selector.matches(item.labels):
                claimed.append(item)
            elif not item.terminating and not deployment.terminating:
                release(api, item, deployment, by=self.name)
        if deployment.terminating:
            return [item for item in claimed if isinstance(item, ReplicaSet)]
        claimed += [
            adopt(api, item, deployment, by=self.name)
            for item in api.store.controlled_by("", resource, deployment.namespace)
            if selector.matches(item.labels) and not item.terminating
        ]
        return [item for item in claimed if isinstance(item, ReplicaSet) and not item.terminating]

    def _create(self, api: ApiServer, deployment: Deployment, every: list[ReplicaSet]) -> ReplicaSet | None:
        """Create the ReplicaSet of the present template; None, and an Event, where it is refused."""
        if self.refusals.of(deployment.key):
            return None  # nothing has changed since it was refused
        size = new_replicas(deployment, every, 0)
        manifest = new_replica_set(api, deployment, every, size)
        why = Why(
            _("{deployment} has a template that none of its ReplicaSets has", deployment=deployment.ref),
            deployment,
        )
        try:
            made = api.create(manifest, namespace=deployment.namespace, by=self.name, why=why)
        except ApiError as error:
            message = f'Failed to create new replica set "{manifest["metadata"]["name"]}": {error.message}'
            if not is_terminating(error):
                record(api, deployment, "ReplicaSetCreateError", message, by=self.name, warning=True)
                status = refused_status(deployment, message, api.now)
                api.update_status(deployment, status, by=self.name, why=message)
            self.refusals.note(deployment.key, message)
            return None
        if size:
            message = f"Scaled up replica set {made.name} from 0 to {size}"
            record(api, deployment, "ScalingReplicaSet", message, by=self.name)
        return made if isinstance(made, ReplicaSet) else None

    def _scale(self, api: ApiServer, deployment: Deployment, replica_set: ReplicaSet, replicas: int) -> None:
        """Give a ReplicaSet another number of replicas, and note on it what the Deployment wants."""

        def edit(manifest: Manifest) -> None:
            manifest["spec"]["replicas"] = replicas
            annotations = manifest["metadata"].setdefault("annotations", {})
            annotations[DESIRED] = str(deployment.replicas)
            annotations[MAX] = str(deployment.replicas + max_surge(deployment))

        before = replica_set.replicas
        why = Why(
            ngettext(
                "it goes from {before} to {after}, because {deployment} wants {n} Pod",
                "it goes from {before} to {after}, because {deployment} wants {n} Pods",
                deployment.replicas,
                before=before,
                after=replicas,
                deployment=deployment.ref,
            ),
            deployment,
        )
        api.change(replica_set, edit, by=self.name, verb="scale", why=why)
        if before != replicas:
            way = "up" if replicas > before else "down"
            message = f"Scaled {way} replica set {replica_set.name} from {before} to {replicas}"
            record(api, deployment, "ScalingReplicaSet", message, by=self.name)

    def _forget_old(self, api: ApiServer, deployment: Deployment, old: list[ReplicaSet]) -> None:
        """Delete the oldest ReplicaSets beyond revisionHistoryLimit, once the rollout is complete."""
        limit = deployment.spec.get("revisionHistoryLimit", 10)
        status = deployment.status
        fields = ("replicas", "updatedReplicas", "availableReplicas")
        if any(int(status.get(field, 0)) != deployment.replicas for field in fields):
            return
        for item in sorted(old, key=revision_of)[: max(0, len(old) - int(limit))]:
            if not item.replicas and not item.status.get("replicas"):
                why = Why(
                    ngettext(
                        "{deployment} keeps only {n} old ReplicaSet",
                        "{deployment} keeps only {n} old ReplicaSets",
                        int(limit),
                        deployment=deployment.ref,
                    ),
                    deployment,
                )
                api.delete(item, by=self.name, why=why)

    def _write_status(
        self,
        api: ApiServer,
        deployment: Deployment,
        new: ReplicaSet | None,
        *,
        scaling: bool = False,
        created: bool = False,
    ) -> None:
        """Count again, after what was written just now."""
        every = [
            obj
            for obj in api.store.controlled_by(deployment.uid, "replicasets.apps", deployment.namespace)
            if isinstance(obj, ReplicaSet)
        ]
        newest = next((item for item in every if new is not None and item.name == new.name), None)
        if scaling:
            status = scaling_status(deployment, newest, every, api.now)
        else:
            status = rollout_status(deployment, newest, every, api.now, created=created)
        api.update_status(deployment, status, by=self.name, why=_what_is_wrong(deployment, status))
        due = _deadline(deployment, status)
        if due is None:
            self.deadlines.pop(deployment.key, None)
        else:
            self.deadlines[deployment.key] = due

    def concerned(self, api: ApiServer, event: WatchEvent) -> Iterator[Key]:
        """Yield the Deployment that a change of a ReplicaSet concerns, or of a Pod that has gone."""
        if event.key[0] == "deployments.apps":
            if event.old is None or event.old.spec != event.object.spec:
                self.refusals.forget(event.key)
            yield event.key
        elif event.key[0] == "resourcequotas":
            yield from self.refusals.worth_another_try(event)
        elif event.key[0] == "replicasets.apps":
            if event.type == "DELETED":
                yield from self.refusals.worth_another_try(event)
            owner = controller_key(event.object, "Deployment", "deployments.apps")
            if owner:
                yield owner
            else:
                yield from (item.key for item in api.store.list("deployments.apps", event.key[1]))
        elif event.type == "DELETED":
            made_by = controller_key(event.object, "ReplicaSet", "replicasets.apps")
            replica_set = made_by and api.store.get(made_by)
            above = replica_set and controller_key(replica_set, "Deployment", "deployments.apps")
            if above:
                yield above

    def copy(self) -> Self:
        """Return an independent controller in the same state."""
        other = super().copy()
        other.refusals = self.refusals.copy()
        return other


_FOREVER = 2**31 - 1


def scaling_status(
    deployment: Deployment, new: ReplicaSet | None, every: Sequence[ReplicaSet], now: int
) -> Manifest:
    """Return the status while a Deployment is being scaled: the counts, and whether enough Pods work.

    Source of the rule: `calculateStatus` in k8s.io/kubernetes/pkg/controller/deployment.
    """
    counted = {
        "replicas": _sum(every, "replicas"),
        "updatedReplicas": _sum([new] if new else [], "replicas"),
        "readyReplicas": _sum(every, "readyReplicas"),
        "availableReplicas": _sum(every, "availableReplicas"),
    }
    wanted = sum(item.replicas for item in every)
    counted["unavailableReplicas"] = max(0, wanted - counted["availableReplicas"])
    status: Manifest = {"observedGeneration": deployment.metadata.get("generation", 1)}
    status.update({field: count for field, count in counted.items() if count})
    enough = counted["availableReplicas"] >= deployment.replicas - max_unavailable(deployment)
    if enough:
        reason, message = "MinimumReplicasAvailable", "Deployment has minimum availability."
    else:
        reason, message = "MinimumReplicasUnavailable", "Deployment does not have minimum availability."
    new_condition = condition("Available", "True" if enough else "False", reason, message, timestamp(now))
    conditions = with_condition(deployment, {**new_condition, "lastUpdateTime": timestamp(now)})
    paused = _paused(deployment, now)
    if paused is not None:
        conditions = [*(item for item in conditions if item["type"] != "Progressing"), paused]
    status["conditions"] = conditions
    return status


def refused_status(deployment: Deployment, message: str, now: int) -> Manifest:
    """Return the status of a Deployment whose new ReplicaSet the API server refused; the counts stay."""
    if deployment.spec.get("progressDeadlineSeconds", 600) == _FOREVER:
        return deployment.status
    refused = condition("Progressing", "False", "ReplicaSetCreateError", message, timestamp(now))
    conditions = with_condition(deployment, {**refused, "lastUpdateTime": timestamp(now)})
    return {**deployment.status, "conditions": conditions}


def rollout_status(
    deployment: Deployment,
    new: ReplicaSet | None,
    every: Sequence[ReplicaSet],
    now: int,
    *,
    created: bool = False,
) -> Manifest:
    """Return the status during a rollout, with the condition `Progressing` and failures of ReplicaSets.

    `created` says that the new ReplicaSet has been made just now: a new rollout begins.
    Source of the rule: https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#deployment-status
    """
    status = scaling_status(deployment, new, every, now)
    conditions = {item["type"]: item for item in status["conditions"]}
    before = conditions.get("Progressing")
    if new is not None and (created or before is None):
        before = conditions["Progressing"] = _begun(new, before, now, created=created)
    if deployment.spec.get("progressDeadlineSeconds", 600) == _FOREVER:
        conditions.pop("Progressing", None)
    else:
        progress = _progress(deployment, before, new, status, now)
        if progress is not None:
            conditions["Progressing"] = progress
    failures = [failure for item in every if (failure := item.condition("ReplicaFailure"))]
    if failures:
        conditions["ReplicaFailure"] = failures[0]
    else:
        conditions.pop("ReplicaFailure", None)
    status["conditions"] = list(conditions.values())
    return status


def _paused(deployment: Deployment, now: int) -> dict[str, Any] | None:
    """Return the condition `Progressing` of a Deployment that has just been paused or resumed."""
    before = deployment.condition("Progressing") or {}
    was, holds = before.get("reason") == "DeploymentPaused", deployment.spec.get("paused") is True
    if was == holds or before.get("reason") == "ProgressDeadlineExceeded":
        return None
    word = "paused" if holds else "resumed"
    made = condition(
        "Progressing", "Unknown", f"Deployment{word.title()}", f"Deployment is {word}", timestamp(now)
    )
    return {**made, "lastUpdateTime": timestamp(now)}


def _progress(
    deployment: Deployment, before: dict[str, Any] | None, new: ReplicaSet | None, status: Manifest, now: int
) -> dict[str, Any] | None:
    """Return the condition `Progressing`, None where there is none to report.

    Source of the rule: `syncRolloutStatus` in k8s.io/kubernetes/pkg/controller/deployment
    """
    name = f'ReplicaSet "{new.name}"' if new else f'Deployment "{deployment.name}"'
    finished = before is not None and before.get("reason") == "NewReplicaSetAvailable"
    if finished and status.get("replicas", 0) == status.get("updatedReplicas", 0):
        return before
    if all(
        status.get(field, 0) == deployment.replicas
        for field in ("replicas", "updatedReplicas", "availableReplicas")
    ):
        news = "True", "NewReplicaSetAvailable", f"{name} has successfully progressed."
    elif _has_moved(deployment, status):
        news = "True", "ReplicaSetUpdated", f"{name} is progressing."
    elif before is not None and _has_timed_out(deployment, before, now):
        news = "False", "ProgressDeadlineExceeded", f"{name} has timed out progressing."
    else:
        return before
    made = condition("Progressing", *news, timestamp(now))
    if before is not None and before.get("status") == made["status"]:
        if before.get("reason") == made["reason"] != "ReplicaSetUpdated":
            return before
        made["lastTransitionTime"] = before.get("lastTransitionTime")
    return {**made, "lastUpdateTime": timestamp(now)}


def _begun(new: ReplicaSet, before: dict[str, Any] | None, now: int, *, created: bool) -> dict[str, Any]:
    """Return the condition `Progressing` with which a rollout to a ReplicaSet begins."""
    if created:
        news = "NewReplicaSetCreated", f'Created new replica set "{new.name}"'
    else:
        news = "FoundNewReplicaSet", f'Found new replica set "{new.name}"'
    made = condition("Progressing", "True", *news, timestamp(now))
    if before is not None and before.get("status") == "True":
        made["lastTransitionTime"] = before.get("lastTransitionTime")
    return {**made, "lastUpdateTime": timestamp(now)}


def _has_moved(deployment: Deployment, status: Manifest) -> bool:
    """Whether a rollout has come on since the status was written last.

    Source of the rule: `DeploymentProgressing` in k8s.io/kubernetes/pkg/controller/deployment/util
    """
    was = {field: int(deployment.status.get(field, 0)) for field in _COUNTED}
    now = {field: int(status.get(field, 0)) for field in _COUNTED}
    return (
        any(now[field] > was[field] for field in _COUNTED if field != "replicas")
        or now["replicas"] - now["updatedReplicas"] < was["replicas"] - was["updatedReplicas"]
    )


def _deadline(deployment: Deployment, status: Manifest) -> int | None:
    """Return when a rollout has to have come on (seconds), None where none is on its way.

    Source of the rule: `requeueStuckDeployment` in k8s.io/kubernetes/pkg/controller/deployment
    """
    found = [item for item in mappings(status.get("conditions")) if item.get("type") == "Progressing"]
    under_way = ("NewReplicaSetCreated", "FoundNewReplicaSet", "ReplicaSetUpdated", "DeploymentResumed")
    if not found or found[0].get("reason") not in under_way or deployment.spec.get("paused") is True:
        return None
    deadline = int(deployment.spec.get("progressDeadlineSeconds", 600))
    return seconds_of(text(found[0].get("lastUpdateTime"))) + deadline + 1


def _what_is_wrong(deployment: Deployment, status: Manifest) -> str:
    """Say which condition of a new status says for the first time that a rollout has a problem, "" if none does."""
    for item in mappings(status.get("conditions")):
        if item.get("reason") == "ProgressDeadlineExceeded":
            if (deployment.condition("Progressing") or {}).get("reason") != item["reason"]:
                return _("its rollout has exceeded its progress deadline")
        elif item.get("type") == "ReplicaFailure" and not deployment.holds("ReplicaFailure"):
            return _("its condition is ReplicaFailure, because a ReplicaSet cannot create its Pods")
    return ""


def _has_timed_out(deployment: Deployment, before: dict[str, Any], now: int) -> bool:
    """Whether a rollout has not come on for longer than `progressDeadlineSeconds`."""
    if before.get("reason") in ("NewReplicaSetAvailable", "ProgressDeadlineExceeded"):
        return before.get("reason") == "ProgressDeadlineExceeded"
    deadline = int(deployment.spec.get("progressDeadlineSeconds", 600))
    return seconds_of(text(before.get("lastUpdateTime"))) + deadline < now


def _sum(replica_sets: Sequence[ReplicaSet], field: str) -> int:
    """Return the sum of a counter in the status of ReplicaSets."""
    return sum(int(item.status.get(field, 0)) for item in replica_sets)


_COUNTED = ("replicas", "updatedReplicas", "readyReplicas", "availableReplicas")
