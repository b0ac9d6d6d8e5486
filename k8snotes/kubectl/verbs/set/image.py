"""`kubectl set image`: changes the image of containers."""

from __future__ import annotations

from collections.abc import Mapping

from k8snotes.api.base import KubeObject, mappings
from k8snotes.api.go_text import quoted
from k8snotes.catalogue import _
from k8snotes.control_plane.etcd import clone
from k8snotes.kubectl.dry_run import DRY_RUN, answer, dry_run, rewritten
from k8snotes.kubectl.failure import Stopped
from k8snotes.kubectl.files import FILES
from k8snotes.kubectl.flags import Parsed, flag
from k8snotes.kubectl.output.formats import OUTPUT, check_format
from k8snotes.kubectl.resources import PROVIDE, lookup, targets
from k8snotes.kubectl.session import Session
from k8snotes.kubectl.verb import KINDS, Verb

_FLAGS = (*DRY_RUN, *OUTPUT, *FILES, flag("selector/l"), flag("all", "bool"), flag("local", "bool"))


def image(session: Session, parsed: Parsed) -> None:
    """Update the image of a Pod template: `kubectl set image deploy/web web=nginx:1.28`.

    The names before "=" are those of containers, "*" means all. A Deployment begins a rollout, a Pod
    restarts the container.

    Source of the rule:
    https://kubernetes.io/docs/reference/kubectl/generated/kubectl_set/kubectl_set_image/
    """
    how = dry_run(session, parsed)
    check_format(parsed, tables=False)
    images = dict(word.partition("=")[::2] for word in parsed.words if "=" in word)
    words = [word for word in parsed.words if "=" not in word]
    if not words and not parsed["filename"]:
        raise Stopped(PROVIDE)
    if words:
        lookup(session, words)
    if not images:
        raise Stopped("at least one image update is required")
    for obj in targets(session, parsed, words):
        _set_images(session, parsed, obj, images, how)


def _set_images(
    session: Session, parsed: Parsed, obj: KubeObject, images: Mapping[str, str], how: str
) -> None:
    new = clone(obj.raw)
    spec = obj.resource.pod_spec_of(new)
    if spec is None:
        session.fail(
            f"{obj.resource.plural}/{obj.name} the object is not a pod or does not have a pod template: *v1.{obj.kind}"
        )
        return
    containers = [*mappings(spec.get("initContainers")), *mappings(spec.get("containers"))]
    for name, new_image in images.items():
        meant = [item for item in containers if name in ("*", item.get("name"))]
        if not meant:
            session.fail(f"unable to find container named {quoted(name)}")
        for item in meant:
            item["image"] = new_image
    if new != obj.raw:
        with session.failing("failed to patch image update to pod template: "):
            answer(session, parsed, rewritten(session, how, obj, new), "image updated", how)


VERB = Verb(
    image,
    _("Change the image of containers in a Pod template."),
    _FLAGS,
    "kubectl set image deploy/web web=nginx:1.28",
    takes=KINDS,
)
