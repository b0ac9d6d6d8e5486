"""The doctor over what runs: each rule of popeye in our subject with its input and our answer, the ranking, the speed."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import k8snotes as kn
from k8snotes.api.base import view
from k8snotes.cluster import Cluster
from k8snotes.doctor import cluster_words
from k8snotes.errors import CallError
from k8snotes.facts.health.issue import SEVERITIES
from k8snotes.simulation import Simulation

Manifest = dict[str, Any]
MADE = "2026-03-02T08:00:00Z"
LATE = "2026-03-02T09:00:00Z"


def snapshot(*objects: Manifest) -> Cluster:
    """Return a dump of these objects."""
    return Cluster._of(Simulation.of_dump([view(item) for item in objects]))


def meta(name: str, namespace: str = "default", **more: Any) -> Manifest:
    """Metadata as a cluster writes them."""
    place = {"namespace": namespace} if namespace else {}
    return {"name": name, **place, "uid": f"uid-{namespace}-{name}", "creationTimestamp": MADE, **more}


def thing(
    version: str, kind: str, name: str, namespace: str = "default", /, labels=None, **more: Any
) -> Manifest:
    """An object of any kind."""
    extra = {"labels": labels} if labels else {}
    return {"apiVersion": version, "kind": kind, "metadata": meta(name, namespace, **extra), **more}


GOOD = {
    "name": "c",
    "image": "shop/web:1.4",
    "ports": [{"name": "http", "containerPort": 8080}],
    "resources": {"requests": {"cpu": "100m", "memory": "64Mi"}, "limits": {"memory": "64Mi"}},
    "readinessProbe": {"httpGet": {"port": "http"}},
    "livenessProbe": {"httpGet": {"port": "http"}},
    "securityContext": {"runAsNonRoot": True},
}
SPEC = {"serviceAccountName": "web", "automountServiceAccountToken": False}


def spec_of(container: Manifest | None = None, **more: Any) -> Manifest:
    """The specification of a Pod without a fault, but for what is given."""
    merged = {**GOOD, **(container or {})}
    return {**SPEC, "containers": [{k: v for k, v in merged.items() if v is not None}], **more}


def pod(name="web-1", labels=None, owner="web", state=None, *, ready=True, phase="Running", status=None, meta_=None, **spec: Any):  # fmt: skip
    """A Pod of the ReplicaSet of a Deployment; `owner` "" for one that nothing makes."""
    container = spec.pop("container", None)
    made = thing("v1", "Pod", name, labels=labels or {"app": "web"})
    if owner:
        made["metadata"]["ownerReferences"] = [
            {
                "apiVersion": "apps/v1",
                "kind": "ReplicaSet",
                "name": owner,
                "uid": f"rs-{owner}",
                "controller": True,
            }
        ]
    made["metadata"].update(meta_ or {})
    statuses = [{"name": "c", "ready": ready, "restartCount": 0, "state": {"running": {}}, **(state or {})}]
    made["spec"] = {"nodeName": "node-1", **spec_of(container, **spec)}
    conditions = [{"type": "Ready", "status": str(ready)}, {"type": "PodScheduled", "status": "True"}]
    made["status"] = {
        "phase": phase,
        "podIP": "10.244.1.9",
        "conditions": conditions,
        "containerStatuses": statuses,
    }
    made["status"].update(status or {})
    return made


def deployment(name="web", replicas=1, container=None, **spec: Any) -> list[Manifest]:
    """A Deployment with its ReplicaSet."""
    labels = {"app": name}
    template = {"metadata": {"labels": labels}, "spec": spec_of(container, **spec)}
    inner = {"replicas": replicas, "selector": {"matchLabels": labels}, "template": template}
    top = thing("apps/v1", "Deployment", name, spec=inner)
    made = thing("apps/v1", "ReplicaSet", name, spec=inner)
    made["metadata"]["uid"] = f"rs-{name}"
    made["metadata"]["ownerReferences"] = [
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "name": name,
            "uid": f"uid-default-{name}",
            "controller": True,
        }
    ]
    return [top, made]


def service(name="web", selector=None, port=None, **spec: Any) -> Manifest:
    """A Service with one port."""
    ports = [{"port": 80, "targetPort": "http", "protocol": "TCP", **(port or {})}]
    inner = {"clusterIP": "10.96.0.20", "selector": selector or {"app": "web"}, "ports": ports, **spec}
    return thing("v1", "Service", name, spec=inner)


def node(name="node-1", *conditions: tuple[str, str], labels=None, **spec: Any) -> Manifest:
    """A Node with these conditions, ready otherwise."""
    there = {"Ready": "True", **dict(conditions)}
    status = {
        "conditions": [{"type": kind, "status": value} for kind, value in there.items()],
        "allocatable": {"cpu": "2", "memory": "4Gi", "pods": "110"},
    }
    return thing("v1", "Node", name, "", labels=labels, spec=spec, status=status)


ACCOUNT = thing("v1", "ServiceAccount", "web")
WELL = [*deployment(), pod(), service(), node(), ACCOUNT]


def policy(**spec: Any) -> Manifest:
    """A NetworkPolicy."""
    return thing("networking.k8s.io/v1", "NetworkPolicy", "p", spec={"podSelector": {}, **spec})


def budget(name="b", labels=None, **more: Any) -> Manifest:
    """A PodDisruptionBudget."""
    spec = {"selector": {"matchLabels": labels or {"app": "web"}}, **more}
    return thing("policy/v1", "PodDisruptionBudget", name, spec=spec)


def scaler(target="web", most=3, **status: Any) -> Manifest:
    """A HorizontalPodAutoscaler."""
    ref = {"apiVersion": "apps/v1", "kind": "Deployment", "name": target}
    spec = {"scaleTargetRef": ref, "maxReplicas": most}
    return thing("autoscaling/v2", "HorizontalPodAutoscaler", f"h-{target}", spec=spec, status=status)


def ingress(name="web", number=80, **more: Any) -> Manifest:
    """An Ingress with one backend."""
    backend = {"service": {"name": name, "port": {"number": number}}}
    path = {"path": "/", "pathType": "Prefix", "backend": backend}
    return thing(
        "networking.k8s.io/v1",
        "Ingress",
        "shop",
        spec={"rules": [{"http": {"paths": [path]}}], **more.pop("spec", {})},
        **more,
    )


def claim(**status: Any) -> Manifest:
    """A PersistentVolumeClaim of a class that does not exist."""
    spec = {
        "accessModes": ["ReadWriteOnce"],
        "storageClassName": "fast",
        "resources": {"requests": {"storage": "1Gi"}},
    }
    return thing("v1", "PersistentVolumeClaim", "films", spec=spec, status=status)


def volume(phase: str) -> Manifest:
    """A PersistentVolume in a phase."""
    return thing(
        "v1", "PersistentVolume", "v", "", spec={"capacity": {"storage": "1Gi"}}, status={"phase": phase}
    )


def env(kind: str, name: str, key: str) -> Manifest:
    """A container that reads a variable from a ConfigMap or a Secret."""
    return {"env": [{"name": "A", "valueFrom": {kind: {"name": name, "key": key}}}]}


MAP, OTHER_MAP = (thing("v1", "ConfigMap", name, data={"a": "1"}) for name in ("used", "idle"))
SECRET = thing("v1", "Secret", "keys", data={"a": "MQ=="})
ROLES = "rbac.authorization.k8s.io"
VIEW = thing(f"{ROLES}/v1", "ClusterRole", "view", "", rules=[])


def binding(role: str, account: str) -> Manifest:
    """A RoleBinding of a ClusterRole."""
    subject = {"kind": "ServiceAccount", "name": account, "namespace": "default"}
    ref = {"apiGroup": ROLES, "kind": "ClusterRole", "name": role}
    return thing(f"{ROLES}/v1", "RoleBinding", "r", subjects=[subject], roleRef=ref)


class Row(NamedTuple):
    """A rule of popeye.

    Args:
        code: its number in popeye's `codes.yaml`.
        message: its words there.
        input: objects that trigger it, () where it does not fit our subject.
        ours: the code of our finding.
        reason: why there is none of ours.
    """

    code: int
    message: str
    input: tuple[Manifest, ...] | list[Manifest] = ()
    ours: str = ""
    reason: str = ""


METRICS = (
    "needs what kubectl top measures over days; a snapshot has none, and c.top() shows what a simulation uses"
)
STYLE = "is a matter of taste: Kubernetes' documentation recommends neither, and nothing fails"
WAIT = {"state": {"waiting": {"reason": "CrashLoopBackOff"}}, "restartCount": 3}
LIMITED = {"conditions": [{"type": "ScalingActive", "status": "False", "reason": "FailedGetResourceMetric", "message": "no metrics"}]}  # fmt: skip
PEER = {"podSelector": {"matchLabels": {"app": "none"}}}
HOMES = {"namespaceSelector": {"matchLabels": {"team": "none"}}}
TAINT = [{"key": "gpu", "value": "yes", "effect": "NoSchedule"}]

POPEYE = [
    # containers
    Row(100, "Untagged docker image in use", [*deployment(container={"image": "web"}), pod()], "image-without-tag"),
    Row(101, 'Image tagged "latest" in use', [*deployment(container={"image": "web:latest"}), pod()], "image-latest"),
    Row(102, "No probes defined", [*deployment(container={"readinessProbe": None, "livenessProbe": None}), pod(), service()], "no-readiness-probe"),
    Row(103, "No liveness probe", [*deployment(container={"livenessProbe": None}), pod()], "no-liveness-probe"),
    Row(104, "No readiness probe", [*deployment(container={"readinessProbe": None}), pod(), service()], "no-readiness-probe"),
    Row(105, "%s uses a port#, prefer a named port", reason=STYLE),
    Row(106, "No resources requests/limits defined", [*deployment(container={"resources": None}), pod()], "no-requests"),
    Row(107, "No resource limits defined", [*deployment(container={"resources": {"requests": {"cpu": "1"}}}), pod()], "no-memory-limit"),
    Row(108, "Unnamed port %d", reason=STYLE),
    Row(109, "CPU Current/Request reached user threshold", reason=METRICS),
    Row(110, "Memory Current/Request reached user threshold", reason=METRICS),
    Row(111, "CPU Current/Limit reached user threshold", reason="of a simulated cluster: cpu-throttled; " + METRICS),
    Row(112, "Memory Current/Limit reached user threshold", reason="of a simulated cluster: memory-near-limit; " + METRICS),
    Row(113, "Container image is not hosted on an allowed docker registry", reason="which registries are allowed is a rule of a company, and not of Kubernetes"),
    # Pods
    Row(200, "Pod is terminating", [*deployment(), pod(meta_={"deletionTimestamp": MADE}), node("node-1" ), thing("v1", "ConfigMap", "later"), pod("web-2", status={"conditions": [{"type": "Ready", "status": "True", "lastTransitionTime": LATE}]})], "pods-terminating"),
    Row(201, "Pod is terminating, with a reason", [*deployment(), pod(meta_={"deletionTimestamp": MADE, "finalizers": ["a.example/b"]}), pod("web-2", status={"conditions": [{"type": "Ready", "status": "True", "lastTransitionTime": LATE}]})], "pods-terminating"),
    Row(202, "Pod is waiting", [*deployment(), pod(ready=False, phase="Pending", nodeName="")], "pods-pending"),
    Row(203, "Pod is waiting, with a reason", [*deployment(), pod(state=WAIT, ready=False)], "pods-crash"),
    Row(204, "Pod is not ready", [*deployment(), pod(ready=False)], "pods-none-ready"),
    Row(205, "Pod was restarted", [*deployment(), pod(state={"restartCount": 7})], "pods-restart"),
    Row(206, "Pod has no associated PodDisruptionBudget", [*deployment(replicas=2), pod(), pod("web-2")], "workload-without-budget"),
    Row(207, "Pod is in an unhappy phase", [*deployment(), pod(phase="Failed", ready=False)], "pods-failed"),
    Row(208, "Unmanaged pod detected. Best to use a controller", [pod(owner="")], "bare-pod"),
    Row(209, "Pod is managed by multiple PodDisruptionBudgets", [*WELL, budget("a", maxUnavailable=1), budget("b", maxUnavailable=1)], "several-budgets"),
    # security
    Row(300, 'Uses "default" ServiceAccount', [*deployment(serviceAccountName="default"), pod()], "default-account"),
    Row(301, "Connects to API Server? ServiceAccount token is mounted", [*deployment(automountServiceAccountToken=None), pod()], "token-mounted"),
    Row(302, "Pod could be running as root user", [*deployment(container={"securityContext": None}), pod()], "may-run-as-root"),
    Row(303, "ServiceAccount is automounting APIServer credentials", [*deployment(automountServiceAccountToken=None), pod(), thing("v1", "ServiceAccount", "web", automountServiceAccountToken=True)], "token-mounted"),
    Row(304, 'References a secret "%s" which does not exist', [*deployment(container=env("secretKeyRef", "gone", "a")), pod(), SECRET], "object-missing"),
    Row(305, "References a pull secret which does not exist", [*deployment(imagePullSecrets=[{"name": "gone"}]), pod(), SECRET], "pull-secret-missing"),
    Row(306, "Container could be running as root user", [*deployment(container={"securityContext": {"runAsUser": 0}}), pod()], "may-run-as-root"),
    Row(307, "%s references a non existing ServiceAccount", [*deployment(), pod(), thing("v1", "ServiceAccount", "other")], "object-missing"),
    # general
    Row(400, "Used? Unable to locate resource reference", [*WELL, OTHER_MAP], "unused"),
    Row(401, "Key used? Unable to locate key reference", reason="a program may read every file of a mounted ConfigMap, so a key without a reference is no fault; a key that is missing is key-missing"),
    Row(402, "No metrics-server detected", [*WELL, scaler(**LIMITED)], "scaler-without-metrics"),
    Row(403, "Deprecated API group", reason="the API server answers in the version that it is asked for, so a dump does not tell what was sent; kn.examine of the manifests does"),
    Row(404, "Deprecation check failed", reason="is about popeye itself"),
    Row(405, "Is this a jurassic cluster?", reason="a dump does not tell the version"),
    Row(406, "K8s version OK", reason="no finding"),
    Row(407, "%s references %s which does not exist", [*WELL, ingress(spec={"ingressClassName": "gone"}), thing("networking.k8s.io/v1", "IngressClass", "nginx", "", spec={})], "ingress-no-class"),
    # controllers
    Row(500, "Zero scale detected", deployment(replicas=0), "workload-at-zero"),
    Row(501, "Unhealthy %d desired but have %d available", [*deployment(replicas=3), pod()], "workload-lacks-pods"),
    Row(503, "At current load, CPU under allocated", reason=METRICS),
    Row(504, "At current load, CPU over allocated", reason=METRICS),
    Row(505, "At current load, Memory under allocated", reason=METRICS),
    Row(506, "At current load, Memory over allocated", reason=METRICS),
    Row(507, "Deployment references ServiceAccount which does not exist", [*deployment(), pod(), thing("v1", "ServiceAccount", "other")], "object-missing"),
    Row(508, "No pods match controller selector", deployment(replicas=2), "workload-without-pods"),
    # autoscalers
    Row(600, "HPA references a %s which does not exist", [*WELL, scaler("gone")], "scaler-no-target"),
    Row(602, "Replicas at burst will match/exceed cluster CPU capacity", [*WELL, scaler(most=50)], "scaler-beyond-nodes"),
    Row(603, "Replicas at burst will match/exceed cluster memory capacity", [*deployment(container={"resources": {"requests": {"memory": "1Gi"}}}), pod(), node(), scaler(most=5)], "scaler-beyond-nodes"),
    Row(604, "If ALL HPAs triggered, will match/exceed cluster CPU capacity", [*WELL, *deployment("b"), scaler(most=15), scaler("b", 15)], "scalers-beyond-nodes"),
    Row(605, "If ALL HPAs triggered, will match/exceed cluster memory capacity", [*deployment(container={"resources": {"requests": {"memory": "1Gi"}}}), *deployment("b", container={"resources": {"requests": {"memory": "1Gi"}}}), node(), scaler(most=3), scaler("b", 3)], "scalers-beyond-nodes"),
    # Nodes
    Row(700, "Found taint but no pod can tolerate", [*WELL, node("node-2", taints=TAINT)], "taint-tolerated-by-none"),
    Row(701, "Node has an unknown condition", [node("node-1", ("DiskPressure", "Unknown"))], "node-condition-unknown"),
    Row(702, "Node is not in ready state", [node("node-1", ("Ready", "False"))], "node-not-ready"),
    Row(703, "Out of disk space", reason="the condition OutOfDisk was removed in v1.12; DiskPressure is told"),
    Row(704, "Insufficient memory", [node("node-1", ("MemoryPressure", "True"))], "node-pressure"),
    Row(705, "Insufficient disk space", [node("node-1", ("DiskPressure", "True"))], "node-pressure"),
    Row(706, "Insufficient PIDs on Node", [node("node-1", ("PIDPressure", "True"))], "node-pressure"),
    Row(707, "No network configured on node", [node("node-1", ("NetworkUnavailable", "True"))], "node-without-network"),
    Row(708, "No node metrics available", reason=METRICS),
    Row(709, "CPU threshold reached", reason=METRICS),
    Row(710, "Memory threshold reached", reason=METRICS),
    Row(711, "Scheduling disabled", [node("node-1", unschedulable=True)], "node-cordoned"),
    Row(712, "Found only one master node", [node("node-1", labels={"node-role.kubernetes.io/control-plane": ""}), node("node-2")], "one-control-plane"),
    Row(800, "Namespace is inactive", [thing("v1", "Namespace", "old", "", status={"phase": "Terminating"})], "namespace-terminating"),
    # budgets
    Row(900, "No pods match pdb selector", [*WELL, budget(labels={"app": "gone"}, minAvailable=1)], "budget-selects-none"),
    Row(901, "MinAvailable is greater than the number of pods currently running", [*WELL, budget(minAvailable=3)], "budget-never-allows"),
    # storage
    Row(1000, "Available volume detected", [volume("Available")], "volume-free"),
    Row(1001, "Pending volume detected", [volume("Pending")], "volume-failed"),
    Row(1002, "Lost volume detected", [volume("Failed")], "volume-failed"),
    Row(1003, "Pending claim detected", [claim(phase="Pending")], "claim-pending"),
    Row(1004, "Lost claim detected", [claim(phase="Lost")], "claim-lost"),
    # Services
    Row(1100, "No pods match service selector", [*WELL, service("b", {"app": "b"})], "service-selects-none"),
    Row(1101, "Skip ports check. No explicit ports detected on pod", reason="is about popeye itself: we look at what listens, and say nothing of Pods that declare no ports"),
    Row(1102, "Use of target port # for service port. Prefer named port", reason=STYLE),
    Row(1103, "Type LoadBalancer detected. Could be expensive", reason="prices are no rule of Kubernetes; one that gets no address is service-no-load-balancer"),
    Row(1104, "Do you mean it? Type NodePort detected", reason="is what its author wrote, and nothing fails; c.three_ips() shows what is open"),
    Row(1105, "No associated endpoints found", [*deployment(), pod(ready=False), service()], "service-none-ready"),
    Row(1106, "No target ports match service port", [*WELL, service("b", port={"targetPort": "grpc"})], "service-port-nowhere"),
    Row(1107, 'LoadBalancer but externalTrafficPolicy is "Cluster"', reason="is the default, and costs the address of the client; c.trace shows it hop by hop"),
    Row(1108, 'NodePort but externalTrafficPolicy is "Local"', reason="is a choice that keeps the address of the client; c.trace shows at which Nodes nobody answers"),
    Row(1109, "Single endpoint is associated with this service", WELL, "service-one-endpoint"),
    Row(1110, "Match EP has no subsets", [*deployment(), pod(ready=False), service()], "service-none-ready"),
    Row(1120, "Unhealthy ReplicaSet %d desired but have %d ready", [thing("apps/v1", "ReplicaSet", "alone", spec={"replicas": 2, "selector": {"matchLabels": {"app": "x"}}, "template": {"metadata": {"labels": {"app": "x"}}, "spec": spec_of()}})], "workload-without-pods"),
    # NetworkPolicies
    Row(1200, "No pods match pod selector", [*WELL, policy(podSelector={"matchLabels": {"app": "gone"}})], "policy-selects-none"),
    Row(1201, "No namespaces match namespace selector", [*WELL, policy(ingress=[{"from": [HOMES]}])], "policy-namespace-none"),
    Row(1202, "No pods match pod selector of a rule", [*WELL, policy(ingress=[{"from": [PEER]}])], "policy-peer-none"),
    Row(1203, "%s %s policy in effect", [*WELL, policy(policyTypes=["Ingress"])], "policy-denies-all"),
    Row(1204, "Pod is not secured by a network policy", [*WELL, pod("db-1", {"app": "db"}, ""), policy(podSelector={"matchLabels": {"app": "web"}})], "pods-without-policy"),
    Row(1205, "Pod ingress and egress are not secured", [*WELL, pod("db-1", {"app": "db"}, ""), policy(podSelector={"matchLabels": {"app": "web"}})], "pods-without-policy"),
    Row(1206, "No pods matched IPBlock", reason="an ipBlock is for addresses outside of the cluster: that no Pod has one is right"),
    Row(1207, "No pods matched except IPBlock", reason="an ipBlock is for addresses outside of the cluster: that no Pod has one is right"),
    Row(1208, "No pods match pod selector in namespace", [*WELL, policy(ingress=[{"from": [{**PEER, "namespaceSelector": {}}]}])], "policy-peer-none"),
    Row(1300, "References a role which does not exist", [*WELL, VIEW, binding("gone", "web")], "binding-without-role"),
    # Ingresses
    Row(1400, "Ingress LoadBalancer port reported an error", [*WELL, ingress(status={"loadBalancer": {"ingress": [{"ip": "1.2.3.4", "ports": [{"port": 80, "protocol": "TCP", "error": "boom"}]}]}})], "ingress-port-error"),
    Row(1401, "Ingress references a service backend which does not exist", [*WELL, ingress("gone")], "ingress-no-service"),
    Row(1402, "Ingress references a service port which is not defined", [*WELL, ingress(number=81)], "ingress-no-port"),
    Row(1403, "Ingress backend uses a port#, prefer a named port", reason=STYLE),
    Row(1404, "Invalid Ingress backend spec. Must use port name or number", reason="the API server refuses it, so it is in no cluster; kn.examine of the manifest says so"),
    # CronJobs
    Row(1500, "%s is suspended", [thing("batch/v1", "CronJob", "nightly", spec={"suspend": True, "schedule": "0 0 * * *", "jobTemplate": {"spec": {"template": {"spec": spec_of()}}}})], "cronjob-suspended"),
    Row(1501, "No active jobs detected", reason="a CronJob has no active Job most of the time"),
    Row(1502, "CronJob has not run yet or is failing", reason="its Jobs that failed are workload-trouble; one that is new has not run yet"),
]  # fmt: skip
SAID = [row for row in POPEYE if row.ours]


def found(cluster: Cluster) -> set[str]:
    """The codes of the findings of a cluster."""
    return {item.code for item in kn.examine(cluster)}


@pytest.mark.parametrize("row", SAID, ids=lambda row: str(row.code))
def test_what_popeye_says_is_said_here(row):
    """The input that triggers the rule gives our finding, which the same cluster without the fault does not have."""
    assert row.ours in found(snapshot(*row.input))
    assert row.ours == "service-one-endpoint" or row.ours not in found(snapshot(*WELL))


def test_every_rule_of_popeye_has_an_answer_or_a_reason():
    """Each rule of our subjects is in the table once, with an input or with the reason why it is not said."""
    codes = [row.code for row in POPEYE]
    assert codes == sorted(set(codes))
    assert all(bool(row.ours) != bool(row.reason) for row in POPEYE)
    assert {row.ours for row in SAID} <= SEVERITIES.keys()
    assert (len(SAID), len(POPEYE)) == (72, 104)


def test_a_cluster_without_faults_has_no_findings_but_notes():
    """Where all is well, nothing is an error or a warning."""
    findings = kn.examine(snapshot(*WELL))
    assert [(item.severity, item.code) for item in findings] == [("note", "service-one-endpoint")]
    assert findings.ok


MORE = [
    ("service-without-endpoints", [thing("v1", "Service", "out", spec={"clusterIP": "10.96.0.7", "ports": [{"port": 80}]}), thing("discovery.k8s.io/v1", "EndpointSlice", "x", endpoints=[], ports=[], addressType="IPv4")]),
    ("service-port-in-part", [*WELL, pod("web-2", container={"ports": []})]),
    ("service-port-undeclared", [*WELL, service("b", port={"targetPort": 9999})]),
    ("service-scaled-to-zero", [*deployment(replicas=0), service()]),
    ("service-two-workloads", [*WELL, *deployment("b"), pod("b-1", owner="b")]),
    ("service-no-load-balancer", [*WELL, service("b", type="LoadBalancer")]),
    ("pods-image", [*deployment(), pod(ready=False, phase="Pending", state={"state": {"waiting": {"reason": "ImagePullBackOff"}}})]),
    ("pods-not-configured", [*deployment(), pod(ready=False, phase="Pending", state={"state": {"waiting": {"reason": "CreateContainerConfigError"}}})]),
    ("pods-waiting", [*deployment(), pod(ready=False, phase="Pending", state={"state": {"waiting": {"reason": "SomethingOdd"}}})]),
    ("pods-not-ready", [*deployment(replicas=2), pod(), pod("web-2", ready=False)]),
    ("pods-unknown", [*deployment(), pod(ready=False, phase="Unknown")]),
    ("workload-trouble", [{**deployment()[0], "status": {"conditions": [{"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "message": "no"}]}}]),
    ("key-missing", [*deployment(container=env("configMapKeyRef", "used", "b")), pod(), MAP]),
    ("quota-full", [thing("v1", "ResourceQuota", "q", status={"hard": {"pods": "3"}, "used": {"pods": "3"}})]),
    ("quota-exceeded", [thing("v1", "ResourceQuota", "q", status={"hard": {"pods": "3"}, "used": {"pods": "4"}})]),
    ("scaler-at-most", [*WELL, scaler(conditions=[{"type": "ScalingLimited", "status": "True", "reason": "TooManyReplicas", "message": "m"}])]),
    ("budget-blocked", [*WELL, pod("web-2"), thing("policy/v1", "PodDisruptionBudget", "b", spec={"selector": {"matchLabels": {"app": "web"}}, "minAvailable": 1}, status={"disruptionsAllowed": 0, "currentHealthy": 1, "desiredHealthy": 1, "expectedPods": 2})]),
    ("policy-allows-all", [*WELL, policy(ingress=[{}])]),
    ("binding-without-account", [*WELL, VIEW, binding("view", "gone")]),
    ("route-backend", [*WELL, thing("gateway.networking.k8s.io/v1", "HTTPRoute", "r", spec={"rules": [{"backendRefs": [{"name": "gone", "port": 80}]}]})]),
    ("route-no-gateway", [*WELL, thing("gateway.networking.k8s.io/v1", "Gateway", "g", spec={}), thing("gateway.networking.k8s.io/v1", "HTTPRoute", "r", spec={"parentRefs": [{"name": "gone"}], "rules": []})]),
    ("claim-waits-for-pod", [claim(), thing("storage.k8s.io/v1", "StorageClass", "fast", "", provisioner="a.example", volumeBindingMode="WaitForFirstConsumer")]),
    ("not-in-the-dump", [*deployment(container=env("secretKeyRef", "gone", "a")), pod()]),
]  # fmt: skip


@pytest.mark.parametrize(("code", "objects"), MORE, ids=[code for code, _objects in MORE])
def test_what_popeye_does_not_say(code, objects):
    """Each further sort of finding has an input that gives it."""
    assert code in found(snapshot(*objects))


def test_usage_of_a_simulated_cluster_is_examined():
    """Memory near its limit and CPU that is held back are told, as a reader has set what containers use."""
    c = kn.Cluster(nodes=1)
    c.apply("{apiVersion: v1, kind: Pod, metadata: {name: web}, spec: {containers: [{name: c, image: 'a:1', resources: {limits: {memory: 100Mi, cpu: 100m}}}]}}")  # fmt: skip
    c.settle()
    c.use("pod/web", memory="95Mi", cpu="500m")
    assert {"memory-near-limit", "cpu-throttled"} <= found(c)


def test_every_code_is_triggered_by_some_input():
    """No sort of finding is without a test, and none is without its sentences."""
    told = (
        {row.ours for row in SAID}
        | {code for code, _objects in MORE}
        | {"memory-near-limit", "cpu-throttled"}
    )
    assert told == SEVERITIES.keys()
    assert cluster_words.WHAT.keys() == cluster_words.WHY.keys() == SEVERITIES.keys()
    assert cluster_words.FIX.keys() <= SEVERITIES.keys()


def everything() -> Iterator[kn.Finding]:
    """A finding of each input above."""
    for objects in [*(row.input for row in SAID), *(objects for _code, objects in MORE)]:
        yield from kn.examine(snapshot(*objects))


def test_every_finding_has_its_sentences_a_line_of_kubectl_and_a_picture_that_can_be_drawn():
    """What is shown can be said and pasted; a picture that is offered is one."""
    drawn = set()
    for item in everything():
        assert item.what
        assert item.why
        assert not re.search(r"\{\w+\}", str(item.what))  # every part of the sentence is there
        assert item.kubectl.startswith("kubectl ") or item.code == "not-in-the-dump"
        assert item.where == item.ref
        if item.look is not None and (item.code, item.look.helper) not in drawn:
            drawn.add((item.code, item.look.helper))
            assert item.figure.svg.startswith("<svg")
        elif item.look is None:
            assert item.figure is None
    assert len(drawn) > 40


def test_what_hurts_users_most_comes_first():
    """Errors come before warnings, warnings before notes; within them, the sorts have their place."""
    findings = kn.examine(kn.load("guestbook-broken"))
    order = ["error", "warning", "note"]
    assert [order.index(item.severity) for item in findings] == sorted(
        order.index(item.severity) for item in findings
    )
    assert findings[0].code == "service-selects-none"
    assert not findings.ok


def test_an_error_of_a_service_is_what_a_diagnosis_finds():
    """The doctor and the flow chart do not disagree: a Service with an error has a fault, and one without has none."""
    for name in ("guestbook", "guestbook-broken", "till-dump", "tomcat-service"):
        c = kn.load(name)
        bad = {item.ref for item in kn.examine(c) if item.severity == "error" and "service/" in item.ref}
        for service_ in c.objects("services"):
            if service_.name != "kubernetes":
                assert (service_.ref in bad) == (c.diagnose(service_.ref).facts.ok is False), service_.ref


def test_the_view_has_the_objects_the_calls_and_the_lines():
    """Text, table and HTML show each sort of finding with its object, its picture and its line of kubectl."""
    findings = kn.examine(kn.load("guestbook-broken"))
    text, html = str(findings), findings._repr_mimebundle_()["text/html"]
    for part in (
        "service/frontend",
        'c.diagnose("service/frontend")',
        "kubectl get pods -l app=guestbook,tier=frontnd",
    ):
        assert part in text
        assert part.replace('"', "&quot;") in html
    assert list(findings.table().columns) == ["severity", "ref", "what", "why", "fix", "look", "kubectl"]
    assert "the same for" in text


def test_names_of_objects_are_escaped():
    """What a cluster calls its objects does not become HTML."""
    wild = pod("<b>x</b>", owner="")
    assert "<b>x</b>" not in kn.examine(snapshot(wild))._repr_mimebundle_()["text/html"]


def test_what_belongs_to_the_cluster_is_not_noted():
    """Workloads of kube-system are not the reader's: their templates are not judged, but their Pods are."""
    part = pod("dns", owner="")
    part["metadata"]["namespace"] = "kube-system"
    part["spec"]["containers"][0]["resources"] = {}
    del part["spec"]["serviceAccountName"]
    assert found(snapshot(part)) == set()
    part["status"]["conditions"][0]["status"] = "False"
    assert found(snapshot(part)) == {"pods-none-ready"}


def test_values_of_secrets_are_not_shown():
    """A finding about a Secret names keys at most."""
    findings = kn.examine(snapshot(*deployment(container=env("secretKeyRef", "keys", "b")), pod(), SECRET))
    assert "key-missing" in {item.code for item in findings}
    assert "MQ==" not in str(findings) + repr(list(findings)) + findings.table().to_string()


def test_a_url_is_for_manifests():
    """Of a cluster, c.diagnose asks what a URL leads to, and the error says so."""
    with pytest.raises(CallError, match=r"c\.diagnose\(url\)"):
        kn.examine(kn.Cluster(nodes=1), url="http://web")


def seconds(pods: int) -> float:
    """The CPU time of an examination, without what is read when the cluster is loaded."""
    import large  # only this test needs a large cluster

    cluster = large.cluster(pods)
    start = time.process_time()
    findings = kn.examine(cluster)
    spent = time.process_time() - start
    assert len(findings) > pods / 10
    return spent


def test_ten_thousand_pods_are_examined_in_seconds():
    """A snapshot of 10,000 Pods takes less than 3 s of CPU, and four times as many Pods less than eight times as long."""
    small, large_ = min(seconds(2_500), seconds(2_500)), seconds(10_000)
    assert large_ < 3
    assert large_ < 8 * max(small, 0.05)


@settings(max_examples=30, deadline=None)
@given(st.sets(st.integers(0, len(SAID) - 1), max_size=6), st.randoms())
def test_the_order_of_objects_in_a_dump_does_not_matter(chosen, random):
    """Findings are the same for the same objects, in whatever order a dump has them."""
    by_key = {(o["kind"], o["metadata"]["name"]): o for at in chosen for o in SAID[at].input}
    objects = list(by_key.values())
    told = sorted((item.code, item.ref) for item in kn.examine(snapshot(*objects)))
    random.shuffle(objects)
    assert sorted((item.code, item.ref) for item in kn.examine(snapshot(*objects))) == told
