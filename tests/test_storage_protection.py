"""Claims and volumes that are used stay until they are not."""

from __future__ import annotations

import k8snotes as kn

CLAIM = """
{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: disk},
 spec: {accessModes: [ReadWriteOnce], storageClassName: "", resources: {requests: {storage: 1Gi}}}}
"""
POD = """
{apiVersion: v1, kind: Pod, metadata: {name: web}, spec: {containers: [{name: main, image: "web:1"}],
 volumes: [{name: data, persistentVolumeClaim: {claimName: disk}}]}}
"""


def test_a_claim_that_nothing_uses_is_gone_at_once():
    """Nobody waits for a claim without a Pod."""
    c = kn.Cluster(nodes=1)
    c.apply(CLAIM)
    c.delete("pvc/disk")
    c.settle()
    assert c.objects("pvc") == []


def test_a_claim_waits_for_the_pod_that_uses_it():
    """A claim in use is Terminating until its Pod is gone."""
    c = kn.Cluster(nodes=1)
    c.apply(CLAIM)
    c.apply(POD)
    c.settle()
    c.delete("pvc/disk")
    c.settle()
    if c["pod/web"].node_name:  # a Pod that waits for its volume uses nothing
        assert c["pvc/disk"].terminating
    c.delete("pod/web")
    c.settle()
    assert c.objects("pvc") == []
