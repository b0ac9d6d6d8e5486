"""`kubectl wait`: until a condition holds, a field has a value, or an object is gone."""

from __future__ import annotations

import math

from k8snotes.api.base import KubeObject, mappings, text
from k8snotes.api.go_text import quoted
from k8snotes.catalogue import _
from k8snotes.kubectl.failure import Stopped
from k8snotes.kubectl.files import FILES
from k8snotes.kubectl.flags import Parsed, flag
from k8snotes.kubectl.output.go import go_value
from k8snotes.kubectl.output.jsonpath import JsonPathError, Template, relaxed
from k8snotes.kubectl.resources import display, targets
from k8snotes.kubectl.session import Session
from k8snotes.kubectl.verb import KINDS, Verb

_FLAGS = (
    *FILES,
    flag("for"),
    flag("timeout", "duration", 30.0),
    flag("selector/l"),
    flag("field-selector"),
    flag("all", "bool"),
    flag("all-namespaces/A", "bool"),
    flag("output/o"),
)
_WEEK = 7 * 24 * 3_600  # seconds
_MOST_STEPS = 10_000


def wait(session: Session, parsed: Parsed) -> None:
    """Wait for a condition of objects: `kubectl wait --for=condition=Ready pod/web`.

    First the components do what they have to do now, which takes no time that counts. Then time passes until the
    condition holds, or the time of --timeout is over; a negative one is a week, and with 0 it is looked at once.

    Source of the rule: https://kubernetes.io/docs/reference/kubectl/generated/kubectl_wait/
    """
    kind, _equals, rest = parsed.text("for").partition("=")
    if kind == "delete" and not rest:
        _gone(session, parsed)
        return
    if kind not in ("condition", "jsonpath", "create"):
        raise Stopped(f"unrecognized condition: {quoted(parsed.text('for'))}")
    _let_act(session)
    objects = targets(session, parsed, parsed.words)
    if not objects and not session.failures:
        raise Stopped("no matching resources found")
    end = _end(session, parsed)

    def met(obj: KubeObject) -> bool:
        now = session.api.store.get(obj.key) or obj
        return kind == "create" or (_holds(now, rest) if kind == "condition" else _fits(now, rest))

    for obj in objects:
        while not met(obj) and session.api.now < end and session.simulation.go_on(end):
            pass
        _tell(session, obj, met=met(obj))


def _let_act(session: Session) -> None:
    """Let the components act until each of them only waits for the clock, if it comes to that."""
    for _step in range(_MOST_STEPS):
        if not session.simulation.go_on(session.api.now):
            return


def _end(session: Session, parsed: Parsed) -> int:
    """Return the moment at which the waiting ends, in seconds of the cluster's clock."""
    timeout = parsed["timeout"]
    return session.api.now + (_WEEK if timeout < 0 else math.ceil(timeout))


def _gone(session: Session, parsed: Parsed) -> None:
    """Wait until objects are deleted; one that is not there is gone already."""
    objects = targets(session, parsed, parsed.words, missing_is_fine=True)
    _let_act(session)
    end = _end(session, parsed)
    for obj in objects:
        while session.api.store.get(obj.key) and session.api.now < end and session.simulation.go_on(end):
            pass
        _tell(session, obj, met=session.api.store.get(obj.key) is None)


def _tell(session: Session, obj: KubeObject, *, met: bool) -> None:
    if met:
        session.out(f"{display(obj)} condition met\n")
    else:
        session.fail(f"timed out waiting for the condition on {obj.resource.plural}/{obj.name}")


def _holds(obj: KubeObject, condition: str) -> bool:
    name, _equals, wanted = condition.partition("=")
    for item in mappings(obj.status.get("conditions")):
        if text(item.get("type")).lower() == name.lower():
            return text(item.get("status")).lower() == (wanted or "true").lower()
    return False


def _fits(obj: KubeObject, rest: str) -> bool:
    path, brace, value = rest.partition("}")
    path = f"{path}{brace}"
    wanted = value.removeprefix("=").strip("'\"")
    if not brace:
        path, _equals, wanted = rest.partition("=")
    try:
        values = Template(relaxed(path)).values(obj.manifest)
    except JsonPathError as error:
        raise Stopped(f"error parsing jsonpath {path}, {error}") from None
    if not wanted:
        return bool(values)
    return [go_value(item) for item in values] == [wanted]


VERB = Verb(
    wait,
    _("Wait until a condition of objects holds."),
    _FLAGS,
    "kubectl wait --for=condition=Ready pod/web",
    takes=KINDS,
)
