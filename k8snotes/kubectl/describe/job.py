"""`kubectl describe job`."""

from __future__ import annotations

from k8snotes.api.base import KubeObject, mapping, text
from k8snotes.facts.rows import age
from k8snotes.kubectl.describe.page import Page, moment
from k8snotes.kubectl.describe.template import pod_template
from k8snotes.kubectl.describe.workload import canonical_selector


def describe(page: Page, obj: KubeObject) -> None:
    """Write all about a Job.

    When the Job is complete, its duration is shown.

    Source of the rule: `JobDescriber` of k8s.io/kubectl/pkg/describe.
    """
    spec, status = obj.spec, obj.status
    page.head(obj)
    page.line("Selector", canonical_selector(obj))
    page.labels_and_annotations(obj)
    page.controller(obj)
    if spec.get("parallelism") is not None:
        page.line("Parallelism", spec["parallelism"])
    page.line("Completions", spec.get("completions", "<unset>"))
    for title, field in (
        ("Completion Mode", "completionMode"),
        ("Suspend", "suspend"),
        ("Backoff Limit", "backoffLimit"),
        ("TTL Seconds After Finished", "ttlSecondsAfterFinished"),
    ):
        if spec.get(field) is not None:
            page.line(title, text(spec[field]))
    begin, end = status.get("startTime"), status.get("completionTime")
    if begin:
        page.line("Start Time", moment(begin))
    if end:
        page.line("Completed At", moment(end))
    if begin and end:
        page.line("Duration", age(text(begin), text(end)))
    if spec.get("activeDeadlineSeconds") is not None:
        page.line("Active Deadline Seconds", f"{spec['activeDeadlineSeconds']}s")
    ready = status.get("ready")
    active = f"{status.get('active') or 0} Active" + ("" if ready is None else f" ({ready} Ready)")
    ended = f"{status.get('succeeded') or 0} Succeeded / {status.get('failed') or 0} Failed"
    page.line("Pods Statuses", f"{active} / {ended}")
    if spec.get("completionMode") == "Indexed":
        page.line("Completed Indexes", text(status.get("completedIndexes")) or "<none>")
    pod_template(page, mapping(spec.get("template")))
    page.events(obj)
