"""The picture of the routes: a row for each path, a bar where it ends, and what is alike in one row."""

import re

import pytest
import test_ingress as ingresses
from test_ingress import ingress, lab, rule

from k8snotes.figures import palette
from k8snotes.figures.layout import HIGHEST, WIDEST
from k8snotes.figures.routes import routes_figure
from k8snotes.figures.scene import Box, Link


def size(figure):
    """Return the width and the height of a picture, in pixels."""
    return tuple(float(re.search(rf'{side}="([\d.]+)"', figure.svg).group(1)) for side in ("width", "height"))


def said(box):
    return " ".join(run.text for line in box.lines for run in line.drawn)


def row_of(figure, path):
    """Return what stands in the row of a path: its arrows by where they begin, and its boxes."""
    boxes = {item.id: item for item in figure.scene.drawn if isinstance(item, Box)}
    name = next(name for name, box in boxes.items() if name.startswith("p") and said(box).startswith(path))
    at = name.removeprefix("p")
    ways = {item.tail.partition(":")[0]: item.way for item in figure.scene.drawn if isinstance(item, Link)}
    return ways, [boxes[f"{column}{at}"] for column in "psa"]


def test_a_path_that_leads_nowhere_ends_at_a_bar_and_its_reason_stands_at_the_end():
    """A path with a Service that answers has two arrows and its Pods; one without has a bar, and says why there."""
    c = lab(ingress("x", rule("x.example.com", ("/", "Prefix", "web:80"), ("/admin", "Exact", "gone:80"))))
    figure = c.routes()
    assert figure.verdict == "✗ 1 of 2 paths leads nowhere"
    ways, (path, service, answer) = row_of(figure, "/admin")
    assert ways[path.id] == palette.CUT
    assert service.id not in ways
    assert "There is no such Service." in said(answer)
    ways, (path, service, answer) = row_of(figure, "/ ")
    assert ways[path.id] == ways[service.id] == palette.TRAFFIC
    assert answer.look == palette.POD
    assert "web × 2" in said(answer)


def test_a_path_to_several_services_is_one_path_with_an_arrow_to_each():
    """The arrow to the second Service begins at the same path, and each Service has its share."""
    routed = ingresses.lab(ingresses.SIMPLE).routes().facts
    (entrance,) = routed.entrances
    first, second = (path.backends[0]._replace(weight=0.5) for path in entrance.hosts[0].paths)
    path = entrance.hosts[0].paths[0]._replace(backends=(first, second))
    host = entrance.hosts[0]._replace(paths=(path,))
    facts = routed._replace(entrances=(entrance._replace(hosts=(host,)),))
    figure = routes_figure(facts)
    tails = [item.tail.partition(":")[0] for item in figure.scene.drawn if isinstance(item, Link)]
    assert tails.count("p0") == 2
    assert figure.svg.count(">50 %</text>") == 2


@pytest.mark.parametrize("hosts", [1, 3, 30, 200])
def test_many_routes_fit_a_screen(hosts):
    """Hosts of which the picture says the same share a row; those that lead nowhere have one of their own."""
    rules = [
        rule(f"h{n}.example.com", ("/", "Prefix", "gone:80" if n % 15 == 14 else "web:80"))
        for n in range(hosts)
    ]
    figure = lab(ingress("x", *rules)).routes()
    wide, high = size(figure)
    assert wide <= WIDEST
    assert high <= HIGHEST
    if hosts > 20:
        assert "h14.example.com" in figure.svg
        assert "more hosts" in figure.svg


def test_routes_that_are_all_different_are_counted():
    """Where there is no room for all rows, those that lead nowhere stay, and the rest is counted."""
    services = "\n---\n".join(
        f"apiVersion: v1\nkind: Service\nmetadata: {{name: s{n}}}\nspec: {{selector: {{app: web}}, ports: [{{port: 80}}]}}"
        for n in range(40)
    )
    rules = [rule(f"h{n}.example.com", (f"/{n}", "Prefix", f"s{n}:80")) for n in range(40)]
    figure = lab(
        services, ingress("x", *rules, rule("last.example.com", ("/x", "Exact", "gone:80")))
    ).routes()
    assert size(figure)[1] <= HIGHEST
    assert "last.example.com" in figure.svg
    assert "more paths that" in figure.svg
    assert size(lab(services, ingress("x", *rules)).routes(unfold=True))[1] > HIGHEST


def test_many_objects_that_lead_nothing_anywhere_leave_room_for_the_paths():
    """Of Ingresses that no controller acts on some are drawn with their reasons, beside the paths; the rest is counted."""
    lost = [
        ingress(f"lost-{n}", rule("x.example.org", ("/", "Prefix", "web:80")), class_name="nobody")
        for n in range(40)
    ]
    rules = [rule(f"h{n}.example.com", (f"/{n}", "Prefix", "gone:80")) for n in range(40)]
    for objects in (lost, [ingress("x", *rules), *lost]):
        figure = lab(*objects).routes()
        assert size(figure)[1] <= HIGHEST
        assert "ingress/lost-0" in figure.svg
        assert "more, in the outline" in figure.svg
