"""`kubectl exec POD -- curl ...`: nothing runs in a container here, but what the network does is known."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from urllib.parse import urlsplit

from k8snotes.api.base import KubeObject, mapping, mappings, text
from k8snotes.api.go_text import quoted
from k8snotes.api.kinds.pod import Pod
from k8snotes.api.kinds.service import Service
from k8snotes.errors import NotFoundError, RefError
from k8snotes.kubectl.asked import lookup
from k8snotes.kubectl.files import FILES
from k8snotes.kubectl.flags import Parsed, flag
from k8snotes.kubectl.session import Session
from k8snotes.kubectl.trouble import Stopped, Undone, error_text
from k8snotes.network.targets import Target, target_of
from k8snotes.network.trace import Trace

__all__ = ["FLAGS", "exec_"]

FLAGS = (
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
    """Ask from within a Pod: curl, wget, nc, ping, nslookup, dig, getent, and a few words more.

    The network answers: the trace says how a connection ends, the resolver what a name leads to.
    """
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
    resource, name = lookup(session, [word if "/" in word else f"pod/{word}"]).named[0]
    with session.asking():
        obj = session.api.get(resource, session.namespace(parsed), name)
    if isinstance(obj, Pod):
        return obj
    pods = _behind(session, obj)
    if not pods:
        kind = f"{obj.resource.qualified}/{obj.name}"
        raise Stopped(error_text(f"cannot attach to *v1.{obj.kind}: no Pods stand behind {kind}"))
    return pods[0]


def _behind(session: Session, obj: KubeObject) -> list[Pod]:
    """Return the Pods of a workload or a Service, the ready ones first."""
    pods = [pod for pod in session.api.list("pods", obj.namespace) if isinstance(pod, Pod)]
    if isinstance(obj, Service):
        mine = [pod for pod in pods if obj.selector and obj.selector.items() <= pod.labels.items()]
    else:
        owners = {obj.uid}
        for item in session.api.list("replicasets", obj.namespace):
            if mapping(item.owner).get("uid") == obj.uid:
                owners.add(item.uid)
        mine = [pod for pod in pods if mapping(pod.owner).get("uid") in owners]
    return sorted(mine, key=lambda pod: not pod.ready)


def _container(session: Session, parsed: Parsed, pod: Pod) -> str:
    names = [item.name for item in pod.containers]
    name = parsed.text("container")
    if name:
        if name not in [*names, *(item.name for item in pod.init_containers)]:
            raise Stopped(
                f"Error from server (BadRequest): container {name} is not valid for pod {pod.name}\n"
            )
        return name
    if len(names) > 1 and not parsed["quiet"]:
        session.err(f"Defaulted container {quoted(names[0])} out of: {', '.join(names)}\n")
    return names[0] if names else ""


def _runs(pod: Pod, container: str) -> bool:
    statuses = [
        *mappings(pod.status.get("containerStatuses")),
        *mappings(pod.status.get("initContainerStatuses")),
    ]
    return any(item.get("name") == container and "running" in mapping(item.get("state")) for item in statuses)


class _Shell:
    """Where a program runs: in which container of which Pod, and what the network answers it there."""

    def __init__(self, session: Session, pod: Pod, container: str) -> None:
        self.pod, self.container = pod, container
        self.out, self.err = session.out, session.err
        self._network = session.simulation.network
        self._sender = self._network.sender(pod)
        self.resolver = self._network.resolver(self._sender)

    def connect(self, host: str, port: int, protocol: str = "TCP") -> Trace:
        """Call a port of a host."""
        return self._send(target_of(f"{host}:{port}", protocol))

    def ping(self, host: str) -> Trace:
        """Send a ping to a host."""
        return self._send(target_of(host, ping=True))

    def _send(self, target: Target) -> Trace:
        try:
            return self._network.trace(target, self._sender)
        except (
            NotFoundError
        ):  # programs make no difference between a name that is not known and one without address
            return Trace(
                target=str(target),
                protocol=target.protocol,
                source=self._sender.ref,
                outcome="unresolved",
                hops=(),
                reason="",
            )

    def why(self, trace: Trace) -> None:
        """Add the reason, which the real programs do not know."""
        if trace.reason:
            self.err(f"k8snotes: {trace.reason}\n")


_ANSWERED = ("connected", "reply", "leaves")
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
    targets, skip = [], False
    for word in words:
        if skip:
            skip = False
        elif word.startswith("-"):
            skip = word in _WITH_VALUE
        else:
            targets.append(word)
    return targets


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
        trace = shell.connect(host, port)
        if trace.outcome == "unresolved":
            shell.err(f"curl: (6) Could not resolve host: {host}\n")
            shell.why(trace)
            return 6
        if trace.outcome in _ANSWERED:
            shell.out(_answer(trace, host))
            continue
        number, after = (28, 130000) if trace.outcome == "timeout" else (7, 0)
        place = f"{host} port {port} after {after} ms"
        shell.err(f"curl: ({number}) Failed to connect to {place}: Could not connect to server\n")
        shell.why(trace)
        return number
    return 0


def _wget(shell: _Shell, words: list[str]) -> int:
    targets = _targets(words)
    if not targets:
        shell.err("wget: missing URL\n")
        return 1
    for target in targets:
        host, port = _host_and_port(target)
        if not host:
            shell.err("wget: bad address ''\n")
            return 1
        trace = shell.connect(host, port)
        if trace.outcome == "unresolved":
            shell.err(f"wget: bad address '{host}'\n")
            shell.why(trace)
            return 1
        if trace.outcome not in _ANSWERED:
            why = "Connection refused" if trace.outcome == "refused" else "Operation timed out"
            shell.err(f"wget: can't connect to remote host ({trace.called}): {why}\n")
            shell.why(trace)
            return 1
        shell.out(_answer(trace, host))
    return 0


def _nc(shell: _Shell, words: list[str]) -> int:
    targets = [word for word in words if not word.startswith("-")]
    if len(targets) != 2 or not targets[1].isdecimal():
        shell.err("usage: nc -zv HOST PORT\n")
        return 1
    host, port = targets[0], int(targets[1])
    udp = any("u" in word for word in words if word.startswith("-") and not word.startswith("--"))
    trace = shell.connect(host, port, "UDP" if udp else "TCP")
    if trace.outcome == "unresolved":
        shell.err(f"nc: bad address '{host}'\n")
        shell.why(trace)
        return 1
    if trace.outcome == "leaves":
        shell.out(_answer(trace, host))
        return 0
    place = f"{host} ({trace.called}:{port})"
    if trace.outcome in _ANSWERED:
        shell.out(f"{place} open\n{_answer(trace, host)}")
        return 0
    why = "Connection refused" if trace.outcome == "refused" else "Operation timed out"
    shell.err(f"nc: {place}: {why}\n")
    shell.why(trace)
    return 1


def _answer(trace: Trace, host: str) -> str:
    """Say who has answered: the server's own words are not known, as nothing runs."""
    server = trace.server
    if trace.outcome == "leaves" and not trace.called:
        return _BEYOND.format(name=host)
    if trace.outcome == "leaves":
        return "k8snotes: the request leaves the cluster; what is out there is not known.\n"
    return f"k8snotes: answered by {f'{server.ref} ({trace.server_ip})' if server else trace.server_ip}\n"


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
    trace = shell.ping(host)
    if trace.outcome == "unresolved":
        shell.err(f"ping: bad address '{host}'\n")
        shell.why(trace)
        return 1
    if trace.called:
        shell.out(f"PING {host} ({trace.called}): 56 data bytes\n")
    if trace.outcome == "leaves":
        shell.out(_answer(trace, host))
        return 0
    count = next((int(b) for a, b in pairwise(words) if a == "-c" and b.isdecimal()), 1)
    count = max(1, min(count, 10))
    answers = count if trace.answered else 0
    shell.out("".join(f"64 bytes from {trace.called}: seq={number}\n" for number in range(answers)))
    shell.out(f"\n--- {host} ping statistics ---\n")
    lost = 0 if answers else 100
    shell.out(f"{count} packets transmitted, {answers} packets received, {lost}% packet loss\n")
    if answers:
        return 0
    shell.why(trace)
    return 1


def _nslookup(shell: _Shell, words: list[str]) -> int:
    """Ask DNS for a name; `/etc/hosts` plays no part."""
    targets = [word for word in words if not word.startswith("-")]
    kind = next(
        (word.partition("=")[2].upper() for word in words if word.startswith(("-type=", "-query="))), "A"
    )
    if not targets:
        shell.err("nslookup: a name is missing\n")
        return 1
    name = targets[0]
    try:
        answer = shell.resolver.ask(name, kind)
    except RefError as error:
        shell.err(f"nslookup: {error}\n")
        return 1
    server = shell.resolver.server
    shell.out(
        f"Server:\t\t{server}\nAddress:\t{server}:53\n\n" if server else f"Server:\t\t{_NODES_SERVER}\n\n"
    )
    for record in answer.records:
        if record.type in ("A", "AAAA"):
            shell.out(f"Name:\t{record.name}\nAddress: {record.value}\n")
        else:
            between = {"CNAME": "canonical name", "SRV": "service"}[record.type]
            shell.out(f"{record.name}\t{between} = {record.value}\n")
    if answer.records:
        shell.out("\n")
        return 0
    lookup = shell.resolver.query(name)
    if lookup.outcome == "beyond":
        shell.out(
            f"{lookup.beyond} is none of the cluster's names: the DNS server beyond it is asked, and here is none.\n"
        )
    elif answer.status == "NOERROR":
        shell.out(f"*** Can't find {name}: No answer\n\n")
    else:
        shell.out(f"** server can't find {answer.tried[-1] if answer.tried else name}: NXDOMAIN\n\n")
    return 1


_TYPES = ("A", "AAAA", "CNAME", "SRV")
_NODES_SERVER = "(that of the Node, which is not known here)"


def _dig(shell: _Shell, words: list[str]) -> int:
    """Ask DNS for a whole name; the search path is used with +search alone."""
    names = [word for word in words if not word.startswith(("-", "+", "@")) and word.upper() not in _TYPES]
    kind = next((word.upper() for word in words if word.upper() in _TYPES), "A")
    if not names:
        shell.err("dig: a name is missing\n")
        return 1
    name = names[0] if "+search" in words else f"{names[0].removesuffix('.')}."
    answer = shell.resolver.ask(name, kind)
    if "+short" in words:
        shell.out(
            "".join(f"{record.value}{'' if record.type == 'A' else '.'}\n" for record in answer.records)
        )
        return 0
    whole = answer.tried[-1] if answer.tried else name
    status = "SERVFAIL" if answer.status == "FORWARDED" else answer.status
    shell.out(f";; ->>HEADER<<- opcode: QUERY, status: {status}\n")
    shell.out(f";; QUESTION SECTION:\n;{whole}.\t\tIN\t{kind}\n\n")
    if answer.records:
        shell.out(";; ANSWER SECTION:\n" + "".join(f"{record}\n" for record in answer.records) + "\n")
    if answer.status == "FORWARDED":
        shell.out(_BEYOND.format(name=whole))
    server = shell.resolver.server
    shell.out(f";; SERVER: {f'{server}#53({server})' if server else _NODES_SERVER}\n")
    return 0


def _getent(shell: _Shell, words: list[str]) -> int:
    """Look a name up as programs do: in `/etc/hosts`, then by DNS."""
    if len(words) != 2 or words[0] not in ("hosts", "ahosts", "ahostsv4"):
        shell.err("usage: getent hosts NAME\n")
        return 1
    lookup = shell.resolver.look_up(words[1])
    if lookup.outcome == "beyond":
        shell.out(_BEYOND.format(name=words[1]))
        return 0
    names = lookup.answer.records[-1].name if lookup.answer and lookup.answer.records else words[1]
    if lookup.answer is None:
        names = " ".join(shell.resolver.hosts.names(words[1])) or words[1]
    shell.out("".join(f"{address:<15} {names}\n" for address in lookup.addresses))
    return 0 if lookup.addresses else 2


def _cat(shell: _Shell, words: list[str]) -> int:
    files = {
        "/etc/resolv.conf": str(shell.resolver.config),
        "/etc/hostname": f"{shell.resolver.hostname}\n",
        "/etc/hosts": str(shell.resolver.hosts),
    }
    for word in words:
        if word not in files:
            shell.err(
                f"cat: can't open '{word}': no container runs here; known are {', '.join(sorted(files))}\n"
            )
            return 1
        shell.out(files[word])
    return 0


def _hostname(shell: _Shell, words: list[str]) -> int:
    name = shell.resolver.hostname
    names = shell.resolver.hosts.names(name) or (name,)
    shown = shell.pod.ip if "-i" in words else names[0] if "-f" in words else name
    shell.out(f"{shown}\n")
    return 0


def _env(shell: _Shell, _: list[str]) -> int:
    shell.out(f"HOSTNAME={shell.resolver.hostname}\n")
    for item in shell.pod.containers:
        if item.name == shell.container:
            for variable in mappings(item.raw.get("env")):
                value = text(variable.get("value")) if "valueFrom" not in variable else "<from elsewhere>"
                shell.out(f"{text(variable.get('name'))}={value}\n")
    return 0


_PROGRAMS: dict[str, Program] = {
    "cat": _cat,
    "curl": _curl,
    "dig": _dig,
    "env": _env,
    "getent": _getent,
    "hostname": _hostname,
    "nc": _nc,
    "nslookup": _nslookup,
    "ping": _ping,
    "printenv": _env,
    "wget": _wget,
}
