"""Chapter 04, more and fewer Pods and new versions: what is right, and which belief a wrong answer shows.

Source of the rules:
    https://kubernetes.io/docs/concepts/workloads/controllers/deployment/ (maxSurge and maxUnavailable, 25 % each)
    https://kubernetes.io/docs/concepts/workloads/controllers/replicaset/ (adoption, and which Pods are deleted first)
    https://kubernetes.io/docs/concepts/workloads/controllers/replicationcontroller/
    https://kubernetes.io/docs/concepts/policy/resource-quotas/
    https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/
"""

from __future__ import annotations

from k8snotes.api.base import mapping
from k8snotes.api.kinds.pod import Pod
from k8snotes.catalogue import _
from k8snotes.cluster import Cluster
from k8snotes.course.answers import Choice, Choices, Fields, Number, Word
from k8snotes.course.chapters import Solution, vocabulary
from k8snotes.course.clusters import application, with_cache_controller
from k8snotes.course.deeds import Deed, Facts, Prints
from k8snotes.course.thumbnail import Part, thumbnail
from k8snotes.errors import ApiError
from k8snotes.figures import palette
from k8snotes.figures.figure import Figure

__all__ = ["SOLUTIONS", "picture"]

_CACHE = "app=guestbook,tier=cache"
_STABLE = "app=guestbook,tier=frontend,track=stable"
_DEPLOYED, _ANSWER = "belong to the Deployment", "answer for the Service"
_CHOOSES, _STORES, _EMPTIES = "chooses a Node", "stores the objects", "empties a Node"
_WEB = "registry.example.com/guestbook-web"
_NEXT = "next"  # a version that is rolled out nowhere else
_MOST_STEPS = 300  # of a roll-out that does not come to its end
_APART = "frontend-5485b98b67-2ktfm"
_LEAVES = "frontend-5485b98b67-vzqjz"
_COST = "controller.kubernetes.io/pod-deletion-cost"


def picture() -> Figure:
    """Draw what the chapter is about, small: what a scaled controller adds."""
    return thumbnail(
        "Deployment",
        _("a new ReplicaSet grows, and the old one shrinks"),
        [Part("Deployment", _("wants {n} Pods", n=5), palette.MACHINERY)],
        [
            Part("ReplicaSet v2", _("{n} Pods", n=2)),
            Part("ReplicaSet v1", _("{n} Pods", n=4), palette.NOT_READY),
        ],
        [(0, 0, palette.TRAFFIC), (0, 1, palette.WAITING)],
    )


def _names(cluster: Cluster, selector: str) -> set[str]:
    """Return the names of the Pods that a selector finds."""
    return {pod.name for pod in cluster.objects("pods", selector)}


def _ready(cluster: Cluster, selector: str) -> set[str]:
    """Return the names of the ready Pods that a selector finds."""
    return {pod.name for pod in cluster.objects("pods", selector) if isinstance(pod, Pod) and pod.ready}


def _pods(cluster: Cluster, selector: str) -> list[Pod]:
    """Return the Pods that a selector finds, without those that are being deleted."""
    found = [pod for pod in cluster.objects("pods", selector) if isinstance(pod, Pod)]
    return [pod for pod in found if not mapping(pod.manifest["metadata"]).get("deletionTimestamp")]


def _set_image(cluster: Cluster, tag: str) -> None:
    """Change the version of the Deployment frontend; nothing acts yet."""
    cluster.kubectl(f"set image deploy/frontend web={_WEB}:{tag}")


# ---- predictions


def _who_creates() -> str:
    """Return the letter of the component that creates the Pods of a scaled Deployment."""
    cluster = application()
    cluster.scale("deploy/frontend", 5)
    (by,) = {
        change.component
        for change in cluster.settle()
        if change.verb == "create" and change.ref.startswith("pod/")
    }
    return {"deployment-controller": "a", "replicaset-controller": "b"}.get(by, "c")


def _which_two_go() -> str:
    """Return the letter of the two Pods that go: an old one is not ready, and two are young.

    Source of the rule: ActivePodsWithRanks in k8s.io/kubernetes/pkg/controller.
    """
    cluster = application()
    old = _names(cluster, _STABLE)
    cluster.scale("deploy/frontend", 5)
    cluster.settle()
    cluster.answer(f"pod/{_APART}", "/ready", 503)
    cluster.wait("20s")
    cluster.scale("deploy/frontend", 3)
    cluster.settle()
    gone = old - _names(cluster, _STABLE)
    return {frozenset(): "a", frozenset({_APART}): "b"}.get(frozenset(gone), "c")


def _endpoints_after_one_label() -> int:
    """Return how many ready endpoints the Service has when one Pod has left its ReplicaSet."""
    cluster = application()
    cluster.label(f"pod/{_APART}", "track=lab")
    cluster.settle()
    return len(cluster.endpoints("svc/frontend").ready)


def _caches_alone() -> str:
    """Return the letter of the caches that an RC keeps when it goes from 5 to 2."""
    cluster = with_cache_controller()
    old = _names(cluster, _CACHE)
    cluster.scale("rc/cache", 5)
    cluster.settle()
    cluster.scale("rc/cache", 2)
    cluster.settle()
    left = _names(cluster, _CACHE)
    return "a" if left == old else "b" if left & old else "c"


def _rolled(cluster: Cluster, tag: str = "2.0") -> tuple[int, int]:
    """Roll the Deployment frontend out; return how many Pods it had at most, and how many ready ones at least."""
    _set_image(cluster, tag)
    most = least = len(_ready(cluster, _STABLE))
    for _step in range(_MOST_STEPS):
        if not cluster.step():
            break
        most = max(most, len(_pods(cluster, _STABLE)))
        least = min(least, sum(pod.ready for pod in _pods(cluster, _STABLE)))
    return most, least


def _old_pods_left() -> int:
    """Return how many old Pods are left when the new version never gets ready."""
    cluster = application()
    old = _names(cluster, _STABLE)
    _roll_out_unanswering(cluster)
    return len(old & _names(cluster, _STABLE))


def _roll_out_unanswering(cluster: Cluster) -> None:
    """Roll out version 2.1, whose program listens on no port."""
    cluster.listen(f"image/{_WEB}:2.1", None)
    _set_image(cluster, "2.1")
    cluster.wait("30s")


def _without_probes() -> str:
    """Return the letter of how far the same roll-out goes without probes."""
    cluster = application()
    cluster.listen(f"image/{_WEB}:2.1", None)
    manifest = cluster["deploy/frontend"].manifest
    (container,) = manifest["spec"]["template"]["spec"]["containers"]
    del container["readinessProbe"], container["livenessProbe"]
    container["image"] = f"{_WEB}:2.1"
    cluster.apply([manifest])
    cluster.wait("2m")
    new = sum(pod.spec["containers"][0]["image"].endswith(":2.1") for pod in _pods(cluster, _STABLE))
    return {1: "a", 3: "c"}.get(new, "b")


def _autoscaled() -> int:
    """Return how many Pods an HPA makes of 3 that use 150m each, where 50m each is aimed at."""
    cluster = application()
    cluster.kubectl("autoscale deploy/frontend --min=3 --max=10 --cpu=50%")
    cluster.use("deploy/frontend", cpu="450m", shared=True)
    cluster.wait("2m")
    return len(_pods(cluster, _STABLE))


# ---- exercises


def _deployment(selector: str, replicas: int = 2) -> str:
    """Return the manifest of a Deployment web with a selector, as JSON text; "" for none."""
    return (
        '{"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, '
        f'"spec": {{"replicas": {replicas}, {selector}"template": {{"metadata": {{"labels": {{"app": "web", '
        '"color": "red"}}, "spec": {"containers": [{"name": "web", "image": "web"}]}}}}'
    )


def _accepted_deployments() -> set[str]:
    """Return the letters of the Deployments that the API server takes.

    Source of the rule: DeploymentSpec.selector is required, and it must match the template's labels.
    """
    selectors = {
        "a": '"selector": {"matchLabels": {"app": "web"}}, ',
        "b": '"selector": {"app": "web"}, ',
        "c": '"selector": {"matchLabels": {"app": "shop"}}, ',
        "d": '"selector": {"matchLabels": {"app": "web", "color": "red"}}, ',
    }
    good = set()
    for letter, selector in selectors.items():
        try:
            application().create(_deployment(selector))
        except ApiError:
            continue
        good.add(letter)
    return good


def _which_goes() -> str:
    """Return the letter of the cache Pod that goes: the one alone and not ready, the old one, or the young one.

    Source of the rule: ActivePodsWithRanks in k8s.io/kubernetes/pkg/controller: unassigned, then not ready, then those
    with more Pods of the controller on their Node, then the youngest.
    """
    cluster = application()
    nodes = {pod.name: str(pod.spec["nodeName"]) for pod in _pods(cluster, _CACHE)}
    alone, shared = sorted(nodes, key=lambda name: nodes[name], reverse=True)
    for node in {"node-1", "node-2", "node-3"} - {nodes[shared]}:
        cluster.cordon(node)
    cluster.scale("deploy/cache", 3)
    cluster.settle()
    (young,) = _names(cluster, _CACHE) - set(nodes)
    cluster.set_ready(f"pod/{alone}", value=False)
    cluster.settle()
    cluster.scale("deploy/cache", 2)
    cluster.settle()
    left = _names(cluster, _CACHE)
    (gone,) = {alone, shared, young} - left
    return {alone: "a", shared: "b", young: "c"}[gone]


def _after_two_labels_changed() -> dict[str, int]:
    """Return how many Pods the Deployment and the Service have when two of its Pods are labelled away.

    Source of the rule: PodControllerRefManager in k8s.io/kubernetes/pkg/controller releases Pods that no longer match.
    """
    cluster = application()
    for pod in cluster.objects("pods", _STABLE)[:2]:
        cluster.label(pod.ref, "track=lab")
    cluster.settle()
    return _frontends(cluster)


def _frontends(cluster: Cluster) -> dict[str, int]:
    """Count the Pods of the Deployment frontend, and those that answer for its Service."""
    sets = {item.name for item in cluster.objects("replicasets", _STABLE)}
    owners = [mapping(pod.owner).get("name") for pod in cluster.objects("pods", "tier=frontend")]
    return {
        _DEPLOYED: sum(name in sets for name in owners),
        _ANSWER: len(cluster.endpoints("svc/frontend").ready),
    }


def _bare_pod(labels: str) -> str:
    """Return the manifest of a Pod stray with labels ("a=b,c=d") and a port http."""
    return (
        '{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "stray", "labels": {'
        + ", ".join('"{}": "{}"'.format(*item.split("=")) for item in labels.split(","))
        + '}}, "spec": {"containers": [{"name": "web", "image": "web", "ports": '
        '[{"name": "http", "containerPort": 8080}]}]}}'
    )


def _caches_beside_a_bare_pod() -> int:
    """Return how many cache Pods there are when a bare one comes to those of the RC.

    Source of the rule: PodControllerRefManager adopts Pods that match and have no controller.
    """
    cluster = with_cache_controller()
    cluster.scale("rc/cache", 3)
    cluster.settle()
    cluster.create(_bare_pod(_CACHE))
    cluster.settle()
    return len(cluster.objects("pods", _CACHE))


def _frontends_beside_a_bare_pod() -> dict[str, int]:
    """Return how many Pods the Deployment and the Service have when a bare one comes along."""
    cluster = application()
    cluster.create(_bare_pod(_STABLE))
    cluster.settle()
    return _frontends(cluster)


def _without_the_controller() -> int:
    """Return how many cache Pods are left: the RC goes, its Pods stay, and then one of them is deleted.

    Source of the rule: DeleteOptions.propagationPolicy: Orphan takes the owner off the Pods, and leaves them.
    """
    cluster = with_cache_controller()
    cluster.delete("rc/cache", cascade="orphan")
    cluster.settle()
    cluster.delete(cluster.objects("pods", _CACHE)[0].ref)
    cluster.settle()
    return len(cluster.objects("pods", _CACHE))


def _in_a_full_namespace() -> dict[str, int]:
    """Return how many Deployments and how many Pods there are when a rule of the namespace allows no further Pod.

    Source of the rule: quota admission sees each Pod; the controller writes an event FailedCreate.
    """
    cluster = application()
    full = len(cluster.objects("pods", namespace="default"))
    cluster.kubectl(f"create quota full --hard=pods={full}")
    cluster.settle()
    try:
        cluster.create(_deployment('"selector": {"matchLabels": {"app": "web"}}, '))
    except ApiError:
        return {"Deployments": 0, "Pods": 0}
    cluster.settle()
    stored = sum(item.name == "web" for item in cluster.objects("deployments"))
    return {"Deployments": stored, "Pods": len(cluster.objects("pods", "app=web"))}


def _roll(cluster: Cluster, image: str) -> None:
    """Roll the Deployment frontend to an image, and let the cluster settle."""
    manifest = cluster["deploy/frontend"].manifest
    manifest["spec"]["template"]["spec"]["containers"][0]["image"] = image
    cluster.apply([manifest])
    cluster.settle()


def _stuck() -> dict[str, int]:
    """Return how many Pods run, and how many are ready, in a roll-out that is stuck.

    Source of the rule: ResolveFenceposts in k8s.io/kubernetes/pkg/controller/deployment/util: maxSurge is rounded up,
    maxUnavailable is rounded down.
    """
    cluster = application()
    cluster.scale("deploy/frontend", 4)
    cluster.settle()
    cluster.answer("image/guestbook-web:1.6", "/ready", 503)
    _roll(cluster, "guestbook-web:1.6")
    pods = [pod for pod in cluster.objects("pods", _STABLE) if isinstance(pod, Pod)]
    return {"Running": sum(pod.phase == "Running" for pod in pods), "ready": sum(pod.ready for pod in pods)}


def _as_before_after_undo() -> set[str]:
    """Return the letters of what is the same after a roll-out and the roll-out back.

    Source of the rule: a Deployment finds the ReplicaSet of a template again, and scales it.
    """
    cluster = application()

    def state() -> dict[str, object]:
        pods = cluster.objects("pods", _STABLE)
        sets = cluster.objects("replicasets", _STABLE)
        return {
            "a": {pod.spec["containers"][0]["image"] for pod in pods},
            "b": {item.name for item in sets if item.spec["replicas"]},
            "c": {pod.name for pod in pods},
            "d": {pod.status["podIP"] for pod in pods},
        }

    before = state()
    image = cluster.objects("pods", _STABLE)[0].spec["containers"][0]["image"]
    _roll(cluster, "guestbook-web:1.5")
    _roll(cluster, image)
    after = state()
    return {letter for letter in before if before[letter] == after[letter]}


def _stuck_cluster() -> Cluster:
    """Return the guestbook whose roll-out of version 2.1 has stopped."""
    cluster = application()
    _roll_out_unanswering(cluster)
    return cluster


def _stuck_after_two() -> Cluster:
    """Return the guestbook after a roll-out of version 2.0, and with one of version 2.1 that has stopped."""
    cluster = application()
    _set_image(cluster, "2.0")
    cluster.settle()
    _roll_out_unanswering(cluster)
    return cluster


def _four_caches(cluster: Cluster) -> Facts:
    """Return how many caches there are after a minute, and whether there are four again when one of them is deleted."""
    cluster = cluster.copy()
    cluster.wait("1m")  # an autoscaler that always wants four acts by then
    names = _ready(cluster, _CACHE)
    four = 4
    kept = len(names) == four
    for name in sorted(names)[:6]:
        later = cluster.copy()
        later.delete(f"pod/{name}")
        later.settle()
        kept = kept and len(_ready(later, _CACHE)) == four
    return {"four": len(names), "kept": kept}


def _taken_apart(cluster: Cluster) -> Facts:
    """Return whether one Pod runs on without its Service, and whether the Deployment has its three."""
    service = any(item.name == "frontend" for item in cluster.objects("services"))
    endpoints = {str(item.pod) for item in cluster.endpoints("svc/frontend").ready} if service else set()
    sets = {item.name for item in cluster.objects("replicasets", _STABLE)}
    owned = [pod for pod in _pods(cluster, "") if mapping(pod.owner).get("name") in sets and pod.ready]
    return {
        "runs": any(pod.name == _APART and pod.phase == "Running" for pod in _pods(cluster, "")),
        "unasked": service and not any(_APART in name for name in endpoints),
        "three": len(owned) == 3,  # as in the manifest
    }


def _recovered(cluster: Cluster) -> Facts:
    """Return how many ready Pods the Deployment frontend has and which others, and which images they run."""
    pods = _pods(cluster, _STABLE)
    return {
        "three": (sum(pod.ready for pod in pods), tuple(sorted(pod.name for pod in pods if not pod.ready))),
        "image": tuple(sorted({str(pod.spec["containers"][0]["image"]) for pod in pods})),
    }


def _rolls_within_three(cluster: Cluster) -> Facts:
    """Return whether the next roll-out has at most three Pods, how many ready ones of two, and whether it arrives.

    Its version is one that no answer has rolled out already.
    """
    later = cluster.copy()
    later.settle()
    most, least = _rolled(later, _NEXT)
    pods = _pods(later, _STABLE)
    arrived = len(pods) == 3 and all(pod.spec["containers"][0]["image"].endswith(f":{_NEXT}") for pod in pods)
    return {"most": most <= 3 or (most, least), "least": min(least, 2), "arrives": arrived}


def _caches_by_load(cluster: Cluster) -> Facts:
    """Return whether the number of caches follows the load."""
    wanted = {"little": ("10m", 2), "more": ("200m", 5), "much": ("2", 6)}
    found: Facts = {}
    if not any(item.name == "cache" for item in cluster.objects("deployments")):
        return dict.fromkeys(wanted, False)
    for key, (load, count) in wanted.items():
        later = cluster.copy()
        later.use("deploy/cache", cpu=load, shared=True)
        later.wait("10m")  # longer than an autoscaler waits before it goes down
        found[key] = len(_pods(later, _CACHE)) == count
    return found


def _fewer_without(cluster: Cluster) -> Facts:
    """Return whether two old frontend Pods are left, and what became of the Pod that was meant."""
    pods = _pods(cluster, _STABLE)
    wants = [item.spec.get("replicas") for item in cluster.objects("deployments", _STABLE)]
    here = [pod for pod in _pods(cluster, "") if pod.name == _LEAVES]
    costs = [
        str(mapping(mapping(pod.manifest["metadata"]).get("annotations")).get(_COST, "")) for pod in here
    ]
    dear = any(cost.lstrip("+").isdigit() and int(cost) > 0 for cost in costs)
    return {
        "two": len(pods) == 2 and wants == [2],
        "gone": "expensive" if dear else "here" if here else "gone",
        "same": {pod.name for pod in pods} <= _names(application(), _STABLE),
    }


_BOTH = Fields(dict.fromkeys((_DEPLOYED, _ANSWER), Number()))
_COMPONENT = Word(vocabulary(__name__, "component"))

SOLUTIONS = {
    "recall": Solution(
        Fields({_CHOOSES: _COMPONENT, _STORES: _COMPONENT, _EMPTIES: Word(vocabulary(__name__, "command"))}),
        {_CHOOSES: "kube-scheduler", _STORES: "etcd", _EMPTIES: "drain"},
        {
            "kubelet-chooses": {_CHOOSES: "kubelet"},
            "api-server-is-the-store": {_STORES: "kube-apiserver"},
            "cordon-empties": {_EMPTIES: "cordon"},
        },
    ),
    "guess-1": Solution(
        Choice("abc"), _who_creates, {"deployment-creates-pods": "a", "kubelet-creates-pods": "c"}
    ),
    "guess-2": Solution(
        Choice("abc"), _which_two_go, {"youngest-always-first": "a", "oldest-always-first": "c"}
    ),
    "guess-3": Solution(Number(), _endpoints_after_one_label, {"no-owner-no-traffic": 4, "not-replaced": 3}),
    "guess-4": Solution(Choice("abc"), _caches_alone, {"only-age-counts": "a", "new-ones-win": "c"}),
    "guess-5": Solution(Number(), lambda: _rolled(application())[0], {"never-one-more": 3, "all-at-once": 6}),
    "guess-6": Solution(Number(), _old_pods_left, {"all-are-replaced": 0, "one-is-given-up": 2}),
    "guess-7": Solution(
        Choice("abc"), _without_probes, {"stops-as-before": "a", "comes-to-rest-half-way": "b"}
    ),
    "guess-8": Solution(Number(), _autoscaled, {"one-more-at-a-time": 4, "the-most-allowed": 10}),
    "1": Solution(
        Choices("abcd"),
        _accepted_deployments,
        {
            "asks-for-every-label": {"d"},
            "may-not-ask-for-all": {"a"},
            "written-as-for-a-service": {"b"},
            "need-not-fit": {"a", "c", "d"},
            "takes-whatever-is-written": {"a", "b", "c", "d"},
        },
    ),
    "2": Solution(Choice("abc"), _which_goes, {"the-oldest-first": "b", "the-youngest-first": "c"}),
    "3": Solution(
        _BOTH,
        _after_two_labels_changed,
        {
            "content-with-fewer": {_DEPLOYED: 1},
            "belongs-to-its-maker": {_DEPLOYED: 5},
            "loses-its-services-too": {_ANSWER: 4},
            "a-service-must-be-told": {_ANSWER: 2},
        },
    ),
    "4": Solution(
        Number(),
        _caches_beside_a_bare_pod,
        {"stays-unowned": 4, "a-newcomer-replaces-all": 1},
    ),
    "5": Solution(
        _BOTH,
        _frontends_beside_a_bare_pod,
        {
            "a-deployment-adopts": {_DEPLOYED: 4},
            "pushes-out-an-old-one": {_DEPLOYED: 2},
            "only-owned-pods-get-traffic": {_ANSWER: 4},
        },
    ),
    "6": Solution(
        Number(),
        _without_the_controller,
        {"kept-up-for-ever": 2, "deleting-deletes-pods": 0},
    ),
    "7": Solution(
        Fields({"Deployments": Number(), "Pods": Number()}),
        _in_a_full_namespace,
        {"error-of-the-command": {"Deployments": 0}, "waits-as-pending": {"Pods": 2}},
    ),
    "8": Solution(
        Fields({"Running": Number(), "ready": Number()}),
        _stuck,
        {
            "running-means-ready": {"Running": 5, "ready": 5},
            "never-more-than-wanted": {"Running": 4},
            "not-ready-is-not-running": {"Running": 3},
            "one-goes-when-one-is-ready": {"ready": 4},
            "takes-the-application-down": {"ready": 0},
        },
    ),
    "9": Solution(
        Prints(_stuck_cluster),
        "kubectl get pods -l pod-template-hash=6f575469d9",
        {
            "track-tells-versions-apart": "kubectl get pods -l track=stable",
            "replica-set-instead-of-pods": "kubectl get rs -l pod-template-hash=6f575469d9",
            "every-pod-of-the-namespace": "kubectl get pods",
        },
    ),
    "10": Solution(
        Deed(application, _four_caches),
        "kubectl scale deploy/cache --replicas=4",
        {
            "scale-the-replica-set": "kubectl scale rs/cache-6d6db877f4 --replicas=4",
            "bare-pods-will-do": "kubectl run cache-3 --image=redis --labels=app=guestbook,tier=cache,"
            "pod-template-hash=none\nkubectl run cache-4 --image=redis --labels=app=guestbook,tier=cache",
        },
    ),
    "11": Solution(
        Deed(application, _taken_apart),
        f"kubectl label pod {_APART} tier=lab --overwrite",
        {
            "track-is-enough": f"kubectl label pod {_APART} track=lab --overwrite",
            "delete-to-look-at": f"kubectl delete pod {_APART}",
        },
    ),
    "12": Solution(
        Choices("abcd"),
        _as_before_after_undo,
        {
            "old-pods-come-back": {"a", "b", "c", "d"},
            "one-more-replica-set": {"a"},
            "names-come-from-the-template": {"a", "b", "c"},
            "nothing-is-kept": "none",
        },
    ),
    "13": Solution(
        Deed(_stuck_after_two, _recovered),
        "kubectl rollout undo deploy/frontend --to-revision=1",
        {
            "back-to-the-first": "kubectl rollout undo deploy/frontend",
            "delete-the-new-pod": "kubectl delete pod -l pod-template-hash=6f575469d9",
        },
    ),
    "14": Solution(
        Deed(application, _rolls_within_three),
        "kubectl patch deploy frontend -p "
        '\'{"spec":{"strategy":{"rollingUpdate":{"maxSurge":0,"maxUnavailable":1}}}}\'',
        {
            "recreate-saves-room": "kubectl patch deploy frontend -p "
            '\'{"spec":{"strategy":{"type":"Recreate","rollingUpdate":null}}}\'',
            "unavailable-is-enough": "kubectl patch deploy frontend -p "
            '\'{"spec":{"strategy":{"rollingUpdate":{"maxUnavailable":1}}}}\'',
        },
    ),
    "15": Solution(
        Deed(application, _fewer_without),
        f"kubectl annotate pod {_LEAVES} {_COST}=-1\nkubectl scale deploy/frontend --replicas=2",
        {
            "deleting-makes-fewer": f"kubectl delete pod {_LEAVES}",
            "a-high-cost-goes-first": f"kubectl annotate pod {_LEAVES} {_COST}=100\n"
            "kubectl scale deploy/frontend --replicas=2",
        },
    ),
    "16": Solution(
        Deed(application, _caches_by_load),
        "kubectl autoscale deploy/cache --min=2 --max=6 --cpu=80%",
        {
            "target-is-an-amount": "kubectl autoscale deploy/cache --min=2 --max=6 --cpu=80m",
            "once-is-enough": "kubectl scale deploy/cache --replicas=6",
        },
    ),
}
