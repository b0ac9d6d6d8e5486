"""The questions about an Ingress or a Gateway: its class, its host, its path, and the Service that its rule leads to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from k8snotes.api.kinds.service import Service, ServicePort
from k8snotes.api.ref import parse_ref
from k8snotes.catalogue import _, named, sentences
from k8snotes.errors import did_you_mean, nearest
from k8snotes.facts.diagnosis import Answer, Case, Chart, command
from k8snotes.facts.diagnosis_service import ServiceQuestions
from k8snotes.facts.diagnosis_way import Ways, ask_about_way
from k8snotes.network.exchange import SCHEMES, is_encrypted
from k8snotes.network.routes import Backend, Request, host_matches
from k8snotes.network.sender import Sender, can_send
from k8snotes.network.state import port_text
from k8snotes.network.targets import Target
from k8snotes.network.trace import Trace
from k8snotes.network.web import Choice, Front, port_of

__all__ = ["Call", "ask_about_class", "ask_about_routes", "front_at"]

_MOST_HOSTS = 8
_INGRESS, _GATEWAY = "get ingresses,ingressclasses -A", "get gateways,httproutes -A"


def front_at(case: Case, ip: str, service: Service | None) -> Front | None:
    """Return the proxy that is called at an address, None if none is.

    Args:
        case: the cluster.
        ip: the address that is called.
        service: the Service that has it, None if none has.
    """
    web = case.network.state.web
    for front in web.fronts:
        own = front.service
        if ip in front.addresses or (service is not None and own is not None and own.key == service.key):
            return front
    pod = case.network.state.pod_at.get(ip)
    return web.front_of(pod) if pod is not None else None


def ask_about_class(chart: Chart, case: Case, host: str, *, beyond: bool) -> None:
    """Ask whether a controller acts on what has a host; nothing is asked about names of the cluster.

    Args:
        chart: gets the question.
        case: the cluster.
        host: the host of a URL.
        beyond: whether only the DNS outside may know the name.
    """
    web = case.network.state.web
    why = web.why_not(host)
    fronts = [
        front
        for front in web.fronts
        if any(item and host_matches(item, host, deep=front.kind == "gateway") for item in front.hosts)
    ]
    hosts = list(dict.fromkeys(item for front in web.fronts for item in front.hosts if item))
    if not why and not fronts and not (beyond and hosts):
        return
    line = _GATEWAY if (web.gateways and not web.ingresses) else _INGRESS

    def answer() -> Answer:
        if why:
            return Answer(False, _("no: {why}", why=why), _class_hint(case))
        if fronts:
            controllers = named(dict.fromkeys(front.controller or front.name for front in fronts))
            return Answer(True, _("yes: {what}", what=controllers))
        near = nearest(host, hosts, 0.85)
        there = _("The hosts are {hosts}.", hosts=named(hosts[:_MOST_HOSTS]))
        if not near:
            return Answer(None, _("not known here: no Ingress and no HTTPRoute has this host"), there)
        words = _("no: no Ingress and no HTTPRoute has this host")
        correct = _("Call {near}, or write host: {host} in a rule.", near=near, host=host)
        return Answer(False, words, sentences(there, correct))

    chart.ask("class", _("Does a controller act on the host {host}?", host=host), command(line, ""), answer)


def _class_hint(case: Case) -> str:
    """Say what would let a controller act, as far as it is known."""
    classes = [item.name for item in case.api.list("ingressclasses.networking.k8s.io")]
    if not classes:
        return ""
    return _("Write ingressClassName: {name} in the Ingress.", name=classes[0])


class Call(NamedTuple):
    """A request at a proxy.

    Args:
        front: the proxy.
        target: what is asked for.
        trace: the way of the request.
        port: the port of the proxy that is called.
    """

    front: Front
    target: Target
    trace: Trace
    port: int


def ask_about_routes(chart: Chart, case: Case, call: Call) -> None:
    """Ask about the rules of a proxy, and about what is behind the one that takes the request.

    Args:
        chart: gets the questions.
        case: the cluster.
        call: the request at the proxy.

    Source of the rule: https://kubernetes.io/docs/concepts/services-networking/ingress/
    """
    _Routes(chart, case, call).ask()


class _Routes:
    """The questions about one request at one proxy."""

    def __init__(self, chart: Chart, case: Case, call: Call) -> None:
        self.chart, self.case, self.call = chart, case, call
        self.front, self.trace = call.front, call.trace
        target = call.target
        scheme = SCHEMES.get(target.scheme, "")
        self.request = Request(target.host.lower(), target.path, target.query, scheme=scheme)
        self.choice: Choice = self.front.choose(self.request, call.port)

    def ask(self) -> None:
        """Ask from the scheme to the Pods behind the rule."""
        front, gateway = self.front, self.front.kind == "gateway"
        line = self._about_proxy()
        name = front.name if gateway else _("Ingress controller {name}", name=front.name)
        self.chart.ask(
            "proxy", _("Does the request reach the proxy: {name}?", name=name), line, self._reaches
        )
        if not self.request.scheme:
            return
        rules = command(_GATEWAY if gateway else "get ingresses -A", "")
        self.chart.ask(
            "host", _("Is there a rule for the host {host}?", host=self.request.host), rules, self._has_host
        )
        self.chart.ask(
            "path",
            _("Does a rule for it match the path {path}?", path=self.request.path),
            self._about_rule() or rules,
            self._has_path,
        )
        backends = self._backends()
        if backends:
            self.ask_about_backend(self._worst(backends))

    # ---- the proxy

    def _about_proxy(self) -> str:
        service = self.front.service
        if service is None:
            return "kubectl get services -A"
        return command(f"get service {service.name}", service.namespace)

    def _reaches(self) -> Answer:
        if self.trace.url:
            mismatch = self._mismatch()
            if mismatch:
                return Answer(False, _("no: {why}", why=self.trace.reason), self.trace.hint)
            return Answer(True, _("yes"))
        if not self.request.scheme:
            return Answer(True, _("yes: it waits for a request"))
        return Answer(None, _("not known here: {why}", why=self.trace.reason))

    def _mismatch(self) -> bool:
        """Whether the request is encrypted where the proxy expects plain HTTP, or the other way round."""
        encrypted = is_encrypted(self.front, self.call.port)
        return bool(self.request.scheme) and encrypted != (self.request.scheme == "https")

    # ---- its rules

    def _about_rule(self) -> str:
        source = self._source()
        if not source:
            return ""
        place = parse_ref(source)
        return command(f"describe {place.resource} {place.name}", place.namespace)

    def _source(self) -> str:
        """Return the reference of the object whose rule is taken, or that has a rule for the host; "" if none has."""
        if self.choice.route is not None:
            return self.choice.route.source
        if self.choice.fallback is not None:
            return self.choice.fallback.source
        deep = self.front.kind == "gateway"
        there = (item for item in self.front.routes if host_matches(item.host, self.request.host, deep=deep))
        return next((item.source for item in there), "")

    def _has_host(self) -> Answer:
        choice, host = self.choice, self.request.host
        deep = self.front.kind == "gateway"
        named = any(host_matches(item, host, deep=deep) for item in self.front.hosts if item) or (
            "" in self.front.hosts
        )
        if choice.code == "no-listener" or (choice.code in ("no-host", "no-route") and not named):
            return Answer(False, _("no: {why}", why=self._why()), self._hosts_there())
        if choice.fallback is not None and not named:
            words = _("no, so the default backend of {ingress} takes it", ingress=choice.fallback.source)
            return Answer(True, words)
        if choice.route is not None:
            taken = choice.route.host or _("any host")
            return Answer(True, _("yes: {host} in {source}", host=taken, source=choice.route.source))
        return Answer(True, _("yes"))

    def _has_path(self) -> Answer:
        route = self.choice.route
        if route is not None:
            rule = _("{words} ({note})", words=route.path, note=route.path_type)
            return Answer(True, _("yes: {path} in {source}", path=rule, source=route.source))
        if self.choice.fallback is not None:
            ingress = self.choice.fallback.source
            return Answer(True, _("no, so the default backend of {ingress} takes it", ingress=ingress))
        hint = sentences(self.trace.hint, self._exact())
        return Answer(False, _("no: {why}", why=self._why()), hint)

    def _exact(self) -> str:
        """Say that a rule is for one path alone where the request asks for one below it, "" if none is like this."""
        for route in self.front.routes:
            if route.exact and route._replace(path_type="Prefix").matches(self.request):
                return _(
                    "pathType: Exact matches {path} alone. Write pathType: Prefix for the paths below it, too.",
                    path=route.path,
                )
        return ""

    def _why(self) -> str:
        """Say why no rule takes the request."""
        if self.trace.url:
            return self.trace.reason
        return _("no rule is for {host} and {path}", host=self.request.host, path=self.request.path)

    def _hosts_there(self) -> str:
        hosts = [item for item in self.front.hosts if item]
        near = did_you_mean(self.request.host, hosts)
        if not hosts:
            return _("Add a rule for this host, or one without a host.")
        return _("The hosts are {hosts}.{suggestion}", hosts=named(hosts[:_MOST_HOSTS]), suggestion=near)

    # ---- what is behind the rule

    def _backends(self) -> list[Backend]:
        if self.choice.route is not None:
            weighed = [item for item in self.choice.route.backends if item.weight]
            return weighed if self.front.kind == "gateway" else weighed[:1]
        return [self.choice.fallback.backend] if self.choice.fallback is not None else []

    def _worst(self, backends: Sequence[Backend]) -> Backend:
        """Return the first backend with a fault, else the first one."""
        for backend in backends if len(backends) > 1 else ():
            trial = Chart()
            _Routes(trial, self.case, self.call).ask_about_backend(backend)
            if trial.stopped:
                return backend
        return backends[0]

    def ask_about_backend(self, backend: Backend) -> None:
        """Ask about the Service that a rule leads to, and about what is behind it."""
        state = self.case.network.state
        service = state.web.service_of(backend)
        port = port_of(service, backend.port) if service is not None else None
        self.chart.ask(
            "backend",
            _("Is the Service that it leads to there, with its port: {backend}?", backend=str(backend)),
            command(f"get service {backend.service}", backend.namespace),
            lambda: self._there(backend, service, port),
        )
        if service is None or port is None or service.type == "ExternalName":
            return
        proxy = self._proxy()
        asked = ServiceQuestions(self.case, service, (port,), proxy)
        asked.ask(self.chart)
        ways = Ways(())
        if proxy is not None and not self.chart.stopped:
            ends = [Target(ip, number) for ip, number in state.ready_ends(service, port)]
            ways = Ways.of(self.case, proxy, ends)
        ask_about_way(self.chart, self.case, ways, proxy, asked.about_rules)

    def _there(self, backend: Backend, service: Service | None, port: ServicePort | None) -> Answer:
        if backend.problem:
            words = _("no: {problem} ({message})", problem=backend.problem, message=backend.message)
            return Answer(False, words, _("Correct backendRefs in {route}.", route=self._source()))
        home = backend.namespace
        if service is None:
            names = [item.name for item in self.case.network.state.services if item.namespace == home]
            there = _(
                "The Services in namespace {namespace} are {names}.", namespace=home, names=named(names)
            )
            return Answer(
                False,
                _(
                    "no: there is no Service {name} in namespace {namespace}",
                    name=backend.service,
                    namespace=home,
                ),
                sentences(
                    _(
                        "Correct the name in {source}, or create the Service in this namespace.{suggestion}",
                        source=self._source(),
                        suggestion=did_you_mean(backend.service, names),
                    ),
                    there if names else "",
                ),
            )
        if port is None and service.type != "ExternalName":
            ports = named(map(port_text, service.ports))
            return Answer(
                False,
                _("no: {service} has no port {port}", service=service.ref, port=backend.port),
                _(
                    "Write one of its ports in {source}, by number or name: {ports}. It is the port of the Service, not "
                    "the targetPort.",
                    source=self._source(),
                    ports=ports,
                ),
            )
        return Answer(True, _("yes: {what}", what=service.ref))

    def _proxy(self) -> Sender | None:
        """Return the Pod of the proxy, None if it is not known."""
        front = self.front.service
        if front is None or not front.selector:
            return None
        for pod in self.case.network.state.pods:
            if (
                pod.namespace == front.namespace
                and front.selector.items() <= pod.labels.items()
                and can_send(pod)
            ):
                return Sender.of_pod(pod)
        return None
