"""Draw README's pictures: the course's own application, and for each chapter what it is about, small."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import k8snotes as kn

FOLDER = Path(__file__).resolve().parents[1] / "notebooks" / "pictures"
_SMALL = """
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}
---
apiVersion: v1
kind: ReplicationController
metadata: {name: web}
spec:
  replicas: 2
  selector: {app: web}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: web, ports: [{containerPort: 8080}]}]}
"""
_POD = """
apiVersion: v1
kind: Pod
metadata: {name: news, labels: {app: news}}
spec: {volumes: [{name: pages, emptyDir: {}}], containers: [
  {name: web, image: web, ports: [{containerPort: 8080}], volumeMounts: [{name: pages, mountPath: /www}]},
  {name: writer, image: writer, volumeMounts: [{name: pages, mountPath: /out}]}]}
"""


def _small(nodes: int = 2, more: str = "") -> Any:
    cluster = kn.Cluster(nodes=nodes)
    cluster.apply(_SMALL + more)
    cluster.settle()
    return cluster


def _start() -> Any:
    return _small().service_map()


def _service() -> Any:
    cluster = _small()
    cluster.set_ready(cluster.objects("pods")[0].ref, False)
    cluster.settle()
    return cluster.service_map()


def _pod() -> Any:
    return kn.load(_POD, nodes=1).inside("pod/news")


def _master_and_node() -> Any:
    return _small(1).architecture()


def _scaling() -> Any:
    cluster = _small()
    before = cluster.copy()
    cluster.scale("rc/web", 4)
    cluster.settle()
    return cluster.diff(since=before)


def _quota() -> Any:
    cluster = kn.Cluster(nodes=1, cpu="1", memory="1Gi")
    cluster.apply(
        _SMALL.replace("image: web,", "image: web, resources: {requests: {cpu: 300m, memory: 256Mi}},")
    )
    cluster.settle()
    return cluster.capacity()


def _labels() -> Any:
    return kn.load("guestbook").selection("tier=frontend,track=canary", "deployments")


def _three_ips() -> Any:
    return _small().three_ips()


def _way_in() -> Any:
    cluster = _small()
    cluster.provide_load_balancers()
    cluster.apply(
        _SMALL.replace("selector: {app: web}, ports", "type: LoadBalancer, selector: {app: web}, ports")
    )
    cluster.settle()
    return cluster.way_in("svc/web")


def _your_own_cluster() -> Any:
    cluster = _small()
    service = cluster["svc/web"].manifest
    service["spec"]["selector"] = {"app": "wbe"}
    cluster.replace(service)
    cluster.settle()
    return cluster.service_map()


# the number of a chapter -> its picture
CHAPTERS: dict[str, Callable[[], Any]] = {
    "00": _start,
    "01": _service,
    "02": _pod,
    "03": _master_and_node,
    "04": _scaling,
    "05": _quota,
    "06": _labels,
    "07": _three_ips,
    "08": _way_in,
    "09": _your_own_cluster,
}


def main() -> int:
    """Write the pictures as SVG."""
    FOLDER.mkdir(exist_ok=True)
    cluster = kn.load("guestbook")
    cluster.service_map().save(FOLDER / "service-map.svg")
    cluster.three_ips().save(FOLDER / "three-ips.svg")
    for number, draw in CHAPTERS.items():
        draw().save(FOLDER / f"chapter-{number}.svg")
    return 0


if __name__ == "__main__":
    sys.exit(main())
