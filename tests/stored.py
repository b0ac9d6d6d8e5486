"""Manifests of volumes, claims, classes and Pods that use them, for tests of storage."""

from __future__ import annotations

from typing import Any

__all__ = ["claim", "pod", "set_of", "storage_class", "told", "volume"]

ONCE = ("ReadWriteOnce",)


def volume(name, size="1Gi", *, cls="", modes=ONCE, node="", labels=None, **spec) -> dict[str, Any]:
    """Return a PersistentVolume; with `node`, it is a directory of that Node."""
    source: dict[str, Any] = {"hostPath": {"path": f"/srv/{name}"}}
    if node:
        expression = {"key": "kubernetes.io/hostname", "operator": "In", "values": [node]}
        source = {
            "local": {"path": f"/srv/{name}"},
            "nodeAffinity": {"required": {"nodeSelectorTerms": [{"matchExpressions": [expression]}]}},
        }
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": name, "labels": labels or {}},
        "spec": {
            "capacity": {"storage": size},
            "accessModes": list(modes),
            "storageClassName": cls,
            **source,
            **spec,
        },
    }


def claim(name, size="1Gi", *, cls: str | None = "", modes=ONCE, **spec) -> dict[str, Any]:
    """Return a PersistentVolumeClaim; `cls` None names no class."""
    named = {} if cls is None else {"storageClassName": cls}
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": name},
        "spec": {"accessModes": list(modes), "resources": {"requests": {"storage": size}}, **named, **spec},
    }


def storage_class(
    name, provisioner="h.example/disk", *, waits=False, default=False, **fields
) -> dict[str, Any]:
    """Return a StorageClass."""
    notes = {"storageclass.kubernetes.io/is-default-class": "true"} if default else {}
    return {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {"name": name, "annotations": notes},
        "provisioner": provisioner,
        "volumeBindingMode": "WaitForFirstConsumer" if waits else "Immediate",
        **fields,
    }


def pod(name, *claims, path="/data", **spec) -> dict[str, Any]:
    """Return a Pod that mounts claims."""
    mounts = [{"name": f"v{at}", "mountPath": f"{path}{at or ''}"} for at, _ in enumerate(claims)]
    volumes = [
        {"name": f"v{at}", "persistentVolumeClaim": {"claimName": item}} for at, item in enumerate(claims)
    ]
    container = {"name": "app", "image": "web:1", "volumeMounts": mounts}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name},
        "spec": {"containers": [container], "volumes": volumes, **spec},
    }


def set_of(replicas, **spec) -> dict[str, Any]:
    """Return a StatefulSet with a claim for each Pod."""
    container = {
        "name": "app",
        "image": "db:1",
        "volumeMounts": [{"name": "data", "mountPath": "/var/lib/db"}],
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": {"name": "db"},
        "spec": {
            "serviceName": "db",
            "replicas": replicas,
            "selector": {"matchLabels": {"app": "db"}},
            "template": {"metadata": {"labels": {"app": "db"}}, "spec": {"containers": [container]}},
            "volumeClaimTemplates": [{"metadata": {"name": "data"}, "spec": claim("x", cls=None)["spec"]}],
            **spec,
        },
    }


def told(c, kind, *, name=""):
    """Return the Events about objects of a kind, as "reason: message", each once, in the order of their reasons."""
    events = [event.raw for event in c.objects("events")]
    return sorted(
        {
            f"{event['reason']}: {event['message']}"
            for event in events
            if event["involvedObject"]["kind"] == kind and name in ("", event["involvedObject"]["name"])
        }
    )
