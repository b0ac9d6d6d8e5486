"""What differs between two clusters, or what `kubectl apply` would change in one; and which of it a reader would notice.

Two dumps are compared object by object, as two moments of one cluster are. What `kubectl apply` would change is not
guessed: the manifests are applied to a copy, by the API server's own merge, defaults and checks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from k8snotes.api.base import LAST_APPLIED, KubeObject, Manifest, mapping, mappings, text, view
from k8snotes.api.kinds.pod import Pod
from k8snotes.api.kinds.service import Service
from k8snotes.api.references import references
from k8snotes.api.workload import Workload
from k8snotes.catalogue import Text, _, named, ngettext
from k8snotes.control_plane import quota_usage
from k8snotes.control_plane.apiserver import ApiServer, too_large_to_note
from k8snotes.control_plane.endpoint_rules import target_of
from k8snotes.control_plane.etcd import Key, clone
from k8snotes.control_plane.kinds.rules import rules_of
from k8snotes.control_plane.pod_resources import read_amounts
from k8snotes.errors import ApiError
from k8snotes.facts.diff import Changed, Diff, Listed, field_changes, objects_of, replicas_of
from k8snotes.facts.health.issue import ERROR, NOTE, WARNING
from k8snotes.facts.health.reading import Reading
from k8snotes.facts.health.workloads import is_machinery, of_a_set
from k8snotes.facts.workloads import Workloads
from k8snotes.screen import printable

__all__ = ["Comparison", "Notice", "Refusal", "compare_applied", "compare_states"]

_SEVERITIES = (ERROR, WARNING, NOTE)
_BY_CONTROLLERS = ("pod-template-hash", "controller-revision-hash", "statefulset.kubernetes.io/pod-name")
_DERIVED = {"Endpoints", "EndpointSlice", "ControllerRevision", "CSINode", "IPAddress"}
_MOST_NAMED = 4


class Notice(NamedTuple):
    """One thing that a reader, or the users of what runs, would notice.

    Args:
        severity: "error" (requests get no answer, or apply refuses it), "warning" (Pods, images or addresses change),
            or "note".
        code: what it is: "refused", "service-loses-pods", "image", ...
        ref: the object: "deployment/web".
        words: the sentence.
    """

    severity: str
    code: str
    ref: str
    words: Text | str

    @printable
    def __str__(self) -> str:
        return str(self.words)


class Refusal(NamedTuple):
    """A manifest that the API server would refuse: the object, and the reason in the API server's words."""

    ref: str
    message: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """What differs, and what of it is noticed.

    Args:
        applied: whether it says what `kubectl apply` would change; otherwise two clusters are compared.
        diff: the objects that are added, removed and changed, with their fields, and the Pods of workloads.
        notices: what a reader would notice, the most noticeable first.
        refused: what apply would refuse; () for two clusters.
        left_alone: what is only in the cluster, and what apply would not touch; () for two clusters.
        unchanged: how many objects are in both, and are the same.

    >>> import k8snotes as kn
    >>> c = kn.load("guestbook")
    >>> facts = kn.compare(c, c).facts
    >>> facts.nothing, facts.notices
    (True, ())
    """

    applied: bool
    diff: Diff
    notices: tuple[Notice, ...] = ()
    refused: tuple[Refusal, ...] = ()
    left_alone: tuple[Listed, ...] = ()
    unchanged: int = 0

    @property
    def added(self) -> tuple[Listed, ...]:
        """The objects that are only in the second one."""
        return self.diff.added

    @property
    def removed(self) -> tuple[Listed, ...]:
        """The objects that are only in the first one; apply removes none."""
        return self.diff.removed

    @property
    def changed(self) -> tuple[Changed, ...]:
        """The objects with fields that differ."""
        return self.diff.changed

    @property
    def nothing(self) -> bool:
        """Whether nothing differs, and nothing is refused."""
        return self.diff.nothing and not self.refused

    @printable
    def __str__(self) -> str:
        return "\n".join(str(item) for item in self.notices)


def compare_states(before: ApiServer, after: ApiServer) -> Comparison:
    """Compare two clusters object by object.

    Left out are what differs by itself (resource versions, managed fields, times), what reports on other objects, what
    controllers derive, and the status of workloads. Pods and ReplicaSets that a workload made have generated names:
    they are counted by workload.

    Args:
        before: the first one.
        after: the second one.
    """
    old, new = _authored(before), _authored(after)
    workloads = Workloads(before), Workloads(after)
    pairs = [(old[key], new[key]) for key in sorted(old.keys() & new.keys())]
    changes = [(one, other) for one, other in pairs if one is not other and one.raw != other.raw]
    changed = [item for one, other in changes if (item := _changed(one, other, workloads[1])) is not None]
    added = [new[key] for key in sorted(new.keys() - old.keys())]
    removed = [old[key] for key in sorted(old.keys() - new.keys())]
    same = before is after
    numbers = () if same else replicas_of(before, after, workloads, by_name=True)
    diff = Diff(
        tuple(_listed(obj) for obj in added),
        tuple(_listed(obj) for obj in removed),
        tuple(changed),
        tuple(item for item in numbers if not item.same),
        after.now - before.now,
    )
    refs = {item.ref for item in changed}
    moved = [(one, other) for one, other in changes if other.ref in refs]
    notices = [] if same else _notices(Reading(before), Reading(after), moved, added, applied=False)
    notices += [_gone(obj) for obj in removed if _is_noticed(obj)]
    return Comparison(False, diff, _ranked(notices), unchanged=len(pairs) - len(changed))


def compare_applied(
    before: ApiServer, objects: Iterable[KubeObject], *, namespace: str = "default", snapshot: bool = False
) -> Comparison:
    """Say what `kubectl apply` of manifests would change in a cluster; nothing is changed in it.

    Args:
        before: the cluster.
        objects: the manifests, in their order.
        namespace: the Namespace for objects whose manifest names none.
        snapshot: whether the cluster is a dump, which may lack the Namespaces of its objects.

    Source of the rule: https://kubernetes.io/docs/tasks/manage-kubernetes-objects/declarative-config/
    """
    objects = [*objects]
    trial = before.copy()
    if snapshot:
        _with_namespaces(trial)
        _with_defaults(trial, {_key_of(obj, namespace) for obj in objects})
    start = trial.copy()
    refused: list[Refusal] = []
    keys: list[Key] = []
    for obj in objects:
        try:
            large = too_large_to_note(obj.raw, namespace)
            stored, _word = trial.apply(obj.raw, namespace=namespace, server_side=large)
        except ApiError as error:
            refused.append(Refusal(_placed(obj, namespace), error.message))
        else:
            keys.append(stored.key)
    keys = [*dict.fromkeys(keys)]
    added = [trial.store.get(key) for key in keys if start.store.get(key) is None]
    pairs = [
        (one, other) for key in keys if (one := start.store.get(key)) and (other := trial.store.get(key))
    ]
    workloads = Workloads(trial)
    changes = [(one, other) for one, other in pairs if one.raw != other.raw]
    found = [(pair, item) for pair in changes if (item := _changed(*pair, workloads)) is not None]
    new = [obj for obj in added if obj is not None]
    diff = Diff(tuple(map(_listed, new)), (), tuple(item for _pair, item in found), ())
    mine = {*keys, *(_key_of(obj, namespace) for obj in objects)}
    reading = Reading(start)
    alone = _left_alone(reading, mine)
    notices = [_refused(item) for item in refused]
    notices += _notices(reading, Reading(trial), [pair for pair, _item in found], new, applied=True)
    if alone:
        names = named(item.ref for item in alone[:_MOST_NAMED])
        words = ngettext(
            "kubectl apply leaves {n} object alone that is only in the cluster: {names}.",
            "kubectl apply leaves {n} objects alone that are only in the cluster: {names}.",
            len(alone),
            names=names if len(alone) <= _MOST_NAMED else f"{names}, ...",
        )
        notices.append(Notice(NOTE, "left-alone", alone[0].ref, words))
    unchanged = len(pairs) - len(found)
    return Comparison(True, diff, _ranked(notices), tuple(refused), tuple(alone), unchanged)


# ---- the objects


def _authored(api: ApiServer) -> dict[Key, KubeObject]:
    """Return the objects that somebody wrote: not what only reports, what is derived, or what a workload made."""
    return {
        key: obj for key, obj in objects_of(api).items() if obj.owner is None and obj.kind not in _DERIVED
    }


def _listed(obj: KubeObject) -> Listed:
    return Listed(obj.ref, obj.kind, obj.name, obj.namespace if obj.resource.namespaced else "", "")


def _changed(one: KubeObject, other: KubeObject, workloads: Workloads) -> Changed | None:
    """Return the fields of an object that differ, None if none does that anybody wrote."""
    quiet = other.resource.is_workload or other.kind == "HorizontalPodAutoscaler"
    fields = tuple(
        field
        for field in field_changes(one, other)
        if not (quiet and field.path.startswith("status")) and field.path != "metadata.selfLink"
    )
    if not fields:
        return None
    home = other.namespace if other.resource.namespaced else ""
    return Changed(other.ref, other.kind, other.name, home, workloads.of(other), fields)


def _with_namespaces(api: ApiServer) -> None:
    """Add the Namespaces that a dump names and does not have: the cluster has them."""
    homes = {
        obj.namespace
        for name in api.store.resources()
        for obj in api.store.list(name)
        if obj.resource.namespaced and obj.namespace
    }
    for home in sorted({*homes, "default"}):
        if api.store.get(("namespaces", "", home)) is None:
            api.register({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": home}}, by="kubectl")


def _with_defaults(api: ApiServer, keys: Iterable[Key]) -> None:
    """Complete objects of a dump that lack defaults, as every object has them that an API server reads from its store.

    Args:
        api: a copy of the dump.
        keys: the objects.
    """
    for key in keys:
        obj = api.store.get(key)
        if obj is None:
            continue
        new = clone(obj.raw)
        rules_of(obj.resource).complete(new)
        spec = mapping(new.get("spec"))
        address = text(spec.get("clusterIP"))
        if obj.kind == "Service" and address:
            ours = [address] if address == "None" else [*spec.get("clusterIPs", [address])]
            spec.setdefault("clusterIPs", ours)
            spec.setdefault("ipFamilies", ["IPv6" if ":" in item else "IPv4" for item in ours])
            spec.setdefault("ipFamilyPolicy", "SingleStack")
        if new != obj.raw:
            api.store.take(view(new, obj.source))


def _key_of(obj: KubeObject, namespace: str) -> Key:
    kind = obj.resource
    home = (text(obj.metadata.get("namespace")) or namespace) if kind.namespaced else ""
    return kind.qualified, home, obj.name


def _placed(obj: KubeObject, namespace: str) -> str:
    """Return the reference of a manifest in the Namespace that it goes to."""
    if obj.metadata.get("namespace") or not obj.resource.namespaced or namespace in ("", "default"):
        return obj.ref
    return f"{namespace}/{obj.ref}"


def _left_alone(reading: Reading, mine: set[Key]) -> list[Listed]:
    """Return what is only in the cluster, in the Namespaces that the manifests are about, of what somebody wrote."""
    homes = {home for _kind, home, _name in mine if home}
    found = []
    for key, obj in _authored(reading.api).items():
        written = LAST_APPLIED in obj.annotations or not (is_machinery(obj) or of_a_set(reading, obj))
        if key not in mine and key[1] in homes and written:
            found.append(_listed(obj))
    return found


# ---- what a reader would notice


def _ranked(notices: Iterable[Notice]) -> tuple[Notice, ...]:
    """Return the notices, the most noticeable first; of the same severity, in the order in which they were found."""
    return tuple(sorted(notices, key=lambda item: _SEVERITIES.index(item.severity)))


def _refused(item: Refusal) -> Notice:
    words = _("The API server would refuse {object}: {message}", object=item.ref, message=item.message)
    return Notice(ERROR, "refused", item.ref, words)


def _is_noticed(obj: KubeObject) -> bool:
    return obj.kind in ("Service", "Ingress", "HTTPRoute", "Namespace") or isinstance(obj, Workload)


def _gone(obj: KubeObject) -> Notice:
    return Notice(ERROR, "removed", obj.ref, _("{object} no longer exists.", object=obj.ref))


def _notices(
    before: Reading,
    after: Reading,
    changes: Sequence[tuple[KubeObject, KubeObject]],
    added: Sequence[KubeObject],
    *,
    applied: bool,
) -> list[Notice]:
    found = [*_service_notices(before, after, added)]
    found += _quota_notices(before, after, applied=applied)
    for one, other in changes:
        if isinstance(other, Workload):
            found += _workload_notices(one, other, after)
        elif isinstance(one, Service) and isinstance(other, Service):
            found += _port_notices(one, other)
        elif isinstance(other, Pod):
            found += _image_notices(one, other)
        elif other.kind in ("ConfigMap", "Secret"):
            found += _kept_notices(one, other, after)
        found += _label_notices(one, other)
    return found


class _Sort(NamedTuple):
    """Pods of one sort: what makes them, their labels, and their specification."""

    ref: str
    labels: dict[str, str]
    spec: Manifest


def _sorts(reading: Reading) -> dict[str, list[_Sort]]:
    """Return the Pods that a cluster has or will have, by Namespace: those of a template as it is now."""
    found: dict[str, list[_Sort]] = {}
    for group in reading.groups:
        maker, labels = group.maker, dict(group.labels)
        if isinstance(maker, Workload):
            if maker.resource.scales and not maker.replicas:
                continue
            if maker.resource.makes == "Job":
                continue
            there = group.pods[0].labels if group.pods else {}
            labels |= {key: there[key] for key in _BY_CONTROLLERS if key in there}
        elif all(pod.ended for pod in group.pods):
            continue
        found.setdefault(group.namespace, []).append(_Sort(group.ref, labels, group.spec))
    return found


def _service_notices(before: Reading, after: Reading, added: Sequence[KubeObject]) -> Iterator[Notice]:
    """Find Services that lead to other Pods than before, to none, or to a port that their Pods do not have."""
    old, new = _sorts(before), _sorts(after)
    earlier = {(service.namespace, service.name): service for service in before.services}
    fresh = {obj.key for obj in added}
    for service in after.services:
        if not service.selector or service.type == "ExternalName":
            continue
        was = earlier.get((service.namespace, service.name))
        now = _selected(service, new.get(service.namespace, ()))
        then = _selected(was, old.get(service.namespace, ()))
        here, there = {item.ref for item in now}, {item.ref for item in then}
        if then and not now:
            words = _(
                "{service} has no endpoints any more: it selected the Pods of {workloads}, and now selects none.",
                service=service.ref,
                workloads=named(sorted(there)[:_MOST_NAMED]),
            )
            yield Notice(ERROR, "service-loses-pods", service.ref, words)
        elif not now and service.key in fresh:
            words = _("{service} is new and selects no Pods.", service=service.ref)
            yield Notice(ERROR, "service-selects-none", service.ref, words)
        elif was is not None and here != there and then:
            words = _(
                "{service} selects other Pods: those of {now}, and before those of {before}.",
                service=service.ref,
                now=named(sorted(here)[:_MOST_NAMED]),
                before=named(sorted(there)[:_MOST_NAMED]),
            )
            yield Notice(WARNING, "service-selects-others", service.ref, words)
        yield from _lost_ports(service, was, now, then)


def _selected(service: Service | None, sorts: Sequence[_Sort]) -> list[_Sort]:
    """Return the Pods that a Service selects; none if there is no Service, or if it selects none."""
    wanted = {} if service is None else service.selector
    return [item for item in sorts if wanted.items() <= item.labels.items()] if wanted else []


def _lost_ports(
    service: Service, was: Service | None, now: list[_Sort], then: list[_Sort]
) -> Iterator[Notice]:
    """Find target ports by name that all Pods had, and that none has now."""
    for port in service.ports:
        if (
            not isinstance(port.target_port, str)
            or not now
            or any(target_of(port, _pod(item)) for item in now)
        ):
            continue
        had = was is not None and any(target_of(own, _pod(item)) for own in was.ports for item in then)
        if had or was is None:
            words = _(
                'Port {port} of {service} leads to the container port "{name}", which no Pod of {workloads} has.',
                port=port.port,
                service=service.ref,
                name=port.target_port,
                workloads=named(item.ref for item in now[:_MOST_NAMED]),
            )
            yield Notice(ERROR, "service-port-nowhere", service.ref, words)


def _pod(item: _Sort) -> Pod:
    return Pod({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "any"}, "spec": item.spec})


def _workload_notices(one: KubeObject, other: Workload, after: Reading) -> Iterator[Notice]:
    """Say what changes for the Pods of a workload: images, their number, and whether they are replaced."""
    yield from _image_notices(one, other)
    if isinstance(one, Workload) and one.replicas != other.replicas and other.resource.scales:
        words = _(
            "{object} wants {now} Pods instead of {before}.",
            object=other.ref,
            now=other.replicas,
            before=one.replicas,
        )
        yield Notice(WARNING, "replicas", other.ref, words)
    old, new = mapping(one.spec.get("template")), other.template
    if old == new:
        return
    parts = named(_parts(old, new))
    by_hand = text(mapping(other.spec.get("updateStrategy")).get("type")) == "OnDelete"
    if other.resource.rolls_out and not by_hand:
        number = sum(
            group.maker is not None and group.ref == other.ref and len(group.pods) for group in after.groups
        )
        words = ngettext(
            "{object} replaces its Pods ({n} now), because its template differs in {parts}.",
            "{object} replaces its Pods ({n} now), because its template differs in {parts}.",
            number,
            object=other.ref,
            parts=parts,
        )
        yield Notice(WARNING, "restart", other.ref, words)
    else:
        words = _(
            "The template of {object} differs in {parts}, but only new Pods are made from it.",
            object=other.ref,
            parts=parts,
        )
        yield Notice(NOTE, "template", other.ref, words)


def _parts(old: Manifest, new: Manifest) -> list[str]:
    """Return the fields of a template that differ, as paths; at most three."""
    one, other = view({"kind": "Pod", **old}), view({"kind": "Pod", **new})
    return [item.path for item in field_changes(one, other)][:3]


def _image_notices(one: KubeObject, other: KubeObject) -> Iterator[Notice]:
    old, new = _images(one), _images(other)
    for name, image in new.items():
        if name in old and old[name] != image:
            words = _(
                "{object} changes the image of container {container}: {before} → {now}.",
                object=other.ref,
                container=name,
                before=old[name],
                now=image,
            )
            yield Notice(WARNING, "image", other.ref, words)


def _images(obj: KubeObject) -> dict[str, str]:
    spec = mapping(obj.resource.pod_spec_of(obj.raw))
    items = [*mappings(spec.get("initContainers")), *mappings(spec.get("containers"))]
    return {text(item.get("name")): text(item.get("image")) for item in items}


def _port_notices(one: Service, other: Service) -> Iterator[Notice]:
    """Say which ports a Service no longer has or opens, and whether its type or address differs."""
    old = {(port.port, port.protocol): port for port in one.ports}
    new = {(port.port, port.protocol): port for port in other.ports}
    gone = [f"{number}/{protocol}" for number, protocol in old if (number, protocol) not in new]
    if gone:
        words = _("{service} no longer has the ports {ports}.", service=other.ref, ports=named(gone))
        yield Notice(ERROR, "port-removed", other.ref, words)
    for key, port in new.items():
        was = old.get(key)
        if was is not None and was.target_port != port.target_port:
            words = _(
                "Port {port} of {service} leads to {now}, and before to {before}.",
                port=port.port,
                service=other.ref,
                now=port.target_port,
                before=was.target_port,
            )
            yield Notice(WARNING, "port", other.ref, words)
    for field in ("type", "clusterIP", "externalName"):
        was_value, value = text(one.spec.get(field)), text(other.spec.get(field))
        if was_value and value and was_value != value:
            words = _(
                "{field} of {service} is {now}, and before it was {before}.",
                field=field,
                service=other.ref,
                now=value,
                before=was_value,
            )
            yield Notice(WARNING, "address", other.ref, words)


def _label_notices(one: KubeObject, other: KubeObject) -> Iterator[Notice]:
    gone = sorted(one.labels.keys() - other.labels.keys())
    if gone:
        words = _("{object} loses the labels {labels}.", object=other.ref, labels=named(gone))
        yield Notice(NOTE, "label-removed", other.ref, words)


def _kept_notices(one: KubeObject, other: KubeObject, after: Reading) -> Iterator[Notice]:
    """Say who has read a ConfigMap or a Secret as variables, and keeps the old values until its next start."""
    fields = ("data", "binaryData")
    if all(one.raw.get(field) == other.raw.get(field) for field in fields):
        return
    users = [
        group.ref
        for group in after.groups
        if group.namespace == other.namespace
        and any(
            (item.kind, item.name) == (other.kind, other.name) and "env" in "".join(map(str, item.path))
            for item in references(group.object)
        )
    ]
    if users:
        words = _(
            "{object} has other data, but the Pods of {workloads} keep the old variables until they start anew.",
            object=other.ref,
            workloads=named(users[:_MOST_NAMED]),
        )
        yield Notice(WARNING, "variables-kept", other.ref, words)


# ---- quotas


def _quota_notices(before: Reading, after: Reading, *, applied: bool) -> Iterator[Notice]:
    """Find quotas that do not have enough for the Pods that workloads want then; what LimitRanges add is not counted."""
    wanted: dict[str, list[tuple[Manifest, int]]] = {}
    if applied:
        for sign, reading in ((1, after), (-1, before)):
            for group in reading.groups:
                maker = group.maker
                if isinstance(maker, Workload) and maker.resource.scales:
                    pod = {"kind": "Pod", "metadata": {"namespace": group.namespace}, "spec": group.spec}
                    wanted.setdefault(group.namespace, []).append((pod, sign * maker.replicas))
    for quota in after.api.list("resourcequotas"):
        hard = {name: amount.milli for name, amount in read_amounts(mapping(quota.spec.get("hard"))).items()}
        used = {
            name: amount.milli for name, amount in read_amounts(mapping(quota.status.get("used"))).items()
        }
        more = dict.fromkeys(hard, 0)
        for pod, number in wanted.get(quota.namespace, ()):
            for name, amount in _amounts(quota, pod).items():
                more[name] += amount * number
        earlier = before.named("resourcequotas", quota.namespace).get(quota.name)
        same = earlier is not None and earlier.raw == quota.raw
        for name, limit in hard.items():
            total = used.get(name, 0) + more[name]
            if total > limit and (more[name] > 0 or not same):
                words = _(
                    "{quota} allows {hard} of {resource}, but {total} would be used: the last Pods are refused.",
                    quota=quota.ref,
                    hard=_said(limit),
                    resource=name,
                    total=_said(total),
                )
                yield Notice(ERROR, "quota-exceeded", quota.ref, words)


def _said(milli: int) -> str:
    return str(milli // 1000) if milli % 1000 == 0 else f"{milli}m"


def _amounts(quota: KubeObject, pod: Manifest) -> dict[str, int]:
    """Return what one Pod counts for in a quota, in thousandths."""
    counted = read_amounts(dict.fromkeys(mapping(quota.spec.get("hard")), "0"))
    quota_usage.change(counted, quota.raw, "pods", pod, 1)
    return {name: amount.milli for name, amount in counted.items() if amount.milli}
