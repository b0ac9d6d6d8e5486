"""Ephemeral containers, and kubectl debug, which adds them.

Sources of the rules: https://kubernetes.io/docs/concepts/workloads/pods/ephemeral-containers/,
https://kubernetes.io/docs/tasks/debug/debug-application/debug-running-pod/, and debug.go of k8s.io/kubectl/pkg/cmd/debug
"""

from __future__ import annotations

import re

import pytest

import k8snotes as kn

POD = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "web", "labels": {"app": "web"}, "annotations": {"h.example/a": "b"}},
    "spec": {
        "initContainers": [{"name": "first", "image": "tool:1"}],
        "containers": [
            {
                "name": "app",
                "image": "web:1",
                "ports": [{"containerPort": 80}],
                "readinessProbe": {"tcpSocket": {"port": 80}},
                "livenessProbe": {"tcpSocket": {"port": 80}},
                "startupProbe": {"tcpSocket": {"port": 80}},
            }
        ],
    },
}
DEBUGGER = {"name": "debugger", "image": "busybox:1", "targetContainerName": "app"}
SERVICE = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"name": "web"},
    "spec": {"selector": {"app": "web"}, "ports": [{"port": 80}]},
}

NO_PAIR = """error: invalid argument "x" for "--env" flag: x must be formatted as key=value
See 'kubectl debug --help' for usage."""


@pytest.fixture
def c():
    """Return a settled cluster with a Pod of one container, and a Service."""
    c = kn.Cluster(nodes=2)
    c.create(POD)
    c.create(SERVICE)
    c.settle()
    return c


def add(c, *items):
    """Write the ephemeral containers of the Pod."""
    return c.api.update_ephemeral_containers(c["pod/web"], items)


def refused(c, *items):
    """Return the causes for which the API server refuses ephemeral containers."""
    with pytest.raises(kn.ApiError) as error:
        add(c, *items)
    assert error.value.code == 422
    return [(cause.field, cause.message.split("\n")[0]) for cause in error.value.causes]


def debuggers(c, ref="pod/web"):
    """Return the statuses of the ephemeral containers of a Pod."""
    return c[ref].status.get("ephemeralContainerStatuses", [])


def state(status):
    """Return "running", or the reason why a container waits or has ended."""
    [(kind, details)] = status["state"].items()
    return details.get("reason", kind)


# ---- the API server


def test_an_ephemeral_container_gets_defaults_and_the_rest_of_the_pod_stays(c):
    """The subresource changes nothing else, whatever is sent; the generation grows."""
    before = c["pod/web"]
    stored = add(c, DEBUGGER)
    assert stored.spec["ephemeralContainers"] == [
        {
            **DEBUGGER,
            "imagePullPolicy": "IfNotPresent",
            "resources": {},
            "terminationMessagePath": "/dev/termination-log",
            "terminationMessagePolicy": "File",
        }
    ]
    rest = {key: value for key, value in stored.spec.items() if key != "ephemeralContainers"}
    assert rest == before.spec
    assert stored.metadata["generation"] == before.metadata["generation"] + 1


def test_an_ephemeral_container_cannot_be_changed_or_removed(c):
    """Others can be added, in any order."""
    add(c, DEBUGGER)
    field = "spec.ephemeralContainers"
    assert refused(c) == [
        (field, 'Forbidden: existing ephemeral containers "debugger" may not be removed'),
    ]
    assert refused(c, {**DEBUGGER, "image": "busybox:2"}) == [
        (field, 'Forbidden: existing ephemeral containers "debugger" may not be changed'),
    ]
    stored = add(c, {"name": "second", "image": "busybox:1"}, DEBUGGER)
    assert [item["name"] for item in stored.spec["ephemeralContainers"]] == ["second", "debugger"]


@pytest.mark.parametrize(
    ("fields", "causes"),
    [
        ({"name": "app"}, [("name", 'Duplicate value: "app"')]),
        ({"name": "first"}, [("name", 'Duplicate value: "first"')]),
        ({"targetContainerName": "ap"}, [("targetContainerName", 'Not found: "ap"')]),
        (
            {"ports": [{"containerPort": 1}]},
            [("ports", "Forbidden: cannot be set for an Ephemeral Container")],
        ),
        (
            {"resources": {"limits": {"cpu": "1"}}},
            [("resources", "Forbidden: cannot be set for an Ephemeral Container")],
        ),
        (
            {"livenessProbe": {"tcpSocket": {"port": 1}}},
            [("livenessProbe", "Forbidden: cannot be set for an Ephemeral Container")],
        ),
        ({"image": ""}, [("image", "Required value")]),
    ],
)
def test_what_an_ephemeral_container_cannot_have(c, fields, causes):
    """In the API server's words; nothing is stored."""
    wanted = [(f"spec.ephemeralContainers[0].{field}", message) for field, message in causes]
    assert refused(c, {**DEBUGGER, **fields}) == wanted
    assert "ephemeralContainers" not in c["pod/web"].spec


def test_a_static_pod_takes_no_ephemeral_container(c):
    """Its kubelet would not know of it."""
    c.static_pod("node-1", {**POD, "metadata": {"name": "static"}})
    c.settle()
    done = c.kubectl("debug static-node-1 --image=busybox")
    assert done.exit == 1
    assert done.stderr == (
        'The Pod "static-node-1" is invalid: []: Forbidden: static pods do not support ephemeral containers\n'
    )


def test_a_plain_update_cannot_add_one(c):
    """`kubectl patch pod` is refused; so is a new Pod that has one."""
    patch = '{"spec": {"ephemeralContainers": [{"name": "x", "image": "busybox:1"}]}}'
    assert (
        "pod updates may not change fields other than"
        in c.kubectl(["patch", "pod", "web", "-p", patch]).stderr
    )
    new = {**POD, "metadata": {"name": "new"}, "spec": {**POD["spec"], "ephemeralContainers": [DEBUGGER]}}
    with pytest.raises(kn.ApiError, match="cannot be set on create"):
        c.create(new)


# ---- the kubelet


def test_an_ephemeral_container_is_started_once_and_counts_for_nothing(c):
    """Not for READY, not for the phase, and it is never restarted; its status has no `started`."""
    add(c, DEBUGGER)
    c.settle()
    [status] = debuggers(c)
    assert (state(status), status["ready"], status["restartCount"]) == ("running", False, 0)
    assert "started" not in status
    assert c["pod/web"].ready
    assert c.kubectl("get pod web --no-headers").stdout.split()[1:4] == ["1/1", "Running", "0"]
    c.crash("pod/web", "debugger", exit_code=3)
    c.wait(600)
    [status] = debuggers(c)
    assert (state(status), status["state"]["terminated"]["exitCode"], status["restartCount"]) == (
        "Error",
        3,
        0,
    )
    assert c["pod/web"].ready
    assert c.endpoints("svc/web").note == "selects 1 Pod, 1 ready"


def test_an_ephemeral_container_starts_while_init_containers_fail(c):
    """So one can look into a Pod that does not get on."""
    c.exits("image/tool:1", 1)
    c.create({**POD, "metadata": {"name": "stuck"}})
    c.settle()
    assert c["pod/stuck"].phase == "Pending"
    c.kubectl("debug stuck --image=busybox -c debugger")
    c.settle()
    assert state(debuggers(c, "pod/stuck")[0]) == "running"
    assert c["pod/stuck"].phase == "Pending"


def test_an_ephemeral_container_whose_image_no_registry_has_waits(c):
    """ImagePullBackOff, until the registry has it; the Pod is ready all the time."""
    c.set_pullable("busybox:1", False)
    add(c, DEBUGGER)
    c.wait(5)
    assert state(debuggers(c)[0]) == "ImagePullBackOff"
    assert c["pod/web"].ready
    c.set_pullable("busybox:1")
    c.wait(30)
    assert state(debuggers(c)[0]) == "running"


def test_an_ephemeral_container_ends_with_its_pod():
    """When the others have done their work, and when the Pod is deleted or overdue."""
    for end in ("work", "deadline", "delete"):
        c = kn.Cluster(nodes=1)
        spec = {**POD["spec"], "restartPolicy": "Never", "activeDeadlineSeconds": 60}
        c.create({**POD, "spec": spec})
        c.settle()
        add(c, DEBUGGER)
        c.settle()
        if end == "work":
            c.crash("pod/web", "app", exit_code=0)
        elif end == "deadline":
            c.wait(70)
        else:
            c.delete("pod/web")
        c.settle()
        if end == "delete":
            messages = [
                item.raw["message"] for item in c.objects("events") if item.raw["reason"] == "Killing"
            ]
            assert sorted(messages) == ["Stopping container app", "Stopping container debugger"]
        else:
            assert c["pod/web"].ended
            assert "terminated" in debuggers(c)[0]["state"]


def test_the_picture_of_a_pod_shows_its_ephemeral_containers(c):
    """With their role."""
    add(c, DEBUGGER)
    c.settle()
    facts = c.inside("pod/web").facts
    assert [(item.name, item.role, item.state) for item in facts.containers][-1] == (
        "debugger",
        "ephemeral container",
        "running",
    )
    assert "Ephemeral container debugger" in c.inside("pod/web").alt


def test_what_a_program_of_an_ephemeral_container_does_can_be_said(c):
    """It shares the Pod's network, so what it listens on is the Pod's."""
    add(c, DEBUGGER)
    c.settle()
    c.listen("pod/web", 9000, container="debugger")
    assert c.trace(f"{c['pod/web'].ip}:9000", source="node/node-1").outcome == "connected"
    c.crash("pod/web", "debugger")
    c.settle()
    assert c.trace(f"{c['pod/web'].ip}:9000", source="node/node-1").outcome == "refused"


# ---- kubectl debug


def test_kubectl_debug_adds_a_container_and_names_it(c):
    """The message, the name, and what the profile `general` allows it."""
    done = c.kubectl("debug pod/web --image=busybox --target=app -it -- sh")
    assert done.exit == 0
    first, second = done.stdout.splitlines()
    assert first == (
        'Targeting container "app". If you don\'t see processes from this container it may be because the container '
        "runtime doesn't support this feature."
    )
    name = re.fullmatch(r"Defaulting debug container name to (debugger-[a-z0-9]{5})\.", second)[1]
    [made] = c["pod/web"].spec["ephemeralContainers"]
    assert made == {
        "command": ["sh"],
        "image": "busybox",
        "imagePullPolicy": "Always",
        "name": name,
        "resources": {},
        "securityContext": {"capabilities": {"add": ["SYS_PTRACE"]}},
        "stdin": True,
        "targetContainerName": "app",
        "terminationMessagePath": "/dev/termination-log",
        "terminationMessagePolicy": "File",
        "tty": True,
    }
    assert "kubectl cannot attach" in done.stderr
    assert state(debuggers(c)[0]) == "running"


def test_names_of_debuggers_are_made_up_alike_and_never_twice(c):
    """The same cluster makes the same names; a second debugger gets another one."""
    lines = [x.kubectl("debug web --image=busybox").stdout for x in (c.copy(), c)]
    assert lines[0] == lines[1]
    assert c.kubectl("debug web --image=busybox").stdout != lines[0]
    assert len({item["name"] for item in c["pod/web"].spec["ephemeralContainers"]}) == 2


def test_a_debugger_is_described_and_can_be_used(c):
    """kubectl describe, kubectl exec -c; without -c the message lists all containers."""
    c.kubectl("debug web --image=busybox -c debugger -q")
    text = c.kubectl("describe pod web").stdout
    section = text[text.index("Ephemeral Containers:\n") :]
    assert section.startswith(
        "Ephemeral Containers:\n  debugger:\n    Container ID:   \n    Image:          busybox\n"
    )
    assert "State:          Running" in section
    done = c.kubectl("exec web -c debugger -- nslookup web.default.svc.cluster.local")
    assert (done.exit, done.stderr) == (0, "")
    done = c.kubectl("exec web -- nslookup web.default.svc.cluster.local")
    assert done.stderr.startswith('Defaulted container "app" out of: app, first (init), debugger (ephem)\n')
    c.crash("pod/web", "debugger")
    c.settle()
    done = c.kubectl("exec web -c debugger -- nslookup web")
    assert 'container not found ("debugger")' in done.stderr


def test_a_simulated_program_runs_and_ends_in_the_debugger(c):
    """-it with curl: the request is sent from the Pod, and the container has ended with curl's exit code."""
    done = c.kubectl("debug web --image=curlimages/curl -it -c probe -- curl http://web")
    assert done.exit == 0
    assert "answered by pod/web" in done.stdout
    c.settle()
    assert debuggers(c)[0]["state"]["terminated"]["exitCode"] == 0
    c.kubectl("debug web --image=curlimages/curl -it -c wrong -- curl http://nobody")
    c.settle()
    assert debuggers(c)[1]["state"]["terminated"]["exitCode"] == 6


@pytest.mark.parametrize(
    ("profile", "context"),
    [
        ("legacy", None),
        ("general", {"capabilities": {"add": ["SYS_PTRACE"]}}),
        ("baseline", None),
        (
            "restricted",
            {
                "allowPrivilegeEscalation": False,
                "capabilities": {"drop": ["ALL"]},
                "runAsNonRoot": True,
                "seccompProfile": {"type": "RuntimeDefault"},
            },
        ),
        ("netadmin", {"capabilities": {"add": ["NET_ADMIN", "NET_RAW"]}}),
        ("sysadmin", {"privileged": True}),
    ],
)
def test_what_a_profile_allows_an_ephemeral_container(c, profile, context):
    """The profile `legacy` says that it goes."""
    done = c.kubectl(f"debug web --image=busybox --profile={profile} -q")
    assert c["pod/web"].spec["ephemeralContainers"][0].get("securityContext") == context
    assert ("--profile=legacy is deprecated" in done.stderr) == (profile == "legacy")


# ---- copies


def test_a_copy_has_one_container_more_and_is_found_by_no_service(c):
    """Labels, annotations and probes are left behind; the processes are shared."""
    done = c.kubectl("debug web --image=busybox --copy-to=web-debug -c debugger")
    assert (done.stdout, done.stderr, done.exit) == ("", "", 0)
    c.settle()
    copy = c["pod/web-debug"]
    assert [item["name"] for item in copy.spec["containers"]] == ["app", "debugger"]
    assert (copy.labels, copy.annotations) == ({}, {})
    assert copy.spec["shareProcessNamespace"] is True
    assert not any(name.endswith("Probe") for item in copy.spec["containers"] for name in item)
    assert [item["name"] for item in copy.spec["initContainers"]] == ["first"]
    assert copy.phase == "Running"
    assert c.endpoints("svc/web").note == "selects 1 Pod, 1 ready"


def test_what_a_copy_keeps_can_be_said(c):
    """--keep-*, --same-node, --share-processes, --env, --set-image."""
    node = c["pod/web"].node_name
    flags = "--keep-labels --keep-annotations --keep-liveness --keep-readiness --keep-startup --keep-init-containers=false"
    c.kubectl(
        f"debug web --image=busybox --copy-to=kept -c d {flags} --same-node --share-processes=false "
        "--env=A=1,B=2 --env=C=3 --set-image=*=other:1,app=web:2 --image-pull-policy=Never"
    )
    copy = c["pod/kept"]
    app, debugger = copy.spec["containers"]
    assert (copy.labels, copy.annotations) == ({"app": "web"}, {"h.example/a": "b"})
    assert {"livenessProbe", "readinessProbe", "startupProbe"} <= app.keys()
    assert "initContainers" not in copy.spec
    assert (copy.node_name, copy.spec["shareProcessNamespace"]) == (node, False)
    assert (app["image"], debugger["image"]) == ("web:2", "busybox")
    assert debugger["imagePullPolicy"] == "Never"
    assert debugger["env"] == [{"name": name, "value": str(at)} for at, name in enumerate("ABC", start=1)]


def test_a_copy_may_only_change_what_is_there(c):
    """--container and a command change a container; --set-image alone keeps labels and probes."""
    c.kubectl("debug web --copy-to=shell -c app -- sh")
    [app] = c["pod/shell"].spec["containers"]
    assert (app["command"], app["image"]) == (["sh"], "web:1")
    c.kubectl("debug web --copy-to=newer --set-image=*=busybox")
    copy = c["pod/newer"]
    assert copy.spec["containers"][0]["image"] == "busybox"
    assert copy.labels == {"app": "web"}
    c.kubectl("debug web --copy-to=args -c app --arguments-only -- x y")
    assert c["pod/args"].spec["containers"][0]["args"] == ["x", "y"]


def test_a_copy_can_take_the_place_of_its_pod(c):
    """--replace deletes the Pod at once."""
    c.kubectl("debug web --image=busybox --copy-to=web-debug -q --replace")
    assert [item.name for item in c.objects("pods")] == ["web-debug"]


# ---- Nodes


def test_a_node_is_debugged_by_a_pod_on_it(c):
    """It has the Node's network, processes and files, tolerates all taints, and is never restarted."""
    c.cordon("node/node-1")
    done = c.kubectl("debug node/node-1 --image=busybox")
    name = re.fullmatch(
        r"Creating debugging pod (node-debugger-node-1-[a-z0-9]{5}) with container debugger on node node-1\.\n",
        done.stdout,
    )[1]
    pod = c[f"pod/{name}"]
    assert pod.labels == {"app.kubernetes.io/managed-by": "kubectl-debug"}
    spec = pod.spec
    assert (spec["hostNetwork"], spec["hostPID"], spec["hostIPC"]) == (True, True, True)
    assert spec["volumes"] == [{"name": "host-root", "hostPath": {"path": "/", "type": ""}}] or spec[
        "volumes"
    ] == [{"name": "host-root", "hostPath": {"path": "/"}}]
    assert spec["containers"][0]["volumeMounts"] == [{"mountPath": "/host", "name": "host-root"}]
    assert (spec["restartPolicy"], spec["nodeName"]) == ("Never", "node-1")
    assert {"operator": "Exists"} in spec["tolerations"]
    c.settle()
    assert (c[pod.ref].phase, c[pod.ref].ip) == ("Running", c["node/node-1"].ip)


@pytest.mark.parametrize(
    ("profile", "host", "root"),
    [
        ("legacy", True, True),
        ("general", True, True),
        ("baseline", False, False),
        ("restricted", False, False),
        ("netadmin", True, False),
        ("sysadmin", True, True),
    ],
)
def test_what_a_profile_gives_the_pod_of_a_node(c, profile, host, root):
    """Whether it uses the Node's network, and whether it sees its files."""
    c.kubectl(f"debug node/node-2 --image=busybox --profile={profile} -c x")
    [pod] = [item for item in c.objects("pods") if item.name.startswith("node-debugger")]
    assert (pod.host_network, bool(pod.spec.get("volumes"))) == (host, root)
    assert pod.spec["containers"][0]["name"] == "x"


# ---- what kubectl refuses


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("debug web", "error: you must specify --image when not using --copy-to."),
        ("debug --image=busybox", "error: NAME or filename is required for debug"),
        ("debug web --image=busybox --replace", "error: --replace may only be used with --copy-to."),
        ("debug web --image=busybox --same-node", "error: --same-node may only be used with --copy-to."),
        ("debug web --set-image=a=b", "error: --set-image may only be used with --copy-to."),
        ("debug web --copy-to=x", "error: you must specify --image, --set-image or command arguments."),
        (
            "debug web --copy-to=x -- sh",
            "error: you must specify an existing container or a new image when specifying args.",
        ),
        (
            "debug web --copy-to=x -c new -- sh",
            "error: you must specify image when creating new container",
        ),
        (
            "debug web --attach",
            "error: you must specify --container or create a new container using --image in order to attach.",
        ),
        ("debug web --image=Busy/Box", 'error: invalid image name "Busy/Box": invalid reference format'),
        (
            "debug web --copy-to=x --set-image=app=a/B",
            'error: invalid image name "a/B" for container "app": invalid reference format',
        ),
        ("debug web --image=b --image-pull-policy=No", "error: invalid image pull policy: No"),
        (
            "debug web --image=b --copy-to=x --target=app",
            "error: --target is incompatible with --copy-to. Use --share-processes instead.",
        ),
        ("debug web --image=b -t", "error: -i/--stdin is required for containers with -t/--tty=true"),
        ("debug web --image=b --profile=x", "error: unknown profile: x"),
        ("debug nobody --image=b", 'Error from server (NotFound): pods "nobody" not found'),
        ("debug node/nobody --image=b", 'Error from server (NotFound): nodes "nobody" not found'),
        ("debug svc/web --image=b", 'error: "/v1, Kind=Service" not supported by debug'),
        (
            "debug web --image=b --env=x",
            NO_PAIR,
        ),
        (
            "debug web --image=b --custom=nowhere.yaml",
            'error: the path "nowhere.yaml" does not exist',
        ),
    ],
)
def test_what_kubectl_debug_refuses(c, line, message):
    """In kubectl's words; nothing has changed."""
    before = c.api.store.revision
    done = c.kubectl(line)
    assert (done.exit, done.stderr) == (1, message + "\n")
    assert c.api.store.revision == before


def test_a_custom_profile_changes_the_container(c):
    """Of a file, here the standard input: what it says is laid over the profile."""
    custom = "{securityContext: {runAsUser: 0}, env: [{name: A, value: b}]}"
    done = c.kubectl("debug web --image=busybox -c d --custom=-", stdin=custom)
    assert (done.exit, done.stderr) == (0, "")
    [made] = c["pod/web"].spec["ephemeralContainers"]
    assert made["securityContext"] == {"capabilities": {"add": ["SYS_PTRACE"]}, "runAsUser": 0}
    assert made["env"] == [{"name": "A", "value": "b"}]
    done = c.kubectl("debug web --image=busybox -c e --custom=-", stdin="{image: other}")
    assert done.stderr == (
        "error: name, command, image, lifecycle and volume devices are not modifiable via custom profile\n"
    )


def test_a_pod_that_runs_as_another_user_brings_a_warning(c):
    """Capabilities need root."""
    spec = {**POD["spec"], "securityContext": {"runAsUser": 1000}}
    c.create({**POD, "metadata": {"name": "user"}, "spec": spec})
    c.settle()
    done = c.kubectl("debug user --image=busybox -q")
    assert done.stderr.startswith("Warning: Non-root user is configured for the entire target Pod")
    assert c.kubectl("debug user --image=busybox -q --profile=baseline").stderr == ""


def test_a_snapshot_cannot_be_debugged():
    """Nothing of it changes."""
    c = kn.load("till-dump")
    pod = c.objects("pods")[0]
    done = c.kubectl(f"debug {pod.name} -n {pod.namespace} --image=busybox")
    assert done.exit == 1
    assert "snapshot" in done.stderr
