"""`kubectl create deployment web --image=nginx`."""

from __future__ import annotations

import re

from k8snotes.api.base import Manifest
from k8snotes.catalogue import _
from k8snotes.kubectl.failure import Stopped
from k8snotes.kubectl.flags import Parsed, flag
from k8snotes.kubectl.session import Session
from k8snotes.kubectl.verbs.create import creator, new_object
from k8snotes.kubectl.verbs.run import pod_container


def build(_session: Session, parsed: Parsed, name: str) -> Manifest:
    """Create a Deployment from an image.

    It selects the label app=NAME, which its template carries. Several images become several containers
    of one Pod, each named like its image; what follows "--" is the command of the only one.

    Source of the rule:
    https://kubernetes.io/docs/reference/kubectl/generated/kubectl_create/kubectl_create_deployment/
    """
    images, command = parsed["image"], parsed.after
    if len(images) > 1 and command:
        raise Stopped("cannot specify multiple --image options and command")
    containers = [pod_container(container_name(image), image) for image in images]
    if command:
        containers[0]["command"] = command
    if parsed["port"] >= 0:
        containers[0]["ports"] = [{"containerPort": parsed["port"]}]
    labels = {"app": name}
    spec = {
        "replicas": parsed["replicas"],
        "selector": {"matchLabels": labels},
        "strategy": {},
        "template": {"metadata": {"labels": dict(labels)}, "spec": {"containers": containers}},
    }
    deployment = new_object("apps/v1", "Deployment", name, spec=spec, status={})
    deployment["metadata"]["labels"] = dict(labels)
    return deployment


def container_name(image: str) -> str:
    """Return the name that kubectl gives a container: the last part of its image.

    >>> container_name("reg:5000/foo/bar@sha256:aa"), container_name("nginx:1.27")
    ('bar', 'nginx')
    """
    name = image.rpartition("/")[2].partition("@")[0].partition(":")[0]
    return re.sub(r"[^-a-z0-9]", "-", name.lower()).strip("-") or "container"


VERB = creator(
    build,
    _("Create a Deployment from an image."),
    (flag("image", "list"), flag("replicas/r", "int32", 1), flag("port", "int", -1)),
    example="kubectl create deployment web --image=nginx",
    aliases=("deploy", "dep"),
    required=("image",),
    failing="deployment: ",
)
