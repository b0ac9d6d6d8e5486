"""Jobs: how Pods that have ended are counted, and what policies make of them."""

from __future__ import annotations

import pytest
from test_interrupts import Interrupts, act

import k8snotes as kn
from k8snotes.control_plane.controllers.job_indexes import indexes, interval_text


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
    cluster.settle()


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
    cluster.settle()
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
        act(c, lambda c: c.settle())
    monkeypatch.undo()
    c.settle()
    status = c["job/calc"].status
    assert (status["succeeded"], status["failed"], status["uncountedTerminatedPods"]) == (3, 2, {})
    assert all("finalizers" not in pod.metadata for pod in c.objects("pods"))
    assert "Complete:CompletionsReached" in conditions(c)
