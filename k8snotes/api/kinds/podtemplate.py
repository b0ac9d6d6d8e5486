"""PodTemplate: a Pod template on its own."""

from __future__ import annotations

from k8snotes.api.kind import Kind

KIND = Kind("PodTemplate", "podtemplates", pod_spec=("template", "spec"), counts_generation=True)
