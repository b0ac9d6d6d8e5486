"""Amounts and ages at the bounds where their way of writing changes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

import k8snotes as kn
from k8snotes.api.reader import nodes_of, pods_of, services_of
from k8snotes.facts.amounts import amount_text, in_bytes, order, percent, unit
from k8snotes.facts.columns.cells import access_modes, age, first_few, pairs

MINUTE, HOUR, DAY = 60, 3600, 86400


@pytest.mark.parametrize(
    ("seconds", "written"),
    [
        (-5, "<invalid>"),
        (-2, "<invalid>"),
        (-1, "0s"),
        (0, "0s"),
        (1, "1s"),
        (119, "119s"),
        (120, "2m"),
        (121, "2m1s"),
        (10 * MINUTE - 1, "9m59s"),
        (10 * MINUTE, "10m"),
        (10 * MINUTE + 1, "10m"),
        (3 * HOUR - 1, "179m"),
        (3 * HOUR, "3h"),
        (3 * HOUR + 59, "3h"),
        (3 * HOUR + MINUTE, "3h1m"),
        (8 * HOUR - 1, "7h59m"),
        (8 * HOUR, "8h"),
        (8 * HOUR + MINUTE, "8h"),
        (48 * HOUR - 1, "47h"),
        (48 * HOUR, "2d"),
        (49 * HOUR, "2d1h"),
        (8 * DAY - 1, "7d23h"),
        (8 * DAY, "8d"),
        (8 * DAY + HOUR, "8d"),
        (730 * DAY - 1, "729d"),
        (730 * DAY, "2y"),
        (731 * DAY, "2y1d"),
        (8 * 365 * DAY - 1, "7y364d"),
        (8 * 365 * DAY, "8y"),
        (8 * 365 * DAY + DAY, "8y"),
    ],
)
def test_an_age_is_written_as_kubectl_writes_it(seconds, written):
    """The units change where `duration.HumanDuration` of k8s.io/apimachinery changes them."""
    since = datetime(2026, 1, 1, tzinfo=UTC)
    now = since + timedelta(seconds=seconds)
    assert age(since.isoformat(), now.isoformat()) == written
    assert age(f"{since:%Y-%m-%dT%H:%M:%SZ}", f"{now:%Y-%m-%dT%H:%M:%SZ}") == written
    assert age("yesterday", since.isoformat()) == "<unknown>"


@pytest.mark.parametrize(
    ("name", "amount", "written"),
    [
        ("cpu", 0, "0"),
        ("cpu", 999, "999m"),
        ("cpu", 1000, "1"),
        ("cpu", 1001, "1001m"),
        ("cpu", -1500, "−1500m"),
        ("pods", 110, "110"),
        ("pods", -1, "−1"),
        ("memory", 999, "999"),
        ("memory", 1000, "1k"),
        ("memory", 1024, "1Ki"),
        ("memory", 99_999 << 10, "99999Ki"),
        ("memory", 100_000 << 10, "≈97.7Mi"),
        ("memory", 1 << 20, "1Mi"),
        ("memory", 1 << 30, "1Gi"),
        ("memory", 1 << 40, "1Ti"),
        ("memory", 99_999 << 40, "99999Ti"),
        ("memory", 10**6, "1M"),
        ("memory", 10**9, "1G"),
        ("memory", 10**12, "1T"),
        ("memory", (1 << 20) + 1, "≈1.0Mi"),
        ("memory", 1025, "≈1.0Ki"),
        ("memory", 1023, "1023"),
        ("memory", -(3 << 20), "−3Mi"),
        ("memory", -1025, "≈−1.0Ki"),
        ("storage", 1 << 30, "1Gi"),
        ("ephemeral-storage", 1 << 30, "1Gi"),
        ("hugepages-2Mi", 4 << 20, "4Mi"),
        ("example.com/gpu", 4096, "4096"),
    ],
)
def test_an_amount_has_the_largest_unit_that_leaves_it_whole(name, amount, written):
    """Bytes have a suffix as long as five digits are enough before it; what no suffix leaves whole is rounded."""
    assert amount_text(name, amount) == written


def test_small_views_of_amounts():
    """Percents are cut off, the known resources come first, lists end in how many more there are."""
    assert [percent(part, of) for part, of in ((1, 3), (2, 3), (999, 1000), (5, 4), (1, 0), (0, 7))] == [
        33,
        66,
        99,
        125,
        0,
        0,
    ]
    names = ["x.y/z", "ephemeral-storage", "pods", "memory", "cpu", "a"]
    assert sorted(names, key=order) == ["cpu", "memory", "pods", "ephemeral-storage", "a", "x.y/z"]
    assert [
        unit(name)
        for name in ("requests.cpu", "limits.cpu", "gold.storageclass.storage.k8s.io/requests.storage")
    ] == [
        "cpu",
        "cpu",
        "storage",
    ]
    assert [in_bytes(name) for name in ("memory", "hugepages-1Gi", "cpu", "pods")] == [
        True,
        True,
        False,
        False,
    ]
    assert [first_few(list("abcde")[:count]) for count in range(6)] == [
        "",
        "a",
        "a,b",
        "a,b,c",
        "a,b,c + 1 more...",
        "a,b,c + 2 more...",
    ]
    assert pairs({}) == "<none>"
    assert access_modes(["ReadWriteOncePod", "ReadWriteMany", "x"]) == "RWX,RWOP"


def test_the_service_of_the_api_server_is_nobodys():
    """default/kubernetes is in every cluster, so what a user made is listed without it; another of its name counts."""
    cluster = kn.Cluster(nodes=2)
    cluster.apply("{apiVersion: v1, kind: Namespace, metadata: {name: shop}}")
    assert services_of(cluster.api) == []
    for name, namespace in (("web", "default"), ("kubernetes", "shop")):
        cluster.create(
            {
                "apiVersion": "v1",
                "kind": "Service",
                "metadata": {"name": name},
                "spec": {"ports": [{"port": 80}]},
            },
            namespace=namespace,
        )
    assert [(item.namespace, item.name) for item in services_of(cluster.api)] == [
        ("default", "web"),
        ("shop", "kubernetes"),
    ]
    assert [item.name for item in services_of(cluster.api, "default")] == ["web"]
    assert pods_of(cluster.api) == []
    assert [item.name for item in nodes_of(cluster.api)] == ["node-1", "node-2"]
