"""Chapter 09, how one sees that Pods work: what is right, and which belief a wrong answer shows.

Source of the rules:
    https://kubernetes.io/docs/concepts/workloads/pods/probes/ (what each probe decides, and its numbers)
    https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/ (phases, restarts)
    https://kubernetes.io/docs/concepts/workloads/pods/pod-termination/ (the end of a Pod)
    https://kubernetes.io/docs/concepts/workloads/controllers/deployment/ (minReadySeconds, progressDeadlineSeconds)
"""

from __future__ import annotations

import re
from functools import cache

from k8snotes.api.kinds.pod import Pod
from k8snotes.catalogue import _
from k8snotes.cluster import Cluster
from k8snotes.course.answers import Choice, Fields, Number, Word
from k8snotes.course.chapters import Solution, vocabulary
from k8snotes.course.clusters import application
from k8snotes.course.deeds import Deed, Facts, Prints
from k8snotes.course.thumbnail import Part, thumbnail
from k8snotes.facts.life import Life
from k8snotes.figures import palette
from k8snotes.figures.figure import Figure

__all__ = ["SOLUTIONS", "picture"]

_STABLE = "app=guestbook,tier=frontend,track=stable"
_CACHE = "app=guestbook,tier=cache"
_WEB = "registry.example.com/guestbook-web"
_REDIS = "registry.example.com/redis"
_SEARCH_IMAGE = "registry.example.com/search:0.4"
_POD = "frontend-5485b98b67-2ktfm"
_RESTART, _RUNS = "restarted", "runs on"
_LOG, _EVENTS = "log", "events"
_OPENS, _POLICY, _STATUS = "a laptop opens", "keeps the address", "no ready Pod"
_PROBES = ("liveness", "readiness", "startup")
_CRASHES, _MISTYPED, _TOO_LARGE, _WRONG_PORT = (
    "ends after each start",
    "image mistyped",
    "too large",
    "wrong port",
)
_KILLED = 137


def picture() -> Figure:
    """Draw what the chapter is about, small: what the kubelet asks, and what it does with the answers."""
    return thumbnail(
        "kubelet",
        _("a probe asks, and the answer decides"),
        [Part("kubelet", _("asks every few seconds"), palette.MACHINERY)],
        [Part("/ready", _("gets requests")), Part("/alive", _("is not restarted"))],
        [(0, 0, palette.TRAFFIC), (0, 1, palette.TRAFFIC)],
    )


def _pods(cluster: Cluster, selector: str = "") -> list[Pod]:
    """Return the Pods that a selector finds, without those that are being deleted."""
    found = [pod for pod in cluster.objects("pods", selector) if isinstance(pod, Pod)]
    return [pod for pod in found if not pod.manifest["metadata"].get("deletionTimestamp")]


def _named(cluster: Cluster, name: str) -> Pod | None:
    """Return the Pod of this name; None if there is none."""
    return next((pod for pod in _pods(cluster) if pod.name == name), None)


def _restarts(pods: list[Pod]) -> int:
    """Return how often the containers of Pods were restarted."""
    return sum(item["restartCount"] for pod in pods for item in pod.status.get("containerStatuses", []))


def _life(cluster: Cluster, name: str) -> Life:
    """Return the life of a Pod, also of one that is gone."""
    facts: Life = cluster.life(f"pod/{name}").facts
    return facts


def _patch(deployment: str, spec: str) -> str:
    """Return the line of kubectl that merges a part into the spec of a Deployment."""
    return f"kubectl patch deploy {deployment} -p '{{\"spec\":{{{spec}}}}}'"


def _container(name: str, part: str) -> str:
    """Return the part of a Deployment's spec in which a container of the template says something."""
    return f'"template":{{"spec":{{"containers":[{{"name":"{name}",{part}}}]}}}}'


# ---- what is asked


def _after_failures() -> dict[str, str]:
    """Let each probe of a container fail for two minutes, and say what becomes of the container."""
    fates = {}
    for probe in _PROBES:
        cluster = application()
        container = {
            "name": "app",
            "image": "app:1.0",
            "ports": [{"containerPort": 8080}],
            f"{probe}Probe": {"httpGet": {"path": "/ask", "port": 8080}},
        }
        pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "asked"}}
        cluster.apply([{**pod, "spec": {"containers": [container]}}])
        cluster.answer("pod/asked", "/ask", 500)
        cluster.wait("2m")
        fates[probe] = _RESTART if _restarts([p for p in _pods(cluster) if p.name == "asked"]) else _RUNS
    return fates


def _first_stop() -> str:
    """Return the letter of when a liveness probe stops a program that needs a minute to start.

    Source of the rule: a liveness probe does not wait for the readiness probe.
    """
    cluster = application()
    ask = {"httpGet": {"path": "/ask", "port": 8080}}
    container = {
        "name": "app",
        "image": "slow:1.0",
        "readinessProbe": {**ask, "initialDelaySeconds": 60},
        "livenessProbe": {**ask, "initialDelaySeconds": 20},
    }
    cluster.listen("image/slow:1.0", 8080, after="60s")
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "slow"}}
    cluster.apply([{**pod, "spec": {"containers": [container]}}])
    cluster.wait("2m")
    moments = _life(cluster, "slow").moments
    started = next(moment.time for moment in moments if moment.code == "started")
    stopped = [moment.time for moment in moments if moment.code == "sigterm"]
    if not stopped:
        return "c"
    return "b" if stopped[0] - started > 30 else "a"


def _ended_with(hook: int, needs: int) -> int:
    """Return the exit code of a deleted Pod whose hook and whose program take so many seconds."""
    cluster = application()
    hooked = _container("web", f'"lifecycle":{{"preStop":{{"sleep":{{"seconds":{hook}}}}}}}')
    cluster.kubectl(_patch("frontend", hooked).removeprefix("kubectl "))
    cluster.settle()
    name = _pods(cluster, _STABLE)[0].name
    cluster.stops(f"pod/{name}", needs)
    cluster.delete(f"pod/{name}")
    cluster.settle()
    killed = any(moment.code == "sigkill" for moment in _life(cluster, name).moments)
    return _KILLED if killed else 143


def _when_unasked() -> str:
    """Return the letter of when a Pod with a preStop hook leaves the ready endpoints."""
    cluster = application()
    hooked = _container("web", '"lifecycle":{"preStop":{"sleep":{"seconds":10}}}')
    cluster.kubectl(_patch("frontend", hooked).removeprefix("kubectl "))
    cluster.settle()
    name = _pods(cluster, _STABLE)[0].name
    cluster.delete(f"pod/{name}")
    cluster.settle()
    life = _life(cluster, name)
    last = max(span.end for span in life.spans if span.traffic)
    signal = next(moment.time for moment in life.moments if moment.code == "sigterm")
    return "a" if last < signal else "b"


def _after_the_deadline() -> str:
    """Return the letter of what a failed roll-out does when its image is there at last."""
    cluster = _overdue()
    cluster.set_pullable(f"{_WEB}:2.5", True)
    cluster.wait("10m")
    images = {pod.spec["containers"][0]["image"].rpartition(":")[2] for pod in _pods(cluster, _STABLE)}
    return "b" if images == {"2.5"} else "a"


def _overdue() -> Cluster:
    """Return the guestbook with a roll-out that has exceeded its progress deadline."""
    cluster = application()
    cluster.set_pullable(f"{_WEB}:2.5", False)
    cluster.kubectl(f"set image deploy/frontend web={_WEB}:2.5")
    cluster.wait("15m")
    return cluster


# ---- the clusters of what is written


@cache
def _trials() -> Cluster:
    """Return the five Pods of the chapter, made once."""
    cluster = application()
    cluster.set_pullable("registry.example.com/thumbs:0.1", False)
    cluster.apply("trials")
    cluster.exits("pod/feed", 1, after="2s")
    cluster.settle()
    cluster.use("pod/stats", memory="100Mi")
    cluster.settle()
    return cluster


def _five() -> Cluster:
    """Return a guestbook beside which the five Pods of the chapter do not run."""
    return _trials().copy()


def _slow_search() -> Cluster:
    """Return a guestbook with a Deployment whose program needs 50 seconds to open its port."""
    cluster = application()
    cluster.listen(f"image/{_SEARCH_IMAGE}", 8080, after="50s")
    cluster.apply(_SEARCH)
    cluster.wait("3m")
    return cluster


# ---- what has become of them


def _thumbs(cluster: Cluster) -> Facts:
    """Say whether the Pod thumbs runs the image that the registry has, and is the same Pod."""
    pod, before = _named(cluster, "thumbs"), _trials()["pod/thumbs"]
    if pod is None:
        return {"runs": False, "same": False}
    return {
        "runs": pod.ready and pod.spec["containers"][0]["image"].endswith("thumbs:0.2"),
        "same": pod.metadata["uid"] == before.metadata["uid"],
    }


def _mailer(cluster: Cluster) -> Facts:
    """Say whether the Pod mailer runs, and still gets its password.

    Where it does not run although an object of the right name is there, that object has another key.
    """
    pod = _named(cluster, "mailer")
    given = pod.spec["containers"][0].get("env", []) if pod else []
    runs = pod is not None and pod.ready and pod.spec["containers"][0]["image"].endswith("mailer:0.2")
    there = any(item.name == "mail-login" for item in cluster.objects("secrets"))
    return {
        "runs": runs or ("another key" if pod is not None and there else False),
        "password": any(item["name"] == "MAIL_PASSWORD" for item in given),
    }


def _quick(cluster: Cluster) -> Facts:
    """Say how quickly a Pod of the frontend leaves its Service, and after how many good answers it comes back.

    It fails and recovers at several seconds, so that nothing depends on the one at which the kubelet asks. A Pod that
    begins to fail right after a question is out one second later than the latest of them.
    """
    cluster.wait("1m")
    pods = _pods(cluster, _STABLE)
    if len(pods) != 3 or not all(pod.ready for pod in pods):
        return {"out": False, "back": False, "runs": False}
    name = pods[0].name
    period = pods[0].spec["containers"][0].get("readinessProbe", {}).get("periodSeconds", 10)
    seen = [_out_and_back(cluster.copy(), name, late) for late in range(6)]
    return {
        "out": all(out + 1 <= 5 for out, _back, _again in seen),
        "back": all(back >= 2 * period for _out, back, _again in seen),
        "runs": not any(again for _out, _back, again in seen),
    }


def _out_and_back(cluster: Cluster, name: str, late: int) -> tuple[int, int, int]:
    """Return after how many seconds a Pod is out of its Service and back, and how often it was restarted."""
    if late:
        cluster.wait(late)
    began = cluster.api.now - _life(cluster, name).created
    cluster.answer(f"pod/{name}", "/ready", 503)
    cluster.wait("50s")
    life = _life(cluster, name)
    left = [span.end for span in life.spans if span.traffic and span.end >= began]
    out = left[0] - began if left and not life.spans[-1].traffic else 50
    good = cluster.api.now - life.created
    cluster.answer(f"pod/{name}", "/ready", 200)
    cluster.wait("50s")
    life = _life(cluster, name)
    came = [span.begin for span in life.spans if span.traffic and span.begin >= good]
    return out, came[0] - good if came else 0, life.restarts


def _searching(cluster: Cluster) -> Facts:
    """Say whether the slow program starts, and whether and how soon it is still restarted when it hangs."""
    lab = cluster.copy()
    lab.wait("5m")
    pods = _pods(lab, "app=search")
    containers = [pod.spec["containers"][0] for pod in pods]
    ready = len(pods) == 1 and pods[0].ready and containers[0]["image"] == _SEARCH_IMAGE
    if not ready or _restarts(pods):
        delayed = any("readinessProbe" in container for container in containers)
        return {"starts": "delayed" if delayed else False, "hangs": False}
    lab.answer(f"image/{_SEARCH_IMAGE}", "/alive", 500)
    lab.wait("65s")
    soon = _restarts(_pods(lab, "app=search")) > 0
    lab.wait("5m")
    late = _restarts(_pods(lab, "app=search")) > 0
    return {"starts": True, "hangs": soon or ("late" if late else False)}


def _cautious(cluster: Cluster) -> Facts:
    """Say what the next roll-outs of the cache do: one whose program ends, and one without an image."""
    crashing = cluster.copy()
    crashing.exits(f"image/{_REDIS}:8.0", 1, after="40s")
    crashing.kubectl(f"set image deploy/cache redis={_REDIS}:8.0")
    crashing.wait("6m")
    old = [pod for pod in _pods(crashing, _CACHE) if pod.spec["containers"][0]["image"] == f"{_REDIS}:7.4"]
    missing = cluster.copy()
    missing.set_pullable(f"{_REDIS}:8.1", False)
    missing.kubectl(f"set image deploy/cache redis={_REDIS}:8.1")
    missing.wait("100s")
    early = _failed(missing)
    missing.wait("60s")
    good = cluster.copy()
    good.kubectl(f"set image deploy/cache redis={_REDIS}:8.2")
    good.wait("5m")
    fine = [pod for pod in _pods(good, _CACHE) if pod.spec["containers"][0]["image"] == f"{_REDIS}:8.2"]
    return {
        "keeps": len(old) == 2 and all(pod.ready for pod in old),
        "fails": not early and _failed(missing),
        "arrives": len(fine) == 2 and all(pod.ready for pod in fine) and not _failed(good),
    }


def _failed(cluster: Cluster) -> bool:
    """Say whether the roll-out of the cache counts as failed."""
    conditions = cluster["deploy/cache"].status.get("conditions", [])
    return any(item.get("reason") == "ProgressDeadlineExceeded" for item in conditions)


def _ends_in_order(cluster: Cluster) -> Facts:
    """Say how a Pod of the cache ends: when its program gets SIGTERM, and whether it is killed.

    Where a hook waits, but not for long enough, the program gets SIGTERM "early".
    """
    lab = cluster.copy()
    lab.wait("1m")
    pods = _pods(lab, _CACHE)
    if not pods or not all(pod.ready for pod in pods):
        return {"waits": False, "saves": False}
    name = pods[0].name
    lab.stops(f"pod/{name}", "40s")
    for container in pods[0].spec["containers"]:
        hook = container.get("lifecycle", {}).get("preStop", {}).get("exec", {}).get("command", [])
        sleep = re.search(r"\bsleep (\d{1,4})s?\b", " ".join(hook))
        if sleep:
            lab.returns(f"pod/{name}", hook, 0, takes=int(sleep[1]))
    began = lab.api.now - _life(lab, name).created
    lab.delete(f"pod/{name}")
    lab.wait("10m")
    moments = _life(lab, name).moments
    signals = [moment.time - began for moment in moments if moment.code == "sigterm"]
    return {
        "waits": bool(signals) and (signals[0] >= 5 or ("early" if signals[0] else False)),
        "saves": not any(moment.code == "sigkill" for moment in moments) and _named(lab, name) is None,
    }


_SEARCH = """
apiVersion: apps/v1
kind: Deployment
metadata:
  name: search
spec:
  replicas: 1
  selector:
    matchLabels:
      app: search
  template:
    metadata:
      labels:
        app: search
    spec:
      containers:
        - name: search
          image: registry.example.com/search:0.4
          livenessProbe:
            httpGet:
              path: /alive
              port: 8080
"""
_STARTUP = """          startupProbe:
            httpGet:
              path: /alive
              port: 8080
            failureThreshold: 9
"""
_READINESS = """          readinessProbe:
            httpGet:
              path: /alive
              port: 8080
            initialDelaySeconds: 60
"""
_NUMBERS = '"readinessProbe":{"periodSeconds":2,"failureThreshold":2,"successThreshold":3}'

SOLUTIONS = {
    "recall": Solution(
        Fields({_OPENS: Number(), _POLICY: Word(vocabulary(__name__, "policy")), _STATUS: Number()}),
        {_OPENS: 31080, _POLICY: "Local", _STATUS: 503},
        {
            "port-of-the-service": {_OPENS: 80},
            "cluster-keeps-it": {_POLICY: "Cluster"},
            "not-found": {_STATUS: 404},
        },
    ),
    "guess-1": Solution(Choice("abc"), "b", {"only-the-status": "a", "asks-again": "c"}),
    "guess-2": Solution(Choice("abc"), "b", {"one-is-enough": "a", "default-numbers": "c"}),
    "guess-3": Solution(Choice("abc"), "c", {"liveness-waits": "a", "second-start-is-faster": "b"}),
    "guess-4": Solution(Choice("abc"), "c", {"program-answers": "a", "one-is-always-left": "b"}),
    "guess-5": Solution(Number(), 2, {"running-is-having-run": 1, "all-have-run": 5}),
    "guess-6": Solution(Number(), 0, {"stays-until-proven": 3, "one-is-lost": 2}),
    "guess-7": Solution(Choice("abc"), "b", {"endpoints-first": "a", "service-is-down": "c"}),
    "1": Solution(
        Fields(dict.fromkeys(_PROBES, Word(vocabulary(__name__, "fate")))),
        _after_failures,
        {
            "readiness-restarts": {"readiness": _RESTART},
            "startup-only-delays": {"startup": _RUNS},
            "liveness-only-takes-out": {"liveness": _RUNS},
        },
    ),
    "2": Solution(
        Number(),
        4 * 20,
        {"first-failure-is-enough": 20, "first-is-free": 5 * 20, "counts-from-first": 3 * 20},
    ),
    "3": Solution(Choice("abc"), _first_stop, {"one-failure": "a", "liveness-waits": "c"}),
    "4": Solution(
        Fields(
            dict.fromkeys((_CRASHES, _MISTYPED, _TOO_LARGE, _WRONG_PORT), Word(vocabulary(__name__, "place")))
        ),
        {_CRASHES: _LOG, _MISTYPED: _EVENTS, _TOO_LARGE: _EVENTS, _WRONG_PORT: _EVENTS},
        {
            "log-of-a-program-that-never-ran": {_MISTYPED: _LOG},
            "log-without-a-node": {_TOO_LARGE: _LOG},
            "events-know-the-program": {_CRASHES: _EVENTS},
            "log-names-the-sender": {_WRONG_PORT: _LOG},
        },
    ),
    "5": Solution(
        Number(), lambda: _ended_with(20, 15), {"grace-begins-with-sigterm": 143, "killed-is-zero": 0}
    ),
    "6": Solution(Choice("abc"), _when_unasked, {"hook-first": "b", "until-it-ends": "c"}),
    "7": Solution(Choice("abc"), _after_the_deadline, {"given-up": "a", "taken-back": "c"}),
    "8": Solution(
        Deed(_five, _thumbs),
        "kubectl set image pod/thumbs thumbs=registry.example.com/thumbs:0.2",
        {
            "deleted-comes-back": "kubectl delete pod thumbs",
            "another-pod": "kubectl delete pod thumbs\n"
            "kubectl run thumbs --image=registry.example.com/thumbs:0.2",
        },
    ),
    "9": Solution(
        Deed(_five, _mailer),
        "kubectl create secret generic mail-login --from-literal=password=x",
        {
            "any-key": "kubectl create secret generic mail-login --from-literal=login=x",
            "without-it": "kubectl delete pod mailer\n"
            "kubectl run mailer --image=registry.example.com/mailer:0.2",
        },
    ),
    "10": Solution(
        Prints(_five),
        "kubectl get pods --field-selector=status.phase=Pending",
        {
            "status-is-the-phase": "kubectl get pods --field-selector=status.phase=ImagePullBackOff",
            "pending-has-no-node": "kubectl get pods --field-selector=spec.nodeName=",
            "all-that-do-not-run": "kubectl get pods --field-selector=status.phase!=Running",
        },
    ),
    "11": Solution(
        Deed(application, _quick),
        _patch("frontend", _container("web", _NUMBERS)),
        {
            "back-at-once": _patch(
                "frontend", _container("web", '"readinessProbe":{"periodSeconds":2,"failureThreshold":2}')
            ),
            "liveness-takes-out": _patch(
                "frontend",
                _container(
                    "web",
                    '"livenessProbe":{"httpGet":{"path":"/ready"},"periodSeconds":2,"failureThreshold":2}',
                ),
            ),
        },
    ),
    "12": Solution(
        Deed(_slow_search, _searching),
        _SEARCH + _STARTUP,
        {
            "without-liveness": _patch("search", _container("search", '"livenessProbe":null')),
            "readiness-delays": _SEARCH + _READINESS,
            "more-patience-for-ever": _patch(
                "search", _container("search", '"livenessProbe":{"failureThreshold":9}')
            ),
        },
    ),
    "13": Solution(
        Deed(application, _cautious),
        _patch("cache", '"minReadySeconds":60,"progressDeadlineSeconds":120'),
        {
            "deadline-alone": _patch("cache", '"progressDeadlineSeconds":120'),
            "looks-twice-alone": _patch("cache", '"minReadySeconds":60'),
        },
    ),
    "14": Solution(
        Deed(application, _ends_in_order),
        _patch(
            "cache",
            '"template":{"spec":{"terminationGracePeriodSeconds":60,"containers":[{"name":"redis",'
            '"lifecycle":{"preStop":{"sleep":{"seconds":5}}}}]}}',
        ),
        {
            "hook-costs-nothing": _patch(
                "cache", _container("redis", '"lifecycle":{"preStop":{"sleep":{"seconds":5}}}')
            ),
            "grace-delays-sigterm": _patch(
                "cache", '"template":{"spec":{"terminationGracePeriodSeconds":60}}'
            ),
        },
    ),
}
