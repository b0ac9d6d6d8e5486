"""Workloads: Pods that are missing, what a template leaves out, and names of objects that are not there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from k8snotes.api.base import KubeObject, Manifest, mapping, mappings, text
from k8snotes.api.furniture import CRITICAL, ROOT_CA, is_furniture
from k8snotes.api.kinds.rolebinding import RoleBinding
from k8snotes.api.references import Named, references
from k8snotes.api.workload import Workload
from k8snotes.catalogue import named
from k8snotes.facts.health.issue import Issue, issue
from k8snotes.facts.health.reading import Group, Reading, owned
from k8snotes.facts.troubles import troubles

__all__ = ["configuration_issues", "is_machinery", "of_a_set", "template_issues", "workload_issues"]

_RESOURCES = {
    "ConfigMap": "configmaps",
    "Secret": "secrets",
    "ServiceAccount": "serviceaccounts",
    "PersistentVolumeClaim": "persistentvolumeclaims",
    "PriorityClass": "priorityclasses.scheduling.k8s.io",
}
_MOST_UNUSED = 8


def workload_issues(reading: Reading) -> Iterator[Issue]:
    """Yield workloads that lack Pods, or whose conditions say that they have a problem.

    Args:
        reading: the cluster.

    Source of the rule: https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#failed-deployment
    """
    told = set()
    by_ref = {group.ref: group for group in reading.groups}
    for trouble in troubles(reading.api):
        group = by_ref.get(trouble.ref)
        if group is None:
            continue
        told.add(group.ref)
        yield issue(
            "workload-trouble",
            group.object,
            ("timeline", group.ref),
            condition=trouble.condition,
            reason=trouble.reason,
            message=trouble.message,
        )
    for group in reading.groups:
        maker = group.maker
        if group.kind == "CronJob" and maker is not None and maker.spec.get("suspend") is True:
            yield issue("cronjob-suspended", maker)
        if not isinstance(maker, Workload) or group.runs_to_end:
            continue
        there = sum(not pod.ended and not pod.terminating for pod in group.pods)
        wants = _wanted(maker)
        if wants == 0 and not maker.resource.per_node and not owned(maker.namespace):
            yield issue("workload-at-zero", maker)
        elif there < wants and group.ref not in told:
            code = "workload-lacks-pods" if there else "workload-without-pods"
            yield issue(code, maker, ("timeline", group.ref), count=wants - there, wants=wants, there=there)


def _wanted(maker: Workload) -> int:
    """Return how many Pods a workload wants; of a DaemonSet, on how many Nodes, as it counts them itself."""
    if maker.resource.per_node:
        number = maker.status.get("desiredNumberScheduled")
        return number if isinstance(number, int) else 0
    return maker.replicas


def template_issues(reading: Reading) -> Iterator[Issue]:
    """Yield what the template of a workload leaves out: requests, limits, probes, tags, a user, an account.

    What belongs to the cluster itself (Namespaces that begin with "kube-") is left out.

    Args:
        reading: the cluster.

    Source of the rule: https://kubernetes.io/docs/concepts/configuration/overview/
    """
    served = _served(reading)
    for group in reading.groups:
        if owned(group.namespace) or group.kind == "Node" or (group.maker is None and not group.pods):
            continue
        obj, pods = group.object, len(group.pods)
        if group.bare:
            yield issue("bare-pod", obj, count=1)
        for code, containers in _lacking(group, served):
            yield issue(
                code,
                obj,
                _look(group),
                f"get {obj.kind.lower()} {obj.name} -o yaml",
                count=pods,
                containers=named(containers[:4]),
                n=len(containers),
            )
        yield from _account_issues(reading, group)


def _look(group: Group) -> tuple[str, ...]:
    return ("inside", group.pods[0].ref) if group.pods else ()


def _served(reading: Reading) -> set[int]:
    """Return the groups whose Pods a Service selects."""
    return {
        id(group)
        for service in reading.services
        for at in reading.index.selected(service)
        if (group := reading.group_of.get(id(reading.pods[at]))) is not None
    }


def _lacking(group: Group, served: set[int]) -> Iterator[tuple[str, list[str]]]:
    """Yield what containers leave out, each with their names."""
    containers = group.containers
    tests = {
        "no-requests": [item for item in containers if not _amounts(item)],
        "no-memory-limit": [item for item in containers if "memory" not in _limits(item)],
        "image-without-tag": [item for item in containers if _tag(item) == ""],
        "image-latest": [item for item in containers if _tag(item) == "latest"],
        "may-run-as-root": [item for item in containers if _may_be_root(group.spec, item)],
    }
    if not group.runs_to_end:
        if id(group) in served:
            tests["no-readiness-probe"] = [item for item in containers if not item.get("readinessProbe")]
        tests["no-liveness-probe"] = [item for item in containers if not item.get("livenessProbe")]
    if mapping(group.spec.get("resources")):  # the Pod says it for all of its containers
        tests["no-requests"] = tests["no-memory-limit"] = []
    for code, found in tests.items():
        if found:
            yield code, [text(item.get("name")) for item in found]


def _amounts(container: Manifest) -> Manifest:
    return mapping(mapping(container.get("resources")).get("requests")) or _limits(container)


def _limits(container: Manifest) -> Manifest:
    return mapping(mapping(container.get("resources")).get("limits"))


def _tag(container: Manifest) -> str | None:
    """Return the tag of an image, "" for none, None for one that is named by its digest."""
    image = text(container.get("image"))
    if not image or "@" in image:
        return None
    return image.rpartition("/")[2].partition(":")[2]


def _may_be_root(spec: Manifest, container: Manifest) -> bool:
    """Whether nothing says that a container runs as another user than root.

    Source of the rule: https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted
    """
    own, whole = mapping(container.get("securityContext")), mapping(spec.get("securityContext"))
    user = own.get("runAsUser", whole.get("runAsUser"))
    return own.get("runAsNonRoot", whole.get("runAsNonRoot")) is not True and not (
        isinstance(user, int) and user > 0
    )


def _account_issues(reading: Reading, group: Group) -> Iterator[Issue]:
    """Find Pods that run as the account `default`, or that get a token of the API server by default."""
    spec = group.spec
    name = text(spec.get("serviceAccountName")) or "default"
    account = reading.named("serviceaccounts", group.namespace).get(name)
    mounts = spec.get("automountServiceAccountToken")
    if mounts is None and account is not None:
        mounts = account.raw.get("automountServiceAccountToken")
    ref = f"{group.namespace}/sa/{name}"
    line = f"get serviceaccount {name} -o yaml"
    if name == "default":
        yield issue("default-account", group.object, (), line, count=len(group.pods))
    if mounts is not False:
        told = account is not None and reading.knows("clusterroles.rbac.authorization.k8s.io")
        look = ("access", ref) if told else ()
        yield issue("token-mounted", group.object, look, line, count=len(group.pods), account=name)


# ---- names of other objects


def configuration_issues(reading: Reading) -> Iterator[Issue]:
    """Yield names of objects that do not exist, keys that these lack, and objects that nothing names.

    A dump may not have a kind at all: then its names are not judged, and that is said.

    Args:
        reading: the cluster.

    Source of the rule: https://kubernetes.io/docs/concepts/configuration/configmap/#using-configmaps
    """
    unknown: Counter[str] = Counter()
    used: set[tuple[str, str, str]] = set()
    named_objects: list[KubeObject] = [group.object for group in reading.groups if group.maker or group.pods]
    named_objects += reading.api.list("ingresses.networking.k8s.io")
    for obj in named_objects:
        for item in references(obj):
            if item.kind not in _RESOURCES or (obj.kind == "HorizontalPodAutoscaler"):
                continue
            home = "" if item.kind == "PriorityClass" else obj.namespace
            used.add((item.kind, home, item.name))
            if not reading.knows(_RESOURCES[item.kind]):
                unknown[item.kind] += 1
                continue
            yield from _reference_issues(reading, obj, item, home)
    for kind, number in sorted(unknown.items()):
        yield Issue("not-in-the-dump", _RESOURCES[kind].partition(".")[0], {"kind": kind, "n": number})
    yield from _unused(reading, used)


def _reference_issues(reading: Reading, obj: KubeObject, item: Named, home: str) -> Iterator[Issue]:
    there = reading.named(_RESOURCES[item.kind], home).get(item.name)
    plural = _RESOURCES[item.kind].partition(".")[0]
    if there is None:
        if item.optional or _given(reading, item, home):
            return
        pulls = item.row.path[:1] == ("imagePullSecrets",)
        code = "pull-secret-missing" if pulls else "object-missing"
        yield issue(code, obj, (), f"get {plural}", kind=item.kind, name=item.name)
        return
    keys = {
        str(key) for field in ("data", "binaryData", "stringData") for key in mapping(there.raw.get(field))
    }
    for _place, key in item.keys:
        if key not in keys and not item.optional and keys:
            yield issue(
                "key-missing",
                obj,
                (),
                f"describe {item.kind.lower()} {item.name}",
                kind=item.kind,
                name=item.name,
                key=key,
            )


def _given(reading: Reading, item: Named, home: str) -> bool:
    """Whether an object need not be there: every cluster has it, or it was taken for granted."""
    return (
        (item.kind, item.name) in (("ServiceAccount", "default"), ("ConfigMap", ROOT_CA))
        or (item.kind == "PriorityClass" and item.name in CRITICAL)
        or (item.kind, home, item.name) in reading.granted
    )


def _unused(reading: Reading, used: set[tuple[str, str, str]]) -> Iterator[Issue]:
    """Find ConfigMaps, Secrets, claims and accounts that nothing in the cluster names, those of a Namespace together."""
    custom = any(not kind.builtin for kind in reading.api.defined_kinds())
    accounts = _accounts(reading)
    for kind, plural in _RESOURCES.items():
        if kind == "PriorityClass" or (custom and kind in ("ConfigMap", "Secret")):
            continue  # operators read these by themselves
        idle: dict[str, list[KubeObject]] = {}
        for obj in reading.api.list(plural):
            if owned(obj.namespace) or is_furniture(obj) or obj.owner or is_machinery(obj):
                continue
            if kind == "ServiceAccount" and (obj.namespace, obj.name) in accounts:
                continue
            if (kind, obj.namespace, obj.name) not in used and not of_a_set(reading, obj):
                idle.setdefault(obj.namespace, []).append(obj)
        for objects in idle.values():
            names = named(obj.name for obj in objects[:_MOST_UNUSED])
            yield issue("unused", objects[0], (), f"get {plural}", kind=kind, names=names, n=len(objects))


def is_machinery(obj: KubeObject) -> bool:
    """Whether a Secret is of a tool: a token, or what Helm remembers of a release."""
    kind = text(obj.raw.get("type"))
    return "service-account-token" in kind or kind.startswith("helm.sh/")


def of_a_set(reading: Reading, obj: KubeObject) -> bool:
    """Whether a claim is of a StatefulSet, which names it by number.

    Args:
        reading: the cluster.
        obj: the claim.
    """
    if obj.kind != "PersistentVolumeClaim":
        return False
    for owner in reading.named("statefulsets.apps", obj.namespace).values():
        for item in mappings(owner.spec.get("volumeClaimTemplates")):
            name = text(mapping(item.get("metadata")).get("name"))
            if obj.name.startswith(f"{name}-{owner.name}-"):
                return True
    return False


def _accounts(reading: Reading) -> set[tuple[str, str]]:
    """Return the ServiceAccounts that a binding names: something outside may use them."""
    return {
        (subject.namespace, subject.name)
        for plural in ("rolebindings", "clusterrolebindings")
        for obj in reading.api.list(f"{plural}.rbac.authorization.k8s.io")
        if isinstance(obj, RoleBinding)
        for subject in obj.subjects
        if subject.kind == "ServiceAccount"
    }
