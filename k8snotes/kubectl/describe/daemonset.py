"""`kubectl describe daemonset`."""

from __future__ import annotations

from k8snotes.api.base import KubeObject, mapping
from k8snotes.facts.rows import pairs
from k8snotes.kubectl.describe.page import Page
from k8snotes.kubectl.describe.template import pod_template
from k8snotes.kubectl.describe.workload import canonical_selector, pods_status


def describe(page: Page, obj: KubeObject) -> None:
    """Write all about a DaemonSet.

    The numbers of Nodes are those that its controller has last written into the status.

    Source of the rule: `DaemonSetDescriber` of k8s.io/kubectl/pkg/describe.
    """
    status = obj.status
    page.head(obj)
    page.line("Selector", canonical_selector(obj))
    template = mapping(mapping(obj.spec.get("template")).get("spec"))
    page.line("Node-Selector", pairs(mapping(template.get("nodeSelector"))))
    page.labels_and_annotations(obj)
    for title, field in (
        ("Desired Number of Nodes Scheduled", "desiredNumberScheduled"),
        ("Current Number of Nodes Scheduled", "currentNumberScheduled"),
        ("Number of Nodes Scheduled with Up-to-date Pods", "updatedNumberScheduled"),
        ("Number of Nodes Scheduled with Available Pods", "numberAvailable"),
        ("Number of Nodes Misscheduled", "numberMisscheduled"),
    ):
        page.write(0, f"{title}: {status.get(field) or 0}\n")
    page.line("Pods Status", pods_status(page, obj))
    pod_template(page, mapping(obj.spec.get("template")))
    page.events(obj)
