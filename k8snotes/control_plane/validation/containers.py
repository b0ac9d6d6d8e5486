"""Rules for containers: names, images, ports, environment, mounts.

Source of the rules: https://kubernetes.io/docs/concepts/containers/ and `validateContainerCommon` in
k8s.io/kubernetes/pkg/apis/core/validation
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from types import MappingProxyType
from typing import NamedTuple

from k8snotes.api.base import Manifest, mapping, sequence
from k8snotes.api.names import port_name
from k8snotes.control_plane.validation import ip, probes
from k8snotes.control_plane.validation.environment import env, env_from
from k8snotes.control_plane.validation.ip import protocol
from k8snotes.control_plane.validation.metadata import dns_label
from k8snotes.control_plane.validation.quantities import container_resource_name, requirements
from k8snotes.control_plane.validation.security import container_security
from k8snotes.control_plane.validation.volumes import local_path, mounts
from k8snotes.control_plane.validation.wording import (
    Path,
    duplicate,
    forbidden_field,
    invalid_value,
    invalid_values,
    not_found_value,
    not_supported,
    one_of,
    required,
    too_many,
    unique,
)
from k8snotes.errors import Cause

Container = Manifest


__all__ = ["PodFacts", "containers", "ephemeral_containers", "init_containers", "pull_policy"]

_PULL_POLICIES = ("Always", "IfNotPresent", "Never")
_MESSAGE_POLICIES = ("File", "FallbackToLogsOnError")
_RESIZE_RESOURCES = ("cpu", "memory")
_RESIZE_POLICIES = ("NotRequired", "RestartContainer")
_NOT_FOR_INIT = "may not be set for init containers without restartPolicy=Always"
_NOT_FOR_EPHEMERAL = "cannot be set for an Ephemeral Container"
_EPHEMERAL_FORBIDDEN = (
    "ports",
    "livenessProbe",
    "readinessProbe",
    "startupProbe",
    "lifecycle",
    "resizePolicy",
    "restartPolicy",
    "restartPolicyRules",
)
_RESTART_POLICIES = ("Always", "OnFailure", "Never")
_RESTART_ACTIONS = ("Restart", "RestartAllContainers")
_EXIT_OPERATORS = ("In", "NotIn")
_MOST_RULES, _MOST_EXIT_CODES = 20, 255
_SPACE = re.compile(r"\A\s|\s\Z")


class PodFacts(NamedTuple):
    """What of a Pod its containers' rules depend on."""

    volumes: Mapping[str, Manifest] = MappingProxyType({})
    claims: AbstractSet[str] = frozenset()
    grace_period: int | None = None
    restart_policy: str = ""
    host_users: bool = True


def containers(items: Sequence[Container], path: Path, pod: PodFacts) -> list[Cause]:
    """Check the main containers of a Pod or of a template (validateContainers).

    Args:
        items: the containers, decoded and completed.
        path: the path of the list in the manifest: "spec.containers".
        pod: what of the Pod around them matters: its volumes, its restart policy.

    Source of the rule: https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#Container
    """
    if not items:
        return [required(path)]
    causes: list[Cause] = []
    names: set[str] = set()
    for i, container in enumerate(items):
        here = path @ i
        causes += _common(container, here, pod)
        name = container.get("name", "")
        causes += unique(name, here / "name", names)
        causes += probes.lifecycle_and_probes(container, here, pod.grace_period)
        causes += _restart_policy(container, here)
    return causes + _host_ports(items, path)


def _restart_policy(container: Container, path: Path) -> list[Cause]:
    """Check the restart policy that a container has for itself, and the rules for its exit codes.

    Source of the rule: `validateContainerRestartPolicy` in k8s.io/kubernetes/pkg/apis/core/validation
    """
    policy, rules = container.get("restartPolicy"), sequence(container.get("restartPolicyRules"))
    causes: list[Cause] = []
    if policy is None and rules:
        causes.append(
            required(path / "restartPolicy", "must specify restartPolicy when restart rules are used")
        )
    elif policy is not None and policy not in _RESTART_POLICIES:
        causes.append(not_supported(path / "restartPolicy", policy, sorted(_RESTART_POLICIES)))
    if len(rules) > _MOST_RULES:
        causes.append(too_many(path / "restartPolicyRules", len(rules), _MOST_RULES))
    for i, rule in enumerate(rules):
        here = path / "restartPolicyRules" @ i
        if rule.get("action") not in _RESTART_ACTIONS:
            causes.append(not_supported(here / "action", rule.get("action", ""), _RESTART_ACTIONS))
        codes = rule.get("exitCodes")
        if codes is None:
            causes.append(required(here / "exitCodes", "must be specified"))
            continue
        if codes.get("operator") not in _EXIT_OPERATORS:
            operator = here / "exitCodes" / "operator"
            causes.append(not_supported(operator, codes.get("operator", ""), _EXIT_OPERATORS))
        values = sequence(codes.get("values"))
        if len(values) > _MOST_EXIT_CODES:
            causes.append(too_many(here / "exitCodes" / "values", len(values), _MOST_EXIT_CODES))
    return causes


def init_containers(
    items: Sequence[Container], others: Sequence[Container], path: Path, pod: PodFacts
) -> list[Cause]:
    """Check the init containers, among them sidecars (validateInitContainers).

    Args:
        items: the init containers; those with restartPolicy Always are sidecars and may have probes.
        others: the main containers, of which none may have the same name.
        path: the path of the list in the manifest.
        pod: what of the Pod around them matters.

    Source of the rule: https://kubernetes.io/docs/concepts/workloads/pods/init-containers/
    """
    causes: list[Cause] = []
    names = {container.get("name", "") for container in others}
    for i, container in enumerate(items):
        here = path @ i
        causes += _common(container, here, pod)
        causes += _restart_policy(container, here)
        name = container.get("name", "")
        if name in names:
            causes.append(duplicate(here / "name", name))
        elif name:
            names.add(name)
        causes += _host_ports([container], path)
        if container.get("restartPolicy") == "Always":
            causes += probes.lifecycle_and_probes(container, here, pod.grace_period)
        else:
            causes += [
                forbidden_field(here / part, _NOT_FOR_INIT)
                for part in ("lifecycle", "livenessProbe", "readinessProbe", "startupProbe")
                if container.get(part) is not None
            ]
    return causes


def ephemeral_containers(
    items: Sequence[Container], others: Sequence[Container], path: Path, pod: PodFacts
) -> list[Cause]:
    """Check the ephemeral containers, which `kubectl debug` adds (validateEphemeralContainers).

    Args:
        items: the ephemeral containers; they have no ports, probes or resources.
        others: all other containers of the Pod.
        path: the path of the list in the manifest.
        pod: what of the Pod around them matters.

    Source of the rule: https://kubernetes.io/docs/concepts/workloads/pods/ephemeral-containers/
    """
    causes: list[Cause] = []
    targets = {container.get("name", "") for container in others}
    names = set(targets)
    for i, container in enumerate(items):
        here = path @ i
        causes += _common(container, here, pod)
        causes += only_in_pods([container], path, first=i)
        name, target = container.get("name", ""), container.get("targetContainerName", "")
        causes += unique(name, here / "name", names)
        if target and target not in targets:
            causes.append(not_found_value(here / "targetContainerName", target))
        causes += [
            forbidden_field(here / part, _NOT_FOR_EPHEMERAL)
            for part in _EPHEMERAL_FORBIDDEN
            if container.get(part)
        ]
        if container.get("resources"):
            causes.append(forbidden_field(here / "resources", _NOT_FOR_EPHEMERAL))
        for j, mount in enumerate(sequence(container.get("volumeMounts"))):
            causes += [
                forbidden_field(here / "volumeMounts" @ j / part, _NOT_FOR_EPHEMERAL)
                for part in ("subPath", "subPathExpr")
                if mount.get(part)
            ]
    return causes


def only_in_pods(items: Sequence[Container], path: Path, first: int = 0) -> list[Cause]:
    """Check what templates were always allowed to do and Pods are not: spaces around an image."""
    detail = "must not have leading or trailing whitespace"
    return [
        invalid_value(path @ (first + i) / "image", container.get("image", ""), detail)
        for i, container in enumerate(items)
        if _SPACE.search(container.get("image", ""))
    ]


def _common(container: Container, path: Path, pod: PodFacts) -> list[Cause]:
    """Check what holds for containers of every sort (validateContainerCommon)."""
    # validateContainerCommon
    name = container.get("name", "")
    causes = dns_label(name, path / "name") if name else [required(path / "name")]
    if not container.get("image"):
        causes.append(required(path / "image"))
    policy = container.get("terminationMessagePolicy", "")
    causes += one_of(policy, path / "terminationMessagePolicy", _MESSAGE_POLICIES, needed=True)
    causes += _ports(sequence(container.get("ports")), path / "ports")
    causes += env(sequence(container.get("env")), path / "env")
    causes += env_from(sequence(container.get("envFrom")), path / "envFrom")
    causes += mounts(container, pod.volumes, path / "volumeMounts")
    causes += _devices(container, pod.volumes, path / "volumeDevices")
    causes += pull_policy(container.get("imagePullPolicy", ""), path / "imagePullPolicy")
    causes += requirements(
        mapping(container.get("resources")), path / "resources", container_resource_name, pod.claims
    )
    causes += _resize_policy(sequence(container.get("resizePolicy")), path / "resizePolicy", pod)
    return causes + container_security(
        container.get("securityContext"), path / "securityContext", host_users=pod.host_users
    )


def pull_policy(policy: str, path: Path) -> list[Cause]:
    """Check when an image is fetched (validatePullPolicy): Always, IfNotPresent or Never.

    Source of the rule: https://kubernetes.io/docs/concepts/containers/images/#image-pull-policy
    """
    return one_of(policy, path, _PULL_POLICIES, needed=True)


def _ports(ports: Sequence[Manifest], path: Path) -> list[Cause]:
    """Check the ports that a container declares (validateContainerPorts)."""
    causes: list[Cause] = []
    names: set[str] = set()
    for i, port in enumerate(ports):
        here, name = path @ i, port.get("name", "")
        if name:
            wrong = invalid_values(here / "name", name, port_name(name))
            causes += wrong
            if not wrong and name in names:
                causes.append(duplicate(here / "name", name))
            elif not wrong:
                names.add(name)
        number = port.get("containerPort", 0)
        causes += (
            ip.port_number(number, here / "containerPort") if number else [required(here / "containerPort")]
        )
        if port.get("hostPort"):
            causes += ip.port_number(port["hostPort"], here / "hostPort")
        causes += protocol(port.get("protocol", ""), here / "protocol")
    return causes


def _host_ports(items: Sequence[Container], path: Path) -> list[Cause]:
    """Check that no port of the Node is wanted twice (checkHostPortConflicts)."""
    # one port of the Node cannot serve two containers
    causes: list[Cause] = []
    seen: set[str] = set()
    for i, container in enumerate(items):
        for j, port in enumerate(sequence(container.get("ports"))):
            number = port.get("hostPort", 0)
            if not number:
                continue
            key = f"{port.get('protocol', '')}/{port.get('hostIP', '')}/{number}"
            causes += unique(key, path @ i / "ports" @ j / "hostPort", seen)
    return causes


def _devices(container: Container, volumes: Mapping[str, Manifest], path: Path) -> list[Cause]:
    """Check the volumes that a container uses as raw devices (ValidateVolumeDevices)."""
    causes: list[Cause] = []
    names: set[str] = set()
    places: set[str] = set()
    for i, device in enumerate(sequence(container.get("volumeDevices"))):
        here, name, place = path @ i, device.get("name", ""), device.get("devicePath", "")
        if not name:
            causes.append(required(here / "name"))
        if name in names:
            causes.append(invalid_value(here / "name", name, "must be unique"))
        volume = volumes.get(name)
        if volume is None:
            causes.append(not_found_value(here / "name", name))
        elif not volume.keys() & {"persistentVolumeClaim", "ephemeral"}:
            detail = "can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode"
            causes.append(invalid_value(here / "name", name, detail))
        if not place:
            causes.append(required(here / "devicePath"))
        if place in places:
            causes.append(invalid_value(here / "devicePath", place, "must be unique"))
        if place and local_path(place, here, absolute=True):
            causes.append(invalid_value(here / "devicePath", place, "can not contain backsteps ('..')"))
        places.add(place)
        names.add(name)
    return causes


def _resize_policy(policies: Sequence[Manifest], path: Path, pod: PodFacts) -> list[Cause]:
    """Check what happens to a container whose resources change (validateResizePolicy)."""
    causes: list[Cause] = []
    seen: set[str] = set()
    for i, policy in enumerate(policies):
        name, restart = policy.get("resourceName", ""), policy.get("restartPolicy", "")
        causes += unique(name, path @ i, seen)
        for value, options in ((name, _RESIZE_RESOURCES), (restart, _RESIZE_POLICIES)):
            causes += one_of(value, path, options, needed=True)
        if pod.restart_policy == "Never" and restart != "NotRequired":
            causes.append(
                invalid_value(path, restart, "must be 'NotRequired' when `restartPolicy` is 'Never'")
            )
    return causes
