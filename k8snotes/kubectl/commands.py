"""The commands of kubectl v1.36, in its own order, in which similar commands are suggested."""

from __future__ import annotations

from k8snotes.catalogue import _

__all__ = ["COMMANDS", "near_commands"]

COMMANDS: dict[str, str] = {
    "create": "",
    "expose": "",
    "run": "",
    "set": "",
    "explain": "",
    "get": "",
    "edit": _(
        "A notebook has no editor. Use kubectl get -o yaml, and then kubectl apply -f - or kubectl patch."
    ),
    "delete": "",
    "rollout": "",
    "scale": "",
    "autoscale": _("No component measures the load here. Use kubectl scale to change the number of Pods."),
    "certificate": "",
    "cluster-info": "",
    "top": _(
        "Use c.top() for the usage that was set with c.use(), or kubectl describe node for the requests of the Pods."
    ),
    "cordon": "",
    "uncordon": "",
    "drain": "",
    "taint": "",
    "describe": "",
    "logs": "",
    "attach": _("No container runs here. Use kubectl exec POD -- curl URL to send a request from a Pod."),
    "exec": "",
    "port-forward": _("Use kubectl exec POD -- curl URL or c.trace() to see the path of a request."),
    "proxy": _("Use c.objects(), c.get() or kubectl get -o yaml to read the API."),
    "cp": _("No container runs here, so there are no files to copy."),
    "auth": "",
    "debug": "",
    "events": "",
    "diff": _(
        "Use kubectl apply --dry-run=server to see what would change, or c.diff(before) to see what has changed."
    ),
    "apply": "",
    "patch": "",
    "replace": "",
    "wait": "",
    "kustomize": _("Apply the manifests themselves with -f."),
    "label": "",
    "annotate": "",
    "completion": _("In a cell, the Tab key completes verbs, kinds and names."),
    "alpha": "",
    "api-resources": "",
    "api-versions": "",
    "config": _(
        "There is only one cluster here, and it needs no credentials. Use -n to choose the namespace."
    ),
    "plugin": "",
    "version": "",
    "options": _("Use kubectl VERB --help to list the options of a verb."),
}
"""Every command. If no file of `verbs/` does it, the sentence says what to use instead; "" if there is nothing similar."""

_MOST_EDITS = 2


def near_commands(word: str) -> list[str]:
    """Return the commands that are at most two letters away, or begin with the word.

    Source of the rule: `SuggestionsFor` of github.com/spf13/cobra.

    >>> near_commands("gett")
    ['set', 'get']
    """
    return [
        name
        for name in COMMANDS
        # a word cannot be near a name if it is longer by more than the edits
        if len(word) - len(name) <= _MOST_EDITS
        and (edits(word.lower(), name.lower()) <= _MOST_EDITS or name.lower().startswith(word.lower()))
    ]


def edits(one: str, other: str) -> int:
    """Return how many letters must be changed, added or removed to turn one word into the other.

    >>> edits("gett", "get"), edits("get", "set")
    (1, 1)
    """
    before = list(range(len(other) + 1))
    for row, left in enumerate(one, start=1):
        now = [row]
        for column, right in enumerate(other, start=1):
            now.append(min(now[-1] + 1, before[column] + 1, before[column - 1] + (left != right)))
        before = now
    return before[-1]
