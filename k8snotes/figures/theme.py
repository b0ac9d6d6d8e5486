"""The style sheet of what a cell shows: the colours of both themes, and the looks of captions, tables, cards, controls.

A figure is drawn in the colours of a light page. Where its SVG stands in the page itself, the sheet gives each of them
the colour that the theme of the notebook has for the same role. All of it holds inside of elements of the class `kn`.
"""

from __future__ import annotations

import re
from functools import lru_cache

from k8snotes.catalogue import current
from k8snotes.figures.palette import TOKENS

__all__ = ["MONO", "SANS", "SIGNS", "box", "inline", "role", "sans", "style_sheet"]

SANS = "Arial, 'Liberation Sans', Helvetica, 'DejaVu Sans', 'Segoe UI Symbol', sans-serif"
"""The type of pictures: metrics of Arial, which the layout is measured in."""

_OTHERS = {
    "zh": "'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', 'Noto Sans SC', 'Source Han Sans SC', 'WenQuanYi Micro Hei'"
}  # of macOS, Windows, Linux and Android

MONO = "ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace"
"""The type of what can be pasted: addresses, labels, commands."""

SIGNS = "'DejaVu Sans', 'Segoe UI Symbol', 'Apple Symbols', sans-serif"
"""The type of signs such as ✓ and ◐, which Arial's twins draw as a speck, or not at all."""


def sans() -> str:
    """Return the type of pictures in the language in force: its own letters after those of Arial.

    >>> sans() == SANS
    True
    """
    more = _OTHERS.get(current())
    return SANS.replace(", sans-serif", f", {more}, sans-serif") if more else SANS


def box() -> str:
    """Return the attributes of an element in which the sheet holds: its class, and its language where it is not English.

    A page of JupyterLab is English, so a screen reader has to be told of another language.

    >>> box()
    'class="kn"'
    """
    return 'class="kn"' if current() == "en" else f'class="kn" lang="{current()}"'


_LIGHT, _DARK = ("".join(f"--{name}:{pair[at]};" for name, pair in TOKENS.items()) for at in (0, 1))

_ALWAYS = f"""
.kn{{{_LIGHT}color:var(--ink);background:var(--paper);font:13px/20px var(--jp-ui-font-family,system-ui,'Segoe UI',Arial,'Liberation Sans',sans-serif);box-sizing:border-box;font-weight:400;overflow-x:auto}}
body[data-jp-theme-light="false"] .kn{{{_DARK}}}
@media print{{body .kn,body[data-jp-theme-light] .kn{{{_LIGHT}break-inside:avoid}}}}
.kn *{{box-sizing:border-box}}
.kn :focus-visible{{outline:2px solid var(--svc);outline-offset:2px}}
.kn figcaption,.kn .cap{{margin:0 0 8px;font-size:13px;line-height:20px;color:var(--ink)}}.kn .cap b,.kn figcaption b{{font-size:14px}}
.kn .mu{{color:var(--muted)}}.kn .below{{margin:4px 0 0}}
.kn code,.kn .m:not(text){{font:12px/18px {MONO};background:none;color:inherit;padding:0}}
.kn details{{margin:4px 0 0;font-size:12px;line-height:18px}}.kn summary{{color:var(--svcink);cursor:pointer}}
.kn pre{{font:12px/18px {MONO};white-space:pre-wrap;overflow-wrap:break-word;color:var(--ink);background:none;margin:4px 0}}
.kn .btn{{display:inline-block;font-family:inherit;font-size:13px;height:28px;line-height:26px;padding:0 10px;border:1px solid var(--rule);border-radius:3px;background:var(--soft);color:var(--ink);margin:0 4px 0 0;white-space:nowrap;cursor:pointer}}
.kn .sv{{color:var(--svcink)}}.kn .po{{color:var(--podink)}}.kn .no{{color:var(--nodeink)}}.kn .wa{{color:var(--waitink)}}.kn .ba{{color:var(--badink)}}.kn .of{{color:var(--offink)}}.kn .ac{{color:var(--actink)}}
"""

_DRAWING = """
.kn svg{display:block;max-width:none;fill:var(--ink)}
.kn svg text{user-select:text;cursor:text;white-space:pre}
.kn svg :focus-visible{outline-offset:-2px}.kn svg [data-ref] .name{cursor:copy}.kn svg [data-ref] .name:hover{text-decoration:underline}
"""

_BOXES = """
.kn .box{border:1.5px solid var(--rule);border-radius:6px;padding:8px 12px;background:var(--paper)}
.kn .svc{border:1.5px dashed var(--svc);background:var(--svcbg);border-radius:6px}.kn .pod{border:1.5px solid var(--pod);background:var(--podbg);border-radius:6px}
.kn .node{border:2px solid var(--node);background:var(--nodebg);border-radius:2px}.kn .wait{border:1.5px dotted var(--wait);background:var(--waitbg);border-radius:6px}
.kn .off{border:1.5px dotted var(--off);background:var(--offbg);border-radius:6px}.kn .bad{border:1.5px solid var(--bad);background:var(--badbg);border-radius:6px}
.kn .act{border:2px solid var(--act);background:var(--actbg);border-radius:6px}
"""

_TABLE = f"""
.kn table.t{{border-collapse:collapse;width:auto;font-size:13px;margin:0;color:var(--ink)}}
.kn table.t th{{font-weight:600;font-size:12px;line-height:16px;color:var(--muted);text-align:left;padding:4px 8px;border:0;border-bottom:1.5px solid var(--edge);white-space:nowrap;background:var(--paper)}}
.kn table.t td{{padding:4px 8px;line-height:20px;text-align:left;vertical-align:top;border:0;border-bottom:1px solid var(--rule);background:var(--paper)}}
.kn table.t .n{{text-align:right;font-variant-numeric:tabular-nums}}.kn table.t .w{{white-space:nowrap}}.kn table.t .p{{min-width:12em;overflow-wrap:anywhere}}.kn table.t .l{{overflow-wrap:anywhere;min-width:12em}}.kn table.t .c{{min-width:256px}}.kn table.t .chip{{margin-right:0}}.kn table.t tbody tr:hover td{{background:var(--soft)}}
.kn .foot{{margin:4px 0 0;font-size:12px;line-height:18px;color:var(--muted)}}.kn .foot code{{white-space:nowrap}}
.kn .chip{{display:inline-block;max-width:40ch;overflow:hidden;text-overflow:ellipsis;vertical-align:bottom;font:12px/16px {MONO};padding:0 4px;margin:0 4px 2px 0;border:1px solid var(--rule);border-radius:3px;white-space:nowrap}}
.kn .chip.hit{{border-color:var(--pod);color:var(--podink);background:var(--podbg);font-weight:700}}.kn .chip.miss{{border:1px dashed var(--bad);color:var(--badink);background:var(--badbg)}}
"""

_CARD = """
.kn .card{border:1.5px solid var(--rule);border-radius:6px;padding:8px 12px;max-width:826px}.kn .card b.h{font-size:14px}
.kn .card.svc{border:1.5px dashed var(--svc)}.kn .card.pod{border-color:var(--pod)}.kn .card.node{border:2px solid var(--node);border-radius:2px}.kn .card.wait{border:1.5px dotted var(--wait)}.kn .card.off{border:1.5px dotted var(--off)}.kn .card.bad{border-color:var(--bad)}
.kn .top{display:flex;flex-wrap:wrap;gap:2px 8px;align-items:baseline}.kn .top .st{margin-left:auto}
.kn table.kv{border-collapse:collapse;margin:4px 0 0;width:auto;font-size:13px;color:var(--ink);background:none}.kn table.kv tr{background:none}
.kn table.kv th,.kn table.kv td{border:0;padding:1px 12px 1px 0;line-height:20px;text-align:left;vertical-align:top;background:none;white-space:normal;overflow-wrap:break-word}.kn table.kv th{font-weight:400;min-width:92px;white-space:nowrap;padding-right:12px}.kn table.kv .chip{background:var(--paper)}
.kn .try{display:flex;flex-wrap:wrap;gap:2px 8px;align-items:baseline;border-top:1px solid var(--rule);margin-top:6px;padding-top:6px;color:var(--muted)}.kn .try code{background:var(--soft);padding:0 4px;margin:0;color:var(--ink);user-select:all;white-space:nowrap}
"""

_PANEL = f"""
.kn .say{{border-left:4px solid var(--off);background:var(--soft);padding:4px 12px}}.kn .say.ba{{border-color:var(--bad);background:var(--badbg);color:var(--ink)}}.kn .say.po{{border-color:var(--pod);background:var(--podbg);color:var(--ink)}}.kn .say.ac{{border-color:var(--act);background:var(--actbg);color:var(--ink)}}
.kn .say.sv{{border-color:var(--svc);background:var(--svcbg);color:var(--ink)}}.kn .say.wa{{border-color:var(--wait);background:var(--waitbg);color:var(--ink)}}
.kn .say.sv b:first-child{{color:var(--svcink)}}.kn .say.wa b:first-child{{color:var(--waitink)}}
.kn .say.ba b:first-child{{color:var(--badink)}}.kn .say.po b:first-child{{color:var(--podink)}}.kn .say.ac b:first-child{{color:var(--actink)}}
.kn .cmd{{display:block;background:var(--soft);border-left:3px solid var(--svc);padding:4px 8px;font:12px/18px {MONO};white-space:pre-wrap;user-select:all}}
"""

_CONTROLS = f"""
.kn .btn,.kn button.jupyter-button{{font-family:inherit;font-size:13px;height:28px;line-height:26px;padding:0 10px;border:1px solid var(--rule);border-radius:3px;background:var(--soft);color:var(--ink);white-space:nowrap;width:auto;box-shadow:none;opacity:1;cursor:pointer}}
.kn .btn:hover:enabled,.kn button.jupyter-button:hover:enabled{{border-color:var(--off);box-shadow:none}}
.kn .btn:disabled,.kn button.jupyter-button:disabled{{color:var(--muted);background:transparent;cursor:default}}
.kn .btn.on,.kn button.jupyter-button.on,.kn button.jupyter-button.mod-primary:enabled{{background:var(--svcink);color:var(--paper);border-color:var(--svcink);font-weight:700}}
.kn button.jupyter-button:focus-visible,.kn input:focus-visible,.kn select:focus-visible{{outline:2px solid var(--svc)!important;outline-offset:-2px}}
.kn.jupyter-widgets{{overflow:visible}}.kn .k8snotes-style{{display:none}}
.kn .widget-label{{color:var(--ink)}}
.kn .widget-text input[type="text"],.kn .widget-text input[type="number"],.kn .widget-dropdown select{{height:28px;border:1px solid var(--off);border-radius:2px;background-color:var(--paper);color:var(--ink);padding:0 8px;font-size:13px}}
.kn .widget-text input[type="text"]{{font:12px/26px {MONO}}}.kn .widget-text input::placeholder{{color:var(--muted);opacity:1}}
body[data-jp-theme-light="false"] .kn{{color-scheme:dark}}.kn .widget-dropdown select{{appearance:auto;background-image:none;padding:0 4px}}.kn input[type="checkbox"],.kn input[type="range"]{{accent-color:var(--svcink)}}
"""

_COLOR = re.compile(r'(fill|stroke)="(#[0-9a-f]{6})"')
_INLINE = re.compile(r'(background:|;color:|"color:|solid |dashed |dotted )(#[0-9a-f]{6})')
_ROLES = {pair[0]: name for name, pair in TOKENS.items()}
_PARTS = {
    "boxes": _BOXES,
    "table": _TABLE,
    "card": _CARD + _PANEL,
    "panel": _PANEL,
    "controls": _CONTROLS,
}


def style_sheet(svg: str = "", *parts: str, extra: str = "") -> str:
    """Return the rules that something needs, in a `<style>` element.

    Args:
        svg: A drawing; each of its colours becomes that of the theme.
        parts: What else it has: "boxes" (frames of things), "table", "card" (cards, panels, commands), "panel"
            (panels and commands alone), "controls" (those of a widget).
        extra: Rules of its own.

    >>> 'fill="#ebf7f3"' in style_sheet('<rect fill="#ebf7f3"/>')
    True
    """
    used = frozenset(_COLOR.findall(svg))
    rules = [_ALWAYS, _DRAWING if svg else "", *(_PARTS[part] for part in parts), extra, _mapped(used)]
    return f"<style>{''.join(rules)}</style>".replace("\n", "")


def inline(html: str) -> str:
    """Return the rules that give the colours in an element's own style those of the theme, for the same roles.

    A notebook that is not trusted takes the sheet away and keeps an element's own style, if its colours are plain ones.

    >>> inline('<p style="background:#ebf7f3;color:#00664a">')
    '.kn [style*="background:#ebf7f3"]{background:var(--podbg)!important}.kn [style*=";color:#00664a"]{color:var(--podink)!important}'
    """
    rules: dict[str, None] = {}
    for before, color in _INLINE.findall(html):
        if color in _ROLES:
            what = {
                "background:": "background",
                "solid ": "border-color",
                "dashed ": "border-color",
                "dotted ": "border-color",
            }
            start = "^" if before == '"color:' else "*"
            value = f"{before.removeprefix(chr(34))}{color}"
            name = what.get(before, "color")
            rules[f'.kn [style{start}="{value}"]{{{name}:var(--{_ROLES[color]})!important}}'] = None
    return "".join(rules)


def role(color: str) -> str:
    """Return a colour as a style sheet has it: that of the theme for the same role, or the colour itself without a sheet.

    >>> role("#ebf7f3")
    'var(--podbg,#ebf7f3)'
    """
    return f"var(--{_ROLES[color]},{color})" if color in _ROLES else color


@lru_cache(maxsize=256)
def _mapped(used: frozenset[tuple[str, str]]) -> str:
    """Return a rule for each colour of a drawing that has a role."""
    return "".join(
        f'.kn svg [{what}="{color}"]{{{what}:var(--{_ROLES[color]})}}'
        for what, color in sorted(used)
        if color in _ROLES
    )
