"""The solutions of chapter 00, in each of the forms in which a reader may give them, and predictions."""

_CHAT = """
apiVersion: apps/v1
kind: Deployment
metadata:
  name: chat
spec:
  replicas: 3
  selector:
    matchLabels:
      app: chat
  template:
    metadata:
      labels:
        app: chat
        tier: talk
    spec:
      containers:
      - name: anything
        image: registry.example.com/chat:1.0
"""

SOLUTIONS = {
    "00-start-here/1": [4, "4", "four", " 4 Pods ", 4.0, ["a", "b", "c", "d"]],
    "00-start-here/2": [
        ["client", "backup"],
        {"backup", "client"},
        "backup, client",
        "pod/client job/backup",
        ("client", "backup-x7k2p"),
    ],
    "00-start-here/3": [3, "three"],
    "00-start-here/4": ["b", "B"],
    "00-start-here/5": [{"a", "c"}, "a and c"],
    "00-start-here/6": [
        "kubectl get pods -l tier=cache",
        "$ kubectl get po --selector=tier=cache -o wide",
        "kubectl get pods -n default -l 'app=guestbook,tier=cache' -o name",
        "%kubectl get pods -l tier=cache --show-labels",
        "kubectl get pods -A -l 'tier in (cache)'",
    ],
    "00-start-here/7": [
        "kubectl get services",
        "kubectl get svc -o wide",
        "kubectl get service",
        "kubectl get svc -A",
    ],
    "00-start-here/8": [
        "kubectl delete pod -l tier=cache",
        "kubectl delete pods -l app=guestbook,tier=cache\n",
        "kubectl rollout restart deployment/cache",
        "kubectl scale deployment cache --replicas=0\nkubectl scale deployment cache --replicas=2",
    ],
    "00-start-here/9": [
        {"file": "lost", "name": "lost"},
        {"file": "gone", "name": "new"},
        {"file": "没了", "name": "changed"},
    ],
    "00-start-here/10": ["c"],
    "00-start-here/11": [
        _CHAT,
        "%%kubectl --cluster lab apply -f -" + _CHAT,
        "kubectl create deployment chat --image=registry.example.com/chat:1.0 --replicas=3",
    ],
    "00-start-here/12": [
        "kubectl label pod client team=night",
        "kubectl label po/client team=night",
        "kubectl label pods -l role=client team=night",
        """kubectl patch pod client -p '{"metadata":{"labels":{"team":"night"}}}'""",
    ],
}
GUESSES = {
    "00-start-here/guess-1": "c",
    "00-start-here/guess-2": "c",
    "00-start-here/guess-3": "yes",
    "00-start-here/guess-4": 2,
    "00-start-here/guess-5": 4,
    "00-start-here/guess-6": 2,
}
