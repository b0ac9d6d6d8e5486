"""What does not fit between the objects of a source; and each proposal is tried before it is shown."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from dataclasses import replace

from k8snotes import catalogue
from k8snotes.api.base import KubeObject, Manifest, mapping, mappings, text
from k8snotes.api.kinds.service import Service
from k8snotes.doctor.findings import NOTE, WARNING
from k8snotes.doctor.rules.allowances import Allowances
from k8snotes.doctor.rules.names import name_faults
from k8snotes.doctor.rules.scaling import governing_faults, rivals, scaler_faults
from k8snotes.doctor.rules.selections import selection_faults
from k8snotes.doctor.rules.services import reached, service_faults
from k8snotes.doctor.rules.source import Placed, Source, near_name
from k8snotes.doctor.rules.urls import url_faults
from k8snotes.doctor.server import accepts
from k8snotes.doctor.text.fault import Change, Fault, fault_at
from k8snotes.doctor.text.paths import Steps, value_at

__all__ = ["Placed", "between_faults"]

_MOST_LOOKS = 20_000  # objects that are looked at again to try proposals
_SLIPS = ("no-such-object", "selects-none")
Owned = tuple[Placed, Fault]


def between_faults(objects: Sequence[Placed], url: str = "") -> Iterator[Owned]:
    """Yield what does not fit between the objects of a source, each with the object at the place of which it is.

    What is proposed was applied to a copy before: if Pods lose a Service by it, or something else does not fit
    then, nothing is proposed.

    Args:
        objects: all objects of the source, in their order.
        url: how the application is to be reached; its port is held against the Services.
    """
    source = Source(objects)
    found = [*_look(source, url)]
    trial = _Trial(source, found, url)
    for item, fault in found:
        change = fault.change
        helps = change is None or trial.helps(item, fault, change)
        yield item, fault if helps else replace(fault, write="")


def _look(source: Source, url: str = "") -> Iterator[Owned]:
    """Yield what does not fit between the objects."""
    allowances = Allowances(source)
    for item in source.objects:
        yield from service_faults(item, source)
    for item in source.objects:
        for fault in _own_faults(item, source, allowances):
            yield item, fault
    yield from allowances.faults()
    yield from rivals(source.objects)
    if url:
        yield from url_faults(url, [item for item in source.objects if isinstance(item.obj, Service)])


def _own_faults(item: Placed, source: Source, allowances: Allowances) -> Iterator[Fault]:
    """Yield what one object says of others and is not so."""
    yield from name_faults(item, source)
    kind = item.obj.kind
    if kind == "Ingress":
        yield from _ingress_faults(item, source)
    elif kind == "StatefulSet":
        yield from governing_faults(item, source)
    elif kind == "HorizontalPodAutoscaler":
        yield from scaler_faults(item, source, allowances.completed)
    else:
        yield from selection_faults(item, source)


class _Trial:
    """Tries proposals on copies: each has to mend its fault, and may cost nothing else.

    Args:
        source: all objects.
        found: what was found between them.
        url: how the application is to be reached.
    """

    def __init__(self, source: Source, found: Sequence[Owned], url: str) -> None:
        self._source, self._url = source, url
        self._before = {_key(item, fault) for item, fault in found}
        self._reached = reached(source) if any(fault.change for _, fault in found) else set()
        self._left = _MOST_LOOKS

    def helps(self, item: Placed, fault: Fault, change: Change) -> bool:
        """Whether a proposal mends its fault, loses no endpoint, and brings nothing new.

        Args:
            item: the object of the fault.
            fault: the fault.
            change: what the proposal comes to.
        """
        self._left -= len(self._source.objects)
        if self._left < 0:
            return False
        manifest = _changed(item.obj.raw, change)
        if manifest is None or (accepts(item.obj.raw) and not accepts(manifest)):
            return False
        after = self._source.with_changed(item, manifest)
        if self._lost(item, reached(after)):
            return False
        again = {_key(other, one): other for other, one in _look(after, self._url) if one.severity != NOTE}
        new = again.keys() - self._before
        if fault.code in _SLIPS:
            # behind a name that is mended there may be another fault of the same object, which was there before
            new = {key for key in new if again[key].node is not item.node}
        return _key(item, fault) not in again and not new

    def _lost(self, item: Placed, now: set[tuple[str, str, str, str, int]]) -> bool:
        """Whether Pods have lost a Service; a Service that moves to another Namespace takes its name along."""
        moved = {row[1:] for row in now} if item.obj.kind == "Service" else set()
        return any(row not in now and row[1:] not in moved for row in self._reached)


def _key(item: Placed, fault: Fault) -> tuple[object, ...]:
    """Return what tells one fault from others: its object, even in a changed source, and what is said of it."""
    return id(item.node), *fault.key


def _changed(manifest: Manifest, change: Change) -> Manifest | None:
    """Return a copy of a manifest with another value at a place; None if there is no such place.

    >>> _changed({"spec": {"ports": [{"port": 80}]}}, (("spec", "ports", 0, "targetPort"), 8080))
    {'spec': {'ports': [{'port': 80, 'targetPort': 8080}]}}
    """
    path, value = change
    changed = copy.deepcopy(manifest)
    holder = value_at(changed, path[:-1])
    step = path[-1]
    if isinstance(holder, dict):
        holder[str(step)] = value
    elif isinstance(holder, list) and isinstance(step, int) and step < len(holder):
        holder[step] = value
    else:
        return None
    return changed


# ---- the backends of an Ingress


def _ingress_faults(item: Placed, source: Source) -> Iterator[Fault]:
    """Find backends that name a Service, or a port of it, that is not there."""
    here = {name: other.obj for name, other in source.named("Service", item.obj.namespace).items()}
    for path, backend in _backends(item.obj):
        wanted = mapping(backend.get("service"))
        name = text(wanted.get("name"))
        if not name or not here:
            continue
        service = here.get(name)
        if not isinstance(service, Service):
            near = near_name(name, sorted(here))
            place = (*path, "service", "name")
            yield fault_at(
                item.node,
                place,
                "no-such-service",
                parts={"name": name, "names": catalogue.named(sorted(here))},
                write=f"name: {near}" if near else "",
                severity=WARNING if near else NOTE,
                change=(place, near) if near else None,
            )
            continue
        if service.type == "ExternalName":
            continue  # a DNS name has no ports
        port = mapping(wanted.get("port"))
        number, named = port.get("number"), port.get("name")
        if (number and all(own.port != number for own in service.ports)) or (
            named and all(own.name != named for own in service.ports)
        ):
            numbers = catalogue.named(str(own.port) for own in service.ports)
            parts = {"name": name, "port": number or named, "numbers": numbers}
            only = service.ports[0].port if len(service.ports) == 1 else 0
            place = (*path, "service", "port")
            yield fault_at(
                item.node,
                place,
                "no-port-of-service",
                parts=parts,
                write=f"number: {only}" if only else "",
                severity=WARNING,
                change=(place, {"number": only}) if only else None,
            )


def _backends(ingress: KubeObject) -> Iterator[tuple[Steps, Manifest]]:
    """Yield the backends of an Ingress, each with its path: the default one, and one for each path of a rule."""
    spec = ingress.spec
    yield ("spec", "defaultBackend"), mapping(spec.get("defaultBackend"))
    for number, rule in enumerate(mappings(spec.get("rules"))):
        for at, path in enumerate(mappings(mapping(rule.get("http")).get("paths"))):
            place: Steps = ("spec", "rules", number, "http", "paths", at, "backend")
            yield place, mapping(path.get("backend"))
