"""The network of a simulation: it needs no face, keeps its state until something is stored, and is the same without caches."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from k8snotes.control_plane import caches
from k8snotes.errors import ClusterError, NotFoundError
from k8snotes.network.network import Network
from k8snotes.network.sender import Sender
from k8snotes.network.targets import target_of
from k8snotes.simulation import Simulation


def service(name="web", **spec):
    spec = {"selector": {"app": name}, "ports": [{"port": 80, "targetPort": 8080}], **spec}
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": spec}


def pod(name, app="web", **spec):
    container = {"name": "c", "image": "i", "ports": [{"containerPort": 8080}]}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "labels": {"app": app}},
        "spec": {"containers": [container], **spec},
    }


def simulation(*manifests, nodes=3):
    made = Simulation(nodes=nodes)
    for manifest in manifests:
        made.api.create(manifest)
    made.settle()
    return made


@pytest.fixture
def web():
    return simulation(service(), pod("p1", nodeName="node-1"), pod("client", "client", nodeName="node-2"))


def test_a_simulation_without_a_face_sends_packets(web):
    """Traces, pings and look-ups are answered by the simulation alone; a sender may be an object or a reference."""
    network = web.network
    trace = network.trace("http://web", "pod/client")
    assert (trace.outcome, trace.server.name, trace.called) == (
        "connected",
        "p1",
        web.lookup.at("svc/web").cluster_ip,
    )
    assert network.trace("http://web", web.lookup.at("pod/client")) == trace
    assert network.trace(target_of("web:80"), network.sender("pod/client")) == trace
    assert network.ping("p1-of-nothing.example.com", "pod/client").outcome == "leaves"
    assert network.ping(trace.server_ip, "node/node-3").outcome == "reply"
    assert network.whose(trace.server_ip) == "Pod IP of pod/p1"
    assert network.resolver("pod/client").look_up("web").addresses == (trace.called,)


def test_the_state_is_kept_until_something_is_stored(web):
    """Two packets move on one state; what is stored makes another, and a figure that holds the old one keeps it."""
    before = web.network.state
    assert web.network.state is before
    web.api.create(service("other"))
    assert web.network.state is not before
    assert {item.name for item in web.network.state.services} - {item.name for item in before.services} == {
        "other"
    }


def test_a_silent_node_and_a_listener_count_at_once(web):
    """Nothing is stored when a Node loses its power or a program opens a port: the next packet meets it all the same."""
    network = web.network
    assert network.trace("http://web", "pod/client").outcome == "connected"
    web.programs.open(web.lookup.at("pod/p1"), None, "TCP")
    assert network.trace("http://web", "pod/client").outcome == "refused"
    web.kubelets.stop(web.api, "node-1")
    assert network.trace("http://web", "pod/client").outcome == "timeout"


def test_a_copy_has_a_network_of_its_own(web):
    """What is sent through a copy meets the copy's objects, listeners and Nodes."""
    other = web.copy()
    other.programs.open(other.lookup.at("pod/p1"), None, "TCP")
    assert other.network.trace("http://web", "pod/client").outcome == "refused"
    assert web.network.trace("http://web", "pod/client").outcome == "connected"


@pytest.mark.parametrize(("source", "error"), [("svc/web", ClusterError), ("pod/nobody", NotFoundError)])
def test_what_cannot_send_is_an_error(web, source, error):
    """A Service sends nothing, and a Pod that is not there cannot: the error says what there is instead."""
    with pytest.raises(error):
        web.network.sender(source)
    assert web.network.sender("outside") == Sender.outside()


def test_a_network_needs_only_an_api_server(web):
    """The network is made of the API server and of what finds an object; all else has a default."""
    network = Network(web.api, find=web.lookup.at, programs=web.programs)
    assert network.trace("http://web", "pod/client").outcome == "connected"


CLUSTERS = st.fixed_dictionaries(
    {
        "homes": st.lists(st.sampled_from(["node-1", "node-2", "node-3"]), max_size=5),
        "spec": st.fixed_dictionaries(
            {"type": st.sampled_from(["ClusterIP", "NodePort"])},
            optional={
                "internalTrafficPolicy": st.sampled_from(["Cluster", "Local"]),
                "sessionAffinity": st.sampled_from(["None", "ClientIP"]),
                "trafficDistribution": st.sampled_from(["PreferClose", "PreferSameNode"]),
            },
        ),
        "more": st.integers(0, 20),
    }
)


@settings(deadline=None, max_examples=25)
@given(CLUSTERS, st.sampled_from(["pod/client", "node/node-1", "outside"]))
def test_caches_change_nothing_but_the_time(cluster, source):
    """Rules that are written once for all Nodes, and chains that are looked up, lead every packet where reading all would."""
    pods = [pod(f"p{at}", nodeName=home) for at, home in enumerate(cluster["homes"])]
    others = [service(f"s{at}") for at in range(cluster["more"])]
    web = simulation(service(**cluster["spec"]), *others, *pods, pod("client", "client", nodeName="node-2"))
    targets = [f"{web.lookup.at('svc/web').cluster_ip}:80", "192.168.0.11:30001", "192.168.0.13:10250"]
    node_port = web.lookup.at("svc/web").ports[0].node_port
    targets += [f"192.168.0.1{node}:{node_port}" for node in (1, 2, 3)] if node_port else []
    kept = [web.network.trace(target, source, times=7) for target in targets]
    with caches.switched_off():
        fresh = web.copy().network
        assert [fresh.trace(target, source, times=7) for target in targets] == kept
