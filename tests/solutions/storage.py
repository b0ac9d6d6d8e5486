"""The solutions of chapter 10, in each of the forms in which a reader may give them, and predictions."""

_PV = "pvc-00000000-0000-4000-8000-000000000020"
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
_RECALLED = {
    "seconds at most": 20,
    "option of kubectl logs": "previous",
    "signal before exit code 143": "SIGTERM",
}
_RESERVE = '{"spec": {"claimRef": {"uid": null, "resourceVersion": null}}}'

SOLUTIONS = {
    "10-storage/recall": [
        _RECALLED,
        {**_RECALLED, "seconds at most": "20 seconds", "option of kubectl logs": "-p"},
    ],
    "10-storage/1": [
        {
            "folder, after the restart": "no",
            "emptyDir, after the restart": "yes",
            "emptyDir, in the new Pod": "no",
            "claim, in the new Pod": "yes",
        }
    ],
    "10-storage/2": [{"a", "d", "e"}, "a, d, e", "ADE"],
    "10-storage/3": [{"a", "b"}, "a, b", "AB"],
    "10-storage/4": ["c", "C)"],
    "10-storage/5": [8, "eight"],
    "10-storage/6": [10, "10Gi"],
    "10-storage/7": [
        "kubectl get pvc -A -l name=mysql",
        "%kubectl get persistentvolumeclaims --all-namespaces --selector name=mysql -o wide",
    ],
    "10-storage/8": [
        _UPLOADS,
        _UPLOADS.replace("10Gi", "12Gi"),
        f"%%kubectl --cluster lab apply -f -{_UPLOADS}",
    ],
    "10-storage/9": [
        f"""kubectl patch pv {_PV} -p '{{"spec": {{"persistentVolumeReclaimPolicy": "Retain"}}}}'""",
        f"""$ kubectl patch persistentvolume/{_PV} --type merge -p '{{"spec": {{"persistentVolumeReclaimPolicy": "Retain"}}}}'""",
    ],
    "10-storage/10": [
        """kubectl patch pvc data-mysql-0 -p '{"spec": {"resources": {"requests": {"storage": "3Gi"}}}}'""",
        """kubectl patch pvc/data-mysql-0 --type merge -p '{"spec":{"resources":{"requests":{"storage":"3072Mi"}}}}'""",
    ],
    "10-storage/11": [
        {"status of the old volume": "Released", "volume of the claim": "new"},
        {"status of the old volume": "released", "volume of the claim": "a new one"},
    ],
    "10-storage/12": [
        """kubectl patch deployment photos -p '{"spec": {"strategy": {"type": "Recreate", "rollingUpdate": null}}}'""",
        """kubectl patch deploy photos -p '{"spec":{"strategy":{"$retainKeys":["type"],"type":"Recreate"}}}'""",
        """kubectl patch deployment photos -p '{"spec": {"strategy": {"type": "Recreate", "rollingUpdate": null}}}'
kubectl rollout status deployment photos""",
    ],
    "10-storage/13": [
        _FAST,
        _FAST.replace("WaitForFirstConsumer", "Immediate"),
        _FAST.replace("volumeBindingMode: WaitForFirstConsumer\n", "allowVolumeExpansion: true\n"),
    ],
    "10-storage/14": [
        f"""kubectl patch pv {_PV} -p '{{"spec": {{"claimRef": null}}}}'
kubectl scale statefulset mysql --replicas=1""",
        f"""kubectl patch pv {_PV} --type=json -p '[{{"op": "remove", "path": "/spec/claimRef"}}]'
kubectl scale sts mysql --replicas=1""",
        f"kubectl patch pv {_PV} -p '{_RESERVE}'\nkubectl scale sts/mysql --replicas=1",
    ],
}
GUESSES = {
    "10-storage/guess-1": "b",
    "10-storage/guess-2": 2,
    "10-storage/guess-3": "b",
    "10-storage/guess-4": "a",
    "10-storage/guess-5": 3,
    "10-storage/guess-6": "c",
}
