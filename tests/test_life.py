"""The life of a Pod: what has happened to it and when, its states in between, and the picture of both.

Source of the rules: https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/
"""

from __future__ import annotations

import contextlib
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from measures import faults
from test_figures_pictures import parse, said
from test_pod_life import HTTP, cluster, pod

import k8snotes as kn
from k8snotes.api.kinds.pod import Pod
from k8snotes.control_plane.lives import Lives, Note, told
from k8snotes.control_plane.naming import seconds_of
from k8snotes.errors import ClusterError, NotFoundError
from k8snotes.facts.life import Life, Moment, Span
from k8snotes.figures.life import MOST_ROWS, life_figure
from k8snotes.figures.scene import Mark

SERVICE = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"name": "web"},
    "spec": {"selector": {"app": "web"}, "ports": [{"port": 80, "targetPort": 8080}]},
}
SLEEP = {"preStop": {"sleep": {"seconds": 10}}}
ALIVE = {"httpGet": {"path": "/live", "port": "http"}, "periodSeconds": 5}


def lab(*manifests):
    """Return a settled cluster of one Node with a Service, and these objects, not settled."""
    c = cluster(SERVICE)
    c.settle()
    for manifest in manifests:
        c.apply(manifest)
    return c


def crash_loop():
    """Return a cluster in which the liveness probe of a Pod begins to fail after a minute."""
    c = lab(pod(livenessProbe=ALIVE, readinessProbe=HTTP))
    c.settle()
    c.wait(60)
    c.answer("pod/web", "/live", 500)
    c.wait(600)
    return c


def story(c, ref="pod/web"):
    """Return when what happened: the second, the code, and what else there is to it."""
    return [
        (m.time, m.code, *filter(None, (m.container, m.run, m.number, m.word))) for m in facts(c, ref).moments
    ]


def facts(c, ref="pod/web") -> Life:
    return c.life(ref).facts


def states(c, ref="pod/web"):
    return [(span.code, span.begin, span.end, span.traffic) for span in facts(c, ref).spans]


BEGIN = [(0, "created"), (0, "bound", "node-1"), (1, "address", "10.244.1.2")]


# ---- stories, to the second


def test_a_pod_that_starts_and_is_deleted_has_a_start_and_an_end():
    c = lab(pod())
    c.settle()
    c.wait(30)
    c.delete("pod/web")
    c.settle()
    assert story(c) == [
        *BEGIN,
        (4, "started", "app"),
        (4, "ready"),
        (37, "deletion", 30),
        (37, "sigterm", "app"),
        (37, "stopped", "app", 143),
        (39, "removed"),
    ]
    assert states(c) == [("starting", 0, 4, False), ("ready", 4, 37, True), ("ending", 37, 39, False)]
    assert facts(c).removed
    assert facts(c).served
    assert c.life("pod/web").title == "life of pod/web: ready after 4 s; removed after 39 s"


def test_a_pod_that_has_only_started_costs_no_record():
    c = lab(pod(), pod("probed", readinessProbe=HTTP), pod("inits", init=[{"name": "a", "image": "a"}]))
    c.settle()
    assert repr(c.api.lives) == "<Lives of 0 Pods, and of 0 that are gone>"
    assert [code for _time, code, *_rest in story(c, "pod/inits")][3:] == [
        "started",
        "ended",
        "started",
        "ready",
    ]


def test_a_startup_probe_keeps_a_pod_from_being_ready():
    c = lab(pod(startupProbe={**HTTP, "periodSeconds": 5, "failureThreshold": 30}, readinessProbe=HTTP))
    c.listen("pod/web", 8080, after=37)
    c.settle()
    assert story(c) == [
        *BEGIN,
        (4, "started", "app"),
        (44, "startup", "app"),
        (44, "ready", "probe"),
    ]
    assert states(c)[:2] == [("starting", 0, 4, False), ("running", 4, 44, False)]


def test_a_readiness_probe_that_fails_takes_the_pod_out_of_the_endpoints():
    c = lab(pod(readinessProbe=HTTP))
    c.settle()
    c.wait(50)
    c.set_ready("pod/web", False)
    c.settle()
    c.wait(30)
    c.set_ready("pod/web", True)
    c.settle()
    assert story(c)[3:] == [
        (4, "started", "app"),
        (5, "ready", "probe"),
        (58, "failed-probe", "app", "readiness"),
        (58, "unready"),
        (91, "ready", "probe"),
    ]
    gains = {m.code: m.services for m in facts(c).moments if m.services}
    assert gains == {"ready": ("service/web",), "unready": ("service/web",)}
    assert [traffic for _code, _begin, _end, traffic in states(c)] == [False, False, True, False, True]


def test_a_liveness_probe_that_fails_restarts_its_container_after_longer_and_longer_pauses():
    c = crash_loop()
    life = facts(c)
    assert life.restarts == 6
    cycle = [(m.time, m.code) for m in life.moments if m.run == 2 or 92 <= m.time < 103]
    assert cycle[:8] == [
        (92, "failed-probe"),
        (92, "sigterm"),
        (92, "ended"),
        (92, "unready"),
        (95, "waits"),
        (102, "started"),
        (112, "ended"),
        (115, "waits"),
    ]
    assert [m.number for m in life.moments if m.code == "waits"] == [10, 20, 40, 80, 160, 0]
    assert (
        "container app is started again 160 seconds after its end (CrashLoopBackOff)"
        in c.life("pod/web").text
    )


@pytest.mark.parametrize(
    ("takes", "last"), [(8, (125, "stopped", "app", 143)), (None, (137, "sigkill", "app"))]
)
def test_a_hook_a_signal_and_the_grace_period_end_a_container(takes, last):
    c = lab(pod(lifecycle=SLEEP))
    c.settle()
    c.stops("pod/web", takes)
    c.wait(100)
    c.delete("pod/web")
    c.wait(5)
    assert [code for _time, code, *_rest in story(c)][-2:] == ["deletion", "prestop"]  # not what is to come
    c.settle()
    assert story(c)[-5:] == [
        (107, "deletion", 30),
        (107, "prestop", "app"),
        (117, "sigterm", "app"),
        last,
        (last[0], "removed"),
    ]


def test_a_pod_that_is_given_less_time_is_killed_earlier():
    c = lab(pod(lifecycle=SLEEP))
    c.settle()
    c.stops("pod/web", None)
    c.delete("pod/web")
    c.wait(5)
    c.delete("pod/web", grace_period=3)
    c.settle()
    ends = [item for item in story(c) if item[0] > 5]
    assert ends == [
        (7, "deletion", 30),
        (7, "prestop", "app"),
        (12, "deletion", 3),
        (ends[-1][0], "sigkill", "app"),
        (ends[-1][0], "removed"),
    ]
    assert ends[-1][0] == 15


def test_the_kubelet_waits_for_no_controller():
    """SIGTERM and the grace period begin when a Pod is deleted, however many controllers act before its kubelet."""
    c = kn.load("guestbook")
    pod = c.objects("pods", "track=stable")[0]
    c.stops("deploy/frontend", None)
    c.delete(pod.ref)
    c.settle()
    ends = c.life(pod.ref).facts.moments[-4:]
    assert [(moment.time - ends[0].time, moment.code) for moment in ends] == [
        (0, "deletion"),
        (0, "sigterm"),
        (30, "sigkill"),
        (30, "removed"),
    ]


def test_a_kubelet_that_was_silent_is_told_when_it_comes_back():
    """A Pod that was deleted meanwhile is given its whole grace period by a kubelet that was silent."""
    c = kn.load("guestbook")
    pod = c.objects("pods", "track=stable")[0]
    c.stops("deploy/frontend", None)
    c.lose(pod.node_name)
    c.delete(pod.ref)
    deleted = c.api.now
    c.wait("60s")
    c.recover(pod.node_name)
    back = c.api.now - deleted
    c.wait("60s")
    ends = {moment.code: moment.time for moment in c.life(pod.ref).facts.moments}
    assert 0 <= ends["sigterm"] - ends["deletion"] - back <= 1
    assert ends["sigkill"] - ends["sigterm"] == 30


def test_a_pod_that_is_removed_by_force_says_that_its_containers_still_run():
    c = lab(pod())
    c.settle()
    c.stops("pod/web", None)
    c.delete("pod/web")
    c.wait(5)
    c.delete("pod/web", force=True)
    assert story(c)[-3:] == [(7, "deletion", 30), (7, "sigterm", "app"), (12, "removed", "running")]


def test_the_pod_of_a_job_ends_by_itself():
    container = {"name": "work", "image": "w:1"}
    template = {"spec": {"restartPolicy": "Never", "containers": [container]}}
    c = lab(
        {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "j"}, "spec": {"template": template}}
    )
    c.exits("job/j", 0, after=40)
    c.settle()
    c.wait(60)
    (ref,) = (item.ref for item in c.objects("pods"))
    assert story(c, ref)[-4:] == [
        (3, "ready"),
        (43, "ended", "work", "Completed"),
        (43, "unready"),
        (43, "over", "Succeeded"),
    ]
    assert [code for code, *_rest in states(c, ref)] == ["waiting", "starting", "ready", "over"]
    assert not any(m.bad for m in facts(c, ref).moments if m.code != "unready")


def test_an_init_container_that_fails_keeps_a_pod_starting():
    c = lab()
    c.exits("image/i:1", 1, after=3)
    c.apply(pod(init=[{"name": "db", "image": "i:1"}]))
    c.settle()
    c.wait(60)
    assert story(c)[3:8] == [
        (4, "started", "db"),
        (7, "ended", "db", 1, "Error"),
        (8, "started", "db", 1),
        (11, "ended", "db", 1, 1, "Error"),
        (12, "waits", "db", 1, 10, "CrashLoopBackOff"),
    ]
    assert [code for code, *_rest in states(c)] == ["starting"]
    assert "init container db ends with exit code 1" in c.life("pod/web").text


def test_init_containers_run_one_after_the_other():
    c = lab()
    c.exits("image/slow:1", 0, after=7)
    slow, fast = {"name": "z-first", "image": "slow:1"}, {"name": "a-second", "image": "f:1"}
    side = {"name": "proxy", "image": "p:1", "restartPolicy": "Always"}
    c.apply(pod(init=[slow, fast, side]))
    c.settle()
    assert [(m.time, m.code, m.container, m.role) for m in facts(c).moments if m.container] == [
        (4, "started", "z-first", "init container"),
        (11, "ended", "z-first", "init container"),
        (11, "started", "a-second", "init container"),
        (11, "ended", "a-second", "init container"),
        (11, "started", "proxy", "sidecar"),
        (11, "started", "app", "container"),
    ]


def test_an_image_that_cannot_be_pulled_is_tried_again_and_again():
    c = lab()
    c.set_pullable("web:1", False)
    c.apply(pod())
    c.settle()
    c.wait(60)
    assert story(c)[3:] == [
        (time, "waits", "app", reason)
        for tried in (4, 14, 34)
        for time, reason in ((tried, "ErrImagePull"), (tried + 1, "ImagePullBackOff"))
    ]
    assert facts(c).restarts == 0


def test_a_container_that_is_killed_for_its_memory_says_so():
    c = lab(pod(resources={"limits": {"memory": "64Mi"}}))
    c.settle()
    c.use("pod/web", memory="65Mi")
    c.settle()
    assert "container app ends with exit code 137 (OOMKilled)" in c.life("pod/web").text
    assert [code for code, *_rest in states(c)] == ["starting", "ready", "running", "ready"]


def test_a_pod_waits_for_a_node_for_volumes_and_for_configuration():
    volumes = [{"name": "v", "configMap": {"name": "cm"}}]
    mounts = [{"name": "v", "mountPath": "/v"}]
    c = lab(pod(spec={"nodeSelector": {"disk": "ssd"}, "volumes": volumes}, volumeMounts=mounts))
    c.settle()
    c.wait(50)
    c.kubectl("label node node-1 disk=ssd")
    c.settle()
    c.wait(20)
    c.kubectl("create configmap cm")
    c.settle()
    times = {code: time for time, code, *_rest in story(c)}
    assert list(times) == ["created", "unschedulable", "bound", "unmounted", "address", "started", "ready"]
    assert 50 <= times["bound"] < times["unmounted"] < times["unmounted"] + 20 <= times["address"]
    assert [code for code, *_rest in states(c)] == ["waiting", "starting", "ready"]


def test_a_hook_after_the_start_that_fails_ends_the_container():
    c = lab()
    c.apply(pod(lifecycle={"postStart": {"exec": {"command": ["bad"]}}}))
    c.returns("pod/web", "bad", 1)
    c.settle()
    assert [code for _time, code, *_rest in story(c)][3:6] == ["started", "hook", "ended"]


def test_an_image_that_changes_restarts_its_container():
    c = lab(pod())
    c.settle()
    c.kubectl("set image pod/web app=web:2")
    c.settle()
    assert [code for _time, code, *_rest in story(c)][5:] == ["changed", "sigterm", "ended", "started"]


def test_a_node_that_is_lost_makes_its_pods_not_ready():
    c = lab(pod())
    c.settle()
    c.lose("node-1")
    c.settle()
    codes = [code for code, *_rest in states(c)]
    assert codes[:3] == ["starting", "ready", "running"]
    assert "failed-probe" not in [code for _time, code, *_rest in story(c)]


def test_a_pod_that_has_run_too_long_is_over():
    c = lab(pod(spec={"activeDeadlineSeconds": 50}))
    c.settle()
    c.wait(90)
    assert story(c)[-1] == (51, "over", "DeadlineExceeded")
    assert states(c)[-1][:2] == ("over", 51)


def test_finalizers_keep_a_pod_that_is_ending():
    manifest = pod()
    manifest["metadata"]["finalizers"] = ["example.com/wait"]
    c = lab(manifest)
    c.settle()
    c.delete("pod/web")
    c.settle()
    assert story(c)[-4:] == [
        (7, "deletion", 30),
        (7, "sigterm", "app"),
        (7, "stopped", "app", 143),
        (9, "held"),
    ]
    assert states(c)[-1][0] == "ending"


def test_a_pod_that_no_service_selects_says_so():
    c = lab(pod(labels={"app": "other"}))
    c.settle()
    figure = c.life("pod/web")
    assert not figure.facts.services
    assert "No Service selects it" in figure.text
    assert "traffic," not in figure.alt


def test_a_service_may_publish_a_pod_that_is_not_ready():
    headless = {**SERVICE, "spec": {**SERVICE["spec"], "publishNotReadyAddresses": True}}
    c = cluster(headless, pod(readinessProbe=HTTP))
    c.settle()
    life = facts(c)
    (address,) = (m for m in life.moments if m.code == "address")
    assert [span.traffic for span in life.spans if span.end <= address.time] == [False, False]
    assert all(span.traffic for span in life.spans if span.begin >= address.time)
    assert address.services == ("service/web",)


# ---- what is known, and for how long


def test_a_dump_knows_only_the_last_status():
    c = crash_loop()
    found = kn.load(c.kubectl("get all -A -o yaml").stdout)
    assert found.snapshot
    life = facts(found)
    assert life.found
    assert [span.code for span in life.spans][-2:] == ["unknown", "running"]
    assert "earlier moments are missing" in found.life("pod/web").text
    assert " s of which nothing is known" not in c.life("pod/web").text
    assert " s of which nothing is known" in found.life("pod/web").text
    assert "never ready" not in found.life("pod/web").title


def test_a_copy_has_its_own_lives():
    c = lab(pod())
    c.settle()
    c.crash("pod/web")
    other = c.copy()
    c.settle()
    assert facts(c).restarts == 1
    assert facts(other).restarts == 0


def test_a_new_pod_of_the_same_name_begins_a_new_life():
    c = lab(pod())
    c.settle()
    c.crash("pod/web")
    c.settle()
    c.delete("pod/web")
    c.settle()
    assert facts(c).removed
    c.apply(pod())
    c.settle()
    assert not facts(c).removed
    assert facts(c).restarts == 0


def test_of_many_pods_that_are_gone_the_latest_are_known():
    c = kn.Cluster(nodes=0)
    for number in range(205):
        c.apply(pod(f"web-{number}"))
        c.delete(f"pod/web-{number}")
    assert facts(c, "pod/web-204").removed
    with pytest.raises(NotFoundError):
        c.life("pod/web-4")


def test_of_a_very_long_life_the_beginning_and_the_end_are_kept():
    c = lab(pod(readinessProbe=HTTP))
    c.settle()
    for number in range(450):
        c.wait(1)
        c.set_ready("pod/web", bool(number % 2))
        c.settle()
    life = facts(c)
    (gap,) = (m for m in life.moments if m.code == "forgotten")
    assert len(life.moments) <= 601
    assert gap.number > 0
    assert life.at(gap.time).code == "unknown"
    assert life.spans[-1].code == "ready"
    assert f"{gap.number} moments from here on are no longer kept" in c.life("pod/web").text


@pytest.mark.parametrize("count", [600, 601, 900, 901, 5000])
def test_no_note_is_lost_without_being_counted(count):
    lives, web = Lives(), Pod({"metadata": {"name": "web", "uid": "1"}})
    for second in range(count):
        lives.note(web, Note("failed-probe", second, "app"))
    notes = lives.of(web).notes
    assert len(notes) <= 600
    gaps = [number for number, note in enumerate(notes) if note.code == "forgotten"]
    assert gaps == ([100] if count > 600 else [])
    assert len(notes) - len(gaps) + sum(notes[gap].number for gap in gaps) == count
    assert [notes[gap].time for gap in gaps] == [100 for _gap in gaps]
    assert notes[-1].time == count - 1


def test_only_pods_have_a_life():
    c = lab()
    with pytest.raises(ClusterError, match=r"c\.life\(\) shows a Pod, but service/web is of kind Service"):
        c.life("svc/web")
    with pytest.raises(NotFoundError):
        c.life("pod/nobody")


def test_what_a_record_keeps_is_what_the_statuses_told():
    """A record that begins late has the same start as one that would have begun with the Pod."""
    c = lab(pod())
    c.settle()
    start = list(told(c["pod/web"]))
    c.crash("pod/web")
    c.settle()
    notes = c.api.lives.of(c["pod/web"]).notes
    timed = [note for note in start if note.code != "startup"]
    assert [note for note in notes if note in timed] == timed


def test_notes_of_a_pod_do_not_begin_its_record():
    lives = Lives()
    c = lab(pod())
    c.settle()
    web = c["pod/web"]
    lives.note(web, Note("prestop", 99, "app"))
    assert lives.of(web).notes == (*told(web), Note("prestop", 99, "app"))


# ---- spans, for any life

ACTS = st.sampled_from(
    [
        "wait 3",
        "wait 40",
        "not ready",
        "ready",
        "crash",
        "fail",
        "recover",
        "exits",
        "lose",
        "back",
        "step",
        "delete",
    ]
)


def act(c, word):
    if word.startswith("wait"):
        c.wait(int(word.split()[1]))
    elif word in ("ready", "not ready"):
        c.set_ready("pod/web", word == "ready")
    elif word == "crash":
        c.crash("pod/web")
    elif word in ("fail", "recover"):
        c.answer("pod/web", "/live", 500 if word == "fail" else 200)
    elif word == "exits":
        c.exits("pod/web", 3, after=7)
    elif word == "lose":
        c.lose("node-1")
    elif word == "back":
        c.recover("node-1")
    elif word == "delete":
        c.delete("pod/web")


@settings(max_examples=30, deadline=None)
@given(st.lists(ACTS, max_size=9), st.booleans(), st.booleans())
def test_the_states_cover_a_life_and_agree_with_the_ready_condition(words, slow, probed):
    """Without gap or overlap; and at each moment "ready" is what the condition said, unless the Pod was ending."""
    probes = {"livenessProbe": ALIVE, "readinessProbe": HTTP} if probed else {}
    c = lab(pod(lifecycle=SLEEP if slow else {}, **probes))
    seen = {}  # by second: whether it was ready, and whether it was ending, after all writes of this second
    created = c.api.now

    def look(*seconds):
        there = c.api.store.get(("pods", "default", "web"))
        for second in seconds:
            seen.pop(second - created, None)
            if there is not None:
                seen[second - created] = there.holds("Ready"), there.terminating
        return there is not None

    for word in ["start", *words]:
        seen.pop(c.api.now - created, None)
        with contextlib.suppress(ClusterError):  # there may be no container to crash now
            act(c, word)
        for _turn in range(25):
            before = c.api.now
            if not c.step():
                break
            quiet = range(before + 1, c.api.now - 1)  # the clock was put forward; what was before goes on
            seen.update(
                {second - created: seen[before - created] for second in quiet if before - created in seen}
            )
            look(c.api.now - 1, c.api.now)
        if not look(c.api.now):
            break
    life = facts(c)
    assert life.spans[0].begin == 0
    assert life.spans[-1].end == life.until
    assert all(one.end == next_one.begin and one.begin < one.end for one, next_one in pairwise(life.spans))
    assert [m.time for m in life.moments] == sorted(m.time for m in life.moments)
    for second, (ready, terminating) in seen.items():
        if second < life.until or not life.removed:
            span = life.at(second)
            assert (span.code == "ending") is terminating, (second, life)
            assert terminating or (span.code == "ready") is ready, (second, life)
            assert span.traffic is (ready and not terminating)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["started", "ended", "ready", "unready", "waits", "sigterm"]), st.integers(0, 400)
        ),
        max_size=120,
    )
)
def test_every_row_of_a_picture_is_below_the_one_before(pairs):
    moments, time = [Moment("created", 0)], 0
    for code, passed in pairs:
        time += passed % 7 if passed % 3 else passed
        moments.append(Moment(code, time, "app", "container", word="Error"))
    life = Life("pod/web", 0, time + 5, tuple(moments), (Span("running", 0, time + 5, traffic=False),))
    figure = life_figure(life)
    assert faults(figure.svg) == []
    places = [item.at[1] for item in figure.scene.drawn if isinstance(item, Mark)]
    assert places == sorted(places)
    assert len(places) <= MOST_ROWS + 1
    assert figure.text.count(" s  ") == len(moments)


# ---- the picture


def test_what_comes_again_and_again_is_folded():
    figure = crash_loop().life("pod/web")
    words = said(figure)
    assert "↻ the same 4 more times, with restarts 2 to 5" in words
    assert "↻ changes again and again" in words
    assert "↻ now and then" in words
    assert "starts again (restart 3)" not in words
    assert "container app starts again (restart 3)" in figure.text


def test_a_long_quiet_time_is_drawn_short_and_says_so():
    c = lab(pod())
    c.settle()
    c.wait("1h")
    figure = c.life("pod/web")
    assert "⋮ 3603 s" in figure.svg
    assert "A dotted piece of the line is a long time, which is drawn short." in figure.caption
    assert high(figure) < 300


def high(figure):
    return float(parse(figure.svg).get("height"))


def test_a_life_fits_a_page():
    """A reader sees all of it at once, for a crash loop too."""
    assert faults(crash_loop().life("pod/web").svg) == []


def test_each_state_is_told_apart_without_colour():
    from k8snotes.figures.life import _LOOKS

    assert len({look.symbol for look in _LOOKS.values()}) == len(_LOOKS)
    assert all(look.symbol for look in _LOOKS.values())


def test_nasty_names_are_escaped_and_fit():
    nasty = '<b>&"\\n' + "x" * 300
    moments = (
        Moment("created", 0),
        Moment("bound", 1, word=nasty),
        Moment("started", 2, nasty, "container"),
        Moment("ready", 3, services=(nasty,) * 5),
        Moment("waits", 9, nasty, "container", word=nasty),
    )
    spans = (Span("starting", 0, 3, traffic=False), Span("ready", 3, 9, traffic=True))
    figure = life_figure(Life(f"pod/{nasty}", 0, 9, moments, spans, (nasty,)))
    assert faults(figure.svg) == []
    assert "<b>&" not in figure.svg
    assert nasty in figure.text


def test_a_life_is_told_in_words():
    c = lab(pod())
    c.settle()
    assert c.life("pod/web").text.splitlines() == [
        "life of pod/web: ready after 4 s; now ready",
        "0 s to 4 s: starting, gets no traffic",
        "     0 s  created",
        "     0 s  bound to Node node-1",
        "     1 s  the pause container runs: Pod IP 10.244.1.2",
        "4 s to 7 s: ready, gets traffic",
        "     4 s  container app starts",
        "     4 s  no readiness probe: Ready, so it is in the endpoints of service/web",
    ]
    assert c.life("pod/web").alt == (
        "life of pod/web: ready after 4 s; now ready. "
        "States: 0 s to 4 s: starting, gets no traffic; 4 s to 7 s: ready, gets traffic."
    )


def test_seconds_are_counted_from_the_creation_of_the_pod():
    c = lab()
    c.wait(1000)
    c.apply(pod())
    c.settle()
    life = facts(c)
    assert life.created == seconds_of(c["pod/web"].metadata["creationTimestamp"]) > 1000
    assert [m.time for m in life.moments] == [0, 0, 1, 4, 4]
