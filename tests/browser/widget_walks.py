"""One walk for each widget: used with the keyboard alone, the page shows what the plain function returns.

A walk is called with the page, the box of the widget, and a way to ask the kernel of the page: `ask(code)` runs
code in which `widget` is the widget's own object, and returns what it prints. To add a widget, write its walk and
enter it in WALKS under the class of its box.
"""

from __future__ import annotations

import json

import pytest


def _expect():
    return pytest.importorskip("playwright.sync_api").expect


def walk_explorer(page, box, ask) -> None:
    """A typed selector and a facet show the rows that `kn.select` returns."""
    expect = _expect()
    field = box.get_by_label("kubectl get pods -l")
    count, table = (box.locator(f".k8snotes-{name}") for name in ("count", "table"))

    def rows_are(selector: str) -> None:
        names = json.loads(
            ask(
                "import json, k8snotes as kn\n"
                f"print(json.dumps(list(kn.select(widget._source.table, {selector!r})['NAME'])))"
            )
        )
        assert names
        expect(count).to_contain_text(f"{len(names)} of ")
        expect(table.locator("tbody tr")).to_have_count(len(names))
        for name in names:
            expect(table).to_contain_text(name)

    field.focus()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("tier in (frontend, cache)", delay=10)
    expect(count).to_contain_text("6 of ")
    rows_are("tier in (frontend, cache)")
    facet = box.get_by_role("button", name="canary 1", exact=True)
    facet.focus()
    page.keyboard.press("Enter")
    expect(field).to_have_value("tier in (frontend, cache),track=canary")
    expect(count).to_contain_text("1 of ")
    rows_are("tier in (frontend, cache),track=canary")


def walk_player(page, box, ask) -> None:
    """Step shows what `step()` of a copy of the cluster returns; Back shows the moment before."""
    expect = _expect()
    line, picture = (box.locator(f".k8snotes-player-{name}") for name in ("line", "picture"))
    ask("next_change = widget.cluster.step()[0]")
    component, name = (
        ask("print(next_change.component + '|' + next_change.ref.split('/')[-1])").strip().split("|")
    )
    expect(line).to_contain_text("Before the first step")
    box.get_by_role("button", name="Step ›").focus()
    page.keyboard.press("Enter")
    expect(box.locator(".k8snotes-player-place")).to_contain_text("step 1 of ")
    expect(line).to_contain_text(component)
    expect(line).to_contain_text(name)
    assert ask("print(widget.at)").strip() == "1"
    expect(picture.locator("svg > desc")).to_have_text(ask("print(widget.figure.alt, end='')"))
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    expect(line).to_contain_text("Before the first step")


def walk_walker(page, box, ask) -> None:
    """Step and Back go from hop to hop of what `c.trace` returns."""
    expect = _expect()
    line, table = (box.locator(f".k8snotes-walker-{name}") for name in ("line", "picture"))
    hops = int(ask("print(len(widget.trace.hops))"))
    assert hops > 1
    assert ask("print(widget.at)").strip() == "1"
    expect(table.locator("tbody tr")).to_have_count(hops)
    box.get_by_role("button", name="Step ›").focus()
    page.keyboard.press("Enter")
    expect(box.locator(".k8snotes-walker-place")).to_contain_text(f"hop 2 of {hops}")
    assert ask("print(widget.at)").strip() == "2"
    for said in ask("print(widget.words)").splitlines()[:1]:
        expect(line).to_contain_text(said.strip().split(": ")[-1][:40])
        expect(table.locator("[aria-current=step]")).to_contain_text(said.strip().split(": ")[-1][:40])
    back = box.get_by_role("button", name="‹ Back")
    back.focus()
    page.keyboard.press("Enter")
    expect(box.get_by_role("button", name="« First")).to_be_disabled()
    assert ask("print(widget.at)").strip() == "1"


def walk_scaler(page, box, ask) -> None:
    """A number, or the slider, shows what scaling a copy of the cluster does; First and Step show it one by one."""
    expect = _expect()
    line, picture = (box.locator(f".k8snotes-scaler-{name}") for name in ("line", "picture"))
    before = int(ask("print(widget.replicas)"))
    field = box.get_by_role("spinbutton")
    field.focus()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type(str(before + 2))
    page.keyboard.press("Enter")
    expect(line).to_contain_text(f"{before + 2} of {before + 2} ready")
    expect(line).to_contain_text("2 Pods were created, none was deleted.")
    expect(picture.locator("svg > desc")).to_have_text(ask("print(widget.figure.alt, end='')"))
    handle = box.locator(".k8snotes-scaler-replicas").get_by_role("slider")
    handle.focus()
    page.keyboard.press("ArrowLeft")
    expect(line).to_contain_text(f"{before + 1} of {before + 1} ready")
    box.get_by_role("button", name="« First").focus()
    page.keyboard.press("Enter")
    expect(line).to_contain_text(f"{before} of {before + 1} ready")
    assert ask("print(widget.at)").strip() == "0"
    box.get_by_role("button", name="Step ›").focus()
    page.keyboard.press("Enter")
    expect(box.locator(".k8snotes-scaler-steps")).to_contain_text("▶ 1")


def walk_size(page, box, ask) -> None:
    """A slider moved by an arrow key, or a number typed beside it, shows what `kn.fit` says of the same numbers."""
    expect = _expect()
    line, said = box.locator(".k8snotes-size-line"), box.locator(".k8snotes-size-picture svg.knp > desc")
    before = int(line.inner_text().split()[0])
    handle = box.locator(".k8snotes-size-replicas").get_by_role("slider")
    handle.focus()
    for _ in range(6):
        page.keyboard.press("ArrowRight")
    expect(line).to_contain_text(f"{before + 6} Pods:")  # the kernel has heard of all six keys
    plain = (
        "import k8snotes as kn\n"
        "asked = widget.size\n"
        "same = kn.fit(**{name: getattr(asked, name) for name in asked.__dataclass_fields__})\n"
    )
    ask(plain)
    expect(said).to_have_text(ask("print(same.alt, end='')"))
    number = box.get_by_role("spinbutton", name="Pods", exact=True)
    expect(number).to_have_value(str(before + 6))
    number.focus()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type(str(before))
    page.keyboard.press("Enter")
    expect(line).to_contain_text(f"{before} Pods:")
    ask(plain)
    expect(said).to_have_text(ask("print(same.alt, end='')"))


def walk_ask(page, box, ask) -> None:
    """The right answer, given by keys alone, is told as `kn.check` tells it, and a hint without one.

    A prediction is noted, and has no hint.
    """
    expect = _expect()
    verdict = box.get_by_role("status")
    right = json.loads(
        ask(
            "import json, k8snotes as kn\n"
            "from k8snotes.course.checking import find\n"
            "print(json.dumps(find(widget.question.id).right(), default=sorted))"
        )
    )
    hint = box.get_by_role("button", name="Hint")
    predicts = box.get_by_role("button", name="Note it").count() > 0
    if not predicts:
        hint.focus()
        page.keyboard.press("Enter")
        expect(verdict).to_contain_text("No answer yet.")
        expect(verdict).to_contain_text("Hint")
    _give(page, box, right)
    box.get_by_role("button", name="Note it" if predicts else "Check").focus()
    page.keyboard.press("Enter")
    expect(verdict).to_contain_text("✎ Noted" if predicts else "✓ Right")
    if not predicts:
        expect(verdict).to_contain_text(ask("print(widget.result.message.replace('`', ''), end='')"))


def _give(page, box, right) -> None:
    """Choose or write an answer by keys: boxes and buttons by Space, lists by the arrow, fields by typing."""
    for control in box.get_by_role("checkbox").all():
        if control.evaluate("part => part.parentElement.textContent.trim()[0]") in right:
            control.focus()
            page.keyboard.press("Space")
    for control in box.get_by_role("radio").all():
        if control.evaluate("part => part.parentElement.textContent.trim().split(' · ')[0]") == str(right):
            control.focus()
            page.keyboard.press("Space")
    for control in box.locator("select, input[type=text], textarea").all():
        value = right
        if isinstance(right, dict):
            value = right[
                control.evaluate("part => part.labels[0].textContent.replaceAll('\\u00a0', ' ').trim()")
            ]
        control.focus()
        if control.evaluate("part => part.tagName") == "SELECT":
            wanted = control.evaluate(
                "(part, text) => [...part.options].findIndex(o => o.text.replaceAll('\\u00a0', ' ') === text)",
                str(value),
            )
            for number in range(1, wanted + 1):
                page.keyboard.press("ArrowDown")
                _expect()(control).to_have_js_property("selectedIndex", number)
                page.wait_for_timeout(150)  # what the kernel sends back would undo a key that comes too soon
        else:
            page.keyboard.press("Control+A")  # a text that is to be repaired stands there already
            page.keyboard.type(", ".join(value) if isinstance(value, list) else str(value))
            page.keyboard.press("Tab")


def form_of(box) -> str:
    """Return how a question is answered: by what sort of control."""
    return box.evaluate(
        "box => [...new Set([...box.querySelectorAll('input, select, textarea')].map(part => part.type))].sort().join()"
    )


def walk_browser(page, box, ask) -> None:
    """A reference that is typed shows what `c.overview` of it tells, and Back leads to the whole cluster again."""
    expect = _expect()
    crumbs = box.locator(".k8snotes-browser-crumb:visible")
    expect(crumbs).to_have_count(1)
    box.get_by_label("or any reference").focus()
    page.keyboard.type("ns/default")
    page.keyboard.press("Enter")
    expect(crumbs).to_have_count(2)
    expect(crumbs.last).to_have_text("Namespace default")
    assert ask("print(widget.figure.text == widget._cluster.overview('ns/default').text, end='')") == "True"
    box.get_by_role("button", name="‹ Back").focus()
    page.keyboard.press("Enter")
    expect(crumbs).to_have_count(1)


# the class of a widget's box -> its walk
WALKS = {
    "k8snotes-ask": walk_ask,
    "k8snotes-browser": walk_browser,
    "k8snotes-explorer": walk_explorer,
    "k8snotes-player": walk_player,
    "k8snotes-scaler": walk_scaler,
    "k8snotes-size": walk_size,
    "k8snotes-walker": walk_walker,
}
