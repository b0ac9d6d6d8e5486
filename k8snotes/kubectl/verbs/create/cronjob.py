"""`kubectl create cronjob tick --image=busybox --schedule='0 1 * * *' -- date`."""

from __future__ import annotations

from k8snotes.api.base import Manifest
from k8snotes.catalogue import _
from k8snotes.kubectl.flags import Parsed, flag
from k8snotes.kubectl.session import Session
from k8snotes.kubectl.verbs.create import creator, new_object
from k8snotes.kubectl.verbs.create.job import pod_template


def build(_session: Session, parsed: Parsed, name: str) -> Manifest:
    """Create a CronJob from an image.

    --schedule has the five fields of cron: minute, hour, day of the month, month, day of the week.

    Source of the rule:
    https://kubernetes.io/docs/reference/kubectl/generated/kubectl_create/kubectl_create_cronjob/
    """
    template = pod_template(parsed, name, parsed.text("restart") or "OnFailure")
    job = {"metadata": {"name": name}, "spec": {"template": template}}
    spec = {"jobTemplate": job, "schedule": parsed["schedule"]}
    return new_object("batch/v1", "CronJob", name, spec=spec, status={})


VERB = creator(
    build,
    _("Create a CronJob from an image."),
    (flag("image"), flag("schedule"), flag("restart")),
    example="kubectl create cronjob tick --image=busybox --schedule='0 1 * * *' -- date",
    aliases=("cj",),
    required=("image", "schedule"),
    failing="cronjob: ",
)
