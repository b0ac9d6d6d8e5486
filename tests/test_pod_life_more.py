"""More of a Pod's life: containers whose image changes, probes of Pods that are being deleted, and what restarts keep.

Sources of the rules: `computePodActions` of k8s.io/kubernetes/pkg/kubelet/kuberuntime,
`doProbe` of k8s.io/kubernetes/pkg/kubelet/prober
"""

from __future__ import annotations

import pytest

import k8snotes as kn


def pod(name="web", *, spec=None, **container):
    """Return the manifest of a Pod with one container, "app", that listens on 8080."""
    app = {"name": "app", "image": "web:1", "ports": [{"containerPort": 8080, "name": "http"}], **container}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "labels": {"app": "web"}},
        "spec": {"containers": [app], **(spec or {})},
    }


def settled(*manifests):
    """Return a settled cluster of one Node with these objects."""
    c = kn.Cluster(nodes=1)
    for manifest in manifests:
        c.apply(manifest)
    c.settle()
    return c


def status(c, ref="pod/web"):
    """Return the status of the first container."""
    return c[ref].status["containerStatuses"][0]


def state(c, ref="pod/web"):
    """Return "running", or the reason why the container waits or has ended."""
    [(kind, details)] = status(c, ref)["state"].items()
    return details.get("reason", kind)


def events(c, reason):
    """Return the messages of the Events of one reason, and how often each came."""
    found = [item.raw for item in c.objects("events") if item.raw["reason"] == reason]
    return {item["message"]: item["count"] for item in found}


def set_image(c, image):
    """Change the image of the container."""
    assert c.kubectl(f"set image pod/web app={image}").exit == 0
    c.settle()


# ---- a container whose image changes


@pytest.mark.parametrize("policy", ["Always", "OnFailure", "Never"])
def test_a_container_whose_image_changes_is_started_again_whatever_the_policy(policy):
    """It is stopped, its end is noted, and it counts as a restart; the Pod and its address stay."""
    c = settled(pod(spec={"restartPolicy": policy}))
    before = c["pod/web"]
    set_image(c, "web:2")
    assert events(c, "Killing") == {"Container app definition changed, will be restarted": 1}
    now = status(c)
    assert (now["image"], state(c), now["restartCount"], now["ready"]) == ("web:2", "running", 1, True)
    assert now["lastState"]["terminated"]["exitCode"] == 143
    assert (c["pod/web"].uid, c["pod/web"].ip) == (before.uid, before.ip)
    assert c["pod/web"].phase == "Running"


def test_a_container_whose_image_changes_has_its_grace_period():
    """preStop runs first; the old container runs until then."""
    c = settled(pod(lifecycle={"preStop": {"sleep": {"seconds": 20}}}))
    assert c.kubectl("set image pod/web app=web:2").exit == 0
    c.wait(19)
    assert (status(c)["image"], state(c)) == ("web:1", "running")
    c.wait(3)
    assert (status(c)["image"], state(c)) == ("web:2", "running")


def test_another_image_is_tried_at_once_however_often_the_one_before_has_ended():
    """The pause belongs to the container that crashed; the new one begins without."""
    c = settled(pod())
    c.exits("image/web:1", 1)
    c.wait(300)
    assert state(c) == "CrashLoopBackOff"
    count = status(c)["restartCount"]
    set_image(c, "web:2")
    assert (state(c), status(c)["restartCount"]) == ("running", count + 1)
    c.crash("pod/web")
    c.settle()
    assert (state(c), status(c)["restartCount"]) == ("running", count + 2)  # its first restart: no pause


def test_another_image_is_pulled_at_once_however_often_the_one_before_was_not_found():
    """The pause belongs to the image."""
    c = kn.Cluster(nodes=1)
    c.set_pullable("web:1", False)
    c.set_pullable("web:2", False)
    c.apply(pod())
    c.wait(300)
    assert state(c) == "ImagePullBackOff"
    tries = sum(events(c, "Pulling").values())
    assert c.kubectl("set image pod/web app=web:2").exit == 0
    c.step()
    assert (status(c)["image"], state(c)) == ("web:2", "ErrImagePull")
    assert sum(events(c, "Pulling").values()) == tries + 1
    set_image(c, "web:3")
    assert (status(c)["image"], state(c), status(c)["restartCount"]) == ("web:3", "running", 0)


def test_an_image_that_is_not_there_takes_the_container_down():
    """The old container has been stopped, and the new one waits."""
    c = settled(pod())
    c.set_pullable("web:2", False)
    set_image(c, "web:2")
    assert state(c) == "ImagePullBackOff"
    assert not c["pod/web"].ready
    assert c["pod/web"].phase == "Running"


def test_the_probes_of_a_container_with_another_image_begin_anew():
    """It is not ready before its probe has succeeded."""
    probe = {"tcpSocket": {"port": "http"}, "initialDelaySeconds": 15}
    c = settled(pod(readinessProbe=probe))
    assert c["pod/web"].ready
    assert c.kubectl("set image pod/web app=web:2").exit == 0
    c.wait(10)
    assert (status(c)["image"], status(c)["ready"]) == ("web:2", False)
    c.wait(10)
    assert status(c)["ready"]


# ---- probes of a Pod that is being deleted


SLOW = {"lifecycle": {"preStop": {"sleep": {"seconds": 60}}}}


@pytest.mark.parametrize("kind", ["livenessProbe", "startupProbe"])
def test_a_pod_that_is_being_deleted_is_not_asked_whether_it_lives(kind):
    """Nothing is killed or started again while its containers stop."""
    probe = {"httpGet": {"path": "/live", "port": "http"}, "periodSeconds": 5, "failureThreshold": 1}
    c = settled(pod(spec={"terminationGracePeriodSeconds": 100}, **{kind: probe}, **SLOW))
    c.answer("pod/web", "/live", 500)
    c.delete("pod/web")
    c.wait(50)
    assert (state(c), status(c)["restartCount"]) == ("running", 0)
    assert events(c, "Unhealthy") == {}
    assert events(c, "Killing") == {"Stopping container app": 1}
    c.wait(20)
    assert c.objects("pods") == []


def test_a_pod_that_is_being_deleted_is_still_asked_whether_it_is_ready():
    """So its endpoint says whether it still serves."""
    probe = {"httpGet": {"path": "/ready", "port": "http"}, "periodSeconds": 5, "failureThreshold": 1}
    c = settled(pod(spec={"terminationGracePeriodSeconds": 100}, readinessProbe=probe, **SLOW))
    c.delete("pod/web")
    c.wait(10)
    assert status(c)["ready"]
    c.answer("pod/web", "/ready", 503)
    c.wait(10)
    assert not status(c)["ready"]


def test_a_container_that_ends_while_its_pod_is_deleted_stays_ended():
    """Whatever the restartPolicy."""
    c = settled(
        pod(
            spec={"terminationGracePeriodSeconds": 100},
            readinessProbe={"tcpSocket": {"port": "http"}},
            **SLOW,
        )
    )
    c.delete("pod/web")
    c.wait(5)
    c.crash("pod/web", exit_code=0)
    c.wait(10)
    assert status(c)["restartCount"] == 0
    assert c["pod/web"].terminating


# ---- what a restart keeps


def test_restarts_by_a_liveness_probe_keep_the_pods_of_a_replica_set():
    """The kubelet starts containers again; no controller makes another Pod."""
    probe = {"httpGet": {"path": "/live", "port": "http"}, "periodSeconds": 1, "failureThreshold": 1}
    template = {"metadata": {"labels": {"app": "web"}}, "spec": pod(livenessProbe=probe)["spec"]}
    spec = {"replicas": 2, "selector": {"matchLabels": {"app": "web"}}, "template": template}
    c = settled({"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": {"name": "web"}, "spec": spec})
    before = {item.uid for item in c.objects("pods")}
    c.answer("rs/web", "/live", 500)
    c.wait(60)
    assert {item.uid for item in c.objects("pods")} == before
    assert all(status(c, item.ref)["restartCount"] > 0 for item in c.objects("pods"))


def test_a_container_that_was_probed_in_vain_is_asked_anew_after_its_restart():
    """A liveness probe rests once it has failed, and begins again with the next container."""
    probe = {"httpGet": {"path": "/live", "port": "http"}, "periodSeconds": 5, "failureThreshold": 2}
    c = settled(pod(livenessProbe=probe))
    c.answer("pod/web", "/live", 500)
    c.wait(11)
    failures = events(c, "Unhealthy")
    c.answer("pod/web", "/live", 200)
    c.wait(600)
    assert (state(c), status(c)["restartCount"]) == ("running", 1)
    assert events(c, "Unhealthy") == failures


# ---- the end of a Pod of which some containers do not run


def test_a_container_that_waits_for_its_restart_is_not_stopped():
    """A Pod that is deleted while its container waits for its restart has nothing to stop: no hook runs, and it goes at once."""
    c = settled(pod(lifecycle={"preStop": {"sleep": {"seconds": 20}}}))
    c.exits("pod/web", 1)
    c.settle()
    assert state(c) == "CrashLoopBackOff"
    asked = c.api.now
    c.delete("pod/web")
    c.settle()
    assert not c.objects("pods")
    assert c.api.now - asked < 10
    assert not events(c, "Killing")
    assert "preStop" not in c.life("pod/web").text


def test_an_init_container_that_runs_is_stopped_with_its_pod():
    """A Pod that is deleted while an init container works gives it SIGTERM and its time, before any container has started."""
    first = {"name": "first", "image": "tool:1"}
    c = kn.Cluster(nodes=1)
    c.apply(pod(spec={"initContainers": [first]}))
    c.exits("pod/web", 0, after="1h", container="first")
    c.stops("pod/web", "8s", container="first")
    while not c["pod/web"].status_of("first").get("state", {}).get("running"):
        c.step()
    asked = c.api.now
    c.delete("pod/web")
    c.settle()
    assert 8 <= c.api.now - asked < 15
    assert events(c, "Killing") == {"Stopping container first": 1}
    assert not events(c, "Unhealthy")
