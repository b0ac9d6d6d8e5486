"""The CustomResourceDefinitions of the Gateway API, which a Gateway controller brings along.

They have the fields, the defaults and the allowed values of its standard channel. What only its rules in CEL say is
not in them.

Source of the rules: https://gateway-api.sigs.k8s.io/reference/spec/ and config/crd/standard in
github.com/kubernetes-sigs/gateway-api
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from k8snotes.api.base import Manifest
from k8snotes.api.gateway_api import GROUP, KINDS
from k8snotes.api.kind import Kind

__all__ = ["definitions"]

Schema = dict[str, Any]

_VERSION = "v1.4.0"
_DOMAIN = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*"
_HOST = r"^(\*\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$"
_SECTION = _DOMAIN + "$"
_HEADER = r"^[A-Za-z0-9!#$%&'*+\-.^_\x60|~]+$"
_CONTROLLER = _DOMAIN + r"\/[A-Za-z0-9\/\-._~%!$&'()*+,;=:]+$"
_PROTOCOL = r"^[a-zA-Z0-9]([-a-zA-Z0-9]*[a-zA-Z0-9])?$|[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\/[A-Za-z0-9]+$"
_METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"]
_ANY: Schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
_ROOT = {"path": {"type": "PathPrefix", "value": "/"}}


def _text(most: int = 253, *, least: int = 1, pattern: str = "", **more: Any) -> Schema:
    return {
        "type": "string",
        "maxLength": most,
        "minLength": least,
        **({"pattern": pattern} if pattern else {}),
        **more,
    }


def _object(needed: str = "", /, **fields: Schema) -> Schema:
    return {"type": "object", "properties": fields, **({"required": needed.split()} if needed else {})}


def _list(item: Schema, most: int, least: int = 0, **more: Any) -> Schema:
    return {
        "type": "array",
        "items": item,
        "maxItems": most,
        **({"minItems": least} if least else {}),
        **more,
    }


def _number(least: int, most: int, **more: Any) -> Schema:
    return {"type": "integer", "minimum": least, "maximum": most, **more}


def _one_of(*options: str, **more: Any) -> Schema:
    return {"type": "string", "enum": [*options], **more}


def _ref(group: str, kind: str, needed: str, **more: Schema) -> Schema:
    """Return the schema of a reference, with the group and the kind that it means if it names none."""
    return _object(
        needed,
        group={"type": "string", "maxLength": 253, "default": group},
        kind=_text(63, default=kind),
        name=_text(),
        namespace=_text(63),
        **more,
    )


def _waiting(*types: str) -> Schema:
    """Return the schema of a status, which says of a new object that its controller has not seen it."""
    conditions = [
        {
            "type": item,
            "status": "Unknown",
            "reason": "Pending",
            "message": "Waiting for controller",
            "lastTransitionTime": "1970-01-01T00:00:00Z",
        }
        for item in types
    ]
    return {**_ANY, "default": {"conditions": conditions}}


def _gateway_class() -> Schema:
    spec = _object(
        "controllerName",
        controllerName=_text(pattern=_CONTROLLER),
        description=_text(64, least=0),
        parametersRef=_object(
            "group kind name",
            group={"type": "string"},
            kind=_text(63),
            name=_text(),
            namespace=_text(63),
        ),
    )
    return _object("spec", spec=spec, status=_waiting("Accepted"))


def _gateway() -> Schema:
    kinds = _object("kind", group={"type": "string", "maxLength": 253, "default": GROUP}, kind=_text(63))
    allowed = _object(
        kinds=_list(kinds, 8),
        namespaces={
            **_object(**{"from": _one_of("All", "Selector", "Same", default="Same"), "selector": _ANY}),
            "default": {"from": "Same"},
        },
    )
    tls = _object(
        mode=_one_of("Terminate", "Passthrough", default="Terminate"),
        certificateRefs=_list(_ref("", "Secret", "name"), 64),
        options={"type": "object", "additionalProperties": {"type": "string"}},
    )
    listener = _object(
        "name port protocol",
        name=_text(pattern=_SECTION),
        hostname=_text(pattern=_HOST),
        port=_number(1, 65535),
        protocol=_text(255, pattern=_PROTOCOL),
        tls=tls,
        allowedRoutes={**allowed, "default": {"namespaces": {"from": "Same"}}},
    )
    spec = _object(
        "gatewayClassName listeners",
        gatewayClassName=_text(),
        listeners=_list(listener, 64, 1),
        addresses=_list(_object(type=_text(default="IPAddress"), value=_text(least=0)), 16),
        infrastructure=_ANY,
        allowedListeners=_ANY,
        tls=_ANY,
    )
    return _object("spec", spec=spec, status=_waiting("Accepted", "Programmed"))


def _http_route() -> Schema:
    parent = _ref(GROUP, "Gateway", "name", sectionName=_text(pattern=_SECTION), port=_number(1, 65535))
    path = _object(
        type=_one_of("Exact", "PathPrefix", "RegularExpression", default="PathPrefix"),
        value={"type": "string", "maxLength": 1024, "default": "/"},
    )
    pair = _object(
        "name value",
        type=_one_of("Exact", "RegularExpression", default="Exact"),
        name=_text(256, pattern=_HEADER),
        value=_text(4096),
    )
    match = _object(
        path={**path, "default": {"type": "PathPrefix", "value": "/"}},
        headers=_list(pair, 16),
        queryParams=_list(pair, 16),
        method=_one_of(*_METHODS),
    )
    backend = _ref(
        "",
        "Service",
        "name",
        port=_number(1, 65535),
        weight=_number(0, 1_000_000, default=1),
        filters=_list(_ANY, 16),
    )
    rule = _object(
        name=_text(pattern=_SECTION),
        matches=_list(match, 64, default=[_ROOT]),
        filters=_list(_ANY, 16),
        backendRefs=_list(backend, 16),
        timeouts=_ANY,
        retry=_ANY,
        sessionPersistence=_ANY,
    )
    spec = _object(
        parentRefs=_list(parent, 32),
        hostnames=_list(_text(pattern=_HOST), 16),
        rules=_list(rule, 16, 1, default=[{"matches": [_ROOT]}]),
    )
    return _object("spec", spec=spec, status=_ANY)


_SCHEMAS = {"GatewayClass": _gateway_class, "Gateway": _gateway, "HTTPRoute": _http_route}


def definitions() -> Iterator[Manifest]:
    """Yield the definitions of the kinds of the Gateway API.

    >>> [item["spec"]["names"]["plural"] for item in definitions()][:3]
    ['gatewayclasses', 'gateways', 'httproutes']
    """
    for kind in KINDS:
        yield {
            "apiVersion": "apiextensions.k8s.io/v1",
            "kind": "CustomResourceDefinition",
            "metadata": {
                "name": kind.qualified,
                "annotations": {
                    f"{GROUP}/bundle-version": _VERSION,
                    f"{GROUP}/channel": "standard",
                },
            },
            "spec": {
                "group": GROUP,
                "names": {
                    "categories": ["gateway-api"],
                    "kind": kind.kind,
                    "listKind": f"{kind.kind}List",
                    "plural": kind.plural,
                    "singular": kind.singular,
                    **({"shortNames": [*kind.short]} if kind.short else {}),
                },
                "scope": "Namespaced" if kind.namespaced else "Cluster",
                "versions": [
                    _version(kind, name, stored=name == kind.version)
                    for name in (kind.version, *kind.other_versions)
                ],
            },
        }


def _version(kind: Kind, name: str, *, stored: bool) -> Manifest:
    schema = _SCHEMAS[kind.kind]() if kind.kind in _SCHEMAS else _object(spec=_ANY, status=_ANY)
    return {
        "name": name,
        "served": True,
        "storage": stored,
        "schema": {"openAPIV3Schema": schema},
        **({"subresources": {"status": {}}} if kind.status else {}),
    }
