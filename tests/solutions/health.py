"""The solutions of chapter 09, in each of the forms in which a reader may give them, and predictions."""

_SEARCH = """
apiVersion: apps/v1
kind: Deployment
metadata:
  name: search
spec:
  replicas: 1
  selector:
    matchLabels:
      app: search
  template:
    metadata:
      labels:
        app: search
    spec:
      containers:
        - name: search
          image: registry.example.com/search:0.4
          startupProbe:
            httpGet:
              path: /alive
              port: 8080
            periodSeconds: 5
            failureThreshold: 20
          livenessProbe:
            httpGet:
              path: /alive
              port: 8080
"""
_STARTUP = (
    """kubectl patch deploy search -p '{"spec": {"template": {"spec": {"containers": [{"name": "search", """
    """"startupProbe": {"httpGet": {"path": "/alive", "port": 8080}, "failureThreshold": 12}}]}}}}'"""
)
_DELAYED = (
    """kubectl patch deploy search -p '{"spec": {"template": {"spec": {"containers": [{"name": "search", """
    """"livenessProbe": {"initialDelaySeconds": 60}}]}}}}'"""
)
_READINESS = (
    """kubectl patch deploy frontend -p '{"spec": {"template": {"spec": {"containers": [{"name": "web", """
    """"readinessProbe": {%s}}]}}}}'"""
)
_HOOK = (
    """kubectl patch deployment/cache -p '{"spec": {"template": {"spec": {"terminationGracePeriodSeconds": %d, """
    """"containers": [{"name": "redis", "lifecycle": {"preStop": %s}}]}}}}'"""
)
_DEADLINE = """kubectl patch deploy cache -p '{"spec": {"progressDeadlineSeconds": 120}}'\n"""
_LOGIN = """
apiVersion: v1
kind: Secret
metadata:
  name: mail-login
stringData:
  password: a-long-one
"""

SOLUTIONS = {
    "09-health/recall": [
        {"a laptop opens": 31080, "keeps the address": "Local", "no ready Pod": 503},
        {"a laptop opens": "31080", "keeps the address": "the policy Local", "no ready Pod": "503"},
    ],
    "09-health/1": [
        {"liveness": "restarted", "readiness": "runs on", "startup": "restarted"},
        {"liveness": "it is restarted", "readiness": "not restarted", "startup": "restart"},
    ],
    "09-health/2": [80, "80 seconds"],
    "09-health/3": ["b", "B)"],
    "09-health/4": [
        {
            "ends after each start": "log",
            "image mistyped": "events",
            "too large": "events",
            "wrong port": "events",
        },
        {
            "ends after each start": "the log",
            "image mistyped": "event",
            "too large": "Events",
            "wrong port": "kubectl events",
        },
    ],
    "09-health/5": [137, "137"],
    "09-health/6": ["a", "A."],
    "09-health/7": ["b", "b"],
    "09-health/8": [
        "kubectl set image pod/thumbs thumbs=registry.example.com/thumbs:0.2",
        """kubectl patch pod thumbs -p '{"spec": {"containers": [{"name": "thumbs", "image": "registry.example.com/thumbs:0.2"}]}}'""",
    ],
    "09-health/9": [
        "kubectl create secret generic mail-login --from-literal=password=12345",
        "kubectl create secret generic mail-login --from-literal=password=x --from-literal=user=mei",
        _LOGIN,
    ],
    "09-health/10": [
        "kubectl get pods --field-selector=status.phase=Pending",
        "kubectl get po --field-selector status.phase=Pending -o wide",
        "$ kubectl get pods --field-selector=status.phase!=Running,status.phase!=Failed -o name",
    ],
    "09-health/11": [
        _READINESS % '"periodSeconds": 2, "failureThreshold": 2, "successThreshold": 3',
        _READINESS % '"periodSeconds": 1, "successThreshold": 3',
        _READINESS % '"failureThreshold": 1, "successThreshold": 3',
        _READINESS % '"periodSeconds": 1, "failureThreshold": 5, "successThreshold": 3',
    ],
    "09-health/12": [_SEARCH, _STARTUP, _SEARCH.replace("/alive", "/started", 1), _DELAYED],
    "09-health/13": [
        """kubectl patch deploy cache -p '{"spec": {"minReadySeconds": 60, "progressDeadlineSeconds": 120}}'""",
        _DEADLINE + """kubectl patch deploy cache -p '{"spec": {"minReadySeconds": 60}}'""",
        """kubectl patch deploy cache -p '\nspec:\n  minReadySeconds: 60\n  progressDeadlineSeconds: 120\n'""",
    ],
    "09-health/14": [
        _HOOK % (60, '{"sleep": {"seconds": 5}}'),
        _HOOK % (120, '{"sleep": {"seconds": 10}}'),
        _HOOK % (46, '{"sleep": {"seconds": 5}}'),
        _HOOK % (60, '{"exec": {"command": ["sh", "-c", "sleep 6"]}}'),
        _HOOK % (60, '{"exec": {"command": ["/bin/sleep", "5s"]}}'),
    ],
}
GUESSES = {
    "09-health/guess-1": "b",
    "09-health/guess-2": "b",
    "09-health/guess-3": "c",
    "09-health/guess-4": "c",
    "09-health/guess-5": 2,
    "09-health/guess-6": 0,
    "09-health/guess-7": "b",
}
