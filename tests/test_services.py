"""Services at the API server: what each type gets, keeps, gives back and may not say, type by type and field by field.

The rules are those of k8s.io/kubernetes/pkg/registry/core/service/storage/alloc.go, `SetDefaults_Service` and
`ValidateService`/`ValidateServiceUpdate`, in a cluster with IPv4 only.
"""

from __future__ import annotations

import copy
import itertools

import pytest
from test_validation import create, fresh, replace

from k8snotes.api.registry import find_resource
from k8snotes.control_plane.kinds.rules import rules_of
from k8snotes.control_plane.kinds.service import externally_accessible, needs_health_check
from k8snotes.errors import ApiError

TYPES = ("ClusterIP", "NodePort", "LoadBalancer", "ExternalName")
FIRST_IP, FIRST_PORT = "10.96.1.1", 30086
PORT = {"port": 80}


def service(**spec):
    """Return a Service; a field that is None is left out."""
    spec = {"selector": {"app": "web"}, "ports": [PORT], **spec}
    if spec.get("type") == "ExternalName":
        spec.setdefault("externalName", "example.com")
    spec = {name: value for name, value in spec.items() if value is not None}
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"}, "spec": copy.deepcopy(spec)}


def answer(act):
    """Return a spec, or a line for each cause."""
    try:
        return act()[0]["spec"]
    except ApiError as error:
        return [f"{cause.field}: {cause.message}" for cause in error.causes] or [
            f"{error.code}: {error.message}"
        ]


def taken(api):
    """Return the node ports that are given out."""
    return sorted(api.node_ports._band._taken)


def node_ports(spec):
    return [port.get("nodePort", 0) for port in spec["ports"]]


OUTSIDE = ("198.51.100.7",)


@pytest.mark.parametrize("type_", TYPES)
@pytest.mark.parametrize("external_ips", [None, [], list(OUTSIDE)], ids=["none", "empty", "one"])
@pytest.mark.parametrize("policy", [None, "Cluster", "Local"])
@pytest.mark.parametrize("allocate", [None, True, False])
def test_what_each_type_is_given(type_, external_ips, policy, allocate):
    """`SetDefaults_Service` and `initNodePorts`: policies, a Cluster IP, node ports and a health check port by type."""
    api = fresh()
    sent = service(
        type=type_,
        externalIPs=external_ips,
        externalTrafficPolicy=policy,
        allocateLoadBalancerNodePorts=allocate,
    )
    got = answer(lambda: create(api, sent))
    outside = type_ in ("NodePort", "LoadBalancer") or (type_ == "ClusterIP" and bool(external_ips))
    refused = []
    if allocate is not None and type_ != "LoadBalancer":
        refused.append(
            "spec.allocateLoadBalancerNodePorts: Forbidden: may only be used when `type` is 'LoadBalancer'"
        )
    if policy and not outside:
        refused.append(
            f'spec.externalTrafficPolicy: Invalid value: "{policy}": may only be set for externally-accessible services'
        )
    if refused:
        assert got == refused
        assert not taken(api)
        return
    has_port = type_ == "NodePort" or (type_ == "LoadBalancer" and allocate is not False)
    checked = type_ == "LoadBalancer" and policy == "Local"
    assert got.get("clusterIP") == (None if type_ == "ExternalName" else FIRST_IP)
    assert got.get("clusterIPs") == (None if type_ == "ExternalName" else [FIRST_IP])
    assert got.get("ipFamilies") == (None if type_ == "ExternalName" else ["IPv4"])
    assert got.get("ipFamilyPolicy") == (None if type_ == "ExternalName" else "SingleStack")
    assert got.get("externalTrafficPolicy") == ((policy or "Cluster") if outside else None)
    assert got.get("internalTrafficPolicy") == (None if type_ == "ExternalName" else "Cluster")
    assert got.get("allocateLoadBalancerNodePorts") == (
        None if type_ != "LoadBalancer" else allocate is not False
    )
    assert node_ports(got) == [FIRST_PORT if has_port else 0]
    assert got.get("healthCheckNodePort", 0) == (FIRST_PORT + has_port if checked else 0)
    assert taken(api) == [FIRST_PORT + i for i in range(has_port + checked)]
    assert (got["sessionAffinity"], "sessionAffinityConfig" in got) == ("None", False)
    assert got["ports"][0]["protocol"] == "TCP"
    assert got["ports"][0]["targetPort"] == 80
    assert externally_accessible(got) == outside
    assert needs_health_check(got) == checked


@pytest.mark.parametrize(
    ("spec", "policy", "families"),
    [
        ({}, "RequireDualStack", ["IPv4", "IPv6"]),
        ({"selector": {}}, "RequireDualStack", ["IPv4", "IPv6"]),
        ({"ipFamilyPolicy": "SingleStack"}, "SingleStack", ["IPv4"]),
        ({"ipFamilyPolicy": "PreferDualStack"}, "PreferDualStack", ["IPv4", "IPv6"]),
        ({"ipFamilies": ["IPv6"]}, "RequireDualStack", ["IPv6", "IPv4"]),
        ({"ipFamilies": ["IPv6"], "ipFamilyPolicy": "SingleStack"}, "SingleStack", ["IPv6"]),
        ({"ipFamilies": ["IPv6", "IPv4"]}, "RequireDualStack", ["IPv6", "IPv4"]),
        (
            {"ipFamilies": ["IPv4", "IPv6"], "ipFamilyPolicy": "PreferDualStack"},
            "PreferDualStack",
            ["IPv4", "IPv6"],
        ),
        ({"selector": {"app": "web"}}, "SingleStack", ["IPv4"]),
        ({"selector": {"app": "web"}, "ipFamilyPolicy": "PreferDualStack"}, "PreferDualStack", ["IPv4"]),
    ],
)
def test_a_headless_service_has_families_but_no_address(spec, policy, families):
    """`initIPFamilyFields`: without a selector both families are kept, also where the cluster has one."""
    api = fresh()
    got = answer(lambda: create(api, service(clusterIP="None", **{"selector": None, **spec})))
    assert (got["clusterIP"], got["clusterIPs"]) == ("None", ["None"])
    assert (got["ipFamilyPolicy"], got["ipFamilies"]) == (policy, families)
    assert not api.service_ips.is_allocated(FIRST_IP)


NO_IPV6 = "not configured on this cluster"
ONE_EACH = "must be 'RequireDualStack' or 'PreferDualStack' when multiple"


@pytest.mark.parametrize(
    ("spec", "causes"),
    [
        ({"ipFamilies": ["IPv6"]}, [f'spec.ipFamilies[0]: Invalid value: "IPv6": {NO_IPV6}']),
        (
            {"ipFamilies": ["IPv4", "IPv6"], "ipFamilyPolicy": "PreferDualStack"},
            [f'spec.ipFamilies[1]: Invalid value: "IPv6": {NO_IPV6}'],
        ),
        (
            {"ipFamilyPolicy": "RequireDualStack"},
            [
                (
                    'spec.ipFamilyPolicy: Invalid value: "RequireDualStack": '
                    "this cluster is not configured for dual-stack services"
                )
            ],
        ),
        (
            {"ipFamilies": ["IPv4", "IPv6"]},
            [f'spec.ipFamilyPolicy: Invalid value: "SingleStack": {ONE_EACH} IP families are specified'],
        ),
        (
            {"clusterIPs": ["10.96.0.7", "fd00::7"], "clusterIP": "10.96.0.7"},
            [
                f'spec.ipFamilyPolicy: Invalid value: "SingleStack": {ONE_EACH} cluster IPs are specified',
                'spec.clusterIPs[1]: Invalid value: ["10.96.0.7","fd00::7"]: IPv6 is not configured on this cluster',
            ],
        ),
        (
            {"clusterIPs": ["10.96.0.7", "10.96.0.8"], "clusterIP": "10.96.0.7"},
            [
                (
                    'spec.clusterIPs: Invalid value: ["10.96.0.7","10.96.0.8"]: '
                    "may specify no more than one IP for each IP family"
                )
            ],
        ),
        (
            {"clusterIPs": ["10.96.0.7"], "clusterIP": "10.96.0.7", "ipFamilies": ["IPv6"]},
            [
                'spec.clusterIPs[0]: Invalid value: "10.96.0.7": expected an IPv6 value as indicated by `ipFamilies[0]`'
            ],
        ),
        (
            {"clusterIPs": ["None", "10.96.0.7"], "clusterIP": "None"},
            [
                'spec.clusterIPs: Invalid value: ["None","10.96.0.7"]: \'None\' must be the first and only value'
            ],
        ),
        (
            {"clusterIPs": ["10.96.0.7"]},
            [
                'spec.clusterIPs: Invalid value: ["10.96.0.7"]: must be empty when `clusterIP` is not specified'
            ],
        ),
        (
            {"clusterIPs": ["10.96.0.7"], "clusterIP": "10.96.0.8"},
            ['spec.clusterIPs: Invalid value: ["10.96.0.7"]: first value must match `clusterIP`'],
        ),
        ({"clusterIPs": ["10.96.0.7"], "clusterIP": "10.96.0.7"}, ["10.96.0.7"]),
        ({"clusterIP": "10.96.0.7"}, ["10.96.0.7"]),
        (
            {"clusterIP": "10.97.0.7"},
            [
                (
                    'spec.clusterIPs: Invalid value: ["10.97.0.7"]: failed to allocate IP 10.97.0.7: '
                    "the provided network does not match the current range"
                )
            ],
        ),
    ],
)
def test_addresses_and_families_that_are_asked_for(spec, causes):
    """`ValidateServiceClusterIPsRelatedFields`, then `initIPFamilyFields`: word for word, or the address is given."""
    got = answer(lambda: create(fresh(), service(**spec)))
    assert (got["clusterIPs"] if isinstance(got, dict) else got) == causes


TAKEN, RANGE = (
    "provided port is already allocated",
    "provided port is not in the valid range. The range of valid ports is 30000-32767",
)


def ports(*rows):
    """Return ports of (port, protocol, node port)."""
    return [
        {"name": f"p{i}", "port": port, "protocol": protocol, **({"nodePort": number} if number else {})}
        for i, (port, protocol, number) in enumerate(rows)
    ]


@pytest.mark.parametrize(
    ("rows", "numbers"),
    [
        ([(80, "TCP", 0), (80, "UDP", 0)], [30086, 30086]),
        ([(80, "TCP", 0), (81, "UDP", 0)], [30086, 30087]),
        ([(80, "TCP", 0), (80, "UDP", 31000)], [31000, 31000]),
        ([(80, "TCP", 31000), (80, "UDP", 0)], [31000, 31000]),
        ([(80, "TCP", 31000), (80, "UDP", 31000)], [31000, 31000]),
        ([(80, "TCP", 31000), (80, "UDP", 31001)], [31000, 31001]),
        ([(80, "TCP", 0), (81, "TCP", 30086)], None),
        ([(80, "TCP", 30000), (81, "TCP", 32767)], [30000, 32767]),
        ([(80, "TCP", 0), (80, "UDP", 0), (80, "SCTP", 31000)], [31000, 31000, 31000]),
        ([(80, "TCP", 30000), (81, "UDP", 30000)], None),
    ],
)
@pytest.mark.parametrize("type_", ["NodePort", "LoadBalancer"])
def test_a_port_over_several_protocols_has_one_number(type_, rows, numbers):
    """`initNodePorts` looks ahead for a number that is asked for, and shares it over the protocols of one port."""
    api = fresh()
    got = answer(lambda: create(api, service(type=type_, ports=ports(*rows))))
    if numbers is None:
        assert got == [f"spec.ports[1].nodePort: Invalid value: {rows[1][2]}: {TAKEN}"]
        assert not taken(api)
    else:
        assert node_ports(got) == numbers
        assert taken(api) == sorted(set(numbers))


@pytest.mark.parametrize(("number", "why"), [(29999, RANGE), (30000, ""), (32767, ""), (32768, RANGE)])
def test_a_health_check_port_that_is_asked_for(number, why):
    """`allocHealthCheckNodePort`: the number is given, or the request fails with 500 and names it."""
    api = fresh()
    spec = {"type": "LoadBalancer", "externalTrafficPolicy": "Local", "healthCheckNodePort": number}
    got = answer(lambda: create(api, service(**spec)))
    if not why:
        assert got["healthCheckNodePort"] == number
        again = service(**spec, ports=[{"port": 80, "nodePort": 31000}])
        again["metadata"]["name"] = "other"
        assert TAKEN in answer(lambda: create(api, again))[0]
        assert 31000 not in taken(api)
    else:
        assert len(got) == 1
        assert f"failed to allocate requested HealthCheck NodePort {number}: {why}" in got[0]
        assert not taken(api)


@pytest.mark.parametrize(("old", "new"), list(itertools.product(TYPES, TYPES)))
def test_a_change_of_type_keeps_and_frees_what_it_should(old, new):
    """`dropTypeDependentFields`, `patchAllocatedValues`, `updateNodePort`: a PUT with nothing but the other type."""
    api = fresh()
    before = answer(lambda: create(api, service(type=old)))
    sent = service(
        **{**before, "type": new, "externalName": "example.com" if new == "ExternalName" else None}
    )
    after = answer(lambda: replace(api, sent))
    outside = ("NodePort", "LoadBalancer")
    address = None if new == "ExternalName" else FIRST_IP
    assert isinstance(after, dict), after
    assert (after.get("clusterIP"), after.get("clusterIPs")) == (address, [address] if address else None)
    assert after.get("ipFamilies") == (["IPv4"] if address else None)
    assert node_ports(after) == [FIRST_PORT if new in outside else 0]
    assert taken(api) == ([FIRST_PORT] if new in outside else [])
    assert api.service_ips.is_allocated(FIRST_IP) == (new != "ExternalName")
    assert after.get("externalTrafficPolicy") == ("Cluster" if new in outside else None)
    assert after.get("internalTrafficPolicy") == ("Cluster" if new != "ExternalName" or old != new else None)
    assert after.get("allocateLoadBalancerNodePorts") == (True if new == "LoadBalancer" else None)


A, B, C = (
    {"name": "a", "port": 80},
    {"name": "b", "port": 81},
    {"name": "c", "port": 82},
)


def on(port, number):
    return {**port, "nodePort": number}


@pytest.mark.parametrize(
    ("before", "after", "numbers"),
    [
        ([A], [A], [30086]),
        ([A], [B], [30087]),
        ([A, B], [B, A], [30087, 30086]),
        ([A, B], [A], [30086]),
        ([A], [A, B], [30086, 30087]),
        ([on(A, 31000)], [A], [31000]),
        ([on(A, 31000)], [on(A, 31001)], [31001]),
        ([on(A, 31000)], [A, on(B, 31000)], [30086, 31000]),
        ([on(A, 31000), on(B, 31001)], [on(A, 31001), on(B, 31000)], [31001, 31000]),
        ([on(A, 31000), on(B, 31001)], [A, on(C, 31001)], [31000, 31001]),
        ([on(A, 31000)], [on(A, 40000)], RANGE),
        ([on(A, 31000)], [on(A, 30500)], TAKEN),
    ],
)
def test_a_port_keeps_its_number_by_its_name(before, after, numbers):
    """`patchAllocatedValues` gives a port without a number that of its name, unless another port asks for it."""
    api = fresh()
    other = service(type="NodePort", ports=[on(A, 30500)])
    other["metadata"]["name"] = "other"
    create(api, other)
    answer(lambda: create(api, service(type="NodePort", ports=before)))
    held = taken(api)
    got = answer(lambda: replace(api, service(type="NodePort", ports=after)))
    if isinstance(numbers, str):
        assert got == [f"spec.ports[0].nodePort: Invalid value: {after[0]['nodePort']}: {numbers}"]
        assert taken(api) == held
    else:
        assert node_ports(got) == numbers
        assert taken(api) == sorted({30500, *numbers})


LOCAL = {"type": "LoadBalancer", "externalTrafficPolicy": "Local"}
IMMUTABLE = ["spec.healthCheckNodePort: Forbidden: field is immutable"]
ONLY_LOCAL = (
    "spec.healthCheckNodePort: Invalid value: 32000: "
    "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'"
)


@pytest.mark.parametrize(
    ("before", "after", "health"),
    [
        (LOCAL, LOCAL, 30087),
        (LOCAL | {"healthCheckNodePort": 32000}, LOCAL, 32000),
        (LOCAL | {"healthCheckNodePort": 32000}, LOCAL | {"healthCheckNodePort": 32000}, 32000),
        (LOCAL | {"healthCheckNodePort": 32000}, LOCAL | {"healthCheckNodePort": 32001}, IMMUTABLE),
        (LOCAL, {"type": "LoadBalancer"}, 0),
        (LOCAL, {"type": "NodePort", "externalTrafficPolicy": "Local"}, 0),
        (LOCAL | {"healthCheckNodePort": 32000}, {"type": "LoadBalancer", "healthCheckNodePort": 32000}, 0),
        ({"type": "LoadBalancer"}, LOCAL, 30087),
        ({"type": "LoadBalancer"}, LOCAL | {"healthCheckNodePort": 32000}, 32000),
        ({"type": "NodePort"}, LOCAL, 30087),
        ({"type": "LoadBalancer"}, {"type": "LoadBalancer", "healthCheckNodePort": 32000}, [ONLY_LOCAL]),
    ],
)
def test_the_health_check_port_comes_and_goes_with_the_policy(before, after, health):
    """`updateHealthCheckNodePort`: it is given, kept and freed as load balancers need it, and never changed."""
    api = fresh()
    create(api, service(**before))
    held = taken(api)
    got = answer(lambda: replace(api, service(**after)))
    if isinstance(health, list):
        assert got == health
        assert taken(api) == held
    else:
        assert got.get("healthCheckNodePort", 0) == health
        assert taken(api) == sorted({FIRST_PORT, health} - {0})


ONCE = "may not change once set"


@pytest.mark.parametrize(
    ("before", "after", "got"),
    [
        ({}, {}, FIRST_IP),
        ({}, {"clusterIP": FIRST_IP}, FIRST_IP),
        ({}, {"clusterIP": FIRST_IP, "clusterIPs": [FIRST_IP]}, FIRST_IP),
        (
            {},
            {"clusterIP": "10.96.1.9"},
            [f'spec.clusterIPs[0]: Invalid value: ["10.96.1.9"]: {ONCE}'],
        ),
        ({}, {"clusterIP": "None"}, [f'spec.clusterIPs[0]: Invalid value: ["None"]: {ONCE}']),
        ({"clusterIP": "None"}, {}, "None"),
        (
            {"clusterIP": "None"},
            {"clusterIP": "10.96.1.9"},
            [f'spec.clusterIPs[0]: Invalid value: ["10.96.1.9"]: {ONCE}'],
        ),
        ({"type": "ExternalName"}, {"type": "ClusterIP"}, FIRST_IP),
        ({"type": "ExternalName"}, {"type": "ClusterIP", "clusterIP": "10.96.1.9"}, "10.96.1.9"),
        ({"type": "ExternalName"}, {"type": "ClusterIP", "clusterIP": "None"}, "None"),
    ],
)
def test_the_cluster_ip_stays(before, after, got):
    """`ValidateServiceClusterIPsRelatedFields` and `patchAllocatedValues`: given once, kept, and not to be changed."""
    api = fresh()
    create(api, service(**before))
    spec = answer(lambda: replace(api, service(**after)))
    assert (spec["clusterIP"] if isinstance(spec, dict) else spec) == got
    if isinstance(spec, dict):
        assert spec["clusterIPs"] == [got]


@pytest.mark.parametrize(
    ("type_", "allocate", "numbers", "counted"),
    [
        ("ClusterIP", None, (0, 0), (0, 0)),
        ("ClusterIP", None, (31000, 0), (0, 0)),
        ("ExternalName", None, (31000, 0), (0, 0)),
        ("NodePort", None, (0, 0), (2, 0)),
        ("NodePort", None, (31000, 0), (2, 0)),
        ("NodePort", False, (31000, 0), (2, 0)),
        ("LoadBalancer", None, (0, 0), (2, 1)),
        ("LoadBalancer", True, (31000, 0), (2, 1)),
        ("LoadBalancer", False, (0, 0), (0, 1)),
        ("LoadBalancer", False, (31000, 0), (1, 1)),
        ("LoadBalancer", False, (31000, 31001), (2, 1)),
    ],
)
def test_what_a_quota_counts(type_, allocate, numbers, counted):
    """`serviceEvaluator.Usage` (pkg/quota/v1/evaluator/core/services.go): node ports and load balancers by type."""
    rows = [{"port": 80 + i, **({"nodePort": number} if number else {})} for i, number in enumerate(numbers)]
    sent = service(type=type_, ports=rows, allocateLoadBalancerNodePorts=allocate)
    amounts = rules_of(find_resource("services")).amounts(sent)
    assert tuple(amounts[f"services.{name}"].value for name in ("nodeports", "loadbalancers")) == counted


EXTERNAL = "spec.externalIPs is deprecated and may no longer be implemented in some clusters"
CLOSE = '"PreferClose" is deprecated; use "PreferSameZone"'
HEADLESS = "is ignored for headless services"


@pytest.mark.parametrize(
    ("spec", "warnings"),
    [
        ({}, []),
        ({"externalIPs": list(OUTSIDE)}, [EXTERNAL]),
        ({"type": "NodePort", "externalIPs": list(OUTSIDE)}, [EXTERNAL]),
        ({"clusterIP": "None", "externalIPs": list(OUTSIDE)}, [f"spec.externalIPs {HEADLESS}"]),
        ({"clusterIP": "None", "loadBalancerIP": "198.51.100.7"}, [f"spec.loadBalancerIP {HEADLESS}"]),
        ({"loadBalancerIP": "198.51.100.7"}, []),
        ({"clusterIP": "None", "sessionAffinity": "ClientIP"}, [f"spec.SessionAffinity {HEADLESS}"]),
        ({"clusterIP": "None", "sessionAffinity": "None"}, []),
        ({"sessionAffinity": "ClientIP"}, []),
        (
            {"type": "ExternalName", "externalIPs": list(OUTSIDE)},
            ['spec.externalIPs is ignored when spec.type is "ExternalName"'],
        ),
        ({"type": "ExternalName"}, []),
        (
            {"externalName": "example.com"},
            ['spec.externalName is ignored when spec.type is not "ExternalName"'],
        ),
        ({"trafficDistribution": "PreferClose"}, [f"spec.trafficDistribution: {CLOSE}"]),
        ({"trafficDistribution": "PreferSameZone"}, []),
    ],
)
def test_what_is_ignored_is_told(spec, warnings):
    """`GetWarningsForService`: each field that the type or a headless Service passes over."""
    assert create(fresh(), service(**spec))[1] == warnings


@pytest.mark.parametrize(
    ("annotations", "spec", "causes"),
    [
        ({"topology-aware-hints": "auto", "topology-mode": "auto"}, {}, 0),
        ({"topology-aware-hints": "auto", "topology-mode": "other"}, {}, 1),
        ({"topology-mode": "other"}, {}, 0),
        ({"topology-aware-hints": "auto"}, {}, 0),
        ({"ranges": "198.51.100.0/24"}, {}, 1),
        ({"ranges": "198.51.100.0/24"}, {"type": "LoadBalancer"}, 0),
        ({"ranges": " 198.51.100.0/24 , 10.0.0.0/8"}, {"type": "LoadBalancer"}, 0),
        ({"ranges": "198.51.100.0/24,x,10.0.0.0/8,"}, {"type": "LoadBalancer"}, 2),
        ({"ranges": " "}, {"type": "LoadBalancer"}, 0),
        ({"ranges": ""}, {}, 1),
        ({"ranges": "x"}, {"type": "LoadBalancer", "loadBalancerSourceRanges": ["10.0.0.0/8"]}, 0),
        ({}, {"type": "LoadBalancer", "loadBalancerSourceRanges": [" 10.0.0.0/8 ", "10.0.0.1/8"]}, 1),
        ({}, {"loadBalancerSourceRanges": []}, 0),
        ({}, {"loadBalancerSourceRanges": ["10.0.0.0/8"]}, 1),
    ],
)
def test_annotations_that_are_fields(annotations, spec, causes):
    """Topology hints agree, and source ranges are ranges of a load balancer, as annotation and as field."""
    names = {"ranges": "service.beta.kubernetes.io/load-balancer-source-ranges"}
    sent = service(**spec)
    sent["metadata"]["annotations"] = {
        names.get(name, f"service.kubernetes.io/{name}"): value for name, value in annotations.items()
    }
    got = answer(lambda: create(fresh(), sent))
    assert (0 if isinstance(got, dict) else len(got)) == causes, got


@pytest.mark.parametrize(
    ("old", "new", "fine"),
    [
        (None, "example.com/a", False),
        ("example.com/a", "example.com/a", True),
        ("example.com/a", "example.com/b", False),
        ("example.com/a", None, False),
        (None, None, True),
    ],
)
def test_the_class_of_a_load_balancer_stays(old, new, fine):
    """`validateLoadBalancerClassField`: set with the type, never changed while the type is LoadBalancer."""
    api = fresh()
    create(api, service(type="LoadBalancer", loadBalancerClass=old))
    got = answer(lambda: replace(api, service(type="LoadBalancer", loadBalancerClass=new)))
    shown = "null" if new is None else f'"{new}"'
    assert (got.get("loadBalancerClass") if fine else got) == (
        new if fine else [f"spec.loadBalancerClass: Invalid value: {shown}: {ONCE}"]
    )


def test_the_class_may_come_and_go_with_the_type():
    """A class is set when a Service becomes a load balancer, and dropped when it is none any more."""
    api = fresh()
    create(api, service())
    assert (
        answer(lambda: replace(api, service(type="LoadBalancer", loadBalancerClass="a")))["loadBalancerClass"]
        == "a"
    )
    assert "loadBalancerClass" not in answer(
        lambda: replace(api, service(type="NodePort", loadBalancerClass="a"))
    )
    refused = answer(lambda: replace(api, service(type="NodePort", loadBalancerClass="a")))
    # once for the change, once for the Service as it is
    assert refused == 2 * [
        "spec.loadBalancerClass: Forbidden: may only be used when `type` is 'LoadBalancer'"
    ]


@pytest.mark.parametrize(
    ("text", "usable"),
    [
        ("0.0.0.0", False),  # noqa: S104  # no binding
        ("::", False),
        ("127.0.0.1", False),
        ("127.255.255.255", False),
        ("128.0.0.0", True),
        ("126.255.255.255", True),
        ("::1", False),
        ("::2", True),
        ("169.253.255.255", True),
        ("169.254.0.0", False),
        ("169.254.255.255", False),
        ("169.255.0.0", True),
        ("fe80::1", False),
        ("fec0::1", True),
        ("224.0.0.0", False),
        ("224.0.0.255", False),
        ("224.0.1.0", True),
        ("223.0.0.1", True),
        ("ff02::1", False),
        ("ff01::1", True),
        ("ff12::1", False),
        ("ff03::1", True),
        ("fe02::1", True),
        ("10.0.0.1", True),
        ("010.0.0.1", False),
        ("10.0.0.0", True),
        ("::ffff:10.0.0.1", False),
        ("10.0.0", False),
        ("10.0.0.256", False),
        ("fe80::1%eth0", False),
    ],
)
def test_an_external_ip_can_be_reached_from_everywhere(text, usable):
    """`ValidateNonSpecialIP`, on both sides of each range of addresses that has another meaning."""
    got = answer(lambda: create(fresh(), service(externalIPs=[text])))
    assert isinstance(got, dict) == usable, got
    assert usable or got[0].startswith(f'spec.externalIPs[0]: Invalid value: "{text}": m')
