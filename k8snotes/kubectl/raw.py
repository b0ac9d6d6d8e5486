r"""`kubectl get --raw PATH`: what the API server answers at a path, as it is.

Source of the rules: https://kubernetes.io/docs/reference/using-api/health-checks/ and
https://kubernetes.io/docs/reference/using-api/api-concepts/
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from urllib.parse import parse_qs, unquote, urlsplit

from k8snotes.api.base import KubeObject, Manifest
from k8snotes.api.go_text import quoted
from k8snotes.api.kind import Kind
from k8snotes.bootstrap import VERSION
from k8snotes.catalogue import _
from k8snotes.control_plane.acting import ActingFor
from k8snotes.kubectl.failure import NotDone, Stopped
from k8snotes.kubectl.output.formats import shown_manifest
from k8snotes.kubectl.resources import got, known_kinds, listed
from k8snotes.kubectl.session import Session

__all__ = ["answer"]

_HOOKS = (
    "start-apiserver-admission-initializer",
    "generic-apiserver-start-informers",
    "priority-and-fairness-config-consumer",
    "priority-and-fairness-filter",
    "storage-object-count-tracker-hook",
    "start-apiextensions-informers",
    "start-apiextensions-controllers",
    "crd-informer-synced",
    "start-system-namespaces-controller",
    "start-cluster-authentication-info-controller",
    "start-kube-apiserver-identity-lease-controller",
    "start-kube-apiserver-identity-lease-garbage-collector",
    "start-legacy-token-tracking-controller",
    "start-service-ip-repair-controllers",
    "rbac/bootstrap-roles",
    "scheduling/bootstrap-system-priority-classes",
    "priority-and-fairness-config-producer",
    "bootstrap-controller",
    "start-kubernetes-service-cidr-controller",
    "aggregator-reload-proxy-client-cert",
    "start-kube-aggregator-informers",
    "apiservice-status-local-available-controller",
    "apiservice-status-remote-available-controller",
    "apiservice-registration-controller",
    "apiservice-discovery-controller",
    "kube-apiserver-autoregistration",
    "autoregister-completion",
    "apiservice-openapi-controller",
    "apiservice-openapiv3-controller",
)
_CHECKS = tuple(hook if hook == "autoregister-completion" else f"poststarthook/{hook}" for hook in _HOOKS)
# what each of the three asks: that the server lives, that it is ready for requests, and the older one of both
_HEALTH = {
    "livez": ("ping", "log", "etcd", *_CHECKS),
    "readyz": ("ping", "log", "etcd", "etcd-readiness", "informer-sync", *_CHECKS, "shutdown"),
    "healthz": ("ping", "log", "etcd", *_CHECKS),
}
_NOT_FOUND = "Error from server (NotFound): the server could not find the requested resource"
_SUBRESOURCES = ("status", "finalize")  # of a Namespace
# what else there is under an object, and the command of kubectl for it
_OTHERS = {
    "attach": "kubectl attach",
    "binding": "kubectl get pod -o wide",
    "ephemeralcontainers": "kubectl debug",
    "eviction": "kubectl drain",
    "exec": "kubectl exec",
    "log": "kubectl logs",
    "portforward": "kubectl port-forward",
    "proxy": "kubectl exec",
    "scale": "kubectl scale",
    "token": "kubectl create token",
}


def answer(session: Session, path: str) -> str:
    """Return what the API server answers at a path.

    Args:
        session: the command at work.
        path: "/readyz?verbose", "/version", "/api/v1/namespaces/default/pods".

    Raises:
        Stopped: there is nothing at this path, in the API server's words.
        NotDone: a real cluster has something at this path, and this one has not.
        ApiError: an object is not there, or the user may not ask for this.
    """
    url = urlsplit(path)
    query = parse_qs(url.query, keep_blank_values=True)
    parts = [unquote(part) for part in url.path.strip("/").split("/")]
    of_objects = {"api": 2, "apis": 3}.get(parts[0])
    if isinstance(session.api, ActingFor) and (of_objects is None or len(parts) <= of_objects):
        session.api.permit_path(url.path)
    if parts[0] in _HEALTH and session.simulation.snapshot:
        raise NotDone(
            f"--raw {path}", _("This is a dump of a cluster, and a dump does not say how its API server is.")
        )
    if parts[0] in _HEALTH:
        return _health(parts[0], "/".join(parts[1:]), query)
    if parts == ["version"]:
        major, minor, _patch = VERSION.removeprefix("v").split(".")
        told = {
            "major": major,
            "minor": minor,
            "gitVersion": VERSION,
            "compiler": "gc",
            "platform": "linux/amd64",
        }
        return json.dumps(told, indent=2)
    if parts[:2] == ["api", "v1"] and len(parts) > 2:
        return _resources(session, "", "v1", parts[2:], query)
    if parts[0] == "apis" and len(parts) > 3 and parts[1] != "metrics.k8s.io":
        return _resources(session, parts[1], parts[2], parts[3:], query)
    if parts[0] in ("api", "apis", "metrics", "openapi", "logs", ".well-known", "openid", "debug", ""):
        raise NotDone(
            f"--raw {path}",
            _(
                "These paths work here: /readyz, /livez, /healthz (each with ?verbose), /version, and lists and "
                "objects such as /api/v1/namespaces/default/pods."
            ),
        )
    raise Stopped(_NOT_FOUND, head="")


def _health(asked: str, check: str, query: dict[str, list[str]]) -> str:
    """Return how the API server is: it answers, so that each of its checks is passed.

    Source of the rule: `handleRootHealth` in k8s.io/apiserver/pkg/server/healthz
    """
    checks = _HEALTH[asked]
    if check:
        if check not in checks:
            raise Stopped(_NOT_FOUND, head="")
        return "ok"
    if "verbose" not in query:
        return "ok"
    excluded = query.get("exclude", [])
    lines = [f"[+]{name} {'excluded: ok' if name in excluded else 'ok'}" for name in checks]
    unknown = [name for name in excluded if name not in checks]
    if unknown:
        names = ", ".join(map(quoted, unknown))
        lines.append(f"warn: some health checks cannot be excluded: no matches for {names}")
    return "\n".join([*lines, f"{asked} check passed", ""])


def _resources(
    session: Session, group: str, version: str, parts: Sequence[str], query: dict[str, list[str]]
) -> str:
    """Return a list of objects, or an object, as JSON."""
    namespace, rest = None, list(parts)
    if rest[:1] == ["namespaces"] and len(rest) > 2 and rest[2] not in _SUBRESOURCES:
        namespace, rest = rest[1], rest[2:]
    asked = (group, version, rest[0] if rest else "")
    kind = next(
        (item for item in known_kinds(session) if (item.group, item.version, item.plural) == asked), None
    )
    if kind is None or (namespace is not None and not kind.namespaced):
        raise Stopped(_NOT_FOUND, head="")
    if len(rest) == 1:
        label, field = (query.get(name, [""])[0] for name in ("labelSelector", "fieldSelector"))
        objects = listed(session, kind, namespace, label, field)
        return _json(_list(kind, session.api.store.revision, objects))
    if kind.namespaced and not namespace:
        raise Stopped(_NOT_FOUND, head="")
    if len(rest) > 2 and rest[2] in _OTHERS:
        what = f"--raw .../{rest[2]}"
        raise NotDone(what, _("kubectl has a command for that: {command}.", command=_OTHERS[rest[2]]))
    if len(rest) > 3 or (len(rest) == 3 and rest[2] != "status"):
        raise Stopped(_NOT_FOUND, head="")
    return _json(_typed(shown_manifest(got(session, kind, namespace or "", rest[1]))))


def _typed(manifest: Manifest) -> Manifest:
    """Return an object with its type first, as the API server writes it."""
    rest = {key: value for key, value in manifest.items() if key not in ("kind", "apiVersion")}
    return {"kind": manifest["kind"], "apiVersion": manifest["apiVersion"], **rest}


def _list(kind: Kind, revision: int, objects: Sequence[KubeObject]) -> Manifest:
    """Return the list of a kind; its items do not say their type once more."""
    version = f"{kind.group}/{kind.version}" if kind.group else kind.version
    items = [
        {key: value for key, value in shown_manifest(obj).items() if key not in ("kind", "apiVersion")}
        for obj in objects
    ]
    metadata = {"resourceVersion": str(revision)}
    return {"kind": f"{kind.kind}List", "apiVersion": version, "metadata": metadata, "items": items}


def _json(value: Manifest) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n"
