"""The rules of single kinds, by properties and by what people write; recorded answers are in test_validation_mutated."""

from __future__ import annotations

import ipaddress
import zoneinfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_validation import create, fresh

import k8snotes as kn
from k8snotes.api.manifest import documents
from k8snotes.control_plane.apiserver import ApiServer
from k8snotes.control_plane.decoding import time_fault
from k8snotes.control_plane.validation.cron import schedule_fault, time_zone
from k8snotes.control_plane.validation.wording import Path
from k8snotes.errors import ApiError

BOUNDS = [(0, 59), (0, 23), (1, 31), (1, 12), (0, 6)]


def refused(manifest):
    """What is wrong with a manifest, a line a cause; empty if it is taken."""
    if isinstance(manifest, str):
        manifest = next(documents(manifest)).value
    try:
        create(fresh(), manifest)
    except ApiError as error:
        return [f"{cause.field}: {cause.message}" for cause in error.causes] or [error.message]
    return []


# ---- schedules


def field(least, most):
    """A part of a schedule that is right: a number, a range, steps, or lists of these."""
    number = st.integers(least, most)
    ranges = st.tuples(number, number).map(lambda ends: f"{min(ends)}-{max(ends)}")
    steps = st.integers(1, 99).map(lambda step: f"*/{step}")
    return st.lists(st.one_of(number.map(str), ranges, steps, st.just("*")), min_size=1, max_size=3).map(
        ",".join
    )


@given(st.tuples(*(field(*bounds) for bounds in BOUNDS)))
def test_a_schedule_within_its_bounds_is_right(parts):
    """Each of the five fields may be a number, a range, steps or a list."""
    assert schedule_fault(" ".join(parts)) == ""


@given(st.integers(0, 4), st.integers(60, 10_000))
def test_a_number_beyond_a_field_is_named(place, number):
    """The number, and the most that may stand there."""
    parts = ["*"] * 5
    parts[place] = str(number)
    most = BOUNDS[place][1]
    assert schedule_fault(" ".join(parts)) == f"end of range ({number}) above maximum ({most}): {number}"


@given(st.text(max_size=30))
def test_any_text_is_judged_as_a_schedule(text):
    """Nothing but words comes of it."""
    assert isinstance(schedule_fault(text), str)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("@hourly", ""),
        ("@every 1h30m", ""),
        ("@every 90", 'failed to parse duration @every 90: time: missing unit in duration "90"'),
        ("@monday", "unrecognized descriptor: @monday"),
        ("0 9 * * 1-5 2026", "expected exactly 5 fields, found 6: [0 9 * * 1-5 2026]"),
        ("0 9 0 * *", "beginning of range (0) below minimum (1): 0"),
        ("5-1 * * * *", "beginning of range (5) beyond end of range (1): 5-1"),
        ("x * * * *", 'failed to parse int from x: strconv.Atoi: parsing "x": invalid syntax'),
        ("1-2-3 * * * *", "too many hyphens: 1-2-3"),
        ("*/2/3 * * * *", "too many slashes: */2/3"),
        ("0 0 1 JAN mon-FRI", ""),
    ],
)
def test_cron_says_what_is_wrong(text, fault):
    """In the words of the library that reads schedules for Kubernetes."""
    assert schedule_fault(text) == fault


def test_time_zones_are_those_of_the_iana():
    """Every zone that the machine knows is known, whatever it is called; the machine's own zone is none."""
    assert not [
        zone for zone in ("Europe/Berlin", "Etc/UTC", "UTC", "Asia/Tokyo") if time_zone(zone, Path("z"))
    ]
    here = {zone for zone in zoneinfo.available_timezones() if zone[0].isupper()}
    assert len([zone for zone in here if time_zone(zone, Path("z"))]) < 5
    assert time_zone("Local", Path("z"))
    assert time_zone("../etc/passwd", Path("z"))[0].detail == "time: invalid location name"


@given(st.datetimes())
def test_times_are_read_as_go_reads_them(moment):
    """Any moment in RFC 3339 is a time, with microseconds where a Lease has them."""
    assert time_fault(moment.strftime("%Y-%m-%dT%H:%M:%SZ").rjust(20, "0")) == ""
    assert time_fault(moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ").rjust(27, "0"), micro=True) == ""
    assert time_fault(moment.strftime("%Y-%m-%d %H:%M:%S").rjust(19, "0")).startswith("cannot parse")


# ---- other kinds


@given(st.integers(1, 30), st.integers(1, 30))
def test_an_autoscaler_has_room_between_its_bounds(least, most):
    """The most is no less than the least."""
    spec = {
        "minReplicas": least,
        "maxReplicas": most,
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"},
    }
    for version in ("autoscaling/v1", "autoscaling/v2"):
        manifest = {
            "apiVersion": version,
            "kind": "HorizontalPodAutoscaler",
            "metadata": {"name": "web"},
            "spec": spec,
        }
        assert bool(refused(manifest)) == (most < least)


@given(st.ip_addresses(v=4), st.integers(1, 31), st.integers(1, 32))
def test_what_is_left_out_of_a_range_is_in_it(address, whole, part):
    """An exception is a smaller range of the same addresses."""
    around = ipaddress.ip_network(f"{address}/{whole}", strict=False)
    inner = ipaddress.ip_network(f"{address}/{part}", strict=False)
    block = {"cidr": str(around), "except": [str(inner)]}
    manifest = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "web"},
        "spec": {"podSelector": {}, "ingress": [{"from": [{"ipBlock": block}]}]},
    }
    assert bool(refused(manifest)) == (part <= whole)


@pytest.mark.parametrize(
    ("path", "type_", "message"),
    [
        ("/", "Prefix", None),
        ("", "ImplementationSpecific", None),
        ("x", "Exact", 'path: Invalid value: "x": must be an absolute path'),
        ("/a/../b", "Prefix", "path: Invalid value: \"/a/../b\": must not contain '/../'"),
        ("/a/..", "Prefix", "path: Invalid value: \"/a/..\": cannot end with '/..'"),
        (
            "/",
            "Sideways",
            (
                'pathType: Unsupported value: "Sideways": '
                'supported values: "Exact", "ImplementationSpecific", "Prefix"'
            ),
        ),
    ],
)
def test_paths_of_an_ingress(path, type_, message):
    """They are absolute and plain, and of one of three types."""
    backend = {"service": {"name": "web", "port": {"number": 80}}}
    rule = {"http": {"paths": [{"path": path, "pathType": type_, "backend": backend}]}}
    manifest = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": {"name": "web"},
        "spec": {"rules": [rule]},
    }
    assert refused(manifest) == ([f"spec.rules[0].http.paths[0].{message}"] if message else [])


def test_there_is_one_default_priority():
    """A second PriorityClass for the Pods that name none is refused by admission."""
    api = fresh()
    text = "apiVersion: scheduling.k8s.io/v1\nkind: PriorityClass\nmetadata: {name: %s}\nvalue: 5\nglobalDefault: true\n"
    create(api, next(documents(text % "first")).value)
    with pytest.raises(ApiError, match="PriorityClass first is already marked as default") as caught:
        create(api, next(documents(text % "second")).value)
    assert caught.value.code == 403


def test_a_binding_keeps_its_role():
    """Another role is another binding."""
    text = (
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {name: b, namespace: shop}\n"
        "roleRef: {kind: Role, name: %s}\nsubjects: [{kind: User, name: mia}]\n"
    )
    api = fresh()
    create(api, next(documents(text % "reader")).value)
    with pytest.raises(ApiError, match="cannot change roleRef"):
        api.replace(next(documents(text % "writer")).value)


def test_a_claim_asks_for_the_same_as_before():
    """Only a bound one may ask for more; the message shows the difference in Kubernetes' own form."""
    text = (
        "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: c, namespace: shop}\n"
        "spec: {accessModes: [%s], resources: {requests: {storage: 1Gi}}}\n"
    )
    api = fresh()
    made, _ = create(api, next(documents(text % "ReadWriteOnce")).value)
    assert made["metadata"]["finalizers"] == ["kubernetes.io/pvc-protection"]
    api.replace(next(documents(text % "ReadWriteOnce")).value)
    with pytest.raises(ApiError, match="spec is immutable after creation") as caught:
        api.replace(next(documents(text % "ReadWriteMany")).value)
    assert '-  "ReadWriteMany"' in caught.value.message


# ---- custom resources

DEFINITION = """
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.com}
spec:
  group: example.com
  names: {kind: Widget, plural: widgets}
  scope: Namespaced
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec:
            type: object
            required: [size]
            properties:
              size: {type: integer, minimum: 1, maximum: 9}
              colour: {type: string, enum: [red, green], default: red}
              free: {type: object, x-kubernetes-preserve-unknown-fields: true}
              parts: {type: array, maxItems: 2, items: {type: object, properties: {name: {type: string, pattern: "^a"}}}}
"""
WIDGET = "apiVersion: example.com/v1\nkind: Widget\nmetadata: {name: w}\nspec: %s\n"


def with_definition(spec):
    """Send a Widget to a cluster that has its definition."""
    api = fresh()
    create(api, next(documents(DEFINITION)).value)
    return create(api, next(documents(WIDGET % spec)).value)[0]["spec"]


def test_a_definition_gives_its_resources_fields():
    """Unknown fields are refused, defaults are filled in, and what is free stays free."""
    assert with_definition("{size: 3, free: {any: [1]}}") == {
        "size": 3,
        "free": {"any": [1]},
        "colour": "red",
    }
    with pytest.raises(ApiError, match=r'strict decoding error: unknown field "spec\.parts\[0\]\.nam"'):
        with_definition("{size: 3, parts: [{nam: a}]}")


@pytest.mark.parametrize(
    ("spec", "causes"),
    [
        ("{}", ["spec.size: Required value"]),
        (
            "{size: 0}",
            ["spec.size: Invalid value: 0: spec.size in body should be greater than or equal to 1"],
        ),
        ("{size: 10}", ["spec.size: Invalid value: 10: spec.size in body should be less than or equal to 9"]),
        (
            "{size: big}",
            ['spec.size: Invalid value: "string": spec.size in body must be of type integer: "string"'],
        ),
        (
            "{size: 1, colour: blue}",
            ['spec.colour: Unsupported value: "blue": supported values: "red", "green"'],
        ),
        (
            "{size: 1, parts: [{name: b}]}",
            ["spec.parts[0].name: Invalid value: \"b\": spec.parts[0].name in body should match '^a'"],
        ),
        ("{size: 1, parts: [{}, {}, {}]}", ["spec.parts: Too many: 3: must have at most 2 items"]),
    ],
)
def test_a_custom_resource_is_held_to_its_schema(spec, causes):
    """In the API server's words."""
    with pytest.raises(ApiError) as caught:
        with_definition(spec)
    assert [f"{cause.field}: {cause.message}" for cause in caught.value.causes] == causes


def test_the_doctor_reads_definitions_wherever_they_stand():
    """Before or after the objects: their fields are those of the definition."""
    widget = WIDGET % "{sise: 3}"
    for text in (f"{DEFINITION}---\n{widget}", f"{widget}---\n{DEFINITION}"):
        assert {item.field for item in kn.examine(text).errors} == {"spec.size", "spec.sise"}


def test_a_kind_without_its_definition_is_told_as_kubectl_tells_it():
    """No cluster has it by itself."""
    found = kn.examine(WIDGET % "{size: 3}")
    assert [item.what for item in found.notes] == ['no matches for kind "Widget" in version "example.com/v1"']
    assert found.kubectl.endswith(
        'no matches for kind "Widget" in version "example.com/v1"\nensure CRDs are installed first'
    )


def test_a_tick_is_earned():
    """Where no rules of a kind are known, nobody says that the API server would accept its objects."""
    driver = "apiVersion: storage.k8s.io/v1\nkind: CSIDriver\nmetadata: {name: d.example.com}\nspec: {}\n"
    assert "k8snotes does not know the rules of CSIDriver" in str(kn.examine(driver))
    assert "would accept" not in str(kn.examine(driver))
    account = "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: robot}\n"
    assert "would accept" in str(kn.examine(account))
    assert not ApiServer().definitions
