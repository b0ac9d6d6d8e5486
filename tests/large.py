"""Large clusters as dumps show them: snapshots of any number of Pods, made directly from objects.

A thousandth of everything is wrong, as in a cluster that people use: Pods that are not ready, that restart, that no Node
takes; Services that find nothing; Nodes that are silent, cordoned or full.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from k8snotes.api.base import view
from k8snotes.cluster import Cluster
from k8snotes.simulation import Simulation

MADE = "2026-03-02T08:00:00Z"
PER_NODE = 30
PER_WORKLOAD = 30
WORKLOADS = 50  # of a Namespace
NAMES = ("web", "cart", "catalogue", "orders", "payment", "search", "shipping", "cache", "mail", "stock")


def _meta(name: str, namespace: str = "", **more: Any) -> dict[str, Any]:
    _meta.made += 1  # type: ignore[attr-defined]  # counts the objects
    place = {"namespace": namespace} if namespace else {}
    uid = f"{_meta.made:08x}-0000-4000-8000-000000000000"  # type: ignore[attr-defined]
    return {"name": name, **place, "uid": uid, "creationTimestamp": MADE, **more}


_meta.made = 0  # type: ignore[attr-defined]


def _owner(kind: str, name: str, uid: str) -> list[dict[str, Any]]:
    return [{"apiVersion": "apps/v1", "kind": kind, "name": name, "uid": uid, "controller": True}]


def node(at: int) -> dict[str, Any]:
    """A Node of a large cluster; some are silent, cordoned, or low on memory."""
    ready = "Unknown" if at % 700 == 13 else "True"
    conditions = [{"type": "Ready", "status": ready}]
    if at % 900 == 41:
        conditions.append({"type": "MemoryPressure", "status": "True"})
    spec: dict[str, Any] = {"podCIDR": f"10.{at // 256 + 64}.{at % 256}.0/24"}
    if at % 400 == 7:
        spec["unschedulable"] = True
    small = at % 40 == 11  # these are full
    there = {"cpu": "2" if small else "8", "memory": "4Gi" if small else "32Gi", "pods": "110"}
    address = f"172.16.{at // 250}.{at % 250 + 1}"
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": _meta(f"node-{at}", labels={"topology.kubernetes.io/zone": f"zone-{'abc'[at % 3]}"}),
        "spec": spec,
        "status": {
            "capacity": there,
            "allocatable": there,
            "conditions": conditions,
            "addresses": [{"type": "InternalIP", "address": address}],
        },
    }


def pod(
    at: int, name: str, home: str, owner: list[dict[str, Any]], *, app: str, nodes: int
) -> dict[str, Any]:
    """A Pod of a large cluster; some wait, restart, or are not ready."""
    where = at % nodes
    spec: dict[str, Any] = {
        "nodeName": f"node-{where}",
        "serviceAccountName": "default",
        "containers": [
            {
                "name": "app",
                "image": f"registry.example.com/{app}:1.4",
                "ports": [{"name": "http", "containerPort": 8080}],
                "resources": {
                    "requests": {"cpu": f"{50 + at % 7 * 20}m", "memory": "256Mi"},
                    "limits": {"memory": "512Mi"},
                },
                "readinessProbe": {"httpGet": {"path": "/", "port": "http"}},
            }
        ],
    }
    state: dict[str, Any] = {"running": {"startedAt": MADE}}
    phase, ready, restarts = "Running", True, 0
    if at % 1500 == 17:
        phase, ready = "Pending", False
        del spec["nodeName"]
    elif at % 1000 == 29:
        ready, restarts = False, 5 + at % 9
        state = {"waiting": {"reason": "CrashLoopBackOff"}}
    elif at % 400 == 3:
        ready = False
    status: dict[str, Any] = {"phase": phase}
    if phase == "Running":
        ip = f"10.{where // 256 + 64}.{where % 256}.{at // nodes % 250 + 2}"
        status |= {
            "podIP": ip,
            "hostIP": f"172.16.{where // 250}.{where % 250 + 1}",
            "conditions": [
                {"type": "Ready", "status": str(ready)},
                {"type": "PodScheduled", "status": "True"},
            ],
            "containerStatuses": [
                {"name": "app", "ready": ready, "restartCount": restarts, "state": state, "started": ready}
            ],
        }
    else:
        why = f"0/{nodes} nodes are available: {nodes} Insufficient cpu."
        status["conditions"] = [
            {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": why}
        ]
    labels = {"app": app, "tier": "edge" if app.startswith("web") else "middle", "team": home}
    metadata = _meta(name, home, labels=labels, ownerReferences=owner)
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec, "status": status}


def workload(home: str, app: str, replicas: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """A Deployment and its ReplicaSet."""
    labels = {"app": app, "team": home}
    spec = {
        "replicas": replicas,
        "selector": {"matchLabels": {"app": app}},
        "template": {
            "metadata": {"labels": labels},
            "spec": {"containers": [{"name": "app", "image": f"registry.example.com/{app}:1.4"}]},
        },
    }
    status = {"replicas": replicas, "readyReplicas": replicas}
    top = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": _meta(app, home, labels=labels)}
    top |= {"spec": spec, "status": status}
    made = {"apiVersion": "apps/v1", "kind": "ReplicaSet", "spec": spec, "status": status}
    made["metadata"] = _meta(
        f"{app}-7d9c5b8f6d",
        home,
        labels=labels,
        ownerReferences=_owner("Deployment", app, top["metadata"]["uid"]),
    )
    return top, made


def service(at: int, home: str, app: str) -> dict[str, Any]:
    """The Service of a workload; some have a label that no Pod has."""
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": _meta(app, home),
        "spec": {
            "type": "NodePort" if at % 90 == 5 else "ClusterIP",
            "clusterIP": f"10.{96 + at // 65000}.{at // 250 % 256}.{at % 250 + 2}",
            "selector": {"app": f"{app}s" if at % 60 == 4 else app},
            "ports": [{"name": "http", "port": 80, "targetPort": "http", "protocol": "TCP"}],
        },
    }


def more(home: str) -> Iterator[dict[str, Any]]:
    """What else a Namespace has: a quota, a policy, a claim, an Ingress, an account with its rights."""
    yield {
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": _meta("team", home),
        "spec": {"hard": {"pods": "2000", "requests.cpu": "400"}},
        "status": {
            "hard": {"pods": "2000", "requests.cpu": "400"},
            "used": {"pods": "1500", "requests.cpu": "165"},
        },
    }
    yield {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": _meta("only-from-the-edge", home),
        "spec": {
            "podSelector": {"matchLabels": {"tier": "middle"}},
            "policyTypes": ["Ingress"],
            "ingress": [{"from": [{"podSelector": {"matchLabels": {"tier": "edge"}}}]}],
        },
    }
    yield {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": _meta("dumps", home),
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "5Gi"}}},
        "status": {"phase": "Pending"},
    }
    path = {
        "path": "/",
        "pathType": "Prefix",
        "backend": {"service": {"name": "web", "port": {"number": 80}}},
    }
    yield {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": _meta("shop", home),
        "spec": {"rules": [{"host": f"{home}.example.com", "http": {"paths": [path]}}]},
    }
    yield {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": _meta("reader", home)}
    yield {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "Role",
        "metadata": _meta("reads", home),
        "rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list"]}],
    }
    yield {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "RoleBinding",
        "metadata": _meta("reads", home),
        "subjects": [{"kind": "ServiceAccount", "name": "reader", "namespace": home}],
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "reads"},
    }


def manifests(pods: int) -> Iterator[dict[str, Any]]:
    """All objects of a cluster of so many Pods, as a dump has them."""
    _meta.made = 0  # type: ignore[attr-defined]
    nodes = max(1, pods // PER_NODE)
    for at in range(nodes):
        yield node(at)
    yield {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRole",
        "metadata": _meta("view"),
        "rules": [{"apiGroups": [""], "resources": ["pods", "services"], "verbs": ["get", "list", "watch"]}],
    }
    at = number = 0
    while at < pods:
        home = f"team-{number // WORKLOADS}"
        place = number % WORKLOADS
        if not place:
            yield {"apiVersion": "v1", "kind": "Namespace", "metadata": _meta(home)}
            yield from more(home)
        app = NAMES[place % len(NAMES)] + (f"-{place // len(NAMES)}" if place >= len(NAMES) else "")
        replicas = min(PER_WORKLOAD if pods > PER_WORKLOAD else 3, pods - at)
        top, made = workload(home, app, replicas)
        yield top
        yield made
        yield service(number, home, app)
        owner = _owner("ReplicaSet", made["metadata"]["name"], made["metadata"]["uid"])
        for _replica in range(replicas):
            yield pod(at, f"{made['metadata']['name']}-{at:05x}", home, owner, app=app, nodes=nodes)
            at += 1
        number += 1


@cache
def cluster(pods: int) -> Cluster:
    """A snapshot of a cluster of so many Pods."""
    return Cluster._of(Simulation.of_dump([view(item) for item in manifests(pods)]))
