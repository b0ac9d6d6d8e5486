"""The sentences about what runs in a cluster: what a code of `facts.health` says, why it matters, and what to do.

They are tables as those of `words`, which asks them where it does not have a code itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from k8snotes.catalogue import _, ngettext

__all__ = ["FIX", "WHAT", "WHY"]

_Parts = Mapping[str, Any]
_Sentence = str | Callable[[_Parts], str]


def _with_message(sentence: str, parts: _Parts) -> str:
    """Return a sentence with what Kubernetes says of it, where it says something."""
    message = parts.get("message") or ""
    return (
        _("{sentence} Kubernetes says: {message}", sentence=sentence, message=message)
        if message
        else sentence
    )


def _pods_wait(parts: _Parts) -> str:
    said = ngettext(
        "{n} Pod of {workload} waits ({reason}): {pods}.",
        "{n} Pods of {workload} wait ({reason}): {pods}.",
        parts["n"],
        workload=parts["workload"],
        reason=parts["reason"],
        pods=parts["pods"],
    )
    return _with_message(said, parts)


def _pods_image(parts: _Parts) -> str:
    said = ngettext(
        "{n} Pod of {workload} cannot get the image {image} ({reason}).",
        "{n} Pods of {workload} cannot get the image {image} ({reason}).",
        parts["n"],
        workload=parts["workload"],
        image=parts["image"],
        reason=parts["reason"],
    )
    return _with_message(said, parts)


def _pods_crash(parts: _Parts) -> str:
    said = ngettext(
        "A container of {n} Pod of {workload} ends again and again ({reason}): {pods}.",
        "Containers of {n} Pods of {workload} end again and again ({reason}): {pods}.",
        parts["n"],
        workload=parts["workload"],
        reason=parts["reason"],
        pods=parts["pods"],
    )
    if not parts["message"]:
        return said
    return _("{sentence} The last one ended with: {how}.", sentence=said, how=parts["message"])


def _pods_pending(parts: _Parts) -> str:
    said = ngettext(
        "{n} Pod of {workload} has no Node: {pods}.",
        "{n} Pods of {workload} have no Node: {pods}.",
        parts["n"],
        workload=parts["workload"],
        pods=parts["pods"],
    )
    return _with_message(said, parts)


def _pods_none_ready(parts: _Parts) -> str:
    return ngettext(
        "The Pod of {workload} is not ready: {pods}.",
        "None of the {n} Pods of {workload} is ready: {pods}.",
        parts["n"],
        workload=parts["workload"],
        pods=parts["pods"],
    )


def _pods_not_ready(parts: _Parts) -> str:
    return ngettext(
        "{n} of {total} Pods of {workload} is not ready: {pods}.",
        "{n} of {total} Pods of {workload} are not ready: {pods}.",
        parts["n"],
        total=parts["total"],
        workload=parts["workload"],
        pods=parts["pods"],
    )


def _pods_unknown(parts: _Parts) -> str:
    return ngettext(
        "The kubelet no longer tells how {n} Pod of {workload} is: {pods}.",
        "The kubelet no longer tells how {n} Pods of {workload} are: {pods}.",
        parts["n"],
        workload=parts["workload"],
        pods=parts["pods"],
    )


def _pods_failed(parts: _Parts) -> str:
    said = ngettext(
        "{n} Pod of {workload} has failed ({reason}): {pods}.",
        "{n} Pods of {workload} have failed ({reason}): {pods}.",
        parts["n"],
        workload=parts["workload"],
        reason=parts["reason"],
        pods=parts["pods"],
    )
    return _with_message(said, parts)


def _pods_restart(parts: _Parts) -> str:
    return ngettext(
        "A container of {n} Pod of {workload} was started again at least 5 times: {pods}.",
        "Containers of {n} Pods of {workload} were started again at least 5 times: {pods}.",
        parts["n"],
        workload=parts["workload"],
        pods=parts["pods"],
    )


def _pods_terminating(parts: _Parts) -> str:
    return ngettext(
        "{n} Pod of {workload} should be gone by now: {pods}.",
        "{n} Pods of {workload} should be gone by now: {pods}.",
        parts["n"],
        workload=parts["workload"],
        pods=parts["pods"],
    )


def _workload_lacks(parts: _Parts) -> str:
    return ngettext(
        "{object} wants {n} Pod, but {there} exist.",
        "{object} wants {n} Pods, but {there} exist.",
        parts["wants"],
        object=parts["object"],
        there=parts["there"],
    )


def _workload_without(parts: _Parts) -> str:
    return ngettext(
        "{object} wants {n} Pod, but none exists.",
        "{object} wants {n} Pods, but none exists.",
        parts["wants"],
        object=parts["object"],
    )


def _port_nowhere(parts: _Parts) -> str:
    if not parts["declared"]:
        return _(
            'Port {of} of {object} leads to the container port "{port}", but the Pods ({pods}) declare no ports.',
            **_named(parts, "of", "object", "port", "pods"),
        )
    return _(
        'Port {of} of {object} leads to the container port "{port}", but the Pods ({pods}) have only {declared}.',
        **_named(parts, "of", "object", "port", "pods", "declared"),
    )


def _named(parts: _Parts, *names: str) -> dict[str, Any]:
    return {name: parts[name] for name in names}


def _port_in_part(parts: _Parts) -> str:
    return ngettext(
        'Port {of} of {object} leads to the container port "{port}", which {n} of its Pods does not have: {pods}.',
        'Port {of} of {object} leads to the container port "{port}", which {n} of its Pods do not have: {pods}.',
        parts["n"],
        **_named(parts, "of", "object", "port", "pods"),
    )


def _two_workloads(parts: _Parts) -> str:
    return ngettext(
        "{object} selects Pods of {n} workload: {workloads}.",
        "{object} selects Pods of {n} workloads: {workloads}.",
        parts["n"],
        **_named(parts, "object", "workloads"),
    )


def _several_budgets(parts: _Parts) -> str:
    return ngettext(
        "{n} Pod of {object} has more than one budget: {budgets}.",
        "{n} Pods of {object} have more than one budget: {budgets}.",
        parts["n"],
        **_named(parts, "object", "budgets"),
    )


def _scaler_beyond(parts: _Parts) -> str:
    return ngettext(
        "With {n} Pod, {object} would request {amount} {resource}, but all Nodes together have {there}.",
        "With {n} Pods, {object} would request {amount} {resource}, but all Nodes together have {there}.",
        parts["n"],
        **_named(parts, "object", "amount", "resource", "there"),
    )


def _budget_never(parts: _Parts) -> str:
    return ngettext(
        "{object} never allows an eviction: {field} is {value}, and it guards {n} Pod.",
        "{object} never allows an eviction: {field} is {value}, and it guards {n} Pods.",
        parts["n"],
        **_named(parts, "object", "field", "value"),
    )


def _node(sentence: str) -> Callable[[_Parts], str]:
    """Return a sentence about a Node that ends with what Kubernetes says of it."""
    return lambda parts: _with_message(str(sentence).format_map(parts), parts)


def _without_policy(parts: _Parts) -> str:
    return ngettext(
        "Namespace {namespace} has NetworkPolicies, but none is for {n} of its Pods: {pods}.",
        "Namespace {namespace} has NetworkPolicies, but none is for {n} of its Pods: {pods}.",
        parts["n"],
        **_named(parts, "namespace", "pods"),
    )


def _unused(parts: _Parts) -> str:
    return ngettext(
        "Nothing in the cluster names {n} {kind}: {names}.",
        "Nothing in the cluster names {n} objects of kind {kind}: {names}.",
        parts["n"],
        **_named(parts, "kind", "names"),
    )


def _not_in_dump(parts: _Parts) -> str:
    return ngettext(
        "What was read has no object of kind {kind}, so {n} name of one was not checked.",
        "What was read has no object of kind {kind}, so {n} names of some were not checked.",
        parts["n"],
        kind=parts["kind"],
    )


WHAT: dict[str, _Sentence] = {
    "service-selects-none": _("{object} leads to no Pod: it {why}."),
    "service-none-ready": _("No Pod behind {object} can answer: {why}."),
    "service-without-endpoints": _(
        "{object} has neither a selector nor an EndpointSlice, so it leads nowhere."
    ),
    "service-port-nowhere": _port_nowhere,
    "service-port-in-part": _port_in_part,
    "service-port-undeclared": _(
        "Port {of} of {object} leads to port {port} of the Pods ({pods}), which declare only {declared}."
    ),
    "service-scaled-to-zero": _("{object} leads to no Pod, because {workload} is scaled to 0."),
    "service-two-workloads": _two_workloads,
    "service-one-endpoint": _("Only one Pod answers for {object}."),
    "service-no-load-balancer": _("{object} is of type LoadBalancer, but it has no external address."),
    "ingress-no-service": _("{object} sends requests to the Service {name}, which does not exist."),
    "ingress-no-port": _("{object} sends requests to port {port} of the Service {name}, which has {ports}."),
    "ingress-port-error": _("The load balancer of {object} reports an error for port {port}: {error}."),
    "ingress-no-class": _("{object} names the IngressClass {name}, which does not exist."),
    "route-backend": _("A backend of {object} does not exist: {message}."),
    "route-no-gateway": _("{object} names a Gateway that does not exist: {gateways}."),
    "node-not-ready": _node(_("{object} is not ready ({condition} is {status}). Pods on it: {n}.")),
    "node-without-network": _node(_("{object} has no network ({condition} is {status}). Pods on it: {n}.")),
    "node-pressure": _node(_("{object} runs out of something ({condition} is {status}). Pods on it: {n}.")),
    "node-condition-unknown": _("{object} no longer reports the condition {condition}."),
    "node-cordoned": _("{object} is cordoned."),
    "taint-tolerated-by-none": _("No workload tolerates the taint {taint} of {object}."),
    "one-control-plane": _("{object} is the only Node of the control plane."),
    "pods-image": _pods_image,
    "pods-crash": _pods_crash,
    "pods-not-configured": _pods_wait,
    "pods-waiting": _pods_wait,
    "pods-pending": _pods_pending,
    "pods-none-ready": _pods_none_ready,
    "pods-not-ready": _pods_not_ready,
    "pods-unknown": _pods_unknown,
    "pods-failed": _pods_failed,
    "pods-restart": _pods_restart,
    "pods-terminating": _pods_terminating,
    "memory-near-limit": _("Container {container} of Pod {pod} uses {percent}% of its memory limit."),
    "cpu-throttled": _("Container {container} of Pod {pod} would use more CPU than it gets."),
    "workload-trouble": _("{object} has the condition {condition} ({reason}). Kubernetes says: {message}"),
    "workload-without-pods": _workload_without,
    "workload-lacks-pods": _workload_lacks,
    "workload-at-zero": _("{object} is scaled to 0."),
    "cronjob-suspended": _("{object} is suspended."),
    "workload-without-budget": _("No PodDisruptionBudget guards the Pods of {object}."),
    "object-missing": _("{object} needs the {kind} {name}, which does not exist."),
    "key-missing": _('{object} needs the key "{key}", which the {kind} {name} does not have.'),
    "pull-secret-missing": _("{object} names the Secret {name} for pulling images, which does not exist."),
    "claim-pending": _("{object} has no volume. {why}"),
    "claim-lost": _("{object} has lost its volume. {why}"),
    "claim-waits-for-pod": _("{object} has no volume yet. {why}"),
    "volume-failed": lambda parts: _with_message(
        _("{object} is in phase {phase}.", **_named(parts, "object", "phase")), parts
    ),
    "volume-free": _("{object} is in phase {phase}: no claim has it."),
    "quota-full": _("Namespace {namespace} uses all of {resource} that {object} allows ({used} of {hard})."),
    "quota-exceeded": _(
        "Namespace {namespace} uses more {resource} than {object} allows ({used} of {hard})."
    ),
    "namespace-terminating": lambda parts: _with_message(
        _("{object} is being deleted ({phase}).", **_named(parts, "object", "phase")), parts
    ),
    "scaler-no-target": _("{object} scales {target}, which cannot be read. Kubernetes says: {message}"),
    "scaler-without-metrics": _("{object} cannot scale ({reason}). Kubernetes says: {message}"),
    "scaler-at-most": _("{object} has reached maxReplicas ({n}) and would add more Pods."),
    "scaler-beyond-nodes": _scaler_beyond,
    "scalers-beyond-nodes": _(
        "If all autoscalers go to their most, they request {amount} {resource}, but all Nodes together have {there}."
    ),
    "budget-never-allows": _budget_never,
    "budget-blocked": _(
        "{object} allows no eviction now: {healthy} Pods are ready, and {desired} have to be."
    ),
    "budget-selects-none": _("{object} guards no Pod."),
    "several-budgets": _several_budgets,
    "policy-selects-none": _(
        "{object} is for no Pod: none in namespace {namespace} has the labels {selector}."
    ),
    "policy-peer-none": _("A rule of {object} ({direction}) is for Pods that do not exist: {peer}."),
    "policy-namespace-none": _(
        "A rule of {object} ({direction}) is for namespaces that do not exist: {peer}."
    ),
    "policy-denies-all": _(
        "{object} drops all packets of its Pods ({directions}), unless another policy allows them. Its Pods: {n}."
    ),
    "policy-allows-all": _("{object} allows all packets of its Pods ({directions}). Its Pods: {n}."),
    "pods-without-policy": _without_policy,
    "binding-without-role": _("{object} names the {kind} {name}, which does not exist."),
    "binding-without-account": _("{object} gives rights to ServiceAccounts that do not exist: {names}."),
    "bare-pod": _("No workload makes {object} again."),
    "no-requests": _("{object} requests neither CPU nor memory for {containers}."),
    "no-memory-limit": _("{object} sets no memory limit for {containers}."),
    "no-readiness-probe": _("{object} has no readiness probe for {containers}, and a Service leads there."),
    "no-liveness-probe": _("{object} has no liveness probe for {containers}."),
    "image-without-tag": _("{object} names no tag for the image of {containers}."),
    "image-latest": _("{object} names the tag latest for the image of {containers}."),
    "may-run-as-root": _("{object} may run {containers} as root."),
    "default-account": _("The Pods of {object} run as the ServiceAccount default."),
    "token-mounted": _("The Pods of {object} get a token of the ServiceAccount {account}."),
    "unused": _unused,
    "not-in-the-dump": _not_in_dump,
}

_NO_ANSWER = _("Requests to it get no answer.")
_OTHERS_MAY_GET_IT = _("Clients may get an answer from Pods that were not meant.")
_NO_START = _("A container does not start before its Pod has all that it names.")
_DRAIN = _("kubectl drain and upgrades of Nodes wait without end for a Pod that may not be evicted.")
_SAME_IMAGE = _("A new Pod may get another image than the Pods that run.")
_NOT_ONE = _("Users do not notice the loss of one Pod if another one answers.")
_COLLECTS = _("What nobody uses costs time when people look for what matters.")
_FEWER = _("Fewer Pods than wanted share the load, or none answers at all.")
_NO_EFFECT = _("It has no effect.")

WHY: dict[str, _Sentence] = {
    "service-selects-none": _NO_ANSWER,
    "service-none-ready": _NO_ANSWER,
    "service-without-endpoints": _NO_ANSWER,
    "service-port-nowhere": _NO_ANSWER,
    "service-port-in-part": _("Those Pods get no traffic on this port."),
    "service-port-undeclared": _(
        "To declare a port opens nothing, and to leave it out closes nothing. But one of the two numbers may be wrong."
    ),
    "service-scaled-to-zero": _NO_ANSWER,
    "service-two-workloads": _OTHERS_MAY_GET_IT,
    "service-one-endpoint": _NOT_ONE,
    "service-no-load-balancer": _(
        "Without a cloud controller or something like it, nothing gives it an address."
    ),
    "ingress-no-service": _NO_ANSWER,
    "ingress-no-port": _NO_ANSWER,
    "ingress-port-error": _("Requests from outside may not reach it on this port."),
    "ingress-no-class": _("No controller acts on an Ingress whose class it does not know."),
    "route-backend": _NO_ANSWER,
    "route-no-gateway": _("No Gateway takes requests for it."),
    "node-not-ready": _("Its Pods get no traffic, and after some minutes they are evicted."),
    "node-without-network": _("Its Pods cannot reach other Nodes, and are not reached from there."),
    "node-pressure": _("The kubelet evicts Pods until enough is free again."),
    "node-condition-unknown": _("The kubelet, or what reports this, may have stopped."),
    "node-cordoned": _("The scheduler binds no new Pod to it."),
    "taint-tolerated-by-none": _("Nothing can run there, so the Node may be idle."),
    "one-control-plane": _("While it is down, nothing can be changed or started anew."),
    "pods-image": _("A Pod runs only when its Node has all of its images."),
    "pods-crash": _("The kubelet starts it again, and waits longer each time, up to 5 minutes."),
    "pods-not-configured": _NO_START,
    "pods-waiting": _NO_START,
    "pods-pending": _("A Pod runs only when the scheduler finds a Node for it."),
    "pods-none-ready": _("Services send no traffic to a Pod that is not ready."),
    "pods-not-ready": _("Services send no traffic to a Pod that is not ready."),
    "pods-unknown": _("Nobody knows whether they still run."),
    "pods-failed": _("They stay in the list until somebody deletes them, and their reason is worth a look."),
    "pods-restart": _("Each restart ends the requests that are being answered."),
    "pods-terminating": _("A finalizer or a silent kubelet keeps them, and with them their place and names."),
    "memory-near-limit": _("A container that uses more memory than its limit is killed."),
    "cpu-throttled": _("It waits for CPU, so it answers slowly."),
    "workload-trouble": _("Its controller cannot do what it should."),
    "workload-without-pods": _FEWER,
    "workload-lacks-pods": _FEWER,
    "workload-at-zero": _("Nothing of it runs. This is right if it was meant."),
    "cronjob-suspended": _("It makes no Jobs. This is right if it was meant."),
    "workload-without-budget": _("kubectl drain may evict all of its Pods at the same time."),
    "object-missing": _NO_START,
    "key-missing": _NO_START,
    "pull-secret-missing": _("The kubelet pulls without a password, which private registries refuse."),
    "claim-pending": _("A Pod waits until all of its claims have a volume."),
    "claim-lost": _("Its data are gone, and Pods that use it do not start."),
    "claim-waits-for-pod": _("It gets a volume with the first Pod that uses it."),
    "volume-failed": _("No Pod can use it."),
    "volume-free": _("It costs storage. A released volume still has the data of its last claim."),
    "quota-full": _("The API server refuses the next object that would use more of it."),
    "quota-exceeded": _("What runs stays, but the API server refuses every new object that uses some of it."),
    "namespace-terminating": _("Nothing new can be created in it, and what is left in it keeps it."),
    "scaler-no-target": _NO_EFFECT,
    "scaler-without-metrics": _("It does not change the number of Pods, whatever the load is."),
    "scaler-at-most": _("More load makes the Pods slower, because no more Pods are added."),
    "scaler-beyond-nodes": _("The last Pods would wait for a Node when the load is highest."),
    "scalers-beyond-nodes": _("The last Pods would wait for a Node when the load is highest."),
    "budget-never-allows": _DRAIN,
    "budget-blocked": _DRAIN,
    "budget-selects-none": _NO_EFFECT,
    "several-budgets": _("The Eviction API refuses such a Pod with an error, so a drain never ends."),
    "policy-selects-none": _NO_EFFECT,
    "policy-peer-none": _("This part of the rule allows nothing."),
    "policy-namespace-none": _("This part of the rule allows nothing."),
    "policy-denies-all": _("This is a usual first policy. What is needed has to be allowed by others."),
    "policy-allows-all": _("Other policies cannot take away what it allows."),
    "pods-without-policy": _("These Pods take packets from everywhere, and send them everywhere."),
    "binding-without-role": _("The binding gives no rights. If such a role is made later, it does."),
    "binding-without-account": _("Whoever creates such an account gets these rights."),
    "bare-pod": _("When its Node fails or is drained, the Pod is gone for good."),
    "no-requests": _(
        "The scheduler takes it for nothing, and it is the first to be evicted when memory runs out."
    ),
    "no-memory-limit": _("One leak can take the memory of the whole Node."),
    "no-readiness-probe": _("Services send traffic to it before its program can answer."),
    "no-liveness-probe": _("A program that hangs is not started again."),
    "image-without-tag": _SAME_IMAGE,
    "image-latest": _SAME_IMAGE,
    "may-run-as-root": _("A program that breaks out of its container is root on the Node."),
    "default-account": _("Rights that are given to this account are given to all such Pods."),
    "token-mounted": _("Whoever takes over the program can ask the API server with it."),
    "unused": _COLLECTS,
    "not-in-the-dump": _("Without these objects nobody can say whether one is missing."),
}

FIX: dict[str, _Sentence] = {
    "service-without-endpoints": _("Give it a selector, or delete it."),
    "pods-without-policy": _("A policy with an empty podSelector is for all Pods of the namespace."),
    "policy-selects-none": _("Compare its podSelector with the labels of the Pods."),
    "bare-pod": _("Create a Deployment in its place."),
    "no-requests": _("Write resources.requests. c.top() shows what containers use."),
    "no-memory-limit": _("Write resources.limits.memory."),
    "image-without-tag": _("Write the version that was tested."),
    "image-latest": _("Write the version that was tested."),
    "may-run-as-root": _("Write securityContext.runAsNonRoot: true, if the image allows it."),
    "token-mounted": _("Write automountServiceAccountToken: false, unless the program asks the API server."),
    "default-account": _("Create a ServiceAccount for it."),
    "budget-never-allows": _("Allow at least one eviction, or run more Pods."),
    "several-budgets": _("Keep one budget for each Pod."),
    "workload-without-budget": _("Create a PodDisruptionBudget with maxUnavailable: 1."),
    "not-in-the-dump": _("Add them to the dump: kubectl get -A -o yaml with their kind."),
    "pull-secret-missing": _("Create it: kubectl create secret docker-registry."),
}
