"""READY, STATUS and RESTARTS as kubectl prints them."""

from __future__ import annotations

import pytest

from k8snotes.api.base import view
from k8snotes.facts.pod_status import pod_status

RUNS = {"running": {"startedAt": "2026-01-01T00:00:00Z"}}
DONE = {"terminated": {"exitCode": 0, "reason": "Completed"}}
CRASHED = {"waiting": {"reason": "CrashLoopBackOff"}}


def pod(states, *, phase="Running", ready=True, init=(), restarts=0, **more):
    names = "abcdefg"
    statuses = [
        {"name": names[at], "state": state, "ready": state is RUNS, "restartCount": restarts}
        for at, state in enumerate(states)
    ]
    return view(
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": "x", **more},
            "spec": {
                "containers": [{"name": names[at]} for at in range(len(states))],
                "initContainers": [{"name": f"i{at}"} for at in range(len(init))],
            },
            "status": {
                "phase": phase,
                "containerStatuses": statuses,
                "initContainerStatuses": [
                    {"name": f"i{at}", "state": state, "restartCount": 1} for at, state in enumerate(init)
                ],
                "conditions": [{"type": "Ready", "status": "True" if ready else "False"}],
            },
        }
    )


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (pod([RUNS]), ("1/1", "Running", 0)),
        (pod([RUNS, CRASHED], ready=False, restarts=2), ("1/2", "CrashLoopBackOff", 4)),
        (pod([DONE, RUNS], ready=False), ("1/2", "NotReady", 0)),
        (pod([DONE, RUNS]), ("1/2", "Running", 0)),
        (pod([DONE], phase="Succeeded", ready=False), ("0/1", "Completed", 0)),
        (pod([CRASHED, DONE], ready=False), ("0/2", "CrashLoopBackOff", 0)),
        (pod([{"terminated": {"exitCode": 3}}], ready=False), ("0/1", "ExitCode:3", 0)),
        (pod([{"terminated": {"signal": 9}}], ready=False), ("0/1", "Signal:9", 0)),
        (pod([{}], phase="Pending", ready=False, init=[DONE, RUNS]), ("0/1", "Init:1/2", 2)),
        (pod([{}], phase="Pending", ready=False, init=[CRASHED]), ("0/1", "Init:CrashLoopBackOff", 1)),
        (pod([RUNS], deletionTimestamp="2026-01-01T00:00:00Z"), ("1/1", "Terminating", 0)),
        (pod([DONE], phase="Failed", deletionTimestamp="2026-01-01T00:00:00Z"), ("0/1", "Completed", 0)),
        (view({"apiVersion": "v1", "kind": "Pod"}), ("0/0", "Pending", 0)),
    ],
)
def test_status_is_kubectls(found, expected):
    """The word is made of the phase and of what the containers do; the first container has the last word."""
    assert pod_status(found) == expected


def test_the_ports_of_a_container_are_tcp_unless_they_say_otherwise():
    """A container's port without a protocol is a TCP port; UDP and SCTP stay what they are."""
    items = [
        {"containerPort": 80},
        {"containerPort": 53, "protocol": "UDP"},
        {"containerPort": 5, "protocol": "SCTP"},
    ]
    container = {"name": "c", "image": "i", "ports": items}
    pod = view(
        {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": {"containers": [container]}}
    )
    assert [port.protocol for port in pod.containers[0].ports] == ["TCP", "UDP", "SCTP"]
