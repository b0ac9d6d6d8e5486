"""The kubeconfig of a cluster: contexts, and the namespace of each, as `kubectl config` shows and changes them."""

from __future__ import annotations

from k8snotes.api.base import Manifest, mapping, text
from k8snotes.api.go_text import quoted
from k8snotes.control_plane.addresses import API_SERVER_IP
from k8snotes.control_plane.etcd import clone
from k8snotes.kubectl.failure import Stopped
from k8snotes.kubectl.flags import Parsed
from k8snotes.simulation import Simulation

__all__ = ["KUBECONFIG", "USER", "context_of", "contexts", "kubeconfig", "namespace_of", "save"]

KUBECONFIG = "~/.kube/config"
"""The file, as messages name it; there is none, because each cluster keeps its own settings."""
USER = "kubernetes-admin"
_CLUSTER = "kubernetes"
_CURRENT = f"{USER}@{_CLUSTER}"


def kubeconfig(simulation: Simulation) -> Manifest:
    """Return the kubeconfig of a cluster, as kubeadm would have written it, with what was changed since.

    >>> kubeconfig(Simulation(nodes=0))["current-context"]
    'kubernetes-admin@kubernetes'
    """
    if simulation.kubeconfig:
        return dict(clone(simulation.kubeconfig))
    omitted = "DATA+OMITTED"
    return {
        "apiVersion": "v1",
        "clusters": [
            {
                "cluster": {
                    "certificate-authority-data": omitted,
                    "server": f"https://{API_SERVER_IP}:6443",
                },
                "name": _CLUSTER,
            }
        ],
        "contexts": [{"context": {"cluster": _CLUSTER, "user": USER}, "name": _CURRENT}],
        "current-context": _CURRENT,
        "kind": "Config",
        "users": [
            {"name": USER, "user": {"client-certificate-data": omitted, "client-key-data": omitted}},
        ],
    }


def save(simulation: Simulation, config: Manifest) -> None:
    """Keep a changed kubeconfig, its contexts in order of their names."""
    config["contexts"] = sorted(config["contexts"], key=lambda item: text(item["name"]))
    simulation.kubeconfig = config


def contexts(config: Manifest) -> dict[str, Manifest]:
    """Return the contexts by name: each with its cluster, its user, and perhaps a namespace."""
    return {text(item["name"]): mapping(item["context"]) for item in config["contexts"]}


_CHOOSE = ("context", "cluster", "user")  # the flags that name something of the kubeconfig


def context_of(simulation: Simulation, parsed: Parsed) -> Manifest:
    """Return the context that a command works in.

    Raises:
        Stopped: the line names a context, a cluster or a user that there is not.
    """
    # `create rolebinding` has a --user of its own, which is a list
    named = {flag: parsed.text(flag) for flag in _CHOOSE if isinstance(parsed.get(flag), str)}
    if not simulation.kubeconfig and not any(named.values()):
        return {}
    config = kubeconfig(simulation)
    known = contexts(config)
    name = named.get("context") or text(config["current-context"])
    if named.get("context") and name not in known:
        raise Stopped(f"context {quoted(name)} does not exist")
    for flag, plural, shown in (("cluster", "clusters", "cluster"), ("user", "users", "auth info")):
        given = named.get(flag, "")
        if given and given not in [item["name"] for item in config[plural]]:
            raise Stopped(f"{shown} {quoted(given)} does not exist")
    return known.get(name, {})


def namespace_of(simulation: Simulation, parsed: Parsed) -> str:
    """Return the Namespace of the context that a command works in; "default" where it has none."""
    return text(context_of(simulation, parsed).get("namespace")) or "default"
