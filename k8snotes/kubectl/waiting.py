"""`kubectl wait`: until a condition holds, a field has a value, or an object is gone."""

from __future__ import annotations

from k8snotes.api.base import KubeObject, text
from k8snotes.api.go_text import quoted
from k8snotes.kubectl.asked import display
from k8snotes.kubectl.changing import meant
from k8snotes.kubectl.files import FILES
from k8snotes.kubectl.flags import Parsed, flag
from k8snotes.kubectl.formats import go_value
from k8snotes.kubectl.jsonpath import JsonPathError, Template, relaxed
from k8snotes.kubectl.session import Session
from k8snotes.kubectl.trouble import Stopped, error_text

__all__ = ["FLAGS", "wait"]

FLAGS = (
    *FILES,
    flag("for"),
    flag("timeout", "duration", 30.0),
    flag("selector/l"),
    flag("field-selector"),
    flag("all", "bool"),
    flag("all-namespaces/A", "bool"),
    flag("output/o"),
)


def wait(session: Session, parsed: Parsed) -> None:
    """Wait until something is so: `kubectl wait --for=condition=Ready pod/web`."""
    kind, _, rest = parsed.text("for").partition("=")
    if kind == "delete" and not rest:
        _gone(session, parsed)
        return
    if kind not in ("condition", "jsonpath", "create"):
        raise Stopped(error_text(f"unrecognized condition: {quoted(parsed.text('for'))}"))
    session.wait()
    for obj in meant(session, parsed, parsed.words):
        now = session.api.store.get(obj.key) or obj
        if kind == "create" or (_holds(now, rest) if kind == "condition" else _fits(now, rest)):
            session.out(f"{display(obj)} condition met\n")
        else:
            session.fail(_timed_out(obj))


def _timed_out(obj: KubeObject) -> str:
    return error_text(f"timed out waiting for the condition on {obj.resource.plural}/{obj.name}")


def _gone(session: Session, parsed: Parsed) -> None:
    before = len(session.pieces)
    found = meant(session, parsed, parsed.words)
    session.pieces[before:] = [piece for piece in session.pieces[before:] if "(NotFound)" not in piece[1]]
    session.failed = False
    session.wait()
    for obj in found:
        if session.api.store.get(obj.key) is None:
            session.out(f"{display(obj)} condition met\n")
        else:
            session.fail(_timed_out(obj))


def _holds(obj: KubeObject, condition: str) -> bool:
    name, _, wanted = condition.partition("=")
    for item in obj.status.get("conditions") or ():
        if isinstance(item, dict) and text(item.get("type")).lower() == name.lower():
            return text(item.get("status")).lower() == (wanted or "true").lower()
    return False


def _fits(obj: KubeObject, rest: str) -> bool:
    path, brace, value = rest.partition("}")
    path = f"{path}{brace}"
    wanted = value.removeprefix("=").strip("'\"")
    if not brace:
        path, _, wanted = rest.partition("=")
    try:
        found = Template(relaxed(path)).values(obj.manifest)
    except JsonPathError as error:
        raise Stopped(error_text(f"error parsing jsonpath {path}, {error}")) from None
    if not wanted:
        return bool(found)
    return [go_value(item) for item in found] == [wanted]
