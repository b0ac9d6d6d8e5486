"""Chapter 14, ten tickets of a shop, its dump and its cluster: what is right, and which belief a wrong answer shows.

A ticket is a manifest to mend. It is sent to a cluster of its own, and judged by what becomes of it there.

Source of the rules:
    https://kubernetes.io/docs/tasks/debug/debug-application/
    https://kubernetes.io/docs/reference/access-authn-authz/rbac/
    https://kubernetes.io/docs/concepts/services-networking/network-policies/
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from k8snotes import datasets
from k8snotes.api.base import KubeObject, Manifest, mapping, mappings, text
from k8snotes.api.quantity import Quantity
from k8snotes.catalogue import _
from k8snotes.cluster import Cluster
from k8snotes.course.answers import Choice, Choices, Fields, Number, Word
from k8snotes.course.chapters import Solution, vocabulary
from k8snotes.course.clusters import application
from k8snotes.course.deeds import Deed, Facts, Prints, Repair
from k8snotes.course.thumbnail import Part, thumbnail
from k8snotes.doctor import examine
from k8snotes.figures import palette
from k8snotes.figures.figure import Figure

__all__ = ["SOLUTIONS", "broken", "picture"]

_SHOP, _DUMP = "shop", "shop-dump"
_SERVICES = ("cart", "mail", "payments", "reviews", "stock", "storefront")
_NAME, _OPEN, _STATUS = "a name", "without a policy", "an unknown host"

Change = tuple[str, str]  # a text, and what comes in its place

_SPARE = "        resources:\n          requests:\n            cpu: {cpu}\n"
_WEB = "        image: registry.example.com/webshop:3.2\n"
_SHIPPER = "        image: registry.example.com/log-shipper:1.0\n"
_CART_SELECTOR = '  selector:\n    matchLabels:\n      app: cart\n      version: "1.10"\n'
_DNS = """  - to:
    - namespaceSelector:
        matchLabels:
          kubernetes.io/metadata.name: kube-system
    ports:
    - port: 53
      protocol: UDP
    - port: 53
      protocol: TCP
"""
_READINESS = """        readinessProbe:
          httpGet:
            path: /ready
            port: 8443
            scheme: HTTPS
"""
_LIVENESS = """        livenessProbe:
          tcpSocket:
            port: 8443
"""
_EGRESS = """  egress:
  - to:
    - podSelector:
        matchLabels:
          app: ledger
    ports:
    - port: 5432
"""

# What the doctor cannot know for certain, and a person can.
_MEANT: dict[int, tuple[Change, ...]] = {
    1: (("targetPort: 80\n", "targetPort: 8080\n"),),
    2: (("app: my-app", "app: cart"),),
    3: (("    name: stock\n  ports", "    app: stock\n  ports"),),
    4: (("targetPort: http", "targetPort: web"),),
    5: (("port: 8080\n", "port: 8443\n"),),
    6: (("cpu: 500\n", "cpu: 500m\n"), ("memory: 256m\n", "memory: 256Mi\n")),
    7: (
        ('  storageClassName: ""\n', ""),
        ("claimName: order-data", "claimName: orders-data"),
        ("mountPath: /var/lib/order\n", "mountPath: /var/lib/orders\n"),
    ),
    8: ((_WEB, _WEB + _SPARE.format(cpu="100m")), (_SHIPPER, _SHIPPER + _SPARE.format(cpu="50m"))),
    9: (
        ('apiGroups: ["v1"]', 'apiGroups: [""]'),
        ('resources: ["pods"]', 'resources: ["pods", "pods/log"]'),
        ("  name: watcher\n  namespace: default", "  name: watcher\n  namespace: shop"),
    ),
    10: (
        (
            "    - podSelector:\n        matchLabels:\n          app: cart",
            "      podSelector:\n        matchLabels:\n          app: cart",
        ),
        (_EGRESS, _EGRESS + _DNS),
    ),
}


def picture() -> Figure:
    """Draw what the chapter is about, small: a Service with a selector that is nearly right."""
    return thumbnail(
        _("examination"),
        _("a manifest before and after it is repaired"),
        [Part("web.yaml", _("✗ {n} errors", n=8), palette.ERROR)],
        [Part("web.yaml", _("✓ no error")), Part("Service web", _("✓ 2 ready"), palette.SERVICE)],
        [(0, 0, palette.TRAFFIC)],
    )


def broken(number: int) -> str:
    """Return the text of one of the manifests in data/repairs that are to be mended.

    >>> broken(5).splitlines()[0].startswith("# Ticket 5")
    True
    """
    path = datasets.find(f"repairs/{number}")
    return path.read_text(encoding="utf-8") if path is not None else ""


def _changed(number: int, *changes: Change) -> str:
    """Return a repair that does something else than what is right: the right one with changes."""
    result = _mended(number)
    for old, new in changes:
        if old not in result:
            raise ValueError(old)
        result = result.replace(old, new)
    return result


def _mended(number: int) -> str:
    """Return a right repair: what is certain by the doctor, what is meant by hand."""
    result = examine(broken(number)).fixed
    for old, new in _MEANT.get(number, ()):
        result = result.replace(old, new)
    return result


def _stored(cluster: Cluster, kind: str, name: str, namespace: str = "default") -> KubeObject | None:
    """Return an object of a cluster; None if there is none of this name."""
    return next((obj for obj in cluster.objects(kind, namespace=namespace) if obj.name == name), None)


def _running(cluster: Cluster, selector: str, namespace: str | None = "default") -> int:
    """Return how many of the Pods that a selector finds run, in one namespace or in all."""
    return sum(
        mapping(pod.status).get("phase") == "Running" for pod in cluster.objects("pods", selector, namespace)
    )


def _ready(cluster: Cluster, name: str, namespace: str = "default") -> int:
    """Return how many Pods answer for a Service; 0 where there is no such Service."""
    if _stored(cluster, "services", name, namespace) is None:
        return 0
    return len(cluster.endpoints(f"{namespace}/svc/{name}").ready)


def _outcome(cluster: Cluster, url: str, source: str = "outside", server: str = "") -> str:
    """Return how a request ends; "connected" only where the Pod that answers has `server` in its name."""
    try:
        trace = cluster.trace(url, source=source)
    except Exception as error:  # noqa: BLE001  # a repair may be anything: what cannot be sent is no success
        return type(error).__name__
    if (
        trace.outcome == "connected"
        and server
        and server not in text(getattr(trace.server, "name", trace.server))
    ):
        return "another Pod answers"
    return str(trace.outcome)


def _first_container(cluster: Cluster, name: str, namespace: str = "default") -> Manifest:
    """Return the first container of a Pod; {} where there is no such Pod."""
    pod = _stored(cluster, "pods", name, namespace)
    return next(iter(mappings(pod.spec.get("containers"))), {}) if pod is not None else {}


def _node_ip(cluster: Cluster) -> str:
    """Return the address of the first Node."""
    return str(cluster.objects("nodes")[0].ip)  # type: ignore[attr-defined]


def _storefront(cluster: Cluster) -> Facts:
    """Ask for the storefront, from outside."""
    service = _stored(cluster, "services", "storefront")
    ports = mappings(service.spec.get("ports")) if service is not None else []
    return {
        "answering": _ready(cluster, "storefront") >= 2,
        "open": any(port.get("nodePort") for port in ports),
        "number": any(port.get("nodePort") == 31015 for port in ports),
        "port": _outcome(cluster, f"http://{_node_ip(cluster)}:31015") == "connected",
    }


def _cart(cluster: Cluster) -> Facts:
    """Count the Pods by their labels, and see what made them."""
    return {
        "running": _running(cluster, "app=cart") == 2,
        "deployment": any(
            mapping(deployment.status).get("readyReplicas") for deployment in cluster.objects("deployments")
        ),
        "version": _running(cluster, "app=cart,version=1.10") == 2,
    }


def _stock(cluster: Cluster) -> Facts:
    """Count the Pods, and see whether a request reaches them; the reader may make the Pods in any way."""
    service = _stored(cluster, "services", "stock")
    return {
        "running": _running(cluster, "") == 2,
        "selector": bool(service is not None and service.spec.get("selector")),
        "answering": _ready(cluster, "stock") == 2,
        "request": any(_inside(cluster, url) == "connected" for url in _urls(cluster, "stock")),
    }


def _urls(cluster: Cluster, name: str) -> list[str]:
    """Return the address of a Service at each of its ports, for where the question names none."""
    service = _stored(cluster, "services", name)
    ports = mappings(service.spec.get("ports")) if service is not None else []
    return [f"http://{name}:{port.get('port')}" for port in ports]


def _inside(cluster: Cluster, url: str) -> str:
    """Return how a request ends that some other Pod sends."""
    probe = (
        "apiVersion: v1\nkind: Pod\nmetadata: {name: visitor}\nspec: {containers: [{name: v, image: v}]}\n"
    )
    other = cluster.copy()
    other.create(probe)
    other.settle()
    return _outcome(other, url, source="pod/visitor")


def _search(cluster: Cluster) -> Facts:
    """Follow the way from a Pod to the program, which listens on 9200 whatever is written."""
    cluster = cluster.copy()
    if _stored(cluster, "pods", "search") is not None:
        cluster.listen("pod/search", 9200)
    request = _inside(cluster, "http://search") == "connected"
    declared = mappings(_first_container(cluster, "search").get("ports"))
    return {
        "endpoint": any(item.ports for item in _endpoints(cluster, "search")),
        "request": request,
        # where the request arrives, a second port does no harm, and what is declared opens nothing
        "port": request or _inside(cluster, "http://search:9200") != "connected",
        "declared": request or not declared or any(port.get("containerPort") == 9200 for port in declared),
    }


def _endpoints(cluster: Cluster, name: str) -> tuple[Any, ...]:
    """Return the endpoints of a Service that answer."""
    return cluster.endpoints(f"svc/{name}").ready if _stored(cluster, "services", name) is not None else ()


def _payments(cluster: Cluster) -> Facts:
    """Let the program listen where it does, and then let it fail: the kubelet has to notice both."""
    image = "image/registry.example.com/payments:5.1"
    cluster = cluster.copy()
    if cluster.objects("pods", "app=payments"):
        cluster.listen(image, 8443)
    before = _restarts(cluster)
    cluster.wait("3m")
    facts = {"answering": _ready(cluster, "payments") == 2, "steady": _restarts(cluster) == before}
    failing = cluster.copy()
    for pod in failing.objects("pods", "app=payments"):
        failing.answer(pod.ref, "/ready", 503)
    failing.wait("2m")
    hanging = cluster.copy()
    if hanging.objects("pods", "app=payments"):
        hanging.listen(image, None)
    hanging.wait("3m")
    return {
        **facts,
        "careful": facts["answering"] and _ready(failing, "payments") == 0,
        "restarted": facts["answering"] and _restarts(hanging) > _restarts(cluster),
    }


def _restarts(cluster: Cluster) -> int:
    """Return how often containers of the payments were started again."""
    statuses = [
        status
        for pod in cluster.objects("pods", "app=payments")
        for status in mappings(mapping(pod.status).get("containerStatuses"))
    ]
    return sum(int(status.get("restartCount") or 0) for status in statuses)


def _report(cluster: Cluster) -> Facts:
    """See what the Pods ask for, whether they run, and whether the quota is as it was.

    Where no Pod was created, what its template asks for counts.
    """
    pods = [pod.spec for pod in cluster.objects("pods", "app=report")]
    templates = [
        mapping(mapping(obj.spec.get("template")).get("spec"))
        for kind in ("deployments", "replicasets", "statefulsets")
        for obj in cluster.objects(kind)
    ]
    asked = [_asked(spec) for spec in (pods or templates)]
    quota = _stored(cluster, "resourcequotas", "small-team")
    hard = mapping(quota.spec.get("hard")) if quota is not None else {}
    return {
        "running": _running(cluster, "app=report") == 2,
        "asked": bool(asked) and all(len(amounts) == 2 for amounts in asked),
        "cpu": bool(asked) and all(amounts.get("cpu") == Quantity("500m") for amounts in asked),
        "bytes": sorted(str(amounts.get("memory", Quantity(0)).value) for amounts in asked)[:1],
        "quota": (_amount(hard, "requests.cpu"), _amount(hard, "requests.memory"))
        == (Quantity("1"), Quantity("600Mi")),
    }


def _asked(spec: Manifest) -> dict[str, Quantity]:
    """Return how much CPU and memory the containers of a Pod request together; what none requests is left out."""
    total: dict[str, Quantity] = {}
    for container in mappings(spec.get("containers")):
        requests = mapping(mapping(container.get("resources")).get("requests"))
        for name in ("cpu", "memory"):
            amount = _amount(requests, name)
            if amount is not None:
                total[name] = total.get(name, Quantity(0)) + amount
    return total


def _amount(amounts: Manifest, name: str) -> Quantity | None:
    """Return an amount; None where there is none."""
    written = amounts.get(name)
    return Quantity(text(written)) if written is not None else None


def _orders(cluster: Cluster) -> Facts:
    """Let a driver make volumes, and look at which of them the database writes to."""
    cluster = cluster.copy()
    cluster.provide_storage()
    cluster.settle()
    pods = [pod for pod in cluster.objects("pods") if mapping(pod.status).get("phase") == "Running"]
    claims = {
        claim.name: claim
        for pod in cluster.objects("pods")
        for claim in cluster.objects("persistentvolumeclaims")
        if claim.name in _claims(pod).values()
    }
    sizes = [mapping(mapping(claim.spec.get("resources")).get("requests")) for claim in claims.values()]
    return {
        "running": len(pods) == 1,
        "claim": bool(claims),
        "bound": bool(claims)
        and all(mapping(claim.status).get("phase") == "Bound" for claim in claims.values()),
        "size": any(
            Quantity(text(size.get("storage")) or 0).value >= Quantity("10Gi").value for size in sizes
        ),
        "place": any(_on_a_claim(pod, "/var/lib/orders") for pod in cluster.objects("pods")),
    }


def _claims(pod: KubeObject) -> dict[str, str]:
    """Return the claims of a Pod by the names of its volumes."""
    return {
        text(volume.get("name")): text(mapping(volume.get("persistentVolumeClaim")).get("claimName"))
        for volume in mappings(pod.spec.get("volumes"))
        if volume.get("persistentVolumeClaim")
    }


def _on_a_claim(pod: KubeObject, folder: str) -> bool:
    """Say whether a container of a Pod can write a folder to a claim: the innermost of its mounts decides."""
    for container in mappings(pod.spec.get("containers")):
        around = [
            mount
            for mount in mappings(container.get("volumeMounts"))
            if f"{folder}/".startswith(f"{text(mount.get('mountPath')).rstrip('/')}/")
        ]
        inner = max(around, key=lambda mount: len(text(mount.get("mountPath")).rstrip("/")), default={})
        if text(inner.get("name")) in _claims(pod) and not inner.get("readOnly"):
            return True
    return False


def _webshop(cluster: Cluster) -> Facts:
    """Let few customers come and then many, and count the Pods."""
    cluster = cluster.copy()
    there = _stored(cluster, "deployments", "webshop") is not None
    counts = []
    # fewer Pods take longer than more: the autoscaler looks at the last five minutes before it removes one
    for cpu, minutes in (("20m", 8), ("900m", 3)):
        if there:
            cluster.use("deploy/webshop", cpu=cpu, shared=True)
            cluster.wait(f"{minutes}m")
        counts.append(_running(cluster, "app=webshop"))
    pods = cluster.objects("pods", "app=webshop")
    asked = [
        (container.get("name"), "cpu" in mapping(mapping(container.get("resources")).get("requests")))
        for pod in pods
        for container in mappings(pod.spec.get("containers"))
    ]
    scalers = cluster.objects("horizontalpodautoscalers")
    known = any(
        condition.get("type") == "ScalingActive" and condition.get("status") == "True"
        for hpa in scalers
        for condition in mappings(mapping(hpa.status).get("conditions"))
    )
    return {
        # a target that is no percentage needs no request
        "web": known or any(asks for name, asks in asked if name == "web"),
        "every": known or (bool(asked) and all(asks for _name, asks in asked)),
        "known": known,
        "few": counts[0] == 2,
        "more": counts[1] > 2,
        "most": counts[1] <= 6 and all(int(hpa.spec.get("maxReplicas") or 0) <= 6 for hpa in scalers),
        "shipper": all(len(mappings(pod.spec.get("containers"))) == 2 for pod in pods),
    }


_MORE = (
    *(
        "delete pods",
        "create pods",
        "patch pods",
        "create pods --subresource=exec",
        "delete pods --subresource=log",
    ),
    *("get secrets", "list secrets", "get configmaps", "list services", "list events", "list endpoints"),
    *(
        "list deployments.apps",
        "patch deployments.apps",
        "list persistentvolumeclaims",
        "create rolebindings",
    ),
)


def _watcher(cluster: Cluster) -> Facts:
    """Ask what the account of the watcher's Pod may do, in whichever namespace the Pod runs."""
    pods = cluster.objects("pods")
    account = (text(pods[0].spec.get("serviceAccountName")) or "default") if pods else ""
    home = text(pods[0].namespace) if pods else ""
    user = f"system:serviceaccount:{home}:{account}"
    names = {("User", user), ("Group", f"system:serviceaccounts:{home}")}
    bound = any(
        (text(subject.get("kind")), text(subject.get("name"))) in names
        # where a RoleBinding names no namespace, its own is meant
        or (text(subject.get("name")), text(subject.get("namespace")) or text(binding.namespace))
        == (account, home)
        for kind in ("rolebindings", "clusterrolebindings")
        for binding in cluster.objects(kind)
        for subject in mappings(binding.raw.get("subjects"))
    )

    def may(deed: str, namespace: str = "shop") -> bool:
        return bool(pods) and not cluster.kubectl(f"auth can-i {deed} -n {namespace} --as={user}").exit

    return {
        "running": _running(cluster, "", None) == 1,
        "bound": bool(pods) and bound,
        "list": may("list pods"),
        "log": may("get pods --subresource=log"),
        "only": not any(may(deed) for deed in _MORE),
        "elsewhere": not may("list pods", "default") and not may("list pods", "kube-system"),
    }


_OTHER = """
apiVersion: v1
kind: Pod
metadata:
  name: other
  namespace: {namespace}
  labels:
    app: {app}
spec:
  containers:
  - name: other
    image: registry.example.com/other:1.0
    ports:
    - containerPort: 80
    - containerPort: 5432
"""
_ELSEWHERE = {"default": "cart", "shop": "other", "bank": "other", "kube-system": "other"}


def _bank(cluster: Cluster) -> Facts:
    """Let each of those in question call the payments, and let the payments call others, in each namespace."""
    cluster = cluster.copy()
    there = {namespace.name for namespace in cluster.objects("namespaces")}
    for namespace, app in _ELSEWHERE.items():
        if namespace in there:
            cluster.create(_OTHER.format(namespace=namespace, app=app))
    cluster.settle()
    url = "http://payments.bank:8443"
    ours = "bank/pod/payments"
    others = [
        text(mapping(pod.status).get("podIP")) for pod in cluster.objects("pods") if pod.name == "other"
    ]
    reached = [
        _outcome(cluster, f"http://{address}:{port}", source=ours)
        for address in others
        for port in (80, 5432)
    ]
    stays = "shop" in there and _stored(cluster, "pods", "storefront", "shop") is not None
    return {
        "cart": _outcome(cluster, url, source="shop/pod/cart") == "connected",
        "storefront": stays
        and all(
            _outcome(cluster, url, source=f"shop/pod/{name}") != "connected"
            for name in ("storefront", "other")
        ),
        "elsewhere": _outcome(cluster, url, source="default/pod/other") != "connected",
        "ledger": _outcome(cluster, "http://ledger:5432", source=ours) == "connected",
        "closed": "connected" not in reached,
    }


def _reviews(cluster: Cluster) -> Facts:
    """See where the Pod of the reviews runs, and whether its Deployment says what it said."""
    pods = cluster.objects("pods", "app=reviews")
    deployment = cluster["deploy/reviews"]
    wanted = mapping(mapping(mapping(deployment.spec.get("template")).get("spec")).get("nodeSelector"))
    return {
        "node": [text(pod.spec.get("nodeName")) for pod in pods] == ["node-2"],
        "answering": len(cluster.endpoints("svc/reviews").ready) == 1,
        "kept": wanted.get("disk") == "ssd",
    }


def _silent() -> int:
    """Return how many Services of the shop have no endpoint that is ready."""
    cluster = application(_SHOP)
    return sum(not cluster.endpoints(f"svc/{name}").ready for name in _SERVICES)


def _complained() -> int:
    """Return of how many of the parts without a ready endpoint an event of the type Warning speaks."""
    lines = application(_SHOP).kubectl("get events -A --field-selector type=Warning -o name").stdout
    return sum(f"/{name}-" in str(lines) for name in ("payments", "reviews", "stock"))


def _after_renaming() -> int:
    """Return how many Pods of the mail run after its Deployment got another name in the file."""
    cluster = application(_SHOP)
    path = datasets.find(_SHOP)
    written = (path / "mail.yaml").read_text(encoding="utf-8") if path is not None else ""
    renamed = written.replace(
        "  name: mail\n  labels:\n    app: mail\nspec:\n  replicas",
        "  name: post\n  labels:\n    app: mail\nspec:\n  replicas",
    )
    if renamed == written:
        raise ValueError(written)
    cluster.apply(renamed)
    cluster.settle()
    return _running(cluster, "app=mail")


_DOOR = """
apiVersion: v1
kind: Service
metadata:
  name: side-door
spec:
  type: NodePort
  selector:
    app: storefront
  ports:
    - port: 80
      nodePort: 31080
"""


def _not_sent() -> str:
    """Return with which letter a dry run on the client answers to a Service whose node port another one has.

    Only the API server knows that the number is taken, and it is not asked.
    """
    cluster = application(_SHOP)
    lines = [f"apply --dry-run={where} -f -" for where in ("server", "client")]
    asked, not_asked = (cluster.kubectl(line, stdin=_DOOR) for line in lines)
    return "a" if asked.exit and not not_asked.exit else "b"


def _not_in_all() -> str:
    """Return the letters of those kinds of the shop that `kubectl get all` does not list."""
    kinds = {"a": "deployment", "b": "networkpolicy", "c": "replicaset", "d": "secret", "e": "configmap"}
    printed = str(application(_SHOP).kubectl("get all").stdout)
    return "".join(
        letter for letter, kind in kinds.items() if f"{kind}." not in printed and f"{kind}/" not in printed
    )


def _solution(
    number: int, sees: Callable[[Cluster], Facts], wrong: Mapping[str, tuple[Change, ...]], **more: Any
) -> Solution:
    """Return how a ticket is judged; the first belief is that nothing need be done.

    Args:
        number: of the manifest in data/repairs.
        sees: returns the facts by which it is judged.
        wrong: for each belief what it changes in a right repair.
        more: for further beliefs, with _ for -, what returns their answers.
    """
    answers = {key: partial(_changed, number, *changes) for key, changes in wrong.items()}
    others = {key.replace("_", "-"): answer for key, answer in more.items()}
    wrong_answers = {"untouched": partial(broken, number), **answers, **others}
    return Solution(Repair(sees), partial(_mended, number), wrong_answers, begins=partial(broken, number))


_POLICY = "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\n"
_KEY = '[{"op": "remove", "path": "/spec/template/spec/nodeSelector"}]'

SOLUTIONS = {
    "recall": Solution(
        Fields(
            {
                _NAME: Word(vocabulary(__name__, "name")),
                _OPEN: Word(vocabulary(__name__, "accepted")),
                _STATUS: Number(),
            }
        ),
        {_NAME: "frontend.test", _OPEN: "everything", _STATUS: 404},
        {
            "short-names-everywhere": {_NAME: "frontend"},
            "the-namespace-first": {_NAME: "test.frontend"},
            "closed-by-default": {_OPEN: "nothing"},
            "an-unknown-host-is-unavailable": {_STATUS: 503},
        },
    ),
    "guess-1": Solution(Number(), _silent, {"running-pods-are-enough": 2, "accepted-means-works": 0}),
    "guess-2": Solution(Number(), 1, {"all-at-once": 4, "only-the-server-reads": 0}),
    "guess-3": Solution(Number(), _complained, {"every-fault-is-an-event": 3, "applied-is-no-warning": 0}),
    "guess-4": Solution(Choice("abc"), "c", {"a-wall-refuses": "b", "ready-for-everyone": "a"}),
    "guess-5": Solution(Choice("abc"), "b", {"the-newer-one-stays": "a", "both-run": "c"}),
    "1": _solution(
        1,
        _storefront,
        {
            "open-by-itself": (("  type: NodePort\n", ""), ("      nodePort: 31015\n", "")),
            "the-type-settles-the-number": (("      nodePort: 31015\n", ""),),
            "near-miss": (("    app: storefront\n---", "    app: store-front\n---"),),
            "own-port-of-the-service": (("targetPort: 8080", "targetPort: 80"),),
        },
    ),
    "2": _solution(
        2,
        _cart,
        {
            "the-example-fits": (("app: cart", "app: my-app"),),
            "selector-from-the-template": ((_CART_SELECTOR, ""),),
            "a-replication-controller-will-do": (
                ("apiVersion: apps/v1\nkind: Deployment", "apiVersion: v1\nkind: ReplicationController"),
                (_CART_SELECTOR, "  selector:\n    app: cart\n"),
            ),
            "the-same-version": (('"1.10"', '"1.1"'),),
        },
    ),
    "3": _solution(
        3,
        _stock,
        {
            "the-selector-gives-labels": (
                ("    app: stock\n  ports", "    name: stock\n  ports"),
                ("      app: stock\n      tier: backend\n  template", "      name: stock\n  template"),
            ),
            "no-selector-takes-all": (("  selector:\n    app: stock\n  ports", "  ports"),),
            "own-port-of-the-service": (("targetPort: 8080", "targetPort: 80"),),
        },
    ),
    "4": _solution(
        4,
        _search,
        {
            "repeats-the-port": (("targetPort: web", "targetPort: 80"),),
            "the-port-of-the-program": (("  - port: 80\n", "  - port: 9200\n"),),
            "tells-where-to-listen": (("containerPort: 9200", "containerPort: 80"),),
        },
    ),
    "5": _solution(
        5,
        _payments,
        {
            "away-with-the-probes": (
                (
                    _READINESS + _LIVENESS,
                    "",
                ),
            ),
            "no-restart-no-fault": (
                ("        livenessProbe:\n          tcpSocket:\n            port: 8443\n", ""),
            ),
            "a-connection-is-an-answer": (
                (
                    "          httpGet:\n            path: /ready\n            port: 8443\n            scheme: HTTPS\n",
                    "          tcpSocket:\n            port: 8443\n",
                ),
            ),
        },
    ),
    "6": _solution(
        6,
        _report,
        {
            "free-without-a-request": (
                (
                    "        resources:\n          requests:\n            cpu: 500m\n            memory: 256Mi\n",
                    "",
                ),
            ),
            "m-is-mega": (("memory: 256Mi", "memory: 256m"),),
            "one-unit": (("memory: 256Mi", "memory: 256M"),),
            "the-quota-gives-way": (("cpu: 500m", "cpu: 500"), ('requests.cpu: "1"', "requests.cpu: 1k")),
        },
    ),
    "7": _solution(
        7,
        _orders,
        {
            "near-miss": (("claimName: orders-data", "claimName: order-data"),),
            "empty-is-default": (("spec:\n  accessModes", 'spec:\n  storageClassName: ""\n  accessModes'),),
            "any-volume-keeps-data": (
                (
                    "        persistentVolumeClaim:\n          claimName: orders-data\n",
                    "        emptyDir: {}\n",
                ),
            ),
            "any-folder-is-kept": (("mountPath: /var/lib/orders", "mountPath: /var/lib/order"),),
        },
    ),
    "8": _solution(
        8,
        _webshop,
        {
            "one-container-will-do": ((_SPARE.format(cpu="50m"), ""),),
            "in-the-way": (("      - name: shipper\n" + _SHIPPER + _SPARE.format(cpu="50m"), ""),),
            "many-from-the-start": (("minReplicas: 2", "minReplicas: 6"),),
            "more-means-earlier": (("cpu: 100m", "cpu: 1500m"),),
        },
    ),
    "9": _solution(
        9,
        _watcher,
        {
            "the-group-is-v1": (('apiGroups: [""]', 'apiGroups: ["v1"]'),),
            "the-log-is-part-of-the-pod": ((', "pods/log"', ""),),
            "for-the-whole-cluster": (
                (
                    "kind: RoleBinding\nmetadata:\n  name: watcher-reads-pods\n  namespace: shop",
                    "kind: ClusterRoleBinding\nmetadata:\n  name: watcher-reads-pods",
                ),
                (
                    "kind: Role\nmetadata:\n  name: read-pods\n  namespace: shop",
                    "kind: ClusterRole\nmetadata:\n  name: read-pods",
                ),
                ("  kind: Role\n  name: read-pods", "  kind: ClusterRole\n  name: read-pods"),
            ),
            "admin-is-easier": (("  kind: Role\n  name: read-pods", "  kind: ClusterRole\n  name: admin"),),
        },
    ),
    "10": _solution(
        10,
        _bank,
        {
            "another-item-is-stricter": (
                (
                    "      podSelector:\n        matchLabels:\n          app: cart",
                    "    - podSelector:\n        matchLabels:\n          app: cart",
                ),
            ),
            "names-need-no-rule": ((_DNS, ""),),
            "only-what-comes-in": (("  - Egress\n", ""), (_EGRESS + _DNS, "")),
        },
        closed_by_itself=lambda: _mended(10).partition(_POLICY)[0],
    ),
    "11": Solution(
        Prints(partial(application, _DUMP)),
        "kubectl get pods --field-selector=spec.nodeName=node-3,status.phase!=Running",
        {
            "one-condition": "kubectl get pods --field-selector=spec.nodeName=node-3",
            "all-that-wait-are-there": "kubectl get pods --field-selector=status.phase!=Running",
            "fields-are-labels": "kubectl get pods -l spec.nodeName=node-3,status.phase!=Running",
        },
    ),
    "12": Solution(
        Deed(partial(application, _SHOP), _reviews),
        "kubectl label node node-2 disk=ssd",
        {
            "pods-have-the-label": "kubectl label pods -l app=reviews disk=ssd",
            "every-node-will-do": f"kubectl patch deploy reviews --type=json -p='{_KEY}'",
        },
    ),
    "13": Solution(
        Choices("abcde"), _not_in_all, {"all-means-all": "none", "only-secrets-are-left-out": "d"}
    ),
    "14": Solution(Number(), _after_renaming, {"apply-deletes": 1, "the-name-is-taken": 0}),
    "15": Solution(
        Choice("abc"),
        _not_sent,
        {"the-client-knows-all": "b", "a-dry-run-says-nothing": "c"},
    ),
}
