"""Chapter 08, ports for each client, and what is before the Nodes: what is right, and which belief an answer shows.

Source of the rules:
    https://kubernetes.io/docs/concepts/services-networking/service/#publishing-services-service-types
    https://kubernetes.io/docs/tutorials/services/source-ip/
"""

from __future__ import annotations

from functools import cache

from k8snotes.api.base import Manifest, mapping, mappings, text
from k8snotes.cluster import Cluster, load
from k8snotes.course.answers import Address, Choice, Choices, Fields, Number, Word
from k8snotes.course.chapters import Solution, vocabulary
from k8snotes.course.clusters import application, shared, sketch
from k8snotes.errors import ApiError
from k8snotes.figures.figure import Figure

__all__ = ["SOLUTIONS", "picture"]

_TOMCAT, _SERVICE = "tomcat-service", "svc/tomcat-service"
_NODES = ("node-1", "node-2", "node-3")
_LAPTOP = "203.0.113.5"
_AT_A_NODE, _BY_NAME, _AT_A_POD = _CALLERS = (
    "a laptop, at a Node",
    "a Pod, by the name frontend",
    "a Pod, at a Pod IP",
)


def picture() -> Figure:
    """Draw what the chapter is about, small: the way in through a load balancer."""
    cluster = sketch()
    cluster.provide_load_balancers()
    service = cluster["svc/web"].manifest
    service["spec"]["type"] = "LoadBalancer"
    cluster.replace(service)
    cluster.settle()
    return cluster.way_in("svc/web")


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


def _at_node_3() -> str:
    """Return what a laptop gets at a Node where no Pod of the Service runs."""
    outcome = shared(_TOMCAT).trace("node-3:31002").outcome
    return "page" if outcome == "connected" else outcome


def _numbers() -> dict[str, int]:
    """Return the port that each caller of frontend types."""
    cluster = shared()
    port = cluster["svc/frontend"].spec["ports"][0]
    container = cluster.objects("pods", "tier=frontend")[0].spec["containers"][0]
    return {
        _AT_A_NODE: port["nodePort"],
        _BY_NAME: port["port"],
        _AT_A_POD: container["ports"][0]["containerPort"],
    }


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
        "c": bool(_balancer_ip(cluster)),
    }
    return {letter for letter, does in works.items() if does}


def _balancer_ip(cluster: Cluster) -> str:
    """Return the address of the load balancer; "" while the Service waits for one."""
    entries = mappings(mapping(cluster[_SERVICE].status.get("loadBalancer")).get("ingress"))
    return text(entries[0].get("ip")) if entries else ""


def _hairpin() -> str:
    """Return the letter of what becomes of the one Pod of a Service that calls this Service.

    Source of the rule: the KUBE-MARK-MASQ rule that kube-proxy writes for a Pod's own address (hairpin).
    """
    cluster = application(_TOMCAT)
    cluster.scale("deploy/tomcat", 1)
    cluster.settle()
    pod = cluster.objects("pods")[0]
    trace = cluster.trace(f"http://{_TOMCAT}:8080", source=pod.ref)
    if trace.server is None:
        return "a"
    return "b" if trace.client_seen == pod.status["podIP"] else "c"


def _asked_of_an_alias() -> int:
    """Return the port that a request for an ExternalName Service has when it leaves the cluster.

    Source of the rule: ExternalName is a CNAME record in the cluster's DNS, and no rule is written for it.
    """
    cluster = application()
    cluster.apply(
        "{apiVersion: v1, kind: Service, metadata: {name: mail}, spec: {type: ExternalName, "
        "externalName: mail.example.com, ports: [{port: 25, targetPort: 2525}]}}"
    )
    trace = cluster.trace("mail:25", source="pod/client")
    return int(trace.hops[-1].destination_after.rpartition(":")[2])


def _seen_at_node_3() -> str:
    """Return the address that a Pod elsewhere sees as its client's when a laptop calls node-3.

    Source of the rule: with externalTrafficPolicy: Cluster a Node puts its own address in the place of the client's.
    """
    return shared(_TOMCAT).trace("http://node-3:31002", source=_LAPTOP).client_seen


def _lost_behind_a_balancer() -> int:
    """Return how many of 60 requests to a balancer are lost, with externalTrafficPolicy: Local.

    The balancer asks each Node's health check port first (`healthCheckNodePort`).
    """
    cluster = _changed("type: LoadBalancer, externalTrafficPolicy: Local", provided=True)
    spread = cluster.trace(f"http://{_balancer_ip(cluster)}:8080", times=60).spread
    return sum(share.requests for share in spread if share.outcome != "connected")


def _taken_number() -> str:
    """Return the letter of what becomes of a Service that asks for a node port which is taken, for UDP.

    Source of the rule: the API server's allocator of node ports knows numbers, not protocols.
    """
    cluster = application(_TOMCAT)
    try:
        cluster.apply(
            "{apiVersion: v1, kind: Service, metadata: {name: names}, "
            "spec: {type: NodePort, ports: [{port: 53, protocol: UDP, nodePort: 31002}]}}"
        )
    except ApiError:
        return "b"
    return "a" if cluster["svc/names"].spec["ports"][0]["nodePort"] == 31002 else "c"


_ANSWER = Word(vocabulary(__name__, "answer"))

SOLUTIONS = {
    "guess": Solution(_ANSWER, _at_node_3),
    "answer": Solution(
        _ANSWER,
        _at_node_3,
        {"only-where-the-pod-runs": "refused", "dropped-whatever-the-policy": "timeout"},
    ),
    "1": Solution(
        Fields(dict.fromkeys(_CALLERS, Number())),
        _numbers,
        {
            "four-names-at-a-node": {_AT_A_NODE: 80},
            "the-container-answers": {_AT_A_NODE: 8080},
            "four-names-at-the-service": {_BY_NAME: 31080},
            "passed-on-as-typed": {_BY_NAME: 8080},
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
        Choice("abc"),
        _hairpin,
        {"never-reaches-itself": "a", "seen-with-its-own-address": "b"},
    ),
    "6": Solution(Number(), _asked_of_an_alias, {"maps-ports": 2525, "port-of-web-pages": 80}),
    "7": Solution(
        Address(),
        _seen_at_node_3,
        {
            "always-who-called": _LAPTOP,
            "a-service-calls-its-pods": lambda: shared(_TOMCAT)[_SERVICE].spec["clusterIP"],
            "the-bridge": "10.244.3.1",
        },
    ),
    "8": Solution(
        Number(),
        _lost_behind_a_balancer,
        {"the-same-share-for-all": 20, "local-lets-in-no-one": 60},
    ),
    "9": Solution(Choice("abc"), _taken_number, {"two-lists": "a", "another-number": "c"}),
}
