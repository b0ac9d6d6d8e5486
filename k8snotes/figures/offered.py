"""Tells a notebook, by their names, what shows answers that are no picture; nothing is loaded before one is shown."""

from __future__ import annotations

from functools import partial
from importlib import import_module
from typing import Any

__all__ = ["offer"]

_VIEWS = {
    "changes_html": ("control_plane.changes.Changes",),
    "lines_html": ("limits.Notes", "facts.waiting.Waits", "errors.ApiWarnings"),
    "explanation_html": ("api.explanation.Explanation",),
    "quantity_html": ("api.quantity.Quantity",),
    "facts_html": (
        "facts.access.Access",
        "facts.architecture.Architecture",
        "facts.autoscaling.AutoscalePlan",
        "facts.capacity.Capacity",
        "facts.diagnosis.Diagnosis",
        "facts.diff.Diff",
        "facts.inside.Inside",
        "facts.label_change.LabelChange",
        "facts.life.Life",
        "facts.nft_rules.NftRules",
        "facts.node_rules.NodeRules",
        "facts.pending.WhyPending",
        "facts.pod_policies.PodPolicies",
        "facts.quota.NamespaceQuota",
        "facts.reach.Reach",
        "facts.routes.Routes",
        "facts.selection.Selection",
        "facts.service_map.ServiceMap",
        "facts.sizing.Sizing",
        "facts.storage.Storage",
        "facts.three_ips.ThreeIPs",
        "facts.timeline.Timeline",
        "facts.way_in.WayIn",
        "network.trace.Trace",
    ),
}


def offer(shell: Any) -> None:
    """Let an IPython shell show them in HTML; in a terminal they are shown as before."""
    html = shell.display_formatter.formatters["text/html"]
    for view, names in _VIEWS.items():
        for name in names:
            module, _, kind = name.rpartition(".")
            html.for_type_by_name(f"k8snotes.{module}", kind, partial(_shown, view))


def _shown(view: str, value: Any) -> str:
    page: str = getattr(import_module("k8snotes.figures.cells"), view)(value)
    return page
