"""Label selectors on any table, and tables of objects."""

from __future__ import annotations

import re

import bleach
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import k8snotes as kn
from k8snotes import tables
from k8snotes.tables import Table, index_of

ROWS = [{"app": "web"}, "app=web,tier=front", None, "", {"app": "db"}, np.nan, "app = web", "<none>"]


def table(**more):
    return pd.DataFrame({"labels": ROWS, "n": range(len(ROWS))}, dtype=object, **more)


def test_select_keeps_order_and_index():
    """kn.select returns the matching rows as they stand, whatever form their labels have."""
    found = kn.select(table(index=list("abcdefgh")).iloc[::-1], "app=web")
    assert list(found.index) == ["g", "b", "a"]
    assert list(found["n"]) == [6, 1, 0]


def test_no_labels_match_what_asks_for_absence():
    """Null, NaN, empty text and <none> are empty label sets."""
    assert list(kn.select(table(), "!app")["n"]) == [2, 3, 5, 7]
    assert len(kn.select(table(), "")) == len(ROWS)


def test_the_accessor_is_the_same():
    """table.k8s.select is kn.select, and the result is a table to go on with."""
    assert table().k8s.select("app in (web,db)").equals(kn.select(table(), "app in (web,db)"))
    assert list(table().k8s.select("app").k8s.select("tier")["n"]) == [1]


def test_the_index_is_kept_while_the_table_lives_and_is_made_anew_when_labels_change():
    """Asked twice, a table is indexed once; a changed label is seen."""
    data = table()
    assert index_of(data) is index_of(data)
    data.loc[0, "labels"] = "app=other"
    assert list(kn.select(data, "app=other")["n"]) == [0]
    kept = len(tables._KEPT)
    del data
    assert len(tables._KEPT) == kept - 1
    data = table()
    data["labels"] = ["x=y"] * len(data)
    assert len(kn.select(data, "x=y")) == len(data)


def test_tables_can_be_copied_compared_and_stored(tmp_path):
    """Keeping an index does not get into the way of what one does with tables."""
    data = table()
    kn.select(data, "app")
    assert data.copy().equals(data)
    assert pd.concat([data, data]).shape == (2 * len(ROWS), 2)
    data.drop(columns="labels").to_csv(tmp_path / "x.csv")
    assert data.attrs == {}


def test_text_columns_of_any_dtype():
    """pandas' own text columns and categories work too."""
    for dtype in ("str", "string", "category", object):
        data = pd.DataFrame({"labels": pd.Series(["app=web", None, "app=db"], dtype=dtype)})
        assert list(kn.select(data, "app=web").index) == [0]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (pd.DataFrame({"label": []}), 'Did you mean "label"'),
        (pd.DataFrame({"labels": [5]}), "int"),
        (pd.DataFrame({"labels": [["app", "web"]]}), "list"),
        (pd.DataFrame([[1, 2]], columns=["labels", "labels"]), "more than one"),
        ([{"app": "web"}], "DataFrame"),
        (None, "DataFrame"),
    ],
)
def test_what_is_no_table_of_labels_is_refused_in_words(data, words):
    """TableError says what is there instead of a `labels` column."""
    with pytest.raises(kn.TableError) as caught:
        kn.select(data, "app=web")
    assert words in str(caught.value)


def test_a_wrong_selector_is_the_selectors_error():
    """kn.select raises SelectorSyntaxError with the place."""
    with pytest.raises(kn.SelectorSyntaxError) as caught:
        kn.select(table(), "app in web")
    assert caught.value.position > 0


def test_secrets_show_no_values():
    """A table of Secrets counts them."""
    c = kn.Cluster(nodes=0)
    c.apply({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "data": {"k": "aHVudGVyMg=="}})
    secret = c["secret/s"]
    shown = c.get("secrets").to_html() + str(c.get("secrets", wide=True)) + str(secret.manifest)
    shown += str(secret.annotations) + repr(secret) + c.diff(since=kn.Cluster(nodes=0)).text
    assert "aHVudGVyMg" not in shown
    assert c.get("secrets")["DATA"].tolist() == [1]


def test_empty_tables_keep_their_columns():
    """No objects: the columns are there, and a selector may be asked."""
    empty = kn.Cluster(nodes=0).get("pods")
    assert list(empty.columns)[-1] == "labels"
    assert len(kn.select(empty, "app=web")) == 0


# ---- how a table looks


@pytest.fixture(scope="module")
def guestbook():
    return kn.load("guestbook")


@pytest.fixture(scope="module")
def pods(guestbook):
    return guestbook.get("pods")


def test_a_terminal_gets_what_kubectl_prints(guestbook):
    """Columns, blanks and rows are kubectl's; a Namespace that all rows share, and the command, are in the last line."""
    *lines, foot = repr(guestbook.get("services")).splitlines()
    assert lines == guestbook.kubectl("get services").stdout.splitlines()
    assert foot == "5 Services in namespace default · $ kubectl get services --show-labels"
    everywhere = guestbook.copy()
    everywhere.create("{apiVersion: v1, kind: Namespace, metadata: {name: shop}}")
    everywhere.create(
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "m", "namespace": "shop"}}
    )
    table = everywhere.get("configmaps")
    assert repr(table).splitlines()[0].split() == ["NAMESPACE", "NAME", "DATA", "AGE", "LABELS"]
    assert repr(table).endswith("$ kubectl get configmaps --show-labels -A")


@pytest.mark.parametrize(
    "kind", ["pods", "services", "deployments", "nodes", "namespaces", "configmaps", "events"]
)
@pytest.mark.parametrize("wide", [False, True])
def test_the_command_of_a_table_prints_its_rows(guestbook, kind, wide):
    """What the last line says to type prints the same columns and rows, up to where a terminal cuts labels."""
    shown = Table.__repr__(guestbook.get(kind, wide=wide)).splitlines()
    command = shown[-1].partition("$ kubectl ")[2]
    printed = guestbook.kubectl(command.replace(" --show-labels", "")).stdout.splitlines()
    for ours, kubectls in zip(shown, printed, strict=False):
        assert ours.split()[: len(kubectls.split())] == kubectls.split()


def test_labels_are_cut_to_a_line_and_left_out_where_there_is_no_room(pods, guestbook):
    """No line is longer than 80 letters for the sake of labels, and no column is left out for it."""
    lines = repr(guestbook.get("nodes")).splitlines()
    assert {len(line) for line in lines[1:-1]} == {80}
    assert all(line.endswith("…") for line in lines[1:-1])
    assert "LABELS" not in repr(pods)
    assert repr(pods[["NAME", "labels"]]).splitlines()[1] == f"{'backup':<35}app=guestbook,tier=batch"


def test_a_cell_shows_chips_and_folds_what_controllers_have_set(pods):
    """Labels that people chose are chips, the others a number that names them; no index, and numbers on the right."""
    html = pods._repr_html_()
    assert html.count('<code class="chip">tier=cache</code>') == 2
    assert "pod-template-hash" not in re.sub('title="[^"]*"', "", html)
    assert re.search(r'title="pod-template-hash=\w+">\+1<', html)
    heads = re.findall(r"<th([^>]*)>(\w+)", html)
    assert [name for _style, name in heads] == ["NAME", "READY", "STATUS", "RESTARTS", "AGE", "LABELS"]
    assert [name for style, name in heads if "right" in style] == ["RESTARTS", "AGE"]


def test_columns_of_wide_without_any_value_are_in_the_foot_of_a_cell(guestbook):
    """A cell has no room for columns of `<none>`; a terminal has them, as kubectl does."""
    table = guestbook.get("pods", wide=True)
    assert "READINESS GATES &lt;none&gt; · " in table._repr_html_()
    assert "READINESS GATES</th>" not in table._repr_html_()
    assert "READINESS GATES" in repr(table).splitlines()[0]


def test_without_styles_a_table_is_a_table(pods):
    """As GitHub sanitizes it, the cells and their words are left."""
    tags = {"div", "table", "thead", "tbody", "tr", "th", "td", "b", "code", "span"}
    left = bleach.clean(re.sub("<style>.*?</style>", "", pods._repr_html_()), tags=tags, strip=True)
    assert left.count("<tr>") == len(pods) + 1
    assert "9 Pods in namespace default" in left
    assert "&lt;none&gt;" not in left


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"kind": "pdb"}, "There are no PodDisruptionBudgets."),
        (
            {"kind": "pods", "namespace": "kube-public"},
            "no Pods in namespace kube-public. There are some in: default.",
        ),
        (
            {"kind": "pods", "selector": "tier=web", "namespace": "default"},
            "No Pods match tier=web in namespace default. The values of tier are: batch, cache, database, frontend.",
        ),
        ({"kind": "pods", "selector": "tier=fronten"}, "differs from fronten in one letter"),
        ({"kind": "pods", "selector": "teir=cache"}, "The nearest is pod/cache-"),
        ({"kind": "pods", "selector": "zone=a"}, "None has a label zone."),
        ({"kind": "pods", "selector": "tier=="}, "The values of tier are"),
        ({"kind": "nodes", "selector": "!kubernetes.io/os"}, "No Nodes match !kubernetes.io/os."),
    ],
)
def test_an_empty_table_says_what_was_asked_and_what_there_is(guestbook, asked, said):
    """Instead of a bare header, a terminal has a sentence, and a cell has a row with it."""
    table = guestbook.get(**asked)
    assert said in repr(table)
    assert said.replace('"', "&quot;") in table._repr_html_()


def test_select_says_so_too(pods):
    """A selector that finds no row of a table is answered as one that finds no object."""
    assert repr(kn.select(pods, "tier=web")).startswith("No Pods match tier=web. The values of tier are:")
    assert "The nearest is mysql-0: " in repr(kn.select(pods, "name=mysq"))
    assert repr(pods[pods["STATUS"] == "Failed"]) == "There are no rows."


def test_a_long_table_shows_its_first_rows(pods):
    """At most as many rows as pandas would show are shown, then how many more there are, and how to see them."""
    long = pd.concat([pods] * 1000)
    html, text = long._repr_html_(), repr(long)
    assert html.count("<tr>") == 60 + 2
    assert "and 8940 more: .iloc[60:120] has the next rows, and .tail(60) the last ones" in html
    assert len(text.splitlines()) == 1 + 20 + 2
    assert "and 8980 more: .iloc[20:80]" in text
    with pd.option_context("display.max_rows", None):
        assert long.iloc[:100]._repr_html_().count("<tr>") == 101


def test_the_look_stays_where_the_index_says_nothing(pods):
    """Rows, columns, copies and merges keep the look; an index with a name, and summaries, look as pandas shows them."""
    extra = pd.DataFrame({"NAME": ["backup"], "owner": ["ops"]})
    for kept in (
        pods[pods["STATUS"] == "Running"],
        pods.loc[2:4, ["NAME", "AGE"]],
        pods.sort_values("AGE").head(3),
        pods.merge(extra),
        pods.assign(zone="a"),
        pd.concat([pods, pods]),
    ):
        assert 'class="kn"' in kept._repr_html_()
    for plain in (
        pods.set_index("NAME"),
        pods.describe(),
        pods.T,
        pods.groupby("STATUS").count(),
        pods == "x",
    ):
        assert 'class="kn"' not in plain._repr_html_()
        assert "labels" in plain.columns or repr(plain) == repr(pd.DataFrame(plain))


def test_a_count_and_a_command_are_said_only_while_they_are_true(pods):
    """Without some rows or columns, no command prints the same; without the names, rows are no objects."""
    assert repr(pods.head(3)).endswith("\n3 Pods in namespace default")
    assert repr(pods[["NAME"]]).endswith("\n9 Pods")
    assert "Pods" not in repr(pods[["STATUS"]].drop_duplicates())


class _Bad:
    def __str__(self):
        raise RuntimeError


OPERATIONS = [
    lambda t: t.T,
    lambda t: t.head(2),
    lambda t: t.iloc[:0],
    lambda t: t.iloc[:, :0],
    lambda t: t.reset_index(),
    lambda t: t.set_index(t.columns[0]),
    lambda t: t.set_index([t.columns[0], t.columns[-1]], append=True) if len(t.columns) > 1 else t,
    lambda t: t.rename(columns={t.columns[0]: 5}),
    lambda t: t.rename(columns={t.columns[0]: t.columns[-1]}),
    lambda t: t.rename(columns={t.columns[0]: "labels"}),
    lambda t: t.assign(labels=5),
    lambda t: t.assign(labels=[_Bad()] * len(t)),
    lambda t: t.assign(NAME=None),
    lambda t: t.assign(NAMESPACE=[{}] * len(t)),
    lambda t: t.assign(at=pd.Timestamp("2026-01-01"), part=0.5, none=pd.NA),
    lambda t: t.astype("object"),
    lambda t: (
        t.astype("category") if "labels" not in t.columns else t.drop(columns="labels").astype("category")
    ),
    lambda t: pd.concat([t, t], axis=1),
    lambda t: pd.concat([t, t], keys=["a", "b"]),
    lambda t: t.isna(),
    lambda t: t.sample(frac=1, random_state=1),
    lambda t: t.describe(include="all") if "labels" not in t.columns else t.drop(columns="labels"),
    lambda t: t.melt(),
    lambda t: t.explode(t.columns[0]),
    lambda t: t.reindex([0, 99]),
    lambda t: t.set_axis(pd.date_range("2026-01-01", periods=len(t)), axis="index"),
]


@given(st.lists(st.sampled_from(OPERATIONS), max_size=4))
def test_whatever_pandas_makes_of_a_table_can_be_shown(operations):
    """No chain of operations leads to a table that cannot be shown, or that is no pandas table any more."""
    made = kn.Cluster(nodes=2).get("nodes")
    for operation in operations:
        try:
            made = operation(made)
        except Exception:  # noqa: BLE001  # what pandas refuses is its own affair
            break
    assert isinstance(made, pd.DataFrame)
    try:
        pd.DataFrame(made)._repr_html_()
    except Exception:  # noqa: BLE001  # pandas itself cannot show such a table
        return
    assert isinstance(repr(made), str)
    assert "<table" in made._repr_html_()


def test_labels_are_written_as_kubectl_writes_them_and_read_again(pods, tmp_path):
    """CSV, Excel and HTML have labels as text, which kn.select reads; the table itself keeps mappings."""
    pods.to_csv(tmp_path / "pods.csv", index=False)
    read = pd.read_csv(tmp_path / "pods.csv")
    assert read["labels"][0] == "app=guestbook,tier=batch"
    assert list(kn.select(read, "tier=cache")["NAME"]) == list(kn.select(pods, "tier=cache")["NAME"])
    assert "app=guestbook,tier=batch" in pods.to_html()
    assert "app=guestbook,tier=batch" in pods.to_string()
    assert pods["labels"][0] == {"app": "guestbook", "tier": "batch"}
    assert repr(Table(read)).splitlines()[0].split()[0] == "NAME"
