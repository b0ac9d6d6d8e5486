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
from k8snotes.catalogue import _
from k8snotes.cluster import Cluster
from k8snotes.course.answers import YES_NO, Choice, Choices, Fields, Number, Word
from k8snotes.course.chapters import Solution, vocabulary
from k8snotes.course.clusters import application
from k8snotes.course.deeds import Deed, Facts, Prints
from k8snotes.course.thumbnail import Part, thumbnail
from k8snotes.figures import palette
from k8snotes.figures.figure import Figure

__all__ = ["SOLUTIONS", "picture"]

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
    return thumbnail(
        "Pod",
        _("two containers share one network and one volume"),
        [Part("counter", ":8090"), Part("shipper", ":9100")],
        [Part("pause", _("one Pod IP"), palette.MACHINERY), Part("log", _("one volume"), palette.VOLUME)],
        [(0, 0, palette.TRAFFIC), (1, 0, palette.TRAFFIC), (0, 1, palette.TRAFFIC), (1, 1, palette.TRAFFIC)],
    )


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


def _news_restarted() -> Cluster:
    """Return the Pod news, in which writer has written an error, has ended, and was started again."""
    cluster = _news()
    cluster.write_log("pod/news", "error: the archive does not answer", container="writer")
    cluster.crash("pod/news", "writer")
    cluster.settle()
    return cluster


def _found(cluster: Cluster, name: str) -> Any:
    """Return the Pod of this name; None if there is none."""
    return next((pod for pod in cluster.objects("pods") if pod.name == name), None)


def _restarts(cluster: Cluster, name: str) -> int:
    """Return how often the containers of a Pod were started again."""
    return sum(item["restartCount"] for item in _found(cluster, name).status.get("containerStatuses", []))


def _report(cluster: Cluster) -> Facts:
    """Say what becomes of the container of the Pod report when it fails, and when it has done its work.

    Source of the rule: PodSpec.restartPolicy: OnFailure is for exit codes other than 0.
    """
    pod = _found(cluster, "report")
    runs = pod is not None and [item["image"] for item in pod.spec["containers"]] == ["report:1.0"]
    again = {}
    for code in (0, 1):
        lab = cluster.copy()
        if pod is not None:
            lab.crash("pod/report", exit_code=code)
            lab.settle()
        again[code] = _restarts(lab, "report") > 0 if pod is not None else None
    return {"runs": runs, "again": again[1] is True, "rests": again[0] is False}


def _looked_into(cluster: Cluster) -> Facts:
    """Say whether the Pod news has a container with tools, and is otherwise as it was."""
    pod, before = _found(cluster, "news"), _news()["pod/news"]
    added = pod.spec.get("ephemeralContainers", []) if pod else []
    return {
        "added": any(item["image"] == "toolbox:3.1" for item in added),
        "named": any(item["name"] == "tools" for item in added),
        "same": pod is not None and pod.metadata["uid"] == before.metadata["uid"],
        "untouched": pod is not None and _restarts(cluster, "news") == 0,
    }


def _pair(cluster: Cluster) -> Facts:
    """Say whether the containers of the Pod pair see the same files at /shared.

    Where not both of them have a volume there, `same` says whether they share files at other paths.
    Source of the rules: VolumeMount.subPath; the kubelet takes a relative mountPath from the root.
    """
    pod = _found(cluster, "pair")
    made = [*pod.spec["containers"], *pod.spec.get("initContainers", [])] if pod else []
    containers = {item["name"]: item for item in made}
    there = {"one", "two"} <= set(containers) and pod.status.get("phase") != "Pending"
    volumes = {item["name"]: item for item in pod.spec.get("volumes", [])} if pod else {}
    one, two = (
        {
            mount["mountPath"].strip("/"): (
                _source(volumes[mount["name"]]),
                mount.get("subPath", "").strip("/"),
            )
            for mount in containers.get(name, {}).get("volumeMounts", [])
        }
        for name in ("one", "two")
    )
    both = "shared" in one and "shared" in two
    same = one["shared"] == two["shared"] if both else bool(set(one.values()) & set(two.values()))
    return {"there": there, "both": both, "same": same}


def _source(volume: Manifest) -> str:
    """Return what a volume is: another name may lead to the same files, but not for an emptyDir."""
    kept = volume if "emptyDir" in volume else {key: value for key, value in volume.items() if key != "name"}
    return str(sorted(kept.items()))


def _slow() -> Cluster:
    """Return a guestbook in which the program of slow:1.0 needs half a minute to open its port."""
    cluster = application()
    cluster.listen("image/slow:1.0", 8080, after="30s")
    return cluster


def _patient(cluster: Cluster) -> Facts:
    """Say whether the Pod slow is ready when its program listens, and only then.

    Source of the rule: a container without a readiness probe is ready as soon as it runs; a liveness probe restarts it.
    """
    pod = _found(cluster, "slow")
    runs = pod is not None and [item["image"] for item in pod.spec["containers"]] == ["slow:1.0"]
    if not runs:
        return dict.fromkeys(("runs", "ready", "starts", "waits"), False)
    lab = cluster.copy()
    if not _restarts(cluster, "slow"):
        lab.crash("pod/slow")
    lab.wait("10s")
    starts = not _found(lab, "slow").ready
    lab = cluster.copy()
    lab.listen("image/slow:1.0", None)
    lab.wait("45s")
    silent = []
    for _attempt in range(4):
        lab.wait("5s")
        silent.append(not _found(lab, "slow").ready)
    ready = pod.ready and _restarts(cluster, "slow") == 0
    seen: Facts = {"runs": True, "ready": ready, "starts": starts, "waits": all(silent)}
    if "readinessProbe" in pod.spec["containers"][0]:
        # a command that cannot run here, or a probe that waits long, is no sign of a belief about the other probes
        return {key: value or None for key, value in seen.items()}
    return seen


_PAIR = """
apiVersion: v1
kind: Pod
metadata:
  name: pair
spec:
  volumes:
    - name: files
      emptyDir: {}
  containers:
    - name: one
      image: one:1.0
      volumeMounts:
        - name: files
          mountPath: /shared
    - name: two
      image: two:1.0
      volumeMounts:
        - name: files
          mountPath: /shared
"""
_TWO_VOLUMES = """
apiVersion: v1
kind: Pod
metadata:
  name: pair
spec:
  volumes:
    - name: files
      emptyDir: {}
    - name: more
      emptyDir: {}
  containers:
    - name: one
      image: one:1.0
      volumeMounts:
        - name: files
          mountPath: /shared
    - name: two
      image: two:1.0
      volumeMounts:
        - name: more
          mountPath: /shared
"""
_ONE_MOUNT = """
apiVersion: v1
kind: Pod
metadata:
  name: pair
spec:
  volumes:
    - name: files
      emptyDir: {}
  containers:
    - name: one
      image: one:1.0
      volumeMounts:
        - name: files
          mountPath: /shared
    - name: two
      image: two:1.0
"""
_SLOW = """
apiVersion: v1
kind: Pod
metadata:
  name: slow
spec:
  containers:
    - name: slow
      image: slow:1.0
      ports:
        - containerPort: 8080
"""
_PROBE = """      %sProbe:
        tcpSocket:
          port: 8080
"""


SOLUTIONS = {
    "recall": Solution(
        Fields(
            {
                "ready endpoints": Number(),
                "port of the program": Number(),
                "address": Word(vocabulary(__name__, "whose-address")),
            }
        ),
        {"ready endpoints": 3, "port of the program": 8080, "address": "Service"},
        {
            "all-selected": {"ready endpoints": 4},
            "port-is-the-programs": {"port of the program": 80},
            "dns-knows-pods": {"address": "Pod"},
        },
    ),
    "guess-1": Solution(Choice("abc"), "a", {"one-for-each-container": "b", "pause-has-its-own": "c"}),
    "guess-2": Solution(Choice("abc"), "b", {"all-at-once": "a", "before-the-node": "c"}),
    "guess-3": Solution(Choice("abc"), "b", {"all-containers": "a", "new-pod": "c"}),
    "guess-4": Solution(
        Choice("abcd"), "c", {"always-at-once": "a", "same-pause": "b", "at-the-maximum": "d"}
    ),
    "guess-5": Solution(Choice("abc"), "c", {"running-is-ready": "a", "kubelet-sees-it": "b"}),
    "guess-6": Solution(Choice("abc"), "c", {"runs-at-once": "a", "has-a-node": "b"}),
    "guess-7": Solution(Choice("abc"), "b", {"gone": "a", "restarted": "c"}),
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
        Choice("abc"),
        _where_web_sees_keys,
        {"every-container-sees-all-volumes": "a", "containers-share-all-files": "b"},
    ),
    "3": Solution(
        Fields(dict.fromkeys(_POLICIES, Word(vocabulary(__name__, "fate")))),
        _after_a_good_end,
        {
            "done-is-left-alone": {"Always": _ENDED},
            "ended-is-failed": {"OnFailure": _AGAIN},
            "every-container-starts-again": {"Never": _AGAIN},
        },
    ),
    "4": Solution(
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
    "5": Solution(
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
    "6": Solution(
        Fields(dict.fromkeys(_HALF, YES_NO)),
        _half_ready,
        {
            "running-means-ready": {"its Service leads to it": "yes"},
            "status-says-ready": {"STATUS is Running": "no"},
            "not-ready-is-stopped": {"both containers run": "no"},
        },
    ),
    "7": Solution(
        Fields(dict.fromkeys(_DELETED, YES_NO)),
        _after_deletion,
        {
            "every-pod-comes-back": {"news is back": "yes"},
            "the-api-removes-static-pods": {"watch-node-2 is back": "no"},
            "the-api-stops-static-pods": {"the container watch was stopped": "yes"},
        },
    ),
    "8": Solution(
        Deed(application, _report),
        "kubectl run report --image=report:1.0 --restart=OnFailure",
        {
            "the-default-is-enough": "kubectl run report --image=report:1.0",
            "never-is-for-tasks": "kubectl run report --image=report:1.0 --restart=Never",
        },
    ),
    "9": Solution(
        Prints(_news_restarted, whole=True),
        "kubectl logs news -c writer --previous",
        {"the-log-goes-on": "kubectl logs news -c writer", "one-log-for-a-pod": "kubectl logs news"},
    ),
    "10": Solution(
        Deed(_news, _looked_into),
        "kubectl debug news -c tools --image=toolbox:3.1",
        {
            "a-second-pod": "kubectl run tools --image=toolbox:3.1",
            "a-new-pod-of-that-name": "kubectl delete pod news\nkubectl run news --image=toolbox:3.1",
        },
    ),
    "11": Solution(
        Deed(application, _pair),
        _PAIR,
        {"the-path-is-shared": _TWO_VOLUMES, "declared-is-seen": _ONE_MOUNT},
    ),
    "12": Solution(
        Deed(_slow, _patient),
        _SLOW + _PROBE % "readiness",
        {
            "port-says-ready": _SLOW,
            "liveness-keeps-requests-away": _SLOW + _PROBE % "liveness",
            "started-is-ready-for-ever": _SLOW + _PROBE % "startup" + "        failureThreshold: 30\n",
        },
    ),
}
