"""What a container is given: its environment and its files, as they were when it started and as they are now.

Variables and `subPath` mounts are fixed when a container starts; the other files of volumes follow their objects.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from k8snotes.api.base import KubeObject, Manifest, mapping, mappings, text
from k8snotes.api.kinds.node import Node
from k8snotes.api.kinds.pod import Container, Pod
from k8snotes.api.kinds.service import Service
from k8snotes.control_plane.apiserver import ApiServer
from k8snotes.control_plane.etcd import Key
from k8snotes.control_plane.granted import NOTHING, Granted
from k8snotes.node.account_folder import account_of, account_volume, with_account
from k8snotes.node.container_environment import ConfigError, Environment, Find, Variable, environment, lack
from k8snotes.node.container_files import (
    Mount,
    Tree,
    Volume,
    VolumeError,
    failures_of,
    has_key,
    mounts_of,
    tree_of,
    volume_error,
    volume_of,
)
from k8snotes.node.expansion import expand
from k8snotes.node.pod_references import (
    RESOURCES,
    Reference,
    of_environment,
    of_pod,
    of_volume,
    used_volumes,
)
from k8snotes.node.service_links import linked_services

__all__ = ["Given", "Seen", "Starts", "config_error", "mount_errors", "seen", "waits_for"]

_OWN_FIELDS = ("metadata.labels", "metadata.annotations")
_CHANGING = ("configMapKeyRef", "secretKeyRef", "resourceFieldRef")


class Given:
    """What a container is given at one moment, kept as the objects of that moment, which never change.

    Nothing is worked out before it is asked for.

    Args:
        pod: the Pod.
        container: the container.
        node: the Node that it runs on.
        objects: the ConfigMaps and Secrets that it needs, by kind and name.
        services: the Services that it has variables for.

    >>> import k8snotes as kn
    >>> c = kn.Cluster(nodes=1)
    >>> _created = c.kubectl("create configmap app --from-literal=color=blue")
    >>> raw = {"name": "web", "envFrom": [{"configMapRef": {"name": "app"}}]}
    >>> pod = Pod({"metadata": {"name": "web"}, "spec": {"containers": [raw]}})
    >>> given = Given.of(c.api, pod, pod.containers[0], c["node/node-1"])
    >>> [variable for variable in given.environment().variables if variable.name == "color"]
    [Variable(name='color', value='blue', source=Source(sort='ConfigMap', name='app', key='color'))]
    """

    __slots__ = ("container", "node", "objects", "pod", "services")

    def __init__(
        self,
        pod: Pod,
        container: Container,
        node: Node | None,
        objects: Mapping[tuple[str, str], KubeObject | None],
        services: tuple[Service, ...] = (),
    ) -> None:
        self.pod, self.container, self.node = pod, container, node
        self.objects, self.services = objects, services

    @classmethod
    def of(
        cls,
        api: ApiServer,
        pod: Pod,
        container: Container,
        node: Node | None,
        services: tuple[Service, ...] | None = None,
    ) -> Given:
        """Return what a container would be given now.

        Args:
            api: the API server.
            pod: the Pod.
            container: one of its containers.
            node: the Node that it runs on.
            services: the Services that it has variables for, None to look them up.
        """
        find = _finder(api, pod)
        references = [*of_environment(container.raw)]
        for volume in _with_sub_paths(pod, container):
            references += of_volume(volume, account_of(pod))
        objects = {(ref.kind, ref.name): find(ref.kind, ref.name) for ref in references}
        linked = tuple(linked_services(api, pod)) if services is None else services
        return cls(pod, container, node, objects, linked)

    def find(self, kind: str, name: str) -> KubeObject | None:
        """Return an object as it was, None if there was none."""
        return self.objects.get((kind, name))

    def environment(self, pod: Pod | None = None, *, started: str = "") -> Environment:
        """Return the variables.

        Args:
            pod: the Pod as it is now, which knows its addresses, if it did not at that moment.
            started: when the container started; Services that were made later have no variables. "" for this moment.
        """
        then = self.pod
        if pod is not None and not then.ip:
            then = Pod({**then.raw, "status": pod.status})
        return environment(then, self.container, self.node, self.find, self.services, started=started)

    def volume(self, name: str) -> Volume | None:
        """Return a volume of the Pod, None if it has none of this name."""
        for item in mappings(self.pod.spec.get("volumes")):
            if item.get("name") == name:
                return volume_of(item, self.pod, self.node, self.find)
        return None


def _finder(api: ApiServer, pod: Pod) -> Find:
    get, namespace = api.store.get, pod.namespace
    return lambda kind, name: get((RESOURCES[kind], namespace, name))


def _has_sub_path(entry: Manifest) -> bool:
    return bool(entry.get("subPath") or entry.get("subPathExpr"))


def _with_sub_paths(pod: Pod, container: Container) -> list[Manifest]:
    """Return the volumes of which a container mounts a part."""
    names = {
        entry.get("name") for entry in mappings(container.raw.get("volumeMounts")) if _has_sub_path(entry)
    }
    return [item for item in mappings(pod.spec.get("volumes")) if item.get("name") in names] if names else []


# ---- what keeps a container from being configured, and a Pod from its volumes


def config_error(
    api: ApiServer,
    pod: Pod,
    container: Container,
    node: Node | None = None,
    granted: Granted = NOTHING,
) -> ConfigError | None:
    """Return why a container cannot be configured now, None if it can.

    Args:
        api: the API server.
        pod: the Pod.
        container: one of its containers.
        node: the Node that it runs on.
        granted: what is taken for granted if it is missing.

    Source of the rule: `generateContainerConfig` in k8s.io/kubernetes/pkg/kubelet/kuberuntime

    >>> import k8snotes as kn
    >>> raw = {"name": "web", "envFrom": [{"configMapRef": {"name": "app"}}]}
    >>> pod = Pod({"metadata": {"name": "web"}, "spec": {"containers": [raw]}})
    >>> error = config_error(kn.Cluster(nodes=1).api, pod, pod.containers[0])
    >>> error.reason, error.message
    ('CreateContainerConfigError', 'configmap "app" not found')
    """
    raw = container.raw
    env, sources = raw.get("env"), raw.get("envFrom")
    expressions = [entry for entry in mappings(raw.get("volumeMounts")) if entry.get("subPathExpr")]
    if not (env or sources or expressions):
        return None
    find = _finder(api, pod)
    for ref in of_environment(raw):
        error = lack(ref, find(ref.kind, ref.name), pod.namespace)
        if error is not None and not _is_assumed(ref, pod, find, granted):
            return error
    if not expressions and not any(_of_other_container(item) for item in mappings(env)):
        return None
    given = Given.of(api, pod, container, node)
    found = given.environment()
    for error in found.errors:
        if error.needed is None:
            return error
    for entry in expressions:
        _path, missing = _sub_path(entry, found.variables)
        if missing:
            return ConfigError("CreateContainerConfigError", f"missing value for {', '.join(missing)}")
    return None


def _of_other_container(item: Manifest) -> bool:
    return bool(mapping(mapping(item.get("valueFrom")).get("resourceFieldRef")).get("containerName"))


def _is_assumed(ref: Reference, pod: Pod, find: Find, granted: Granted) -> bool:
    """Whether an object is not there, and is taken for granted; if it is there, its keys are what they are."""
    return (ref.kind, pod.namespace, ref.name) in granted and find(ref.kind, ref.name) is None


def mount_errors(api: ApiServer, pod: Pod, granted: Granted = NOTHING) -> list[VolumeError]:
    """Return why volumes of a Pod cannot be set up now, [] if all can.

    Args:
        api: the API server.
        pod: the Pod.
        granted: what is taken for granted if it is missing.

    Source of the rule: `SetUpAt` in k8s.io/kubernetes/pkg/volume/configmap, and beside it for the other sorts

    >>> import k8snotes as kn
    >>> mounts = [{"name": "v", "mountPath": "/v"}]
    >>> spec = {"containers": [{"volumeMounts": mounts}], "volumes": [{"name": "v", "secret": {"secretName": "db"}}]}
    >>> mount_errors(kn.Cluster(nodes=1).api, Pod({"metadata": {"name": "web"}, "spec": spec}))
    [VolumeError(volume='v', message='secret "db" not found')]
    """
    if not pod.spec.get("volumes"):
        return []
    find, errors = _finder(api, pod), []
    for item in used_volumes(pod.spec):
        left = [
            failure
            for failure in failures_of(item, pod, find)
            if not (failure.missing and (failure.kind, pod.namespace, failure.name) in granted)
        ]
        error = volume_error(text(item.get("name")), left)
        if error is not None:
            errors.append(error)
    return errors


def waits_for(pod: Pod) -> frozenset[Key]:
    """Return where the objects are stored without which a Pod's containers cannot start.

    >>> volumes = [{"name": "v", "configMap": {"name": "app"}}]
    >>> spec = {"containers": [{"volumeMounts": [{"name": "v", "mountPath": "/v"}]}], "volumes": volumes}
    >>> waits_for(Pod({"metadata": {"name": "web"}, "spec": spec}))
    frozenset({('configmaps', 'default', 'app')})
    """
    return frozenset(ref.key(pod.namespace) for ref in of_pod(pod.spec) if not ref.optional)


def _sub_path(entry: Manifest, variables: Iterable[Variable]) -> tuple[str, list[str]]:
    """Return the part of its volume that an entry of `volumeMounts` mounts, and the variables that it lacks."""
    expression = text(entry.get("subPathExpr"))
    if not expression:
        return text(entry.get("subPath")), []
    values = {variable.name: variable.value for variable in variables if variable.source.sort != "runtime"}
    missing: dict[str, None] = {}

    def meant(name: str) -> str:
        if not values.get(name):
            missing[name] = None
        return values.get(name, "")

    return expand(expression, meant), sorted(missing)


# ---- what is remembered


class Starts:
    """What containers were given when they started, where it may differ from what they would be given now.

    A container without such values is not remembered.
    """

    def __init__(self) -> None:
        self._given: dict[str, dict[str, Given]] = {}  # by uid of the Pod and name of the container
        self._services: dict[tuple[str, bool], tuple[int, tuple[Service, ...]]] = {}

    def note(self, api: ApiServer, pod: Pod, container: Container, node: Node | None) -> None:
        """Remember what a container is given, which starts now."""
        if _may_change(pod, container):
            given = Given.of(api, pod, container, node, self._linked(api, pod))
            self._given.setdefault(pod.uid, {})[container.name] = given

    def of(self, uid: str, container: str) -> Given | None:
        """Return what a container was given when it last started, None if it is not remembered."""
        return self._given.get(uid, {}).get(container)

    def forget(self, uid: str) -> None:
        """Forget a Pod that is gone."""
        self._given.pop(uid, None)

    def copy(self) -> Starts:
        """Return an independent record in the same state."""
        other = Starts()
        other._given = {uid: starts.copy() for uid, starts in self._given.items()}
        return other

    def __len__(self) -> int:
        return len(self._given)

    def _linked(self, api: ApiServer, pod: Pod) -> tuple[Service, ...]:
        """Return the Services that a Pod has variables for; Pods of one Namespace share them."""
        key = pod.namespace, pod.spec.get("enableServiceLinks") is not False
        changed = api.store.changed("services")
        seen_at, services = self._services.get(key, (-1, ()))
        if seen_at != changed:
            services = tuple(linked_services(api, pod))
            self._services[key] = changed, services
        return services


def _may_change(pod: Pod, container: Container) -> bool:
    """Whether what a container is given may change after its start, and it would not see that."""
    raw = container.raw
    if raw.get("envFrom"):
        return True
    for item in mappings(raw.get("env")):
        source = mapping(item.get("valueFrom"))
        if any(field in source for field in _CHANGING):
            return True
        if text(mapping(source.get("fieldRef")).get("fieldPath")).startswith(_OWN_FIELDS):
            return True
    return bool(_with_sub_paths(pod, container))


# ---- what is seen


class Seen(NamedTuple):
    """What a program in a container sees.

    Args:
        environment: its variables, as they were set when the container started.
        mounts: what is mounted.
        tree: its files.
    """

    environment: Environment
    mounts: tuple[Mount, ...]
    tree: Tree


def seen(
    api: ApiServer,
    pod: Pod,
    container: Container,
    node: Node | None,
    *,
    given: Given | None = None,
    kubelets: Mapping[str, str] | None = None,
    as_written: bool = False,
) -> Seen:
    """Return what a program in a container sees now.

    Args:
        api: the API server.
        pod: the Pod as it is now.
        container: one of its containers.
        node: the Node that it runs on.
        given: what the container was given when it started; None if that is not remembered, and is what it would be
            given now.
        kubelets: the files that the kubelet and the runtime write for each container, by path.
        as_written: whether the Pod has all its volumes, as in a dump; else it sees the folder of its ServiceAccount,
            too, which admission would have written into it.
    """
    then = given or Given.of(api, pod, container, node)
    found = then.environment(pod, started="" if given else _started(pod, container))
    last = _last_good(api, pod)
    volumes: dict[str, Volume] = {}
    mounts: list[Mount] = []
    items = used_volumes(pod.spec)
    account = (
        None if as_written else account_volume(pod, _finder(api, pod)("ServiceAccount", account_of(pod)))
    )
    if account is not None:
        items, container = [*items, account], with_account(container)
    for item in items:
        volume = volume_of(item, pod, node, last(item))
        # what the kubelet cannot write again stays as it was
        volumes[volume.name] = volume._replace(known=False, written=()) if volume.failures else volume
    for mount in mounts_of(pod, container, volumes, lambda entry: _sub_path(entry, found.variables)[0]):
        part = then.volume(mount.volume.name) if mount.sub_path and mount.volume.is_written else None
        mounts.append(mount._replace(volume=part) if part is not None else mount)
    stamp = (text(pod.status.get("startTime")) or "0").translate(str.maketrans("-T:", "___", "Z"))
    return Seen(found, tuple(mounts), tree_of(pod, container, mounts, kubelets or {}, stamp))


def _started(pod: Pod, container: Container) -> str:
    """Return when a container started, else when its Pod did, "" if neither is known."""
    for field in ("containerStatuses", "initContainerStatuses"):
        for item in mappings(pod.status.get(field)):
            if item.get("name") == container.name:
                at = text(mapping(mapping(item.get("state")).get("running")).get("startedAt"))
                return at or text(pod.status.get("startTime"))
    return text(pod.status.get("startTime"))


def _last_good(api: ApiServer, pod: Pod) -> Callable[[Manifest], Find]:
    """Return what finds the objects of a volume as they were when the kubelet could last write it."""
    find = _finder(api, pod)

    def of_item(volume: Manifest) -> Find:
        references = {(ref.kind, ref.name): ref for ref in of_volume(volume, account_of(pod))}

        def last(kind: str, name: str) -> KubeObject | None:
            obj, ref = find(kind, name), references.get((kind, name))
            if ref is None or ref.optional or _has_keys(obj, ref):
                return obj
            resource, namespace, _name = ref.key(pod.namespace)
            for event in reversed([*api.store.watch(0, resource)]):
                before = event.object if event.type == "DELETED" else event.old
                if event.key == (resource, namespace, name) and _has_keys(before, ref):
                    return before
            return obj

        return last

    return of_item


def _has_keys(obj: KubeObject | None, ref: Reference) -> bool:
    return obj is not None and all(has_key(obj, key) for key in ref.keys)
