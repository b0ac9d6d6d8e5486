"""Service: one steady address for a changing group of Pods."""

from __future__ import annotations

from typing import NamedTuple

from k8snotes.api.base import KubeObject, mapping, mappings, text
from k8snotes.api.kind import Kind


class ServicePort(NamedTuple):
    """One port of a Service: where it is reached, and where it leads. As text it is what `kubectl get` shows.

    Args:
        name: the name of the port, "" for none.
        port: the port of the Cluster IP.
        target_port: the number or the name of the container's port that packets are sent to.
        protocol: "TCP", "UDP" or "SCTP".
        node_port: the port on each Node, None where the Service opens none there.

    >>> str(ServicePort("http", 80, 8080, "TCP", 30080))
    '80:30080/TCP'
    """

    name: str
    port: int
    target_port: int | str
    protocol: str
    node_port: int | None

    def __str__(self) -> str:
        node_port = f":{self.node_port}" if self.node_port else ""
        return f"{self.port}{node_port}/{self.protocol}"


class Service(KubeObject):
    """A Service: one steady address for a changing group of Pods.

    >>> web = Service({"spec": {"selector": {"app": "web"}, "ports": [{"port": 80}]}})
    >>> web.type, web.selector, web.ports[0].target_port
    ('ClusterIP', {'app': 'web'}, 80)
    >>> import k8snotes as kn
    >>> service = kn.load("guestbook")["svc/frontend"]
    >>> service.type, service.selector, service.headless, service.ports[0].port, service.cluster_ip[:6]
    ('NodePort', {'app': 'guestbook', 'tier': 'frontend'}, False, 80, '10.96.')
    >>> service.external_name, service.publish_not_ready, service.load_balancer_ips
    ('', False, ())
    """

    __slots__ = ()

    @property
    def type(self) -> str:
        """ClusterIP, NodePort, LoadBalancer or ExternalName."""
        return text(self.spec.get("type")) or "ClusterIP"

    @property
    def cluster_ip(self) -> str:
        """Its virtual address; "None" for a headless Service, "" where it has none."""
        return text(self.spec.get("clusterIP"))

    @property
    def headless(self) -> bool:
        """Whether it asked for no virtual address (`clusterIP: None`)."""
        return self.cluster_ip == "None"

    @property
    def selector(self) -> dict[str, str]:
        """Its equality map; empty if it selects no Pods by itself."""
        return {text(k): text(v) for k, v in mapping(self.spec.get("selector")).items()}

    @property
    def external_name(self) -> str:
        """The DNS name that an ExternalName Service leads to."""
        return text(self.spec.get("externalName"))

    @property
    def publish_not_ready(self) -> bool:
        """Whether Pods that are not ready count as ready (`publishNotReadyAddresses`)."""
        return self.spec.get("publishNotReadyAddresses") is True

    @property
    def ports(self) -> tuple[ServicePort, ...]:
        """Its ports; `targetPort` is `port` where it is left out."""
        ports = []
        for item in mappings(self.spec.get("ports")):
            port = item.get("port")
            if not isinstance(port, (int, float)):
                continue
            target = item.get("targetPort")
            if not isinstance(target, (int, str)) or target in ("", 0):
                target = int(port)
            node_port = item.get("nodePort")
            ports.append(
                ServicePort(
                    text(item.get("name")),
                    int(port),
                    target,
                    text(item.get("protocol")) or "TCP",
                    node_port if isinstance(node_port, int) else None,
                )
            )
        return tuple(ports)

    @property
    def load_balancer_ips(self) -> tuple[str, ...]:
        """The addresses that a load balancer was given, none while it is `<pending>`."""
        entries = mappings(mapping(self.status.get("loadBalancer")).get("ingress"))
        return tuple(text(item.get("ip") or item.get("hostname")) for item in entries)


KIND = Kind(
    "Service",
    "services",
    short=("svc",),
    in_all=True,
    rank=2,
    selector=("spec", "selector"),
    selector_is_map=True,
    status=True,
    quota_piece=True,
    recounted=True,
    selectable_fields=("spec.clusterIP", "spec.type"),
    view=Service,
)
