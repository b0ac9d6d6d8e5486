"""What is accepted in one object, and most probably not meant: the API server's warnings, and a few of our own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from k8snotes.api.base import mapping, mappings, text
from k8snotes.api.manifest import key_text
from k8snotes.api.quantity import Quantity
from k8snotes.doctor.fault import Fault
from k8snotes.doctor.findings import NOTE, WARNING
from k8snotes.doctor.tree import ODD_KEYS, Spot, Steps, deepest, dotted, find, steps, value_at
from k8snotes.errors import QuantityError, did_you_mean

__all__ = ["pod_spec_of", "warning_faults", "within_faults"]

_PLACE = re.compile(
    r"^((?:spec|metadata|status|subsets|data)[\w.\-]*(?:\[[^\]]*\][\w.\-]*)*): (.*)$", re.DOTALL
)
_IMAGE = re.compile(
    r"(?:(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)(?:\.[A-Za-z0-9-]+)*(?::[0-9]+)?/)?"
    r"[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*)*"
    r"(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(?:@sha256:[0-9a-f]{64})?\Z"
)
_MOST_CPU = Quantity("64")
_LEAST_MEMORY = Quantity("1Mi")
_OCTAL = re.compile(r"0[0-7]+\Z")
_TYPOGRAPHIC = re.compile("[\u2018-\u201f\uff02\uff07]")


def pod_spec_of(manifest: dict[str, Any]) -> Steps:
    """Return the path of the Pod's specification that an object holds, () if it holds none."""
    kind = manifest.get("kind")
    if kind == "Pod":
        return ("spec",)
    if kind == "CronJob":
        return ("spec", "jobTemplate", "spec", "template", "spec")
    if isinstance(value_at(manifest, ("spec", "template", "spec")), dict):
        return ("spec", "template", "spec")
    return ()


def warning_faults(warnings: list[str], node: Any) -> Iterator[Fault]:
    """Return what the API server warned of, each at its place."""
    for warning in warnings:
        match = _PLACE.match(warning)
        path = steps(match[1]) if match else ()
        spot, rest = deepest(node, path)
        if rest and "requests" in path:
            continue  # a request that was not written comes from the limit, which has the same warning
        what = match[2] if match else warning
        why = "It is accepted, and the API server warns: it may not do what it looks like."
        fix = ""
        if "of this name too" in warning:
            why = "Within one cluster an object is known by kind, namespace and name; a folder may hold variants."
        if "fractional byte value" in warning and spot.value.id == "scalar":
            why = "m is a thousandth: of memory this is a fraction of one byte. Mi is a mebibyte."
            word = spot.value.value
            fix = f"{path[-1]}: {word.removesuffix('m')}Mi"
        yield Fault(spot.line, spot.column, dotted(path), what, why, fix, None, WARNING)


def within_faults(manifest: dict[str, Any], node: Any) -> Iterator[Fault]:
    """Yield what is odd about one object that is accepted."""
    path = pod_spec_of(manifest)
    spec = mapping(value_at(manifest, path)) if path else {}
    for field in ("initContainers", "containers"):
        for number, container in enumerate(mappings(spec.get(field))):
            here = (*path, field, number)
            yield from _image(container, node, here)
            yield from _amounts(container, node, here)
            yield from _probes(container, node, here)
    yield from _odd_keys(node)
    if manifest.get("kind") == "ConfigMap":
        yield from _joined_lines(node)
    if manifest.get("kind") == "Service":
        yield from _octal_ports(manifest, node)
        if _no_selector(manifest):
            yield _unselected(manifest, node)


def _at(  # noqa: PLR0917  # a place, what is there, and what to write
    node: Any, path: Steps, what: str, why: str, fix: str = "", severity: str = WARNING
) -> Fault:
    spot, _ = deepest(node, path)
    line, column = spot.line, spot.column
    if spot.value.id == "scalar" and spot.value.value and spot.key is not None:
        line, column = spot.value.start_mark.line, spot.value.start_mark.column
    return Fault(line, column, dotted(path), what, why, fix, None, severity)


def _joined_lines(node: Any) -> Iterator[Fault]:
    """Find texts of several lines that YAML makes one of."""
    data = find(node, ("data",))
    if data is None or data.value.id != "mapping":
        return
    for key, value in data.value.value:
        if value.id == "scalar" and not value.style and value.end_mark.line > value.start_mark.line:
            what = "these lines are joined to one"
            why = (
                "Without a sign after the colon, YAML puts a blank in place of each line break; | keeps them."
            )
            mark = key.start_mark
            path = dotted(("data", str(key.value)))
            yield Fault(mark.line, mark.column, path, what, why, f"{key.value}: |", None, WARNING)


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
                mark = key.start_mark
                what = f'the key {key.value} is read as "{key_text(key)}"'
                why = "Unquoted it is a truth value to YAML; in quotes it is a name."
                yield Fault(mark.line, mark.column, "", what, why, f'"{key.value}": ...', None, WARNING)


def _image(container: dict[str, Any], node: Any, here: Steps) -> Iterator[Fault]:
    image = text(container.get("image"))
    if not image or _IMAGE.match(image):
        return
    why = "The kubelet could not read it (InvalidImageName): NAME:TAG in small letters, a registry before it."
    fix = image.lower() if _IMAGE.match(image.lower()) else ""
    bare = _TYPOGRAPHIC.sub("", image)
    if bare != image:
        why = "Typographic quotes are letters to YAML, so they are part of the name of the image."
        fix = f'"{bare}"'
    yield _at(
        node, (*here, "image"), f"{image[:60]!r} is no name of an image", why, f"image: {fix}" if fix else ""
    )


def _amounts(container: dict[str, Any], node: Any, here: Steps) -> Iterator[Fault]:
    for field in ("requests", "limits"):
        amounts = mapping(mapping(container.get("resources")).get(field))
        for name, amount in amounts.items():
            try:
                quantity = Quantity(amount) if isinstance(amount, (str, int, float)) else Quantity(0)
            except QuantityError:
                continue
            path = (*here, "resources", field, name)
            word = text(amount)
            if name == "cpu" and quantity >= _MOST_CPU:
                plain = word.isdecimal()
                why = (
                    f"CPU is counted in cores: {word} are {word} whole ones, and no Node has so many."
                    if plain
                    else "CPU is counted in cores, and that is a unit of memory."
                )
                what = f"{word} cores of CPU" if plain else f"{word} as an amount of CPU"
                yield _at(node, path, what, why, f"cpu: {word}m" if plain else "")
            if name == "memory" and Quantity(0) < quantity < _LEAST_MEMORY and not word.endswith("m"):
                unit = re.sub(r"[^0-9.].*", "", word)
                why = "Memory without a unit is counted in bytes: no program fits into so few."
                yield _at(node, path, f"{quantity.value} bytes of memory", why, f"memory: {unit}Mi")


def _probes(container: dict[str, Any], node: Any, here: Steps) -> Iterator[Fault]:
    ports = mappings(container.get("ports"))
    names = [text(port.get("name")) for port in ports if port.get("name")]
    numbers = [port.get("containerPort") for port in ports]
    for field in ("livenessProbe", "readinessProbe", "startupProbe"):
        for how in ("httpGet", "tcpSocket"):
            port = mapping(mapping(container.get(field)).get(how)).get("port")
            path = (*here, field, how, "port")
            if isinstance(port, str) and port not in names:
                known = f"its ports are named: {', '.join(names)}" if names else "its ports have no names"
                why = "A probe that cannot find its port fails, and the Pod never gets ready (or restarts for ever)."
                near = did_you_mean(port, names)
                fix = f"port: {near.split(chr(34))[1]}" if near else ""
                yield _at(node, path, f'no port of this container is named "{port}"; {known}', why, fix)
            elif isinstance(port, int) and numbers and port not in numbers:
                listed = ", ".join(map(str, numbers))
                why = "If nothing listens there, the probe fails, and the Pod never gets ready."
                what = f"the probe asks port {port}, the container declares {listed}"
                yield _at(node, path, what, why, f"port: {numbers[0]}" if len(numbers) == 1 else "", NOTE)


def _octal_ports(manifest: dict[str, Any], node: Any) -> Iterator[Fault]:
    for number, port in enumerate(mappings(mapping(manifest.get("spec")).get("ports"))):
        for field in ("port", "targetPort", "nodePort"):
            spot = find(node, ("spec", "ports", number, field))
            if spot is None or spot.value.id != "scalar" or spot.value.style:
                continue
            word = spot.value.value
            if _OCTAL.match(word) and port.get(field) != int(word):
                what = f"{word} is read as {port.get(field)}"
                why = "A number that begins with 0 is octal to YAML."
                yield _at(node, ("spec", "ports", number, field), what, why, f"{field}: {int(word)}")


def _no_selector(manifest: dict[str, Any]) -> bool:
    spec = mapping(manifest.get("spec"))
    metadata = mapping(manifest.get("metadata"))
    own = metadata.get("name") == "kubernetes" and metadata.get("namespace", "default") == "default"
    return not spec.get("selector") and spec.get("type") != "ExternalName" and not own  # the API server's own


def _unselected(manifest: dict[str, Any], node: Any) -> Fault:
    labels = mapping(mapping(manifest.get("metadata")).get("labels"))
    fix = "selector:\n" + ("\n".join(f"  {key}: {value}" for key, value in labels.items()) or "  app: ...")
    what = "this Service has no selector"
    why = "It finds no Pods by itself: without a selector, somebody must write its Endpoints by hand."
    spot = find(node, ("spec",)) or Spot(None, node)
    return Fault(spot.line, spot.column, dotted(("spec", "selector")), what, why, fix, None, NOTE)
