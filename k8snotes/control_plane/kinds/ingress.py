"""Ingress: which host and path of HTTP leads to which Service.

Source of the rules: https://kubernetes.io/docs/concepts/services-networking/ingress/ and `ValidateIngressCreate`
in k8s.io/kubernetes/pkg/apis/networking/validation
"""

from __future__ import annotations

from collections.abc import Iterator

from k8snotes.api.base import Manifest, mapping, sequence
from k8snotes.api.names import dns1035_label, dns1123_subdomain, wildcard_subdomain
from k8snotes.control_plane.kinds.rules import Rules
from k8snotes.control_plane.validation.ip import parse_ip, port_number, port_number_or_name
from k8snotes.control_plane.validation.metadata import dns_subdomain, metadata, metadata_update
from k8snotes.control_plane.validation.references import typed_reference
from k8snotes.control_plane.validation.wording import (
    Path,
    invalid_value,
    invalid_values,
    not_supported,
    required,
)
from k8snotes.errors import ApiWarning, Cause

__all__ = ["RULES"]

SPEC = Path("spec")
_CLASS = "kubernetes.io/ingress.class"
_PATH_TYPES = ("Exact", "ImplementationSpecific", "Prefix")
_NOT_INSIDE = ("//", "/./", "/../", "%2f", "%2F")
_NOT_AT_THE_END = ("/..", "/.")
_NOTHING = "either `defaultBackend` or `rules` must be specified"


def _check(manifest: Manifest) -> list[Cause]:
    causes = metadata(manifest["metadata"], dns1123_subdomain, namespaced=True) + _spec(manifest)
    annotation = mapping(manifest["metadata"].get("annotations")).get(_CLASS)
    named = mapping(manifest.get("spec")).get("ingressClassName")
    if annotation is not None and named is not None and annotation != named:
        detail = "must match `ingressClassName` when both are specified"
        causes.append(invalid_value(Path("annotations") / _CLASS, annotation, detail))
    return causes


def _check_update(new: Manifest, old: Manifest) -> list[Cause]:
    return metadata_update(new["metadata"], old["metadata"]) + _spec(new)


def _spec(manifest: Manifest) -> list[Cause]:
    """Check that there is somewhere to go, and each way there (ValidateIngressSpec)."""
    spec = mapping(manifest.get("spec"))
    rules, fallback = sequence(spec.get("rules")), spec.get("defaultBackend")
    causes: list[Cause] = []
    if not rules and fallback is None:
        causes.append(invalid_value(SPEC, None, _NOTHING))
    if fallback is not None:
        causes += _backend(fallback, SPEC / "defaultBackend")
    for i, rule in enumerate(rules):
        causes += _rule(rule, SPEC / "rules" @ i)
    for i, tls in enumerate(sequence(spec.get("tls"))):
        here = SPEC / "tls" @ i
        for j, host in enumerate(sequence(tls.get("hosts"))):
            causes += _host(host, here / "hosts" @ j)
        if tls.get("secretName"):
            causes += dns_subdomain(tls["secretName"], here / "secretName")
    if spec.get("ingressClassName") is not None:
        causes += dns_subdomain(spec["ingressClassName"], SPEC / "ingressClassName")
    return causes


def _host(host: str, path: Path) -> list[Cause]:
    """Check the name of a host, which may begin with `*.`."""
    wrong = wildcard_subdomain(host) if "*" in host else dns1123_subdomain(host)
    return invalid_values(path, host, wrong)


def _rule(rule: Manifest, path: Path) -> list[Cause]:
    """Check the paths of one host (validateIngressRules)."""
    causes: list[Cause] = []
    host = rule.get("host", "")
    if host:
        if parse_ip(host) is not None:
            causes.append(invalid_value(path / "host", host, "must be a DNS name, not an IP address"))
        causes += _host(host, path / "host")
    http = rule.get("http")
    if http is None:
        return causes
    paths, here = sequence(http.get("paths")), path / "http" / "paths"
    if not paths:
        causes.append(required(here))
    for i, item in enumerate(paths):
        causes += _path(item, here @ i)
    return causes


def _path(item: Manifest, path: Path) -> list[Cause]:
    """Check a path, and where it leads (validateHTTPIngressPath)."""
    type_, text, here = item.get("pathType"), item.get("path", ""), path / "path"
    causes: list[Cause] = []
    if type_ is None:
        return [required(path / "pathType", "pathType must be specified")]
    if type_ not in _PATH_TYPES:
        causes.append(not_supported(path / "pathType", type_, _PATH_TYPES))
    elif (text or type_ != "ImplementationSpecific") and not text.startswith("/"):
        causes.append(invalid_value(here, text, "must be an absolute path"))
    if type_ in ("Exact", "Prefix"):
        causes += [
            invalid_value(here, text, f"must not contain '{part}'") for part in _NOT_INSIDE if part in text
        ]
        causes += [
            invalid_value(here, text, f"cannot end with '{part}'")
            for part in _NOT_AT_THE_END
            if text.endswith(part)
        ]
    return causes + _backend(mapping(item.get("backend")), path / "backend")


def _backend(backend: Manifest, path: Path) -> list[Cause]:
    """Check where requests go: to one port of a Service, or to something else (validateIngressBackend)."""
    service, resource = backend.get("service"), backend.get("resource")
    if service is not None and resource is not None:
        return [invalid_value(path, "", "cannot set both resource and service backends")]
    if resource is not None:
        return typed_reference(resource, path / "resource")
    if service is None:
        return [invalid_value(path, "", "resource or service backend is required")]
    name, here = service.get("name", ""), path / "service"
    causes = invalid_values(here / "name", name, dns1035_label(name)) if name else [required(here / "name")]
    port = mapping(service.get("port"))
    if port.get("name") and port.get("number"):
        causes.append(invalid_value(path, "", "cannot set both port name & port number"))
    elif port.get("name"):
        causes += port_number_or_name(port["name"], here / "port" / "name")
    elif port.get("number"):
        causes += port_number(port["number"], here / "port" / "number")
    else:
        causes.append(required(path, "port name or number is required"))
    return causes


def _warnings(manifest: Manifest, old: Manifest | None) -> Iterator[ApiWarning]:
    """Warn of the annotation that named the class before there was a field for it."""
    spec, annotations = mapping(manifest.get("spec")), mapping(manifest["metadata"].get("annotations"))
    if old is None and _CLASS in annotations and spec.get("ingressClassName") is None:
        yield ApiWarning(f"annotation \"{_CLASS}\" is deprecated, please use 'spec.ingressClassName' instead")


RULES = Rules(
    group="networking.k8s.io",
    status={"loadBalancer": {}},
    check=_check,
    check_update=_check_update,
    warnings=_warnings,
)
