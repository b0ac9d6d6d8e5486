"""The solutions of chapter 06, in each of the forms in which a reader may give them, and predictions."""

_CACHE = """
apiVersion: apps/v1
kind: Deployment
metadata:
  name: cache
  labels:
    app: guestbook
    tier: cache
spec:
  replicas: 2
  selector:
    matchLabels:
      app: guestbook
      tier: cache
  template:
    metadata:
      labels:
        app: guestbook
        tier: cache
        environment: production
    spec:
      containers:
      - name: redis
        image: registry.example.com/redis:7.4
        ports:
        - containerPort: 6379
"""
SOLUTIONS = {
    "06-labels/recall": [
        {"half a CPU": 500, "finds a Node": "request", "too much memory": "killed"},
        {"half a CPU": "500", "finds a Node": "requests", "too much memory": "OOM killed"},
        {"half a CPU": "500", "finds a Node": "请求", "too much memory": "被杀死"},
    ],
    "06-labels/1": ["tier,tier!=frontend", "tier notin (frontend), tier", " tier , tier != frontend "],
    "06-labels/2": [0, "nobody"],
    "06-labels/3": [{"b", "c", "d"}, "b, c and d", "BCD"],
    "06-labels/4": [
        {
            "selector": {
                "matchLabels": {"app": "guestbook"},
                "matchExpressions": [{"key": "track", "operator": "NotIn", "values": ["canary"]}],
            }
        },
        {
            "selector": {
                "matchExpressions": [
                    {"key": "track", "operator": "NotIn", "values": ["canary"]},
                    {"key": "app", "operator": "In", "values": ["guestbook"]},
                ]
            }
        },
    ],
    "06-labels/5": ["c", "C"],
    "06-labels/6": [{"b", "e"}, "b, e"],
    "06-labels/7": [10, "ten"],
    "06-labels/8": [{"c", "d"}, "c, d", "c and d", "CD"],
    "06-labels/9": ["d"],
    "06-labels/10": [
        "kubectl set selector service frontend app=guestbook,tier=frontend,track=stable",
        "$ kubectl set selector svc/frontend tier=frontend,track=stable",
        'kubectl patch service frontend -p \'{"spec": {"selector": {"track": "stable"}}}\'',
    ],
    "06-labels/11": [
        (
            "kubectl patch deployment cache"
            ' -p \'{"spec": {"template": {"metadata": {"labels": {"environment": "production"}}}}}\''
        ),
        (
            "kubectl patch deploy/cache --type=json"
            ' -p \'[{"op": "add", "path": "/spec/template/metadata/labels/environment", "value": "production"}]\''
        ),
        _CACHE,
    ],
    "06-labels/12": [
        "kubectl get pods -l 'app=guestbook,!track'",
        "kubectl get po --selector '!track,app=guestbook' -o name",
        "kubectl get pods -l '!track, app in (guestbook)' --show-labels",
    ],
    "06-labels/13": [
        "kubectl label pods -l tier=cache owner=mei",
        "kubectl label pod cache-6d6db877f4-5zcdv cache-6d6db877f4-lsnfb owner=mei",
        "kubectl label pod cache-6d6db877f4-5zcdv owner=mei\nkubectl label pod cache-6d6db877f4-lsnfb owner=mei",
    ],
    "06-labels/14": [
        "kubectl label deployment cache app.kubernetes.io/name=redis app.kubernetes.io/component=cache",
        "kubectl label deploy -l tier=cache app.kubernetes.io/name=redis app.kubernetes.io/component=cache",
        (
            "kubectl label deploy cache app.kubernetes.io/name=redis\n"
            "kubectl label deploy cache app.kubernetes.io/component=cache"
        ),
    ],
}
GUESSES = {
    "06-labels/guess-1": "c",
    "06-labels/guess-2": 8,
    "06-labels/guess-3": 2,
    "06-labels/guess-4": 7,
    "06-labels/guess-5": 0,
}
