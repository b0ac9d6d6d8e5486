"""The solutions of chapter 14, in each of the forms in which a reader may give them, and predictions."""

from pathlib import Path

_NAME = "14-your-own-cluster"


def _repaired(number, *changes):
    """Return a manifest of data/repairs with changes made by hand."""
    (path,) = (Path(__file__).parents[2] / "data" / "repairs").glob(f"{number:02}-*.yaml")
    text = path.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return text


_STOREFRONT = (
    ("\tname", "  name"),
    ("\ttype", "  type"),
    (
        "ports:\n\t-port: 80\n\ttargetPort: 80\nnodePort: 31015\n",
        "  ports:\n  - port: 80\n    targetPort: 8080\n    nodePort: 31015\n",
    ),
    ("selector:\n\tapp: storefront\n---", "  selector:\n    app: storefront\n---"),
)
_LABEL = ("app: my-app", "app: cart")
_TOO_MUCH = "        resources:\n          requests:\n            cpu: 500\n            memory: 256m\n"
_LIMIT_RANGE = """apiVersion: v1
kind: LimitRange
metadata: {name: usual}
spec: {limits: [{type: Container, defaultRequest: {cpu: 500m, memory: 256Mi}}]}
---
"""
_SELECTOR = ("  template:", "  selector: {matchLabels: {app: cart}}\n  template:")
_CLAIM = ("claimName: order-data", "claimName: orders-data")
_FOLDER = ("mountPath: /var/lib/order\n", "mountPath: /var/lib/orders\n")
_WEB = "        image: registry.example.com/webshop:3.2\n"
_SHIPPER = "        image: registry.example.com/log-shipper:1.0\n"
_REQUEST = "        resources: {requests: {cpu: 200m}}\n"
_LIMIT = "        resources: {limits: {cpu: 400m}}\n"  # the request is the same, where none is written
_SUBJECT = ("  name: watcher\n  namespace: default", "  name: watcher\n  namespace: shop")
_ACCOUNT = "- kind: ServiceAccount\n  name: watcher\n  namespace: default"
_GROUP = "- kind: Group\n  apiGroup: rbac.authorization.k8s.io\n  name: system:serviceaccounts:shop"
_RULES = '- apiGroups: ["v1"]\n  resources: ["pods"]\n  verbs: ["get", "list"]\n'
_TWO_RULES = """- apiGroups: [""]
  resources: ["pods"]
  verbs: ["list"]
- apiGroups: [""]
  resources: ["pods/log"]
  verbs: ["get"]
"""
_ONE_ITEM = (
    "    - podSelector:\n        matchLabels:\n          app: cart",
    "      podSelector:\n        matchLabels:\n          app: cart",
)
_PORT = "    ports:\n    - port: 5432\n"
_ANY_DNS = "  - ports: [{port: 53, protocol: UDP}, {port: 53, protocol: TCP}]\n"
_DNS_PODS = """  - to:
    - namespaceSelector: {}
      podSelector: {matchLabels: {k8s-app: kube-dns}}
    ports:
    - {port: 53, protocol: UDP}
    - {port: 53, protocol: TCP}
"""

SOLUTIONS = {
    f"{_NAME}/recall": [
        {"a name": "frontend.test", "without a policy": "everything", "an unknown host": 404}
    ],
    f"{_NAME}/1": [
        _repaired(1, *_STOREFRONT),
        _repaired(1, *_STOREFRONT, ("type: NodePort", "type: LoadBalancer")),
        _repaired(1, *_STOREFRONT, ("replicas: 2", "replicas: 3")),
    ],
    f"{_NAME}/2": [
        _repaired(
            2, ("extensions/v1beta1", "apps/v1"), _LABEL, _SELECTOR, ("version: 1.10", 'version: "1.10"')
        ),
        _repaired(
            2, ("extensions/v1beta1", "apps/v1"), _LABEL, _SELECTOR, ("version: 1.10", "version: !!str 1.10")
        ),
    ],
    f"{_NAME}/3": [
        _repaired(3, ("    name: stock\n  ports", "    app: stock\n  ports")),
        _repaired(3, ("    name: stock\n  ports", "    tier: backend\n  ports")),
        _repaired(
            3, ("        tier: backend\n    spec", "        tier: backend\n        name: stock\n    spec")
        ),
    ],
    f"{_NAME}/4": [
        _repaired(4, ("targetPort: http", "targetPort: web")),
        _repaired(4, ("targetPort: http", "targetPort: 9200")),
        _repaired(4, ("name: web", "name: http")),
    ],
    f"{_NAME}/5": [
        _repaired(5, ("port: 8080", "port: 8443")),
        _repaired(
            5, ("port: 8080", "port: bank"), ("- containerPort: 8443", "- {name: bank, containerPort: 8443}")
        ),
    ],
    f"{_NAME}/6": [
        _repaired(6, ("cpu: 500\n", "cpu: 500m\n"), ("256m", "256Mi")),
        _repaired(6, ("cpu: 500\n", "cpu: 0.5\n"), ("256m", "268435456")),
        _repaired(
            6, ("requests:\n            cpu: 500\n", "limits:\n            cpu: 500m\n"), ("256m", "256Mi")
        ),
        _LIMIT_RANGE + _repaired(6, (_TOO_MUCH, "")),
    ],
    f"{_NAME}/7": [
        _repaired(7, ('  storageClassName: ""\n', ""), _CLAIM, _FOLDER),
        _repaired(7, ('storageClassName: ""', "storageClassName: standard"), _CLAIM, _FOLDER),
        _repaired(
            7,
            ('  storageClassName: ""\n', ""),
            ("name: orders-data", "name: order-data"),
            ("mountPath: /var/lib/order\n", "mountPath: /var/lib\n"),
        ),
    ],
    f"{_NAME}/8": [
        _repaired(8, (_WEB, _WEB + _REQUEST), (_SHIPPER, _SHIPPER + _REQUEST)),
        _repaired(8, (_WEB, _WEB + _LIMIT), (_SHIPPER, _SHIPPER + _LIMIT.replace("400m", "50m"))),
        _repaired(
            8,
            (
                "type: Utilization\n        averageUtilization: 50",
                "type: AverageValue\n        averageValue: 200m",
            ),
        ),
    ],
    f"{_NAME}/9": [
        _repaired(9, ('["v1"]', '[""]'), ('["pods"]', '["pods", "pods/log"]'), _SUBJECT),
        _repaired(
            9,
            (_RULES, _TWO_RULES),
            _SUBJECT,
        ),
        # a RoleBinding that names no namespace means its own
        _repaired(9, (_RULES, _TWO_RULES), ("  name: watcher\n  namespace: default", "  name: watcher")),
        _repaired(9, (_RULES, _TWO_RULES), (_ACCOUNT, _GROUP)),
    ],
    f"{_NAME}/10": [
        _repaired(10, _ONE_ITEM, (_PORT, _PORT + _ANY_DNS)),
        _repaired(10, _ONE_ITEM, (_PORT, _PORT + _DNS_PODS)),
    ],
    f"{_NAME}/11": [
        "kubectl get pods --field-selector=spec.nodeName=node-3,status.phase!=Running",
        "kubectl get po -A --field-selector status.phase=Pending,spec.nodeName=node-3 -o wide",
        "kubectl get pods --field-selector spec.nodeName=node-3,status.phase!=Running -l app",
    ],
    f"{_NAME}/12": [
        "kubectl label node node-2 disk=ssd",
        "kubectl label nodes/node-2 disk=ssd --overwrite\nkubectl get pods -l app=reviews -o wide",
        'kubectl patch node node-2 -p \'{"metadata": {"labels": {"disk": "ssd"}}}\'',
    ],
    f"{_NAME}/13": ["b, d, e", "bde", ["b", "d", "e"]],
    f"{_NAME}/14": [2, "two"],
    f"{_NAME}/15": ["a"],
}
GUESSES = {
    f"{_NAME}/guess-1": 3,
    f"{_NAME}/guess-2": 1,
    f"{_NAME}/guess-3": 2,
    f"{_NAME}/guess-4": "c",
    f"{_NAME}/guess-5": "b",
}
