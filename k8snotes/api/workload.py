"""Workload: what makes Pods from a template, from the ReplicationController to the Job."""

from __future__ import annotations

from typing import Any

from k8snotes.api.base import KubeObject, mapping, text

__all__ = ["Workload"]


class Workload(KubeObject):
    """Something that makes Pods from a template: what ReplicationControllers, Deployments, Jobs, ... have in common.

    >>> from k8snotes.api.base import view
    >>> web = view({"apiVersion": "apps/v1", "kind": "Deployment", "spec": {"replicas": 3}})
    >>> isinstance(web, Workload), web.replicas
    (True, 3)
    >>> import k8snotes as kn
    >>> workload = kn.load("guestbook")["deploy/cache"]
    >>> workload.replicas, workload.template_labels["tier"], workload.label_selector["matchLabels"]["tier"]
    (2, 'cache', 'cache')
    >>> workload.template["spec"]["containers"][0]["name"]
    'redis'
    """

    __slots__ = ()

    @property
    def template(self) -> dict[str, Any]:
        """`spec.template`: the Pod that it makes."""
        return mapping(self.spec.get("template"))

    @property
    def template_labels(self) -> dict[str, str]:
        """The labels that each new Pod gets from the template."""
        metadata = mapping(self.template.get("metadata"))
        return {text(k): text(v) for k, v in mapping(metadata.get("labels")).items()}

    @property
    def replicas(self) -> int:
        """How many Pods it wants; 1 where it says nothing, as the API server's default has it."""
        value = self.spec.get("replicas", 1)
        return int(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else 1

    @property
    def label_selector(self) -> dict[str, Any] | None:
        """Its selector in the shape of a LabelSelector object, or None if it has none."""
        selector = self.spec.get("selector")
        return selector if isinstance(selector, dict) else None
