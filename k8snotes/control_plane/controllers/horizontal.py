"""The horizontal pod autoscaler: changes how many Pods a workload wants, by what its Pods use."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from k8snotes.api.base import KubeObject, Manifest, mapping
from k8snotes.api.kinds.horizontalpodautoscaler import (
    CONDITIONS,
    CURRENT_METRICS,
    OLD,
    HorizontalPodAutoscaler,
)
from k8snotes.api.workload import Workload
from k8snotes.catalogue import _
from k8snotes.control_plane.apiserver import ApiServer
from k8snotes.control_plane.autoscaling.records import PERIOD
from k8snotes.control_plane.changes import Why
from k8snotes.control_plane.component import Component
from k8snotes.control_plane.controllers.conditions import condition
from k8snotes.control_plane.etcd import Key, WatchEvent
from k8snotes.control_plane.events import record

__all__ = ["HorizontalController"]

_AUTOSCALERS = "horizontalpodautoscalers.autoscaling"
_REPORTS_AS = "horizontal-pod-autoscaler"


class HorizontalController(Component):
    """Looks at each HorizontalPodAutoscaler every 15 seconds: measures, computes, and scales its target.

    A new autoscaler is looked at when 15 seconds have passed for the first time. Settling does not wait for that, nor
    for any round that only measures: they come as time passes (`c.wait("15s")`). It waits for the next round where
    somebody else has changed how many Pods the target wants, and where the bounds have just been applied, because
    then the metrics were not asked yet.

    Source of the rule: `HorizontalController.reconcileAutoscaler` in k8s.io/kubernetes/pkg/controller/podautoscaler
    """

    name = "horizontal-pod-autoscaler-controller"
    turn = 48
    watches = (
        _AUTOSCALERS,
        *("deployments.apps", "replicasets.apps", "statefulsets.apps", "replicationcontrollers"),
    )

    def observe(self, api: ApiServer) -> None:
        """Look at the newest changes; where there was never an autoscaler, nothing concerns any."""
        if self.deadlines or self.alarms or api.store.count(_AUTOSCALERS):
            super().observe(api)
        else:
            self._seen = api.store.revision

    def concerned(self, api: ApiServer, event: WatchEvent) -> Iterable[Key]:
        """Note when an autoscaler is to be looked at; none is looked at because of a change alone."""
        if event.key[0] == _AUTOSCALERS:
            if event.type == "DELETED":
                self.alarms.pop(event.key, None)
                self.deadlines.pop(event.key, None)
                api.autoscaling.forget(event.key)
            elif event.key not in self.alarms and event.key not in self.deadlines:
                self.deadlines[event.key] = api.now + PERIOD
        elif event.type != "DELETED" and isinstance(event.object, Workload):
            own = list(self._of(api, event.object))
            for autoscaler in own if len(own) == 1 else ():
                seen = api.autoscaling.seen(autoscaler.uid)
                if seen not in (None, event.object.replicas) and autoscaler.key in self.deadlines:
                    self.look_again(autoscaler.key, self.deadlines.pop(autoscaler.key))
        return ()

    @staticmethod
    def _of(api: ApiServer, workload: Workload) -> Iterator[HorizontalPodAutoscaler]:
        """Yield the autoscalers of a workload; settling waits for no two that could undo each other's work for ever."""
        for obj in api.store.list(_AUTOSCALERS, workload.namespace):
            if isinstance(obj, HorizontalPodAutoscaler):
                target = obj.target
                if (target.get("kind"), target.get("name")) == (workload.kind, workload.name):
                    yield obj

    def reconcile(self, api: ApiServer, obj: KubeObject) -> None:
        """Make one round: look, scale, report, and come again."""
        # loaded when there is an autoscaler: most clusters have none
        from k8snotes.control_plane.autoscaling.behavior import remember  # noqa: PLC0415
        from k8snotes.control_plane.autoscaling.evaluation import evaluate  # noqa: PLC0415

        if not isinstance(obj, HorizontalPodAutoscaler):
            return
        looked = evaluate(api, obj)
        status = dict(obj.status)
        conditions = obj.conditions
        for told in looked.conditions:
            new = condition(told.kind, told.status, told.reason, told.message, api.timestamp)
            conditions = _with(conditions, new)
        for told in looked.warnings:
            record(api, obj, told.reason, told.message, by=_REPORTS_AS, warning=True)
        memory = looked.record
        memory.rounds.append(looked.round(api.now))
        memory.seen = looked.desired if looked.outcome != "no-scale" else None
        if looked.rescales and looked.target is not None:
            desired = looked.desired
            self._scale(api, obj, looked.target, desired, looked.reason)
            message = f"the HPA controller was able to update the target scale to {desired}"
            conditions = _with(
                conditions, condition("AbleToScale", "True", "SucceededRescale", message, api.timestamp)
            )
            remember(memory, obj.behavior, looked.replicas, desired, api.now)
            status["lastScaleTime"] = api.timestamp
        if looked.outcome != "no-scale":
            status.pop("currentReplicas", None)
            status |= {"currentReplicas": looked.replicas} if looked.replicas else {}
            if looked.outcome != "failed":
                status["desiredReplicas"] = looked.desired
        metrics = [item.status for item in looked.measured]
        if looked.outcome == "no-scale":
            metrics = obj.current_metrics
        api.autoscaling.keep(obj.key, obj.uid, memory)
        self._report(api, obj, status, conditions, metrics)
        target = looked.target
        if (
            looked.outcome in ("above", "below")
            and target is not None
            and len(list(self._of(api, target))) == 1
        ):
            self.look_again(obj.key, api.now + PERIOD)
        else:
            self.deadlines[obj.key] = api.now + PERIOD

    def _scale(
        self, api: ApiServer, autoscaler: HorizontalPodAutoscaler, target: Workload, desired: int, reason: str
    ) -> None:
        """Write the number into the target's scale, and say so."""

        def edit(manifest: Manifest) -> None:
            manifest["spec"]["replicas"] = desired

        words = _("from {before} to {after}: {reason}", before=target.replicas, after=desired, reason=reason)
        why = Why(words, autoscaler)
        api.change(target, edit, by=self.name, verb="scale", why=why)
        message = f"New size: {desired}; reason: {reason}"
        record(api, autoscaler, "SuccessfulRescale", message, by=_REPORTS_AS)

    def _report(
        self,
        api: ApiServer,
        obj: HorizontalPodAutoscaler,
        status: Manifest,
        conditions: list[Manifest],
        metrics: list[Manifest],
    ) -> None:
        """Write what was seen: the older version has most of it in annotations."""
        why = _("it has evaluated its target and its metrics")
        if obj.raw.get("apiVersion") != OLD:
            status = {**status, "conditions": conditions, "currentMetrics": metrics or None}
            api.update_status(obj, status, by=self.name, why=why)
            return
        status.setdefault("currentReplicas", 0)
        shares = [mapping(mapping(item.get("resource")).get("current")) for item in metrics]
        percent = next((item["averageUtilization"] for item in shares if "averageUtilization" in item), None)
        status.pop("currentCPUUtilizationPercentage", None)
        if percent is not None:
            status["currentCPUUtilizationPercentage"] = percent

        def edit(manifest: Manifest) -> None:
            annotations = manifest["metadata"].setdefault("annotations", {})
            annotations[CONDITIONS] = json.dumps(conditions, separators=(",", ":"))
            annotations.pop(CURRENT_METRICS, None)
            if metrics:
                annotations[CURRENT_METRICS] = json.dumps(metrics, separators=(",", ":"))

        api.update_status(obj, status, by=self.name, why=why)
        api.change(obj, edit, by=self.name, verb="status", why=why)


def _with(conditions: list[Manifest], new: Manifest) -> list[Manifest]:
    """Return conditions with one of them set: it stays in its place, and keeps its time while its status stays."""
    for i, item in enumerate(conditions):
        if item.get("type") == new["type"]:
            if item.get("status") == new["status"]:
                new["lastTransitionTime"] = item.get("lastTransitionTime")
            return [*conditions[:i], new, *conditions[i + 1 :]]
    return [*conditions, new]
