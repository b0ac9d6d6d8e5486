"""Rules for the Cluster IPs of Services and the families they are of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from k8snotes.control_plane.validation import ip
from k8snotes.control_plane.validation.wording import Path, duplicate, invalid_value, not_supported, required

if TYPE_CHECKING:
    from collections.abc import Mapping

    from k8snotes.errors import Cause

__all__ = ["cluster_ips", "cluster_ips_change", "families_change", "is_headless"]

SPEC = Path("spec")
_FAMILIES = ("IPv4", "IPv6")
_FAMILY_POLICIES = ("PreferDualStack", "RequireDualStack", "SingleStack")


def is_headless(spec: Mapping[str, Any]) -> bool:
    """Whether a Service has no Cluster IP by choice (`clusterIP: None`)."""
    return spec.get("clusterIPs") == ["None"]


def cluster_ips(spec: Mapping[str, Any]) -> list[Cause]:
    """Check clusterIP, clusterIPs, ipFamilies and ipFamilyPolicy (ValidateServiceClusterIPsRelatedFields)."""
    if spec.get("type") == "ExternalName":
        return []
    ips, one, path = spec.get("clusterIPs") or [], spec.get("clusterIP", ""), SPEC / "clusterIPs"
    causes: list[Cause] = []
    if one and not ips:
        causes.append(required(path))
    elif one and ips[0] != one:
        causes.append(invalid_value(path, ips, "first value must match `clusterIP`"))
    elif not one and ips:
        causes.append(invalid_value(path, ips, "must be empty when `clusterIP` is not specified"))
    causes += _families(spec)
    wrong: list[Cause] = []
    for i, address in enumerate(ips):
        if i == 0 and address == "None":
            if len(ips) > 1:
                wrong.append(invalid_value(path, ips, "'None' must be the first and only value"))
            continue
        wrong += ip.ip(address, path @ i)
    causes += wrong
    if len(ips) > 2:
        causes.append(invalid_value(path, ips, "may only hold up to 2 values"))
    if wrong:
        return causes
    if len(ips) > 1 and len({ip.is_ipv6(address) for address in ips}) < 2:
        causes.append(invalid_value(path, ips, "may specify no more than one IP for each IP family"))
    if not is_headless(spec):
        for i, (address, family) in enumerate(zip(ips, spec.get("ipFamilies") or (), strict=False)):
            if family in _FAMILIES and (family == "IPv6") != ip.is_ipv6(address):
                detail = f"expected an {family} value as indicated by `ipFamilies[{i}]`"
                causes.append(invalid_value(path @ i, address, detail))
    return causes


def _families(spec: Mapping[str, Any]) -> list[Cause]:
    causes: list[Cause] = []
    families = spec.get("ipFamilies") or []
    for i, family in enumerate(families):
        if family not in _FAMILIES:
            causes.append(not_supported(SPEC / "ipFamilies" @ i, family, _FAMILIES))
        if family in families[:i]:
            causes.append(duplicate(SPEC / "ipFamilies" @ i, family))
    policy = spec.get("ipFamilyPolicy")
    if policy is not None and policy not in _FAMILY_POLICIES:
        causes.append(not_supported(SPEC / "ipFamilyPolicy", policy, _FAMILY_POLICIES))
    return causes


def _either_is_external_name(new: Mapping[str, Any], old: Mapping[str, Any]) -> bool:
    return "ExternalName" in (new.get("type"), old.get("type"))


def cluster_ips_change(new: Mapping[str, Any], old: Mapping[str, Any]) -> list[Cause]:
    """Check that a Service keeps its Cluster IP (validateUpgradeDowngradeClusterIPs)."""
    if _either_is_external_name(new, old) or (is_headless(new) and is_headless(old)):
        return []
    now, before, path = new.get("clusterIPs") or [], old.get("clusterIPs") or [], SPEC / "clusterIPs"
    once = "may not change once set"
    if len(now) == len(before):
        return [invalid_value(path @ i, now, once) for i, ip_ in enumerate(before) if ip_ != now[i]]
    causes: list[Cause] = []
    if not now:
        # an empty list, not null: the field is there for Kubernetes
        causes.append(invalid_value(path @ 0, new.get("clusterIPs"), "primary clusterIP can not be unset"))
    elif before and now[0] != before[0]:
        causes.append(invalid_value(path @ 0, now, once))
    if len(before) > len(now) == 1 and new.get("ipFamilyPolicy") != "SingleStack":
        detail = "must be set to 'SingleStack' when releasing the secondary clusterIP"
        causes.append(invalid_value(SPEC / "ipFamilyPolicy", new.get("ipFamilyPolicy"), detail))
    return causes


def families_change(new: Mapping[str, Any], old: Mapping[str, Any]) -> list[Cause]:
    """Check that a Service keeps its first kind of address (validateUpgradeDowngradeIPFamilies)."""
    if _either_is_external_name(new, old) or is_headless(new) or is_headless(old):
        return []
    now, before, path = new.get("ipFamilies") or [], old.get("ipFamilies") or [], SPEC / "ipFamilies" @ 0
    once = "may not change once set"
    if len(now) == len(before):
        return [invalid_value(path, now, once) for i, family in enumerate(before) if family != now[i]]
    causes: list[Cause] = []
    if len(before) > len(now) and not new.get("clusterIPs"):
        causes.append(invalid_value(path, now, "primary ipFamily can not be unset"))
    if now and before and now[0] != before[0]:
        causes.append(invalid_value(path, new.get("clusterIPs"), once))
    if len(before) > len(now) == 1 and new.get("ipFamilyPolicy") != "SingleStack":
        detail = "must be set to 'SingleStack' when releasing the secondary ipFamily"
        causes.append(invalid_value(SPEC / "ipFamilyPolicy", new.get("ipFamilyPolicy"), detail))
    return causes
