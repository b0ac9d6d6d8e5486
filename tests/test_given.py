"""What a container is given: its variables, the files of its volumes, and what keeps it waiting without them."""

import json
import math
from fractions import Fraction

import pytest
import yaml
from hypothesis import given as given_values
from hypothesis import strategies as st

import k8snotes as kn
from k8snotes.api.base import KubeObject
from k8snotes.api.kinds.pod import Container, Pod
from k8snotes.api.kinds.service import Service
from k8snotes.api.quantity import Quantity
from k8snotes.node.container_environment import (
    UNKNOWN,
    ConfigError,
    Source,
    environment,
    pod_field,
    resource_field,
)
from k8snotes.node.container_files import File, Folder, Link
from k8snotes.node.given import Given, Starts, config_error, mount_errors, seen, waits_for
from k8snotes.node.pod_references import used_volumes

CONFIG = "{apiVersion: v1, kind: ConfigMap, metadata: {name: app}, data: {color: blue, app.conf: 'a=1'}}"
DATABASE = "{apiVersion: v1, kind: Secret, metadata: {name: db}, stringData: {password: hunter2, user: ann}}"
RUNTIME = {"PATH", "HOSTNAME", "HOME"}


def pod(container="", more="", name="web", namespace="default"):
    """Return a Pod with one container, as it is stored."""
    c = kn.Cluster(nodes=1)
    c.apply(f"{{apiVersion: v1, kind: Namespace, metadata: {{name: {namespace}}}}}")
    c.apply(manifest(container, more, name, namespace))
    return c[f"{namespace}/pod/{name}"]


def manifest(container="", more="", name="web", namespace="default"):
    return f"""
apiVersion: v1
kind: Pod
metadata: {{name: {name}, namespace: {namespace}, labels: {{app: web, tier: front}}, annotations: {{a.example/x: 'say "hi"'}}}}
spec: {{serviceAccountName: default, containers: [{{name: app, image: web:1, {container}}}], {more}}}"""


def lab(*texts):
    c = kn.Cluster(nodes=1)
    for text in texts:
        c.apply(text)
    c.settle()
    return c


def variables(c, of, container=0):
    """Return the variables that a Pod's container would be given, but those of the runtime and of default/kubernetes."""
    node = c["node/node-1"]
    found = Given.of(c.api, of, of.containers[container], node).environment()
    return {
        item.name: item.value
        for item in found.variables
        if item.name not in RUNTIME and not item.name.startswith("KUBERNETES_")
    }


def env(items):
    return f"env: [{', '.join(items)}]"


def ref(name, kind, obj, key, more=""):
    return f"{{name: {name}, valueFrom: {{{kind}: {{name: {obj}, key: {key}, {more}}}}}}}"


# ---- variables


def test_variables_say_where_they_come_from():
    """Each variable has a source: the manifest, an object and its key, a field, a resource, a Service, the runtime."""
    service = "{apiVersion: v1, kind: Service, metadata: {name: cache}, spec: {selector: {a: b}, ports: [{port: 6379}]}}"
    items = (
        "{name: PLAIN, value: one}",
        ref("COLOR", "configMapKeyRef", "app", "color"),
        ref("PASSWORD", "secretKeyRef", "db", "password"),
        "{name: IP, valueFrom: {fieldRef: {fieldPath: status.podIP}}}",
        "{name: CPU, valueFrom: {resourceFieldRef: {resource: limits.cpu}}}",
    )
    c = lab(CONFIG, DATABASE, service, manifest(env(items)))
    found = seen(c.api, c["pod/web"], c["pod/web"].containers[0], c["node/node-1"])
    sources = {item.name: item.source for item in found.environment.variables}
    assert sources["PLAIN"] == Source("manifest")
    assert sources["COLOR"] == Source("ConfigMap", "app", "color")
    assert sources["PASSWORD"] == Source("Secret", "db", "password")
    assert sources["IP"] == Source("field", "status.podIP")
    assert sources["CPU"] == Source("resource", "limits.cpu")
    assert sources["CACHE_SERVICE_HOST"] == Source("Service", "cache")
    assert {name for name, source in sources.items() if source.sort == "runtime"} == RUNTIME


LINKED = Service(
    {
        "metadata": {"name": "a"},
        "spec": {"clusterIP": "10.96.0.9", "ports": [{"port": 80, "protocol": "TCP"}]},
    }
)
NAMES = st.lists(st.sampled_from(["A_SERVICE_HOST", "A_SERVICE_PORT", "B", "HOME"]), max_size=4)


@given_values(st.booleans(), NAMES, NAMES)
def test_env_wins_over_env_from_and_that_over_services(linked, whole, own):
    """Of one name, the last variable of `env` counts, then the last of `envFrom`, then that for a Service."""
    raw = {
        "env": [{"name": name, "value": f"env-{i}"} for i, name in enumerate(own)],
        "envFrom": [{"configMapRef": {"name": f"{i}/{name}"}} for i, name in enumerate(whole)],
    }

    def find(_kind, name):
        number, _slash, key = name.partition("/")
        return KubeObject({"kind": "ConfigMap", "data": {key: f"from-{number}"}})

    services = (LINKED,) if linked else ()
    expected = {"A_SERVICE_HOST": "10.96.0.9", "A_SERVICE_PORT": "80"} if linked else {}
    expected |= {"HOME": "/root"}
    expected |= {name: f"from-{i}" for i, name in enumerate(whole)}
    expected |= {name: f"env-{i}" for i, name in enumerate(own)}
    found = environment(Pod({"metadata": {"name": "web"}}), Container(raw), None, find, services)
    values = {item.name: item.value for item in found.variables}
    assert {name: values.get(name) for name in expected} == expected
    assert len(values) == len(found.variables)
    assert ("A_SERVICE_HOST" in values) == ("A_SERVICE_HOST" in expected)


def test_references_see_what_was_set_before_them():
    """`$(NAME)` stands for an earlier variable, of `envFrom` too, or for a Service; never for a later one, nor for PATH."""
    service = "{apiVersion: v1, kind: Service, metadata: {name: cache}, spec: {selector: {a: b}, ports: [{port: 6379}]}}"
    items = (
        "{name: EARLY, value: $(LATE)}",
        "{name: LATE, value: 'x'}",
        "{name: BOTH, value: '$(EARLY) $(LATE) $(color) $$(LATE)'}",
        "{name: URL, value: 'redis://$(CACHE_SERVICE_HOST):$(CACHE_SERVICE_PORT)'}",
        "{name: PATH, value: '/opt:$(PATH)'}",
    )
    c = lab(CONFIG, service, manifest(f"envFrom: [{{configMapRef: {{name: app}}}}], {env(items)}"))
    found = variables(c, c["pod/web"])
    assert found["EARLY"] == "$(LATE)"
    assert found["BOTH"] == "$(LATE) x blue $(LATE)"
    assert found["URL"] == f"redis://{c['svc/cache'].cluster_ip}:6379"
    every = Given.of(c.api, c["pod/web"], c["pod/web"].containers[0], None).environment().variables
    assert [item.value for item in every if item.name == "PATH"] == ["/opt:$(PATH)"]


def test_every_key_of_env_from_becomes_a_variable():
    """Since v1.34 a name may have dots, dashes and digits in front; a prefix comes before it, binary data is left out."""
    config = "{apiVersion: v1, kind: ConfigMap, metadata: {name: odd}, data: {1st.key-x: a}, binaryData: {b: AAAA}}"
    sources = "[{prefix: X_, configMapRef: {name: odd}}, {configMapRef: {name: lost, optional: true}}, {secretRef: {name: db}}]"
    c = lab(config, DATABASE, manifest(f"envFrom: {sources}"))
    assert variables(c, c["pod/web"]) == {
        "X_1st.key-x": "a",
        "password": "<hidden>",
        "user": "<hidden>",
    }
    assert [
        event.reason for event in c.objects("events") if event.raw.get("reason", "").startswith("Invalid")
    ] == []


def test_what_is_optional_and_missing_is_no_variable():
    """A missing object or key that is optional leaves its variable out; one from `envFrom` of the same name stays."""
    items = (
        ref("A", "configMapKeyRef", "lost", "k", "optional: true"),
        ref("B", "secretKeyRef", "db", "lost", "optional: true"),
        ref("color", "configMapKeyRef", "app", "lost", "optional: true"),
    )
    c = lab(CONFIG, DATABASE, manifest(f"envFrom: [{{configMapRef: {{name: app}}}}], {env(items)}"))
    assert variables(c, c["pod/web"]) == {"color": "blue", "app.conf": "a=1"}


def test_fields_of_the_pod():
    """A field is given as the Pod has it; all labels are lines in order, with the values in Go's quotes."""
    c = lab(manifest())
    web, node = c["pod/web"], c["node/node-1"]
    for path, value in {
        "metadata.name": "web",
        "metadata.namespace": "default",
        "metadata.uid": web.uid,
        "metadata.labels['tier']": "front",
        "metadata.labels['lost']": "",
        "metadata.annotations['a.example/x']": 'say "hi"',
        "metadata.labels": 'app="web"\ntier="front"',
        "spec.nodeName": "node-1",
        "spec.serviceAccountName": "default",
        "status.hostIP": "192.168.0.11",
        "status.hostIPs": "192.168.0.11",
        "status.podIP": web.ip,
        "status.podIPs": web.ip,
    }.items():
        assert pod_field(path, web, node) == value, path
    assert 'a.example/x="say \\"hi\\""' in pod_field("metadata.annotations", web)


@given_values(
    st.sampled_from(["1", "1k", "1M", "1Ki", "1Mi", "1Gi"]),
    st.integers(1, 10**15),
)
def test_resources_are_rounded_up(divisor, size):
    """The value is the least whole number that, times the divisor, is not less than the amount."""
    container = {"resources": {"limits": {"memory": str(size)}}}
    value = int(resource_field({"resource": "limits.memory", "divisor": divisor}, container, {}))
    assert value == math.ceil(Fraction(size, Quantity(divisor).value))


def test_resources_that_nobody_has_are_counted_too():
    """An amount beyond 64 bits is the largest that Kubernetes counts; what is no amount is nothing."""
    for amount, value in (("1e400", 2**63 - 1), ("9" * 25, 2**63 - 1), ("much", 0), (None, 0)):
        container = {"resources": {"limits": {"memory": amount}}}
        assert resource_field({"resource": "limits.memory"}, container, {}) == str(value), amount


def test_limits_that_are_missing_are_those_of_the_pod_or_the_node():
    """Without a limit a container is told the Pod's own, else what its Node can give; a request that is missing is 0."""
    items = tuple(
        f"{{name: {name}, valueFrom: {{resourceFieldRef: {{resource: {resource}, divisor: {divisor}}}}}}}"
        for name, resource, divisor in (
            ("CPU", "limits.cpu", "1m"),
            ("MEMORY", "limits.memory", "1Mi"),
            ("DISK", "limits.ephemeral-storage", "1Gi"),
            ("ASKED", "requests.cpu", "1m"),
        )
    )
    c = lab(manifest(env(items)), manifest(env(items), "resources: {limits: {cpu: 1500m}}", name="whole"))
    assert variables(c, c["pod/web"]) == {"CPU": "4000", "MEMORY": "8192", "DISK": "100", "ASKED": "0"}
    assert variables(c, c["pod/whole"])["CPU"] == "1500"
    c.apply(manifest(f"resources: {{limits: {{cpu: 250m}}}}, {env(items)}", name="small"))
    c.settle()
    small = variables(c, c["pod/small"])
    assert (small["CPU"], small["ASKED"]) == ("250", "250")


def test_a_variable_from_a_file_is_not_known():
    """With fileKeyRef a program would have written the file, and none runs here."""
    more = "volumes: [{name: v, emptyDir: {}}]"
    item = "{name: A, valueFrom: {fileKeyRef: {volumeName: v, path: a.env, key: A}}}"
    c = lab(manifest(f"env: [{item}]", more))
    assert variables(c, c["pod/web"]) == {"A": UNKNOWN}
    assert c.kubectl("exec web -- printenv A").stderr == (
        "k8snotes: <unknown> stands for a value that is not known here.\n"
    )


def test_the_runtime_gives_a_path_a_host_name_and_a_home():
    """A user that the image does not know has the home `/`; a terminal has a TERM; the manifest may replace all of them."""
    whole = "securityContext: {runAsUser: 1000}, hostname: a, subdomain: b, setHostnameAsFQDN: true"
    c = lab(
        manifest(),
        manifest("tty: true", whole, name="user"),
        manifest("env: [{name: HOME, value: /h}]", name="own"),
    )

    def value(name, pod_name):
        return c.kubectl(f"exec {pod_name} -- printenv {name}").stdout.strip()

    assert [value("HOME", name) for name in ("web", "user", "own")] == ["/root", "/", "/h"]
    assert [value("HOSTNAME", name) for name in ("web", "user")] == ["web", "a.b.default.svc.cluster.local"]
    assert [value("TERM", name) for name in ("web", "user")] == ["", "xterm"]
    assert value("PATH", "web").endswith("/usr/sbin:/usr/bin:/sbin:/bin")
    assert c.kubectl("exec -it web -- printenv TERM").stdout == "xterm\n"


# ---- what is missing

MISSING_VARIABLES = (
    ("envFrom: [{configMapRef: {name: lost}}]", 'configmap "lost" not found', "configmaps"),
    ("envFrom: [{secretRef: {name: lost}}]", 'secret "lost" not found', "secrets"),
    (env([ref("A", "configMapKeyRef", "lost", "k")]), 'configmap "lost" not found', "configmaps"),
    (env([ref("A", "secretKeyRef", "lost", "k")]), 'secret "lost" not found', "secrets"),
    (
        env([ref("A", "configMapKeyRef", "app", "k")]),
        "couldn't find key k in ConfigMap default/app",
        "configmaps",
    ),
    (env([ref("A", "secretKeyRef", "db", "k")]), "couldn't find key k in Secret default/db", "secrets"),
)


@pytest.mark.parametrize(("container", "message", "resource"), MISSING_VARIABLES)
def test_a_container_cannot_be_configured_without_what_it_needs(container, message, resource):
    """The kubelet's words name the object or the key, and the error names what has to come."""
    c = lab(CONFIG, DATABASE)
    c.create(manifest(container))
    web = c["pod/web"]
    name = message.rpartition("/")[2] if "/" in message else "lost"
    assert config_error(c.api, web, web.containers[0]) == ConfigError(
        "CreateContainerConfigError", message, (resource, "default", name)
    )
    assert (resource, "default", name) in waits_for(web)
    c.apply(CONFIG.replace("app}", "lost}").replace("color", "k"))
    c.apply(DATABASE.replace("db}", "lost}").replace("user", "k"))
    c.apply(CONFIG.replace("color", "k"))
    c.apply(DATABASE.replace("user", "k"))
    assert config_error(c.api, web, web.containers[0]) is None


def test_the_first_thing_that_is_missing_is_said():
    """The kubelet looks at `envFrom` first, then at `env`, and stops at the first error."""
    items = env([ref("A", "secretKeyRef", "first", "k"), ref("B", "secretKeyRef", "second", "k")])
    web = pod(items)
    c = lab()
    assert config_error(c.api, web, web.containers[0]).message == 'secret "first" not found'
    web = pod(f"envFrom: [{{configMapRef: {{name: whole}}}}], {items}")
    assert config_error(c.api, web, web.containers[0]).message == 'configmap "whole" not found'


def test_what_is_granted_is_missed_only_if_it_is_not_there():
    """What was loaded without its ConfigMap is configured; a key that a ConfigMap lacks is missing all the same."""
    granted = frozenset({("ConfigMap", "default", "lost"), ("ConfigMap", "default", "app")})
    c = lab(CONFIG)
    for key, name, message in (
        ("k", "lost", None),
        ("k", "app", "couldn't find key k in ConfigMap default/app"),
        ("color", "app", None),
    ):
        web = pod(env([ref("A", "configMapKeyRef", name, key)]))
        error = config_error(c.api, web, web.containers[0], granted=granted)
        assert (error and error.message) == message


MOUNT = "volumeMounts: [{name: v, mountPath: /v}]"
MISSING_FILES = (
    ("configMap: {name: lost}", 'configmap "lost" not found'),
    ("secret: {secretName: lost}", 'secret "lost" not found'),
    (
        "configMap: {name: app, items: [{key: k, path: k}]}",
        "configmap references non-existent config key: k",
    ),
    ("secret: {secretName: db, items: [{key: k, path: k}]}", "references non-existent secret key: k"),
    ("projected: {sources: [{configMap: {name: lost}}, {secret: {name: db}}]}", 'configmap "lost" not found'),
    (
        "projected: {sources: [{configMap: {name: lost}}, {secret: {name: lost}}, {configMap: {name: lost}}]}",
        '[configmap "lost" not found, secret "lost" not found]',
    ),
    ("configMap: {name: lost, optional: true}", None),
    ("secret: {secretName: db, optional: true, items: [{key: k, path: k}]}", None),
    ("configMap: {name: app}", None),
    ("emptyDir: {}", None),
    ("persistentVolumeClaim: {claimName: lost}", None),
)


@pytest.mark.parametrize(("source", "message"), MISSING_FILES)
def test_a_volume_cannot_be_set_up_without_what_it_needs(source, message):
    """The kubelet's words name what is missing, and a projected volume names all of it, each once."""
    c = lab(CONFIG, DATABASE)
    web = pod(MOUNT, f"volumes: [{{name: v, {source}}}]")
    assert mount_errors(c.api, web) == ([("v", message)] if message else [])


def test_a_volume_that_no_container_uses_is_not_set_up():
    """The kubelet sets up only what a container mounts, an init container too."""
    volumes = "volumes: [{name: v, configMap: {name: lost}}, {name: w, configMap: {name: lost}}]"
    first = "initContainers: [{name: first, image: b, volumeMounts: [{name: w, mountPath: /w}]}]"
    c = lab()
    assert mount_errors(c.api, pod("", volumes)) == []
    assert waits_for(pod("", volumes)) == frozenset()
    web = pod("", f"{first}, {volumes}")
    assert [error.volume for error in mount_errors(c.api, web)] == ["w"]
    assert [volume["name"] for volume in used_volumes(web.spec)] == ["w"]


def test_a_token_needs_its_service_account():
    """Without the ServiceAccount the kubelet gets no token; what is taken for granted is not missed."""
    volumes = "volumes: [{name: v, projected: {sources: [{serviceAccountToken: {path: token}}]}}]"
    web = Pod(
        yaml.safe_load(
            manifest(MOUNT, volumes).replace("serviceAccountName: default", "serviceAccountName: robot")
        )
    )
    c = lab()
    message = 'failed to fetch token: serviceaccounts "robot" not found'
    assert mount_errors(c.api, web) == [("v", message)]
    assert mount_errors(c.api, web, frozenset({("ServiceAccount", "default", "robot")})) == []
    assert waits_for(web) == {("serviceaccounts", "default", "robot")}


def test_a_bare_pod_waits_for_nothing():
    """A Pod without variables and volumes is looked at no further."""
    web = pod()
    c = lab()
    assert config_error(c.api, web, web.containers[0]) is None
    assert mount_errors(c.api, web) == []
    assert not waits_for(web)


# ---- files


def tree(c, name="web", given=None):
    web = c[f"pod/{name}"]
    return seen(c.api, web, web.containers[0], c["node/node-1"], given=given).tree


def content(c, path, **more):
    node = tree(c, **more).find(path).node
    return node.content if isinstance(node, File) else None


def test_files_of_a_config_map():
    """Each key is a link to a file in a dated folder; `items` choose keys, places and modes."""
    volumes = (
        "volumes: [{name: v, configMap: {name: app, defaultMode: 256}}, {name: w, configMap: {name: app, "
        "items: [{key: color, path: deep/er/c, mode: 511}]}}]"
    )
    mounts = "volumeMounts: [{name: v, mountPath: /v}, {name: w, mountPath: /w}]"
    config = CONFIG.replace("}}", "}, binaryData: {logo: AQID}}")
    c = lab(config, manifest(mounts, volumes))
    files = tree(c)
    assert sorted(name for name in files.names("/v") if not name.startswith("..")) == [
        "app.conf",
        "color",
        "logo",
    ]
    assert files.find("/v/color").node == File("blue", 4, 0o400, Source("ConfigMap", "app", "color"))
    assert files.find("/v/logo").node.size == 3
    assert files.find("/w/deep/er/c").node.mode == 0o777
    assert [name for name in files.names("/w") if not name.startswith("..")] == ["deep"]
    assert files.find("/w/color").node is None
    assert files.find("/w/color").folder.known
    top = files.find("/v").node
    assert isinstance(top.entries["color"], Link)
    assert top.entries["color"].target == "..data/color"
    assert top.read_only


def test_files_of_the_pod_itself():
    """A downwardAPI volume shows fields and resources; labels follow the Pod."""
    items = (
        "{path: labels, fieldRef: {fieldPath: metadata.labels}}, "
        "{path: cpu, resourceFieldRef: {resource: limits.cpu, containerName: app, divisor: 1m}}"
    )
    c = lab(manifest(MOUNT, f"volumes: [{{name: v, downwardAPI: {{items: [{items}]}}}}]"))
    assert content(c, "/v/labels") == 'app="web"\ntier="front"'
    assert content(c, "/v/cpu") == "4000"
    c.kubectl("label pod web tier=back --overwrite")
    assert content(c, "/v/labels") == 'app="web"\ntier="back"'


def test_projected_files_of_a_service_account():
    """The folder of a ServiceAccount has a token, which is not shown, a certificate and the Namespace."""
    sources = (
        "{serviceAccountToken: {path: token}}, "
        "{configMap: {name: kube-root-ca.crt, items: [{key: ca.crt, path: ca.crt}]}}, "
        "{downwardAPI: {items: [{path: namespace, fieldRef: {fieldPath: metadata.namespace}}]}}, "
        "{clusterTrustBundle: {name: bundle, path: roots.pem}}"
    )
    folder = "/var/run/secrets/kubernetes.io/serviceaccount"
    mounts = f"volumeMounts: [{{name: t, mountPath: {folder}, readOnly: true}}]"
    c = lab(manifest(mounts, f"volumes: [{{name: t, projected: {{sources: [{sources}]}}}}]"))
    assert content(c, f"{folder}/token") == "<hidden>"
    assert content(c, f"{folder}/ca.crt").startswith("-----BEGIN CERTIFICATE-----")
    assert content(c, f"{folder}/namespace") == "default"
    assert content(c, f"{folder}/roots.pem") == UNKNOWN
    assert tree(c).find(f"{folder}/token").node.mode == 0o644


def test_every_pod_sees_the_folder_of_its_service_account():
    """Admission mounts the folder unless the Pod or its account says no; the Pod's word counts first."""
    folder = "/var/run/secrets/kubernetes.io/serviceaccount"
    robot = (
        "{apiVersion: v1, kind: ServiceAccount, metadata: {name: robot}, automountServiceAccountToken: false}"
    )
    c = lab(
        robot,
        manifest(),
        manifest("", "automountServiceAccountToken: false", name="no-token"),
        manifest(name="robot").replace("serviceAccountName: default", "serviceAccountName: robot"),
        manifest("", "automountServiceAccountToken: true", name="asks").replace(
            "serviceAccountName: default", "serviceAccountName: robot"
        ),
        manifest(
            f"volumeMounts: [{{name: v, mountPath: {folder}}}]",
            "volumes: [{name: v, emptyDir: {}}]",
            name="own",
        ),
    )
    found = {
        name: list(tree(c, name).names(folder))[1:] for name in ("web", "no-token", "robot", "asks", "own")
    }
    there = ["..data", "ca.crt", "namespace", "token"]
    assert found == {"web": there, "no-token": [], "robot": [], "asks": there, "own": []}
    assert content(c, f"{folder}/namespace") == "default"
    dump = kn.load(json.dumps({"kind": "List", "apiVersion": "v1", "items": [c["pod/web"].raw]}))
    assert "No such file" in dump.kubectl(f"exec web -- cat {folder}/namespace").stderr


def test_the_group_of_a_pod_owns_its_files():
    """With fsGroup the files belong to the group and can be read by it; a token belongs to the only user of the Pod."""
    sources = "{serviceAccountToken: {path: token}}, {secret: {name: db, items: [{key: user, path: user, mode: 256}]}}"
    volumes = f"volumes: [{{name: v, projected: {{sources: [{sources}]}}}}]"
    c = lab(
        DATABASE,
        manifest(MOUNT, f"securityContext: {{fsGroup: 2000, runAsUser: 1000}}, {volumes}"),
    )
    files = tree(c)
    token, user = files.find("/v/token").node, files.find("/v/user").node
    assert (token.owner, token.group, token.mode) == ("1000", "2000", 0o640)
    assert (user.owner, user.group, user.mode) == ("root", "2000", 0o440)
    assert files.find("/v").node.mode == 0o3777


def test_a_part_of_a_volume():
    """subPath mounts a file, or a folder; a name that nothing has becomes an empty folder, as in Kubernetes."""
    volumes = "volumes: [{name: v, configMap: {name: app, items: [{key: color, path: d/c}, {key: app.conf, path: app.conf}]}}]"
    mounts = (
        "volumeMounts: [{name: v, mountPath: /etc/app.conf, subPath: app.conf}, {name: v, mountPath: /d, subPath: d}, "
        "{name: v, mountPath: /typo, subPath: app.cnf}]"
    )
    c = lab(CONFIG, manifest(mounts, volumes))
    files = tree(c)
    assert files.find("/etc/app.conf").node.content == "a=1"
    assert list(files.names("/d")) == ["c"]
    assert isinstance(files.find("/d").node.entries["c"], File)
    typo = files.find("/typo").node
    assert isinstance(typo, Folder)
    assert (typo.entries, typo.known) == ({}, True)


def test_a_part_may_be_named_by_variables():
    """subPathExpr is expanded with the variables; one without a value keeps the container from being configured."""
    volumes = "volumes: [{name: v, configMap: {name: app}}]"
    mounts = "volumeMounts: [{name: v, mountPath: /f, subPathExpr: $(FILE)}]"
    c = lab(CONFIG, manifest(f"env: [{{name: FILE, value: color}}], {mounts}", volumes))
    assert content(c, "/f") == "blue"
    web = pod(mounts, volumes)
    error = config_error(c.api, web, web.containers[0])
    assert error == ("CreateContainerConfigError", "missing value for FILE", None)
    web = pod(f"env: [{{name: FILE, value: ''}}], {mounts.replace('$(FILE)', '$(FILE)$(A)')}", volumes)
    assert config_error(c.api, web, web.containers[0]).message == "missing value for A, FILE"


def test_mounts_below_mounts():
    """A volume that is mounted below another one is seen there; the innermost mount counts."""
    volumes = "volumes: [{name: v, configMap: {name: app}}, {name: s, secret: {secretName: db}}, {name: e, emptyDir: {}}]"
    mounts = "volumeMounts: [{name: s, mountPath: /v/s}, {name: v, mountPath: /v}, {name: e, mountPath: /etc/hosts}]"
    c = lab(CONFIG, DATABASE, manifest(mounts, volumes))
    files = tree(c)
    assert {"app.conf", "color", "s"} <= set(files.names("/v"))
    assert files.find("/v/s/../color").node.content == "blue"
    assert files.find("/v/s/user").node.content == "<hidden>"
    assert isinstance(files.find("/etc/hosts").node, Folder)


def test_files_that_are_not_known():
    """Of a disk, of a folder of the Node and of the image nothing is known; an emptyDir begins empty."""
    volumes = (
        "volumes: [{name: h, hostPath: {path: /data}}, {name: e, emptyDir: {}}, "
        "{name: c, persistentVolumeClaim: {claimName: films}}]"
    )
    mounts = "volumeMounts: [{name: h, mountPath: /h}, {name: e, mountPath: /e}, {name: c, mountPath: /c, subPath: x}]"
    c = kn.load(manifest(mounts, volumes))
    found = {path: tree_at(c, path) for path in ("/h/x", "/e/x", "/c/x", "/x")}
    assert {path: item.folder.known for path, item in found.items()} == {
        "/h/x": False,
        "/e/x": True,
        "/c/x": False,
        "/x": False,
    }
    assert all(item.node is None for item in found.values())


def tree_at(c, path):
    web = c["pod/web"]
    return seen(c.api, web, web.containers[0], c[f"node/{web.node_name}"]).tree.find(path)


# ---- what changes and what does not


def changed(c, *texts):
    for text in texts:
        c.apply(text)
    c.settle()


def test_files_follow_their_objects_and_variables_do_not():
    """What a container was given when it started stays: variables and subPath mounts. The other files follow."""
    volumes = "volumes: [{name: v, configMap: {name: app}}]"
    mounts = "volumeMounts: [{name: v, mountPath: /v}, {name: v, mountPath: /one, subPath: color}]"
    c = lab(CONFIG, manifest(f"envFrom: [{{configMapRef: {{name: app}}}}], {mounts}", volumes))
    web, node = c["pod/web"], c["node/node-1"]
    starts = Starts()
    starts.note(c.api, web, web.containers[0], node)
    changed(c, CONFIG.replace("blue", "red"))
    given = starts.of(web.uid, "app")
    now = seen(c.api, c["pod/web"], web.containers[0], node, given=given)
    assert {item.name: item.value for item in now.environment.variables}["color"] == "blue"
    assert now.tree.find("/v/color").node.content == "red"
    assert now.tree.find("/one").node.content == "blue"
    # started once more, it is given what there is
    starts.note(c.api, web, web.containers[0], node)
    again = seen(c.api, c["pod/web"], web.containers[0], node, given=starts.of(web.uid, "app"))
    assert {item.name: item.value for item in again.environment.variables}["color"] == "red"
    assert again.tree.find("/one").node.content == "red"


def test_only_what_may_change_is_remembered():
    """A container whose variables and files are the same at any time costs nothing."""
    kept = (
        "envFrom: [{configMapRef: {name: app}}]",
        env([ref("A", "configMapKeyRef", "app", "color")]),
        env([ref("A", "secretKeyRef", "db", "user")]),
        "env: [{name: A, valueFrom: {fieldRef: {fieldPath: \"metadata.labels['app']\"}}}]",
        "env: [{name: A, valueFrom: {resourceFieldRef: {resource: limits.cpu}}}]",
        "volumeMounts: [{name: v, mountPath: /one, subPath: color}]",
    )
    free = (
        "",
        "env: [{name: A, value: b}, {name: IP, valueFrom: {fieldRef: {fieldPath: status.podIP}}}]",
        MOUNT,
    )
    c = lab(CONFIG, DATABASE)
    for container in (*kept, *free):
        web = pod(container, "volumes: [{name: v, configMap: {name: app}}]")
        starts = Starts()
        starts.note(c.api, web, web.containers[0], None)
        assert len(starts) == (container in kept), container
        copy = starts.copy()
        starts.forget(web.uid)
        assert len(starts) == 0
        assert len(copy) == (container in kept)


def test_labels_and_services_are_those_of_the_start():
    """A label that changes and a Service that goes are in the environment as they were; the address is known later."""
    service = "{apiVersion: v1, kind: Service, metadata: {name: cache}, spec: {selector: {a: b}, ports: [{port: 6379}]}}"
    items = (
        "{name: TIER, valueFrom: {fieldRef: {fieldPath: \"metadata.labels['tier']\"}}}",
        "{name: IP, valueFrom: {fieldRef: {fieldPath: status.podIP}}}",
    )
    c = lab(service, manifest(env(items)))
    web = c["pod/web"]
    before = Pod({**web.raw, "status": {}})
    given = Given.of(c.api, before, web.containers[0], c["node/node-1"])
    c.kubectl("label pod web tier=back --overwrite")
    c.kubectl("delete service cache")
    now = seen(c.api, c["pod/web"], web.containers[0], c["node/node-1"], given=given).environment.variables
    values = {item.name: item.value for item in now}
    assert values["TIER"] == "front"
    assert values["IP"] == web.ip
    assert values["CACHE_SERVICE_PORT"] == "6379"


def test_files_outlive_their_object():
    """The kubelet leaves files as they are if it cannot write them again; those of an optional object go with it."""
    volumes = (
        "volumes: [{name: v, configMap: {name: app}}, {name: w, configMap: {name: app, optional: true}}]"
    )
    mounts = "volumeMounts: [{name: v, mountPath: /v}, {name: w, mountPath: /w}]"
    c = lab(CONFIG, manifest(mounts, volumes))
    changed(c, CONFIG.replace("blue", "red"))
    c.kubectl("delete configmap app")
    assert content(c, "/v/color") == "red"
    assert tree(c).find("/w/color").folder.known
    assert content(c, "/w/color") is None
    c.kubectl("create configmap app --from-literal=color=green")
    assert content(c, "/v/color") == "green"
    assert content(c, "/w/color") == "green"


def test_a_key_that_goes_leaves_the_files_as_they_were():
    """If `items` name a key that the ConfigMap has no more, the kubelet writes nothing, and the old file stays."""
    volumes = "volumes: [{name: v, configMap: {name: app, items: [{key: color, path: c}]}}]"
    c = lab(CONFIG, manifest(MOUNT, volumes))
    changed(c, "{apiVersion: v1, kind: ConfigMap, metadata: {name: app}, data: {other: x}}")
    assert content(c, "/v/c") == "blue"


def test_what_was_never_there_is_not_known():
    """What was loaded without its ConfigMap runs, and neither its variables nor its files are known."""
    volumes = "volumes: [{name: v, configMap: {name: lost}}]"
    c = kn.load(manifest(f"{env([ref('A', 'configMapKeyRef', 'lost', 'k')])}, {MOUNT}", volumes))
    found = tree_at(c, "/v/x")
    assert (found.node, found.folder.known) == (None, False)
    assert c.kubectl("exec web -- printenv A").stdout == "<unknown>\n"
    assert c.kubectl("exec web -- env").stderr.splitlines() == [
        "k8snotes: <unknown> stands for a value that is not known here.",
        "k8snotes: Some variables are not known, because these ConfigMaps or Secrets are missing, or lack a key: lost.",
    ]
