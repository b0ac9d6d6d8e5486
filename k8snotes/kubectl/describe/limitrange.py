"""`kubectl describe limits`."""

from __future__ import annotations

from collections.abc import Iterable

from k8snotes.api.base import KubeObject, mapping, mappings, text
from k8snotes.kubectl.describe.page import Page

__all__ = ["HEAD", "LINE", "describe", "limits"]

_LIMITS = ("min", "max", "defaultRequest", "default", "maxLimitRequestRatio")
HEAD = "Type\tResource\tMin\tMax\tDefault Request\tDefault Limit\tMax Limit/Request Ratio\n"
LINE = "----\t--------\t---\t---\t---------------\t-------------\t-----------------------\n"


def describe(page: Page, obj: KubeObject) -> None:
    """Write all about a LimitRange.

    A line for each resource that has a bound; "-" where one is not set.

    Source of the rule: `LimitRangeDescriber` of k8s.io/kubectl/pkg/describe.
    """
    page.head(obj)
    page.write(0, HEAD + LINE)
    limits(page, [obj], "")


def limits(page: Page, ranges: Iterable[KubeObject], indent: str) -> None:
    """Write the bounds of LimitRanges, a line for each resource.

    Args:
        page: the page.
        ranges: the LimitRanges.
        indent: the text before each line.
    """
    for obj in ranges:
        for item in mappings(obj.spec.get("limits")):
            bounds = [mapping(item.get(field)) for field in _LIMITS]
            for name in sorted({key for bound in bounds for key in bound}):
                cells = (text(item.get("type")), name, *(text(bound.get(name)) or "-" for bound in bounds))
                page.write(0, indent + "\t".join(cells) + "\n")
