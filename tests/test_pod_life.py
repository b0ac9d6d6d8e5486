"""A Pod's life: what its probes say, how its containers start, stop and are started again, and how it ends.

Sources of the rules: https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/,
https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/
"""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

import k8snotes as kn
from k8snotes.node import containers
from k8snotes.node.images import name_error
from k8snotes.node.probes import KINDS, Probe

START = 10_000  # some moment long after a cluster begins


def pod(name="web", *, labels=None, init=(), spec=None, **container):
    """Return the manifest of a Pod with one container, "app", that listens on 8080."""
    app = {"name": "app", "image": "web:1", "ports": [{"containerPort": 8080, "name": "http"}], **container}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "labels": labels or {"app": "web"}},
        "spec": {"containers": [app], **({"initContainers": list(init)} if init else {}), **(spec or {})},
    }


def cluster(*manifests):
    """Return a cluster of one Node with these objects, not settled."""
    c = kn.Cluster(nodes=1)
    for manifest in manifests:
        c.apply(manifest)
    return c


def status(c, name="app", ref="pod/web"):
    """Return the status of a container."""
    fields = ("containerStatuses", "initContainerStatuses")
    return next(item for field in fields for item in c[ref].status.get(field, ()) if item["name"] == name)


def state(c, name="app", ref="pod/web"):
    """Return "running", or the reason why a container waits or has ended."""
    [(kind, details)] = status(c, name, ref)["state"].items()
    return details.get("reason", kind)


def events(c, reason, ref="pod/web"):
    """Return the messages of the Events of one reason about an object, and how often each came."""
    name = ref.rpartition("/")[2]
    found = [item.raw for item in c.objects("events") if item.raw["involvedObject"]["name"] == name]
    return {item["message"]: item["count"] for item in found if item["reason"] == reason}


def started_at(c, name="app", ref="pod/web"):
    """Return the second at which a container was started."""
    from k8snotes.control_plane.naming import seconds_of

    return seconds_of(status(c, name, ref)["state"]["running"]["startedAt"])


def changed_at(c, kind, ref="pod/web"):
    """Return the second at which a condition of a Pod has changed."""
    from k8snotes.control_plane.naming import seconds_of

    return seconds_of(c[ref].condition(kind)["lastTransitionTime"])


HTTP = {"httpGet": {"path": "/ready", "port": "http"}}

# ---- readiness


def test_a_container_without_a_probe_is_ready_as_soon_as_it_runs():
    """Nothing asks it, whatever its program does."""
    c = cluster(pod())
    c.listen("pod/web", None)
    c.settle()
    assert (c["pod/web"].ready, state(c)) == (True, "running")


@pytest.mark.parametrize(
    ("fields", "after"),
    [
        ({}, 0),
        ({"initialDelaySeconds": 7}, 7),
        ({"initialDelaySeconds": 7, "successThreshold": 3, "periodSeconds": 4}, 7 + 2 * 4),
        ({"successThreshold": 2}, 10),
        ({"periodSeconds": 1, "successThreshold": 5}, 4),
    ],
)
def test_a_readiness_probe_makes_a_container_ready_after_its_delay_and_as_many_successes(fields, after):
    """initialDelaySeconds, then successThreshold answers, one every periodSeconds (10 by default)."""
    c = cluster(pod(readinessProbe={**HTTP, **fields}))
    c.settle()
    assert c["pod/web"].ready
    assert 0 <= changed_at(c, "Ready") - started_at(c) - after <= 1
    assert not events(c, "Unhealthy")


HANDLERS = [
    (HTTP, lambda c: c.answer("pod/web", "/ready", 503), "HTTP probe failed with statuscode: 503"),
    (HTTP, lambda c: c.answer("pod/web", "/ready", 400), "HTTP probe failed with statuscode: 400"),
    (
        HTTP,
        lambda c: c.listen("pod/web", None),
        'Get "http://10.244.1.2:8080/ready": dial tcp 10.244.1.2:8080: connect: connection refused',
    ),
    (
        HTTP,
        lambda c: c.listen("pod/web", 8080, address="127.0.0.1"),
        'Get "http://10.244.1.2:8080/ready": dial tcp 10.244.1.2:8080: connect: connection refused',
    ),
    (
        {"httpGet": {"path": "slow", "port": 8080, "scheme": "HTTPS"}},
        lambda c: c.answer("pod/web", "slow", takes=2),
        'Get "https://10.244.1.2:8080/slow": context deadline exceeded (Client.Timeout exceeded while awaiting headers)',
    ),
    (
        {"tcpSocket": {"port": 8080}},
        lambda c: c.listen("pod/web", 9000),
        "dial tcp 10.244.1.2:8080: connect: connection refused",
    ),
    (
        {"grpc": {"port": 8080}, "timeoutSeconds": 3},
        lambda c: c.listen("pod/web", None),
        'timeout: failed to connect service "10.244.1.2:8080" within 3s: context deadline exceeded',
    ),
    (
        {"exec": {"command": ["cat", "/run/ok"]}},
        lambda c: c.returns("pod/web", "cat /run/ok", 1, output="cat: can't open '/run/ok'"),
        "cat: can't open '/run/ok'",
    ),
]


@pytest.mark.parametrize(("handler", "breaks", "words"), HANDLERS)
def test_a_probe_that_fails_keeps_a_pod_from_being_ready_and_says_why(handler, breaks, words):
    """The same container is ready where nothing is wrong; status 200 to 399 is well, as are exit code 0 and an open port."""
    well = cluster(pod(readinessProbe=handler))
    well.settle()
    assert well["pod/web"].ready
    c = cluster(pod(readinessProbe=handler))
    breaks(c)
    c.settle()
    assert (c["pod/web"].ready, c["pod/web"].phase, state(c)) == (False, "Running", "running")
    assert list(events(c, "Unhealthy")) == [f"Readiness probe failed: {words}"]
    assert c["pod/web"].condition("Ready")["message"] == "containers with unready status: [app]"


@pytest.mark.parametrize("code", [200, 204, 301, 399])
def test_every_status_below_400_is_well(code):
    """`httpGet` succeeds from 200 on and below 400."""
    c = cluster(pod(readinessProbe=HTTP))
    c.answer("pod/web", "/ready", code)
    c.settle()
    assert c["pod/web"].ready


def test_a_probe_of_a_port_name_that_the_container_does_not_declare_cannot_be_made():
    """The kubelet then reads the name as a number, and says so."""
    c = cluster(pod(readinessProbe={"tcpSocket": {"port": "admin"}}))
    c.settle()
    assert not c["pod/web"].ready
    words = (
        'Readiness probe errored and resulted in unknown state: strconv.Atoi: parsing "admin": invalid syntax'
    )
    assert list(events(c, "Unhealthy")) == [words]


@pytest.mark.parametrize("kind", ["livenessProbe", "startupProbe"])
def test_a_probe_that_cannot_be_made_counts_for_nothing(kind):
    """The kubelet throws its result away: the container is not killed, and a startup probe never succeeds."""
    c = cluster(pod(**{kind: {"tcpSocket": {"port": "admin"}, "failureThreshold": 1}}))
    c.settle()
    c.wait("5m")
    assert (state(c), status(c)["restartCount"], events(c, "Killing")) == ("running", 0, {})
    assert status(c)["started"] is c["pod/web"].ready is (kind == "livenessProbe")
    [(words, count)] = events(c, "Unhealthy").items()
    assert words.startswith(
        f"{kind.removesuffix('Probe').capitalize()} probe errored and resulted in unknown"
    )
    assert 30 <= count <= 32


def test_a_command_that_takes_longer_than_timeout_seconds_fails():
    """timeoutSeconds is 1 by default."""
    c = cluster(pod(readinessProbe={"exec": {"command": ["check"]}}))
    c.returns("pod/web", "check", takes=2)
    c.settle()
    [words] = events(c, "Unhealthy")
    assert words == 'Readiness probe failed: command timed out: "check" timed out after 1s'


def test_a_command_that_takes_too_long_for_a_liveness_probe_costs_the_container():
    """A timeout is a failure: it counts, other than a probe that cannot be made."""
    c = cluster(pod(livenessProbe={"exec": {"command": ["check"]}}))
    c.settle()
    c.returns("pod/web", "check", takes=2)
    c.settle()
    assert status(c)["restartCount"] >= 1
    assert "Container app failed liveness probe, will be restarted" in events(c, "Killing")


@pytest.mark.parametrize(
    ("word", "asked"),
    [("$(FILE)", "/ok"), ("$$(FILE)", "$(FILE)"), ("$(MISSING)", "$(MISSING)"), ("$(NODE)", "")],
)
def test_a_word_of_a_probes_command_refers_only_to_values_that_are_written_in_env(word, asked):
    """`$(NAME)` is expanded from `value`; one from elsewhere stands for nothing, and an unknown one for itself."""
    env = [
        {"name": "FILE", "value": "/ok"},
        {"name": "NODE", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}},
    ]
    c = cluster(pod(env=env, readinessProbe={"exec": {"command": ["cat", word]}}))
    c.returns("pod/web", ["cat", asked], 1)
    c.settle()
    assert not c["pod/web"].ready


def test_a_ready_container_gets_unready_after_failure_threshold_answers_and_ready_again_after_one():
    """failureThreshold 3 of every 10 s; its endpoints follow."""
    c = cluster(pod(readinessProbe=HTTP), SERVICE)
    c.settle()
    c.wait(100)
    assert len(c.endpoints("svc/web").ready) == 1
    before = c.api.now
    c.answer("pod/web", "/ready", 500)
    c.settle()
    assert not c["pod/web"].ready
    assert 20 < changed_at(c, "Ready") - before <= 31
    assert list(events(c, "Unhealthy").values()) == [3]
    assert not c.endpoints("svc/web").ready
    c.answer("pod/web", "/ready", 200)
    c.settle()
    assert c["pod/web"].ready
    assert len(c.endpoints("svc/web").ready) == 1


def test_a_probe_goes_on_failing_while_time_passes():
    """Its Event is counted; nothing else happens, and settling does not wait for it."""
    c = cluster(pod(readinessProbe=HTTP))
    c.answer("pod/web", "/ready", 500)
    c.settle()
    [first] = events(c, "Unhealthy").values()
    assert not c.settle()
    c.wait("10m")
    [later] = events(c, "Unhealthy").values()
    assert later == first + 60
    assert state(c) == "running"


SERVICE = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"name": "web"},
    "spec": {"selector": {"app": "web"}, "ports": [{"port": 80, "targetPort": 8080}]},
}


def test_a_program_that_opens_its_port_late_is_ready_late():
    """The probe fails until the port is open; no restart, as a readiness probe only takes traffic away."""
    c = cluster(pod(readinessProbe={"tcpSocket": {"port": 8080}, "periodSeconds": 5}))
    c.listen("pod/web", 8080, after="42s")
    c.settle()
    assert c["pod/web"].ready
    assert 45 <= changed_at(c, "Ready") - started_at(c) <= 46
    assert status(c)["restartCount"] == 0


def test_a_container_that_declares_no_port_listens_on_what_its_probes_ask():
    """So manifests without `ports` work; one that declares ports listens there and nowhere else."""
    probe = {"httpGet": {"path": "/", "port": 9000}}
    c = cluster(pod("bare", ports=[], readinessProbe=probe), pod("web", readinessProbe=probe))
    c.settle()
    assert (c["pod/bare"].ready, c["pod/web"].ready) == (True, False)


def test_on_localhost_only_the_containers_of_the_pod_reach_a_program():
    """`c.listen(..., address="127.0.0.1")`: the packet to the Pod IP is refused, with the reason."""
    c = cluster(pod(), pod("client", labels={"app": "client"}), SERVICE)
    c.listen("pod/web", 8080, address="127.0.0.1")
    c.settle()
    trace = c.trace("http://web", source="pod/client")
    assert trace.outcome == "refused"
    assert "127.0.0.1 alone" in trace.reason
    assert "exit" not in c.kubectl("exec web -- wget -qO- localhost:8080").stderr


# ---- liveness and startup


def test_a_failing_liveness_probe_restarts_the_container_in_kubernetes_words():
    """After failureThreshold failures; the second time after a pause, and settling stops there."""
    c = cluster(pod(livenessProbe={"httpGet": {"path": "/live", "port": 8080}, "periodSeconds": 5}))
    c.settle()
    c.answer("pod/web", "/live", 500)
    c.settle()
    assert list(events(c, "Killing")) == ["Container app failed liveness probe, will be restarted"]
    assert (state(c), status(c)["restartCount"]) == ("CrashLoopBackOff", 1)
    assert status(c)["lastState"]["terminated"]["exitCode"] == 143
    assert c["pod/web"].phase == "Running"


def test_a_pod_that_is_never_restarted_ends_with_its_liveness_probe():
    """restartPolicy Never: the container is stopped, and the Pod has failed."""
    c = cluster(pod(livenessProbe={"tcpSocket": {"port": 8080}}, spec={"restartPolicy": "Never"}))
    c.listen("pod/web", None)
    c.settle()
    assert list(events(c, "Killing")) == ["Container app failed liveness probe"]
    assert c["pod/web"].phase == "Failed"


def test_a_liveness_probe_counts_as_well_until_it_has_failed_often_enough():
    """Its result begins with success; readiness begins with failure."""
    c = cluster(pod(livenessProbe={"tcpSocket": {"port": 8080}, "failureThreshold": 5}))
    c.listen("pod/web", 8080, after=35)
    c.settle()
    assert status(c)["restartCount"] == 0
    assert list(events(c, "Unhealthy").values()) == [4]


def test_a_startup_probe_holds_the_others_back():
    """Until it has succeeded the container is not started, not ready, and not asked whether it lives."""
    c = cluster(
        pod(
            startupProbe={"tcpSocket": {"port": 8080}, "periodSeconds": 10, "failureThreshold": 30},
            livenessProbe={"tcpSocket": {"port": 8080}, "failureThreshold": 1, "periodSeconds": 1},
            readinessProbe=HTTP,
        )
    )
    c.listen("pod/web", 8080, after="100s")
    c.wait("60s")
    assert (state(c), status(c)["started"], status(c)["ready"]) == ("running", False, False)
    c.settle()
    assert (status(c)["started"], status(c)["ready"], status(c)["restartCount"]) == (True, True, 0)
    assert all(message.startswith("Startup") for message in events(c, "Unhealthy"))


def test_a_failing_startup_probe_restarts_the_container():
    """failureThreshold times periodSeconds is all the time that a program has to start."""
    c = cluster(pod(startupProbe={"tcpSocket": {"port": 8080}, "periodSeconds": 2, "failureThreshold": 4}))
    c.listen("pod/web", 8080, after="60s")
    c.settle()
    assert list(events(c, "Killing")) == ["Container app failed startup probe, will be restarted"]
    assert state(c) == "CrashLoopBackOff"
    assert list(events(c, "Unhealthy").values()) == [8]


def test_what_restarts_for_ever_goes_on_with_pauses_of_kubernetes():
    """10, 20, 40, 80, 160, 300, 300 seconds: between an end and the next start."""
    c = cluster(pod())
    c.exits("pod/web", 1)
    c.settle()
    c.wait("30m")
    log = [item for item in c.api.log if item.ref == "pod/web" and item.component.startswith("kubelet")]
    starts = [item.time for item in log if "started again" in item.why]
    pauses = [b - a for a, b in itertools.pairwise(starts)]
    wanted = [10, 20, 40, 80, 160, 300, 300]
    assert [pause - due for pause, due in zip(pauses, wanted, strict=False)] == pytest.approx([2] * 7, abs=2)


@given(
    st.lists(st.booleans(), min_size=1, max_size=25),
    st.integers(1, 4),
    st.integers(1, 4),
    st.sampled_from(KINDS),
)
def test_answers_are_counted_as_the_kubelet_counts_them(answers, successes, failures, kind):
    """The result follows an answer that came often enough in a row; against a count made anew for every answer."""
    from k8snotes.node.probes import _Count

    probe = Probe(kind, {}, 0, 10, 1, successes, failures)
    begins = {"startup": None, "liveness": True, "readiness": False}[kind]
    count = _Count(begins)
    for at, answer in enumerate(answers):
        count.note(probe, well=answer)
        wanted = begins
        for end in range(at + 1):
            run = len(
                list(itertools.takewhile(lambda x, e=end: x is answers[e], reversed(answers[: end + 1])))
            )
            if run >= (successes if answers[end] else failures):
                wanted = answers[end]
        assert count.result is wanted


def test_a_broken_image_rolled_out_with_and_without_a_probe():
    """With one the roll-out stops and everybody is served; without one it completes and nobody answers."""
    for probe, answered in (({"readinessProbe": HTTP}, True), ({}, False)):
        template = pod(**probe)
        deployment = {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": "web"},
            "spec": {
                "replicas": 3,
                "selector": {"matchLabels": {"app": "web"}},
                "template": {"metadata": template["metadata"], "spec": template["spec"]},
            },
        }
        c = cluster(deployment, SERVICE, pod("client", labels={"app": "client"}))
        c.settle()
        c.listen("image/web:2", None)
        c.kubectl("set image deploy/web app=web:2")
        c.settle()
        done = c.kubectl("rollout status deploy/web")
        outcomes = {c.trace("http://web", source="pod/client", times=20).outcome}
        images = {item.containers[0].image for item in c.objects("pods", "app=web") if item.ready}
        if answered:
            assert "exceeded its progress deadline" in done.stderr
            assert (outcomes, images) == ({"connected"}, {"web:1"})
        else:
            assert "successfully rolled out" in done.stdout
            assert (outcomes, images) == ({"refused"}, {"web:2"})


# ---- init containers, sidecars


def test_init_containers_run_one_after_the_other():
    """The next begins when the one before has ended well; the containers begin after the last."""
    first = {"name": "first", "image": "tool:1"}
    c = cluster(pod(init=[first, {"name": "second", "image": "tool:1"}]))
    c.exits("pod/web", 0, after="5s", container="first")
    c.settle()
    assert [state(c, name) for name in ("first", "second", "app")] == ["Completed", "Completed", "running"]
    ended = status(c, "first")["state"]["terminated"]
    assert ended["finishedAt"] > ended["startedAt"]
    assert status(c, "second")["state"]["terminated"]["startedAt"] >= ended["finishedAt"]


def test_an_init_container_that_fails_is_tried_again_and_nothing_else_begins():
    """Init:CrashLoopBackOff; the Pod is Pending and not initialized."""
    c = cluster(pod(init=[{"name": "first", "image": "tool:1"}, {"name": "second", "image": "tool:1"}]))
    c.exits("pod/web", 3, container="first")
    c.settle()
    assert c.kubectl("get pods --no-headers").stdout.split()[1:3] == ["0/1", "Init:CrashLoopBackOff"]
    assert (state(c, "second"), state(c)) == ("PodInitializing", "PodInitializing")
    assert c["pod/web"].phase == "Pending"
    condition = c["pod/web"].condition("Initialized")
    assert condition["message"] == "containers with incomplete status: [first second]"
    c.exits("pod/web", 0, container="first")
    c.wait("1m")
    assert c["pod/web"].ready


def test_an_init_container_that_fails_ends_a_pod_that_is_never_restarted():
    """Init:Error, and the Pod has failed."""
    c = cluster(pod(init=[{"name": "first", "image": "tool:1"}], spec={"restartPolicy": "Never"}))
    c.exits("pod/web", 3, container="first")
    c.settle()
    assert (c["pod/web"].phase, state(c, "first")) == ("Failed", "Error")
    assert c.kubectl("get pods --no-headers").stdout.split()[2] == "Init:Error"


@pytest.mark.parametrize(
    ("policy", "code", "phase"),
    [
        ("Always", 0, "Running"),
        ("Always", 1, "Running"),
        ("OnFailure", 0, "Succeeded"),
        ("OnFailure", 1, "Running"),
        ("Never", 0, "Succeeded"),
        ("Never", 1, "Failed"),
    ],
)
def test_what_becomes_of_a_pod_whose_container_ends(policy, code, phase):
    """restartPolicy decides, also beside an init container that has done its work."""
    for init in ((), ({"name": "first", "image": "tool:1"},)):
        c = cluster(pod(init=init, spec={"restartPolicy": policy}))
        c.exits("pod/web", code, after="3s", container="app")
        c.settle()
        assert (c["pod/web"].phase, status(c)["restartCount"] > 0) == (phase, phase == "Running")


@pytest.mark.parametrize(("policy", "tried"), [("Always", True), ("OnFailure", True), ("Never", False)])
def test_which_init_container_is_tried_again(policy, tried):
    """One that fails, unless the Pod is never restarted."""
    c = cluster(pod(init=[{"name": "first", "image": "tool:1"}], spec={"restartPolicy": policy}))
    c.exits("pod/web", 2, container="first")
    c.settle()
    assert (status(c, "first")["restartCount"] > 0) is tried


def test_a_port_of_a_container_that_does_not_run_is_closed():
    """What it declares opens nothing: its neighbour in the Pod runs, and listens on its own port alone."""
    other = {"name": "other", "image": "other:1", "ports": [{"containerPort": 9000}]}
    manifest = pod(spec={"restartPolicy": "Never"})
    manifest["spec"]["containers"].append(other)
    c = cluster(manifest)
    c.exits("pod/web", 0, after="1s", container="other")
    c.settle()
    web = c["pod/web"]
    at = c.simulation.programs.at
    assert (at(web, 8080, "TCP", {}).listens, at(web, 9000, "TCP", {}).listens) == (True, False)


def test_a_sidecar_goes_on_and_counts():
    """It starts before the containers, has to have started, has a part in READY, and is restarted."""
    sidecar = {
        "name": "proxy",
        "image": "proxy:1",
        "restartPolicy": "Always",
        "startupProbe": {"tcpSocket": {"port": 15021}, "periodSeconds": 1},
        "readinessProbe": {"tcpSocket": {"port": 15021}},
    }
    c = cluster(pod(init=[sidecar]))
    c.listen("pod/web", 15021, after=2, container="proxy")
    c.settle()
    assert c.kubectl("get pods --no-headers").stdout.split()[1] == "2/2"
    assert started_at(c) >= started_at(c, "proxy") + 2
    c.listen("pod/web", None, container="proxy")
    c.settle()
    assert not c["pod/web"].ready
    assert c["pod/web"].condition("Ready")["message"] == "containers with unready status: [proxy]"


def test_a_sidecar_is_stopped_when_the_containers_have_done_their_work():
    """So a Job with a sidecar completes."""
    sidecar = {"name": "proxy", "image": "proxy:1", "restartPolicy": "Always"}
    c = cluster(pod(init=[sidecar], spec={"restartPolicy": "Never"}))
    c.exits("pod/web", 0, after="3s", container="app")
    c.settle()
    assert (c["pod/web"].phase, state(c, "proxy")) == ("Succeeded", "Completed")


# ---- hooks, ends, rules


def test_a_failing_post_start_hook_kills_the_container():
    """The hook's command returns 1: FailedPostStartHook, and the container is restarted with pauses."""
    c = cluster(pod(lifecycle={"postStart": {"exec": {"command": ["/warm-up"]}}}))
    c.returns("pod/web", "/warm-up", 1)
    c.settle()
    assert events(c, "FailedPostStartHook") == {"PostStartHook failed": 2}
    assert list(events(c, "Killing")) == ["FailedPostStartHook"]
    assert state(c) == "CrashLoopBackOff"


def test_a_container_whose_post_start_hook_fails_is_stopped_like_any_other():
    """preStop runs, then SIGTERM, and the container has its grace period; where the hook succeeds it runs on."""
    hooks = {"postStart": {"exec": {"command": ["warm-up"]}}, "preStop": {"exec": {"command": ["drain"]}}}
    c = cluster(pod(lifecycle=hooks, spec={"restartPolicy": "Never"}))
    c.returns("pod/web", "warm-up", 1)
    c.returns("pod/web", "drain", 1)
    c.stops("pod/web", 12, exit_code=7)
    c.settle()
    ended = status(c)["state"]["terminated"]
    assert (c["pod/web"].phase, ended["exitCode"]) == ("Failed", 7)
    assert ended["finishedAt"] > ended["startedAt"]
    assert list(events(c, "FailedPostStartHook")) == ["PostStartHook failed"]
    assert list(events(c, "Killing")) == ["FailedPostStartHook"]
    assert list(events(c, "FailedPreStopHook")) == ["PreStopHook failed"]
    well = cluster(pod(lifecycle={"postStart": {"exec": {"command": ["warm-up"]}}}))
    well.settle()
    assert (state(well), well["pod/web"].ready, events(well, "FailedPostStartHook")) == ("running", True, {})


@pytest.mark.parametrize(
    ("fields", "stops", "takes", "code"),
    [
        ({}, 0, 0, 143),
        ({}, 12, 12, 143),
        ({}, 40, 30, 137),
        ({}, None, 30, 137),
        ({"terminationGracePeriodSeconds": 5}, None, 5, 137),
        ({"preStop": 10}, 0, 10, 143),
        ({"preStop": 10}, None, 30, 137),
        ({"preStop": 30}, None, 32, 137),  # two seconds are left after the hook
        ({"terminationGracePeriodSeconds": 1}, None, 2, 137),  # and without a hook as well
    ],
)
def test_how_long_a_container_takes_to_stop(fields, stops, takes, code):
    """preStop, then SIGTERM; SIGKILL at the end of the grace period. The endpoint is gone from the first moment."""
    from k8snotes.node.pod_sync import shutdown

    hook = {"preStop": {"sleep": {"seconds": fields["preStop"]}}} if "preStop" in fields else None
    spec = {key: value for key, value in fields.items() if key != "preStop"}
    manifest = pod(spec=spec, **({"lifecycle": hook} if hook else {}))
    c = cluster(manifest, SERVICE)
    c.stops("pod/web", stops)
    c.settle()
    web = c["pod/web"]
    found = shutdown(c.simulation.kubelets.runtime, web, web.containers[0])
    assert (found.takes, found.code) == (takes, code)
    c.delete("pod/web")
    before = c.api.now
    if takes:
        for _ in range(4):
            c.step()
        if takes > 4:
            assert not c.endpoints("svc/web").ready
            assert "Terminating" in c.kubectl("get pods").stdout or c.objects("pods") == []
    c.settle()
    assert c.objects("pods") == []
    assert takes <= c.api.now - before <= takes + 6


@pytest.mark.parametrize(
    ("hook", "grace", "told"),
    [
        ({"exec": {"command": ["drain"]}}, 30, True),
        (
            {"exec": {"command": ["drain"]}},
            3,
            False,
        ),  # the hook itself is cut off: nobody waits for its answer
        ({"httpGet": {"path": "/drain", "port": 8080}}, 30, True),
        ({"exec": {"command": ["true"]}}, 30, False),
    ],
)
def test_a_prestop_hook_that_fails_is_told_and_the_container_stops_all_the_same(hook, grace, told):
    """FailedPreStopHook is a warning; SIGTERM follows as if the hook had succeeded."""
    c = cluster(
        pod(lifecycle={"preStop": hook}, livenessProbe={"httpGet": {"path": "/live", "port": 8080}}),
    )
    c.returns("pod/web", "drain", 1, takes=5)
    c.answer("pod/web", "/drain", 500)
    c.settle()
    c.delete("pod/web", grace_period=grace)
    c.settle()
    assert c.objects("pods") == []
    assert list(events(c, "FailedPreStopHook")) == (["PreStopHook failed"] if told else [])


def test_a_prestop_hook_that_fails_is_told_at_each_restart():
    """The hook runs as well where a liveness probe has failed."""
    probe = {"httpGet": {"path": "/live", "port": 8080}, "failureThreshold": 1}
    c = cluster(pod(livenessProbe=probe, lifecycle={"preStop": {"exec": {"command": ["drain"]}}}))
    c.returns("pod/web", "drain", 1)
    c.settle()
    c.answer("pod/web", "/live", 500)
    c.settle()
    [killed] = events(c, "Killing").values()
    assert events(c, "FailedPreStopHook") == {"PreStopHook failed": killed}


@pytest.mark.parametrize(
    ("own", "policy", "words"),
    [
        ("Never", "Always", "Container app failed liveness probe"),
        ("OnFailure", "Never", "Container app failed liveness probe, will be restarted"),
        ("Always", "Never", "Container app failed liveness probe, will be restarted"),
    ],
)
def test_what_the_kubelet_says_of_a_container_with_its_own_restart_policy(own, policy, words):
    """The container's restartPolicy says whether it is started again, before its Pod's."""
    probe = {"httpGet": {"path": "/live", "port": 8080}}
    c = cluster(pod(livenessProbe=probe, restartPolicy=own, spec={"restartPolicy": policy}))
    c.settle()
    c.answer("pod/web", "/live", 500)
    c.settle()
    assert list(events(c, "Killing")) == [words]


def test_the_kubelet_calls_a_sidecar_an_init_container_where_it_kills_it():
    """And it does not say that it will be restarted, which it will."""
    probe = {"httpGet": {"path": "/live", "port": 9000}}
    sidecar = {"name": "proxy", "image": "proxy:1", "restartPolicy": "Always", "livenessProbe": probe}
    c = cluster(pod(init=[{**sidecar, "ports": [{"containerPort": 9000}]}]))
    c.settle()
    c.answer("pod/web", "/live", 500, container="proxy")
    c.settle()
    assert list(events(c, "Killing")) == ["Init container proxy failed liveness probe"]
    assert status(c, "proxy")["restartCount"] >= 1


def test_a_killed_container_keeps_running_until_it_has_stopped():
    """A liveness probe that fails sends SIGTERM; its own terminationGracePeriodSeconds counts before the Pod's."""
    probe = {"httpGet": {"path": "/live", "port": 8080}, "terminationGracePeriodSeconds": 7}
    c = cluster(pod(livenessProbe=probe))
    c.settle()
    c.stops("pod/web", None)
    c.answer("pod/web", "/live", 500)
    c.settle()
    assert status(c)["lastState"]["terminated"]["exitCode"] == 137
    log = [item for item in c.api.log if "has ended with exit code 137" in item.why]
    assert log


RULES = [{"action": "Restart", "exitCodes": {"operator": "In", "values": [42]}}]


@pytest.mark.parametrize(
    ("policy", "own", "rules", "code", "wanted"),
    [
        ("Always", None, [], 0, True),
        ("OnFailure", None, [], 0, False),
        ("OnFailure", None, [], 1, True),
        ("Never", None, [], 1, False),
        ("Never", "OnFailure", [], 1, True),
        ("Never", "Always", [], 0, True),
        ("Always", "Never", [], 1, False),
        ("Never", "Never", RULES, 42, True),
        ("Never", "Never", RULES, 43, False),
        (
            "Never",
            None,
            [{"action": "Restart", "exitCodes": {"operator": "NotIn", "values": [0, 1]}}],
            2,
            True,
        ),
        (
            "Never",
            None,
            [{"action": "Restart", "exitCodes": {"operator": "NotIn", "values": [0, 1]}}],
            1,
            False,
        ),
    ],
)
def test_which_container_is_started_again(policy, own, rules, code, wanted):
    """A container's rules come first, then its own restartPolicy, then its Pod's."""
    from k8snotes.api.kinds.pod import Container, Pod

    raw = {"name": "app", "restartPolicyRules": rules, **({"restartPolicy": own} if own else {})}
    ended = {"state": {"terminated": {"exitCode": code}}}
    assert containers.restarts(Pod({"spec": {"restartPolicy": policy}}), ended, Container(raw)) is wanted


ALL = [{"action": "RestartAllContainers", "exitCodes": {"operator": "In", "values": [42]}}]


def anew(c):
    """Return what the condition AllContainersRestarting says, and why."""
    found = c["pod/web"].condition("AllContainersRestarting")
    return found["status"], found.get("reason"), found.get("message")


@pytest.mark.parametrize("policy", ["Always", "OnFailure", "Never"])
def test_all_containers_begin_anew_where_a_rule_says_so(policy):
    """RestartAllContainers: the init containers run again, then the others; the Pod and its address stay."""
    init = {"name": "init", "image": "init:1"}
    proxy = {"name": "proxy", "image": "proxy:1", "restartPolicy": "Always"}
    c = cluster(
        pod(init=[init, proxy], restartPolicy="Never", restartPolicyRules=ALL, spec={"restartPolicy": policy})
    )
    c.settle()
    assert anew(c) == ("False", None, None)
    uid, ip = c["pod/web"].uid, c["pod/web"].ip
    c.crash("pod/web", exit_code=42, container="app")
    seen = set()
    while c.step():
        seen.add((anew(c), c["pod/web"].phase))
        for name in ("app", "init", "proxy"):
            waiting = status(c, name)["state"].get("waiting", {})
            assert waiting.get("message") in (
                None,
                "The container is removed because RestartAllContainers in place",
            )
    asked = ("True", "RestartAllContainersStarted", "container exited with restart policy rule")
    assert (asked, "Running") in seen
    assert anew(c) == ("False", None, None)
    assert (c["pod/web"].uid, c["pod/web"].ip, c["pod/web"].ready) == (uid, ip, True)
    last = {
        "reason": "RestartingAllContainers",
        "message": "The container is removed because RestartAllContainers in place",
        "exitCode": 137,
        "startedAt": None,
        "finishedAt": None,
    }
    for name in ("app", "init", "proxy"):
        assert status(c, name)["restartCount"] == 1
        assert status(c, name)["lastState"] == {"terminated": last}
    assert list(events(c, "Killing")) == ["killing"]
    ran = status(c, "init")["state"]["terminated"]
    assert ran["exitCode"] == 0
    assert ran["finishedAt"] <= status(c, "proxy")["state"]["running"]["startedAt"]
    assert status(c, "proxy")["state"]["running"]["startedAt"] <= status(c)["state"]["running"]["startedAt"]
    assert c.kubectl("logs web -c app").stdout
    assert (
        c.kubectl("logs web -c app --previous")
        .stderr.rstrip()
        .endswith('previous terminated container "app" in pod "web" not found')
    )
    assert "RestartingAllContainers" in c.kubectl("describe pod web").stdout
    assert "RestartingAllContainers" in c.life("pod/web").text


@pytest.mark.parametrize(("code", "phase"), [(42, "Running"), (0, "Succeeded"), (1, "Failed")])
def test_a_container_alone_can_let_all_begin_anew(code, phase):
    """Only the exit code of the rule does; else the Pod is over, and the condition says how."""
    c = cluster(pod(restartPolicy="Never", restartPolicyRules=ALL, spec={"restartPolicy": "Never"}))
    c.settle()
    c.crash("pod/web", exit_code=code)
    c.settle()
    assert c["pod/web"].phase == phase
    assert status(c)["restartCount"] == (code == 42)
    reason = {"Succeeded": "PodCompleted", "Failed": "PodFailed"}.get(phase)
    assert anew(c) == ("False", reason, None)


def test_an_init_container_can_let_all_begin_anew():
    """It is run again from the first one on, until it ends otherwise; settling does not wait for that for ever."""
    first = {"name": "first", "image": "first:1"}
    init = {"name": "init", "image": "init:1", "restartPolicy": "Never", "restartPolicyRules": ALL}
    c = cluster(pod(init=[first, init], spec={"restartPolicy": "Never"}))
    c.exits("pod/web", 42, after=5, container="init")
    c.settle()
    assert c["pod/web"].phase == "Pending"
    assert status(c, "first")["restartCount"] == status(c, "init")["restartCount"] >= 1
    c.exits("pod/web", 0, container="init")
    c.wait(30)
    c.settle()
    assert (c["pod/web"].phase, c["pod/web"].ready) == ("Running", True)


def test_a_pod_without_such_a_rule_has_no_such_condition():
    """AllContainersRestarting is said only of Pods that could."""
    c = cluster(pod(restartPolicy="Never", restartPolicyRules=RULES))
    c.settle()
    assert c["pod/web"].condition("AllContainersRestarting") is None


@pytest.mark.parametrize(
    ("policy", "own", "rules", "phase"),
    [
        ("Never", None, [], "Failed"),
        ("Always", None, [], "Pending"),
        ("Always", "Never", [], "Failed"),
        ("Never", "Never", RULES, "Pending"),
        ("Never", "OnFailure", [], "Pending"),
    ],
)
def test_an_init_container_that_is_not_started_again_fails_its_pod(policy, own, rules, phase):
    """Its rules come first, then its own restartPolicy, then its Pod's."""
    init = {"name": "init", "image": "init:1", **({"restartPolicy": own} if own else {})}
    c = cluster(
        pod(
            init=[{**init, **({"restartPolicyRules": rules} if rules else {})}],
            spec={"restartPolicy": policy},
        )
    )
    c.exits("pod/web", 42, container="init")
    c.settle()
    assert c["pod/web"].phase == phase


def test_a_pod_ends_at_its_active_deadline():
    """activeDeadlineSeconds: the kubelet ends the Pod; settling does not wait for it."""
    c = cluster(pod(spec={"activeDeadlineSeconds": 120}))
    c.settle()
    assert c["pod/web"].ready
    c.wait("2m")
    web = c["pod/web"]
    assert (web.phase, web.status["reason"]) == ("Failed", "DeadlineExceeded")
    assert web.status["message"] == "Pod was active on the node longer than the specified deadline"


def test_a_pod_has_its_grace_period_when_its_active_deadline_has_come():
    """Its containers are told to stop, hooks first; it has failed when they have, with their own exit codes."""
    hook = {"preStop": {"sleep": {"seconds": 5}}}
    proxy = {"name": "proxy", "image": "proxy:1", "restartPolicy": "Always"}
    c = cluster(pod(init=[proxy], lifecycle=hook, spec={"activeDeadlineSeconds": 60}))
    c.stops("pod/web", 10, exit_code=0, container="app")
    c.settle()
    c.wait(70)
    assert (c["pod/web"].phase, state(c), state(c, "proxy")) == ("Running", "running", "running")
    assert events(c, "DeadlineExceeded") == {
        "Pod was active on the node longer than the specified deadline": 1
    }
    assert set(events(c, "Killing")) == {"Stopping container app", "Stopping container proxy"}
    c.settle()
    assert (c["pod/web"].phase, c["pod/web"].status["reason"]) == ("Failed", "DeadlineExceeded")
    ends = [status(c, name)["state"]["terminated"] for name in ("app", "proxy")]
    assert [(item["exitCode"], item["reason"]) for item in ends] == [(0, "Completed"), (143, "Error")]
    assert ends[0]["finishedAt"] <= ends[1]["finishedAt"]
    assert [status(c, name)["restartCount"] for name in ("app", "proxy")] == [0, 0]
    assert c["pod/web"].condition("Ready")["reason"] == "PodFailed"
    assert sum(events(c, "DeadlineExceeded").values()) == 1
    c.wait("5m")
    assert sum(events(c, "Killing").values()) == 2


def test_a_program_that_does_not_stop_is_killed_after_the_active_deadline():
    """At the end of the Pod's grace period; a Pod that is deleted meanwhile goes when its containers have ended."""
    spec = {"activeDeadlineSeconds": 60, "terminationGracePeriodSeconds": 20}
    c = cluster(pod(spec=spec), pod("other", spec=spec))
    for name in ("web", "other"):
        c.stops(f"pod/{name}", None)
    c.settle()
    c.wait(70)
    c.delete("pod/other")
    before = c.api.now
    c.settle()
    assert [item.name for item in c.objects("pods")] == ["web"]
    assert c.api.now - before < 20
    assert (c["pod/web"].phase, status(c)["state"]["terminated"]["exitCode"]) == ("Failed", 137)
    assert not c["pod/web"].ready


@pytest.mark.parametrize("end", ["crash", "pull"])
def test_a_container_that_waits_is_lost_when_the_active_deadline_comes(end):
    """Of one that waits, nothing is known when its Pod is over; what it did before stays its last state."""
    c = cluster(
        pod(
            spec={
                "activeDeadlineSeconds": 60,
                "containers": [
                    {"name": "app", "image": "web:1"},
                    {"name": "beside", "image": "other:1"},
                ],
            }
        )
    )
    if end == "crash":
        c.exits("pod/web", 3, container="app")
    else:
        c.set_pullable("web:1", False)
    c.settle()
    c.wait(120)
    assert c["pod/web"].phase == "Failed"
    lost = status(c)["state"]["terminated"]
    assert (lost["reason"], lost["exitCode"], lost["startedAt"]) == ("ContainerStatusUnknown", 137, None)
    assert lost["message"] == "The container could not be located when the pod was terminated"
    assert state(c, "beside") == "Error"
    last = status(c)["lastState"].get("terminated", {}).get("exitCode")
    assert last == (3 if end == "crash" else None)
    assert "ContainerStatusUnknown" in c.kubectl("describe pod web").stdout
    assert c.kubectl("get pods --no-headers").stdout.split()[2] == "ContainerStatusUnknown"
    assert c.kubectl("logs web -c app").stdout or c.kubectl("logs web -c app").stderr
    assert c.life("pod/web").text


@pytest.mark.parametrize(
    ("inits", "lost", "waiting"),
    [
        (["first", "next"], ["first"], ["next", "app"]),
        (["done", "next"], [], ["next", "app"]),
    ],
)
def test_which_init_containers_are_lost_with_an_overdue_pod(inits, lost, waiting):
    """All that may have run; the last ones, which have not, still wait, and so do the containers."""
    c = cluster(pod(init=[{"name": n, "image": f"{n}:1"} for n in inits], spec={"activeDeadlineSeconds": 60}))
    for image in ("first:1", "next:1"):
        c.set_pullable(image, False)
    c.settle()
    c.wait(120)
    assert c["pod/web"].phase == "Failed"
    assert [n for n in (*inits, "app") if state(c, n) == "ContainerStatusUnknown"] == lost
    assert [n for n in (*inits, "app") if "waiting" in status(c, n)["state"]] == waiting


def test_statuses_have_the_order_of_the_manifest():
    """Those of init containers and of containers, from the first moment on and after a restart."""
    names = ["m", "z", "a", "b"]
    inits = [{"name": name, "image": "w:1"} for name in ("i2", "i1")]
    manifest = pod(init=inits, spec={"containers": [{"name": name, "image": "w:1"} for name in names]})
    c = cluster(manifest)
    c.settle()
    c.crash("pod/web", exit_code=1, container="a")
    c.settle()
    assert status(c, "a")["restartCount"] == 1
    assert [item["name"] for item in c["pod/web"].status["containerStatuses"]] == names
    assert [item["name"] for item in c["pod/web"].status["initContainerStatuses"]] == ["i2", "i1"]


def test_readiness_gates_count():
    """The Pod is ready when its containers are and each condition that a gate names is True."""
    c = cluster(pod(spec={"readinessGates": [{"conditionType": "example.com/listed"}]}))
    c.settle()
    web = c["pod/web"]
    assert (web.ready, web.holds("ContainersReady")) == (False, True)
    assert web.condition("Ready")["message"] == (
        'corresponding condition of pod readiness gate "example.com/listed" does not exist.'
    )


# ---- images


@pytest.mark.parametrize(
    "image",
    [
        "web",
        "web:1.6",
        "shop/web",
        "registry.example.com:5000/shop/web:1.6",
        "localhost/a__b/c--d:X",
        "a@sha256:" + "0" * 64,
        "web:1@sha512:" + "0" * 128,
        "example.com/" + "a" * 255,
        "Shop/web",  # "Shop" is a host then
        "index.docker.io/web",
    ],
)
def test_a_name_that_an_image_can_have(image):
    """github.com/distribution/reference."""
    assert not name_error(image)


@pytest.mark.parametrize(
    ("image", "why"),
    [
        ("Web:1", "invalid reference format: repository name (library/Web) must be lowercase"),
        ("shop/Web", "invalid reference format: repository name (shop/Web) must be lowercase"),
        ("web:", "invalid reference format"),
        ("web:1 ", "invalid reference format"),
        (":1", "invalid reference format"),
        ("web::1", "invalid reference format"),
        ("https://example.com/web", "invalid reference format"),
        ("web@sha256:12", "invalid reference format"),
        (f"web@sha256:{'1' * 32}", "invalid checksum digest length"),
        (f"web@sha256:{'A' * 64}", "invalid checksum digest format"),
        (f"web@md5:{'1' * 32}", "unsupported digest algorithm"),
        ("1" * 64, f"invalid repository name ({'1' * 64}), cannot specify 64-byte hexadecimal strings"),
        (f"example.com/{'a' * 256}", "repository name must not be more than 255 characters"),
        ("a" * 248, "repository name must not be more than 255 characters"),  # library/ counts
        ("Web: 1", "invalid reference format: repository name (library/Web) must be lowercase"),
        ("-Shop/web", "invalid reference format"),
        ("a.B_c/web", "repository name must be lowercase"),
    ],
)
def test_a_name_that_no_image_can_have_keeps_its_container_waiting(image, why):
    """InvalidImageName, in the kubelet's words."""
    c = cluster(pod(image=image)) if image.strip() == image else None
    assert name_error(image).endswith(f'couldn\'t parse image name "{image}": {why}')
    if c is not None:
        c.settle()
        assert (state(c), c["pod/web"].phase) == ("InvalidImageName", "Pending")
        assert events(c, "Failed") == {"Error: InvalidImageName": 1}


def test_an_image_that_no_registry_has():
    """ErrImagePull, then ImagePullBackOff; when the registry has it, the next try succeeds."""
    c = cluster(pod())
    c.set_pullable("web:1", False)
    c.settle()
    assert (state(c), c["pod/web"].phase) == ("ImagePullBackOff", "Pending")
    assert events(c, "Failed")["Error: ErrImagePull"] == 1
    assert not c.settle()
    c.wait("5m")
    assert events(c, "Failed")["Error: ErrImagePull"] == 5  # again after 10, 20, 40 and 80 seconds
    c.set_pullable("web:1")
    c.settle()
    c.wait("5m")
    assert c["pod/web"].ready


def test_an_image_that_may_not_be_pulled():
    """imagePullPolicy Never: ErrImageNeverPull."""
    c = cluster(pod(imagePullPolicy="Never"))
    c.set_pullable("web:1", False)
    c.settle()
    assert state(c) == "ErrImageNeverPull"
    words = 'Container image "web:1" is not present with pull policy of Never'
    assert events(c, "ErrImageNeverPull") == {words: 1}
    assert events(c, "Failed") == {"Error: ErrImageNeverPull": 1}


# ---- time


def test_waiting_lets_exactly_so_much_time_pass():
    """Seconds, or text such as "90s"; a snapshot and nonsense are refused."""
    c = cluster(pod())
    c.settle()
    for given_, seconds in ((5, 5), ("90s", 90), ("2h", 7200), ("1h30m", 5400), (0, 0), ("0", 0)):
        before = c.api.now
        c.wait(given_)
        assert c.api.now - before == seconds
    for nonsense in (-1, "soon", None, "5", float("nan"), float("inf"), "-3s", [], "9999999h"):
        with pytest.raises(kn.ClusterError):
            c.wait(nonsense)


def test_a_copy_lives_on_alone():
    """What is said and what happens in a copy changes nothing in the first cluster."""
    c = cluster(pod(livenessProbe={"tcpSocket": {"port": 8080}}, readinessProbe=HTTP))
    c.settle()
    other = c.copy()
    other.listen("pod/web", None)
    other.settle()
    assert state(other) == "CrashLoopBackOff"
    c.wait("10m")
    assert (state(c), c["pod/web"].ready) == ("running", True)


def test_healthy_probes_cost_nothing():
    """Hundreds of Pods whose probes succeed wait a day without a single write."""
    c = kn.Cluster(nodes=10, pods=200)
    template = pod(readinessProbe=HTTP, livenessProbe=HTTP)
    c.apply(
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": "web"},
            "spec": {
                "replicas": 300,
                "selector": {"matchLabels": {"app": "web"}},
                "template": {"metadata": template["metadata"], "spec": template["spec"]},
            },
        }
    )
    c.settle()
    assert not c.wait("24h")


def test_what_is_said_about_a_workload_holds_for_each_of_its_pods_those_to_come_too():
    """And what is said about one Pod counts before it, for that Pod."""
    template = pod(readinessProbe=HTTP)
    c = cluster(
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": "web"},
            "spec": {
                "replicas": 1,
                "selector": {"matchLabels": {"app": "web"}},
                "template": {"metadata": template["metadata"], "spec": template["spec"]},
            },
        }
    )
    c.answer("deploy/web", "/ready", 503)
    c.scale("deploy/web", 3)
    c.settle()
    pods = c.objects("pods", "app=web")
    assert [item.ready for item in pods] == [False] * 3
    c.answer(pods[0].ref, "/ready", 200)
    c.settle()
    assert [item.ready for item in c.objects("pods", "app=web")] == [True, False, False]


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda c: c.answer("svc/web", "/", 200), "has no containers"),
        (lambda c: c.answer("pod/web", "/", 99), "is no status of HTTP"),
        (lambda c: c.returns("pod/web", "cat '", 1), "cannot be split into words"),
        (lambda c: c.returns("pod/web", "cat", 256), "is no exit code"),
        (lambda c: c.exits("pod/web", container="ap"), 'has no container "ap". Did you mean "app"?'),
        (lambda c: c.stops("pod/web", "long"), "is not a length of time"),
        (lambda c: c.listen("pod/web", 80, after=-1), "is out of range"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(call, words):
    """Each error says what to write."""
    c = cluster(pod(), SERVICE)
    with pytest.raises(kn.ClusterError, match=words.replace("?", r"\?").replace("(", r"\(")):
        call(c)


RESTART_ALL = {"action": "RestartAllContainers", "exitCodes": {"operator": "In", "values": [88]}}


def restarting_pod():
    """A Pod that is never restarted, but for a rule: an init container, a sidecar, a task and a program."""
    own = {"restartPolicy": "Never", "restartPolicyRules": [RESTART_ALL]}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "web"},
        "spec": {
            "restartPolicy": "Never",
            "initContainers": [
                {"name": "setup", "image": "setup:1"},
                {"name": "watcher", "image": "watch:1", "restartPolicy": "Always"},
            ],
            "containers": [
                {"name": "app", "image": "web:1", **own},
                {"name": "task", "image": "task:1"},
                {"name": "more", "image": "more:1"},
            ],
        },
    }


def test_another_exit_code_restarts_nothing():
    """A rule that is not fulfilled leaves it to the restartPolicy: here, the container stays as it ended."""
    c = kn.Cluster(nodes=1)
    c.apply(restarting_pod())
    c.settle()
    c.crash("pod/web", container="app", exit_code=87)
    c.settle()
    assert [status["restartCount"] for status in c["pod/web"].container_statuses] == [0] * 5
    assert "terminated" in c["pod/web"].status_of("app")["state"]


def test_a_pod_that_is_deleted_restarts_nothing():
    """A Pod on its way out ends, whatever its rules say."""
    c = kn.Cluster(nodes=1)
    c.apply(restarting_pod())
    c.settle()
    c.crash("pod/web", container="app", exit_code=88)
    c.step()
    c.delete("pod/web")
    c.settle()
    assert not c.objects("pods")


@pytest.mark.parametrize("times", [1, 2, 3])
def test_settling_ends_though_a_rule_restarts_all_again_and_again(times):
    """There is no back-off: each end begins the next round; after two, only waiting goes on."""
    c = kn.Cluster(nodes=1)
    c.apply(restarting_pod())
    c.settle()
    c.exits("pod/web", 88, container="app", after="5s")
    c.settle()
    done = c["pod/web"].status_of("app")["restartCount"]
    assert 1 <= done <= 3
    for _ in range(times):
        c.wait("10s")
    assert c["pod/web"].status_of("app")["restartCount"] > done


@pytest.mark.parametrize(
    ("own", "message"),
    [
        (
            {"restartPolicyRules": [RESTART_ALL]},
            "restartPolicy: Required value: must specify restartPolicy when restart rules are used",
        ),
        (
            {"restartPolicy": "Never", "restartPolicyRules": [{**RESTART_ALL, "action": "Stop"}]},
            (
                'restartPolicyRules[0].action: Unsupported value: "Stop": supported values: "Restart", '
                '"RestartAllContainers"'
            ),
        ),
        (
            {
                "restartPolicy": "Never",
                "restartPolicyRules": [
                    {"action": "Restart", "exitCodes": {"operator": "Equals", "values": [3]}}
                ],
            },
            'restartPolicyRules[0].exitCodes.operator: Unsupported value: "Equals": supported values: "In", "NotIn"',
        ),
        (
            {"restartPolicy": "Never", "restartPolicyRules": [{"action": "Restart"}]},
            "restartPolicyRules[0].exitCodes: Required value: must be specified",
        ),
        (
            {"restartPolicy": "Never", "restartPolicyRules": [RESTART_ALL] * 21},
            "restartPolicyRules: Too many: 21: must have at most 20 items",
        ),
        (
            {
                "restartPolicy": "Never",
                "restartPolicyRules": [
                    {"action": "Restart", "exitCodes": {"operator": "In", "values": [*range(1, 257)]}}
                ],
            },
            "restartPolicyRules[0].exitCodes.values: Too many: 256: must have at most 255 items",
        ),
        (
            {"restartPolicy": "Maybe"},
            'restartPolicy: Unsupported value: "Maybe": supported values: "Always", ',
        ),
    ],
)
@pytest.mark.parametrize("field", ["containers", "initContainers"])
def test_restart_rules_are_checked(field, own, message):
    """`validateContainerRestartPolicy`: of containers and of init containers."""
    manifest = restarting_pod()
    manifest["spec"][field][0] = {"name": "x", "image": "x:1", **own}
    with pytest.raises(kn.ApiError) as refused:
        kn.Cluster(nodes=1).apply(manifest)
    assert f"spec.{field}[0].{message}" in refused.value.message
