"""The files of a container, as far as Kubernetes gives them: its volumes as they are mounted, and `/etc/hosts` beside them.

What its image holds is not known here, nor what a disk holds. The values of Secrets are not among the files: where one
would stand, there is `<hidden>`.
"""

from __future__ import annotations

import base64
import binascii
import posixpath
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from k8snotes.api.base import KubeObject, Manifest, mapping, mappings, text
from k8snotes.api.go_text import quoted
from k8snotes.api.kinds.node import Node
from k8snotes.api.kinds.pod import Container, Pod
from k8snotes.api.masking import HIDDEN
from k8snotes.node.account_folder import account_of
from k8snotes.node.container_environment import UNKNOWN, Find, Source, pod_field, resource_field, user_of
from k8snotes.node.pod_references import Reference, all_containers, of_volume, sources_of

__all__ = [
    "Failure",
    "File",
    "Folder",
    "Found",
    "Link",
    "Mount",
    "Tree",
    "Volume",
    "VolumeError",
    "failures_of",
    "has_key",
    "mounts_of",
    "tree_of",
    "volume_error",
    "volume_of",
]

_LINKS = 40  # as many the kernel follows
_KINDS = {"configMap": "ConfigMap", "secret": "Secret"}


class File(NamedTuple):
    """A file.

    Args:
        content: what it holds; of a Secret only that it is hidden.
        size: its size in bytes, None where it is not known.
        mode: its permissions: 0o644.
        source: where its content comes from.
        owner: its user, as `ls -l` names it.
        group: its group.
    """

    content: str
    size: int | None
    mode: int
    source: Source
    owner: str = "root"
    group: str = "root"


class Link(NamedTuple):
    """A symbolic link, and where it leads."""

    target: str
    group: str = "root"


class Folder(NamedTuple):
    """A folder.

    Args:
        entries: what is known to be in it, by name.
        known: whether that is all.
        source: whose folder it is: the sort of its volume and the volume's name; "image" for those of the image.
        mode: its permissions.
        group: its group.
        in_memory: whether it is kept in memory and not on a disk.
        read_only: whether a container may not write there.
    """

    entries: dict[str, File | Folder | Link]
    known: bool
    source: Source
    mode: int = 0o755
    group: str = "root"
    in_memory: bool = False
    read_only: bool = False


class VolumeError(NamedTuple):
    """Why a volume cannot be set up: its name, and the kubelet's words."""

    volume: str
    message: str


class Failure(NamedTuple):
    """Why the kubelet cannot write files from an object.

    Args:
        message: the kubelet's words.
        kind: the kind of the object.
        name: its name.
        missing: whether the object is not there; else it lacks a key.
    """

    message: str
    kind: str
    name: str
    missing: bool


class _Written(NamedTuple):
    """A file that the kubelet writes: its path in the volume, its mode, and its content when it is asked for."""

    path: str
    mode: int
    read: Callable[[], tuple[str, int | None]]
    source: Source
    owner: str = "root"


class Volume(NamedTuple):
    """A volume of a Pod.

    Args:
        name: its name.
        sort: what it is: "configMap", "projected", "emptyDir", "persistentVolumeClaim".
        written: the files that the kubelet writes into it.
        known: whether it holds nothing else.
        in_memory: whether it is kept in memory and not on a disk.
        failures: why it cannot be set up.
        version: changes when its files do.
    """

    name: str
    sort: str
    written: tuple[_Written, ...] = ()
    known: bool = True
    in_memory: bool = False
    failures: tuple[Failure, ...] = ()
    version: int = 0

    @property
    def is_written(self) -> bool:
        """Whether the kubelet writes its files, and nobody else can."""
        return self.sort in _WRITTEN


_WRITTEN = ("configMap", "secret", "downwardAPI", "projected")


class Mount(NamedTuple):
    """A volume, or a part of it, in a container.

    Args:
        path: where: "/etc/app".
        volume: the volume.
        sub_path: the file or folder of it that is mounted, "" for the whole volume.
        read_only: whether the container may not write there.
    """

    path: str
    volume: Volume
    sub_path: str = ""
    read_only: bool = False


# ---- volumes


def volume_of(volume: Manifest, pod: Pod, node: Node | None, find: Find) -> Volume:
    """Return a volume with its files.

    Args:
        volume: the volume, as in `spec.volumes`.
        pod: the Pod.
        node: the Node that it runs on, for the limits of containers that have none.
        find: finds the ConfigMaps, Secrets and ServiceAccounts of the Pod's Namespace.

    Source of the rule: https://kubernetes.io/docs/concepts/storage/volumes/

    >>> app = KubeObject({"kind": "ConfigMap", "data": {"color": "blue"}})
    >>> volume = volume_of({"name": "v", "configMap": {"name": "app"}}, Pod({}), None, lambda kind, name: app)
    >>> [(file.path, oct(file.mode), file.read()) for file in volume.written]
    [('color', '0o644', ('blue', 4))]
    """
    name = text(volume.get("name"))
    sort = next((kind for kind in volume if kind != "name" and volume[kind] is not None), "emptyDir")
    if sort not in _WRITTEN:
        memory = mapping(volume.get("emptyDir")).get("medium") == "Memory"
        return Volume(name, sort, known=sort == "emptyDir", in_memory=memory)
    mode = _mode(mapping(volume[sort]).get("defaultMode"), 0o644)
    files: dict[str, _Written] = {}
    version = 0
    for kind, source in sources_of(volume):
        match kind:
            case "configMap" | "secret":
                obj = find(_KINDS[kind], _name(source))
                version = max(version, _revision(obj))
                made = _of_object(kind, source, obj, mode)
            case "downwardAPI":
                made = _of_pod(source, pod, node, mode)
            case "serviceAccountToken":
                made = [_token(source, pod, mode)]
            case _:
                made = _of_certificates(kind, source, mode)
        files |= {file.path: file for file in made}
    return Volume(
        name,
        sort,
        tuple(files.values()),
        in_memory=sort != "configMap",
        failures=failures_of(volume, pod, find),
        version=version,
    )


def failures_of(volume: Manifest, pod: Pod, find: Find) -> tuple[Failure, ...]:
    """Return why a volume cannot be set up; the same is said once.

    Args:
        volume: the volume, as in `spec.volumes`.
        pod: the Pod.
        find: finds the ConfigMaps, Secrets and ServiceAccounts of the Pod's Namespace.

    Source of the rule: `MakePayload` in k8s.io/kubernetes/pkg/volume/configmap and in pkg/volume/secret

    >>> volume = {"name": "v", "secret": {"secretName": "db"}}
    >>> [failure.message for failure in failures_of(volume, Pod({}), lambda kind, name: None)]
    ['secret "db" not found']
    """
    account = account_of(pod)
    failures: list[Failure] = []
    for ref in of_volume(volume, account):
        if ref.optional:
            continue
        obj = find(ref.kind, ref.name)
        message = _missing(ref) if obj is None else ref.keys and _lacking(ref, obj)
        if message:
            failures.append(Failure(message, ref.kind, ref.name, obj is None))
    return tuple(dict.fromkeys(failures))


def _missing(ref: Reference) -> str:
    if ref.kind == "ServiceAccount":
        return f"failed to fetch token: serviceaccounts {quoted(ref.name)} not found"
    return f"{ref.kind.lower()} {quoted(ref.name)} not found"


def _lacking(ref: Reference, obj: KubeObject) -> str:
    """Return what is said of the first key that an object lacks, "" if it has all."""
    for key in ref.keys:
        if not has_key(obj, key):
            kind = (
                "configmap references non-existent config"
                if ref.kind == "ConfigMap"
                else "references non-existent secret"
            )
            return f"{kind} key: {key}"
    return ""


def has_key(obj: KubeObject, key: str) -> bool:
    """Say whether a file can be made of a key of a ConfigMap or Secret.

    >>> has_key(KubeObject({"kind": "ConfigMap", "binaryData": {"logo.png": "AAAA"}}), "logo.png")
    True
    """
    return key in mapping(obj.raw.get("data")) or key in mapping(obj.raw.get("binaryData"))


def volume_error(name: str, failures: Sequence[Failure]) -> VolumeError | None:
    """Return what the kubelet says of a volume that cannot be set up, None if it can.

    Args:
        name: the name of the volume.
        failures: why it cannot be set up.

    Source of the rule: `NewAggregate` in k8s.io/apimachinery/pkg/util/errors

    >>> missing = Failure('configmap "a" not found', "ConfigMap", "a", missing=True)
    >>> volume_error("v", [missing])
    VolumeError(volume='v', message='configmap "a" not found')
    """
    messages = [failure.message for failure in failures]
    if not messages:
        return None
    return VolumeError(name, messages[0] if len(messages) == 1 else f"[{', '.join(messages)}]")


def _name(source: Manifest) -> str:
    return text(source.get("name")) or text(source.get("secretName"))


def _mode(value: object, default: int) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else default


def _revision(obj: KubeObject | None) -> int:
    revision = text(obj.metadata.get("resourceVersion")) if obj is not None else ""
    return int(revision) if revision.isdecimal() else 0


def _of_object(kind: str, source: Manifest, obj: KubeObject | None, mode: int) -> list[_Written]:
    """Return the files of a ConfigMap or Secret: one for each key, or one for each of `items`."""
    if obj is None:
        return []
    fields = ("data", "binaryData") if kind == "configMap" else ("data",)
    data = {key: field for field in reversed(fields) for key in mapping(obj.raw.get(field))}
    items = mappings(source.get("items")) or [{"key": key, "path": key} for key in sorted(data)]
    return [
        _Written(
            posixpath.normpath(text(item.get("path"))),
            _mode(item.get("mode"), mode),
            _reader(obj, data[key], key),
            Source(_KINDS[kind], obj.name, key),
        )
        for item in items
        if (key := text(item.get("key"))) in data
    ]


def _reader(obj: KubeObject, field: str, key: str) -> Callable[[], tuple[str, int | None]]:
    def read() -> tuple[str, int | None]:
        value = text(mapping(obj.raw.get(field)).get(key))
        if field == "data" and obj.kind != "Secret":
            return value, len(value.encode("utf-8", "surrogatepass"))
        try:
            data = base64.b64decode(value)
        except (binascii.Error, ValueError):
            return HIDDEN if obj.kind == "Secret" else UNKNOWN, None
        return HIDDEN if obj.kind == "Secret" else data.decode("utf-8", "replace"), len(data)

    return read


def _fixed(content: str) -> Callable[[], tuple[str, int | None]]:
    known = content not in (HIDDEN, UNKNOWN)
    return lambda: (content, len(content.encode("utf-8", "surrogatepass")) if known else None)


def _of_pod(source: Manifest, pod: Pod, node: Node | None, mode: int) -> list[_Written]:
    """Return the files that show fields of the Pod and resources of its containers."""
    files = []
    for item in mappings(source.get("items")):
        if isinstance(ref := item.get("fieldRef"), dict):
            path = text(ref.get("fieldPath"))
            content, origin = pod_field(path, pod, node), Source("field", path)
        else:
            ref = mapping(item.get("resourceFieldRef"))
            name = text(ref.get("containerName"))
            raw = next((other for other in all_containers(pod.spec) if other.get("name") == name), {})
            content = resource_field(ref, raw, node.allocatable if node is not None else {})
            origin = Source("resource", text(ref.get("resource")))
        place = posixpath.normpath(text(item.get("path")))
        files.append(_Written(place, _mode(item.get("mode"), mode), _fixed(content), origin))
    return files


def _token(source: Manifest, pod: Pod, mode: int) -> _Written:
    """Return the token of the Pod's ServiceAccount; only its user may read it, if Kubernetes knows who that is.

    Source of the rule: `collectData` in k8s.io/kubernetes/pkg/volume/projected
    """
    account = account_of(pod)
    users = {user_of(pod, Container(raw)) for raw in all_containers(pod.spec)}
    user = users.pop() if len(users) == 1 else None
    if user is not None or _fs_group(pod):
        mode = 0o600
    path = posixpath.normpath(text(source.get("path")))
    origin = Source("ServiceAccount", account)
    return _Written(path, mode, _fixed(HIDDEN), origin, str(user) if user else "root")


def _of_certificates(kind: str, source: Manifest, mode: int) -> list[_Written]:
    """Return the files of certificates, whose contents are not known here."""
    fields = ("path", "credentialBundlePath", "keyPath", "certificateChainPath")
    paths = [posixpath.normpath(text(source[field])) for field in fields if source.get(field)]
    origin = Source(kind, text(source.get("name")) or text(source.get("signerName")))
    return [_Written(path, mode, _fixed(UNKNOWN), origin) for path in paths]


def _fs_group(pod: Pod) -> str:
    return text(mapping(pod.spec.get("securityContext")).get("fsGroup"))


# ---- mounts


def mounts_of(
    pod: Pod, container: Container, volumes: Mapping[str, Volume], sub_path: Callable[[Manifest], str]
) -> list[Mount]:
    """Return what is mounted in a container, in the order of the manifest.

    Args:
        pod: the Pod.
        container: one of its containers.
        volumes: the volumes of the Pod, by name.
        sub_path: returns which part of its volume an entry of `volumeMounts` mounts.
    """
    claims = {
        text(volume.get("name"))
        for volume in mappings(pod.spec.get("volumes"))
        if mapping(volume.get("persistentVolumeClaim")).get("readOnly") is True
    }
    mounts = []
    for entry in mappings(container.raw.get("volumeMounts")):
        volume = volumes.get(text(entry.get("name")))
        if volume is not None:
            locked = volume.is_written or volume.name in claims or volume.sort == "image"
            path = posixpath.normpath(f"/{text(entry.get('mountPath'))}").replace("//", "/")
            mounts.append(Mount(path, volume, sub_path(entry), locked or entry.get("readOnly") is True))
    return mounts


# ---- the tree


class Found(NamedTuple):
    """What a path leads to.

    Args:
        node: the file or folder, None if nothing is known to be there.
        folder: the last folder on the way; it says whether there is certainly nothing.
        through_file: whether the way leads through a file.
    """

    node: File | Folder | None
    folder: Folder
    through_file: bool = False


class Tree:
    """The files of a container, from its root on.

    Args:
        root: the folder `/`.
        workdir: where relative paths begin.
    """

    def __init__(self, root: Folder, workdir: str = "/") -> None:
        self.root, self.workdir = root, workdir

    def find(self, path: str) -> Found:
        """Return what a path leads to, through all links.

        >>> tree = Tree(Folder({"a": Folder({}, known=True, source=Source("emptyDir", "v"))}, False, Source("image")))
        >>> tree.find("/a").node.source.name, tree.find("/a/b").node, tree.find("/b").folder.known
        ('v', None, False)
        """
        parts = [part for part in posixpath.join(self.workdir, path).split("/") if part not in ("", ".")]
        way: list[Folder] = [self.root]
        followed = 0
        file: File | None = None
        while parts:
            part = parts.pop(0)
            if file is not None:
                return Found(None, way[-1], through_file=True)
            if part == "..":
                way = way[:-1] or [self.root]
                continue
            node = way[-1].entries.get(part)
            if isinstance(node, Link) and followed < _LINKS:
                followed += 1
                parts = [*node.target.split("/"), *parts]
            elif isinstance(node, Folder):
                way.append(node)
            elif isinstance(node, File):
                file = node
            else:
                return Found(None, way[-1])
        return Found(file or way[-1], way[-1])

    def names(self, path: str) -> Iterator[str]:
        """Yield the names that are known in a folder, sorted."""
        node = self.find(path).node
        if isinstance(node, Folder):
            yield from sorted(node.entries)


def tree_of(
    pod: Pod, container: Container, mounts: Iterable[Mount], kubelets: Mapping[str, str], stamp: str
) -> Tree:
    """Return the files of a container.

    Args:
        pod: the Pod.
        container: the container.
        mounts: what is mounted in it.
        kubelets: the files that the kubelet and the runtime write for each container, by path.
        stamp: when the volumes were set up, as it stands in the names of their folders: "2026_01_01_00_00_00".
    """
    image = Source("image", container.image)
    locked = mapping(container.raw.get("securityContext")).get("readOnlyRootFilesystem") is True
    root = Folder({}, known=False, source=image, read_only=locked)
    for path, content in kubelets.items():
        size = len(content.encode("utf-8", "surrogatepass"))
        _put(root, path, File(content, size, 0o644, Source("runtime", path)))
    log = text(container.raw.get("terminationMessagePath"))
    if log:
        _put(root, log, File("", 0, 0o666, Source("runtime", log)))
    # what is mounted below another mount is mounted after it
    for mount in sorted(mounts, key=lambda item: item.path.count("/") if item.path != "/" else 0):
        _put(root, mount.path, _mounted(mount, pod, stamp))
    return Tree(root, posixpath.normpath(f"/{text(container.raw.get('workingDir'))}").replace("//", "/"))


def _put(root: Folder, path: str, node: File | Folder) -> None:
    """Put something at a path; folders on the way that nobody mounts are the image's."""
    parts = [part for part in path.split("/") if part]
    folder = root
    for part in parts[:-1]:
        below = folder.entries.get(part)
        if not isinstance(below, Folder):
            below = folder.entries[part] = Folder({}, folder.known, folder.source, read_only=folder.read_only)
        folder = below
    if parts:
        folder.entries[parts[-1]] = node
    elif isinstance(node, Folder):
        root.entries.update(node.entries)


def _mounted(mount: Mount, pod: Pod, stamp: str) -> File | Folder:
    """Return what a container sees at the place of a mount.

    Source of the rule: `AtomicWriter` and `SetVolumeOwnership` in k8s.io/kubernetes/pkg/volume
    """
    volume, group = mount.volume, _fs_group(pod)
    source = Source(volume.sort, volume.name)
    memory = volume.in_memory
    top = 0o1777 if memory else 0o777 if volume.known else 0o755
    if group and volume.sort in (*_WRITTEN, "emptyDir"):
        top |= 0o2000
    else:
        group = ""
    below = 0o2755 if group else 0o755

    def folder(mode: int, *, known: bool = True) -> Folder:
        return Folder({}, known, source, mode, group or "root", memory, mount.read_only)

    inner = folder(below)
    for written in volume.written:
        content, size = written.read()
        mode = written.mode | 0o440 if group else written.mode
        *way, last = written.path.split("/")
        place = inner
        for part in way:
            under = place.entries.get(part)
            if not isinstance(under, Folder):
                under = place.entries[part] = folder(below)
            place = under
        place.entries[last] = File(content, size, mode, written.source, written.owner, group or "root")
    if mount.sub_path:
        found = Tree(inner).find(mount.sub_path).node
        if found is not None:
            return found
        # the kubelet makes a folder where there is nothing of that name
        return folder(
            top, known=volume.known and HIDDEN not in mount.sub_path and UNKNOWN not in mount.sub_path
        )
    outer = folder(top, known=volume.known)
    if volume.is_written:
        dated = f"..{stamp}.{volume.version:09d}"
        outer.entries[dated] = inner
        outer.entries["..data"] = Link(dated, group or "root")
        for name in inner.entries:
            outer.entries[name] = Link(f"..data/{name}", group or "root")
    return outer
