"""Finalizers: what is deleted stays until the last of them is gone."""

from __future__ import annotations

import k8snotes as kn

POD = """
apiVersion: v1
kind: Pod
metadata: {name: stay, finalizers: [h.example/keep]}
spec: {containers: [{name: main, image: "web:1"}]}
"""
CONFIG = "{apiVersion: v1, kind: ConfigMap, metadata: {name: tide, finalizers: [h.example/keep]}}"


def without_finalizers(manifest):
    manifest["metadata"].pop("finalizers")


def test_a_pod_stays_until_its_last_finalizer_is_gone():
    """The kubelet stops its containers once, the Pod is there until somebody takes the finalizer away."""
    c = kn.Cluster(nodes=1)
    c.apply(POD)
    c.settle()
    c.delete("pod/stay")
    c.settle()
    assert c["pod/stay"].terminating
    assert "Terminating" in c.kubectl("get pod stay").stdout
    assert [event.raw["reason"] for event in c.objects("events")].count("Killing") == 1
    c.api.change(c["pod/stay"], without_finalizers, by="kubectl")
    c.settle()
    assert c.objects("pods") == []


def test_an_object_of_any_kind_waits_for_its_finalizers_and_so_does_its_namespace():
    """A Namespace stays Terminating as long as something in it is held; both go together at the end."""
    c = kn.Cluster(nodes=0)
    c.kubectl("create namespace team")
    c.apply(CONFIG, namespace="team")
    c.kubectl("delete namespace team --wait=false")
    c.settle()
    assert c["ns/team"].status["phase"] == "Terminating"
    again = c.kubectl("delete namespace team --wait=false")  # once more changes nothing
    assert (again.exit, again.stderr, len(c.settle())) == (0, "", 0)
    held = c["team/configmap/tide"]
    c.api.change(held, without_finalizers, by="kubectl")
    c.settle()
    assert "team" not in [item.name for item in c.objects("ns")]
