"""The service map: every Service, the Pods behind it, and the reason for every Pod that is left out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from k8snotes.api.kinds.pod import Pod
from k8snotes.api.kinds.service import Service, ServicePort
from k8snotes.api.reader import Reader, services_of
from k8snotes.api.references import references
from k8snotes.api.selector import Selector
from k8snotes.catalogue import _, clauses
from k8snotes.control_plane.endpoint_rules import EndpointPort
from k8snotes.facts.routes import WayIn
from k8snotes.facts.states import state_of
from k8snotes.facts.workloads import Workloads
from k8snotes.heap import unswept
from k8snotes.network.endpoints import EndpointIndex, SelectedPods, notes_on

__all__ = ["Link", "MappedPod", "MappedService", "ServiceMap", "service_map"]


_USED = ("ConfigMap", "Secret", "PersistentVolumeClaim", "ServiceAccount")


class MappedService(NamedTuple):
    """A Service on the map.

    Args:
        ref: its reference: "service/web".
        name: its name.
        namespace: its Namespace.
        type: ClusterIP, NodePort, LoadBalancer or ExternalName.
        cluster_ip: its virtual address; "None" for a headless Service, "" for an ExternalName.
        ports: its ports.
        selector: its equality map, empty if it has none.
        selected: how many Pods the selector finds.
        ready: how many addresses get traffic.
        note: what it selects, in a line.
        near: the reference of the nearest Pod where the selector finds none, else "".
        near_why: how the labels of that Pod differ.
        by_hand: the addresses in Endpoints or EndpointSlices that a user wrote.
        external_name: the DNS name that an ExternalName stands for.
        meant: the labels that the nearest Pod has instead ("tier=cache"), if it is the selector that is misspelt.
        by_hand_waiting: those addresses by hand that are marked as not ready.
        still_serving: how many Pods that are being terminated get traffic, because no other is ready.
        load_balancer: its addresses outside the cluster.
        pending: whether it waits for such an address.
        brief: the note without its details: "selects nothing".
        by_hand_ports: which port of the Service leads to which of the addresses by hand, a line each.
        by_controller: whether a controller left those addresses, and no user wrote them.
    """

    ref: str
    name: str
    namespace: str
    type: str
    cluster_ip: str
    ports: tuple[ServicePort, ...]
    selector: dict[str, str]
    selected: int
    ready: int
    note: str
    near: str = ""
    near_why: str = ""
    by_hand: tuple[str, ...] = ()
    external_name: str = ""
    meant: str = ""
    by_hand_waiting: tuple[str, ...] = ()
    still_serving: int = 0
    load_balancer: tuple[str, ...] = ()
    pending: bool = False
    brief: str = ""
    by_hand_ports: str = ""
    by_controller: bool = False


class MappedPod(NamedTuple):
    """A Pod on the map.

    Args:
        ref: its reference: "pod/web-1".
        name: its name.
        namespace: its Namespace.
        ip: its Pod IP, "" while it has none.
        node: its Node, "" while it has none.
        state: how it is, in a word or two.
        workload: the workload that made it ("Deployment/web"), "" if none did.
        services: the references of the Services that select it.
        reason: why no Service selects it, "" if one does.
        probed: whether a readiness probe asks it; a Pod that none asks is ready as soon as it runs.
        uses: what it needs beside it, as references ("configmap/web"); () if that was not asked for.
    """

    ref: str
    name: str
    namespace: str
    ip: str
    node: str
    state: str
    workload: str
    services: tuple[str, ...]
    reason: str = ""
    probed: bool = True
    uses: tuple[str, ...] = ()


class Link(NamedTuple):
    """A Service selects a Pod.

    Args:
        service: the reference of the Service.
        pod: the reference of the Pod.
        state: "ready", "not ready" (in the EndpointSlices, without traffic) or "left out".
        reason: why, in words.
        ports: which port of the Service leads to which of the Pod, a line each: ":80 → http 8080".
        but: what there is to say of it beyond "selected and ready": "" for a Pod that simply answers.
        targets: the numbers of those ports of the Pod.
    """

    service: str
    pod: str
    state: str
    reason: str
    ports: str
    but: str = ""
    targets: tuple[int, ...] = ()


class ServiceMap(NamedTuple):
    """Services, Pods, and the links between them; all by reference.

    `notes` say what the map does not show. `ways_in` are the Ingresses and the HTTPRoutes that lead requests to the
    Services.
    """

    services: tuple[MappedService, ...]
    pods: tuple[MappedPod, ...]
    links: tuple[Link, ...]
    notes: tuple[str, ...] = ()
    ways_in: tuple[WayIn, ...] = ()


@unswept()
def service_map(
    reader: Reader, namespace: str | None = None, *, found: bool = False, uses: bool = False
) -> ServiceMap:
    """Map the Services of a cluster to the Pods behind them.

    Each Service asks only the Pods that share its rarest label, so the work grows with the number of
    links and not with Services times Pods. The cluster's own Service, default/kubernetes, is left out.

    Args:
        reader: the cluster.
        namespace: the Namespace that is shown; None means all of them.
        found: whether the cluster is a dump.
        uses: whether it is told what each Pod uses: ConfigMaps, Secrets, claims, and its account.

    Source of the rule: https://kubernetes.io/docs/concepts/services-networking/service/

    >>> import k8snotes as kn
    >>> facts = service_map(kn.load("guestbook").api)
    >>> [(service.name, service.selected, service.ready) for service in facts.services][:2]
    [('cache', 2, 2), ('frontend', 4, 4)]
    """
    index = EndpointIndex(reader, found=found)
    workloads = Workloads(reader)
    services = services_of(reader, namespace)
    links: list[Link] = []
    mapped: list[MappedService] = []
    chosen_by: dict[str, tuple[str, ...]] = {}
    refs = {id(pod): pod.ref for pod in index.pods}  # each is asked for as often as a Service selects it
    for service in services:
        behind, ref_of_service, ports_of_service = index.of(service), service.ref, service.ports
        mapped.append(_service(service, behind, index))
        alone = (ref_of_service,)  # most Pods have one Service: ten thousand of them need no tuple each
        said: dict[tuple[EndpointPort, ...], str] = {}  # most Pods of a Service have the same ports
        for state, items in (
            ("ready", behind.ready),
            ("not ready", behind.not_ready),
            ("left out", behind.selected_without_endpoint),
        ):
            for item in items:
                if item.pod is not None:
                    ref = refs[id(item.pod)]
                    ports = said.get(item.ports)
                    if ports is None:
                        ports = ports_text(ports_of_service, item.ports, headless=service.headless)
                        said[item.ports] = ports
                    targets = tuple([port.port for port in item.ports])
                    links.append(Link(ref_of_service, ref, state, item.reason, ports, item.but, targets))
                    chosen_by[ref] = chosen_by[ref] + alone if ref in chosen_by else alone
    strangers = _Strangers(services)
    pods = []
    for position, pod in enumerate(index.pods):
        if namespace is not None and index.namespaces[position] != namespace:
            continue
        ref = refs[id(pod)]
        by = chosen_by.get(ref, ())
        reason = "" if by else strangers.why(index.namespaces[position], index.labels[position])
        pods.append(
            MappedPod(
                ref=ref,
                name=pod.name,
                namespace=index.namespaces[position],
                ip=pod.ip,
                node=pod.node_name,
                state=state_of(pod),
                workload=workloads.of(pod),
                services=by,
                reason=reason,
                probed=pod.has_readiness_probe,
                uses=_used_by(pod) if uses else (),
            )
        )
    return ServiceMap(tuple(mapped), tuple(pods), tuple(links))


def _used_by(pod: Pod) -> tuple[str, ...]:
    """Return what a Pod uses, each once; the account that every Pod has is left out."""
    named = [item for item in references(pod) if item.kind in _USED]
    refs = [f"{item.kind.lower()}/{item.name}" for item in named]
    return tuple(ref for ref in dict.fromkeys(refs) if ref != "serviceaccount/default")


def ports_text(
    service_ports: tuple[ServicePort, ...], ports: tuple[EndpointPort, ...], *, headless: bool = False
) -> str:
    """Say which port of the Service leads to which port of the Pod, a line each.

    A headless Service translates no port: what can be called is the port of the Pod.

    >>> ports_text((ServicePort("", 80, "http", "TCP", None),), (EndpointPort("", 8080, "TCP", 80),))
    ':80 → http 8080'
    """
    if headless:
        return "\n".join(
            f":{port.port}" if port.protocol == "TCP" else f":{port.port} {port.protocol}" for port in ports
        )
    numbers = {(port.name, port.protocol): port.port for port in ports}
    lines = []
    for port in service_ports:
        number = numbers.get((port.name, port.protocol))
        target = f"{port.target_port} {number}" if isinstance(port.target_port, str) else f"{number}"
        udp = "" if port.protocol == "TCP" else f" {port.protocol}"
        if number is not None:
            lines.append(f":{port.port} → {target}{udp}")
    return "\n".join(lines)


def _service(service: Service, behind: SelectedPods, index: EndpointIndex) -> MappedService:
    near = near_why = meant = ""
    if behind.selected == 0 and service.selector and service.type != "ExternalName":
        near, near_why, meant = _near(service, index)
    brief, more = notes_on(service, behind, index)
    return MappedService(
        ref=service.ref,
        name=service.name,
        namespace=service.namespace,
        type=service.type,
        cluster_ip=service.cluster_ip,
        ports=service.ports,
        selector=service.selector,
        selected=behind.selected,
        ready=len(behind.ready),
        note=clauses(brief, more),
        near=near,
        near_why=near_why,
        by_hand=tuple(item.address for item in behind.ready if item.pod is None),
        external_name=service.external_name,
        meant=meant,
        by_hand_waiting=tuple(item.address for item in behind.not_ready if item.pod is None),
        still_serving=behind.still_serving,
        load_balancer=service.load_balancer_ips,
        pending=service.type == "LoadBalancer" and not service.load_balancer_ips,
        brief=brief,
        by_hand_ports=next(
            (
                ports_text(service.ports, item.ports, headless=service.headless)
                for item in (*behind.ready, *behind.not_ready)
                if item.pod is None
            ),
            "",
        ),
        by_controller=any(
            item.made_by == "controller" for item in (*behind.ready, *behind.not_ready) if item.pod is None
        ),
    )


def _near(service: Service, index: EndpointIndex) -> tuple[str, str, str]:
    """Find the Pod that a Service of no endpoints most probably means: a near miss, not just any Pod."""
    away = index.elsewhere(service)
    if away:
        where = _(
            "{pod} has these labels, but it is in namespace {namespace}",
            pod=away.name,
            namespace=away.namespace,
        )
        return away.ref, where, ""
    selector = Selector.from_stored_map(service.selector)
    seen: set[tuple[tuple[str, str], ...]] = set()
    best: tuple[int, str, str, str] = (0, "", "", "")
    for position in index.at_home(service.namespace):
        labels = index.labels[position]
        key = tuple(sorted(labels.items()))
        if key in seen:
            continue
        seen.add(key)
        explanation = selector.explain(labels)
        failed = [part for part in explanation.parts if not part.ok]
        if all(part.miss for part in failed):
            score = 1 + len(explanation.parts) - len(failed)
            if score > best[0]:
                keys = [part.requirement.key for part in failed if part.present]
                meant = ", ".join(f"{key}={labels[key]}" for key in keys)
                why: str = explanation.near
                if meant and not _is_misspelt(service, index.pods[position], keys, index):
                    why, meant = clauses(why, _("one of the two is misspelled")), ""
                best = (score, index.pods[position].ref, why, meant)
    return best[1:]


def _is_misspelt(service: Service, pod: Pod, keys: Iterable[str], index: EndpointIndex) -> bool:
    """Say whether the selector of a Service is misspelt, and not the label of a Pod: the rarer word most probably is."""
    at_home = index.at_home(service.namespace)
    for key in keys:
        wanted, there = service.selector[key], pod.labels[key]
        for_pod = sum(
            2 if index.pods[at].owner else 1 for at in at_home if index.labels[at].get(key) == there
        )
        for_service = sum(wanted in index.labels[at].values() for at in at_home)
        if for_pod + (there in pod.name) <= 1 + for_service + (wanted in service.name):
            return False
    return True


_MOST_EXPLAINED = 50  # Services that share as many labels with a Pod, of which a near miss is looked for


class _Strangers:
    """Says why no Service selects a Pod; Pods with the same labels have the same answer."""

    def __init__(self, services: list[Service]) -> None:
        self._selectors: dict[str, list[tuple[Service, Selector]]] = {}
        for service in services:
            if service.selector and service.type != "ExternalName":
                self._selectors.setdefault(service.namespace, []).append(
                    (service, Selector.from_stored_map(service.selector))
                )
        self._reasons: dict[tuple[str, tuple[tuple[str, str], ...]], str] = {}
        self._by_label: dict[tuple[str, str], list[Service]] = {}
        for pairs in self._selectors.values():
            for service, _selector in pairs:
                self._by_label.setdefault(min(service.selector.items()), []).append(service)

    def why(self, namespace: str, labels: dict[str, str]) -> str:
        """Return one line: the Service that comes nearest, and what keeps it from selecting."""
        key = (namespace, tuple(sorted(labels.items())))
        if key not in self._reasons:
            self._reasons[key] = self._work_out(namespace, labels)
        return self._reasons[key]

    def _work_out(self, namespace: str, labels: dict[str, str]) -> str:
        at_home = self._selectors.get(namespace, [])
        if not at_home:
            return self._elsewhere(labels) or _("no Service of its namespace has a selector")
        if not labels:
            return _("it has no labels")
        items = labels.items()
        shares = [len(service.selector.items() & items) for service, _selector in at_home]
        most = max(shares)
        best, *others = [pair for pair, share in zip(at_home, shares, strict=True) if share == most]
        for pair in (best, *others[:_MOST_EXPLAINED]):
            failed = [part for part in pair[1].explain(labels).parts if not part.ok]
            if all(part.miss for part in failed):  # a slip of the pen is nearer than another name
                best = pair
                break
        else:
            elsewhere = self._elsewhere(labels)
            if elsewhere or most == 0:
                return elsewhere or _("no Service selects any of its labels")
        why = best[1].explain(labels).why_not
        return _("Service {name} comes nearest: {why}", name=best[0].name, why=why)

    def _elsewhere(self, labels: dict[str, str]) -> str:
        """Return a line on the Service of another namespace that asks for these labels, "" if none does."""
        other = next(
            (
                service
                for pair in sorted(labels.items())
                for service in self._by_label.get(pair, ())
                if service.selector.items() <= labels.items()
            ),
            None,
        )
        if other is None:
            return ""
        return _(
            "Service {name} wants these labels, but selects only in its own namespace, {namespace}",
            name=other.name,
            namespace=other.namespace,
        )
