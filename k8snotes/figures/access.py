"""Draws who may do what: the subject, the bindings that give it roles, and what the roles allow.

One way goes from left to right: who, binding, role, verbs. There are no rules that forbid, so a refusal shows the nearest
rule that would have allowed the request, and the point in which it differs.
Source of the rule: https://kubernetes.io/docs/reference/access-authn-authz/rbac/
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from k8snotes.api.policy_rule import Request
from k8snotes.catalogue import Text, _, ngettext, sentences
from k8snotes.facts.access import Access, Allowed, Answer, Given, Near
from k8snotes.figures import palette
from k8snotes.figures.figure import Figure
from k8snotes.figures.layout import BETWEEN, HIGHEST, WIDEST, stack
from k8snotes.figures.parts import SIDE, size_of
from k8snotes.figures.scene import (
    Box,
    Drawn,
    Label,
    Line,
    Link,
    Path,
    Run,
    Scene,
    Told,
    bold,
    drawn_only,
    literal,
    note,
    told_only,
)
from k8snotes.figures.wording import headed, listed, plain

__all__ = ["access_figure"]

_CAPTION = _(
    "A role allows actions, and a binding gives the role to users, groups or ServiceAccounts. "
    "No rule forbids anything: the API server refuses what no rule allows."
)
_DASH = _("The sign – means that no rule allows the verb.")
_WIDE = WIDEST - 8
_HIGH = HIGHEST - 4
_WHO, _BINDING, _ROLE, _VERBS = 0, 182, 400, 600  # pixels: where each column begins
_WHO_WIDE, _BINDING_WIDE, _ROLE_WIDE, _VERBS_WIDE = 150, 186, 176, _WIDE - _VERBS
_TURN = 16  # pixels before a column where arrows turn
_BREAK = 12  # pixels between the ways, the answer and the table
_ROW = 24  # pixels: a row of the table
_FIRST, _BY = 222, 660  # pixels: where the verbs and the roles of the table begin
_COLUMN = 7.2  # pixels: a column of a name
_TABLE_LEAST = 4 * _ROW
_ROOM = ((8, 3), (8, 2), (6, 2), (6, 1), (5, 1), (4, 1), (3, 1), (2, 1), (1, 1))
"""Roles, and lines of what each allows: the first of which there is room for is drawn."""
_MOST_BINDINGS = 3  # of one role
_MOST_TARGETS = 4  # resources that a line names
_USUAL = ("get", "list", "watch", "create", "update", "patch", "delete")


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
    return Figure(
        what,
        lambda: _finding(facts),
        facts,
        picture.scene,
        verdict=lambda: _verdict(facts),
        caption=lambda: sentences(_CAPTION, _DASH if picture.roles else ""),
    )


def _called(facts: Access) -> str:
    subject = facts.subject
    home = f"{subject.namespace}/" if subject.namespace not in ("", "default") else ""
    return plain(f"{subject.kind} {home}{subject.name}")


def _verdict(facts: Access) -> str:
    """Say whether the subject may do something; "" where the answer says it."""
    if facts.answer is not None:
        return ""
    own = len(facts.own)
    if not own:
        return f"○ {_('{subject} has no binding of its own', subject=_called(facts))}"
    given = ngettext(
        "{n} binding gives a role to {subject}",
        "{n} bindings give roles to {subject}",
        own,
        subject=_called(facts),
    )
    return f"✓ {given}"


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
    target = _target(request)
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
        self.near = self.answer.near if self.answer is not None else None
        own = sorted(facts.own, key=lambda item: not self._concerned(item))
        self.roles = dict.fromkeys(item.role for item in own)  # each role once, however many bindings give it
        bindings = {item.binding for item in facts.own}
        self.stray = self.near is not None and self.near.binding not in bindings

    def _concerned(self, item: Given) -> bool:
        """Whether a binding is the one that allows what was asked, or the nearest one."""
        if self.answer is None:
            return False
        return item.binding in (self.answer.binding, self.near.binding if self.near is not None else "")

    # ---- the scene

    def scene(self) -> Scene:
        """Return the scene: the ways from the subject to what its roles allow, the answer, and a table of verbs."""
        table = _TABLE_LEAST if self.answer is not None and not self.answer.request.path else 0
        for most, lines in _ROOM:
            drawn, high = self._ways(most, lines)
            below, end = self._below(high + _BREAK)
            if end + table <= _HIGH:
                break
        rows = int((_HIGH - end - _BREAK - _ROW) / _ROW)
        drawn += [*below, *self._verbs_table(end + _BREAK, rows)]
        opening = _(
            "The access of {subject}: {finding}.", subject=_called(self.facts), finding=_finding(self.facts)
        )
        return Scene(drawn, self._told(), opening=opening)

    def _ways(self, most: int, lines: int) -> tuple[list[Drawn], float]:
        """Return the ways from left to right, and how high they are.

        Args:
            most: How many roles are drawn.
            lines: How many lines there are of what a role allows.
        """
        who = self._subject_box()
        who.at = (_WHO, 0)
        drawn: list[Drawn] = [who]
        y: float = 0
        shown = list(self.roles)[:most]
        for at, role in enumerate(shown):
            given = [item for item in self.facts.own if item.role == role]
            high = self._way(f"{at}", given, y, lines, drawn)
            y += high + BETWEEN
        if self.near is not None and self.stray:
            y += self._stray_way(self.near, y, drawn) + BETWEEN
        hidden = sum(item.role not in shown for item in self.facts.own)
        if hidden:
            words = ngettext("and {n} more binding", "and {n} more bindings", hidden)
            more = Box(
                [drawn_only(note(words))], palette.LEFT_OUT, id="more", width=_BINDING_WIDE, at=(_BINDING, y)
            )
            drawn += [more, self._from_who("more", palette.TRAFFIC, first=False)]
            y += size_of(more)[1] + BETWEEN
        if not self.roles and not self.stray:
            words = _("no binding of its own")
            none = Box(
                [drawn_only(words)], palette.LEFT_OUT, id="none", width=_BINDING_WIDE, at=(_BINDING, y)
            )
            drawn += [none, self._from_who("none", palette.CUT, first=True)]
            y += size_of(none)[1] + BETWEEN
        return drawn, max(y - BETWEEN, size_of(who)[1])

    def _way(self, name: str, given: Sequence[Given], y: float, lines: int, drawn: list[Drawn]) -> float:
        """Draw the bindings that give one role, the role, and what it allows; return how high that is."""
        first = given[0]
        shown = given[:_MOST_BINDINGS] if len(given) > _MOST_BINDINGS + 1 else given
        bindings = [self._binding_box(f"b{name}-{at}", item) for at, item in enumerate(shown)]
        end = stack(bindings, _BINDING, y)
        rest = len(given) - len(shown)
        if rest:
            words = ngettext("and {n} more binding", "and {n} more bindings", rest)
            drawn.append(Label([drawn_only(note(words))], at=(_BINDING + SIDE, end)))
            end += _ROW
        role = self._role_box(f"r{name}", first)
        role.at = (_ROLE, y)
        drawn += [*bindings, role]
        for at, (box, item) in enumerate(zip(bindings, shown, strict=True)):
            taken = self.answer is not None and self.answer.allowed and self.answer.binding == item.binding
            way = {**palette.TRAFFIC, "penwidth": "3"} if taken else palette.TRAFFIC
            drawn.append(self._from_who(box.id, way, first=name == "0" and not at))
            there = way if item.exists else palette.CUT
            drawn.append(Link(f"{box.id}:0:e", f"{role.id}:0:w", there, bend=_ROLE - _TURN if at else None))
        if not first.exists:
            return max(end - y, size_of(role)[1])
        allows = Box(
            [*self._allowed_lines(first, lines)],
            palette.BARE,
            id=f"v{name}",
            width=_VERBS_WIDE,
            at=(_VERBS, y),
        )
        drawn += [allows, Link(f"{role.id}:0:e", f"{allows.id}:0:w", palette.TRAFFIC)]
        return max(end - y, size_of(role)[1], size_of(allows)[1])

    def _stray_way(self, near: Near, y: float, drawn: list[Drawn]) -> float:
        """Draw the nearest rule where the subject does not have it, and return how high that is."""
        ref = near.binding
        head = [bold(plain(ref.rpartition("/")[2]), most=60)] if ref else [note(_("no binding"))]
        lines = [drawn_only(note(_("does not name it"))), drawn_only(head)] if ref else [drawn_only(head)]
        binding = Box(
            lines,
            palette.LEFT_OUT,
            id="near",
            width=_BINDING_WIDE,
            at=(_BINDING, y),
            ref=ref,
            title=plain(ref),
        )
        drawn += [binding, self._from_who("near", palette.CUT, first=not self.roles)]
        if not near.role:
            return size_of(binding)[1]
        kind, _slash, name = plain(near.role).rpartition("/")
        called = "ClusterRole" if kind == "clusterrole" else "Role"
        role = Box(
            [drawn_only(note(called)), drawn_only(bold(name, most=60))],
            palette.LEFT_OUT,
            id="stray",
            width=_ROLE_WIDE,
            at=(_ROLE, y),
            ref=near.role,
            title=plain(near.role),
        )
        drawn += [role, Link("near:0:e", "stray:0:w", palette.RULES)]
        return max(size_of(binding)[1], size_of(role)[1])

    @staticmethod
    def _from_who(name: str, way: Mapping[str, str], *, first: bool) -> Link:
        """Return the arrow from the subject to a binding; all but the first turn between the columns."""
        return Link("who:0:e", f"{name}:0:w", way, bend=None if first else _BINDING - _TURN)

    def _subject_box(self) -> Box:
        subject = self.facts.subject
        lines = [drawn_only(note(plain(subject.kind))), drawn_only(bold(subject.name, most=60))]
        if subject.namespace:
            lines.append(drawn_only(note(_("namespace {name}", name=plain(subject.namespace)))))
        groups = [
            name for name in subject.user.groups if name != subject.name and not name.startswith("system:")
        ]
        if groups:
            lines.append(drawn_only(note(_("in {groups}", groups=listed(groups, 4)))))
        if subject.missing:
            lines.append(drawn_only(note(_("✗ there is no such ServiceAccount"), palette.WARNING_INK)))
        account = subject.kind == "ServiceAccount"
        home = "" if subject.namespace in ("", "default") else f"{subject.namespace}/"
        return Box(
            lines,
            palette.FAULT if subject.missing else palette.PLAIN,
            id="who",
            width=_WHO_WIDE,
            ref=f"{home}serviceaccount/{subject.name}" if account and not subject.missing else "",
            title=_called(self.facts),
            alt=_("{subject}: {finding}", subject=_called(self.facts), finding=_finding(self.facts)),
        )

    def _binding_box(self, name: str, item: Given) -> Box:
        lines = [drawn_only(note(plain(item.kind))), drawn_only(bold(item.name, most=60))]
        lines.append(drawn_only(note(_where(item))))
        if item.through not in ("User", "ServiceAccount", "Group"):
            lines.append(drawn_only(note(_("names {subject}", subject=plain(item.through)))))
        look = palette.PLAIN
        near = self.near
        if near is not None and near.binding == item.binding and near.differs == "namespace":
            look = palette.FAULT
            lines.append(drawn_only(note(_("✗ not the Namespace that was asked about"), palette.WARNING_INK)))
        return Box(
            lines,
            look,
            id=name,
            width=_BINDING_WIDE,
            ref=item.binding,
            title=plain(item.binding),
            alt=_gives(item),
        )

    @staticmethod
    def _role_box(name: str, item: Given) -> Box:
        lines = [drawn_only(note(plain(item.role_kind))), drawn_only(bold(item.role_name, most=60))]
        if not item.exists:
            lines.append(drawn_only(note(_("✗ there is no such role"), palette.WARNING_INK)))
        look = palette.PLAIN if item.exists else palette.LEFT_OUT
        ref = item.role if item.exists else ""
        told = listed((_allowed_text(allowed, 4) for allowed in item.allows), 3)
        return Box(
            lines,
            look,
            id=name,
            width=_ROLE_WIDE,
            ref=ref,
            title=plain(item.role),
            alt=headed(plain(item.role), told) if told else plain(item.role),
        )

    def _allowed_lines(self, item: Given, most: int) -> Iterator[Line]:
        """Yield what a role allows, and what was asked if it comes near."""
        answer, near = self.answer, self.near
        if answer is not None and answer.allowed and self._gives_what_was_asked(item):
            yield drawn_only(_heavy(f"✓ {_what(answer.request)}", palette.POD.ink))
        if answer is not None and near is not None and near.role == item.role and near.differs != "namespace":
            yield drawn_only(_heavy(f"✗ {_what(answer.request)}", palette.WARNING_INK))
        if not item.allows:
            yield drawn_only(note(_("it has no rules"), palette.WARNING_INK))
        # what is about most resources comes first
        ordered = sorted(item.allows, key=lambda allowed: -len(allowed.targets))
        shown = ordered if len(ordered) <= most else ordered[: max(1, most - 1)]
        for allowed in shown:
            yield drawn_only(_heavy(listed(allowed.verbs, 8), palette.INK))
            yield drawn_only(note(_targets(allowed, _MOST_TARGETS), palette.INK))
        rest = len(ordered) - len(shown)
        if rest:
            yield drawn_only(note(ngettext("and {n} more rule", "and {n} more rules", rest)))

    def _gives_what_was_asked(self, item: Given) -> bool:
        answer = self.answer
        return answer is not None and any(
            given.binding == answer.binding and given.role == item.role for given in self.facts.own
        )

    # ---- the answer, and the table

    def _below(self, y: float) -> tuple[list[Drawn], float]:
        """Return the answer and the bindings that every user has, and where they end."""
        parts: list[Box | Label] = [*self._answer_box(), *self._everybody()]
        return [*parts], stack(parts, 0, y)

    def _answer_box(self) -> Iterator[Box]:
        """Yield the box with the answer of the API server, if something was asked."""
        answer = self.answer
        if answer is None:
            return
        command = drawn_only(literal(f"$ {plain(answer.command)}", palette.MUTED))
        if answer.allowed:
            words = plain(answer.reason or _("members of system:masters may do everything"))
            lines = [
                drawn_only(bold(_("✓ yes: {reason}", reason=words))._replace(color=palette.POD.ink)),
                command,
            ]
            look = palette.POD
        else:
            near = answer.near
            words = (
                _("✗ no. The nearest rule: {words}", words=plain(near.words))
                if near is not None
                else _("✗ no: no rule comes near")
            )
            says = _("The API server answers: {refusal}", refusal=plain(answer.refusal))
            lines = [
                drawn_only(bold(words)._replace(color=palette.WARNING_INK)),
                drawn_only(note(says)),
                command,
            ]
            look = palette.FAULT
        yield Box(
            lines, look, id="answer", width=_WIDE, ref=plain(answer.command), title=plain(answer.command)
        )

    def _everybody(self) -> Iterator[Label]:
        """Yield the words on the bindings that every user has."""
        everybody = [item.name for item in self.facts.given if item.everybody]
        if everybody:
            words = ngettext(
                "{n} binding that every user has: {names}",
                "{n} bindings that every user has: {names}",
                len(everybody),
                names=listed(everybody, 4),
            )
            yield Label([drawn_only(note(words))], limit=_WIDE)

    def _verbs_table(self, y: float, most: int) -> Iterator[Drawn]:
        """Yield the table of the verbs that the subject may use; a dash where no rule allows one.

        Args:
            y: Where it begins.
            most: How many rows there is room for.
        """
        answer = self.answer
        if answer is None or answer.request.path or most < 1:
            return
        request = answer.request
        verbs = [*_USUAL, *([request.verb] if request.verb not in _USUAL else [])]
        yield from _cells(
            y, [note(_("resource")), *(note(verb) for verb in verbs), note(_("by"))], heavy=True
        )
        yield Path([(0, y + _ROW), (_WIDE, y + _ROW)], palette.EDGE)
        given = [item for item in self.facts.own if item.exists and item.namespace in ("", request.namespace)]
        rules = [
            (item, allowed)
            for item in given
            for allowed in item.allows
            if allowed.targets != (_target(request),)
        ]
        rules.sort(key=lambda rule: len(rule[1].targets))
        rows = [self._asked_row(answer, verbs)]
        room = most - 2 if len(rules) <= most - 2 else most - 3
        rows += [_rule_row(item, allowed, verbs) for item, allowed in rules[: max(0, room)]]
        rest = len(rules) - max(0, room)
        last = ngettext("and {n} more rule", "and {n} more rules", rest) if rest > 0 else _("everything else")
        dashes = [note("" if rest > 0 else "–")] * len(verbs)
        if most > 1 and not any("*" in target for _item, allowed in rules for target in allowed.targets):
            rows.append([note(last), *dashes, note("" if rest > 0 else _("no binding of its own"))])
        for at, row in enumerate(rows):
            top = y + (at + 1) * _ROW
            yield from _cells(top, row)
            yield Path([(0, top + _ROW), (_WIDE, top + _ROW)], palette.RULE, width=1)

    def _asked_row(self, answer: Answer, verbs: Sequence[str]) -> list[Run]:
        """Return the row of what was asked."""
        request = answer.request
        cells = [literal(" ".join(filter(None, [_target(request), plain(request.name)])))]
        for verb in verbs:
            if verb == request.verb:
                look = palette.POD if answer.allowed else palette.FAULT
                words = _("✓ asked") if answer.allowed else _("✗ asked")
                cells.append(_heavy(words, look.ink))
            else:
                cells.append(_sign(verb in answer.verbs))
        roles = [item.role_name for item in self.facts.given if item.binding == answer.binding]
        return [*cells, note(listed(roles, 1) or ("" if answer.verbs else _("no rule")))]

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
            sentence = _gives(item)
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


def _cells(y: float, words: Sequence[Run], *, heavy: bool = False) -> Iterator[Label]:
    """Yield the words of a row of the table, each in its column."""
    wide = (_BY - _FIRST) / (len(words) - 2)
    lefts = [0, *(_FIRST + at * wide for at in range(len(words) - 2)), _BY]
    rooms = [_FIRST - 2 * SIDE, *(wide for _at in range(len(words) - 2)), _WIDE - _BY - SIDE]
    for x, room, run in zip(lefts, rooms, words, strict=True):
        if run.text:
            made = run._replace(bold=heavy or run.bold, most=int(room / _COLUMN))
            yield Label([drawn_only(made)], limit=int(room), at=(x, y + 3))


def _heavy(words: str, color: str) -> Run:
    """Return words in bold and in the small type."""
    return note(words, color)._replace(bold=True)


def _sign(allowed: bool) -> Run:
    return note("✓", palette.POD.ink) if allowed else note("–")


def _rule_row(item: Given, allowed: Allowed, verbs: Sequence[str]) -> list[Run]:
    """Return the row of a rule: its resources, a sign for each verb, and its role."""
    every = "*" in allowed.verbs
    return [
        note(_targets(allowed, 1), palette.INK),
        *(_sign(every or verb in allowed.verbs) for verb in verbs),
        note(plain(item.role_name)),
    ]


def _target(request: Request) -> str:
    """Return what a request is for, as `Allowed` has it: "deployments.apps/scale"."""
    target = f"{request.resource}.{request.group}" if request.group else request.resource
    return f"{target}/{request.subresource}" if request.subresource else target


def _what(request: Request) -> str:
    """Return a request in two words: "delete pods"."""
    return plain(f"{request.verb} {request.path or _target(request)}")


def _where(item: Given) -> Text:
    """Say where a binding gives its role."""
    if item.namespace:
        return _("in namespace {name} only", name=plain(item.namespace))
    return _("in the whole cluster")


def _gives(item: Given) -> Text:
    """Say what a binding gives, in a sentence."""
    parts = {
        "binding": plain(f"{item.kind} {item.name}"),
        "role": plain(f"{item.role_kind} {item.role_name}"),
        "name": plain(item.namespace),
    }
    if item.namespace:
        return _("{binding} gives {role} in namespace {name} only.", **parts)
    return _("{binding} gives {role} in the whole cluster.", **parts)


def _targets(allowed: Allowed, most: int) -> str:
    targets = listed(allowed.targets, most)
    if allowed.names:
        return str(_("{resources}, only {names}", resources=targets, names=listed(allowed.names, 3)))
    return targets


def _allowed_text(allowed: Allowed, most: int) -> str:
    return headed(listed(allowed.verbs, 12), _targets(allowed, most))
