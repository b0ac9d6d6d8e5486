"""Chapter 12, who may do what, Secrets and budgets: what is right, and which belief a wrong answer shows.

Source of the rules:
    https://kubernetes.io/docs/reference/access-authn-authz/rbac/
    https://kubernetes.io/docs/concepts/security/rbac-good-practices/
    https://kubernetes.io/docs/concepts/configuration/secret/
    https://kubernetes.io/docs/concepts/configuration/configmap/
    https://kubernetes.io/docs/concepts/workloads/pods/disruptions/
"""

from __future__ import annotations

from k8snotes.api.kinds.pod import Pod
from k8snotes.catalogue import _
from k8snotes.cluster import Cluster
from k8snotes.course.answers import YES_NO, Choice, Choices, Fields, Number, Word
from k8snotes.course.chapters import Solution, vocabulary
from k8snotes.course.clusters import application
from k8snotes.course.deeds import Deed, Facts
from k8snotes.course.thumbnail import Part, thumbnail
from k8snotes.figures import palette
from k8snotes.figures.figure import Figure

__all__ = ["SOLUTIONS", "picture"]

_FRONTEND = "tier=frontend"
_BUDGET = "kubectl create pdb frontend --selector=tier=frontend"
_KINDS = ("services", "deployments", "configmaps", "secrets")
_CREDENTIALS = "create secret generic mysql --from-literal=user=guestbook --from-literal=password=hidden"
_MOUNTED = "/var/run/secrets/kubernetes.io/serviceaccount/token"
_BANNER = """
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {greeting: Hello}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: banner}
spec:
  replicas: 2
  selector: {matchLabels: {app: banner}}
  template:
    metadata: {labels: {app: banner}}
    spec:
      containers:
        - name: banner
          image: registry.example.com/banner:1.0
          env:
            - name: GREETING
              valueFrom: {configMapKeyRef: {name: settings, key: greeting}}
"""


def picture() -> Figure:
    """Draw what the chapter is about, small: a user, a role, and what it allows."""
    return thumbnail(
        "RBAC",
        _("a binding gives a role to a user, in one place"),
        [Part("User", "lena", palette.MACHINERY)],
        [Part("ClusterRole", "view", palette.NODE), Part("Secret", "mysql", palette.NODE)],
        [(0, 0, palette.TRAFFIC)],
    )


def _ran(cluster: Cluster, *lines: str) -> Cluster:
    """Return a cluster after these lines of kubectl, settled."""
    for line in lines:
        cluster.kubectl(line)
    cluster.settle()
    return cluster


def _may(cluster: Cluster, what: str, who: str = "lena") -> bool:
    """Return whether a user may do it."""
    return not cluster.kubectl(f"auth can-i {what} --as={who}").exit


def _account(name: str) -> str:
    """Return the user name of an account "namespace:name"."""
    return f"system:serviceaccount:{name}"


def _pods(cluster: Cluster, selector: str) -> list[Pod]:
    """Return the Pods that a selector finds in the namespace default and that are not being deleted."""
    pods = cluster.objects("pods", selector)
    return [
        pod for pod in pods if isinstance(pod, Pod) and pod.namespace == "default" and not pod.terminating
    ]


def _said(cluster: Cluster, pod: str, command: str) -> str | None:
    """Return what a command prints in a container; None if it fails."""
    result = cluster.kubectl(f"exec {pod} -- {command}")
    return None if result.exit else str(result.stdout).strip()


# ---- what is right, asked of a cluster


def _with_a_user() -> str:
    """Return the letter of what has to be created for a user: none of the two kinds has to exist."""
    cluster = application()
    kind = not cluster.kubectl("get users").exit
    known = not cluster.kubectl("auth whoami --as=lena").exit
    return "a" if kind else "c" if known else "b"


def _allowed_to_a_viewer() -> str:
    """Return the letter of the line that the role view allows."""
    cluster = _ran(application(), "create rolebinding views --clusterrole=view --user=lena")
    lines = {
        "a": "get secrets --as=lena",
        "b": "logs client --as=lena",
        "c": "exec client --as=lena -- date",
        "d": "get pods -n kube-system --as=lena",
    }
    (allowed,) = [letter for letter, line in lines.items() if not cluster.kubectl(line).exit]
    return allowed


def _bound_to_more() -> str:
    """Return the letter of what becomes of a binding to more than its author has."""
    cluster = _ran(
        application(),
        "create namespace practice",
        "create rolebinding rules --clusterrole=admin --user=lena -n practice",
    )
    line = "create rolebinding more --clusterrole=cluster-admin --user=lena -n practice --as=lena"
    if cluster.kubectl(line).exit:
        return "c"
    return "a" if _may(cluster, "delete nodes") else "b"


def _pod_with_secret(name: str, namespace: str = "default") -> str:
    """Return the manifest of a Pod that has all values of a Secret in its variables."""
    return (
        f"apiVersion: v1\nkind: Pod\nmetadata:\n  name: nosy\n  namespace: {namespace}\nspec:\n  containers:\n"
        f"    - name: nosy\n      image: toolbox\n      envFrom:\n        - secretRef:\n            name: {name}\n"
    )


def _finds_out() -> str:
    """Return whether a user who may create Pods gets one that has the values of a Secret."""
    cluster = _ran(
        application(),
        _CREDENTIALS,
        "create role maker --verb=create --resource=pods",
        "create rolebinding makes --role=maker --user=lena",
    )
    cluster.kubectl("create -f - --as=lena", stdin=_pod_with_secret("mysql"))
    cluster.settle()
    return "yes" if _said(cluster, "nosy", "printenv password") else "no"


def _fewest_ready() -> int:
    """Return the least number of ready Pods of the frontend while node-2 is drained."""
    cluster = _ran(application(), f"{_BUDGET.removeprefix('kubectl ')} --max-unavailable=1")
    cluster.kubectl("drain node-2 --ignore-daemonsets --force")
    cluster.settle()
    history = cluster.timeline("pdb/frontend").table
    healthy = [str(why).split()[0] for why in history["why"] if "are healthy" in str(why)]
    return min(map(int, healthy[1:])) if len(healthy) > 1 else 0


def _namespaces_of_a_viewer() -> int:
    """Return in how many of six namespaces a user may list Pods who has a ClusterRole by two RoleBindings."""
    cluster = _ran(
        application(),
        "create namespace test",
        "create namespace lab",
        "create rolebinding views --clusterrole=view --user=sam",
        "create rolebinding views --clusterrole=view --user=sam -n test",
    )
    spaces = [item.name for item in cluster.objects("namespaces")]
    return sum(_may(cluster, f"list pods -n {space}", "sam") for space in spaces)


def _listed() -> str:
    """Return the letter of what the verb list on Secrets shows."""
    cluster = _ran(
        application(),
        _CREDENTIALS,
        "create role lister --verb=list --resource=secrets",
        "create rolebinding lists --role=lister --user=sam",
    )
    result = cluster.kubectl("get secrets -o yaml --as=sam")
    if result.exit:
        return "a"
    return "c" if "password:" in str(result.stdout) else "b"


def _found_out_by_pods() -> str:
    """Return the letter of the Secrets that reach a Pod of a namespace: those of it, and of no other."""
    cluster = _ran(
        application(),
        "create namespace shop",
        "create secret generic here --from-literal=password=x -n shop",
        "create secret generic there --from-literal=password=x",
    )
    found = []
    for name in ("here", "there"):
        other = cluster.copy()
        other.apply(_pod_with_secret(name, "shop"))
        other.settle()
        found.append(_said(other, "nosy -n shop", "printenv password") is not None)
    return {(False, False): "a", (True, False): "b"}.get((found[0], found[1]), "c")


def _when_the_variable_changes() -> str:
    """Return the letter of when the variable of a container has a value that was changed in its ConfigMap."""
    cluster = _with_banner()
    pod = _pods(cluster, "app=banner")[0]
    cluster.kubectl(_GREET)
    cluster.wait("1h")
    if _said(cluster, pod.name, "printenv GREETING") != "Hello":
        return "a"
    cluster.crash(pod.ref)
    cluster.settle()
    return "b" if _said(cluster, pod.name, "printenv GREETING") == "Good morning" else "c"


def _prevented() -> set[str]:
    """Return the letters of what a budget prevents."""
    begins = _ran(application(), f"{_BUDGET.removeprefix('kubectl ')} --max-unavailable=1")
    prevented = set()
    if begins.copy().kubectl(f"delete pods -l {_FRONTEND} --wait=false").exit:
        prevented.add("a")
    drained = begins.copy().kubectl("drain node-2 --ignore-daemonsets --force")
    if "would violate the pod's disruption budget" in f"{drained.stderr}{drained.stdout}":
        prevented.add("b")
    # c: the API server is not asked. d: a Deployment deletes Pods, as kubectl delete does
    updated = begins.copy()
    updated.kubectl(
        'patch deploy frontend -p \'{"spec": {"strategy": {"rollingUpdate": {"maxUnavailable": 2}}}}\''
    )
    updated.kubectl("set image deploy/frontend web=registry.example.com/guestbook-web:1.5")
    before = {pod.name for pod in _pods(updated, "track=stable")}
    updated.settle()
    if before & {pod.name for pod in _pods(updated, "track=stable")}:
        prevented.add("d")
    return prevented


# ---- the clusters that deeds are done to, and what counts in them

_GREET = 'patch configmap settings -p \'{"data": {"greeting": "Good morning"}}\''


def _with_banner() -> Cluster:
    """Return the guestbook with a Deployment that has a greeting from a ConfigMap."""
    cluster = application()
    cluster.apply(_BANNER)
    cluster.settle()
    return cluster


def _sees_reader(cluster: Cluster) -> Facts:
    """Return what lena may do with Pods and their logs, and with what she was not given."""
    others = [f"{verb} {kind}" for kind in _KINDS for verb in ("get", "list", "create", "delete")]
    changes = [f"{verb} pods" for verb in ("create", "update", "patch", "delete")]
    return {
        "pods": all(_may(cluster, f"{verb} pods") for verb in ("get", "list")),
        "logs": _may(cluster, "get pods --subresource=log"),
        "exec": not any(_may(cluster, f"{verb} pods --subresource=exec") for verb in ("create", "get")),
        "kinds": not any(_may(cluster, what) for what in others),
        "changes": not any(_may(cluster, what) for what in changes),
        "elsewhere": not _may(cluster, "list pods --namespace=kube-system"),
    }


def _with_builder() -> Cluster:
    """Return the guestbook beside a namespace with an account for a program."""
    return _ran(application(), "create namespace test", "create serviceaccount builder -n test")


def _sees_builder(cluster: Cluster) -> Facts:
    """Return where the account may change Deployments."""
    builder = _account("test:builder")
    return {
        "may": all(_may(cluster, f"{verb} deployments", builder) for verb in ("get", "patch")),
        "more": not any(
            _may(cluster, f"{verb} deployments", builder) for verb in ("delete", "create", "update", "list")
        ),
        "there": not _may(cluster, "patch deployments -n test", builder),
        "others": not any(
            _may(cluster, "patch deployments", who)
            for who in ("builder", _account("test:default"), _account("default:builder"))
        ),
    }


def _with_quiet_account() -> Cluster:
    """Return the guestbook with an account that no Pod uses."""
    return _ran(application(), "create serviceaccount quiet")


def _sees_quiet(cluster: Cluster) -> Facts:
    """Return under which account the Pod quiet runs, and whether it has a token."""
    pods = [pod for pod in cluster.objects("pods") if pod.name == "quiet" and isinstance(pod, Pod)]
    runs = any(pod.ready for pod in pods)
    return {
        "runs": runs,
        "account": any(pod.spec.get("serviceAccountName") == "quiet" for pod in pods),
        "token": runs and _said(cluster, "quiet", f"cat {_MOUNTED}") is None,
    }


def _with_secret() -> Cluster:
    """Return the guestbook with the Secret of its database."""
    return _ran(application(), _CREDENTIALS)


def _sees_password(cluster: Cluster) -> Facts:
    """Return whether the containers of the frontend have the password, and whether it stands in the Deployment."""
    pods = _pods(cluster, "track=stable")
    containers = cluster["deploy/frontend"].spec["template"]["spec"]["containers"]
    variables = [item for container in containers for item in container.get("env") or ()]
    return {
        "ready": len(pods) == 3 and all(pod.ready for pod in pods),
        "named": bool(pods) and all(_said(cluster, pod.name, "printenv MYSQL_PASSWORD") for pod in pods),
        "closed": not any("value" in item for item in variables),
    }


def _sees_greeting(cluster: Cluster) -> Facts:
    """Return which greeting is stored, and which one the Pods have."""
    pods = _pods(cluster, "app=banner")
    return {
        "stored": cluster["cm/settings"].manifest.get("data", {}).get("greeting") == "Good morning",
        "has": bool(pods)
        and all(_said(cluster, pod.name, "printenv GREETING") == "Good morning" for pod in pods),
        "from": not any(
            "value" in item
            for container in cluster["deploy/banner"].spec["template"]["spec"]["containers"]
            for item in container.get("env") or ()
        ),
        "ready": sum(pod.ready for pod in pods) == 2,
    }


def _with_full_budget() -> Cluster:
    """Return the guestbook with a budget that lets no Pod of the frontend go."""
    return _ran(application(), f"{_BUDGET.removeprefix('kubectl ')} --min-available=4")


def _allowed(cluster: Cluster) -> int:
    """Return how many Pods of the frontend may be evicted now; -1 unless one budget finds all of them."""
    budgets = [
        item
        for item in cluster.objects("poddisruptionbudgets")
        if item.namespace == "default" and (item.status.get("expectedPods") or 0) >= 4
    ]
    return int(budgets[0].status.get("disruptionsAllowed") or 0) if len(budgets) == 1 else -1


def _sees_one_at_a_time(cluster: Cluster) -> Facts:
    """Return how many Pods of the frontend may go, with four of them and with ten."""
    drained, grown = cluster.copy(), cluster.copy()
    for node in cluster.objects("nodes"):
        drained.uncordon(node.ref)
    grown.kubectl("scale deploy/frontend --replicas=9")
    grown.settle()
    drain = drained.kubectl("drain node-2 --ignore-daemonsets --force --timeout=120s")
    return {"drains": drain.exit == 0, "one": _allowed(cluster) == 1, "later": _allowed(grown) == 1}


def _with_on_call() -> Cluster:
    """Return the guestbook with a group that may do everything."""
    return _ran(
        application(), "create clusterrolebinding on-call --clusterrole=cluster-admin --group=on-call"
    )


def _sees_on_call(cluster: Cluster) -> Facts:
    """Return what the members of the group may do."""
    member = "sam --as-group=on-call"
    spaces = ("default", "kube-system")
    return {
        "here": _may(cluster, "list pods", member),
        "see": all(_may(cluster, f"list pods -n {space}", member) for space in spaces)
        and _may(cluster, "list pods -A", member),
        "secrets": not any(_may(cluster, f"list secrets -n {space}", member) for space in spaces),
        "change": not any(_may(cluster, f"delete pods -n {space}", member) for space in spaces),
        "nodes": not _may(cluster, "delete nodes", member),
        "others": not _may(cluster, "list pods", "sam"),
    }


_READS = "kubectl create rolebinding lena-reads --role=log-reader --user=lena"
_BUILDS = "kubectl create role builder --verb=get,patch --resource=deployments"
_QUIET = """
apiVersion: v1
kind: Pod
metadata:
  name: quiet
spec:
{}  containers:
    - name: report
      image: registry.example.com/report:1.0
"""
_AS_QUIET, _WITHOUT = "  serviceAccountName: quiet\n", "  automountServiceAccountToken: false\n"

SOLUTIONS = {
    "recall": Solution(
        Fields(
            {
                "Pods": Number(),
                "percentage of": Word(vocabulary(__name__, "part")),
                "policy": Word(vocabulary(__name__, "policy")),
            }
        ),
        {"Pods": 4 * 90 // 60, "percentage of": "request", "policy": "Forbid"},
        {
            "one-more-at-a-time": {"Pods": 5},
            "percent-of-the-limit": {"percentage of": "limit"},
            "replace-leaves-out": {"policy": "Replace"},
        },
    ),
    "guess-1": Solution(
        Choice("abc"), _with_a_user, {"a-user-is-an-object": "a", "an-account-for-people": "b"}
    ),
    "guess-2": Solution(
        Choice("abcd"),
        _allowed_to_a_viewer,
        {"view-sees-everything": "a", "exec-only-looks": "c", "a-cluster-role-is-everywhere": "d"},
    ),
    "guess-3": Solution(
        Choice("abc"), _bound_to_more, {"an-admin-can-become-more": "a", "an-admin-gives-any-role": "b"}
    ),
    "guess-4": Solution(YES_NO, _finds_out, {"closed-by-the-missing-right": "no"}),
    "guess-5": Solution(Number(), _fewest_ready, {"all-at-once": 2, "replaced-before-it-goes": 4}),
    "1": Solution(
        Choice("abc"), "b", {"each-no-is-a-missing-rule": "a", "each-no-is-a-missing-binding": "c"}
    ),
    "2": Solution(
        Number(),
        _namespaces_of_a_viewer,
        {"a-cluster-role-counts-everywhere": 6, "a-role-binding-needs-a-role": 0},
    ),
    "3": Solution(
        Fields(
            {
                "binding": Word(vocabulary(__name__, "namespace")),
                "account": Word(vocabulary(__name__, "namespace")),
                "verb": Word(vocabulary(__name__, "verb")),
            }
        ),
        {"binding": "default", "account": "test", "verb": "patch"},
        {
            "the-binding-beside-the-account": {"binding": "test"},
            "the-account-beside-the-object": {"account": "default"},
            "kubectl-names-the-verb": {"verb": "edit"},
        },
    ),
    "4": Solution(
        Deed(application, _sees_reader),
        f"kubectl create role log-reader --verb=get,list --resource=pods,pods/log\n{_READS}",
        {
            "logs-come-with-pods": f"kubectl create role log-reader --verb=get,list --resource=pods\n{_READS}",
            "view-is-exact": "kubectl create rolebinding lena-views --clusterrole=view --user=lena",
        },
    ),
    "5": Solution(
        Deed(_with_builder, _sees_builder),
        f"{_BUILDS}\nkubectl create rolebinding builds --role=builder --serviceaccount=test:builder",
        {
            "the-role-beside-the-account": f"{_BUILDS} -n test\n"
            "kubectl create rolebinding builds --role=builder --serviceaccount=test:builder -n test",
            "an-account-is-a-user": f"{_BUILDS}\nkubectl create rolebinding builds --role=builder --user=builder",
        },
    ),
    "6": Solution(
        Deed(_with_quiet_account, _sees_quiet),
        _QUIET.format(_AS_QUIET + _WITHOUT),
        {
            "an-own-account-has-no-token": _QUIET.format(_AS_QUIET),
            "the-account-of-the-same-name": _QUIET.format(_WITHOUT),
        },
    ),
    "7": Solution(Choice("abc"), _listed, {"a-list-has-names-only": "b", "list-needs-get": "a"}),
    "8": Solution(
        Choice("abc"), _found_out_by_pods, {"no-right-no-value": "a", "secrets-of-all-namespaces": "c"}
    ),
    "9": Solution(
        Choice("abc"),
        _when_the_variable_changes,
        {"the-change-arrives": "a", "variables-belong-to-the-pod": "c"},
    ),
    "10": Solution(
        Deed(_with_secret, _sees_password),
        "kubectl set env deploy/frontend --from=secret/mysql --prefix=MYSQL_",
        {
            "a-value-in-the-template": "kubectl set env deploy/frontend MYSQL_PASSWORD=rainy-day-2026",
            "the-key-is-the-name": "kubectl set env deploy/frontend --from=secret/mysql",
        },
    ),
    "11": Solution(
        Deed(_with_banner, _sees_greeting),
        f"kubectl {_GREET}\nkubectl rollout restart deploy/banner",
        {
            "patched-is-done": f"kubectl {_GREET}",
            "restart-is-enough": "kubectl rollout restart deploy/banner",
            "set-beside-it": "kubectl set env deploy/banner GREETING='Good morning'",
        },
    ),
    "12": Solution(
        Choices("abcd"),
        _prevented,
        {
            "delete-asks-the-budget": {"a", "b"},
            "every-planned-change": {"a", "b", "d"},
            "rolling-updates-ask-the-budget": {"b", "d"},
            "whatever-happens": {"a", "b", "c", "d"},
        },
    ),
    "13": Solution(
        Deed(_with_full_budget, _sees_one_at_a_time),
        f"kubectl delete pdb frontend\n{_BUDGET} --max-unavailable=1",
        {
            "the-budget-is-in-the-way": "kubectl delete pdb frontend",
            "a-fixed-minimum-grows": f"kubectl delete pdb frontend\n{_BUDGET} --min-available=3",
            "the-new-budget-counts": f"{_BUDGET.replace(' frontend', ' second', 1)} --max-unavailable=1",
        },
    ),
    "14": Solution(
        Deed(_with_on_call, _sees_on_call),
        "kubectl delete clusterrolebinding on-call\n"
        "kubectl create clusterrolebinding on-call --clusterrole=view --group=on-call",
        {
            "less-takes-away": "kubectl create clusterrolebinding on-call-views --clusterrole=view --group=on-call",
            "a-role-can-be-exchanged": "kubectl patch clusterrolebinding on-call -p "
            '\'{"roleRef": {"name": "view"}}\'',
            "one-namespace-is-enough": "kubectl delete clusterrolebinding on-call\n"
            "kubectl create rolebinding on-call --clusterrole=view --group=on-call",
        },
    ),
}
