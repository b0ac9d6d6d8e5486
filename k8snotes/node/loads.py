"""Loads: what all Pods of a workload use, as a reader says it, those to come too."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from k8snotes.api.base import KubeObject, mapping, mappings, text
from k8snotes.api.kinds.pod import Pod
from k8snotes.api.reader import pods_of
from k8snotes.control_plane.apiserver import ApiServer
from k8snotes.node.usage import Usage, Use

__all__ = ["Load", "Loads", "makers"]


class Load(NamedTuple):
    """What the Pods of one workload use.

    Args:
        container: the name of the container that uses it; "" for the first of each Pod.
        cpu: in millicores, None if nothing was said of it.
        memory: in bytes, None if nothing was said of it.
        shared: whether this is for all Pods together, which divide it while they are ready; else each Pod uses it.
    """

    container: str = ""
    cpu: int | None = None
    memory: int | None = None
    shared: bool = False


class Loads:
    """The loads of a cluster's workloads.

    A load follows the Pods: a new container gets it when it runs, and a shared one is divided anew whenever the
    number of ready Pods changes. What is said of a single Pod holds for this Pod until its container starts again.
    """

    def __init__(self) -> None:
        self._loads: dict[tuple[str, str], Load] = {}  # by the workload's uid, and the container
        self._said: set[tuple[str, str]] = set()  # Pods (uid) and containers of which something else was said

    def __bool__(self) -> bool:
        return bool(self._loads)

    def of(self, uid: str, container: str = "") -> Load | None:
        """Return what was said of a workload."""
        return self._loads.get((uid, container))

    def all_of(self, uid: str) -> list[Load]:
        """Return all that was said of a workload, of any container."""
        return [load for (owner, _), load in self._loads.items() if owner == uid]

    def set(self, api: ApiServer, workload: KubeObject, load: Load) -> None:
        """Note what the Pods of a workload use from now on."""
        self._loads[workload.uid, load.container] = load
        mine = {pod.uid for pod in pods_of(api, workload.namespace) if workload.uid in makers(api, pod)}
        self._said = {item for item in self._said if item[0] not in mine}

    def said(self, pod: Pod, container: str) -> None:
        """Note that something was said of one Pod alone."""
        if self._loads:
            self._said.add((pod.uid, container))

    def forget(self, uid: str, container: str | None = None) -> None:
        """Forget what was said of a Pod alone: its container has ended, or the Pod is gone."""
        if self._said:
            self._said = {item for item in self._said if item[0] != uid or container not in (None, item[1])}

    def spread(self, api: ApiServer, usage: Usage) -> Iterator[tuple[Pod, str, Use]]:
        """Yield every container whose use is another one now than it was, with the new use.

        Args:
            api: the API server.
            usage: what the containers use until now.
        """
        for key in [key for key in self._loads if api.store.with_uid(key[0]) is None]:
            del self._loads[key]
        of_workload: dict[str, list[Pod]] = {uid: [] for uid, _ in self._loads}
        for pod in pods_of(api):
            if pod.phase == "Running":
                for uid in makers(api, pod):
                    if uid in of_workload:
                        of_workload[uid].append(pod)
        for (uid, name), load in self._loads.items():
            pods = of_workload[uid]
            alone = [pod for pod in pods if (pod.uid, _container(pod, name)) not in self._said]
            serving = [pod for pod in alone if not load.shared or (pod.ready and not pod.terminating)]
            for i, pod in enumerate(serving):
                yield from _change(pod, name, _part(load, i, len(serving)), usage)
            nothing = load._replace(cpu=_none(load.cpu), memory=_none(load.memory))
            serve = {pod.uid for pod in serving}
            for pod in alone:
                if pod.uid not in serve:
                    yield from _change(pod, name, nothing, usage)

    def copy(self) -> Loads:
        """Return an independent record in the same state."""
        other = Loads()
        other._loads, other._said = self._loads.copy(), self._said.copy()
        return other


def makers(api: ApiServer, obj: KubeObject) -> Iterator[str]:
    """Yield the uids of what has made an object, the nearest first: of a Pod its ReplicaSet, and its Deployment."""
    for owner in mappings(obj.metadata.get("ownerReferences")):
        uid = text(owner.get("uid"))
        if uid and owner.get("controller") is True:
            yield uid
            above = api.store.with_uid(uid)
            if above is not None:
                yield from makers(api, above)


def _container(pod: Pod, name: str) -> str:
    return name or pod.containers[0].name


def _none(amount: int | None) -> int | None:
    return None if amount is None else 0


def _part(load: Load, place: int, pods: int) -> Load:
    """Return what the Pod in this place uses: a shared load is divided so that the parts add up to it."""
    if not load.shared:
        return load

    def part(amount: int | None) -> int | None:
        return None if amount is None else amount // pods + (place < amount % pods)

    return load._replace(cpu=part(load.cpu), memory=part(load.memory))


def _change(pod: Pod, name: str, load: Load, usage: Usage) -> Iterator[tuple[Pod, str, Use]]:
    """Yield the container if it runs, and uses something else until now."""
    container = _container(pod, name)
    for status in mappings(pod.status.get("containerStatuses")):
        if status.get("name") == container and "running" in mapping(status.get("state")):
            before = usage.of(pod, container)
            after = Use(
                before.cpu if load.cpu is None else load.cpu,
                before.memory if load.memory is None else load.memory,
            )
            if after != before:
                yield pod, container, after
