"""That no request leaves the machine is checked after every browser test; here, that the check sees one."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.browser

# an address that no machine may have
CALL = """
import socket
with socket.socket() as stranger:
    stranger.settimeout(0.2)
    stranger.connect_ex(("240.0.0.1", 80))
print("it has tried")
"""


def test_a_page_that_asks_another_machine_is_seen(notebook, traffic):
    """What a page asks of another machine is noted with its address, and the browser knows no such machine."""
    page = notebook("1 + 1")
    assert traffic.asked
    assert not traffic.strangers
    failed = page.evaluate("() => fetch('http://stranger.invalid/x').then(() => false, () => true)")
    assert failed
    assert traffic.strangers == ["http://stranger.invalid/x"]
    traffic.asked.clear()


def test_a_kernel_that_calls_another_machine_is_seen(notebook, lab):
    """What a cell would connect to is noted."""
    page = notebook(CALL)
    page.locator(".jp-OutputArea-output", has_text="it has tried").wait_for()
    assert "240.0.0.1" in lab.connections.read_text(encoding="utf-8")
    lab.connections.unlink()
