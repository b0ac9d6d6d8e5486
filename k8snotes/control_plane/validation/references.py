"""Rules for fields that name something else: an object of any kind, a path of a vendor."""

from __future__ import annotations

import re

from k8snotes.api.base import Manifest
from k8snotes.control_plane.validation.metadata import dns_subdomain, path_segment
from k8snotes.control_plane.validation.wording import Path, invalid_value, invalid_values, required
from k8snotes.errors import Cause

__all__ = ["domain_prefixed_path", "path_name", "scale_target", "typed_reference"]

_HTTP_PATH = r"[A-Za-z0-9/\-._~%!$&'()*+,;=:]+"
_PATH = re.compile(_HTTP_PATH)
_DOMAIN = 'must be a domain-prefixed path (such as "acme.io/foo")'


def domain_prefixed_path(text: str, path: Path) -> list[Cause]:
    """Check a name such as "acme.io/foo" (IsDomainPrefixedPath).

    >>> [cause.message for cause in domain_prefixed_path("nginx", Path("spec.controller"))]
    ['Invalid value: "nginx": must be a domain-prefixed path (such as "acme.io/foo")']

    Source of the rule: `IsDomainPrefixedPath` in k8s.io/apimachinery/pkg/util/validation
    """
    if not text:
        return [required(path)]
    host, _, rest = text.partition("/")
    if not host or not rest:
        return [invalid_value(path, text, _DOMAIN)]
    causes = dns_subdomain(host, path)
    if not _PATH.fullmatch(rest):
        detail = f"Invalid path (regex used for validation is '{_HTTP_PATH}')"
        causes.append(invalid_value(path, rest, detail))
    return causes


def path_name(name: str, path: Path) -> list[Cause]:
    """Check a kind or a name that has to be there, and to fit into a URL.

    >>> path_name("", Path("name"))[0].message, path_name("web", Path("name"))
    ('Required value', [])
    """
    return invalid_values(path, name, path_segment(name)) if name else [required(path)]


def typed_reference(reference: Manifest, path: Path) -> list[Cause]:
    """Check a reference by group, kind and name (validateIngressTypedLocalObjectReference).

    Args:
        reference: the reference.
        path: its path in the manifest.

    >>> [cause.field for cause in typed_reference({"kind": "Bucket"}, Path("resource"))]
    ['resource.name']

    Source of the rule: k8s.io/kubernetes/pkg/apis/networking/validation
    """
    group = reference.get("apiGroup")
    causes = [] if group is None else dns_subdomain(group, path / "apiGroup")
    for field in ("kind", "name"):
        causes += path_name(reference.get(field, ""), path / field)
    return causes


def scale_target(reference: Manifest, path: Path) -> list[Cause]:
    """Check what a HorizontalPodAutoscaler names (ValidateCrossVersionObjectReference).

    Args:
        reference: kind, name and apiVersion.
        path: its path in the manifest.

    >>> [cause.field for cause in scale_target({"kind": "Deployment", "name": "web"}, Path("spec.scaleTargetRef"))]
    ['spec.scaleTargetRef.apiVersion']

    Source of the rule: k8s.io/kubernetes/pkg/apis/autoscaling/validation
    """
    causes: list[Cause] = []
    for field in ("kind", "name"):
        causes += path_name(reference.get(field, ""), path / field)
    version = reference.get("apiVersion", "")
    if version.count("/") > 1:
        causes.append(
            invalid_value(path / "apiVersion", version, f"unexpected GroupVersion string: {version}")
        )
    elif version != "v1" and not version.partition("/")[1]:
        causes.append(invalid_value(path / "apiVersion", version, "apiVersion must specify API group"))
    return causes
