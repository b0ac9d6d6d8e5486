"""Chapter 11, autoscalers and work that ends: what is right, and which belief a wrong answer shows.

Source of the rules:
    https://kubernetes.io/docs/concepts/workloads/autoscaling/horizontal-pod-autoscale/
    https://kubernetes.io/docs/concepts/cluster-administration/node-autoscaling/ (Pending Pods, and not use)
    https://kubernetes.io/docs/concepts/workloads/controllers/job/ (parallelism, backoffLimit)
    https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ (timeZone, concurrencyPolicy)
    https://kubernetes.io/docs/concepts/storage/persistent-volumes/ (access modes, reclaim policies)
"""

from __future__ import annotations

from datetime import datetime
from functools import cache

from k8snotes.api.base import KubeObject, mapping, mappings
from k8snotes.api.kinds.pod import Pod
from k8snotes.catalogue import _
from k8snotes.cluster import Cluster
from k8snotes.course.answers import Choice, Choices, Fields, Number, Word
from k8snotes.course.chapters import Solution, vocabulary
from k8snotes.course.clusters import application
from k8snotes.course.deeds import Deed, Facts, Prints
from k8snotes.course.thumbnail import Part, thumbnail
from k8snotes.figures import palette
from k8snotes.figures.figure import Figure

__all__ = ["SOLUTIONS", "picture"]

_FRONTEND, _STABLE = "deploy/frontend", "app=guestbook,tier=frontend,track=stable"
_WRITES, _GONE, _KEEPS = "Pods of one Node write", "emptied with its Pod", "keeps the disk"
_FIRST, _SECOND = "after the first round", "after the second round"
_THUMBS, _REPORT = "registry.example.com/thumbs:1.0", "registry.example.com/report:1.0"
_BROKEN = "registry.example.com/thumbs:2.0"
_USUAL, _TELEVISION = "60m", "1200m"
_EACH = 15  # seconds from one look of an autoscaler to the next


def picture() -> Figure:
    """Draw what the chapter is about, small: the load, the autoscaler's number, and what it cannot help."""
    return thumbnail(
        "HorizontalPodAutoscaler",
        _("the number of Pods follows the load"),
        [Part("HPA", _("wants {n} Pods", n=20), palette.MACHINERY)],
        [
            Part("Deployment", _("{n} Pods", n=14)),
            Part(_("no Node"), _("{n} Pods", n=6), palette.NOT_READY),
        ],
        [(0, 0, palette.TRAFFIC), (0, 1, palette.WAITING)],
    )


def _pods(cluster: Cluster, selector: str) -> list[Pod]:
    """Return the Pods that a selector finds, without those that are being deleted."""
    found = [pod for pod in cluster.objects("pods", selector) if isinstance(pod, Pod)]
    return [pod for pod in found if not pod.terminating]


def _wants(cluster: Cluster, name: str = "frontend") -> int:
    """Return how many Pods a Deployment is to have."""
    return int(cluster[f"deploy/{name}"].spec.get("replicas", 1))


def _autoscaled(least: int, most: int, load: str = _USUAL) -> Cluster:
    """Return the guestbook whose frontend an autoscaler keeps at 60 %, some minutes after the load came."""
    return _loaded(least, most, load).copy()


@cache
def _loaded(least: int, most: int, load: str) -> Cluster:
    cluster = application()
    cluster.kubectl(f"autoscale {_FRONTEND} --min={least} --max={most} --cpu=60%")
    cluster.use(_FRONTEND, cpu=load, shared=True)
    cluster.wait("3m")
    return cluster


# ---- predictions


def _without_numbers() -> int:
    """Return how many Pods there are when the autoscaler gets no numbers."""
    cluster = application()
    cluster.kubectl(f"autoscale {_FRONTEND} --min=2 --max=12 --cpu=60%")
    cluster.wait("2m")
    return len(_pods(cluster, _STABLE))


def _with_a_limit() -> int:
    """Return how many Pods an autoscaler makes of 3 that request 100m, may use 300m, and use 90m."""
    return _made(3, "270m", 60, 2, 12, request="100m", limit="300m")


def _first_round() -> int:
    """Return for how many Pods an autoscaler asks first when 20 are needed and 3 are there."""
    cluster = _autoscaled(3, 24)
    cluster.use(_FRONTEND, cpu=_TELEVISION, shared=True)
    for _second in range(2 * _EACH):
        cluster.wait("1s")
        if _wants(cluster) != 3:
            break
    return _wants(cluster)


def _after_apply() -> int:
    """Return for how many Pods the Deployment asks when a manifest with 3 replicas is applied to 20 Pods."""
    cluster = _autoscaled(3, 24, _TELEVISION)
    cluster.apply("guestbook")
    return _wants(cluster)


def _beside_pending() -> str:
    """Return the letter of what an autoscaler does when six of fifteen Pods get no Node."""
    cluster = application()
    cluster.kubectl(f"set resources {_FRONTEND} --requests=cpu=1")
    cluster.settle()
    cluster.kubectl(f"autoscale {_FRONTEND} --min=3 --max=20 --cpu=60%")
    cluster.use(_FRONTEND, cpu=9, shared=True)
    cluster.wait("8m")
    return {20: "a", 15: "b"}.get(_wants(cluster), "c")


def _packets() -> int:
    """Return how many Pods the Job of six parts has created in the end."""
    cluster = application()
    cluster.exits(f"image/{_THUMBS}", 0, after="30s")
    cluster.apply("thumbs")
    cluster.wait("3m")
    return len(cluster.objects("pods", "job-name=thumbs"))


# ---- exercises


def _deployment(pods: int, request: str, limit: str = "", memory: str = "", helper: bool = False) -> str:
    """Return the manifest of a Deployment greetings, as JSON text: what each Pod requests, and what it may use."""
    asked = [f'"{key}": "{value}"' for key, value in (("cpu", request), ("memory", memory)) if value]
    resources = f'"requests": {{{", ".join(asked)}}}'
    if limit:
        resources += f', "limits": {{"cpu": "{limit}"}}'
    containers = f'{{"name": "greetings", "image": "greetings", "resources": {{{resources}}}}}'
    if helper:
        containers += ', {"name": "helper", "image": "helper"}'
    return (
        '{"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "greetings"}, '
        f'"spec": {{"replicas": {pods}, "selector": {{"matchLabels": {{"app": "greetings"}}}}, "template": '
        f'{{"metadata": {{"labels": {{"app": "greetings"}}}}, "spec": {{"containers": [{containers}]}}}}}}}}'
    )


def _greetings(target: int, least: int, most: int, manifest: str) -> Cluster:
    """Return a cluster with the Deployment greetings and its autoscaler, and nothing else."""
    cluster = Cluster(nodes=3)
    cluster.create(manifest)
    cluster.settle()
    cluster.kubectl(f"autoscale deploy/greetings --min={least} --max={most} --cpu={target}%")
    return cluster


def _made(
    pods: int, load: str, target: int, least: int, most: int, *, request: str = "100m", limit: str = ""
) -> int:
    """Return how many Pods an autoscaler makes of so many, by the load of all of them together."""
    cluster = _greetings(target, least, most, _deployment(pods, request, limit))
    cluster.use("deploy/greetings", cpu=load, shared=True)
    cluster.wait("2m")
    return _wants(cluster, "greetings")


def _unknown() -> set[str]:
    """Return the letters of what makes an autoscaler show no utilization."""

    def shows(measured: bool, use: str, manifest: str) -> bool:
        cluster = _greetings(60, 2, 5, manifest)
        if measured:
            cluster.use("deploy/greetings", cpu=use)
        cluster.wait("1m")
        return "<unknown>" in str(cluster.kubectl("get hpa").stdout)

    plain = _deployment(2, "100m", "200m")
    found = {
        "a": shows(False, "50m", plain),
        "b": shows(True, "50m", _deployment(2, "100m", helper=True)),
        "c": shows(True, "50m", _deployment(2, "100m")),
        "d": shows(True, "0", plain),
    }
    return {letter for letter, unknown in found.items() if unknown}


def _two_rounds() -> dict[str, int]:
    """Return for how many Pods an autoscaler asks in two rounds, when 5 are there and 40 are needed.

    Source of the rule: calculateScaleUpLimit in k8s.io/kubernetes/pkg/controller/podautoscaler: twice as many
    """
    cluster = _greetings(50, 2, 50, _deployment(5, "100m"))
    cluster.use("deploy/greetings", cpu=2, shared=True)
    asked = [5]
    for _second in range(5 * _EACH):
        cluster.wait("1s")
        if _wants(cluster, "greetings") != asked[-1]:
            asked.append(_wants(cluster, "greetings"))
    return {_FIRST: asked[1], _SECOND: asked[2]}


def _two_metrics() -> int:
    """Return how many Pods there are where the CPU asks for 4 and the memory for 7.

    Source of the rule: computeReplicasForMetrics in k8s.io/kubernetes/pkg/controller/podautoscaler: the largest counts
    """
    cluster = Cluster(nodes=3)
    cluster.create(_deployment(5, "100m", memory="100Mi"))
    cluster.settle()
    metric = (
        '{{"type": "Resource", "resource": {{"name": "{}", "target": {{"type": "Utilization", '
        '"averageUtilization": 50}}}}}}'
    )
    cluster.create(
        '{"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "greetings"}, "spec": '
        '{"scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "greetings"}, "minReplicas": 2, '
        f'"maxReplicas": 12, "metrics": [{metric.format("cpu")}, {metric.format("memory")}]}}}}'
    )
    cluster.use("deploy/greetings", cpu="200m", memory="350Mi", shared=True)
    cluster.wait("2m")
    return _wants(cluster, "greetings")


@cache
def _three_jobs() -> Cluster:
    cluster = application()
    cluster.exits(f"image/{_THUMBS}", 0, after="30s")
    cluster.exits(f"image/{_BROKEN}", 1, after="5s")
    cluster.apply("thumbs")
    cluster.kubectl(f"create job broken --image={_BROKEN}")
    cluster.kubectl("create job mail --image=registry.example.com/mail:1.0")
    cluster.wait("3m")
    return cluster


def _with_jobs() -> Cluster:
    """Return the guestbook with a Job that is complete, one that fails, and one that runs, which nobody names."""
    return _three_jobs().copy()


def _numbers(cluster: Cluster, rounds: int) -> list[int]:
    """Return for how many Pods the frontend asks after each of so many rounds."""
    found = []
    for _round in range(rounds):
        cluster.wait(f"{_EACH}s")
        found.append(_wants(cluster))
    return found


def _ready_for_television() -> Cluster:
    """Return the guestbook on a usual day, without an autoscaler."""
    cluster = application()
    cluster.use(_FRONTEND, cpu=_USUAL, shared=True)
    return cluster


def _comes_down(cluster: Cluster) -> Facts:
    """Return whether the frontend goes up to 20 Pods, and when and how fast it comes down again."""
    later = cluster.copy()
    later.use(_FRONTEND, cpu=_TELEVISION, shared=True)
    later.wait("5m")
    up = _wants(later)
    later.use(_FRONTEND, cpu=_USUAL, shared=True)
    found = [up, *_numbers(later, 48)]
    first = next((at * _EACH for at, count in enumerate(found) if count < up), 0)
    steps = [found[at] - found[at + 4] for at in range(len(found) - 4)]  # in a minute
    later.wait("10m")  # who goes more slowly comes down as well
    return {
        "up": up == 20,
        "first": 45 <= first <= 105,
        "slow": first > 0 and max(steps) <= 2,
        "down": _wants(later) == 3,
    }


_BEHAVIOR = """apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: frontend
spec:
  scaleTargetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: frontend
  minReplicas: 3
  maxReplicas: 24
  metrics:
    - type: Resource
      resource:
        name: cpu
        target:
          type: Utilization
          averageUtilization: 60
  behavior:
    scaleDown:
      stabilizationWindowSeconds: 60
"""
_POLICY = """      policies:
        - type: Pods
          value: 2
          periodSeconds: 60
"""


def _unknown_greetings() -> Cluster:
    """Return the guestbook with the program greetings, whose autoscaler shows <unknown>."""
    cluster = application()
    cluster.kubectl("create deployment greetings --image=registry.example.com/greetings:1.0")
    cluster.settle()
    cluster.kubectl("autoscale deploy/greetings --min=1 --max=5 --cpu=60%")
    cluster.use("deploy/greetings", cpu="10m", shared=True)
    cluster.wait("1m")
    return cluster


def _follows(cluster: Cluster) -> Facts:
    """Return whether the autoscaler of greetings shows a number, and how many Pods it makes of a load."""
    later = cluster.copy()
    later.use("deploy/greetings", cpu="300m", shared=True)
    later.wait("2m")
    shown = str(later.kubectl("get hpa greetings").stdout)
    return {
        "known": bool(shown) and "<unknown>" not in shown,
        "three": len(_pods(later, "app=greetings")) == 3,
    }


def _applied_over() -> int:
    """Return for how many Pods a Deployment asks when a manifest with 5 replicas is applied to 9 Pods."""
    cluster = _autoscaled(2, 12, "540m")
    manifest = cluster[_FRONTEND].manifest
    manifest["spec"]["replicas"] = 5
    manifest["spec"]["template"]["spec"]["containers"][0]["image"] = "registry.example.com/guestbook-web:2.0"
    cluster.apply([manifest])
    return _wants(cluster)


def _before_the_show() -> Cluster:
    """Return the guestbook with its autoscaler, on a usual day."""
    return _autoscaled(3, 24)


def _through_the_evening(cluster: Cluster) -> Facts:
    """Return how many Pods there are before the show and at its peak."""
    later = cluster.copy()
    later.wait("10m")  # longer than an autoscaler waits before it goes down
    before = len([pod for pod in _pods(later, _STABLE) if pod.ready])
    later.use(_FRONTEND, cpu=_TELEVISION, shared=True)
    later.wait("3m")
    return {"before": before >= 12, "peak": len(_pods(later, _STABLE)) == 20}


def _brings_a_node() -> str:
    """Return the letter of what makes a cluster autoscaler add a Node: a Pod that no Node has room for.

    Source of the rule: https://kubernetes.io/docs/concepts/cluster-administration/node-autoscaling/
    """

    def waits(cluster: Cluster) -> bool:
        return any(
            mapping(pod.condition("PodScheduled")).get("reason") == "Unschedulable"
            for pod in _pods(cluster, "")
        )

    busy = application()
    busy.use(_FRONTEND, cpu=4)
    busy.settle()
    large = application()
    large.kubectl("create deployment large --image=large --replicas=0")
    large.kubectl("set resources deploy/large --requests=cpu=3900m")
    large.kubectl("scale deploy/large --replicas=1")
    large.settle()
    most = _autoscaled(3, 6, _TELEVISION)
    refused = application()
    refused.kubectl("create quota few --hard=pods=9")
    refused.kubectl(f"scale {_FRONTEND} --replicas=9")
    refused.settle()
    clusters = {"a": busy, "b": large, "c": most, "d": refused}
    return "".join(letter for letter, cluster in clusters.items() if waits(cluster))


def _job(more: str) -> str:
    """Return the manifest of a Job thumbs, with more lines of its spec."""
    return (
        f"apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: thumbs\nspec:\n{more}"
        "  template:\n    spec:\n      restartPolicy: Never\n      containers:\n        - name: thumbs\n"
        f"          image: {_THUMBS}\n"
    )


def _tries() -> int:
    """Return how many Pods a Job creates that fails each time, with a backoffLimit of 3.

    Source of the rule: https://kubernetes.io/docs/concepts/workloads/controllers/job/#pod-backoff-failure-policy
    """
    cluster = application()
    cluster.exits(f"image/{_THUMBS}", 1, after="5s")
    cluster.create(_job("  backoffLimit: 3\n"))
    cluster.wait("30m")
    return len(cluster.objects("pods", "job-name=thumbs"))


def _with_thumbs_program() -> Cluster:
    """Return the guestbook, where the program that makes pictures smaller takes half a minute."""
    cluster = application()
    cluster.exits(f"image/{_THUMBS}", 0, after="30s")
    return cluster


def _runs(cluster: Cluster) -> list[tuple[datetime, datetime]]:
    """Return from when to when each program of the Job thumbs ran, of those that ended well."""
    found = []
    for pod in cluster.objects("pods", "job-name=thumbs"):
        for status in mappings(pod.status.get("containerStatuses")):
            ended = mapping(mapping(status.get("state")).get("terminated"))
            if ended.get("exitCode") == 0:
                found.append(
                    (datetime.fromisoformat(ended["startedAt"]), datetime.fromisoformat(ended["finishedAt"]))
                )
    return found


def _eight_packets(cluster: Cluster) -> Facts:
    """Return whether the Job thumbs has done its eight parts, how many at a time, and whether it was fast."""
    later = cluster.copy()
    later.wait("10m")
    runs = _runs(later)
    if not runs:
        return {"done": False, "most": False, "soon": False}
    complete = any(
        isinstance(job, KubeObject) and job.name == "thumbs" and job.status.get("completionTime")
        for job in later.objects("jobs")
    )
    most = max(sum(start <= at < end for start, end in runs) for at, _end in runs)
    lasted = max(end for _start, end in runs) - min(start for start, _end in runs)
    return {
        "done": bool(complete) and len(runs) == 8,
        "most": most <= 4,
        "soon": lasted.total_seconds() < 120,
    }


def _with_report_program() -> Cluster:
    """Return the guestbook, where the program of the report takes two minutes."""
    cluster = application()
    cluster.exits(f"image/{_REPORT}", 0, after="2m")
    return cluster


def _every_night(cluster: Cluster) -> Facts:
    """Return whether the CronJob report runs at 4:30 in Madrid, in winter and in summer, and never twice at a time."""
    never: Facts = {"winter": False, "summer": False, "alone": False}

    def last(later: Cluster) -> str:
        return str(later["cronjob/report"].status.get("lastScheduleTime", ""))

    later = cluster.copy()
    later.wait("26h")  # it begins on the first of January
    if not 1 <= len(later.objects("jobs")) <= 2:
        return never
    winter = last(later)[10:]
    longer = cluster.copy()
    longer.exits(f"image/{_REPORT}", None)
    longer.wait("74h")
    active = [job for job in longer.objects("jobs") if job.status.get("active")]
    later.kubectl('patch cronjob report -p \'{"spec": {"suspend": true}}\'')
    later.wait("2150h")  # to the beginning of April: no Job in between, so it is fast
    later.kubectl('patch cronjob report -p \'{"spec": {"suspend": false}}\'')
    later.wait("48h")
    return {
        "winter": winter == "T03:30:00Z",
        "summer": last(later)[:7] == "2026-04" and last(later)[10:] == "T02:30:00Z",
        "alone": len(active) == 1,
    }


def _cron(schedule: str, zone: str = "", policy: str = "Forbid") -> str:
    """Return the manifest of the CronJob report."""
    zone = f"  timeZone: {zone}\n" if zone else ""
    return (
        f'apiVersion: batch/v1\nkind: CronJob\nmetadata:\n  name: report\nspec:\n  schedule: "{schedule}"\n{zone}'
        f"  concurrencyPolicy: {policy}\n  jobTemplate:\n    spec:\n      template:\n        spec:\n"
        "          restartPolicy: Never\n          containers:\n            - name: report\n"
        f"              image: {_REPORT}\n"
    )


SOLUTIONS = {
    "recall": Solution(
        Fields(
            {
                _WRITES: Word(vocabulary(__name__, "mode")),
                _GONE: Word(vocabulary(__name__, "volume")),
                _KEEPS: Word(vocabulary(__name__, "policy")),
            }
        ),
        {_WRITES: "ReadWriteOnce", _GONE: "emptyDir", _KEEPS: "Retain"},
        {
            "once-is-one-pod": {_WRITES: "ReadWriteOncePod"},
            "claims-go-with-pods": {_GONE: "PersistentVolumeClaim"},
            "delete-keeps": {_KEEPS: "Delete"},
        },
    ),
    "guess-1": Solution(Number(), _without_numbers, {"falls-to-the-minimum": 2, "goes-to-the-maximum": 12}),
    "guess-2": Solution(Number(), _with_a_limit, {"part-of-the-limit": 2, "one-more": 4}),
    "guess-3": Solution(Number(), _first_round, {"all-at-once": 20, "one-more-each-round": 4}),
    "guess-4": Solution(Number(), _after_apply, {"apply-leaves-it-alone": 20, "maximum-comes-back": 24}),
    "guess-5": Solution(
        Choice("abc"), _beside_pending, {"more-until-they-run": "a", "back-to-what-runs": "c"}
    ),
    "guess-6": Solution(Number(), _packets, {"pods-are-used-again": 2, "each-packet-twice": 12}),
    "1": Solution(
        Number(),
        lambda: _made(4, "840m", 70, 2, 10, request="200m", limit="400m"),
        {"percent-of-the-limit": 3, "one-at-a-time": 5, "straight-to-the-maximum": 10},
    ),
    "2": Solution(
        Choices("abcd"),
        _unknown,
        {
            "limits-are-needed": {"a", "b", "c"},
            "idle-is-unknown": {"a", "b", "d"},
            "one-request-is-enough": {"a"},
        },
    ),
    "3": Solution(
        Number(), lambda: _made(10, "540m", 50, 2, 20), {"target-is-an-alarm": 11, "doubles-when-high": 20}
    ),
    "4": Solution(
        Fields(dict.fromkeys((_FIRST, _SECOND), Number())),
        _two_rounds,
        {
            "all-at-the-first-look": {_FIRST: 40},
            "four-each-round": {_FIRST: 9},
            "then-all-the-rest": {_SECOND: 40},
            "the-same-step-again": {_SECOND: 15},
        },
    ),
    "5": Solution(
        Number(), _two_metrics, {"only-the-first-metric": 4, "between-both": 6, "both-together": 11}
    ),
    "6": Solution(
        Prints(_with_jobs),
        "kubectl get pods -l job-name",
        {
            "job-instead-of-pods": "kubectl get jobs",
            "every-pod-here": "kubectl get pods",
            "a-value-is-needed": "kubectl get pods -l job-name=thumbs",
            "names-have-to-be-known": "kubectl get pods -l 'job-name in (thumbs, broken)'",
        },
    ),
    "7": Solution(
        Deed(_ready_for_television, _comes_down, lines=24),
        _BEHAVIOR + _POLICY,
        {
            "slow-by-itself": f"kubectl autoscale {_FRONTEND} --min=3 --max=24 --cpu=60%",
            "window-sets-the-pace": _BEHAVIOR,
        },
    ),
    "8": Solution(
        Deed(_unknown_greetings, _follows),
        "kubectl set resources deploy/greetings --requests=cpu=200m",
        {
            "any-request-will-do": "kubectl set resources deploy/greetings --requests=memory=64Mi",
            "more-pods-give-numbers": "kubectl scale deploy/greetings --replicas=3",
        },
    ),
    "9": Solution(Number(), _applied_over, {"apply-respects-the-autoscaler": 9, "minimum-at-once": 2}),
    "10": Solution(
        Deed(_before_the_show, _through_the_evening),
        'kubectl patch hpa frontend -p \'{"spec": {"minReplicas": 12}}\'',
        {
            "scaling-lasts": f"kubectl scale {_FRONTEND} --replicas=12",
            "without-the-autoscaler": f"kubectl delete hpa frontend\nkubectl scale {_FRONTEND} --replicas=12",
        },
    ),
    "11": Solution(
        Choice("abcd"),
        _brings_a_node,
        {"busy-nodes-bring-nodes": "a", "helps-at-the-maximum": "c", "refused-pods-count": "d"},
    ),
    "12": Solution(
        Number(), _tries, {"never-means-once": 1, "limit-counts-all-pods": 3, "always-the-default": 7}
    ),
    "13": Solution(
        Deed(_with_thumbs_program, _eight_packets, lines=16),
        _job("  completions: 8\n  parallelism: 4\n"),
        {
            "parallelism-is-enough": _job("  parallelism: 4\n"),
            "completions-are-enough": _job("  completions: 8\n"),
            "all-at-a-time": _job("  completions: 8\n  parallelism: 8\n"),
        },
    ),
    "14": Solution(
        Deed(_with_report_program, _every_night, lines=18),
        _cron("30 4 * * *", "Europe/Madrid"),
        {
            "schedule-is-local": _cron("30 4 * * *"),
            "one-hour-is-enough": _cron("30 3 * * *"),
            "never-beside-itself": _cron("30 4 * * *", "Europe/Madrid", "Allow"),
        },
    ),
}
