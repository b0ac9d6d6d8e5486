"""The exercises of chapter 07: whose address it is, and who can use it."""

from __future__ import annotations

from k8snotes.course.answers import Address, Choice, Choices, Fields, Number, Word
from k8snotes.course.clusters import shared
from k8snotes.course.exercise import Exercise, Wrong
from k8snotes.course.exercises.three_ips_trials import (
    BOTH,
    CLUSTER,
    DESTINATION,
    KEYS,
    NODE,
    NONE,
    POD,
    WAYS,
    addresses_of_two_containers,
    calling_itself,
    cards_with,
    changed_when_a_pod_is_replaced,
    for_a_pod_of_node_2,
    host_network_pod,
    what_the_rules_change,
    which_is_which,
)

__all__ = ["EXERCISES"]

_WHICH = Word(
    (NODE, POD, CLUSTER),
    {
        "node": NODE.lower(),
        "pod": POD.lower(),
        "cluster": CLUSTER.lower(),
        "service": CLUSTER.lower(),
        "service ip": CLUSTER.lower(),
        "virtual ip": CLUSTER.lower(),
        "vip": CLUSTER.lower(),
    },
)
_GUESS = (
    "Which of the three addresses opens from your laptop, which is gone with its Pod, which is on no card?"
)
_BLANKS = "{" + ", ".join(f'"{key}": "..."' for key in KEYS) + "}"


_CHANGED = Word(
    (NONE, DESTINATION, BOTH),
    {
        "nothing": NONE,
        "no": NONE,
        "the destination": DESTINATION,
        "dnat": DESTINATION,
        "source and destination": BOTH,
        "destination and source": BOTH,
        "dnat and snat": BOTH,
    },
)


EXERCISES = (
    Exercise(
        "07-three-ips/guess",
        _GUESS,
        Fields(dict.fromkeys(KEYS, _WHICH)),
        which_is_which,
        "We come back to it at the end of the chapter.",
        (),
        "",
        starter=_BLANKS,
        guess=True,
    ),
    Exercise(
        "07-three-ips/answer",
        _GUESS,
        Fields(dict.fromkeys(KEYS, _WHICH)),
        which_is_which,
        "A Node IP is a machine's, a Pod IP lives as long as its Pod, a Cluster IP stands in rules only.",
        (
            Wrong(
                {KEYS[0]: CLUSTER},
                "a Service is there for everybody, so its Cluster IP is too",
                "A Cluster IP means something only where kube-proxy wrote its rules. Is your laptop a Node?",
            ),
            Wrong(
                {KEYS[0]: POD},
                "a Pod can be called from anywhere, once one knows its address",
                "Your laptop knows no way to 10.244.0.0/16. Which range is it in itself?",
            ),
            Wrong(
                {KEYS[1]: CLUSTER},
                "a Service's address follows its Pods",
                "You deleted a Pod above. Did the address of its Service change?",
            ),
            Wrong(
                {KEYS[1]: NODE},
                "a Pod has the address of its Node",
                "The Node stays when a Pod goes. Whose address was gone?",
            ),
            Wrong(
                {KEYS[2]: POD},
                "virtual means that nothing is there",
                "A Pod has a card of its own, a virtual one, and its address is on it. Which address is on none?",
            ),
            Wrong(
                {KEYS[2]: NODE},
                "a Node is not a machine but an idea of Kubernetes",
                "A Node is a computer, real or virtual, and has a network card.",
            ),
        ),
        "Go back to the picture: which frame is dashed?",
        starter=_BLANKS,
    ),
    Exercise(
        "07-three-ips/1",
        "On how many network cards of this cluster is the address 10.96.0.1?",
        Number(),
        lambda: cards_with("10.96.0.1"),
        "It is the Cluster IP of the Service kubernetes: it stands in rules, and on no card.",
        (
            Wrong(
                1,
                "a Cluster IP sits on some machine, such as the one where the Service runs",
                "A Service runs nowhere. Look for the address among the Nodes and among the Pods.",
            ),
            Wrong(
                lambda: len(shared().objects("nodes")),
                "every Node has the Cluster IPs on its card",
                'Every Node has the rules. Look for the address in c.get("nodes", wide=True).',
            ),
        ),
        "Search for it in the tables of Nodes and of Pods.",
    ),
    Exercise(
        "07-three-ips/2",
        "A Pod with two containers is running. How many Pod IPs does it have?",
        Number(),
        addresses_of_two_containers,
        "The containers of a Pod share one address; to each other they are localhost.",
        (
            Wrong(
                2,
                "every container has an address of its own",
                "It is called a Pod IP. Whose is it, by its name?",
            ),
            Wrong(
                0,
                "Pods have no addresses, only Nodes and Services have",
                'Look at the column IP of c.get("pods", wide=True).',
            ),
        ),
        'Look at the column IP of c.get("pods", wide=True): one row is one Pod.',
    ),
    Exercise(
        "07-three-ips/3",
        "A new Pod starts on node-2. Which of these addresses may it get?",
        Choice("abcde"),
        for_a_pod_of_node_2,
        "It is in the podCIDR of node-2, the Node's share of the Pod network.",
        (
            Wrong(
                "a",
                "all Nodes take Pod addresses from one common pool",
                "It is in the Pod network. But compare the addresses on node-2 with those on node-1.",
            ),
            Wrong(
                "c",
                "Pods and Services take their addresses from one range",
                "That range is for Cluster IPs. Look at the addresses of the Pods.",
            ),
            Wrong(
                "d",
                "a Pod has an address of the network of its Node",
                "That network is for machines. Look at the addresses of the Pods on node-2.",
            ),
            Wrong(
                "e",
                "Docker gives out Pod IPs, from its bridge docker0",
                "So it was when the book of the notes was written. Where do they come from today? Ask the Node.",
            ),
        ),
        'Look at c["node/node-2"].manifest["spec"].',
    ),
    Exercise(
        "07-three-ips/4",
        "A frontend Pod is deleted and its controller makes another. What is different afterwards?",
        Choices("abcd"),
        changed_when_a_pod_is_replaced,
        "A new Pod is a new name and a new address. Whoever calls the Service notices nothing.",
        (
            Wrong(
                {"a", "b", "c"},
                "a Service's address follows its Pods",
                'Compare c["svc/frontend"] before and after. Why would one want a Service at all?',
            ),
            Wrong(
                {"a"},
                "the new Pod inherits the address of the old one",
                "Compare the column IP before and after, and count what is new in it.",
            ),
            Wrong(
                {"b"},
                "a Pod of a Deployment is restarted, and keeps its name",
                "It is not restarted: another one is made. Compare the column NAME before and after.",
            ),
            Wrong(
                "none",
                "a deleted Pod comes back as it was",
                "Compare the tables before and after, row by row.",
            ),
        ),
        "Try it on c.copy(): a table before, delete, settle, a table after.",
        starter='{"..."}',
    ),
    Exercise(
        "07-three-ips/5",
        "Your laptop is in the network of the Nodes, and is no Node. Which address opens the guestbook there?",
        Choice("abcd"),
        lambda: "b",
        "From outside it takes a Node IP and a node port.",
        (
            Wrong(
                "a",
                "a Cluster IP works from everywhere, as a real address does",
                "A Cluster IP is real only where kube-proxy wrote rules for it: on the Nodes.",
            ),
            Wrong(
                "c",
                "a Pod IP works from everywhere, as a real address does",
                "The Pod network is known to the Nodes. Who would tell your laptop the way?",
            ),
            Wrong(
                "d",
                "port and nodePort are names for one thing, and every Node opens it",
                "The address is good. Which of the Service's ports is meant for those who come from outside?",
            ),
        ),
        "Which of the three networks is your laptop in?",
    ),
    Exercise(
        "07-three-ips/6",
        "A Pod with hostNetwork: true runs on node-2. What is its Pod IP?",
        Address(),
        host_network_pod,
        "It shares the network of its Node, and so the address of its Node.",
        (
            Wrong(
                "10.244.2.5",
                "every Pod has an address of its own, whatever its manifest says",
                "hostNetwork means: the network of the host. Who is the host here, and what is its address?",
            ),
            Wrong(
                "none",
                "a Pod without a card of its own has no address",
                "It can be called. It uses somebody else's card: whose?",
            ),
            Wrong(
                lambda: shared()["svc/frontend"].spec["clusterIP"],
                "a Pod can have a Cluster IP",
                "Cluster IPs belong to Services alone.",
            ),
        ),
        'Look at c.get("nodes", wide=True).',
        starter='"..."',
    ),
    Exercise(
        "07-three-ips/7",
        "kube-proxy is in iptables mode. A Pod pings the Cluster IP of the Service frontend. Who replies?",
        Choice("abc"),
        lambda: "c" if not cards_with(shared()["svc/frontend"].spec["clusterIP"]) else "a",
        "No card has the address, and the rules are for TCP and UDP ports. A ping has no port.",
        (
            Wrong(
                "a",
                "a Cluster IP can be pinged, and a Pod behind it replies",
                "The rules lead packets for a Cluster IP *and a port* to a Pod. Which port does a ping have?",
            ),
            Wrong(
                "b",
                "the Node has the Cluster IP on its card",
                'Look for the address in c.get("nodes", wide=True).',
            ),
        ),
        "Whoever replies needs the address on a card. Who has it?",
    ),
    Exercise(
        "07-three-ips/8",
        "A Service has one Pod, and that Pod asks its own Service by name. What happens, and whom does the Pod "
        "see as its client?",
        Choice("abcd"),
        calling_itself,
        "The rule for the hairpin changes the source as well, so that the answer passes the Node and is translated back.",
        (
            Wrong(
                "a",
                "a Pod can never reach itself through its own Service",
                "You saw mysql-0 do it in section 4: back.outcome. What made the answer find its way?",
            ),
            Wrong(
                "b",
                "the rules change the destination of a packet and nothing else",
                "So the Pod would answer itself directly. But it had called 10.96.1.3: would it know that answer?",
            ),
            Wrong(
                "c",
                "a Service is a machine in the middle, which calls the Pod in its own name",
                "Nobody sends from a Cluster IP: it is on no card. Which addresses are there on the Pod's Node?",
            ),
        ),
        'Look at c.trace("http://mysql-server:3306", source="pod/mysql-0").client_seen, and ask whose it is.',
    ),
    Exercise(
        "07-three-ips/9",
        "Three packets: from client to a Pod IP, from client to the Service cache, from your laptop to a node port. "
        "Which of its addresses do the rules change: none, destination, both?",
        Fields(dict.fromkeys(WAYS, _CHANGED)),
        what_the_rules_change,
        "Between Pods nothing is changed. For a Service the destination is; for who comes from outside the source, too.",
        (
            Wrong(
                {"Pod to Pod": DESTINATION},
                "every packet in a cluster goes through a Service's rules",
                "Pod to Pod: is there a rule that matches 10.244.1.4? Count the changes in the trace of section 2.",
            ),
            Wrong(
                {"Pod to Pod": BOTH},
                "Pods on different Nodes hide behind the addresses of their Nodes",
                "Pod to Pod: look at the arrows of the trace of section 2, between the two Nodes.",
            ),
            Wrong(
                {"Pod to Service": NONE},
                "a packet arrives at the Cluster IP",
                "Pod to Service: on which card would it arrive?",
            ),
            Wrong(
                {"Pod to Service": BOTH},
                "a Service hides its callers from each other",
                'Pod to Service: look at .client_seen of c.trace("http://cache:6379", source="pod/client").',
            ),
            Wrong(
                {"outside to Node": DESTINATION},
                "the Pod learns who has called from outside",
                "outside to Node: you have the trace in section 5. Whom does the server see as its client?",
            ),
            Wrong(
                {"outside to Node": NONE},
                "a Node hands the packet to the Pod as it is",
                "outside to Node: it was sent to port 31080 of a Node. At which address and port does it arrive?",
            ),
        ),
        "Trace each of them, and look for the marked addresses on the arrows.",
        starter='{"Pod to Pod": "...", "Pod to Service": "...", "outside to Node": "..."}',
    ),
)
