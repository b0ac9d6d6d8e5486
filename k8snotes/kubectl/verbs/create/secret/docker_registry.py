"""`kubectl create secret docker-registry hub --docker-username=me --docker-password=x`."""

from __future__ import annotations

import json

from k8snotes.api.base import Manifest
from k8snotes.catalogue import _
from k8snotes.kubectl.failure import Stopped
from k8snotes.kubectl.flags import Parsed, flag
from k8snotes.kubectl.session import Session
from k8snotes.kubectl.verbs.create import creator
from k8snotes.kubectl.verbs.create.configmap import data_of
from k8snotes.kubectl.verbs.create.secret.generic import encoded, secret_of

_HUB = "https://index.docker.io/v1/"
_NEEDED = "either --from-file or the combination of --docker-username, --docker-password and --docker-server is required"


def build(session: Session, parsed: Parsed, name: str) -> Manifest:
    """Create a Secret with which a Node's kubelet pulls images from a registry; Pods name it in `imagePullSecrets`.

    Source of the rule:
    https://kubernetes.io/docs/reference/kubectl/generated/kubectl_create/kubectl_create_secret_docker-registry/
    """
    user, password = parsed.text("docker-username"), parsed.text("docker-password")
    server, email = parsed.text("docker-server"), parsed.text("docker-email")
    if not parsed["from-file"] and not (user and password and server):
        raise Stopped(_NEEDED)
    if parsed["from-file"]:
        values = data_of(session, parsed, secret=True)
    else:
        entry = {
            "username": user,
            "password": password,
            "email": email,
            "auth": encoded(f"{user}:{password}"),
        }
        entry = {key: value for key, value in entry.items() if value}
        values = {".dockerconfigjson": json.dumps({"auths": {server: entry}}, separators=(",", ":"))}
    return secret_of(parsed, name, values, "kubernetes.io/dockerconfigjson")


VERB = creator(
    build,
    _("Create a Secret with which images are pulled from a registry."),
    (
        flag("docker-username"),
        flag("docker-password"),
        flag("docker-email"),
        flag("docker-server", default=_HUB),
        flag("from-file", "list"),
        flag("append-hash", "bool"),
    ),
    example="kubectl create secret docker-registry hub --docker-username=me --docker-password=x",
    failing="secret ",
)
