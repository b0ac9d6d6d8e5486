"""The solutions of chapter 07, in each of the forms in which a reader may give them, and predictions."""

_REMEMBERED = {"found by a selector": "label", "a Pod without the key": "yes", "new Pods": 1}
_KINDS = {"10.0.1.7": "Node IP", "10.1.2.10": "Pod IP", "10.2.0.10": "Cluster IP"}

_SECOND_SERVICE = """
apiVersion: v1
kind: Service
metadata:
  name: cache-fixed
spec:
  clusterIP: 10.96.0.50
  selector:
    app: guestbook
    tier: cache
  ports:
    - port: 6379
"""

_CACHE_POLICY = """
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: cache
spec:
  podSelector:
    matchLabels:
      tier: cache
  policyTypes:
    - Ingress
  ingress:
    - from:
        - podSelector:
            matchLabels:
              tier: frontend
      ports:
        - port: 6379
"""
# the policy's types may be left out, and the protocol may be written
_CACHE_POLICY_SHORT = """
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: only-frontend}
spec:
  podSelector: {matchLabels: {app: guestbook, tier: cache}}
  ingress:
    - from: [{podSelector: {matchExpressions: [{key: tier, operator: In, values: [frontend]}]}}]
      ports: [{port: 6379, protocol: TCP}]
"""

_SECOND_POLICY = """
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: backup
spec:
  podSelector:
    matchLabels:
      tier: database
  ingress:
    - from:
        - podSelector:
            matchLabels:
              tier: batch
      ports:
        - port: 3306
"""
_WIDER_POLICY = """
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: database
spec:
  podSelector:
    matchLabels:
      tier: database
  policyTypes:
    - Ingress
  ingress:
    - from:
        - podSelector:
            matchLabels:
              tier: frontend
        - podSelector:
            matchLabels:
              tier: batch
      ports:
        - port: 3306
"""

_PROBE = """
apiVersion: v1
kind: Pod
metadata:
  name: probe
spec:
  hostNetwork: true
  nodeName: node-3
  containers:
    - name: probe
      image: registry.example.com/probe:1.0
"""
_PROBE_BY_LABEL = _PROBE.replace(
    "  nodeName: node-3\n", "  nodeSelector:\n    kubernetes.io/hostname: node-3\n"
)

SOLUTIONS = {
    "07-three-ips/recall": [
        _REMEMBERED,
        {"found by a selector": "labels", "a Pod without the key": "是", "new Pods": "one"},
    ],
    "07-three-ips/1": [
        _KINDS,
        {"10.0.1.7": "节点 IP", "10.1.2.10": "pod", "10.2.0.10": "VIP"},
    ],
    "07-three-ips/2": [
        "kubectl get pods --field-selector spec.nodeName=node-2 -l app=guestbook",
        "kubectl get po -l app=guestbook --field-selector=spec.nodeName=node-2 -o wide",
        "$ kubectl get pods --selector app=guestbook --field-selector spec.nodeName=node-2 -o name",
        "kubectl get pods -A -l 'app in (guestbook)' --field-selector spec.nodeName=node-2,status.phase=Running",
    ],
    "07-three-ips/3": ["b"],
    "07-three-ips/4": [
        "kubectl expose deployment cache --name=cache-fixed --port=6379 --cluster-ip=10.96.0.50",
        "kubectl expose service cache --name=cache-2 --port=6379 --cluster-ip=10.96.0.50",
        _SECOND_SERVICE,
    ],
    "07-three-ips/5": [{"a", "b", "c"}, "a, b and c", "ABC"],
    "07-three-ips/6": ["192.168.0.12"],
    "07-three-ips/7": ["b"],
    "07-three-ips/8": [2, "both: 2", "two"],
    "07-three-ips/9": [
        {"Pod to Pod": "none", "Pod to Service": "destination", "outside to Node": "both"},
        {"Pod to Pod": "nothing", "Pod to Service": "DNAT", "outside to Node": "DNAT and SNAT"},
    ],
    "07-three-ips/10": [_CACHE_POLICY, _CACHE_POLICY_SHORT],
    "07-three-ips/11": [
        _SECOND_POLICY,
        _WIDER_POLICY,
        (
            "kubectl patch networkpolicy database --type=json "
            """-p '[{"op":"add","path":"/spec/ingress/0/from/-","value":"""
            """{"podSelector":{"matchLabels":{"tier":"batch"}}}}]'"""
        ),
    ],
    "07-three-ips/12": [
        _PROBE,
        _PROBE_BY_LABEL,
        (
            "kubectl run probe --image=registry.example.com/probe:1.0 "
            """--overrides='{"spec":{"hostNetwork":true,"nodeName":"node-3"}}'"""
        ),
    ],
}
GUESSES = {
    "07-three-ips/guess-1": "a",
    "07-three-ips/guess-2": "a",
    "07-three-ips/guess-3": "a",
    "07-three-ips/guess-4": "a",
    "07-three-ips/guess-5": "c",
}
