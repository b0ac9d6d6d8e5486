"""The verbs of kubectl: which there are, what each takes, and what there is instead of those left out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from k8snotes.kubectl import (
    applying,
    changing,
    executing,
    explaining,
    exposing,
    get,
    machines,
    rollout,
    telling,
    waiting,
)
from k8snotes.kubectl.flags import Flag, Parsed
from k8snotes.kubectl.session import Session

__all__ = ["ELSEWHERE", "ORDER", "ROLLOUT", "VERBS", "Verb"]

Run = Callable[[Session, Parsed], None]


@dataclass(frozen=True, slots=True)
class Verb:
    """One verb: what it does, the flags it takes, and an example."""

    run: Run
    flags: tuple[Flag, ...] = ()
    example: str = ""

    @property
    def summary(self) -> str:
        """What it does, in a line."""
        return (self.run.__doc__ or "").partition("\n")[0]


VERBS: dict[str, Verb] = {
    "get": Verb(get.get, get.FLAGS, "kubectl get pods -o wide"),
    "describe": Verb(telling.describe, telling.DESCRIBE_FLAGS, "kubectl describe svc/web"),
    "events": Verb(telling.events, telling.EVENTS_FLAGS, "kubectl events --for pod/web"),
    "explain": Verb(explaining.explain, explaining.FLAGS, "kubectl explain service.spec.ports"),
    "api-resources": Verb(telling.api_resources, telling.RESOURCES_FLAGS, "kubectl api-resources"),
    "api-versions": Verb(telling.api_versions, (), "kubectl api-versions"),
    "version": Verb(telling.version, telling.VERSION_FLAGS, "kubectl version"),
    "cluster-info": Verb(telling.cluster_info, (), "kubectl cluster-info"),
    "apply": Verb(applying.apply, applying.APPLY_FLAGS, "kubectl apply -f web.yaml"),
    "create": Verb(
        applying.create_files, applying.CREATE_FLAGS, "kubectl create deployment web --image=nginx"
    ),
    "replace": Verb(applying.replace, applying.REPLACE_FLAGS, "kubectl replace -f web.yaml"),
    "delete": Verb(applying.delete, applying.DELETE_FLAGS, "kubectl delete pod web"),
    "patch": Verb(
        changing.patch, changing.PATCH_FLAGS, """kubectl patch svc web -p '{"spec":{"type":"NodePort"}}'"""
    ),
    "label": Verb(changing.label, changing.METADATA_FLAGS, "kubectl label pod web tier=front old-"),
    "annotate": Verb(changing.annotate, changing.METADATA_FLAGS, "kubectl annotate pod web note='hello'"),
    "scale": Verb(changing.scale, changing.SCALE_FLAGS, "kubectl scale deploy/web --replicas=5"),
    "set": Verb(changing.set_, changing.SET_FLAGS, "kubectl set image deploy/web web=nginx:1.28"),
    "expose": Verb(exposing.expose, exposing.EXPOSE_FLAGS, "kubectl expose deploy/web --port=80"),
    "run": Verb(exposing.run, exposing.RUN_FLAGS, "kubectl run web --image=nginx"),
    "rollout": Verb(rollout.status, rollout.FLAGS, "kubectl rollout status deploy/web"),
    "cordon": Verb(machines.cordon, machines.CORDON_FLAGS, "kubectl cordon node-1"),
    "uncordon": Verb(machines.uncordon, machines.CORDON_FLAGS, "kubectl uncordon node-1"),
    "drain": Verb(machines.drain, machines.DRAIN_FLAGS, "kubectl drain node-1 --ignore-daemonsets"),
    "taint": Verb(machines.taint, machines.TAINT_FLAGS, "kubectl taint node node-1 gpu=yes:NoSchedule"),
    "exec": Verb(executing.exec_, executing.FLAGS, "kubectl exec web -- curl http://db:5432"),
    "wait": Verb(waiting.wait, waiting.FLAGS, "kubectl wait --for=condition=Ready pod/web"),
}
ROLLOUT: dict[str, Verb] = {
    name: Verb(run, rollout.FLAGS, f"kubectl rollout {name} deploy/web")
    for name, run in rollout.ROLLOUTS.items()
}
# what kubectl has and this one has not, with the next best thing
ELSEWHERE = {
    "alpha": "",
    "attach": "No container runs here that one could be attached to; kubectl exec POD -- curl asks from within a Pod.",
    "auth": "Everybody may do everything in this cluster.",
    "autoscale": "Nobody measures load here; kubectl scale changes how many Pods there are.",
    "certificate": "",
    "completion": "In a cell, the Tab key completes verbs, kinds and names.",
    "config": "There is one cluster here, without credentials; -n chooses the namespace.",
    "cp": "No container runs here that has files.",
    "debug": "kubectl describe, kubectl events and c.inside('pod/x') look into a Pod.",
    "diff": "kubectl apply --dry-run=server says what would change; c.diff(before) draws what did.",
    "edit": "There is no editor here: kubectl get -o yaml, kubectl apply -f - and kubectl patch do the same.",
    "kustomize": "Give the manifests themselves with -f.",
    "logs": "No container runs here, so nobody writes a log; kubectl describe and kubectl events tell what happened.",
    "options": "kubectl VERB --help lists what a verb takes.",
    "plugin": "",
    "port-forward": "kubectl exec POD -- curl and c.trace() show the way of a request.",
    "proxy": "The API is asked with c.objects(), c.get() and kubectl get -o yaml.",
    "top": "c.top() shows what the Pods use, as c.use() has said; kubectl describe node says what they ask for.",
}
# the order in which kubectl has them, and guesses what was meant
ORDER = (
    *("create", "expose", "run", "set", "explain", "get", "edit", "delete", "rollout", "scale", "autoscale"),
    *(
        "certificate",
        "cluster-info",
        "top",
        "cordon",
        "uncordon",
        "drain",
        "taint",
        "describe",
        "logs",
        "attach",
    ),
    *("exec", "port-forward", "proxy", "cp", "auth", "debug", "events", "diff", "apply", "patch", "replace"),
    *("wait", "kustomize", "label", "annotate", "completion", "alpha", "api-resources", "api-versions"),
    *("config", "plugin", "version", "options"),
)
