"""`kubectl explain`: the fields of a kind, their types, and what they mean, in the words of these notes."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from k8snotes.api.go_text import quoted
from k8snotes.api.kind import Kind
from k8snotes.catalogue import _
from k8snotes.control_plane.schema import FieldType, struct_for, struct_of
from k8snotes.kubectl.explain import words_for
from k8snotes.kubectl.failure import NotDone, Stopped
from k8snotes.kubectl.flags import Parsed, flag
from k8snotes.kubectl.resources import kind_named
from k8snotes.kubectl.session import Session
from k8snotes.kubectl.verb import KINDS, Verb

_FLAGS = (
    flag("recursive", "bool"),
    flag("api-version"),
    flag("output/o", default="plaintext"),
)
_NO_TYPE = (
    'You must specify the type of resource to explain. Use "kubectl api-resources" for a complete list of '
    "supported resources."
)
_TYPES = {
    "int32": "integer",
    "int64": "integer",
    "float64": "number",
    "bool": "boolean",
    "Time": "string",
    "MicroTime": "string",
    "bytes": "string",
}
_WIDTH = 76
_UNSAID = _(
    "k8snotes does not explain this field. "
    "Kubernetes explains it at https://kubernetes.io/docs/reference/kubernetes-api/."
)
_DEEPEST = 12
_LONGEST_GROUP = 8  # words between dots in a version and a group: v1.flowcontrol.apiserver.k8s.io has five


def explain(session: Session, parsed: Parsed) -> None:
    """Explain a kind or a field: `kubectl explain service.spec.selector`.

    Fields and types come from the tables that the API server uses to decode manifests. The explanations are those
    of these notes (`k8snotes/kubectl/explain/`).

    Source of the rule: https://kubernetes.io/docs/reference/kubectl/generated/kubectl_explain/
    """
    if not parsed.words:
        raise Stopped(_NO_TYPE)
    if len(parsed.words) > 1:
        raise Stopped("We accept only this format: explain RESOURCE")
    if parsed["output"] not in ("plaintext", "plaintext-openapiv2"):
        raise NotDone(f"explain -o {parsed['output']}", _("Leave -o out."))
    word, *path = parsed.words[0].split(".")
    resource, path = _resource(session, word, path)
    version = parsed.text("api-version") or resource.api_version
    if version != resource.api_version:
        message = f"couldn't find resource for {quoted(f'{version}, Kind={resource.kind}')}"
        raise Stopped(message)
    struct = struct_for(resource.api_version, resource.kind)
    session.out(_head(resource))
    if not struct:
        raise Stopped(
            _(
                "k8snotes does not know the fields of the kind {kind} (apiVersion {version}). "
                "Kubernetes explains them at https://kubernetes.io/docs/reference/kubernetes-api/.",
                kind=resource.kind,
                version=resource.api_version,
            )
        )
    name, field = _walk(struct, path)
    if field is None:
        session.out(_about(name, "", name))
    else:
        session.out(f"FIELD: {path[-1]} <{_type(field)}>\n\n")
        parent = _walk(struct, path[:-1])[0]
        session.out(_about(parent, path[-1], name))
    if name:
        session.out("FIELDS:\n" + "".join(_fields(name, deep=parsed["recursive"])) + "\n")


def _resource(session: Session, word: str, path: list[str]) -> tuple[Kind, list[str]]:
    """Return the kind that the first word names; it may have its group after a dot: deployments.apps.spec."""
    for size in range(min(len(path), _LONGEST_GROUP), 0, -1):
        try:
            return kind_named(session, ".".join([word, *path[:size]])), path[size:]
        except Stopped:
            continue
    try:
        return kind_named(session, word), path
    except Stopped as stopped:
        raise Stopped(stopped.message, head="") from None


def _head(resource: Kind) -> str:
    group = f"GROUP:      {resource.group}\n" if resource.group else ""
    return f"{group}KIND:       {resource.kind}\nVERSION:    {resource.version}\n\n"


def _walk(struct: str, path: list[str]) -> tuple[str, FieldType | None]:
    """Return the struct at a path ("" where there is none), and the field that leads to it."""
    name, field = struct, None
    for step in path:
        fields = struct_of(name) if name else {}
        if step not in fields:
            raise Stopped(f"field {quoted(step)} does not exist")
        field = fields[step]
        name = field.name if field.is_struct else ""
    return name, field


def _type(field: FieldType) -> str:
    name = _TYPES.get(field.name, field.name)
    return {"": name, "[]": f"[]{name}", "{}": f"map[string]{name}"}[field.container]


def _about(parent: str, field: str, struct: str) -> str:
    """Return the description of a field of `parent`, or of a whole struct."""
    words = (words_for(parent, field) if field else "") or (words_for(struct) if struct else "")
    lines = textwrap.wrap(words or str(_UNSAID), _WIDTH)
    text = "".join(f"    {line}\n" for line in lines)
    # as kubectl prints it: an empty line more before the description of a field
    return f"{chr(10) if field else ''}DESCRIPTION:\n{text}    \n{chr(10) if not struct else ''}"


def _fields(struct: str, *, deep: bool, level: int = 1, above: tuple[str, ...] = ()) -> Iterator[str]:
    for name, field in sorted(struct_of(struct).items()):
        need = " -required-" if field.always and level == 1 and not field.pointer else ""
        indent = "  " * level
        yield f"{indent}{name}\t<{_type(field)}>{need}\n"
        if deep:
            if field.is_struct and field.name not in above and level < _DEEPEST:
                yield from _fields(field.name, deep=True, level=level + 1, above=(*above, struct))
            continue
        words = words_for(struct, name)
        for line in textwrap.wrap(words, _WIDTH):
            yield f"{indent}  {line}\n"
        yield "\n"


VERB = Verb(
    explain,
    _("Explain a kind or one of its fields."),
    _FLAGS,
    "kubectl explain service.spec.ports",
    takes=KINDS,
)
