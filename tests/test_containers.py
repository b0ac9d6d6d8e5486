"""Containers on their Node: what the kubelet says of them, when it starts them again, and whom it ends when memory is low.

The rules are those of k8s.io/kubernetes/pkg/kubelet (status, eviction, qos/policy.go) and of the pages of the
documentation that the functions name.
"""

from __future__ import annotations

import random

import pytest

from k8snotes.api.base import view
from k8snotes.api.kinds.pod import Container
from k8snotes.node.containers import (
    Backoff,
    End,
    conditions,
    creating,
    finished_at,
    is_broken,
    phase,
    restarts,
    run_to_end,
    running,
    terminated,
    waiting,
)
from k8snotes.node.eviction import THRESHOLD, available, over_limit, to_be_evicted, to_be_killed
from k8snotes.node.usage import Usage, Use, granted

DRAW = random.Random(11)  # noqa: S311  # a draw, no secret
MI = 2**20
MAIN = Container({"name": "main", "image": "shop/web:1"})
THEN, NOW = "2026-01-01T00:00:00Z", "2026-01-01T00:01:00Z"


def pod(name="web", containers=("main",), status=None, annotations=None, **spec):
    rows = [item if isinstance(item, dict) else {"name": item, "image": "a:1"} for item in containers]
    meta = {"name": name, "namespace": "shop", "uid": f"u-{name}", "annotations": annotations or {}}
    spec = {"nodeName": "n1", "containers": rows, **spec}
    return view({"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": spec, "status": status or {}})


def after(code, reason=""):
    return terminated(running(MAIN, THEN, ready=True), End(code, reason), NOW)


# --- what is said of one container


@pytest.mark.parametrize(
    ("image", "broken"),
    [
        ("broken", True),
        ("broken-web:1", True),
        ("a/b/broken:2", True),
        ("broken/web:1", False),
        ("unbroken", False),
    ],
)
def test_an_image_that_never_gets_ready(image, broken):
    """The last part of the image begins with "broken"."""
    assert is_broken(Container({"name": "main", "image": image})) is broken


def test_a_container_from_its_start_to_its_restart():
    """Waiting, running, terminated, running again: counted once more, and the last state is kept."""
    first = creating(MAIN)
    assert (first["state"], first["ready"], first["started"]) == (
        {"waiting": {"reason": "ContainerCreating"}},
        False,
        False,
    )
    runs = running(MAIN, THEN, ready=True, old=first)
    assert (runs["restartCount"], runs["lastState"], runs["ready"], runs["started"]) == (0, {}, True, True)
    assert running(MAIN, THEN, ready=True) == runs
    assert not running(MAIN, THEN, ready=False)["ready"]
    ended = terminated(runs, End(1), NOW)
    details = {"exitCode": 1, "reason": "Error", "startedAt": THEN, "finishedAt": NOW}
    assert (ended["state"], ended["ready"], ended["started"]) == ({"terminated": details}, False, False)
    assert finished_at(ended) == NOW
    again = running(MAIN, NOW, ready=True, old=ended)
    assert (again["restartCount"], again["lastState"]) == (1, {"terminated": details})
    assert finished_at(again) == NOW
    paused = waiting(terminated(again, End(2), NOW), pod(), 10)
    assert paused["lastState"]["terminated"]["exitCode"] == 2
    assert (paused["restartCount"], paused["ready"], paused["started"]) == (1, False, False)
    third = running(MAIN, NOW, ready=True, old=paused)
    assert (third["restartCount"], third["lastState"]["terminated"]["exitCode"]) == (2, 2)
    assert finished_at(first) == finished_at(runs) == ""


@pytest.mark.parametrize(
    ("end", "code", "reason"),
    [
        (End(), 0, "Completed"),
        (End(1), 1, "Error"),
        (End(137), 137, "Error"),
        (End(0, "Odd"), 0, "Odd"),
        (End.out_of_memory(""), 137, "OOMKilled"),
    ],
)
def test_how_a_container_has_ended(end, code, reason):
    """Completed with 0, Error with anything else, or the kubelet's own word."""
    state = terminated(running(MAIN, THEN, ready=True), end, NOW)["state"]["terminated"]
    assert (state["exitCode"], state["reason"]) == (code, reason)


def test_an_init_container_that_has_done_its_work():
    """It is ready, has not "started", and ended with 0."""
    done = run_to_end(MAIN, NOW)
    assert (done["ready"], done["started"], done["restartCount"]) == (True, False, 0)
    assert done["state"]["terminated"] == {
        "exitCode": 0,
        "reason": "Completed",
        "startedAt": NOW,
        "finishedAt": NOW,
    }


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(10, "10s"), (59, "59s"), (60, "1m0s"), (80, "1m20s"), (160, "2m40s"), (300, "5m0s")],
)
def test_the_pause_in_words(seconds, words):
    """Go prints a duration so, and names the container and the Pod."""
    message = waiting(after(1), pod(), seconds)["state"]["waiting"]["message"]
    assert message == f"back-off {words} restarting failed container=main pod=web_shop(u-web)"


@pytest.mark.parametrize(
    ("policy", "code", "again"),
    [
        (None, 0, True),
        (None, 1, True),
        ("Always", 0, True),
        ("OnFailure", 0, False),
        ("OnFailure", 1, True),
        ("Never", 0, False),
        ("Never", 1, False),
    ],
)
def test_whether_it_is_started_again(policy, code, again):
    """Source of the rule: https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#restart-policy."""
    made = pod(**({"restartPolicy": policy} if policy else {}))
    assert restarts(made, after(code)) is again
    assert phase(made, [], [after(code)]) == ("Running" if again else "Failed" if code else "Succeeded")


@pytest.mark.parametrize(
    ("codes", "word"),
    [
        ((), "Running"),
        ((0,), "Succeeded"),
        ((0, 0), "Succeeded"),
        ((0, 1), "Failed"),
        ((1, 0), "Failed"),
        ((0, None), "Running"),
        ((1, None), "Running"),
    ],
)
def test_the_phase_of_several_containers(codes, word):
    """A Pod is over when all have ended, and has failed when one of them has (`getPhase`)."""
    rows = [running(MAIN, THEN, ready=True) if code is None else after(code) for code in codes]
    assert phase(pod(restartPolicy="Never"), [], rows) == word


UNREADY = "containers with unready status"


@pytest.mark.parametrize(
    ("ready", "state", "init", "expected"),
    [
        ((True, True), "Running", False, ("True", "True", "True", "", "")),
        ((True, False), "Running", False, ("True", "True", "False", "ContainersNotReady", f"{UNREADY}: [b]")),
        (
            (False, False),
            "Running",
            False,
            ("True", "True", "False", "ContainersNotReady", f"{UNREADY}: [a b]"),
        ),
        ((False, False), "Succeeded", False, ("True", "True", "False", "PodCompleted", "")),
        ((True, True), "Failed", False, ("True", "True", "False", "PodFailed", "")),
        (
            (False, False),
            "Pending",
            False,
            ("True", "True", "False", "ContainersNotReady", f"{UNREADY}: [a b]"),
        ),
        (
            (False, False),
            "Pending",
            True,
            ("True", "False", "False", "ContainersNotReady", f"{UNREADY}: [a b]"),
        ),
        (
            (False, False),
            "Running",
            True,
            ("True", "True", "False", "ContainersNotReady", f"{UNREADY}: [a b]"),
        ),
    ],
)
def test_the_conditions_of_a_pod(ready, state, init, expected):
    """`GeneratePodReadyCondition` and its neighbours: each condition, and which keeps its time."""
    now = {"waiting": {"reason": "PodInitializing"}} if state == "Pending" else {"running": {}}
    rows = [{"name": name, "ready": value, "state": now} for name, value in zip("ab", ready, strict=True)]
    first = {"waiting": {}} if state == "Pending" else {"terminated": {"exitCode": 0}}
    inits = [{"name": MAIN.name, "state": first}] if init else []
    before = [
        {"type": "PodScheduled", "status": "True", "lastTransitionTime": THEN},
        {"type": "Ready", "status": "True", "lastTransitionTime": THEN},
        {"type": "ContainersReady", "status": "False", "lastTransitionTime": THEN},
    ]
    made = pod(
        containers="ab", status={"conditions": before}, **({"initContainers": [MAIN.raw]} if init else {})
    )
    found = {item["type"]: item for item in conditions(made, inits, rows, state, NOW)}
    scheduled, initialized, holds, reason, message = expected
    assert list(found) == [
        "PodReadyToStartContainers",
        "Initialized",
        "Ready",
        "ContainersReady",
        "PodScheduled",
    ]
    assert (found["PodScheduled"]["status"], found["Initialized"]["status"]) == (scheduled, initialized)
    assert found["Initialized"].get("reason", "") == (
        "" if initialized == "True" else "ContainersNotInitialized"
    )
    for kind, old in (("ContainersReady", "False"), ("Ready", "True")):
        item = found[kind]
        assert (item["status"], item.get("reason", ""), item.get("message", "")) == (holds, reason, message)
        assert item["lastTransitionTime"] == (THEN if old == holds else NOW)
    assert found["PodScheduled"]["lastTransitionTime"] == THEN
    assert found["Initialized"]["lastTransitionTime"] == NOW


# --- the pauses between restarts


def test_the_pauses_grow_up_to_five_minutes():
    """None, then 10 s, doubled each time up to 300 s: the first restart comes at once."""
    backoff, now, seen = Backoff(), 1000, []
    for _ in range(8):
        seen.append(backoff.pause("u", "main", now))
        now += seen[-1]
        backoff.restarted("u", "main", now)
    assert seen == [0, 10, 20, 40, 80, 160, 300, 300]


@pytest.mark.parametrize(("ran", "pause", "next_pause"), [(599, 20, 40), (600, 20, 40), (601, 0, 10)])
def test_after_ten_minutes_the_pauses_begin_anew(ran, pause, next_pause):
    """A container that ran for longer than twice the longest pause is taken for cured."""
    backoff = Backoff()
    backoff.restarted("u", "main", 1000)
    backoff.restarted("u", "main", 1000)
    assert backoff.pause("u", "main", 1000 + ran) == pause
    backoff.restarted("u", "main", 1000 + ran)
    assert backoff.pause("u", "main", 1000 + ran) == next_pause


def test_pauses_belong_to_one_container_of_one_pod():
    """A Pod that is forgotten takes its own with it, and a copy goes its own way."""
    backoff = Backoff()
    for uid, name in (("u", "main"), ("u", "side"), ("main", "u")):
        backoff.restarted(uid, name, 1000)
    copied = backoff.copy()
    backoff.forget("u")
    assert [backoff.pause(*key, 1000) for key in (("u", "main"), ("u", "side"), ("main", "u"))] == [0, 0, 10]
    assert copied.pause("u", "main", 1000) == 10
    backoff.forget("nobody")


# --- memory


def sized(name, request=None, limit=None):
    amounts = {"requests": request, "limits": limit}
    given = {key: {"memory": f"{value}Mi"} for key, value in amounts.items() if value is not None}
    return {"name": name, "image": "a:1", "resources": given}


def node(memory=1000, capacity=None):
    status = {"allocatable": {"memory": f"{memory}Mi", "cpu": "2"}}
    if capacity:
        status["capacity"] = {"memory": f"{capacity}Mi", "cpu": "2"}
    return view({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n1"}, "status": status})


def using(*rows):
    """Return what containers use: rows of (pod, container, Mi)."""
    usage = Usage()
    for made, name, size in rows:
        usage.set(made, name, Use(memory=int(size * MI)))
    return usage


@pytest.mark.parametrize(
    ("limits", "whole", "used", "killed"),
    [
        ((64, None), None, (64, 900), []),
        ((64, None), None, (64.5, 900), ["a"]),
        ((64, 64), None, (65, 65), ["a", "b"]),
        ((None, None), 100, (50, 50), []),
        ((None, None), 100, (50, 51), ["b"]),
        ((None, None), 100, (60, 50), ["a"]),
        ((40, None), 100, (60, 50), ["a"]),
        ((40, None), 100, (60, 101), ["a", "b"]),
        ((0, None), None, (1, 1), []),
    ],
)
def test_over_a_limit_of_memory(limits, whole, used, killed):
    """The kernel kills at one byte over the limit of a container, or the largest where the Pod as a whole is over."""
    spec = {"resources": {"limits": {"memory": f"{whole}Mi"}}} if whole else {}
    made = pod(containers=[sized("a", limit=limits[0]), sized("b", limit=limits[1])], **spec)
    usage = using((made, "a", used[0]), (made, "b", used[1]))
    assert sorted(over_limit(made, usage)) == killed


@pytest.mark.parametrize(
    ("used", "evicts", "kills"),
    [(900, False, False), (900.5, True, False), (1000, True, False), (1000.5, True, True)],
)
def test_when_memory_is_low_and_when_it_is_gone(used, evicts, kills):
    """The kubelet evicts while less than 100Mi is left, the kernel kills when nothing is left."""
    made = pod()
    usage = using((made, "main", used))
    assert available(node(), [made], usage) == (1000 - used) * MI
    assert THRESHOLD == 100 * MI
    assert (to_be_evicted(node(), [made], usage) is not None) is evicts
    assert (to_be_killed(node(), [made], usage) is not None) is kills


@pytest.mark.parametrize(
    ("first", "second", "goes"),
    [
        # over its request before within it, whatever the priority
        ((100, 0, 500), (600, 0, 450), 0),
        ((100, 9, 500), (600, 0, 450), 0),
        ((500, 0, 500), (400, 0, 450), 1),
        ((500, 0, 500.5), (400, 9, 450), 0),
        # of those the lower priority, whatever they use
        ((100, 5, 500), (100, 0, 450), 1),
        ((100, 0, 450), (100, 5, 500), 0),
        ((100, -5, 450), (100, 0, 500), 0),
        # of those the one that is furthest over
        ((100, 0, 500), (100, 0, 450), 0),
        ((400, 0, 500), (100, 0, 450), 1),
        # critical Pods stay
        ((100, 2_000_000_000, 500), (600, 0, 450), 1),
        ((100, 1_999_999_999, 500), (600, 0, 450), 0),
    ],
)
def test_who_is_evicted_first(first, second, goes):
    """`rankMemoryPressure`: exceeding requests, then priority, then how far over; (request, priority, used) in Mi."""
    pods = [
        pod(name, [sized("main", request)], priority=priority)
        for name, (request, priority, _) in zip("xy", (first, second), strict=True)
    ]
    usage = using(*((made, "main", used) for made, (_, _, used) in zip(pods, (first, second), strict=True)))
    for order in (pods, pods[::-1]):
        assert to_be_evicted(node(), order, usage)[0] is pods[goes]


def test_what_is_said_of_an_eviction():
    """The message names each container that is over its request, with Kubernetes' words and its own units."""
    made = pod(
        "web", [sized("a", 100), sized("b", 400), sized("c")], resources={"requests": {"memory": "450Mi"}}
    )
    usage = using((made, "a", 150), (made, "b", 400), (made, "c", 400))
    assert to_be_evicted(node(), [made], usage)[1] == (
        "The node was low on resource: memory. Threshold quantity: 100Mi, available: 50Mi. "
        "Pod web was using 950Mi, request is 450Mi, has larger consumption of memory. "
        "Container a was using 150Mi, request is 100Mi, has larger consumption of memory. "
        "Container c was using 400Mi, request is 0, has larger consumption of memory. "
    )
    usage.set(made, "c", Use(memory=400 * MI + 1))
    assert f"available: {50 * MI - 1}. " in to_be_evicted(node(), [made], usage)[1]


def adjustment(quality, request, capacity, priority=0):
    """Return oom_score_adj (`GetContainerOOMScoreAdjust`)."""
    if priority >= 2_000_001_000 or quality == "Guaranteed":
        return -997
    if quality == "BestEffort":
        return 1000
    return min(999, max(3, 1000 - 1000 * request // capacity))


QUALITIES = ("Guaranteed", "Burstable", "BestEffort")


def test_whom_the_kernel_kills():
    """The highest score: the part of memory in thousandths, and the addition by quality of service."""
    for _ in range(300):
        capacity = DRAW.choice([1000, 1100])
        rows = [
            (
                DRAW.choice(QUALITIES),
                DRAW.choice([0, 100, 300, 999, 1000]),
                DRAW.choice([0, 0, 2_000_001_000, 2_000_000_999]),
                DRAW.choice([400, 600, 700, 1]),
            )
            for _ in range(DRAW.randrange(2, 5))
        ]
        pods = [
            pod(f"p{i}", [sized("main", request)], {"qosClass": quality}, priority=priority)
            for i, (quality, request, priority, _) in enumerate(rows)
        ]
        usage = using(*((made, "main", row[3]) for made, row in zip(pods, rows, strict=True)))
        found = to_be_killed(node(1000, capacity), pods, usage)
        if sum(row[3] for row in rows) <= 1000:
            assert found is None
            continue
        scores = [
            1000 * used / capacity + adjustment(quality, request, capacity, first)
            for quality, request, first, used in rows
        ]
        assert found == (pods[scores.index(max(scores))], "main")


def test_what_a_pod_requests_beyond_its_containers_is_divided():
    """A request of the Pod as a whole counts for each of its containers by equal parts."""
    alone = pod("alone", [sized("main", 300)], {"qosClass": "Burstable"})
    whole = pod(
        "whole",
        [sized("a"), sized("b")],
        {"qosClass": "Burstable"},
        resources={"requests": {"memory": "700Mi"}},
    )
    usage = using((alone, "main", 510), (whole, "a", 500))
    # it is 510 and 700 against 500 and 650
    assert to_be_killed(node(), [alone, whole], usage) == (alone, "main")
    usage = using((alone, "main", 440), (whole, "a", 561))
    # it is 440 and 700 against 561 and 650
    assert to_be_killed(node(), [alone, whole], usage) == (whole, "a")


def test_who_uses_nothing_is_not_killed():
    """Without a byte there is nothing to gain."""
    idle, busy = (
        pod("idle", status={"qosClass": "BestEffort"}),
        pod("busy", status={"qosClass": "Guaranteed"}),
    )
    assert to_be_killed(node(), [idle, busy], using((idle, "main", 0), (busy, "main", 1001)))[0] is busy


# --- CPU


def working(name, quality, request, wants, limit=None):
    amounts = {
        "requests": {"cpu": f"{request}m"} if request else {},
        "limits": {"cpu": f"{limit}m"} if limit else {},
    }
    made = pod(name, [{"name": "main", "resources": amounts}], {"qosClass": quality})
    return made, wants


@pytest.mark.parametrize(
    ("rows", "parts"),
    [
        ([("Burstable", 100, 500)], [500]),
        ([("Burstable", 100, 5000)], [2000]),
        ([("Burstable", 100, 5000, 700)], [700]),
        ([("Burstable", 500, 5000), ("Burstable", 1500, 5000)], [500, 1500]),
        ([("Burstable", 500, 100), ("Burstable", 1500, 5000)], [100, 1900]),
        ([("Burstable", 1000, 5000), ("Burstable", 1000, 300)], [1700, 300]),
        ([("Guaranteed", 1000, 1000, 1000), ("Burstable", 1000, 5000)], [1000, 1000]),
        ([("BestEffort", 0, 5000), ("BestEffort", 0, 5000)], [1000, 1000]),
        ([("BestEffort", 0, 5000), ("Burstable", 1000, 5000)], [3, 1996]),
        ([("BestEffort", 0, 5000), ("Burstable", 1000, 500)], [1500, 500]),
        ([("Burstable", 0, 0), ("Burstable", 1000, 5000)], [0, 2000]),
    ],
)
def test_how_a_node_shares_its_cpu(rows, parts):
    """By shares (1024 for a CPU, at least 2), limits before, and what one does not want for the others; of 2 CPUs."""
    made = [working(f"p{i}", *row) for i, row in enumerate([(q, r, w, *rest) for q, r, w, *rest in rows])]
    usage = Usage()
    for item, wants in made:
        usage.set(item, "main", Use(cpu=wants))
    found = granted(node(), [item for item, _ in made], usage)
    assert [found[item.uid, "main"] for item, _ in made] == parts


def test_no_more_than_there_is_and_no_less_than_is_wanted():
    """Whoever gets less than it wants shares with others the whole of the Node."""
    for _ in range(200):
        made = [
            working(
                f"p{i}",
                DRAW.choice(QUALITIES),
                DRAW.choice([0, 100, 900]),
                DRAW.choice([0, 50, 800, 3000]),
                DRAW.choice([None, 400]),
            )
            for i in range(DRAW.randrange(1, 5))
        ]
        usage = Usage()
        for item, wants in made:
            usage.set(item, "main", Use(cpu=wants))
        found = granted(node(), [item for item, _ in made], usage)
        allowed = [
            min(wants, int(item.containers[0].limits.get("cpu", "9999m")[:-1])) for item, wants in made
        ]
        parts = [found[item.uid, "main"] for item, _ in made]
        assert all(part <= most for part, most in zip(parts, allowed, strict=True))
        assert min(sum(allowed), 2000) - len(parts) <= sum(parts) <= 2000


def test_use_is_noted_and_forgotten():
    """A container that has ended uses nothing, a Pod that has gone neither; the answer says whether there was something."""
    made = pod(containers="ab")
    usage = using((made, "a", 1), (made, "b", 2))
    assert (bool(usage), usage.memory(made), usage.of(made, "a").memory, usage.of(made, "x")) == (
        True,
        3 * MI,
        MI,
        Use(),
    )
    assert (usage.forget(made.uid, "a"), usage.forget(made.uid, "a")) == (True, False)
    assert usage.memory(made) == 2 * MI
    assert (usage.forget(made.uid), usage.forget(made.uid), bool(usage)) == (True, False, False)
