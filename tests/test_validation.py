"""The API server's rules, played against recorded answers of Kubernetes v1.36.2."""

import copy
import json
import random
from functools import partial
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import k8snotes as kn
from k8snotes.api.manifest import documents
from k8snotes.api.registry import find_kind, find_resource
from k8snotes.control_plane.apiserver import ApiServer
from k8snotes.control_plane.kinds.rules import rules_of
from k8snotes.control_plane.schema import SCHEMA_FILE, fields_of, struct_for, struct_of
from k8snotes.control_plane.validation.wording import Path as FieldPath
from k8snotes.control_plane.validation.wording import conflict, not_found, show
from k8snotes.errors import ApiError

HERE = Path(__file__).resolve().parent
RECORDED = json.loads((HERE / "golden" / "validation.json").read_text(encoding="utf-8"))
NAMESPACE = "shop"


def fresh():
    """Return an API server with nothing in it but the Namespace of the recordings."""
    api = ApiServer()
    metadata = {"name": NAMESPACE, "labels": {"kubernetes.io/metadata.name": NAMESPACE}}
    api.register({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata}, by="test")
    return api


def create(api, manifest, **options):
    """POST."""
    api.warnings.clear()
    return api.create(manifest, namespace=NAMESPACE, **options).raw, api.warnings


def replace(api, manifest, **options):
    """PUT."""
    api.warnings.clear()
    return api.replace(manifest, namespace=NAMESPACE, **options).raw, api.warnings


def patch(api, change):
    """PATCH, strategic."""
    api.warnings.clear()
    old = api.get(find_resource(change["kind"]), NAMESPACE, change["metadata"]["name"])
    return api.patch(old, change).raw, api.warnings


def normal(manifest, *, updated=False):
    """Return an object as the recordings have it: addresses and ports by a token, no identity."""
    seen = json.loads(json.dumps(manifest).replace(f'"{NAMESPACE}"', '"<namespace>"'))
    for field in ("uid", "resourceVersion", "creationTimestamp", *(("generation",) if updated else ())):
        seen["metadata"].pop(field, None)
    if updated:
        seen.pop("status", None)
    spec = seen.get("spec") or {}
    if seen["kind"] == "Service":
        for field in ("clusterIP", "healthCheckNodePort"):
            if spec.get(field) and spec[field] != "None":
                spec[field] = "<allocated>"
        if "clusterIPs" in spec:
            spec["clusterIPs"] = ["None" if ip == "None" else "<allocated>" for ip in spec["clusterIPs"]]
        for port in spec.get("ports", []):
            if port.get("nodePort"):
                port["nodePort"] = "<allocated>"
    return seen


def check_answer(want, act, *, updated=False):
    if want["code"] in (200, 201):
        got, warnings = act()
        if not updated:  # of updates no warnings were recorded
            assert warnings == want["warnings"]
        if want.get("object"):
            assert normal(got, updated=updated) == normal(want["object"])
        return
    with pytest.raises(ApiError) as caught:
        act()
    error = caught.value
    assert (error.code, error.message) == (want["code"], want.get("message"))
    if error.code != 400:
        seen = [{"field": c.field, "reason": c.reason, "message": c.message} for c in error.causes]
        assert seen == want["causes"]


def agrees(row):
    """Send the documents of one recording to the API server; AssertionError where it answers otherwise."""
    *before, last = documents(row["yaml"])
    api = fresh()
    for document in before:
        create(api, document.value)
    if last.problem is not None:
        assert row["code"] == 400, last.problem
        return
    lenient = api.copy()
    check_answer(row, lambda: create(api, last.value, yaml=True))
    if row.get("with_fieldValidation_Warn"):
        check_answer(
            row["with_fieldValidation_Warn"], lambda: create(lenient, last.value, strict=False, yaml=True)
        )
    if row.get("update"):
        (change,) = documents(row["update_yaml"])
        send = patch if row["update"]["verb"].startswith("PATCH") else partial(replace, yaml=True)
        check_answer(row["update"], lambda: send(api, change.value), updated=True)


@pytest.mark.parametrize("slug", RECORDED)
def test_agrees_with_kubernetes(slug):
    """A document is accepted, completed, warned of or refused as Kubernetes does it, word for word."""
    agrees(RECORDED[slug])


def test_all_recordings_are_here():
    """The 182 recorded answers stand in tests/golden: nothing beside the repository is needed."""
    assert len(RECORDED) == 182


def nothing(*_args, **_options):
    return []


def as_it_is(manifest, *_args, **_options):
    return manifest


def read_only(manifest, resource, **_options):
    """Copy a manifest without looking at what is in it."""
    return {"apiVersion": resource.api_version, "kind": resource.kind, **copy.deepcopy(manifest)}, []


@pytest.mark.parametrize(
    ("stage", "instead", "at_least"),
    [
        ("apiserver.decode", read_only, 30),
        ("kinds.rules.Rules.complete", nothing, 50),
        ("admission.mutate", as_it_is, 15),
        ("kinds.rules.Rules.prepare", nothing, 30),
        ("service_allocation.begin_create", nothing, 15),
        ("kinds.rules.Rules.check", nothing, 60),
        ("kinds.rules.Rules.check_update", nothing, 8),
        ("admission.check", nothing, 4),
        ("kinds.rules.Rules.warnings", nothing, 2),
    ],
)
def test_each_stage_of_the_way_in_is_needed(monkeypatch, stage, instead, at_least):
    """Without one stage of the pipeline, recorded answers do not hold any more: it is this one that is tested."""
    monkeypatch.setattr(f"k8snotes.control_plane.{stage}", instead)
    failed = []
    for slug, row in RECORDED.items():
        try:
            agrees(row)
        except (Exception, pytest.fail.Exception):  # noqa: BLE001  # broken on purpose
            failed.append(slug)
    assert len(failed) >= at_least


def test_the_schema_is_up_to_date():
    """The table of fields is what the generator makes of the installed lightkube models."""
    pytest.importorskip("lightkube.models.core_v1", reason="lightkube is not installed")
    from importlib import util

    spec = util.spec_from_file_location("schema_from_lightkube", HERE / "schema_from_lightkube.py")
    module = util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert SCHEMA_FILE.read_text(encoding="utf-8") == module.text()


def pod(**spec):
    container = {"name": "main", "image": "nginx:1.27"}
    return {"kind": "Pod", "metadata": {"name": "web"}, "spec": {"containers": [container], **spec}}


def refusal(manifest):
    with pytest.raises(ApiError) as caught:
        create(fresh(), manifest)
    return caught.value


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"restartPolicy": 3}, "json: cannot unmarshal number into Go struct field PodSpec.spec.restartPolicy of type v1.RestartPolicy"),
        ({"containers": "x"}, "json: cannot unmarshal string into Go struct field PodSpec.spec.containers of type []v1.Container"),
        ({"priority": 3_000_000_000}, "json: cannot unmarshal number 3000000000 into Go struct field PodSpec.spec.priority of type int32"),
        ({"priority": 1.5}, "json: cannot unmarshal number 1.5 into Go struct field PodSpec.spec.priority of type int32"),
        ({"overhead": {"cpu": "1K"}}, "unable to parse quantity's suffix"),
        ({"contaners": [], "volums": []}, 'strict decoding error: unknown field "spec.contaners", unknown field "spec.volums"'),
    ],
)  # fmt: skip
def test_what_cannot_be_decoded_is_a_bad_request(change, message):
    """A wrong type or an unknown field is refused with 400, naming the field."""
    error = refusal(pod(**change))
    assert (error.code, error.reason) == (400, "BadRequest")
    assert error.message == f'Pod in version "v1" cannot be handled as a Pod: {message}'


@pytest.mark.parametrize(
    ("spec", "field", "message"),
    [
        ({"volumes": [{"name": "a"}, {"name": "a"}]}, "spec.volumes[1].name", 'Duplicate value: "a"'),
        ({"volumes": [{"name": "a", "emptyDir": {}, "secret": {"secretName": "s"}}]}, "spec.volumes[0].secret",
         "Forbidden: may not specify more than 1 volume type"),
        ({"tolerations": [{"operator": "Equal"}]}, "spec.tolerations[0].operator",
         'Invalid value: "Equal": operator must be Exists when `key` is empty, which means "match all values and all keys"'),
        ({"nodeSelector": {"disk type": "ssd"}}, "spec.nodeSelector", None),
        ({"dnsPolicy": "None"}, "spec.dnsConfig", "Required value: must provide `dnsConfig` when `dnsPolicy` is None"),
        ({"activeDeadlineSeconds": 0}, "spec.activeDeadlineSeconds",
         "Invalid value: 0: must be between 1 and 2147483647, inclusive"),
        ({"hostAliases": [{"ip": "10.0.0.300"}]}, "spec.hostAliases[0].ip",
         'Invalid value: "10.0.0.300": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'),
        ({"affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {}}}},
         "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms",
         "Required value: must have at least one node selector term"),
        ({"topologySpreadConstraints": [{"maxSkew": 0, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule"}]},
         "spec.topologySpreadConstraints[0].maxSkew", "Invalid value: 0: must be greater than zero"),
        ({"initContainers": [{"name": "main", "image": "x"}]}, "spec.initContainers[0].name", 'Duplicate value: "main"'),
    ],
)  # fmt: skip
def test_pod_rules(spec, field, message):
    """A Pod's volumes, tolerations, affinities and the like are held to Kubernetes' rules."""
    error = refusal(pod(**spec))
    assert error.code == 422
    assert error.causes[0].field == field
    assert message in (None, error.causes[0].message)


@pytest.mark.parametrize(
    ("container", "field", "message"),
    [
        ({"env": [{"value": "1"}]}, "env[0].name", "Required value"),
        ({"env": [{"name": "A=B"}]}, "env[0].name", None),
        ({"env": [{"name": "A", "valueFrom": {}}]}, "env[0].valueFrom",
         'Invalid value: "": must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`'),
        ({"volumeMounts": [{"name": "data", "mountPath": "/d"}]}, "volumeMounts[0].name", 'Not found: "data"'),
        ({"livenessProbe": {}}, "livenessProbe", "Required value: must specify a handler type"),
        ({"livenessProbe": {"tcpSocket": {"port": 80}, "successThreshold": 2}}, "livenessProbe.successThreshold",
         "Invalid value: 2: must be 1"),
        ({"readinessProbe": {"httpGet": {"port": 0}}}, "readinessProbe.httpGet.port",
         "Invalid value: 0: must be between 1 and 65535, inclusive"),
        ({"resources": {"requests": {"example.com/gpu": "1"}}}, "resources.limits",
         "Required value: Limit must be set for non overcommitable resources"),
        ({"ports": [{"containerPort": 70000}]}, "ports[0].containerPort",
         "Invalid value: 70000: must be between 1 and 65535, inclusive"),
        ({"image": " nginx"}, "image", 'Invalid value: " nginx": must not have leading or trailing whitespace'),
        ({"lifecycle": {"preStop": {"exec": {}}}}, "lifecycle.preStop.exec.command", "Required value"),
    ],
)  # fmt: skip
def test_container_rules(container, field, message):
    """A container's environment, mounts, probes, resources and ports are held to Kubernetes' rules."""
    error = refusal(pod(containers=[{"name": "main", "image": "nginx:1.27", **container}]))
    assert error.causes[0].field == f"spec.containers[0].{field}"
    assert message in (None, error.causes[0].message)


@pytest.mark.parametrize(
    ("manifest", "field", "message"),
    [
        ({"apiVersion": "apps/v1", "kind": "StatefulSet", "spec": {"template": {}}}, "spec.selector", "Required value"),
        ({"apiVersion": "apps/v1", "kind": "DaemonSet", "spec": {"template": {}, "updateStrategy": {"type": "Now"}}},
         "spec.updateStrategy", 'Unsupported value: {"Type":"Now","RollingUpdate":null}: supported values: "RollingUpdate", "OnDelete"'),
        ({"apiVersion": "batch/v1", "kind": "Job", "spec": {"template": {"spec": pod()["spec"]}}},
         "spec.template.spec.restartPolicy", 'Required value: valid values: "OnFailure", "Never"'),
        ({"apiVersion": "v1", "kind": "Endpoints", "subsets": [{"addresses": [{"ip": "127.0.0.1"}]}]},
         "subsets[0].addresses[0].ip", 'Invalid value: "127.0.0.1": may not be in the loopback range (127.0.0.0/8, ::1/128)'),
        ({"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4", "endpoints": [{}]},
         "endpoints[0].addresses", "Required value: must contain at least 1 address"),
        ({"apiVersion": "v1", "kind": "ResourceQuota", "spec": {"hard": {"pods": "1"}, "scopes": ["Best"]}},
         "spec.scopes", 'Invalid value: ["Best"]: unsupported scope'),
        ({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "Web"}}, "metadata.name", None),
    ],
)  # fmt: skip
def test_other_kinds(manifest, field, message):
    """Every kind that the cluster plays with has its rules."""
    error = refusal({"metadata": {"name": "web"}} | manifest)
    causes = {cause.field: cause.message for cause in error.causes}
    assert field in causes
    assert message in (None, causes[field])


def test_a_refused_service_leaves_nothing_behind():
    """Addresses that a refused Service got are free again."""
    api = fresh()
    service = {
        "kind": "Service",
        "metadata": {"name": "Web"},
        "spec": {"type": "NodePort", "ports": [{"port": 80}]},
    }
    with pytest.raises(ApiError):
        create(api, service)
    stored, _ = create(api, service | {"metadata": {"name": "web"}})
    assert (stored["spec"]["clusterIP"], stored["spec"]["ports"][0]["nodePort"]) == ("10.96.1.1", 30086)


def test_a_service_that_becomes_a_cluster_ip_gives_its_node_port_back():
    """Who changes the type of a Service keeps its Cluster IP and frees its node port."""
    api = fresh()
    spec = {"type": "NodePort", "ports": [{"port": 80}]}
    stored, _ = create(api, {"kind": "Service", "metadata": {"name": "web"}, "spec": spec})
    changed, _ = replace(api, stored | {"spec": stored["spec"] | {"type": "ClusterIP"}})
    assert changed["spec"]["clusterIP"] == "10.96.1.1"
    assert "nodePort" not in changed["spec"]["ports"][0]
    assert not api.node_ports.is_allocated(30086)


def test_messages_of_other_refusals():
    """Not found, conflict and the way values are shown are worded as in Kubernetes."""
    deployment = find_resource("deploy")
    assert not_found(deployment, "web").message == 'deployments.apps "web" not found'
    assert conflict(deployment, "web").message == (
        'Operation cannot be fulfilled on deployments.apps "web": the object has been modified; '
        "please apply your changes to the latest version and try again"
    )
    assert show({"a": "<b>"}) == '{"a":"\\u003cb\\u003e"}'
    assert FieldPath("spec") / "ports" @ 1 / "name" == "spec.ports[1].name"


def test_fields_of_a_kind_can_be_asked_for():
    """The names of the fields at a place are known, for "did you mean"."""
    assert "targetPort" in fields_of("v1", "Service", "spec.ports")
    assert fields_of("v1", "Service", "spec.selector") == ()
    assert fields_of("example.com/v1", "Widget") == ()


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-3, 70000)
    | st.sampled_from(["", "x", "A b", "1", "None", "ClusterIP"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["app", "name", "port"]), inner, max_size=3)
    ),
    max_leaves=4,
)
SEEDS = [
    next(documents(row["yaml"].split("---\n")[-1])).value
    for slug, row in RECORDED.items()
    if row["code"] == 201 and "yaml" not in slug
]


def places(value, path=()):
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from places(item, (*path, key))


@settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_no_manifest_breaks_the_rules_themselves(data):
    """Whatever stands at whatever place of a manifest: it is accepted or refused, never a crash."""
    manifest = copy.deepcopy(data.draw(st.sampled_from(SEEDS)))
    path = data.draw(st.sampled_from([path for path in places(manifest) if path]))
    target = manifest
    for step in path[:-1]:
        target = target[step]
    key = path[-1]
    if isinstance(target, dict):
        here = ".".join(step for step in path[:-1] if isinstance(step, str))
        known = fields_of(manifest.get("apiVersion", "v1"), manifest["kind"], here)
        # what the kind is called decides where a request goes, before any of this
        key = data.draw(st.sampled_from(sorted({path[-1], *known} - {"apiVersion", "kind"})))
    target[key] = data.draw(JSON)
    api = fresh()
    try:
        stored, _ = create(api, manifest)
    except ApiError:
        return
    replace(api, stored)


WORDS = ["", "web", "A b", "None", "NodePort", "ExternalName", "LoadBalancer", "TCP", "10.96.3.4", "Never", "200%", "In",
         "Exists", "RollingUpdate", "Local", "Indexed", "Container", "Pod", "hugepages-2Mi", "example.com/gpu", "..", "\x00"]  # fmt: skip
AMOUNTS = ["1", "-1", "100m", "1Gi", "0", "1e30", "1e999999999", "3n"]
KINDS = """v1 Pod|v1 Service|v1 Endpoints|v1 Node|v1 ReplicationController|v1 ResourceQuota|v1 LimitRange|v1 Event
apps/v1 ReplicaSet|apps/v1 Deployment|apps/v1 StatefulSet|apps/v1 DaemonSet|batch/v1 Job|batch/v1 CronJob
discovery.k8s.io/v1 EndpointSlice|v1 PersistentVolumeClaim"""


class Nonsense:
    """Makes manifests whose fields have the right types and senseless values."""

    def __init__(self, seed):
        self.random = random.Random(seed)  # noqa: S311

    def struct(self, name, depth=0):
        """Return an object with some of its fields."""
        chosen = {}
        for field, type_ in struct_of(name).items():
            if depth < 9 and self.random.random() < (0.9 if type_.always else 0.35 if depth < 3 else 0.15):
                chosen[field] = self.value(type_, depth)
        return chosen

    def value(self, type_, depth):
        """Return a value of a field's type."""
        if type_.container == "[]":
            return [self.item(type_, depth) for _ in range(self.random.choice([0, 1, 2]))]
        if type_.container == "{}":
            return {self.random.choice(["cpu", "pods", *WORDS]): self.item(type_, depth)}
        return self.item(type_, depth)

    def item(self, type_, depth):
        """Return one value: an object, a number, a word."""
        if type_.is_struct:
            return self.struct(type_.name, depth + 1)
        options = {
            "int32": [0, 1, -1, 80, 70000, 2**31 - 1],
            "int64": [0, 1, -1, 2**31],
            "bool": [True, False],
            "IntOrString": [0, 80, -1, "http", "25%", ""],
            "Quantity": AMOUNTS,
            "Time": ["2024-01-01T00:00:00Z"],
            "bytes": ["aGk="],
        }
        return self.random.choice(options.get(type_.name, WORDS))


@pytest.mark.parametrize("seed", range(20))
def test_senseless_values_are_refused_and_nothing_breaks(seed):
    """Manifests of the right types with senseless values pass through every rule, for create and update."""
    nonsense = Nonsense(seed)
    for api_version, kind in (row.split() for row in KINDS.replace("\n", "|").split("|")):
        api = fresh()
        found = []
        for _ in range(2):
            manifest = nonsense.struct(struct_for(api_version, kind)) | {
                "apiVersion": api_version,
                "kind": kind,
            }
            manifest["metadata"] = {"name": "web", "labels": {"a": "b"}}
            try:
                create(api, manifest)
            except ApiError as error:
                assert error.code in (400, 403, 409, 422, 500)  # noqa: PT017
                if error.code == 400:
                    continue
            found.append(api.prepare(manifest, namespace=NAMESPACE, every_cause=True).manifest)
        if len(found) == 2:
            rules = rules_of(find_kind(api_version, kind))
            assert all(cause.field and cause.message for cause in rules.check_update(*found))
            rules.warnings(*found)


def _refused(text):
    with pytest.raises(ApiError) as caught:
        create(fresh(), next(documents(text)).value)
    return [f"{cause.field}: {cause.message}" for cause in caught.value.causes]


SERVICE = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {type: LoadBalancer, ports: [{port: 80}], %s}\n"


@pytest.mark.parametrize(
    ("spec", "cause"),
    [
        ("clusterIP: 10.096.0.7", 'clusterIPs[0]: Invalid value: "10.096.0.7": must not have leading 0s'),
        ("externalIPs: [1.2.3.04]", 'externalIPs[0]: Invalid value: "1.2.3.04": must not have leading 0s'),
        (
            "externalIPs: ['::ffff:1.2.3.4']",
            'externalIPs[0]: Invalid value: "::ffff:1.2.3.4": must not be an IPv4-mapped IPv6 address',
        ),
        (
            "loadBalancerSourceRanges: [10.0.0.5/8]",
            (
                'LoadBalancerSourceRanges[0]: Invalid value: "10.0.0.5/8": '
                "must not have bits set beyond the prefix length"
            ),
        ),
        (
            "loadBalancerSourceRanges: [10.0.0.0/08]",
            (
                'LoadBalancerSourceRanges[0]: Invalid value: "10.0.0.0/08": '
                "must not have leading 0s in IP or prefix length"
            ),
        ),
        (
            "loadBalancerSourceRanges: ['::ffff:10.0.0.0/104']",
            (
                'LoadBalancerSourceRanges[0]: Invalid value: "::ffff:10.0.0.0/104": '
                "must not have an IPv4-mapped IPv6 address"
            ),
        ),
        (
            "loadBalancerSourceRanges: [10.0.0.0/33]",
            (
                'LoadBalancerSourceRanges[0]: Invalid value: "10.0.0.0/33": '
                "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"
            ),
        ),
    ],
)
def test_addresses_that_programs_read_differently_are_refused(spec, cause):
    """Leading zeros, IPv4 in IPv6 clothes and bits outside the mask: StrictIPCIDRValidation, on in v1.36."""
    assert _refused(SERVICE % spec) == [f"spec.{cause}"]


JOB = (
    "apiVersion: batch/v1\nkind: Job\nmetadata: {name: web, uid: u1}\n"
    "spec: {%s, template: {spec: {restartPolicy: OnFailure, containers: [{name: a, image: b}]}}}\n"
)


@pytest.mark.parametrize(
    ("spec", "causes"),
    [
        (
            "maxFailedIndexes: 1",
            [
                "spec.backoffLimitPerIndex: Required value: when maxFailedIndexes is specified",
                "spec.maxFailedIndexes: Invalid value: 1: requires indexed completion mode",
            ],
        ),
        (
            "completionMode: Indexed, completions: 2, backoffLimitPerIndex: 1, maxFailedIndexes: 3",
            ["spec.maxFailedIndexes: Invalid value: 3: must be less than or equal to completions"],
        ),
        (
            "podReplacementPolicy: Never",
            [
                (
                    'spec.podReplacementPolicy: Unsupported value: "Never": '
                    'supported values: "Failed", "TerminatingOrFailed"'
                )
            ],
        ),
        (
            "podFailurePolicy: {rules: [{action: Ignore}]}",
            [
                (
                    "spec.podFailurePolicy.rules[0]: Invalid value: "
                    "specifying one of OnExitCodes and OnPodConditions is required"
                ),
                (
                    'spec.template.spec.restartPolicy: Invalid value: "OnFailure": '
                    'only "Never" is supported when podFailurePolicy is specified'
                ),
            ],
        ),
        (
            "successPolicy: {rules: [{succeededCount: 1}]}",
            [
                (
                    'spec.successPolicy: Invalid value: {"Rules":[{"SucceededIndexes":null,"SucceededCount":1}]}: '
                    "requires indexed completion mode"
                )
            ],
        ),
        (
            "manualSelector: true, selector: {matchLabels: {a: b}}",
            [
                (
                    "spec.template.metadata.labels: Invalid value: null: "
                    "`selector` does not match template `labels`"
                )
            ],
        ),
    ],
)
def test_what_a_job_may_say(spec, causes):
    """Indexes, policies and selectors of Jobs (validateJobSpec)."""
    assert _refused(JOB % spec) == causes


def test_a_job_keeps_the_selector_that_it_was_given():
    """Who sets labels or a selector that the API server sets itself is refused."""
    found = _refused(JOB % "selector: {matchLabels: {batch.kubernetes.io/controller-uid: other}}")
    assert found[0].endswith("`selector` not auto-generated")
    long = JOB.replace("name: web", "name: " + "a" * 62) % "completionMode: Indexed, completions: 9"
    assert _refused(long)[0].endswith(
        "will not able to create pod with invalid DNS label: " + "a" * 62 + "-8"
    )
    own = "template: {metadata: {labels: {job-name: other}}, spec: {restartPolicy: Never"
    wrong = (JOB % "suspend: true").replace("template: {spec: {restartPolicy: OnFailure", own)
    field, _, message = _refused(wrong)[0].partition(": ")
    assert field == "spec.template.metadata.labels[job-name]"
    assert message.endswith("must be 'web'")


def test_namespaces_may_have_finalizers_of_their_own():
    """They are checked, and Kubernetes' own is added."""
    text = "apiVersion: v1\nkind: Namespace\nmetadata: {name: mall}\nspec: {finalizers: [%s]}\n"
    made, _ = create(fresh(), next(documents(text % "example.com/x")).value)
    assert made["spec"] == {"finalizers": ["example.com/x", "kubernetes"]}
    assert _refused(text % "x") == [
        (
            'spec.finalizers: Invalid value: "x": name is neither a standard finalizer name '
            "nor is it fully qualified"
        )
    ]


EVENT = "apiVersion: v1\nkind: Event\nmetadata: {name: %s}\ninvolvedObject: {namespace: shop}\n%s"


def test_events_are_checked_in_the_old_way():
    """The name needs only fit into a URL; an eventTime asks for more."""
    assert create(fresh(), next(documents(EVENT % ("Web.1", ""))).value)
    assert _refused(EVENT % ("a/b", "")) == ["metadata.name: Invalid value: \"a/b\": may not contain '/'"]
    wrong = _refused(
        EVENT % ("web", "eventTime: '2026-01-01T00:00:00.000000Z'\nreason: r\naction: %s\n" % ("a" * 129))
    )
    assert wrong[0] == "reportingComponent: Required value"
    assert wrong[-2:] == [
        "reportingInstance: Required value",
        'action: Invalid value: "": can have at most 128 characters',
    ]
    elsewhere = (EVENT % ("web", "")).replace("namespace: shop", "namespace: other")
    assert _refused(elsewhere) == [
        'involvedObject.namespace: Invalid value: "other": does not match event.namespace'
    ]


@pytest.mark.parametrize(
    ("down", "messages"),
    [
        (None, []),
        (1, []),
        ("1%", []),
        ("100%", []),
        (0, ["Invalid value: 0: cannot be 0"]),
        ("0%", ['Invalid value: "0%": cannot be 0']),
        (-1, ["Invalid value: -1: must be greater than or equal to 0"]),
        ("101%", ['Invalid value: "101%": must not be greater than 100%']),
    ],
)
def test_how_many_of_a_stateful_set_may_be_missing(down, messages):
    """`maxUnavailable` is at least 1 and at most 100%; v1.36 has it off, and drops it from what is sent."""
    rolling = {"partition": 0} | ({} if down is None else {"maxUnavailable": down})
    template = {"metadata": {"labels": {"app": "db"}}, "spec": pod()["spec"]}
    manifest = {
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": {"name": "db"},
        "spec": {
            "selector": {"matchLabels": {"app": "db"}},
            "template": template,
            "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": rolling},
        },
    }
    stored = create(fresh(), manifest)[0]
    assert stored["spec"]["updateStrategy"]["rollingUpdate"] == {"partition": 0}
    again = copy.deepcopy(stored)
    again["spec"]["updateStrategy"]["rollingUpdate"] = rolling
    causes = rules_of(find_resource("StatefulSet")).check(find_resource("StatefulSet"), again)
    assert [cause.message for cause in causes] == messages


def secret(kind: str, data: dict | None = None, **more) -> dict:
    """A Secret of a type; values are written plainly."""
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "s", **more},
        "type": kind,
        "stringData": data or {},
    }


@pytest.mark.parametrize(
    ("kind", "data", "causes"),
    [
        ("Opaque", {}, []),
        ("example.com/own", {}, []),
        ("kubernetes.io/tls", {"tls.key": ""}, [("data[tls.crt]", "Required value")]),
        ("kubernetes.io/basic-auth", {"password": "x"}, []),
        ("kubernetes.io/basic-auth", {"x": "y"}, [("data[username]", "Required value"), ("data[password]", "Required value")]),
        ("kubernetes.io/ssh-auth", {"ssh-privatekey": ""}, [("data[ssh-privatekey]", "Required value")]),
        ("kubernetes.io/dockerconfigjson", {}, [("data[.dockerconfigjson]", "Required value")]),
        ("kubernetes.io/dockerconfigjson", {".dockerconfigjson": '{"auths": {}}'}, []),
        ("kubernetes.io/dockercfg", {".dockercfg": "{"}, [("data[.dockercfg]", 'Invalid value: "<secret contents redacted>": unexpected end of JSON input')]),
        ("kubernetes.io/dockercfg", {".dockercfg": "[]"}, [("data[.dockercfg]", 'Invalid value: "<secret contents redacted>": json: cannot unmarshal array into Go value of type map[string]interface {}')]),
        ("kubernetes.io/dockercfg", {".dockercfg": "a"}, [("data[.dockercfg]", "Invalid value: \"<secret contents redacted>\": invalid character 'a' looking for beginning of value")]),
        ("kubernetes.io/service-account-token", {}, [("metadata.annotations[kubernetes.io/service-account.name]", "Required value")]),
    ],
)  # fmt: skip
def test_the_type_of_a_secret_says_which_keys_it_needs(kind, data, causes):
    """Each type has keys that must be there (ValidateSecret); a type of one's own has none."""
    c = kn.Cluster(nodes=[])
    if not causes:
        c.create(secret(kind, data))
        return
    with pytest.raises(kn.ApiError) as refused:
        c.create(secret(kind, data))
    assert refused.value.code == 422
    assert [(cause.field, cause.message) for cause in refused.value.causes] == causes


def test_a_certificate_that_is_none_is_warned_of():
    """The API server takes it, and says what its reader of certificates said."""
    c = kn.Cluster(nodes=[])
    c.create(secret("kubernetes.io/tls", {"tls.crt": "", "tls.key": ""}))
    assert [str(warning) for warning in c.warnings] == [
        "tls: failed to find any PEM data in certificate input"
    ]


@pytest.mark.parametrize("kind", ["ConfigMap", "Secret"])
def test_what_is_marked_immutable_stays_as_it_is(kind):
    """Data and the mark itself may not change any more; labels may."""
    c = kn.Cluster(nodes=[])
    given = {
        "apiVersion": "v1",
        "kind": kind,
        "metadata": {"name": "s"},
        "data": {"a": "YQ=="},
        "immutable": True,
    }
    c.create(given)
    c.replace({**given, "metadata": {"name": "s", "labels": {"a": "b"}}})
    with pytest.raises(kn.ApiError) as refused:
        c.replace({**given, "data": {"a": "Yg=="}, "immutable": False})
    assert [(cause.field, cause.reason, cause.message) for cause in refused.value.causes] == [
        (field, "FieldValueForbidden", "Forbidden: field is immutable when `immutable` is set")
        for field in ("immutable", "data")
    ]


def test_the_type_of_a_secret_never_changes():
    """A Secret of another type is another Secret."""
    c = kn.Cluster(nodes=[])
    c.create(secret("Opaque"))
    with pytest.raises(kn.ApiError, match="field is immutable"):
        c.replace(secret("example.com/own"))
