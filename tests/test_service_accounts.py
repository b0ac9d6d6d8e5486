"""A Pod and its ServiceAccount: the API server refuses a Pod whose account does not exist."""

from __future__ import annotations

from pathlib import Path

import pytest

import k8snotes as kn

REPORT = Path(__file__).resolve().parent / "golden" / "reports" / "32-rbac.yaml"
MISSING = 'is forbidden: error looking up service account default/robot: serviceaccount "robot" not found'
POD = """
apiVersion: v1
kind: Pod
metadata: {name: web}
spec: {serviceAccountName: robot, containers: [{name: app, image: web:1}]}"""
ACCOUNT = "{apiVersion: v1, kind: ServiceAccount, metadata: {name: robot}}"
MAKERS = {
    "v1/ReplicationController": "selector: {app: web}, replicas: 1",
    "apps/v1/ReplicaSet": "selector: {matchLabels: {app: web}}",
    "apps/v1/Deployment": "selector: {matchLabels: {app: web}}",
    "apps/v1/DaemonSet": "selector: {matchLabels: {app: web}}",
    "apps/v1/StatefulSet": "serviceName: web, selector: {matchLabels: {app: web}}",
    "batch/v1/Job": "backoffLimit: 1",
}


def maker(kind):
    """Return a workload whose Pods name the account."""
    version, _, name = kind.rpartition("/")
    policy = "restartPolicy: Never, " if name == "Job" else ""
    return (
        f"{{apiVersion: {version}, kind: {name}, metadata: {{name: web}}, spec: {{{MAKERS[kind]}, template: "
        f"{{metadata: {{labels: {{app: web}}}}, spec: {{{policy}serviceAccountName: robot, containers: "
        "[{name: app, image: web:1}]}}}}"
    )


def failed(c):
    """Return the messages of the FailedCreate Events."""
    return [event.raw["message"] for event in c.objects("events") if event.raw["reason"] == "FailedCreate"]


def test_a_pod_without_its_account_is_refused():
    """`kubectl apply` and `c.apply` answer a public situation in the API server's words."""
    words = 'pods "tool" is forbidden: error looking up service account default/listr: serviceaccount "listr" not found'
    out = kn.Cluster(nodes=1).kubectl(f"apply -f {REPORT}")
    assert out.stderr.splitlines() == [
        f'Error from server (Forbidden): error when creating "{REPORT}": {words}'
    ]
    with pytest.raises(kn.ApiError) as caught:
        kn.Cluster(nodes=1).apply(REPORT.read_text(encoding="utf-8"))
    assert (caught.value.code, caught.value.message) == (403, words)


def test_loading_grants_accounts_and_says_so():
    """What is loaded runs; what is applied to it later is refused."""
    c = kn.load(REPORT)
    assert c["pod/tool"].phase == "Running"
    assert not c.refused
    assert "the ServiceAccount listr is assumed to exist, because pod/tool needs it" in c.assumed
    notes = {note.code: note.objects for note in c.simulation.limits.all()}
    assert notes["accounts-taken-for-granted"] == ("pod/tool",)
    with pytest.raises(kn.ApiError, match=MISSING):
        c.apply(POD)
    with pytest.raises(kn.ApiError, match=MISSING):
        c.copy().apply(POD)


def test_a_source_may_have_the_account_after_the_pod():
    """`kn.load` does not mind the order, and a server does. An account that is there is not granted."""
    c = kn.load(f"{POD}\n---\n{ACCOUNT}")
    assert [pod.phase for pod in c.objects("pods")] == ["Running"]
    assert not c.assumed
    assert c.notes == ()
    c.delete("serviceaccount/robot")
    with pytest.raises(kn.ApiError, match=MISSING):
        c.apply(POD.replace("name: web}", "name: later}"))


@pytest.mark.parametrize("kind", MAKERS)
def test_controllers_record_the_refusal_and_try_again(kind):
    """Each controller leaves an Event with the refusal, and creates the Pods when the account is there."""
    c = kn.Cluster(nodes=1)
    c.apply(maker(kind))
    c.settle()
    assert failed(c)
    assert all(MISSING in message for message in failed(c))
    assert not c.objects("pods")
    c.apply(ACCOUNT)
    c.settle()
    assert len(c.objects("pods")) == 1


def test_equal_pods_are_not_let_in_without_the_account():
    """The next Pod of a template is refused, although the last one was taken."""
    c = kn.Cluster(nodes=1)
    c.apply(f"{ACCOUNT}\n---\n{maker('v1/ReplicationController')}")
    c.settle()
    c.delete("serviceaccount/robot")
    c.scale("rc/web", 2)
    c.settle()
    assert len(c.objects("pods")) == 1
    assert len(failed(c)) == 1


def test_a_priority_class_that_comes_later_lets_pods_in():
    """A controller tries again when what admission missed is there, in a Namespace or in none."""
    c = kn.Cluster(nodes=1)
    c.apply(maker("apps/v1/Deployment").replace("serviceAccountName: robot", "priorityClassName: high"))
    c.settle()
    assert not c.objects("pods")
    c.apply("{apiVersion: scheduling.k8s.io/v1, kind: PriorityClass, metadata: {name: high}, value: 7}")
    c.settle()
    assert [pod.spec["priority"] for pod in c.objects("pods")] == [7]


def test_a_pod_pulls_images_with_the_secrets_of_its_account():
    """The account's `imagePullSecrets` become those of a Pod that names none."""
    c = kn.Cluster(nodes=1)
    c.apply(ACCOUNT.replace("}}", "}, imagePullSecrets: [{name: registry}]}"))
    own = POD.replace("containers:", "imagePullSecrets: [{name: mine}], containers:")
    c.apply(f"{POD.replace('name: web}', 'name: a}')}\n---\n{own.replace('name: web}', 'name: b}')}")
    assert c["pod/a"].spec["imagePullSecrets"] == [{"name": "registry"}]
    assert c["pod/b"].spec["imagePullSecrets"] == [{"name": "mine"}]


def test_a_new_namespace_takes_pods_at_once():
    """Admission waits for the account `default`, which a controller creates."""
    c = kn.Cluster(nodes=1)
    c.apply("{apiVersion: v1, kind: Namespace, metadata: {name: team}}")
    c.apply(POD.replace("serviceAccountName: robot, ", "").replace("name: web}", "name: a, namespace: team}"))
    c.settle()
    assert c["team/pod/a"].phase == "Running"


def test_a_mirror_pod_names_no_account():
    """A static Pod with an account gets no mirror, so the API server does not show it."""
    c = kn.Cluster(nodes=1)
    c.apply(ACCOUNT)
    c.static_pod("node-1", POD)
    c.settle()
    assert not c.objects("pods")
    with pytest.raises(kn.ApiError, match="a mirror pod may not reference service accounts"):
        c.apply(
            POD.replace("{name: web}", "{name: m, annotations: {kubernetes.io/config.mirror: x}}").replace(
                "spec: {", "spec: {nodeName: node-1, "
            )
        )


def test_the_doctor_does_not_miss_accounts_of_other_sources():
    """An account may be in another file, so examining finds no error."""
    assert kn.examine(POD).ok
