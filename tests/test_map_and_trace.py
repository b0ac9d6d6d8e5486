"""Map and trace agree: a port that the map ticks has an endpoint, and a port without one is not ticked."""

import random
from pathlib import Path

import pytest

import k8snotes as kn

REPORTS = Path(__file__).resolve().parent / "golden" / "reports"
PROBE = (
    "{apiVersion: v1, kind: Pod, metadata: {name: probe}, spec: {containers: [{name: a, image: probe:1}]}}"
)
NAMES = ("http", "sql", "dns")


def ports_of_map(c, name):
    """Return what the map ticks for a Service: the text of each port, with an arrow where it is translated."""
    facts = c.service_map().facts
    (service,) = [item for item in facts.services if item.name == name]
    texts = [link.ports for link in facts.links if link.service == service.ref and link.state == "ready"]
    if service.by_hand:
        texts.append(service.by_hand_ports)
    return {line for text in texts for line in text.split("\n") if line}


def has_endpoints(c, url, protocol):
    """Whether kube-proxy's rules have an endpoint for a port: they refuse the packet otherwise."""
    trace = c.trace(url, source="pod/probe", protocol=protocol).facts
    last = trace.hops[-1]
    return not (last.kind == "rules" and last.ends == "refused")


def written(port, *, with_target=False):
    parts = [f"port: {port['port']}", f"protocol: {port['protocol']}"]
    parts += [f"name: {port['name']}"] if port["name"] else []
    parts += [f"targetPort: {port['target']}"] if with_target else []
    return f"{{{', '.join(parts)}}}"


def some_service(random_, number):
    """Return a Service with one to three ports, and what is behind it: Pods, or addresses that somebody wrote."""
    name, count = f"svc-{number}", random_.randint(1, 3)
    ports = []
    for at in range(count):
        port_name = NAMES[at] if count > 1 or random_.random() < 0.6 else ""
        target = random_.choice((8000 + at, 8000 + at, random_.choice(NAMES)))
        protocol = random_.choice(("TCP", "TCP", "UDP"))
        ports.append({"name": port_name, "port": 80 + at, "target": target, "protocol": protocol})
    head = "clusterIP: None, " if random_.random() < 0.25 else ""
    lines = ", ".join(written(port, with_target=True) for port in ports)
    behind = random_.choice(("pods", "pods", "slice", "endpoints", "nothing"))
    selector = f"selector: {{app: {name}}}, " if behind == "pods" else ""
    texts = [
        f"{{apiVersion: v1, kind: Service, metadata: {{name: {name}}}, spec: {{{head}{selector}ports: [{lines}]}}}}"
    ]
    there = [
        {
            "name": random_.choice((port["name"], port["name"], random_.choice((*NAMES, "")))),
            "port": 5000 + at,
            "protocol": random_.choice((port["protocol"], port["protocol"], "TCP")),
        }
        for at, port in enumerate(ports)
    ]
    there = [*{port["name"]: port for port in there}.values()]
    if len(there) > 1 and any(not port["name"] for port in there):
        there = there[:1]
    listed = ", ".join(map(written, there))
    address = f"172.20.{number}.1"
    if behind == "pods":
        for pod in range(random_.randint(0, 2)):
            names = random_.sample(NAMES, random_.randint(0, 2))
            own = ", ".join(
                f"{{name: {port}, containerPort: {9000 + at}, protocol: {random_.choice(('TCP', 'UDP'))}}}"
                for at, port in enumerate(names)
            )
            image = random_.choice(("web:1", "web:1", "broken:1"))
            texts.append(
                f"{{apiVersion: v1, kind: Pod, metadata: {{name: {name}-{pod}, labels: {{app: {name}}}}}, "
                f"spec: {{containers: [{{name: a, image: '{image}', ports: [{own}]}}]}}}}"
            )
    elif behind == "slice":
        texts.append(
            f"{{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {{name: {name}-a, labels: "
            f"{{kubernetes.io/service-name: {name}}}}}, addressType: IPv4, ports: [{listed}], "
            f"endpoints: [{{addresses: [{address}], conditions: {{ready: {random_.choice(('true', 'true', 'false'))}}}}}]}}"
        )
    elif behind == "endpoints":
        texts.append(
            f"{{apiVersion: v1, kind: Endpoints, metadata: {{name: {name}}}, "
            f"subsets: [{{addresses: [{{ip: {address}}}], ports: [{listed}]}}]}}"
        )
    return texts


@pytest.mark.parametrize("seed", range(24))
def test_a_ticked_port_has_an_endpoint_and_no_other_has(seed):
    """Whatever stands behind a Service, the map ticks a port exactly if kube-proxy has somewhere to send it."""
    random_ = random.Random(seed)  # noqa: S311  # nothing is to be kept secret
    c = kn.load(
        "\n---\n".join([PROBE, *(text for number in range(8) for text in some_service(random_, number))])
    )
    assert c.refused == []
    for service in c.objects("services", namespace="default"):
        if service.name == "kubernetes":
            continue
        ticked = ports_of_map(c, service.name)
        facts = c.endpoints(service.ref)
        assert bool(facts.ready) is bool(ticked), (service.name, str(facts))
        for port in service.ports if not service.headless else ():
            sign = f":{port.port} → "
            udp = " UDP" if port.protocol == "UDP" else ""
            on_map = any(line.startswith(sign) and line.endswith(" UDP") is bool(udp) for line in ticked)
            url = f"{service.name}:{port.port}"
            assert has_endpoints(c, url, port.protocol) is on_map, (seed, service.name, port, ticked)


@pytest.mark.parametrize("seed", range(12))
def test_what_a_map_says_of_a_headless_service_is_what_a_client_finds(seed):
    """The ports on the map are those of the Pods: they answer, and the Service's own port does so only if it is one."""
    random_ = random.Random(1000 + seed)  # noqa: S311  # nothing is to be kept secret
    port, target = random_.choice(((80, 80), (80, 8080), (5672, 5672), (443, 8443)))
    c = kn.load(
        f"""
{PROBE}
---
apiVersion: v1
kind: Service
metadata: {{name: queue}}
spec: {{clusterIP: None, selector: {{app: queue}}, ports: [{{port: {port}, targetPort: {target}}}]}}
---
apiVersion: v1
kind: Pod
metadata: {{name: queue-0, labels: {{app: queue}}}}
spec: {{containers: [{{name: a, image: queue:1, ports: [{{containerPort: {target}}}]}}]}}
"""
    )
    assert ports_of_map(c, "queue") == {f":{target}"}
    assert c.trace(f"queue:{target}", source="pod/probe").outcome == "connected"
    trace = c.trace(f"queue:{port}", source="pod/probe")
    assert trace.outcome == ("connected" if port == target else "refused")
    told = (c.service_map().text, str(c.endpoints("svc/queue")), trace.facts.reason)
    assert [("headless" in text and "translate" in text) for text in told] == [port != target] * 3


def test_the_doctor_knows_that_a_headless_service_does_not_translate():
    """A target port that differs from the port is noted, with what to write; one that is the same is not."""
    service = "{apiVersion: v1, kind: Service, metadata: {name: q}, spec: {clusterIP: IP, selector: {a: b}, ports: [{port: 80, targetPort: TO}]}}"
    pod = "{apiVersion: v1, kind: Pod, metadata: {name: p, labels: {a: b}}, spec: {containers: [{name: a, image: b:1}]}}"
    found = [
        [
            (item.field, item.write)
            for item in kn.examine(f"{service.replace('IP,', f'{ip},').replace('TO', to)}\n---\n{pod}")
        ]
        for ip, to in (("None", "8080"), ("None", "80"), ("10.96.0.9", "8080"))
    ]
    assert found == [[("spec.ports[0].targetPort", "port: 8080")], [], []]


@pytest.mark.parametrize(
    ("file", "service", "outcome"),
    [
        ("25-endpoints-by-hand.yaml", "legacy-db", "connected"),
        ("25-endpoints-by-hand.yaml", "second-db", "refused"),
        ("34-epname.yaml", "ledgerdb", "refused"),
        ("34-epname.yaml", "otherdb", "connected"),
    ],
)
def test_ports_of_addresses_by_hand_are_joined_by_name(file, service, outcome):
    """kube-proxy sends to a port of the same name only, and every view says so."""
    c = kn.load(REPORTS / file)
    if "probe" not in {pod.name for pod in c.objects("pods")}:
        c.apply(PROBE)
        c.settle()
    trace = c.trace(f"{service}:5432", source="pod/probe")
    assert trace.outcome == outcome
    facts = c.endpoints(f"svc/{service}")
    if outcome == "connected":
        assert (len(facts.ready), facts.left_out) == (1, ())
        assert ports_of_map(c, service) == {":5432 → 5432"}
        return
    assert "kube-proxy joins ports by name" in trace.facts.reason
    assert (facts.ready, len(facts.left_out)) == ((), 1)
    assert "kube-proxy joins ports by name" in str(facts)
    assert ports_of_map(c, service) == set()


def test_one_port_of_two_may_be_without_endpoints():
    """The map names the port that none of the Pods has, and ticks the other."""
    c = kn.load(
        f"""
{PROBE}
---
apiVersion: v1
kind: Service
metadata: {{name: web}}
spec:
  selector: {{app: web}}
  ports: [{{name: http, port: 80, targetPort: http}}, {{name: admin, port: 81, targetPort: admin}}]
---
apiVersion: v1
kind: Pod
metadata: {{name: web, labels: {{app: web}}}}
spec: {{containers: [{{name: a, image: web:1, ports: [{{name: http, containerPort: 8080}}]}}]}}
"""
    )
    assert ports_of_map(c, "web") == {":80 → http 8080"}
    assert c.endpoints("svc/web").note == "selects 1 Pod, 1 ready; port 81 (admin) has no endpoints"
    assert c.trace("web:81", source="pod/probe").outcome == "refused"


def test_the_map_says_what_pods_use_if_it_is_asked():
    """With uses=True a Pod's box names its ConfigMaps, Secrets, claims and account; without, nothing is said of them."""
    c = kn.Cluster(nodes=1)
    c.apply(
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": "web", "labels": {"app": "web"}},
            "spec": {
                "containers": [
                    {
                        "name": "app",
                        "image": "web:1",
                        "ports": [{"containerPort": 80}],
                        "envFrom": [{"configMapRef": {"name": "settings"}}, {"secretRef": {"name": "keys"}}],
                        "env": [
                            {
                                "name": "A",
                                "valueFrom": {
                                    "configMapKeyRef": {"name": "settings", "key": "a", "optional": True}
                                },
                            }
                        ],
                    }
                ],
                "volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}],
            },
        }
    )
    assert c.kubectl("expose pod web --port 80").exit == 0
    used = ("persistentvolumeclaim/data", "configmap/settings", "secret/keys")
    asked = c.service_map(uses=True)
    assert asked.facts.pods[0].uses == used
    assert f"uses {', '.join(used)}" in asked.text
    assert "configmap/settings" in asked.svg
    assert "uses" not in c.service_map().text
    assert c.service_map().facts.pods[0].uses == ()
    assert "configmap/settings" not in c.service_map().svg
