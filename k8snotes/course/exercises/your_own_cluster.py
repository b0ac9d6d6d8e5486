"""Chapter 14, ten broken manifests: what a cluster must do with them, and which belief a wrong repair shows.

An answer is a manifest. It is sent to a cluster of its own, and judged by what becomes of it there.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from k8snotes import datasets
from k8snotes.api.base import KubeObject, Manifest, mapping, mappings, text
from k8snotes.api.quantity import Quantity
from k8snotes.catalogue import _
from k8snotes.cluster import Cluster
from k8snotes.course.chapters import Solution
from k8snotes.course.deeds import Facts, Repair
from k8snotes.course.thumbnail import Part, thumbnail
from k8snotes.doctor import examine
from k8snotes.figures import palette
from k8snotes.figures.figure import Figure

__all__ = ["SOLUTIONS", "broken", "picture"]

_SESAME = "sesame!"

Change = tuple[str, str]  # a text, and what comes in its place

# What the doctor cannot know for certain, and a person can.
_MEANT: dict[int, tuple[Change, ...]] = {
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


def picture() -> Figure:
    """Draw what the chapter is about, small: a Service with a selector that is nearly right."""
    return thumbnail(
        _("examination"),
        _("a manifest before and after it is repaired"),
        [Part("web.yaml", _("✗ {n} errors", n=8), palette.ERROR)],
        [Part("web.yaml", _("✓ no error")), Part("Service web", _("✓ 2 ready"), palette.SERVICE)],
        [(0, 0, palette.TRAFFIC)],
    )


def broken(number: int) -> str:
    """Return the text of one of the manifests in data/repairs that are to be mended.

    >>> broken(5).splitlines()[0].startswith("# The menu")
    True
    """
    path = datasets.find(f"repairs/{number}")
    return path.read_text(encoding="utf-8") if path is not None else ""


def _changed(number: int, *changes: Change) -> str:
    """Return a repair that does something else than what is right: the right one with changes."""
    result = _mended(number)
    for old, new in changes:
        if old not in result:
            raise ValueError(old)
        result = result.replace(old, new)
    return result


def _mended(number: int) -> str:
    """Return a right repair: what is certain by the doctor, what is meant by hand."""
    result = examine(broken(number)).fixed
    for old, new in _MEANT.get(number, ()):
        result = result.replace(old, new)
    return result


def _stored(cluster: Cluster, kind: str, name: str, namespace: str = "default") -> KubeObject | None:
    """Return an object of a cluster; None if there is none of this name."""
    return next((obj for obj in cluster.objects(kind, namespace=namespace) if obj.name == name), None)


def _running(cluster: Cluster, selector: str, namespace: str = "default") -> int:
    """Return how many of the Pods that a selector finds run."""
    return sum(
        mapping(pod.status).get("phase") == "Running" for pod in cluster.objects("pods", selector, namespace)
    )


def _ready(cluster: Cluster, name: str, namespace: str = "default") -> int:
    """Return how many Pods answer for a Service; 0 where there is no such Service."""
    if _stored(cluster, "services", name, namespace) is None:
        return 0
    return len(cluster.endpoints(f"{namespace}/svc/{name}").ready)


def _outcome(cluster: Cluster, url: str, source: str = "outside", server: str = "") -> str:
    """Return how a request ends; "connected" only where the Pod that answers has `server` in its name."""
    try:
        trace = cluster.trace(url, source=source)
    except Exception as error:  # noqa: BLE001  # a repair may be anything: what cannot be sent is no success
        return type(error).__name__
    if (
        trace.outcome == "connected"
        and server
        and server not in text(getattr(trace.server, "name", trace.server))
    ):
        return "another Pod answers"
    return str(trace.outcome)


def _first_container(cluster: Cluster, name: str, namespace: str = "default") -> Manifest:
    """Return the first container of a Pod; {} where there is no such Pod."""
    pod = _stored(cluster, "pods", name, namespace)
    return next(iter(mappings(pod.spec.get("containers"))), {}) if pod is not None else {}


def _node_ip(cluster: Cluster) -> str:
    """Return the address of the first Node."""
    return str(cluster.objects("nodes")[0].ip)  # type: ignore[attr-defined]


def _reading_room(cluster: Cluster) -> Facts:
    """Ask for the reading room, from outside."""
    service = _stored(cluster, "services", "reading-room")
    ports = mappings(service.spec.get("ports")) if service is not None else []
    return {
        "answering": _ready(cluster, "reading-room") == 2,
        "open": any(port.get("nodePort") for port in ports),
        "number": any(port.get("nodePort") == 31015 for port in ports),
        "port": _outcome(cluster, f"http://{_node_ip(cluster)}:31015") == "connected",
    }


def _clock(cluster: Cluster) -> Facts:
    """Look at the clock, its port and its variable."""
    container = _first_container(cluster, "clock")
    env = {text(item.get("name")): item.get("value") for item in mappings(container.get("env"))}
    return {
        "running": _running(cluster, "app") == 1 or _running(cluster, "!app") == 1,
        "label": _running(cluster, "app=clock") == 1,
        "port": any(port.get("containerPort") == 8080 for port in mappings(container.get("ports"))),
        "zone": env.get("ZONE") == "+01:00",
    }


def _old_shop(cluster: Cluster) -> Facts:
    """Count the Pods, and see what made them."""
    return {
        "running": _running(cluster, "app=old-shop") == 2,
        "deployment": _stored(cluster, "deployments", "old-shop") is not None,
    }


def _preview(cluster: Cluster) -> Facts:
    """Read the labels, as text."""
    pod = _stored(cluster, "pods", "preview")
    labels = pod.labels if pod is not None else {}
    return {
        "running": _running(cluster, "app=preview") == 1,
        "version": labels.get("version") == "1.10",
        "labelled": "canary" in labels,
        "canary": labels.get("canary") == "no",
    }


def _menu(cluster: Cluster) -> Facts:
    """Count the Pods, and see whether a request reaches them; the reader may make the Pods in any way."""
    service = _stored(cluster, "services", "menu")
    deployment = _stored(cluster, "deployments", "menu")
    answering = _ready(cluster, "menu") == 2
    return {
        # a label on the Deployment finds no Pods: that is no fault where the Pods have the label as well
        "deployment": answering or deployment is None or "name" not in deployment.labels,
        "running": _running(cluster, "") == 2,
        "selector": bool(service is not None and service.spec.get("selector")),
        "answering": answering,
        "request": any(_inside(cluster, url) == "connected" for url in _urls(cluster, "menu")),
    }


def _urls(cluster: Cluster, name: str) -> list[str]:
    """Return the address of a Service at each of its ports, for where the question names none."""
    service = _stored(cluster, "services", name)
    ports = mappings(service.spec.get("ports")) if service is not None else []
    return [f"http://{name}:{port.get('port')}" for port in ports]


def _inside(cluster: Cluster, url: str) -> str:
    """Return how a request ends that some other Pod sends."""
    probe = (
        "apiVersion: v1\nkind: Pod\nmetadata: {name: visitor}\nspec: {containers: [{name: v, image: v}]}\n"
    )
    other = cluster.copy()
    other.create(probe)
    other.settle()
    return _outcome(other, url, source="pod/visitor")


def _printer(cluster: Cluster) -> Facts:
    """Count the Pods, and see whether work reaches them."""
    pods = [pod for pod in cluster.objects("pods") if pod.owner is not None]
    return {
        "running": len(pods) == 3,
        "answering": _ready(cluster, "printer") == 3,
        "request": any(_inside(cluster, url) == "connected" for url in _urls(cluster, "printer")),
    }


def _search(cluster: Cluster) -> Facts:
    """Follow the way from a Pod to the program, which listens on 9200 whatever is written."""
    cluster = cluster.copy()
    if _stored(cluster, "pods", "search") is not None:
        cluster.listen("pod/search", 9200)
    request = _inside(cluster, "http://search") == "connected"
    declared = mappings(_first_container(cluster, "search").get("ports"))
    return {
        "endpoint": any(item.ports for item in _endpoints(cluster, "search")),
        "request": request,
        # where the request arrives, a second port does no harm, and what is declared opens nothing
        "port": request or _inside(cluster, "http://search:9200") != "connected",
        "declared": request or not declared or any(port.get("containerPort") == 9200 for port in declared),
    }


def _endpoints(cluster: Cluster, name: str) -> tuple[Any, ...]:
    """Return the endpoints of a Service that answer."""
    return cluster.endpoints(f"svc/{name}").ready if _stored(cluster, "services", name) is not None else ()


def _report(cluster: Cluster) -> Facts:
    """See what the Pod asks for, and whether it runs."""
    requests = mapping(mapping(_first_container(cluster, "report").get("resources")).get("requests"))
    return {
        "running": any(mapping(p.status).get("phase") == "Running" for p in cluster.objects("pods")),
        "cpu": requests.get("cpu") == "500m",
        "memory": "memory" in requests,
        "bytes": Quantity(text(requests.get("memory")) or 0).value,
    }


def _two_doors(cluster: Cluster) -> Facts:
    """Try the two ports, and see which program answers on each."""
    node = _node_ip(cluster)
    opened: Facts = {}
    for name in ("books", "music"):
        service = _stored(cluster, "services", name)
        ports = mappings(service.spec.get("ports")) if service is not None else []
        numbers = [port.get("nodePort") for port in ports if port.get("nodePort")]
        opened[name] = [_outcome(cluster, f"http://{node}:{number}", server=name) for number in numbers]
    return opened


def _museum(cluster: Cluster) -> Facts:
    """Look at the guide, its Service, and the word that it gets, from whichever Secret."""
    asked = _secrets_asked_for(cluster)
    there = [(held, key) for name, key in asked if (held := _words(cluster, name)) is not None]
    # of a guide that asks for a Secret that is not there, the word is judged all the same
    given = there or [
        (_words(cluster, obj.name) or {}, "") for obj in cluster.objects("secrets", namespace="museum")
    ]
    words = [value for all_of_it, key in given for name, value in all_of_it.items() if key in ("", name)]
    return {
        "running": _running(cluster, "app=guide", "museum") == 1,
        "answering": _ready(cluster, "guide", "museum") == 1,
        "secret": bool(there) and len(there) == len(asked),
        "word": any(word.strip() == _SESAME for word in words),
        "blank": _SESAME in words or all(word == word.strip() for word in words),
    }


def _secrets_asked_for(cluster: Cluster) -> list[tuple[str, str]]:
    """Return from which Secrets the guide has its variables, each with its key; "" for all that it holds."""
    container = _first_container(cluster, "guide", "museum")
    one = [
        mapping(mapping(item.get("valueFrom")).get("secretKeyRef")) for item in mappings(container.get("env"))
    ]
    whole = [mapping(item.get("secretRef")) for item in mappings(container.get("envFrom"))]
    return [(text(each.get("name")), text(each.get("key"))) for each in (*one, *whole) if each]


def _words(cluster: Cluster, name: str) -> dict[str, str] | None:
    """Return what a Secret of the museum holds, as programs get it; None where there is no such Secret."""
    secret = _stored(cluster, "secrets", name, "museum")
    if secret is None:
        return None
    words = {}
    for key, value in mapping(secret.raw.get("data")).items():
        try:
            words[str(key)] = base64.b64decode(text(value)).decode()
        except ValueError:
            words[str(key)] = ""
    return words


def _solution(
    number: int, sees: Callable[[Cluster], Facts], wrong: Mapping[str, tuple[Change, ...]]
) -> Solution:
    """Return how a repair is judged; the first belief is that nothing need be done.

    Args:
        number: of the manifest in data/repairs.
        sees: returns the facts by which it is judged.
        wrong: for each belief what it changes in a right repair.
    """
    answers = {key: partial(_changed, number, *changes) for key, changes in wrong.items()}
    wrong_answers = {"untouched": partial(broken, number), **answers}
    return Solution(Repair(sees), partial(_mended, number), wrong_answers, begins=partial(broken, number))


SOLUTIONS = {
    "1": _solution(
        1,
        _reading_room,
        {
            "open-by-itself": (("  type: NodePort\n", ""), ("      nodePort: 31015\n", "")),
            "the-type-settles-the-number": (("      nodePort: 31015\n", ""),),
            "near-miss": (("    app: reading-room\n---", "    app: readingroom\n---"),),
            "own-port-of-the-service": (("targetPort: 8080", "targetPort: 80"),),
        },
    ),
    "2": _solution(
        2,
        _clock,
        {
            "best-left-out": (('    env:\n    - name: ZONE\n      value: "+01:00"\n', ""),),
            "undeclared-is-closed": (("    ports:\n      - containerPort: 8080\n", ""),),
            "labels-are-decoration": (("app: clock", "app: watch"),),
        },
    ),
    "3": _solution(
        3,
        _old_shop,
        {
            "selector-from-the-template": (("  selector:\n    matchLabels:\n      app: old-shop\n", ""),),
            "a-replication-controller-will-do": (
                ("apiVersion: apps/v1\nkind: Deployment", "apiVersion: v1\nkind: ReplicationController"),
                ("    matchLabels:\n      app: old-shop\n", "    app: old-shop\n"),
            ),
            "the-cluster-decides-how-many": (("replicas: 2", "replicas: 1"),),
        },
    ),
    "4": _solution(
        4,
        _preview,
        {
            "the-same-version": (('"1.10"', '"1.1"'),),
            "no-is-false": (('canary: "no"', 'canary: "false"'),),
            "no-is-missing": (('    canary: "no"\n', ""),),
        },
    ),
    "5": _solution(
        5,
        _menu,
        {
            "finds-the-deployment": (
                ("  selector:\n    app: menu\n  ports", "  selector:\n    name: menu\n  ports"),
                (
                    "  labels:\n    app: menu\nspec:\n  replicas",
                    "  labels:\n    name: menu\nspec:\n  replicas: 2\n  revisionHistoryLimit",
                ),
            ),
            "no-selector-takes-all": (("  selector:\n    app: menu\n  ports", "  ports"),),
            "own-port-of-the-service": (("targetPort: 8080", "targetPort: 80"),),
        },
    ),
    "6": _solution(
        6,
        _printer,
        {
            "finding-is-enough": (
                ("    app: printer\n  template:", "    app: pinter\n  template:"),
                ("        app: printer", "        app: pinter"),
            ),
            "nothing-is-no-mistake": (("replicas: 3", "replicas: 0"),),
            "any-port-will-do": (("  - port: 631\n", "  - port: 631\n    targetPort: 80\n"),),
        },
    ),
    "7": _solution(
        7,
        _search,
        {
            "repeats-the-port": (("targetPort: web", "targetPort: 80"),),
            "the-port-of-the-program": (("  - port: 80\n", "  - port: 9200\n"),),
            "tells-where-to-listen": (("containerPort: 9200", "containerPort: 80"),),
        },
    ),
    "8": _solution(
        8,
        _report,
        {
            "free-without-a-request": (
                ("    resources:\n      requests:\n        cpu: 500m\n        memory: 256Mi\n", ""),
            ),
            "m-is-mega": (("memory: 256Mi", "memory: 256m"),),
            "one-unit": (("memory: 256Mi", "memory: 256M"),),
        },
    ),
    "9": _solution(
        9,
        _two_doors,
        {
            "the-second-stays-inside": (
                ("  type: NodePort\n  selector:\n    app: music", "  selector:\n    app: music"),
                ("    nodePort: 31021\n", ""),
            ),
            "a-door-is-a-door": (("    app: music\n  ports", "    app: books\n  ports"),),
        },
    ),
    "10": _solution(
        10,
        _museum,
        {
            "every-namespace": (
                (
                    "  name: guide\n  namespace: museum\nspec:\n  selector",
                    "  name: guide\nspec:\n  selector",
                ),
            ),
            "base64-everywhere": (("  word: sesame!", "  word: c2VzYW1lIQ=="),),
            "near-miss": (("name: archive\n          key", "name: archiv\n          key"),),
            "echo-adds-nothing": (("stringData:", "data:"), ("sesame!", "c2VzYW1lIQo=")),
        },
    ),
}
