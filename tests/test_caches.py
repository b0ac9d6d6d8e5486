"""What is remembered to save time changes nothing else: a cluster without caches does the same, write for write."""

from __future__ import annotations

from pathlib import Path

import pytest

import k8snotes as kn
from k8snotes.control_plane import caches

GOLDEN = Path(__file__).resolve().parent / "golden"
TEMPLATE = (
    "{metadata: {labels: {app: %s}}, spec: {containers: [{name: app, image: nginx, "
    "resources: {requests: {cpu: 300m, memory: 64Mi}}}]}}"
)
MANY = f"""
apiVersion: v1
kind: ResourceQuota
metadata: {{name: budget}}
spec: {{hard: {{pods: "40", requests.cpu: "30"}}}}
---
apiVersion: v1
kind: LimitRange
metadata: {{name: sizes}}
spec: {{limits: [{{type: Container, defaultRequest: {{cpu: 50m, memory: 32Mi}}}}]}}
---
apiVersion: v1
kind: ReplicationController
metadata: {{name: web}}
spec: {{replicas: 20, selector: {{app: web}}, template: {TEMPLATE % "web"}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {{name: shop}}
spec: {{replicas: 12, selector: {{matchLabels: {{app: shop}}}}, template: {TEMPLATE % "shop"}}}
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {{name: log}}
spec: {{selector: {{matchLabels: {{app: log}}}}, template: {TEMPLATE % "log"}}}
---
apiVersion: v1
kind: Service
metadata: {{name: web}}
spec: {{selector: {{app: web}}, ports: [{{port: 80}}]}}
"""


def played(source):
    """Return every object and every change of a cluster in which some things happen."""
    cluster = kn.Cluster(nodes=4)
    if source == "many":
        cluster.apply(MANY)
    else:
        cluster = kn.load(source)
    cluster.settle()
    for pod in cluster.objects("pods")[:3]:
        cluster.delete(f"pod/{pod.name}")
    cluster.settle()
    if source == "many":
        cluster.scale("rc/web", 60)
        cluster.settle()
        cluster.scale("rc/web", 4)
        cluster.apply(MANY.replace("image: nginx", "image: nginx:1.27"))
        cluster.settle()
    store = cluster.api.store
    return {obj.key: obj.raw for name in store.resources() for obj in store.list(name)}, cluster.api.log


@pytest.mark.parametrize("source", ["many", "guestbook"])
def test_the_caches_change_nothing_but_the_time(source):
    """The same objects and the same log, with what is remembered and without."""
    objects, log = played(source)
    with caches.switched_off():
        objects_without, log_without = played(source)
    assert log_without == log
    assert objects_without == objects


def test_the_switch_is_turned_back():
    """After the block, also after an error in it, what was worked out is used again."""
    with caches.switched_off():
        assert not caches.enabled()
    with pytest.raises(ZeroDivisionError), caches.switched_off():
        _ = 1 / 0
    assert caches.enabled()


def test_a_pod_sent_with_a_changed_manifest_is_another():
    """A manifest that its sender changes between two requests is read anew."""
    cluster = kn.Cluster(nodes=0)
    manifest = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"generateName": "web-"},
        "spec": {"containers": [{"name": "app", "image": "nginx:1"}]},
    }
    first = cluster.api.create(manifest)
    manifest["spec"]["containers"][0]["image"] = "nginx:2"
    second = cluster.api.create(manifest)
    assert (first.containers[0].image, second.containers[0].image) == ("nginx:1", "nginx:2")
    manifest["spec"]["containers"][0]["image"] = ""
    with pytest.raises(kn.ApiError):
        cluster.api.create(manifest)
