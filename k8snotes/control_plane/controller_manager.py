"""kube-controller-manager: the one program in which the controllers of the Master run."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from k8snotes.control_plane import controllers as folder
from k8snotes.control_plane.component import Component

__all__ = ["controllers"]


def controllers() -> tuple[Component, ...]:
    """Return new controllers, in the order in which they take turns.

    Every class in the folder `controllers/` that has a `turn` is one: a new controller is a new file.

    >>> controllers()[7:9]
    (<ephemeral-volume-controller>, <persistentvolume-controller>)
    """
    return tuple(made() for made in _classes())


@cache
def _classes() -> tuple[type[Component], ...]:
    """Return the classes of the controllers, by their turn."""
    modules = [import_module(f"{folder.__name__}.{item.name}") for item in iter_modules(folder.__path__)]
    classes = [
        item
        for module in modules
        for item in vars(module).values()
        if isinstance(item, type)
        and issubclass(item, Component)
        and item.turn
        and item.__module__ == module.__name__
    ]
    return tuple(sorted(classes, key=lambda item: item.turn))
