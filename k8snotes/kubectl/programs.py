"""The simulated programs of a container: curl, ping, nslookup, ...; the simulated network answers them.

The trace says how a connection ends, and the resolver says what a name resolves to. Messages and exit codes are those
of the programs in an image of busybox, curl or dig. What these programs cannot know is added in a line that begins with
"k8snotes:".
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from urllib.parse import urlsplit

from k8snotes.api.base import mappings, text
from k8snotes.api.kinds.pod import Pod
from k8snotes.catalogue import _
from k8snotes.errors import NotFoundError, RefError
from k8snotes.kubectl.session import Session
from k8snotes.limits import policies
from k8snotes.network.service_links import service_links
from k8snotes.network.targets import Target, target_of
from k8snotes.network.trace import Trace

__all__ = ["PROGRAMS", "Shell"]


class Shell:
    """The container of a Pod in which a program runs; its requests come from this Pod.

    Args:
        session: the command at work; the program prints to its streams.
        pod: the Pod.
        container: the name of the container.
    """

    def __init__(self, session: Session, pod: Pod, container: str) -> None:
        self.pod, self.container = pod, container
        self.out, self.err = session.out, session.err
        self._network = session.simulation.network
        self._sender = self._network.sender(pod)
        self.resolver = self._network.resolver(self._sender)
        self.api = session.api
        self._guarded: dict[str, None] = {}

    def connect(self, host: str, port: int, protocol: str = "TCP") -> Trace:
        """Call a port of a host.

        Args:
            host: a name or an address.
            port: the number of the port.
            protocol: "TCP" or "UDP".

        Returns:
            The way of the packets; the outcome is "unresolved" if the name does not resolve.
        """
        return self._send(target_of(f"{host}:{port}", protocol))

    def ping(self, host: str) -> Trace:
        """Send a ping to a host."""
        return self._send(target_of(host, ping=True))

    def _send(self, target: Target) -> Trace:
        try:
            trace = self._network.trace(target, self._sender)
        except NotFoundError:
            # programs do not distinguish between an unknown name and a name without an address
            return Trace(
                target=str(target),
                protocol=target.protocol,
                source=self._sender.ref,
                outcome="unresolved",
                hops=(),
                reason="",
            )
        self._guarded |= dict.fromkeys(trace.guarded)
        return trace

    def note(self) -> None:
        """Add that NetworkPolicies are not followed, if the program has called where there are some."""
        if self._guarded:
            self.err(_ours(policies(tuple(self._guarded))))

    def why(self, trace: Trace) -> None:
        """Add the reason, which the real programs do not know."""
        if trace.reason:
            self.err(_ours(trace.reason))


_ANSWERED = ("connected", "reply", "leaves")


def _ours(sentence: str) -> str:
    """Return the line that adds a sentence to the words of a program."""
    return f"k8snotes: {sentence}\n"


def _beyond(name: str) -> str:
    return _ours(
        _(
            "{name} is not a name of this cluster, so it belongs to a network that is not simulated.",
            name=name,
        )
    )


Program = Callable[[Shell, list[str]], int]  # from its arguments to its exit code
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


def _curl(shell: Shell, words: list[str]) -> int:
    """Fetch URLs; exit code 6: no such name, 7: refused, 28: no answer."""
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


def _wget(shell: Shell, words: list[str]) -> int:
    """Fetch URLs as the wget of busybox does; exit code 1 for every error."""
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


def _nc(shell: Shell, words: list[str]) -> int:
    """Say whether a port is open; with -u by UDP."""
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
    """Say who has answered; the answer itself is not known, because no container runs."""
    if trace.outcome == "leaves" and not trace.called:
        return _beyond(host)
    if trace.outcome == "leaves":
        return _ours(_("the request leaves the cluster, and networks outside of it are not simulated."))
    server = f"{trace.server.ref} ({trace.server_ip})" if trace.server else trace.server_ip
    return _ours(_("answered by {server}", server=server))


def _host_and_port(target: str) -> tuple[str, int]:
    """Return host and port of a URL or of HOST:PORT; ("", 0) where it is neither."""
    url = target if "://" in target else f"http://{target}"
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return "", 0
    return host, port or (443 if parts.scheme == "https" else 80)


def _ping(shell: Shell, words: list[str]) -> int:
    """Send up to ten pings; without -c, only one."""
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


def _nslookup(shell: Shell, words: list[str]) -> int:
    """Ask DNS for a name; `/etc/hosts` is not used."""
    targets = [word for word in words if not word.startswith("-")]
    kind = next(
        (word.partition("=")[2].upper() for word in words if word.startswith(("-type=", "-query="))), "A"
    )
    if not targets:
        missing = _("a name is missing")
        shell.err(f"nslookup: {missing}\n")
        return 1
    name = targets[0]
    try:
        answer = shell.resolver.ask(name, kind)
    except RefError as error:
        shell.err(f"nslookup: {error}\n")
        return 1
    server = shell.resolver.server
    shell.out(
        f"Server:\t\t{server}\nAddress:\t{server}:53\n\n" if server else f"Server:\t\t{_nodes_server()}\n\n"
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
            _ours(
                _(
                    "{name} is not a name of this cluster, so an external DNS server is asked, "
                    "which is not simulated.",
                    name=lookup.beyond,
                )
            )
        )
    elif lookup.outcome == "address":
        shell.out(
            _ours(
                _(
                    "{name} is the name of a load balancer, and only an external DNS server knows its address.",
                    name=name,
                )
            )
        )
    elif answer.status == "NOERROR":
        shell.out(f"*** Can't find {name}: No answer\n\n")
    else:
        shell.out(f"** server can't find {answer.tried[-1] if answer.tried else name}: NXDOMAIN\n\n")
    return 1


_TYPES = ("A", "AAAA", "CNAME", "SRV")


def _nodes_server() -> str:
    return _("(the DNS server of the Node, which is not known here)")


def _dig(shell: Shell, words: list[str]) -> int:
    """Ask DNS for a complete name; the search path is used only with +search."""
    names = [word for word in words if not word.startswith(("-", "+", "@")) and word.upper() not in _TYPES]
    kind = next((word.upper() for word in words if word.upper() in _TYPES), "A")
    if not names:
        missing = _("a name is missing")
        shell.err(f"dig: {missing}\n")
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
        shell.out(_beyond(whole))
    server = shell.resolver.server
    shell.out(f";; SERVER: {f'{server}#53({server})' if server else _nodes_server()}\n")
    return 0


def _getent(shell: Shell, words: list[str]) -> int:
    """Look a name up as programs do: in `/etc/hosts`, then by DNS."""
    if len(words) != 2 or words[0] not in ("hosts", "ahosts", "ahostsv4"):
        shell.err("usage: getent hosts NAME\n")
        return 1
    lookup = shell.resolver.look_up(words[1])
    if lookup.outcome == "beyond":
        shell.out(_beyond(words[1]))
        return 0
    names = lookup.answer.records[-1].name if lookup.answer and lookup.answer.records else words[1]
    if lookup.answer is None:
        names = " ".join(shell.resolver.hosts.names(words[1])) or words[1]
    shell.out("".join(f"{address:<15} {names}\n" for address in lookup.addresses))
    return 0 if lookup.addresses else 2


def _cat(shell: Shell, words: list[str]) -> int:
    """Print one of the files that the kubelet writes into each container."""
    files = {
        "/etc/resolv.conf": str(shell.resolver.config),
        "/etc/hostname": f"{shell.resolver.hostname}\n",
        "/etc/hosts": str(shell.resolver.hosts),
    }
    for word in words:
        if word not in files:
            why = _(
                "no container runs here, so k8snotes knows only these files: {files}",
                files=", ".join(sorted(files)),
            )
            shell.err(f"cat: can't open '{word}': {why}\n")
            return 1
        shell.out(files[word])
    return 0


def _hostname(shell: Shell, words: list[str]) -> int:
    """Print the name of the Pod, with -f in full, with -i its address."""
    name = shell.resolver.hostname
    names = shell.resolver.hosts.names(name) or (name,)
    shown = shell.pod.ip if "-i" in words else names[0] if "-f" in words else name
    shell.out(f"{shown}\n")
    return 0


def _env(shell: Shell, _words: list[str]) -> int:
    """Print the variables of the container; a value that comes from another object is not printed."""
    shell.out("".join(f"{name}={value}\n" for name, value in _variables(shell).items()))
    return 0


def _printenv(shell: Shell, words: list[str]) -> int:
    """Print the variables of the container, or only the values of those that are named."""
    variables = _variables(shell)
    if not words:
        return _env(shell, words)
    shell.out("".join(f"{variables[name]}\n" for name in words if name in variables))
    return 0 if all(name in variables for name in words) else 1


def _variables(shell: Shell) -> dict[str, str]:
    """Return the variables of a container: its own come before those of the Services, and win."""
    variables = {"HOSTNAME": shell.resolver.hostname}
    for item in shell.pod.containers:
        if item.name == shell.container:
            for variable in mappings(item.raw.get("env")):
                value = _("<from another object>") if "valueFrom" in variable else text(variable.get("value"))
                variables[text(variable.get("name"))] = str(value)
    for name, value in service_links(shell.api, shell.pod).items():
        variables.setdefault(name, value)
    return variables


PROGRAMS: dict[str, Program] = {
    "cat": _cat,
    "curl": _curl,
    "dig": _dig,
    "env": _env,
    "getent": _getent,
    "hostname": _hostname,
    "nc": _nc,
    "nslookup": _nslookup,
    "ping": _ping,
    "printenv": _printenv,
    "wget": _wget,
}
