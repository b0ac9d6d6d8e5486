"""`kubectl describe cronjob`."""

from __future__ import annotations

from k8snotes.api.base import KubeObject, mapping, mappings, text
from k8snotes.kubectl.describe.page import Page, moment, true_false
from k8snotes.kubectl.describe.template import pod_template


def describe(page: Page, obj: KubeObject) -> None:
    """Write all about a CronJob.

    What follows the schedule is the template of its Jobs, and then of their Pods.

    Source of the rule: `CronJobDescriber` of k8s.io/kubectl/pkg/describe.
    """
    spec, status = obj.spec, obj.status
    page.head(obj)
    page.labels_and_annotations(obj)
    page.line("Schedule", text(spec.get("schedule")))
    page.line("Concurrency Policy", text(spec.get("concurrencyPolicy")))
    page.line("Suspend", true_false(spec["suspend"]) if spec.get("suspend") is not None else "<unset>")
    page.line("Time Zone", text(spec.get("timeZone")) or "<unset>")
    page.line("Successful Job History Limit", spec.get("successfulJobsHistoryLimit", "<unset>"))
    page.line("Failed Job History Limit", spec.get("failedJobsHistoryLimit", "<unset>"))
    deadline = spec.get("startingDeadlineSeconds")
    page.line("Starting Deadline Seconds", "<unset>" if deadline is None else f"{deadline}s")
    template = mapping(mapping(spec.get("jobTemplate")).get("spec"))
    page.line("Selector", "<unset>")
    page.line("Parallelism", template.get("parallelism", "<unset>"))
    page.line("Completions", template.get("completions", "<unset>"))
    if template.get("activeDeadlineSeconds") is not None:
        page.line("Active Deadline Seconds", f"{template['activeDeadlineSeconds']}s")
    pod_template(page, mapping(template.get("template")))
    last = status.get("lastScheduleTime")
    page.line("Last Schedule Time", moment(last) if last else "<unset>")
    jobs = ", ".join(text(item.get("name")) for item in mappings(status.get("active")))
    page.line("Active Jobs", jobs or "<none>")
    page.events(obj)
