"""Chapter 08, ports for each client, and what is before the Nodes: what is right, and which belief an answer shows.

Source of the rules:
    https://kubernetes.io/docs/concepts/services-networking/service/#publishing-services-service-types
    https://kubernetes.io/docs/tutorials/services/source-ip/
    https://kubernetes.io/docs/concepts/services-networking/ingress/
"""

from __future__ import annotations

from functools import cache

from k8snotes.api.base import KubeObject, Manifest, mapping, mappings, text
from k8snotes.catalogue import _
from k8snotes.cluster import Cluster, load
from k8snotes.course.answers import Choice, Choices, Fields, Number, Word
from k8snotes.course.chapters import Solution, vocabulary
from k8snotes.course.clusters import application
from k8snotes.course.deeds import Deed, Facts
from k8snotes.course.thumbnail import Part, thumbnail
from k8snotes.figures import palette
from k8snotes.figures.figure import Figure

__all__ = ["SOLUTIONS", "picture"]

_TOMCAT, _SERVICE = "tomcat-service", "svc/tomcat-service"
_NODES = ("node-1", "node-2", "node-3")
_LAPTOP = "203.0.113.5"
_AT_A_NODE, _BY_NAME, _AT_A_POD = _CALLERS = (
    "a laptop, at a Node",
    "a Pod, by the name shop",
    "a Pod, at a Pod IP",
)
_OUTSIDE, _PING, _RULES = "a laptop outside reaches", "a ping of a Cluster IP gets", "the rules change"
_SHOP = """
apiVersion: v1
kind: Service
metadata:
  name: shop
spec:
  type: NodePort
  selector:
    app: shop
  ports:
    - port: 80
      targetPort: 8443
      nodePort: 30443
---
apiVersion: v1
kind: Pod
metadata:
  name: shop
  labels:
    app: shop
spec:
  containers:
    - name: web
      image: registry.example.com/shop:1.0
"""
_DNS = """
apiVersion: v1
kind: Pod
metadata:
  name: dns
  labels:
    app: dns
spec:
  containers:
    - name: dns
      image: registry.example.com/dns:1.0
      ports:
        - containerPort: 53
          protocol: UDP
        - containerPort: 53
"""

# a way to the mail server -> the spec of its Service, and what is created beside it
_MAIL = {
    "a": ("type: ExternalName, externalName: mail.example.com, ports: [{port: 25, targetPort: 2525}]", ""),
    "b": (
        "ports: [{port: 25, targetPort: 2525}]",
        """
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: mail-1, labels: {kubernetes.io/service-name: mail}}
addressType: IPv4
ports: [{port: 2525, protocol: TCP}]
endpoints: [{addresses: [203.0.113.25], conditions: {ready: true}}]
""",
    ),
    "c": ("type: NodePort, ports: [{port: 25, targetPort: 2525, nodePort: 32525}]", ""),
}


def picture() -> Figure:
    """Draw what the chapter is about, small: the way in through a load balancer."""
    return thumbnail(
        _("load balancer"),
        _("an address in front of the node ports"),
        [Part(_("load balancer"), "198.51.100.17", palette.MACHINERY)],
        [Part("node-1", ":31080", palette.NODE), Part("node-2", ":31080", palette.NODE)],
        [(0, 0, palette.TRAFFIC), (0, 1, palette.TRAFFIC)],
    )


@cache
def _changed(extra: str = "", *, provided: bool = False) -> Cluster:
    """Return tomcat-service with fields added to its spec; to be asked, never changed.

    Args:
        extra: the fields, as YAML within braces; by default the type NodePort.
        provided: whether load balancers are provided.
    """
    cluster = application(_TOMCAT)
    if provided:
        cluster.provide_load_balancers()
    cluster.apply(f"""
apiVersion: v1
kind: Service
metadata: {{name: {_TOMCAT}}}
spec: {{selector: {{tier: frontend}}, ports: [{{port: 8080, nodePort: 31002}}], {extra or "type: NodePort"}}}
""")
    cluster.settle()
    return cluster


def _opened(cluster: Cluster) -> int:
    """Return at how many Nodes the laptop gets the page."""
    return sum(cluster.trace(f"{node}:31002").outcome == "connected" for node in _NODES)


def _numbers() -> dict[str, int]:
    """Return the port that each caller of `shop` uses; the container there declares none, and listens on the last."""
    cluster = Cluster(nodes=2)
    cluster.apply(_SHOP)
    cluster.settle()
    port = cluster["svc/shop"].spec["ports"][0]
    return {_AT_A_NODE: port["nodePort"], _BY_NAME: port["port"], _AT_A_POD: port["targetPort"]}


def _all_on_node_1() -> int:
    """Return at how many Nodes the page opens when all its Pods run on node-1.

    Source of the rule: kube-proxy writes a node port's rules on every Node.
    """
    cluster = application(_TOMCAT)
    for node in _NODES[1:]:
        cluster.cordon(node)
    for pod in cluster.objects("pods"):
        cluster.delete(pod.ref)
    cluster.settle()
    return _opened(cluster)


@cache
def _with_local_pods() -> int:
    """Return at how many of five Nodes the page opens with externalTrafficPolicy: Local and Pods on three of them.

    Source of the rule: kube-proxy uses the Node's own endpoints alone, and drops the packet where there are none.
    """
    cluster = load(_TOMCAT, nodes=5)
    service = cluster[_SERVICE].manifest
    service["spec"]["externalTrafficPolicy"] = "Local"
    cluster.replace(service)
    pod = cluster.objects("pods")[0].manifest
    places = ("node-1", "node-1", "node-2", "node-4")
    cluster.delete("deploy/tomcat")
    cluster.settle()
    for number, node in enumerate(places):
        cluster.create([_bare(pod, f"tomcat-{number}", node)])
    cluster.settle()
    nodes = [str(node.name) for node in cluster.objects("nodes")]
    return sum(cluster.trace(f"{node}:31002").outcome == "connected" for node in nodes)


def _bare(pod: Manifest, name: str, node: str) -> Manifest:
    """Return a Pod like another one, on a Node of its own and made by no controller."""
    spec = {key: value for key, value in pod["spec"].items() if key != "nodeName"} | {"nodeName": node}
    labels = {"tier": pod["metadata"]["labels"]["tier"]}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "labels": labels}, "spec": spec}


def _while_pending() -> set[str]:
    """Return the letters of what works while a LoadBalancer Service is pending.

    Source of the rule: a Service of type LoadBalancer has all that NodePort and ClusterIP have.
    """
    cluster = _changed("type: LoadBalancer")
    pod = cluster.objects("pods")[0].ref
    works = {
        "a": cluster.trace(f"http://{_TOMCAT}:8080", source=pod).outcome == "connected",
        "b": cluster.trace("http://node-2:31002").outcome == "connected",
        "c": bool(_balancer_ips(cluster[_SERVICE])),
    }
    return {letter for letter, does in works.items() if does}


def _balancer_ips(service: KubeObject) -> list[str]:
    """Return the addresses of a Service's load balancer; [] while the Service waits for one."""
    entries = mappings(mapping(service.status.get("loadBalancer")).get("ingress"))
    return [address for entry in entries if (address := text(entry.get("ip")))]


def _answered_on_node_2() -> int:
    """Return how many of 600 connections the only Pod of node-2 answers on the average, with two Pods on node-1.

    Source of the rule: a balancer chooses a Node, and with externalTrafficPolicy: Local a Node uses its own Pods.
    """
    cluster = _changed("type: LoadBalancer, externalTrafficPolicy: Local", provided=True).copy()
    pod = cluster.objects("pods")[0].manifest
    cluster.delete("deploy/tomcat")
    cluster.settle()
    for number, node in enumerate(("node-1", "node-1", "node-2")):
        cluster.create([_bare(pod, f"tomcat-{number}", node)])
    cluster.settle()
    (address,) = _balancer_ips(cluster[_SERVICE])
    spread = cluster.trace(f"http://{address}:8080", times=600).spread
    return round(sum(600 * (share.chance or 0) for share in spread if share.server == "pod/tomcat-2"))


def _leading_to_port_2525() -> str:
    """Return the letter of the Service by which a Pod that opens mail:25 reaches port 2525 of the mail server.

    Source of the rule: ExternalName is a CNAME record in the cluster's DNS, and no rule is written for it; a Service
    without a selector leads to the endpoints of the EndpointSlices that carry its name.
    """
    for letter, (spec, more) in _MAIL.items():
        cluster = application()
        cluster.apply(
            f"{{apiVersion: v1, kind: Service, metadata: {{name: mail}}, spec: {{{spec}}}}}\n---\n{more}"
        )
        cluster.settle()
        trace = cluster.trace("mail:25", source="pod/client")
        if trace.outcome == "connected" and trace.hops[-1].destination_after.endswith(":2525"):
            return letter
    return ""


def _lost_behind_a_balancer() -> int:
    """Return how many of 60 requests to a balancer are lost, with externalTrafficPolicy: Local.

    The balancer asks each Node's health check port first (`healthCheckNodePort`).
    """
    cluster = _changed("type: LoadBalancer, externalTrafficPolicy: Local", provided=True)
    (address,) = _balancer_ips(cluster[_SERVICE])
    spread = cluster.trace(f"http://{address}:8080", times=60).spread
    return sum(share.requests for share in spread if share.outcome != "connected")


def _frontend(cluster: Cluster, url: str, host: str = "") -> bool:
    """Say whether a frontend Pod of the guestbook answers a request."""
    trace = cluster.trace(url, headers={"Host": host} if host else None)
    server = trace.server
    return bool(
        trace.outcome == "connected"
        and trace.status in (None, 0, 200)
        and server is not None
        and server.labels.get("tier") == "frontend"
    )


def _visitors_seen(cluster: Cluster) -> Facts:
    """Return whether the Pods see who calls from outside, at every Node, and whether Pods reach all of them."""
    return {
        "seen": cluster.trace("http://node-1:31080", source=_LAPTOP).client_seen == _LAPTOP,
        "open": all(_frontend(cluster, f"http://{node}:31080") for node in _NODES),
        "inside": _answering(cluster, "frontend:80") == 4,
    }


def _answering(cluster: Cluster, address: str) -> int:
    """Return how many Pods answer the Pod `client` at an address, by the name of a Service; 0 without one of them."""
    needed = {"services": address.partition(":")[0], "pods": "client"}
    if any(name not in [obj.name for obj in cluster.objects(kind)] for kind, name in needed.items()):
        return 0
    spread = cluster.trace(address, source="pod/client", times=100).spread
    return sum(share.outcome == "connected" for share in spread)


def _with_dns() -> Cluster:
    """Return the guestbook with a Pod that answers DNS by UDP and by TCP."""
    cluster = application()
    cluster.apply(_DNS)
    cluster.settle()
    return cluster


def _both_protocols(cluster: Cluster) -> Facts:
    """Return by which protocols node port 31053 leads to the Pod `dns`."""
    traces = {name: cluster.trace("node-1:31053", protocol=name.upper()) for name in ("udp", "tcp")}
    return {
        name: trace.outcome == "connected" and trace.server is not None and trace.server.name == "dns"
        for name, trace in traces.items()
    }


def _with_port(cluster: Cluster, field: str, number: int) -> list[KubeObject]:
    """Return the Services one of whose ports has this number in this field."""
    return [
        service
        for service in cluster.objects("services")
        if any(port.get(field) == number for port in mappings(service.spec.get("ports")))
    ]


def _page_at_31090(cluster: Cluster) -> Facts:
    """Return whether a new Service has node port 31090, the page opens there, and it has all frontend Pods."""
    services = _with_port(cluster, "nodePort", 31090)
    return {
        "number": any(service.name != "frontend" for service in services),
        "page": _frontend(cluster, "http://node-1:31090"),
        "pods": any(len(cluster.endpoints(service.ref).ready) == 4 for service in services),
    }


def _cache_at_31379(cluster: Cluster) -> Facts:
    """Return whether the node port is taken, whether the cache answers there at every Node, and still at its name."""
    outside = [cluster.trace(f"{node}:31379") for node in _NODES]
    return {
        "opened": bool(_with_port(cluster, "nodePort", 31379)),
        "outside": all(
            trace.outcome == "connected"
            and trace.server is not None
            and trace.server.labels.get("tier") == "cache"
            for trace in outside
        ),
        "inside": _answering(cluster, "cache:6379") > 0,
    }


@cache
def _ingress() -> Cluster:
    """Return the guestbook with an Ingress controller, whose class is the default; to be copied, never changed."""
    cluster = application()
    cluster.provide_ingress()
    cluster.settle()
    return cluster


def _leads_to_frontend(ingress: KubeObject) -> bool:
    """Say whether a backend of an Ingress is the Service `frontend`."""
    rules = [mapping(rule.get("http")) for rule in mappings(ingress.spec.get("rules"))]
    backends = [mapping(path.get("backend")) for rule in rules for path in mappings(rule.get("paths"))]
    backends.append(mapping(ingress.spec.get("defaultBackend")))
    return any(mapping(backend.get("service")).get("name") == "frontend" for backend in backends)


def _by_host(cluster: Cluster) -> Facts:
    """Return whether a rule takes requests for the guestbook's host, where to, and whether its page opens at / and below."""
    host = "guestbook.example.com"
    if "ingress-nginx" not in [namespace.name for namespace in cluster.objects("namespaces")]:
        return dict.fromkeys(("rule", "service", "page", "below"), False)
    services = cluster.objects("services", namespace="ingress-nginx")
    (address,) = [address for service in services for address in _balancer_ips(service)]
    return {
        "rule": cluster.trace(f"http://{address}/", headers={"Host": host}).status != 404,
        "service": any(_leads_to_frontend(ingress) for ingress in cluster.objects("ingresses")),
        "page": _frontend(cluster, f"http://{address}/", host),
        "below": all(_frontend(cluster, f"http://{address}{path}", host) for path in ("/entries/7", "/help")),
    }


@cache
def _provided() -> Cluster:
    """Return the guestbook in a cluster with a provider of load balancers; to be copied, never changed."""
    cluster = application()
    cluster.provide_load_balancers()
    return cluster


def _balanced(cluster: Cluster) -> Facts:
    """Return whether a load balancer has an address, leads on from port 80, and opens the page without a port."""
    addresses = [address for service in cluster.objects("services") for address in _balancer_ips(service)]
    balanced = [service for service in _with_port(cluster, "port", 80) if _balancer_ips(service)]
    found = [endpoint for service in balanced for endpoint in cluster.endpoints(service.ref).ready]
    return {
        "address": bool(addresses),
        "leads": any(endpoint.pod.labels.get("tier") == "frontend" for endpoint in found if endpoint.pod),
        "page": any(_frontend(cluster, f"http://{address}") for address in addresses),
    }


_DOOR = """
apiVersion: v1
kind: Service
metadata:
  name: side-door
spec:
"""
_DOOR_AS_PRINTED = """
kind: Service
apiVersion: v1
metadata:
\tname: side-door
spec:
\ttype: NodePort
ports:
\t-port: 80
targetPort: 8080
nodePort: 31090
selector:
\ttier: frontend
"""
_DOOR_OPEN = f"""{_DOOR}  type: NodePort
  selector:
    tier: frontend
  ports:
    - port: 80
      targetPort: 8080
      nodePort: 31090
"""
_DNS_PORT = """
    - name: {name}
      port: 53
      protocol: {protocol}
      nodePort: 31053"""
_UDP, _TCP = (_DNS_PORT.format(name=name, protocol=name.upper()) for name in ("udp", "tcp"))


def _dns(name: str, ports: str) -> str:
    """Return the manifest of a NodePort Service for the Pod `dns`."""
    return f"""apiVersion: v1
kind: Service
metadata:
  name: {name}
spec:
  type: NodePort
  selector:
    app: dns
  ports:{ports}
"""


def _patched(service: str, spec: str) -> str:
    return f"kubectl patch service {service} -p '{{\"spec\": {{{spec}}}}}'"


SOLUTIONS = {
    "recall": Solution(
        Fields(
            {
                _OUTSIDE: Word(vocabulary(__name__, "address")),
                _PING: Word(vocabulary(__name__, "ping")),
                _RULES: Word(vocabulary(__name__, "changed")),
            }
        ),
        {_OUTSIDE: "Node IP", _PING: "no reply", _RULES: "destination"},
        {
            "outside-reaches-pods": {_OUTSIDE: "Pod IP"},
            "outside-reaches-services": {_OUTSIDE: "Cluster IP"},
            "an-address-replies": {_PING: "reply"},
            "a-service-hides-its-clients": {_RULES: "both"},
            "only-the-source": {_RULES: "source"},
        },
    ),
    "guess-1": Solution(
        Choice("abc"), "a", {"the-api-server-reads-yaml": "b", "unknown-fields-are-dropped": "c"}
    ),
    "guess-2": Solution(Choice("abc"), "a", {"only-where-a-pod-runs": "b", "dropped-without-a-pod": "c"}),
    "guess-3": Solution(Choice("abc"), "c", {"the-sender-is-seen": "a", "the-service-sends": "b"}),
    "guess-4": Solution(Choice("abc"), "b", {"noticed-at-once": "a", "one-node-carries-all": "c"}),
    "guess-5": Solution(Choice("abc"), "b", {"any-port-that-the-pods-have": "a", "no-program-answers": "c"}),
    "1": Solution(
        Fields(dict.fromkeys(_CALLERS, Number())),
        _numbers,
        {
            "four-names-at-a-node": {_AT_A_NODE: 80},
            "the-container-answers": {_AT_A_NODE: 8443},
            "four-names-at-the-service": {_BY_NAME: 30443},
            "passed-on-as-typed": {_BY_NAME: 8443},
            "four-names-at-the-pod": {_AT_A_POD: 80},
        },
    ),
    "2": Solution(
        Number(),
        _all_on_node_1,
        {"only-where-the-pod-runs": 1, "as-many-doors-as-pods": 2},
    ),
    "3": Solution(
        Number(),
        _with_local_pods,
        {"local-works-everywhere": 5, "local-chooses-one": 1, "a-door-for-each-pod": 4},
    ),
    "4": Solution(
        Choices("abc"),
        _while_pending,
        {"pending-is-broken": "none", "no-node-port": {"a"}, "only-the-name-is-missing": {"a", "b", "c"}},
    ),
    "5": Solution(
        Number(),
        _answered_on_node_2,
        {"the-same-share-for-each-pod": 200, "one-node-gets-all": 0},
    ),
    "6": Solution(Choice("abc"), _leading_to_port_2525, {"maps-ports": "a", "a-way-out": "c"}),
    "7": Solution(
        Deed(application, _visitors_seen),
        _patched("frontend", '"externalTrafficPolicy": "Local"'),
        {
            "the-policy-for-inside": _patched("frontend", '"internalTrafficPolicy": "Local"'),
            "written-anew": "kubectl delete service frontend",
        },
    ),
    "8": Solution(
        Number(),
        _lost_behind_a_balancer,
        {"the-same-share-for-all": 20, "local-lets-in-no-one": 60},
    ),
    "9": Solution(
        Deed(_with_dns, _both_protocols, lines=20),
        _dns("dns", _UDP + _TCP),
        {
            "a-service-for-each-protocol": _dns("udp", _UDP) + "---\n" + _dns("tcp", _TCP),
            "a-port-is-for-both": _dns("dns", _TCP),
        },
    ),
    "10": Solution(
        Deed(application, _page_at_31090, lines=18),
        _DOOR_OPEN,
        {
            "the-tabs-were-all": f"""{_DOOR}  type: NodePort
ports:
  -port: 80
targetPort: 8080
nodePort: 31090
selector:
  tier: frontend
""",
            "any-number-will-do": f"""{_DOOR}  type: NodePort
  selector:
    tier: frontend
  ports:
    - port: 80
      targetPort: 8080
""",
        },
        begins=_DOOR_AS_PRINTED,
    ),
    "11": Solution(
        Deed(application, _cache_at_31379),
        _patched("cache", '"type": "NodePort", "ports": [{"port": 6379, "nodePort": 31379}]'),
        {
            "the-type-alone": _patched("cache", '"type": "NodePort"'),
            "the-port-is-the-node-port": """apiVersion: v1
kind: Service
metadata:
  name: cache
spec:
  type: NodePort
  selector:
    app: guestbook
    tier: cache
  ports:
    - port: 31379
      targetPort: 6379
      nodePort: 31379
""",
        },
    ),
    "12": Solution(
        Deed(lambda: _ingress().copy(), _by_host),
        "kubectl create ingress guestbook --rule=guestbook.example.com/*=frontend:80",
        {
            "one-path-only": "kubectl create ingress guestbook --rule=guestbook.example.com/=frontend:80",
            "the-port-of-the-pods": "kubectl create ingress guestbook --rule=guestbook.example.com/*=frontend:8080",
        },
    ),
    "13": Solution(
        Deed(lambda: _provided().copy(), _balanced),
        _patched("frontend", '"type": "LoadBalancer"'),
        {
            "a-target-port-by-itself": "kubectl expose deployment frontend --name=public --type=LoadBalancer --port=80",
            "a-node-port-has-an-address": "kubectl create service nodeport public --tcp=80:8080",
        },
    ),
}
