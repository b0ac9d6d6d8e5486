"""A container that lacks its ConfigMap or Secret waits, in Kubernetes' words, and starts as soon as that comes."""

import k8snotes as kn

ENV = "envFrom: [{configMapRef: {name: app}}]"
VOLUME = "volumeMounts: [{name: v, mountPath: /v}]"
VOLUMES = "volumes: [{name: v, configMap: {name: app}}]"
APP = "{apiVersion: v1, kind: ConfigMap, metadata: {name: app}, data: {color: COLOR}}"


def lab(container, more="", side=""):
    c = kn.Cluster(nodes=1)
    c.apply(
        f"""
apiVersion: v1
kind: Pod
metadata: {{name: web}}
spec: {{containers: [{{name: app, image: web:1, {container}}}{side}], {more}}}"""
    )
    c.settle()
    return c


def warnings(c):
    return [
        (event.raw["reason"], event.raw["message"])
        for event in c.objects("events")
        if event.raw["type"] == "Warning"
    ]


def waiting(c):
    return [item["state"].get("waiting") for item in c["pod/web"].status["containerStatuses"]]


def color(c):
    return c.kubectl("exec web -c app -- printenv color").stdout.strip()


def test_a_container_waits_for_its_config_map():
    """The container waits with CreateContainerConfigError; the others of its Pod run."""
    c = lab(ENV, side=", {name: side, image: web:1}")
    reason = {"reason": "CreateContainerConfigError", "message": 'configmap "app" not found'}
    assert waiting(c) == [reason, None]
    assert c["pod/web"].phase == "Pending"
    assert "1/2     CreateContainerConfigError" in str(c.kubectl("get pods"))
    assert '◐ configmap "app" not found\n' in c.inside("pod/web").text
    assert warnings(c) == [("Failed", 'Error: configmap "app" not found')]
    assert 'container not found ("app")' in c.kubectl("exec web -c app -- env").stderr
    c.apply(APP.replace("COLOR", "blue"))
    c.settle()
    assert waiting(c) == [None, None]
    assert (c["pod/web"].phase, color(c)) == ("Running", "blue")


def test_a_key_that_comes_lets_the_container_start():
    """A ConfigMap without the key is as good as none; when it is changed, the kubelet looks again."""
    env = "env: [{name: color, valueFrom: {configMapKeyRef: {name: app, key: color}}}]"
    c = lab(env)
    c.apply(APP.replace("color", "other"))
    c.settle()
    assert waiting(c)[0]["message"] == "couldn't find key color in ConfigMap default/app"
    c.apply(APP.replace("COLOR", "blue"))
    c.settle()
    assert color(c) == "blue"


def test_a_pod_waits_for_its_volumes():
    """The Pod stays in ContainerCreating, without an address, and the Event names the volume."""
    c = lab(VOLUME, VOLUMES)
    assert waiting(c) == [{"reason": "ContainerCreating"}]
    assert c["pod/web"].ip == ""
    message = 'MountVolume.SetUp failed for volume "v" : configmap "app" not found'
    assert set(warnings(c)) == {("FailedMount", message)}
    c.apply(APP.replace("COLOR", "blue"))
    c.settle()
    assert c["pod/web"].phase == "Running"
    assert c.kubectl("exec web -- cat /v/color").stdout == "blue"


def test_a_container_that_starts_again_is_given_what_there_is():
    """Variables change when the container starts again, and it waits if the ConfigMap is gone then."""
    c = kn.Cluster(nodes=1)
    c.apply(APP.replace("COLOR", "blue"))
    c.apply(
        f"{{apiVersion: v1, kind: Pod, metadata: {{name: web}}, spec: {{containers: [{{name: app, image: web:1, {ENV}}}]}}}}"
    )
    c.settle()
    c.apply(APP.replace("COLOR", "red"))
    c.settle()
    assert color(c) == "blue"
    assert color(c.copy()) == "blue"
    c.crash("pod/web", "app")
    c.settle()
    assert color(c) == "red"
    c.kubectl("delete configmap app")
    assert color(c) == "red"
    c.crash("pod/web", "app")
    c.settle()
    assert waiting(c)[0]["reason"] == "CreateContainerConfigError"


def test_what_was_loaded_without_its_configuration_runs():
    """kn.load takes a missing ConfigMap for granted; one that was loaded and then deleted is missed."""
    pod = f"{{apiVersion: v1, kind: Pod, metadata: {{name: web}}, spec: {{containers: [{{name: app, image: web:1, {ENV}}}]}}}}"
    c = kn.load(pod)
    assert c["pod/web"].phase == "Running"
    c = kn.load(f"{pod}\n---\n{APP}")
    c.kubectl("delete configmap app")
    c.kubectl("delete pod web")
    c.apply(pod)
    c.settle()
    assert waiting(c)[0]["reason"] == "CreateContainerConfigError"
