"""Actions on a cluster from outside: scale, label, cordon, drain, crash, ... written once, for the reader and for kubectl.

Actions on objects take the API server, so that kubectl's `--dry-run=server` can try them on a copy. Actions on Nodes
and containers take the simulation.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal, NamedTuple

from k8snotes.api.base import KubeObject, Manifest, mapping, mappings, text
from k8snotes.api.duration import seconds
from k8snotes.api.kinds.node import Node
from k8snotes.api.kinds.pod import Pod
from k8snotes.api.names import label_key, label_value
from k8snotes.api.quantity import Quantity
from k8snotes.api.registry import custom_kind, find_kind
from k8snotes.api.sources import read
from k8snotes.api.workload import Workload
from k8snotes.catalogue import _, named
from k8snotes.control_plane import eviction
from k8snotes.control_plane.apiserver import ApiServer
from k8snotes.control_plane.cloud import BALANCERS, CloudControllerManager
from k8snotes.control_plane.controllers.conditions import condition, with_condition
from k8snotes.control_plane.heartbeats import LEASES, NAMESPACE, renewed
from k8snotes.control_plane.ingress_controller import IngressController, WebComponent
from k8snotes.control_plane.ingress_rules import CLASSES as INGRESS_CLASSES
from k8snotes.control_plane.storage_driver import StorageDriver
from k8snotes.control_plane.storage_rules import CLASSES, DEFAULT_CLASS
from k8snotes.errors import (
    ApiError,
    BadManifestError,
    ClusterError,
    NotFoundError,
    QuantityError,
    brief,
    did_you_mean,
)
from k8snotes.node.loads import Load
from k8snotes.node.programs import Image
from k8snotes.node.static_pods import is_mirror
from k8snotes.node.usage import Use
from k8snotes.simulation import Simulation

__all__ = [
    "Drain",
    "about",
    "cordon",
    "crash",
    "drain_of",
    "edit_metadata",
    "evict",
    "exit_code_of",
    "label_change",
    "lose",
    "pods_on",
    "provide_gateway",
    "provide_ingress",
    "provide_load_balancers",
    "provide_storage",
    "provide_storage_as_usual",
    "recover",
    "running_container",
    "scale",
    "send",
    "status_code",
    "told",
    "use",
    "whole_seconds",
]

_BINDINGS, _RECLAIM = ("WaitForFirstConsumer", "Immediate"), ("Delete", "Retain")

# ---- objects


def send(
    simulation: Simulation,
    source: Any,
    find: Callable[[str], Any],
    put: Callable[[Manifest, bool], KubeObject],
) -> list[KubeObject]:
    """Send every document of a source to the API server, and keep those that it accepts.

    Args:
        simulation: the cluster.
        source: text, a path, manifests, or a name that `find` knows.
        find: returns the path of a named application, or None.
        put: sends one manifest, by POST, PUT or as `kubectl apply`; the second argument says whether it was read as
            text. A manifest that is a value is sent as JSON.

    Raises:
        SnapshotError: the cluster is a snapshot.
        ApiError: documents were refused. It is the error of the first one, with all errors in `.errors`.
    """
    simulation.may_change()
    loaded = read(source, find, kinds_known=False)
    errors: list[ApiError] = [BadManifestError(problem) for problem in loaded.problems]
    stored: list[KubeObject] = []
    for number, obj in enumerate(loaded.objects):
        try:
            stored.append(put(obj.raw, obj.source.line is not None))
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
    """Write how many Pods a workload wants. Returns the stored workload.

    Source of the rule: the subresource `scale`, https://kubernetes.io/docs/reference/kubectl/generated/kubectl_scale/
    """

    def edit(manifest: Manifest) -> None:
        manifest["spec"]["replicas"] = replicas

    return api.change(obj, edit, by="kubectl", verb="scale", why=_("to {replicas}", replicas=replicas))


def label_change(change: str) -> tuple[str, str | None]:
    """Read "key=value" or "key-" as the key and its new value, None where it is to be removed. Raises ClusterError.

    >>> label_change("app=web"), label_change("old-")
    (('app', 'web'), ('old', None))
    """
    if not isinstance(change, str):
        raise ClusterError(
            _('A change of labels is text such as "app=web" or "old-", not {value}.', value=brief(change))
        )
    key, equals, value = change.partition("=")
    if not equals:
        if not change.endswith("-"):
            raise ClusterError(
                _(
                    '"{change}" does not change a label. '
                    'Write "key=value" to set a label, or "key-" to remove one.',
                    change=change,
                )
            )
        return change[:-1], None
    wrong = label_key(key) or label_value(value)
    if wrong:
        raise ClusterError(f'invalid label "{change}": {"; ".join(wrong)}')
    return key, value


def edit_metadata(
    api: ApiServer, obj: KubeObject, field: str, changes: Mapping[str, str | None], *, verb: str, why: str
) -> KubeObject:
    """Set and remove labels or annotations; None removes a key. Returns the stored object.

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
    """Keep new Pods away from a Node, or allow them again; Pods that run there continue to run."""

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
    """What draining a Node would do: which Pods leave, and which Pods are a reason against it.

    `going` are the Pods to evict. Of these, `bare` have no controller that would replace them, and `local` lose an
    emptyDir. `daemons` belong to a DaemonSet and stay.
    """

    going: tuple[Pod, ...]
    daemons: tuple[Pod, ...]
    bare: tuple[Pod, ...]
    local: tuple[Pod, ...]


def drain_of(api: ApiServer, node: KubeObject) -> Drain:
    """Sort the Pods of a Node as `kubectl drain` does; mirror Pods of static Pods are left out.

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
    grace: int | None = None,
    client: ApiServer | None = None,
    on_refusal: Callable[[Pod, ApiError], None] | None = None,
) -> list[tuple[Pod, ApiError]]:
    """Evict Pods as a drain does: an eviction that a budget refuses is tried again when the cluster has settled.

    If no budget refuses, only the deletions have happened when this function returns.

    Args:
        simulation: the cluster.
        pods: the Pods, in the order of their eviction.
        why: the reason that the log notes.
        grace: how many seconds each Pod is given to stop, None for as long as it asks for itself.
        client: the API server as the one who drains sees it; None for the administrator.
        on_refusal: is called for each refusal, even if a later attempt succeeds.

    Returns:
        The Pods that stay, each with its last refusal (429): no further attempt would succeed.

    Source of the rule: https://kubernetes.io/docs/tasks/administer-cluster/safely-drain-node/
    """
    waiting = list(pods)
    while True:
        refused: list[tuple[Pod, ApiError]] = []
        for pod in waiting:
            try:
                if client is not None:
                    client.permit("create", pod.resource, pod.namespace, pod.name, "eviction")
                eviction.evict(simulation.api, pod, why=why, grace=grace)
            except ApiError as error:
                refused.append((pod, error))
                if on_refusal is not None:
                    on_refusal(pod, error)
        if not refused or len(refused) == len(waiting):
            return refused
        simulation.settle()
        waiting = [pod for pod, _error in refused]


def lose(simulation: Simulation, node: Node) -> None:
    """Let a Node fail, as after a power failure: its kubelet no longer renews the Node's Lease."""
    if node.name in simulation.kubelets.stopped:
        return
    simulation.kubelets.stop(simulation.api, node.name)
    api = simulation.api
    lease: Manifest = renewed(api, node).manifest
    lease["spec"]["renewTime"] = api.timestamp
    why = _("this is the last time, because the Node has failed")
    api.register(lease, by=f"kubelet on {node.name}", verb="renew", why=why)


def recover(simulation: Simulation, node: Node) -> None:
    """Let a lost Node come back: its kubelet reports that the Node is ready, and manages its Pods again."""
    if node.name not in simulation.kubelets.stopped:
        return
    api, by = simulation.api, f"kubelet on {node.name}"
    lease = api.store.get((LEASES, NAMESPACE, node.name))
    if lease is not None:
        api.remove(lease, by=by, why=_("the kubelet renews the Lease again"))
    ready = condition("Ready", "True", "KubeletReady", "kubelet is posting ready status", api.timestamp)
    status = {**mapping(node.status), "conditions": with_condition(node, ready)}
    api.update_status(node, status, by=by, why=_("the Node is back"))
    simulation.kubelets.start(api, node.name)


# ---- what runs on them


def running_container(pod: Pod, container: str, action: Literal["end", "use"]) -> str:
    """Return the name of a container that is running: the first one, if none is named.

    Args:
        pod: the Pod.
        container: the container's name, "" for the first.
        action: what the container has to run for: "end", or "use" (of CPU and memory).

    Raises:
        ClusterError: the Pod has no such container, or the container is not running.
    """
    names = [item.name for item in pod.containers]
    if action == "end":
        names += [item.name for item in pod.ephemeral_containers]
    chosen = container or names[0]
    if chosen not in names:
        raise ClusterError(_no_container(pod, str(chosen), names))
    if pod.phase != "Running":
        raise ClusterError(
            _(
                "No container of {pod} is running, because the Pod is Pending. c.settle() lets the Pod start. "
                'If it stays Pending, c.why_pending("{pod}") shows the reason.',
                pod=pod.ref,
            )
            if pod.phase == "Pending"
            else _(
                "No container of {pod} is running, because the Pod is {phase}.", pod=pod.ref, phase=pod.phase
            )
        )
    running = [
        text(item.get("name"))
        for field in ("containerStatuses", "ephemeralContainerStatuses")
        for item in mappings(pod.status.get(field))
        if mapping(item.get("state")).get("running") is not None
    ]
    if chosen not in running:
        parts = {
            "container": chosen,
            "pod": pod.ref,
            "running": named(running) or _("none"),
        }
        raise ClusterError(
            _(
                'Container "{container}" of {pod} cannot end, because it is not running. '
                "Running containers: {running}. c.settle() lets time pass until the container is started again.",
                **parts,
            )
            if action == "end"
            else _(
                'Container "{container}" of {pod} cannot use anything, because it is not running. '
                "Running containers: {running}. c.settle() lets time pass until the container is started again.",
                **parts,
            )
        )
    return chosen


def _no_container(pod: Pod, name: str, names: list[str]) -> str:
    if name in [item.name for item in pod.init_containers]:
        return _(
            'Container "{container}" of {pod} is an init container, and nothing can be done to init containers '
            "here. The containers of {pod} are: {names}.",
            pod=pod.ref,
            container=name,
            names=named(names),
        )
    return _no_such_container(pod, name, names)


def _no_such_container(obj: KubeObject, name: str, names: list[str]) -> str:
    return _(
        '{object} has no container "{container}".{did_you_mean} Its containers are: {names}.',
        object=obj.ref,
        container=name,
        did_you_mean=did_you_mean(name, names),
        names=named(names),
    )


def crash(simulation: Simulation, pod: Pod, container: str = "", exit_code: int = 1) -> None:
    """Let a container end by itself; the kubelet then restarts it or not. Raises ClusterError."""
    simulation.kubelets.end_container(pod, running_container(pod, container, "end"), exit_code)


def use(
    simulation: Simulation,
    pod: Pod,
    container: str = "",
    *,
    cpu: str | float | None = None,
    memory: str | float | None = None,
) -> None:
    """Note how much CPU and memory a container tries to use.

    Args:
        simulation: the cluster.
        pod: the Pod.
        container: the container's name, "" for the first.
        cpu: CPUs as a quantity ("250m", 2); None leaves it as it is.
        memory: bytes as a quantity ("300Mi"); None leaves it as it is.

    Raises:
        ClusterError: the container is not running, or the amount makes no sense.
        QuantityError: the amount is not a quantity.
    """
    chosen = running_container(pod, container, "use")
    usage = simulation.kubelets.usage.of(pod, chosen)
    new = Use(
        usage.cpu if cpu is None else _amount("cpu", cpu).milli,
        usage.memory if memory is None else _amount("memory", memory).value,
    )
    simulation.kubelets.use(pod, chosen, new)


def load(
    simulation: Simulation,
    workload: Workload,
    container: str = "",
    *,
    cpu: str | float | None = None,
    memory: str | float | None = None,
    shared: bool = False,
) -> None:
    """Note how much CPU and memory the Pods of a workload try to use, those to come too.

    Args:
        simulation: the cluster.
        workload: what makes the Pods.
        container: the name of their container, "" for the first.
        cpu: CPUs as a quantity ("250m", 2); None leaves it as it is.
        memory: bytes as a quantity ("300Mi"); None leaves it as it is.
        shared: whether this is for all Pods together; else each Pod uses it.

    Raises:
        ClusterError: there is no such container, or the amount makes no sense.
        QuantityError: the amount is not a quantity.
    """
    spec = workload.resource.pod_spec_of(workload.raw) or {}
    names = [text(item.get("name")) for item in mappings(spec.get("containers"))]
    if container and container not in names:
        raise ClusterError(_no_such_container(workload, container, names))
    if container == names[0]:
        container = ""
    loads = simulation.kubelets.loads
    before = loads.of(workload.uid, container)
    new = Load(
        container,
        (before.cpu if before else None) if cpu is None else _amount("cpu", cpu).milli,
        (before.memory if before else None) if memory is None else _amount("memory", memory).value,
        shared,
    )
    simulation.kubelets.load(simulation.api, workload, new)


def _amount(what: str, given: str | float) -> Quantity:
    example = {"cpu": _('"250m" or 0.25'), "memory": '"300Mi"'}[what]
    parts = {"what": what, "given": brief(given), "example": example}
    try:
        amount = Quantity(given)
    except QuantityError as error:
        raise QuantityError(
            _("{what}={given} is not a quantity: {message}", **parts, message=error.message),
            hint=error.hint or _("Write {example}.", example=example),
        ) from None
    if amount < Quantity(0):
        raise ClusterError(
            _("{what}={given} is negative, but usage is never negative. Write {example}, or 0.", **parts)
        )
    if amount > Quantity("1Ei" if what == "memory" else "1M"):
        raise ClusterError(_("{what}={given} is more than any machine has. Write {example}.", **parts))
    if what == "memory" and amount and Quantity(amount.value) != amount:
        raise ClusterError(
            _(
                "{what}={given} is not a whole number of bytes. The suffix m means thousandths. "
                "Write {example} (Mi is 1024 * 1024 bytes), or use M (1000 * 1000 bytes).",
                **parts,
            )
        )
    return amount


# ---- what the programs in containers do


def about(simulation: Simulation, ref: str, container: str = "") -> KubeObject | Image:
    """Return what a reader says something about: a Pod, a workload (each of its Pods), or an image.

    Args:
        simulation: the cluster.
        ref: "pod/web-1", "deploy/web" or "image/web:1.6".
        container: the name of a container of it, "" for every one.

    Raises:
        RefError: the text is not a reference.
        NotFoundError: there is no such object.
        ClusterError: the object has no containers, or none of this name.
    """
    if isinstance(ref, str) and ref.startswith("image/"):
        return Image(ref.removeprefix("image/"))
    obj = simulation.lookup.at(ref, "listen")
    spec = obj.resource.pod_spec_of(obj.raw)
    if spec is None:
        raise ClusterError(
            _(
                "{object} has no containers. Name a Pod, a workload, or an image, as in image/web:1.6.",
                object=obj.ref,
            )
        )
    names = [text(item.get("name")) for item in _all_containers(spec)]
    if container and container not in names:
        raise ClusterError(_no_such_container(obj, container, names))
    return obj


def _all_containers(spec: Manifest) -> list[Manifest]:
    fields = "initContainers", "containers", "ephemeralContainers"
    return [item for field in fields for item in mappings(spec.get(field))]


def write_log(simulation: Simulation, ref: str, written: str, container: str = "") -> None:
    """Let programs that run now write lines to their logs.

    Args:
        simulation: the cluster.
        ref: a Pod, a workload (each of its Pods) or an image (each container that runs it).
        written: the lines.
        container: the name of the container, "" for the first one of each Pod.

    Raises:
        RefError: the text is not a reference.
        NotFoundError: there is no such object.
        ClusterError: the object has no containers, none of this name, or none that runs now.
    """
    target = about(simulation, ref, container)
    programs = simulation.programs
    written_by = []
    for pod in simulation.api.list("pods"):
        if not isinstance(pod, Pod):
            continue
        first = "" if isinstance(target, Image) or not pod.containers else pod.containers[0].name
        written_by += [
            (pod, item)
            for item in programs.running(pod)
            if (container or first) in ("", item.name) and programs.concerns(target, pod, item)
        ]
    if not written_by:
        raise ClusterError(
            _(
                "No such container of {object} runs now, so none can write to its log. "
                "c.settle() and c.wait() let time pass.",
                object=target.ref,
            )
        )
    for pod, item in written_by:
        simulation.kubelets.write_log(simulation.api, pod, item, written)


def told(simulation: Simulation) -> None:
    """Let the kubelets look again at their Pods: a reader has said what programs do."""
    if not simulation.snapshot:
        simulation.kubelets.told(simulation.api)


def whole_seconds(what: str, given: str | float | None) -> int:
    """Return a length of time in whole seconds, rounded up.

    Args:
        what: the name of the argument, for messages.
        given: seconds, or a duration such as "90s", "10m" or "2h".

    Raises:
        ClusterError: it is no duration, or it is negative.

    >>> whole_seconds("duration", "1m30s"), whole_seconds("duration", 5)
    (90, 5)
    """
    parts = {"what": what, "given": brief(given)}
    try:
        number = seconds(given) if isinstance(given, str) else float(given)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        raise ClusterError(
            _(
                '{what}={given} is not a length of time. Write seconds, or text such as "90s", "10m" or "2h".',
                **parts,
            )
        ) from None
    if not 0 <= number <= _MOST_SECONDS:
        raise ClusterError(
            _(
                "{what}={given} is out of range. A length of time here is from 0 seconds to ten years.",
                **parts,
            )
        )
    return math.ceil(number)


_MOST_SECONDS = 10 * 366 * 86_400


def status_code(given: object) -> int:
    """Return the status of an HTTP answer. Raises ClusterError for what is none."""
    if not isinstance(given, int) or isinstance(given, bool) or not 100 <= given <= 599:
        raise ClusterError(
            _(
                "status={given} is no status of HTTP. Write a number from 100 to 599, such as 200 or 503.",
                given=brief(given),
            )
        )
    return given


def exit_code_of(given: object) -> int:
    """Return the exit code of a program. Raises ClusterError for what is none."""
    if not isinstance(given, int) or isinstance(given, bool) or not 0 <= given <= 255:
        raise ClusterError(
            _(
                "exit_code={given} is no exit code. Write a number from 0 to 255; 0 means success.",
                given=brief(given),
            )
        )
    return given


def put_static_pods(simulation: Simulation, node: Node, pods: Iterable[KubeObject]) -> None:
    """Put files of Pods into a Node's manifest folder; the Node's kubelet runs them without asking the API server."""
    for pod in pods:
        simulation.kubelets.static_pods.put(node.name, pod.raw)


def take_static_pod(simulation: Simulation, node: Node, name: str) -> None:
    """Remove the file of a static Pod, by the name in its manifest, from a Node's folder. Raises NotFoundError."""
    if not simulation.kubelets.take_away_file(simulation.api, node.name, name):
        there = named(simulation.kubelets.static_pods.on(node.name)) or _("none")
        raise NotFoundError(
            _(
                '{node} has no file for a static Pod "{name}". Its static Pods are: {there}.',
                node=node.ref,
                name=name,
                there=there,
            )
        )


# ---- what surrounds the cluster


def provide_load_balancers(simulation: Simulation, cidr: str, ip_mode: str) -> None:
    """Add a cloud-controller-manager that provides load balancers for the Services of type LoadBalancer.

    Args:
        simulation: the cluster.
        cidr: the range of their addresses: "198.51.100.0/24".
        ip_mode: `ipMode` of their status: "Proxy" or "VIP".

    Raises:
        ClusterError: the range or the mode does not exist, or load balancers are provided already.
    """
    if ip_mode not in ("VIP", "Proxy"):
        raise ClusterError(_('ip_mode must be "Proxy" or "VIP", not "{mode}".', mode=ip_mode))
    for item in simulation.components:
        if isinstance(item, CloudControllerManager):
            if item.implied and (cidr, ip_mode) == (BALANCERS, item.ip_mode):
                item.implied = (
                    False  # it came with an Ingress or a Gateway controller, and is what is asked for
                )
                return
            raise ClusterError(_("This cluster already has a provider of load balancers."))
    try:
        provider = CloudControllerManager(cidr, ip_mode)
    except ValueError:
        name = f'"{cidr}"' if isinstance(cidr, str) else brief(cidr)
        raise ClusterError(
            _("{name} is not a range of IPv4 addresses. Write a range such as 198.51.100.0/24.", name=name)
        ) from None
    simulation.components = (provider, *simulation.components)


def provide_ingress(simulation: Simulation, name: str, *, controller: str, default: bool) -> None:
    """Add an Ingress controller, with its class and the Pod and the Service of its program.

    Where nothing provides load balancers yet, they are provided, too: its Service needs one.

    Args:
        simulation: the cluster.
        name: the name of its IngressClass: "nginx".
        controller: the name by which classes name it: "k8s.io/ingress-nginx".
        default: whether Ingresses that name no class get this one.

    Raises:
        ClusterError: this controller is there already, or the class belongs to another one.
        ApiError: the API server refuses the class.
    """
    _check_new(simulation, name, controller)
    component = IngressController(name, controller)
    there = simulation.api.store.get((INGRESS_CLASSES, "", name))
    wants = text(there.spec.get("controller")) if there is not None else controller
    if there is not None and wants != controller:
        raise ClusterError(
            _(
                "{ingress_class} has the controller {there}, not {controller}.",
                ingress_class=there.ref,
                there=wants,
                controller=controller,
            )
        )
    _install(simulation, component.manifests(default=bool(default)))
    _add_web_controller(simulation, component)


def provide_gateway(simulation: Simulation, name: str, *, controller: str) -> None:
    """Add the kinds of the Gateway API, and a Gateway controller with its class.

    Where nothing provides load balancers yet, they are provided, too: each Gateway needs one.

    Args:
        simulation: the cluster.
        name: the name of its GatewayClass: "example-class".
        controller: the name by which classes name it: "example.com/gateway-controller".

    Raises:
        ClusterError: this controller is there already.
        ApiError: the API server refuses the class.
    """
    from k8snotes.control_plane.gateway_controller import GatewayController  # noqa: PLC0415  # few clusters have one

    _check_new(simulation, name, controller)
    component = GatewayController(name, controller)
    _install(simulation, component.manifests())
    _add_web_controller(simulation, component)


def _check_new(simulation: Simulation, name: str, controller: str) -> None:
    """Raise ClusterError for names that are none, and for a controller that is there already."""
    for what, value, example in (
        ("name", name, "nginx"),
        ("controller", controller, "example.com/controller"),
    ):
        if not isinstance(value, str) or not value:
            raise ClusterError(
                _(
                    '{what} is text such as "{example}", not {value}.',
                    what=what,
                    example=example,
                    value=brief(value),
                )
            )
    if any(controller == item.name for item in simulation.web_controllers):
        raise ClusterError(_("This cluster already has the controller {controller}.", controller=controller))


def _install(simulation: Simulation, manifests: Iterable[Manifest]) -> None:
    """Create the objects of a program that are not there yet."""
    for manifest in manifests:
        kind = find_kind(manifest["apiVersion"], manifest["kind"]) or custom_kind(
            manifest["apiVersion"], manifest["kind"]
        )
        meta = manifest["metadata"]
        if simulation.api.store.get((kind.qualified, meta.get("namespace", ""), meta["name"])) is None:
            simulation.api.create(manifest)


def _add_web_controller(simulation: Simulation, component: WebComponent) -> None:
    """Let a controller run, and provide load balancers if nothing does."""
    *others, last = simulation.components
    simulation.components = (*others, component, last)
    if not any(isinstance(item, CloudControllerManager) for item in simulation.components):
        provider = CloudControllerManager(BALANCERS, "Proxy")
        provider.implied = True
        simulation.components = (provider, *simulation.components)


def provide_storage_as_usual(simulation: Simulation) -> None:
    """Add a storage driver with the default StorageClass "standard", as most clusters have them."""
    provide_storage(
        simulation,
        "standard",
        provisioner="disk.csi.example.com",
        binding="WaitForFirstConsumer",
        reclaim="Delete",
        expansion=True,
        default=True,
        local=False,
    )


def provide_storage(
    simulation: Simulation,
    name: str,
    *,
    provisioner: str,
    binding: str,
    reclaim: str,
    expansion: bool,
    default: bool,
    local: bool,
) -> None:
    """Add a storage driver and a StorageClass whose volumes it makes.

    A class of this name that is there already and names the same provisioner stays as it is.

    Args:
        simulation: the cluster.
        name: the name of the class: "standard".
        provisioner: the name of the driver: "disk.csi.example.com".
        binding: `volumeBindingMode` of the class: "WaitForFirstConsumer" or "Immediate".
        reclaim: `reclaimPolicy` of the class: "Delete" or "Retain".
        expansion: `allowVolumeExpansion` of the class.
        default: whether claims that name no class get this one.
        local: whether a volume is a directory on one Node.

    Raises:
        ClusterError: a word is none of these, or this driver is there already.
        ApiError: the API server refuses the class.
    """
    if binding not in _BINDINGS:
        raise ClusterError(
            _('binding must be "WaitForFirstConsumer" or "Immediate", not {value}.', value=brief(binding))
        )
    if reclaim not in _RECLAIM:
        raise ClusterError(_('reclaim must be "Delete" or "Retain", not {value}.', value=brief(reclaim)))
    if not isinstance(provisioner, str) or provisioner.startswith("kubernetes.io/"):
        raise ClusterError(
            _(
                'provisioner is the name of a driver, such as "disk.csi.example.com", not {value}.',
                value=brief(provisioner),
            )
        )
    if local and binding == "Immediate":
        raise ClusterError(
            _(
                'A local volume is made on the Node of its first Pod. Write binding="WaitForFirstConsumer" with '
                "local=True."
            )
        )
    if any(isinstance(item, StorageDriver) and item.name == provisioner for item in simulation.components):
        raise ClusterError(
            _("This cluster already has the storage driver {provisioner}.", provisioner=provisioner)
        )
    there = simulation.api.store.get((CLASSES, "", name)) if isinstance(name, str) else None
    if there is not None and text(there.raw.get("provisioner")) != provisioner:
        raise ClusterError(
            _(
                "{storage_class} has the provisioner {there}, not {provisioner}.",
                storage_class=there.ref,
                there=text(there.raw.get("provisioner")),
                provisioner=provisioner,
            )
        )
    if there is None:
        manifest: Manifest = {
            "apiVersion": "storage.k8s.io/v1",
            "kind": "StorageClass",
            "metadata": {"name": name, "annotations": {DEFAULT_CLASS: "true"} if default else {}},
            "provisioner": provisioner,
            "reclaimPolicy": reclaim,
            "volumeBindingMode": binding,
            "allowVolumeExpansion": bool(expansion),
        }
        simulation.api.create(manifest, by=provisioner)
    *others, last = simulation.components
    simulation.components = (*others, StorageDriver(provisioner, local=bool(local)), last)
