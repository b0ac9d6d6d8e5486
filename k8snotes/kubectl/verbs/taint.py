"""`kubectl taint`: sets and removes the taints of Nodes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from k8snotes.api.base import KubeObject, Manifest, mappings, text
from k8snotes.api.go_text import quoted
from k8snotes.api.names import label_key, label_value
from k8snotes.catalogue import _
from k8snotes.kubectl.dry_run import DRY_RUN, answer, dry_run, edited
from k8snotes.kubectl.failure import Stopped
from k8snotes.kubectl.flags import Parsed, flag
from k8snotes.kubectl.output.formats import OUTPUT
from k8snotes.kubectl.resources import find, kind_named, lookup
from k8snotes.kubectl.session import Session
from k8snotes.kubectl.verb import KINDS, Verb

_FLAGS = (*DRY_RUN, *OUTPUT, flag("selector/l"), flag("all", "bool"), flag("overwrite", "bool"))
_EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")
_USAGE = "\nSee 'kubectl taint -h' for help and examples"


class _Taint(NamedTuple):
    """A taint that is to be set, or, where `removed`, taken away; the effect "" then means any."""

    key: str
    value: str
    effect: str
    removed: bool

    @property
    def place(self) -> tuple[str, str]:
        """The key and the effect, which identify a taint of a Node."""
        return self.key, self.effect

    def fits(self, taint: Manifest) -> bool:
        """Whether this is the taint of a Node that is meant."""
        return taint.get("key") == self.key and self.effect in ("", taint.get("effect"))


def taint(session: Session, parsed: Parsed) -> None:
    """Set and remove taints: `kubectl taint node node-1 gpu=yes:NoSchedule`.

    NoSchedule keeps new Pods away that do not tolerate it, and PreferNoSchedule does so if possible. NoExecute also
    evicts running Pods.

    Source of the rule: https://kubernetes.io/docs/reference/kubectl/generated/kubectl_taint/
    """
    how = dry_run(session, parsed)
    words, changes = _split(parsed.words)
    if not words:
        raise Stopped("one or more resources must be specified as <resource> <name>")
    if not changes:
        raise Stopped("at least one taint update is required")
    taints = [_read(change) for change in changes]
    _check_pairs(taints)
    kind = words[0].lower()
    if "/" in kind:
        raise Stopped(f"the server doesn't have a resource type {quoted(kind)}", head="")
    try:
        named = kind_named(session, kind)
    except Stopped as stopped:
        raise Stopped(stopped.message, head="") from None
    if named.plural != "nodes":
        raise Stopped(f"invalid resource type {kind}, only node types are supported")
    both = ", ".join(f"{new.key}={new.effect}" for new in taints for gone in taints if _undoes(gone, new))
    if both:
        raise Stopped(f"can not both modify and remove the following taint(s) in the same command: {both}")
    if parsed["all"] and parsed["selector"]:
        raise Stopped("setting 'all' parameter with a non empty selector is prohibited")
    every = parsed["all"] or parsed["selector"]
    if not every and len(words) < 2:
        raise Stopped("at least one resource name must be specified since 'all' parameter is not set")
    for node in find(session, parsed, lookup(session, words[:1] if every else words)):
        _taint(session, parsed, node, taints, how)


def _split(words: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return the words that name Nodes, and the changes, which come after them."""
    changes = [("=" in word or ":" in word or word.endswith("-")) for word in words]
    first = changes.index(True) if True in changes else len(words)
    late = next(
        (word for word, is_change in zip(words[first:], changes[first:], strict=True) if not is_change), ""
    )
    if late:
        raise Stopped(f"all resources must be specified before taint changes: {late}")
    return list(words[:first]), list(words[first:])


def _check_pairs(taints: Sequence[_Taint]) -> None:
    seen = set()
    for item in taints:
        if not item.removed and item.place in seen:
            shown = f"{{{item.key} {item.value} {item.effect} <nil>}}"
            raise Stopped(f"duplicated taints with the same key and effect: {shown}{_USAGE}")
        if not item.removed:
            seen.add(item.place)


def _undoes(gone: _Taint, new: _Taint) -> bool:
    return gone.removed and not new.removed and gone.key == new.key and gone.effect in ("", new.effect)


def _read(change: str) -> _Taint:
    """Read "key=value:Effect", "key:Effect-" or "key-".

    Source of the rule: `parseTaint` of k8s.io/kubernetes/pkg/util/taints.
    """
    removed = change.endswith("-")
    body, colon, effect = change.removesuffix("-").partition(":")
    key, _equals, value = body.partition("=")
    if ":" in effect or "=" in value:
        raise Stopped(f"invalid taint spec: {change}{_USAGE}")
    if not removed and (not colon or ":" in effect):
        wrong = label_key(body) or [str(_("a taint is written as KEY=VALUE:EFFECT"))]
        raise Stopped(f"invalid taint spec: {change}, {'; '.join(wrong)}{_USAGE}")
    if effect and effect not in _EFFECTS:
        raise Stopped(f"invalid taint effect: {effect}, unsupported taint effect{_USAGE}")
    wrong = label_key(key) or label_value(value)
    if wrong:
        raise Stopped(f"invalid taint spec: {change}, {'; '.join(wrong)}{_USAGE}")
    return _Taint(key, value, effect, removed)


def _taint(session: Session, parsed: Parsed, node: KubeObject, taints: Sequence[_Taint], how: str) -> None:
    old = mappings(node.spec.get("taints"))
    wanted = [item for item in taints if not item.removed]
    gone = [item for item in taints if item.removed]
    places = {item.place for item in wanted}
    replaced = [item for item in old if (item.get("key"), item.get("effect")) in places]
    if replaced and not parsed["overwrite"]:
        session.fail(f"node {node.name} already has a taint(s) with same effect(s) and --overwrite is false")
        return
    for item in gone:
        if not any(map(item.fits, old)):
            name = item.key + (f":{item.effect}" if item.effect else "")
            session.fail(f"taint {quoted(name)} not found")
            return
    new = [
        *({"key": t.key, "effect": t.effect, **({"value": t.value} if t.value else {})} for t in wanted),
        *(item for item in old if item not in replaced and not any(t.fits(item) for t in gone)),
    ]

    def edit(manifest: Manifest) -> None:
        spec = manifest.setdefault("spec", {})
        spec.pop("taints", None)
        if new:
            spec["taints"] = new

    word = "modified" if replaced or (wanted and gone) else "tainted" if wanted else "untainted"
    with session.trying():
        why = ", ".join(text(item.key) for item in (*wanted, *gone))
        # kubectl says nothing of a dry run here
        answer(session, parsed, edited(session, how, node, edit, verb="taint", why=why), word)


VERB = Verb(
    taint,
    _("Set and remove taints of Nodes."),
    _FLAGS,
    "kubectl taint node node-1 gpu=yes:NoSchedule",
    takes=KINDS,
)
