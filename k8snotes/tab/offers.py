"""What fits an argument of a helper: references of the kinds that it takes, URLs of Services, exercises, files, ..."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from types import ModuleType
from typing import Any, NamedTuple

from k8snotes import catalogue, datasets
from k8snotes.api.base import mapping, mappings, text
from k8snotes.api.kinds.node import Node
from k8snotes.api.kinds.pod import Pod
from k8snotes.api.names import MADE_UP_KEYS
from k8snotes.api.registry import all_kinds
from k8snotes.cluster import Cluster
from k8snotes.course.glossary import glossary
from k8snotes.course.shelf import exercises, names
from k8snotes.kubectl.completion import completions
from k8snotes.network.targets import PROTOCOLS
from k8snotes.node.decision import MODES
from k8snotes.tab.call import Typed, typed_in

__all__ = ["Offer", "offer"]

_PACKAGE = "k8snotes"
_WITH_FILES = ("load", "examine", "apply", "create", "replace", "static_pod")


class Offer(NamedTuple):
    """What can be typed.

    Args:
        typed: what has been typed of it, which a text replaces.
        texts: the texts.
        sort: what they are, as a list of completions shows it.
        files: whether the path of a file fits as well.
    """

    typed: str
    texts: tuple[str, ...]
    sort: str
    files: bool = False


def offer(namespace: Mapping[str, Any], code: str) -> Offer | None:
    """Return what fits the string at the end of a piece of code; None where nothing is known.

    Args:
        namespace: the reader's variables.
        code: the code up to the cursor.

    >>> from k8snotes.cluster import load
    >>> c = load("guestbook")
    >>> offer({"c": c}, 'c.scale("deploy/f').texts
    ('deploy/frontend', 'deploy/frontend-canary')
    >>> offer({"c": c}, 'c.trace("http://c').texts
    ('http://cache:6379',)
    """
    typed = typed_in(code)
    if typed is None:
        return None
    owner, helper = _called(namespace, typed)
    if owner is None:
        return None
    parameter = "ref" if typed.bracket == "[" else _parameter(owner, helper, typed)
    if isinstance(owner, Cluster):
        if (helper, parameter) == ("kubectl", "line"):
            *words, last = typed.text.split(" ")
            return _fitting(last, completions(words, last, owner.simulation), "kubectl")
        find = _OF_CLUSTERS.get(f"{helper}.{parameter}") or _OF_CLUSTERS.get(parameter)
        found = None if find is None else find(owner, helper, typed)
    else:
        find_any = _OF_PACKAGE.get(f"{helper}.{parameter}")
        found = None if find_any is None else find_any()
    if found is None:
        return None
    return _fitting(typed.text, found, parameter, files=parameter == "source" and helper in _WITH_FILES)


def _fitting(typed: str, texts: Iterable[str], sort: str, *, files: bool = False) -> Offer:
    fitting = tuple(dict.fromkeys(each for each in texts if each.startswith(typed)))
    return Offer(typed, fitting, sort, files)


def _called(namespace: Mapping[str, Any], typed: Typed) -> tuple[Cluster | ModuleType | None, str]:
    """Return the cluster or the package that is asked, and the name of its helper."""
    first, *others = typed.callee.split(".")
    value = namespace.get(first)
    if typed.bracket == "[":
        return (value, "") if isinstance(value, Cluster) and not others else (None, "")
    if len(others) == 1:
        owned = isinstance(value, Cluster) or (isinstance(value, ModuleType) and value.__name__ == _PACKAGE)
        return (value, others[0]) if owned else (None, "")
    if not others and getattr(value, "__module__", "").startswith(f"{_PACKAGE}."):
        return ModuleType(_PACKAGE), getattr(value, "__name__", "")  # from k8snotes import load
    return None, ""


def _parameter(owner: Cluster | ModuleType, helper: str, typed: Typed) -> str:
    """Return the name of the parameter that is being given."""
    if typed.keyword:
        return typed.keyword
    if not isinstance(owner, Cluster):
        return _FIRST.get(helper, "") if typed.position == 0 else ""
    function = vars(Cluster).get(helper)
    if not callable(function):
        return ""
    names = [*inspect.signature(function).parameters.values()][1:]
    if typed.position < len(names) and names[typed.position].kind is not inspect.Parameter.KEYWORD_ONLY:
        return names[typed.position].name
    return next((item.name for item in names if item.kind is inspect.Parameter.VAR_POSITIONAL), "")


# ---- what there is in a cluster

_Find = Callable[[Cluster, str, Typed], Iterable[str]]


def _references(cluster: Cluster, helper: str, typed: Typed) -> Iterable[str]:
    found = cluster.simulation.lookup.references(helper, typed.text)
    if helper or "/" in typed.text:
        return found
    kinds = dict.fromkeys(ref.rpartition("/")[0].rpartition("/")[2] for ref in found)
    return [*(f"{kind}/" for kind in kinds), *found]


def _nodes(cluster: Cluster, _helper: str, typed: Typed) -> Iterable[str]:
    if "/" in typed.text:
        return cluster.simulation.lookup.references("cordon", typed.text)
    return [obj.name for obj in cluster.simulation.api.list("nodes")]


def _services(cluster: Cluster, _helper: str, typed: Typed) -> Iterable[str]:
    return cluster.simulation.lookup.references("way_in", typed.text)


def _namespaces(cluster: Cluster, _helper: str, _typed: Typed) -> Iterable[str]:
    return [obj.name for obj in cluster.simulation.api.list("namespaces")]


def _kinds(cluster: Cluster, _helper: str, _typed: Typed) -> Iterable[str]:
    stored = {*cluster.simulation.api.store.resources()}
    kinds = sorted(all_kinds(), key=lambda kind: (kind.qualified not in stored, kind.rank, kind.plural))
    return [kind.plural for kind in kinds]


def _urls(cluster: Cluster, _helper: str, _typed: Typed) -> Iterable[str]:
    """Yield the URL of each port of each Service, and of each host of an Ingress."""
    api = cluster.simulation.api
    for service in api.list("services"):
        host = service.name if service.namespace == "default" else f"{service.name}.{service.namespace}"
        for port in mappings(service.spec.get("ports")):
            if port.get("protocol", "TCP") == "TCP":
                yield f"http://{host}" if port.get("port") == 80 else f"http://{host}:{port.get('port')}"
    for ingress in api.list("ingresses.networking.k8s.io"):
        for rule in mappings(ingress.spec.get("rules")):
            if host := text(rule.get("host")):
                yield f"http://{host}/"


def _asked(cluster: Cluster, helper: str, typed: Typed) -> Iterable[str]:
    return [*_references(cluster, helper, typed), *_urls(cluster, helper, typed)]


def _senders(cluster: Cluster, _helper: str, typed: Typed) -> Iterable[str]:
    lookup = cluster.simulation.lookup
    return ["outside", *lookup.references("inside", typed.text), *lookup.references("cordon", typed.text)]


def _addresses(cluster: Cluster, _helper: str, _typed: Typed) -> Iterable[str]:
    state = cluster.simulation.network.state
    nodes = [node.ip for node in cluster.simulation.api.list("nodes") if isinstance(node, Node) and node.ip]
    return [*state.pod_at, *nodes]


def _labels(cluster: Cluster, _helper: str, _typed: Typed) -> Iterable[str]:
    pods = cluster.simulation.api.list("pods")
    pairs = {item for pod in pods for item in pod.labels.items() if item[0] not in MADE_UP_KEYS}
    return sorted(f"{key}={value}" for key, value in pairs)


def _containers(cluster: Cluster, helper: str, typed: Typed) -> Iterable[str]:
    """Return the containers of the object that the first argument names."""
    obj = next(
        (ref for ref in cluster.simulation.lookup.references(helper, typed.first) if ref == typed.first), ""
    )
    spec = mapping(cluster[obj].resource.pod_spec_of(cluster[obj].raw)) if obj else {}
    return [text(item.get("name")) for item in mappings(spec.get("containers"))]


def _images(cluster: Cluster, _helper: str, _typed: Typed) -> Iterable[str]:
    pods = [pod for pod in cluster.simulation.api.list("pods") if isinstance(pod, Pod)]
    return sorted({container.image for pod in pods for container in pod.containers if container.image})


def _subjects(cluster: Cluster, _helper: str, typed: Typed) -> Iterable[str]:
    """Return ServiceAccounts, and the users and groups that a binding names."""
    bound = [
        f"{item['kind'].lower()}/{item['name']}"
        for kind in ("rolebindings", "clusterrolebindings")
        for obj in cluster.simulation.api.list(f"{kind}.rbac.authorization.k8s.io")
        for item in mappings(obj.raw.get("subjects"))
        if item.get("kind") in ("User", "Group") and not text(item.get("name")).startswith("system:")
    ]
    return [*cluster.simulation.lookup.references("access", typed.text), *bound]


def _these(*words: str) -> _Find:
    return lambda _cluster, _helper, _typed: words


# by the parameter; a row "helper.parameter" comes before
_OF_CLUSTERS: Mapping[str, _Find] = {
    "ref": _references,
    "access.subject": _subjects,
    "cascade": _these("background", "foreground", "orphan"),
    "changes": _labels,
    "container": _containers,
    "detail": _these("plain", "full"),
    "diagnose.target": _asked,
    "host": _addresses,
    "image": _images,
    "kind": _kinds,
    "namespace": _namespaces,
    "node": _nodes,
    "protocol": _these(*PROTOCOLS),
    "selector": _labels,
    "service": _services,
    "source": _senders,
    "top.kind": _these("pods", "nodes"),
    "url": _urls,
    **{f"{helper}.ref": _nodes for helper in ("cordon", "uncordon", "drain", "lose", "recover")},
    **{f"{helper}.source": _these() for helper in ("apply", "create", "replace", "static_pod")},
}


# ---- what there is in the package


def _exercises() -> Iterable[str]:
    return [name for chapter in names() for name in exercises(chapter)]


def _words() -> Iterable[str]:
    return [term.english for term in glossary().terms]


_FIRST = {
    "check": "exercise",
    "examine": "source",
    "glossary": "word",
    "language": "name",
    "load": "source",
    "progress": "chapter",
}
_OF_PACKAGE: Mapping[str, Callable[[], Iterable[str]]] = {
    "check.exercise": _exercises,
    "examine.source": datasets.names,
    "glossary.word": _words,
    "language.name": catalogue.known,
    "load.proxy": lambda: MODES,
    "load.source": datasets.names,
    "progress.chapter": names,
    "Cluster.proxy": lambda: MODES,
}
