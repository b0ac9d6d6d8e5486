"""What `kubectl get` prints of a kind stands in the file of that kind."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest

from k8snotes.api.base import view
from k8snotes.api.kind import Kind
from k8snotes.api.registry import all_kinds, custom_kind, find_resource
from k8snotes.facts import columns as files
from k8snotes.facts.rows import columns, row

FOLDER = Path(files.__path__[0])
SHARED = {"cells", "workload"}
NOW = "2026-01-01T00:00:05Z"


def of_a_kind() -> list[str]:
    return sorted(path.stem for path in FOLDER.glob("[!_]*.py") if path.stem not in SHARED)


def bare(kind: Kind) -> dict:
    """An object of a kind that says nothing but its name."""
    metadata = {"name": "a", "creationTimestamp": "2026-01-01T00:00:00Z"}
    return {"apiVersion": kind.api_version, "kind": kind.kind, "metadata": metadata}


@pytest.mark.parametrize("name", of_a_kind())
def test_a_file_is_named_after_a_kind(name):
    """Every file beside the shared ones has a kind's name, so that it is found."""
    assert name in {kind.singular for kind in all_kinds()}


@pytest.mark.parametrize("name", of_a_kind())
def test_every_column_has_its_cell(name):
    """An object that says nothing has a cell for each column, wide or not, and no cell is left unset."""
    kind = next(kind for kind in all_kinds() if kind.singular == name)
    file = import_module(f"{files.__name__}.{name}")
    obj = view(bare(kind))
    cells = file.row_at(obj, NOW) if hasattr(file, "row_at") else file.row(obj)
    wide = {*file.NAMES, *getattr(file, "WIDE", ())}
    without = {"SELECTOR"} if name == "cronjob" else set()  # the column is the Jobs', and a CronJob has none
    assert wide - {"NAME", "AGE", *cells} == without
    assert list(row(obj, NOW)) == list(file.NAMES)
    assert all(cell is not None for cell in row(obj, NOW, wide=True).values())


def test_a_kind_without_a_file_has_name_and_age():
    """What no file is about has NAME and AGE: other kinds, and another group's kind of the same name."""
    knative = custom_kind("serving.knative.dev/v1", "Service")
    for kind in (find_resource("csinodes"), knative):
        assert columns(kind) == columns(kind, wide=True) == ("NAME", "AGE")
        assert row(view(bare(kind)), NOW) == {"NAME": "a", "AGE": "5s"}


def test_a_version_that_is_no_longer_served_has_the_columns_and_no_cells():
    """An old Deployment of a dump stands under the Deployments' columns; what it says is not read."""
    old = view({**bare(find_resource("deployments")), "apiVersion": "apps/v1beta1"})
    assert row(old, NOW) == {
        "NAME": "a",
        "READY": "<none>",
        "UP-TO-DATE": "<none>",
        "AVAILABLE": "<none>",
        "AGE": "5s",
    }
