"""What is accepted in one object, and most probably not meant: the API server's warnings, and a few of our own."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from k8snotes.api.base import Manifest, mapping, mappings, sequence, text
from k8snotes.api.foreign import PLACEHOLDER
from k8snotes.api.manifest import key_text
from k8snotes.api.quantity import Quantity
from k8snotes.api.registry import find_kind
from k8snotes.catalogue import named
from k8snotes.doctor.findings import NOTE, WARNING
from k8snotes.doctor.rules.headless import headless_faults
from k8snotes.doctor.rules.rights import rights_faults
from k8snotes.doctor.text.fault import Fault, fault_at, fault_of
from k8snotes.doctor.text.paths import ODD_KEYS, Spot, Steps, deepest, find, steps, value_at
from k8snotes.errors import ApiWarning, QuantityError, nearest

__all__ = ["pod_spec_path", "warning_faults", "within_faults"]

# Source of the rule: https://pkg.go.dev/github.com/distribution/reference, which the kubelet asks
_IMAGE = re.compile(
    r"(?:(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)(?:\.[A-Za-z0-9-]+)*(?::[0-9]+)?/)?"
    r"[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*)*"
    r"(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(?:@sha256:[0-9a-f]{64})?\Z"
)
_MOST_CPU = Quantity("64")
_LEAST_MEMORY, _MOST_MEMORY = Quantity("1Mi"), Quantity("512Gi")
_SHELLS = ("sh", "bash", "ash", "dash", "zsh")
_OCTAL = re.compile(r"0[0-7]+\Z")
_TYPOGRAPHIC = re.compile("[\u2018-\u201f\uff02\uff07]")
# which warning -> why it matters
_WARNED = {
    "variant": "variant",
    "duplicate-port": "one-network",
    "duplicate-variable": "variable-twice",
    "dual-stack": "dual-stack",
}
_PROBES = ("livenessProbe", "readinessProbe", "startupProbe")


def pod_spec_path(manifest: Manifest) -> Steps:
    """Return where an object has the specification of the Pods that it is or makes, () if it has none.

    A custom resource has one if there is an object in the place that is usual for it.

    >>> pod_spec_path({"apiVersion": "v1", "kind": "Pod", "spec": {}})
    ('spec',)
    """
    kind = find_kind(text(manifest.get("apiVersion")), text(manifest.get("kind")))
    path: Steps = ("spec", "template", "spec") if kind is None else kind.pod_spec
    return path if isinstance(value_at(manifest, path), dict) else ()


def warning_faults(warnings: Iterable[ApiWarning], node: Any) -> Iterator[Fault]:
    """Yield what the API server warned of, each at its place in the text.

    Args:
        warnings: the warnings that it gave when it stored the object.
        node: the node of the object in the text.
    """
    for warning in warnings:
        path = steps(warning.field)
        spot, rest = deepest(node, path)
        if rest and "requests" in path:
            continue  # a request that was not written comes from the limit, which has the same warning
        because, write, severity = _WARNED.get(warning.rule, "api-warning"), "", WARNING
        if warning.rule == "dual-stack":
            severity = NOTE
        elif warning.rule == "fractional-bytes" and spot.value.id == "scalar":
            because, write = "fractional-bytes", f"{path[-1]}: {spot.value.value.removesuffix('m')}Mi"
        parts = {"message": warning.detail}
        yield fault_of(
            spot, path, "api-warning", because=because, parts=parts, write=write, severity=severity
        )


def within_faults(manifest: Manifest, node: Any) -> Iterator[Fault]:
    """Yield what is odd about one object that is accepted.

    Args:
        manifest: the object as it was read.
        node: its node in the text.

    >>> from k8snotes.api.manifest import compose, plain
    >>> node = compose("{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {ports: [{port: 070}]}}").nodes[0]
    >>> [fault.code for fault in within_faults(plain(node)[0], node)]
    ['octal-port']
    """
    path = pod_spec_path(manifest)
    spec = mapping(value_at(manifest, path)) if path else {}
    for field in ("initContainers", "containers"):
        for number, container in enumerate(mappings(spec.get(field))):
            here = (*path, field, number)
            yield from _image(container, node, here)
            yield from _amounts(container, node, here)
            yield from _probes(container, node, here)
            yield from _commands(container, node, here)
            if field == "containers" and "restartPolicy" in container:
                place = (*here, "restartPolicy")
                yield fault_at(node, place, "restart-policy-of-container", severity=NOTE)
    yield from _odd_keys(node)
    yield from _rollouts(manifest, node)
    if manifest.get("kind") == "ResourceQuota":
        yield from _fractions(manifest, node)
    if manifest.get("kind") == "ConfigMap":
        yield from _joined_lines(node)
    if manifest.get("kind") == "Service":
        yield from _octal_ports(manifest, node)
        yield from headless_faults(manifest, node)
    if manifest.get("kind") in ("Role", "ClusterRole"):
        yield from rights_faults(manifest, node)


def _joined_lines(node: Any) -> Iterator[Fault]:
    """Find texts of several lines that YAML makes one of."""
    data = find(node, ("data",))
    if data is None or data.value.id != "mapping":
        return
    for key, value in data.value.value:
        if value.id == "scalar" and not value.style and value.end_mark.line > value.start_mark.line:
            name = str(key.value)
            spot, path = Spot(key, value, data.value), ("data", name)
            yield fault_of(spot, path, "joined-lines", write=f"{name}: |", severity=WARNING)


def _odd_keys(node: Any) -> Iterator[Fault]:
    """Find keys such as `y:` and `on:`, which are truth values to YAML."""
    waiting, seen = [node], set()
    while waiting:
        item = waiting.pop()
        if item.id == "scalar" or id(item) in seen:
            continue
        seen.add(id(item))
        if item.id == "sequence":
            waiting += item.value
            continue
        for key, value in item.value:
            waiting.append(value)
            if key.id == "scalar" and not key.style and key.value in ODD_KEYS and key_text(key) != key.value:
                parts = {"key": key.value, "read": key_text(key)}
                write = f'"{key.value}": ...'
                yield fault_of(Spot(key, value), "", "odd-key", parts=parts, write=write, severity=WARNING)


def _image(container: Manifest, node: Any, here: Steps) -> Iterator[Fault]:
    """Find images whose names the kubelet cannot read."""
    image = text(container.get("image"))
    if not image or _IMAGE.match(image):
        return
    because = "image-name"
    word = PLACEHOLDER.search(image)
    if word:
        parts = {"image": image[:60], "word": word[0]}
        place = (*here, "image")
        yield fault_at(node, place, "image-name", because="placeholder", parts=parts, severity=WARNING)
        return
    right = image.lower() if _IMAGE.match(image.lower()) else ""
    bare = _TYPOGRAPHIC.sub("", image)
    if bare != image:
        because, right = "image-in-typographic-quotes", f'"{bare}"'
    parts, write = {"image": image[:60]}, f"image: {right}" if right else ""
    path = (*here, "image")
    yield fault_at(node, path, "image-name", because=because, parts=parts, write=write, severity=WARNING)


def _amounts(container: Manifest, node: Any, here: Steps) -> Iterator[Fault]:
    """Find amounts of CPU and memory that are probably written in another unit than is meant."""
    for field in ("requests", "limits"):
        for name, amount in mapping(mapping(container.get("resources")).get(field)).items():
            try:
                quantity = Quantity(amount) if isinstance(amount, (str, int, float)) else Quantity(0)
            except QuantityError:
                continue
            word = text(amount)
            code, write = "", ""
            if name == "cpu" and quantity >= _MOST_CPU:
                code, write = ("many-cores", f"cpu: {word}m") if word.isdecimal() else ("cpu-in-bytes", "")
            elif name == "memory" and Quantity(0) < quantity < _LEAST_MEMORY and not word.endswith("m"):
                number = re.sub(r"[^0-9.].*", "", word)
                code, write = "few-bytes", f"memory: {number}Mi"
            elif name == "memory" and quantity >= _MOST_MEMORY:
                code = "much-memory"
            if code:
                severity = NOTE if code == "much-memory" else WARNING
                path, parts = (*here, "resources", field, name), {"word": word, "bytes": quantity.value}
                yield fault_at(node, path, code, parts=parts, write=write, severity=severity)


def _fractions(quota: Manifest, node: Any) -> Iterator[Fault]:
    """Find amounts of memory in a quota that are fractions of a byte: the unit m was meant as mebibytes."""
    for name, amount in mapping(mapping(quota.get("spec")).get("hard")).items():
        word = text(amount)
        if "memory" in name and word.endswith("m") and word[:-1].isdecimal():
            path, parts = ("spec", "hard", name), {"word": word}
            write = f"{name}: {word}i".replace("mi", "Mi")
            yield fault_at(node, path, "fractional-bytes", parts=parts, write=write, severity=WARNING)


def _commands(container: Manifest, node: Any, here: Steps) -> Iterator[Fault]:
    """Find a shell that is to run a command, and gets none."""
    command = [text(word) for word in sequence(container.get("command"))]
    if len(command) == 2 and command[1] == "-c" and not container.get("args"):
        name = command[0].rpartition("/")[2]
        if name in _SHELLS:
            parts = {"shell": command[0]}
            yield fault_at(node, (*here, "command"), "shell-without-command", parts=parts, severity=WARNING)


def _rollouts(manifest: Manifest, node: Any) -> Iterator[Fault]:
    """Find a rolling update that stops all old Pods before it starts new ones."""
    path: Steps = ("spec", "strategy", "rollingUpdate")
    rolling = mapping(value_at(manifest, path))
    if manifest.get("kind") == "Deployment" and rolling.get("maxUnavailable") == "100%":
        parts = {"surge": rolling.get("maxSurge", "25%")}
        place = (*path, "maxUnavailable")
        yield fault_at(node, place, "all-pods-may-stop", parts=parts, severity=NOTE)


def _probes(container: Manifest, node: Any, here: Steps) -> Iterator[Fault]:
    """Find probes that ask a port which the container does not have."""
    ports = mappings(container.get("ports"))
    names = [text(port.get("name")) for port in ports if port.get("name")]
    numbers = [port.get("containerPort") for port in ports]
    for field in _PROBES:
        for how in ("httpGet", "tcpSocket"):
            port = mapping(mapping(container.get(field)).get(how)).get("port")
            path = (*here, field, how, "port")
            if isinstance(port, str) and port.isdecimal():
                continue  # a number in quotes, which the API server refuses
            if isinstance(port, str) and port not in names:
                near = nearest(port, names)
                parts: dict[str, Any] = {"port": port, "names": named(names)}
                write = f"port: {near}" if near else ""
                yield fault_at(node, path, "probe-port-name", parts=parts, write=write, severity=WARNING)
            elif isinstance(port, int) and numbers and port not in numbers:
                parts = {"port": port, "numbers": named(map(str, numbers))}
                write = f"port: {numbers[0]}" if len(numbers) == 1 else ""
                yield fault_at(node, path, "probe-port-number", parts=parts, write=write, severity=NOTE)


def _octal_ports(manifest: Manifest, node: Any) -> Iterator[Fault]:
    """Find ports that begin with a 0, which YAML reads as octal."""
    for number, port in enumerate(mappings(mapping(manifest.get("spec")).get("ports"))):
        for field in ("port", "targetPort", "nodePort"):
            path: Steps = ("spec", "ports", number, field)
            spot = find(node, path)
            if spot is None or spot.value.id != "scalar" or spot.value.style:
                continue
            word = spot.value.value
            if _OCTAL.match(word) and port.get(field) != int(word):
                parts, write = {"word": word, "read": port.get(field)}, f"{field}: {int(word)}"
                yield fault_at(node, path, "octal-port", parts=parts, write=write, severity=WARNING)
