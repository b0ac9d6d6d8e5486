"""CronJobs: a Job at each moment of the schedule, by the rules of Kubernetes' cronjob_controllerv2.go."""

from __future__ import annotations

import pytest
from test_interrupts import Interrupts, act

import k8snotes as kn
from k8snotes.control_plane.naming import epoch_of, seconds_of

MINUTE = epoch_of(0) // 60  # of the cluster's first moment, counted from 1970


def cron_job(cluster, schedule="*/5 * * * *", spec="", job=""):
    cluster.apply(
        f"""
apiVersion: batch/v1
kind: CronJob
metadata: {{name: tick}}
spec:
  schedule: "{schedule}"
  {spec}
  jobTemplate:
    metadata: {{labels: {{app: tick}}, annotations: {{note: here}}}}
    spec:
      {job}
      template: {{spec: {{restartPolicy: Never, containers: [{{name: main, image: "tick:1"}}]}}}}
"""
    )
    return cluster.settle()


def jobs(cluster):
    return [job.name for job in cluster.objects("jobs")]


def at(cluster, moment):
    """Let time pass until a moment of the first day: "00:05" or "00:05:01"."""
    until = seconds_of(f"2026-01-01T{moment}{':00' if moment.count(':') == 1 else ''}Z")
    assert until >= cluster.api.now
    cluster.wait(until - cluster.api.now)


def end(cluster, code=0):
    for pod in cluster.objects("pods"):
        if not pod.ended:
            cluster.crash(f"pod/{pod.name}", exit_code=code)
    cluster.settle()


def events(cluster, reason=""):
    return [
        event.raw["message"]
        for event in cluster.objects("events")
        if event.raw["involvedObject"]["kind"] == "CronJob" and reason in ("", event.raw["reason"])
    ]


@pytest.fixture
def cluster():
    return kn.Cluster(nodes=1)


def test_settling_starts_no_job(cluster):
    """A schedule waits for the clock: settling ends before its next moment."""
    cron_job(cluster)
    assert jobs(cluster) == []
    assert cluster.api.now < 60
    at(cluster, "00:04:59")
    assert jobs(cluster) == []


def test_a_job_is_made_at_its_moment(cluster):
    """It has a name with the minutes since 1970, what its template says, its owner, and the moment it was made for."""
    cron_job(cluster)
    at(cluster, "00:05")
    assert jobs(cluster) == [f"tick-{MINUTE + 5}"]
    job, owner = cluster.objects("jobs")[0], cluster["cronjob/tick"]
    assert job.labels == {"app": "tick", **{k: v for k, v in job.labels.items() if k != "app"}}
    assert job.annotations["note"] == "here"
    assert job.annotations["batch.kubernetes.io/cronjob-scheduled-timestamp"] == "2026-01-01T00:05:00Z"
    (reference,) = job.metadata["ownerReferences"]
    assert reference == {
        "apiVersion": "batch/v1",
        "kind": "CronJob",
        "name": "tick",
        "uid": owner.uid,
        "controller": True,
        "blockOwnerDeletion": True,
    }
    assert owner.status["lastScheduleTime"] == "2026-01-01T00:05:00Z"
    assert [item["name"] for item in owner.status["active"]] == [job.name]
    assert events(cluster) == [f"Created job {job.name}"]
    end(cluster)
    owner = cluster["cronjob/tick"]
    assert "active" not in owner.status
    assert owner.status["lastSuccessfulTime"] == cluster[f"job/{job.name}"].status["completionTime"]
    assert events(cluster, "SawCompletedJob") == [f"Saw completed job: {job.name}, condition: Complete"]


def test_each_moment_of_a_wait_has_its_job(cluster):
    """The clock stops at every moment of the schedule, also where settling lets time pass for something else."""
    cron_job(cluster)
    cluster.wait("2h")
    assert jobs(cluster) == [f"tick-{MINUTE + 5 * number}" for number in range(1, 25)]
    other = kn.Cluster(nodes=2)
    cron_job(other, "* * * * *")
    other.apply(
        "{apiVersion: v1, kind: Pod, metadata: {name: web}, spec: {nodeName: node-2, containers: [{name: a, image: b}]}}"
    )
    other.settle()
    other.lose("node-2")
    other.settle()
    assert len(jobs(other)) >= 5


@pytest.mark.parametrize(
    ("zone", "schedule", "moment", "written"),
    [
        ("Asia/Shanghai", "30 8 * * *", "00:30", "2026-01-01T08:30:00+08:00"),
        ("America/St_Johns", "45 20 * * *", "00:15", "2025-12-31T20:45:00-03:30"),
    ],
)
def test_a_schedule_is_read_in_its_time_zone(cluster, zone, schedule, moment, written):
    """The annotation says the moment in this zone, too."""
    cron_job(cluster, schedule, f"timeZone: {zone}")
    at(cluster, moment)
    (job,) = cluster.objects("jobs")
    assert job.annotations["batch.kubernetes.io/cronjob-scheduled-timestamp"] == written


def test_jobs_may_run_beside_each_other_or_not(cluster):
    """Allow starts a second one, Forbid waits with an Event, Replace deletes the first."""
    cron_job(cluster)
    at(cluster, "00:10:30")
    assert len(cluster["cronjob/tick"].status["active"]) == 2
    forbids = kn.Cluster(nodes=1)
    cron_job(forbids, spec="concurrencyPolicy: Forbid")
    at(forbids, "00:10:30")
    assert jobs(forbids) == [f"tick-{MINUTE + 5}"]
    assert set(events(forbids, "JobAlreadyActive")) == {
        "Not starting job because prior execution is running and concurrency policy is Forbid"
    }
    end(forbids)  # the moment that was missed is made up for as soon as it may
    assert jobs(forbids) == [f"tick-{MINUTE + 5}", f"tick-{MINUTE + 10}"]
    replaces = kn.Cluster(nodes=1)
    cron_job(replaces, spec="concurrencyPolicy: Replace")
    at(replaces, "00:10:30")
    assert jobs(replaces) == [f"tick-{MINUTE + 10}"]
    assert events(replaces, "SuccessfulDelete") == [f"Deleted job tick-{MINUTE + 5}"]


def test_a_starting_deadline_gives_moments_up(cluster):
    """What lies further back than the deadline is not made up for."""
    cron_job(cluster, spec="concurrencyPolicy: Forbid\n  startingDeadlineSeconds: 60")
    at(cluster, "00:12")
    end(cluster)
    assert jobs(cluster) == [f"tick-{MINUTE + 5}"]
    at(cluster, "00:15")
    assert jobs(cluster) == [f"tick-{MINUTE + 5}", f"tick-{MINUTE + 15}"]


def test_a_suspended_cron_job_starts_nothing(cluster):
    """Once it is not suspended any more, the latest moment is made up for; more than a hundred have a warning."""
    cron_job(cluster, "* * * * *")
    assert [item.code for item in cluster.waiting] == ["next-job"]
    cron_job(cluster, "* * * * *", "suspend: true")
    assert not cluster.waiting
    at(cluster, "02:00:30")
    assert jobs(cluster) == []
    cluster.kubectl("""patch cronjob tick -p '{"spec": {"suspend": false}}'""")
    cluster.settle()
    assert jobs(cluster) == [f"tick-{MINUTE + 120}"]
    assert events(cluster, "TooManyMissedTimes") == [
        "too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew"
    ]


def test_a_new_schedule_makes_up_for_nothing(cluster):
    """With another schedule the next Job comes at its next moment (updateCronJob)."""
    cron_job(cluster, "0 12 * * *")
    at(cluster, "00:30:30")
    cron_job(cluster, "* * * * *")
    assert jobs(cluster) == []
    at(cluster, "00:31")
    assert jobs(cluster) == [f"tick-{MINUTE + 31}"]


def test_the_oldest_jobs_that_are_over_are_deleted(cluster):
    """As many are kept as the limits say: three that have succeeded, one that has failed."""
    cron_job(cluster, job="backoffLimit: 0")
    for number in range(1, 9):
        at(cluster, f"00:{5 * number:02}:30")
        end(cluster, code=number % 2)
    ended = [job.name for job in cluster.objects("jobs")]
    assert ended == [f"tick-{MINUTE + 5 * number}" for number in (4, 6, 7, 8)]
    assert f"Deleted job tick-{MINUTE + 5}" in events(cluster, "SuccessfulDelete")
    assert {pod.owner["name"] for pod in cluster.objects("pods")} == set(ended)


def test_a_schedule_that_names_no_moment_says_so(cluster):
    """The 31st of February can be read, and never comes."""
    cron_job(cluster, "0 0 31 2 *")
    assert events(cluster, "InvalidSchedule") == [
        "invalid schedule: 0 0 31 2 * : time difference between two schedules is less than 1 second"
    ]
    cluster.wait("48h")
    assert jobs(cluster) == []


def test_a_job_that_is_deleted_goes_missing(cluster):
    """The CronJob forgets an active Job that is gone, and goes on at the next moment."""
    cron_job(cluster, spec="concurrencyPolicy: Forbid")
    at(cluster, "00:05:30")
    cluster.delete(f"job/tick-{MINUTE + 5}")
    cluster.settle()
    assert events(cluster, "MissingJob") == [f"Active job went missing: tick-{MINUTE + 5}"]
    at(cluster, "00:10")
    assert jobs(cluster) == [f"tick-{MINUTE + 10}"]


def test_a_refused_job_is_tried_again_when_there_is_room(cluster):
    """A quota on Jobs makes a warning, and the moment is made up for when the quota allows it."""
    cluster.apply(
        '{apiVersion: v1, kind: ResourceQuota, metadata: {name: few}, spec: {hard: {count/jobs.batch: "0"}}}'
    )
    cron_job(cluster)
    at(cluster, "00:05:30")
    (message,) = events(cluster, "FailedCreate")
    assert message.startswith('Error creating job: jobs.batch "tick-')
    assert "exceeded quota: few" in message
    cluster.delete("quota/few")
    cluster.settle()
    assert jobs(cluster) == [f"tick-{MINUTE + 5}"]


def test_a_deleted_cron_job_takes_its_jobs_with_it(cluster):
    """Its Jobs and their Pods go, and nothing is started any more."""
    cron_job(cluster)
    at(cluster, "00:05:30")
    cluster.delete("cronjob/tick")
    cluster.settle()
    cluster.wait("1h")
    assert cluster.objects("jobs") == cluster.objects("pods") == []


def test_a_job_by_hand_is_no_job_of_the_schedule(cluster):
    """`kubectl create job --from` copies the template, and names the CronJob as an owner that does not control it."""
    cron_job(cluster, spec="suspend: true")
    assert cluster.kubectl("create job now --from=cronjob/tick").stdout == "job.batch/now created\n"
    job = cluster["job/now"]
    assert job.annotations["cronjob.kubernetes.io/instantiate"] == "manual"
    assert (job.annotations["note"], job.labels["app"]) == ("here", "tick")
    assert job.metadata["ownerReferences"] == [
        {"apiVersion": "batch/v1", "kind": "CronJob", "name": "tick", "uid": cluster["cronjob/tick"].uid}
    ]
    assert "active" not in cluster["cronjob/tick"].status


@pytest.mark.parametrize("write", range(8))
def test_an_interrupted_cron_job_makes_each_job_once(write, monkeypatch):
    """Whatever is stopped between a Job and the status that notes it, it is made once."""
    c = kn.Cluster(nodes=1)
    cron_job(c)
    Interrupts(monkeypatch, [write, 1])
    for moment in (301, 601):
        act(c, lambda c, until=moment: c.wait(max(0, until - c.api.now)))
    monkeypatch.undo()
    c.settle()
    assert jobs(c) == [f"tick-{MINUTE + 5}", f"tick-{MINUTE + 10}"]
    assert len(c["cronjob/tick"].status["active"]) == 2


def test_a_copy_goes_on_by_itself(cluster):
    """A copy has the same moments ahead."""
    cron_job(cluster)
    twin = cluster.copy()
    twin.wait("5m")
    assert (jobs(cluster), len(jobs(twin))) == ([], 1)
