"""A dump shows what was found: what it says itself comes first, and what is computed uses only what it holds."""

from pathlib import Path

import k8snotes as kn

DUMP = (Path(__file__).resolve().parent / "golden" / "reports" / "80-dump.yaml").read_text(encoding="utf-8")
NODE = """
- apiVersion: v1
  kind: Node
  metadata: {name: worker-b, uid: 11111111-aaaa-4bbb-8ccc-000000000009, creationTimestamp: "2026-03-01T08:00:00Z"}
  status: {allocatable: {cpu: "4", memory: 8Gi, pods: "110"}, conditions: [{type: Ready, status: "True"}]}
"""
CONDITION = (
    '    conditions:\n    - {type: PodScheduled, status: "False", reason: Unschedulable, '
    'message: "0/2 nodes are available: pod has unbound immediate PersistentVolumeClaims. not found"}\n'
)
SAID = "its condition PodScheduled says: 0/2 nodes are available: pod has unbound immediate PersistentVolumeClaims. not found"
COMMAND = "`kubectl get nodes,pvc,events -A -o yaml`"


def note(dump, ref="shop/pod/pay-0"):
    c = kn.load(dump)
    assert c.snapshot
    return c.why_pending(ref).facts.note


def test_the_condition_is_quoted_first():
    """A Pod that waits for its claims is not said to wait for a Node."""
    assert note(DUMP) == f"{SAID}; for more reasons, add the output of {COMMAND} to the dump"
    facts = kn.load(DUMP).why_pending("shop/pod/pay-0").facts
    assert (facts.message, facts.verdicts) == ("", ())


def test_with_nodes_the_verdicts_come_second():
    """The condition stays first, and no scheduler will bind anything in a dump."""
    facts = kn.load(DUMP + NODE).why_pending("shop/pod/pay-0").facts
    assert facts.note == SAID
    assert facts.fitting == ("worker-b",)
    silent = note((DUMP + NODE).replace(CONDITION, "    conditions: []\n"))
    assert silent == (
        "by what the dump holds, 1 Node can take it (worker-b), and the dump does not say why it waits"
    )


def test_an_event_is_quoted_where_there_is_no_condition():
    """What the scheduler wrote last is the next best; without it, the dump does not say why."""
    bare = DUMP.replace(CONDITION, "    conditions: []\n")
    assert note(bare) == f"the dump does not say why; to see it, add the output of {COMMAND} to the dump"
    event = """
- apiVersion: v1
  kind: Event
  metadata: {name: pay-0.1, namespace: shop, uid: 11111111-aaaa-4bbb-8ccc-000000000010, creationTimestamp: "2026-03-01T08:00:00Z"}
  involvedObject: {kind: Pod, name: pay-0, namespace: shop}
  reason: FailedScheduling
  message: "0/3 nodes are available: 3 Insufficient cpu."
  lastTimestamp: "2026-03-01T08:05:00Z"
"""
    assert note(bare + event).startswith(
        "its latest Event says: 0/3 nodes are available: 3 Insufficient cpu."
    )


def test_containers_say_what_they_wait_for():
    """CrashLoopBackOff, OOMKilled and ImagePullBackOff stand where a reader looks, and no probe is invented."""
    c = kn.load(DUMP)
    assert c.why_pending("shop/pod/cart-2").facts.note == (
        "its container a waits: ImagePullBackOff (Back-off pulling image)"
    )
    (first,) = c.endpoints("shop/svc/cart").not_ready
    assert first.reason == "its container a waits: CrashLoopBackOff, and it ended before with OOMKilled"
    assert c.endpoints("shop/svc/cart").left_out[0].reason == "its container a waits: ImagePullBackOff"
    text = c.service_map().text
    assert all(word in text for word in ("CrashLoopBackOff", "OOMKilled", "ImagePullBackOff"))
    assert "probe" not in text


def test_a_probe_is_named_only_where_there_is_one():
    """A Pod that is not ready and has no readiness probe does not wait for one."""
    pod = "{apiVersion: v1, kind: Pod, metadata: {name: web, labels: {a: b}}, spec: {containers: [{name: a, image: broken:1PROBE}]}}"
    service = "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {a: b}, ports: [{port: 80}]}}"
    reasons = []
    for probe in ("", ", readinessProbe: {tcpSocket: {port: 80}}"):
        (item,) = kn.load(f"{pod.replace('PROBE', probe)}\n---\n{service}").endpoints("svc/web").not_ready
        reasons.append(item.reason)
    assert reasons == [
        "it is selected, but gets no traffic, because it is not ready",
        "it is selected, but gets no traffic until its readiness probe succeeds",
    ]


def slices(selector, address="10.20.1.99"):
    return (
        DUMP.replace("selector: {app: cart}, ", selector)
        + f"""
- apiVersion: discovery.k8s.io/v1
  kind: EndpointSlice
  metadata:
    name: cart-abcde
    namespace: shop
    uid: 11111111-aaaa-4bbb-8ccc-000000000005
    creationTimestamp: "2026-03-01T08:00:00Z"
    labels: {{kubernetes.io/service-name: cart, endpointslice.kubernetes.io/managed-by: endpointslice-controller.k8s.io}}
  addressType: IPv4
  ports: [{{name: "", port: 8080, protocol: TCP}}]
  endpoints: [{{addresses: [{address}], conditions: {{ready: true}}}}]
"""
    )


def test_slices_of_a_controller_are_not_made_by_hand():
    """A Service that lost its selector keeps what its controller wrote, and no user wrote that."""
    c = kn.load(slices(""))
    (end,) = c.endpoints("shop/svc/cart").ready
    assert end.reason == "written by the endpoint slice controller in EndpointSlice cart-abcde"
    assert "made by hand" not in c.service_map().text
    assert "10.20.1.99, left by a controller: :80 → 8080" in c.service_map().text


def test_an_address_whose_pod_is_not_in_the_dump_is_shown():
    """The slices of a dump count, even if the Pods were left out of it."""
    c = kn.load(slices("selector: {app: cart}, "))
    (end,) = c.endpoints("shop/svc/cart").ready
    assert end.reason == (
        "written by the endpoint slice controller in EndpointSlice cart-abcde; the dump has no Pod with this address"
    )
    (left,) = [item for item in c.endpoints("shop/svc/cart").left_out if item.pod.name == "cart-1"]
    assert left.reason.endswith("no EndpointSlice of the dump lists it")


def test_slices_of_a_dump_decide_who_is_ready():
    """What kube-proxy had counts, also where a Pod says otherwise."""
    c = kn.load(slices("selector: {app: cart}, ", "10.20.1.7"))
    (end,) = c.endpoints("shop/svc/cart").ready
    assert end.pod.name == "cart-1"
    assert end.reason == (
        "its container a waits: CrashLoopBackOff, and it ended before with OOMKilled; "
        "an EndpointSlice of the dump says that it is ready"
    )


def test_ages_in_a_dump_are_counted_from_its_latest_moment():
    """A dump was written after the last thing that it tells of, so no age is negative, and the oldest object is the oldest."""
    c = kn.Cluster(nodes=1)
    c.apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "old"}})
    c.wait("10m")
    c.apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "new"}})
    c.settle()
    dump = kn.load(c.kubectl("get nodes,cm,leases,events -A -o yaml").stdout)
    assert abs(dump.api.now - c.api.now) < 60
    ages = {
        row.split()[0]: row.split()[-1] for row in dump.kubectl("get cm --no-headers").stdout.splitlines()
    }
    assert ages["old"].startswith(("9m", "10m"))
    assert "<invalid>" not in dump.kubectl("get cm,nodes,events -A").stdout


def test_an_autoscaler_in_a_dump_is_shown_as_it_was_found():
    """A dump has no metrics: so nothing is computed, and what the status says is told."""
    c = kn.load("guestbook")
    assert c.kubectl("autoscale deploy frontend --min=2 --max=8 --cpu=50%").exit == 0
    c.use("deploy/frontend", cpu="300m", shared=True)
    c.wait("2m")
    number = c["hpa/frontend"].status["currentReplicas"]
    dump = kn.load(c.kubectl("get nodes,deploy,rs,pods,hpa -A -o yaml").stdout)
    plan = dump.autoscale_plan("hpa/frontend")
    assert plan.facts.outcome == "found"
    assert plan.facts.replicas == number
    assert "ScalingActive is True (ValidMetricFound)" in plan.text
    assert "metrics-server" not in plan.text
    assert dump.kubectl("top pods").exit == 1
