"""The notes and what readers believe: every claim is a cell that runs, every misconception an exercise that names it."""

import re
import sys
from pathlib import Path

import nbformat
import pytest

from k8snotes.course.chapters import exercises

sys.path.insert(0, str(Path(__file__).parent))
from lessons import NOTEBOOKS

SHARED = NOTEBOOKS.parents[1] / "shared"
# chapter -> the claims of the notes that a cell of it shows, tagged claim:ID
CLAIMS = {
    "01": "S1 S2 S3 S4 P3",
    "02": "P1 P2 P3 P4 P6 P7 P8",
    "03": "P6 N1 N2 N3 N4",
    "04": "N2 R1 R2 L3",
    "05": "N2 Q1 Q2",
    "06": "S4 L1 L2 L3 L4 L5",
    "07": "P4 P5 I1 I2 I3 I4 I5 I6 I7 I8 I9",
    "08": "N4 I3 I9 O1 O2 O3",
    "09": "N2",
    "11": "N2",
    "12": "N2",
}
# what the Master does, by the notes' claim N2: each is a cell with a picture, tagged master:NAME
TASKS = {"resources", "scheduling", "scaling", "security", "monitoring", "correction"}
FIRST = 20  # the beliefs that the project began with
# what readers believe, wrongly -> how a wrong answer of an exercise, tagged misconception:N, says it
BELIEFS = {
    1: r"Cluster IP can be pinged",
    2: r"names for one thing",
    3: r"(a little off|with a small mistake) still finds",
    4: r"matchLabels",
    5: r"Pods of (every|other) namespaces?",
    6: r"only objects that have the key",
    7: r"selectors find annotations",
    8: r"changing (a|a Pod's) label leaves|stays (nobody's|without an owner)|that loses a Pod to another label",
    9: r"deleting a static Pod through the API stops it",
    10: r"the scheduler looks at (limits|real usage)",
    11: r"128 megabytes|M, Mi and m are the same",
    12: r"error of the command that created its controller",
    13: r"only on (the )?Nodes where",
    14: r"externalTrafficPolicy: Local (works from every Node|lets in only)",
    15: r"Running means [Rr]eady",
    16: r"pending> means that the Service is broken",
    17: r"can never reach itself through its own Service",
    18: r"containerPort opens the port",
    19: r"ExternalName Service maps ports",
    20: r"the pause container does the application's work",
    21: r"roll-out that fails is taken back by itself",
    22: r"stays a ready endpoint until its preStop hook has ended",
    23: r"the liveness probe waits until the readiness probe has succeeded",
    24: r"a readiness probe that fails too often restarts the container",
    25: r"ReadWriteOnce lets only one Pod",
    26: r"a claim that waits for its first consumer is broken",
    27: r"a StatefulSet deletes the claims of the Pods",
    28: r"new claim with the same name gets the old volume",
    29: r"target of an HPA is a part of what a container can use at most",
    30: r"apply leaves the number of Pods alone that an HPA has chosen",
    31: r"cluster autoscaler adds a Node when the Nodes are busy",
    32: r"restartPolicy Never, a Job creates its Pod only once",
    33: r"without a right on Secrets cannot find out",
    34: r"PodDisruptionBudget also stops kubectl delete",
    35: r"ClusterRole counts in the whole cluster",
    36: r"reaches the environment variables of running containers",
    37: r"two entries under from",
    38: r"DNS works by itself",
    39: r"Ingress may lead to a Service of another namespace",
    40: r"NetworkPolicy that the API server has accepted is enforced",
    41: r"get all lists every object",
    42: r"apply deletes what is no longer in the file",
    43: r"dry run on the client checks a manifest as the server does",
}

CELLS = [
    (path.stem, cell)
    for path in sorted(NOTEBOOKS.glob("*.ipynb"))
    for cell in nbformat.read(path, as_version=4).cells
]


def tagged(kind):
    """Return (chapter, name, cell) for each tag KIND:NAME."""
    return [
        (chapter, tag.partition(":")[2], cell)
        for chapter, cell in CELLS
        for tag in cell.metadata.get("tags", [])
        if tag.startswith(kind + ":")
    ]


@pytest.mark.parametrize("chapter", CLAIMS)
def test_each_claim_of_the_notes_is_a_cell(chapter):
    """Each claim that belongs to a chapter is a cell of it, which the reader runs and which shows something."""
    found = {name for stem, name, _ in tagged("claim") if stem.startswith(chapter)}
    assert found == set(CLAIMS[chapter].split())


def test_the_table_has_every_claim():
    """The claims that chapters are asked for are all those of the notes; N2 names more than one chapter can show."""
    path = SHARED / "notes" / "claims.md"
    if not path.is_file():
        pytest.skip("the notes are not beside this checkout (../shared/notes)")
    rows = re.findall(r"^\| ([A-Z]\d) \|.*\| ([\d, ]+) \|$", path.read_text(encoding="utf-8"), re.MULTILINE)
    wanted = {(name, chapter) for name, chapters in rows for chapter in chapters.split(", ")}
    asked = {(name, chapter) for chapter, names in CLAIMS.items() for name in names.split()}
    assert wanted <= asked
    assert {name for name, _chapter in asked - wanted} == {"N2"}


def test_each_task_of_the_master_is_a_picture():
    """The notes give the Master six tasks; each is shown by one cell, with a picture."""
    cells = tagged("master")
    assert sorted(name for _chapter, name, _cell in cells) == sorted(TASKS)
    for chapter, name, cell in cells:
        assert "claim:N2" in cell.metadata.tags, (chapter, name)
        assert any("<figure" in output.get("data", {}).get("text/html", "") for output in cell.outputs), name


def test_claims_are_shown_by_cells_that_run():
    """What carries a claim is a code cell with an output, and no exercise: the claim is seen, not asked."""
    for chapter, name, cell in tagged("claim"):
        assert cell.cell_type == "code", (chapter, name)
        assert cell.outputs, (chapter, name)
        assert not re.search(r"kn\.(check|ask)\(", cell.source), (chapter, name)


def test_each_claim_is_said_in_the_box():
    """A chapter that shows claims says in its box how they stand today."""
    for chapter in {stem for stem, _, _ in tagged("claim")}:
        (box,) = [
            cell.source
            for stem, cell in CELLS
            if stem == chapter and "### The notes and today" in cell.source
        ]
        verdicts = re.findall(r'^> - \*"?.*\*\*.*', box, re.MULTILINE)
        assert verdicts, chapter
        assert all(re.search(r"\*\*[A-Z][^*]*\*\*", line) for line in verdicts), chapter


def test_each_misconception_is_an_exercise_that_names_it():
    """Each belief that readers bring along is what some wrong answer of a tagged exercise comes from."""
    named = set()
    for chapter, number, cell in tagged("misconception"):
        (asked,) = re.findall(r'kn\.(?:check|ask)\("([^"]+)"', cell.source)
        said = [
            item.belief for item in exercises(chapter)[asked].beliefs if item.misconception == int(number)
        ]
        assert any(re.search(BELIEFS[int(number)], text) for text in said), (asked, number, said)
        named.add(int(number))
    assert named == set(BELIEFS)


def test_each_later_misconception_was_asked_in_public():
    """The page of sources names, for each belief after the first twenty, a public question of somebody who had it."""
    page = (NOTEBOOKS / "sources.md").read_text(encoding="utf-8").partition("## What readers believe\n")[2]
    rows = re.findall(r"^\| (\d+) \| (.+) \| \[([^\]]+)\]\((https://\S+)\) \|$", page, re.MULTILINE)
    assert [int(number) for number, *_ in rows] == [number for number in BELIEFS if number > FIRST]
    assert len({address for *_, address in rows}) == len(rows)
    for number, belief, *_ in rows:
        assert re.search(BELIEFS[int(number)], belief), (number, belief)
