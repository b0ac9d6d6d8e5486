"""What the cluster of chapter 09 is asked about a mended manifest, and the repairs that are right."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from k8snotes.api.base import mapping, mappings, text
from k8snotes.api.quantity import Quantity
from k8snotes.course.repairing import broken
from k8snotes.doctor import examine

if TYPE_CHECKING:
    from k8snotes.api.base import KubeObject
    from k8snotes.cluster import Cluster

__all__ = [
    "clock",
    "mended",
    "menu",
    "museum",
    "old_shop",
    "preview",
    "printer",
    "report",
    "search",
    "tickets",
    "two_doors",
]

# What the doctor cannot know for certain, and a person can.
_MEANT: dict[int, tuple[tuple[str, str], ...]] = {
    5: (("    name: menu\n  ports", "    app: menu\n  ports"),),
    6: (("app: pinter", "app: printer"),),
    7: (("targetPort: http", "targetPort: web"),),
    8: (("cpu: 500\n", "cpu: 500m\n"), ("memory: 256m", "memory: 256Mi")),
    9: (
        (
            "app: music\n  ports:\n  - port: 80\n    nodePort: 31020",
            "app: music\n  ports:\n  - port: 80\n    nodePort: 31021",
        ),
    ),
    10: (
        ("  name: guide\nspec:\n  selector", "  name: guide\n  namespace: museum\nspec:\n  selector"),
        ("name: archiv\n", "name: archive\n"),
    ),
}


def mended(number: int) -> str:
    """Return a right repair: what is certain by the doctor, what is meant by hand."""
    result = examine(broken(number)).fixed
    for old, new in _MEANT.get(number, ()):
        result = result.replace(old, new)
    return result


def _found(cluster: Cluster, kind: str, name: str, namespace: str = "default") -> KubeObject | None:
    return next((obj for obj in cluster.objects(kind, namespace=namespace) if obj.name == name), None)


def _running(cluster: Cluster, selector: str, namespace: str = "default") -> int:
    return sum(
        mapping(pod.status).get("phase") == "Running" for pod in cluster.objects("pods", selector, namespace)
    )


def _ready(cluster: Cluster, name: str, namespace: str = "default") -> int:
    if _found(cluster, "services", name, namespace) is None:
        return 0
    return len(cluster.endpoints(f"{namespace}/svc/{name}").ready)


def _outcome(cluster: Cluster, url: str, source: str = "outside", server: str = "") -> str:
    """Return "connected" if a request reaches a Pod whose name begins so, else how it ends."""
    try:
        trace = cluster.trace(url, source=source)
    except Exception as error:  # noqa: BLE001  # a repair may be anything: what cannot be asked is no success
        return type(error).__name__
    if (
        trace.outcome == "connected"
        and server
        and server not in text(getattr(trace.server, "name", trace.server))
    ):
        return "somebody else answers"
    return str(trace.outcome)


def _first_container(cluster: Cluster, pod: str, namespace: str = "default") -> dict[str, Any]:
    found = _found(cluster, "pods", pod, namespace)
    return next(iter(mappings(found.spec.get("containers"))), {}) if found is not None else {}


def _node_ip(cluster: Cluster) -> str:
    return str(cluster.objects("nodes")[0].ip)  # type: ignore[attr-defined]


def tickets(cluster: Cluster) -> dict[str, Any]:
    """Ask for the ticket office, from outside."""
    service = _found(cluster, "services", "tickets")
    ports = mappings(service.spec.get("ports")) if service is not None else []
    return {
        "two Pods answer for the Service": _ready(cluster, "tickets") == 2,
        "a port is open on the Nodes": any(port.get("nodePort") for port in ports),
        "port 31010 leads to the office": _outcome(cluster, f"http://{_node_ip(cluster)}:31010")
        == "connected",
    }


def clock(cluster: Cluster) -> dict[str, Any]:
    """Look at the clock, its port and its variable."""
    container = _first_container(cluster, "clock")
    env = {text(item.get("name")): item.get("value") for item in mappings(container.get("env"))}
    return {
        "the clock runs": _running(cluster, "app") == 1 or _running(cluster, "!app") == 1,
        "it carries app=clock": _running(cluster, "app=clock") == 1,
        "it declares port 8080": any(
            port.get("containerPort") == 8080 for port in mappings(container.get("ports"))
        ),
        "it knows its ZONE": env.get("ZONE") == "+01:00",
    }


def old_shop(cluster: Cluster) -> dict[str, Any]:
    """Count the Pods, and see who made them."""
    return {
        "two Pods run": _running(cluster, "app=old-shop") == 2,
        "a Deployment made them": _found(cluster, "deployments", "old-shop") is not None,
    }


def preview(cluster: Cluster) -> dict[str, Any]:
    """Read the labels, as text."""
    labels = [pod.labels for pod in cluster.objects("pods") if pod.name == "preview"]
    there = labels[0] if labels else {}
    return {
        "the Pod runs": _running(cluster, "app=preview") == 1,
        "version=1.10 finds it": there.get("version") == "1.10",
        "it has a label canary": "canary" in there,
        "canary=no finds it": there.get("canary") == "no",
    }


def menu(cluster: Cluster) -> dict[str, Any]:
    """Count the Pods, and see whether a request reaches them."""
    service = _found(cluster, "services", "menu")
    deployment = _found(cluster, "deployments", "menu")
    return {
        "the Deployment's own labels are left alone": deployment is None or "name" not in deployment.labels,
        "two Pods run": _running(cluster, "pod-template-hash") == 2,
        "the Service asks for labels": bool(service is not None and service.spec.get("selector")),
        "both answer for the Service": _ready(cluster, "menu") == 2,
        "a request comes through": _inside(cluster, "http://menu") == "connected",
    }


def _inside(cluster: Cluster, url: str) -> str:
    """Return how a request ends that some other Pod sends."""
    probe = (
        "apiVersion: v1\nkind: Pod\nmetadata: {name: visitor}\nspec: {containers: [{name: v, image: v}]}\n"
    )
    other = cluster.copy()
    other.create(probe)
    other.settle()
    return _outcome(other, url, source="pod/visitor")


def printer(cluster: Cluster) -> dict[str, Any]:
    """Count the Pods, and see whether work reaches them."""
    pods = [pod for pod in cluster.objects("pods") if pod.owner is not None]
    return {
        "three Pods run": len(pods) == 3,
        "all of them answer for the Service": _ready(cluster, "printer") == 3,
        "work reaches them": _inside(cluster, "http://printer:631") == "connected",
    }


def search(cluster: Cluster) -> dict[str, Any]:
    """Follow the way from a Pod to the program, which listens on 9200 whatever is written."""
    cluster = cluster.copy()
    found = _found(cluster, "pods", "search")
    if found is not None:
        cluster.listen("pod/search", 9200)
    return {
        "the Pod is an endpoint with a port": any(item.ports for item in _endpoints(cluster, "search")),
        "http://search reaches it": _inside(cluster, "http://search") == "connected",
        "search:9200 is not needed": _inside(cluster, "http://search:9200") != "connected",
        "the declared port is the program's": any(
            port.get("containerPort") == 9200
            for port in mappings(_first_container(cluster, "search").get("ports"))
        ),
    }


def _endpoints(cluster: Cluster, name: str) -> tuple[Any, ...]:
    return cluster.endpoints(f"svc/{name}").ready if _found(cluster, "services", name) is not None else ()


def report(cluster: Cluster) -> dict[str, Any]:
    """See what the Pod asks for, and whether it runs."""
    requests = mapping(mapping(_first_container(cluster, "report").get("resources")).get("requests"))
    return {
        "the report runs": any(mapping(p.status).get("phase") == "Running" for p in cluster.objects("pods")),
        "half a CPU is kept for it": requests.get("cpu") == "500m",
        "memory is kept for it": "memory" in requests,
        "as many bytes as were meant": Quantity(text(requests.get("memory")) or 0).value,
    }


def two_doors(cluster: Cluster) -> dict[str, Any]:
    """Try the two doors, and see who stands behind each."""
    node = _node_ip(cluster)
    opened: dict[str, Any] = {}
    for name in ("books", "music"):
        service = _found(cluster, "services", name)
        ports = mappings(service.spec.get("ports")) if service is not None else []
        numbers = [port.get("nodePort") for port in ports if port.get("nodePort")]
        opened[name] = [_outcome(cluster, f"http://{node}:{number}", server=name) for number in numbers]
    return {
        f"{name} answer{'s' if name == 'music' else ''} at a door of {'its' if name == 'music' else 'their'} own": tuple(
            opened[name]
        )
        for name in opened
    }


def museum(cluster: Cluster) -> dict[str, Any]:
    """Look at the guide, its Service, and its word."""
    found = _found(cluster, "secrets", "archive", "museum")
    data = mapping(found.raw.get("data")) if found is not None else {}
    try:
        word = base64.b64decode(text(data.get("word"))).decode()
    except ValueError:
        word = ""
    variables = mappings(_first_container(cluster, "guide", "museum").get("env"))
    asked = [
        text(mapping(mapping(item.get("valueFrom")).get("secretKeyRef")).get("name")) for item in variables
    ]
    return {
        "the guide runs": _running(cluster, "app=guide", "museum") == 1,
        "it answers for its Service": _ready(cluster, "guide", "museum") == 1,
        "it asks for the Secret that is there": "archive" in asked,
        "the word is right": word == "sesame!",
    }
