"""What Sphinx has to know of our docstrings: an extension, `extensions = [..., "k8snotes.site.described"]`.

It brings autodoc, napoleon and the looks of the pages along, and imports nothing of Sphinx itself.
"""

from __future__ import annotations

from typing import Any

from k8snotes.site.helpers import results

__all__ = ["setup"]

_SETTINGS = {
    "add_module_names": False,  # a reader writes c.trace, and not where it is defined
    "python_use_unqualified_type_names": True,
    "maximum_signature_line_length": 60,  # a longer one has a line for each argument, as on a phone
    "default_role": "literal",  # `name` is code in our docstrings
    "html_scaled_image_link": False,  # the box around a picture is what the keyboard reaches
    "smartquotes": False,  # "pods" is typed with these quotes
}


def setup(app: Any) -> dict[str, bool]:
    """Tell Sphinx how signatures are written, and what it must not take for something else."""
    for extension in ("sphinx.ext.autodoc", "sphinx.ext.napoleon"):
        app.setup_extension(extension)
    app.add_css_file("reference.css")
    for name, value in _SETTINGS.items():
        setattr(app.config, name, value)
    app.connect("autodoc-process-docstring", _whole_sentence, priority=400)  # before napoleon reads it
    app.connect("autodoc-process-signature", _not_made)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _whole_sentence(_app: Any, what: str, _name: str, _value: Any, _options: Any, lines: list[str]) -> None:
    """Let the sentence of a property stay whole: napoleon takes what stands before a colon for its type.

    >>> lines = ["The picture in a sentence: its objects."]
    >>> _whole_sentence(None, "property", "", None, None, lines)
    >>> lines
    ['', 'The picture in a sentence: its objects.']
    """
    if what in ("property", "attribute", "data") and lines:
        lines.insert(0, "")


def _not_made(
    _app: Any, _what: str, name: str, _value: Any, _options: Any, signature: str | None, returns: str | None
) -> tuple[str | None, str | None]:
    """Leave out how an object is made that readers get from a helper and do not make.

    >>> _not_made(None, "class", "k8snotes.doctor.Findings", None, None, "(findings)", None)
    ('', None)
    """
    got = any(name == each.target for each in results())
    return ("" if got else signature), returns
