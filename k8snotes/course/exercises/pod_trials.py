"""What the exercises of chapter 02 try out, each on a guestbook of its own, to find the right answers."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from k8snotes.course.clusters import application

if TYPE_CHECKING:
    from k8snotes.cluster import Cluster

__all__ = [
    "AGAIN",
    "DELETED",
    "ENDED",
    "HALF",
    "NEW",
    "PARTS",
    "POLICIES",
    "STAYS",
    "after_a_crash",
    "after_a_good_end",
    "after_deletion",
    "before_the_scheduler",
    "half_ready",
    "reached",
    "restarts",
    "side_by_side",
    "what_pause_does",
    "where_web_sees_keys",
]

STAYS, NEW = "stays", "new"
PARTS = ("container web", "container writer", "Pod IP", "Node")
AGAIN, ENDED = "starts again", "stays ended"
POLICIES = ("Always", "OnFailure", "Never")
HALF = ("both containers run", "STATUS is Running", "its Service leads to it")
DELETED = ("news is back", "watch-node-2 is back", "the container watch was stopped")

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


def _pod(name: str, *containers: dict[str, Any], labels: dict[str, str] | None = None, **spec: Any) -> Any:
    metadata = {"name": name, **({"labels": labels} if labels else {})}
    made = [{"image": "app", **container} for container in containers]
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": {"containers": made, **spec}}


def _service(selector: dict[str, str]) -> Any:
    spec = {"selector": selector, "ports": [{"port": 80, "targetPort": 8080}]}
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "site"}, "spec": spec}


def _with(*manifests: Any) -> Cluster:
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


def after_a_crash() -> dict[str, str]:
    """Let web end, and say of each part of the Pod whether it is another one afterwards."""
    cluster = _news()
    before = _parts(cluster)
    cluster.crash("pod/news", "web")
    cluster.settle()
    after = _parts(cluster)
    return {part: STAYS if before[part] == after[part] else NEW for part in PARTS}


def _parts(cluster: Cluster) -> dict[str, Any]:
    pod, started = cluster["pod/news"], _started(cluster, "pod/news")
    values = (started["web"], started["writer"], pod.status["podIP"], pod.spec["nodeName"])
    return dict(zip(PARTS, values, strict=True))


@cache
def what_pause_does() -> frozenset[str]:
    """Return the letters of what is true of the pause container, found while web is stopped."""
    cluster = _news()
    cluster.apply([_service({"app": "news"})])
    cluster.settle()
    ip = cluster["pod/news"].status["podIP"]
    cluster.crash("pod/news", "web")
    ended = cluster.step()[0]
    found = {
        "a": cluster["pod/news"].status.get("podIP") == ip,
        "b": bool(cluster.endpoints("svc/site").ready),
        "c": not ended.component.startswith("kubelet"),
        "d": "pause" in _started(cluster, "pod/news"),
    }
    return frozenset(letter for letter, holds in found.items() if holds)


def side_by_side() -> set[str]:
    """Return the letters of the pairs that can both listen: each needs an address and port of its own."""
    web, other = {"name": "web", "ports": [{"containerPort": 8080}]}, {"ports": [{"containerPort": 8080}]}
    here: dict[str, Any] = {"nodeName": "node-1"}
    pairs: dict[str, list[Any]] = {
        "a": [_pod("one", web, {"name": "twin", **other}, **here)],
        "b": [_pod("one", web, **here), _pod("two", web, **here)],
        "c": [_pod("one", web, {"name": "other", "ports": [{"containerPort": 9090}]}, **here)],
        "d": [_pod("one", web, hostNetwork=True, **here), _pod("two", web, hostNetwork=True, **here)],
    }
    return {letter for letter, pods in pairs.items() if _all_listen(pods)}


def _all_listen(pods: list[Any]) -> bool:
    cluster = _with(*pods)
    places = []
    for pod in pods:
        made = cluster[f"pod/{pod['metadata']['name']}"]
        if made.status.get("phase") != "Running":
            return False
        for container in made.spec["containers"]:
            places += [(made.status["podIP"], port["containerPort"]) for port in container["ports"]]
    return len(set(places)) == len(places)


def where_web_sees_keys() -> str:
    """Return the letter of where the volume keys is in the container web."""
    web = _news()["pod/news"].spec["containers"][0]
    paths = [mount["mountPath"] for mount in web["volumeMounts"] if mount["name"] == "keys"]
    return {"/keys": "a", "/www": "b"}[paths[0]] if paths else "c"


def reached() -> set[str]:
    """Return the letters of the Pods to which a Service for 8080 leads, whatever ports they declare."""
    declared = {"a": [{"containerPort": 8080}], "b": [], "c": [{"containerPort": 9090}]}
    label = {"app": "site"}
    pods = [
        _pod(f"web-{letter}", {"name": "web", "ports": ports}, labels=label)
        for letter, ports in declared.items()
    ]
    ready = _with(*pods, _service(label)).endpoints("svc/site").ready
    return {item.pod.name[-1] for item in ready if item.pod}


def before_the_scheduler() -> set[str]:
    """Return the letters of what a new Pod has before the scheduler has looked at it."""
    cluster = application()
    cluster.apply([_pod("hello", {"name": "hello"})])
    pod = cluster["pod/hello"]  # it was found, so it is stored
    has = {
        "a": bool(pod.name),
        "b": pod.metadata.get("uid"),
        "c": pod.spec.get("nodeName"),
        "d": pod.status.get("podIP"),
        "e": pod.status.get("containerStatuses"),
    }
    return {letter for letter, value in has.items() if value}


def restarts() -> int:
    """Return what the column RESTARTS says after web has ended three times."""
    cluster = _news()
    for _ in range(3):
        cluster.crash("pod/news", "web")
        cluster.settle()
    return sum(count for count, _ in _started(cluster, "pod/news").values())


def after_a_good_end() -> dict[str, str]:
    """Let a container end with exit code 0 under each restartPolicy, and say what becomes of it."""
    fates = {}
    for policy in POLICIES:
        cluster = _with(_pod("task", {"name": "task"}, restartPolicy=policy))
        cluster.crash("pod/task", exit_code=0)
        cluster.settle()
        fates[policy] = AGAIN if _started(cluster, "pod/task")["task"][0] else ENDED
    return fates


def half_ready() -> dict[str, str]:
    """Return how a Pod stands of whose two containers one is not ready."""
    web, broken = {"name": "web", "image": "web"}, {"name": "writer", "image": "broken-writer"}
    cluster = _with(_pod("half", web, broken, labels={"app": "site"}), _service({"app": "site"}))
    running = ["running" in state for _, state in _started(cluster, "pod/half").values()]
    holds = (
        all(running),
        cluster["pod/half"].status["phase"] == "Running",
        cluster.endpoints("svc/site").ready,
    )
    return {field: "yes" if value else "no" for field, value in zip(HALF, holds, strict=True)}


def after_deletion() -> dict[str, str]:
    """Delete an ordinary Pod and a mirror Pod, and say what becomes of them."""
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
    return {field: "yes" if value else "no" for field, value in zip(DELETED, holds, strict=True)}
