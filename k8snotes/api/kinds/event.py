"""Event: a note of a component on an object."""

from __future__ import annotations

from k8snotes.api.kind import Kind

KIND = Kind("Event", "events", short=("ev",), only_reports=True)
