"""What `kubectl get` prints of a kind stands in the file of that kind."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest

from k8snotes.api import gateway_api
from k8snotes.api.base import view
from k8snotes.api.kind import Kind
from k8snotes.api.registry import all_kinds, custom_kind, find_resource
from k8snotes.facts import columns as files
from k8snotes.facts.columns.cells import first_few
from k8snotes.facts.rows import columns, row

FOLDER = Path(files.__path__[0])
SHARED = {"cells", "workload"}
NOW = "2026-01-01T00:00:05Z"
KINDS = (*all_kinds(), *gateway_api.KINDS)


def of_a_kind() -> list[str]:
    return sorted(path.stem for path in FOLDER.glob("[!_]*.py") if path.stem not in SHARED)


def bare(kind: Kind) -> dict:
    """An object of a kind that says nothing but its name."""
    metadata = {"name": "a", "creationTimestamp": "2026-01-01T00:00:00Z"}
    return {"apiVersion": kind.api_version, "kind": kind.kind, "metadata": metadata}


@pytest.mark.parametrize("name", of_a_kind())
def test_a_file_is_named_after_a_kind(name):
    """Every file beside the shared ones has a kind's name, so that it is found."""
    assert name in {kind.singular for kind in KINDS}


@pytest.mark.parametrize("name", of_a_kind())
def test_every_column_has_its_cell(name):
    """An object that says nothing has a cell for each column, wide or not, and no cell is left unset."""
    kind = next(kind for kind in KINDS if kind.singular == name)
    file = import_module(f"{files.__name__}.{name}")
    obj = view(bare(kind))
    cells = file.row_at(obj, NOW) if hasattr(file, "row_at") else file.row(obj)
    wide = {*file.NAMES, *getattr(file, "WIDE", ())}
    without = {"SELECTOR"} if name == "cronjob" else set()  # the column is the Jobs', and a CronJob has none
    assert wide - {"NAME", "AGE", *cells} == without
    assert list(row(obj, NOW)) == list(file.NAMES)
    assert all(cell is not None for cell in row(obj, NOW, wide=True).values())


def test_a_kind_without_a_file_has_name_and_age():
    """What no file is about has NAME and AGE: other kinds, and another group's kind of the same name."""
    knative = custom_kind("serving.knative.dev/v1", "Service")
    for kind in (find_resource("csinodes"), knative):
        assert columns(kind) == columns(kind, wide=True) == ("NAME", "AGE")
        assert row(view(bare(kind)), NOW) == {"NAME": "a", "AGE": "5s"}


def test_a_version_that_is_no_longer_served_has_the_columns_and_no_cells():
    """An old Deployment of a dump stands under the Deployments' columns; what it says is not read."""
    old = view({**bare(find_resource("deployments")), "apiVersion": "apps/v1beta1"})
    assert row(old, NOW) == {
        "NAME": "a",
        "READY": "<none>",
        "UP-TO-DATE": "<none>",
        "AVAILABLE": "<none>",
        "AGE": "5s",
    }


# --- cell by cell, by the printers of k8s.io/kubernetes/pkg/printers/internalversion

LATER = "2026-01-01T01:00:00Z"


def cells(kind, spec=None, status=None, *, meta=None, wide=True, now=NOW, **parts):
    """Return the row of an object."""
    obj = bare(next(item for item in all_kinds() if item.kind == kind))
    obj["metadata"] |= meta or {}
    return row(view({**obj, "spec": spec or {}, "status": status or {}, **parts}), now, wide=wide)


NODE = {"addresses": [{"type": "InternalIP", "address": "192.168.0.11"}]}
OWNED = {
    "ownerReferences": [
        {"apiVersion": "apps/v1", "kind": "DaemonSet", "name": "d", "uid": "u", "controller": True}
    ]
}
GONE = {"deletionTimestamp": "2026-01-01T00:00:01Z"}
BOUND = {"phase": "Bound", "capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteMany", "ReadWriteOnce"]}
GOAL = {
    "type": "Resource",
    "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 80}},
}
AMOUNT = {
    "type": "Resource",
    "resource": {"name": "memory", "target": {"type": "AverageValue", "averageValue": "1Gi"}},
}
WEB = {"clusterIP": "10.96.0.20", "ports": [{"port": 80}]}
TWO_PORTS = {"ports": [{"port": 80, "nodePort": 30080}, {"port": 53, "protocol": "UDP"}]}


def ready(status="True", kind="Ready"):
    return {"conditions": [{"type": kind, "status": status}]}


def balanced(*entries):
    return {"loadBalancer": {"ingress": list(entries)}}


@pytest.mark.parametrize(
    ("kind", "spec", "status", "meta", "expected"),
    [
        (
            "Node",
            {},
            {**ready(), **NODE},
            {},
            {"STATUS": "Ready", "ROLES": "<none>", "INTERNAL-IP": "192.168.0.11"},
        ),
        (
            "Node",
            {},
            ready("False"),
            {},
            {"STATUS": "NotReady", "INTERNAL-IP": "<none>", "EXTERNAL-IP": "<none>"},
        ),
        (
            "Node",
            {},
            ready("Unknown"),
            {},
            {"STATUS": "NotReady", "OS-IMAGE": "<unknown>", "KERNEL-VERSION": "<unknown>"},
        ),
        ("Node", {}, {}, {}, {"STATUS": "Unknown", "CONTAINER-RUNTIME": "<unknown>"}),
        ("Node", {"unschedulable": True}, ready(), {}, {"STATUS": "Ready,SchedulingDisabled"}),
        (
            "Node",
            {},
            {},
            {
                "labels": {
                    "node-role.kubernetes.io/worker": "",
                    "node-role.kubernetes.io/a": "",
                    "kubernetes.io/role": "z",
                }
            },
            {"ROLES": "a,worker,z"},
        ),
        (
            "Node",
            {},
            {},
            {"labels": {"node-role.kubernetes.io/": "", "kubernetes.io/role": ""}},
            {"ROLES": "<none>"},
        ),
        (
            "Node",
            {},
            {
                "addresses": [
                    {"type": "ExternalIP", "address": "1.2.3.4"},
                    {"type": "ExternalIP", "address": "5.6.7.8"},
                ]
            },
            {},
            {"EXTERNAL-IP": "1.2.3.4"},
        ),
        (
            "Job",
            {"completions": 3},
            {"succeeded": 1},
            {},
            {"STATUS": "Running", "COMPLETIONS": "1/3", "DURATION": ""},
        ),
        ("Job", {}, {}, {}, {"COMPLETIONS": "0/1"}),
        ("Job", {"parallelism": 1}, {}, {}, {"COMPLETIONS": "0/1"}),
        ("Job", {"parallelism": 2}, {}, {}, {"COMPLETIONS": "0/1 of 2"}),
        ("Job", {"completions": 3, "parallelism": 2}, {}, {}, {"COMPLETIONS": "0/3"}),
        ("Job", {}, ready(kind="Complete"), {}, {"STATUS": "Complete"}),
        ("Job", {}, ready(kind="Failed"), {}, {"STATUS": "Failed"}),
        ("Job", {}, ready(kind="Suspended"), {}, {"STATUS": "Suspended"}),
        ("Job", {}, ready("False", "Suspended"), {}, {"STATUS": "Running"}),
        ("Job", {}, ready(kind="FailureTarget"), {}, {"STATUS": "FailureTarget"}),
        ("Job", {}, ready(kind="SuccessCriteriaMet"), {}, {"STATUS": "SuccessCriteriaMet"}),
        ("Job", {}, {"startTime": "2026-01-01T00:00:01Z"}, {}, {"DURATION": "4s"}),
        (
            "Job",
            {},
            {"startTime": "2026-01-01T00:00:01Z", "completionTime": "2026-01-01T00:00:03Z"},
            {},
            {"DURATION": "2s"},
        ),
        (
            "Service",
            WEB,
            {},
            {},
            {"TYPE": "ClusterIP", "EXTERNAL-IP": "<none>", "PORT(S)": "80/TCP", "SELECTOR": "<none>"},
        ),
        ("Service", {"clusterIP": "None"}, {}, {}, {"CLUSTER-IP": "None", "PORT(S)": "<none>"}),
        (
            "Service",
            {**WEB, **TWO_PORTS, "type": "NodePort"},
            {},
            {},
            {"PORT(S)": "80:30080/TCP,53/UDP", "EXTERNAL-IP": "<none>"},
        ),
        ("Service", {**WEB, "type": "LoadBalancer"}, {}, {}, {"EXTERNAL-IP": "<pending>"}),
        (
            "Service",
            {**WEB, "type": "LoadBalancer"},
            balanced({"ip": "1.2.3.4"}),
            {},
            {"EXTERNAL-IP": "1.2.3.4"},
        ),
        (
            "Service",
            {**WEB, "type": "LoadBalancer", "externalIPs": ["9.9.9.9"]},
            balanced({"ip": "1.2.3.4"}),
            {},
            {"EXTERNAL-IP": "1.2.3.4,9.9.9.9"},
        ),
        ("Service", {**WEB, "externalIPs": ["9.9.9.9"]}, {}, {}, {"EXTERNAL-IP": "9.9.9.9"}),
        (
            "Service",
            {"type": "ExternalName", "externalName": "x.org"},
            {},
            {},
            {"CLUSTER-IP": "<none>", "EXTERNAL-IP": "x.org"},
        ),
        ("Service", {**WEB, "selector": {"b": "2", "a": "1"}}, {}, {}, {"SELECTOR": "a=1,b=2"}),
        (
            "PersistentVolumeClaim",
            {},
            {**BOUND, "phase": "Pending"},
            {},
            {"STATUS": "Pending", "VOLUME": "", "CAPACITY": "", "ACCESS MODES": ""},
        ),
        (
            "PersistentVolumeClaim",
            {"volumeName": "v", "storageClassName": "fast", "volumeMode": "Block"},
            BOUND,
            {},
            {
                "STATUS": "Bound",
                "VOLUME": "v",
                "CAPACITY": "1Gi",
                "ACCESS MODES": "RWO,RWX",
                "STORAGECLASS": "fast",
                "VOLUMEMODE": "Block",
            },
        ),
        (
            "PersistentVolumeClaim",
            {"volumeName": "v"},
            BOUND,
            GONE,
            {"STATUS": "Terminating", "VOLUMEMODE": "<unset>"},
        ),
        (
            "PersistentVolume",
            {},
            {"phase": "Available"},
            {},
            {"STATUS": "Available", "CLAIM": "", "VOLUMEATTRIBUTESCLASS": "<unset>"},
        ),
        (
            "PersistentVolume",
            {
                "claimRef": {"namespace": "shop", "name": "data"},
                "capacity": {"storage": "1Gi"},
                "accessModes": ["ReadWriteOncePod", "ReadOnlyMany"],
                "persistentVolumeReclaimPolicy": "Retain",
            },
            {"phase": "Bound"},
            {},
            {"CLAIM": "shop/data", "CAPACITY": "1Gi", "ACCESS MODES": "ROX,RWOP", "RECLAIM POLICY": "Retain"},
        ),
        ("PersistentVolume", {}, {"phase": "Bound"}, GONE, {"STATUS": "Terminating"}),
        (
            "CronJob",
            {"schedule": "* * * * *"},
            {},
            {},
            {
                "SCHEDULE": "* * * * *",
                "TIMEZONE": "<none>",
                "SUSPEND": "False",
                "ACTIVE": 0,
                "LAST SCHEDULE": "<none>",
            },
        ),
        (
            "CronJob",
            {"suspend": True, "timeZone": "UTC"},
            {"active": [{}, {}], "lastScheduleTime": "2026-01-01T00:00:02Z"},
            {},
            {"TIMEZONE": "UTC", "SUSPEND": "True", "ACTIVE": 2, "LAST SCHEDULE": "3s"},
        ),
        (
            "HorizontalPodAutoscaler",
            {"scaleTargetRef": {"kind": "Deployment", "name": "web"}, "maxReplicas": 5},
            {},
            {},
            {
                "REFERENCE": "Deployment/web",
                "TARGETS": "<none>",
                "MINPODS": "<unset>",
                "MAXPODS": "5",
                "REPLICAS": "0",
            },
        ),
        (
            "HorizontalPodAutoscaler",
            {"metrics": [GOAL], "minReplicas": 2},
            {"currentReplicas": 3},
            {},
            {"TARGETS": "cpu: <unknown>/80%", "MINPODS": "2", "REPLICAS": "3"},
        ),
        (
            "HorizontalPodAutoscaler",
            {"metrics": [GOAL, AMOUNT]},
            {},
            {},
            {"TARGETS": "cpu: <unknown>/80%, memory: <unknown>/1Gi"},
        ),
        (
            "HorizontalPodAutoscaler",
            {"metrics": [GOAL, AMOUNT, GOAL]},
            {},
            {},
            {"TARGETS": "cpu: <unknown>/80%, memory: <unknown>/1Gi + 1 more..."},
        ),
        ("Ingress", {}, {}, {}, {"CLASS": "<none>", "HOSTS": "*", "ADDRESS": "", "PORTS": "80"}),
        (
            "Ingress",
            {
                "ingressClassName": "nginx",
                "tls": [{}],
                "rules": [{"host": h} for h in ("a", "b", "", "c", "d", "e")],
            },
            balanced({"ip": "1.2.3.4"}, {"hostname": "a.org"}, {"ip": "1.2.3.4"}),
            {},
            {"CLASS": "nginx", "HOSTS": "a,b,c + 2 more...", "ADDRESS": "1.2.3.4,a.org", "PORTS": "80, 443"},
        ),
        (
            "PodDisruptionBudget",
            {"minAvailable": 2},
            {},
            {},
            {"MIN AVAILABLE": "2", "MAX UNAVAILABLE": "N/A", "ALLOWED DISRUPTIONS": 0},
        ),
        (
            "PodDisruptionBudget",
            {"maxUnavailable": "25%"},
            {"disruptionsAllowed": 1},
            {},
            {"MIN AVAILABLE": "N/A", "MAX UNAVAILABLE": "25%", "ALLOWED DISRUPTIONS": 1},
        ),
        ("ControllerRevision", {}, {}, {}, {"CONTROLLER": "<none>", "REVISION": 0}),
        ("ControllerRevision", {}, {}, OWNED, {"CONTROLLER": "daemonset.apps/d"}),
        (
            "Deployment",
            {"replicas": 3},
            {"readyReplicas": 2, "updatedReplicas": 1, "availableReplicas": 2},
            {},
            {"READY": "2/3", "UP-TO-DATE": 1, "AVAILABLE": 2},
        ),
        ("Deployment", {}, {}, {}, {"READY": "0/1", "UP-TO-DATE": 0, "AVAILABLE": 0}),
        (
            "ReplicaSet",
            {"replicas": 3},
            {"replicas": 2, "readyReplicas": 1},
            {},
            {"DESIRED": 3, "CURRENT": 2, "READY": 1},
        ),
        ("StatefulSet", {"replicas": 3}, {"readyReplicas": 1}, {}, {"READY": "1/3"}),
        (
            "DaemonSet",
            {},
            {
                "desiredNumberScheduled": 4,
                "currentNumberScheduled": 3,
                "numberReady": 2,
                "updatedNumberScheduled": 1,
                "numberAvailable": 2,
            },
            {},
            {
                "DESIRED": 4,
                "CURRENT": 3,
                "READY": 2,
                "UP-TO-DATE": 1,
                "AVAILABLE": 2,
                "NODE SELECTOR": "<none>",
            },
        ),
    ],
)
def test_a_cell_is_what_kubectl_prints(kind, spec, status, meta, expected):
    """Each cell of `kubectl get -o wide`, with the field there and without it."""
    found = cells(kind, spec, status, meta=meta)
    assert {name: found[name] for name in expected} == expected


EVENT = {
    "firstTimestamp": "2026-01-01T00:00:00Z",
    "lastTimestamp": "2026-01-01T00:59:00Z",
    "type": "Normal",
    "reason": "R",
}


@pytest.mark.parametrize(
    ("parts", "seen", "count"),
    [
        (EVENT, "60s", 1),
        ({**EVENT, "count": 1}, "60s", 1),
        ({**EVENT, "count": 2}, "60s (x2 over 60m)", 2),
        ({**EVENT, "lastTimestamp": None}, "60m", 1),
    ],
)
def test_an_event_says_how_often_it_was_seen(parts, seen, count):
    """`printEvent` and `translateTimestampInterval`."""
    about = {"kind": "Pod", "name": "web", "fieldPath": "spec.containers{main}"}
    found = cells(
        "Event", now=LATER, involvedObject=about, source={"component": "kubelet", "host": "n1"}, **parts
    )
    assert (found["LAST SEEN"], found["COUNT"], found["OBJECT"]) == (seen, count, "pod/web")
    assert (found["SUBOBJECT"], found["SOURCE"]) == ("spec.containers{main}", "kubelet, n1")


def did(name="main", *, count=0, state="running", reason="", **ended):
    """Return the status of a container."""
    inner = {**({"reason": reason} if reason else {}), **ended}
    made = {"name": name, "restartCount": count, "state": {state: inner or {"startedAt": NOW}}}
    return {**made, "ready": state == "running", "started": state == "running"}


INIT = {"initContainers": [{"name": "i0"}, {"name": "i1"}]}
SIDECAR = {"initContainers": [{"name": "s", "restartPolicy": "Always"}, {"name": "i1"}]}
DONE = {"reason": "Completed", "exitCode": 0}


@pytest.mark.parametrize(
    ("spec", "status", "meta", "printed"),
    [
        ({}, {}, {}, ("0/1", "Pending", 0)),
        ({}, {"phase": "Running", "containerStatuses": [did(count=3)]}, {}, ("1/1", "Running", 3)),
        ({}, {"phase": "Failed", "reason": "Evicted"}, {}, ("0/1", "Evicted", 0)),
        (
            {},
            {"conditions": [{"type": "PodScheduled", "reason": "SchedulingGated"}]},
            {},
            ("0/1", "SchedulingGated", 0),
        ),
        (
            {},
            {"containerStatuses": [did(state="waiting", reason="ErrImagePull")]},
            {},
            ("0/1", "ErrImagePull", 0),
        ),
        (
            {},
            {"containerStatuses": [did(state="terminated", reason="Error", exitCode=1)]},
            {},
            ("0/1", "Error", 0),
        ),
        ({}, {"containerStatuses": [did(state="terminated", exitCode=3)]}, {}, ("0/1", "ExitCode:3", 0)),
        (
            {},
            {"containerStatuses": [did(state="terminated", exitCode=3, signal=9)]},
            {},
            ("0/1", "Signal:9", 0),
        ),
        (
            {},
            {"phase": "Succeeded", "containerStatuses": [did(state="terminated", **DONE)]},
            {},
            ("0/1", "Completed", 0),
        ),
        # of two the first has the last word
        (
            {"containers": [{}, {}]},
            {"containerStatuses": [did(state="waiting", reason="A"), did(state="waiting", reason="B")]},
            {},
            ("0/2", "A", 0),
        ),
        (
            {"containers": [{}, {}]},
            {"containerStatuses": [did(count=1), did(state="waiting", reason="B", count=2)]},
            {},
            ("1/2", "B", 3),
        ),
        # one has ended, the other runs
        (
            {"containers": [{}, {}]},
            {
                "containerStatuses": [did(), did(state="terminated", **DONE)],
                "conditions": [{"type": "Ready", "status": "True"}],
            },
            {},
            ("1/2", "Running", 0),
        ),
        (
            {"containers": [{}, {}]},
            {"containerStatuses": [did(), did(state="terminated", **DONE)]},
            {},
            ("1/2", "NotReady", 0),
        ),
        # init containers
        (
            INIT,
            {"initContainerStatuses": [did("i0"), did("i1", state="waiting")]},
            {},
            ("0/1", "Init:0/2", 0),
        ),
        (
            INIT,
            {"initContainerStatuses": [did("i0", state="terminated", **DONE), did("i1", count=2)]},
            {},
            ("0/1", "Init:1/2", 2),
        ),
        (
            INIT,
            {"initContainerStatuses": [did("i0", state="terminated", reason="Error", exitCode=1)]},
            {},
            ("0/1", "Init:Error", 0),
        ),
        (
            INIT,
            {"initContainerStatuses": [did("i0", state="terminated", exitCode=7)]},
            {},
            ("0/1", "Init:ExitCode:7", 0),
        ),
        (
            INIT,
            {"initContainerStatuses": [did("i0", state="terminated", exitCode=7, signal=9)]},
            {},
            ("0/1", "Init:Signal:9", 0),
        ),
        (
            INIT,
            {"initContainerStatuses": [did("i0", state="waiting", reason="CrashLoopBackOff", count=4)]},
            {},
            ("0/1", "Init:CrashLoopBackOff", 4),
        ),
        (
            INIT,
            {"initContainerStatuses": [did("i0", state="waiting", reason="PodInitializing")]},
            {},
            ("0/1", "Init:0/2", 0),
        ),
        # sidecars count
        (SIDECAR, {"initContainerStatuses": [did("s"), did("i1")]}, {}, ("1/2", "Init:1/2", 0)),
        (
            SIDECAR,
            {
                "phase": "Running",
                "initContainerStatuses": [did("s"), did("i1", state="terminated", **DONE)],
                "containerStatuses": [did()],
            },
            {},
            ("2/2", "Running", 0),
        ),
        (SIDECAR, {"initContainerStatuses": [{**did("s"), "started": False}]}, {}, ("0/2", "Init:0/2", 0)),
        (
            SIDECAR,
            {"initContainerStatuses": [{**did("s"), "ready": False}, did("i1")]},
            {},
            ("0/2", "Init:1/2", 0),
        ),
        # on its way out
        ({}, {"phase": "Running", "containerStatuses": [did()]}, GONE, ("1/1", "Terminating", 0)),
        (
            {},
            {"phase": "Succeeded", "containerStatuses": [did(state="terminated", **DONE)]},
            GONE,
            ("0/1", "Completed", 0),
        ),
        ({}, {"phase": "Running", "reason": "NodeLost"}, GONE, ("0/1", "Unknown", 0)),
    ],
)
def test_the_status_of_a_pod(spec, status, meta, printed):
    """`printPod`, case by case: READY, STATUS and RESTARTS."""
    spec = {"containers": [{"name": "main"}], **spec}
    found = cells("Pod", spec, {"phase": "Pending", **status}, meta=meta)
    assert (found["READY"], found["STATUS"], found["RESTARTS"]) == printed


def test_more_of_a_pod():
    """IP, Node, nominated Node and readiness gates, with and without."""
    found = cells("Pod", {"containers": [{}]}, {})
    names = ("IP", "NODE", "NOMINATED NODE", "READINESS GATES")
    assert [found[name] for name in names] == ["<none>"] * 4
    gates = [{"conditionType": "a"}, {"conditionType": "b"}]
    status = {
        "podIP": "10.244.1.2",
        "nominatedNodeName": "n2",
        "conditions": [{"type": "a", "status": "True"}],
    }
    found = cells("Pod", {"containers": [{}], "nodeName": "n1", "readinessGates": gates}, status)
    assert [found[name] for name in names] == ["10.244.1.2", "n1", "n2", "1/2"]


@pytest.mark.parametrize(
    ("count", "shown"), [(0, ""), (1, "a"), (3, "a,b,c"), (4, "a,b,c + 1 more..."), (6, "a,b,c + 3 more...")]
)
def test_the_first_few(count, shown):
    """`formatHosts` and `formatHPAMetrics`: three, and how many more."""
    assert first_few(list("abcdef"[:count])) == shown


def test_what_a_config_map_and_a_secret_hold():
    """DATA counts the keys; a Secret without a type is Opaque."""
    assert cells("ConfigMap", data={"a": "1", "b": "2"})["DATA"] == 2
    found = cells("Secret", data={"a": "MQ=="}, stringData={"b": "2"})
    assert (found["DATA"], found["TYPE"]) == (2, "Opaque")
    assert cells("Secret", type="kubernetes.io/tls")["TYPE"] == "kubernetes.io/tls"


@pytest.mark.parametrize(("allowed", "shown"), [(None, "false"), (False, "false"), (True, "true")])
def test_whether_a_class_lets_volumes_grow(allowed, shown):
    """ALLOWVOLUMEEXPANSION is false where nothing is said."""
    parts = {} if allowed is None else {"allowVolumeExpansion": allowed}
    found = cells("StorageClass", provisioner="a.b/c", **parts)
    assert (found["ALLOWVOLUMEEXPANSION"], found["PROVISIONER"]) == (shown, "a.b/c")


@pytest.mark.parametrize(("note", "shown"), [("true", "a (default)"), ("false", "a"), (None, "a")])
def test_the_default_class_says_so(note, shown):
    """`printStorageClass`: the annotation is-default-class."""
    meta = {} if note is None else {"annotations": {"storageclass.kubernetes.io/is-default-class": note}}
    assert cells("StorageClass", meta=meta, provisioner="a.b/c")["NAME"] == shown
