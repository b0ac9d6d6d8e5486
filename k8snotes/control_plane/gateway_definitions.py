"""The CustomResourceDefinitions of the Gateway API, which a Gateway controller brings along.

They have the fields, the defaults and the allowed values of its standard channel, and of its rules in CEL those that
a reader is most likely to break.

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
_LISTENERS = {
    "tls must not be specified for protocols ['HTTP', 'TCP', 'UDP']": (
        "self.all(l, l.protocol in ['HTTP', 'TCP', 'UDP'] ? !has(l.tls) : true)"
    ),
    "tls mode must be Terminate for protocol HTTPS": (
        "self.all(l, (l.protocol == 'HTTPS' && has(l.tls)) ? (l.tls.mode == '' || l.tls.mode == 'Terminate') : true)"
    ),
    "hostname must not be specified for protocols ['TCP', 'UDP']": (
        "self.all(l, l.protocol in ['TCP', 'UDP']  ? (!has(l.hostname) || l.hostname == '') : true)"
    ),
    "Listener name must be unique within the Gateway": "self.all(l1, self.exists_one(l2, l1.name == l2.name))",
    "Combination of port, protocol and hostname must be unique for each listener": (
        "self.all(l1, self.exists_one(l2, l1.port == l2.port && l1.protocol == l2.protocol && (has(l1.hostname) && "
        "has(l2.hostname) ? l1.hostname == l2.hostname : !has(l1.hostname) && !has(l2.hostname))))"
    ),
}
_TYPED = "(self.type in ['Exact','PathPrefix']) ? {} : true"
_CHARACTERS = r"^(?:[-A-Za-z0-9/._~!$&'()*+,;=:@]|[%][0-9a-fA-F]{2})+$"
_PATH = {
    "value must be an absolute path and start with '/' when type one of ['Exact', 'PathPrefix']": (
        _TYPED.format("self.value.startsWith('/')")
    ),
    **{
        f"must not contain '{part}' when type one of ['Exact', 'PathPrefix']": (
            _TYPED.format(f"!self.value.contains('{part}')")
        )
        for part in ("//", "/./", "/../", "%2f", "%2F", "#")
    },
    **{
        f"must not end with '{part}' when type one of ['Exact', 'PathPrefix']": (
            _TYPED.format(f"!self.value.endsWith('{part}')")
        )
        for part in ("/..", "/.")
    },
    f"must only contain valid characters (matching {_CHARACTERS}) for types ['Exact', 'PathPrefix']": (
        _TYPED.format(f'self.value.matches(r"""{_CHARACTERS}""")')
    ),
}
_BACKEND = {
    "Must have port for Service reference": (
        "(size(self.group) == 0 && self.kind == 'Service') ? has(self.port) : true"
    ),
}
_RULE = {
    "RequestRedirect filter must not be used together with backendRefs": (
        "(has(self.backendRefs) && size(self.backendRefs) > 0) ? (!has(self.filters) || self.filters.all(f, "
        "!has(f.requestRedirect))): true"
    ),
}
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


def _label_selector() -> Schema:
    word: Schema = {"type": "string"}
    asked = _object("key operator", key=word, operator=word, values={"type": "array", "items": word})
    return _object(
        matchExpressions={"type": "array", "items": asked},
        matchLabels={"type": "object", "additionalProperties": word},
    )


def _one_of(*options: str, **more: Any) -> Schema:
    return {"type": "string", "enum": [*options], **more}


def _with(schema: Schema, rules: dict[str, str]) -> Schema:
    """Return a schema with rules in CEL, by their messages."""
    validations = [{"message": message, "rule": rule} for message, rule in rules.items()]
    return {**schema, "x-kubernetes-validations": validations}


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
            **_object(
                **{"from": _one_of("All", "Selector", "Same", default="Same"), "selector": _label_selector()}
            ),
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
        listeners=_with(_list(listener, 64, 1), _LISTENERS),
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
        path=_with({**path, "default": {"type": "PathPrefix", "value": "/"}}, _PATH),
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
        backendRefs=_list(_with(backend, _BACKEND), 16),
        timeouts=_ANY,
        retry=_ANY,
        sessionPersistence=_ANY,
    )
    spec = _object(
        parentRefs=_list(parent, 32),
        hostnames=_list(_text(pattern=_HOST), 16),
        rules=_list(_with(rule, _RULE), 16, 1, default=[{"matches": [_ROOT]}]),
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
