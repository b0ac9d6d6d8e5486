"""An exercise as a widget: its question, choices or fields, and a verdict that has its place from the beginning."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from html import escape
from typing import Any, Protocol

from ipywidgets import HTML, Button, Checkbox, Dropdown, HBox, Layout, RadioButtons, Text, Textarea

from k8snotes.catalogue import _, named, ngettext
from k8snotes.figures.theme import MONO, box, style_sheet
from k8snotes.figures.wording import marked_up, unmarked
from k8snotes.screen import printable
from k8snotes.widgets.debounce import Debounce
from k8snotes.widgets.widget import Widget

__all__ = ["Ask", "Entry", "Question", "Verdict"]

_RIGHT, _NOT_YET, _NOTED = "right", "not yet", "noted"  # the codes of a verdict; any other is no answer yet
_HEADS = {
    _RIGHT: ("po", "✓", _("Right")),
    _NOT_YET: ("ba", "✗", _("Not yet")),
    _NOTED: ("ac", "✎", _("Noted")),
}
_TOLD = "word " * 20  # as much as a verdict says of a wrong answer, beside what the exercise itself says
_RULES = f"""
.k8snotes-ask.kn{{max-width:826px;border:1.5px solid var(--rule);border-radius:6px;padding:8px 12px;margin:4px 0;overflow:visible}}
.k8snotes-ask .widget-html-content{{line-height:20px;font-size:13px}}
.k8snotes-ask .q{{margin:4px 0 6px}}.k8snotes-ask .about{{margin:6px 0 0}}
.k8snotes-ask label,.k8snotes-ask select,.k8snotes-ask option{{color:var(--ink);font-size:13px}}
.k8snotes-ask .widget-checkbox,.k8snotes-ask .widget-radio,.k8snotes-ask .widget-radio-box{{width:100%;height:auto;max-width:none;margin:0;padding:0}}
.k8snotes-ask .widget-checkbox label,.k8snotes-ask .widget-radio-box label{{display:flex;flex-direction:row;justify-content:flex-start;align-items:flex-start;gap:8px;text-align:left;width:100%;height:auto;min-height:26px;margin:0;padding:2px 8px;border-radius:3px;line-height:22px;white-space:normal;cursor:pointer}}
.k8snotes-ask .widget-radio-box label{{flex-direction:row-reverse;justify-content:flex-end}}
.k8snotes-ask label:has(input:checked){{background:var(--svcbg)}}
.k8snotes-ask .widget-checkbox span{{flex:1 1 0;white-space:normal;overflow:visible}}
.k8snotes-ask.kn label input[type]{{align-self:flex-start;flex:0 0 14px;position:static;width:14px;height:14px;margin:4px 0!important;accent-color:var(--svcink)}}
.k8snotes-ask .widget-text input,.k8snotes-ask textarea,.k8snotes-ask select{{border:1px solid var(--off);border-radius:2px;background-color:var(--paper);color:var(--ink)}}
.k8snotes-ask select{{appearance:auto;background-image:none}}body[data-jp-theme-light="false"] .k8snotes-ask{{color-scheme:dark}}
.k8snotes-ask .widget-text input,.k8snotes-ask textarea{{font:12px/18px {MONO}}}
.k8snotes-ask input::placeholder,.k8snotes-ask textarea::placeholder{{color:var(--muted);opacity:1}}
.k8snotes-ask .jupyter-button{{margin:8px 6px 0 2px}}
.k8snotes-ask .jupyter-button.k8snotes-ask-check{{border-color:var(--svcink);background:var(--svcink);color:var(--paper);font-weight:600}}
.k8snotes-ask .vd{{display:grid;margin-top:4px}}.k8snotes-ask .vd>*{{grid-area:1/1;align-self:start;padding:4px 12px;border-left:4px solid var(--off)}}
.k8snotes-ask .vd>.room{{visibility:hidden}}.k8snotes-ask .say.of{{background:var(--offbg);color:var(--offink)}}
"""
_SHEET = style_sheet("", "card", extra=_RULES)


@dataclass(frozen=True, slots=True)
class Entry:
    """What takes an answer, or the part of one key of it.

    Args:
        key: the key of the answer; "" where this is the whole answer.
        called: what the key is called, in the language in force.
        about: what the key means, in Markdown, where that has to be said.
        choices: what there is to choose from, in Markdown, by what is answered; none where the answer is written.
        several: whether several choices may be answered.
        form: what a written answer looks like.
        lines: how many lines the field for it has.
        begins: what is in the field at first.
    """

    key: str = ""
    called: str = ""
    about: str = ""
    choices: Mapping[str, object] | None = None
    several: bool = False
    form: str = ""
    lines: int = 1
    begins: str = ""

    @property
    def words(self) -> dict[str, str]:
        """The choices as a reader sees them: "b · a Service cache", or "refused" where the word is the answer."""
        choices = self.choices or {}
        return {
            key: f"{key} · {unmarked(words)}" if len(key) == 1 else unmarked(words)
            for key, words in choices.items()
        }


class Verdict(Protocol):
    """What a check says of an answer: what the result of `kn.check` has."""

    @property
    def status(self) -> str:
        """The code by which one decides: "right", "not yet", "noted"; any other for no answer yet."""

    @property
    def message(self) -> str:
        """What is said of the answer."""

    @property
    def misconceptions(self) -> tuple[str, ...]:
        """The beliefs that may be behind it."""

    @property
    def hints(self) -> tuple[str, ...]:
        """Where to look next."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question, what takes its answer, and what judges it; its texts are Markdown, said in the language in force.

    Args:
        id: the name of the exercise, "01-service/1".
        text: the question.
        entries: what takes the answer: one entry, or one for each key.
        hint: where to look; "" where there is no hint.
        starter: what the answer looks like as Python, before anybody answered.
        following: the name of the next exercise; "" after the last.
        check: judges an answer.
        because: what will be said of the right answer: it is only measured.
        beliefs: what may be said of wrong ones, each a belief and its hint: they are only measured.
        predicts: whether the answer is a prediction, which is noted and judged later.
    """

    id: str
    text: str
    entries: tuple[Entry, ...]
    hint: str
    starter: object
    following: str
    check: Callable[[Any], Verdict]
    because: str = ""
    beliefs: tuple[tuple[str, str], ...] = ()
    predicts: bool = False

    @property
    def how(self) -> str:
        """How it is answered, in a few words."""
        first = self.entries[0]
        if first.key:
            return _("answer each line")
        if not first.choices:
            return _("write your answer")
        return _("choose one or more") if first.several else _("choose one")

    @property
    def call(self) -> str:
        """The line of Python that answers it."""
        return f'kn.check("{self.id}", {self.starter})'


class Ask(Widget):
    """The question of `kn.ask` with its controls.

    The verdict has the height of the longest one from the beginning, so that nothing below it moves. It says the
    belief and the hint that fit a wrong answer, and never which choice is wrong.

    `.answer` is what was chosen or written so far, `.result` what `kn.check` said of it.

    Args:
        question: the question, and what judges an answer.
    """

    _failure = _("kn.ask failed")

    def __init__(self, question: Question) -> None:
        self.question = question
        self.result: Verdict | None = None
        self._tries = 0
        self._hints = 0  # how often a hint was asked for since the last verdict
        # Enter and a click come before the text or the choice that was made just before them
        self._entered = Debounce(self.check, 0.15)
        self._head, self._verdict, self._message = HTML(), HTML(), HTML()
        self._message.layout.display = "none"
        self._abouts = [HTML() for _entry in question.entries]
        self._controls = [_controls(entry) for entry in question.entries]
        self._check_button, self._hint_button = Button(), Button()
        self._check_button.on_click(lambda _button: self._entered.ask())
        self._hint_button.on_click(lambda _button: self.hint())
        self._hint_button.layout.display = None if question.hint else "none"
        self._check_button.add_class("k8snotes-ask-check")
        self._verdict.add_class("k8snotes-ask-verdict")
        rows = []
        for about, controls, entry in zip(self._abouts, self._controls, question.entries, strict=True):
            rows += [about, *controls] if entry.about else controls
            for control in controls:
                control.observe(self._answered, names="value")
                if isinstance(control, Text):
                    control.on_msg(self._sent)
        super().__init__(
            "k8snotes-ask",
            [self._head, *rows, HBox([self._check_button, self._hint_button]), self._verdict, self._message],
        )
        self._render()

    # ---- what a reader asks

    @property
    def answer(self) -> Any:
        """What was chosen or written so far, as `kn.check` takes it; None for no answer yet."""
        given = [_given(entry, controls) for entry, controls in self._pairs()]
        if self.question.entries[0].key:
            return dict(zip((entry.key for entry in self.question.entries), given, strict=True))
        return given[0]

    def check(self) -> None:
        """Judge the answer as `kn.check` does, and show what it says."""
        self._entered.cancel()
        with self._showing_errors(clear=True):
            self._verdict.value = self._verdict_in_room(_said("of", f"◐ {escape(str(_('Checking …')))}"))
            self.result = self.question.check(self.answer)
            self._tries += self.result.status in (_RIGHT, _NOT_YET)
            self._hints = 0
            self._render()

    def hint(self) -> None:
        """Show where to look; asked again, the next hint."""
        with self._showing_errors(clear=True):
            self._hints += 1
            self._render()

    def close(self) -> None:
        """Take the controls away, in the kernel and in the browser."""
        self._entered.cancel()
        super().close()

    # ---- inner

    def _pairs(self) -> Iterator[tuple[Entry, list[Any]]]:
        return zip(self.question.entries, self._controls, strict=True)

    def _sent(self, _widget: Any, content: Any, _buffers: Any) -> None:
        """Enter in a field of one line: what was typed comes with the next message, if it is not here yet."""
        if content.get("event") == "submit":
            self._entered.ask()

    def _answered(self, _change: Any) -> None:
        if self._entered.pending:
            self.check()

    def _speak(self) -> None:
        self._check_button.description = str(_("Note it") if self.question.predicts else _("Check"))
        self._hint_button.description = str(_("Hint"))
        self._head.value = f"{_SHEET}{self._head_html()}"
        for about, (entry, controls) in zip(self._abouts, self._pairs(), strict=True):
            about.value = f'<div class="about">{marked_up(entry.about)}</div>'
            _speak(entry, controls)

    def _head_html(self) -> str:
        return (
            f'<div><b>{escape(str(self._title()))}</b> <span class="mu">· {escape(str(self.question.how))}</span></div>'
            f'<div class="q">{marked_up(self.question.text)}</div>'
        )

    def _title(self) -> str:
        return _("Your prediction first") if self.question.predicts else self.question.id

    def _render(self) -> None:
        self._verdict.value = self._verdict_in_room(self._verdict_html())

    def _verdict_in_room(self, verdict: str) -> str:
        """Return a verdict on the room that the longest one needs."""
        room = "<br>".join(_blinded(line) for line in self._longest())
        return f'<div class="vd"><div class="room" aria-hidden="true">{room}</div>{verdict}</div>'

    def _verdict_html(self) -> str:
        result = self.result
        status = "" if result is None else result.status  # a result is true only if the answer was right
        look, sign, head = _HEADS.get(status, ("of", "○", ""))
        message = "" if result is None else str(result.message)
        if head:
            said = _("{head}: {text}", head=f"<b>{sign} {escape(str(head))}</b>", text=marked_up(message))
            lines = [f"{said} {self._after()}"]
        else:
            blank = not message or message == unmarked(
                self.question.text
            )  # kn.check repeats the question then
            lines = [f"{sign} {marked_up(_('No answer yet.') if blank else message)}"]
        beliefs = () if result is None else result.misconceptions
        lines += [_belief_line(marked_up(belief)) for belief in beliefs[:1]]
        hints = () if result is None else result.hints
        asked = self._hints - (not hints)  # a wrong answer has its first hint without being asked
        row = [*dict.fromkeys(str(hint) for hint in (*hints, self.question.hint) if hint)]
        if row and asked >= 0:
            lines.append(_hint_line(marked_up(row[asked % len(row)])))
        return _said(look, *lines)

    def _after(self) -> str:
        """Say after a right answer how many tries it took, and what comes next."""
        if self.result is None or self.result.status == _NOT_YET:
            return ""
        said = [str(ngettext("{n} try", "{n} tries", self._tries))] if self._tries else []
        if self.question.following:
            said.append(_("next: {call}", call=f'<code>kn.ask("{escape(self.question.following)}")</code>'))
        return f'<span class="mu">{" · ".join(said)}</span>'

    def _longest(self) -> list[str]:
        """Return the lines of the longest verdict that there may be."""
        if self.question.predicts:
            return [_TOLD]
        beliefs, hints = zip(*self.question.beliefs, strict=True) if self.question.beliefs else ((), ())
        longest = [
            max((str(text) for text in texts), key=len, default="")
            for texts in (beliefs, (*hints, self.question.hint))
        ]
        wrong = [_TOLD, _belief_line(longest[0]), _hint_line(longest[1])]
        right = [f"{self.question.because} {_TOLD[:50]}"]
        return max(wrong, right, key=lambda lines: sum(len(line) // 120 + 1 for line in lines))

    def _outline(self) -> Iterator[str]:
        """Yield the question and what there is to choose or fill in, line by line."""
        yield f"{self.question.id} · {self.question.how}"
        yield unmarked(self.question.text)
        for entry in self.question.entries:
            if entry.key:
                about = unmarked(entry.about) or named(entry.words.values()) or str(entry.form)
                yield "  " + _("{head}: {text}", head=entry.called, text=about)
            else:
                yield from (f"  {words}" for words in entry.words.values())

    @printable
    def __repr__(self) -> str:
        return "\n".join([*self._outline(), str(_("Answer with {call}", call=self.question.call))])

    def _preview(self) -> tuple[str, str]:
        words = _("Run this cell to answer.")
        items: list[str] = []
        for entry in self.question.entries:
            if entry.key:
                about = marked_up(entry.about) or escape(named(entry.words.values()) or str(entry.form))
                items.append(_("{head}: {text}", head=f"<b>{escape(str(entry.called))}</b>", text=about))
            else:
                items += [
                    f"<b>{escape(key)}</b> · {marked_up(text)}" if len(key) == 1 else marked_up(text)
                    for key, text in (entry.choices or {}).items()
                ]
        chosen = f"<ul>{''.join(f'<li>{item}</li>' for item in items)}</ul>" if items else ""
        sheet = style_sheet("", "card")
        body = f'{self._head_html()}{chosen}<div class="mu">○ {escape(str(words))}</div>'
        return str(words), f'{sheet}<div {box()}><div class="card">{body}</div></div>'


def _controls(entry: Entry) -> list[Any]:
    """Return the controls that take an answer: what is to be chosen is shown, or one field."""
    if entry.several:
        return [Checkbox(indent=False, layout=Layout(width="100%")) for _key in entry.choices or {}]
    style = {"description_width": "initial" if not entry.key else "17em"}
    if entry.choices and entry.key:
        # "" and not None: the index of None is none, and then the first key would choose the words "choose one"
        return [
            Dropdown(options=[("", "")], value="", style=style, layout=Layout(width="30em", max_width="100%"))
        ]
    if entry.choices:
        return [RadioButtons(options=list(entry.choices), value=None, layout=Layout(width="auto"))]
    if entry.lines > 1:
        layout = Layout(width="auto")
        return [Textarea(entry.begins, rows=entry.lines, continuous_update=False, style=style, layout=layout)]
    width = "34em" if entry.key else "30em"
    return [Text(continuous_update=False, style=style, layout=Layout(width=width, max_width="100%"))]


def _speak(entry: Entry, controls: list[Any]) -> None:
    """Write the words of controls; what is chosen stays chosen."""
    words = entry.words
    if entry.several:
        for control, text in zip(controls, words.values(), strict=True):
            control.description = text
        return
    (control,) = controls
    if not words:
        control.description = str(entry.called) or str(_("Answer"))
        control.placeholder = str(entry.form)
        return
    options: list[tuple[str, str]] = [(text, key) for key, text in words.items()]
    if entry.key:
        control.description = str(entry.called)
        options = [(str(_("choose one")), ""), *options]
    chosen = control.value
    control.options = options
    control.value = chosen


def _given(entry: Entry, controls: list[Any]) -> Any:
    """Return the answer that controls hold; None for none."""
    if entry.several:
        keys = entry.choices or {}
        return {key for key, control in zip(keys, controls, strict=True) if control.value} or None
    return controls[0].value


def _said(look: str, *lines: str) -> str:
    """Return a verdict of some lines, which screen readers say when it changes."""
    return f'<div class="say {look}" role="status">{"<br>".join(lines)}</div>'


def _belief_line(belief: str) -> str:
    return _("{head}: {text}", head=_("This answer often comes from this belief"), text=belief)


def _hint_line(hint: str) -> str:
    return _("{head}: {text}", head=f"<b>{escape(str(_('Hint')))}</b>", text=hint)


def _blinded(text: str) -> str:
    """Return text of the same length that says nothing.

    >>> _blinded("port 80, 端口")
    '0000 000 口口'
    """
    return re.sub(r"[^\x00-\x7f]", "口", re.sub(r"[!-~]", "0", text))
