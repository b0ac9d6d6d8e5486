"""Events: the notes that components leave about an object, as `kubectl describe` shows them at the end."""

from __future__ import annotations

from hashlib import blake2b
from sys import intern

from k8snotes.api.base import KubeObject, Manifest
from k8snotes.api.kinds.event import Brief
from k8snotes.control_plane.apiserver import ApiServer

__all__ = ["expire", "record"]

# Of one object, component and reason, so many messages within ten minutes are kept apart; the rest
# become one Event (EventAggregator in k8s.io/client-go/tools/record).
_KEPT_APART = 10
_INTERVAL = 600
_COMBINED = "(combined from similar events): "
_LIVE = 3600  # kube-apiserver's --event-ttl: seconds after the last write
_MOST, _FOR_EACH_POD = 1_000, 10  # as many are kept as tell the story of every Pod, and some more


def record(
    api: ApiServer,
    obj: KubeObject,
    reason: str,
    message: str,
    *,
    by: str,
    warning: bool = False,
    host: str = "",
    field: str = "",
) -> None:
    """Leave an Event about an object; one that says the same again only raises the count of the first.

    Args:
        api: the API server.
        obj: what it is about.
        reason: one word in CamelCase: "FailedScheduling".
        message: a sentence.
        by: the component that reports.
        warning: whether its type is Warning; else it is Normal.
        host: the Node that the component runs on, "" for those of the Master.
        field: which part of the object it is about: "spec.containers{web}".

    Source of the rule: https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/
    """
    metadata, kind = obj.metadata, obj.raw["kind"]
    own = metadata.get("namespace", "")
    namespace = own or "default"
    home = api.store.get(("namespaces", "", namespace))
    if home is None or home.terminating:
        return  # the API server would refuse it
    now = api.timestamp
    name = _name(metadata, by, reason, f"{field}{message}")
    before = api.store.get(("events", namespace, name))
    if before is None and kind != "Pod" and _too_many(api, obj, reason, by):
        name, message = _name(metadata, by, reason, _COMBINED), _COMBINED + message
        before = api.store.get(("events", namespace, name))
    if before is not None:
        count = before.raw["count"] + 1
        api.record({**before.raw, "message": message, "count": count, "lastTimestamp": now})
        return
    about = intern(kind), own, metadata["name"], metadata.get("uid", ""), obj.raw["apiVersion"]
    brief = Brief(
        version=0,
        name=name,
        namespace=namespace,
        uid=_uid(name),
        time=intern(now),
        about=about,
        field=intern(field),
        reason=reason,
        message=intern(str(message)),  # of most Pods, the same
        by=by,
        host=host,
        type="Warning" if warning else "Normal",
    )
    api.tell(brief)


def expire(api: ApiServer) -> None:
    """Take Events out of the store that were last written an hour ago; of very many the oldest go before.

    Args:
        api: the API server.

    Source of the rule: `--event-ttl` of https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/
    """
    most = _MOST + _FOR_EACH_POD * api.store.count("pods")
    over = len(api.events) - most
    for number, (key, written) in enumerate(list(api.events.items())):
        if number >= over and api.now - written < _LIVE:
            break
        api.store.delete(key)
        del api.events[key]
    for similar, (_, last) in list(api.similar_events.items()):
        if api.now - last > _INTERVAL:
            del api.similar_events[similar]


def _name(metadata: Manifest, by: str, reason: str, message: str) -> str:
    """Return the name of an Event: the same for the same words about the same object."""
    words = f"{by} {metadata.get('uid')} {reason} {message}".encode("utf-8", "replace")
    return f"{metadata['name']}.{blake2b(words, digest_size=8).hexdigest()}"


def _uid(name: str) -> str:
    """Return the uid of an Event, of its own, so that what is told changes no uid of what happens."""
    return f"00000000-0000-4000-9000-{name[-12:]}"


def _too_many(api: ApiServer, obj: KubeObject, reason: str, by: str) -> bool:
    """Whether so many different messages of one reason were left that this one joins them."""
    similar = by, obj.uid, reason
    messages, last = api.similar_events.get(similar, (0, api.now))
    messages = 1 if api.now - last > _INTERVAL else messages + 1
    api.similar_events[similar] = messages, api.now
    return messages >= _KEPT_APART
