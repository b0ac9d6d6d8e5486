"""A button that puts a text on the clipboard: the only place here with JavaScript.

ipywidgets has no clipboard, and a package for one line of JavaScript would be one more thing to install. A front end
that runs no attributes of HTML still has the text itself: one click marks all of it, to be copied by the keyboard.
"""

from __future__ import annotations

from html import escape

from k8snotes.catalogue import _

__all__ = ["ON_CLICK", "copy_button"]

# a page that is not served over HTTPS or from this machine has no clipboard: there the text is marked and copied
ON_CLICK = (
    "const b=this,d=b.dataset,say=function(t){b.textContent=t},"
    "done=function(){say(d.done);setTimeout(say,1500,d.name)},"
    "mark=function(){getSelection().selectAllChildren(b.closest('.kn').querySelector(d.from));"
    "if(document.execCommand('copy'))done()};"
    "navigator.clipboard?navigator.clipboard.writeText(d.text).then(done,mark):mark()"
)
"""What the button does: the same for every text, which stands in an attribute of its own."""


def copy_button(text: str, marks: str, *, disabled: bool = False) -> str:
    """Return the HTML of a button that copies a text.

    Args:
        text: the text.
        marks: the CSS selector of the element that shows it, which is marked where there is no clipboard.
        disabled: whether there is nothing to copy at this moment.

    >>> "kubectl get pods" in copy_button("kubectl get pods", ".sel")
    True
    """
    name, done = escape(_("Copy")), escape(f"✓ {_('Copied')}")
    return (
        f'<button type="button" class="btn copy" aria-live="polite" data-text="{escape(text)}" data-from="{escape(marks)}"'
        f' data-name="{name}" data-done="{done}" title="{escape(_("copy the kubectl command"))}"'
        f'{" disabled" if disabled else ""} onclick="{escape(ON_CLICK)}">{name}</button>'
    )
