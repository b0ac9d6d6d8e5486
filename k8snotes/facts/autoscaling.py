"""A HorizontalPodAutoscaler: the sum that it does, what holds it back, what it has done so far, and what comes next."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from k8snotes.api.base import mapping, mappings, text
from k8snotes.api.kinds.horizontalpodautoscaler import HorizontalPodAutoscaler
from k8snotes.catalogue import Text, _, ngettext
from k8snotes.control_plane.apiserver import ApiServer
from k8snotes.control_plane.autoscaling.behavior import Limited, window_of
from k8snotes.control_plane.autoscaling.evaluation import Evaluation, Measured, evaluate
from k8snotes.control_plane.autoscaling.records import PERIOD, Recommendation, Round, Wish
from k8snotes.control_plane.autoscaling.replica_calculator import Tolerances
from k8snotes.facts.amounts import amount_text, in_bytes

__all__ = [
    "PERIOD",
    "AutoscalePlan",
    "PlannedMetric",
    "Round",
    "Said",
    "Wish",
    "autoscale_plan",
    "horizon",
    "metric_amount",
]

_WHOLE = 100
_THOUSAND = 1000
_SOON = 60  # seconds


class Said(NamedTuple):
    """Something that is to be said of an autoscaler: a code, and the sentence."""

    code: str
    words: Text


class PlannedMetric(NamedTuple):
    """What one metric asks for now.

    Args:
        name: what is measured: "cpu".
        container: the container of each Pod that is measured, "" for whole Pods.
        percent: whether it is measured in percent of the requests.
        current: the measured average: percent, or thousandths (of a CPU, of a byte); None if it failed.
        target: what it is to be, in the same unit.
        total: what all Pods that count use together, in thousandths.
        requests: what these Pods request together, in thousandths; 0 where requests do not matter.
        counted: how many Pods count.
        unready: the Pods that are starting or not ready: what they use does not count.
        missing: the Pods of which nothing is known.
        ratio: the average divided by the target.
        corrected: the same with unready and missing Pods in it.
        replicas: how many Pods it asks for; None if it failed.
        decides: whether it asks for the most Pods of all metrics.
        error: why it failed, in Kubernetes' words; "" if it did not.
        sums: how it comes to its number, in sentences.
    """

    name: str
    container: str
    percent: bool
    current: int | None
    target: int
    total: int
    requests: int
    counted: int
    unready: tuple[str, ...]
    missing: tuple[str, ...]
    ratio: float
    corrected: float
    replicas: int | None
    decides: bool
    error: str
    sums: tuple[Text, ...]


class AutoscalePlan(NamedTuple):
    """What an autoscaler computes, what it has done, and what it will do if the load stays as it is.

    Args:
        ref: its reference: "horizontalpodautoscaler/web".
        name: its name.
        target: the reference of what it scales; "" if there is nothing.
        least: the fewest Pods.
        most: the most Pods.
        replicas: how many Pods the target wants now.
        ready: how many of its Pods are ready.
        outcome: "no-scale", "disabled", "above", "below", "failed" or "measured"; see `Evaluation`. "found" in a dump,
            which has no metrics.
        metrics: what each metric asks for.
        wanted: how many Pods the metrics ask for together; None if they were not asked, or have failed.
        desired: how many Pods there will be after the next round.
        held: what holds the number back, or why there is none; () if nothing does.
        now: the present moment, in seconds of the cluster's clock.
        due: when the next round is; None if there is none.
        window: the seconds of the window for scaling down.
        past: the rounds until now that are shown, in order.
        coming: the rounds that will come if the load stays as it is, in order.
        steps: what changes in the coming rounds, in sentences.
    """

    ref: str
    name: str
    target: str
    least: int
    most: int
    replicas: int
    ready: int
    outcome: str
    metrics: tuple[PlannedMetric, ...]
    wanted: int | None
    desired: int
    held: tuple[Said, ...]
    now: int
    due: int | None
    window: int
    past: tuple[Round, ...]
    coming: tuple[Round, ...]
    steps: tuple[Said, ...]


def autoscale_plan(
    api: ApiServer,
    autoscaler: HorizontalPodAutoscaler,
    *,
    due: int | None,
    coming: Sequence[Round],
    since: int | None = None,
    found: bool = False,
) -> AutoscalePlan:
    """Return what an autoscaler computes now, and what it has done and will do.

    Args:
        api: the API server.
        autoscaler: the autoscaler.
        due: when its next round is, in seconds of the cluster's clock; None if there is none.
        coming: the rounds that will come if the load stays as it is.
        since: from which moment on past rounds are shown; None for all that are remembered.
        found: whether the cluster is a dump: then it is told what the status says, and nothing is computed.
    """
    looked = evaluate(api, autoscaler)
    if found:
        return _as_found(api, autoscaler, looked)
    record = api.autoscaling.of(autoscaler.uid)
    past = tuple(item for item in record.rounds if since is None or item.time >= since)
    now = looked.round(api.now)
    return AutoscalePlan(
        autoscaler.ref,
        autoscaler.name,
        looked.target.ref if looked.target is not None else "",
        autoscaler.min_replicas,
        autoscaler.max_replicas,
        looked.replicas,
        now.ready,
        looked.outcome,
        tuple(_metric(autoscaler, looked, item) for item in looked.measured),
        looked.wanted,
        looked.desired,
        tuple(_held(api, autoscaler, looked, record.recommendations)),
        api.now,
        due,
        window_of(autoscaler.behavior, "scaleDown"),
        past,
        tuple(coming),
        tuple(_steps(api.now, due, looked.replicas, coming)),
    )


def _as_found(api: ApiServer, autoscaler: HorizontalPodAutoscaler, looked: Evaluation) -> AutoscalePlan:
    """Return what a dump tells of an autoscaler: its status, and nothing that would have to be measured."""
    status = autoscaler.status
    wanted = status.get("desiredReplicas")
    said = [
        Said(
            "found",
            _(
                "A dump does not say what Pods use, so the sum is not known here. The status of {autoscaler} says:",
                autoscaler=autoscaler.ref,
            ),
        )
    ]
    for item in mappings(status.get("conditions")):
        words = _(
            "{condition} is {value} ({reason}): {message}",
            condition=text(item.get("type")),
            value=text(item.get("status")),
            reason=text(item.get("reason")),
            message=text(item.get("message")),
        )
        said.append(Said("found", words))
    now = looked.round(api.now)
    return AutoscalePlan(
        autoscaler.ref,
        autoscaler.name,
        looked.target.ref if looked.target is not None else "",
        autoscaler.min_replicas,
        autoscaler.max_replicas,
        looked.replicas,
        now.ready,
        "found",
        (),
        wanted if isinstance(wanted, int) else None,
        wanted if isinstance(wanted, int) else looked.replicas,
        tuple(said),
        api.now,
        None,
        window_of(autoscaler.behavior, "scaleDown"),
        (),
        (),
        (),
    )


def metric_amount(name: str, thousandths: int) -> str:
    """Return what was measured of a metric as text.

    >>> metric_amount("cpu", 250), metric_amount("memory", 52428800000)
    ('250m', '50Mi')
    """
    if name == "cpu":
        return f"{thousandths}m"
    return amount_text(name if in_bytes(name) else "", thousandths // _THOUSAND)


def _metric(autoscaler: HorizontalPodAutoscaler, looked: Evaluation, item: Measured) -> PlannedMetric:
    wish, it = item.wish, item.proposal
    container = text(item.source.get("container"))
    if it is None:
        return PlannedMetric(
            wish.name,
            container,
            wish.percent,
            None,
            wish.target,
            0,
            0,
            0,
            (),
            (),
            0.0,
            0.0,
            None,
            decides=False,
            error=item.error,
            sums=(),
        )
    made = PlannedMetric(
        wish.name,
        container,
        wish.percent,
        it.current,
        wish.target,
        it.total,
        it.requests,
        len(it.groups.ready),
        it.groups.unready,
        it.groups.missing,
        it.ratio,
        it.corrected,
        it.replicas,
        decides=item.name == looked.metric,
        error="",
        sums=(),
    )
    return made._replace(sums=tuple(_sums(autoscaler, made)))


def _sums(autoscaler: HorizontalPodAutoscaler, metric: PlannedMetric) -> Iterator[Text]:
    """Yield how a metric comes to its number."""
    parts = {
        "metric": metric.name,
        "total": metric_amount(metric.name, metric.total),
        "current": _shown(metric, metric.current or 0),
        "target": _shown(metric, metric.target),
    }
    if metric.percent:
        yield ngettext(
            "{metric}: {n} Pod uses {total} of the {requests} that it requests, which is {current}; {target} is the "
            "target.",
            "{metric}: {n} Pods use {total} of the {requests} that they request, which is {current}; {target} is the "
            "target.",
            metric.counted,
            requests=metric_amount(metric.name, metric.requests),
            **parts,
        )
    else:
        yield ngettext(
            "{metric}: {n} Pod uses {total}, which is {current} for each Pod; {target} is the target.",
            "{metric}: {n} Pods use {total}, which is {current} for each Pod; {target} is the target.",
            metric.counted,
            **parts,
        )
    if metric.unready and metric.ratio > 1:
        yield ngettext(
            "{n} Pod that is not ready yet counts as if it used nothing.",
            "{n} Pods that are not ready yet count as if they used nothing.",
            len(metric.unready),
        )
    elif metric.unready:
        yield ngettext(
            "{n} Pod that is not ready yet does not count.",
            "{n} Pods that are not ready yet do not count.",
            len(metric.unready),
        )
    if metric.missing:
        yield ngettext(
            "{n} Pod has no metrics, and counts in a way that makes the change smaller.",
            "{n} Pods have no metrics, and count in a way that makes the change smaller.",
            len(metric.missing),
        )
    yield _sum(autoscaler, metric)


def _sum(autoscaler: HorizontalPodAutoscaler, metric: PlannedMetric) -> Text:
    """Return the calculation itself."""
    corrected = metric.corrected != metric.ratio
    pods = metric.counted
    if corrected:
        pods += len(metric.missing) + (len(metric.unready) if metric.ratio > 1 else 0)
    ratio = f"{metric.corrected:.2f}"
    tolerances = Tolerances.of(autoscaler.behavior)
    if tolerances.hold(metric.corrected):
        allowed = tolerances.up if metric.corrected > 1 else tolerances.down
        parts = {
            "target": _shown(metric, metric.target),
            "ratio": ratio,
            "percent": f"{allowed * _WHOLE:g}",
            "replicas": metric.replicas,
        }
        if corrected:
            return _(
                "With these Pods, the average is {average}. {average} / {target} is {ratio}: a difference of at most {percent} % "
                "changes nothing, so the recommendation is {replicas}.",
                average=_shown(metric, round(metric.corrected * metric.target)),
                **parts,
            )
        return _(
            "{current} / {target} is {ratio}: a difference of at most {percent} % changes nothing, so the recommendation is {replicas}.",
            current=_shown(metric, metric.current or 0),
            **parts,
        )
    if metric.replicas != math.ceil(metric.corrected * pods):
        return _(
            "With these Pods, the change would go in the other direction, so the recommendation stays {replicas}.",
            replicas=metric.replicas,
        )
    if corrected:
        return _(
            "{pods} Pods × {ratio} is {product}, rounded up: the recommendation is {replicas}.",
            pods=pods,
            ratio=ratio,
            product=f"{metric.corrected * pods:.2f}",
            replicas=metric.replicas,
        )
    return ngettext(
        "{n} Pod × {current} / {target} is {product}, rounded up: the recommendation is {replicas}.",
        "{n} Pods × {current} / {target} is {product}, rounded up: the recommendation is {replicas}.",
        pods,
        current=_shown(metric, metric.current or 0),
        target=_shown(metric, metric.target),
        product=f"{metric.corrected * pods:.2f}",
        replicas=metric.replicas,
    )


def _shown(metric: PlannedMetric, amount: int) -> str:
    return f"{amount} %" if metric.percent else metric_amount(metric.name, amount)


# ---- what holds it back


def _held(
    api: ApiServer,
    autoscaler: HorizontalPodAutoscaler,
    looked: Evaluation,
    recommendations: Sequence[Recommendation],
) -> Iterator[Said]:
    """Yield what holds the number back, or why there is none."""
    if looked.outcome == "no-scale":
        yield Said("no-scale", _("There is nothing to scale: {why}.", why=looked.warnings[0].message))
    elif looked.outcome == "disabled":
        yield Said(
            "disabled",
            _("The target has 0 replicas, so autoscaling is disabled until you scale the target up."),
        )
    elif looked.outcome in ("above", "below"):
        yield _outside(autoscaler, looked)
    yield from _failures(api, looked)
    if looked.limited is not None and looked.wanted is not None:
        if looked.limited.stabilized != looked.wanted:
            yield _windowed(api, autoscaler, looked.limited, looked.wanted, recommendations)
        if looked.limited.is_limited:
            yield _limited(autoscaler, looked.limited)


def _outside(autoscaler: HorizontalPodAutoscaler, looked: Evaluation) -> Said:
    if looked.outcome == "above":
        words = ngettext(
            "The target has {n} replica, and maxReplicas is {most}: the metrics do not matter.",
            "The target has {n} replicas, and maxReplicas is {most}: the metrics do not matter.",
            looked.replicas,
            most=autoscaler.max_replicas,
        )
    else:
        words = ngettext(
            "The target has {n} replica, and minReplicas is {least}: the metrics do not matter.",
            "The target has {n} replicas, and minReplicas is {least}: the metrics do not matter.",
            looked.replicas,
            least=autoscaler.min_replicas,
        )
    return Said(looked.outcome, words)


def _failures(api: ApiServer, looked: Evaluation) -> Iterator[Said]:
    """Yield why the metrics say nothing."""
    failed = [item for item in looked.measured if item.proposal is None]
    if failed and len(failed) < len(looked.measured):
        yield Said(
            "some-failed",
            _(
                "While a metric fails, the autoscaler can add Pods because of the other metrics, but it removes none."
            ),
        )
    if not failed and looked.outcome == "failed":
        yield Said(
            "failed", _("The autoscaler cannot compute a number: {why}.", why=looked.warnings[0].message)
        )
    for item in failed:
        yield Said("failed", _("A metric fails: {why}.", why=item.error))
    if failed and api.resource_metrics is not None and api.resource_metrics.pods(()) is None:
        yield Said(
            "no-metrics",
            _("This cluster has no metrics-server yet. c.use() says what Pods use, and starts one."),
        )


def _windowed(
    api: ApiServer,
    autoscaler: HorizontalPodAutoscaler,
    limited: Limited,
    wanted: int,
    recommendations: Sequence[Recommendation],
) -> Said:
    """Say which window holds the number back, and until when."""
    code, held = limited.able[0], limited.stabilized
    down = code == "ScaleDownStabilized"
    window = window_of(autoscaler.behavior, "scaleDown" if down else "scaleUp")
    against = [
        item.time + window
        for item in recommendations
        if (item.replicas > wanted if down else item.replicas < wanted)
    ]
    until = max(against, default=api.now)
    if down:
        words = _(
            "The stabilization window of {window} s applies: its highest recommendation, {held}, counts until second "
            "{until} at the latest.",
            window=window,
            held=held,
            until=until,
        )
    else:
        words = _(
            "The stabilization window of {window} s applies: its lowest recommendation, {held}, counts until second "
            "{until} at the latest.",
            window=window,
            held=held,
            until=until,
        )
    return Said(code, words)


def _limited(autoscaler: HorizontalPodAutoscaler, limited: Limited) -> Said:
    """Say which limit holds the number back."""
    code, to = limited.limit[0], limited.replicas
    by_rules = autoscaler.behavior is not None
    words: dict[str, Text] = {
        "TooManyReplicas": _(
            "More than {most} Pods are not allowed (maxReplicas).", most=autoscaler.max_replicas
        ),
        "TooFewReplicas": _(
            "Fewer than {least} Pods are not allowed (minReplicas).", least=autoscaler.min_replicas
        ),
        "ScaleUpLimit": _(
            "The policies for scaling up allow {to} Pods now: {rules}.",
            to=to,
            rules=_rules(autoscaler, "scaleUp"),
        )
        if by_rules
        else _("In one round, the number can at most double, or become 4: {to} Pods now.", to=to),
        "ScaleDownLimit": _(
            "The policies for scaling down allow {to} Pods now: {rules}.",
            to=to,
            rules=_rules(autoscaler, "scaleDown"),
        ),
    }
    return Said(code, words[code])


def _rules(autoscaler: HorizontalPodAutoscaler, way: str) -> str:
    """Return the policies of a direction in short: "Pods 4 in 15 s, Percent 100 in 15 s, select Max"."""
    rules = mapping(mapping(autoscaler.behavior).get(way))
    policies = [
        f"{text(item.get('type'))} {item.get('value')} / {item.get('periodSeconds')} s"
        for item in rules.get("policies", ())
    ]
    return f"{', '.join(policies)}; selectPolicy {text(rules.get('selectPolicy'))}"


def _steps(now: int, due: int | None, replicas: int, coming: Sequence[Round]) -> Iterator[Said]:
    """Yield what changes in the coming rounds."""
    if due is None:
        return
    yield Said(
        "due", _("The next round is in {seconds} s, at second {due}.", seconds=max(due - now, 0), due=due)
    )
    changes = [item for item in coming if item.held is not None and item.held != item.replicas]
    for item in changes:
        yield Said(
            "step",
            _(
                "If the load stays as it is, the number goes from {before} to {after} at second {time}.",
                before=item.replicas,
                after=item.held,
                time=item.time,
            ),
        )
    if not changes and coming:
        yield Said(
            "same",
            _(
                "If the load stays as it is, the number stays {replicas} until second {time} at least.",
                replicas=replicas,
                time=coming[-1].time,
            ),
        )


def horizon(api: ApiServer, autoscaler: HorizontalPodAutoscaler) -> int:
    """Return how many seconds into the future are worth a look: longer if a window keeps Pods that nobody needs."""
    looked = evaluate(api, autoscaler)
    waits = looked.wanted is not None and looked.wanted < looked.replicas
    return _SOON + (window_of(autoscaler.behavior, "scaleDown") if waits else 0)
