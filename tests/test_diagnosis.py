"""A diagnosis: which question finds the fault, and that it agrees with traces."""

import random
import warnings

import pytest

import k8snotes as kn

DEPLOYMENT = """{{apiVersion: apps/v1, kind: Deployment, metadata: {{name: {name}}}, spec: {{replicas: {replicas},
  selector: {{matchLabels: {{app: {name}}}}}, template: {{metadata: {{labels: {{app: {name}}}}}, spec: {{containers: [
  {{name: app, image: "{image}", ports: [{{name: {port_name}, containerPort: {port}}}]}}]}}}}}}}}"""
SERVICE = """{{apiVersion: v1, kind: Service, metadata: {{name: {name}}}, spec: {{type: {type}, {more}
  selector: {{app: {selector}}}, ports: [{{port: {port}, targetPort: {target}}}]}}}}"""


def faults(c, target, **more):
    """Return the code of the first fault of a diagnosis, "" if it has none."""
    fault = c.diagnose(target, **more).facts.fault
    return fault.code if fault else ""


# ---- the faults of the broken guestbook


@pytest.fixture(scope="module")
def broken():
    return kn.load("guestbook-broken")


@pytest.mark.parametrize(
    ("target", "code"),
    [
        ("svc/frontend", "selector"),
        ("svc/cache", "ready"),
        ("svc/mysql-server", "selector"),
        ("svc/search", "port"),
        ("pod/mail", "image"),
        ("pod/thumbnails", "started"),
        ("pod/search", ""),
    ],
)
def test_each_mistake_of_the_broken_guestbook_is_the_one_that_is_named(broken, target, code):
    """Each of its mistakes is the first fault of what it breaks."""
    assert faults(broken, target) == code


def test_the_fault_says_what_to_change(broken):
    """What to change names the label, the Namespace, the port and the probe."""
    hints = [
        broken.diagnose(target).facts.fault.hint
        for target in ("svc/frontend", "svc/mysql-server", "svc/search", "svc/cache")
    ]
    assert "Write tier=frontend in spec.selector of service/frontend" in hints[0]
    assert "Create service/mysql-server in namespace storage" in hints[1]
    assert "Write targetPort: web in service/search" in hints[2]
    assert "declares port 6379" in hints[3]


def test_questions_behind_the_fault_are_not_asked(broken):
    """Behind the first fault no question has an answer, and none is a fault."""
    facts = broken.diagnose("svc/frontend").facts
    at = facts.steps.index(facts.fault)
    assert all(step.ok for step in facts.steps[:at])
    assert all(step.ok is None and not step.asked for step in facts.steps[at + 1 :])
    assert facts.ok is False


def test_what_is_well_has_no_fault():
    """In the guestbook, every Service and every Pod is well."""
    c = kn.load("guestbook")
    for item in (*c.objects("svc"), *c.objects("pods")):
        facts = c.diagnose(item.ref).facts
        assert facts.ok, facts


# ---- one fault each


def web(**changes):
    """Return a cluster with Service web and its Pods, with some changes."""
    values = {
        "name": "web",
        "replicas": 2,
        "image": "web:1",
        "port_name": "http",
        "port": 8080,
        "type": "ClusterIP",
        "more": "",
        "selector": "web",
        "target": "http",
    } | changes
    c = kn.Cluster(nodes=2)
    for text in (DEPLOYMENT, SERVICE):
        c.apply(text.format(**(values | ({"port": 80} if text is SERVICE else {}))))
    c.kubectl("run client --image=busybox")
    c.settle()
    return c


def test_a_service_that_is_missing_is_the_fault():
    """A Service that does not exist is the fault, with the name that was probably meant."""
    fault = web().diagnose("svc/wb").facts.fault
    assert (fault.code, fault.ok) == ("service", False)
    assert 'Did you mean "web"?' in fault.hint


def test_no_replicas_is_said_of_the_workload():
    """A Service that selects nothing because its Deployment wants no Pod names the Deployment."""
    c = web(replicas=0)
    fault = c.diagnose("svc/web").facts.fault
    assert fault.code == "selector"
    assert "deployment/web would make such Pods, but wants 0" in fault.answer
    assert c.kubectl(fault.hint.partition(": ")[2]).exit == 0


def test_a_quota_that_refuses_the_pods_is_named():
    """A Service that selects nothing because a quota refuses the Pods says so in the quota's words."""
    c = kn.Cluster(nodes=1)
    c.apply("{apiVersion: v1, kind: ResourceQuota, metadata: {name: cap}, spec: {hard: {pods: 0}}}")
    c.apply(DEPLOYMENT.format(name="web", replicas=1, image="web:1", port_name="http", port=80))
    c.apply(SERVICE.format(name="web", type="ClusterIP", more="", selector="web", port=80, target=80))
    c.settle()
    fault = c.diagnose("svc/web").facts.fault
    assert fault.code == "selector"
    assert "exceeded quota: cap" in fault.hint


def test_a_pod_that_fits_nowhere_is_asked_for_its_node():
    """If no Pod of a Service has a Node, the question of the Node finds the fault."""
    c = web()
    c.kubectl("set resources deploy/web --requests=cpu=64")
    c = kn.Cluster(nodes=1, cpu="1")
    c.apply(
        "{apiVersion: v1, kind: Pod, metadata: {name: big, labels: {app: web}}, spec: {containers: "
        "[{name: a, image: a, resources: {requests: {cpu: 2}}}]}}"
    )
    c.apply(SERVICE.format(name="web", type="ClusterIP", more="", selector="web", port=80, target=80))
    c.settle()
    fault = c.diagnose("svc/web").facts.fault
    assert fault.code == "scheduled"
    assert "2 cpu, but the whole Node has only 1" in fault.hint


def test_a_program_that_crashes_is_asked_for_its_log():
    """If the Pods crash, the line of kubectl shows the log of the container before."""
    c = web()
    c.exits("deploy/web", 3)
    c.settle()
    fault = c.diagnose("svc/web").facts.fault
    assert fault.code == "running"
    assert "exit code 3" in fault.answer
    assert fault.kubectl.endswith("--previous")
    assert c.kubectl(fault.kubectl).exit == 0


def test_a_program_on_localhost_alone_is_not_reached():
    """A program that listens on 127.0.0.1 is the fault, and the address is named."""
    c = web(replicas=1)
    c.listen("deploy/web", 8080, address="127.0.0.1")
    fault = c.diagnose("svc/web").facts.fault
    assert fault.code == "listen"
    assert "listen on all addresses" in fault.hint
    assert c.kubectl(fault.kubectl).exit == 1


def test_a_target_port_that_nothing_listens_on():
    """A targetPort by number that no program listens on names the ports on which it does."""
    fault = web(target=9090).diagnose("svc/web").facts.fault
    assert fault.code == "listen"
    assert "Send to port 8080" in fault.hint


def test_a_local_policy_without_a_pod_on_the_node_is_found_at_the_rules():
    """With internalTrafficPolicy: Local, the rules of a Node without Pods are the fault."""
    c = web(replicas=1, more="internalTrafficPolicy: Local,")
    away = next(node for node in ("node-1", "node-2") if node != c.objects("pods", "app=web")[0].node_name)
    assert faults(c, "svc/web", source=f"node/{away}") == "rules"


def test_cluster_dns_without_pods_is_found_at_the_name():
    """If no Pod stands behind cluster DNS, everything but the name is well."""
    c = kn.load("cluster-dns")
    c.kubectl("scale deploy coredns -n kube-system --replicas=0")
    c.apply(DEPLOYMENT.format(name="web", replicas=1, image="web:1", port_name="http", port=80))
    c.apply(SERVICE.format(name="web", type="ClusterIP", more="", selector="web", port=80, target=80))
    c.settle()
    facts = c.diagnose("svc/web").facts
    assert facts.fault.code == "dns"
    assert facts.step("rules").ok


def test_a_cluster_ip_does_not_answer_outside():
    """A ClusterIP called from outside is at fault at the way, and what to change is the type."""
    c = web()
    fault = c.diagnose("svc/web", source="outside").facts.fault
    assert fault.code == "rules"
    assert "type: NodePort or type: LoadBalancer" in fault.hint
    assert c.diagnose("http://10.96.1.1").facts.fault.code == "rules"


def test_a_name_that_does_not_exist_is_a_fault_not_an_error():
    """A URL whose name leads nowhere is at fault at DNS."""
    fault = web().diagnose("http://wbe", source="pod/client").facts.fault
    assert fault.code == "dns"
    assert 'Did you mean "web"?' in fault.answer


def test_an_ended_pod_is_well_if_it_succeeded():
    """A Pod that has ended with success has no fault, and one that failed has."""
    c = kn.Cluster(nodes=1)
    for name, code in (("good", 0), ("bad", 2)):
        c.apply(
            f"{{apiVersion: v1, kind: Pod, metadata: {{name: {name}}}, spec: {{restartPolicy: Never, containers: "
            "[{name: a, image: a}]}}"
        )
        c.exits(f"pod/{name}", code)
    c.settle()
    assert c.diagnose("pod/good").facts.ok is True
    assert faults(c, "pod/bad") == "running"


def test_some_requests_that_fail_are_told_where_the_first_is_answered():
    """If only some requests fail, a URL whose first request is answered says so, and a Service has the fault."""
    c = web()
    c.listen(c.objects("pods", "app=web")[0].ref, 1)
    assert faults(c, "svc/web") == "listen"
    facts = [c.diagnose(f"http://{ip}", source="pod/client").facts for ip in ("web", c["svc/web"].cluster_ip)]
    for url, fact in zip(("http://web", f"http://{c['svc/web'].cluster_ip}"), facts, strict=True):
        answered = c.trace(url, source="pod/client").outcome == "connected"
        assert (fact.fault is None) == answered
        assert not answered or "50 % of them fail" in fact.steps[-1].hint


def test_endpoints_that_are_not_written_yet():
    """Before the controllers have acted, the EndpointSlices are the fault, and time is what is missing."""
    c = web(selector="wab")
    c.kubectl("""patch svc web -p '{"spec": {"selector": {"app": "web"}}}'""")
    fault = c.diagnose("svc/web").facts.fault
    assert fault.code == "port"
    assert "c.settle()" in fault.hint
    assert "endpointslices" in fault.kubectl
    c.settle()
    assert faults(c, "svc/web") == ""


def test_one_of_several_ports_that_leads_nowhere():
    """Of several ports, the one that no Pod has is named, and a URL to another one has no fault."""
    c = kn.Cluster(nodes=1)
    c.apply(DEPLOYMENT.format(name="web", replicas=1, image="web:1", port_name="http", port=8080))
    c.apply(
        "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {app: web}, ports: "
        "[{name: http, port: 80, targetPort: http}, {name: metrics, port: 90, targetPort: metrics}]}}"
    )
    c.kubectl("run client --image=busybox")
    c.settle()
    fault = c.diagnose("svc/web").facts.fault
    assert fault.code == "port"
    assert "90 (metrics)" in fault.answer
    assert faults(c, "http://web:80", source="pod/client") == ""
    assert faults(c, "http://web:90", source="pod/client") == "port"


def test_a_selector_that_finds_another_program_too():
    """If a Service selects web servers and a database alike, what to change is the selector."""
    c = kn.Cluster(nodes=1)
    for name, tier, port in (("blog", "web", 80), ("blog-db", "db", 3306)):
        c.apply(
            f"{{apiVersion: apps/v1, kind: Deployment, metadata: {{name: {name}}}, spec: {{replicas: 2, selector: "
            f"{{matchLabels: {{tier: {tier}}}}}, template: {{metadata: {{labels: {{app: blog, tier: {tier}}}}}, spec: "
            f"{{containers: [{{name: a, image: a, ports: [{{containerPort: {port}}}]}}]}}}}}}}}"
        )
    c.apply(SERVICE.format(name="blog", type="ClusterIP", more="", selector="blog", port=80, target=80))
    c.settle()
    fault = c.diagnose("svc/blog").facts.fault
    assert fault.code == "listen"
    assert "(2 of 4 are like this)" in fault.answer
    assert "Add tier=web to it" in fault.hint


def test_other_kinds_are_refused():
    """A Deployment has no chart, and the message says what has one."""
    with pytest.raises(kn.ClusterError, match="asks about a Service"):
        web().diagnose("deploy/web")
    with pytest.raises(kn.NotFoundError):
        web().diagnose("deploy/wb")


# ---- dumps


def test_what_a_dump_does_not_tell_is_not_known_here():
    """Whether programs listen is not known of a dump, and not a fault."""
    c = kn.load("till-dump")
    facts = c.diagnose("svc/till").facts
    assert facts.step("listen").ok is None
    assert "not known here" in facts.step("listen").answer
    assert facts.ok
    assert faults(c, "svc/stock") == "selector"
    assert faults(c, "svc/mail") == "ready"


# ---- the lines of kubectl


@pytest.mark.parametrize("name", ["guestbook", "guestbook-broken", "tomcat-service", "till-dump"])
def test_every_line_of_kubectl_runs(name):
    """Each question's line of kubectl is one that is known here; it fails only where a real one would."""
    c = kn.load(name)
    for item in (*c.objects("svc"), *c.objects("pods")):
        for step in c.diagnose(item.ref).facts.steps:
            answer = c.copy().kubectl(step.kubectl) if not c.snapshot else c.kubectl(step.kubectl)
            assert step.kubectl.startswith("kubectl ")
            assert "simulate" not in answer.stderr, step
            assert "unknown" not in answer.stderr, step
            assert answer.exit == 0 or "exec" in step.kubectl or "logs" in step.kubectl or step.ok is False, (
                step
            )


# ---- the same as traces


def random_cluster(random_):
    """Return a cluster with faults here and there."""
    c = kn.Cluster(nodes=random_.choice([1, 2, 3]), proxy=random_.choice(["iptables", "nftables"]))
    names = ["web", "db", "cart"]
    for name in names:
        port_name = random_.choice(["http", "main"])
        image = random_.choice(["a:1", "a:1", "a:1", "broken:1"])
        replicas = random_.choice([0, 1, 2, 2])
        c.apply(DEPLOYMENT.format(name=name, replicas=replicas, image=image, port_name=port_name, port=8080))
        more = random_.choice(["", "", "internalTrafficPolicy: Local,", "publishNotReadyAddresses: true,"])
        type_ = random_.choice(["ClusterIP", "NodePort", "LoadBalancer"])
        if random_.random() < 0.2:
            more, type_ = "clusterIP: None,", "ClusterIP"
        c.apply(
            SERVICE.format(
                name=name,
                type=type_,
                more=more,
                selector=random_.choice([name, name, name, "other"]),
                port=random_.choice([80, 8080]),
                target=random_.choice(["http", 8080, 9090]),
            )
        )
    if random_.random() < 0.5:
        c.provide_load_balancers()
    c.kubectl("run client --image=busybox")
    c.settle()
    pods = c.objects("pods")
    for pod in pods:
        if random_.random() < 0.15:
            c.listen(pod.ref, random_.choice([8080, 9090]), address=random_.choice(["", "127.0.0.1"]))
        elif random_.random() < 0.1:
            c.set_ready(pod.ref, value=False)
    if random_.random() < 0.2:
        c.lose("node-1")
    if random_.random() < 0.8:
        c.settle()
    return c


def urls(c):
    """Yield what may be called in a cluster."""
    for service in c.objects("svc"):
        for port in service.ports:
            yield f"{service.name}:{port.port}"
            if service.cluster_ip != "None":
                yield f"{service.cluster_ip}:{port.port}"
            if port.node_port:
                yield f"{c['node/node-1'].status['addresses'][0]['address']}:{port.node_port}"
            for ip in service.load_balancer_ips:
                yield f"{ip}:{port.port}"
    for pod in c.objects("pods"):
        if pod.ip:
            yield f"{pod.ip}:8080"
    yield "nowhere:80"
    yield "10.96.200.200:80"


@pytest.mark.parametrize("seed", range(12))
def test_a_diagnosis_has_a_fault_where_a_trace_does_not_connect(seed):
    """Of every URL and every sender, a trace connects exactly where the diagnosis has no fault."""
    random_ = random.Random(seed)  # noqa: S311  # nothing is to be kept secret
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        c = random_cluster(random_)
    for url in urls(c):
        for source in ("outside", "node/node-1", "pod/client"):
            try:
                outcome = c.trace(url, source=source).outcome
            except kn.NotFoundError:
                outcome = "no name"
            except kn.ClusterError:
                continue
            facts = c.diagnose(url, source=source).facts
            if outcome == "leaves":
                assert facts.ok is None, (url, source, facts)
            else:
                assert (facts.fault is None) is (outcome == "connected"), (url, source, outcome, facts)
                assert facts.ok is (outcome == "connected"), (url, source, outcome, facts)


@pytest.mark.parametrize("seed", range(12))
def test_a_service_without_fault_answers_whoever_asked(seed):
    """A Service has no fault exactly where every request of its client is answered, and every Pod behind it listens."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        c = random_cluster(random.Random(seed))  # noqa: S311
    for service in c.objects("svc"):
        facts = c.diagnose(service.ref).facts
        if facts.source and not (service.headless and facts.source.startswith("node/")):
            host = service.name if facts.source.startswith("pod/") else service.cluster_ip
            ways = c.trace(f"{host}:{service.ports[0].port}", source=facts.source, times=60).spread
            if facts.fault is None or facts.fault.code != "listen":
                assert (facts.fault is None) is all(share.outcome == "connected" for share in ways), facts


@pytest.mark.parametrize("seed", range(6))
def test_a_pod_without_fault_is_ready(seed):
    """A Pod that is not ready has a fault, and its diagnosis asks until it finds it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        c = random_cluster(random.Random(seed))  # noqa: S311
    for pod in c.objects("pods"):
        facts = c.diagnose(pod.ref).facts
        if not pod.ready:
            assert facts.fault is not None, facts
            assert facts.fault.code in ("scheduled", "image", "started", "running", "ready")
        elif facts.fault is not None:
            assert facts.fault.code in ("listen", "policy", "rules", "answer"), facts


@pytest.mark.parametrize("seed", range(3))
def test_lines_of_kubectl_answer_as_the_question(seed):
    """In a cluster with faults, a line fails only where the question finds the fault; it is never an unknown one."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        c = random_cluster(random.Random(seed))  # noqa: S311
    for item in (*c.objects("svc"), *c.objects("pods")):
        for step in c.diagnose(item.ref).facts.steps:
            if step.asked:
                out = c.copy().kubectl(step.kubectl)
                assert "simulate" not in out.stderr, step
                assert out.exit == 0 or step.ok is not True, (step, out)


def test_the_command_that_scales_up_can_be_run():
    """What to change is a line that kubectl takes, in every Namespace."""
    c = kn.Cluster(nodes=1)
    c.apply("{apiVersion: v1, kind: Namespace, metadata: {name: shop}}")
    c.apply(DEPLOYMENT.format(name="web", replicas=0, image="web:1", port_name="http", port=80), "shop")
    c.apply(SERVICE.format(name="web", type="ClusterIP", more="", selector="web", port=80, target=80), "shop")
    c.settle()
    hint = c.diagnose("shop/svc/web").facts.fault.hint
    line = hint.partition("kubectl ")[2]
    assert line == "scale deployment/web --replicas=1 -n shop"
    assert c.kubectl(line).exit == 0
    c.settle()
    assert not faults(c, "shop/svc/web")
