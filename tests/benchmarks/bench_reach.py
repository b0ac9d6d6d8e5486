"""Who may reach whom among 1,000 Pods with 200 NetworkPolicies, beside the double loop that asks for each pair. Run it as a script.

Every Pod has an app of its own, so that no two of them are alike by their labels.
"""

from __future__ import annotations

# ruff: noqa: T201
import random
import time

import k8snotes as kn
from k8snotes.api.kinds.pod import Pod
from k8snotes.facts.reach import reach
from k8snotes.network.policy import Party, Policies

PODS, POLICIES, NAMESPACES = 1_000, 200, 10
PORTS = ((8080, "TCP"), (9090, "TCP"))
SHARE = 50  # one in so many sources is asked in the double loop


def cluster() -> kn.Cluster:
    """Return the cluster."""
    rng = random.Random(1)  # noqa: S311  # no secret
    c = kn.Cluster(nodes=40, cpu=64, memory="256Gi")
    ports = [{"containerPort": 8080, "name": "http"}, {"containerPort": 9090}]
    for at in range(NAMESPACES):
        labels = {"team": f"t{at % 3}"}
        c.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": f"ns{at}", "labels": labels}})
    for at in range(PODS):
        labels = {"app": f"a{at}", "tier": f"t{at % 5}"}
        metadata = {"name": f"p{at}", "namespace": f"ns{at % NAMESPACES}", "labels": labels}
        spec = {"containers": [{"name": "c", "image": "x", "ports": ports}]}
        c.create({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec})
    for at in range(POLICIES):
        c.create(policy(rng, at))
    c.settle()
    return c


def policy(rng: random.Random, at: int) -> dict[str, object]:
    """Return a policy for a tier or an app, with Pods of its own Namespace and of a team as peers."""
    peers = [
        {"podSelector": {"matchLabels": {"app": f"a{rng.randrange(PODS)}"}}},
        {
            "namespaceSelector": {"matchLabels": {"team": f"t{rng.randrange(3)}"}},
            "podSelector": {"matchLabels": {"tier": f"t{rng.randrange(5)}"}},
        },
    ]
    chosen = {"tier": f"t{at % 5}"} if at % 2 else {"app": f"a{rng.randrange(PODS)}"}
    spec: dict[str, object] = {
        "podSelector": {"matchLabels": chosen},
        "ingress": [{"from": peers, "ports": [{"port": "http" if at % 3 else 9090}]}],
    }
    if at % 4 == 0:
        spec |= {"policyTypes": ["Ingress", "Egress"], "egress": [{"to": peers, "ports": [{"port": 8080}]}]}
    metadata = {"name": f"np{at}", "namespace": f"ns{at % NAMESPACES}"}
    return {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": metadata, "spec": spec}


def naive(policies: Policies, sources: list[Pod], pods: list[Pod]) -> int:
    """Ask for each pair and port; returns how many connections are allowed."""
    allowed = 0
    for source in sources:
        for target in pods:
            for port, protocol in PORTS:
                out = policies.judge(
                    "egress", source, Party(target.ip, target), port, protocol, nearest=False
                )
                allowed += (
                    out.allowed
                    and policies.judge(
                        "ingress", target, Party(source.ip, source), port, protocol, nearest=False
                    ).allowed
                )
    return allowed


def main() -> None:
    """Print the figures."""
    c = cluster()
    began = time.perf_counter()
    state = c.simulation.network.state
    facts = reach(c.api, state)
    allowed, total = facts.counted
    ours = time.perf_counter() - began
    pods = [pod for pod in c.objects("pods") if isinstance(pod, Pod)]
    sources = pods[::SHARE]
    began = time.perf_counter()
    naive(state.policies, sources, pods)
    theirs = (time.perf_counter() - began) * SHARE
    kinds = len({group.kind for group in facts.groups})
    print(f"{len(facts.groups):,} groups of {kinds} kinds; {allowed:,} of {total:,} connections allowed")
    print(f"reach: {ours:.2f} s; the double loop: about {theirs:.0f} s; ratio 1/{theirs / ours:.0f}")


if __name__ == "__main__":
    main()
