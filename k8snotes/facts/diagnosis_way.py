"""The questions about the way of packets: policies, the network and the rules on the Nodes, and whether there is an answer."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from k8snotes.api.kinds.pod import Pod
from k8snotes.api.names import MADE_UP_KEYS
from k8snotes.api.reader import pods_of
from k8snotes.catalogue import _, clauses, named, ngettext
from k8snotes.errors import AddressError, NotFoundError
from k8snotes.facts.diagnosis import Answer, Case, Chart, command
from k8snotes.network.reasons import not_listening
from k8snotes.network.routes import status_words
from k8snotes.network.sender import Sender, can_send
from k8snotes.network.targets import Target
from k8snotes.network.trace import OUTCOMES, Trace
from k8snotes.node.addresses import is_ipv4, node_ip

__all__ = [
    "Ways",
    "answer_of",
    "ask_about_way",
    "ask_for_answer",
    "asks_whether_it_listens",
    "clients_of",
    "first_let_through",
    "is_answered",
    "listening",
]

_STOPPED = ("refused", "timeout", "unresolved", "no reply")
_WEB = {"http": 80, "https": 443}  # what wget asks, and the port that need not be named
_MOST_CLIENTS = 20  # Pods that are tried, until policies let one through
_MOST_SAID = 3  # programs that a sentence names
_ANY = ("", "0.0.0.0", "::")  # noqa: S104  # what a program asks for that listens on all addresses
_AT_THE_END = ("container", "proxy")  # the kinds of hops at which a packet has come to its end


class Ways(NamedTuple):
    """The ways of packets to some targets, as they were followed.

    Args:
        targets: where they were sent.
        traces: the ways that chance may choose, each once.
        lost: why a target has no way at all, "" if each has one: its name leads nowhere.
    """

    targets: tuple[Target, ...]
    traces: tuple[Trace, ...] = ()
    lost: str = ""

    @classmethod
    def of(cls, case: Case, sender: Sender, targets: Sequence[Target]) -> Ways:
        """Follow the packets of a sender to some targets."""
        traces: list[Trace] = []
        lost = ""
        for target in targets:
            try:
                traces += [way for _chance, way in case.network.ways(target, sender)]
            except (NotFoundError, AddressError) as error:
                lost = lost or error.args[0]
        return cls(tuple(targets), tuple(traces), lost)

    @property
    def notes(self) -> tuple[str, ...]:
        """What had to be assumed on the ways."""
        return tuple(dict.fromkeys(note for way in self.traces for note in way.notes))

    def stopped(self, *kinds: str, instead: bool = False) -> list[Trace]:
        """Return the ways that end without an answer at one of these kinds of hops (`instead`: at any other kind)."""
        return [
            way for way in self.traces if way.outcome in _STOPPED and (_last(way) in kinds) is not instead
        ]


def _last(way: Trace) -> str:
    return way.hops[-1].kind if way.hops else ""


def ask_about_way(chart: Chart, case: Case, ways: Ways, client: Sender | None, rules: str) -> None:
    """Ask whether policies let packets through, and whether the network and the rules lead them to a Pod.

    Args:
        chart: gets the questions.
        case: the cluster.
        ways: the ways of the packets.
        client: who sends them, None if nobody can.
        rules: the line of kubectl about what rules are made of.
    """
    chart.ask(
        "policy",
        _("Do NetworkPolicies let the packet through?"),
        "kubectl get networkpolicies -A",
        lambda: _policy(case, ways, client),
    )
    chart.ask(
        "rules",
        _("Do the network and the rules on the Nodes lead to a Pod?"),
        rules,
        lambda: _rules(ways, client),
    )


def _nobody() -> Answer:
    return Answer(None, _("not known here: there is no Pod and no Node that could send a packet"))


def _policy(case: Case, ways: Ways, client: Sender | None) -> Answer:
    if client is None:
        return _nobody()
    stopped = ways.stopped("policy")
    if stopped:
        way = stopped[0]
        allow = _(
            "A NetworkPolicy has to allow this sender and this port. c.reach() shows who may reach whom."
        )
        words = _("no, not from {source}: {why}", source=client.ref, why=way.reason)
        return Answer(False, words, way.hint or allow)
    if not case.network.state.guarded:
        return Answer(True, _("yes: there is no NetworkPolicy"))
    said = next((hop.what for way in ways.traces for hop in way.hops if hop.kind == "policy"), "")
    if said:
        return Answer(True, _("yes, from {source}: {why}", source=client.ref, why=said))
    return Answer(True, _("yes: no NetworkPolicy stops packets from {source}", source=client.ref))


def _rules(ways: Ways, client: Sender | None) -> Answer:
    if client is None:
        return _nobody()
    stopped = ways.stopped("policy", "name", *_AT_THE_END, instead=True)
    if stopped:
        way = stopped[0]
        return Answer(False, _("no: {why}", why=way.reason), way.hint)
    said = next((hop.what for way in ways.traces for hop in way.hops if hop.kind == "rules"), "")
    if said:
        return Answer(True, _("yes: {what}", what=said))
    away = next((way for way in ways.traces if way.outcome == "leaves"), None)
    if away is not None:
        return Answer(None, _("not known here: {why}", why=away.reason), away.hint)
    return Answer(True, _("yes"))


def ask_for_answer(chart: Chart, ways: Ways, client: Sender | None) -> None:
    """Ask whether a client gets an answer."""
    inside = client is not None and client.kind != "outside"
    chart.ask(
        "answer",
        _("Does {source} get an answer?", source=client.ref)
        if client is not None and inside
        else _("Does a client outside the cluster get an answer?")
        if client is not None
        else _("Does a client get an answer?"),
        _asks(ways, client),
        lambda: _answered(ways, client),
    )


def _asks(ways: Ways, client: Sender | None) -> str:
    """Return the line of kubectl that sends the same request."""
    target = next(iter(ways.targets), None)
    if target is None or client is None or client.kind == "outside":
        return (
            "kubectl get services,ingresses -A -o wide" if client is not None else "kubectl get nodes,pods -A"
        )
    flag = "-zvu" if target.protocol == "UDP" else "-zv"
    inside = f"nc {flag} {target.host} {target.port}"
    if target.scheme in _WEB:
        place = target.host if target.port == _WEB[target.scheme] else str(target)
        inside = f"wget -qO- {target.scheme}://{place}{target.path}"
    if client.pod is not None:
        return command(f"exec {client.pod.name}", client.pod.namespace, inside=inside)
    return command(f"debug node/{client.node} -it --image=busybox", "", inside=inside)


def _answered(ways: Ways, client: Sender | None) -> Answer:
    if client is None:
        return _nobody()
    if ways.lost:
        return Answer(False, _("no: {why}", why=ways.lost))
    if not ways.traces:
        return Answer(None, _("not known here: nobody calls it"))
    return answer_of(ways.traces)


def is_answered(way: Trace) -> bool:
    """Whether a request is known to be answered, and with no error of HTTP."""
    silent = bool(way.url) and way.status is None and _last(way) == "proxy"
    return way.succeeded and not silent


def answer_of(traces: Sequence[Trace]) -> Answer:
    """Say how requests end: the first that gets no answer, or an error of HTTP, counts."""
    stopped = next((way for way in traces if way.outcome in _STOPPED), None)
    if stopped is not None:
        outcome = OUTCOMES[stopped.outcome]
        return Answer(False, _("no: {outcome}: {why}", outcome=outcome, why=stopped.reason), stopped.hint)
    failed = next((way for way in traces if way.status is not None and not way.succeeded), None)
    if failed is not None and failed.status is not None:
        status = status_words(failed.status)
        words = _("no: {status}: {why}", status=status, why=failed.reason)
        if _last(failed) == "proxy" or failed.server is None:
            return Answer(False, words, failed.hint)
        pod = failed.server
        hint = _("The program itself answers so. Its log may say why.")
        return Answer(False, words, hint, command(f"logs {pod.name}", pod.namespace))
    away = next((way for way in traces if way.outcome == "leaves"), None)
    if away is not None:
        return Answer(None, _("not known here: {why}", why=away.reason), away.hint)
    silent = next((way for way in traces if way.answered and not is_answered(way)), None)
    if silent is not None:
        return Answer(None, _("not known here: {why}", why=silent.reason), silent.hint)
    servers = list(dict.fromkeys(way.server.ref if way.server else str(way.server_ip) for way in traces))
    there: str = named(servers[:3])
    more = len(servers) - 3
    if more > 0:
        there = ngettext("{names} and {n} more", "{names} and {n} more", more, names=there)
    return Answer(True, _("yes: {what}", what=there))


# ---- who calls


def clients_of(case: Case, namespace: str, own: Collection[str] = ()) -> Iterator[Sender]:
    """Yield who may call something: the Pods of its Namespace, then its own Pods, Pods of other Namespaces, and Nodes.

    Args:
        case: the cluster.
        namespace: the Namespace.
        own: the uids of the Pods that are called.
    """
    able = [pod for pod in pods_of(case.api) if _may_call(pod)]
    able.sort(key=lambda pod: (pod.namespace != namespace, pod.uid in own))
    yield from map(Sender.of_pod, able)
    state = case.network.state
    for node in state.nodes:
        if node_ip(node) and node.name not in state.silent:
            yield Sender.of_node(node)


def first_let_through(case: Case, clients: Iterator[Sender], ways: Callable[[Sender], Ways]) -> Sender | None:
    """Return the first client whose packets no policy stops, else the first one; None if there is none."""
    if not case.network.state.guarded:
        return next(clients, None)
    first = None
    for sender in islice(clients, _MOST_CLIENTS):
        first = first or sender
        if not ways(sender).stopped("policy"):
            return sender
    return first


def _may_call(pod: Pod) -> bool:
    return can_send(pod) and pod.ready and not pod.host_network and not pod.terminating and is_ipv4(pod.ip)


# ---- where they arrive


def asks_whether_it_listens(called: Sequence[tuple[Pod, int, str]]) -> str:
    """Return the line of kubectl that asks a program in its own Pod."""
    if not called:
        return ""
    pod, number, protocol = called[0]
    flag = "-zvu" if protocol == "UDP" else "-zv"
    return command(f"exec {pod.name}", pod.namespace, inside=f"nc {flag} {pod.ip} {number}")


def listening(case: Case, called: Sequence[tuple[Pod, int, str]]) -> Answer:
    """Say whether programs listen on the ports of Pods to which packets come.

    Args:
        case: the cluster.
        called: the Pods, each with the port and the protocol.
    """
    state = case.network.state
    silent = []
    heard: dict[str, None] = {}
    for pod, number, protocol in called:
        listener = state.programs.at(pod, number, protocol, state.sent_to(pod.ip), address=pod.ip)
        if not listener.listens:
            silent.append((pod, number, protocol, listener))
        else:
            heard[
                _(
                    "{container} on port {port} ({why})",
                    container=listener.container,
                    port=number,
                    why=listener.why,
                )
            ] = None
    if silent:
        pod, number, protocol, listener = silent[0]
        words = _("no: {why}", why=not_listening(pod, number, protocol, listener))
        if len(silent) < len(called):
            words = ngettext(
                "{words} ({n} of {all} is like this)",
                "{words} ({n} of {all} are like this)",
                len(silent),
                words=words,
                all=len(called),
            )
        line = asks_whether_it_listens([silent[0][:3]])
        quiet = [item[0] for item in silent]
        names = {item.key for item in quiet}
        others = [item[0] for item in called if item[0].key not in names]
        hint = _narrower(quiet, others) or _let_listen(case, pod, number, protocol)
        return Answer(False, words, hint, line)
    if not called:
        return Answer(None, _("not known here: no Pod has these addresses"))
    there = clauses(*list(heard)[:_MOST_SAID])
    if case.snapshot:
        return Answer(
            None,
            _(
                "not known here: a dump does not tell on which ports programs listen (assumed: {there})",
                there=there,
            ),
        )
    return Answer(True, _("yes: {what}", what=there))


def _narrower(quiet: Sequence[Pod], others: Sequence[Pod]) -> str:
    """Say which labels the Pods of another program lack that a selector finds, too; "" if it is not that."""
    if not others:
        return ""
    common = set(others[0].labels.items()).intersection(*(pod.labels.items() for pod in others))
    common = {(key, value) for key, value in common if key not in MADE_UP_KEYS}
    narrower = sorted(
        f"{key}={value}" for key, value in common if all(pod.labels.get(key) != value for pod in quiet)
    )
    if not narrower:
        return ""
    return _(
        "The selector finds Pods of another program, too. Add {labels} to it, which only the Pods that listen have.",
        labels=",".join(narrower),
    )


def _let_listen(case: Case, pod: Pod, number: int, protocol: str) -> str:
    """Say what to change so that a program listens where packets come."""
    programs = case.network.programs
    opened = {
        key: opening
        for container in programs.running(pod)
        for key, opening in programs.opened_by(pod, container).items()
    }
    there = opened.get((protocol, number))
    if there is not None and there.address not in _ANY:
        return _(
            "Let the program listen on all addresses (0.0.0.0) instead of {address} alone, which only the containers of "
            "its own Pod reach.",
            address=there.address,
        )
    others = sorted(port for other, port in opened if other == protocol)
    if others:
        return _(
            "Send to port {ports}, on which the program listens (targetPort), or let the program listen on {port}.",
            ports=named(others),
            port=number,
        )
    return _("Let the program listen on port {port}, or send to the port on which it listens.", port=number)
