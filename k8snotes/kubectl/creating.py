"""`kubectl create deployment web --image=nginx` and its like: manifests made from flags."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from k8snotes.api.base import Manifest, view
from k8snotes.api.go_text import quoted
from k8snotes.api.quantity import Quantity
from k8snotes.api.selector import Selector
from k8snotes.errors import ApiError, K8sNotesError, QuantityError
from k8snotes.kubectl.dry_run import DRY_RUN, answer, changed, dry_run, required
from k8snotes.kubectl.flags import Flag, Parsed, flag, parse
from k8snotes.kubectl.printing import OUTPUT
from k8snotes.kubectl.session import Session
from k8snotes.kubectl.trouble import Stopped, Undone, error_text

__all__ = ["KINDS", "container_name", "create_kind", "pod_container"]

_COMMON = (*DRY_RUN, *OUTPUT, flag("save-config", "bool"), flag("validate", default="strict", bare="strict"))
_DATA = (
    flag("from-literal", "texts"),
    flag("from-file", "texts"),
    flag("from-env-file", "texts"),
    flag("append-hash", "bool"),
)
_SERVICE = (flag("tcp", "list"),)


def create_kind(session: Session, words: list[str], flags: tuple[Flag, ...]) -> None:
    """Make an object of a kind; `words` are what stands after `kubectl create`."""
    kind = words[0]
    rest = words[1:]
    name = _ALIASES.get(kind, kind)
    if name in _UNDONE:
        raise Undone(f"kubectl create {name} from flags", "Write its manifest, and give it with -f.")
    if name in ("service", "secret"):
        inner = next((word for word in rest if not word.startswith("-")), "")
        types = [item.split()[1] for item in KINDS if item.startswith(f"{name} ")]
        if f"{name} {inner}" in _UNDONE:
            raise Undone(f"kubectl create {name} {inner}", "kubectl create secret generic and -f are there.")
        if inner not in types:
            if inner:
                head = f"unknown command {quoted(inner)}\n"
                raise Stopped(error_text(f"{head}See 'kubectl create {name} -h' for help and examples"))
            usage = f"Usage:\n  kubectl create {name} ({' | '.join(types)}) NAME [options]\n"
            raise Stopped(usage)
        rest.remove(inner)
        name = f"{name} {inner}"
    own, needed, build = KINDS[name]
    parsed = parse(rest, (*flags, *_COMMON, *own), f"create {name}")
    required(parsed, *needed)
    names = parsed.words if parsed.dashed is None else parsed.words[: parsed.dashed]
    command = [] if parsed.dashed is None else parsed.words[parsed.dashed :]
    if len(names) != 1:
        message = f"exactly one NAME is required, got {len(names)}"
        raise Stopped(error_text(f"{message}\nSee 'kubectl create {name} -h' for help and examples"))
    how = dry_run(session, parsed)
    manifest = build(session, parsed, names[0], command)
    home = session.namespace(parsed)
    if how == "client":
        if parsed.has("namespace") and view(manifest).resource.namespaced:
            manifest["metadata"]["namespace"] = home
        answer(session, parsed, view(manifest), "created", how)
        return
    with session.asking():
        try:
            obj = changed(session, how, lambda api: _store(api, manifest, home, save=parsed["save-config"]))
        except ApiError as error:
            if name not in _FAILING:
                raise
            raise Stopped(error_text(f"failed to create {_FAILING[name]}{error.message}")) from None
    answer(session, parsed, obj, "created", how)


def _store(api: Any, manifest: Manifest, home: str, *, save: bool) -> Any:
    sent = {key: value for key, value in manifest.items() if key != "status"}
    return api.apply(sent, namespace=home)[0] if save else api.create(sent, namespace=home)


# ---- one function a kind

Builder = Callable[[Session, Parsed, str, list[str]], Manifest]


def _object(api_version: str, kind: str, name: str, **fields: Any) -> Manifest:
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": name}, **fields}


def container_name(image: str) -> str:
    """Return the name that kubectl gives a container: the last part of its image.

    >>> container_name("reg:5000/foo/bar@sha256:aa"), container_name("nginx:1.27")
    ('bar', 'nginx')
    """
    name = image.rpartition("/")[2].partition("@")[0].partition(":")[0]
    return re.sub(r"[^-a-z0-9]", "-", name.lower()).strip("-") or "container"


def pod_container(name: str, image: str) -> Manifest:
    """Return a container as kubectl writes it."""
    return {"image": image, "name": name, "resources": {}}


def _deployment(_: Session, parsed: Parsed, name: str, command: list[str]) -> Manifest:
    images = parsed["image"]
    if len(images) > 1 and command:
        raise Stopped(error_text("cannot specify multiple --image options and command"))
    containers = [pod_container(container_name(image), image) for image in images]
    if command:
        containers[0]["command"] = command
    if parsed["port"] >= 0:
        containers[0]["ports"] = [{"containerPort": parsed["port"]}]
    labels = {"app": name}
    spec = {
        "replicas": parsed["replicas"],
        "selector": {"matchLabels": labels},
        "strategy": {},
        "template": {"metadata": {"labels": dict(labels)}, "spec": {"containers": containers}},
    }
    made = _object("apps/v1", "Deployment", name, spec=spec, status={})
    made["metadata"]["labels"] = dict(labels)
    return made


def _namespace(_: Session, __: Parsed, name: str, ___: list[str]) -> Manifest:
    return _object("v1", "Namespace", name, spec={}, status={})


def _service(kind: str) -> Builder:
    def build(_: Session, parsed: Parsed, name: str, __: list[str]) -> Manifest:
        labels = {"app": name}
        spec: Manifest = {"selector": labels, "type": kind}
        if kind == "ExternalName":
            spec["externalName"] = parsed["external-name"]
        elif not parsed["tcp"] and parsed.values.get("clusterip") != "None":
            raise Stopped(error_text("at least one tcp port specifier must be provided"))
        ports = [_tcp(text, parsed.values.get("node-port") or 0) for text in parsed["tcp"]]
        if ports:
            spec["ports"] = ports
        if parsed.values.get("clusterip"):
            spec["clusterIP"] = parsed["clusterip"]
        made = _object("v1", "Service", name, spec=spec, status={"loadBalancer": {}})
        made["metadata"]["labels"] = dict(labels)
        return made

    return build


def _tcp(text: str, node_port: int) -> Manifest:
    port, colon, target = text.partition(":")
    number = _port(port)
    made: Manifest = {"name": text.replace(":", "-"), "port": number, "protocol": "TCP"}
    made["targetPort"] = (int(target) if target.isdigit() else target) if colon else number
    if node_port:
        made["nodePort"] = node_port
    return made


def _port(text: str) -> int:
    if not text.isdecimal():
        raise Stopped(error_text(f"strconv.ParseUint: parsing {quoted(text)}: invalid syntax"))
    if int(text) > 65535:
        raise Stopped(error_text(f"strconv.ParseUint: parsing {quoted(text)}: value out of range"))
    return int(text)


def _quota(_: Session, parsed: Parsed, name: str, __: list[str]) -> Manifest:
    spec: Manifest = {}
    hard = _amounts(parsed["hard"])
    if hard:
        spec["hard"] = hard
    scopes = [scope for scope in parsed["scopes"] if scope]
    if scopes:
        spec["scopes"] = scopes
    return _object("v1", "ResourceQuota", name, spec=spec, status={})


def _amounts(pairs: list[str]) -> dict[str, str]:
    found = {}
    for pair in pairs:
        name, equals, amount = pair.partition("=")
        if not equals:
            message = f"invalid argument syntax {pair}, expected <resource>=<value>"
            raise Stopped(error_text(message))
        try:
            found[name] = str(Quantity(amount))
        except QuantityError as error:
            raise Stopped(error_text(error.message)) from None
    return found


def _config_map(session: Session, parsed: Parsed, name: str, _: list[str]) -> Manifest:
    data = _data(session, parsed)
    return _object("v1", "ConfigMap", name, **({"data": data} if data else {}))


def _secret(session: Session, parsed: Parsed, name: str, _: list[str]) -> Manifest:
    data = {key: base64.b64encode(value.encode()).decode() for key, value in _data(session, parsed).items()}
    made = _object("v1", "Secret", name, **({"data": data} if data else {}))
    if parsed.values.get("type"):
        made["type"] = parsed["type"]
    return made


def _data(session: Session, parsed: Parsed) -> dict[str, str]:
    data: dict[str, str] = {}
    for pair in parsed["from-literal"]:
        key, equals, value = pair.partition("=")
        if not equals or not key:
            raise Stopped(error_text(f"invalid literal source {pair}, expected key=value"))
        _put(data, key, value)
    for pair in parsed["from-file"]:
        key, equals, name = pair.partition("=")
        name = name if equals else pair
        for file in _files(session, name):
            _put(data, key if equals else file.name, _content(file, name))
    for name in parsed["from-env-file"]:
        for line in _content(session.folder / name, name).splitlines():
            if line.strip() and not line.lstrip().startswith("#"):
                key, _, value = line.strip().partition("=")
                _put(data, key, value)
    return data


def _put(data: dict[str, str], key: str, value: str) -> None:
    if key in data:
        message = (
            f"cannot add key {quoted(key)}, another key by that name already exists in Data for ConfigMap"
        )
        raise Stopped(error_text(message))
    data[key] = value


def _files(session: Session, name: str) -> list[Path]:
    path = session.folder / name
    if path.is_dir():
        return sorted(file for file in path.iterdir() if file.is_file())
    return [path]


def _content(path: Path, name: str) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, ValueError):
        raise Stopped(error_text(f"error reading {name}: no such file or directory")) from None


def _service_account(_: Session, __: Parsed, name: str, ___: list[str]) -> Manifest:
    return _object("v1", "ServiceAccount", name)


def _pod_template(parsed: Parsed, name: str, command: list[str], policy: str) -> Manifest:
    container = pod_container(name, parsed["image"])
    if command:
        container["command"] = command
    return {"metadata": {}, "spec": {"containers": [container], "restartPolicy": policy}}


def _job(session: Session, parsed: Parsed, name: str, command: list[str]) -> Manifest:
    source = parsed.text("from")
    if source:
        kind, _, cron = source.partition("/")
        with session.asking():
            from k8snotes.kubectl.asked import resource_named  # noqa: PLC0415

            found = session.api.get(resource_named(session, kind), session.namespace(parsed), cron)
        return _object("batch/v1", "Job", name, spec=found.manifest["spec"]["jobTemplate"]["spec"], status={})
    if not parsed.has("image"):
        raise Stopped(error_text("either --image or --from must be specified"))
    template = _pod_template(parsed, name, command, "Never")
    return _object("batch/v1", "Job", name, spec={"template": template}, status={})


def _cron_job(_: Session, parsed: Parsed, name: str, command: list[str]) -> Manifest:
    template = _pod_template(parsed, name, command, parsed.text("restart") or "OnFailure")
    job = {"metadata": {"name": name}, "spec": {"template": template}}
    spec = {"jobTemplate": job, "schedule": parsed["schedule"]}
    return _object("batch/v1", "CronJob", name, spec=spec, status={})


def _priority_class(_: Session, parsed: Parsed, name: str, __: list[str]) -> Manifest:
    made = _object("scheduling.k8s.io/v1", "PriorityClass", name, value=parsed["value"])
    made["preemptionPolicy"] = parsed.text("preemption-policy") or "PreemptLowerPriority"
    if parsed["global-default"]:
        made["globalDefault"] = True
    if parsed.text("description"):
        made["description"] = parsed["description"]
    return made


def _disruption_budget(_: Session, parsed: Parsed, name: str, __: list[str]) -> Manifest:
    spec: Manifest = {}
    if not parsed.text("selector"):
        raise Stopped(error_text("a selector must be specified"))
    given = [field for field in ("min-available", "max-unavailable") if parsed.text(field)]
    if len(given) != 1:
        which = "one of min-available or max-unavailable must be specified"
        both = "min-available and max-unavailable cannot be both specified"
        raise Stopped(error_text(both if given else which))
    value = parsed[given[0]]
    spec["minAvailable" if given[0] == "min-available" else "maxUnavailable"] = (
        int(value) if value.isdigit() else value
    )
    try:
        spec["selector"] = Selector(parsed["selector"]).to_label_selector()
    except K8sNotesError as error:
        raise Stopped(error_text(str(error).split("\n")[0])) from None
    status = dict.fromkeys(("currentHealthy", "desiredHealthy", "disruptionsAllowed", "expectedPods"), 0)
    return _object("policy/v1", "PodDisruptionBudget", name, spec=spec, status=status)


KINDS: dict[str, tuple[tuple[Flag, ...], tuple[str, ...], Builder]] = {
    "deployment": (
        (flag("image", "list"), flag("replicas/r", "int", 1), flag("port", "int", -1)),
        ("image",),
        _deployment,
    ),
    "namespace": ((), (), _namespace),
    "service clusterip": ((*_SERVICE, flag("clusterip")), (), _service("ClusterIP")),
    "service nodeport": ((*_SERVICE, flag("node-port", "int", 0)), (), _service("NodePort")),
    "service loadbalancer": (_SERVICE, (), _service("LoadBalancer")),
    "service externalname": (
        (*_SERVICE, flag("external-name")),
        ("external-name",),
        _service("ExternalName"),
    ),
    "quota": ((flag("hard", "list"), flag("scopes", "list")), (), _quota),
    "configmap": (_DATA, (), _config_map),
    "secret generic": ((*_DATA, flag("type")), (), _secret),
    "serviceaccount": ((), (), _service_account),
    "job": ((flag("image"), flag("from")), (), _job),
    "cronjob": ((flag("image"), flag("schedule"), flag("restart")), ("image", "schedule"), _cron_job),
    "priorityclass": (
        (
            flag("value", "int", 0),
            flag("global-default", "bool"),
            flag("description"),
            flag("preemption-policy"),
        ),
        (),
        _priority_class,
    ),
    "poddisruptionbudget": (
        (flag("selector"), flag("min-available"), flag("max-unavailable")),
        (),
        _disruption_budget,
    ),
}
# how kubectl begins its error where the API server refuses what it made
_FAILING = {
    "deployment": "deployment: ",
    "service clusterip": "ClusterIP service: ",
    "service nodeport": "NodePort service: ",
    "service loadbalancer": "LoadBalancer service: ",
    "service externalname": "ExternalName service: ",
    "quota": "quota: ",
    "configmap": "configmap: ",
    "secret generic": "secret ",
    "serviceaccount": "serviceaccount: ",
    "job": "job: ",
    "cronjob": "cronjob: ",
    "priorityclass": "priorityclass: ",
    "poddisruptionbudget": "poddisruptionbudgets: ",
}
# what kubectl makes from flags, and this one does not
_UNDONE = (
    *("clusterrole", "clusterrolebinding", "ingress", "ing", "role", "rolebinding", "token"),
    *("secret docker-registry", "secret tls"),
)
_ALIASES = {
    "deploy": "deployment",
    "dep": "deployment",
    "ns": "namespace",
    "svc": "service",
    "resourcequota": "quota",
    "cm": "configmap",
    "sa": "serviceaccount",
    "cj": "cronjob",
    "pc": "priorityclass",
    "pdb": "poddisruptionbudget",
}


def creates(word: str) -> bool:
    """Whether `kubectl create` makes such a kind from flags here."""
    name = _ALIASES.get(word, word)
    return name in KINDS or name in ("service", "secret") or name in _UNDONE
