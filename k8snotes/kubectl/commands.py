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
    "autoscale": "",
    "certificate": _(
        "No user of this cluster has a certificate, so there are no requests to sign. Use --as to act as another user."
    ),
    "cluster-info": "",
    "top": "",
    "cordon": "",
    "uncordon": "",
    "drain": "",
    "taint": "",
    "describe": "",
    "logs": "",
    "attach": _("No container runs here. Use kubectl exec POD -- curl URL to send a request from a Pod."),
    "exec": "",
    "port-forward": "",
    "proxy": _("Use c.objects(), c.get() or kubectl get -o yaml to read the API."),
    "cp": _(
        "No container runs here, so no file can be copied into one. Use a ConfigMap to give a Pod files, and "
        "kubectl exec POD -- cat FILE to read them."
    ),
    "auth": "",
    "debug": "",
    "events": "",
    "diff": "",
    "apply": "",
    "patch": "",
    "replace": "",
    "wait": "",
    "kustomize": _("Apply the manifests themselves with -f."),
    "label": "",
    "annotate": "",
    "completion": _("In a cell, the Tab key completes verbs, kinds and names."),
    "alpha": _(
        "Commands that Kubernetes still tries out are not simulated. Use the command without alpha, if there is one."
    ),
    "api-resources": "",
    "api-versions": "",
    "config": "",
    "plugin": _(
        "There are no plugins here. Use Python to go on with the output of a command: c.kubectl(...).stdout."
    ),
    "version": "",
    "options": "",
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
