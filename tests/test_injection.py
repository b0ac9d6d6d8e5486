"""Five hundred strings that want to become markup, in every place that is shown: none of them is alive."""

from __future__ import annotations

import injection
import pytest

SIZE = 25  # strings in a cluster
BATCHES = list(injection.batches(injection.STRINGS, SIZE))


def test_the_judge_sees_what_is_alive():
    """At least 9 in 10 strings are seen where they stand raw in text, in an attribute, or in an SVG."""
    assert len(set(injection.STRINGS)) >= 500
    places = (
        "<p>{}</p>",
        '<p title="{}">x</p>',
        "<p title='{}'>x</p>",
        "<svg><text>{}</text></svg>",
        '<a href="{}">',
    )
    seen = [s for s in injection.STRINGS if any(injection.alive(place.format(s)) for place in places)]
    assert len(seen) >= 0.9 * len(injection.STRINGS)
    assert (
        injection.alive('<svg xmlns="http://www.w3.org/2000/svg"><title>a</title><text>b</text></svg>') == []
    )


@pytest.mark.parametrize("number", range(len(BATCHES)))
def test_no_string_is_alive(number):
    """In HTML and SVG, as html5lib reads them, there is nothing but the elements and attributes of the package."""
    pages = dict(injection.outputs(BATCHES[number]))
    assert len(pages) > 100
    lively = {name: found for name, page in pages.items() if (found := injection.alive(page))}
    assert not lively
