"""Label selectors on any table, and tables of objects."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import k8snotes as kn
from k8snotes import tables
from k8snotes.tables import index_of

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
