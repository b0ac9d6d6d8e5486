"""The switch for all that is remembered only because working it out again would cost time.

Each thing that is remembered is behind one call, and changes nothing but the time that the call takes: the
Pods of one template (`apiserver.LastPod`), the Nodes for Pods of one kind (`scheduling.candidates`), what a Pod needs
(`scheduling.node_info`), what a quota has counted (`quota_usage.Ledger`), which Services want a label
(`controllers.service_controller`); outside of this package the network's state (`Network.state`), what
answers a sender's names (`resolver_of`), what containers get (`MetricsServer`), the rules that are the same on every Node (`KubeProxies`), chains
that are written when a packet comes to them (`kube_proxy.rules`) and rules by address and port (`iptables.Chain`).
A test runs the same with and without.
"""

from __future__ import annotations

__all__ = ["enabled", "switched_off"]

from collections.abc import Iterator
from contextlib import contextmanager

_on = True


def enabled() -> bool:
    """Whether what was worked out before may be used again."""
    return _on


@contextmanager
def switched_off() -> Iterator[None]:
    """Work everything out anew for a while.

    >>> with switched_off():
    ...     enabled()
    False
    """
    global _on  # noqa: PLW0603  # one switch for the whole process
    before, _on = _on, False
    try:
        yield
    finally:
        _on = before
