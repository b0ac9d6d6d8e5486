"""Logs: what `kubectl logs` prints of programs that do not really run, in kubectl's and the kubelet's words."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pseudo import left_in, speaking

import k8snotes as kn
from k8snotes.api.kinds.pod import Pod
from k8snotes.api.masking import hide_values
from k8snotes.errors import ApiError
from k8snotes.kubectl.cli import kubectl
from k8snotes.kubectl.completion import completions
from k8snotes.node.logs import Line, LogOptions, Logs, rendered, run_of, timestamp_of
from k8snotes.node.programs import Programs

PROBE = {"httpGet": {"path": "/ready", "port": 8080}}
LIVE = {"httpGet": {"path": "/live", "port": 8080}, "failureThreshold": 1}
START = "started: image web:1.6, listening on 8080\n"
NOTE = "No program really runs here."


def container(name="app", image="web:1.6", **more):
    return {"name": name, "image": image, **more}


def pod(name="web", *containers, **spec):
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "labels": {"app": "web"}},
        "spec": {"containers": list(containers) or [container(ports=[{"containerPort": 8080}])], **spec},
    }


def deployment(replicas=3):
    template = {"metadata": {"labels": {"app": "web"}}, "spec": pod()["spec"]}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web"},
        "spec": {"replicas": replicas, "selector": {"matchLabels": {"app": "web"}}, "template": template},
    }


def cluster(*manifests):
    c = kn.Cluster(nodes=2)
    c.apply(list(manifests))
    c.settle()
    return c


def answer(c, line):
    """Return what a command prints on its two streams, and its exit code."""
    out = c.kubectl(line)
    return out.stdout, out.stderr, out.exit


def printed(c, line):
    out = c.kubectl(line)
    assert (out.stderr, out.exit) == ("", 0)
    return out.stdout


def moments(c, line):
    """Return the lines of a log, each with its moment in seconds."""
    there = (row.partition(" ") for row in printed(c, f"{line} --timestamps").splitlines())
    return [
        (round((datetime.fromisoformat(at) - timestamp_of(0)).total_seconds()), words)
        for at, _, words in there
    ]


# ---- what a log holds


def test_a_log_begins_with_the_start_of_the_program():
    """The first line says the image and the ports, at the moment that the status tells."""
    c = cluster(pod())
    began = c["pod/web"].status["containerStatuses"][0]["state"]["running"]["startedAt"]
    assert printed(c, "logs web") == START
    assert printed(c, "logs web --timestamps") == f"{began[:-1]}.000000000Z {START}"


def test_nothing_is_kept_of_a_pod_that_runs_undisturbed():
    """What the status and the probes tell is said when somebody asks, and not kept for every Pod."""
    c = cluster(deployment(20))
    c.wait("10m")
    assert c.simulation.kubelets.runtime.logs._kept == {}  # the promise is about memory
    probed = cluster(pod("web", container(readinessProbe=PROBE, livenessProbe=LIVE)))
    probed.wait("10m")
    assert probed.simulation.kubelets.runtime.logs._kept == {}
    assert printed(probed, "logs web").splitlines()[1:] == [
        "GET /live -> 200 (kube-probe/1.36)",
        "GET /ready -> 200 (kube-probe/1.36)",
    ]


def test_a_probe_is_logged_when_its_answer_changes():
    """Of the same answers every ten seconds there is one line, and another one as soon as the answer is another."""
    c = cluster(pod("web", container(readinessProbe=PROBE)))
    began = moments(c, "logs web")[0][0]
    for status in (503, 503, 200):
        c.answer("pod/web", "/ready", status)
        c.wait("40s")
    lines = moments(c, "logs web")
    assert [words for _at, words in lines] == [
        "started: image web:1.6, listening on 8080",
        "GET /ready -> 200 (kube-probe/1.36)",
        "GET /ready -> 503 (kube-probe/1.36)",
        "GET /ready -> 200 (kube-probe/1.36)",
    ]
    assert all((at - began) % 10 == 0 for at, _words in lines)
    assert [at for at, _words in lines] == sorted(at for at, _words in lines)


def test_a_slow_answer_says_how_long_it_took():
    """A handler that answers after the timeout of the probe has answered all the same, which its log tells."""
    c = kn.Cluster(nodes=1)
    c.apply(pod("web", container(readinessProbe=PROBE)))
    c.answer("pod/web", "/ready", takes="3s")
    c.settle()
    assert printed(c, "logs web --tail=1") == "GET /ready -> 200 in 3s (kube-probe/1.36)\n"


def test_a_port_where_nothing_listens_logs_no_probe():
    """A refused connection reaches no program, so the program logs nothing of it."""
    c = kn.Cluster(nodes=1)
    c.apply(pod("web", container(readinessProbe=PROBE)))
    c.listen("pod/web", 9090)
    c.settle()
    assert printed(c, "logs web") == "started: image web:1.6, listening on 9090\n"


def test_a_port_that_opens_later_is_logged_then():
    """c.listen(after=) opens a port after the start; before that the line is not there."""
    c = cluster(pod())
    c.listen("pod/web", 80, after=30)
    c.listen("pod/web", 53, "UDP", address="127.0.0.1")
    assert printed(c, "logs web") == "started: image web:1.6, listening on 127.0.0.1:53/UDP\n"
    c.wait(40)
    (began, _first), (opened, second) = moments(c, "logs web")
    assert (opened - began, second) == (30, "listening on 80")


def test_what_is_said_of_a_pod_opens_its_ports_in_one_container():
    """c.listen without a container means the Pod; the log of the second container does not repeat it."""
    c = cluster(pod("web", container(), container("proxy", "proxy:2")))
    c.listen("pod/web", 9000)
    assert printed(c, "logs web -c app") == "started: image web:1.6, listening on 9000\n"
    assert printed(c, "logs web -c proxy") == "started: image proxy:2\n"
    c.listen("pod/web", 7000, container="proxy")
    assert printed(c, "logs web -c proxy") == "started: image proxy:2, listening on 7000\n"


def test_a_broken_image_listens_on_nothing():
    """The probes of an image that begins with "broken" are refused, so its log names no port."""
    c = cluster(pod("web", container(image="broken:1", ports=[{"containerPort": 80}])))
    assert printed(c, "logs web") == "started: image broken:1\n"


@pytest.mark.parametrize(
    ("code", "line"),
    [(0, "ended: exit code 0"), (1, "ended: exit code 1"), (137, "killed: exit code 137")],
)
def test_the_last_line_says_how_a_program_has_ended(code, line):
    """A program that has ended has a last line, at the moment at which the status says so."""
    c = cluster(pod("web", restartPolicy="Never"))
    c.crash("pod/web", exit_code=code)
    c.settle()
    ended = c["pod/web"].status["containerStatuses"][0]["state"]["terminated"]["finishedAt"]
    assert printed(c, "logs web --timestamps").splitlines()[-1] == f"{ended[:-1]}.000000000Z {line}"


def test_a_program_that_was_killed_for_its_memory_says_why():
    """The reason of an end that the status does not tell is kept for its run."""
    c = cluster(pod("web", container(resources={"limits": {"memory": "64Mi"}}), restartPolicy="Never"))
    c.use("pod/web", memory="65Mi")
    c.settle()
    line = "killed: OOMKilled, exit code 137, because it used 65Mi of memory, and its limit is 64Mi\n"
    assert printed(c, "logs web --tail=1") == line


def test_a_failed_liveness_probe_is_seen_in_the_log_of_the_run_before():
    """The program gets SIGTERM, takes its time, and ends; then a new run has a log of its own."""
    c = cluster(pod("web", container(livenessProbe=LIVE)))
    c.stops("pod/web", 7, exit_code=0)
    c.answer("pod/web", "/live", 500)
    c.wait("12s")
    c.answer("pod/web", "/live", 200)
    c.wait("10m")
    before = moments(c, "logs web --previous")
    assert [words for _at, words in before][2:] == [
        "GET /live -> 500 (kube-probe/1.36)",
        "received SIGTERM",
        "ended: exit code 0, because its liveness probe has failed too often",
    ]
    assert before[-1][0] - before[-2][0] == 7
    assert [words for _at, words in moments(c, "logs web")] == [
        "started: image web:1.6, listening on 8080",
        "GET /live -> 200 (kube-probe/1.36)",
    ]


def test_a_pod_that_is_deleted_logs_sigterm_after_its_hook():
    """While a Pod ends, its log can be read: SIGTERM comes when preStop is over."""
    hook = {"preStop": {"sleep": {"seconds": 5}}}
    c = cluster(pod("web", container(lifecycle=hook)))
    c.stops("pod/web", 20)
    c.delete("pod/web")
    began = c.api.now
    c.wait(3)
    assert "SIGTERM" not in printed(c, "logs web")
    c.wait(5)
    at, words = moments(c, "logs web")[-1]
    assert words == "received SIGTERM"
    assert 5 <= at - began <= 7
    c.settle()
    assert answer(c, "logs web")[2] == 1


def test_a_log_goes_with_its_pod():
    """A Pod of the same name that comes later has a log of its own, and nothing is kept of the first one."""
    c = cluster(pod())
    c.write_log("pod/web", "first")
    assert printed(c, "logs web") == START + "first\n"
    c.delete("pod/web")
    c.settle()
    assert c.simulation.kubelets.runtime.logs._kept == {}
    c.apply(pod())
    c.settle()
    assert printed(c, "logs web") == START


def test_a_copy_has_logs_of_its_own():
    """What is written in a copy, or asked there, is not in the log of the first cluster."""
    c = cluster(pod("web", container(readinessProbe=PROBE)))
    c.write_log("pod/web", "both")
    other = c.copy()
    other.write_log("pod/web", "only there")
    other.answer("pod/web", "/ready", 503)
    other.wait("30s")
    assert printed(c, "logs web").endswith("both\n")
    assert printed(other, "logs web").endswith("both\nonly there\nGET /ready -> 503 (kube-probe/1.36)\n")


def test_only_the_present_run_and_the_one_before_are_kept():
    """As in a kubelet, older runs are gone; a run keeps its last thousand lines."""
    c = cluster(pod())
    for number in range(4):
        c.write_log("pod/web", f"run {number}")
        c.crash("pod/web")
        c.wait("15m")
    c.write_log("pod/web", "run 4")
    assert "run 4\n" in printed(c, "logs web")
    assert "run 3\n" in printed(c, "logs web -p")
    kept = c.simulation.kubelets.runtime.logs._kept[c["pod/web"].uid]["app"]
    assert sorted(kept) == [3, 4]
    c.write_log("pod/web", "\n".join(map(str, range(2_000))))
    assert printed(c, "logs web").splitlines()[1:] == [str(number) for number in range(1_000, 2_000)]


@given(st.lists(st.tuples(st.integers(0, 6), st.text("ab", max_size=3)), max_size=40))
def test_a_log_keeps_the_lines_of_two_runs(written):
    """Whatever is written in runs that follow each other, exactly the last two runs are kept, in order."""
    logs = Logs(Programs(kn.Cluster(nodes=0).api))
    runs: dict[int, list[str]] = {}
    for number, words in sorted(written, key=lambda item: item[0]):
        logs.write("u", "app", number, Line(0, words))
        runs.setdefault(number, []).append(words)
    kept = logs._kept.get("u", {}).get("app", {})
    last = max(runs, default=0)
    assert {
        number: [line.words for line in there.lines] for number, there in kept.items() if number >= last - 1
    } == {number: words for number, words in runs.items() if number >= last - 1}
    assert len(kept) <= 2


# ---- what a reader writes


def test_a_reader_writes_to_each_pod_of_a_workload_that_runs():
    """c.write_log names a Pod, a workload or an image; the first container writes, unless one is named."""
    c = cluster(deployment(2))
    c.write_log("deploy/web", "hello\nworld\n")
    assert printed(c, "logs -l app=web --tail=2") == "hello\nworld\n" * 2
    c.write_log("image/web:1.6", "by image")
    assert printed(c, "logs -l app=web --tail=1") == "by image\n" * 2
    two = cluster(pod("web", container(), container("proxy", "proxy:2")))
    two.write_log("pod/web", "first")
    two.write_log("pod/web", "second", "proxy")
    assert printed(two, "logs web -c app --tail=1") == "first\n"
    assert printed(two, "logs web -c proxy --tail=1") == "second\n"


def test_nobody_writes_where_nothing_runs():
    """A container that waits, a kind without containers, a name that is not there, a snapshot: each is refused."""
    c = kn.Cluster(nodes=1)
    c.set_pullable("web:1.6", False)
    c.apply(pod())
    c.settle()
    with pytest.raises(kn.ClusterError, match="pod/web runs now"):
        c.write_log("pod/web", "hello")
    with pytest.raises(kn.ClusterError, match="has no containers"):
        c.write_log("node/node-1", "hello")
    with pytest.raises(kn.ClusterError, match='no container "ap"'):
        c.write_log("pod/web", "hello", "ap")
    with pytest.raises(kn.NotFoundError):
        c.write_log("pod/wob", "hello")
    with pytest.raises(kn.SnapshotError):
        kn.load("till-dump").write_log("pod/mail", "hello")


PLAIN = "hunterPLAINtoken"
STORED = base64.b64encode(PLAIN.encode()).decode()


def test_values_of_secrets_stay_hidden():
    """A program that logs its password: the log shows that it does, and not what it is, also if the Secret comes later."""
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "db"}, "stringData": {"p": PLAIN}}
    c = cluster(pod(), secret)
    c.write_log("pod/web", f"password={PLAIN} ({STORED})")
    assert printed(c, "logs web --tail=1") == "password=<hidden> (<hidden>)\n"
    c.delete("secret/db")
    assert PLAIN not in printed(c, "logs web")
    later = cluster(pod())
    later.write_log("pod/web", f"password={PLAIN}")
    later.apply(secret)
    assert printed(later, "logs web --tail=1") == "password=<hidden>\n"
    assert PLAIN not in printed(later, "logs web --limit-bytes=60")


def test_a_secret_that_is_printed_is_hidden():
    """A manifest of a Secret in a log is masked line by line, and other lines are left alone."""
    c = cluster(pod())
    c.write_log("pod/web", f"kind: Secret\ndata:\n  password: {STORED}")
    assert PLAIN not in printed(c, "logs web")
    assert STORED not in printed(c, "logs web")
    c.write_log("pod/web", "data: 3 rows of secrets")
    assert printed(c, "logs web --tail=1") == "data: 3 rows of secrets\n"


@given(st.text("abc3 -", max_size=20), st.sets(st.text("abc3", min_size=1, max_size=6), max_size=4))
def test_no_long_value_is_left_in_a_text(written, values):
    """Of a value with four letters or more nothing is left, and a text without values stays as it is."""
    shown = hide_values(written, values).replace("<hidden>", "|")
    assert not [value for value in values if len(value) >= 4 and value in shown]
    if not any(value in written for value in values):
        assert shown == written


# ---- which lines are shown


def test_the_note_says_that_no_program_runs():
    """The lines are the simulation's: a line of our own says so, above what kubectl prints."""
    c = cluster(pod())
    out = c.kubectl("logs web")
    assert out.note.startswith(f"k8snotes: {NOTE}")
    assert NOTE not in out.stdout + out.stderr
    assert str(out).splitlines()[0] == out.note
    assert NOTE not in c.kubectl("logs wob").note


def test_a_log_speaks_the_language_in_which_it_is_asked(tmp_path):
    """What the simulation says in a log is said anew; what a reader or an HTTP server has written stays as it is."""
    c = cluster(pod("web", container(livenessProbe=LIVE), restartPolicy="Never"))
    c.write_log("pod/web", "mine")
    c.answer("pod/web", "/live", 500)
    c.settle()
    c.wait("10s")
    with speaking(tmp_path):
        out = c.kubectl("logs web")
        start, get, mine, failed, sigterm, end = out.stdout.splitlines()
        assert out.note.startswith("k8snotes: ⟦")
        assert all(line.startswith("⟦") for line in (start, sigterm, end))
        assert (mine, get[:4], failed[:4]) == ("mine", "GET ", "GET ")
        assert left_in(end, ()) == []
    assert printed(c, "logs web").splitlines()[4] == "received SIGTERM"


def test_lines_are_chosen_as_the_kubelet_chooses_them():
    """--tail counts before --since, and --limit-bytes cuts what is left."""
    c = cluster(pod())
    c.write_log("pod/web", "old")
    c.wait(60)
    c.write_log("pod/web", "new")
    assert printed(c, "logs web --tail=1") == "new\n"
    assert printed(c, "logs web --tail=0") == ""
    assert printed(c, "logs web --tail=-1") == START + "old\nnew\n"
    assert printed(c, "logs web --since=30s") == "new\n"
    assert printed(c, "logs web --since=59s --tail=5") == "new\n"
    moment = timestamp_of(c.api.now).isoformat().replace("+00:00", "Z")
    assert printed(c, f"logs web --since-time={moment}") == "new\n"
    assert printed(c, "logs web --limit-bytes=7") == START[:7]
    assert printed(c, "logs web --tail=1 --prefix") == "[pod/web/app] new\n"


@given(
    st.lists(st.tuples(st.integers(0, 100), st.text("xyü", max_size=5)), max_size=20),
    st.none() | st.integers(0, 25),
    st.none() | st.integers(1, 120),
    st.none() | st.integers(1, 60),
    st.booleans(),
)
def test_options_only_leave_lines_out(written, tail, since, limit, stamps):
    """Whatever is asked for, what is shown is the beginning of those last lines that are young enough."""
    lines = [Line(*item) for item in sorted(written)]
    options = LogOptions(tail=tail, since_seconds=since, limit_bytes=limit, timestamps=stamps)
    shown = rendered(lines, options, 100)
    last = lines if tail is None else lines[len(lines) - min(tail, len(lines)) :]
    young = [line for line in last if since is None or line.moment >= 100 - since]
    stamp = [
        (timestamp_of(0) + timedelta(seconds=line.moment))
        .astimezone(UTC)
        .strftime("%Y-%m-%dT%H:%M:%S.000000000Z ")
        if stamps
        else ""
        for line in young
    ]
    whole = "".join(f"{when}{line.words}\n" for when, line in zip(stamp, young, strict=True))
    assert whole.startswith(shown)
    assert shown == whole if limit is None else limit - 2 < len(shown.encode()) <= limit or shown == whole


def test_a_selector_shows_ten_lines_of_each_pod():
    """With -l, the default of --tail is ten; a number that is given counts, -1 too."""
    c = cluster(deployment(2))
    c.write_log("deploy/web", "\n".join(map(str, range(12))))
    assert printed(c, "logs -l app=web") == "".join(f"{number}\n" for number in range(2, 12)) * 2
    assert len(printed(c, "logs -l app=web --tail=-1").splitlines()) == 26
    assert answer(c, "logs -l app=none") == ("", "No resources found in default namespace.\n", 0)


# ---- whose log


def test_one_of_several_containers_is_taken_and_said():
    """kubectl takes the first container, or the one that an annotation names, and says out of which."""
    init = [container("warm", "busybox:1")]
    c = cluster(pod("web", container(), container("proxy", "proxy:2"), initContainers=init))
    said = 'Defaulted container "app" out of: app, proxy, warm (init)\n'
    assert answer(c, "logs web") == ("started: image web:1.6\n", said, 0)
    assert printed(c, "logs web proxy") == "started: image proxy:2\n"
    assert printed(c, "logs pod/web -c warm") == "started: image busybox:1\nended: exit code 0\n"
    assert printed(c, "logs web --all-containers --prefix").splitlines() == [
        "[pod/web/warm] started: image busybox:1",
        "[pod/web/warm] ended: exit code 0",
        "[pod/web/app] started: image web:1.6",
        "[pod/web/proxy] started: image proxy:2",
    ]
    c.kubectl("annotate pod web kubectl.kubernetes.io/default-container=proxy")
    assert printed(c, "logs web") == "started: image proxy:2\n"
    c.kubectl("annotate pod web kubectl.kubernetes.io/default-container=other --overwrite")
    assert answer(c, "logs web")[1] == f'Default container name "other" not found in pod web\n{said}'


def test_a_workload_stands_for_its_best_pod():
    """A Pod that is ready comes before one that is not, and of those the one that has been ready longest."""
    c = cluster(deployment(3))
    names = [item.name for item in c.objects("pods")]
    assert answer(c, "logs deploy/web") == (START, f"Found 3 pods, using pod/{names[0]}\n", 0)
    c.set_ready(f"pod/{names[0]}", False)
    c.settle()
    assert answer(c, "logs deploy/web")[1] == f"Found 3 pods, using pod/{names[1]}\n"
    c.scale("deploy/web", 1)
    c.settle()
    assert printed(c, "logs deployment.apps/web") == START
    c.kubectl("expose deploy web --port=8080")
    assert printed(c, "logs svc/web") == START
    rows = printed(c, "logs deploy/web --all-pods").splitlines()
    assert rows == [f"[pod/{item.name}/app] {START.strip()}" for item in c.objects("pods")]


REFUSED = {
    "logs": (
        "error: expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.\n"
        "POD or TYPE/NAME is a required argument for the logs command\n"
        "See 'kubectl logs -h' for help and examples\n"
    ),
    "logs web -l app=web": (
        "error: only a selector (-l) or a POD name is allowed\nSee 'kubectl logs -h' for help and examples\n"
    ),
    "logs web app -l app=web": "error: name cannot be provided when a selector is specified\n",
    "logs wob": 'error: error from server (NotFound): pods "wob" not found in namespace "default"\n',
    "logs deploy/wob": (
        'error: error from server (NotFound): deployments.apps "wob" not found in namespace "default"\n'
    ),
    "logs wob/web": 'error: the server doesn\'t have a resource type "wob"\n',
    "logs web -c x": "error: container x is not valid for pod web out of: app\n",
    "logs web x": "error: container x is not valid for pod web out of: app\n",
    "logs web app -c app": "error: only one of -c or an inline [CONTAINER] arg is allowed\n",
    "logs web -c app --all-containers": (
        "error: --all-containers=true should not be specified with container name app\n"
    ),
    "logs web --tail=-2": "error: --tail must be greater than or equal to -1\n",
    "logs web --since=-1s": "error: --since must be greater than 0\n",
    "logs web --limit-bytes=-1": "error: --limit-bytes must be greater than 0\n",
    "logs web --since=1s --since-time=2026-01-01T00:00:00Z": (
        "error: at most one of `sinceTime` or `sinceSeconds` may be specified\n"
    ),
    "logs web --since=300ms": (
        'The PodLogOptions "web" is invalid: sinceSeconds: Invalid value: 0: must be greater than 0\n'
    ),
    "logs web --since-time=today": (
        'error: parsing time "today" as "2006-01-02T15:04:05Z07:00": cannot parse "today" as "2006"\n'
    ),
    "logs web --since-time=2026-13-01T00:00:00Z": (
        'error: parsing time "2026-13-01T00:00:00Z": month out of range\n'
    ),
    "logs web --since-time=2026-02-30T00:00:00Z": (
        'error: parsing time "2026-02-30T00:00:00Z": day out of range\n'
    ),
    "logs web -p": (
        'Error from server (BadRequest): previous terminated container "app" in pod "web" not found\n'
    ),
    "logs node/node-1": ("error: cannot get the logs from *v1.Node: selector for *v1.Node not implemented\n"),
    "logs svc/kubernetes": (
        "error: cannot get the logs from *v1.Service: invalid service 'kubernetes': "
        "Service is defined without a selector\n"
    ),
}


@pytest.mark.parametrize("line", REFUSED)
def test_refusals_have_the_words_of_kubectl(line):
    """What cannot be printed is refused in the words of kubectl, of the API server or of the kubelet."""
    assert answer(cluster(pod()), line) == ("", REFUSED[line], 1)


def test_a_workload_without_pods_has_no_log():
    """kubectl waits for a Pod of the workload, and then gives up."""
    c = cluster(deployment(0))
    assert answer(c, "logs deploy/web") == ("", "error: timed out waiting for the condition\n", 1)


def test_following_is_said_and_bounded():
    """-f prints what is there and says that it does not follow; too many streams are refused as by kubectl."""
    c = cluster(deployment(6))
    error = (
        "error: you are attempting to follow 6 log streams, but maximum allowed concurrency is 5, "
        "use --max-log-requests to increase the limit\n"
    )
    assert answer(c, "logs -l app=web -f") == ("", error, 1)
    out = c.kubectl("logs -l app=web -f --max-log-requests=6")
    assert out.stdout == START * 6
    assert "k8snotes: kubectl logs -f prints what is there" in out.note
    assert printed(c, "logs -l app=web") == START * 6


# ---- where there is no log


def test_a_container_that_waits_says_for_what():
    """A container that has never run has no log: the kubelet says what it waits for."""
    said = 'Error from server (BadRequest): container "app" in pod "web" is waiting to start: {}\n'
    c = kn.Cluster(nodes=1)
    c.apply(pod())
    c.step()
    c.step()
    assert answer(c, "logs web") == ("", said.format("ContainerCreating"), 1)
    assert answer(c, "logs web --ignore-errors") == (
        'error: container "app" in pod "web" is waiting to start: ContainerCreating\n',
        "",
        0,
    )
    slow = kn.Cluster(nodes=1)
    slow.exits("image/busybox:1", 0, after=60)
    slow.apply(pod("web", container(), initContainers=[container("warm", "busybox:1")]))
    for _ in range(3):
        slow.step()
    out = slow.kubectl("logs web")
    assert out.stderr.endswith(said.format("PodInitializing"))
    pulling = kn.Cluster(nodes=1)
    pulling.set_pullable("web:1.6", False)
    pulling.apply(pod())
    pulling.settle()
    assert answer(pulling, "logs web") == ("", said.format("trying and failing to pull image"), 1)


WAITING = {
    "ErrImagePull": "image can't be pulled",
    "ImagePullBackOff": "trying and failing to pull image",
    "InvalidImageName": "InvalidImageName",
    "CreateContainerConfigError": "CreateContainerConfigError",
}


@pytest.mark.parametrize("reason", WAITING)
def test_each_reason_to_wait_has_its_words(reason):
    """The kubelet has words of its own for images that cannot be pulled, and repeats any other reason."""
    status = {"name": "app", "state": {"waiting": {"reason": reason}}}
    web = Pod({"metadata": {"name": "web"}, "status": {"containerStatuses": [status]}})
    with pytest.raises(ApiError) as caught:
        run_of(web, "app")
    assert caught.value.message == f'container "app" in pod "web" is waiting to start: {WAITING[reason]}'
    assert (caught.value.code, caught.value.reason) == (400, "BadRequest")


def test_a_pod_that_was_rejected_has_no_container():
    """A Pod that its Node has refused to run has no status of a container."""
    c = kn.Cluster(nodes=1)
    c.apply(pod("web", container(resources={"requests": {"cpu": "99"}}), nodeName="node-1"))
    c.settle()
    error = 'Error from server (BadRequest): container "app" in pod "web" is not available\n'
    assert answer(c, "logs web") == ("", error, 1)


def test_a_pod_without_a_node_has_an_empty_log():
    """The API server answers with an empty log, and we say why."""
    c = cluster(pod("web", nodeSelector={"disk": "fast"}))
    out = c.kubectl("logs web")
    assert (out.stdout, out.stderr, out.exit) == ("", "", 0)
    assert out.note == "k8snotes: pod/web is not on a Node yet, so it has no log."


def test_a_container_that_waits_for_its_restart_shows_its_last_run():
    """In CrashLoopBackOff, both the log and the previous one are of the run that has ended last."""
    c = cluster(pod())
    c.exits("pod/web", 3)
    c.settle()
    assert c.kubectl("get pods --no-headers").stdout.split()[2] == "CrashLoopBackOff"
    assert printed(c, "logs web") == START + "ended: exit code 3\n"
    assert printed(c, "logs web -p") == printed(c, "logs web")
    with pytest.raises(kn.ClusterError):
        c.write_log("pod/web", "hello")


def test_a_kubelet_that_is_silent_sends_no_log():
    """A log lies on its Node: while the Node is lost, the API server cannot read it."""
    c = cluster(pod())
    node = c["pod/web"].node_name
    c.lose(f"node/{node}")
    host = f"{c[f'node/{node}'].ip}:10250"
    error = (
        f'Error from server: Get "https://{host}/containerLogs/default/web/app?tailLines=3&timestamps=true": '
        f"dial tcp {host}: connect: no route to host\n"
    )
    assert kubectl(c.simulation, "logs web --tail=3 --timestamps").stderr == error
    c.recover(f"node/{node}")
    c.settle()
    assert printed(c, "logs web") == START


def test_logs_are_not_part_of_a_dump():
    """A snapshot says so, and what its status tells is answered all the same."""
    dump = kn.load("till-dump")
    assert answer(dump, "logs mail") == (
        "",
        "error: logs are not part of a dump, so this snapshot has none\n",
        1,
    )
    assert "previous terminated container" in answer(dump, "logs mail -p")[1]


# ---- the verb


def test_the_verb_has_help_and_completion():
    """`kubectl help` lists logs, its page names the flags, and the Tab key offers Pods."""
    c = cluster(pod())
    assert "  logs " in c.kubectl("help").stdout
    page = c.kubectl("logs --help").stdout
    assert "--previous" in page
    assert "kubectl logs web --previous" in page
    assert completions(["logs"], "w", c.simulation) == ["web"]
    assert "--since-time" in completions(["logs"], "--s", c.simulation)
