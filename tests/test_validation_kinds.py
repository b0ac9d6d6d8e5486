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
from k8snotes.control_plane.validation.cron import schedule, schedule_fault, time_zone
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


# ---- schedules, bound by bound (`getRange` and `ParseStandard` of github.com/robfig/cron)

BOUNDS_OF_CRON = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 6))


def in_field(number, part):
    """Return a schedule that has a part in one of its fields."""
    return " ".join(part if at == number else "*" for at in range(5))


@pytest.mark.parametrize("number", range(5))
def test_each_field_of_a_schedule_has_its_bounds(number):
    """The least and the most are taken, alone, in a range, in a list, and with a step; one beyond is not."""
    least, most = BOUNDS_OF_CRON[number]
    good = [
        f"{least}",
        f"{most}",
        f"{least}-{most}",
        f"{most},{least}",
        f"{least}/1",
        f"{most}/9",
        "*/1",
        f"{least}-{most}/2",
    ]
    good += [f"{most}-{most}", "?", "?/5", "*,*", ","]
    assert {part: schedule_fault(in_field(number, part)) for part in good} == dict.fromkeys(good, "")
    above = f"end of range ({most + 1}) above maximum ({most}): "
    bad = {
        f"{most + 1}": above,
        f"{least}-{most + 1}": above,
        f"{most}-{least}": f"beginning of range ({most}) beyond end of range ({least}): ",
        f"{most + 1}/1": f"beginning of range ({most + 1}) beyond end of range ({most}): ",
        f"{least}/0": "step of range should be a positive number: ",
        "*/0": "step of range should be a positive number: ",
        f"{least}-{most}-{most}": "too many hyphens: ",
        f"{least}/1/1": "too many slashes: ",
        "-1": "failed to parse int from ",
        f"{least}-": "failed to parse int from ",
        "*/": "failed to parse int from ",
    }
    if least:
        bad["0"] = "beginning of range (0) below minimum (1): "
    for part, fault in bad.items():
        assert schedule_fault(in_field(number, part)).startswith(fault), part
        assert schedule_fault(in_field(number, f"{least},{part}")).startswith(fault), part


MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]


@pytest.mark.parametrize(("number", "words", "first"), [(3, MONTHS, 1), (4, DAYS, 0)])
def test_months_and_days_have_names(number, words, first):
    """A name means its number: a range between two is in order exactly if the numbers are."""
    for at, word in enumerate(words):
        assert schedule_fault(in_field(number, word.upper())) == ""
        value = at + first
        assert schedule_fault(in_field(number, f"{word}-{value}")) == ""
        assert schedule_fault(in_field(number, f"{value}-{word}")) == ""
        if value > first:
            assert "beyond end" in schedule_fault(in_field(number, f"{word}-{value - 1}"))
            assert "beyond end" in schedule_fault(in_field(number, f"{value}-{words[at - 1]}"))
        for other in (0, 1, 2):
            assert schedule_fault(in_field(other, word))


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "empty spec string"),
        ("* * * *", "expected exactly 5 fields, found 4: [* * * *]"),
        ("* * * * * *", "expected exactly 5 fields, found 6: [* * * * * *]"),
        ("  *  * * * * ", ""),
        ("TZ=UTC * * * * *", ""),
        ("CRON_TZ=Europe/Berlin  @daily", ""),
        ("TZ=Mars/Base * * * * *", "provided bad location Mars/Base: unknown time zone Mars/Base"),
        ("TZ=../x * * * * *", "provided bad location ../x: time: invalid location name"),
        ("TZ=/x * * * * *", "provided bad location /x: time: invalid location name"),
        *(
            (f"@{word}", "")
            for word in ["yearly", "annually", "monthly", "weekly", "daily", "midnight", "hourly"]
        ),
        ("@Daily", "unrecognized descriptor: @Daily"),
        ("@every 1h", ""),
        ("@every 0", ""),
        ("@every -0", ""),
        ("@every 1.5h30m10ms1us1ns", ""),
        ("@every .5s", ""),
        ("@every ", 'failed to parse duration @every : time: invalid duration ""'),
        ("@every 5", 'failed to parse duration @every 5: time: missing unit in duration "5"'),
        ("@every x", 'failed to parse duration @every x: time: invalid duration "x"'),
        ("@every 1hx", 'failed to parse duration @every 1hx: time: invalid duration "1hx"'),
        (f"{'9' * 18} * * * *", f"beginning of range ({'9' * 18}) beyond end of range (59)"),
        (f"{'9' * 19} * * * *", "failed to parse int from " + "9" * 19),
        ("+5 * * * *", ""),
    ],
)
def test_a_schedule_as_a_whole(text, fault):
    """Five fields or a word; a zone before them; durations as Go writes them; numbers that fit."""
    found = schedule_fault(text)
    if text.startswith("9" * 18) and text[18] == " ":
        assert found == f"end of range ({'9' * 18}) above maximum (59): {'9' * 18}"
    else:
        assert found[: len(fault)] == fault
        assert bool(found) == bool(fault)


@pytest.mark.parametrize(
    ("text", "zone", "old", "faults"),
    [
        ("* * * * *", None, "", 0),
        ("* * * * *", "UTC", "", 0),
        ("TZ=UTC * * * * *", None, "", 1),
        ("TZ=UTC * * * * *", "UTC", "", 1),
        ("TZ=UTC * * * * *", None, "TZ=UTC * * * * *", 0),
        ("TZ=UTC * * * * *", "UTC", "TZ=UTC * * * * *", 1),
        ("TZ=Mars * * * * *", "UTC", "TZ=UTC * * * * *", 2),
        ("x", None, "", 1),
    ],
)
def test_a_zone_is_named_once(text, zone, old, faults):
    """`validateScheduleFormat`: not in a new schedule, and not beside the field `timeZone`."""
    assert len(schedule(text, Path("spec.schedule"), zone=zone, old=old)) == faults


@pytest.mark.parametrize(
    ("zone", "fault"),
    [
        (None, ""),
        ("", "timeZone must be nil or non-empty string"),
        ("Local", "timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones"),
        ("local", "timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones"),
        ("UTC", ""),
        ("Mars/Base", "unknown time zone Mars/Base"),
        ("\\x", "time: invalid location name"),
        ("a..b", "time: invalid location name"),
    ],
)
def test_a_time_zone_by_itself(zone, fault):
    """`validateTimeZone`, case by case."""
    assert [cause.detail for cause in time_zone(zone, Path("z"))] == ([fault] if fault else [])


# ---- sizes of other kinds


def answer_to(kind, version, **fields):
    """Return what is wrong with an object, a line a cause."""
    return refused({"apiVersion": version, "kind": kind, "metadata": {"name": "web"}, **fields})


@pytest.mark.parametrize(
    ("parameters", "fine"),
    [
        ({f"k{i}": "v" for i in range(512)}, True),
        ({f"k{i}": "v" for i in range(513)}, False),
        ({"k": "v" * (256 * 1024 - 1)}, True),
        ({"k": "v" * (256 * 1024)}, False),
        ({"k": "\u00e9" * (128 * 1024 - 1)}, True),
        ({"k": "\u00e9" * (128 * 1024)}, False),
        ({"": "v"}, False),
    ],
)
def test_what_a_storage_class_tells_its_provisioner(parameters, fine):
    """`validateParameters`: 512 of them, 256 KiB keys and values together, and no key is empty."""
    wrong = answer_to("StorageClass", "storage.k8s.io/v1", provisioner="a.b/c", parameters=parameters)
    assert bool(wrong) is not fine


@pytest.mark.parametrize(
    ("value", "fine"),
    [
        ([0, 255], True),
        ([], True),
        ([256], False),
        ([-1], False),
        ([True], False),
        ([1.5], False),
        ("QUJD", True),
        ("QUJ", False),
        (3, False),
    ],
)
def test_the_bytes_of_a_secret(value, fine):
    """encoding/json reads []byte from text in base64, or from a list of numbers from 0 to 255."""
    assert bool(answer_to("Secret", "v1", data={"a": value})) is not fine


@pytest.mark.parametrize(
    ("size", "fine"), [(1024 * 1024 - 1, True), (1024 * 1024, True), (1024 * 1024 + 1, False)]
)
def test_how_much_a_config_map_and_a_secret_hold(size, fine):
    """`MaxSecretSize` and its like: 1 MiB of values, keys not counted."""
    assert bool(answer_to("ConfigMap", "v1", data={"k" * 100: "v" * size})) is not fine
    assert (
        bool(answer_to("ConfigMap", "v1", data={"a": "v" * (size - 1)}, binaryData={"b": "QQ=="})) is not fine
    )
    assert bool(answer_to("Secret", "v1", stringData={"a": "v" * size})) is not fine


TEMPLATE = {
    "metadata": {"labels": {"app": "web"}},
    "spec": {"containers": [{"name": "main", "image": "a:1"}]},
}
WORKLOADS = {
    "ReplicationController": ("v1", {"selector": {"app": "web"}}, True),
    "ReplicaSet": ("apps/v1", {"selector": {"matchLabels": {"app": "web"}}}, True),
    "Deployment": ("apps/v1", {"selector": {"matchLabels": {"app": "web"}}}, True),
    "DaemonSet": ("apps/v1", {"selector": {"matchLabels": {"app": "web"}}}, False),
    "Job": ("batch/v1", {}, True),
}


@pytest.mark.parametrize("kind", WORKLOADS)
@pytest.mark.parametrize("name", ["web", "web.shop"])
def test_a_name_with_a_dot_makes_odd_host_names(kind, name):
    """`WarningsOnCreate` of each kind whose Pods are called by it; those of a DaemonSet's are let be."""
    version, spec, warned = WORKLOADS[kind]
    template = TEMPLATE
    if kind == "Job":
        template = {**TEMPLATE, "spec": {**TEMPLATE["spec"], "restartPolicy": "Never"}}
    manifest = {
        "apiVersion": version,
        "kind": kind,
        "metadata": {"name": name},
        "spec": {**spec, "template": template},
    }
    warnings = [str(item) for item in create(fresh(), manifest)[1]]
    told = [
        item for item in warnings if item.startswith("metadata.name: this is used in Pod names and hostnames")
    ]
    assert len(told) == (warned and "." in name)


@pytest.mark.parametrize(
    ("family", "address", "fine"),
    [
        ("IPv4", "10.0.0.1", True),
        ("IPv4", "2001:db8::1", False),
        ("IPv4", "10.0.0", False),
        ("IPv4", "127.0.0.1", False),
        ("IPv4", "0.0.0.0", False),  # noqa: S104  # no binding
        ("IPv6", "2001:db8::1", True),
        ("IPv6", "10.0.0.1", False),
        ("IPv6", "::1", False),
        ("FQDN", "web.example.com", True),
        ("FQDN", "web.example.com.", True),
        ("FQDN", "web", False),
        ("FQDN", "", False),
        ("FQDN", "A.b", False),
    ],
)
def test_an_address_of_a_slice_is_of_its_type(family, address, fine):
    """`validateEndpoints`: a usable address of the family, or a name with a dot."""
    wrong = answer_to(
        "EndpointSlice",
        "discovery.k8s.io/v1",
        addressType=family,
        endpoints=[{"addresses": [address]}],
        ports=[{"name": "a", "port": 80, "protocol": "TCP"}],
    )
    assert (wrong == []) is fine


@pytest.mark.parametrize(
    ("endpoints", "addresses", "ports", "fine"),
    [
        (1000, 1, 1, True),
        (1001, 1, 1, False),
        (1, 100, 1, True),
        (1, 101, 1, False),
        (1, 0, 1, False),
        (1, 1, 20_000, True),
        (1, 1, 20_001, False),
        (0, 1, 0, True),
    ],
)
def test_how_much_a_slice_holds(endpoints, addresses, ports, fine):
    """A thousand endpoints, a hundred addresses each, twenty thousand ports."""
    entry = {"addresses": [f"10.0.{i // 250}.{i % 250 + 1}" for i in range(addresses)]}
    wrong = answer_to(
        "EndpointSlice",
        "discovery.k8s.io/v1",
        addressType="IPv4",
        endpoints=[entry] * endpoints,
        ports=[{"name": f"p{i}", "port": 80, "protocol": "TCP"} for i in range(ports)],
    )
    assert (wrong == []) is fine


@pytest.mark.parametrize(
    ("policy", "path", "fine"),
    [
        ("Recycle", "/", False),
        ("Recycle", "/.", False),
        ("Recycle", "/a", True),
        ("Retain", "/", True),
        ("Delete", "/", True),
    ],
)
def test_a_whole_node_is_not_recycled(policy, path, fine):
    """`ValidatePersistentVolume`: hostPath "/" may not have the policy Recycle."""
    wrong = answer_to(
        "PersistentVolume",
        "v1",
        spec={
            "capacity": {"storage": "1Gi"},
            "accessModes": ["ReadWriteOnce"],
            "persistentVolumeReclaimPolicy": policy,
            "hostPath": {"path": path},
        },
    )
    assert (wrong == []) is fine


@pytest.mark.parametrize(
    ("source", "fine"),
    [
        ({"kind": "PersistentVolumeClaim", "name": "other"}, True),
        ({"kind": "Pod", "name": "other"}, False),
        ({"kind": "", "name": "other"}, False),
        ({"kind": "PersistentVolumeClaim", "name": ""}, False),
        ({"apiGroup": "snapshot.storage.k8s.io", "kind": "VolumeSnapshot", "name": "other"}, True),
        ({"apiGroup": "A b", "kind": "VolumeSnapshot", "name": "other"}, False),
        ({"apiGroup": "", "kind": "PersistentVolumeClaim", "name": "other"}, True),
    ],
)
def test_what_a_claim_is_copied_from(source, fine):
    """`validateDataSource`: without a group only another claim, else any kind of a group that can be."""
    wrong = answer_to(
        "PersistentVolumeClaim",
        "v1",
        spec={
            "accessModes": ["ReadWriteOnce"],
            "resources": {"requests": {"storage": "1Gi"}},
            "dataSourceRef": source,
        },
    )
    assert (wrong == []) is fine


SPREAD = {
    "maxSkew": 1,
    "topologyKey": "zone",
    "whenUnsatisfiable": "DoNotSchedule",
    "labelSelector": {"matchLabels": {"app": "web"}},
}


@pytest.mark.parametrize(
    ("changes", "fine"),
    [
        ({}, True),
        ({"maxSkew": None}, False),
        ({"maxSkew": 0}, False),
        ({"maxSkew": -1}, False),
        ({"topologyKey": None}, False),
        ({"whenUnsatisfiable": None}, False),
        ({"whenUnsatisfiable": "x"}, False),
        ({"whenUnsatisfiable": "ScheduleAnyway"}, True),
        ({"minDomains": 1}, True),
        ({"minDomains": 0}, False),
        ({"minDomains": 1, "whenUnsatisfiable": "ScheduleAnyway"}, False),
        ({"nodeAffinityPolicy": "Ignore", "nodeTaintsPolicy": "Honor"}, True),
        ({"nodeAffinityPolicy": "x"}, False),
        ({"nodeTaintsPolicy": "x"}, False),
        ({"matchLabelKeys": ["tier"]}, True),
        ({"matchLabelKeys": ["app"]}, False),
        ({"matchLabelKeys": ["a b"]}, False),
        ({"matchLabelKeys": ["tier"], "labelSelector": None}, False),
        (
            {
                "labelSelector": {"matchExpressions": [{"key": "x", "operator": "Exists"}]},
                "matchLabelKeys": ["x"],
            },
            False,
        ),
    ],
)
def test_how_pods_are_to_be_spread(changes, fine):
    """`validateTopologySpreadConstraints`, a field at a time."""
    constraint = {key: value for key, value in {**SPREAD, **changes}.items() if value is not None}
    spec = {"containers": [{"name": "main", "image": "a:1"}], "topologySpreadConstraints": [constraint]}
    wrong = answer_to("Pod", "v1", spec=spec)
    assert len(wrong) == (not fine)


PORT = {"containerPort": 80, "protocol": "TCP"}


@pytest.mark.parametrize(
    ("one", "other", "warned"),
    [
        ({}, {}, "duplicate port definition with spec.containers[0].ports[0]"),
        ({}, {"protocol": "UDP"}, ""),
        ({}, {"containerPort": 81}, ""),
        ({}, {"hostPort": 8000}, "overlapping port definition with spec.containers[0].ports[0]"),
        ({"hostPort": 8000}, {}, "overlapping port definition with spec.containers[0].ports[0]"),
        ({"hostPort": 8000}, {"hostPort": 8001}, ""),
        (
            {"hostPort": 8000},
            {"hostPort": 8000, "hostIP": "10.0.0.1"},
            "dangerously ambiguous port definition with",
        ),
        (
            {"hostPort": 8000, "hostIP": "10.0.0.1"},
            {"hostPort": 8000},
            "dangerously ambiguous port definition with",
        ),
        ({"hostPort": 8000, "hostIP": "10.0.0.1"}, {"hostPort": 8000, "hostIP": "10.0.0.2"}, ""),
        ({"containerPort": 81}, {"hostIP": "10.0.0.1"}, "hostIP set without hostPort"),
    ],
)
def test_ports_that_say_the_same_or_nearly(one, other, warned):
    """`warningsForOverlappingVirtualPorts` and its neighbours, in one container and over two."""
    for apart in (False, True):
        ports = [{**PORT, "name": "a", **one}, {**PORT, "name": "b", **other}]
        rows = [{"name": "x", "image": "a:1", "ports": ports}]
        if apart:
            rows = [{"name": f"c{i}", "image": "a:1", "ports": [port]} for i, port in enumerate(ports)]
        manifest = {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": "web"},
            "spec": {"containers": rows},
        }
        found = [str(item) for item in create(fresh(), manifest)[1]]
        assert len(found) == bool(warned)
        assert not warned or warned in found[0]


@pytest.mark.parametrize(
    ("first", "second", "warned"),
    [
        ({"value": "1"}, {"value": "2"}, True),
        ({"value": "1"}, {"value": "$(X)2"}, False),
        ({"value": "1"}, {"value": "$(X)"}, True),
        ({"value": "1"}, {"valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}, True),
        ({"value": "1"}, {"name": "Y", "value": "2"}, False),
        ({"value": ""}, {}, True),
    ],
)
def test_a_variable_that_hides_another(first, second, warned):
    """A name twice is warned of, unless the second builds on the first."""
    env = [{"name": "X", **first}, {"name": "X", **second}]
    spec = {"containers": [{"name": "main", "image": "a:1", "env": env}]}
    found = create(fresh(), {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web"}, "spec": spec})[1]
    assert len([item for item in found if 'hides previous definition of "X"' in str(item)]) == warned


@pytest.mark.parametrize(("length", "fine"), [(52, True), (53, False)])
def test_the_name_of_a_cron_job_leaves_room(length, fine):
    """`ValidateCronJobCreate`: eleven letters of a DNS label are kept for the moment that is added."""
    template = {**TEMPLATE, "spec": {**TEMPLATE["spec"], "restartPolicy": "Never"}}
    manifest = {
        "apiVersion": "batch/v1",
        "kind": "CronJob",
        "metadata": {"name": "a" * length},
        "spec": {"schedule": "* * * * *", "jobTemplate": {"spec": {"template": template}}},
    }
    assert (refused(manifest) == []) is fine


@pytest.mark.parametrize(("seconds", "warned"), [(None, 0), (1, 0), (0, 0), (-1, 1)])
def test_a_grace_period_below_zero_is_warned_of(seconds, warned):
    """It is taken for 1."""
    spec = {"containers": [{"name": "main", "image": "a:1"}]}
    if seconds is not None:
        spec["terminationGracePeriodSeconds"] = seconds
    found = create(fresh(), {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web"}, "spec": spec})[1]
    assert len([item for item in found if "terminationGracePeriodSeconds" in str(item)]) == warned


@pytest.mark.parametrize(
    ("kind", "host_port", "fine"),
    [
        ("Pod", 80, True),
        ("Pod", 81, False),
        ("Pod", None, True),
        ("Deployment", 80, True),
        ("Deployment", 81, False),
        ("Deployment", None, True),
    ],
)
def test_on_the_network_of_the_node_both_ports_are_one(kind, host_port, fine):
    """`checkHostPortConflicts` with hostNetwork: a host port equals its container port, in Pods and in templates."""
    port = {"containerPort": 80, **({"hostPort": host_port} if host_port else {})}
    spec = {"hostNetwork": True, "containers": [{"name": "main", "image": "a:1", "ports": [port]}]}
    version = "v1"
    if kind == "Deployment":
        version, spec = "apps/v1", {**WORKLOADS[kind][1], "template": {**TEMPLATE, "spec": spec}}
    assert (answer_to(kind, version, spec=spec) == []) is fine


@pytest.mark.parametrize(("size", "fine"), [("0", False), ("1", True), ("-1", False)])
def test_the_size_of_a_volume_is_above_zero(size, fine):
    """`ValidatePositiveQuantityValue`."""
    spec = {"capacity": {"storage": size}, "accessModes": ["ReadWriteOnce"], "hostPath": {"path": "/a"}}
    assert (answer_to("PersistentVolume", "v1", spec=spec) == []) is fine


@pytest.mark.parametrize(("amount", "causes"), [("1", 0), ("0", 1), ("-1", 2)])
def test_a_volume_has_a_size(amount, causes):
    """ValidatePersistentVolumeSpec: validateBasicResource takes 0, and ValidatePositiveQuantityValue does not."""
    volume = {"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": "disk"}}
    volume["spec"] = {
        "capacity": {"storage": amount},
        "accessModes": ["ReadWriteOnce"],
        "hostPath": {"path": "/x"},
    }
    found = []
    try:
        kn.Cluster(nodes=0).create([volume])
    except kn.ApiError as error:
        found = [cause.field for cause in error.causes]
    assert found == ["spec.capacity[storage]"] * causes


def test_only_an_old_sort_of_volume_is_warned_of():
    """warningsForPersistentVolumeSpec: cephfs is gone, a path of a Node is not."""
    for source, warned in (
        ({"hostPath": {"path": "/x"}}, 0),
        ({"cephfs": {"monitors": ["10.0.0.1:6789"]}}, 1),
    ):
        volume = {"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": "disk"}}
        volume["spec"] = {"capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"], **source}
        c = kn.Cluster(nodes=0)
        c.create([volume])
        assert len(c.warnings) == warned


@pytest.mark.parametrize(("length", "taken"), [(249, True), (250, True), (251, False)])
def test_how_long_the_name_of_an_ingress_controller_may_be(length, taken):
    """maxLenIngressClassController of ValidateIngressClassSpec is 250."""
    name = f"example.com/{'a' * (length - len('example.com/'))}"
    made = {"apiVersion": "networking.k8s.io/v1", "kind": "IngressClass", "metadata": {"name": "x"}}
    made["spec"] = {"controller": name}
    if taken:
        assert kn.Cluster(nodes=0).create([made])
        return
    with pytest.raises(kn.ApiError, match="may not be more than 250"):
        kn.Cluster(nodes=0).create([made])
