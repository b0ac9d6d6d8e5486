"""Whatever stops the components midway, and whenever: the cluster then settles to what an undisturbed twin has."""

from __future__ import annotations

import json
import sys
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import k8snotes as kn
from k8snotes.control_plane.etcd import Store

PACKAGE = Path(kn.__file__).resolve().parent
WATCHED = (str(PACKAGE / "control_plane"), str(PACKAGE / "node"))

# a failing example is short enough: to make it shorter would take minutes
QUICK = {
    "deadline": None,
    "suppress_health_check": list(HealthCheck),
    "phases": [Phase.explicit, Phase.reuse, Phase.generate],
}
POD = "containers: [{name: app, image: nginx:1.27, resources: {requests: {cpu: 100m, memory: 64Mi}}}]"
TEMPLATE = "{metadata: {labels: {app: %s}}, spec: {" + POD + "}}"
SHOP = f"""
apiVersion: v1
kind: ResourceQuota
metadata: {{name: budget}}
spec: {{hard: {{pods: "14", services: "5", requests.cpu: "4"}}}}
---
apiVersion: v1
kind: ReplicationController
metadata: {{name: web}}
spec: {{replicas: 3, selector: {{app: web}}, template: {TEMPLATE % "web"}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {{name: shop}}
spec: {{replicas: 3, selector: {{matchLabels: {{app: shop}}}}, template: {TEMPLATE % "shop"}}}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {{name: db}}
spec: {{replicas: 2, serviceName: db, selector: {{matchLabels: {{app: db}}}}, template: {TEMPLATE % "db"}}}
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {{name: log}}
spec: {{selector: {{matchLabels: {{app: log}}}}, template: {TEMPLATE % "log"}}}
---
apiVersion: v1
kind: Service
metadata: {{name: web}}
spec: {{type: NodePort, selector: {{app: web}}, ports: [{{port: 80}}]}}
---
apiVersion: v1
kind: Service
metadata: {{name: balanced}}
spec: {{type: LoadBalancer, selector: {{app: shop}}, ports: [{{port: 80}}]}}
"""
IMAGE = SHOP.replace("name: app, image: nginx:1.27", "name: app, image: nginx:1.28")
NEXT = "apiVersion: v1\nkind: Service\nmetadata: {name: next}\nspec: {type: NodePort, ports: [{port: 80}]}\n"


def actions():
    """What a reader does, one after the other; each can be done once more without harm."""
    return (
        lambda c: c.apply(SHOP),
        lambda c: c.settle(),
        lambda c: c.scale("rc/web", 5),
        lambda c: c.settle(),
        lambda c: c.apply(IMAGE),
        lambda c: c.settle(),
        lambda c: c.scale("rc/web", 0),
        lambda c: c.settle(),
    )


def new_cluster():
    cluster = kn.Cluster(nodes=2)
    cluster.provide_load_balancers("203.0.113.0/28")
    return cluster


def state(cluster):
    """Everything that is there, but for when it was written, which name was made up for it, and on which Node.

    The last hangs on time too: the scheduler may act between two steps of a rollout that was interrupted.
    """
    cluster.settle()
    cluster.apply(NEXT)
    objects = [
        obj
        for resource in cluster.api.store.resources()
        if resource != "events"
        for obj in cluster.api.store.list(resource)
    ]
    names = {obj.name: obj.metadata["generateName"] for obj in objects if "generateName" in obj.metadata}
    there = {}
    for obj in objects:
        written = json.dumps(timeless(obj.manifest), sort_keys=True)
        for name, base in names.items():
            written = written.replace(name, base)
        there.setdefault((*obj.key[:2], names.get(obj.name, obj.name)), []).append(written)
    pods = cluster.api.list("pods")
    assert (
        sum(cluster.simulation.pod_ips.is_allocated(pod.ip) for pod in pods)
        == cluster.simulation.pod_ips.count
        == len(pods)
    )
    return {key: sorted(written) for key, written in there.items()}


def timeless(value):
    if isinstance(value, dict):
        gone = ("resourceVersion", "uid", "generation", "observedGeneration", "annotations")
        gone += ("nodeName", "hostIP", "hostIPs", "podIP", "podIPs", "ip", "addresses")
        return {
            key: timeless(item)
            for key, item in value.items()
            if key not in gone and not key.lower().endswith(("time", "timestamp", "startedat", "uid"))
        }
    return [timeless(item) for item in value] if isinstance(value, list) else value


class Interrupts:
    """Raises KeyboardInterrupt at chosen moments: at the n-th write since the last one, or the n-th line."""

    def __init__(self, patch, writes):
        self.left = list(writes)
        self.count = 0
        for name in ("put", "delete"):
            patch.setattr(Store, name, self.around(getattr(Store, name)))

    def around(self, write):
        def written(store, *args, **options):
            if self.due():
                raise KeyboardInterrupt
            result = write(store, *args, **options)
            if self.due():
                raise KeyboardInterrupt
            return result

        return written

    def due(self):
        self.count += 1
        if self.left and self.count > self.left[0]:
            del self.left[0]
            self.count = 0
            return True
        return False


def act(cluster, action):
    """Do something until it is done, however often it is interrupted."""
    while True:
        try:
            return action(cluster)
        except KeyboardInterrupt:
            continue


@cache
def twin():
    cluster = new_cluster()
    for action in actions():
        action(cluster)
    return state(cluster)


def differences(there, wanted):
    """Return what is not the same in two states, by key."""
    return [
        (key, there.get(key), wanted.get(key))
        for key in there.keys() | wanted.keys()
        if there.get(key) != wanted.get(key)
    ]


@settings(max_examples=30, **QUICK)
@given(writes=st.lists(st.integers(0, 60), min_size=1, max_size=12))
def test_interrupted_writes_change_nothing_in_the_end(writes):
    """However often a write is interrupted, before or after it is made, the same cluster comes of it."""
    cluster = new_cluster()
    with pytest.MonkeyPatch.context() as patch:
        interrupts = Interrupts(patch, writes)
        for action in actions():
            act(cluster, action)
        interrupts.left.clear()
    assert not differences(state(cluster), twin())


@settings(max_examples=20, **QUICK)
@given(lines=st.lists(st.integers(0, 30_000), min_size=1, max_size=6))
def test_interrupted_lines_change_nothing_in_the_end(lines):
    """The same holds for an interrupt at any line of any component."""
    cluster = new_cluster()
    left, count = list(lines), 0

    def trace(frame, event, _arg):
        nonlocal count
        if not frame.f_code.co_filename.startswith(WATCHED):
            return None
        if event == "line" and left:
            count += 1
            if count > left[0]:
                del left[0]
                count = 0
                raise KeyboardInterrupt
        return trace

    for action in actions():
        while True:
            before = sys.gettrace()
            sys.settrace(trace if left else before)
            try:
                action(cluster)
            except KeyboardInterrupt:
                continue
            finally:
                sys.settrace(before)
            break
    assert not differences(state(cluster), twin())


def test_an_error_of_one_object_is_not_the_end_of_the_others(monkeypatch):
    """A component that fails at one object has it, and all after it, in its queue still."""
    cluster = new_cluster()
    cluster.apply(SHOP)
    monkeypatch.setattr(Store, "controlled_by", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        cluster.settle()
    monkeypatch.undo()
    cluster.settle()
    assert cluster["deploy/shop"].status["readyReplicas"] == 3
    assert cluster["rc/web"].status["readyReplicas"] == 3


@pytest.mark.parametrize("after", [False, True])
def test_a_service_that_was_interrupted_has_its_addresses_or_none(monkeypatch, after):
    """Whether the write was made or not: what is given out is what the stored Services have."""
    cluster = kn.Cluster(nodes=0)
    put = Store.put

    def interrupted(store, *args, **options):
        if after:
            put(store, *args, **options)
        raise KeyboardInterrupt

    monkeypatch.setattr(Store, "put", interrupted)
    with pytest.raises(KeyboardInterrupt):
        cluster.create(NEXT)
    monkeypatch.undo()
    api = cluster.api
    assert api.service_ips.is_allocated("10.96.1.1") == api.node_ports.is_allocated(30086) == after
    cluster.apply(NEXT)
    assert cluster["svc/next"].spec["clusterIP"] == "10.96.1.1"
    assert cluster["svc/next"].spec["ports"][0]["nodePort"] == 30086
