"""LimitRange: what each container, Pod or claim of a Namespace may ask for, and what it gets by default."""

from __future__ import annotations

from k8snotes.api.kind import Kind

KIND = Kind("LimitRange", "limitranges", short=("limits",))
