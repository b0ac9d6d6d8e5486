"""Draws what differs between two clusters, or what `kubectl apply` would change: first what a reader would notice.

Below that are the boxes of a diff: the Pods of workloads, then the objects added, removed and changed with their fields.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from k8snotes.catalogue import Text, _, ngettext
from k8snotes.facts.comparison import Comparison, Notice
from k8snotes.figures import palette
from k8snotes.figures.diff import Story
from k8snotes.figures.figure import Figure
from k8snotes.figures.layout import WIDEST
from k8snotes.figures.palette import Look
from k8snotes.figures.scene import Box, Line, bold, drawn_only, note
from k8snotes.figures.wording import plain

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ComparisonFigure", "comparison_figure"]

_CAPTION = _(
    "The first box has what a reader would notice: ✗ requests get no answer or apply refuses it, ▲ Pods, images or "
    "addresses change, ℹ is worth knowing. Then come the objects that are added, removed and changed (before → after)."
)
_MOST_NOTICES = 12
_LOOKS: dict[str, tuple[str, Look]] = {
    "error": ("✗", palette.ERROR),
    "warning": ("▲", palette.NOT_READY),
    "note": ("ℹ", palette.PLAIN),
}
_LONGEST = 110  # columns of a sentence


class ComparisonFigure(Figure):
    """A comparison as a Figure: `.facts` has it in plain values, `.table` as a pandas table.

    >>> import k8snotes as kn
    >>> c = kn.load("guestbook")
    >>> after = c.copy()
    >>> _ = after.scale("deploy/cache", 3)
    >>> kn.compare(c, after).table["field"].tolist()
    ['', 'spec.replicas']
    """

    facts: Comparison

    @cached_property
    def table(self) -> pd.DataFrame:
        """Every notice and every difference, a row each: what, object, field, before, after, words."""
        from k8snotes.tables import records_table  # noqa: PLC0415  # pandas only where a table is asked for

        return records_table(_rows(self.facts), _Row._fields)


class _Row(NamedTuple):
    """A row of the table."""

    what: str
    object: str
    field: str = ""
    before: str = ""
    after: str = ""
    words: str = ""


def _rows(facts: Comparison) -> list[_Row]:
    rows = [_Row(item.severity, item.ref, words=str(item.words)) for item in facts.notices]
    rows += [_Row("added", item.ref) for item in facts.added]
    rows += [_Row("removed", item.ref) for item in facts.removed]
    rows += [
        _Row("changed", item.ref, field.path, field.before, field.after)
        for item in facts.changed
        for field in item.fields
    ]
    return rows + [_Row("left alone", item.ref) for item in facts.left_alone]


def comparison_figure(facts: Comparison, *, unfold: bool = False) -> ComparisonFigure:
    """Return a comparison as a Figure.

    Args:
        facts: What differs, and what of it is noticed.
        unfold: Whether to show each object, even if many are alike.

    >>> import k8snotes as kn
    >>> c = kn.load("guestbook")
    >>> comparison_figure(kn.compare(c, c).facts)
    <Figure compare: no difference>
    """
    story = _Story(facts, unfold=unfold)
    return ComparisonFigure(
        story.what, story.finding, facts, story.scene, verdict=story.verdict, caption=_CAPTION
    )


class _Story(Story):
    """What differs, with what is noticed above it."""

    def __init__(self, facts: Comparison, *, unfold: bool) -> None:
        super().__init__(facts.diff, unfold=unfold)
        self.whole = facts

    @property
    def what(self) -> Text:
        """What the figure shows."""
        return _("what kubectl apply would change") if self.whole.applied else _("compare")

    def finding(self) -> str:
        """Say how many objects differ, and how many are refused."""
        if self.whole.nothing:
            return _("no difference")
        refused = len(self.whole.refused)
        said = super().finding() if not self.facts.nothing else ""
        if not refused:
            return said
        no = _("{n} refused", n=refused)
        return _("{first}, {second}", first=said, second=no) if said else no

    def verdict(self) -> Text | str:
        """Say in a sentence what is noticed most; "" where the finding says enough."""
        if self.whole.nothing:
            return _("✓ kubectl apply would change nothing") if self.whole.applied else _("✓ Nothing differs")
        errors = [item for item in self.whole.notices if item.severity == "error"]
        if not errors:
            return ""
        return ngettext(
            "✗ {n} thing would be noticed at once: {first}",
            "✗ {n} things would be noticed at once, such as: {first}",
            len(errors),
            first=plain(errors[0].words),
        )

    def first_boxes(self) -> list[Box]:
        """Return the box with what is noticed."""
        notices = self.whole.notices
        if not notices:
            return []
        lines = [drawn_only(bold(_("what you would notice")))]
        shown = len(notices) if self.unfold else _MOST_NOTICES
        for at, item in enumerate(notices):
            lines.append(_line(item, shown=at < shown))
        rest = len(notices) - shown
        if rest > 0:
            lines.append(drawn_only(note(ngettext("… and {n} more", "… and {n} more", rest), palette.MUTED)))
        worst = _LOOKS[notices[0].severity][1]
        return [Box(lines, worst, width=WIDEST)]


def _line(item: Notice, *, shown: bool) -> Line:
    sign, look = _LOOKS[item.severity]
    words = plain(item.words)
    return Line(
        [note(f"{sign} ", look.ink), note(words, palette.INK, most=_LONGEST)], f"{sign} {words}", shown=shown
    )
