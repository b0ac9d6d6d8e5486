"""Rules of roles as kubectl lists them: a line for each resource and each URL."""

from __future__ import annotations

from collections.abc import Iterable

from k8snotes.api.policy_rule import PolicyRule, compacted
from k8snotes.kubectl.output.go import go_value

__all__ = ["lines_of"]


def lines_of(rules: Iterable[PolicyRule]) -> list[tuple[str, str, str, str]]:
    """Return the cells of each line: the resource, the URLs, the names and the verbs.

    Rules about one resource are put together; the lines are sorted by their verbs first.

    Args:
        rules: the rules, in any order.

    >>> lines_of([PolicyRule(("get",), ("apps",), ("deployments/scale",)), PolicyRule(("get",), urls=("/healthz",))])
    [('', '[/healthz]', '[]', '[get]'), ('deployments.apps/scale', '[]', '[]', '[get]')]

    Source of the rule: `CompactRules` and `SortableRuleSlice` of k8s.io/kubectl/pkg/util/rbac
    """
    parts = compacted(part for rule in rules for part in rule.broken_down())
    return [
        (_resource(rule), _shown(rule.urls), _shown(rule.names), _shown(rule.verbs))
        for rule in sorted(parts, key=_go_text)
    ]


def _go_text(rule: PolicyRule) -> str:
    fields = ("Verbs", "APIGroups", "Resources", "ResourceNames", "NonResourceURLs")
    return "".join(f"{name}:{_shown(items)}," for name, items in zip(fields, rule, strict=True))


def _shown(items: tuple[str, ...]) -> str:
    return go_value(list(items))


def _resource(rule: PolicyRule) -> str:
    """Return the resource with its group between its name and its subresource: "deployments.apps/scale".

    Source of the rule: `CombineResourceGroup` of k8s.io/kubectl/pkg/describe
    """
    if not rule.resources:
        return ""
    head, slash, rest = rule.resources[0].partition("/")
    group = f".{rule.groups[0]}" if rule.groups and rule.groups[0] else ""
    return head + group + slash + rest
