"""`kubectl events`: prints the latest Events, in the order of time."""

from __future__ import annotations

from k8snotes.api.base import KubeObject, mapping, text
from k8snotes.catalogue import _
from k8snotes.facts.events import seen, time_order
from k8snotes.kubectl.failure import NotDone, Stopped
from k8snotes.kubectl.flags import Parsed, flag
from k8snotes.kubectl.output.formats import OUTPUT, check_format, print_objects
from k8snotes.kubectl.output.tabs import table
from k8snotes.kubectl.resources import lookup
from k8snotes.kubectl.session import Session
from k8snotes.kubectl.verb import Verb

_FLAGS = (
    *OUTPUT,
    flag("for"),
    flag("types", "list"),
    flag("all-namespaces/A", "bool"),
    flag("no-headers", "bool"),
    flag("watch/w", "bool"),
    flag("chunk-size", "int", 500),
)
_COLUMNS = ("LAST SEEN", "TYPE", "REASON", "OBJECT", "MESSAGE")


def events(session: Session, parsed: Parsed) -> None:
    """Print the latest Events in the order of time: `kubectl events --for pod/web`.

    An Event that came several times has one line, with the number of times. Unlike in `kubectl get events`, the
    lines are in the order of time.

    Source of the rule: https://kubernetes.io/docs/reference/kubectl/generated/kubectl_events/
    """
    if parsed["watch"]:
        raise NotDone(
            "kubectl events --watch",
            _(
                "Nothing changes while a cell runs. Leave --watch out; c.wait() lets time pass, and c.timeline() shows "
                "what has happened."
            ),
        )
    form = check_format(parsed)
    everywhere = parsed["all-namespaces"]
    listed = session.api.list("events", None if everywhere else session.namespace(parsed))
    if parsed.text("for"):
        listed = _about(session, parsed.text("for"), listed)
    types = [name.lower() for name in parsed["types"] if name]
    if any(name not in ("normal", "warning") for name in types):
        raise Stopped("valid --types are Normal or Warning")
    if types:
        listed = [event for event in listed if text(event.raw.get("type")).lower() in types]
    listed.sort(key=time_order)
    if form:
        print_objects(session, parsed, listed, one=False)
        return
    if not listed:
        where = "" if everywhere else f" in {session.namespace(parsed)} namespace"
        session.err(f"No events found{where}.\n")
        return
    rows = [] if parsed["no-headers"] else [["NAMESPACE", *_COLUMNS] if everywhere else list(_COLUMNS)]
    for event in listed:
        row = _row(event, session.api.timestamp)
        rows.append([event.namespace, *row] if everywhere else row)
    session.out(table(rows))


def _about(session: Session, word: str, events: list[KubeObject]) -> list[KubeObject]:
    """Return the Events about the object that --for names."""
    kind, slash, name = word.partition("/")
    if not slash or not kind or not name:
        raise Stopped("--for must be in resource/name form")
    resource = lookup(session, [word]).named[0][0]
    about = [mapping(event.raw.get("involvedObject")) for event in events]
    return [
        event
        for event, obj in zip(events, about, strict=True)
        if (obj.get("kind"), obj.get("name")) == (resource.kind, name)
    ]


def _row(event: KubeObject, now: str) -> list[str]:
    about = mapping(event.raw.get("involvedObject"))
    return [
        seen(event, now, alone="lastTimestamp"),
        text(event.raw.get("type")),
        text(event.raw.get("reason")),
        f"{text(about.get('kind'))}/{text(about.get('name'))}",
        text(event.raw.get("message")).strip(),
    ]


VERB = Verb(
    events, _("Print the latest Events, in the order of time."), _FLAGS, "kubectl events --for pod/web"
)
