"""`kubectl create ingress shop --rule=shop.example.com/*=web:80`."""

from __future__ import annotations

import re

from k8snotes.api.base import Manifest
from k8snotes.catalogue import _
from k8snotes.kubectl.failure import Stopped
from k8snotes.kubectl.flags import Parsed, flag
from k8snotes.kubectl.session import Session
from k8snotes.kubectl.verbs.create import creator, new_object

_RULE = re.compile(r"[\w*\-.]*/.*=[\w-]+:[\w-]+(,tls=?([\w-]+)?)?", re.ASCII)
_NOTHING = (
    "not enough information provided: every ingress has to either specify a default-backend (which catches all traffic) "
    "or a list of rules (which catch specific paths)"
)
_SHAPE = "is invalid and should be in format host/path=svcname:svcport[,tls[=secret]]"


def build(_session: Session, parsed: Parsed, name: str) -> Manifest:
    """Create an Ingress from rules such as "shop.example.com/cart*=web:80,tls=cert".

    A path that ends with "*" is a prefix, and any other one is exact. Rules of one host become one rule.

    Source of the rule:
    https://kubernetes.io/docs/reference/kubectl/generated/kubectl_create/kubectl_create_ingress/
    """
    rules, default = parsed["rule"], parsed.text("default-backend")
    if not rules and not default:
        raise Stopped(_NOTHING)
    for rule in rules:
        if not _RULE.match(rule):
            raise Stopped(f"rule {rule} {_SHAPE}")
    for annotation in parsed["annotation"]:
        if "=" not in annotation:
            raise Stopped(f"annotation {annotation} is invalid and should be in format key=[value]")
    if default and default.count(":") != 1:
        raise Stopped("default-backend should be in format servicename:serviceport")
    spec: Manifest = {}
    if parsed.text("class"):
        spec["ingressClassName"] = parsed.text("class")
    if default:
        spec["defaultBackend"] = _backend(default)
    if tls := _tls(rules):
        spec["tls"] = tls
    if rules:
        spec["rules"] = _rules(rules)
    ingress = new_object("networking.k8s.io/v1", "Ingress", name, spec=spec, status={"loadBalancer": {}})
    if parsed["annotation"]:
        pairs = (annotation.split("=", 1) for annotation in parsed["annotation"])
        ingress["metadata"]["annotations"] = dict(sorted((key, value) for key, value in pairs))
    return ingress


def _rules(rules: list[str]) -> list[Manifest]:
    """Return the rules, one for each host."""
    by_host: dict[str, list[Manifest]] = {}
    for rule in rules:
        host, _slash, rest = rule.split(",")[0].partition("/")
        path, service, *_more = rest.split("=")
        prefix = path.endswith("*")
        item = {
            "path": f"/{path[:-1] if prefix else path}",
            "pathType": "Prefix" if prefix else "Exact",
            "backend": _backend(service),
        }
        by_host.setdefault(host, []).append(item)
    return [{**({"host": host} if host else {}), "http": {"paths": paths}} for host, paths in by_host.items()]


def _tls(rules: list[str]) -> list[Manifest]:
    """Return for which hosts TLS is asked, each host once, and those of one Secret together."""
    entries: dict[str, Manifest] = {}
    seen: set[str] = set()
    for rule in rules:
        head, comma, tls = rule.partition(",")
        host, secret = head.split("/", 1)[0], tls.partition("=")[2]
        if not comma or host in seen:
            continue
        seen.add(host)
        if secret in entries:
            entries[secret].setdefault("hosts", []).append(host)
        elif host or secret:
            entries[secret] = {
                **({"hosts": [host]} if host else {}),
                **({"secretName": secret} if secret else {}),
            }
    return list(entries.values())


def _backend(place: str) -> Manifest:
    service, _colon, port = place.partition(":")
    return {
        "service": {"name": service, "port": {"number": int(port)} if port.isdecimal() else {"name": port}}
    }


VERB = creator(
    build,
    _("Create an Ingress from rules or a default backend."),
    (flag("class"), flag("rule", "texts"), flag("default-backend"), flag("annotation", "texts")),
    example="kubectl create ingress shop --rule=shop.example.com/*=web:80",
    aliases=("ing",),
    failing="ingress: ",
)
