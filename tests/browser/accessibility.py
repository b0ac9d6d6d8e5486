"""Asks axe-core whether a part of a page can be used by everybody, in both themes of JupyterLab."""

from __future__ import annotations

import pytest
from pages import change_theme

THEMES = ("JupyterLab Light", "JupyterLab Dark")


def assert_axe_clean(page, box: str, *, known: tuple[str, ...] = ()) -> None:
    """Check that axe finds nothing wrong with what a CSS selector finds, in the light and in the dark theme.

    Args:
        page: the page of JupyterLab; it is left in the light theme.
        box: the selector of the widget or the output: ".k8snotes-ask".
        known: rules that ipywidgets itself breaks, by their ids; each has to be broken still, or it has to go.
    """
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    broken = set()
    for theme in reversed(THEMES):
        change_theme(page, theme)
        page.wait_for_timeout(300)  # colours fade
        found = axe.run(page, context=box, options={"resultTypes": ["violations"]}).response["violations"]
        broken |= {rule["id"] for rule in found}
        wrong = [
            f"{theme}: {rule['id']}: {node['html'][:200]} {node['failureSummary']}"
            for rule in found
            if rule["id"] not in known
            for node in rule["nodes"]
        ]
        assert not wrong, "\n".join(wrong)
    assert broken == set(known)
