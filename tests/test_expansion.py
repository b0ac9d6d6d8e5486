"""Expansion of `$(NAME)`: the rules of Kubernetes, which are not those of a shell."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from k8snotes.node.expansion import expand, kept_as_written

VALUES = {"HOST": "db", "PORT": "80", "REF": "$(HOST)", "EMPTY": ""}
# what is written, and what Kubernetes v1.36 makes of it
GOLDEN = (
    ("$(HOST):$(PORT)", "db:80"),
    ("$(HOST)$(HOST)", "dbdb"),
    ("<$(EMPTY)>", "<>"),
    ("$(REF)", "$(HOST)"),  # what comes out is not looked at again
    ("$(NOBODY)", "$(NOBODY)"),
    ("$$(HOST)", "$(HOST)"),
    ("$$HOST $HOST ${HOST}", "$HOST $HOST ${HOST}"),
    ("$$$(HOST)", "$db"),
    ("$$$$(HOST)", "$$(HOST)"),
    ("$$$$$(HOST)", "$$db"),
    ("\\$(HOST)", "\\db"),
    ("$(A$(HOST))", "$(A$(HOST))"),
    ("$(A$$B)", "$(A$$B)"),
    ("$(HOST", "$(HOST"),
    ("$($($(HOST)", "$($($(HOST)"),
    ("$(", "$("),
    ("$()", "$()"),
    ("price: 5$", "price: 5$"),
    ("$?_$!", "$?_$!"),
    ("(HOST)", "(HOST)"),
    ("é$(HOST)é", "édbé"),
    ("$é", "$Ã�"),  # Go takes the byte after the dollar sign for a letter
)


def meant(name):
    return VALUES.get(name, kept_as_written(name))


@pytest.mark.parametrize(("written", "value"), GOLDEN)
def test_values_are_expanded_as_kubernetes_does(written, value):
    """A reference is replaced once, `$$` is a dollar sign, and everything else stays as it is written."""
    assert expand(written, meant) == value


def test_a_long_value_takes_no_longer_than_it_is():
    """A megabyte of references that nothing closes is read once."""
    assert expand("$(" * 500_000, meant) == "$(" * 500_000
    assert expand("$(HOST)" * 100_000 + "$(", meant) == "db" * 100_000 + "$("


@given(st.text())
def test_doubled_dollar_signs_protect_everything(text):
    """A text in which each dollar sign is doubled becomes the text itself."""
    text = text.encode("utf-8", "replace").decode()
    assert expand(text.replace("$", "$$"), meant) == text


@given(st.text("$()aHOST \n", max_size=20))
def test_the_rule_is_one_pattern(text):
    """Read from the left, `$$` and `$(NAME)` are the only things that mean something."""
    expected = re.sub(
        r"\$(?:\$|\(([^)]*)\))",
        lambda match: "$" if match[1] is None else meant(match[1]),
        text,
    )
    # `$` and a letter are read together, and so is an open bracket that nothing closes
    assert expand(text, meant) == expected
