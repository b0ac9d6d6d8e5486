"""The doctor between objects: what others have met, what it says of that, and what it does not say."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import k8snotes as kn
from k8snotes.api.base import view
from k8snotes.api.foreign import NAMES, foreign
from k8snotes.api.references import REFERENCES, references
from k8snotes.doctor.rules.source import near_name

REPORTS = Path(__file__).resolve().parent / "golden" / "reports"
POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: web, labels: {app: web}}\nspec:\n"


def found(text):
    """Severity, code and what is proposed, of each finding."""
    return [(item.severity, item.code, item.write) for item in kn.examine(text)]


def codes(text):
    """The codes of the findings."""
    return {item.code for item in kn.examine(text)}


@pytest.mark.parametrize("path", sorted(REPORTS.glob("*.yaml")), ids=lambda path: path.stem)
def test_what_is_said_of_public_situations_is_as_reviewed(path):
    """Each report is answered as the answer beside it (K8SNOTES_GOLDEN=write writes them)."""
    told = f"{kn.examine(path.read_text(encoding='utf-8'))}\n"
    answer = path.with_suffix(".txt")
    if os.environ.get("K8SNOTES_GOLDEN") == "write":
        answer.write_text(told, encoding="utf-8", newline="\n")
    assert told == answer.read_text(encoding="utf-8")


# ---- names in other objects

CONTAINER = "  containers: [{name: a, image: a, %s}]\n"
MAPS = (
    "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {level: low}\n"
    "---\napiVersion: v1\nkind: Secret\nmetadata: {name: keys}\nstringData: {token: x}\n"
)


@pytest.mark.parametrize(
    ("env", "said"),
    [
        ("configMapKeyRef: {name: settings, key: level}", []),
        ("configMapKeyRef: {name: setings, key: level}", [("warning", "no-such-object", "name: settings")]),
        ("configMapKeyRef: {name: setings, key: level, optional: true}", []),
        ("configMapKeyRef: {name: settings, key: levl}", [("warning", "no-such-key", "key: level")]),
        ("configMapKeyRef: {name: settings, key: other, optional: true}", []),
        ("secretKeyRef: {name: keys, key: token}", []),
        ("secretKeyRef: {name: keys, key: colour}", [("warning", "no-such-key", "")]),
        ("secretKeyRef: {name: elsewhere, key: colour}", []),
    ],
)
def test_keys_of_config_maps_and_secrets(env, said):
    """A key that is missing is a warning, unless it may be missing; what is elsewhere is not known."""
    text = POD + CONTAINER % f"env: [{{name: A, valueFrom: {{{env}}}}}]" + MAPS
    assert found(text) == said


def test_every_row_of_the_table_is_a_place_of_its_kind():
    """Each row finds its name in a manifest that has it."""
    for row in REFERENCES:
        value = {row.field: "x", "kind": row.target or "Role"}
        for step in reversed(row.path):
            value = [value] if step == "*" else {step: value}
        raw = (
            {"apiVersion": "v1", "kind": "Pod", "spec": value}
            if not row.kind
            else {"kind": row.kind, **value}
        )
        assert [one for one, _path, _holder in references(view(raw))] == [row]


@pytest.mark.parametrize(
    ("name", "names", "near"),
    [
        ("filmz", ["films"], "films"),
        ("mysql-pass", ["mysql-password"], "mysql-password"),
        ("mysql-pv-claim", ["wp-pv-claim"], ""),
        ("web-config", ["db-config"], ""),
        ("disk-1", ["disk-2"], ""),
        ("ca", ["tls"], ""),
    ],
)
def test_a_name_is_near_if_it_is_a_slip(name, names, near):
    """Names that differ by a whole word, or by a number, are names of different objects."""
    assert near_name(name, names) == near


# ---- proposals are tried

SERVICE = (
    "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {selector: {app: web}, ports: [%s]}\n---\n"
)


def pods(name, labels, ports):
    """Return the text of a Pod."""
    return (
        f"apiVersion: v1\nkind: Pod\nmetadata: {{name: {name}, labels: {{{labels}}}}}\n"
        f"spec: {{containers: [{{name: a, image: a, ports: [{ports}]}}]}}\n---\n"
    )


def test_a_selector_that_finds_several_workloads_is_narrowed():
    """No port is proposed that is right for one of the workloads and wrong for the other."""
    text = (
        SERVICE % "{port: 80}"
        + pods("web", "app: web, tier: front", "{containerPort: 80}")
        + pods("db", "app: web, tier: back", "{containerPort: 3306}")
    )
    assert found(text) == [("warning", "selects-several", "tier: front")]


def test_a_canary_without_the_named_port_gets_the_name():
    """The port of the Service is right for the other Pods, so it stays."""
    text = (
        SERVICE % "{port: 80, targetPort: http}"
        + pods("web", "app: web", "{containerPort: 80, name: http}")
        + pods("canary", "app: web", "{containerPort: 80}")
    )
    assert found(text) == [("warning", "port-without-name", "name: http")]


def test_a_proposal_that_makes_a_port_double_is_not_shown():
    """Port 53 with UDP is there already."""
    text = SERVICE % "{name: a, port: 53, protocol: UDP}, {name: b, port: 53}" + pods(
        "dns", "app: web", "{containerPort: 53, protocol: UDP}"
    )
    assert found(text) == [("warning", "port-number-protocol", "")]


def test_a_refused_value_gets_no_proposal_that_is_refused_too():
    """`protocol: TCP` would be a double of the other port."""
    text = SERVICE % "{name: a, port: 53}, {name: b, port: 53, protocol: DNS}" + pods(
        "dns", "app: web", "{containerPort: 53}"
    )
    assert ("error", "refused", "") in found(text)


def test_what_a_proposal_writes_mends_the_fault():
    """Each proposal between objects of the reports, written into the text, is one fault less."""
    text = (REPORTS / "36-shared-label.yaml").read_text(encoding="utf-8")
    mended = text.replace(
        "selector: {app: blog}, ports: [{port: 80}]", "selector: {app: blog, tier: web}, ports: [{port: 80}]"
    )
    assert kn.examine(text).warnings
    assert not kn.examine(mended).warnings


JOB_OF_LINES = (
    "apiVersion: batch/v1\nkind: Job\nmetadata: {name: j}\nspec:\n  template:\n    spec:\n      containers:\n"
    "      - name: a\n        image: a\n        restartPolicy: Never\n"
)


@pytest.mark.parametrize(
    ("text", "write"),
    [
        (POD + "  containers: [{name: a, image: a}]\n  securityContext: {}\n", ""),
        (
            POD + "  containers:\n  - name: a\n    image: a\n    securityContext:\n      fsGroup: 1000\n",
            "fsGroup: 1000",
        ),
        (
            JOB_OF_LINES,
            "restartPolicy: Never",
        ),
        (POD + "  containers:\n  - name: a\n    image: a\n    env:\n    - DB_HOST: db\n", 'value: "db"'),
    ],
)
def test_a_field_at_the_wrong_depth_is_moved(text, write):
    """The exact name in an object around it counts more than a name that is spelt alike."""
    result = kn.examine(text)
    assert kn.examine(result.fixed).ok
    assert all(write in item.write for item in result.errors)
    assert bool(result.errors) == bool(write)


# ---- no false alarms

SET = (
    "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: web}\nspec:\n  replicas: 2\n  serviceName: web\n"
    "  selector: {matchLabels: {app: web}}\n  template: {metadata: {labels: {app: web}}, spec: {containers: "
    "[{name: a, image: a, ports: [{containerPort: 80}]}]}}\n---\n"
)
JOB = (
    "apiVersion: batch/v1\nkind: Job\nmetadata: {name: work}\nspec: {template: {spec: {restartPolicy: Never, containers: "
    "[{name: a, image: a, ports: [{containerPort: 80}]}]}}}\n---\n"
)


@pytest.mark.parametrize(
    ("maker", "label", "codes_"),
    [
        (SET, "statefulset.kubernetes.io/pod-name: web-1", set()),
        (SET, "statefulset.kubernetes.io/pod-name: web-2", {"no-such-pod-yet"}),
        (SET, "apps.kubernetes.io/pod-index: '0'", set()),
        (SET, "statefulset.kubernetes.io/pod-name: other-0", {"fits-none"}),
        (JOB, "job-name: work", set()),
        (JOB, "batch.kubernetes.io/job-name: work", set()),
    ],
)
def test_labels_that_controllers_add_are_there(maker, label, codes_):
    """A selector may ask for a label that no template has."""
    service = SERVICE.replace("app: web", "%s") % (label, "{port: 80}")
    head = SERVICE.replace("name: web}", "name: web}") % "{port: 80}" if maker is SET else ""
    service = service.replace("metadata: {name: web}", "metadata: {name: one}")
    assert codes(head + service + maker) == codes_


def test_the_pods_of_an_operator_are_not_missed():
    """A custom resource may have Pods that no manifest shows: that is a note."""
    custom = "apiVersion: monitoring.coreos.com/v1\nkind: Prometheus\nmetadata: {name: k8s}\nspec: {}\n---\n"
    text = SERVICE % "{port: 80}" + custom + pods("other", "run: thing", "")
    assert not kn.examine(text).warnings


def test_a_port_that_is_not_declared_is_a_note():
    """To leave a port out closes nothing."""
    text = SERVICE % "{port: 80, targetPort: 9090}" + pods("web", "app: web", "{containerPort: 80}")
    assert found(text) == [("note", "port-not-declared", "targetPort: 80")]


def test_two_address_families_are_no_error():
    """Whether a cluster has two families is not known here."""
    text = SERVICE.replace("spec: {", "spec: {ipFamilyPolicy: RequireDualStack, ") % "{port: 80}" + pods(
        "web", "app: web", "{containerPort: 80}"
    )
    assert found(text) == [("note", "api-warning", "")]


def test_an_ingress_to_another_name_has_no_ports_to_miss():
    """A Service of type ExternalName has none of its own."""
    text = (
        "apiVersion: v1\nkind: Service\nmetadata: {name: legacy}\nspec: {type: ExternalName, externalName: db.example.org}\n"
        "---\napiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: i}\nspec:\n  defaultBackend: "
        "{service: {name: legacy, port: {number: 80}}}\n"
    )
    assert found(text) == []


# ---- what was silent


@pytest.mark.parametrize(
    ("hard", "code"),
    [
        ("{requests.cpu: '1'}", "pods-refused"),
        ("{pods: '1'}", "pods-refused-in-part"),
        ("{pods: '5'}", ""),
    ],
)
def test_a_quota_is_held_against_the_pods_of_its_source(hard, code):
    """The API server itself is asked: with the quota, and with the Pods of each workload."""
    quota = f"apiVersion: v1\nkind: ResourceQuota\nmetadata: {{name: cap}}\nspec: {{hard: {hard}}}\n"
    said = codes(SERVICE % "{port: 80}" + SET + quota)
    assert said == ({code} if code else set())


def test_a_limit_range_gives_requests_that_an_autoscaler_needs():
    """With a default request, the share of it can be computed."""
    hpa = (
        "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: h}\nspec: {maxReplicas: 3, "
        "scaleTargetRef: {apiVersion: apps/v1, kind: StatefulSet, name: web}, metrics: [{type: Resource, resource: "
        "{name: cpu, target: {type: Utilization, averageUtilization: 50}}}]}\n---\n"
    )
    limits = (
        "apiVersion: v1\nkind: LimitRange\nmetadata: {name: l}\nspec: {limits: [{type: Container, defaultRequest: "
        "{cpu: 100m}}]}\n"
    )
    text = SERVICE % "{port: 80}" + SET + hpa
    assert codes(text) == {"scales-without-requests"}
    assert codes(text + limits) == set()


@pytest.mark.parametrize(
    ("container", "code"),
    [
        ("command: [/bin/sh, -c]", "shell-without-command"),
        ("command: [/bin/sh, -c], args: [date]", ""),
        ("resources: {requests: {memory: 900Gi}}", "much-memory"),
    ],
)
def test_containers_that_cannot_mean_what_they_say(container, code):
    """A shell without a command, and an amount of which the unit is probably wrong."""
    assert codes(POD + CONTAINER % container) == ({code} if code else set())


# ---- files that are no manifests

BESIDE = {
    "Chart.yaml": ("chart", "apiVersion: v2\nname: x\nversion: 1.0.0\n"),
    "templates/web.yaml": ("template", "kind: Pod\nmetadata:\n  name: {{ .Values.name }}\n"),
    "patch.yaml": ("json-patch", "- op: add\n  path: /x\n  value: 1\n"),
    "data.json": ("data", "[1, 2]\n"),
    "kubeadm.yaml": ("kubeadm", "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\n"),
    "kubelet.yaml": ("kubelet", "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n"),
    "audit.yaml": ("audit-policy", "apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: []\n"),
    "component.yaml": (
        "kustomize-component",
        "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n",
    ),
}


def test_a_folder_with_other_files_loads_the_rest(tmp_path):
    """What is no manifest is named in what was assumed, and is a note in an examination."""
    (tmp_path / "pod.yaml").write_text(POD + CONTAINER % "env: []", encoding="utf-8")
    for name, (_sort, text) in BESIDE.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    cluster = kn.load(tmp_path)
    assert [obj.name for obj in cluster.objects("pods")] == ["web"]
    for name, (sort, _text) in BESIDE.items():
        assert any(note.startswith(f"{name} ") and str(NAMES[sort]) in note for note in cluster.assumed)
    result = kn.examine(tmp_path)
    assert {item.file for item in result.notes} == {*BESIDE}
    assert len(result) == len(BESIDE)


def test_a_real_object_called_kustomization_is_one():
    """Flux has a kind of this name, which its operator reads."""
    assert foreign({"apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization"}) == ""


def test_placeholders_are_named_and_not_mended():
    """`${APP}` is to be filled in, so nothing is to be written in its place."""
    result = kn.examine(
        POD.replace("name: web,", "name: '${APP}',")
        + CONTAINER.replace("image: a", "image: '${IMAGE}'") % "env: []"
    )
    assert {item.because for item in result} == {"placeholder"}
    assert not any(item.write for item in result)


# ---- kubectl's words


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (POD.replace("name: web,", "name: web, name: shop,") + CONTAINER % "env: []", "pod/shop created"),
        (
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\napiVersion: v1\nkind: Secret\nmetadata: {name: b}\n",
            "secret/b created",
        ),
    ],
)
def test_kubectl_takes_the_last_of_doubled_keys(text, says):
    """A forgotten `---` makes one object of two, of which kubectl says nothing more."""
    assert kn.examine(text).kubectl == says


# ---- rights, and other namespaces

RIGHTS = """
apiVersion: v1
kind: ServiceAccount
metadata: {name: watcher, namespace: shop}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: reader, namespace: shop}
rules:
- apiGroups: [%s]
  resources: [%s]
  verbs: [get]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: reader, namespace: shop}
subjects:
- {kind: ServiceAccount, name: watcher, namespace: %s}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader}
"""


@pytest.mark.parametrize(
    ("groups", "resources", "home", "said"),
    [
        ('""', "pods, pods/log", "shop", set()),
        ('"", apps', "pods, deployments/scale", "shop", set()),
        ('"*"', "deployments", "shop", set()),
        ("example.com", "frogs", "shop", set()),
        ("v1", "pods", "shop", {("no-api-group", '- ""')}),
        ('""', "deployments", "shop", {("resource-of-other-group", "")}),
        ("apps", "pods/log", "shop", {("resource-of-other-group", "")}),
        ('""', "pods", "default", {("object-in-other-namespace", "namespace: shop")}),
    ],
)
def test_a_rule_that_allows_nothing_is_found(groups, resources, home, said):
    """A group that does not exist, a resource of another group, an account of another namespace: the API server is silent."""
    warnings = {(item.code, item.write) for item in kn.examine(RIGHTS % (groups, resources, home)).warnings}
    assert warnings == said


def test_a_pod_selector_looks_in_its_own_namespace():
    """A policy that allows Pods of another namespace by their labels alone says where those Pods are."""
    pod = (
        "apiVersion: v1\nkind: Pod\nmetadata: {name: %s, namespace: %s, labels: {app: %s}}\nspec:\n"
        + CONTAINER
    )
    policy = """---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: bank, namespace: bank}
spec:
  podSelector: {matchLabels: {app: bank}}
  ingress: [{from: [{podSelector: {matchLabels: {app: cart}}}]}]
"""
    pods = "---\n".join(pod % (name, home, name, "a") for name, home in (("bank", "bank"), ("cart", "shop")))
    (found,) = kn.examine(pods + policy).warnings
    assert found.code == "selects-pods-elsewhere"
    assert (
        found.what == "No Pod in namespace bank has the labels app=cart. Pod cart in namespace shop has them."
    )
