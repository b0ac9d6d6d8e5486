"""The API server's rules, played against more answers of Kubernetes v1.36.2: to changed manifests, and of more kinds."""

from __future__ import annotations

import copy
import json
import re
from pathlib import Path

import pytest
import test_validation
from test_bodies import told as told_by_any

from k8snotes.control_plane.decoding import resource_of
from k8snotes.errors import ApiError

HERE = Path(__file__).resolve().parent
MORE = json.loads((HERE / "golden" / "validation-more.json").read_text(encoding="utf-8"))
RECORDED = json.loads((HERE / "golden" / "mutated.json").read_text(encoding="utf-8"))
KINDS = json.loads((HERE / "golden" / "kinds.json").read_text(encoding="utf-8"))
WHOLE = HERE.parents[1] / "shared" / "golden2"

UID = re.compile(r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")


def told(message):
    """Return a message without what is chance: which free address it was, and the uid of a Job."""
    return UID.sub("<uid>", told_by_any(message))


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
@pytest.mark.parametrize("verb", ["created", "updated"])
def test_every_recorded_answer_holds(verb):
    """Each of the 1,890 changed manifests, sent to the path of its base, gets the recorded code and words."""
    bases = json.loads((WHOLE / "bases.json").read_text(encoding="utf-8"))
    wrong = []
    for line in (WHOLE / f"{verb}.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        want, base, api = row["real"], bases[row["base"]], test_validation.fresh()
        path, send = resource_of(base), test_validation.create
        message = told(want.get("message") or "")
        if verb == "updated":
            send = test_validation.replace
            test_validation.create(api, base)
            if '- "NodeName": "node2"' in message:
                # the scheduler of the recording had a Node for this Pod before it was sent again
                pod = api.get(path, test_validation.NAMESPACE, base["metadata"]["name"])
                api.bind(pod, "node2", by="scheduler")
        found = 201 if verb == "created" else 200, ""
        try:
            send(api, row["doc"], resource=path)
        except ApiError as error:
            found = error.code, told(error.message)
        if found != (want["code"], message):
            wrong.append((row["seed"], row["base"], row["what"], found, message))
    assert not wrong
