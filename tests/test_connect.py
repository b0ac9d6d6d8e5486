"""kn.connect against a real server over TLS: what is read, what is said, what is sent, and what is never shown."""

from __future__ import annotations

import base64
import json
import logging
import stat
import sys
import threading
from datetime import UTC, datetime, timedelta

import pytest
import yaml
from api_server import TOKEN, ApiServer, Shop

import k8snotes as kn
from k8snotes.api.registry import all_kinds
from k8snotes.errors import ConnectError, SnapshotError
from k8snotes.live.connecting import LiveCluster

VALUE = "hunter2-is-nobody-s-business"
STORED = base64.b64encode(VALUE.encode()).decode()
NOTED = json.dumps({"data": {"password": STORED}})

SECRET = {
    "apiVersion": "v1",
    "kind": "Secret",
    "metadata": {
        "name": "db",
        "annotations": {"kubectl.kubernetes.io/last-applied-configuration": NOTED},
        "managedFields": [{"manager": "kubectl"}],
    },
    "type": "Opaque",
    "data": {"password": STORED, "user": STORED},
}
CONFIG = {
    "apiVersion": "v1",
    "kind": "ConfigMap",
    "metadata": {"name": "kube-proxy", "namespace": "kube-system"},
    "data": {
        "config.conf": "kind: KubeProxyConfiguration\nmode: nftables\n",
        "kubeconfig.conf": "kind: Config\n",
    },
}


def daemonset(name: str, namespace: str = "kube-system") -> dict:
    template = {
        "metadata": {"labels": {"k8s-app": name}},
        "spec": {"containers": [{"name": "a", "image": "b"}]},
    }
    spec = {"selector": {"matchLabels": {"k8s-app": name}}, "template": template}
    metadata = {"name": name, "namespace": namespace}
    return {"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": metadata, "spec": spec}


def pod(name: str, namespace: str = "default", phase: str = "Running") -> dict:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": namespace, "labels": {"app": name}},
        "spec": {"containers": [{"name": "a", "image": "b"}]},
        "status": {"phase": phase},
    }


def namespace(name: str) -> dict:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}


@pytest.fixture(scope="module")
def manifests():
    store = kn.load("guestbook").api.store
    return [obj.raw for resource in store.resources() for obj in store.list(resource)]


@pytest.fixture(autouse=True)
def waited(monkeypatch):
    """No test waits for a server that wants to be left alone; how long it would have waited is in `.waited`."""
    from k8snotes.live import client

    pauses: list[float] = []
    monkeypatch.setattr(client, "_sleep", pauses.append)
    monkeypatch.delenv("KUBECONFIG", raising=False)
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    return pauses


@pytest.fixture
def shop():
    """A small cluster: few kinds, so that few lists are asked for."""
    made = Shop()
    wanted = (
        "namespaces",
        "nodes",
        "pods",
        "services",
        "secrets",
        "configmaps",
        "daemonsets.apps",
        "deployments.apps",
    )
    made.kinds = {
        name: kind
        for name, kind in made.kinds.items()
        if name in (*wanted, "events", "endpointslices.discovery.k8s.io")
    }
    for manifest in (namespace("default"), namespace("kube-system"), pod("web-1"), pod("web-2"), SECRET):
        made.put(manifest)
    return made


@pytest.fixture
def server(shop):
    with ApiServer(shop) as running:
        yield running


@pytest.fixture
def connect(server, tmp_path):
    """Connect as a user of the server, with what the kubeconfig says beside that."""
    made: list[LiveCluster] = []

    def opened(user: dict | None = None, options: dict | None = None, **given) -> LiveCluster:
        path = server.write(tmp_path / "config", user, **(options or {}))
        made.append(kn.connect(kubeconfig=path, **given))
        return made[-1]

    yield opened
    for live in made:
        live.close()


def sent(shop: Shop) -> set[str]:
    return {method for method, _path, _query in shop.asked}


def asked(shop: Shop, path: str) -> list[dict]:
    return [query for _method, where, query in shop.asked if where == path]


# ---- what is read


def test_a_live_cluster_holds_what_the_server_has(manifests, tmp_path):
    """Every object of a whole cluster is there, as it was sent, and every helper works on it."""
    shop = Shop(manifests)
    with ApiServer(shop) as server:
        live = kn.connect(kubeconfig=server.write(tmp_path / "config"))
        live.close()
    c = kn.load("guestbook")
    for resource in ("pods", "services", "deployments.apps", "nodes", "endpointslices.discovery.k8s.io"):
        names = sorted(obj.name for obj in c.api.list(resource))
        assert sorted(obj.name for obj in live.api.list(resource)) == names, resource
    assert live.snapshot
    assert str(live.diagnose("svc/frontend")).startswith("service/frontend: ✓")
    assert str(live.trace("http://frontend", source="pod/client")._repr_mimebundle_())
    for view in (
        live.service_map(),
        live.three_ips(),
        live.architecture(),
        live.capacity(),
        live.storage(),
        live.reach(),
        live.inside("pod/client"),
        live.life("pod/client"),
        live.endpoints("svc/frontend"),
        live.why_pending("pod/client"),
        live.rules("node-1"),
        live.get("pods"),
        live.kubectl("get all -A"),
    ):
        assert str(view)
    assert sent(shop) == {"GET"}


@pytest.mark.parametrize("aggregated", [True, False])
def test_kinds_are_found_by_either_form_of_discovery(shop, connect, aggregated):
    """What a server says at once, and what an old one says group by group, lead to the same objects."""
    shop.aggregated = aggregated
    shop.put({"apiVersion": "shop.example/v1", "kind": "Till", "metadata": {"name": "one"}})
    live = connect()
    assert [obj.name for obj in live.objects("pods")] == ["web-1", "web-2"]
    assert live["till/one"].api_version == "shop.example/v1"
    assert bool(asked(shop, "/apis/apps/v1")) is not aggregated


def test_kinds_and_namespaces_can_be_chosen(shop, connect):
    """Only the named kinds are asked for, in the named Namespace only; what does not exist is said."""
    shop.put(pod("other", "kube-system"))
    live = connect(kinds=["po", "Service"], namespace="kube-system")
    assert [obj.name for obj in live.objects("pods")] == ["other"]
    assert not asked(shop, "/api/v1/secrets")
    assert not asked(shop, "/api/v1/namespaces/default/pods")
    with pytest.raises(ConnectError, match='no kind "podz"') as caught:
        connect(kinds=["podz"])
    assert caught.value.code == "kind"
    with pytest.raises(ConnectError, match=r"no Namespace kube-sytem.*kube-system") as caught:
        connect(namespace="kube-sytem")
    assert caught.value.code == "namespace"


def test_long_lists_are_read_page_by_page(shop, connect):
    """A list of 12 Pods in pages of 5 takes three questions, and has every Pod once."""
    for number in range(10):
        shop.put(pod(f"p{number}"))
    shop.page = 5
    live = connect()
    assert len(live.objects("pods")) == 12
    assert [query.get("continue") for query in asked(shop, "/api/v1/pods")] == [None, "c5", "c10"]


def test_a_page_that_is_gone_is_no_end(shop, connect):
    """410 for the next page: the list is read anew; if it happens always, at once and without pages."""
    for number in range(10):
        shop.put(pod(f"p{number}"))
    shop.page, shop.expired = 5, {"c10"}
    live = connect()
    assert len(live.objects("pods")) == 12
    last = asked(shop, "/api/v1/pods")[-1]
    assert "limit" not in last
    assert "continue" not in last


def test_a_server_that_is_busy_is_asked_later(shop, connect, waited):
    """429: the client waits as long as Retry-After says, and then has the list."""
    left = [2]

    def busy(path, _query):
        if path == "/api/v1/pods" and left[0]:
            left[0] -= 1
            return 429, {"Retry-After": "7"}
        return None

    shop.fail = busy
    live = connect()
    assert len(live.objects("pods")) == 2
    assert [round(seconds / 7) for seconds in waited if seconds >= 7] == [1, 1]


def test_a_server_that_stays_busy_is_said(shop, connect, waited):
    """After five times the kind is left out, which is said, and the rest is shown."""
    shop.fail = lambda path, _query: (429, {"Retry-After": "99999"}) if path == "/api/v1/pods" else None
    live = connect()
    assert str(live.unread) == "The server has failed to list these kinds: Pod."
    assert len(asked(shop, "/api/v1/pods")) == 5
    assert max(waited) <= 36  # however long the server wants
    assert live.objects("secrets")


def test_a_lost_connection_is_tried_again(shop, connect):
    """A connection that breaks twice is no fault; one that always breaks is an error."""
    left = [2]

    def drops(path, _query):
        if path == "/api/v1/pods" and left[0]:
            left[0] -= 1
            return "drop"
        return None

    shop.fail = drops
    assert len(connect().objects("pods")) == 2
    shop.fail = lambda path, _query: "drop" if path == "/api/v1/pods" else None
    with pytest.raises(ConnectError, match="lost again and again") as caught:
        connect()
    assert caught.value.code == "unreachable"


# ---- what may not be read


def test_what_is_forbidden_for_all_is_read_namespace_by_namespace(shop, connect):
    """Where the list of all is forbidden, each Namespace is asked; the closed one is named."""
    shop.put(namespace("vault"))
    shop.put(pod("safe", "vault"))
    inside = {kind.qualified for kind in shop.kinds.values() if kind.namespaced}
    shop.forbidden = lambda resource, space: resource in inside and space in ("", "vault")
    live = connect()
    assert [obj.name for obj in live.objects("pods")] == ["web-1", "web-2"]
    assert [*live.unread] == ["You may list nothing in the Namespace vault."]
    assert "You may list nothing in the Namespace vault." in live.notes
    assert "You may list nothing in the Namespace vault." in repr(live)
    assert "vault" in live._repr_mimebundle_()["text/html"]


def test_a_kind_that_is_forbidden_is_said(shop, connect):
    """Secrets may be listed nowhere, Nodes are of no Namespace, and ConfigMaps are closed in one; the rest is there."""

    def forbidden(resource, space):
        return resource in ("secrets", "nodes") or (resource == "configmaps" and space in ("", "kube-system"))

    shop.forbidden = forbidden
    live = connect()
    assert sorted(live.unread) == [
        "You may not list these kinds in any Namespace: Secret.",
        "You may not list these kinds in the Namespace kube-system: ConfigMap.",
        "You may not list these kinds: Node.",
    ]
    assert len(live.objects("pods")) == 2


def test_who_may_read_one_namespace_sees_it(shop, connect):
    """Without the right to list Namespaces, that of the context is read, and it is said that others were not looked into."""
    shop.put(namespace("team"))
    shop.put(pod("mine", "team"))
    shop.forbidden = lambda _resource, space: space != "team"
    live = connect(options={"namespace": "team"})
    assert [obj.name for obj in live.objects("pods")] == ["mine"]
    assert any(line.startswith("You may not list the Namespaces, so only these") for line in live.unread)
    assert [obj.name for obj in connect(namespace="team").objects("pods")] == ["mine"]


def test_who_may_read_nothing_is_told(shop, connect):
    """Where all lists are forbidden there is no picture, but an error with the next step."""
    shop.forbidden = lambda _resource, _space: True
    with pytest.raises(ConnectError, match="You may list nothing in this cluster") as caught:
        connect()
    assert caught.value.code == "forbidden"


def test_what_is_missing_because_it_is_closed_is_doubted(shop, connect):
    """Where nothing is found in a closed Namespace, each answer says that there may be more; a copy says it, too."""
    shop.put(namespace("vault"))
    shop.put(pod("safe", "vault"))
    shop.forbidden = lambda resource, space: resource == "pods" and space in ("", "vault")
    live = connect()
    closed, doubt = "You may not list these kinds in the Namespace vault: Pod.", "Not all pods could be read"
    for cluster in (live, live.copy()):
        assert closed in cluster.notes
        assert f"k8snotes: {closed}" in str(cluster.kubectl("get pods -n vault"))
        with pytest.raises(kn.NotFoundError, match=doubt):
            cluster["vault/pod/safe"]
    assert doubt in live.get("pods", namespace="vault")._repr_html_()
    assert closed in str(live.service_map()._repr_mimebundle_())
    with pytest.raises(kn.NotFoundError) as caught:
        live["svc/none"]
    assert doubt not in str(caught.value)
    assert "could be read" not in str(caught.value)
    assert "k8snotes" not in str(live.kubectl("get pods"))


def test_nothing_is_a_fault_because_it_could_not_be_read(manifests, tmp_path):
    """Where Pods or Secrets may not be listed, no finding says that they are missing, and traces say what is not known."""
    shop = Shop(manifests)
    volume = {"name": "s", "secret": {"secretName": "hush"}}
    needs = pod("needs") | {"spec": {"containers": [{"name": "a", "image": "b"}], "volumes": [volume]}}
    shop.put(needs)
    shop.put(SECRET | {"metadata": {"name": "elsewhere", "namespace": "kube-system"}})  # some can be read
    absent = ("object-missing", "workload-without-pods", "workload-lacks-pods", "service-selects-none")
    with ApiServer(shop) as server:
        path = server.write(tmp_path / "config")
        whole = kn.connect(kubeconfig=path)
        assert [item.code for item in kn.examine(whole) if item.code in absent] == ["object-missing"]
        shop.forbidden = lambda resource, space: resource in ("pods", "secrets") and space in ("", "default")
        live = kn.connect(kubeconfig=path)
        assert not [item.code for item in kn.examine(live) if item.code in absent]
        trace = str(live.trace("http://frontend", source="outside")._repr_mimebundle_())
        assert "Not everything that a packet may meet could be read: see .notes." in trace
        assert "could be read" not in str(
            whole.trace("http://frontend", source="pod/client")._repr_mimebundle_()
        )


def test_an_interrupt_while_reading_is_not_held_up(server, tmp_path, monkeypatch):
    """An interrupt goes through at once, and the connection is closed."""
    from k8snotes.live import client, reading

    closed = []

    def close(self):
        closed.append(self)

    monkeypatch.setattr(client.Client, "close", close)

    def interrupted(_self, _server):
        raise KeyboardInterrupt

    monkeypatch.setattr(reading.Place, "list", interrupted)
    with pytest.raises(KeyboardInterrupt):
        kn.connect(kubeconfig=server.write(tmp_path / "config"))
    assert len(closed) == 1


def test_a_kind_without_a_list_is_said(shop, connect):
    """Discovery names a kind, and its list is 404: the rest is shown."""
    shop.missing = {"services"}
    live = connect()
    assert [*live.unread] == ["The server says that it has these kinds, but has no list of them: Service."]
    assert len(live.objects("pods")) == 2


# ---- what is asked besides


def test_the_surroundings_are_asked(shop, connect):
    """Version, mode of kube-proxy and network plugin are found where they can be, and change the answers."""
    shop.put(CONFIG)
    shop.put(daemonset("kube-proxy"))
    shop.put(daemonset("kube-flannel-ds"))
    live = connect()
    assert live.version == "v1.36.2"
    assert live.simulation.proxy == "nftables"
    assert live.simulation.network_policies is False
    assert [*live.found] == [
        "Kubernetes v1.36.2",
        "kube-proxy has the mode nftables, as its ConfigMap says",
        "The network plugin is Flannel, which does not enforce NetworkPolicies.",
    ]


@pytest.mark.parametrize(
    ("plugin_name", "noted"),
    [("calico-node", False), ("kindnet", True), ("kube-flannel-ds", True), ("", True)],
)
def test_policies_are_doubted_only_where_the_plugin_is_not_known(shop, connect, plugin_name, noted):
    """With a plugin that is known to enforce NetworkPolicies nothing is said of them; a copy knows it, too."""
    shop.kinds |= {kind.qualified: kind for kind in all_kinds() if kind.kind == "NetworkPolicy"}
    metadata = {"name": "closed", "namespace": "default"}
    policy = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": metadata,
        "spec": {"podSelector": {}},
    }
    shop.put(policy)
    if plugin_name:
        shop.put(daemonset(plugin_name))
    live = connect()
    for cluster in (live, live.copy()):
        assert any("closed" in note for note in cluster.notes) is noted
        assert cluster.simulation.network.state.enforcement_known is (
            plugin_name in ("calico-node", "kube-flannel-ds")
        )


def test_what_is_not_found_is_said(shop, connect):
    """Where nothing may be read of kube-system, the assumptions are said."""
    shop.forbidden = lambda resource, _space: resource in ("configmaps", "daemonsets.apps")
    live = connect()
    assert live.simulation.proxy == "iptables"
    assert "could not be read. It is assumed to be iptables." in str(live.found)
    assert "The network plugin could not be found out" in str(live.found)


def test_surroundings_are_asked_of_kube_system_if_another_namespace_is_read(shop, connect):
    """With namespace="default", kube-proxy's ConfigMap and the DaemonSets are still asked for, alone."""
    shop.put(CONFIG)
    shop.put(daemonset("cilium"))
    live = connect(namespace="default")
    assert live.simulation.proxy == "nftables"
    assert "Cilium, which enforces" in str(live.found)
    assert asked(shop, "/api/v1/namespaces/kube-system/configmaps") == []


def test_ipvs_is_said_not_to_be_computed(shop, connect):
    """Rules of ipvs are not computed here: those of iptables are shown, and it is said."""
    config = {**CONFIG, "data": {"config.conf": "kind: KubeProxyConfiguration\nmode: ipvs\n"}}
    shop.put(config)
    live = connect()
    assert live.simulation.proxy == "iptables"
    assert "kube-proxy has the mode ipvs. Its rules are not computed here" in str(live.found)


# ---- what is sent, and what is never shown


def test_nothing_but_get_can_be_sent(shop, connect):
    """Every way to write ends before a byte is sent: the helpers', kubectl's, and the client's own."""
    live = connect()
    with pytest.raises(SnapshotError, match="only reads"):
        live.scale("deploy/web", 3)
    with pytest.raises(SnapshotError):
        live.apply("{apiVersion: v1, kind: Namespace, metadata: {name: mine}}")
    assert "snapshot" in str(live.kubectl("delete pod web-1")) or "only reads" in str(
        live.kubectl("delete pod web-1")
    )
    for method in ("POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"):
        with pytest.raises(ConnectError, match="sends no"):
            live._server._http.request(method, "/api/v1/namespaces/default/pods/web-1")
    live.refresh()
    assert sent(shop) == {"GET"}


def everything(live: LiveCluster) -> str:
    """All that a reader could see of a live cluster, and what its parts say of themselves."""
    bundle = live._repr_mimebundle_()
    parts = [
        repr(live),
        str(live),
        *bundle.values(),
        str(live.notes),
        str(live.found),
        str(live.unread),
        repr(vars(live)),
    ]
    parts += [repr(item) for item in (live._server, live._server._plugin, live._entry, vars(live._server))]
    for obj in live.objects("secrets"):
        parts += [repr(obj), str(obj), str(obj.manifest), repr(obj.raw), *obj._repr_mimebundle_().values()]
    parts += [
        str(live.kubectl(line))
        for line in ("get secrets -o yaml -A", "describe secrets -A", "get secrets -o json")
    ]
    parts += [str(live.copy()), live.service_map(uses=True)._repr_mimebundle_()]
    return "\n".join(map(str, parts))


def test_no_secret_is_kept_or_shown(shop, connect, caplog):
    """Values of Secrets are in no object, text or log, also after a refresh and a watch; names and keys are."""
    caplog.set_level(logging.DEBUG)
    live = connect()
    threading.Thread(
        target=lambda: (shop.until_watched("secrets"), shop.put(SECRET | {"immutable": True}))
    ).start()
    assert [str(item) for item in live.follow(10, changes=1)] == [
        "secret/db in the Namespace default changed"
    ]
    live.refresh()
    shown = everything(live) + caplog.text
    assert "password" in shown
    for hidden in (VALUE, STORED, TOKEN, base64.b64encode(TOKEN.encode()).decode()):
        assert hidden not in shown
    assert dict(live["secret/db"].raw["data"]) == {"password": "<hidden>", "user": "<hidden>"}


def test_no_value_of_a_secret_stays_in_memory(connect):
    """After reading, no string of this Python that the objects lead to has the value."""
    import gc

    live = connect()
    seen, stack, found = set(), [live.simulation, live._reading], 0
    while stack:
        item = stack.pop()
        if id(item) in seen or isinstance(item, type):
            continue
        seen.add(id(item))
        if isinstance(item, str):
            found += STORED in item or VALUE in item
        elif not callable(item):
            stack += gc.get_referents(item)
    assert len(seen) > 1000
    assert not found


ERRORS = ["401", "403", "bad-ca", "wrong-key", "plugin"]


@pytest.mark.parametrize("fault", ERRORS)
def test_no_credential_is_in_an_error(server, connect, tmp_path, fault, caplog):
    """An error, its causes and its traceback have no token, certificate or key in them, nor what the server says of the user."""
    import traceback

    caplog.set_level(logging.DEBUG)
    shop, person = server.shop, server.person("jane")
    user, options = {"token": TOKEN}, {}
    if fault == "401":
        shop.users = set()
    elif fault == "403":
        shop.forbidden = lambda _resource, _space: True
    elif fault == "bad-ca":
        options = {"certificate-authority-data": "bm8gY2VydGlmaWNhdGU="}
    elif fault == "wrong-key":
        user = {**person, "client-key-data": server.person("jane")["client-key-data"]}
    else:
        user = {"exec": plugin(tmp_path, f"print('{TOKEN}'); sys.stderr.write('{TOKEN}'); sys.exit(1)")}
    with pytest.raises(ConnectError) as caught:
        connect(user, options)
    shown = "".join(traceback.format_exception(caught.value)) + repr(caught.value) + caplog.text
    shown += repr(caught.value.args) + repr(vars(caught.value)) + "".join(caught.value._render_traceback_())
    for hidden in (TOKEN, person["client-key-data"], person["client-certificate-data"], 'User "jane"'):
        assert hidden not in shown
    assert caught.value.__cause__ is None


# ---- who asks


def plugin(folder, body: str, **spec) -> dict:
    """A program that gives a credential, as a kubeconfig names it."""
    file = folder / "give-token"
    file.write_text(f"#!{sys.executable}\nimport json, os, sys\n{body}\n")
    file.chmod(file.stat().st_mode | stat.S_IXUSR)
    return {
        "apiVersion": "client.authentication.k8s.io/v1",
        "command": str(file),
        "interactiveMode": "Never",
        **spec,
    }


def given(status: str) -> str:
    return f"print(json.dumps({{'apiVersion': 'client.authentication.k8s.io/v1', 'kind': 'ExecCredential', 'status': {status}}}))"


def test_a_bearer_token_is_sent(shop, connect):
    """The token of the kubeconfig is in the header of every request."""
    connect()
    assert {headers["Authorization"] for headers in shop.headers} == {f"Bearer {TOKEN}"}


def test_a_token_file_is_read(connect, tmp_path):
    """tokenFile is found from the folder of the kubeconfig."""
    (tmp_path / "mine").write_text(TOKEN + "\n")
    assert connect({"tokenFile": "mine"}).objects("pods")


def test_a_client_certificate_is_shown(server, connect, shop, tmp_path):
    """A client certificate opens the server, as data and as files beside the kubeconfig; no token is sent."""
    person = server.person("jane")
    assert connect(person).objects("pods")
    for name in ("certificate", "key"):
        (tmp_path / name).write_bytes(base64.b64decode(person[f"client-{name}-data"]))
    assert connect({"client-certificate": "certificate", "client-key": "key"}).objects("pods")
    assert not any("Authorization" in headers for headers in shop.headers)


def test_a_plugin_gives_a_token(connect, tmp_path):
    """The program is told of the cluster, gets its arguments and variables, and its token opens the server."""
    body = (
        "info = json.loads(os.environ['KUBERNETES_EXEC_INFO'])\n"
        "assert info['spec']['cluster']['server'].startswith('https://') and not info['spec']['interactive']\n"
        "assert sys.argv[1:] == ['--for', 'shop']\n" + given("{'token': os.environ['GIVE']}")
    )
    spec = plugin(
        tmp_path,
        body,
        args=["--for", "shop"],
        env=[{"name": "GIVE", "value": TOKEN}],
        provideClusterInfo=True,
    )
    assert connect({"exec": spec}).objects("pods")


def test_a_plugin_gives_a_certificate(server, connect, tmp_path):
    """A client certificate of a program opens the server."""
    person = server.person("jane")
    chain, key = (base64.b64decode(person[f"client-{name}-data"]).decode() for name in ("certificate", "key"))
    body = given(repr({"clientCertificateData": chain, "clientKeyData": key}))
    assert connect({"exec": plugin(tmp_path, body)}).objects("pods")


def test_a_plugin_is_asked_again_when_its_token_is_over(shop, connect, tmp_path):
    """A token that is refused, or whose time is over, is asked for anew; the reader notices nothing."""
    count = tmp_path / "count"
    body = (
        f"n = int(open({str(count)!r}).read() or 0) if os.path.exists({str(count)!r}) else 0\n"
        f"open({str(count)!r}, 'w').write(str(n + 1))\n" + given("{'token': f'token-{n}'}")
    )
    shop.users = {"Bearer token-0"}
    live = connect({"exec": plugin(tmp_path, body)})
    shop.users = {"Bearer token-1", "Bearer token-2"}
    live.refresh()
    assert len(live.objects("pods")) == 2
    soon = (datetime.now(UTC) + timedelta(seconds=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    count.unlink()
    shop.users = {f"Bearer token-{number}" for number in range(1000)}
    connect(
        {"exec": plugin(tmp_path, body.replace("{'token'", f"{{'expirationTimestamp': '{soon}', 'token'"))}
    )
    assert int(count.read_text()) > 1


@pytest.mark.parametrize(
    ("body", "spec", "said"),
    [
        ("sys.exit(3)", {}, "it ends with exit code 3"),
        ("print('hello')", {}, "neither a token nor a certificate"),
        (given("{}"), {}, "neither a token nor a certificate"),
        ("", {"command": "no-such-program-anywhere"}, "it is not installed"),
        ("", {"interactiveMode": "Always"}, "it asks questions in a terminal"),
        (
            "",
            {"apiVersion": "client.authentication.k8s.io/v9"},
            "a version of the protocol that is not known",
        ),
    ],
)
def test_a_plugin_that_gives_nothing_is_named(connect, tmp_path, body, spec, said):
    """The error names the program and what is wrong with it, and says how to try it."""
    with pytest.raises(ConnectError, match=said) as caught:
        connect({"exec": {**plugin(tmp_path, body), **spec}})
    assert caught.value.code == "plugin"
    assert "kubectl get namespaces" in str(caught.value)


def test_another_user_is_asked_for(shop, connect):
    """`as` and `as-groups` of a kubeconfig are sent as headers, as kubectl does."""
    connect({"token": TOKEN, "as": "ann", "as-groups": ["team"]})
    assert {headers["Impersonate-User"] for headers in shop.headers} == {"ann"}
    assert {headers["Impersonate-Group"] for headers in shop.headers} == {"team"}


def test_a_name_of_the_server_for_tls(shop, tmp_path):
    """tls-server-name is checked in place of the address."""
    with ApiServer(shop, name="kube.example") as server:
        path = server.write(tmp_path / "config", **{"tls-server-name": "kube.example"})
        live = kn.connect(kubeconfig=path)
        live.close()
        assert live.objects("pods")
        with pytest.raises(ConnectError) as caught:
            kn.connect(kubeconfig=server.write(tmp_path / "config"))
        assert caught.value.code == "certificate"


def test_a_server_that_is_not_checked_is_said(shop, server, tmp_path):
    """insecure-skip-tls-verify is done as the kubeconfig says, and the reader is told what it means."""
    path = server.write(tmp_path / "config", **{"insecure-skip-tls-verify": True})
    whole = yaml.safe_load(path.read_text())
    del whole["clusters"][0]["cluster"]["certificate-authority-data"]
    path.write_text(yaml.safe_dump(whole))
    live = kn.connect(kubeconfig=path)
    live.close()
    assert "can read your token" in str(live.found)
    assert sent(shop) == {"GET"}


# ---- kubeconfigs


def test_kubeconfig_files_are_merged(server, tmp_path, monkeypatch):
    """KUBECONFIG may name several files: what comes first stays, and a missing one is passed over."""
    whole = server.kubeconfig()
    user, rest = tmp_path / "user", tmp_path / "rest"
    user.write_text(yaml.safe_dump({"users": whole["users"]}))
    other = {**whole, "users": [{"name": "jane", "user": {"token": "another"}}]}
    rest.write_text(yaml.safe_dump(other))
    monkeypatch.setenv("KUBECONFIG", f"{tmp_path / 'missing'}:{user}:{rest}")
    live = kn.connect("shop")
    live.close()
    assert live.context == "shop"


SHOP = "current-context: a\nclusters: [{name: b, cluster: {server: 'https://127.0.0.1'}}]\n"
WITH_USER = "contexts: [{name: a, context: {cluster: b, user: c}}]\n"


def broken(path, text: str):
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        (f"users:\n- name: a\n  user: {{token: {TOKEN}\n", "kubeconfig", "is not YAML: see line"),
        ("hello", "kubeconfig", "is not a kubeconfig"),
        ("kind: Pod\napiVersion: v1\n", "kubeconfig", "is not a kubeconfig"),
        ("contexts: []\n", "context", "names no current context"),
        ("current-context: a\ncontexts: []\n", "context", "has no context a. Its contexts are: none"),
        (
            "current-context: a\ncontexts: [{name: a, context: {cluster: b}}]",
            "kubeconfig",
            "no server for it",
        ),
        (
            f"{SHOP}contexts: [{{name: a, context: {{cluster: b, user: c}}}}]",
            "kubeconfig",
            "names a user that",
        ),
        (f"{SHOP}{WITH_USER}users: [{{name: c, user: {{token: [1, 2]}}}}]", "credentials", "cannot be used"),
        (
            f"{SHOP}{WITH_USER}users: [{{name: c, user: {{auth-provider: {{name: gcp}}}}}}]",
            "auth-provider",
            "auth-provider",
        ),
    ],
)
def test_a_broken_kubeconfig_is_said(tmp_path, text, code, said):
    """Each fault of a kubeconfig has its sentence, with the file and without what it says of users."""
    with pytest.raises(ConnectError, match=said) as caught:
        kn.connect(kubeconfig=broken(tmp_path / "config", text))
    assert caught.value.code == code
    assert TOKEN not in str(caught.value)


def test_a_misspelt_context_is_guessed(server, tmp_path):
    """The error lists the contexts and names the nearest."""
    with pytest.raises(
        ConnectError, match=r'has no context shp\. Its contexts are: shop\. Did you mean "shop"'
    ) as caught:
        kn.connect("shp", kubeconfig=server.write(tmp_path / "config"))
    assert caught.value.code == "context"


def test_without_a_kubeconfig_it_is_said(tmp_path, monkeypatch):
    """No file at all, and a named file that is not there, are two sentences."""
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(ConnectError, match="There is no kubeconfig file: KUBECONFIG names none") as caught:
        kn.connect()
    assert caught.value.code == "no-kubeconfig"
    with pytest.raises(ConnectError, match=r"no kubeconfig file .*nowhere"):
        kn.connect(kubeconfig=tmp_path / "nowhere")


def test_without_the_client_the_install_line_is_shown(server, tmp_path, monkeypatch):
    """Where lightkube is not installed, the error has the line that installs it."""
    path = server.write(tmp_path / "config")
    monkeypatch.setitem(sys.modules, "lightkube", None)
    monkeypatch.setitem(sys.modules, "lightkube.config.client_adapter", None)
    monkeypatch.delitem(sys.modules, "k8snotes.live.client", raising=False)
    with pytest.raises(ConnectError, match=r'pip install "k8snotes\[live\]"') as caught:
        kn.connect(kubeconfig=path)
    assert caught.value.code == "no-client"


# ---- servers


def test_a_certificate_that_is_over_is_said(shop, tmp_path, waited):
    """An expired certificate of the server, and one of the reader, are two errors; nothing is sent or tried again."""
    with (
        ApiServer(shop, certificate_days=-1) as server,
        pytest.raises(ConnectError, match="is over") as caught,
    ):
        kn.connect(kubeconfig=server.write(tmp_path / "config"))
    assert caught.value.code == "certificate"
    with ApiServer(shop) as server, pytest.raises(ConnectError, match="was valid until 20") as caught:
        kn.connect(kubeconfig=server.write(tmp_path / "config", server.person("jane", days=-1)))
    assert caught.value.code == "client-certificate"
    assert shop.asked == []
    assert waited == []


def test_a_certificate_of_another_authority_is_not_trusted(server, tmp_path):
    """A server whose authority the kubeconfig does not name gets no token."""
    with ApiServer(Shop()) as other, pytest.raises(ConnectError, match="not one to trust") as caught:
        kn.connect(kubeconfig=server.write(tmp_path / "config", server=other.address))
    assert caught.value.code == "certificate"
    assert other.shop.asked == []


def test_a_server_that_is_not_there_is_said(server, tmp_path):
    """A closed port, a name without an address and another server have their own errors."""
    server.stop()
    with pytest.raises(ConnectError, match=r"Nothing listens at 127\.0\.0\.1") as caught:
        kn.connect(kubeconfig=server.write(tmp_path / "config"))
    assert caught.value.code == "refused"
    with pytest.raises(ConnectError, match="has no address") as caught:
        kn.connect(kubeconfig=server.write(tmp_path / "config", server="https://kube.invalid:6443"))
    assert caught.value.code == "name"


def test_a_server_that_does_not_answer_is_said(tmp_path, server):
    """A port that takes connections and says nothing ends in a timeout, with the seconds."""
    import socket

    with socket.create_server(("127.0.0.1", 0)) as deaf:
        address = f"https://127.0.0.1:{deaf.getsockname()[1]}"
        with pytest.raises(ConnectError, match=r"does not answer within 0.2 s") as caught:
            kn.connect(kubeconfig=server.write(tmp_path / "config", server=address), timeout=0.2)
    assert caught.value.code == "timeout"


def test_another_server_is_no_api_server(shop, connect):
    """Something that answers 404 to everything is not taken for a cluster."""
    shop.fail = lambda _path, _query: (404, {})
    with pytest.raises(ConnectError, match="not as an API server") as caught:
        connect()
    assert caught.value.code == "no-api-server"


# ---- refreshing and following


def test_a_refresh_reads_anew(shop, connect):
    """What was made, changed and deleted meanwhile is returned, and a copy from before stays as it was."""
    live = connect()
    before = live.copy()
    assert not live.refresh()
    shop.put(pod("web-3"))
    shop.put(pod("web-2", phase="Failed"))
    shop.remove("pods", "default", "web-1")
    assert sorted((item.type, item.ref) for item in live.refresh()) == [
        ("ADDED", "pod/web-3"),
        ("DELETED", "pod/web-1"),
        ("MODIFIED", "pod/web-2"),
    ]
    assert [obj.name for obj in live.objects("pods")] == ["web-2", "web-3"]
    assert [obj.name for obj in before.objects("pods")] == ["web-1", "web-2"]
    assert not isinstance(before, LiveCluster)
    assert str(live.diff(since=before))


def test_a_refresh_that_fails_changes_nothing(shop, connect):
    """If the server is gone, the error says so, and what was read stays."""
    live = connect()
    shop.users = set()
    with pytest.raises(ConnectError) as caught:
        live.refresh()
    assert caught.value.code == "unauthorized"
    assert len(live.objects("pods")) == 2
    live.close()
    with pytest.raises(ConnectError, match="was closed"):
        live.refresh()


def later(shop: Shop, act, resource: str = "pods") -> None:
    """Do something as soon as a resource is watched."""
    threading.Thread(target=lambda: (shop.until_watched(resource), act()), daemon=True).start()


def test_following_shows_what_changes(shop, connect):
    """Changes come in order, up to a number; the cluster is then as the last one left it."""
    live = connect()

    def act():
        shop.put(pod("web-3", phase="Pending"))
        shop.put(pod("web-3"))
        shop.remove("pods", "default", "web-1")

    later(shop, act)
    seen = live.follow(20, changes=3)
    assert str(seen).splitlines() == [
        "pod/web-3 in the Namespace default was created",
        "pod/web-3 in the Namespace default changed from Pending to Running",
        "pod/web-1 in the Namespace default was deleted",
    ]
    assert [obj.name for obj in live.objects("pods")] == ["web-2", "web-3"]
    assert not live.refresh()
    assert not [item for item in threading.enumerate() if item.name == "live.follow"]


def test_following_ends_when_time_is_over(connect):
    """Where nothing happens, the bound of time ends it."""
    import time

    live = connect()
    begun = time.monotonic()
    assert str(live.follow(1)) == "nothing has changed"
    assert 0.9 < time.monotonic() - begun < 8


def test_a_watch_that_breaks_goes_on(shop, connect):
    """A cut connection is opened anew from the last version seen, a bookmark's too, and no change is lost or told twice."""
    live = connect(kinds=["pods"])

    def act():
        shop.put(pod("web-3"))
        shop.version += 5
        bookmark = {"kind": "Pod", "metadata": {"resourceVersion": str(shop.version)}}
        shop.tell("pods", {"type": "BOOKMARK", "object": bookmark})
        shop.drop_watches()
        shop.put(pod("web-4"))

    later(shop, act)
    seen = live.follow(20, changes=2)
    assert [item.ref for item in seen] == ["pod/web-3", "pod/web-4"]
    versions = [int(query["resourceVersion"]) for query in asked(shop, "/api/v1/pods") if "watch" in query]
    assert versions[1] >= versions[0] + 6
    assert all(
        query["allowWatchBookmarks"] == "true" for query in asked(shop, "/api/v1/pods") if "watch" in query
    )


@pytest.mark.parametrize("told", ["status", "event"])
def test_a_watch_from_too_long_ago_lists_anew(shop, connect, told):
    """410, as a status or as an event: the list is read anew, and what changed in between is told."""
    live = connect(kinds=["pods"])
    shop.put(pod("web-3"))
    if told == "status":
        shop.oldest = shop.version
    else:
        error = {"kind": "Status", "code": 410, "reason": "Expired", "message": "too old"}
        shop.history.clear()
        later(shop, lambda: shop.tell("pods", {"type": "ERROR", "object": error}))
    assert [str(item) for item in live.follow(20, changes=1)] == [
        "pod/web-3 in the Namespace default was created"
    ]


def test_a_kind_that_may_not_be_watched_is_said(shop, connect):
    """A watch that is forbidden, or that always breaks, leaves the kind as it was read, and says so."""
    live = connect(kinds=["pods", "services"])
    shop.fail = lambda _path, query: "drop" if query.get("watch") else None
    seen = live.follow(20)
    assert set(seen.unwatched) == {"Pod", "Service", "Namespace"}
    assert "note: Pod could not be watched, so they are as they were read" in str(seen)


def test_an_interrupt_keeps_what_was_seen(shop, connect, monkeypatch):
    """An interrupted follow leaves a cluster that is whole, with what had come until then, and no thread."""
    from k8snotes.live import watching

    live = connect(kinds=["pods"])
    real = watching._kept

    def interrupted(item):
        real(item)
        raise KeyboardInterrupt

    monkeypatch.setattr(watching, "_kept", interrupted)
    later(shop, lambda: shop.put(pod("web-3")))
    with pytest.raises(KeyboardInterrupt):
        live.follow(20)
    assert [obj.name for obj in live.objects("pods")] == ["web-1", "web-2", "web-3"]
    assert not [item for item in threading.enumerate() if item.name == "live.follow"]
