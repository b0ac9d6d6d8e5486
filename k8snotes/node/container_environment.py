"""The environment of a container: its variables, and for each of them where its value comes from.

The values of Secrets are not among them: where one would stand, there is `<hidden>`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from k8snotes.api.base import KubeObject, Manifest, mapping, mappings, text
from k8snotes.api.go_text import quoted
from k8snotes.api.kinds.node import Node
from k8snotes.api.kinds.pod import Container, Pod
from k8snotes.api.kinds.service import Service
from k8snotes.api.masking import HIDDEN
from k8snotes.api.quantity import Quantity
from k8snotes.control_plane.etcd import Key
from k8snotes.control_plane.pod_resources import read_amounts, whole
from k8snotes.errors import QuantityError
from k8snotes.node.account_folder import account_of
from k8snotes.node.expansion import expand, kept_as_written
from k8snotes.node.hostname import full_hostname
from k8snotes.node.pod_references import Reference, all_containers
from k8snotes.node.service_links import service_links

__all__ = [
    "UNKNOWN",
    "ConfigError",
    "Environment",
    "Find",
    "Source",
    "Variable",
    "environment",
    "lack",
    "limits_by_default",
    "pod_field",
    "resource_field",
    "user_of",
]

UNKNOWN = "<unknown>"
"""What stands in the place of a value that is not known here."""

_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_SUBSCRIPT = re.compile(r"metadata\.(labels|annotations)\['(.+)'\]")
_LARGEST = 2**63 - 1
_DEFAULTED = ("cpu", "memory", "ephemeral-storage")

Find = Callable[[str, str], KubeObject | None]
"""Finds an object of the Pod's Namespace by its kind and name."""


class Source(NamedTuple):
    """Where a value comes from.

    Args:
        sort: "manifest" (written in it), "runtime", "field" or "resource" (of the Pod), "file" (of a volume), or the
            kind of an object: "ConfigMap", "Secret", "Service", "ServiceAccount".
        name: the name of the object, or the path of the field.
        key: the key in the object, "" where there is none.
    """

    sort: str
    name: str = ""
    key: str = ""


class Variable(NamedTuple):
    """A variable of a container.

    Args:
        name: its name.
        value: its value; of a Secret's value only that it is hidden, and of one that is not known, that it is not.
        source: where the value comes from.
    """

    name: str
    value: str
    source: Source


class ConfigError(NamedTuple):
    """Why a container cannot be configured.

    Args:
        reason: the reason of its waiting: "CreateContainerConfigError".
        message: the kubelet's words.
        needed: where the object is stored that has to come or to change, None if nothing would help.
    """

    reason: str
    message: str
    needed: Key | None = None


class Environment(NamedTuple):
    """The variables of a container, and why it cannot have all of them.

    Args:
        variables: in the order in which they were set.
        errors: in the order in which the kubelet finds them; it stops at the first.
    """

    variables: tuple[Variable, ...]
    errors: tuple[ConfigError, ...] = ()


def environment(
    pod: Pod,
    container: Container,
    node: Node | None,
    find: Find,
    services: Iterable[Service] = (),
    *,
    started: str = "",
) -> Environment:
    """Return the environment that a container starts with.

    The container runtime sets PATH, HOSTNAME and HOME. Variables for Services, of `envFrom` and of `env` come after
    them: of the same name, the last one in this order wins.

    Args:
        pod: the Pod.
        container: one of its containers.
        node: the Node that it runs on.
        find: finds the ConfigMaps and Secrets of the Pod's Namespace.
        services: the Services that have variables.
        started: when the container started, "" for now; see `service_links`.

    Source of the rule: `makeEnvironmentVariables` of the kubelet, and
    https://kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables/

    >>> pod = Pod({"metadata": {"name": "web"}})
    >>> container = Container({"env": [{"name": "A", "value": "1"}, {"name": "B", "value": "$(A)$(C)"}]})
    >>> for variable in environment(pod, container, None, lambda kind, name: None).variables:
    ...     print(f"{variable.name}={variable.value}", variable.source.sort)
    PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin runtime
    HOSTNAME=web runtime
    A=1 manifest
    B=1$(C) manifest
    HOME=/root runtime
    """
    links = {
        name: Variable(name, value, Source("Service", service.name))
        for service in services
        for name, value in service_links((service,), started).items()
    }
    reading = _Reading(pod, container, node, find, links)
    reading.read()
    own = {"PATH": _PATH, "HOSTNAME": full_hostname(pod)}
    if container.raw.get("tty") is True:
        own["TERM"] = "xterm"
    variables = {name: Variable(name, value, Source("runtime")) for name, value in own.items()}
    variables |= reading.declared
    for name, link in links.items():
        if name not in reading.declared:
            variables[name] = link
    variables.setdefault("HOME", Variable("HOME", _home(pod, container), Source("runtime")))
    return Environment(tuple(variables.values()), tuple(reading.errors))


def lack(ref: Reference, obj: KubeObject | None, namespace: str) -> ConfigError | None:
    """Return why a container cannot take variables from an object, None if it can or does without them.

    Args:
        ref: what the container refers to.
        obj: the object of this name, None if there is none.
        namespace: the Namespace of the Pod.

    >>> lack(Reference("ConfigMap", "app", ("color",)), KubeObject({"data": {}}), "shop").message
    "couldn't find key color in ConfigMap shop/app"
    """
    if ref.optional:
        return None
    if obj is None:
        message = f"{ref.kind.lower()} {quoted(ref.name)} not found"
    elif ref.keys and ref.keys[0] not in mapping(obj.raw.get("data")):
        message = f"couldn't find key {ref.keys[0]} in {ref.kind} {namespace}/{ref.name}"
    else:
        return None
    return ConfigError("CreateContainerConfigError", message, ref.key(namespace))


class _Reading:
    """Reads `envFrom` and `env` of a container, as far as it can: what is missing is noted, and passed over."""

    def __init__(
        self, pod: Pod, container: Container, node: Node | None, find: Find, links: Mapping[str, Variable]
    ) -> None:
        self.pod, self.container, self.node = pod, container, node
        self.find, self.links = find, links
        self.declared: dict[str, Variable] = {}
        self.errors: list[ConfigError] = []

    def read(self) -> None:
        """Read both."""
        for source in mappings(self.container.raw.get("envFrom")):
            for field, kind in (("configMapRef", "ConfigMap"), ("secretRef", "Secret")):
                if isinstance(source.get(field), dict):
                    self._all(kind, source[field], text(source.get("prefix")))
                    break
        for item in mappings(self.container.raw.get("env")):
            name, value = text(item.get("name")), text(item.get("value"))
            if value:
                self._set(name, expand(value, self._meant), Source("manifest"))
            elif isinstance(item.get("valueFrom"), dict):
                self._from_elsewhere(name, item["valueFrom"])
            else:
                self._set(name, "", Source("manifest"))

    def _set(self, name: str, value: str, source: Source) -> None:
        self.declared[name] = Variable(name, value, source)

    def _meant(self, name: str) -> str:
        """Return what a reference in a value stands for: what was set before it, else the variable for a Service."""
        variable = self.declared.get(name) or self.links.get(name)
        return variable.value if variable is not None else kept_as_written(name)

    def _all(self, kind: str, ref: Manifest, prefix: str) -> None:
        """Take all that a ConfigMap or Secret holds."""
        wanted = Reference(kind, text(ref.get("name")), optional=ref.get("optional") is True)
        for key, value in _data(self._object(wanted)).items():
            self._set(f"{prefix}{key}", value, Source(kind, wanted.name, key))

    def _object(self, wanted: Reference) -> KubeObject | None:
        """Return an object, and note what it lacks."""
        obj = self.find(wanted.kind, wanted.name)
        error = lack(wanted, obj, self.pod.namespace)
        if error is not None:
            self.errors.append(error)
        return obj

    def _from_elsewhere(self, name: str, source: Manifest) -> None:
        """Take one value from a field, from a resource, or from a key of an object or a file."""
        pod, raw = self.pod, self.container.raw
        if isinstance(ref := source.get("fieldRef"), dict):
            path = text(ref.get("fieldPath"))
            self._set(name, pod_field(path, pod, self.node), Source("field", path))
        elif isinstance(ref := source.get("resourceFieldRef"), dict):
            other = text(ref.get("containerName"))
            limits = limits_by_default(pod, self.node)
            if other:
                raw = next((item for item in all_containers(pod.spec) if item.get("name") == other), {})
                if raw not in mappings(pod.spec.get("containers")):
                    limits = {}  # those of init containers have no default here
            if other and not raw:
                message = f"container {other} not found"
                self.errors.append(ConfigError("CreateContainerConfigError", message))
            self._set(name, resource_field(ref, raw, limits), Source("resource", text(ref.get("resource"))))
        elif isinstance(ref := source.get("configMapKeyRef"), dict):
            self._key(name, "ConfigMap", ref)
        elif isinstance(ref := source.get("secretKeyRef"), dict):
            self._key(name, "Secret", ref)
        elif isinstance(ref := source.get("fileKeyRef"), dict):
            # an init container would have written the file, and none runs here
            self._set(name, UNKNOWN, Source("file", text(ref.get("path")), text(ref.get("key"))))
        else:
            self._set(name, "", Source("manifest"))

    def _key(self, name: str, kind: str, ref: Manifest) -> None:
        key = text(ref.get("key"))
        wanted = Reference(kind, text(ref.get("name")), (key,), ref.get("optional") is True)
        value = _data(self._object(wanted)).get(key)
        if value is not None or not wanted.optional:
            self._set(name, UNKNOWN if value is None else value, Source(kind, wanted.name, key))


def _data(obj: KubeObject | None) -> dict[str, str]:
    """Return what an object has for variables: of a Secret its keys, and no value; `binaryData` is not used."""
    if obj is None:
        return {}
    data = mapping(obj.raw.get("data"))
    return {key: HIDDEN if obj.kind == "Secret" else text(data[key]) for key in sorted(data)}


def user_of(pod: Pod, container: Container) -> int | None:
    """Return the user that a container runs as, None where its image decides."""
    for context in (container.raw.get("securityContext"), pod.spec.get("securityContext")):
        user = mapping(context).get("runAsUser")
        if isinstance(user, int) and not isinstance(user, bool):
            return user
    return None


def _home(pod: Pod, container: Container) -> str:
    """Return the home of the user: a number that the image does not know has none."""
    return "/" if user_of(pod, container) else "/root"


# ---- the downward API


def pod_field(path: str, pod: Pod, node: Node | None = None) -> str:
    r"""Return a field of a Pod as a container is told it: whole labels and annotations are a line for each.

    Args:
        path: the path of the field: "metadata.name", "metadata.labels['app']", "status.podIPs".
        pod: the Pod.
        node: the Node that it runs on, for its addresses.

    Source of the rule: https://kubernetes.io/docs/concepts/workloads/pods/downward-api/#available-fields

    >>> pod = Pod({"metadata": {"name": "web", "labels": {"b": "2", "app": "web"}}})
    >>> pod_field("metadata.labels['app']", pod), pod_field("metadata.labels", pod)
    ('web', 'app="web"\nb="2"')
    """
    subscript = _SUBSCRIPT.fullmatch(path)
    if subscript:
        return (pod.labels if subscript[1] == "labels" else pod.annotations).get(subscript[2], "")
    match path:
        case "metadata.name":
            return pod.name
        case "metadata.namespace":
            return pod.namespace
        case "metadata.uid":
            return pod.uid
        case "metadata.labels" | "metadata.annotations":
            values = pod.labels if path == "metadata.labels" else pod.annotations
            return "\n".join(f"{key}={quoted(values[key])}" for key in sorted(values))
        case "spec.nodeName":
            return pod.node_name
        case "spec.serviceAccountName":
            return account_of(pod)
        case "status.hostIP":
            return node.ip if node is not None else text(pod.status.get("hostIP"))
        case "status.hostIPs":
            return _addresses(pod, "hostIPs") or (node.ip if node is not None else "")
        case "status.podIP":
            return pod.ip
        case "status.podIPs":
            return _addresses(pod, "podIPs") or pod.ip
        case _:
            return ""


def _addresses(pod: Pod, field: str) -> str:
    return ",".join(text(item.get("ip")) for item in mappings(pod.status.get(field)))


def limits_by_default(pod: Pod, node: Node | None) -> dict[str, Any]:
    """Return what a container is told as its limit where it has none: the Pod's own limit, else what its Node can give.

    Source of the rule: `defaultPodLimitsForDownwardAPI` of the kubelet
    """
    allocatable = node.allocatable if node is not None else {}
    limits = mapping(mapping(pod.spec.get("resources")).get("limits"))
    of_pod = {
        name: limits[name]
        for name, amount in read_amounts(limits).items()
        if name in ("cpu", "memory") and amount and name in allocatable
    }
    return {**allocatable, **of_pod}


def resource_field(ref: Manifest, container: Manifest, default: Mapping[str, Any]) -> str:
    """Return a limit or a request of a container as it is told it: divided by the divisor, and rounded up.

    Args:
        ref: the `resourceFieldRef`.
        container: the container that it is about.
        default: the limits where the container has none.

    Source of the rule: `ExtractContainerResourceValue` in k8s.io/kubernetes/pkg/api/v1/resource

    >>> container = {"resources": {"limits": {"cpu": "250m"}}}
    >>> resource_field({"resource": "limits.cpu"}, container, {})
    '1'
    >>> resource_field({"resource": "limits.cpu", "divisor": "1m"}, container, {})
    '250'
    >>> resource_field({"resource": "limits.memory", "divisor": "1Mi"}, container, {"memory": "8Gi"})
    '8192'
    """
    field, _dot, name = text(ref.get("resource")).partition(".")
    amounts = read_amounts(mapping(mapping(container.get("resources")).get(field)))
    amount = amounts.get(name, Quantity(0))
    if field == "limits" and name in _DEFAULTED and not amount:
        amount = read_amounts(default).get(name, amount)
    divisor = read_amounts({name: ref.get("divisor", "0")})[name] or Quantity(1)
    share = math.ceil(float(_counted(name, amount)) / float(_counted(name, divisor)))
    return str(min(share, _LARGEST))


def _counted(name: str, amount: Quantity) -> int:
    """Return an amount as an integer of 64 bits, as Kubernetes counts it: cpu in thousandths."""
    try:
        return min(whole(name, amount), _LARGEST)
    except QuantityError:
        return _LARGEST
