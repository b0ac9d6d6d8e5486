"""Draws who may do what: the subject, the bindings that give it roles, and what the roles allow.

One path goes from left to right: who, binding, role. There are no rules that forbid, so a refusal shows the nearest
rule that would have allowed the request, and the point in which it differs.
Source of the rule: https://kubernetes.io/docs/reference/access-authn-authz/rbac/
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from k8snotes.api.policy_rule import Request
from k8snotes.catalogue import Text, _, ngettext
from k8snotes.facts.access import Access, Allowed, Answer, Given
from k8snotes.figures import palette
from k8snotes.figures.figure import Figure
from k8snotes.figures.parts import align
from k8snotes.figures.scene import (
    Box,
    Column,
    Drawn,
    Line,
    Link,
    Scene,
    Told,
    bold,
    drawn_only,
    heading,
    note,
    told_only,
)
from k8snotes.figures.wording import listed, plain

__all__ = ["access_figure"]

_CAPTION = _(
    "A role allows actions, and a binding gives the role to users, groups or ServiceAccounts. "
    "No rule forbids anything: the API server refuses what no rule allows."
)
_MOST = 8  # bindings that are drawn one by one; what is still left is counted
_MOST_LINES = 3  # lines of what a role allows
_MOST_TARGETS = 4  # resources that a line names
_LIMIT = 205


def access_figure(facts: Access) -> Figure:
    """Return who may do what as a Figure.

    Args:
        facts: the subject, its bindings, and the answer to a question.

    >>> import k8snotes as kn
    >>> print(access_figure(kn.Cluster(nodes=0).access("user/tom").facts).text.splitlines()[0])
    access of User tom: no binding of its own
    """
    what = _("access of {subject}", subject=_called(facts))
    picture = _Picture(facts)
    return Figure(what, lambda: _finding(facts), facts, picture.scene, caption=_CAPTION)


def _called(facts: Access) -> str:
    subject = facts.subject
    home = f"{subject.namespace}/" if subject.namespace not in ("", "default") else ""
    return plain(f"{subject.kind} {home}{subject.name}")


def _finding(facts: Access) -> Text:
    """Say what the answer is, or how many bindings there are."""
    if facts.answer is not None:
        parts = {"request": _request(facts.answer.request)}
        return _("✓ may {request}", **parts) if facts.answer.allowed else _("✗ may not {request}", **parts)
    own = len(facts.own)
    return ngettext("{n} binding", "{n} bindings", own) if own else _("no binding of its own")


def _request(request: Request) -> str:
    """Return a request in words: "delete pods in namespace default"."""
    if request.path:
        return f"{plain(request.verb)} {plain(request.path)}"
    target = f"{request.resource}.{request.group}" if request.group else request.resource
    target += f"/{request.subresource}" if request.subresource else ""
    parts = {
        "verb": plain(request.verb),
        "resource": plain(f"{target} {request.name}" if request.name else target),
        "namespace": plain(request.namespace),
    }
    if request.namespace:
        return _("{verb} {resource} in namespace {namespace}", **parts)
    return _("{verb} {resource} in the whole cluster", **parts)


class _Picture:
    """One picture: the subject, its bindings, and their roles."""

    def __init__(self, facts: Access) -> None:
        self.facts = facts
        self.answer = facts.answer
        near = self.answer.near if self.answer is not None else None
        own = sorted(facts.own, key=lambda item: not self._concerned(item))
        self.shown, self.hidden = own[:_MOST], own[_MOST:]
        self.roles = {item.role: item for item in self.shown}  # each role once, however many bindings give it
        bindings = {item.binding for item in self.shown}
        self.stray = near if near is not None and near.binding not in bindings else None

    def _concerned(self, item: Given) -> bool:
        """Whether a binding is the one that allows what was asked, or the nearest one."""
        if self.answer is None:
            return False
        near = self.answer.near
        return item.binding in (self.answer.binding, near.binding if near is not None else "")

    # ---- the scene

    def scene(self) -> Scene:
        """Return the scene: three columns, and an arrow from each thing to the next."""
        left = [self._subject_box(), *self._answer_boxes()]
        bindings = [self._binding_box(f"b{at}", item) for at, item in enumerate(self.shown)]
        names = {role: f"r{at}" for at, role in enumerate(self.roles)}
        roles = [self._role_box(names[role], item) for role, item in self.roles.items()]
        middle = [*bindings, *self._more()]
        right = [*roles, *self._stray_box()]
        if not middle:
            middle = [Box([drawn_only(_("no binding of its own"))], palette.LEFT_OUT, id="none")]
        drawn: list[Drawn] = [*align(left), *align(middle), *align(right)]
        drawn += [Column(box.id for box in column) for column in (left, middle, right) if column]
        for at, item in enumerate(self.shown):
            way = palette.TRAFFIC if item.exists else palette.CUT
            drawn.append(Link("who", f"b{at}", palette.TRAFFIC))
            drawn.append(Link(f"b{at}", names[item.role], way))
        linked = {item.head for item in drawn if isinstance(item, Link)}
        for box in [*left[1:], *(box for box in (*middle, *right) if box.id not in linked)]:
            if box in left:
                drawn.append(Link(box.id, middle[-1].id, {**palette.HIDDEN, "weight": "0"}))
            elif box in middle:
                drawn.append(Link("who", box.id, {**palette.HIDDEN, "weight": "0"}))
            else:
                drawn.append(Link(middle[-1].id, box.id, {**palette.HIDDEN, "weight": "0"}))
        opening = _(
            "The access of {subject}: {finding}.", subject=_called(self.facts), finding=_finding(self.facts)
        )
        return Scene(
            drawn,
            self._told(),
            opening=opening,
            legend=self._legend(),
            layout={"ranksep": "0.4", "nodesep": "0.12"},
        )

    def _legend(self) -> list[str]:
        """Return what a dotted frame means, if there is one."""
        if self.stray is None and all(item.exists for item in self.shown):
            return []
        return [str(_("✗ dotted frame: what does not exist, or what no binding gives to the subject"))]

    def _subject_box(self) -> Box:
        subject = self.facts.subject
        lines = [
            drawn_only(plain(subject.kind)),
            drawn_only([bold(subject.name, most=30)]),
        ]
        if subject.namespace:
            lines.append(drawn_only(_("namespace {name}", name=plain(subject.namespace))))
        groups = [group for group in subject.user.groups if group != subject.name]
        if groups:
            lines.append(drawn_only(note(_("in {groups}", groups=listed(groups, 4)), palette.MUTED)))
        if subject.missing:
            lines.append(drawn_only(note(_("✗ there is no such ServiceAccount"), palette.WARNING_INK)))
        look = palette.ERROR if subject.missing else palette.PLAIN
        return Box(lines, look, id="who", limit=150)

    def _answer_boxes(self) -> Iterator[Box]:
        """Yield the box with the answer of the API server, if something was asked."""
        answer = self.answer
        if answer is None:
            return
        if answer.allowed:
            lines = [drawn_only(bold(_("✓ may {request}", request=_request(answer.request))))]
            words = answer.reason or _("members of system:masters may do everything")
            yield Box([*lines, drawn_only(plain(words))], palette.POD, id="answer", limit=150)
            return
        lines = [drawn_only(bold(_("✗ may not {request}", request=_request(answer.request))))]
        lines.append(drawn_only(plain(answer.refusal)))
        yield Box(lines, palette.ERROR, id="answer", limit=150)

    def _binding_box(self, name: str, item: Given) -> Box:
        lines = [drawn_only(plain(item.kind)), drawn_only([bold(item.name, most=30)])]
        lines.append(
            drawn_only(
                _("in namespace {name} only", name=plain(item.namespace))
                if item.namespace
                else _("in the whole cluster")
            )
        )
        if item.through not in ("User", "ServiceAccount", "Group"):
            lines.append(drawn_only(_("names {subject}", subject=plain(item.through))))
        look = palette.PLAIN
        near = self.answer.near if self.answer is not None else None
        if near is not None and near.binding == item.binding and near.differs == "namespace":
            look = palette.ERROR
            lines.append(drawn_only(note(f"✗ {near.words}", palette.WARNING_INK)))
        return Box(lines, look, id=name, limit=150, ref=item.binding)

    def _role_box(self, name: str, item: Given) -> Box:
        lines = [drawn_only(heading(f"{item.role_kind} {plain(item.role_name)}", most=32))]
        if not item.exists:
            lines.append(drawn_only(note(_("✗ there is no such role"), palette.WARNING_INK)))
            return Box(lines, palette.LEFT_OUT, id=name, limit=_LIMIT)
        lines += _allowed_lines(item.allows)
        look = palette.PLAIN
        answer = self.answer
        givers = [given.binding for given in self.shown if given.role == item.role]
        if answer is not None and answer.allowed and answer.binding in givers:
            look = palette.POD
            lines.append(drawn_only(note(f"✓ {_request(answer.request)}", palette.POD.ink)))
        near = answer.near if answer is not None else None
        if near is not None and near.role == item.role and near.differs != "namespace":
            look = palette.ERROR
            lines.append(drawn_only(note(f"✗ {near.words}", palette.WARNING_INK)))
        return Box(lines, look, id=name, limit=_LIMIT, ref=item.role)

    def _stray_box(self) -> Iterator[Box]:
        """Yield the box of what would allow the request, and does not apply to the subject."""
        if self.stray is not None:
            ref = self.stray.role or self.stray.binding
            head = heading(plain(ref.rpartition("/")[2]), most=32)
            lines = [drawn_only(head), drawn_only(plain(self.stray.words))]
            yield Box(lines, palette.LEFT_OUT, id="stray", limit=_LIMIT, ref=ref)

    def _more(self) -> Iterator[Box]:
        """Yield the boxes of the bindings that are not drawn: those for which there is no room, and everybody's."""
        if self.hidden:
            words = ngettext("and {n} more binding", "and {n} more bindings", len(self.hidden))
            yield Box([drawn_only(words)], palette.LEFT_OUT, id="more")
        everybody = [item for item in self.facts.given if item.everybody]
        if everybody:
            words = ngettext(
                "{n} binding that every user has", "{n} bindings that every user has", len(everybody)
            )
            names = ", ".join(item.name for item in everybody)
            yield Box(
                [drawn_only(words), drawn_only(note(names, palette.MUTED))],
                palette.PLAIN,
                id="everybody",
                limit=150,
            )

    # ---- the outline

    def _told(self) -> Iterator[Told]:
        """Yield the outline: the answer, then each binding with its role and what the role allows."""
        subject = self.facts.subject
        user = _(
            "known as {user}, in the groups {groups}",
            user=plain(subject.user.name),
            groups=listed(subject.user.groups, 8),
        )
        if subject.kind != "Group":
            yield told_only(user, indent=0)
        if subject.missing:
            yield told_only(
                _("✗ there is no such ServiceAccount"), indent=0, alt=_("There is no such ServiceAccount.")
            )
        if self.answer is not None:
            yield from _answer_lines(self.answer)
        for item in self.facts.own:
            parts = {
                "binding": plain(f"{item.kind} {item.name}"),
                "role": plain(f"{item.role_kind} {item.role_name}"),
                "name": plain(item.namespace),
            }
            sentence = (
                _("{binding} gives {role} in namespace {name} only.", **parts)
                if item.namespace
                else _("{binding} gives {role} in the whole cluster.", **parts)
            )
            yield told_only(sentence, indent=0, alt=sentence)
            if not item.exists:
                yield told_only(_("✗ there is no such role"), indent=4)
            for allowed in item.allows:
                yield told_only(_allowed_text(allowed, 12), indent=4)
        if not self.facts.own:
            yield told_only(_("no binding of its own"), indent=0)
        names = [item.role_name for item in self.facts.given if item.everybody]
        if names:
            yield told_only(_("Every user has these roles: {roles}.", roles=listed(names, 8)), indent=0)


def _answer_lines(answer: Answer) -> Iterator[Told]:
    if answer.allowed:
        words = answer.reason or _("members of system:masters may do everything")
        yield told_only(_("✓ yes: {reason}", reason=plain(words)), indent=0, alt=f"{plain(words)}.")
    else:
        near = answer.near
        if near is not None:
            yield told_only(
                _("✗ no. The nearest rule: {words}", words=plain(near.words)), indent=0, alt=plain(near.words)
            )
        else:
            yield told_only(_("✗ no: no rule comes near"), indent=0)
        yield told_only(_("The API server answers: {refusal}", refusal=plain(answer.refusal)), indent=4)
    yield told_only(plain(answer.command), indent=4)


def _allowed_lines(allows: Sequence[Allowed]) -> Iterator[Line]:
    """Yield what a role allows, a line for each set of verbs; what is left is counted."""
    if not allows:
        yield drawn_only(note(_("it has no rules"), palette.WARNING_INK))
    # what is about most resources comes first
    ordered = sorted(allows, key=lambda allowed: -len(allowed.targets))
    shown = ordered if len(ordered) <= _MOST_LINES else ordered[: _MOST_LINES - 1]
    for allowed in shown:
        verbs = listed(allowed.verbs, 8)
        yield drawn_only([bold(verbs), f"   {_targets(allowed, _MOST_TARGETS)}"])
    rest = len(allows) - len(shown)
    if rest:
        yield drawn_only(ngettext("and {n} more", "and {n} more", rest))


def _targets(allowed: Allowed, most: int) -> str:
    targets = listed(allowed.targets, most)
    if allowed.names:
        return str(_("{resources}, only {names}", resources=targets, names=listed(allowed.names, 3)))
    return targets


def _allowed_text(allowed: Allowed, most: int) -> str:
    return f"{listed(allowed.verbs, 12)}: {_targets(allowed, most)}"
