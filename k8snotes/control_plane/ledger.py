"""What is used of each ResourceQuota, kept up to date from the store's history instead of counted anew."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from k8snotes.api.base import Manifest, mapping
from k8snotes.api.quantity import Quantity
from k8snotes.api.registry import qualified
from k8snotes.control_plane import caches, usage
from k8snotes.control_plane.etcd import Store, WatchEvent

__all__ = ["Ledger"]


class Ledger:
    """What admission reads of the store: the manifests of a namespace, and what its quotas have counted.

    A quota is counted once; after that only the changes since then are added and taken away, so the
    thousandth Pod costs as little as the first.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._counted: dict[str, tuple[str, int, dict[str, Quantity]]] = {}

    def list(self, plural: str, namespace: str) -> list[Manifest]:
        """Return the manifests of a resource in a namespace ("" if it has none)."""
        return [obj.raw for obj in self._store.list(qualified(plural), namespace)]

    def used(self, quota: Mapping[str, Any]) -> dict[str, Quantity]:
        """Return for each name in a quota's `spec.hard` what is used of it now."""
        if not caches.enabled():
            return usage.total(quota, self.list)
        spec = mapping(quota.get("spec"))
        asked = json.dumps(spec, sort_keys=True, default=str)
        uid = str(quota["metadata"].get("uid"))
        known = self._counted.get(uid)
        if known is None or known[0] != asked:
            used = usage.total(quota, self.list)
        else:
            _, since, used = known
            used = dict(used)  # what is known stays as it is, should this be interrupted
            for plural in usage.counted_resources(used):
                for event in self._store.watch(since, qualified(plural)):
                    if event.key[1] == quota["metadata"].get("namespace"):
                        self._enter(used, quota, plural, event)
        self._counted[uid] = (asked, self._store.revision, used)
        return dict(used)

    @staticmethod
    def _enter(used: dict[str, Quantity], quota: Mapping[str, Any], plural: str, event: WatchEvent) -> None:
        if event.old is not None:
            usage.change(used, quota, plural, event.old.raw, -1)
        if event.type != "DELETED":
            usage.change(used, quota, plural, event.object.raw, 1)
