"""Jobs: how Pods that have ended are counted, and what policies make of them."""

from __future__ import annotations

import itertools

import pytest
from test_interrupts import Interrupts, act

import k8snotes as kn
from k8snotes.api.kinds.job import Job
from k8snotes.api.kinds.pod import Pod
from k8snotes.control_plane.controllers.job import _end, _is_over, _wanted
from k8snotes.control_plane.controllers.job_backoff import finished_at
from k8snotes.control_plane.controllers.job_indexes import index_of, indexes, interval_text, next_indexes
from k8snotes.control_plane.controllers.job_policies import on_failure, success_rule
from k8snotes.control_plane.naming import seconds_of


def job(cluster, spec="", pod=""):
    cluster.apply(
        f"""
apiVersion: batch/v1
kind: Job
metadata: {{name: calc}}
spec:
  {spec}
  template:
    metadata: {{labels: {{app: calc}}}}
    spec: {{restartPolicy: Never, containers: [{{name: main, image: "calc:1"}}] {pod}}}
"""
    )
    cluster.settle()


def pods(cluster):
    return [pod for pod in cluster.objects("pods", "app=calc") if not pod.ended and not pod.terminating]


def end(cluster, index, code):
    """Let the running Pod of an index end with a code."""
    pod = next(pod for pod in pods(cluster) if pod.name.startswith(f"calc-{index}-"))
    cluster.crash(f"pod/{pod.name}", exit_code=code)
    replace(cluster)


def replace(cluster):
    """Let the pause pass that follows failures: ten minutes at most."""
    cluster.settle()
    cluster.wait("10m")


def conditions(cluster):
    return [f"{item['type']}:{item['reason']}" for item in cluster["job/calc"].status.get("conditions", [])]


@pytest.fixture
def cluster():
    return kn.Cluster(nodes=1)


def test_a_deleted_pod_of_a_job_counts_as_failed_and_is_replaced(cluster):
    """A Pod that somebody deletes is counted before it is gone: its finalizer waits for that."""
    job(cluster)
    (first,) = pods(cluster)
    assert first.metadata["finalizers"] == ["batch.kubernetes.io/job-tracking"]
    cluster.delete(f"pod/{first.name}")
    cluster.settle()
    assert cluster["job/calc"].status["failed"] == 1
    assert (
        [pod.name for pod in cluster.objects("pods")] == [pod.name for pod in pods(cluster)] != [first.name]
    )


def test_what_has_succeeded_stays_counted_when_its_pods_are_deleted(cluster):
    """The status of a Job counts, it does not look which Pods are still there."""
    job(cluster, "completions: 2")
    for _ in range(2):
        (pod,) = pods(cluster)
        cluster.crash(f"pod/{pod.name}", exit_code=0)
        cluster.settle()
        cluster.delete(f"pod/{pod.name}")
        cluster.settle()
    assert cluster["job/calc"].status["succeeded"] == 2
    assert conditions(cluster) == ["SuccessCriteriaMet:CompletionsReached", "Complete:CompletionsReached"]


def test_a_job_that_fails_stops_its_pods_first(cluster):
    """`Failed` follows `FailureTarget` when no Pod is left; those that were stopped count as failed."""
    job(cluster, "parallelism: 3\n  completions: 3\n  backoffLimit: 0")
    cluster.crash(f"pod/{pods(cluster)[0].name}", exit_code=1)
    cluster.settle()
    assert conditions(cluster) == ["FailureTarget:BackoffLimitExceeded", "Failed:BackoffLimitExceeded"]
    assert cluster["job/calc"].status["failed"] == 3
    assert not pods(cluster)


def test_the_pods_of_a_deleted_job_go_with_it(cluster):
    """No finalizer is left behind when nobody is there to count."""
    job(cluster, "parallelism: 2")
    cluster.delete("job/calc")
    cluster.settle()
    assert cluster.objects("pods") == []
    job(cluster)
    cluster.delete("job/calc", cascade="orphan")
    cluster.settle()
    (left,) = cluster.objects("pods")
    assert "finalizers" not in left.metadata


def test_a_numbered_pod_knows_its_number(cluster):
    """An Indexed Job names its Pods, their hosts, a label, an annotation and a variable by the index."""
    job(cluster, "completions: 2\n  parallelism: 2\n  completionMode: Indexed")
    second = pods(cluster)[1]
    assert second.metadata["generateName"] == "calc-1-"
    assert second.spec["hostname"] == "calc-1"
    assert second.labels["batch.kubernetes.io/job-completion-index"] == "1"
    assert second.annotations["batch.kubernetes.io/job-completion-index"] == "1"
    (variable,) = second.spec["containers"][0]["env"]
    assert variable["name"] == "JOB_COMPLETION_INDEX"
    end(cluster, 1, 0)
    end(cluster, 0, 1)
    assert cluster["job/calc"].status["completedIndexes"] == "1"
    assert [pod.metadata["generateName"] for pod in pods(cluster)] == ["calc-0-"]


def test_an_index_that_fails_too_often_is_given_up(cluster):
    """With backoffLimitPerIndex the other indexes go on, and the Job has failed at the end."""
    job(cluster, "completions: 2\n  parallelism: 2\n  completionMode: Indexed\n  backoffLimitPerIndex: 1")
    end(cluster, 0, 1)
    end(cluster, 0, 1)
    assert cluster["job/calc"].status["failedIndexes"] == "0"
    assert [pod.metadata["generateName"] for pod in pods(cluster)] == ["calc-1-"]
    end(cluster, 1, 0)
    assert conditions(cluster) == ["FailureTarget:FailedIndexes", "Failed:FailedIndexes"]


def test_a_failure_policy_ends_the_job_or_looks_away(cluster):
    """An exit code that a rule names fails the Job at once, or does not count at all."""
    rules = """podFailurePolicy:
    rules:
    - {action: FailJob, onExitCodes: {operator: In, values: [42]}}
    - {action: Ignore, onExitCodes: {operator: In, values: [7]}}"""
    job(cluster, rules)
    (pod,) = pods(cluster)
    cluster.crash(f"pod/{pod.name}", exit_code=7)
    replace(cluster)
    assert "failed" not in cluster["job/calc"].status
    (pod,) = pods(cluster)
    cluster.crash(f"pod/{pod.name}", exit_code=42)
    cluster.settle()
    failed = cluster["job/calc"].condition("Failed")
    assert (failed["reason"], failed["message"]) == (
        "PodFailurePolicy",
        f"Container main for pod default/{pod.name} failed with exit code 42 matching FailJob rule at index 0",
    )


def test_a_success_policy_is_content_with_less(cluster):
    """A Job is complete when the indexes that a rule names have succeeded; the others are stopped."""
    policy = "successPolicy: {rules: [{succeededIndexes: '0'}]}"
    job(cluster, f"completions: 3\n  parallelism: 3\n  completionMode: Indexed\n  {policy}")
    end(cluster, 0, 0)
    assert conditions(cluster) == ["SuccessCriteriaMet:SuccessPolicy", "Complete:SuccessPolicy"]
    assert cluster["job/calc"].condition("Complete")["message"] == "Matched rules at index 0"
    assert not pods(cluster)


@pytest.mark.parametrize("numbers", [set(), {0}, {0, 1}, {0, 1, 2}, {0, 2, 3, 5, 6, 7}, set(range(100))])
def test_a_list_of_indexes_is_read_as_it_is_written(numbers):
    """What a status says of indexes can be read back."""
    assert indexes(interval_text(numbers)) == numbers


@pytest.mark.parametrize("write", range(0, 36, 3))
def test_a_job_that_is_interrupted_counts_each_pod_once(write, monkeypatch):
    """Whatever is stopped between a Pod's end and its count, no Pod is counted twice, and none is forgotten."""
    c = kn.Cluster(nodes=1)
    job(c, "completions: 3\n  parallelism: 2\n  backoffLimit: 5")
    Interrupts(monkeypatch, [write, 1, 2])
    for code in (1, 0, 0, 1, 0):
        running = pods(c)[0].name
        act(c, lambda c, name=running, code=code: c.crash(f"pod/{name}", exit_code=code))
        act(c, replace)
    monkeypatch.undo()
    c.settle()
    status = c["job/calc"].status
    assert (status["succeeded"], status["failed"], status["uncountedTerminatedPods"]) == (3, 2, {})
    assert all("finalizers" not in pod.metadata for pod in c.objects("pods"))
    assert "Complete:CompletionsReached" in conditions(c)


# --- the decisions of `syncJob`, each operand by itself ------------------------------------------------------------


def a_job(status=None, policy="Never", **spec):
    """Return a Job as it is stored; a field that is None is left out."""
    spec = {name: value for name, value in spec.items() if value is not None}
    template = {
        "metadata": {},
        "spec": {"restartPolicy": policy, "containers": [{"name": "main", "image": "a:1"}]},
    }
    return Job(
        {
            "apiVersion": "batch/v1",
            "kind": "Job",
            "metadata": {"name": "calc", "namespace": "default", "uid": "j"},
            "spec": {**spec, "template": template},
            "status": status or {},
        }
    )


def a_pod(number=0, annotations=None, spec=None, **status):
    meta = {
        "name": f"calc-{number}",
        "namespace": "default",
        "uid": f"p{number}",
        "annotations": annotations or {},
    }
    return Pod({"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": spec or {}, "status": status})


def told(end):
    return end and (end.late, end.reason)


@pytest.mark.parametrize("completions", [None, 1, 2, 3])
@pytest.mark.parametrize("parallelism", [0, 1, 2, 5])
def test_how_many_pods_run_and_when_it_is_enough(completions, parallelism):
    """`manageJob` and `syncJob`: so many at a time as are still wanted; a work queue is done with one success."""
    for succeeded, running in itertools.product(range(5), range(4)):
        job_ = a_job({"succeeded": succeeded}, completions=completions, parallelism=parallelism)
        alive = [a_pod(i, phase="Running") for i in range(running)]
        if completions is None:
            enough = succeeded > 0 and running == 0
            wanted = running if succeeded else parallelism
        else:
            enough = succeeded >= completions
            wanted = max(0, min(parallelism, completions - succeeded))
        assert told(_end(job_, alive)) == (("Complete", "CompletionsReached") if enough else None)
        assert _wanted(job_, alive) == wanted


@pytest.mark.parametrize("policy", ["Never", "OnFailure"])
@pytest.mark.parametrize("limit", [None, 0, 1, 2, 6])
def test_how_many_failures_are_too_many(policy, limit):
    """`syncJob` counts failed Pods beyond the limit (6), `pastBackoffLimitOnFailure` restarts up to the limit."""
    bound = 6 if limit is None else limit
    for failed, restarts, init in itertools.product(range(8), range(8), (0, 1)):
        job_ = a_job({"failed": failed}, policy, completions=3, parallelism=2, backoffLimit=limit)
        alive = [
            a_pod(
                0,
                containerStatuses=[{"restartCount": restarts}],
                initContainerStatuses=[{"restartCount": init}],
            ),
            a_pod(1, phase="Pending"),
        ]
        again = restarts + init
        past = policy == "OnFailure" and (again > 0 if bound == 0 else again >= bound)
        assert told(_end(job_, alive)) == (
            ("Failed", "BackoffLimitExceeded") if failed > bound or past else None
        )


@pytest.mark.parametrize(
    ("completed", "lost", "running", "fields", "end"),
    [
        ("", "", 1, {}, None),
        ("0-1", "", 1, {}, None),
        ("0-2", "", 0, {}, ("Complete", "CompletionsReached")),
        ("0,1", "2", 0, {}, ("Failed", "FailedIndexes")),
        ("0,1", "2", 1, {}, None),
        ("0", "2", 0, {}, None),
        ("", "0-2", 0, {}, ("Failed", "FailedIndexes")),
        ("", "0", 1, {"maxFailedIndexes": 0}, ("Failed", "MaxFailedIndexesExceeded")),
        ("", "0", 1, {"maxFailedIndexes": 1}, None),
        ("", "0,1", 1, {"maxFailedIndexes": 1}, ("Failed", "MaxFailedIndexesExceeded")),
        (
            "0",
            "",
            2,
            {"successPolicy": {"rules": [{"succeededIndexes": "0"}]}},
            ("Complete", "SuccessPolicy"),
        ),
        ("0", "", 2, {"successPolicy": {"rules": [{"succeededIndexes": "1"}]}}, None),
    ],
)
def test_how_an_indexed_job_ends(completed, lost, running, fields, end):
    """`syncJob` of an Indexed Job: all succeeded, some lost and none left, more lost than may be, or a success policy."""
    done = len(indexes(completed))
    job_ = a_job(
        {"succeeded": done, "completedIndexes": completed, "failedIndexes": lost},
        completions=3,
        parallelism=2,
        completionMode="Indexed",
        backoffLimitPerIndex=0,
        backoffLimit=100,
        **fields,
    )
    assert told(_end(job_, [a_pod(i) for i in range(running)])) == end
    assert _wanted(job_, []) == min(2, 3 - done - len(indexes(lost)))


@pytest.mark.parametrize("early", ["FailureTarget", "SuccessCriteriaMet"])
def test_what_was_decided_stays_decided(early):
    """The condition that comes first says how a Job ends, whatever its Pods do afterwards."""
    decided = {"type": early, "status": "True", "reason": "R", "message": "M"}
    end = _end(a_job({"conditions": [decided], "succeeded": 9, "failed": 9}, completions=1), [])
    late = "Failed" if early == "FailureTarget" else "Complete"
    assert end == (early, late, "R", "M")


@pytest.mark.parametrize(
    ("phase", "deleted", "grace", "replacement", "over"),
    [
        ("Running", False, None, None, False),
        ("Succeeded", False, None, None, True),
        ("Failed", False, None, "Failed", True),
        ("Running", True, 30, None, True),
        ("Running", True, 30, "TerminatingOrFailed", True),
        ("Running", True, 30, "Failed", False),
        ("Running", True, 0, "Failed", True),
        ("Failed", True, 30, "Failed", True),
    ],
)
def test_when_a_pod_counts_as_over(phase, deleted, grace, replacement, over):
    """`isPodFailed`: a Pod that is being deleted has failed, unless the Job replaces only what has really ended."""
    pod = a_pod(phase=phase).raw
    if deleted:
        pod["metadata"] |= {"deletionTimestamp": "2026-01-01T00:00:00Z", "deletionGracePeriodSeconds": grace}
    assert _is_over(a_job(podReplacementPolicy=replacement), Pod(pod)) is over


def ended(code, name="main"):
    return {"name": name, "state": {"terminated": {"exitCode": code}}}


def exit_codes(operator, *values, container=None, action="Ignore"):
    rule = {"operator": operator, "values": list(values)}
    return {
        "action": action,
        "onExitCodes": rule if container is None else {**rule, "containerName": container},
    }


TARGETED = {"action": "Ignore", "onPodConditions": [{"type": "DisruptionTarget", "status": "True"}]}
ASKS_FALSE = {"action": "Ignore", "onPodConditions": [{"type": "ConfigIssue", "status": "False"}]}


@pytest.mark.parametrize(
    ("rules", "status", "action"),
    [
        ([], {"containerStatuses": [ended(1)]}, "Count"),
        ([exit_codes("In", 1, 2)], {"containerStatuses": [ended(2)]}, "Ignore"),
        ([exit_codes("In", 1, 2)], {"containerStatuses": [ended(3)]}, "Count"),
        ([exit_codes("NotIn", 1, 2)], {"containerStatuses": [ended(3)]}, "Ignore"),
        ([exit_codes("NotIn", 1, 2)], {"containerStatuses": [ended(2)]}, "Count"),
        ([exit_codes("NotIn", 1)], {"containerStatuses": [ended(0)]}, "Count"),
        ([exit_codes("In", 3, container="main")], {"containerStatuses": [ended(3)]}, "Ignore"),
        ([exit_codes("In", 3, container="side")], {"containerStatuses": [ended(3)]}, "Count"),
        ([exit_codes("In", 3)], {"containerStatuses": [ended(0), ended(3, "side")]}, "Ignore"),
        ([exit_codes("In", 3)], {"initContainerStatuses": [ended(3, "first")]}, "Ignore"),
        ([exit_codes("In", 3)], {"containerStatuses": [{"name": "main", "state": {"running": {}}}]}, "Count"),
        ([TARGETED], {"conditions": [{"type": "DisruptionTarget", "status": "True"}]}, "Ignore"),
        ([TARGETED], {"conditions": [{"type": "DisruptionTarget", "status": "False"}]}, "Count"),
        ([TARGETED], {"conditions": [{"type": "Ready", "status": "True"}]}, "Count"),
        ([ASKS_FALSE], {"conditions": [{"type": "ConfigIssue", "status": "False"}]}, "Ignore"),
        (
            [exit_codes("In", 1, action="FailJob"), exit_codes("In", 1, action="FailIndex")],
            {"containerStatuses": [ended(1)]},
            "FailJob",
        ),
        (
            [exit_codes("In", 2, action="FailJob"), exit_codes("In", 1, action="FailIndex")],
            {"containerStatuses": [ended(1)]},
            "FailIndex",
        ),
    ],
)
def test_the_first_rule_that_matches_a_failure(rules, status, action):
    """`matchPodFailurePolicy`: exit codes other than 0 of the named container or of any, or a condition with its status."""
    assert on_failure(a_job(podFailurePolicy={"rules": rules}), a_pod(**status)).action == action


@pytest.mark.parametrize(
    ("rules", "completed", "number"),
    [
        ([{"succeededIndexes": "0,2-4"}], "0,2-4", 0),
        ([{"succeededIndexes": "0,2-4"}], "0-3", -1),
        ([{"succeededIndexes": "0,2-4"}], "0-9", 0),
        ([{"succeededCount": 2}], "5,7", 0),
        ([{"succeededCount": 2}], "5", -1),
        ([{"succeededCount": 2}], "5,7,8", 0),
        ([{"succeededIndexes": "0-4", "succeededCount": 2}], "3,4", 0),
        ([{"succeededIndexes": "0-4", "succeededCount": 2}], "4,5,6", -1),
        ([{"succeededIndexes": "0"}, {"succeededCount": 3}], "1,2,3", 1),
        ([{"succeededIndexes": "0"}, {"succeededCount": 3}], "0,1,2", 0),
        ([], "0-9", -1),
    ],
)
def test_the_first_rule_that_success_meets(rules, completed, number):
    """`matchSuccessPolicy`: all the named indexes, so many of them, or so many of any."""
    assert success_rule(a_job(successPolicy={"rules": rules}), indexes(completed)) == number


@pytest.mark.parametrize(
    ("numbers", "written"),
    [
        ([], ""),
        ([0], "0"),
        ([0, 1], "0,1"),
        ([0, 1, 2], "0-2"),
        ([0, 2], "0,2"),
        ([3, 1, 4, 5, 9, 8], "1,3-5,8,9"),
        ([0, 1, 2, 4, 5, 6, 7], "0-2,4-7"),
    ],
)
def test_a_list_of_indexes_as_kubernetes_writes_it(numbers, written):
    """`orderedIntervals.String`: a range from three numbers on."""
    assert interval_text(numbers) == written
    assert indexes(written) == set(numbers)


@pytest.mark.parametrize(
    ("taken", "count", "following"),
    [
        ((), 2, [0, 1]),
        ((0,), 2, [1, 2]),
        ((1,), 2, [0, 2]),
        ((0, 1, 2), 2, [3]),
        (range(4), 2, []),
        ((), 0, []),
        ((), 9, [0, 1, 2, 3]),
    ],
)
def test_the_lowest_free_indexes_come_next(taken, count, following):
    """`firstPendingIndexes`: from 0 up to below `completions`."""
    assert next_indexes(a_job(completions=4), set(taken), count) == following


@pytest.mark.parametrize(
    ("written", "index"), [("0", 0), ("3", 3), ("4", -1), ("x", -1), ("", -1), ("-1", -1)]
)
def test_a_pod_has_an_index_of_its_job(written, index):
    """`getCompletionIndex`: the annotation, if it is a number below `completions`."""
    key = "batch.kubernetes.io/job-completion-index"
    assert index_of(a_job(completions=4), a_pod(annotations={key: written})) == index


def run(cluster, *codes):
    """Let the first running Pod end, once for each code; None: delete it."""
    for code in codes:
        name = pods(cluster)[0].name
        if code is None:
            cluster.delete(f"pod/{name}")
        else:
            cluster.crash(f"pod/{name}", exit_code=code)
        replace(cluster)


COMPLETE = ["SuccessCriteriaMet:CompletionsReached", "Complete:CompletionsReached"]
BACKOFF = ["FailureTarget:BackoffLimitExceeded", "Failed:BackoffLimitExceeded"]


@pytest.mark.parametrize(
    ("spec", "codes", "counts", "end"),
    [
        ("completions: 3\n  parallelism: 2", (), (2, 0, 0), []),
        ("completions: 3\n  parallelism: 2", (0,), (2, 1, 0), []),
        ("completions: 3\n  parallelism: 2", (0, 0), (1, 2, 0), []),
        ("completions: 3\n  parallelism: 2", (0, 0, 0), (0, 3, 0), COMPLETE),
        ("completions: 3\n  parallelism: 2", (1, 0), (2, 1, 1), []),
        ("completions: 1\n  parallelism: 5", (), (1, 0, 0), []),
        ("parallelism: 3", (), (3, 0, 0), []),
        ("parallelism: 3", (0,), (2, 1, 0), []),
        ("parallelism: 3", (0, 1), (1, 1, 1), []),
        ("parallelism: 3", (0, 1, 0), (0, 2, 1), COMPLETE),
        ("parallelism: 3", (0, 1, 1), (0, 1, 2), COMPLETE),
        ("parallelism: 2", (1,), (2, 0, 1), []),
        ("parallelism: 0", (), (0, 0, 0), []),
        ("backoffLimit: 1", (1,), (1, 0, 1), []),
        ("backoffLimit: 1", (1, 1), (0, 0, 2), BACKOFF),
        ("backoffLimit: 1", (1, 0), (0, 1, 1), COMPLETE),
        ("backoffLimit: 0", (1,), (0, 0, 1), BACKOFF),
        ("", (1,) * 6, (1, 0, 6), []),
        ("", (1,) * 7, (0, 0, 7), BACKOFF),
        ("backoffLimit: 1", (None,), (1, 0, 1), []),
        ("backoffLimit: 1", (None, None), (0, 0, 2), BACKOFF),
    ],
)
def test_a_job_counts_and_goes_on_or_ends(spec, codes, counts, end, cluster):
    """Active, succeeded and failed after each end of a Pod, and the conditions, as in the Job's documentation."""
    job(cluster, spec)
    run(cluster, *codes)
    status = cluster["job/calc"].status
    assert tuple(status.get(field, 0) for field in ("active", "succeeded", "failed")) == counts
    assert (len(pods(cluster)), status.get("ready", 0)) == (counts[0], counts[0])
    assert conditions(cluster) == end
    assert ("completionTime" in status) == (end == COMPLETE)
    reasons = [
        event.raw["reason"]
        for event in cluster.objects("events")
        if event.raw["involvedObject"]["kind"] == "Job"
    ]
    assert reasons.count("Completed") == (end == COMPLETE)
    assert reasons.count("BackoffLimitExceeded") == (end == BACKOFF)


def test_a_suspended_job_stops_and_starts_without_a_failure(cluster):
    """`suspend` stops the running Pods, which do not count as failed; the condition and Events say so."""
    job(cluster, "parallelism: 2\n  completions: 3")
    run(cluster, 0)
    started = cluster["job/calc"].status["startTime"]
    job(cluster, "parallelism: 2\n  completions: 3\n  suspend: true")
    status = cluster["job/calc"].status
    assert (pods(cluster), status.get("active", 0), status["succeeded"], status.get("failed", 0)) == (
        [],
        0,
        1,
        0,
    )
    assert [(c["type"], c["status"], c["reason"]) for c in status["conditions"]] == [
        ("Suspended", "True", "JobSuspended")
    ]
    job(cluster, "parallelism: 2\n  completions: 3\n  suspend: false")
    status = cluster["job/calc"].status
    assert (status["active"], status["startTime"] >= started) == (2, True)
    assert [(c["type"], c["status"], c["reason"]) for c in status["conditions"]] == [
        ("Suspended", "False", "JobResumed")
    ]
    reasons = [
        event.raw["reason"]
        for event in cluster.objects("events")
        if event.raw["involvedObject"]["kind"] == "Job"
    ]
    assert (reasons.count("Suspended"), reasons.count("Resumed")) == (1, 1)


def test_a_job_that_is_suspended_has_not_begun_any_more(cluster):
    """Suspending takes the start time away, as of Kubernetes 1.36: kubectl prints neither it nor a duration."""
    job(cluster, "parallelism: 2\n  completions: 3")
    assert "startTime" in cluster["job/calc"].status
    job(cluster, "parallelism: 2\n  completions: 3\n  suspend: true")
    assert "startTime" not in cluster["job/calc"].status
    assert cluster.kubectl("get job").stdout.splitlines()[1].split()[:3] == ["calc", "Suspended", "0/3"]
    assert "Start Time" not in cluster.kubectl("describe job calc").stdout


PAUSED = """
apiVersion: batch/v1
kind: Job
metadata: {name: paused}
spec:
  suspend: %s
  template:
    metadata: {labels: {app: j%s}}
    spec: {restartPolicy: Never, %s containers: [{name: m, image: "a:1"%s}]}
"""


@pytest.mark.parametrize(
    ("label", "spec", "container", "accepted"),
    [
        (", tier: x", "", "", True),
        ("", "nodeSelector: {disk: ssd},", "", True),
        ("", "tolerations: [{operator: Exists}],", "", True),
        ("", "schedulingGates: [{name: example.org/later}],", "", True),
        (
            "",
            (
                "affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: "
                "[{matchExpressions: [{key: a, operator: Exists}]}]}}},"
            ),
            "",
            True,
        ),
        ("", "", ", resources: {requests: {cpu: 1}}", True),
        ("", "", ", command: [sh]", False),
        ("", "hostNetwork: true,", "", False),
        (
            "",
            (
                "affinity: {podAntiAffinity: {requiredDuringSchedulingIgnoredDuringExecution: "
                "[{labelSelector: {}, topologyKey: x}]}},"
            ),
            "",
            False,
        ),
    ],
)
def test_a_suspended_job_may_change_where_its_pods_go_and_what_they_request(label, spec, container, accepted):
    """`validatePodTemplateUpdate`: nothing else of the template, and nothing at all once it is not suspended."""
    cluster = kn.Cluster(nodes=1)
    cluster.apply(PAUSED % ("true", "", "", ""))
    cluster.settle()
    changed = label, spec, container
    if accepted:
        cluster.apply(PAUSED % ("true", *changed))
        cluster.apply(PAUSED % ("true", "", "", ""))
    else:
        with pytest.raises(kn.ApiError, match=r"spec.template: Invalid value: .*: field is immutable"):
            cluster.apply(PAUSED % ("true", *changed))
    cluster.apply(PAUSED % ("false", "", "", ""))
    cluster.settle()
    with pytest.raises(kn.ApiError, match="field is immutable"):
        cluster.apply(PAUSED % ("false", *changed))
    cluster.apply(PAUSED % ("true", "", "", ""))
    cluster.settle()
    if accepted:
        cluster.apply(PAUSED % ("true", *changed))


def test_a_job_that_begins_suspended_has_not_begun(cluster):
    """Without a Pod there is no start time."""
    job(cluster, "suspend: true")
    assert "startTime" not in cluster["job/calc"].status
    assert not pods(cluster)


# --- what waits for the clock --------------------------------------------------------------------------------------


def test_a_failed_pod_is_replaced_after_a_pause_that_doubles(cluster):
    """10 seconds after the first failure, 20 after the second, at most ten minutes; meanwhile the Job counts no Pod."""
    job(cluster, "backoffLimit: 20\n  completions: 9\n  parallelism: 2")
    for failures, pause in enumerate((10, 20, 40, 80, 160, 320, 600, 600), 1):
        (first, second) = pods(cluster)
        cluster.crash(f"pod/{first.name}", exit_code=1)
        cluster.settle()
        ended = finished_at(cluster[f"pod/{first.name}"])
        assert [pod.name for pod in pods(cluster)] == [second.name]
        status = cluster["job/calc"].status
        assert (status["failed"], status.get("active", 0), status["ready"]) == (failures, 0, 1)
        cluster.wait(ended + pause - 1 - cluster.api.now)
        assert len(pods(cluster)) == 1
        cluster.wait(1)
        assert len(pods(cluster)) == 2
        assert cluster["job/calc"].status["active"] == 2
        cluster.settle()


def test_a_success_ends_the_pauses(cluster):
    """After a Pod has succeeded, the next failure is the first again."""
    job(cluster, "backoffLimit: 20\n  completions: 9")
    for code in (1, 1, 0, 1):
        (pod,) = pods(cluster)
        cluster.crash(f"pod/{pod.name}", exit_code=code)
        if code == 1:
            cluster.settle()
            cluster.wait("20s")
        else:
            cluster.settle()
    cluster.settle()
    assert len(pods(cluster)) == 1


def test_each_index_pauses_by_itself(cluster):
    """With backoffLimitPerIndex a failed Pod is held, uncounted, until the Pod that counts on from it is there."""
    job(cluster, "completions: 3\n  parallelism: 2\n  completionMode: Indexed\n  backoffLimitPerIndex: 4")
    assert cluster["job/calc"].status["failedIndexes"] == ""
    first = pods(cluster)[0]
    cluster.crash(f"pod/{first.name}", exit_code=1)
    cluster.settle()
    assert cluster["job/calc"].status.get("failed", 0) == 0
    assert cluster[f"pod/{first.name}"].metadata["finalizers"] == ["batch.kubernetes.io/job-tracking"]
    assert [pod.metadata["generateName"] for pod in pods(cluster)] == ["calc-1-"]
    cluster.wait("10s")
    again = pods(cluster)[0]
    assert again.annotations["batch.kubernetes.io/job-index-failure-count"] == "1"
    assert cluster["job/calc"].status["failed"] == 1
    assert "finalizers" not in cluster[f"pod/{first.name}"].metadata


def test_a_job_that_runs_for_too_long_fails(cluster):
    """`activeDeadlineSeconds` counts from the start, also while a Pod waits to be replaced; not while it is suspended."""
    job(cluster, "activeDeadlineSeconds: 90\n  parallelism: 2")
    began = seconds_of(cluster["job/calc"].status["startTime"])
    cluster.wait(began + 89 - cluster.api.now)
    assert conditions(cluster) == []
    cluster.wait(1)
    assert conditions(cluster) == ["FailureTarget:DeadlineExceeded", "Failed:DeadlineExceeded"]
    failed = cluster["job/calc"].condition("Failed")
    assert failed["message"] == "Job was active longer than specified deadline"
    assert (cluster["job/calc"].status["failed"], pods(cluster)) == (2, [])
    other = kn.Cluster(nodes=1)
    job(other, "activeDeadlineSeconds: 90\n  suspend: true")
    other.wait("10m")
    assert conditions(other) == ["Suspended:JobSuspended"]


@pytest.mark.parametrize("code", [0, 1])
def test_a_job_that_is_over_is_deleted_after_its_time(cluster, code):
    """`ttlSecondsAfterFinished` counts from the condition that says that it is over; its Pods go with it."""
    job(cluster, "ttlSecondsAfterFinished: 100\n  backoffLimit: 0")
    (pod,) = pods(cluster)
    cluster.crash(f"pod/{pod.name}", exit_code=code)
    cluster.settle()
    over = cluster["job/calc"].condition("Failed" if code else "Complete")
    cluster.wait(seconds_of(over["lastTransitionTime"]) + 99 - cluster.api.now)
    assert cluster.objects("jobs")
    cluster.wait(1)
    assert cluster.objects("jobs") == cluster.objects("pods") == []


def test_an_indexed_job_may_shrink(cluster):
    """An elastic Job stops the Pods of indexes that it has no longer, and forgets which of them have succeeded."""
    indexed = "completions: {0}\n  parallelism: {0}\n  completionMode: Indexed"
    job(cluster, indexed.format(4))
    end(cluster, 3, 0)
    assert cluster["job/calc"].status["completedIndexes"] == "3"
    job(cluster, indexed.format(2))
    assert [pod.metadata["generateName"] for pod in pods(cluster)] == ["calc-0-", "calc-1-"]
    status = cluster["job/calc"].status
    assert (status.get("completedIndexes"), status.get("succeeded", 0)) == (None, 0)
    end(cluster, 0, 0)
    end(cluster, 1, 0)
    assert conditions(cluster) == COMPLETE
    assert cluster["job/calc"].status["completedIndexes"] == "0,1"


def test_what_does_not_count_of_an_index_is_noted_too():
    """A failure that the policy ignores raises an annotation of its own, and the pause of the index grows by it."""
    c = kn.Cluster(nodes=1)
    rules = """podFailurePolicy:
    rules:
    - {action: Ignore, onExitCodes: {operator: In, values: [7]}}"""
    job(c, f"completions: 1\n  completionMode: Indexed\n  backoffLimitPerIndex: 1\n  {rules}")
    for code in (7, 7, 1):
        (pod,) = pods(c)
        c.crash(f"pod/{pod.name}", exit_code=code)
        replace(c)
    (pod,) = pods(c)
    key = "batch.kubernetes.io/job-index"
    assert pod.annotations[f"{key}-failure-count"] == "1"
    assert pod.annotations[f"{key}-ignored-failure-count"] == "2"
    assert c["job/calc"].status["failed"] == 1
