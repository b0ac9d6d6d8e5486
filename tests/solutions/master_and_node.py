"""The solutions of chapter 03, in each of the forms in which a reader may give them, and predictions."""

_DOES = {
    "brings another one": "kube-controller-manager",
    "chooses the Node": "kube-scheduler",
    "starts the program": "kubelet",
}
_PODS = {"restarts a container": "kubelet", "Pod IP": "same", "exit code": 0}
_REPORT = """
apiVersion: v1
kind: Pod
metadata:
  name: report
spec:
{}
  containers:
    - name: report
      image: registry.example.com/report:1.0
"""
_TOLERATION = """  tolerations:
    - key: only
      operator: Equal
      value: database
      effect: NoSchedule
"""
_AFFINITY = """  affinity:
    nodeAffinity:
      requiredDuringSchedulingIgnoredDuringExecution:
        nodeSelectorTerms:
          - matchExpressions:
              - key: disk
                operator: In
                values: [ssd]
"""
_ROLE = "kubectl create role on-call --verb=list,delete --resource=pods"

SOLUTIONS = {
    "03-master-and-node/recall": [
        _PODS,
        {**_PODS, "restarts a container": "the kubelet", "Pod IP": "unchanged", "exit code": "zero"},
    ],
    "03-master-and-node/1": ["b", "B"],
    "03-master-and-node/2": [2, "two", "2 Pods"],
    "03-master-and-node/3": ["a", "(a)"],
    "03-master-and-node/4": ["nowhere", "Nowhere", "Pending", "nobody"],
    "03-master-and-node/5": [0, "none", "zero"],
    "03-master-and-node/6": ["b"],
    "03-master-and-node/7": [["cache", "frontend"], "frontend, cache", {"cache-x7k2p", "pod/frontend"}],
    "03-master-and-node/8": [
        "kubectl get pods --field-selector status.phase=Pending",
        "$ kubectl get po --field-selector=status.phase!=Running -o wide",
        "kubectl get pods --field-selector=status.phase=Pending -o name",
    ],
    "03-master-and-node/9": [
        _REPORT.format(_TOLERATION + "  nodeSelector:\n    disk: ssd"),
        _REPORT.format(
            "  tolerations:\n    - operator: Exists\n  nodeSelector:\n    kubernetes.io/hostname: node-2"
        ),
        _REPORT.format("  nodeName: node-2"),
        _REPORT.format(_TOLERATION + _AFFINITY),
    ],
    "03-master-and-node/10": [
        f"{_ROLE}\nkubectl create rolebinding sam --role=on-call --user=sam",
        """
        kubectl create clusterrole on-call --verb=list --verb=delete --resource=pods
        kubectl create rolebinding sam --clusterrole=on-call --user=sam --namespace=default
        """,
        """
        kubectl create role on-call --verb=get,list,watch,delete --resource=pods
        kubectl create rolebinding sam --role=on-call --user=sam
        """,
    ],
    "03-master-and-node/11": [
        "kubectl drain node-3 --ignore-daemonsets --delete-emptydir-data",
        "kubectl drain node-3 --delete-emptydir-data=true --ignore-daemonsets=true --force",
    ],
    "03-master-and-node/12": [
        "kubectl scale deploy/cache --replicas=3\nkubectl drain node-3",
        """
        kubectl cordon node-3
        kubectl scale deployment cache --replicas=4
        kubectl drain node-3 --ignore-daemonsets
        """,
    ],
}
GUESSES = {
    "03-master-and-node/guess-1": _DOES,
    "03-master-and-node/guess-2": 2,
    "03-master-and-node/guess-3": "b",
    "03-master-and-node/guess-4": "a",
    "03-master-and-node/guess-5": "b",
    "03-master-and-node/guess-6": "c",
}
