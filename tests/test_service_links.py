"""The variables of Services in a container: those that were there before it, in the shape of Docker's links."""

from pathlib import Path

import k8snotes as kn

FILE = Path(__file__).resolve().parent / "golden" / "reports" / "37-env-links.yaml"


def printenv(c, pod, *names):
    return c.kubectl(f"exec {pod} -- printenv {' '.join(names)}")


def test_a_service_is_seven_variables():
    """Host and port, the first port as a link, and four for each port."""
    c = kn.load(FILE)
    ip = c["svc/redis"].cluster_ip
    lines = [line for line in printenv(c, "app").stdout.splitlines() if line.startswith("REDIS")]
    assert lines == [
        f"REDIS_SERVICE_HOST={ip}",
        "REDIS_SERVICE_PORT=6379",
        f"REDIS_PORT=tcp://{ip}:6379",
        f"REDIS_PORT_6379_TCP=tcp://{ip}:6379",
        "REDIS_PORT_6379_TCP_PROTO=tcp",
        "REDIS_PORT_6379_TCP_PORT=6379",
        f"REDIS_PORT_6379_TCP_ADDR={ip}",
    ]
    assert "KUBERNETES_SERVICE_HOST=10.96.0.1\n" in printenv(c, "app").stdout


def test_links_can_be_left_out():
    """With enableServiceLinks: false, only the API server's own Service is there; a container's own value wins."""
    c = kn.load(FILE)
    out = printenv(c, "quiet").stdout
    assert "REDIS_SERVICE_HOST" not in out
    assert "REDIS_PORT=6379\n" in out
    assert "KUBERNETES_PORT_443_TCP=tcp://10.96.0.1:443\n" in out


def test_only_services_that_were_there_before_count():
    """A Service that comes later is not in the environment, nor one of another Namespace, nor a headless one."""
    c = kn.load(FILE)
    c.apply("{apiVersion: v1, kind: Namespace, metadata: {name: other}}")
    for name, space, more in (
        ("late", "default", ""),
        ("far", "other", ""),
        ("none", "default", "clusterIP: None, "),
    ):
        c.apply(
            f"{{apiVersion: v1, kind: Service, metadata: {{name: {name}, namespace: {space}}}, "
            f"spec: {{{more}selector: {{a: b}}, ports: [{{port: 80}}]}}}}"
        )
    c.settle()
    out = printenv(c, "app").stdout
    assert all(f"{name}_SERVICE_HOST" not in out for name in ("LATE", "FAR", "NONE"))


def test_names_and_ports_of_a_service_with_several():
    """Dashes become underscores, named ports have a variable each, and UDP is said."""
    c = kn.load(
        """
apiVersion: v1
kind: Service
metadata: {name: my-dns}
spec: {selector: {a: b}, ports: [{name: dns-udp, port: 53, protocol: UDP}, {name: web, port: 80}]}
---
apiVersion: v1
kind: Pod
metadata: {name: app}
spec: {containers: [{name: c, image: app:1}]}
"""
    )
    ip = c["svc/my-dns"].cluster_ip
    out = printenv(c, "app").stdout
    assert f"MY_DNS_PORT=udp://{ip}:53\n" in out
    assert "MY_DNS_SERVICE_PORT_DNS_UDP=53\nMY_DNS_SERVICE_PORT_WEB=80\n" in out
    assert f"MY_DNS_PORT_80_TCP_ADDR={ip}\n" in out


def test_printenv_prints_the_values_that_are_named():
    """As the real program does: values alone, and exit code 1 if one is missing."""
    c = kn.load(FILE)
    assert printenv(c, "app", "REDIS_SERVICE_PORT", "HOSTNAME").stdout == "6379\napp\n"
    missing = printenv(c, "app", "NOTHING")
    assert (missing.stdout, missing.exit) == ("", 1)
