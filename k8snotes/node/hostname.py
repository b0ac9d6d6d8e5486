"""The host name of a Pod, which the kubelet gives to its containers."""

from __future__ import annotations

from k8snotes.api.base import text
from k8snotes.api.kinds.pod import Pod

__all__ = ["DOMAIN", "full_hostname", "host_domain", "hostname"]

DOMAIN = "cluster.local"
"""The domain of the cluster: what kubeadm writes into the configuration of each kubelet."""

_LONGEST_NAME = 63


def hostname(pod: Pod) -> str:
    """Return the host name that a Pod has: `spec.hostname`, else its name, with at most 63 characters.

    Source of the rule: `GeneratePodHostNameAndDomain` of the kubelet, and
    https://kubernetes.io/docs/concepts/workloads/pods/pod-hostname/
    """
    if pod.host_network:
        return pod.node_name
    name = text(pod.spec.get("hostnameOverride")) or text(pod.spec.get("hostname")) or pod.name
    return name[:_LONGEST_NAME].rstrip("-.")


def host_domain(pod: Pod) -> str:
    """Return the domain behind a Pod's host name, "" for a Pod without `spec.subdomain`.

    >>> pod = Pod({"metadata": {"name": "db-0", "namespace": "shop"}, "spec": {"subdomain": "db"}})
    >>> hostname(pod), host_domain(pod)
    ('db-0', 'db.shop.svc.cluster.local')
    """
    subdomain = text(pod.spec.get("subdomain"))
    if not subdomain or pod.host_network or pod.spec.get("hostnameOverride"):
        return ""
    return f"{subdomain}.{pod.namespace}.svc.{DOMAIN}"


def full_hostname(pod: Pod) -> str:
    """Return the host name that programs see: with `setHostnameAsFQDN` the domain comes after it.

    >>> spec = {"subdomain": "db", "setHostnameAsFQDN": True}
    >>> full_hostname(Pod({"metadata": {"name": "db-0", "namespace": "shop"}, "spec": spec}))
    'db-0.db.shop.svc.cluster.local'
    """
    domain = host_domain(pod)
    named = domain and pod.spec.get("setHostnameAsFQDN") is True
    return f"{hostname(pod)}.{domain}" if named else hostname(pod)
