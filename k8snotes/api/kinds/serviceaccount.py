"""ServiceAccount: the name under which a Pod talks to the API server."""

from __future__ import annotations

from k8snotes.api.kind import Kind

KIND = Kind("ServiceAccount", "serviceaccounts", short=("sa",))
