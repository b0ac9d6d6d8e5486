"""What the endpoints controllers write for each state of a Pod: EndpointSlices, and the older Endpoints.

The rules are those of `podToEndpoint` and `ShouldPodBeInEndpoints` (k8s.io/endpointslice) and of
`syncService` in k8s.io/kubernetes/pkg/controller/endpoint.
"""

from __future__ import annotations

import itertools

import pytest

import k8snotes as kn

POD = """
apiVersion: v1
kind: Pod
metadata: {name: %s, labels: {app: web}, finalizers: [example.com/hold]}
spec:
  %s
  containers: [{name: main, image: "a:1", ports: [{name: http, containerPort: %d}]}]
"""
SERVICE = """
apiVersion: v1
kind: Service
metadata: {name: web, labels: {team: x}}
spec: {selector: {app: web}, publishNotReadyAddresses: %s, ports: [%s]%s}
"""
NAMED = "{name: a, port: 80, targetPort: http}"


def entries(cluster):
    """Return (ready, serving, terminating) by Pod from the slices, and the field of the Endpoints that has it."""
    slices, older = {}, {}
    for item in cluster.objects("endpointslices"):
        if item.labels.get("kubernetes.io/service-name") == "web":
            for entry in item.endpoints:
                slices[entry["targetRef"]["name"]] = tuple(entry["conditions"].values())
    for item in cluster.objects("endpoints"):
        if item.name == "web":
            for subset in item.subsets:
                for field in ("addresses", "notReadyAddresses"):
                    for entry in subset.get(field, ()):
                        older[entry["targetRef"]["name"]] = field
    return slices, older


@pytest.mark.parametrize("publish", [True, False])
def test_each_state_of_a_pod(publish):
    """Ready or not, on its way out or not: conditions in the slices, and where the Endpoints list it."""
    cluster = kn.Cluster(nodes=1)
    cluster.apply(SERVICE % (str(publish).lower(), NAMED, ""))
    for name in ("up", "down", "leaving", "gone"):
        cluster.apply(POD % (name, "", 8080))
    cluster.apply(POD % ("over", "restartPolicy: Never", 8080))
    cluster.settle()
    for name in ("down", "gone"):
        cluster.set_ready(f"pod/{name}", value=False)
    cluster.settle()
    for name in ("leaving", "gone"):
        cluster.delete(f"pod/{name}")
    cluster.crash("pod/over", exit_code=0)
    cluster.settle()
    slices, older = entries(cluster)
    assert slices == {
        "up": (True, True, False),
        "down": (publish, False, False),
        "leaving": (publish, True, True),
        "gone": (publish, False, True),
    }
    both = {"up": "addresses", "down": "addresses" if publish else "notReadyAddresses"}
    leaving = {"leaving": "addresses", "gone": "addresses"}
    assert older == ({**both, **leaving} if publish else both)


def test_a_pod_without_the_port_is_left_out():
    """A port by name is another number in each Pod: those of one number stand together."""
    cluster = kn.Cluster(nodes=1)
    cluster.apply(
        SERVICE
        % ("false", "{name: a, port: 80, targetPort: http}, {name: b, port: 90, targetPort: 9000}", "")
    )
    for name, number in (("x", 8080), ("v", 8081), ("z", 8080)):
        cluster.apply(POD % (name, "", number))
    cluster.settle()
    ports = {}
    for item in cluster.objects("endpointslices"):
        if item.labels.get("kubernetes.io/service-name") == "web":
            numbers = tuple(sorted((port["name"], port["port"], port["protocol"]) for port in item.ports))
            ports[numbers] = sorted(entry["targetRef"]["name"] for entry in item.endpoints)
    other = ("b", 9000, "TCP")
    assert ports == {(("a", 8080, "TCP"), other): ["x", "z"], (("a", 8081, "TCP"), other): ["v"]}
    subsets = next(item.subsets for item in cluster.objects("endpoints") if item.name == "web")
    listed = [
        (port["port"], [entry["targetRef"]["name"] for entry in subset["addresses"]])
        for subset in subsets
        for port in subset["ports"]
    ]
    assert sorted(listed) == [(8080, ["x", "z"]), (8081, ["v"]), (9000, ["v", "x", "z"])]
    cluster.apply(SERVICE % ("false", "{name: a, port: 80, targetPort: nope}", ""))
    cluster.settle()
    slices, older = entries(cluster)
    assert (sorted(slices), older) == (
        ["v", "x", "z"],
        {},
    )  # listed with no port at all, and not in the older object
    assert not [
        port for item in cluster.objects("endpointslices") for port in item.ports if port["port"] != 6443
    ]


@pytest.mark.parametrize(
    ("hostname", "subdomain", "kept"), [("h", "web", True), ("h", "other", False), ("", "web", False)]
)
def test_a_host_name_is_listed_for_the_service_that_is_its_domain(hostname, subdomain, kept):
    """`ShouldSetHostname`: host name and subdomain, of which the latter is the Service's name."""
    cluster = kn.Cluster(nodes=1)
    cluster.apply(SERVICE % ("false", NAMED, ", clusterIP: None"))
    lines = f"subdomain: {subdomain}" + (f"\n  hostname: {hostname}" if hostname else "")
    cluster.apply(POD % ("x", lines, 8080))
    cluster.settle()
    (entry,) = [
        e
        for s in cluster.objects("endpointslices")
        if s.labels.get("kubernetes.io/service-name") == "web"
        for e in s.endpoints
    ]
    assert entry.get("hostname") == ("h" if kept else None)
    (address,) = [
        e for o in cluster.objects("endpoints") if o.name == "web" for s in o.subsets for e in s["addresses"]
    ]
    assert address.get("hostname") == ("h" if kept else None)


def test_the_labels_of_slices_and_endpoints():
    """Those of the Service, its name, who manages them; headless ones are marked as such."""
    for headless in (False, True):
        cluster = kn.Cluster(nodes=1)
        cluster.apply(SERVICE % ("false", NAMED, ", clusterIP: None" if headless else ""))
        cluster.apply(POD % ("x", "", 8080))
        cluster.settle()
        (made,) = [
            item
            for item in cluster.objects("endpointslices")
            if item.labels.get("kubernetes.io/service-name") == "web"
        ]
        assert made.labels["team"] == "x"
        assert made.labels["endpointslice.kubernetes.io/managed-by"] == "endpointslice-controller.k8s.io"
        assert ("service.kubernetes.io/headless" in made.labels) is headless
        (older,) = [item for item in cluster.objects("endpoints") if item.name == "web"]
        assert older.labels["team"] == "x"
        cluster.delete("svc/web")
        cluster.settle()
        left = itertools.chain(cluster.objects("endpoints"), cluster.objects("endpointslices"))
        assert not [item for item in left if item.name.startswith("web")]
