"""`kubectl describe role`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from k8snotes.api.base import KubeObject, mappings, sequence, text
from k8snotes.kubectl.describe.page import Page
from k8snotes.kubectl.output.go import go_value

__all__ = ["describe"]


def describe(page: Page, obj: KubeObject) -> None:
    """Write a Role or a ClusterRole.

    Each resource of a rule has its line, sorted by its group and its name, and each URL.

    Source of the rule: `RoleDescriber` of k8s.io/kubectl/pkg/describe.
    """
    page.line("Name", obj.name)
    page.labels_and_annotations(obj)
    page.write(0, "PolicyRule:\n")
    page.write(1, "Resources\tNon-Resource URLs\tResource Names\tVerbs\n")
    page.write(1, "---------\t-----------------\t--------------\t-----\n")
    lines = [line for rule in mappings(obj.raw.get("rules")) for line in _rule(rule)]
    for _, line in sorted(lines, key=lambda item: item[0]):
        page.write(1, line)


def _rule(rule: Mapping[str, Any]) -> Iterator[tuple[tuple[str, str], str]]:
    """Yield a line for each resource and each URL of a rule, with what it is sorted by."""
    verbs, names = go_value(sequence(rule.get("verbs"))), go_value(sequence(rule.get("resourceNames")))
    for resource in map(text, sequence(rule.get("resources"))):
        for group in map(text, sequence(rule.get("apiGroups")) or [""]):
            head, slash, rest = resource.partition("/")
            target = (f"{head}.{group}" if group else head) + slash + rest
            yield (group, resource), f"{target}\t[]\t{names}\t{verbs}\n"
    for url in sequence(rule.get("nonResourceURLs")):
        yield ("", ""), f"\t{go_value([text(url)])}\t[]\t{verbs}\n"
