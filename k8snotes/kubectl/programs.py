"""The simulated programs of a container: curl, ping, nslookup, ...; the simulated network answers them. `sh` runs them.

The trace says how a connection ends, and the resolver says what a name resolves to. Messages and exit codes are those
of the programs in an image of busybox, curl or dig. What these programs cannot know is added in a line that begins with
"k8snotes:".
"""

from __future__ import annotations

import re
from itertools import pairwise
from posixpath import join, normpath
from urllib.parse import urlsplit

from k8snotes.catalogue import _
from k8snotes.errors import RefError
from k8snotes.kubectl.container_programs import CONTAINER_PROGRAMS
from k8snotes.kubectl.failure import NotDone
from k8snotes.kubectl.shell import Program, Shell, ours
from k8snotes.kubectl.shell_script import Command, NotSimple, assigns, commands, expanded
from k8snotes.network.routes import status_words
from k8snotes.network.trace import Trace

__all__ = ["PROGRAMS", "run_program"]

_ANSWERED = ("connected", "reply", "leaves")


def _beyond(name: str) -> str:
    return ours(
        _(
            "{name} is not a name of this cluster, so it belongs to a network that is not simulated.",
            name=name,
        )
    )


_SECONDS = re.compile(r"\d{1,9}(\.\d+)?", re.ASCII)
_WITH_VALUE = (
    "-m",
    "--max-time",
    "--connect-timeout",
    "-o",
    "-T",
    "-O",
    "-H",
    "--header",
    "--request",
    "-X",
    "-d",
    "-c",
    "-w",
    "-W",
    "-i",
)


_LOOKS_UP = 10_000  # milliseconds: two tries of a resolver whose server is silent


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


def _patience(words: list[str]) -> int:
    """Return for how long curl waits for a connection, in milliseconds; 0 if no flag says it."""
    given = [
        float(value) * 1000
        for flag, value in pairwise(words)
        if flag in ("-m", "--max-time", "--connect-timeout") and _SECONDS.fullmatch(value)
    ]
    return round(min(given, default=0))


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
        method, headers = _request(words)
        trace = shell.connect(host, port, url=_url(target), method=method, headers=headers)
        patience = _patience(words)
        if trace.outcome == "unresolved" and 0 < patience < _LOOKS_UP and shell.resolver.silence:
            shell.err(f"curl: (28) Resolving timed out after {patience} milliseconds\n")
            shell.why(trace)
            return 28
        if trace.outcome == "unresolved":
            shell.err(f"curl: (6) Could not resolve host: {host}\n")
            shell.why(trace)
            return 6
        if trace.outcome in _ANSWERED and (trace.status or 0) >= 400 and _fails(words):
            shell.err(f"curl: (22) The requested URL returned error: {trace.status}\n")
            shell.why(trace)
            return 22
        if trace.outcome in _ANSWERED:
            shell.out(_answer(trace, host))
            if not trace.succeeded:
                shell.why(trace)
            continue
        if trace.outcome == "timeout" and patience:
            shell.err(f"curl: (28) Connection timed out after {patience} milliseconds\n")
            shell.why(trace)
            return 28
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
        trace = shell.connect(host, port, url=_url(target))
        if trace.outcome == "unresolved":
            shell.err(f"wget: bad address '{host}'\n")
            shell.why(trace)
            return 1
        if trace.outcome not in _ANSWERED:
            why = "Connection refused" if trace.outcome == "refused" else "Operation timed out"
            shell.err(f"wget: can't connect to remote host ({trace.called or host}): {why}\n")
            shell.why(trace)
            return 1
        if (trace.status or 0) >= 400:
            shell.err(f"wget: server returned error: HTTP/1.1 {status_words(trace.status or 0)}\n")
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
    place = f"{host} ({trace.called or host}:{port})"
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
        return ours(_("the request leaves the cluster, and networks outside of it are not simulated."))
    server = trace.server_ip
    if trace.server:
        server = _("{words} ({note})", words=trace.server.ref, note=trace.server_ip)
    if trace.status is not None:
        return ours(_("answered by {server}: {status}", server=server, status=status_words(trace.status)))
    return ours(_("answered by {server}", server=server))


def _url(target: str) -> str:
    """Return the URL that is asked for; curl and wget take http where none says otherwise."""
    return target if "://" in target else f"http://{target}"


def _request(words: list[str]) -> tuple[str, dict[str, str]]:
    """Return the method and the headers of a request by the flags of curl: -X, -I, -H."""
    method, headers = "GET", {}
    for flag, value in zip(words, [*words[1:], ""], strict=True):
        if flag in ("-X", "--request") and value.isalpha():
            method = value
        elif flag in ("-I", "--head"):
            method = "HEAD"
        elif flag in ("-H", "--header") and ":" in value:
            name, _colon, given = value.partition(":")
            headers[name.strip()] = given.strip()
    return method, headers


def _fails(words: list[str]) -> bool:
    """Whether curl is to fail for an error of HTTP: -f, also among other letters."""
    return any(
        word == "--fail" or (word.startswith("-") and not word.startswith("--") and "f" in word)
        for word in words
    )


def _host_and_port(target: str) -> tuple[str, int]:
    """Return host and port of a URL or of HOST:PORT; ("", 0) where it is neither."""
    try:
        parts = urlsplit(_url(target))
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
    if silence := shell.resolver.silence:
        shell.out(f";; connection timed out; no servers could be reached\n\n{ours(silence)}")
        return 1
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
            ours(
                _(
                    "{name} is not a name of this cluster, so an external DNS server is asked, "
                    "which is not simulated.",
                    name=lookup.beyond,
                )
            )
        )
    elif lookup.outcome == "address":
        shell.out(
            ours(
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
    if silence := shell.resolver.silence:
        shell.out(f";; connection timed out; no servers could be reached\n{ours(silence)}")
        return 9
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


# ---- the shell


class _Exited(Exception):  # noqa: N818  # the line ends here
    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


def _sh(shell: Shell, words: list[str]) -> int:
    """Run the simple commands of a line: `sh -c LINE`."""
    if words[:1] != ["-c"] or len(words) < 2:
        raise NotDone("exec POD -- sh", _("Write the commands in one line: sh -c 'echo $HOSTNAME'."))
    code = 0
    try:
        for command in commands(words[1]):
            if command.after == ";" or (command.after == "||") == bool(code):
                code = _run_command(shell, command, code)
    except _Exited as exited:
        return exited.code
    except NotSimple as error:
        why = _("Only simple commands are run here, joined by ; && or ||.")
        raise NotDone(f"{error.what} (sh -c)", why) from None
    return code


def _run_command(shell: Shell, command: Command, code: int) -> int:
    """Run one command of a line; `code` is the exit code of the one before."""
    tree = shell.seen.tree
    if command.words and assigns(command.words[0]):
        raise NotSimple(command.words[0][0].text)
    variables = {**shell.variables, "?": str(code)}
    words = [item for word in command.words for item in expanded(word, variables, tree.names)]
    if command.into is not None:
        return _write(shell, "".join(expanded(command.into, variables, tree.names)))
    if words[:1] == ["cd"]:
        return _cd(shell, words[1] if len(words) > 1 else shell.variables.get("HOME", "/"))
    if words[:1] == ["exit"]:
        raise _Exited(int(words[1]) if words[1:] and words[1].isdecimal() else code)
    return run_program(shell, words) if words else 0


def _write(shell: Shell, path: str) -> int:
    """Refuse to write into a file where a container may not write; elsewhere, nothing is written here."""
    found = shell.seen.tree.find(path)
    if found.folder.read_only:
        shell.err(f"sh: can't create {path}: Read-only file system\n")
        return 1
    raise NotDone(f"> {path}", _("No container runs here, so no file can be written."))


def _cd(shell: Shell, path: str) -> int:
    tree = shell.seen.tree
    found = tree.find(path)
    if found.node is None and found.folder.known:
        shell.err(f"sh: cd: can't cd to {path}: No such file or directory\n")
        return 1
    tree.workdir = normpath(join(tree.workdir, path))
    return 0


def run_program(shell: Shell, words: list[str]) -> int:
    """Run a program of a container.

    Args:
        shell: the container.
        words: the program, by name or by path, and its arguments; at least one word.

    Returns:
        Its exit code.

    Raises:
        NotDone: There is no such program here.
    """
    run = PROGRAMS.get(words[0].rpartition("/")[2])
    if run is None:
        known = ", ".join(sorted(PROGRAMS))
        raise NotDone(
            f"exec POD -- {words[0]}",
            _("No container runs here. You can run these simulated programs: {names}.", names=known),
        )
    return run(shell, words[1:])


PROGRAMS: dict[str, Program] = {
    **CONTAINER_PROGRAMS,
    "curl": _curl,
    "dig": _dig,
    "getent": _getent,
    "nc": _nc,
    "nslookup": _nslookup,
    "ping": _ping,
    "sh": _sh,
    "wget": _wget,
}
"""The programs by name."""
