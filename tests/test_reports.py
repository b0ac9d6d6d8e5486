"""Situations that people described in public: each is answered as the documentation or an accepted answer says.

What the doctor says of each file is in `test_doctor_between.py`; here is what a cluster does and tells.
"""

from __future__ import annotations

from pathlib import Path

import pytest

import k8snotes as kn

REPORTS = Path(__file__).resolve().parent / "golden" / "reports"
PROBE = (
    "{apiVersion: v1, kind: Pod, metadata: {name: probe}, spec: {containers: [{name: c, image: busybox}]}}"
)


def report(name):
    """Return the path of a report."""
    return REPORTS / f"{name}.yaml"


def loaded(name, *more, **given):
    """Return a cluster with a report in it, settled."""
    c = kn.load(report(name), **given)
    for manifest in more:
        c.apply(manifest)
    c.settle()
    return c


@pytest.mark.parametrize(
    ("name", "words"),
    [
        (
            "10-ingress-pathtype",
            "spec.rules[0].http.paths[0].pathType: Required value: pathType must be specified",
        ),
        (
            "11-cron-schedule",
            'spec.schedule: Invalid value: "0 3 * *": expected exactly 5 fields, found 4: [0 3 * *]',
        ),
        ("12-cron-tz", "cannot use TZ or CRON_TZ in schedule, use timeZone field instead"),
        ("12-cron-tz", 'spec.timeZone: Invalid value: "Europe/Atlantis": unknown time zone Europe/Atlantis'),
        (
            "14-hpa-upside",
            "spec.maxReplicas: Invalid value: 2: must be greater than or equal to `minReplicas`",
        ),
        ("32-rbac", 'error looking up service account default/listr: serviceaccount "listr" not found'),
    ],
)
def test_what_a_server_refuses_is_refused_in_its_words(name, words):
    """`kubectl apply` prints the refusal, and `c.apply` raises it."""
    assert words in kn.Cluster().kubectl(f"apply -f {report(name)}").stderr
    with pytest.raises(kn.ApiError):
        kn.Cluster().apply(report(name).read_text(encoding="utf-8"))


def test_a_stateful_set_has_names_by_its_own_service():
    """01: the Service that serviceName names decides, and that must be headless for no name of a Pod."""
    c = loaded("01-sts-dns")
    assert c.trace("http://vault-0.vault-svc:7100", source="pod/probe").facts.outcome == "unresolved"
    assert c.trace("http://ledger-0.ledger:7000", source="pod/probe").facts.outcome == "connected"


def test_nodes_without_a_pod_drop_packets_from_outside():
    """02: externalTrafficPolicy: Local."""
    c = loaded("02-etp-local")
    port = c["svc/kiosk"].ports[0].node_port
    assert c.trace(f"http://node-3:{port}", source="outside").facts.outcome == "timeout"
    assert c.trace(f"http://node-2:{port}", source="outside").facts.outcome == "connected"


def test_a_pod_reaches_itself_through_its_service():
    """05: hairpin traffic is masqueraded."""
    c = loaded("05-hairpin")
    (pod,) = c.objects("pods")
    facts = c.trace("http://echo:8000", source=pod.ref).facts
    assert facts.outcome == "connected"
    assert "hairpin" in c.trace("http://echo:8000", source=pod.ref).text


@pytest.mark.parametrize(
    ("name", "service", "port"),
    [("25-endpoints-by-hand", "second-db", 5432), ("34-epname", "ledgerdb", 5432)],
)
def test_ports_are_joined_by_name(name, service, port):
    """25, 34: the map, the endpoints and the trace agree that no endpoint can be used."""
    c = loaded(name, *([] if name == "34-epname" else [PROBE]))
    assert len(c.endpoints(f"svc/{service}").ready) == 0
    figure = c.trace(f"{service}:{port}", source="pod/probe")
    assert figure.facts.outcome == "refused"
    assert "joins ports by name" in figure.text
    assert "joins ports by name" in c.service_map().text


def test_labels_of_controllers_select():
    """26: a Service may select one Pod of a StatefulSet."""
    facts = loaded("26-podname-selector").service_map().text
    assert "selects statefulset.kubernetes.io/pod-name=queue-0\n  ✓ selects 1 Pod, 1 ready" in facts
    assert "selects apps.kubernetes.io/pod-index=0\n  ✓ selects 1 Pod, 1 ready" in facts


def test_a_budget_of_all_pods_stops_a_drain():
    """29: the eviction is refused again and again, and the Node stays cordoned."""
    c = loaded("29-pdb")
    done = c.kubectl("drain node-1 --ignore-daemonsets")
    assert "Cannot evict pod as it would violate the pod's disruption budget." in done.stderr
    assert "never end" in done.stderr
    assert done.exit == 1


def test_claims_keep_pods_waiting():
    """31: a claim that no volume fits, and a claim that does not exist."""
    c = kn.Cluster()
    c.apply(report("31-pvc").read_text(encoding="utf-8"))
    c.settle()
    assert "pod has unbound immediate PersistentVolumeClaims" in c.why_pending("pod/player").facts.message
    assert "1 PersistentVolume does not fit" in c.why_pending("pod/player").facts.note
    assert 'persistentvolumeclaim "filmz" not found' in c.why_pending("pod/lost").facts.message


def test_one_selector_for_two_workloads_refuses_some_connections():
    """36: each connection goes to one of all selected Pods, so a third of them meets the database."""
    c = loaded("36-shared-label")
    text = c.trace("http://blog", source="pod/probe", times=30).text
    assert "11 (10 expected)  no connection: refused" in text
    assert "tier: web" in {item.write for item in kn.examine(report("36-shared-label"))}


def test_services_are_variables():
    """37: REDIS_PORT is an address, unless enableServiceLinks is false."""
    c = loaded("37-env-links")
    lines = c.kubectl("exec app -- printenv").stdout.splitlines()
    ip = c["svc/redis"].cluster_ip
    assert {
        f"REDIS_PORT=tcp://{ip}:6379",
        f"REDIS_SERVICE_HOST={ip}",
        "KUBERNETES_SERVICE_HOST=10.96.0.1",
    } <= {*lines}
    assert "REDIS_PORT=6379" in c.kubectl("exec quiet -- printenv").stdout.splitlines()


def test_a_rollout_behind_a_host_port_waits_for_its_own_pod():
    """38: the old Pod has the port, and the new Pod waits on the only Node."""
    c = loaded("38-hostport", nodes=1)
    c.kubectl("set image deploy/gate g=gate:2")
    c.settle()
    (pod,) = [pod for pod in c.objects("pods") if not pod.node_name]
    facts = c.why_pending(pod.ref).facts
    assert facts.verdict("node-1").code == "NodePorts"
    assert "8080/TCP" in facts.verdict("node-1").details[0]
    done = c.kubectl("rollout status deploy/gate")
    assert (done.stderr, done.exit) == ('error: deployment "gate" exceeded its progress deadline\n', 1)


def test_the_network_of_the_node_does_not_ask_cluster_dns():
    """39: hostNetwork with ClusterFirst knows no Service; ClusterFirstWithHostNet does."""
    c = loaded("39-hostnet-dns")
    assert c.trace("http://store:2379", source="pod/agent").facts.outcome == "unresolved"
    assert c.trace("http://store:2379", source="pod/agent2").facts.outcome == "connected"
    assert c.kubectl("exec agent -- curl http://store:2379").stderr.startswith(
        "curl: (6) Could not resolve host: store"
    )
    assert "NXDOMAIN" in c.kubectl("exec agent -- nslookup store").stdout


def test_an_external_name_maps_no_port():
    """57: the client calls the port that it asks for, and where the name leads is not known here."""
    c = loaded("57-externalname", PROBE)
    assert c.trace("legacy:5432", source="pod/probe").facts.outcome == "leaves"
    assert [item.name for item in c.refused] == ["service/byurl"]


def test_a_rollout_to_a_broken_image_exceeds_its_deadline():
    """61: kubectl's words and exit code."""
    c = loaded("61-roll")
    c.kubectl("set image deploy/roll web=broken:2")
    done = c.kubectl("rollout status deploy/roll")
    assert (done.stderr, done.exit) == ('error: deployment "roll" exceeded its progress deadline\n', 1)


def test_a_stateful_set_cannot_leave_a_broken_pod_by_itself():
    """64: the new image comes only when the broken Pod is deleted."""
    c = loaded("64-sts")
    c.kubectl("set image sts/node app=good:1")
    c.settle()
    assert [(pod.name, pod.ready) for pod in c.objects("pods", "app=node")] == [("node-0", False)]
    c.kubectl("delete pod node-0")
    c.settle()
    assert [pod.ready for pod in c.objects("pods", "app=node")] == [True] * 3


def test_a_service_selects_in_its_own_namespace():
    """72: the Pods with the right labels are in another one."""
    text = loaded("72-ns").service_map().text
    assert "selects no Pod in namespace front" in text
    assert "but it is in namespace back" in text


def test_a_cron_job_makes_a_job_a_minute():
    """Settling says when the next one comes; time makes it."""
    c = loaded("63-cron")
    assert c.settle().waits[0].startswith("cronjob/tick makes its next Job in ")
    c.wait("3m")
    lines = c.kubectl("get cj,jobs").stdout.splitlines()
    assert [line.split()[0].rpartition("-")[0] for line in lines if line.startswith("job.batch/")] == [
        "job.batch/tick"
    ] * 3
