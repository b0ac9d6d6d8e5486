"""The questions about a Service: its selector, its Pods, their ports and programs, policies, rules, and its name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property

from k8snotes.api.kinds.pod import Pod
from k8snotes.api.kinds.service import Service, ServicePort
from k8snotes.api.selector import Selector
from k8snotes.api.workload import Workload
from k8snotes.catalogue import _, clauses, named, ngettext
from k8snotes.facts.diagnosis import Answer, Case, Chart, Diagnosis, command
from k8snotes.facts.diagnosis_pod import ask_about_pod
from k8snotes.facts.diagnosis_way import (
    Ways,
    ask_about_way,
    ask_for_answer,
    asks_whether_it_listens,
    clients_of,
    first_let_through,
    listening,
)
from k8snotes.facts.pending_workload import why_lacking
from k8snotes.network.endpoints import Endpoint, EndpointIndex, SelectedPods, nearest_pod, note_on, notes_on
from k8snotes.network.sender import Sender
from k8snotes.network.state import port_text
from k8snotes.network.targets import Target
from k8snotes.node.addresses import is_ipv4, node_ip

__all__ = ["ServiceQuestions", "diagnose_service"]

_PROBE = "probe"
_MOST_PODS = 3  # that a sentence names


def diagnose_service(case: Case, service: Service, source: Sender | None = None) -> Diagnosis:
    """Ask all questions about a Service, on all of its ports.

    Args:
        case: the cluster.
        service: the Service.
        source: the sender that calls it; None for another Pod of its Namespace, else for a Node.

    Source of the rule: https://kubernetes.io/docs/tasks/debug/debug-application/debug-service/
    """
    chart = Chart()
    asked = ServiceQuestions(case, service, service.ports, source)
    home = service.namespace
    chart.ask(
        "service",
        _("Is there a Service {name} in namespace {namespace}?", name=service.name, namespace=home),
        command(f"get service {service.name}", home),
        asked.there,
    )
    asked.ask(chart)
    client = asked.client
    by_address = asked.ways() if not chart.stopped else Ways(())
    if service.type != "ExternalName":
        ask_about_way(chart, case, by_address, client, asked.about_rules)
    asked.ask_dns(chart)
    if service.ports:
        by_name = asked.ways(by_name=True) if not chart.stopped else Ways(())
        ask_for_answer(chart, by_name if by_name.targets else by_address, client)
    sender = client.ref if client is not None else ""
    return Diagnosis(service.ref, sender, tuple(chart.steps), by_address.notes)


class ServiceQuestions:
    """The questions about a Service and some of its ports.

    Args:
        case: the cluster.
        service: the Service.
        ports: the ports that are asked about.
        source: who calls it; None: a client is chosen.
    """

    def __init__(
        self, case: Case, service: Service, ports: Sequence[ServicePort], source: Sender | None
    ) -> None:
        self.case, self.service, self.ports, self.source = case, service, tuple(ports), source
        self.state = case.network.state
        self.index = EndpointIndex(case.api, found=case.snapshot)
        self.behind: SelectedPods = self.index.of(service)
        self.serving: tuple[Endpoint, ...] = self.behind.ready or tuple(
            item for item in self.behind.not_ready if item.still_serving
        )
        self.unknown = (service.namespace, service.name) in self.state.unknown

    @property
    def about_rules(self) -> str:
        """The line of kubectl about what rules are made of."""
        return command(f"describe service {self.service.name}", self.service.namespace)

    def there(self) -> Answer:
        """Say that the Service is there, and at which address."""
        service = self.service
        ports = named(map(port_text, service.ports)) or _("no port")
        if service.type == "ExternalName":
            return Answer(True, _("yes: it stands for {name} (ExternalName)", name=service.external_name))
        if service.headless:
            return Answer(True, _("yes: headless (no Cluster IP), ports: {ports}", ports=ports))
        return Answer(
            True,
            _("yes: {type} {ip}, ports: {ports}", type=service.type, ip=service.cluster_ip, ports=ports),
        )

    def ask(self, chart: Chart) -> None:
        """Ask from the selector to the programs in the Pods."""
        service = self.service
        if service.type == "ExternalName":
            return
        home, labels = service.namespace, ",".join(f"{k}={v}" for k, v in sorted(service.selector.items()))
        slices = command(f"get endpointslices -l kubernetes.io/service-name={service.name}", home)
        if not service.selector:
            chart.ask("selector", _("Does it have addresses to lead to?"), slices, self._by_hand)
        else:
            pods = command(f"get pods -l {labels}", home)
            chart.ask("selector", _("Does its selector find Pods?"), pods, self._selects)
            self._ask_ready(chart, command(f"get pods -l {labels} -o wide", home))
        if self.ports:
            chart.ask(
                "port", _("Do its ports fit those of the Pods, by name and number?"), slices, self._fits
            )
            chart.ask(
                "listen", _("Do the programs listen there, on the address of their Pod?"), *self._listen()
            )

    # ---- which Pods

    def _by_hand(self) -> Answer:
        if self.unknown:
            return Answer(
                None,
                _("not known here: it has no selector, and the dump has none of its EndpointSlices"),
                _("Add the EndpointSlices to the dump: kubectl get endpointslices -A -o yaml."),
            )
        note = note_on(self.service, self.behind, self.index)
        there = _some([item.address for item in (*self.serving, *self.behind.selected_without_endpoint)])
        if there:
            return Answer(True, _("yes: it {note} ({addresses})", note=note, addresses=there))
        return Answer(
            False,
            _("no: it {note}", note=note),
            _(
                "Give {service} a selector, or write an EndpointSlice with its addresses and the label "
                "kubernetes.io/service-name: {name}.",
                service=self.service.ref,
                name=self.service.name,
            ),
        )

    def _selects(self) -> Answer:
        service, behind = self.service, self.behind
        if behind.selected:
            items = (*behind.ready, *behind.not_ready, *behind.selected_without_endpoint)
            names = [item.pod.name for item in items if item.pod]
            return Answer(
                True,
                ngettext(
                    "yes: {n} Pod ({pods})", "yes: {n} Pods ({pods})", behind.selected, pods=_some(names)
                ),
            )
        lacking = self._lacking()
        if lacking is not None:
            return lacking
        words = _("no: it {note}", note=note_on(service, behind, self.index))
        return Answer(False, words, self._repair_selector())

    def _lacking(self) -> Answer | None:
        """Say that a workload would make Pods that the Service selects, but has none; None if none would."""
        wanted = self.service.selector.items()
        for name in self.case.api.store.resources():
            for item in self.case.api.list(name, self.service.namespace):
                if not isinstance(item, Workload) or not wanted <= item.template_labels.items():
                    continue
                if item.owner:
                    continue
                why = why_lacking(self.case.api, item)
                if why is not None:
                    words = _("no: {workload} would make such Pods, but lacks them", workload=item.ref)
                    return Answer(False, words, why.note)
                if not item.replicas:
                    words = _("no: {workload} would make such Pods, but wants 0", workload=item.ref)
                    scale = command(f"scale {item.kind.lower()}/{item.name} --replicas=1", item.namespace)
                    return Answer(False, words, _("Scale it up: {command}", command=scale))
        return None

    def _repair_selector(self) -> str:
        """Say how a Service and the Pods that it means could find each other."""
        service = self.service
        pod = nearest_pod(service, self.index)
        if pod is None:
            return _("Create Pods with the labels {labels}.", labels=_labels(service.selector))
        if pod.namespace != service.namespace:
            return _(
                "A Service selects only in its own namespace. Create {service} in namespace {there}, where clients of "
                "other namespaces call it {name}, or create the Pods in {here}.",
                service=service.ref,
                there=pod.namespace,
                here=service.namespace,
                name=f"{service.name}.{pod.namespace}",
            )
        parts = [
            part
            for part in Selector.from_stored_map(service.selector).explain(pod.labels).parts
            if not part.ok
        ]
        values = {part.requirement.key: str(part.value) for part in parts if part.present}
        keys = [part for part in parts if not part.present]
        if values and not keys:
            return _(
                "Write {labels} in spec.selector of {service}, as {pod} has it, or change the labels of the Pods.",
                labels=_labels(values),
                service=service.ref,
                pod=pod.ref,
            )
        return _(
            "Let the selector of {service} ({selector}) and the labels of the Pods agree. {pod} has {labels}.",
            service=service.ref,
            selector=_labels(service.selector),
            pod=pod.ref,
            labels=_labels(pod.labels) or _("no labels"),
        )

    # ---- are they ready

    def _ask_ready(self, chart: Chart, line: str) -> None:
        """Ask whether a Pod is ready; if none is, ask one Pod why not."""
        behind = self.behind
        able = self.serving or [
            item
            for item in behind.selected_without_endpoint
            if item.pod and item.pod.ready and not item.pod.ended
        ]
        waiting = [*behind.not_ready, *behind.selected_without_endpoint]
        if chart.stopped or able or not waiting:
            chart.ask("ready", _("Is one of its Pods ready?"), line, self._is_ready)
            return
        first = next((item for item in waiting if item.pod and not item.pod.terminating), waiting[0])
        pod = first.pod
        if pod is None:
            words = _("no: {address}: {reason}", address=first.address, reason=first.reason)
            chart.ask("ready", _("Is one of its Pods ready?"), line, lambda: Answer(False, words))
            return
        ask_about_pod(chart, self.case, pod, waits=first.reason)

    def _is_ready(self) -> Answer:
        words, more = notes_on(self.service, self.behind, self.index)
        if not self.serving:
            ready = [
                item.pod.name for item in self.behind.selected_without_endpoint if item.pod and item.pod.ready
            ]
            return Answer(True, _("yes: {what}", what=_some(ready)))
        waiting = next((item for item in self.behind.not_ready if item.pod), None)
        hint = (
            _("{pod} gets no traffic: {reason}.", pod=waiting.pod.ref, reason=waiting.reason)
            if waiting is not None and waiting.pod is not None and self.behind.ready
            else ""
        )
        return Answer(True, _("yes: it {note}", note=clauses(words, more)), hint)

    # ---- ports, and programs

    def _fits(self) -> Answer:
        if self._unlisted():
            return Answer(
                False,
                _("no: its Pods are ready, but no EndpointSlice lists them yet"),
                _("c.settle() lets the endpoints controllers act."),
            )
        if self.service.headless:
            return Answer(
                True, _("headless: DNS gives the addresses of the Pods, and clients call their ports")
            )
        fitting: dict[str, None] = {}
        for port in self.ports:
            there = {
                number.port
                for item in self.serving
                for number in item.ports
                if (number.name, number.protocol) == (port.name, port.protocol)
            }
            if not there:
                return self._unknown_ports() if self.unknown else self._no_such_port(port)
            named = f" ({port.target_port})" if isinstance(port.target_port, str) else ""
            fitting[f"{port.port} → {', '.join(map(str, sorted(there)))}{named}"] = None
        return Answer(True, _("yes: {what}", what="; ".join(fitting)))

    def _unlisted(self) -> bool:
        """Whether the controllers have not written the endpoints yet."""
        if self.case.snapshot or not self.behind.ready:
            return False
        there = {number.name for item in self.behind.ready for number in item.ports}
        own = [port for port in self.ports if port.name in there]
        return bool(own) and not any(self.state.ready_ends(self.service, port) for port in own)

    def _unknown_ports(self) -> Answer:
        return Answer(None, _("not known here: the dump has none of its EndpointSlices"))

    def _no_such_port(self, port: ServicePort) -> Answer:
        why = next(
            (
                item.but or item.reason
                for item in (*self.serving, *self.behind.selected_without_endpoint)
                if item.pod
            ),
            "",
        ) or next((item.reason for item in self.behind.selected_without_endpoint), "")
        words = _("no: port {port} leads nowhere: {why}", port=port_text(port), why=why)
        service = self.service.ref
        if not self.service.selector:
            return Answer(
                False,
                words,
                _("Give the ports in {service} and in the EndpointSlice the same names.", service=service),
            )
        pods = [item.pod for item in (*self.serving, *self.behind.selected_without_endpoint) if item.pod]
        declared = [item for pod in pods[:1] for item in pod.ports if item.protocol == port.protocol]
        if len(declared) == 1:
            target = declared[0].name or str(declared[0].port)
            return Answer(
                False,
                words,
                _(
                    'Write targetPort: {target} in {service}, or name the container port "{name}".',
                    target=target,
                    service=service,
                    name=port.target_port,
                ),
            )
        return Answer(
            False,
            words,
            _(
                'Name a container port "{name}", or write its number as targetPort in {service}.',
                name=port.target_port,
                service=service,
            ),
        )

    def _called(self) -> Iterator[tuple[Pod, int, str]]:
        """Yield the ports of Pods to which packets come."""
        wanted = {(port.name, port.protocol): port.port for port in self.ports}
        for item in self.serving:
            for port in item.ports:
                if item.pod is not None and (port.name, port.protocol) in wanted:
                    number = port.service_port if self.service.headless else port.port
                    yield item.pod, number, port.protocol

    def _listen(self) -> tuple[str, Callable[[], Answer]]:
        """Return the line of kubectl and the answer to whether programs listen."""
        called = list(self._called())
        slices = command(
            f"get endpointslices -l kubernetes.io/service-name={self.service.name}", self.service.namespace
        )
        return asks_whether_it_listens(called) or slices, lambda: listening(self.case, called)

    # ---- who calls it

    @cached_property
    def client(self) -> Sender | None:
        """Who calls the Service: who was named, else a Pod that policies let through, else a Node; None if there is none."""
        if self.source is not None:
            return self.source
        own = {item.pod.uid for item in self.serving if item.pod}
        candidates = clients_of(self.case, self.service.namespace, own)
        return first_let_through(self.case, candidates, self._ways_of)

    def ways(self, *, by_name: bool = False) -> Ways:
        """Return the ways of packets from the client to each port, by address or by name."""
        if self.client is None:
            return Ways(())
        return self._ways_of(self.client, by_name=by_name)

    def _ways_of(self, sender: Sender, *, by_name: bool = False) -> Ways:
        targets: list[Target] = []
        for port in self.ports:
            if by_name:
                targets += (
                    [Target(self._name_for(sender), port.port, port.protocol)]
                    if self.asks_dns(sender)
                    else []
                )
            else:
                targets += [
                    Target(host, number, port.protocol) for host, number in self._places(sender, port)
                ]
        return Ways.of(self.case, sender, targets)

    def _places(self, sender: Sender, port: ServicePort) -> Iterable[tuple[str, int]]:
        """Return the addresses at which a sender calls a port of the Service."""
        service = self.service
        if sender.kind == "outside":
            if service.load_balancer_ips and service.type == "LoadBalancer":
                return [(service.load_balancer_ips[0], port.port)]
            nodes = [node_ip(node) for node in self.state.nodes if node_ip(node)]
            if port.node_port and nodes and service.type in ("NodePort", "LoadBalancer"):
                return [(nodes[0], port.node_port)]
        if service.headless:
            ips = [item.address for item in self.serving if is_ipv4(item.address)]
            return [(ip, port.port) for ip in ips]
        return [(service.cluster_ip, port.port)] if is_ipv4(service.cluster_ip) else []

    # ---- its name

    def asks_dns(self, sender: Sender) -> bool:
        """Whether a sender calls the Service by its name in cluster DNS."""
        return sender.kind == "pod" or sender.pod is not None

    def _name_for(self, sender: Sender) -> str:
        """Return the name of the Service as a sender calls it."""
        pod, service = sender.pod, self.service
        same = pod is not None and pod.namespace == service.namespace
        return service.name if same else f"{service.name}.{service.namespace}"

    def ask_dns(self, chart: Chart) -> None:
        """Ask whether its name leads to it."""
        client = self.client
        if client is not None and client.kind == "outside":
            line = command("get pods -l k8s-app=kube-dns", "kube-system")
            words = _("not asked: a machine outside the cluster does not ask cluster DNS")
            chart.ask("dns", _("Does DNS know its name?"), line, lambda: Answer(None, words))
            return
        if client is None or client.pod is None:  # as a Pod would be answered
            name, home = self.service.name, self.service.namespace
            line = command(
                f"run {_PROBE} --rm -it --restart=Never --image=busybox", home, inside=f"nslookup {name}"
            )
            chart.ask(
                "dns",
                _(
                    "Does DNS know the name {name}, asked by a Pod of namespace {namespace}?",
                    name=name,
                    namespace=home,
                ),
                line,
                lambda: resolves(self.case, _any_pod(home), name),
            )
            return
        name = self._name_for(client)
        line = command(f"exec {client.pod.name}", client.pod.namespace, inside=f"nslookup {name}")
        chart.ask(
            "dns",
            _("Does DNS know the name {name}, asked by {pod}?", name=name, pod=client.ref),
            line,
            lambda: resolves(self.case, client, name),
        )


def _any_pod(namespace: str) -> Sender:
    """Return a Pod as a reader would make one to ask from."""
    meta = {"name": _PROBE, "namespace": namespace}
    pod = Pod(
        {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": {"containers": [{"name": _PROBE}]}}
    )
    return Sender("pod", pod.ref, "", "", pod)


def resolves(case: Case, sender: Sender, name: str) -> Answer:
    """Say whether a name leads to an address for a sender, and what to do if not."""
    lookup = case.network.resolver(sender).look_up(name)
    if lookup.outcome == "address":
        return Answer(True, _("yes: {what}", what=lookup.sentence(lookup.addresses[0])))
    if lookup.outcome == "beyond":
        return Answer(None, _("not known here: {why}", why=lookup.what), lookup.hint)
    return Answer(False, _("no: {why}", why=lookup.reason), lookup.hint or _dns_hint(case))


def _dns_hint(case: Case) -> str:
    """Say that the Pods of cluster DNS are missing, "" if they are not."""
    service = case.network.state.silent_dns
    if service is None:
        return ""
    return _(
        "Look for the Pods behind {service}: kubectl get pods -n kube-system -l k8s-app=kube-dns.",
        service=service.ref,
    )


def _labels(labels: dict[str, str]) -> str:
    return ",".join(f"{key}={value}" for key, value in sorted(labels.items()))


def _some(names: Sequence[str]) -> str:
    more = len(names) - _MOST_PODS
    some = named(names[:_MOST_PODS])
    return ngettext("{names} and {n} more", "{names} and {n} more", more, names=some) if more > 0 else some
