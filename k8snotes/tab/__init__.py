"""What the Tab key offers in a cell: names of objects in `c["..."]` and in the arguments of the helpers.

It is registered when the package is imported in a notebook, and loaded when Tab is pressed in a string.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

__all__ = ["register"]

_OFFERS = "k8snotes.tab.offers"
_MATCHER = "k8snotes.tab"


def register(shell: Any) -> None:
    """Let an IPython shell offer what fits a helper's argument, and of an object only the names for readers."""
    matchers = getattr(getattr(shell, "Completer", None), "custom_matchers", None)
    if matchers is None:
        return  # an IPython before 8.6 has no place for it

    from IPython.core.completer import SimpleCompletion, context_matcher  # noqa: PLC0415  # it is there
    from IPython.utils.generics import complete_object  # noqa: PLC0415

    @context_matcher(identifier=_MATCHER)  # type: ignore[untyped-decorator]  # IPython has no types
    def match(context: Any) -> dict[str, Any]:
        lines = context.full_text.split("\n")[: context.cursor_line + 1]
        lines[-1] = lines[-1][: context.cursor_position]
        if not any(quote in lines[-1] for quote in "\"'"):
            return {"completions": []}
        offer = import_module(_OFFERS).offer(shell.user_ns, "\n".join(lines))
        if offer is None:
            return {"completions": []}
        completions = [SimpleCompletion(text=text, type=offer.sort) for text in offer.texts]
        return {"completions": completions, "matched_fragment": offer.typed, "suppress": not offer.files}

    others = [item for item in matchers if getattr(item, "matcher_identifier", "") != _MATCHER]
    matchers[:] = [*others, match]

    before = complete_object.dispatch(object)

    def names(obj: object, words: list[str]) -> list[str]:
        """Return the names that `dir()` has, without those that IPython adds from the class."""
        if hasattr(type(obj).__dir__, "inner"):
            return dir(obj)
        kept: list[str] = before(obj, words)
        return kept

    complete_object.register(object)(names)
