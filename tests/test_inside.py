"""One Pod from within: pause, network, containers, ports, volumes, restarts."""

from __future__ import annotations

import os

import pytest
from measures import faults
from test_figures_pictures import GOLDEN, NASTY, parse, said, saying
from test_timeline import POD, cluster

import k8snotes as kn
from k8snotes.api.kinds.pod import ContainerPort
from k8snotes.facts.inside import Asked, InnerContainer, Inside, Mount, PortConflict, Volume
from k8snotes.figures.inside import inside_change_figure, inside_figure

SHOP = """
apiVersion: v1
kind: Pod
metadata: {name: shop, labels: {app: shop}}
spec:
  volumes:
  - {name: data, emptyDir: {}}
  - {name: conf, configMap: {name: shop-conf}}
  - {name: spare, emptyDir: {medium: Memory}}
  initContainers:
  - {name: prepare, image: busybox, ports: [{containerPort: 80}], volumeMounts: [{name: data, mountPath: /work}]}
  containers:
  - name: web
    image: nginx
    ports: [{containerPort: 80, name: http}, {containerPort: 53, protocol: UDP}]
    volumeMounts: [{name: data, mountPath: /html, readOnly: true}, {name: conf, mountPath: /etc/shop}]
  - name: writer
    image: busybox
    ports: [{containerPort: 80}, {containerPort: 53}]
    volumeMounts: [{name: data, mountPath: /out, subPath: pages}]
"""


@pytest.fixture(scope="module")
def made():
    c = kn.Cluster(nodes=1)
    c.apply("{apiVersion: v1, kind: ConfigMap, metadata: {name: shop-conf}}")
    c.apply(SHOP)
    c.settle()
    return c


@pytest.fixture
def c(made):
    return made.copy()


def test_pause_holds_one_ip_for_all(c):
    """The Pod has one IP, which the pause container holds; all containers share it."""
    fig = c.inside("pod/shop")
    assert fig.facts.paused
    assert fig.facts.ip == c["pod/shop"].ip
    words = said(fig)
    assert f"one IP {fig.facts.ip}" in words
    assert "localhost" in words


def test_two_containers_cannot_have_one_port(c):
    """The same port and protocol twice is a conflict; another protocol is not, and init containers have ended."""
    facts = c.inside("pod/shop").facts
    assert facts.conflicts == (PortConflict(80, "TCP", ("web", "writer")),)
    assert "Several containers declare port 80/TCP (web, writer)" in said(c.inside("pod/shop"))


def test_volumes_say_who_mounts_them(c):
    """A shared volume names its users, an unused one says so, each mount its folder."""
    facts = c.inside("pod/shop").facts
    data, conf, spare = facts.volumes
    assert data.shared
    assert data.mounted_by == ("prepare", "web", "writer")
    assert (conf.type, conf.source) == ("configMap", "ConfigMap shop-conf")
    assert spare.mounted_by == ()
    assert facts.unused == ("spare",)
    assert facts.containers[1].mounts[0] == Mount("data", "/html", read_only=True)
    words = said(c.inside("pod/shop"))
    for part in (
        "no container mounts it",
        "in memory",
        "mounts data at /html, read-only",
        "only its folder pages",
        "shared",
    ):
        assert part in words, part


def test_a_container_that_ends_is_restarted_and_the_rest_stays(c):
    """After a crash that container has one restart and its last exit code; the IP and the other stay."""
    before = c.inside("pod/shop").facts
    c.crash("pod/shop", container="writer", exit_code=3)
    c.settle()
    after = c.inside("pod/shop").facts
    _, web, writer = after.containers
    assert (writer.restarts, writer.last_end) == (1, "exit code 3 (Error)")
    assert web == before.containers[1]
    assert after.ip == before.ip
    assert after.restarts == 1


def test_back_off_is_said(c):
    """A container that ends again at once waits; the picture says how long the pause is."""
    for _ in range(2):
        c.crash("pod/shop", container="writer")
        while not c.step():
            pass
        c.step()
    fig = c.inside("pod/shop")
    assert fig.facts.containers[2].state == "waiting: CrashLoopBackOff"
    assert "back-off 10s" in fig.facts.containers[2].waits
    assert "back-off 10s before the kubelet restarts it" in said(fig)


def test_a_pod_on_the_nodes_network_says_so():
    """hostNetwork: the address and the ports are the Node's."""
    c = kn.Cluster(nodes=1)
    c.apply((POD % "agent").replace("spec: {", "spec: {hostNetwork: true, "))
    c.settle()
    fig = c.inside("pod/agent")
    assert fig.facts.host_network
    assert fig.facts.ip == c["node/node-1"].ip
    assert "the Node's own network" in said(fig)


def test_a_mirror_says_that_a_file_runs():
    """A static Pod's mirror is named so; its owner is the Node's file."""
    c = kn.Cluster(nodes=1)
    c.static_pod("node-1", POD % "etcd")
    c.settle()
    fig = c.inside("pod/etcd-node-1")
    assert fig.facts.static
    assert "deleting the mirror does not stop it" in said(fig)


def test_the_owner_is_named():
    """A Pod of a controller names it; a bare one says what that means."""
    c = cluster(1)
    assert c.inside(c.objects("pods")[0].ref).facts.owner == "ReplicationController/web"
    c.apply(POD % "bare")
    assert "no controller replaces it" in said(c.inside("pod/bare"))


def test_before_it_is_started_it_has_no_ip():
    """A Pod that is only stored has no network yet, and its containers are not started."""
    c = kn.Cluster(nodes=1)
    c.apply(POD % "web")
    facts = c.inside("pod/web").facts
    assert not facts.paused
    assert facts.containers[0].state == "not started"
    assert "no IP yet" in said(c.inside("pod/web"))


def test_only_a_pod_has_an_inside(c):
    """Another kind is refused in words; a Pod that is not there is not found."""
    with pytest.raises(kn.ClusterError, match="shows a Pod, but"):
        c.inside("node/node-1")
    with pytest.raises(kn.NotFoundError):
        c.inside("pod/nope")


def test_many_mounts_are_told_without_arrows():
    """Ten mounts would be ten arrows over each other: then the lines say it, and the caption promises no arrow."""
    mounts = ", ".join(f"{{name: v, mountPath: /m{n}}}" for n in range(10))
    c = kn.Cluster(nodes=1)
    spec = f"{{volumes: [{{name: v, emptyDir: {{}}}}], containers: [{{name: a, image: b, volumeMounts: [{mounts}]}}]}}"
    c.apply(f"{{apiVersion: v1, kind: Pod, metadata: {{name: p}}, spec: {spec}}}")
    fig = c.inside("pod/p")
    assert "arrow" not in fig.caption
    assert "mounts v at /m9" in said(fig)


def nasty() -> Inside:
    containers = tuple(
        saying(
            InnerContainer,
            n,
            ready=False,
            restarts=1,
            ports=(saying(ContainerPort, n, port=80),),
            mounts=(saying(Mount, n, read_only=True), Mount(n + "gone", n)),
            probes=(Asked("liveness", n, 10, well=False, run=2, words=f"Liveness: {n}"),),
        )
        for n in NASTY[:2]
    )
    volumes = tuple(saying(Volume, n, mounted_by=(n, n)) for n in NASTY)
    clash = (PortConflict(80, NASTY[0], tuple(NASTY)),)
    return Inside(
        ref=NASTY[1],
        name=NASTY[2],
        namespace=NASTY[0],
        node=NASTY[0],
        state=NASTY[3],
        ip=NASTY[1],
        host_network=False,
        restart_policy=NASTY[0],
        qos=NASTY[0],
        owner=NASTY[1],
        static=False,
        labels={n: n for n in NASTY},
        containers=containers,
        volumes=volumes,
        conflicts=clash,
        missing=tuple(n + "gone" for n in NASTY[:2]),
        shares_processes=True,
    )


def test_markup_in_names_stays_text():
    """Names full of markup and control characters become text."""
    fig = inside_figure(nasty())
    tags = {node.tag.rpartition("}")[2] for node in parse(fig.svg).iter()}
    assert tags == {"svg", "title", "desc", "style", "g", "rect", "text"}
    assert "<script" not in fig.html
    assert "\\N" in said(fig)


def test_a_picture_fits_a_notebook(c):
    """A reader sees all of it at once, whatever the names are."""
    for fig in (c.inside("pod/shop"), inside_figure(nasty()), inside_change_figure(nasty(), nasty())):
        assert faults(fig.svg) == []


def test_of_many_containers_those_with_a_fault_are_drawn_in_full():
    """Where there is no room for all, the ones that are well say less, and then give way: the outline has them."""
    c = kn.Cluster(nodes=1)
    for number in (7, 20):
        names = [f"app-{at}" for at in range(number)]
        containers = ", ".join(
            f"{{name: {name}, image: b, ports: [{{containerPort: {80 + at}}}]}}"
            for at, name in enumerate(names)
        )
        c.apply(
            f"{{apiVersion: v1, kind: Pod, metadata: {{name: p{number}}}, spec: {{containers: [{containers}]}}}}"
        )
        c.settle()
        c.crash(f"pod/p{number}", container=names[-1], exit_code=3)
        c.settle()
        fig = c.inside(f"pod/p{number}")
        assert faults(fig.svg) == []
        assert f"declares port {79 + number} 1 restart , last ended with exit code 3" in said(fig)
        assert all(f"Container {name} " in fig.text for name in names)
        assert "declares port 80 " not in said(fig)
        assert "declares port 80\n" in fig.text
        assert ("boxes more, which are in the outline" in said(fig)) is (number == 20)


def test_the_outline_is_as_reviewed(c):
    """The outline and the alt are those that were read and found good (K8SNOTES_GOLDEN=write writes them)."""
    fig = c.inside("pod/shop")
    told = f"{fig.text}\n\nalt: {fig.alt}\n"
    path = GOLDEN / "inside.txt"
    if os.environ.get("K8SNOTES_GOLDEN") == "write":
        path.write_text(told, encoding="utf-8", newline="\n")
    assert told == path.read_text(encoding="utf-8")


PROBED = """
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  initContainers:
  - {name: proxy, image: "proxy:1", restartPolicy: Always}
  containers:
  - name: app
    image: web:1
    ports: [{containerPort: 8080}]
    readinessProbe: {httpGet: {path: /ready, port: 8080}, periodSeconds: 5}
    livenessProbe: {exec: {command: [cat, /run/alive]}}
"""


def test_probes_are_shown_with_what_they_have_last_seen():
    """What each asks, how often, and its latest answer; a container without one is ready as soon as it runs."""
    c = kn.Cluster(nodes=1)
    c.apply(PROBED)
    c.answer("pod/web", "/ready", 503)
    c.settle()
    text = c.inside("pod/web").text
    assert "readiness probe asks GET :8080/ready every 5 s" in text
    assert "✗ it failed: HTTP probe failed with statuscode: 503" in text
    assert "liveness probe asks cat /run/alive every 10 s\n     ✓ the last answer was good" in text
    assert text.count("no readiness probe: ready as soon as it runs") == 1
    c.wait("15s")
    assert "✗ it failed 4 times in a row: HTTP probe failed with statuscode: 503" in c.inside("pod/web").text
    [proxy, app] = c.inside("pod/web").facts.containers
    assert (proxy.unasked, app.unasked) == (True, False)


def test_of_a_dump_only_the_probes_themselves_are_known():
    """Nobody here has asked them."""
    c = kn.Cluster(nodes=1)
    c.apply(PROBED)
    c.settle()
    dump = kn.load(
        "apiVersion: v1\nkind: List\nitems:\n- "
        + c.kubectl("get pod web -o yaml").stdout.replace("\n", "\n  ")
    )
    assert dump.simulation.snapshot
    assert {probe.well for item in dump.inside("pod/web").facts.containers for probe in item.probes} == {None}


def test_a_pod_before_and_after_a_crash_side_by_side():
    """Both are told, what has changed is marked, and the picture is no wider than a notebook."""
    c = kn.Cluster(nodes=1)
    c.apply(PROBED)
    c.settle()
    before = c.copy()
    assert "nothing has changed" in c.inside("pod/web", since=before).title
    c.crash("pod/web", exit_code=3)
    c.settle()
    fig = c.inside("pod/web", since=before)
    assert fig.title == "inside pod/web, before and now: 1 container has changed"
    assert fig.text.index("before") < fig.text.index("now") < fig.text.index("exit code 3")
    assert fig.text.count("this has changed") == 1
    assert fig.alt.startswith("before:")
    assert faults(fig.svg) == []


def test_a_volume_says_where_its_claim_leads():
    """Bound to a volume, or waiting for one."""
    claim = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "films"}}
    claim["spec"] = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
    pod = """{apiVersion: v1, kind: Pod, metadata: {name: web}, spec: {
    containers: [{name: app, image: web, volumeMounts: [{name: v, mountPath: /films}]}],
    volumes: [{name: v, persistentVolumeClaim: {claimName: films}}]}}"""
    c = kn.Cluster(nodes=1)
    c.apply([claim])
    c.apply(pod)
    c.settle()
    [volume] = c.inside("pod/web").facts.volumes
    assert volume.source == "claim films, which waits for a volume"
    c.provide_storage()
    c.settle()
    [volume] = c.inside("pod/web").facts.volumes
    assert volume.source == f"claim films, bound to {c['pvc/films'].spec['volumeName']}"
