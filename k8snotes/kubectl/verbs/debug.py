"""`kubectl debug`: adds a container to a Pod, to a copy of it, or to a Node, to look at what is wrong."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from k8snotes.api.base import KubeObject, Manifest, mapping, mappings, text
from k8snotes.api.go_text import quoted
from k8snotes.api.kinds.node import Node
from k8snotes.api.kinds.pod import Pod
from k8snotes.api.manifest import documents
from k8snotes.catalogue import _
from k8snotes.control_plane.etcd import clone
from k8snotes.control_plane.merge import strategic_merge
from k8snotes.control_plane.naming import generated_name
from k8snotes.errors import ApiError
from k8snotes.kubectl.debug_profiles import PROFILES, Style, apply_profile
from k8snotes.kubectl.failure import Stopped
from k8snotes.kubectl.files import FILES, content, found, from_files
from k8snotes.kubectl.flags import Parsed, flag
from k8snotes.kubectl.programs import PROGRAMS
from k8snotes.kubectl.resources import lookup
from k8snotes.kubectl.session import Session
from k8snotes.kubectl.shell import Shell
from k8snotes.kubectl.verb import Verb
from k8snotes.node.images import name_error

__all__ = ["VERB"]

_SHELLS = ("sh", "bash", "ash")
_KEPT = {
    "keep-labels": "labels",
    "keep-annotations": "annotations",
    "keep-liveness": "livenessProbe",
    "keep-readiness": "readinessProbe",
    "keep-startup": "startupProbe",
    "keep-init-containers": "initContainers",
}
_FLAGS = (
    *FILES,
    flag("arguments-only", "bool"),
    flag("attach", "bool"),
    flag("container/c"),
    flag("copy-to"),
    flag("replace", "bool"),
    flag("env", "pairs"),
    flag("image"),
    *(flag(name, "bool", default=name == "keep-init-containers") for name in _KEPT),
    flag("set-image", "pairs"),
    flag("image-pull-policy"),
    flag("stdin/i", "bool"),
    flag("quiet/q", "bool"),
    flag("same-node", "bool"),
    flag("share-processes", "bool", default=True),
    flag("target"),
    flag("tty/t", "bool"),
    flag("profile", default="general"),
    flag("custom"),
)
_LEGACY = (
    "--profile=legacy is deprecated and will be removed in the future. It is recommended to explicitly specify a "
    'profile, for example "--profile=general".\n'
)
_NOT_ROOT = (
    "Warning: Non-root user is configured for the entire target Pod, and some capabilities granted by debug profile "
    'may not work. Please consider using "--custom" with a custom profile that specifies "securityContext.runAsUser: 0".\n'
)
_UNCHANGEABLE = ("name", "command", "image", "lifecycle", "volumeDevices")


def debug(session: Session, parsed: Parsed) -> None:
    """Debug a Pod or a Node: `kubectl debug web --image=busybox --target=app`.

    A Pod gets one more container, an ephemeral one, which is never restarted and never removed. With --copy-to, a
    copy of the Pod gets the container instead. A Node gets a Pod that sees the Node's network, processes and files.

    Source of the rule: https://kubernetes.io/docs/reference/kubectl/generated/kubectl_debug/
    """
    session.simulation.may_change()
    custom = _complete(session, parsed)
    _validate(session, parsed)
    if custom is not None and any(custom.get(field) for field in _UNCHANGEABLE):
        raise Stopped(
            "name, command, image, lifecycle and volume devices are not modifiable via custom profile"
        )
    if parsed["profile"] == "legacy":
        session.err(_LEGACY)
    for obj in _targets(session, parsed):
        if isinstance(obj, Node):
            pod, name = _debug_node(session, parsed, obj, custom)
        elif not isinstance(obj, Pod):
            kind = quoted(f"{'/'.join(_group_version(obj))}, Kind={obj.kind}")
            raise Stopped(f"{kind} not supported by debug")
        elif parsed.text("copy-to"):
            pod, name = _debug_copy(session, parsed, obj, custom)
        else:
            pod, name = _debug_ephemeral(session, parsed, obj, custom)
        session.wrote = True
        session.show([pod], "apply")
        if name and (parsed["attach"] or (parsed["stdin"] and not parsed.has("attach"))):
            _attach(session, parsed, pod, name)


# ---- what is asked for


def _complete(session: Session, parsed: Parsed) -> Manifest | None:
    """Check the profile; return the container of the file that changes it, None where there is none."""
    if parsed["profile"] not in PROFILES:
        raise Stopped(f"unknown profile: {parsed['profile']}")
    path = parsed.text("custom")
    if not path:
        return None
    doing = "must pass a container spec json file for custom profile: open"
    words = session.stdin if path == "-" else content(found(session, path), path, doing)
    value = next((item.value for item in documents(words, path, doubles=True) if not item.problem), None)
    if not isinstance(value, dict):
        raise Stopped(f"{path} does not contain a valid container spec")
    return value


def _validate(session: Session, parsed: Parsed) -> None:
    """Refuse flags that do not go together (`DebugOptions.Validate`)."""
    image, images, name = parsed.text("image"), parsed["set-image"], parsed.text("container")
    if parsed["attach"] and not image and not name:
        raise Stopped(
            "you must specify --container or create a new container using --image in order to attach."
        )
    if parsed.text("copy-to"):
        if not image and not images and not parsed.after:
            raise Stopped("you must specify --image, --set-image or command arguments.")
        if parsed.after and not name and not image:
            raise Stopped("you must specify an existing container or a new image when specifying args.")
    else:
        for flag_name in ("replace", "same-node", "set-image"):
            if parsed[flag_name]:
                raise Stopped(f"--{flag_name} may only be used with --copy-to.")
        if not image:
            raise Stopped("you must specify --image when not using --copy-to.")
    if image and name_error(image):
        raise Stopped(f"invalid image name {quoted(image)}: invalid reference format")
    if not parsed.before and not parsed["filename"]:
        raise Stopped("NAME or filename is required for debug")
    if parsed.text("image-pull-policy") not in ("Always", "IfNotPresent", "Never", ""):
        raise Stopped(f"invalid image pull policy: {parsed['image-pull-policy']}")
    for key, value in images.items():
        if name_error(value):
            raise Stopped(
                f"invalid image name {quoted(value)} for container {quoted(key)}: invalid reference format"
            )
    if parsed.text("target"):
        if parsed.text("copy-to"):
            raise Stopped("--target is incompatible with --copy-to. Use --share-processes instead.")
        if not parsed["quiet"]:
            session.out(
                f"Targeting container {quoted(parsed['target'])}. If you don't see processes from this container "
                "it may be because the container runtime doesn't support this feature.\n"
            )
    if parsed["tty"] and not parsed["stdin"]:
        raise Stopped("-i/--stdin is required for containers with -t/--tty=true")


def _targets(session: Session, parsed: Parsed) -> Iterable[KubeObject]:
    """Yield what is to be debugged; a word without a kind names a Pod."""
    for document in from_files(session, parsed) if parsed["filename"] else ():
        try:
            yield document.stored(session, parsed)
        except ApiError as error:
            session.refused(error)
    for word in parsed.before:
        resource, name = lookup(session, [word if "/" in word else f"pods/{word}"]).named[0]
        with session.asking():
            obj = session.api.get(resource, session.namespace(parsed), name)
        yield obj


def _group_version(obj: KubeObject) -> tuple[str, str]:
    group, _slash, version = obj.api_version.rpartition("/")
    return group, version


# ---- the container


def _container(parsed: Parsed, name: str) -> Manifest:
    """Return a new container for debugging, with what the flags say."""
    container: Manifest = {"name": name, "image": parsed["image"], "terminationMessagePolicy": "File"}
    if parsed["env"]:
        container["env"] = _env(parsed)
    if parsed.text("image-pull-policy"):
        container["imagePullPolicy"] = parsed["image-pull-policy"]
    for field in ("stdin", "tty"):
        if parsed[field]:
            container[field] = True
    if parsed.after:
        container["args" if parsed["arguments-only"] else "command"] = parsed.after
    return container


def _env(parsed: Parsed) -> list[dict[str, Any]]:
    return [{"name": key, "value": value} for key, value in parsed["env"].items()]


def _new_name(session: Session, parsed: Parsed, pod: Manifest) -> str:
    """Return the name of a new container: that of the flag, or one that no container of the Pod has."""
    if parsed.text("container"):
        return parsed.text("container")
    spec = pod["spec"]
    taken = {
        text(item.get("name"))
        for field in ("containers", "initContainers", "ephemeralContainers")
        for item in mappings(spec.get(field))
    }
    name = _free(session, "debugger-", taken)
    if not parsed["quiet"]:
        session.out(f"Defaulting debug container name to {name}.\n")
    return name


def _free(session: Session, base: str, taken: Iterable[str]) -> str:
    """Return a made-up name that is not taken."""
    number = session.api.store.made * 31 + 1
    while (name := generated_name(base, number)) in taken:
        number += 1
    return name


def _finish(parsed: Parsed, pod: Manifest, name: str, style: Style, custom: Manifest | None) -> None:
    """Apply the profile to a Pod, and what the reader's own file says."""
    field = "ephemeralContainers" if style == "ephemeral" else "containers"
    keep = {part for flag_name, part in _KEPT.items() if parsed[flag_name]}
    apply_profile(parsed["profile"], pod, name, style, keep)
    if custom is not None:
        pod["spec"][field] = [
            strategic_merge({**custom, "name": name}, item) if item.get("name") == name else item
            for item in pod["spec"][field]
        ]


def _warn(session: Session, pod: Manifest, field: str, name: str) -> None:
    """Warn of capabilities that a user who is not root cannot use (`displayWarning`)."""
    item = next((item for item in mappings(pod["spec"].get(field)) if item.get("name") == name), {})
    context = mapping(item.get("securityContext"))
    added = mapping(context.get("capabilities")).get("add")
    user = mapping(pod["spec"].get("securityContext")).get("runAsUser")
    if user and context and context.get("runAsUser") != 0 and (context.get("privileged") or added):
        session.err(_NOT_ROOT)


# ---- what is done


def _debug_ephemeral(
    session: Session, parsed: Parsed, obj: Pod, custom: Manifest | None
) -> tuple[KubeObject, str]:
    pod = clone(obj.raw)
    name = _new_name(session, parsed, pod)
    container = _container(parsed, name)
    if parsed.text("target"):
        container["targetContainerName"] = parsed["target"]
    field = "ephemeralContainers"
    pod["spec"][field] = [*mappings(pod["spec"].get(field)), container]
    _finish(parsed, pod, name, "ephemeral", custom)
    _warn(session, pod, field, name)
    with session.asking():
        return session.api.update_ephemeral_containers(obj, pod["spec"][field]), name


def _debug_copy(
    session: Session, parsed: Parsed, obj: Pod, custom: Manifest | None
) -> tuple[KubeObject, str]:
    old = clone(obj.raw)
    metadata = {key: old["metadata"][key] for key in ("labels", "annotations") if key in old["metadata"]}
    pod: Manifest = {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": old["spec"]}
    metadata |= {"name": parsed["copy-to"], "namespace": obj.namespace}
    spec = pod["spec"]
    spec.pop("ephemeralContainers", None)
    if parsed.has("share-processes"):
        spec["shareProcessNamespace"] = parsed["share-processes"]
    if not parsed["same-node"]:
        spec.pop("nodeName", None)
    images = parsed["set-image"]
    for item in mappings(spec.get("containers")):
        item["image"] = images.get(item.get("name"), images.get("*", item.get("image")))
    name = _changed_container(session, parsed, pod)
    if name:
        _finish(parsed, pod, name, "copy", custom)
        _warn(session, pod, "containers", name)
    with session.asking():
        made = session.api.create(pod, namespace=obj.namespace)
        if parsed["replace"]:
            session.api.delete(obj, grace=0)
    return made, name


def _changed_container(session: Session, parsed: Parsed, pod: Manifest) -> str:
    """Change a container of a copy, or add one; returns its name, "" where only images change."""
    spec, name = pod["spec"], parsed.text("container")
    every = [*mappings(spec.get("containers")), *mappings(spec.get("initContainers"))]
    there = next((item for item in every if item.get("name") == name), None)
    if there is None:
        if not parsed.text("image"):
            if parsed["set-image"]:
                return ""
            raise Stopped("you must specify image when creating new container")
        name = _new_name(session, parsed, pod)
        spec["containers"] = [*mappings(spec.get("containers")), _container(parsed, name)]
        return name
    if parsed.after:
        there.pop("args", None)
        there["args" if parsed["arguments-only"] else "command"] = parsed.after
    if parsed["env"]:
        there["env"] = _env(parsed)
    if parsed.text("image"):
        there["image"] = parsed["image"]
    if parsed.text("image-pull-policy"):
        there["imagePullPolicy"] = parsed["image-pull-policy"]
    there |= {"stdin": parsed["stdin"], "tty": parsed["tty"]}
    return name


def _debug_node(
    session: Session, parsed: Parsed, node: Node, custom: Manifest | None
) -> tuple[KubeObject, str]:
    home = session.namespace(parsed)
    name = parsed.text("container") or "debugger"
    base = f"node-debugger-{node.name}-"
    taken = [pod.name.removeprefix(base) for pod in session.simulation.api.list("pods", home)]
    pod_name = base + _free(session, "", taken)
    if not parsed["quiet"]:
        session.out(f"Creating debugging pod {pod_name} with container {name} on node {node.name}.\n")
    pod: Manifest = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": pod_name, "labels": {"app.kubernetes.io/managed-by": "kubectl-debug"}},
        "spec": {
            "containers": [_container(parsed, name)],
            "nodeName": node.name,
            "restartPolicy": "Never",
            "tolerations": [{"operator": "Exists"}],
        },
    }
    _finish(parsed, pod, name, "node", custom)
    with session.asking():
        return session.api.create(pod, namespace=home), name


def _attach(session: Session, parsed: Parsed, obj: KubeObject, name: str) -> None:
    """Wait until a container runs, and let its program do what can be simulated.

    A simulated program ends with its container; no other program can be talked to.
    """
    session.wait()
    pod = session.api.store.get(obj.key)
    if not isinstance(pod, Pod):
        return
    state = mapping(pod.status_of(name).get("state"))
    waits = text(mapping(state.get("waiting")).get("message"))
    if waits and not parsed["quiet"]:
        session.warn(f"container {name}: {waits}")
    named = parsed.after[0].rpartition("/")[2] if parsed.after else ""
    waits_for_you = named in _SHELLS and "-c" not in parsed.after
    program = None if waits_for_you else PROGRAMS.get(named)
    if "running" in state and program is not None and not parsed.text("copy-to"):
        shell = Shell(session, pod, name)
        code = program(shell, parsed.after[1:])
        shell.note()
        session.simulation.kubelets.end_container(pod, name, code)
        return
    note = _(
        "k8snotes runs no containers, so kubectl cannot attach to one. The container exists, "
        "and `kubectl exec {pod} -c {container} -- curl SERVICE` sends a request from it.",
        pod=pod.name,
        container=name,
    )
    session.err(f"{note}\n")


VERB = Verb(
    debug,
    _("Add a container to a Pod, to a copy of it, or to a Node, to look at what is wrong."),
    _FLAGS,
    "kubectl debug web --image=busybox --target=app",
    takes="pods",
)
