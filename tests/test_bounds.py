"""What would never end, ends, and says so: Pods without number, and controllers that work in vain."""

from __future__ import annotations

import pytest

import k8snotes as kn
from k8snotes.control_plane.component import Component

TEMPLATE = "{metadata: {labels: {%s}}, spec: {%s containers: [{name: app, image: nginx}]}}"
LABELS = {"app": "web"}


def workload(kind, labels="app: web", node="", **spec):
    """Return a manifest of a workload whose selector is its template's labels."""
    where = f"nodeName: {node}," if node else ""
    fields = "".join(f"{name}: {value}, " for name, value in spec.items())
    version = {"ReplicationController": "v1", "Job": "batch/v1"}.get(kind, "apps/v1")
    selector = f"{{matchLabels: {{{labels}}}}}"
    if kind == "ReplicationController":
        selector = f"{{{labels}}}"
    template = TEMPLATE % (labels, where)
    if kind == "Job":
        template, selector = template.replace("containers:", "restartPolicy: Never, containers:"), ""
    chosen = f"selector: {selector}, " if selector else ""
    return (
        f"apiVersion: {version}\nkind: {kind}\nmetadata: {{name: web}}\n"
        f"spec: {{{fields}{chosen}template: {template}}}\n"
    )


ENORMOUS = {
    "ReplicationController": {"replicas": 2**31 - 1},
    "ReplicaSet": {"replicas": 2**31 - 1},
    "Deployment": {"replicas": 2**31 - 1},
    "StatefulSet": {"replicas": 2**31 - 1, "podManagementPolicy": "Parallel"},
    "Job": {"completions": 2**31 - 1, "parallelism": 2**31 - 1},
}


@pytest.mark.parametrize("kind", ENORMOUS)
def test_pods_without_number_are_bounded_in_words(kind):
    """Of two thousand million Pods the first 500 are made; an Event says so, and the status is true."""
    cluster = kn.Cluster(nodes=2)
    cluster.apply(workload(kind, **ENORMOUS[kind]))
    assert not cluster.settle().note
    assert len(cluster.objects("pods")) == 500
    told = [
        event.raw["message"] for event in cluster.objects("events") if event.raw["reason"] == "FailedCreate"
    ]
    assert len(told) == 1
    assert "lacks 2,147,483,647 Pods, and this simulated cluster holds at most 200,000" in told[0]
    maker = cluster.objects("replicasets")[0] if kind == "Deployment" else cluster[f"{kind.lower()}/web"]
    assert maker.status["active" if kind == "Job" else "replicas"] == 500


def test_a_smaller_number_is_reached_afterwards():
    """Who asks for fewer gets them: the bound is not remembered."""
    cluster = kn.Cluster(nodes=2)
    cluster.apply(workload("ReplicationController", replicas=2**31 - 1))
    cluster.settle()
    cluster.scale("rc/web", 3)
    cluster.settle()
    assert cluster["rc/web"].status["replicas"] == 3
    assert "conditions" not in cluster["rc/web"].status


def test_no_cluster_holds_more_pods_than_its_bound():
    """A Pod beyond the bound is refused, and taken when there is room again."""
    cluster = kn.Cluster(nodes=1)
    cluster.api.most_pods = 4
    cluster.apply(workload("ReplicationController", replicas=3))
    cluster.settle()
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "a"},
        "spec": {"containers": [{"name": "c", "image": "i"}]},
    }
    cluster.create(pod)
    with pytest.raises(kn.ApiError, match="this simulated cluster holds at most 4 Pods"):
        cluster.create(pod | {"metadata": {"name": "b"}})
    cluster.scale("rc/web", 2)
    cluster.settle()
    cluster.create(pod | {"metadata": {"name": "b"}})


class Labeller(Component):
    """Writes its own colour on every Service that has changed."""

    watches = ("services",)

    def __init__(self, colour):
        super().__init__()
        self.name, self.colour = f"{colour}-controller", colour

    def reconcile(self, api, obj):
        """Write the label."""
        api.change(
            obj, lambda m: m["metadata"]["labels"].update(colour=self.colour), by=self.name, why="mine"
        )


IN_VAIN = {
    "an unknown Node, without number": workload("ReplicationController", node="ghost", replicas=2**31 - 1),
    "an unknown Node": workload("ReplicationController", node="ghost", replicas=3),
    "the hash of a Deployment": workload("Deployment", "pod-template-hash: mine", replicas=2),
    "the hash of a DaemonSet": workload("DaemonSet", "controller-revision-hash: mine"),
}


@pytest.mark.parametrize("case", IN_VAIN)
def test_controllers_that_work_in_vain_are_stopped(case):
    """Settling ends, with a note of who keeps creating what, and the next one goes on."""
    cluster = kn.Cluster(nodes=2)
    cluster.apply(IN_VAIN[case])
    changes = cluster.settle()
    assert "The cluster does not come to rest" in changes.note
    assert "does not stop" in changes.note
    assert changes.note in str(changes)
    assert len(cluster.objects("pods")) <= 500
    assert cluster.settle().note


def test_a_hash_that_a_template_brings_along_does_no_harm():
    """A Deployment whose template has the label pod-template-hash has one ReplicaSet: the label is overwritten."""
    cluster = kn.Cluster(nodes=2)
    manifest = workload("Deployment", "app: web", replicas=2)
    cluster.apply(manifest.replace("labels: {app: web}", "labels: {app: web, pod-template-hash: mine}"))
    assert not cluster.settle().note
    assert len(cluster.objects("replicasets")) == 1
    assert len(cluster.objects("pods")) == 2


def test_writers_that_undo_each_other_are_named():
    """Where two programs write against each other, the note has both."""
    cluster = kn.Cluster(nodes=1)
    cluster.apply(workload("ReplicationController", replicas=1))
    cluster.settle()

    simulation = cluster.simulation
    simulation.components = (*simulation.components, Labeller("red"), Labeller("blue"))
    cluster.label("svc/kubernetes", "colour=green")
    changes = cluster.settle()
    assert "red-controller: patch service" in changes.note
    assert "blue-controller: patch service" in changes.note
