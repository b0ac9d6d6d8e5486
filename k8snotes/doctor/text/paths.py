"""Where a field is: paths such as `spec.ports[0].port`, and the marks of the nodes that they lead to.

A path is a tuple of steps: names of fields and keys of maps as text, places in lists as numbers. A node is one of
PyYAML's, which only `api/manifest.py` imports: it has an `id` ("scalar", "mapping", "sequence"), a `value` and marks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from k8snotes.api.manifest import key_text

# words that YAML does not read as text, although they come before a colon
ODD_KEYS = {
    word
    for text in ("y", "yes", "on", "true", "n", "no", "off", "false")
    for word in (text, text.title(), text.upper())
}

__all__ = ["ODD_KEYS", "Spot", "Steps", "deepest", "dotted", "find", "last_line", "steps", "value_at"]

Steps = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Spot:
    """A node of the text, with what is around it.

    Args:
        key: the node of the key that it belongs to; None in a list, and for a whole document.
        value: the node itself.
        parent: the node around it; None where that does not matter.
    """

    key: Any
    value: Any
    parent: Any = None

    @property
    def line(self) -> int:
        """The line of its key (without one, its own), from 0."""
        return int((self.key or self.value).start_mark.line)

    @property
    def column(self) -> int:
        """The column of its key (without one, its own), from 0."""
        return int((self.key or self.value).start_mark.column)


def steps(field: str) -> Steps:
    """Read a path as Kubernetes writes it: names, indices, and keys of maps in brackets.

    >>> steps("spec.ports[0].nodePort"), steps("metadata.labels[app.kubernetes.io/name]")
    (('spec', 'ports', 0, 'nodePort'), ('metadata', 'labels', 'app.kubernetes.io/name'))
    """
    path: list[str | int] = []
    at = 0
    while at < len(field):
        if field[at] == "[":
            end = field.find("]", at)
            end = len(field) if end < 0 else end
            inner = field[at + 1 : end]
            path.append(int(inner) if inner.isdecimal() and len(inner) < 10 else inner)
            at = end + 1
        elif field[at] == ".":
            at += 1
        else:
            ends = [end for end in (field.find(".", at), field.find("[", at)) if end >= 0]
            end = min(ends, default=len(field))
            path.append(field[at:end])
            at = end
    return tuple(path)


def dotted(path: Steps) -> str:
    """Write a path as Kubernetes does.

    >>> dotted(("spec", "ports", 0, "nodePort")), dotted(("metadata", "labels", "a.b/c"))
    ('spec.ports[0].nodePort', 'metadata.labels[a.b/c]')
    """
    text = ""
    for step in path:
        if isinstance(step, int) or "." in step or "/" in step:
            text += f"[{step}]"
        else:
            text += f".{step}" if text else step
    return text


def value_at(value: Any, path: Steps) -> Any:
    """Return the value at a path of a plain value, None if there is none.

    >>> value_at({"spec": {"ports": [{"port": 80}]}}, ("spec", "ports", 0, "port"))
    80
    """
    for step in path:
        if isinstance(value, dict):
            value = value.get(step if isinstance(step, str) else str(step))
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            value = value[step]
        else:
            return None
    return value


def find(node: Any, path: Steps) -> Spot | None:
    r"""Return the spot of a path, None if the text has none.

    >>> from k8snotes.api.manifest import compose
    >>> spot = find(compose("spec:\n  type: NodePort").nodes[0], ("spec", "type"))
    >>> spot.line, spot.column, spot.value.value
    (1, 2, 'NodePort')
    """
    spot, left = deepest(node, path)
    return spot if not left else None


def deepest(node: Any, path: Steps) -> tuple[Spot, Steps]:
    r"""Return the last spot on the way along a path that is there, and the rest of the way.

    >>> from k8snotes.api.manifest import compose
    >>> spot, rest = deepest(compose("spec:\n  type: NodePort").nodes[0], ("spec", "ports", 0))
    >>> spot.key.value, rest
    ('spec', ('ports', 0))
    """
    spot = Spot(None, node)
    for number, step in enumerate(path):
        following = _child(spot.value, step)
        if following is None:
            return spot, path[number:]
        spot = following
    return spot, ()


def _child(node: Any, step: str | int) -> Spot | None:
    """Return the spot one step below a node; a field that was merged in with `<<` is where it was written."""
    if node.id == "sequence":
        if isinstance(step, int) and step < len(node.value):
            return Spot(None, node.value[step], node)
        return None
    if node.id != "mapping":
        return None
    name = str(step)
    merged: list[Any] = []
    for key, value in node.value:
        if key.id != "scalar":
            continue
        if key.value == name or (not key.style and key.value in ODD_KEYS and key_text(key) == name):
            return Spot(key, value, node)
        if key.value == "<<":
            merged += value.value if value.id == "sequence" else [value]
    for source in merged:
        if source is not node and source.id == "mapping":
            for key, value in source.value:
                if key.id == "scalar" and key.value == name:
                    return Spot(key, value, source)
    return None


def last_line(node: Any) -> int:
    r"""Return the number of the last line of a node, from 0; comments after it do not count.

    >>> from k8snotes.api.manifest import compose
    >>> last_line(compose("spec:\n  type: NodePort\n# the end").nodes[0])
    1
    """
    last = 0
    seen: set[int] = set()
    waiting = [node]
    while waiting:
        item = waiting.pop()
        if id(item) in seen:
            continue
        seen.add(id(item))
        if item.id == "scalar" or item.flow_style or not item.value:
            end = item.end_mark
            ends_before = end.column == 0 and end.line > item.start_mark.line
            last = max(last, end.line - 1 if ends_before else end.line)
        elif item.id == "mapping":
            waiting += [part for pair in item.value for part in pair]
        else:
            waiting += item.value
    return last
