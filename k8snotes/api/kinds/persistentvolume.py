"""PersistentVolume: a piece of storage of the cluster, which a claim may bind."""

from __future__ import annotations

from k8snotes.api.kind import Kind

KIND = Kind("PersistentVolume", "persistentvolumes", namespaced=False, short=("pv",), status=True)
