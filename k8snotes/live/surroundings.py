"""What a cluster's own parts change about its answers: its version, kube-proxy's mode, its network plugin."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from k8snotes.api.base import KubeObject, Manifest, mapping, mappings, text
from k8snotes.api.manifest import documents
from k8snotes.catalogue import Text, _
from k8snotes.live.answers import Refused, Server

__all__ = ["Surroundings", "surroundings"]

_SYSTEM = "kube-system"
# the DaemonSets of network plugins, and whether these enforce NetworkPolicies; None: some versions do
_PLUGINS: dict[str, tuple[str, bool | None]] = {
    "antrea-agent": ("Antrea", True),
    "aws-node": ("Amazon VPC CNI", None),
    "azure-cns": ("Azure CNI", None),
    "anetd": ("GKE Dataplane V2", True),
    "calico-node": ("Calico", True),
    "canal": ("Canal", True),
    "cilium": ("Cilium", True),
    "kindnet": ("kindnet", None),
    "kube-flannel": ("Flannel", False),
    "kube-flannel-ds": ("Flannel", False),
    "kube-router": ("kube-router", True),
    "ovnkube-node": ("OVN-Kubernetes", True),
    "weave-net": ("Weave Net", True),
}
_HERE = ("iptables", "nftables")


class Surroundings(NamedTuple):
    """What was asked of a cluster besides its objects.

    Args:
        version: of Kubernetes: "v1.31.2"; "" where the server does not say.
        mode: of kube-proxy: "iptables", "nftables", "ipvs", ...; "" where it could not be read.
        proxied: whether a DaemonSet kube-proxy was found.
        plugin: the network plugin: "Calico"; "" where none is known.
        enforces: whether the plugin enforces NetworkPolicies; None where that is not known.
        daemonsets: whether DaemonSets could be read.
    """

    version: str = ""
    mode: str = ""
    proxied: bool = False
    plugin: str = ""
    enforces: bool | None = None
    daemonsets: bool = False

    @property
    def computed_mode(self) -> str:
        """The mode by which the rules of Nodes are computed here."""
        return self.mode if self.mode in _HERE else "iptables"

    def words(self) -> tuple[Text, ...]:
        """Return what was found and what is assumed, a sentence each."""
        return tuple(
            item
            for item in (self._version_words(), self._mode_words(), self._plugin_words())
            if item is not None
        )

    def _version_words(self) -> Text | None:
        return (
            _("Kubernetes {version}", version=self.version)
            if self.version
            else _("The server does not say its version.")
        )

    def _mode_words(self) -> Text | None:
        if self.mode in _HERE:
            return _("kube-proxy has the mode {mode}, as its ConfigMap says", mode=self.mode)
        if self.mode:
            return _(
                "kube-proxy has the mode {mode}. Its rules are not computed here: those of iptables are shown, "
                "which lead to the same Pods.",
                mode=self.mode,
            )
        if self.daemonsets and not self.proxied:
            return _(
                "This cluster has no DaemonSet kube-proxy, so perhaps its network plugin takes its place. The rules of "
                "iptables are shown, which lead to the same Pods."
            )
        return _("The mode of kube-proxy could not be read. It is assumed to be iptables.")

    def _plugin_words(self) -> Text | None:
        if not self.plugin:
            if not self.daemonsets:
                return _(
                    "The network plugin could not be found out, because the DaemonSets could not be read."
                )
            return _("None of its DaemonSets is a network plugin that is known here.")
        if self.enforces is None:
            return _(
                "The network plugin is {plugin}. Whether it enforces NetworkPolicies depends on its settings.",
                plugin=self.plugin,
            )
        if self.enforces:
            return _("The network plugin is {plugin}, which enforces NetworkPolicies.", plugin=self.plugin)
        return _(
            "The network plugin is {plugin}, which does not enforce NetworkPolicies.", plugin=self.plugin
        )


def surroundings(server: Server, objects: Sequence[KubeObject], *, daemonsets: bool) -> Surroundings:
    """Find out what a cluster's own parts change about its answers.

    Args:
        server: is asked for the version, and for what is not among the objects.
        objects: what was read of the cluster.
        daemonsets: whether the DaemonSets of kube-system are among them.

    Source of the rule: https://kubernetes.io/docs/reference/networking/virtual-ips/#proxy-modes
    """
    names = [obj.name for obj in objects if obj.kind == "DaemonSet"]
    if not daemonsets:
        answer = _asked(server, "/apis/apps/v1/daemonsets") or _asked(
            server, f"/apis/apps/v1/namespaces/{_SYSTEM}/daemonsets"
        )
        names += [text(mapping(item.get("metadata")).get("name")) for item in mappings(answer.get("items"))]
        daemonsets = bool(answer)
    plugin = next((_PLUGINS[name] for name in names if name in _PLUGINS), ("", None))
    version = text(_asked(server, "/version").get("gitVersion"))
    mode = _mode(_configs(objects))
    if not mode:
        answer = _asked(server, f"/api/v1/namespaces/{_SYSTEM}/configmaps/kube-proxy")
        mode = _mode(map(text, mapping(answer.get("data")).values()))
    return Surroundings(version, mode, "kube-proxy" in names, plugin[0], plugin[1], daemonsets)


def _asked(server: Server, path: str) -> Manifest:
    """Return what is at a path; {} where it may not be read, or is not there."""
    try:
        return mapping(server.get(path))
    except Refused:
        return {}


def _configs(objects: Sequence[KubeObject]) -> Iterator[str]:
    for obj in objects:
        if obj.kind == "ConfigMap" and obj.namespace == _SYSTEM and obj.name.startswith("kube-proxy"):
            yield from map(text, mapping(obj.raw.get("data")).values())


def _mode(configs: Iterable[str]) -> str:
    """Return the mode that a configuration of kube-proxy names, as kubeadm and others write it; "" where there is none."""
    for content in configs:
        for document in documents(content, doubles=True):
            config = mapping(document.value)
            if config.get("kind") == "KubeProxyConfiguration":
                return text(config.get("mode")) or "iptables"  # what kube-proxy itself takes on Linux
    return ""
