"""The solutions of chapter 01, in each of the forms in which a reader may give them, and predictions."""

_CAUSES = {"frontend": "selector", "cache": "not ready", "mysql-server": "namespace", "search": "port name"}

_TRIAL = """
apiVersion: v1
kind: Service
metadata:
  name: trial
spec:
  selector:
    app: guestbook
    track: canary
  ports:
    - port: 8000
      targetPort: 8080
"""
_DATABASE = """
apiVersion: v1
kind: Service
metadata:
  name: mysql-server
  namespace: storage
spec:
  selector:
    name: mysql
  ports:
    - port: 3306
"""

SOLUTIONS = {
    "01-service/recall": [
        {"Pods": 3, "entries": "yes", "machine": "Node"},
        {"Pods": "three", "entries": "是", "machine": "a node"},
    ],
    "01-service/1": [{"b", "c"}, ["c", "b"], "b, c", "BC", "(b) and (c)"],
    "01-service/2": [80, "80", "port 80"],
    "01-service/3": [
        "app=guestbook,tier=frontend,track=stable",
        " tier = frontend , track == stable ",
        {"tier": "frontend", "track": "stable"},
        "track=stable",
    ],
    "01-service/4": ["a", "A", "a)", ["a"]],
    "01-service/5": ["refused", "connection refused", "拒绝"],
    "01-service/6": [4],
    "01-service/7": [_CAUSES, {name: cause.upper() for name, cause in _CAUSES.items()}],
    "01-service/8": [5432, "5432"],
    "01-service/9": [
        {"containerPort": "connected", "program": "refused", "port": "timeout"},
        {"containerPort": "Connected", "program": "a refusal", "port": "silence"},
    ],
    "01-service/10": [
        "kubectl get services -A",
        "kubectl get svc --all-namespaces -o wide",
        "$ kubectl get service -A -o name",
    ],
    "01-service/11": [
        "kubectl exec client -- curl http://shop.market",
        "kubectl exec client -- curl -s http://shop.market:80",
        "kubectl exec pod/client -- curl http://shop.market.svc.cluster.local",
        "kubectl exec client -- curl shop.market.svc",
    ],
    "01-service/12": [3, "three", "3 Pods", "三"],
    "01-service/13": [
        _TRIAL,
        _TRIAL.replace("8080", "http").replace("    app: guestbook\n", ""),
        "kubectl expose deployment frontend-canary --name=trial --port=8000 --target-port=8080",
        [
            "kubectl create service clusterip trial --tcp=8000:8080",
            "kubectl set selector service trial track=canary",
        ],
    ],
    "01-service/14": [
        "kubectl set selector service frontend app=guestbook,tier=frontend",
        "kubectl set selector svc frontend 'tier=frontend'",
        """kubectl patch service frontend -p '{"spec":{"selector":{"tier":"frontend"}}}'""",
        """kubectl patch svc frontend --type=json -p='[{"op":"replace","path":"/spec/selector/tier","value":"frontend"}]'""",
        [
            "kubectl delete service frontend",
            "kubectl expose deployment frontend --port=80 --target-port=http",
        ],
    ],
    "01-service/15": [
        _DATABASE,
        "kubectl expose pod mysql --name=mysql-server -n storage",
        [
            "kubectl create service clusterip mysql-server --tcp=3306 -n storage",
            "kubectl set selector service mysql-server name=mysql -n storage",
        ],
    ],
}
GUESSES = {
    "01-service/guess-1": "b",
    "01-service/guess-2": "b",
    "01-service/guess-3": "c",
    "01-service/guess-4": "b",
    "01-service/guess-5": "c",
    "01-service/guess-6": "b",
}
