"""What one rule of kube-proxy asks of a packet, and what it is for, in words."""

from __future__ import annotations

from fractions import Fraction

from k8snotes.node.iptables import Match, Rule

__all__ = ["as_fraction", "match_words", "purpose"]

_MARKS = (
    "marks it for masquerade: its source will become the Node's address, so that the answer comes back here"
)
_HAIRPIN = (
    "hairpin: a Pod that is led back to itself is marked for masquerade, or it would answer itself directly"
)
_FIXED = {  # rules that stand on every Node, whatever Services there are
    (
        "nat",
        "PREROUTING",
        "KUBE-SERVICES",
    ): "what comes in, from Pods or the network, meets the Services' rules",
    ("nat", "OUTPUT", "KUBE-SERVICES"): "what programs on the Node itself send meets the Services' rules too",
    ("nat", "POSTROUTING", "KUBE-POSTROUTING"): "what leaves is asked for the mark",
    (
        "nat",
        "KUBE-SERVICES",
        "KUBE-NODEPORTS",
    ): "what is sent to the Node itself may be meant for a node port",
    ("nat", "KUBE-MARK-MASQ", "MARK"): "the mark: rewrite this packet's source when it leaves",
    ("nat", "KUBE-POSTROUTING", "RETURN"): "what has no mark keeps its source",
    ("nat", "KUBE-POSTROUTING", "MARK"): "takes the mark off again",
    ("nat", "KUBE-POSTROUTING", "MASQUERADE"): "the source becomes the Node's address",
    ("filter", "KUBE-FIREWALL", "DROP"): "nobody outside reaches the Node's loopback addresses",
    ("filter", "KUBE-FORWARD", "DROP"): "what belongs to no known connection is dropped",
    ("filter", "KUBE-FORWARD", "ACCEPT"): "what was led on by a Service, and its answers, may pass",
}
_HOOKS = {
    "KUBE-FIREWALL": "the Node's loopback addresses are guarded",
    "KUBE-PROXY-FIREWALL": "load balancers with loadBalancerSourceRanges let in these ranges alone",
    "KUBE-NODEPORTS": "health checks of load balancers may come in",
    "KUBE-EXTERNAL-SERVICES": "Services without endpoints are refused at their outside addresses",
    "KUBE-SERVICES": "Services without endpoints are refused at their Cluster IP",
    "KUBE-FORWARD": "what only passes through this Node",
}


def match_words(match: Match) -> str:
    """Say what a packet must be like for a rule to act.

    >>> print(match_words(Match(destination="10.96.0.20/32", protocol="tcp", dport=80)))
    to 10.96.0.20, TCP port 80
    >>> print(match_words(Match(source="! 10.244.0.0/16")))
    not from 10.244.0.0/16
    >>> print(match_words(Match(probability=1 / 3)))
    by chance, 0.333
    >>> print(match_words(Match()))
    every packet
    """
    words = [
        _range("from", match.source),
        "from this Node itself" if match.src_type else "",
        _range("to", match.destination),
        "to an address of this Node" if match.dst_type else "",
        f"{match.protocol.upper()}{f' port {match.dport}' if match.dport else ''}" if match.protocol else "",
        _turned("marked", match.mark),
        _state(match.ctstate),
        "" if match.probability is None else f"by chance, {match.probability:.3g}",
    ]
    if match.recent and match.recent.seconds is not None:
        words.append(f"its sender had this endpoint within the last {match.recent.seconds} s")
    return ", ".join(word for word in words if word) or "every packet"


def as_fraction(chance: float) -> str:
    """Say a chance as people do.

    >>> as_fraction(0.333333333), as_fraction(1.0)
    ('1/3', 'always')
    """
    found = Fraction(chance).limit_denominator(10_000)
    return "always" if found == 1 else str(found)


def purpose(table: str, chain: str, rule: Rule, chance: float | None = None) -> str:
    """Say what a rule is for; `chance` is that of its endpoint, where the rule leads to one.

    >>> purpose("nat", "KUBE-SEP-A", Rule(Match(protocol="tcp"), "DNAT", "10.244.1.2:8080"))
    'rewrites the destination to 10.244.1.2:8080'
    """
    fixed = _FIXED.get((table, chain, rule.target))
    if fixed:
        return fixed
    if table == "filter":
        return _filtering(chain, rule)
    if rule.target == "KUBE-MARK-MASQ":
        return _HAIRPIN if chain.startswith("KUBE-SEP-") else _MARKS
    if rule.target == "DNAT":
        remembers = "; the sender is remembered" if rule.match.recent else ""
        return f"rewrites the destination to {rule.detail}{remembers}"
    if rule.target.startswith("KUBE-SEP-"):
        if rule.match.recent:
            return "session affinity: who was sent to this endpoint before is sent there again"
        real = "" if chance is None else f": in all, {as_fraction(chance)} of the new connections"
        return f"chooses this endpoint{real}".replace("in all, always of the", "all")
    return _leading(chain, rule)


def _leading(chain: str, rule: Rule) -> str:
    if chain in ("KUBE-SERVICES", "KUBE-NODEPORTS"):
        whose, _, what = rule.match.comment.partition(" ")
        what = what or f"node port {rule.match.dport}"
        counted = " (at 127.0.0.1, counted)" if rule.match.nfacct else ""
        return f"{what} of {whose}{counted}".replace("loadbalancer", "load balancer")
    if chain.startswith("KUBE-FW-"):
        return (
            "a sender that loadBalancerSourceRanges lets in"
            if rule.target
            else "a remark: the rest is dropped"
        )
    if rule.target.startswith("KUBE-SVL-"):
        return "from outside: choose among the Pods of this Node alone (externalTrafficPolicy: Local)"
    if rule.match.source or rule.match.src_type:
        return "from Pods and from the Node itself: choose among all endpoints, Local or not"
    return "goes on to where an endpoint is chosen"


def _filtering(chain: str, rule: Rule) -> str:
    whose, _, what = rule.match.comment.partition(" ")
    if chain == "KUBE-PROXY-FIREWALL":
        return f"{whose}: its sender is in none of loadBalancerSourceRanges; dropped, it hears nothing"
    if rule.target == "REJECT":
        return f"{whose} {what}: refused at once"
    if rule.target == "DROP":
        return f"{whose} {what}: dropped, the sender hears nothing"
    if chain == "KUBE-NODEPORTS":
        return f"{what} of {whose}"
    return _HOOKS.get(rule.target, "")


def _range(word: str, cidr: str) -> str:
    return _turned(word, cidr.removesuffix("/32"))


def _turned(word: str, value: str) -> str:
    if not value:
        return ""
    return f"not {word} {value[2:]}" if value.startswith("! ") else f"{word} {value}"


def _state(asked: str) -> str:
    if asked == "NEW":
        return "of a new connection"
    return _turned("of a connection that is", asked) if asked else ""
