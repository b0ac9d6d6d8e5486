"""The solutions of chapter 08, in each of the forms in which a reader may give them, and predictions."""

_NAME = "08-nodeport-and-load-balancer"
_PORTS = {"a laptop, at a Node": 30443, "a Pod, by the name shop": 80, "a Pod, at a Pod IP": 8443}
_RECALLED = {
    "a laptop outside reaches": "Node IP",
    "a ping of a Cluster IP gets": "no reply",
    "the rules change": "destination",
}
_LOCAL = """
apiVersion: v1
kind: Service
metadata:
  name: frontend
spec:
  type: NodePort
  externalTrafficPolicy: Local
  selector:
    app: guestbook
    tier: frontend
  ports:
    - port: 80
      targetPort: 8080
      nodePort: 31080
"""
_DNS = """
apiVersion: v1
kind: Service
metadata:
  name: names
spec:
  type: NodePort
  selector:
    app: dns
  ports:
    - name: by-tcp
      port: 53
      targetPort: 53
      nodePort: 31053
    - name: by-udp
      port: 53
      targetPort: 53
      protocol: UDP
      nodePort: 31053
"""
_DOOR = """
kind: Service
apiVersion: v1
metadata:
  name: side-door
spec:
  type: NodePort
  ports:
  - port: 80
    targetPort: 8080
    nodePort: 31090
  selector:
    tier: frontend
"""
_CACHE = """
apiVersion: v1
kind: Service
metadata:
  name: cache
spec:
  type: NodePort
  selector:
    app: guestbook
    tier: cache
  ports:
    - port: 6379
      nodePort: 31379
"""
_SECOND_CACHE = _CACHE.replace("name: cache", "name: cache-outside")
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
          - path: /
            pathType: Prefix
            backend:
              service:
                name: frontend
                port:
                  number: 80
"""
_BALANCED = """
apiVersion: v1
kind: Service
metadata:
  name: public
spec:
  type: LoadBalancer
  selector:
    tier: frontend
  ports:
    - port: 80
      targetPort: 8080
"""

SOLUTIONS = {
    f"{_NAME}/recall": [
        _RECALLED,
        {
            "a laptop outside reaches": "the Node IP",
            "a ping of a Cluster IP gets": "No answer.",
            "the rules change": "the destination",
        },
    ],
    f"{_NAME}/1": [_PORTS, {name: str(port) for name, port in _PORTS.items()}],
    f"{_NAME}/2": [3, "all three"],
    f"{_NAME}/3": [3, "3 Nodes"],
    f"{_NAME}/4": [{"a", "b"}, "a and b"],
    f"{_NAME}/5": [300, "about 300"],
    f"{_NAME}/6": ["b", "B"],
    f"{_NAME}/7": [
        """kubectl patch service frontend -p '{"spec": {"externalTrafficPolicy": "Local"}}'""",
        """$ kubectl patch svc/frontend --type=merge -p '{"spec":{"externalTrafficPolicy":"Local"}}'""",
        """kubectl patch service frontend --type=json -p '[{"op":"add","path":"/spec/externalTrafficPolicy","value":"Local"}]'""",
        _LOCAL,
        _LOCAL.replace("- port: 80", "- name: http\n      port: 80").replace("      nodePort: 31080\n", ""),
    ],
    f"{_NAME}/8": [0, "none"],
    f"{_NAME}/9": [_DNS, _DNS.replace("      targetPort: 53\n", "")],
    f"{_NAME}/10": [_DOOR, _DOOR.replace("side-door", "any-name")],
    f"{_NAME}/11": [
        """kubectl patch service cache -p '{"spec": {"type": "NodePort", "ports": [{"port": 6379, "nodePort": 31379}]}}'""",
        _CACHE,
        _SECOND_CACHE,
        "kubectl create service nodeport cache-out --tcp=6379 --node-port=31379\nkubectl set selector service cache-out tier=cache",
    ],
    f"{_NAME}/12": [
        'kubectl create ingress guestbook --rule="guestbook.example.com/*=frontend:80"',
        "kubectl create ingress all --rule=/*=frontend:80",
        "kubectl create ingress any --class=nginx --rule=guestbook.example.com/*=frontend:80",
        _INGRESS,
        _INGRESS.replace("number: 80", "name: http"),
    ],
    f"{_NAME}/13": [
        """kubectl patch service frontend -p '{"spec": {"type": "LoadBalancer"}}'""",
        "kubectl expose deployment frontend --name=public --type=LoadBalancer --port=80 --target-port=8080",
        "kubectl expose service frontend --name=public --type=LoadBalancer --port=80 --target-port=http",
        "kubectl create service loadbalancer public --tcp=80:8080\nkubectl set selector service public tier=frontend",
        _BALANCED,
    ],
}
GUESSES = {
    f"{_NAME}/guess-1": "a",
    f"{_NAME}/guess-2": "a",
    f"{_NAME}/guess-3": "c",
    f"{_NAME}/guess-4": "b",
    f"{_NAME}/guess-5": "b",
}
