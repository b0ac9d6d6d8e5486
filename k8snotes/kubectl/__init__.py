"""kubectl in a cell: the verbs as one types them, answered by a simulated cluster.

Read `cli` first: it takes a line from its first word to what it prints. Each verb is a file of `verbs/`, each page
of `kubectl describe` a file of `describe/`, and what a verb does to the cluster is in `k8snotes/actions.py`.
"""

import sys
from types import ModuleType
from typing import NoReturn

from k8snotes.catalogue import _
from k8snotes.errors import CallError

__all__: list[str] = []


class _Package(ModuleType):
    """This folder, which a reader may take for the helper: `kn.kubectl("get pods")`."""

    def __call__(self, *_words: object, **_options: object) -> NoReturn:
        """Say whose helper it is."""
        raise CallError(_("kubectl needs a cluster, so it is called on one"), 'c.kubectl("get pods")')


sys.modules[__name__].__class__ = _Package
