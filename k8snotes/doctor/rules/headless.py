"""A headless Service whose targetPort differs from its port: nothing translates one into the other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from k8snotes.api.base import Manifest, mapping, mappings
from k8snotes.doctor.findings import NOTE
from k8snotes.doctor.text.fault import Fault, fault_at

__all__ = ["headless_faults"]


def headless_faults(manifest: Manifest, node: Any) -> Iterator[Fault]:
    """Yield the target ports that a headless Service would have to translate.

    Args:
        manifest: a Service as it was read.
        node: its node in the text.

    Source of the rule: `Service.spec.ports[].targetPort`: it is ignored for Services with clusterIP: None.

    >>> from k8snotes.api.manifest import compose, plain
    >>> node = compose("{kind: Service, spec: {clusterIP: None, ports: [{port: 80, targetPort: 8080}]}}").nodes[0]
    >>> [fault.code for fault in headless_faults(plain(node)[0], node)]
    ['headless-port']
    """
    spec = mapping(manifest.get("spec"))
    if spec.get("clusterIP") != "None":
        return
    for number, item in enumerate(mappings(spec.get("ports"))):
        port, target = item.get("port"), item.get("targetPort")
        if isinstance(port, int) and isinstance(target, int) and port != target:
            yield fault_at(
                node,
                ("spec", "ports", number, "targetPort"),
                "headless-port",
                parts={"port": port, "target": target},
                write=f"port: {target}",
                severity=NOTE,
            )
