"""Access reviews beside the loop that evaluates them without an index, in one process. Run it as a script.

1,000 Roles in 20 Namespaces, each bound to a user and a group of its own; 1,000 questions about 100 users. The peer
looks at every binding of the cluster and of the Namespace for every question, and at every rule of a role that applies,
as Kubernetes' own authorizer does.
"""

from __future__ import annotations

# ruff: noqa: T201
import statistics
import time
from itertools import product

import k8snotes as kn
from k8snotes.api.policy_rule import Request
from k8snotes.control_plane import caches
from k8snotes.control_plane.authorizer import User, user_named

ROLES, NAMESPACES, QUESTIONS = 1_000, 20, 1_000
ROUNDS = 5
VERBS, RESOURCES = (
    ("get", "list", "create", "delete"),
    ("pods", "services", "configmaps", "secrets", "events"),
)


def big_cluster() -> kn.Cluster:
    """Return a cluster with the roles and their bindings."""
    c = kn.Cluster(nodes=0)
    c.create(
        [
            {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": f"ns-{at}"}}
            for at in range(NAMESPACES)
        ]
    )
    group = "rbac.authorization.k8s.io"
    kinds = list(product(VERBS, RESOURCES))
    for at in range(ROLES):
        verb, resource = kinds[at % len(kinds)]
        home = {"name": f"role-{at}", "namespace": f"ns-{at % NAMESPACES}"}
        rules = [{"apiGroups": [""], "resources": [resource], "verbs": [verb]}]
        subjects = [
            {"apiGroup": group, "kind": "User", "name": f"user-{at % 100}"},
            {"apiGroup": group, "kind": "Group", "name": f"group-{at}"},
        ]
        ref = {"apiGroup": group, "kind": "Role", "name": f"role-{at}"}
        version = f"{group}/v1"
        c.create(
            [
                {"apiVersion": version, "kind": "Role", "metadata": home, "rules": rules},
                {
                    "apiVersion": version,
                    "kind": "RoleBinding",
                    "metadata": home,
                    "roleRef": ref,
                    "subjects": subjects,
                },
            ]
        )
    return c


def questions() -> list[tuple[User, Request]]:
    """Return what is asked, and for whom."""
    kinds = list(product(VERBS, RESOURCES))
    asked = []
    for at in range(QUESTIONS):
        verb, resource = kinds[(at * 7) % len(kinds)]
        request = Request(verb, resource, namespace=f"ns-{at % NAMESPACES}")
        asked.append((user_named(f"user-{at % 100}", [f"group-{at * 3 % ROLES}"]), request))
    return asked


def review(c: kn.Cluster, asked: list[tuple[User, Request]]) -> int:
    """Answer all questions; returns how many are allowed."""
    return sum(c.api.authorizer.review(user, request).allowed for user, request in asked)


def seconds(work, rounds: int = ROUNDS) -> float:
    """Return the median time of some rounds."""
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return statistics.median(times)


def main() -> None:
    """Print the measurements."""
    c, asked = big_cluster(), questions()
    allowed = review(c, asked)
    with caches.switched_off():
        assert review(c, asked) == allowed
        naive = seconds(lambda: review(c, asked), 3)
    fast = seconds(lambda: review(c, asked))
    first = seconds(lambda: review(c.copy(), asked))
    print(f"{QUESTIONS} reviews against {ROLES} roles ({allowed} allowed): {QUESTIONS / fast:,.0f} a second")
    print(f"  beside the loop over all bindings: {naive / fast:.1f} times as fast")
    print(
        f"  the index made for them too: {QUESTIONS / first:,.0f} a second, {naive / first:.1f} times as fast"
    )


if __name__ == "__main__":
    main()
