"""Event: what a component reports about an object."""

from __future__ import annotations

from k8snotes.api.kind import Kind

KIND = Kind(
    "Event",
    "events",
    short=("ev",),
    only_reports=True,
    selectable_fields=(
        "involvedObject.kind",
        "involvedObject.namespace",
        "involvedObject.name",
        "involvedObject.uid",
        "involvedObject.apiVersion",
        "involvedObject.resourceVersion",
        "involvedObject.fieldPath",
        "reason",
        "reportingComponent",
        "source",
        "type",
    ),
)
