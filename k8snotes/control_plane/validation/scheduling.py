"""Rules for where a Pod may run: tolerations and taints, affinity, spreading."""

from __future__ import annotations

from collections.abc import Sequence

from k8snotes.api.base import Manifest, mapping, sequence
from k8snotes.api.label_selector import validate_label_selector
from k8snotes.api.names import dns1123_label, dns1123_subdomain, label_value
from k8snotes.control_plane.validation.metadata import label_name
from k8snotes.control_plane.validation.wording import (
    GoStruct,
    Path,
    duplicate,
    forbidden_field,
    invalid_value,
    invalid_values,
    not_supported,
    one_of,
    required,
)
from k8snotes.errors import Cause

Item = Manifest


__all__ = [
    "affinity",
    "node_selector",
    "only_added_tolerations",
    "spread_constraints",
    "taints",
    "tolerations",
]

_EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")
_SPREAD_ACTIONS = ("DoNotSchedule", "ScheduleAnyway")
_NODE_POLICIES = ("Honor", "Ignore")
_OPERATOR = "not a valid selector operator"


def _effect(effect: str, path: Path, *, needed: bool) -> list[Cause]:
    """Check the effect of a taint, or of a toleration, which need not name one."""
    if not effect:
        return [required(path)] if needed else []
    return one_of(effect, path, _EFFECTS)


def tolerations(items: Sequence[Item], path: Path) -> list[Cause]:
    """Check the tolerations of a Pod (ValidateTolerations).

    Source of the rule: https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/
    """
    causes: list[Cause] = []
    for i, toleration in enumerate(items):
        here = path @ i
        key, operator = toleration.get("key", ""), toleration.get("operator", "")
        value, effect = toleration.get("value", ""), toleration.get("effect", "")
        if key:
            causes += label_name(key, here / "key")
        elif operator != "Exists":
            detail = (
                'operator must be Exists when `key` is empty, which means "match all values and all keys"'
            )
            causes.append(invalid_value(here / "operator", operator, detail))
        if toleration.get("tolerationSeconds") is not None and effect != "NoExecute":
            detail = "effect must be 'NoExecute' when `tolerationSeconds` is set"
            causes.append(invalid_value(here / "effect", effect, detail))
        if operator in ("", "Equal"):
            details = label_value(value)
            if details:
                causes.append(invalid_value(here / "operator", value, ";".join(details)))
        elif operator == "Exists":
            if value:
                detail = "value must be empty when `operator` is 'Exists'"
                causes.append(invalid_value(here / "operator", value, detail))
        else:
            causes.append(not_supported(here / "operator", operator, ("Equal", "Exists")))
        causes += _effect(effect, here / "effect", needed=False)
    return causes


def only_added_tolerations(new: Sequence[Item], old: Sequence[Item], path: Path) -> list[Cause]:
    """Check that an update of a Pod only adds tolerations; their seconds may change.

    Source of the rule: `validateOnlyAddedTolerations` in k8s.io/kubernetes/pkg/apis/core/validation
    """
    bare = [{key: value for key, value in item.items() if key != "tolerationSeconds"} for item in new]
    for item in old:
        if {key: value for key, value in item.items() if key != "tolerationSeconds"} not in bare:
            detail = "existing toleration can not be modified except its tolerationSeconds"
            return [forbidden_field(path, detail)]
    return tolerations(new, path)


def taints(items: Sequence[Item], path: Path) -> list[Cause]:
    """Check the taints of a Node (validateNodeTaints).

    Args:
        items: the taints; each key may have an effect once.
        path: the path of the list in the manifest.

    Source of the rule: https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/
    """
    causes: list[Cause] = []
    seen: set[tuple[str, str]] = set()
    for i, taint in enumerate(items):
        here = path @ i
        key, value, effect = taint.get("key", ""), taint.get("value", ""), taint.get("effect", "")
        causes += label_name(key, here / "key")
        details = label_value(value)
        if details:
            causes.append(invalid_value(here / "value", value, ";".join(details)))
        causes += _effect(effect, here / "effect", needed=True)
        if (key, effect) in seen:
            shown = GoStruct(Key=key, Value=value, Effect=effect, TimeAdded=taint.get("timeAdded"))
            causes.append(duplicate(here, shown, "taints must be unique by key and effect pair"))
        seen.add((key, effect))
    return causes


def affinity(manifest: Item | None, path: Path) -> list[Cause]:
    """Check the affinities of a Pod (validateAffinity).

    Source of the rule: https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/#affinity-and-anti-affinity
    """
    if not manifest:
        return []
    causes: list[Cause] = []
    if manifest.get("nodeAffinity"):
        causes += _node_affinity(manifest["nodeAffinity"], path / "nodeAffinity")
    for kind in ("podAffinity", "podAntiAffinity"):
        if manifest.get(kind):
            causes += _pod_affinity(manifest[kind], path / kind)
    return causes


def _node_affinity(manifest: Item, path: Path) -> list[Cause]:
    """Check which Nodes a Pod wants (validateNodeAffinity)."""
    causes: list[Cause] = []
    needed = manifest.get("requiredDuringSchedulingIgnoredDuringExecution")
    if needed is not None:
        causes += node_selector(needed, path / "requiredDuringSchedulingIgnoredDuringExecution")
    preferred = path / "preferredDuringSchedulingIgnoredDuringExecution"
    for i, term in enumerate(sequence(manifest.get("preferredDuringSchedulingIgnoredDuringExecution"))):
        causes += _weight(term, preferred @ i)
        causes += _node_term(mapping(term.get("preference")), preferred @ i / "preference", values=False)
    return causes


def node_selector(manifest: Item, path: Path) -> list[Cause]:
    """Check the terms of which a Node has to fit one (ValidateNodeSelector).

    Args:
        manifest: the selector, with its `nodeSelectorTerms`.
        path: its path in the manifest.

    >>> [cause.field for cause in node_selector({}, Path("required"))]
    ['required.nodeSelectorTerms']
    """
    here, terms = path / "nodeSelectorTerms", sequence(manifest.get("nodeSelectorTerms"))
    if not terms:
        return [required(here, "must have at least one node selector term")]
    return [cause for i, term in enumerate(terms) for cause in _node_term(term, here @ i, values=True)]


def _weight(term: Item, path: Path) -> list[Cause]:
    """Check the weight of a preference: 1 to 100."""
    weight = term.get("weight", 0)
    return (
        [] if 1 <= weight <= 100 else [invalid_value(path / "weight", weight, "must be in the range 1-100")]
    )


def _node_term(term: Item, path: Path, *, values: bool) -> list[Cause]:
    """Check a node selector term (ValidateNodeSelectorTerm)."""
    causes: list[Cause] = []
    for i, expression in enumerate(sequence(term.get("matchExpressions"))):
        causes += _node_expression(expression, path / "matchExpressions" @ i, check_values=values)
    for i, expression in enumerate(sequence(term.get("matchFields"))):
        causes += _node_field(expression, path / "matchFields" @ i)
    return causes


def _node_expression(expression: Item, path: Path, *, check_values: bool) -> list[Cause]:
    """Check one expression over a Node's labels (ValidateNodeSelectorRequirement)."""
    causes: list[Cause] = []
    operator, values = expression.get("operator", ""), sequence(expression.get("values"))
    match operator:
        case "In" | "NotIn":
            if not values:
                causes.append(
                    required(path / "values", "must be specified when `operator` is 'In' or 'NotIn'")
                )
        case "Exists" | "DoesNotExist":
            if values:
                detail = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"
                causes.append(forbidden_field(path / "values", detail))
        case "Gt" | "Lt":
            if len(values) != 1:
                detail = "must be specified single value when `operator` is 'Lt' or 'Gt'"
                causes.append(required(path / "values", detail))
        case _:
            causes.append(invalid_value(path / "operator", operator, _OPERATOR))
    causes += label_name(expression.get("key", ""), path / "key")
    for i, value in enumerate(values if check_values else ()):
        causes += invalid_values(path / "values" @ i, value, label_value(value))
    return causes


def _node_field(expression: Item, path: Path) -> list[Cause]:
    """Check one expression over a Node's fields: its name alone (ValidateNodeFieldSelectorRequirement)."""
    causes: list[Cause] = []
    operator, values = expression.get("operator", ""), sequence(expression.get("values"))
    if operator not in ("In", "NotIn"):
        causes.append(invalid_value(path / "operator", operator, _OPERATOR))
    elif len(values) != 1:
        detail = "must be only one value when `operator` is 'In' or 'NotIn' for node field selector"
        causes.append(required(path / "values", detail))
    if expression.get("key", "") != "metadata.name":
        detail = "not a valid field selector key"
        return [*causes, invalid_value(path / "key", expression.get("key", ""), detail)]
    for i, value in enumerate(values):
        causes += invalid_values(path / "values" @ i, value, dns1123_subdomain(value))
    return causes


def _pod_affinity(manifest: Item, path: Path) -> list[Cause]:
    """Check near which Pods, or away from which, a Pod wants to be."""
    causes: list[Cause] = []
    needed = path / "requiredDuringSchedulingIgnoredDuringExecution"
    for i, term in enumerate(sequence(manifest.get("requiredDuringSchedulingIgnoredDuringExecution"))):
        causes += _pod_term(term, needed @ i)
    preferred = path / "preferredDuringSchedulingIgnoredDuringExecution"
    for i, term in enumerate(sequence(manifest.get("preferredDuringSchedulingIgnoredDuringExecution"))):
        causes += _weight(term, preferred @ i)
        causes += _pod_term(mapping(term.get("podAffinityTerm")), preferred @ i / "podAffinityTerm")
    return causes


def _pod_term(term: Item, path: Path) -> list[Cause]:
    """Check one term of that (validatePodAffinityTerm)."""
    causes = validate_label_selector(term.get("labelSelector"), path / "labelSelector")
    causes += validate_label_selector(term.get("namespaceSelector"), path / "namespaceSelector")
    for namespace in sequence(term.get("namespaces")):
        causes += invalid_values(path / "namespace", namespace, dns1123_label(namespace))
    for field in ("matchLabelKeys", "mismatchLabelKeys"):
        keys = sequence(term.get(field))
        if keys and term.get("labelSelector") is None:
            detail = "must not be specified when labelSelector is not set"
            causes.append(forbidden_field(path / field, detail))
            continue
        for i, key in enumerate(keys):
            causes += label_name(key, path / field @ i)
    both = set(sequence(term.get("mismatchLabelKeys")))
    for i, key in enumerate(sequence(term.get("matchLabelKeys"))):
        if key in both:
            detail = "exists in both matchLabelKeys and mismatchLabelKeys"
            causes.append(invalid_value(path / "matchLabelKeys" @ i, key, detail))
    topology = term.get("topologyKey", "")
    if not topology:
        causes.append(required(path / "topologyKey", "can not be empty"))
    return causes + label_name(topology, path / "topologyKey")


def spread_constraints(items: Sequence[Item], path: Path) -> list[Cause]:
    """Check how a Pod wants to be spread (validateTopologySpreadConstraints).

    Source of the rule: https://kubernetes.io/docs/concepts/scheduling-eviction/topology-spread-constraints/
    """
    causes: list[Cause] = []
    for i, constraint in enumerate(items):
        here = path @ i
        skew, key = constraint.get("maxSkew", 0), constraint.get("topologyKey", "")
        action = constraint.get("whenUnsatisfiable", "")
        if skew <= 0:
            causes.append(invalid_value(here / "maxSkew", skew, "must be greater than zero"))
        if not key:
            causes.append(required(here / "topologyKey", "can not be empty"))
        causes += one_of(action, here / "whenUnsatisfiable", _SPREAD_ACTIONS)
        later = [(c.get("topologyKey", ""), c.get("whenUnsatisfiable", "")) for c in items[i + 1 :]]
        if (key, action) in later:
            causes.append(duplicate(here / "{topologyKey, whenUnsatisfiable}", f"{{{key}, {action}}}"))
        causes += _min_domains(constraint, here / "minDomains")
        for name in ("nodeAffinityPolicy", "nodeTaintsPolicy"):
            policy = constraint.get(name)
            causes += one_of(policy, here / name, _NODE_POLICIES)
        causes += _match_label_keys(constraint, here / "matchLabelKeys")
        causes += validate_label_selector(constraint.get("labelSelector"), here / "labelSelector")
    return causes


def _min_domains(constraint: Item, path: Path) -> list[Cause]:
    """Check how many places there have to be at least (validateMinDomains)."""
    causes: list[Cause] = []
    number, action = constraint.get("minDomains"), constraint.get("whenUnsatisfiable", "")
    if number is not None and number <= 0:
        causes.append(invalid_value(path, number, "must be greater than zero"))
    if number is not None and action != "DoNotSchedule":
        detail = f"can only use minDomains if whenUnsatisfiable=DoNotSchedule, not {action}"
        causes.append(invalid_value(path, number, detail))
    return causes


def _match_label_keys(constraint: Item, path: Path) -> list[Cause]:
    """Check which labels of the Pod itself join the selector (validateMatchLabelKeys)."""
    causes: list[Cause] = []
    keys, selector = sequence(constraint.get("matchLabelKeys")), constraint.get("labelSelector")
    if keys and selector is None:
        causes.append(forbidden_field(path, "must not be specified when labelSelector is not set"))
    known = set(mapping((selector or {}).get("matchLabels")))
    known |= {expression.get("key", "") for expression in sequence((selector or {}).get("matchExpressions"))}
    for i, key in enumerate(keys):
        causes += label_name(key, path @ i)
        if key in known:
            causes.append(invalid_value(path @ i, key, "exists in both matchLabelKeys and labelSelector"))
    return causes
