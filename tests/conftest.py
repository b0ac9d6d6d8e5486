"""What the tests share: where the recorded answers and the real applications are, if they are there."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"
GOLDEN = Path(__file__).resolve().parent / "golden"


@pytest.fixture(scope="session")
def manifests() -> Path:
    """The folder of real applications; they are not part of the project."""
    folder = SHARED / "manifests"
    if not folder.is_dir():
        pytest.skip("the real applications are not beside this checkout (../shared/manifests)")
    return folder


@pytest.fixture(scope="session")
def reference(manifests):
    """Which Service selects which workload, for each real application."""
    return json.loads((manifests / "reference.json").read_text(encoding="utf-8"))["applications"]


@pytest.fixture(autouse=True)
def _no_prediction_is_left(monkeypatch):
    """What one test predicts, another one does not find noted."""
    monkeypatch.setattr("k8snotes.course.record._noted_here", {})


def pytest_collection_modifyitems(items):
    """Put the browser tests last: Playwright keeps an event loop running, which widgets would take for a kernel's."""
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)
