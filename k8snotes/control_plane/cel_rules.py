"""Rules in CEL that a definition has for its kind: those that are known by their text. Others are passed over.

Source of the rules: https://kubernetes.io/docs/reference/using-api/cel/ and `Validator` in
k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from k8snotes.api.base import mapping, mappings, text

__all__ = ["KNOWN", "broken", "has_rules"]

_VALIDATIONS = "x-kubernetes-validations"
_TYPED = "(self.type in ['Exact','PathPrefix']) ? {} : true"
_CHARACTERS = r"^(?:[-A-Za-z0-9/._~!$&'()*+,;=:@]|[%][0-9a-fA-F]{2})+$"
_MATCHES = f'self.value.matches(r"""{_CHARACTERS}""")'


def _path(fits: Callable[[str], bool]) -> Callable[[Any], bool]:
    """Return a rule about the path of a match, which is one of text and not of a regular expression."""
    return lambda item: item.get("type") not in ("Exact", "PathPrefix") or fits(text(item.get("value")))


def _lacks(part: str) -> Callable[[str], bool]:
    return lambda value: part not in value


def _ends_not(part: str) -> Callable[[str], bool]:
    return lambda value: not value.endswith(part)


def _place(listener: Mapping[str, Any]) -> tuple[Any, ...]:
    return listener.get("port"), listener.get("protocol"), listener.get("hostname")


def _distinct(items: list[Any]) -> bool:
    return len(items) == len({*items})


KNOWN: Mapping[str, Callable[[Any], bool]] = {
    # of the listeners of a Gateway
    "self.all(l, l.protocol in ['HTTP', 'TCP', 'UDP'] ? !has(l.tls) : true)": lambda listeners: all(
        "tls" not in item for item in mappings(listeners) if item.get("protocol") in ("HTTP", "TCP", "UDP")
    ),
    "self.all(l, (l.protocol == 'HTTPS' && has(l.tls)) ? (l.tls.mode == '' || l.tls.mode == 'Terminate') : true)": (
        lambda listeners: all(
            mapping(item["tls"]).get("mode", "") in ("", "Terminate")
            for item in mappings(listeners)
            if item.get("protocol") == "HTTPS" and "tls" in item
        )
    ),
    "self.all(l, l.protocol in ['TCP', 'UDP']  ? (!has(l.hostname) || l.hostname == '') : true)": (
        lambda listeners: all(
            not item.get("hostname") for item in mappings(listeners) if item.get("protocol") in ("TCP", "UDP")
        )
    ),
    "self.all(l1, self.exists_one(l2, l1.name == l2.name))": lambda listeners: _distinct(
        [item.get("name") for item in mappings(listeners)]
    ),
    "self.all(l1, self.exists_one(l2, l1.port == l2.port && l1.protocol == l2.protocol && (has(l1.hostname) && "
    "has(l2.hostname) ? l1.hostname == l2.hostname : !has(l1.hostname) && !has(l2.hostname))))": (
        lambda listeners: _distinct([_place(item) for item in mappings(listeners)])
    ),
    # of the path of a match
    _TYPED.format("self.value.startsWith('/')"): _path(lambda value: value.startswith("/")),
    **{
        _TYPED.format(f"!self.value.contains('{part}')"): _path(_lacks(part))
        for part in ("//", "/./", "/../", "%2f", "%2F", "#")
    },
    **{_TYPED.format(f"!self.value.endsWith('{part}')"): _path(_ends_not(part)) for part in ("/..", "/.")},
    _TYPED.format(_MATCHES): _path(lambda value: re.search(_CHARACTERS, value) is not None),
    # of a rule and of a backend
    "(has(self.backendRefs) && size(self.backendRefs) > 0) ? (!has(self.filters) || self.filters.all(f, "
    "!has(f.requestRedirect))): true": lambda rule: (
        not rule.get("backendRefs")
        or all("requestRedirect" not in item for item in mappings(rule.get("filters")))
    ),
    "(size(self.group) == 0 && self.kind == 'Service') ? has(self.port) : true": lambda backend: (
        bool(backend.get("group")) or backend.get("kind") != "Service" or "port" in backend
    ),
}
"""What each of the rules means for the value that it is about."""


def broken(value: Any, schema: Mapping[str, Any]) -> Iterator[str]:
    """Yield the messages of the rules that a value breaks.

    >>> rule = "self.all(l1, self.exists_one(l2, l1.name == l2.name))"
    >>> schema = {"x-kubernetes-validations": [{"rule": rule, "message": "names must be unique"}]}
    >>> [*broken([{"name": "a"}, {"name": "a"}], schema)]
    ['names must be unique']
    """
    for item in mappings(schema.get(_VALIDATIONS)):
        rule = KNOWN.get(text(item.get("rule")))
        if rule is not None and isinstance(value, dict | list) and not rule(value):
            yield text(item.get("message"))


def has_rules(schema: Mapping[str, Any]) -> bool:
    """Whether a schema has rules in CEL, at any depth."""
    inner = [
        *mapping(schema.get("properties")).values(),
        schema.get("items"),
        schema.get("additionalProperties"),
    ]
    return bool(schema.get(_VALIDATIONS)) or any(has_rules(item) for item in inner if isinstance(item, dict))
