"""`kubectl run`: makes a Pod of one container by hand."""

from __future__ import annotations

import json
import re
from typing import Any

from k8snotes.api.base import Manifest, view
from k8snotes.api.go_text import quoted
from k8snotes.catalogue import _
from k8snotes.control_plane.merge import json_merge, strategic_merge
from k8snotes.kubectl.dry_run import DRY_RUN, answer, created, dry_run, suffix
from k8snotes.kubectl.failure import Stopped
from k8snotes.kubectl.flags import Parsed, flag
from k8snotes.kubectl.json_patch import PatchError, json_patch
from k8snotes.kubectl.output.formats import OUTPUT
from k8snotes.kubectl.resources import display
from k8snotes.kubectl.session import Session
from k8snotes.kubectl.verb import Verb
from k8snotes.kubectl.verbs.expose import pairs

__all__ = ["VERB", "image_fault", "pod_container"]

_LONGEST = 1000  # characters of an image's name that are read

_FLAGS = (
    *DRY_RUN,
    *OUTPUT,
    flag("image"),
    flag("port"),
    flag("labels/l"),
    flag("env", "texts"),
    flag("restart", default="Always"),
    flag("command", "bool"),
    flag("expose", "bool"),
    flag("stdin/i", "bool"),
    flag("tty/t", "bool"),
    flag("rm", "bool"),
    flag("attach", "bool"),
    flag("quiet/q", "bool"),
    flag("image-pull-policy"),
    flag("annotations", "texts"),
    flag("privileged", "bool"),
    flag("overrides"),
    flag("override-type", default="merge"),
    flag("save-config", "bool"),
    flag("pod-running-timeout", "duration", 60.0),
)


def run(session: Session, parsed: Parsed) -> None:
    """Create a Pod with one container: `kubectl run web --image=nginx`.

    Such a Pod has no controller, so it is not replaced when it is gone. The words after "--" are arguments for the
    image's entrypoint, or with --command the command itself.

    Source of the rule: https://kubernetes.io/docs/reference/kubectl/generated/kubectl_run/
    """
    parsed.require("image")
    usage = "\nSee 'kubectl run -h' for help and examples"
    if not parsed.before:
        raise Stopped(f"NAME is required for run{usage}")
    if not parsed.text("image"):
        raise Stopped("--image is required")
    wrong = image_fault(parsed["image"])
    if wrong:
        raise Stopped(f"Invalid image name {quoted(parsed['image'])}: {wrong}")
    if parsed.text("override-type") not in ("json", "merge", "strategic"):
        raise Stopped(f"invalid override type: {parsed['override-type']}")
    if parsed["rm"] and not (parsed["attach"] or parsed["stdin"]):
        raise Stopped(f"--rm should only be used for attached containers{usage}")
    if parsed["restart"] not in ("Always", "OnFailure", "Never"):
        raise Stopped(f"invalid restart policy: {parsed['restart']}{usage}")
    policy = parsed.text("image-pull-policy")
    if policy and policy not in ("Always", "IfNotPresent", "Never"):
        raise Stopped(f"invalid image pull policy: {policy}{usage}")
    if parsed["expose"] and not parsed.text("port"):
        raise Stopped(f"--port must be set when exposing a service{usage}")
    how = dry_run(session, parsed)
    name = parsed.before[0]
    manifest = _overridden(parsed, _pod(parsed, name, parsed.words[1:]))
    home = session.namespace(parsed)
    if how != "client":
        with session.asking():
            if parsed["expose"]:
                service = _exposing(parsed, name)
                session.out(f"{display(created(session, how, service, home))} created{suffix(how)}\n")
            obj = created(session, how, manifest, home)
    else:
        obj = view({**manifest, "status": {}})
        if parsed.has("namespace"):
            obj.raw["metadata"]["namespace"] = home
    answer(session, parsed, obj, "created", how)
    session.show([obj], "apply")
    if parsed["stdin"] or parsed["attach"] or parsed["rm"]:
        note = _(
            "k8snotes runs no containers, so kubectl cannot attach to one. The Pod exists, "
            "and `kubectl exec {name} -- curl SERVICE` sends a request from it.",
            name=name,
        )
        session.err(f"{note}\n")


def _pod(parsed: Parsed, name: str, words: list[str]) -> Manifest:
    container = pod_container(name, parsed["image"])
    if words:
        container["command" if parsed["command"] else "args"] = words
    env = []
    for pair in parsed["env"]:
        key, equals, value = pair.partition("=")
        if not equals or not key:
            raise Stopped(f"invalid env: {pair}")
        env.append({"name": key, "value": value})
    if env:
        container["env"] = env
    if parsed.text("port"):
        if not parsed["port"].isdecimal():
            raise Stopped(f"strconv.Atoi: parsing {quoted(parsed['port'])}: invalid syntax")
        container["ports"] = [{"containerPort": int(parsed["port"])}]
    if parsed.text("image-pull-policy"):
        container["imagePullPolicy"] = parsed["image-pull-policy"]
    if parsed["stdin"]:
        container |= {"stdin": True, "stdinOnce": True}
    if parsed["tty"]:
        container["tty"] = True
    if parsed["privileged"]:
        container["securityContext"] = {"privileged": True}
    labels = pairs(parsed["labels"]) if parsed.text("labels") else {"run": name}
    metadata: Manifest = {"labels": labels, "name": name}
    for item in parsed["annotations"]:
        if "=" not in item:
            raise Stopped(f"invalid annotations format: {item}")
    notes = dict(item.partition("=")[::2] for item in parsed["annotations"])
    if notes:
        metadata["annotations"] = notes
    spec = {"containers": [container], "dnsPolicy": "ClusterFirst", "restartPolicy": parsed["restart"]}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}


def _overridden(parsed: Parsed, manifest: Manifest) -> Manifest:
    """Return the Pod with what --overrides says laid over it.

    Source of the rule: `Merge`, `StrategicMerge` and `JSONPatch` of k8s.io/kubectl/pkg/cmd/util
    """
    given, how = parsed.text("overrides"), parsed.text("override-type")
    if not given:
        return manifest
    try:
        patch = json.loads(given)
    except (ValueError, RecursionError):
        raise Stopped("Invalid JSON Patch") from None
    if how == "json":
        try:
            changed: Any = json_patch(manifest, patch)
        except PatchError as error:
            raise Stopped(str(error)) from None
    elif not isinstance(patch, dict):
        raise Stopped("Invalid JSON Patch")
    else:
        changed = json_merge(patch, manifest) if how == "merge" else strategic_merge(patch, manifest)
    if not isinstance(changed, dict):
        raise Stopped("Invalid JSON Patch")
    return changed


_IMAGE = re.compile(
    r"(?:(?:localhost|[a-zA-Z0-9-]+(?:\.[a-zA-Z0-9-]+)*(?::[0-9]+)?|\[[0-9a-fA-F:]+\](?::[0-9]+)?)/)?"
    r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*"
    r"(?::[\w][\w.-]{0,127})?(?:@[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,})?",
    re.ASCII,
)


def image_fault(image: str) -> str:
    """Return what is wrong with the name of an image, "" if nothing is.

    Source of the rule: github.com/distribution/reference, with which kubectl reads it

    >>> image_fault("nginx:1.28"), image_fault("a b")
    ('', 'invalid reference format')
    """
    return "" if len(image) <= _LONGEST and _IMAGE.fullmatch(image) else "invalid reference format"


def _exposing(parsed: Parsed, name: str) -> Manifest:
    labels = pairs(parsed["labels"]) if parsed.text("labels") else {"run": name}
    port = int(parsed["port"]) if parsed["port"].isdecimal() else 0
    spec = {"ports": [{"port": port, "protocol": "TCP", "targetPort": port}], "selector": labels}
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": spec}


def pod_container(name: str, image: str) -> Manifest:
    """Return a container as kubectl writes it.

    >>> pod_container("web", "nginx:1")
    {'image': 'nginx:1', 'name': 'web', 'resources': {}}
    """
    return {"image": image, "name": name, "resources": {}}


VERB = Verb(run, _("Create a Pod with one container."), _FLAGS, "kubectl run web --image=nginx")
