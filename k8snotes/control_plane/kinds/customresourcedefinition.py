"""CustomResourceDefinition: a kind that a cluster does not have by itself.

What is checked are the names, the scope and the versions; the schemas themselves are not.

Source of the rules: https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/
and `ValidateCustomResourceDefinition` in k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/validation
"""

from __future__ import annotations

from k8snotes.api.base import Manifest, mapping, mappings
from k8snotes.api.names import dns1035_label
from k8snotes.control_plane.defaulting import set_missing
from k8snotes.control_plane.kinds.rules import Rules
from k8snotes.control_plane.validation.metadata import dns_subdomain, metadata, metadata_update, path_segment
from k8snotes.control_plane.validation.wording import (
    Path,
    duplicate,
    immutable,
    invalid_value,
    invalid_values,
    not_supported,
    required,
)
from k8snotes.errors import Cause

__all__ = ["RULES"]

SPEC = Path("spec")
_SCOPES = ("Cluster", "Namespaced")
_NO_DOT = "should be a domain with at least one dot"
_ONE_STORED = "must have exactly one version marked as storage version"
_NO_SCHEMA = "schemas are required"


def _complete(manifest: Manifest) -> None:
    """Fill in the names that follow from the kind (SetDefaults_CustomResourceDefinitionSpec)."""
    spec = manifest["spec"]
    names = spec.setdefault("names", {})
    kind = names.get("kind", "")
    set_missing(names, singular=kind.lower(), listKind=f"{kind}List" if kind else "")
    if spec.get("conversion") is None:
        spec["conversion"] = {"strategy": "None"}


def _check(manifest: Manifest) -> list[Cause]:
    meta, spec = manifest["metadata"], mapping(manifest.get("spec"))
    names = mapping(spec.get("names"))
    name = meta.get("name", "")
    causes = metadata(meta, path_segment, namespaced=False)
    wanted = f"{names.get('plural', '')}.{spec.get('group', '')}"
    if name and name != wanted:
        causes.append(invalid_value("metadata.name", name, 'must be spec.names.plural+"."+spec.group'))
    return causes + _spec(spec)


def _spec(spec: Manifest) -> list[Cause]:
    """Check group, scope, versions and names (ValidateCustomResourceDefinitionSpec)."""
    group, scope = spec.get("group", ""), spec.get("scope", "")
    causes: list[Cause] = []
    if not group:
        causes.append(required(SPEC / "group"))
    else:
        causes += dns_subdomain(group, SPEC / "group")
        if "." not in group:
            causes.append(invalid_value(SPEC / "group", group, _NO_DOT))
    if scope not in _SCOPES:
        causes.append(
            required(SPEC / "scope") if not scope else not_supported(SPEC / "scope", scope, _SCOPES)
        )
    versions, seen, stored = mappings(spec.get("versions")), set[str](), 0
    for i, version in enumerate(versions):
        here, name = SPEC / "versions" @ i, version.get("name", "")
        stored += bool(version.get("storage"))
        causes += invalid_values(here / "name", name, dns1035_label(name))
        if name in seen:
            causes.append(duplicate(here / "name", name))
        seen.add(name)
        if mapping(version.get("schema")).get("openAPIV3Schema") is None:
            causes.append(required(here / "schema" / "openAPIV3Schema", _NO_SCHEMA))
    if stored != 1:
        causes.append(invalid_value(SPEC / "versions", versions, _ONE_STORED))
    names = mapping(spec.get("names"))
    for field in ("plural", "singular", "kind", "listKind"):
        value, here = names.get(field, ""), SPEC / "names" / field
        causes += invalid_values(here, value, dns1035_label(value.lower())) if value else [required(here)]
    return causes


def _check_update(new: Manifest, old: Manifest) -> list[Cause]:
    causes = metadata_update(new["metadata"], old["metadata"]) + _spec(mapping(new.get("spec")))
    after, before = mapping(new.get("spec")), mapping(old.get("spec"))
    causes += immutable(SPEC / "group", after.get("group"), before.get("group"))
    causes += immutable(SPEC / "scope", after.get("scope"), before.get("scope"))
    plural = mapping(after.get("names")).get("plural")
    return causes + immutable(SPEC / "names" / "plural", plural, mapping(before.get("names")).get("plural"))


RULES = Rules(
    group="apiextensions.k8s.io",
    name=path_segment,
    complete=_complete,
    check=_check,
    check_update=_check_update,
)
