"""ServiceAccount: the identity of Pods towards the API server.

Source of the rules: https://kubernetes.io/docs/concepts/security/service-accounts/ and
`ValidateServiceAccount` in k8s.io/kubernetes/pkg/apis/core/validation
"""

from __future__ import annotations

from collections.abc import Iterator

from k8snotes.api.base import Manifest, mapping, sequence
from k8snotes.control_plane.kinds.rules import Rules
from k8snotes.control_plane.validation.wording import Path
from k8snotes.errors import ApiWarning

__all__ = ["RULES"]

_MOUNTABLE = "kubernetes.io/enforce-mountable-secrets"
_OLD = "deprecated in v1.32+; prefer separate namespaces to isolate access to mounted secrets"


def _prepare(manifest: Manifest) -> None:
    """Leave out the Secrets that are no longer given to each account: those it names stay."""
    if not sequence(manifest.get("secrets")):
        manifest.pop("secrets", None)


def _warnings(manifest: Manifest, old: Manifest | None) -> Iterator[ApiWarning]:
    """Warn of the annotation that held an account to its own Secrets."""
    annotations = mapping(manifest["metadata"].get("annotations"))
    before = mapping(old["metadata"].get("annotations")) if old is not None else {}
    if _MOUNTABLE in annotations and annotations[_MOUNTABLE] != before.get(_MOUNTABLE):
        yield ApiWarning(_OLD, Path("metadata.annotations").key(_MOUNTABLE))


RULES = Rules(prepare=_prepare, warnings=_warnings)
