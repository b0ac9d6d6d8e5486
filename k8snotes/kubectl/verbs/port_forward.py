"""`kubectl port-forward svc/web 8080:80`: says where a connection to the local port would go; nothing listens there."""

from __future__ import annotations

import ipaddress
import re
from typing import NamedTuple

from k8snotes.api.base import KubeObject
from k8snotes.api.go_text import quoted
from k8snotes.api.kinds.pod import Pod
from k8snotes.api.kinds.service import Service
from k8snotes.catalogue import _, ngettext
from k8snotes.errors import ApiError
from k8snotes.kubectl.failure import Stopped
from k8snotes.kubectl.flags import Parsed, flag
from k8snotes.kubectl.pods_of import pods_selected
from k8snotes.kubectl.resources import lookup
from k8snotes.kubectl.session import Session
from k8snotes.kubectl.verb import Verb

_FLAGS = (flag("address", "list"), flag("pod-running-timeout", "duration", 60.0))
_LOCALHOST = "127.0.0.1"
_FIRST_FREE = 40001  # the first local port that is taken where none is named


class _Forward(NamedTuple):
    """A port of the reader's machine, and the port of the Pod that it leads to."""

    local: int
    remote: int


def port_forward(session: Session, parsed: Parsed) -> None:
    """Say where a connection to a port of your own machine would go: `kubectl port-forward svc/web 8080:80`.

    kubectl chooses one Pod, also for a Service or a Deployment, and sends all connections to it, through the API server
    and the kubelet. Here nothing listens on your machine, so it only prints what would happen.

    Source of the rule: https://kubernetes.io/docs/reference/kubectl/generated/kubectl_port-forward/
    """
    usage = f"See 'kubectl {session.verb} -h' for help and examples"
    if len(parsed.words) < 2:
        raise Stopped(f"TYPE/NAME and list of ports are required for port-forward\n{usage}")
    if parsed["pod-running-timeout"] <= 0:
        raise Stopped(f"--pod-running-timeout must be higher than zero\n{usage}")
    word, *ports = parsed.words
    kind, name = lookup(session, [word if "/" in word else f"pods/{word}"]).named[0]
    with session.asking():
        obj = session.api.get(kind, session.namespace(parsed), name)
    pods = [obj] if isinstance(obj, Pod) else pods_selected(session, obj, "attach to")
    if not pods:
        raise Stopped("timed out waiting for the condition")
    pod = pods[0]
    meant = [_meant(obj, pod, port) for port in ports]
    if pod.phase != "Running":
        raise Stopped(
            f"unable to forward port because pod is not running. Current status={pod.phase or 'Pending'}"
        )
    forwards = [_forward(port, number) for number, port in enumerate(meant)]
    addresses = _addresses(parsed)
    try:
        session.api.permit("create", pod.resource, pod.namespace, pod.name, "portforward")
    except ApiError as error:
        refused = f"unable to upgrade connection: {error.message}"
        raise Stopped(f"error upgrading connection: {refused}") from None
    for item in forwards:
        for address in addresses:
            session.out(f"Forwarding from {address}:{item.local} -> {item.remote}\n")
    _explain(session, obj, pods, forwards)


def _addresses(parsed: Parsed) -> list[str]:
    """Return the addresses on which kubectl would listen, as it prints them."""
    found = []
    for given in parsed["address"] or ["localhost"]:
        if given == "localhost":
            found += [_LOCALHOST, "[::1]"]
            continue
        try:
            address = ipaddress.ip_address(given)
        except ValueError:
            raise Stopped(f"{given} is not a valid IP") from None
        found.append(f"[{address}]" if address.version == 6 else str(address))
    return list(dict.fromkeys(found))


# ---- ports


def _meant(obj: KubeObject, pod: Pod, given: str) -> str:
    """Return a port as it is then forwarded: LOCAL:REMOTE, in numbers of the Pod.

    Source of the rule: `translateServicePortToTargetPort` and `convertPodNamedPortToNumber` of
    k8s.io/kubectl/pkg/cmd/portforward
    """
    parts = given.split(":")
    local, remote = (parts[0], parts[1]) if len(parts) == 2 else (parts[0], parts[0])
    if isinstance(obj, Service):
        number = int(remote) if _is_number(remote) else _service_port(obj, remote)
        _check_protocol({(port.port, port.protocol) for port in obj.ports}, number, remote)
        if local == remote:
            local = str(number)
        return f"{local}:{_target(obj, pod, number)}"
    if not remote:
        raise Stopped("remote port cannot be empty")
    number = int(remote) if _is_number(remote) else _container_port(pod, remote)
    declared = {(port.port, port.protocol) for item in pod.containers for port in item.ports}
    _check_protocol(declared, number, remote)
    if len(parts) > 2:
        return given
    return f"{number if local == remote else local}:{number}"


def _is_number(text: str) -> bool:
    return re.fullmatch(r"[+-]?\d{1,18}", text, re.ASCII) is not None


def _check_protocol(declared: set[tuple[int, str]], number: int, shown: str) -> None:
    if (number, "UDP") in declared and (number, "TCP") not in declared:
        raise Stopped(f"UDP protocol is not supported for {shown}")


def _service_port(service: Service, name: str) -> int:
    for port in service.ports:
        if port.name == name:
            return port.port
    raise Stopped(f"Service '{service.name}' does not have a named port '{name}'")


def _container_port(pod: Pod, name: str) -> int:
    for container in pod.containers:
        for port in container.ports:
            if port.name == name:
                return port.port
    raise Stopped(f"Pod '{pod.name}' does not have a named port '{name}'")


def _target(service: Service, pod: Pod, number: int) -> int:
    for port in service.ports:
        if port.port != number:
            continue
        if service.cluster_ip == "None":
            return number
        target = port.target_port
        return target if isinstance(target, int) else _container_port(pod, target)
    raise Stopped(f"Service {service.name} does not have a service port {number}")


def _forward(given: str, number: int) -> _Forward:
    """Return the two numbers of a port. Source of the rule: `parsePorts` of k8s.io/client-go/tools/portforward."""
    parts = given.split(":")
    if len(parts) > 2:
        raise Stopped(f"invalid port format '{given}'")
    local = _number(parts[0] or "0", "local")
    remote = _number(parts[-1], "remote")
    if remote == 0:
        raise Stopped("remote port must be > 0")
    return _Forward(local or _FIRST_FREE + number, remote)


def _number(text: str, which: str) -> int:
    why = ""
    if not re.fullmatch(r"\d+", text, re.ASCII):
        why = "invalid syntax"
    elif len(text) > 9 or int(text) > 65535:
        why = "value out of range"
    if why:
        parsing = f"strconv.ParseUint: parsing {quoted(text)}: {why}"
        raise Stopped(f"error parsing {which} port '{text}': {parsing}")
    return int(text)


# ---- what it means


def _explain(session: Session, obj: KubeObject, pods: list[Pod], forwards: list[_Forward]) -> None:
    """Say beside kubectl's words where the connections go, and what they do not pass."""
    pod = pods[0]
    session.remark(
        _(
            "Nothing listens on your machine. kubectl would send each connection through the API server and the kubelet of "
            "{node} into {pod}, to localhost there.",
            node=f"node/{pod.node_name}",
            pod=f"pod/{pod.name}",
        )
    )
    if isinstance(obj, Service):
        session.remark(
            _(
                "The connections do not go through the Service: kubectl only reads which Pods {service} selects, takes one, "
                "and replaces the port by its targetPort. There is no cluster IP, no kube-proxy and no load balancing.",
                service=f"svc/{obj.name}",
            )
        )
    if len(pods) > 1:
        others = len(pods) - 1
        session.remark(
            ngettext(
                "{n} other Pod gets none of these connections.",
                "{n} other Pods get none of these connections.",
                others,
            )
        )
    for item in forwards:
        _heard(session, pod, item.remote)


def _heard(session: Session, pod: Pod, port: int) -> None:
    listener = session.simulation.programs.at(pod, port, "TCP", {}, address=_LOCALHOST)
    if listener.listens:
        session.remark(
            _(
                "Container {container} of {pod} would answer on port {port} ({why}).",
                container=listener.container,
                pod=f"pod/{pod.name}",
                port=port,
                why=listener.why,
            )
        )
    else:
        session.remark(
            _(
                "No program in {pod} listens on port {port}, so each connection would be refused.",
                pod=f"pod/{pod.name}",
                port=port,
            )
        )


VERB = Verb(
    port_forward,
    _("Say where a connection to a local port would go in a Pod."),
    _FLAGS,
    "kubectl port-forward svc/web 8080:80",
    takes="pods",
)
