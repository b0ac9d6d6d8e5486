"""`kubectl exec POD -- curl ...`: no container runs here, but the simulated network answers, and files and variables are known."""

from __future__ import annotations

from k8snotes.api.base import KubeObject, mapping
from k8snotes.api.go_text import quoted
from k8snotes.api.kinds.pod import Pod
from k8snotes.api.kinds.service import Service
from k8snotes.catalogue import _
from k8snotes.errors import ApiError
from k8snotes.kubectl.failure import Stopped
from k8snotes.kubectl.files import FILES
from k8snotes.kubectl.flags import Parsed, flag
from k8snotes.kubectl.programs import run_program
from k8snotes.kubectl.resources import lookup
from k8snotes.kubectl.session import Session
from k8snotes.kubectl.shell import Shell
from k8snotes.kubectl.verb import Verb

_FLAGS = (
    *FILES,
    flag("container/c"),
    flag("stdin/i", "bool"),
    flag("tty/t", "bool"),
    flag("quiet/q", "bool"),
    flag("pod-running-timeout", "duration", 60.0),
)
_OLD_WAY = (
    "exec [POD] [COMMAND] is not supported anymore. Use exec [POD] -- [COMMAND] instead\n"
    "See 'kubectl exec -h' for help and examples"
)


def exec_(session: Session, parsed: Parsed) -> None:
    """Run a simulated program in a Pod: curl, ping, nslookup, ..., or env, cat, ls, and some others.

    What Kubernetes gives to the container is known: its variables, and the files of its volumes. The network answers: the trace says how a connection ends, and the resolver says what a name resolves to. With a
    workload or a Service instead of a Pod, the program runs in the first of its Pods that is ready.

    Source of the rule: https://kubernetes.io/docs/reference/kubectl/generated/kubectl_exec/
    """
    command = parsed.after
    if parsed.dashed is None and len(parsed.words) > 1:
        raise Stopped(_OLD_WAY)
    if not parsed.before:
        raise Stopped("pod, type/name or --filename must be specified")
    if not command:
        raise Stopped("you must specify at least one command for the container")
    pod = _pod(session, parsed, parsed.before[0])
    name = _container(session, parsed, pod)
    if pod.phase in ("Succeeded", "Failed"):
        raise Stopped(f"cannot exec into a container in a completed pod; current phase is {pod.phase}")
    if not pod.node_name:
        raise Stopped(
            f"Error from server (BadRequest): pod {pod.name} does not have a host assigned", head=""
        )
    try:
        session.api.permit("create", pod.resource, pod.namespace, pod.name, "exec")
    except ApiError as error:
        raise Stopped(f"unable to upgrade connection: {error.message}") from None
    if not _runs(pod, name):
        raise Stopped(f'unable to upgrade connection: container not found ("{name}")')
    given = session.simulation.kubelets.runtime.starts.of(pod.uid, name)
    shell = Shell(session, pod, name, given, tty=parsed["tty"])
    code = run_program(shell, command)
    shell.note()
    if code:
        raise Stopped(f"command terminated with exit code {code}", code, head="")


def _pod(session: Session, parsed: Parsed, word: str) -> Pod:
    resource, name = lookup(session, [word if "/" in word else f"pod/{word}"]).named[0]
    with session.asking():
        obj = session.api.get(resource, session.namespace(parsed), name)
    if isinstance(obj, Pod):
        return obj
    pods = _behind(session, obj)
    if not pods:
        kind = f"{obj.resource.qualified}/{obj.name}"
        why = _("{object} has no Pods", object=kind)
        raise Stopped(f"cannot attach to *v1.{obj.kind}: {why}")
    return pods[0]


def _behind(session: Session, obj: KubeObject) -> list[Pod]:
    """Return the Pods of a workload or a Service, the ready ones first."""
    with session.asking():
        pods = [pod for pod in session.api.list("pods", obj.namespace) if isinstance(pod, Pod)]
    if isinstance(obj, Service):
        mine = [pod for pod in pods if obj.selector and obj.selector.items() <= pod.labels.items()]
    else:
        owners = {obj.uid}
        for item in session.simulation.api.list("replicasets", obj.namespace):
            if mapping(item.owner).get("uid") == obj.uid:
                owners.add(item.uid)
        mine = [pod for pod in pods if mapping(pod.owner).get("uid") in owners]
    return sorted(mine, key=lambda pod: not pod.ready)


def _container(session: Session, parsed: Parsed, pod: Pod) -> str:
    names = [item.name for item in pod.containers]
    name = parsed.text("container")
    if name:
        others = *pod.init_containers, *pod.ephemeral_containers
        if name not in [*names, *(item.name for item in others)]:
            raise Stopped(
                f"Error from server (BadRequest): container {name} is not valid for pod {pod.name}", head=""
            )
        return name
    every = [
        *names,
        *(f"{item.name} (init)" for item in pod.init_containers),
        *(f"{item.name} (ephem)" for item in pod.ephemeral_containers),
    ]
    if len(every) > 1 and not parsed["quiet"]:
        session.err(f"Defaulted container {quoted(names[0])} out of: {', '.join(every)}\n")
    return names[0] if names else ""


def _runs(pod: Pod, container: str) -> bool:
    return "running" in mapping(pod.status_of(container).get("state"))


VERB = Verb(
    exec_,
    _("Run a simulated program in a Pod, such as curl, env or cat."),
    _FLAGS,
    "kubectl exec web -- curl http://db:5432",
    takes="pods",
)
