"""Rollouts of a Deployment: how many Pods of each version there may be, and what its status says meanwhile.

The rules are written once more here, after k8s.io/kubernetes/pkg/controller/deployment (rolling.go, sync.go, progress.go,
util/deployment_util.go), and compared over grids of small numbers.
"""

from __future__ import annotations

import itertools
import math
import random

import pytest

import k8snotes as kn
from k8snotes.api.kinds.deployment import Deployment
from k8snotes.api.kinds.replicaset import ReplicaSet
from k8snotes.control_plane.controllers.deployment import _deadline, rollout_status, scaling_status
from k8snotes.control_plane.controllers.rollout import (
    active,
    max_surge,
    max_unavailable,
    new_replicas,
    oldest_first,
    proportional_sizes,
    scaled_down_sizes,
)
from k8snotes.control_plane.naming import timestamp

BOUNDS = (None, 0, 1, 2, 5, "0%", "10%", "25%", "50%", "99%", "100%")
NOW = 1_000_000


def deployment(replicas=3, surge=None, unavailable=None, status=None, conditions=(), **spec):
    rolling = {"maxSurge": surge, "maxUnavailable": unavailable}
    rolling = {name: value for name, value in rolling.items() if value is not None}
    return Deployment(
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": "web", "namespace": "default", "uid": "d", "generation": 7},
            "spec": {
                "replicas": replicas,
                "strategy": {"type": "RollingUpdate", "rollingUpdate": rolling},
                **spec,
            },
            "status": {**(status or {}), "conditions": list(conditions)},
        }
    )


def replica_set(name, replicas, available=0, age=0, *, most=None, status=None):
    annotations = {} if most is None else {"deployment.kubernetes.io/max-replicas": str(most)}
    created = timestamp(NOW - age)
    return ReplicaSet(
        {
            "apiVersion": "apps/v1",
            "kind": "ReplicaSet",
            "metadata": {
                "name": name,
                "namespace": "default",
                "annotations": annotations,
                "creationTimestamp": created,
            },
            "spec": {"replicas": replicas},
            "status": {**({"availableReplicas": available} if available else {}), **(status or {})},
        }
    )


def share(value, whole, up):
    """Return a number, or a share of a whole in percent (intstr.GetScaledValueFromIntOrPercent)."""
    if not isinstance(value, str):
        return value
    parts = int(value.rstrip("%")) * whole
    return -(-parts // 100) if up else parts // 100


def fenceposts(replicas, surge, unavailable):
    """Return surge and unavailability (`ResolveFenceposts` and `MaxUnavailable`); 25% where nothing is said."""
    up = share("25%" if surge is None else surge, replicas, up=True)
    down = share("25%" if unavailable is None else unavailable, replicas, up=False)
    if up == 0 and down == 0:
        down = 1
    return up, min(down, replicas)


@pytest.mark.parametrize("surge", BOUNDS)
@pytest.mark.parametrize("unavailable", BOUNDS)
def test_the_bounds_of_a_rollout(surge, unavailable):
    """maxSurge is rounded up, maxUnavailable down; both zero would never begin, so one Pod may then lack."""
    for replicas in range(13):
        made = deployment(replicas, surge, unavailable)
        assert (max_surge(made), max_unavailable(made)) == fenceposts(replicas, surge, unavailable)
        recreating = deployment(replicas, strategy={"type": "Recreate"})
        assert (max_surge(recreating), max_unavailable(recreating)) == (0, 0)


@pytest.mark.parametrize("odd", ["5x%", "x%", "%", "5", "", True])
def test_a_bound_that_is_none_counts_as_nothing(odd):
    """A dump may hold what the API server would refuse."""
    assert max_surge(deployment(3, odd, 1)) == int(odd is True)


@pytest.mark.parametrize("surge", [0, 1, 3, "25%"])
def test_how_far_the_new_one_grows(surge):
    """`NewRSNewReplicas`: up to what is wanted, and with the others to no more than the surge allows."""
    for wanted, new, old in itertools.product(range(6), range(6), range(8)):
        if new > wanted:
            continue  # scaled down before
        made = deployment(wanted, surge, 1)
        found = new_replicas(made, [replica_set("new", new), replica_set("old", old)], new)
        most = wanted + fenceposts(wanted, surge, 1)[0]
        assert found == (new if new + old >= most else new + min(most - new - old, wanted - new))
        recreating = deployment(wanted, strategy={"type": "Recreate"})
        assert new_replicas(recreating, [replica_set("old", old)], new) == wanted


def shrunk(wanted, lacking, new, old):
    """Return the sizes of old ReplicaSets, oldest first, as [replicas, available] (`reconcileOldReplicaSets`)."""
    least = wanted - lacking
    sizes = [size for size, _ in old]
    most = sum(sizes) + new[0] - least - (new[0] - new[1])
    if sum(sizes) == 0 or most <= 0:
        return sizes
    for i, (size, available) in enumerate(old):  # cleanupUnhealthyReplicas
        gone = min(most, size - available)
        if gone > 0:
            sizes[i], most = size - gone, most - gone
    spare = new[1] + sum(available for _, available in old) - least  # scaleDownOldReplicaSetsForRollingUpdate
    for i, size in enumerate(sizes):
        gone = min(size, spare)
        if gone > 0:
            sizes[i], spare = size - gone, spare - gone
    return sizes


@pytest.mark.parametrize("unavailable", [0, 1, 2, "50%"])
def test_how_far_the_old_ones_shrink(unavailable):
    """First the Pods that do not work, from the oldest ReplicaSet on; then others, as long as enough are available."""
    drawn = random.Random(1)  # noqa: S311  # a draw, no secret
    cases = [
        (wanted, (new, up), ((one, one_up), (two, two_up)))
        for wanted in (1, 3, 4)
        for new in range(4)
        for up in range(new + 1)
        for one in range(4)
        for one_up in range(one + 1)
        for two in range(3)
        for two_up in range(two + 1)
    ]
    for wanted, new, old in drawn.sample(cases, 400):
        made = deployment(wanted, 1, unavailable)
        sets = [replica_set("a", *old[0], age=20), replica_set("b", *old[1], age=10)]
        found = scaled_down_sizes(made, replica_set("new", *new), active(sets[::-1]))
        sizes = {"a": old[0][0], "b": old[1][0]} | {item.name: size for item, size in found}
        lacking = fenceposts(wanted, 1, unavailable)[1]
        assert list(sizes.values()) == shrunk(wanted, lacking, new, old), (wanted, new, old)
        assert all(item.replicas != size for item, size in found)


def shared_out(wanted, most, total_before, sets):
    """Return sizes by name (`scale` in sync.go); sets are (name, replicas, annotation, age)."""
    to_add = (most if wanted else 0) - sum(size for _, size, _, _ in sets)
    older = -1 if to_add <= 0 else 1  # of one size, growing begins with the newer, shrinking with the older
    ordered = sorted(sets, key=lambda item: (-item[1], older * item[3], item[0]))
    sizes, added = {}, 0
    for name, size, noted, _age in ordered:
        change = 0
        if to_add not in (0, added) and size:
            before = noted or total_before
            if wanted == 0:
                change = -size
            elif before:
                change = math.floor(size * most / before + 0.5) - size
            change = min(change, to_add - added) if to_add > 0 else max(change, to_add - added)
        added += change
        sizes[name] = size + change
    if to_add:
        sizes[ordered[0][0]] = max(0, sizes[ordered[0][0]] + to_add - added)
    return sizes


@pytest.mark.parametrize("noted", [None, 0, 10, 13])
@pytest.mark.parametrize("surge", [0, 3, "25%"])
def test_scaling_in_the_middle_is_shared_out(noted, surge):
    """`scale` with `GetReplicaSetProportion`: by size against the total before, what is left to the largest."""
    for wanted, one, two, total in itertools.product((0, 1, 4, 9, 20), (0, 1, 5, 8), (1, 3, 5), (0, 10)):
        made = deployment(wanted, surge, 1, status={"replicas": total})
        sets = [("a", one, noted, 20), ("b", two, noted, 10), ("c", 2, noted, 5)]
        found = proportional_sizes(
            made, [replica_set(n, size, age=age, most=most) for n, size, most, age in sets]
        )
        most = wanted + fenceposts(wanted, surge, 1)[0]
        assert {item.name: size for item, size in found} == shared_out(wanted, most, total, sets)


def test_where_there_is_nothing_there_is_nothing_to_share():
    """Without a ReplicaSet no size is changed."""
    assert proportional_sizes(deployment(3, 1, 1), []) == []


def test_the_oldest_comes_first_and_of_one_age_the_first_by_name():
    """`ReplicaSetsByCreationTimestamp`; a ReplicaSet is active with one replica."""
    sets = [
        replica_set("c", 1, age=5),
        replica_set("b", 0, age=5),
        replica_set("a", 2),
        replica_set("d", 1, age=9),
    ]
    assert [item.name for item in oldest_first(sets)] == ["d", "b", "c", "a"]
    assert [item.name for item in active(sets)] == ["c", "a", "d"]


COUNTS = ("replicas", "updatedReplicas", "readyReplicas", "availableReplicas")


def counted(new, old, wanted):
    """Return status counts of (replicas wanted, there, ready, available) for the new and the old ReplicaSet."""
    names = ("replicas", "readyReplicas", "availableReplicas")
    return [
        replica_set(name, size, up, age, status=dict(zip(names, (there, ready, up), strict=True)))
        for name, age, (size, there, ready, up) in (("new", 1, new), ("old", 9, old))
    ], deployment(wanted, 1, 1)


@pytest.mark.parametrize(
    ("new", "old", "wanted", "counts"),
    [
        ((3, 3, 3, 3), (0, 0, 0, 0), 3, (3, 3, 3, 3, 0, "True")),
        ((3, 3, 3, 2), (0, 0, 0, 0), 3, (3, 3, 3, 2, 1, "True")),
        ((3, 3, 2, 1), (0, 0, 0, 0), 3, (3, 3, 2, 1, 2, "False")),
        ((2, 1, 1, 1), (2, 2, 2, 2), 3, (3, 1, 3, 3, 1, "True")),
        ((0, 0, 0, 0), (3, 3, 1, 1), 3, (3, 0, 1, 1, 2, "False")),
        ((1, 1, 1, 1), (0, 1, 1, 1), 1, (2, 1, 2, 2, 0, "True")),
        ((0, 0, 0, 0), (0, 0, 0, 0), 0, (0, 0, 0, 0, 0, "True")),
        ((1, 0, 0, 0), (0, 0, 0, 0), 1, (0, 0, 0, 0, 1, "True")),
        ((2, 0, 0, 0), (0, 0, 0, 0), 2, (0, 0, 0, 0, 2, "False")),
    ],
)
def test_what_the_status_counts(new, old, wanted, counts):
    """`calculateStatus`: sums over all, `updatedReplicas` of the new one, and enough available for the strategy."""
    sets, made = counted(new, old, wanted)
    for status in (scaling_status(made, sets[0], sets, NOW), rollout_status(made, sets[0], sets, NOW)):
        found = tuple(status.get(field, 0) for field in (*COUNTS, "unavailableReplicas"))
        assert found == counts[:5]
        assert all(status[field] for field in (*COUNTS, "unavailableReplicas") if field in status)
        assert status["observedGeneration"] == 7
        available = next(item for item in status["conditions"] if item["type"] == "Available")
        assert available["status"] == counts[5]
        word = "Available" if counts[5] == "True" else "Unavailable"
        assert available["reason"] == f"MinimumReplicas{word}"


def progressing(reason, status="True", ago=0):
    moment = timestamp(NOW - ago)
    return {
        "type": "Progressing",
        "status": status,
        "reason": reason,
        "lastUpdateTime": moment,
        "lastTransitionTime": moment,
    }


UNDER_WAY, FOUND, MADE = "ReplicaSetUpdated", "FoundNewReplicaSet", "NewReplicaSetCreated"
DONE, LATE = "NewReplicaSetAvailable", "ProgressDeadlineExceeded"
FULL, OLD_LEFT = {"new": (3, 3, 3, 3)}, {"new": (3, 3, 3, 3), "old": (0, 1, 1, 1)}
STUCK = {"new": (1, 1, 0, 0), "old": (3, 3, 3, 3)}
AS_IT_WAS = {"replicas": 4, "updatedReplicas": 1, "readyReplicas": 3, "availableReplicas": 3}


@pytest.mark.parametrize(
    ("sets", "was", "before", "reason", "status"),
    [
        (FULL, {}, None, DONE, "True"),
        (FULL, {}, progressing(FOUND), DONE, "True"),
        (FULL, {}, progressing(LATE, "False", 999), DONE, "True"),
        (FULL, {}, progressing(DONE, ago=999), DONE, "True"),
        # complete before, and all there are new: nothing is looked at
        ({"new": (3, 2, 0, 0)}, AS_IT_WAS, progressing(DONE, ago=999), DONE, "True"),
        (
            {"new": (3, 2, 0, 0), "old": (0, 1, 0, 0)},
            AS_IT_WAS,
            progressing(DONE, ago=999),
            UNDER_WAY,
            "True",
        ),
        (OLD_LEFT, AS_IT_WAS, progressing(UNDER_WAY), UNDER_WAY, "True"),
        (
            OLD_LEFT,
            {"replicas": 4, "updatedReplicas": 3, "readyReplicas": 4, "availableReplicas": 4},
            progressing(FOUND),
            FOUND,
            "True",
        ),
        # nothing has moved
        (STUCK, AS_IT_WAS, progressing(FOUND, ago=600), FOUND, "True"),
        (STUCK, AS_IT_WAS, progressing(FOUND, ago=601), LATE, "False"),
        (STUCK, AS_IT_WAS, progressing(MADE, ago=601), LATE, "False"),
        (STUCK, AS_IT_WAS, progressing(LATE, "False", 1), LATE, "False"),
        (STUCK, AS_IT_WAS, progressing(DONE, ago=9999), DONE, "True"),
        # one of the four has moved, late as it is
        (
            STUCK,
            AS_IT_WAS | {"updatedReplicas": 0, "replicas": 3},
            progressing(FOUND, ago=601),
            UNDER_WAY,
            "True",
        ),
        (STUCK, AS_IT_WAS | {"readyReplicas": 2}, progressing(FOUND, ago=601), UNDER_WAY, "True"),
        (STUCK, AS_IT_WAS | {"availableReplicas": 2}, progressing(LATE, "False", 601), UNDER_WAY, "True"),
        (STUCK, AS_IT_WAS | {"replicas": 5}, progressing(FOUND, ago=601), UNDER_WAY, "True"),
        (STUCK, AS_IT_WAS | {"replicas": 3}, progressing(FOUND, ago=601), LATE, "False"),
        # one of the four has gone back: no progress
        (
            STUCK,
            AS_IT_WAS | {"readyReplicas": 4, "availableReplicas": 4},
            progressing(FOUND, ago=601),
            LATE,
            "False",
        ),
    ],
)
def test_whether_a_rollout_gets_on(sets, was, before, reason, status):
    """`syncRolloutStatus`: complete, progressing, late or as before, decided in this order."""
    rows, _ = counted(sets["new"], sets.get("old", (0, 0, 0, 0)), 3)
    made = deployment(3, 1, 1, status=was, conditions=[before] if before else [])
    (found,) = [
        c for c in rollout_status(made, rows[0], rows, NOW)["conditions"] if c["type"] == "Progressing"
    ]
    assert (found["reason"], found["status"]) == (reason, status)
    if before and before["reason"] == reason != UNDER_WAY:
        assert found == before
    elif before and before["status"] == status:
        assert found["lastTransitionTime"] == before["lastTransitionTime"]
        assert found["lastUpdateTime"] == timestamp(NOW)
    else:
        assert found["lastTransitionTime"] == found["lastUpdateTime"] == timestamp(NOW)


@pytest.mark.parametrize(("seconds", "late"), [(None, 601), (1, 2), (30, 31), (2**31 - 2, None)])
def test_the_deadline_of_a_rollout(seconds, late):
    """`DeploymentTimedOut` after progressDeadlineSeconds (600); the queue comes back one second later."""
    spec = {} if seconds is None else {"progressDeadlineSeconds": seconds}
    rows, _ = counted(STUCK["new"], STUCK["old"], 3)
    deadline = 600 if seconds is None else seconds
    for ago in (0, (late or 1) - 1, late or 999_999):
        made = deployment(3, 1, 1, status=AS_IT_WAS, conditions=[progressing(FOUND, ago=ago)], **spec)
        status = rollout_status(made, rows[0], rows, NOW)
        reasons = {item["type"]: item["reason"] for item in status["conditions"]}
        is_late = late is not None and ago >= late
        assert reasons["Progressing"] == (LATE if is_late else FOUND)
        assert _deadline(made, status) == (None if is_late else NOW - ago + deadline + 1)


@pytest.mark.parametrize(
    "reason", [UNDER_WAY, FOUND, MADE, "DeploymentResumed", DONE, LATE, "DeploymentPaused"]
)
def test_only_a_rollout_under_way_has_a_deadline(reason):
    """`requeueStuckDeployment`: neither one that is complete, late or paused, nor one without a condition."""
    due = reason in (UNDER_WAY, FOUND, MADE, "DeploymentResumed")
    status = {"conditions": [progressing(reason)]}
    assert _deadline(deployment(), status) == (NOW + 601 if due else None)
    assert _deadline(deployment(paused=True), status) is None
    assert _deadline(deployment(), {"conditions": []}) is None


def test_without_a_deadline_nothing_is_said_of_progress():
    """progressDeadlineSeconds 2147483647 means never: `HasProgressDeadline`."""
    rows, _ = counted(STUCK["new"], STUCK["old"], 3)
    made = deployment(3, 1, 1, conditions=[progressing(FOUND)], progressDeadlineSeconds=2**31 - 1)
    kinds = [item["type"] for item in rollout_status(made, rows[0], rows, NOW)["conditions"]]
    assert kinds == ["Available"]


@pytest.mark.parametrize(
    ("paused", "before", "reason", "status"),
    [
        (True, FOUND, "DeploymentPaused", "Unknown"),
        (True, None, "DeploymentPaused", "Unknown"),
        (True, "DeploymentPaused", "DeploymentPaused", "True"),
        (True, LATE, LATE, "True"),
        (None, FOUND, FOUND, "True"),
        (None, None, None, None),
        (None, "DeploymentPaused", "DeploymentResumed", "Unknown"),
        (False, "DeploymentPaused", "DeploymentResumed", "Unknown"),
    ],
)
def test_a_pause_is_written_down(paused, before, reason, status):
    """`checkPausedConditions`: once when it begins and once when it ends, but a rollout that is late stays late."""
    spec = {} if paused is None else {"paused": paused}
    made = deployment(3, conditions=[progressing(before)] if before else [], **spec)
    found = [
        item for item in scaling_status(made, None, [], NOW)["conditions"] if item["type"] == "Progressing"
    ]
    assert [(item["reason"], item["status"]) for item in found] == ([(reason, status)] if reason else [])


@pytest.mark.parametrize("before", [None, progressing(DONE, ago=50), progressing(LATE, "False", 50)])
@pytest.mark.parametrize("created", [True, False])
def test_a_rollout_begins(before, created):
    """`getNewReplicaSet` sets Progressing when it makes a ReplicaSet, and when it finds one without the condition."""
    rows, _ = counted((1, 0, 0, 0), (3, 3, 3, 3), 3)
    was = {"replicas": 3, "updatedReplicas": 0, "readyReplicas": 3, "availableReplicas": 3}
    made = deployment(3, 1, 1, status=was, conditions=[before] if before else [])
    (found,) = [
        item
        for item in rollout_status(made, rows[0], rows, NOW, created=created)["conditions"]
        if item["type"] == "Progressing"
    ]
    begun = created or before is None
    assert found["reason"] == ((MADE if created else FOUND) if begun else before["reason"])
    if begun:
        kept = before["lastTransitionTime"] if before and before["status"] == "True" else timestamp(NOW)
        assert (found["lastTransitionTime"], found["lastUpdateTime"]) == (kept, timestamp(NOW))


MANIFEST = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: %d
  %s
  selector: {matchLabels: {app: web}}
  template: {metadata: {labels: {app: web}}, spec: {containers: [{name: main, image: "web:%d"}]}}
"""


def versions(cluster):
    """Return the wanted number of each ReplicaSet, by the version of its image."""
    return {
        item.template["spec"]["containers"][0]["image"].partition(":")[2]: item.replicas
        for item in cluster.objects("replicasets")
    }


@pytest.mark.parametrize(
    ("limit", "kept"), [("", 10), ("revisionHistoryLimit: 0", 0), ("revisionHistoryLimit: 2", 2)]
)
def test_old_replica_sets_beyond_the_limit_go(limit, kept):
    """`cleanupDeployment`: the oldest revisions go, and ten stay where nothing is said."""
    cluster = kn.Cluster(nodes=1)
    for version in range(1, 14):
        cluster.apply(MANIFEST % (1, limit, version))
        cluster.settle()
    assert versions(cluster) == {"13": 1} | {str(version): 0 for version in range(13 - kept, 13)}


@pytest.mark.parametrize(("before", "after"), [(3, 3), (3, 5), (3, 1), (3, 0), (0, 2)])
@pytest.mark.parametrize("strategy", ["", "strategy: {type: Recreate}"])
@pytest.mark.parametrize("paused", [False, True])
def test_a_new_number_with_or_without_a_new_version(before, after, strategy, paused):
    """A paused Deployment is scaled, and its version stays; else the new version has the new number."""
    cluster = kn.Cluster(nodes=1)
    cluster.apply(MANIFEST % (before, strategy, 1))
    cluster.settle()
    cluster.apply(MANIFEST % (after, f"{strategy}\n  paused: {str(paused).lower()}", 2))
    cluster.settle()
    assert versions(cluster) == ({"1": after} if paused else {"1": 0, "2": after})
    assert len([pod for pod in cluster.objects("pods") if not pod.terminating]) == after


def test_a_crash_before_the_time_of_being_ready_is_not_jumped_over():
    """A container that ends after 20 seconds is never ready for the 30 that minReadySeconds asks, however long one waits."""
    c = kn.load("guestbook")
    image = "registry.example.com/guestbook-web:2.3"
    c.exits(f"image/{image}", 1, after="20s")
    c.kubectl("""patch deploy frontend -p '{"spec":{"minReadySeconds":30}}'""")
    c.kubectl(f"set image deploy/frontend web={image}")
    c.wait("90s")
    c.kubectl("rollout status deploy/frontend")
    c.settle()
    wanted = sorted(item.spec["replicas"] for item in c.objects("rs", "track=stable"))
    assert wanted == [1, 3]


def test_apply_may_change_the_strategy_of_a_deployment():
    """Applying Recreate over the default takes what belongs to RollingUpdate away; a patch alone is refused."""
    c = kn.load("guestbook")
    refused = c.kubectl("""patch deploy cache -p '{"spec":{"strategy":{"type":"Recreate"}}}'""")
    assert "may not be specified when strategy `type` is 'Recreate'" in refused.stderr
    deployment = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "cache"},
        "spec": {**c["deploy/cache"].spec, "strategy": {"type": "Recreate"}},
    }
    c.apply(deployment)
    assert c["deploy/cache"].spec["strategy"] == {"type": "Recreate"}


def test_apply_may_change_the_sort_of_a_volume():
    """A volume keeps its name and becomes another one: its old source goes."""
    pod = {"containers": [{"name": "a", "image": "a"}], "volumes": [{"name": "v", "emptyDir": {}}]}
    spec = {
        "selector": {"matchLabels": {"app": "a"}},
        "template": {"metadata": {"labels": {"app": "a"}}, "spec": pod},
    }
    deployment = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "a"}, "spec": spec}
    c = kn.Cluster(nodes=1)
    c.apply(deployment)
    pod["volumes"] = [{"name": "v", "configMap": {"name": "settings"}}]
    c.apply(deployment)
    (volume,) = c["deploy/a"].spec["template"]["spec"]["volumes"]
    assert sorted(volume) == ["configMap", "name"]
