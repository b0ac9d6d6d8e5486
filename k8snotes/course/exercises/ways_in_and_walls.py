"""Chapter 13, names, ways in and NetworkPolicies: what is right, and which belief an answer shows.

Source of the rules:
    https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/
    https://kubernetes.io/docs/concepts/services-networking/ingress/
    https://kubernetes.io/docs/concepts/services-networking/gateway/
    https://kubernetes.io/docs/concepts/services-networking/network-policies/
"""

from __future__ import annotations

from functools import cache

from k8snotes.api.base import mapping, mappings, text
from k8snotes.catalogue import _
from k8snotes.cluster import Cluster, load
from k8snotes.course.answers import YES_NO, Choice, Choices, Fields, Number, Word
from k8snotes.course.chapters import Solution, vocabulary
from k8snotes.course.clusters import application
from k8snotes.course.deeds import Deed, Facts, Prints
from k8snotes.course.thumbnail import Part, thumbnail
from k8snotes.errors import K8sNotesError
from k8snotes.figures import palette
from k8snotes.figures.figure import Figure
from k8snotes.figures.trace import TraceFigure

__all__ = ["SOLUTIONS", "picture"]

_RIGHTS, _BASE64, _BUDGET = (
    "a RoleBinding gives rights in",
    "base64 keeps a Secret secret",
    "a PodDisruptionBudget can refuse",
)
_APIS, _HELP, _LOGIN = "/apis", "/api/login/help", "/api/login"
_TESTER, _CLIENT = "test/pod/tester", "pod/client"
_DATABASE = "http://mysql-server.default:3306"
_WHOLE = "mysql-server.default.svc.cluster.local"
_TEST_HOST = "test.example.com"


def picture() -> Figure:
    """Draw what the chapter is about, small: one sender comes in, and the wall stops the other."""
    return thumbnail(
        _("ways in and walls"),
        _("the frontend reaches the database, and a wall stops the test team's Pod"),
        [Part("frontend", "default", palette.POD), Part("tester", "test", palette.POD)],
        [Part("mysql-0", _("NetworkPolicy"), palette.POD)],
        [(0, 0, palette.TRAFFIC)],
    )


def _policy(name: str, protected: str, peers: str, port: int = 0, *, namespace: str = "default") -> str:
    """Return a NetworkPolicy for the Pods of a tier (of every one if it is empty); `peers` are lines of YAML.

    Without peers, it allows nothing.
    """
    selector = f"\n    matchLabels:\n      tier: {protected}" if protected else " {}"
    written = f"""---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: {name}
  namespace: {namespace}
spec:
  podSelector:{selector}
  policyTypes:
    - Ingress
"""
    if peers:
        written += f"  ingress:\n    - from:\n{peers}"
    if port:
        written += f"      ports:\n        - port: {port}\n"
    return written


def _labels(kind: str, label: str, *, dash: bool = True) -> str:
    """Return a selector among the peers of a policy, with a dash where it begins an entry."""
    first = "- " if dash else "  "
    return f"        {first}{kind}:\n            matchLabels:\n              {label}\n"


_OF_TEST = _labels("namespaceSelector", "team: test")
_TOOLS = _labels("podSelector", "tier: tools")
_CONTROLLER = _labels("namespaceSelector", "kubernetes.io/metadata.name: ingress-nginx")
_OWN = "        - podSelector: {}\n"
_ENTRIES = _policy("entries", "database", _OF_TEST + _TOOLS, 3306)
_OUT = """apiVersion: networking.k8s.io/v1
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
  egress:
    - to:
"""
_TESTER_OUT = f"""---
{_OUT.format(name="tester-out")}        - podSelector:
            matchLabels:
              tier: frontend
      ports:
        - port: 8080
"""
_DNS_OUT = f"""{_OUT.format(name="dns")}        - namespaceSelector:
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
_DNS_IN = """apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: dns
  namespace: kube-system
spec:
  podSelector:
    matchLabels:
      k8s-app: kube-dns
  ingress:
    - from:
        - namespaceSelector:
            matchLabels:
              team: test
      ports:
        - port: 53
          protocol: UDP
        - port: 53
          protocol: TCP
"""
_ROUTE = """---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata:
  name: site
  namespace: {namespace}
spec:
  parentRefs:
    - name: public
      namespace: default
  hostnames:
    - {host}
  rules:
    - backendRefs:
        - name: frontend
          port: 80
"""
_ALLOWED = """
      allowedRoutes:
        namespaces:
          from: {value}"""
_SELECTED = """
          selector:
            matchExpressions:
              - key: kubernetes.io/metadata.name
                operator: In
                values: [default, test]"""


def _gateway(allowed: str = "") -> str:
    """Return the Gateway of section 3, with what its listener allows."""
    return f"""
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata:
  name: public
  namespace: default
spec:
  gatewayClassName: example-class
  listeners:
    - name: http
      port: 80
      protocol: HTTP{allowed}
"""


@cache
def _both() -> Cluster:
    """Return both guestbooks; to be copied, never changed."""
    cluster = application()
    cluster.apply("guestbook-test")
    cluster.settle()
    return cluster


@cache
def _with_ingress(*, default: bool = True) -> Cluster:
    """Return both guestbooks, the counter of visitors and an Ingress controller; to be copied, never changed."""
    cluster = _both().copy()
    cluster.apply("visits")
    cluster.provide_ingress(default=default)
    cluster.settle()
    return cluster


def _policed(*policies: str, dns: bool = False) -> Cluster:
    """Return both guestbooks with NetworkPolicies, and with the Pods of cluster DNS."""
    cluster = _both().copy()
    if dns:
        cluster.apply("cluster-dns")
    cluster.apply("".join(policies))
    cluster.settle()
    return cluster


@cache
def _with_entries() -> Cluster:
    """Return the policies of section 4; to be copied, never changed."""
    return _policed(_policy("default-deny", "", ""), _policy("inside", "", _OWN), _ENTRIES)


@cache
def _with_tester_out() -> Cluster:
    """Return the policy of section 5, and the Pods of cluster DNS; to be copied, never changed."""
    return _policed(_TESTER_OUT, dns=True)


@cache
def _with_site() -> Cluster:
    """Return the test team's site behind an Ingress; to be copied, never changed."""
    cluster = _with_ingress().copy()
    cluster.kubectl("create ingress site -n test --rule=test.example.com/*=frontend:80")
    cluster.settle()
    return cluster


@cache
def _with_gateway() -> Cluster:
    """Return the Gateway and the route of section 3; to be copied, never changed."""
    cluster = _both().copy()
    cluster.provide_gateway()
    cluster.settle()
    cluster.apply(_gateway() + _ROUTE.format(namespace="test", host="new.example.com"))
    cluster.settle()
    return cluster


@cache
def _with_namespaces() -> Cluster:
    """Return more namespaces, one of which the selector of exercise 7 finds; to be asked, never changed."""
    cluster = _both().copy()
    for name, label in (("load-test", "team=test"), ("testing", "team=quality"), ("docs", "purpose=test")):
        cluster.kubectl(f"create namespace {name}")
        cluster.kubectl(f"label namespace {name} {label}")
    return cluster


def _connects(cluster: Cluster, url: str, source: str, protocol: str = "TCP") -> bool:
    """Say whether a sender reaches what it asks for."""
    try:
        return bool(cluster.trace(url, source=source, protocol=protocol).outcome == "connected")
    except K8sNotesError:
        return False


def _arrives(cluster: Cluster, url: str, source: str) -> bool:
    """Say whether the packets of a sender arrive, also if no program listens there and they are refused."""
    try:
        return bool(cluster.trace(url, source=source).outcome != "timeout")
    except K8sNotesError:
        return False


def _reads_entries(cluster: Cluster, source: str) -> bool:
    """Say whether the database itself answers a sender at the name `mysql-server`."""
    try:
        trace = cluster.trace("http://mysql-server:3306", source=source)
    except K8sNotesError:
        return False
    return bool(trace.outcome == "connected" and trace.server is not None and trace.server.name == "mysql-0")


def _answered(trace: TraceFigure, namespace: str, tier: str) -> bool:
    """Say whether a Pod of this namespace and tier has answered a request with its page."""
    server = trace.server
    return bool(
        trace.outcome == "connected"
        and trace.status == 200
        and server is not None
        and (server.namespace, server.labels.get("tier")) == (namespace, tier)
    )


def _by_ingress(cluster: Cluster, host: str, path: str) -> TraceFigure | None:
    """Return a request to the load balancer of the Ingress controller, for a host and a path; None without one."""
    statuses = [service.status for service in cluster.objects("services", namespace="ingress-nginx")]
    balancers = [mapping(status.get("loadBalancer")).get("ingress") for status in statuses]
    addresses = [text(given.get("ip")) for balancer in balancers for given in mappings(balancer)]
    return cluster.trace(f"http://{addresses[0]}{path}", headers={"Host": host}) if addresses else None


def _page(
    cluster: Cluster, host: str, path: str = "/", *, namespace: str = "default", tier: str = "frontend"
) -> bool:
    """Say whether a Pod of this namespace and tier answers a request that comes in through an Ingress."""
    trace = _by_ingress(cluster, host, path)
    return trace is not None and _answered(trace, namespace, tier)


# ---- what is chosen or counted

_NAMES = {
    "a": "cache",
    "b": "cache.default",
    "c": "cache.default.svc",
    "d": "default.cache",
    "e": "cache.default.svc.cluster.local.",
}


@cache
def _leading_to_default() -> frozenset[str]:
    """Return the letters of the names that lead from `test` to the cache of `default`."""
    cluster = _both()
    wanted = str(cluster["svc/cache"].spec["clusterIP"])
    said = {
        letter: str(cluster.kubectl(f"exec tester -n test -- nslookup {name}").stdout)
        for letter, name in _NAMES.items()
    }
    return frozenset(letter for letter, answer in said.items() if f"Address: {wanted}\n" in f"{answer}\n")


def _asked_for() -> int:
    """Return for how many names `tester` asks, if it asks for the whole name of the database without a last dot."""
    lines = str(_both().kubectl("exec tester -n test -- cat /etc/resolv.conf").stdout).splitlines()
    (endings,) = [line.split()[1:] for line in lines if line.startswith("search ")]
    (dots,) = [int(line.rpartition("ndots:")[2]) for line in lines if line.startswith("options ")]
    return len(endings) + 1 if _WHOLE.count(".") < dots else 1


@cache
def _let_in() -> frozenset[str]:
    """Return the letters of the Pods of exercise 5 that the policy `entries` lets in."""
    cluster = _with_entries().copy()
    cluster.kubectl("delete networkpolicies default-deny inside")
    cluster.kubectl("create namespace load")
    pod = "run {name} -n {namespace} --image=registry.example.com/toolbox:3.1 --labels=tier=tools"
    cluster.kubectl(pod.format(name="viewer", namespace="default"))
    cluster.kubectl(pod.format(name="spy", namespace="load"))
    cluster.settle()
    (of_cache,) = cluster.objects("pods", "tier=cache", namespace="test")
    senders = {"a": _TESTER, "b": of_cache.ref, "c": "pod/viewer", "d": "load/pod/spy"}
    return frozenset(letter for letter, source in senders.items() if _connects(cluster, _DATABASE, source))


@cache
def _reaching_without_walls() -> int:
    """Return how many of three Pods reach the database behind a default deny that no plugin enforces."""
    cluster = load("guestbook", network_policies=False)
    cluster.apply("guestbook-test")
    cluster.apply(_policy("default-deny", "", ""))
    cluster.settle()
    return sum(_connects(cluster, _DATABASE, source) for source in (_CLIENT, "pod/backup", _TESTER))


# ---- what is written


def _second_name(cluster: Cluster) -> Facts:
    """Return whether `mysql-server` is a name in `test`, and whom it leads to."""
    services = [service.name for service in cluster.objects("services", namespace="test")]
    return {
        "there": "mysql-server" in services,
        "name": "Name:" in str(cluster.kubectl("exec tester -n test -- nslookup mysql-server").stdout),
        "answers": _reads_entries(cluster, _TESTER),
        "other": _reads_entries(cluster, _CLIENT),
    }


def _by_path(cluster: Cluster) -> Facts:
    """Return which Service gets which path of the guestbook's host."""
    host = "guestbook.example.com"
    return {
        "visits": _page(cluster, host, "/visits", tier="visits"),
        "below": _page(cluster, host, "/visits/today", tier="visits"),
        "start": _page(cluster, host),
        "other": _page(cluster, host, "/visitsold"),
    }


def _test_site(cluster: Cluster) -> Facts:
    """Return whether a controller acts on the host of the test team, and which page opens there."""
    trace = _by_ingress(cluster, _TEST_HOST, "/")
    return {
        "acts": trace is not None and trace.status not in (None, 404),
        "test": _page(cluster, _TEST_HOST, namespace="test"),
        "below": _page(cluster, _TEST_HOST, "/entries/7", namespace="test"),
    }


def _routes_of(cluster: Cluster) -> Facts:
    """Return whether the route of the test team is accepted, and that of another namespace is not."""
    tried = cluster.copy()
    tried.kubectl("create namespace stranger")
    tried.apply(_ROUTE.format(namespace="stranger", host="stranger.example.com"))
    tried.settle()
    (route,) = tried.objects("httproutes", namespace="stranger")
    conditions = [
        condition
        for parent in route.status.get("parents", [])
        for condition in parent.get("conditions", [])
        if condition.get("type") == "Accepted"
    ]
    return {
        "test": _answered(cluster.trace("http://new.example.com/"), "test", "frontend"),
        "others": all(condition.get("status") != "True" for condition in conditions),
    }


def _who_reads_entries(cluster: Cluster) -> Facts:
    """Return who reaches the database behind the policies of section 4."""
    others = [pod.ref for pod in cluster.objects("pods", "tier!=tools", namespace="test")]
    frontend = [pod.ref for pod in cluster.objects("pods", "tier=frontend", namespace="default")]
    return {
        "tester": _connects(cluster, _DATABASE, _TESTER),
        "others": not any(_connects(cluster, _DATABASE, source) for source in others),
        "inside": all(_connects(cluster, _DATABASE, source) for source in frontend),
        "isolated": bool(cluster.policies("pod/mysql-0").facts.ingress.isolated),
    }


def _out_of_tester(cluster: Cluster) -> Facts:
    """Return what `tester` reaches: by a name, cluster DNS by TCP, and what stays closed."""
    of_dns, of_cache = (
        cluster.objects("pods", "k8s-app=kube-dns", namespace="kube-system"),
        cluster.objects("pods", "tier=cache", namespace="test"),
    )
    return {
        "names": _connects(cluster, "http://frontend", _TESTER),
        "tcp": all(_connects(cluster, f"{pod.status['podIP']}:53", _TESTER) for pod in of_dns),
        "cache": not any(_connects(cluster, f"{pod.status['podIP']}:6379", _TESTER) for pod in of_cache),
        "database": not _connects(cluster, f"{cluster['svc/mysql-server'].spec['clusterIP']}:3306", _TESTER),
        "others": not _arrives(cluster, f"{cluster[_CLIENT].status['podIP']}:53", _TESTER),
    }


def _around_test(cluster: Cluster) -> Facts:
    """Return who comes in to the Pods of `test`."""
    (controller,) = cluster.objects("pods", namespace="ingress-nginx")
    (of_cache,) = cluster.objects("pods", "tier=cache", namespace="test")
    closed = (f"{of_cache.status['podIP']}:6379", f"{cluster[_TESTER].status['podIP']}:8080")
    return {
        "page": _page(cluster, _TEST_HOST, namespace="test"),
        "inside": _connects(cluster, "http://frontend", _TESTER)
        and _connects(cluster, "http://cache:6379", _TESTER),
        "outside": not _connects(cluster, "http://frontend.test", _CLIENT),
        "cache": not _connects(cluster, "http://cache.test:6379", _CLIENT),
        "controller": not any(_arrives(cluster, url, controller.ref) for url in closed),
    }


def _external(name: str) -> str:
    return f"kubectl create service externalname mysql-server -n test --external-name={name}"


def _around(port: int, peers: str = _OWN) -> str:
    """Return the two policies around `test`, for a port of the frontend Pods."""
    return _policy("inside", "", peers, namespace="test") + _policy(
        "visitors", "frontend", _CONTROLLER, port, namespace="test"
    )


_SERVICE_IN_TEST = """apiVersion: v1
kind: Service
metadata:
  name: mysql-server
  namespace: test
spec:
  selector:
    name: mysql
  ports:
    - port: 3306
"""

SOLUTIONS = {
    "recall": Solution(
        Fields(
            {
                _RIGHTS: Word(vocabulary(__name__, "scope")),
                _BASE64: YES_NO,
                _BUDGET: Word(vocabulary(__name__, "refused")),
            }
        ),
        {_RIGHTS: "one namespace", _BASE64: "no", _BUDGET: "eviction"},
        {
            "a-cluster-role-is-everywhere": {_RIGHTS: "the whole cluster"},
            "base-64-hides": {_BASE64: "yes"},
            "a-budget-guards-against-delete": {_BUDGET: "deletion"},
            "a-budget-guards-against-crashes": {_BUDGET: "crash"},
        },
    ),
    "guess-1": Solution(Choice("abc"), "b", {"a-dot-makes-it-complete": "a", "all-endings": "c"}),
    "guess-2": Solution(Choice("abc"), "b", {"the-host-chooses": "a", "two-of-a-name": "c"}),
    "guess-3": Solution(Choice("abc"), "c", {"naming-it-is-enough": "a", "where-the-gateway-is": "b"}),
    "guess-4": Solution(Choice("abc"), "c", {"the-way-in-is-open": "a", "probes-are-dropped": "b"}),
    "guess-5": Solution(Choice("abc"), "b", {"both-entries": "a", "a-policy-ends-at-the-namespace": "c"}),
    "guess-6": Solution(Choice("abc"), "b", {"the-rule-is-enough": "a", "a-wall-refuses": "c"}),
    "1": Solution(
        Choices("abcde"),
        _leading_to_default,
        {
            "known-everywhere": {"a", "b", "c", "e"},
            "only-the-whole-name": {"e"},
            "the-last-dot": {"b", "c"},
        },
    ),
    "2": Solution(
        Number(),
        _asked_for,
        {"a-dot-is-enough": 1, "only-the-endings": 3, "ndots-is-a-number-of-tries": 5},
    ),
    "3": Solution(Choice("abc"), "a", {"an-address-needs-pods": "b", "an-address-needs-a-path": "c"}),
    "4": Solution(
        Fields(dict.fromkeys((_APIS, _HELP, _LOGIN), Word(vocabulary(__name__, "service")))),
        {_APIS: "web", _HELP: "orders", _LOGIN: "gate"},
        {
            "a-prefix-of-letters": {_APIS: "orders"},
            "exact-takes-what-is-below": {_HELP: "gate"},
            "the-first-path-wins": {_LOGIN: "web"},
        },
    ),
    "5": Solution(
        Choices("abcd"),
        _let_in,
        {"both-must-fit": {"a"}, "pods-of-all-namespaces": {"a", "b", "c", "d"}},
    ),
    "6": Solution(
        Choices("abcd"),
        {"a", "b"},
        {"dns-by-magic": {"a", "b", "c"}, "neighbours-come-in": {"a", "b", "d"}, "the-probes-fail": {"a"}},
    ),
    "7": Solution(
        Prints(_with_namespaces),
        "kubectl get namespaces -l team=test",
        {"labels-of-pods": "kubectl get pods -A -l team=test", "all-of-them": "kubectl get namespaces"},
    ),
    "8": Solution(
        Deed(lambda: _both().copy(), _second_name),
        _external("mysql-server.default.svc.cluster.local"),
        {"selects-over-there": _SERVICE_IN_TEST, "the-ending-is-added": _external("mysql-server.default")},
    ),
    "9": Solution(
        Deed(lambda: _with_ingress().copy(), _by_path),
        "kubectl create ingress guestbook --rule=guestbook.example.com/*=frontend:80"
        " --rule=guestbook.example.com/visits*=visits:8090",
        {
            "a-path-means-all-below": "kubectl create ingress guestbook"
            " --rule=guestbook.example.com/*=frontend:80 --rule=guestbook.example.com/visits=visits:8090",
            "the-longer-path-is-enough": "kubectl create ingress guestbook"
            " --rule=guestbook.example.com/visits*=visits:8090",
        },
    ),
    "10": Solution(
        Deed(lambda: _with_ingress(default=False).copy(), _test_site),
        "kubectl create ingress site -n test --class=nginx --rule=test.example.com/*=frontend:80",
        {
            "any-namespace": "kubectl create ingress site --class=nginx --rule=test.example.com/*=frontend:80",
            "there-is-always-a-default": "kubectl create ingress site -n test --rule=test.example.com/*=frontend:80",
        },
    ),
    "11": Solution(
        Number(),
        _reaching_without_walls,
        {"accepted-is-enforced": 0, "a-wall-between-namespaces": 2},
    ),
    "12": Solution(
        Deed(lambda: _with_gateway().copy(), _routes_of, lines=20),
        _gateway(_ALLOWED.format(value="Selector") + _SELECTED),
        {
            "everybody-may": _gateway(_ALLOWED.format(value="All")),
            "the-route-decides": "kubectl label namespace test gateway=public",
        },
    ),
    "13": Solution(
        Deed(lambda: _with_entries().copy(), _who_reads_entries, lines=20),
        _policy("entries", "database", _OF_TEST + _labels("podSelector", "tier: tools", dash=False), 3306),
        {
            "a-pod-selector-looks-everywhere": _policy("entries", "database", _TOOLS, 3306),
            "a-new-policy-narrows": _policy(
                "tools", "database", _OF_TEST + _labels("podSelector", "tier: tools", dash=False), 3306
            ),
            "the-walls-are-in-the-way": "kubectl delete networkpolicies default-deny inside entries",
        },
    ),
    "14": Solution(
        Deed(lambda: _with_tester_out().copy(), _out_of_tester, lines=24),
        _DNS_OUT,
        {
            "away-with-the-wall": "kubectl delete networkpolicy tester-out -n test",
            "at-the-other-end": _DNS_IN,
        },
    ),
    "15": Solution(
        Deed(lambda: _with_site().copy(), _around_test, lines=30),
        _around(8080),
        {
            "the-port-of-the-service": _around(80),
            "an-empty-namespace-selector": _around(8080, "        - namespaceSelector: {}\n"),
        },
    ),
}
"""The solutions of chapter 13, in each of the forms in which a reader may give them, and predictions."""
