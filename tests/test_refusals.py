"""When a controller tries again what was refused: when something has changed that may help, and only then."""

from __future__ import annotations

import pytest

from k8snotes.api.base import view
from k8snotes.control_plane.controllers.refusals import Refusals
from k8snotes.control_plane.etcd import WatchEvent

WEB, ELSEWHERE = ("replicasets.apps", "default", "web"), ("replicasets.apps", "shop", "web")


def quota(hard="1", **used):
    return view(
        {
            "apiVersion": "v1",
            "kind": "ResourceQuota",
            "metadata": {"name": "q", "namespace": "default"},
            "spec": {"hard": {"pods": hard}},
            "status": {"used": used},
        }
    )


def pod():
    return view(
        {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "namespace": "default"}, "spec": {}}
    )


@pytest.mark.parametrize(
    ("resource", "type_", "old", "new", "helps"),
    [
        ("pods", "DELETED", pod(), pod(), True),
        ("pods", "ADDED", None, pod(), False),
        ("pods", "MODIFIED", pod(), pod(), False),
        ("resourcequotas", "ADDED", None, quota(), True),
        ("resourcequotas", "DELETED", quota(), quota(), True),
        ("resourcequotas", "MODIFIED", quota("1"), quota("2"), True),
        ("resourcequotas", "MODIFIED", quota(pods="1"), quota(pods="1"), False),
        ("resourcequotas", "MODIFIED", quota(pods="1"), quota(pods="2"), False),
        ("resourcequotas", "MODIFIED", quota(pods="2"), quota(pods="1"), True),
        ("resourcequotas", "MODIFIED", quota(pods="1"), quota(), True),
        ("resourcequotas", "MODIFIED", quota(), quota(pods="1"), False),
        ("resourcequotas", "MODIFIED", quota(pods="2", cpu="1"), quota(pods="2", cpu="999m"), True),
        ("resourcequotas", "MODIFIED", quota(pods="x"), quota(pods="1"), True),
    ],
)
def test_what_is_worth_another_try(resource, type_, old, new, helps):
    """A Pod that is gone, a quota that is new, gone, changed or less used: then those of its Namespace try again."""
    refusals = Refusals()
    refusals.note(WEB, "exceeded quota: q")
    refusals.note(ELSEWHERE, "exceeded quota: q")
    event = WatchEvent(7, type_, (resource, "default", new.name), new, old)
    assert list(refusals.worth_another_try(event)) == ([WEB] if helps else [])
    assert bool(refusals.of(WEB)) is not helps
    assert refusals.of(ELSEWHERE) == "exceeded quota: q"


def test_what_is_queued_is_forgotten_and_not_before():
    """An interrupted reader loses nothing: a refusal is remembered until its workload stands in the queue."""
    refusals = Refusals()
    refusals.note(WEB, "no")
    refusals.note(("replicasets.apps", "default", "api"), "no")
    other = refusals.copy()
    tries = refusals.worth_another_try(WatchEvent(7, "DELETED", ("pods", "default", "p"), pod(), pod()))
    assert next(tries) == WEB
    assert refusals.of(WEB)
    assert next(tries) != WEB
    assert not refusals.of(WEB)
    assert other.of(WEB)
