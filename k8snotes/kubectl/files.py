"""The files of a command: `-f FILE`, a folder, or `-` for what the cell or the pipe holds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from k8snotes.api.base import KubeObject, Manifest, mapping, sequence, text, view
from k8snotes.api.files import Unreadable, files_below, path_of, printable, read_text
from k8snotes.api.kind import Kind
from k8snotes.api.kinds.secret import without_values
from k8snotes.api.manifest import documents, parser_words
from k8snotes.api.masking import shown_kind
from k8snotes.api.registry import custom_kind, find_kind, find_resource
from k8snotes.api.selector import Selector
from k8snotes.catalogue import _
from k8snotes.control_plane.decoding import decode, resource_of
from k8snotes.errors import ApiError, Problem, SelectorSyntaxError
from k8snotes.kubectl.failure import NotDone, Stopped
from k8snotes.kubectl.flags import Flag, Parsed, flag
from k8snotes.kubectl.output.go import compact_json
from k8snotes.kubectl.session import Session

__all__ = ["FILES", "Document", "check_paths", "content", "found", "from_files", "manifests"]

FILES: tuple[Flag, ...] = (
    flag("filename/f", "texts"),
    flag("recursive/R", "bool"),
    flag("kustomize/k"),
)
_NOT_DONE = {
    "server-side": _(
        "Use kubectl apply -f without it: kubectl then compares the files with the objects itself."
    ),
    "prune": _("Use kubectl apply -f, and kubectl delete -f for the objects that are to go."),
    "edit": _("A notebook has no editor. Write the manifest in the cell, and use -f -."),
}
_METADATA = ("annotations", "generateName", "labels", "name", "namespace")
_INTERNET = ("http://", "https://")
_ENDINGS = (".json", ".yaml", ".yml")


class Document(NamedTuple):
    """One object out of a file.

    Args:
        manifest: what the file says.
        resource: its kind.
        source: the file as messages name it: the path as it was typed, "STDIN".
    """

    manifest: Manifest
    resource: Kind
    source: str

    @property
    def name(self) -> str:
        """Its `metadata.name`."""
        return text(mapping(self.manifest.get("metadata")).get("name"))

    def namespace(self, session: Session, parsed: Parsed) -> str:
        """Return the Namespace that it goes to. Raises Stopped if the flag names another one."""
        if not self.resource.namespaced:
            return ""
        own = text(mapping(self.manifest.get("metadata")).get("namespace"))
        flagged = parsed.text("namespace")
        if own and flagged and own != flagged:
            raise Stopped(
                f'the namespace from the provided object "{own}" does not match the namespace "{flagged}". '
                f"You must pass '--namespace={own}' to perform this operation."
            )
        return own or session.namespace(parsed)

    def stored(self, session: Session, parsed: Parsed, asks: str = "get") -> KubeObject:
        """Return the object of this name in the cluster. Raises ApiError if there is none; see `Session.named`."""
        return session.named(self.resource, self.namespace(session, parsed), self.name, asks)

    def view(self) -> KubeObject:
        """Return it as an object."""
        return view(self.manifest)

    def at(self, namespace: str) -> KubeObject:
        """Return it as an object of a Namespace, as kubectl would send it; values of a Secret are hidden."""
        manifest = without_values(self.manifest)
        metadata = mapping(manifest.get("metadata"))
        if self.resource.qualified == "secrets":
            metadata = {key: value for key, value in metadata.items() if key in _METADATA}
        if namespace:
            metadata = {**metadata, "namespace": namespace}
        return view({**manifest, "metadata": metadata})

    def doing(self, what: str) -> str:
        """Return the beginning of a refusal: what ("creating", "deleting") was done to which file."""
        return f'error when {what} "{self.source}": '


def manifests(session: Session, parsed: Parsed) -> Iterator[Document]:
    """Yield the objects that a command writes: those of its files that its --selector finds.

    Raises:
        Stopped: no file is named, or a selector cannot be read.
        NotDone: a flag that is not simulated here.
    """
    if not parsed["filename"] and not parsed["kustomize"]:
        raise Stopped("must specify one of -f and -k")
    for name, instead in _NOT_DONE.items():
        if parsed.get(name):
            raise NotDone(f"--{name}", instead)
    for document in from_files(session, parsed):
        try:
            if not parsed["selector"] or Selector(parsed["selector"]).matches(document.view().labels):
                yield document
        except SelectorSyntaxError as error:
            raise Stopped(error.message) from None


def from_files(session: Session, parsed: Parsed) -> Iterator[Document]:
    """Yield the objects of the files that a command names, and report what cannot be read.

    Raises:
        Stopped: a file does not exist, or it is empty.
    """
    if parsed.text("kustomize"):
        raise NotDone(_("kustomizations (-k)"), _("Apply the manifests themselves with -f."))
    empty = True
    check_paths(session, parsed)
    for name in parsed["filename"]:
        for source, words in _contents(session, name, deep=bool(parsed.get("recursive"))):
            for document in _objects(session, words, source):
                empty = False
                yield document
    if empty and not session.failures and session.verb != "delete":
        raise Stopped(f"no objects passed to {session.verb}")


def check_paths(session: Session, parsed: Parsed) -> None:
    """Raise Stopped if a file does not exist: kubectl then reads none of them."""
    for name in parsed["filename"]:
        if name != "-" and not name.startswith(_INTERNET):
            found(session, name)


def _contents(session: Session, name: str, *, deep: bool) -> Iterator[tuple[str, str]]:
    if name == "-":
        yield "STDIN", session.stdin
        return
    if name.startswith(_INTERNET):
        raise NotDone(_("files from the internet"), _("Save the file, and give its path."))
    path = found(session, name)
    if not path.is_dir():
        yield name, content(path, name)
        return
    try:
        files = files_below(path, _ENDINGS, deep=deep, hidden=True)
    except Unreadable as error:
        raise Stopped(f"open {printable(name)}: {error.message}") from None
    if not files:
        raise Stopped(f"error reading [{name}]: recognized file extensions are [{' '.join(_ENDINGS)}]")
    for file in files:
        shown = f"{name.rstrip('/')}/{file.relative_to(path).as_posix()}"
        yield shown, content(file, shown)


def found(session: Session, name: str) -> Path:
    """Return the path of a file or a folder that a command names. Raises Stopped if it does not exist."""
    try:
        return path_of(name, session.folder)
    except Unreadable as error:
        if error.code == "missing":
            raise Stopped(f'the path "{printable(name)}" does not exist') from None
        raise Stopped(f"open {printable(name)}: {error.message}") from None


def content(path: Path, name: str, doing: str = "open") -> str:
    """Return the text of a file that a command names.

    Args:
        path: the file.
        name: the file as it was typed.
        doing: what the message begins with: "error reading --template x, open".

    Raises:
        Stopped: the file does not exist, cannot be read, or is not text.
    """
    try:
        return read_text(path)
    except Unreadable as error:
        why = "no such file or directory" if error.code == "missing" else error.message
        hint = f". {error.hint}" if error.hint else ""
        raise Stopped(f"{doing} {printable(name)}: {why}{hint}") from None


def _objects(session: Session, content: str, source: str) -> Iterator[Document]:
    for document in documents(content, source, doubles=True):
        if document.problem:
            problem = document.problem
            line = _line_in_document(content, problem.parser_line or problem.line or 1)
            session.fail(problem_text(problem, source, line))
            return
        yield from _items(session, document.value, source)


def _line_in_document(content: str, line: int) -> int:
    """Return the number of a line in its document, as kubectl counts it."""
    before = content.split("\n")[: line - 1]
    starts = [number for number, row in enumerate(before, start=1) if row.startswith("---")]
    return line - (starts[-1] if starts else 0)


def problem_text(problem: Problem, name: str, line: int) -> str:
    """Return what kubectl prints for a document that cannot be read.

    Args:
        problem: what is wrong.
        name: the file, as it was typed.
        line: the line within the document, from 1.

    Source of the rule: `YAMLOrJSONDecoder` of k8s.io/apimachinery, as kubectl's visitors wrap its errors.
    """
    if problem.detail and problem.code != "not-json":
        return f"error parsing {name}: error converting YAML to JSON: yaml: {parser_words(problem, line)}"
    hint = f" {problem.hint}" if problem.hint else ""
    return f"error parsing {name}: {problem.message} (line {problem.line}).{hint}"


def _items(session: Session, value: Any, source: str) -> Iterator[Document]:
    kind = value.get("kind") if isinstance(value, dict) else None
    if isinstance(value, dict) and isinstance(kind, str) and kind.endswith("List"):
        for item in sequence(value.get("items")):
            given = item
            if kind != "List" and isinstance(item, dict):
                given = {"apiVersion": value.get("apiVersion"), "kind": kind[:-4], **item}
            yield from _items(session, given, source)
        return
    try:
        _check(session, value, source)
    except Stopped as stopped:
        session.fail(stopped.message, head=stopped.head)
        return
    yield Document(value, resource_of(value), source)


def _check(session: Session, value: Any, source: str) -> None:
    """Raise Stopped, in kubectl's words, for a document that it could not send to the API server."""
    unable = f'unable to decode "{source}": '
    if not isinstance(value, dict):
        what = {list: "array", str: "string", bool: "bool"}.get(type(value), "number")
        raise Stopped(f"{unable}json: cannot unmarshal {what} into Go value of type unstructured.detector")
    kind, version = value.get("kind"), value.get("apiVersion")
    for field, given in (("apiVersion", version), ("kind", kind)):
        if given is not None and not isinstance(given, str):
            what = {list: "array", dict: "object", bool: "bool"}.get(type(given), "number")
            raise Stopped(
                f"{unable}json: cannot unmarshal {what} into Go struct field detector.{field} of type string"
            )
    if not kind:
        # a document without kind and spec may be a Secret
        secret = "spec" not in value
        shown = {**without_values({**value, "kind": "Secret"}), "kind": kind} if secret else value
        if "kind" not in value:
            shown.pop("kind", None)
        raise Stopped(f"{unable}Object 'Kind' is missing in '{compact_json(shown)}'")
    if not version:
        # kubectl asks for it at an address that does not exist
        doing = f'error when creating "{source}": '
        raise Stopped(
            f"Error from server (NotFound): {doing}the server could not find the requested resource", head=""
        )
    group = version.rpartition("/")[0]
    own = group == "" or "." not in group or group.endswith(".k8s.io")
    if find_kind(version, kind) is None and own and not _is_defined(session, version, kind):
        metadata = mapping(value.get("metadata"))
        raise Stopped(
            f'resource mapping not found for name: "{text(metadata.get("name"))}" '
            f'namespace: "{text(metadata.get("namespace"))}" from "{source}": '
            f'no matches for kind "{shown_kind(kind)}" in version "{version}"\nensure CRDs are installed first'
        )
    _check_metadata(value, unable)


def _is_defined(session: Session, version: str, kind: str) -> bool:
    """Whether a definition that is stored brings a kind of this version."""
    return session.api.definition_of(custom_kind(version, kind)) is not None


def _check_metadata(manifest: Manifest, unable: str) -> None:
    # kubectl itself reads only the metadata
    pods = find_resource("pods")
    if pods is not None:
        try:
            decode({"metadata": manifest.get("metadata") or {}}, pods, strict=False)
        except ApiError as error:
            raise Stopped(unable + error.detail) from None
