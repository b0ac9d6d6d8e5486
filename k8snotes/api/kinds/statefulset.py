"""StatefulSet: Pods with numbers, and with names that a replacement keeps."""

from __future__ import annotations

from k8snotes.api.kind import Kind
from k8snotes.api.workload import Workload


class StatefulSet(Workload):
    """A StatefulSet: Pods with numbers, and with names that a replacement keeps."""

    __slots__ = ()


KIND = Kind(
    "StatefulSet",
    "statefulsets",
    "apps",
    short=("sts",),
    removed=(("apps/v1beta1", "1.16"), ("apps/v1beta2", "1.16")),
    in_all=True,
    scales=True,
    rolls_out=True,
    pod_spec=("spec", "template", "spec"),
    makes="Pod",
    numbered=True,
    selector=("spec", "selector"),
    status=True,
    counts_generation=True,
    recounted=True,
    view=StatefulSet,
)
