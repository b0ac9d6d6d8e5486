"""ReplicationController: what `kubectl get replicationcontrollers` prints."""

from __future__ import annotations

from k8snotes.api.base import mapping
from k8snotes.api.kinds.replicationcontroller import ReplicationController
from k8snotes.facts.columns import workload
from k8snotes.facts.columns.cells import Row, pairs
from k8snotes.facts.columns.workload import REPLICAS, TEMPLATE

__all__ = ["NAMES", "WIDE", "row"]


NAMES = REPLICAS
WIDE = (*NAMES, *TEMPLATE)


def row(controller: ReplicationController) -> Row:
    """Return the cells of a ReplicationController; its selector is a plain map."""
    return {
        **workload.row(controller),
        "SELECTOR": pairs(mapping(mapping(controller.label_selector).get("matchLabels"))),
    }
