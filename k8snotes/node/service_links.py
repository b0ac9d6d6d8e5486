"""Service links: the variables by which a container finds the Services that were there before it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeGuard

from k8snotes.api.base import KubeObject, text
from k8snotes.api.kinds.pod import Pod
from k8snotes.api.kinds.service import Service
from k8snotes.api.reader import Reader
from k8snotes.node.addresses import is_ipv4

__all__ = ["linked_services", "service_links"]

_KUBERNETES = "services", "default", "kubernetes"


def linked_services(reader: Reader, pod: Pod) -> Iterator[Service]:
    """Yield the Services for which the containers of a Pod get variables.

    These are the Services of its Namespace that have a Cluster IP, and default/kubernetes, unless the Namespace has a
    Service of that name itself. With `enableServiceLinks: false`, it is only default/kubernetes.

    Args:
        reader: the cluster.
        pod: the Pod.

    Source of the rule: `getServiceEnvVarMap` of the kubelet
    """
    named = False
    if pod.spec.get("enableServiceLinks") is not False:
        for service in reader.list("services", pod.namespace):
            if _has_address(service):
                named = named or service.name == "kubernetes"
                yield service
    for service in () if named else reader.list("services", "default"):
        if _has_address(service) and service.key == _KUBERNETES:
            yield service


def _has_address(service: KubeObject) -> TypeGuard[Service]:
    return isinstance(service, Service) and is_ipv4(service.cluster_ip) and bool(service.ports)


def service_links(services: Iterable[Service], started: str = "") -> dict[str, str]:
    """Return the variables that a container gets for Services.

    Args:
        services: the Services that count, as `linked_services` yields them.
        started: when the container started ("2026-01-01T00:00:00Z"): later Services have no variables; "" for now.

    Returns:
        The values by the names of the variables.

    Source of the rule:
        https://kubernetes.io/docs/tutorials/services/connect-applications-service/#environment-variables

    >>> import k8snotes as kn
    >>> c = kn.load("guestbook")
    >>> links = service_links(linked_services(c.api, c["pod/client"]))
    >>> links["CACHE_SERVICE_PORT"], links["KUBERNETES_PORT_443_TCP"]
    ('6379', 'tcp://10.96.0.1:443')
    """
    variables: dict[str, str] = {}
    for service in services:
        if not started or service.key == _KUBERNETES or _made(service) <= started:
            variables |= _of_service(service)
    return variables


def _made(service: Service) -> str:
    return text(service.metadata.get("creationTimestamp"))


def _of_service(service: Service) -> dict[str, str]:
    """Return the variables of one Service.

    Source of the rule: `FromServices` in k8s.io/kubernetes/pkg/kubelet/envvars.
    """
    name = service.name.upper().replace("-", "_")
    ip, first = service.cluster_ip, service.ports[0]
    variables = {f"{name}_SERVICE_HOST": ip, f"{name}_SERVICE_PORT": str(first.port)}
    for port in service.ports:
        if port.name:
            variables[f"{name}_SERVICE_PORT_{port.name.upper().replace('-', '_')}"] = str(port.port)
    variables[f"{name}_PORT"] = f"{first.protocol.lower()}://{ip}:{first.port}"
    for port in service.ports:
        prefix, protocol = f"{name}_PORT_{port.port}_{port.protocol}", port.protocol.lower()
        variables[prefix] = f"{protocol}://{ip}:{port.port}"
        variables[f"{prefix}_PROTO"] = protocol
        variables[f"{prefix}_PORT"] = str(port.port)
        variables[f"{prefix}_ADDR"] = ip
    return variables
