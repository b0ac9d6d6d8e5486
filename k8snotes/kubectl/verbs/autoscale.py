"""`kubectl autoscale`: makes a HorizontalPodAutoscaler for a workload."""

from __future__ import annotations

import re
from typing import Any

from k8snotes.api.base import KubeObject, Manifest, view
from k8snotes.api.quantity import Quantity
from k8snotes.catalogue import _
from k8snotes.errors import ApiError, QuantityError
from k8snotes.kubectl.dry_run import DRY_RUN, answer, created, dry_run
from k8snotes.kubectl.failure import Stopped
from k8snotes.kubectl.files import FILES
from k8snotes.kubectl.flags import Parsed, flag
from k8snotes.kubectl.output.formats import OUTPUT
from k8snotes.kubectl.resources import PROVIDE, lookup, targets
from k8snotes.kubectl.session import Session
from k8snotes.kubectl.verb import KINDS, Verb

_FLAGS = (
    *DRY_RUN,
    *OUTPUT,
    *FILES,
    flag("min", "int", -1),
    flag("max", "int", -1),
    flag("cpu-percent", "int", -1),
    flag("cpu"),
    flag("memory"),
    flag("name"),
    flag("save-config", "bool"),
)
_DEPRECATED = (
    "Flag --cpu-percent has been deprecated, Use --cpu with percentage or resource quantity format "
    "(e.g., '70%' for utilization or '500m' for milliCPU).\n"
)
_INCOMPATIBLE = (
    "failed to create autoscaling/v2 HPA and the configuration is incompatible with autoscaling/v1: "
)
_UNITS = {"cpu": "m", "memory": "Mi"}
_MOST = 2**31 - 1


def autoscale(session: Session, parsed: Parsed) -> None:
    """Create a HorizontalPodAutoscaler: `kubectl autoscale deploy/web --min=2 --max=10 --cpu=80%`.

    A target in percent is a share of what the containers request, and an amount is meant for each Pod. Without a
    target it is 80 % of the CPU.

    Source of the rule: https://kubernetes.io/docs/reference/kubectl/generated/kubectl_autoscale/
    """
    if "cpu-percent" in parsed.given:
        session.err(_DEPRECATED)
    parsed.require("max")
    how = dry_run(session, parsed)
    least, most, percent = parsed["min"], parsed["max"], parsed["cpu-percent"]
    if most < 1:
        raise Stopped(f"--max=MAXPODS is required and must be at least 1, max: {most}")
    if most < least:
        raise Stopped(f"--max=MAXPODS must be larger or equal to --min=MINPODS, max: {most}, min: {least}")
    if percent > 0 and parsed.text("cpu"):
        raise Stopped("--cpu-percent and --cpu are mutually exclusive")
    metrics = [_metric("cpu", {"type": "Utilization", "averageUtilization": percent})] if percent > 0 else []
    metrics += [_metric(name, _target(name, parsed.text(name))) for name in _UNITS if parsed.text(name)]
    if not parsed.words and not parsed["filename"]:
        raise Stopped(PROVIDE)
    if parsed.words and lookup(session, parsed.words).lists:
        raise Stopped("resource(s) were provided, but no name was specified")
    for obj in targets(session, parsed, parsed.words):
        manifest = _autoscaler(parsed, obj, metrics)
        if how == "client":
            shown = {**manifest, "status": {"currentMetrics": None, "desiredReplicas": 0}}
            answer(session, parsed, view(shown), "created", how)
            continue
        with session.trying():
            stored = _created(session, parsed, how, manifest, obj.namespace)
            answer(session, parsed, stored, "autoscaled", how)


def _created(session: Session, parsed: Parsed, how: str, manifest: Manifest, namespace: str) -> KubeObject:
    """Store it; if that is refused, say so as kubectl does, which then tries the older version where it can."""
    try:
        return created(session, how, manifest, namespace, save=parsed["save-config"])
    except ApiError:
        if not parsed.text("cpu"):
            raise Stopped(f"{_INCOMPATIBLE}empty input") from None
        if parsed.text("memory") or not parsed.text("cpu").strip().endswith("%"):
            raise Stopped(f"{_INCOMPATIBLE}%!w(<nil>)") from None
        raise


def _autoscaler(parsed: Parsed, obj: KubeObject, metrics: list[Manifest]) -> Manifest:
    kind = obj.resource
    if not kind.scales:
        raise Stopped(
            f"cannot autoscale a {kind.kind}: could not find scale subresource for "
            f"{kind.group}/{kind.version}, Resource={kind.plural} in discovery information"
        )
    spec: Manifest = {
        "maxReplicas": parsed["max"],
        **({"metrics": metrics} if metrics else {}),
        **({"minReplicas": parsed["min"]} if parsed["min"] > 0 else {}),
        "scaleTargetRef": {"apiVersion": kind.api_version, "kind": kind.kind, "name": obj.name},
    }
    return {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": parsed.text("name") or obj.name},
        "spec": spec,
    }


def _metric(name: str, target: Manifest) -> Manifest:
    return {"type": "Resource", "resource": {"name": name, "target": target}}


def _target(resource: str, given: str) -> Manifest:
    """Return what --cpu or --memory asks for: a share in percent, or an amount; a plain number has the flag's unit.

    Source of the rule: `parseResourceInput` of k8s.io/kubectl/pkg/cmd/autoscale.
    """
    value = given.strip()
    if not value:
        raise Stopped("empty input")
    if value.endswith("%"):
        share = value.removesuffix("%")
        if not re.fullmatch(r"\+?\d+", share, re.ASCII) or int(share) > _MOST:
            raise Stopped(f"invalid percentage value: {share}")
        return {"type": "Utilization", "averageUtilization": int(share)}
    try:
        amount: Any = f"{float(value):g}{_UNITS[resource]}" if _plain(value) else value
        return {"type": "AverageValue", "averageValue": str(Quantity(amount))}
    except QuantityError:
        raise Stopped(f"invalid resource {resource} value: {given.strip()}") from None


def _plain(value: str) -> bool:
    """Whether it is a number without a unit."""
    return re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", value, re.ASCII) is not None


VERB = Verb(
    autoscale,
    _("Create a HorizontalPodAutoscaler for a workload."),
    _FLAGS,
    "kubectl autoscale deploy/web --min=2 --max=10 --cpu=80%",
    takes=KINDS,
)
