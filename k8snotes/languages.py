"""The language that k8snotes speaks: asked for, and changed."""

from __future__ import annotations

from k8snotes import catalogue
from k8snotes.catalogue import _
from k8snotes.errors import LanguageError, brief
from k8snotes.face import calls

__all__ = ["language"]


@calls
def language(name: str | None = None) -> str:
    """Return the language in force, after putting another one in force where one is named.

    Figures, tables, results and errors speak the language in force when they are shown. Before the first use of
    k8snotes, the variable K8SNOTES_LANGUAGE of the environment decides; otherwise the language is English.

    Args:
        name: "en", "zh", or another language that there is; None to ask only.

    Returns:
        The language in force, such as "en".

    Raises:
        LanguageError: k8snotes does not speak this language; the message says which it speaks.

    >>> language(), language("en")
    ('en', 'en')
    """
    if name is not None:
        found = catalogue.matching(name) if isinstance(name, str) else ""
        if not found:
            there = ", ".join(f'"{known}"' for known in catalogue.known())
            raise LanguageError(
                _(
                    "k8snotes does not speak {name}. Choose one of these languages: {there}.",
                    name=brief(name),
                    there=there,
                )
            )
        catalogue.use(found)
    return catalogue.current()
