"""The API server's rules at each bound: one value inside and one outside, for every field that has a rule.

`tests/golden/bounds.json` was not recorded: its answers are those of this API server on the day when they were written
down, most of them compared with Kubernetes' validation (k8s.io/kubernetes/pkg/apis/.../validation). They say when an
answer changes; the recordings beside them say what is right.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from test_validation import create, fresh

from k8snotes.errors import ApiError

BOUNDS = json.loads((Path(__file__).resolve().parent / "golden" / "bounds.json").read_text(encoding="utf-8"))


def answer(manifest):
    """What is wrong with a manifest, a line a cause; empty if it is taken."""
    try:
        create(fresh(), manifest)
    except ApiError as error:
        causes = [f"{cause.field}: {cause.message}" for cause in error.causes]
        return causes or [f"{error.code}: {error.message}"]
    return []


@pytest.mark.parametrize("kind", BOUNDS)
def test_each_bound_lies_where_kubernetes_has_it(kind):
    """The last value that is taken is taken, and the first that is refused is refused with these words."""
    for row in BOUNDS[kind]:
        assert answer(row["manifest"]) == row["causes"], row["manifest"]


@pytest.mark.parametrize(("size", "taken"), [(262_143, True), (262_144, False)])
def test_annotations_have_a_size(size, taken):
    """All annotations of an object together, keys and values, are at most 262,144 bytes."""
    container = {"name": "main", "image": "nginx:1"}
    manifest = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "web", "annotations": {"a": "x" * size}},
        "spec": {"containers": [container]},
    }
    assert answer(manifest) == (
        [] if taken else ["metadata.annotations: Too long: may not be more than 262144 bytes"]
    )
