"""Makes plain values of the nodes of one YAML document, as Kubernetes understands them."""

from __future__ import annotations

from typing import Any

from k8snotes.api.document import MAX_DEPTH
from k8snotes.api.scalars import scalar_value

__all__ = ["MAX_ALIASED", "PLAIN", "TAG", "Builder", "RefusedError"]

Node = Any  # one of PyYAML's, which only api/manifest.py imports

# The aliases of a document may stand for this many nodes before it is refused.
MAX_ALIASED = 100_000

PLAIN = "?"  # the tag of a scalar written without quotes and without a tag of its own
TAG = "tag:yaml.org,2002:"


class RefusedError(Exception):
    """A document is not acceptable; `node` is the place, `code` "doubled-key" or "" for anything else."""

    def __init__(self, message: str, node: Node, hint: str = "", code: str = "") -> None:
        super().__init__(message)
        self.message, self.node, self.hint, self.code = message, node, hint, code


class Builder:
    """Makes plain values of the nodes of one document."""

    def __init__(self, *, patient: bool = False, doubles: bool = False) -> None:
        self.doubles = doubles
        self.count = 0
        self.patient = patient  # goes on after what is refused, and keeps it in `refused`
        self.refused: list[RefusedError] = []
        self.aliased = 0
        self._done: dict[int, tuple[Any, int]] = {}
        self._open: set[int] = set()

    def build(self, node: Node, depth: int = 0) -> Any:
        """Return the value of a node. Raises RefusedError."""
        if node.id == "scalar":
            if node.tag == PLAIN:
                return scalar_value(node.value)
            return node.value if node.tag == TAG + "str" else self._tagged(node)
        known = self._done.get(id(node))
        if known is not None:
            value, size = known
            self.count += size
            self.aliased += size
            if self.aliased > MAX_ALIASED:
                message = f"excessive aliasing: its aliases stand for more than {MAX_ALIASED:,} nodes"
                raise RefusedError(message, node, "Write the values out, or split the document.")
            return value
        if id(node) in self._open:
            self._refuse("an alias stands inside the node that it names", node, "Write the value out.")
            return None
        if depth >= MAX_DEPTH:
            self._refuse(f"nested deeper than {MAX_DEPTH} levels", node)
            return None
        if node.tag not in (TAG + "map", TAG + "seq"):
            self._refuse(f"the tag {node.tag} means nothing to Kubernetes", node, "Leave the tag out.")
        self._open.add(id(node))
        before = self.count
        self.count += len(node.value) + 1
        value = self._mapping(node, depth) if node.id == "mapping" else self._list(node, depth)
        self._open.discard(id(node))
        self._done[id(node)] = (value, self.count - before)
        return value

    def _refuse(self, message: str, node: Node, hint: str = "", code: str = "") -> None:
        error = RefusedError(message, node, hint, code)
        if not self.patient:
            raise error
        self.refused.append(error)

    def _list(self, node: Node, depth: int) -> list[Any]:
        build = self.build
        return [build(item, depth + 1) for item in node.value]

    def _mapping(self, node: Node, depth: int) -> dict[str, Any]:
        result: dict[str, Any] = {}
        merged: list[dict[str, Any]] = []
        for key_node, value_node in node.value:
            if key_node.tag == PLAIN and key_node.value == "<<":
                merged += self._merged(value_node, depth)
                continue
            key = self._key(key_node)
            if key is None:
                continue
            if key in result and not self.doubles:
                self._refuse(
                    f'key "{key}" already set in map',
                    key_node,
                    "Each key may stand once in a mapping: remove one, or put both values under one.",
                    "doubled-key",
                )
                continue
            result[key] = self.build(value_node, depth + 1)
        for extra in merged:
            result = {**extra, **result}
        return result

    def _merged(self, node: Node, depth: int) -> list[dict[str, Any]]:
        value = self.build(node, depth + 1)
        values = value if isinstance(value, list) else [value]
        if not all(isinstance(item, dict) for item in values):
            self._refuse("map merge (<<) requires a map or a list of maps as the value", node)
        return [item for item in values if isinstance(item, dict)]

    def _key(self, node: Node) -> str | None:
        if node.id != "scalar":
            self._refuse("a key must be a single word, not a list or a mapping", node)
            return None
        key = self.build(node)
        if isinstance(key, str):
            return key
        if key is None:
            self._refuse("a key is missing before the colon", node)
            return None
        if isinstance(key, bool):
            return "true" if key else "false"
        return f"{key:g}" if isinstance(key, float) else str(key)

    def _tagged(self, node: Node) -> Any:
        kind = node.tag.removeprefix(TAG)
        if kind in ("binary", "timestamp"):
            return node.value
        value = scalar_value(node.value)
        kinds: dict[str, tuple[type, ...]] = {
            "int": (int,),
            "float": (int, float),
            "bool": (bool,),
            "null": (type(None),),
        }
        fits = kinds.get(kind)
        if fits is None:
            self._refuse(f"the tag {node.tag} means nothing to Kubernetes", node, "Leave the tag out.")
        elif not isinstance(value, fits):
            self._refuse(f'cannot decode "{node.value[:40]}" as a !!{kind}', node)
        return value
