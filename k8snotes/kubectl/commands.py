"""The commands of kubectl v1.36, in its own order: guesses at what was meant follow it."""

from __future__ import annotations

__all__ = ["COMMANDS", "near_commands"]

COMMANDS: dict[str, str] = {
    "create": "",
    "expose": "",
    "run": "",
    "set": "",
    "explain": "",
    "get": "",
    "edit": "There is no editor here: kubectl get -o yaml, kubectl apply -f - and kubectl patch do the same.",
    "delete": "",
    "rollout": "",
    "scale": "",
    "autoscale": "No component measures load here; kubectl scale changes how many Pods there are.",
    "certificate": "",
    "cluster-info": "",
    "top": "c.top() shows what the Pods use, as c.use() has said; kubectl describe node says what they ask for.",
    "cordon": "",
    "uncordon": "",
    "drain": "",
    "taint": "",
    "describe": "",
    "logs": "No container runs here, so there are no logs; kubectl describe and kubectl events tell what happened.",
    "attach": "No container runs here that one could be attached to; kubectl exec POD -- curl asks from within a Pod.",
    "exec": "",
    "port-forward": "kubectl exec POD -- curl and c.trace() show the way of a request.",
    "proxy": "The API is asked with c.objects(), c.get() and kubectl get -o yaml.",
    "cp": "No container runs here that has files.",
    "auth": "Every user may do everything in this cluster.",
    "debug": "kubectl describe, kubectl events and c.inside('pod/x') look into a Pod.",
    "events": "",
    "diff": "kubectl apply --dry-run=server says what would change; c.diff(before) draws what did.",
    "apply": "",
    "patch": "",
    "replace": "",
    "wait": "",
    "kustomize": "Give the manifests themselves with -f.",
    "label": "",
    "annotate": "",
    "completion": "In a cell, the Tab key completes verbs, kinds and names.",
    "alpha": "",
    "api-resources": "",
    "api-versions": "",
    "config": "There is one cluster here, without credentials; -n chooses the namespace.",
    "plugin": "",
    "version": "",
    "options": "kubectl VERB --help lists what a verb takes.",
}
"""Every command, with what there is instead where no file of `verbs/` does it; "" where nothing comes near."""

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
        # a word that is longer than a name by more than the edits is not near it, however long it is
        if len(word) - len(name) <= _MOST_EDITS
        and (edits(word.lower(), name.lower()) <= _MOST_EDITS or name.lower().startswith(word.lower()))
    ]


def edits(one: str, other: str) -> int:
    """Return how many letters must be changed, added or taken away to make one word of the other.

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
