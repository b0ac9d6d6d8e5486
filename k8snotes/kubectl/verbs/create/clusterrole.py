"""`kubectl create clusterrole reader --verb=get,list --resource=nodes`."""

from __future__ import annotations

from collections.abc import Iterable

from k8snotes.api.base import Manifest
from k8snotes.catalogue import _
from k8snotes.kubectl.failure import Stopped
from k8snotes.kubectl.flags import Parsed, flag
from k8snotes.kubectl.session import Session
from k8snotes.kubectl.verbs.create import creator, new_object
from k8snotes.kubectl.verbs.create.role import FLAGS, VERSION, rules_of, unique, verbs_of, warn_of_verbs

_URL_VERBS = ("*", "get", "post", "put", "delete", "patch", "head", "options")


def build(session: Session, parsed: Parsed, name: str) -> Manifest:
    """Create a ClusterRole: with rules for resources and URLs, or with labels that gather other ClusterRoles.

    Source of the rule:
    https://kubernetes.io/docs/reference/kubectl/generated/kubectl_create/kubectl_create_clusterrole/
    """
    gathered, verbs, urls = parsed["aggregation-rule"], verbs_of(parsed), unique(parsed["non-resource-url"])
    if gathered:
        if urls or verbs or parsed["resource"] or parsed["resource-name"]:
            raise Stopped(
                "aggregation rule must be specified without nonResourceURLs, verbs, resources or resourceNames"
            )
        selectors = [{"matchLabels": gathered}]
        rule = {"clusterRoleSelectors": selectors}
        return new_object(VERSION, "ClusterRole", name, aggregationRule=rule, rules=None)
    if not verbs:
        raise Stopped("at least one verb must be specified")
    if not parsed["resource"] and not urls:
        raise Stopped("one of resource or nonResourceURL must be specified")
    rules: list[Manifest] = []
    if parsed["resource"]:
        warn_of_verbs(session, verbs)
        rules += rules_of(session, parsed, verbs)
    if urls:
        _check_urls(urls, verbs)
        rules.append({"nonResourceURLs": urls, "verbs": verbs})
    return new_object(VERSION, "ClusterRole", name, rules=rules)


def _check_urls(urls: Iterable[str], verbs: Iterable[str]) -> None:
    for verb in verbs:
        if verb not in _URL_VERBS:
            raise Stopped(f"invalid verb: '{verb}' for nonResourceURL")
    for url in urls:
        if url == "*":
            continue
        if not url.startswith("/"):
            raise Stopped("nonResourceURL should start with /")
        if "*" in url[:-1]:
            raise Stopped("nonResourceURL only supports wildcard matches when '*' is at the end")


VERB = creator(
    build,
    _("Create a ClusterRole."),
    (*FLAGS, flag("non-resource-url", "list"), flag("aggregation-rule", "map")),
    example="kubectl create clusterrole reader --verb=get,list --resource=nodes",
)
