"""What the API server makes of a request's body: the path it goes to, the order of its fields, its numbers, its empty lists.

The answers are Kubernetes v1.36.2's, to bodies that were sent as JSON.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from test_validation import NAMESPACE as HOME
from test_validation import create, fresh, replace

import k8snotes as kn
from k8snotes.api.manifest import documents
from k8snotes.api.registry import find_kind
from k8snotes.control_plane.decoded import Decoded, as_sent
from k8snotes.control_plane.decoding import decode
from k8snotes.control_plane.validation.internal_form import pod_spec_diff
from k8snotes.errors import ApiError

HERE = Path(__file__).resolve().parent
RECORDED = json.loads((HERE / "golden" / "bodies.json").read_text(encoding="utf-8"))
SCHEME = 'scheme "k8s.io/kubernetes/pkg/api', 'scheme "pkg/api'
ADDRESS = re.compile(r"10\.96\.\d+\.\d+")


def told(message):
    """Return a message without what is chance or the recorder's: which free address it was, how the API server was built."""
    return ADDRESS.sub("<address>", message.replace(*SCHEME))


@pytest.mark.parametrize("about", dict.fromkeys(row["about"] for row in RECORDED))
def test_a_body_is_read_as_kubernetes_reads_it(about):
    """A body is accepted or refused with the recorded code, word for word."""
    for row in (row for row in RECORDED if row["about"] == about):
        api, path = fresh(), find_kind(*row["path"].split())
        if "base" in row:
            create(api, row["base"])
        if about == "bound":
            # the scheduler of the recording had a Node for this Pod before it was sent again
            api.bind(api.get(path, HOME, row["base"]["metadata"]["name"]), "node2", by="scheduler")
        send = replace if "base" in row else create
        code, message = (200 if "base" in row else 201), ""
        try:
            send(api, row["doc"], resource=path)
        except ApiError as error:
            code, message = error.code, told(error.message)
        assert (code, message) == (row["code"], told(row.get("message", ""))), row["what"]


def service(**fields):
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"}, "spec": fields}


def refusal(manifest, **how):
    with pytest.raises(ApiError) as caught:
        create(fresh(), manifest, **how)
    return caught.value.message


def test_json_is_read_in_its_order_and_yaml_in_that_of_names():
    """Of two wrong values the first one is told: kubectl and YAML sort them by name, JSON has its own order."""
    manifest = service(type=5, ports=7)
    assert "ServiceSpec.spec.type" in refusal(manifest)
    assert "ServiceSpec.spec.ports" in refusal(manifest, yaml=True)


def test_a_reader_of_its_own_stops_the_decoder():
    """A time, a quantity, or a number that may be text is told before a wrong value that was read earlier."""
    port = {"port": "a", "targetPort": True}
    assert "ServicePort.spec.ports.targetPort" in refusal(service(ports=[port]))
    assert "ServiceSpec.spec.clusterIP" in refusal(service(clusterIP=1, type=2))


def test_a_whole_number_of_json_has_no_point():
    """1000.0 is no whole number to JSON; YAML is written anew before it is read, as 1000."""
    manifest = service(ports=[{"port": 1000.0}])
    assert refusal(manifest).endswith(
        "json: cannot unmarshal number 1000.0 into Go struct field ServicePort.spec.ports.port of type int32"
    )
    c = kn.Cluster(nodes=1)
    text = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {ports: [{port: 1000.0}]}\n"
    (made,) = c.create(text)
    assert made.spec["ports"][0]["port"] == 1000
    with pytest.raises(ApiError, match=r"number 1000\.0"):
        c.create({**manifest, "metadata": {"name": "other"}})
    assert c.kubectl("create -f -", stdin=text.replace("web", "third")).exit == 0


def test_the_path_says_what_a_body_leaves_out():
    """A body without kind and apiVersion is of the kind of its path; their names may be in any case there."""
    path = find_kind("v1", "Service")
    spec = {"metadata": {"name": "web"}, "spec": {"ports": [{"port": 80}]}}
    stored, _ = create(fresh(), spec, resource=path)
    assert (stored["apiVersion"], stored["kind"]) == ("v1", "Service")
    message = refusal({**spec, "KIND": "Pot"}, resource=path)
    assert message.startswith(
        'Pot in version "v1" cannot be handled as a Service: no kind "Pot" is registered'
    )
    apps = find_kind("apps/v1", "Deployment")
    assert 'registered for version "batch/v1"' in refusal({**spec, "apiVersion": "batch/v1"}, resource=apps)
    assert 'strict decoding error: unknown field "spec.ports"' in refusal(
        {**spec, "apiVersion": "apps/", "kind": "Deployment"}, resource=apps
    )


def test_an_empty_list_is_told_from_none_only_while_it_is_checked():
    """What is stored has no empty lists; the difference that a refused change shows has them."""
    sent, _ = decode(
        {"kind": "Pod", "spec": {"containers": [{"name": "a", "args": []}]}}, find_kind("v1", "Pod")
    )
    container = sent["spec"]["containers"][0]
    assert isinstance(container, Decoded)
    assert container == {"name": "a", "resources": {}}
    assert as_sent(container, "args") == []
    assert as_sent(container, "command") is None
    plain = {"containers": [{"name": "a", "resources": {}}]}
    assert '+   "Args": [],' in pod_spec_diff(plain, sent["spec"])
    assert not pod_spec_diff(plain, plain)
    stored, _ = create(
        fresh(),
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": "a", "finalizers": []},
            "spec": {"containers": [{"name": "a", "image": "web:1", "args": [], "env": []}], "volumes": []},
        },
    )

    def types(value):
        if isinstance(value, dict):
            return {type(value), *(kind for item in value.values() for kind in types(item))}
        return {kind for item in value for kind in types(item)} if isinstance(value, list) else set()

    assert types(stored) == {dict}
    assert "args" not in stored["spec"]["containers"][0]


def test_equal_but_for_an_empty_list_is_equal():
    """A Pod may be sent again with an empty list where there was none."""
    (document,) = documents(
        "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: a, image: web:1}]}\n"
    )
    api = fresh()
    create(api, document.value)
    again = json.loads(json.dumps(document.value))
    again["spec"]["containers"][0]["args"] = []
    replace(api, again)


@pytest.mark.parametrize("name", ["", "a/b", "..", "a%"])
def test_an_address_is_noted_for_a_name_before_the_name_is_checked(name):
    """A Service that gets an address needs a name first; one that gets none is refused for its name alone."""
    manifest = service(ports=[{"port": 80}])
    manifest["metadata"] = {"name": name} if name else {}
    head = 'spec.clusterIPs: Invalid value: [""]: failed to allocate IP: IPAddress.networking.k8s.io '
    assert head in refusal(manifest)
    assert "spec.parentRef.name" in refusal(manifest)
    manifest["spec"]["clusterIP"] = "10.96.7.7"
    wished = 'Invalid value: ["10.96.7.7"]: failed to allocate IP 10.96.7.7: IPAddress.networking.k8s.io '
    assert wished in refusal(manifest)
    manifest["spec"]["clusterIP"] = "None"
    assert "metadata.name" in refusal(manifest)
    found = kn.examine({**manifest, "spec": {"ports": [{"port": 80}]}})
    assert [item.field for item in found.errors] == ["metadata.name"]
