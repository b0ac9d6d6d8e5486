"""A dump of a large cluster, as `kubectl get -o json` prints it: Deployments, their Pods, Services and EndpointSlices."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Item = dict[str, Any]
MADE = "2026-03-01T08:00:00Z"
STARTED = "2026-03-01T08:00:07Z"
NAMESPACES = 100
REPLICAS = 30
_SUFFIX = "bcdfghjklmnpqrstvwxz2456789"


def _letters(number: int, length: int) -> str:
    """Return a suffix as Kubernetes makes them, another one for each number."""
    return "".join(_SUFFIX[number * 7919 // 27**place % 27] for place in range(length))


def _metadata(name: str, namespace: str, serial: int, **more: Any) -> Item:
    place = {"namespace": namespace} if namespace else {}
    uid = f"{serial:08x}-7c1e-4b5a-9d2f-{serial * 2654435761 % 2**48:012x}"
    return {
        "creationTimestamp": MADE,
        **more,
        "name": name,
        **place,
        "resourceVersion": str(1000 + serial),
        "uid": uid,
    }


def _owner(kind: str, name: str, serial: int) -> list[Item]:
    uid = _metadata(name, "", serial)["uid"]
    return [
        {
            "apiVersion": "apps/v1",
            "blockOwnerDeletion": True,
            "controller": True,
            "kind": kind,
            "name": name,
            "uid": uid,
        }
    ]


def _condition(kind: str, at: str) -> Item:
    return {
        "lastProbeTime": None,
        "lastTransitionTime": at,
        "observedGeneration": 1,
        "status": "True",
        "type": kind,
    }


def _address(number: int, first: int) -> str:
    return f"{first}.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"


def _container(app: str, volume: str = "") -> Item:
    mount = {"mountPath": "/var/run/secrets/kubernetes.io/serviceaccount", "name": volume, "readOnly": True}
    return {
        "env": [
            {"name": "LOG_LEVEL", "value": "info"},
            {
                "name": "POD_IP",
                "valueFrom": {"fieldRef": {"apiVersion": "v1", "fieldPath": "status.podIP"}},
            },
        ],
        "image": f"registry.example/{app}:1.4.2",
        "imagePullPolicy": "IfNotPresent",
        "name": "app",
        "ports": [{"containerPort": 8080, "name": "http", "protocol": "TCP"}],
        "readinessProbe": {
            "failureThreshold": 3,
            "httpGet": {"path": "/healthz", "port": "http", "scheme": "HTTP"},
            "periodSeconds": 10,
            "successThreshold": 1,
            "timeoutSeconds": 1,
        },
        "resources": {
            "limits": {"cpu": "500m", "memory": "256Mi"},
            "requests": {"cpu": "100m", "memory": "128Mi"},
        },
        "terminationMessagePath": "/dev/termination-log",
        "terminationMessagePolicy": "File",
        **({"volumeMounts": [mount]} if volume else {}),
    }


def _pod_spec(app: str, volume: str = "", node: str = "") -> Item:
    token: Item = {
        "name": volume,
        "projected": {
            "defaultMode": 420,
            "sources": [
                {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}},
                {
                    "configMap": {
                        "items": [{"key": "ca.crt", "path": "ca.crt"}],
                        "name": "kube-root-ca.crt",
                    }
                },
                {
                    "downwardAPI": {
                        "items": [
                            {
                                "fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"},
                                "path": "namespace",
                            }
                        ]
                    }
                },
            ],
        },
    }
    tolerations = [
        {
            "effect": "NoExecute",
            "key": f"node.kubernetes.io/{key}",
            "operator": "Exists",
            "tolerationSeconds": 300,
        }
        for key in ("not-ready", "unreachable")
    ]
    placed = {
        "enableServiceLinks": True,
        "nodeName": node,
        "preemptionPolicy": "PreemptLowerPriority",
        "priority": 0,
        "serviceAccount": "default",
        "serviceAccountName": "default",
        "tolerations": tolerations,
        "volumes": [token],
    }
    return {
        "containers": [_container(app, volume)],
        "dnsPolicy": "ClusterFirst",
        "restartPolicy": "Always",
        "schedulerName": "default-scheduler",
        "securityContext": {},
        "terminationGracePeriodSeconds": 30,
        **(placed if node else {}),
    }


def _pod(app: str, namespace: str, owner: str, serial: int, *, node: int, owner_serial: int) -> Item:
    labels = {"app": app, "pod-template-hash": owner.rsplit("-", 1)[1], "tier": "backend"}
    spec = _pod_spec(app, f"kube-api-access-{_letters(serial + 3, 5)}", f"node-{node}")
    address = _address(serial, 10)
    host = _address(node + 256, 172)
    state = {"running": {"startedAt": STARTED}}
    kinds = ("PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled")
    status = {
        "conditions": [
            _condition(kind, MADE if kind in {"Initialized", "PodScheduled"} else STARTED) for kind in kinds
        ],
        "containerStatuses": [
            {
                "containerID": f"containerd://{serial * 2654435761 % 2**64:064x}",
                "image": f"registry.example/{app}:1.4.2",
                "imageID": f"registry.example/{app}@sha256:{owner_serial * 40503:064x}",
                "lastState": {},
                "name": "app",
                "ready": True,
                "restartCount": 0,
                "started": True,
                "state": state,
            }
        ],
        "hostIP": host,
        "hostIPs": [{"ip": host}],
        "observedGeneration": 1,
        "phase": "Running",
        "podIP": address,
        "podIPs": [{"ip": address}],
        "qosClass": "Burstable",
        "startTime": MADE,
    }
    metadata = _metadata(
        f"{owner}-{_letters(serial, 5)}",
        namespace,
        serial,
        generateName=f"{owner}-",
        generation=1,
        labels=labels,
        ownerReferences=_owner("ReplicaSet", owner, owner_serial),
    )
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec, "status": status}


def _node(number: int, serial: int) -> Item:
    name = f"node-{number}"
    room = {
        "cpu": "16",
        "ephemeral-storage": "100Gi",
        "hugepages-2Mi": "0",
        "memory": "65536Mi",
        "pods": "110",
    }
    conditions = [
        {
            "lastHeartbeatTime": STARTED,
            "lastTransitionTime": MADE,
            "message": "kubelet says so",
            "reason": f"Kubelet{kind}",
            "status": "True" if kind == "Ready" else "False",
            "type": kind,
        }
        for kind in ("MemoryPressure", "DiskPressure", "PIDPressure", "Ready")
    ]
    labels = {
        "kubernetes.io/arch": "amd64",
        "kubernetes.io/hostname": name,
        "kubernetes.io/os": "linux",
        "topology.kubernetes.io/zone": f"zone-{number % 3}",
    }
    status = {
        "addresses": [
            {"address": _address(number + 256, 172), "type": "InternalIP"},
            {"address": name, "type": "Hostname"},
        ],
        "allocatable": room,
        "capacity": room,
        "conditions": conditions,
        "daemonEndpoints": {"kubeletEndpoint": {"Port": 10250}},
        "nodeInfo": {
            "architecture": "amd64",
            "containerRuntimeVersion": "containerd://2.1.4",
            "kernelVersion": "6.12.0",
            "kubeletVersion": "v1.36.2",
            "operatingSystem": "linux",
            "osImage": "Linux",
        },
    }
    spec = {"podCIDR": f"{_address(number << 8, 10)}/24", "podCIDRs": [f"{_address(number << 8, 10)}/24"]}
    metadata = _metadata(name, "", serial, labels=labels)
    return {"apiVersion": "v1", "kind": "Node", "metadata": metadata, "spec": spec, "status": status}


def items(pods: int, nodes: int) -> Iterator[Item]:
    """Yield the objects of a cluster.

    Args:
        pods: how many Pods, in Deployments of 30; one in three Deployments has no Service.
        nodes: how many Nodes; the Pods are spread over them.
    """
    serial = 1
    for number in range(1, nodes + 1):
        yield _node(number, serial)
        serial += 1
    spaces = ["default", *(f"team-{number}" for number in range(1, min(NAMESPACES, pods // REPLICAS + 1)))]
    for space in spaces:
        yield {
            "apiVersion": "v1",
            "kind": "Namespace",
            "metadata": _metadata(space, "", serial, labels={"kubernetes.io/metadata.name": space}),
            "spec": {"finalizers": ["kubernetes"]},
            "status": {"phase": "Active"},
        }
        serial += 1
    for number in range(-(-pods // REPLICAS)):
        some = min(REPLICAS, pods - number * REPLICAS)
        yield from _application(number, spaces[number % len(spaces)], some, nodes, serial)
        serial += some + 4


def _application(number: int, space: str, replicas: int, nodes: int, serial: int) -> Iterator[Item]:
    app = f"shop-{number}"
    labels, hash_ = {"app": app, "tier": "backend"}, _letters(number + 1, 10)
    template = {"metadata": {"labels": labels}, "spec": _pod_spec(app)}
    spec = {"replicas": replicas, "selector": {"matchLabels": {"app": app}}, "template": template}
    done = {
        "availableReplicas": replicas,
        "observedGeneration": 1,
        "readyReplicas": replicas,
        "replicas": replicas,
    }
    yield {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": _metadata(app, space, serial, generation=1, labels=labels),
        "spec": {
            **spec,
            "strategy": {
                "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"},
                "type": "RollingUpdate",
            },
        },
        "status": {**done, "updatedReplicas": replicas},
    }
    hashed = {**labels, "pod-template-hash": hash_}
    owner = f"{app}-{hash_}"
    metadata = _metadata(
        owner,
        space,
        serial + 1,
        generation=1,
        labels=hashed,
        ownerReferences=_owner("Deployment", app, serial),
    )
    yield {
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "metadata": metadata,
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": {"app": app, "pod-template-hash": hash_}},
            "template": {"metadata": {"labels": hashed}, "spec": template["spec"]},
        },
        "status": {**done, "fullyLabeledReplicas": replicas},
    }
    pods = [
        _pod(
            app,
            space,
            owner,
            serial + 4 + each,
            node=(number * REPLICAS + each) % nodes + 1,
            owner_serial=serial + 1,
        )
        for each in range(replicas)
    ]
    yield from pods
    if number % 3 == 2:
        return
    address = _address(number + (96 << 16), 10)
    yield {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": _metadata(app, space, serial + 2, labels=labels),
        "spec": {
            "clusterIP": address,
            "clusterIPs": [address],
            "internalTrafficPolicy": "Cluster",
            "ipFamilies": ["IPv4"],
            "ipFamilyPolicy": "SingleStack",
            "ports": [{"name": "http", "port": 80, "protocol": "TCP", "targetPort": "http"}],
            "selector": {"app": app},
            "sessionAffinity": "None",
            "type": "ClusterIP",
        },
        "status": {"loadBalancer": {}},
    }
    yield {
        "addressType": "IPv4",
        "apiVersion": "discovery.k8s.io/v1",
        "endpoints": [
            {
                "addresses": [pod["status"]["podIP"]],
                "conditions": {"ready": True, "serving": True, "terminating": False},
                "nodeName": pod["spec"]["nodeName"],
                "targetRef": {
                    "kind": "Pod",
                    "name": pod["metadata"]["name"],
                    "namespace": space,
                    "uid": pod["metadata"]["uid"],
                },
            }
            for pod in pods
        ],
        "kind": "EndpointSlice",
        "metadata": _metadata(
            f"{app}-{_letters(number + 9, 5)}",
            space,
            serial + 3,
            labels={
                "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
                "kubernetes.io/service-name": app,
            },
        ),
        "ports": [{"appProtocol": None, "name": "http", "port": 8080, "protocol": "TCP"}],
    }


def write(path: Path, pods: int, nodes: int) -> int:
    """Write the dump, item by item, indented as kubectl does it; returns how many objects it has."""
    number = 0
    with path.open("w", encoding="utf-8") as file:
        file.write('{\n    "apiVersion": "v1",\n    "items": [')
        for number, item in enumerate(items(pods, nodes), 1):
            body = json.dumps(item, indent=4).replace("\n", "\n        ")
            file.write(f"{',' if number > 1 else ''}\n        {body}")
        file.write(
            '\n    ],\n    "kind": "List",\n    "metadata": {\n        "resourceVersion": ""\n    }\n}\n'
        )
    return number
