"""The verbs of kubectl, one file each: `api_resources.py` is `kubectl api-resources`, `rollout/undo.py` its subcommand.

A file declares its verb as `VERB` (see `k8snotes.kubectl.verb`), and is found by its name when the verb is typed.
"""

from __future__ import annotations

from k8snotes.kubectl.verb import Verbs

__all__ = ["VERBS"]

VERBS = Verbs(__name__, __path__)
