"""A diagnosis: the questions of troubleshooting from top to bottom, each with its answer, up to the first fault."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NamedTuple

from k8snotes.api.kinds.pod import Pod
from k8snotes.control_plane.apiserver import ApiServer
from k8snotes.facts.health.issue import with_namespace
from k8snotes.facts.pending import WhyPending
from k8snotes.network.network import Network
from k8snotes.node.probes import Probes
from k8snotes.screen import printable

__all__ = ["Answer", "Case", "Chart", "Diagnosis", "Step", "command"]


@dataclass(frozen=True, slots=True)
class Step:
    """One question of a diagnosis.

    `ok` is True where all is well, False for the fault, and None where the answer is not known here, or where the
    question was not asked, because a fault comes before it (then `answer` is ""). `kubectl` is the line that asks the
    same on a real cluster. `hint` says what to change, or what else there is to know.

    `code` is one of "service", "pod", "address", "class", "proxy", "host", "path", "backend", "selector", "scheduled",
    "image", "started", "running", "ready", "port", "listen", "policy", "rules", "dns", "answer".
    """

    code: str
    question: str
    answer: str = ""
    ok: bool | None = None
    kubectl: str = ""
    hint: str = ""

    @property
    def asked(self) -> bool:
        """Whether the question was asked: no fault comes before it."""
        return bool(self.answer)

    @property
    def sign(self) -> str:
        """The sign of its answer: ✓, ✗, ? for what is not known here, or · for what was not asked."""
        if not self.asked:
            return "·"
        return "?" if self.ok is None else "✓" if self.ok else "✗"

    @printable
    def __str__(self) -> str:
        return f"{self.sign} {self.question} {self.answer}".rstrip()


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """The questions about a Service, a Pod or a URL, in order, each with its answer.

    `target` is what was asked about, `source` the sender whose packets were followed ("" where none was).
    `steps` are the questions, and `notes` say what had to be assumed. Printed, it is a list of questions and answers.
    """

    target: str
    source: str
    steps: tuple[Step, ...]
    notes: tuple[str, ...] = ()

    @property
    def fault(self) -> Step | None:
        """The first question whose answer is a fault, None if there is none."""
        return next((step for step in self.steps if step.ok is False), None)

    @property
    def ok(self) -> bool | None:
        """Whether all is well; None where this is not known here."""
        if self.fault is not None:
            return False
        return next((step.ok for step in reversed(self.steps) if step.asked), None)

    def step(self, code: str) -> Step:
        """Return the question of a code. Raises KeyError if it does not come up."""
        for step in self.steps:
            if step.code == code:
                return step
        raise KeyError(code)

    def __repr__(self) -> str:
        return str(self)

    @printable
    def __str__(self) -> str:
        return "\n".join([self.target, *(f"  {step}" for step in self.steps)])


class Answer(NamedTuple):
    """What a question is answered: whether all is well (None: not known here), in words, and what to change."""

    ok: bool | None
    words: str
    hint: str = ""
    kubectl: str = ""


class Case(NamedTuple):
    """The cluster that is asked.

    Args:
        api: its API server.
        network: its network.
        pending: says why a Pod has no Node.
        probes: what the probes of containers have seen, None where nothing is known, as in a dump.
        snapshot: whether it is a dump.
    """

    api: ApiServer
    network: Network
    pending: Callable[[Pod], WhyPending]
    probes: Probes | None
    snapshot: bool


class Chart:
    """A flow chart in the making: a question is asked only if no fault comes before it.

    Args:
        connected: whether a request is known to be answered, so that nothing can be at fault; what does not look well
            is then told as a hint.

    >>> chart = Chart()
    >>> for ok in (True, False, True):
    ...     chart.ask("pod", "Is it there?", "kubectl get pods", lambda ok=ok: Answer(ok, "yes" if ok else "no"))
    >>> [str(step) for step in chart.steps]
    ['✓ Is it there? yes', '✗ Is it there? no', '· Is it there?']
    """

    def __init__(self, *, connected: bool = False) -> None:
        self.steps: list[Step] = []
        self.connected = connected

    @property
    def stopped(self) -> bool:
        """Whether a fault was found."""
        return any(step.ok is False for step in self.steps)

    def ask(self, code: str, question: str, kubectl: str, answer: Callable[[], Answer]) -> None:
        """Add a question, with its answer unless a fault comes before it."""
        step = Step(code, question, kubectl=kubectl)
        if not self.stopped:
            said = answer()
            step = replace(
                step, answer=said.words, ok=said.ok, hint=said.hint, kubectl=said.kubectl or kubectl
            )
            if self.connected and said.ok is False:
                step = replace(step, ok=None)
        self.steps.append(step)


def command(line: str, namespace: str = "default", *, inside: str = "") -> str:
    """Return a line of kubectl; a Namespace is named only if it is another than `default`.

    Args:
        line: what stands behind "kubectl".
        namespace: the Namespace, "" for none.
        inside: the command that is run in a container.

    >>> command("exec client", "shop", inside="nslookup web")
    'kubectl exec client -n shop -- nslookup web'
    """
    whole = with_namespace(line, namespace)
    return f"{whole} -- {inside}" if inside else whole
