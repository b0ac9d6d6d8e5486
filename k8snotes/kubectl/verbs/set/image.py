"""`kubectl set image`: changes the image of containers."""

from __future__ import annotations

from k8snotes.api.base import KubeObject, Manifest, mappings
from k8snotes.api.go_text import quoted
from k8snotes.catalogue import _
from k8snotes.kubectl.failure import Stopped
from k8snotes.kubectl.flags import Parsed, flag
from k8snotes.kubectl.output.formats import check_format
from k8snotes.kubectl.pod_templates import SET_FLAGS, Setting, change_templates, setting_targets, where_to_set
from k8snotes.kubectl.resources import PROVIDE
from k8snotes.kubectl.session import Session
from k8snotes.kubectl.verb import KINDS, Verb

_FLAGS = (*SET_FLAGS, flag("selector/l"))


def image(session: Session, parsed: Parsed) -> None:
    """Update the image of a Pod template: `kubectl set image deploy/web web=nginx:1.28`.

    The names before "=" are those of containers, "*" means all. A Deployment begins a rollout, a Pod
    restarts the container.

    Source of the rule:
    https://kubernetes.io/docs/reference/kubectl/generated/kubectl_set/kubectl_set_image/
    """
    how = where_to_set(session, parsed)
    check_format(parsed, tables=False)
    images = dict(word.partition("=")[::2] for word in parsed.words if "=" in word)
    words = [word for word in parsed.words if "=" not in word]
    if not words and not parsed["filename"]:
        raise Stopped(PROVIDE)
    objects = setting_targets(session, parsed, words, how)
    if parsed["all"] and parsed.text("selector"):
        raise Stopped("cannot set --all and --selector at the same time")
    if not images:
        raise Stopped("at least one image update is required")

    def edit(_obj: KubeObject, spec: Manifest) -> None:
        containers = [*mappings(spec.get("initContainers")), *mappings(spec.get("containers"))]
        for name, new_image in images.items():
            meant = [item for item in containers if name in ("*", item.get("name"))]
            if not meant:
                session.fail(f"error: unable to find container named {quoted(name)}", head="")
            for item in meant:
                item["image"] = new_image

    setting = Setting(edit, "image updated", "failed to patch image update to pod template:")
    change_templates(session, parsed, objects, setting, how)


VERB = Verb(
    image,
    _("Change the image of containers in a Pod template."),
    _FLAGS,
    "kubectl set image deploy/web web=nginx:1.28",
    takes=KINDS,
)
