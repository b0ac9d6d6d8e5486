"""How much: what a reader says that containers use, and what Nodes, Namespaces and waiting Pods say in numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from k8snotes.api.base import mapping
from k8snotes.api.kinds.pod import Pod
from k8snotes.api.quantity import Quantity
from k8snotes.control_plane.pod_resources import read_amounts
from k8snotes.errors import ClusterError, QuantityError
from k8snotes.facts.capacity import capacity
from k8snotes.facts.measured import measured, measured_nodes
from k8snotes.facts.pending import why_pending
from k8snotes.facts.quota import namespace_quota
from k8snotes.machines import Machines, running_container
from k8snotes.node.usage import Use

if TYPE_CHECKING:
    import pandas as pd

    from k8snotes.figures.figure import Figure

__all__ = ["Measuring"]


class Measuring(Machines):
    """The half of a cluster that counts CPU, memory, and what there may be at most."""

    def use(
        self,
        ref: str,
        *,
        cpu: str | float | None = None,
        memory: str | float | None = None,
        container: str | None = None,
    ) -> None:
        """Say what a container of a Pod (the first, if none is named) would like to use: CPU, memory, or both.

        `cpu` is in CPUs ("250m", 2), `memory` in bytes ("300Mi"); what is left out stays as it is. On
        `settle()` the Node holds it to its limits: of CPU it gets no more (`c.top()`), for too much memory
        it is killed. What starts again begins at nothing. Raises ClusterError, QuantityError.
        Source of the rule: https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/
        """
        self._may_change()
        pod = self._pod(ref)
        if cpu is None and memory is None:
            raise ClusterError(
                f'Say how much {pod.ref} uses: c.use("{pod.ref}", cpu="250m"), or memory="300Mi", or both.'
            )
        chosen = running_container(pod, container or "", "use anything")
        old = self.kubelets.usage.of(pod, chosen)
        self.kubelets.use(
            pod,
            chosen,
            Use(
                old.cpu if cpu is None else _amount("cpu", cpu).milli,
                old.memory if memory is None else _amount("memory", memory).value,
            ),
        )

    def top(self, kind: str = "pods", namespace: str | None = None) -> pd.DataFrame:
        """Return a table of what is used, as `kubectl top` prints it: of "pods" (each container), or of "nodes".

        A column `note` says who is held back: throttled by its limit, or waiting for a full Node.
        Raises ClusterError, NotFoundError.
        Source of the rule: https://kubernetes.io/docs/reference/kubectl/generated/kubectl_top/
        """
        from k8snotes.tables import top_nodes, top_pods  # noqa: PLC0415  # pandas only where a table is asked for

        resource = self._resource(kind)
        if resource.plural == "nodes":
            return top_nodes(measured_nodes(self.api, self.kubelets.usage))
        if resource.plural != "pods":
            raise ClusterError(
                f'c.top() measures "pods" or "nodes"; nothing is measured of {resource.plural}.'
            )
        found = measured(self.api, self.kubelets.usage, self._namespace(namespace))
        return top_pods(found, namespaced=namespace is None)

    def capacity(self, node: str | None = None, *, unfold: bool = False) -> Figure:
        """Draw what the Nodes (or one: "node-1") have: what is requested, the limits, the use, and what is left.

        What is left of the requests is what the next Pod can have. Raises NotFoundError, ClusterError.

        >>> import k8snotes as kn
        >>> c = kn.Cluster(nodes=1, cpu="2", memory="1Gi")
        >>> c.capacity().facts.nodes[0].left
        {'cpu': 2000, 'memory': 1073741824, 'pods': 110, 'ephemeral-storage': 107374182400}
        """
        from k8snotes.figures.capacity import capacity_figure  # noqa: PLC0415  # views come last

        only = None if node is None else self._node(node).name
        return capacity_figure(capacity(self.api, self.kubelets.usage, only), unfold=unfold)

    def quota(self, namespace: str = "default") -> Figure:
        """Draw what a Namespace may use and what it uses: its quotas, its limit ranges, and whose Pods are refused.

        Raises NotFoundError.

        >>> import k8snotes as kn
        >>> c = kn.Cluster(nodes=1)
        >>> c.quota()
        <Figure Namespace default: 0 quotas>

        Source of the rule: https://kubernetes.io/docs/concepts/policy/resource-quotas/
        """
        from k8snotes.figures.quota import quota_figure  # noqa: PLC0415  # views come last

        name = self._namespace(namespace) or "default"
        used = _as_reported if self.snapshot else self.api.manifests.used
        return quota_figure(namespace_quota(self.api, name, used))

    def why_pending(self, ref: str) -> Figure:
        """Draw why a Pod has no Node: what it asks for, and Node by Node what is left, with the numbers.

        Raises NotFoundError, and ClusterError for what is no Pod.

        >>> import k8snotes as kn
        >>> c = kn.load("guestbook", nodes=0)
        >>> c.why_pending("pod/client")
        <Figure why pod/client is Pending: there is no Node at all>
        """
        from k8snotes.figures.pending import pending_figure  # noqa: PLC0415  # views come last

        pod = self[ref]
        if not isinstance(pod, Pod):
            more = f' c.quota("{pod.namespace}") shows whose Pods are refused.' if pod.namespace else ""
            raise ClusterError(f"Only a Pod waits for a Node; {pod.ref} is a {pod.kind}.{more}")
        return pending_figure(why_pending(self.api, pod))


def _as_reported(quota: Mapping[str, Any]) -> Mapping[str, Quantity]:
    # a snapshot may lack the objects that were counted
    return read_amounts(mapping(mapping(quota.get("status")).get("used")))


def _amount(what: str, said: str | float) -> Quantity:
    """Read how much is used of CPU or memory. Raises QuantityError, ClusterError."""
    example = {"cpu": '"250m" or 0.25', "memory": '"300Mi"'}[what]
    try:
        found = Quantity(said)
    except QuantityError as error:
        raise QuantityError(
            f"{what}={said!r}: {error.message}", hint=error.hint or f"Write {example}."
        ) from None
    if found < Quantity(0):
        raise ClusterError(f"{what}={said!r}: nobody uses less than nothing. Write {example}, or 0.")
    if found > Quantity("1Ei" if what == "memory" else "1M"):
        raise ClusterError(f"{what}={said!r} is more than any machine has. Write {example}.")
    if what == "memory" and found and Quantity(found.value) != found:
        raise ClusterError(
            f"{what}={said!r} is no whole number of bytes: m means thousandths. Write {example} "
            "(Mi: 1024 * 1024 bytes), or M (1000 * 1000)."
        )
    return found
