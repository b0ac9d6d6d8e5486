"""The exercises of chapter 02: what containers share, how a Pod gets to run, and what happens when one stops."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

from k8snotes.course.answers import Choice, Choices, Fields, Number, Word
from k8snotes.course.clusters import application
from k8snotes.course.exercise import Exercise, Wrong

if TYPE_CHECKING:
    from k8snotes.cluster import Cluster

__all__ = ["EXERCISES"]

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

_STAYS, _NEW = "stays", "new"
_PARTS = ("container web", "container writer", "Pod IP", "Node")
_GUESS = (
    "The container web of the Pod news ends with an error. Which of these is new afterwards, and which stays?"
)
_SAME_OR_NEW = Word(
    (_STAYS, _NEW),
    {
        "same": _STAYS,
        "the same": _STAYS,
        "old": _STAYS,
        "stay": _STAYS,
        "runs on": _STAYS,
        "changes": _NEW,
        "another": _NEW,
        "starts again": _NEW,
        "restarted": _NEW,
    },
)
_AGAIN, _ENDED = "starts again", "stays ended"
_POLICIES = ("Always", "OnFailure", "Never")
_FATE = Word(
    (_AGAIN, _ENDED),
    {
        "starts": _AGAIN,
        "restarted": _AGAIN,
        "again": _AGAIN,
        "ended": _ENDED,
        "stays": _ENDED,
        "ends": _ENDED,
    },
)
_YES_NO = Word(("yes", "no"))


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


def _news(cluster: Cluster | None = None) -> Cluster:
    """Return a guestbook with the Pod news of the chapter."""
    del cluster
    return _with(_pod("news", _WEB, _WRITER, labels={"app": "news"}, volumes=_VOLUMES))


def _started(cluster: Cluster, ref: str) -> dict[str, Any]:
    """Return when each container of a Pod was started, and how often it was started again."""
    return {
        item["name"]: (item["restartCount"], item["state"])
        for item in cluster[ref].status["containerStatuses"]
    }


def _after_a_crash() -> dict[str, str]:
    """Let web end, and say of each part of the Pod whether it is another one afterwards."""
    cluster = _news()
    before = _parts(cluster)
    cluster.crash("pod/news", "web")
    cluster.settle()
    after = _parts(cluster)
    return {part: _STAYS if before[part] == after[part] else _NEW for part in _PARTS}


def _parts(cluster: Cluster) -> dict[str, Any]:
    pod, started = cluster["pod/news"], _started(cluster, "pod/news")
    values = (started["web"], started["writer"], pod.status["podIP"], pod.spec["nodeName"])
    return dict(zip(_PARTS, values, strict=True))


@cache
def _what_pause_does() -> frozenset[str]:
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


def _side_by_side() -> set[str]:
    """Return the letters of the pairs that can both listen: each needs an address and port of its own."""
    web, other = {"name": "web", "ports": [{"containerPort": 8080}]}, {"ports": [{"containerPort": 8080}]}
    here = {"nodeName": "node-1"}
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


def _keys_in_web() -> str:
    """Return the letter of where the volume keys is in the container web."""
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


def _restarts() -> int:
    """Return what the column RESTARTS says after web has ended three times."""
    cluster = _news()
    for _ in range(3):
        cluster.crash("pod/news", "web")
        cluster.settle()
    return sum(count for count, _ in _started(cluster, "pod/news").values())


def _after_a_good_end() -> dict[str, str]:
    """Let a container end with exit code 0 under each restartPolicy, and say what becomes of it."""
    fates = {}
    for policy in _POLICIES:
        cluster = _with(_pod("task", {"name": "task"}, restartPolicy=policy))
        cluster.crash("pod/task", exit_code=0)
        cluster.settle()
        fates[policy] = _AGAIN if _started(cluster, "pod/task")["task"][0] else _ENDED
    return fates


def _half_ready() -> dict[str, str]:
    """Return how a Pod stands of whose two containers one is not ready."""
    web, broken = {"name": "web", "image": "web"}, {"name": "writer", "image": "broken-writer"}
    cluster = _with(_pod("half", web, broken, labels={"app": "site"}), _service({"app": "site"}))
    running = ["running" in state for _, state in _started(cluster, "pod/half").values()]
    return {
        "both containers run": "yes" if all(running) else "no",
        "STATUS is Running": "yes" if cluster["pod/half"].status["phase"] == "Running" else "no",
        "its Service leads to it": "yes" if cluster.endpoints("svc/site").ready else "no",
    }


def _left_after_deletion(of: Callable[[], tuple[Cluster, str]]) -> int:
    cluster, ref = of()
    cluster.delete(ref)
    cluster.settle()
    name = ref.rpartition("/")[2]
    return sum(pod.name == name for pod in cluster.objects("pods"))


def _static() -> Cluster:
    cluster = application()
    cluster.static_pod("node-2", [_pod("watch", {"name": "watch"})])
    cluster.settle()
    return cluster


def _stops_of_a_static_pod() -> int:
    """Delete a mirror Pod three times, and count how often its container was stopped or started anew."""
    cluster = _static()
    stops = 0
    for _ in range(3):
        before = _started(cluster, "pod/watch-node-2")
        cluster.delete("pod/watch-node-2")
        cluster.settle()
        stops += before != _started(cluster, "pod/watch-node-2")
    return stops


EXERCISES = (
    Exercise(
        "02-pod/guess",
        _GUESS,
        Fields(dict.fromkeys(_PARTS, _SAME_OR_NEW)),
        _after_a_crash,
        "We come back to it at the end of the chapter.",
        (),
        "",
        starter="{" + ", ".join(f'"{part}": "..."' for part in _PARTS) + "}",
        guess=True,
    ),
    Exercise(
        "02-pod/answer",
        _GUESS,
        Fields(dict.fromkeys(_PARTS, _SAME_OR_NEW)),
        _after_a_crash,
        "The kubelet starts that one container again. The Pod, with all else that it has, is not touched.",
        (
            Wrong(
                {"container web": _STAYS},
                "a container that has stopped goes on where it was",
                "Look at its line in the picture after the crash: since when does it run?",
            ),
            Wrong(
                {"container writer": _NEW},
                "when a container stops, the whole Pod is started again",
                "Look at the line of writer in both pictures, before the crash and after it.",
            ),
            Wrong(
                {"Pod IP": _NEW},
                "a container that starts gets an address",
                "Whose address is it, and which container holds it? Did that one stop?",
            ),
            Wrong(
                {"Node": _NEW},
                "Kubernetes moves a Pod with an error to another Node",
                "Who started the container again, and on which Node does that program work?",
            ),
        ),
        "Compare the two pictures of the Pod, before the crash and after it.",
        starter="{" + ", ".join(f'"{part}": "..."' for part in _PARTS) + "}",
    ),
    Exercise(
        "02-pod/1",
        "The container web of news has just ended. What is true of the pause container in this moment?",
        Choices("abcd"),
        _what_pause_does,
        "It does nothing but hold what the others share. That is why the Pod can keep its address.",
        (
            Wrong(
                {"a", "b"},
                "the pause container does the application's work while the application is down",
                "Which image has the pages in it? Is the Pod ready while web is down?",
            ),
            Wrong(
                {"b"},
                "the pause container does the application's work",
                "It has an image of its own, and the pages are not in it. What is it there for?",
            ),
            Wrong(
                {"a", "c"},
                "the pause container watches over the other containers",
                "Look at the lines that c.step() printed after the crash: who acted in each of them?",
            ),
            Wrong(
                {"a", "d"},
                "the pause container is one of the containers that the manifest asks for",
                "The Pod said 2/2 under READY. Which two are counted?",
            ),
            Wrong(
                "none",
                "the pause container ends with the first container that ends",
                "Look at the Pod IP after the crash. Who has held it all the time?",
            ),
        ),
        "Think of the one thing it was started for, before all others.",
        starter='{"..."}',
    ),
    Exercise(
        "02-pod/2",
        "Four pairs of programs on node-1. In which pairs can both programs listen?",
        Choices("abcd"),
        _side_by_side,
        "An address and a port together must be free. Within a Pod the address is one; two Pods have two.",
        (
            Wrong(
                {"a", "b", "c", "d"},
                "a container has a network of its own, so ports never meet",
                "What do the containers of a Pod share? And what does hostNetwork make a Pod share?",
            ),
            Wrong(
                {"a", "b", "c"},
                "a container has a network of its own, so two containers of a Pod can use one port",
                "Look at the picture of the Pod twins once more.",
            ),
            Wrong(
                {"b", "c", "d"},
                "every Pod has a network of its own, whatever its manifest says",
                "Which address do Pods with hostNetwork have? Then compare address and port of the two.",
            ),
            Wrong(
                {"c"},
                "two Pods on one Node cannot use the same port",
                'Count the frontend Pods in c.get("pods", wide=True): do two of them share a Node, or even a port?',
            ),
            Wrong(
                {"b"},
                "a Pod has one port",
                "A Pod has one address. How many ports does one address have?",
            ),
        ),
        "For each program, write down its address and its port. Which two are the same?",
        starter='{"..."}',
    ),
    Exercise(
        "02-pod/3",
        "The Pod news has a volume keys; writer mounts it at /keys. Where does web see its files?",
        Choice("abc"),
        _keys_in_web,
        "A volume belongs to the Pod, and each container sees only those that it mounts.",
        (
            Wrong(
                "a",
                "every container of a Pod sees all its volumes",
                "Read the lines volumeMounts in the manifest of news, container by container.",
            ),
            Wrong(
                "b",
                "the containers of a Pod share all their files",
                "/www is where web mounts the volume pages. Is keys the same volume?",
            ),
        ),
        "Which volumes does web name in its volumeMounts?",
    ),
    Exercise(
        "02-pod/4",
        "Three Pods whose programs all listen on 8080, behind a Service with targetPort 8080. Which get its traffic?",
        Choices("abc"),
        _reached,
        "The program listens, and the Service leads to 8080. containerPort is a note for who reads the manifest.",
        (
            Wrong(
                {"a"},
                "containerPort opens the port; without it the port stays closed",
                "You made a Service for 9000 in section 3. Had news declared that port?",
            ),
            Wrong(
                {"a", "b"},
                "a containerPort closes all other ports",
                "Does a containerPort open or close anything? Look at section 3 once more.",
            ),
            Wrong(
                {"a", "c"},
                "a Pod that declares no port has none",
                "Who opens a port: the manifest, or the program?",
            ),
            Wrong(
                {"b"},
                "a program picks its port only where the manifest leaves it free",
                "All three programs listen on 8080, whatever their manifests say. What does the Service look at?",
            ),
            Wrong(
                "none",
                "a Service leads only to ports that have a name",
                "A targetPort can be a name or a number. Which is it here?",
            ),
        ),
        "Who opens a port: the manifest, or the program that listens?",
        starter='{"..."}',
    ),
    Exercise(
        "02-pod/5",
        "You have just sent the manifest of a Pod, and no part of the cluster has acted on it. What does the Pod have?",
        Choices("abcde"),
        _before_the_scheduler,
        "It is an entry in the store, and no more. The scheduler gives it a Node, and the kubelet all the rest.",
        (
            Wrong(
                {"a", "b", "c", "d", "e"},
                "to create a Pod is to start it",
                "Look at the table right after c.apply(...) in section 4.",
            ),
            Wrong(
                {"a", "b", "d"},
                "the API server gives a Pod its address, as it does with a Service",
                "From which range is a Pod IP, and on what does that depend? Look at the table after each step.",
            ),
            Wrong(
                {"a", "b", "c"},
                "the API server chooses the Node",
                "Which part of the cluster wrote the line with the word bind?",
            ),
            Wrong(
                {"a"},
                "a Pod is not stored before it runs",
                'c["pod/hello"].manifest right after c.apply(...): does it have something that you did not write?',
            ),
        ),
        "Try it: make a copy, apply a Pod, and look at it before the first step().",
        starter='{"..."}',
    ),
    Exercise(
        "02-pod/6",
        "The container web of a fresh news ends three times, and is started again each time. What is under RESTARTS?",
        Number(),
        _restarts,
        "Each time one container was started again. The other one never noticed.",
        (
            Wrong(
                6,
                "when a container stops, all containers of its Pod are started again",
                "How often was writer started again? Look into the Pod.",
            ),
            Wrong(
                0,
                "a restart is a new Pod, which counts from the beginning",
                "Is it another Pod? Look at its AGE.",
            ),
            Wrong(
                1,
                "RESTARTS says whether there was one, not how many",
                "Try it: crash, settle, look; and once more.",
            ),
        ),
        "Try it on a copy: crash, settle, and look at the table.",
    ),
    Exercise(
        "02-pod/7",
        "A container ends with exit code 0. For each restartPolicy: does it start again?",
        Fields(dict.fromkeys(_POLICIES, _FATE)),
        _after_a_good_end,
        "OnFailure looks at the exit code, the two others do not.",
        (
            Wrong(
                {"Always": _ENDED},
                "a container that has done its work is left alone, whatever the restartPolicy is",
                "A web server that ends without an error: are its visitors content? Read the name of the policy again.",
            ),
            Wrong(
                {"OnFailure": _AGAIN},
                "a container that has ended has failed",
                "What does exit code 0 say? Look at the two tables of section 5.",
            ),
            Wrong(
                {"Never": _AGAIN},
                "Kubernetes starts every container again",
                "Read the name of the policy again.",
            ),
        ),
        "Look at the two tables of section 5: which of them is for exit code 0?",
        starter='{"Always": "...", "OnFailure": "...", "Never": "..."}',
    ),
    Exercise(
        "02-pod/8",
        "A Pod with two containers: web is ready, writer runs and is not ready. What holds?",
        Fields(
            dict.fromkeys(("both containers run", "STATUS is Running", "its Service leads to it"), _YES_NO)
        ),
        _half_ready,
        "Running means that the containers run. A Pod is ready when all its containers are.",
        (
            Wrong(
                {"its Service leads to it": "yes"},
                "Running means Ready, or one ready container is enough",
                "What does READY say for this Pod: 1/2, or 2/2? What does a Service ask for?",
            ),
            Wrong(
                {"STATUS is Running": "no"},
                "STATUS says whether a Pod is ready",
                "In section 5 you made mysql-0 not ready. What did STATUS say then?",
            ),
            Wrong(
                {"both containers run": "no"},
                "a container that is not ready has stopped",
                "It runs, and is perhaps still loading. Has any container ended here?",
            ),
        ),
        'Try it: an image whose name begins with "broken" runs here, and never gets ready.',
        starter='{"both containers run": "...", "STATUS is Running": "...", "its Service leads to it": "..."}',
    ),
    Exercise(
        "02-pod/9",
        "The mirror of a static Pod is deleted three times through the API. How often do its containers stop?",
        Number(),
        _stops_of_a_static_pod,
        "The mirror is a picture of the Pod. Only who takes the file away stops what it shows.",
        (
            Wrong(
                3,
                "deleting a static Pod through the API stops it, and its kubelet starts it again",
                "You deleted the mirror in section 6. What did the last of the three lines say about the containers?",
            ),
            Wrong(
                1,
                "deleting a static Pod through the API stops it once and for all",
                "You deleted the mirror in section 6. Was it gone afterwards?",
            ),
        ),
        "Look at what the kubelet said in section 6 when the mirror was deleted.",
    ),
    Exercise(
        "02-pod/10",
        "You delete the Pod news, and the mirror Pod watch-node-2. How many Pods of each name are there a little later?",
        Fields({"news": Number(), "watch-node-2": Number()}),
        lambda: {
            "news": _left_after_deletion(lambda: (_news(), "pod/news")),
            "watch-node-2": _left_after_deletion(lambda: (_static(), "pod/watch-node-2")),
        },
        "A Pod comes back only if somebody keeps it: a controller that counts, or a kubelet with a file.",
        (
            Wrong(
                {"news": 1},
                "Kubernetes brings every Pod back",
                "Did hello come back in section 4? Who was there to want it?",
            ),
            Wrong(
                {"watch-node-2": 0},
                "deleting a static Pod through the API stops it",
                "The file is still on the Node. Who reads it?",
            ),
        ),
        "For each of them: who wants it to be there?",
        starter='{"news": "...", "watch-node-2": "..."}',
    ),
)
