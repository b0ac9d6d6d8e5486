"""`kubectl exec POD -- curl ...`: nothing runs in a container here, but what the network does is known."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from k8snotes.api.base import KubeObject, mappings, text
from k8snotes.api.go_text import quoted
from k8snotes.api.kinds.endpointslice import EndpointSlice
from k8snotes.api.kinds.pod import Pod
from k8snotes.api.kinds.service import Service
from k8snotes.errors import K8sNotesError
from k8snotes.kubectl.asked import lookup
from k8snotes.kubectl.files import FILES
from k8snotes.kubectl.flags import Parsed, flag
from k8snotes.kubectl.session import Session
from k8snotes.kubectl.trouble import Stopped, Undone, error_text
from k8snotes.network.dns import Answer, Zone, resolve, search_path

if TYPE_CHECKING:
    from k8snotes.cluster import Cluster
    from k8snotes.figures.trace import TraceFigure

__all__ = ["FLAGS", "exec_"]

FLAGS = (
    *FILES,
    flag("container/c"),
    flag("stdin/i", "bool"),
    flag("tty/t", "bool"),
    flag("quiet/q", "bool"),
    flag("pod-running-timeout", "duration", 60.0),
)
DNS = "10.96.0.10"  # where cluster DNS is reached in clusters that kubeadm makes
_OLD_WAY = (
    "exec [POD] [COMMAND] is not supported anymore. Use exec [POD] -- [COMMAND] instead\n"
    "See 'kubectl exec -h' for help and examples"
)
_IP = re.compile(r"\d+\.\d+\.\d+\.\d+\Z")


def exec_(session: Session, parsed: Parsed) -> None:
    """Ask from within a Pod: curl, wget, ping, nslookup, and a few words more."""
    before = parsed.words if parsed.dashed is None else parsed.words[: parsed.dashed]
    command = [] if parsed.dashed is None else parsed.words[parsed.dashed :]
    if parsed.dashed is None and len(parsed.words) > 1:
        raise Stopped(error_text(_OLD_WAY))
    if not before:
        raise Stopped(error_text("pod, type/name or --filename must be specified"))
    if not command:
        raise Stopped(error_text("you must specify at least one command for the container"))
    pod = _pod(session, parsed, before[0])
    name = _container(session, parsed, pod)
    if pod.phase in ("Succeeded", "Failed"):
        message = f"cannot exec into a container in a completed pod; current phase is {pod.phase}"
        raise Stopped(error_text(message))
    if not pod.node_name:
        raise Stopped(f"Error from server (BadRequest): pod {pod.name} does not have a host assigned\n")
    if not _runs(pod, name):
        raise Stopped(error_text(f'unable to upgrade connection: container not found ("{name}")'))
    program, *words = command
    run = _PROGRAMS.get(program.rpartition("/")[2])
    if run is None:
        known = ", ".join(sorted(_PROGRAMS))
        raise Undone(
            f"exec POD -- {program}", f"No container runs here; what the network answers is known: {known}."
        )
    code = run(_Shell(session, pod, name), words)
    if code:
        raise Stopped(f"command terminated with exit code {code}\n", code)


def _pod(session: Session, parsed: Parsed, word: str) -> Pod:
    asked = lookup(session, [word if "/" in word else f"pod/{word}"])
    resource, name = asked.named[0]
    with session.asking():
        found = session.api.get(resource, session.namespace(parsed), name)
    if isinstance(found, Pod):
        return found
    pods = _behind(session, found)
    if not pods:
        kind = f"{found.resource.qualified}/{found.name}"
        raise Stopped(error_text(f"cannot attach to *v1.{found.kind}: no Pods stand behind {kind}"))
    return pods[0]


def _behind(session: Session, found: KubeObject) -> list[Pod]:
    """Return the Pods of a workload or a Service, the ready ones first."""
    pods = [pod for pod in session.api.list("pods", found.namespace) if isinstance(pod, Pod)]
    if isinstance(found, Service):
        mine = [pod for pod in pods if found.selector and found.selector.items() <= pod.labels.items()]
    else:
        owners = {found.uid}
        for item in session.api.list("replicasets", found.namespace):
            if (item.owner or {}).get("uid") == found.uid:
                owners.add(item.uid)
        mine = [pod for pod in pods if (pod.owner or {}).get("uid") in owners]
    return sorted(mine, key=lambda pod: not pod.ready)


def _container(session: Session, parsed: Parsed, pod: Pod) -> str:
    names = [item.name for item in pod.containers]
    asked = parsed.text("container")
    if asked:
        if asked not in [*names, *(item.name for item in pod.init_containers)]:
            raise Stopped(
                f"Error from server (BadRequest): container {asked} is not valid for pod {pod.name}\n"
            )
        return asked
    if len(names) > 1 and not parsed["quiet"]:
        session.err(f"Defaulted container {quoted(names[0])} out of: {', '.join(names)}\n")
    return names[0] if names else ""


def _runs(pod: Pod, container: str) -> bool:
    statuses = [
        *mappings(pod.status.get("containerStatuses")),
        *mappings(pod.status.get("initContainerStatuses")),
    ]
    return any(item.get("name") == container and "running" in (item.get("state") or {}) for item in statuses)


class _Shell:
    """Where a program runs: which Pod, and what it can know of the network."""

    def __init__(self, session: Session, pod: Pod, container: str) -> None:
        self.session, self.pod, self.container = session, pod, container
        self.out, self.err = session.out, session.err
        head = "" if pod.namespace == "default" else f"{pod.namespace}/"
        self.source = f"{head}pod/{pod.name}"

    def names(self, name: str, kind: str = "A") -> Answer:
        """Ask cluster DNS for a name, as the Pod's resolver would."""
        api = self.session.api
        services = tuple(item for item in api.list("services") if isinstance(item, Service))
        slices = tuple(item for item in api.list("endpointslices") if isinstance(item, EndpointSlice))
        homes = frozenset(item.name for item in api.list("namespaces"))
        return resolve(Zone(services, slices, homes), name, self.pod.namespace, kind)

    def leads_out(self, name: str) -> bool:
        """Whether a name is for the DNS beyond the cluster's, by itself or as an alias (ExternalName)."""
        if _IP.match(name) or name in ("localhost", self.pod.name):
            return False
        found = self.names(name)
        return not found.addresses and (found.status == "FORWARDED" or bool(found.alias))

    def address(self, name: str) -> str:
        """Return the address of a name or of itself, "" where there is none."""
        if _IP.match(name):
            return name
        if name in ("localhost", self.pod.name):
            return "127.0.0.1" if name == "localhost" else self.pod.ip
        found = self.names(name).addresses
        return found[0] if found else ""


_ANSWERED = ("connected", "leaves")
_BEYOND = "k8snotes: {name} is no name of the cluster's own: it leads out of it, and what is out there is not known.\n"
Program = Callable[[_Shell, list[str]], int]
_WITH_VALUE = (
    "-m",
    "--max-time",
    "--connect-timeout",
    "-o",
    "-T",
    "-O",
    "-H",
    "-X",
    "-d",
    "-c",
    "-w",
    "-W",
    "-i",
)


def _targets(words: list[str]) -> list[str]:
    """Return the words that are neither flags nor their values."""
    found, skip = [], False
    for word in words:
        if skip:
            skip = False
        elif word.startswith("-"):
            skip = word in _WITH_VALUE
        else:
            found.append(word)
    return found


def _curl(shell: _Shell, words: list[str]) -> int:
    targets = _targets(words)
    if not targets:
        shell.err("curl: (2) no URL specified\ncurl: try 'curl --help' for more information\n")
        return 2
    for target in targets:
        host, port = _host_and_port(target)
        if not host:
            shell.err("curl: (3) URL rejected: No host part in the URL\n")
            return 3
        if shell.leads_out(host):
            shell.out(_BEYOND.format(name=host))
            continue
        if not shell.address(host):
            shell.err(f"curl: (6) Could not resolve host: {host}\n")
            return 6
        trace = _asked(shell, target, host, port)
        if trace.outcome in _ANSWERED:
            shell.out(_answer(trace))
            continue
        number, after = (28, 130000) if trace.outcome == "timeout" else (7, 0)
        place = f"{host} port {port} after {after} ms"
        shell.err(f"curl: ({number}) Failed to connect to {place}: Could not connect to server\n")
        _why(shell, trace)
        return number
    return 0


def _wget(shell: _Shell, words: list[str]) -> int:
    targets = _targets(words)
    if not targets:
        shell.err("wget: missing URL\n")
        return 1
    for target in targets:
        host, port = _host_and_port(target)
        if host and shell.leads_out(host):
            shell.out(_BEYOND.format(name=host))
            continue
        if not host or not shell.address(host):
            shell.err(f"wget: bad address '{host}'\n")
            return 1
        trace = _asked(shell, target, host, port)
        if trace.outcome not in _ANSWERED:
            why = "Connection refused" if trace.outcome == "refused" else "Operation timed out"
            shell.err(f"wget: can't connect to remote host ({shell.address(host)}): {why}\n")
            _why(shell, trace)
            return 1
        shell.out(_answer(trace))
    return 0


def _nc(shell: _Shell, words: list[str]) -> int:
    targets = [word for word in words if not word.startswith("-")]
    if len(targets) != 2 or not targets[1].isdecimal():
        shell.err("usage: nc -zv HOST PORT\n")
        return 1
    host, port = targets[0], int(targets[1])
    if not shell.address(host):
        shell.err(f"nc: bad address '{host}'\n")
        return 1
    trace = _asked(shell, f"{host}:{port}", host, port)
    place = f"{host} ({shell.address(host)}:{port})"
    if trace.outcome in _ANSWERED:
        shell.out(f"{place} open\n{_answer(trace)}")
        return 0
    shell.err(
        f"nc: {place}: {'Connection refused' if trace.outcome == 'refused' else 'Operation timed out'}\n"
    )
    _why(shell, trace)
    return 1


def _asked(shell: _Shell, target: str, host: str, port: int) -> TraceFigure:
    """Follow the connection that a program asks for."""
    scheme = f"{urlsplit(target).scheme}://" if "://" in target else "http://"
    return _network(shell).trace(f"{scheme}{host}:{port}", source=shell.source)


def _answer(trace: TraceFigure) -> str:
    """Say who has answered: the server's own words are not known, as nothing runs."""
    server = trace.server
    if trace.outcome == "leaves":
        return "k8snotes: the request leaves the cluster; what is out there is not known.\n"
    return f"k8snotes: answered by {f'{server.ref} ({trace.server_ip})' if server else trace.server_ip}\n"


def _why(shell: _Shell, trace: TraceFigure) -> None:
    """Add the reason, which the real programs do not know."""
    if trace.reason:
        shell.err(f"k8snotes: {trace.reason}\n")


def _host_and_port(target: str) -> tuple[str, int]:
    url = target if "://" in target else f"http://{target}"
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return "", 0
    return host, port or (443 if parts.scheme == "https" else 80)


def _ping(shell: _Shell, words: list[str]) -> int:
    targets = _targets(words)
    if not targets:
        shell.err("ping: usage error: Destination address required\n")
        return 1
    host = targets[0]
    ip = shell.address(host)
    if not ip:
        shell.err(f"ping: bad address '{host}'\n")
        return 1
    count = next((int(b) for a, b in pairwise(words) if a == "-c" and b.isdecimal()), 1)
    count = max(1, min(count, 10))
    trace = _network(shell).ping(ip, source=shell.source)
    shell.out(f"PING {host} ({ip}): 56 data bytes\n")
    answers = trace.outcome == "reply"
    if answers:
        shell.out("".join(f"64 bytes from {ip}: seq={number}\n" for number in range(count)))
    shell.out(f"\n--- {host} ping statistics ---\n")
    lost = 0 if answers else 100
    shell.out(
        f"{count} packets transmitted, {count if answers else 0} packets received, {lost}% packet loss\n"
    )
    if answers:
        return 0
    _why(shell, trace)
    return 1


def _nslookup(shell: _Shell, words: list[str]) -> int:
    targets = [word for word in words if not word.startswith("-")]
    kind = next(
        (word.partition("=")[2].upper() for word in words if word.startswith(("-type=", "-query="))), "A"
    )
    if not targets:
        shell.err("nslookup: a name is missing\n")
        return 1
    name = targets[0]
    try:
        answer = shell.names(name, kind)
    except K8sNotesError as error:
        shell.err(f"nslookup: {error}\n")
        return 1
    shell.out(f"Server:\t\t{DNS}\nAddress:\t{DNS}:53\n\n")
    if answer.records:
        for record in answer.records:
            if record.type in ("A", "AAAA"):
                shell.out(f"Name:\t{record.name}\nAddress: {record.value}\n")
            else:
                between = {"CNAME": "canonical name", "SRV": "service"}[record.type]
                shell.out(f"{record.name}\t{between} = {record.value}\n")
        shell.out("\n")
        return 0
    asked = answer.tried[-1] if answer.tried else name
    if answer.status == "FORWARDED":
        shell.out(
            f"{asked} is none of the cluster's names: the DNS server beyond it is asked, and here is none.\n"
        )
    elif answer.status == "NOERROR":
        shell.out(f"*** Can't find {name}: No answer\n\n")
    else:
        shell.out(f"** server can't find {asked}: NXDOMAIN\n\n")
    return 1


def _cat(shell: _Shell, words: list[str]) -> int:
    known = {
        "/etc/resolv.conf": f"search {' '.join(search_path(shell.pod.namespace))}\nnameserver {DNS}\noptions ndots:5\n",
        "/etc/hostname": f"{shell.pod.name}\n",
        "/etc/hosts": f"# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n{shell.pod.ip}\t{shell.pod.name}\n",
    }
    for word in words:
        if word not in known:
            shell.err(
                f"cat: can't open '{word}': no container runs here; known are {', '.join(sorted(known))}\n"
            )
            return 1
        shell.out(known[word])
    return 0


def _hostname(shell: _Shell, words: list[str]) -> int:
    shell.out(
        f"{shell.pod.ip if '-i' in words else text(shell.pod.spec.get('hostname')) or shell.pod.name}\n"
    )
    return 0


def _env(shell: _Shell, _: list[str]) -> int:
    shell.out(f"HOSTNAME={shell.pod.name}\n")
    for item in shell.pod.containers:
        if item.name == shell.container:
            for variable in mappings(item.raw.get("env")):
                value = text(variable.get("value")) if "valueFrom" not in variable else "<from elsewhere>"
                shell.out(f"{text(variable.get('name'))}={value}\n")
    return 0


_PROGRAMS: dict[str, Program] = {
    "cat": _cat,
    "curl": _curl,
    "env": _env,
    "hostname": _hostname,
    "nc": _nc,
    "nslookup": _nslookup,
    "ping": _ping,
    "printenv": _env,
    "wget": _wget,
}


def _network(shell: _Shell) -> Cluster:
    from k8snotes.cluster import Cluster  # noqa: PLC0415  # the trace is still asked of the face

    return Cluster._of(shell.session.simulation)  # noqa: SLF001
