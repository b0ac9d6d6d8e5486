"""`kubectl create configmap settings --from-literal=mode=fast`."""

from __future__ import annotations

from pathlib import Path

from k8snotes.api.base import Manifest
from k8snotes.api.files import printable
from k8snotes.api.go_text import quoted
from k8snotes.api.masking import HIDDEN
from k8snotes.catalogue import _
from k8snotes.kubectl.failure import Stopped
from k8snotes.kubectl.files import content, found
from k8snotes.kubectl.flags import Parsed, flag
from k8snotes.kubectl.session import Session
from k8snotes.kubectl.verbs.create import creator, new_object

__all__ = ["DATA", "VERB", "data_of"]

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
    return new_object("v1", "ConfigMap", name, **({"data": data} if data else {}))


def data_of(session: Session, parsed: Parsed, *, secret: bool = False) -> dict[str, str]:
    """Return the values that the flags name, or the files that they name, by key.

    Args:
        session: the command at work.
        parsed: its flags.
        secret: whether the values are those of a Secret, which no message quotes.

    Raises:
        Stopped: a flag is not key=value, a key appears twice, or a file does not exist.
    """
    data: dict[str, str] = {}
    for pair in parsed["from-literal"]:
        key, equals, value = pair.partition("=")
        if not equals or not key:
            # for a Secret, the text may be the value without its key
            shown = HIDDEN if secret else pair
            raise Stopped(f"invalid literal source {shown}, expected key=value")
        _put(data, key, value)
    for pair in parsed["from-file"]:
        key, equals, name = pair.partition("=")
        name = name if equals else pair
        for file in _files(session, name):
            _put(data, key if equals else file.name, content(file, name, "error reading"))
    for name in parsed["from-env-file"]:
        for line in content(found(session, name), name, "error reading").splitlines():
            if line.strip() and not line.lstrip().startswith("#"):
                key, _equals, value = line.strip().partition("=")
                _put(data, key, value)
    return data


def _put(data: dict[str, str], key: str, value: str) -> None:
    if key in data:
        raise Stopped(
            f"cannot add key {quoted(key)}, another key by that name already exists in Data for ConfigMap"
        )
    data[key] = value


def _files(session: Session, name: str) -> list[Path]:
    path = found(session, name)
    if path.is_dir():
        try:
            return sorted(file for file in path.iterdir() if file.is_file())
        except OSError as error:
            raise Stopped(f"error reading {printable(name)}: {error.strerror}") from None
    return [path]


VERB = creator(
    build,
    _("Create a ConfigMap from literals and files."),
    DATA,
    example="kubectl create configmap settings --from-literal=mode=fast",
    aliases=("cm",),
    failing="configmap: ",
)
