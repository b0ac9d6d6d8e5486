"""The files of a command: `-f FILE`, a folder, or `-` for what the cell or the pipe holds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from k8snotes.api.base import KubeObject, Manifest, mapping, text, view
from k8snotes.api.kind import Kind
from k8snotes.api.manifest import documents
from k8snotes.api.registry import find_kind, find_resource
from k8snotes.control_plane.decoding import decode, resource_of
from k8snotes.errors import ApiError
from k8snotes.kubectl.flags import Flag, Parsed, flag
from k8snotes.kubectl.formats import compact_json
from k8snotes.kubectl.session import Session
from k8snotes.kubectl.trouble import Stopped, Undone, error_text, problem_text

__all__ = ["FILES", "Document", "from_files"]

FILES: tuple[Flag, ...] = (
    flag("filename/f", "texts"),
    flag("recursive/R", "bool"),
    flag("kustomize/k"),
)
_ENDINGS = (".json", ".yaml", ".yml")


@dataclass(frozen=True, slots=True)
class Document:
    """One object out of a file, with the name that messages give the file."""

    manifest: Manifest
    resource: Kind
    source: str

    @property
    def name(self) -> str:
        """Its `metadata.name`."""
        return text(mapping(self.manifest.get("metadata")).get("name"))

    def namespace(self, session: Session, parsed: Parsed) -> str:
        """Return the namespace that it goes to. Raises Stopped where the flag says another one."""
        if not self.resource.namespaced:
            return ""
        own = text(mapping(self.manifest.get("metadata")).get("namespace"))
        asked = parsed.text("namespace")
        if own and asked and own != asked:
            message = (
                f'the namespace from the provided object "{own}" does not match the namespace "{asked}". '
                f"You must pass '--namespace={own}' to perform this operation."
            )
            raise Stopped(error_text(message))
        return own or session.namespace(parsed)

    def view(self) -> KubeObject:
        """Return it as an object."""
        return view(self.manifest)


def from_files(session: Session, parsed: Parsed) -> Iterator[Document]:
    """Yield the objects of the files that a command names, and tell what cannot be read at the end.

    Raises Stopped where a file is not there.
    """
    if parsed.text("kustomize"):
        raise Undone("kustomizations (-k)", "Give the manifests themselves with -f.")
    for name in parsed.values.get("filename") or ():
        for source, content in _contents(session, name, deep=bool(parsed.values.get("recursive"))):
            yield from _objects(session, content, source)


def _contents(session: Session, name: str, *, deep: bool) -> Iterator[tuple[str, str]]:
    if name == "-":
        yield "STDIN", session.stdin
        return
    if name.startswith(("http://", "https://")):
        raise Undone("files from the internet", "Save the file, and give its path.")
    path = session.folder / Path(name).expanduser()
    try:
        there, folder = path.exists(), path.is_dir()
    except (OSError, ValueError):
        there = folder = False
    if not there:
        raise Stopped(error_text(f'the path "{name}" does not exist'))
    if not folder:
        yield name, _read(path, name)
        return
    inside = sorted(path.rglob("*") if deep else path.iterdir())
    files = [file for file in inside if file.suffix in _ENDINGS and file.is_file()]
    if not files:
        endings = " ".join(_ENDINGS)
        raise Stopped(error_text(f"error reading [{name}]: recognized file extensions are [{endings}]"))
    for file in files:
        shown = f"{name.rstrip('/')}/{file.relative_to(path).as_posix()}"
        yield shown, _read(file, shown)


def _read(path: Path, shown: str) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not text in UTF-8"
        raise Stopped(error_text(f"open {shown}: {str(why).lower()}")) from None


def _objects(session: Session, content: str, source: str) -> Iterator[Document]:
    found = False
    for document in documents(content, source, doubles=True):
        found = True
        if document.problem:
            line = _line_in_document(content, document.problem.line or 1)
            session.fail(error_text(problem_text(document.problem, source, line)))
            return
        yield from _items(session, document.value, source)
    if not found and not session.failed and session.verb != "delete":
        raise Stopped(error_text(f"no objects passed to {session.verb}"))


def _line_in_document(content: str, line: int) -> int:
    """Return the number of a line in its document, as kubectl counts it."""
    before = content.split("\n")[: line - 1]
    starts = [number for number, text_ in enumerate(before, start=1) if text_.startswith("---")]
    return line - (starts[-1] if starts else 0)


def _items(session: Session, value: Any, source: str) -> Iterator[Document]:
    kind = value.get("kind") if isinstance(value, dict) else None
    if isinstance(value, dict) and isinstance(kind, str) and kind.endswith("List"):
        items = value.get("items")
        for item in items if isinstance(items, list) else ():
            given = item
            if kind != "List" and isinstance(item, dict):
                given = {"apiVersion": value.get("apiVersion"), "kind": kind[:-4], **item}
            yield from _items(session, given, source)
        return
    trouble = _trouble(value, source)
    if trouble:
        session.fail(f"{trouble}\n" if trouble.startswith("Error from server") else error_text(trouble))
        return
    resource = resource_of(value)
    yield Document(value, resource, source)


def _trouble(value: Any, source: str) -> str:
    """Say, as kubectl does, why a document is none that it could send to the API server."""
    if not isinstance(value, dict):
        what = {list: "array", str: "string", bool: "bool"}.get(type(value), "number")
        said = f"json: cannot unmarshal {what} into Go value of type unstructured.detector"
        return f'unable to decode "{source}": {said}'
    kind, version = value.get("kind"), value.get("apiVersion")
    for field, given in (("apiVersion", version), ("kind", kind)):
        if given is not None and not isinstance(given, str):
            what = {list: "array", dict: "object", bool: "bool"}.get(type(given), "number")
            said = f"json: cannot unmarshal {what} into Go struct field detector.{field} of type string"
            return f'unable to decode "{source}": {said}'
    if not kind:
        return f"unable to decode \"{source}\": Object 'Kind' is missing in '{compact_json(value)}'"
    if not version:
        # kubectl asks for it at an address that there is not
        doing = f'error when creating "{source}": '
        return f"Error from server (NotFound): {doing}the server could not find the requested resource"
    group = version.rpartition("/")[0]
    if find_kind(version, kind) is None and (group == "" or "." not in group or group.endswith(".k8s.io")):
        metadata = mapping(value.get("metadata"))
        return (
            f'resource mapping not found for name: "{text(metadata.get("name"))}" '
            f'namespace: "{text(metadata.get("namespace"))}" from "{source}": '
            f'no matches for kind "{kind}" in version "{version}"\nensure CRDs are installed first'
        )
    try:
        # kubectl itself reads the metadata, and nothing else
        pods = find_resource("pods")
        if pods is not None:
            decode({"metadata": value.get("metadata") or {}}, pods, strict=False)
    except ApiError as error:
        return f'unable to decode "{source}": {error.message.partition("Pod: ")[2] or error.message}'
    return ""
