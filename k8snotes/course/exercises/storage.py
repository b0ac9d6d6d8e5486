"""Chapter 10, storage: what is right, and which belief a wrong answer shows.

Source of the rules:
    https://kubernetes.io/docs/concepts/storage/volumes/
    https://kubernetes.io/docs/concepts/storage/persistent-volumes/
    https://kubernetes.io/docs/concepts/storage/storage-classes/
    https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/
"""

from __future__ import annotations

from contextlib import suppress

from k8snotes.api.base import KubeObject, Manifest
from k8snotes.api.kinds.pod import Pod
from k8snotes.api.quantity import Quantity
from k8snotes.api.registry import find_resource
from k8snotes.catalogue import _
from k8snotes.cluster import Cluster
from k8snotes.course.answers import YES_NO, Choice, Choices, Fields, Number, Word
from k8snotes.course.chapters import Solution, vocabulary
from k8snotes.course.clusters import application
from k8snotes.course.deeds import Deed, Prints
from k8snotes.course.thumbnail import Part, thumbnail
from k8snotes.errors import K8sNotesError
from k8snotes.figures import palette
from k8snotes.figures.figure import Figure

__all__ = ["SOLUTIONS", "picture"]

_SECONDS, _OPTION, _SIGNAL = "seconds at most", "option of kubectl logs", "signal before exit code 143"
_FOLDER_RESTART, _EMPTY_RESTART = "folder, after the restart", "emptyDir, after the restart"
_EMPTY_NEW, _CLAIM_NEW = "emptyDir, in the new Pod", "claim, in the new Pod"
_STATUS, _VOLUME = "status of the old volume", "volume of the claim"
_KINDS = {
    "a": "persistentvolumeclaims",
    "b": "persistentvolumes",
    "c": "storageclasses",
    "d": "statefulsets",
    "e": "pods",
}
_DATABASE, _CLAIM = "mysql-0", "data-mysql-0"


def picture() -> Figure:
    """Draw what the chapter is about, small: a Pod, its claim, and the volume that stays."""
    return thumbnail(
        _("storage"),
        _("a Pod names a claim, and the claim is bound to a volume"),
        [Part(_DATABASE, "/var/lib/mysql", palette.POD)],
        [Part(_CLAIM, "1Gi, RWO", palette.NODE)],
        [(0, 0, palette.TRAFFIC)],
    )


def _claim(name: str, size: str, mode: str = "ReadWriteOnce", storage_class: str | None = None) -> Manifest:
    """Return a claim."""
    spec: Manifest = {"accessModes": [mode], "resources": {"requests": {"storage": size}}}
    if storage_class is not None:
        spec["storageClassName"] = storage_class
    return {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": name}, "spec": spec}


def _user(name: str, claim: str) -> Manifest:
    """Return a Pod that uses a claim."""
    container = {"name": "main", "image": "main", "volumeMounts": [{"name": "files", "mountPath": "/files"}]}
    volume = {"name": "files", "persistentVolumeClaim": {"claimName": claim}}
    spec = {"containers": [container], "volumes": [volume]}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": spec}


def _stateful_set(name: str, namespace: str, templates: list[str]) -> Manifest:
    """Return a StatefulSet with one Pod, which has a claim from each of some templates."""
    labels = {"app": namespace, "name": name}
    mounts = [{"name": template, "mountPath": f"/{template}"} for template in templates]
    container = {"name": "main", "image": "main", "volumeMounts": mounts}
    spec: Manifest = {
        "serviceName": name,
        "replicas": 1,
        "selector": {"matchLabels": labels},
        "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
        "volumeClaimTemplates": [
            {"metadata": {"name": template}, "spec": _claim(template, "1Gi")["spec"]}
            for template in templates
        ],
    }
    metadata = {"name": name, "namespace": namespace}
    return {"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": metadata, "spec": spec}


def _of_namespaces() -> set[str]:
    """Return the letters of the kinds whose objects belong to a namespace."""
    found = {letter: find_resource(name) for letter, name in _KINDS.items()}
    return {letter for letter, kind in found.items() if kind is not None and kind.namespaced}


def _at_the_same_time() -> set[str]:
    """Return the letters of the Pods that run with one ReadWriteOnce claim: two on one Node, one on another.

    Source of the rule: `IsMultiAttachAllowed`, which pkg/controller/volume/attachdetach of k8s.io/kubernetes asks
    """
    cluster = Cluster(nodes=2)
    cluster.provide_storage()
    cluster.create([_claim("uploads", "1Gi")])
    places = {"a": "node-1", "b": "node-1", "c": "node-2"}
    for letter, node in places.items():
        pod = _user(letter, "uploads")
        pod["spec"]["nodeSelector"] = {"kubernetes.io/hostname": node}
        cluster.create([pod])
        cluster.settle()
    return {letter for letter in places if _ready(cluster[f"pod/{letter}"])}


def _claims_after_scaling() -> int:
    """Return how many claims a StatefulSet with two templates leaves that was scaled to 4 and then to 2.

    Source of the rule: https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#persistentvolumeclaim-retention
    """
    cluster = Cluster(nodes=2)
    cluster.provide_storage()
    cluster.create([_stateful_set("shop", "default", ["data", "log"])])
    cluster.settle()
    for replicas in (4, 2):
        cluster.scale("statefulset/shop", replicas)
        cluster.settle()
    return len(cluster.objects("persistentvolumeclaims"))


def _made_again() -> dict[str, str]:
    """Return what becomes of a kept volume, and whether a claim of the same name gets it.

    Source of the rule: https://kubernetes.io/docs/concepts/storage/persistent-volumes/#retain
    """
    cluster = Cluster(nodes=1)
    cluster.provide_storage(reclaim="Retain")
    parts = [_claim("films", "1Gi"), _user("films", "films")]
    cluster.create(parts)
    cluster.settle()
    old = str(cluster["pvc/films"].spec["volumeName"])
    cluster.delete("pod/films")
    cluster.delete("pvc/films")
    cluster.settle()
    cluster.create(parts)
    cluster.settle()
    again = cluster["pvc/films"].spec["volumeName"] == old
    return {_STATUS: str(cluster[f"pv/{old}"].status["phase"]), _VOLUME: "old" if again else "new"}


def _by_hand() -> int:
    """Return the capacity of a claim of 5Gi, in Gi, where there are volumes of 3Gi, 10Gi and 20Gi.

    Source of the rule: https://kubernetes.io/docs/concepts/storage/persistent-volumes/#binding
    """
    cluster = Cluster(nodes=1)
    for size in ("3Gi", "10Gi", "20Gi"):
        spec = {
            "capacity": {"storage": size},
            "accessModes": ["ReadWriteMany"],
            "nfs": {"server": "192.168.0.50", "path": f"/{size}"},
        }
        name = {"name": f"volume-{size.lower()}"}
        cluster.create([{"apiVersion": "v1", "kind": "PersistentVolume", "metadata": name, "spec": spec}])
    cluster.create([_claim("films", "5Gi", "ReadWriteMany")])
    cluster.settle()
    return int(_capacity(cluster["pvc/films"]).value // 2**30)


def _capacity(claim: KubeObject) -> Quantity:
    """Return how much storage a bound claim has."""
    return Quantity(str(claim.status.get("capacity", {}).get("storage", "0")))


# ---- what a reader does to a cluster


def _two_teams() -> Cluster:
    """Return the guestbook beside a database of the calendar team, and a claim that no Pod uses."""
    cluster = application()
    cluster.kubectl("create namespace calendar")
    cluster.create([_stateful_set("mysql", "calendar", ["store"]), _claim("photos", "5Gi")])
    cluster.settle()
    return cluster


def _two_classes() -> Cluster:
    """Return the guestbook with a second class, whose volumes many Nodes can reach."""
    cluster = application()
    cluster.provide_storage("shared", provisioner="nfs.example.com", binding="Immediate", default=False)
    cluster.settle()
    return cluster


def _uploads(cluster: Cluster) -> dict[str, bool]:
    """Say whether the claim `uploads` has a volume of the class `shared` that many Nodes can write."""
    claims = [item for item in _of_default(cluster, "persistentvolumeclaims") if item.name == "uploads"]
    return {
        "bound": any(item.status.get("phase") == "Bound" for item in claims),
        "class": any(item.spec.get("storageClassName") == "shared" for item in claims),
        "mode": any("ReadWriteMany" in item.spec.get("accessModes", []) for item in claims),
        "size": any(_requested(item) >= Quantity("10Gi") for item in claims),
    }


def _requested(claim: KubeObject) -> Quantity:
    """Return how much storage a claim asks for."""
    return Quantity(str(claim.spec.get("resources", {}).get("requests", {}).get("storage", "0")))


def _of_default(cluster: Cluster, kind: str, selector: str = "") -> list[KubeObject]:
    """Return the objects of a kind in the namespace default."""
    return [item for item in cluster.objects(kind, selector) if item.namespace == "default"]


def _first_volume() -> str:
    """Return the name of the volume of the guestbook's database."""
    return str(application()[f"pvc/{_CLAIM}"].spec["volumeName"])


def _volume_now(cluster: Cluster, claim: str = _CLAIM) -> str:
    """Return the name of the volume of a claim, "" if there is none."""
    claims = [item for item in _of_default(cluster, "persistentvolumeclaims") if item.name == claim]
    return str(claims[0].spec.get("volumeName", "")) if claims else ""


def _never_replaced(cluster: Cluster) -> bool:
    """Say whether the Pod of the database is the one that the guestbook began with, and ready."""
    first = application()[f"pod/{_DATABASE}"].uid
    return any(pod.uid == first and _ready(pod) for pod in cluster.objects("pods", "name=mysql"))


def _ready(pod: KubeObject) -> bool:
    return isinstance(pod, Pod) and pod.ready and not pod.terminating


def _survives(cluster: Cluster, volume: str, claim: str, users: str) -> bool:
    """Say whether a volume stays when its claim and the Pods that use it are deleted, and the claim is really gone.

    Args:
        cluster: the cluster; a copy of it is tried.
        volume: the name of the volume.
        claim: the name of its claim.
        users: finds the Pods.
    """
    other = cluster.copy()
    first = {item.uid for item in _of_default(other, "persistentvolumeclaims") if item.name == claim}
    with suppress(K8sNotesError):
        other.delete(f"pvc/{claim}")
    for pod in _of_default(other, "pods", users):
        other.delete(pod.ref)
    other.settle()
    if first & {item.uid for item in other.objects("persistentvolumeclaims")}:
        return False  # another finalizer holds the claim: that is only for a while
    return any(item.name == volume and not item.terminating for item in other.objects("persistentvolumes"))


def _kept(cluster: Cluster) -> dict[str, bool]:
    """Say whether the disk of the database outlives its claim, and nothing else has changed."""
    first = _first_volume()
    return {
        "kept": _survives(cluster, first, _CLAIM, "name=mysql"),
        "runs": _never_replaced(cluster),
        "same": _volume_now(cluster) == first,
    }


def _larger(cluster: Cluster) -> dict[str, bool]:
    """Say whether the claim of the database has 3Gi, of the same volume and with the same Pod."""
    volumes = [item for item in cluster.objects("persistentvolumes") if item.name == _first_volume()]
    said = [Quantity(str(item.spec.get("capacity", {}).get("storage", "0"))) for item in volumes]
    claims = [item for item in _of_default(cluster, "persistentvolumeclaims") if item.name == _CLAIM]
    return {
        "larger": any(_capacity(item) == Quantity("3Gi") for item in claims),
        "disk": said == [Quantity("3Gi")],
        "same": _volume_now(cluster) == _first_volume(),
        "runs": _never_replaced(cluster),
    }


def _photos(mode: str = "ReadWriteOnce", storage_class: str | None = None) -> Cluster:
    """Return the guestbook with the Deployment `photos` and its claim."""
    cluster = application()
    cluster.create([_claim("photos", "5Gi", mode, storage_class)])
    cluster.apply("photos")
    cluster.settle()
    return cluster


def _stuck() -> Cluster:
    """Return the guestbook with a Deployment whose update waits for the volume of the old Pod."""
    cluster = _photos("ReadWriteOncePod")
    _update(cluster, "1.1")
    return cluster


def _update(cluster: Cluster, version: str) -> None:
    image = f"registry.example.com/photos:{version}"
    cluster.kubectl(f"set image deployment photos photos={image}")
    cluster.settle()


def _runs_version(cluster: Cluster, version: str) -> bool:
    """Say whether one Pod of `photos` is ready, and it runs a version."""
    pods = [pod for pod in _of_default(cluster, "pods", "tier=photos") if not pod.terminating]
    images = [pod.containers[0].image for pod in pods if isinstance(pod, Pod) and _ready(pod)]
    return len(pods) == 1 and images == [f"registry.example.com/photos:{version}"]


def _updated(cluster: Cluster) -> dict[str, bool]:
    """Say whether version 1.1 runs, and version 1.2 would, with the claim as it was."""
    other = cluster.copy()
    _update(other, "1.2")
    claims = [item for item in _of_default(cluster, "persistentvolumeclaims") if item.name == "photos"]
    same = _volume_now(cluster, "photos") == _volume_now(_stuck(), "photos")
    return {
        "ready": _runs_version(cluster, "1.1"),
        "next": _runs_version(other, "1.2"),
        "claim": same and any(item.spec.get("accessModes") == ["ReadWriteOncePod"] for item in claims),
    }


def _without_class() -> Cluster:
    """Return the guestbook with a claim whose class does not exist."""
    return _photos(storage_class="fast")


def _fast(cluster: Cluster) -> dict[str, bool]:
    """Say whether the claim has a volume of its class that stays, and its Pod runs."""
    claims = [item for item in _of_default(cluster, "persistentvolumeclaims") if item.name == "photos"]
    volume = _volume_now(cluster, "photos")
    return {
        "made": any(item.name == "fast" for item in cluster.objects("storageclasses")),
        "runs": any(_ready(pod) for pod in _of_default(cluster, "pods", "tier=photos")),
        "class": any(item.spec.get("storageClassName") == "fast" for item in claims),
        "kept": bool(volume) and _survives(cluster, volume, "photos", "tier=photos"),
    }


def _released() -> Cluster:
    """Return the guestbook whose database has lost its claim, and whose volume was kept."""
    cluster = application()
    volume = _first_volume()
    retain = """-p '{"spec": {"persistentVolumeReclaimPolicy": "Retain"}}'"""
    cluster.kubectl(f"patch pv {volume} {retain}")
    cluster.scale("statefulset/mysql", 0)
    cluster.settle()
    cluster.delete(f"pvc/{_CLAIM}")
    cluster.settle()
    return cluster


def _rescued(cluster: Cluster) -> dict[str, bool]:
    """Say whether the database runs with its old volume."""
    return {
        "kept": any(item.name == _first_volume() for item in cluster.objects("persistentvolumes")),
        "runs": any(_ready(pod) for pod in cluster.objects("pods", "name=mysql") if pod.name == _DATABASE),
        "data": _volume_now(cluster) == _first_volume(),
    }


_PV = "pvc-00000000-0000-4000-8000-000000000020"
_RETAIN = """-p '{"spec": {"persistentVolumeReclaimPolicy": "Retain"}}'"""
_UPLOADS = """
apiVersion: v1
kind: PersistentVolumeClaim
metadata:
  name: uploads
spec:
  storageClassName: shared
  accessModes:
    - ReadWriteMany
  resources:
    requests:
      storage: 10Gi
"""
_FAST = """
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata:
  name: fast
provisioner: disk.csi.example.com
reclaimPolicy: Retain
volumeBindingMode: WaitForFirstConsumer
"""
_LARGER = """'{"spec": {"resources": {"requests": {"storage": "3Gi"}}}}'"""
_RECREATE = """'{"spec": {"strategy": {"type": "Recreate", "rollingUpdate": null}}}'"""

SOLUTIONS: dict[str, Solution] = {
    "recall": Solution(
        Fields(
            {
                _SECONDS: Number(),
                _OPTION: Word(vocabulary(__name__, "option")),
                _SIGNAL: Word(vocabulary(__name__, "signal")),
            }
        ),
        {_SECONDS: 20, _OPTION: "previous", _SIGNAL: "SIGTERM"},
        {
            "one-failure-is-enough": {_SECONDS: 10},
            "the-log-goes-on": {_OPTION: "follow"},
            "killed-at-once": {_SIGNAL: "SIGKILL"},
        },
    ),
    "guess-1": Solution(Choice("abc"), "b", {"a-volume-is-everywhere": "a", "folders-are-copied": "c"}),
    "guess-2": Solution(Number(), 2, {"same-name-same-volume": 1, "one-for-each-node": 3}),
    "guess-3": Solution(Choice("abc"), "b", {"made-at-once": "a", "pending-is-broken": "c"}),
    "guess-4": Solution(Choice("abc"), "a", {"once-is-one-pod": "b", "a-volume-for-each-pod": "c"}),
    "guess-5": Solution(Number(), 3, {"claims-go-with-pods": 1, "scaling-needs-no-claims": 0}),
    "guess-6": Solution(Choice("abc"), "c", {"volumes-move": "a", "a-new-volume": "b"}),
    "1": Solution(
        Fields(dict.fromkeys((_FOLDER_RESTART, _EMPTY_RESTART, _EMPTY_NEW, _CLAIM_NEW), YES_NO)),
        {_FOLDER_RESTART: "no", _EMPTY_RESTART: "yes", _EMPTY_NEW: "no", _CLAIM_NEW: "yes"},
        {
            "a-restart-keeps-all": {_FOLDER_RESTART: "yes"},
            "emptydir-ends-with-the-container": {_EMPTY_RESTART: "no"},
            "emptydir-goes-along": {_EMPTY_NEW: "yes"},
            "claim-ends-with-the-pod": {_CLAIM_NEW: "no"},
        },
    ),
    "2": Solution(
        Choices("abcde"),
        _of_namespaces,
        {
            "volumes-have-a-namespace": {"a", "b", "d", "e"},
            "claims-have-none": {"d", "e"},
            "all-have-one": {"a", "b", "c", "d", "e"},
        },
    ),
    "3": Solution(
        Choices("abc"), _at_the_same_time, {"once-is-one-pod": {"a"}, "modes-are-a-wish": {"a", "b", "c"}}
    ),
    "4": Solution(
        Choice("abcd"), "c", {"pending-is-broken": "a", "provisioner-is-down": "b", "volumes-by-hand": "d"}
    ),
    "5": Solution(Number(), _claims_after_scaling, {"claims-go-with-pods": 4, "one-template-counts": 1}),
    "6": Solution(Number(), _by_hand, {"exactly-what-it-asks-for": 5, "the-largest": 20}),
    "7": Solution(
        Prints(_two_teams),
        "kubectl get pvc -A -l name=mysql",
        {"one-namespace": "kubectl get pvc -l name=mysql", "all-claims": "kubectl get pvc -A"},
    ),
    "8": Solution(
        Deed(_two_classes, _uploads),
        _UPLOADS,
        {
            "no-class": _UPLOADS.replace("  storageClassName: shared\n", ""),
            "once-is-for-all": _UPLOADS.replace("ReadWriteMany", "ReadWriteOnce"),
        },
    ),
    "9": Solution(
        Deed(application, _kept),
        f"kubectl patch pv {_PV} {_RETAIN}",
        {
            "change-the-class": """kubectl patch storageclass standard -p '{"reclaimPolicy": "Retain"}'""",
            "unused-is-safe": "kubectl scale statefulset mysql --replicas=0",
        },
    ),
    "10": Solution(
        Deed(application, _larger),
        f"kubectl patch pvc {_CLAIM} -p {_LARGER}",
        {
            "change-the-template": """kubectl patch statefulset mysql -p '{"spec": {"volumeClaimTemplates": """
            """[{"metadata": {"name": "data"}, "spec": {"accessModes": ["ReadWriteOnce"], """
            """"resources": {"requests": {"storage": "3Gi"}}}}]}}'""",
            "change-the-volume": f"""kubectl patch pv {_PV} -p '{{"spec": {{"capacity": {{"storage": "3Gi"}}}}}}'""",
        },
    ),
    "11": Solution(
        Fields(
            {_STATUS: Word(vocabulary(__name__, "status")), _VOLUME: Word(vocabulary(__name__, "volume"))}
        ),
        _made_again,
        {"the-name-brings-it-back": {_VOLUME: "old"}, "free-again": {_STATUS: "Available"}},
    ),
    "12": Solution(
        Deed(_stuck, _updated),
        f"kubectl patch deployment photos -p {_RECREATE}",
        {
            "delete-the-old-pod": "kubectl delete pod -l tier=photos",
            "restart-the-rollout": "kubectl rollout restart deployment photos",
        },
    ),
    "13": Solution(
        Deed(_without_class, _fast),
        _FAST,
        {
            "kept-by-default": _FAST.replace("reclaimPolicy: Retain\n", ""),
            "no-provisioner-needed": _FAST.replace("disk.csi.example.com", "kubernetes.io/no-provisioner"),
        },
    ),
    "14": Solution(
        Deed(_released, _rescued),
        f"""kubectl patch pv {_PV} -p '{{"spec": {{"claimRef": null}}}}'
kubectl scale statefulset mysql --replicas=1""",
        {
            "the-name-brings-it-back": "kubectl scale statefulset mysql --replicas=1",
            "delete-the-volume": f"kubectl delete pv {_PV}\nkubectl scale statefulset mysql --replicas=1",
        },
    ),
}
