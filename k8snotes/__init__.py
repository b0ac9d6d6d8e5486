"""Kubernetes notes that run: helpers that compute their answers by the rules of a real cluster.

Names are loaded when they are first used, so that importing the package costs almost nothing. What `help(kn)` and
`kn?` show first is the page of `guide`, in the language in force.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

from k8snotes import tracebacks

if TYPE_CHECKING:
    from k8snotes.api.label_index import LabelIndex as LabelIndex
    from k8snotes.api.quantity import Quantity as Quantity
    from k8snotes.api.selector import Selector as Selector
    from k8snotes.cluster import Cluster as Cluster
    from k8snotes.cluster import compare as compare
    from k8snotes.cluster import load as load
    from k8snotes.course import check as check
    from k8snotes.course import glossary as glossary
    from k8snotes.course import progress as progress
    from k8snotes.course.asking import ask as ask
    from k8snotes.course.examination import examine as examine
    from k8snotes.doctor import Finding as Finding
    from k8snotes.doctor import Findings as Findings
    from k8snotes.errors import AddressError as AddressError
    from k8snotes.errors import ApiError as ApiError
    from k8snotes.errors import BadManifestError as BadManifestError
    from k8snotes.errors import CallError as CallError
    from k8snotes.errors import ClusterError as ClusterError
    from k8snotes.errors import CommandError as CommandError
    from k8snotes.errors import ConnectError as ConnectError
    from k8snotes.errors import FetchError as FetchError
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
    from k8snotes.errors import SelectorWarning as SelectorWarning
    from k8snotes.errors import SiteError as SiteError
    from k8snotes.errors import SnapshotError as SnapshotError
    from k8snotes.errors import TableError as TableError
    from k8snotes.errors import UnknownNameError as UnknownNameError
    from k8snotes.figures.legend import legend as legend
    from k8snotes.figures.sizing import fit as fit
    from k8snotes.languages import language as language
    from k8snotes.live.connecting import connect as connect
    from k8snotes.tables import select as select
    from k8snotes.widgets.browser import browse as browse
    from k8snotes.widgets.explorer import explore as explore
    from k8snotes.widgets.scaling import scaler as scaler
    from k8snotes.widgets.sizer import size as size

__version__ = "0.1.0"

_HOME = {
    "Cluster": "cluster",
    "LabelIndex": "api.label_index",
    "Quantity": "api.quantity",
    "Selector": "api.selector",
    "Finding": "doctor",
    "Findings": "doctor",
    "ask": "course.asking",
    "browse": "widgets.browser",
    "check": "course",
    "compare": "cluster",
    "connect": "live.connecting",
    "examine": "course.examination",
    "explore": "widgets.explorer",
    "fit": "figures.sizing",
    "glossary": "course",
    "language": "languages",
    "legend": "figures.legend",
    "load": "cluster",
    "progress": "course",
    "scaler": "widgets.scaling",
    "select": "tables",
    "size": "widgets.sizer",
}
_ERRORS = (
    *(
        "AddressError",
        "ApiError",
        "BadManifestError",
        "CallError",
        "ClusterError",
        "CommandError",
        "ConnectError",
        "FetchError",
        "FigureError",
        "K8sNotesError",
        "LabelSelectorError",
        "LanguageError",
        "LockedError",
    ),
    *("ManifestError", "ManifestWarning", "NotFoundError", "QuantityError", "RefError"),
    *(
        "SelectorSyntaxError",
        "SelectorWarning",
        "SiteError",
        "SnapshotError",
        "TableError",
        "UnknownNameError",
    ),
)
_HOME.update(dict.fromkeys(_ERRORS, "errors"))

__all__ = [*_HOME]  # noqa: PLE0604  # a plain list of names


# what a reader gets from a helper and does not make; with the errors it is on the face, but not in the way
_RESULTS = ("Finding", "Findings")


class _Face(ModuleType):
    """The package as a reader holds it: its description is said in the language in force."""

    @property
    def __doc__(self) -> str:  # type: ignore[override]  # a module's is a variable
        """The page that `help(kn)` begins with."""
        return str(import_module(f"{__name__}.guide").page())


sys.modules[__name__].__class__ = _Face


def __getattr__(name: str) -> Any:
    if name.startswith("_"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = _HOME.get(name)
    if home is None:
        return _folder(name)
    value = getattr(import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value


def _folder(name: str) -> ModuleType:
    """Return a module or a folder of the package: `kn.errors`, `kn.api`."""
    try:
        return import_module(f"{__name__}.{name}")
    except ModuleNotFoundError as error:
        if error.name != f"{__name__}.{name}":
            raise
    raise import_module(f"{__name__}.guide").unknown(name, __all__)


def __dir__() -> list[str]:
    """Return what a reader calls, and `errors`: the errors are on the face, and `kn.errors.` lists them."""
    return sorted({*_HOME, "errors"} - {*_ERRORS, *_RESULTS})


def load_ipython_extension(shell: Any) -> None:
    """Register `%kubectl` and `%%kubectl`, and what the Tab key offers: what `%load_ext k8snotes` does."""
    import_module(f"{__name__}.kubectl.magic").register(shell)
    import_module(f"{__name__}.tab").register(shell)


def _offer_magic() -> None:
    """Register them if the package is imported in a notebook, unless `%kubectl` is something else there; and the views."""
    ipython = sys.modules.get("IPython")  # in a notebook it was imported long ago
    shell = ipython.get_ipython() if ipython is not None and hasattr(ipython, "get_ipython") else None
    if shell is not None and hasattr(shell, "magics_manager"):
        import_module(f"{__name__}.kubectl.magic").offer(shell)
        import_module(f"{__name__}.tab").register(shell)
        import_module(f"{__name__}.figures.offered").offer(shell)


_offer_magic()
tracebacks.install()
if sys.platform == "emscripten":  # this Python runs in a browser
    import_module(f"{__name__}.browser").install()
