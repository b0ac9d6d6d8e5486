"""Limit ranges, quotas, priorities and default tolerations: what admission adds and refuses."""

import pytest

from k8snotes.api.registry import find_resource
from k8snotes.control_plane.apiserver import ApiServer
from k8snotes.control_plane.kinds.rules import rules_of
from k8snotes.errors import ApiError

VERSIONS = {
    "PriorityClass": "scheduling.k8s.io/v1",
    "RuntimeClass": "node.k8s.io/v1",
    "Deployment": "apps/v1",
}


def made(kind, name, **fields):
    metadata = (
        {"name": name}
        if kind in ("Node", "Namespace", "PriorityClass", "RuntimeClass")
        else {"name": name, "namespace": "shop"}
    )
    return {"apiVersion": VERSIONS.get(kind, "v1"), "kind": kind, "metadata": metadata, **fields}


def server(*objects):
    """Return an API server in which these objects are, as they are, and the Namespace shop."""
    api = ApiServer()
    for manifest in (made("Namespace", "shop"), *objects):
        api.register(manifest, by="test")
    return api


def pod(name="web", *resources, **spec):
    containers = [
        {"name": f"c{i}", "image": "x", "resources": amounts} for i, amounts in enumerate(resources or [{}])
    ]
    return made("Pod", name, spec={"containers": containers, **spec})


def quota(name="budget", **hard):
    return made(
        "ResourceQuota",
        name,
        spec={"hard": {k.replace("__", ".").replace("_", "/"): v for k, v in hard.items()}},
    )


def limit_range(**limit):
    return made("LimitRange", "sizes", spec={"limits": [{"type": "Container", **limit}]})


def admitted(manifest, api=None, old=None):
    """Return what the API server makes of a manifest that admission takes."""
    return (api or server()).prepare(manifest, old=old).manifest


def refused(manifest, api, old=None):
    with pytest.raises(ApiError) as caught:
        api.prepare(manifest, old=old)
    assert (caught.value.code, caught.value.reason) == (403, "Forbidden")
    return caught.value.message


def used(api):
    """Return what is used of the only quota."""
    (budget,) = api.list("resourcequotas")
    return {name: str(amount) for name, amount in api.ledger.used(budget.raw).items()}


def test_a_pod_stays_five_minutes_on_a_node_that_is_gone():
    """Every Pod tolerates the two taints of a lost Node for 300 seconds, unless it says otherwise."""
    added = admitted(pod())["spec"]["tolerations"]
    assert [(t["key"], t["tolerationSeconds"]) for t in added] == [
        ("node.kubernetes.io/not-ready", 300),
        ("node.kubernetes.io/unreachable", 300),
    ]
    own = {"key": "node.kubernetes.io/not-ready", "operator": "Exists"}
    assert len(admitted(pod(tolerations=[own]))["spec"]["tolerations"]) == 2
    assert admitted(pod(tolerations=[{"operator": "Exists"}]))["spec"]["tolerations"] == [
        {"operator": "Exists"}
    ]


def test_priorities():
    """A Pod's priority is that of its class, of the default class, or 0."""
    api = server(
        made("PriorityClass", "high", value=1000, preemptionPolicy="Never"),
        made("PriorityClass", "usual", value=10, globalDefault=True),
    )
    high = admitted(pod(priorityClassName="high"), api)["spec"]
    assert (high["priority"], high["preemptionPolicy"]) == (1000, "Never")
    usual = admitted(pod(), api)["spec"]
    assert (usual["priority"], usual["priorityClassName"]) == (10, "usual")
    assert admitted(pod())["spec"]["priority"] == 0
    system = admitted(pod(priorityClassName="system-node-critical"))["spec"]
    assert system["priority"] == 2_000_001_000
    with pytest.raises(ApiError, match="no PriorityClass with name nope was found"):
        admitted(pod(priorityClassName="nope"))


def test_a_new_node_is_tainted_until_it_is_ready():
    """Nothing is scheduled onto a Node before its kubelet says that it is ready."""
    taint = {"key": "node.kubernetes.io/not-ready", "effect": "NoSchedule"}
    assert admitted(made("Node", "node-1"))["spec"]["taints"] == [taint]
    assert admitted(made("Node", "node-1", spec={"taints": [taint]}))["spec"]["taints"] == [taint]
    assert admitted(made("ConfigMap", "web")).keys() == {"apiVersion", "kind", "metadata"}


def test_limit_ranges_fill_in():
    """Containers that say nothing get the defaults of the namespace, and the Pod a note of it."""
    api = server(limit_range(default={"cpu": "300m"}, defaultRequest={"cpu": "100m"}))
    found = pod("web", {}, {"requests": {"cpu": "1m"}}, initContainers=[{"name": "first", "image": "x"}])
    found = admitted(found, api)
    first, second = found["spec"]["containers"]
    assert first["resources"] == {"requests": {"cpu": "100m"}, "limits": {"cpu": "300m"}}
    assert second["resources"] == {"requests": {"cpu": "1m"}, "limits": {"cpu": "300m"}}
    assert found["metadata"]["annotations"] == {
        "kubernetes.io/limit-ranger": "LimitRanger plugin set: cpu request for container c0; "
        "cpu limit for container c0; cpu limit for container c1; "
        "cpu request for init container first; cpu limit for init container first"
    }


@pytest.mark.parametrize(
    ("limit", "resources", "message"),
    [
        ({"min": {"cpu": "1"}}, {}, "minimum cpu usage per Container is 1.  No request is specified"),
        ({"min": {"cpu": "1"}}, {"requests": {"cpu": "500m"}}, "minimum cpu usage per Container is 1, but request is 500m"),
        ({"max": {"cpu": "1"}}, {}, "maximum cpu usage per Container is 1.  No limit is specified"),
        ({"max": {"cpu": "1"}}, {"limits": {"cpu": "2"}}, "maximum cpu usage per Container is 1, but limit is 2"),
        ({"maxLimitRequestRatio": {"cpu": "2"}}, {"limits": {"cpu": "3"}, "requests": {"cpu": "1"}},
         "cpu max limit to request ratio per Container is 2, but provided ratio is 3.000000"),
        ({"maxLimitRequestRatio": {"cpu": "2"}}, {"requests": {"cpu": "1"}},
         "cpu max limit to request ratio per Container is 2, but no limit is specified or limit is 0"),
        ({"max": {"cpu": "1", "memory": "1Gi"}}, {"limits": {"cpu": "2", "memory": "2Gi"}},
         "[maximum cpu usage per Container is 1, but limit is 2, maximum memory usage per Container is 1Gi, but limit is 2Gi]"),
    ],
)  # fmt: skip
def test_limit_ranges_refuse(limit, resources, message):
    """A container outside of the namespace's bounds is refused in Kubernetes' words."""
    api = server(limit_range(**limit))
    assert refused(pod("web", resources), api) == f'pods "web" is forbidden: {message}'


def test_limits_of_whole_pods_and_claims():
    """A LimitRange may bound Pods as a whole, and storage."""
    spec = {
        "limits": [
            {"type": "Pod", "max": {"cpu": "1"}},
            {"type": "PersistentVolumeClaim", "min": {"storage": "2Gi"}},
        ]
    }
    api = server(made("LimitRange", "sizes", spec=spec))
    two = [{"limits": {"cpu": "600m"}}] * 2
    assert "maximum cpu usage per Pod is 1, but limit is 1200m" in refused(pod("web", *two), api)
    claim = made(
        "PersistentVolumeClaim",
        "data",
        spec={"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
    )
    assert "minimum storage usage per PersistentVolumeClaim is 2Gi, but request is 1Gi" in refused(claim, api)
    admitted(pod("web", {"limits": {"cpu": "1"}}), api)


def test_quotas_count_what_is_there():
    """A Pod that would exceed the quota is refused, with what was asked, used and allowed."""
    api = server(quota(pods="2", requests__memory="1Gi"), pod("a", {"requests": {"memory": "700Mi"}}))
    message = refused(pod("b", {"requests": {"memory": "400Mi"}}), api)
    assert message == (
        'pods "b" is forbidden: exceeded quota: budget, requested: requests.memory=400Mi, '
        "used: requests.memory=700Mi, limited: requests.memory=1Gi"
    )
    admitted(pod("b", {"requests": {"memory": "300Mi"}}), api)


def test_a_quota_of_cpu_needs_requests():
    """Where CPU is bounded, every container has to say how much it wants."""
    api = server(quota(requests__cpu="1", limits__cpu="1"))
    assert refused(pod("web", {}, {"requests": {"cpu": "1"}}), api) == (
        'pods "web" is forbidden: failed quota: budget: must specify limits.cpu for: c0,c1; requests.cpu for: c0'
    )


def test_pods_that_have_ended_use_nothing():
    """A Pod that succeeded is still an object, but needs no room."""
    ended = pod("a", {"requests": {"cpu": "1"}})
    ended["status"] = {"phase": "Succeeded"}
    budget = quota(pods="1", requests__cpu="1", count_pods="5")
    assert used(server(budget, ended)) == {
        "count/pods": "1",
        "pods": "0",
        "requests.cpu": "0",
    }


def test_init_containers_and_sidecars_are_counted_as_they_run():
    """The largest init container counts, beside the sidecars that started before it."""
    init = [
        {"name": "side", "image": "x", "restartPolicy": "Always", "resources": {"requests": {"cpu": "100m"}}},
        {"name": "first", "image": "x", "resources": {"requests": {"cpu": "900m"}}},
    ]
    found = pod("web", {"requests": {"cpu": "500m"}}, initContainers=init)
    assert used(server(quota(requests__cpu="9"), found)) == {"requests.cpu": "1"}


def test_services_are_counted_with_their_node_ports():
    """A quota may bound Services, node ports and load balancers; a change of type counts as well."""
    api = server(quota(services="2", services__nodeports="1", services__loadbalancers="0"))
    manifest = made("Service", "web", spec={"ports": [{"port": 80}]})
    plain = api.create(manifest)
    two = [{"port": 80, "name": "a"}, {"port": 81, "name": "b"}]
    assert (
        "requested: services.nodeports=2, used: services.nodeports=0, limited: services.nodeports=1"
        in refused(made("Service", "web", spec={"type": "NodePort", "ports": two}), api, plain)
    )
    admitted(manifest, api, plain)
    balanced = made("Service", "lb", spec={"type": "LoadBalancer", "ports": [{"port": 80}]})
    assert "services.loadbalancers=1" in refused(balanced, api)
    assert not api.node_ports.is_allocated(30086)


def test_other_objects_are_counted_by_their_names():
    """count/deployments.apps, configmaps and storage are bounded as well."""
    hard = {"count/deployments.apps": "0", "configmaps": "0", "requests.storage": "1Gi"}
    api = server(made("ResourceQuota", "budget", spec={"hard": hard}))
    template = {"metadata": {"labels": {"app": "web"}}, "spec": pod()["spec"]}
    spec = {"selector": {"matchLabels": {"app": "web"}}, "template": template}
    deployment = made("Deployment", "web", spec=spec)
    assert refused(deployment, api).startswith('deployments.apps "web" is forbidden: exceeded quota')
    assert "configmaps=1" in refused(made("ConfigMap", "c"), api)
    spec = {
        "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": "2Gi"}},
        "storageClassName": "fast",
    }
    assert "requests.storage=2Gi" in refused(made("PersistentVolumeClaim", "d", spec=spec), api)
    admitted(made("Secret", "s"), api)


@pytest.mark.parametrize(
    ("scope", "counted"),
    [
        ({"scopes": ["BestEffort"]}, "1"),
        ({"scopes": ["NotBestEffort"]}, "0"),
        ({"scopes": ["Terminating"]}, "0"),
        ({"scopes": ["NotTerminating"]}, "1"),
        (
            {
                "scopeSelector": {
                    "matchExpressions": [{"scopeName": "PriorityClass", "operator": "In", "values": ["high"]}]
                }
            },
            "1",
        ),
        (
            {
                "scopeSelector": {
                    "matchExpressions": [
                        {"scopeName": "PriorityClass", "operator": "NotIn", "values": ["high"]}
                    ]
                }
            },
            "0",
        ),
        ({"scopes": ["CrossNamespacePodAffinity"]}, "0"),
    ],
)
def test_scopes(scope, counted):
    """A quota with scopes counts only the Pods that they name."""
    budget = made("ResourceQuota", "budget", spec={"hard": {"pods": "3"}, **scope})
    assert used(server(budget, pod(priorityClassName="high"))) == {"pods": counted}


def test_a_priority_is_the_class_s_alone():
    """A number or policy that differs from the computed one is refused; a runtime class has to be there."""
    assert refused(pod(priority=5), server()) == (
        'pods "web" is forbidden: the integer value of priority (5) must not be provided in pod spec; '
        "priority admission controller computed 0 from the given PriorityClass name"
    )
    assert "the string value of PreemptionPolicy" in refused(pod(preemptionPolicy="Never"), server())
    assert 'pod rejected: RuntimeClass "kata" not found' in refused(pod(runtimeClassName="kata"), server())
    api = server(made("RuntimeClass", "kata"))
    assert admitted(pod(runtimeClassName="kata", priority=0), api)["spec"]["priority"] == 0


def test_a_pod_that_is_replaced_keeps_what_admission_gave():
    """Priority and tolerations need not be repeated."""
    api = server()
    old = api.create(pod())
    assert admitted(pod(), api, old)["spec"] == old.spec
    node = api.register(made("Node", "node-1"), by="test")
    assert "taints" not in admitted(made("Node", "node-1"), api, node).get("spec", {})


@pytest.mark.parametrize(
    ("limit", "resources", "fine"),
    [
        ({"min": {"cpu": "1"}}, {"requests": {"cpu": "1"}}, True),
        ({"min": {"cpu": "1"}}, {"requests": {"cpu": "999m"}}, False),
        ({"min": {"cpu": "1"}}, {"requests": {"cpu": "1"}, "limits": {"cpu": "1"}}, True),
        ({"max": {"cpu": "1"}}, {"limits": {"cpu": "1"}}, True),
        ({"max": {"cpu": "1"}}, {"limits": {"cpu": "1001m"}}, False),
        ({"max": {"cpu": "1"}}, {"limits": {"cpu": "1"}, "requests": {"cpu": "1"}}, True),
        ({"max": {"cpu": "1"}}, {"requests": {"cpu": "1"}}, True),  # the maximum is the default limit, too
        ({"maxLimitRequestRatio": {"cpu": "2"}}, {"limits": {"cpu": "2"}, "requests": {"cpu": "1"}}, True),
        (
            {"maxLimitRequestRatio": {"cpu": "2"}},
            {"limits": {"cpu": "2001m"}, "requests": {"cpu": "1"}},
            False,
        ),
        ({"maxLimitRequestRatio": {"cpu": "2"}}, {"limits": {"cpu": "1"}}, True),  # then it requests as much
        ({"maxLimitRequestRatio": {"cpu": "2"}}, {"limits": {"cpu": "1"}, "requests": {"cpu": "0"}}, False),
        (
            {"maxLimitRequestRatio": {"cpu": "1500m"}},
            {"limits": {"cpu": "3"}, "requests": {"cpu": "2"}},
            True,
        ),
        (
            {"maxLimitRequestRatio": {"memory": "2"}},
            {"limits": {"memory": "2Gi"}, "requests": {"memory": "1Gi"}},
            True,
        ),
        (
            {"maxLimitRequestRatio": {"memory": "2"}},
            {"limits": {"memory": "6E"}, "requests": {"memory": "3E"}},
            True,
        ),
        (
            {"maxLimitRequestRatio": {"memory": "2"}},
            {"limits": {"memory": "7E"}, "requests": {"memory": "3E"}},
            False,
        ),
        (
            {"min": {"cpu": "1"}},
            {"requests": {"memory": "1"}},
            True,
        ),  # the minimum is the default request, too
    ],
)
def test_a_limit_range_at_its_bounds(limit, resources, fine):
    """`minConstraint`, `maxConstraint` and `limitRequestRatioConstraint`: what equals the bound is within it."""
    limit = {"type": "Container", **limit}
    rules = rules_of(find_resource("limitranges"))
    manifest = made("LimitRange", "sizes", spec={"limits": [limit]})
    rules.complete(manifest)
    api = server(manifest)
    if fine:
        assert admitted(pod("web", resources), api)
    else:
        assert "is forbidden" in refused(pod("web", resources), api)
