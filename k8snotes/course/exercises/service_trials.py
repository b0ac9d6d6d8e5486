"""What the exercises of chapter 01 try on a cluster of their own to find the right answer."""

from __future__ import annotations

from typing import Any

from k8snotes.api.selector import Selector
from k8snotes.course.clusters import application, shared

__all__ = ["after_three_changes", "causes", "ready_when_mysql_is_not", "with_a_twin_elsewhere"]


def ready_when_mysql_is_not() -> int:
    """Return how many Pods answer for mysql-server when its one Pod is not ready."""
    cluster = application()
    cluster.set_ready("pod/mysql-0", value=False)
    cluster.settle()
    return len(cluster.endpoints("svc/mysql-server").ready)


def with_a_twin_elsewhere() -> int:
    """Return how many Pods answer for frontend when a Pod like them is made in another namespace."""
    cluster = application()
    twin = cluster.objects("pods", "track=canary")[0].manifest
    twin["metadata"] = {"name": "twin", "namespace": "test", "labels": twin["metadata"]["labels"]}
    twin["spec"].pop("nodeName", None)
    twin.pop("status", None)
    cluster.create('{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "test"}}')
    cluster.create([twin])
    cluster.settle()
    return len(cluster.endpoints("svc/frontend").ready)


def causes() -> dict[str, str]:
    """Work out from its endpoints why each Service of guestbook-broken has none that answers."""
    cluster = shared("guestbook-broken")
    causes = {}
    for name in ("frontend", "cache", "mysql-server", "search"):
        found = cluster.endpoints(f"svc/{name}")
        selector = Selector.from_map(found.service.selector)
        fitting = [item for item in found.left_out if item.pod and selector.matches(item.pod.labels)]
        if found.not_ready:
            causes[name] = "not ready"
        elif not fitting:
            causes[name] = "selector"
        elif any(item.pod and item.pod.namespace != found.service.namespace for item in fitting):
            causes[name] = "namespace"
        else:
            causes[name] = "port name"
    return causes


def after_three_changes() -> dict[str, str]:
    """Return what a caller of frontend gets after each of three changes, made alone."""
    return {
        "containerPort": _asked(_undeclared()),
        "program": _asked(_listening(application(), 9090)),
        "port": _asked(application(), ":8080"),
    }


def _asked(cluster: Any, port: str = "") -> str:
    return str(cluster.trace(f"http://frontend{port}", source="pod/client").outcome)


def _listening(cluster: Any, port: int) -> Any:
    for pod in cluster.objects("pods", "tier=frontend"):
        cluster.listen(pod.ref, port)
    return cluster


def _undeclared() -> Any:
    """Return the guestbook whose frontend declares no container port, and is sent to 8080 all the same."""
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
