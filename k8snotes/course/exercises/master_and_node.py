"""The exercises of chapter 03: who does what, where a Pod goes, and what becomes of it when a Node goes."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from k8snotes.api.kinds.pod import Pod
from k8snotes.course.answers import Choice, Fields, Names, Number, Word
from k8snotes.course.clusters import application, pod_names
from k8snotes.course.exercise import Exercise, Wrong
from k8snotes.errors import ApiError

if TYPE_CHECKING:
    from k8snotes.cluster import Cluster

__all__ = ["EXERCISES"]

_SERVER, _ETCD, _MANAGER, _SCHEDULER = (
    "kube-apiserver",
    "etcd",
    "kube-controller-manager",
    "kube-scheduler",
)
_KUBELET, _PROXY = "kubelet", "kube-proxy"
_WHO = Word(
    (_SERVER, _ETCD, _MANAGER, _SCHEDULER, _KUBELET, _PROXY),
    {
        "apiserver": _SERVER,
        "api server": _SERVER,
        "controller-manager": _MANAGER,
        "controller manager": _MANAGER,
        "controller": _MANAGER,
        "scheduler": _SCHEDULER,
        "proxy": _PROXY,
    },
)
_KEYS = ("lets it in", "chooses the Node", "starts the program", "brings another one")
_GUESS = (
    "Who lets the wish in, who chooses the Node, who starts the program, and who brings another Pod when "
    "one of two is gone?"
)
_BLANKS = "{" + ", ".join(f'"{key}": "..."' for key in _KEYS) + "}"
_POD = (
    '{{"apiVersion": "v1", "kind": "Pod", "metadata": {{"name": "{}"}}, "spec": {{{}"containers": '
    '[{{"name": "web", "image": "web"}}]}}}}'
)


def _guess() -> dict[str, str]:
    """Find out who does it from what the components write; the API server alone lets anything in."""
    cluster = application()
    cluster.create(_POD.format("hello", ""))
    done = {change.verb: change.component for change in cluster.settle() if change.ref == "pod/hello"}
    cluster.delete(cluster.objects("pods", "tier=cache")[0].ref)
    brings = next(change.component for change in cluster.settle() if change.verb == "create")
    return {
        _KEYS[0]: _SERVER,
        _KEYS[1]: done["bind"],
        _KEYS[2]: done["start"].partition(" ")[0],
        _KEYS[3]: _MANAGER if brings.endswith(("-controller", "-manager")) else brings,
    }


def _right_after_apply() -> str:
    cluster = application()
    cluster.apply(_POD.format("hello", ""))
    pod = cluster["pod/hello"]
    if pod.status.get("containerStatuses"):
        return "a"
    return "c" if pod.spec.get("nodeName") else "b"


def _kept_of_three() -> int:
    """Return how many of three Pods are stored when the second one has a typo."""
    cluster = application()
    second = _POD.format("two", "").replace("containers", "container")
    before = len(cluster.objects("pods"))
    with suppress(ApiError):
        cluster.apply("\n---\n".join((_POD.format("one", ""), second, _POD.format("three", ""))))
    return len(cluster.objects("pods")) - before


def _with_the_kubelets_alone() -> str:
    """Let a container end while nobody but the kubelets is at work."""
    cluster = application()
    pod = cluster.objects("pods", "track=stable")[0]
    cluster.simulation.components = (cluster.simulation.kubelets,)
    cluster.crash(pod.ref)
    cluster.settle()
    after = [item for item in _pods(cluster) if item.name == pod.name]
    if not after or after[0].spec["nodeName"] != pod.spec["nodeName"]:
        return "c"
    return "a" if after[0].ready else "b"


def _where_it_fits() -> str:
    """Say where a Pod goes whose only Nodes are a tainted one and a cordoned one."""
    cluster = application()
    cluster.label("node/node-1", "disk=ssd")
    cluster.label("node/node-2", "disk=ssd")
    node = cluster["node/node-1"].manifest
    node["spec"]["taints"] = [{"key": "only", "value": "database", "effect": "NoSchedule"}]
    cluster.replace(node)
    cluster.cordon("node-2")
    cluster.create(_POD.format("fast", '"nodeSelector": {"disk": "ssd"}, '))
    cluster.settle()
    return str(cluster["pod/fast"].spec.get("nodeName") or "nowhere")


def _on(cluster: Cluster, node: str) -> list[str]:
    return [pod.name for pod in _pods(cluster) if pod.node_name == node]


def _pods(cluster: Cluster) -> list[Pod]:
    return [pod for pod in cluster.objects("pods") if isinstance(pod, Pod)]


def _after_uncordon() -> int:
    cluster = application()
    cluster.drain("node-3")
    cluster.settle()
    cluster.uncordon("node-3")
    cluster.settle()
    return len(_on(cluster, "node-3"))


def _before_drain() -> int:
    return len(_on(application(), "node-3"))


def _two_minutes_after_the_power_failed() -> str:
    """Return the letter of what is so two minutes after node-3 fell silent."""
    cluster = application()
    before = {pod.name for pod in cluster.objects("pods")}
    answering = len(cluster.endpoints("svc/frontend").ready)
    cluster.lose("node-3")
    until = cluster.api.now + 120
    while True:
        ahead = cluster.copy()
        if not ahead.step() or ahead.api.now > until:
            break
        cluster = ahead
    if {pod.name for pod in cluster.objects("pods")} != before:
        return "c"
    return "b" if len(cluster.endpoints("svc/frontend").ready) < answering else "a"


def _again_elsewhere() -> set[str]:
    """Return which workloads of node-2 run elsewhere, long after it lost its power."""
    cluster = application()
    names = pod_names()
    lost = {names[name] for name in _on(cluster, "node-2")}
    before = {pod.name for pod in cluster.objects("pods")}
    cluster.lose("node-2")
    cluster.settle()
    new = [pod for pod in _pods(cluster) if pod.name not in before and pod.ready]
    return {name for name in lost if any(pod.name.startswith(f"{name}-") for pod in new)}


EXERCISES = (
    Exercise(
        "03-master-and-node/guess",
        _GUESS,
        Fields(dict.fromkeys(_KEYS, _WHO)),
        _guess,
        "We come back to it at the end of the chapter.",
        (),
        "",
        starter=_BLANKS,
        guess=True,
    ),
    Exercise(
        "03-master-and-node/answer",
        _GUESS,
        Fields(dict.fromkeys(_KEYS, _WHO)),
        _guess,
        "Four jobs, four programs: none of them calls another one, and all of them talk to the API server.",
        (
            Wrong(
                {_KEYS[0]: _ETCD},
                "one writes into the store directly",
                "lets it in: who refused your typo? The store keeps what it is given; somebody stands before it.",
            ),
            Wrong(
                {_KEYS[1]: _SERVER},
                "the API server decides where a Pod runs",
                "chooses the Node: right after apply, the Pod stood there with no Node. Who acted next?",
            ),
            Wrong(
                {_KEYS[1]: _KUBELET},
                "a Node takes the Pods that it likes",
                "chooses the Node: a Node acts when a Pod already has its name. Who wrote the name into it?",
            ),
            Wrong(
                {_KEYS[2]: _SCHEDULER},
                "who chooses the Node also starts the program there",
                "starts the program: in the first section, one line said `bind`, and other lines said `start`. "
                "Whose lines were these?",
            ),
            Wrong(
                {_KEYS[2]: _MANAGER},
                "the Master runs the programs",
                "starts the program: the Master writes and reads. Who is on the computer where the program runs?",
            ),
            Wrong(
                {_KEYS[3]: _KUBELET},
                "the Node makes a new Pod when one is gone",
                "brings another one: the kubelet restarts containers of a Pod that is there. Who counts Pods?",
            ),
            Wrong(
                {_KEYS[3]: _SCHEDULER},
                "the scheduler keeps the number of Pods right",
                "brings another one: the scheduler looks at Pods that have no Node yet. Who makes such a Pod?",
            ),
        ),
        "Look at the lines that step() and settle() gave: each begins with who did it.",
        starter=_BLANKS,
    ),
    Exercise(
        "03-master-and-node/1",
        "c.apply(...) of a Pod has just returned, and nobody has acted since. What is there?",
        Choice("abc"),
        _right_after_apply,
        "A stored wish. The rest is done by those who watch for it.",
        (
            Wrong(
                "a",
                "applying a manifest starts the program",
                "Look at STATUS and NODE in the first table of section 1.",
            ),
            Wrong(
                "c",
                "the API server chooses the Node while it stores the Pod",
                "In section 1, which change wrote a Node into the Pod, and was it there when apply returned?",
            ),
        ),
        "Do it on c.copy(), without step() and settle(), and look at the Pod.",
    ),
    Exercise(
        "03-master-and-node/2",
        "One text has three Pods, and the second has a typo: container instead of containers. "
        "c.apply(text) says so. How many of the three Pods are stored?",
        Number(),
        _kept_of_three,
        "Each document is a request of its own: the good ones are taken, the bad one is refused.",
        (
            Wrong(
                0,
                "a file is taken as a whole or not at all",
                "The door looks at one object at a time. Does it know that they came in one file?",
            ),
            Wrong(
                1,
                "the first refusal stops everything that comes after it",
                "Is the third document any different because of the second?",
            ),
            Wrong(
                3,
                "a field that Kubernetes does not know is ignored",
                "You tried one such Pod in section 1. What was stored of it?",
            ),
        ),
        "Write three documents with a line `---` between them, apply them on c.copy(), and count.",
    ),
    Exercise(
        "03-master-and-node/3",
        "Scheduler and controllers stand still: of all components, only the kubelets still work. A container "
        "of a frontend Pod ends. What happens?",
        Choice("abc"),
        _with_the_kubelets_alone,
        "The kubelet restarts it, asking nobody. Without those who decide, what runs runs on.",
        (
            Wrong(
                "b",
                "when the Master stands still, the applications stand still",
                "Look at the lines of the crash in section 3. Whose work was the restart?",
            ),
            Wrong(
                "c",
                "a Pod whose container ends is made anew on another Node",
                "That needs somebody who makes Pods. And look at NODE in section 3 after the crash.",
            ),
        ),
        "Go through the crash of section 3 line by line: which of those who acted are still at work here?",
    ),
    Exercise(
        "03-master-and-node/4",
        "node-1 and node-2 have the label disk=ssd. node-1 has a taint that the Pod fast does not tolerate, "
        "node-2 is cordoned, node-3 is well and has no such label. fast has nodeSelector: {disk: ssd}. "
        "Where does it run?",
        Word(
            ("node-1", "node-2", "node-3", "nowhere"),
            {"nobody": "nowhere", "none": "nowhere", "pending": "nowhere"},
        ),
        _where_it_fits,
        "Every condition must hold on one Node. Until one has them all, the Pod waits.",
        (
            Wrong(
                "node-1",
                "a Pod that asks for a Node by its label gets in there, taint or not",
                "A nodeSelector is the Pod's wish, a taint is the Node's. Does the one cancel the other?",
            ),
            Wrong(
                "node-2",
                "a cordoned Node still takes the Pods that ask for it",
                "To cordon is to keep *new* Pods away. Is this one new?",
            ),
            Wrong(
                "node-3",
                "a nodeSelector is a wish: if nothing fits, the Pod goes elsewhere",
                "Section 4 had a Pod whose label no Node carried. Where did it go?",
            ),
        ),
        "Take the Nodes one by one, and look for one thing that keeps the Pod away.",
        starter='"..."',
    ),
    Exercise(
        "03-master-and-node/5",
        "node-3 is drained, the cluster settles, node-3 is uncordoned, and the cluster settles again. "
        "How many Pods run on node-3 now?",
        Number(),
        _after_uncordon,
        "Nobody moves a Pod. The next Pods that are made may come to node-3.",
        (
            Wrong(
                _before_drain,
                "drained Pods come back when their Node does",
                "Those Pods were deleted, and others run in their place. Who would move these?",
            ),
            Wrong(
                1,
                "the cluster balances itself as soon as there is room",
                "The scheduler looks at Pods that have no Node yet. Is there one?",
            ),
        ),
        "Do it on c.copy() and look at the column NODE.",
    ),
    Exercise(
        "03-master-and-node/6",
        "Two minutes ago the power of node-3 failed. What has the cluster done about it?",
        Choice("abc"),
        _two_minutes_after_the_power_failed,
        "It waits: the Node may only be slow. Traffic goes elsewhere at once, new Pods come after five minutes.",
        (
            Wrong(
                "a",
                "nobody notices a silent Node until its Pods are replaced",
                "Read the times in section 5 again: which came first, and after how many seconds?",
            ),
            Wrong(
                "c",
                "the Pods of a lost Node are replaced as soon as it is NotReady",
                "Read the times in section 5 again: how long after the taint were the Pods deleted?",
            ),
        ),
        "The lines of section 5 begin with the seconds since the power failed.",
    ),
    Exercise(
        "03-master-and-node/7",
        "node-2 loses its power and stays dark. client, one cache and one frontend ran there. Which of the "
        "three run again on another Node, half an hour later?",
        Names(pod_names),
        _again_elsewhere,
        "Only what has a controller is made anew. A bare Pod is gone with its Node.",
        (
            Wrong(
                {"client", "cache", "frontend"},
                "Kubernetes brings back any Pod whose Node is lost",
                "Somebody must want a Pod to be there. Who owns each of the three? Ask c[...].owner of each.",
            ),
            Wrong(
                {"cache"},
                "only a ReplicationController looks after its Pods",
                "Look at what happened to the frontend Pod of node-3 in section 5.",
            ),
            Wrong(
                {"frontend"},
                "only a Deployment looks after its Pods",
                "The cache has an older kind of controller. Does it count its Pods as well?",
            ),
            Wrong(
                "none",
                "the Pods of a lost Node wait until it is back",
                "In section 5 the lost Node stayed dark. Which Pods were made meanwhile, and where?",
            ),
        ),
        "Ask of each: who would notice that it is missing?",
        starter='["..."]',
    ),
)
