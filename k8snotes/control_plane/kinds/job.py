"""Job: Pods that are meant to end, until enough of them have succeeded.

Source of the rules: https://kubernetes.io/docs/concepts/workloads/controllers/job/ and `ValidateJob` in
k8s.io/kubernetes/pkg/apis/batch/validation
"""

from __future__ import annotations

from k8snotes.api.base import Manifest, mapping, mappings, sequence
from k8snotes.api.label_selector import validate_label_selector
from k8snotes.api.names import dns1123_label, dns1123_subdomain
from k8snotes.api.selector import Selector
from k8snotes.control_plane.defaulting import complete_template, set_missing
from k8snotes.control_plane.kinds.rules import Rules
from k8snotes.control_plane.validation import job_policies
from k8snotes.control_plane.validation.internal_form import internal_template
from k8snotes.control_plane.validation.metadata import metadata, metadata_update
from k8snotes.control_plane.validation.pod_spec import template
from k8snotes.control_plane.validation.pod_warnings import template_warnings
from k8snotes.control_plane.validation.references import domain_prefixed_path
from k8snotes.control_plane.validation.wording import (
    IMMUTABLE,
    Path,
    immutable,
    invalid_value,
    not_negative,
    not_supported,
    one_of,
    required,
)
from k8snotes.control_plane.validation.workload import NO_MATCH
from k8snotes.errors import ApiWarning, Cause, LabelSelectorError

__all__ = ["RULES", "job_spec"]

SPEC = Path("spec")
_COUNTS = (
    "parallelism",
    "completions",
    "activeDeadlineSeconds",
    "backoffLimit",
    "ttlSecondsAfterFinished",
    "backoffLimitPerIndex",
    "maxFailedIndexes",
)
_MODES = ("NonIndexed", "Indexed")
_MOST_INDEXED = 100_000
_NOT_INDEXED = "requires indexed completion mode"
_NOT_GENERATED = "`selector` not auto-generated"


def _complete(manifest: Manifest) -> None:
    """Fill in the defaults of a Job.

    Source of the rule: `SetDefaults_Job` in k8s.io/kubernetes/pkg/apis/batch/v1
    """
    spec, meta = manifest["spec"], manifest["metadata"]
    complete_template({"spec": spec})
    labels = mapping(mapping(spec.get("template")).get("metadata")).get("labels")
    if labels is not None and not meta.get("labels"):
        # the same map, so that what is added to the one is in the other
        meta["labels"] = labels
    for rule in sequence(mapping(spec.get("podFailurePolicy")).get("rules")):
        for pattern in sequence(rule.get("onPodConditions")):
            set_missing(pattern, status="True")
    if spec.get("completions") is None and spec.get("parallelism") is None:
        spec["completions"] = 1
    for field, value in (
        ("parallelism", 1),
        ("completionMode", "NonIndexed"),
        ("suspend", False),
        ("manualSelector", False),
    ):
        if spec.get(field) is None:
            spec[field] = value
    if spec.get("backoffLimit") is None:
        spec["backoffLimit"] = 6 if spec.get("backoffLimitPerIndex") is None else 2**31 - 1
    if spec.get("podReplacementPolicy") is None:
        failed = spec.get("podFailurePolicy") is not None
        spec["podReplacementPolicy"] = "Failed" if failed else "TerminatingOrFailed"


def _prepare(manifest: Manifest) -> None:
    """Give a new Job the selector and the labels that are made of its uid; what its author has set stays.

    Source of the rule: `generateSelector` in k8s.io/kubernetes/pkg/registry/batch/job
    """
    spec, meta = manifest["spec"], manifest["metadata"]
    if spec.get("manualSelector"):
        _own_labels(manifest)
        return
    labels = spec["template"].setdefault("metadata", {}).setdefault("labels", {})
    name, uid = meta.get("name", ""), meta.get("uid", "")
    for prefix in ("", "batch.kubernetes.io/"):
        # what the author has set stays, and is refused if it is wrong
        labels.setdefault(f"{prefix}controller-uid", uid)
        labels.setdefault(f"{prefix}job-name", name)
    selector = spec.setdefault("selector", {})
    selector["matchLabels"] = {"batch.kubernetes.io/controller-uid": uid} | (
        mapping(selector.get("matchLabels"))
    )
    _own_labels(manifest)


def _prepare_update(new: Manifest, _old: Manifest) -> None:
    _own_labels(new)


def _own_labels(manifest: Manifest) -> None:
    """Let the Job's labels be a map of their own again, now that the template's are complete."""
    if manifest["metadata"].get("labels"):
        manifest["metadata"]["labels"] = dict(manifest["metadata"]["labels"])
    else:
        manifest["metadata"].pop("labels", None)


def _check(manifest: Manifest) -> list[Cause]:
    """Check a Job; its selector is made by the API server unless `manualSelector` is set."""
    meta, spec = manifest["metadata"], manifest["spec"]
    causes = metadata(meta, dns1123_subdomain, namespaced=True)
    causes += _generated_selector(meta, spec) + _selected_spec(spec)
    completions = spec.get("completions") or 0
    if spec.get("completionMode") == "Indexed" and completions > 0:
        # the Pods' host names end in their index
        last = f"{meta.get('name', '')}-{completions - 1}"
        if dns1123_label(last):
            detail = f"will not able to create pod with invalid DNS label: {last}"
            causes.append(invalid_value("metadata.name", meta.get("name", ""), detail))
    return causes


def _generated_selector(meta: Manifest, spec: Manifest) -> list[Cause]:
    """Check that what the API server has set is still what it has set (validateGeneratedSelector)."""
    selector = spec.get("selector")
    if spec.get("manualSelector") or selector is None:
        return []
    causes: list[Cause] = []
    labels = mapping(mapping(spec["template"].get("metadata")).get("labels"))
    expected = {
        f"{prefix}{key}": value
        for prefix in ("batch.kubernetes.io/", "")
        for key, value in (("controller-uid", meta.get("uid", "")), ("job-name", meta.get("name", "")))
    }
    for key, value in expected.items():
        path = (SPEC / "template" / "metadata" / "labels").key(key)
        if key not in labels:
            causes.append(required(path, f"must be '{value}'"))
        elif labels[key] != value:
            causes.append(invalid_value(path, labels, f"must be '{value}'"))
    try:
        generated = Selector.from_label_selector(selector).matches(expected)
    except LabelSelectorError:
        return causes
    return causes if generated else [*causes, invalid_value(SPEC / "selector", selector, _NOT_GENERATED)]


def _check_update(new: Manifest, old: Manifest) -> list[Cause]:
    """Check a Job that replaces another: what it runs stays. Kubernetes looks at the whole twice."""
    causes = _check(new) + metadata_update(new["metadata"], old["metadata"]) + _selected_spec(new["spec"])
    before, after = old["spec"], new["spec"]
    if after.get("completionMode") != "Indexed" or after.get("completions") != after.get("parallelism"):
        causes += immutable(SPEC / "completions", after.get("completions"), before.get("completions"))
    for name in ("selector", "template", "completionMode", "podFailurePolicy", "backoffLimitPerIndex"):
        if name != "template":
            causes += immutable(SPEC / name, after.get(name), before.get(name))
        elif mapping(after.get(name)) != _stays(old, mapping(after.get(name))):
            shown = internal_template(mapping(after.get(name)))
            causes.append(invalid_value(SPEC / name, shown, IMMUTABLE))
    return causes


def _stays(old: Manifest, new: Manifest) -> Manifest:
    """Return what the template of a Job was, with all of `new` in it that may change.

    That is nothing, but for a suspended Job that runs no Pod: where its Pods may go, and what they request.

    Source of the rule: `validatePodTemplateUpdate` in k8s.io/kubernetes/pkg/apis/batch/validation
    """
    template, status = mapping(old["spec"].get("template")), mapping(old.get("status"))
    stopped = any(
        item.get("type") == "Suspended" and item.get("status") == "True"
        for item in mappings(status.get("conditions"))
    )
    rests = not status.get("active") and (stopped or not status.get("startTime"))
    if not (old["spec"].get("suspend") and rests):
        return template
    spec, wanted = mapping(template.get("spec")), mapping(new.get("spec"))
    around = {
        **mapping(spec.get("affinity")),
        "nodeAffinity": mapping(wanted.get("affinity")).get("nodeAffinity"),
    }
    around = {field: value for field, value in around.items() if value is not None}
    changed = {
        "affinity": around or ({} if "affinity" in wanted else None),
        **{field: wanted.get(field) for field in ("nodeSelector", "tolerations", "schedulingGates")},
        **{field: _resized(spec, wanted, field) for field in ("containers", "initContainers")},
    }
    meta = mapping(new.get("metadata"))
    notes = {field: meta.get(field) for field in ("annotations", "labels")}
    found = {
        **template,
        "metadata": _without_none({**mapping(template.get("metadata")), **notes}),
        "spec": _without_none({**spec, **changed}),
    }
    if not found["metadata"] and "metadata" not in new:
        del found["metadata"]
    return found


def _resized(spec: Manifest, wanted: Manifest, field: str) -> list[Manifest] | None:
    """Return the containers of a template with the resources that they are to have."""
    if field not in spec:
        return None
    there, new = mappings(spec.get(field)), mappings(wanted.get(field))
    if len(there) != len(new):
        return there
    return [
        _without_none({**item, "resources": other.get("resources")})
        for item, other in zip(there, new, strict=True)
    ]


def _without_none(fields: Manifest) -> Manifest:
    return {field: value for field, value in fields.items() if value is not None}


def _selected_spec(spec: Manifest) -> list[Cause]:
    """Check the specification, and that the selector finds the template's labels."""
    causes = job_spec(spec, SPEC)
    selector = spec.get("selector")
    if selector is None:
        causes.append(required(SPEC / "selector"))
    else:
        causes += validate_label_selector(selector, SPEC / "selector")
    have = mapping(spec["template"].get("metadata")).get("labels")
    try:
        matches = Selector.from_label_selector(selector).matches(have or {})
    except LabelSelectorError:
        return causes
    if not matches:
        causes.append(
            invalid_value(SPEC / "template" / "metadata" / "labels", have, NO_MATCH, "template-labels")
        )
    return causes


def job_spec(spec: Manifest, path: Path) -> list[Cause]:
    """Check the specification of a Job, or of the Jobs that a CronJob makes (validateJobSpec)."""
    causes: list[Cause] = []
    for name in _COUNTS:
        causes += not_negative(path / name, spec.get(name) or 0)
    causes += _indexes(spec, path)
    if spec.get("managedBy") is not None:
        causes += domain_prefixed_path(spec["managedBy"], path / "managedBy")
    if spec.get("podFailurePolicy") is not None:
        causes += job_policies.failure_policy(spec, path / "podFailurePolicy")
    if spec.get("successPolicy") is not None:
        causes += job_policies.success_policy(spec, path / "successPolicy")
    causes += _replacement(spec, path / "podReplacementPolicy")
    causes += template(spec["template"], path / "template")
    return causes + _restart_policy(spec, path / "template" / "spec" / "restartPolicy")


def _indexes(spec: Manifest, path: Path) -> list[Cause]:
    """Check what only Jobs with an index for each Pod may say (`completionMode: Indexed`)."""
    causes: list[Cause] = []
    mode, failed = spec.get("completionMode"), spec.get("maxFailedIndexes")
    if failed is not None and spec.get("backoffLimitPerIndex") is None:
        causes.append(required(path / "backoffLimitPerIndex", "when maxFailedIndexes is specified"))
    causes += one_of(mode, path / "completionMode", _MODES)
    if mode == "Indexed":
        if spec.get("completions") is None:
            causes.append(required(path / "completions", "when completion mode is Indexed"))
        if (spec.get("parallelism") or 0) > _MOST_INDEXED:
            detail = f"must be less than or equal to {_MOST_INDEXED} when completion mode is Indexed"
            causes.append(invalid_value(path / "parallelism", spec["parallelism"], detail))
        if failed is not None and spec.get("completions") is not None and failed > spec["completions"]:
            detail = "must be less than or equal to completions"
            causes.append(invalid_value(path / "maxFailedIndexes", failed, detail))
    elif mode in (None, "NonIndexed"):
        causes += [
            invalid_value(path / name, spec[name], _NOT_INDEXED)
            for name in ("backoffLimitPerIndex", "maxFailedIndexes")
            if spec.get(name) is not None
        ]
    return causes


def _replacement(spec: Manifest, path: Path) -> list[Cause]:
    """Check when a Pod that ends is replaced."""
    policy = spec.get("podReplacementPolicy")
    options = ("Failed",) if spec.get("podFailurePolicy") is not None else ("Failed", "TerminatingOrFailed")
    return [] if policy is None or policy in options else [not_supported(path, policy, options)]


def _restart_policy(spec: Manifest, path: Path) -> list[Cause]:
    """Check the restart policy: "Always", what a Pod gets by default, is no choice for a Job."""
    policy = mapping(spec["template"].get("spec")).get("restartPolicy", "")
    if policy in ("Always", ""):
        # what a Pod gets by default is no choice for a Job
        return [required(path, 'valid values: "OnFailure", "Never"')]
    if policy not in ("OnFailure", "Never"):
        return [not_supported(path, policy, ("OnFailure", "Never"))]
    if spec.get("podFailurePolicy") is not None and policy != "Never":
        return [invalid_value(path, policy, 'only "Never" is supported when podFailurePolicy is specified')]
    return []


def _warnings(manifest: Manifest, old: Manifest | None) -> list[ApiWarning]:
    """Warn of a name that makes bad host names, and of what is odd in the template."""
    return template_warnings(manifest, old, names_pods=True)


RULES = Rules(
    group="batch",
    complete=_complete,
    status={},
    prepare=_prepare,
    prepare_update=_prepare_update,
    check=_check,
    check_update=_check_update,
    warnings=_warnings,
)
