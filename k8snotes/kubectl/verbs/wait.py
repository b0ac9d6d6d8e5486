"""`kubectl wait`: until a condition holds, a field has a value, or an object is gone."""

from __future__ import annotations

import math
from collections.abc import Callable

from k8snotes.api.base import KubeObject, Manifest, mappings, text
from k8snotes.api.go_text import quoted
from k8snotes.catalogue import _
from k8snotes.kubectl.failure import Stopped
from k8snotes.kubectl.files import FILES
from k8snotes.kubectl.flags import Parsed, flag
from k8snotes.kubectl.output.formats import OUTPUT, check_format, print_objects
from k8snotes.kubectl.output.go import go_value
from k8snotes.kubectl.output.jsonpath import JsonPathError, Template, relaxed
from k8snotes.kubectl.resources import display, targets
from k8snotes.kubectl.session import Session
from k8snotes.kubectl.verb import KINDS, Verb

_FLAGS = (
    *OUTPUT,
    *FILES,
    flag("for"),
    flag("timeout", "duration", 30.0),
    flag("selector/l"),
    flag("field-selector"),
    flag("all", "bool"),
    flag("all-namespaces/A", "bool"),
)
_WEEK = 7 * 24 * 3_600  # seconds
_MOST_STEPS = 10_000


def wait(session: Session, parsed: Parsed) -> None:
    """Wait for a condition of objects: `kubectl wait --for=condition=Ready pod/web`.

    First the components do what they have to do now, which takes no time that counts. Then time passes until the
    condition holds, or the time of --timeout is over; a negative one is a week, and with 0 it is looked at once.

    Source of the rule: https://kubernetes.io/docs/reference/kubectl/generated/kubectl_wait/
    """
    check_format(parsed, tables=False)
    is_met = _condition(parsed.text("for"))
    if parsed.text("for").lower() == "delete":
        _gone(session, parsed)
        return
    _let_act(session)
    if parsed.text("for").lower() == "create":
        _created(session, parsed)
        return
    objects = targets(session, parsed, parsed.words)
    if not objects and not session.failures:
        raise Stopped("no matching resources found")
    end = _end(session, parsed)

    def met(obj: KubeObject) -> bool:
        return is_met(session.api.store.get(obj.key) or obj)

    for obj in objects:
        try:
            while not met(obj) and session.api.now < end and session.simulation.go_on(end):
                pass
            is_so = met(obj)
        except Stopped as stopped:
            session.fail(stopped.message)
            continue
        _tell(session, parsed, session.api.store.get(obj.key) or obj, met=is_so)


def _let_act(session: Session) -> None:
    """Let the components act until each of them only waits for the clock, if it comes to that."""
    for _step in range(_MOST_STEPS):
        if not session.simulation.go_on(session.api.now):
            return


def _end(session: Session, parsed: Parsed) -> int:
    """Return the moment at which the waiting ends, in seconds of the cluster's clock."""
    timeout = parsed["timeout"]
    return session.api.now + (_WEEK if timeout < 0 else math.ceil(timeout))


def _condition(given: str) -> Callable[[KubeObject], bool]:
    """Return what says whether an object is as --for wishes.

    Raises:
        Stopped: there is no such condition, in kubectl's words.

    Source of the rule: `conditionFuncFor` of k8s.io/kubectl/pkg/cmd/wait
    """
    if given.lower() in ("delete", "create"):
        return lambda _obj: True
    kind, equals, rest = given.partition("=")
    if kind == "condition" and equals:
        return lambda obj: _holds(obj, rest)
    if kind == "jsonpath" and equals:
        path, wanted = _path_and_value(rest)
        return lambda obj: _fits(obj, path, wanted)
    raise Stopped(f"unrecognized condition: {quoted(given)}")


def _path_and_value(given: str) -> tuple[Template, str]:
    """Return the path and the value of "{.status.phase}=Running"; "==" belongs to the path."""
    parts = [part.replace("\0", "==") for part in given.replace("==", "\0").split("=")]
    if len(parts) > 2:
        raise Stopped(
            "jsonpath wait format must be --for=jsonpath='{.status.readyReplicas}'=3 or "
            "--for=jsonpath='{.status.readyReplicas}'"
        )
    try:
        path = relaxed(parts[0])
    except JsonPathError as error:
        raise Stopped(str(error)) from None
    wanted = parts[1].strip("'\"") if len(parts) == 2 else ""
    if len(parts) == 2 and not wanted:
        raise Stopped(
            "jsonpath wait has to have a value after equal sign, like --for=jsonpath='{.status.readyReplicas}'=3"
        )
    if not path:
        raise Stopped("jsonpath expression cannot be empty")
    try:
        return Template(path), wanted
    except JsonPathError as error:
        raise Stopped(str(error)) from None


def _created(session: Session, parsed: Parsed) -> None:
    """Wait until objects are there; what is missing now will not come while the command waits."""
    objects = targets(session, parsed, parsed.words, missing_is_fine=True)
    if not objects:
        raise Stopped("timed out waiting for the condition")
    for obj in objects:
        _tell(session, parsed, obj, met=True)


def _gone(session: Session, parsed: Parsed) -> None:
    """Wait until objects are deleted; one that is not there is gone already."""
    objects = targets(session, parsed, parsed.words, missing_is_fine=True)
    _let_act(session)
    end = _end(session, parsed)
    for obj in objects:
        while session.api.store.get(obj.key) and session.api.now < end and session.simulation.go_on(end):
            pass
        _tell(session, parsed, obj, met=session.api.store.get(obj.key) is None)


def _tell(session: Session, parsed: Parsed, obj: KubeObject, *, met: bool) -> None:
    name = f"{obj.resource.plural}/{obj.name}"
    if not met and parsed["timeout"] == 0:
        session.fail(f"condition not met for {name}")
    elif not met:
        session.fail(f"timed out waiting for the condition on {name}")
    elif check_format(parsed, tables=False):
        print_objects(session, parsed, [obj], one=True)
    else:
        session.out(f"{display(obj)} condition met\n")


def _holds(obj: KubeObject, condition: str) -> bool:
    name, equals, wanted = condition.partition("=")
    for item in mappings(obj.status.get("conditions")):
        if text(item.get("type")).casefold() == name.casefold():
            if _is_old(obj, item):
                return False
            return text(item.get("status")).casefold() == (wanted if equals else "true").casefold()
    return False


def _is_old(obj: KubeObject, condition: Manifest) -> bool:
    """Whether a condition is about an earlier generation of the object."""
    generation = obj.metadata.get("generation")
    seen = condition.get("observedGeneration", obj.status.get("observedGeneration"))
    return isinstance(generation, int) and isinstance(seen, int) and seen < generation


def _fits(obj: KubeObject, path: Template, wanted: str) -> bool:
    try:
        found = path.values(obj.manifest)
    except JsonPathError as error:
        raise Stopped(str(error)) from None
    if not found:
        return False
    if len(found) > 1:
        raise Stopped("given jsonpath expression matches more than one value")
    if not wanted:
        return True
    if isinstance(found[0], (dict, list)):
        raise Stopped("jsonpath leads to a nested object or list which is not supported")
    return go_value(found[0]).strip() == wanted.strip()


VERB = Verb(
    wait,
    _("Wait until a condition of objects holds."),
    _FLAGS,
    "kubectl wait --for=condition=Ready pod/web",
    takes=KINDS,
)
