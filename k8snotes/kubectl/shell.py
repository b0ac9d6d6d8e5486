"""The container in which a program of `kubectl exec` runs: what it sees, and what it calls."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cached_property
from urllib.parse import urlsplit

from k8snotes.api.kinds.node import Node
from k8snotes.api.kinds.pod import Container, Pod
from k8snotes.errors import NotFoundError
from k8snotes.kubectl.session import Session
from k8snotes.limits import policies
from k8snotes.network.targets import Target, target_of
from k8snotes.network.trace import Trace
from k8snotes.node.given import Given, Seen, seen

__all__ = ["Program", "Shell", "ours"]


def ours(sentence: str) -> str:
    """Return the line that adds a sentence to the words of a program."""
    return f"k8snotes: {sentence}\n"


class Shell:
    """The container of a Pod in which a program runs; its requests come from this Pod.

    Args:
        session: the command at work; the program prints to its streams.
        pod: the Pod.
        container: the name of the container.
        given: what the container was given when it started, None if that is not remembered.
        tty: whether a terminal is asked for.
    """

    def __init__(
        self, session: Session, pod: Pod, container: str, given: Given | None = None, *, tty: bool = False
    ) -> None:
        self.pod, self.tty = pod, tty
        self.out, self.err = session.out, session.err
        self._network = session.simulation.network
        self._sender = self._network.sender(pod)
        self.resolver = self._network.resolver(self._sender)
        self.api = session.api
        containers = {item.name: item for item in (*pod.containers, *pod.init_containers)}
        self.container = containers.get(container) or Container({"name": container})
        self._given, self._as_written = given, session.simulation.snapshot
        self._guarded: dict[str, None] = {}
        self._told: dict[str, None] = {}

    @cached_property
    def seen(self) -> Seen:
        """What a program sees: variables and files."""
        node = self.api.store.get(("nodes", "", self.pod.node_name))
        kubelets = {
            "/etc/hosts": str(self.resolver.hosts),
            "/etc/resolv.conf": str(self.resolver.config),
            "/etc/hostname": f"{self.resolver.hostname}\n",
        }
        machine = node if isinstance(node, Node) else None
        return seen(
            self.api,
            self.pod,
            self.container,
            machine,
            given=self._given,
            kubelets=kubelets,
            as_written=self._as_written,
        )

    @cached_property
    def variables(self) -> dict[str, str]:
        """The variables of a program."""
        variables = {item.name: item.value for item in self.seen.environment.variables}
        return {"TERM": "xterm"} | variables if self.tty else variables

    def connect(
        self,
        host: str,
        port: int,
        protocol: str = "TCP",
        *,
        url: str = "",
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
    ) -> Trace:
        """Call a port of a host.

        Args:
            host: a name or an address.
            port: the number of the port.
            protocol: "TCP" or "UDP".
            url: what is asked for over HTTP, "" for nothing.
            method: the method of the request.
            headers: its headers.

        Returns:
            The way of the packets; the outcome is "unresolved" if the name does not resolve.
        """
        target = target_of(f"{host}:{port}", protocol)
        if url:
            parts = urlsplit(url)
            path, query = parts.path or "/", parts.query
            target = replace(target, scheme=parts.scheme.lower(), path=path, query=query)
        return self._send(target, method, headers)

    def ping(self, host: str) -> Trace:
        """Send a ping to a host."""
        return self._send(target_of(host, ping=True))

    def _send(self, target: Target, method: str = "GET", headers: Mapping[str, str] | None = None) -> Trace:
        try:
            trace = self._network.trace(target, self._sender, method=method, headers=headers)
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

    def tell(self, sentence: str) -> None:
        """Add a sentence at the end of the output, once."""
        self._told[sentence] = None

    def note(self) -> None:
        """Print what is to be added, and that NetworkPolicies may not be enforced, if the program has called where there are some."""
        if self._guarded:
            self.tell(policies(tuple(self._guarded), enforced=self._network.network_policies))
        for sentence in self._told:
            self.err(ours(sentence))
        self._told.clear()

    def why(self, trace: Trace) -> None:
        """Add the reason, which the real programs do not know."""
        if trace.reason:
            self.err(ours(trace.reason))


Program = Callable[[Shell, list[str]], int]
"""From its arguments to its exit code."""
