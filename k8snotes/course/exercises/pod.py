"""Chapter 02, what containers share and what becomes of a Pod: what is right, and which belief a wrong answer shows.

Source of the rules:
    https://kubernetes.io/docs/concepts/workloads/pods/ (what containers share)
    https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/ (restarts, readiness)
    https://kubernetes.io/docs/tasks/configure-pod-container/static-pod/
"""

from __future__ import annotations

from functools import cache
from typing import Any

from k8snotes.api.base import Manifest
from k8snotes.cluster import Cluster, load
from k8snotes.course.answers import Choice, Choices, Fields, Number, Word
from k8snotes.course.chapters import Solution, vocabulary
from k8snotes.course.clusters import application
from k8snotes.figures.figure import Figure

__all__ = ["SOLUTIONS", "picture"]

_SKETCH = """
apiVersion: v1
kind: Pod
metadata: {name: news, labels: {app: news}}
spec: {volumes: [{name: pages, emptyDir: {}}], containers: [
  {name: web, image: web, ports: [{containerPort: 8080}], volumeMounts: [{name: pages, mountPath: /www}]},
  {name: writer, image: writer, volumeMounts: [{name: pages, mountPath: /out}]}]}
"""

_STAYS, _NEW = "stays", "new"
_PARTS = ("container web", "container writer", "Pod IP", "Node")
_AGAIN, _ENDED = "starts again", "stays ended"
_POLICIES = ("Always", "OnFailure", "Never")
_HALF = ("both containers run", "STATUS is Running", "its Service leads to it")
_DELETED = ("news is back", "watch-node-2 is back", "the container watch was stopped")

_WEB = {
    "name": "web",
    "image": "web",
    "ports": [{"containerPort": 8080}],
    "volumeMounts": [{"name": "pages", "mountPath": "/www"}],
}
_WRITER = {
    "name": "writer",
    "image": "writer",
    "volumeMounts": [{"name": "pages", "mountPath": "/out"}, {"name": "keys", "mountPath": "/keys"}],
}
_VOLUMES = [{"name": "pages", "emptyDir": {}}, {"name": "keys", "emptyDir": {}}]


def picture() -> Figure:
    """Draw what the chapter is about, small: a Pod from within."""
    return load(_SKETCH, nodes=1).inside("pod/news")


def _pod(name: str, *containers: Manifest, labels: dict[str, str] | None = None, **spec: Any) -> Manifest:
    """Return a Pod with these containers; `spec` is what else its spec says."""
    metadata = {"name": name, **({"labels": labels} if labels else {})}
    made = [{"image": "app", **container} for container in containers]
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": {"containers": made, **spec}}


def _service(selector: dict[str, str]) -> Manifest:
    """Return a Service that leads to port 8080 of the Pods that a selector finds."""
    spec = {"selector": selector, "ports": [{"port": 80, "targetPort": 8080}]}
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "site"}, "spec": spec}


def _with(*manifests: Manifest) -> Cluster:
    """Return a guestbook in which these objects run as well."""
    cluster = application()
    cluster.apply(list(manifests))
    cluster.settle()
    return cluster


def _news() -> Cluster:
    """Return a guestbook with the Pod news of the chapter."""
    return _with(_pod("news", _WEB, _WRITER, labels={"app": "news"}, volumes=_VOLUMES))


def _started(cluster: Cluster, ref: str) -> dict[str, Any]:
    """Return when each container of a Pod was started, and how often it was started again."""
    return {
        item["name"]: (item["restartCount"], item["state"])
        for item in cluster[ref].status["containerStatuses"]
    }


def _after_a_crash() -> dict[str, str]:
    """Let web end, and say of each part of the Pod whether it is another one afterwards.

    Source of the rule: PodSpec.restartPolicy: the kubelet starts the container again, in the same Pod.
    """
    cluster = _news()
    before = _parts(cluster)
    cluster.crash("pod/news", "web")
    cluster.settle()
    after = _parts(cluster)
    return {part: _STAYS if before[part] == after[part] else _NEW for part in _PARTS}


def _parts(cluster: Cluster) -> dict[str, Any]:
    """Return what tells whether each part of the Pod news is another one than before."""
    pod, started = cluster["pod/news"], _started(cluster, "pod/news")
    values = (started["web"], started["writer"], pod.status["podIP"], pod.spec["nodeName"])
    return dict(zip(_PARTS, values, strict=True))


@cache
def _what_pause_does() -> frozenset[str]:
    """Return the letters of what is true of the pause container while web is stopped.

    The pause container holds the Pod's network namespace and does nothing else: the kubelet reports what ended.
    """
    cluster = _news()
    cluster.apply([_service({"app": "news"})])
    cluster.settle()
    ip = cluster["pod/news"].status["podIP"]
    cluster.crash("pod/news", "web")
    ended = cluster.step()[0]
    holds = {
        "a": cluster["pod/news"].status.get("podIP") == ip,
        "b": bool(cluster.endpoints("svc/site").ready),
        "c": not ended.component.startswith("kubelet"),
        "d": "pause" in _started(cluster, "pod/news"),
    }
    return frozenset(letter for letter, value in holds.items() if value)


def _side_by_side() -> set[str]:
    """Return the letters of the pairs that can both listen: each needs an address and port of its own.

    Containers of a Pod share one network namespace; with PodSpec.hostNetwork, Pods share that of their Node.
    """
    web, other = {"name": "web", "ports": [{"containerPort": 8080}]}, {"ports": [{"containerPort": 8080}]}
    here: dict[str, Any] = {"nodeName": "node-1"}
    pairs: dict[str, list[Manifest]] = {
        "a": [_pod("one", web, {"name": "twin", **other}, **here)],
        "b": [_pod("one", web, **here), _pod("two", web, **here)],
        "c": [_pod("one", web, {"name": "other", "ports": [{"containerPort": 9090}]}, **here)],
        "d": [_pod("one", web, hostNetwork=True, **here), _pod("two", web, hostNetwork=True, **here)],
    }
    return {letter for letter, pods in pairs.items() if _all_listen(pods)}


def _all_listen(pods: list[Manifest]) -> bool:
    """Say whether every program of some Pods has an address and a port of its own, and runs."""
    cluster = _with(*pods)
    places = []
    for pod in pods:
        made = cluster[f"pod/{pod['metadata']['name']}"]
        if made.status.get("phase") != "Running":
            return False
        for container in made.spec["containers"]:
            places += [(made.status["podIP"], port["containerPort"]) for port in container["ports"]]
    return len(set(places)) == len(places)


def _where_web_sees_keys() -> str:
    """Return the letter of where the volume keys is in the container web.

    Source of the rule: Container.volumeMounts: a container sees the volumes that it mounts.
    """
    web = _news()["pod/news"].spec["containers"][0]
    paths = [mount["mountPath"] for mount in web["volumeMounts"] if mount["name"] == "keys"]
    return {"/keys": "a", "/www": "b"}[paths[0]] if paths else "c"


def _reached() -> set[str]:
    """Return the letters of the Pods to which a Service for 8080 leads, whatever ports they declare."""
    declared = {"a": [{"containerPort": 8080}], "b": [], "c": [{"containerPort": 9090}]}
    label = {"app": "site"}
    pods = [
        _pod(f"web-{letter}", {"name": "web", "ports": ports}, labels=label)
        for letter, ports in declared.items()
    ]
    ready = _with(*pods, _service(label)).endpoints("svc/site").ready
    return {item.pod.name[-1] for item in ready if item.pod}


def _before_the_scheduler() -> set[str]:
    """Return the letters of what a new Pod has before the scheduler has looked at it.

    The API server sets metadata.uid, the scheduler spec.nodeName, the kubelet addresses and states of containers.
    """
    cluster = application()
    cluster.apply([_pod("hello", {"name": "hello"})])
    pod = cluster["pod/hello"]  # it is there, so it is stored
    has = {
        "a": bool(pod.name),
        "b": pod.metadata.get("uid"),
        "c": pod.spec.get("nodeName"),
        "d": pod.status.get("podIP"),
        "e": pod.status.get("containerStatuses"),
    }
    return {letter for letter, value in has.items() if value}


def _restarts() -> int:
    """Return what the column RESTARTS says after web has ended three times.

    kubectl adds up the restartCount of the Pod's containers.
    """
    cluster = _news()
    for _ in range(3):
        cluster.crash("pod/news", "web")
        cluster.settle()
    return sum(count for count, _ in _started(cluster, "pod/news").values())


def _after_a_good_end() -> dict[str, str]:
    """Let a container end with exit code 0 under each restartPolicy, and say what becomes of it.

    Source of the rule: PodSpec.restartPolicy: OnFailure is for exit codes other than 0.
    """
    fates = {}
    for policy in _POLICIES:
        cluster = _with(_pod("task", {"name": "task"}, restartPolicy=policy))
        cluster.crash("pod/task", exit_code=0)
        cluster.settle()
        fates[policy] = _AGAIN if _started(cluster, "pod/task")["task"][0] else _ENDED
    return fates


def _half_ready() -> dict[str, str]:
    """Return the state of a Pod with two containers when one of them is not ready.

    Source of the rule: the Pod's condition ContainersReady is true when every container is ready.
    """
    web, broken = {"name": "web", "image": "web"}, {"name": "writer", "image": "broken-writer"}
    cluster = _with(_pod("half", web, broken, labels={"app": "site"}), _service({"app": "site"}))
    running = ["running" in state for _, state in _started(cluster, "pod/half").values()]
    holds = (
        all(running),
        cluster["pod/half"].status["phase"] == "Running",
        cluster.endpoints("svc/site").ready,
    )
    return {field: "yes" if value else "no" for field, value in zip(_HALF, holds, strict=True)}


def _after_deletion() -> dict[str, str]:
    """Delete an ordinary Pod and a mirror Pod, and say what becomes of them.

    Source of the rule: the kubelet makes the mirror Pod of a static Pod anew, as long as the file is on its Node.
    """
    cluster = _news()
    cluster.static_pod("node-2", [_pod("watch", {"name": "watch"})])
    cluster.settle()
    before = _started(cluster, "pod/watch-node-2")
    cluster.delete("pod/news")
    cluster.delete("pod/watch-node-2")
    cluster.settle()
    there = {pod.name for pod in cluster.objects("pods")}
    holds = (
        "news" in there,
        "watch-node-2" in there,
        "watch-node-2" not in there or _started(cluster, "pod/watch-node-2") != before,
    )
    return {field: "yes" if value else "no" for field, value in zip(_DELETED, holds, strict=True)}


_SAME_OR_NEW = Fields(dict.fromkeys(_PARTS, Word(vocabulary(__name__, "same-or-new"))))
_YES_NO = Word(vocabulary(__name__, "yes-or-no"))

SOLUTIONS = {
    "guess": Solution(_SAME_OR_NEW, _after_a_crash),
    "answer": Solution(
        _SAME_OR_NEW,
        _after_a_crash,
        {
            "goes-on-where-it-was": {"container web": _STAYS},
            "whole-pod-starts-again": {"container writer": _NEW},
            "a-start-brings-an-address": {"Pod IP": _NEW},
            "moves-to-another-node": {"Node": _NEW},
        },
    ),
    "1": Solution(
        Choices("abcd"),
        _what_pause_does,
        {
            "stands-in-for-the-application": {"a", "b"},
            "does-the-work": {"b"},
            "watches-the-others": {"a", "c"},
            "is-asked-for-in-the-manifest": {"a", "d"},
            "ends-with-the-first": "none",
        },
    ),
    "2": Solution(
        Choices("abcd"),
        _side_by_side,
        {
            "a-network-for-each-container": {"a", "b", "c", "d"},
            "containers-of-a-pod-can-share-a-port": {"a", "b", "c"},
            "a-network-for-each-pod-always": {"b", "c", "d"},
            "a-port-once-a-node": {"c"},
            "a-pod-has-one-port": {"b"},
        },
    ),
    "3": Solution(
        Choice("abc"),
        _where_web_sees_keys,
        {"every-container-sees-all-volumes": "a", "containers-share-all-files": "b"},
    ),
    "4": Solution(
        Choices("abc"),
        _reached,
        {
            "container-port-opens": {"a"},
            "container-port-closes-others": {"a", "b"},
            "undeclared-is-none": {"a", "c"},
            "free-choice-of-the-program": {"b"},
            "only-named-ports": "none",
        },
    ),
    "5": Solution(
        Choices("abcde"),
        _before_the_scheduler,
        {
            "created-is-started": {"a", "b", "c", "d", "e"},
            "api-server-gives-the-address": {"a", "b", "d"},
            "api-server-chooses-the-node": {"a", "b", "c"},
            "stored-when-it-runs": {"a"},
        },
    ),
    "6": Solution(
        Number(),
        _restarts,
        {"all-containers-restart": 6, "a-restart-is-a-new-pod": 0, "whether-not-how-many": 1},
    ),
    "7": Solution(
        Fields(dict.fromkeys(_POLICIES, Word(vocabulary(__name__, "fate")))),
        _after_a_good_end,
        {
            "done-is-left-alone": {"Always": _ENDED},
            "ended-is-failed": {"OnFailure": _AGAIN},
            "every-container-starts-again": {"Never": _AGAIN},
        },
    ),
    "8": Solution(
        Fields(dict.fromkeys(_HALF, _YES_NO)),
        _half_ready,
        {
            "running-means-ready": {"its Service leads to it": "yes"},
            "status-says-ready": {"STATUS is Running": "no"},
            "not-ready-is-stopped": {"both containers run": "no"},
        },
    ),
    "9": Solution(
        Fields(dict.fromkeys(_DELETED, _YES_NO)),
        _after_deletion,
        {
            "every-pod-comes-back": {"news is back": "yes"},
            "the-api-removes-static-pods": {"watch-node-2 is back": "no"},
            "the-api-stops-static-pods": {"the container watch was stopped": "yes"},
        },
    ),
}
