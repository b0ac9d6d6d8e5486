"""Rules for security contexts of Pods and containers."""

from __future__ import annotations

import re

from k8snotes.api.base import Manifest, mapping, sequence
from k8snotes.control_plane.decoded import as_sent
from k8snotes.control_plane.validation.volumes import local_path
from k8snotes.control_plane.validation.wording import (
    GoStruct,
    Path,
    duplicate,
    forbidden_field,
    invalid_value,
    not_supported,
    one_of,
    required,
)
from k8snotes.errors import Cause

__all__ = ["container_security", "pod_security"]

_LARGEST_ID = 2**31 - 1
_PROFILES = ("Localhost", "RuntimeDefault", "Unconfined")
_FS_GROUP_POLICIES = ("Always", "OnRootMismatch")
_GROUP_POLICIES = ("Merge", "Strict")
_SELINUX_POLICIES = ("MountOption", "Recursive")
_PROC_MOUNTS = ("Default", "Unmasked")
_SYSCTL = r"([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?"
_SYSCTL_NAME = re.compile(_SYSCTL, re.ASCII)
_HOST_USERS = "when `pod.Spec.HostUsers` is false"


def _ids(context: Manifest, path: Path, names: tuple[str, ...]) -> list[Cause]:
    """Check the numbers of users and groups."""
    detail = f"must be between 0 and {_LARGEST_ID}, inclusive"
    return [
        invalid_value(path / name, context[name], detail)
        for name in names
        if context.get(name) is not None and not 0 <= context[name] <= _LARGEST_ID
    ]


def _profile(context: Manifest, path: Path, name: str, word: str) -> list[Cause]:
    """Check a profile of seccomp or AppArmor: its type, and a path where it is a local one."""
    profile, path = context.get(name), path / name
    if profile is None:
        return []
    causes: list[Cause] = []
    type_, local = profile.get("type", ""), profile.get("localhostProfile")
    if not type_:
        causes.append(required(path / "type", f"type is required when {name} is set"))
    elif type_ not in _PROFILES:
        causes.append(not_supported(path / "type", type_, _PROFILES))
    if type_ == "Localhost":
        if local is None or (word == "AppArmor" and not local.strip()):
            causes.append(required(path / "localhostProfile", f"must be set when {word} type is Localhost"))
        elif word == "seccomp":
            causes += local_path(local, path / "localhostProfile")
        elif local != local.strip():
            causes.append(
                invalid_value(path / "localhostProfile", local, "must not be padded with whitespace")
            )
    elif local is not None and (word == "seccomp" or type_ in _PROFILES):
        shown = GoStruct(Type=type_, LocalhostProfile=local) if word == "seccomp" else local
        detail = f"can only be set when {word} type is Localhost"
        causes.append(invalid_value(path / "localhostProfile", shown, detail))
    return causes


def pod_security(spec: Manifest, spec_path: Path) -> list[Cause]:
    """Check the securityContext of a Pod and what depends on it (validatePodSpecSecurityContext).

    Args:
        spec: the specification of the Pod.
        spec_path: its path in the manifest.

    Source of the rule: https://kubernetes.io/docs/tasks/configure-pod-container/security-context/
    """
    context, path = mapping(spec.get("securityContext")), spec_path / "securityContext"
    causes = _ids(context, path, ("fsGroup", "runAsUser", "runAsGroup"))
    causes += [
        invalid_value(
            path / "supplementalGroups" @ i, group, f"must be between 0 and {_LARGEST_ID}, inclusive"
        )
        for i, group in enumerate(sequence(context.get("supplementalGroups")))
        if not 0 <= group <= _LARGEST_ID
    ]
    if spec.get("shareProcessNamespace") and spec.get("hostPID"):
        detail = "ShareProcessNamespace and HostPID cannot both be enabled"
        causes.append(invalid_value(path / "shareProcessNamespace", True, detail))
    causes += _sysctls(spec, path / "sysctls")
    causes += one_of(context.get("fsGroupChangePolicy"), path / "fsGroupChangePolicy", _FS_GROUP_POLICIES)
    causes += _profile(context, path, "seccompProfile", "seccomp")
    causes += _profile(context, path, "appArmorProfile", "AppArmor")
    causes += one_of(
        context.get("supplementalGroupsPolicy"), path / "supplementalGroupsPolicy", _GROUP_POLICIES
    )
    return causes + one_of(
        context.get("seLinuxChangePolicy"), path / "seLinuxChangePolicy", _SELINUX_POLICIES
    )


def _sysctls(spec: Manifest, path: Path) -> list[Cause]:
    """Check the kernel's settings that a Pod wants (validateSysctls)."""
    causes: list[Cause] = []
    seen: set[str] = set()
    for i, sysctl in enumerate(sequence(mapping(spec.get("securityContext")).get("sysctls"))):
        name, here = sysctl.get("name", ""), path @ i / "name"
        if not name:
            causes.append(required(here))
        elif len(name) > 253 or not _SYSCTL_NAME.fullmatch(name):
            causes.append(
                invalid_value(here, name, f"must have at most 253 characters and match regex ^{_SYSCTL}$")
            )
        elif name in seen:
            causes.append(duplicate(here, name))
        if spec.get("hostNetwork") and name.startswith("net"):
            causes.append(invalid_value(here, name, "may not be specified when 'hostNetwork' is true"))
        elif spec.get("hostIPC") and name.startswith(
            ("kernel.shm", "kernel.msg", "kernel.sem", "fs.mqueue.")
        ):
            causes.append(invalid_value(here, name, "may not be specified when 'hostIPC' is true"))
        seen.add(name)
    return causes


def host_users(spec: Manifest, path: Path) -> list[Cause]:
    """Check that a Pod with users of its own shares nothing else with its Node."""
    if spec.get("hostUsers") is not False:
        return []
    places = {"hostNetwork": "hostNetwork", "hostPID": "HostPID", "hostIPC": "HostIPC"}
    return [forbidden_field(path / place, _HOST_USERS) for field, place in places.items() if spec.get(field)]


def container_security(context: Manifest | None, path: Path, *, host_users: bool) -> list[Cause]:
    """Check the securityContext of a container (ValidateSecurityContext).

    Args:
        context: the security context, None where there is none.
        path: its path in the manifest.
        host_users: whether the Pod has the users of its Node.

    Source of the rule: https://kubernetes.io/docs/tasks/configure-pod-container/security-context/
    """
    if context is None:
        return []
    causes = _ids(context, path, ("runAsUser", "runAsGroup"))
    causes += one_of(context.get("procMount"), path / "procMount", _PROC_MOUNTS)
    if host_users and context.get("procMount") == "Unmasked":
        detail = "`hostUsers` must be false to use `Unmasked`"
        causes.append(invalid_value(path / "procMount", "Unmasked", detail))
    causes += _profile(context, path, "seccompProfile", "seccomp")
    if context.get("allowPrivilegeEscalation") is False:
        if context.get("privileged"):
            detail = "cannot set `allowPrivilegeEscalation` to false and `privileged` to true"
            causes.append(invalid_value(path, _internal(context), detail))
        if "CAP_SYS_ADMIN" in sequence(mapping(context.get("capabilities")).get("add")):
            detail = "cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN"
            causes.append(invalid_value(path, _internal(context), detail))
    return causes + _profile(context, path, "appArmorProfile", "AppArmor")


def _internal(context: Manifest) -> GoStruct:
    """Return the parts of a security context in Kubernetes' internal form, as messages show them."""
    # the message shows Kubernetes' internal form of a SecurityContext
    capabilities = context.get("capabilities")
    shown = GoStruct(Capabilities=None)
    if capabilities is not None:
        shown["Capabilities"] = GoStruct(Add=as_sent(capabilities, "add"), Drop=as_sent(capabilities, "drop"))
    names = (
        "Privileged SELinuxOptions WindowsOptions RunAsUser RunAsGroup RunAsNonRoot ReadOnlyRootFilesystem "
        "AllowPrivilegeEscalation ProcMount SeccompProfile AppArmorProfile"
    )
    for name in names.split():
        value = context.get("seLinuxOptions" if name == "SELinuxOptions" else name[0].lower() + name[1:])
        if isinstance(value, dict):
            value = GoStruct({key[0].upper() + key[1:]: item for key, item in value.items()})
        shown[name] = value
    return shown
