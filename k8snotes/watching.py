"""What a reader watches: who did what, what runs where, a Pod from within, what changed since, step by step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Self

from k8snotes.api.kinds import parse_ref
from k8snotes.api.objects import Pod
from k8snotes.asking import Asking
from k8snotes.control_plane.apiserver import Change
from k8snotes.control_plane.component import Component
from k8snotes.errors import ClusterError
from k8snotes.facts.architecture import Architecture, architecture
from k8snotes.facts.diff import diff
from k8snotes.facts.inside import inside
from k8snotes.facts.timeline import timeline

if TYPE_CHECKING:
    from k8snotes.figures.figure import Figure
    from k8snotes.figures.timeline import TimelineFigure
    from k8snotes.widgets.player import Player

__all__ = ["Watching"]


class Watching(Asking):
    """The half of a cluster that shows how it works."""

    components: tuple[Component, ...]

    def timeline(
        self, ref: str | None = None, since: Watching | int | None = None, *, unfold: bool = False
    ) -> TimelineFigure:
        """Draw who did what, in order, a lane for each component; `.table` has the same as a pandas table.

        With `ref` ("pod/web-1") it tells of one object: what was done to it, and because of it. `since` is
        an earlier copy of this cluster (`before = c.copy()`) or a moment of its clock in seconds; then only
        what came after is told. Of a long history the last 40 rows are drawn; the words and the table have
        all. Raises ClusterError, RefError, NotFoundError.

        >>> import k8snotes as kn
        >>> c = kn.Cluster(nodes=1)
        >>> _ = c.apply("{apiVersion: v1, kind: Pod, metadata: {name: web}, spec: {containers: [{name: a, image: b}]}}")
        >>> _ = c.settle()
        >>> print(c.timeline("pod/web").text)
        timeline of pod/web: 4 changes in 4 steps
             0 s  kubectl (you) creates pod/web
             0 s  kube-scheduler binds pod/web: 1 of 1 Nodes fit, node-1 is best
             1 s  kubelet on node-1 starts pod/web: the pause container runs and holds the Pod IP
             2 s  kubelet on node-1 starts pod/web: its containers run: a
        """
        from k8snotes.figures.timeline import timeline_figure  # noqa: PLC0415  # views come last

        log = self.api.log
        about = "" if ref is None else str(parse_ref(ref))
        skip = self._since(since) if isinstance(since, Watching) else 0
        begins = since if isinstance(since, int) else None
        if since is not None and not isinstance(since, Watching | int):
            raise ClusterError(_wrong_since(since, ", or a moment of the clock in seconds, such as 12"))
        facts = timeline(log, self.api, ref=about, skip=skip, since=begins)
        if about and not any(change.ref == about for change in log):
            _ = self[str(ref)]  # it was never written; NotFoundError, where it is not there either
        return timeline_figure(facts, unfold=unfold)

    def architecture(self, *, unfold: bool = False) -> Figure:
        """Draw the Master (today: control plane) with its programs, and each Node with its own and its Pods.

        >>> import k8snotes as kn
        >>> c = kn.load("guestbook")
        >>> c.architecture()
        <Figure Master and Nodes: 3 Nodes, 9 Pods>

        Source of the rule: https://kubernetes.io/docs/concepts/architecture/
        """
        from k8snotes.figures.architecture import architecture_figure  # noqa: PLC0415  # views come last

        return architecture_figure(self._architecture(), unfold=unfold)

    def inside(self, ref: str) -> Figure:
        """Draw one Pod from within: pause container, network, containers, ports, volumes, restarts.

        Raises NotFoundError, and ClusterError for what is no Pod.

        >>> import k8snotes as kn
        >>> c = kn.load("guestbook")
        >>> c.inside("pod/client")
        <Figure inside pod/client: pause and 1 container, ready>
        """
        from k8snotes.figures.inside import inside_figure  # noqa: PLC0415  # views come last

        pod = self[ref]
        if not isinstance(pod, Pod):
            raise ClusterError(
                f'Only a Pod can be looked into; {pod.ref} is a {pod.kind}. c.get("pods") lists the Pods.'
            )
        return inside_figure(inside(self.api, pod))

    def diff(self, since: Watching, *, unfold: bool = False) -> Figure:
        """Draw what changed since an earlier copy (`before = c.copy()`), and what is wanted and what is there.

        Raises ClusterError if `since` is no cluster.

        >>> import k8snotes as kn
        >>> c = kn.Cluster(nodes=1)
        >>> before = c.copy()
        >>> c.cordon("node-1")
        >>> c.diff(since=before)
        <Figure what changed: 1 changed>
        """
        from k8snotes.figures.diff import diff_figure  # noqa: PLC0415  # views come last

        if not isinstance(since, Watching):
            raise ClusterError(_wrong_since(since))
        return diff_figure(diff(since.api, self.api), unfold=unfold)

    def play(self) -> Player:
        """Return the player: step, back and play, with the picture of Master and Nodes after each step.

        It plays on a copy: this cluster stays as it is. Change something first, and do not settle: then
        there is something to be seen.

        >>> import k8snotes as kn
        >>> c = kn.Cluster(nodes=1)
        >>> _ = c.apply("{apiVersion: v1, kind: Pod, metadata: {name: web}, spec: {containers: [{name: a, image: b}]}}")
        >>> player = c.play()
        >>> player.step()
        >>> print(player.words)
        kube-scheduler binds pod/web: 1 of 1 Nodes fit, node-1 is best
        """
        from k8snotes.widgets.player import Player  # noqa: PLC0415  # views come last

        return Player(self.copy(), lambda cluster, changes: cluster._architecture(changes))  # noqa: SLF001  # a copy of its own

    # ---- inner

    def copy(self) -> Self:
        """Return an independent cluster in the same state."""
        raise KeyError

    def step(self) -> Sequence[Change]:
        """Let the next component that has something to do act once; returns what it did, in order."""
        raise KeyError

    def _architecture(self, changes: Sequence[Change] = ()) -> Architecture:
        store = self.api.store
        return architecture(
            self.api,
            controllers=[item.name for item in self.components if item.name not in _OF_THEIR_OWN],
            counts={name: len(store.list(name)) for name in store.resources()},
            changes=changes,
        )

    def _since(self, earlier: Watching) -> int:
        """Return how long the log was in an earlier copy."""
        log = earlier.api.log
        if self.api.log[: len(log)] != log:
            raise ClusterError(
                "`since` is no earlier copy of this cluster: its history is another one. "
                "Write before = c.copy(), change c, and ask c.timeline(since=before)."
            )
        return len(log)


def _wrong_since(since: object, more: str = "") -> str:
    return (
        f"`since` is an earlier copy of the cluster{more}, and this is of type {type(since).__name__}. "
        "Write before = c.copy(), change c, and ask with since=before."
    )


_OF_THEIR_OWN = ("kube-scheduler", "kubelet", "cloud-controller-manager")
