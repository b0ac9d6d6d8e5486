"""The solutions of chapter 13, in each of the forms in which a reader may give them, and predictions."""

_NAME = "13-ways-in-and-walls"
_RECALLED = {
    "a RoleBinding gives rights in": "one namespace",
    "base64 keeps a Secret secret": "no",
    "a PodDisruptionBudget can refuse": "eviction",
}
_PATHS = {"/apis": "web", "/api/login/help": "orders", "/api/login": "gate"}
_ALIAS = """
apiVersion: v1
kind: Service
metadata:
  name: mysql-server
  namespace: test
spec:
  type: ExternalName
  externalName: mysql-server.default.svc.cluster.local
"""
_BY_HAND = """
apiVersion: v1
kind: Service
metadata:
  name: mysql-server
  namespace: test
spec:
  clusterIP: None
  ports:
    - port: 3306
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata:
  name: mysql-server-1
  namespace: test
  labels:
    kubernetes.io/service-name: mysql-server
addressType: IPv4
ports:
  - port: 3306
endpoints:
  - addresses:
      - 10.244.3.4
"""
_INGRESS = """
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: guestbook
spec:
  rules:
    - host: guestbook.example.com
      http:
        paths:
          - path: /visits
            pathType: Prefix
            backend:
              service:
                name: visits
                port:
                  number: 8090
          - path: /
            pathType: Prefix
            backend:
              service:
                name: frontend
                port:
                  number: 80
"""
_SITE = """
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: site
  namespace: test
spec:
  ingressClassName: nginx
  rules:
    - host: test.example.com
      http:
        paths:
          - path: /
            pathType: Prefix
            backend:
              service:
                name: frontend
                port:
                  name: http
"""
_GATEWAY = """
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata:
  name: public
spec:
  gatewayClassName: example-class
  listeners:
    - name: http
      port: 80
      protocol: HTTP
      allowedRoutes:
        namespaces:
          from: Selector
          selector:
            matchLabels:
              team: test
"""
_ENTRIES = """
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: entries
spec:
  podSelector:
    matchLabels:
      tier: database
  ingress:
    - from:
        - namespaceSelector:
            matchLabels:
              team: test
          podSelector:
            matchLabels:
              tier: tools
      ports:
        - port: 3306
"""
_DNS_RULE = """
    - to:
        - namespaceSelector:
            matchLabels:
              kubernetes.io/metadata.name: kube-system
          podSelector:
            matchLabels:
              k8s-app: kube-dns
      ports:
        - port: 53
          protocol: UDP
        - port: 53
          protocol: TCP
"""
_OUT = """
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: {name}
  namespace: test
spec:
  podSelector:
    matchLabels:
      tier: tools
  policyTypes:
    - Egress
  egress:"""
_FRONTEND_RULE = """
    - to:
        - podSelector:
            matchLabels:
              tier: frontend
      ports:
        - port: 8080"""
_WALL = """
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: inside
  namespace: test
spec:
  podSelector: {}
  policyTypes:
    - Ingress
  ingress:
    - from:
        - podSelector: {}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: site
  namespace: test
spec:
  podSelector:
    matchLabels:
      tier: frontend
  ingress:
    - from:
        - namespaceSelector:
            matchLabels:
              kubernetes.io/metadata.name: ingress-nginx
          podSelector:
            matchLabels:
              app.kubernetes.io/name: ingress-nginx
      ports:
        - port: http
"""
SOLUTIONS = {
    f"{_NAME}/recall": [
        _RECALLED,
        {
            "a RoleBinding gives rights in": "its own namespace",
            "base64 keeps a Secret secret": "No.",
            "a PodDisruptionBudget can refuse": "an eviction",
        },
        {
            "a RoleBinding gives rights in": "the namespace of the RoleBinding",
            "base64 keeps a Secret secret": "不是",
            "a PodDisruptionBudget can refuse": "驱逐 Pod",
        },
    ],
    f"{_NAME}/1": [{"b", "c", "e"}, "b, c, e"],
    f"{_NAME}/2": [4, "four"],
    f"{_NAME}/3": ["a", "A"],
    f"{_NAME}/4": [_PATHS, _PATHS | {"/apis": "the Service web"}],
    f"{_NAME}/5": [{"a", "b", "c"}, "a b c"],
    f"{_NAME}/6": [{"a", "b"}, "a and b"],
    f"{_NAME}/7": [
        "kubectl get namespaces -l team=test",
        "kubectl get ns --selector=team=test --show-labels",
        "kubectl get ns -l 'team in (test)' -o name",
    ],
    f"{_NAME}/8": [
        "kubectl create service externalname mysql-server -n test --external-name=mysql-server.default.svc.cluster.local",
        "kubectl create service externalname mysql-server -n test --external-name=mysql.default.svc.cluster.local",
        _ALIAS,
        _BY_HAND,
    ],
    f"{_NAME}/9": [
        'kubectl create ingress all --rule="guestbook.example.com/*=frontend:80" --rule="guestbook.example.com/visits*=visits:8090"',
        """kubectl create ingress one --rule=guestbook.example.com/*=frontend:http
kubectl create ingress two --class=nginx --rule=guestbook.example.com/visits*=visits:8090""",
        _INGRESS,
    ],
    f"{_NAME}/10": [
        "kubectl create ingress site -n test --class=nginx --rule=test.example.com/*=frontend:80",
        "kubectl -n test create ingress site --class=nginx --rule='/*=frontend:80'",
        _SITE,
    ],
    f"{_NAME}/11": [3, "all three"],
    f"{_NAME}/12": [
        _GATEWAY,
        _GATEWAY.replace("team: test", "kubernetes.io/metadata.name: test"),
    ],
    f"{_NAME}/13": [
        _ENTRIES,
        f"%%kubectl --cluster c apply -f -{_ENTRIES}",
        """kubectl patch networkpolicy entries --type=json -p '[{"op": "remove", "path": "/spec/ingress/0/from/1"},
{"op": "add", "path": "/spec/ingress/0/from/0/podSelector", "value": {"matchLabels": {"tier": "tools"}}}]'""",
    ],
    f"{_NAME}/14": [
        _OUT.format(name="dns") + _DNS_RULE,
        _OUT.format(name="tester-out") + _FRONTEND_RULE + _DNS_RULE,
        _OUT.format(name="any-port") + _DNS_RULE.partition("      ports:")[0],
    ],
    f"{_NAME}/15": [
        _WALL,
        _WALL.replace("port: http", "port: 8080"),
    ],
}
GUESSES = {
    f"{_NAME}/guess-1": "b",
    f"{_NAME}/guess-2": "b",
    f"{_NAME}/guess-3": "c",
    f"{_NAME}/guess-4": "c",
    f"{_NAME}/guess-5": "b",
    f"{_NAME}/guess-6": "b",
}
