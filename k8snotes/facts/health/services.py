"""Services: whether somebody answers, at which port, and whether Pods of one workload do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from k8snotes.api.base import mapping
from k8snotes.api.kinds.pod import Pod
from k8snotes.api.kinds.service import Service, ServicePort
from k8snotes.catalogue import _, named
from k8snotes.control_plane.endpoint_rules import target_of
from k8snotes.facts.health.issue import Issue, issue
from k8snotes.facts.health.reading import Group, Reading
from k8snotes.network.endpoints import SelectedPods, note_on

__all__ = ["service_issues"]

_MOST_NEAREST = 20  # Services for which the nearest Pod is looked for among all Pods


def service_issues(reading: Reading) -> Iterator[Issue]:
    """Yield what keeps Services from leading to the Pods that are meant.

    Args:
        reading: the cluster.

    Source of the rule: https://kubernetes.io/docs/tasks/debug/debug-application/debug-service/
    """
    makers = _makers(reading)
    dangling = 0
    for service in reading.services:
        if service.type == "ExternalName":
            continue
        behind = reading.index.of(service)
        ref = service.ref
        if not service.selector:
            if not behind.selected and reading.knows("endpointslices.discovery.k8s.io"):
                yield issue("service-without-endpoints", service, ("diagnose", ref))
            continue
        if not behind.selected:
            dangling += 1
            yield from _selects_none(reading, service, behind, makers, nearest=dangling <= _MOST_NEAREST)
            continue
        items = (*behind.ready, *behind.not_ready, *behind.selected_without_endpoint)
        pods = [item.pod for item in items if item.pod is not None and not item.pod.ended]
        ports = [*_port_issues(service, pods)]
        yield from ports
        nowhere = any(item.code == "service-port-nowhere" for item in ports)
        if not behind.ready and not behind.still_serving and not (nowhere and any(pod.ready for pod in pods)):
            line = f"get pods -l {_labels(service)} -o wide"
            why = reading.index.standing(service)
            yield issue(
                "service-none-ready", service, ("diagnose", ref), line, count=behind.selected, why=why
            )
        yield from _workload_issues(reading, service, pods)
        if len(behind.ready) == 1 and behind.selected == 1:
            yield issue("service-one-endpoint", service, ("service_map", service.namespace), count=1)
        if service.type == "LoadBalancer" and not mapping(service.status.get("loadBalancer")).get("ingress"):
            yield issue("service-no-load-balancer", service, ("three_ips", service.namespace))


def _labels(service: Service) -> str:
    return ",".join(f"{key}={value}" for key, value in sorted(service.selector.items()))


def _makers(reading: Reading) -> dict[tuple[str, tuple[str, str]], list[Group]]:
    """Return the workloads by Namespace and each label of their Pods, if they want none now."""
    found: dict[tuple[str, tuple[str, str]], list[Group]] = {}
    for group in reading.groups:
        if group.maker is not None and group.maker.spec.get("replicas") == 0:
            for pair in group.labels.items():
                found.setdefault((group.namespace, pair), []).append(group)
    return found


def _selects_none(
    reading: Reading,
    service: Service,
    behind: SelectedPods,
    makers: dict[tuple[str, tuple[str, str]], list[Group]],
    *,
    nearest: bool,
) -> Iterator[Issue]:
    """Yield the issue of a Service that selects no Pod: a workload would make them but is scaled to 0, or none would."""
    wanted = service.selector.items()
    first = next(iter(wanted))
    for group in makers.get((service.namespace, first), ()):
        if wanted <= dict(group.labels).items():
            line = f"scale {group.kind.lower()}/{group.name} --replicas=1"
            yield issue(
                "service-scaled-to-zero",
                service,
                ("diagnose", service.ref),
                line,
                workload=group.ref,
            )
            return
    line = f"get pods -l {_labels(service)}"
    here = _("selects no Pod in namespace {namespace}", namespace=service.namespace)
    why = note_on(service, behind, reading.index) if nearest else here
    yield issue("service-selects-none", service, ("diagnose", service.ref), line, why=why)


def _port_issues(service: Service, pods: list[Pod]) -> Iterator[Issue]:
    """Find target ports that the selected Pods do not have, by name or by number."""
    ref = service.ref
    for port in service.ports:
        named_port = isinstance(port.target_port, str)
        lacking = [pod for pod in pods if not _has(port, pod)]
        if not lacking or not pods:
            continue
        parts: dict[str, Any] = {
            "port": str(port.target_port),
            "of": port.port,
            "pods": named(pod.name for pod in lacking[:3]),
            "declared": named(
                sorted({own.name or str(own.port) for pod in lacking[:20] for own in pod.ports})
            ),
        }
        line = f"get endpointslices -l kubernetes.io/service-name={service.name} -o yaml"
        code = "service-port-undeclared"
        if named_port:
            code = "service-port-nowhere" if len(lacking) == len(pods) else "service-port-in-part"
        yield issue(code, service, ("diagnose", ref), line, n=len(lacking), **parts)


def _has(port: ServicePort, pod: Pod) -> bool:
    number = target_of(port, pod)
    if isinstance(port.target_port, str):
        return number is not None
    declared = {(own.port, own.protocol) for own in pod.ports}
    return not declared or (number, port.protocol) in declared


def _workload_issues(reading: Reading, service: Service, pods: list[Pod]) -> Iterator[Issue]:
    """Find a Service whose selector fits the Pods of several workloads."""
    groups = {id(group): group for pod in pods if (group := reading.group_of.get(id(pod))) is not None}
    if len(groups) > 1 and not all(group.bare for group in groups.values()):
        names = sorted(group.ref for group in groups.values())
        yield issue(
            "service-two-workloads",
            service,
            ("service_map", service.namespace),
            f"get pods -l {_labels(service)} -o wide",
            count=len(pods),
            n=len(names),
            workloads=named(names[:4]),
        )
