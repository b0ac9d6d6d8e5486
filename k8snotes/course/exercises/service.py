"""Chapter 01, names, ports, selectors, endpoints: what is right, and which belief a wrong answer shows.

Source of the rules:
    https://kubernetes.io/docs/concepts/services-networking/service/
    https://kubernetes.io/docs/concepts/overview/working-with-objects/names/
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from k8snotes.api.base import KubeObject
from k8snotes.api.selector import Selector
from k8snotes.catalogue import _
from k8snotes.cluster import Cluster
from k8snotes.course.answers import YES_NO, Choice, Choices, Fields, Number, Word
from k8snotes.course.chapters import Solution, vocabulary
from k8snotes.course.clusters import application, shared
from k8snotes.course.deeds import Deed, Facts, Prints
from k8snotes.course.selectors import Finds, as_in_a_manifest, workloads_found
from k8snotes.course.thumbnail import Part, thumbnail
from k8snotes.errors import ApiError, K8sNotesError
from k8snotes.figures import palette
from k8snotes.figures.figure import Figure

__all__ = ["SOLUTIONS", "picture"]

_SERVICES = ("frontend", "cache", "mysql-server", "search")
_CHANGES = ("containerPort", "program", "port")
_TEST = '{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "test"}}'


def picture() -> Figure:
    """Draw what the chapter is about, small: a Service, a Pod that answers and one that does not."""
    return thumbnail(
        "Service",
        _("one of two Pods gets requests"),
        [Part("frontend", "10.96.1.1:80", palette.SERVICE)],
        [Part("frontend-1", _("✓ ready")), Part("frontend-2", _("✗ not ready"), palette.NOT_READY)],
        [(0, 0, palette.TRAFFIC), (0, 1, palette.WAITING)],
    )


def _accepted(candidates: Mapping[str, str]) -> set[str]:
    """Return the letters of the manifests that the API server takes, each sent to a cluster of its own."""
    good = set()
    for letter, manifest in candidates.items():
        cluster = application()
        cluster.create(_TEST)
        try:
            cluster.create(manifest)
        except ApiError:
            continue
        good.add(letter)
    return good


def _second_names() -> set[str]:
    """Return the letters of what can be created beside the Service cache.

    Source of the rule: https://kubernetes.io/docs/concepts/overview/working-with-objects/names/: a name is unique for its
    resource in its namespace.
    """
    service = (
        '{{"apiVersion": "v1", "kind": "Service", "metadata": {{"name": "cache", "namespace": "{}"}}, '
        '"spec": {{"ports": [{{"port": 6379}}]}}}}'
    )
    config = '{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "cache"}}'
    return _accepted({"a": service.format("default"), "b": service.format("test"), "c": config})


def _port(name: str) -> int:
    """Return a number of the one port of the Service frontend: its "port" or its "nodePort"."""
    return int(shared()["svc/frontend"].manifest["spec"]["ports"][0][name])


def _container_port() -> int:
    """Return the port that the containers of the frontend declare."""
    pod = shared().objects("pods", "app=guestbook,tier=frontend")[0]
    return int(pod.spec["containers"][0]["ports"][0]["containerPort"])


def _service_selector(answer: Any) -> Selector | str:
    """Return the selector of a Service, from a text or from the map of its manifest; or what is wrong about it."""
    answer = as_in_a_manifest(answer)
    if isinstance(answer, Mapping) and {"matchLabels", "matchExpressions"} & set(answer):
        return "matchLabels"
    selector = Selector.from_map(answer) if isinstance(answer, Mapping) else Selector(answer)
    if any(requirement.operator not in ("=", "==") for requirement in selector.requirements):
        return "set-based"
    if any(requirement.key in ("pod-template-hash", "release") for requirement in selector.requirements):
        return "of one revision"
    return selector


def _selector_shape() -> str:
    """Return the letter of the shape that the selector of a Service may have.

    Source of the rule: ServiceSpec.selector is a map of texts; a Deployment's is a LabelSelector.
    """
    service = (
        '{{"apiVersion": "v1", "kind": "Service", "metadata": {{"name": "web"}}, '
        '"spec": {{"selector": {}, "ports": [{{"port": 80}}]}}}}'
    )
    shapes = {
        "a": '{"tier": "cache"}',
        "b": '{"matchLabels": {"tier": "cache"}}',
        "c": '"tier in (cache, frontend)"',
    }
    return "".join(_accepted({letter: service.format(shape) for letter, shape in shapes.items()}))


def _asked_when_mysql_is_not_ready() -> str:
    """Return what a client of mysql-server gets when its one Pod is not ready.

    Source of the rule: EndpointConditions.ready: kube-proxy writes rules for ready endpoints alone, and one that refuses
    where there is none.
    """
    cluster = application()
    cluster.set_ready("pod/mysql-0", value=False)
    cluster.settle()
    return str(cluster.trace("mysql-server:3306", source="pod/client").outcome)


def _while_one_terminates() -> int:
    """Return how many Pods get new connections of frontend while one of them is terminating.

    Source of the rule: EndpointConditions.ready is false for a Pod that is terminating.
    """
    cluster = application()
    cluster.delete(cluster.objects("pods", "track=stable")[0].ref)
    while len(cluster.endpoints("svc/frontend").ready) > 3 and cluster.step():
        pass
    return len(cluster.endpoints("svc/frontend").ready)


def _with_a_twin_elsewhere() -> int:
    """Return how many Pods answer for frontend when a Pod like them is made in another namespace.

    Source of the rule: the endpoints controllers list the Pods of the Service's own namespace.
    """
    cluster = application()
    twin = cluster.objects("pods", "track=canary")[0].manifest
    twin["metadata"] = {"name": "twin", "namespace": "test", "labels": twin["metadata"]["labels"]}
    twin["spec"].pop("nodeName", None)
    twin.pop("status", None)
    cluster.create(_TEST)
    cluster.create([twin])
    cluster.settle()
    return len(cluster.endpoints("svc/frontend").ready)


def _causes() -> dict[str, str]:
    """Work out from its endpoints why each Service of guestbook-broken has none that answers.

    The order is that of the questions that one asks: is the Pod an endpoint that is not ready, does any Pod fit the
    selector, does it live in the Service's namespace; what is left is a port whose name the Pod does not have.
    """
    cluster = shared("guestbook-broken")
    causes = {}
    for name in _SERVICES:
        endpoints = cluster.endpoints(f"svc/{name}")
        selector = Selector.from_map(endpoints.service.selector)
        fitting = [item.pod for item in endpoints.left_out if item.pod and selector.matches(item.pod.labels)]
        if endpoints.not_ready:
            causes[name] = "not ready"
        elif not fitting:
            causes[name] = "selector"
        elif any(pod.namespace != endpoints.service.namespace for pod in fitting):
            causes[name] = "namespace"
        else:
            causes[name] = "port name"
    return causes


def _after_three_changes() -> dict[str, str]:
    """Return what a caller of frontend gets after each of three changes, made alone.

    Source of the rule: Container.ports: "Not specifying a port here DOES NOT prevent that port from being exposed."
    """
    return {
        "containerPort": _outcome(_undeclared()),
        "program": _outcome(_listening(application(), 9090)),
        "port": _outcome(application(), ":8080"),
    }


def _outcome(cluster: Cluster, port: str = "") -> str:
    return str(cluster.trace(f"http://frontend{port}", source="pod/client").outcome)


def _listening(cluster: Cluster, port: int) -> Cluster:
    """Let the programs of the frontend listen on a port, whatever is declared."""
    for pod in cluster.objects("pods", "tier=frontend"):
        cluster.listen(pod.ref, port)
    return cluster


def _undeclared() -> Cluster:
    """Return the guestbook with a frontend that declares no container port, and is sent to 8080 all the same.

    Its probes ask by number: a probe that asks by a name that no port has fails, and the Pod never gets ready.
    """
    cluster = application()
    for name in ("frontend", "frontend-canary"):
        manifest = cluster.object("Deployment", name).manifest
        for container in manifest["spec"]["template"]["spec"]["containers"]:
            del container["ports"]
            for probe in ("readinessProbe", "livenessProbe"):
                container[probe]["httpGet"]["port"] = 8080
        cluster.replace(manifest)
    service = cluster["svc/frontend"].manifest
    service["spec"]["ports"][0]["targetPort"] = 8080
    cluster.replace(service)
    cluster.settle()
    return _listening(cluster, 8080)


_SHOP = """
apiVersion: v1
kind: Namespace
metadata:
  name: market
---
apiVersion: v1
kind: Service
metadata:
  name: shop
  namespace: {namespace}
spec:
  selector:
    app: shop
  ports:
    - port: 80
      targetPort: 8080
---
apiVersion: v1
kind: Pod
metadata:
  name: shop-in-{namespace}
  namespace: {namespace}
  labels:
    app: shop
spec:
  containers:
    - name: shop
      image: registry.example.com/shop:1.0
      ports:
        - containerPort: 8080
"""


@cache
def _two_shops() -> Cluster:
    """Return the guestbook with a Service shop in two namespaces: to be asked, never changed."""
    cluster = application()
    cluster.apply(_SHOP.format(namespace="default"))
    cluster.apply(_SHOP.format(namespace="market"))
    cluster.settle()
    return cluster


@cache
def _services_elsewhere() -> Cluster:
    """Return the guestbook with one more Service, in another namespace: to be asked, never changed."""
    cluster = application()
    cluster.apply(_SHOP.format(namespace="market"))
    cluster.settle()
    return cluster


def _broken() -> Cluster:
    return application("guestbook-broken")


def _reached(cluster: Cluster, url: str) -> bool:
    """Say whether a Pod that runs in the namespace default gets an answer."""
    callers = [
        pod for pod in cluster.objects("pods") if pod.namespace == "default" and pod.status.get("podIP")
    ]
    try:
        return bool(callers) and cluster.trace(url, source=callers[0].ref).outcome == "connected"
    except K8sNotesError:
        return False


def _unchanged(cluster: Cluster, selector: str) -> bool:
    """Say whether guestbook-broken still has the same Pods with this selector, with the same labels."""

    def pods(of: Cluster) -> dict[str, object]:
        return {pod.uid: pod.labels for pod in of.objects("pods") if pod.uid in kept}

    kept = {pod.uid for pod in shared("guestbook-broken").objects("pods", selector)}
    return pods(cluster) == pods(shared("guestbook-broken"))


def _named(cluster: Cluster, name: str, namespace: str) -> list[KubeObject]:
    """Return the Service of this name in a namespace, in a list that is empty if there is none."""
    return [
        service
        for service in cluster.objects("services")
        if service.name == name and service.namespace == namespace
    ]


def _found(cluster: Cluster, name: str, namespace: str) -> set[str]:
    """Return the UIDs of the Pods that a Service selects, whether or not they get requests."""
    return {
        pod.uid
        for service in _named(cluster, name, namespace)
        if service.spec.get("selector")
        for pod in cluster.objects("pods", Selector.from_map(service.spec["selector"]), namespace)
    }


def _trial(cluster: Cluster) -> Facts:
    """Return whether trial has its port, and leads to the canary alone, where the program listens."""
    found = _named(cluster, "trial", "default")
    ready = [item.pod for service in found for item in cluster.endpoints(service.ref).ready if item.pod]
    return {
        "port": any(port["port"] == 8000 for service in found for port in service.spec.get("ports", [])),
        "canary": [pod.labels.get("track") for pod in ready] == ["canary"],
        "answers": _reached(cluster, "http://trial:8000"),
    }


def _frontend_again(cluster: Cluster) -> Facts:
    """Return whether frontend answers, selects its Pods alone, and these are those that it had."""
    wanted = {pod.uid for pod in shared("guestbook-broken").objects("pods", "app=guestbook,tier=frontend")}
    return {
        "answers": _reached(cluster, "http://frontend"),
        "only": _found(cluster, "frontend", "default") == wanted,
        "kept": _unchanged(cluster, "app=guestbook,tier=frontend"),
    }


def _database_elsewhere(cluster: Cluster) -> Facts:
    """Return whether the database has a name in its own namespace and is reached by it, and its Pod is the same."""
    return {
        "known": any(_named(cluster, "mysql-server", "storage")),
        "answers": _reached(cluster, "mysql-server.storage:3306"),
        "kept": _unchanged(cluster, "name=mysql"),
    }


def _service(name: str, selector: str, port: str, namespace: str = "default") -> str:
    """Return the manifest of a Service; `selector` is "key: value", and `port` the lines of its one port."""
    lines = "".join(f"\n    {line.strip()}" for line in selector.split(","))
    return (
        f"apiVersion: v1\nkind: Service\nmetadata:\n  name: {name}\n  namespace: {namespace}\nspec:\n"
        f"  selector:{lines}\n  ports:\n    - {port}\n"
    )


_TWO_PORTS = "port: {}\n      targetPort: {}"


SOLUTIONS = {
    "recall": Solution(
        Fields(
            {
                "Pods": Number(),
                "entries": YES_NO,
                "machine": Word(vocabulary(__name__, "machine")),
            }
        ),
        {"Pods": 3, "entries": "yes", "machine": "node"},
        {"deleted-is-gone": {"Pods": 2}, "data-dies-with-the-pod": {"entries": "no"}},
    ),
    "guess-1": Solution(Choice("abc"), "b", {"a-pod-lends-it": "a", "a-node-lends-it": "c"}),
    "guess-2": Solution(Choice("abc"), "b", {"pods-have-the-cluster-ip": "a", "nodes-receive": "c"}),
    "guess-3": Solution(Choice("abc"), "c", {"typing-errors-are-refused": "a", "nearly-right-is-right": "b"}),
    "guess-4": Solution(Choice("ab"), "b", {"kubernetes-knows": "a"}),
    "guess-5": Solution(Choice("abc"), "c", {"same-number": "a", "one-number-for-all": "b"}),
    "guess-6": Solution(Choice("abc"), "b", {"short-names-are-global": "a", "namespace-first": "c"}),
    "1": Solution(
        Choices("abc"),
        _second_names,
        {
            "unique-in-the-cluster": {"c"},
            "one-set-of-names-for-all-kinds": {"b"},
            "names-may-be-shared": {"a", "b", "c"},
            "given-once": "none",
        },
    ),
    "2": Solution(
        Number(),
        lambda: _port("port"),
        {"container-port": _container_port, "node-port": lambda: _port("nodePort")},
    ),
    "3": Solution(
        Finds(_service_selector, workloads_found),
        "app=guestbook,tier=frontend,track=stable",
        {
            "pods-of-one-deployment": "app=guestbook,tier=frontend",
            "one-label-is-enough": "app=guestbook",
            "near-miss": "app=guestbook,tier=frontnd,track=stable",
            "match-labels": {"matchLabels": {"tier": "frontend"}},
            "any-text": "tier=frontend,track!=canary",
            "a-revision-stays": "pod-template-hash=68679d548",
        },
    ),
    "4": Solution(Choice("abc"), _selector_shape, {"match-labels": "b", "any-text": "c"}),
    "5": Solution(
        Word(vocabulary(__name__, "outcome")),
        _asked_when_mysql_is_not_ready,
        {"running-means-ready": "connected", "no-endpoint-no-reply": "timeout"},
    ),
    "6": Solution(
        Number(),
        _with_a_twin_elsewhere,
        {"every-namespace": lambda: _with_a_twin_elsewhere() + 1, "the-newest-takes-over": 1},
    ),
    "7": Solution(
        Fields(dict.fromkeys(_SERVICES, Word(vocabulary(__name__, "cause")))),
        _causes,
        {
            "pods-are-down": {"frontend": "not ready"},
            "no-traffic-means-not-selected": {"cache": "selector"},
            "every-namespace": {"mysql-server": "selector"},
            "selected-means-traffic": {"search": "selector"},
        },
    ),
    # DNS answers with a name, and a name has no port: it stays what the caller wrote
    "8": Solution(Number(), 5432, {"maps-ports": 6432}),
    "9": Solution(
        Fields(dict.fromkeys(_CHANGES, Word(vocabulary(__name__, "outcome")))),
        _after_three_changes,
        {
            "container-port-opens": {"containerPort": "refused"},
            "undeclared-is-dropped": {"containerPort": "timeout"},
            "declared-is-answered": {"program": "connected"},
            "silent-pod": {"program": "timeout"},
            "four-names": {"port": "connected"},
            "service-says-no": {"port": "refused"},
        },
    ),
    "10": Solution(
        Prints(_services_elsewhere),
        "kubectl get services -A",
        {
            "get-shows-all": "kubectl get services",
            "one-namespace-after-the-other": "kubectl get services -n market",
        },
    ),
    "11": Solution(
        Prints(_two_shops, whole=True),
        "kubectl exec client -- curl http://shop.market",
        {"short-name-is-enough": "kubectl exec client -- curl http://shop"},
    ),
    "12": Solution(
        Number(),
        _while_one_terminates,
        {
            "until-the-end": lambda: _while_one_terminates() + 1,
            "the-service-pauses": 0,
            "running-is-enough": lambda: _while_one_terminates() + 2,
        },
    ),
    "13": Solution(
        Deed(application, _trial, lines=14),
        _service("trial", "track: canary", _TWO_PORTS.format(8000, "http")),
        {
            "target-port-is-found": _service("trial", "track: canary", "port: 8000"),
            "as-the-other-service": _service(
                "trial", "app: guestbook,tier: frontend", _TWO_PORTS.format(8000, "http")
            ),
        },
    ),
    "14": Solution(
        Deed(_broken, _frontend_again, lines=2),
        "kubectl set selector service frontend app=guestbook,tier=frontend",
        {
            "new-pods-help": "kubectl rollout restart deployment frontend",
            "pods-follow-the-service": "kubectl label pods -l tier=frontend tier=frontnd --overwrite",
        },
    ),
    "15": Solution(
        Deed(_broken, _database_elsewhere, lines=14),
        _service("mysql-server", "name: mysql", "port: 3306", "storage"),
        {
            "every-namespace": _service("mysql-server", "name: mysql", "port: 3306"),
            "moving-the-pod": (
                "kubectl delete pod mysql -n storage\n"
                "kubectl run mysql --image=registry.example.com/mysql:8.4 --labels=name=mysql --port=3306"
            ),
        },
    ),
}
