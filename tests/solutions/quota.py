"""The solutions of chapter 05, in each of the forms in which a reader may give them, and predictions."""

_SIZES = """
apiVersion: v1
kind: LimitRange
metadata:
  name: sizes
  namespace: reports
spec:
  limits:
    - type: Container
      defaultRequest:
        cpu: 50m
      default:
        cpu: 200m
"""
_BUDGET = """
apiVersion: v1
kind: ResourceQuota
metadata:
  name: budget
  namespace: reports
spec:
  hard:
    pods: 4
"""
_RECALLED = {
    "Pods after one is deleted": 3,
    "most Pods during an update": 4,
    "owner of each Pod": "ReplicaSet",
}

SOLUTIONS = {
    "05-quota/recall": [
        _RECALLED,
        {**_RECALLED, "most Pods during an update": "four", "owner of each Pod": "a replica set"},
    ],
    "05-quota/1": [250, "250m", "250"],
    "05-quota/2": [{"a", "b", "d", "e"}, "a, b, d, e", "ABDE"],
    "05-quota/3": ["c", "C)"],
    "05-quota/4": [800, "800 millicores"],
    "05-quota/5": [
        {
            "nothing at all": "BestEffort",
            "a request for CPU": "Burstable",
            "limits for both": "Guaranteed",
            "a limit for CPU": "burstable",
        }
    ],
    "05-quota/6": [
        {"over its CPU limit": 0, "over its memory limit": 3},
        {"over its CPU limit": "never", "over its memory limit": "three times"},
    ],
    "05-quota/7": [{"Pods of the Deployment": 5, "the command fails": "no"}],
    "05-quota/8": [1, "one"],
    "05-quota/9": [150, "150m"],
    "05-quota/10": [
        "kubectl get pods -A --field-selector=status.phase=Failed",
        "%kubectl get po --all-namespaces --field-selector status.phase=Failed -o wide",
        "$ kubectl get pods -A --field-selector=status.phase==Failed",
    ],
    "05-quota/11": [
        "kubectl set resources statefulset mysql --requests=cpu=500m,memory=512Mi --limits=cpu=500m,memory=512Mi",
        "kubectl set resources sts/mysql --limits cpu=0.5,memory=0.5Gi --requests cpu=0.5,memory=0.5Gi",
    ],
    "05-quota/12": [
        "kubectl set resources deployment importer --requests=cpu=1",
        "kubectl set resources deploy/importer --requests=cpu=3500m",
        "kubectl set resources deployment importer --requests=cpu=2 --limits=cpu=8",
    ],
    "05-quota/13": [
        "kubectl create quota budget --hard=pods=4 -n reports",
        "kubectl -n reports create resourcequota few --hard=count/pods=4",
        _BUDGET,
    ],
    "05-quota/14": [_SIZES, _SIZES.replace("50m", "0.05").replace("name: sizes", "name: mine")],
    "05-quota/15": [
        "kubectl set resources deployment frontend --requests=cpu=50m,memory=64Mi",
        "kubectl set resources deployment frontend --requests=cpu=50m",
        "kubectl set resources deployment cache --requests=cpu=20m",
        "kubectl set resources statefulset mysql --requests=cpu=200m",
    ],
}
GUESSES = {
    "05-quota/guess-1": 80,
    "05-quota/guess-2": "b",
    "05-quota/guess-3": "c",
    "05-quota/guess-4": "b",
    "05-quota/guess-5": "c",
    "05-quota/guess-6": "b",
}
