"""Answers are read generously and never guessed; what was rejected wrongly, hinted wrongly or given away is not."""

import pytest
from solutions import GUESSES, SOLUTIONS, _repaired

import k8snotes as kn
from k8snotes.course import check, record
from k8snotes.course.answers import Choice, Choices, Fields, Names, Number, Word, _one_letter_off
from k8snotes.course.chapters import chapters, exercises
from k8snotes.course.deeds import Repair
from k8snotes.errors import LockedError

EXERCISES = [item for name in chapters() for item in exercises(name).values()]
WORDS = {
    f"{item.id} {key}": kind
    for item in EXERCISES
    for key, kind in (item.reads.kinds if isinstance(item.reads, Fields) else {"": item.reads}).items()
    if isinstance(kind, Word)
}


@pytest.mark.parametrize(
    ("said", "number"),
    [
        ("4.0", 4),
        ("四", 4),
        ("４", 4),
        ("四个", 4),
        ("十一", 11),
        ("`4`", 4),
        ("31,080", 31080),
        ("no Pods", 0),
        ("no Pod at all", 0),
        ("never", 0),
        ("once", 1),
        ("all three", 3),
        ("三千三百零六", 3306),
        ("none of them", 0),
        ("4 (four)", 4),
    ],
)
def test_a_number_in_many_forms(said, number):
    """A number is read in digits, in words and in Chinese, with a thousands' comma, full-width, or as "no Pods"."""
    assert Number().read(said) == number


@pytest.mark.parametrize(
    "said", ["4.5", "4 or 5", "no idea", "no", "1.2.3", "maybe", "三或四", "一" * 30, "9" * 30]
)
def test_a_number_is_not_guessed(said):
    """What is no one whole number is refused, in words."""
    with pytest.raises(ValueError, match="one whole number"):
        Number().read(said)


@pytest.mark.parametrize(
    "said",
    ["b & c", "b、c", "b和c", "b + c", "b/c", "ｂ，ｃ", "(b), (c)", "`b`, `c`", "B AND C", ["b", "(c)"]],
)
def test_letters_in_many_forms(said):
    """Letters are read with whatever stands between them."""
    assert Choices("abc").read(said) == {"b", "c"}


def test_all_letters():
    """The words "all", and "all three" where there are three, are all letters; another number is none."""
    assert Choices("abc").read("all three") == Choices("abc").read("all of them") == {"a", "b", "c"}
    with pytest.raises(ValueError, match="some of these letters"):
        Choices("abcd").read("all three")


@pytest.mark.parametrize("said", ["b) it stays down", "B.", "（b）", "answer b", "b: it stays", "`b`"])
def test_one_letter_in_many_forms(said):
    """A letter is read alone, in brackets, or with its line."""
    assert Choice("abc").read(said) == "b"


@pytest.mark.parametrize("said", ["bad", "a or b", "a cat", "", "d"])
def test_one_letter_is_not_guessed(said):
    """A word that begins with a letter is no letter."""
    with pytest.raises(ValueError, match="one of these letters"):
        Choice("abc").read(said)


@pytest.mark.parametrize(
    "said",
    [
        "client and backup",
        "`client`, `backup`",
        "Client, Backup",
        "client & backup",
        "client、backup",
        "client 和 backup",
        "the client and the backup",
        "Pods client and backup",
        ["`client`", "Backup"],
    ],
)
def test_names_in_many_forms(said):
    """Names are read in a sentence, with backticks, in any case."""
    assert check("00-start-here/2", said)


def full(exercise):
    """Return the whole id of an exercise that is named by the number of its chapter."""
    chapter, _, number = exercise.partition("/")
    return f"{next(each for each in chapters() if each.startswith(chapter))}/{number}"


FORMS = [
    ("03/guess-1", {"chooses the Node": "the scheduler"}),
    ("03/guess-1", {"chooses the Node": "Kube Scheduler", "starts the program": "the kubelet"}),
    ("01/9", {"program": "connection refused", "port": "timed out"}),
    (
        "01/9",
        {"program": "Connection refused.", "port": "connection timed out", "containerPort": "an answer"},
    ),
    ("01/9", {"program": "the connection is refused", "port": "time-out"}),
    ("02/3", {"Always": "started again", "OnFailure": "stays down", "Never": "stopped"}),
    ("02/3", {"Always": True, "OnFailure": False, "Never": False}),
    ("02/6", {"both containers run": "是", "STATUS is Running": "True", "its Service leads to it": "否"}),
    ("02/7", {"news is back": "不", "watch-node-2 is back": "y", "the container watch was stopped": "No."}),
    ("05/5", {"nothing at all": "best-effort", "a request for CPU": "Burstable."}),
    ("05/5", {"nothing at all": "Best Effort", "limits for both": "guaranteed"}),
    ("05/6", {"over its CPU limit": "never", "over its memory limit": "三次"}),
    ("05/7", {"the command fails": False, "Pods of the Deployment": "5.0"}),
    ("07/9", {"outside to Node": "destination, source", "Pod to Pod": "no address"}),
    ("07/9", {"outside to Node": "source & destination", "Pod to Service": "`destination`"}),
    ("07/9", {"outside to Node": "destination、source"}),
]


@pytest.mark.parametrize(("exercise", "said"), FORMS, ids=str)
def test_other_words_for_the_right_answer(exercise, said):
    """What means the right word is right: with an article, another ending, another language, a truth value."""
    name = full(exercise)
    if name in GUESSES:
        assert check(exercise, {**GUESSES[name], **said}).status == "noted"
        assert check(exercise)
    else:
        assert check(exercise, {**SOLUTIONS[name][0], **said})


@pytest.mark.parametrize("said", ["no Node", "on no node", "none", "it stays Pending", "nowhere.", "无"])
def test_no_node_is_nowhere(said):
    """A Pod without a Node runs nowhere, however one says it."""
    assert check("03/4", said)


@pytest.mark.parametrize("said", ["connection refused", "Refusal", "refuses"])
def test_a_wrong_word_in_many_forms(said):
    """A wrong answer is read as generously as a right one, and gets its belief."""
    right = SOLUTIONS["01-service/9"][0]
    assert check("01/9", {**right, "containerPort": said}).misconception.startswith("containerPort opens")


@pytest.mark.parametrize(
    "said",
    [
        "{track: stable}",
        "track: stable",
        "selector:\n  track: stable",
        {"selector": {"track": "stable"}},
        {"spec": {"selector": {"track": "stable"}}},
        '{"track": "stable"}',
        "app: guestbook, tier: frontend, track: stable",
        "`track: stable`",
    ],
)
def test_a_service_selector_as_in_a_manifest(said):
    """A Service's selector is read as the chapter shows it: YAML, JSON, the bare map, with or without `selector:`."""
    assert check("01/3", said)


RIGHT_SELECTOR = """
matchLabels:
  app: guestbook
matchExpressions:
- {key: track, operator: NotIn, values: [canary]}
"""


@pytest.mark.parametrize("wrap", [False, True])
def test_a_label_selector_as_in_a_manifest(wrap):
    """A label selector is read as YAML and as a map, under `selector:` or bare."""
    inner = SOLUTIONS["06-labels/4"][0]["selector"]
    assert check("06/4", {"selector": inner} if wrap else inner)
    text = "selector:" + RIGHT_SELECTOR.replace("\n", "\n  ") if wrap else RIGHT_SELECTOR
    assert check("06/4", text)


def test_a_label_selector_with_a_typo_in_yaml():
    """What Kubernetes would refuse is told in its words; text that is no map is told which form is asked for."""
    assert (
        "Kubernetes would refuse"
        in check("06/4", {"matchExpressions": [{"key": "a", "operator": "Is"}]}).message
    )
    assert "matchLabels" in check("06/4", "app=guestbook").message
    assert not check("06/4", "a: b: c: [")


def test_a_selector_of_one_revision_does_not_last():
    """The mark of a template finds the right Pods today, and none after the next roll-out."""
    hash_ = kn.load("guestbook").objects("pods", "track=stable")[0].labels["pod-template-hash"]
    for said in (
        f"pod-template-hash={hash_}",
        {"pod-template-hash": hash_},
        f"track=stable,pod-template-hash={hash_}",
    ):
        result = check("01/3", said)
        assert result.status == "not yet"
        assert "every label of a Pod keeps its value" in result.misconception


# what was typed, and the word that it must not be taken for, nor suggested
NO_SUGGESTION = [
    ("01/9", {"containerPort": "connection"}),
    ("02/3", {"Always": "rests"}),
    ("03/4", "node-4"),
    ("03/4", "no-1"),
    ("07/9", {"Pod to Pod": "destruction"}),
]


@pytest.mark.parametrize(("exercise", "said"), NO_SUGGESTION, ids=str)
def test_no_word_is_suggested_that_is_merely_alike(exercise, said):
    """Where it is not certain which word was mistyped, all words are listed, and none is suggested."""
    right = SOLUTIONS[full(exercise)][0]
    message = check(exercise, {**right, **said} if isinstance(said, dict) else said).message
    assert "Give one of these words" in message
    assert "Did you mean" not in message


def test_a_typo_of_one_letter_is_named():
    """A word that is one letter off one word alone is asked back, and is not taken for an answer."""
    result = check("01/9", {**SOLUTIONS["01-service/9"][0], "port": "refusd"})
    assert result.status == "not yet"
    assert 'Did you mean "refused"?' in result.message
    assert 'Did you mean "client"?' in check("00/2", ["clinet"]).message
    assert "Did you mean" not in check("00/2", ["clean"]).message


@pytest.mark.parametrize("kind", WORDS.values(), ids=WORDS)
def test_a_typo_never_points_at_the_opposite(kind):
    """No two words of a vocabulary are spelt alike, or so that one mistyped letter makes the other of one."""
    spellings = kind.spellings
    long = [each for each in spellings if len(each) > 3]
    for one in long:
        for other in long:
            if spellings[one] != spellings[other] and not (one[:-1] == other[:-1] and one[-1].isdigit()):
                assert not _one_letter_off(one, other), (one, other)
    assert set(spellings.values()) == set(kind.words)
    names = [(name, word) for word, others in kind.words.items() for name in (word, *others)]
    assert all(kind.read(name) == word for name, word in names)


def test_names_are_only_suggested_for_a_typo():
    """Of names, too, only the one that was mistyped is named."""
    kind = Names(lambda: {"cache": "cache", "client": "client"})
    for said, near in (("cahce", ' Did you mean "cache"?'), ("search", "")):
        with pytest.raises(ValueError, match="There is no") as caught:
            kind.read([said])
        assert caught.value.parts["near"] == near


# repairs


_SHIPPER = "        image: registry.example.com/log-shipper:1.0\n"
_WEB = "        image: registry.example.com/webshop:3.2\n"
_LEDGER = "    ports:\n    - port: 5432\n"

WORKING = {
    "a number, and nothing declared": (
        4,
        ("targetPort: http", "targetPort: 9200"),
        ("    ports:\n    - name: web\n      containerPort: 9200\n", ""),
    ),
    "a second port": (
        4,
        (
            "  - port: 80\n    targetPort: http",
            "  - {name: a, port: 80, targetPort: web}\n  - {name: b, port: 9200}",
        ),
    ),
    "a label in the template, too": (
        3,
        ("        tier: backend\n    spec", "        tier: backend\n        name: stock\n    spec"),
    ),
    "a ReplicaSet": (
        3,
        ("kind: Deployment", "kind: ReplicaSet"),
        ("    name: stock\n  ports", "    app: stock\n  ports"),
    ),
    "a StatefulSet": (
        3,
        ("kind: Deployment", "kind: StatefulSet"),
        ("  replicas: 2", "  serviceName: stock\n  replicas: 2"),
        ("    name: stock\n  ports", "    app: stock\n  ports"),
    ),
    "another port of the stock": (
        3,
        ("    name: stock\n  ports", "    app: stock\n  ports"),
        ("port: 80\n", "port: 8000\n"),
    ),
    "a program that is asked whether it listens, and one that is asked whether it is ready": (
        5,
        ("port: 8080", "port: 8443"),
        ("livenessProbe:\n", "livenessProbe:\n          failureThreshold: 2\n"),
    ),
    "half a CPU in words, and limits": (
        6,
        ("cpu: 500\n", 'cpu: "0.5"\n'),
        ("memory: 256m\n", "memory: 256Mi\n          limits:\n            memory: 1Gi\n"),
    ),
    "the claim is called as it is asked for": (
        7,
        ("name: orders-data", "name: order-data"),
        ('  storageClassName: ""\n', ""),
        ("mountPath: /var/lib/order\n", "mountPath: /var/lib/orders/\n"),
    ),
    "a larger claim": (
        7,
        ("claimName: order-data", "claimName: orders-data"),
        ('storageClassName: ""', "storageClassName: standard"),
        ("storage: 10Gi", "storage: 20Gi"),
        ("mountPath: /var/lib/order\n", "mountPath: /var/lib/orders\n"),
    ),
    "unequal requests": (
        8,
        (_WEB, _WEB + "        resources: {requests: {cpu: 300m, memory: 64Mi}}\n"),
        (_SHIPPER, _SHIPPER + "        resources: {requests: {cpu: 10m}}\n"),
    ),
    "an account of another name": (
        9,
        (
            "name: watcher\n  namespace: shop\n---\napiVersion: rbac",
            "name: looker\n  namespace: shop\n---\napiVersion: rbac",
        ),
        ("serviceAccountName: watcher", "serviceAccountName: looker"),
        ("  name: watcher\n  namespace: default", "  name: looker\n  namespace: shop"),
        ('["v1"]', '[""]'),
        ('["pods"]', '["pods", "pods/log"]'),
    ),
    "two policies": (
        10,
        (
            "    - podSelector:\n        matchLabels:\n          app: cart",
            "      podSelector:\n        matchLabels:\n          app: cart",
        ),
        (
            _LEDGER,
            _LEDGER
            + "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata:\n  name: names\n  namespace: bank\n"
            "spec:\n  podSelector: {}\n  policyTypes: [Egress]\n  egress:\n  - ports:\n    - {port: 53, protocol: UDP}\n"
            "    - {port: 53, protocol: TCP}\n---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata:\n"
            "  name: ledger\n  namespace: bank\nspec:\n  podSelector: {matchLabels: {app: ledger}}\n  policyTypes: [Egress]\n",
        ),
    ),
}


@pytest.mark.parametrize(
    ("number", "changes"), [(n, rest) for n, *rest in WORKING.values()], ids=list(WORKING)
)
def test_a_repair_that_works_is_right(number, changes):
    """A repair is judged by what the cluster does, and not by how it is written."""
    result = check(f"14/{number}", _repaired(number, *changes))
    assert result, result


def _unlike_right(number, *changes):
    right = SOLUTIONS[f"14-your-own-cluster/{number}"][0]
    for old, new in changes:
        assert old in right, old
        right = right.replace(old, new)
    return check(f"14/{number}", right)


def test_a_wrong_target_port_is_not_taken_for_a_wrong_node_port():
    """Where the node port is right and the Pods' port is not, the hint asks for the Pods' port."""
    result = _unlike_right(1, ("targetPort: 8080", "targetPort: 80"))
    assert "✓ that port is 31015" in result.message
    assert result.misconception == "targetPort is the Service's own port"
    result = _unlike_right(1, ("    nodePort: 31015\n", ""))
    assert "✗ that port is 31015" in result.message
    assert "NodePort alone decides" in result.misconception


def test_a_claim_that_waits_is_not_taken_for_a_wrong_name():
    """The empty class: the claim is there and waits, and the hint is about the class."""
    result = _unlike_right(7, ("spec:\n  accessModes", 'spec:\n  storageClassName: ""\n  accessModes'))
    assert "✓ the Pod asks for a claim that exists" in result.message
    assert "✗ this claim is bound" in result.message
    assert "default class" in result.misconception


def test_a_request_that_is_too_large_is_not_taken_for_none():
    """Both containers have requests, and there is never more than the target: the hint asks for the percentage."""
    result = _unlike_right(8, ("cpu: 200m", "cpu: 1500m"))
    assert "✓ the autoscaler can compute a number of Pods" in result.message
    assert "✗ with many customers there are more" in result.message
    assert "larger request" in result.misconception


# what is given away


@pytest.fixture
def _nothing_tried(monkeypatch):
    monkeypatch.setattr(record, "_answered_here", {})


@pytest.mark.usefixtures("_nothing_tried")
@pytest.mark.parametrize("number", range(1, 11))
def test_what_solves_an_exercise_is_locked_until_it_was_tried(number):
    """`.fixed` of the ten manifests says how to unlock it, after one try it is there, and findings always are."""
    found = kn.examine(f"repairs/{number}")
    exercise = f"14-your-own-cluster/{number}"
    assert f"locked until you have tried exercise {exercise}" in str(found) or found.ok
    with pytest.raises(LockedError, match="this text is exercise") as caught:
        _ = found.fixed
    assert caught.value.exercise == exercise
    assert all(page.fixed == page.text for page in found.pages)
    assert not check(exercise, found)  # findings are no manifest
    record._answered_here.clear()
    assert not check(exercise, found.text)
    assert kn.examine(f"repairs/{number}").fixed


@pytest.mark.usefixtures("_nothing_tried")
def test_the_lock_knows_the_text_however_it_comes(tmp_path):
    """A copy of a manifest, as text or as file, with or without its comment, is locked as well; another text is not."""
    found = kn.examine("repairs/4")
    copy = tmp_path / "mine.yaml"
    copy.write_text(found.text)
    bare = found.text.partition("\n")[2] + "\n\n"
    for source in (found.text, copy, bare, [found.text], found.text.encode()):
        assert kn.examine(source).exercise == "14-your-own-cluster/4"
    assert kn.examine(found.text.replace("search", "mine")).fixed
    assert kn.examine("examples/tickets").fixed
    assert kn.examine("guestbook").fixed


@pytest.mark.usefixtures("_nothing_tried")
def test_a_try_of_another_day_unlocks(tmp_path, monkeypatch):
    """What was tried earlier, and kept in the folder, is not locked."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(record, "keeps", lambda: True)
    check("14/3", kn.examine("repairs/3").text)
    record._answered_here.clear()
    assert kn.examine("repairs/3").fixed
    with pytest.raises(LockedError):
        _ = kn.examine("repairs/2").fixed


def test_no_starter_or_unread_name_unlocks(monkeypatch):
    """An answer that is none yet is no try."""
    monkeypatch.setattr(record, "_answered_here", {})
    check("14/2", "...")
    assert kn.examine("repairs/2").exercise


def test_a_repair_is_never_read_from_findings():
    """Findings are told that the text is asked for, not that `.fixed` is."""
    found = kn.examine("guestbook")
    with pytest.raises(ValueError, match="not the findings about one"):
        Repair(lambda _: {}).read(found)


_FULL_WIDTH = str.maketrans("0123456789abcde,", "０１２３４５６７８９ａｂｃｄｅ，")
_SAID = {
    "Number": (
        lambda n: n,
        str,
        "  {}  ".format,
        lambda n: str(n).translate(_FULL_WIDTH),
        "`{}`".format,
        "{}。".format,
        "{} 个".format,
        "the answer is {}".format,
        "答案：{}".format,
        lambda n: [n],
        lambda n: "零一二三四五六七八九十"[n] if n <= 10 else n,
    ),
    "Choice": (
        str.upper,
        " ({}) ".format,
        lambda letter: letter.translate(_FULL_WIDTH),
        "{}、".format,
        "选{}".format,
        "答案是 {}".format,
        "It is {}.".format,
        lambda letter: [letter],
    ),
    "Choices": (
        sorted,
        "、".join,
        "，".join,
        "".join,
        " and ".join,
        "和".join,
        "以及".join,
        lambda letters: str(sorted(letters)),
        lambda letters: ", ".join(letters).translate(_FULL_WIDTH),
        lambda letters: f"the answers are {' and '.join(letters)}",
    ),
    "Word": (
        "the {}".format,
        " {} ".format,
        str.upper,
        "**{}**".format,
        "{}。".format,
        "“{}”".format,
        "it's the {}".format,
        "答案：{}".format,
        lambda word: [word],
    ),
}


def _answers():
    """Every exercise, and every field of one, with its kind, its right answer, and what puts an answer into its place."""
    for chapter in chapters():
        for name, exercise in exercises(chapter).items():
            right = exercise.right() if not exercise.guess else None
            if exercise.guess:
                continue
            if isinstance(exercise.reads, Fields):
                for key, kind in exercise.reads.kinds.items():
                    yield name, kind, right[key], lambda answer, right=right, key=key: {**right, key: answer}
            else:
                yield name, exercise.reads, right, lambda answer: answer


def test_a_right_answer_is_read_however_it_is_written():
    """Spaces, width, quotes, articles, Chinese numerals and the words around an answer make none wrong."""
    for name, kind, right, placed in _answers():
        for written in _SAID.get(type(kind).__name__, ()):
            answer = placed(written(kind.read(right)))
            assert check(name, answer), (name, answer)


def test_a_wrong_answer_stays_wrong_however_it_is_written():
    """No way to write an answer makes a wrong one right."""
    for chapter in chapters():
        for name, exercise in exercises(chapter).items():
            if exercise.guess:
                continue
            for belief in exercise.beliefs:
                wrong = exercise.wrong(belief)
                kind = exercise.reads
                for written in _SAID.get(type(kind).__name__, ()):
                    assert not check(name, written(kind.read(wrong))), (name, wrong)


@pytest.mark.parametrize(
    ("yes", "no"),
    [("是", "否"), ("是的", "不是"), ("会", "不会"), ("能", "不能"), ("有", "没有"), (True, False)],
)
def test_yes_and_no_are_read_in_chinese(yes, no):
    """A question that is answered with yes or no is answered in either language."""
    for name, kind, right, placed in _answers():
        if isinstance(kind, Word) and set(kind.words) == {"yes", "no"}:
            assert check(name, placed(yes if right == "yes" else no))
            assert not check(name, placed(no if right == "yes" else yes))
