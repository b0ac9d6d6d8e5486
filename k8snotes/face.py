"""What a reader's objects offer at a prompt: their names, the name that was meant, and a call to copy.

A class of the face says `__dir__ = offered(...)`: the Tab key and `dir()` then show what is for readers. With
`__getattr__ = unknown_name`, a name that is not there is answered with the nearest one. `calls` is for its functions:
if the arguments of a call do not fit, the error shows the example of the docstring.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from functools import wraps
from types import FunctionType
from typing import Any, ParamSpec, TypeVar

from k8snotes.errors import CallError, UnknownNameError, did_you_mean

__all__ = ["calls", "example_of", "offered", "unknown_name", "with_calls"]

_Given = ParamSpec("_Given")
_Returned = TypeVar("_Returned")
_Class = TypeVar("_Class", bound=type)
_FACE = "kn"  # as readers import the package
_KEYWORD = re.compile(r"unexpected keyword argument '(\w+)'")


def offered(*inner: str) -> Callable[[Any], list[str]]:
    """Return a `__dir__` that lists the public names of an object.

    Args:
        inner: public names that are not for readers.

    >>> class Lamp:
    ...     __dir__ = offered("wire")
    ...     bulb, wire, _fuse = "E27", "copper", "5 A"
    >>> dir(Lamp())
    ['bulb']
    """

    def names(self: Any) -> list[str]:
        there = object.__dir__(self)
        return sorted(name for name in there if not name.startswith("_") and name not in inner)

    names.inner = inner  # type: ignore[attr-defined]  # `tab` asks whether a class has it
    return names


def unknown_name(self: object, name: str) -> Any:
    """Raise the error for a name that an object does not have, with the name that was probably meant.

    It is the `__getattr__` of a class.

    >>> class Lamp:
    ...     __dir__, __getattr__ = offered(), unknown_name
    ...     bulb = "E27"
    >>> Lamp().blub
    Traceback (most recent call last):
    ...
    k8snotes.errors.UnknownNameError: Lamp has no attribute "blub". Did you mean "bulb"?
    """
    if name.startswith("_") or hasattr(
        type(self), name
    ):  # Python's tools ask; or a property has failed, and says why
        return object.__getattribute__(self, name)
    raise UnknownNameError(type(self).__name__, name, dir(self))


def calls(function: Callable[_Given, _Returned]) -> Callable[_Given, _Returned]:
    """Return a function of the face: if its arguments do not fit, a CallError shows the example of its docstring.

    >>> @calls
    ... def double(number: int) -> int:
    ...     '''Return twice the number.
    ...
    ...     >>> double(2)
    ...     4
    ...     '''
    ...     return 2 * number
    >>> double(numbr=2)
    Traceback (most recent call last):
    ...
    k8snotes.errors.CallError: kn.double() got an unexpected keyword argument 'numbr'. Did you mean "number"?
    For example: kn.double(2)
    """

    @wraps(function)
    def called(*args: _Given.args, **kwargs: _Given.kwargs) -> _Returned:
        try:
            return function(*args, **kwargs)
        except TypeError as error:
            if error.__traceback__ is None or error.__traceback__.tb_next is not None:
                raise  # the call began, so its arguments fit
            problem = str(error)
        raise CallError(_named(function, problem), example_of(function), near=_near(function, problem))

    return called


def with_calls(cls: _Class) -> _Class:
    """Make every public method of a class, and its constructor, answer as `calls` does."""
    for name, value in [*vars(cls).items()]:
        if isinstance(value, FunctionType) and (name == "__init__" or not name.startswith("_")):
            setattr(cls, name, calls(value))
    return cls


def example_of(function: Callable[..., Any]) -> str:
    """Return the first call of a function in the examples of its docstring, as a reader types it; "" if there is none.

    >>> example_of(offered), example_of(example_of)
    ('kn.offered("wire")', 'kn.example_of(offered)')
    """
    owner, _dot, name = function.__qualname__.rpartition(".")
    said = function.__doc__ or ""
    if name == "__init__":
        name, owner = owner, ""
        said = getattr(function, "__globals__", {}).get(name).__doc__ or ""
    for statement in _statements(said):
        for node in ast.walk(ast.parse(statement)):
            if isinstance(node, ast.Call):
                call = ast.get_source_segment(statement, node) or ""
                if owner and isinstance(node.func, ast.Attribute) and node.func.attr == name:
                    return call
                if not owner and ast.unparse(node.func) in (name, f"{_FACE}.{name}"):
                    return f"{_FACE}.{call.removeprefix(f'{_FACE}.')}"
    return ""


def _statements(said: str) -> Iterator[str]:
    """Yield each statement of the examples in a docstring that Python can read."""
    statement: list[str] = []
    for line in [*said.splitlines(), ""]:
        mark, text = line.strip()[:3], line.strip()[4:]
        if mark == "..." and statement:
            statement.append(text)
            continue
        if statement:
            source = "\n".join(statement)
            try:
                ast.parse(source)
            except SyntaxError:
                pass
            else:
                yield source
        statement = [text] if mark == ">>>" else []


def _named(function: Callable[..., Any], problem: str) -> str:
    """Say Python's sentence with the name by which readers know the function."""
    inner = function.__qualname__
    if inner.endswith(".__init__"):
        return problem.replace(f"{inner}()", f"{_FACE}.{inner.removesuffix('.__init__')}()")
    return problem if "." in inner else problem.replace(f"{inner}()", f"{_FACE}.{inner}()")


def _near(function: Callable[..., Any], problem: str) -> str:
    import inspect  # noqa: PLC0415  # only where a call is wrong

    keyword = _KEYWORD.search(problem)
    return did_you_mean(keyword[1], inspect.signature(function).parameters) if keyword else ""
