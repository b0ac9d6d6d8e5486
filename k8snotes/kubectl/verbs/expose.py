"""`kubectl expose`: makes a Service for what is there."""

from __future__ import annotations

from dataclasses import replace

from k8snotes.api.base import KubeObject, Manifest, mapping, mappings, text, view
from k8snotes.api.go_text import quoted
from k8snotes.catalogue import _
from k8snotes.kubectl.dry_run import DRY_RUN, answer, created, dry_run
from k8snotes.kubectl.failure import Stopped
from k8snotes.kubectl.files import FILES
from k8snotes.kubectl.flags import Parsed, flag
from k8snotes.kubectl.output.formats import OUTPUT
from k8snotes.kubectl.pod_templates import local_objects
from k8snotes.kubectl.resources import PROVIDE, lookup, targets
from k8snotes.kubectl.session import Session
from k8snotes.kubectl.verb import KINDS, Verb

__all__ = ["VERB", "pairs"]

_FLAGS = (
    *DRY_RUN,
    *OUTPUT,
    *FILES,
    flag("port"),
    flag("target-port"),
    flag("protocol"),
    flag("name"),
    flag("type"),
    flag("selector"),
    flag("labels/l"),
    flag("external-ip"),
    flag("load-balancer-ip"),
    flag("cluster-ip"),
    flag("session-affinity"),
    flag("save-config", "bool"),
    flag("overrides"),
    flag("override-type", default="merge"),
)
# what kubectl can make a Service for (`canBeExposed` of k8s.io/kubectl/pkg/polymorphichelpers)
_EXPOSED = ("Pod", "Service", "ReplicationController", "Deployment", "ReplicaSet")
_WITHOUT = {
    "Pod": "the pod has no labels and cannot be exposed",
    "Service": "the service has no pod selector set",
}
_NO_PORT = "couldn't find port via --port flag or introspection"
_NO_SELECTOR = "couldn't retrieve selectors via --selector flag or introspection: {why}"


def expose(session: Session, parsed: Parsed) -> None:
    """Create a Service for the Pods of an object: `kubectl expose deploy/web --port=80`.

    Selector and ports are those of the object, unless flags say others: a Pod is selected by all its
    labels, a workload by its own selector.

    Source of the rule: https://kubernetes.io/docs/reference/kubectl/generated/kubectl_expose/
    """
    how = dry_run(session, parsed)
    if not parsed.words and not parsed["filename"]:
        raise Stopped(PROVIDE)
    if parsed.words and lookup(session, parsed.words).lists:
        raise Stopped("resource(s) were provided, but no name was specified")
    # --selector is that of the new Service here, and finds nothing
    finding = replace(parsed, values={**parsed.values, "selector": ""})
    # of a file, kubectl reads the object itself, and not the one in the cluster
    found = local_objects(session, parsed) if parsed["filename"] and not parsed.words else None
    for obj in targets(session, finding, parsed.words) if found is None else found:
        manifest = _service_for(parsed, obj)
        if how == "client":
            answer(session, parsed, view({**manifest, "status": {"loadBalancer": {}}}), "exposed", how)
            continue
        with session.trying():
            answer(session, parsed, created(session, how, manifest, obj.namespace), "exposed", how)


def _service_for(parsed: Parsed, obj: KubeObject) -> Manifest:
    if obj.kind not in _EXPOSED:
        raise Stopped(f"cannot expose a {obj.resource.qualified_kind}")
    selector = pairs(parsed["selector"]) if parsed.text("selector") else _selector(obj)
    ports = _ports(parsed, obj)
    spec: Manifest = {"ports": ports, "selector": selector}
    for field, name in (
        ("type", "type"),
        ("cluster-ip", "clusterIP"),
        ("session-affinity", "sessionAffinity"),
    ):
        if parsed.text(field):
            spec[name] = parsed[field]
    if parsed.text("load-balancer-ip") and parsed.text("type") == "LoadBalancer":
        spec["loadBalancerIP"] = parsed["load-balancer-ip"]
    if parsed.text("external-ip"):
        spec["externalIPs"] = [parsed["external-ip"]]
    labels = pairs(parsed["labels"]) if parsed.text("labels") else obj.labels
    metadata: Manifest = {"name": parsed.text("name") or obj.name}
    if labels:
        metadata["labels"] = labels
    return {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": spec}


def _selector(obj: KubeObject) -> dict[str, str]:
    """Return the selector of the new Service: that of the object, or the labels of a Pod."""
    selector = mapping(obj.resource.selector_of(obj.raw))
    if selector.get("matchExpressions"):
        why = 'couldn\'t convert expressions - "selector" to map-based selector format'
        raise Stopped(_NO_SELECTOR.format(why=why))
    labels = obj.labels if obj.kind == "Pod" else mapping(selector.get("matchLabels"))
    if not labels:
        raise Stopped(_NO_SELECTOR.format(why=_WITHOUT.get(obj.kind) or _("it has no selector")))
    return {text(key): text(value) for key, value in labels.items()}


def _ports(parsed: Parsed, obj: KubeObject) -> list[Manifest]:
    """Return the ports of the new Service: those of the flags, or those that the containers declare."""
    known: dict[str, list[str]] = {}
    if obj.kind == "Service":
        for port in mappings(obj.spec.get("ports")):
            known.setdefault(str(port.get("port")), []).append(text(port.get("protocol")) or "TCP")
    for container in mappings(mapping(obj.resource.pod_spec_of(obj.raw)).get("containers")):
        for port in mappings(container.get("ports")):
            known.setdefault(str(port.get("containerPort")), []).append(text(port.get("protocol")) or "TCP")
    numbers = parsed["port"].split(",") if parsed.text("port") else list(known)
    if not numbers:
        raise Stopped(_NO_PORT)
    ports: list[Manifest] = []
    for number in numbers:
        if not number.isdecimal():
            raise Stopped(f"strconv.Atoi: parsing {quoted(number)}: invalid syntax")
        protocols = [parsed["protocol"]] if parsed.text("protocol") else known.get(number, ["TCP"])
        ports += [{"port": int(number), "protocol": protocol} for protocol in protocols]
    for at, port in enumerate(ports, start=1):
        if len(ports) > 1:
            port["name"] = f"port-{at}"
        target = parsed.text("target-port")
        port["targetPort"] = (int(target) if target.isdecimal() else target) if target else port["port"]
    return ports


def pairs(given: str) -> dict[str, str]:
    """Return labels as a flag has them: "a=b,c=d". Raises Stopped with kubectl's words where they are none."""
    labels = {}
    for pair in given.split(","):
        key, equals, value = pair.partition("=")
        if not equals or not key:
            raise Stopped(f"unexpected label spec: {pair}")
        labels[key] = value
    return labels


VERB = Verb(
    expose,
    _("Create a Service for the Pods of an object."),
    _FLAGS,
    "kubectl expose deploy/web --port=80",
    takes=KINDS,
)
