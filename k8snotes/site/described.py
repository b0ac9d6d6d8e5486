"""What Sphinx has to know of our docstrings: an extension, `extensions = [..., "k8snotes.site.described"]`.

It brings autodoc, napoleon and the looks of the pages along, and imports nothing of Sphinx itself.
"""

from __future__ import annotations

import re
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


# a signature of several lines, as Sphinx writes it: a list of definitions without a term
_LINES = re.compile(r'<dl>\s*(<dd><em class="sig-param">.*?)</dl>', re.DOTALL)

_ADDRESS = re.compile(r'"(http://)')


def setup(app: Any) -> dict[str, bool]:
    """Tell Sphinx how signatures are written, and what it must not take for something else."""
    for extension in ("sphinx.ext.autodoc", "sphinx.ext.napoleon"):
        app.setup_extension(extension)
    app.add_css_file("reference.css")
    for name, value in _SETTINGS.items():
        setattr(app.config, name, value)
    app.connect("autodoc-process-docstring", _as_written, priority=400)  # before napoleon reads it
    app.connect("autodoc-process-signature", _not_made)
    app.connect("html-page-context", _arguments)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _as_written(_app: Any, what: str, _name: str, _value: Any, _options: Any, lines: list[str]) -> None:
    r"""Let a docstring be read as it is written.

    The sentence of a property stays whole: napoleon takes what stands before a colon for its type. And an address
    in quotes is one of a cluster, which no browser can open: it does not become a link.

    >>> lines = ["The picture in a sentence: its objects."]
    >>> _as_written(None, "property", "", None, None, lines)
    >>> lines
    ['', 'The picture in a sentence: its objects.']
    >>> lines = ['A text such as "http://web:80".', '... "http://web:80"']
    >>> _as_written(None, "method", "", None, None, lines)
    >>> lines[0], lines[1]
    ('A text such as "\\http://web:80".', '... "http://web:80"')
    """
    for at, line in enumerate(lines):
        if not line.lstrip().startswith((">>>", "...")):
            lines[at] = _ADDRESS.sub(r'"\\\1', line)
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


def _arguments(_app: Any, _page: str, _template: str, context: dict[str, Any], _doctree: Any) -> None:
    r"""Write the lines of a signature as lines: for a screen reader, a definition without a term is a fault.

    >>> context = {"body": '<dl>\n<dd><em class="sig-param">x</em>, </dd>\n</dl>'}
    >>> _arguments(None, "", "", context, None)
    >>> context["body"].split(chr(10))[1]
    '<span class="kn-argument"><em class="sig-param">x</em>, </span>'
    """

    def lines(found: re.Match[str]) -> str:
        inner = found[1].replace("<dd>", '<span class="kn-argument">').replace("</dd>", "</span>")
        return f'<span class="kn-arguments">\n{inner}</span>'

    context["body"] = _LINES.sub(lines, context.get("body") or "")
