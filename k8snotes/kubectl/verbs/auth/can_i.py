"""`kubectl auth can-i`: asks the API server whether an action is allowed, or which ones are."""

from __future__ import annotations

from k8snotes.api.base import Manifest
from k8snotes.api.kind import Kind
from k8snotes.api.policy_rule import policy_rules
from k8snotes.api.registry import find_resource
from k8snotes.catalogue import _
from k8snotes.kubectl.failure import Stopped
from k8snotes.kubectl.flags import Parsed, flag
from k8snotes.kubectl.output.rules import lines_of
from k8snotes.kubectl.output.tabs import table
from k8snotes.kubectl.resources import known_kinds
from k8snotes.kubectl.session import Session
from k8snotes.kubectl.verb import Verb

__all__ = ["VERB"]

_FLAGS = (
    flag("all-namespaces/A", "bool"),
    flag("quiet/q", "bool"),
    flag("subresource"),
    flag("list", "bool"),
    flag("no-headers", "bool"),
)
_VERBS = frozenset(
    (
        *("get", "list", "watch", "create", "update", "patch", "delete", "deletecollection", "use", "bind"),
        *("impersonate", "*", "approve", "sign", "escalate", "attest"),
    )
)
_URL_VERBS = frozenset(("get", "put", "post", "head", "options", "delete", "patch", "*"))
_NOT_DISCOVERED = ("users", "groups")
_TWO_ARGUMENTS = (
    "you must specify two arguments: verb resource or verb resource/resourceName.\n"
    "See 'kubectl auth can-i -h' for help and examples."
)
_HEADERS = ("Resources", "Non-Resource URLs", "Resource Names", "Verbs")


def can_i(session: Session, parsed: Parsed) -> None:
    """Say "yes" or "no": `kubectl auth can-i delete pods --as tom`. The exit code of a "no" is 1.

    It asks for the user that --as names, in the Namespace of -n. --list prints everything that is allowed there.

    Source of the rule: https://kubernetes.io/docs/reference/kubectl/generated/kubectl_auth/kubectl_auth_can-i/
    """
    if parsed["list"]:
        if parsed.words:
            raise Stopped("list option must be specified with no arguments")
        if parsed["quiet"] or parsed["all-namespaces"] or parsed["subresource"]:
            raise Stopped(
                "list option can't be specified with neither quiet, all-namespaces nor subresource options"
            )
        _list(session, parsed)
        return
    if len(parsed.words) != 2:
        raise Stopped(_TWO_ARGUMENTS)
    spec = _question(session, parsed)
    if parsed["no-headers"]:
        raise Stopped("--no-headers cannot be set without --list specified")
    status = _asked(session, "SelfSubjectAccessReview", spec)
    if not parsed["quiet"]:
        reason = f" - {status['reason']}" if status.get("reason") else ""
        session.out("yes\n" if status["allowed"] else f"no{reason}\n")
    if not status["allowed"]:
        raise Stopped


def _question(session: Session, parsed: Parsed) -> Manifest:
    """Return the `spec` of a SelfSubjectAccessReview, and warn of what makes little sense."""
    verb, what = parsed.words
    subresource = parsed.text("subresource")
    if what.startswith("/"):
        if subresource:
            raise Stopped("--subresource can not be used with NonResourceURL")
        if verb not in _URL_VERBS:
            _warn(session, f"verb '{verb}' is not a known verb")
        return {"nonResourceAttributes": {"verb": verb, "path": what}}
    word, _slash, name = what.partition("/")
    kind = None if word == "*" else _kind(session, word)
    resource, group = (kind.plural, kind.group) if kind is not None else (word, "")
    everywhere = parsed["all-namespaces"]
    if not everywhere:
        if kind is not None and not kind.namespaced:
            in_group = f" in group '{group}'" if group else ""
            _warn(session, f"resource '{resource}' is not namespace scoped{in_group}")
        if verb not in _VERBS:
            _warn(session, f"verb '{verb}' is not a known verb")
    asked = {
        "namespace": "" if everywhere else session.namespace(parsed),
        "verb": verb,
        "group": group,
        "resource": resource,
        "subresource": subresource,
        "name": name,
    }
    return {"resourceAttributes": {field: value for field, value in asked.items() if value}}


def _kind(session: Session, word: str) -> Kind | None:
    """Return the kind that a word means; None, with a warning, if the API server has none of this name."""
    lower = word.lower()
    kind = find_resource(lower) or next(
        (item for item in known_kinds(session) if lower in (*item.names, item.qualified)), None
    )
    if kind is None and lower not in _NOT_DISCOVERED:
        resource, _dot, group = lower.partition(".")
        in_group = f" in group '{group}'" if group else ""
        _warn(session, f"the server doesn't have a resource type '{resource}'{in_group}")
    return kind


def _warn(session: Session, words: str) -> None:
    session.err(f"Warning: {words}\n\n")


def _asked(session: Session, kind: str, spec: Manifest) -> Manifest:
    """Return the `status` with which the API server answers a question."""
    question = {"apiVersion": "authorization.k8s.io/v1", "kind": kind, "spec": spec}
    with session.asking():
        return session.api.create(question).status


# ---- everything that is allowed


def _list(session: Session, parsed: Parsed) -> None:
    status = _asked(session, "SelfSubjectRulesReview", {"namespace": session.namespace(parsed)})
    rules = (*policy_rules(status.get("resourceRules")), *policy_rules(status.get("nonResourceRules")))
    rows = lines_of(rules)
    session.out(table([*([] if parsed["no-headers"] else [_HEADERS]), *rows]))


VERB = Verb(
    can_i,
    _("Say whether an action is allowed, or list what is allowed."),
    _FLAGS,
    "kubectl auth can-i list pods --as tom",
)
