"""FacetRow: the buttons of one label key: one for the key itself, and one for each of its values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ipywidgets import Button, Layout
from ipywidgets.widgets.widget_button import ButtonStyle

from k8snotes.catalogue import _, ngettext
from k8snotes.facts.exploration import Facet, FacetValue
from k8snotes.figures.wording import plain
from k8snotes.widgets.widget import close_all

__all__ = ["FacetLooks", "FacetRow"]

_LONGEST = 40
_NEXT = {"any": "exists", "exists": "does not exist"}
"""What a click on a key asks next; where something else is asked of it, a click takes that away."""


class FacetLooks:
    """What all buttons of an explorer share: one layout and one style; the style sheet has the looks of their classes."""

    def __init__(self) -> None:
        self.layout = Layout(width="auto")
        self.style = ButtonStyle()

    @property
    def models(self) -> tuple[Any, ...]:
        """The layout and the style."""
        return (self.layout, self.style)

    def button(self, kind: str) -> Button:
        """Return a button: a "key", a "value", or a "link" to more of them."""
        button = Button(layout=self.layout, style=self.style)
        button.add_class(f"k8snotes-{kind}")
        return button


class FacetRow:
    """The buttons of one label key; they are made once and changed in place.

    Args:
        facet: the key with its values.
        looks: makes the buttons.
        on_value: called with key and value when a value is clicked.
        on_presence: called with the key and "any", "exists" or "does not exist" when the key is clicked.
        on_more: called with the key when more values are to be shown.
    """

    def __init__(
        self,
        facet: Facet,
        looks: FacetLooks,
        *,
        on_value: Callable[[str, str], None],
        on_presence: Callable[[str, str], None],
        on_more: Callable[[str], None],
    ) -> None:
        self.key = facet.key
        self.looks = looks
        self._on_value, self._on_more = on_value, on_more
        self._facet = facet
        self.head = looks.button("key")
        self.head.on_click(lambda _button: on_presence(self.key, _NEXT.get(self._facet.presence, "any")))
        self.buttons: list[Any] = []
        self.more: Any = None
        self.shown: tuple[Any, ...] = ()
        self.update(facet)

    def update(self, facet: Facet) -> None:
        """Show the counts of the current selection, and what the selector asks of this key, in the language in force.

        Args:
            facet: the same key, with the counts of the current selector.
        """
        self._facet = facet
        self._update_head(facet)
        while len(self.buttons) < len(facet.values):
            self._add_button()
        for button, value in zip(self.buttons, facet.values, strict=False):
            self._update_button(button, value)
        self.shown = (self.head, *self.buttons[: len(facet.values)])
        if facet.more:
            self._update_more(facet)
            self.shown = (*self.shown, self.more)

    def close(self) -> None:
        """Forget the buttons, in the kernel and in the browser."""
        close_all(*self.controls, keep=self.looks.models)

    @property
    def controls(self) -> tuple[Any, ...]:
        """All buttons that were made, in view or not."""
        return (self.head, *self.buttons, *([] if self.more is None else [self.more]))

    def _update_head(self, facet: Facet) -> None:
        key, presence = plain(facet.key), facet.presence
        on, off = format(facet.present, ","), format(facet.absent, ",")
        with self.head.hold_sync():
            if presence == "does not exist":
                self.head.description = f"✓ {_('{key} not on {number}', key=key, number=off)}"
                hint = _("ask nothing of the label {key}", key=key)
            elif presence == "exists":
                self.head.description = f"✓ {_('{key} on {number}', key=key, number=on)}"
                hint = _("ask that the label {key} is absent", key=key)
            else:
                self.head.description = _("{key} on {number}", key=key, number=on)
                hint = (
                    _("ask that the label {key} is present, with any value", key=key)
                    if presence == "any"
                    else _("ask nothing of the label {key}", key=key)
                )
            self.head.tooltip = plain(facet.problem) or hint
            self.head.disabled = bool(facet.problem)
            _mark(self.head, presence in ("exists", "does not exist"))

    def _update_button(self, button: Any, value: FacetValue) -> None:
        name = _cut(value.value) or _("(empty)")
        label = f"{plain(self.key)}={plain(value.value)}"
        with button.hold_sync():
            button.description = f"{'✓ ' if value.asked else ''}{name} {value.count:,}"
            button.disabled = bool(value.problem)
            if value.problem:
                button.tooltip = plain(value.problem)
            elif value.asked:
                button.tooltip = _("no longer ask for {label}", label=label)
            else:
                button.tooltip = _("ask for {label}", label=label)
            _mark(button, value.asked)

    def _update_more(self, facet: Facet) -> None:
        if self.more is None:
            self.more = self.looks.button("link")
            self.more.on_click(lambda _button: self._on_more(self.key))
        number = f"{facet.more:,}"
        self.more.description = ngettext(
            "…and {number} more", "…and {number} more", facet.more, number=number
        )
        self.more.tooltip = _("show more values of {key}", key=plain(facet.key))

    def _add_button(self) -> None:
        number = len(self.buttons)
        button = self.looks.button("value")
        button.on_click(lambda _button: self._on_value(self.key, self._facet.values[number].value))
        self.buttons.append(button)


def _mark(button: Any, asked: bool) -> None:
    """Give a button the look of what is asked for, or take it away."""
    if asked:
        button.add_class("on")
    else:
        button.remove_class("on")


def _cut(text: str) -> str:
    text = plain(text)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
