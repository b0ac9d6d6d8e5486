"""A small world in which packets meet nearly everything that may happen to them, for `test_worlds.py`."""

from __future__ import annotations

import k8snotes as kn

POD = "{{apiVersion: v1, kind: Pod, metadata: {{name: {name}, labels: {{app: {app}}}}}, spec: {{nodeName: {node}, {more}containers: [{{name: a, image: '{image}', ports: [{ports}]}}]}}}}"
SERVICE = "{{apiVersion: v1, kind: Service, metadata: {{name: {name}}}, spec: {{{spec}}}}}"
HTTP = "{name: http, containerPort: 8080}"
PODS = (
    ("web-1", "web", "node-1", "", "web:1", HTTP),
    ("web-2", "web", "node-2", "", "web:1", HTTP),
    ("one", "one", "node-2", "", "one:1", HTTP),
    ("sick", "sick", "node-1", "", "broken:1", HTTP),
    ("host", "host", "node-1", "hostNetwork: true, ", "host:1", "{containerPort: 9000}"),
    ("port", "port", "node-2", "", "port:1", "{containerPort: 7000, hostPort: 7777}"),
    ("client", "client", "node-1", "", "client:1", ""),
)
WEB = "selector: {app: web}, ports: [{port: 80, targetPort: http}]"
SERVICES = {
    "web": WEB,
    "number": "selector: {app: web}, ports: [{port: 80, targetPort: 9999}]",
    "noname": "selector: {app: web}, ports: [{port: 80, targetPort: nope}]",
    "two": "selector: {app: web}, ports: [{name: a, port: 80, targetPort: http}, {name: b, port: 53, protocol: UDP, targetPort: 53}]",
    "np": f"type: NodePort, {WEB[:-2]}, nodePort: 30080}}]",
    "local": "type: NodePort, externalTrafficPolicy: Local, selector: {app: one}, ports: [{port: 80, targetPort: http, nodePort: 30081}]",
    "inside": "internalTrafficPolicy: Local, selector: {app: one}, ports: [{port: 80, targetPort: http}]",
    "lb": f"type: LoadBalancer, {WEB}",
    "lblocal": "type: LoadBalancer, externalTrafficPolicy: Local, selector: {app: one}, ports: [{port: 80, targetPort: http}]",
    "ranges": f"type: LoadBalancer, loadBalancerSourceRanges: [198.18.7.0/24], {WEB}",
    "outer": f"externalIPs: [203.0.113.77], {WEB}",
    "sick": "selector: {app: sick}, ports: [{port: 80, targetPort: http}]",
    "nobody": "selector: {app: nobody}, ports: [{port: 80}]",
    "bare": "ports: [{port: 80}]",
    "headless": f"clusterIP: None, {WEB}",
    "ext": "type: ExternalName, externalName: example.com",
    "alias": "type: ExternalName, externalName: web.default.svc.cluster.local",
    "host": "selector: {app: host}, ports: [{port: 80, targetPort: 9000}]",
    "sticky": f"sessionAffinity: ClientIP, {WEB}",
}
NAMES = (
    *(f"http://{name}" for name in SERVICES),
    *(
        "http://web:81",
        "http://wib",
        "http://web.shop",
        "http://np.default.svc.cluster.local",
        "http://example.com",
    ),
    *(
        "http://client:80",
        "http://one.default.svc.cluster.local",
        "http://localhost:80",
        "http://node-1:30080",
    ),
)
PLACES = (
    *(
        "node-1:30080",
        "node-2:30080",
        "node-1:30081",
        "node-2:30081",
        "node-1:30099",
        "node-2:7777",
        "node-1:9000",
        "node-1:22",
    ),
    *(
        "203.0.113.77:80",
        "10.244.1.2:8080",
        "10.244.9.9:80",
        "10.96.200.1:80",
        "8.8.8.8:53",
        "192.168.0.99:80",
        "10.244.1.1:80",
    ),
)


def world() -> kn.Cluster:
    """Two Nodes, seven Pods, and a Service of every sort."""
    c = kn.Cluster(nodes=2)
    c.provide_load_balancers()
    for name, app, node, more, image, ports in PODS:
        c.apply(POD.format(name=name, app=app, node=node, more=more, image=image, ports=ports))
    for name, spec in SERVICES.items():
        c.apply(SERVICE.format(name=name, spec=spec))
    c.settle()
    return c


def questions(c: kn.Cluster) -> list[tuple[str, str]]:
    """Return (sender, target) for each packet that is sent."""
    asked = [("pod/client", name) for name in NAMES]
    asked += [("outside", place.replace("node-", "192.168.0.1")) for place in PLACES]
    asked += [("node-1", name) for name in ("http://web", *PLACES[:4], "127.0.0.1:30080", *PLACES[8:13])]
    asked += [("pod/host", name) for name in ("http://web", "http://local", "node-2:30081")]
    asked += [("pod/web-1", name) for name in ("http://web", "http://inside", "http://port", "node-2:7777")]
    asked += [("pod/one", name) for name in ("http://inside", "http://local", "node-1:30081")]
    for name in ("lb", "lblocal", "ranges"):
        ip = c[f"svc/{name}"].load_balancer_ips[0]
        asked += [
            (sender, f"{ip}:{port}") for sender in ("outside", "pod/client", "node-2") for port in (80, 81)
        ]
    return asked


LIMITS = "resources: {{requests: {{cpu: {cpu}, memory: {memory}}}, limits: {{memory: {memory}}}}}"
WORKSHOP = """
apiVersion: v1
kind: ResourceQuota
metadata: {name: all}
spec: {hard: {pods: "60", requests.cpu: "8", services: "9", count/configmaps: "3"}}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: settings}, data: {a: "1", b: "2"}}
---
{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: data}, spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 3
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web, tier: front}}
    spec:
      containers:
      - {name: main, image: "web:1", ports: [{name: http, containerPort: 8080}], resources: {requests: {cpu: 100m, memory: 64Mi}, limits: {memory: 128Mi}}, envFrom: [{configMapRef: {name: settings}}]}
---
apiVersion: apps/v1
kind: ReplicaSet
metadata: {name: lonely, labels: {app: lonely}}
spec:
  replicas: 0
  selector: {matchLabels: {app: lonely}}
  template: {metadata: {labels: {app: lonely}}, spec: {containers: [{name: main, image: "a:1"}]}}
---
apiVersion: v1
kind: ReplicationController
metadata: {name: old}
spec:
  replicas: 2
  selector: {app: old}
  template: {metadata: {labels: {app: old}}, spec: {containers: [{name: main, image: "old:1", resources: {requests: {cpu: "1"}}}]}}
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent}
spec:
  selector: {matchLabels: {app: agent}}
  template: {metadata: {labels: {app: agent}}, spec: {nodeSelector: {disk: ssd}, containers: [{name: main, image: "agent:1", resources: {requests: {cpu: 10m}}}]}}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec:
  replicas: 2
  serviceName: db
  selector: {matchLabels: {app: db}}
  template: {metadata: {labels: {app: db}}, spec: {containers: [{name: main, image: "db:1", resources: {requests: {cpu: 200m, memory: 256Mi}}}]}}
---
apiVersion: batch/v1
kind: Job
metadata: {name: calc}
spec:
  completions: 2
  template: {metadata: {labels: {app: calc}}, spec: {restartPolicy: Never, containers: [{name: main, image: "calc:1", resources: {requests: {cpu: 50m}}}]}}
---
{apiVersion: batch/v1, kind: CronJob, metadata: {name: nightly}, spec: {schedule: "0 3 * * *", jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: main, image: "n:1"}]}}}}}}
---
{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {app: web}, ports: [{port: 80, targetPort: http}]}}
---
{apiVersion: v1, kind: Service, metadata: {name: front}, spec: {type: NodePort, selector: {tier: front}, ports: [{port: 80, targetPort: http, nodePort: 30080}]}}
---
{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: web}, spec: {minAvailable: 2, selector: {matchLabels: {app: web}}}}
---
{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: closed}, spec: {podSelector: {matchLabels: {tier: front}}}}
---
{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: web}, spec: {rules: [{host: shop.example, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}}]}}
---
{apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, metadata: {name: web}, spec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}, maxReplicas: 4, metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 80}}}]}}
"""
ALONE = "{{apiVersion: v1, kind: Pod, metadata: {{name: {name}, labels: {{app: {app}}}}}, spec: {{{more}containers: [{{name: main, image: 'a:1', resources: {{requests: {{cpu: {cpu}}}}}{inner}}}]}}}}"
ALONES = (
    ("bare", "bare", "", "10m", ""),
    ("huge", "x", "", "'3'", ""),
    ("large", "x", "", "1500m", ""),
    ("picky", "x", "nodeSelector: {disk: tape}, ", "10m", ""),
    ("gated", "x", "schedulingGates: [{name: wait}], ", "10m", ""),
    ("mine", "x", "schedulerName: mine, ", "10m", ""),
    ("stored", "x", "volumes: [{name: v, persistentVolumeClaim: {claimName: missing}}], ", "10m", ""),
    (
        "near",
        "x",
        "affinity: {podAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{topologyKey: kubernetes.io/hostname, labelSelector: {matchLabels: {app: nobody}}}]}}, ",
        "10m",
        "",
    ),
    ("ported", "x", "", "10m", ", ports: [{containerPort: 80, hostPort: 80}]"),
    (
        "prepared",
        "x",
        "initContainers: [{name: first, image: 'broken:1', resources: {requests: {cpu: 10m}}}], ",
        "10m",
        "",
    ),
)
LABELS = (
    ("pod/bare", "app=web"),
    ("pod/bare", "app=old", "tier=front"),
    ("pod/bare", "more=1"),
    ("pod/db-0", "app=other"),
    ("pod/db-0", "tier=front"),
    ("node/node-1", "disk=hdd"),
    ("node/node-2", "disk=ssd"),
    ("node/node-2", "disk=tape"),
    ("svc/web", "a=b"),
    ("deploy/web", "a=b"),
    ("rs/lonely", "app=web"),
    ("rs/lonely", "app=nobody"),
    ("rs/of-web", "app=other"),
    ("rs/of-web", "more=1"),
)
KINDS = (
    *(
        "nodes",
        "pods",
        "deployments",
        "replicasets",
        "rc",
        "ds",
        "sts",
        "jobs",
        "cronjobs",
        "services",
        "endpointslices",
    ),
    *("pdb", "netpol", "ingress", "hpa", "pvc", "quota", "configmaps", "namespaces"),
)
PAGES = (
    "nodes",
    "pods",
    "deployments",
    "rc",
    "ds",
    "sts",
    "jobs",
    "services",
    "pdb",
    "hpa",
    "pvc",
    "quota",
    "ingress",
)


def workshop() -> kn.Cluster:
    """Two Nodes with workloads of every sort, and Pods that wait for every reason."""
    c = kn.Cluster(nodes=2, cpu="2")
    c.label("node/node-1", "disk=ssd")
    c.apply(WORKSHOP)
    c.settle()
    for name, app, more, cpu, inner in ALONES:
        c.apply(ALONE.format(name=name, app=app, more=more, cpu=cpu, inner=inner))
    c.settle()
    first = next(item for item in c.objects("pods", "app=calc"))
    c.crash(first.ref, exit_code=0)
    c.use("pod/bare", cpu="20m", memory="32Mi")
    c.settle()
    return c


def go_on(c: kn.Cluster) -> None:
    """Let the workshop change in many ways."""
    c.scale("deploy/web", 1)
    c.kubectl("set image deployment/web main=web:2")
    c.settle()
    c.delete("pod/bare")
    c.apply("{apiVersion: v1, kind: ConfigMap, metadata: {name: settings}, data: {b: '3', c: '4'}}")
    c.label("svc/web", "a=b")
    c.kubectl("taint node node-2 mine=1:NoSchedule")
    c.crash("pod/db-1")
    c.settle()
