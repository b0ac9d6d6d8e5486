"""The solutions of the exercises, kept where a reader does not stumble on them."""

from pathlib import Path

_CAUSES = {"frontend": "selector", "cache": "not ready", "mysql-server": "namespace", "search": "port name"}
_WHOSE = {
    "opens from your laptop": "Node IP",
    "is gone with its Pod": "Pod IP",
    "is on no card at all": "Cluster IP",
}

_DOES = {
    "lets it in": "kube-apiserver",
    "chooses the Node": "kube-scheduler",
    "starts the program": "kubelet",
    "brings another one": "kube-controller-manager",
}
_AFTER_A_CRASH = {
    "container web": "new",
    "container writer": "stays",
    "Pod IP": "stays",
    "Node": "stays",
}
_PORTS = {"a laptop, at a Node": 31080, "a Pod, by the name frontend": 80, "a Pod, at a Pod IP": 8080}
_NUMBERS = {"finds it a Node": "request", "slows its CPU": "limit", "kills it for its memory": "limit"}


def _repaired(number, *changes):
    """Return a manifest of data/repairs with changes made by hand."""
    (path,) = (Path(__file__).parents[1] / "data" / "repairs").glob(f"{number:02}-*.yaml")
    text = path.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return text


_READING_ROOM = (
    ("\tname", "  name"),
    ("\ttype", "  type"),
    (
        "ports:\n\t-port: 80\n\ttargetPort: 8080\nnodePort: 31015\n",
        "  ports:\n  - port: 80\n    targetPort: 8080\n    nodePort: 31015\n",
    ),
    ("selector:\n\tapp: reading-room\n---", "  selector:\n    app: reading-room\n---"),
)
_CLOCK = (
    ("lables", "labels"),
    ("conatiners", "containers"),
    ("  image:", "    image:"),
    ('  ports:\n    - containerPort: "8080"\n', "    ports:\n    - containerPort: 8080\n"),
    ("  env:\n    ZONE: +01:00\n", '    env:\n    - {name: ZONE, value: "+01:00"}\n'),
)
_SELECTOR = ("  template:", "  selector: {matchLabels: {app: old-shop}}\n  template:")
_SECOND_DOOR = "    app: music\n  ports:\n  - port: 80\n"
_GUIDE = ("  name: guide\nspec:\n  selector", "  name: guide\n  namespace: museum\nspec:\n  selector")

# id -> the solution in each of the forms that a reader may give it
SOLUTIONS = {
    "00-start-here/1": [4, "4", "four", " 4 Pods ", 4.0, ["a", "b", "c", "d"]],
    "00-start-here/2": [
        ["client", "backup"],
        {"backup", "client"},
        "backup, client",
        "pod/client job/backup",
        ("client", "backup-x7k2p"),
    ],
    "00-start-here/3": [3, "three"],
    "01-service/1": [{"b", "c"}, ["c", "b"], "b, c", "BC", "(b) and (c)"],
    "01-service/2": [80, "80", "port 80"],
    "01-service/3": [
        "app=guestbook,tier=frontend,track=stable",
        " tier = frontend , track == stable ",
        {"tier": "frontend", "track": "stable"},
        "track=stable",
    ],
    "01-service/4": ["a", "A", "a)", ["a"]],
    "01-service/5": [0, "0", "none", "nobody"],
    "01-service/6": [4],
    "01-service/7": [_CAUSES, {name: cause.upper() for name, cause in _CAUSES.items()}],
    "01-service/8": [443, "443"],
    "01-service/9": [
        {"containerPort": "connected", "program": "refused", "port": "timeout"},
        {"containerPort": "Connected", "program": "a refusal", "port": "silence"},
    ],
    "02-pod/answer": [_AFTER_A_CRASH, {**_AFTER_A_CRASH, "container web": "restarted", "Pod IP": "the same"}],
    "02-pod/1": [{"a"}, "a"],
    "02-pod/2": [{"b", "c"}, "b and c"],
    "02-pod/3": ["c", "C)"],
    "02-pod/4": [{"a", "b", "c"}, "abc"],
    "02-pod/5": [{"a", "b"}, ["a", "b"]],
    "02-pod/6": [3, "three"],
    "02-pod/7": [
        {"Always": "starts again", "OnFailure": "stays ended", "Never": "stays ended"},
        {"Always": "again", "OnFailure": "ended", "Never": "Stays ended."},
    ],
    "02-pod/8": [
        {"both containers run": "yes", "STATUS is Running": "yes", "its Service leads to it": "no"},
        {"both containers run": True, "STATUS is Running": True, "its Service leads to it": False},
    ],
    "02-pod/9": [
        {"news is back": "no", "watch-node-2 is back": "yes", "the container watch was stopped": "no"}
    ],
    "03-master-and-node/answer": [
        _DOES,
        {
            **_DOES,
            "lets it in": "API server",
            "chooses the Node": "Scheduler",
            "brings another one": "controller",
        },
    ],
    "03-master-and-node/1": ["b", "B"],
    "03-master-and-node/2": [2, "two", "2 Pods"],
    "03-master-and-node/3": ["a", "(a)"],
    "03-master-and-node/4": ["nowhere", "Nowhere", "Pending", "nobody"],
    "03-master-and-node/5": [0, "none", "zero"],
    "03-master-and-node/6": ["b"],
    "03-master-and-node/7": [["cache", "frontend"], "frontend, cache", {"cache-x7k2p", "pod/frontend"}],
    "04-scaling/1": [{"a", "d"}, "a, d", "DA"],
    "04-scaling/2": ["c"],
    "04-scaling/3": [
        {"belong to the Deployment": 3, "answer for the Service": 6},
        {"belong to the Deployment": "three", "answer for the Service": "6 Pods"},
    ],
    "04-scaling/4": [3, "three"],
    "04-scaling/5": [{"belong to the Deployment": 3, "answer for the Service": 5}],
    "04-scaling/6": [1],
    "04-scaling/7": ["c", "C."],
    "04-scaling/8": [{"Running": 5, "ready": 3}, {"Running": "five", "ready": "three"}],
    "04-scaling/9": [{"a", "b"}, "a and b"],
    "05-quota/answer": [
        _NUMBERS,
        {name: said.upper() for name, said in _NUMBERS.items()},
        {**_NUMBERS, "finds it a Node": "requests"},
    ],
    "05-quota/1": [250, "250m", "250"],
    "05-quota/2": [{"a", "b", "d", "e"}, "a, b, d, e", "ABDE"],
    "05-quota/3": ["c", "C)"],
    "05-quota/4": [800, "800 millicores"],
    "05-quota/5": [
        {
            "nothing at all": "BestEffort",
            "a request for CPU": "Burstable",
            "limits for both": "Guaranteed",
            "a limit for CPU": "burstable",
        }
    ],
    "05-quota/6": [
        {"over its CPU limit": 0, "over its memory limit": 3},
        {"over its CPU limit": "never", "over its memory limit": "three times"},
    ],
    "05-quota/7": [{"Pods of the Deployment": 5, "the command fails": "no"}],
    "05-quota/8": [1, "one"],
    "05-quota/9": [150, "150m"],
    "06-labels/answer": [5, "5", "five Pods"],
    "06-labels/missing-key": [8, "eight"],
    "06-labels/annotation": [0, "none"],
    "06-labels/adopt": [2],
    "06-labels/1": ["tier,tier!=frontend", "tier notin (frontend), tier", " tier , tier != frontend "],
    "06-labels/2": [0, "nobody"],
    "06-labels/3": [{"b", "c", "d"}, "b, c and d", "BCD"],
    "06-labels/4": [
        {
            "selector": {
                "matchLabels": {"app": "guestbook"},
                "matchExpressions": [{"key": "track", "operator": "NotIn", "values": ["canary"]}],
            }
        },
        {
            "selector": {
                "matchExpressions": [
                    {"key": "track", "operator": "NotIn", "values": ["canary"]},
                    {"key": "app", "operator": "In", "values": ["guestbook"]},
                ]
            }
        },
    ],
    "06-labels/5": ["c", "C"],
    "06-labels/6": [{"b", "e"}, "b, e"],
    "06-labels/7": [10, "ten"],
    "06-labels/8": [0],
    "06-labels/9": ["d"],
    "07-three-ips/answer": [_WHOSE, {**_WHOSE, "is on no card at all": "VIP", "is gone with its Pod": "pod"}],
    "07-three-ips/1": [0, "none", "on no card: 0"],
    "07-three-ips/2": [1, "one"],
    "07-three-ips/3": ["b"],
    "07-three-ips/4": [{"a", "b"}, "a b"],
    "07-three-ips/5": ["b", "B."],
    "07-three-ips/6": ["192.168.0.12"],
    "07-three-ips/7": ["c"],
    "07-three-ips/8": ["d", "D"],
    "07-three-ips/9": [
        {"Pod to Pod": "none", "Pod to Service": "destination", "outside to Node": "both"},
        {"Pod to Pod": "nothing", "Pod to Service": "DNAT", "outside to Node": "DNAT and SNAT"},
    ],
    "08-nodeport-and-load-balancer/answer": ["page", "Page", "connected"],
    "08-nodeport-and-load-balancer/1": [_PORTS, {name: str(port) for name, port in _PORTS.items()}],
    "08-nodeport-and-load-balancer/2": [3, "all three"],
    "08-nodeport-and-load-balancer/3": [3, "3 Nodes"],
    "08-nodeport-and-load-balancer/4": [{"a", "b"}, "a and b"],
    "08-nodeport-and-load-balancer/5": ["c"],
    "08-nodeport-and-load-balancer/6": [25, "25"],
    "08-nodeport-and-load-balancer/7": ["192.168.0.13"],
    "08-nodeport-and-load-balancer/8": [0, "none"],
    "08-nodeport-and-load-balancer/9": ["b"],
    "09-your-own-cluster/1": [_repaired(1, *_READING_ROOM)],
    "09-your-own-cluster/2": [_repaired(2, *_CLOCK)],
    "09-your-own-cluster/3": [_repaired(3, ("extensions/v1beta1", "apps/v1"), _SELECTOR)],
    "09-your-own-cluster/4": [
        _repaired(4, (": 1.10\n    c", ': "1.10"\n    c'), (": no", ': "no"')),
        _repaired(4, (": 1.10\n    c", ": '1.10'\n    c"), (": no", ": !!str no")),
    ],
    "09-your-own-cluster/5": [
        _repaired(5, ("    name: menu\n  ports", "    app: menu\n  ports")),
        _repaired(5, ("    name: menu\n  ports", "    tier: front\n  ports")),
        _repaired(5, ("        tier: front\n    spec", "        tier: front\n        name: menu\n    spec")),
    ],
    "09-your-own-cluster/6": [
        _repaired(6, ("pinter", "printer")),
        _repaired(6, ("app: printer", "app: pinter")),
    ],
    "09-your-own-cluster/7": [
        _repaired(7, ("targetPort: http", "targetPort: web")),
        _repaired(7, ("targetPort: http", "targetPort: 9200")),
        _repaired(7, ("name: web", "name: http")),
    ],
    "09-your-own-cluster/8": [
        _repaired(8, ("cpu: 500", "cpu: 500m"), ("256m", "256Mi")),
        _repaired(8, ("cpu: 500", "cpu: 0.5"), ("256m", "268435456")),
    ],
    "09-your-own-cluster/9": [
        _repaired(9, (_SECOND_DOOR + "    nodePort: 31020\n", _SECOND_DOOR + "    nodePort: 31021\n")),
        _repaired(9, (_SECOND_DOOR + "    nodePort: 31020\n", _SECOND_DOOR)),
    ],
    "09-your-own-cluster/10": [
        _repaired(10, ("\ndata:\n", "\nstringData:\n"), _GUIDE, ("name: archiv\n", "name: archive\n")),
        _repaired(10, ("sesame!", "c2VzYW1lIQ=="), _GUIDE, ("name: archiv\n", "name: archive\n")),
    ],
}
# exercises that ask for a guess: their answer is only noted
GUESSES = {
    "05-quota/guess": _NUMBERS,
    "02-pod/guess": _AFTER_A_CRASH,
    "03-master-and-node/guess": _DOES,
    "06-labels/guess": 4,
    "07-three-ips/guess": _WHOSE,
    "08-nodeport-and-load-balancer/guess": "refused",
}
