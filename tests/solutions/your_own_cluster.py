"""The solutions of chapter 14, in each of the forms in which a reader may give them, and predictions."""

from pathlib import Path


def _repaired(number, *changes):
    """Return a manifest of data/repairs with changes made by hand."""
    (path,) = (Path(__file__).parents[2] / "data" / "repairs").glob(f"{number:02}-*.yaml")
    text = path.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return text


_READING_ROOM = (
    ("\tname", "  name"),
    ("\ttype", "  type"),
    (
        "ports:\n\t-port: 80\n\ttargetPort: 8080\nnodePort: 31015\n",
        "  ports:\n  - port: 80\n    targetPort: 8080\n    nodePort: 31015\n",
    ),
    ("selector:\n\tapp: reading-room\n---", "  selector:\n    app: reading-room\n---"),
)
_CLOCK = (
    ("lables", "labels"),
    ("conatiners", "containers"),
    ("  image:", "    image:"),
    ('  ports:\n    - containerPort: "8080"\n', "    ports:\n    - containerPort: 8080\n"),
    ("  env:\n    ZONE: +01:00\n", '    env:\n    - {name: ZONE, value: "+01:00"}\n'),
)
_SELECTOR = ("  template:", "  selector: {matchLabels: {app: old-shop}}\n  template:")
_SECOND_DOOR = "    app: music\n  ports:\n  - port: 80\n"
_GUIDE = ("  name: guide\nspec:\n  selector", "  name: guide\n  namespace: museum\nspec:\n  selector")

SOLUTIONS = {
    "14-your-own-cluster/1": [_repaired(1, *_READING_ROOM)],
    "14-your-own-cluster/2": [_repaired(2, *_CLOCK)],
    "14-your-own-cluster/3": [_repaired(3, ("extensions/v1beta1", "apps/v1"), _SELECTOR)],
    "14-your-own-cluster/4": [
        _repaired(4, (": 1.10\n    c", ': "1.10"\n    c'), (": no", ': "no"')),
        _repaired(4, (": 1.10\n    c", ": '1.10'\n    c"), (": no", ": !!str no")),
    ],
    "14-your-own-cluster/5": [
        _repaired(5, ("    name: menu\n  ports", "    app: menu\n  ports")),
        _repaired(5, ("    name: menu\n  ports", "    tier: front\n  ports")),
        _repaired(5, ("        tier: front\n    spec", "        tier: front\n        name: menu\n    spec")),
    ],
    "14-your-own-cluster/6": [
        _repaired(6, ("pinter", "printer")),
        _repaired(6, ("app: printer", "app: pinter")),
    ],
    "14-your-own-cluster/7": [
        _repaired(7, ("targetPort: http", "targetPort: web")),
        _repaired(7, ("targetPort: http", "targetPort: 9200")),
        _repaired(7, ("name: web", "name: http")),
    ],
    "14-your-own-cluster/8": [
        _repaired(8, ("cpu: 500", "cpu: 500m"), ("256m", "256Mi")),
        _repaired(8, ("cpu: 500", "cpu: 0.5"), ("256m", "268435456")),
    ],
    "14-your-own-cluster/9": [
        _repaired(9, (_SECOND_DOOR + "    nodePort: 31020\n", _SECOND_DOOR + "    nodePort: 31021\n")),
        _repaired(9, (_SECOND_DOOR + "    nodePort: 31020\n", _SECOND_DOOR)),
    ],
    "14-your-own-cluster/10": [
        _repaired(10, ("\ndata:\n", "\nstringData:\n"), _GUIDE, ("name: archiv\n", "name: archive\n")),
        _repaired(10, ("sesame!", "c2VzYW1lIQ=="), _GUIDE, ("name: archiv\n", "name: archive\n")),
    ],
}
GUESSES = {}
