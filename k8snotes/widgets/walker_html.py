"""What the walker says above its picture, as HTML: the hop, the addresses before and after, the rules."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

from k8snotes.figures.palette import ERROR, INK, MUTED, PAPER, SERVICE
from k8snotes.figures.trace import sign_of, what_of
from k8snotes.figures.wording import plain
from k8snotes.network.trace import Trace

__all__ = ["hop_html", "preview_html", "problem_html"]

_FONT = "font-family:system-ui,'Segoe UI',Verdana,'DejaVu Sans',sans-serif"
_MONO = "font-family:ui-monospace,Menlo,Consolas,'DejaVu Sans Mono',monospace"
_PANEL = f"background:{PAPER};color:{INK};{_FONT};font-size:13px;line-height:1.45;padding:6px 10px;box-sizing:border-box"
# no width of its own: on a narrow page it breaks its lines, and does not stretch the whole widget
_FITS = "width:0;min-width:100%;overflow-wrap:anywhere"
_CELL = f"padding:1px 14px 1px 0;text-align:left;vertical-align:top;background:{PAPER};color:{INK};border:0"


def hop_html(facts: Trace, at: int, whose: Callable[[str], str]) -> str:
    """Return what is said of hop `at` (from 1)."""
    hop = facts.hops[at - 1]
    rows = "".join(
        _row(word, before, after, whose)
        for word, before, after in (
            ("source", hop.source_before, hop.source_after),
            ("destination", hop.destination_before, hop.destination_after),
        )
    )
    head = "".join(
        f'<th scope="col" style="{_CELL};color:{MUTED}">{name}</th>' for name in ("", "before", "after")
    )
    body = (
        f"<div><b>▶ Hop {at} of {len(facts.hops)} · {_said(hop.place)}</b></div><div>{_said(what_of(hop))}</div>"
        f'<table style="border-collapse:collapse;margin:3px 0;font-size:13px;background:{PAPER}">'
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
    )
    if hop.rules:
        rules = "".join(
            f'<div style="padding-left:2em;text-indent:-2em">{_said(rule)}</div>' for rule in hop.rules
        )
        body += (
            f'<div style="color:{MUTED}">the rules that acted here, as iptables-save prints them</div>'
            f'<div style="{_MONO};font-size:12px;line-height:1.35;border-left:3px solid {SERVICE.line};'
            f'padding:2px 8px;overflow-wrap:anywhere">{rules}</div>'
        )
    if at == len(facts.hops):
        told = "".join(f"<div>→ {_said(text)}</div>" for text in (facts.hint, facts.answer) if text)
        body += f"<div><b>{sign_of(facts)} {_said(facts.outcome)}</b>: {_said(facts.reason)}</div>{told}"
    return f'<div role="status" style="{_PANEL};{_FITS}">{body}</div>'


def problem_html(problem: str, shown: str) -> str:
    """Return the message about what cannot be sent, and what is still shown."""
    return (
        f'<div role="alert" style="{_PANEL};background:{ERROR.fill};border-left:5px solid {ERROR.line};{_FITS};'
        f'margin:2px 0"><div><b>✗ This cannot be sent:</b> {_said(problem)}</div>'
        f'<div style="color:{MUTED}">The picture still shows {_said(shown)}.</div></div>'
    )


def preview_html(asked: str, body: str) -> str:
    """Return what stands for the controls where they cannot live."""
    head = f'<div style="{_PANEL}"><b>Walker</b>: {_said(asked)} (run this cell to walk, and to try others)</div>'
    return f'<div style="background:{PAPER}">{head}{body}</div>'


def _row(word: str, before: str, after: str, whose: Callable[[str], str]) -> str:
    same = before == after
    shown = f'<span style="color:{MUTED}">the same</span>' if same else f"<b>▸ {_owned(after, whose)}</b>"
    return (
        f'<tr><th scope="row" style="{_CELL};font-weight:normal;color:{MUTED}">{word}</th>'
        f'<td style="{_CELL}">{_owned(before, whose)}</td><td style="{_CELL}">{shown}</td></tr>'
    )


def _owned(value: str, whose: Callable[[str], str]) -> str:
    owner = whose(value.partition(":")[0])
    more = f' <span style="color:{MUTED};font-weight:normal">{_said(owner)}</span>' if owner else ""
    return f"{_said(value)}{more}"


def _said(text: str) -> str:
    return escape(plain(text))
