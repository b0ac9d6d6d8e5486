"""The API server's rules, played against more answers of Kubernetes v1.36.2: to changed manifests, and of more kinds."""

from __future__ import annotations

import copy
import json
from pathlib import Path

import pytest
import test_validation

from k8snotes.errors import ApiError

HERE = Path(__file__).resolve().parent
MORE = json.loads((HERE / "golden" / "validation-more.json").read_text(encoding="utf-8"))
RECORDED = json.loads((HERE / "golden" / "mutated.json").read_text(encoding="utf-8"))
KINDS = json.loads((HERE / "golden" / "kinds.json").read_text(encoding="utf-8"))
WHOLE = HERE.parents[1] / "shared" / "golden2" / "created.jsonl"
# sent with another kind, as JSON in an order of its own, or to a Service without a name
NOT_COMPARED = ("registered for version", "unrecognized", "allocate IP", "number 1000.0")


def as_recorded(manifest):
    """Return an object as the recordings have it: no times of conditions, and a Namespace of its own."""
    seen = copy.deepcopy(manifest)
    uid = seen["metadata"].get("uid", "")
    if uid:
        # a Job is told from others by it
        seen = json.loads(json.dumps(seen).replace(uid, "<uid>"))
        seen["metadata"]["uid"] = uid
    if "lastPhaseTransitionTime" in (seen.get("status") or {}):
        seen["status"]["lastPhaseTransitionTime"] = "T"
    for condition in (seen.get("status") or {}).get("conditions") or []:
        condition.pop("lastProbeTime", None)
        condition.pop("lastTransitionTime", None)
    return seen


@pytest.mark.parametrize("base", [*RECORDED, *KINDS])
def test_changed_manifests_are_answered_as_kubernetes_does(base, monkeypatch):
    """A manifest with a field removed, renamed, retyped or set to an odd value is answered word for word."""
    monkeypatch.setattr(test_validation, "NAMESPACE", "fresh")
    normal = test_validation.normal
    monkeypatch.setattr(
        test_validation,
        "normal",
        lambda manifest, *, updated=False: normal(as_recorded(manifest), updated=updated),
    )
    of_base = RECORDED.get(base) or KINDS[base]
    for row in of_base["answers"]:
        want = {"warnings": [], "causes": [], **row}
        api = test_validation.fresh()
        if row.get("update"):
            test_validation.create(api, of_base["base"])
        send = test_validation.replace if row.get("update") else test_validation.create
        try:
            test_validation.check_answer(want, lambda: send(api, row["doc"]), updated=bool(row.get("update")))  # noqa: B023
        except AssertionError as error:
            raise AssertionError(f"{base}, {row['what']}: {error}") from error


@pytest.mark.parametrize("slug", MORE)
def test_probes_volumes_and_variables_are_answered_as_kubernetes_does(slug):
    """Probes, volumes, variables, budgets, schedules and roles are accepted, completed or refused word for word."""
    test_validation.agrees(MORE[slug])


@pytest.mark.skipif(not WHOLE.exists(), reason="the recordings beside the repository are not here")
def test_nearly_every_recorded_answer_holds():
    """Of all changed manifests whose kind can be told, 98 in 100 get the recorded code and the recorded words."""
    told = agreed = 0
    for line in WHOLE.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        want, document = row["real"], row["doc"]
        message = want.get("message") or ""
        if not isinstance(document.get("kind"), str) or any(part in message for part in NOT_COMPARED):
            continue
        told += 1
        try:
            test_validation.create(test_validation.fresh(), document)
            agreed += want["code"] == 201
        except ApiError as error:
            agreed += (error.code, error.message) == (want["code"], message)
    assert told > 1300
    assert agreed > told * 0.98
