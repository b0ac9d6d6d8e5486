"""Routes of HTTP: which hosts and paths match, and which of several routes a request takes."""

import random

import pytest

from k8snotes.network.routes import Request, Route, chosen, host_matches, path_matches, status_words

# the table "Examples" of https://kubernetes.io/docs/concepts/services-networking/ingress/#examples
DOCUMENTED = (
    # kinds and paths, the path of the request, the path that it takes (None: the default backend)
    ([("Prefix", "/")], "/any/path", "/"),
    ([("Exact", "/foo")], "/foo", "/foo"),
    ([("Exact", "/foo")], "/bar", None),
    ([("Exact", "/foo")], "/foo/", None),
    ([("Exact", "/foo/")], "/foo", None),
    ([("Prefix", "/foo")], "/foo", "/foo"),
    ([("Prefix", "/foo")], "/foo/", "/foo"),
    ([("Prefix", "/foo/")], "/foo", "/foo/"),
    ([("Prefix", "/foo/")], "/foo/", "/foo/"),
    ([("Prefix", "/aaa/bb")], "/aaa/bbb", None),
    ([("Prefix", "/aaa/bbb")], "/aaa/bbb", "/aaa/bbb"),
    ([("Prefix", "/aaa/bbb/")], "/aaa/bbb", "/aaa/bbb/"),
    ([("Prefix", "/aaa/bbb")], "/aaa/bbb/", "/aaa/bbb"),
    ([("Prefix", "/aaa/bbb")], "/aaa/bbb/ccc", "/aaa/bbb"),
    ([("Prefix", "/aaa/bbb")], "/aaa/bbbxyz", None),
    ([("Prefix", "/"), ("Prefix", "/aaa")], "/aaa/ccc", "/aaa"),
    ([("Prefix", "/"), ("Prefix", "/aaa"), ("Prefix", "/aaa/bbb")], "/aaa/bbb", "/aaa/bbb"),
    ([("Prefix", "/"), ("Prefix", "/aaa"), ("Prefix", "/aaa/bbb")], "/aaa/ccc", "/aaa"),
    ([("Prefix", "/"), ("Prefix", "/aaa"), ("Prefix", "/aaa/bbb")], "/ccc", "/"),
    ([("Prefix", "/aaa")], "/ccc", None),
)


def route(path="/", kind="Prefix", host="", *, age=0, **more):
    return Route("ingress/x", "", (f"{age:03}", "", "", 0, 0), host, path, kind, (), **more)


@pytest.mark.parametrize(("given", "asked", "taken"), DOCUMENTED)
def test_paths_match_as_the_documentation_has_them(given, asked, taken):
    """Each row of the table in the documentation of Ingress holds."""
    found = chosen([route(path, kind) for kind, path in given], Request("shop", asked))
    assert (found.path if found else None) == taken


@pytest.mark.parametrize("order", [1, -1])
def test_exact_comes_before_prefix(order):
    """Of an exact path and a prefix that are the same, the exact one is taken, in whatever order they are written."""
    both = [route("/foo", "Prefix", age=0), route("/foo", "Exact", age=1)][::order]
    assert chosen(both, Request("shop", "/foo")).exact
    assert not chosen(both, Request("shop", "/foo/bar")).exact


def test_an_exact_path_comes_before_a_prefix_with_a_slash():
    """The slash at the end of a prefix does not make it longer."""
    both = [route("/foo/", "Prefix"), route("/foo", "Exact", age=1)]
    assert chosen(both, Request("shop", "/foo")).exact


@pytest.mark.parametrize(
    ("pattern", "host", "matches"),
    [
        # the table of https://kubernetes.io/docs/concepts/services-networking/ingress/#hostname-wildcards
        ("*.foo.com", "bar.foo.com", True),
        ("*.foo.com", "baz.bar.foo.com", False),
        ("*.foo.com", "foo.com", False),
        ("foo.com", "foo.com", True),
        ("foo.com", "FOO.com", True),
        ("foo.com", "bar.foo.com", False),
        ("", "anything", True),
    ],
)
def test_hosts_match_as_the_documentation_has_them(pattern, host, matches):
    """A wildcard of an Ingress stands for exactly one label, and no host for any."""
    assert host_matches(pattern, host) is matches


def test_a_wildcard_of_the_gateway_api_stands_for_several_labels():
    """It stands for one label or more, but not for none."""
    assert host_matches("*.example.com", "a.b.example.com", deep=True)
    assert not host_matches("*.example.com", "example.com", deep=True)
    assert not host_matches("*.example.com", "aexample.com", deep=True)


def test_the_more_exact_host_comes_first():
    """An exact host comes before a wildcard, a longer wildcard before a shorter one, and no host last."""
    hosts = ["", "*.example.com", "*.shop.example.com", "a.shop.example.com"]
    routes = [route(host=host, deep=True) for host in hosts]
    for left in range(4, 0, -1):
        assert chosen(routes[:left], Request("a.shop.example.com")).host == hosts[left - 1]


def test_of_two_alike_the_older_is_taken():
    """Two routes for the same requests: the older object gets them, whatever its name."""
    young, old = route(age=2), route(age=1)
    assert chosen([young, old], Request("x")) is old


def test_a_route_may_ask_for_more():
    """A method, headers and parameters of the query must all be there, and more of them come first."""
    plain = route("/cart")
    by_method = route("/cart", method="POST")
    by_header = route("/cart", headers=(("version", "v2"),))
    by_two = route("/cart", headers=(("color", "blue"), ("version", "v2")))
    by_query = route("/cart", query=(("animal", "whale"),))
    routes = [plain, by_method, by_header, by_two, by_query]

    def taken(**what):
        return chosen(routes, Request("x", "/cart", **what))

    assert taken() is plain
    assert taken(method="POST") is by_method
    assert taken(headers={"version": "v2"}) is by_header
    assert taken(headers={"version": "v2", "color": "blue"}) is by_two
    assert taken(headers={"version": "v1"}) is plain
    assert taken(query="animal=whale") is by_query
    assert (
        taken(query="animal=dog&animal=whale") is plain
    )  # of a parameter that is repeated, the first counts
    assert taken(method="POST", headers={"version": "v2"}) is by_method


def test_a_longer_prefix_comes_before_what_else_is_asked_for():
    """The path decides before the method, and the method before headers."""
    longer, more = route("/cart/items"), route("/cart", headers=(("version", "v2"),), method="GET")
    assert chosen([more, longer], Request("x", "/cart/items", headers={"version": "v2"})) is longer


def elements(path):
    return [part for part in path.split("/") if part]


def test_a_prefix_is_the_first_elements_of_a_path():
    """Random paths match as lists of elements do: an oracle that knows nothing of slashes."""
    dice = random.Random(20)  # noqa: S311
    parts = ["a", "b", "aa", "ab"]
    for _round in range(10_000):
        path, asked = ("/" + "/".join(dice.choices(parts, k=dice.randrange(4))) for _ in range(2))
        path, asked = (item + dice.choice(["", "/"]) if item != "/" else item for item in (path, asked))
        wanted = elements(asked)[: len(elements(path))] == elements(path)
        assert path_matches(path, asked, exact=False) is wanted
        assert path_matches(path, asked, exact=True) is (path == asked)


def test_one_rule_chooses_in_any_order():
    """What is chosen depends on the routes and not on their order, and no other matching route is better."""
    dice = random.Random(7)  # noqa: S311
    hosts = ["", "*.example.com", "shop.example.com"]
    paths = ["/", "/a", "/a/", "/a/b", "/b"]
    for _round in range(2_000):
        routes = [
            route(dice.choice(paths), dice.choice(["Prefix", "Exact"]), dice.choice(hosts), age=age)
            for age in range(6)
        ]
        request = Request(dice.choice(["shop.example.com", "x.example.com", "other"]), dice.choice(paths))
        found = chosen(routes, request)
        dice.shuffle(routes)
        assert chosen(routes, request) == found
        fitting = [item for item in routes if item.matches(request)]
        assert (found is None) is (not fitting)
        for item in fitting:
            key = (hosts.index(item.host), item.exact, len(elements(item.path)))
            assert (hosts.index(found.host), found.exact, len(elements(found.path))) >= key


def test_a_status_has_its_name():
    """A number of HTTP is shown with its name, and one that is none as it is."""
    assert status_words(404) == "404 Not Found"
    assert status_words(299) == "299"
