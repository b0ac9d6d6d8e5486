"""What is done to a cluster from outside: scale, label, cordon, drain, crash, ... written once, for the reader and for kubectl.

Actions on objects take the API server, so that kubectl's `--dry-run=server` can try them on a copy; actions on what
runs on the Nodes take the simulation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from k8snotes.api.base import KubeObject, Manifest, mapping, mappings, text
from k8snotes.api.kinds.node import Node
from k8snotes.api.kinds.pod import Pod
from k8snotes.api.names import label_key, label_value
from k8snotes.api.quantity import Quantity
from k8snotes.api.sources import read
from k8snotes.control_plane import eviction
from k8snotes.control_plane.apiserver import ApiServer
from k8snotes.control_plane.cloud import CloudControllerManager
from k8snotes.control_plane.controllers.conditions import condition, with_condition
from k8snotes.control_plane.controllers.node_lifecycle import LEASES
from k8snotes.errors import (
    ApiError,
    BadManifestError,
    ClusterError,
    NotFoundError,
    QuantityError,
    brief,
    did_you_mean,
)
from k8snotes.node.static_pods import is_mirror
from k8snotes.node.usage import Use
from k8snotes.simulation import Simulation

__all__ = [
    "Drain",
    "cordon",
    "crash",
    "drain_of",
    "edit_metadata",
    "evict",
    "label_change",
    "lose",
    "pods_on",
    "provide_load_balancers",
    "recover",
    "running_container",
    "scale",
    "send",
    "use",
]

_LEASE = "leases.coordination.k8s.io"

# ---- objects


def send(
    simulation: Simulation, source: Any, find: Callable[[str], Any], put: Callable[[Manifest], KubeObject]
) -> list[KubeObject]:
    """Send every document of a source to the API server, and keep those that it takes.

    Args:
        simulation: the cluster.
        source: text, a path, manifests, or a name that `find` knows.
        find: returns the path of a named application, or None.
        put: sends one manifest, by POST, PUT or as `kubectl apply`.

    Raises:
        SnapshotError: the cluster is only looked at.
        ApiError: documents were refused; it is that of the first, with all of them in `.errors`.
    """
    simulation.may_change()
    loaded = read(source, find, kinds_known=False)
    errors: list[ApiError] = [BadManifestError(problem) for problem in loaded.problems]
    stored: list[KubeObject] = []
    for number, obj in enumerate(loaded.objects):
        try:
            stored.append(put(obj.raw))
        except ApiError as error:
            error.document = obj.source.document if obj.source.line else number
            error.file = obj.source.file
            errors.append(error)
    if errors:
        errors.sort(key=lambda error: (error.file, error.document))
        first = errors[0]
        first.errors = errors
        raise first
    return stored


def scale(api: ApiServer, obj: KubeObject, replicas: int) -> KubeObject:
    """Write how many Pods a workload wants. Returns the workload as it is stored then.

    Source of the rule: the subresource `scale`, https://kubernetes.io/docs/reference/kubectl/generated/kubectl_scale/
    """

    def edit(manifest: Manifest) -> None:
        manifest["spec"]["replicas"] = replicas

    return api.change(obj, edit, by="kubectl", verb="scale", why=f"to {replicas}")


def label_change(change: str) -> tuple[str, str | None]:
    """Read "key=value" or "key-" as the key and its new value, None where it is to be removed. Raises ClusterError.

    >>> label_change("app=web"), label_change("old-")
    (('app', 'web'), ('old', None))
    """
    if not isinstance(change, str):
        raise ClusterError(f'A change of labels is text such as "app=web" or "old-", not {brief(change)}.')
    key, equals, value = change.partition("=")
    if not equals:
        if not change.endswith("-"):
            raise ClusterError(
                f'"{change}" changes no label: write "key=value" to set one, "key-" to remove it.'
            )
        return change[:-1], None
    wrong = label_key(key) or label_value(value)
    if wrong:
        raise ClusterError(f'invalid label "{change}": {"; ".join(wrong)}')
    return key, value


def edit_metadata(
    api: ApiServer, obj: KubeObject, field: str, changes: Mapping[str, str | None], *, verb: str, why: str
) -> KubeObject:
    """Set and remove labels or annotations; None removes a key. Returns the object as it is stored then.

    Args:
        api: the API server.
        obj: the object.
        field: "labels" or "annotations".
        changes: keys with their new values.
        verb: what the log calls it: "label", "annotate".
        why: the reason that the log notes.
    """

    def edit(manifest: Manifest) -> None:
        metadata = manifest["metadata"]
        values = {**mapping(metadata.get(field)), **changes}
        kept = {key: value for key, value in values.items() if value is not None}
        metadata.pop(field, None)
        if kept:
            metadata[field] = kept

    return api.change(obj, edit, by="kubectl", verb=verb, why=why)


# ---- Nodes


def cordon(api: ApiServer, node: KubeObject, *, wanted: bool = True) -> KubeObject:
    """Keep new Pods away from a Node, or let them come again; those that run there run on."""

    def edit(manifest: Manifest) -> None:
        spec = manifest.setdefault("spec", {})
        spec.pop("unschedulable", None)
        if wanted:
            spec["unschedulable"] = True

    return api.change(node, edit, by="kubectl", verb="cordon" if wanted else "uncordon")


def pods_on(api: ApiServer, node: KubeObject) -> list[Pod]:
    """Return the Pods that are bound to a Node, by namespace and name."""
    return [pod for pod in api.list("pods") if isinstance(pod, Pod) and pod.node_name == node.name]


class Drain(NamedTuple):
    """What draining a Node would do: who goes, and who speaks against it.

    `going` are the Pods to evict; of these `bare` have no controller that would replace them and `local` lose an
    emptyDir. `daemons` belong to a DaemonSet and stay.
    """

    going: tuple[Pod, ...]
    daemons: tuple[Pod, ...]
    bare: tuple[Pod, ...]
    local: tuple[Pod, ...]


def drain_of(api: ApiServer, node: KubeObject) -> Drain:
    """Sort the Pods of a Node as `kubectl drain` does; mirror Pods of static ones are left out.

    Source of the rule: https://kubernetes.io/docs/tasks/administer-cluster/safely-drain-node/
    """
    pods = [pod for pod in pods_on(api, node) if not is_mirror(pod)]
    daemons = [pod for pod in pods if not pod.ended and mapping(pod.owner).get("kind") == "DaemonSet"]
    going = [pod for pod in pods if pod not in daemons]
    live = [pod for pod in going if not pod.ended]
    local = [pod for pod in live if any("emptyDir" in v for v in mappings(pod.spec.get("volumes")))]
    bare = [pod for pod in live if pod.owner is None]
    return Drain(tuple(going), tuple(daemons), tuple(bare), tuple(local))


def evict(
    simulation: Simulation,
    pods: Iterable[Pod],
    *,
    why: str,
    on_refusal: Callable[[Pod, ApiError], None] | None = None,
) -> list[tuple[Pod, ApiError]]:
    """Evict Pods as a drain does: one that a budget keeps is asked for again when the cluster has settled.

    Where no budget refuses, nothing but the deletions has happened when this returns.

    Args:
        simulation: the cluster.
        pods: the Pods, in the order in which they are asked for.
        why: the reason that the log notes.
        on_refusal: is told of each refusal, also of those after which another try succeeds.

    Returns:
        The Pods that stay, each with its last refusal (429): no further try would succeed.

    Source of the rule: https://kubernetes.io/docs/tasks/administer-cluster/safely-drain-node/
    """
    waiting = list(pods)
    while True:
        refused: list[tuple[Pod, ApiError]] = []
        for pod in waiting:
            try:
                eviction.evict(simulation.api, pod, why=why)
            except ApiError as error:
                refused.append((pod, error))
                if on_refusal is not None:
                    on_refusal(pod, error)
        if not refused or len(refused) == len(waiting):
            return refused
        simulation.settle()
        waiting = [pod for pod, _ in refused]


def lose(simulation: Simulation, node: Node) -> None:
    """Let a Node fall silent, as when its power fails: its kubelet no longer renews its Lease."""
    if node.name in simulation.kubelets.stopped:
        return
    simulation.kubelets.stop(node.name)
    lease: Manifest = {
        "apiVersion": "coordination.k8s.io/v1",
        "kind": "Lease",
        "metadata": {"name": node.name, "namespace": LEASES},
        "spec": {
            "holderIdentity": node.name,
            "leaseDurationSeconds": 40,
            "renewTime": simulation.api.timestamp,
        },
    }
    simulation.api.register(lease, by=f"kubelet on {node.name}")


def recover(simulation: Simulation, node: Node) -> None:
    """Let a lost Node come back: its kubelet says that it is ready, and looks at its Pods again."""
    if node.name not in simulation.kubelets.stopped:
        return
    api, by = simulation.api, f"kubelet on {node.name}"
    lease = api.store.get((_LEASE, LEASES, node.name))
    if lease is not None:
        api.remove(lease, by=by, why="it is renewed all the time again")
    ready = condition("Ready", "True", "KubeletReady", "kubelet is posting ready status", api.timestamp)
    status = {**mapping(node.status), "conditions": with_condition(node, ready)}
    api.update_status(node, status, by=by, why="it is back")
    simulation.kubelets.start(api, node.name)


# ---- what runs on them


def running_container(pod: Pod, container: str, what: str) -> str:
    """Return the name of a container that runs: the first, if none is named.

    Args:
        pod: the Pod.
        container: the container's name, "" for the first.
        what: what it cannot do while it is not running: "end", "use anything".

    Raises:
        ClusterError: the Pod has no such container, or the container is not running.
    """
    names = [item.name for item in pod.containers]
    chosen = container or names[0]
    if chosen not in names:
        more = ""
        if chosen in [item.name for item in pod.init_containers]:
            more = " That one is an init container: nothing happens to those here."
        near = did_you_mean(str(chosen), names)
        raise ClusterError(f'{pod.ref} has no container "{chosen}".{near}{more} It has: {", ".join(names)}.')
    if pod.phase != "Running":
        then = f' c.settle() lets it start; if it stays so, c.why_pending("{pod.ref}") says why.'
        more = then if pod.phase == "Pending" else ""
        raise ClusterError(f"No container of {pod.ref} is running: the Pod is {pod.phase}.{more}")
    running = [
        text(item.get("name"))
        for item in mappings(pod.status.get("containerStatuses"))
        if mapping(item.get("state")).get("running") is not None
    ]
    if chosen not in running:
        raise ClusterError(
            f'Container "{chosen}" of {pod.ref} is not running now, so it cannot {what}. '
            f"Running: {', '.join(running) or 'none'}. c.settle() lets time pass until it is started again."
        )
    return chosen


def crash(simulation: Simulation, pod: Pod, container: str = "", exit_code: int = 1) -> None:
    """Let a container end by itself; what happens then is for the kubelet to do. Raises ClusterError."""
    simulation.kubelets.end_container(pod, running_container(pod, container, "end"), exit_code)


def use(
    simulation: Simulation,
    pod: Pod,
    container: str = "",
    *,
    cpu: str | float | None = None,
    memory: str | float | None = None,
) -> None:
    """Note how much a container would like to use.

    Args:
        simulation: the cluster.
        pod: the Pod.
        container: the container's name, "" for the first.
        cpu: CPUs as a quantity ("250m", 2); None leaves it as it is.
        memory: bytes as a quantity ("300Mi"); None leaves it as it is.

    Raises:
        ClusterError: the container is not running, or the amount makes no sense.
        QuantityError: the amount is no quantity.
    """
    chosen = running_container(pod, container, "use anything")
    usage = simulation.kubelets.usage.of(pod, chosen)
    new = Use(
        usage.cpu if cpu is None else _amount("cpu", cpu).milli,
        usage.memory if memory is None else _amount("memory", memory).value,
    )
    simulation.kubelets.use(pod, chosen, new)


def _amount(what: str, given: str | float) -> Quantity:
    example = {"cpu": '"250m" or 0.25', "memory": '"300Mi"'}[what]
    try:
        amount = Quantity(given)
    except QuantityError as error:
        raise QuantityError(
            f"{what}={brief(given)}: {error.message}", hint=error.hint or f"Write {example}."
        ) from None
    if amount < Quantity(0):
        raise ClusterError(f"{what}={brief(given)}: nobody uses less than nothing. Write {example}, or 0.")
    if amount > Quantity("1Ei" if what == "memory" else "1M"):
        raise ClusterError(f"{what}={brief(given)} is more than any machine has. Write {example}.")
    if what == "memory" and amount and Quantity(amount.value) != amount:
        raise ClusterError(
            f"{what}={brief(given)} is no whole number of bytes: m means thousandths. Write {example} "
            "(Mi: 1024 * 1024 bytes), or M (1000 * 1000)."
        )
    return amount


def put_static_pods(simulation: Simulation, node: Node, pods: Iterable[KubeObject]) -> None:
    """Put files of Pods into a Node's manifest folder; the Node's kubelet runs them and asks nobody."""
    for pod in pods:
        simulation.kubelets.static_pods.put(node.name, pod.raw)


def take_static_pod(simulation: Simulation, node: Node, name: str) -> None:
    """Take the file of a static Pod, by the name in its manifest, out of a Node's folder. Raises NotFoundError."""
    if not simulation.kubelets.take_away_file(simulation.api, node.name, name):
        there = ", ".join(simulation.kubelets.static_pods.on(node.name)) or "none"
        raise NotFoundError(f'{node.ref} has no file for a static Pod "{name}". There are: {there}.')


# ---- what surrounds the cluster


def provide_load_balancers(simulation: Simulation, cidr: str, ip_mode: str) -> None:
    """Add a cloud-controller-manager that gives load balancers to the Services that ask for one.

    Args:
        simulation: the cluster.
        cidr: the range of their addresses: "198.51.100.0/24".
        ip_mode: `ipMode` of their status: "Proxy" or "VIP".

    Raises:
        ClusterError: a range or a mode that there is not, or load balancers are provided already.
    """
    if ip_mode not in ("VIP", "Proxy"):
        raise ClusterError(f'ip_mode is "Proxy" or "VIP", not "{ip_mode}".')
    if any(isinstance(item, CloudControllerManager) for item in simulation.components):
        raise ClusterError("Somebody provides load balancers already.")
    try:
        provider = CloudControllerManager(cidr, ip_mode)
    except ValueError:
        name = f'"{cidr}"' if isinstance(cidr, str) else brief(cidr)
        raise ClusterError(
            f"{name} is no range of IPv4 addresses: write one such as 198.51.100.0/24."
        ) from None
    simulation.components = (provider, *simulation.components)
