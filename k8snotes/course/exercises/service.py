"""The exercises of chapter 01: names, ports, selectors, endpoints."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from k8snotes.api.selector import Selector
from k8snotes.course.answers import Choice, Choices, Fields, Number, UnreadableAnswerError, Word
from k8snotes.course.clusters import application, pod_names, shared
from k8snotes.course.exercise import Exercise, Wrong
from k8snotes.course.exercises.service_trials import (
    after_three_changes,
    causes,
    ready_when_mysql_is_not,
    with_a_twin_elsewhere,
)
from k8snotes.errors import ApiError, K8sNotesError

__all__ = ["EXERCISES"]

_MATCH_LABELS = "matchLabels"
_SET_BASED = "set-based"
_CAUSES = ("selector", "not ready", "namespace", "port name")


@dataclass(frozen=True)
class _ServiceSelector:
    """The selector of a Service, as text or as the map of its manifest; what counts is whom it finds."""

    def read(self, answer: Any) -> frozenset[str] | str:
        """Return the workloads whose Pods it finds; raises UnreadableAnswerError."""
        if isinstance(answer, Mapping):
            if _MATCH_LABELS in answer or "matchExpressions" in answer:
                return _MATCH_LABELS
            return self._found(lambda: Selector.from_map(answer))
        return self._found(lambda: Selector(answer))

    def fits(self, value: Any, wrong: Any) -> bool:
        """Say whether both find the same Pods."""
        return bool(value == wrong)

    def compare(self, value: Any, right: Any) -> str:
        """Say whom the selector finds."""
        if value in (_MATCH_LABELS, _SET_BASED, right):
            return ""
        return "it finds " + (", ".join(sorted(value)) if value else "no Pod at all")

    @staticmethod
    def _found(make: Callable[[], Selector]) -> frozenset[str] | str:
        try:
            selector = make()
        except K8sNotesError as error:
            said = ". ".join(
                part for part in (getattr(error, "message", str(error)), getattr(error, "hint", "")) if part
            )
            raise UnreadableAnswerError(f"Kubernetes would refuse this: {said}") from None
        if any(requirement.operator not in ("=", "==") for requirement in selector.requirements):
            return _SET_BASED
        names = pod_names()
        return frozenset(names[pod.name] for pod in shared().objects("pods", selector))


def _accepted(**candidates: str) -> set[str]:
    """Return the letters of the manifests that the API server takes, each asked alone."""
    good = set()
    for letter, manifest in candidates.items():
        cluster = application()
        cluster.create('{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "test"}}')
        try:
            cluster.create(manifest)
        except ApiError:
            continue
        good.add(letter)
    return good


def _second_names() -> set[str]:
    service = (
        '{{"apiVersion": "v1", "kind": "Service", "metadata": {{"name": "cache", "namespace": "{}"}}, '
        '"spec": {{"ports": [{{"port": 6379}}]}}}}'
    )
    config = '{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "cache"}}'
    return _accepted(a=service.format("default"), b=service.format("test"), c=config)


def _selector_shape() -> str:
    service = (
        '{{"apiVersion": "v1", "kind": "Service", "metadata": {{"name": "web"}}, "spec": {{"selector": {}}}}}'
    )
    shapes = {
        "a": '{"tier": "cache"}',
        "b": '{"matchLabels": {"tier": "cache"}}',
        "c": '"tier in (cache, frontend)"',
    }
    ports = ', "ports": [{"port": 80}]}}'
    return "".join(_accepted(**{name: service.format(shape)[:-2] + ports for name, shape in shapes.items()}))


def _ports() -> Any:
    return shared()["svc/frontend"].manifest["spec"]["ports"][0]


def _container_port() -> int:
    pod = shared().objects("pods", "app=guestbook,tier=frontend")[0]
    return int(pod.spec["containers"][0]["ports"][0]["containerPort"])


_OUTCOME = Word(
    ("connected", "refused", "timeout"),
    {
        "connects": "connected",
        "an answer": "connected",
        "refusal": "refused",
        "a refusal": "refused",
        "time-out": "timeout",
        "time out": "timeout",
        "times out": "timeout",
        "silence": "timeout",
        "nothing": "timeout",
    },
)
_CHANGES = ("containerPort", "program", "port")

_CAUSE = Word(
    _CAUSES, {"notready": "not ready", "readiness": "not ready", "port": "port name", "label": "selector"}
)

EXERCISES = (
    Exercise(
        "01-service/1",
        "The cluster has a Service cache in namespace default. Which of these can be created beside it?",
        Choices("abc"),
        _second_names,
        "A name is unique in its namespace, for each kind.",
        (
            Wrong(
                {"c"},
                "a name is unique in the whole cluster",
                "Two teams, each with a namespace of its own: must they agree on the names of their Services?",
            ),
            Wrong(
                {"b"},
                "within a namespace, all objects share one set of names",
                "Look at the guestbook: how many objects of the name frontend are in it, and of which kinds?",
            ),
            Wrong(
                {"a", "b", "c"},
                "a name is only for people; two objects may share it",
                "You ran c.create(...) with a second Service frontend above. What did the API server answer?",
            ),
            Wrong(
                "none",
                "a name can be given once, to one object, in the whole cluster",
                "The guestbook has a Service frontend and a Deployment frontend. So what must be unique?",
            ),
        ),
        "Think of two things: which namespace, and which kind.",
        starter='{"..."}',
    ),
    Exercise(
        "01-service/2",
        "A Pod calls the Service frontend by its Cluster IP. Which port does it ask for?",
        Number(),
        lambda: _ports()["port"],
        "`port` is the Service's own. It leads to `targetPort`, the Pod's.",
        (
            Wrong(
                _container_port,
                "port, targetPort, nodePort and containerPort are four names for one thing",
                "That is where the Pod listens, the end of the way. At which port does the way begin?",
            ),
            Wrong(
                lambda: _ports()["nodePort"],
                "port, targetPort, nodePort and containerPort are four names for one thing",
                "That one is for those who come from outside, by a Node's address. The caller here is a Pod.",
            ),
        ),
        'Look at c["svc/frontend"].manifest["spec"]["ports"]: each number there has its own job.',
    ),
    Exercise(
        "01-service/3",
        "Write a Service selector that finds the three stable frontend Pods, and neither the canary nor others.",
        _ServiceSelector(),
        lambda: "app=guestbook,tier=frontend,track=stable",
        "Each label in the map is one more condition, and all must hold.",
        (
            Wrong(
                "app=guestbook,tier=frontend",
                "a Service's Pods are those of one Deployment",
                "The canary has both labels too. Which label tells the two apart?",
            ),
            Wrong(
                "app=guestbook",
                "one label is enough to mean one workload",
                "Most Pods of the guestbook have that label. Add what only the frontend has.",
            ),
            Wrong(
                "app=guestbook,tier=frontnd,track=stable",
                "a selector that is a little off still finds its Pods",
                "Labels are compared letter by letter. c.selection(your selector) shows the near miss.",
            ),
            Wrong(
                {_MATCH_LABELS: {"tier": "frontend"}},
                "a Service's selector has matchLabels, as a Deployment's has",
                "A Service is older than matchLabels: its selector is the plain map itself.",
            ),
            Wrong(
                "tier=frontend,track!=canary",
                "a Service's selector may be any text that `kubectl get -l` takes",
                "`kubectl get -l` would take this. A Service can only say what a label must be, never what not.",
            ),
        ),
        "Try it with c.selection(your selector) and read what it finds.",
        starter='"..."',
    ),
    Exercise(
        "01-service/4",
        "Which of the three can a Service have as its selector, so that it finds Pods?",
        Choice("abc"),
        _selector_shape,
        "A Service knows equality only: a map of labels that must all be there.",
        (
            Wrong(
                "b",
                "a Service's selector may have matchLabels",
                "That is the shape for a Deployment. What does a Service make of it: whose label would have "
                "the key matchLabels?",
            ),
            Wrong(
                "c",
                "a Service's selector may be any text that `kubectl get -l` takes",
                "`kubectl -l` understands `in (...)`. In the manifest of a Service, of what type is `selector`?",
            ),
        ),
        'Look at c["svc/cache"].manifest["spec"]["selector"]: of what type is it?',
    ),
    Exercise(
        "01-service/5",
        "mysql-0 is Running, but not ready. How many Pods answer for mysql-server now?",
        Number(),
        ready_when_mysql_is_not,
        "Running says that the containers run; ready says that they may be asked. Only the second counts.",
        (
            Wrong(
                1,
                "Running means ready",
                'Do it: c.set_ready("pod/mysql-0", False), c.settle(), and read the column READY beside STATUS.',
            ),
        ),
        "How many Pods did mysql-server have before, and how many of those are ready now?",
    ),
    Exercise(
        "01-service/6",
        "A Pod with the labels of the canary is created in namespace test. How many Pods now answer for the "
        "Service frontend in namespace default?",
        Number(),
        with_a_twin_elsewhere,
        "A Service looks for Pods in its own namespace, and nowhere else.",
        (
            Wrong(
                lambda: with_a_twin_elsewhere() + 1,
                "a Service selects Pods of every namespace",
                'In guestbook-broken, print(broken.endpoints("mysql-server")) shows a Pod in this situation. '
                "Read its reason.",
            ),
            Wrong(
                1,
                "the newest Pod with the right labels takes over from the others",
                "Nothing happened to the Pods that were there. Are they still selected?",
            ),
        ),
        "How many answered before? Then ask whether the new one joins them.",
    ),
    Exercise(
        "01-service/7",
        "guestbook-broken: why does each of its four Services not answer? For each, one of: "
        + ", ".join(f'"{cause}"' for cause in _CAUSES)
        + ".",
        Fields(dict.fromkeys(("frontend", "cache", "mysql-server", "search"), _CAUSE)),
        causes,
        "All four are valid YAML, and the API server took them all. Only the endpoints tell.",
        (
            Wrong(
                {"frontend": "not ready"},
                "a Service without endpoints means that its Pods are down",
                "frontend: its Pods are well. Read the reasons of its endpoints, letter by letter.",
            ),
            Wrong(
                {"cache": "selector"},
                "a Pod that gets no traffic was not selected",
                "cache: print its endpoints. Under which heading do the Pods stand? So did the selector find them?",
            ),
            Wrong(
                {"mysql-server": "selector"},
                "a Service selects Pods of every namespace",
                "mysql-server: selector and labels agree to the letter. What else must agree?",
            ),
            Wrong(
                {"search": "selector"},
                "a Pod that is selected gets traffic, whatever its ports",
                "search: the selector finds the Pod. Which port does the Service name, and how is the Pod's called?",
            ),
        ),
        "Print c.endpoints(...) of each Service and read the reasons.",
        starter='{"frontend": "...", "cache": "...", "mysql-server": "...", "search": "..."}',
    ),
    Exercise(
        "01-service/8",
        "billing is an ExternalName Service for pay.example.com; its manifest has port 443 and targetPort 8443. "
        "A Pod opens https://billing:443. Which port of pay.example.com does it reach?",
        Number(),
        # DNS answers with a name, and a name has no port: it stays what the caller wrote
        lambda: 443,
        "An ExternalName Service is an entry in DNS: the name is changed, and nothing else.",
        (
            Wrong(
                8443,
                "an ExternalName Service maps ports",
                "Who would change the port? This Service has no Cluster IP, so there is no rule for one.",
            ),
        ),
        "DNS turns one name into another. Does a name have a port?",
    ),
    Exercise(
        "01-service/9",
        "Three changes, each made alone: the frontend Pods declare no port (and targetPort is 8080); their "
        "programs listen on 9090 instead; the caller asks the Service for 8080. What does client get?",
        Fields(dict.fromkeys(_CHANGES, _OUTCOME)),
        after_three_changes,
        "What a Pod declares is a note. The rules lead to a port of the Pod, and the program answers there or not; "
        "at a port that the Service does not have there is no rule, and nobody.",
        (
            Wrong(
                {"containerPort": "refused"},
                "containerPort opens the port",
                "containerPort: the program listens as before. Who reads that line of the manifest: the program, or you?",
            ),
            Wrong(
                {"containerPort": "timeout"},
                "containerPort opens the port, and without it the packet is dropped on the way",
                "containerPort: which hop of the trace would look into the Pod's manifest?",
            ),
            Wrong(
                {"program": "connected"},
                "containerPort opens the port, so a port that is declared is answered",
                "program: the packet comes to port 8080 of the Pod. Who is there to take it?",
            ),
            Wrong(
                {"program": "timeout"},
                "a Pod where nobody listens is silent",
                "program: the Pod is there, and its network too. You did this in section 5; what did the caller see?",
            ),
            Wrong(
                {"port": "connected"},
                "port, targetPort, nodePort and containerPort are four names for one thing",
                "port: 8080 is a port of the Pods. At which port is the Service asked?",
            ),
            Wrong(
                {"port": "refused"},
                "a Service says no at the ports that it does not have, as a computer would",
                "port: to say no, somebody must be there. Whose address was it, and does a rule speak of this port?",
            ),
        ),
        "Sections 2 and 5 have two of the three. For the other, think who would notice.",
        starter='{"containerPort": "...", "program": "...", "port": "..."}',
    ),
)
