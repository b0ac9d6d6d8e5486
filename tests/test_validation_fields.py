"""A valid autoscaler and a valid Job, changed in one place at a time: what the API server says of each change.

The rules are `validateHorizontalPodAutoscalerSpec` (pkg/apis/autoscaling/validation) and `validateJobSpec`,
`ValidateJobUpdate`, `validatePodFailurePolicy` and `validateSuccessPolicy` (pkg/apis/batch/validation).
"""

from __future__ import annotations

import copy

import pytest
from test_validation import create, fresh, replace

from k8snotes.errors import ApiError


def changed(base, changes):
    """Return a copy in which the fields at dotted paths have other values; None takes one away."""
    made = copy.deepcopy(base)
    for path, value in changes.items():
        *way, last = path.split(".")
        at = made
        for step in way:
            at = at[int(step)] if isinstance(at, list) else at.setdefault(step, {})
        if value is None:
            at.pop(last, None)
        elif isinstance(at, list):
            at[int(last) :] = [copy.deepcopy(value)]
        else:
            at[last] = copy.deepcopy(value)
    return made


def told(act):
    """Return a line for each cause: its field, and the beginning of what is said."""
    try:
        act()
    except ApiError as error:
        return [f"{cause.field}: {cause.message}" for cause in error.causes] or [
            f"{error.code}: {error.message}"
        ]
    return []


def fits(found, wanted):
    """Whether each cause begins as is wanted."""
    return len(found) == len(wanted) and all(a.startswith(b) for a, b in zip(found, wanted, strict=True))


CPU = {
    "type": "Resource",
    "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 80}},
}
TARGET = {"type": "AverageValue", "averageValue": "5"}
PODS = {"type": "Pods", "pods": {"metric": {"name": "rate"}, "target": TARGET}}
OBJECT = {
    "type": "Object",
    "object": {
        "describedObject": {"apiVersion": "v1", "kind": "Service", "name": "web"},
        "metric": {"name": "rate"},
        "target": {"type": "Value", "value": "5"},
    },
}
EXTERNAL = {"type": "External", "external": {"metric": {"name": "rate"}, "target": TARGET}}
OF_CONTAINER = {
    "type": "ContainerResource",
    "containerResource": {
        "name": "cpu",
        "container": "main",
        "target": {"type": "Utilization", "averageUtilization": 80},
    },
}
SCALER = {
    "apiVersion": "autoscaling/v2",
    "kind": "HorizontalPodAutoscaler",
    "metadata": {"name": "web"},
    "spec": {
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"},
        "minReplicas": 2,
        "maxReplicas": 4,
        "metrics": [CPU],
    },
}
M, B = "spec.metrics[0]", "spec.behavior.scaleUp"
STEP = {"policies": [{"type": "Pods", "value": 1, "periodSeconds": 15}]}


@pytest.mark.parametrize(
    ("changes", "causes"),
    [
        ({}, []),
        ({"minReplicas": 1}, []),
        ({"minReplicas": 0}, ["spec.minReplicas: Invalid value: 0: must be greater than or equal to 1"]),
        ({"minReplicas": 4}, []),
        (
            {"minReplicas": 5},
            ["spec.maxReplicas: Invalid value: 4: must be greater than or equal to `minReplicas`"],
        ),
        ({"minReplicas": 1, "maxReplicas": 1}, []),
        (
            {"maxReplicas": 0},
            [
                "spec.maxReplicas: Required value: must be set and greater than 0",
                "spec.maxReplicas: Invalid value: 0: must be greater than or equal to `minReplicas`",
            ],
        ),
        (
            {"maxReplicas": -1},
            [
                "spec.maxReplicas: Invalid value: -1: must be greater than 0",
                "spec.maxReplicas: Invalid value: -1: must be greater than or equal to `minReplicas`",
            ],
        ),
        ({"scaleTargetRef.kind": ""}, ["spec.scaleTargetRef.kind: Required value"]),
        ({"scaleTargetRef.name": ""}, ["spec.scaleTargetRef.name: Required value"]),
        (
            {"metrics.0.resource.name": ""},
            [f"{M}.resource.name: Required value: must specify a resource name"],
        ),
        ({"metrics.0.resource.target.averageUtilization": 1}, []),
        (
            {"metrics.0.resource.target.averageUtilization": 0},
            [f"{M}.resource.target.averageUtilization: Invalid value: 0: must be greater than 0"],
        ),
        (
            {"metrics.0.resource.target.averageUtilization": None},
            [
                f"{M}.resource.target.averageUtilization: Required value: must set either a target raw value or"
            ],
        ),
        (
            {"metrics.0.resource.target.averageValue": "1"},
            [
                f"{M}.resource.target.averageValue: Forbidden: may not set both a target raw value and a target"
            ],
        ),
        ({"metrics.0.resource.target": TARGET}, []),
        (
            {"metrics.0.resource.target": {**TARGET, "averageValue": "0"}},
            [f'{M}.resource.target.averageValue: Invalid value: "0": must be positive'],
        ),
        ({"metrics.0.resource.target": {**TARGET, "averageValue": "1m"}}, []),
        (
            {"metrics.0.resource.target.type": ""},
            [
                f"{M}.resource.target.type: Required value: must specify a metric target type",
                f'{M}.resource.target.type: Invalid value: "": must be either Utilization, Value, or AverageValue',
            ],
        ),
        (
            {"metrics.0.resource.target.type": "x"},
            [f'{M}.resource.target.type: Invalid value: "x": must be either'],
        ),
        ({"metrics": [OF_CONTAINER]}, []),
        (
            {"metrics": [OF_CONTAINER], "metrics.0.containerResource.container": ""},
            [f"{M}.containerResource.container: Required value: must specify a container"],
        ),
        (
            {"metrics": [OF_CONTAINER], "metrics.0.containerResource.name": ""},
            [f"{M}.containerResource.name: Required value: must specify a resource name"],
        ),
        (
            {"metrics": [OF_CONTAINER], "metrics.0.containerResource.target.averageUtilization": None},
            [f"{M}.containerResource.target.averageUtilization: Required value"],
        ),
        (
            {"metrics": [OF_CONTAINER], "metrics.0.containerResource.target.averageValue": "1"},
            [f"{M}.containerResource.target.averageValue: Forbidden"],
        ),
        ({"metrics": [PODS]}, []),
        (
            {"metrics": [PODS], "metrics.0.pods.metric.name": ""},
            [f"{M}.pods.metric.name: Required value: must specify a metric name"],
        ),
        (
            {"metrics": [PODS], "metrics.0.pods.metric.name": "a/b"},
            [f'{M}.pods.metric.name: Invalid value: "a/b": may not contain'],
        ),
        (
            {"metrics": [PODS], "metrics.0.pods.target": {"type": "Value", "value": "5"}},
            [f"{M}.pods.target.averageValue: Required value: must specify a positive target averageValue"],
        ),
        (
            {"metrics": [PODS], "metrics.0.pods.target.averageValue": "0"},
            [
                f'{M}.pods.target.averageValue: Invalid value: "0": must be positive',
                f"{M}.pods.target.averageValue: Required value: must specify a positive target averageValue",
            ],
        ),
        ({"metrics": [OBJECT]}, []),
        ({"metrics": [OBJECT], "metrics.0.object.target": TARGET}, []),
        ({"metrics": [OBJECT], "metrics.0.object.target.averageValue": "1"}, []),
        (
            {"metrics": [OBJECT], "metrics.0.object.target.value": "0"},
            [f'{M}.object.target.value: Invalid value: "0": must be positive'],
        ),
        (
            {"metrics": [OBJECT], "metrics.0.object.target.value": None},
            [f"{M}.object.target.averageValue: Required value: must set either"],
        ),
        (
            {"metrics": [OBJECT], "metrics.0.object.describedObject.name": ""},
            [f"{M}.object.describedObject.name: Required value"],
        ),
        (
            {"metrics": [OBJECT], "metrics.0.object.metric.name": ""},
            [f"{M}.object.metric.name: Required value"],
        ),
        ({"metrics": [EXTERNAL]}, []),
        ({"metrics": [EXTERNAL], "metrics.0.external.target": {"type": "Value", "value": "1"}}, []),
        (
            {"metrics": [EXTERNAL], "metrics.0.external.target.value": "1"},
            [
                f"{M}.external.target.value: Forbidden: may not set both a target value for metric and a per-pod target"
            ],
        ),
        (
            {"metrics": [EXTERNAL], "metrics.0.external.target.averageValue": None},
            [f"{M}.external.target.averageValue: Required value"],
        ),
        (
            {"metrics": [EXTERNAL], "metrics.0.external.metric.name": ""},
            [f"{M}.external.metric.name: Required value"],
        ),
        (
            {"metrics.0.type": ""},
            [
                f"{M}.type: Required value: must specify a metric source type",
                f'{M}.type: Unsupported value: "": supported values: "ContainerResource", "External", "Object", "Pods"',
                f'{M}.type: Unsupported value: "": supported values',
            ],
        ),
        (
            {"metrics.0.type": "Pods"},
            [f"{M}.pods: Required value: must populate information for the given metric source"],
        ),
        (
            {"metrics.0.pods": PODS["pods"]},
            [f"{M}.pods: Forbidden: must populate the given metric source only"],
        ),
        ({"metrics.0.resource": None}, [f"{M}.resource: Required value: must populate information for"]),
        ({"behavior.scaleUp": STEP}, []),
        ({"behavior.scaleDown": STEP}, []),
        ({"behavior.scaleUp": {}}, []),
        ({"behavior.scaleUp": {**STEP, "stabilizationWindowSeconds": 0}}, []),
        (
            {"behavior.scaleUp": {**STEP, "stabilizationWindowSeconds": -1}},
            [f"{B}.stabilizationWindowSeconds: Invalid value: -1: must be greater than or equal to zero"],
        ),
        ({"behavior.scaleUp": {**STEP, "stabilizationWindowSeconds": 3600}}, []),
        (
            {"behavior.scaleUp": {**STEP, "stabilizationWindowSeconds": 3601}},
            [f"{B}.stabilizationWindowSeconds: Invalid value: 3601: must be less than or equal to 3600"],
        ),
        ({"behavior.scaleUp": {**STEP, "selectPolicy": "Disabled"}}, []),
        (
            {"behavior.scaleUp": {**STEP, "selectPolicy": "x"}},
            [f'{B}.selectPolicy: Unsupported value: "x": supported values: "Disabled", "Max", "Min"'],
        ),
        ({"behavior.scaleUp": {**STEP, "tolerance": "0"}}, []),
        (
            {"behavior.scaleUp": {**STEP, "tolerance": "-1m"}},
            [f'{B}.tolerance: Invalid value: "-1m": must be greater or equal to zero'],
        ),
        (
            {"behavior.scaleUp": STEP, "behavior.scaleUp.policies.0.value": 0},
            [f"{B}.policies[0].value: Invalid value: 0: must be greater than zero"],
        ),
        (
            {"behavior.scaleUp": STEP, "behavior.scaleUp.policies.0.periodSeconds": 0},
            [f"{B}.policies[0].periodSeconds: Invalid value: 0: must be greater"],
        ),
        ({"behavior.scaleUp": STEP, "behavior.scaleUp.policies.0.periodSeconds": 1800}, []),
        (
            {"behavior.scaleUp": STEP, "behavior.scaleUp.policies.0.periodSeconds": 1801},
            [f"{B}.policies[0].periodSeconds: Invalid value: 1801: must be less than or equal to 1800"],
        ),
        ({"behavior.scaleUp": STEP, "behavior.scaleUp.policies.0.type": "Percent"}, []),
        (
            {"behavior.scaleUp": STEP, "behavior.scaleUp.policies.0.type": "x"},
            [f'{B}.policies[0].type: Unsupported value: "x": supported values: "Percent", "Pods"'],
        ),
    ],
)
def test_an_autoscaler_changed_in_one_place(changes, causes):
    """Each field at its bound and beyond it."""
    made = changed(SCALER, {f"spec.{path}": value for path, value in changes.items()})
    found = told(lambda: create(fresh(), made))
    assert fits(found, causes), found


def test_what_an_autoscaler_is_completed_with():
    """One Pod at least, CPU at 80 %, and the rules of both ways where one of them is given."""
    bare = changed(
        SCALER,
        {
            "spec.minReplicas": None,
            "spec.metrics": None,
            "spec.behavior": {"scaleUp": {"selectPolicy": "Min"}},
        },
    )
    spec = create(fresh(), bare)[0]["spec"]
    assert (spec["minReplicas"], spec["metrics"]) == (1, [CPU])
    percent = {"type": "Percent", "value": 100, "periodSeconds": 15}
    four = {"type": "Pods", "value": 4, "periodSeconds": 15}
    up = {"stabilizationWindowSeconds": 0, "selectPolicy": "Min", "policies": [four, percent]}
    assert spec["behavior"] == {"scaleUp": up, "scaleDown": {"selectPolicy": "Max", "policies": [percent]}}


JOB = {
    "apiVersion": "batch/v1",
    "kind": "Job",
    "metadata": {"name": "calc"},
    "spec": {
        "template": {"spec": {"restartPolicy": "Never", "containers": [{"name": "main", "image": "a:1"}]}}
    },
}
INDEXED = {"completionMode": "Indexed", "completions": 3, "parallelism": 2}
CODES = {"action": "Ignore", "onExitCodes": {"operator": "In", "values": [1, 2]}}
CONDITION = {"action": "Ignore", "onPodConditions": [{"type": "Ready", "status": "True"}]}
F, S = "spec.podFailurePolicy.rules", "spec.successPolicy.rules"


def failing(*rules, **more):
    return {"podFailurePolicy": {"rules": list(rules)}, **more}


def exits(**changes):
    return failing({**CODES, "onExitCodes": {**CODES["onExitCodes"], **changes}})


def succeeding(*rules):
    return {**INDEXED, "successPolicy": {"rules": list(rules)}}


@pytest.mark.parametrize(
    ("spec", "causes"),
    [
        ({}, []),
        (INDEXED, []),
        (
            {**INDEXED, "completions": None},
            ["spec.completions: Required value: when completion mode is Indexed"],
        ),
        ({**INDEXED, "completions": 0}, []),
        ({**INDEXED, "parallelism": 100_000}, []),
        (
            {**INDEXED, "parallelism": 100_001},
            ["spec.parallelism: Invalid value: 100001: must be less than or equal to"],
        ),
        ({"parallelism": 100_001}, []),
        (
            {"backoffLimitPerIndex": 0},
            ["spec.backoffLimitPerIndex: Invalid value: 0: requires indexed completion mode"],
        ),
        ({**INDEXED, "backoffLimitPerIndex": 0}, []),
        ({**INDEXED, "backoffLimitPerIndex": 0, "maxFailedIndexes": 3}, []),
        (
            {**INDEXED, "backoffLimitPerIndex": 0, "maxFailedIndexes": 4},
            ["spec.maxFailedIndexes: Invalid value: 4"],
        ),
        (
            {**INDEXED, "maxFailedIndexes": 3},
            ["spec.backoffLimitPerIndex: Required value: when maxFailedIndexes is"],
        ),
        ({"managedBy": "example.com/mine"}, []),
        ({"managedBy": "mine"}, ['spec.managedBy: Invalid value: "mine"']),
        ({"podReplacementPolicy": "TerminatingOrFailed"}, []),
        (failing(CODES, podReplacementPolicy="Failed"), []),
        (
            failing(CODES, podReplacementPolicy="TerminatingOrFailed"),
            [
                'spec.podReplacementPolicy: Unsupported value: "TerminatingOrFailed": supported values: "Failed"'
            ],
        ),
        # what is done with failures
        (failing(CODES, CONDITION), []),
        (failing(*[CODES] * 20), []),
        (failing(*[CODES] * 21), [f"{F}: Too many: 21: must have at most 20 items"]),
        (
            failing({**CODES, "action": "FailIndex"}),
            [f'{F}[0].action: Invalid value: "FailIndex": requires the backoffLimitPerIndex to be set'],
        ),
        ({**INDEXED, **failing({**CODES, "action": "FailIndex"}), "backoffLimitPerIndex": 1}, []),
        (
            failing({**CODES, "action": ""}),
            [f'{F}[0].action: Required value: valid values: ["Count" "FailIndex" "FailJob" "Ignore"]'],
        ),
        (failing({**CODES, "action": "x"}), [f'{F}[0].action: Unsupported value: "x"']),
        (
            failing({"action": "Count"}),
            [f"{F}[0]: Invalid value: specifying one of OnExitCodes and OnPodConditions is required"],
        ),
        (
            failing({**CODES, **CONDITION}),
            [f"{F}[0]: Invalid value: specifying both OnExitCodes and OnPodConditions is not supported"],
        ),
        (exits(values=[1, 2, 3]), []),
        (exits(operator="NotIn", values=[0]), []),
        (
            exits(values=[0]),
            [f"{F}[0].onExitCodes.values[0]: Invalid value: 0: must not be 0 for the In operator"],
        ),
        (exits(values=[]), [f"{F}[0].onExitCodes.values: Invalid value"]),
        (exits(values=[1, 1]), [f"{F}[0].onExitCodes.values[1]: Duplicate value: 1"]),
        (exits(values=[2, 1]), [f"{F}[0].onExitCodes.values: Invalid value: [2,1]: must be ordered"]),
        (exits(values=list(range(1, 256))), []),
        (
            exits(values=list(range(1, 257))),
            [f"{F}[0].onExitCodes.values: Too many: 256: must have at most 255 items"],
        ),
        (exits(operator="x"), [f'{F}[0].onExitCodes.operator: Unsupported value: "x"']),
        (exits(containerName="main"), []),
        (
            exits(containerName="other"),
            [f'{F}[0].onExitCodes.containerName: Invalid value: "other": must be one of'],
        ),
        (failing({"action": "Ignore", "onPodConditions": CONDITION["onPodConditions"] * 20}), []),
        (
            failing({"action": "Ignore", "onPodConditions": CONDITION["onPodConditions"] * 21}),
            [f"{F}[0].onPodConditions: Too many: 21"],
        ),
        (
            failing({"action": "Ignore", "onPodConditions": [{"type": "a b", "status": "True"}]}),
            [f'{F}[0].onPodConditions[0].type: Invalid value: "a b"'],
        ),
        (
            failing({"action": "Ignore", "onPodConditions": [{"type": "Ready", "status": "x"}]}),
            [f'{F}[0].onPodConditions[0].status: Unsupported value: "x"'],
        ),
        # what is success enough
        ({"successPolicy": {"rules": [{"succeededCount": 1}]}}, ["spec.successPolicy: Invalid value"]),
        (succeeding(), [f"{S}: Required value: at least one rules must be specified"]),
        (succeeding(*[{"succeededCount": 1}] * 20), []),
        (succeeding(*[{"succeededCount": 1}] * 21), [f"{S}: Too many: 21"]),
        (succeeding({}), [f"{S}[0]: Required value: at least one of succeededCount or succeededIndexes"]),
        (succeeding({"succeededCount": 0}), []),
        (
            succeeding({"succeededCount": -1}),
            [f"{S}[0].succeededCount: Invalid value: -1: must be greater than or equal to 0"],
        ),
        (succeeding({"succeededCount": 3}), []),
        (
            succeeding({"succeededCount": 4}),
            [f"{S}[0].succeededCount: Invalid value: 4: must be less than or equal to 3"],
        ),
        (succeeding({"succeededIndexes": "0-2"}), []),
        (succeeding({"succeededIndexes": "0,2"}), []),
        (succeeding({"succeededIndexes": "2"}), []),
        (succeeding({"succeededIndexes": ""}), []),
        (
            succeeding({"succeededIndexes": "3"}),
            [
                f'{S}[0].succeededIndexes: Invalid value: "3": error parsing succeededIndexes: too large index: "3"'
            ],
        ),
        (
            succeeding({"succeededIndexes": "0-3"}),
            [f'{S}[0].succeededIndexes: Invalid value: "0-3": error parsing succeededIndexes: too large'],
        ),
        (
            succeeding({"succeededIndexes": "0-1-2"}),
            [
                f'{S}[0].succeededIndexes: Invalid value: "0-1-2": error parsing succeededIndexes: the fragment'
            ],
        ),
        (
            succeeding({"succeededIndexes": "1,1"}),
            [
                f'{S}[0].succeededIndexes: Invalid value: "1,1": error parsing succeededIndexes: non-increasing order, previous: 1, current: 1'
            ],
        ),
        (
            succeeding({"succeededIndexes": "2-1"}),
            [
                f'{S}[0].succeededIndexes: Invalid value: "2-1": error parsing succeededIndexes: non-increasing order, previous: 2, current: 1'
            ],
        ),
        (
            succeeding({"succeededIndexes": "x"}),
            [f'{S}[0].succeededIndexes: Invalid value: "x": error parsing succeededIndexes: cannot convert'],
        ),
        (succeeding({"succeededIndexes": "0,2", "succeededCount": 2}), []),
        (
            succeeding({"succeededIndexes": "0,2", "succeededCount": 3}),
            [f"{S}[0].succeededCount: Invalid value: 3: must be less than or equal to 2"],
        ),
        (succeeding({"succeededIndexes": "0-1", "succeededCount": 2}), []),
    ],
)
def test_a_job_changed_in_one_place(spec, causes):
    """Each field at its bound and beyond it."""
    made = changed(JOB, {f"spec.{name}": value for name, value in spec.items()})
    found = told(lambda: create(fresh(), made))
    assert fits(found, causes), found


@pytest.mark.parametrize(
    ("policy", "failure", "causes"),
    [
        ("Never", False, []),
        ("OnFailure", False, []),
        ("Never", True, []),
        (
            "OnFailure",
            True,
            ['spec.template.spec.restartPolicy: Invalid value: "OnFailure": only "Never" is supported'],
        ),
        (
            "Always",
            False,
            ['spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"'],
        ),
        (
            None,
            False,
            ['spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"'],
        ),
    ],
)
def test_which_restart_policies_a_job_has(policy, failure, causes):
    """Never or OnFailure; with a failure policy only Never."""
    made = changed(
        JOB,
        {
            "spec.template.spec.restartPolicy": policy,
            **({"spec.podFailurePolicy": {"rules": [CODES]}} if failure else {}),
        },
    )
    found = told(lambda: create(fresh(), made))
    assert fits(found, causes), found


@pytest.mark.parametrize(
    ("length", "completions", "fine"),
    [
        (61, 10, True),
        (62, 10, False),
        (60, 11, True),
        (61, 11, False),
        (60, 100, True),
        (59, 101, True),
        (60, 101, False),
        (63, 0, True),
    ],
)
def test_the_host_name_of_the_last_index_has_to_fit(length, completions, fine):
    """The name, a dash and the highest index are a DNS label together: at most 63."""
    made = changed(
        JOB,
        {"metadata.name": "a" * length, "spec.completionMode": "Indexed", "spec.completions": completions},
    )
    assert (told(lambda: create(fresh(), made)) == []) is fine


STAYS = "field is immutable"


@pytest.mark.parametrize(
    ("before", "after", "causes"),
    [
        ({}, {"parallelism": 5}, []),
        ({}, {"backoffLimit": 5}, []),
        ({}, {"suspend": True}, []),
        ({"completions": 2}, {"completions": 3}, [f"spec.completions: Invalid value: 3: {STAYS}"]),
        (INDEXED, {"completions": 4, "parallelism": 4}, []),
        (INDEXED, {"completions": 4}, [f"spec.completions: Invalid value: 4: {STAYS}"]),
        (
            {"completions": 2, "parallelism": 2},
            {"completions": 3, "parallelism": 3},
            [f"spec.completions: Invalid value: 3: {STAYS}"],
        ),
        ({}, {"template.spec.containers.0.image": "a:2"}, ["spec.template: Invalid value"]),
        ({"suspend": True}, {"template.spec.containers.0.image": "a:2"}, ["spec.template: Invalid value"]),
        ({"suspend": True}, {"template.spec.nodeSelector": {"disk": "ssd"}}, []),
        ({}, {"template.spec.nodeSelector": {"disk": "ssd"}}, ["spec.template: Invalid value"]),
        (
            {"completions": 2},
            {"completionMode": "Indexed"},
            [f'spec.completionMode: Invalid value: "Indexed": {STAYS}'],
        ),
        (
            failing(CODES),
            {"podFailurePolicy": {"rules": [CONDITION]}},
            ["spec.podFailurePolicy: Invalid value"],
        ),
        (
            {**INDEXED, "backoffLimitPerIndex": 1},
            {"backoffLimitPerIndex": 2},
            [f"spec.backoffLimitPerIndex: Invalid value: 2: {STAYS}"],
        ),
        (
            {"suspend": True, **INDEXED, "backoffLimitPerIndex": 1},
            {"backoffLimitPerIndex": 2},
            [f"spec.backoffLimitPerIndex: Invalid value: 2: {STAYS}"],
        ),
    ],
)
def test_what_of_a_job_may_change(before, after, causes):
    """What it runs stays, but where its Pods may go while it is suspended, and completions that equal parallelism."""
    api = fresh()
    stored = create(api, changed(JOB, {f"spec.{name}": value for name, value in before.items()}))[0]
    sent = changed(stored, {f"spec.{name}": value for name, value in after.items()})
    sent.pop("status", None)
    found = told(lambda: replace(api, sent))
    assert fits(found, causes), found


@pytest.mark.parametrize(
    ("spec", "limit", "completions", "replacement"),
    [
        ({}, 6, 1, "TerminatingOrFailed"),
        ({"parallelism": 2}, 6, None, "TerminatingOrFailed"),
        ({"backoffLimit": 0}, 0, 1, "TerminatingOrFailed"),
        ({**INDEXED, "backoffLimitPerIndex": 1}, 2**31 - 1, 3, "TerminatingOrFailed"),
        (failing(CODES), 6, 1, "Failed"),
    ],
)
def test_what_a_job_is_completed_with(spec, limit, completions, replacement):
    """`SetDefaults_Job`."""
    made = create(fresh(), changed(JOB, {f"spec.{name}": value for name, value in spec.items()}))[0]
    found = made["spec"]
    assert (found["backoffLimit"], found.get("completions"), found["podReplacementPolicy"]) == (
        limit,
        completions,
        replacement,
    )
    assert (found["suspend"], found["manualSelector"], found["parallelism"]) == (
        False,
        False,
        spec.get("parallelism", 1),
    )
    labels = found["template"]["metadata"]["labels"]
    assert labels["batch.kubernetes.io/job-name"] == labels["job-name"] == "calc"
    uid = made["metadata"]["uid"]
    assert labels["controller-uid"] == uid
    assert found["selector"] == {"matchLabels": {"batch.kubernetes.io/controller-uid": uid}}
