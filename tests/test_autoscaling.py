"""Autoscaling: the arithmetic, the windows and the steps, what is said of it, and what the commands print.

The words of conditions and Events are those of k8s.io/kubernetes/pkg/controller/podautoscaler; recorded scenarios
(`hpa-*`) are played in test_scenarios.py.
"""

from __future__ import annotations

import json
import math

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st
from measures import faults

import k8snotes as kn
from k8snotes.api.base import view
from k8snotes.control_plane import caches
from k8snotes.control_plane.autoscaling.behavior import Bounds, limited
from k8snotes.control_plane.autoscaling.records import Recommendation, Record, ScaleEvent
from k8snotes.control_plane.autoscaling.replica_calculator import (
    Measurement,
    Tolerances,
    by_request,
    by_value,
)
from k8snotes.control_plane.autoscaling.resource_metrics import MetricError, PodMetric
from k8snotes.control_plane.naming import timestamp

DEPLOYMENT = """{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {replicas: %d, selector: {matchLabels:
 {app: web}}, template: {metadata: {labels: {app: web}}, spec: {containers: [{name: main, image: "web:1", resources:
 {requests: {cpu: 100m, memory: 100Mi}}}]}}}}"""
CPU = "{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 50}}}"


def lab(replicas=1, *, nodes=3):
    c = kn.Cluster(nodes=nodes)
    c.apply(DEPLOYMENT % replicas)
    c.settle()
    return c


def autoscaler(
    spec="", *, least=1, most=10, metrics=CPU, target="{apiVersion: apps/v1, kind: Deployment, name: web}"
):
    return f"""{{apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, metadata: {{name: h}}, spec: {{minReplicas:
 {least}, maxReplicas: {most}, metrics: [{metrics}], scaleTargetRef: {target}{", " + spec if spec else ""}}}}}"""


def conditions(c, name="h"):
    return {
        item["type"]: (item["status"], item["reason"], item["message"])
        for item in c[f"hpa/{name}"].conditions
    }


def events(c, reason):
    return sorted(
        item.raw["message"]
        for item in c.objects("events")
        if item.raw["reason"] == reason and item.raw["source"]["component"] == "horizontal-pod-autoscaler"
    )


def replicas(c):
    return c["deploy/web"].replicas


# ---- the arithmetic


def pods(count, *, phase="Running", ready="True", start=0, since=0, requests="100m", first=0):
    return [
        view(
            {
                "apiVersion": "v1",
                "kind": "Pod",
                "metadata": {"name": f"p{number}", "uid": f"{number}"},
                "spec": {"containers": [{"name": "a", "resources": {"requests": {"cpu": requests}}}]},
                "status": {
                    "phase": phase,
                    "startTime": timestamp(start),
                    "conditions": [
                        {"type": "Ready", "status": ready, "lastTransitionTime": timestamp(since)}
                    ],
                },
            }
        )
        for number in range(first, first + count)
    ]


def known(items, amounts, *, replicas=None, tolerances=None, now=1000):
    metrics = {pod.name: PodMetric(amount, now) for pod, amount in zip(items, amounts, strict=False)}
    return Measurement(items, metrics, "cpu", replicas or len(items), tolerances or Tolerances(), now)


@pytest.mark.parametrize(
    ("amounts", "target", "replicas"),
    [
        ([300, 500, 700], 30, 50),
        ([100, 100], 50, 4),
        ([55, 55], 50, 2),  # 10 % above: tolerated
        ([56, 56], 50, 3),
        ([45, 45], 50, 2),  # 10 % below: tolerated
        ([44, 44, 44], 50, 3),
        ([20, 20, 20, 20], 50, 2),
        ([0, 0, 0], 50, 0),
    ],
)
def test_a_share_of_the_requests_decides(amounts, target, replicas):
    """The number is that of the Pods times measured through wanted share, rounded up, outside of a tolerance of 10 %."""
    assert by_request(known(pods(len(amounts)), amounts), target).replicas == replicas


def test_a_share_is_cut_off_before_it_is_compared():
    """Percents are whole numbers: 55.9 % counts as 55 %, and is within the tolerance of 50 %."""
    proposal = by_request(known(pods(10), [56] * 9 + [55]), 50)
    assert (proposal.current, proposal.replicas) == (55, 10)


def test_pods_of_which_nothing_is_known_speak_against_a_change():
    """On the way up they use nothing, on the way down all of their request; nothing turns by that."""
    assert by_request(known(pods(4), [100, 100, 100]), 50).replicas == 6
    assert by_request(known(pods(4), [10, 10, 10]), 50).replicas == 3
    assert by_request(known(pods(3), [60]), 50).replicas == 3


def test_a_target_above_all_that_is_requested_counts_for_missing_pods_too():
    """With a target of 200 %, a Pod of which nothing is known counts with 200 % on the way down."""
    assert by_request(known(pods(2), [50]), 200).replicas == 2


def test_pods_that_start_count_as_idle_on_the_way_up():
    """A Pod that is not ready within its first five minutes uses nothing on the way up, and is left out on the way down."""
    starting = pods(1, ready="False", start=990, since=991, first=2)
    items = [*pods(2), *starting]
    assert by_request(known(items, [100, 100, 100]), 50).replicas == 4
    assert by_request(known(items, [20, 20, 20]), 50).replicas == 1


def test_a_pod_that_was_ready_once_counts_though_it_is_not_ready():
    """After five minutes, what a Pod uses counts even while it is not ready, if it was ready later than after 30 s."""
    late = pods(1, ready="False", start=0, since=600)
    never = pods(1, ready="False", start=0, since=10)
    assert by_request(known(late, [100]), 50).replicas == 2
    with pytest.raises(MetricError, match="pods might be unready"):
        by_request(known(never, [100]), 50)


def test_pods_that_are_going_or_have_failed_do_not_count():
    """Failed Pods are left out, pending ones are not ready."""
    items = [*pods(2), *pods(1, phase="Failed", first=2), *pods(1, phase="Pending", first=3)]
    proposal = by_request(known(items, [100, 100, 500, 500]), 50)
    assert proposal.groups == (("p0", "p1"), ("p3",), (), ("p2",))
    assert proposal.replicas == 4  # of 3 Pods with 200m of 300m: 66 % of 50 %


def test_a_container_without_a_request_has_no_share():
    """The message names the container and its Pod."""
    item = view({**pods(1)[0].raw, "spec": {"containers": [{"name": "a"}]}})
    with pytest.raises(MetricError, match="missing request for cpu in container a of Pod p0"):
        by_request(known([item], [100]), 50)


@given(
    st.lists(st.integers(0, 2000), min_size=1, max_size=20),
    st.integers(1, 300),
    st.floats(0, 1),
    st.floats(0, 1),
)
def test_ready_pods_are_a_matter_of_one_division(amounts, target, down, up):
    """If all Pods count, the number is the present one or the rounded up product, and never on the wrong side."""
    tolerances = Tolerances(down, up)
    proposal = by_request(known(pods(len(amounts)), amounts, tolerances=tolerances), target)
    share = sum(amounts) * 100 // (100 * len(amounts))
    if tolerances.hold(share / target):
        assert proposal.replicas == len(amounts)
    else:
        assert proposal.replicas == math.ceil(share / target * len(amounts))
        assert (proposal.replicas >= len(amounts)) if share > target else (proposal.replicas <= len(amounts))


@given(
    st.lists(st.integers(0, 500), min_size=1, max_size=8),
    st.integers(0, 4),
    st.integers(0, 4),
    st.integers(1, 200),
    st.booleans(),
)
def test_what_is_not_known_never_hastens_a_change(amounts, unready, missing, target, share):
    """Unready and missing Pods make a change smaller, and never turn it round."""
    ready = pods(len(amounts))
    starting = pods(unready, ready="False", start=990, since=990, first=100)
    lost = pods(missing, first=200)
    ask = (lambda m: by_request(m, target)) if share else (lambda m: by_value(m, target))
    now = len(amounts) + unready + missing
    proposal = ask(known([*ready, *starting, *lost], [*amounts, *[300] * unready], replicas=now))
    if proposal.ratio > 1:
        assert proposal.replicas >= now
    elif proposal.ratio < 1:
        assert proposal.replicas <= now


# ---- windows and steps


RULES = {
    "scaleUp": {
        "stabilizationWindowSeconds": 0,
        "selectPolicy": "Max",
        "policies": [
            {"type": "Pods", "value": 4, "periodSeconds": 15},
            {"type": "Percent", "value": 100, "periodSeconds": 15},
        ],
    },
    "scaleDown": {
        "stabilizationWindowSeconds": 300,
        "selectPolicy": "Max",
        "policies": [{"type": "Percent", "value": 100, "periodSeconds": 15}],
    },
}


def rules(way, **changes):
    return {**RULES, way: {**RULES[way], **changes}}


@pytest.mark.parametrize(
    ("current", "desired", "replicas", "reason"),
    [
        (1, 9, 4, "ScaleUpLimit"),
        (3, 9, 6, "ScaleUpLimit"),
        (8, 20, 10, "TooManyReplicas"),
        (5, 1, 2, "TooFewReplicas"),
        (5, 3, 3, "DesiredWithinRange"),
    ],
)
def test_without_rules_the_number_doubles_at_most(current, desired, replicas, reason):
    """Up to twice as many, or 4; never more than the most, never fewer than the least."""
    left = limited(Bounds(None, 2, 10), Record(), current, desired, 1000)
    assert (left.replicas, left.limit[0]) == (replicas, reason)


def test_the_highest_number_of_the_window_counts():
    """What was recommended less than 300 s ago holds Pods; what is older does not."""
    record = Record()
    record.recommendations = [Recommendation(7, 100), Recommendation(5, 200)]
    assert limited(Bounds(None, 1, 10), record, 7, 2, 399).replicas == 7
    assert limited(Bounds(None, 1, 10), record, 7, 2, 400).replicas == 5
    assert limited(Bounds(None, 1, 10), record, 5, 2, 500).replicas == 2


def test_a_window_for_scaling_up_waits_for_the_lowest_number():
    """A peak that does not last as long as the window adds no Pods."""
    record = Record()
    record.recommendations = [Recommendation(2, 960)]
    behavior = rules("scaleUp", stabilizationWindowSeconds=60)
    left = limited(Bounds(behavior, 1, 10), record, 2, 6, 1000)
    assert (left.replicas, left.able[0]) == (2, "ScaleUpStabilized")
    assert limited(Bounds(behavior, 1, 10), record, 2, 6, 1060).replicas == 6


@pytest.mark.parametrize(
    ("select", "replicas"), [("Max", 10), ("Min", 9), ("Disabled", 5)], ids=["max", "min", "disabled"]
)
def test_the_policy_that_is_selected_counts(select, replicas):
    """Of 4 Pods and 100 %, the larger or the smaller change counts, or none."""
    behavior = rules("scaleUp", selectPolicy=select)
    assert limited(Bounds(behavior, 1, 50), Record(), 5, 30, 1000).replicas == replicas


def test_what_was_changed_within_the_period_counts_for_a_policy():
    """A policy of 4 Pods in 60 s has 1 left after 3 were added, and all 4 again after the period."""
    record = Record()
    record.ups = [ScaleEvent(3, 950)]
    behavior = rules("scaleUp", policies=[{"type": "Pods", "value": 4, "periodSeconds": 60}])
    assert limited(Bounds(behavior, 1, 50), record, 8, 30, 1000).replicas == 9
    assert limited(Bounds(behavior, 1, 50), record, 8, 30, 1010).replicas == 12


def test_a_policy_in_percent_is_rounded_up_on_the_way_up_and_down_on_the_way_down():
    """10 % of 1 Pod adds one; 10 % of 5 Pods leave 4."""
    tenth = [{"type": "Percent", "value": 10, "periodSeconds": 60}]
    assert limited(Bounds(rules("scaleUp", policies=tenth), 1, 50), Record(), 1, 9, 1000).replicas == 2
    down = rules("scaleDown", policies=tenth, stabilizationWindowSeconds=0)
    left = limited(Bounds(down, 1, 50), Record(), 5, 1, 1000)
    assert (left.replicas, left.limit[0]) == (4, "ScaleDownLimit")


@given(
    st.tuples(st.integers(1, 20), st.integers(0, 40)),
    st.integers(0, 200),
    st.lists(st.tuples(st.integers(0, 40), st.integers(0, 1000)), max_size=5),
    st.sampled_from(["Max", "Min", "Disabled"]),
    st.booleans(),
)
def test_windows_and_limits_never_turn_a_change_round(numbers, window, before, select, by_rules):
    """Whatever was recommended before, the number lies within the bounds, and between what is and what is asked for."""
    current, desired = numbers
    record = Record()
    record.recommendations = [Recommendation(number, time) for number, time in before]
    behavior = (
        rules("scaleDown", selectPolicy=select, stabilizationWindowSeconds=window) if by_rules else None
    )
    left = limited(Bounds(behavior, 1, 20), record, current, desired, 1000)
    assert 1 <= left.replicas <= 20
    if desired >= current:
        assert current <= left.replicas <= max(current, desired) or not by_rules
    assert left.is_limited == (left.replicas != left.stabilized)


def test_a_tolerance_of_its_own():
    """`tolerance` of a direction replaces the 10 %."""
    tolerances = Tolerances.of({"scaleUp": {"tolerance": "0.5"}, "scaleDown": {"tolerance": 0}})
    assert (tolerances.up, tolerances.down) == (0.5, 0)
    assert by_request(known(pods(2), [75, 75], tolerances=tolerances), 50).replicas == 2
    assert by_request(known(pods(50), [49] * 50, tolerances=tolerances), 50).replicas == 49


# ---- the controller


def test_load_goes_up_and_down_and_pods_follow():
    """Pods come at once and share the load; when the load has gone, the window holds them for 300 s."""
    c = lab()
    c.apply(autoscaler())
    c.use("deploy/web", cpu="40m", shared=True)
    c.wait("1m")
    assert replicas(c) == 1
    c.use("deploy/web", cpu="380m", shared=True)
    c.wait("45s")
    assert replicas(c) == 8
    assert sorted(c.top()["CPU(cores)"]) == ["47m"] * 4 + ["48m"] * 4
    assert conditions(c)["ScalingLimited"] == (
        "False",
        "DesiredWithinRange",
        "the desired count is within the acceptable range",
    )
    c.use("deploy/web", cpu="60m", shared=True)
    c.wait("4m")
    assert replicas(c) == 8
    assert conditions(c)["AbleToScale"] == (
        "True",
        "ScaleDownStabilized",
        "recent recommendations were higher than current one, applying the highest recent recommendation",
    )
    c.wait("1m")
    assert replicas(c) == 2
    assert events(c, "SuccessfulRescale") == [
        "New size: 2; reason: All metrics below target",
        "New size: 4; reason: cpu resource utilization (percentage of request) above target",
        "New size: 8; reason: cpu resource utilization (percentage of request) above target",
    ]


def test_settling_does_not_wait_for_a_round():
    """A new autoscaler has done nothing when the cluster has settled, as kubectl shows it in its first 15 seconds."""
    c = lab()
    c.apply(autoscaler(least=3))
    before = c.api.now
    c.settle()
    assert replicas(c) == 1
    assert c.api.now < before + 15
    assert c["hpa/h"].manifest["status"] == {"currentMetrics": None, "desiredReplicas": 0}


def test_settling_waits_for_the_answer_to_another_number():
    """Where somebody else scales the target, settling ends when the autoscaler has answered."""
    c = lab(2)
    c.apply(autoscaler(most=4))
    c.use("deploy/web", cpu="50m")
    c.wait("1m")
    c.scale("deploy/web", 9)
    c.settle()
    assert replicas(c) == 4
    assert events(c, "SuccessfulRescale") == [
        "New size: 4; reason: Current number of replicas above Spec.MaxReplicas"
    ]


def test_two_autoscalers_of_one_target_do_not_keep_settling_from_its_end():
    """Autoscalers that undo each other's work do so as time passes, and settling ends."""
    c = lab(2)
    c.apply(autoscaler(least=1, most=2))
    c.apply(autoscaler(least=5, most=9).replace("name: h}", "name: i}"))
    c.use("deploy/web", cpu="50m")
    c.wait("1m")
    changes = c.settle()
    assert not changes.note
    assert len(events(c, "SuccessfulRescale")) >= 2


def test_a_target_with_no_pods_switches_it_off():
    """0 replicas of the target mean that nobody wants it to be scaled."""
    c = lab(0)
    c.apply(autoscaler(least=2))
    c.wait("1m")
    assert replicas(c) == 0
    assert conditions(c)["ScalingActive"] == (
        "False",
        "ScalingDisabled",
        "scaling is disabled since the replica count of the target is zero",
    )


@pytest.mark.parametrize(
    ("target", "why"),
    [
        ("{apiVersion: apps/v1, kind: Deployment, name: wbe}", 'deployments/scale.apps "wbe" not found'),
        ("{apiVersion: apps/v1, kind: StatefulSet, name: wbe}", 'statefulsets.apps "wbe" not found'),
        (
            "{apiVersion: apps/v1, kind: DaemonSet, name: web}",
            "the server could not find the requested resource",
        ),
        (
            "{apiVersion: apps/v1, kind: Deploymnet, name: web}",
            'no matches for kind "Deploymnet" in group "apps"',
        ),
    ],
)
def test_a_target_that_cannot_be_scaled_is_named(target, why):
    """FailedGetScale says why, as Event and as condition."""
    c = lab()
    c.apply(autoscaler(target=target))
    c.wait("20s")
    assert events(c, "FailedGetScale") == [why]
    message = f"the HPA controller was unable to get the target's current scale: {why}"
    assert conditions(c) == {"AbleToScale": ("False", "FailedGetScale", message)}


NO_CUSTOM = "unable to fetch metrics from custom metrics API: no custom metrics API (custom.metrics.k8s.io) registered"
NO_EXTERNAL = (
    "unable to fetch metrics from external metrics API: the server could not find the requested resource "
    "(get queue.external.metrics.k8s.io)"
)


@pytest.mark.parametrize(
    ("metric", "reason", "error", "wrapped"),
    [
        (
            "{type: Pods, pods: {metric: {name: packets}, target: {type: AverageValue, averageValue: 1k}}}",
            "FailedGetPodsMetric",
            f"unable to get metric packets: {NO_CUSTOM}",
            "failed to get pods metric value: ",
        ),
        (
            (
                "{type: Object, object: {metric: {name: hits}, describedObject: {apiVersion: v1, kind: Service, name: web},"
                " target: {type: Value, value: 10}}}"
            ),
            "FailedGetObjectMetric",
            f"unable to get metric hits: Service on default web/{NO_CUSTOM}",
            "failed to get object metric value: ",
        ),
        (
            (
                "{type: External, external: {metric: {name: queue, selector: {matchLabels: {q: a}}}, target: {type: "
                "AverageValue, averageValue: 30}}}"
            ),
            "FailedGetExternalMetric",
            (
                "unable to get external metric default/queue/&LabelSelector{MatchLabels:map[string]string{q: a,},"
                f"MatchExpressions:[]LabelSelectorRequirement{{}},}}: {NO_EXTERNAL}"
            ),
            "failed to get queue external metric value: failed to get queue external metric: ",
        ),
        (
            (
                "{type: ContainerResource, containerResource: {name: cpu, container: side, target: {type: Utilization, "
                "averageUtilization: 50}}}"
            ),
            "FailedGetContainerResourceMetric",
            None,
            "failed to get side container metric value: ",
        ),
    ],
)
def test_a_metric_that_nobody_measures_fails_in_kubernetes_words(metric, reason, error, wrapped):
    """There is no custom and no external metrics API here, and the autoscaler says so as in a cluster without them."""
    c = lab()
    c.use("deploy/web", cpu="10m")
    c.apply(autoscaler(metrics=metric))
    c.wait("20s")
    if error is None:
        error = (
            "failed to get cpu utilization: unable to get metrics for resource cpu: failed to get container metrics: "
            f"container side not present in metrics for pod default/{c.objects('pods')[0].name}"
        )
    assert events(c, reason) == [error]
    assert events(c, "FailedComputeMetricsReplicas") == [
        f"invalid metrics (1 invalid out of 1), first error is: {wrapped}{error}"
    ]
    assert conditions(c)["ScalingActive"] == (
        "False",
        reason,
        f"the HPA was unable to compute the replica count: {error}",
    )


def test_one_metric_that_fails_forbids_only_to_remove_pods():
    """The others may still add Pods; the error remains an Event."""
    failing = "{type: Pods, pods: {metric: {name: packets}, target: {type: AverageValue, averageValue: 1k}}}"
    c = lab(2)
    c.apply(
        autoscaler(metrics=f"{CPU}, {failing}", spec="behavior: {scaleDown: {stabilizationWindowSeconds: 0}}")
    )
    c.use("deploy/web", cpu="200m", shared=True)
    c.wait("20s")
    assert replicas(c) == 4
    assert conditions(c)["ScalingActive"][1] == "ValidMetricFound"
    c.use("deploy/web", cpu="20m", shared=True)
    c.wait("20s")
    assert replicas(c) == 4
    assert conditions(c)["ScalingActive"][1] == "FailedGetPodsMetric"


def test_without_delays_a_new_pod_counts_at_once():
    """A control plane may be started without the delays: then the CPU of a Pod counts that has just stopped being ready."""
    for delays, size in ((None, "New size: 4"), ((0, 0), "New size: 6")):
        c = lab(3)
        c.api.autoscaling.delays = delays
        c = c.copy()
        c.use("deploy/web", cpu="100m")
        c.set_ready(c.objects("pods")[0].ref, value=False)
        c.apply(autoscaler())
        c.wait("16s")
        assert events(c, "SuccessfulRescale")[0].startswith(size)


def test_the_highest_number_of_several_metrics_counts():
    """Memory asks for more Pods than CPU here; its average is an amount for each Pod."""
    memory = "{type: Resource, resource: {name: memory, target: {type: AverageValue, averageValue: 50Mi}}}"
    c = lab(2)
    c.apply(autoscaler(metrics=f"{CPU}, {memory}"))
    c.use("deploy/web", cpu="60m", memory="300Mi", shared=True)
    c.wait("1m")
    assert replicas(c) == 6
    assert events(c, "SuccessfulRescale")[-1] == "New size: 6; reason: memory resource above target"
    assert c["hpa/h"].current_metrics[1]["resource"]["current"] == {"averageValue": "52428800"}


def test_a_container_without_request_is_named():
    """A share of nothing cannot be computed, and the message says where the request is missing."""
    c = kn.Cluster(nodes=1)
    c.kubectl("create deployment web --image=nginx")
    c.settle()
    c.use("deploy/web", cpu="10m")
    c.apply(autoscaler())
    c.wait("20s")
    pod = c.objects("pods")[0].name
    assert events(c, "FailedGetResourceMetric") == [
        f"failed to get cpu utilization: missing request for cpu in container nginx of Pod {pod}"
    ]


OLDER = """{apiVersion: autoscaling/v1, kind: HorizontalPodAutoscaler, metadata: {name: h}, spec: {maxReplicas: %d,
targetCPUUtilizationPercentage: %d, scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}}}"""


def test_an_autoscaler_of_the_older_version_is_stored_as_the_newer_one():
    """What was applied as autoscaling/v1 is read as v2, which kubectl asks for, and scales alike."""
    c = lab()
    c.apply(OLDER % (5, 50))
    c.use("deploy/web", cpu="150m", shared=True)
    c.wait("1m")
    assert replicas(c) == 3
    h = c["hpa/h"]
    assert (h.raw["apiVersion"], h.spec["metrics"]) == (
        "autoscaling/v2",
        [
            {
                "type": "Resource",
                "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 50}},
            }
        ],
    )
    assert conditions(c)["AbleToScale"][1] == "ReadyForNewScale"
    assert "cpu: 50%/50%" in c.kubectl("get hpa").stdout
    assert "Annotations:                                           <none>" in c.kubectl("describe hpa").stdout


def test_the_older_version_has_annotations_for_what_it_has_no_fields_for():
    """Whoever asks in v1 is answered in v1: conditions, other metrics and the behavior are notes, and come back."""
    c = lab()
    memory = "{type: Resource, resource: {name: memory, target: {type: Utilization, averageUtilization: 50}}}"
    c.apply(autoscaler("behavior: {scaleUp: {selectPolicy: Disabled}}", metrics=f"{CPU}, {memory}"))
    c.use("deploy/web", cpu="50m", memory="10Mi")
    c.wait("30s")
    before = c["hpa/h"]
    assert c.kubectl("apply -f -", stdin=OLDER % (7, 60)).stdout.endswith("configured\n")
    after = c["hpa/h"]
    assert after.spec["behavior"] == before.spec["behavior"]
    assert after.spec["metrics"][0] == before.spec["metrics"][1]
    assert after.spec["metrics"][1]["resource"]["target"]["averageUtilization"] == 60
    assert (after.status, after.max_replicas) == (before.status, 7)
    assert c.kubectl("apply -f -", stdin=OLDER % (7, 60)).stdout.endswith("unchanged\n")
    assert "apiVersion: autoscaling/v1" in c.kubectl("apply -f - -o yaml", stdin=OLDER % (7, 70)).stdout
    assert c.kubectl("diff -f -", stdin=OLDER % (7, 70)).stdout == ""
    shown = c.kubectl("diff -f -", stdin=OLDER % (7, 75)).stdout
    assert "autoscaling.v1.HorizontalPodAutoscaler.default.h" in shown
    assert "-  targetCPUUtilizationPercentage: 70\n+  targetCPUUtilizationPercentage: 75\n" in shown
    said = c.kubectl("replace -f - -o yaml", stdin=OLDER % (8, 60)).stdout
    assert "apiVersion: autoscaling/v1" in said
    assert "currentCPUUtilizationPercentage: 50" in said
    assert 'autoscaling.alpha.kubernetes.io/conditions: \'[{"type":"AbleToScale"' in said
    assert "behavior" not in c["hpa/h"].spec


def test_pods_under_two_autoscalers_belong_to_neither():
    """Two autoscalers whose selectors find the same Pods say so, both of them from the second round on."""
    c = lab(2)
    c.apply(autoscaler())
    c.apply(autoscaler().replace("name: h}", "name: i}"))
    c.use("deploy/web", cpu="50m")
    c.wait("40s")
    message = "pods by selector app=web are controlled by multiple HPAs: [default/h default/i]"
    assert events(c, "AmbiguousSelector")[0] == message
    for name in ("h", "i"):
        assert conditions(c, name)["ScalingActive"] == ("False", "AmbiguousSelector", message)


def test_a_copy_goes_on_like_its_original():
    """What windows and policies need is in the copy: both do the same from then on, with and without caches."""
    c = lab()
    c.apply(autoscaler("behavior: {scaleUp: {policies: [{type: Pods, value: 1, periodSeconds: 60}]}}"))
    c.use("deploy/web", cpu="500m", shared=True)
    c.wait("90s")
    other = c.copy()
    c.use("deploy/web", cpu="50m", shared=True)
    other.use("deploy/web", cpu="50m", shared=True)
    c.wait("10m")
    with caches.switched_off():
        other.wait("10m")
    told = [
        [(item.time, item.replicas, item.held) for item in it.api.autoscaling.of(it["hpa/h"].uid).rounds]
        for it in (c, other)
    ]
    assert told[0] == told[1]
    assert replicas(c) == 1
    assert list(c.api.log) == list(other.api.log)


@settings(max_examples=15, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 900), st.integers(1, 90)), max_size=6),
    st.integers(1, 3),
    st.integers(3, 8),
)
def test_an_autoscaler_keeps_within_its_bounds(loads, least, most):
    """Whatever the load does, the number stays between the bounds, waiting ends, and settling changes nothing more."""
    c = lab(least, nodes=1)
    c.apply(autoscaler(least=least, most=most))
    for load, seconds in loads:
        c.use("deploy/web", cpu=f"{load}m", shared=True)
        c.wait(seconds)
        assert least <= replicas(c) <= most
        c.settle()
        assert not c.settle()


def test_a_cluster_without_autoscalers_has_no_rounds():
    """Time passes in one step where nobody waits for anything."""
    c = lab()
    controller = next(item for item in c.simulation.components if item.name.startswith("horizontal-pod"))
    c.wait("1h")
    assert not controller.deadlines
    assert not controller.alarms


def test_an_autoscaler_that_is_gone_is_forgotten():
    """Its rounds end, and a new one of the same name begins anew."""
    c = lab(2)
    c.apply(autoscaler(least=4))
    c.wait("20s")
    c.delete("hpa/h")
    c.scale("deploy/web", 1)
    c.wait("1m")
    assert replicas(c) == 1
    c.apply(autoscaler(most=3))
    assert c.api.autoscaling.of(c["hpa/h"].uid).rounds == []


def test_the_timeline_of_an_autoscaler_has_what_it_has_scaled():
    """Its target is scaled because of it."""
    c = lab()
    c.apply(autoscaler(least=2))
    c.wait("20s")
    assert "scales deployment/web: from 1 to 2: Current number of replicas below Spec.MinReplicas" in str(
        c.timeline("hpa/h").text
    )


# ---- loads


def test_what_is_said_of_a_workload_holds_for_pods_to_come():
    """Each Pod uses so much, those that come later too."""
    c = lab(2)
    c.use("deploy/web", cpu="30m", memory="20Mi")
    c.scale("deploy/web", 3)
    c.settle()
    assert c.top()["CPU(cores)"].tolist() == ["30m"] * 3


def test_a_shared_load_is_divided_by_the_pods_that_serve():
    """A Pod that is not ready has no part; what is said of one Pod alone holds for it."""
    c = lab(3)
    c.use("deploy/web", cpu="100m", shared=True)
    assert sorted(c.top()["CPU(cores)"]) == ["33m", "33m", "34m"]
    first = c.objects("pods")[0].ref
    c.set_ready(first, False)
    c.settle()
    assert sorted(c.top()["CPU(cores)"]) == ["0m", "50m", "50m"]
    c.use(first, cpu="7m")
    c.settle()
    assert sorted(c.top()["CPU(cores)"]) == ["50m", "50m", "7m"]


def test_a_load_over_the_limit_kills_again_and_again_and_settling_ends():
    """Each new container uses the memory again, is killed, and waits longer for its restart."""
    c = kn.Cluster(nodes=1)
    c.apply(DEPLOYMENT.replace("requests: {cpu: 100m, memory: 100Mi}", "limits: {memory: 100Mi}") % 1)
    c.settle()
    c.use("deploy/web", memory="200Mi")
    changes = c.settle()
    assert not changes.note
    assert "CrashLoopBackOff" in c.kubectl("get pods").stdout


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda c: c.use("svc/kubernetes", cpu="1"), "works for a Pod, or for a workload"),
        (lambda c: c.use("deploy/web"), "needs the amount"),
        (lambda c: c.use("deploy/web", cpu="1", container="mian"), 'no container "mian"'),
        (lambda c: c.use(c.objects("pods")[0].ref, cpu="1", shared=True), "shared=True divides a load"),
        (lambda c: c.use("deploy/web", cpu="-1"), "negative"),
        (lambda c: c.autoscale_plan("deploy/web"), "shows a HorizontalPodAutoscaler"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(call, words):
    """The error says what is wrong, and what to write."""
    with pytest.raises(kn.ClusterError, match=words):
        call(lab())


# ---- the commands


def test_kubectl_autoscale_makes_an_autoscaler():
    """Its flags become metrics: percent is a share, a plain number is millicores or mebibytes."""
    c = lab()
    line = "autoscale deploy/web --min=2 --max=6 --cpu=500 --memory=70% --name=auto"
    assert c.kubectl(line).stdout == "horizontalpodautoscaler.autoscaling/auto autoscaled\n"
    assert c["hpa/auto"].spec == {
        "minReplicas": 2,
        "maxReplicas": 6,
        "metrics": [
            {
                "type": "Resource",
                "resource": {"name": "cpu", "target": {"type": "AverageValue", "averageValue": "500m"}},
            },
            {
                "type": "Resource",
                "resource": {"name": "memory", "target": {"type": "Utilization", "averageUtilization": 70}},
            },
        ],
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"},
    }
    shown = yaml.safe_load(c.kubectl("autoscale deploy web --max=3 --dry-run=client -o yaml").stdout)
    assert shown["spec"] == {
        "maxReplicas": 3,
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"},
    }


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("autoscale deploy/web", 'required flag(s) "max" not set'),
        ("autoscale deploy/web --max=0", "--max=MAXPODS is required and must be at least 1, max: 0"),
        (
            "autoscale deploy/web --max=1 --min=2",
            "--max=MAXPODS must be larger or equal to --min=MINPODS, max: 1, min: 2",
        ),
        ("autoscale deploy/web --max=1 --cpu=x", "invalid resource cpu value: x"),
        ("autoscale deploy/web --max=1 --memory=-1%", "invalid percentage value: -1"),
        ("autoscale deploy --max=1", "resource(s) were provided, but no name was specified"),
        (
            "autoscale node/node-1 --max=1",
            "cannot autoscale a Node: could not find scale subresource for /v1, Resource=nodes in discovery information",
        ),
        ("top pods", "Metrics API not available"),
        ("top nodes --sort-by=name", "--sort-by accepts only cpu, memory or swap"),
    ],
)
def test_what_kubectl_refuses(line, error):
    """The words are kubectl's."""
    answer = lab().kubectl(line)
    assert (answer.stderr, answer.exit) == (f"error: {error}\n", 1)


def test_kubectl_says_that_a_flag_is_old():
    """--cpu-percent works, with a line on the standard error."""
    c = lab()
    answer = c.kubectl("autoscale deploy/web --max=3 --cpu-percent=60")
    assert answer.stdout == "horizontalpodautoscaler.autoscaling/web autoscaled\n"
    assert answer.stderr == (
        "Flag --cpu-percent has been deprecated, Use --cpu with percentage or resource quantity format "
        "(e.g., '70%' for utilization or '500m' for milliCPU).\n"
    )
    assert "cpu: <unknown>/60%   1         3         0" in c.kubectl("get hpa").stdout


def test_kubectl_top_prints_what_is_used():
    """Pods with their sums, and Nodes with percents; each row is filled up to its end."""
    c = lab(2, nodes=1)
    c.use("deploy/web", cpu="300m", memory="64Mi", shared=True)
    names = [pod.name for pod in c.objects("pods")]
    assert c.kubectl("top pods").stdout.splitlines() == [
        "NAME" + " " * (len(names[0]) - 1) + "CPU(cores)   MEMORY(bytes)   ",
        *(f"{name}   150m         32Mi            " for name in names),
    ]
    assert c.kubectl("top nodes").stdout.splitlines() == [
        "NAME     CPU(cores)   CPU(%)   MEMORY(bytes)   MEMORY(%)   ",
        "node-1   300m         7%       64Mi            0%          ",
    ]
    assert c.kubectl(f"top pod {names[0]} --no-headers").stdout == f"{names[0]}   150m   32Mi   \n"
    assert c.kubectl("top pods -l app=db").stderr == "No resources found in default namespace.\n"
    assert c.kubectl("top pod nix").stderr == (
        'Error from server (NotFound): podmetrics.metrics.k8s.io "default/nix" not found\n'
    )


def test_kubectl_describes_the_rules():
    """The page has the window and the policies of each direction, and the conditions."""
    c = lab()
    c.apply(autoscaler("behavior: {scaleDown: {stabilizationWindowSeconds: 60}}"))
    c.use("deploy/web", cpu="50m")
    c.wait("20s")
    page = c.kubectl("describe hpa h").stdout
    for line in (
        "  resource cpu on pods  (as a percentage of request):  50% (50m) / 50%\n",
        (
            "Behavior:\n  Scale Up:\n    Stabilization Window: 0 seconds\n    Select Policy: Max\n    Policies:\n"
            "      - Type: Pods     Value: 4    Period: 15 seconds\n      - Type: Percent  Value: 100  Period: 15 seconds\n"
            "  Scale Down:\n    Stabilization Window: 60 seconds\n"
        ),
        " current / 1 desired\n",
        "  AbleToScale     True    ReadyForNewScale    recommended size matches current size\n",
    ):
        assert line in page


# ---- the picture


def test_the_plan_shows_the_sum_and_what_holds_it_back():
    """Facts and outline have the calculation, the window, and what will come if the load stays."""
    c = lab()
    c.apply(autoscaler())
    c.use("deploy/web", cpu="380m", shared=True)
    c.wait("1m")
    c.use("deploy/web", cpu="60m", shared=True)
    c.wait("1m")
    plan = c.autoscale_plan("hpa/h")
    facts = plan.facts
    assert (facts.replicas, facts.wanted, facts.desired) == (8, 2, 8)
    assert [said.code for said in facts.held] == ["ScaleDownStabilized"]
    (step,) = [item for item in facts.coming if item.held != item.replicas]
    assert (step.replicas, step.held) == (8, 2)
    assert f"until second {step.time} at the latest" in plan.text
    assert "8 Pods × 7 % / 50 % is 1.12, rounded up: the recommendation is 2." in plan.text
    assert plan.finding == "8 Pods, although the metrics recommend 2"
    c.wait(step.time - c.api.now)
    assert replicas(c) == 2
    assert all(item.time >= step.time for item in c.autoscale_plan("hpa/h", since=step.time).facts.past)


@pytest.mark.parametrize(
    ("change", "finding"),
    [
        (lambda c: c.scale("deploy/web", 0), "disabled, because the target has 0 replicas"),
        (lambda c: c.scale("deploy/web", 20), "20 Pods, 10 after the next round"),
        (lambda c: c.delete("deploy/web"), "there is nothing to scale"),
        (lambda c: c.use("deploy/web", cpu="90m"), "1 Pod, 2 after the next round"),
        (lambda _: None, "the metrics fail"),
    ],
)
def test_the_plan_has_a_finding_in_each_state(change, finding):
    """The picture can be drawn in every state, and looking changes nothing."""
    c = lab()
    c.apply(autoscaler())
    c.settle()
    change(c)
    before = c.api.store.revision, c.api.now
    plan = c.autoscale_plan("hpa/h")
    assert plan.finding == finding
    assert plan.alt
    assert faults(plan.svg) == []
    assert (c.api.store.revision, c.api.now) == before


@settings(max_examples=15, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from([5, 20, 60, 90, 380, 900]), st.booleans(), st.sampled_from([15, 30, 60, 120])
        ),
        min_size=1,
        max_size=5,
    )
)
@example([(900, False, 30), (60, True, 60)])
def test_no_line_of_the_plan_goes_through_its_words(loads):
    """However the load goes up and down, the numbers of Pods stand beside the curves and not on them."""
    c = lab()
    c.apply(autoscaler())
    for cpu, shared, wait in loads:
        c.use("deploy/web", cpu=f"{cpu}m", shared=shared)
        c.wait(f"{wait}s")
    assert faults(c.autoscale_plan("hpa/h").svg) == []


def test_a_snapshot_has_no_next_round():
    """In a dump nothing happens, so the plan only says what there is."""
    c = lab()
    c.apply(autoscaler())
    c.wait("1m")
    dump = c.kubectl("get deploy,rs,pods,hpa -o yaml").stdout
    facts = kn.load(dump).autoscale_plan("hpa/h").facts
    assert (facts.due, facts.coming, facts.past) == (None, (), ())


@pytest.mark.parametrize(
    "metrics",
    [
        [],
        [{"type": "Resource"}],
        [
            {
                "type": "Resource",
                "resource": {"name": "cpu", "target": {"type": "AverageValue", "averageValue": "x"}},
            }
        ],
        [{"type": "Pods", "pods": {"metric": {"name": "p"}, "target": {"averageValue": None}}}],
        [{"type": "Magic"}],
    ],
)
def test_a_dump_may_have_metrics_that_make_no_sense(metrics):
    """Nothing is computed from them, and the autoscaler is shown as it was found."""
    c = lab()
    c.apply(autoscaler())
    dump = yaml.safe_load(c.kubectl("get deploy,rs,pods,hpa -o yaml").stdout)
    for item in dump["items"]:
        if item["kind"] == "HorizontalPodAutoscaler":
            item["spec"]["metrics"] = metrics
    snapshot = kn.load(json.dumps(dump))
    snapshot.simulation.kubelets.usage.told = True
    assert snapshot.autoscale_plan("hpa/h").facts.outcome == "found"
    assert snapshot.kubectl("get hpa").exit == snapshot.kubectl("describe hpa").exit == 0


def test_the_words_use_the_average_that_decides():
    """With Pods that are not ready, the sum is made with the average of all Pods, and its parts are equal to its ratio."""
    c = kn.Cluster(nodes=1, cpu=2)
    for line in (
        "create deployment web --image=web --replicas=0",
        "set resources deployment web --requests=cpu=200m",
        "scale deployment web --replicas=3",
    ):
        c.kubectl(line)
    c.settle()
    c.kubectl("autoscale deployment web --min=3 --max=15 --cpu=60%")
    c.use("deploy/web", cpu="4", shared=True)
    c.wait("5m")
    assert "With these Pods, the average is 66 %. 66 % / 60 % is 1.10" in c.autoscale_plan("hpa/web").text
