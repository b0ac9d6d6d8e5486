"""Claims and volumes: what fits is bound, and a Pod waits until its claims are."""

from pathlib import Path

import k8snotes as kn
from k8snotes.control_plane import caches

REPORTS = Path(__file__).resolve().parent / "golden" / "reports"
UNBOUND = "0/3 nodes are available: pod has unbound immediate PersistentVolumeClaims. not found"
VOLUME = """{apiVersion: v1, kind: PersistentVolume, metadata: {name: NAME}, spec: {capacity: {storage: SIZE},
 accessModes: [ReadWriteOnce], hostPath: {path: /data}}}"""


def volume(name, size):
    return VOLUME.replace("NAME", name).replace("SIZE", size)


def message(c, ref):
    return c[ref].condition("PodScheduled")["message"]


def test_a_pod_waits_for_its_claims():
    """A claim that no volume fits, and a claim that is not there, keep a Pod Pending in Kubernetes' words."""
    c = kn.Cluster()
    c.apply((REPORTS / "31-pvc.yaml").read_text(encoding="utf-8"))
    c.settle()
    assert message(c, "pod/player") == UNBOUND
    assert (
        message(c, "pod/lost")
        == '0/3 nodes are available: persistentvolumeclaim "filmz" not found. not found'
    )
    assert [event.raw["message"] for event in c.objects("events") if "claim" in event.raw["message"]]
    facts = c.why_pending("pod/player").facts
    assert facts.pending
    assert facts.message == UNBOUND
    assert facts.note == (
        "it waits for claim films, which has no volume: No StorageClass makes a volume for it. "
        "1 PersistentVolume does not fit: 1 is too small."
    )
    assert facts.verdicts == ()


def test_a_volume_that_fits_lets_the_pod_run():
    """The smallest volume that is large enough is bound, whenever it comes, and the Pod gets its Node."""
    c = kn.Cluster()
    c.apply((REPORTS / "31-pvc.yaml").read_text(encoding="utf-8"))
    c.settle()
    c.apply(volume("huge", "50Gi"))
    c.apply(volume("right", "6Gi"))
    c.settle()
    claim = c["pvc/films"]
    assert (claim.spec["volumeName"], claim.status["phase"], claim.status["capacity"]) == (
        "right",
        "Bound",
        {"storage": "6Gi"},
    )
    assert {pv.name: pv.status["phase"] for pv in c.objects("pv")} == {
        "disk": "Available",
        "huge": "Available",
        "right": "Bound",
    }
    assert c["pod/player"].phase == "Running"
    assert c["pod/lost"].phase == "Pending"
    assert str(c.settle()) == "nothing to do"


def test_a_missing_claim_that_comes_lets_the_pod_run():
    """The scheduler looks again when a claim comes."""
    c = kn.Cluster()
    c.apply((REPORTS / "31-pvc.yaml").read_text(encoding="utf-8"))
    c.settle()
    c.apply("{apiVersion: v1, kind: ConfigMap, metadata: {name: nowhere}}")
    c.apply(volume("right", "6Gi"))
    c.apply(
        """{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: filmz},
 spec: {accessModes: [ReadWriteOnce], storageClassName: "", resources: {requests: {storage: 1Gi}}}}"""
    )
    c.settle()
    assert c["pod/lost"].phase == "Running"


def test_a_volume_whose_claim_is_gone_is_released():
    """A released volume is bound to no other claim."""
    c = kn.Cluster(nodes=1)
    claim = """{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: NAME},
 spec: {accessModes: [ReadWriteOnce], storageClassName: "", resources: {requests: {storage: 1Gi}}}}"""
    c.apply(volume("disk", "2Gi"))
    c.apply(claim.replace("NAME", "first"))
    c.settle()
    c.delete("pvc/first")
    c.settle()
    c.apply(claim.replace("NAME", "second"))
    c.settle()
    assert c["pv/disk"].status["phase"] == "Released"
    assert c["pvc/second"].status["phase"] == "Pending"


def test_a_class_that_waits_for_its_consumer_is_not_bound_before():
    """`volumeBindingMode: WaitForFirstConsumer` is not bound at once, as in Kubernetes."""
    c = kn.Cluster(nodes=1)
    c.apply(
        """{apiVersion: storage.k8s.io/v1, kind: StorageClass, metadata: {name: late}, provisioner: disks.example,
 volumeBindingMode: WaitForFirstConsumer}"""
    )
    c.apply(
        """{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: films},
 spec: {accessModes: [ReadWriteOnce], storageClassName: late, resources: {requests: {storage: 1Gi}}}}"""
    )
    c.settle()
    assert c["pvc/films"].status["phase"] == "Pending"
    (event,) = c.objects("events")
    assert event.raw["reason"] == "WaitForFirstConsumer"


def test_loading_takes_storage_for_granted():
    """A folder leaves its storage to its surroundings, so its Pods run, and the cluster says so."""
    c = kn.load(REPORTS / "31-pvc.yaml")
    assert [pod.phase for pod in c.objects("pods")] == ["Running", "Running"]
    assert any("PersistentVolumeClaim filmz" in note for note in c.assumed)
    assert [note.code for note in c.simulation.limits.all()] == ["claims-taken-for-granted"]
    c.apply(
        """{apiVersion: v1, kind: Pod, metadata: {name: later}, spec: {containers: [{name: a, image: b}],
 volumes: [{name: v, persistentVolumeClaim: {claimName: other}}]}}"""
    )
    c.settle()
    assert c["pod/later"].phase == "Pending"  # only what was loaded is granted


def test_a_loaded_stateful_set_goes_on_to_have_its_claims():
    """Storage is provided for the claims that its controller makes, those of later Pods as well."""
    c = kn.load(
        """
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec:
  serviceName: db
  replicas: 2
  selector: {matchLabels: {app: db}}
  template: {metadata: {labels: {app: db}}, spec: {containers: [{name: a, image: db:1}]}}
  volumeClaimTemplates:
  - metadata: {name: data}
    spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
"""
    )
    assert c.assumed == [
        "storage is provided by a driver and the StorageClass standard, because statefulset/db needs it"
    ]
    c.scale("sts/db", 3)
    later = c.copy()
    for one in (c, later):
        one.settle()
        assert [pod.phase for pod in one.objects("pods")] == ["Running"] * 3
        assert [claim.status["phase"] for claim in one.objects("pvc")] == ["Bound"] * 3


def test_waiting_does_not_depend_on_what_is_remembered():
    """Without caches, the same Pods wait for the same reasons."""
    text = (REPORTS / "31-pvc.yaml").read_text(encoding="utf-8")
    said = []
    for off in (False, True):
        c = kn.Cluster()
        c.apply(text)
        if off:
            with caches.switched_off():
                c.settle()
        else:
            c.settle()
        said.append([message(c, pod.ref) for pod in c.objects("pods")])
    assert said[0] == said[1]
