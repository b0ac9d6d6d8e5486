"""`nodeSelector` and node affinity: which Nodes a Pod asks for, by their labels or names."""

from __future__ import annotations

from typing import Any

from k8snotes.api.base import mapping, mappings, sequence, text
from k8snotes.api.kinds.node import Node

__all__ = ["failing_expressions", "matches_term", "named_nodes", "preferred_weight", "wants"]

_REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
_PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"


def wants(spec: dict[str, Any], node: Node) -> bool:
    """Whether a Pod of this specification may go to a Node of these labels and this name.

    Source of the rule: https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/

    >>> from k8snotes.api.base import view
    >>> node = view({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n1", "labels": {"disk": "ssd"}}})
    >>> wants({"nodeSelector": {"disk": "ssd"}}, node), wants({"nodeSelector": {"disk": "hdd"}}, node)
    (True, False)
    """
    labels = node.labels
    selector = mapping(spec.get("nodeSelector"))
    if any(labels.get(text(key)) != text(value) for key, value in selector.items()):
        return False
    required = _node_affinity(spec).get(_REQUIRED)
    if required is None:
        return True
    return any(matches_term(term, node) for term in mappings(mapping(required).get("nodeSelectorTerms")))


def failing_expressions(spec: dict[str, Any], node: Node) -> list[dict[str, Any]]:
    """Return of each term of a Pod's required node affinity the first expression that a Node does not fulfil.

    One term has to be fulfilled, so if the Node fulfils one, nothing fails.

    >>> from k8snotes.api.base import view
    >>> node = view({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n1", "labels": {"disk": "hdd"}}})
    >>> term = {"matchExpressions": [{"key": "disk", "operator": "In", "values": ["ssd"]}]}
    >>> required = {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [term]}}
    >>> failing_expressions({"affinity": {"nodeAffinity": required}}, node)
    [{'key': 'disk', 'operator': 'In', 'values': ['ssd']}]
    """
    failing = []
    for term in mappings(mapping(_node_affinity(spec).get(_REQUIRED)).get("nodeSelectorTerms")):
        if matches_term(term, node):
            return []
        fields = {"metadata.name": node.name}
        wrong = [item for item in mappings(term.get("matchExpressions")) if not _holds(item, node.labels)]
        wrong += [item for item in mappings(term.get("matchFields")) if not _holds(item, fields)]
        failing += wrong[:1]
    return failing


def named_nodes(spec: dict[str, Any]) -> set[str] | None:
    """Return the only Nodes that a Pod's affinity names, or None where it names none."""
    required = mapping(_node_affinity(spec).get(_REQUIRED))
    terms = mappings(required.get("nodeSelectorTerms"))
    names: set[str] = set()
    for term in terms:
        named: set[str] | None = None
        for field in mappings(term.get("matchFields")):
            if field.get("key") == "metadata.name" and field.get("operator") == "In":
                values = {text(value) for value in sequence(field.get("values"))}
                named = values if named is None else named & values
        if named is None:
            return None
        names |= named
    return names if terms else None


def preferred_weight(spec: dict[str, Any], node: Node) -> int:
    """Return the sum of the weights of the preferences that a Node fulfils."""
    return sum(
        int(item.get("weight", 0))
        for item in mappings(_node_affinity(spec).get(_PREFERRED))
        if matches_term(mapping(item.get("preference")), node)
    )


def matches_term(term: dict[str, Any], node: Node) -> bool:
    """Whether a Node fulfils all expressions of a node selector term; an empty term matches nothing."""
    expressions, fields = mappings(term.get("matchExpressions")), mappings(term.get("matchFields"))
    if not expressions and not fields:
        return False
    labels = node.labels
    return all(_holds(item, labels) for item in expressions) and all(
        _holds(item, {"metadata.name": node.name}) for item in fields
    )


def _holds(expression: dict[str, Any], labels: dict[str, str]) -> bool:
    """Whether one expression of a node selector holds for these labels.

    Source of the rule: https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/#operators
    """
    key, operator = text(expression.get("key")), expression.get("operator")
    values = [text(value) for value in sequence(expression.get("values"))]
    there = labels.get(key)
    if operator == "Exists":
        return there is not None
    if operator == "DoesNotExist":
        return there is None
    if operator == "In":
        return there in values
    if operator == "NotIn":
        return there not in values
    if operator in ("Gt", "Lt") and there is not None and len(values) == 1:
        try:
            left, right = int(there), int(values[0])
        except ValueError:
            return False
        return left > right if operator == "Gt" else left < right
    return False


def _node_affinity(spec: dict[str, Any]) -> dict[str, Any]:
    """Return the node affinity of a specification."""
    return mapping(mapping(spec.get("affinity")).get("nodeAffinity"))
