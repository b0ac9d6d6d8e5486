"""Which Ingress controller acts on which Ingress: by its class, by the annotation of before, or by the default class.

Source of the rules: https://kubernetes.io/docs/concepts/services-networking/ingress/#ingress-class
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from k8snotes.api.base import KubeObject, mapping, text

__all__ = [
    "ANNOTATION",
    "CLASSES",
    "DEFAULT_CLASS",
    "INGRESSES",
    "Served",
    "WebController",
    "class_of",
    "default_class",
    "oldest_first",
    "served_by",
]

INGRESSES = "ingresses.networking.k8s.io"
CLASSES = "ingressclasses.networking.k8s.io"
ANNOTATION = "kubernetes.io/ingress.class"
DEFAULT_CLASS = "ingressclass.kubernetes.io/is-default-class"


class WebController(NamedTuple):
    """A controller that leads HTTP requests into the cluster.

    Args:
        kind: "ingress" or "gateway".
        name: the name by which classes name it: "k8s.io/ingress-nginx".
        class_name: the name of its own class: "nginx".
        namespace: the Namespace of its Service; "" for a Gateway controller, which has a Service for each Gateway.
        service: the name of this Service.
    """

    kind: str
    name: str
    class_name: str
    namespace: str = ""
    service: str = ""


class Served(NamedTuple):
    """Whether a controller acts on an Ingress.

    Args:
        controller: the controller that acts on it, None if none does.
        code: "served", "no-class", "class-missing" or "other-controller".
        class_name: the class that it names, "" for none.
        wants: the controller of this class, "" if the class does not exist.
    """

    controller: WebController | None
    code: str
    class_name: str = ""
    wants: str = ""


def class_of(ingress: KubeObject) -> str:
    """Return the class that an Ingress names, in its field or in the annotation of before; "" for none.

    >>> class_of(KubeObject({"kind": "Ingress", "metadata": {"annotations": {ANNOTATION: "nginx"}}}))
    'nginx'
    """
    return text(ingress.spec.get("ingressClassName")) or text(ingress.annotations.get(ANNOTATION))


def default_class(classes: Iterable[KubeObject]) -> KubeObject | None:
    """Return the class of Ingresses that name none: of several defaults the newest, then the first by name.

    Source of the rule: `getDefaultClass` of the admission plugin DefaultIngressClass
    """
    defaults = sorted(
        (item for item in classes if item.annotations.get(DEFAULT_CLASS) == "true"),
        key=lambda item: item.name,
    )
    return max(defaults, key=lambda item: text(item.metadata.get("creationTimestamp")), default=None)


def served_by(
    ingress: KubeObject, classes: Sequence[KubeObject], controllers: Iterable[WebController]
) -> Served:
    """Return which controller acts on an Ingress, or why none does.

    A controller acts on the Ingresses of all classes that name it. The annotation of before has no class: a controller
    takes it for the name of its own one.

    Args:
        ingress: the Ingress.
        classes: the IngressClasses of the cluster.
        controllers: the Ingress controllers that run.
    """
    running = [item for item in controllers if item.kind == "ingress"]
    named = class_of(ingress)
    if not named:
        return Served(None, "no-class")
    if not ingress.spec.get("ingressClassName"):
        own = next((item for item in running if item.class_name == named), None)
        return Served(own, "served", named, own.name) if own else Served(None, "class-missing", named)
    there = next((item for item in classes if item.name == named), None)
    if there is None:
        return Served(None, "class-missing", named)
    wants = text(mapping(there.raw.get("spec")).get("controller"))
    own = next((item for item in running if item.name == wants), None)
    return Served(own, "served" if own else "other-controller", named, wants)


def oldest_first(objects: Iterable[KubeObject]) -> list[KubeObject]:
    """Return objects by age, those of one moment by Namespace and name: of two that say the same, the first counts.

    Source of the rule: `ListIngresses` of ingress-nginx, and `HTTPRouteRule.matches` of the Gateway API
    """
    return sorted(
        objects, key=lambda item: (text(item.metadata.get("creationTimestamp")), item.namespace, item.name)
    )
