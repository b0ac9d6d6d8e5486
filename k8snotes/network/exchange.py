"""One request of HTTP through a proxy: to it, into its routes, and over a connection of its own to a Pod.

The proxy of an Ingress or a Gateway is a program in a Pod. The first packet reaches it as any other Pod. Then it reads
the request, and opens a connection of its own to one of the ready endpoints; kube-proxy has no part in that.
"""

from __future__ import annotations

from dataclasses import replace

from k8snotes.api.kinds.pod import Pod
from k8snotes.api.kinds.service import Service
from k8snotes.catalogue import Text, _, named, ngettext, sentences
from k8snotes.errors import AddressError, NotFoundError
from k8snotes.network.dice import Dice
from k8snotes.network.packet import End, Packet, Remembered
from k8snotes.network.routes import Backend, Request, Route, status_words
from k8snotes.network.sender import Sender
from k8snotes.network.state import NetworkState
from k8snotes.network.targets import Target
from k8snotes.network.trace import Hop, Share, Trace
from k8snotes.network.web import Choice, Front, port_of

__all__ = ["SCHEMES", "Exchange", "is_encrypted"]

SCHEMES = {"http": "http", "https": "https", "ws": "http", "wss": "https", "grpc": "http"}
"""The schemes of URLs that a proxy reads, and whether it decrypts them first."""

_REFUSED, _NO_ANSWER, _NOWHERE, _NO_ENDPOINT, _INVALID = 502, 504, 404, 503, 500


class Exchange:
    """A request of HTTP under way; used as a `Packet` is.

    Where the packet reaches no proxy, it is that packet and nothing more.

    Args:
        state: the network at this moment.
        target: where it is to go.
        request: the request.
        dice: choose where rules, balancers, DNS and the proxy choose by chance.
        remembered: by Node, the endpoints that know this sender.

    >>> import k8snotes as kn
    >>> c = kn.load("guestbook")
    >>> c.provide_ingress()
    >>> _ = c.apply('''{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: door}, spec: {defaultBackend:
    ...   {service: {name: nobody, port: {number: 80}}}}}''')
    >>> _ = c.settle()
    >>> c.trace(f"http://{c['ingress/door'].status['loadBalancer']['ingress'][0]['ip']}/").status
    503
    """

    def __init__(
        self,
        state: NetworkState,
        sender: Sender,
        target: Target,
        dice: Dice,
        remembered: Remembered,
        *,
        request: Request,
    ) -> None:
        self.state, self.target, self.request, self.dice = state, target, request, dice
        self.packet = Packet(state, sender, target, dice, remembered)
        self.front: Front | None = None
        self.notes: list[str] = []

    @property
    def plainly(self) -> bool:
        """Whether it is also told by names and addresses alone."""
        return self.packet.plainly

    @plainly.setter
    def plainly(self, value: bool) -> None:
        self.packet.plainly = value

    @property
    def sticky(self) -> bool:
        """Whether a Service on the way remembers its clients."""
        return self.packet.sticky

    def go(self) -> End:
        """Follow the request to its end. Raises what `Packet.go` raises."""
        end = self.packet.go()
        if end.outcome == "leaves" and (why := self.state.web.why_not(self.target.host)):
            return replace(end, hint=why)
        front = self.state.web.front_of(end.server) if end.outcome == "connected" and end.server else None
        if front is None or end.server is None:
            return end
        self.front = front
        return self._at_proxy(front, end.server, end)

    def trace(self, end: End, times: int, spread: tuple[Share, ...]) -> Trace:
        """Return all that is to be told of this way; the arguments are those of `Packet.trace`."""
        trace = self.packet.trace(end, times, spread)
        if self.front is None:
            return trace
        return replace(
            trace,
            status=end.status,
            url=_url(self.request, self.target),
            notes=(*self.notes, *trace.notes),
            answer=trace.answer and self._answer(end),
            answer_in_plain="",
        )

    # ---- at the proxy

    def _at_proxy(self, front: Front, pod: Pod, end: End) -> End:
        """Let the proxy read the request, and go on as it decides."""
        packet, port = self.packet, self.packet.port or 0
        last = packet.hops[-1]
        packet.hops[-1] = replace(last, ends="")
        if not self.request.scheme:
            packet.hops[-1] = last
            self.notes.append(
                _("The proxy waits for a request. Write http://{host} to follow one.", host=self.target.host)
            )
            return end
        encrypted = is_encrypted(front, port)
        if encrypted != (self.request.scheme == "https"):
            return self._wrong_scheme(front, pod, port, encrypted=encrypted)
        if encrypted:
            self._show_certificate(front, pod, port)
        choice = front.choose(self.request, port)
        if front.kind == "ingress" and not encrypted and front.certificate(self.request.host) is not None:
            self.notes.append(
                _(
                    "An Ingress has a certificate for {host}. ingress-nginx would answer a request over http with "
                    "status 308 and the address with https; other controllers lead it on, as here.",
                    host=self.request.host,
                )
            )
        if choice.less_exact or choice.beside:
            self.notes.append(
                _(
                    "Here the API's documentation counts. ingress-nginx looks only at the rules of the most exact host, "
                    "and would answer 404."
                )
            )
        route = choice.route
        if route is not None:
            return self._along(front, pod, route)
        if choice.fallback is not None:
            what = _(
                "no rule matches the request, so it goes to the default backend of {ingress}",
                ingress=choice.fallback.source,
            )
            return self._to_backend(pod, choice.fallback.backend, what)
        reason, hint = _no_route(front, self.request, choice, port)
        return self._answered(pod, _NOWHERE, reason, hint)

    def _wrong_scheme(self, front: Front, pod: Pod, port: int, *, encrypted: bool) -> End:
        if encrypted:
            reason = _(
                "the proxy expects TLS on port {port}, and the request is plain HTTP",
                port=port,
            )
            return self._answered(pod, 400, reason, _("Write https:// for this port."))
        reason = _("the proxy speaks plain HTTP on port {port}, so there is no TLS handshake", port=port)
        if front.kind == "gateway":
            hint: str = _("A listener with protocol HTTPS and a certificate answers https.")
        else:
            hint = _("Write http:// for this port.")
        return self._answered(pod, None, reason, hint)

    def _show_certificate(self, front: Front, pod: Pod, port: int) -> None:
        """Add the hop at which the proxy shows its certificate."""
        host, listener = self.request.host, ""
        if front.kind == "gateway" and (there := front.listener(self.request, port)) is not None:
            listener = there.name
        found = front.certificate(host, listener)
        if found is None:
            what: str = _(
                "the proxy shows its own default certificate, because no object has one for {host}. "
                "A browser warns of it",
                host=host,
            )
        else:
            parts = {"secret": found.secret, "object": found.source, "host": host}
            match self.state.certificate_problem(found.namespace, found.secret):
                case "no-name":
                    what = _(
                        "the proxy shows its own default certificate, because {object} names no Secret for {host}. "
                        "A browser warns of it",
                        **parts,
                    )
                case "missing":
                    what = _(
                        "the proxy shows its own default certificate, because the Secret {secret} of {object} does not "
                        "exist. A browser warns of it",
                        **parts,
                    )
                case "no-keys":
                    what = _(
                        "the proxy shows its own default certificate, because the Secret {secret} of {object} has no "
                        "tls.crt and tls.key. A browser warns of it",
                        **parts,
                    )
                case _:
                    what = _(
                        "the proxy shows the certificate of Secret {secret} for {host} ({object}), and decrypts the "
                        "request",
                        **parts,
                    )
        self._proxy_hop(pod, what)

    # ---- along a route

    def _along(self, front: Front, pod: Pod, route: Route) -> End:
        what = _taken(route)
        if route.filters:
            self.notes.append(
                _(
                    "The filters of {route} ({filters}) are not simulated: the request goes on unchanged.",
                    route=route.source,
                    filters=named(dict.fromkeys(route.filters)),
                )
            )
        if front.kind == "ingress":
            return self._to_backend(pod, route.backends[0], what)
        if not route.backends and route.filters:
            reason = _(
                "{what}. This rule has no backend, and its filters decide what is answered, which is not known here",
                what=what,
            )
            return self._answered(pod, None, reason)
        weights = [float(item.weight) for item in route.backends]
        if not sum(weights):
            reason = _("{what}. This rule has no backend with a weight", what=what)
            return self._answered(pod, _INVALID, reason)
        weighed = [(item, weight) for item, weight in zip(route.backends, weights, strict=True) if weight]
        backend = weighed[self.dice.throw([weight for _item, weight in weighed])][0]
        if backend.problem:
            reason = _(
                "{what}. Its backend {backend} is not valid: {problem} ({message})",
                what=what,
                backend=str(backend),
                problem=backend.problem,
                message=backend.message,
            )
            return self._answered(pod, _INVALID, reason)
        if len(weighed) > 1:
            share = 100 * backend.weight / sum(weights)
            what = _(
                "{what}. Of its {n} backends, {backend} gets {share} % of the requests",
                what=what,
                n=len(weighed),
                backend=str(backend),
                share=f"{share:.3g}",
            )
        return self._to_backend(pod, backend, what)

    def _to_backend(self, pod: Pod, backend: Backend, what: str) -> End:
        """Open a connection to one of the endpoints of a Service."""
        service = self.state.web.service_of(backend)
        if service is None:
            reason = _(
                "{what}, but there is no Service {service} in namespace {namespace}",
                what=what,
                service=backend.service,
                namespace=backend.namespace,
            )
            return self._answered(pod, _NO_ENDPOINT, reason, self._near_service(backend))
        if service.type == "ExternalName":
            return self._to_name(pod, service, backend, what)
        port = port_of(service, backend.port)
        if port is None:
            reason = _(
                "{what}, but {service} has no port {port}", what=what, service=service.ref, port=backend.port
            )
            return self._answered(pod, _NO_ENDPOINT, reason, _ports_there(service))
        ends = self.state.ready_ends(service, port)
        if not ends:
            reason = _(
                "{what}, but {service} has no ready endpoint for port {port}: {standing}",
                what=what,
                service=service.ref,
                port=backend.port,
                standing=self.state.standing(service),
            )
            return self._answered(pod, _NO_ENDPOINT, reason)
        ip, number = ends[self.dice.throw([1.0] * len(ends))]
        address = f"{ip}:{number}"
        said: str = _(
            "{what}: {service}, port {port}. The proxy opens a connection of its own to the only endpoint, {endpoint}. "
            "It knows the endpoints itself, so kube-proxy has no part in this",
            what=what,
            service=service.ref,
            port=backend.port,
            endpoint=address,
        )
        if len(ends) > 1:
            said = ngettext(
                "{what}: {service}, port {port}. The proxy opens a connection of its own to {address}, one of {n} "
                "endpoints. It knows the endpoints itself, so kube-proxy has no part in this",
                "{what}: {service}, port {port}. The proxy opens a connection of its own to {address}, one of {n} "
                "endpoints. It knows the endpoints itself, so kube-proxy has no part in this",
                len(ends),
                what=what,
                service=service.ref,
                port=backend.port,
                address=address,
            )
        return self._connect(pod, Target(ip, number), said)

    def _to_name(self, pod: Pod, service: Service, backend: Backend, what: str) -> End:
        """Open a connection to the name that a Service of type ExternalName stands for."""
        own = port_of(service, backend.port)
        number = own.port if own is not None else backend.port
        if not isinstance(number, int):
            reason = _(
                "{what}, but {service} has no port {port}", what=what, service=service.ref, port=backend.port
            )
            return self._answered(pod, _NO_ENDPOINT, reason)
        said = _(
            "{what}: {service} stands for {name} (ExternalName). The proxy looks this name up itself",
            what=what,
            service=service.ref,
            name=service.external_name,
        )
        try:
            return self._connect(pod, Target(service.external_name.lower(), number), said)
        except (NotFoundError, AddressError) as error:
            reason = _("{what}, and DNS does not know it: {error}", what=said, error=str(error))
            return self._answered(pod, _NO_ENDPOINT, reason)

    def _connect(self, pod: Pod, target: Target, what: str) -> End:
        """Follow the proxy's own connection."""
        packet = self.packet
        second = Packet(self.state, Sender.of_pod(pod), target, self.dice, {})
        second.plainly = packet.plainly
        before = [*packet.hops]
        self._proxy_hop(pod, what, source=pod.ip, destination=str(target))
        try:
            end = second.go()
        except (NotFoundError, AddressError):
            packet.hops = before
            raise
        packet.hops += second.hops
        packet.assumed += second.assumed
        if end.outcome == "connected":
            packet.client = second.client
            code = self._answer_of(end, second.port or 0)
            return replace(end, status=code)
        if end.outcome in ("leaves", "unresolved"):
            return end if end.outcome == "leaves" else self._gave_up(pod, second, _NO_ENDPOINT, end)
        return self._gave_up(pod, second, _REFUSED if end.outcome == "refused" else _NO_ANSWER, end)

    def _gave_up(self, pod: Pod, second: Packet, status: int, end: End) -> End:
        """Answer for a Pod that does not."""
        self.packet.source, self.packet.ip, self.packet.port = second.source, second.ip, second.port
        self.packet.hops[-1] = replace(self.packet.hops[-1], ends="")
        address = f"{second.ip}:{second.port}"
        what = ""  # the hop before has told the reason
        if status == _NO_ANSWER:
            what = _(
                "it gets no answer from {address}, so it answers {status}",
                address=address,
                status=status_words(status),
            )
        elif status == _REFUSED:
            what = _(
                "its connection to {address} is refused, so it answers {status}",
                address=address,
                status=status_words(status),
            )
        return self._answered(pod, status, end.reason, end.hint, what)

    def _answer_of(self, end: End, port: int) -> int | None:
        """Return the status that a program answers with; None for a machine that is no Pod."""
        if end.server is None:
            return None
        sent = self.state.sent_to(end.server.ip)
        listener = self.state.programs.at(end.server, port, "TCP", sent)
        container = next((item for item in end.server.containers if item.name == listener.container), None)
        if container is None:
            return 200
        return self.state.programs.path(end.server, container, port, self.request.path).code

    # ---- what is told

    def _proxy_hop(
        self, pod: Pod, what: str, *, source: str = "", destination: str = "", ends: str = ""
    ) -> None:
        packet = self.packet
        before = packet.source, packet.destination
        after = source or before[0], destination or before[1]
        place = _("{pod}: the proxy", pod=pod.ref)
        packet.hops.append(Hop("proxy", place, what, *before, *after, pod.node_name, (), ends))
        packet.source = after[0]

    def _answered(self, pod: Pod, status: int | None, reason: str, hint: str = "", what: str = "") -> End:
        """Let the proxy answer the request itself; `what` is what its hop says, where that is not the reason."""
        said = reason
        if status is not None:
            said = _("{reason}. The proxy answers {status}", reason=reason, status=status_words(status))
        self._proxy_hop(pod, what or said, ends="connected")
        return End("connected", said, hint, pod, pod.ip, status)

    def _answer(self, end: End) -> str:
        """Say how the answer comes back."""
        front = self.front
        if end.server is not None and front is not None and self.state.web.front_of(end.server) == front:
            return _("The proxy itself answers, and the answer comes back the way that the request came.")
        return _(
            "The answer goes to the proxy, which passes it on to the sender. The Pod sees the address of the proxy; the "
            "header X-Forwarded-For has the sender's, as the proxy saw it."
        )

    def _near_service(self, backend: Backend) -> Text | str:
        there = sorted(item.name for item in self.state.services if item.namespace == backend.namespace)
        if not there:
            return _("Namespace {namespace} has no Services.", namespace=backend.namespace)
        return _(
            "The Services in namespace {namespace} are {names}.",
            namespace=backend.namespace,
            names=named(there[:12]),
        )


def _url(request: Request, target: Target) -> str:
    query = f"?{request.query}" if request.query else ""
    usual = {"http": 80, "https": 443}.get(request.scheme)
    place = target.host if target.port == usual else str(target)
    return f"{request.scheme}://{place}{request.path}{query}" if request.scheme else str(target)


def is_encrypted(front: Front, port: int) -> bool:
    """Whether a proxy expects TLS at a port.

    Args:
        front: the proxy.
        port: the port of its Pod.
    """
    if front.kind == "gateway":
        return any(item.port == port and item.protocol == "HTTPS" for item in front.listeners)
    return port in (443, 8443)


def _taken(route: Route) -> Text:
    """Say which rule matches the request."""
    more = [f"{name}: {value}" for name, value in route.headers]
    more += [f"?{name}={value}" for name, value in route.query]
    more = [route.method, *more] if route.method else more
    path = _("{words} ({note})", words=route.path, note=route.path_type)
    where = {"route": route.source, "path": path, "host": route.host}
    if route.path_type == "ImplementationSpecific":
        return (
            _(
                "the rule of {route} for {host} and path {path}, which is taken as Prefix here, matches the request",
                **where,
            )
            if route.host
            else _(
                "the rule of {route} for path {path}, which is taken as Prefix here, matches the request",
                **where,
            )
        )
    if more:
        return (
            _(
                "the rule of {route} for {host}, path {path} and {more} matches the request",
                more=", ".join(more),
                **where,
            )
            if route.host
            else _(
                "the rule of {route} for path {path} and {more} matches the request",
                more=", ".join(more),
                **where,
            )
        )
    return (
        _("the rule of {route} for {host} and path {path} matches the request", **where)
        if route.host
        else _("the rule of {route} for path {path} matches the request", **where)
    )


def _no_route(front: Front, request: Request, choice: Choice, port: int) -> tuple[str, str]:
    """Say why no route takes a request, and which there are."""
    paths = list(
        dict.fromkeys(
            _("{words} ({note})", words=item.path, note=item.path_type)
            for item in front.routes
            if _is_for(item, request)
        )
    )
    hosts = list(dict.fromkeys(item for item in front.hosts if item))
    there: str = ""
    if paths:
        there = _("The paths of this host are {paths}.", paths=named(paths[:8]))
    elif hosts:
        there = _("The hosts are {hosts}.", hosts=named(hosts[:8]))
    match choice.code:
        case "no-listener":
            reason: str = _(
                "no listener of {gateway} on port {port} is for {host}",
                gateway=front.name,
                port=port,
                host=request.host,
            )
        case "no-path":
            reason = _("no rule for {host} matches path {path}", host=request.host, path=request.path)
        case "no-route" if paths:
            reason = _(
                "no rule for {host} matches the path {path} and what else the request says",
                host=request.host,
                path=request.path,
            )
        case _:
            reason = _("no rule is for {host}", host=request.host)
    return reason, sentences(there) if there else ""


def _is_for(route: Route, request: Request) -> bool:
    return route._replace(path="/", path_type="Prefix", method="", headers=(), query=()).matches(request)


def _ports_there(service: Service) -> str:
    ports = named(
        _("{words} ({note})", words=item.port, note=item.name) if item.name else str(item.port)
        for item in service.ports
    )
    return _("The ports of {service} are {ports}.", service=service.ref, ports=ports)
