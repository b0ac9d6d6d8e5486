"""Pod: one or more containers on one Node; almost nothing of it may change once it is there.

What a template shares with it is in `validation/pod_spec.py` and `defaulting.py`.

Source of the rules: https://kubernetes.io/docs/concepts/workloads/pods/, `ValidatePodCreate` and
`ValidatePodUpdate` in k8s.io/kubernetes/pkg/apis/core/validation
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

from k8snotes.api.base import Manifest, mapping, sequence
from k8snotes.api.go_text import quoted
from k8snotes.api.names import dns1123_subdomain
from k8snotes.api.quantity import Quantity
from k8snotes.control_plane.decoded import Decoded
from k8snotes.control_plane.defaulting import complete_pod_spec
from k8snotes.control_plane.kinds.rules import Amounts, Rules
from k8snotes.control_plane.pod_resources import of_containers, pod_amounts, qos_class
from k8snotes.control_plane.validation import containers
from k8snotes.control_plane.validation.internal_form import pod_spec_diff, spec_diff
from k8snotes.control_plane.validation.metadata import metadata, metadata_update
from k8snotes.control_plane.validation.pod_spec import MIRROR, pod_annotations, pod_spec
from k8snotes.control_plane.validation.pod_warnings import pod_name_warning, pod_warnings
from k8snotes.control_plane.validation.scheduling import only_added_tolerations
from k8snotes.control_plane.validation.wording import Path, forbidden_field, invalid_value, required
from k8snotes.errors import ApiWarning, Cause

__all__ = ["RULES"]

SPEC = Path("spec")
_LARGEST = 2**31 - 1
_COMPUTE = ("cpu", "memory", "ephemeral-storage")
_MAY_CHANGE = (
    "`spec.containers[*].image`",
    "`spec.initContainers[*].image`",
    "`spec.activeDeadlineSeconds`",
    "`spec.tolerations` (only additions to existing tolerations)",
    "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)",
)
_GATED = {
    "type": "PodScheduled",
    "status": "False",
    "reason": "SchedulingGated",
    "message": "Scheduling is blocked due to non-empty scheduling gates",
}


def _complete(manifest: Manifest) -> None:
    """Fill in the defaults of a Pod, which a template does not have: a limit is also the request, for example.

    Source of the rule: `SetDefaults_Pod` in k8s.io/kubernetes/pkg/apis/core/v1
    """
    spec = manifest["spec"]
    complete_pod_spec(spec)
    for container in (*sequence(spec.get("containers")), *sequence(spec.get("initContainers"))):
        resources = mapping(container.get("resources"))
        if resources.get("limits"):
            # a container with a limit and no request requests its limit
            resources["requests"] = resources["limits"] | mapping(resources.get("requests"))
            container["resources"] = resources
    _whole_pod(spec)
    if spec.get("enableServiceLinks") is None:
        spec["enableServiceLinks"] = True
    if spec.get("hostNetwork"):
        for container in (*sequence(spec.get("containers")), *sequence(spec.get("initContainers"))):
            for port in sequence(container.get("ports")):
                if not port.get("hostPort"):
                    port["hostPort"] = port.get("containerPort", 0)


def _whole_pod(spec: Manifest) -> None:
    """Let a Pod with limits of its own ask for what its containers ask for, or else for these limits."""
    own = mapping(spec.get("resources"))
    if not own.get("limits"):
        return
    requests = {
        name: str(amount)
        for name, amount in of_containers(spec, "requests").items()
        if name in ("cpu", "memory")
    }
    own["requests"] = own["limits"] | requests | mapping(own.get("requests"))


def _prepare(manifest: Manifest) -> None:
    """Set the first status: it waits, and its quality of service is known."""
    manifest["status"] = {"phase": "Pending", "qosClass": qos_class(manifest)}
    if mapping(manifest.get("spec")).get("schedulingGates"):
        manifest["status"]["conditions"] = [_GATED]


def _check(manifest: Manifest) -> list[Cause]:
    """Check a new Pod (ValidatePodCreate)."""
    spec = manifest["spec"]
    causes = _check_always(manifest)
    if spec.get("ephemeralContainers"):
        causes.append(forbidden_field(SPEC / "ephemeralContainers", "cannot be set on create"))
    if spec.get("nodeName") and spec.get("schedulingGates"):
        detail = "cannot be set until all schedulingGates have been cleared"
        causes.append(forbidden_field(SPEC / "nodeName", detail))
    return causes


def _check_always(manifest: Manifest) -> list[Cause]:
    """Check what holds for a Pod at any time (validatePodMetadataAndSpec)."""
    meta, spec = manifest["metadata"], manifest["spec"]
    causes = metadata(meta, dns1123_subdomain, namespaced=True)
    causes += pod_annotations(meta, spec, Path("metadata") / "annotations")
    causes += pod_spec(spec, SPEC, is_pod=True)
    for kind in ("containers", "initContainers"):
        causes += containers.only_in_pods(sequence(spec.get(kind)), SPEC / kind)
    return causes


def _check_update(new: Manifest, old: Manifest) -> list[Cause]:
    """Check a Pod that replaces another (ValidatePodUpdate).

    Source of the rule: https://kubernetes.io/docs/concepts/workloads/pods/#pod-update-and-replacement
    """
    after, before = new["spec"], old["spec"]
    causes = metadata_update(new["metadata"], old["metadata"])
    causes += _check_always(new)
    causes += _annotations(new["metadata"], old["metadata"])
    for kind in ("containers", "initContainers"):
        wrong, stop = _containers(sequence(after.get(kind)), sequence(before.get(kind)), SPEC / kind)
        causes += wrong
        if stop:
            return causes
    wrong, stop = _deadline(after.get("activeDeadlineSeconds"), before.get("activeDeadlineSeconds"))
    causes += wrong
    if stop:
        return causes
    causes += only_added_tolerations(
        sequence(after.get("tolerations")), sequence(before.get("tolerations")), SPEC / "tolerations"
    )
    causes += _gates(sequence(after.get("schedulingGates")), sequence(before.get("schedulingGates")))
    return causes + _rest(after, before)


def _keep_all_but_ephemeral(new: Manifest, old: Manifest) -> None:
    """Let everything but the ephemeral containers be as it was (`dropNonEphemeralContainerUpdates`)."""
    items = new["spec"].get("ephemeralContainers")
    new["metadata"] = copy.deepcopy(old["metadata"])
    new["spec"] = copy.deepcopy(old["spec"])
    _put_back(new["spec"], {"ephemeralContainers": items} if items else {}, "ephemeralContainers")


def _check_ephemeral(new: Manifest, old: Manifest) -> list[Cause]:
    """Check new ephemeral containers: those that are there stay as they are (ValidatePodEphemeralContainersUpdate).

    Source of the rule: https://kubernetes.io/docs/concepts/workloads/pods/ephemeral-containers/
    """
    if MIRROR in mapping(old["metadata"].get("annotations")):
        return [forbidden_field(Path("[]"), "static pods do not support ephemeral containers")]
    causes = metadata_update(new["metadata"], old["metadata"]) + _check_always(new)
    path = SPEC / "ephemeralContainers"
    there = {item.get("name"): item for item in sequence(new["spec"].get("ephemeralContainers"))}
    for before in sequence(old["spec"].get("ephemeralContainers")):
        after, name = there.get(before.get("name")), quoted(before.get("name", ""))
        if after is None:
            causes.append(forbidden_field(path, f"existing ephemeral containers {name} may not be removed\n"))
        elif after != before:
            changes = spec_diff("EphemeralContainer", before, after)
            detail = f"existing ephemeral containers {name} may not be changed\n{changes}"
            causes.append(forbidden_field(path, detail))
    return causes


def _annotations(new: Manifest, old: Manifest) -> list[Cause]:
    """Check that a mirror Pod stays one, and no other becomes one."""
    now, before = mapping(new.get("annotations")).get(MIRROR), mapping(old.get("annotations")).get(MIRROR)
    if now == before:
        return []
    verb = "add" if before is None else "remove or update"
    return [
        forbidden_field(Path("metadata.annotations").key(MIRROR), f"may not {verb} mirror pod annotation")
    ]


def _containers(new: Sequence[Manifest], old: Sequence[Manifest], path: Path) -> tuple[list[Cause], bool]:
    """Check that containers stay; says also whether to stop there, as their number has changed."""
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
    """Check that a deadline only gets shorter; says also whether to stop there."""
    path = SPEC / "activeDeadlineSeconds"
    if new is None:
        detail = "must not update from a positive integer to nil value"
        return ([] if old is None else [invalid_value(path, None, detail)]), False
    if not 0 <= new <= _LARGEST:
        return [invalid_value(path, new, f"must be between 0 and {_LARGEST}, inclusive")], True
    if old is not None and old < new:
        return [invalid_value(path, new, "must be less than or equal to previous value")], True
    return [], False


def _gates(new: Sequence[Manifest], old: Sequence[Manifest]) -> list[Cause]:
    """Check that scheduling gates only go."""
    known = {gate.get("name") for gate in old}
    return [
        forbidden_field(
            SPEC / "schedulingGates" @ i / "name",
            f"only deletion is allowed, but found new scheduling gate '{gate.get('name', '')}'",
        )
        for i, gate in enumerate(new)
        if gate.get("name") not in known
    ]


def _rest(new: Manifest, old: Manifest) -> list[Cause]:
    """Put back what may change; whatever still differs may not, and is shown in Kubernetes' internal form."""
    left = copy.deepcopy(new)
    for kind in ("containers", "initContainers"):
        for container, before in zip(sequence(left.get(kind)), sequence(old.get(kind)), strict=True):
            container["image"] = before.get("image", "")
    for name in ("activeDeadlineSeconds", "schedulingGates", "tolerations"):
        _put_back(left, old, name)
    grace = old.get("terminationGracePeriodSeconds")
    if grace is not None and grace < 0 and left.get("terminationGracePeriodSeconds") == 1:
        left["terminationGracePeriodSeconds"] = grace
    causes: list[Cause] = []
    if old.get("schedulingGates"):
        # a Pod that waits at a gate may still be told where to run
        added, before = mapping(left.get("nodeSelector")), mapping(old.get("nodeSelector"))
        if any(added.get(key) != value for key, value in before.items()):
            detail = "only additions to spec.nodeSelector are allowed (no mutations or deletions)"
            causes.append(invalid_value(SPEC / "nodeSelector", added, detail))
        _put_back(left, old, "nodeSelector")
    if left == dict(old):
        return causes
    fields = ",".join(_MAY_CHANGE)
    detail = f"pod updates may not change fields other than {fields}\n{pod_spec_diff(old, left)}"
    return [*causes, forbidden_field(SPEC, detail)]


def _put_back(new: dict[str, Any], old: Manifest, name: str) -> None:
    """Let a field be as it was."""
    new.pop(name, None)
    if isinstance(new, Decoded):
        new.empty.pop(name, None)
    if name in old:
        new[name] = old[name]


def _warnings(manifest: Manifest, old: Manifest | None) -> list[ApiWarning]:
    """Warn of a name that makes a bad host name, and of what is odd in the specification."""
    if old is not None:
        return []
    meta = manifest["metadata"]
    named = pod_name_warning(meta.get("name", ""), "the Pod's hostname")
    return named + pod_warnings(mapping(manifest.get("spec")), meta, Path())


def _amounts(manifest: Manifest) -> Amounts:
    """Count the Pod and what it requests and may have at most; one that has ended uses nothing.

    Source of the rule: https://kubernetes.io/docs/concepts/policy/resource-quotas/#compute-resource-quota
    """
    if mapping(manifest.get("status")).get("phase") in ("Failed", "Succeeded"):
        return {"pods": Quantity(0)}  # a Pod that has ended is still an object, but uses nothing
    requests, limits = pod_amounts(manifest)
    amounts: Amounts = {}
    for name, amount in requests.items():
        amounts[f"requests.{name}"] = amount
        if name in _COMPUTE or name.startswith("hugepages-"):
            amounts[name] = amount
    return amounts | {f"limits.{name}": amount for name, amount in limits.items() if name in _COMPUTE}


RULES = Rules(
    complete=_complete,
    prepare=_prepare,
    check=_check,
    check_update=_check_update,
    warnings=_warnings,
    amounts=_amounts,
    subresources={
        "ephemeralcontainers": Rules(
            complete=_complete, prepare_update=_keep_all_but_ephemeral, check_update=_check_ephemeral
        )
    },
)
