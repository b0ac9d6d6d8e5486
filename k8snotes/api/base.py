"""What all objects have in common: kind, name, labels, owner; and functions that read nested values, even malformed ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, Self

from k8snotes.api.kind import Kind, split_api_version
from k8snotes.api.registry import custom_kind, find_kind
from k8snotes.face import offered
from k8snotes.screen import printable

__all__ = [
    "LAST_APPLIED",
    "KubeObject",
    "Manifest",
    "Objects",
    "Source",
    "mapping",
    "mappings",
    "sequence",
    "text",
    "view",
]

Manifest = dict[str, Any]
LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


def mapping(value: Any) -> dict[str, Any]:
    """Return `value` if it is a mapping, else an empty one: a view never fails on an odd manifest.

    >>> mapping({"spec": {"replicas": 3}}.get("spec")), mapping("three"), mapping(None)
    ({'replicas': 3}, {}, {})
    """
    return value if isinstance(value, dict) else {}


def sequence(value: Any) -> list[Any]:
    """Return `value` if it is a list, else an empty one.

    >>> sequence([80, 443]), sequence({"port": 80}), sequence(None)
    ([80, 443], [], [])
    """
    return value if isinstance(value, list) else []


def mappings(value: Any) -> list[dict[str, Any]]:
    """Return the mappings of a list; anything else in it, and anything that is no list, is passed over.

    >>> mappings([{"name": "web"}, "db", None]), mappings("web")
    ([{'name': 'web'}], [])
    """
    return [item for item in sequence(value) if isinstance(item, dict)]


def text(value: Any) -> str:
    """Return a scalar as text, "" for what is absent or no scalar.

    >>> text("web"), text(80), text(True), text(None), text({"name": "web"})
    ('web', '80', 'true', '', '')
    """
    if type(value) is str:  # nearly always, and quickest
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, (str, int, float)) else ""


def clone(value: Any) -> Any:
    """Copy plain values all the way down; nothing is shared with the original, nor what it has twice in the copy."""
    if isinstance(value, dict):
        return {key: clone(item) for key, item in value.items()}
    return [clone(item) for item in value] if isinstance(value, list) else value


class Source(NamedTuple):
    """Where an object was read.

    Args:
        file: the file; "" for text, and for what was never read.
        document: the 0-based number of the document in it.
        line: the line on which the object begins, counted from 1; None where it is not known.
    """

    file: str = ""
    document: int = 0
    line: int | None = None


_NOWHERE = Source()


class KubeObject:
    """An object of any kind, as its manifest describes it.

    Two objects are equal if their manifests are. Every property can be read, however badly the manifest is
    written: what is absent, or of another type, is "", 0, empty or None.

    Args:
        manifest: the manifest, which is shared and not copied.
        source: where it was read.

    >>> pod = KubeObject({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web-1"}})
    >>> pod
    <Pod default/web-1>
    >>> pod.ref
    'pod/web-1'
    >>> pod.kind, pod.api_version, pod.group, pod.name, pod.namespace, pod.uid, pod.terminating
    ('Pod', 'v1', '', 'web-1', 'default', '', False)
    >>> pod.labels, pod.annotations, pod.metadata, pod.spec, pod.status, pod.owner
    ({}, {}, {'name': 'web-1'}, {}, {}, None)
    >>> pod.manifest["kind"], pod.resource.plural, pod.condition("Ready")
    ('Pod', 'pods', None)
    """

    __slots__ = ("face", "raw", "source")

    face: Callable[[KubeObject], Mapping[str, str]]  # only what a reader has asked a cluster for has one

    def __init__(self, manifest: Manifest, source: Source | None = None) -> None:
        self.raw = manifest  # the manifest itself, shared: read it, never change it
        self.source = source or _NOWHERE

    __dir__ = offered("facing", "holds", "key", "raw", "source")

    @property
    def manifest(self) -> Manifest:
        """A copy of the manifest as a plain dict: what `kubectl get -o yaml` would show.

        The values of a Secret are replaced by "<hidden>".
        """
        manifest: Manifest = clone(self.raw)
        return manifest

    @property
    def kind(self) -> str:
        """The `kind` as the manifest has it: "Pod"."""
        return text(self.raw.get("kind"))

    @property
    def api_version(self) -> str:
        """The `apiVersion`: "v1", "apps/v1"."""
        return text(self.raw.get("apiVersion"))

    @property
    def group(self) -> str:
        """The API group, "" for the core group."""
        return split_api_version(self.api_version)[0]

    @property
    def resource(self) -> Kind:
        """Its Kind, with names and traits; names are guessed for kinds that are not built in."""
        version, kind = text(self.raw.get("apiVersion")), text(self.raw.get("kind"))
        return find_kind(version, kind) or custom_kind(version, kind)

    # These three are read a hundred times for each Pod that starts: they do without calling `mapping`.

    @property
    def metadata(self) -> dict[str, Any]:
        """`metadata`, empty if there is none."""
        value = self.raw.get("metadata")
        return value if isinstance(value, dict) else {}

    @property
    def spec(self) -> dict[str, Any]:
        """`spec`, empty if there is none."""
        value = self.raw.get("spec")
        return value if isinstance(value, dict) else {}

    @property
    def status(self) -> dict[str, Any]:
        """`status`, empty if there is none."""
        value = self.raw.get("status")
        return value if isinstance(value, dict) else {}

    @property
    def name(self) -> str:
        """`metadata.name`, or `metadata.generateName` if the object has no name yet."""
        metadata = self.metadata
        return text(metadata.get("name")) or text(metadata.get("generateName"))

    @property
    def namespace(self) -> str:
        """`metadata.namespace`, "default" if it names none; "" for cluster-scoped kinds."""
        return self._namespace_in(self.resource)

    def _namespace_in(self, kind: Kind) -> str:
        return (text(self.metadata.get("namespace")) or "default") if kind.namespaced else ""

    @property
    def labels(self) -> dict[str, str]:
        """`metadata.labels` as text to text."""
        return {text(k): text(v) for k, v in mapping(self.metadata.get("labels")).items()}

    @property
    def annotations(self) -> dict[str, str]:
        """`metadata.annotations` as text to text."""
        return {text(k): text(v) for k, v in mapping(self.metadata.get("annotations")).items()}

    @property
    def uid(self) -> str:
        """`metadata.uid`, "" for what was never stored in a cluster."""
        return text(self.metadata.get("uid"))

    @property
    def terminating(self) -> bool:
        """Whether `metadata.deletionTimestamp` is set: the object disappears when its finalizers are done."""
        return bool(self.metadata.get("deletionTimestamp"))

    def condition(self, kind: str) -> dict[str, Any] | None:
        """Return the condition of this type ("Ready") from `status.conditions`, or None."""
        for item in sequence(self.status.get("conditions")):
            if isinstance(item, dict) and item.get("type") == kind:
                return item
        return None

    def holds(self, kind: str) -> bool:
        """Say whether the condition of this type ("Ready") is there and True."""
        condition = self.condition(kind)
        return condition is not None and condition.get("status") == "True"

    @property
    def owner(self) -> dict[str, Any] | None:
        """The owner reference that is the controller of this object, or None."""
        for reference in sequence(self.metadata.get("ownerReferences")):
            if isinstance(reference, dict) and reference.get("controller") is True:
                return reference
        return None

    @property
    def ref(self) -> str:
        """The reference that finds it again: "pod/web-1", "shop/pod/web-1" outside `default`."""
        kind = self.resource
        namespace = self._namespace_in(kind)
        head = f"{namespace}/" if namespace not in ("", "default") else ""
        return f"{head}{kind.singular}/{self.name}"

    @property
    def key(self) -> tuple[str, str, str]:
        """The key that identifies it: ("deployments.apps", "default", "web"), as in etcd."""
        kind = self.resource
        return kind.qualified, self._namespace_in(kind), self.name

    @printable
    def __repr__(self) -> str:
        place = f"{self.namespace}/" if self.namespace else ""
        return f"<{self.kind or 'Object'} {place}{self.name}>"

    def facing(self, face: Callable[[KubeObject], Mapping[str, str]]) -> Self:
        """Return the same object with something that shows it, as text by MIME type: in a cell, and where it is printed."""
        seen = type(self)(self.raw, self.source)
        seen.face = face
        return seen

    @printable
    def __str__(self) -> str:
        return self.face(self)["text/plain"] if hasattr(self, "face") else repr(self)

    def _repr_mimebundle_(self, **_: Any) -> Mapping[str, str] | None:
        return self.face(self) if hasattr(self, "face") else None

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.raw, self.source)  # a copy is nobody's

    def __eq__(self, other: object) -> bool:
        return isinstance(other, KubeObject) and self.raw == other.raw

    def __hash__(self) -> int:
        return hash((self.api_version, self.kind, self.namespace, self.name))


class Objects(list[KubeObject]):
    """Objects that a cluster has answered with; `face` shows them, as text by MIME type."""

    face: Callable[[list[KubeObject]], Mapping[str, str]] | None = None

    def _repr_mimebundle_(self, **_: Any) -> Mapping[str, str] | None:
        return self.face(self) if self.face else None

    def __reduce__(self) -> tuple[Any, ...]:
        return list, (list(self),)


def view(manifest: Manifest, source: Source | None = None) -> KubeObject:
    """Return the typed view that apiVersion *and* kind ask for; any other kind is a plain KubeObject.

    Args:
        manifest: the manifest, which is shared and not copied.
        source: where it was read.

    >>> type(view({"apiVersion": "apps/v1", "kind": "Deployment"})).__name__
    'Deployment'
    >>> type(view({"apiVersion": "serving.knative.dev/v1", "kind": "Service"})).__name__
    'KubeObject'
    """
    known = find_kind(text(manifest.get("apiVersion")), text(manifest.get("kind")))
    reader: type[KubeObject] = (known and known.view) or KubeObject
    return reader(manifest, source)
