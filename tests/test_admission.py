"""Limit ranges, quotas, priorities and default tolerations: what admission adds and refuses."""

import copy

import pytest

from k8snotes.api.registry import find_resource
from k8snotes.control_plane import admission, usage
from k8snotes.control_plane.decoding import decode
from k8snotes.control_plane.defaulting import default
from k8snotes.control_plane.preparing import prepare_for_create
from k8snotes.errors import ApiError


class Store:
    """What admission reads, and nothing else."""

    def __init__(self, **objects):
        self.objects = {plural: list(found) for plural, found in objects.items()}

    def list(self, plural, namespace):
        """Return the objects of a resource; there is one namespace here."""
        del namespace
        return self.objects.get(plural, [])

    def used(self, quota):
        """Count anew."""
        return usage.total(quota, self.list)


def made(kind, name, **fields):
    manifest, _ = decode(
        {"kind": kind, "metadata": {"name": name, "namespace": "shop"}, **fields}, find_resource(kind)
    )
    return prepare_for_create(default(manifest))


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


def refused(manifest, store, old=None):
    with pytest.raises(ApiError) as caught:
        admission.check(manifest, store, old)
    assert (caught.value.code, caught.value.reason) == (403, "Forbidden")
    return caught.value.message


def test_a_pod_stays_five_minutes_on_a_node_that_is_gone():
    """Every Pod tolerates the two taints of a lost Node for 300 seconds, unless it says otherwise."""
    added = admission.mutate(pod(), Store())["spec"]["tolerations"]
    assert [(t["key"], t["tolerationSeconds"]) for t in added] == [
        ("node.kubernetes.io/not-ready", 300),
        ("node.kubernetes.io/unreachable", 300),
    ]
    own = {"key": "node.kubernetes.io/not-ready", "operator": "Exists"}
    assert len(admission.mutate(pod(tolerations=[own]), Store())["spec"]["tolerations"]) == 2
    assert admission.mutate(pod(tolerations=[{"operator": "Exists"}]), Store())["spec"]["tolerations"] == [
        {"operator": "Exists"}
    ]


def test_priorities():
    """A Pod's priority is that of its class, of the default class, or 0."""
    classes = [
        {"metadata": {"name": "high"}, "value": 1000, "preemptionPolicy": "Never"},
        {"metadata": {"name": "usual"}, "value": 10, "globalDefault": True},
    ]
    store = Store(priorityclasses=classes)
    high = admission.mutate(pod(priorityClassName="high"), store)["spec"]
    assert (high["priority"], high["preemptionPolicy"]) == (1000, "Never")
    usual = admission.mutate(pod(), store)["spec"]
    assert (usual["priority"], usual["priorityClassName"]) == (10, "usual")
    assert admission.mutate(pod(), Store())["spec"]["priority"] == 0
    system = admission.mutate(pod(priorityClassName="system-node-critical"), Store())["spec"]
    assert system["priority"] == 2_000_001_000
    with pytest.raises(ApiError, match="no PriorityClass with name nope was found"):
        admission.mutate(pod(priorityClassName="nope"), Store())


def test_a_new_node_is_tainted_until_it_is_ready():
    """Nothing is scheduled onto a Node before its kubelet says that it is ready."""
    node = made("Node", "node-1")
    node["metadata"].pop("namespace")
    admission.mutate(node, Store())
    admission.mutate(node, Store())
    assert node["spec"]["taints"] == [{"key": "node.kubernetes.io/not-ready", "effect": "NoSchedule"}]
    config = made("ConfigMap", "web")
    assert admission.mutate(copy.deepcopy(config), Store()) == config


def test_limit_ranges_fill_in():
    """Containers that say nothing get the defaults of the namespace, and the Pod a note of it."""
    store = Store(limitranges=[limit_range(default={"cpu": "300m"}, defaultRequest={"cpu": "100m"})])
    found = pod("web", {}, {"requests": {"cpu": "1m"}}, initContainers=[{"name": "first", "image": "x"}])
    admission.mutate(found, store)
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
    store = Store(limitranges=[made("LimitRange", "sizes", spec={"limits": [{"type": "Container"} | limit]})])
    assert refused(pod("web", resources), store) == f'pods "web" is forbidden: {message}'


def test_limits_of_whole_pods_and_claims():
    """A LimitRange may bound Pods as a whole, and storage."""
    spec = {
        "limits": [
            {"type": "Pod", "max": {"cpu": "1"}},
            {"type": "PersistentVolumeClaim", "min": {"storage": "2Gi"}},
        ]
    }
    store = Store(limitranges=[made("LimitRange", "sizes", spec=spec)])
    two = [{"limits": {"cpu": "600m"}}] * 2
    assert "maximum cpu usage per Pod is 1, but limit is 1200m" in refused(pod("web", *two), store)
    claim = made("PersistentVolumeClaim", "data", spec={"resources": {"requests": {"storage": "1Gi"}}})
    assert "minimum storage usage per PersistentVolumeClaim is 2Gi, but request is 1Gi" in refused(
        claim, store
    )
    admission.check(pod("web", {"limits": {"cpu": "1"}}), store)


def test_quotas_count_what_is_there():
    """A Pod that would exceed the quota is refused, with what was asked, used and allowed."""
    store = Store(
        resourcequotas=[quota(pods="2", requests__memory="1Gi")],
        pods=[pod("a", {"requests": {"memory": "700Mi"}})],
    )
    message = refused(pod("b", {"requests": {"memory": "400Mi"}}), store)
    assert message == (
        'pods "b" is forbidden: exceeded quota: budget, requested: requests.memory=400Mi, '
        "used: requests.memory=700Mi, limited: requests.memory=1Gi"
    )
    admission.check(pod("b", {"requests": {"memory": "300Mi"}}), store)


def test_a_quota_of_cpu_needs_requests():
    """Where CPU is bounded, every container has to say how much it wants."""
    store = Store(resourcequotas=[quota(requests__cpu="1", limits__cpu="1")])
    assert refused(pod("web", {}, {"requests": {"cpu": "1"}}), store) == (
        'pods "web" is forbidden: failed quota: budget: must specify limits.cpu for: c0,c1; requests.cpu for: c0'
    )


def test_pods_that_have_ended_use_nothing():
    """A Pod that succeeded is still an object, but needs no room."""
    ended = pod("a", {"requests": {"cpu": "1"}})
    ended["status"]["phase"] = "Succeeded"
    budget = quota(pods="1", requests__cpu="1", count_pods="5")
    assert admission.quota_usage(budget, Store(pods=[ended])) == {
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
    used = admission.quota_usage(quota(requests__cpu="9"), Store(pods=[found]))
    assert used == {"requests.cpu": "1"}


def test_services_are_counted_with_their_node_ports():
    """A quota may bound Services, node ports and load balancers; a change of type counts as well."""
    budget = quota(services="2", services__nodeports="1", services__loadbalancers="0")
    plain = made("Service", "web", spec={"ports": [{"port": 80}]})
    open_ = made(
        "Service", "web", spec={"type": "NodePort", "ports": [{"port": 80}, {"port": 81, "name": "b"}]}
    )
    store = Store(resourcequotas=[budget], services=[plain])
    assert (
        "requested: services.nodeports=2, used: services.nodeports=0, limited: services.nodeports=1"
        in refused(open_, store, plain)
    )
    admission.check(plain, store, plain)
    balanced = made("Service", "lb", spec={"type": "LoadBalancer", "ports": [{"port": 80}]})
    assert "services.loadbalancers=1" in refused(balanced, store)


def test_other_objects_are_counted_by_their_names():
    """count/deployments.apps, configmaps and storage are bounded as well."""
    hard = {"count/deployments.apps": "0", "configmaps": "0", "requests.storage": "1Gi"}
    store = Store(resourcequotas=[made("ResourceQuota", "budget", spec={"hard": hard})])
    deployment = made("Deployment", "web", spec={"template": {"spec": {}}})
    assert refused(deployment, store).startswith('deployments.apps "web" is forbidden: exceeded quota')
    assert "configmaps=1" in refused(made("ConfigMap", "c"), store)
    spec = {"resources": {"requests": {"storage": "2Gi"}}, "storageClassName": "fast"}
    assert "requests.storage=2Gi" in refused(made("PersistentVolumeClaim", "d", spec=spec), store)
    admission.check(made("Secret", "s"), store)


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
    assert admission.quota_usage(budget, Store(pods=[pod(priorityClassName="high")])) == {"pods": counted}


def test_a_priority_is_the_class_s_alone():
    """A number or policy that differs from the computed one is refused; a runtime class has to be there."""
    with pytest.raises(ApiError) as caught:
        admission.mutate(pod(priority=5), Store())
    assert caught.value.message == (
        'pods "web" is forbidden: the integer value of priority (5) must not be provided in pod spec; '
        "priority admission controller computed 0 from the given PriorityClass name"
    )
    with pytest.raises(ApiError, match="the string value of PreemptionPolicy"):
        admission.mutate(pod(preemptionPolicy="Never"), Store())
    with pytest.raises(ApiError, match='pod rejected: RuntimeClass "kata" not found'):
        admission.mutate(pod(runtimeClassName="kata"), Store())
    store = Store(runtimeclasses=[{"metadata": {"name": "kata"}}])
    assert admission.mutate(pod(runtimeClassName="kata", priority=0), store)["spec"]["priority"] == 0


def test_a_pod_that_is_replaced_keeps_what_admission_gave():
    """Priority and tolerations need not be repeated."""
    old = admission.mutate(pod(), Store())
    new = admission.mutate(pod(), Store(), old)
    assert new["spec"] == old["spec"]
    node = made("Node", "node-1")
    assert "taints" not in admission.mutate(copy.deepcopy(node), Store(), node)["spec"]
