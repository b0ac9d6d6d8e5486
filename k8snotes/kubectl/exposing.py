"""`kubectl expose` and `kubectl run`: a Service for what is there, and a Pod by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from k8snotes.api.base import KubeObject, Manifest, mapping, mappings, text, view
from k8snotes.api.go_text import quoted
from k8snotes.api.workload import Workload
from k8snotes.kubectl.asked import lookup, named
from k8snotes.kubectl.changing import meant, pod_spec
from k8snotes.kubectl.creating import pod_container
from k8snotes.kubectl.dry_run import DRY_RUN, answer, created, dry_run, required, suffix
from k8snotes.kubectl.files import FILES
from k8snotes.kubectl.flags import Parsed, flag
from k8snotes.kubectl.printing import OUTPUT
from k8snotes.kubectl.session import Session
from k8snotes.kubectl.trouble import Stopped, Undone, error_text

__all__ = ["EXPOSE_FLAGS", "RUN_FLAGS", "expose", "run"]

EXPOSE_FLAGS = (
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
RUN_FLAGS = (
    *DRY_RUN,
    *OUTPUT,
    flag("image"),
    flag("port"),
    flag("labels/l"),
    flag("env", "texts"),
    flag("restart", default="Always"),
    flag("command", "bool"),
    flag("expose", "bool"),
    flag("stdin/i", "bool"),
    flag("tty/t", "bool"),
    flag("rm", "bool"),
    flag("attach", "bool"),
    flag("quiet/q", "bool"),
    flag("image-pull-policy"),
    flag("annotations", "texts"),
    flag("privileged", "bool"),
    flag("overrides"),
    flag("save-config", "bool"),
    flag("pod-running-timeout", "duration", 60.0),
)
_NO_PORT = "couldn't find port via --port flag or introspection"
_NO_SELECTOR = "couldn't retrieve selectors via --selector flag or introspection: {why}"


def expose(session: Session, parsed: Parsed) -> None:
    """Make a Service that selects the Pods of what is there: `kubectl expose deploy/web --port=80`."""
    how = dry_run(session, parsed)
    if not parsed.words and not parsed["filename"]:
        message = (
            "You must provide one or more resources by argument or filename.\nExample resource specifications include:\n"
            "   '-f rsrc.yaml'\n   '--filename=rsrc.json'\n   '<resource> <name>'\n   '<resource>'"
        )
        raise Stopped(error_text(message))
    if parsed.words:
        asked = lookup(session, parsed.words)
        if asked.lists:
            raise Stopped(error_text("resource(s) were provided, but no name was specified"))
    # --selector is that of the new Service here, and finds nothing
    finding = replace(parsed, values={**parsed.values, "selector": ""})
    for obj in meant(session, finding, parsed.words):
        manifest = _service_for(parsed, obj)
        if how == "client":
            answer(session, parsed, view({**manifest, "status": {"loadBalancer": {}}}), "exposed", how)
            continue
        with session.trying():
            home = obj.namespace
            done = created(session, how, manifest, home)
            answer(session, parsed, done, "exposed", how)


def _service_for(parsed: Parsed, obj: KubeObject) -> Manifest:
    kinds = ("Pod", "Service", "ReplicationController", "Deployment", "ReplicaSet")
    if obj.kind not in kinds:
        raise Stopped(error_text(f"cannot expose a {obj.kind}{'.' + obj.group if obj.group else ''}"))
    selector = _pairs(parsed["selector"]) if parsed.text("selector") else _selector(obj)
    ports = _ports(parsed, obj)
    spec: Manifest = {"ports": ports, "selector": selector}
    for field, name in (
        ("type", "type"),
        ("cluster-ip", "clusterIP"),
        ("load-balancer-ip", "loadBalancerIP"),
        ("session-affinity", "sessionAffinity"),
    ):
        if parsed.text(field):
            spec[name] = parsed[field]
    if parsed.text("external-ip"):
        spec["externalIPs"] = [parsed["external-ip"]]
    labels = _pairs(parsed["labels"]) if parsed.text("labels") else obj.labels
    metadata: Manifest = {"name": parsed.text("name") or obj.name}
    if labels:
        metadata["labels"] = labels
    return {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": spec}


def _selector(obj: KubeObject) -> dict[str, str]:
    if obj.kind == "Pod":
        found: Any = obj.labels
        why = "the pod has no labels and cannot be exposed"
    elif obj.kind == "Service":
        found = mapping(obj.spec.get("selector"))
        why = "the service has no pod selector set"
    else:
        selector = (obj.label_selector if isinstance(obj, Workload) else None) or {}
        if selector.get("matchExpressions"):
            raise Stopped(
                error_text(
                    _NO_SELECTOR.format(
                        why='couldn\'t convert expressions - "selector" to map-based selector format'
                    )
                )
            )
        found, why = mapping(selector.get("matchLabels")), "it has no selector"
    if not found:
        raise Stopped(error_text(_NO_SELECTOR.format(why=why)))
    return {text(key): text(value) for key, value in found.items()}


def _ports(parsed: Parsed, obj: KubeObject) -> list[Manifest]:
    """Return the ports of the new Service: those of the flags, or those that the containers declare."""
    known: dict[str, list[str]] = {}
    if obj.kind == "Service":
        for port in mappings(obj.spec.get("ports")):
            known.setdefault(str(port.get("port")), []).append(text(port.get("protocol")) or "TCP")
    for container in mappings((pod_spec(obj.raw) or {}).get("containers")) if obj.kind != "Service" else ():
        for port in mappings(container.get("ports")):
            known.setdefault(str(port.get("containerPort")), []).append(text(port.get("protocol")) or "TCP")
    numbers = parsed["port"].split(",") if parsed.text("port") else list(known)
    if not numbers:
        raise Stopped(error_text(_NO_PORT))
    ports: list[Manifest] = []
    for number in numbers:
        if not number.isdecimal():
            message = f"strconv.Atoi: parsing {quoted(number)}: invalid syntax"
            raise Stopped(error_text(message))
        protocols = [parsed["protocol"]] if parsed.text("protocol") else known.get(number, ["TCP"])
        ports += [{"port": int(number), "protocol": protocol} for protocol in protocols]
    for at, port in enumerate(ports, start=1):
        if len(ports) > 1:
            port["name"] = f"port-{at}"
        target = parsed.text("target-port")
        port["targetPort"] = (int(target) if target.isdecimal() else target) if target else port["port"]
    return ports


def _pairs(given: str) -> dict[str, str]:
    found = {}
    for pair in given.split(","):
        key, equals, value = pair.partition("=")
        if not equals or not key:
            raise Stopped(error_text(f"unexpected label spec: {pair}"))
        found[key] = value
    return found


# ---- run


def run(session: Session, parsed: Parsed) -> None:
    """Make a Pod of one container: `kubectl run web --image=nginx`."""
    required(parsed, "image")
    usage = "\nSee 'kubectl run -h' for help and examples"
    before = parsed.words if parsed.dashed is None else parsed.words[: parsed.dashed]
    if len(before) == 0:
        raise Stopped(error_text(f"NAME is required for run{usage}"))
    if not parsed.text("image"):
        raise Stopped(error_text("--image is required"))
    for name in ("overrides",):
        if parsed.text(name):
            raise Undone(
                f"--{name}", "Write the Pod with --dry-run=client -o yaml, and apply what you changed."
            )
    if parsed["rm"] and not (parsed["attach"] or parsed["stdin"]):
        raise Stopped(error_text(f"--rm should only be used for attached containers{usage}"))
    if parsed["restart"] not in ("Always", "OnFailure", "Never"):
        raise Stopped(error_text(f"invalid restart policy: {parsed['restart']}{usage}"))
    if parsed["expose"] and not parsed.text("port"):
        raise Stopped(error_text(f"--port must be set when exposing a service{usage}"))
    how = dry_run(session, parsed)
    name = before[0]
    manifest = _pod(parsed, name, parsed.words[1:])
    home = session.namespace(parsed)
    if how != "client":
        with session.asking():
            if parsed["expose"]:
                service = _exposing(parsed, name)
                done = created(session, how, service, home)
                session.out(f"{named(done.resource, name)} created{suffix(how)}\n")
            obj = created(session, how, manifest, home)
    else:
        obj = view({**manifest, "status": {}})
        if parsed.has("namespace"):
            obj.raw["metadata"]["namespace"] = home
    answer(session, parsed, obj, "created", how)
    if parsed["stdin"] or parsed["attach"] or parsed["rm"]:
        session.err(
            "k8snotes runs no containers, so there is nothing to be attached to: the Pod is there, and "
            f"`kubectl exec {name} -- curl SERVICE` asks from within it.\n"
        )


def _pod(parsed: Parsed, name: str, words: list[str]) -> Manifest:
    container = pod_container(name, parsed["image"])
    if words:
        container["command" if parsed["command"] else "args"] = words
    env = []
    for pair in parsed["env"]:
        key, equals, value = pair.partition("=")
        if not equals or not key:
            raise Stopped(error_text(f"invalid env: {pair}"))
        env.append({"name": key, "value": value})
    if env:
        container["env"] = env
    if parsed.text("port"):
        if not parsed["port"].isdecimal():
            raise Stopped(error_text(f"strconv.Atoi: parsing {quoted(parsed['port'])}: invalid syntax"))
        container["ports"] = [{"containerPort": int(parsed["port"])}]
    if parsed.text("image-pull-policy"):
        container["imagePullPolicy"] = parsed["image-pull-policy"]
    if parsed["stdin"]:
        container |= {"stdin": True, "stdinOnce": True}
    if parsed["tty"]:
        container["tty"] = True
    if parsed["privileged"]:
        container["securityContext"] = {"privileged": True}
    labels = _pairs(parsed["labels"]) if parsed.text("labels") else {"run": name}
    metadata: Manifest = {"labels": labels, "name": name}
    notes = dict(item.partition("=")[::2] for item in parsed["annotations"])
    if notes:
        metadata["annotations"] = notes
    spec = {"containers": [container], "dnsPolicy": "ClusterFirst", "restartPolicy": parsed["restart"]}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}


def _exposing(parsed: Parsed, name: str) -> Manifest:
    labels = _pairs(parsed["labels"]) if parsed.text("labels") else {"run": name}
    port = int(parsed["port"]) if parsed["port"].isdecimal() else 0
    spec = {"ports": [{"port": port, "protocol": "TCP", "targetPort": port}], "selector": labels}
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": spec}
