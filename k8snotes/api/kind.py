"""Kind: what the whole package knows about one kind of object, from its short names to the place of its Pod template."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

__all__ = ["LAST", "Kind", "split_api_version"]

LAST = 99
Place = tuple[str, ...]  # a way into a manifest: ("spec", "template")


def split_api_version(api_version: str) -> tuple[str, str]:
    """Split an `apiVersion` into its group and its version.

    >>> split_api_version("apps/v1"), split_api_version("v1")
    (('apps', 'v1'), ('', 'v1'))
    """
    group, _, version = api_version.rpartition("/")
    return group, version


class Kind(NamedTuple):
    """One kind: a row of `kubectl api-resources`, and the traits by which other packages treat its objects.

    A kind is declared once, in a file of `k8snotes/api/kinds/`; code that treats kinds differently asks
    a trait here instead of keeping a list of its own. Its rules, columns and pages are in files of the same
    name in `control_plane/kinds/`, `facts/columns/` and `kubectl/describe/`.

    Args:
        kind: the `kind` of manifests: "Deployment".
        plural: the name in URLs and on kubectl's command line: "deployments".
        group: the API group, "" for the core group.
        version: the version that v1.36 stores.
        namespaced: whether its objects live in a Namespace.
        short: kubectl's short names.
        other_versions: further versions that are served.
        removed: (apiVersion, release of Kubernetes that stopped to serve it), as the deprecation guide has them.
        in_all: whether `kubectl get all` lists it.
        scales: whether it has the subresource `scale` (`kubectl scale`, a HorizontalPodAutoscaler).
        rolls_out: whether `kubectl rollout` follows it.
        pod_spec: the place of the specification of the Pods that it is or makes; () for kinds without one.
        makes: the kind that its controller makes from the template in its `spec`: "Pod", "ReplicaSet" for a
            Deployment, "Job" for a CronJob; "" for kinds that make none.
        per_node: whether it wants one Pod on each Node that fits, instead of a number of Pods.
        numbered: whether its Pods have names with numbers, which stay theirs ("db-0", "db-1").
        runs_to_end: whether its Pods end when their work is done.
        only_reports: whether its objects only report on others (Event, Lease): they come, go and change by themselves.
        rank: its place where kinds are listed, from 1 for what a reader looks at first; `LAST` for the kinds that
            come after these, in alphabetical order.
        selector: the place of its selector of Pods; () for kinds without one.
        selector_is_map: whether that selector is a plain map of labels (Service, ReplicationController).
        status: whether `status` is a subresource: what an author writes there is passed over.
        counts_generation: whether `metadata.generation` counts the changes of its `spec`.
        quota_piece: whether a ResourceQuota may name only its plural ("pods") besides "count/pods".
        recounted: whether the quota controller counts again at once when one of its objects changes.
        selectable_fields: what a field selector may ask for beside the name and the Namespace.
        view: the class that reads its manifests; None for a plain KubeObject.
        builtin: whether Kubernetes has it by itself; false for the kinds of custom resources.

    Source of the rule: `kubectl api-resources` and https://kubernetes.io/docs/reference/using-api/deprecation-guide/

    >>> deployment = Kind("Deployment", "deployments", "apps", short=("deploy",), scales=True)
    >>> deployment.api_version, deployment.qualified, deployment.names
    ('apps/v1', 'deployments.apps', ('deployments', 'deployment', 'deploy'))
    """

    kind: str
    plural: str
    group: str = ""
    version: str = "v1"
    namespaced: bool = True
    short: tuple[str, ...] = ()
    other_versions: tuple[str, ...] = ()
    removed: tuple[tuple[str, str], ...] = ()
    in_all: bool = False
    scales: bool = False
    rolls_out: bool = False
    pod_spec: Place = ()
    makes: str = ""
    per_node: bool = False
    numbered: bool = False
    runs_to_end: bool = False
    only_reports: bool = False
    rank: int = LAST
    selector: Place = ()
    selector_is_map: bool = False
    status: bool = False
    counts_generation: bool = False
    quota_piece: bool = False
    recounted: bool = False
    selectable_fields: tuple[str, ...] = ()
    view: Any = None
    builtin: bool = True

    @property
    def singular(self) -> str:
        """The name in references and messages: "pod", "service"."""
        return self.kind.lower()

    @property
    def api_version(self) -> str:
        """The `apiVersion` of a manifest: "v1", "apps/v1"."""
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def qualified(self) -> str:
        """The plural with its group, as messages have it: "pods", "deployments.apps"."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    @property
    def qualified_kind(self) -> str:
        """The kind with its group, as messages have it: "Pod", "Deployment.apps"."""
        return f"{self.kind}.{self.group}" if self.group else self.kind

    @property
    def names(self) -> tuple[str, ...]:
        """All names by which kubectl knows it: plural, singular, short names."""
        return self.plural, self.singular, *self.short

    @property
    def is_workload(self) -> bool:
        """Whether its controller makes Pods, directly or not, from a template in its `spec`."""
        return self.pod_spec[:1] == ("spec",) and len(self.pod_spec) > 1

    def template_of(self, manifest: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return the Pod template inside a manifest of this kind (a Pod is its own), or None.

        >>> deployment = Kind("Deployment", "deployments", "apps", pod_spec=("spec", "template", "spec"))
        >>> deployment.template_of({"spec": {"template": {"spec": {"containers": []}}}})
        {'spec': {'containers': []}}
        """
        return _at(manifest, self.pod_spec[:-1]) if self.pod_spec else None

    def pod_spec_of(self, manifest: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return the specification of the Pods that a manifest of this kind is or makes; None without one."""
        return _at(manifest, self.pod_spec) if self.pod_spec else None

    def selector_of(self, manifest: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return its selector of Pods in the shape of a LabelSelector object; None where it selects none.

        >>> service = Kind("Service", "services", selector=("spec", "selector"), selector_is_map=True)
        >>> service.selector_of({"spec": {"selector": {"app": "web"}}})
        {'matchLabels': {'app': 'web'}}
        """
        selector = _at(manifest, self.selector) if self.selector else None
        if selector is None or not self.selector_is_map:
            return selector
        return {"matchLabels": selector} if selector else None


def _at(manifest: Mapping[str, Any], way: Place) -> dict[str, Any] | None:
    value: Any = manifest
    for step in way:
        value = value.get(step) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else None
