"""What waits for the clock: settling, the cluster and kubectl say what happens next, and when."""

from __future__ import annotations

import pytest

import k8snotes as kn
from k8snotes.catalogue import Text

POD = "{apiVersion: v1, kind: Pod, metadata: {name: web}, spec: {%s containers: [{name: main, image: %s}]}}"
JOB = (
    "{apiVersion: batch/v1, kind: Job, metadata: {name: calc}, spec: {%s template: {spec: {restartPolicy: Never,"
    ' containers: [{name: main, image: "calc:1"}]}}}}'
)
CRON = (
    "{apiVersion: batch/v1, kind: CronJob, metadata: {name: tick}, spec: {schedule: '0 3 * * *', jobTemplate: {spec: "
    '{template: {spec: {restartPolicy: Never, containers: [{name: main, image: "tick:1"}]}}}}}}'
)
DEPLOYMENT = """{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {selector: {matchLabels: {app: web}},
 template: {metadata: {labels: {app: web}}, spec: {containers: [{name: main, image: "broken:1"}]}}}}"""


def crash(cluster, times=1):
    for _ in range(times):
        for pod in cluster.objects("pods"):
            cluster.crash(f"pod/{pod.name}")
        cluster.settle()


CASES = [
    (CRON, 0, "next-job", "cronjob/tick makes its next Job in 3h"),
    (JOB % "", 1, "replacement", "job/calc replaces a failed Pod in "),
    (
        JOB % "activeDeadlineSeconds: 300,",
        0,
        "job-deadline",
        "job/calc fails in 4m5",
    ),
    (
        JOB % "ttlSecondsAfterFinished: 300, backoffLimit: 0,",
        1,
        "ttl",
        "job/calc is deleted in 4m5",
    ),
    (
        DEPLOYMENT,
        0,
        "progress-deadline",
        "the rollout of deployment/web exceeds its progress deadline in 9m5",
    ),
    (POD % ("", "app:1"), 0, "restart", "the kubelet restarts container main of pod/web in "),
    (POD % ("activeDeadlineSeconds: 300,", "app:1"), 0, "pod-deadline", "pod/web is stopped in 4m5"),
]


@pytest.mark.parametrize(("manifest", "crashes", "code", "words"), CASES)
def test_settling_says_what_it_has_not_waited_for(manifest, crashes, code, words):
    """The next moment of each object is said, and passes when time does."""
    c = kn.Cluster(nodes=1)
    c.apply(manifest)
    c.settle()
    if code == "restart":
        c.exits("pod/web")
        c.settle()
    else:
        crash(c, crashes)
    (wait,) = c.waiting
    assert (wait.code, wait.words[: len(words)]) == (code, words)
    settled = c.settle()
    assert settled.waits == (wait.words,)
    assert str(settled).splitlines()[-2:] == ["waiting for time to pass (c.wait):", f"  {wait.words}"]
    assert repr(c).splitlines()[-1] == f"  next: {wait.words}"
    before = c.api.store.revision
    c.wait(wait.when - c.api.now)
    assert c.api.store.revision > before


def test_a_cluster_that_waits_for_nothing_says_nothing():
    """The applications of the course wait for nothing when they have settled."""
    for name in ("guestbook", "cluster-dns"):
        c = kn.load(name)
        assert (repr(c.waiting), c.settle().waits) == ("nothing waits for the clock", ())


def test_the_next_three_are_said():
    """The first to come is first; of more than three it is said how many there are."""
    c = kn.Cluster(nodes=1)
    for name, hour in (("a", 4), ("b", 2), ("c", 9), ("d", 5), ("e", 23)):
        c.apply(CRON.replace("tick", name).replace("0 3", f"0 {hour}"))
    settled = c.settle()
    assert [words.split()[0] for words in settled.waits] == ["cronjob/b", "cronjob/a", "cronjob/d", "and"]
    assert settled.waits[-1] == "and 2 more"
    assert [item.ref for item in c.waiting] == [f"cronjob/{name}" for name in "badce"]


def test_kubectl_says_when_a_cron_job_comes():
    """What kubectl prints is kubectl's own; a note says the next moment of the Jobs and CronJobs that are shown."""
    c = kn.Cluster(nodes=1)
    c.apply(CRON)
    c.settle()
    for line in ("get cronjobs", "describe cronjob tick"):
        assert c.kubectl(line).note == "k8snotes: cronjob/tick makes its next Job in 3h", line
    assert c.kubectl("get pods").note == ""


def test_what_waits_can_be_said_in_another_language():
    """The sentences are messages of the catalogue, which are said anew where they are shown."""
    c = kn.Cluster(nodes=1)
    c.apply(CRON)
    assert all(isinstance(words, Text) for words in c.settle().waits)
