"""The exercises of chapter 08: which port for whom, who answers, who is seen, and what stands before the Nodes."""

from __future__ import annotations

from functools import cache
from typing import Any

from k8snotes.course.answers import Address, Choice, Choices, Fields, Number, Word
from k8snotes.course.clusters import application, shared
from k8snotes.course.exercise import Exercise, Wrong
from k8snotes.errors import ApiError

__all__ = ["EXERCISES"]

_TOMCAT, _SERVICE = "tomcat-service", "svc/tomcat-service"
_NODES = ("node-1", "node-2", "node-3")
_LAPTOP = "203.0.113.5"
_WHAT = Word(("page", "refused", "timeout"), {"the page": "page", "connected": "page", "time-out": "timeout"})
_GUESS = "No Pod of tomcat-service runs on node-3. What does a laptop hear at http://node-3:31002?"
_WHO = ("a laptop, at a Node", "a Pod, by the name frontend", "a Pod, at a Pod IP")


@cache
def _changed(extra: str = "", *, provided: bool = False) -> Any:
    """Return tomcat-service with fields added to its spec; to be asked, never changed."""
    cluster: Any = application(_TOMCAT)
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


def _opened(cluster: Any) -> int:
    """Return at how many Nodes the laptop gets the page."""
    return sum(cluster.trace(f"{node}:31002").outcome == "connected" for node in _NODES)


def _guess() -> str:
    found = shared(_TOMCAT).trace("node-3:31002").outcome
    return "page" if found == "connected" else found


def _numbers() -> dict[str, int]:
    cluster: Any = shared()
    port = cluster["svc/frontend"].ports[0]
    pod = cluster.objects("pods", "tier=frontend")[0]
    return {_WHO[0]: port.node_port or 0, _WHO[1]: port.port, _WHO[2]: pod.ports[0].port}


def _all_on_node_1() -> int:
    cluster: Any = application(_TOMCAT)
    for node in _NODES[1:]:
        cluster.cordon(node)
    for pod in cluster.objects("pods"):
        cluster.delete(pod.ref)
    cluster.settle()
    return _opened(cluster)


def _while_pending() -> set[str]:
    cluster = _changed("type: LoadBalancer")
    pod = cluster.objects("pods")[0].ref
    works = {
        "a": cluster.trace(f"http://{_TOMCAT}:8080", source=pod).outcome == "connected",
        "b": cluster.trace("http://node-2:31002").outcome == "connected",
        "c": bool(cluster[_SERVICE].load_balancer_ips),
    }
    return {letter for letter, does in works.items() if does}


def _hairpin() -> str:
    cluster: Any = application(_TOMCAT)
    cluster.scale("deploy/tomcat", 1)
    cluster.settle()
    pod = cluster.objects("pods")[0]
    trace = cluster.trace(f"http://{_TOMCAT}:8080", source=pod.ref)
    if trace.server is None:
        return "a"
    return "b" if trace.client_seen == pod.ip else "c"


def _asked_of_an_alias() -> int:
    cluster: Any = application()
    cluster.apply(
        "{apiVersion: v1, kind: Service, metadata: {name: db}, spec: {type: ExternalName, "
        "externalName: db.example.com, ports: [{port: 3306, targetPort: 13306}]}}"
    )
    trace = cluster.trace("db:3306", source="pod/client")
    return int(trace.hops[-1].destination_after.rpartition(":")[2])


def _seen_at_node_3() -> str:
    return shared(_TOMCAT).trace("http://node-3:31002", source=_LAPTOP).client_seen


def _lost_behind_a_balancer() -> int:
    cluster = _changed("type: LoadBalancer, externalTrafficPolicy: Local", provided=True)
    ip = cluster[_SERVICE].load_balancer_ips[0]
    spread = cluster.trace(f"http://{ip}:8080", times=60).spread
    return sum(share.requests for share in spread if share.outcome != "connected")


def _taken_number() -> str:
    cluster: Any = application(_TOMCAT)
    try:
        cluster.apply(
            "{apiVersion: v1, kind: Service, metadata: {name: names}, "
            "spec: {type: NodePort, ports: [{port: 53, protocol: UDP, nodePort: 31002}]}}"
        )
    except ApiError:
        return "b"
    return "a" if cluster["svc/names"].ports[0].node_port == 31002 else "c"


EXERCISES = (
    Exercise(
        "08-nodeport-and-load-balancer/guess",
        _GUESS,
        _WHAT,
        _guess,
        "We come back to it at the end of the chapter.",
        (),
        "",
        starter='"..."',
        guess=True,
    ),
    Exercise(
        "08-nodeport-and-load-balancer/answer",
        _GUESS,
        _WHAT,
        _guess,
        "Every Node has the same rules. They lead on to a Pod, wherever it runs.",
        (
            Wrong(
                "refused",
                "a node port answers only on Nodes where such a Pod runs",
                "Section 2 asks all three Nodes. What does the third one say?",
            ),
            Wrong(
                "timeout",
                "a Node that has no such Pod lets the packet drop, whatever the policy",
                "That is so with one policy (section 3), and not with the usual one. Look at section 2.",
            ),
        ),
        "Ask each Node in section 2.",
        starter='"..."',
    ),
    Exercise(
        "08-nodeport-and-load-balancer/1",
        "The Service frontend of the guestbook: which port does each of these callers type?",
        Fields(dict.fromkeys(_WHO, Number())),
        _numbers,
        "The node port is for Nodes, the port for the Service's name and Cluster IP, the targetPort for Pods.",
        (
            Wrong(
                {_WHO[0]: 80},
                "port, targetPort, nodePort and containerPort are names for one thing (asked at a Node)",
                "At a Node's address many Services have a door. Which of the numbers is this one's alone?",
            ),
            Wrong(
                {_WHO[0]: 8080},
                "the laptop types the port of the container, for the container answers in the end",
                "Many Pods have this port, each at an address of its own. Which number do the Nodes know?",
            ),
            Wrong(
                {_WHO[1]: 31080},
                "port, targetPort, nodePort and containerPort are names for one thing (asked at the Service)",
                "The name leads to the Cluster IP. Which port does the Service itself have there?",
            ),
            Wrong(
                {_WHO[1]: 8080},
                "the Service passes on the port that one types",
                "It does not pass it on: it translates it. Between which two numbers?",
            ),
            Wrong(
                {_WHO[2]: 80},
                "port, targetPort, nodePort and containerPort are names for one thing (asked at the Pod)",
                "At a Pod IP no rule translates anything. Where does the program in the Pod listen?",
            ),
        ),
        'Look at guestbook["svc/frontend"].manifest["spec"]["ports"], and at the ports of one of its Pods.',
        starter="{" + ", ".join(f'"{key}": ...' for key in _WHO) + "}",
    ),
    Exercise(
        "08-nodeport-and-load-balancer/2",
        "Both Pods of tomcat-service run on node-1. At how many of the three Nodes does 31002 open the page?",
        Number(),
        _all_on_node_1,
        "The rules are on every Node, and lead to node-1 from wherever one comes in.",
        (
            Wrong(
                1,
                "a node port answers only on Nodes where the Pod runs",
                "Who takes the packet on a Node, a Pod or a rule? And on which Nodes is the rule?",
            ),
            Wrong(
                2,
                "there are as many open doors as there are Pods",
                "Count the Nodes that have the rule, not the Pods that it leads to.",
            ),
        ),
        "Try it on c.copy(): cordon two Nodes, delete the Pods, settle, and ask each Node.",
    ),
    Exercise(
        "08-nodeport-and-load-balancer/3",
        "externalTrafficPolicy is Local; the two Pods are on node-1 and node-2. At how many of the three Nodes does "
        "31002 open the page for a laptop?",
        Number(),
        lambda: _opened(_changed("type: NodePort, externalTrafficPolicy: Local")),
        "A Node uses its own Pods alone then; one that has none drops what comes from outside.",
        (
            Wrong(
                3,
                "externalTrafficPolicy: Local works from every Node",
                "That is how it is with the policy Cluster. What does Local forbid a Node?",
            ),
            Wrong(
                1,
                "externalTrafficPolicy: Local chooses one Node for all",
                "Nobody chooses a Node. Each decides for itself: has it such a Pod?",
            ),
        ),
        "Section 3 has a picture of it.",
    ),
    Exercise(
        "08-nodeport-and-load-balancer/4",
        "A Service of type LoadBalancer shows <pending> under EXTERNAL-IP. What works?",
        Choices("abc"),
        _while_pending,
        "<pending> is about the balancer alone. The Service is a NodePort Service all the same, and that a ClusterIP one.",
        (
            Wrong(
                "none",
                "EXTERNAL-IP <pending> means that the Service is broken",
                "Nobody has given it a balancer. Which of the three needs one?",
            ),
            Wrong(
                {"a"},
                "while it is pending a LoadBalancer has no node port",
                'Look at the column PORT(S) of c.get("services"): what stands after the colon?',
            ),
            Wrong(
                {"a", "b", "c"},
                "pending means that it works, and only its name is missing",
                "Which address would one type for the last one?",
            ),
        ),
        "Make one on c.copy(), without a provider, and trace each.",
        starter='{"..."}',
    ),
    Exercise(
        "08-nodeport-and-load-balancer/5",
        "A Service has one Pod. This Pod calls the Service by its name. Who answers?",
        Choice("abc"),
        _hairpin,
        "It reaches itself (a hairpin), and sees its Node as the caller: its own address would confuse both ends.",
        (
            Wrong(
                "a",
                "a Pod can never reach itself through its own Service",
                "The rules do not ask who calls. Scale to one Pod, trace it, and look for the word hairpin.",
            ),
            Wrong(
                "b",
                "whoever calls through a Service is seen with his own address",
                "So it mostly is between two Pods. Look at the last hop: which source does the packet have there?",
            ),
        ),
        'On c.copy(): scale "deploy/tomcat" to one Pod, settle, and trace from this Pod.',
    ),
    Exercise(
        "08-nodeport-and-load-balancer/6",
        "db is of type ExternalName for db.example.com, with port: 3306 and targetPort: 13306. A Pod opens db:3306. "
        "Which port is asked at db.example.com?",
        Number(),
        _asked_of_an_alias,
        "An ExternalName is a second name in DNS and no more. DNS knows no ports, and no rule is written.",
        (
            Wrong(
                13306,
                "an ExternalName Service maps ports, as other Services do",
                "Who maps ports for other Services? Has this one anything that a rule could match?",
            ),
            Wrong(
                80,
                "a name from outside is asked at the port of web pages",
                "Nobody takes away what the Pod has typed.",
            ),
        ),
        "Section 6 traces such a name.",
    ),
    Exercise(
        "08-nodeport-and-load-balancer/7",
        f"A laptop ({_LAPTOP}) opens http://node-3:31002; no Pod of the Service is on node-3. "
        "Which address does the Pod see as its client?",
        Address(),
        _seen_at_node_3,
        "node-3 puts its own address in the place of the laptop's, so that the answer comes back through it.",
        (
            Wrong(
                _LAPTOP,
                "a Pod always sees the address of whoever has called",
                "Trace it, and look for the hop where the source changes. Why does it have to?",
            ),
            Wrong(
                lambda: shared(_TOMCAT)[_SERVICE].spec["clusterIP"],
                "a Service calls its Pods, so it is seen as the client",
                "A Cluster IP is on no card: nobody ever sends from it.",
            ),
            Wrong(
                "10.244.3.1",
                "a Node shows every Pod the address of its bridge",
                "It shows the address of the card that the packet leaves by. The Pod is on another Node: which card?",
            ),
        ),
        "Look at client_seen of the trace.",
        starter='"..."',
    ),
    Exercise(
        "08-nodeport-and-load-balancer/8",
        "A load balancer stands before the three Nodes; externalTrafficPolicy is Local; node-3 has no such Pod. "
        "Of 60 requests to the balancer, how many are lost?",
        Number(),
        _lost_behind_a_balancer,
        "The balancer asks each Node whether it has a ready Pod, and sends nothing to node-3.",
        (
            Wrong(
                20,
                "a balancer sends every Node the same share, whatever the Node can do with it",
                "It checks the health of the Nodes first. What does node-3 say with Local?",
            ),
            Wrong(
                60,
                "externalTrafficPolicy: Local lets in nobody but the Nodes themselves",
                "Local is about which Pods a Node may use for what comes from outside.",
            ),
        ),
        "On c.copy(): provide_load_balancers, apply, settle, then trace with times=60.",
    ),
    Exercise(
        "08-nodeport-and-load-balancer/9",
        "tomcat-service has node port 31002 for TCP. A second Service asks for 31002 for UDP. What happens?",
        Choice("abc"),
        _taken_number,
        "A number belongs to one Service, whatever the protocol: the API server refuses the second one.",
        (
            Wrong(
                "a",
                "TCP and UDP ports are two lists, so a number can be given out in both",
                "So it is on a machine. Who gives out node ports, and what does he write down?",
            ),
            Wrong(
                "c",
                "whoever asks for a taken number gets another one",
                "That would be a surprise for whoever wrote the number into a firewall. Try it on c.copy().",
            ),
        ),
        "Try it on c.copy().",
    ),
)
