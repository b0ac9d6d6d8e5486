"""How a Pod, a container or a Node is, as a picture says it: the facts have codes, and here are their words."""

from __future__ import annotations

from k8snotes.catalogue import _
from k8snotes.figures.wording import plain

__all__ = ["said"]

# What a Node or a Pod is called by Kubernetes itself (Ready, Pending, Failed) stays as it is.
_SAID = {
    "ready": _("ready"),
    "not ready": _("not ready"),
    "left out": _("left out"),
    "terminating": _("terminating"),
    "no Node yet": _("no Node yet"),
    "restarting": _("restarting"),
    "running": _("running"),
    "running, not ready": _("running, not ready"),
    "not started": _("not started"),
    "Ready, cordoned": _("Ready, cordoned"),
    "Ready, memory low": _("Ready, low on memory"),
    "Ready, cordoned, memory low": _("Ready, cordoned, low on memory"),
    "NotReady, cordoned": _("NotReady, cordoned"),
    "NotReady, memory low": _("NotReady, low on memory"),
    "NotReady, cordoned, memory low": _("NotReady, cordoned, low on memory"),
}


def said(state: str) -> str:
    """Return the words of a state, in the language in force.

    Args:
        state: a state of `facts.states`, such as "not ready", "Ready, cordoned" or "waiting: CrashLoopBackOff".

    >>> said("not ready"), said("Pending"), said("waiting: ImagePullBackOff"), said("ended with exit code 1")
    ('not ready', 'Pending', 'waiting: ImagePullBackOff', 'ended with exit code 1')
    """
    if state in _SAID:
        return str(_SAID[state])
    waits, of, reason = state.partition("waiting: ")
    if of and not waits:
        return _("waiting: {reason}", reason=plain(reason))
    ended, of, code = state.partition("ended with exit code ")
    if of and not ended:
        return _("ended with exit code {code}", code=plain(code))
    return plain(state)
