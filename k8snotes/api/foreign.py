"""Files that lie beside manifests and describe no objects of the API: each sort has a name, so it can be said what it is."""

from __future__ import annotations

import re
from typing import Any

from k8snotes.catalogue import _

__all__ = ["NAMES", "PLACEHOLDER", "foreign", "is_template"]

NAMES: dict[str, str] = {
    "kustomization": _("a Kustomization, which only says how to build manifests"),
    "kustomize-component": _("a kustomize Component, which only says how to build manifests"),
    "kubeadm": _("a configuration of kubeadm"),
    "kind-cluster": _("a configuration of kind"),
    "k3d-cluster": _("a configuration of k3d"),
    "kubelet": _("a configuration of the kubelet"),
    "control-plane": _("a configuration of a component of the control plane"),
    "kube-proxy": _("a configuration of kube-proxy"),
    "audit-policy": _("an audit policy, which the API server reads from a file"),
    "api-server": _("a configuration that the API server reads from a file"),
    "kubeconfig": _("a kubeconfig, which kubectl reads to find clusters"),
    "skaffold": _("a configuration of Skaffold"),
    "chart": _("the Chart.yaml of a Helm chart"),
    "json-patch": _("a JSON patch"),
    "template": _("a template and not yet a manifest"),
    "data": _("a file of data and not a manifest"),
}
"""What each sort is, in words."""

PLACEHOLDER = re.compile(r"\$\{[A-Za-z_][A-Za-z0-9_]*(?::?[-=?+][^}]*)?\}")
"""What a program such as envsubst fills in: `${NAME}`."""

_BY_GROUP = {
    "kustomize.config.k8s.io": "kustomization",
    "kubeadm.k8s.io": "kubeadm",
    "kind.x-k8s.io": "kind-cluster",
    "k3d.io": "k3d-cluster",
    "kubelet.config.k8s.io": "kubelet",
    "kubeproxy.config.k8s.io": "kube-proxy",
    "kubescheduler.config.k8s.io": "control-plane",
    "kubecontrollermanager.config.k8s.io": "control-plane",
    "controllermanager.config.k8s.io": "control-plane",
    "audit.k8s.io": "audit-policy",
    "apiserver.config.k8s.io": "api-server",
    "apiserver.k8s.io": "api-server",
    "skaffold": "skaffold",
}
_BRACES = re.compile(r"\{\{-?\s*[^{}]*\}\}")


def foreign(value: Any) -> str:
    """Return which sort of file beside manifests a document is, a key of `NAMES`; "" if it may be a manifest.

    Args:
        value: the document.

    >>> foreign({"apiVersion": "kubeadm.k8s.io/v1beta4", "kind": "ClusterConfiguration"}), foreign({"kind": "Pod"})
    ('kubeadm', '')
    >>> foreign({"apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization"}), foreign([{"op": "add"}])
    ('', 'json-patch')
    """
    if isinstance(value, list):
        patch = bool(value) and all(isinstance(item, dict) and "op" in item for item in value)
        return "json-patch" if patch else ""
    if not isinstance(value, dict):
        return ""
    kind, version = value.get("kind"), value.get("apiVersion")
    if kind is None:
        return "chart" if version in ("v1", "v2") and {"name", "version"} <= value.keys() else ""
    if kind == "Kustomization" and version is None:
        return "kustomization"
    if not isinstance(version, str):
        return ""
    if kind == "Config" and version == "v1" and "clusters" in value:
        return "kubeconfig"
    if kind == "EncryptionConfig" and version == "v1":
        return "api-server"
    sort = _BY_GROUP.get(version.partition("/")[0], "")
    return "kustomize-component" if sort == "kustomization" and kind == "Component" else sort


def is_template(text: str) -> bool:
    """Whether a text has the braces of a template, which Helm or another tool fills in.

    Args:
        text: the whole text of a file.

    >>> is_template("name: {{ .Release.Name }}"), is_template("name: {a: {b: c}}")
    (True, False)
    """
    return _BRACES.search(text) is not None
