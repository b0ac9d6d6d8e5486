"""`kubectl create job once --image=busybox -- date`."""

from __future__ import annotations

from k8snotes.api.base import Manifest, mapping
from k8snotes.catalogue import _
from k8snotes.kubectl.failure import Stopped
from k8snotes.kubectl.flags import Parsed, flag
from k8snotes.kubectl.resources import kind_named
from k8snotes.kubectl.session import Session
from k8snotes.kubectl.verbs.create import creator, new_object
from k8snotes.kubectl.verbs.run import pod_container

__all__ = ["VERB", "pod_template"]


def build(session: Session, parsed: Parsed, name: str) -> Manifest:
    """Create a Job from an image, or from the template of a CronJob.

    With --from=cronjob/NAME it is the Job that this CronJob would make at its next time.

    Source of the rule:
    https://kubernetes.io/docs/reference/kubectl/generated/kubectl_create/kubectl_create_job/
    """
    kind, _slash, cron_job = parsed.text("from").partition("/")
    if bool(kind) == bool(parsed.text("image")):
        raise Stopped("either --image or --from must be specified")
    if kind and parsed.after:
        raise Stopped("cannot specify --from and command")
    if kind:
        with session.asking():
            source = session.api.get(kind_named(session, kind), session.namespace(parsed), cron_job)
        if source.kind != "CronJob":
            raise Stopped(f"unknown object type *{source.resource.version}.{source.kind}")
        spec = mapping(mapping(source.manifest["spec"].get("jobTemplate")).get("spec"))
        return new_object("batch/v1", "Job", name, spec=spec, status={})
    spec = {"template": pod_template(parsed, name, "Never")}
    return new_object("batch/v1", "Job", name, spec=spec, status={})


def pod_template(parsed: Parsed, name: str, restart_policy: str) -> Manifest:
    """Return the template of a Pod that runs the command of the line to its end.

    Args:
        parsed: the flags of the line; --image, and the command after "--".
        name: what its container is called.
        restart_policy: "Never" or "OnFailure": a Job's Pods are not restarted without end.
    """
    container = pod_container(name, parsed["image"])
    if parsed.after:
        container["command"] = parsed.after
    return {"metadata": {}, "spec": {"containers": [container], "restartPolicy": restart_policy}}


VERB = creator(
    build,
    _("Create a Job from an image or a CronJob."),
    (flag("image"), flag("from")),
    example="kubectl create job once --image=busybox -- date",
    failing="job: ",
)
