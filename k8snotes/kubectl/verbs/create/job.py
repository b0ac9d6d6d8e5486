"""`kubectl create job once --image=busybox -- date`."""

from __future__ import annotations

from k8snotes.api.base import KubeObject, Manifest, mapping
from k8snotes.catalogue import _
from k8snotes.control_plane.etcd import clone
from k8snotes.kubectl.failure import Stopped
from k8snotes.kubectl.flags import Parsed, flag
from k8snotes.kubectl.resources import lookup
from k8snotes.kubectl.session import Session
from k8snotes.kubectl.verbs.create import creator, new_object
from k8snotes.kubectl.verbs.run import pod_container

__all__ = ["VERB", "from_cron_job", "pod_template"]


def build(session: Session, parsed: Parsed, name: str) -> Manifest:
    """Create a Job from an image, or from the template of a CronJob.

    With --from=cronjob/NAME it is the Job that this CronJob would make at its next time.

    Source of the rule:
    https://kubernetes.io/docs/reference/kubectl/generated/kubectl_create/kubectl_create_job/
    """
    if parsed.has("image") == bool(parsed.text("from")):
        raise Stopped("either --image or --from must be specified")
    if parsed.text("from"):
        if parsed.after:
            raise Stopped("cannot specify --from and command")
        return from_cron_job(_source(session, parsed), name)
    spec = {"template": pod_template(parsed, name, "Never")}
    return new_object("batch/v1", "Job", name, spec=spec, status={})


def _source(session: Session, parsed: Parsed) -> KubeObject:
    """Return the CronJob that --from names."""
    resources = lookup(session, [parsed.text("from")])
    if not resources.named:
        raise Stopped("from must be an existing cronjob")
    kind, name = resources.named[0]
    with session.asking():
        source = session.api.get(kind, session.namespace(parsed), name)
    if source.kind != "CronJob":
        raise Stopped(f"unknown object type *{source.api_version.rpartition('/')[2]}.{source.kind}")
    return source


def from_cron_job(cron_job: KubeObject, name: str) -> Manifest:
    """Return the manifest of a Job as the schedule of a CronJob would make it, with another name.

    The CronJob owns it and does not control it: the Job does not count in the status of the CronJob.

    Args:
        cron_job: the CronJob.
        name: the name of the Job.

    Source of the rule: `createJobFromCronJob` in k8s.io/kubectl/pkg/cmd/create
    """
    template = mapping(cron_job.spec.get("jobTemplate"))
    given = mapping(template.get("metadata"))
    metadata: Manifest = {
        "name": name,
        "annotations": {"cronjob.kubernetes.io/instantiate": "manual", **mapping(given.get("annotations"))},
        "ownerReferences": [
            {"apiVersion": "batch/v1", "kind": "CronJob", "name": cron_job.name, "uid": cron_job.uid}
        ],
    }
    if given.get("labels"):
        metadata["labels"] = clone(given["labels"])
    spec = clone(mapping(template.get("spec")))
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": metadata, "spec": spec, "status": {}}


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
