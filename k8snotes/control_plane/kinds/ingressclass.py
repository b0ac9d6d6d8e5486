"""IngressClass: which controller serves Ingresses.

Source of the rules: https://kubernetes.io/docs/concepts/services-networking/ingress/#ingress-class and
`ValidateIngressClass` in k8s.io/kubernetes/pkg/apis/networking/validation
"""

from __future__ import annotations

from k8snotes.api.base import Manifest, mapping
from k8snotes.api.names import dns1123_subdomain
from k8snotes.control_plane.kinds.rules import Rules
from k8snotes.control_plane.validation.metadata import dns_label, metadata, metadata_update
from k8snotes.control_plane.validation.references import domain_prefixed_path, typed_reference
from k8snotes.control_plane.validation.wording import (
    Path,
    forbidden_field,
    immutable,
    not_supported,
    required,
    too_long,
)
from k8snotes.errors import Cause

__all__ = ["RULES"]

SPEC = Path("spec")
_LONGEST = 250
_SCOPES = ("Cluster", "Namespace")


def _complete(manifest: Manifest) -> None:
    """Let parameters be an object of the whole cluster (SetDefaults_IngressClass)."""
    parameters = mapping(manifest["spec"]).get("parameters")
    if parameters is not None and parameters.get("scope") is None:
        parameters["scope"] = "Cluster"


def _check(manifest: Manifest) -> list[Cause]:
    return metadata(manifest["metadata"], dns1123_subdomain, namespaced=False) + _spec(manifest)


def _check_update(new: Manifest, old: Manifest) -> list[Cause]:
    now, before = (mapping(m.get("spec")).get("controller", "") for m in (new, old))
    causes = metadata_update(new["metadata"], old["metadata"])
    causes += immutable(SPEC / "controller", now, before)
    return causes + _check(new)


def _spec(manifest: Manifest) -> list[Cause]:
    """Check the controller's name, and where its parameters are."""
    spec = mapping(manifest.get("spec"))
    controller, here = spec.get("controller", ""), SPEC / "controller"
    causes = [too_long(here, _LONGEST)] if len(controller) > _LONGEST else []
    causes += domain_prefixed_path(controller, here)
    if spec.get("parameters") is not None:
        causes += _parameters(spec["parameters"], SPEC / "parameters")
    return causes


def _parameters(parameters: Manifest, path: Path) -> list[Cause]:
    """Check the reference to the parameters, and in which Namespace they are (…ParametersReference)."""
    causes = typed_reference(parameters, path)
    scope, namespace = parameters.get("scope"), parameters.get("namespace")
    if scope not in _SCOPES:
        return [*causes, not_supported(path / "scope", scope, _SCOPES)]
    because = f"`parameters.scope` is set to '{scope}'"
    if scope == "Cluster":
        return causes + ([] if namespace is None else [forbidden_field(path / "namespace", because)])
    if not namespace:
        return [*causes, required(path / "namespace", because)]
    return causes + dns_label(namespace, path / "namespace")


RULES = Rules(group="networking.k8s.io", complete=_complete, check=_check, check_update=_check_update)
