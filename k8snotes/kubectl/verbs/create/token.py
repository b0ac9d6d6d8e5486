"""`kubectl create token robot`: what a ServiceAccount's token says; the token itself is not shown."""

from __future__ import annotations

from datetime import datetime, timedelta

from k8snotes.api.base import KubeObject, Manifest, text
from k8snotes.api.go_text import quoted
from k8snotes.api.masking import HIDDEN
from k8snotes.api.registry import find_resource
from k8snotes.catalogue import _
from k8snotes.errors import ApiError
from k8snotes.kubectl.failure import Stopped
from k8snotes.kubectl.flags import Parsed, flag
from k8snotes.kubectl.output.formats import OUTPUT, check_format, print_objects
from k8snotes.kubectl.session import Session
from k8snotes.kubectl.verb import Verb

_FLAGS = (
    *OUTPUT,
    flag("audience", "texts"),
    flag("duration", "duration", 0.0),
    flag("bound-object-kind"),
    flag("bound-object-name"),
    flag("bound-object-uid"),
)
_AUDIENCE = "https://kubernetes.default.svc.cluster.local"  # that of the API server
_HOUR = 3600  # seconds, where no duration is given
_LEAST, _MOST = 600, 1 << 32  # seconds
_BOUND = {"Node": "nodes", "Pod": "pods", "Secret": "secrets"}


def token(session: Session, parsed: Parsed) -> None:
    """Request a token of a ServiceAccount: `kubectl create token robot`.

    A token is as good as a password, so k8snotes shows none. It says what the token would say: whose it is, for whom,
    and until when.

    Source of the rule: https://kubernetes.io/docs/reference/kubectl/generated/kubectl_create/kubectl_create_token/
    """
    usage = f"See 'kubectl {session.verb} -h' for help and examples"
    if len(parsed.before) != 1:
        raise Stopped(f"exactly one NAME is required, got {len(parsed.before)}\n{usage}")
    name = parsed.before[0]
    check_format(parsed, tables=False)
    _check(parsed)
    home = session.namespace(parsed)
    try:
        account = _account(session, name, home)
        seconds = _seconds(parsed)
        bound = _bound(session, parsed, name, home)
    except ApiError as error:
        raise Stopped(f"failed to create token: {error.message}") from None
    now = datetime.fromisoformat(session.api.timestamp)
    until = (now + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")
    audiences = parsed["audience"] or [_AUDIENCE]
    session.remark(
        _(
            "A token is as good as a password, so it is not shown. It says that its bearer is the user "
            "system:serviceaccount:{namespace}:{name}, it is meant for {audiences}, and it expires at {until}.",
            namespace=account.namespace,
            name=name,
            audiences=", ".join(audiences),
            until=until,
        )
    )
    if not parsed.text("output") and not parsed.text("template"):
        session.out(f"{HIDDEN}\n")
        return
    spec: Manifest = {"audiences": audiences, "boundObjectRef": bound, "expirationSeconds": seconds}
    request = {
        "apiVersion": "authentication.k8s.io/v1",
        "kind": "TokenRequest",
        "metadata": {
            "creationTimestamp": session.api.timestamp,
            "name": name,
            "namespace": account.namespace,
        },
        "spec": spec,
        "status": {"expirationTimestamp": until, "token": HIDDEN},
    }
    print_objects(session, parsed, [KubeObject(request)], one=True)


def _check(parsed: Parsed) -> None:
    """Raise Stopped for flags that make no sense, as `TokenOptions.Validate` of kubectl does."""
    duration = parsed["duration"]
    if duration < 0:
        raise Stopped("--duration must be greater than or equal to 0")
    if duration % 1:
        raise Stopped("--duration cannot be expressed in units less than seconds")
    if "" in parsed["audience"]:
        raise Stopped("--audience must not be an empty string")
    kind = parsed.text("bound-object-kind")
    if not kind:
        for option in ("bound-object-name", "bound-object-uid"):
            if parsed.text(option):
                raise Stopped(f"--{option} can only be set if --bound-object-kind is provided")
    elif kind not in _BOUND:
        raise Stopped(f"supported --bound-object-kind values are {', '.join(sorted(_BOUND))}")
    elif not parsed.text("bound-object-name"):
        raise Stopped("--bound-object-name is required if --bound-object-kind is provided")


def _account(session: Session, name: str, namespace: str) -> KubeObject:
    kind = find_resource("serviceaccounts")
    if kind is None:
        raise ApiError(404, "NotFound", f"serviceaccounts {quoted(name)} not found")
    session.api.permit("create", kind, namespace, name, "token")
    return session.simulation.api.get(kind, namespace, name)


def _seconds(parsed: Parsed) -> int:
    """Return for how long the token is good, as `ValidateTokenRequest` of Kubernetes allows it."""
    seconds = int(parsed["duration"]) or _HOUR
    why = ""
    if seconds < _LEAST:
        why = "may not specify a duration less than 10 minutes"
    if seconds > _MOST:
        why = "may not specify a duration larger than 2^32 seconds"
    if why:
        message = f'TokenRequest.authentication.k8s.io "" is invalid: spec.expirationSeconds: Invalid value: {seconds}: {why}'
        raise ApiError(422, "Invalid", message)
    return seconds


def _bound(session: Session, parsed: Parsed, account: str, namespace: str) -> Manifest | None:
    """Return what the token is bound to, as the TokenRequest names it; None if it is bound to nothing."""
    word = parsed.text("bound-object-kind")
    kind = find_resource(_BOUND[word]) if word else None
    if kind is None:
        return None
    name, uid = parsed.text("bound-object-name"), parsed.text("bound-object-uid")
    obj = session.simulation.api.get(kind, namespace if kind.namespaced else "", name)
    if word == "Pod" and text(obj.spec.get("serviceAccountName") or "default") != account:
        raise ApiError(
            400,
            "BadRequest",
            f"cannot bind token for serviceaccount {quoted(account)} to pod running with different serviceaccount name.",
        )
    own = text(obj.metadata.get("uid"))
    if uid and uid != own:
        message = (
            f"Operation cannot be fulfilled on {word} {quoted(name)}: the UID in the bound object reference ({uid}) does "
            "not match the UID in record. The object might have been deleted and then recreated"
        )
        raise ApiError(409, "Conflict", message)
    return {"apiVersion": "v1", "kind": word, "name": name, "uid": own}


VERB = Verb(
    token,
    _("Request a token of a ServiceAccount."),
    _FLAGS,
    "kubectl create token default",
    takes="serviceaccounts",
)
