"""Rules: what the API server does with the objects of one kind, from its defaults to its warnings."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from types import MappingProxyType

from k8snotes.api.base import Manifest
from k8snotes.api.kind import Kind
from k8snotes.api.names import dns1123_subdomain
from k8snotes.api.quantity import Quantity
from k8snotes.control_plane.validation.metadata import NameRule, metadata, metadata_update
from k8snotes.errors import ApiWarning, Cause

__all__ = ["Amounts", "Rules", "has_rules", "rules_of"]

Amounts = dict[str, Quantity]
# the fields of which a change is a new generation
_CONTENT = (
    "spec",
    "endpoints",
    "ports",
    "template",
    "value",
    "preemptionPolicy",
    "globalDefault",
    "description",
)


class Rules:
    """The rules of one kind, as a file of this folder declares them: `RULES = Rules(...)`.

    The file is called as the kind, in lower case, and read when an object of the kind is first sent. A kind
    without a file has no defaults, and only its metadata is checked.

    Args:
        group: the API group of the kind, "" for the core group.
        name: the rule for the names of its objects.
        complete: fills in the defaults of a decoded manifest, in place.
        status: the status that a new object begins with, whatever its author wrote; None: what was written.
        prepare: sets, in place, what else a new object gets whatever its author wrote.
        prepare_update: sets, in place, what a replacing object keeps from the old one.
        check: what is wrong with a new object, in the API server's words and order.
        check_update: what is wrong with an object that replaces another (new, old).
        warnings: what the API server tells of an accepted object; the second argument is what it replaces.
        amounts: what an object counts for in a ResourceQuota besides "count/...", by the quota's names.
        subresources: the rules of updates that go to a subresource, by its name.
        stored: the manifest in the version in which it is stored (new, what is stored now).
        served: a stored manifest in another version that is served (stored, its apiVersion).
    """

    __slots__ = (
        "_amounts",
        "_check",
        "_check_update",
        "_complete",
        "_name",
        "_prepare",
        "_prepare_update",
        "_served",
        "_status",
        "_stored",
        "_subresources",
        "_warnings",
        "group",
    )

    def __init__(
        self,
        *,
        group: str = "",
        name: NameRule = dns1123_subdomain,
        complete: Callable[[Manifest], None] | None = None,
        status: Manifest | None = None,
        prepare: Callable[[Manifest], None] | None = None,
        prepare_update: Callable[[Manifest, Manifest], None] | None = None,
        check: Callable[[Manifest], list[Cause]] | None = None,
        check_update: Callable[[Manifest, Manifest], list[Cause]] | None = None,
        warnings: Callable[[Manifest, Manifest | None], Iterable[ApiWarning]] | None = None,
        amounts: Callable[[Manifest], Amounts] | None = None,
        subresources: Mapping[str, Rules] = MappingProxyType({}),
        stored: Callable[[Manifest, Manifest | None], Manifest] | None = None,
        served: Callable[[Manifest, str], Manifest] | None = None,
    ) -> None:
        self.group = group
        self._name, self._status = name, status
        self._complete, self._prepare, self._prepare_update = complete, prepare, prepare_update
        self._check, self._check_update = check, check_update
        self._warnings, self._amounts = warnings, amounts
        self._subresources = subresources
        self._stored, self._served = stored, served

    def of(self, subresource: str) -> Rules:
        """Return the rules of updates that go to a subresource, "" for the object itself."""
        return self._subresources[subresource] if subresource else self

    def complete(self, manifest: Manifest) -> None:
        """Fill in the defaults of a decoded manifest, in place.

        Source of the rule: the fields' descriptions in https://kubernetes.io/docs/reference/kubernetes-api/
        """
        if self._complete is not None:
            self._complete(manifest)

    def prepare(self, kind: Kind, manifest: Manifest) -> None:
        """Set, in place, what a new object gets whatever its author wrote: generation 1, a fresh status.

        Comes after the defaults and admission, before the check.

        Source of the rule: `BeforeCreate` in k8s.io/apiserver/pkg/registry/rest, and PrepareForCreate of each kind
        """
        meta = manifest["metadata"]
        for field in ("deletionTimestamp", "deletionGracePeriodSeconds", "selfLink"):
            meta.pop(field, None)
        if kind.counts_generation:
            meta["generation"] = 1
        else:
            meta.pop("generation", None)
        if self._status is not None:
            manifest["status"] = copy.deepcopy(self._status)
        if self._prepare is not None:
            self._prepare(manifest)

    def prepare_update(self, kind: Kind, new: Manifest, old: Manifest) -> None:
        """Set, in place, what a replacing object keeps from the old one: its identity, its status, its generation.

        The generation grows if the spec changed.

        Source of the rule: `BeforeUpdate` in k8s.io/apiserver/pkg/registry/rest, and PrepareForUpdate of each kind
        """
        for field in ("uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds"):
            # another time of creation or deletion is passed over without a word
            given = new["metadata"].get(field) and field not in ("creationTimestamp", "deletionTimestamp")
            if field in old["metadata"] and not given:
                new["metadata"][field] = copy.deepcopy(old["metadata"][field])
        if kind.status:
            new.pop("status", None)
            if "status" in old:
                new["status"] = copy.deepcopy(old["status"])
        if self._prepare_update is not None:
            self._prepare_update(new, old)
        generation = old["metadata"].get("generation")
        if generation is None:
            new["metadata"].pop("generation", None)
        else:
            changed = any(new.get(field) != old.get(field) for field in _CONTENT)
            new["metadata"]["generation"] = generation + changed

    def stored(self, new: Manifest, old: Manifest | None) -> Manifest:
        """Return a prepared manifest in the version in which its kind is stored; most kinds have only one.

        Args:
            new: the prepared manifest, in the version in which it was sent.
            old: what is stored now, None for a new object.
        """
        return new if self._stored is None else self._stored(new, old)

    def served(self, stored: Manifest, version: str) -> Manifest:
        """Return a stored manifest as it is read in another version.

        Args:
            stored: the manifest as it is stored.
            version: its apiVersion, as it is asked for.
        """
        return stored if self._served is None else self._served(stored, version)

    def check(self, kind: Kind, manifest: Manifest) -> list[Cause]:
        """Return what is wrong with a new object, in the API server's words and order; empty if it is valid.

        Args:
            kind: its kind.
            manifest: the object, decoded and completed, with its Namespace.

        >>> from k8snotes.api.registry import find_resource
        >>> space, name = find_resource("ns"), {"metadata": {"name": "Shop"}}
        >>> [cause.field for cause in rules_of(space).check(space, name)]
        ['metadata.name']
        """
        if self._check is not None:
            return self._check(manifest)
        meta = manifest["metadata"]
        # an object of a custom kind may be of either sort
        namespaced = kind.namespaced if kind.builtin else bool(meta.get("namespace"))
        return metadata(meta, self._name, namespaced=namespaced)

    def check_update(self, new: Manifest, old: Manifest) -> list[Cause]:
        """Return what is wrong with an object that replaces `old`: its own faults, and what may not change.

        >>> old = {"metadata": {"name": "shop", "uid": "1"}}
        >>> new = {"metadata": {"name": "shop", "uid": "2"}}
        >>> [cause.message for cause in Rules().check_update(new, old)]
        ['Invalid value: "2": field is immutable']
        """
        if self._check_update is not None:
            return self._check_update(new, old)
        return metadata_update(new["metadata"], old["metadata"])

    def warnings(self, manifest: Manifest, old: Manifest | None = None) -> list[ApiWarning]:
        """Return the warnings that the API server gives with an accepted object; `old` is what it replaces."""
        return [] if self._warnings is None else list(self._warnings(manifest, old))

    def amounts(self, manifest: Manifest) -> Amounts:
        """Return what an object counts for in a ResourceQuota besides "count/...", by the quota's names."""
        return {} if self._amounts is None else self._amounts(manifest)


def has_rules(kind: Kind) -> bool:
    """Say whether the rules of a kind are known here, beyond its fields, their types and the metadata.

    >>> from k8snotes.api.registry import find_resource
    >>> has_rules(find_resource("ingress")), has_rules(find_resource("csidrivers"))
    (True, False)
    """
    return rules_of(kind) is not _PLAIN


def rules_of(kind: Kind) -> Rules:
    """Return the rules of a kind, read from its file when they are first asked for.

    >>> from k8snotes.api.registry import find_resource
    >>> service = {"metadata": {}, "spec": {"ports": [{"port": 80}]}}
    >>> rules_of(find_resource("svc")).complete(service)
    >>> service["spec"]["ports"]
    [{'port': 80, 'protocol': 'TCP', 'targetPort': 80}]
    """
    rules = _declared(kind.singular) if kind.builtin else None
    return rules if rules is not None and rules.group == kind.group else _PLAIN


@cache
def _declared(file: str) -> Rules | None:
    """Return what the file of a kind declares, None where there is no such file."""
    name = f"{__package__}.{file}"
    if find_spec(name) is None:
        return None
    rules: Rules = import_module(name).RULES
    return rules


_PLAIN = Rules()
