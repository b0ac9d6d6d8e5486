"""What may change in a Pod that is there: hardly more than images, labels and tolerations."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from k8snotes.control_plane.validation.internal import pod_spec_diff
from k8snotes.control_plane.validation.meta import metadata_update
from k8snotes.control_plane.validation.pod import MIRROR, pod_common
from k8snotes.control_plane.validation.scheduling import only_added_tolerations
from k8snotes.control_plane.validation.wording import Path, forbidden_field, invalid_value, required

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from k8snotes.errors import Cause

__all__ = ["pod_update"]

SPEC = Path("spec")
_LARGEST = 2**31 - 1
_MAY_CHANGE = (
    "`spec.containers[*].image`",
    "`spec.initContainers[*].image`",
    "`spec.activeDeadlineSeconds`",
    "`spec.tolerations` (only additions to existing tolerations)",
    "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)",
)


def pod_update(new: Mapping[str, Any], old: Mapping[str, Any]) -> list[Cause]:
    """Check a Pod that replaces another (ValidatePodUpdate).

    Rule: https://kubernetes.io/docs/concepts/workloads/pods/#pod-update-and-replacement
    """
    after, before = new["spec"], old["spec"]
    causes = metadata_update(new["metadata"], old["metadata"])
    causes += pod_common(new)
    causes += _annotations(new["metadata"], old["metadata"])
    for kind in ("containers", "initContainers"):
        wrong, stop = _containers(after.get(kind) or [], before.get(kind) or [], SPEC / kind)
        causes += wrong
        if stop:
            return causes
    wrong, stop = _deadline(after.get("activeDeadlineSeconds"), before.get("activeDeadlineSeconds"))
    causes += wrong
    if stop:
        return causes
    causes += only_added_tolerations(
        after.get("tolerations") or [], before.get("tolerations") or [], SPEC / "tolerations"
    )
    causes += _gates(after.get("schedulingGates") or [], before.get("schedulingGates") or [])
    return causes + _rest(after, before)


def _annotations(new: Mapping[str, Any], old: Mapping[str, Any]) -> list[Cause]:
    now, before = (new.get("annotations") or {}).get(MIRROR), (old.get("annotations") or {}).get(MIRROR)
    if now == before:
        return []
    verb = "add" if before is None else "remove or update"
    return [
        forbidden_field(Path("metadata.annotations").key(MIRROR), f"may not {verb} mirror pod annotation")
    ]


def _containers(
    new: Sequence[Mapping[str, Any]], old: Sequence[Mapping[str, Any]], path: Path
) -> tuple[list[Cause], bool]:
    if len(new) != len(old):
        return [forbidden_field(path, "pod updates may not add or remove containers")], True
    causes: list[Cause] = []
    for i, container in enumerate(new):
        image = container.get("image", "")
        if not image:
            causes.append(required(path @ i / "image"))
        if image.strip() != image:
            detail = "must not have leading or trailing whitespace"
            causes.append(invalid_value(path @ i / "image", image, detail))
    return causes, False


def _deadline(new: int | None, old: int | None) -> tuple[list[Cause], bool]:
    path = SPEC / "activeDeadlineSeconds"
    if new is None:
        detail = "must not update from a positive integer to nil value"
        return ([] if old is None else [invalid_value(path, None, detail)]), False
    if not 0 <= new <= _LARGEST:
        return [invalid_value(path, new, f"must be between 0 and {_LARGEST}, inclusive")], True
    if old is not None and old < new:
        return [invalid_value(path, new, "must be less than or equal to previous value")], True
    return [], False


def _gates(new: Sequence[Mapping[str, Any]], old: Sequence[Mapping[str, Any]]) -> list[Cause]:
    known = {gate.get("name") for gate in old}
    return [
        forbidden_field(
            SPEC / "schedulingGates" @ i / "name",
            f"only deletion is allowed, but found new scheduling gate '{gate.get('name', '')}'",
        )
        for i, gate in enumerate(new)
        if gate.get("name") not in known
    ]


def _rest(new: Mapping[str, Any], old: Mapping[str, Any]) -> list[Cause]:
    # put back what may change; whatever still differs may not
    left = copy.deepcopy(dict(new))
    for kind in ("containers", "initContainers"):
        for container, before in zip(left.get(kind) or (), old.get(kind) or (), strict=True):
            container["image"] = before.get("image", "")
    for name in ("activeDeadlineSeconds", "schedulingGates", "tolerations"):
        _put_back(left, old, name)
    grace = old.get("terminationGracePeriodSeconds")
    if grace is not None and grace < 0 and left.get("terminationGracePeriodSeconds") == 1:
        left["terminationGracePeriodSeconds"] = grace
    causes: list[Cause] = []
    if old.get("schedulingGates"):
        # a Pod that waits at a gate may still be told where to run
        added, before = left.get("nodeSelector") or {}, old.get("nodeSelector") or {}
        if any(added.get(key) != value for key, value in before.items()):
            detail = "only additions to spec.nodeSelector are allowed (no mutations or deletions)"
            causes.append(invalid_value(SPEC / "nodeSelector", added, detail))
        _put_back(left, old, "nodeSelector")
    if left == dict(old):
        return causes
    fields = ",".join(_MAY_CHANGE)
    detail = f"pod updates may not change fields other than {fields}\n{pod_spec_diff(old, left)}"
    return [*causes, forbidden_field(SPEC, detail)]


def _put_back(new: dict[str, Any], old: Mapping[str, Any], name: str) -> None:
    new.pop(name, None)
    if name in old:
        new[name] = old[name]
