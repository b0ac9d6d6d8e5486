"""Routes of HTTP: which request goes where, by its host and path, its method, headers and query.

An Ingress and an HTTPRoute become the same `Route`, and one rule chooses among them: the more exact host, then an exact
path before a prefix, the longer prefix, then what else is asked for, then the older object.

Source of the rules: https://kubernetes.io/docs/concepts/services-networking/ingress/#multiple-matches and
`HTTPRouteRule.matches` in https://gateway-api.sigs.k8s.io/reference/spec/
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import NamedTuple
from urllib.parse import parse_qsl, unquote

__all__ = ["Backend", "Request", "Route", "chosen", "host_matches", "path_matches", "status_words"]


class Request(NamedTuple):
    """A request of HTTP.

    Args:
        host: the host in its URL, without the port.
        path: the path: "/cart".
        query: what stands after "?" in the URL, "" for nothing.
        method: "GET".
        headers: its headers, by their names in small letters.
        scheme: "http" or "https".
    """

    host: str
    path: str = "/"
    query: str = ""
    method: str = "GET"
    headers: Mapping[str, str] = {}
    scheme: str = "http"


class Backend(NamedTuple):
    """Where a route leads: to one port of a Service.

    Args:
        namespace: the Namespace of the Service.
        service: its name.
        port: the number or the name of its port.
        weight: the part of the requests that goes there, against the other backends of the route.
        problem: why it cannot be used, by a rule of the Gateway API: the reason of the condition; "" if it can be.
        message: the message of this condition.
    """

    namespace: str
    service: str
    port: int | str
    weight: int = 1
    problem: str = ""
    message: str = ""

    def __str__(self) -> str:
        return f"{self.service}:{self.port}"


class Route(NamedTuple):
    """One way of requests: a path of an Ingress, or a match of an HTTPRoute.

    Args:
        source: the reference of the object that says it: "ingress/shop".
        place: where it says so: "spec.rules[0].http.paths[1]".
        age: what is compared where two routes match alike: the older object counts, then the first by name, then the
            first in the object.
        host: the host: exact, "*.example.com", or "" for any.
        path: the path.
        path_type: as it is written: "Exact", "Prefix", "ImplementationSpecific", "PathPrefix".
        backends: where it leads.
        deep: whether the wildcard of its host stands for several labels, too.
        method: the only method, "" for any.
        headers: the headers that a request must have: names in small letters, and values.
        query: the parameters that it must have.
        filters: the types of its filters, which are not simulated.
        listener: the name of the listener that it is attached to, "" for an Ingress.
    """

    source: str
    place: str
    age: tuple[str, str, str, int, int]
    host: str
    path: str
    path_type: str
    backends: tuple[Backend, ...]
    deep: bool = False
    method: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    query: tuple[tuple[str, str], ...] = ()
    filters: tuple[str, ...] = ()
    listener: str = ""

    @property
    def exact(self) -> bool:
        """Whether it is for one path alone."""
        return self.path_type == "Exact"

    @property
    def rank(self) -> tuple[object, ...]:
        """What it is compared by with others that match the same request: the smallest counts."""
        wild = self.host.startswith("*.") or not self.host
        length = len(self.path.rstrip("/"))
        return (
            (wild, -len(self.host)),
            (not self.exact, -length),
            not self.method,
            -len(self.headers),
            -len(self.query),
            self.age,
        )

    @property
    def condition(self) -> tuple[object, ...]:
        """What a request must have to match: two routes of the same condition are for the same requests."""
        path = self.path if self.exact else self.path.rstrip("/")
        return self.listener, self.host, self.exact, path, self.method, self.headers, self.query

    def matches(self, request: Request) -> bool:
        """Whether a request matches.

        >>> route = Route("ingress/shop", "", ("", "", "", 0, 0), "*.example.com", "/cart", "Prefix", ())
        >>> route.matches(Request("shop.example.com", "/cart/7")), route.matches(Request("shop.example.com", "/carts"))
        (True, False)
        """
        return (
            host_matches(self.host, request.host, deep=self.deep)
            and path_matches(self.path, request.path, exact=self.exact)
            and self.method in ("", request.method)
            and all(request.headers.get(name) == value for name, value in self.headers)
            and _has_query(self.query, request.query)
        )


def chosen(routes: Iterable[Route], request: Request) -> Route | None:
    """Return the route that a request takes, None if none matches.

    Args:
        routes: all routes that are in force where the request comes in.
        request: the request.
    """
    return min((item for item in routes if item.matches(request)), key=lambda item: item.rank, default=None)


def host_matches(pattern: str, host: str, *, deep: bool = False) -> bool:
    """Whether a host is meant by the host of a rule.

    A wildcard stands for exactly one label in an Ingress, and for one or more in the Gateway API (`deep`).

    >>> host_matches("*.foo.com", "bar.foo.com"), host_matches("*.foo.com", "baz.bar.foo.com")
    (True, False)
    >>> host_matches("*.foo.com", "foo.com"), host_matches("*.foo.com", "baz.bar.foo.com", deep=True)
    (False, True)

    Source of the rule: https://kubernetes.io/docs/concepts/services-networking/ingress/#hostname-wildcards
    """
    if not pattern:
        return True
    host, pattern = host.lower().removesuffix("."), pattern.lower()
    if not pattern.startswith("*."):
        return host == pattern
    label, dot, rest = host.partition(".")
    if deep:
        return host.endswith(pattern[1:]) and len(host) > len(pattern) - 1
    return bool(label and dot) and rest == pattern[2:]


def path_matches(path: str, asked: str, *, exact: bool) -> bool:
    """Whether the path of a request is meant by the path of a rule.

    A prefix is compared element by element, and a slash at its end does not count.

    >>> path_matches("/aaa/bbb", "/aaa/bbb/ccc", exact=False), path_matches("/aaa/bbb", "/aaa/bbbxyz", exact=False)
    (True, False)
    >>> path_matches("/foo", "/foo/", exact=True), path_matches("/foo/", "/foo", exact=False)
    (False, True)

    Source of the rule: https://kubernetes.io/docs/concepts/services-networking/ingress/#examples
    """
    asked = unquote(asked) or "/"
    if exact:
        return asked == path
    prefix = path.rstrip("/")
    return asked == prefix or asked.startswith(f"{prefix}/")


def _has_query(wanted: Iterable[tuple[str, str]], query: str) -> bool:
    given: dict[str, str] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        given.setdefault(name, value)  # of a parameter that is repeated, the first value counts
    return all(given.get(name) == value for name, value in wanted)


def status_words(status: int) -> str:
    """Return a status of HTTP with its name.

    >>> status_words(503)
    '503 Service Unavailable'
    """
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)
