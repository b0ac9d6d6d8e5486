"""What stands around a drawing in the page of a notebook: its finding, its legend, and what makes it live.

A notebook that is not trusted keeps an image, and takes away each rule of style, each script and the tags of a drawing,
but not the words between them. So the drawing is in the image alone, and where scripts run the image puts it in its own
place: then it can be selected and pointed at, rules of style let the boxes that belong together stay lit, a line under it
says what the one under the pointer is, and a click (or Enter) on a name copies it.
"""

from __future__ import annotations

import base64
from functools import lru_cache
from html import escape

from k8snotes.catalogue import _
from k8snotes.figures import theme
from k8snotes.figures.drawing import Drawing, looks_of
from k8snotes.figures.palette import PAPER, Look
from k8snotes.figures.scene import Scene
from k8snotes.figures.wording import capital, plain

__all__ = ["COPY", "EVENT", "LOADED", "OWN_KEYS", "copied", "foot", "head", "image", "live", "own_keys"]

_EVENTS = ("onclick", "onkeydown", "onkeyup", "onmouseover")

EVENT = (
    "var t=event.target,g=t.closest('.x'),k=this.closest('.kn'),s=k&&k.querySelector('p.says'),y=event.type,n,r;"
    "if(!g)return;"
    "if(y=='click'?t.closest('.name'):y=='keydown'&&event.key=='Enter'){"
    "r=g.closest('[data-ref]');if(!r)return;"
    "if(navigator.clipboard)navigator.clipboard.writeText(r.dataset.ref).then(function(){if(s)s.textContent='✓ '+r.dataset.ref});"
    "else getSelection().selectAllChildren(r.querySelector('.name'))}"
    "else if(s&&(y=='mouseover'||y=='keyup'&&event.key=='Tab')){"
    "n=g.querySelector('title');n=g.dataset.says||n&&n.textContent;if(n)s.textContent=n}"
)
"""What a drawing in the page does with events: it says what the pointer or the keyboard is on, and copies its name.

Without a clipboard, which a page has on a secure address alone, the name is selected.
"""

LOADED = (
    "var i=this,d=document.createElement('div'),s,p;i.onload=null;"
    "d.innerHTML=new TextDecoder().decode(Uint8Array.from(atob(i.src.split(',')[1]),function(c){return c.charCodeAt(0)}));"
    "s=d.querySelector('svg');if(!s)return;"
    "s.setAttribute('role','group');s.setAttribute('aria-label',s.querySelector('title').textContent);"
    f"{list(_EVENTS)}.forEach(function(a){{s.setAttribute(a,i.dataset.event)}});"
    "s.querySelectorAll('.f').forEach(function(g){g.setAttribute('tabindex','0');g.setAttribute('role','button')});"
    "i.parentNode.insertBefore(s,i);i.style.display='none';"
    "if(s.querySelector('.f')){p=document.createElement('p');p.className='says';p.textContent=i.dataset.hint;"
    "i.parentNode.insertBefore(p,i.nextSibling)}"
)
"""What an image does when it is there: it puts the drawing that it holds into the page, in its own place."""

OWN_KEYS = (
    "var b=this.closest('.kn');if(b)b.addEventListener('focusin',function(e){"
    "if(e.target.matches('select,input,[role=slider]'))e.target.setAttribute('data-lm-suppress-shortcuts','true')})"
)
"""What lets the keys work in the controls of a widget: JupyterLab's shortcuts would take arrows and letters from them.

A letter changes the cell there, and an arrow goes to the next one, so a list of choices could not be used by keys.
"""

COPY = (
    "var b=this,p=b.nextElementSibling;"
    "if(navigator.clipboard)navigator.clipboard.writeText(p.textContent).then(function(){b.textContent=b.dataset.done});"
    "else getSelection().selectAllChildren(p)"
)
"""What a button does that copies the text after it."""

_HINT = _("Point at a box, or press Tab: what belongs to it stays. A click on a name copies it.")


def head(verdict: str, finding: str, what: str) -> str:
    """Return the caption over a drawing: what it shows in bold, as a sentence begins, and what it is of.

    A finding that is in the verdict already is not said twice.

    >>> head("", "no object selects it", "labels")
    '<figcaption><b>No object selects it</b> <span class="mu">· labels</span></figcaption>'
    >>> head("✗ tier=web finds 0 of 9 Pods", "0 of 9 Pods", "selection")
    '<figcaption><b>✗ tier=web finds 0 of 9 Pods</b> <span class="mu">· selection</span></figcaption>'
    """
    first = verdict or capital(finding) or what
    rest = finding if finding and finding.lower() not in first.lower() else what
    rest = "" if rest == first else rest
    muted = f' <span class="mu">· {escape(rest)}</span>' if rest else ""
    return f"<figcaption><b>{escape(first)}</b>{muted}</figcaption>"


def own_keys() -> str:
    """Return an image of one dot that nobody sees: when it is there, the keys belong to the controls of its widget.

    >>> own_keys()[:38], "script" in own_keys()
    ('<img alt="" src="data:image/svg+xml;ba', False)
    """
    dot = base64.b64encode(b'<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>').decode()
    return (
        f'<img alt="" src="data:image/svg+xml;base64,{dot}" style="display:none" onload="{escape(OWN_KEYS)}">'
    )


def image(svg: str, alt: str, drawing: Drawing) -> str:
    """Return the image of a drawing, which becomes the drawing itself where scripts run, and the rules for that.

    Args:
        svg: The drawing, with its title and description.
        alt: The alternative text.
        drawing: What it was made of.
    """
    data = base64.b64encode(svg.encode()).decode()
    return (
        f'{_style(drawing)}<img alt="{escape(alt)}" src="data:image/svg+xml;base64,{data}" '
        f'style="max-width:none;background:{PAPER}" onload="{escape(LOADED)}" data-event="{escape(EVENT)}" '
        f'data-hint="{escape(str(_HINT))}">'
    )


def live(svg: str, title: str, drawing: Drawing) -> str:
    """Return a drawing for a page in which it certainly may be, such as the view of a widget."""
    events = "".join(f' {name}="{escape(EVENT)}"' for name in _EVENTS)
    opening = f'role="group" aria-label="{escape(title)}"{events}'
    svg = svg.replace('role="img"', opening, 1).replace(
        '<g class="f ', '<g tabindex="0" role="button" class="f '
    )
    says = f'<p class="says">{escape(str(_HINT))}</p>' if drawing.subjects else ""
    return f"{_style(drawing)}{svg}{says}"


def _style(drawing: Drawing) -> str:
    return theme.style_sheet(drawing.after, extra=_lit(drawing.subjects))


@lru_cache(maxsize=64)
def _lit(number: int) -> str:
    """Return the rules by which what belongs to a box stays lit while the pointer or the keyboard is on it."""
    rules = [".kn p.says{margin:2px 0 0;font-size:12px;line-height:18px;min-height:18px;color:var(--muted)}"]
    for at in range(number):
        on = f".kn svg:has(.o{at}:is(:hover,:focus-visible))"
        rules.append(f"{on} .x:not(.k{at}){{opacity:.25}}{on} .e.k{at} polyline{{stroke-width:3}}")
    return "".join(rules) if number else ""


def copied(text: str) -> str:
    """Return text with a button that copies it; without a clipboard, the button selects it.

    >>> "<button" in copied("Service web")
    True
    """
    button = (
        f'<button type="button" class="btn" onclick="{escape(COPY)}" data-done="{escape(_("Copied"))}">'
        f"{escape(_('Copy'))}</button>"
    )
    return f'<div {theme.box()}>{theme.style_sheet()}{button}<pre style="white-space:pre-wrap">{escape(text)}</pre></div>'


# ---- the legend


def foot(caption: str, scene: Scene) -> str:
    """Return how a picture is read, and the key to the looks that are in it."""
    used = looks_of(scene.drawn)
    entries = []
    for entry in scene.legend:
        if isinstance(entry, tuple):
            look, words = entry
            if look in used:
                entries.append(
                    f'<span style="white-space:nowrap">{_swatch(look)} {_signed(look)}{escape(plain(words))}</span>'
                )
        else:
            entries.append(f"<span>{escape(plain(entry))}</span>")
    told = f'<p class="below" style="margin:4px 0 0">{escape(plain(caption))}</p>' if caption else ""
    key = f'<p class="mu" style="margin:0;font-size:12px">{" &#160; ".join(entries)}</p>' if entries else ""
    rules = f"<style>{theme.inline(key)}</style>" if entries else ""
    return f"{rules}{told}{key}"


def _signed(look: Look) -> str:
    return f"{look.symbol} " if look.symbol else ""


def _swatch(look: Look) -> str:
    """Return a small frame of a look."""
    line = next((style for style in ("dashed", "dotted") if style in look.style), "solid")
    round_ = "border-radius:4px;" if "rounded" in look.style else ""
    return (
        f'<span class="sw" style="display:inline-block;width:18px;height:10px;box-sizing:border-box;{round_}'
        f"border:{min(look.border, 2):g}px {line} {look.line};background:{look.fill}"
        f'"></span>'
    )
