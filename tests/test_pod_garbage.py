"""The Pod garbage collector: Pods that no kubelet would end.

Source of the rules: k8s.io/kubernetes/pkg/controller/podgc
"""

from __future__ import annotations

import pytest

import k8snotes as kn
from k8snotes.control_plane.controllers import pod_garbage

TARGET = {
    "type": "DisruptionTarget",
    "status": "True",
    "reason": "DeletionByPodGC",
    "message": "PodGC: node no longer exists",
}


def pod(name="web", **spec):
    """Return the manifest of a Pod that a finalizer holds, so that one can see what became of it."""
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "finalizers": ["h.example/keep"]},
        "spec": {"containers": [{"name": "main", "image": "web:1"}], **spec},
    }


def target(c, ref="pod/web"):
    """Return the condition DisruptionTarget of a Pod, without its time."""
    found = c[ref].condition("DisruptionTarget") or {}
    return {key: value for key, value in found.items() if key != "lastTransitionTime"}


def test_a_pod_bound_to_a_node_that_is_not_there_waits_and_is_deleted_after_40_seconds():
    """It stays Pending; then it has failed, and nothing but its finalizer keeps it."""
    c = kn.Cluster(nodes=1)
    c.create(pod(nodeName="ghost"))
    c.wait(39)
    assert (c["pod/web"].phase, c["pod/web"].terminating) == ("Pending", False)
    c.wait(2)
    assert (c["pod/web"].phase, c["pod/web"].terminating) == ("Failed", True)
    assert c["pod/web"].metadata["deletionGracePeriodSeconds"] == 0
    assert target(c) == TARGET


def test_the_pods_of_a_node_that_was_deleted_follow_it():
    """Without a finalizer they are gone, and their workload has made others elsewhere."""
    c = kn.Cluster(nodes=1)
    c.create(pod())
    c.settle()
    c.delete("node/node-1")
    c.wait(39)
    assert c["pod/web"].phase == "Running"
    c.wait(2)
    assert (c["pod/web"].phase, target(c)) == ("Failed", TARGET)


def test_a_node_that_comes_back_in_time_keeps_its_pods():
    """Within the 40 seconds."""
    c = kn.Cluster(nodes=1)
    c.create(pod())
    c.settle()
    node = c["node/node-1"].raw
    c.delete("node/node-1")
    c.wait(20)
    c.api.register({**node, "metadata": {"name": "node-1"}}, by="kubelet")
    c.wait(100)
    assert (c["pod/web"].phase, c["pod/web"].terminating) == ("Running", False)


def test_a_pod_that_is_being_deleted_and_was_never_bound_has_failed():
    """No kubelet reports it, so the collector does."""
    c = kn.Cluster(nodes=0)
    c.create(pod())
    c.settle()
    c.delete("pod/web")
    assert c["pod/web"].phase == "Pending"
    c.settle()
    assert (c["pod/web"].phase, target(c)) == ("Failed", {})


@pytest.mark.parametrize(("lost", "tainted"), [(True, True), (True, False), (False, True)])
def test_pods_that_are_being_deleted_go_at_once_from_a_node_that_is_out_of_service(lost, tainted):
    """It has to be not ready, and to have the taint; otherwise its kubelet is waited for."""
    c = kn.Cluster(nodes=1)
    manifest = pod()
    del manifest["metadata"]["finalizers"]
    c.create(manifest)
    c.settle()
    c.stops("pod/web", None)
    if lost:
        c.lose("node/node-1")
        c.wait(60)
    if tainted:
        taint = "node.kubernetes.io/out-of-service=nodeshutdown:NoExecute"
        assert c.kubectl(f"taint node node-1 {taint}").exit == 0
    else:
        c.delete("pod/web")
    c.wait(5)
    assert len(c.objects("pods")) == (0 if lost and tainted else 1)
    assert all(item.terminating for item in c.objects("pods"))


def test_a_node_that_gets_out_of_service_later_lets_the_pods_go_that_wait():
    """The Pod was deleted before the taint came."""
    c = kn.Cluster(nodes=1)
    manifest = pod()
    del manifest["metadata"]["finalizers"]
    c.create(manifest)
    c.settle()
    c.lose("node/node-1")
    c.wait(60)
    c.delete("pod/web")
    c.settle()
    assert c["pod/web"].terminating
    c.kubectl("taint node node-1 node.kubernetes.io/out-of-service=x:NoExecute")
    c.settle()
    assert c.objects("pods") == []


def test_only_so_many_pods_that_have_ended_are_kept(monkeypatch):
    """--terminated-pod-gc-threshold: first the evicted ones go, then the oldest."""
    assert pod_garbage._MOST_ENDED == 12_500
    monkeypatch.setattr(pod_garbage, "_MOST_ENDED", 3)
    c = kn.Cluster(nodes=1)
    for name in ("a", "b", "c", "d", "e"):
        manifest = pod(name, restartPolicy="Never")
        del manifest["metadata"]["finalizers"]
        c.create(manifest)
        c.wait(1)
    c.settle()
    for name in ("b", "c", "e"):
        c.crash(f"pod/{name}", exit_code=0)
    c.settle()
    assert len(c.objects("pods")) == 5
    evicted = {**c["pod/d"].status, "phase": "Failed", "reason": "Evicted"}
    c.api.update_status(c["pod/d"], evicted, by="kubelet")
    c.settle()
    assert [item.name for item in c.objects("pods")] == ["a", "b", "c", "e"]
    c.crash("pod/a", exit_code=1)
    c.settle()
    assert [item.name for item in c.objects("pods")] == ["b", "c", "e"]


def test_a_pod_of_a_job_on_a_node_that_is_gone_counts_as_disrupted():
    """podFailurePolicy can tell it from a failure by the condition."""
    c = kn.Cluster(nodes=2)
    rules = [{"action": "Ignore", "onPodConditions": [{"type": "DisruptionTarget"}]}]
    template = {"spec": {"restartPolicy": "Never", "containers": [{"name": "main", "image": "calc:1"}]}}
    spec = {"backoffLimit": 0, "podFailurePolicy": {"rules": rules}, "template": template}
    c.create({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "calc"}, "spec": spec})
    c.settle()
    [first] = c.objects("pods")
    c.delete(f"node/{first.node_name}")
    c.settle()
    c.wait("10s")  # the pause after a failure is there, too, if it does not count
    [second] = c.objects("pods")
    assert second.name != first.name
    assert not c["job/calc"].status.get("failed")
