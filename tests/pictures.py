"""Every figure of the package, of clusters of five sizes: what the sheet shows, and what its measures are taken of."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import k8snotes as kn

SIZES = {
    "1 Pod": (1, 1, 1),
    "3 Pods": (3, 2, 2),
    "20 Pods": (20, 6, 3),
    "200 Pods": (200, 40, 12),
    "1,000 Services": (60, 1000, 3),
}
"""For each cluster its Pods, its Services and its Nodes."""

NAMES = ("frontend", "cart", "catalogue", "orders", "payment", "recommendations", "shipping", "cache")
HUGE = 500  # Services: figures that go through all rules or all routes take longer than they show

DEPLOYMENT = """
apiVersion: apps/v1
kind: Deployment
metadata: {{name: {name}, labels: {{app: {name}}}}}
spec:
  replicas: {replicas}
  selector: {{matchLabels: {{app: {name}}}}}
  template:
    metadata: {{labels: {{app: {name}, tier: {tier}}}}}
    spec:
      containers:
      - name: web
        image: registry.example.com/{name}:1.4
        ports: [{{name: http, containerPort: 8080}}]
        resources: {{requests: {{cpu: 50m, memory: 64Mi}}, limits: {{memory: 128Mi}}}}
"""
SERVICE = """
apiVersion: v1
kind: Service
metadata: {{name: {name}}}
spec:
  type: {type}
  selector: {{app: {app}}}
  ports: [{{name: http, port: 80, targetPort: http}}]
"""
MORE = """
apiVersion: v1
kind: ResourceQuota
metadata: {name: team}
spec: {hard: {pods: "300", requests.cpu: "40", requests.memory: 40Gi}}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: dumps}
spec: {accessModes: [ReadWriteMany], storageClassName: shared, resources: {requests: {storage: 5Gi}}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: only-from-the-frontend}
spec:
  podSelector: {matchLabels: {tier: middle}}
  policyTypes: [Ingress]
  ingress: [{from: [{podSelector: {matchLabels: {tier: edge}}}], ports: [{port: 8080}]}]
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: shop}
spec:
  ingressClassName: nginx
  rules:
  - host: shop.example.com
    http:
      paths:
      - {path: /, pathType: Prefix, backend: {service: {name: frontend, port: {number: 80}}}}
      - {path: /cart, pathType: Prefix, backend: {service: {name: cart, port: {number: 80}}}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: reads-pods}
rules: [{apiGroups: [""], resources: [pods, services], verbs: [get, list, watch]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: reader-reads-pods}
subjects: [{kind: ServiceAccount, name: reader, namespace: default}]
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reads-pods}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: reader}
---
apiVersion: v1
kind: Pod
metadata: {name: too-large, labels: {tier: middle}}
spec: {containers: [{name: a, image: registry.example.com/large:1, resources: {requests: {cpu: "30", memory: 1Gi}}}]}
"""
HPA = """
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: frontend}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: frontend}
  minReplicas: 1
  maxReplicas: 10
  metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 50}}}]
"""


@cache
def cluster(size: str) -> Any:
    """A shop of one of the sizes: Deployments with Services, from 20 Pods on with faults and everything else."""
    pods, services, nodes = SIZES[size]
    c = kn.Cluster(nodes=nodes, cpu=16, memory="64Gi", pods=110)
    workloads = min(services, max(1, pods // 3), 40)
    texts = []
    for at in range(workloads):
        replicas = pods // workloads + (at < pods % workloads)
        texts.append(
            DEPLOYMENT.format(name=named(at), replicas=replicas, tier="edge" if at == 0 else "middle")
        )
    for at in range(services):
        # a label that no Pod has is the fault of most Services that lead nowhere
        app = named(at) if at < workloads and not (pods >= 20 and at == 2) else f"{named(at)}s"
        texts.append(SERVICE.format(name=named(at), app=app, type="NodePort" if at == 0 else "ClusterIP"))
    c.apply("---".join(texts))
    if pods >= 3:
        c.provide_storage()
        c.provide_ingress()
        c.apply(MORE)
        c.apply(HPA)
    c.settle()
    if pods >= 20:
        c.set_ready(f"pod/{c.objects('pods', selector=f'app={named(1)}')[0].name}", False)
        c.settle()
    if pods >= 3:
        c.use("deploy/frontend", cpu="60m")
        c.wait("3m")
    return c


def named(at: int) -> str:
    """The name of a workload and of its Service."""
    return NAMES[at] if at < len(NAMES) else f"{NAMES[at % len(NAMES)]}-{at // len(NAMES)}"


def figures(size: str) -> Iterator[tuple[str, Callable[[], Any]]]:
    """Every figure of a cluster, each with its name; a figure is made when it is called."""
    c = cluster(size)
    pods, services, _nodes = SIZES[size]
    pod = c.objects("pods", selector="app=frontend")[0]
    node = c.objects("nodes")[0].name
    other = "cart" if services > 1 else "frontend"
    yield "service map", c.service_map
    yield "three IPs", c.three_ips
    yield "selection", lambda: c.selection("app=frontend")
    yield "selection with a near miss", lambda: c.selection("app=frontnd,tier")
    yield "endpoints way in", lambda: c.way_in("svc/frontend")
    yield "trace, plain", lambda: c.trace(f"http://{other}", source=f"pod/{pod.name}", detail="plain")
    yield "trace, full", lambda: c.trace(f"http://{other}", source=f"pod/{pod.name}")
    yield "trace, 40 times", lambda: c.trace(f"http://{other}", source=f"pod/{pod.name}", times=40)
    yield "trace from outside", lambda: c.trace(f"http://192.168.0.11:{node_port(c)}")
    yield "ping", lambda: c.ping(c["svc/frontend"].cluster_ip, source=f"pod/{pod.name}")
    yield "diagnosis", lambda: c.diagnose(f"svc/{named(2) if services > 2 else 'frontend'}")
    yield "diagnosis without a fault", lambda: c.diagnose("svc/frontend")
    yield "Master and Nodes", c.architecture
    yield "timeline", c.timeline
    yield "timeline of one", lambda: c.timeline(f"pod/{pod.name}")
    yield "inside", lambda: c.inside(f"pod/{pod.name}")
    yield "life", lambda: c.life(f"pod/{pod.name}")
    yield "capacity", c.capacity
    yield "quota", c.quota
    yield "storage", c.storage
    yield "routes", c.routes
    yield "access", lambda: c.access("sa/reader") if pods >= 3 else c.access("sa/default")
    yield "policies", lambda: c.policies(f"pod/{pod.name}")
    yield "reach", c.reach
    yield "labels changed", lambda: c.copy().label(f"pod/{pod.name}", "app=other")
    yield "difference", lambda: difference(c)
    if services < HUGE:
        yield "rules", lambda: c.rules(node)
    yield "rules of one Service", lambda: c.rules(node, "svc/frontend")
    if pods >= 3:
        yield "why pending", lambda: c.why_pending("pod/too-large")
        yield "autoscaling", lambda: c.autoscale_plan("hpa/frontend")
    if size == "3 Pods":
        yield "legend", kn.legend
        yield "how many fit", lambda: kn.fit(12, cpu="1500m", nodes=2, quota={"requests.cpu": "9"})


def node_port(c: Any) -> int:
    """The node port of the Service frontend."""
    return int(c["svc/frontend"].manifest["spec"]["ports"][0]["nodePort"])


def difference(c: Any) -> Any:
    """What has changed after a workload was scaled and a Service deleted."""
    later = c.copy()
    later.scale("deploy/frontend", 5)
    later.delete("svc/frontend")
    later.settle()
    return later.diff(since=c)
