"""`kubectl create configmap settings --from-literal=mode=fast`."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from k8snotes.api.base import Manifest, mapping
from k8snotes.api.files import Unreadable, path_of, printable
from k8snotes.api.go_text import quoted
from k8snotes.api.masking import HIDDEN
from k8snotes.api.names import environment_name
from k8snotes.catalogue import _
from k8snotes.control_plane.validation.environment import config_key
from k8snotes.kubectl.failure import Stopped
from k8snotes.kubectl.files import content
from k8snotes.kubectl.flags import Parsed, flag
from k8snotes.kubectl.output.go import compact_json
from k8snotes.kubectl.session import Session
from k8snotes.kubectl.verbs.create import creator, new_object

__all__ = ["DATA", "VERB", "data_of", "with_hash"]

_HASHED = 10  # characters
_SOFT = str.maketrans("013ae", "ghkmt")  # so that no words come about
DATA = (
    flag("from-literal", "texts"),
    flag("from-file", "texts"),
    flag("from-env-file", "texts"),
    flag("append-hash", "bool"),
)


def build(session: Session, parsed: Parsed, name: str) -> Manifest:
    """Create a ConfigMap from literals and files.

    A file becomes a value under its own name, or under KEY with KEY=FILE; each line of a file of
    --from-env-file is a value of its own.

    Source of the rule:
    https://kubernetes.io/docs/reference/kubectl/generated/kubectl_create/kubectl_create_configmap/
    """
    data = data_of(session, parsed)
    return with_hash(parsed, new_object("v1", "ConfigMap", name, **({"data": data} if data else {})))


def with_hash(parsed: Parsed, made: Manifest) -> Manifest:
    """Return a ConfigMap or a Secret, with a hash of its values after its name where --append-hash asks for it.

    Source of the rule: k8s.io/kubectl/pkg/util/hash
    """
    if not parsed.get("append-hash"):
        return made
    hashed = {"data": mapping(made.get("data")), "kind": made["kind"], "name": made["metadata"]["name"]}
    if made["kind"] == "Secret":
        hashed["type"] = made.get("type", "")
    digest = hashlib.sha256(compact_json(hashed).encode()).hexdigest()[:_HASHED]
    made["metadata"]["name"] += f"-{digest.translate(_SOFT)}"
    return made


def data_of(session: Session, parsed: Parsed, *, secret: bool = False) -> dict[str, str]:
    """Return the values that the flags name, or the files that they name, by key.

    Args:
        session: the command at work.
        parsed: its flags.
        secret: whether the values are those of a Secret, which no message quotes.

    Raises:
        Stopped: a flag is not key=value, a key appears twice or is not valid, or a file does not exist.

    Source of the rule: `handleConfigMapFromFileSources` and its neighbours in k8s.io/kubectl/pkg/cmd/create
    """
    literals, files = parsed.get("from-literal", ()), parsed["from-file"]
    lists = parsed.get("from-env-file", ())
    if lists and (literals or files):
        raise Stopped("from-env-file cannot be combined with from-file or from-literal")
    data = _Data(parsed.before[0], secret=secret)
    for pair in literals:
        key, equals, value = pair.partition("=")
        if not equals or not key:
            # for a Secret, the text may be the value without its key
            shown = HIDDEN if secret else pair
            raise Stopped(f"invalid literal source {shown}, expected key=value")
        data.put(key, value)
    for pair in files:
        for key, file, shown in _sources(session, pair):
            data.put(key, content(file, shown, "error reading"))
    for name in lists:
        for key, value in _listed(session, name):
            data.put(key, value)
    return data.values


def _sources(session: Session, pair: str) -> list[tuple[str, Path, str]]:
    """Return the keys and the files that a --from-file means: FILE, FOLDER or KEY=FILE."""
    key, equals, name = pair.partition("=")
    if not equals:
        key, name = "", pair
    elif "=" in name:
        raise Stopped("key names or file paths cannot contain '='")
    elif not key:
        raise Stopped(f"key name for file path {printable(name)} missing")
    elif not name:
        raise Stopped(f"file path for key name {key} missing")
    path = _path(session, name)
    if not path.is_dir():
        return [(key or path.name, path, name)]
    if key:
        raise Stopped("cannot give a key name for a directory path")
    try:
        return [(file.name, file, name) for file in sorted(path.iterdir()) if file.is_file()]
    except OSError as error:
        raise Stopped(f"error reading {printable(name)}: {error.strerror}") from None


def _listed(session: Session, name: str) -> Iterator[tuple[str, str]]:
    """Yield the keys and the values of the lines of a file."""
    path = _path(session, name)
    if path.is_dir():
        raise Stopped("env config file cannot be a directory")
    for line in content(path, name, "error reading").splitlines():
        if line.strip() and not line.lstrip().startswith("#"):
            key, _equals, value = line.lstrip().partition("=")
            wrong = environment_name(key)
            if wrong:
                raise Stopped(f"{quoted(key)} is not a valid key name: {';'.join(wrong)}")
            yield key, value


class _Data:
    """The values of an object that is made, by key."""

    def __init__(self, name: str, *, secret: bool) -> None:
        self.values: dict[str, str] = {}
        self._name = name
        self._secret = secret

    def put(self, key: str, value: str) -> None:
        """Take a value in. Raises Stopped, in kubectl's words, if its key is not valid or is there already."""
        wrong = ";".join(config_key(key))
        if wrong and self._secret:  # what was meant as a key may be a value
            raise Stopped(f"{quoted(HIDDEN)} is not valid key name for a Secret {wrong}")
        if wrong:
            raise Stopped(f"{quoted(key)} is not a valid key name for a ConfigMap: {wrong}")
        if key in self.values and self._secret:
            raise Stopped(f"cannot add key {key}, another key by that name already exists")
        if key in self.values:
            raise Stopped(
                f"cannot add key {quoted(key)}, another key by that name already exists in Data for ConfigMap "
                f"{quoted(self._name)}"
            )
        self.values[key] = value


def _path(session: Session, name: str) -> Path:
    """Return the path of a file or a folder; a missing one is told as the system tells it."""
    try:
        return path_of(name, session.folder)
    except Unreadable as error:
        why = "no such file or directory" if error.code == "missing" else error.message
        raise Stopped(f"error reading {printable(name)}: {why}") from None


VERB = creator(
    build,
    _("Create a ConfigMap from literals and files."),
    DATA,
    example="kubectl create configmap settings --from-literal=mode=fast",
    aliases=("cm",),
    failing="configmap: ",
)
