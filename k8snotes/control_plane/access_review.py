"""Questions about access, sent as objects that the API server answers and does not store: SubjectAccessReview and others.

Source of the rules: https://kubernetes.io/docs/reference/access-authn-authz/authorization/#checking-api-access and
k8s.io/kubernetes/pkg/apis/authorization/validation
"""

from __future__ import annotations

from typing import Any

from k8snotes.api.base import KubeObject, Manifest, mapping, sequence, text, view
from k8snotes.api.kind import Kind
from k8snotes.api.policy_rule import PolicyRule, Request
from k8snotes.control_plane.authorizer import Authorizer, User, joined
from k8snotes.control_plane.validation.wording import Path, invalid, invalid_value
from k8snotes.errors import Cause

__all__ = ["answered", "is_review"]

_GROUPS = ("authorization.k8s.io/", "authentication.k8s.io/")
_FIELDS = ("verb", "resource", "group", "subresource", "name", "namespace")
_SPEC = Path("spec")


def is_review(manifest: Manifest) -> bool:
    """Whether a manifest is a question, and no object to be stored.

    >>> is_review({"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview"})
    True
    """
    version = manifest.get("apiVersion")
    return isinstance(version, str) and version.startswith(_GROUPS) and manifest.get("kind") != "TokenReview"


def answered(authorizer: Authorizer, asking: User, resource: Kind, manifest: Manifest) -> KubeObject:
    """Return a question with its answer in `status`.

    Args:
        authorizer: answers it.
        asking: who asks: the subject of a question about oneself.
        resource: its kind.
        manifest: the question, decoded.

    Raises:
        ApiError: 422 where it is no question.
    """
    spec = mapping(manifest.get("spec"))
    if resource.kind == "SelfSubjectReview":
        status: Manifest = {"userInfo": {"username": asking.name, "groups": list(asking.groups)}}
    elif resource.kind == "SelfSubjectRulesReview":
        status = _rules(authorizer, asking, text(spec.get("namespace")))
    else:
        causes = _faults(resource, manifest, spec)
        if causes:
            raise invalid(resource, "", causes)
        user = asking
        if not resource.kind.startswith("Self"):
            user = User(text(spec.get("user")), tuple(map(text, sequence(spec.get("groups")))))
        decision = authorizer.review(user, request_of(spec))
        status = {"allowed": decision.allowed}
        if decision.reason:
            status["reason"] = decision.reason
    return view({**manifest, "status": status})


def request_of(spec: Manifest) -> Request:
    """Return what the `spec` of a question asks about.

    >>> request_of({"nonResourceAttributes": {"path": "/healthz", "verb": "get"}}).path
    '/healthz'
    """
    url = spec.get("nonResourceAttributes")
    if url is not None:
        return Request(text(mapping(url).get("verb")), path=text(mapping(url).get("path")))
    asked = mapping(spec.get("resourceAttributes"))
    return Request(**{field: text(asked.get(field)) for field in _FIELDS})


def _rules(authorizer: Authorizer, user: User, namespace: str) -> Manifest:
    rules, missing = authorizer.rules_for(user, namespace)
    status: Manifest = {
        "incomplete": False,
        "resourceRules": [_resource_rule(rule) for rule in rules if rule.resources],
        "nonResourceRules": [
            {"verbs": list(rule.verbs), "nonResourceURLs": list(rule.urls)} for rule in rules if rule.urls
        ],
    }
    if missing:
        status["evaluationError"] = joined(missing)
    return status


def _resource_rule(rule: PolicyRule) -> Manifest:
    fields: dict[str, Any] = {
        "verbs": list(rule.verbs),
        "apiGroups": list(rule.groups),
        "resources": list(rule.resources),
        "resourceNames": list(rule.names),
    }
    return {name: value for name, value in fields.items() if value}


def _faults(resource: Kind, manifest: Manifest, spec: Manifest) -> list[Cause]:
    """Say what keeps it from being a question about one request of one user."""
    causes = []
    of_resource, of_url = spec.get("resourceAttributes"), spec.get("nonResourceAttributes")
    if of_resource is not None and of_url is not None:
        causes.append(
            invalid_value(
                _SPEC / "nonResourceAttributes",
                None,
                "cannot be specified in combination with resourceAttributes",
            )
        )
    if of_resource is None and of_url is None:
        causes.append(
            invalid_value(
                _SPEC / "resourceAttributes",
                None,
                "exactly one of nonResourceAttributes or resourceAttributes must be specified",
            )
        )
    if not resource.kind.startswith("Self") and not spec.get("user") and not spec.get("groups"):
        causes.append(invalid_value(_SPEC / "user", "", "at least one of user or group must be specified"))
    home = text(mapping(manifest.get("metadata")).get("namespace"))
    if resource.kind == "LocalSubjectAccessReview" and home != text(mapping(of_resource).get("namespace")):
        causes.append(
            invalid_value(
                _SPEC / "resourceAttributes" / "namespace",
                text(mapping(of_resource).get("namespace")),
                "must match metadata.namespace",
            )
        )
    return causes
