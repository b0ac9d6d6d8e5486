"""The explorer as a reader's notebook holds it: fields set, buttons clicked, and what is then shown."""

from __future__ import annotations

import asyncio
import logging
import re
from html.parser import HTMLParser

import ipywidgets
import pandas as pd
import pytest
from ipywidgets.widgets.widget import _instances
from test_exploration import texts

import k8snotes as kn
from k8snotes.figures.palette import TOKENS
from k8snotes.widgets.debounce import Debounce
from k8snotes.widgets.explored import caret_lines

ROWS = [
    ("web-1", {"app": "web", "tier": "frontend"}),
    ("web-2", {"app": "web", "tier": "frontend", "canary": "true"}),
    ("web-3", {"app": "web", "tier": "frontnd"}),
    ("db-1", {"app": "db", "tier": "backend"}),
    ("<b>lonely</b>", None),
]


@pytest.fixture
def pods():
    return pd.DataFrame(
        {"NAME": [name for name, _ in ROWS], "RESTARTS": 0, "labels": [labels for _, labels in ROWS]}
    )


@pytest.fixture
def explorer(pods):
    made = kn.explore(pods)
    yield made
    made.close()


@pytest.fixture
def cluster():
    c = kn.Cluster(nodes=2)
    pod = {"apiVersion": "v1", "kind": "Pod", "spec": {"containers": [{"name": "app", "image": "nginx"}]}}
    for name, labels in ROWS[:4]:
        c.apply(pod | {"metadata": {"name": name, "labels": labels}})
    c.settle()
    return c


def button(explorer, key, start):
    """The button of a value, by the beginning of its text."""
    shown = explorer._rows[key].shown[1:]
    found = [b for b in shown if b.description.removeprefix("✓ ").startswith(start)]
    assert len(found) == 1
    return found[0]


def texts_of(explorer, key):
    return [b.description for b in explorer._rows[key].shown[1:]]


def controls(widget):
    """Every control below a widget."""
    for child in getattr(widget, "children", ()):
        yield child
        yield from controls(child)


def test_typing_filters_the_table(explorer, pods):
    """What is typed after -l filters the table at once; the table is what kn.select gives."""
    explorer._field.value = "app=web, !canary"
    assert explorer.selector == "app=web, !canary"
    assert "2 of 5 Pods match" in explorer._count.value
    pd.testing.assert_frame_equal(explorer.table, kn.select(pods, "app=web,!canary"))
    assert "web-1" in explorer._table.value
    assert "web-2" not in explorer._table.value


def test_a_wrong_selector_keeps_the_table_and_shows_the_place(explorer):
    """Wrong text leaves the last good table; the message has Kubernetes' words, the caret and what to type."""
    explorer.selector = "app=web"
    before = explorer._table.value
    explorer._field.value = "app=web tier=frontend"
    assert explorer._table.value == before
    assert explorer.selector == "app=web"
    assert explorer._message.layout.display is None
    message = explorer._message.value
    assert explorer._count.layout.display == "none"
    assert "k8snotes-wrong" in explorer._dom_classes
    assert "The table still shows app=web." in explorer._place.value
    assert "✗ Not a selector:" in message
    assert "expected: &#x27;,&#x27; or &#x27;end of string&#x27;" in message
    assert "Write: app=web,tier=frontend" in message
    assert 'role="alert"' in message
    lines = re.search(r"<pre[^>]*>(.*?)</pre>", message, re.DOTALL)[1].splitlines()
    assert lines[0] == "app=web tier=frontend"
    assert re.sub("<[^>]+>", "", lines[1]) == " " * len("app=web ") + "^"
    explorer._fix.click()
    assert explorer._field.value == explorer.selector == "app=web,tier=frontend"
    assert explorer._message.value == ""
    assert explorer._message.layout.display == "none"
    assert explorer._count.layout.display is None
    assert "k8snotes-wrong" not in explorer._dom_classes


def test_the_caret_stands_under_the_place():
    """The caret line is as wide as the text before the place, also with wide characters and long texts."""
    assert caret_lines("a\tb c", 4) == ("a\\tb c", "     ^")
    assert caret_lines("前b c", 3) == ("前b c", "\u3000  ^")
    shown, caret = caret_lines("x" * 500 + "!" + "y" * 500, 500)
    assert shown[len(caret) - 1] == "!"
    assert len(shown) < 120


def test_facets_change_the_field(explorer):
    """A click on a value asks for it, a second value of the key joins it, and a click on it takes it away."""
    explorer.selector = "app=web, !canary"
    button(explorer, "tier", "frontend").click()
    assert explorer._field.value == "app=web, !canary, tier=frontend"
    assert texts_of(explorer, "tier") == ["✓ frontend 1", "backend 0", "frontnd 1"]
    button(explorer, "tier", "frontnd").click()
    assert explorer.selector == "app=web, !canary, tier in (frontend,frontnd)"
    assert len(explorer.table) == 2
    button(explorer, "tier", "frontend").click()
    button(explorer, "tier", "frontnd").click()
    assert explorer.selector == "app=web, !canary"


def test_a_key_can_be_asked_to_be_there_or_not(explorer):
    """A click on a key asks that it is there, a second one that it is not, a third one nothing."""
    explorer.selector = "app"
    head = explorer._rows["canary"].head
    assert (head.description, "on" in head._dom_classes) == ("canary on 1", False)
    head.click()
    assert (explorer.selector, head.description, "on" in head._dom_classes) == (
        "app,canary",
        "✓ canary on 1",
        True,
    )
    head.click()
    assert (explorer.selector, head.description) == ("app,!canary", "✓ canary not on 3")
    head.click()
    assert explorer.selector == "app"
    explorer.selector = "canary in (true,false)"
    assert head.description == "canary on 1"
    head.click()
    assert explorer.selector == ""


def test_undo_goes_many_steps_back(explorer):
    """Each undo goes a step back through the good selectors; from wrong text, to the last good one."""
    steps = ["app", "app=web", "app=web,canary", "tier"]
    for step in steps:
        explorer._field.value = step
    button(explorer, "app", "db").click()
    explorer._field.value = "tier,app=db,,"
    for step in ["tier,app=db", *reversed(steps), ""]:
        assert not explorer._undo.disabled
        explorer._undo.click()
        assert explorer._field.value == explorer.selector == step
    assert explorer._undo.disabled
    explorer.undo()
    assert explorer.selector == ""


def test_left_out_rows_come_on_demand_with_their_reason(explorer):
    """A box adds the rows that do not match, each with its reason; marks are words and symbols, not colour alone."""
    explorer.selector = "tier=frontend"
    assert explorer._unmatched.description == "show the 3 left out, and why"
    assert "web-3" not in explorer._table.value
    explorer._unmatched.value = True
    shown = explorer._table.value
    assert shown.count('<b class="po">✓</b>') == 2
    assert shown.count('<b class="ba">✗</b>') == 3
    assert '<b class="hit">frontend</b>' in shown
    assert '<b class="miss">✗ frontnd</b>' in shown
    assert "frontnd differs from frontend in one letter" in shown
    assert "there is no label tier" in shown


def test_the_same_query_to_copy(explorer):
    """The query stands there for kubectl, as YAML and as Python; > has a note instead of YAML."""
    explorer.selector = "app=web,!canary"
    assert "kubectl get pods -l &#x27;app=web,!canary&#x27;" in explorer._count.value
    assert 'data-text="kubectl get pods -l &#x27;app=web,!canary&#x27;"' in explorer._copy.value
    assert explorer._queries.layout.display == "none"
    explorer._other_forms.click()
    assert explorer._queries.layout.display is None
    shown = explorer._queries.value
    assert "matchLabels:\n    app: web" in shown
    assert "operator: DoesNotExist" in shown
    assert "kn.select(table, &quot;app=web,!canary&quot;)" in shown
    explorer.selector = "weight>5"
    assert "no &gt; and no &lt;" in explorer._queries.value
    explorer.selector = "weight>"
    assert " disabled" in explorer._copy.value


def test_a_long_table_has_its_first_rows():
    """The first rows are listed, and the line above says of how many; the table itself has all of them."""
    table = pd.DataFrame({"n": range(1000), "labels": ["app=web"] * 999 + ["app=db"]})
    explorer = kn.explore(table)
    assert "first 60 of 1,000" in explorer._place.value
    assert explorer._table.value.count("<tr>") == 61
    assert len(explorer.table) == 1000
    explorer.selector = "app=db"
    assert "first" not in explorer._place.value


def test_what_finds_nothing_has_a_button_for_what_was_meant(explorer):
    """The nearest value, what it finds, and a button that writes it; the table shows the part that finds something."""
    explorer._field.value = "app=web,tier=frontned"
    assert "0 of 5 Pods match" in explorer._count.value
    assert "Nothing matches tier=frontned. Did you mean tier=frontend? It matches 2." in explorer._count.value
    assert "The table shows the 3 that match app=web." in explorer._place.value
    assert [name in explorer._table.value for name in ("web-1", "web-3", "db-1")] == [True, True, False]
    assert not explorer._table.value.count("✓")
    assert len(explorer.table) == 0
    assert (explorer._fix.description, explorer._fix.layout.display) == ("Use tier=frontend", None)
    explorer._fix.click()
    assert explorer.selector == "app=web,tier=frontend"
    assert explorer._fix.layout.display == "none"
    explorer.undo()
    assert explorer._field.value == "app=web,tier=frontned"
    explorer.selector = "app=web,tier=backend"
    assert "Nothing that matches app=web also matches tier=backend." in explorer._count.value
    assert explorer._fix.layout.display == "none"


def test_half_a_word_is_no_good_selector(explorer):
    """The first letters of a key are a selector that finds nothing: wrong text after them keeps the table before them."""
    explorer.selector = "app=web"
    for text in ("t", "ti", "tie", "tie i", "tie in frontend"):
        explorer._field.value = text
    assert explorer.selector == "app=web"
    assert [name in explorer._table.value for name in ("web-1", "db-1")] == [True, False]
    assert "The table still shows app=web." in explorer._place.value
    explorer._field.value = "tier in (frontend)"
    explorer.undo()
    assert explorer.selector == "app=web"
    assert explorer._undo.disabled is False
    explorer.undo()
    assert explorer.selector == ""


def test_columns_that_say_the_same_are_told_above_the_table(explorer):
    """What is the same in all rows takes no column; label keys have one each, with the name that kubectl -L gives them."""
    assert "The same in all rows: RESTARTS 0" in explorer._place.value
    heads = re.findall(r"<th [^>]*>(?:<span[^>]*>)?([^<]*)", explorer._table.value)
    assert heads == ["matches", "NAME", "APP", "TIER", "CANARY"]
    explorer.selector = "app=web,tier=frontend,!canary"
    assert "1 is left out with tier=frontnd" in explorer._count.value


def test_keys_that_controllers_set_are_folded():
    """Their buttons come on a click, and go with the next one."""
    explorer = kn.explore(kn.load("guestbook").get("pods"))
    fold = explorer._fold
    assert fold.description == "▸ 4 keys set by controllers"
    assert explorer._facets.children[-1] is fold
    fold.click()
    assert fold.description == "▾ 4 keys set by controllers"
    assert explorer._rows["pod-template-hash"].head in explorer._facets.children
    fold.click()
    assert explorer._facets.children[-1] is fold


def test_an_explorer_is_made_of_few_models():
    """Buttons share their layout and their style: that of the guestbook has at most 60 models, with ten values of six keys."""
    before = len(_instances)
    explorer = kn.explore(kn.load("guestbook"))
    assert len(_instances) - before <= 60
    explorer.close()


def test_many_values_and_keys_come_on_demand():
    """Of many values and keys the first are there, and a button for the others."""
    table = pd.DataFrame({"labels": [{"n": f"v{i:02}", f"k{i:02}": "x"} for i in range(20)]})
    explorer = kn.explore(table)
    assert [w.description for w in explorer._facets.children[-1:]] == ["…and 13 more keys"]
    explorer._keys_button.click()
    explorer._keys_button.click()
    assert len(explorer._rows) == 21
    assert explorer._keys_button not in explorer._facets.children
    assert texts_of(explorer, "n")[-1] == "…and 12 more"
    explorer._rows["n"].more.click()
    assert len(texts_of(explorer, "n")) == 20


def test_a_cluster_has_a_choice_of_kinds(cluster):
    """A cluster is explored kind by kind; the selector stays, the query names the kind, undo goes back."""
    explorer = kn.explore(cluster, "app=web")
    assert list(explorer._kind.options)[:3] == ["pods", "services", "nodes"]
    assert explorer._field.description == "kubectl get pods -l"
    assert explorer.facts.summary == "3 of 4 match"
    assert "-A" in explorer._count.value
    assert "c.get(&quot;pods&quot;, &quot;app=web&quot;)" in explorer._queries.value
    explorer._kind.value = "nodes"
    assert explorer.kind == "nodes"
    assert explorer.facts.summary == "0 of 2 match"
    assert "kubectl get nodes -l &#x27;app=web&#x27;<" in explorer._count.value
    assert "kubernetes.io/hostname" in explorer._rows
    explorer.undo()
    assert (explorer.kind, explorer._kind.value, explorer.selector) == ("pods", "pods", "app=web")
    pd.testing.assert_frame_equal(explorer.table, kn.select(cluster.get("pods"), "app=web"))


def test_a_kind_can_be_asked_for(cluster):
    """`kind` says which kind of a cluster comes first, by any of its names; a wrong one says what there is."""
    assert kn.explore(cluster, kind="no").kind == "nodes"
    with pytest.raises(kn.NotFoundError, match="Did you mean"):
        kn.explore(cluster, kind="podz")


@pytest.mark.parametrize(
    "labels",
    [
        [{"app": "web"}, None, {"app": "db"}],
        ["app=web", float("nan"), "app=db"],
        ["app=web,x=y", "<none>", "app=db"],
        pd.array(["app=web", pd.NA, "app=db"], dtype="string"),
    ],
)
def test_any_table_with_labels_will_do(labels):
    """Labels may be mappings, text or null; the index and the order of the rows stay."""
    table = pd.DataFrame({"labels": labels, "x": [1, 2, 3]}, index=["a", "b", "c"])
    explorer = kn.explore(table, "app in (db,web)")
    assert list(explorer.table.index) == ["a", "c"]
    assert list(explorer.facts.found) == [0, 2]
    pd.testing.assert_frame_equal(explorer.table, kn.select(table, "app in (db,web)"))


def test_an_empty_table_will_do():
    """A table without rows is shown as such."""
    explorer = kn.explore(pd.DataFrame({"labels": []}))
    assert "The table is empty." in explorer._table.value
    assert explorer.facts.summary == "0 of 0 match"


def test_later_changes_of_the_table_are_not_mixed_in(pods):
    """The explorer shows the table as it was when it was handed over."""
    explorer = kn.explore(pods, "app=web")
    pods.loc[0, "NAME"] = "other"
    pods.loc[9] = ["web-9", 0, {"app": "web"}]
    assert list(explorer.table["NAME"]) == ["web-1", "web-2", "web-3"]
    explorer.selector = "app"
    assert "web-1" in explorer._table.value


@pytest.mark.parametrize("wrong", [5, None, "app=web", [{"app": "web"}], pd.Series(["app=web"])])
def test_what_is_neither_table_nor_cluster(wrong):
    """Anything else is a TableError that says what to hand over."""
    with pytest.raises(kn.TableError, match=r"kn\.explore shows a table"):
        kn.explore(wrong)


def test_a_table_without_labels():
    """A table that has no labels says which columns it has."""
    with pytest.raises(kn.TableError, match=r'no column `labels`.*Did you mean "label"'):
        kn.explore(pd.DataFrame({"label": ["app=web"]}))


def test_a_selector_object_can_be_set(explorer):
    """The selector can be set from a Selector; what is no text is refused."""
    explorer.selector = kn.Selector("app in (web)")
    assert explorer.selector == "app in (web)"
    with pytest.raises(kn.SelectorSyntaxError, match="A selector is text"):
        explorer.selector = 5
    assert explorer.selector == "app in (web)"


def test_typing_waits_until_it_pauses(pods):
    """In a running kernel the answer waits for a pause; who asks for the table before gets the new one."""

    async def typing():
        explorer = kn.explore(pods)
        for text in ("a", "ap", "app"):
            explorer._field.value = text
            await asyncio.sleep(0.01)
        assert explorer._debounce.pending
        assert "5 of 5 Pods match" in explorer._count.value
        await asyncio.sleep(explorer._debounce.seconds + 0.15)
        assert "4 of 5 Pods match" in explorer._count.value
        assert len(explorer._history) == 1
        explorer._field.value = "app=web"
        assert explorer.selector == "app=web"
        explorer.selector = "app=db"
        assert not explorer._debounce.pending
        assert len(explorer.table) == 1
        explorer.close()

    asyncio.run(typing())
    assert 0.15 <= Debounce(print).seconds <= 0.25


def test_no_widget_is_made_by_typing(pods):
    """Typing, clicking and paging change the controls in place; closing takes away all of them."""
    before = set(_instances)
    explorer = kn.explore(pods)
    opened = len(_instances)
    for text in ("app", "app=web", "app in (", "!tier", "nothing=here", ""):
        explorer._field.value = text
        button(explorer, "tier", "frontend").click()
        explorer._unmatched.value = not explorer._unmatched.value
        explorer.undo()
    assert len(_instances) == opened
    explorer.close()
    assert set(_instances) == before


def test_another_kind_takes_the_old_controls_away(cluster):
    """Going to and fro between kinds does not let the state grow."""
    explorer = kn.explore(cluster)
    sizes = []
    for kind in ("nodes", "pods") * 3:
        explorer._kind.value = kind
        sizes.append(len(_instances))
    assert sizes[0:2] == sizes[2:4] == sizes[4:6]
    explorer.close()


def test_only_controls_that_every_front_end_has(cluster):
    """No Output widget; every control that one can reach has a description."""
    allowed = (
        ipywidgets.HTML,
        ipywidgets.Text,
        ipywidgets.Dropdown,
        ipywidgets.Button,
        ipywidgets.Checkbox,
        ipywidgets.Box,
    )
    explorer = kn.explore(cluster)
    for control in controls(explorer):
        assert isinstance(control, allowed)
        if not isinstance(control, (ipywidgets.HTML, ipywidgets.Box)):
            assert control.description


def test_an_error_in_a_callback_is_seen(explorer, monkeypatch, caplog):
    """Whatever goes wrong on a key or a click stands in the message line, and is raised and logged."""

    def broken(*_, **__):
        raise RuntimeError("the <index> is gone")

    monkeypatch.setattr(explorer._source.labels, "explore", broken)
    value = button(explorer, "app", "db")
    with caplog.at_level(logging.ERROR), pytest.raises(RuntimeError, match="is gone"):
        explorer._field.value = "app"
    assert "✗ RuntimeError:" in explorer._message.value
    assert "the &lt;index&gt; is gone" in explorer._message.value
    assert explorer._message.layout.display is None
    assert "kn.explore failed" in caplog.text
    assert explorer._count.layout.display == "none"
    explorer._message.value = ""
    value.click()
    assert "✗ RuntimeError:" in explorer._message.value
    monkeypatch.undo()
    explorer._field.value = "app=web"
    assert explorer._message.value == ""


def test_a_kind_that_cannot_be_read_keeps_the_old_one(cluster, monkeypatch):
    """If the cluster cannot give a kind, the message says why and the table stays."""
    explorer = kn.explore(cluster)
    monkeypatch.setattr(cluster, "get", lambda *_: (_ for _ in ()).throw(kn.ClusterError("no answer")))
    with pytest.raises(kn.ClusterError):
        explorer._kind.value = "nodes"
    assert "✗ ClusterError:" in explorer._message.value
    assert (explorer.kind, explorer._kind.value) == ("pods", "pods")


class _Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.styles, self.others = [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.styles += [value for name, value in attrs if name == "style"]
        self.others += [name for name, _ in attrs]


def test_a_static_preview_stands_beside_the_widget(explorer):
    """The bundle has the live view, and HTML for where it cannot live: heading, query, count and first rows."""
    explorer.selector = "app"
    bundle = explorer._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in bundle
    shown = bundle["text/html"]
    for part in (
        "Label-selector explorer",
        "kubectl get pods -l &#x27;app&#x27;",
        "4 of 5 Pods match",
        "web-1",
        '<b class="hit">web</b>',
    ):
        assert part in shown
    parsed = _Tags()
    parsed.feed(shown)
    assert not {"style", "svg", "script", "input", "button"} & set(parsed.tags)
    assert bundle["text/plain"].splitlines()[0] == '<Explorer of pods: "app", 4 of 5 match>'
    assert bundle["text/html"] == explorer._repr_mimebundle_()["text/html"]


def test_the_preview_says_what_it_shows(explorer):
    """Where nothing matches, or the text is no selector, the preview says whose rows it has."""
    explorer.selector = "app=web,tier=frontned"
    bundle = explorer._repr_mimebundle_()
    for shown in (bundle["text/html"], bundle["text/plain"]):
        assert "The table shows the 3 that match app=web." in shown
    explorer._field.value = "app=web tier"
    assert "The table still shows everything." in explorer._repr_mimebundle_()["text/html"]


def test_a_long_preview_is_cut():
    """The preview has the first rows, and says how many there are."""
    explorer = kn.explore(pd.DataFrame({"n": [f"row-{i}-" for i in range(30)], "labels": ["a=b"] * 30}))
    shown = explorer._repr_mimebundle_()["text/html"]
    assert "row-7-" in shown
    assert "row-8-" not in shown
    assert "…and 22 more rows" in shown


def test_everything_is_escaped_and_without_addresses():
    """Names, labels and columns from outside are text, never markup; no memory address is shown."""

    class Strange:
        """A cell with the default repr."""

    evil = "<script>alert(1)</script>"
    table = pd.DataFrame({evil: [evil, Strange()], "labels": [{evil: evil}, {"a": evil}]})
    explorer = kn.explore(table)
    explorer._unmatched.value = True
    explorer.selector = f"a={evil}"
    explorer.selector = "b"
    every = "".join(w.value for w in controls(explorer) if isinstance(w, ipywidgets.HTML))
    every += explorer._repr_mimebundle_()["text/html"]
    assert evil not in every
    assert "&lt;script&gt;" in every
    assert " at 0x" not in every + repr(explorer)
    assert explorer._rows[evil].head.disabled
    assert all(b.disabled for b in explorer._rows["a"].shown[1:])


def test_a_cell_that_has_no_text_does_not_break_the_table():
    """A cell whose str() fails says so."""

    class Broken:
        def __str__(self):
            raise RuntimeError

    explorer = kn.explore(pd.DataFrame({"x": [Broken()], "labels": ["a=b"]}))
    assert "(no text: RuntimeError)" in explorer._table.value


def test_any_text_in_the_field_gives_a_table_or_a_message(explorer):
    """400 texts through the field itself: a table of its own, or a message with its place."""
    for text in texts(400, seed=5):
        explorer._field.value = text
        shown = explorer._message.value
        if explorer.facts.problem is None:
            assert explorer.selector == text
            assert not shown
        else:
            assert "✗ Not a selector:" in shown
            assert "^" in shown
        assert f"{explorer.facts.count} of 5 Pods match" in explorer._count.value


def _luminance(colour):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(ink, ground):
    low, high = sorted((_luminance(ink), _luminance(ground)))
    return (high + 0.05) / (low + 0.05)


def test_colours_can_be_read():
    """Every ink stands on its grounds with a contrast of 4.5:1 or more, on a light page and on a dark one."""
    pairs = [("ink", "paper"), ("ink", "soft"), ("ink", "offbg"), ("ink", "badbg"), ("paper", "svcink")]
    pairs += [
        ("muted", "paper"),
        ("muted", "soft"),
        ("muted", "badbg"),
        ("badink", "badbg"),
        ("badink", "offbg"),
    ]
    pairs += [
        ("podink", "paper"),
        ("podink", "soft"),
        ("svcink", "paper"),
        ("badink", "paper"),
        ("podink", "offbg"),
    ]
    for ink, ground in pairs:
        for theme in (0, 1):
            assert contrast(TOKENS[ink][theme], TOKENS[ground][theme]) >= 4.5, (ink, ground, theme)
