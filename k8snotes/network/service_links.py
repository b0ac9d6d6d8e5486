"""Service links: the variables by which a container finds the Services that were there before it."""

from __future__ import annotations

from k8snotes.api.base import text
from k8snotes.api.kinds.pod import Pod
from k8snotes.api.kinds.service import Service
from k8snotes.api.reader import Reader
from k8snotes.node.addresses import is_ipv4

__all__ = ["service_links"]


def service_links(reader: Reader, pod: Pod) -> dict[str, str]:
    """Return the variables that the kubelet adds to each container of a Pod for Services.

    A Service counts if it has a Cluster IP and was there when the Pod started. With `enableServiceLinks: false`, only
    those of default/kubernetes are added.

    Args:
        reader: the cluster.
        pod: the Pod.

    Source of the rule:
        https://kubernetes.io/docs/tutorials/services/connect-applications-service/#environment-variables

    >>> import k8snotes as kn
    >>> c = kn.load("guestbook")
    >>> links = service_links(c.api, c["pod/client"])
    >>> links["CACHE_SERVICE_PORT"], links["KUBERNETES_PORT_443_TCP"]
    ('6379', 'tcp://10.96.0.1:443')
    """
    started = text(pod.status.get("startTime"))
    linked = pod.spec.get("enableServiceLinks") is not False
    variables: dict[str, str] = {}
    for service in reader.list("services"):
        if not isinstance(service, Service) or not is_ipv4(service.cluster_ip) or not service.ports:
            continue
        of_cluster = (service.namespace, service.name) == ("default", "kubernetes")
        there = text(service.metadata.get("creationTimestamp")) <= started or not started
        if of_cluster or (linked and there and service.namespace == pod.namespace):
            variables |= _of_service(service)
    return variables


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
