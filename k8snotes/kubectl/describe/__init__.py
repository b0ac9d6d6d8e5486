"""`kubectl describe`: one object in words and numbers. The page of a kind is the file of its name.

`daemonset.py` has a function `describe(page, obj)`, and is found when a DaemonSet is described; a kind without a
file has the page of `generic.py`. What several pages share is in files with its name: `containers.py`, ...
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from k8snotes.api.base import KubeObject
from k8snotes.control_plane.apiserver import ApiServer
from k8snotes.facts.events import events_by_object
from k8snotes.kubectl.describe.page import Page

__all__ = ["descriptions"]


def descriptions(api: ApiServer, objects: Iterable[KubeObject], *, events: bool = True) -> list[str]:
    """Return what `kubectl describe` prints about each object.

    Args:
        api: the API server, which has the related objects.
        objects: the objects.
        events: whether the page ends with the Events about the object.
    """
    by_uid = events_by_object(api) if events else None
    pages = []
    for obj in objects:
        page = Page(api, by_uid)
        import_module(f"{__name__}.{_page_of(obj)}").describe(page, obj)
        pages.append(str(page))
    return pages


def _page_of(obj: KubeObject) -> str:
    """Return the file of an object's page; a custom kind may be called like a built-in one and has none."""
    kind = obj.resource
    return kind.singular if kind.builtin and kind.singular in _files() else "generic"


@cache
def _files() -> frozenset[str]:
    return frozenset(module.name for module in iter_modules(__path__))
