"""The pictures of NetworkPolicies: who may reach a Pod and whom it may reach, and the matrix of all."""

from __future__ import annotations

import re

import pytest

import k8snotes as kn
from k8snotes.facts.reach import ANY_PORT, port_name
from k8snotes.figures import palette
from k8snotes.figures.layout import HIGHEST, WIDEST
from k8snotes.figures.scene import Box, Link

WORKLOADS = (
    ("shop", "web", 3, [{"name": "http", "containerPort": 8080}]),
    ("shop", "api", 2, [{"name": "http", "containerPort": 8080}, {"name": "metrics", "containerPort": 9090}]),
    ("shop", "db", 2, [{"containerPort": 5432}]),
    ("monitoring", "prometheus", 1, [{"containerPort": 9090}]),
)
POLICIES = """
{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: deny-all, namespace: shop}, spec: {podSelector: {}}}
---
{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: allow-web, namespace: shop}, spec: {
  podSelector: {matchLabels: {app: api}}, ingress: [{from: [{podSelector: {matchLabels: {app: web}}}], ports: [{port: http}]}]}}
---
{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: allow-metrics, namespace: shop}, spec: {
  podSelector: {matchLabels: {app: api}}, ingress: [{ports: [{port: metrics}], from: [{namespaceSelector:
  {matchLabels: {team: ops}}, podSelector: {matchLabels: {app: prometheus}}}]}]}}
---
{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: to-db, namespace: shop}, spec: {
  podSelector: {matchLabels: {app: db}}, ingress: [{from: [{podSelector: {matchLabels: {app: api}}}], ports: [{port: 5432}]}]}}
---
{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: api-out, namespace: shop}, spec: {
  podSelector: {matchLabels: {app: api}}, policyTypes: [Egress], egress: [
  {to: [{podSelector: {matchLabels: {app: db}}}], ports: [{port: 5432}]},
  {to: [{ipBlock: {cidr: 0.0.0.0/0, except: [10.0.0.0/8]}}], ports: [{port: 443}]}]}}
---
{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: typo, namespace: shop}, spec: {
  podSelector: {matchLabels: {app: apii}}, ingress: [{from: [{podSelector: {matchLabels: {app: wob}}}]}]}}
"""


def shop(policies=POLICIES):
    c = kn.Cluster(nodes=2)
    for name, team in (("shop", "shop"), ("monitoring", "ops")):
        c.create(
            {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": {"team": team}}}
        )
    for namespace, name, replicas, ports in WORKLOADS:
        container = {"name": "c", "image": f"{name}:1", "ports": ports}
        template = {"metadata": {"labels": {"app": name}}, "spec": {"containers": [container]}}
        c.create(
            {
                "apiVersion": "apps/v1",
                "kind": "Deployment",
                "metadata": {"name": name, "namespace": namespace},
                "spec": {
                    "replicas": replicas,
                    "selector": {"matchLabels": {"app": name}},
                    "template": template,
                },
            }
        )
    pod = {"containers": [{"name": "c", "image": "busybox"}]}
    c.create({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "client"}, "spec": pod})
    if policies:
        c.apply(policies)
    c.settle()
    return c


def pod_of(c, app):
    return next(pod.ref for pod in c.objects("pods") if pod.labels.get("app") == app)


def pictures(c):
    return {
        "policies of a Pod": c.policies(pod_of(c, "api")),
        "policies of an open Pod": c.policies("pod/client"),
        "reach": c.reach(),
        "reach of a Namespace": c.reach("monitoring"),
    }


@pytest.fixture(scope="module")
def c():
    return shop()


def test_a_pod_has_those_who_reach_it_and_those_whom_it_reaches(c):
    """For each workload and port the facts say whether a connection passes, and by which rule."""
    facts = c.policies(pod_of(c, "api")).facts
    assert facts.ingress.policies == ("allow-metrics", "allow-web", "deny-all")
    assert facts.egress.policies == ("api-out",)
    way = facts.ingress.of("web", "8080")
    assert (way.allowed, way.policy, way.rule) == (True, "allow-web", 0)
    way = facts.ingress.of("web", "9090")
    assert (way.allowed, way.policy, way.rule) == (False, "deny-all", None)
    assert "allow-web misses port 9090 (allowed: http = 8080)" in way.reason
    assert facts.ingress.of("prometheus", "9090").allowed
    assert facts.egress.of("db", "5432").policy == "api-out"
    assert not facts.egress.of("web").allowed
    with pytest.raises(KeyError):
        facts.egress.of("nobody")


def test_the_other_end_may_drop_a_connection(c):
    """Where the Pod is open and the other one is not, the other one is named."""
    way = c.policies("pod/client").facts.egress.of("web")
    assert (way.allowed, way.by_other, way.policy) == (False, True, "deny-all")
    assert "isolated for ingress" in way.reason


def test_a_peer_that_finds_no_pod_and_a_policy_that_selects_none_are_told(c):
    """What does nothing is told of: a selector that no Pod fits, and a policy that is for other Pods."""
    facts = c.policies(pod_of(c, "api")).facts
    others = {item.policy: item for item in facts.others}
    assert (others["typo"].pods, others["to-db"].pods) == (0, 2)
    assert others["typo"].near
    lonely = """{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: lonely, namespace: shop},
 spec: {podSelector: {matchLabels: {app: web}}, ingress: [{from: [{podSelector: {matchLabels: {app: gone}}}]}]}}"""
    other = c.copy()
    other.apply(lonely)
    figure = other.policies(pod_of(other, "web"))
    (rule,) = figure.facts.ingress.rules
    assert rule.peers[0].groups == ()
    assert "rule of lonely: podSelector={app=gone}, any port: it finds no Pod" in figure.text


def test_the_picture_says_who_decides(c):
    """Boxes of both sides have the rule or what it misses; the alternative text has the standing of the Pod."""
    figure = c.policies(pod_of(c, "api"))
    assert figure.title.endswith("isolated for ingress and egress")
    for words in (
        "allow-web misses",
        "no policy allows it",
        "0.0.0.0/0 except 10.0.0.0/8",
        "no DNS",
    ):
        assert words in figure.svg, words
    assert "Its DNS queries are dropped." in figure.alt
    assert "typo does not select" in figure.text


def test_the_matrix_has_every_pair(c):
    """Counts, cells and table agree; a cell names the policy that decides, and the end that drops."""
    facts = c.reach().facts
    cells = list(facts.cells())
    assert [cell.allowed for cell in cells] == [
        facts.allows(cell.source, cell.target, cell.port) for cell in cells
    ]
    between = [cell for cell in cells if cell.source != cell.target or len(cell.source.pods) > 1]
    assert facts.counted == (sum(cell.allowed for cell in between), len(between))
    cell = facts.cell(facts.group("api", "shop"), facts.group("web", "shop"), (8080, "TCP"))
    assert (cell.allowed, cell.drops, cell.policy) == (False, "egress", "api-out")
    cell = facts.cell(facts.group("client"), facts.group("web", "shop"), (8080, "TCP"))
    assert (cell.allowed, cell.drops, cell.policy) == (False, "ingress", "deny-all")
    table = c.reach().table
    assert len(table) == len(cells)
    assert list(table["allowed"]) == [cell.allowed for cell in cells]
    assert list(table["why"]) == [str(facts.cell(*cell[:3]).reason) for cell in cells]
    assert cells == [facts.cell(*cell[:3]) for cell in cells]
    with pytest.raises(KeyError):
        facts.group("nobody")


def test_pods_of_one_workload_reach_each_other_only_by_policy(c):
    """The cell of a workload and itself is about two of its Pods, that of a single Pod about itself."""
    facts = c.reach().facts
    web, client = facts.group("web", "shop"), facts.group("client")
    assert not facts.allows(web, web, (8080, "TCP"))
    assert facts.allows(client, client, ANY_PORT)
    assert port_name(ANY_PORT) == "other ports"


def test_the_matrix_of_a_namespace_counts_policies_of_all(c):
    """With a Namespace only its Pods are rows and columns."""
    facts = c.reach("shop").facts
    assert {group.namespace for group in facts.groups} == {"shop"}
    assert facts.guarded == 6
    with pytest.raises(kn.NotFoundError):
        c.reach("nowhere")


def test_without_policies_all_is_open():
    """A cluster without policies, and one with a plugin that ignores them, has nothing but ✓."""
    c = shop("")
    allowed, total = c.reach().facts.counted
    assert allowed == total
    assert "no NetworkPolicy" in c.reach().title
    blind = kn.Cluster(nodes=1, network_policies=False)
    blind.apply("{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: c, image: b}]}}")
    blind.apply(
        "{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: shut}, spec: {podSelector: {}}}"
    )
    blind.settle()
    assert blind.reach().title.endswith("the network plugin ignores policies")
    assert blind.policies("pod/a").title.endswith("the network plugin ignores policies")


def test_pods_on_the_network_of_their_node_are_left_out():
    """The matrix leaves them out and says so; of such a Pod it is said that policies are the choice of the plugin."""
    c = shop()
    c.apply(
        "{apiVersion: v1, kind: Pod, metadata: {name: agent}, spec: {hostNetwork: true, containers: [{name: c, image: b}]}}"
    )
    c.settle()
    assert c.reach().facts.on_host == 1
    assert "1 Pod on the network of its Node is left out" in c.reach().html
    figure = c.policies("pod/agent")
    assert figure.facts.on_host
    assert "most ignore such Pods" in figure.text


def test_policies_are_asked_of_pods_alone(c):
    """What is no Pod is refused in words, and a Pod that is not there as ever."""
    with pytest.raises(kn.ClusterError, match="only for a Pod"):
        c.policies("shop/deploy/web")
    with pytest.raises(kn.NotFoundError):
        c.policies("pod/nobody")


def test_a_pod_that_waits_has_policies_too():
    """A Pod without an address is found by its labels already."""
    c = shop()
    c.apply(
        "{apiVersion: v1, kind: Pod, metadata: {name: big, namespace: shop, labels: {app: api}}, "
        "spec: {containers: [{name: c, image: b, resources: {requests: {cpu: 100}}}]}}"
    )
    c.settle()
    facts = c.policies("shop/pod/big").facts
    assert facts.ingress.policies == ("allow-metrics", "allow-web", "deny-all")
    assert facts.dns == ""


def test_a_thousand_pods_take_one_look_at_each_class():
    """What is judged grows with the kinds of Pods, not with the Pods: twice as many alike ask no policy more often."""
    counts = []
    for replicas in (50, 100):
        c = shop()
        c.scale("shop/deploy/web", replicas)
        c.settle()
        facts = c.reach().facts
        counts.append((len(facts.groups), len({group.kind for group in facts.groups})))
    assert counts[0] == counts[1]


def size(figure):
    """Return the width and the height of a picture, in pixels."""
    return tuple(float(re.search(rf'{side}="([\d.]+)"', figure.svg).group(1)) for side in ("width", "height"))


def crowd(number):
    """So many Pods, each with ports and labels of its own kind, and policies between the kinds."""
    c = kn.Cluster(nodes=4)
    pods = [
        f"{{apiVersion: v1, kind: Pod, metadata: {{name: a-pod-with-a-long-name-{n}, labels: {{tier: t{n % 20}}}}}, "
        f"spec: {{containers: [{{name: c, image: b, ports: [{{containerPort: {8000 + n % 4}}}]}}]}}}}"
        for n in range(number)
    ]
    policies = [
        "{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, "
        f"metadata: {{name: a-policy-with-a-long-name-{n}}}, spec: {{podSelector: {{matchLabels: {{tier: t{n}}}}}, "
        f"policyTypes: [Ingress, Egress], ingress: [{{from: [{{podSelector: {{matchLabels: {{tier: t{n + 1}}}}}}}, "
        f"{{ipBlock: {{cidr: 10.{n}.0.0/16}}}}]}}], "
        f"egress: [{{to: [{{podSelector: {{matchLabels: {{tier: t{n - 1}}}}}}}]}}]}}}}"
        for n in range(1, 19)
    ]
    c.apply("\n---\n".join([*pods, *policies]))
    c.settle()
    return c


@pytest.mark.parametrize("number", [1, 3, 20, 200])
def test_pictures_of_policies_fit_a_screen(number):
    """However many Pods and policies there are, both pictures are seen at once."""
    c = crowd(number)
    for figure in (c.policies("pod/a-pod-with-a-long-name-0"), c.reach()):
        wide, high = size(figure)
        assert wide <= WIDEST
        assert high <= HIGHEST


def test_what_is_blocked_ends_at_a_bar(c):
    """The way of each group is an arrow if a port may be called, and ends at a bar otherwise; what passes comes first."""
    figure = c.policies(pod_of(c, "api"))
    assert figure.verdict.startswith("✗")
    boxes = {box.id: box for box in figure.scene.drawn if isinstance(box, Box)}
    ways = {}
    for link in figure.scene.drawn:
        if isinstance(link, Link):
            ends = (link.tail.partition(":")[0], link.head)
            ways[next(end for end in ends if end in boxes and end != "pod")] = link.way
    looks = {name: boxes[name].look for name in ways}
    assert palette.CUT in ways.values()
    assert all((way == palette.CUT) is (looks[name] == palette.LEFT_OUT) for name, way in ways.items())
    into = [ways[name] for name in ways if name.startswith("ingress")]
    assert into == sorted(into, key=lambda way: way == palette.CUT)


def test_a_cell_names_its_policy_and_lights_its_heads(c):
    """A cell says whether a connection passes and by which policy; the pointer on it leaves its row and column lit."""
    figure = c.reach()
    boxes = {box.id: box for box in figure.scene.drawn if isinstance(box, Box)}
    groups = [group.short for group in figure.facts.groups]
    at = groups.index("client"), groups.index("web × 3")
    cell = boxes["x{}-{}".format(*at)]
    assert [line.drawn[0].text for line in cell.lines] == ["✗ blocked", "deny-all"]
    assert "dashed" in cell.look.style
    (key,) = cell.keys
    assert {name for name, box in boxes.items() if key in box.keys} == {cell.id, f"r{at[0]}", f"c{at[1]}"}


def test_the_matrix_says_who_alone_may_reach_whom():
    """Where few are closed to all but a few, the first line names them."""
    only = """{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: db, namespace: shop}, spec: {
  podSelector: {matchLabels: {app: db}}, ingress: [{from: [{podSelector: {matchLabels: {app: api}}}]}]}}"""
    assert shop(only).reach().verdict == "✗ Only api × 2 may reach db × 2"
    assert shop("").reach().verdict == "✓ Policies let every workload reach every other"


def test_the_outline_tells_namesakes_apart():
    """A target of another namespace is told with its namespace, as two workloads may have one name."""
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "web"},
        "spec": {"containers": [{"name": "a", "image": "a"}]},
    }
    c = kn.Cluster(nodes=1)
    c.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "test"}})
    for namespace in ("default", "test"):
        c.create(pod, namespace=namespace)
    c.settle()
    lines = c.reach().text.splitlines()
    assert "  test/pod/web: ✓ other ports" in lines
    assert "  default/pod/web: ✓ other ports" in lines
