"""The questions about a URL: its name, what has the address that it leads to, and what is behind that."""

from __future__ import annotations

from dataclasses import replace

from k8snotes.api.kinds.service import Service, ServicePort
from k8snotes.catalogue import _
from k8snotes.errors import AddressError, NotFoundError
from k8snotes.facts.diagnosis import Answer, Case, Chart, Diagnosis, command
from k8snotes.facts.diagnosis_service import ServiceQuestions, resolves
from k8snotes.facts.diagnosis_way import (
    Ways,
    answer_of,
    ask_about_way,
    ask_for_answer,
    asks_whether_it_listens,
    is_answered,
    listening,
)
from k8snotes.facts.diagnosis_web import Call, ask_about_class, ask_about_routes, front_at
from k8snotes.network.dns import DOMAIN
from k8snotes.network.sender import Sender
from k8snotes.network.targets import Target
from k8snotes.network.trace import Trace
from k8snotes.network.web import Front

__all__ = ["diagnose_url"]


def diagnose_url(case: Case, url: str, target: Target, source: Sender) -> Diagnosis:
    """Ask all questions about a request, along its way.

    The first request decides, as `c.trace` follows it: where it is answered, there is no fault. If other requests would
    end elsewhere, the last answer says so.

    Args:
        case: the cluster.
        url: what was typed.
        target: what it says.
        source: who sends the request.
    """
    return _Url(case, url, target, source).diagnosis()


class _Url:
    """The questions about one request."""

    def __init__(self, case: Case, url: str, target: Target, source: Sender) -> None:
        self.case, self.url, self.target, self.source = case, url, target, source
        self.state = case.network.state
        self.trace: Trace | None = None
        lost = ""
        try:
            self.trace = case.network.trace(target, source)
        except (NotFoundError, AddressError) as error:
            lost = error.args[0]
        traces = (self.trace,) if self.trace is not None else ()
        self.ways = Ways((target,), traces, lost)
        self.chart = Chart(connected=self.trace is not None and is_answered(self.trace))

    def diagnosis(self) -> Diagnosis:
        """Ask, and return the questions with their answers."""
        if not self.target.is_address:
            if self.state.web.is_there:
                lookup = self.case.network.resolver(self.source).look_up(self.target.host)
                ask_about_class(self.chart, self.case, self.target.host, beyond=lookup.outcome == "beyond")
            self._ask_dns()
        if self.trace is not None and self.trace.called:
            self._ask_about(self.trace.called)
        self._ask_for_answer()
        return Diagnosis(self.url, self.source.ref, tuple(self.chart.steps), self.ways.notes)

    def _ask_dns(self) -> None:
        name, pod = self.target.host, self.source.pod
        line = "kubectl get services,ingresses -A -o wide"
        if pod is not None:
            line = command(f"exec {pod.name}", pod.namespace, inside=f"nslookup {name}")
        self.chart.ask(
            "dns",
            _("Does the name {name} lead to an address outside the cluster?", name=name)
            if self.source.kind == "outside"
            else _(
                "Does the name {name} lead to an address, asked by {source}?",
                name=name,
                source=self.source.ref,
            ),
            line,
            lambda: resolves(self.case, self.source, name),
        )

    # ---- what has the address

    def _ask_about(self, ip: str) -> None:
        """Ask about what has the address that is called: a Service, a Pod, a Node, or nothing that is known here."""
        service = self._service_at(ip)
        whose = self.state.whose(ip)
        front = front_at(self.case, ip, service)
        if front is not None and self.trace is not None and self._is_read(front):
            own = self._port_of(front.service) if front.service is not None else None
            number = own.port if own is not None else self.target.port or 0
            ask_about_routes(self.chart, self.case, Call(front, self.target, self.trace, number))
            return
        if service is not None:
            self._ask_about_service(service, ip)
            return
        self.chart.ask(
            "address",
            _("What has the address {ip}?", ip=ip),
            "kubectl get pods,services,nodes -A -o wide",
            lambda: (
                Answer(True, _("it is the {whose}", whose=whose))
                if whose
                else Answer(None, _("no object of this cluster"))
            ),
        )
        pod, port = self.state.pod_at.get(ip), self.target.port
        line = "kubectl get nodes -o wide"
        if pod is not None and port is not None:
            line = command(f"get pod {pod.name} -o wide", pod.namespace)
            called = [(pod, port, self.target.protocol)]
            self.chart.ask(
                "listen",
                _("Does a program listen there, on the address of its Pod?"),
                asks_whether_it_listens(called),
                lambda: listening(self.case, called),
            )
        ask_about_way(self.chart, self.case, self.ways, self.source, line)

    def _is_read(self, front: Front) -> bool:
        """Whether a proxy reads the request, or would if the dump told of it: else, its Service is asked about."""
        return self.trace is not None and (bool(self.trace.url) or front.found)

    def _service_at(self, ip: str) -> Service | None:
        """Return the Service that is called at an address, None if none is."""
        state = self.state
        service = state.at_cluster_ip.get(ip) or state.at_outer_ip.get(ip)
        if service is None and ip in state.node_at and self.target.port is not None:
            owner = state.at_node_port.get((self.target.port, self.target.protocol))
            service = owner[0] if owner is not None else None
        if service is None and not self.target.is_address:
            answer = self.case.network.resolver(self.source).look_up(self.target.host).answer
            name, _dot, rest = (answer.tried[-1] if answer and answer.tried else "").partition(".")
            namespace, _dot, domain = rest.partition(".")
            there = state.zone.by_name.get((namespace, name))
            if domain == f"svc.{DOMAIN}" and there is not None and there.headless:
                return there
        return service

    def _ask_about_service(self, service: Service, ip: str) -> None:
        """Ask about the Service that is called, and its port."""
        home, port = service.namespace, self._port_of(service)
        self.chart.ask(
            "service",
            _(
                "Does the Service at {ip} have port {port}?",
                ip=ip,
                port=self.target.port or "-",
            ),
            command(f"get service {service.name}", home),
            lambda: self._has_port(service, port),
        )
        asked = ServiceQuestions(self.case, service, (port,) if port is not None else (), self.source)
        asked.ask(self.chart)
        ask_about_way(self.chart, self.case, self.ways, self.source, asked.about_rules)

    def _port_of(self, service: Service) -> ServicePort | None:
        number, protocol = self.target.port, self.target.protocol
        for port in service.ports:
            if port.protocol == protocol and number in (port.port, port.node_port):
                return port
        return None

    def _has_port(self, service: Service, port: ServicePort | None) -> Answer:
        if port is not None or self.trace is None or service.headless or self.target.port is None:
            return Answer(True, _("yes: {what}", what=service.ref))
        return Answer(False, _("no: {why}", why=self.trace.reason), self.trace.hint)

    # ---- the end

    def _ask_for_answer(self) -> None:
        """Ask whether the request is answered; what would become of other requests is a hint."""
        ask_for_answer(self.chart, self.ways, self.source)
        if not self.chart.connected:
            return
        ways = self.case.network.ways(self.target, self.source)
        failing = sum(chance for chance, way in ways if not is_answered(way))
        if failing:
            why = answer_of([way for _chance, way in ways]).words
            hint = _(
                "Not every request is answered: {percent} % of them fail ({why}).",
                percent=f"{100 * failing:.3g}",
                why=why,
            )
            self.chart.steps[-1] = replace(self.chart.steps[-1], hint=hint)


def diagnose_missing(kind: str, name: str, namespace: str, why: str) -> Diagnosis:
    """Say of a Service or a Pod that it is not there.

    Args:
        kind: "Service" or "Pod".
        name: its name.
        namespace: its Namespace.
        why: which ones there are instead.
    """
    chart = Chart()
    chart.ask(
        kind.lower(),
        _("Is there a {kind} {name} in namespace {namespace}?", kind=kind, name=name, namespace=namespace),
        command(f"get {kind.lower()} {name}", namespace),
        lambda: Answer(
            False,
            _("no"),
            why,
        ),
    )
    return Diagnosis(f"{kind.lower()}/{name}", "", tuple(chart.steps))
