"""Rules for environment variables of containers, and for what they are taken from."""

from __future__ import annotations

import re
from collections.abc import Sequence

from k8snotes.api.base import Manifest
from k8snotes.api.names import dns1123_subdomain
from k8snotes.api.quantity import Quantity
from k8snotes.control_plane.validation.metadata import dns_subdomain, qualified_name
from k8snotes.control_plane.validation.wording import (
    Path,
    invalid_value,
    invalid_values,
    not_supported,
    one_of,
    required,
)
from k8snotes.errors import Cause

__all__ = ["config_key", "env", "env_from", "field_ref", "resource_ref"]

_ENV_FIELDS = (
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
    "spec.nodeName",
    "spec.serviceAccountName",
    "status.hostIP",
    "status.hostIPs",
    "status.podIP",
    "status.podIPs",
)
VOLUME_FIELDS = (
    "metadata.annotations",
    "metadata.labels",
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
)
_ALL_FIELDS = frozenset(
    {*_ENV_FIELDS, *VOLUME_FIELDS, "spec.restartPolicy", "spec.schedulerName", "status.phase"}
)
_RESOURCES = (
    "limits.cpu",
    "limits.ephemeral-storage",
    "limits.memory",
    "requests.cpu",
    "requests.ephemeral-storage",
    "requests.memory",
)
_HUGE_PAGES = ("limits.hugepages-", "requests.hugepages-")
_CPU_DIVISORS: tuple[str, ...] = ("1m", "1")
_DIVISORS: tuple[str, ...] = (
    "1",
    "1k",
    "1M",
    "1G",
    "1T",
    "1P",
    "1E",
    "1Ki",
    "1Mi",
    "1Gi",
    "1Ti",
    "1Pi",
    "1Ei",
)
_SUBSCRIPT = re.compile(r"(metadata\.(?:annotations|labels)|[^\[\]]+)\['(.+)'\]")
_CONFIG_KEY = re.compile(r"[-._a-zA-Z0-9]+", re.ASCII)
_CONFIG_KEY_DETAIL = (
    "a valid config key must consist of alphanumeric characters, '-', '_' or '.' "
    "(e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')"
)
_SOURCES = ("fieldRef", "resourceFieldRef", "configMapKeyRef", "secretKeyRef", "fileKeyRef")
_ONE_SOURCE = (
    "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`"
)


def _variable_name(name: str) -> list[str]:
    """Return what is wrong with the name of an environment variable: almost any printable text will do."""
    # IsRelaxedEnvVarName: anything printable but "="
    if all(" " <= char <= "~" and char != "=" for char in name):
        return []
    return [
        "a valid environment variable name must consist only of printable ASCII characters other than '='"
    ]


def config_key(key: str) -> list[str]:
    """Return what is wrong with a key of a ConfigMap or Secret, in Kubernetes' words."""
    details = []
    if len(key) > 253:
        details.append("must be no more than 253 characters")
    if not _CONFIG_KEY.fullmatch(key):
        details.append(_CONFIG_KEY_DETAIL)
    elif key == ".":
        details.append("must not be '.'")
    elif key.startswith(".."):
        details.append("must not be '..'" if key == ".." else "must not start with '..'")
    return details


def env(variables: Sequence[Manifest], path: Path) -> list[Cause]:
    """Check the environment variables of a container (ValidateEnv).

    Source of the rule: https://kubernetes.io/docs/tasks/inject-data-application/define-environment-variable-container/
    """
    causes: list[Cause] = []
    for i, variable in enumerate(variables):
        name = variable.get("name", "")
        if name:
            causes += invalid_values(path @ i / "name", name, _variable_name(name))
        else:
            causes.append(required(path @ i / "name"))
        if variable.get("valueFrom") is not None:
            causes += _value_from(variable["valueFrom"], variable.get("value", ""), path @ i / "valueFrom")
    return causes


def _value_from(source: Manifest, value: str, path: Path) -> list[Cause]:
    """Check a variable whose value comes from somewhere else: from exactly one place (validateEnvVarValueFrom)."""
    causes: list[Cause] = []
    if source.get("fieldRef") is not None:
        causes += field_ref(source["fieldRef"], path / "fieldRef", _ENV_FIELDS)
    if source.get("resourceFieldRef") is not None:
        causes += resource_ref(source["resourceFieldRef"], path / "resourceFieldRef", volume=False)
    for kind in ("configMapKeyRef", "secretKeyRef"):
        if source.get(kind) is not None:
            causes += _key_ref(source[kind], path / kind)
    count = sum(source.get(kind) is not None for kind in _SOURCES)
    if count == 0:
        causes.append(invalid_value(path, "", _ONE_SOURCE))
    elif value:
        causes.append(invalid_value(path, "", "may not be specified when `value` is not empty"))
    elif count > 1:
        causes.append(invalid_value(path, "", "may not have more than one field specified at a time"))
    return causes


def _key_ref(ref: Manifest, path: Path) -> list[Cause]:
    """Check a reference to a key of a ConfigMap or Secret."""
    causes = dns_subdomain(ref.get("name", ""), path / "name")
    key = ref.get("key", "")
    return causes + (invalid_values(path / "key", key, config_key(key)) if key else [required(path / "key")])


def field_ref(ref: Manifest, path: Path, supported: Sequence[str]) -> list[Cause]:
    """Check a reference to a field of the Pod itself.

    Args:
        ref: the fieldRef.
        path: its path in the manifest.
        supported: the fields that may be named there.

    Source of the rule: https://kubernetes.io/docs/concepts/workloads/pods/downward-api/#available-fields
    """
    field = ref.get("fieldPath", "")
    if not ref.get("apiVersion"):
        return [required(path / "apiVersion")]
    if not field:
        return [required(path / "fieldPath")]
    match = _SUBSCRIPT.fullmatch(field)
    base = match[1] if match else field
    if base not in _ALL_FIELDS or ref["apiVersion"] != "v1":
        problem = f"field label not supported: {base}"
        if ref["apiVersion"] != "v1":
            problem = f"unsupported pod version: {ref['apiVersion']}"
        return [invalid_value(path / "fieldPath", field, f"error converting fieldPath: {problem}")]
    if match:
        if base == "metadata.annotations":
            return qualified_name(match[2].lower(), path)
        if base == "metadata.labels":
            return qualified_name(match[2], path)
        return [invalid_value(path, base, "does not support subscript")]
    return one_of(field, path / "fieldPath", supported)


def resource_ref(ref: Manifest, path: Path, *, volume: bool) -> list[Cause]:
    """Check a reference to a container's request or limit.

    Args:
        ref: the resourceFieldRef.
        path: its path in the manifest.
        volume: whether it is in a volume, where the container has to be named.

    Source of the rule: https://kubernetes.io/docs/concepts/workloads/pods/downward-api/#downwardapi-resourceFieldRef
    """
    causes: list[Cause] = []
    name = ref.get("resource", "")
    if volume and not ref.get("containerName"):
        causes.append(required(path / "containerName"))
    elif not name:
        causes.append(required(path / "resource"))
    elif name not in _RESOURCES and not name.startswith(_HUGE_PAGES):
        causes.append(not_supported(path / "resource", name, _RESOURCES))
    divisor = Quantity(ref.get("divisor", "0"))
    if not divisor:
        return causes
    options, what = _DIVISORS, name.partition(".")[2]
    if what == "cpu":
        options = _CPU_DIVISORS
    elif what == "ephemeral-storage":
        what = "local ephemeral storage"
    elif what.startswith("hugepages-"):
        what = "hugepages"
    if what and str(divisor) not in options:
        values = " and ".join(options) if what == "cpu" else ", ".join(options)
        detail = f"only divisor's values {values} are supported with the {what} resource"
        causes.append(invalid_value(path / "divisor", name, detail))
    return causes


def env_from(sources: Sequence[Manifest], path: Path) -> list[Cause]:
    """Check from which whole ConfigMaps and Secrets a container takes its environment (ValidateEnvFrom).

    Source of the rule: https://kubernetes.io/docs/tasks/configure-pod-container/configure-pod-configmap/
    """
    causes: list[Cause] = []
    for i, source in enumerate(sources):
        if source.get("prefix"):
            causes += invalid_values(path @ i / "prefix", source["prefix"], _variable_name(source["prefix"]))
        count = 0
        for kind in ("configMapRef", "secretRef"):
            if source.get(kind) is not None:
                count += 1
                name = source[kind].get("name", "")
                here = path @ i / kind / "name"
                causes += invalid_values(here, name, dns1123_subdomain(name)) if name else [required(here)]
        if count == 0:
            causes.append(invalid_value(path, "", "must specify one of: `configMapRef` or `secretRef`"))
        elif count > 1:
            causes.append(invalid_value(path, "", "may not have more than one field specified at a time"))
    return causes
