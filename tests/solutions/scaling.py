"""The solutions of chapter 04, in each of the forms in which a reader may give them, and predictions."""

_STRATEGY = """
apiVersion: apps/v1
kind: Deployment
metadata:
  name: frontend
spec:
  replicas: 3
  strategy:
    rollingUpdate:
      maxSurge: 0
      maxUnavailable: 1
  selector:
    matchLabels:
      app: guestbook
      tier: frontend
      track: stable
  template:
    metadata:
      labels:
        app: guestbook
        tier: frontend
        track: stable
    spec:
      containers:
        - name: web
          image: registry.example.com/guestbook-web:1.4
"""
_HPA = """
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: cache
spec:
  scaleTargetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: cache
  minReplicas: 2
  maxReplicas: 6
  metrics:
    - type: Resource
      resource:
        name: cpu
        target:
          type: Utilization
          averageUtilization: 80
"""
_PATCH = (
    "kubectl patch deploy frontend -p "
    '\'{"spec": {"strategy": {"rollingUpdate": {"maxSurge": 0, "maxUnavailable": 1}}}}\''
)
_COST = "controller.kubernetes.io/pod-deletion-cost"
_POD = "frontend-5485b98b67-2ktfm"
_OTHER = "frontend-5485b98b67-vzqjz"

SOLUTIONS = {
    "04-scaling/recall": [
        {"chooses a Node": "the scheduler", "stores the objects": "etcd", "empties a Node": "kubectl drain"},
        {"chooses a Node": "kube-scheduler", "stores the objects": "etcd", "empties a Node": "drain"},
    ],
    "04-scaling/1": [{"a", "d"}, "a, d", "DA"],
    "04-scaling/2": ["a", "A."],
    "04-scaling/3": [
        {"belong to the Deployment": 3, "answer for the Service": 6},
        {"belong to the Deployment": "three", "answer for the Service": "6 Pods"},
    ],
    "04-scaling/4": [3, "three"],
    "04-scaling/5": [{"belong to the Deployment": 3, "answer for the Service": 5}],
    "04-scaling/6": [1],
    "04-scaling/7": [{"Deployments": 1, "Pods": 0}, {"Deployments": "one", "Pods": "none"}],
    "04-scaling/8": [{"Running": 5, "ready": 3}, {"Running": "five", "ready": "three"}],
    "04-scaling/9": [
        "kubectl get pods -l pod-template-hash=6f575469d9",
        "kubectl get po --selector track=stable,pod-template-hash=6f575469d9 -o wide",
        "$ kubectl get pods -l track=stable,pod-template-hash!=5485b98b67 -o name",
    ],
    "04-scaling/10": [
        "kubectl scale deploy/cache --replicas=4",
        "kubectl scale --replicas 4 deployment cache",
        'kubectl patch deploy cache -p \'{"spec":{"replicas":4}}\'',
        "kubectl autoscale deploy/cache --min=4 --max=4",
    ],
    "04-scaling/11": [
        f"kubectl label pod {_POD} tier=lab --overwrite",
        f"kubectl label pod {_POD} app-",
        f"kubectl label pod/{_POD} track=lab tier=lab --overwrite",
    ],
    "04-scaling/12": [{"a", "b"}, "a and b"],
    "04-scaling/13": [
        "kubectl rollout undo deploy/frontend --to-revision=1",
        "kubectl set image deployment/frontend web=registry.example.com/guestbook-web:1.4",
        "kubectl rollout undo deploy frontend\nkubectl set image deploy frontend web=registry.example.com/guestbook-web:1.4",
    ],
    "04-scaling/14": [
        _PATCH,
        _STRATEGY,
    ],
    "04-scaling/15": [
        f"kubectl annotate pod {_OTHER} {_COST}=-1\nkubectl scale deploy/frontend --replicas=2",
        f"kubectl annotate pod/{_OTHER} {_COST}=-100\nkubectl scale deployment frontend --replicas 2",
        f"kubectl delete pod {_OTHER}\nkubectl scale deploy/frontend --replicas=2",
    ],
    "04-scaling/16": [
        "kubectl autoscale deploy/cache --min=2 --max=6 --cpu=80%",
        "kubectl autoscale deployment cache --cpu=80% --min=2 --max=6",
        _HPA,
    ],
}
GUESSES = {
    "04-scaling/guess-1": "b",
    "04-scaling/guess-2": "b",
    "04-scaling/guess-3": 5,
    "04-scaling/guess-4": "b",
    "04-scaling/guess-5": 4,
    "04-scaling/guess-6": 3,
    "04-scaling/guess-7": "c",
    "04-scaling/guess-8": 9,
}
