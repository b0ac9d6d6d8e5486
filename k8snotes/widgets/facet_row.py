"""FacetRow: the controls of one label key: whether it must be present, and a button for each of its values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ipywidgets import Button, Dropdown, HBox, Layout
from ipywidgets.widgets.widget_button import ButtonStyle

from k8snotes.catalogue import _, ngettext
from k8snotes.facts.exploration import Facet, FacetValue
from k8snotes.figures.palette import INK, PAPER, SERVICE
from k8snotes.figures.wording import plain
from k8snotes.widgets.widget import close_all

__all__ = ["FacetLooks", "FacetRow"]

_LONGEST = 40
_COLUMN = 22


class FacetLooks:
    """What all buttons of an explorer share: one layout, and one style for each state."""

    def __init__(self) -> None:
        self.layout = Layout(width="auto", margin="2px")
        self.idle = ButtonStyle(button_color="#ECECEC", text_color=INK)
        self.asked = ButtonStyle(button_color=SERVICE.ink, text_color=PAPER, font_weight="bold")
        self.more = ButtonStyle(button_color=PAPER, text_color=SERVICE.ink)

    @property
    def models(self) -> tuple[Any, ...]:
        """The layout and the styles."""
        return (self.layout, self.idle, self.asked, self.more)


class FacetRow:
    """The controls of one label key; they are made once and changed in place.

    Args:
        facet: the key with its values.
        looks: the layout and the styles of all buttons.
        width: the width of the longest key, in characters; if there is space, the keys form a column.
        on_value: called with key and value when a value is clicked.
        on_presence: called with the key and "any", "exists" or "does not exist" when one is chosen.
        on_more: called with the key when more values are to be shown.
    """

    def __init__(
        self,
        facet: Facet,
        looks: FacetLooks,
        *,
        width: int,
        on_value: Callable[[str, str], None],
        on_presence: Callable[[str, str], None],
        on_more: Callable[[str], None],
    ) -> None:
        self.key = facet.key
        self.looks = looks
        self._on_value, self._on_presence = on_value, on_presence
        self._values: list[FacetValue] = []
        self.buttons: list[Any] = []
        self._quiet = False
        self.presence = Dropdown(
            description=plain(facet.key),
            options=[("any", "any")],
            disabled=bool(facet.problem),
            style={"description_width": f"{max(min(width, _COLUMN), len(facet.key)) + 1}ch"},
            layout=Layout(width="auto", max_width="100%", margin="2px 0"),
        )
        self.presence.observe(self._chosen, names="value")
        self.more = Button(description="…", layout=looks.layout, style=looks.more)
        self.more.on_click(lambda _button: on_more(self.key))
        self.choices = HBox(
            layout=Layout(flex="1 1 18em", flex_flow="row wrap", min_width="0", margin="0 0 0 8px")
        )
        wrapped = Layout(flex_flow="row wrap", align_items="flex-start", width="100%")
        self.box = HBox([self.presence, self.choices], layout=wrapped)
        self.update(facet)

    def update(self, facet: Facet) -> None:
        """Show the counts of the current selection, and what the selector asks of this key, in the language in force.

        Args:
            facet: the same key, with the counts of the current selector.
        """
        self._values = list(facet.values)
        self._update_presence(facet)
        while len(self.buttons) < len(self._values):
            self._add_button()
        for button, value in zip(self.buttons, self._values, strict=False):
            self._update_button(button, value)
        shown = self.buttons[: len(self._values)]
        if facet.more:
            number = f"{facet.more:,}"
            self.more.description = ngettext(
                "…and {number} more", "…and {number} more", facet.more, number=number
            )
            self.more.tooltip = _("show more values of {key}", key=plain(facet.key))
            shown = [*shown, self.more]
        if self.choices.children != tuple(shown):
            self.choices.children = shown

    def close(self) -> None:
        """Forget the controls, in the kernel and in the browser."""
        close_all(*self.controls, keep=self.looks.models)

    @property
    def controls(self) -> tuple[Any, ...]:
        """All controls that were made, in view or not."""
        return (*self.buttons, self.more, self.box)

    def _update_presence(self, facet: Facet) -> None:
        key = plain(facet.key)
        self.presence.tooltip = plain(facet.problem) or _("whether the label {key} must be present", key=key)
        options = [
            (str(_("any")), "any"),
            (str(_("exists ({number})", number=format(facet.present, ","))), "exists"),
            (str(_("does not exist ({number})", number=format(facet.absent, ","))), "does not exist"),
        ]
        if facet.presence not in ("any", "exists", "does not exist"):
            options.append((_cut(facet.presence), facet.presence))
        self._quiet = True
        try:
            with self.presence.hold_sync():
                if self.presence.options != tuple(options):
                    self.presence.options = options
                self.presence.value = facet.presence
        finally:
            self._quiet = False

    def _update_button(self, button: Any, value: FacetValue) -> None:
        name = _cut(value.value) or _("(empty)")
        label = f"{plain(self.key)}={plain(value.value)}"
        with button.hold_sync():
            button.description = f"{'✓ ' if value.asked else ''}{name} ({value.count:,})"
            button.style = self.looks.asked if value.asked else self.looks.idle
            button.disabled = bool(value.problem)
            if value.problem:
                button.tooltip = plain(value.problem)
            elif value.asked:
                button.tooltip = _("no longer ask for {label}", label=label)
            else:
                button.tooltip = _("ask for {label}", label=label)

    def _add_button(self) -> None:
        number = len(self.buttons)
        button = Button(layout=self.looks.layout, style=self.looks.idle)
        button.on_click(lambda _button: self._on_value(self.key, self._values[number].value))
        self.buttons.append(button)

    def _chosen(self, change: Any) -> None:
        if not self._quiet:
            self._on_presence(self.key, change["new"])


def _cut(text: str) -> str:
    text = plain(text)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
