"""Finds kubeconfig files, and in them the server and the user of one context; what they say of a user is never shown."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from k8snotes.api.base import Manifest, mapping, mappings, text
from k8snotes.api.files import Unreadable, path_of, printable, read_text
from k8snotes.api.manifest import documents
from k8snotes.catalogue import _, named
from k8snotes.errors import ConnectError, did_you_mean

__all__ = ["Entry", "entry"]

_HOME = "~/.kube/config"
_ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount"  # where a Pod finds its own
_FILES = {
    "clusters": ("certificate-authority",),
    "users": ("client-certificate", "client-key", "tokenFile"),
}


class Entry:
    """What a kubeconfig says of one context. Its repr, and its text, have no user in them.

    Args:
        context: the name of the context; "" in a Pod, which has none.
        cluster: the server and its certificate, as the kubeconfig has them, with absolute paths.
        user: the user's credentials, likewise.
        namespace: the Namespace of the context.

    >>> Entry("shop", {"server": "https://shop.example:6443/k8s"}, {"token": "s3cret"}, "default")
    <Entry shop: shop.example:6443>
    """

    __slots__ = ("cluster", "context", "namespace", "user")

    def __init__(self, context: str, cluster: Manifest, user: Manifest, namespace: str) -> None:
        self.context, self.cluster, self.user, self.namespace = context, cluster, user, namespace

    @property
    def server(self) -> str:
        """The address of the server, without a password that may stand before it."""
        return text(self.cluster.get("server")).partition("://")[2].partition("/")[0].rpartition("@")[2]

    def __repr__(self) -> str:
        return f"<Entry {self.context}: {self.server}>"


def entry(context: str | None = None, kubeconfig: str | os.PathLike[str] | None = None) -> Entry:
    """Return what the kubeconfig says of a context.

    Args:
        context: its name; None for the current one.
        kubeconfig: the file; None for those that KUBECONFIG names, else ~/.kube/config, else what a Pod is given.

    Raises:
        ConnectError: there is no file, it cannot be read, or it has no such context.

    Source of the rule: https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/
    """
    merged = _Merged()
    for name in _names(kubeconfig):
        if kubeconfig is not None or _is_there(name):
            merged.take(name)
    if not merged.files:
        if context is None and (found := _of_pod()) is not None:
            return found
        raise ConnectError(
            _(
                "There is no kubeconfig file: KUBECONFIG names none, and {home} does not exist. "
                'Write kn.connect(kubeconfig="PATH"), or use kn.load() with a dump.',
                home=_HOME,
            ),
            code="no-kubeconfig",
        )
    return merged.entry(context)


def _names(kubeconfig: str | os.PathLike[str] | None) -> list[str]:
    if kubeconfig is not None:
        return [os.fspath(kubeconfig)]
    given = [name for name in os.environ.get("KUBECONFIG", "").split(os.pathsep) if name]
    return given or [_HOME]


def _is_there(name: str) -> bool:
    try:
        path_of(name)
    except Unreadable as error:
        return error.code != "missing"  # kubectl passes over what is missing, too
    return True


class _Merged:
    """Several kubeconfig files as one: what comes first stays."""

    def __init__(self) -> None:
        self.files: list[str] = []
        self.current = ""
        self.parts: dict[str, dict[str, Manifest]] = {"clusters": {}, "users": {}, "contexts": {}}

    def take(self, name: str) -> None:
        """Read a file."""
        shown = printable(name)
        self.files.append(shown)
        try:
            path = path_of(name)
            content = read_text(path)
        except Unreadable as error:
            if error.code == "missing":
                raise ConnectError(
                    _(
                        "There is no kubeconfig file {file}. `kubectl config view` shows which file kubectl uses.",
                        file=shown,
                    ),
                    code="no-kubeconfig",
                ) from None
            raise ConnectError(
                _("The kubeconfig file {file} cannot be read: {why}.", file=shown, why=error.message),
                code="kubeconfig",
            ) from None
        config = _config(content, shown)
        self.current = self.current or text(config.get("current-context"))
        for part, key in (("clusters", "cluster"), ("users", "user"), ("contexts", "context")):
            for item in mappings(config.get(part)):
                value = {**mapping(item.get(key))}
                for field in _FILES.get(part, ()):
                    if text(value.get(field)):
                        value[field] = str(path.absolute().parent / Path(text(value[field])).expanduser())
                _place_command(value, path)
                self.parts[part].setdefault(text(item.get("name")), value)

    def entry(self, context: str | None) -> Entry:
        """Return a context with what it names."""
        files, contexts = named(self.files), self.parts["contexts"]
        name = self.current if context is None else context
        if not isinstance(name, str) or name not in contexts:
            parts = {"file": files, "contexts": named(sorted(contexts)) or _("none")}
            if context is None and not name:
                said = _(
                    "The kubeconfig file {file} names no current context. Its contexts are: {contexts}. "
                    'Write kn.connect("CONTEXT").',
                    **parts,
                )
            else:
                said = _(
                    "The kubeconfig file {file} has no context {context}. Its contexts are: {contexts}.{suggestion}",
                    **parts,
                    context=str(name),
                    suggestion=did_you_mean(str(name), contexts),
                )
            raise ConnectError(said, code="context")
        chosen = contexts[name]
        cluster = self.parts["clusters"].get(text(chosen.get("cluster")))
        if cluster is None or not text(cluster.get("server")):
            raise ConnectError(
                _(
                    "The context {context} names the cluster {cluster}, but {file} has no server for it.",
                    context=name,
                    cluster=text(chosen.get("cluster")) or _("none"),
                    file=files,
                ),
                code="kubeconfig",
            )
        user = self.parts["users"].get(text(chosen.get("user")), {} if not chosen.get("user") else None)
        if user is None:
            raise ConnectError(
                _("The context {context} names a user that {file} does not have.", context=name, file=files),
                code="kubeconfig",
            )
        return Entry(name, cluster, user, text(chosen.get("namespace")) or "default")


def _place_command(user: Manifest, path: Path) -> None:
    """Let the command of a user's plugin begin at the folder of the file, if it is a path."""
    plugin = mapping(user.get("exec"))
    command = text(plugin.get("command"))
    if os.sep in command:
        user["exec"] = {**plugin, "command": str(path.absolute().parent / command)}


def _config(content: str, file: str) -> Mapping[str, Any]:
    """Return what a kubeconfig file says; an error names the line, and never what stands there."""
    for document in documents(content, doubles=True):
        if document.problem is not None:
            raise ConnectError(
                _(
                    "The kubeconfig file {file} is not YAML: see line {line}. "
                    "What stands there is not shown, because it may be a credential.",
                    file=file,
                    line=document.problem.line or document.line,
                ),
                code="kubeconfig",
            )
        if isinstance(document.value, dict) and set(document.value) & {"clusters", "contexts", "users"}:
            return document.value
        break
    raise ConnectError(
        _(
            "The file {file} is not a kubeconfig: it has neither clusters: nor contexts: nor users:. "
            "kn.load() reads manifests and dumps.",
            file=file,
        ),
        code="kubeconfig",
    )


def _of_pod() -> Entry | None:
    """Return the server and the account of the Pod in which this Python runs; None where it runs in none."""
    host, port = os.environ.get("KUBERNETES_SERVICE_HOST", ""), os.environ.get("KUBERNETES_SERVICE_PORT", "")
    folder = Path(_ACCOUNT)
    if not host or not port or not (folder / "token").is_file():
        return None
    address = f"[{host}]" if ":" in host else host
    cluster = {"server": f"https://{address}:{port}", "certificate-authority": str(folder / "ca.crt")}
    namespace = "".join(_lines(folder / "namespace"))
    return Entry("", cluster, {"tokenFile": str(folder / "token")}, namespace or "default")


def _lines(path: Path) -> Iterator[str]:
    try:
        yield from read_text(path).split()
    except Unreadable:
        return
