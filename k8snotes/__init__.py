"""Kubernetes notes that run: helpers that compute their answers by the rules of a real cluster.

Names are loaded when they are first used, so that importing the package costs almost nothing.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from k8snotes.api.label_index import LabelIndex as LabelIndex
    from k8snotes.api.quantity import Quantity as Quantity
    from k8snotes.api.selector import Selector as Selector
    from k8snotes.cluster import Cluster as Cluster
    from k8snotes.cluster import load as load
    from k8snotes.course import check as check
    from k8snotes.course import glossary as glossary
    from k8snotes.course import progress as progress
    from k8snotes.course.examination import examine as examine
    from k8snotes.doctor import Finding as Finding
    from k8snotes.doctor import Findings as Findings
    from k8snotes.errors import AddressError as AddressError
    from k8snotes.errors import ApiError as ApiError
    from k8snotes.errors import BadManifestError as BadManifestError
    from k8snotes.errors import ClusterError as ClusterError
    from k8snotes.errors import FigureError as FigureError
    from k8snotes.errors import K8sNotesError as K8sNotesError
    from k8snotes.errors import LabelSelectorError as LabelSelectorError
    from k8snotes.errors import LanguageError as LanguageError
    from k8snotes.errors import LockedError as LockedError
    from k8snotes.errors import ManifestError as ManifestError
    from k8snotes.errors import ManifestWarning as ManifestWarning
    from k8snotes.errors import NotFoundError as NotFoundError
    from k8snotes.errors import QuantityError as QuantityError
    from k8snotes.errors import RefError as RefError
    from k8snotes.errors import SelectorSyntaxError as SelectorSyntaxError
    from k8snotes.errors import SnapshotError as SnapshotError
    from k8snotes.errors import TableError as TableError
    from k8snotes.figures.legend import legend as legend
    from k8snotes.figures.sizing import fit as fit
    from k8snotes.languages import language as language
    from k8snotes.tables import select as select
    from k8snotes.widgets import explore as explore
    from k8snotes.widgets import scaler as scaler
    from k8snotes.widgets import size as size

__version__ = "0.1.0"

_HOME = {
    "Cluster": "cluster",
    "LabelIndex": "api.label_index",
    "Quantity": "api.quantity",
    "Selector": "api.selector",
    "Finding": "doctor",
    "Findings": "doctor",
    "check": "course",
    "examine": "course.examination",
    "explore": "widgets",
    "fit": "figures.sizing",
    "glossary": "course",
    "language": "languages",
    "legend": "figures.legend",
    "load": "cluster",
    "progress": "course",
    "scaler": "widgets",
    "select": "tables",
    "size": "widgets",
}
_ERRORS = (
    *(
        "AddressError",
        "ApiError",
        "BadManifestError",
        "ClusterError",
        "FigureError",
        "K8sNotesError",
        "LabelSelectorError",
        "LanguageError",
        "LockedError",
    ),
    *("ManifestError", "ManifestWarning", "NotFoundError", "QuantityError", "RefError"),
    *("SelectorSyntaxError", "SnapshotError", "TableError"),
)
_HOME.update(dict.fromkeys(_ERRORS, "errors"))

__all__ = [*_HOME]  # noqa: PLE0604  # a plain list of names


def __getattr__(name: str) -> Any:
    home = _HOME.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOME])


def load_ipython_extension(shell: Any) -> None:
    """Register `%kubectl` and `%%kubectl`: what `%load_ext k8snotes` does."""
    import_module(f"{__name__}.kubectl.magic").register(shell)


def _offer_magic() -> None:
    """Register them if the package is imported in a notebook, unless `%kubectl` is something else there."""
    ipython = sys.modules.get("IPython")  # in a notebook it was imported long ago
    shell = ipython.get_ipython() if ipython is not None and hasattr(ipython, "get_ipython") else None
    if shell is not None and hasattr(shell, "magics_manager"):
        import_module(f"{__name__}.kubectl.magic").offer(shell)


_offer_magic()
