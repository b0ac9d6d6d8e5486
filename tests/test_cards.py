"""Cards: every object, every list of objects and every cluster shows itself, and whatever a card suggests works."""

import html5lib
import injection
import pytest
import worlds

import k8snotes as kn
from k8snotes.api.registry import all_kinds
from k8snotes.facts import cards as files
from k8snotes.facts.card import Asked
from k8snotes.facts.object_card import object_card, short_ref
from k8snotes.figures.cells import lines_html

RBAC = """
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: reader, namespace: shop}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: reads, namespace: shop}
rules: [{apiGroups: [""], resources: [pods], verbs: [get], resourceNames: [web]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: reads, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reads}
subjects: [{kind: ServiceAccount, name: reader, namespace: shop}]
---
apiVersion: v1
kind: Secret
metadata: {name: db, namespace: shop}
stringData: {password: hunterPLAINtoken}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: words, namespace: shop}
data: {hello: you}
---
apiVersion: v1
kind: ResourceQuota
metadata: {name: few, namespace: shop}
spec: {hard: {pods: "1"}}
---
apiVersion: v1
kind: LimitRange
metadata: {name: small, namespace: shop}
spec: {limits: [{type: Container, default: {cpu: 1}}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}, matchExpressions: [{key: app, operator: Exists}]}
  template: {metadata: {labels: {app: web}}, spec: {containers: [{name: w, image: w}]}}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web, namespace: shop}
spec: {maxReplicas: 3, scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: closed, namespace: shop}
spec: {podSelector: {}}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: gate, namespace: shop}
spec: {defaultBackend: {service: {name: web, port: {number: 80}}}}
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: tick, namespace: shop}
spec:
  schedule: "@hourly"
  jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: t, image: t}]}}}}
---
apiVersion: batch/v1
kind: Job
metadata: {name: once, namespace: shop}
spec: {template: {spec: {restartPolicy: Never, containers: [{name: t, image: t}]}}}
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: each}
spec:
  selector: {matchLabels: {app: each}}
  template: {metadata: {labels: {app: each}}, spec: {containers: [{name: w, image: w}]}}
---
apiVersion: v1
kind: Pod
metadata: {name: giant}
spec: {containers: [{name: g, image: g, resources: {requests: {cpu: 100}}}]}
---
{apiVersion: shop.example/v1, kind: Till, metadata: {name: one}}
---
{apiVersion: serving.knative.dev/v1, kind: Service, metadata: {name: knative}}
"""
MADE = {
    "guestbook": lambda: kn.load("guestbook"),
    "guestbook-broken": lambda: kn.load("guestbook-broken"),
    "till-dump": lambda: kn.load("till-dump"),
    "tomcat-service": lambda: kn.load("tomcat-service"),
    "cluster-dns": lambda: kn.load("cluster-dns"),
    "many kinds": lambda: kn.load(RBAC),
    "world": worlds.world,
    "workshop": worlds.workshop,
    "empty": lambda: kn.Cluster(nodes=0),
}


@pytest.fixture(scope="module", params=MADE)
def made(request):
    """A cluster of each sort."""
    return MADE[request.param]()


def objects(c):
    """All objects of a cluster, as a reader gets them; of the roles that every cluster has, the first two."""
    for kind in c.api.store.resources():
        found = c.objects(kind)
        yield from found[:2] if kind.startswith("clusterrole") else found


def test_every_object_shows_itself(made):
    """It is a card in a cell, `kubectl get`'s lines where it is printed, and one short name in a list."""
    count, typing = 0, made.copy()
    for obj in objects(made):
        bundle = obj._repr_mimebundle_()
        where = f"-n {obj.namespace}" if obj.namespace else ""
        got = typing.kubectl(f"get {obj.resource.qualified} {obj.name} {where}").stdout
        assert [*map(str.rstrip, got.splitlines())] == bundle["text/plain"].splitlines()[:2]
        assert str(obj) == bundle["text/plain"]
        assert repr(obj).startswith(f"<{obj.kind} ")
        assert injection.alive(bundle["text/html"]) == []
        assert "Try" in bundle["text/html"]
        count += 1
    assert count > 10


def test_what_a_card_suggests_works(made):
    """Each line that a card suggests runs as it is typed, on the very cluster."""
    tries = {call for obj in objects(made) for call in made._card(obj).body.tries}
    tries |= {
        item.text
        for item in html5lib.parse(
            made._repr_mimebundle_()["text/html"], namespaceHTMLElements=False
        ).iterfind(".//div[@class='try']/code")
    }
    assert len(tries) > 10
    for call in sorted(tries):
        result = eval(call, {"c": made.copy()})  # noqa: S307  # a reader types it
        assert getattr(result, "exit", 0) == 0, (call, result)


def test_a_reference_of_a_card_finds_its_object(made):
    """The short reference in the suggestions is one of the object itself, also where two kinds have one name."""
    for obj in objects(made):
        assert made[short_ref(obj)] == obj


def test_a_card_calls_the_cluster_as_the_reader_does(monkeypatch):
    """Where the reader's cluster has another name than c, the suggestions have it."""
    import __main__

    lab = kn.Cluster(nodes=1)
    monkeypatch.setattr(__main__, "lab", lab, raising=False)
    assert 'lab["node/node-1"].manifest' in lab["node/node-1"]._repr_mimebundle_()["text/html"].replace(
        "&quot;", '"'
    )


def test_an_object_says_that_it_has_changed_since():
    """A card shows an object as it was read, and says so if the cluster no longer holds it like that."""
    c = kn.load("guestbook")
    cache, gone = c["deploy/cache"], c["pod/client"]
    c.scale("deploy/cache", 5)
    c.delete("pod/client", force=True)
    assert "it has changed" in cache._repr_mimebundle_()["text/html"]
    assert "it was deleted" in gone._repr_mimebundle_()["text/html"]
    assert "since then" not in c["deploy/cache"]._repr_mimebundle_()["text/html"]


def test_faults_come_first():
    """The card of a cluster names Pods that fail before those that are ready, and Services without a Pod."""
    page = kn.load("guestbook-broken")._repr_mimebundle_()["text/html"]
    assert page.index("InvalidImageName") < page.index("4 ready")
    assert "no Pod to send to: cache" in page


def test_no_card_shows_a_value_of_a_secret():
    """The keys of a Secret are in its card, and the value nowhere."""
    c = kn.load(RBAC)
    bundle = str(c["shop/secret/db"]._repr_mimebundle_()) + str(c.objects("secrets")._repr_mimebundle_())
    assert "password" in bundle
    assert "hunter" not in bundle


def test_a_list_of_objects_shows_itself_and_stays_a_list():
    """In a cell it has a line for each object; it is equal to a plain list, and prints as one."""
    c = kn.load("guestbook")
    pods = c.objects("pods", "tier=cache")
    assert pods == [*pods]
    assert repr(pods) == repr([*pods])
    assert pods._repr_mimebundle_()["text/html"].count("✓ Running, 1/1") == 2
    assert "no objects" in c.objects("jobs")._repr_mimebundle_()["text/html"]


def test_a_file_of_cards_is_named_after_a_kind():
    """Besides "workload", a file in facts/cards/ is found by the name of a kind."""
    import pkgutil

    names = {module.name for module in pkgutil.iter_modules(files.__path__)}
    assert names - {kind.singular for kind in all_kinds()} == {"workload"}


@pytest.mark.parametrize("number", range(0, len(injection.STRINGS), 100))
def test_no_string_of_a_manifest_is_alive_in_a_card(number):
    """Whatever stands in a dump, its cards are plain HTML, and suggest only what can be typed."""
    c = injection.cluster_of(injection.STRINGS[number : number + 12])
    assert injection.alive(c._repr_mimebundle_()["text/html"]) == []
    for obj in objects(c):
        assert injection.alive(obj._repr_mimebundle_()["text/html"]) == []
        assert (
            object_card(obj, Asked(c.api, "c", short_ref(obj), snapshot=True)).body.tries == ()
            or obj.name.isascii()
        )


def test_nothing_is_said_in_words():
    """No warning, no note and nothing that waits is a sentence in a cell, and not an empty panel."""
    c = kn.Cluster(nodes=1)
    for nothing, words in (
        (c.warnings, "No warnings"),
        (c.notes, "Nothing to note"),
        (c.waiting, "Nothing waits for the clock"),
    ):
        assert words in lines_html(nothing)
    assert repr(c.warnings) == "no warnings"


def test_a_long_list_is_counted():
    """A cell says how the first twelve objects are, and how many more there are."""
    c = kn.Cluster(nodes=1)
    c.apply([{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": f"n-{i}"}} for i in range(20)])
    page = c.objects("namespaces")._repr_mimebundle_()["text/html"]
    assert page.count("✓ Active") == 12
    assert "and 12 more" in page
