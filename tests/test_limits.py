"""What this cluster does not do: one table, asked wherever such an object is shown, and nowhere else."""

from pathlib import Path

import pseudo
import pytest

import k8snotes as kn
from k8snotes.errors import ManifestWarning
from k8snotes.limits import LIMITS

REPORTS = Path(__file__).resolve().parent / "golden" / "reports"


def pod(spec, name="web"):
    return f"""
apiVersion: v1
kind: Pod
metadata: {{name: {name}}}
spec: {{containers: [{{name: app, image: web:1}}], {spec}}}"""


def with_container(fields):
    return f"""
apiVersion: apps/v1
kind: Deployment
metadata: {{name: web}}
spec:
  selector: {{matchLabels: {{app: web}}}}
  template:
    metadata: {{labels: {{app: web}}}}
    spec: {{containers: [{{name: app, image: web:1, {fields}}}]}}"""


CLAIM = """
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: films}
spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}"""

# a row of the table -> manifests that it is about, and the object that it names
ROWS = {
    "attached-volumes": (
        """{apiVersion: storage.k8s.io/v1, kind: CSIStorageCapacity, metadata: {name: fast}, storageClassName: fast,
 capacity: 5Gi}""",
        "csistoragecapacity/fast",
    ),
    "recycling": (
        """{apiVersion: v1, kind: PersistentVolume, metadata: {name: tape}, spec: {capacity: {storage: 1Gi},
 accessModes: [ReadWriteOnce], persistentVolumeReclaimPolicy: Recycle, hostPath: {path: /srv/tape}}}""",
        "persistentvolume/tape",
    ),
    "other-metrics": (
        """{apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, metadata: {name: web}, spec: {maxReplicas: 3,
 metrics: [{type: External, external: {metric: {name: queue}, target: {type: Value, value: 5}}}],
 scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}}}""",
        "horizontalpodautoscaler/web",
    ),
    "network-policies": (
        "{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: wall}, spec: {podSelector: {}}}",
        "networkpolicy/wall",
    ),
    "ingresses": (
        """{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: gate}, spec: {defaultBackend:
 {service: {name: web, port: {number: 80}}}}}""",
        "ingress/gate",
    ),
    "gateways": (
        "{apiVersion: gateway.networking.k8s.io/v1, kind: Gateway, metadata: {name: gate}, spec: {}}",
        "gateway/gate",
    ),
    "gateway-filters": (
        "{apiVersion: gateway.networking.k8s.io/v1, kind: ReferenceGrant, metadata: {name: gate}, spec: {}}",
        "referencegrant/gate",
    ),
    "custom-resources": (
        "{apiVersion: crd.example/v1, kind: Backup, metadata: {name: nightly}, spec: {}}",
        "backup/nightly",
    ),
    "admission": (
        """{apiVersion: admissionregistration.k8s.io/v1, kind: ValidatingWebhookConfiguration,
 metadata: {name: strict}}""",
        "validatingwebhookconfiguration/strict",
    ),
    "access": (
        """{apiVersion: rbac.authorization.k8s.io/v1, kind: Role, metadata: {name: reader},
 rules: [{apiGroups: [""], resources: [pods], verbs: [get]}]}""",
        "role/reader",
    ),
    "undeclared-ports": (
        with_container("ports: [{containerPort: 8080}], readinessProbe: {tcpSocket: {port: 9090}}"),
        "deployment/web",
    ),
}


def lab(*texts):
    c = kn.Cluster(nodes=1, network_policies=False)
    c.apply("\n---\n".join(texts))
    c.settle()
    return c


def codes(c):
    return [note.code for note in c.simulation.limits.all()]


def test_each_row_is_tried():
    """Every row of the table has an example here; the ones for what kn.load grants have tests of their own."""
    assert {row.code for row in LIMITS if not row.code.endswith("-taken-for-granted")} == set(ROWS)


@pytest.mark.parametrize("row", ROWS)
def test_a_row_names_its_objects(row):
    """An object that has no effect here is named once, by what a reader has written and not by its Pods."""
    manifest, ref = ROWS[row]
    c = lab(manifest)
    (note,) = [note for note in c.simulation.limits.all() if note.code == row]
    assert note.objects == (ref,)
    assert ref in note.words
    assert str(note.words) in repr(c)
    assert note.words in c.notes


@pytest.mark.parametrize(
    "row", sorted({*ROWS} - {"gateways", "gateway-filters"})
)  # kubectl asks for its definition first
def test_kubectl_prints_what_kubectl_prints(row):
    """The note stands beside the output, once, and in neither of its streams."""
    manifest, _ref = ROWS[row]
    c = kn.Cluster(nodes=1, network_policies=False)
    out = c.kubectl("apply -f -", stdin=manifest)
    (words,) = [note.words for note in c.simulation.limits.all() if note.code == row]
    assert out.note.splitlines().count(f"k8snotes: {words}") == 1
    assert "k8snotes" not in out.stdout + out.stderr
    assert str(words) in str(out)


def test_get_and_describe_have_the_notes_of_what_they_show():
    """Pods of a row are noted where they are shown, and nothing is noted where they are not."""
    c = lab(ROWS["undeclared-ports"][0])
    for line in ("get pods", "describe pods", "get deploy", "describe deploy web"):
        assert c.kubectl(line).note.startswith("k8snotes: A program is assumed"), line
    for line in ("get nodes", "get svc", "describe node node-1", "get rs -o name"):
        assert c.kubectl(line).note == "", line


def test_settling_says_it_once():
    """The first settling after an object came has its note; the next has nothing to say."""
    c = kn.Cluster(nodes=1)
    c.apply(ROWS["ingresses"][0])
    first, second = c.settle(), c.settle()
    assert [note.partition(":")[0] for note in first.limits] == [
        "No Ingress controller acts on these Ingresses, so they lead no request to a Service"
    ]
    assert str(first).endswith(f"note: {first.limits[0]}")
    assert ": ingress/gate." in first.limits[0]
    assert str(second) == "nothing to do"
    assert str(c.copy().settle()) == "nothing to do"


def test_a_cluster_without_such_objects_has_no_notes():
    """The applications of the course have no notes, and nothing of theirs has any."""
    for name in ("guestbook", "cluster-dns", "till-dump", "tomcat-service"):
        c = kn.load(name)
        assert c.notes == ()
        assert "note:" not in repr(c)
    assert repr(kn.Cluster().notes) == "nothing to note"
    assert kn.load("guestbook").kubectl("get all").note == ""


def test_several_objects_share_a_sentence():
    """Three objects are named, and of the others it is said how many there are."""
    c = kn.Cluster(nodes=1, network_policies=False)
    for name in "abcde":
        c.apply(ROWS["network-policies"][0].replace("wall", name))
    (words,) = c.notes
    assert words.endswith(": networkpolicy/a, networkpolicy/b, networkpolicy/c and 2 more.")


def test_a_dump_has_only_the_notes_that_are_true_of_it():
    """In a snapshot nothing is done, so only what traces assume is noted."""
    meta = 'uid: "1", creationTimestamp: "2026-03-01T08:00:00Z"'
    policy, ingress = (ROWS[row][0] for row in ("network-policies", "ingresses"))
    c = kn.load(
        f"{policy.replace('name: wall', f'name: wall, {meta}')}\n---\n{ingress.replace('name: gate', f'name: gate, {meta}')}"
    )
    assert c.snapshot
    assert codes(c) == ["network-policies"]
    assert c.notes[0].startswith("A dump does not tell whether the network plugin enforces NetworkPolicies.")


def test_policies_are_noted_where_a_connection_is_made():
    """`exec`, the trace and the map say where the network plugin ignores policies, with the words of the table."""
    c = kn.load(REPORTS / "28-netpol.yaml", network_policies=False)
    note = "Namespace default has NetworkPolicies, but the network plugin of this cluster ignores them."
    assert c.kubectl("exec web -- curl http://api").stderr.splitlines() == [f"k8snotes: {note}"]
    assert note in c.trace("http://api", source="pod/web").facts.notes
    assert "note: The network plugin of this cluster ignores NetworkPolicies" in c.service_map().text


def test_policies_that_are_enforced_need_no_note():
    """Where the network plugin enforces policies, which is the default, no list says that they have no effect."""
    c = kn.load(REPORTS / "28-netpol.yaml")
    assert c.notes == ()
    assert c.trace("http://api", source="pod/web").facts.guarded == ()


def test_loading_warns_no_more_than_before(recwarn):
    """What is loaded is noted by the cluster, not by a warning."""
    kn.load("\n---\n".join(manifest for manifest, _ref in ROWS.values() if "name: web}" not in manifest))
    assert [item for item in recwarn if issubclass(item.category, ManifestWarning)] == []


def test_roles_that_every_cluster_has_are_not_noted():
    """A role that Kubernetes itself labels is no reader's."""
    c = lab(
        """{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: view,
 labels: {kubernetes.io/bootstrapping: rbac-defaults}}, rules: []}"""
    )
    assert c.notes == ()


@pytest.mark.parametrize(
    ("spec", "needed"),
    [
        ("volumes: [{name: v, projected: {sources: [{configMap: {name: gone}}]}}]", True),
        ("volumes: [{name: v, projected: {sources: [{secret: {name: gone, optional: true}}]}}]", False),
        ("volumes: [{name: v, secret: {secretName: gone}}]", True),
        ("imagePullSecrets: [{name: gone}]", False),
    ],
)
def test_what_a_pod_needs_is_in_the_table_of_references(spec, needed):
    """A projected volume needs its sources; a Secret for pulling images is not needed."""
    granted = kn.load(pod(spec)).assumed
    assert any("gone is assumed to exist" in note for note in granted) is needed


def test_notes_speak_the_language_in_force(tmp_path):
    """What was asked for in one language is said in another when it is shown later."""
    c = lab(ROWS["ingresses"][0])
    notes = c.notes
    assert "so they lead no request to a Service: ingress/gate." in repr(notes)
    with pseudo.speaking(tmp_path):
        assert repr(notes) == repr(c.notes) == str(notes[0])
        assert repr(notes).startswith("⟦")
        assert "ingress/gate" in repr(notes)
