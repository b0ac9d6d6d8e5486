"""Event: what a component reports about an object."""

from __future__ import annotations

from typing import Any, NamedTuple, Self

from k8snotes.api.base import KubeObject, Manifest, Source
from k8snotes.api.kind import Kind

_NOWHERE = Source()


class Brief(NamedTuple):
    """What differs between Events that were left once: a tenth of what their manifests take.

    Args:
        version: the resourceVersion.
        name: the name.
        namespace: the Namespace.
        uid: the uid.
        time: when it was left, as manifests write it.
        about: of the object: kind, Namespace ("" for none), name, uid, apiVersion.
        field: which part of the object it is about, "" for the whole.
        reason: one word in CamelCase.
        message: a sentence.
        by: the component that reports.
        host: the Node that the component runs on, "" for none.
        type: "Normal" or "Warning".
    """

    version: int
    name: str
    namespace: str
    uid: str
    time: str
    about: tuple[str, str, str, str, str]
    field: str
    reason: str
    message: str
    by: str
    host: str
    type: str

    def manifest(self) -> Manifest:
        """Return the manifest of the Event."""
        kind, namespace, name, uid, api_version = self.about
        by, host = self.by, self.host
        return {
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": {
                "name": self.name,
                "namespace": self.namespace,
                "uid": self.uid,
                "creationTimestamp": self.time,
                "resourceVersion": str(self.version),
            },
            "involvedObject": {
                "kind": kind,
                **({"namespace": namespace} if namespace else {}),
                "name": name,
                "uid": uid,
                "apiVersion": api_version,
                **({"fieldPath": self.field} if self.field else {}),
            },
            "reason": self.reason,
            "message": self.message,
            "source": {"component": by, "host": host} if host else {"component": by},
            "firstTimestamp": self.time,
            "lastTimestamp": self.time,
            "count": 1,
            "type": self.type,
            "eventTime": None,
            "reportingComponent": by,
            "reportingInstance": host,
        }


class Event(KubeObject):
    """An Event that a component has left; its manifest is made when it is read, since a Pod that starts leaves four.

    >>> about = "Pod", "default", "web", "1", "v1"
    >>> brief = Brief(7, "web.1", "default", "2", "", about, "", "Started", "Container started", "kubelet", "node-1", "Normal")
    >>> event = Event.told(brief)
    >>> event.raw["involvedObject"]["name"], event.metadata["resourceVersion"], event
    ('web', '7', <Event default/web.1>)
    """

    __slots__ = ("_brief",)
    _brief: Brief

    @classmethod
    def told(cls, brief: Brief) -> Self:
        """Return an Event that is kept as what differs."""
        event = cls.__new__(cls)
        event.source, event._brief = _NOWHERE, brief  # noqa: SLF001  # its own
        return event

    def __getattr__(self, name: str) -> Any:
        if name == "raw":  # not there, so it is made
            return self._brief.manifest()
        raise AttributeError(name)


KIND = Kind(
    "Event",
    "events",
    short=("ev",),
    only_reports=True,
    selectable_fields=(
        "involvedObject.kind",
        "involvedObject.namespace",
        "involvedObject.name",
        "involvedObject.uid",
        "involvedObject.apiVersion",
        "involvedObject.resourceVersion",
        "involvedObject.fieldPath",
        "reason",
        "reportingComponent",
        "source",
        "type",
    ),
)
