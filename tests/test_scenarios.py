"""Recorded scenarios of a real cluster, played step by step: the same state at every checkpoint."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

import k8snotes as kn
from k8snotes.api.base import mapping, mappings
from k8snotes.api.kinds.endpointslice import EndpointSlice
from k8snotes.api.kinds.service import Service

HERE = Path(__file__).resolve().parent
OWN = HERE / "golden" / "scenarios"
NAMES = sorted(path.name.removesuffix(".yaml") for path in OWN.glob("*.yaml"))
SYSTEM = ("kube-node-lease", "kube-public", "kube-system")
WORKLOADS = ("replicationcontrollers", "replicasets", "deployments")
COUNTS = {
    "DaemonSet": (
        "desiredNumberScheduled",
        "currentNumberScheduled",
        "numberReady",
        "numberMisscheduled",
        "updatedNumberScheduled",
        "numberAvailable",
        "numberUnavailable",
    ),
    "StatefulSet": ("replicas", "readyReplicas", "currentReplicas", "updatedReplicas", "availableReplicas"),
    "Job": ("active", "ready", "succeeded", "failed"),
}
TOPOLOGY = ("topology.kubernetes.io/zone", "topology.kubernetes.io/region")
REVISION = "controller-revision-hash"
UIDS = ("controller-uid", "batch.kubernetes.io/controller-uid")
SIGNED_BY_KUBELET = "kubelet"
ROUND = 15  # seconds that stand for one in a recording with an autoscaler, which looked every second
# Taken while the autoscaler was acting: a Pod more is counted than listed. Nothing here stops halfway.
MIDWAY = {("hpa-01-no-metrics", "after-1")}
QUIET = 2  # seconds after which a recording took a cluster in which nothing happened for settled


@pytest.mark.parametrize("name", NAMES)
def test_scenario(name):
    """A scenario leads to the state that the real cluster had at each checkpoint."""
    played = Player(yaml.safe_load((OWN / f"{name}.yaml").read_text("utf-8"))).play()
    recorded = json.loads((OWN / f"{name}.expected.json").read_text("utf-8"))["checkpoints"]
    assert played.keys() == recorded.keys()
    for checkpoint, state in recorded.items():
        if (name, checkpoint) in MIDWAY:
            continue
        for part, value in state.items():
            assert nameless(played[checkpoint][part]) == nameless(value), (
                f"{name}, checkpoint {checkpoint}: {part}"
            )


def nameless(part):
    """What a part of a state says without the random end of Pods' names in the messages of errors.

    Part of the recordings leave out which object is invalid, too.
    """
    told = re.sub(r"-[0-9a-z]{6,10}-[a-z0-9]{5}\b", "-<hash>-<id>", json.dumps(part))
    told = re.sub(r'-[bcdfghjklmnpqrstvwxz2456789]{6,10}(?=[- "\\])', "-<hash>", told)
    told = re.sub(r'"(?:The )?[A-Za-z.]+ \\"[^"]*\\" is invalid: ', '"is invalid: ', told)
    told = re.sub(r"\\n(?=\")", "", told)
    return json.loads(told)


class Player:
    """Plays the steps of a scenario on a cluster of ours and writes the states down as they were recorded."""

    def __init__(self, scenario):
        nodes = scenario["nodes"]
        labels, taints = nodes.get("labels", {}), nodes.get("taints", {})
        names = [f"node{number}" for number in range(1, nodes["count"] + 1)]
        manifests = [
            {
                "metadata": {"name": name, "labels": labels.get(name, {})},
                "spec": {"taints": taints[name]} if name in taints else {},
            }
            for name in names
        ]
        size = {key: nodes[key] for key in ("cpu", "memory", "pods") if key in nodes}
        self.cluster = kn.Cluster(manifests, **size)
        self.steps = scenario["steps"]
        self.autoscales = any("HorizontalPodAutoscaler" in str(step) for step in self.steps)
        if self.autoscales:
            self.cluster.api.autoscaling.delays = (0, 0)
        self.errors = []
        self.reasons = {}
        self.messages = set()
        self.failures = set()
        self.written = set()
        self.revisions = {}

    def play(self):
        self.rest()
        checkpoints = {}
        for number, step in enumerate(self.steps):
            ((verb, what),) = step.items()
            if verb == "settle":
                checkpoints[what] = self.state()
            else:
                getattr(self, verb)(number, what)
                self.rest()
        return json.loads(json.dumps(checkpoints))

    def rest(self, seconds=QUIET):
        """Let the cluster act until nothing has happened for so many seconds: a recording waited no longer."""
        simulation = self.cluster.simulation
        if self.autoscales:
            self.cluster.settle()
        while not self.autoscales:
            while simulation._act():
                pass
            alarm = simulation._next_alarm()
            if alarm is None or alarm > simulation.api.now + seconds:
                break
            simulation.api.now = max(simulation.api.now, alarm)
        self.watch_events()

    # ---- the steps

    def apply(self, number, text):
        for document, manifest in enumerate(yaml.safe_load_all(text)):
            self.note_written(manifest)
            try:
                self.cluster.apply(manifest)
            except kn.ApiError as error:
                self.note_error(number, error.code, error.reason, self.as_told(manifest, error), document)
            if manifest["kind"] in ("ResourceQuota", "LimitRange", "Namespace"):
                self.rest()

    def note_error(self, number, code, reason, message, document=0):
        self.errors.append(
            {"step": number, "doc": document, "code": code, "reason": reason, "message": message}
        )

    def as_told(self, manifest, error):
        """An update went through `kubectl apply`, which says "The Service ..." where the API server says "Service ..."."""
        updates = (
            self.cluster.api.store.get(("services", "default", manifest["metadata"]["name"])) is not None
        )
        told = updates and error.reason == "Invalid" and manifest["kind"] == "Service"
        return f"The {error.message}" if told and not error.message.startswith("The ") else error.message

    def note_written(self, manifest):
        spec = manifest.get("spec") or {}
        if manifest["kind"] == "Service":
            self.written.add(spec.get("clusterIP"))

    def delete(self, number, what):
        what = {"target": what} if isinstance(what, str) else what
        for ref in self.targets(what["target"], what.get("namespace")):
            try:
                self.cluster.delete(ref, cascade=what.get("cascade", "background"))
            except kn.NotFoundError as error:
                told = str(error).partition(" not found")[0]
                self.note_error(number, 404, "NotFound", f"{told} not found")

    def scale(self, number, what):
        for ref, replicas in what.items():
            try:
                self.cluster.scale(ref, replicas)
            except kn.NotFoundError as error:
                told = str(error).partition(" not found")[0]
                self.note_error(number, 404, "NotFound", f"{told} not found")

    def label(self, _, what):
        changes = [f"{key}={value}" for key, value in what.get("set", {}).items()]
        changes += [f"{key}-" for key in what.get("remove", [])]
        for ref in self.targets(what["target"], what.get("namespace")):
            self.cluster.label(ref, *changes)

    def cordon(self, _, node):
        self.cluster.cordon(node)

    def uncordon(self, _, node):
        self.cluster.uncordon(node)

    def ready(self, _, what):
        for ref in self.targets(what["target"], what.get("namespace")):
            self.cluster.set_ready(ref, what["value"])

    def evict(self, number, what):
        for ref in self.targets(what):
            try:
                self.cluster.evict(ref)
            except kn.ApiError as error:
                self.note_error(number, error.code, error.reason, error.message)
            except kn.NotFoundError as error:
                told = str(error).partition(" not found")[0]
                self.note_error(number, 404, "NotFound", f"{told} not found")

    def patch(self, number, what):
        """Send a merge patch."""
        obj = self.cluster[what["target"]]
        try:
            self.cluster.api.patch(obj, what["patch"])
        except kn.ApiError as error:
            self.note_error(number, error.code, error.reason, error.message)

    def remove(self, number, what):
        self.delete(number, f"{what['kind'].lower()}/{what['name']}")

    def wait(self, _, seconds):
        self.cluster.wait(ROUND * seconds if self.autoscales else seconds)
        self.watch_events()

    def use(self, _, what):
        for app, amounts in what.items():
            made = (self.cluster.objects(kind) for kind in ("deploy", "sts", "rs", "rc"))
            named = [obj.ref for objects in made for obj in objects if obj.name == app]
            self.cluster.use((*named, f"deploy/{app}")[0], **amounts)

    def finish(self, _, what):
        for ref in self.targets(what["target"], what.get("namespace")):
            if not self.cluster[ref].ended:
                self.cluster.crash(ref, exit_code=what.get("exit", 0))

    def kubectl(self, number, line):
        answer = self.cluster.kubectl(line)
        if answer.exit:
            self.note_error(number, answer.exit, "", answer.stderr.rstrip("\n"))

    def targets(self, target, namespace=None):
        """Where Pods are named by their place, those that are ready come first, as they did in the recordings."""
        if isinstance(target, str):
            return [f"{namespace}/{target}" if namespace else target]
        found = self.cluster.objects("pods", target["select"], namespace or "default")
        pods = [pod for pod in found if not pod.terminating]
        pods.sort(key=lambda pod: (not pod.ready, pod.metadata["creationTimestamp"], pod.name))
        if "index" in target:
            pods = pods[target["index"] :][:1]
        return [f"{pod.namespace}/pod/{pod.name}" for pod in pods]

    # ---- the state, as it was recorded

    def state(self):
        self.watch_events()
        pods = self.cluster.objects("pods")
        return {
            "pods": in_order(map(self.pod, pods)),
            "workloads": dict(sorted(self.workloads())),
            "services": dict(sorted(self.services())),
            "quotas": {
                f"{quota.namespace}/{quota.name}": {
                    "hard": quota.status.get("hard", {}),
                    "used": quota.status.get("used", {}),
                }
                for quota in self.cluster.objects("quota")
            },
            "namespaces": [item.name for item in self.cluster.objects("ns") if item.name not in SYSTEM],
            "errors": list(self.errors),
            "event_reasons": {kind: sorted(reasons) for kind, reasons in sorted(self.reasons.items())},
            "event_messages": sorted(self.messages),
            "failure_event_messages": sorted(self.failures),
            "dsnodes": sorted(
                f"{pod.namespace}:{pod.owner['name']}@{pod.node_name or None}"
                for pod in pods
                if pod.owner and pod.owner["kind"] == "DaemonSet" and not pod.terminating
            ),
            "spread": self.spread(pods),
            "nodes": {
                node.name: {
                    "unsched": bool(node.spec.get("unschedulable")),
                    "taints": sorted(
                        f"{taint['key']}={taint.get('value', '')}:{taint['effect']}" for taint in node.taints
                    ),
                }
                for node in self.cluster.objects("nodes")
            },
            "limits": {
                f"{item.namespace}/{item.name}": item.spec for item in self.cluster.objects("limitranges")
            },
            "revlabel": sorted(
                {
                    f"{pod.owner['kind']}: {'NAME-' if pod.labels[REVISION].startswith(pod.owner['name']) else ''}HASH"
                    for pod in pods
                    if pod.owner and REVISION in pod.labels
                }
            ),
            "topolabel": sorted(
                {f"{label} on Pod" for pod in pods for label in pod.labels if label in TOPOLOGY}
            ),
            "podfacts": in_order(map(self.facts, pods)),
            "nominated": sorted(
                f"{pod.name}@{pod.status['nominatedNodeName']}"
                for pod in pods
                if pod.status.get("nominatedNodeName")
            ),
            "on_node": sorted(nameless([f"{pod.name}@{pod.node_name or None}" for pod in pods])),
            "persistentvolumeclaims": {
                claim.name: self.claim(claim) for claim in self.cluster.objects("pvc")
            },
            "persistentvolumes": {volume.name: self.volume(volume) for volume in self.cluster.objects("pv")},
            "poddisruptionbudgets": {
                budget.name: {
                    "currentHealthy": budget.healthy,
                    "desiredHealthy": budget.desired_healthy,
                    "disruptionsAllowed": budget.allowed,
                    "expectedPods": budget.expected,
                    "conditions": [
                        f"{item['type']}={item['status']}:{item['reason']}"
                        for item in mappings(budget.status.get("conditions"))
                    ],
                }
                for budget in self.cluster.objects("pdb")
            },
            "horizontalpodautoscalers": {
                item.name: self.autoscaler(item) for item in self.cluster.objects("hpa")
            },
        }

    @staticmethod
    def claim(claim):
        return {
            "phase": claim.status.get("phase"),
            "volume": claim.spec.get("volumeName"),
            "class": claim.spec.get("storageClassName"),
            "capacity": claim.status.get("capacity"),
            "deleting": claim.terminating,
            "finalizers": sorted(claim.metadata.get("finalizers", [])),
            "annotations": sorted(key for key in claim.annotations if not key.startswith("kubectl.")),
        }

    @staticmethod
    def volume(volume):
        return {
            "phase": volume.status.get("phase"),
            "reason": volume.status.get("reason"),
            "claim": mapping(volume.spec.get("claimRef")).get("name"),
            "reclaim": volume.spec.get("persistentVolumeReclaimPolicy"),
            "deleting": volume.terminating,
        }

    @staticmethod
    def autoscaler(item):
        measured = item.status.get("currentMetrics")
        return {
            "currentReplicas": item.status.get("currentReplicas"),
            "desiredReplicas": item.status.get("desiredReplicas"),
            "conditions": [f"{it['type']}={it['status']}:{it['reason']}" for it in item.conditions],
            "metrics": None if measured is None else [dict(it) for it in measured],
        }

    def spread(self, pods):
        """How many Pods of a workload each Node has, without saying which Node."""
        on_node = Counter(
            (f"{pod.namespace}:{self.made_by(pod)[1]}", pod.node_name)
            for pod in pods
            if pod.owner and pod.owner["kind"] != "DaemonSet" and pod.node_name and not pod.terminating
        )
        found = {}
        for (name, _), count in sorted(on_node.items()):
            found.setdefault(name, []).append(count)
        return {name: sorted(counts) for name, counts in found.items()}

    def made_by(self, pod):
        """The kind and the name of a Pod's owner; of a Deployment's ReplicaSet, the Deployment's name."""
        kind, name = pod.owner["kind"], pod.owner["name"]
        digest = pod.labels.get("pod-template-hash")
        return kind, name.removesuffix(f"-{digest}") if kind == "ReplicaSet" and digest else name

    def facts(self, pod):
        made_up = bool(pod.metadata.get("generateName"))
        return {
            "o": "/".join(self.made_by(pod)) if pod.owner else "?" if made_up else pod.name,
            "ns": pod.namespace,
            "prio": pod.spec.get("priority"),
            "pc": pod.spec.get("priorityClassName"),
            "preempt": pod.spec.get("preemptionPolicy"),
            "qos": pod.status.get("qosClass"),
            "res": [item.get("resources", {}) for item in pod.spec["containers"]],
            "tol": sorted(json.dumps(item, sort_keys=True) for item in pod.spec.get("tolerations", [])),
            "nominated": bool(pod.status.get("nominatedNodeName")),
        }

    def watch_events(self):
        for event in self.cluster.objects("events"):
            kind, source = event.raw["involvedObject"]["kind"], event.raw["source"]["component"]
            if source == SIGNED_BY_KUBELET or kind in ("Node", "Endpoints"):
                continue
            reason = event.raw["reason"]
            told = event.raw["message"].removeprefix("(combined from similar events): ")
            self.reasons.setdefault(kind, set()).add(reason)
            self.messages.add(self.chanceless(f"{kind}: {reason}: {told}"))
            if reason in ("FailedCreate", "FailedScheduling"):
                message = self.anonymous(told)
                name = event.raw["involvedObject"]["name"]
                if len(name) == 1:
                    message = message.replace(name, "<name>")
                self.failures.add(f"{kind}: {reason}: {message}")

    @staticmethod
    def chanceless(text):
        """The message of an Event without what is chance: the ends of names, uids, and which equal Node it was."""
        text = json.loads(re.sub(r"-[a-z0-9]{5}(?=[ \"])", "-<id>", json.dumps(nameless(text))))
        text = re.sub(r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", "<uid>", text)
        return re.sub(r"\bnode[0-9]+$", "<node>", text)

    @staticmethod
    def anonymous(text):
        return re.sub(r'"([a-z0-9-]+)-[bcdfghjklmnpqrstvwxz2456789]{5}"', r'"\1-<id>"', text)

    def pod(self, pod):
        owner = self.owner(pod)
        tokens = {"pod-template-hash": "<hash>", REVISION: "<rev>", **dict.fromkeys(UIDS, "<uid>")}
        labels = {key: tokens.get(key, value) for key, value in pod.labels.items() if key not in TOPOLOGY}
        found = {
            "owner": owner,
            "namespace": pod.namespace,
            "labels": labels,
            "scheduled": bool(pod.node_name),
            "phase": pod.phase,
            "ready": pod.ready,
            "deleting": pod.terminating,
        }
        if owner is None:
            generated = bool(pod.metadata.get("generateName"))
            found["name"] = pod.metadata["generateName"] + "<id>" if generated else pod.name
        return found

    def owner(self, obj):
        owner = obj.owner
        if owner is None:
            return None
        name = owner["name"]
        if owner["kind"] == "ReplicaSet":
            name = self.revision_name(obj.namespace, name)
        return f"{owner['kind']}/{name}"

    def revision_name(self, namespace, name):
        replica_set = self.cluster.object("ReplicaSet", name, namespace)
        digest = replica_set.labels.get("pod-template-hash")
        if replica_set.owner is None or digest is None:
            return name
        revision = replica_set.annotations["deployment.kubernetes.io/revision"]
        return f"{name.removesuffix(digest)}<hash> rev {revision}"

    def workloads(self) -> Iterator:
        for kind in WORKLOADS:
            for obj in self.cluster.objects(kind):
                name = self.revision_name(obj.namespace, obj.name) if obj.kind == "ReplicaSet" else obj.name
                head = "" if obj.namespace == "default" else f"{obj.namespace}:"
                status = obj.status
                found = {
                    "desired": obj.replicas,
                    "current": status.get("replicas", 0),
                    "ready": status.get("readyReplicas", 0),
                }
                if obj.kind == "Deployment":
                    found["updated"] = status.get("updatedReplicas", 0)
                    found["available"] = status.get("availableReplicas", 0)
                conditions = [
                    f"{item['type']}={item['status']}:{item['reason']}"
                    for item in mappings(status.get("conditions"))
                ]
                if conditions:
                    found["conditions"] = sorted(conditions)
                yield f"{head}{obj.kind}/{name}", found
        for kind, counts in COUNTS.items():
            for obj in self.cluster.objects(kind):
                yield f"{obj.namespace}:{kind}/{obj.name}", self.counted(obj, counts)

    def counted(self, obj, counts):
        found = {count: obj.status.get(count, 0) for count in counts}
        if obj.kind == "StatefulSet":
            found["desired"] = obj.replicas
            found["pods"] = sorted(
                pod.name
                for pod in self.cluster.objects("pods", namespace=obj.namespace)
                if pod.owner and pod.owner["name"] == obj.name
            )
        if obj.kind == "Job":
            found["conditions"] = sorted(
                f"{item['type']}={item['status']}:{item.get('reason', '')}"
                for item in mappings(obj.status.get("conditions"))
            )
            found["done"] = bool(obj.status.get("completionTime"))
            found["idx"] = obj.status.get("completedIndexes")
        return found

    def services(self) -> Iterator:
        for service in self.cluster.objects("services"):
            if service.name != "kubernetes":
                yield f"{service.namespace}/{service.name}", self.service(service)

    def service(self, service: Service):
        ip = service.cluster_ip
        return {
            "type": service.type,
            "clusterIP": ip if ip in self.written or ip in ("None", "") else "allocated",
            "ports": [
                {
                    "name": port.name,
                    "port": port.port,
                    "targetPort": port.target_port,
                    "nodePort": self.node_port(service, port),
                    "protocol": port.protocol,
                }
                for port in service.ports
            ],
            "selector": service.selector or None,
            "endpoints": self.endpoints(service),
            "legacy_endpoints": self.legacy(service),
        }

    @staticmethod
    def node_port(service, port):
        applied = json.loads(service.annotations["kubectl.kubernetes.io/last-applied-configuration"])
        asked = [item.get("nodePort") for item in mappings(mapping(applied.get("spec")).get("ports"))]
        if port.node_port is None or port.node_port in asked:
            return port.node_port
        return "allocated"

    def endpoints(self, service):
        found = []
        for item in self.cluster.objects("endpointslices", namespace=service.namespace):
            if not isinstance(item, EndpointSlice) or item.service != service.name:
                continue
            for endpoint in item.endpoints:
                conditions = mapping(endpoint.get("conditions"))
                ready = conditions.get("ready", True)
                found.append(
                    {
                        "pod": self.target(endpoint, service.namespace),
                        "ready": ready,
                        "serving": conditions.get("serving", True),
                        "terminating": conditions.get("terminating", False),
                        "ports": ports(item.ports),
                    }
                )
                if found[-1]["pod"] is None:
                    found[-1]["addresses"] = endpoint["addresses"]
        return sorted(found, key=lambda item: json.dumps(item, sort_keys=True))

    def legacy(self, service):
        key = ("endpoints", service.namespace, service.name)
        obj = self.cluster.api.store.get(key)
        if obj is None:
            return None
        found = []
        for subset in obj.subsets:
            for field, ready in (("addresses", True), ("notReadyAddresses", False)):
                for address in mappings(subset.get(field)):
                    entry = {
                        "pod": self.target(address, service.namespace),
                        "ready": ready,
                        "ports": ports(mappings(subset.get("ports"))),
                    }
                    if entry["pod"] is None:
                        entry["address"] = address["ip"]
                    found.append(entry)
        return sorted(found, key=lambda item: json.dumps(item, sort_keys=True))

    def target(self, address, namespace):
        reference = address.get("targetRef")
        if reference is None:
            return None
        pod = self.cluster.object("Pod", reference["name"], namespace)
        return self.owner(pod) or f"Pod/{self.pod(pod)['name']}"


def in_order(items):
    return sorted(items, key=lambda item: json.dumps(item, sort_keys=True))


def ports(items):
    return sorted(
        (
            {"name": item.get("name", ""), "port": item["port"], "protocol": item["protocol"]}
            for item in items
        ),
        key=json.dumps,
    )
