"""`kubectl create service clusterip web --tcp=80`: a Service of one of its four types."""

from __future__ import annotations

from k8snotes.api.base import Manifest
from k8snotes.api.go_text import quoted
from k8snotes.catalogue import _
from k8snotes.kubectl.failure import Stopped
from k8snotes.kubectl.flags import Flag, Parsed, flag
from k8snotes.kubectl.session import Session
from k8snotes.kubectl.verb import Verb, run_subcommands
from k8snotes.kubectl.verbs.create import creator, new_object


def service(session: Session, parsed: Parsed) -> None:
    """Create a Service of one of the four types.

    It selects the label app=NAME. --tcp=PORT:TARGET opens a port, and may be repeated.

    Source of the rule:
    https://kubernetes.io/docs/reference/kubectl/generated/kubectl_create/kubectl_create_service/
    """
    run_subcommands(session, parsed, _TYPES, session.err)


def _type(kind: str, *flags: Flag, required: tuple[str, ...] = (), example: str) -> Verb:
    def build(_session: Session, parsed: Parsed, name: str) -> Manifest:
        labels = {"app": name}
        spec: Manifest = {"selector": labels, "type": kind}
        if kind == "ExternalName":
            spec["externalName"] = parsed["external-name"]
        elif not parsed["tcp"] and parsed.get("clusterip") != "None":
            raise Stopped("at least one tcp port specifier must be provided")
        ports = [_port(text, parsed.get("node-port") or 0) for text in parsed["tcp"]]
        if ports:
            spec["ports"] = ports
        if parsed.get("clusterip"):
            spec["clusterIP"] = parsed["clusterip"]
        made = new_object("v1", "Service", name, spec=spec, status={"loadBalancer": {}})
        made["metadata"]["labels"] = dict(labels)
        return made

    return creator(
        build,
        _("Create a Service of type {type}.", type=kind),
        (flag("tcp", "list"), *flags),
        example=example,
        required=required,
        failing=f"{kind} service: ",
    )


def _port(text: str, node_port: int) -> Manifest:
    """Return a port as --tcp has it: "80" or "80:8080"."""
    port, colon, target = text.partition(":")
    number = _number(port)
    made: Manifest = {"name": text.replace(":", "-"), "port": number, "protocol": "TCP"}
    made["targetPort"] = (int(target) if target.isdigit() else target) if colon else number
    if node_port:
        made["nodePort"] = node_port
    return made


def _number(text: str) -> int:
    if not text.isdecimal():
        raise Stopped(f"strconv.ParseUint: parsing {quoted(text)}: invalid syntax")
    if int(text) > 65535:
        raise Stopped(f"strconv.ParseUint: parsing {quoted(text)}: value out of range")
    return int(text)


_TYPES = {
    "clusterip": _type(
        "ClusterIP", flag("clusterip"), example="kubectl create service clusterip web --tcp=80:8080"
    ),
    "nodeport": _type(
        "NodePort", flag("node-port", "int", 0), example="kubectl create service nodeport web --tcp=80"
    ),
    "loadbalancer": _type("LoadBalancer", example="kubectl create service loadbalancer web --tcp=80"),
    "externalname": _type(
        "ExternalName",
        flag("external-name"),
        required=("external-name",),
        example="kubectl create service externalname db --external-name=db.example.org",
    ),
}

VERB = Verb(
    service,
    _("Create a Service of one of the four types."),
    example="kubectl create service clusterip web --tcp=80",
    aliases=("svc",),
    subcommands=_TYPES,
)
