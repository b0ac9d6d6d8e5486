"""A kind and a controller are files: what is put into the folder is there, and nothing else has to know of it."""

from __future__ import annotations

import importlib
from pkgutil import iter_modules

import pytest

from k8snotes.api.kind import Kind
from k8snotes.api.registry import all_kinds
from k8snotes.control_plane import controller_manager, controllers, kinds
from k8snotes.control_plane.kinds import rules

WIDGET = """
from k8snotes.control_plane.kinds.rules import Rules
from k8snotes.control_plane.validation.wording import required

RULES = Rules(
    group="shop",
    complete=lambda manifest: manifest["spec"].setdefault("size", 1),
    status={"ready": False},
    check=lambda manifest: [] if manifest["spec"].get("colour") else [required("spec.colour")],
)
"""
LOOP = """
from k8snotes.control_plane.component import Component


class WidgetController(Component):
    name = "widget-controller"
    turn = 75
"""


@pytest.fixture
def folders(tmp_path, monkeypatch):
    """A second folder of kinds and one of controllers, beside those of the package."""
    for package in (kinds, controllers):
        monkeypatch.setattr(package, "__path__", [*package.__path__, str(tmp_path)])
    yield tmp_path
    rules._declared.cache_clear()
    controller_manager._classes.cache_clear()


def test_the_rules_of_a_kind_are_found_by_its_file(folders):
    """Defaults, first status and checks come from the file that is called as the kind."""
    (folders / "widget.py").write_text(WIDGET, encoding="utf-8")
    importlib.invalidate_caches()
    widget = Kind("Widget", "widgets", "shop", counts_generation=True)
    found = rules.rules_of(widget)
    manifest = {"metadata": {"name": "w"}, "spec": {}}
    found.complete(manifest)
    found.prepare(widget, manifest)
    assert manifest == {
        "metadata": {"name": "w", "generation": 1},
        "spec": {"size": 1},
        "status": {"ready": False},
    }
    assert [cause.field for cause in found.check(widget, manifest)] == ["spec.colour"]
    stranger = Kind("Widget", "widgets", "example.com")
    assert rules.rules_of(stranger).check(stranger, manifest)[0].field == "metadata.namespace"


def test_a_controller_is_found_in_its_folder_and_takes_its_turn(folders):
    """A class with a turn is a controller, wherever it stands in the folder."""
    (folders / "widget.py").write_text(LOOP, encoding="utf-8")
    importlib.invalidate_caches()
    controller_manager._classes.cache_clear()
    names = [item.name for item in controller_manager.controllers()]
    assert names[names.index("widget-controller") - 1 :][:3] == [
        "replication-controller",
        "widget-controller",
        "statefulset-controller",
    ]


def test_every_file_of_rules_belongs_to_a_kind():
    """A file whose name is no kind, or whose group is another's, would never be read."""
    known = {(kind.singular, kind.group) for kind in all_kinds()}
    files = [module.name for module in iter_modules(kinds.__path__) if module.name != "rules"]
    declared = {(name, importlib.import_module(f"{kinds.__name__}.{name}").RULES.group) for name in files}
    assert declared <= known
