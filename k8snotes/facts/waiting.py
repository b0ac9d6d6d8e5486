"""What waits for the clock: what happens next by itself, and when, if time passes.

Settling ends where only time is missing. So a cluster that has settled says what it still waits for.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from k8snotes.api.base import KubeObject, mapping, text
from k8snotes.api.kinds.pod import Pod
from k8snotes.catalogue import Text, _, ngettext
from k8snotes.control_plane.apiserver import ApiServer
from k8snotes.control_plane.component import Component
from k8snotes.control_plane.etcd import Key
from k8snotes.control_plane.naming import seconds_of, timestamp
from k8snotes.facts.rows import age
from k8snotes.screen import printable

__all__ = ["Waiting", "Waits", "waiting"]

_SHOWN = 3


class Waiting(NamedTuple):
    """One thing that waits for the clock.

    Args:
        when: the moment at which it happens, in seconds of the cluster's clock.
        ref: the object that it happens to: "cronjob/tick".
        component: what will do it: "cronjob-controller".
        code: what it is: "next-job", "replacement", "job-deadline", "ttl", "progress-deadline", "restart", "pull",
            "pod-deadline", "volumes", "look".
        words: what happens, and in how long from now, in a sentence.
    """

    when: int
    ref: str
    component: str
    code: str
    words: Text


class Waits(tuple[Waiting, ...]):
    """What waits for the clock, the next first; shown one a line.

    >>> Waits()
    nothing waits for the clock
    """

    __slots__ = ()

    def lines(self, most: int = 0) -> list[Text]:
        """Return the sentences; with `most`, so many of them and how many more there are."""
        shown = [item.words for item in (self[:most] if most else self)]
        more = len(self) - len(shown)
        return [*shown, ngettext("and {n} more", "and {n} more", more)] if more else shown

    @property
    def first_lines(self) -> tuple[Text, ...]:
        """The first sentences, as settling says them."""
        return tuple(self.lines(_SHOWN))

    @printable
    def __repr__(self) -> str:
        return "\n".join(map(str, self.lines())) or str(_("nothing waits for the clock"))

    __str__ = __repr__


def waiting(api: ApiServer, components: Iterable[Component], only: Iterable[str] | None = None) -> Waits:
    """Return what settling has not waited for, the next first.

    Args:
        api: the API server.
        components: those that act on the cluster.
        only: the references of the objects that are asked about, None for all.
    """
    refs = None if only is None else set(only)
    found = [
        item
        for component in components
        for key, when in component.deadlines.items()
        if (item := _waiting(api, component, key, when)) is not None and (refs is None or item.ref in refs)
    ]
    return Waits(sorted(found, key=lambda item: (item.when, item.ref)))


def _waiting(api: ApiServer, component: Component, key: Key, when: int) -> Waiting | None:
    obj = api.store.get(key)
    if obj is None:
        return None
    pause = age(api.timestamp, timestamp(max(when, api.now)))
    code, words = _said(obj, component, when, pause)
    return Waiting(when, obj.ref, component.name, code, words)


def _said(obj: KubeObject, component: Component, when: int, pause: str) -> tuple[str, Text]:
    """Return what a component does with an object then: a code, and a sentence."""
    if obj.kind == "CronJob":
        return "next-job", _("{object} makes its next Job in {pause}", object=obj.ref, pause=pause)
    if obj.kind == "Job":
        return _of_job(obj, when, pause)
    if obj.kind == "Deployment":
        return "progress-deadline", _(
            "the rollout of {object} exceeds its progress deadline in {pause}, unless it makes progress",
            object=obj.ref,
            pause=pause,
        )
    if isinstance(obj, Pod) and component.name == "kubelet":
        return _of_pod(obj, when, pause)
    if isinstance(obj, Pod):
        return "volumes", _(
            "the scheduler stops waiting for the volumes of {object} in {pause}", object=obj.ref, pause=pause
        )
    return "look", _(
        "{component} looks at {object} again in {pause}",
        component=component.name,
        object=obj.ref,
        pause=pause,
    )


def _of_job(job: KubeObject, when: int, pause: str) -> tuple[str, Text]:
    if job.holds("Complete") or job.holds("Failed"):
        return "ttl", _(
            "{object} is deleted in {pause}, because of its ttlSecondsAfterFinished",
            object=job.ref,
            pause=pause,
        )
    limit = job.spec.get("activeDeadlineSeconds")
    if isinstance(limit, int) and seconds_of(text(job.status.get("startTime"))) + limit == when:
        return "job-deadline", _(
            "{object} fails in {pause}, unless it is complete before (activeDeadlineSeconds)",
            object=job.ref,
            pause=pause,
        )
    return "replacement", _("{object} replaces a failed Pod in {pause}", object=job.ref, pause=pause)


def _of_pod(pod: Pod, when: int, pause: str) -> tuple[str, Text]:
    limit = pod.spec.get("activeDeadlineSeconds")
    if isinstance(limit, int) and seconds_of(text(pod.status.get("startTime"))) + limit == when:
        return "pod-deadline", _(
            "{object} is stopped in {pause}, because of its activeDeadlineSeconds",
            object=pod.ref,
            pause=pause,
        )
    for item in pod.container_statuses:
        reason = text(mapping(mapping(item.get("state")).get("waiting")).get("reason"))
        if reason == "CrashLoopBackOff":
            return "restart", _(
                "the kubelet restarts container {container} of {object} in {pause}",
                container=text(item.get("name")),
                object=pod.ref,
                pause=pause,
            )
        if reason in ("ErrImagePull", "ImagePullBackOff"):
            return "pull", _(
                "the kubelet tries to pull the image of container {container} of {object} again in {pause}",
                container=text(item.get("name")),
                object=pod.ref,
                pause=pause,
            )
    return "look", _("the kubelet looks at {object} again in {pause}", object=pod.ref, pause=pause)
