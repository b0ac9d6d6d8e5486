"""What keeps Pods (Deployment, StatefulSet, DaemonSet, ...): how many are ready, from which images."""

from __future__ import annotations

from k8snotes.api.base import mapping, text
from k8snotes.api.label_selector import format_label_selector
from k8snotes.api.workload import Workload
from k8snotes.catalogue import _
from k8snotes.facts.card import Asked, Body, Piece, amount, chips, codes, fact
from k8snotes.facts.columns.cells import containers
from k8snotes.facts.columns.workload import row
from k8snotes.facts.troubles import troubles
from k8snotes.facts.workloads import Workloads

__all__ = ["body"]


def body(workload: Workload, asked: Asked) -> Body:
    """Return what the card of a workload says."""
    cells = row(workload)
    wanted = (
        workload.status.get("desiredNumberScheduled", 0) if workload.resource.per_node else workload.replicas
    )
    bad = [item for item in troubles(asked.api, workload.namespace) if item.ref == workload.ref]
    faults = [fact(_("fault"), Piece(item.words, "fault")) for item in bad]
    images = containers(mapping(workload.template.get("spec")))["IMAGES"]
    selector = mapping(workload.resource.selector_of(workload.raw))
    equal = {str(key): text(value) for key, value in mapping(selector.get("matchLabels")).items()}
    labels = codes([format_label_selector(selector)]) if "matchExpressions" in selector else chips(equal)
    above = Workloads(asked.api)
    own = {f"{workload.kind}/{workload.name}"}
    pods = [
        pod
        for pod in asked.api.list("pods", workload.namespace)
        if own
        & {above.of(pod), f"{text(mapping(pod.owner).get('kind'))}/{text(mapping(pod.owner).get('name'))}"}
    ]
    facts = [*faults, fact(_("image"), *codes(images.split(","))), fact(_("selects"), *labels)]
    if pods:
        facts.append(fact(_("Pods"), *codes((pod.name for pod in pods), "pod")))
    tries = (asked.call("events", asked.ref), asked.call("timeline", asked.ref))
    state = amount(int(cells["READY"]), int(wanted))
    return Body(tuple(facts), state, "fault" if bad else "", (), tries if not asked.snapshot else tries[:1])
