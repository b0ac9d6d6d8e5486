"""`kubectl describe rs`."""

from __future__ import annotations

from k8snotes.api.base import KubeObject
from k8snotes.api.label_selector import format_label_selector
from k8snotes.kubectl.describe.page import Page
from k8snotes.kubectl.describe.workload import end, replicas


def describe(page: Page, obj: KubeObject) -> None:
    """Write all about a ReplicaSet.

    "Controlled By" names the Deployment that made it, where there is one.

    Source of the rule: `ReplicaSetDescriber` of k8s.io/kubectl/pkg/describe.
    """
    page.head(obj)
    page.line("Selector", format_label_selector(obj.resource.selector_of(obj.raw)))
    page.labels_and_annotations(obj)
    page.controller(obj)
    replicas(page, obj)
    end(page, obj)
