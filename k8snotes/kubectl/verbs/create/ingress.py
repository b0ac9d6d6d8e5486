"""`kubectl create ingress web --rule="shop.example.com/*=web:80"`."""

from __future__ import annotations

import re
from collections.abc import Sequence

from k8snotes.api.base import Manifest
from k8snotes.catalogue import _
from k8snotes.kubectl.failure import Stopped
from k8snotes.kubectl.flags import Parsed, flag
from k8snotes.kubectl.session import Session
from k8snotes.kubectl.verbs.create import creator, new_object

_RULE = re.compile(
    r"(?P<host>[\w*.-]*)(?P<path>/[^,=\n]*)=(?P<service>[\w-]+):(?P<port>[\w-]+)(?:,tls(?P<equals>=)?(?P<secret>[\w-]+)?)?",
    re.ASCII,
)
_TOO_LITTLE = (
    "not enough information provided: every ingress has to either specify a default-backend (which catches all traffic) "
    "or a list of rules (which catch specific paths)"
)


def build(_session: Session, parsed: Parsed, name: str) -> Manifest:
    """Create an Ingress from rules such as host/path=service:port.

    A path that ends with "*" stands for everything that begins with it (pathType Prefix), any other path for itself
    alone (Exact). ",tls=SECRET" after a rule is for encrypted connections to its host.

    Source of the rule:
    https://kubernetes.io/docs/reference/kubectl/generated/kubectl_create/kubectl_create_ingress/
    """
    rules, backend = parsed["rule"], parsed.text("default-backend")
    if not rules and not backend:
        raise Stopped(_TOO_LITTLE)
    for rule in rules:
        if not _RULE.fullmatch(rule):
            raise Stopped(
                f"rule {rule} is invalid and should be in format host/path=svcname:svcport[,tls[=secret]]"
            )
    for pair in parsed["annotation"]:
        if "=" not in pair:
            raise Stopped(f"annotation {pair} is invalid and should be in format key=[value]")
    if backend and backend.count(":") != 1:
        raise Stopped("default-backend should be in format servicename:serviceport")
    spec: Manifest = {}
    if parsed.text("class"):
        spec["ingressClassName"] = parsed["class"]
    if backend:
        spec["defaultBackend"] = _backend(*backend.split(":"))
    tls = _tls(rules)
    if tls:
        spec["tls"] = tls
    if rules:
        spec["rules"] = _rules(rules)
    made = new_object("networking.k8s.io/v1", "Ingress", name, spec=spec, status={"loadBalancer": {}})
    if parsed["annotation"]:
        made["metadata"]["annotations"] = dict(pair.split("=", 1) for pair in parsed["annotation"])
    return made


def _rules(given: Sequence[str]) -> list[Manifest]:
    """Return the rules, those of one host together."""
    paths: dict[str, list[Manifest]] = {}
    for rule in given:
        match = _RULE.fullmatch(rule)
        if match is not None:
            path, prefix = match["path"], match["path"].endswith("*")
            item = {
                "backend": _backend(match["service"], match["port"]),
                "path": path[:-1] if prefix else path,
                "pathType": "Prefix" if prefix else "Exact",
            }
            paths.setdefault(match["host"], []).append(item)
    return [{**({"host": host} if host else {}), "http": {"paths": items}} for host, items in paths.items()]


def _tls(given: Sequence[str]) -> list[Manifest]:
    """Return the hosts with encrypted connections, those of one Secret together; a host counts once."""
    found: list[Manifest] = []
    seen = set()
    for rule in given:
        match = _RULE.fullmatch(rule)
        if match is None or "," not in rule or match["host"] in seen:
            continue
        host, secret = match["host"], (match["secret"] or "") if match["equals"] else ""
        seen.add(host)
        same = next((item for item in found if item.get("secretName", "") == secret), None)
        if same is not None:
            same.setdefault("hosts", []).append(host)
        elif host or secret:
            found.append(
                {**({"hosts": [host]} if host else {}), **({"secretName": secret} if secret else {})}
            )
    return found


def _backend(service: str, port: str) -> Manifest:
    number = re.fullmatch(r"[+-]?\d+", port, re.ASCII)
    return {"service": {"name": service, "port": {"number": int(port)} if number else {"name": port}}}


VERB = creator(
    build,
    _("Create an Ingress from rules."),
    (
        flag("class"),
        flag("rule", "texts"),
        flag("default-backend"),
        flag("annotation", "texts"),
    ),
    example='kubectl create ingress web --rule="shop.example.com/*=web:80"',
    aliases=("ing",),
    failing="ingress: ",
)
