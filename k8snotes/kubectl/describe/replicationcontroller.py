"""`kubectl describe rc`."""

from __future__ import annotations

from k8snotes.api.base import KubeObject, mapping
from k8snotes.facts.rows import pairs
from k8snotes.kubectl.describe.page import Page
from k8snotes.kubectl.describe.workload import end, replicas


def describe(page: Page, obj: KubeObject) -> None:
    """Write all about a ReplicationController.

    How many Pods there are and how they are is counted from the Pods that it controls, not read from
    its status.

    Source of the rule: `ReplicationControllerDescriber` of k8s.io/kubectl/pkg/describe.
    """
    page.head(obj)
    page.line("Selector", pairs(mapping(obj.spec.get("selector"))))
    page.labels_and_annotations(obj)
    replicas(page, obj)
    end(page, obj)
