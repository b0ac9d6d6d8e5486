"""What the explorer shows, as HTML: the answer, the fault of a text that is no selector, the table, the same query elsewhere."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from html import escape

from k8snotes.catalogue import Text, _, ngettext
from k8snotes.errors import SelectorSyntaxError
from k8snotes.facts.exploration import Exploration, ExploredRow, Queries
from k8snotes.figures.theme import MONO, style_sheet
from k8snotes.figures.wording import plain
from k8snotes.widgets.source import Source
from k8snotes.widgets.widget import shortened

__all__ = [
    "STYLE",
    "answer_html",
    "caption_html",
    "caret_lines",
    "preview_html",
    "problem_html",
    "queries_html",
    "table_html",
]

_AROUND = 18
_LEADING = 2
_LONG = 40
_SHEET = """
.kn.k8snotes-explorer{overflow-x:hidden;container-type:inline-size;padding:3px}
.k8snotes-explorer .jupyter-widgets{margin:0}
.k8snotes-explorer .widget-html-content{line-height:inherit;width:100%}.k8snotes-explorer .widget-html{height:auto}
.k8snotes-query{gap:4px;align-items:center;flex-flow:row wrap}
.k8snotes-explorer .k8snotes-kind{width:auto;flex:0 0 auto}.k8snotes-explorer .k8snotes-kind select{width:112px}.k8snotes-kind .widget-label,.kn .vh{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.k8snotes-explorer .k8snotes-field{flex:1 1 26em;min-width:0}.k8snotes-field .widget-label{font:12px/28px @MONO@;width:auto}.kn.k8snotes-wrong .k8snotes-field input[type="text"]{border:2px solid var(--bad);padding:0 7px;outline-color:var(--bad)!important}
.k8snotes-explorer .k8snotes-answer{margin-top:4px}.k8snotes-answer{height:56px;overflow:hidden auto;align-items:center;gap:8px;flex-flow:row nowrap}
.k8snotes-answer>.widget-html{flex:1 1 auto;min-width:0;align-self:stretch}.kn .k8snotes-answer>button{flex:0 0 auto;max-width:45%;overflow:hidden;text-overflow:ellipsis}
.k8snotes-answer .first{display:flex;gap:12px;align-items:baseline;padding-top:6px}.k8snotes-answer .first b{font-size:16px;line-height:22px;white-space:nowrap}
.kn .sel{user-select:all;background:var(--soft);padding:1px 6px;overflow:hidden;text-overflow:ellipsis;white-space:nowrap;min-width:0}
.k8snotes-answer .wrong{display:flex;gap:16px;height:56px;border-left:4px solid var(--bad);background:var(--badbg);padding:4px 12px;font-size:12px;line-height:16px}
.k8snotes-answer .wrong pre{margin:0;font-size:12px;line-height:16px;white-space:pre;flex:0 0 auto;overflow:visible}
.k8snotes-answer .wrong p{margin:0}.k8snotes-answer .kube{overflow:hidden;text-overflow:ellipsis;white-space:nowrap}.k8snotes-answer .wrong>div{min-width:0}
.k8snotes-caption{height:24px;gap:12px;align-items:center;flex-flow:row nowrap;font-size:12px}
.k8snotes-caption>.widget-html{flex:1 1 0;min-width:0}.k8snotes-caption .cut{overflow:hidden;text-overflow:ellipsis;white-space:nowrap;font-size:12px}
.k8snotes-explorer .k8snotes-unmatched{width:auto;flex:0 0 auto}.k8snotes-explorer .k8snotes-unmatched label{display:flex;gap:6px;align-items:center;color:var(--ink);font-size:12px}
.k8snotes-body{gap:12px;flex-flow:row wrap;align-items:flex-start;overflow:visible}
.k8snotes-body>.k8snotes-table{flex:1000 1 400px;min-width:0}.k8snotes-table .widget-html-content{height:100%}
.k8snotes-table .tb{height:100%;overflow:auto;border-left:4px solid transparent}.k8snotes-wrong .tb{border-left:4px dotted var(--off)}
.k8snotes-explorer table.t{width:100%}.kn.k8snotes-explorer table.t th{position:sticky;top:0;padding:4px 6px;z-index:1}.kn.k8snotes-explorer table.t th:first-child{width:28px;min-width:28px}.kn.k8snotes-explorer table.t td{padding:4px 6px;white-space:nowrap}
.kn.k8snotes-explorer table.t td.long{white-space:normal;min-width:16em;overflow-wrap:anywhere}
.kn.k8snotes-explorer table.t tr.left td{border-bottom:0;background:var(--offbg)}.kn.k8snotes-explorer table.t tr.why td{background:var(--offbg);color:var(--badink);white-space:normal;font-size:12px;line-height:16px;padding-top:0}
.k8snotes-explorer td .hit{color:var(--podink);font-weight:700}.k8snotes-explorer td .miss{color:var(--badink);font-weight:700}
.k8snotes-body>.k8snotes-facets{flex:1 0 196px;width:auto;overflow:hidden auto;border-left:1px solid var(--rule);padding:0 2px 2px 12px;display:flex;flex-flow:row wrap;align-content:flex-start;gap:3px}
.kn .k8snotes-facets button.jupyter-button{max-width:100%;height:22px;line-height:20px;padding:0 6px;font-size:12px;overflow:hidden;text-overflow:ellipsis;flex:0 0 auto}
.kn button.jupyter-button.k8snotes-key{font-weight:700;margin:3px 0 0;height:18px;line-height:16px;flex:1 0 100%;text-align:left}.kn button.jupyter-button.k8snotes-key:not(.on){background:none;border-color:transparent;padding:0}
.kn button.jupyter-button.k8snotes-link{background:none;border-color:transparent;color:var(--svcink);padding:0;font-size:12px;height:24px;line-height:22px;text-align:left}
.k8snotes-queries .three{display:flex;flex-wrap:wrap;gap:4px 12px}.k8snotes-queries .three>div{flex:1 1 15em;min-width:0}
@container (max-width:600px){.k8snotes-answer{height:140px;flex-flow:row wrap;align-content:flex-start;gap:4px}.k8snotes-answer>.widget-html{flex:1 0 100%}.k8snotes-answer .wrong{height:auto;flex-flow:column;gap:2px}.k8snotes-answer .first{flex-wrap:wrap;gap:0 12px}.kn .sel{white-space:normal;overflow:visible;overflow-wrap:anywhere}.k8snotes-answer .kube{white-space:normal}.k8snotes-caption{height:68px;flex-flow:column;align-items:flex-start;gap:0}.k8snotes-caption>.widget-html{flex:1 1 36px;overflow:hidden auto}.k8snotes-caption .cut{white-space:normal;line-height:18px}.k8snotes-body>.k8snotes-facets{border-left:0;padding-left:0}}
"""

STYLE = style_sheet("", "table", "card", extra=_SHEET.replace("@MONO@", MONO))
"""The style sheet of an explorer."""


def caret_lines(text: str, position: int) -> tuple[str, str]:
    """Return the text on one line, cut around a place, and the line under it with the caret.

    Args:
        text: the text.
        position: the place, 0-based.

    >>> print(*caret_lines("app=web tier=db", 8), sep=chr(10))
    app=web tier=db
            ^
    """
    start = max(0, position - _AROUND) if len(text) > 2 * _AROUND else 0
    lead = "…" if start else ""
    end = start + 2 * _AROUND
    shown = lead + plain(text[start:end]) + ("…" if len(text) > end else "")
    before = lead + plain(text[start:position])
    return shown, "".join(map(_blank, before)) + "^"


def _blank(char: str) -> str:
    # as wide as the character above it, in a font of one width
    if unicodedata.combining(char):
        return ""
    return "\u3000" if unicodedata.east_asian_width(char) in "WF" else " "


def problem_html(problem: SelectorSyntaxError) -> str:
    """Return the message about text that is no selector: the place, what to type, and Kubernetes' words."""
    shown, caret = caret_lines(problem.selector, problem.position)
    head, kube = escape(_("Not a selector:")), escape(plain(str(problem.message)))
    return (
        f'<div class="wrong" role="alert"><pre>{escape(shown)}\n<b class="ba">{caret}</b></pre>'
        f'<div><p><b class="ba">✗ {head}</b> {shortened(problem.hint)}</p>'
        f'<p class="mu kube" title="{kube}">{kube}</p></div></div>'
    )


def answer_html(facts: Exploration, source: Source, kubectl: str) -> str:
    """Return how many rows match, the command that finds them, and why there are no more.

    Args:
        facts: the answer that is shown.
        source: the table.
        kubectl: the command.
    """
    return (
        f'<div role="status"><div class="first"><b>{escape(_count(facts, source.noun))}</b>'
        f'<code class="sel">{escape(kubectl)}</code></div><div class="mu">{escape(_why(facts))}</div></div>'
    )


def _count(facts: Exploration, noun: str) -> Text:
    return ngettext(
        "{found} of {total} {kind} matches",
        "{found} of {total} {kind} match",
        facts.count,
        found=format(facts.count, ","),
        total=format(facts.total, ","),
        kind=noun,
    )


def _why(facts: Exploration) -> str:
    if facts.missed is not None:
        return facts.missed.words
    if not facts.selector.requirements:
        return _("An empty selector matches everything.")
    if facts.near:
        return ngettext(
            "{number} is left out with {label}, which is nearly what you ask for.",
            "{number} are left out with {label}, which is nearly what you ask for.",
            facts.near_count,
            number=format(facts.near_count, ","),
            label=facts.near,
        )
    if len(facts.selector.requirements) == 1:
        return ""
    return _("A comma means and: each of them meets {n} requirements.", n=len(facts.selector.requirements))


def caption_html(facts: Exploration, source: Source) -> str:
    """Return what the table shows: of which selector, how many of the rows, and what is the same in all of them.

    Args:
        facts: the answer that is shown.
        source: the table.
    """
    words = _caption(facts, source)
    if len(facts.rows) < facts.listed:
        total = format(facts.listed, ",")
        first = _("first {number} of {total}", number=len(facts.rows), total=total)
        words = f"{words} · {first}" if facts.problem is not None or facts.instead else first
    return f'<div class="cut mu" title="{escape(words)}">{escape(words)}</div>'


def _caption(facts: Exploration, source: Source) -> str:
    if facts.problem is not None:
        good = facts.text.strip()
        if good:
            return _("The table still shows {selector}.", selector=good)
        return _("The table still shows everything.")
    if facts.instead or not source.alike:
        return facts.instead
    same = ", ".join(f"{name} {value}".rstrip() for name, value in source.alike)
    return _("The same in all rows: {columns}", columns=same)


def table_html(facts: Exploration, rows: Sequence[ExploredRow], source: Source) -> str:
    """Return rows as a table, with a column for each label key as `kubectl get -L` has it; one left out says why.

    Args:
        facts: the answer that is shown.
        rows: those of its rows that are in view.
        source: the table.
    """
    lead, rest = source.columns[:_LEADING], source.columns[_LEADING:]
    labels = "".join(
        f'<th scope="col" title="{escape(plain(key))}">{escape(plain(key.rpartition("/")[2]).upper())}</th>'
        for key in facts.keys
    )
    head = f'<th scope="col"><span class="vh">{escape(_("matches"))}</span></th>{_heads(lead)}{labels}{_heads(rest)}'
    cells = source.cells([row.position for row in rows])
    lines = [_row(row, values, facts.keys) for row, values in zip(rows, cells, strict=True)]
    if not lines:
        number = 1 + len(source.columns) + len(facts.keys)
        lines = [f'<tr><td colspan="{number}">{escape(_("The table is empty."))}</td></tr>']
    return f'<table class="t"><thead><tr>{head}</tr></thead><tbody>{"".join(lines)}</tbody></table>'


def _heads(names: Sequence[str]) -> str:
    return "".join(f'<th scope="col">{escape(name)}</th>' for name in names)


def _row(row: ExploredRow, values: Sequence[str], keys: Sequence[str]) -> str:
    sign = '<b class="po">✓</b>' if row.matches else '<b class="ba">✗</b>' if row.reasons else ""
    labels = {label.key: label for label in row.labels}
    cells = [f"<td>{sign}</td>", *map(_cell, values[:_LEADING])]
    for key in keys:
        label = labels.get(key)
        if label is None:
            cells.append('<td class="m"><span class="mu">–</span></td>')
        else:
            text = shortened(label.value) or f'<i class="mu">{escape(_("(empty)"))}</i>'
            marked = {"✓": f'<b class="hit">{text}</b>', "✗": f'<b class="miss">✗ {text}</b>'}
            cells.append(f'<td class="m">{marked.get(label.sign, text)}</td>')
    cells += map(_cell, values[_LEADING:])
    if not row.reasons:
        return f"<tr>{''.join(cells)}</tr>"
    reasons = "<br>".join(map(shortened, row.reasons))
    return (
        f'<tr class="left">{"".join(cells)}</tr>'
        f'<tr class="why"><td></td><td colspan="{len(cells) - 1}">{reasons}</td></tr>'
    )


def _cell(value: str) -> str:
    long = ' class="long"' if len(value) > _LONG else ""
    return f"<td{long}>{escape(value)}</td>"


def queries_html(same: Queries) -> str:
    """Return the query as a reader types it elsewhere; a click marks a whole piece, ready to be copied."""
    cannot = _("A LabelSelector cannot have this.")
    yaml = same.yaml.rstrip("\n") if same.yaml else f"# {cannot}"
    boxes = "".join(
        f'<div><div class="mu">{escape(name)}</div><code class="cmd" tabindex="0">{escape(text)}</code></div>'
        for name, text in (("YAML (Deployment, ReplicaSet, …)", yaml), ("Python", same.python))
    )
    note = f'<div class="mu">{shortened(same.note)}</div>' if same.note else ""
    return f'<div class="three">{boxes}</div>{note}'


def preview_html(facts: Exploration, source: Source, kubectl: str, most: int) -> str:
    """Return the preview, for pages on which controls do not work: GitHub, or a notebook that is not trusted yet.

    Args:
        facts: the answer that is shown.
        source: the table.
        kubectl: the same query for kubectl.
        most: how many rows there are at most.
    """
    rows = facts.rows[:most]
    rest, more = facts.listed - len(rows), ""
    if rest > 0:
        words = ngettext("…and {number} more row", "…and {number} more rows", rest, number=format(rest, ","))
        more = f"<p>{escape(words)}</p>"
    problem = "" if facts.problem is None else problem_html(facts.problem)
    name, use = escape(_("Label-selector explorer")), escape(_("(run this cell to type in it)"))
    return (
        f"<div><p><b>{name}</b> {use}</p><pre>{escape(kubectl)}</pre>{problem}"
        f"<p><b>{escape(_count(facts, source.noun))}</b> {escape(_why(facts))}</p>"
        f"<p>{escape(_caption(facts, source))}</p>"
        f"{table_html(facts, rows, source)}{more}</div>"
    )
