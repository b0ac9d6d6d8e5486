"""What stands around a drawing in the page of a notebook: its finding, its legend, and what makes it live.

The drawing in the page is the same as in the image, but it can be pointed at: rules of style let the boxes that belong
together stay lit, a line under it says what the one under the pointer is, and a click (or Enter) on a name copies it.
A notebook that is not trusted drops the drawing with its rules, and shows the image.
"""

from __future__ import annotations

from functools import lru_cache
from html import escape

from k8snotes.catalogue import _
from k8snotes.figures import theme
from k8snotes.figures.drawing import Drawing, looks_of
from k8snotes.figures.measure import SMALL, pixels
from k8snotes.figures.palette import MUTED, TOKENS, Look
from k8snotes.figures.scene import Scene
from k8snotes.figures.wording import plain

__all__ = ["copied", "foot", "head", "live", "says"]

_SAYS = 20  # pixels: the line under a drawing
_ROLES = {pair[0]: name for name, pair in TOKENS.items()}

# a click on a name, or Enter on its box, copies the reference; without a clipboard the name is selected
_COPY = (
    "var n=event.target,g=n.closest('[data-ref]');"
    "if(g&&(event.type=='click'?n.closest('.name'):event.key=='Enter')){"
    "var r=g.dataset.ref,f=this.closest('.kn'),s=f&&f.querySelector('.done');"
    "if(navigator.clipboard)navigator.clipboard.writeText(r).then(function(){"
    "if(s){s.textContent='✓ '+r;f.classList.add('copied');"
    "setTimeout(function(){f.classList.remove('copied')},1500)}});"
    "else getSelection().selectAllChildren(g.querySelector('.name'))}"
)


def head(verdict: str, finding: str, what: str) -> str:
    """Return the caption over a drawing: what it shows in bold, and what it is of.

    >>> head("", "2 Pods", "service map")
    '<figcaption><b>2 Pods</b> <span class="mu">· service map</span></figcaption>'
    """
    first, rest = (verdict, finding or what) if verdict else (finding or what, what if finding else "")
    muted = f' <span class="mu">· {escape(rest)}</span>' if rest else ""
    return f"<figcaption><b>{escape(first)}</b>{muted}</figcaption>"


def live(drawing: Drawing, title: str) -> str:
    """Return the drawing for the page itself, with its rules; a title for screen readers."""
    before, after, _wide, _high, said = drawing
    style = theme.style_sheet(after, extra=_lit(len(said)))
    opening = before.replace('role="img"', f'role="group" aria-label="{escape(title)}"', 1)
    opening = f'{opening[:-1]} onclick="{_COPY}" onkeydown="{_COPY}">'
    for at in range(len(said)):
        after = _focusable(after, at)
    return f"{style}\n{opening}{after}"


def _focusable(svg: str, at: int) -> str:
    """Let the keyboard reach the box that other boxes belong to: the first of its class."""
    place = svg.find(f' o{at}"')
    if place < 0:
        return svg
    return f'{svg[: place + len(str(at)) + 3]} tabindex="0" role="button"{svg[place + len(str(at)) + 3 :]}'


@lru_cache(maxsize=64)
def _lit(number: int) -> str:
    """Return the rules by which what belongs to a box stays lit while the pointer or the keyboard is on it."""
    rules = []
    for at in range(number):
        on = f":has(.o{at}:is(:hover,:focus-visible))"
        rules.append(
            f".kn svg{on} .x:not(.k{at}){{opacity:.25}}.kn svg{on} .e.k{at} polyline{{stroke-width:3}}"
            f".kn{on} .w{at}{{visibility:visible}}"
        )
    if number:
        rules.append(
            ".kn .says{height:20px}.kn .says text{visibility:hidden}.kn .says .w{visibility:visible}"
            ".kn:has(.x:is(:hover,:focus-visible)) .says .w,.kn.copied .says text{visibility:hidden}"
            ".kn.copied .says .done{visibility:visible!important}"
        )
    return "".join(rules)


def says(drawing: Drawing) -> str:
    """Return the line under a drawing that says what the pointer is on; until then, how to use the picture."""
    if not drawing.said:
        return ""
    room = max(drawing.wide, 480)
    hint = _("Point at a box, or press Tab: what belongs to it stays. A click on a name copies it.")
    lines = [("w", hint), *((f"w{at}", text) for at, text in enumerate(drawing.said)), ("done", "")]
    texts = "".join(_line(name, _fitting(plain(text), room)) for name, text in lines)
    return (
        f'<svg class="says" width="{room:.0f}" height="{_SAYS}" font-size="{SMALL}" fill="{MUTED}" '
        f'font-family="{theme.SANS}" aria-hidden="true">{texts}</svg>\n'
    )


def _line(name: str, text: str) -> str:
    fitted = f' textLength="{pixels(text, SMALL):.0f}" lengthAdjust="spacingAndGlyphs"' if text else ""
    return f'<text x="2" y="14" class="{name}" visibility="hidden"{fitted}>{escape(text, quote=False)}</text>'


def _fitting(text: str, room: float) -> str:
    while text and pixels(text, SMALL) > room - 16:
        text = text[: len(text) * 15 // 16].rstrip(" …") + " …"
    return text


def copied(text: str) -> str:
    """Return text with a button that copies it; without a clipboard, the button selects it.

    >>> "<button" in copied("Service web")
    True
    """
    words, done = _("Copy"), _("Copied")
    script = (
        "var b=this,p=b.nextElementSibling;"
        f"if(navigator.clipboard)navigator.clipboard.writeText(p.textContent).then(function(){{b.textContent='{done}'}});"
        "else getSelection().selectAllChildren(p)"
    )
    button = f'<button type="button" class="btn" onclick="{escape(script)}">{words}</button>'
    return f'<div class="kn">{theme.style_sheet()}{button}<pre style="white-space:pre-wrap">{escape(text)}</pre></div>'


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
                    f'<span style="white-space:nowrap">{_swatch(look)} {escape(plain(words))}</span>'
                )
        else:
            entries.append(f"<span>{escape(plain(entry))}</span>")
    told = f'<p class="below" style="margin:4px 0 0">{escape(plain(caption))}</p>' if caption else ""
    key = f'<p class="mu" style="margin:0;font-size:12px">{" &#160; ".join(entries)}</p>' if entries else ""
    return f"{told}{key}"


def _swatch(look: Look) -> str:
    """Return a small frame of a look."""
    line = next((style for style in ("dashed", "dotted") if style in look.style), "solid")
    round_ = "border-radius:4px;" if "rounded" in look.style else ""
    return (
        f'<span class="sw" style="display:inline-block;width:18px;height:10px;box-sizing:border-box;{round_}'
        f"border:{min(look.border, 2):g}px {line} {_role(look.line)};background:{_role(look.fill)}"
        f'"></span>'
    )


def _role(color: str) -> str:
    """Return a colour with that of the theme, where the page knows it."""
    return f"var(--{_ROLES[color]},{color})" if color in _ROLES else color
