"""The solutions of chapter 02, in each of the forms in which a reader may give them, and predictions."""

_PAIR = """
apiVersion: v1
kind: Pod
metadata:
  name: pair
spec:
  volumes:
    - name: files
      emptyDir: {}
  containers:
    - name: one
      image: busybox
      volumeMounts:
        - name: files
          mountPath: /shared
    - name: two
      image: busybox
      volumeMounts:
        - name: files
          mountPath: /shared
"""
_SLOW = """
apiVersion: v1
kind: Pod
metadata:
  name: slow
spec:
  containers:
    - name: slow
      image: slow:1.0
      readinessProbe:
        tcpSocket:
          port: 8080
"""
_REPORT = """
apiVersion: v1
kind: Pod
metadata:
  name: report
spec:
  restartPolicy: OnFailure
  containers:
    - name: report
      image: report:1.0
"""

SOLUTIONS = {
    "02-pod/recall": [
        {"ready endpoints": 3, "port of the program": 8080, "address": "Service"},
        {"ready endpoints": "three", "port of the program": "8080", "address": "the Cluster IP"},
        {"ready endpoints": "3", "port of the program": 8080, "address": "Service IP"},
    ],
    "02-pod/1": [{"a"}, "a"],
    "02-pod/2": ["c", "C)"],
    "02-pod/3": [
        {"Always": "starts again", "OnFailure": "stays ended", "Never": "stays ended"},
        {"Always": "again", "OnFailure": "ended", "Never": "Stays ended."},
        {"Always": "restarted", "OnFailure": "not restarted", "Never": "not restarted"},
    ],
    "02-pod/4": [{"b", "c"}, "b and c"],
    "02-pod/5": [{"a", "b", "c"}, "abc"],
    "02-pod/6": [
        {"both containers run": "yes", "STATUS is Running": "yes", "its Service leads to it": "no"},
        {"both containers run": True, "STATUS is Running": True, "its Service leads to it": False},
    ],
    "02-pod/7": [
        {"news is back": "no", "watch-node-2 is back": "yes", "the container watch was stopped": "no"}
    ],
    "02-pod/8": [
        "kubectl run report --image=report:1.0 --restart=OnFailure",
        "\n$ kubectl run report --restart OnFailure --image report:1.0\n",
        _REPORT,
    ],
    "02-pod/9": [
        "kubectl logs news -c writer --previous",
        "kubectl logs -p pod/news --container=writer",
        "kubectl logs --previous news writer",
    ],
    "02-pod/10": [
        "kubectl debug news -c tools --image=toolbox:3.1",
        "kubectl debug -it news --image=toolbox:3.1 --container=tools --target=web -- sh",
    ],
    "02-pod/11": [
        _PAIR,
        _PAIR.replace("emptyDir: {}", "hostPath:\n        path: /files"),
        _PAIR.replace("/shared", "/shared\n          subPath: text"),
        _PAIR.replace("/shared", "shared/", 1),
    ],
    "02-pod/12": [
        _SLOW,
        _SLOW.replace("tcpSocket:\n          port", "httpGet:\n          path: /ready\n          port"),
        _SLOW + "        initialDelaySeconds: 30\n        periodSeconds: 5\n",
    ],
}
GUESSES = {
    "02-pod/guess-1": "a",
    "02-pod/guess-2": "b",
    "02-pod/guess-3": "b",
    "02-pod/guess-4": "c",
    "02-pod/guess-5": "c",
    "02-pod/guess-6": "c",
    "02-pod/guess-7": "b",
}
