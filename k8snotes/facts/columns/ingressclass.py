"""IngressClass: what `kubectl get ingressclasses` prints."""

from __future__ import annotations

from k8snotes.api.base import KubeObject, mapping, text
from k8snotes.facts.columns.cells import NONE, Row

__all__ = ["NAMES", "row"]


NAMES = ("NAME", "CONTROLLER", "PARAMETERS", "AGE")


def row(ingress_class: KubeObject) -> Row:
    """Return the cells of an IngressClass: its controller, and the object with its parameters."""
    parameters = mapping(ingress_class.spec.get("parameters"))
    group = f".{text(parameters['apiGroup'])}" if parameters.get("apiGroup") else ""
    ref = f"{text(parameters.get('kind'))}{group}/{text(parameters.get('name'))}" if parameters else NONE
    return {"CONTROLLER": text(ingress_class.spec.get("controller")), "PARAMETERS": ref}
