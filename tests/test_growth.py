"""No text hangs a reader: what is four times as long costs about four times as much, whoever reads it.

Costs are measured in the time of this process on the processor, the least of several runs; what is quick is not
compared. A text that would hang ends at an alarm.
"""

from __future__ import annotations

import signal
import time
from contextlib import contextmanager, suppress

import pytest

import k8snotes as kn

POD = (
    "apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n  containers:\n  - name: a\n    image: nginx\n"
)
HIDDEN = "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData:\n  a: "

# Each is repeated; "§" is the number of the repetition.
UNITS = (
    *("\n", "\r\n", "\r", " \n", "\t\n", "# a\n", "   # a\n", "%a\n", "---\n", "---\na: 1\n", "...\n"),
    *(" ", "\t", "\u00a0", "\u00a0 ", "\u200b", "\u3000\t", "\ufeff", "\x85", "\u2028"),
    *('"', "'", "'\"", '"a" ', "\u201c", " \u201c", "`", "\\", '\\"'),
    *("[", "]", "{", "}", "[]", "{}", "{{", "{{ a }}", "}} {{", "(", ")", "<", "!"),
    *(":", "a: ", "a:\n", "\uff1a", "-", "- ", "- a\n", "-a: 1\n", "\u2014 ", "? ", "| ", "> "),
    *(
        ",",
        ", ",
        "a,",
        ".",
        "a.",
        "/",
        "a/",
        "//",
        "_",
        "-a",
        "=",
        "!=",
        "a=b ",
        "a in (b)",
        "||",
        "@",
        "*",
        "&",
        "#",
        " #",
    ),
    *("1", "0", "9.", "1e", "+", "1m", "a", "A", "e", "$", "${", ";", "~", "\x00", "\ud800"),
    *(
        "k: v\n",
        "k§: v\n",
        "a: 1\nb: 2\n",
        "&a ",
        "*a ",
        "kind: Secret\n",
        "stringData: {",
        "http://",
        "a.yaml ",
        "--a ",
    ),
)
# Of a text that is one line, these: its words are few, and so are the patterns that see it.
SIGNS = tuple(
    unit
    for unit in UNITS
    if len(unit) <= 2 and "\n" not in unit and unit not in {"\x85", "\u2028", "\ufeff", "A", "e", "~", ";"}
)
PLACES = {
    "alone": "{}",
    "before": "{}" + POD,
    "after": POD + "{}",
    "value": POD + "    args: {}\n",
    "secret": HIDDEN + "{}\n",
}
TOO_LONG = 20  # seconds
NOT_COMPARED = 0.12  # seconds: what is quicker, with the longer text, is linear enough


def repeated(unit: str, size: int) -> str:
    """Return a text of about `size` signs that says one thing again and again."""
    times = max(1, size // len(unit))
    return "".join(unit.replace("§", str(number)) for number in range(times)) if "§" in unit else unit * times


@contextmanager
def an_alarm():
    """End what takes too long."""

    def ring(*_):
        raise AssertionError(f"it takes more than {TOO_LONG} seconds")

    old = signal.signal(signal.SIGALRM, ring)
    signal.alarm(TOO_LONG)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, old)


def cost(read, text: str) -> float:
    """Return what it costs to read a text once, in seconds; the package's own errors are answers too."""
    start = time.process_time()
    with suppress(kn.K8sNotesError):
        read(text)
    return time.process_time() - start


def grows_too_fast(read, make, size: int) -> str:
    """Return what is wrong with the growth of a cost, "" if nothing is."""
    with an_alarm():
        large = cost(read, make(4 * size))
        if large < NOT_COMPARED:
            return ""
        small = cost(read, make(size))
        for _ in range(3):
            if large <= 7 * small + NOT_COMPARED / 2:
                return ""
            large = min(large, cost(read, make(4 * size)))
            small = max(small, cost(read, make(size)))
    return f"{size} signs cost {small:.3f} s, four times as many {large:.3f} s"


def wrong(read, size: int, places=("{}",), units=SIGNS) -> list[str]:
    """Return the texts for which reading does not grow with their length."""
    return [
        f"{unit!r} in {place[:12]!r}: {why}"
        for place in places
        for unit in units
        if (why := grows_too_fast(read, lambda n, p=place, u=unit: p.replace("{}", repeated(u, n), 1), size))
    ]


@pytest.fixture(scope="module", autouse=True)
def _first_time():
    """Load what is loaded late, so that it is not counted."""
    with suppress(kn.K8sNotesError):
        kn.load(POD)
        str(kn.examine("kind: pod\nmetadata\n name:web\u00a0"))


def test_files_are_listed_quickly_enough_for_any_path():
    """A text that could be a path is no path to everything: a folder with very many files is refused."""
    with an_alarm(), suppress(kn.K8sNotesError):
        kn.examine("/")


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("place", PLACES)
def test_loading_grows_with_the_text(place):
    """Whatever is repeated in a manifest, `kn.load` takes time in proportion to its length."""
    assert not wrong(kn.load, 2_000, [PLACES[place]], [u for u in UNITS if set(u) - set("/.~")])


@pytest.mark.parametrize("place", ["alone", "value", "secret"])
def test_examining_grows_with_the_text(place):
    """Whatever is repeated in a manifest, `kn.examine` takes time in proportion to its length."""
    assert not wrong(
        lambda text: str(kn.examine(text)), 500, [PLACES[place]], [u for u in UNITS if set(u) - set("/.~")]
    )


@pytest.mark.parametrize("read", [kn.load, kn.examine])
def test_merge_keys_and_anchors_cost_what_they_are(read):
    """Many merge keys in one mapping, and many anchors, are read in proportion to their number."""
    texts = ["a:\n" + "{}", "{}"]
    assert not wrong(read, 2_000, texts[:1], ["  <<: {k§: 1}\n"])
    assert not wrong(read, 2_000, texts[1:], ["k§: &a§ {x: 1}\n"])


def test_applying_grows_with_the_text():
    """Whatever stands in a manifest's value, `apply` takes time in proportion to its length."""
    cluster = kn.Cluster(nodes=1)
    text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  a: {}\n"
    assert not wrong(cluster.apply, 4_000, [text])


def test_selectors_grow_with_the_text():
    """A selector is read, or refused with its hint, in proportion to its length."""
    assert not wrong(lambda text: str(kn.Selector(text)), 8_000, ["{}", "a={}", "a in ({}", "{} in (a)"])


def test_quantities_grow_with_the_text():
    """A quantity is read or refused in proportion to its length."""
    assert not wrong(lambda text: str(kn.Quantity(text)), 8_000, ["{}", "1{}", "{}Mi"])


@pytest.mark.parametrize(
    "line",
    [
        ["{}"],
        ["get", "{}"],
        ["get", "pods", "-l", "{}"],
        ["get", "pods", "-o", "jsonpath={}"],
        ["get", "pods", "-o", "jsonpath={.items[{}"],
        ["get", "pods", "-o", "custom-columns=A:{}"],
        ["get", "pods", "--field-selector", "{}"],
        ["get", "pods", "--sort-by", "{}"],
        ["wait", "pod/web", "--for=condition=Ready", "--timeout={}"],
        ["wait", "pod/web", "--for={}"],
        ["scale", "deploy", "web", "--replicas={}"],
        ["patch", "pod", "web", "-p", "{}"],
        ["label", "pod", "web", "{}"],
        ["annotate", "pod", "web", "a={}"],
        ["taint", "node", "node-1", "{}"],
        ["run", "a", "--dry-run=client", "--image={}"],
        ["create", "configmap", "a", "--dry-run=client", "--from-literal={}"],
        ["create", "configmap", "a", "--from-file={}"],
        ["explain", "{}"],
        ["exec", "web", "--", "curl", "{}"],
        ["exec", "web", "--", "nslookup", "{}"],
        ["logs", "{}"],
        ["logs", "web", "--since-time", "{}"],
        ["apply", "-f", "{}"],
    ],
    ids=" ".join,
)
def test_kubectl_lines_grow_with_the_text(line):
    """A word of a kubectl line is read or refused in proportion to its length."""
    cluster = kn.Cluster(nodes=1)
    cluster.apply(POD)
    cluster.settle()

    def read(text):
        str(cluster.kubectl([word.replace("{}", text, 1) for word in line]))

    assert not wrong(read, 2_000)


def test_a_line_in_one_piece_grows_with_the_text():
    """A kubectl line is split into words in proportion to its length."""
    cluster = kn.Cluster(nodes=1)
    assert not wrong(lambda text: str(cluster.kubectl(text)), 4_000, ["{}", "get pods {}"])


@pytest.mark.parametrize("exercise", ["01/1", "01/2", "02/1", "03/1", "04/1", "05/1"])
def test_answers_grow_with_the_text(exercise):
    """An answer to an exercise is read in proportion to its length."""
    assert not wrong(lambda text: str(kn.check(exercise, text)), 4_000)


def test_references_and_addresses_grow_with_the_text():
    """A reference, a URL and the name of a host are read or refused in proportion to their length."""
    cluster = kn.Cluster(nodes=1)
    for read in (
        cluster.__getitem__,
        cluster.trace,
        cluster.ping,
        cluster.get,
        lambda text: kn.check(text, 1),
    ):
        assert not wrong(read, 4_000, ["{}", "svc/{}", "http://{}"])
