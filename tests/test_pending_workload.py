"""Why a workload lacks Pods: refusals that only an Event tells, Nodes that fit no daemon, and stuck rollouts."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import k8snotes as kn

REPORTS = Path(__file__).resolve().parent / "golden" / "reports"
DAEMON = """
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent}
spec:
  selector: {matchLabels: {app: agent}}
  template:
    metadata: {labels: {app: agent}}
    spec: {nodeSelector: {disk: ssd}, containers: [{name: a, image: agent:1}]}"""


def deployment(spec, replicas=1):
    return f"""
apiVersion: apps/v1
kind: Deployment
metadata: {{name: gate}}
spec:
  replicas: {replicas}
  selector: {{matchLabels: {{app: gate}}}}
  template:
    metadata: {{labels: {{app: gate}}}}
    spec: {spec}"""


def waiting(c, image):
    """Return the Pods of an image that have no Node."""
    return [pod for pod in c.objects("pods") if not pod.node_name and pod.containers[0].image == image]


def test_a_quota_that_refuses_every_pod_is_told():
    """The Deployment has no Pod at all: the API server's words stand in an Event of its ReplicaSet."""
    c = kn.load(REPORTS / "06-quota.yaml")
    facts = c.why_pending("deploy/lamp").facts
    assert (facts.kind, facts.pending, facts.verdicts) == ("Deployment", True, ())
    assert "failed quota: cap: must specify requests.cpu for: web; requests.memory for: web" in facts.note
    assert c.why_pending(c.objects("replicasets")[0].ref).facts.note == facts.note
    c.delete("quota/cap")
    c.settle()
    with pytest.raises(kn.ClusterError, match="Only a Pod waits for a Node"):
        c.why_pending("deploy/lamp")


def test_a_workload_shows_its_first_pod_that_waits():
    """The Pods of a Deployment belong to a ReplicaSet, and they are found."""
    c = kn.Cluster(nodes=0)
    c.apply(deployment("{containers: [{name: a, image: gate:1}]}", replicas=2))
    c.settle()
    first = min(pod.name for pod in c.objects("pods"))
    assert c.why_pending("deploy/gate").facts.ref == f"pod/{first}"


def test_a_node_without_a_daemon_says_why():
    """A DaemonSet creates no Pod where a taint or a label keeps it away, and no Event tells of that."""
    c = kn.Cluster(nodes=3)
    c.kubectl("label nodes node-1 node-3 disk=ssd")
    c.kubectl("taint node node-3 gpu=yes:NoSchedule")
    c.apply(DAEMON)
    c.settle()
    facts = c.why_pending("ds/agent").facts
    assert facts.fitting == ("node-1",)
    assert facts.verdict("node-2").details == (
        "the Pod's nodeSelector needs disk=ssd, but the Node has no such label",
    )
    assert facts.verdict("node-3").details == ("the Pod does not tolerate the taint gpu=yes:NoSchedule",)
    assert not [event for event in c.objects("events") if event.raw["type"] == "Warning"]
    assert "node-2, node-3" in c.why_pending("ds/agent").title


@given(
    taints=st.lists(st.sampled_from(["", "gpu=yes:NoSchedule", "bad=x:NoExecute"]), min_size=3, max_size=3),
    disks=st.lists(st.booleans(), min_size=3, max_size=3),
    cordoned=st.lists(st.booleans(), min_size=3, max_size=3),
)
def test_the_nodes_without_a_daemon_are_those_that_do_not_fit(taints, disks, cordoned):
    """What is told and what the controller does agree for every mix of taints, labels and cordons."""
    c = kn.Cluster(nodes=3)
    for node, taint, disk, away in zip(c.objects("nodes"), taints, disks, cordoned, strict=True):
        if taint:
            c.kubectl(f"taint node {node.name} {taint}")
        if disk:
            c.kubectl(f"label node {node.name} disk=ssd")
        if away:
            c.cordon(node.ref)
    c.apply(DAEMON)
    c.settle()
    with_pod = {pod.node_name for pod in c.objects("pods")}
    try:
        facts = c.why_pending("ds/agent").facts
    except kn.ClusterError:
        assert len(with_pod) == 3
    else:
        assert {*facts.fitting} == with_pod != {"node-1", "node-2", "node-3"}


@pytest.mark.parametrize(
    "spec",
    [
        "{containers: [{name: a, image: gate:1, ports: [{containerPort: 80, hostPort: 8080}]}]}",
        """{containers: [{name: a, image: gate:1}], affinity: {podAntiAffinity: {requiredDuringSchedulingIgnoredDuringExecution:
      [{topologyKey: kubernetes.io/hostname, labelSelector: {matchLabels: {app: gate}}}]}}}""",
    ],
)
def test_a_rollout_that_waits_for_its_own_pods_is_told(spec):
    """The old Pods hold the Nodes until the new one is ready, which it never is; maxSurge: 0 would help."""
    c = kn.Cluster(nodes=1)
    c.apply(deployment(spec))
    c.settle()
    c.kubectl("set image deploy/gate a=gate:2")
    c.settle()
    (pod,) = waiting(c, "gate:2")
    figure = c.why_pending(pod.ref)
    assert "maxSurge: 0" in figure.facts.advice
    assert str(figure.facts.advice) in figure.text
    assert figure.caption == str(figure.facts.advice)
    c.kubectl(
        """patch deploy gate -p '{"spec":{"strategy":{"rollingUpdate":{"maxSurge":0,"maxUnavailable":1}}}}'"""
    )
    c.settle()
    assert not waiting(c, "gate:2")


def test_pods_of_one_revision_in_their_own_way_get_no_such_advice():
    """Four Pods that avoid each other on three Nodes: no update is under way."""
    c = kn.load(REPORTS / "03-spread-rollout.yaml")
    (pod,) = [pod for pod in c.objects("pods") if not pod.node_name]
    assert c.why_pending(pod.ref).facts.advice == ""


def test_a_job_says_why_it_has_no_pod():
    """It waits after a failure, is suspended, or is over."""
    c = kn.Cluster(nodes=1)
    c.kubectl("create job calc --image=calc:1")
    c.settle()
    c.crash(f"pod/{c.objects('pods')[0].name}")
    c.settle()
    assert (
        c.why_pending("job/calc")
        .text.splitlines()[0]
        .startswith("why job/calc lacks Pods: job/calc replaces a failed Pod in ")
    )
    c.kubectl("""patch job calc -p '{"spec": {"suspend": true}}'""")
    c.settle()
    assert "the Job is suspended: spec.suspend is true" in c.why_pending("job/calc").text
    c.kubectl("create job done --image=calc:1")
    c.settle()
    c.crash(f"pod/{c.objects('pods', 'job-name=done')[0].name}", exit_code=0)
    c.settle()
    assert "the Job is over, its condition is Complete (CompletionsReached)" in c.why_pending("job/done").text
