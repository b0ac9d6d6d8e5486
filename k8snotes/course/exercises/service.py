"""Chapter 01, names, ports, selectors, endpoints: what is right, and which belief a wrong answer shows.

Source of the rules:
    https://kubernetes.io/docs/concepts/services-networking/service/
    https://kubernetes.io/docs/concepts/overview/working-with-objects/names/
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from k8snotes.api.selector import Selector
from k8snotes.cluster import Cluster
from k8snotes.course.answers import Choice, Choices, Fields, Number, Word
from k8snotes.course.chapters import Solution, vocabulary
from k8snotes.course.clusters import application, shared, sketch
from k8snotes.course.selectors import Finds, as_in_a_manifest, workloads_found
from k8snotes.errors import ApiError
from k8snotes.figures.figure import Figure

__all__ = ["SOLUTIONS", "picture"]

_SERVICES = ("frontend", "cache", "mysql-server", "search")
_CHANGES = ("containerPort", "program", "port")
_TEST = '{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "test"}}'


def picture() -> Figure:
    """Draw what the chapter is about, small: a Service, a Pod that answers and one that does not."""
    cluster = sketch()
    cluster.set_ready(cluster.objects("pods")[0].ref, value=False)
    cluster.settle()
    return cluster.service_map()


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
    if any(requirement.key == "pod-template-hash" for requirement in selector.requirements):
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


def _ready_when_mysql_is_not() -> int:
    """Return how many Pods answer for mysql-server when its one Pod is not ready.

    Source of the rule: EndpointConditions.ready: kube-proxy writes rules for ready endpoints alone.
    """
    cluster = application()
    cluster.set_ready("pod/mysql-0", value=False)
    cluster.settle()
    return len(cluster.endpoints("svc/mysql-server").ready)


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
    """Return the guestbook with a frontend that declares no container port, and is sent to 8080 all the same."""
    cluster = application()
    for name in ("frontend", "frontend-canary"):
        manifest = cluster.object("Deployment", name).manifest
        for container in manifest["spec"]["template"]["spec"]["containers"]:
            del container["ports"]
        cluster.replace(manifest)
    service = cluster["svc/frontend"].manifest
    service["spec"]["ports"][0]["targetPort"] = 8080
    cluster.replace(service)
    cluster.settle()
    return _listening(cluster, 8080)


SOLUTIONS = {
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
    "5": Solution(Number(), _ready_when_mysql_is_not, {"running-means-ready": 1}),
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
    "8": Solution(Number(), 443, {"maps-ports": 8443}),
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
}
